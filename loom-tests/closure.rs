//! A closure between its worker, who waits for it, and who cancels it.

use super::support::{Bound::*, DropCount, Payload, model, outcomes, throw};
use crate::future::{ClosureTask, Job, TaskError, TaskFuture, block_on};
use crate::sys::clock;
use loom::thread;
use std::sync::Arc;
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

/// A closure with its witnesses.
struct Case {
    /// Written by the closure.
    payload: Arc<Payload>,
    /// Of what the closure captured.
    captures: DropCount,
    /// Of what it returned.
    results: DropCount,
}

impl Case {
    fn new() -> (Self, Job, TaskFuture<super::support::Counted<u32>>) {
        let case = Self {
            payload: Arc::new(Payload::new(0)),
            captures: DropCount::new(),
            results: DropCount::new(),
        };
        let (payload, results) = (case.payload.clone(), case.results.clone());
        let captured = case.captures.value(7);
        let task = ClosureTask::new(move || {
            payload.bump();
            results.value(captured.inner)
        });
        let job = Job::new(task.clone());
        (case, job, TaskFuture::new(task))
    }

    /// It was run once, and its result is gone.
    fn ran(&self) {
        assert_eq!(self.payload.read(), 1);
        assert_eq!(self.captures.get(), 1);
        assert_eq!(self.results.get(), 1);
    }

    /// It was not run, and is gone.
    fn did_not_run(&self) {
        assert_eq!(self.payload.read(), 0);
        assert_eq!(self.captures.get(), 1);
        assert_eq!(self.results.get(), 0);
    }
}

/// Two threads, exhaustive. Kills: a claim without a compare-exchange, `complete` without
/// Release.
#[test]
fn a_task_is_run_by_its_worker_or_by_who_waits_for_it() {
    model(
        "a_task_is_run_by_its_worker_or_by_who_waits_for_it",
        Exhaustive,
        10,
        || {
            let (case, job, future) = Case::new();
            let worker = thread::spawn(move || job.run());
            assert_eq!(future.result().unwrap().inner, 7);
            // Not after the join: the result brings what the closure did.
            assert_eq!(case.payload.read(), 1);
            worker.join().unwrap();
            case.ran();
        },
    );
}

/// Two threads, exhaustive. As above, for a task that waits, which claims nothing.
#[test]
fn an_awaited_result_is_seen() {
    model("an_awaited_result_is_seen", Exhaustive, 10, || {
        let (case, job, future) = Case::new();
        let worker = thread::spawn(move || job.run());
        assert_eq!(block_on(future).unwrap().inner, 7);
        assert_eq!(case.payload.read(), 1);
        worker.join().unwrap();
        case.ran();
    });
}

/// Two threads, exhaustive. Kills: a `cancel` that does not settle, or that drops nothing.
#[test]
fn a_task_is_run_or_cancelled() {
    outcomes(
        "a_task_is_run_or_cancelled",
        Exhaustive,
        5,
        [true, false],
        || {
            let (case, job, future) = Case::new();
            let worker = thread::spawn(move || job.run());
            let cancelled = future.cancel();
            assert_eq!(future.is_cancelled(), cancelled);
            assert_eq!(future.cancel(), cancelled);
            let outcome = block_on(future);
            worker.join().unwrap();
            match outcome {
                Ok(value) => {
                    assert!(!cancelled);
                    drop(value);
                    case.ran();
                }
                Err(TaskError::Cancelled) => {
                    assert!(cancelled);
                    case.did_not_run();
                }
                Err(other) => panic!("{other}"),
            }
            cancelled
        },
    );
}

/// Two threads, exhaustive. A job that is dropped resolves its future, unless whoever waits was
/// faster and has run it. Kills: a `discard` that does nothing.
#[test]
fn a_discarded_task_is_cancelled() {
    outcomes(
        "a_discarded_task_is_cancelled",
        Exhaustive,
        5,
        [true, false],
        || {
            let (case, job, future) = Case::new();
            let worker = thread::spawn(move || drop(job));
            let ran = future.result().is_ok();
            worker.join().unwrap();
            match ran {
                true => case.ran(),
                false => case.did_not_run(),
            }
            ran
        },
    );
}

/// Two threads, exhaustive. Whoever lets go last drops the result, once.
#[test]
fn a_dropped_future_leaves_the_task_to_its_worker() {
    model(
        "a_dropped_future_leaves_the_task_to_its_worker",
        Exhaustive,
        1,
        || {
            let (case, job, future) = Case::new();
            let worker = thread::spawn(move || job.run());
            drop(future);
            worker.join().unwrap();
            case.ran();
        },
    );
}

/// Three threads, bound 3 (exhaustive: 275,959 executions). Kills: a timed wait that leaves its waker behind unasked, or that
/// forgets what came between the deadline and its return.
#[test]
fn a_timed_wait_gives_the_result_or_the_future_back() {
    outcomes(
        "a_timed_wait_gives_the_result_or_the_future_back",
        Preemptions(3),
        100,
        [true, false],
        || {
            let (case, job, future) = Case::new();
            let worker = thread::spawn(move || job.run());
            let time = thread::spawn(clock::expire_all);
            let (in_time, result) = match future.result_timeout(LATER) {
                Ok(result) => (true, result),
                Err(future) => (false, block_on(future)),
            };
            assert_eq!(result.unwrap().inner, 7);
            assert_eq!(case.payload.read(), 1);
            worker.join().unwrap();
            time.join().unwrap();
            case.ran();
            in_time
        },
    );
}

/// Two threads, exhaustive. Kills: a worker that catches nothing.
#[test]
fn a_panic_reaches_who_waits() {
    model("a_panic_reaches_who_waits", Exhaustive, 5, || {
        let payload = Arc::new(Payload::new(0));
        let written = payload.clone();
        let task = ClosureTask::new(move || -> u32 {
            written.bump();
            throw("out of paper")
        });
        let (job, future) = (Job::new(task.clone()), TaskFuture::new(task));
        let worker = thread::spawn(move || job.run());
        match block_on(future) {
            Err(TaskError::Panicked(thrown)) => assert_eq!(thrown.message(), "out of paper"),
            _ => unreachable!(),
        }
        assert_eq!(payload.read(), 1);
        worker.join().unwrap();
    });
}
