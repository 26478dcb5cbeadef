//! The tester, tested: loom through our face, and the support that every model uses.
//!
//! * [`brute_force`]: random programs, against all their interleavings;
//! * [`face`]: clock, parker, locks and deques, with planted bugs that must be found;
//! * here: litmus programs, whose outcomes the memory model prescribes, and the support itself.
//!
//! Exhaustive where nothing else is said.

mod brute_force;
mod face;

use super::support::Bound::*;
use super::support::*;
use crate::sys::atomic::{AtomicBool, AtomicUsize, Ordering, Ordering::*, fence, unprobed};
use crate::sys::thread::Parker;
use crate::sys::{Arc, Mutex};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Poll, Waker};

// ---------------------------------------------------------------------------------------------
// Litmus programs
// ---------------------------------------------------------------------------------------------

/// What a thread that sees the flag reads of the data.
fn message_passing(store: Ordering, load: Ordering) -> impl Fn() -> Option<usize> {
    move || {
        let shared = Arc::new((AtomicUsize::new(0), AtomicBool::new(false)));
        let theirs = shared.clone();
        let other = spawn(move || {
            theirs.0.store(1, Relaxed);
            theirs.1.store(true, store);
        });
        let seen = shared.1.load(load).then(|| shared.0.load(Relaxed));
        other.join().unwrap();
        seen
    }
}

/// Two threads, 6 to 8 executions.
#[test]
fn message_passing_needs_release_and_acquire() {
    let (passed, late) = ([None, Some(1)].to_vec(), [None, Some(0), Some(1)].to_vec());
    for (name, store, load, allowed) in [
        ("message_passing", Release, Acquire, passed),
        (
            "message_passing_relaxed_store",
            Relaxed,
            Acquire,
            late.clone(),
        ),
        ("message_passing_relaxed_load", Release, Relaxed, late),
    ] {
        outcomes(name, Exhaustive, 4, allowed, message_passing(store, load));
    }
}

/// Two threads, 6 executions: the payload of a model sees what `message_passing` sees.
#[test]
fn a_payload_sees_a_missing_order() {
    let pass = |store, load| {
        move || {
            let shared = Arc::new((Payload::new(0), AtomicBool::new(false)));
            let theirs = shared.clone();
            let other = spawn(move || {
                theirs.0.write(1);
                theirs.1.store(true, store);
            });
            if shared.1.load(load) {
                assert_eq!(shared.0.bump(), 1);
            }
            other.join().unwrap();
        }
    };
    model("payload", Exhaustive, 2, pass(Release, Acquire));
    for (store, load) in [(Relaxed, Acquire), (Release, Relaxed)] {
        let message = fails("payload_relaxed", Exhaustive, pass(store, load));
        assert!(message.contains("Causality violation"), "{message}");
    }
}

const SOMEBODY_SEES: [(usize, usize); 3] = [(0, 1), (1, 0), (1, 1)];
const ANYTHING: [(usize, usize); 4] = [(0, 0), (0, 1), (1, 0), (1, 1)];

/// Each of two threads stores, then reads what the other stores.
fn store_buffering(
    ours: Option<Ordering>,
    theirs: Option<Ordering>,
) -> impl Fn() -> (usize, usize) {
    move || {
        let shared = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        let side = move |shared: &[AtomicUsize; 2], me: usize, between| {
            shared[me].store(1, Relaxed);
            if let Some(order) = between {
                fence(order);
            }
            shared[1 - me].load(Relaxed)
        };
        let copy = shared.clone();
        let other = spawn(move || side(&copy, 1, theirs));
        (side(&shared, 0, ours), other.join().unwrap())
    }
}

/// Two threads, 15 to 30 executions: only a sequentially consistent fence on *both* sides keeps
/// both from reading 0.
#[test]
fn store_buffering_needs_two_fences() {
    for (name, ours, theirs, allowed) in [
        (
            "store_buffering",
            Some(SeqCst),
            Some(SeqCst),
            &SOMEBODY_SEES[..],
        ),
        (
            "store_buffering_one_fence",
            Some(SeqCst),
            None,
            &ANYTHING[..],
        ),
        (
            "store_buffering_weak_fence",
            Some(SeqCst),
            Some(AcqRel),
            &ANYTHING[..],
        ),
        ("store_buffering_no_fence", None, None, &ANYTHING[..]),
    ] {
        let allowed = allowed.iter().copied();
        outcomes(name, Exhaustive, 8, allowed, store_buffering(ours, theirs));
    }
}

/// Two threads, 30 executions: accesses that are sequentially consistent are not enough for loom
/// (a false alarm: on a machine they are). Exchanges on both sides are.
#[test]
fn store_buffering_without_fences() {
    let sides = |act: fn(&[AtomicUsize; 2], usize) -> usize| {
        move || {
            let shared = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
            let theirs = shared.clone();
            let other = spawn(move || act(&theirs, 1));
            (act(&shared, 0), other.join().unwrap())
        }
    };
    let accesses = sides(|shared, me| {
        shared[me].store(1, SeqCst);
        shared[1 - me].load(SeqCst)
    });
    let exchanges = sides(|shared, me| {
        shared[me].swap(1, AcqRel);
        shared[1 - me].fetch_or(0, AcqRel)
    });
    outcomes(
        "store_buffering_accesses",
        Exhaustive,
        8,
        ANYTHING,
        accesses,
    );
    outcomes(
        "store_buffering_exchanges",
        Exhaustive,
        5,
        SOMEBODY_SEES,
        exchanges,
    );
}

