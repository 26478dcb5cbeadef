//! The handle of a pool: looking, and the end.

use super::builder::Builder;
use super::card::Stats;
use super::crew::Shared;
use super::error::Unfinished;
use super::workers::Workers;
use crate::queue::WorkQueue;
use crate::sync::TimedOut;
use crate::sys::{self, Arc, clock::Instant};
use crate::wait::block_until;
use std::fmt;
use std::io;
use std::time::Duration;

/// Threads that take items from a queue and handle them.
///
/// The items come in through the queue, any [`WorkQueue`], of which any number of producers hold
/// clones. Each worker may have a state of its own ([`Builder::state`]).
///
/// *The end:* dropping the pool, [`join`](Self::join) and [`shutdown`](Self::shutdown) close the
/// queue, so pushes fail from then on, and wait until the workers have finished. Closing the
/// queue by any handle ends the workers too, once it is drained.
///
/// *Panics:* where the handler panics, its item is lost to that panic and counted as failed, the
/// hook of [`Builder::on_panic`] is told, and the worker goes on with a new state.
/// (The items of a queue of tasks are tried again: the item itself knows that it failed.)
///
/// *Fairness:* that of the queue: items begin in the order in which they leave it.
///
/// *Cost:* beside that of the queue, an item costs two loads and the store of a counter. To wake
/// a worker that sleeps costs microseconds. Idle workers use no processor.
///
/// Prefer an [executor](crate::executor) where the work is functions whose results are waited for.
///
/// ```
/// use rungs::pool::WorkerPool;
/// use rungs::queue::Queue;
///
/// let squares = Queue::unbounded();
/// let out = squares.clone();
/// let pool = WorkerPool::new(4, Queue::bounded(16), move |n: u64| out.push(n * n).unwrap())?;
/// for n in 0..100 {
///     pool.queue().push(n).unwrap();
/// }
/// pool.join();
/// assert_eq!(squares.try_iter().sum::<u64>(), 328_350);
/// # std::io::Result::Ok(())
/// ```
#[doc(alias = "ThreadPool")]
#[must_use = "dropped at once, it is drained and joined at once"]
pub struct WorkerPool<Q: WorkQueue> {
    shared: Arc<Shared<Q>>,
}

/// What [`WorkerPool::shutdown`] does with the items that no worker has begun.
///
/// ```
/// use rungs::pool::{Shutdown, WorkerPool};
/// use rungs::queue::Queue;
///
/// let pool = WorkerPool::new(1, Queue::unbounded(), |_: i32| ()).unwrap();
/// pool.queue().push(1).unwrap();
/// assert!(pool.shutdown(Shutdown::Drain).is_empty());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shutdown {
    /// They are handled.
    Drain,
    /// They are handed back.
    Discard,
}

impl<Q: WorkQueue> WorkerPool<Q> {
    /// Starts `workers` threads that take items from `queue` and call `handler` with each.
    ///
    /// *Errors:* those of [`Builder::build`].
    ///
    /// *Panics* as [`Builder::workers`].
    ///
    /// ```
    /// use rungs::pool::WorkerPool;
    /// use rungs::queue::Queue;
    ///
    /// let pool = WorkerPool::new(2, Queue::unbounded(), |n: i32| assert!(n > 0)).unwrap();
    /// pool.queue().push(1).unwrap();
    /// ```
    #[track_caller]
    pub fn new(
        workers: impl Into<Workers>,
        queue: Q,
        handler: impl Fn(Q::Item) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Builder::new()
            .workers(workers)
            .build(queue, move |(), item| handler(item))
    }
}

impl WorkerPool<crate::queue::Queue<()>> {
    /// Sets up a pool with more than a number of workers: names, states, hooks. The queue that
    /// it is for may be of any kind.
    ///
    /// ```
    /// use rungs::pool::WorkerPool;
    /// use rungs::queue::Queue;
    ///
    /// let builder = WorkerPool::builder().workers(1).name("print");
    /// let pool = builder.build(Queue::unbounded(), |(), text: String| println!("{text}"));
    /// assert!(pool.is_ok());
    /// ```
    pub fn builder() -> Builder<()> {
        Builder::new()
    }
}

/// Looking.
impl<Q: WorkQueue> WorkerPool<Q> {
    pub(super) fn new_over(shared: Arc<Shared<Q>>) -> Self {
        Self { shared }
    }

    /// The queue that the workers take from.
    ///
    /// ```
    /// use rungs::pool::WorkerPool;
    /// use rungs::queue::Queue;
    ///
    /// let pool = WorkerPool::new(1, Queue::bounded(1), |_: i32| ()).unwrap();
    /// let producer = pool.queue().clone();
    /// producer.push(1).unwrap();
    /// pool.join();
    /// assert!(producer.push(2).is_err());
    /// ```
    pub fn queue(&self) -> &Q {
        &self.shared.queue
    }

