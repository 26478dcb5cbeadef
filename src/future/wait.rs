//! Waiting for some of several tasks.

use super::TaskFuture;
use super::bundle::{Arrivals, announce};
use crate::sync::TimedOut;
use crate::sys::{self, Arc, clock::Instant};
use crate::wait::{Inbox, block_on, block_until};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// What [`wait`] waits for.
///
/// ```
/// use rungs::future::{Promise, ReturnWhen, wait};
///
/// let (promise, first) = Promise::<u32>::new();
/// let (_other, second) = Promise::<u32>::new();
/// let mut tasks = vec![first, second];
/// drop(promise);
/// assert_eq!(wait(&mut tasks, ReturnWhen::FirstFailed).len(), 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReturnWhen {
    /// Until one is done.
    FirstCompleted,
    /// Until one has failed, or all are done.
    #[doc(alias = "FIRST_EXCEPTION")]
    FirstFailed,
    /// Until all are done.
    #[doc(alias = "ALL_COMPLETED")]
    All,
}

/// Waits for some of `tasks`; takes out all that are done then, in order, and leaves the others
/// there.
///
/// Of no tasks, nothing is waited for. To follow many tasks to their end,
/// [`as_completed`](super::as_completed) is cheaper: a wait costs an allocation for each task.
///
/// *Claim on join:* unless it need not wait, it runs tasks that nobody has begun, the oldest
/// first, until it need not any more; so a job may wait for its own jobs on a single worker. The
/// timed forms and [`wait_async`] run nothing.
///
/// ```
/// use rungs::future::{ReturnWhen, wait};
///
/// let pool = rungs::executor::ThreadPoolExecutor::new(2);
/// let mut tasks: Vec<_> = (0..4).map(|n| pool.submit(move || n * n)).collect();
/// let some = wait(&mut tasks, ReturnWhen::FirstCompleted);
/// assert!(!some.is_empty());
/// let rest = wait(&mut tasks, ReturnWhen::All);
/// assert_eq!(some.len() + rest.len(), 4);
/// assert!(tasks.is_empty());
/// ```
pub fn wait<T>(tasks: &mut Vec<TaskFuture<T>>, when: ReturnWhen) -> Vec<TaskFuture<T>> {
    let mut wait = wait_async(tasks, when);
    wait.help();
    block_on(wait)
}

/// Does not wait: as [`wait`], if that would not wait either.
///
/// ```
/// use rungs::future::{Promise, ReturnWhen, try_wait};
///
/// let (_promise, future) = Promise::<u32>::new();
/// let mut tasks = vec![future];
/// assert!(try_wait(&mut tasks, ReturnWhen::FirstCompleted).is_none());
/// assert_eq!(tasks.len(), 1);
/// ```
pub fn try_wait<T>(tasks: &mut Vec<TaskFuture<T>>, when: ReturnWhen) -> Option<Vec<TaskFuture<T>>> {
    let mut wait = wait_async(tasks, when);
    wait.is_over().then(|| wait.take())
}

/// Waits as [`wait`], or gives up after `timeout`; `Duration::MAX` never does. The thread sleeps,
/// and runs nothing.
///
/// *Errors:* [`TimedOut`]; then all tasks are in the vector, those that are done, too.
///
/// ```
/// use rungs::future::{Promise, ReturnWhen, wait_timeout};
/// use std::time::Duration;
///
/// let (promise, future) = Promise::<u32>::new();
/// let mut tasks = vec![future];
/// let soon = Duration::from_millis(1);
/// assert!(wait_timeout(&mut tasks, ReturnWhen::All, soon).is_err());
/// promise.set_result(7).unwrap();
/// assert_eq!(wait_timeout(&mut tasks, ReturnWhen::All, soon).unwrap().len(), 1);
/// ```
pub fn wait_timeout<T>(
    tasks: &mut Vec<TaskFuture<T>>,
    when: ReturnWhen,
    timeout: Duration,
) -> Result<Vec<TaskFuture<T>>, TimedOut> {
    wait_to(tasks, when, sys::deadline_after(timeout))
}

