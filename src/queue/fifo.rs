//! First in, first out.
//!
//! The items are the [`Store`] of a [`Monitor`]; see there for how those who wait are served.
//! An item goes from its producer's hands into the ring and from there into its consumer's, and
//! is nowhere in between: a pop that gives up after it was woken leaves the item where it is.

use super::error::{
    PopError, PopTimeoutError, PushError, PushTimeoutError, TryPopError, TryPushError,
};
use super::iter::{Iter, TryIter};
use super::store::{Put, Refused, Store, Take};
use crate::sys::{self, Arc, clock::Instant};
use crate::wait::{Monitor, Visit};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A queue, first in, first out, for any number of producers and consumers, threads or tasks.
///
/// A clone is the same queue. A [`bounded`](Self::bounded) queue makes producers wait while it
/// is full; an [`unbounded`](Self::unbounded) one takes what memory can hold.
///
/// *The end:* after [`close`](Self::close) nothing more comes in, and consumers get what is left
/// and then an error; [`close_now`](Self::close_now) hands back what is left. A queue is not
/// closed when handles are dropped, but its items are dropped with the last one.
///
/// *Nothing is lost:* an item that was pushed with `Ok` is popped once, or handed back by
/// `close_now`, or dropped once with the queue. A push that fails gives the item back. A pop
/// that times out or is dropped leaves the items where they are, in their order.
///
/// *Fairness:* items leave in the order in which they came in; the items of one producer are
/// never swapped. Those who wait are *eventually* served in the order in which they came: a
/// running thread may be faster than a sleeper that was just woken, until the head of the line
/// has waited for about a millisecond; what comes then is for the line. So nobody starves, and
/// an item does not lie idle while a sleeper wakes.
///
/// *Memory:* what happened before an item was pushed is seen by whoever pops it. A burst's
/// memory is given back when the queue has drained to a quarter.
///
/// *Cost:* one short lock for each operation; waiting does not allocate. Pushing and popping are
/// constant time, amortized where the ring grows.
///
/// *Panics:* those of other callers' `Waker`s end in the operation that called them, which goes
/// on as if they had not.
///
/// ```
/// use rungs::queue::Queue;
/// use std::thread;
///
/// let queue = Queue::bounded(8);
/// let squares = thread::scope(|s| {
///     s.spawn(|| {
///         for n in 0..100 {
///             queue.push(n).unwrap(); // waits while the queue is full
///         }
///         queue.close();
///     });
///     queue.iter().map(|n| n * n).sum::<i32>()
/// });
/// assert_eq!(squares, 328_350);
/// ```
#[doc(alias = "channel")]
#[doc(alias = "mpmc")]
#[doc(alias = "BlockingQueue")]
#[doc(alias = "SimpleQueue")]
pub struct Queue<T> {
    core: Arc<Core<T>>,
}

/// What the handles share.
struct Core<T> {
    monitor: Monitor<Store<T>>,
    /// How many items there is room for; `None`: as many as come.
    capacity: Option<usize>,
}

impl<T> Queue<T> {
    /// A queue with room for `capacity` items, which makes producers wait while it is full.
    ///
    /// The memory for a few items is allocated now, that for many as they come; so a capacity of
    /// `usize::MAX` is fine.
    ///
    /// *Panics* where `capacity` is 0.
    ///
    /// ```
    /// use rungs::queue::Queue;
    ///
    /// let queue = Queue::bounded(1);
    /// queue.push('a').unwrap();
    /// assert!(queue.is_full());
    /// ```
    #[doc(alias = "ArrayBlockingQueue")]
    pub fn bounded(capacity: usize) -> Self {
        assert!(capacity > 0, "`capacity` is 0");
        Self::with_capacity(Some(capacity))
    }

