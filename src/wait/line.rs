//! A state word and a list: the way in and the way out of every synchronizer.
//!
//! The state counts what there is to take. A synchronizer supplies a [`Rule`]: which state lets
//! which request in; what goes in takes itself away from the state, and what leaves adds itself.
//! The line does the rest: the fast path, queueing, service, closing, cancellation. The framework
//! is that of Java's `AbstractQueuedSynchronizer` (Lea, 2005), with futures for threads.
//!
//! # State
//!
//! ```text
//!  usize::BITS - 1                                     4    3      2       1       0
//! ┌────────────────────────────────────────────────────┬──────┬───────┬───────┬──────┐
//! │ state of the rule, signed                          │CALLED│ORDERED│WAITERS│CLOSED│
//! └────────────────────────────────────────────────────┴──────┴───────┴───────┴──────┘
//! ```
//!
//! `WAITERS`: the list is not empty; whoever raises the state must look at it. `ORDERED`: nobody
//! passes the line. `CALLED`: somebody in line was called and has yet to look. `CLOSED`: nobody
//! gets in any more. State and flags share one word, so that "cannot go in" and "stands in line"
//! are one compare-exchange, and no fence is needed between the two (no store-buffering race,
//! hence no `SeqCst`).
//!
//! # Regimes
//!
//! *Passing* (`ORDERED` clear): a release puts what it has into the state and **calls** the
//! waiters at the head that the state would let in. They stay in line and try for themselves
//! when they run; a running thread may be faster. *Ordered*: a release **grants** what it has to
//! the head, which leaves the line with it; nobody else gets any. A strict line is always
//! ordered. An eventual one becomes ordered when its head has waited for [`PATIENCE`] and was, then, woken
//! in vain or too large for what was there, and passing again when the line is empty or its new
//! head has not waited that long: Go's mutex does the same. So a
//! hand-over to a sleeping thread, a thousand times the price of an uncontended operation, is
//! paid only where someone would starve.
//!
//! An *open* line is one where who goes in takes nothing from the others (an event, a latch):
//! what opens it grants all who stand in it at that moment.
//!
//! # Invariants (whenever the lock is free and no release is between its write and its service)
//!
//! 1. `WAITERS` is set exactly if the list is not empty. Both change only under the lock.
//! 2. `CALLED` is set if a node in the list is. It is cleared under the lock, and whoever clears
//!    it looks at the state *after* that.
//! 3. Passing: what the called before the list's mark ask for, and the request at the mark,
//!    together, are more than the state has. A barger or a called waiter that goes in does not
//!    change that; whoever does (a release, a leaver, a called one that goes away empty) serves.
//!    One release need not: one that finds `CALLED` and leaves no more than any called waiter
//!    takes ([`Rule::is_spoken_for`]). That waiter has yet to look, and serves when it has.
//! 4. Ordered: the state does not admit the head.
//! 5. What is granted has been taken from the state: the state never hides a permit, and shows
//!    none that is spoken for.
//!
//! # Ordering
//!
//! All writes of the word are read-modify-writes, so every one continues the release sequences
//! of those before it: who reads the word with Acquire sees what *every* earlier releaser did
//! before its release, whoever stood between.

use super::census::Census;
use super::list::{List, Stand};
use crate::sys::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
    const_unless_loom,
};
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

/// Nobody gets in any more.
pub(super) const CLOSED: usize = 1 << 0;
/// The list is not empty.
pub(super) const WAITERS: usize = 1 << 1;
/// Nobody passes the line.
pub(super) const ORDERED: usize = 1 << 2;
/// Somebody in line was called and has yet to look.
pub(super) const CALLED: usize = 1 << 3;
/// The rule's state lies above the flags.
const SHIFT: u32 = 4;
const FLAGS: usize = (1 << SHIFT) - 1;

/// How long the head of a line is passed by before the line is ordered.
pub(crate) const PATIENCE: Duration = Duration::from_millis(1);

/// What a synchronizer supplies: which state lets which request in.
///
/// A request that goes in is subtracted from the state. One that is refused must stay refused
/// when others go in first, and two must go in one after the other exactly if their sum may.
pub(crate) trait Rule {
    /// Whether `state` lets `request` in.
    fn admits(state: isize, request: usize) -> bool;

    /// Whether any request that has to wait would take all of `state`.
    fn is_spoken_for(_state: isize) -> bool {
        false
    }

    /// Whether `request` goes to the front of the line, and past one that is ordered. Those who
    /// make such a request exclude each other.
    fn is_urgent(_request: usize) -> bool {
        false
    }
}

