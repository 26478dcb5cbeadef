//! A place in a task queue, reserved before there is an item for it.

use super::TaskQueue;
use super::core::Core;
use super::store::{Refused, Reserve, Store};
use crate::queue::{PushError, PushTimeoutError, TryPushError};
use crate::sys::{self, clock::Instant};
use crate::wait::Visit;
use pin_project_lite::pin_project;
use std::fmt;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A place in a [`TaskQueue`] that is kept for one item. Made by [`TaskQueue::reserve`].
///
/// It is a place among those that the queue has, not one in its order: an item gets that when it
/// is pushed, and counts as unfinished from then on, so that a place keeps nobody waiting who
/// joins. Dropped unused, it is there for others again.
///
/// ```
/// use rungs::queue::{TaskQueue, TaskSlot};
///
/// let queue = TaskQueue::bounded(1);
/// let slot: TaskSlot<'_, i32> = queue.reserve().unwrap();
/// assert!(queue.try_push(1).is_err() && queue.try_join());
/// slot.push(2).unwrap();
/// assert_eq!(queue.unfinished(), 1);
/// ```
#[doc(alias = "Permit")]
#[must_use = "dropped, it is there for others again"]
pub struct TaskSlot<'a, T> {
    core: &'a Core<T>,
}

impl<T> TaskSlot<'_, T> {
    /// Puts `item` at the end. There is room for it.
    ///
    /// *Blocking:* never.
    ///
    /// *Errors:* [`PushError`], with the item, where the queue was closed meanwhile.
    ///
    /// ```
    /// use rungs::queue::{PushError, TaskQueue};
    ///
    /// let queue = TaskQueue::bounded(1);
    /// let slot = queue.reserve().unwrap();
    /// queue.close();
    /// assert_eq!(slot.push(1), Err(PushError(1)));
    /// assert_eq!(queue.unfinished(), 0);
    /// ```
    pub fn push(self, item: T) -> Result<(), PushError<T>> {
        // Given back in the same step.
        let core = ManuallyDrop::new(self).core;
        let mut item = Some(item);
        let redeem = |store: &mut Store<T>| store.redeem(&mut item, &core.unfinished);
        let _ = core.monitor.change(redeem);
        match item {
            None => Ok(()),
            Some(item) => Err(PushError(item)),
        }
    }
}

impl<T> Drop for TaskSlot<'_, T> {
    fn drop(&mut self) {
        self.core.monitor.change(|store| store.reserved -= 1);
    }
}

impl<T> fmt::Debug for TaskSlot<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskSlot").finish_non_exhaustive()
    }
}

