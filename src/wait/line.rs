//! A state word and a list: the way in and the way out of every synchronizer.
//!
//! A synchronizer supplies a [`Rule`]: which state lets which request in, and what the state is
//! afterwards. The line does the rest: the fast path, queueing, service, closing, cancellation.
//! The framework is that of Java's `AbstractQueuedSynchronizer` (Lea, 2005), with futures for
//! threads.
//!
//! # State
//!
//! ```text
//!  usize::BITS - 1                                     3    2       1       0
//! ┌────────────────────────────────────────────────────┬────────┬───────┬──────┐
//! │ state of the rule, signed                          │ORDERED │WAITERS│CLOSED│
//! └────────────────────────────────────────────────────┴────────┴───────┴──────┘
//! ```
//!
//! `WAITERS`: the list is not empty; whoever raises the state must look at it. `ORDERED`: nobody
//! passes the line. `CLOSED`: nobody gets in any more. State and flags share one word, so that
//! "cannot go in" and "stands in line" are one compare-exchange, and no fence is needed between
//! the two (no store-buffering race, hence no `SeqCst`).
//!
//! # Two regimes
//!
//! *Passing* (`ORDERED` clear): a release puts what it has into the state and **calls** the
//! waiters at the head that the state would let in. They stay in line and try for themselves
//! when they run; a running thread may be faster. *Ordered*: a release **grants** what it has to
//! the head, which leaves the line with it; nobody else gets any. A strict line is always
//! ordered. An eventual one becomes ordered when its head has waited for [`PATIENCE`], and passing again when
//! the line is empty or its new head has not waited that long: Go's mutex does the same. So a
//! hand-over to a sleeping thread, a thousand times the price of an uncontended operation, is
//! paid only where someone would starve. An open line, where who goes in takes nothing from the
//! others (an event), is always passing.
//!
//! # Invariants (whenever the lock is free and no release is between its write and its service)
//!
//! 1. `WAITERS` is set exactly if the list is not empty. Both change only under the lock.
//! 2. Passing: let the state admit the heads in order, each reducing what is left for the next;
//!    all those it admits are `CALLED`. A barger or a called waiter that goes in only shrinks
//!    this prefix; what extends it (a release, a leaver) serves.
//! 3. Ordered: the state does not admit the head.
//! 4. What is granted has been taken from the state: the state never hides a permit, and shows
//!    none that is spoken for.
//!
//! # Ordering
//!
//! All writes of the word are read-modify-writes, so every one continues the release sequences
//! of those before it: who reads the word with Acquire sees what *every* earlier releaser did
//! before its release, whoever stood between.

use super::calls::Calls;
use super::list::{List, Node, Stand, Waiter};
use crate::sys::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
    clock, const_unless_loom,
};
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Poll, Waker};
use std::time::Duration;

/// Nobody gets in any more.
const CLOSED: usize = 1 << 0;
/// The list is not empty.
const WAITERS: usize = 1 << 1;
/// Nobody passes the line.
const ORDERED: usize = 1 << 2;
/// The rule's state lies above the flags.
const SHIFT: u32 = 3;
const FLAGS: usize = (1 << SHIFT) - 1;

/// How long the head of a line is passed by before the line is ordered.
pub(crate) const PATIENCE: Duration = Duration::from_millis(1);

/// What a synchronizer supplies: which state lets which request in.
///
/// A request that is refused must stay refused when others go in first.
pub(crate) trait Rule {
    /// The state after `request` went in, or `None` where it has to wait.
    fn admit(state: isize, request: usize) -> Option<isize>;

    /// The state after `request`, which went in, gave back what it took.
    fn give_back(state: isize, request: usize) -> isize;
}

/// Something with a line to stand in.
pub(crate) trait Gate {
    /// What it lets in.
    type Rule: Rule;

    /// The line.
    fn line(&self) -> &Line<Self::Rule>;
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
    word: AtomicUsize,
    /// Who waits.
    list: Mutex<List>,
    /// Who may pass.
    order: Order,
    rule: PhantomData<fn() -> R>,
}

