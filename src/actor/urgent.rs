//! What does not wait behind messages: what an actor is told by others to look at between two of
//! them, and the lane for messages of the crate itself.

use super::error::StopReason;
use super::message::Parcel;
use crate::sys::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};
use std::collections::VecDeque;

/// The actor is to end after the message that runs.
const KILLED: usize = 1 << 0;
/// There is something in the lane.
const URGENT: usize = 1 << 1;
/// The object is to end, and another to be made: a permanent child was stopped.
const RENEWED: usize = 1 << 2;
/// There is an order of the supervisor's.
const ORDERED: usize = 1 << 3;
/// A supervisor that is killed has given up.
const GIVEN_UP: usize = 1 << 4;
/// There is no object, until another is made: of an actor in somebody's charge. For information.
const SUSPENDED: usize = 1 << 5;

/// What the turn looks at before each message. Rarely written, so it costs a turn nothing.
#[derive(Debug)]
pub(super) struct Signals(AtomicUsize);

/// What a look shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen(usize);

impl Seen {
    #[inline]
    pub(super) fn is_nothing(self) -> bool {
        self.0 == 0
    }

    pub(super) fn is_killed(self) -> bool {
        self.0 & KILLED != 0
    }

    /// How it ends, having been killed.
    pub(super) fn reason(self) -> StopReason {
        match self.0 & GIVEN_UP {
            0 => StopReason::Killed,
            _ => StopReason::RestartLimit,
        }
    }

    pub(super) fn is_renewed(self) -> bool {
        self.0 & RENEWED != 0
    }

    pub(super) fn is_ordered(self) -> bool {
        self.0 & ORDERED != 0
    }

    pub(super) fn is_urgent(self) -> bool {
        self.0 & URGENT != 0
    }

    pub(super) fn is_suspended(self) -> bool {
        self.0 & SUSPENDED != 0
    }
}

impl Signals {
    /// Those of an actor that begins with an object, or without.
    pub(super) fn new(is_suspended: bool) -> Self {
        Self(AtomicUsize::new(usize::from(is_suspended) * SUSPENDED))
    }

    #[inline]
    pub(super) fn look(&self) -> Seen {
        // ORDERING: Relaxed: what is in the lane comes with its lock, and an end reads nothing. A
        // turn about to go idle has read the word, by which whoever signals makes it look again.
        // Model: `what_is_urgent_is_not_missed`.
        Seen(self.0.load(Ordering::Relaxed))
    }

    /// The caller is to close the mailbox after this.
    pub(super) fn kill(&self) {
        self.set(KILLED);
    }

    /// Says that the kill that follows is the end of a supervisor that gives up.
    pub(super) fn give_up(&self) {
        self.set(GIVEN_UP);
    }

    /// The caller is to rouse the turn after this.
    pub(super) fn renew(&self) {
        self.set(RENEWED);
    }

    /// The caller has put an order, and is to rouse or wake the turn after this.
    pub(super) fn order(&self) {
        self.set(ORDERED);
    }

    /// Takes off the mark of an order, which is then to be looked for.
    pub(super) fn heed(&self) {
        self.unset(ORDERED);
    }

    /// The object is gone, and whoever has the actor in charge decides.
    pub(super) fn suspend(&self) {
        self.set(SUSPENDED);
    }

    /// A new object is made: what was to become of the one before is settled.
    pub(super) fn begin_anew(&self) {
        self.unset(RENEWED | SUSPENDED);
    }

    fn set(&self, flag: usize) {
        // ORDERING: Relaxed: the word of the mailbox, or the wakes, written after this, hand it
        // over.
        self.0.fetch_or(flag, Ordering::Relaxed);
    }

    fn unset(&self, flag: usize) {
        // ORDERING: Relaxed: what it stands for is looked for after this, under its own lock.
        self.0.fetch_and(!flag, Ordering::Relaxed);
    }
}

/// Messages that do not count against a bound, nor wait behind others.
pub(super) struct Lane<C>(Mutex<Option<VecDeque<Parcel<C>>>>);

impl<C> Lane<C> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Some(VecDeque::new())))
    }

    /// Puts a message there, or gives it back where the actor has ended. The caller is to rouse the
    /// turn after this.
    pub(super) fn push(&self, signals: &Signals, message: Parcel<C>) -> Result<(), Parcel<C>> {
        match &mut *self.0.lock() {
            Some(messages) => messages.push_back(message),
            None => return Err(message),
        }
        // ORDERING: Relaxed: as in `Signals::kill`; and a turn that takes the mark off without
        // what it stands for would find it again, for it takes the lock after that.
        signals.0.fetch_or(URGENT, Ordering::Relaxed);
        Ok(())
    }

    /// Takes out all that is there.
    pub(super) fn take(&self, signals: &Signals) -> VecDeque<Parcel<C>> {
        // ORDERING: Relaxed: before the look, under the lock: who comes after it marks again.
        signals.0.fetch_and(!URGENT, Ordering::Relaxed);
        match &mut *self.0.lock() {
            Some(messages) => std::mem::take(messages),
            None => VecDeque::new(),
        }
    }

    /// Takes no more, and gives what is left.
    pub(super) fn close(&self) -> VecDeque<Parcel<C>> {
        self.0.lock().take().unwrap_or_default()
    }
}