/// Reserving.
impl<T> TaskQueue<T> {
    /// Keeps a place free for one item; the thread sleeps while the queue is full.
    ///
    /// So an item that is dear to make, or that must not get lost, is made when there is room for
    /// it. (A retry comes back whether there is room or not, and takes nobody's place.)
    ///
    /// *Errors:* [`PushError`] where the queue is, or gets, closed.
    ///
    /// ```
    /// use rungs::queue::TaskQueue;
    ///
    /// let queue = TaskQueue::bounded(8);
    /// let slot = queue.reserve().unwrap();
    /// assert_eq!(queue.unfinished(), 0); // a place is no task
    /// slot.push("made now that there is room").unwrap();
    /// assert_eq!((queue.len(), queue.unfinished()), (1, 1));
    /// ```
    pub fn reserve(&self) -> Result<TaskSlot<'_, T>, PushError<()>> {
        match self.core.monitor.turn_until(Reserve, None) {
            Some(Ok(())) => Ok(self.slot()),
            Some(Err(Refused)) => Err(PushError(())),
            None => unreachable!("a wait without a deadline does not time out"),
        }
    }

    /// Keeps a place free for one item if that needs no waiting.
    ///
    /// *Errors:* [`TryPushError`].
    ///
    /// ```
    /// use rungs::queue::{TaskQueue, TryPushError};
    ///
    /// let queue = TaskQueue::<i32>::bounded(1);
    /// let slot = queue.try_reserve().unwrap();
    /// assert_eq!(queue.try_reserve().unwrap_err(), TryPushError::Full(()));
    /// drop(slot);
    /// assert!(queue.try_reserve().is_ok());
    /// ```
    pub fn try_reserve(&self) -> Result<TaskSlot<'_, T>, TryPushError<()>> {
        match self.core.monitor.try_turn(&mut Reserve) {
            Some(Ok(())) => Ok(self.slot()),
            Some(Err(Refused)) => Err(TryPushError::Closed(())),
            None => Err(TryPushError::Full(())),
        }
    }

    /// Keeps a place free for one item, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`PushTimeoutError`].
    ///
    /// ```
    /// use rungs::queue::{PushTimeoutError, TaskQueue};
    /// use std::time::Duration;
    ///
    /// let queue = TaskQueue::bounded(1);
    /// queue.push(1).unwrap();
    /// let late = queue.reserve_timeout(Duration::from_millis(1));
    /// assert_eq!(late.unwrap_err(), PushTimeoutError::TimedOut(()));
    /// ```
    pub fn reserve_timeout(
        &self,
        timeout: Duration,
    ) -> Result<TaskSlot<'_, T>, PushTimeoutError<()>> {
        self.reserve_until(sys::deadline_after(timeout))
    }

    /// Keeps a place free for one item, or gives up at `deadline`.
    ///
    /// *Errors:* [`PushTimeoutError`].
    ///
    /// ```
    /// use rungs::queue::TaskQueue;
    /// use std::time::Instant;
    ///
    /// let queue = TaskQueue::<i32>::bounded(1);
    /// assert!(queue.reserve_deadline(Instant::now()).is_ok());
    /// ```
    pub fn reserve_deadline(
        &self,
        deadline: Instant,
    ) -> Result<TaskSlot<'_, T>, PushTimeoutError<()>> {
        self.reserve_until(Some(deadline))
    }

    /// Keeps a place free for one item; the task waits while the queue is full, in line from the
    /// first poll on.
    ///
    /// *Errors:* [`PushError`] where the queue is, or gets, closed.
    ///
    /// *Cancel safety:* dropped before it is ready, it kept no place, and there is no item that
    /// could be lost: what to prefer to [`push_async`](Self::push_async) in a `select`.
    ///
    /// ```
    /// use rungs::{future::block_on, queue::TaskQueue};
    ///
    /// let queue = TaskQueue::bounded(8);
    /// let slot = block_on(queue.reserve_async()).unwrap();
    /// slot.push(1).unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    pub fn reserve_async(&self) -> ReserveTask<'_, T> {
        ReserveTask {
            queue: self,
            visit: Visit::new(&self.core.monitor, Reserve),
        }
    }

    fn reserve_until(
        &self,
        deadline: Option<Instant>,
    ) -> Result<TaskSlot<'_, T>, PushTimeoutError<()>> {
        match self.core.monitor.turn_until(Reserve, deadline) {
            Some(Ok(())) => Ok(self.slot()),
            Some(Err(Refused)) => Err(PushTimeoutError::Closed(())),
            None => Err(PushTimeoutError::TimedOut(())),
        }
    }

    /// The place that was just reserved.
    fn slot(&self) -> TaskSlot<'_, T> {
        TaskSlot { core: &self.core }
    }
}

pin_project! {
    /// The future of [`TaskQueue::reserve_async`]. It stands in line from its first poll on, and
    /// leaves it when dropped.
    ///
    /// ```
    /// use rungs::queue::{ReserveTask, TaskQueue};
    ///
    /// let queue = TaskQueue::bounded(1);
    /// let reserve: ReserveTask<'_, i32> = queue.reserve_async();
    /// drop(reserve); // was never polled: nothing happened
    /// assert!(queue.try_push(1).is_ok());
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct ReserveTask<'a, T> {
        queue: &'a TaskQueue<T>,
        #[pin]
        visit: Visit<'a, Store<T>, Reserve>,
    }
}

impl<'a, T> Future for ReserveTask<'a, T> {
    type Output = Result<TaskSlot<'a, T>, PushError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        Poll::Ready(match ready!(this.visit.poll(cx)) {
            Ok(()) => Ok(this.queue.slot()),
            Err(Refused) => Err(PushError(())),
        })
    }
}

impl<T> fmt::Debug for ReserveTask<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReserveTask").finish_non_exhaustive()
    }
}
