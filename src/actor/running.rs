//! Whose turn this thread is running.
//!
//! An actor that waits, in its own turn, for something that only a later turn can bring, waits
//! for ever. The thread therefore notes whose turn it runs: a stack of them, since an executor
//! may run one turn inside another.

use crate::sys::thread_local_on_both_faces;
use std::cell::RefCell;

/// Tells actors apart, while they live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(usize);

impl Id {
    /// The identity of what lies at this address, for as long as it does.
    pub(super) fn of<T>(cell: *const T) -> Self {
        Self(cell.addr())
    }

    /// Whether this thread is in a turn of the actor.
    pub(super) fn is_running(self) -> bool {
        // A thread whose locals are gone runs no turn.
        TURNS
            .try_with(|turns| turns.borrow().contains(&self))
            .unwrap_or(false)
    }
}

thread_local_on_both_faces! {
    /// The actors whose turns this thread is in, the innermost last.
    static TURNS: RefCell<Vec<Id>> = RefCell::new(Vec::new());
}

/// Lasts as long as a turn.
#[must_use = "the turn lasts as long as this"]
pub(super) struct Turn(());

impl Turn {
    /// A turn of `actor` begins in this thread.
    pub(super) fn begin(actor: Id) -> Self {
        let _ = TURNS.try_with(|turns| turns.borrow_mut().push(actor));
        Self(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let _ = TURNS.try_with(|turns| turns.borrow_mut().pop());
    }
}
