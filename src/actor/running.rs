//! Whose turn this thread is running.
//!
//! An actor that waits, in its own turn, for something that only a later turn can bring, waits
//! for ever. The thread therefore notes whose turn it runs: a stack of them, since an executor
//! may run one turn inside another. The notes lie where the turns are called.

use crate::sys::thread_local_on_both_faces;
use std::cell::Cell;
use std::ptr;
use std::task::Context;

/// Tells actors apart, while they live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id(usize);

/// A turn that this thread is in.
struct Note {
    actor: Id,
    /// The turn around this one.
    outer: *const Note,
}

thread_local_on_both_faces! {
    /// The innermost turn, if there is one.
    static INNERMOST: Cell<*const Note> = const { Cell::new(ptr::null()) };
}

impl Id {
    /// The identity of what lies at this address, for as long as it does.
    pub(super) fn of<T>(cell: *const T) -> Self {
        Self(cell.addr())
    }

    /// Whether this thread is in a turn of the actor.
    pub(super) fn is_running(self) -> bool {
        // A thread whose locals are gone runs no turn.
        let mut note = INNERMOST.try_with(Cell::get).unwrap_or(ptr::null());
        // SAFETY: a note lies on the stack of a call that is under way.
        while let Some(turn) = unsafe { note.as_ref() } {
            if turn.actor == self {
                return true;
            }
            note = turn.outer;
        }
        false
    }

    /// Whether what is polled is the actor's own message: its waker is the actor itself.
    pub(super) fn is_polling(self, cx: &Context<'_>) -> bool {
        cx.waker().data().addr() == self.0
    }

    /// Runs `turn`, a turn of this actor.
    pub(super) fn run<R>(self, turn: impl FnOnce() -> R) -> R {
        struct Leave(*const Note);
        impl Drop for Leave {
            fn drop(&mut self) {
                let _ = INNERMOST.try_with(|innermost| innermost.set(self.0));
            }
        }
        let mut note = Note {
            actor: self,
            outer: ptr::null(),
        };
        let outer = INNERMOST.try_with(|innermost| {
            note.outer = innermost.get();
            innermost.set(&raw const note);
            note.outer
        });
        let _leave = Leave(outer.unwrap_or(ptr::null()));
        turn()
    }
}
