//! Tasks made of tasks: between what they depend on, who waits for them and who cancels them.

use super::support::{Bound::*, Counted, DropCount, Payload, model, outcomes};
use crate::future::{ClosureTask, Job, Promise, TaskError, TaskFuture, block_on};
use crate::sys::clock;
use loom::thread;
use std::sync::Arc;
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

fn task<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> (Job, TaskFuture<T>) {
    let task = ClosureTask::new(f);
    (Job::new(task.clone()), TaskFuture::new(task))
}

/// Two threads, bound 3 (650 executions). The derived task is made while its source completes; whoever
/// drives it sees what the source did. Kills: a home that schedules nothing, a derived task
/// that is not polled at first.
#[test]
fn a_derived_task_is_driven_by_whoever_completes_its_source() {
    model(
        "a_derived_task_is_driven_by_whoever_completes_its_source",
        Preemptions(3),
        10,
        || {
            let payload = Arc::new(Payload::new(0));
            let (promise, future) = Promise::new();
            let written = payload.clone();
            let setter = thread::spawn(move || {
                written.write(1);
                promise.set_result(20).unwrap();
            });
            let read = payload.clone();
            let doubled = future.map(move |n| {
                assert_eq!(read.read(), 1);
                2 * n
            });
            assert_eq!(block_on(doubled).unwrap(), 40);
            assert_eq!(payload.read(), 1);
            setter.join().unwrap();
        },
    );
}

/// Two threads, bound 2 (bound 3: 11,059 executions). Claim on join goes through: though the worker may never come to it, or
/// comes at the same time, who waits has the result. Kills: an `assist` that does nothing.
#[test]
fn who_waits_for_a_derived_task_runs_its_source() {
    model(
        "who_waits_for_a_derived_task_runs_its_source",
        Preemptions(2),
        10,
        || {
            let payload = Arc::new(Payload::new(0));
            let bumped = payload.clone();
            let (job, future) = task(move || bumped.bump() + 1);
            let derived = future.map(|n| n + 1).map(|n| n + 1);
            let worker = thread::spawn(move || job.run());
            assert_eq!(derived.result().unwrap(), 3);
            assert_eq!(payload.read(), 1);
            worker.join().unwrap();
        },
    );
}

/// One thread: nobody else is there to run it.
#[test]
fn who_waits_for_a_derived_task_runs_its_source_alone() {
    model(
        "who_waits_for_a_derived_task_runs_its_source_alone",
        Exhaustive,
        1,
        || {
            let (first_job, first) = task(|| 1);
            let (second_job, second) = task(|| 2);
            let sum = first.and_then(|n| second.map(move |m| n + m));
            assert_eq!(sum.result().unwrap(), 3);
            drop((first_job, second_job));
        },
    );
}

/// Two threads, bound 3 (233 executions). The derived task is cancelled, and its source with it, or it is done;
/// what it holds is dropped once. Kills: a `Leash` that does not cancel.
#[test]
fn a_derived_task_is_cancelled_with_its_source_or_done() {
    outcomes(
        "a_derived_task_is_cancelled_with_its_source_or_done",
        Preemptions(3),
        10,
        [(true, true), (true, false), (false, false)],
        || {
            let drops = DropCount::new();
            let (value, captured) = (drops.value(7), drops.value(0));
            let (promise, future) = Promise::new();
            let derived = future.map(move |value: Counted<u32>| {
                let captured = captured;
                value.inner + captured.inner
            });
            let setter = thread::spawn(move || promise.set_result(value).is_err());
            let cancelled = derived.cancel();
            let outcome = block_on(derived);
            let back = setter.join().unwrap();
            assert_eq!(drops.get(), 2);
            match outcome {
                Ok(sum) => assert!(!cancelled && sum == 7),
                Err(TaskError::Cancelled) => {}
                Err(other) => panic!("{other}"),
            }
            (cancelled, back)
        },
    );
}

/// Three threads, bound 2 (1,538 executions). Done in time or not: never neither, and what is not wanted any more
/// is cancelled. Kills: a deadline that is looked at before the source, one that cancels nothing.
#[test]
fn a_task_is_done_in_time_or_cancelled() {
    outcomes(
        "a_task_is_done_in_time_or_cancelled",
        Preemptions(2),
        20,
        [(true, false), (false, true), (false, false)],
        || {
            let (promise, future) = Promise::new();
            let token = promise.token();
            let timed = future.with_timeout(LATER);
            let setter = thread::spawn(move || promise.set_result(7).is_err());
            let time = thread::spawn(clock::expire_all);
            let outcome = block_on(timed);
            let back = setter.join().unwrap();
            time.join().unwrap();
            match outcome {
                Ok(value) => assert_eq!(value, 7),
                Err(TaskError::TimedOut) => assert_eq!(token.is_cancelled(), back),
                Err(ref other) => panic!("{other}"),
            }
            (outcome.is_ok(), back)
        },
    );
}

/// Two threads, bound 3 (239 executions). Two derived tasks that wait for each other (tokio#4724,
/// #6505), each cancelled by another thread: both are let go, with all that they hold. Kills: a
/// promise whose drop does not settle.
#[test]
fn tasks_that_wait_for_each_other_are_let_go() {
    model(
        "tasks_that_wait_for_each_other_are_let_go",
        Preemptions(3),
        10,
        || {
            let drops = DropCount::new();
            let pairs = [0, 1].map(|_| (Promise::<()>::new(), drops.value(())));
            let [((one, first), held), ((two, second), also_held)] = pairs;
            let first = first.map(move |()| {
                drop(held);
                two.set_result(())
            });
            let second = second.map(move |()| {
                drop(also_held);
                one.set_result(())
            });
            let other = thread::spawn(move || _ = second.cancel());
            first.cancel();
            drop(first);
            other.join().unwrap();
            assert_eq!(drops.get(), 2);
        },
    );
}
