//! A function over an iterator, on the workers of a pool.

use super::Handle;
use crate::PanicPayload;
use crate::future::{TaskError, TaskFuture};
use crate::panic::catch;
use crate::sys::Arc;
use std::collections::VecDeque;
use std::fmt;
use std::iter::{Fuse, FusedIterator};

/// The results of a function over an iterator, in the order of its items: what
/// [`Handle::map`](super::Handle::map) gives.
///
/// It is lazy: each call of `next` reads the iterator until
/// [`buffer_size`](Self::buffer_size) items are under way, and then waits for the first. So an
/// iterator without end is fine, and what is not asked for is not read.
///
/// *Blocking:* `next` waits for the result that is due. If no worker has begun with that item,
/// the thread runs it itself, as [`TaskFuture::result`] does; so a job may use a map of its own
/// pool.
///
/// *Errors:* an item whose call panicked is an error in its place; those behind it follow.
///
/// *Panics:* if the iterator itself panics, `next` first gives the results of the items before,
/// then lets that panic go on; asked again, it reads on.
///
/// *Cancel safety:* dropping it cancels what no worker has begun.
///
/// ```
/// let pool = rungs::executor::ThreadPoolExecutor::new(2);
/// let mut squares = pool.map(1_u64.., |n| n * n);
/// assert_eq!(squares.next().unwrap().unwrap(), 1);
/// assert_eq!(squares.next().unwrap().unwrap(), 4);
/// ```
#[must_use = "it is lazy: nothing is read before `next`"]
pub struct Map<'a, I, F, R> {
    pool: &'a Handle,
    /// What is left to read.
    items: Fuse<I>,
    f: Arc<F>,
    /// What is under way, in order.
    window: VecDeque<TaskFuture<R>>,
    /// How much may be under way.
    buffer_size: usize,
    /// What the iterator panicked with, after the items in the window.
    panic: Option<PanicPayload>,
}

impl<'a, I, F, R> Map<'a, I, F, R>
where
    I: Iterator<Item: Send + 'static>,
    F: Fn(I::Item) -> R + Send + Sync + 'static,
    R: Send + 'static,
{
    pub(super) fn new(pool: &'a Handle, items: I, f: F, buffer_size: usize) -> Self {
        Self {
            pool,
            items: items.fuse(),
            f: Arc::new(f),
            window: VecDeque::new(),
            buffer_size,
            panic: None,
        }
    }

    /// How many items may be under way at once: read, and their results not asked for yet. Twice
    /// the number of workers, if not set.
    ///
    /// *Panics* where `items` is 0.
    ///
    /// ```
    /// use std::cell::Cell;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let read = Cell::new(0);
    /// let items = (0..100).inspect(|_| read.set(read.get() + 1));
    /// let mut results = pool.map(items, |n| n).buffer_size(3);
    /// results.next();
    /// assert_eq!(read.get(), 3);
    /// ```
    #[doc(alias = "buffersize")]
    #[doc(alias = "buffered")]
    pub fn buffer_size(mut self, items: usize) -> Self {
        assert!(items > 0, "`items` is 0: such a map would never read any");
        self.buffer_size = items;
        self
    }

    /// Reads ahead as far as it may.
    fn fill(&mut self) {
        while self.window.len() < self.buffer_size && self.panic.is_none() {
            match catch(|| self.items.next()) {
                Ok(Some(item)) => {
                    let f = self.f.clone();
                    self.window.push_back(self.pool.submit(move || f(item)));
                }
                Ok(None) => return,
                Err(payload) => self.panic = Some(payload),
            }
        }
    }
}

impl<I, F, R> Iterator for Map<'_, I, F, R>
where
    I: Iterator<Item: Send + 'static>,
    F: Fn(I::Item) -> R + Send + Sync + 'static,
    R: Send + 'static,
{
    type Item = Result<R, TaskError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.fill();
        match self.window.pop_front() {
            Some(due) => Some(due.result()),
            None => match self.panic.take() {
                Some(payload) => payload.resume(),
                None => None,
            },
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.items.size_hint();
        let window = self.window.len();
        (
            least.saturating_add(window),
            most.and_then(|most| most.checked_add(window)),
        )
    }
}

impl<I, F, R> FusedIterator for Map<'_, I, F, R>
where
    I: Iterator<Item: Send + 'static>,
    F: Fn(I::Item) -> R + Send + Sync + 'static,
    R: Send + 'static,
{
}

impl<I, F, R> Drop for Map<'_, I, F, R> {
    fn drop(&mut self) {
        for pending in &self.window {
            pending.cancel();
        }
    }
}

impl<I, F, R> fmt::Debug for Map<'_, I, F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map")
            .field("buffer_size", &self.buffer_size)
            .field("under_way", &self.window.len())
            .finish_non_exhaustive()
    }
}
