//! Iterators over what comes out of a queue.

use super::fifo::Queue;
use std::iter::FusedIterator;

/// The items of a queue, waiting for each, until it is closed and drained. Made by
/// [`Queue::iter`].
///
/// ```
/// use rungs::queue::{Iter, Queue};
///
/// let queue = Queue::unbounded();
/// queue.push(1).unwrap();
/// queue.close();
/// let items: Iter<'_, i32> = queue.iter();
/// assert_eq!(items.sum::<i32>(), 1);
/// ```
#[derive(Debug)]
#[must_use = "iterators do nothing unless consumed"]
pub struct Iter<'a, T>(pub(super) &'a Queue<T>);

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.pop().ok()
    }
}

/// A queue that is closed stays closed.
impl<T> FusedIterator for Iter<'_, T> {}

/// The items of a queue that need no waiting. Made by [`Queue::try_iter`].
///
/// ```
/// use rungs::queue::{Queue, TryIter};
///
/// let queue = Queue::unbounded();
/// queue.push(1).unwrap();
/// let items: TryIter<'_, i32> = queue.try_iter();
/// assert_eq!(items.count(), 1);
/// ```
#[derive(Debug)]
#[must_use = "iterators do nothing unless consumed"]
pub struct TryIter<'a, T>(pub(super) &'a Queue<T>);

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.try_pop().ok()
    }
}

impl<'a, T> IntoIterator for &'a Queue<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}