    /// How the pool stands. Whoever sees an item counted as done or failed sees what its handler
    /// did; see [`Stats`] for what is exact.
    ///
    /// *Cost:* a short lock, that of the queue, and one for each worker.
    ///
    /// ```
    /// use rungs::pool::WorkerPool;
    /// use rungs::queue::Queue;
    ///
    /// let pool = WorkerPool::new(1, Queue::unbounded(), |_: i32| ()).unwrap();
    /// pool.queue().push(1).unwrap();
    /// while pool.stats().done < 1 {
    ///     std::thread::yield_now();
    /// }
    /// assert_eq!(pool.stats().queued, 0);
    /// ```
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// How many workers the pool may have, as [`Builder::workers`] or
    /// [`resize`](Self::resize) said last.
    ///
    /// ```
    /// use rungs::pool::{WorkerPool, Workers};
    /// use rungs::queue::Queue;
    ///
    /// let pool = WorkerPool::new(1..=4, Queue::unbounded(), |_: i32| ()).unwrap();
    /// assert_eq!(pool.size(), Workers::from(1..=4));
    /// ```
    pub fn size(&self) -> Workers {
        self.shared.size()
    }

    /// Changes how many workers there are: a number, or a range as in [`Builder::workers`].
    ///
    /// Where there are too few, more are started. Where there are too many, threads end: idle
    /// ones at once, busy ones after their item, whoever comes first.
    ///
    /// *Blocking:* until the workers that it starts have made their state. It does not wait for
    /// those that end.
    ///
    /// *Errors:* as [`Builder::build`], for the workers that it starts; those that could be
    /// started work. Also where the pool has ended.
    ///
    /// *Panics* as [`Builder::workers`].
    ///
    /// ```
    /// use rungs::pool::WorkerPool;
    /// use rungs::queue::Queue;
    ///
    /// let pool = WorkerPool::new(4, Queue::unbounded(), |_: i32| ()).unwrap();
    /// pool.resize(1).unwrap();
    /// while pool.stats().workers > 1 {
    ///     std::thread::yield_now();
    /// }
    /// pool.resize(2..=8).unwrap();
    /// assert_eq!(pool.stats().workers, 2);
    /// ```
    #[doc(alias = "set_num_threads")]
    #[doc(alias = "setCorePoolSize")]
    #[doc(alias = "setMaximumPoolSize")]
    #[track_caller]
    pub fn resize(&self, workers: impl Into<Workers>) -> io::Result<()> {
        self.shared.resize(workers.into().checked())
    }

    /// Has the workers begin no more items until [`resume`](Self::resume). What they have begun
    /// goes on; the queue takes items as before.
    ///
    /// A worker that is just taking an item may still begin it. What is pushed after `pause` has
    /// returned is not begun: a worker that took it all the same holds it back, and handles it
    /// first when it is resumed. It counts as running meanwhile.
    ///
    /// *The end:* [`shutdown`](Self::shutdown) and its like resume the pool. What is held back
    /// counts as not begun, and is handed back.
    ///
    /// ```
    /// use rungs::pool::WorkerPool;
    /// use rungs::queue::Queue;
    ///
    /// let handled = Queue::unbounded();
    /// let out = handled.clone();
    /// let pool = WorkerPool::new(1, Queue::unbounded(), move |n: i32| out.push(n).unwrap());
    /// let pool = pool.unwrap();
    /// pool.pause();
    /// pool.queue().push(1).unwrap();
    /// assert!(!pool.try_wait_idle() && handled.is_empty());
    /// pool.resume();
    /// assert_eq!(handled.pop(), Ok(1));
    /// ```
    pub fn pause(&self) {
        self.shared.set_paused(true);
    }

    /// Has the workers begin items again.
    ///
    /// See [`pause`](Self::pause) for an example.
    pub fn resume(&self) {
        self.shared.set_paused(false);
    }

    /// Whether the pool is paused at this moment.
    ///
    /// ```
    /// use rungs::pool::WorkerPool;
    /// use rungs::queue::Queue;
    ///
    /// let pool = WorkerPool::new(1, Queue::unbounded(), |_: i32| ()).unwrap();
    /// pool.pause();
    /// assert!(pool.is_paused());
    /// ```
    pub fn is_paused(&self) -> bool {
        self.shared.is_paused()
    }
}

