//! The way into a pool and the end of it. The worker is the thread that runs the model, which
//! leaves room for others.

use super::support::{Bound::*, DropCount, Payload, model, outcomes, throw};
use crate::executor::shared::{Entry, Queued, Shared};
use crate::executor::sleep::{Hired, Sleep};
use crate::executor::threads::Threads;
use crate::executor::{Handle, Priority, Rejected, TaskOptions, worker};
use crate::future::{ClosureTask, Job, TaskError, TaskFuture, block_on};
use crate::sync::Event;
use crate::sys::deque::Worker;
use loom::thread;
use std::sync::{Arc, Mutex};
use std::task::Poll;

/// A worker that has yet to begin, and its pool.
struct Pool {
    shared: Arc<Shared>,
    deque: Worker<Queued>,
    index: usize,
    hired: Hired,
}

/// Workers of one pool that have yet to begin.
fn workers(count: usize, room: Option<usize>) -> Vec<Pool> {
    let shared = Arc::new(Shared::new(Threads::new(), Sleep::new(count, count), room));
    let hired = shared.sleep.hire(count);
    let worker = |hired| {
        let index = shared.seats.take();
        Pool {
            deque: shared.seats.get(index).take_deque(),
            shared: shared.clone(),
            index,
            hired,
        }
    };
    hired.into_iter().map(worker).collect()
}

impl Pool {
    fn new() -> (Self, Handle) {
        Self::with_room(None)
    }

    fn with_room(room: Option<usize>) -> (Self, Handle) {
        let worker = workers(1, room).pop().unwrap();
        let handle = Handle::new(worker.shared.clone());
        (worker, handle)
    }

    /// Works until the pool ends.
    fn work(self) {
        worker::work(self.shared, self.deque, self.index, self.hired);
    }
}

/// How a future ended.
fn outcome<T>(future: TaskFuture<T>) -> &'static str {
    match block_on(future) {
        Ok(_) => "ran",
        Err(TaskError::Cancelled) => "cancelled",
        Err(TaskError::Rejected) => "rejected",
        Err(_) => unreachable!(),
    }
}

/// Two threads, bound 2 (bound 3: 16,598 executions): submissions from outside, and a worker that sleeps in between.
#[test]
fn an_accepted_job_runs_once() {
    model("an_accepted_job_runs_once", Preemptions(2), 20, || {
        let (pool, handle) = Pool::new();
        let payload = Arc::new(Payload::new(0));
        let outside = thread::spawn({
            let (shared, payload) = (pool.shared.clone(), payload.clone());
            move || {
                let first = payload.clone();
                handle.execute(move || _ = first.bump()).unwrap();
                let second = handle.submit(move || payload.bump());
                assert_eq!(block_on(second).unwrap(), 1);
                shared.drain();
            }
        });
        pool.work();
        assert_eq!(payload.read(), 2);
        outside.join().unwrap();
    });
}

/// Two threads, bound 3: `execute` against the end. Accepted and run, or given back; never
/// neither. Kills: a submission that does not look at the phase again, either fence removed.
#[test]
fn a_submission_meets_the_end() {
    outcomes(
        "a_submission_meets_the_end",
        Preemptions(3),
        50,
        [true, false],
        || {
            let (pool, handle) = Pool::new();
            let payload = Arc::new(Payload::new(0));
            let drops = DropCount::new();
            let submitter = thread::spawn({
                let (payload, captured) = (payload.clone(), drops.value(()));
                move || {
                    let job = move || {
                        payload.bump();
                        drop(captured);
                    };
                    handle.execute(job).is_ok()
                }
            });
            let shared = pool.shared.clone();
            shared.drain();
            pool.work();
            let accepted = submitter.join().unwrap();
            assert_eq!(payload.read(), usize::from(accepted));
            assert_eq!(drops.get(), 1);
            // Nothing is left behind, and nothing keeps the pool alive.
            assert_eq!(Arc::strong_count(&shared), 1);
            accepted
        },
    );
}

