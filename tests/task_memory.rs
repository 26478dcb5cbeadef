//! What timers leave behind. Alone in their process, and one at a time: they count what is allocated.

use rungs::executor::LocalExecutor;
use rungs::task::{Sleep, block_on, sleep, sleep_until, timeout};
use std::alloc::{GlobalAlloc, Layout, System};
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

struct Counting;

static BYTES: AtomicIsize = AtomicIsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: it hands everything on to the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size() as isize, Relaxed);
        CALLS.fetch_add(1, Relaxed);
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size() as isize, Relaxed);
        // SAFETY: the caller's.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Held by the test that counts.
static COUNTS: Mutex<()> = Mutex::new(());

const HOUR: Duration = Duration::from_secs(3600);

fn pending(time: Duration) -> Sleep {
    let mut nap = sleep(time);
    let polled = Pin::new(&mut nap).poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
    nap
}

#[test]
fn a_million_cancelled_timers_leave_no_memory() {
    const COUNT: usize = 1_000_000;
    let _alone = COUNTS.lock();
    // The timer and its thread are there.
    let kept = pending(HOUR);
    block_on(timeout(
        Duration::from_millis(1),
        std::future::pending::<()>(),
    ))
    .unwrap_err();

    // One after the other, unpolled, or ready at once: nothing is allocated at all.
    let before = CALLS.load(Relaxed);
    for n in 0..COUNT as u64 {
        drop(pending(HOUR + Duration::from_micros(n)));
        drop(sleep(HOUR));
        assert_eq!(block_on(timeout(HOUR, ready(n))), Ok(n));
    }
    // (The thread of the timer is asleep, or about to be.)
    assert!(CALLS.load(Relaxed) - before < 100);

    // All at once: some hundred bytes each, and they come back, though one stays.
    let before = BYTES.load(Relaxed);
    let mut all: Vec<Sleep> = Vec::with_capacity(COUNT);
    all.extend(
        (0..COUNT as u64).map(|n| pending(HOUR + Duration::from_micros(n * 7919 % 1_000_000))),
    );
    let most = BYTES.load(Relaxed) - before;
    assert!(most < 250 * COUNT as isize, "{most}");
    // Every other one first.
    for half in [0, 1] {
        for nap in all.iter_mut().skip(half).step_by(2) {
            *nap = sleep(HOUR);
        }
    }
    drop(all);
    let left = BYTES.load(Relaxed) - before;
    assert!(left < 1_000_000, "{left}");
    drop(kept);
}

#[test]
fn a_crowd_of_timers_that_is_due_at_once_leaves_no_memory() {
    const COUNT: usize = 300_000;
    let _alone = COUNTS.lock();
    let kept = pending(HOUR);
    let before = BYTES.load(Relaxed);
    let deadline = Instant::now() + Duration::from_secs(1);
    let mut crowd: Vec<Sleep> = (0..COUNT).map(|_| sleep_until(deadline)).collect();
    for nap in &mut crowd {
        let _ = Pin::new(nap).poll(&mut Context::from_waker(Waker::noop()));
    }
    crowd.iter_mut().for_each(block_on);
    drop(crowd);
    // Until the thread of the timer is through with them.
    let left = || BYTES.load(Relaxed) - before;
    for _ in 0..10_000 {
        if left() < COUNT as isize {
            break;
        }
        block_on(sleep(Duration::from_millis(1)));
    }
    assert!(left() < COUNT as isize, "{}", left());
    drop(kept);
}

#[test]
fn a_crowd_of_cancelled_tasks_of_a_loop_leaves_no_memory() {
    const COUNT: usize = 300_000;
    let _alone = COUNTS.lock();
    let local = LocalExecutor::new();
    let before = BYTES.load(Relaxed);
    for _ in 0..COUNT {
        assert!(local.spawn(std::future::pending::<()>()).cancel());
    }
    local.run_until_stalled();
    let left = BYTES.load(Relaxed) - before;
    assert!(left < COUNT as isize, "{left}");
}
