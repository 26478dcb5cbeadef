//! The wait group: members come and go, and the wait ends when there are none.

use super::support::{Bound::*, Payload, model, noop_waker, outcomes, poll_once, spawn};
use crate::sync::{TimedOut, WaitGroup};
use crate::sys::clock;
use crate::wait::block_on;
use std::sync::Arc;
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

/// Three threads, bound 3, 13,062 executions. Kills: a drop that counts with Relaxed.
#[test]
fn who_waits_sees_what_every_member_wrote() {
    let name = "who_waits_sees_what_every_member_wrote";
    model(name, Preemptions(3), 3_265, || {
        let group = WaitGroup::new();
        let payloads = Arc::new([Payload::new(0), Payload::new(0)]);
        let threads = [0, 1].map(|i| {
            let (member, payloads) = (group.add(), payloads.clone());
            spawn(move || {
                payloads[i].write(1);
                drop(member);
            })
        });
        group.wait();
        assert_eq!(payloads.each_ref().map(Payload::read), [1, 1]);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// Two threads, exhaustive, 17,116 executions. A member that adds another before it is done leaves
/// no moment without members. Kills: a clone that does not join.
#[test]
fn a_member_added_by_a_member_is_waited_for() {
    let name = "a_member_added_by_a_member_is_waited_for";
    model(name, Exhaustive, 4_279, || {
        let group = WaitGroup::new();
        let payload = Arc::new(Payload::new(0));
        let (first, writer) = (group.add(), payload.clone());
        let thread = spawn(move || {
            let second = first.clone();
            drop(first);
            writer.write(1);
            drop(second);
        });
        group.wait();
        assert_eq!(payload.read(), 1);
        thread.join().unwrap();
    });
}

/// Two threads, exhaustive, 104 executions. Kills: a drop that changes the state before it looks
/// who stands in line, so that a new member hides the moment.
#[test]
fn a_moment_without_members_ends_the_wait() {
    let name = "a_moment_without_members_ends_the_wait";
    model(name, Exhaustive, 26, || {
        let group = WaitGroup::new();
        let first = group.add();
        let mut wait = Box::pin(group.wait_async());
        assert!(poll_once(wait.as_mut(), &noop_waker()).is_pending());
        let adder = group.clone();
        let thread = spawn(move || {
            drop(first);
            adder.add()
        });
        block_on(wait);
        let second = thread.join().unwrap();
        assert!(!group.try_wait());
        drop(second);
        assert!(group.try_wait());
    });
}

/// Three threads, bound 3, 1,577 executions. Kills: an `abandon` that leaves the node behind.
#[test]
fn a_timeout_races_the_last_member() {
    outcomes(
        "a_timeout_races_the_last_member",
        Preemptions(3),
        394,
        [Ok(()), Err(())],
        || {
            let group = WaitGroup::new();
            let (waiter, member) = (group.clone(), group.add());
            let waiter = spawn(move || waiter.wait_timeout(LATER));
            let thread = spawn(move || drop(member));
            clock::expire_all();
            let waited = waiter.join().unwrap();
            thread.join().unwrap();
            assert_eq!(group.members(), 0);
            waited.map_err(|TimedOut| ())
        },
    );
}

/// Two threads, exhaustive, 1,035 executions: rayon#768. The group is gone before its last member
/// is done, and so is the frame of whoever waited.
#[test]
fn the_last_member_may_outlive_the_group() {
    model(
        "the_last_member_may_outlive_the_group",
        Exhaustive,
        258,
        || {
            let group = WaitGroup::new();
            let member = group.add();
            let thread = spawn(move || drop(member));
            {
                let mut wait = Box::pin(group.wait_async());
                let _ = poll_once(wait.as_mut(), &noop_waker());
            }
            drop(group);
            thread.join().unwrap();
        },
    );
}
