//! The ways into a queue: one item, or many at once.

use super::error::{PushError, PushTimeoutError, TryPushError};
use super::feed::{Batch, Feed};
use super::fifo::Queue;
use super::store::{Fifo, Put, Refused};
use crate::sys::{self, clock::Instant};
use crate::wait::Passage;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Pushing.
impl<T> Queue<T> {
    /// Puts `item` at the end; the thread sleeps while the queue is full.
    ///
    /// *Errors:* [`PushError`], with the item, where the queue is, or gets, closed.
    ///
    /// ```
    /// use rungs::queue::{PushError, Queue};
    ///
    /// let queue = Queue::bounded(8);
    /// assert_eq!(queue.push(1), Ok(()));
    /// queue.close();
    /// assert_eq!(queue.push(2), Err(PushError(2)));
    /// ```
    #[doc(alias = "put")]
    #[doc(alias = "send")]
    #[doc(alias = "enqueue")]
    #[inline]
    pub fn push(&self, item: T) -> Result<(), PushError<T>> {
        match self.lines().push(item) {
            None => Ok(()),
            Some(item) => match self.push_slowly(item, None) {
                Ok(()) => Ok(()),
                Err(error) => Err(PushError(error.into_inner())),
            },
        }
    }

    /// Puts `item` at the end if that needs no waiting.
    ///
    /// *Errors:* [`TryPushError`], with the item.
    ///
    /// ```
    /// use rungs::queue::{Queue, TryPushError};
    ///
    /// let queue = Queue::bounded(1);
    /// assert_eq!(queue.try_push(1), Ok(()));
    /// assert_eq!(queue.try_push(2), Err(TryPushError::Full(2)));
    /// ```
    #[doc(alias = "put_nowait")]
    #[doc(alias = "offer")]
    #[doc(alias = "try_send")]
    #[inline]
    pub fn try_push(&self, item: T) -> Result<(), TryPushError<T>> {
        match self.lines().push(item) {
            None => Ok(()),
            Some(item) => self.try_push_slowly(item),
        }
    }

    #[cold]
    fn try_push_slowly(&self, item: T) -> Result<(), TryPushError<T>> {
        let mut item = Some(item);
        match self.lines().try_turn(&mut Put::new(&mut item)) {
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
    /// use rungs::queue::{PushTimeoutError, Queue};
    /// use std::time::Duration;
    ///
    /// let queue = Queue::bounded(1);
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
    /// use rungs::queue::{PushTimeoutError, Queue};
    /// use std::time::Instant;
    ///
    /// let queue = Queue::bounded(1);
    /// assert_eq!(queue.push_deadline(1, Instant::now()), Ok(()));
    /// let late = queue.push_deadline(2, Instant::now());
    /// assert_eq!(late, Err(PushTimeoutError::TimedOut(2)));
    /// ```
    pub fn push_deadline(&self, item: T, deadline: Instant) -> Result<(), PushTimeoutError<T>> {
        self.push_until(item, Some(deadline))
    }

    fn push_until(&self, item: T, deadline: Option<Instant>) -> Result<(), PushTimeoutError<T>> {
        match self.lines().push(item) {
            None => Ok(()),
            Some(item) => self.push_slowly(item, deadline),
        }
    }

    #[cold]
    fn push_slowly(&self, item: T, deadline: Option<Instant>) -> Result<(), PushTimeoutError<T>> {
        let mut item = Some(item);
        match self.lines().wait(Put::new(&mut item), deadline) {
            Some(Ok(())) => Ok(()),
            Some(Err(Refused)) => Err(PushTimeoutError::Closed(kept(item))),
            None => match item {
                Some(item) => Err(PushTimeoutError::TimedOut(item)),
                // At a rendezvous it was taken in the last moment.
                None => Ok(()),
            },
        }
    }

    /// Puts `item` at the end; the task waits while the queue is full, in line from the first
    /// poll on.
    ///
    /// *Errors:* [`PushError`], with the item, where the queue is, or gets, closed.
    ///
    /// *Cancel safety:* dropped before it is ready, the item was not pushed, and is dropped with
    /// the future; the place in line is lost. (But at a rendezvous a consumer may have taken it
    /// already, and the future not been told.) To keep the item, wait for room first:
    /// [`reserve_async`](Self::reserve_async).
    ///
    /// ```
    /// use rungs::future::block_on;
    /// use rungs::queue::Queue;
    ///
    /// let queue = Queue::bounded(8);
    /// block_on(queue.push_async(1)).unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    pub fn push_async(&self, item: T) -> Push<'_, T> {
        Push {
            passage: Passage::new(self.lines(), Put::new(Some(item))),
        }
    }

    /// Puts `item` at the end, in the place of the oldest one if the queue is full, which comes
    /// back. It passes those who wait for room.
    ///
    /// Where nothing can make room (every place is [reserved](Self::reserve), or it is a
    /// rendezvous and nobody waits) it is `item` itself that comes back.
    ///
    /// *Blocking:* never.
    ///
    /// *Errors:* [`PushError`], with the item, where the queue is closed.
    ///
    /// ```
    /// use rungs::queue::Queue;
    ///
    /// let latest = Queue::bounded(2);
    /// assert_eq!(latest.force_push(1), Ok(None));
    /// assert_eq!(latest.force_push(2), Ok(None));
    /// assert_eq!(latest.force_push(3), Ok(Some(1)));
    /// assert_eq!(latest.drain(), [2, 3]);
    /// ```
    #[doc(alias = "push_overwrite")]
    pub fn force_push(&self, item: T) -> Result<Option<T>, PushError<T>> {
        let mut item = Some(item);
        let mut evicted = None;
        let store = self.lines().store();
        let forced = self
            .lines()
            .alter(|inside, waiting| store.force(inside, waiting, &mut item, &mut evicted));
        match forced {
            Ok(()) => Ok(evicted.or(item)),
            Err(Refused) => Err(PushError(kept(item))),
        }
    }
}

/// Pushing many at once.
impl<T> Queue<T> {
    /// Puts all `items` at the end, from the first to the last; the thread sleeps while the queue
    /// is full. When it is done the vector is empty and keeps its memory.
    ///
    /// They go in as many at a time as there is room for, and items of others may come between
    /// those that go in at different times.
    ///
    /// *Errors:* [`PushError`] where the queue is, or gets, closed: the items that did not go in
    /// are still in the vector.
    ///
    /// *Cost:* one compare-exchange for each run that there is room for, which in an unbounded
    /// queue is 63 at most.
    ///
    /// ```
    /// use rungs::queue::Queue;
    ///
    /// let queue = Queue::bounded(8);
    /// let mut items = vec![1, 2, 3];
    /// queue.push_many(&mut items).unwrap();
    /// assert!(items.is_empty());
    /// queue.close();
    /// items.push(4);
    /// assert!(queue.push_many(&mut items).is_err());
    /// assert_eq!(items, [4]);
    /// ```
    #[doc(alias = "extend")]
    pub fn push_many(&self, items: &mut Vec<T>) -> Result<(), PushError<()>> {
        match self.push_many_until(items, None) {
            Some(pushed) => pushed.map_err(|Refused| PushError(())),
            None => unreachable!("a wait without a deadline does not time out"),
        }
    }

