//! Who is busy, and who waits for something about the pool to change.
//!
//! # State
//!
//! | bits of the word | |
//! |---|---|
//! | 0..16 | how many workers are busy: [`Workers::MOST`], and one whose place is being taken |
//! | 16 | whether somebody waits for the end of the round |
//! | 17.. | how often a worker began to be busy, which may go round |
//!
//! Beside it the event of this *round*: whoever waits for a change looks, and if what it sees is
//! not what it waits for, waits for the end of the round. Whoever changes something ends it.
//!
//! # Invariants
//!
//! 1. A worker is busy from before it looks for an item until it has found none; so an item
//!    that has left the queue is with a worker that is busy.
//! 2. Whoever waits for a change sets `WAITED` before it looks; whoever makes one, in the word or
//!    under the crew's lock, looks at `WAITED` after it. So either the one sees the change, or
//!    the other ends the round.
//! 3. Whenever the lock of the round is free, `WAITED` is set exactly while there is a round.

use crate::sync::Event;
use crate::sys::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

/// A worker begins to be busy.
const ENTERS: usize = (1 << 17) + 1;
/// The bits that count who is busy.
const BUSY: usize = (1 << 16) - 1;
/// Somebody waits for the end of the round.
const WAITED: usize = 1 << 16;

/// Who is busy, and who waits for a change.
#[derive(Debug)]
pub(crate) struct Floor {
    word: AtomicUsize,
    /// Is set when the round ends; `None` while nobody waits for that.
    round: Mutex<Option<Arc<Event>>>,
}

impl Floor {
    pub(crate) fn new() -> Self {
        Self {
            word: AtomicUsize::new(0),
            round: Mutex::new(None),
        }
    }

    /// A worker begins to look for items.
    pub(crate) fn enter(&self) {
        // ORDERING: Acquire, partner of the Release in `is_idle`: who comes after a look at the
        // word takes nothing from the queue that the look before it could miss. Weaker, and the
        // queue could be seen empty while the taker's mark is not seen. And of that in `busy`:
        // who comes after a look that found somebody at the queue knows its orders as they were
        // then. Model: `a_pool_that_may_grow_looks_for_what_waits`; of the first, see `is_idle`.
        self.word.fetch_add(ENTERS, Ordering::Acquire);
    }

    /// A worker has found none.
    pub(crate) fn leave(&self) {
        let before = self.leave_quietly();
        if before & (BUSY | WAITED) == 1 | WAITED {
            self.end_round();
        }
    }

    /// As [`leave`](Self::leave), under the crew's lock: the caller [rings](Self::ring) after it.
    pub(crate) fn leave_quietly(&self) -> usize {
        // ORDERING: Release, partner of the Acquire in `is_idle` and `busy`: who sees that
        // nobody is busy sees what the handlers did. Model:
        // `who_finds_the_pool_idle_sees_what_the_handlers_wrote`.
        self.word.fetch_sub(1, Ordering::Release)
    }

    /// How many are busy: at least those who have an item that the caller knows to have left the
    /// queue, and has not seen done.
    pub(crate) fn busy(&self) -> usize {
        // ORDERING: AcqRel: Release, partner of the Acquire in `enter`, as said there; Acquire,
        // partner of the Release in `leave`: who is seen to have left has counted its items.
        // Models: `a_pool_that_may_grow_looks_for_what_waits`, `an_item_is_never_nowhere`.
        self.word.fetch_add(0, Ordering::AcqRel) & BUSY
    }

    /// Whether there was a moment, in this call, at which nobody was busy and `is_empty` held,
    /// which looks at the queue.
    pub(crate) fn is_idle(&self, is_empty: impl FnOnce() -> bool) -> bool {
        // ORDERING: Acquire, partner of the Release in `leave`, as said there.
        let before = self.word.load(Ordering::Acquire);
        if before & BUSY != 0 || !is_empty() {
            return false;
        }
        // ORDERING: Release, partner of the Acquire in `enter`. A read-modify-write that changes
        // nothing: a worker enters before it, and is seen by it; or after it, and then what it
        // takes was still there when we looked. No model shows what a weaker one does: loom runs
        // the steps of a thread in order, and the taking comes after the mark.
        let after = self.word.fetch_add(0, Ordering::Release);
        (before ^ after) & !WAITED == 0
    }

    /// Something has changed, under the crew's lock: whoever waits for that looks again.
    pub(crate) fn ring(&self) {
        // ORDERING: Relaxed: whoever set the bit before it looked under the crew's lock, and
        // missed the change, is ordered before us by that lock. Model:
        // `shutting_down_in_time_or_not_leaves_nobody_behind`.
        if self.word.load(Ordering::Relaxed) & WAITED != 0 {
            self.end_round();
        }
    }

    #[cold]
    fn end_round(&self) {
        let mut round = self.round.lock();
        let ended = round.take();
        if ended.is_some() {
            // ORDERING: Relaxed: written under the lock, where alone it is set.
            self.word.fetch_sub(WAITED, Ordering::Relaxed);
        }
        drop(round);
        if let Some(ended) = ended {
            ended.set();
        }
    }

    /// Waits until `holds`, which is looked at again at the end of each round.
    ///
    /// *Cancel safety:* dropped, it leaves no trace.
    pub(crate) async fn until(&self, mut holds: impl FnMut() -> bool) {
        while !holds() {
            let round = self.round();
            if holds() {
                return;
            }
            round.wait_async().await;
        }
    }

    /// The event of this round.
    fn round(&self) -> Arc<Event> {
        let mut round = self.round.lock();
        if let Some(event) = &*round {
            return event.clone();
        }
        let event = round.insert(Arc::new(Event::new(false))).clone();
        // ORDERING: Relaxed: a `leave` that comes later in the order of this word sees the bit;
        // one that came before is seen by our own look at the same word, or by what we see under
        // the crew's lock, as said in `ring`. Model: `whoever_waits_for_an_idle_pool_is_woken`.
        self.word.fetch_add(WAITED, Ordering::Relaxed);
        event
    }
}
