//! The mutex for threads and tasks. How a lock is handed on is the line's (`line.rs`); here, that
//! the lock is one: that it guards its data, by whichever guard, and comes back in every case.
//!
//! The data are the payload: each use of a guard is an access that loom watches.

use super::support::{
    Bound::*, CountWaker, Payload, caught, model, noop_waker, outcomes, poll_once, throw,
};
use crate::sync::{AsyncMutex, AsyncMutexGuard, MappedMut, OwnedAsyncMutexGuard};
use crate::sys::clock;
use crate::wait::block_on;
use loom::thread;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// Runs a model on both kinds of mutex.
fn both(
    name: &'static str,
    bound: super::support::Bound,
    at_least: usize,
    f: impl Fn(AsyncMutex<usize>) + Send + Sync + Copy + 'static,
) {
    model(&format!("{name} (eventual)"), bound, at_least, move || {
        f(AsyncMutex::new(0));
    });
    model(&format!("{name} (fair)"), bound, at_least, move || {
        f(AsyncMutex::fair(0));
    });
}

/// Two threads, exhaustive, 972 executions. Kills: a mutex that starts with two permits; a guard that gives none
/// back.
#[test]
fn a_thread_and_a_task_exclude_each_other() {
    let name = "a_thread_and_a_task_exclude_each_other";
    both(name, Exhaustive, 50, |mutex| {
        let mutex = Arc::new(mutex);
        let other = mutex.clone();
        let task = thread::spawn(move || block_on(async { *other.lock_async().await += 1 }));
        *mutex.lock() += 1;
        task.join().unwrap();
        assert_eq!(*mutex.lock(), 2);
        assert!(!mutex.is_locked());
    });
}

/// Three threads, bound 2 (bound 3 takes 20 s), 18,269 and 16,781 executions: async-lock#18. Kills: an unlock that calls nobody where another is
/// under way.
#[test]
fn two_unlocks_wake_two_waiters() {
    both(
        "two_unlocks_wake_two_waiters",
        Preemptions(2),
        500,
        |mutex| {
            let mutex = Arc::new(mutex);
            let others = [0, 1].map(|_| {
                let mutex = mutex.clone();
                thread::spawn(move || *mutex.lock() += 1)
            });
            *mutex.lock() += 1;
            for other in others {
                other.join().unwrap();
            }
            assert_eq!(*mutex.try_lock().expect("free"), 3);
        },
    );
}

/// Two threads, exhaustive, 590 executions. Who tries and gets it sees what the last holder did.
#[test]
fn who_tries_and_gets_it_is_alone() {
    let allowed = [(false, 1), (true, 2)];
    let name = "who_tries_and_gets_it_is_alone";
    outcomes(name, Exhaustive, 5, allowed, || {
        let mutex = Arc::new(AsyncMutex::new(0));
        let other = mutex.clone();
        let other = thread::spawn(move || *other.lock() += 1);
        let got = mutex.try_lock().map(|mut guard| *guard += 1).is_some();
        other.join().unwrap();
        let sum = *mutex.lock();
        (got, sum)
    });
}

/// Three threads, bound 3, 1,736 and 1,873 executions. A timed lock that races the unlock gets the lock or leaves it free.
/// Kills: a `lock_to` that gives a guard after a timeout; an `Enter` that gives nothing back.
#[test]
fn a_timeout_races_the_unlock() {
    for fair in [false, true] {
        let name = format!("a_timeout_races_the_unlock (fair: {fair})");
        outcomes(
            &name,
            Preemptions(3),
            50,
            [(false, 1), (true, 2)],
            move || {
                let mutex = Arc::new(match fair {
                    true => AsyncMutex::fair(0),
                    false => AsyncMutex::new(0),
                });
                let mut held = mutex.lock_owned();
                let waiter = mutex.clone();
                let waiter = thread::spawn(move || {
                    let guard = waiter.lock_timeout(Duration::from_secs(1));
                    guard.map(|mut guard| *guard += 1).is_some()
                });
                let holder = thread::spawn(move || {
                    *held += 1;
                    drop(held);
                });
                clock::expire_all();
                let got = waiter.join().unwrap();
                holder.join().unwrap();
                let sum = *mutex.try_lock().expect("free");
                assert_eq!(mutex.waiters(), 0);
                (got, sum)
            },
        );
    }
}

