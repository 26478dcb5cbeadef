//! First in, first out: the queue itself, how it is closed, and what it shows.
//!
//! The items are a [`Fifo`](super::store::Fifo), a ring or a chain of blocks on which who need not
//! wait works without a lock, and which the [`Lines`](crate::wait::Lines) of those who wait stand
//! around. An item goes from its producer's hands into a slot and from there into its consumer's,
//! and is nowhere in between: a pop that gives up after it was woken leaves the item where it is,
//! at the front.

use super::stats::Stats;
use super::store::{self, FifoLines};
use crate::sync::{Event, TimedOut, WaitEvent};
use crate::sys::{Arc, clock::Instant};
use std::fmt;
use std::time::Duration;

/// A queue, first in, first out, for any number of producers and consumers, threads or tasks.
///
/// A clone is the same queue. A [`bounded`](Self::bounded) queue makes producers wait while it
/// is full; an [`unbounded`](Self::unbounded) one takes what memory can hold; at a
/// [`rendezvous`](Self::rendezvous) producers wait for consumers.
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
/// *Memory:* what happened before an item was pushed is seen by whoever pops it. What a burst
/// needed is given back as it drains.
///
/// *Cost:* pushing and popping take no lock where nobody has to wait or to be woken and no place
/// is reserved: one compare-exchange for an item, or for a [batch](Self::push_many) of them. (An
/// unbounded queue takes one for a moment with each block of 63 items that is left; a rendezvous
/// always.) Neither allocates, but for a block of 63 items now and then where the queue is unbounded or large, and is not
/// drained as it is filled; waiting does not either. A thread that was interrupted by the system
/// in the middle of a push or a pop, a matter of a few instructions, can make others wait until it
/// runs again, giving their time slices away; the `try_` forms of a small queue find it full or
/// empty then that is not quite.
///
/// *Source:* the ring is Vyukov's (2010), the chain of blocks that of crossbeam's `SegQueue`.
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
    lines: FifoLines<T>,
    /// How many items there is room for; `None`: as many as come.
    capacity: Option<usize>,
    /// Set when the queue is closed.
    closed: Event,
}

impl<T> Queue<T> {
    /// A queue with room for `capacity` items, which makes producers wait while it is full.
    ///
    /// The memory is allocated now where it is less than a mebibyte, or the capacity less than 64,
    /// and otherwise as items come, for 63 at a time; so a capacity of `usize::MAX` is fine.
    ///
    /// *Panics* where `capacity` is 0: that is a [`rendezvous`](Self::rendezvous).
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

    /// A queue with room for nothing: producers wait for consumers, and consumers for producers.
    ///
    /// A push is over when its item was taken, or is about to be by a consumer who waits. Where
    /// that consumer goes away instead (a timeout, a dropped future), the item stays for the next
    /// one, and [`len`](Self::len) is 1 meanwhile.
    ///
    /// *Cost:* a short lock for each operation.
    ///
    /// ```
    /// use rungs::queue::{Queue, TryPushError};
    ///
    /// let queue = Queue::rendezvous();
    /// assert_eq!(queue.try_push(1), Err(TryPushError::Full(1))); // nobody is there
    /// std::thread::scope(|s| {
    ///     s.spawn(|| queue.push(2).unwrap());
    ///     assert_eq!(queue.pop(), Ok(2));
    /// });
    /// ```
    #[doc(alias = "SynchronousQueue")]
    #[doc(alias = "unbuffered")]
    pub fn rendezvous() -> Self {
        Self::with_capacity(Some(0))
    }

    fn with_capacity(capacity: Option<usize>) -> Self {
        Self {
            core: Arc::new(Core {
                lines: store::open(capacity.unwrap_or(usize::MAX)),
                capacity,
                closed: Event::new(false),
            }),
        }
    }

    #[inline]
    pub(super) fn lines(&self) -> &FifoLines<T> {
        &self.core.lines
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
        let store = self.lines().store();
        self.lines().alter(|inside, _| store.close(inside));
        self.core.closed.set();
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
        self.close();
        let mut left = Vec::new();
        // Nothing comes in any more, so this does not wait.
        while self.pop_many(&mut left, usize::MAX).is_ok() {}
        left
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
        let closed = self.lines().store().is_closed();
        closed.unwrap_or_else(|| self.lines().peek(|inside, _| inside.closed))
    }

