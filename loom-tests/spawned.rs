//! A spawned future between wakers, runners, cancellers and who waits for it.
//!
//! The home here is a plain queue. It orders a push before its pop, as any queue does, and
//! nothing else; the wakers are handed about where loom sees a branch point and no ordering.

use super::support::{Bound::*, Counted, DropCount, Payload, model, outcomes};
use crate::future::{Home, Job, SpawnedTask, TaskError, TaskFuture, current_token};
use crate::sys;
use loom::thread;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// A home that runs nothing by itself.
#[derive(Clone, Default)]
struct Yard(Arc<Inner>);

/// A point where loom tries either order of two threads, and which orders nothing.
struct Branch(loom::sync::Condvar);

impl Default for Branch {
    fn default() -> Self {
        Self(loom::sync::Condvar::new())
    }
}

impl Branch {
    fn here(&self) {
        self.0.notify_one();
    }
}

#[derive(Default)]
struct Inner {
    queue: sys::Mutex<VecDeque<Job>>,
    finished: AtomicUsize,
}

impl Home for Yard {
    fn schedule(&self, job: Job) {
        self.0.queue.lock().push_back(job);
    }

    fn finished(&self, _: usize) {
        self.0.finished.fetch_add(1, SeqCst);
    }
}

impl Yard {
    fn spawn<F: Future<Output: Send> + Send + 'static>(&self, future: F) -> TaskFuture<F::Output> {
        let task = SpawnedTask::new(future, self.clone());
        crate::future::Resident::set_key(&*task, 0);
        task.clone().schedule();
        TaskFuture::new(task)
    }

    /// Runs one job, if there is one.
    fn run_one(&self) -> bool {
        let job = self.0.queue.lock().pop_front();
        job.map(Job::run).is_some()
    }

    fn run_all(&self) {
        while self.run_one() {}
    }

    fn finished(&self) -> usize {
        self.0.finished.load(SeqCst)
    }
}

/// Where a future leaves its waker. Not seen by loom.
#[derive(Clone, Default)]
struct Bell(Arc<(Branch, Mutex<Option<Waker>>)>);

impl Bell {
    fn leave(&self, cx: &Context<'_>) {
        self.0.0.here();
        *self.0.1.lock().unwrap() = Some(cx.waker().clone());
    }

    fn take(&self) -> Option<Waker> {
        self.0.0.here();
        self.0.1.lock().unwrap().take()
    }

    fn waker(&self) -> Waker {
        self.take().expect("a waker was left")
    }
}

/// Pending for so many polls; each touches a payload that no two may touch at once, and so does
/// the drop.
struct Steps {
    left: usize,
    payload: Arc<Payload>,
    bell: Bell,
    _drops: Counted<()>,
}

impl Future for Steps {
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        self.payload.bump();
        if self.left == 0 {
            return Poll::Ready(self.payload.read());
        }
        self.left -= 1;
        self.bell.leave(cx);
        Poll::Pending
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        self.payload.bump();
    }
}

/// A [`Steps`] in a yard.
struct Case {
    yard: Yard,
    payload: Arc<Payload>,
    drops: DropCount,
    bell: Bell,
}

impl Case {
    fn new(pending: usize) -> (Self, TaskFuture<usize>) {
        let case = Self {
            yard: Yard::default(),
            payload: Arc::new(Payload::new(0)),
            drops: DropCount::new(),
            bell: Bell::default(),
        };
        let future = case.yard.spawn(Steps {
            left: pending,
            payload: case.payload.clone(),
            bell: case.bell.clone(),
            _drops: case.drops.value(()),
        });
        (case, future)
    }

    /// The future is gone, and the home knows.
    fn is_over(&self) {
        self.yard.run_all();
        assert_eq!(self.drops.get(), 1);
        assert_eq!(self.yard.finished(), 1);
    }
}

/// Two threads, exhaustive: one polls, the other wakes meanwhile. Kills: a `suspend` that
/// forgets a wake, a `wake` that schedules nothing, `wake` without Release where it schedules.
#[test]
fn a_task_woken_while_it_is_polled_is_polled_again() {
    model(
        "a_task_woken_while_it_is_polled_is_polled_again",
        Exhaustive,
        5,
        || {
            let yard = Yard::default();
            let payload = Arc::new(Payload::new(0));
            let bell = Bell::default();
            let (read, left) = (payload.clone(), bell.clone());
            let mut polls = 0;
            let future = yard.spawn(poll_fn(move |cx| {
                polls += 1;
                if polls == 1 {
                    left.leave(cx);
                    return Poll::Pending;
                }
                Poll::Ready(read.read())
            }));
            let waker = {
                let (take, payload) = (bell.clone(), payload.clone());
                move || {
                    let waker = take.take();
                    if let Some(waker) = waker {
                        payload.write(1);
                        waker.wake();
                        return true;
                    }
                    false
                }
            };
            let other = thread::spawn(waker.clone());
            yard.run_all();
            // Nobody but the waker orders the two.
            let woke = other.join().unwrap() || waker();
            assert!(woke);
            yard.run_all();
            assert_eq!(future.try_result().unwrap().unwrap(), 1);
            assert_eq!(yard.finished(), 1);
        },
    );
}