/// The state in a word.
fn state_of(word: usize) -> isize {
    word as isize >> SHIFT
}

/// `word` with another state.
fn with_state(word: usize, state: isize) -> usize {
    (state as usize) << SHIFT | word & FLAGS
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
                rule: PhantomData,
            }
        }
    }

    /// The state at some moment during the call.
    pub(crate) fn state(&self) -> isize {
        // ORDERING: Acquire, partner of the Release in `update`: who reads a state, of an event
        // say, sees what came before it. Model: `an_event_publishes_what_was_written_before_set`.
        state_of(self.word.load(Ordering::Acquire))
    }

    /// Whether the line was closed.
    pub(crate) fn is_closed(&self) -> bool {
        // ORDERING: Acquire, partner of the Release in `close`. Model:
        // `who_sees_closed_sees_what_the_closer_wrote`.
        self.word.load(Ordering::Acquire) & CLOSED != 0
    }

    /// Whether a newcomer may ever go in before those who wait.
    pub(crate) fn may_be_passed(&self) -> bool {
        self.order != Order::Strict
    }

    /// How many stand in line.
    pub(crate) fn waiters(&self) -> usize {
        self.list.lock().len()
    }

    /// What `word` becomes when `request` goes in now.
    #[inline]
    fn admit(word: usize, request: usize) -> Result<usize, Refusal> {
        if word & CLOSED != 0 {
            return Err(Refusal::Closed);
        }
        if word & (ORDERED | WAITERS) == ORDERED | WAITERS {
            return Err(Refusal::Busy);
        }
        match R::admit(state_of(word), request) {
            Some(state) => Ok(with_state(word, state)),
            None => Err(Refusal::Busy),
        }
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

    /// Gives back what `request` took, and serves the line.
    #[inline]
    pub(crate) fn leave(&self, request: usize) {
        let _ = self.update(|state| Some(R::give_back(state, request)));
    }

    /// Changes the state to what `change` makes of it, and serves the line; `change` may decline.
    /// Gives the state before, declined or not.
    #[inline]
    pub(crate) fn update(
        &self,
        change: impl FnMut(isize) -> Option<isize>,
    ) -> Result<isize, isize> {
        let before = self.change(change)?;
        if before & WAITERS != 0 {
            self.serve();
        }
        Ok(state_of(before))
    }

    /// Changes the state, and grants all who stand in line at this moment, whatever becomes of
    /// the state meanwhile.
    #[inline]
    pub(crate) fn release_all(&self, change: impl FnMut(isize) -> Option<isize>) {
        match self.change(change) {
            Ok(before) if before & WAITERS != 0 => self.dismiss_all(Stand::Granted),
            _ => {}
        }
    }

    /// Closes the line: whoever stands in it is refused, and whoever comes. `false` if it was.
    pub(crate) fn close(&self) -> bool {
        // ORDERING: Release, partner of the Acquire loads that find CLOSED: who is refused sees
        // what the closer did before. Model: `who_sees_closed_sees_what_the_closer_wrote`.
        let before = self.word.fetch_or(CLOSED, Ordering::Release);
        if before & CLOSED == 0 && before & WAITERS != 0 {
            self.dismiss_all(Stand::Refused);
        }
        before & CLOSED == 0
    }

    /// Writes the state that `change` makes, and gives the word before, or the state declined.
    #[inline]
    fn change(&self, mut change: impl FnMut(isize) -> Option<isize>) -> Result<usize, isize> {
        // ORDERING: Relaxed: a guess, which the exchange checks.
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let state = change(state_of(word)).ok_or(state_of(word))?;
            // ORDERING: Release, partner of every Acquire of the word: who goes in sees what we
            // did before we left. Model: `permits_exclude`.
            match self.word.compare_exchange_weak(
                word,
                with_state(word, state),
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Ok(word),
                Err(seen) => word = seen,
            }
        }
    }
}

