//! Callbacks between the thread that completes a task and the one that registers them; tokens
//! between the task and who cancels it.

use super::support::{Bound::*, DropCount, Payload, model, outcomes, throw};
use crate::future::{ClosureTask, Job, TaskError, TaskFuture, block_on, current_token};
use crate::sync::CancelToken;
use loom::thread;
use std::sync::{Arc, Mutex};

fn task<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> (Job, TaskFuture<T>) {
    let task = ClosureTask::new(f);
    (Job::new(task.clone()), TaskFuture::new(task))
}

/// Two threads, exhaustive (900 executions). A callback is called once, before anybody has the
/// outcome, with all that the task wrote. Kills: a `complete_after` that does not look for
/// `HELD`, or that completes although it is held.
#[test]
fn a_callback_is_called_before_the_outcome_is_taken() {
    model(
        "a_callback_is_called_before_the_outcome_is_taken",
        Exhaustive,
        10,
        || {
            let (written, called) = (Arc::new(Payload::new(0)), Arc::new(Payload::new(0)));
            let write = written.clone();
            let (job, mut future) = task(move || write.bump());
            let worker = thread::spawn(move || job.run());
            let (read, call) = (written.clone(), called.clone());
            future.on_done(move |outcome| {
                assert_eq!(*outcome.as_ref().unwrap(), 0);
                assert_eq!(read.read(), 1);
                call.bump();
            });
            assert_eq!(block_on(future).unwrap(), 0);
            assert_eq!(called.read(), 1);
            worker.join().unwrap();
        },
    );
}

/// Two threads, exhaustive (7 executions). Whoever finds the task done calls the callback itself, and sees what the
/// task wrote though nothing but the signal orders the two. Kills: `hold` without Acquire, an
/// `on_done` that does not look whether it came too late.
#[test]
fn a_callback_that_comes_late_is_called_by_who_registers_it() {
    outcomes(
        "a_callback_that_comes_late_is_called_by_who_registers_it",
        Exhaustive,
        5,
        [true, false],
        || {
            let (written, by) = (Arc::new(Payload::new(0)), Arc::new(Mutex::new(None)));
            let write = written.clone();
            let (job, mut future) = task(move || write.bump());
            let worker = thread::spawn(move || job.run());
            let (read, called_by) = (written.clone(), by.clone());
            future.on_done(move |_| {
                assert_eq!(read.read(), 1);
                *called_by.lock().unwrap() = Some(thread::current().id());
            });
            drop(future);
            worker.join().unwrap();
            let by = by.lock().unwrap().expect("it was called");
            by == thread::current().id()
        },
    );
}

/// Two threads, bound 3 (894 executions; exhaustive: 64,124). The first panics; the others are called in order all the same,
/// whoever calls which. Kills: a completer that leaves to the other what it has begun with, one
/// that lets a panic out.
#[test]
fn callbacks_are_called_in_order_by_whomever() {
    model(
        "callbacks_are_called_in_order_by_whomever",
        Preemptions(3),
        50,
        || {
            let order = Arc::new(Mutex::new(Vec::new()));
            let last = Arc::new(Payload::new(0));
            let (job, mut future) = task(|| ());
            let worker = thread::spawn(move || job.run());
            for n in 0..3 {
                let (order, last) = (order.clone(), last.clone());
                future.on_done(move |_| {
                    order.lock().unwrap().push(n);
                    last.bump();
                    if n == 0 {
                        throw("the first fails");
                    }
                });
            }
            block_on(future).unwrap();
            assert_eq!(*order.lock().unwrap(), [0, 1, 2]);
            worker.join().unwrap();
        },
    );
}

/// Two threads, exhaustive (97 executions). A task that is cancelled tells its callbacks as well.
#[test]
fn a_callback_is_told_of_a_cancellation() {
    outcomes(
        "a_callback_is_told_of_a_cancellation",
        Exhaustive,
        5,
        [true, false],
        || {
            let told = Arc::new(Mutex::new(None));
            let captures = DropCount::new();
            let captured = captures.value(());
            let (job, mut future) = task(|| ());
            let tell = told.clone();
            future.on_done(move |outcome| {
                let _ = &captured;
                let cancelled = matches!(outcome, Err(TaskError::Cancelled));
                assert!(tell.lock().unwrap().replace(cancelled).is_none());
            });
            let worker = thread::spawn(move || job.run());
            let cancelled = future.cancel();
            worker.join().unwrap();
            assert_eq!(*told.lock().unwrap(), Some(cancelled));
            assert_eq!(captures.get(), 1);
            cancelled
        },
    );
}

/// Two threads, exhaustive (1,842 executions). Whoever comes second, the asker or the canceller, finds the other:
/// the token of a task that was asked to end is cancelled. Kills: a `token` that does not look
/// whether the task was asked, an `ask` that leaves no trace, a `cancel` that asks nobody.
#[test]
fn a_token_that_is_made_while_its_task_is_cancelled_is_cancelled() {
    outcomes(
        "a_token_that_is_made_while_its_task_is_cancelled_is_cancelled",
        Exhaustive,
        10,
        [(true, false), (false, true), (false, false)],
        || {
            let token: Arc<Mutex<Option<CancelToken>>> = Arc::default();
            let leave = token.clone();
            let (job, future) = task(move || {
                let token = current_token();
                let asked = token.is_cancelled();
                *leave.lock().unwrap() = Some(token);
                asked
            });
            let worker = thread::spawn(move || job.run());
            let cancelled = future.cancel();
            let late = future.is_done() && !cancelled;
            worker.join().unwrap();
            let token = token.lock().unwrap().take();
            let asked_in_time = match block_on(future) {
                Ok(asked) => asked,
                Err(_) => {
                    assert!(cancelled && token.is_none());
                    return (true, false);
                }
            };
            let token = token.expect("the task ran");
            assert!(!asked_in_time || token.is_cancelled());
            assert!(token.is_cancelled() || late);
            (false, asked_in_time)
        },
    );
}

/// Two threads, exhaustive (26 executions). The same for a token that its holder asks for from outside, of a task
/// that nobody has begun. Kills: a `cancel` that tells nobody where it wins.
#[test]
fn a_token_of_a_task_that_is_cancelled_before_it_runs_is_cancelled() {
    model(
        "a_token_of_a_task_that_is_cancelled_before_it_runs_is_cancelled",
        Exhaustive,
        5,
        || {
            let (job, future) = task(|| ());
            let discarder = thread::spawn(move || drop(job));
            let token = future.token();
            discarder.join().unwrap();
            assert!(future.is_cancelled() && token.is_cancelled());
            assert!(future.token().is_cancelled());
        },
    );
}

/// One thread: a task that is done is not asked to end. Kills: a `cancel` that asks it.
#[test]
fn a_token_of_a_task_that_is_done_is_left_alone() {
    let name = "a_token_of_a_task_that_is_done_is_left_alone";
    model(name, Exhaustive, 1, || {
        let (job, future) = task(|| ());
        let token = future.token();
        job.run();
        assert!(!future.cancel() && !token.is_cancelled());
    });
}
