//! The event: broadcast, reset, publication.

use super::support::{Bound::*, CountWaker, Payload, model, noop_waker, outcomes, poll_once};
use crate::sync::{Event, TimedOut};
use crate::sys::clock;
use loom::thread;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Wake, Waker};
use std::time::Duration;

/// Two threads, exhaustive. Each way to learn that an event is set. Kills: `state` and
/// `try_enter` that load with Relaxed, `change` that writes so.
#[test]
fn an_event_publishes_what_was_written_before_set() {
    type Look = fn(&Event) -> bool;
    let looks: [(&str, Look); 3] = [
        ("is_set", Event::is_set),
        ("wait", |event| {
            event.wait();
            true
        }),
        ("poll", |event| {
            let mut wait = pin!(event.wait_async());
            (0..2).any(|_| poll_once(wait.as_mut(), &noop_waker()).is_ready())
        }),
    ];
    for (name, look) in looks {
        let name = format!("an_event_publishes_what_was_written_before_set ({name})");
        model(&name, Exhaustive, 2, move || {
            let shared = Arc::new((Event::new(false), Payload::new(0)));
            let setter = shared.clone();
            let setter = thread::spawn(move || {
                setter.1.write(1);
                setter.0.set();
            });
            if look(&shared.0) {
                assert_eq!(shared.1.read(), 1);
            }
            setter.join().unwrap();
        });
    }
}

/// Three threads, bound 2. Kills: a `set` that wakes one.
#[test]
fn set_releases_all_who_wait() {
    model("set_releases_all_who_wait", Preemptions(2), 500, || {
        let event = Arc::new(Event::new(false));
        let waiters = [0, 1].map(|_| {
            let event = event.clone();
            thread::spawn(move || event.wait())
        });
        event.set();
        for waiter in waiters {
            waiter.join().unwrap();
        }
        assert!(event.is_set());
    });
}

/// Two threads, exhaustive. Kills: a `set` that serves by the state instead of by the line.
#[test]
fn set_releases_those_in_line_even_where_reset_follows() {
    let name = "set_releases_those_in_line_even_where_reset_follows";
    model(name, Exhaustive, 5, || {
        let event = Arc::new(Event::new(false));
        let waiter = event.clone();
        let mut early = Box::pin(async move { waiter.wait_async().await });
        assert!(poll_once(early.as_mut(), &noop_waker()).is_pending());
        let setter = event.clone();
        let setter = thread::spawn(move || {
            setter.set();
            setter.reset();
        });
        crate::wait::block_on(early);
        setter.join().unwrap();
        assert!(!event.is_set());
    });
}

/// One thread. Who comes after the reset is not released by the set before. Kills: a
/// `dismiss_all` without an end.
#[test]
fn a_waker_that_waits_again_is_not_released_twice() {
    type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

    /// Resets the event, and stands in line again, from inside the wake.
    struct Again(Arc<Event>, Mutex<Option<Wait>>);

    impl Wake for Again {
        fn wake(self: Arc<Self>) {
            self.0.reset();
            let event = self.0.clone();
            let mut wait: Wait = Box::pin(async move { event.wait_async().await });
            assert!(poll_once(wait.as_mut(), &noop_waker()).is_pending());
            *self.1.lock().unwrap() = Some(wait);
        }
    }

    model(
        "a_waker_that_waits_again_is_not_released_twice",
        Exhaustive,
        1,
        || {
            let event = Arc::new(Event::new(false));
            let again = Arc::new(Again(event.clone(), Mutex::new(None)));
            let mut first = pin!(event.wait_async());
            assert!(poll_once(first.as_mut(), &Waker::from(again.clone())).is_pending());
            event.set();
            assert!(poll_once(first.as_mut(), &noop_waker()).is_ready());
            let mut second = again.1.lock().unwrap().take().expect("woken");
            assert!(poll_once(second.as_mut(), &noop_waker()).is_pending());
            event.set();
            assert!(poll_once(second.as_mut(), &noop_waker()).is_ready());
        },
    );
}