/// Service: what whoever raised the state, or left the line, does for those who stand in it.
impl<R: Rule> Line<R> {
    /// Serves the line until nobody in it can go in.
    #[cold]
    fn serve(&self) {
        let mut calls = Calls::new();
        loop {
            let done = self.serve_batch(&mut self.list.lock(), &mut calls);
            calls.fire();
            if done {
                return;
            }
        }
    }

    /// Calls (passing) or grants (ordered), in order, whom the state lets in. `false` where the
    /// batch is full before the line is served.
    fn serve_batch(&self, list: &mut List, calls: &mut Calls) -> bool {
        // ORDERING: Relaxed: a guess when granting, which the exchange checks. When calling, an
        // old state does no harm: too high, a waiter tries in vain; too low, the release that
        // we do not see has yet to take the lock that we hold.
        let mut word = self.word.load(Ordering::Relaxed);
        // What those called so far leave to the next.
        let mut left = state_of(word);
        let mut next = list.front();
        while let Some(waiter) = next {
            if calls.is_full() {
                return false;
            }
            let request = list.request(waiter);
            if word & ORDERED != 0 {
                let Some(state) = R::admit(state_of(word), request) else {
                    break;
                };
                let granted = with_state(word, state);
                // ORDERING: Acquire: the waiter sees, through us, what was done under these
                // permits by *other* releasers, whose Release we have not met otherwise. Model:
                // `a_grant_carries_what_every_releaser_wrote`.
                if let Err(seen) = self.word.compare_exchange_weak(
                    word,
                    granted,
                    Ordering::Acquire,
                    Ordering::Relaxed,
                ) {
                    word = seen;
                    continue;
                }
                calls.push(list.dismiss(waiter, Stand::Granted));
                word = self.relax(granted, list);
                left = state_of(word);
                next = list.front();
            } else if let Some(state) = R::admit(left, request) {
                left = state;
                next = list.behind(waiter);
                calls.push(list.call(waiter));
            } else if self.is_starving(list, waiter) {
                // Round again: what came meanwhile is handed over.
                word = self.order();
            } else {
                break;
            }
        }
        self.settle(list);
        true
    }

    /// Dismisses, in order, all who stand in line at this moment, and none who comes later.
    #[cold]
    fn dismiss_all(&self, verdict: Stand) {
        let mut calls = Calls::new();
        let mut end = None;
        loop {
            let mut list = self.list.lock();
            let end = *end.get_or_insert(list.next_ticket());
            let next = loop {
                match list.front_before(end) {
                    Some(waiter) if !calls.is_full() => {
                        calls.push(list.dismiss(waiter, verdict));
                    }
                    next => break next,
                }
            };
            self.settle(&list);
            drop(list);
            calls.fire();
            if next.is_none() {
                return;
            }
        }
    }

    /// Clears what speaks of waiters when there are none.
    fn settle(&self, list: &List) {
        if list.is_empty() {
            let flags = match self.order {
                Order::Strict => WAITERS,
                Order::Eventual | Order::Open => WAITERS | ORDERED,
            };
            // ORDERING: Relaxed: flags change under the lock, which orders them.
            self.word.fetch_and(!flags, Ordering::Relaxed);
        }
    }

    /// Whether `waiter` is the head of a line that passes it by, and has been for too long.
    fn is_starving(&self, list: &List, waiter: Waiter) -> bool {
        self.order == Order::Eventual
            && list.front() == Some(waiter)
            && clock::now().saturating_duration_since(list.since(waiter)) >= PATIENCE
    }

    /// Orders the line, and gives the word after.
    fn order(&self) -> usize {
        // ORDERING: Relaxed: flags change under the lock, which orders them.
        self.word.fetch_or(ORDERED, Ordering::Relaxed) | ORDERED
    }

    /// Lets a line be passed again whose new head has not waited long, and gives the word after.
    fn relax(&self, word: usize, list: &List) -> usize {
        match list.front() {
            Some(head) if self.order == Order::Eventual && !self.is_starving(list, head) => {
                // ORDERING: Relaxed, as in `order`.
                self.word.fetch_and(!ORDERED, Ordering::Relaxed) & !ORDERED
            }
            _ => word,
        }
    }
}

