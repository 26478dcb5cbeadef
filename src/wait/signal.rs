//! The line of one: a completion, once, that a single waiter waits for.
//!
//! # State
//!
//! `EMPTY` → `WAITING` (a waker is there) → `DONE`, or `EMPTY` → `DONE`. `DONE` stays.
//!
//! # Invariants
//!
//! 1. The waker belongs to the waiter, but for `WAITING`, where it belongs to whoever stores
//!    `DONE`. The waiter takes it back by exchanging `WAITING` for `EMPTY`.
//! 2. `DONE` is stored once. After it the completer touches the waker only if it found `WAITING`.

use crate::panic::{contain, discard};
use crate::sys::{
    atomic::{AtomicUsize, Ordering},
    cell::UnsafeCell,
};
use std::task::{Context, Poll, Waker};

const EMPTY: usize = 0;
const WAITING: usize = 1;
const DONE: usize = 2;

/// A completion that one waiter waits for.
#[derive(Debug)]
pub(crate) struct Signal {
    state: AtomicUsize,
    waker: UnsafeCell<Option<Waker>>,
}

// SAFETY: the waker has one owner at a time (invariant 1).
unsafe impl Send for Signal {}
// SAFETY: as above.
unsafe impl Sync for Signal {}

impl Signal {
    pub(crate) fn new() -> Self {
        Self {
            state: AtomicUsize::new(EMPTY),
            waker: UnsafeCell::new(None),
        }
    }

    /// Whether it was completed; then all that came before is seen.
    pub(crate) fn is_done(&self) -> bool {
        // ORDERING: Acquire, partner of the Release half in `complete`: what was completed is
        // seen. Model: `a_signal_publishes_what_was_completed`.
        self.state.load(Ordering::Acquire) == DONE
    }

    /// Completes it and wakes the waiter.
    ///
    /// # Safety
    ///
    /// Called once.
    pub(crate) unsafe fn complete(&self) {
        // ORDERING: Release, partner of the Acquire in `is_done` and `poll`, for what was
        // completed; Acquire, partner of the Release in `poll`, for the waker. Models:
        // `a_signal_publishes_what_was_completed`, `a_signal_wakes_the_last_waker`.
        if self.state.swap(DONE, Ordering::AcqRel) == WAITING {
            // SAFETY: found WAITING, so the waker is ours (invariant 1).
            let waker = self.waker.with_mut(|waker| unsafe { (*waker).take() });
            if let Some(waker) = waker {
                contain(|| waker.wake());
            }
        }
    }

    /// Waits for the completion.
    ///
    /// # Safety
    ///
    /// One thread at a time: the waiter is one.
    pub(crate) unsafe fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        if self.is_done() {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        // ORDERING: Acquire where it fails: DONE, and what was completed is seen. Relaxed where
        // it succeeds: the waker that we take back is our own. EMPTY is not changed by others
        // but to DONE, so a failure that does not find DONE finds EMPTY.
        let found =
            self.state
                .compare_exchange(WAITING, EMPTY, Ordering::Relaxed, Ordering::Acquire);
        if found == Err(DONE) {
            return Poll::Ready(());
        }
        // SAFETY: EMPTY, so the waker is ours (invariant 1).
        let old = self
            .waker
            .with_mut(|slot| unsafe { (*slot).replace(waker) });
        // ORDERING: Release, partner of the Acquire in `complete`: the waker. Acquire where it
        // fails: DONE, as above. Model: `a_signal_wakes_the_last_waker`.
        let offered =
            self.state
                .compare_exchange(EMPTY, WAITING, Ordering::Release, Ordering::Acquire);
        discard(old);
        match offered {
            Ok(_) => Poll::Pending,
            Err(_) => {
                // SAFETY: found EMPTY by who completed it, so the waker is still ours (invariant
                // 2); nobody is going to call it.
                discard(self.waker.with_mut(|slot| unsafe { (*slot).take() }));
                Poll::Ready(())
            }
        }
    }
}