/// Two threads, exhaustive: two that are on their way when the pool has ended take back what is
/// theirs. Kills: a `take_back` that takes any, or leaves what it takes out and does not want.
#[test]
fn each_takes_back_its_own() {
    fn late(shared: &Arc<Shared>) {
        let payload = Arc::new(Payload::new(0));
        let bumped = payload.clone();
        let task = ClosureTask::new(move || bumped.bump());
        // Past the look at the phase: as a submission that was slow.
        let Err(Rejected(job)) = shared.push(None, Job::new(task), Entry::FREE) else {
            panic!("nobody will run it");
        };
        job.run();
        assert_eq!(payload.read(), 1);
    }
    model("each_takes_back_its_own", Exhaustive, 100, || {
        let (pool, _handle) = Pool::new();
        let shared = pool.shared.clone();
        shared.drain();
        pool.work();
        let other = shared.clone();
        let other = thread::spawn(move || late(&other));
        late(&shared);
        other.join().unwrap();
    });
}

/// Two threads, bound 3: `submit` and `spawn` against an end that cancels. Each future is
/// resolved, one way or another. Kills: a job that is run though the pool cancels.
#[test]
fn a_submission_meets_a_cancelling_end() {
    outcomes(
        "a_submission_meets_a_cancelling_end",
        Preemptions(3),
        50,
        ["cancelled", "rejected"],
        || {
            let (pool, handle) = Pool::new();
            let payload = Arc::new(Payload::new(0));
            let submitter = thread::spawn({
                let payload = payload.clone();
                move || outcome(handle.submit(move || payload.bump()))
            });
            let shared = pool.shared.clone();
            shared.cancel();
            pool.work();
            let outcome = submitter.join().unwrap();
            assert_eq!(payload.read(), 0);
            assert_eq!(Arc::strong_count(&shared), 1);
            outcome
        },
    );
}

/// Two threads, bound 3: a job is cancelled by the end, or its worker was faster.
#[test]
fn a_queued_job_is_run_or_cancelled_by_the_end() {
    outcomes(
        "a_queued_job_is_run_or_cancelled_by_the_end",
        Preemptions(3),
        50,
        ["ran", "cancelled"],
        || {
            let (pool, handle) = Pool::new();
            let payload = Arc::new(Payload::new(0));
            let written = payload.clone();
            let future = handle.submit(move || written.bump());
            let shared = pool.shared.clone();
            let closer = thread::spawn(move || shared.cancel());
            pool.work();
            let outcome = outcome(future);
            assert_eq!(payload.read(), usize::from(outcome == "ran"));
            closer.join().unwrap();
            outcome
        },
    );
}

/// Two threads, bound 3: the spawn itself against an end that cancels.
#[test]
fn a_spawn_meets_a_cancelling_end() {
    outcomes(
        "a_spawn_meets_a_cancelling_end",
        Preemptions(3),
        50,
        ["cancelled", "rejected"],
        || {
            let (pool, handle) = Pool::new();
            let spawner =
                thread::spawn(move || outcome(handle.spawn(std::future::pending::<()>())));
            let shared = pool.shared.clone();
            shared.cancel();
            pool.work();
            let outcome = spawner.join().unwrap();
            assert_eq!(Arc::strong_count(&shared), 1);
            outcome
        },
    );
}

/// Two threads, bound 3: a task is suspended when the pool is to end, and woken from outside.
/// The end waits for it. Kills: a `finish` that does not ask the registry, a `finished` that
/// tells nobody.
#[test]
fn the_end_waits_for_a_suspended_task() {
    model(
        "the_end_waits_for_a_suspended_task",
        Preemptions(3),
        50,
        || {
            let (pool, handle) = Pool::new();
            let event = Arc::new(Event::new(false));
            let payload = Arc::new(Payload::new(0));
            let (waited, read) = (event.clone(), payload.clone());
            drop(handle.spawn(async move {
                waited.wait_async().await;
                read.bump();
            }));
            let waker = thread::spawn({
                let payload = payload.clone();
                move || {
                    payload.bump();
                    event.set();
                }
            });
            pool.shared.drain();
            pool.work();
            assert_eq!(payload.read(), 2);
            waker.join().unwrap();
        },
    );
}

