//! The token: cancelling a tree that grows and shrinks meanwhile.

use super::support::{
    Bound::*, CountWaker, DropCount, Payload, model, noop_waker, outcomes, poll_once, spawn, throw,
};
use crate::sync::{CancelToken, TimedOut};
use crate::sys::clock;
use crate::wait::block_on;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

/// Two threads, exhaustive, 310 executions in the largest. Each way to learn of it, on the token
/// and below it. Kills: a line that is opened with Relaxed; a look that loads so; children that are
/// told before they are taken.
#[test]
fn who_finds_it_cancelled_sees_what_was_written() {
    type Look = fn(&CancelToken) -> bool;
    let looks: [(&str, Look); 4] = [
        ("is_cancelled", CancelToken::is_cancelled),
        ("check", |token| token.check().is_err()),
        ("cancelled", |token| {
            token.cancelled();
            true
        }),
        ("cancelled_async", |token| {
            block_on(token.cancelled_async());
            true
        }),
    ];
    for (name, look) in looks {
        for depth in [0, 2] {
            let name = format!("who_finds_it_cancelled_sees_what_was_written ({name}, {depth})");
            model(&name, Exhaustive, 2, move || {
                let token = CancelToken::new();
                let payload = Arc::new(Payload::new(0));
                let below = (0..depth).fold(token.clone(), |token, _| token.child());
                let writer = payload.clone();
                let canceller = spawn(move || {
                    writer.write(1);
                    assert!(token.cancel());
                });
                if look(&below) {
                    assert_eq!(payload.read(), 1);
                }
                canceller.join().unwrap();
                assert!(below.is_cancelled());
            });
        }
    }
}

/// Two threads, exhaustive, 60 executions. A child is made while the parent is cancelled: it is
/// cancelled too, whichever was first. Kills: a look at the parent outside its lock.
#[test]
fn a_child_of_a_cancelled_parent_is_cancelled() {
    outcomes(
        "a_child_of_a_cancelled_parent_is_cancelled",
        Exhaustive,
        15,
        [true, false],
        || {
            let token = CancelToken::new();
            let parent = token.clone();
            let canceller = spawn(move || parent.cancel());
            let child = token.child();
            let grandchild = child.child();
            let early = child.is_cancelled();
            assert!(canceller.join().unwrap());
            assert!(child.is_cancelled() && grandchild.is_cancelled());
            assert!(!child.cancel());
            early
        },
    );
}

/// Two threads, exhaustive, 7 executions. Who has seen the token cancelled makes children that are,
/// and its callbacks are called at once. Kills: a node that shows that it is cancelled before its
/// watchers are taken.
#[test]
fn who_sees_it_cancelled_is_never_too_early() {
    let name = "who_sees_it_cancelled_is_never_too_early";
    model(name, Exhaustive, 1, || {
        let token = CancelToken::new();
        let other = token.clone();
        let canceller = spawn(move || other.cancel());
        if token.is_cancelled() {
            assert!(token.child().is_cancelled());
            let payload = Arc::new(Payload::new(0));
            let bumped = payload.clone();
            drop(token.on_cancel(move || _ = bumped.bump()));
            assert_eq!(payload.read(), 1);
        }
        assert!(canceller.join().unwrap());
    });
}

/// Two threads, exhaustive, 4 executions. The callback is called once, by one thread or the other.
/// Kills: a callback that is put there when all were called.
#[test]
fn a_callback_races_the_cancellation() {
    outcomes(
        "a_callback_races_the_cancellation",
        Exhaustive,
        1,
        ["theirs", "mine"],
        || {
            let token = CancelToken::new();
            let payload = Arc::new(Payload::new(0));
            let calls = Arc::new(AtomicUsize::new(0));
            let other = token.clone();
            let canceller = spawn(move || assert!(other.cancel()));
            let (bumped, counted) = (payload.clone(), calls.clone());
            let me = loom::thread::current().id();
            let told = token.on_cancel(move || {
                bumped.bump();
                counted.store(1 + usize::from(loom::thread::current().id() == me), SeqCst);
            });
            canceller.join().unwrap();
            assert_eq!(payload.read(), 1);
            let mine = calls.load(SeqCst) == 2;
            drop(told);
            assert_eq!(payload.read(), 1);
            if mine { "mine" } else { "theirs" }
        },
    );
}

/// Two threads, exhaustive, 4 executions. A callback is taken back while it is to be called: it is
/// called or not, and dropped once either way. Kills: an entry that is called and taken back.
#[test]
fn a_callback_is_called_or_taken_back() {
    outcomes(
        "a_callback_is_called_or_taken_back",
        Exhaustive,
        1,
        [0, 1],
        || {
            let token = CancelToken::new();
            let payload = Arc::new(Payload::new(0));
            let drops = DropCount::new();
            let (bumped, captured) = (payload.clone(), drops.value(()));
            let told = token.on_cancel(move || {
                let _captured = captured;
                bumped.bump();
            });
            let kept = token.on_cancel(|| ());
            let other = token.clone();
            let canceller = spawn(move || assert!(other.cancel()));
            drop(told);
            canceller.join().unwrap();
            assert_eq!(drops.get(), 1);
            drop(kept);
            payload.read()
        },
    );
}

