//! Setting a pool up.

use super::crew::Shared;
use super::ordered::{Numbered, Stream};
use super::source::{Direct, Source};
use super::worker::{Make, Plan, Settings};
use super::worker_pool::WorkerPool;
use super::workers::Workers;
use crate::panic::{PanicPayload, discard};
use crate::queue::{Queue, WorkQueue};
use crate::sys::{Arc, thread};
use std::fmt;
use std::io;
use std::time::Duration;

/// Sets up a [`WorkerPool`]. Made by [`WorkerPool::builder`].
///
/// `S` is what each worker has for itself: a connection, a buffer. It is made in the worker's
/// thread and never leaves it, so it need not be `Send`.
///
/// ```
/// use rungs::pool::WorkerPool;
/// use rungs::queue::Queue;
///
/// let queue = Queue::bounded(100);
/// let lengths = Queue::unbounded();
/// let out = lengths.clone();
/// let pool = WorkerPool::builder()
///     .workers(2)
///     .name("measure")
///     .state(|_worker| String::new()) // a buffer for each
///     .build(queue, move |buffer: &mut String, word: &str| {
///         buffer.push_str(word);
///         out.push(word.len()).unwrap();
///     })
///     .unwrap();
/// pool.queue().push("ladder").unwrap();
/// pool.join();
/// assert_eq!(lengths.pop(), Ok(6));
/// ```
#[must_use = "a builder does nothing before `build`"]
pub struct Builder<S> {
    /// How many; `None`: as many as can run at once.
    workers: Option<Workers>,
    settings: Settings,
    make: Make<S>,
}

impl Builder<()> {
    pub(super) fn new() -> Self {
        Self {
            workers: None,
            settings: Settings {
                keep_alive: Some(KEEP_ALIVE),
                ..Settings::default()
            },
            make: Arc::new(|_| ()),
        }
    }
}

/// After what time an idle worker ends that need not be, where nothing else is said.
const KEEP_ALIVE: Duration = Duration::from_secs(60);