/// Two threads, bound 3: the end waits for a suspended task, and somebody cancels it. Kills: a
/// `finished` that tells nobody, a task that leaves before it is settled.
#[test]
fn a_cancelled_task_lets_the_pool_end() {
    model(
        "a_cancelled_task_lets_the_pool_end",
        Preemptions(3),
        50,
        || {
            let (pool, handle) = Pool::new();
            let never = Arc::new(handle.spawn(std::future::pending::<()>()));
            let cancelled = never.clone();
            let canceller = thread::spawn(move || cancelled.cancel());
            let shared = pool.shared.clone();
            shared.drain();
            pool.work();
            assert!(never.is_done());
            canceller.join().unwrap();
            drop((handle, never));
            assert_eq!(Arc::strong_count(&shared), 1);
        },
    );
}

/// async-executor#163: a wake when executor and task are gone.
///
/// Two threads, bound 3: a wake and a waiter that polls the task itself; the job of the wake
/// may come when the pool has ended, and is not kept. Kills: a `reschedule` that only pushes.
#[test]
fn a_wake_may_come_after_the_end() {
    model("a_wake_may_come_after_the_end", Preemptions(3), 50, || {
        let (pool, handle) = Pool::new();
        let shared = pool.shared.clone();
        let event = Arc::new(Event::new(false));
        let waited = event.clone();
        let task = handle.spawn(async move { waited.wait_async().await });
        drop(handle);
        shared.drain();
        let other = thread::spawn(move || {
            let mut task = Box::pin(task);
            let polled = std::future::poll_fn(|cx| Poll::Ready(task.as_mut().poll(cx).is_ready()));
            if !block_on(polled) {
                event.set();
                task.cancel();
            }
        });
        pool.work();
        other.join().unwrap();
        assert_eq!(Arc::strong_count(&shared), 1);
    });
}

/// One worker and one thread outside, exhaustive: a job waits for a job that it submits, while
/// the pool is to end. Guarantee 3.
#[test]
fn a_job_waits_for_its_own_job_on_one_worker() {
    model(
        "a_job_waits_for_its_own_job_on_one_worker",
        Preemptions(3),
        50,
        || {
            let (pool, handle) = Pool::new();
            let inner = handle.clone();
            let payload = Arc::new(Payload::new(0));
            let bumped = payload.clone();
            let outer = handle.submit(move || {
                let other = bumped.clone();
                let inner = inner.submit(move || other.bump());
                (inner.result().unwrap(), bumped.bump())
            });
            let shared = pool.shared.clone();
            let closer = thread::spawn(move || shared.drain());
            pool.work();
            assert_eq!(outer.result().unwrap(), (0, 1));
            assert_eq!(payload.read(), 2);
            closer.join().unwrap();
        },
    );
}

/// The futures crate's pool loses a worker by a panic.
///
/// Two threads, bound 2: a worker outlives what it runs. Guarantee 2.
#[test]
fn a_panic_costs_no_worker() {
    model("a_panic_costs_no_worker", Preemptions(2), 20, || {
        let (pool, handle) = Pool::new();
        let payload = Arc::new(Payload::new(0));
        let outside = thread::spawn({
            let (shared, payload) = (pool.shared.clone(), payload.clone());
            move || {
                handle.execute(|| throw("in a closure")).unwrap();
                drop(handle.spawn(async { throw("in a future") }));
                let after = handle.submit(move || payload.bump());
                shared.drain();
                assert_eq!(block_on(after).unwrap(), 0);
            }
        });
        pool.work();
        outside.join().unwrap();
        assert_eq!(payload.read(), 1);
    });
}

