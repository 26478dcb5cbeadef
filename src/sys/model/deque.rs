//! Stand-ins for `crossbeam-deque`, into which loom cannot see.
//!
//! A lock and a `VecDeque`, with the two liberties that the real ones take: `is_empty` reads a
//! *relaxed* length, which may be old, and a steal may answer `Retry` for no reason that the
//! caller can see (here as often as a model asks for by [`script_retries`]).

use super::atomic::{AtomicUsize, Ordering};
use loom::sync::Mutex;
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::Arc;

pub(crate) use crossbeam_deque::Steal;

std::thread_local! {
    /// How many more steals of the running execution answer `Retry`.
    static RETRIES: Cell<usize> = const { Cell::new(0) };
}

/// Lets the next `count` steals of this execution answer `Retry`.
#[cfg(all(test, feature = "loom"))]
pub(crate) fn script_retries(count: usize) {
    RETRIES.set(count);
}

#[derive(Debug)]
struct Shared<T> {
    items: Mutex<VecDeque<T>>,
    /// The length, outside the lock, for `is_empty`.
    len: AtomicUsize,
}

impl<T> Shared<T> {
    fn new() -> Self {
        Self {
            items: Mutex::new(VecDeque::new()),
            len: AtomicUsize::new(0),
        }
    }

    fn with<R>(&self, change: impl FnOnce(&mut VecDeque<T>) -> R) -> R {
        let mut items = self.items.lock().unwrap();
        let result = change(&mut items);
        // ORDERING: Relaxed, as is the load below: that the length may be old is the point.
        self.len.store(items.len(), Ordering::Relaxed);
        result
    }

    fn is_empty(&self) -> bool {
        self.len.load(Ordering::Relaxed) == 0
    }

    fn len(&self) -> usize {
        // ORDERING: Relaxed: as above.
        self.len.load(Ordering::Relaxed)
    }

    fn steal(&self) -> Steal<T> {
        if retry() {
            return Steal::Retry;
        }
        match self.with(VecDeque::pop_front) {
            Some(item) => Steal::Success(item),
            None => Steal::Empty,
        }
    }
}

/// The queue that anybody pushes to.
#[derive(Debug)]
pub(crate) struct Injector<T>(Shared<T>);

impl<T> Injector<T> {
    pub(crate) fn new() -> Self {
        Self(Shared::new())
    }

    pub(crate) fn push(&self, item: T) {
        self.0.with(|items| items.push_back(item));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn steal(&self) -> Steal<T> {
        self.0.steal()
    }

    /// Moves half of what is there to `worker`, and gives the first.
    pub(crate) fn steal_batch_and_pop(&self, worker: &Worker<T>) -> Steal<T> {
        steal_batch(&self.0, worker)
    }
}

/// The deque of one worker.
#[derive(Debug)]
pub(crate) struct Worker<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Worker<T> {
    pub(crate) fn new_fifo() -> Self {
        Self {
            shared: Arc::new(Shared::new()),
        }
    }

    pub(crate) fn push(&self, item: T) {
        self.shared.with(|items| items.push_back(item));
    }

    pub(crate) fn pop(&self) -> Option<T> {
        self.shared.with(VecDeque::pop_front)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shared.is_empty()
    }

    pub(crate) fn stealer(&self) -> Stealer<T> {
        Stealer {
            shared: self.shared.clone(),
        }
    }
}

/// The other end of a worker's deque.
#[derive(Debug)]
pub(crate) struct Stealer<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Clone for Stealer<T> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
        }
    }
}

impl<T> Stealer<T> {
    pub(crate) fn is_empty(&self) -> bool {
        self.shared.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.shared.len()
    }

    pub(crate) fn steal(&self) -> Steal<T> {
        self.shared.steal()
    }

    /// Moves half of what is there to `worker`, and gives the first.
    pub(crate) fn steal_batch_and_pop(&self, worker: &Worker<T>) -> Steal<T> {
        steal_batch(&self.shared, worker)
    }
}

/// Whether this steal is one of the scripted failures.
fn retry() -> bool {
    let left = RETRIES.get();
    RETRIES.set(left.saturating_sub(1));
    left > 0
}

fn steal_batch<T>(from: &Shared<T>, to: &Worker<T>) -> Steal<T> {
    if retry() {
        return Steal::Retry;
    }
    let mut batch = from.with(|items| {
        let half = items.len().div_ceil(2);
        items.drain(..half).collect::<VecDeque<_>>()
    });
    match batch.pop_front() {
        None => Steal::Empty,
        Some(first) => {
            if !batch.is_empty() {
                to.shared.with(|items| items.append(&mut batch));
            }
            Steal::Success(first)
        }
    }
}