impl<S: 'static> Builder<S> {
    /// How many workers; as many as the process has processors where this is not called.
    ///
    /// With a range, `1..=8`, the pool has as many as it needs of these: while there are fewer
    /// than the most, there is always one at the queue, for the last one there starts another
    /// before it handles its item. So no item waits for one that takes long until there are
    /// the most. One that is idle for longer than [`keep_alive`](Self::keep_alive) ends, until
    /// there are the least.
    ///
    /// *Panics* where the least is 0, the most is less than that, or more than
    /// [`Workers::MOST`].
    ///
    /// ```
    /// # use rungs::{pool::WorkerPool, queue::Queue};
    /// let pool = WorkerPool::builder().workers(3).build(Queue::unbounded(), |_, _: i32| ());
    /// assert_eq!(pool.unwrap().stats().workers, 3);
    /// let pool = WorkerPool::builder().workers(1..=3).build(Queue::unbounded(), |_, _: i32| ());
    /// assert_eq!(pool.unwrap().stats().workers, 1);
    /// ```
    #[track_caller]
    pub fn workers(mut self, workers: impl Into<Workers>) -> Self {
        self.workers = Some(workers.into().checked());
        self
    }

    /// After what time an idle worker ends that need not be, where the number of workers is a
    /// range; a minute where this is not called. `Duration::MAX`: never.
    ///
    /// ```
    /// # use rungs::{pool::WorkerPool, queue::Queue};
    /// # use std::time::Duration;
    /// let builder = WorkerPool::builder().workers(1..=2).keep_alive(Duration::from_millis(1));
    /// let pool = builder.build(Queue::unbounded(), |_, _: i32| ()).unwrap();
    /// pool.queue().push(1).unwrap(); // who takes it starts another
    /// pool.wait_idle();
    /// while pool.stats().workers > 1 {
    ///     std::thread::yield_now();
    /// }
    /// ```
    #[doc(alias = "idle_timeout")]
    pub fn keep_alive(mut self, time: Duration) -> Self {
        self.settings.keep_alive = Some(time);
        self
    }

    /// After how many items a worker is replaced by a new thread with a new state; 0, or where
    /// this is not called: never. Against what piles up in libraries that leak.
    ///
    /// The new one has the number of the old one. Where the system cannot start it, the hook of
    /// [`on_spawn_error`](Self::on_spawn_error) is told, and the old one goes on with a new
    /// state, for as many items again.
    ///
    /// ```
    /// # use rungs::{pool::WorkerPool, queue::Queue};
    /// let threads = Queue::unbounded();
    /// let out = threads.clone();
    /// let builder = WorkerPool::builder().workers(1).max_tasks_per_worker(1);
    /// let pool = builder.build(Queue::unbounded(), move |_, _: i32| {
    ///     out.push(std::thread::current().id()).unwrap();
    /// });
    /// let pool = pool.unwrap();
    /// pool.queue().push(1).unwrap();
    /// pool.queue().push(2).unwrap();
    /// assert_ne!(threads.pop(), threads.pop());
    /// ```
    #[doc(alias = "max_tasks_per_child")]
    pub fn max_tasks_per_worker(mut self, tasks: usize) -> Self {
        self.settings.max_tasks = tasks;
        self
    }

    /// The name of the threads, to which their number is added: `fetch-0`, `fetch-1`.
    ///
    /// *Panics* where `name` has a NUL character.
    ///
    /// ```
    /// # use rungs::{pool::WorkerPool, queue::Queue};
    /// let builder = WorkerPool::builder().workers(1).name("fetch");
    /// let pool = builder.build(Queue::unbounded(), |_, names: Queue<String>| {
    ///     let name = std::thread::current().name().unwrap().to_string();
    ///     names.push(name).unwrap();
    /// });
    /// let names = Queue::unbounded();
    /// pool.unwrap().queue().push(names.clone()).unwrap();
    /// assert_eq!(names.pop().unwrap(), "fetch-0");
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        assert!(!name.contains('\0'), "`name` has a NUL character");
        self.settings.name = Some(name);
        self
    }

    /// The size of the threads' stacks in bytes, as for [`std::thread::Builder::stack_size`].
    ///
    /// ```
    /// # use rungs::{pool::WorkerPool, queue::Queue};
    /// let builder = WorkerPool::builder().workers(1).stack_size(64 << 10);
    /// assert!(builder.build(Queue::unbounded(), |_, _: i32| ()).is_ok());
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.settings.stack_size = Some(bytes);
        self
    }

    /// What each worker has for itself: `make(number)` is called in the worker's thread before
    /// [`build`](Self::build) returns, and again after the handler panicked, which may have left
    /// the state half-changed.
    ///
    /// Where `make` panics at first, `build` fails, or
    /// [`resize`](WorkerPool::resize). Where it panics later, the worker retires
    /// ([`Stats::workers`](super::Stats::workers) tells), and the hook of
    /// [`on_panic`](Self::on_panic) is told. The last to retire closes the queue;
    /// [`WorkerPool::shutdown`] then hands back what is left.
    ///
    /// ```
    /// # use rungs::{pool::WorkerPool, queue::Queue};
    /// let sums = Queue::unbounded();
    /// let out = sums.clone();
    /// let pool = WorkerPool::builder().workers(1).state(|worker| worker + 10);
    /// let pool = pool.build(Queue::unbounded(), move |sum: &mut usize, n: usize| {
    ///     *sum += n;
    ///     out.push(*sum).unwrap();
    /// });
    /// let pool = pool.unwrap();
    /// pool.queue().push(1).unwrap();
    /// pool.queue().push(2).unwrap();
    /// assert_eq!((sums.pop(), sums.pop()), (Ok(11), Ok(13)));
    /// ```
    #[doc(alias = "initializer")]
    pub fn state<R: 'static>(
        self,
        make: impl Fn(usize) -> R + Send + Sync + 'static,
    ) -> Builder<R> {
        Builder {
            workers: self.workers,
            settings: self.settings,
            make: Arc::new(make),
        }
    }

    /// Is called in each worker's thread with its number, before its state is made. Its panic is
    /// told to the hook of [`on_panic`](Self::on_panic), and the worker goes on.
    ///
    /// ```
    /// # use rungs::{pool::WorkerPool, queue::Queue};
    /// let started = Queue::unbounded();
    /// let out = started.clone();
    /// let builder = WorkerPool::builder().workers(1);
    /// let builder = builder.on_start(move |worker| out.push(worker).unwrap());
    /// let _pool = builder.build(Queue::unbounded(), |_, _: i32| ()).unwrap();
    /// assert_eq!(started.pop(), Ok(0));
    /// ```
    pub fn on_start(mut self, hook: impl Fn(usize) + Send + Sync + 'static) -> Self {
        self.settings.on_start = Some(Arc::new(move |worker: &usize| hook(*worker)));
        self
    }

    /// Is called in each worker's thread with its number when the worker ends, whatever the
    /// reason, after its state was dropped. Its panic is told to the hook of
    /// [`on_panic`](Self::on_panic).
    ///
    /// ```
    /// # use rungs::{pool::WorkerPool, queue::Queue};
    /// let stopped = Queue::unbounded();
    /// let out = stopped.clone();
    /// let builder = WorkerPool::builder().workers(1);
    /// let builder = builder.on_stop(move |worker| out.push(worker).unwrap());
    /// builder.build(Queue::unbounded(), |_, _: i32| ()).unwrap().join();
    /// assert_eq!(stopped.try_pop(), Ok(0));
    /// ```
    pub fn on_stop(mut self, hook: impl Fn(usize) + Send + Sync + 'static) -> Self {
        self.settings.on_stop = Some(Arc::new(move |worker: &usize| hook(*worker)));
        self
    }

    /// Is told, in the thread of a worker, where the system could not start another: one that
    /// more items need, or one that was to [replace](Self::max_tasks_per_worker) it. The pool
    /// goes on with those it has, and tries again with the next item, or share of them.
    ///
    /// ```
    /// # use rungs::{pool::WorkerPool, queue::Queue};
    /// let builder = WorkerPool::builder().workers(1..=100);
    /// let builder = builder.on_spawn_error(|error| eprintln!("no more threads: {error}"));
    /// assert!(builder.build(Queue::unbounded(), |_, _: i32| ()).is_ok());
    /// ```
    pub fn on_spawn_error(mut self, hook: impl Fn(&io::Error) + Send + Sync + 'static) -> Self {
        self.settings.on_spawn_error = Some(Arc::new(hook));
        self
    }

    /// What is told, in the worker's thread, of each panic of the handler, of a state (but for
    /// those that [`build`](Self::build) or [`resize`](WorkerPool::resize) fail with), of the
    /// other hooks, and of what the queue
    /// calls to compare its items (the worker retires then). A panic of the hook itself is
    /// caught and goes no further.
    ///
    /// ```
    /// # use rungs::{pool::WorkerPool, queue::Queue};
    /// let complaints = Queue::unbounded();
    /// let out = complaints.clone();
    /// let pool = WorkerPool::builder()
    ///     .workers(1)
    ///     .on_panic(move |payload| out.push(payload.message().to_string()).unwrap())
    ///     .build(Queue::unbounded(), |_, n: i32| assert!(n > 0, "too small"))
    ///     .unwrap();
    /// pool.queue().push(0).unwrap();
    /// pool.join();
    /// assert_eq!(complaints.pop().unwrap(), "too small");
    /// ```
    pub fn on_panic(mut self, hook: impl Fn(&PanicPayload) + Send + Sync + 'static) -> Self {
        self.settings.on_panic = Some(Arc::new(hook));
        self
    }

    /// Starts the workers, which take items from `queue` and call `handler` with each.
    ///
    /// *Blocking:* until every worker has made its state. No item is taken before.
    ///
    /// *Errors:* that of the system where a thread cannot be started; one around a
    /// [`StateError`](super::StateError) where a state panicked. The threads that were started have ended then, and
    /// the queue is as it was.
    ///
    /// ```
    /// use rungs::pool::{StateError, WorkerPool};
    /// use rungs::queue::Queue;
    ///
    /// let failed = WorkerPool::builder()
    ///     .workers(2)
    ///     .state(|worker| assert!(worker < 1, "only one"))
    ///     .build(Queue::unbounded(), |_, _: i32| ())
    ///     .unwrap_err();
    /// let cause = failed.get_ref().unwrap().downcast_ref::<StateError>().unwrap();
    /// assert_eq!((cause.worker(), cause.payload().message()), (1, "only one"));
    /// ```
    pub fn build<Q: WorkQueue>(
        self,
        queue: Q,
        handler: impl Fn(&mut S, Q::Item) + Send + Sync + 'static,
    ) -> io::Result<WorkerPool<Q>> {
        let source = Direct(queue.clone());
        self.open(queue, source, handler)
    }

    /// As [`build`](Self::build), and what the handler returns goes into `outputs`: as it is
    /// completed, or in the order in which the items left the queue.
    ///
    /// Where `outputs` is bounded and full, a worker waits with its output, and is busy as long.
    /// What comes of items whose handler panicked is nothing: in order, too, the next follows.
    /// Where `outputs` is closed, outputs are dropped, and items are handled all the same. The
    /// pool does not close it: others may push there.
    ///
    /// *Errors:* those of [`build`](Self::build).
    ///
    /// *Panics* where `order` is [`Order::Taken`] with a look-ahead of 0.
    ///
    /// *Cost:* in order, workers take items one after the other and not past each other, and an
    /// output takes a short lock.
    ///
    /// ```
    /// use rungs::pool::{Order, WorkerPool};
    /// use rungs::queue::Queue;
    ///
    /// let lengths = Queue::bounded(4);
    /// let order = Order::Taken { look_ahead: 8 };
    /// let pool = WorkerPool::builder()
    ///     .workers(2)
    ///     .build_into(Queue::unbounded(), lengths.clone(), order, |_, word: &str| word.len())
    ///     .unwrap();
    /// for word in ["a", "ladder", "of", "rungs"] {
    ///     pool.queue().push(word).unwrap();
    /// }
    /// pool.join();
    /// assert!(lengths.try_iter().eq([1, 6, 2, 5]));
    /// ```
    #[doc(alias = "map")]
    #[doc(alias = "imap")]
    #[doc(alias = "imap_unordered")]
    pub fn build_into<Q: WorkQueue, R: Send + 'static>(
        self,
        queue: Q,
        outputs: Queue<R>,
        order: Order,
        handler: impl Fn(&mut S, Q::Item) -> R + Send + Sync + 'static,
    ) -> io::Result<WorkerPool<Q>> {
        match order {
            Order::Completed => self.build(queue, move |state: &mut S, item| {
                // Where nobody wants it, it is dropped.
                discard(outputs.push(handler(state, item)));
            }),
            Order::Taken { look_ahead } => {
                let stream = Stream::new(outputs, look_ahead);
                let source = Numbered::new(queue.clone(), stream);
                self.open(queue, source, move |state: &mut S, (place, item)| {
                    Numbered::<Q, R>::settle(place, || handler(state, item));
                })
            }
        }
    }

    fn open<W: Source>(
        self,
        queue: W::Queue,
        source: W,
        handler: impl Fn(&mut S, W::Taken) + Send + Sync + 'static,
    ) -> io::Result<WorkerPool<W::Queue>> {
        let workers = self.workers;
        let workers = workers.unwrap_or_else(|| thread::available_parallelism().into());
        let shared = Shared::new(queue, workers);
        let plan = Plan {
            shared: shared.clone(),
            source,
            settings: self.settings,
            make: self.make,
            handler,
        };
        shared.open(Arc::new(plan))?;
        Ok(WorkerPool::new_over(shared))
    }
}

/// In which order the outputs of a pool come out ([`Builder::build_into`]).
///
/// ```
/// use rungs::pool::{Order, WorkerPool};
/// use rungs::queue::Queue;
///
/// let squares = Queue::unbounded();
/// let pool = WorkerPool::builder()
///     .workers(2)
///     .build_into(Queue::unbounded(), squares.clone(), Order::Completed, |_, n: i32| n * n)
///     .unwrap();
/// (1..=3).for_each(|n| pool.queue().push(n).unwrap());
/// pool.join();
/// assert_eq!(squares.try_iter().sum::<i32>(), 14);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// As they are completed.
    Completed,
    /// In the order in which the items left the queue.
    Taken {
        /// How many items may have been taken whose outputs have not come out: beyond that,
        /// workers wait for the slowest. A few times the number of workers is a good number.
        look_ahead: usize,
    },
}

impl<S> fmt::Debug for Builder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = &self.settings;
        f.debug_struct("Builder")
            .field("workers", &self.workers)
            .field("name", &settings.name)
            .field("stack_size", &settings.stack_size)
            .field("keep_alive", &settings.keep_alive)
            .field("max_tasks_per_worker", &settings.max_tasks)
            .finish_non_exhaustive()
    }
}