/// Two threads, bound 3: a task is suspended, or about to be, when the pool is to end.
/// Kills: a `cancel` that forgets the residents.
#[test]
fn a_suspended_task_is_cancelled_by_the_end() {
    model(
        "a_suspended_task_is_cancelled_by_the_end",
        Preemptions(3),
        50,
        || {
            let (pool, handle) = Pool::new();
            let never = handle.spawn(std::future::pending::<()>());
            let shared = pool.shared.clone();
            let closer = thread::spawn(move || shared.cancel());
            pool.work();
            assert_eq!(outcome(never), "cancelled");
            closer.join().unwrap();
        },
    );
}

/// Two workers that work until the pool ends, which may be at once.
fn two_workers(submit: impl FnOnce(&Handle)) {
    let mut workers = workers(2, None);
    let (one, other) = (workers.remove(0), workers.remove(0));
    submit(&Handle::new(one.shared.clone()));
    one.shared.drain();
    let other = thread::spawn(move || other.work());
    one.work();
    other.join().unwrap();
}

/// Two workers, bound 1, 448 executions (bound 2: 24,133). Two jobs that wait for each other, and a
/// third, so that the two are moved together: while one worker moves them to its deque, the other
/// may look, see nothing, and go to sleep. The first job comes alone: who has done it does not
/// search any more, so that no `found` looks again. Kills: `moved` without its notification.
#[test]
fn jobs_that_wait_for_each_other_both_run() {
    model(
        "jobs_that_wait_for_each_other_both_run",
        Preemptions(1),
        100,
        || {
            two_workers(|handle| {
                let first = TaskOptions::new().priority(Priority::High);
                drop(handle.submit_with(first, || ()));
                let met = Arc::new([Event::new(false), Event::new(false)]);
                for i in [0, 1] {
                    let met = met.clone();
                    let meet = move || {
                        met[i].set();
                        met[1 - i].wait();
                    };
                    handle.execute(meet).unwrap();
                }
                handle.execute(|| ()).unwrap();
            });
        },
    );
}

/// Two workers, bound 2. A job waits for one that it submits, without joining it: the other
/// worker must not sleep through it. Kills: a push of its own without notification, or with it
/// too early.
#[test]
fn a_push_of_a_worker_is_not_slept_through() {
    model(
        "a_push_of_a_worker_is_not_slept_through",
        Preemptions(2),
        100,
        || {
            two_workers(|handle| {
                let inner = handle.clone();
                let outer = move || {
                    let done = Arc::new(Event::new(false));
                    let set = done.clone();
                    inner.execute(move || set.set()).unwrap();
                    done.wait();
                };
                handle.execute(outer).unwrap();
            });
        },
    );
}

/// Two threads, bound 2 (bound 3: 17,737 executions): one waits for room when the pool is to end, and is not left waiting: a job
/// that has the room waits for it. All room comes back. Kills: a `close` that leaves the semaphore
/// open, a `take_out` or an `enter` that keeps the permit.
#[test]
fn who_waits_for_room_meets_the_end() {
    outcomes(
        "who_waits_for_room_meets_the_end",
        Preemptions(2),
        20,
        [1, 2],
        || {
            let (pool, handle) = Pool::with_room(Some(1));
            let payload = Arc::new(Payload::new(0));
            let returned = Arc::new(Event::new(false));
            let shared = pool.shared.clone();
            let (inner, bumped) = (handle.clone(), bump(&payload));
            let (closed, wait) = (shared.clone(), returned.clone());
            let last = move || {
                inner.execute(bumped).unwrap();
                closed.drain();
                wait.wait();
            };
            handle.try_execute(last).unwrap();
            let submitter = thread::spawn({
                let job = bump(&payload);
                move || {
                    let accepted = handle.execute(job).is_ok();
                    returned.set();
                    accepted
                }
            });
            pool.work();
            let accepted = submitter.join().unwrap();
            assert_eq!(payload.read(), 1 + usize::from(accepted));
            assert_eq!(shared.room.as_ref().unwrap().available(), 1);
            payload.read()
        },
    );
}

