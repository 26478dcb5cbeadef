//! Taking tasks out.

use super::TaskQueue;
use super::core::Handle;
use super::store::{Popped, Store, Take};
use super::task::Task;
use crate::queue::stream::stream;
use crate::queue::{PopError, PopTimeoutError, TryPopError, WorkQueue};
use crate::sys::{self, clock::Instant};
use crate::wait::Visit;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;
use std::fmt;
use std::iter::FusedIterator;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Popping.
impl<T> TaskQueue<T> {
    /// Takes the oldest item that is not waiting for its time; the thread sleeps while there is
    /// none.
    ///
    /// *Errors:* [`PopError`] where the queue is, or gets, closed, and nothing is left, nor can
    /// come back.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// std::thread::scope(|s| {
    ///     s.spawn(|| queue.push(1).unwrap());
    ///     assert_eq!(*queue.pop_task().unwrap(), 1);
    /// });
    /// ```
    #[doc(alias = "get")]
    #[doc(alias = "take")]
    pub fn pop_task(&self) -> Result<Task<T>, PopError> {
        match self.core.monitor.turn_until(Take, None) {
            Some(popped) => self.task(popped),
            None => unreachable!("a wait without a deadline does not time out"),
        }
    }

    /// Takes the oldest item that is not waiting for its time, if that needs no waiting.
    ///
    /// *Errors:* [`TryPopError`].
    ///
    /// ```
    /// use rungs::queue::{TaskQueue, TryPopError};
    ///
    /// let queue = TaskQueue::<i32>::unbounded();
    /// assert_eq!(queue.try_pop_task().unwrap_err(), TryPopError::Empty);
    /// ```
    #[doc(alias = "get_nowait")]
    pub fn try_pop_task(&self) -> Result<Task<T>, TryPopError> {
        match self.core.monitor.try_turn(&mut Take) {
            Some(popped) => self.task(popped).map_err(|PopError| TryPopError::Closed),
            None => Err(TryPopError::Empty),
        }
    }

    /// Takes the oldest item that is not waiting for its time, or gives up after `timeout`;
    /// `Duration::MAX` never does.
    ///
    /// *Errors:* [`PopTimeoutError`].
    ///
    /// ```
    /// use rungs::queue::{PopTimeoutError, TaskQueue};
    /// use std::time::Duration;
    ///
    /// let queue = TaskQueue::<i32>::unbounded();
    /// let popped = queue.pop_task_timeout(Duration::from_millis(1));
    /// assert_eq!(popped.unwrap_err(), PopTimeoutError::TimedOut);
    /// ```
    pub fn pop_task_timeout(&self, timeout: Duration) -> Result<Task<T>, PopTimeoutError> {
        self.pop_until(sys::deadline_after(timeout))
    }

    /// Takes the oldest item that is not waiting for its time, or gives up at `deadline`.
    ///
    /// *Errors:* [`PopTimeoutError`].
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// queue.push(1).unwrap();
    /// let task = queue.pop_task_deadline(std::time::Instant::now()).unwrap();
    /// assert_eq!(*task, 1);
    /// ```
    pub fn pop_task_deadline(&self, deadline: Instant) -> Result<Task<T>, PopTimeoutError> {
        self.pop_until(Some(deadline))
    }

    /// Takes the oldest item that is not waiting for its time; the task waits while there is none,
    /// in line from the first poll on.
    ///
    /// *Errors:* as those of [`pop_task`](Self::pop_task).
    ///
    /// *Cancel safety:* dropped, it loses its place in line and no item, even where it had been
    /// woken for one: that stays where it is, and the next in line is woken. (A [`Task`] that was
    /// popped and is dropped with its handler's future is done: where the handler may be
    /// cancelled, let it say so by `retry`.)
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// queue.push(1).unwrap();
    /// let task = rungs::future::block_on(queue.pop_task_async()).unwrap();
    /// assert_eq!(*task, 1);
    /// ```
    pub fn pop_task_async(&self) -> PopTask<'_, T> {
        PopTask {
            core: &self.core,
            visit: Visit::new(&self.core.monitor, Take),
        }
    }

    /// The tasks, waiting for each, until the queue is closed and all that could come back is
    /// over.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// queue.push(1).unwrap();
    /// queue.push(2).unwrap();
    /// queue.close();
    /// assert!(queue.iter().map(|task| *task).eq([1, 2]));
    /// ```
    pub fn iter(&self) -> TaskIter<'_, T> {
        TaskIter(self)
    }

    /// The tasks that need no waiting.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// queue.push(1).unwrap();
    /// assert!(queue.try_iter().map(|task| *task).eq([1]));
    /// assert!(!queue.is_closed());
    /// ```
    pub fn try_iter(&self) -> TryTaskIter<'_, T> {
        TryTaskIter(self)
    }

    fn pop_until(&self, deadline: Option<Instant>) -> Result<Task<T>, PopTimeoutError> {
        match self.core.monitor.turn_until(Take, deadline) {
            Some(popped) => self
                .task(popped)
                .map_err(|PopError| PopTimeoutError::Closed),
            None => Err(PopTimeoutError::TimedOut),
        }
    }

    fn task(&self, popped: Result<Popped<T>, PopError>) -> Result<Task<T>, PopError> {
        popped.map(|popped| Task::new(popped, &self.core))
    }
}

