//! Last in, first out: a [`LifoQueue`], its futures and iterators.

use super::common::{
    Core, Handle, Popping, PoppingMany, Pushing, PushingMany, Reserved, Reserving, Timed,
};
use super::error::{
    PopError, PopTimeoutError, PushError, PushTimeoutError, TryPopError, TryPushError,
};
use super::faces::{make_face, opaque, pop_face, push_face};
use super::room::Shelf;
use super::stats::Stats;
use super::stream::stream;
use crate::panic::PanicPayload;
use crate::sync::{TimedOut, WaitEvent};
use crate::sys::{clock::Instant, deadline_after};
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;
use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// How much memory is kept when few items are left.
const KEPT_BYTES: usize = 1 << 14;

/// A queue from which the newest item comes out first, for any number of producers and consumers,
/// threads or tasks.
///
/// For work of which the latest is the most urgent, or the most likely to be in the caches still,
/// and for pools of things that are used again. Its verbs, its end and what it promises to those
/// who wait are those of [`Queue`](super::Queue); a clone is the same queue.
///
/// *Fairness:* of the consumers as in a [`Queue`](super::Queue). Not of the items: the oldest
/// stays for as long as newer ones come.
///
/// *Cost:* one short lock for each operation; waiting does not allocate. A burst's memory is given
/// back.
///
/// ```
/// use rungs::queue::LifoQueue;
///
/// let queue = LifoQueue::unbounded();
/// for n in 0..3 {
///     queue.push(n).unwrap();
/// }
/// queue.close();
/// assert!(queue.iter().eq([2, 1, 0]));
/// ```
#[doc(alias = "Stack")]
#[doc(alias = "BlockingDeque")]
pub struct LifoQueue<T> {
    core: Handle<Stack<T>>,
}

make_face! {
    LifoQueue<T> where {},
    docs: "use rungs::queue::LifoQueue;", "LifoQueue::<char>", "'a'",
}

push_face! {
    LifoQueue<T> where {},
    entry: (item: T) -> T = item,
    item: T,
    futures: Pushing, PushingMany, Reserving, Reserved of Stack<T>,
    docs: "use rungs::queue::LifoQueue;", "LifoQueue::<char>", "'a'", "'b'", "'a'", "'b'",
    puts: "an item in",
    back: "with the item",
    evicts: "the oldest item", "(Where all room is reserved and nothing is there, that is `item`.)",
        "let queue = LifoQueue::bounded(2);
for n in 1..4 {
    let evicted = queue.force_push(n).unwrap();
    assert_eq!(evicted, (n == 3).then_some(1));
}
assert_eq!(queue.drain(), [3, 2]);",
}

pop_face! {
    LifoQueue<T> where {},
    item: T,
    futures: Popping, PoppingMany of Stack<T>,
    docs: "use rungs::queue::LifoQueue;", "LifoQueue::<char>", "'a'", "'b'",
    takes: "the newest item", "there is none",
    drains: "all items that are there", "all that are left",
}

stream! {
    LifoQueue<T> where {},
    item: T,
    docs: "use rungs::queue::LifoQueue;", "LifoQueue::<char>", "'a'",
}

/// The items, oldest first.
pub(super) struct Stack<T>(VecDeque<T>);

impl<T> Stack<T> {
    /// How many items' memory is kept when few items are there.
    const KEPT: usize = match size_of::<T>() {
        0 => usize::MAX,
        size => KEPT_BYTES / size,
    };

    /// Gives half of the memory back after a burst. At a quarter, so that each item that is moved
    /// was paid for by one that went.
    fn shrink(&mut self) {
        let capacity = self.0.capacity();
        if capacity > Self::KEPT && self.0.len() <= capacity / 4 {
            self.0.shrink_to((capacity / 2).max(Self::KEPT));
        }
    }
}

impl<T> Default for Stack<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Shelf for Stack<T> {
    type Entry = T;
    type Item = T;
    type Place = ();

    fn len(&self) -> usize {
        self.0.len()
    }

    fn find(&self, _: &T) -> Result<(), PanicPayload> {
        Ok(())
    }

    fn insert(&mut self, (): (), item: T) {
        self.0.push_back(item);
    }

    fn take_first(&mut self) -> Option<T> {
        let item = self.0.pop_back();
        self.shrink();
        item
    }

    fn take_last(&mut self) -> Option<T> {
        self.0.pop_front()
    }

    fn item(item: T) -> T {
        item
    }
}

/// What is there may come out.
impl<T> Timed for Stack<T> {
    type Bell = ();
}