fn bump(payload: &Arc<Payload>) -> impl FnOnce() + Send + use<> {
    let payload = payload.clone();
    move || _ = payload.bump()
}

/// Two threads, bound 2: as many jobs wait as may. One outside waits for room, and gets it when a
/// worker takes a job. Kills: a `take_out` that gives no room back.
#[test]
fn room_comes_when_a_job_is_begun() {
    model("room_comes_when_a_job_is_begun", Preemptions(2), 50, || {
        let (pool, handle) = Pool::with_room(Some(1));
        let payload = Arc::new(Payload::new(0));
        let outside = thread::spawn({
            let (shared, payload) = (pool.shared.clone(), payload.clone());
            move || {
                for _ in 0..2 {
                    handle.execute(bump(&payload)).unwrap();
                }
                shared.drain();
            }
        });
        pool.work();
        outside.join().unwrap();
        assert_eq!(payload.read(), 2);
    });
}

/// One thread: a job that finds no room does not wait, but runs what it submits. Guarantee 7.
/// Kills: a worker that waits for room.
#[test]
fn a_worker_runs_what_it_has_no_room_for() {
    model(
        "a_worker_runs_what_it_has_no_room_for",
        Exhaustive,
        1,
        || {
            let (pool, handle) = Pool::with_room(Some(1));
            let payload = Arc::new(Payload::new(0));
            let inner = handle.clone();
            let (bumped, shared) = (payload.clone(), pool.shared.clone());
            let job = move || {
                for _ in 0..3 {
                    inner.execute(bump(&bumped)).unwrap();
                }
                // The first has the room, the others have run.
                assert_eq!(bumped.read(), 2);
                shared.drain();
            };
            handle.execute(job).unwrap();
            pool.work();
            assert_eq!(payload.read(), 3);
        },
    );
}

/// One thread: what is urgent runs first, and what is not, last. Kills: a worker that does not look at
/// one of the queues.
#[test]
fn jobs_run_in_the_order_of_their_priority() {
    let name = "jobs_run_in_the_order_of_their_priority";
    model(name, Exhaustive, 1, || {
        let (pool, handle) = Pool::new();
        let payload = Arc::new(Payload::new(0));
        let priorities = [Priority::Low, Priority::Normal, Priority::High];
        let places = priorities.map(|priority| {
            let options = TaskOptions::new().priority(priority);
            let payload = payload.clone();
            handle.submit_with(options, move || payload.bump())
        });
        pool.shared.drain();
        pool.work();
        assert_eq!(places.map(|place| place.result().unwrap()), [2, 1, 0]);
    });
}

/// One thread: a pool cancels what waits, in whatever queue, though its worker is at a job. Kills: a
/// `cancel` that leaves that to the workers.
#[test]
fn a_cancelling_end_waits_for_no_worker() {
    model(
        "a_cancelling_end_waits_for_no_worker",
        Exhaustive,
        1,
        || {
            let (pool, handle) = Pool::new();
            let (shared, inner) = (pool.shared.clone(), handle.clone());
            let other: Arc<Mutex<Option<TaskFuture<()>>>> = Arc::default();
            let waits = other.clone();
            let cancels = handle.submit(move || {
                let own = inner.submit(|| ());
                shared.cancel();
                let other = waits.lock().unwrap().take().unwrap();
                own.is_cancelled() && other.is_cancelled()
            });
            *other.lock().unwrap() = Some(handle.submit(|| ()));
            pool.work();
            assert!(cancels.result().unwrap());
        },
    );
}
