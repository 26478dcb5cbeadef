//! Scopes, as their users see them.

use crate::common::Block;
use rungs::executor::{Shutdown, ThreadPoolExecutor, join, scope};
use rungs::future::{TaskError, block_on};
use rungs::sync::Event;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

fn pool(workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(workers)
}

fn panic_of<R>(f: impl FnOnce() -> R) -> &'static str {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => "none",
        Err(payload) => payload.downcast_ref::<&str>().unwrap(),
    }
}

/// Counts how often it is dropped.
struct Counted<'a>(&'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn a_scope_ends_after_its_jobs() {
    for workers in [1, 2, 4] {
        let pool = pool(workers);
        for jobs in [0, 1, 100] {
            let mut done = vec![false; jobs];
            pool.scope(|s| {
                for done in &mut done {
                    s.spawn(move || *done = true);
                }
            });
            assert!(done.iter().all(|done| *done));
        }
    }
    let mut sum = 0;
    assert_eq!(scope(|s| s.spawn(|| sum += 1)), ());
    assert_eq!(sum, 1);
}

#[test]
fn jobs_spawn_jobs() {
    let pool = pool(2);
    let count = AtomicUsize::new(0);
    pool.scope(|s| {
        for _ in 0..10 {
            s.spawn(|| {
                for _ in 0..10 {
                    s.spawn(|| {
                        count.fetch_add(1, SeqCst);
                        s.spawn(|| _ = count.fetch_add(1, SeqCst));
                    });
                }
            });
        }
    });
    assert_eq!(count.load(SeqCst), 200);
}

#[test]
fn scopes_nest_to_a_depth_on_one_worker() {
    fn deep(depth: usize, count: &AtomicUsize) {
        count.fetch_add(1, SeqCst);
        if depth > 0 {
            scope(|s| {
                s.spawn(|| deep(depth - 1, count));
                s.submit(|| deep(depth - 1, count)).result().unwrap();
            });
        }
    }
    let pool = pool(1);
    let count = Arc::new(AtomicUsize::new(0));
    let counts = count.clone();
    // In a job, and outside of any.
    block_on(pool.submit(move || deep(8, &counts))).unwrap();
    pool.within(|| deep(8, &count));
    assert_eq!(count.load(SeqCst), 2 * 511);
}

#[test]
fn results_are_borrowed_and_come_back_in_every_form() {
    let pool = pool(2);
    let words = ["one".to_string(), "three".to_string()];
    pool.scope(|s| {
        let first = s.submit(|| words[0].as_str());
        let second = s.submit(|| &words[1]);
        assert_eq!(first.result().unwrap(), "one");
        assert_eq!(block_on(second).unwrap(), "three");
        let mut third = s.submit(|| words.len());
        let third = loop {
            match third.try_result() {
                Ok(result) => break result,
                Err(back) => third = back,
            }
            thread::yield_now();
        };
        assert_eq!(third.unwrap(), 2);
    });
}

#[test]
fn a_scope_on_a_pool_that_is_busy_or_shut_down_runs_its_jobs_here() {
    let pool = pool(1);
    let busy = Block::worker_of(&pool);
    let threads = Mutex::new(Vec::new());
    let note = || threads.lock().unwrap().push(thread::current().id());
    pool.scope(|s| {
        s.spawn(note);
        s.spawn(|| s.spawn(note));
    });
    busy.release();
    for how in [Shutdown::Wait, Shutdown::CancelPending] {
        let pool = self::pool(1);
        let handle = pool.handle();
        handle.scope(|s| {
            s.spawn(|| ());
            pool.shutdown(how);
            s.spawn(note);
            s.spawn(|| s.spawn(note));
        });
        handle.scope(|s| s.spawn(note));
    }
    assert_eq!(*threads.lock().unwrap(), [thread::current().id(); 8]);
}

