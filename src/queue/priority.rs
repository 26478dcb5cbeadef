//! What is most important first: a [`PriorityQueue`], its futures and iterators.
//!
//! Comparisons are code of users, and run under the queue's lock: there is no other time at which
//! the items stand still. They run before anything is changed, and their panics are caught and go
//! on after the lock; see `room`. Nothing else of a user's runs there: a priority
//! is dropped when its item is outside.

use super::common::{
    Core, Handle, Popping, PoppingMany, Pushing, PushingMany, Reserved, Reserving, Timed,
};
use super::error::{
    PopError, PopTimeoutError, PushError, PushTimeoutError, TryPopError, TryPushError,
};
use super::faces::{make_face, opaque, pop_face, push_face};
use super::room::Shelf;
use super::sorted::{Place, Sorted};
use super::stats::Stats;
use super::stream::stream;
use crate::panic::{PanicPayload, catch, discard};
use crate::sync::{TimedOut, WaitEvent};
use crate::sys::{clock::Instant, deadline_after};
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;
use std::cmp::Ordering;
use std::fmt;
use std::iter::FusedIterator;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A queue from which the item of the highest priority comes out first, and of equal ones the
/// oldest; for any number of producers and consumers, threads or tasks.
///
/// The highest is the greatest, as in [`BinaryHeap`](std::collections::BinaryHeap); for the
/// opposite push with [`Reverse`](std::cmp::Reverse). Its verbs, its end and what it promises to
/// those who wait are those of [`Queue`](super::Queue); a clone is the same queue.
///
/// *Fairness:* of the consumers as in a [`Queue`](super::Queue). Not of the items: one of low
/// priority stays for as long as others come before it.
///
/// *Priorities:* two are compared while the queue is locked, so their `Ord` should be quick, and
/// must not use the queue. A push whose comparison panics panics, and loses its item; the queue
/// goes on as if it had not been called. Popping compares nothing. The order in which items come
/// out is not specified where `Ord` is not an order; none is lost even so.
///
/// *Cost:* one lock for each operation, and for a push as many comparisons as the logarithm of the
/// number of items; popping is constant time. Waiting does not allocate. A burst's memory is given
/// back.
///
/// ```
/// use rungs::queue::PriorityQueue;
/// use std::cmp::Reverse;
///
/// let queue = PriorityQueue::unbounded();
/// queue.push(1, "sweep the yard").unwrap();
/// queue.push(9, "put out the fire").unwrap();
/// queue.push(9, "call the doctor").unwrap();
/// assert_eq!(queue.pop(), Ok("put out the fire"));
/// assert_eq!(queue.pop(), Ok("call the doctor"));
///
/// let lowest_first = PriorityQueue::unbounded();
/// lowest_first.push(Reverse(300), "expensive").unwrap();
/// lowest_first.push(Reverse(5), "cheap").unwrap();
/// assert_eq!(lowest_first.pop(), Ok("cheap"));
/// ```
#[doc(alias = "PriorityBlockingQueue")]
#[doc(alias = "BinaryHeap")]
pub struct PriorityQueue<P: Ord, T> {
    core: Handle<Ranked<P, T>>,
}

make_face! {
    PriorityQueue<P, T> where { P: Ord },
    docs: "use rungs::queue::PriorityQueue;", "PriorityQueue::<i32, char>", "1, 'a'",
}

push_face! {
    PriorityQueue<P, T> where { P: Ord },
    entry: (priority: P, item: T) -> (P, T) = (priority, item),
    item: T,
    futures: Pushing, PushingMany, Reserving, Reserved of Ranked<P, T>,
    docs: "use rungs::queue::PriorityQueue;", "PriorityQueue::<i32, char>",
        "1, 'a'", "2, 'b'", "(1, 'a')", "(2, 'b')",
    puts: "an item in",
    back: "with the priority and the item",
    evicts: "the item that would come out last",
        "That may be `item` itself, whose priority is the lowest: a bounded queue keeps the best.",
        "let queue = PriorityQueue::bounded(2);
for n in [3, 9, 1, 5] {
    queue.force_push(n, n).unwrap();
}
assert_eq!(queue.drain(), [9, 5]);",
}

pop_face! {
    PriorityQueue<P, T> where { P: Ord },
    item: T,
    futures: Popping, PoppingMany of Ranked<P, T>,
    docs: "use rungs::queue::PriorityQueue;", "PriorityQueue::<i32, char>", "1, 'a'", "2, 'b'",
    takes: "the item of the highest priority", "there is none",
    drains: "all items that are there", "all that are left",
}

stream! {
    PriorityQueue<P, T> where { P: Ord },
    item: T,
    docs: "use rungs::queue::PriorityQueue;", "PriorityQueue::<i32, char>", "1, 'a'",
}

/// The items, in the order of their priorities.
pub(super) struct Ranked<P, T>(Sorted<P, T>);

impl<P, T> Default for Ranked<P, T> {
    fn default() -> Self {
        Self(Sorted::default())
    }
}

impl<P: Ord, T> Shelf for Ranked<P, T> {
    type Entry = (P, T);
    type Item = T;
    type Place = Place;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn find(&self, (priority, _): &(P, T)) -> Result<Place, PanicPayload> {
        catch(|| self.0.place(|other| other.cmp(priority) == Ordering::Less))
    }

    fn insert(&mut self, place: Place, (priority, item): (P, T)) {
        self.0.insert(place, priority, item);
    }

    fn take_first(&mut self) -> Option<(P, T)> {
        self.0.pop_first()
    }

    fn take_last(&mut self) -> Option<(P, T)> {
        self.0.pop_last()
    }

    fn item((priority, item): (P, T)) -> T {
        discard(priority);
        item
    }
}

/// What is there may come out.
impl<P: Ord, T> Timed for Ranked<P, T> {
    type Bell = ();
}
