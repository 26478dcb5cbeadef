//! Waiting does not allocate, but for a thread's first time: asserted by a counting allocator.

use rungs::sync::{Event, Semaphore};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

thread_local! {
    /// How often this thread has allocated.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting.
struct Counting;

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `f` allocates in this thread.
fn allocations(f: impl FnOnce()) -> usize {
    let before = COUNT.get();
    f();
    COUNT.get() - before
}

/// What a thread allocates once: its parker, when it first waits, and what `parking_lot` keeps of
/// a thread, when it first finds a lock taken.
const FIRST_TIMES: usize = 4;

/// A thread calls `wait`, which waits until another calls `release`, many times over; only what
/// it needs once may be allocated.
fn waits_without_allocating(name: &str, wait: impl Fn() + Sync, release: impl Fn() + Sync) {
    const ROUNDS: usize = 40;
    let turn = AtomicUsize::new(0);
    thread::scope(|s| {
        s.spawn(|| {
            for round in 1..=ROUNDS {
                while turn.load(Ordering::Acquire) < round {
                    thread::yield_now();
                }
                // Long enough that nearly every wait goes to sleep; one that does not still
                // has to allocate nothing.
                thread::sleep(Duration::from_millis(2));
                release();
            }
        });
        let counts: Vec<_> = (1..=ROUNDS)
            .map(|round| {
                turn.store(round, Ordering::Release);
                allocations(&wait)
            })
            .collect();
        assert!(
            counts[1..].iter().all(|count| *count == 0),
            "{name}: {counts:?}"
        );
    });
}

#[test]
fn the_allocator_counts() {
    assert_eq!(allocations(|| drop(black_box(Box::new(1)))), 1);
    assert_eq!(allocations(|| ()), 0);
}

#[test]
fn a_blocked_thread_does_not_allocate() {
    const LONG: Duration = Duration::from_secs(60);
    for semaphore in [Semaphore::new(0), Semaphore::fair(0)] {
        let release = || semaphore.add_permits(1).unwrap();
        let wait = || semaphore.acquire().unwrap().forget();
        waits_without_allocating("acquire", wait, release);
        let wait = || semaphore.acquire_timeout(LONG).unwrap().forget();
        waits_without_allocating("acquire_timeout", wait, release);
    }
    let event = Event::new(false);
    let wait = || {
        event.wait();
        event.reset();
    };
    waits_without_allocating("Event", wait, || event.set());
}

#[test]
fn a_timeout_does_not_allocate() {
    let none = Semaphore::new(0);
    let wait = || assert!(none.acquire_timeout(Duration::from_millis(1)).is_err());
    wait();
    assert_eq!(allocations(wait), 0);
}

#[test]
fn a_waiting_task_does_not_allocate() {
    let mut cx = Context::from_waker(Waker::noop());
    for semaphore in [Semaphore::new(0), Semaphore::fair(0)] {
        let count = allocations(|| {
            let mut granted = pin!(semaphore.acquire_async());
            let mut dropped = Some(semaphore.acquire_async());
            assert!(granted.as_mut().poll(&mut cx).is_pending());
            {
                let mut dropped = pin!(dropped.take().unwrap());
                assert!(dropped.as_mut().poll(&mut cx).is_pending());
            }
            semaphore.add_permits(1).unwrap();
            assert!(granted.as_mut().poll(&mut cx).is_ready());
        });
        assert_eq!(count, 0);
    }
    let event = Event::new(false);
    let count = allocations(|| {
        let mut wait = pin!(event.wait_async());
        assert!(wait.as_mut().poll(&mut cx).is_pending());
        event.set();
        assert!(wait.as_mut().poll(&mut cx).is_ready());
    });
    assert_eq!(count, 0);
}
