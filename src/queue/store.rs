//! What a queue keeps under its lock, and the two turns that it lets go: one that puts an item
//! there and one that takes one away.
//!
//! # Invariants
//!
//! 1. There are never more than `limit` items.
//! 2. `closed` stays. From then on no item comes in.
//! 3. An item is in the ring or in the hands of one caller; it never waits anywhere else.

use super::error::PopError;
use crate::wait::{Side, Stock, Turn};
use std::borrow::BorrowMut;
use std::collections::VecDeque;

/// How much memory a queue keeps when few items are in it.
const KEPT_BYTES: usize = 1 << 14;

/// The items of a queue, oldest first.
pub(super) struct Store<T> {
    ring: VecDeque<T>,
    /// How many items there is room for.
    limit: usize,
    /// Whether items come in no more.
    closed: bool,
}

impl<T> Store<T> {
    /// How many items' memory is kept when few items are there.
    const KEPT: usize = match size_of::<T>() {
        0 => usize::MAX,
        size => KEPT_BYTES / size,
    };

    /// An empty store with room for `limit` items. The memory of a small one is allocated now,
    /// that of a large one grows with what is in it.
    pub(super) fn new(limit: usize) -> Self {
        let ring = if limit <= Self::KEPT {
            VecDeque::with_capacity(limit)
        } else {
            VecDeque::new()
        };
        Self {
            ring,
            limit,
            closed: false,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ring.len()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// Takes all items.
    pub(super) fn drain(&mut self) -> VecDeque<T> {
        std::mem::take(&mut self.ring)
    }

    fn take(&mut self) -> Option<T> {
        let item = self.ring.pop_front()?;
        if self.ring.capacity() > Self::KEPT && self.ring.len() <= self.ring.capacity() / 4 {
            self.shrink();
        }
        Some(item)
    }

    /// Gives half of the memory back after a burst. Halved at a quarter, so that each item that
    /// is moved was paid for by one that went.
    #[cold]
    fn shrink(&mut self) {
        self.ring
            .shrink_to((self.ring.capacity() / 2).max(Self::KEPT));
    }
}

impl<T> Stock for Store<T> {
    fn ready(&self, side: Side) -> usize {
        match side {
            // All may go, to be refused.
            _ if self.closed => usize::MAX,
            Side::Put => self.limit - self.ring.len(),
            Side::Take => self.ring.len(),
        }
    }
}

/// The queue was closed, and the item is still where it was.
pub(super) struct Refused;

/// Puts the item of an `Option` (owned, or lent by a caller who wants it back) into the store.
pub(super) struct Put<P>(pub(super) P);

impl<T, P: BorrowMut<Option<T>>> Turn<Store<T>> for Put<P> {
    const SIDE: Side = Side::Put;
    type Output = Result<(), Refused>;

    #[inline]
    fn go(&mut self, store: &mut Store<T>) -> Option<Self::Output> {
        if store.closed {
            return Some(Err(Refused));
        }
        if store.ring.len() == store.limit {
            return None;
        }
        let item = self.0.borrow_mut().take();
        store.ring.push_back(item.expect("a turn goes once"));
        Some(Ok(()))
    }
}

/// Takes the oldest item, and makes a note of it in the same step, under the lock.
pub(super) struct Take<N>(pub(super) N);

impl<T, N: FnMut()> Turn<Store<T>> for Take<N> {
    const SIDE: Side = Side::Take;
    type Output = Result<T, PopError>;

    #[inline]
    fn go(&mut self, store: &mut Store<T>) -> Option<Self::Output> {
        match store.take() {
            Some(item) => {
                (self.0)();
                Some(Ok(item))
            }
            None => store.closed.then_some(Err(PopError)),
        }
    }
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_a_burst_is_given_back() {
        let mut store = Store::new(usize::MAX);
        for n in 0..100_000_u64 {
            store.ring.push_back(n);
        }
        let most = store.ring.capacity();
        (0..100_000).for_each(|n| assert_eq!(store.take(), Some(n)));
        assert!(
            store.ring.capacity() <= most / 32,
            "{}",
            store.ring.capacity()
        );
        assert!(store.ring.capacity() >= Store::<u64>::KEPT);
    }

    #[test]
    fn a_small_store_allocates_once() {
        let mut store = Store::new(16);
        let at_first = store.ring.capacity();
        (0..16).for_each(|n| store.ring.push_back(n));
        while store.take().is_some() {}
        assert!(at_first >= 16 && store.ring.capacity() == at_first);
        assert_eq!(Store::<[u8; 1 << 20]>::new(usize::MAX).ring.capacity(), 0);
    }
}
