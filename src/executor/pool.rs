//! The threads of a pool: their start, the pool of the process, their end.

use super::shared::Shared;
use super::worker::{self, Local};
use super::{Executor, Handle, Map, Rejected, SubmitError};
use crate::future::{Job, TaskFuture};
use crate::sys::{Arc, OnceLock, deque::Worker, thread};
use std::{fmt, io};

/// A fixed number of threads that run closures and futures.
///
/// *Blocking:* submitting never waits; the queue has no bound. *Panics* in a job go to its future
/// and cost no worker. *Fairness:* each worker takes jobs in the order in which they came to it;
/// between workers there is no order. *Cost:* a submitted closure is one allocation, a spawned
/// future, too.
///
/// *Dropping* it waits for all that was accepted, as [`Shutdown::Wait`] does. Dropped inside one
/// of its own jobs it does not wait, since that job would wait for itself: the threads then end
/// by themselves when all is done.
///
/// ```
/// use rungs::executor::ThreadPoolExecutor;
///
/// let pool = ThreadPoolExecutor::new(2);
/// let numbers: Vec<_> = (0..10).map(|n| pool.submit(move || n * n)).collect();
/// let sum: u32 = numbers.into_iter().map(|n| n.result().unwrap()).sum();
/// assert_eq!(sum, 285);
/// ```
#[doc(alias = "ExecutorService")]
#[doc(alias = "newFixedThreadPool")]
pub struct ThreadPoolExecutor {
    handle: Handle,
    threads: Vec<thread::JoinHandle<()>>,
}

/// What becomes of accepted work when a pool is shut down.
///
/// ```
/// use rungs::executor::{Shutdown, ThreadPoolExecutor};
///
/// let pool = ThreadPoolExecutor::new(1);
/// let two = pool.submit(|| 2);
/// pool.shutdown(Shutdown::Wait);
/// assert_eq!(two.result().unwrap(), 2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shutdown {
    /// All of it is done: closures run, spawned tasks are driven to their end, what jobs submit
    /// from inside the pool meanwhile included. A spawned task that waits for what never comes
    /// is waited for as long; one that nobody can wake any more, and nobody holds, is dropped.
    Wait,
    /// What runs is run to its end. What nobody has begun, and every spawned task that is
    /// suspended or suspends, is cancelled: its future gives
    /// [`TaskError::Cancelled`](crate::future::TaskError::Cancelled).
    CancelPending,
}

impl ThreadPoolExecutor {
    /// The most workers that a pool can have.
    ///
    /// ```
    /// assert!(rungs::executor::ThreadPoolExecutor::MAX_WORKERS >= 1024);
    /// ```
    pub const MAX_WORKERS: usize = 1 << 15;

    /// A pool of `max_workers` threads; of fewer, if the system starts only some of them (see
    /// [`workers`](Self::workers)). [`Builder::build`] gives an error then.
    ///
    /// *Panics* where `max_workers` is 0 or above [`MAX_WORKERS`](Self::MAX_WORKERS), and where
    /// no thread starts.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(3);
    /// assert_eq!(pool.workers(), 3);
    /// ```
    pub fn new(max_workers: usize) -> Self {
        let (pool, error) = Self::builder().max_workers(max_workers).start();
        match error {
            Some(error) if pool.threads.is_empty() => panic!("no worker starts: {error}"),
            _ => pool,
        }
    }

    /// A pool with more to say about it.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::builder()
    ///     .max_workers(2)
    ///     .thread_name("render")
    ///     .stack_size(256 * 1024)
    ///     .build()
    ///     .unwrap();
    /// let name = pool.spawn(async { std::thread::current().name().unwrap().to_owned() });
    /// assert!(rungs::future::block_on(name).unwrap().starts_with("render-"));
    /// ```
    pub fn builder() -> Builder {
        Builder {
            max_workers: None,
            thread_name: "rungs".into(),
            stack_size: None,
        }
    }

