//! Joins of two closures, as their users see them.

use crate::common::Block;
use rungs::executor::{Shutdown, ThreadPoolExecutor, join};
use rungs::sync::Event;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

fn pool(workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(workers)
}

fn fib(n: u64) -> u64 {
    match n {
        0 | 1 => n,
        _ => {
            let (a, b) = join(|| fib(n - 1), || fib(n - 2));
            a + b
        }
    }
}

/// What `f` panics with.
fn panic_of<R>(f: impl FnOnce() -> R) -> &'static str {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => "none",
        Err(payload) => payload.downcast_ref::<&str>().unwrap(),
    }
}

/// Runs `b` of a join while `a` waits for that, so that another thread has to steal it.
fn with_b_stolen<RA, RB: Send>(
    pool: &ThreadPoolExecutor,
    a: impl FnOnce() -> RA,
    b: impl FnOnce() -> RB + Send,
) -> (RA, RB) {
    let begun = Event::new(false);
    let waits = || {
        // Each join looks again whether somebody is hungry.
        while !begun.is_set() {
            join(|| (), || ());
            thread::yield_now();
        }
        a()
    };
    let begins = || {
        begun.set();
        b()
    };
    pool.join(waits, begins)
}

#[test]
fn a_join_gives_both_results_on_any_thread() {
    for workers in [1, 2, 4] {
        let pool = pool(workers);
        // As a guest, as a worker, and on the pool of the process.
        assert_eq!(pool.join(|| fib(16), || fib(15)), (987, 610));
        let handle = pool.handle();
        let job = pool.submit(move || handle.join(|| fib(16), || fib(15)));
        assert_eq!(job.result().unwrap(), (987, 610));
        let spawned = pool.spawn(async { fib(16) });
        assert_eq!(rungs::future::block_on(spawned).unwrap(), 987);
    }
    assert_eq!(join(|| fib(16), || fib(15)), (987, 610));
}

#[test]
fn many_guests_join_at_once() {
    let pool = pool(2);
    thread::scope(|s| {
        for _ in 0..8 {
            s.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(pool.join(|| fib(12), || fib(11)), (144, 89));
                }
            });
        }
    });
}

#[test]
fn a_worker_of_one_pool_is_a_guest_of_another() {
    let (one, two) = (pool(1), pool(1));
    let (one, two) = (&one, &two);
    let nested = one.join(
        || two.join(|| one.join(|| fib(10), || fib(9)), || fib(8)),
        || two.join(|| fib(7), || fib(6)),
    );
    assert_eq!(nested, (((55, 34), 21), (13, 8)));
}

#[test]
fn the_other_half_runs_in_another_thread_if_one_has_time() {
    let pool = pool(2);
    for _ in 0..100 {
        let (a, b) = with_b_stolen(&pool, || thread::current().id(), || thread::current().id());
        assert_ne!(a, b);
    }
}

#[test]
fn a_join_on_a_pool_that_is_busy_or_shut_down_runs_both_here() {
    let pool = pool(1);
    let busy = Block::worker_of(&pool);
    let here = || thread::current().id();
    assert_eq!(pool.join(here, here), (here(), here()));
    busy.release();
    let handle = pool.handle();
    pool.shutdown(Shutdown::Wait);
    assert_eq!(handle.join(here, here), (here(), here()));
}

#[test]
fn a_panic_in_either_half_comes_out_when_both_have_ended() {
    let pool = pool(2);
    for is_stolen in [false, true] {
        let ended = AtomicUsize::new(0);
        let ends = || _ = ended.fetch_add(1, SeqCst);
        let try_it = |a: &(dyn Fn() + Sync), b: &(dyn Fn() + Sync)| {
            panic_of(|| match is_stolen {
                true => with_b_stolen(&pool, a, b),
                // Nobody else is there to take anything.
                false => self::pool(1).join(a, b),
            })
        };
        assert_eq!(try_it(&|| panic_any("a"), &ends), "a");
        assert_eq!(try_it(&ends, &|| panic_any("b")), "b");
        assert_eq!(try_it(&|| panic_any("a"), &|| panic_any("b")), "a");
        assert_eq!(try_it(&ends, &ends), "none");
        assert_eq!(ended.load(SeqCst), 4);
    }
}