    /// Puts as many of `items` at the end as there is room for, from the first on, and gives their
    /// number. The others stay.
    ///
    /// *Errors:* [`TryPushError`] where nothing went in (but there was something to push).
    ///
    /// ```
    /// use rungs::queue::{Queue, TryPushError};
    ///
    /// let queue = Queue::bounded(2);
    /// let mut items = vec![1, 2, 3];
    /// assert_eq!(queue.try_push_many(&mut items), Ok(2));
    /// assert_eq!(items, [3]);
    /// assert_eq!(queue.try_push_many(&mut items), Err(TryPushError::Full(())));
    /// ```
    pub fn try_push_many(&self, items: &mut Vec<T>) -> Result<usize, TryPushError<()>> {
        let mut put = Put::new(Batch::new(items));
        while put.feed.left() > 0 {
            let stopped = match self.lines().try_turn(&mut put) {
                Some(Ok(())) => continue,
                Some(Err(Refused)) => TryPushError::Closed(()),
                None => TryPushError::Full(()),
            };
            return match put.feed.gone() {
                0 => Err(stopped),
                gone => Ok(gone),
            };
        }
        Ok(put.feed.gone())
    }

    /// As [`push_many`](Self::push_many), giving up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`PushTimeoutError`]: the items that did not go in are still in the vector.
    ///
    /// ```
    /// use rungs::queue::{PushTimeoutError, Queue};
    /// use std::time::Duration;
    ///
    /// let queue = Queue::bounded(2);
    /// let mut items = vec![1, 2, 3];
    /// let late = queue.push_many_timeout(&mut items, Duration::from_millis(1));
    /// assert_eq!((late, items), (Err(PushTimeoutError::TimedOut(())), vec![3]));
    /// ```
    pub fn push_many_timeout(
        &self,
        items: &mut Vec<T>,
        timeout: Duration,
    ) -> Result<(), PushTimeoutError<()>> {
        timed(self.push_many_until(items, sys::deadline_after(timeout)))
    }

