//! What a pool is to be like, and its start.

use super::pool::check_workers;
use super::shared::Shared;
use super::sleep::Sleep;
use super::threads::Threads;
use super::{Handle, Observer, StartError, ThreadPoolExecutor};
use crate::PanicPayload;
use crate::sync::Semaphore;
use crate::sys::{Arc, thread};
use std::error::Error;
use std::time::Duration;

/// What a pool is to be like.
///
/// ```
/// let pool = rungs::executor::ThreadPoolExecutor::builder().max_workers(2).build().unwrap();
/// assert_eq!(pool.workers(), 2);
/// ```
#[derive(Debug)]
#[must_use = "a pool is started by `build`"]
pub struct Builder {
    /// As many as threads can run at once, if not set.
    max_workers: Option<usize>,
    /// As many as there may be, if not set.
    min_workers: Option<usize>,
    /// How many jobs from outside may wait.
    queue_capacity: Option<usize>,
    threads: Threads,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            max_workers: None,
            min_workers: None,
            queue_capacity: None,
            threads: Threads::new(),
        }
    }

    /// The most workers that there may be, those beside that are [blocked](super::blocking). As
    /// many as threads can run at once, if not set.
    ///
    /// *Panics* where it is 0 or above
    /// [`MAX_WORKERS`](ThreadPoolExecutor::MAX_WORKERS).
    ///
    /// ```
    /// # use rungs::executor::ThreadPoolExecutor;
    /// let pool = ThreadPoolExecutor::builder().max_workers(1).build().unwrap();
    /// assert_eq!(pool.workers(), 1);
    /// ```
    #[doc(alias = "maximumPoolSize")]
    pub fn max_workers(mut self, max_workers: usize) -> Self {
        check_workers("max_workers", max_workers);
        self.max_workers = Some(max_workers);
        self
    }

    /// How many workers there are from the beginning, and stay. The others are started when there
    /// is a job for them, and end when they had none for
    /// [some time](Self::keep_alive). As many as there may be, if not set; and not more than
    /// these.
    ///
    /// *Panics* where it is 0 or above
    /// [`MAX_WORKERS`](ThreadPoolExecutor::MAX_WORKERS).
    ///
    /// ```
    /// # use rungs::executor::ThreadPoolExecutor;
    /// let pool = ThreadPoolExecutor::builder().max_workers(8).min_workers(1).build().unwrap();
    /// assert_eq!(pool.workers(), 1);
    /// assert_eq!(pool.submit(|| 2).result().unwrap(), 2);
    /// ```
    #[doc(alias = "corePoolSize")]
    pub fn min_workers(mut self, min_workers: usize) -> Self {
        check_workers("min_workers", min_workers);
        self.min_workers = Some(min_workers);
        self
    }

    /// For how long a worker above the [least](Self::min_workers) sleeps before it ends: a
    /// minute, if not set. `Duration::MAX` is for ever.
    ///
    /// ```
    /// # use rungs::executor::ThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = ThreadPoolExecutor::builder()
    ///     .max_workers(2)
    ///     .min_workers(1)
    ///     .keep_alive(Duration::from_millis(1))
    ///     .build()
    ///     .unwrap();
    /// let both = [pool.submit(|| 1), pool.submit(|| 2)];
    /// assert_eq!(both.map(|task| task.result().unwrap()), [1, 2]);
    /// while pool.workers() > 1 {
    ///     std::thread::yield_now();
    /// }
    /// ```
    pub fn keep_alive(mut self, time: Duration) -> Self {
        self.threads.keep_alive = time;
        self
    }

    /// How many closures may wait that were submitted from outside: no bound, if not set. Where
    /// there are as many, [`submit`](Handle::submit) and [`execute`](Handle::execute) wait; a job
    /// of the pool itself does not, but runs what it submits. A closure waits until a worker
    /// comes to it, even if it was cancelled or run by whoever waits for it before.
    ///
    /// Spawned futures, and what is done for them, need no room; nor do the items of a
    /// [map](Handle::map), whose [look-ahead](super::Map::buffer_size) is a bound by itself.
    ///
    /// *Panics* where it is 0 or above [`Semaphore::MAX_PERMITS`].
    ///
    /// ```
    /// # use rungs::executor::ThreadPoolExecutor;
    /// use rungs::executor::SubmitError;
    /// use rungs::sync::Event;
    /// use std::sync::Arc;
    ///
    /// let pool = ThreadPoolExecutor::builder().max_workers(1).queue_capacity(1).build().unwrap();
    /// let (begun, go) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    /// let (begin, wait) = (begun.clone(), go.clone());
    /// pool.execute(move || {
    ///     begin.set();
    ///     wait.wait();
    /// })
    /// .unwrap();
    /// begun.wait();
    /// assert!(pool.try_execute(|| ()).is_ok());
    /// assert!(matches!(pool.try_execute(|| ()), Err(SubmitError::Full(_))));
    /// go.set();
    /// ```
    #[doc(alias = "maxsize")]
    pub fn queue_capacity(mut self, closures: usize) -> Self {
        assert!(closures > 0, "`closures` is 0: nothing could be submitted");
        assert!(
            closures <= Semaphore::MAX_PERMITS,
            "`closures` is {closures}, above Semaphore::MAX_PERMITS"
        );
        self.queue_capacity = Some(closures);
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
        let prefix = prefix.into();
        assert!(!prefix.contains('\0'), "`prefix` contains a NUL");
        self.threads.name = prefix;
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
        self.threads.stack_size = Some(bytes);
        self
    }

    /// What each thread does before it works; it is given its number. A worker for which it fails
    /// or panics does not start.
    ///
    /// A job may also run in a thread that waits for its result, where this was not called.
    ///
    /// ```
    /// # use rungs::executor::ThreadPoolExecutor;
    /// use std::cell::Cell;
    ///
    /// thread_local! { static WORKER: Cell<Option<usize>> = const { Cell::new(None) } }
    ///
    /// let pool = ThreadPoolExecutor::builder()
    ///     .max_workers(1)
    ///     .initializer(|worker| Ok(WORKER.set(Some(worker))))
    ///     .build()
    ///     .unwrap();
    /// let worker = pool.spawn(async { WORKER.get() });
    /// assert_eq!(rungs::future::block_on(worker).unwrap(), Some(0));
    /// ```
    pub fn initializer(
        mut self,
        initializer: impl Fn(usize) -> Result<(), Box<dyn Error + Send + Sync>> + Send + Sync + 'static,
    ) -> Self {
        self.threads.initializer = Some(Box::new(initializer));
        self
    }

    /// What is told of a panic of a closure that was given to [`execute`](Handle::execute), of
    /// which nobody hears otherwise but the panic hook. It is called in the thread of the worker.
    ///
    /// ```
    /// # use rungs::executor::ThreadPoolExecutor;
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// let pool = ThreadPoolExecutor::builder()
    ///     .max_workers(1)
    ///     .on_panic(move |payload| sender.send(payload.message().to_owned()).unwrap())
    ///     .build()
    ///     .unwrap();
    /// pool.execute(|| panic!("no paper")).unwrap();
    /// assert_eq!(receiver.recv().unwrap(), "no paper");
    /// ```
    pub fn on_panic(mut self, hook: impl Fn(&PanicPayload) + Send + Sync + 'static) -> Self {
        self.threads.on_panic = Some(Box::new(hook));
        self
    }

    /// Is told what the workers do: see [`Observer`].
    ///
    /// ```
    /// # use rungs::executor::ThreadPoolExecutor;
    /// struct Silent;
    /// impl rungs::executor::Observer for Silent {}
    ///
    /// let pool = ThreadPoolExecutor::builder().observer(Silent).build().unwrap();
    /// assert_eq!(pool.submit(|| 2).result().unwrap(), 2);
    /// ```
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.threads.observer = Some(Box::new(observer));
        self
    }

    /// Starts the pool, and waits until the initializers of its workers were called.
    ///
    /// *Errors:* [`StartError`], where a thread does not start or its initializer fails: with the
    /// pool, which goes on with those that did. Dropped, it ends them. (The pool tries again when
    /// there is more to do than they can. [`ThreadPoolExecutor::new`] makes do with them.)
    ///
    /// ```
    /// # use rungs::executor::ThreadPoolExecutor;
    /// let failed = ThreadPoolExecutor::builder()
    ///     .max_workers(2)
    ///     .initializer(|worker| match worker {
    ///         0 => Ok(()),
    ///         _ => Err("only one".into()),
    ///     })
    ///     .build()
    ///     .unwrap_err();
    /// assert_eq!(failed.error().to_string(), "only one");
    /// let pool = failed.into_pool().unwrap();
    /// assert_eq!(pool.workers(), 1);
    /// assert_eq!(pool.submit(|| 2).result().unwrap(), 2);
    /// ```
    pub fn build(self) -> Result<ThreadPoolExecutor, StartError> {
        let most = self.max_workers.unwrap_or_else(|| {
            thread::available_parallelism().min(ThreadPoolExecutor::MAX_WORKERS)
        });
        let least = self.min_workers.map_or(most, |least| least.min(most));
        let sleep = Sleep::new(least, most);
        let shared = Arc::new(Shared::new(self.threads, sleep, self.queue_capacity));
        let pool = ThreadPoolExecutor::over(Handle::new(shared));
        match pool.recruit(least) {
            Ok(()) => Ok(pool),
            Err(error) => Err(StartError {
                error,
                pool: (pool.workers() > 0).then_some(pool),
            }),
        }
    }
}

/// How many workers the pool of the process has.
pub(super) fn global_workers() -> usize {
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
