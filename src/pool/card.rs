//! What is known of one worker, and of all of them together.
//!
//! # Invariants
//!
//! 1. `done` and `failed` are written by their worker alone, so that counting costs no
//!    read-modify-write and no shared cache line.

use crate::sync::AutoResetEvent;
use crate::sys::{
    Aside,
    atomic::{AtomicUsize, Ordering},
    clock,
    clock::Instant,
};
use std::time::Duration;

/// How a pool stands.
///
/// Of the items that were pushed before the call, none is nowhere: each is in at least one of
/// `queued`, `running`, `done` and `failed`, in two where it moves on during the call. All is
/// exact while nobody is busy. Whoever sees an item counted as done or failed sees what its
/// handler did.
///
/// ```
/// use rungs::pool::{Stats, WorkerPool};
/// use rungs::queue::Queue;
///
/// let pool = WorkerPool::new(2, Queue::unbounded(), |_: i32| ()).unwrap();
/// pool.queue().push(1).unwrap();
/// pool.wait_idle();
/// let Stats { workers, queued, done, failed, .. } = pool.stats();
/// assert_eq!((workers, queued, done, failed), (2, 0, 1, 0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// How many workers there are: those that were started and have not begun to end.
    pub workers: usize,
    /// How many items are in the queue.
    pub queued: usize,
    /// How many workers have an item, or are looking for one at this moment.
    pub running: usize,
    /// How many items were handled.
    pub done: usize,
    /// How many items the handler panicked on.
    pub failed: usize,
    /// The time for which workers were busy, that of all of them added up: from when one began
    /// to look for an item until it found none.
    pub busy: Duration,
}

impl Stats {
    /// Adds what a worker did.
    pub(super) fn add(&mut self, card: &Card) {
        // ORDERING: Acquire, partner of the Release in `succeed` and `fail`: what the handler
        // did is seen. Models: as named there.
        self.done += card.done.load(Ordering::Acquire);
        self.failed += card.failed.load(Ordering::Acquire);
        self.busy += card.times.with(|times| times.busy()).unwrap_or_default();
    }
}

/// What is known of one worker, on cache lines of its own.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Card {
    /// Counted from 0; that of a worker that left is given again.
    pub(super) number: usize,
    /// How many items it handled.
    done: AtomicUsize,
    /// How many its handler panicked on.
    failed: AtomicUsize,
    /// Tells it to look at its orders.
    pub(super) nudge: AutoResetEvent,
    /// Written at the beginning and the end of each time that it is busy.
    times: Aside<Times>,
}

/// When a worker was busy.
#[derive(Debug)]
struct Times {
    /// Since when it is.
    since: Option<Instant>,
    /// How many items it had finished when it was last said that one begins, and when that was.
    item: Option<(usize, Instant)>,
    /// For how long it was busy before.
    before: Duration,
}

impl Times {
    fn busy(&self) -> Duration {
        self.before + self.since.map_or(Duration::ZERO, elapsed)
    }
}

/// How long ago that was.
fn elapsed(since: Instant) -> Duration {
    clock::now().saturating_duration_since(since)
}

impl Card {
    pub(super) fn new(number: usize) -> Self {
        Self {
            number,
            done: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
            nudge: AutoResetEvent::new(false),
            times: Aside::new(Times {
                since: None,
                item: None,
                before: Duration::ZERO,
            }),
        }
    }

    /// The worker handled its item.
    pub(super) fn succeed(&self) {
        // ORDERING: Release, partner of the Acquire in `Stats::add`: who sees the item counted
        // sees what its handler did. Weaker, and a look at the results could come too early.
        // Model: `who_sees_an_item_done_sees_what_its_handler_wrote`.
        bump(&self.done, Ordering::Release);
    }

    /// The worker's handler panicked on its item.
    pub(super) fn fail(&self) {
        // ORDERING: Release, as in `succeed`. Model:
        // `who_sees_an_item_failed_sees_what_the_hook_wrote`.
        bump(&self.failed, Ordering::Release);
    }

    /// How many items are over.
    fn over(&self) -> usize {
        // ORDERING: Relaxed: numbers to compare, with nothing behind them.
        self.done.load(Ordering::Relaxed) + self.failed.load(Ordering::Relaxed)
    }

    /// The worker begins to be busy.
    pub(super) fn begin(&self) {
        self.times.with(|times| {
            let now = clock::now();
            times.since = Some(now);
            times.item = Some((self.over(), now));
        });
    }

    /// The worker begins an item. Told only where somebody may want to know.
    #[cold]
    pub(super) fn begin_item(&self) {
        self.times
            .with(|times| times.item = Some((self.over(), clock::now())));
    }

    /// The worker is no longer busy.
    pub(super) fn end(&self) {
        self.times.with(|times| {
            times.before = times.busy();
            times.since = None;
            times.item = None;
        });
    }

    /// For how long the worker has been at its item: since it began, where that was told, or
    /// else for longer than since `known`.
    pub(super) fn at_item_for(&self, known: Instant) -> Duration {
        let told = self.times.with(|times| times.item).flatten();
        match told {
            Some((over, since)) if over == self.over() => elapsed(since),
            _ => elapsed(known),
        }
    }
}

/// Adds one to a counter that only the calling thread writes.
fn bump(counter: &AtomicUsize, order: Ordering) {
    // ORDERING: Relaxed load: our own last write. The caller argues for the store.
    counter.store(counter.load(Ordering::Relaxed) + 1, order);
}
