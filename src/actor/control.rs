//! The control word of an actor: how many messages it owes, and whether it takes more.
//!
//! # State
//!
//! ```text
//!  usize::BITS - 1                                            2    1        0
//! ┌────────────────────────────────────────────────────────────┬────────┬────────┐
//! │ messages accepted whose round is not over                  │ KILLED │ CLOSED │
//! └────────────────────────────────────────────────────────────┴────────┴────────┘
//! ```
//!
//! `CLOSED`: no message is accepted any more; the actor ends when none is left. `KILLED`, never
//! without `CLOSED`: it ends without handling those that are left. Neither is ever cleared. An
//! actor is *idle* when the word is zero. Whoever makes it not idle owes it a turn, and the turn
//! that makes it idle again gives up: so there is at most one turn, waiting or running, and the
//! length, a later bound, and the end of acceptance are decided in one place, without a fence.
//!
//! # Ordering
//!
//! All writes are read-modify-writes, so each continues the release sequences of those before
//! it: a turn that reads the word with Acquire sees what every earlier turn and every closer did,
//! whoever wrote the word in between.

use crate::sys::atomic::{AtomicUsize, Ordering};

/// No message is accepted any more.
const CLOSED: usize = 1 << 0;
/// The messages that are left are not handled.
const KILLED: usize = 1 << 1;
/// One message.
const ONE: usize = 1 << 2;

/// What a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word(usize);

impl Word {
    /// How many messages are accepted whose round is not over.
    pub(super) fn len(self) -> usize {
        self.0 / ONE
    }

    /// Whether a message would be refused.
    pub(super) fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }

    /// Whether what is left is not to be handled.
    pub(super) fn is_killed(self) -> bool {
        self.0 & KILLED != 0
    }

    /// Whether there is nothing to do, and no turn to do it.
    pub(super) fn is_idle(self) -> bool {
        self.0 == 0
    }

    /// Whether the actor has to end: killed, or closed with nothing left.
    pub(super) fn is_over(self) -> bool {
        self.is_killed() || self.is_closed() && self.len() == 0
    }
}

/// The word.
#[derive(Debug)]
pub(super) struct Control(AtomicUsize);

impl Control {
    /// Of an actor that is idle.
    pub(super) fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// The word at some moment during the call.
    pub(super) fn word(&self) -> Word {
        // ORDERING: Relaxed: a snapshot. Nothing is read on the strength of it.
        Word(self.0.load(Ordering::Relaxed))
    }

    /// Counts a message in, unless closed. `Some(true)` where the actor was idle: the caller owes
    /// it a turn.
    pub(super) fn accept(&self) -> Option<bool> {
        let mut word = self.word();
        while !word.is_closed() {
            // ORDERING: Relaxed: a message is handed over by the lock of the mailbox, a turn by
            // the executor, and what the turn before wrote by the release sequence that this
            // continues, from `retire` to `begin`. Model:
            // `what_one_message_wrote_the_next_sees_on_whichever_thread`.
            match self.0.compare_exchange_weak(
                word.0,
                word.0 + ONE,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(word.is_idle()),
                Err(seen) => word = Word(seen),
            }
        }
        None
    }

    /// Begins a turn.
    pub(super) fn begin(&self) -> Word {
        // ORDERING: Acquire, partner of the Release in `retire`: the object as the turn before
        // left it, on whichever thread that was. Weaker, and two turns race on the object.
        // Model: `what_one_message_wrote_the_next_sees_on_whichever_thread`.
        Word(self.0.load(Ordering::Acquire))
    }

    /// Counts out the messages of a round. Where the actor is idle after it, the turn is over,
    /// and the object belongs to the next one, which may have begun already.
    pub(super) fn retire(&self, messages: usize) -> Word {
        // ORDERING: Release, partner of the Acquire in `begin`: the next turn sees the object as
        // this one leaves it. Model: as there.
        let before = self.0.fetch_sub(messages * ONE, Ordering::Release);
        Word(before - messages * ONE)
    }

    /// Counts out all that is left, at the end. Closed, so nothing more is counted in.
    pub(super) fn settle(&self) {
        // ORDERING: Acquire, partner of the Release in `raise`: the object's `Drop` sees what
        // came before the stop. Model: `the_object_s_drop_sees_what_the_stopper_wrote`.
        self.0.fetch_and(CLOSED | KILLED, Ordering::Acquire);
    }

    /// Accepts no more. `true` where the actor was idle: the caller owes it a turn.
    pub(super) fn close(&self) -> bool {
        self.raise(CLOSED)
    }

    /// Accepts no more, and wants nothing handled that is left. `true` as in `close`.
    pub(super) fn kill(&self) -> bool {
        self.raise(CLOSED | KILLED)
    }

    fn raise(&self, flags: usize) -> bool {
        // ORDERING: Release, partner of the Acquire in `settle`: the object's `Drop` sees what
        // the stopper wrote. Model: `the_object_s_drop_sees_what_the_stopper_wrote`.
        Word(self.0.fetch_or(flags, Ordering::Release)).is_idle()
    }
}
