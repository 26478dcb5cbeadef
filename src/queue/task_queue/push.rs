//! Putting items in, one or many.

use super::TaskQueue;
use super::store::{Put, PutMany, Refused, Store};
use crate::queue::{PushError, PushTimeoutError, TryPushError};
use crate::sys::{self, clock::Instant};
use crate::wait::{Visit, block_until};
use pin_project_lite::pin_project;
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Pushing.
impl<T> TaskQueue<T> {
    /// Puts `item` at the end; the thread sleeps while the queue is full.
    ///
    /// *Errors:* [`PushError`], with the item, where the queue is, or gets, closed.
    ///
    /// ```
    /// use rungs::queue::{PushError, TaskQueue};
    ///
    /// let queue = TaskQueue::bounded(8);
    /// assert_eq!(queue.push(1), Ok(()));
    /// queue.close();
    /// assert_eq!(queue.push(2), Err(PushError(2)));
    /// ```
    #[doc(alias = "put")]
    pub fn push(&self, item: T) -> Result<(), PushError<T>> {
        let mut item = Some(item);
        match self.core.monitor.turn_until(self.put(&mut item), None) {
            Some(Ok(())) => Ok(()),
            Some(Err(Refused)) => Err(PushError(kept(item))),
            None => unreachable!("a wait without a deadline does not time out"),
        }
    }

    /// Puts `item` at the end if that needs no waiting.
    ///
    /// *Errors:* [`TryPushError`], with the item.
    ///
    /// ```
    /// use rungs::queue::{TaskQueue, TryPushError};
    ///
    /// let queue = TaskQueue::bounded(1);
    /// assert_eq!(queue.try_push(1), Ok(()));
    /// assert_eq!(queue.try_push(2), Err(TryPushError::Full(2)));
    /// ```
    #[doc(alias = "put_nowait")]
    #[doc(alias = "offer")]
    pub fn try_push(&self, item: T) -> Result<(), TryPushError<T>> {
        let mut item = Some(item);
        match self.core.monitor.try_turn(&mut self.put(&mut item)) {
            Some(Ok(())) => Ok(()),
            Some(Err(Refused)) => Err(TryPushError::Closed(kept(item))),
            None => Err(TryPushError::Full(kept(item))),
        }
    }

    /// Puts `item` at the end, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`PushTimeoutError`], with the item.
    ///
    /// ```
    /// use rungs::queue::{PushTimeoutError, TaskQueue};
    /// use std::time::Duration;
    ///
    /// let queue = TaskQueue::bounded(1);
    /// let timeout = Duration::from_millis(1);
    /// assert_eq!(queue.push_timeout(1, timeout), Ok(()));
    /// assert_eq!(queue.push_timeout(2, timeout), Err(PushTimeoutError::TimedOut(2)));
    /// ```
    pub fn push_timeout(&self, item: T, timeout: Duration) -> Result<(), PushTimeoutError<T>> {
        self.push_until(item, sys::deadline_after(timeout))
    }

    /// Puts `item` at the end, or gives up at `deadline`.
    ///
    /// *Errors:* [`PushTimeoutError`], with the item.
    ///
    /// ```
    /// use rungs::queue::TaskQueue;
    /// use std::time::Instant;
    ///
    /// let queue = TaskQueue::bounded(1);
    /// assert_eq!(queue.push_deadline(1, Instant::now()), Ok(()));
    /// ```
    pub fn push_deadline(&self, item: T, deadline: Instant) -> Result<(), PushTimeoutError<T>> {
        self.push_until(item, Some(deadline))
    }

