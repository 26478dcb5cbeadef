//! The event that lets one waiter through: one signal, one waiter.

use super::support::{
    Bound::*, CountWaker, Payload, model, noop_waker, outcomes, poll_once, spawn,
};
use crate::sync::{AutoResetEvent, TimedOut, WaitAutoReset};
use crate::sys::clock;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

/// A waiter that stands in line.
fn in_line<'a>(event: &'a AutoResetEvent, waker: &CountWaker) -> Pin<Box<WaitAutoReset<'a>>> {
    let mut wait = Box::pin(event.wait_async());
    assert!(poll_once(wait.as_mut(), &waker.waker()).is_pending());
    wait
}

/// Three threads, bound 3, 292 executions. Whoever takes a signal that both have set sees what both
/// wrote. Kills: `hand_on` that writes with Relaxed.
#[test]
fn a_set_event_carries_what_every_setter_wrote() {
    let name = "a_set_event_carries_what_every_setter_wrote";
    model(name, Preemptions(3), 73, || {
        let event = Arc::new(AutoResetEvent::new(false));
        let payloads = Arc::new([Payload::new(0), Payload::new(0)]);
        // Who has set; loom does not see it, so it orders nothing.
        let count = Arc::new(AtomicUsize::new(0));
        let setters = [0, 1].map(|i| {
            let (event, payloads, count) = (event.clone(), payloads.clone(), count.clone());
            spawn(move || {
                payloads[i].write(1);
                event.set();
                count.fetch_add(1, SeqCst);
            })
        });
        loom::thread::yield_now();
        if count.load(SeqCst) == 2 {
            assert!(event.try_wait());
            assert_eq!((payloads[0].read(), payloads[1].read()), (1, 1));
        }
        for setter in setters {
            setter.join().unwrap();
        }
    });
}

/// Two threads, exhaustive, 310 executions. Kills: `hand_on` that sets the state where somebody
/// stands in line; a node that is granted with Relaxed.
#[test]
fn a_waiter_sees_what_the_setter_wrote() {
    model(
        "a_waiter_sees_what_the_setter_wrote",
        Exhaustive,
        77,
        || {
            let shared = Arc::new((AutoResetEvent::new(false), Payload::new(0)));
            let setter = shared.clone();
            let setter = spawn(move || {
                setter.1.write(1);
                setter.0.set();
            });
            shared.0.wait();
            assert_eq!(shared.1.read(), 1);
            assert!(!shared.0.is_set());
            setter.join().unwrap();
        },
    );
}

/// Three threads, bound 3, 34 executions: async-lock#18. Two waiters, two signals at one time.
/// Kills: `hand_on` that finds the line busy and leaves the state set.
#[test]
fn two_sets_release_two_waiters() {
    model("two_sets_release_two_waiters", Preemptions(3), 8, || {
        let event = Arc::new(AutoResetEvent::new(false));
        let wakers = [CountWaker::new(), CountWaker::new()];
        let mut waits = [in_line(&event, &wakers[0]), in_line(&event, &wakers[1])];
        let setters = [0, 1].map(|_| {
            let event = event.clone();
            spawn(move || event.set())
        });
        for setter in setters {
            setter.join().unwrap();
        }
        for (wait, waker) in waits.iter_mut().zip(&wakers) {
            assert_eq!((waker.wakes(), waker.held()), (1, 0));
            assert!(poll_once(wait.as_mut(), &noop_waker()).is_ready());
        }
        assert!(!event.is_set());
    });
}

/// Two threads, exhaustive, 24 executions: tokio#3652, tokio#7996, shuttle#167. The first in line
/// goes away while the signal comes. Kills: a `give_back` that forgets it; one that adds it to the
/// state.
#[test]
fn a_dropped_waiter_hands_the_signal_on() {
    let name = "a_dropped_waiter_hands_the_signal_on";
    model(name, Exhaustive, 6, || {
        let event = Arc::new(AutoResetEvent::new(false));
        let waker = CountWaker::new();
        let [first, mut second] = [in_line(&event, &waker), in_line(&event, &waker)];
        drop(event.wait_async()); // was never polled: takes nothing
        let setter = event.clone();
        let setter = spawn(move || setter.set());
        drop(first);
        setter.join().unwrap();
        assert!(poll_once(second.as_mut(), &noop_waker()).is_ready());
        assert!(!event.is_set());
        assert_eq!(waker.held(), 0);
    });
}

