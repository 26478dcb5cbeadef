//! What a task queue keeps under its lock, and the turns that it lets go.
//!
//! # Invariants
//!
//! 1. An item is in `ready`, or in `delayed`, or in one [`Task`](super::Task), or with the one
//!    caller who has just taken it out of there. It counts as unfinished from the step in which
//!    it comes in.
//! 2. `stage` only moves on. When it is not `Open`, nothing new comes in; when it is `Stopped`,
//!    nothing comes back either, and `ready` and `delayed` are empty.
//! 3. Nobody comes in for whom there would be no room beside the items and the reserved places; but
//!    retries come back all the same.
//! 4. `returning` counts the tasks that are out and may come back. While it is not 0, and the queue
//!    was not stopped, nobody is told that all is over.

use super::delayed::Delayed;
use super::letter::DeadLetter;
use super::retry::{Retry, SplitMix64};
use crate::queue::{PopError, Queue};
use crate::sys::clock::Instant;
use crate::wait::{Alarm, Line, Side, Stock, Turn, Zero};
use std::borrow::BorrowMut;
use std::collections::VecDeque;
use std::task::Waker;
use std::time::Duration;

/// How much memory a queue keeps when few items are in it.
const KEPT_BYTES: usize = 1 << 14;

/// The longest delay, where the clock does not hold what is asked for.
const A_CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// An item, and how often it was tried.
pub(super) struct Entry<T> {
    pub(super) item: T,
    pub(super) attempts: usize,
}

/// An entry that was taken out, to be tried.
pub(super) struct Popped<T> {
    pub(super) entry: Entry<T>,
    /// Whether it may come back, and is counted so.
    pub(super) may_return: bool,
}

/// How much of its life a queue has behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Items come in.
    Open,
    /// No more come in; what is there is tried, and tried again.
    Closed,
    /// What was there has been handed back.
    Stopped,
}

/// When a task that failed is to be tried again.
#[derive(Clone, Copy, Debug)]
pub(super) enum Again {
    /// When the policy says.
    ByPolicy,
    /// After so long.
    After(Duration),
    /// Never.
    Never,
}

/// What becomes of a task that failed.
pub(super) enum Fate<T> {
    /// It is tried again.
    Retried,
    /// It is not; and where the letter goes.
    Dead(Entry<T>, Option<Queue<DeadLetter<T>>>),
}

/// What happened since the beginning.
#[derive(Clone, Copy, Default)]
pub(super) struct Totals {
    pub(super) pushed: u64,
    pub(super) retried: u64,
    pub(super) dead: u64,
}

pub(super) struct Store<T> {
    /// What can be tried now, in order.
    pub(super) ready: VecDeque<Entry<T>>,
    /// What is to be tried again later.
    pub(super) delayed: Delayed<Entry<T>>,
    /// For how many items there is room, those that wait for a retry included. Retries come back
    /// where there is none, too.
    pub(super) limit: usize,
    /// How many places are kept for those who reserved one.
    pub(super) reserved: usize,
    pub(super) stage: Stage,
    /// See invariant 4.
    pub(super) returning: usize,
    pub(super) retry: Retry,
    /// For the delays of `retry`.
    random: SplitMix64,
    /// What the alarm calls.
    waker: Option<Waker>,
    /// Where those go that are given up.
    pub(super) letters: Option<Queue<DeadLetter<T>>>,
    /// Those for which there was no room.
    pub(super) undelivered: Vec<DeadLetter<T>>,
    pub(super) totals: Totals,
}

impl<T> Store<T> {
    /// How many items' memory is kept when few items are there.
    const KEPT: usize = KEPT_BYTES / size_of::<Entry<T>>();

    pub(super) fn new(limit: usize) -> Self {
        let retry = Retry::none();
        Self {
            ready: VecDeque::new(),
            delayed: Delayed::new(),
            limit,
            reserved: 0,
            stage: Stage::Open,
            returning: 0,
            random: retry.random(),
            retry,
            waker: None,
            letters: None,
            undelivered: Vec::new(),
            totals: Totals::default(),
        }
    }

    /// How many items wait, for their turn or for their time.
    pub(super) fn len(&self) -> usize {
        self.ready.len() + self.delayed.len()
    }

    /// Sets the policy, and what the alarms for it call.
    pub(super) fn set_retry(&mut self, retry: Retry, waker: Waker) {
        self.random = retry.random();
        self.retry = retry;
        self.waker = Some(waker);
    }