/// chili 0.2.1: a panic in the second half, caught, and another join.
#[test]
fn joins_go_on_after_a_panic_that_was_caught() {
    fn tree(depth: u32) -> usize {
        if depth == 0 {
            return 1;
        }
        let inner = |here: &'static str| {
            catch_unwind(|| join(|| tree(depth - 1), || panic_any(here))).unwrap_err()
        };
        let (a, b) = join(|| inner("left"), || inner("right"));
        let said = [a.downcast_ref::<&str>(), b.downcast_ref::<&str>()];
        assert_eq!(said, [Some(&"left"), Some(&"right")]);
        // The same frames, after panics in a half that was taken and in one that was not.
        let (a, b) = join(|| tree(depth - 1), || tree(depth - 1));
        a + b
    }
    let pool = pool(3);
    for _ in 0..20 {
        assert_eq!(pool.join(|| tree(4), || tree(3)), (16, 8));
    }
}

#[test]
fn nested_panics_pass_through_every_join() {
    fn deep(depth: u32) -> u32 {
        match depth {
            0 => panic_any("bottom"),
            _ => join(|| fib(5), || deep(depth - 1)).1,
        }
    }
    let pool = pool(2);
    for _ in 0..50 {
        assert_eq!(panic_of(|| pool.join(|| fib(8), || deep(20))), "bottom");
        assert_eq!(pool.join(|| fib(8), || fib(7)), (21, 13));
    }
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_any("dropped");
    }
}

#[test]
fn a_result_that_panics_when_it_is_dropped_does_not_replace_the_panic() {
    let pool = pool(2);
    assert_eq!(panic_of(|| pool.join(|| panic_any("a"), || Bomb)), "a");
    let stolen = || with_b_stolen(&pool, || -> () { panic_any("a") }, || Bomb);
    assert_eq!(panic_of(stolen), "a");
    let stolen = || with_b_stolen(&pool, || Bomb, || -> () { panic_any("b") });
    assert_eq!(panic_of(stolen), "b");
}

/// rayon#592: a thread that waits for its half runs another job, which wants a lock that is held
/// around the wait.
#[test]
fn a_lock_may_be_held_around_a_join() {
    let pool = pool(3);
    let lock = Mutex::new(0_u64);
    fn locks(lock: &Mutex<u64>, depth: u32) {
        if depth > 0 {
            join(|| locks(lock, depth - 1), || locks(lock, depth - 1));
            return;
        }
        let mut sum = lock.lock().unwrap();
        // The waits below are those of a thread that has the lock.
        let (a, b) = join(|| fib(8), || fib(9));
        *sum += a + b;
    }
    for _ in 0..20 {
        pool.join(|| locks(&lock, 6), || locks(&lock, 6));
    }
    assert_eq!(*lock.lock().unwrap(), 20 * 128 * 55);
}

/// Ten thousand joins below one another: what a worker's stack allows, and no list that fills up.
#[test]
fn joins_may_be_nested_deeply() {
    fn down(depth: u64) -> u64 {
        match depth {
            0 => 0,
            _ => {
                let (a, b) = join(|| down(depth - 1), || 1);
                a + b
            }
        }
    }
    let pool = ThreadPoolExecutor::builder()
        .max_workers(2)
        .stack_size(32 << 20)
        .build()
        .unwrap();
    let job = pool.submit(|| down(10_000));
    assert_eq!(rungs::future::block_on(job).unwrap(), 10_000);
}
/// rayon#854: threads that wait take ever more jobs upon their stacks.
#[test]
fn a_stack_grows_no_deeper_than_the_work() {
    thread_local! {
        static DEPTH: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }
    let deepest = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let job = |n: usize| {
        DEPTH.set(DEPTH.get() + 1);
        deepest.fetch_max(DEPTH.get(), SeqCst);
        let half = |most: usize| (0..most % 7).map(|i| fib(i as u64 % 5)).sum::<u64>();
        join(|| half(n), || join(|| half(n + 1), || half(n + 3)));
        done.fetch_add(1, SeqCst);
        DEPTH.set(DEPTH.get() - 1);
    };
    let pool = ThreadPoolExecutor::builder()
        .max_workers(4)
        .stack_size(256 * 1024)
        .build()
        .unwrap();
    pool.scope(|s| {
        for n in 0..100_000 {
            let job = &job;
            s.spawn(move || job(n));
        }
    });
    assert_eq!(done.load(SeqCst), 100_000);
    // The scope's own thread runs a job at a time, and so does a worker.
    assert_eq!(deepest.load(SeqCst), 1);
}