    /// A queue that never makes producers wait.
    ///
    /// Prefer a bounded one where producers can be faster than consumers for long: this one
    /// grows until memory is gone.
    ///
    /// ```
    /// let queue = rungs::queue::Queue::unbounded();
    /// queue.push(1).unwrap(); // never waits
    /// assert_eq!(queue.capacity(), None);
    /// ```
    #[doc(alias = "LinkedBlockingQueue")]
    pub fn unbounded() -> Self {
        Self::with_capacity(None)
    }

    fn with_capacity(capacity: Option<usize>) -> Self {
        let monitor = Monitor::new(Store::new(capacity.unwrap_or(usize::MAX)));
        Self {
            core: Arc::new(Core { monitor, capacity }),
        }
    }

    #[inline]
    fn monitor(&self) -> &Monitor<Store<T>> {
        &self.core.monitor
    }
}

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
        let mut item = Some(item);
        match self.monitor().turn_until(Put(&mut item), None) {
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
        let mut item = Some(item);
        match self.monitor().try_turn(&mut Put(&mut item)) {
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
        let mut item = Some(item);
        match self.monitor().turn_until(Put(&mut item), deadline) {
            Some(Ok(())) => Ok(()),
            Some(Err(Refused)) => Err(PushTimeoutError::Closed(kept(item))),
            None => Err(PushTimeoutError::TimedOut(kept(item))),
        }
    }

    /// Puts `item` at the end; the task waits while the queue is full, in line from the first
    /// poll on.
    ///
    /// *Errors:* [`PushError`], with the item, where the queue is, or gets, closed.
    ///
    /// *Cancel safety:* dropped before it is ready, the item was not pushed, and is dropped with
    /// the future; the place in line is lost. To keep the item, wait for room with a clone of it
    /// or use [`push_timeout`](Self::push_timeout).
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
            visit: Visit::new(self.monitor(), Put(Some(item))),
        }
    }
}

/// Popping.
impl<T> Queue<T> {
    /// Takes the oldest item; the thread sleeps while there is none.
    ///
    /// *Errors:* [`PopError`] where the queue is, or gets, closed, and nothing is left.
    ///
    /// ```
    /// use rungs::queue::Queue;
    ///
    /// let queue = Queue::unbounded();
    /// std::thread::scope(|s| {
    ///     s.spawn(|| queue.push(1).unwrap());
    ///     assert_eq!(queue.pop(), Ok(1));
    /// });
    /// ```
    #[doc(alias = "get")]
    #[doc(alias = "take")]
    #[doc(alias = "recv")]
    #[doc(alias = "dequeue")]
    #[inline]
    pub fn pop(&self) -> Result<T, PopError> {
        self.pop_noting(|| ())
    }

    /// [`pop`](Self::pop), with `note` called in the same step, under the lock, as the item
    /// leaves the queue.
    #[inline]
    pub(crate) fn pop_noting(&self, note: impl FnMut()) -> Result<T, PopError> {
        match self.monitor().turn_until(Take(note), None) {
            Some(popped) => popped,
            None => unreachable!("a wait without a deadline does not time out"),
        }
    }

    /// Takes the oldest item if that needs no waiting.
    ///
    /// *Errors:* [`TryPopError`].
    ///
    /// ```
    /// use rungs::queue::{Queue, TryPopError};
    ///
    /// let queue = Queue::unbounded();
    /// queue.push(1).unwrap();
    /// assert_eq!(queue.try_pop(), Ok(1));
    /// assert_eq!(queue.try_pop(), Err(TryPopError::Empty));
    /// ```
    #[doc(alias = "get_nowait")]
    #[doc(alias = "poll")]
    #[doc(alias = "try_recv")]
    #[inline]
    pub fn try_pop(&self) -> Result<T, TryPopError> {
        match self.monitor().try_turn(&mut Take(|| ())) {
            Some(Ok(item)) => Ok(item),
            Some(Err(PopError)) => Err(TryPopError::Closed),
            None => Err(TryPopError::Empty),
        }
    }

