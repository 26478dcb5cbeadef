//! First in, first out: the queue itself, how it is closed, and what it shows.
//!
//! The items are a [`Fifo`](super::store::Fifo), a ring or a chain of blocks on which who need not
//! wait works without a lock, and which the [`Lines`](crate::wait::Lines) of those who wait stand
//! around. An item goes from its producer's hands into a slot and from there into its consumer's,
//! and is nowhere in between: a pop that gives up after it was woken leaves the item where it is,
//! at the front.

use super::error::{
    PopError, PopTimeoutError, PushError, PushTimeoutError, TryPopError, TryPushError,
};
use super::faces::{opaque, pop_face, push_face};
use super::pop::{Popping, PoppingMany};
use super::push::{Pushing, PushingMany};
use super::slot::{Reserved, Reserving};
use super::stats::Stats;
use super::store::{self, FifoLines};
use crate::sync::{Event, TimedOut, WaitEvent};
use crate::sys::{Arc, clock::Instant, deadline_after};
use pin_project_lite::pin_project;
use std::fmt;
use std::iter::FusedIterator;
use std::pin::Pin;
use std::task::{Context, Poll};
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
/// is [reserved](Self::reserve): one compare-exchange for an item, or for a
/// [batch](Self::push_many) of them. (An unbounded queue takes one for a moment with each block of
/// 63 items that is left; a rendezvous always.) Neither allocates, but for a block of 63 items now
/// and then where the queue is unbounded or large, and is not drained as it is filled; waiting does
/// not either. A thread that was interrupted by the system in the middle of a push or a pop, a
/// matter of a few instructions, can make others wait until it runs again, giving their time slices
/// away; the `try_` forms of a small queue find it full or empty then that is not quite.
///
/// *Looking:* what [`len`](Self::len), [`stats`](Self::stats) and the like say was so at some
/// moment during the call, or nearly so, where many push and pop at that moment.
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
    /// one, and [`len`](Self::len) is 1 meanwhile. A [`push_async`](Self::push_async) that is
    /// dropped may have lost its item to a consumer already, and not been told.
    ///
    /// It [is full](Self::is_full) unless a consumer waits. It has no places:
    /// [`reserve`](Self::reserve) and its like panic.
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
}

push_face! {
    Queue<T> where {},
    entry: (item: T) -> T = item,
    item: T,
    futures: Pushing, PushingMany, Reserving, Reserved of T,
    docs: "use rungs::queue::Queue;", "Queue::<char>", "'a'", "'b'", "'a'", "'b'",
    puts: "`item` at the end",
    back: "with the item",
    evicts: "the oldest item",
        "(Where every place is reserved, or it is a rendezvous and nobody waits, that is `item`.)",
        "let latest = Queue::bounded(2);
assert_eq!(latest.force_push(1), Ok(None));
assert_eq!(latest.force_push(2), Ok(None));
assert_eq!(latest.force_push(3), Ok(Some(1)));
assert_eq!(latest.drain(), [2, 3]);",
    reserves: "*Panics*, in all forms, at a [`rendezvous`](Self::rendezvous): it has no places.",
}

pop_face! {
    Queue<T> where {},
    item: T,
    futures: Popping, PoppingMany of T,
    docs: "use rungs::queue::Queue;", "Queue::<char>", "'a'", "'b'",
    takes: "the oldest item", "there is none",
    drains: "all items that are there now", "all that are left",
}

/// What the handles share.
pub(super) struct Core<T> {
    pub(super) lines: FifoLines<T>,
    /// How many items there is room for; `None`: as many as come.
    capacity: Option<usize>,
    /// Set when the queue is closed.
    closed: Event,
}

/// Closing and looking.
impl<T> Core<T> {
    fn close(&self) {
        let store = self.lines.store();
        self.lines.alter(|inside, _| store.close(inside));
        self.closed.set();
    }

    fn close_now(&self) -> Vec<T> {
        self.close();
        let mut left = Vec::new();
        // Nothing comes in any more, so this does not wait.
        while self.pop_many_until(&mut left, usize::MAX, None).is_ok() {}
        left
    }

    fn closing(&self) -> &Event {
        &self.closed
    }

    fn is_closed(&self) -> bool {
        let closed = self.lines.store().is_closed();
        closed.unwrap_or_else(|| self.lines.peek(|inside, _| inside.closed))
    }

    pub(super) fn len(&self) -> usize {
        let len = self.lines.store().len();
        len.unwrap_or_else(|| self.lines.peek(|inside, _| inside.meet.len()))
    }

    fn is_full(&self) -> bool {
        let store = self.lines.store();
        self.lines
            .peek(|inside, waiting| store.room(inside, waiting) == 0)
    }

    pub(super) fn capacity(&self) -> Option<usize> {
        self.capacity
    }

    fn stats(&self) -> Stats {
        let store = self.lines.store();
        self.lines.peek(|inside, waiting| {
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

    fn describe(&self, f: &mut fmt::DebugStruct<'_, '_>) -> fmt::Result {
        f.field("len", &self.len())
            .field("capacity", &self.capacity)
            .field("closed", &self.is_closed())
            .finish()
    }
}