/// Waits as [`wait`], or gives up at `deadline`; else as [`wait_timeout`].
///
/// *Errors:* [`TimedOut`]; then all tasks are in the vector, those that are done, too.
///
/// ```
/// use rungs::future::{ReturnWhen, TaskFuture, wait_deadline};
/// use std::time::Instant;
///
/// let mut none: Vec<TaskFuture<u32>> = Vec::new();
/// assert!(wait_deadline(&mut none, ReturnWhen::All, Instant::now()).unwrap().is_empty());
/// ```
pub fn wait_deadline<T>(
    tasks: &mut Vec<TaskFuture<T>>,
    when: ReturnWhen,
    deadline: Instant,
) -> Result<Vec<TaskFuture<T>>, TimedOut> {
    wait_to(tasks, when, Some(deadline))
}

/// Waits as [`wait`]; the task waits.
///
/// *Cancel safety:* dropped, it leaves all tasks in the vector.
///
/// ```
/// use rungs::future::{ReturnWhen, block_on, wait_async};
///
/// let pool = rungs::executor::ThreadPoolExecutor::new(1);
/// let mut tasks = vec![pool.submit(|| 1), pool.submit(|| 2)];
/// assert_eq!(block_on(wait_async(&mut tasks, ReturnWhen::All)).len(), 2);
/// ```
pub fn wait_async<T>(tasks: &mut Vec<TaskFuture<T>>, when: ReturnWhen) -> WaitTasks<'_, T> {
    WaitTasks {
        tasks,
        when,
        arrivals: None,
        done: 0,
        failed: false,
    }
}

fn wait_to<T>(
    tasks: &mut Vec<TaskFuture<T>>,
    when: ReturnWhen,
    deadline: Option<Instant>,
) -> Result<Vec<TaskFuture<T>>, TimedOut> {
    block_until(wait_async(tasks, when), deadline).ok_or(TimedOut)
}

/// The future of [`wait_async`].
///
/// ```
/// use rungs::future::{ReturnWhen, TaskFuture, WaitTasks, block_on, wait_async};
///
/// let mut none: Vec<TaskFuture<u32>> = Vec::new();
/// let wait: WaitTasks<u32> = wait_async(&mut none, ReturnWhen::FirstCompleted);
/// assert!(block_on(wait).is_empty());
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct WaitTasks<'a, T> {
    tasks: &'a mut Vec<TaskFuture<T>>,
    when: ReturnWhen,
    /// Where the tasks say that they are done, from the first look on.
    arrivals: Option<Arrivals>,
    /// How many have.
    done: usize,
    /// Whether one of these failed.
    failed: bool,
}

impl<T> WaitTasks<'_, T> {
    /// Where the tasks say that they are done.
    fn arrivals(&mut self) -> Arrivals {
        let announced = || {
            let arrivals = Arc::new(Inbox::new());
            for (index, task) in self.tasks.iter_mut().enumerate() {
                announce(task, index, &arrivals);
            }
            arrivals
        };
        self.arrivals.get_or_insert_with(announced).clone()
    }

    fn count(&mut self, index: usize) {
        self.done += 1;
        self.failed |= self.tasks[index].has_failed();
    }

    /// Whether there is nothing to wait for any more.
    fn is_over(&mut self) -> bool {
        let arrivals = self.arrivals();
        while let Some(index) = arrivals.try_pop() {
            self.count(index);
        }
        let all = self.done == self.tasks.len();
        all || match self.when {
            ReturnWhen::FirstCompleted => self.done > 0,
            ReturnWhen::FirstFailed => self.failed,
            ReturnWhen::All => false,
        }
    }

    /// Runs what nobody has begun, the oldest first, until there is nothing to wait for.
    fn help(&mut self) {
        for index in 0..self.tasks.len() {
            if self.is_over() {
                return;
            }
            self.tasks[index].task().clone().help();
        }
    }

    /// Takes out those that are done.
    fn take(&mut self) -> Vec<TaskFuture<T>> {
        let tasks = std::mem::take(self.tasks);
        let (done, rest) = tasks.into_iter().partition(TaskFuture::is_done);
        *self.tasks = rest;
        done
    }
}

impl<T> Future for WaitTasks<'_, T> {
    type Output = Vec<TaskFuture<T>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        while !self.is_over() {
            let index = ready!(self.arrivals().poll_pop(cx));
            self.count(index);
        }
        Poll::Ready(self.take())
    }
}

impl<T> fmt::Debug for WaitTasks<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitTasks")
            .field("tasks", &self.tasks.len())
            .field("when", &self.when)
            .finish_non_exhaustive()
    }
}