    /// Takes the oldest item, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`PopTimeoutError`].
    ///
    /// ```
    /// use rungs::queue::{PopTimeoutError, Queue};
    /// use std::time::Duration;
    ///
    /// let queue = Queue::unbounded();
    /// queue.push(1).unwrap();
    /// let timeout = Duration::from_millis(1);
    /// assert_eq!(queue.pop_timeout(timeout), Ok(1));
    /// assert_eq!(queue.pop_timeout(timeout), Err(PopTimeoutError::TimedOut));
    /// ```
    #[doc(alias = "recv_timeout")]
    pub fn pop_timeout(&self, timeout: Duration) -> Result<T, PopTimeoutError> {
        self.pop_until(sys::deadline_after(timeout))
    }

    /// Takes the oldest item, or gives up at `deadline`.
    ///
    /// *Errors:* [`PopTimeoutError`].
    ///
    /// ```
    /// use rungs::queue::Queue;
    /// use std::time::Instant;
    ///
    /// let queue = Queue::unbounded();
    /// queue.push(1).unwrap();
    /// assert_eq!(queue.pop_deadline(Instant::now()), Ok(1));
    /// ```
    #[doc(alias = "recv_deadline")]
    pub fn pop_deadline(&self, deadline: Instant) -> Result<T, PopTimeoutError> {
        self.pop_until(Some(deadline))
    }

    fn pop_until(&self, deadline: Option<Instant>) -> Result<T, PopTimeoutError> {
        match self.monitor().turn_until(Take(|| ()), deadline) {
            Some(Ok(item)) => Ok(item),
            Some(Err(PopError)) => Err(PopTimeoutError::Closed),
            None => Err(PopTimeoutError::TimedOut),
        }
    }

    /// Takes the oldest item; the task waits while there is none, in line from the first poll on.
    ///
    /// *Errors:* [`PopError`] where the queue is, or gets, closed, and nothing is left.
    ///
    /// *Cancel safety:* dropped, it loses its place in line and no item, even where it had been
    /// woken for one: that stays where it is, and the next in line is woken.
    ///
    /// ```
    /// use rungs::future::block_on;
    /// use rungs::queue::Queue;
    ///
    /// let queue = Queue::unbounded();
    /// queue.push(1).unwrap();
    /// assert_eq!(block_on(queue.pop_async()), Ok(1));
    /// ```
    pub fn pop_async(&self) -> Pop<'_, T> {
        Pop {
            visit: Visit::new(self.monitor(), Take(nothing as fn())),
        }
    }

    /// The items, waiting for each, until the queue is closed and drained.
    ///
    /// ```
    /// use rungs::queue::Queue;
    ///
    /// let queue = Queue::unbounded();
    /// queue.push(1).unwrap();
    /// queue.push(2).unwrap();
    /// queue.close();
    /// assert!(queue.iter().eq([1, 2]));
    /// assert_eq!((&queue).into_iter().count(), 0);
    /// ```
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(self)
    }

    /// The items that need no waiting.
    ///
    /// ```
    /// use rungs::queue::Queue;
    ///
    /// let queue = Queue::unbounded();
    /// queue.push(1).unwrap();
    /// assert!(queue.try_iter().eq([1]));
    /// assert!(!queue.is_closed());
    /// ```
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter(self)
    }
}

/// Closing and looking.
impl<T> Queue<T> {
    /// Closes the queue: whoever pushes, or waits to, gets the item back; whoever pops gets what
    /// is left, and then an error.
    ///
    /// A push is decided before or after: what went in with `Ok` will come out.
    ///
    /// ```
    /// use rungs::queue::{PopError, Queue};
    ///
    /// let queue = Queue::unbounded();
    /// queue.push(1).unwrap();
    /// queue.close();
    /// assert!(queue.push(2).is_err());
    /// assert_eq!(queue.pop(), Ok(1));
    /// assert_eq!(queue.pop(), Err(PopError));
    /// ```
    #[doc(alias = "shutdown")]
    pub fn close(&self) {
        self.monitor().change(Store::close);
    }

