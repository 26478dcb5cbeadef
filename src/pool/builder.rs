//! Setting a pool up.

use super::counts::Counts;
use super::worker::{Hook, Make, Plan, Report, Worker};
use super::worker_pool::WorkerPool;
use crate::panic::PanicPayload;
use crate::queue::Queue;
use crate::sync::Semaphore;
use crate::sys::{Arc, thread};
use std::error::Error;
use std::fmt;
use std::io;

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
    workers: Option<usize>,
    name: Option<String>,
    stack_size: Option<usize>,
    make: Make<S>,
    hook: Option<Hook>,
}

impl Builder<()> {
    pub(super) fn new() -> Self {
        Self {
            workers: None,
            name: None,
            stack_size: None,
            make: Arc::new(|_| ()),
            hook: None,
        }
    }
}

impl<S: 'static> Builder<S> {
    /// How many workers; as many as the process has processors where this is not called.
    ///
    /// *Panics* where `workers` is 0.
    ///
    /// ```
    /// # use rungs::{pool::WorkerPool, queue::Queue};
    /// let pool = WorkerPool::builder().workers(3).build(Queue::unbounded(), |_, _: i32| ());
    /// assert_eq!(pool.unwrap().stats().workers, 3);
    /// ```
    pub fn workers(mut self, workers: usize) -> Self {
        assert!(workers > 0, "`workers` is 0");
        self.workers = Some(workers);
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
        self.name = Some(name);
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
        self.stack_size = Some(bytes);
        self
    }

    /// What each worker has for itself: `make(number)` is called in the worker's thread before
    /// [`build`](Self::build) returns, and again after the handler panicked, which may have left
    /// the state half-changed.
    ///
    /// Where `make` panics at first, `build` fails. Where it panics later, the worker retires
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
            name: self.name,
            stack_size: self.stack_size,
            make: Arc::new(make),
            hook: self.hook,
        }
    }

    /// What is told, in the worker's thread, of each panic of the handler. A panic of the hook
    /// itself is caught and goes no further.
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
        self.hook = Some(Arc::new(hook));
        self
    }

    /// Starts the workers, which take items from `queue` and call `handler` with each.
    ///
    /// *Blocking:* until every worker has made its state. No item is taken before.
    ///
    /// *Errors:* that of the system where a thread cannot be started; one around a
    /// [`StateError`] where a state panicked. The threads that were started have ended then, and
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
    pub fn build<T: Send + 'static>(
        self,
        queue: Queue<T>,
        handler: impl Fn(&mut S, T) + Send + Sync + 'static,
    ) -> io::Result<WorkerPool<T>> {
        let workers = self.workers.unwrap_or_else(thread::available_parallelism);
        let name = self.name.as_deref().unwrap_or("rungs-worker");
        let counts = Counts::new(workers);
        let plan = Arc::new(Plan {
            queue: queue.clone(),
            counts: counts.clone(),
            make: self.make,
            hook: self.hook,
            handler,
            reports: Queue::unbounded(),
            start: Semaphore::new(0),
        });
        let mut threads = Vec::new();
        let mut started = Ok(());
        for number in 0..workers {
            let worker = Worker {
                number,
                plan: plan.clone(),
            };
            let name = format!("{name}-{number}");
            match thread::spawn(Some(name), self.stack_size, move || worker.run()) {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    started = Err(error);
                    break;
                }
            }
        }
        let made = first_failure(plan.reports.iter().take(threads.len()));
        if let Err(error) = started.and(made) {
            plan.start.close();
            for thread in threads {
                // A worker does not unwind.
                let _ = thread.join();
            }
            return Err(error);
        }
        let _ = plan.start.add_permits(workers);
        Ok(WorkerPool::from_parts(queue, counts, threads))
    }
}

/// Waits for all reports, and gives the first failure.
fn first_failure(reports: impl Iterator<Item = Report>) -> io::Result<()> {
    let mut first = Ok(());
    for Report { worker, made } in reports {
        let made = made.map_err(|payload| io::Error::other(StateError { worker, payload }));
        first = first.and(made);
    }
    first
}

impl<S> fmt::Debug for Builder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("workers", &self.workers)
            .field("name", &self.name)
            .field("stack_size", &self.stack_size)
            .finish_non_exhaustive()
    }
}

/// The state of a worker could not be made: its function panicked. The inner error of what
/// [`Builder::build`] returns.
///
/// ```
/// use rungs::{pool::WorkerPool, queue::Queue};
///
/// let builder = WorkerPool::builder().workers(1).state(|_| -> i32 { panic!("no network") });
/// let failed = builder.build(Queue::unbounded(), |_, _: i32| ()).unwrap_err();
/// assert_eq!(failed.to_string(), "the state of worker 0 panicked: no network");
/// ```
#[derive(Debug)]
pub struct StateError {
    worker: usize,
    payload: PanicPayload,
}

impl StateError {
    /// Which worker, counted from 0.
    ///
    /// See [`Builder::build`] for an example.
    pub fn worker(&self) -> usize {
        self.worker
    }

    /// What its function panicked with.
    ///
    /// See [`Builder::build`] for an example.
    pub fn payload(&self) -> &PanicPayload {
        &self.payload
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { worker, payload } = self;
        write!(f, "the state of worker {worker} panicked: {payload}")
    }
}

impl Error for StateError {}