/// The rule of a semaphore: a request goes in where that many permits are free.
pub(crate) struct Permits;

impl Rule for Permits {
    #[inline]
    fn admits(state: isize, request: usize) -> bool {
        state >= request as isize || request == 0
    }

    #[inline]
    fn is_spoken_for(state: isize) -> bool {
        // A request for none never waits: see below.
        state <= 1
    }

    #[inline]
    fn is_urgent(request: usize) -> bool {
        request == 0
    }
}

/// The rule of an event or a latch: all go in once the state is zero, and none before. Requests
/// are 0, so going in changes nothing.
pub(crate) struct Zero;

impl Rule for Zero {
    #[inline]
    fn admits(state: isize, _: usize) -> bool {
        state == 0
    }
}

/// Something with a line to stand in.
pub(crate) trait Gate {
    /// What it lets in.
    type Rule: Rule;

    /// The line.
    fn line(&self) -> &Line<Self::Rule>;

    /// Takes back what was granted to one who went away.
    fn give_back(&self, request: usize) {
        let _ = self.line().leave(request);
    }
}

/// A line that nothing stands around is its own gate.
impl<R: Rule> Gate for Line<R> {
    type Rule = R;

    fn line(&self) -> &Self {
        self
    }
}

/// Who may pass a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Nobody: first come, first served.
    Strict,
    /// Whoever runs, until the head has waited for [`PATIENCE`].
    Eventual,
    /// Anybody: who goes in takes nothing from those who wait.
    Open,
}

/// Why a request did not go in at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It would have to wait.
    Busy,
    /// The line is closed.
    Closed,
}

/// Why a request that waited did not go in: the line was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shut;

/// The line: one word, one list.
pub(crate) struct Line<R> {
    /// The state and the flags.
    pub(super) word: AtomicUsize,
    /// Who waits.
    pub(super) list: Mutex<List>,
    /// Who may pass.
    pub(super) order: Order,
    /// Who was granted and does not know it yet.
    pub(super) census: Census,
    rule: PhantomData<fn() -> R>,
}

/// The state in a word.
pub(super) fn state_of(word: usize) -> isize {
    word as isize >> SHIFT
}

/// `word` with another state.
fn with_state(word: usize, state: isize) -> usize {
    (state as usize) << SHIFT | word & FLAGS
}

/// `word` after `request` went in.
pub(super) fn less(word: usize, request: usize) -> usize {
    // Below zero, the state borrows from nobody: it is on top.
    word.wrapping_sub(request << SHIFT)
}

impl<R: Rule> Line<R> {
    /// The largest state; the smallest is its negative.
    pub(crate) const MAX_STATE: isize = isize::MAX >> SHIFT;

    const_unless_loom! {
        /// A line with nobody in it.
        pub(crate) const fn new(state: isize, order: Order) -> Self {
            let ordered = if matches!(order, Order::Strict) { ORDERED } else { 0 };
            Self {
                word: AtomicUsize::new((state as usize) << SHIFT | ordered),
                list: Mutex::new(List::new()),
                order,
                census: Census::new(),
                rule: PhantomData,
            }
        }
    }

    /// The state at some moment during the call.
    pub(crate) fn state(&self) -> isize {
        // ORDERING: Acquire, partner of the Release in `change`: who reads a state, of an event
        // say, sees what came before it. Model: `an_event_publishes_what_was_written_before_set`.
        state_of(self.word.load(Ordering::Acquire))
    }

    /// Whether the line was closed.
    pub(crate) fn is_closed(&self) -> bool {
        // ORDERING: Acquire, partner of the Release in `close`. Model:
        // `who_sees_closed_sees_what_the_closer_wrote`.
        self.word.load(Ordering::Acquire) & CLOSED != 0
    }

    /// Whether a newcomer may ever go in before those who wait, and take from them.
    pub(crate) fn may_be_passed(&self) -> bool {
        self.order == Order::Eventual
    }

    /// How many stand in line.
    pub(crate) fn waiters(&self) -> usize {
        self.list.lock().len()
    }

    /// With the feature `diagnostics`, says how many stand in line, and how many were granted and
    /// do not know it yet.
    pub(crate) fn describe(&self, f: &mut fmt::DebugStruct<'_, '_>) {
        if cfg!(feature = "diagnostics") {
            f.field("waiters", &self.waiters());
            self.census.describe(f);
        }
    }

