//! What a move carries: one item, or many.

use std::ptr;

/// Items on their way into a queue.
pub(super) trait Feed<T> {
    /// How many there are.
    fn left(&self) -> usize;

    /// The next, of which there must be one. Runs no code of users.
    fn next(&mut self) -> T;

    /// Takes the one back that [`next`](Self::next) gave last.
    fn back(&mut self, item: T);
}

/// Items that are lent by somebody who wants back what does not go.
impl<T, F: Feed<T>> Feed<T> for &mut F {
    #[inline]
    fn left(&self) -> usize {
        (**self).left()
    }

    #[inline]
    fn next(&mut self) -> T {
        (**self).next()
    }

    fn back(&mut self, item: T) {
        (**self).back(item);
    }
}

/// One item, and nothing once it is gone.
impl<T> Feed<T> for Option<T> {
    #[inline]
    fn left(&self) -> usize {
        usize::from(self.is_some())
    }

    #[inline]
    fn next(&mut self) -> T {
        self.take().expect("a move goes once")
    }

    fn back(&mut self, item: T) {
        debug_assert!(self.is_none(), "it was given");
        // (Nothing is dropped here, under a lock.)
        std::mem::forget(self.replace(item));
    }
}

/// The items of a `Vec`, from its front; those that did not go stay, in their order.
#[derive(Debug)]
pub(super) struct Batch<'a, T> {
    items: &'a mut Vec<T>,
    /// How many there were. The vector is empty meanwhile: it owns none of them.
    len: usize,
    /// How many are gone.
    gone: usize,
}

impl<'a, T> Batch<'a, T> {
    pub(super) fn new(items: &'a mut Vec<T>) -> Self {
        let len = items.len();
        // SAFETY: 0 is within the capacity; `drop` gives back those that are left.
        unsafe { items.set_len(0) };
        Self {
            items,
            len,
            gone: 0,
        }
    }

    /// How many are gone.
    pub(super) fn gone(&self) -> usize {
        self.gone
    }
}

impl<T> Feed<T> for Batch<'_, T> {
    #[inline]
    fn left(&self) -> usize {
        self.len - self.gone
    }

    #[inline]
    fn next(&mut self) -> T {
        assert!(self.gone < self.len, "a batch gives what it has");
        let index = self.gone;
        self.gone += 1;
        // SAFETY: initialized, as `index` is less than the length that it had; each index is
        // read once.
        unsafe { self.items.as_ptr().add(index).read() }
    }

    fn back(&mut self, item: T) {
        self.gone -= 1;
        let index = self.gone;
        // SAFETY: within the allocation; the item there was given away.
        unsafe { self.items.as_mut_ptr().add(index).write(item) };
    }
}

impl<T> Drop for Batch<'_, T> {
    fn drop(&mut self) {
        let left = self.left();
        let start = self.items.as_mut_ptr();
        // SAFETY: both ranges lie in the allocation; those from `gone` on were not given away.
        unsafe { ptr::copy(start.add(self.gone), start, left) };
        // SAFETY: that many items were just moved to the front.
        unsafe { self.items.set_len(left) };
    }
}

/// Where items from a queue go.
pub(super) trait Sink<T> {
    /// How many more it takes.
    fn room(&self) -> usize;

    /// Takes one, of those. Runs no code of users.
    fn add(&mut self, item: T);
}

/// A sink that is lent.
impl<T, S: Sink<T>> Sink<T> for &mut S {
    #[inline]
    fn room(&self) -> usize {
        (**self).room()
    }

    #[inline]
    fn add(&mut self, item: T) {
        (**self).add(item);
    }
}

/// One item.
impl<T> Sink<T> for Option<T> {
    #[inline]
    fn room(&self) -> usize {
        usize::from(self.is_none())
    }

    #[inline]
    fn add(&mut self, item: T) {
        debug_assert!(self.is_none(), "one item");
        *self = Some(item);
    }
}

/// What a `Vec` has memory for, up to a number.
#[derive(Debug)]
pub(super) struct Gather<'a, T> {
    into: &'a mut Vec<T>,
    /// How many it takes.
    most: usize,
    /// How many it took.
    taken: usize,
}

impl<'a, T> Gather<'a, T> {
    /// Takes up to `most` items, which is not 0, into memory for as many of the `expected`, and
    /// for one at least.
    pub(super) fn new(into: &'a mut Vec<T>, most: usize, expected: usize) -> Self {
        into.reserve(most.min(expected.max(1)));
        Self {
            into,
            most,
            taken: 0,
        }
    }

    /// How many it took.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// Whether it took less than it may.
    pub(super) fn is_short(&self) -> bool {
        self.taken < self.most
    }

    /// Takes up to `more` beyond what it took, of those that it may.
    pub(super) fn extend(&mut self, more: usize) {
        self.most = self.most.min(self.taken.saturating_add(more));
        self.into.reserve(self.most - self.taken);
    }
}

impl<T> Sink<T> for Gather<'_, T> {
    #[inline]
    fn room(&self) -> usize {
        let spare = self.into.capacity() - self.into.len();
        spare.min(self.most - self.taken)
    }

    #[inline]
    fn add(&mut self, item: T) {
        self.into.push(item);
        self.taken += 1;
    }
}