/// Three threads, bound 3, 16 executions. Both cancel; one does it. Kills: watchers that are copied
/// instead of taken, a state that is set after the lock.
#[test]
fn one_of_two_cancels() {
    model("one_of_two_cancels", Preemptions(3), 4, || {
        let token = CancelToken::new();
        let child = token.child();
        let payload = Arc::new(Payload::new(0));
        let bumped = payload.clone();
        let told = child.on_cancel(move || _ = bumped.bump());
        let threads = [token.clone(), token.clone()].map(|token| {
            spawn(move || {
                let did = token.cancel();
                assert!(token.is_cancelled(), "it returned, so it is");
                did
            })
        });
        let [one, two] = threads.map(|thread| thread.join().unwrap());
        assert_ne!(one, two);
        assert!(child.is_cancelled());
        assert_eq!(payload.read(), 1);
        drop(told);
    });
}

/// Three threads, bound 3, 16 executions. Parent and child are cancelled at one time; the callback
/// of the child is called once, and what both wrote is there when both are done.
#[test]
fn parent_and_child_are_cancelled_at_one_time() {
    let name = "parent_and_child_are_cancelled_at_one_time";
    model(name, Preemptions(3), 4, || {
        let token = CancelToken::new();
        let child = token.child();
        let payload = Arc::new(Payload::new(0));
        let bumped = payload.clone();
        let told = child.on_cancel(move || _ = bumped.bump());
        let threads = [token.clone(), child.clone()].map(|token| spawn(move || token.cancel()));
        let [first, _] = threads.map(|thread| thread.join().unwrap());
        assert!(first, "a child does not cancel its parent");
        assert_eq!(payload.read(), 1);
        drop(told);
    });
}

/// Two threads, exhaustive, 6 executions. A child, with one below it and a callback, goes while its
/// parent is cancelled. Kills: a parent that reaches for a child that is gone; an entry that stays
/// behind.
#[test]
fn a_child_goes_while_its_parent_is_cancelled() {
    outcomes(
        "a_child_goes_while_its_parent_is_cancelled",
        Exhaustive,
        1,
        [0, 1],
        || {
            let token = CancelToken::new();
            let below = token.child().child();
            let payload = Arc::new(Payload::new(0));
            let drops = DropCount::new();
            let (bumped, captured) = (payload.clone(), drops.value(()));
            let kept = below.on_cancel(move || {
                let _captured = captured;
                bumped.bump();
            });
            kept.keep();
            let dropper = spawn(move || drop(below));
            assert!(token.cancel());
            dropper.join().unwrap();
            assert_eq!(drops.get(), 1);
            payload.read()
        },
    );
}

/// Two threads, exhaustive, 4 executions. The last handles on parent and child go at one time.
#[test]
fn parent_and_child_go_at_one_time() {
    model("parent_and_child_go_at_one_time", Exhaustive, 1, || {
        let token = CancelToken::new();
        let [one, two] = [token.child(), token.child()];
        let drops = DropCount::new();
        let captured = drops.value(());
        token.on_cancel(move || drop(captured)).keep();
        let other = spawn(move || drop(one));
        drop(token);
        drop(two);
        other.join().unwrap();
        assert_eq!(drops.get(), 1);
    });
}

/// Three threads, bound 3, 865 executions. Kills: an `abandon` that leaves the node behind.
#[test]
fn a_timeout_races_the_cancellation() {
    outcomes(
        "a_timeout_races_the_cancellation",
        Preemptions(3),
        216,
        [Ok(()), Err(())],
        || {
            let token = CancelToken::new();
            let [waiter, canceller] = [token.child(), token.clone()];
            let waiter = spawn(move || waiter.cancelled_timeout(LATER));
            let canceller = spawn(move || canceller.cancel());
            clock::expire_all();
            let waited = waiter.join().unwrap();
            assert!(canceller.join().unwrap());
            waited.map_err(|TimedOut| ())
        },
    );
}

/// Two threads, exhaustive, 4 executions. A callback that panics costs neither the canceller nor
/// another callback, waiter or child anything. Kills: callbacks that are called as they are found.
#[test]
fn a_callback_that_panics_costs_nobody_anything() {
    let name = "a_callback_that_panics_costs_nobody_anything";
    model(name, Exhaustive, 1, || {
        let token = CancelToken::new();
        let payload = Arc::new(Payload::new(0));
        let bumped = payload.clone();
        let below = Arc::new(OnceLock::<CancelToken>::new());
        let seen = below.clone();
        let told = [
            token.on_cancel(|| throw("in a callback")),
            token.on_cancel(move || {
                assert!(seen.get().unwrap().is_cancelled());
                bumped.bump();
            }),
        ];
        // Found after the callbacks.
        let child = token.child();
        below.set(child.clone()).unwrap();
        let waker = CountWaker::new();
        let mut waits = Box::pin(child.cancelled_async());
        assert!(poll_once(waits.as_mut(), &waker.waker()).is_pending());
        let canceller = spawn(move || token.cancel());
        let late = child.child();
        assert!(canceller.join().unwrap());
        assert!(late.is_cancelled());
        assert_eq!((payload.read(), waker.wakes()), (1, 1));
        assert!(poll_once(waits.as_mut(), &noop_waker()).is_ready());
        drop(told);
    });
}
