//! Groups: failures, cancellations and the end of the last job against the join.

use super::support::{Bound::*, Payload, model, outcomes, throw};
use crate::executor::{GroupError, Shutdown, TaskGroup, ThreadPoolExecutor};
use crate::future::block_on;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

/// Two threads, bound 2 (3,714 executions). When the group is joined, by a thread that helps, no job runs any
/// more, and the failure is known. Kills: a reporter that lets its member go first, a failure
/// that is not noted.
#[test]
fn a_group_that_is_joined_knows_its_failure_and_runs_nothing() {
    outcomes(
        "a_group_that_is_joined_knows_its_failure_and_runs_nothing",
        Preemptions(2),
        20,
        [0, 1],
        || {
            let pool = ThreadPoolExecutor::new(1);
            let payload = Arc::new(Payload::new(0));
            let group = TaskGroup::new(&pool.handle());
            group.submit(|| Err("no paper"));
            let bumped = payload.clone();
            group.submit(move || {
                bumped.bump();
                Ok(())
            });
            assert!(matches!(group.join(), Err(GroupError::Failed("no paper"))));
            let ran = payload.read();
            pool.shutdown(Shutdown::Wait);
            ran
        },
    );
}

/// Two threads, bound 2 (2,922 executions). The same for a task that joins, and a job that panics.
#[test]
fn a_group_that_is_awaited_knows_its_panic() {
    model(
        "a_group_that_is_awaited_knows_its_panic",
        Preemptions(2),
        20,
        || {
            let pool = ThreadPoolExecutor::new(1);
            let group = TaskGroup::<()>::new(&pool.handle());
            group.submit(|| throw("no paper"));
            group.spawn(std::future::pending());
            let error = block_on(group.join_async()).unwrap_err();
            assert!(matches!(error, GroupError::Panicked(p) if p.message() == "no paper"));
            pool.shutdown(Shutdown::Wait);
        },
    );
}

/// Two threads, bound 2 (948 executions). cpython#116720, #155433: a failure inside swallows the
/// cancellation from outside. Kills: a verdict that looks for failures first, a `cancel` that does not set
/// `cancelled` where the group has failed.
#[test]
fn a_cancellation_from_outside_beats_a_failure() {
    model(
        "a_cancellation_from_outside_beats_a_failure",
        Preemptions(2),
        20,
        || {
            let pool = ThreadPoolExecutor::new(1);
            let group = TaskGroup::new(&pool.handle());
            group.submit(|| Err("no paper"));
            group.cancel();
            assert!(matches!(group.join(), Err(GroupError::Cancelled)));
            pool.shutdown(Shutdown::Wait);
        },
    );
}

/// Two threads, bound 2 (3,793 executions). A job that comes when the group fails is cancelled, or runs before: the
/// join waits for nothing that never ends. Kills: an `add` that does not look whether the group has
/// ended once the child is in the list.
#[test]
fn a_job_that_comes_too_late_is_cancelled() {
    model(
        "a_job_that_comes_too_late_is_cancelled",
        Preemptions(2),
        20,
        || {
            let pool = ThreadPoolExecutor::new(1);
            let group = TaskGroup::new(&pool.handle());
            group.submit(|| Err("no paper"));
            group.spawn(std::future::pending());
            assert!(matches!(group.join(), Err(GroupError::Failed("no paper"))));
            pool.shutdown(Shutdown::Wait);
        },
    );
}

/// Two threads, bound 1. What is cancelled ends: what there is, and what comes after that. Kills: a
/// `cancel` that tells nobody, or leaves the group open.
#[test]
fn a_group_that_is_cancelled_takes_nothing_in() {
    model(
        "a_group_that_is_cancelled_takes_nothing_in",
        Preemptions(1),
        20,
        || {
            let pool = ThreadPoolExecutor::new(1);
            let group = TaskGroup::<()>::new(&pool.handle());
            group.spawn(std::future::pending());
            group.cancel();
            group.spawn(std::future::pending());
            assert!(matches!(group.join(), Err(GroupError::Cancelled)));
            // The same where there was none that could end.
            let group = TaskGroup::<()>::new(&pool.handle());
            group.cancel();
            group.spawn(std::future::pending());
            assert!(matches!(group.join(), Err(GroupError::Cancelled)));
        },
    );
}

/// Two threads, bound 2, 6,932 executions. A group that is dropped cancels what has not begun, and what
/// is suspended, and waits for what runs. Kills: a drop without either.
#[test]
fn a_group_that_is_dropped_runs_nothing() {
    outcomes(
        "a_group_that_is_dropped_runs_nothing",
        Preemptions(2),
        20,
        [0, 1],
        || {
            let pool = ThreadPoolExecutor::new(1);
            let payload = Arc::new(Payload::new(0));
            let group = TaskGroup::<()>::new(&pool.handle());
            let bumped = payload.clone();
            group.submit(move || {
                bumped.bump();
                Ok(())
            });
            group.spawn(std::future::pending());
            drop(group);
            payload.read()
        },
    );
}

/// Two threads, bound 1. A task joins, and gives up: what is suspended is cancelled, so that the pool
/// can end. Kills: a `join_async` that leaves its jobs behind.
#[test]
fn a_join_that_is_dropped_cancels_its_group() {
    model(
        "a_join_that_is_dropped_cancels_its_group",
        Preemptions(1),
        20,
        || {
            let pool = ThreadPoolExecutor::new(1);
            let group = TaskGroup::<()>::new(&pool.handle());
            group.spawn(std::future::pending());
            let mut join = Box::pin(group.join_async());
            let polled = poll_fn(|cx| Poll::Ready(join.as_mut().poll(cx).is_pending()));
            assert!(block_on(polled));
            drop(join);
            pool.shutdown(Shutdown::Wait);
        },
    );
}