    /// What `word` becomes when `request` goes in now.
    #[inline]
    pub(super) fn admit(word: usize, request: usize) -> Result<usize, Refusal> {
        if word & CLOSED != 0 {
            return Err(Refusal::Closed);
        }
        let is_ordered = word & (ORDERED | WAITERS) == ORDERED | WAITERS;
        if is_ordered && !R::is_urgent(request) || !R::admits(state_of(word), request) {
            return Err(Refusal::Busy);
        }
        Ok(less(word, request))
    }

    /// Goes in, if that needs no waiting: one compare-exchange.
    #[inline]
    pub(crate) fn try_enter(&self, request: usize) -> Result<(), Refusal> {
        // ORDERING: Acquire, here and where the exchange fails, partner of the Release in
        // `close` and `change`: a refusal says what came before it, and a rule that admits
        // without a change of state (an event) has no exchange to do it. Models:
        // `who_sees_closed_sees_what_the_closer_wrote`,
        // `an_event_publishes_what_was_written_before_set`.
        let mut word = self.word.load(Ordering::Acquire);
        loop {
            let next = Self::admit(word, request)?;
            if next == word {
                return Ok(());
            }
            // ORDERING: Acquire, partner of the Release in `change`: what was done under the
            // permit before is seen. The load above is no substitute: the word may have gone
            // through other hands and come back. Model: `permits_exclude`.
            match self
                .word
                .compare_exchange_weak(word, next, Ordering::Acquire, Ordering::Acquire)
            {
                Ok(_) => return Ok(()),
                Err(seen) => word = seen,
            }
        }
    }

    /// Gives back what `request` took, and serves the line: one addition. Gives the state after;
    /// the caller sees to it that there is room for it.
    #[inline]
    pub(crate) fn leave(&self, request: usize) -> isize {
        // ORDERING: Release, as in `change`. Model: `permits_exclude`.
        let before = self.word.fetch_add(request << SHIFT, Ordering::Release);
        let after = state_of(before) + request as isize;
        if before & WAITERS != 0 {
            self.serve_after(before, after);
        }
        after
    }

    /// Changes the state to what `change` makes of it, and serves the line; `change` may decline.
    /// Gives the state before, declined or not.
    #[inline]
    pub(crate) fn update(
        &self,
        change: impl FnMut(isize) -> Option<isize>,
    ) -> Result<isize, isize> {
        // ORDERING: Release: who goes in sees what we did. Models: `permits_exclude`,
        // `a_granted_waiter_sees_what_the_releaser_wrote`.
        let (before, after) = self.change(Ordering::Release, change)?;
        if before & WAITERS != 0 {
            self.serve_after(before, after);
        }
        Ok(state_of(before))
    }