/// Waiting for all items to be over.
///
/// A pool is *idle* at a moment at which its queue is empty and no worker has an item, or looks
/// for one. What a handler pushes before it returns counts: there is no such moment in between.
/// Where no worker is left, what is in the queue does not count.
///
/// While the pool is paused, and items are in its queue, it is not idle. Items that are taken
/// out of the queue of a paused pool by others are noticed when it is resumed.
/// Those that others take while this pool's workers sleep (a second pool on the queue, a consumer)
/// are noticed when one of them looks at the queue again, which may be never: where others take,
/// too, wait with [`TaskQueue::join`](crate::queue::TaskQueue::join).
///
/// A handler that waits for its own pool to be idle waits for itself.
impl<Q: WorkQueue> WorkerPool<Q> {
    /// Waits until the pool is idle; the thread sleeps. Whoever returns sees what the handlers
    /// did.
    ///
    /// ```
    /// use rungs::pool::WorkerPool;
    /// use rungs::queue::Queue;
    ///
    /// let handled = Queue::unbounded();
    /// let out = handled.clone();
    /// let pool = WorkerPool::new(2, Queue::unbounded(), move |n: i32| out.push(n).unwrap());
    /// let pool = pool.unwrap();
    /// (0..10).for_each(|n| pool.queue().push(n).unwrap());
    /// pool.wait_idle();
    /// assert_eq!(handled.len(), 10);
    /// ```
    #[doc(alias = "awaitQuiescence")]
    #[doc(alias = "join")]
    pub fn wait_idle(&self) {
        let _ = self.idle_until(None);
    }

    /// Does not wait: whether the pool was idle at a moment during the call.
    ///
    /// ```
    /// use rungs::pool::WorkerPool;
    /// use rungs::queue::Queue;
    ///
    /// let pool = WorkerPool::new(2, Queue::unbounded(), |_: i32| ()).unwrap();
    /// while !pool.try_wait_idle() {
    ///     std::thread::yield_now(); // the workers look for items at first
    /// }
    /// ```
    #[must_use = "it says whether the pool is idle"]
    pub fn try_wait_idle(&self) -> bool {
        self.shared.is_idle()
    }

    /// Waits until the pool is idle, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::pool::WorkerPool;
    /// use rungs::queue::Queue;
    /// use rungs::sync::TimedOut;
    /// use std::time::Duration;
    ///
    /// let pool = WorkerPool::new(1, Queue::unbounded(), |_: i32| ()).unwrap();
    /// pool.pause();
    /// pool.queue().push(1).unwrap();
    /// assert_eq!(pool.wait_idle_timeout(Duration::from_millis(1)), Err(TimedOut));
    /// ```
    pub fn wait_idle_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        self.idle_until(sys::deadline_after(timeout))
    }

    /// Waits until the pool is idle, or gives up at `deadline`.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::pool::WorkerPool;
    /// use rungs::queue::Queue;
    /// use std::time::{Duration, Instant};
    ///
    /// let pool = WorkerPool::new(1, Queue::unbounded(), |_: i32| ()).unwrap();
    /// pool.queue().push(1).unwrap();
    /// let soon = Instant::now() + Duration::from_secs(60);
    /// assert_eq!(pool.wait_idle_deadline(soon), Ok(()));
    /// ```
    pub fn wait_idle_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        self.idle_until(Some(deadline))
    }

    /// Waits until the pool is idle; the task waits.
    ///
    /// *Cancel safety:* dropped, it leaves no trace.
    ///
    /// ```
    /// use rungs::pool::WorkerPool;
    /// use rungs::queue::Queue;
    ///
    /// let pool = WorkerPool::new(1, Queue::unbounded(), |_: i32| ()).unwrap();
    /// pool.queue().push(1).unwrap();
    /// rungs::future::block_on(pool.wait_idle_async());
    /// assert_eq!(pool.stats().done, 1);
    /// ```
    pub async fn wait_idle_async(&self) {
        self.shared.floor.until(|| self.shared.is_idle()).await;
    }

    fn idle_until(&self, deadline: Option<Instant>) -> Result<(), TimedOut> {
        block_until(self.wait_idle_async(), deadline).ok_or(TimedOut)
    }
}