/// Three threads, bound 3. Kills: an `abandon` that unlinks a node twice.
#[test]
fn a_timeout_races_set() {
    outcomes(
        "a_timeout_races_set",
        Preemptions(3),
        50,
        [Ok(()), Err(())],
        || {
            let event = Arc::new(Event::new(false));
            let [waiter, setter] = [event.clone(), event.clone()];
            let waiter = thread::spawn(move || waiter.wait_timeout(Duration::from_secs(1)));
            let setter = thread::spawn(move || setter.set());
            clock::expire_all();
            let waited = waiter.join().unwrap();
            setter.join().unwrap();
            assert!(event.is_set());
            waited.map_err(|TimedOut| ())
        },
    );
}

/// Three threads, bound 3: tokio#3652. A waiter dropped while it is released takes nobody's
/// wake-up.
#[test]
fn a_dropped_waiter_takes_no_wake_up() {
    model(
        "a_dropped_waiter_takes_no_wake_up",
        Preemptions(3),
        100,
        || {
            let event = Arc::new(Event::new(false));
            let own = event.clone();
            let mut dropped = Box::pin(async move { own.wait_async().await });
            assert!(poll_once(dropped.as_mut(), &noop_waker()).is_pending());
            let [waiter, setter] = [event.clone(), event.clone()];
            let threads = [
                thread::spawn(move || waiter.wait()),
                thread::spawn(move || setter.set()),
            ];
            drop(dropped);
            for thread in threads {
                thread.join().unwrap();
            }
        },
    );
}

/// Three threads, bound 3: tokio#3660. Two setters, one of which resets: nobody is left who came before.
#[test]
fn two_setters_and_a_reset_leave_nobody() {
    model(
        "two_setters_and_a_reset_leave_nobody",
        Preemptions(3),
        100,
        || {
            let event = Arc::new(Event::new(false));
            let waker = CountWaker::new();
            let own = event.clone();
            let mut early = Box::pin(async move { own.wait_async().await });
            assert!(poll_once(early.as_mut(), &waker.waker()).is_pending());
            let setters = [false, true].map(|resets| {
                let event = event.clone();
                thread::spawn(move || {
                    event.set();
                    if resets {
                        event.reset();
                    }
                })
            });
            for setter in setters {
                setter.join().unwrap();
            }
            assert_eq!(waker.wakes(), 1);
            assert_eq!(poll_once(early.as_mut(), &noop_waker()), Poll::Ready(()));
        },
    );
}

/// Two threads, exhaustive. Who waits after a reset is not released by the set before it. Kills: a
/// `release_line` that changes the state before it takes the lock.
#[test]
fn who_waits_after_a_reset_waits_for_the_next_set() {
    let name = "who_waits_after_a_reset_waits_for_the_next_set";
    model(name, Exhaustive, 10, || {
        let event = Arc::new(Event::new(false));
        let wait = || {
            let own = event.clone();
            let mut wait = Box::pin(async move { own.wait_async().await });
            let polled = poll_once(wait.as_mut(), &noop_waker());
            (wait, polled)
        };
        let (_early, polled) = wait();
        assert!(polled.is_pending());
        let setter = event.clone();
        let setter = thread::spawn(move || setter.set());
        if event.is_set() {
            event.reset();
            let (mut late, polled) = wait();
            assert!(polled.is_pending());
            setter.join().unwrap();
            assert!(poll_once(late.as_mut(), &noop_waker()).is_pending());
        } else {
            setter.join().unwrap();
        }
    });
}

/// Two threads, exhaustive. Somebody stands in line, and another comes and finds the event set:
/// it sees what the setter wrote, too. Kills: `open_line` without Release.
#[test]
fn who_finds_an_event_set_over_a_line_sees_what_was_written() {
    model(
        "who_finds_an_event_set_over_a_line_sees_what_was_written",
        Exhaustive,
        3,
        || {
            let shared = Arc::new((Event::new(false), Payload::new(0)));
            let mut in_line = pin!(shared.0.wait_async());
            assert!(poll_once(in_line.as_mut(), &noop_waker()).is_pending());
            let other = shared.clone();
            let setter = thread::spawn(move || {
                other.1.write(1);
                other.0.set();
            });
            if shared.0.try_wait() {
                assert_eq!(shared.1.read(), 1);
            }
            setter.join().unwrap();
        },
    );
}
