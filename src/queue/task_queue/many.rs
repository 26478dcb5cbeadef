//! Taking many tasks out at once, and all that wait for their turn.

use super::TaskQueue;
use super::store::{Popped, Store, TakeMany};
use super::task::Task;
use crate::queue::{PopError, PopTimeoutError, TryPopError};
use crate::sys::{self, clock::Instant};
use crate::wait::{Visit, block_until};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Popping many at once: one lock for as many as there are.
impl<T> TaskQueue<T> {
    /// Takes the oldest items that are not waiting for their time, `max` at most, to the end of
    /// `into`, and gives their number; the thread sleeps while there is none. With a `max` of 0 it
    /// does nothing.
    ///
    /// Each is a task of its own, to be ended by itself. Those still in the vector when it is
    /// dropped are done; or have failed, where its thread unwinds.
    ///
    /// *Errors:* [`PopError`] where the queue is, or gets, closed, and nothing is left, nor can
    /// come back.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// queue.push_many(&mut vec![1, 2, 3]).unwrap();
    /// let mut tasks = Vec::new();
    /// assert_eq!(queue.pop_tasks(&mut tasks, 2), Ok(2));
    /// assert_eq!(queue.pop_tasks(&mut tasks, 2), Ok(1)); // does not wait for a second
    /// tasks.remove(0).done();
    /// assert_eq!(queue.unfinished(), 2);
    /// ```
    #[doc(alias = "pop_many")]
    #[doc(alias = "drainTo")]
    pub fn pop_tasks(&self, into: &mut Vec<Task<T>>, max: usize) -> Result<usize, PopError> {
        match block_until(self.pop_tasks_async(into, max), None) {
            Some(popped) => popped,
            None => unreachable!("a wait without a deadline does not time out"),
        }
    }

    /// Takes the oldest items that need no waiting, `max` at most, to the end of `into`, and gives
    /// their number.
    ///
    /// *Errors:* [`TryPopError`] where there is none.
    ///
    /// ```
    /// use rungs::queue::{TaskQueue, TryPopError};
    ///
    /// let queue = TaskQueue::unbounded();
    /// queue.push(1).unwrap();
    /// let mut tasks = Vec::new();
    /// assert_eq!(queue.try_pop_tasks(&mut tasks, 9), Ok(1));
    /// assert_eq!(queue.try_pop_tasks(&mut tasks, 9), Err(TryPopError::Empty));
    /// ```
    pub fn try_pop_tasks(&self, into: &mut Vec<Task<T>>, max: usize) -> Result<usize, TryPopError> {
        if max == 0 {
            return Ok(0);
        }
        let mut take = TakeMany::new(max);
        take.make_room(self.ready());
        match self.core.monitor.try_turn(&mut take) {
            Some(Ok(())) => Ok(self.unload(&mut take.taken, into)),
            Some(Err(PopError)) => Err(TryPopError::Closed),
            None => Err(TryPopError::Empty),
        }
    }

    /// As [`pop_tasks`](Self::pop_tasks), giving up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`PopTimeoutError`].
    ///
    /// ```
    /// use rungs::queue::{PopTimeoutError, TaskQueue};
    /// use std::time::Duration;
    ///
    /// let queue = TaskQueue::<i32>::unbounded();
    /// let late = queue.pop_tasks_timeout(&mut Vec::new(), 9, Duration::ZERO);
    /// assert_eq!(late, Err(PopTimeoutError::TimedOut));
    /// ```
    pub fn pop_tasks_timeout(
        &self,
        into: &mut Vec<Task<T>>,
        max: usize,
        timeout: Duration,
    ) -> Result<usize, PopTimeoutError> {
        self.pop_tasks_until(into, max, sys::deadline_after(timeout))
    }

    /// As [`pop_tasks`](Self::pop_tasks), giving up at `deadline`.
    ///
    /// *Errors:* [`PopTimeoutError`].
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// queue.push(1).unwrap();
    /// let (mut tasks, now) = (Vec::new(), std::time::Instant::now());
    /// assert_eq!(queue.pop_tasks_deadline(&mut tasks, 9, now), Ok(1));
    /// ```
    pub fn pop_tasks_deadline(
        &self,
        into: &mut Vec<Task<T>>,
        max: usize,
        deadline: Instant,
    ) -> Result<usize, PopTimeoutError> {
        self.pop_tasks_until(into, max, Some(deadline))
    }

