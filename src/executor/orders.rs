//! The jobs that one worker alone is to do: a [broadcast](super::ThreadPoolExecutor::broadcast)
//! gives one to each.
//!
//! # Ordering
//!
//! Orders travel under a lock. They are given under the lock of the sleepers, too, and there the
//! worker makes sure that it has none before it sleeps or leaves. Until then it looks without a
//! lock, and may see one a little later.

use crate::future::Job;
use crate::sys::{Mutex, Tally};
use std::collections::VecDeque;
use std::fmt;

/// The orders of one worker. They are dropped with it, where its thread does not begin.
pub(crate) struct Orders {
    queue: Mutex<VecDeque<Job>>,
    /// The length of the queue, to look at without the lock.
    len: Tally,
}

impl Orders {
    pub(super) fn new() -> Self {
        Self {
            queue: Mutex::new(VecDeque::new()),
            len: Tally::default(),
        }
    }

    /// Gives an order.
    pub(super) fn give(&self, order: Job) {
        self.change(|queue| queue.push_back(order));
    }

    /// Whether there are any.
    #[inline]
    pub(super) fn is_any(&self) -> bool {
        self.len.get() != 0
    }

    /// The next one.
    #[inline]
    pub(super) fn take(&self) -> Option<Job> {
        match self.is_any() {
            true => self.change(VecDeque::pop_front),
            false => None,
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut VecDeque<Job>) -> T) -> T {
        let mut queue = self.queue.lock();
        let result = change(&mut queue);
        self.len.set(queue.len());
        result
    }
}

impl fmt::Debug for Orders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Orders")
            .field("len", &self.len.get())
            .finish_non_exhaustive()
    }
}
