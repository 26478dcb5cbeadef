//! Many tasks with one waiter, and one task with many.

use super::support::{Bound::*, Payload, model, outcomes};
use crate::future::{ClosureTask, Job, Promise, ReturnWhen, TaskError, TaskFuture};
use crate::future::{as_completed, gather, race};
use crate::future::{block_on, wait, wait_timeout};
use crate::sys::clock;
use loom::thread;
use std::sync::Arc;
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

/// Three threads, bound 1 (bound 2: 39,898 executions). Two waiters, a thread and a task, see one outcome, and what was
/// written before it. Kills: a driver that does not fill the cell.
#[test]
fn all_who_share_a_task_see_its_outcome() {
    model(
        "all_who_share_a_task_see_its_outcome",
        Preemptions(1),
        20,
        || {
            let payload = Arc::new(Payload::new(0));
            let (promise, future) = Promise::new();
            let shared = future.shared();
            let written = payload.clone();
            let setter = thread::spawn(move || {
                written.write(1);
                promise.set_result(7).unwrap();
            });
            let (other, read) = (shared.clone(), payload.clone());
            let other = thread::spawn(move || {
                assert_eq!(block_on(other.result_async()).unwrap(), &7);
                assert_eq!(read.read(), 1);
            });
            assert_eq!(shared.result().unwrap(), &7);
            assert_eq!(payload.read(), 1);
            other.join().unwrap();
            setter.join().unwrap();
        },
    );
}

/// Three threads, bound 2 (9,143 executions). A shared task that is cancelled while it is completed lets go all who
/// wait. Kills: a `Fill` whose drop fills nothing.
#[test]
fn a_shared_task_that_is_cancelled_lets_all_go() {
    outcomes(
        "a_shared_task_that_is_cancelled_lets_all_go",
        Preemptions(2),
        10,
        [true, false],
        || {
            let (promise, future) = Promise::new();
            let shared = future.shared();
            let setter = thread::spawn(move || promise.set_result(7).is_ok());
            let other = shared.clone();
            let other = thread::spawn(move || block_on(other.result_async()).is_ok());
            shared.cancel();
            let ok = block_on(shared.result_async()).is_ok();
            assert_eq!(other.join().unwrap(), ok);
            setter.join().unwrap();
            ok
        },
    );
}

/// Three threads, bound 2 (2,811 executions). Both outcomes come, each once, with what its thread wrote. Kills: an
/// inbox that wakes nobody, or that looks before it leaves its waker and not after.
#[test]
fn two_that_complete_at_once_are_both_given() {
    outcomes(
        "two_that_complete_at_once_are_both_given",
        Preemptions(2),
        20,
        [[0, 1], [1, 0]],
        || {
            let payloads = [0, 1].map(|_| Arc::new(Payload::new(0)));
            let (promises, futures): (Vec<_>, Vec<_>) =
                [0, 1].map(|_| Promise::new()).into_iter().unzip();
            let setters: Vec<_> = promises
                .into_iter()
                .zip(payloads.clone())
                .map(|(promise, payload)| {
                    thread::spawn(move || {
                        payload.write(1);
                        promise.set_result(7).unwrap();
                    })
                })
                .collect();
            let order: Vec<_> = as_completed(futures)
                .map(|(index, outcome)| {
                    assert_eq!((outcome.unwrap(), payloads[index].read()), (7, 1));
                    index
                })
                .collect();
            setters
                .into_iter()
                .for_each(|setter| setter.join().unwrap());
            order.try_into().unwrap()
        },
    );
}

/// Three threads, bound 2 (3,207 executions). bpo-20319: `wait` blocks for ever. Kills: an inbox that wakes
/// nobody, a `wait` that registers once and looks never again.
#[test]
fn a_wait_for_all_ends_when_the_last_is_done() {
    model(
        "a_wait_for_all_ends_when_the_last_is_done",
        Preemptions(2),
        20,
        || {
            let (promises, mut futures): (Vec<_>, Vec<_>) =
                [0, 1].map(|_| Promise::new()).into_iter().unzip();
            let setters: Vec<_> = promises
                .into_iter()
                .map(|promise| thread::spawn(move || promise.set_result(7).unwrap()))
                .collect();
            assert_eq!(wait(&mut futures, ReturnWhen::All).len(), 2);
            assert!(futures.is_empty());
            setters
                .into_iter()
                .for_each(|setter| setter.join().unwrap());
        },
    );
}