    /// Whether nothing is there, and nothing will come.
    fn is_over(&self) -> bool {
        let nothing_returns = self.delayed.len() == 0 && self.returning == 0;
        match self.stage {
            Stage::Open => false,
            Stage::Closed => self.ready.is_empty() && nothing_returns,
            Stage::Stopped => true,
        }
    }

    /// How many more items may come in.
    pub(super) fn room(&self) -> usize {
        let taken = self.len().saturating_add(self.reserved);
        self.limit.saturating_sub(taken)
    }

    /// Puts the item of an `Option` in, room or not, and counts it; refused, it stays where it is.
    fn accept(&mut self, from: &mut Option<T>, unfinished: &Line<Zero>) -> Result<(), Refused> {
        if self.stage != Stage::Open {
            return Err(Refused);
        }
        let item = from.take().expect("a turn goes once");
        unfinished.add(1);
        self.put(item);
        Ok(())
    }

    /// Puts an item in; without room, takes the one out that would be tried next, which is for the
    /// caller to count out. Where there is no such, the item stays where it is.
    pub(super) fn force(
        &mut self,
        from: &mut Option<T>,
        unfinished: &Line<Zero>,
    ) -> Result<Option<Entry<T>>, Refused> {
        if self.stage != Stage::Open || self.room() > 0 {
            return self.accept(from, unfinished).map(|()| None);
        }
        let next = self.ready.pop_front();
        let evicted = next.or_else(|| self.delayed.take_first());
        if evicted.is_some() {
            self.accept(from, unfinished)?;
        }
        Ok(evicted)
    }

    /// Puts an item into a place that was reserved.
    pub(super) fn redeem(
        &mut self,
        from: &mut Option<T>,
        unfinished: &Line<Zero>,
    ) -> Result<(), Refused> {
        self.reserved -= 1;
        self.accept(from, unfinished)
    }

    fn put(&mut self, item: T) {
        self.ready.push_back(Entry { item, attempts: 0 });
        self.totals.pushed += 1;
    }

    fn take(&mut self) -> Option<Popped<T>> {
        let mut entry = self.ready.pop_front()?;
        if self.ready.capacity() > Self::KEPT && self.ready.len() <= self.ready.capacity() / 4 {
            self.shrink();
        }
        entry.attempts = entry.attempts.saturating_add(1);
        let may_return = entry.attempts < self.retry.max_attempts();
        self.returning += usize::from(may_return);
        Some(Popped { entry, may_return })
    }

    /// Gives half of the memory back after a burst.
    #[cold]
    fn shrink(&mut self) {
        self.ready
            .shrink_to((self.ready.capacity() / 2).max(Self::KEPT));
    }

    /// Takes back what was tried in vain at `now`, or gives it up.
    pub(super) fn fail(&mut self, popped: Popped<T>, again: Again, now: Instant) -> Fate<T> {
        let Popped { entry, may_return } = popped;
        let delay = match again {
            _ if !may_return || self.stage == Stage::Stopped => None,
            Again::ByPolicy => Some(self.retry.delay(entry.attempts, &mut self.random)),
            Again::After(delay) => Some(delay),
            Again::Never => None,
        };
        let Some(delay) = delay else {
            self.totals.dead += 1;
            return Fate::Dead(entry, self.letters.clone());
        };
        self.returning -= 1;
        self.totals.retried += 1;
        if delay.is_zero() {
            self.ready.push_back(entry);
        } else {
            let at = now.checked_add(delay).unwrap_or(now + A_CENTURY);
            self.delayed.insert(at, entry);
        }
        Fate::Retried
    }

    /// Moves what is due to what is ready. The alarm is to be dropped when the lock is free.
    pub(super) fn release(&mut self, horizon: Instant) -> Option<Alarm> {
        let (due, alarm) = self.delayed.take_due(horizon);
        self.ready.extend(due);
        alarm
    }

    /// The same, whether it is due or not.
    pub(super) fn release_all(&mut self) -> Option<Alarm> {
        let (all, alarm) = self.delayed.take_all();
        self.ready.extend(all);
        alarm
    }

    /// An alarm that is to be set, and whom it calls.
    pub(super) fn claim(&mut self) -> Option<(super::delayed::Claim, Waker)> {
        let waker = self.waker.as_ref()?;
        Some((self.delayed.claim()?, waker.clone()))
    }