/// Two threads, exhaustive. The second wake finds the task scheduled, and hands its write on all
/// the same (tokio#7622). Kills: a `wake` that looks before it writes, `wake` without Release,
/// `begin` without Acquire.
#[test]
fn a_poll_sees_what_its_waker_wrote() {
    model("a_poll_sees_what_its_waker_wrote", Exhaustive, 5, || {
        let yard = Yard::default();
        let payload = Arc::new(Payload::new(0));
        let told = Arc::new(AtomicBool::new(false));
        let bell = Bell::default();
        let (read, is_told, left) = (payload.clone(), told.clone(), bell.clone());
        let _future = yard.spawn(poll_fn(move |cx| {
            left.leave(cx);
            if is_told.load(SeqCst) {
                assert_eq!(read.read(), 1);
            }
            Poll::<()>::Pending
        }));
        yard.run_all();
        let waker = bell.waker();
        let other = thread::spawn(move || {
            waker.wake_by_ref();
            payload.write(1);
            waker.wake_by_ref();
            told.store(true, SeqCst);
        });
        for _ in 0..3 {
            yard.run_one();
        }
        other.join().unwrap();
        yard.run_all();
    });
}

/// Two threads, exhaustive: a future that wakes itself is polled by either, one at a time.
/// Kills: `suspend` without Release, `begin` without Acquire.
#[test]
fn a_future_goes_from_thread_to_thread() {
    model(
        "a_future_goes_from_thread_to_thread",
        Exhaustive,
        10,
        || {
            let (case, future) = Case::new(2);
            case.yard.run_one();
            case.bell.waker().wake();
            let (yard, bell) = (case.yard.clone(), case.bell.clone());
            let other = thread::spawn(move || {
                yard.run_one();
                let waker = bell.take();
                if let Some(waker) = waker {
                    waker.wake();
                }
                yard.run_one();
            });
            case.yard.run_one();
            let waker = case.bell.take();
            if let Some(waker) = waker {
                waker.wake();
            }
            case.yard.run_one();
            other.join().unwrap();
            case.yard.run_all();
            assert_eq!(future.try_result().unwrap().unwrap(), 3);
            case.is_over();
        },
    );
}

/// Two threads, exhaustive: a canceller against a runner. Kills: a `cancel` that takes the future
/// from under the poll, a `suspend` that ignores it, `cancel` without Acquire.
#[test]
fn a_task_is_cancelled_between_polls_only() {
    outcomes(
        "a_task_is_cancelled_between_polls_only",
        Exhaustive,
        10,
        [true, false],
        || {
            let (case, future) = Case::new(1);
            case.yard.run_one();
            case.bell.waker().wake();
            let yard = case.yard.clone();
            let runner = thread::spawn(move || yard.run_all());
            let at_once = future.cancel();
            runner.join().unwrap();
            case.yard.run_all();
            let cancelled = future.is_cancelled();
            match future.try_result().unwrap() {
                Ok(polls) => assert!(!cancelled && polls == 2),
                Err(TaskError::Cancelled) => assert!(cancelled),
                Err(other) => panic!("{other}"),
            }
            // The second poll is the last: a cancellation that comes while it runs is too late.
            assert_eq!(at_once, cancelled);
            case.is_over();
            at_once
        },
    );
}

/// Two threads, exhaustive: the poll that is under way suspends, and the task is cancelled then.
#[test]
fn a_task_that_is_polled_is_cancelled_when_it_suspends() {
    outcomes(
        "a_task_that_is_polled_is_cancelled_when_it_suspends",
        Exhaustive,
        5,
        [true, false],
        || {
            let (case, future) = Case::new(1);
            let yard = case.yard.clone();
            let runner = thread::spawn(move || yard.run_all());
            let at_once = future.cancel();
            runner.join().unwrap();
            case.yard.run_all();
            assert!(future.is_cancelled());
            assert!(matches!(
                future.try_result().unwrap(),
                Err(TaskError::Cancelled)
            ));
            case.is_over();
            at_once
        },
    );
}

/// Two threads, exhaustive: a wake that comes when the task is done, or being done. Kills: a
/// `wake` that schedules what is closed.
#[test]
fn a_wake_after_the_end_is_nothing() {
    model("a_wake_after_the_end_is_nothing", Exhaustive, 5, || {
        let (case, future) = Case::new(1);
        case.yard.run_one();
        let waker = case.bell.waker();
        waker.wake_by_ref();
        let other = thread::spawn(move || waker.wake());
        case.yard.run_all();
        assert_eq!(future.try_result().unwrap().unwrap(), 2);
        other.join().unwrap();
        assert!(case.yard.0.queue.lock().is_empty());
        case.is_over();
    });
}

