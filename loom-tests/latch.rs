//! The latch: counting, publication, the end of the wait.

use super::support::{
    Bound::*, CountWaker, Payload, model, noop_waker, outcomes, poll_once, spawn,
};
use crate::sync::{Latch, TimedOut};
use crate::sys::clock;
use crate::wait::block_on;
use std::sync::Arc;
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

type Shared = Arc<(Latch, [Payload; 2])>;

/// A latch of two, and two who write and count.
fn two_counters() -> (Shared, [crate::sys::thread::JoinHandle<()>; 2]) {
    let shared = Arc::new((Latch::new(2), [Payload::new(0), Payload::new(0)]));
    let counters = count(&shared);
    (shared, counters)
}

fn count(shared: &Shared) -> [crate::sys::thread::JoinHandle<()>; 2] {
    [0, 1].map(|i| {
        let shared = shared.clone();
        spawn(move || {
            shared.1[i].write(1);
            shared.0.count_down();
        })
    })
}

fn both_are_written(shared: &Shared) {
    assert_eq!(shared.1.each_ref().map(Payload::read), [1, 1]);
}

/// Three threads, exhaustive, 1,190 executions. Kills: `open` that counts with Relaxed; `state`
/// that loads so.
#[test]
fn who_comes_after_the_last_count_sees_what_every_counter_wrote() {
    let name = "who_comes_after_the_last_count_sees_what_every_counter_wrote";
    model(name, Exhaustive, 297, || {
        let (shared, counters) = two_counters();
        if shared.0.try_wait() {
            both_are_written(&shared);
        }
        for counter in counters {
            counter.join().unwrap();
        }
        assert_eq!(shared.0.count(), 0);
    });
}

/// Two threads, exhaustive, 12 executions. The same where another stands in line: the last count
/// then takes the way through the lock. Kills: an `open_line` that changes the state without
/// Release.
#[test]
fn who_comes_after_those_in_line_sees_what_was_written() {
    let name = "who_comes_after_those_in_line_sees_what_was_written";
    model(name, Exhaustive, 3, || {
        let shared = Arc::new((Latch::new(1), Payload::new(0)));
        let mut wait = Box::pin(shared.0.wait_async());
        assert!(poll_once(wait.as_mut(), &noop_waker()).is_pending());
        let counter = shared.clone();
        let counter = spawn(move || {
            counter.1.write(1);
            counter.0.count_down();
        });
        if shared.0.try_wait() {
            assert_eq!(shared.1.read(), 1);
        }
        counter.join().unwrap();
        assert!(poll_once(wait.as_mut(), &noop_waker()).is_ready());
    });
}

/// Three threads, bound 3, 3,192 executions. The waiter stands in line before anybody counts.
/// Kills: an `open_line` that changes the state without Acquire: who is let in then sees, through
/// the last counter, nothing of the first.
#[test]
fn who_waits_for_a_count_sees_what_every_counter_wrote() {
    let name = "who_waits_for_a_count_sees_what_every_counter_wrote";
    model(name, Preemptions(3), 798, || {
        let shared: Shared = Arc::new((Latch::new(2), [Payload::new(0), Payload::new(0)]));
        let mut wait = Box::pin(shared.0.wait_async());
        assert!(poll_once(wait.as_mut(), &noop_waker()).is_pending());
        let counters = count(&shared);
        block_on(wait);
        both_are_written(&shared);
        for counter in counters {
            counter.join().unwrap();
        }
    });
}

/// Three threads, bound 3, 10,444 executions. Kills: a last count that releases one, or that does
/// not look at the line.
#[test]
fn the_last_count_releases_all() {
    model("the_last_count_releases_all", Preemptions(3), 2_611, || {
        let latch = Arc::new(Latch::new(3));
        let waiters = [0, 1].map(|_| {
            let latch = latch.clone();
            spawn(move || latch.wait())
        });
        latch.count_down_by(7);
        for waiter in waiters {
            waiter.join().unwrap();
        }
        assert!(latch.try_wait());
    });
}

/// Two threads, exhaustive, 2,605 executions. Each of those who arrive sees what all wrote. Kills:
/// an `arrive_and_wait` that waits before it counts; one that polls without counting.
#[test]
fn who_arrives_sees_what_all_wrote() {
    model("who_arrives_sees_what_all_wrote", Exhaustive, 651, || {
        let shared: Shared = Arc::new((Latch::new(2), [Payload::new(0), Payload::new(0)]));
        let other = shared.clone();
        let other = spawn(move || {
            other.1[0].write(1);
            other.0.arrive_and_wait();
            both_are_written(&other);
        });
        shared.1[1].write(1);
        block_on(shared.0.arrive_and_wait_async());
        both_are_written(&shared);
        other.join().unwrap();
    });
}

/// Three threads, bound 3, 2,761 executions. Kills: an `abandon` that unlinks a node that was
/// released.
#[test]
fn a_timeout_races_the_last_count() {
    outcomes(
        "a_timeout_races_the_last_count",
        Preemptions(3),
        690,
        [Ok(()), Err(())],
        || {
            let latch = Arc::new(Latch::new(2));
            let [waiter, counter] = [latch.clone(), latch.clone()];
            let waiter = spawn(move || waiter.arrive_and_wait_timeout(LATER));
            let counter = spawn(move || counter.count_down());
            clock::expire_all();
            let waited = waiter.join().unwrap();
            counter.join().unwrap();
            // Who gave up has counted all the same.
            assert!(latch.try_wait());
            waited.map_err(|TimedOut| ())
        },
    );
}

/// Two threads, exhaustive, 5,671 executions: rayon#768, rust#55005. The frame of the waiter, with
/// its place in line, is gone as soon as it is released; so is its handle on the latch. Kills: a
/// release that touches the node after it has granted it.
#[test]
fn a_released_waiter_may_free_its_frame() {
    model(
        "a_released_waiter_may_free_its_frame",
        Exhaustive,
        1_417,
        || {
            let latch = Arc::new(Latch::new(1));
            let counter = latch.clone();
            let counter = spawn(move || counter.count_down());
            {
                // Boxed, and freed with its node at the end of the block.
                let mut wait = Box::pin(latch.wait_async());
                let released = poll_once(wait.as_mut(), &noop_waker()).is_ready()
                    || poll_once(wait.as_mut(), &noop_waker()).is_ready();
                assert!(!released || latch.count() == 0);
            }
            drop(latch);
            counter.join().unwrap();
        },
    );
}

/// Two threads, exhaustive, 36 executions: tokio#3652. The first in line goes away while the last
/// count comes. Kills: a release that stops at a waiter that left.
#[test]
fn a_dropped_waiter_takes_no_release() {
    model("a_dropped_waiter_takes_no_release", Exhaustive, 9, || {
        let latch = Arc::new(Latch::new(2));
        let waker = CountWaker::new();
        let [mut first, mut second] = [0, 1].map(|_| Box::pin(latch.wait_async()));
        for wait in [&mut first, &mut second] {
            assert!(poll_once(wait.as_mut(), &waker.waker()).is_pending());
        }
        // Was polled, so it counts, and goes.
        let mut arrive = Box::pin(latch.arrive_and_wait_async());
        assert!(poll_once(arrive.as_mut(), &waker.waker()).is_pending());
        drop(arrive);
        assert_eq!(latch.count(), 1);
        let counter = latch.clone();
        let counter = spawn(move || counter.count_down());
        drop(first);
        counter.join().unwrap();
        assert!(poll_once(second.as_mut(), &noop_waker()).is_ready());
        assert_eq!(waker.held(), 0);
    });
}