/// What the future of a waiter does in the line.
impl<R: Rule> Line<R> {
    /// Goes in, or stands in line: "cannot go in" and "is in line" are one step.
    ///
    /// # Safety
    ///
    /// `node` stands outside any list, and is given to [`abandon`](Self::abandon) before it is
    /// dropped, unless it was dismissed.
    pub(super) unsafe fn queue(
        &self,
        node: Pin<&Node>,
        request: usize,
        waker: Waker,
    ) -> Poll<Result<(), Shut>> {
        let since = clock::now();
        let mut list = self.list.lock();
        // ORDERING: Acquire, as in `try_enter`.
        let mut word = self.word.load(Ordering::Acquire);
        loop {
            let (next, verdict) = match Self::admit(word, request) {
                Err(Refusal::Closed) => return Poll::Ready(Err(Shut)),
                // WAITERS cannot be cleared while we hold the lock, so whoever raises the state
                // from here on comes to serve the list that we are about to stand in.
                Err(Refusal::Busy) if word & WAITERS != 0 => break,
                Err(Refusal::Busy) => (word | WAITERS, Poll::Pending),
                Ok(next) => (next, Poll::Ready(Ok(()))),
            };
            // ORDERING: Acquire, as in `try_enter`.
            match self
                .word
                .compare_exchange_weak(word, next, Ordering::Acquire, Ordering::Acquire)
            {
                Ok(_) if verdict.is_pending() => break,
                Ok(_) => return verdict,
                Err(seen) => word = seen,
            }
        }
        // SAFETY: the caller's promise.
        unsafe { list.push_back(node, request, waker, since) };
        Poll::Pending
    }

    /// Goes in if granted, or by itself if the line is passing, or waits on with a new waker.
    pub(super) fn try_again(&self, node: Pin<&Node>, waker: Waker) -> Poll<Result<(), Shut>> {
        let mut list = self.list.lock();
        if let Some(verdict) = node.stand_locked().verdict() {
            return Poll::Ready(verdict);
        }
        // SAFETY: not dismissed, and seen so under the lock: linked.
        let me = unsafe { Waiter::of(node) };
        let (old, result) = if self.take_in_line(list.request(me)) {
            let old = list.leave(me);
            self.settle(&list);
            (old, Poll::Ready(Ok(())))
        } else {
            let old = list.keep_waiting(me, waker);
            if self.is_starving(&list, me) {
                self.order();
            }
            (old, Poll::Pending)
        };
        drop(list);
        drop(old);
        result
    }

    /// Takes what a called waiter waits for, if the line is passing and it is still there.
    fn take_in_line(&self, request: usize) -> bool {
        // ORDERING: Relaxed: a guess, which the exchange checks. If it misses a release, that
        // release has yet to take the lock that we hold, and calls us again.
        let mut word = self.word.load(Ordering::Relaxed);
        while let Ok(next) = Self::admit(word, request) {
            // ORDERING: Acquire, as in `try_enter`. Model: `a_called_waiter_sees_what_was_written`.
            match self
                .word
                .compare_exchange_weak(word, next, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return true,
                Err(seen) => word = seen,
            }
        }
        false
    }

    /// Leaves the line, with what was granted given back, and serves those behind.
    #[cold]
    pub(super) fn abandon(&self, node: Pin<&Node>, request: usize) {
        let verdict = node.stand().verdict().or_else(|| {
            let mut list = self.list.lock();
            let verdict = node.stand_locked().verdict();
            if verdict.is_none() {
                // SAFETY: not dismissed, and seen so under the lock: linked.
                let waker = list.leave(unsafe { Waiter::of(node) });
                self.settle(&list);
                drop(list);
                drop(waker);
                self.serve();
            }
            verdict
        });
        if verdict == Some(Ok(())) {
            self.leave(request);
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
            .finish()
    }
}
