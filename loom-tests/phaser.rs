//! The phaser: phases that carry what was written, and parties that come and go.

use super::support::{
    Bound::*, CountWaker, Payload, model, noop_waker, outcomes, poll_once, spawn,
};
use crate::sync::{AlreadyArrived, Phaser, TimedOut};
use crate::sys::clock;
use crate::wait::block_on;
use std::sync::Arc;
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

/// Two parties go through so many phases, and write in each.
fn go_through(phases: usize) {
    let phaser = Phaser::new();
    let written = || [0; 2].map(Payload::new);
    let payloads = Arc::new([written(), written()]);
    let [mut first, mut second] = [0, 1].map(|me| {
        let (mut party, payloads) = (phaser.register(), payloads.clone());
        move || {
            for phase in 0..phases {
                payloads[phase][me].write(1);
                assert_eq!(party.arrive_and_wait(), phase as u64);
                assert_eq!(payloads[phase][1 - me].read(), 1);
            }
        }
    });
    let other = spawn(move || {
        first();
        first
    });
    second();
    let first = other.join().unwrap();
    assert_eq!((phaser.phase(), phaser.arrived()), (phases as u64, 0));
    drop((first, second));
    assert_eq!(phaser.parties(), 0);
}

/// Two threads, exhaustive, 1,890 executions. Kills: a phase that ends one party too early.
#[test]
fn who_goes_on_sees_what_all_parties_wrote() {
    let name = "who_goes_on_sees_what_all_parties_wrote";
    model(name, Exhaustive, 472, || go_through(1));
}

/// Two threads, bound 3, 2,457 executions. Kills: a round that is used again.
#[test]
fn phases_do_not_mix() {
    model("phases_do_not_mix", Preemptions(3), 614, || go_through(2));
}

/// Two threads, exhaustive, 600 executions. The one that the other waits for goes instead. Kills: a
/// drop that does not end the phase.
#[test]
fn a_party_that_goes_ends_the_phase() {
    model("a_party_that_goes_ends_the_phase", Exhaustive, 150, || {
        let phaser = Phaser::new();
        let payload = Arc::new(Payload::new(0));
        let (mut stays, goes) = (phaser.register(), phaser.register());
        let writer = payload.clone();
        let other = spawn(move || {
            writer.write(1);
            drop(goes);
        });
        assert_eq!(stays.arrive_and_wait(), 0);
        assert_eq!(payload.read(), 1);
        other.join().unwrap();
        assert_eq!((phaser.phase(), phaser.parties()), (1, 1));
    });
}

/// Two threads, exhaustive, 14 executions. One arrives and goes; its arrival goes with it, and the
/// other is still waited for. Kills: a drop that leaves its arrival behind.
#[test]
fn an_arrival_goes_with_its_party() {
    model("an_arrival_goes_with_its_party", Exhaustive, 3, || {
        let phaser = Phaser::new();
        let (mut goes, mut stays) = (phaser.register(), phaser.register());
        let third = phaser.register();
        let other = spawn(move || {
            assert_eq!(goes.arrive(), Ok(0));
            drop(goes);
        });
        assert_eq!(stays.arrive(), Ok(0));
        assert_eq!(stays.arrive(), Err(AlreadyArrived { phase: 0 }));
        other.join().unwrap();
        assert_eq!(
            (phaser.phase(), phaser.parties(), phaser.arrived()),
            (0, 2, 1)
        );
        drop(third);
        assert_eq!(
            (phaser.phase(), phaser.parties(), phaser.arrived()),
            (1, 1, 0)
        );
    });
}

/// Two threads, exhaustive, 4 executions. A party comes while the only other one arrives: it is
/// waited for, or the phase was over. Kills: a registration that counts from the next phase on.
#[test]
fn a_newcomer_is_waited_for_or_too_late() {
    outcomes(
        "a_newcomer_is_waited_for_or_too_late",
        Exhaustive,
        1,
        [(0, 1), (1, 0)],
        || {
            let phaser = Phaser::new();
            let mut party = phaser.register();
            let other = phaser.clone();
            let other = spawn(move || other.register());
            assert_eq!(party.arrive(), Ok(0));
            let newcomer = other.join().unwrap();
            let seen = (phaser.phase(), phaser.arrived());
            drop(newcomer);
            assert_eq!((phaser.phase(), phaser.arrived()), (1, 0));
            seen
        },
    );
}

/// Three threads, bound 3, 1,406 executions. Who gives up waiting has arrived all the same, and may
/// wait on. Kills: a timeout that takes the arrival back.
#[test]
fn a_timeout_races_the_end_of_the_phase() {
    outcomes(
        "a_timeout_races_the_end_of_the_phase",
        Preemptions(3),
        351,
        [Ok(0), Err(())],
        || {
            let phaser = Phaser::new();
            let [mut one, mut two] = [phaser.register(), phaser.register()];
            let waiter = spawn(move || {
                let waited = one.arrive_and_wait_timeout(LATER);
                (waited, one)
            });
            let other = spawn(move || {
                two.arrive().unwrap();
                two
            });
            clock::expire_all();
            let (waited, _one) = waiter.join().unwrap();
            let _two = other.join().unwrap();
            assert_eq!((phaser.phase(), phaser.arrived()), (1, 0));
            waited.map_err(|TimedOut| ())
        },
    );
}

/// Two threads, exhaustive, 10,504 executions. A wait for a phase that is two away. Kills: a wait
/// that ends with the first phase.
#[test]
fn a_wait_may_be_for_a_later_phase() {
    model("a_wait_may_be_for_a_later_phase", Exhaustive, 2_626, || {
        let phaser = Phaser::new();
        let payload = Arc::new(Payload::new(0));
        let mut party = phaser.register();
        let mut wait = Box::pin(phaser.wait_phase_async(1));
        assert!(poll_once(wait.as_mut(), &noop_waker()).is_pending());
        let writer = payload.clone();
        let other = spawn(move || {
            party.arrive().unwrap();
            writer.write(1);
            party.arrive().unwrap();
            party
        });
        block_on(wait);
        assert_eq!(payload.read(), 1);
        let _party = other.join().unwrap();
        assert!(phaser.try_wait_phase(0) && !phaser.try_wait_phase(2));
    });
}

/// Two threads, exhaustive, 36 executions: tokio#3652. One of two who wait is dropped while the
/// phase ends.
#[test]
fn a_dropped_wait_leaves_nothing() {
    model("a_dropped_wait_leaves_nothing", Exhaustive, 9, || {
        let phaser = Phaser::new();
        let party = phaser.register();
        let waker = CountWaker::new();
        let [mut dropped, mut stays] = [0, 1].map(|_| Box::pin(phaser.wait_phase_async(0)));
        for wait in [&mut dropped, &mut stays] {
            assert!(poll_once(wait.as_mut(), &waker.waker()).is_pending());
        }
        let other = spawn(move || drop(party));
        drop(dropped);
        other.join().unwrap();
        assert!(poll_once(stays.as_mut(), &noop_waker()).is_ready());
        assert_eq!(waker.held(), 0);
    });
}