#[test]
fn a_panic_comes_out_when_all_have_ended() {
    let pool = pool(2);
    let dropped = AtomicUsize::new(0);
    let counted = || Counted(&dropped);
    // A job.
    let said = panic_of(|| {
        pool.scope(|s| {
            s.spawn(|| panic_any("job"));
            for _ in 0..10 {
                let counted = counted();
                s.spawn(move || drop(counted));
            }
            counted()
        })
    });
    assert_eq!((said, dropped.load(SeqCst)), ("job", 11));
    // The body, which has precedence.
    let said = panic_of(|| {
        pool.scope(|s| {
            for _ in 0..10 {
                let counted = counted();
                s.spawn(move || {
                    let _counted = counted;
                    panic_any("job")
                });
            }
            panic_any("body")
        })
    });
    assert_eq!((said, dropped.load(SeqCst)), ("body", 21));
    // A job with a handle.
    pool.scope(|s| {
        let failed = s.submit(|| panic_any("no")).result();
        assert!(matches!(failed, Err(TaskError::Panicked(_))));
    });
    // And all is as before.
    a_scope_ends_after_its_jobs();
}

#[test]
fn a_panic_passes_through_nested_scopes() {
    let pool = pool(2);
    for _ in 0..50 {
        let said = panic_of(|| {
            pool.scope(|s| {
                s.spawn(|| scope(|s| s.spawn(|| scope(|s| s.spawn(|| panic_any("in"))))))
            })
        });
        assert_eq!(said, "in");
        pool.scope(|s| s.spawn(|| ()));
    }
}

#[test]
fn a_cancelled_job_is_dropped_before_the_scope_ends() {
    let pool = pool(1);
    let dropped = AtomicUsize::new(0);
    let ran = AtomicUsize::new(0);
    for _ in 0..100 {
        pool.scope(|s| {
            let counted = Counted(&dropped);
            let job = s.submit(|| {
                let _counted = counted;
                ran.fetch_add(1, SeqCst);
            });
            let is_cancelled = job.cancel();
            assert_eq!(job.result().is_err(), is_cancelled);
            // A result that nobody asks for.
            drop(s.submit(|| Counted(&dropped)));
        });
    }
    assert_eq!(dropped.load(SeqCst), 200);
}

/// Who waits for a scope runs its jobs, and no others: not the one that wants the lock.
#[test]
fn a_lock_may_be_held_around_a_scope() {
    let pool = pool(1);
    let lock = Arc::new(Mutex::new(()));
    let held = lock.clone();
    let handle = pool.handle();
    let job = pool.submit(move || {
        let guard = held.lock().unwrap();
        let other = held.clone();
        let waits = handle.submit(move || drop(other.lock().unwrap()));
        handle.scope(|s| s.spawn(|| ()));
        drop(guard);
        waits
    });
    block_on(block_on(job).unwrap()).unwrap();
}

/// A scope is for jobs that are `Send`; the scope itself may be used by all of them.
#[test]
fn bounds() {
    fn send<T: Send>(_: &T) {}
    fn sync<T: Sync>(_: &T) {}
    scope(|s| {
        send(s);
        sync(s);
        let task = s.submit(|| Cell::new(1));
        send(&task);
        sync(&task);
    });
}

/// A thread from outside has the processor of a worker, but not while it sleeps.
#[test]
fn a_scope_that_sleeps_leaves_its_processor_to_the_workers() {
    let pool = pool(2);
    let begun = Event::new(false);
    let taken = AtomicUsize::new(0);
    pool.scope(|s| {
        s.spawn(|| {
            begun.set();
            let end = Instant::now() + Duration::from_secs(10);
            while taken.load(SeqCst) == 0 && Instant::now() < end {
                let here = thread::current().id();
                let count = || taken.fetch_add(usize::from(thread::current().id() != here), SeqCst);
                join(thread::yield_now, count);
            }
        });
        begun.wait();
    });
    assert_eq!(taken.load(SeqCst), 1);
}