    /// The pool of the process: started by the first call, never shut down.
    ///
    /// It has as many workers as threads can run at once, or as many as the environment variable
    /// `RUNGS_WORKERS` says at the first call.
    ///
    /// *Panics* where `RUNGS_WORKERS` is set and not a number from 1 to
    /// [`MAX_WORKERS`](Self::MAX_WORKERS), where no thread starts, and under loom, where nothing
    /// may outlive an execution.
    ///
    /// ```
    /// use rungs::executor::ThreadPoolExecutor;
    ///
    /// let two = ThreadPoolExecutor::global().submit(|| 1 + 1);
    /// assert_eq!(two.result().unwrap(), 2);
    /// ```
    #[doc(alias = "commonPool")]
    pub fn global() -> &'static Self {
        static GLOBAL: OnceLock<ThreadPoolExecutor> = OnceLock::new();
        thread::assert_may_outlive_the_caller();
        GLOBAL.get_or_init(|| Self::new(global_workers()))
    }

    /// Submits a closure, to be run by a worker, or by whoever waits for its result first.
    ///
    /// *Blocking:* never. A pool that is shut down rejects it: the future gives
    /// [`TaskError::Rejected`](crate::future::TaskError::Rejected), the closure is dropped.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// assert_eq!(pool.submit(|| 1 + 1).result().unwrap(), 2);
    /// ```
    #[doc(alias = "spawn_blocking")]
    pub fn submit<F, T>(&self, closure: F) -> TaskFuture<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.handle.submit(closure)
    }

    /// Submits a closure, or gives it back.
    ///
    /// *Blocking:* never.
    ///
    /// *Errors:* [`SubmitError`], with the closure, where the pool is shut down.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// assert_eq!(pool.try_submit(|| 1 + 1).unwrap().result().unwrap(), 2);
    /// ```
    pub fn try_submit<F, T>(&self, closure: F) -> Result<TaskFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.handle.try_submit(closure)
    }

    /// Submits a closure that nobody waits for. Its panic is reported by the panic hook alone.
    ///
    /// *Blocking:* never.
    ///
    /// *Errors:* [`SubmitError`], with the closure, where the pool is shut down.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// pool.execute(move || sender.send(2).unwrap()).unwrap();
    /// assert_eq!(receiver.recv(), Ok(2));
    /// ```
    pub fn execute<F>(&self, closure: F) -> Result<(), SubmitError<F>>
    where
        F: FnOnce() + Send + 'static,
    {
        self.handle.execute(closure)
    }

    /// Submits a future, to be polled by the workers until it is ready.
    ///
    /// The workers run closures as well: a future that blocks its thread holds up others. There
    /// is no reactor here; whatever wakes the future may come from any library.
    ///
    /// *Blocking:* never. A pool that is shut down rejects it, as in [`submit`](Self::submit).
    ///
    /// *Cancel safety:* [`TaskFuture::cancel`] drops the future where it is suspended.
    ///
    /// ```
    /// use rungs::sync::Event;
    /// use std::sync::Arc;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let event = Arc::new(Event::new(false));
    /// let waiting = event.clone();
    /// let task = pool.spawn(async move { waiting.wait_async().await });
    /// event.set();
    /// assert!(task.result().is_ok());
    /// ```
    pub fn spawn<F>(&self, future: F) -> TaskFuture<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.handle.spawn(future)
    }

    /// Calls `f` on each item, on the workers, and gives the results in the order of the items.
    /// Lazy, and no more than a [bounded number](Map::buffer_size) of items ahead.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(2);
    /// let squares = pool.map(0..5, |n| n * n).map(Result::unwrap);
    /// assert!(squares.eq([0, 1, 4, 9, 16]));
    /// ```
    #[doc(alias = "par_iter")]
    pub fn map<I, F, R>(&self, items: I, f: F) -> Map<'_, I::IntoIter, F, R>
    where
        I: IntoIterator<Item: Send + 'static>,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
        R: Send + 'static,
    {
        self.handle.map(items, f)
    }

    /// A handle to submit with, which does not keep the threads.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let handle = pool.handle();
    /// drop(pool);
    /// assert!(handle.try_submit(|| ()).is_err());
    /// ```
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// How many workers there are.
    ///
    /// ```
    /// assert_eq!(rungs::executor::ThreadPoolExecutor::new(2).workers(), 2);
    /// ```
    pub fn workers(&self) -> usize {
        self.threads.len()
    }

    /// Shuts the pool down, as [`Shutdown`] says, and waits until its threads have ended. From
    /// now on everything is rejected, but for what jobs submit to their own pool while it
    /// [waits](Shutdown::Wait) for them.
    ///
    /// *Blocking:* until all is done; not inside one of the pool's own jobs, as for the drop.
    ///
    /// ```
    /// use rungs::executor::{Shutdown, ThreadPoolExecutor};
    /// use rungs::future::TaskError;
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let never = pool.spawn(std::future::pending::<()>());
    /// pool.shutdown(Shutdown::CancelPending);
    /// assert!(matches!(never.result(), Err(TaskError::Cancelled)));
    /// ```
    pub fn shutdown(mut self, how: Shutdown) {
        self.end(how);
    }

    fn end(&mut self, how: Shutdown) {
        let threads = std::mem::take(&mut self.threads);
        if threads.is_empty() {
            return;
        }
        let shared = self.handle.shared();
        match how {
            Shutdown::Wait => shared.drain(),
            Shutdown::CancelPending => shared.cancel(),
        }
        if Local::of(shared).is_none() {
            for thread in threads {
                // A worker does not panic: it catches what its jobs do.
                let _ = thread.join();
            }
        }
    }
}

impl Drop for ThreadPoolExecutor {
    fn drop(&mut self) {
        self.end(Shutdown::Wait);
    }
}

impl Executor for ThreadPoolExecutor {
    fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
        self.handle.execute_job(job)
    }
}

