//! What a pool knows of its work.
//!
//! # State
//!
//! Three counters for each worker, which that worker alone writes, so that counting costs no
//! read-modify-write and no shared cache line.
//!
//! # Invariants
//!
//! 1. `begun` grows under the queue's lock, in the step in which the item leaves the queue.
//! 2. `begun - done - failed` is 1 while the worker has an item, and otherwise 0. `done` or
//!    `failed` grows by 1 when the item is over.
//!
//! So whoever holds the queue's lock sees the item in the queue, with a worker, or over, and
//! never twice or nowhere: no item begins meanwhile, and each worker ends one at most.

use crate::sys::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// How a pool stands, at one moment during the call: every item that its workers took or will
/// take is in exactly one of the four numbers.
///
/// ```
/// use rungs::pool::{Stats, WorkerPool};
/// use rungs::queue::Queue;
///
/// let pool = WorkerPool::new(2, Queue::unbounded(), |_: i32| ()).unwrap();
/// pool.queue().push(1).unwrap();
/// let Stats { workers, queued, running, done, failed, .. } = pool.stats();
/// assert_eq!((workers, queued + running + done + failed), (2, 1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// How many workers there are: those that were started, less those that retired because
    /// their state could not be rebuilt.
    pub workers: usize,
    /// How many items are in the queue.
    pub queued: usize,
    /// How many items are being handled.
    pub running: usize,
    /// How many items were handled.
    pub done: usize,
    /// How many items the handler panicked on.
    pub failed: usize,
}

/// The counters of one worker, on a cache line of their own.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Counter {
    /// How many items it took.
    begun: AtomicUsize,
    /// How many it handled.
    done: AtomicUsize,
    /// How many its handler panicked on.
    failed: AtomicUsize,
}

impl Counter {
    pub(super) fn new() -> Self {
        Self {
            begun: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
        }
    }

    /// The worker takes an item. Under the queue's lock.
    pub(super) fn begin(&self) {
        // ORDERING: Relaxed: written and read under the queue's lock.
        bump(&self.begun, Ordering::Relaxed);
    }

    /// The worker handled its item.
    pub(super) fn succeed(&self) {
        // ORDERING: Release, partner of the Acquire in `tally`: who sees the item counted sees
        // what its handler did. Weaker, and a look at the results could come too early. Model:
        // `who_sees_an_item_done_sees_what_its_handler_wrote`.
        bump(&self.done, Ordering::Release);
    }

    /// The worker's handler panicked on its item.
    pub(super) fn fail(&self) {
        // ORDERING: Release, as in `succeed`. Model:
        // `who_sees_an_item_failed_sees_what_the_hook_wrote`.
        bump(&self.failed, Ordering::Release);
    }
}

/// Adds one to a counter that only the calling thread writes.
fn bump(counter: &AtomicUsize, order: Ordering) {
    // ORDERING: Relaxed load: our own last write. The caller argues for the store.
    counter.store(counter.load(Ordering::Relaxed) + 1, order);
}

/// What the workers of a pool and its handle share.
#[derive(Debug)]
pub(super) struct Counts {
    /// By worker.
    counters: Box<[Counter]>,
    /// How many workers have not retired.
    active: AtomicUsize,
}

impl Counts {
    pub(super) fn new(workers: usize) -> Arc<Self> {
        Arc::new(Self {
            counters: (0..workers).map(|_| Counter::new()).collect(),
            active: AtomicUsize::new(workers),
        })
    }

    pub(super) fn of(&self, worker: usize) -> &Counter {
        &self.counters[worker]
    }

    /// A worker retires; `true` where it was the last.
    pub(super) fn retire(&self) -> bool {
        // ORDERING: Relaxed: a number, with nothing behind it. The queue that the last one
        // closes has a lock of its own.
        self.active.fetch_sub(1, Ordering::Relaxed) == 1
    }

    /// Adds it all up, under the lock of the queue, which has `queued` items.
    pub(super) fn tally(&self, queued: usize) -> Stats {
        let mut stats = Stats {
            // ORDERING: Relaxed, as in `retire`.
            workers: self.active.load(Ordering::Relaxed),
            queued,
            ..Stats::default()
        };
        for counter in &self.counters {
            // ORDERING: Acquire, partner of the Release in `succeed` and `fail`: what the
            // handler did is seen. Models: as named there.
            let done = counter.done.load(Ordering::Acquire);
            let failed = counter.failed.load(Ordering::Acquire);
            // ORDERING: Relaxed, as in `begin`.
            let begun = counter.begun.load(Ordering::Relaxed);
            stats.done += done;
            stats.failed += failed;
            stats.running += begun - done - failed;
        }
        stats
    }
}