/// Three threads, bound 3, 25,536 and 35,444 executions: tokio#3652, shuttle#167. The head of the line, granted, called or
/// neither, is dropped; the next gets the lock. Kills: an `Enter` that gives nothing back; an
/// `abandon` that serves nobody.
#[test]
fn a_dropped_waiter_passes_the_lock_on() {
    let name = "a_dropped_waiter_passes_the_lock_on";
    both(name, Preemptions(3), 50, |mutex| {
        let mutex = Arc::new(mutex);
        let held = mutex.lock_owned();
        let mut first = Box::pin(mutex.lock_owned_async());
        let mut middle = Box::pin(mutex.lock_owned_async());
        assert!(poll_once(first.as_mut(), &noop_waker()).is_pending());
        assert!(poll_once(middle.as_mut(), &noop_waker()).is_pending());
        let next = mutex.clone();
        let next = thread::spawn(move || *next.lock() += 1);
        let holder = thread::spawn(move || {
            let mut held = held;
            *held += 1;
        });
        drop(middle);
        drop(first);
        next.join().unwrap();
        holder.join().unwrap();
        assert_eq!(*mutex.try_lock().expect("free"), 2);
    });
}

/// Three threads, bound 3, 209 executions. A guard is made on one thread, used and dropped on another. Kills: a
/// guard that is tied to its thread.
#[test]
fn a_guard_goes_to_another_thread() {
    both(
        "a_guard_goes_to_another_thread",
        Preemptions(3),
        50,
        |mutex| {
            let mutex = Arc::new(mutex);
            let mut guard = mutex.lock_owned();
            *guard += 1;
            let holder = thread::spawn(move || {
                *guard += 1;
                drop(guard);
            });
            let waiter = mutex.clone();
            let waiter = thread::spawn(move || *waiter.lock());
            assert_eq!(waiter.join().unwrap(), 2);
            holder.join().unwrap();
        },
    );
}

/// Two threads, exhaustive, 1,127 executions. Kills: a `map` that drops its guard.
#[test]
fn a_mapped_guard_keeps_the_lock() {
    model("a_mapped_guard_keeps_the_lock", Exhaustive, 20, || {
        let mutex = Arc::new(AsyncMutex::new((Payload::new(0), ())));
        let other = mutex.clone();
        let other = thread::spawn(move || {
            let part = AsyncMutexGuard::map(other.lock(), |pair| &mut pair.0);
            part.bump();
        });
        let guard = mutex.lock_owned();
        let guard = OwnedAsyncMutexGuard::try_map(guard, |_| None::<&mut ()>).unwrap_err();
        let whole = OwnedAsyncMutexGuard::map(guard, |pair| pair);
        let part = MappedMut::map(whole, |pair| &mut pair.0);
        part.bump();
        drop(part);
        other.join().unwrap();
        assert_eq!(mutex.lock().0.read(), 2);
    });
}

/// One thread (loom's locks are poisoned where a thread unwinds beside others). A panic in `map`
/// lets the lock go, to who waits. Kills: a guard that does not unlock when a panic drops it.
#[test]
fn a_panic_lets_the_lock_go() {
    both("a_panic_lets_the_lock_go", Exhaustive, 1, |mutex| {
        let guard = mutex.lock();
        let mut waiter = pin!(mutex.lock_async());
        assert!(poll_once(waiter.as_mut(), &noop_waker()).is_pending());
        let thrown = caught(move || {
            let _part = AsyncMutexGuard::map(guard, |_| -> &mut () { throw("in `map`") });
        });
        assert!(thrown.is_err());
        assert!(poll_once(waiter.as_mut(), &noop_waker()).is_ready());
        assert!(!mutex.is_locked());
    });
}

/// One thread. A fair mutex is not free for who would pass its line; another one is, until its
/// head has starved. Kills: `new` and `fair` exchanged.
#[test]
fn who_may_pass_the_line() {
    model("who_may_pass_the_line", Exhaustive, 1, || {
        for (mutex, fair) in [(AsyncMutex::new(0), false), (AsyncMutex::fair(0), true)] {
            let count = CountWaker::new();
            let held = mutex.try_lock().unwrap();
            let mut head = pin!(mutex.lock_async());
            assert!(poll_once(head.as_mut(), &count.waker()).is_pending());
            drop(held);
            assert_eq!(count.wakes(), 1);
            assert_eq!(mutex.try_lock().is_none(), fair);
            let Poll::Ready(guard) = poll_once(head.as_mut(), &count.waker()) else {
                panic!("its turn")
            };
            drop(guard);
            assert!(!mutex.is_locked());
        }
    });
}
