//! Mutex and condition variable on the loom face: that models over them mean something.

use super::support::{Bound::*, Payload, caught, fails, model, outcomes, spawn, throw};
use crate::sync::{Condvar, Mutex, MutexGuard, TimedOut};
use crate::sys::clock;
use loom::thread;
use std::sync::Arc;
use std::time::Duration;

/// Two threads, exhaustive, 11 executions.
#[test]
fn a_mutex_excludes() {
    model("a_mutex_excludes", Exhaustive, 6, || {
        let shared = Arc::new((Mutex::new(()), Payload::new(0)));
        let other = shared.clone();
        let thread = thread::spawn(move || {
            let _guard = other.0.lock();
            other.1.bump();
        });
        match shared.0.try_lock() {
            Some(_guard) => shared.1.bump(),
            None => {
                let _guard = shared.0.lock();
                shared.1.bump()
            }
        };
        thread.join().unwrap();
        assert_eq!(shared.1.read(), 2);
    });
}

/// Three threads, bound 3, 112 executions: the holder never lets go before the clock has moved.
#[test]
fn a_timed_lock_gives_up_or_gets_it() {
    outcomes(
        "a_timed_lock_gives_up_or_gets_it",
        Preemptions(3),
        20,
        [true, false],
        || {
            let mutex = Arc::new(Mutex::new(()));
            let [holder, waiter] = [mutex.clone(), mutex.clone()];
            let holder = thread::spawn(move || drop(holder.lock()));
            let waiter =
                thread::spawn(move || waiter.lock_timeout(Duration::from_secs(1)).is_some());
            clock::expire_all();
            holder.join().unwrap();
            waiter.join().unwrap()
        },
    );
}

/// Two threads, exhaustive, 9 executions. The clock stands still, so nobody gives up. Kills: a
/// timed form that does not wait.
#[test]
fn a_timed_lock_waits_for_what_comes_in_time() {
    let name = "a_timed_lock_waits_for_what_comes_in_time (mutex)";
    model(name, Exhaustive, 5, || {
        let shared = Arc::new((Mutex::new(()), Payload::new(0)));
        let theirs = shared.clone();
        let holder = spawn(move || {
            let _guard = theirs.0.lock();
            theirs.1.bump();
        });
        let guard = shared.0.lock_timeout(Duration::from_secs(1));
        assert!(guard.is_some());
        shared.1.bump();
        drop(guard);
        holder.join().unwrap();
        assert_eq!(shared.1.read(), 2);
    });
}

/// Two threads, exhaustive, 34 executions.
#[test]
fn a_condition_variable_loses_no_wake_up() {
    model(
        "a_condition_variable_loses_no_wake_up",
        Exhaustive,
        20,
        || {
            let shared = Arc::new((Mutex::new(false), Condvar::new()));
            let other = shared.clone();
            let notifier = thread::spawn(move || {
                *other.0.lock() = true;
                other.1.notify_one();
            });
            let mut ready = shared.0.lock();
            shared.1.wait_while(&mut ready, |ready| !*ready);
            drop(ready);
            notifier.join().unwrap();
        },
    );
}

/// Three threads, bound 3, 1,105 executions. Kills: a `notify_all` that wakes one.
#[test]
fn notify_all_wakes_all() {
    model("notify_all_wakes_all", Preemptions(3), 100, || {
        let shared = Arc::new((Mutex::new(false), Condvar::new()));
        let waiters = [0, 1].map(|_| {
            let shared = shared.clone();
            spawn(move || {
                let mut ready = shared.0.lock();
                shared.1.wait_while(&mut ready, |ready| !*ready);
            })
        });
        *shared.0.lock() = true;
        assert!(shared.1.notify_all() <= 2);
        for waiter in waiters {
            waiter.join().unwrap();
        }
    });
}

/// Two threads. The planted bug: a change made outside the lock is missed, and loom says so.
#[test]
fn a_change_outside_the_lock_is_found() {
    let message = fails("a_change_outside_the_lock_is_found", Exhaustive, || {
        let shared = Arc::new((Mutex::new(()), Condvar::new()));
        let other = shared.clone();
        let notifier = thread::spawn(move || other.1.notify_one());
        let mut guard = shared.0.lock();
        shared.1.wait(&mut guard);
        drop(guard);
        notifier.join().unwrap();
    });
    assert!(message.contains("deadlock"), "{message}");
}

/// Three threads, bound 3, 286 executions: a notification that races the deadline is not lost on
/// the other waiter.
#[test]
fn a_timed_wait_races_a_notification() {
    let allowed = [(Ok(()), true), (Err(()), true)];
    outcomes(
        "a_timed_wait_races_a_notification",
        Preemptions(3),
        50,
        allowed,
        || {
            let shared = Arc::new((Mutex::new(false), Condvar::new()));
            let [waiter, notifier] = [shared.clone(), shared.clone()];
            let waiter = thread::spawn(move || {
                let mut ready = waiter.0.lock();
                waiter
                    .1
                    .wait_timeout_while(&mut ready, Duration::from_secs(1), |ready| !*ready)
                    .map_err(|TimedOut| ())
            });
            let notifier = thread::spawn(move || {
                *notifier.0.lock() = true;
                notifier.1.notify_all();
            });
            clock::expire_all();
            let waited = waiter.join().unwrap();
            notifier.join().unwrap();
            (waited, *shared.0.lock())
        },
    );
}

