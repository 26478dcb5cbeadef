//! The line: service, leaving, closing, the two regimes. Through a semaphore, whose rule is the
//! plainest that takes something.

use super::support::{
    Bound::*, CountWaker, Payload, model, noop_waker, outcomes, poll_once, throw,
};
use crate::sync::{AcquireError, Closed, Semaphore, TryAcquireError};
use crate::sys::clock;
use loom::thread;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

/// Both regimes, by name.
type Kind = (&'static str, fn(usize) -> Semaphore);
const KINDS: [Kind; 2] = [("eventual", Semaphore::new), ("fair", Semaphore::fair)];

/// Models `f` over both kinds of line.
fn both(name: &str, bound: super::support::Bound, at_least: usize, f: fn(Semaphore)) {
    for (kind, new) in KINDS {
        model(&format!("{name} ({kind})"), bound, at_least, move || {
            f(new(0))
        });
    }
}

/// Two threads, exhaustive: parking_lot#260, #292, #344, rust#121626. Kills: `leave` with Relaxed,
/// `try_enter` exchanging with Relaxed.
#[test]
fn permits_exclude() {
    both("permits_exclude", Exhaustive, 100, |semaphore| {
        semaphore.add_permits(1).unwrap();
        let shared = Arc::new((semaphore, Payload::new(0)));
        let other = shared.clone();
        let work = |(semaphore, payload): &(Semaphore, Payload)| {
            let _permit = semaphore.acquire().unwrap();
            payload.bump();
        };
        let thread = thread::spawn(move || work(&other));
        work(&shared);
        thread.join().unwrap();
        assert_eq!(shared.1.read(), 2);
        assert_eq!(shared.0.available(), 1);
    });
}

/// Three threads, bound 2 (bound 3 passes, too: 218,253 executions). Kills: a release that does not serve.
#[test]
fn permits_exclude_three() {
    both(
        "permits_exclude_three",
        Preemptions(2),
        1_000,
        |semaphore| {
            semaphore.add_permits(1).unwrap();
            let shared = Arc::new((semaphore, Payload::new(0)));
            let work = |(semaphore, payload): &(Semaphore, Payload)| {
                let _permit = semaphore.acquire().unwrap();
                payload.bump();
            };
            let threads = [0, 1].map(|_| {
                let other = shared.clone();
                thread::spawn(move || work(&other))
            });
            work(&shared);
            for thread in threads {
                thread.join().unwrap();
            }
            assert_eq!(shared.1.read(), 3);
            assert_eq!(shared.0.available(), 1);
        },
    );
}

/// Two threads, exhaustive. The waiter is polled by hand, so that nothing but the grant orders it
/// after the releaser. Kills: `Node::stand` with Relaxed, `List::dismiss` with Relaxed.
#[test]
fn a_granted_waiter_sees_what_the_releaser_wrote() {
    both(
        "a_granted_waiter_sees_what_the_releaser_wrote",
        Exhaustive,
        20,
        |semaphore| {
            let shared = Arc::new((semaphore, Payload::new(0)));
            let other = shared.clone();
            let releaser = thread::spawn(move || {
                other.1.write(1);
                other.0.add_permits(1).unwrap();
            });
            {
                let mut waiter = pin!(shared.0.acquire_async());
                for _ in 0..2 {
                    if let Poll::Ready(permit) = poll_once(waiter.as_mut(), &noop_waker()) {
                        permit.unwrap().forget();
                        shared.1.bump();
                        break;
                    }
                }
            }
            releaser.join().unwrap();
        },
    );
}

/// Two threads, exhaustive: tokio#3399, in that the granter holds no reference to a node that is
/// gone. A waiter that is granted goes away at once, node and all. Kills:
/// `dismiss` that stores the verdict before it unlinks.
#[test]
fn a_granter_lets_go_of_the_node() {
    both(
        "a_granter_lets_go_of_the_node",
        Exhaustive,
        20,
        |semaphore| {
            let semaphore = Arc::new(semaphore);
            let other = semaphore.clone();
            let releaser = thread::spawn(move || other.add_permits(1).unwrap());
            {
                let mut waiter = pin!(semaphore.acquire_async());
                let _ = (0..2).any(|_| poll_once(waiter.as_mut(), &noop_waker()).is_ready());
            }
            releaser.join().unwrap();
            assert_eq!(semaphore.available(), 1);
            assert_eq!(semaphore.waiters(), 0);
        },
    );
}

/// Three threads, bound 2 (bound 3 passes, too: 149,500 executions): async-lock#18. Kills: a `serve` that calls the head only.
#[test]
fn two_releases_wake_two_waiters() {
    both(
        "two_releases_wake_two_waiters",
        Preemptions(2),
        1_000,
        |semaphore| {
            let semaphore = Arc::new(semaphore);
            let waiters = [0, 1].map(|_| {
                let semaphore = semaphore.clone();
                thread::spawn(move || semaphore.acquire().unwrap().forget())
            });
            semaphore.add_permits(1).unwrap();
            semaphore.add_permits(1).unwrap();
            for waiter in waiters {
                waiter.join().unwrap();
            }
            assert_eq!(semaphore.available(), 0);
        },
    );
}

/// Three threads, bound 3. One release of two, and a waiter for each. Kills: a `serve` that stops
/// after the first.
#[test]
fn one_release_of_two_wakes_two_waiters() {
    both(
        "one_release_of_two_wakes_two_waiters",
        Preemptions(3),
        1_000,
        |semaphore| {
            let semaphore = Arc::new(semaphore);
            let waiters = [0, 1].map(|_| {
                let semaphore = semaphore.clone();
                thread::spawn(move || semaphore.acquire().unwrap().forget())
            });
            semaphore.add_permits(2).unwrap();
            for waiter in waiters {
                waiter.join().unwrap();
            }
            assert_eq!(semaphore.available(), 0);
        },
    );
}

/// Three threads, bound 3: rust#121626. Kills: `serve_batch` granting with a Relaxed exchange.
#[test]
fn a_grant_carries_what_every_releaser_wrote() {
    both(
        "a_grant_carries_what_every_releaser_wrote",
        Preemptions(3),
        100,
        |semaphore| {
            let shared = Arc::new((semaphore, [Payload::new(0), Payload::new(0)]));
            let mut waiter = Box::pin(shared.0.acquire_many_async(2));
            assert!(poll_once(waiter.as_mut(), &noop_waker()).is_pending());
            let releasers = [0, 1].map(|i| {
                let shared = shared.clone();
                thread::spawn(move || {
                    shared.1[i].write(1);
                    shared.0.add_permits(1).unwrap();
                })
            });
            if let Poll::Ready(permits) = poll_once(waiter.as_mut(), &noop_waker()) {
                permits.unwrap().forget();
                assert_eq!(shared.1.each_ref().map(Payload::read), [1, 1]);
            }
            drop(waiter);
            for releaser in releasers {
                releaser.join().unwrap();
            }
        },
    );
}

/// Three threads, bound 3: the word goes through other hands and comes back between the look and
/// the exchange. Kills: `queue` going in with a Relaxed exchange.
#[test]
fn who_goes_in_late_sees_what_was_written() {
    both(
        "who_goes_in_late_sees_what_was_written",
        Preemptions(3),
        100,
        |semaphore| {
            let shared = Arc::new((semaphore, Payload::new(0)));
            let releaser = shared.clone();
            let barger = shared.clone();
            let threads = [
                thread::spawn(move || releaser.0.add_permits(1).unwrap()),
                thread::spawn(move || {
                    if let Ok(_permit) = barger.0.try_acquire() {
                        barger.1.bump();
                    }
                }),
            ];
            {
                let mut waiter = pin!(shared.0.acquire_async());
                for _ in 0..2 {
                    if let Poll::Ready(permit) = poll_once(waiter.as_mut(), &noop_waker()) {
                        shared.1.bump();
                        drop(permit);
                        break;
                    }
                }
            }
            for thread in threads {
                thread.join().unwrap();
            }
            assert_eq!(shared.0.available(), 1);
        },
    );
}

/// Three threads, bound 3. Kills: `queue` and `try_enter` that read CLOSED with Relaxed, `close`
/// that writes it so, `is_closed` likewise.
#[test]
fn who_sees_closed_sees_what_the_closer_wrote() {
    for permits in [0, 1] {
        let name = format!("who_sees_closed_sees_what_the_closer_wrote ({permits} permits)");
        model(&name, Exhaustive, 10, move || {
            let shared = Arc::new((Semaphore::new(permits), Payload::new(0)));
            let other = shared.clone();
            let closer = thread::spawn(move || {
                other.1.write(1);
                assert!(other.0.close());
            });
            let closed = match shared.0.try_acquire() {
                Err(TryAcquireError::Closed) => true,
                Err(TryAcquireError::NoPermits) => shared.0.is_closed(),
                Ok(_) => {
                    let mut waiter = pin!(shared.0.acquire_async());
                    matches!(
                        poll_once(waiter.as_mut(), &noop_waker()),
                        Poll::Ready(Err(Closed))
                    )
                }
            };
            if closed {
                assert_eq!(shared.1.read(), 1);
            }
            closer.join().unwrap();
        });
    }
}

/// Two threads, exhaustive. As above, where the waiter comes to stand in line and is refused.
#[test]
fn a_refused_waiter_sees_what_the_closer_wrote() {
    both(
        "a_refused_waiter_sees_what_the_closer_wrote",
        Exhaustive,
        20,
        |semaphore| {
            let shared = Arc::new((semaphore, Payload::new(0)));
            let other = shared.clone();
            let closer = thread::spawn(move || {
                other.1.write(1);
                other.0.close();
            });
            {
                let mut waiter = pin!(shared.0.acquire_async());
                for _ in 0..2 {
                    if let Poll::Ready(refused) = poll_once(waiter.as_mut(), &noop_waker()) {
                        assert_eq!(refused.unwrap_err(), Closed);
                        assert_eq!(shared.1.read(), 1);
                        break;
                    }
                }
            }
            closer.join().unwrap();
        },
    );
}

/// Three threads, bound 3. Kills: a `close` that refuses only the head, or before it is closed.
#[test]
fn close_leaves_no_waiter_behind() {
    both(
        "close_leaves_no_waiter_behind",
        Preemptions(3),
        1_000,
        |semaphore| {
            let semaphore = Arc::new(semaphore);
            let waiters = [0, 1].map(|_| {
                let semaphore = semaphore.clone();
                thread::spawn(move || assert_eq!(semaphore.acquire().unwrap_err(), Closed))
            });
            semaphore.close();
            for waiter in waiters {
                waiter.join().unwrap();
            }
            assert_eq!(semaphore.waiters(), 0);
        },
    );
}

/// Three threads, bound 3. What was granted stays granted. Kills: a grant that `close` takes back.
#[test]
fn close_races_a_release() {
    for (kind, new) in KINDS {
        let name = format!("close_races_a_release ({kind})");
        outcomes(
            &name,
            Preemptions(3),
            100,
            [(false, 1), (true, 0)],
            move || {
                let semaphore = Arc::new(new(0));
                let [closer, releaser] = [semaphore.clone(), semaphore.clone()];
                let threads = [
                    thread::spawn(move || _ = closer.close()),
                    thread::spawn(move || releaser.add_permits(1).unwrap()),
                ];
                let got = semaphore.acquire().map(|permit| permit.forget()).is_ok();
                for thread in threads {
                    thread.join().unwrap();
                }
                (got, semaphore.available())
            },
        );
    }
}

/// Three threads, bound 3: the waiter, the releaser, and the thread that moves the clock.
/// event-listener#138, parking_lot 0.12.4: no bit is left behind, and no release comes too early. Kills:
/// an `abandon` that forgets to give back, or that does not look again under the lock.
#[test]
fn a_timeout_that_races_a_grant_loses_no_permit() {
    for (kind, new) in KINDS {
        let name = format!("a_timeout_that_races_a_grant_loses_no_permit ({kind})");
        let allowed = [(Ok(()), 0), (Err(AcquireError::TimedOut), 1)]
            .map(|(got, left)| (got.is_ok(), got.is_err(), left));
        outcomes(&name, Preemptions(3), 100, allowed, move || {
            let semaphore = Arc::new(new(0));
            let [waiter, releaser] = [semaphore.clone(), semaphore.clone()];
            let waiter = thread::spawn(move || {
                let got = waiter.acquire_timeout(LATER).map(|permit| permit.forget());
                (got.is_ok(), got == Err(AcquireError::TimedOut))
            });
            let releaser = thread::spawn(move || releaser.add_permits(1).unwrap());
            clock::expire_all();
            let (got, timed_out) = waiter.join().unwrap();
            releaser.join().unwrap();
            (got, timed_out, semaphore.available())
        });
    }
}

/// Three threads, bound 3: shuttle#167. The head is dropped while it is granted or called; the
/// permit must come to the one behind it. Kills: an `abandon` that does not serve, or that keeps
/// the grant.
#[test]
fn a_cancelled_head_passes_its_permit_on() {
    both(
        "a_cancelled_head_passes_its_permit_on",
        Preemptions(3),
        100,
        |semaphore| {
            let semaphore = Arc::new(semaphore);
            let mut head = Box::pin(semaphore.clone().acquire_owned_async());
            assert!(poll_once(head.as_mut(), &noop_waker()).is_pending());
            let [releaser, behind] = [semaphore.clone(), semaphore.clone()];
            let threads = [
                thread::spawn(move || releaser.add_permits(1).unwrap()),
                thread::spawn(move || behind.acquire().unwrap().forget()),
            ];
            drop(head);
            for thread in threads {
                thread.join().unwrap();
            }
            assert_eq!(semaphore.available(), 0);
            assert_eq!(semaphore.waiters(), 0);
        },
    );
}

/// Two threads, exhaustive. A head that wants more than there is leaves; what there is serves the
/// one behind. Kills: an `abandon` of an ungranted waiter that does not serve.
#[test]
fn a_large_request_that_leaves_lets_the_small_one_in() {
    both(
        "a_large_request_that_leaves_lets_the_small_one_in",
        Exhaustive,
        2,
        |semaphore| {
            let semaphore = Arc::new(semaphore);
            semaphore.add_permits(1).unwrap();
            let mut large = Box::pin(semaphore.acquire_many_async(2));
            assert!(poll_once(large.as_mut(), &noop_waker()).is_pending());
            let small = semaphore.clone();
            let small = thread::spawn(move || small.acquire().unwrap().forget());
            drop(large);
            small.join().unwrap();
            assert_eq!(semaphore.available(), 0);
        },
    );
}

/// One thread. Dropped in the middle of the line, in front and at the end, in every order.
#[test]
fn leaving_from_anywhere_keeps_the_line() {
    both(
        "leaving_from_anywhere_keeps_the_line",
        Exhaustive,
        1,
        |semaphore| {
            for order in [
                [0, 1, 2],
                [0, 2, 1],
                [1, 0, 2],
                [1, 2, 0],
                [2, 0, 1],
                [2, 1, 0],
            ] {
                let mut waiters = [0, 1, 2].map(|_| {
                    let mut waiter = Box::pin(semaphore.acquire_async());
                    assert!(poll_once(waiter.as_mut(), &noop_waker()).is_pending());
                    Some(waiter)
                });
                for (gone, i) in order.into_iter().enumerate() {
                    assert_eq!(semaphore.waiters(), 3 - gone);
                    waiters[i] = None;
                }
                assert_eq!(semaphore.waiters(), 0);
                assert!(!format!("{semaphore:?}").contains("waiters: true"));
                semaphore.add_permits(1).unwrap();
                semaphore.try_acquire().unwrap().forget();
            }
        },
    );
}

/// One thread. A fair line: nobody passes, grants go in order, one each.
#[test]
fn a_fair_line_is_first_come_first_served() {
    model(
        "a_fair_line_is_first_come_first_served",
        Exhaustive,
        1,
        || {
            let semaphore = Semaphore::fair(0);
            let wakers = [CountWaker::new(), CountWaker::new()];
            let mut first = pin!(semaphore.acquire_many_async(2));
            let mut second = pin!(semaphore.acquire_async());
            assert!(poll_once(first.as_mut(), &wakers[0].waker()).is_pending());
            assert!(poll_once(second.as_mut(), &wakers[1].waker()).is_pending());

            semaphore.add_permits(1).unwrap();
            assert_eq!(semaphore.available(), 1, "the state hides no permit");
            assert_eq!(
                semaphore.try_acquire().unwrap_err(),
                TryAcquireError::NoPermits
            );
            assert!(poll_once(second.as_mut(), &wakers[1].waker()).is_pending());

            semaphore.add_permits(1).unwrap();
            assert_eq!(wakers.each_ref().map(CountWaker::wakes), [1, 0]);
            assert_eq!(semaphore.available(), 0, "granted is taken");
            let Poll::Ready(Ok(two)) = poll_once(first.as_mut(), &wakers[0].waker()) else {
                panic!("granted")
            };
            drop(two);
            assert_eq!(wakers.each_ref().map(CountWaker::wakes), [1, 1]);
            assert!(poll_once(second.as_mut(), &wakers[1].waker()).is_ready());
            assert_eq!(
                wakers.each_ref().map(CountWaker::held),
                [0, 0],
                "wakers are let go"
            );
        },
    );
}

/// One thread. An eventual line is passed, and its called head tries again in vain, until the
/// head has waited for long; then it is served first. Kills: `is_starving` that is never so.
#[test]
fn a_head_that_waited_long_is_served_first() {
    model(
        "a_head_that_waited_long_is_served_first",
        Exhaustive,
        1,
        || {
            let semaphore = Semaphore::new(1);
            let held = semaphore.try_acquire().unwrap();
            let waker = CountWaker::new();
            let mut head = pin!(semaphore.acquire_async());
            assert!(poll_once(head.as_mut(), &waker.waker()).is_pending());

            drop(held);
            assert_eq!(waker.wakes(), 1, "called");
            let barger = semaphore.try_acquire().expect("a running thread passes");
            assert!(poll_once(head.as_mut(), &waker.waker()).is_pending());

            clock::expire_all();
            assert!(poll_once(head.as_mut(), &waker.waker()).is_pending());
            drop(barger);
            assert_eq!(waker.wakes(), 2, "granted");
            assert_eq!(semaphore.available(), 0);
            assert_eq!(
                semaphore.try_acquire().unwrap_err(),
                TryAcquireError::NoPermits
            );
            let Poll::Ready(Ok(permit)) = poll_once(head.as_mut(), &waker.waker()) else {
                panic!("granted")
            };
            drop(permit);
            assert!(
                semaphore.try_acquire().is_ok(),
                "an empty line is passed again"
            );
        },
    );
}

/// One thread. A large request, never called since there was never enough, is served first once
/// it has waited long, though it does not run. Kills: a `serve_batch` that does not look at the
/// clock.
#[test]
fn a_large_request_does_not_starve() {
    model("a_large_request_does_not_starve", Exhaustive, 1, || {
        let semaphore = Semaphore::new(2);
        let [one, two] = [(); 2].map(|()| semaphore.try_acquire().unwrap());
        let waker = CountWaker::new();
        let mut large = pin!(semaphore.acquire_many_async(2));
        assert!(poll_once(large.as_mut(), &waker.waker()).is_pending());
        drop(one);
        let one = semaphore.try_acquire().expect("a running thread passes");

        clock::expire_all();
        drop(one);
        assert_eq!(semaphore.available(), 1);
        assert_eq!(
            semaphore.try_acquire().unwrap_err(),
            TryAcquireError::NoPermits
        );
        drop(two);
        assert_eq!(waker.wakes(), 1);
        assert!(poll_once(large.as_mut(), &waker.waker()).is_ready());
    });
}

/// Three threads, bound 2 (bound 3 passes, too: 665,342 executions): starving, passing, granting and cancelling at once; the clock moves in
/// the middle. Nothing is lost, nobody is left. Kills: `relax` that clears the order and then
/// forgets to call.
#[test]
fn the_change_of_regime_loses_nobody() {
    model(
        "the_change_of_regime_loses_nobody",
        Preemptions(2),
        1_000,
        || {
            let shared = Arc::new((Semaphore::new(1), Payload::new(0)));
            let threads = [0, 1].map(|_| {
                let shared = shared.clone();
                thread::spawn(move || {
                    let permit = shared.0.acquire().unwrap();
                    shared.1.bump();
                    drop(permit);
                })
            });
            let permit = shared.0.acquire().unwrap();
            clock::expire_all();
            shared.1.bump();
            drop(permit);
            for thread in threads {
                thread.join().unwrap();
            }
            assert_eq!(shared.1.read(), 3);
            assert_eq!(shared.0.available(), 1);
            assert_eq!(shared.0.waiters(), 0);
        },
    );
}

/// Two threads, exhaustive. A waiter polled again with another waker is woken by that one. Kills:
/// a `keep_waiting` that keeps the old waker.
#[test]
fn the_last_waker_is_woken() {
    both("the_last_waker_is_woken", Exhaustive, 10, |semaphore| {
        let semaphore = Arc::new(semaphore);
        let releaser = semaphore.clone();
        let releaser = thread::spawn(move || releaser.add_permits(1).unwrap());
        let wakers = [CountWaker::new(), CountWaker::new()];
        let mut waiter = pin!(semaphore.acquire_async());
        let ready = wakers
            .iter()
            .any(|waker| poll_once(waiter.as_mut(), &waker.waker()).is_ready());
        releaser.join().unwrap();
        assert!(ready || wakers[1].wakes() > 0);
    });
}

/// A waker that looks at the semaphore, under whose lock it must not be called, cloned or dropped.
struct Nosy(Arc<Semaphore>);

impl Nosy {
    fn waker(semaphore: &Arc<Semaphore>) -> Waker {
        Waker::from(Arc::new(Self(semaphore.clone())))
    }
}

impl Wake for Nosy {
    fn wake(self: Arc<Self>) {
        // A wake-up may go straight back in: asyncband#41, tokio#5475.
        let _ = self.0.try_acquire().map(drop);
        self.0.waiters();
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        self.0.waiters();
    }
}

/// One thread. Kills: the old waker dropped before the lock is let go, in `try_again` and in
/// `abandon`; wakers called under the lock.
#[test]
fn no_waker_is_called_or_dropped_under_the_lock() {
    let name = "no_waker_is_called_or_dropped_under_the_lock";
    both(name, Exhaustive, 1, |semaphore| {
        let semaphore = Arc::new(semaphore);
        let poll = |waiter: Pin<&mut _>| poll_once(waiter, &Nosy::waker(&semaphore));
        let mut replaced = Box::pin(semaphore.acquire_async());
        assert!(poll(replaced.as_mut()).is_pending());
        assert!(poll(replaced.as_mut()).is_pending());
        let mut left = Box::pin(semaphore.acquire_async());
        assert!(poll(left.as_mut()).is_pending());
        drop(left);
        semaphore.add_permits(1).unwrap();
        let Poll::Ready(permit) = poll(replaced.as_mut()) else {
            panic!("served")
        };
        drop(permit);
        let mut refused = Box::pin(semaphore.acquire_many_async(2));
        assert!(poll(refused.as_mut()).is_pending());
        semaphore.close();
        assert!(poll(refused.as_mut()).is_ready());
    });
}

/// One thread. Wakers that panic cost nobody a wake-up, and the releaser nothing. Kills: a `fire`
/// that does not contain them.
#[test]
fn a_waker_that_panics_costs_nobody_a_wake_up() {
    struct Panics(&'static str);

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            throw(self.0);
        }
    }

    both(
        "a_waker_that_panics_costs_nobody_a_wake_up",
        Exhaustive,
        1,
        |semaphore| {
            let count = CountWaker::new();
            let wakers = [
                Waker::from(Arc::new(Panics("first"))),
                count.waker(),
                Waker::from(Arc::new(Panics("second"))),
                count.waker(),
            ];
            let mut waiters = wakers.map(|waker| {
                let mut waiter = Box::pin(semaphore.acquire_async());
                assert!(poll_once(waiter.as_mut(), &waker).is_pending());
                waiter
            });
            semaphore.add_permits(4).unwrap();
            assert_eq!(count.wakes(), 2);
            for waiter in &mut waiters {
                let Poll::Ready(Ok(permit)) = poll_once(waiter.as_mut(), &noop_waker()) else {
                    panic!("served")
                };
                permit.forget();
            }
        },
    );
}