    /// Takes all that waits, in the order in which it would have come out.
    pub(super) fn stop(&mut self) -> (VecDeque<Entry<T>>, Option<Alarm>) {
        self.stage = Stage::Stopped;
        let alarm = self.release_all();
        (std::mem::take(&mut self.ready), alarm)
    }
}

impl<T> Stock for Store<T> {
    fn ready(&self, side: Side) -> usize {
        match side {
            // All may go, to be refused.
            Side::Put if self.stage != Stage::Open => usize::MAX,
            Side::Put => self.room(),
            Side::Take if self.is_over() => usize::MAX,
            Side::Take => self.ready.len(),
        }
    }
}

/// The queue was closed, and what was to be pushed is still where it was.
pub(super) struct Refused;

/// Puts the item of an `Option` (owned, or lent by a caller who wants it back) into the store, and
/// counts it.
pub(super) struct Put<'a, P> {
    pub(super) item: P,
    pub(super) unfinished: &'a Line<Zero>,
}

impl<T, P: BorrowMut<Option<T>>> Turn<Store<T>> for Put<'_, P> {
    const SIDE: Side = Side::Put;
    type Output = Result<(), Refused>;

    fn go(&mut self, store: &mut Store<T>) -> Option<Self::Output> {
        if store.stage == Stage::Open && store.room() == 0 {
            return None;
        }
        Some(store.accept(self.item.borrow_mut(), self.unfinished))
    }
}

/// Reserves a place.
pub(super) struct Reserve;

impl<T> Turn<Store<T>> for Reserve {
    const SIDE: Side = Side::Put;
    type Output = Result<(), Refused>;

    fn go(&mut self, store: &mut Store<T>) -> Option<Self::Output> {
        if store.stage != Stage::Open {
            return Some(Err(Refused));
        }
        let fits = store.room() > 0;
        store.reserved += usize::from(fits);
        fits.then_some(Ok(()))
    }
}

/// Puts as many items as there is room for, and at least one, into the store, and counts them; says
/// how many.
pub(super) struct PutMany<'a, T> {
    pub(super) items: &'a mut VecDeque<T>,
    pub(super) unfinished: &'a Line<Zero>,
}

impl<T> Turn<Store<T>> for PutMany<'_, T> {
    const SIDE: Side = Side::Put;
    type Output = Result<usize, Refused>;

    fn go(&mut self, store: &mut Store<T>) -> Option<Self::Output> {
        if store.stage != Stage::Open {
            return Some(Err(Refused));
        }
        let fit = store.room().min(self.items.len());
        if fit == 0 {
            return None;
        }
        store.ready.reserve(fit);
        self.unfinished.add(fit);
        self.items.drain(..fit).for_each(|item| store.put(item));
        Some(Ok(fit))
    }
}

/// Takes what is to be tried next.
pub(super) struct Take;

impl<T> Turn<Store<T>> for Take {
    const SIDE: Side = Side::Take;
    type Output = Result<Popped<T>, PopError>;

    fn go(&mut self, store: &mut Store<T>) -> Option<Self::Output> {
        match store.take() {
            Some(popped) => Some(Ok(popped)),
            None => store.is_over().then_some(Err(PopError)),
        }
    }
}

/// Takes what is to be tried next: one or more, up to a number, as far as there is memory for it.
pub(super) struct TakeMany<T> {
    /// Where they go.
    pub(super) taken: Vec<Popped<T>>,
    /// How many at most.
    most: usize,
}

impl<T> TakeMany<T> {
    pub(super) fn new(most: usize) -> Self {
        Self {
            taken: Vec::new(),
            most,
        }
    }

    /// Makes room for those of the `expected` that it may take, and for one at least: before each
    /// attempt.
    pub(super) fn make_room(&mut self, expected: usize) {
        self.taken.reserve(expected.clamp(1, self.most));
    }
}

impl<T> Turn<Store<T>> for TakeMany<T> {
    const SIDE: Side = Side::Take;
    type Output = Result<(), PopError>;

    fn go(&mut self, store: &mut Store<T>) -> Option<Self::Output> {
        let most = self.taken.capacity().min(self.most);
        while self.taken.len() < most {
            match store.take() {
                Some(popped) => self.taken.push(popped),
                None => break,
            }
        }
        match self.taken.is_empty() {
            false => Some(Ok(())),
            true => store.is_over().then_some(Err(PopError)),
        }
    }
}