/// Two threads, bound 3 (exhaustive: 33,851 executions): whoever waits polls it in the place of the
/// pool. Kills: a `help` that
/// polls what is polled already, or that leaves it when it was woken meanwhile.
#[test]
fn who_waits_polls_it_once_with_the_pool() {
    model(
        "who_waits_polls_it_once_with_the_pool",
        Preemptions(3),
        10,
        || {
            let yard = Yard::default();
            let payload = Arc::new(Payload::new(0));
            let bumped = payload.clone();
            let mut polls = 0;
            let future = yard.spawn(poll_fn(move |cx| {
                bumped.bump();
                polls += 1;
                if polls == 1 {
                    cx.waker().wake_by_ref();
                    bumped.bump();
                    return Poll::Pending;
                }
                Poll::Ready(())
            }));
            let other = yard.clone();
            let other = thread::spawn(move || other.run_all());
            future.result().unwrap();
            assert_eq!(payload.read(), 3);
            other.join().unwrap();
            yard.run_all();
            assert_eq!(yard.finished(), 1);
        },
    );
}

/// One thread: whoever waits polls it to the end though nobody else does. Kills: a `help` that
/// does nothing.
#[test]
fn who_waits_polls_it_without_the_pool() {
    model("who_waits_polls_it_without_the_pool", Exhaustive, 1, || {
        let yard = Yard::default();
        let mut polls = 0;
        let future = yard.spawn(poll_fn(move |cx| {
            polls += 1;
            cx.waker().wake_by_ref();
            match polls {
                1..3 => Poll::Pending,
                _ => Poll::Ready(polls),
            }
        }));
        assert_eq!(future.result().unwrap(), 3);
        yard.run_all();
        assert_eq!(yard.finished(), 1);
    });
}

/// Two threads, exhaustive: the last waker goes, and nobody holds the future: it is dropped where
/// it was suspended, once, by whoever lets go last, and the home knows. Kills: a task that
/// forgets its home in its drop, or whose drop does not acquire.
#[test]
fn a_task_that_nobody_can_wake_is_dropped() {
    model(
        "a_task_that_nobody_can_wake_is_dropped",
        Exhaustive,
        5,
        || {
            let (case, future) = Case::new(1);
            drop(future);
            let yard = case.yard.clone();
            let runner = thread::spawn(move || yard.run_all());
            drop(case.bell.take());
            runner.join().unwrap();
            drop(case.bell.take());
            case.is_over();
            assert_eq!(case.payload.read(), 2);
        },
    );
}

/// One thread: a job comes when its task was cancelled, and woken after that. Kills: a `begin` that
/// does not look whether the task is closed.
#[test]
fn a_job_that_comes_after_the_end_does_nothing() {
    let name = "a_job_that_comes_after_the_end_does_nothing";
    model(name, Exhaustive, 1, || {
        let (case, future) = Case::new(1);
        case.yard.run_one();
        let waker = case.bell.waker();
        waker.wake_by_ref();
        assert!(future.cancel());
        waker.wake();
        case.is_over();
    });
}

/// One thread: a token is cancelled with its task, whether that is suspended or polled. Kills: a
/// `cancel` that tells or asks nobody.
#[test]
fn a_token_of_a_task_is_cancelled_with_it() {
    let name = "a_token_of_a_task_is_cancelled_with_it";
    model(name, Exhaustive, 1, || {
        let yard = Yard::default();
        let suspended = yard.spawn(std::future::pending::<()>());
        let token = suspended.token();
        yard.run_all();
        assert!(suspended.cancel() && token.is_cancelled());
        let own: Arc<Mutex<Option<TaskFuture<bool>>>> = Arc::default();
        let itself = own.clone();
        let polled = yard.spawn(poll_fn(move |_| {
            let itself = itself.lock().unwrap();
            assert!(!itself.as_ref().unwrap().cancel());
            Poll::Ready(current_token().is_cancelled())
        }));
        *own.lock().unwrap() = Some(polled);
        yard.run_all();
        let polled = own.lock().unwrap().take().unwrap();
        assert!(polled.try_result().unwrap().unwrap());
    });
}

/// One thread: the last waker of a detached task goes. Kills: a drop that settles nothing.
#[test]
fn a_callback_hears_of_a_task_that_nobody_can_wake() {
    let name = "a_callback_hears_of_a_task_that_nobody_can_wake";
    model(name, Exhaustive, 1, || {
        let (case, mut future) = Case::new(1);
        let broken = Arc::new(AtomicBool::new(false));
        let told = broken.clone();
        future.on_done(move |outcome| {
            told.store(matches!(outcome, Err(TaskError::Broken)), SeqCst);
        });
        drop(future);
        case.yard.run_all();
        drop(case.bell.take());
        assert!(broken.load(SeqCst));
        case.is_over();
    });
}
