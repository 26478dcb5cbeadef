//! Numbers about a queue.

/// What a queue counts, at one moment: see [`LifoQueue::stats`](super::LifoQueue::stats).
///
/// ```
/// use rungs::queue::LifoQueue;
///
/// let queue = LifoQueue::unbounded();
/// queue.push('a').unwrap();
/// queue.push('b').unwrap();
/// queue.pop().unwrap();
/// let stats = queue.stats();
/// assert_eq!((stats.len, stats.pushed, stats.popped), (1, 2, 1));
/// assert_eq!((stats.waiting_producers, stats.waiting_consumers), (0, 0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// How many items are in it.
    pub len: usize,
    /// How many items came in since the beginning.
    pub pushed: u64,
    /// How many came out, whichever way: popped, drained, handed back or evicted.
    pub popped: u64,
    /// How many threads and tasks stand in line to push or reserve.
    pub waiting_producers: usize,
    /// How many stand in line to pop.
    pub waiting_consumers: usize,
}
