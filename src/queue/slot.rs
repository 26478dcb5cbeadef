//! A place in a queue, reserved before there is an item for it.

use super::error::{PushError, PushTimeoutError, TryPushError};
use super::fifo::Queue;
use super::store::{self, Fifo, Refused};
use crate::sys::{self, clock::Instant};
use crate::wait::Passage;
use pin_project_lite::pin_project;
use std::fmt;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A place in a queue that is kept for one item. Made by [`Queue::reserve`].
///
/// It is a place among those that the queue has, not one in its order: an item gets that when it
/// is pushed. Dropped unused, it is there for others again.
///
/// ```
/// use rungs::queue::{Queue, Slot};
///
/// let queue = Queue::bounded(1);
/// let slot: Slot<'_, i32> = queue.reserve().unwrap();
/// assert!(queue.try_push(1).is_err()); // taken
/// slot.push(2).unwrap();
/// assert_eq!(queue.pop(), Ok(2));
/// ```
#[doc(alias = "Permit")]
#[must_use = "dropped, it is there for others again"]
pub struct Slot<'a, T> {
    queue: &'a Queue<T>,
}

impl<T> Slot<'_, T> {
    /// Puts `item` at the end. There is room for it.
    ///
    /// *Blocking:* never.
    ///
    /// *Errors:* [`PushError`], with the item, where the queue was closed meanwhile.
    ///
    /// ```
    /// use rungs::queue::{PushError, Queue};
    ///
    /// let queue = Queue::bounded(1);
    /// let slot = queue.reserve().unwrap();
    /// queue.close();
    /// assert_eq!(slot.push(1), Err(PushError(1)));
    /// ```
    pub fn push(self, item: T) -> Result<(), PushError<T>> {
        let this = ManuallyDrop::new(self);
        let lines = this.queue.lines();
        let mut item = Some(item);
        lines.alter(|inside, _| lines.store().redeem(inside, &mut item));
        match item {
            None => Ok(()),
            Some(item) => Err(PushError(item)),
        }
    }
}

impl<T> Drop for Slot<'_, T> {
    fn drop(&mut self) {
        self.queue.lines().alter(|inside, _| inside.reserved -= 1);
    }
}

impl<T> fmt::Debug for Slot<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}

/// Reserving.
impl<T> Queue<T> {
    /// Keeps a place free for one item; the thread sleeps while the queue is full.
    ///
    /// So an item that is dear to make, or that must not get lost, is made when there is room for
    /// it.
    ///
    /// *Errors:* [`PushError`] where the queue is, or gets, closed.
    ///
    /// *Panics*, in all forms, at a [`rendezvous`](Self::rendezvous): it has no places.
    ///
    /// *Cost:* a short lock; and while a place of a queue is reserved, each push takes it too.
    ///
    /// ```
    /// use rungs::queue::Queue;
    ///
    /// let queue = Queue::bounded(8);
    /// let slot = queue.reserve().unwrap();
    /// slot.push("made now that there is room").unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    pub fn reserve(&self) -> Result<Slot<'_, T>, PushError<()>> {
        match self.lines().turn_until(self.reservation(), None) {
            Some(Ok(())) => Ok(Slot { queue: self }),
            Some(Err(Refused)) => Err(PushError(())),
            None => unreachable!("a wait without a deadline does not time out"),
        }
    }

    /// Keeps a place free for one item if that needs no waiting.
    ///
    /// *Errors:* [`TryPushError`].
    ///
    /// ```
    /// use rungs::queue::{Queue, TryPushError};
    ///
    /// let queue = Queue::<i32>::bounded(1);
    /// let slot = queue.try_reserve().unwrap();
    /// assert_eq!(queue.try_reserve().unwrap_err(), TryPushError::Full(()));
    /// ```
    pub fn try_reserve(&self) -> Result<Slot<'_, T>, TryPushError<()>> {
        match self.lines().try_turn(&mut self.reservation()) {
            Some(Ok(())) => Ok(Slot { queue: self }),
            Some(Err(Refused)) => Err(TryPushError::Closed(())),
            None => Err(TryPushError::Full(())),
        }
    }

    /// Keeps a place free for one item, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`PushTimeoutError`].
    ///
    /// ```
    /// use rungs::queue::{PushTimeoutError, Queue};
    /// use std::time::Duration;
    ///
    /// let queue = Queue::bounded(1);
    /// queue.push(1).unwrap();
    /// let late = queue.reserve_timeout(Duration::from_millis(1));
    /// assert_eq!(late.unwrap_err(), PushTimeoutError::TimedOut(()));
    /// ```
    pub fn reserve_timeout(&self, timeout: Duration) -> Result<Slot<'_, T>, PushTimeoutError<()>> {
        self.reserve_until(sys::deadline_after(timeout))
    }

    /// Keeps a place free for one item, or gives up at `deadline`.
    ///
    /// *Errors:* [`PushTimeoutError`].
    ///
    /// ```
    /// use rungs::queue::Queue;
    /// use std::time::Instant;
    ///
    /// let queue = Queue::<i32>::bounded(1);
    /// assert!(queue.reserve_deadline(Instant::now()).is_ok());
    /// ```
    pub fn reserve_deadline(&self, deadline: Instant) -> Result<Slot<'_, T>, PushTimeoutError<()>> {
        self.reserve_until(Some(deadline))
    }

    fn reservation(&self) -> store::Reserve {
        assert!(self.capacity() != Some(0), "a rendezvous has no places");
        store::Reserve
    }

    fn reserve_until(
        &self,
        deadline: Option<Instant>,
    ) -> Result<Slot<'_, T>, PushTimeoutError<()>> {
        match self.lines().turn_until(self.reservation(), deadline) {
            Some(Ok(())) => Ok(Slot { queue: self }),
            Some(Err(Refused)) => Err(PushTimeoutError::Closed(())),
            None => Err(PushTimeoutError::TimedOut(())),
        }
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
    /// use rungs::{future::block_on, queue::Queue};
    ///
    /// let queue = Queue::bounded(8);
    /// let slot = block_on(queue.reserve_async()).unwrap();
    /// slot.push(1).unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    pub fn reserve_async(&self) -> Reserve<'_, T> {
        Reserve {
            queue: self,
            passage: Passage::new(self.lines(), self.reservation()),
        }
    }
}

pin_project! {
    /// The future of [`Queue::reserve_async`]. It stands in line from its first poll on, and
    /// leaves it when dropped.
    ///
    /// ```
    /// use rungs::queue::{Queue, Reserve};
    ///
    /// let queue = Queue::bounded(1);
    /// let reserve: Reserve<'_, i32> = queue.reserve_async();
    /// drop(reserve); // was never polled: nothing happened
    /// assert!(queue.try_push(1).is_ok());
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Reserve<'a, T> {
        queue: &'a Queue<T>,
        #[pin]
        passage: Passage<'a, Fifo<T>, store::Reserve>,
    }
}

impl<'a, T> Future for Reserve<'a, T> {
    type Output = Result<Slot<'a, T>, PushError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        Poll::Ready(match ready!(this.passage.poll(cx)) {
            Ok(()) => Ok(Slot { queue: this.queue }),
            Err(Refused) => Err(PushError(())),
        })
    }
}

impl<T> fmt::Debug for Reserve<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reserve").finish_non_exhaustive()
    }
}
