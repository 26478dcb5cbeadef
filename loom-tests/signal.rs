//! The signal: publication, and the last waker.

use super::support::{Bound::*, CountWaker, Payload, model, noop_waker};
use crate::wait::{Signal, block_on, block_until};
use loom::thread;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

fn poll(signal: &Signal, waker: &std::task::Waker) -> Poll<()> {
    // SAFETY: each model polls from one thread.
    unsafe { signal.poll(&Context::from_waker(waker)) }
}

/// Completes, once.
fn complete(shared: &(Signal, Payload)) {
    shared.1.write(1);
    // SAFETY: each model completes once.
    unsafe { shared.0.complete() };
}

/// Two threads, exhaustive. Kills: `complete` without Release, `is_done` and the exchanges of
/// `poll` without Acquire.
#[test]
fn a_signal_publishes_what_was_completed() {
    model(
        "a_signal_publishes_what_was_completed",
        Exhaustive,
        20,
        || {
            let shared = Arc::new((Signal::new(), Payload::new(0)));
            let completer = shared.clone();
            let completer = thread::spawn(move || complete(&completer));
            for _ in 0..3 {
                if poll(&shared.0, &noop_waker()).is_ready() {
                    assert_eq!(shared.1.read(), 1);
                    break;
                }
            }
            completer.join().unwrap();
        },
    );
}

/// Two threads, exhaustive. Kills: `complete` without Acquire, the offer in `poll` without
/// Release, a `poll` that keeps the old waker.
#[test]
fn a_signal_wakes_the_last_waker() {
    model("a_signal_wakes_the_last_waker", Exhaustive, 20, || {
        let shared = Arc::new((Signal::new(), Payload::new(0)));
        let completer = shared.clone();
        let completer = thread::spawn(move || complete(&completer));
        let wakers = [CountWaker::new(), CountWaker::new()];
        let polled = [0, 1].map(|i| poll(&shared.0, &wakers[i].waker()).is_ready());
        completer.join().unwrap();
        if polled == [false, false] {
            assert_eq!(wakers.each_ref().map(CountWaker::wakes), [0, 1]);
        }
        assert!(shared.0.is_done());
    });
}

/// Two threads, exhaustive. Kills: a `complete` that does not wake, a parker that is not unparked.
#[test]
fn a_thread_that_waits_for_a_signal_is_woken() {
    model(
        "a_thread_that_waits_for_a_signal_is_woken",
        Exhaustive,
        10,
        || {
            let shared = Arc::new((Signal::new(), Payload::new(0)));
            let completer = shared.clone();
            let completer = thread::spawn(move || complete(&completer));
            // SAFETY: one waiter.
            block_on(poll_fn(|cx| unsafe { shared.0.poll(cx) }));
            assert_eq!(shared.1.read(), 1);
            completer.join().unwrap();
        },
    );
}

/// Three threads, bound 3. A deadline that races the completion: the waiter returns, and knows.
#[test]
fn a_deadline_races_the_completion() {
    model(
        "a_deadline_races_the_completion",
        Preemptions(3),
        50,
        || {
            let shared = Arc::new((Signal::new(), Payload::new(0)));
            let [waiter, completer] = [shared.clone(), shared.clone()];
            let waiter = thread::spawn(move || {
                let deadline = crate::sys::deadline_after(std::time::Duration::from_secs(1));
                // SAFETY: one waiter.
                let done = block_until(poll_fn(|cx| unsafe { waiter.0.poll(cx) }), deadline);
                if done.is_some() {
                    assert_eq!(waiter.1.read(), 1);
                }
            });
            let completer = thread::spawn(move || complete(&completer));
            crate::sys::clock::expire_all();
            waiter.join().unwrap();
            completer.join().unwrap();
        },
    );
}