    /// Changes the state as [`update`](Self::update) does; where that opens the line (an open
    /// one), grants all who stand in it at that moment, whatever becomes of the state then.
    #[inline]
    pub(crate) fn open(
        &self,
        mut change: impl FnMut(isize) -> Option<isize>,
    ) -> Result<isize, isize> {
        // ORDERING: Relaxed: a guess, which the exchange checks.
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let state = change(state_of(word)).ok_or(state_of(word))?;
            if word & WAITERS != 0 && R::admits(state, 0) {
                return self.open_line(change);
            }
            // ORDERING: Release, as in `change`. Models:
            // `an_event_publishes_what_was_written_before_set`,
            // `who_comes_after_the_last_count_sees_what_every_counter_wrote`.
            match self.word.compare_exchange_weak(
                word,
                with_state(word, state),
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Ok(state_of(word)),
                Err(seen) => word = seen,
            }
        }
    }

    /// Raises the state of a line that opens at zero, which lets nobody in: one addition, and so
    /// allowed under any lock.
    #[inline]
    pub(crate) fn add(&self, more: usize) {
        // ORDERING: Relaxed: whoever brings the state down again has learned of this addition
        // from us, under a lock, say, so that it comes later in the one order of the word; and
        // being a read-modify-write it ends no release sequence. Model:
        // `join_sees_what_the_tasks_wrote`.
        self.word.fetch_add(more << SHIFT, Ordering::Relaxed);
    }

    /// Sets the state, and leaves those who stand in line to an [`open`](Self::open) that is to
    /// follow.
    #[inline]
    pub(crate) fn set(&self, state: isize) {
        // ORDERING: Release, as in `open`. Model: `who_sees_it_cancelled_sees_what_was_written`.
        let _ = self.change(Ordering::Release, |_| Some(state));
    }

    /// Changes the state under the lock, so that it is plain who stands in line at that moment.
    #[cold]
    fn open_line(&self, change: impl FnMut(isize) -> Option<isize>) -> Result<isize, isize> {
        let list = self.list.lock();
        // ORDERING: Release, as in `change`; Acquire, so that those whom we let in see, through
        // us, what was done by all who changed the state before. Model:
        // `who_waits_for_a_count_sees_what_every_counter_wrote`.
        let (before, after) = self.change(Ordering::AcqRel, change)?;
        if R::admits(after, 0) {
            self.dismiss_all(list, Stand::Granted);
        }
        Ok(state_of(before))
    }

    /// Grants the head of the line, with nothing taken from the state; where nobody stands in it,
    /// sets the state. For lines that nobody may pass.
    #[inline]
    pub(crate) fn hand_on(&self, state: isize) {
        // ORDERING: Relaxed: a guess, which the exchange checks.
        let mut word = self.word.load(Ordering::Relaxed);
        while word & WAITERS == 0 {
            // ORDERING: Release, as in `change`, also where the state stays: who takes it sees
            // what both did who set it. Model: `a_set_event_carries_what_every_setter_wrote`.
            match self.word.compare_exchange_weak(
                word,
                with_state(word, state),
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(seen) => word = seen,
            }
        }
        self.hand_on_in_line(Some(state));
    }

    /// Grants the head of the line, with nothing taken from the state; `false` where nobody
    /// stands in it.
    #[inline]
    pub(crate) fn grant_head(&self) -> bool {
        // ORDERING: Relaxed: whoever came before us by another order (a mutex, say) is seen in
        // any case, one word being what it is; whoever did not may as well have come after us.
        // Model: `a_waiter_stands_in_line_before_the_mutex_is_let_go`.
        self.word.load(Ordering::Relaxed) & WAITERS != 0 && self.hand_on_in_line(None)
    }

    /// Refuses all who stand in line at this moment, and says how many those were; who comes
    /// later may wait.
    #[inline]
    pub(crate) fn refuse_all(&self) -> usize {
        // ORDERING: Relaxed, as in `grant_head`.
        match self.word.load(Ordering::Relaxed) & WAITERS {
            0 => 0,
            _ => self.dismiss_all(self.list.lock(), Stand::Refused),
        }
    }

    /// Takes all that is there, were it less than nothing is, and gives the state before.
    pub(crate) fn drain(&self) -> isize {
        // ORDERING: Acquire, partner of the Release in `change`, as in `try_enter`: what was
        // done under these permits is seen. Model: `who_drains_sees_what_the_releaser_wrote`.
        match self.change(Ordering::Acquire, |state| (state > 0).then_some(0)) {
            Ok((before, _)) => state_of(before),
            Err(_) => 0,
        }
    }

    /// Closes the line: whoever stands in it is refused, and whoever comes. `false` if it was.
    pub(crate) fn close(&self) -> bool {
        // ORDERING: Release, partner of the Acquire loads that find CLOSED: who is refused sees
        // what the closer did before. Model: `who_sees_closed_sees_what_the_closer_wrote`.
        let before = self.word.fetch_or(CLOSED, Ordering::Release);
        if before & CLOSED == 0 && before & WAITERS != 0 {
            self.dismiss_all(self.list.lock(), Stand::Refused);
        }
        before & CLOSED == 0
    }

    /// Writes the state that `change` makes, and gives the word before and the state after, or
    /// the state declined.
    #[inline]
    pub(super) fn change(
        &self,
        success: Ordering,
        mut change: impl FnMut(isize) -> Option<isize>,
    ) -> Result<(usize, isize), isize> {
        // ORDERING: Relaxed: a guess, which the exchange checks.
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let state = change(state_of(word)).ok_or(state_of(word))?;
            // ORDERING: `success` is Release from those who give: partner of every Acquire of the
            // word. Relaxed where it fails: another guess.
            match self.word.compare_exchange_weak(
                word,
                with_state(word, state),
                success,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Ok((word, state)),
                Err(seen) => word = seen,
            }
        }
    }
}

impl<R: Rule> fmt::Debug for Line<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // ORDERING: Relaxed: a snapshot.
        let word = self.word.load(Ordering::Relaxed);
        f.debug_struct("Line")
            .field("state", &state_of(word))
            .field("closed", &(word & CLOSED != 0))
            .field("waiters", &(word & WAITERS != 0))
            .field("ordered", &(word & ORDERED != 0))
            .field("called", &(word & CALLED != 0))
            .finish()
    }
}
