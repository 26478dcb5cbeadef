//! The handle of a pool: looking, and the end.

use super::builder::Builder;
use super::counts::{Counts, Stats};
use crate::queue::Queue;
use crate::sys::{Arc, thread, thread::JoinHandle};
use std::fmt;
use std::io;

/// Threads that take items from a [`Queue`] and handle them.
///
/// The items come in through the queue, of which any number of producers hold clones. Each
/// worker may have a state of its own ([`Builder::state`]).
///
/// *The end:* dropping the pool, [`join`](Self::join) and [`shutdown`](Self::shutdown) close the
/// queue, so pushes fail from then on, and wait until the workers have finished. Closing the
/// queue by any handle ends the workers too, once it is drained.
///
/// *Panics:* where the handler panics, its item is lost to that panic and counted as failed, the
/// hook of [`Builder::on_panic`] is told, and the worker goes on with a new state.
///
/// *Fairness:* that of the queue: items begin in the order in which they came in.
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
pub struct WorkerPool<T> {
    queue: Queue<T>,
    counts: Arc<Counts>,
    /// Empty once joined.
    threads: Vec<JoinHandle<()>>,
}

/// What [`WorkerPool::shutdown`] does with the items that no worker has begun.
///
/// ```
/// use rungs::pool::{Shutdown, WorkerPool};
/// use rungs::queue::Queue;
///
/// let pool = WorkerPool::new(1, Queue::unbounded(), |_: i32| ()).unwrap();
/// pool.queue().push(1).unwrap();
/// assert_eq!(pool.shutdown(Shutdown::Drain), []);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shutdown {
    /// They are handled.
    Drain,
    /// They are handed back.
    Discard,
}

impl<T: Send + 'static> WorkerPool<T> {
    /// Starts `workers` threads that take items from `queue` and call `handler` with each.
    ///
    /// *Errors:* those of [`Builder::build`].
    ///
    /// *Panics* where `workers` is 0.
    ///
    /// ```
    /// use rungs::pool::WorkerPool;
    /// use rungs::queue::Queue;
    ///
    /// let pool = WorkerPool::new(2, Queue::unbounded(), |n: i32| assert!(n > 0)).unwrap();
    /// pool.queue().push(1).unwrap();
    /// ```
    pub fn new(
        workers: usize,
        queue: Queue<T>,
        handler: impl Fn(T) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Builder::new()
            .workers(workers)
            .build(queue, move |(), item| handler(item))
    }
}

impl WorkerPool<()> {
    /// Sets up a pool with more than a number of workers: names, states, a hook.
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

impl<T> WorkerPool<T> {
    pub(super) fn from_parts(
        queue: Queue<T>,
        counts: Arc<Counts>,
        threads: Vec<JoinHandle<()>>,
    ) -> Self {
        Self {
            queue,
            counts,
            threads,
        }
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
    pub fn queue(&self) -> &Queue<T> {
        &self.queue
    }

    /// How the pool stands at one moment during the call. Whoever sees an item counted as done
    /// or failed sees what its handler did.
    ///
    /// *Cost:* the queue's lock, and three loads for each worker.
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
    /// assert_eq!(pool.stats().running, 0);
    /// ```
    pub fn stats(&self) -> Stats {
        self.queue.with_len(|queued| self.counts.tally(queued))
    }

    /// Closes the queue, has what is left handled or takes it back, waits for the workers to
    /// finish, and gives what was not handled.
    ///
    /// With [`Shutdown::Drain`] that is nothing, unless all workers retired ([`Builder::state`]).
    ///
    /// *Blocking:* until the workers have finished what they began (and, draining, the rest).
    /// Called from one of the pool's own workers, it does not wait for that one, and gives what
    /// the others left.
    ///
    /// ```
    /// use rungs::pool::{Shutdown, WorkerPool};
    /// use rungs::queue::Queue;
    /// use rungs::sync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let (begun, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    /// let (b, g) = (begun.clone(), go.clone());
    /// let pool = WorkerPool::new(1, Queue::unbounded(), move |_: i32| {
    ///     b.add_permits(1).unwrap();
    ///     g.acquire().unwrap().forget();
    /// });
    /// let pool = pool.unwrap();
    /// (1..=3).for_each(|n| pool.queue().push(n).unwrap());
    /// begun.acquire().unwrap().forget(); // the worker is at the first
    /// let queue = pool.queue().clone();
    /// std::thread::scope(|s| {
    ///     let shutdown = s.spawn(|| pool.shutdown(Shutdown::Discard));
    ///     while !queue.is_closed() {
    ///         std::thread::yield_now();
    ///     }
    ///     go.add_permits(1).unwrap();
    ///     assert_eq!(shutdown.join().unwrap(), [2, 3]);
    /// });
    /// ```
    pub fn shutdown(mut self, how: Shutdown) -> Vec<T> {
        match how {
            Shutdown::Drain => {
                self.finish();
                self.queue.close_now()
            }
            Shutdown::Discard => {
                let left = self.queue.close_now();
                self.finish();
                left
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
    pub fn join(mut self) {
        self.finish();
    }

    /// Closes the queue and joins the workers, but for the calling thread, should it be one.
    fn finish(&mut self) {
        self.queue.close();
        let me = thread::current_id();
        for thread in self.threads.drain(..) {
            if thread.thread().id() != me {
                // A worker does not unwind.
                let _ = thread.join();
            }
        }
    }
}

/// Drains and joins: closes the queue, waits until all that is in it is handled, and for the
/// workers to end. Dropped by one of its own workers, it does not wait for that one, which
/// finishes the rest after its item.
impl<T> Drop for WorkerPool<T> {
    fn drop(&mut self) {
        self.finish();
    }
}

impl<T> fmt::Debug for WorkerPool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerPool")
            .field("queue", &self.queue)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