/// Three threads, bound 2 (241 executions). In time or not, the tasks are in one place or the other, and those
/// given out are done. Kills: a wait that takes out before it is over.
#[test]
fn a_wait_for_the_first_gives_it_or_leaves_all() {
    outcomes(
        "a_wait_for_the_first_gives_it_or_leaves_all",
        Preemptions(2),
        20,
        [true, false],
        || {
            let (promise, first) = Promise::new();
            let (_never, second) = Promise::<u32>::new();
            let mut futures = vec![second, first];
            let setter = thread::spawn(move || promise.set_result(7).unwrap());
            let time = thread::spawn(clock::expire_all);
            let in_time = match wait_timeout(&mut futures, ReturnWhen::FirstCompleted, LATER) {
                Ok(done) => {
                    assert!(done.len() == 1 && done[0].is_done() && futures.len() == 1);
                    true
                }
                Err(_) => {
                    assert_eq!(futures.len(), 2);
                    false
                }
            };
            setter.join().unwrap();
            time.join().unwrap();
            in_time
        },
    );
}

/// Three threads, bound 2 (576 executions). One fails, the other succeeds: the failure is the outcome, and the
/// other is cancelled unless it was set before. Kills: a pack that cancels nothing.
#[test]
fn the_first_failure_of_many_is_the_outcome() {
    outcomes(
        "the_first_failure_of_many_is_the_outcome",
        Preemptions(2),
        20,
        [true, false],
        || {
            let (bad, first) = Promise::<u32>::new();
            let (good, second) = Promise::new();
            let all = gather([first, second]);
            let breaker = thread::spawn(move || drop(bad));
            let setter = thread::spawn(move || good.set_result(7).is_ok());
            assert!(matches!(block_on(all), Err(TaskError::Broken)));
            breaker.join().unwrap();
            setter.join().unwrap()
        },
    );
}

/// Three threads, bound 2 (414 executions). One wins, and what the other was to give comes back to it, if it
/// comes too late.
#[test]
fn a_race_has_one_winner() {
    outcomes(
        "a_race_has_one_winner",
        Preemptions(2),
        20,
        [(0, true), (0, false), (1, true), (1, false)],
        || {
            let (promises, futures): (Vec<_>, Vec<_>) =
                [0, 1].map(|_| Promise::new()).into_iter().unzip();
            let winner = race(futures);
            let setters: Vec<_> = promises
                .into_iter()
                .enumerate()
                .map(|(n, promise)| thread::spawn(move || promise.set_result(n).is_ok()))
                .collect();
            let winner = block_on(winner).unwrap();
            let set: Vec<_> = setters.into_iter().map(|s| s.join().unwrap()).collect();
            assert!(set[winner]);
            (winner, set[1 - winner])
        },
    );
}

/// One thread: nobody else is there to run them. Kills: a wait that does not help.
#[test]
fn who_waits_for_many_runs_them_alone() {
    let name = "who_waits_for_many_runs_them_alone";
    model(name, Exhaustive, 1, || {
        let task = |n| {
            let task = ClosureTask::new(move || n);
            // Stands in a queue that nobody comes to.
            (Job::new(task.clone()), TaskFuture::new(task))
        };
        let (jobs, futures): (Vec<_>, Vec<_>) = (0..4).map(task).unzip();
        let [shared, mut one, next, last] = <[_; 4]>::try_from(futures).unwrap();
        assert_eq!(*shared.shared().result().unwrap(), 0);
        one.wait();
        assert!(one.is_done());
        let (_, outcome) = as_completed([next]).next().unwrap();
        assert_eq!(outcome.unwrap(), 2);
        assert_eq!(wait(&mut vec![last], ReturnWhen::All).len(), 1);
        drop(jobs);
    });
}
