//! The items of a map that go to a worker together, and what becomes of them.

use crate::future::{TaskError, TaskFuture};
use crate::panic::{catch, discard};
use crate::sys::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use crate::wait::Inbox;
use std::collections::VecDeque;
use std::mem;

/// Values that are dropped one at a time: the panic of one concerns neither the others nor
/// whoever drops them. A single one is not allocated.
pub(super) struct Each<T> {
    first: Option<T>,
    rest: VecDeque<T>,
}

impl<T> Each<T> {
    /// None yet, and room for so many.
    pub(super) fn with_room(values: usize) -> Self {
        Self {
            first: None,
            rest: VecDeque::with_capacity(values.saturating_sub(1)),
        }
    }

    /// Puts a value behind the others. (Not where some have been taken.)
    #[inline]
    pub(super) fn push(&mut self, value: T) {
        match self.first {
            None => self.first = Some(value),
            Some(_) => self.rest.push_back(value),
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len()
    }
}

impl<T> Iterator for Each<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.first.take().or_else(|| self.rest.pop_front())
    }
}

impl<T> Drop for Each<T> {
    fn drop(&mut self) {
        if mem::needs_drop::<T>() {
            self.by_ref().for_each(discard);
        }
    }
}

/// What all chunks of a map share.
pub(super) struct Work<F> {
    f: F,
    /// Not 0 when nobody wants any more results.
    over: AtomicUsize,
}

impl<F> Work<F> {
    pub(super) fn new(f: F) -> Arc<Self> {
        Arc::new(Self {
            f,
            over: AtomicUsize::new(0),
        })
    }

    /// Lets those who are at a chunk leave the rest of it.
    pub(super) fn stop(&self) {
        // ORDERING: Relaxed, here and below: it saves work, and hands nothing over.
        self.over.store(1, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        // ORDERING: as above.
        self.over.load(Ordering::Relaxed) != 0
    }

    /// Does a chunk: as many results as items, in their order, or fewer where nobody wants them.
    fn results<T, R>(&self, mut items: Each<T>) -> Each<Result<R, TaskError>>
    where
        F: Fn(T) -> R,
    {
        let mut results = Each::with_room(items.len());
        while !self.is_over() {
            match items.next() {
                Some(item) => {
                    let result = catch(|| (self.f)(item));
                    results.push(result.map_err(TaskError::Panicked));
                }
                None => break,
            }
        }
        results
    }

    /// The job that does a chunk. When it has run, or is dropped, it says so by `notice`.
    pub(super) fn job<T, R>(
        self: &Arc<Self>,
        items: Each<T>,
        notice: Option<Notice>,
    ) -> impl FnOnce() -> Each<Result<R, TaskError>> + Send + use<T, F, R>
    where
        T: Send,
        F: Fn(T) -> R + Send + Sync,
    {
        let work = self.clone();
        move || {
            let _notice = notice;
            work.results(items)
        }
    }
}

/// Dropped, it tells who waits for any chunk that this one is done.
pub(super) struct Notice {
    /// The number of the chunk.
    pub(super) number: usize,
    pub(super) inbox: Arc<Inbox<usize>>,
}

impl Drop for Notice {
    fn drop(&mut self) {
        self.inbox.push(self.number);
    }
}

/// A chunk that is under way.
pub(super) struct Flight<R> {
    /// How many items it has.
    pub(super) items: usize,
    pub(super) task: TaskFuture<Each<Result<R, TaskError>>>,
}

/// The errors of a chunk that was not done as a whole.
pub(super) fn errors<R>(items: usize, error: &TaskError) -> Each<Result<R, TaskError>> {
    let error = || match error {
        TaskError::Cancelled => TaskError::Cancelled,
        TaskError::Rejected => TaskError::Rejected,
        _ => TaskError::Broken,
    };
    let mut errors = Each::with_room(items);
    (0..items).for_each(|_| errors.push(Err(error())));
    errors
}