/// Two threads, 15 executions: loom never reads from the future. The memory model allows (1, 1)
/// as well.
#[test]
fn load_buffering_is_not_explored() {
    let explored = [(0, 0), (0, 1), (1, 0)];
    outcomes("load_buffering", Exhaustive, 3, explored, || {
        let shared = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        let side = |shared: &[AtomicUsize; 2], me: usize| {
            let seen = shared[me].load(Relaxed);
            shared[1 - me].store(1, Relaxed);
            seen
        };
        let theirs = shared.clone();
        let other = spawn(move || side(&theirs, 1));
        (side(&shared, 0), other.join().unwrap())
    });
}

/// One thread loads, the other loads and exchanges: does the first see the exchange?
fn load_then_exchange() -> usize {
    let number = Arc::new(AtomicUsize::new(0));
    let theirs = number.clone();
    let other = spawn(move || {
        let seen = theirs.load(Relaxed);
        theirs.compare_exchange(seen, 1, Relaxed, Relaxed).unwrap();
    });
    let seen = number.load(Relaxed);
    other.join().unwrap();
    seen
}

/// Two threads, 7 executions: the smallest program of which loom by itself skips half (loom#166).
#[test]
fn a_load_before_an_exchange_hides_nothing() {
    outcomes(
        "load_then_exchange",
        Exhaustive,
        2,
        [0, 1],
        load_then_exchange,
    );
    outcomes("load_then_exchange_unprobed", Exhaustive, 1, [0], || {
        unprobed(load_then_exchange)
    });
}

// ---------------------------------------------------------------------------------------------
// Support
// ---------------------------------------------------------------------------------------------

/// What `f` panics with.
fn complaint(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("no complaint");
    *payload.downcast::<String>().expect("a message")
}

#[test]
fn a_model_without_interleavings_does_not_pass() {
    let message = complaint(|| model("too_few", Exhaustive, 2, || ()));
    assert!(
        message.contains("saw 1 executions, fewer than the 2 declared"),
        "{message}"
    );
}

#[test]
fn outcomes_are_exact_both_ways() {
    let message = complaint(|| {
        outcomes(
            "both_ways",
            Exhaustive,
            1,
            [None, Some(2)],
            message_passing(Release, Acquire),
        );
    });
    assert!(
        message.contains("missing [Some(2)], unexpected [Some(1)]"),
        "{message}"
    );
}

#[test]
fn a_bug_that_is_not_found_is_reported() {
    let message = complaint(|| {
        fails("no_bug", Exhaustive, || ());
    });
    assert!(message.contains("none finds the planted bug"), "{message}");
}

#[test]
fn a_failure_names_its_execution_and_its_message() {
    let message = complaint(|| {
        model("second", Exhaustive, 1, || {
            assert_eq!(load_then_exchange(), 0, "too late")
        });
    });
    assert!(message.contains("fails in execution"), "{message}");
    assert!(message.contains("too late"), "{message}");
}

/// What is on the stacks at a failure: guards whose drop locks, which would fail again.
#[test]
fn a_failure_does_not_abort() {
    struct LockOnDrop(Arc<Mutex<()>>);
    impl Drop for LockOnDrop {
        fn drop(&mut self) {
            let _guard = self.0.lock();
        }
    }
    for is_deadlock in [true, false] {
        let message = fails("failure_does_not_abort", Exhaustive, move || {
            let lock = Arc::new(Mutex::new(()));
            let _last = LockOnDrop(lock.clone());
            let other = spawn(move || {
                let _first = LockOnDrop(lock.clone());
                let _guard = lock.lock();
                assert!(is_deadlock, "a thread fails");
                Parker::new().park(None);
            });
            other.join().unwrap();
        });
        let expected = if is_deadlock {
            "deadlock"
        } else {
            "a thread fails"
        };
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_panic_that_is_caught_fails_no_model() {
    model("caught", Exhaustive, 1, || {
        let thrown = catch_unwind(|| throw("on purpose")).unwrap_err();
        assert_eq!(thrown.downcast_ref(), Some(&"on purpose"));
        let panic = caught(|| panic!("by the code under test")).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"by the code under test"));
        assert_eq!(caught(|| 7).unwrap(), 7);
    });
    let message = fails("thrown", Exhaustive, || throw("and not caught"));
    assert!(message.contains("and not caught"), "{message}");
    // Even where panics are caught, what loom complains of is a failure.
    let message = fails("deadlock_inside", Exhaustive, || {
        let _ = caught(|| Parker::new().park(None));
    });
    assert!(message.contains("deadlock"), "{message}");
}

#[test]
fn drops_and_wakes_are_counted() {
    let drops = DropCount::new();
    let values = [drops.value(1), drops.value(2)];
    assert_eq!((values[1].inner, drops.get()), (2, 0));
    drop(values);
    assert_eq!(drops.get(), 2);

    let wakes = CountWaker::new();
    let mut kept: Option<Waker> = None;
    let mut future = pin!(std::future::poll_fn(|cx| {
        kept.replace(cx.waker().clone())
            .map_or(Poll::Pending, |_| Poll::Ready(()))
    }));
    assert!(poll_once(future.as_mut(), &wakes.waker()).is_pending());
    assert_eq!((wakes.wakes(), wakes.held()), (0, 1));
    assert!(poll_once(future, &noop_waker()).is_ready());
    assert_eq!((wakes.wakes(), wakes.held()), (0, 0));
    kept.replace(wakes.waker()).unwrap().wake();
    kept.unwrap().wake();
    assert_eq!((wakes.wakes(), wakes.held()), (1, 0));
}