/// The end.
impl<Q: WorkQueue> WorkerPool<Q> {
    /// Closes the queue, has what is left handled or takes it back, waits for the workers to
    /// end, and gives what was not handled.
    ///
    /// With [`Shutdown::Drain`] that is nothing, unless all workers retired ([`Builder::state`]).
    ///
    /// *Blocking:* until the workers have finished what they began (and, draining, the rest).
    /// Called from one of the pool's own workers, it does not wait for that one, and gives what
    /// the others left.
    /// (A handler whose own task may come back into its [`TaskQueue`](crate::queue::TaskQueue)
    /// ends that first: until then the others wait for it, and it for them.)
    ///
    /// ```
    /// use rungs::pool::{Shutdown, WorkerPool};
    /// use rungs::queue::Queue;
    ///
    /// let pool = WorkerPool::new(1, Queue::unbounded(), |_: i32| ()).unwrap();
    /// pool.pause();
    /// (1..=3).for_each(|n| pool.queue().push(n).unwrap());
    /// assert_eq!(pool.shutdown(Shutdown::Discard), [1, 2, 3]);
    /// ```
    #[doc(alias = "shutdownNow")]
    #[doc(alias = "terminate")]
    pub fn shutdown(&self, how: Shutdown) -> Vec<Q::Item> {
        let left = self.shared.end(how);
        self.shared.wait_ended(None);
        self.shared.leftover(left)
    }

    /// As [`shutdown`](Self::shutdown) with [`Shutdown::Drain`], but gives up after `timeout`;
    /// `Duration::MAX` never does. What no worker has begun by then is handed back, and none
    /// begins it.
    ///
    /// It may be called again, to wait for those that were running.
    ///
    /// *Errors:* [`Unfinished`], which says who is running and has what was not begun.
    ///
    /// ```
    /// use rungs::pool::WorkerPool;
    /// use rungs::queue::Queue;
    /// use rungs::sync::Event;
    /// use std::sync::Arc;
    /// use std::time::Duration;
    ///
    /// let go = Arc::new(Event::new(false));
    /// let gate = go.clone();
    /// let pool = WorkerPool::new(1, Queue::unbounded(), move |_: i32| gate.wait()).unwrap();
    /// (1..=3).for_each(|n| pool.queue().push(n).unwrap());
    /// while pool.queue().len() > 2 {
    ///     std::thread::yield_now(); // until the worker is at the first
    /// }
    /// let unfinished = pool.shutdown_timeout(Duration::from_millis(1)).unwrap_err();
    /// assert_eq!(unfinished.running[0].worker, 0);
    /// assert_eq!(unfinished.left, [2, 3]);
    /// go.set();
    /// assert!(pool.shutdown_timeout(Duration::MAX).is_ok());
    /// ```
    pub fn shutdown_timeout(&self, timeout: Duration) -> Result<(), Unfinished<Q::Item>> {
        self.shutdown_until(sys::deadline_after(timeout))
    }

    /// As [`shutdown_timeout`](Self::shutdown_timeout), giving up at `deadline`.
    ///
    /// *Errors:* [`Unfinished`].
    ///
    /// ```
    /// use rungs::pool::WorkerPool;
    /// use rungs::queue::Queue;
    /// use std::time::{Duration, Instant};
    ///
    /// let pool = WorkerPool::new(1, Queue::unbounded(), |_: i32| ()).unwrap();
    /// pool.queue().push(1).unwrap();
    /// let soon = Instant::now() + Duration::from_secs(60);
    /// assert!(pool.shutdown_deadline(soon).is_ok());
    /// ```
    pub fn shutdown_deadline(&self, deadline: Instant) -> Result<(), Unfinished<Q::Item>> {
        self.shutdown_until(Some(deadline))
    }

    fn shutdown_until(&self, deadline: Option<Instant>) -> Result<(), Unfinished<Q::Item>> {
        self.shared.end(Shutdown::Drain);
        let ended = self.shared.wait_ended(deadline);
        match self.shared.unfinished(ended) {
            Some(unfinished) => Err(unfinished),
            // They ended in between: that takes no time.
            None => {
                self.shared.wait_ended(None);
                Ok(())
            }
        }
    }

    /// Closes the queue, waits until all that is in it is handled, and for the workers to end.
    ///
    /// The same as dropping the pool, in a word that says so.
    ///
    /// ```
    /// use rungs::pool::WorkerPool;
    /// use rungs::queue::Queue;
    ///
    /// let handled = Queue::unbounded();
    /// let out = handled.clone();
    /// let pool = WorkerPool::new(2, Queue::unbounded(), move |n| out.push(n).unwrap()).unwrap();
    /// pool.queue().push(1).unwrap();
    /// pool.join();
    /// assert_eq!(handled.len(), 1);
    /// ```
    pub fn join(self) {
        drop(self);
    }
}

/// Drains and joins: closes the queue, waits until all that is in it is handled, and for the
/// workers to end. Dropped by one of its own workers, it does not wait for that one, which
/// finishes the rest after its item.
impl<Q: WorkQueue> Drop for WorkerPool<Q> {
    fn drop(&mut self) {
        self.shared.end(Shutdown::Drain);
        self.shared.wait_ended(None);
    }
}

impl<Q: WorkQueue> fmt::Debug for WorkerPool<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerPool")
            .field("size", &self.size())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