    /// Puts `item` at the end; the task waits while the queue is full, in line from the first
    /// poll on.
    ///
    /// *Errors:* [`PushError`], with the item, where the queue is, or gets, closed.
    ///
    /// *Cancel safety:* dropped before it is ready, the item was not pushed, and is dropped with
    /// the future; the place in line is lost.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::bounded(8);
    /// rungs::future::block_on(queue.push_async(1)).unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    pub fn push_async(&self, item: T) -> PushTask<'_, T> {
        PushTask {
            visit: Visit::new(&self.core.monitor, self.put(Some(item))),
        }
    }

    /// Puts `item` at the end, in the place of the one that would be tried next if the queue is
    /// full, which comes back. It passes those who wait for room.
    ///
    /// What comes back is the caller's, whatever attempts it had, and counts as unfinished no
    /// more: who joins does not wait for it. Where all that is there waits for a retry, it is the
    /// one whose time comes first; where every place is [reserved](Self::reserve), it is `item`
    /// itself, which was never counted then.
    ///
    /// *Blocking:* never.
    ///
    /// *Errors:* [`PushError`], with the item, where the queue is closed.
    ///
    /// ```
    /// use rungs::queue::TaskQueue;
    ///
    /// let latest = TaskQueue::bounded(2);
    /// assert_eq!(latest.force_push(1), Ok(None));
    /// assert_eq!(latest.force_push(2), Ok(None));
    /// assert_eq!(latest.force_push(3), Ok(Some(1)));
    /// assert_eq!(latest.unfinished(), 2);
    /// assert_eq!(latest.drain(), [2, 3]);
    /// ```
    #[doc(alias = "push_overwrite")]
    pub fn force_push(&self, item: T) -> Result<Option<T>, PushError<T>> {
        let mut item = Some(item);
        let unfinished = &self.core.unfinished;
        let force = |store: &mut Store<T>| store.force(&mut item, unfinished);
        match self.core.monitor.change(force) {
            Ok(Some(evicted)) => {
                self.core.finish(false);
                Ok(Some(evicted.item))
            }
            Ok(None) => Ok(item),
            Err(Refused) => Err(PushError(kept(item))),
        }
    }

    fn push_until(&self, item: T, deadline: Option<Instant>) -> Result<(), PushTimeoutError<T>> {
        let mut item = Some(item);
        match self.core.monitor.turn_until(self.put(&mut item), deadline) {
            Some(Ok(())) => Ok(()),
            Some(Err(Refused)) => Err(PushTimeoutError::Closed(kept(item))),
            None => Err(PushTimeoutError::TimedOut(kept(item))),
        }
    }

    fn put<P>(&self, item: P) -> Put<'_, P> {
        Put {
            item,
            unfinished: &self.core.unfinished,
        }
    }
}

/// Pushing many at once: one lock for as many as there is room for. The items of one call stay in
/// their order, but where they wait for room, those of others may come between them.
impl<T> TaskQueue<T> {
    /// Puts all `items` at the end, in their order; the thread sleeps while the queue is full.
    ///
    /// What was pushed is taken out of the vector, which keeps its memory.
    ///
    /// *Errors:* [`PushError`] where the queue is, or gets, closed; what was not pushed stays in
    /// `items`.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// let mut items = vec![1, 2, 3];
    /// queue.push_many(&mut items).unwrap();
    /// assert_eq!((items.len(), queue.len(), queue.unfinished()), (0, 3, 3));
    /// ```
    pub fn push_many(&self, items: &mut Vec<T>) -> Result<(), PushError<()>> {
        match block_until(self.push_many_async(items), None) {
            Some(pushed) => pushed,
            None => unreachable!("a wait without a deadline does not time out"),
        }
    }

    /// Puts as many of the `items` at the end as need no waiting, and says how many.
    ///
    /// *Errors:* [`TryPushError::Full`] where there is room for none; [`TryPushError::Closed`].
    /// What was not pushed stays in `items`.
    ///
    /// ```
    /// use rungs::queue::{TaskQueue, TryPushError};
    ///
    /// let queue = TaskQueue::bounded(2);
    /// let mut items = vec![1, 2, 3];
    /// assert_eq!(queue.try_push_many(&mut items), Ok(2));
    /// assert_eq!(queue.try_push_many(&mut items), Err(TryPushError::Full(())));
    /// assert_eq!(items, [3]);
    /// ```
    pub fn try_push_many(&self, items: &mut Vec<T>) -> Result<usize, TryPushError<()>> {
        if items.is_empty() {
            return Ok(0);
        }
        let mut batch = Batch::of(items);
        let mut turn = self.put_many(&mut batch);
        match self.core.monitor.try_turn(&mut turn) {
            Some(Ok(count)) => Ok(count),
            Some(Err(Refused)) => Err(TryPushError::Closed(())),
            None => Err(TryPushError::Full(())),
        }
    }

