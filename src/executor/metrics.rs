//! Figures about a pool.

/// What a pool counts, at about one moment: see [`Handle::metrics`](super::Handle::metrics).
///
/// ```
/// let pool = rungs::executor::ThreadPoolExecutor::new(2);
/// let metrics = pool.metrics();
/// assert_eq!((metrics.workers, metrics.max_workers, metrics.blocked), (2, 2, 0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// How many workers there are.
    pub workers: usize,
    /// How many there may be, those beside that are [blocked](super::blocking).
    pub max_workers: usize,
    /// How many sleep.
    pub idle: usize,
    /// How many are inside [`blocking`](super::blocking).
    pub blocked: usize,
    /// How many jobs stand in the queues, those included that were cancelled or run by who waited
    /// for them, and whose turn has not come.
    pub queued: usize,
    /// How many spawned futures are not done.
    pub spawned: usize,
    /// How many jobs are at a worker.
    pub running: usize,
    /// How many jobs workers have taken from the queues and ended, since the beginning.
    pub completed: usize,
    /// How often a worker took jobs from another.
    pub thefts: usize,
    /// How often a worker went to sleep.
    pub sleeps: usize,
}
