//! Wakers, collected under a lock and called after it.

use crate::panic::contain;
use std::task::Waker;

/// How many wakers are collected before the lock is let go to call them.
const BATCH: usize = 8;

/// A batch of wakers.
///
/// Wakers are user code and may panic. The panic of one concerns neither the other waiters nor
/// the caller, who releases something that they all wait for: it goes no further than the panic
/// hook, and each is called all the same.
#[must_use = "the wakers are called by `fire`"]
pub(super) struct Calls {
    /// The wakers, in the order of their line.
    wakers: [Option<Waker>; BATCH],
    /// How many there are.
    len: usize,
}

impl Calls {
    pub(super) fn new() -> Self {
        Self {
            wakers: [const { None }; BATCH],
            len: 0,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.len == BATCH
    }

    /// Collects a waker; there must be room.
    pub(super) fn push(&mut self, waker: Option<Waker>) {
        if let Some(waker) = waker {
            self.wakers[self.len] = Some(waker);
            self.len += 1;
        }
    }

    /// Calls them all. No lock may be held.
    pub(super) fn fire(&mut self) {
        for waker in self.wakers[..self.len].iter_mut().filter_map(Option::take) {
            contain(|| waker.wake());
        }
        self.len = 0;
    }
}