/// Workers take tasks: a handler that panics fails its task, which is tried again. What
/// `close_now` hands back is unfinished until it is dropped or taken out.
impl<T: Send + 'static> WorkQueue for TaskQueue<T> {
    type Item = Task<T>;

    fn try_pop(&self) -> Result<Task<T>, TryPopError> {
        self.try_pop_task()
    }

    fn pop_async(&self) -> impl Future<Output = Result<Task<T>, PopError>> + Send {
        self.pop_task_async()
    }

    fn close(&self) {
        self.close();
    }

    fn close_now(&self) -> Vec<Task<T>> {
        self.core.stop()
    }

    fn is_closed(&self) -> bool {
        self.is_closed()
    }

    fn len(&self) -> usize {
        self.len()
    }
}

pin_project! {
    /// The future of [`TaskQueue::pop_task_async`]. It stands in line from its first poll on, and
    /// leaves it when dropped.
    ///
    /// ```
    /// use rungs::queue::{PopTask, TaskQueue};
    ///
    /// let queue = TaskQueue::unbounded();
    /// queue.push(1).unwrap();
    /// let pop: PopTask<'_, i32> = queue.pop_task_async();
    /// drop(pop); // was never polled: nothing happened
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct PopTask<'a, T> {
        core: &'a Handle<T>,
        #[pin]
        visit: Visit<'a, Store<T>, Take>,
    }
}

impl<T> Future for PopTask<'_, T> {
    type Output = Result<Task<T>, PopError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let core = *this.core;
        this.visit.poll(cx).map_ok(|popped| Task::new(popped, core))
    }
}

impl<T> fmt::Debug for PopTask<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PopTask").finish_non_exhaustive()
    }
}

stream! {
    TaskQueue<T> where {},
    item: Task<T>,
    names: TaskStream of pop_task_async -> PopTask,
    docs: "use rungs::queue::TaskQueue;", "TaskQueue::<char>", "'a'",
}

/// The tasks of a queue, waiting for each. Made by [`TaskQueue::iter`].
///
/// ```
/// use rungs::queue::{TaskIter, TaskQueue};
///
/// let queue = TaskQueue::unbounded();
/// queue.push(1).unwrap();
/// queue.close();
/// let tasks: TaskIter<'_, i32> = queue.iter();
/// assert_eq!(tasks.count(), 1);
/// ```
#[derive(Debug)]
#[must_use = "iterators do nothing unless consumed"]
pub struct TaskIter<'a, T>(&'a TaskQueue<T>);

impl<T> Iterator for TaskIter<'_, T> {
    type Item = Task<T>;

    fn next(&mut self) -> Option<Task<T>> {
        self.0.pop_task().ok()
    }
}

/// A queue of which nothing is left stays so.
impl<T> FusedIterator for TaskIter<'_, T> {}

/// The tasks of a queue that need no waiting. Made by [`TaskQueue::try_iter`].
///
/// ```
/// use rungs::queue::{TaskQueue, TryTaskIter};
///
/// let queue = TaskQueue::unbounded();
/// queue.push(1).unwrap();
/// let tasks: TryTaskIter<'_, i32> = queue.try_iter();
/// assert_eq!(tasks.count(), 1);
/// ```
#[derive(Debug)]
#[must_use = "iterators do nothing unless consumed"]
pub struct TryTaskIter<'a, T>(&'a TaskQueue<T>);

impl<T> Iterator for TryTaskIter<'_, T> {
    type Item = Task<T>;

    fn next(&mut self) -> Option<Task<T>> {
        self.0.try_pop_task().ok()
    }
}

impl<'a, T> IntoIterator for &'a TaskQueue<T> {
    type Item = Task<T>;
    type IntoIter = TaskIter<'a, T>;

    fn into_iter(self) -> TaskIter<'a, T> {
        self.iter()
    }
}