/// One thread. A release to more waiters than one batch holds, some cancelled in between, serves
/// them all. Kills: a `serve` or `dismiss_all` that ends with its first batch.
#[test]
fn a_release_serves_more_than_a_batch() {
    both(
        "a_release_serves_more_than_a_batch",
        Exhaustive,
        1,
        |semaphore| {
            const MANY: usize = 20;
            let count = CountWaker::new();
            let mut waiters: Vec<_> = (0..MANY)
                .map(|_| {
                    let mut waiter = Box::pin(semaphore.acquire_async());
                    assert!(poll_once(waiter.as_mut(), &count.waker()).is_pending());
                    waiter
                })
                .collect();
            semaphore.add_permits(MANY - 1).unwrap();
            assert_eq!(count.wakes(), MANY - 1);
            let mut last = waiters.pop().unwrap();
            for waiter in &mut waiters {
                let Poll::Ready(Ok(permit)) = poll_once(waiter.as_mut(), &noop_waker()) else {
                    panic!("served")
                };
                permit.forget();
            }
            assert!(poll_once(last.as_mut(), &count.waker()).is_pending());
            let mut refused: Vec<_> = (0..MANY)
                .map(|_| {
                    let mut waiter = Box::pin(semaphore.acquire_async());
                    assert!(poll_once(waiter.as_mut(), &count.waker()).is_pending());
                    waiter
                })
                .collect();
            semaphore.close();
            assert_eq!(count.wakes(), 2 * MANY);
            assert!(poll_once(last.as_mut(), &noop_waker()).is_ready());
            for waiter in &mut refused {
                assert!(poll_once(waiter.as_mut(), &noop_waker()).is_ready());
            }
        },
    );
}

