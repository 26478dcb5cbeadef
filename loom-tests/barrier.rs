//! The barrier: rounds, leaders, and those who give up before the round is full.

use super::support::{
    Bound::*, CountWaker, Payload, caught, model, noop_waker, outcomes, poll_once, spawn, throw,
};
use crate::sync::{Barrier, BarrierError, BrokenBarrier, TryBarrierError, WaitBarrier};
use crate::sys::{clock, thread::JoinHandle};
use crate::wait::block_on;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

/// One that has arrived, and waits.
fn waiting<'a>(barrier: &'a Barrier, waker: &CountWaker) -> Pin<Box<WaitBarrier<'a>>> {
    let mut wait = Box::pin(barrier.wait_async());
    assert!(poll_once(wait.as_mut(), &waker.waker()).is_pending());
    wait
}

/// A thread that does something at the barrier.
fn at<T: Send + 'static>(
    barrier: &Arc<Barrier>,
    what: impl FnOnce(&Barrier) -> T + Send + 'static,
) -> JoinHandle<T> {
    let barrier = barrier.clone();
    spawn(move || what(&barrier))
}

/// Three threads, bound 3, 12,109 executions. Kills: a leader that releases before it arrives; a
/// round that is complete one too early.
#[test]
fn who_goes_on_sees_what_all_wrote() {
    model(
        "who_goes_on_sees_what_all_wrote",
        Preemptions(3),
        3_027,
        || {
            let barrier = Arc::new(Barrier::new(3));
            let payloads = Arc::new([0; 3].map(Payload::new));
            let meet = |barrier: &Barrier, payloads: &[Payload; 3], i: usize| {
                payloads[i].write(1);
                let result = barrier.wait().unwrap();
                assert_eq!(payloads.each_ref().map(Payload::read), [1; 3]);
                usize::from(result.is_leader())
            };
            let threads = [0, 1].map(|i| {
                let payloads = payloads.clone();
                at(&barrier, move |barrier| meet(barrier, &payloads, i))
            });
            let mut leaders = meet(&barrier, &payloads, 2);
            for thread in threads {
                leaders += thread.join().unwrap();
            }
            assert_eq!(leaders, 1);
            assert_eq!(barrier.waiting(), 0);
        },
    );
}

/// Two threads, bound 4, 3,597 executions. Two rounds; in each, what the other wrote in it is
/// there. Kills: a round that is used again.
#[test]
fn rounds_do_not_mix() {
    model("rounds_do_not_mix", Preemptions(4), 899, || {
        let barrier = Arc::new(Barrier::new(2));
        let payloads = Arc::new([[0; 2].map(Payload::new), [0; 2].map(Payload::new)]);
        let run = |barrier: &Barrier, payloads: &[[Payload; 2]; 2], me: usize| {
            [0, 1].map(|round| {
                payloads[round][me].write(1);
                let result = barrier.wait().unwrap();
                assert_eq!(payloads[round][1 - me].read(), 1);
                assert_eq!(result.generation(), round as u64);
                result.is_leader()
            })
        };
        let theirs = payloads.clone();
        let other = at(&barrier, move |barrier| run(barrier, &theirs, 0));
        let mine = run(&barrier, &payloads, 1);
        let theirs = other.join().unwrap();
        assert_eq!(mine, theirs.map(|leads| !leads));
    });
}

/// Two threads, exhaustive, 29 executions. One that runs late is told of its own round, though
/// others wait in the next. Kills: waiters that look at the state of the barrier.
#[test]
fn a_late_waiter_is_told_of_its_own_round() {
    let name = "a_late_waiter_is_told_of_its_own_round";
    model(name, Exhaustive, 7, || {
        let barrier = Arc::new(Barrier::new(2));
        let mut late = waiting(&barrier, &CountWaker::new());
        let other = at(&barrier, |barrier| {
            assert!(barrier.wait().unwrap().is_leader());
            drop(waiting(barrier, &CountWaker::new()));
            barrier.abort();
        });
        let early = poll_once(late.as_mut(), &noop_waker());
        other.join().unwrap();
        let result = match early {
            Poll::Ready(result) => result,
            Poll::Pending => block_on(late),
        };
        let result = result.unwrap();
        assert_eq!((result.is_leader(), result.generation()), (false, 0));
    });
}

/// Two threads, exhaustive, 495 executions. The action touches what the parties guard, and nobody
/// is in its way. Kills: a leader that releases before it runs the action.
#[test]
fn the_action_runs_alone() {
    model("the_action_runs_alone", Exhaustive, 123, || {
        let payload = Arc::new(Payload::new(0));
        let shared = payload.clone();
        let barrier = Arc::new(Barrier::with_action(2, move || _ = shared.bump()));
        let theirs = payload.clone();
        let other = at(&barrier, move |barrier| {
            barrier.wait().unwrap();
            assert_eq!(theirs.read(), 1);
        });
        barrier.wait().unwrap();
        assert_eq!(payload.read(), 1);
        other.join().unwrap();
    });
}