/// Three threads, bound 3, 324 executions. Kills: an `unlock` that wakes one who has given up.
#[test]
fn three_threads_exclude() {
    model("three_threads_exclude (mutex)", Preemptions(3), 50, || {
        let shared = Arc::new((Mutex::new(()), Payload::new(0)));
        let others = [0, 1].map(|_| {
            let shared = shared.clone();
            spawn(move || {
                let _guard = shared.0.lock();
                shared.1.bump();
            })
        });
        let guard = shared.0.lock();
        shared.1.bump();
        drop(guard);
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(shared.1.read(), 3);
    });
}

/// Two threads, exhaustive, 8 executions. Who tries sees what was written, or gets nothing. Kills:
/// a `try_lock` that always succeeds.
#[test]
fn who_tries_gets_it_or_holds_nothing() {
    let name = "who_tries_gets_it_or_holds_nothing (mutex)";
    outcomes(name, Exhaustive, 5, [None, Some(0), Some(1)], || {
        let shared = Arc::new((Mutex::new(()), Payload::new(0)));
        let theirs = shared.clone();
        let other = spawn(move || {
            let _guard = theirs.0.lock();
            theirs.1.bump();
        });
        let seen = shared.0.try_lock().map(|_guard| shared.1.bump());
        other.join().unwrap();
        assert!(!shared.0.is_locked());
        seen
    });
}

/// Two threads, exhaustive, 9 executions. Kills: a mapped guard that does not unlock, or unlocks
/// early.
#[test]
fn a_mapped_guard_holds_the_lock() {
    model("a_mapped_guard_holds_the_lock", Exhaustive, 5, || {
        let shared = Arc::new((Mutex::new(((), 0)), Payload::new(0)));
        let theirs = shared.clone();
        let other = spawn(move || {
            let _guard = theirs.0.lock();
            theirs.1.bump();
        });
        let guard = MutexGuard::map(shared.0.lock(), |pair| &mut pair.0);
        shared.1.bump();
        drop(guard);
        other.join().unwrap();
        assert_eq!(shared.1.read(), 2);
    });
}

/// Two threads, exhaustive, 9 executions each. Kills: a guard that does not unlock when it unwinds.
#[test]
fn who_panics_lets_go() {
    type Hold = fn(MutexGuard<'_, ()>);
    let holds: [(&str, Hold); 3] = [
        ("holding", |_guard| throw("holding")),
        ("mapping", |guard| {
            drop(MutexGuard::map(guard, |_| -> &mut () { throw("mapping") }));
        }),
        ("in a condition", |mut guard| {
            Condvar::new().wait_while(&mut guard, |_| throw("in a condition"));
        }),
    ];
    for (name, hold) in holds {
        let name = format!("who_panics_lets_go (mutex, {name})");
        model(&name, Exhaustive, 5, move || {
            let shared = Arc::new((Mutex::new(()), Payload::new(0)));
            let theirs = shared.clone();
            let other = spawn(move || {
                let panics = || {
                    let guard = theirs.0.lock();
                    theirs.1.bump();
                    hold(guard);
                };
                caught(panics).expect_err("thrown")
            });
            let guard = shared.0.lock();
            shared.1.bump();
            drop(guard);
            drop(other.join().unwrap());
            assert_eq!(shared.1.read(), 2);
        });
    }
}

/// Three threads, bound 3, 5,088 executions. One notification, two waiters of which one gives up:
/// async-lock#18 and asyncband#132, for the thread's condition variable. Kills: a waiter that gives
/// up and keeps the notification that it was given meanwhile.
#[test]
fn a_waiter_that_gives_up_takes_no_notification() {
    type Stock = (Mutex<usize>, Condvar);
    fn put(stock: &Stock) {
        *stock.0.lock() += 1;
        stock.1.notify_one();
    }
    fn take(stock: &Stock, timeout: Duration) -> bool {
        let mut left = stock.0.lock();
        while *left == 0 {
            // Who gives up does not look again: it was not notified.
            if stock.1.wait_timeout(&mut left, timeout).is_err() {
                return false;
            }
        }
        *left -= 1;
        true
    }
    let name = "a_waiter_that_gives_up_takes_no_notification";
    outcomes(name, Preemptions(3), 50, [true, false], || {
        let stock = Arc::new((Mutex::new(0), Condvar::new()));
        let [hasty, putter] = [stock.clone(), stock.clone()];
        let hasty = spawn(move || {
            let taken = take(&hasty, Duration::from_secs(1));
            if taken {
                put(&hasty); // for the patient one
            }
            taken
        });
        let putter = spawn(move || put(&putter));
        clock::expire_all();
        assert!(take(&stock, Duration::MAX));
        putter.join().unwrap();
        hasty.join().unwrap()
    });
}