/// Two threads, exhaustive, 19 executions. The same, with nobody behind, and a `set` beside it: the
/// state is never more than one signal. Kills: a `give_back` that adds.
#[test]
fn what_is_handed_on_and_set_is_one_signal() {
    let name = "what_is_handed_on_and_set_is_one_signal";
    model(name, Exhaustive, 4, || {
        let event = Arc::new(AutoResetEvent::new(false));
        let released = in_line(&event, &CountWaker::new());
        event.set();
        let setter = event.clone();
        let setter = spawn(move || setter.set());
        drop(released);
        setter.join().unwrap();
        assert!(event.try_wait());
        assert!(!event.try_wait());
    });
}

/// Three threads, bound 3, 1,571 executions. The signal is taken or it is still there. Kills: an
/// `abandon` that keeps the grant.
#[test]
fn a_timeout_races_the_signal() {
    outcomes(
        "a_timeout_races_the_signal",
        Preemptions(3),
        392,
        [Ok(()), Err(())],
        || {
            let event = Arc::new(AutoResetEvent::new(false));
            let [waiter, setter] = [event.clone(), event.clone()];
            let waiter = spawn(move || waiter.wait_timeout(LATER));
            let setter = spawn(move || setter.set());
            clock::expire_all();
            let waited = waiter.join().unwrap();
            setter.join().unwrap();
            assert_eq!(event.is_set(), waited.is_err());
            waited.map_err(|TimedOut| ())
        },
    );
}

/// Three threads, bound 3, 394 executions. The event as a lock: `wait` locks, `set` unlocks. Kills:
/// `try_enter` and `hand_on` with weaker orderings.
#[test]
fn one_is_let_through_at_a_time() {
    model("one_is_let_through_at_a_time", Preemptions(3), 98, || {
        let shared = Arc::new((AutoResetEvent::new(true), Payload::new(0)));
        let bump = |shared: &(AutoResetEvent, Payload)| {
            shared.0.wait();
            shared.1.bump();
            shared.0.set();
        };
        let threads = [0, 1].map(|_| {
            let shared = shared.clone();
            spawn(move || bump(&shared))
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(shared.1.read(), 2);
    });
}

/// Two threads, exhaustive, 19 executions. A signal is taken back, or taken. Kills: a `drain` that
/// reads and then writes; one that orders nothing.
#[test]
fn a_signal_is_taken_or_taken_back() {
    outcomes(
        "a_signal_is_taken_or_taken_back",
        Exhaustive,
        4,
        [(true, false), (false, true)],
        || {
            let shared = Arc::new((AutoResetEvent::new(false), Payload::new(0)));
            let taker = shared.clone();
            shared.1.write(1);
            shared.0.set();
            let taker = spawn(move || {
                let taken = taker.0.try_wait();
                if taken {
                    taker.1.bump();
                }
                taken
            });
            let reset = shared.0.reset();
            if reset {
                shared.1.bump();
            }
            let taken = taker.join().unwrap();
            assert_eq!(shared.1.read(), 2);
            (taken, reset)
        },
    );
}

/// One thread: asyncband#41, tokio#5475. A waker sets the event again, and waits again, from
/// inside the wake. Kills: wakers that are called under the lock.
#[test]
fn a_waker_may_set_and_wait() {
    struct Again(Arc<AutoResetEvent>);

    impl std::task::Wake for Again {
        fn wake(self: Arc<Self>) {
            assert!(!self.0.try_wait());
            self.0.set();
            assert!(self.0.try_wait());
            self.0.set();
        }
    }

    model("a_waker_may_set_and_wait", Exhaustive, 1, || {
        let event = Arc::new(AutoResetEvent::new(false));
        let waker = Arc::new(Again(event.clone())).into();
        let mut first = pin!(event.wait_async());
        assert!(poll_once(first.as_mut(), &waker).is_pending());
        event.set();
        assert!(event.is_set());
        assert!(poll_once(first.as_mut(), &noop_waker()).is_ready());
    });
}