    /// As [`pop_tasks`](Self::pop_tasks); the task waits, in line from the first poll on.
    ///
    /// *Errors:* as those of [`pop_tasks`](Self::pop_tasks).
    ///
    /// *Cancel safety:* dropped before it is ready, it took nothing, as
    /// [`pop_task_async`](Self::pop_task_async).
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// queue.push(1).unwrap();
    /// let mut tasks = Vec::new();
    /// let popped = rungs::future::block_on(queue.pop_tasks_async(&mut tasks, 9));
    /// assert_eq!((popped, *tasks[0]), (Ok(1), 1));
    /// ```
    pub fn pop_tasks_async<'a>(
        &'a self,
        into: &'a mut Vec<Task<T>>,
        max: usize,
    ) -> PopTasks<'a, T> {
        PopTasks {
            queue: self,
            into,
            max,
            visit: Visit::new(&self.core.monitor, TakeMany::new(max)),
        }
    }

    fn pop_tasks_until(
        &self,
        into: &mut Vec<Task<T>>,
        max: usize,
        deadline: Option<Instant>,
    ) -> Result<usize, PopTimeoutError> {
        match block_until(self.pop_tasks_async(into, max), deadline) {
            Some(popped) => popped.map_err(|PopError| PopTimeoutError::Closed),
            None => Err(PopTimeoutError::TimedOut),
        }
    }

    /// Takes all items that need no waiting, in their order. They are the caller's, and count as
    /// unfinished no more: who joins does not wait for them.
    ///
    /// Those that wait for a retry stay. ([`close_now`](Self::close_now) takes them, too.)
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// queue.push_many(&mut vec![1, 2, 3]).unwrap();
    /// let task = queue.pop_task().unwrap();
    /// assert_eq!(queue.drain(), [2, 3]);
    /// assert_eq!(queue.unfinished(), 1);
    /// task.done();
    /// queue.join();
    /// ```
    pub fn drain(&self) -> Vec<T> {
        let mut tasks = Vec::new();
        // (What comes meanwhile is left.)
        let _ = self.try_pop_tasks(&mut tasks, usize::MAX);
        tasks.into_iter().map(Task::into_inner).collect()
    }

    /// How many tasks could be taken now.
    fn ready(&self) -> usize {
        self.core.monitor.look(|store| store.ready.len())
    }

    /// Moves what was taken to where it goes, and says how much that is.
    fn unload(&self, taken: &mut Vec<Popped<T>>, into: &mut Vec<Task<T>>) -> usize {
        let count = taken.len();
        let tasks = taken.drain(..);
        into.extend(tasks.map(|popped| Task::new(popped, &self.core)));
        count
    }
}

pin_project! {
    /// The future of [`TaskQueue::pop_tasks_async`]. It stands in line from its first poll on, and
    /// leaves it when dropped.
    ///
    /// ```
    /// use rungs::queue::{PopTasks, TaskQueue};
    ///
    /// let queue = TaskQueue::unbounded();
    /// queue.push(1).unwrap();
    /// let mut tasks = Vec::new();
    /// let pop: PopTasks<'_, i32> = queue.pop_tasks_async(&mut tasks, 9);
    /// drop(pop); // was never polled: nothing happened
    /// assert_eq!((tasks.len(), queue.len()), (0, 1));
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct PopTasks<'a, T> {
        queue: &'a TaskQueue<T>,
        into: &'a mut Vec<Task<T>>,
        max: usize,
        #[pin]
        visit: Visit<'a, Store<T>, TakeMany<T>>,
    }
}

impl<T> Future for PopTasks<'_, T> {
    type Output = Result<usize, PopError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if *this.max == 0 {
            return Poll::Ready(Ok(0));
        }
        // Memory comes from here and not under the lock.
        this.visit.as_mut().turn().make_room(this.queue.ready());
        ready!(this.visit.as_mut().poll(cx))?;
        let taken = &mut this.visit.turn().taken;
        Poll::Ready(Ok(this.queue.unload(taken, this.into)))
    }
}

impl<T> fmt::Debug for PopTasks<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PopTasks").finish_non_exhaustive()
    }
}