    /// Closes the queue and takes all that is left, in its order: whoever pushes or pops from now
    /// on, or waits to, gets an error.
    ///
    /// ```
    /// let queue = rungs::queue::Queue::unbounded();
    /// queue.push(1).unwrap();
    /// queue.push(2).unwrap();
    /// assert_eq!(queue.close_now(), [1, 2]);
    /// assert!(queue.is_closed() && queue.is_empty());
    /// ```
    #[must_use = "it hands back what was in the queue"]
    pub fn close_now(&self) -> Vec<T> {
        let left = self.monitor().change(|store| {
            store.close();
            store.drain()
        });
        left.into()
    }

    /// Whether the queue was closed; items may be left.
    ///
    /// ```
    /// let queue = rungs::queue::Queue::<i32>::unbounded();
    /// assert!(!queue.is_closed());
    /// queue.close();
    /// assert!(queue.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.monitor().look(Store::is_closed)
    }

    /// How many items are in the queue at some moment during the call.
    ///
    /// ```
    /// let queue = rungs::queue::Queue::unbounded();
    /// queue.push('a').unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.monitor().look(Store::len)
    }

    /// Calls `look` with the number of items, under the lock: no item comes or goes meanwhile.
    pub(crate) fn with_len<R>(&self, look: impl FnOnce(usize) -> R) -> R {
        self.monitor().look(|store| look(store.len()))
    }

    /// Whether no item is in the queue at some moment during the call.
    ///
    /// ```
    /// assert!(rungs::queue::Queue::<i32>::unbounded().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room at some moment during the call; never so in an unbounded queue.
    ///
    /// ```
    /// let queue = rungs::queue::Queue::bounded(1);
    /// queue.push('a').unwrap();
    /// assert!(queue.is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        self.capacity() == Some(self.len())
    }

    /// How many items there is room for, or `None` in an unbounded queue.
    ///
    /// ```
    /// assert_eq!(rungs::queue::Queue::<i32>::bounded(8).capacity(), Some(8));
    /// ```
    #[doc(alias = "maxsize")]
    pub fn capacity(&self) -> Option<usize> {
        self.core.capacity
    }
}

/// The item of a push that failed.
fn kept<T>(item: Option<T>) -> T {
    item.expect("a push that fails keeps its item")
}

/// The note of a pop that nobody counts.
fn nothing() {}

/// The same queue.
impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self {
            core: self.core.clone(),
        }
    }
}

/// An unbounded queue.
impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self::unbounded()
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (len, closed) = self.monitor().look(|s| (s.len(), s.is_closed()));
        f.debug_struct("Queue")
            .field("len", &len)
            .field("capacity", &self.core.capacity)
            .field("closed", &closed)
            .finish()
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
        visit: Visit<'a, Store<T>, Put<Option<T>>>,
    }
}

impl<T> Future for Push<'_, T> {
    type Output = Result<(), PushError<T>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut visit = self.project().visit;
        Poll::Ready(match ready!(visit.as_mut().poll(cx)) {
            Ok(()) => Ok(()),
            Err(Refused) => Err(PushError(kept(visit.turn().0.take()))),
        })
    }
}

impl<T> fmt::Debug for Push<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push").finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`Queue::pop_async`]. It stands in line from its first poll on, and leaves
    /// it when dropped.
    ///
    /// ```
    /// use rungs::queue::{Pop, Queue};
    ///
    /// let queue = Queue::unbounded();
    /// queue.push(1).unwrap();
    /// let pop: Pop<'_, i32> = queue.pop_async();
    /// drop(pop); // was never polled: nothing happened
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Pop<'a, T> {
        #[pin]
        visit: Visit<'a, Store<T>, Take<fn()>>,
    }
}

impl<T> Future for Pop<'_, T> {
    type Output = Result<T, PopError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().visit.poll(cx)
    }
}

impl<T> fmt::Debug for Pop<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pop").finish_non_exhaustive()
    }
}