/// A waker whose drop panics.
struct DropsBadly;

impl Wake for DropsBadly {
    fn wake(self: Arc<Self>) {
        std::mem::forget(self);
    }
}

impl Drop for DropsBadly {
    fn drop(&mut self) {
        throw("in a waker's drop");
    }
}

/// One thread. A waker that panics in its drop, wherever it is dropped, costs no permit and
/// nobody's place. Kills: a waker dropped and not discarded, in `queue`, `try_again`, `abandon`.
#[test]
fn a_waker_that_panics_in_its_drop_costs_nothing() {
    let name = "a_waker_that_panics_in_its_drop_costs_nothing";
    both(name, Exhaustive, 1, |semaphore| {
        let bad = || Waker::from(Arc::new(DropsBadly));
        let poll = |waiter: Pin<&mut _>| {
            let waker = std::mem::ManuallyDrop::new(bad());
            poll_once(waiter, &waker)
        };
        // Replaced, and left from the middle, with one behind.
        let mut replaced = Box::pin(semaphore.acquire_async());
        assert!(poll(replaced.as_mut()).is_pending());
        assert!(poll(replaced.as_mut()).is_pending());
        let mut left = Box::pin(semaphore.acquire_many_async(2));
        assert!(poll(left.as_mut()).is_pending());
        let behind = CountWaker::new();
        let mut last = Box::pin(semaphore.acquire_async());
        assert!(poll_once(last.as_mut(), &behind.waker()).is_pending());
        semaphore.add_permits(1).unwrap();
        let Poll::Ready(Ok(permit)) = poll(replaced.as_mut()) else {
            panic!("served")
        };
        drop(permit);
        drop(left);
        assert_eq!(behind.wakes(), 1, "whoever leaves serves the next");
        assert!(poll_once(last.as_mut(), &behind.waker()).is_ready());
        assert_eq!((semaphore.available(), semaphore.waiters()), (1, 0));
    });
}

/// One thread. The line is passed again when the head that starved leaves and the next has not
/// waited. Kills: an `abandon` that leaves the line ordered.
#[test]
fn the_order_ends_with_the_head_that_starved() {
    model(
        "the_order_ends_with_the_head_that_starved",
        Exhaustive,
        1,
        || {
            let semaphore = Semaphore::new(1);
            let held = semaphore.try_acquire().unwrap();
            let mut starved = Box::pin(semaphore.acquire_async());
            assert!(poll_once(starved.as_mut(), &noop_waker()).is_pending());
            clock::expire_all();
            assert!(poll_once(starved.as_mut(), &noop_waker()).is_pending());
            let mut young = Box::pin(semaphore.acquire_many_async(2));
            assert!(poll_once(young.as_mut(), &noop_waker()).is_pending());
            drop(starved);
            drop(held);
            assert!(semaphore.try_acquire().is_ok(), "passed again");
        },
    );
}
