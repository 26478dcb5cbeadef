//! Wakers, collected under a lock and called after it.

use crate::sys::thread;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::Waker;

/// How many wakers are collected before the lock is let go to call them.
const BATCH: usize = 8;

/// A batch of wakers.
///
/// Wakers are user code and may panic. Each is called all the same, and the first panic goes on
/// at the [`end`](Self::end); in a thread that unwinds already it is dropped, since a second
/// panic would abort.
#[must_use = "the wakers are called by `fire`"]
pub(super) struct Calls {
    /// The wakers, in the order of their line.
    wakers: [Option<Waker>; BATCH],
    /// How many there are.
    len: usize,
    /// The first panic of a waker.
    panic: Option<Box<dyn Any + Send>>,
}

impl Calls {
    pub(super) fn new() -> Self {
        Self {
            wakers: [const { None }; BATCH],
            len: 0,
            panic: None,
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
        for slot in &mut self.wakers[..self.len] {
            if let Some(waker) = slot.take() {
                let called = catch_unwind(AssertUnwindSafe(|| waker.wake()));
                self.panic = self.panic.take().or(called.err());
            }
        }
        self.len = 0;
    }

    /// Lets no panic go on: for a caller that would lose what it holds. The panic hook has told
    /// of it; the payload, whose `Drop` may panic too, is leaked.
    pub(super) fn absorb(self) {
        debug_assert_eq!(self.len, 0, "wakers were collected and not called");
        std::mem::forget(self.panic);
    }

    /// Lets the first panic go on, once everyone was called.
    pub(super) fn end(self) {
        debug_assert_eq!(self.len, 0, "wakers were collected and not called");
        if let Some(panic) = self.panic
            && !thread::panicking()
        {
            resume_unwind(panic);
        }
    }
}