impl fmt::Debug for ThreadPoolExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPoolExecutor")
            .field("workers", &self.workers())
            .finish_non_exhaustive()
    }
}

/// How many workers the pool of the process has.
fn global_workers() -> usize {
    let Some(setting) = std::env::var_os("RUNGS_WORKERS") else {
        return thread::available_parallelism().min(ThreadPoolExecutor::MAX_WORKERS);
    };
    let number = setting.to_str().and_then(|text| text.trim().parse().ok());
    match number {
        Some(workers @ 1..=ThreadPoolExecutor::MAX_WORKERS) => workers,
        _ => panic!(
            "the environment variable RUNGS_WORKERS is {setting:?}, and not a number from 1 to {}",
            ThreadPoolExecutor::MAX_WORKERS
        ),
    }
}

/// What a pool is to be like.
///
/// ```
/// let pool = rungs::executor::ThreadPoolExecutor::builder().max_workers(2).build().unwrap();
/// assert_eq!(pool.workers(), 2);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a pool is started by `build`"]
pub struct Builder {
    /// As many as threads can run at once, if not set.
    max_workers: Option<usize>,
    /// What the names of the threads begin with.
    thread_name: String,
    /// The system's, if not set.
    stack_size: Option<usize>,
}

impl Builder {
    /// How many threads there are: as many as can run at once, if not set.
    ///
    /// *Panics* where `max_workers` is 0 or above
    /// [`MAX_WORKERS`](ThreadPoolExecutor::MAX_WORKERS).
    ///
    /// ```
    /// # use rungs::executor::ThreadPoolExecutor;
    /// let pool = ThreadPoolExecutor::builder().max_workers(1).build().unwrap();
    /// assert_eq!(pool.workers(), 1);
    /// ```
    pub fn max_workers(mut self, max_workers: usize) -> Self {
        assert!(max_workers > 0, "`max_workers` is 0");
        assert!(
            max_workers <= ThreadPoolExecutor::MAX_WORKERS,
            "`max_workers` is above ThreadPoolExecutor::MAX_WORKERS"
        );
        self.max_workers = Some(max_workers);
        self
    }

    /// What the names of the threads begin with; a number follows. `rungs`, if not set.
    ///
    /// *Panics* where it contains a NUL.
    ///
    /// ```
    /// # use rungs::executor::ThreadPoolExecutor;
    /// let pool = ThreadPoolExecutor::builder().max_workers(1).thread_name("io").build().unwrap();
    /// let name = pool.spawn(async { std::thread::current().name().map(str::to_owned) });
    /// assert_eq!(rungs::future::block_on(name).unwrap().unwrap(), "io-0");
    /// ```
    #[doc(alias = "thread_name_prefix")]
    pub fn thread_name(mut self, prefix: impl Into<String>) -> Self {
        self.thread_name = prefix.into();
        assert!(!self.thread_name.contains('\0'), "`prefix` contains a NUL");
        self
    }

    /// How many bytes of stack a thread has: what the system gives, if not set.
    ///
    /// ```
    /// # use rungs::executor::ThreadPoolExecutor;
    /// let pool = ThreadPoolExecutor::builder().stack_size(1 << 20).build().unwrap();
    /// assert_eq!(pool.submit(|| 2).result().unwrap(), 2);
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Starts the pool.
    ///
    /// *Errors:* where a thread does not start; those that did are ended again.
    /// ([`ThreadPoolExecutor::new`] makes do with them.)
    ///
    /// ```
    /// # use rungs::executor::ThreadPoolExecutor;
    /// let pool = ThreadPoolExecutor::builder().max_workers(1).build().unwrap();
    /// assert_eq!(pool.submit(|| 2).result().unwrap(), 2);
    /// ```
    pub fn build(self) -> io::Result<ThreadPoolExecutor> {
        match self.start() {
            (pool, None) => Ok(pool),
            (_, Some(error)) => Err(error),
        }
    }

    /// Starts as many threads as the system lets it.
    fn start(self) -> (ThreadPoolExecutor, Option<io::Error>) {
        let max_workers = self.max_workers.unwrap_or_else(|| {
            thread::available_parallelism().min(ThreadPoolExecutor::MAX_WORKERS)
        });
        let deques: Vec<_> = (0..max_workers).map(|_| Worker::new_fifo()).collect();
        let shared = Arc::new(Shared::new(deques.iter().map(Worker::stealer).collect()));
        let mut pool = ThreadPoolExecutor {
            handle: Handle::new(shared.clone()),
            threads: Vec::with_capacity(max_workers),
        };
        for (index, deque) in deques.into_iter().enumerate() {
            let name = format!("{}-{index}", self.thread_name);
            let worker = shared.clone();
            let main = move || worker::main(worker, deque, index);
            match thread::spawn(Some(name), self.stack_size, main) {
                Ok(thread) => pool.threads.push(thread),
                Err(error) => {
                    shared.sleep.set_workers(index);
                    return (pool, Some(error));
                }
            }
        }
        (pool, None)
    }
}