    /// Puts all `items` at the end, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`PushTimeoutError`]; what was not pushed stays in `items`.
    ///
    /// ```
    /// use rungs::queue::{PushTimeoutError, TaskQueue};
    /// use std::time::Duration;
    ///
    /// let queue = TaskQueue::bounded(2);
    /// let mut items = vec![1, 2, 3];
    /// let pushed = queue.push_many_timeout(&mut items, Duration::from_millis(1));
    /// assert_eq!(pushed, Err(PushTimeoutError::TimedOut(())));
    /// assert_eq!(items, [3]);
    /// ```
    pub fn push_many_timeout(
        &self,
        items: &mut Vec<T>,
        timeout: Duration,
    ) -> Result<(), PushTimeoutError<()>> {
        self.push_many_until(items, sys::deadline_after(timeout))
    }

    /// Puts all `items` at the end, or gives up at `deadline`.
    ///
    /// *Errors:* [`PushTimeoutError`]; what was not pushed stays in `items`.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// let now = std::time::Instant::now();
    /// assert_eq!(queue.push_many_deadline(&mut vec![1, 2], now), Ok(()));
    /// ```
    pub fn push_many_deadline(
        &self,
        items: &mut Vec<T>,
        deadline: Instant,
    ) -> Result<(), PushTimeoutError<()>> {
        self.push_many_until(items, Some(deadline))
    }

    /// Puts all `items` at the end; the task waits while the queue is full.
    ///
    /// *Errors:* [`PushError`] where the queue is, or gets, closed; what was not pushed stays in
    /// `items`.
    ///
    /// *Cancel safety:* dropped before it is ready, what was not pushed stays in `items`.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// rungs::future::block_on(queue.push_many_async(&mut vec![1, 2])).unwrap();
    /// assert_eq!(queue.len(), 2);
    /// ```
    pub async fn push_many_async(&self, items: &mut Vec<T>) -> Result<(), PushError<()>> {
        let mut batch = Batch::of(items);
        while !batch.items.is_empty() {
            let turn = self.put_many(&mut batch);
            let pushed = Visit::new(&self.core.monitor, turn).await;
            pushed.map_err(|Refused| PushError(()))?;
        }
        Ok(())
    }

    fn push_many_until(
        &self,
        items: &mut Vec<T>,
        deadline: Option<Instant>,
    ) -> Result<(), PushTimeoutError<()>> {
        match block_until(self.push_many_async(items), deadline) {
            Some(pushed) => pushed.map_err(|PushError(())| PushTimeoutError::Closed(())),
            None => Err(PushTimeoutError::TimedOut(())),
        }
    }

    fn put_many<'a>(&'a self, batch: &'a mut Batch<'_, T>) -> PutMany<'a, T> {
        PutMany {
            items: &mut batch.items,
            unfinished: &self.core.unfinished,
        }
    }
}

/// The items of a vector, to be taken from the front one after the other. Dropped, it puts back
/// what is left.
struct Batch<'a, T> {
    items: VecDeque<T>,
    home: &'a mut Vec<T>,
}

impl<'a, T> Batch<'a, T> {
    fn of(home: &'a mut Vec<T>) -> Self {
        let items = std::mem::take(home).into();
        Self { items, home }
    }
}

impl<T> Drop for Batch<'_, T> {
    fn drop(&mut self) {
        *self.home = std::mem::take(&mut self.items).into();
    }
}

/// The item of a push that failed.
fn kept<T>(item: Option<T>) -> T {
    item.expect("a push that fails keeps its item")
}

pin_project! {
    /// The future of [`TaskQueue::push_async`]. It stands in line from its first poll on, and
    /// leaves it when dropped, with its item.
    ///
    /// ```
    /// use rungs::queue::{PushTask, TaskQueue};
    ///
    /// let queue = TaskQueue::unbounded();
    /// let push: PushTask<'_, i32> = queue.push_async(1);
    /// drop(push); // was never polled: nothing happened
    /// assert!(queue.is_empty());
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct PushTask<'a, T> {
        #[pin]
        visit: Visit<'a, Store<T>, Put<'a, Option<T>>>,
    }
}

impl<T> Future for PushTask<'_, T> {
    type Output = Result<(), PushError<T>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut visit = self.project().visit;
        Poll::Ready(match ready!(visit.as_mut().poll(cx)) {
            Ok(()) => Ok(()),
            Err(Refused) => Err(PushError(kept(visit.turn().item.take()))),
        })
    }
}

impl<T> fmt::Debug for PushTask<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushTask").finish_non_exhaustive()
    }
}