/// Three threads, bound 3, 3,035 executions: cpython#117991, asyncband#135. Both go on, or both
/// time out: who is told that its time is over was not counted. Kills: a retraction without a look
/// whether the round is full; a timeout that does not retract.
#[test]
fn a_timeout_races_the_last_arrival() {
    outcomes(
        "a_timeout_races_the_last_arrival",
        Preemptions(3),
        758,
        [true, false],
        || {
            let barrier = Arc::new(Barrier::new(2));
            let threads = [0, 1].map(|_| at(&barrier, |barrier| barrier.wait_timeout(LATER)));
            clock::expire_all();
            let results = threads.map(|thread| thread.join().unwrap());
            assert_eq!(barrier.waiting(), 0);
            assert!(!barrier.is_broken());
            match results {
                [Ok(one), Ok(two)] => {
                    assert_ne!(one.is_leader(), two.is_leader());
                    true
                }
                [Err(BarrierError::TimedOut), Err(BarrierError::TimedOut)] => false,
                other => panic!("not the same for both: {other:?}"),
            }
        },
    );
}

/// Two threads, exhaustive, 107 executions: cpython#117991, asyncband#135, tokio#3652. A party is
/// dropped while the last one comes; the others still wait for the right number. Kills: a drop that
/// does not retract, or that retracts from the next round.
#[test]
fn a_drop_races_the_last_arrival() {
    outcomes(
        "a_drop_races_the_last_arrival",
        Exhaustive,
        26,
        [true, false],
        || {
            let barrier = Arc::new(Barrier::new(3));
            let wakers = [CountWaker::new(), CountWaker::new()];
            let [mut stays, leaves] = [0, 1].map(|i| waiting(&barrier, &wakers[i]));
            let last = at(&barrier, Barrier::try_wait);
            drop(leaves);
            let result = last.join().unwrap();
            let stays = poll_once(stays.as_mut(), &noop_waker());
            match result {
                Ok(result) => {
                    assert!(result.is_leader());
                    assert!(matches!(stays, Poll::Ready(Ok(_))));
                    assert_eq!(barrier.waiting(), 0);
                    true
                }
                Err(TryBarrierError::NotLast) => {
                    assert!(stays.is_pending());
                    assert_eq!(barrier.waiting(), 1);
                    false
                }
                Err(TryBarrierError::Broken) => panic!("nobody broke it"),
            }
        },
    );
}

/// Two threads, exhaustive, 110 executions: asyncband#135. One is dropped whose round is full,
/// while another waits in the next. Kills: a retraction without a look at whose round it is.
#[test]
fn a_drop_takes_nothing_from_the_next_round() {
    outcomes(
        "a_drop_takes_nothing_from_the_next_round",
        Exhaustive,
        27,
        [true, false],
        || {
            let barrier = Arc::new(Barrier::new(2));
            let late = waiting(&barrier, &CountWaker::new());
            let other = at(&barrier, |barrier| {
                let full = barrier.try_wait().is_ok();
                if full {
                    let _next = waiting(barrier, &CountWaker::new());
                    assert_eq!(barrier.waiting(), 1);
                }
                full
            });
            drop(late);
            let full = other.join().unwrap();
            assert_eq!(barrier.waiting(), 0);
            full
        },
    );
}

/// Three threads, bound 3, 330 executions. All go on, or nobody does. Kills: an `abort` that is
/// heard by one; one that ends a round that is full.
#[test]
fn an_abort_races_the_last_arrival() {
    outcomes(
        "an_abort_races_the_last_arrival",
        Preemptions(3),
        82,
        [true, false],
        || {
            let barrier = Arc::new(Barrier::new(2));
            let threads = [0, 1].map(|_| at(&barrier, Barrier::wait));
            barrier.abort();
            let results = threads.map(|thread| thread.join().unwrap());
            assert!(barrier.is_broken());
            assert_eq!(barrier.waiting(), 0);
            match results {
                [Ok(_), Ok(_)] => true,
                [Err(BrokenBarrier), Err(BrokenBarrier)] => false,
                other => panic!("not the same for both: {other:?}"),
            }
        },
    );
}

/// Two threads, exhaustive, 4 executions. Who waits when the barrier is reset gets an error, and it
/// works again. Kills: a reset that forgets those who wait.
#[test]
fn a_reset_lets_go_who_waits() {
    outcomes(
        "a_reset_lets_go_who_waits",
        Exhaustive,
        1,
        [true, false],
        || {
            let barrier = Arc::new(Barrier::new(2));
            let waker = CountWaker::new();
            let mut waits = waiting(&barrier, &waker);
            let last = at(&barrier, Barrier::try_wait);
            barrier.reset();
            let full = last.join().unwrap().is_ok();
            let Poll::Ready(result) = poll_once(waits.as_mut(), &noop_waker()) else {
                panic!("nobody told it");
            };
            assert_eq!(result.is_ok(), full);
            assert_eq!((waker.wakes(), waker.held()), (1, 0));
            let again = waiting(&barrier, &waker);
            assert!(barrier.try_wait().is_ok());
            drop(again);
            full
        },
    );
}

/// Two threads, exhaustive, 170 executions. The panic goes on in the leader; the other gets an
/// error. Kills: a leader that leaves the others behind.
#[test]
fn an_action_that_panics_breaks_the_barrier() {
    let name = "an_action_that_panics_breaks_the_barrier";
    model(name, Exhaustive, 42, || {
        let barrier = Arc::new(Barrier::with_action(2, || throw("in the action")));
        let wait = |barrier: &Barrier| caught(|| barrier.wait()).ok();
        let other = at(&barrier, wait);
        let mine = wait(&barrier);
        let theirs = other.join().unwrap();
        assert!(
            [
                (Some(Err(BrokenBarrier)), None),
                (None, Some(Err(BrokenBarrier)))
            ]
            .contains(&(mine, theirs))
        );
        assert!(barrier.is_broken());
        assert_eq!(barrier.waiting(), 0);
    });
}
