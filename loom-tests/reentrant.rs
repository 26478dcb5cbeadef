//! The reentrant mutex on the loom face.

use super::support::{Bound::*, Payload, caught, model, outcomes, spawn, throw};
use crate::sync::{ReentrantMutex, ReentrantMutexGuard};
use crate::sys::clock;
use std::sync::Arc;
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

type Guarded = Arc<(ReentrantMutex<()>, Payload)>;

fn guarded() -> Guarded {
    Arc::new((ReentrantMutex::new(()), Payload::new(0)))
}

/// Two threads, exhaustive, 9 executions. Kills: an unlock by the first guard that is dropped; threads that
/// have one number.
#[test]
fn it_excludes_until_the_last_guard_is_gone() {
    let name = "it_excludes_until_the_last_guard_is_gone";
    model(name, Exhaustive, 5, || {
        fn twice(shared: &Guarded) {
            let outer = shared.0.lock();
            let seen = shared.1.bump();
            drop(shared.0.lock());
            assert_eq!(shared.1.bump(), seen + 1, "nobody came in between");
            drop(outer);
        }
        let shared = guarded();
        let theirs = shared.clone();
        let other = spawn(move || twice(&theirs));
        twice(&shared);
        other.join().unwrap();
        assert_eq!(shared.1.read(), 4);
        assert!(!shared.0.is_locked());
    });
}

/// Three threads, bound 3, 324 executions. Kills: threads that have one number.
#[test]
fn three_threads_exclude() {
    model(
        "three_threads_exclude (reentrant)",
        Preemptions(3),
        100,
        || {
            let shared = guarded();
            let others = [0, 1].map(|_| {
                let shared = shared.clone();
                spawn(move || {
                    let _guards = (shared.0.lock(), shared.0.lock());
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
        },
    );
}

/// Two threads, exhaustive, 8 executions: only the owner is the owner, whoever tries.
#[test]
fn who_tries_gets_it_free_or_as_its_owner() {
    let name = "who_tries_gets_it_free_or_as_its_owner";
    outcomes(name, Exhaustive, 5, [true, false], || {
        let shared = guarded();
        let theirs = shared.clone();
        let other = spawn(move || {
            let guard = theirs.0.lock();
            assert!(theirs.0.is_owned_by_current_thread());
            assert!(theirs.0.try_lock().is_some());
            theirs.1.bump();
            drop(guard);
            assert!(!theirs.0.is_owned_by_current_thread());
        });
        let got = match shared.0.try_lock() {
            Some(_guard) => {
                shared.1.bump();
                true
            }
            None => false,
        };
        assert!(!shared.0.is_owned_by_current_thread());
        other.join().unwrap();
        got
    });
}

/// Three threads, bound 3, 173 executions. Kills: a timed form that counts although it gave up.
#[test]
fn a_timed_lock_gives_up_or_gets_it() {
    let name = "a_timed_lock_gives_up_or_gets_it (reentrant)";
    outcomes(name, Preemptions(3), 20, [true, false], || {
        let shared = guarded();
        let [holder, waiter] = [shared.clone(), shared.clone()];
        let holder = spawn(move || {
            let _guards = (holder.0.lock(), holder.0.lock_timeout(LATER).expect("ours"));
            holder.1.bump();
        });
        let waiter = spawn(move || {
            let guard = waiter.0.lock_timeout(LATER);
            guard.map(|_guard| waiter.1.bump()).is_some()
        });
        clock::expire_all();
        holder.join().unwrap();
        let got = waiter.join().unwrap();
        assert!(!shared.0.is_locked());
        got
    });
}

/// Two threads, exhaustive, 9 executions. The clock stands still, so nobody gives up. Kills: a
/// timed form that does not wait.
#[test]
fn a_timed_lock_waits_for_what_comes_in_time() {
    let name = "a_timed_lock_waits_for_what_comes_in_time (reentrant)";
    model(name, Exhaustive, 5, || {
        let shared = guarded();
        let theirs = shared.clone();
        let holder = spawn(move || {
            let _guard = theirs.0.lock();
            theirs.1.bump();
        });
        let guard = shared.0.lock_timeout(LATER);
        assert!(guard.is_some());
        shared.1.bump();
        drop(guard);
        holder.join().unwrap();
        assert_eq!(shared.1.read(), 2);
    });
}

/// Two threads, exhaustive, 9 executions. Kills: a guard that does not unlock when it unwinds.
#[test]
fn who_panics_lets_go_of_all_it_took() {
    model("who_panics_lets_go_of_all_it_took", Exhaustive, 5, || {
        let shared = guarded();
        let theirs = shared.clone();
        let other = spawn(move || {
            let panics = || {
                let _outer = theirs.0.lock();
                let inner = theirs.0.lock();
                theirs.1.bump();
                drop(ReentrantMutexGuard::map(inner, |()| -> &() {
                    throw("mapping")
                }));
            };
            caught(panics).expect_err("thrown")
        });
        let guard = shared.0.lock();
        shared.1.bump();
        drop(guard);
        drop(other.join().unwrap());
        assert_eq!(shared.1.read(), 2);
        assert!(!shared.0.is_locked());
    });
}
