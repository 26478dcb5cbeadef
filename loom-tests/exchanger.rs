//! The exchanger: pairs, and values that are neither lost nor doubled.

use super::support::{
    Bound::*, CountWaker, DropCount, Payload, model, noop_waker, outcomes, poll_once, spawn,
};
use crate::sync::{Exchanger, NoPartner};
use crate::sys::clock;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

/// A value that shows whether the partner sees what was written.
fn written(value: usize) -> Payload {
    let payload = Payload::new(0);
    payload.write(value);
    payload
}

/// Two threads, exhaustive, 95 executions. Kills: a swap that comes after the signal; a signal that
/// is not given.
#[test]
fn each_sees_what_the_other_wrote() {
    model("each_sees_what_the_other_wrote", Exhaustive, 23, || {
        let exchanger = Arc::new(Exchanger::new());
        let other = exchanger.clone();
        let other = spawn(move || other.exchange(written(1)).bump());
        assert_eq!(exchanger.exchange(written(2)).bump(), 1);
        assert_eq!(other.join().unwrap(), 2);
    });
}

/// Three threads, bound 3, 16 executions. A task waits; two threads come at one time: one is its
/// partner, the other finds nobody, and has its value back. Kills: an offer that stays in its place
/// when it is matched.
#[test]
fn a_pair_is_two() {
    outcomes("a_pair_is_two", Preemptions(3), 4, [1, 2], || {
        let exchanger = Arc::new(Exchanger::new());
        let waker = CountWaker::new();
        let mut waits = exchanger.exchange_async(0);
        assert!(poll_once(Pin::new(&mut waits), &waker.waker()).is_pending());
        let threads = [1, 2].map(|value| {
            let exchanger = exchanger.clone();
            spawn(move || exchanger.try_exchange(value))
        });
        let results = threads.map(|thread| thread.join().unwrap());
        let Poll::Ready(partner) = poll_once(Pin::new(&mut waits), &noop_waker()) else {
            panic!("matched");
        };
        for (value, result) in [1, 2].into_iter().zip(results) {
            match value == partner {
                true => assert_eq!(result, Ok(0)),
                false => assert_eq!(result, Err(NoPartner(value))),
            }
        }
        assert_eq!(waker.wakes(), 1);
        partner
    });
}

/// Three threads, bound 3, 671 executions. Both meet, or neither; no value is lost or doubled.
/// Kills: giving up without a last look; a withdrawal of another's offer.
#[test]
fn a_timeout_races_the_partner() {
    outcomes(
        "a_timeout_races_the_partner",
        Preemptions(3),
        167,
        [true, false],
        || {
            let exchanger = Arc::new(Exchanger::new());
            let threads = [1, 2].map(|value| {
                let exchanger = exchanger.clone();
                spawn(move || exchanger.exchange_timeout(written(value), LATER))
            });
            clock::expire_all();
            let [one, two] = threads.map(|thread| match thread.join().unwrap() {
                Ok(theirs) => (true, theirs.read()),
                Err(NoPartner(mine)) => (false, mine.read()),
            });
            assert_eq!(one.0, two.0, "one met somebody who met nobody");
            assert_eq!((one.1, two.1), if one.0 { (2, 1) } else { (1, 2) });
            assert!(
                exchanger.try_exchange(written(3)).is_err(),
                "nobody is left"
            );
            one.0
        },
    );
}

