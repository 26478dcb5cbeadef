//! Mutex and condition variable on the loom face: that models over them mean something.

use super::support::{Bound::*, Payload, fails, model, outcomes};
use crate::sync::{Condvar, Mutex, TimedOut};
use crate::sys::clock;
use loom::thread;
use std::sync::Arc;
use std::time::Duration;

/// Two threads, exhaustive.
#[test]
fn a_mutex_excludes() {
    model("a_mutex_excludes", Exhaustive, 7, || {
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

/// Three threads, bound 3: the holder never lets go before the clock has moved.
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

/// Two threads, exhaustive.
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

/// Three threads, bound 3: a notification that races the deadline is not lost on the other waiter.
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