    /// As [`push_many`](Self::push_many), giving up at `deadline`.
    ///
    /// *Errors:* [`PushTimeoutError`]: the items that did not go in are still in the vector.
    ///
    /// ```
    /// use rungs::queue::Queue;
    /// use std::time::Instant;
    ///
    /// let queue = Queue::bounded(2);
    /// let mut items = vec![1, 2, 3];
    /// assert!(queue.push_many_deadline(&mut items, Instant::now()).is_err());
    /// assert_eq!(queue.drain(), [1, 2]);
    /// ```
    pub fn push_many_deadline(
        &self,
        items: &mut Vec<T>,
        deadline: Instant,
    ) -> Result<(), PushTimeoutError<()>> {
        timed(self.push_many_until(items, Some(deadline)))
    }

    fn push_many_until(
        &self,
        items: &mut Vec<T>,
        deadline: Option<Instant>,
    ) -> Option<Result<(), Refused>> {
        let mut batch = Batch::new(items);
        while batch.left() > 0 {
            match self.lines().turn_until(Put::new(&mut batch), deadline) {
                Some(Ok(())) => {}
                // At a rendezvous the last may have been taken in the last moment.
                None if batch.left() == 0 => {}
                stopped => return stopped,
            }
        }
        Some(Ok(()))
    }

    /// As [`push_many`](Self::push_many); the task waits.
    ///
    /// *Errors:* [`PushError`] where the queue is, or gets, closed: the items that did not go in
    /// are still in the vector.
    ///
    /// *Cancel safety:* dropped before it is ready, the items that did not go in are still in the
    /// vector.
    ///
    /// ```
    /// use rungs::{future::block_on, queue::Queue};
    ///
    /// let queue = Queue::bounded(8);
    /// let mut items = vec![1, 2, 3];
    /// block_on(queue.push_many_async(&mut items)).unwrap();
    /// assert_eq!(queue.drain(), [1, 2, 3]);
    /// ```
    pub fn push_many_async<'a>(&'a self, items: &'a mut Vec<T>) -> PushMany<'a, T> {
        let put = Put::new(Batch::new(items));
        PushMany {
            passage: Passage::new(self.lines(), put),
        }
    }
}

/// The item of a push that failed.
fn kept<T>(item: Option<T>) -> T {
    item.expect("a push that fails keeps its item")
}

/// What came of a timed push.
fn timed(pushed: Option<Result<(), Refused>>) -> Result<(), PushTimeoutError<()>> {
    match pushed {
        Some(Ok(())) => Ok(()),
        Some(Err(Refused)) => Err(PushTimeoutError::Closed(())),
        None => Err(PushTimeoutError::TimedOut(())),
    }
}

pin_project! {
    /// The future of [`Queue::push_async`]. It stands in line from its first poll on, and leaves
    /// it when dropped, with its item.
    ///
    /// ```
    /// use rungs::queue::{Push, Queue};
    ///
    /// let queue = Queue::unbounded();
    /// let push: Push<'_, i32> = queue.push_async(1);
    /// drop(push); // was never polled: nothing happened
    /// assert!(queue.is_empty());
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Push<'a, T> {
        #[pin]
        passage: Passage<'a, Fifo<T>, Put<Option<T>>>,
    }
}

impl<T> Future for Push<'_, T> {
    type Output = Result<(), PushError<T>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut passage = self.project().passage;
        if passage
            .as_mut()
            .try_first(|lines, put| lines.push_from(&mut put.feed))
        {
            return Poll::Ready(Ok(()));
        }
        Poll::Ready(match ready!(passage.as_mut().poll(cx)) {
            Ok(()) => Ok(()),
            Err(Refused) => Err(PushError(kept(passage.turn().feed.take()))),
        })
    }
}

impl<T> fmt::Debug for Push<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push").finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`Queue::push_many_async`]. It stands in line from its first poll on, and
    /// leaves it when dropped.
    ///
    /// ```
    /// use rungs::queue::{PushMany, Queue};
    ///
    /// let queue = Queue::unbounded();
    /// let mut items = vec![1, 2];
    /// let push: PushMany<'_, i32> = queue.push_many_async(&mut items);
    /// drop(push); // was never polled: nothing happened
    /// assert_eq!(items, [1, 2]);
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct PushMany<'a, T> {
        #[pin]
        passage: Passage<'a, Fifo<T>, Put<Batch<'a, T>>>,
    }
}

impl<T> Future for PushMany<'_, T> {
    type Output = Result<(), PushError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut passage = self.project().passage;
        loop {
            // (One that waits at a rendezvous has laid its item out.)
            if !passage.waits() && passage.as_mut().turn().feed.left() == 0 {
                return Poll::Ready(Ok(()));
            }
            if let Err(Refused) = ready!(passage.as_mut().poll(cx)) {
                return Poll::Ready(Err(PushError(())));
            }
            passage.as_mut().renew();
        }
    }
}

impl<T> fmt::Debug for PushMany<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushMany").finish_non_exhaustive()
    }
}