/// Two threads, exhaustive, 4 executions: tokio#3652. The future is dropped while a partner comes.
/// What is dropped with it is its own value, or the partner's. Kills: a drop that does not withdraw
/// the offer.
#[test]
fn a_drop_races_the_partner() {
    outcomes(
        "a_drop_races_the_partner",
        Exhaustive,
        1,
        [true, false],
        || {
            let exchanger = Arc::new(Exchanger::new());
            let drops = [DropCount::new(), DropCount::new()];
            let waker = CountWaker::new();
            let mut waits = exchanger.exchange_async(drops[0].value(written(1)));
            assert!(poll_once(Pin::new(&mut waits), &waker.waker()).is_pending());
            let (partner, value) = (exchanger.clone(), drops[1].value(written(2)));
            let partner = spawn(move || partner.try_exchange(value));
            drop(waits);
            let met = match partner.join().unwrap() {
                Ok(theirs) => {
                    assert_eq!(theirs.inner.bump(), 1);
                    assert_eq!((drops[0].get(), drops[1].get()), (0, 1));
                    true
                }
                Err(NoPartner(mine)) => {
                    assert_eq!(mine.inner.bump(), 2);
                    assert_eq!((drops[0].get(), drops[1].get()), (1, 0));
                    false
                }
            };
            assert_eq!((drops[0].get(), drops[1].get()), (1, 1));
            assert_eq!(waker.held(), 0);
            met
        },
    );
}

/// Two threads, exhaustive, 4 executions. Who gives up has its own value, or that of the partner,
/// as the partner has it.
#[test]
fn giving_up_races_the_partner() {
    outcomes(
        "giving_up_races_the_partner",
        Exhaustive,
        1,
        [Ok(2), Err(1)],
        || {
            let exchanger = Arc::new(Exchanger::new());
            let mut waits = exchanger.exchange_async(written(1));
            assert!(poll_once(Pin::new(&mut waits), &noop_waker()).is_pending());
            let partner = exchanger.clone();
            let partner = spawn(move || partner.try_exchange(written(2)).is_ok());
            let ended = waits.give_up();
            assert_eq!(partner.join().unwrap(), ended.is_ok());
            match ended {
                Ok(theirs) => Ok(theirs.bump()),
                Err(NoPartner(mine)) => Err(mine.bump()),
            }
        },
    );
}

/// Two threads, exhaustive, 18 executions. A task that is polled with another waker each time is
/// woken by the last one. Kills: a poll that keeps the first waker.
#[test]
fn the_last_waker_is_woken() {
    model("the_last_waker_is_woken", Exhaustive, 4, || {
        let exchanger = Arc::new(Exchanger::new());
        let wakers = [CountWaker::new(), CountWaker::new()];
        let mut waits = pin!(exchanger.exchange_async(written(1)));
        assert!(poll_once(waits.as_mut(), &wakers[0].waker()).is_pending());
        let partner = exchanger.clone();
        let partner = spawn(move || partner.try_exchange(written(2)).unwrap().bump());
        let early = poll_once(waits.as_mut(), &wakers[1].waker());
        assert_eq!(partner.join().unwrap(), 1);
        let theirs = match early {
            Poll::Ready(theirs) => theirs,
            Poll::Pending => {
                assert_eq!(wakers[1].wakes(), 1);
                let Poll::Ready(theirs) = poll_once(waits.as_mut(), &noop_waker()) else {
                    panic!("woken for nothing");
                };
                theirs
            }
        };
        assert_eq!(theirs.bump(), 2);
    });
}

/// Two threads, exhaustive, 6 executions. One that has met its partner goes while another waits: it
/// takes nothing away. Kills: a withdrawal without a look at whose offer it is.
#[test]
fn who_goes_late_leaves_the_offer_of_another() {
    let name = "who_goes_late_leaves_the_offer_of_another";
    model(name, Exhaustive, 1, || {
        let exchanger = Arc::new(Exchanger::new());
        let mut late = exchanger.exchange_async(1);
        assert!(poll_once(Pin::new(&mut late), &noop_waker()).is_pending());
        let other = exchanger.clone();
        let other = spawn(move || {
            let met = other.try_exchange(2);
            let mut next = other.exchange_async(3);
            assert!(met.is_err() || poll_once(Pin::new(&mut next), &noop_waker()).is_pending());
            assert_eq!(next.give_up(), Err(NoPartner(3)));
        });
        drop(late);
        other.join().unwrap();
    });
}
