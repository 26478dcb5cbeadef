//! What can go wrong on the way into an executor.

use super::ThreadPoolExecutor;
use std::error::Error;
use std::{fmt, io};

/// The executor takes on no more: what it was given, back.
///
/// ```
/// use rungs::executor::{Executor, Rejected, Shutdown, ThreadPoolExecutor};
///
/// let pool = ThreadPoolExecutor::new(1);
/// let handle = pool.handle();
/// pool.shutdown(Shutdown::Wait);
/// assert_eq!(Rejected(()).to_string(), handle.execute(|| ()).unwrap_err().to_string());
/// ```
pub struct Rejected<J>(pub J);

impl<J> fmt::Debug for Rejected<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejected").finish_non_exhaustive()
    }
}

impl<J> fmt::Display for Rejected<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the executor is shut down")
    }
}

impl<J> Error for Rejected<J> {}

/// Why a closure was not accepted; it comes back.
///
/// ```
/// use rungs::executor::{Shutdown, SubmitError, ThreadPoolExecutor};
///
/// let pool = ThreadPoolExecutor::new(1);
/// let handle = pool.handle();
/// pool.shutdown(Shutdown::Wait);
/// let SubmitError::ShutDown(f) = handle.try_submit(|| 7).unwrap_err() else { unreachable!() };
/// assert_eq!(f(), 7);
/// ```
#[non_exhaustive]
pub enum SubmitError<F> {
    /// The executor is shut down.
    ShutDown(F),
    /// As many jobs wait as may, and none was begun in the time there was.
    Full(F),
}

impl<F> SubmitError<F> {
    /// The closure.
    ///
    /// ```
    /// let error = rungs::executor::SubmitError::ShutDown(|| 7);
    /// assert_eq!(error.into_inner()(), 7);
    /// ```
    pub fn into_inner(self) -> F {
        match self {
            Self::ShutDown(closure) | Self::Full(closure) => closure,
        }
    }
}

impl<F> fmt::Debug for SubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShutDown(_) => f.debug_tuple("ShutDown").finish_non_exhaustive(),
            Self::Full(_) => f.debug_tuple("Full").finish_non_exhaustive(),
        }
    }
}

impl<F> fmt::Display for SubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShutDown(_) => f.write_str("the executor is shut down"),
            Self::Full(_) => f.write_str("the queue of the executor is full"),
        }
    }
}

impl<F> Error for SubmitError<F> {}

/// Some workers of a pool did not start: what [`Builder::build`](super::Builder::build) returns.
///
/// ```
/// use rungs::executor::ThreadPoolExecutor;
///
/// let only_one = |worker| match worker {
///     0 => Ok(()),
///     _ => Err("no more licences".into()),
/// };
/// let builder = ThreadPoolExecutor::builder().max_workers(2).initializer(only_one);
/// let failed = builder.build().unwrap_err();
/// assert_eq!(failed.to_string(), "only 1 workers have started: no more licences");
/// ```
pub struct StartError {
    pub(super) error: io::Error,
    pub(super) pool: Option<ThreadPoolExecutor>,
}

impl StartError {
    /// Why: what the system said, or the initializer.
    ///
    /// ```
    /// # use rungs::executor::ThreadPoolExecutor;
    /// let builder = ThreadPoolExecutor::builder().initializer(|_| Err("no licence".into()));
    /// assert_eq!(builder.build().unwrap_err().error().to_string(), "no licence");
    /// ```
    pub fn error(&self) -> &io::Error {
        &self.error
    }

    /// The pool with the workers that did start; `None` where none did.
    ///
    /// ```
    /// # use rungs::executor::ThreadPoolExecutor;
    /// let builder = ThreadPoolExecutor::builder().initializer(|_| Err("no licence".into()));
    /// assert!(builder.build().unwrap_err().into_pool().is_none());
    /// ```
    pub fn into_pool(self) -> Option<ThreadPoolExecutor> {
        self.pool
    }
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartError")
            .field("error", &self.error)
            .field("pool", &self.pool)
            .finish()
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let started = self.pool.as_ref().map_or(0, |pool| pool.workers());
        write!(f, "only {started} workers have started: {}", self.error)
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

impl From<StartError> for io::Error {
    fn from(error: StartError) -> Self {
        error.error
    }
}

/// A pool was told to end within a time, and has not: what
/// [`ThreadPoolExecutor::shutdown_timeout`](super::ThreadPoolExecutor::shutdown_timeout) returns.
///
/// Dropped, it leaves the pool to end by itself.
///
/// ```
/// use rungs::executor::{Shutdown, ThreadPoolExecutor, Unfinished};
/// use rungs::sync::Event;
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// let pool = ThreadPoolExecutor::new(1);
/// let go = Arc::new(Event::new(false));
/// let wait = go.clone();
/// let job = pool.submit(move || wait.wait());
/// while !job.is_running() {
///     std::thread::yield_now();
/// }
/// let ended: Result<(), Unfinished> = pool.shutdown_timeout(Shutdown::Wait, Duration::ZERO);
/// assert_eq!(ended.unwrap_err().running[0].worker, 0);
/// go.set();
/// ```
pub struct Unfinished {
    /// The workers that are at a job.
    pub running: Vec<Running>,
    /// How many jobs stand in the queues still.
    pub queued: usize,
    /// How many spawned futures are not done.
    pub spawned: usize,
    /// What those of them are called that have a [name](super::TaskOptions::name).
    pub names: Vec<String>,
    pub(super) pool: ThreadPoolExecutor,
}

impl Unfinished {
    /// Goes on waiting, for as long as it takes.
    ///
    /// ```
    /// use rungs::executor::{Shutdown, ThreadPoolExecutor};
    /// use rungs::sync::Event;
    /// use std::sync::Arc;
    /// use std::time::Duration;
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let go = Arc::new(Event::new(false));
    /// let wait = go.clone();
    /// pool.execute(move || wait.wait()).unwrap();
    /// let unfinished = pool.shutdown_timeout(Shutdown::Wait, Duration::ZERO).unwrap_err();
    /// go.set();
    /// unfinished.wait();
    /// assert!(go.is_set());
    /// ```
    pub fn wait(self) {
        self.pool.wait_for_end();
    }
}

/// A worker that is at a job.
///
/// ```
/// use rungs::executor::{Shutdown, TaskOptions, ThreadPoolExecutor};
/// use rungs::sync::Event;
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// let pool = ThreadPoolExecutor::new(1);
/// let [began, go] = [(); 2].map(|()| Arc::new(Event::new(false)));
/// let (set, wait) = (began.clone(), go.clone());
/// pool.submit_with(TaskOptions::new().name("nap"), move || {
///     set.set();
///     wait.wait();
/// });
/// began.wait();
/// let unfinished = pool.shutdown_timeout(Shutdown::Wait, Duration::ZERO).unwrap_err();
/// assert_eq!(unfinished.running[0].name.as_deref(), Some("nap"));
/// go.set();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Running {
    /// Which worker.
    pub worker: usize,
    /// What the job is called, if it was given a
    /// [name](super::TaskOptions::name).
    pub name: Option<String>,
}

impl fmt::Debug for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unfinished")
            .field("running", &self.running)
            .field("queued", &self.queued)
            .field("spawned", &self.spawned)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (running, queued) = (self.running.len(), self.queued);
        write!(
            f,
            "the executor has not ended in time: {running} jobs run, {queued} wait"
        )
    }
}

impl Error for Unfinished {}