    /// Waits until the queue is closed; items may be left. The other forms are those of
    /// [`Event`]: [`closed_timeout`](Self::closed_timeout),
    /// [`closed_deadline`](Self::closed_deadline), [`closed_async`](Self::closed_async), and
    /// [`is_closed`](Self::is_closed) for one that does not wait.
    ///
    /// ```
    /// let queue = rungs::queue::Queue::<i32>::unbounded();
    /// std::thread::scope(|s| {
    ///     s.spawn(|| queue.close());
    ///     queue.closed();
    ///     assert!(queue.is_closed());
    /// });
    /// ```
    pub fn closed(&self) {
        self.core.closed.wait();
    }

    /// Waits until the queue is closed, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// ```
    /// use rungs::{queue::Queue, sync::TimedOut};
    /// use std::time::Duration;
    ///
    /// let queue = Queue::<i32>::unbounded();
    /// assert_eq!(queue.closed_timeout(Duration::ZERO), Err(TimedOut));
    /// ```
    pub fn closed_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        self.core.closed.wait_timeout(timeout)
    }

    /// Waits until the queue is closed, or gives up at `deadline`.
    ///
    /// ```
    /// use rungs::queue::Queue;
    /// use std::time::Instant;
    ///
    /// let queue = Queue::<i32>::unbounded();
    /// queue.close();
    /// assert!(queue.closed_deadline(Instant::now()).is_ok());
    /// ```
    pub fn closed_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        self.core.closed.wait_deadline(deadline)
    }

    /// Waits, as a task, until the queue is closed. Dropped, it loses nothing.
    ///
    /// ```
    /// use rungs::{future::block_on, queue::Queue};
    ///
    /// let queue = Queue::<i32>::unbounded();
    /// queue.close();
    /// block_on(queue.closed_async());
    /// ```
    pub fn closed_async(&self) -> WaitEvent<'_> {
        self.core.closed.wait_async()
    }

    /// How many items are in the queue, at some moment during the call unless it is very busy.
    ///
    /// ```
    /// let queue = rungs::queue::Queue::unbounded();
    /// queue.push('a').unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        let len = self.lines().store().len();
        len.unwrap_or_else(|| self.lines().peek(|inside, _| inside.meet.len()))
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
    /// A place that is [reserved](Self::reserve) is no room for others. A rendezvous has room
    /// while a consumer waits.
    ///
    /// ```
    /// let queue = rungs::queue::Queue::bounded(1);
    /// queue.push('a').unwrap();
    /// assert!(queue.is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        let store = self.lines().store();
        self.lines()
            .peek(|inside, waiting| store.room(inside, waiting) == 0)
    }

    /// How many items there is room for, or `None` in an unbounded queue.
    ///
    /// ```
    /// use rungs::queue::Queue;
    ///
    /// assert_eq!(Queue::<i32>::bounded(8).capacity(), Some(8));
    /// assert_eq!(Queue::<i32>::rendezvous().capacity(), Some(0));
    /// ```
    #[doc(alias = "maxsize")]
    pub fn capacity(&self) -> Option<usize> {
        self.core.capacity
    }

    /// What came and went, and who waits, at about one moment during the call.
    ///
    /// ```
    /// use rungs::queue::Queue;
    ///
    /// let queue = Queue::bounded(8);
    /// queue.push('a').unwrap();
    /// queue.push('b').unwrap();
    /// queue.pop().unwrap();
    /// let stats = queue.stats();
    /// assert_eq!((stats.pushed, stats.popped, stats.len), (2, 1, 1));
    /// assert_eq!((stats.waiting_producers, stats.waiting_consumers), (0, 0));
    /// ```
    pub fn stats(&self) -> Stats {
        let store = self.lines().store();
        self.lines().peek(|inside, waiting| {
            let (pushed, popped) = store.counts(inside);
            Stats {
                len: pushed - popped,
                pushed: pushed as u64,
                popped: popped as u64,
                waiting_producers: waiting.put,
                waiting_consumers: waiting.take,
            }
        })
    }
}

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
        f.debug_struct("Queue")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("closed", &self.is_closed())
            .finish()
    }
}
