//! A pool as its owner sees it: made, resized, shut down.

use super::builder::global_workers;
use super::error::{Running, Unfinished};
use super::threads::{self, Threads};
use super::{Builder, Executor, Handle, Rejected, SubmitError};
use crate::future::{Job, TaskFuture};
use crate::pool::launch::Launch;
use crate::sync::TimedOut;
use crate::sys::{self, OnceLock, clock::Instant, thread};
use std::fmt;
use std::io;
use std::ops::Deref;
use std::time::Duration;

/// Threads that run closures and futures.
///
/// It is the owner of what a [`Handle`] submits to, and has all its methods:
/// [`submit`](Handle::submit), [`spawn`](Handle::spawn), [`map`](Handle::map) and the others.
///
/// *Blocking:* submitting never waits, unless the queue was given a
/// [bound](Builder::queue_capacity). *Panics* in a job go to its future and cost no worker.
/// *Fairness:* each worker takes jobs in the order in which they came to it; between workers
/// there is no order. *Cost:* a submitted closure is one allocation, a spawned future, too.
///
/// *Dropping* it waits for all that was accepted, as [`Shutdown::Wait`] does;
/// [`detach`](Self::detach) does not wait. Dropped in one of its own threads, by a job or by
/// whatever else runs there, it does not wait either, since that thread would wait for itself: the
/// threads then end by themselves when all is done.
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
    /// Whether its drop waits for nothing, since somebody has, or somebody else will.
    is_released: bool,
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
    /// is waited for as long, and so is one that a task derived from it holds, by
    /// [`map`](crate::future::TaskFuture::map) or the like; one that nobody can wake any more, and
    /// nobody holds, is dropped. So
    /// what is scheduled for later is waited for, too; schedules that repeat are cancelled.
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
    /// [`workers`](Handle::workers)): it tries again later, when there is more to do than they
    /// can. [`Builder::build`] gives an error then.
    ///
    /// *Panics* where `max_workers` is 0 or above [`MAX_WORKERS`](Self::MAX_WORKERS), and where
    /// no thread starts.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(3);
    /// assert_eq!(pool.workers(), 3);
    /// ```
    pub fn new(max_workers: usize) -> Self {
        let built = Self::builder().max_workers(max_workers).build();
        built.unwrap_or_else(|failed| match failed.pool {
            Some(pool) => pool,
            None => panic!("no worker starts: {}", failed.error),
        })
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
        Builder::new()
    }

    /// The pool of the process: started by the first call, never shut down.
    ///
    /// It has as many workers as threads can run at once, a limit of the process's control group
    /// respected, or as many as the environment variable `RUNGS_WORKERS` says at the first call.
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

    /// The pool over `handle`, to whose workers somebody has seen.
    pub(super) fn over(handle: Handle) -> Self {
        Self {
            handle,
            is_released: false,
        }
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

    /// [`Handle::submit`]. (This and the three that follow are here, too, so that they are not
    /// taken for those of an [`ExecutorExt`](super::ExecutorExt) that is in scope.)
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// assert_eq!(pool.submit(|| 1 + 1).result().unwrap(), 2);
    /// ```
    pub fn submit<F, T>(&self, closure: F) -> TaskFuture<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.handle.submit(closure)
    }

    /// [`Handle::try_submit`].
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

    /// [`Handle::execute`].
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

    /// [`Handle::spawn`].
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// assert_eq!(pool.spawn(async { 1 + 1 }).result().unwrap(), 2);
    /// ```
    pub fn spawn<F>(&self, future: F) -> TaskFuture<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.handle.spawn(future)
    }

    /// Gives the pool so many workers, neither more nor fewer.
    ///
    /// More are started at once. Fewer: those that sleep end at once, the others when they have
    /// ended their job; what stands in their queues is left to the rest. A worker that is inside
    /// [`blocking`](super::blocking) does not count.
    ///
    /// *Blocking:* until the new ones have started and their initializers were called; not for
    /// those that end.
    ///
    /// *Errors:* those of the system and of the initializer, for one worker that did not start;
    /// the others are there, and the pool tries again when there is more to do than they can.
    ///
    /// *Panics* where `workers` is 0 or above [`MAX_WORKERS`](Self::MAX_WORKERS).
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// pool.resize(3).unwrap();
    /// assert_eq!(pool.workers(), 3);
    /// pool.resize(1).unwrap();
    /// while pool.workers() > 1 {
    ///     std::thread::yield_now();
    /// }
    /// ```
    #[doc(alias = "setCorePoolSize")]
    #[doc(alias = "setMaximumPoolSize")]
    pub fn resize(&self, workers: usize) -> io::Result<()> {
        check_workers("workers", workers);
        self.handle.shared().sleep.resize(workers, workers);
        self.recruit(workers)
    }

    /// Starts workers until there are so many, and waits until they have begun.
    pub(super) fn recruit(&self, workers: usize) -> io::Result<()> {
        let shared = self.handle.shared();
        let hired = shared.sleep.hire(workers);
        // Where nothing can go wrong in a thread, it need not be waited for.
        let initializer = shared.threads.initializer.as_ref();
        let launch = initializer.map(|_| Launch::new(hired.len(), false));
        let mut outcome = Ok(());
        for hired in hired {
            if let Err(error) = Threads::start(shared, hired, launch.clone()) {
                match &launch {
                    Some(launch) => launch.report(1, Err(error)),
                    None => outcome = Err(error),
                }
            }
        }
        launch.map_or(outcome, |launch| launch.outcome())
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
    pub fn shutdown(self, how: Shutdown) {
        self.close(how);
        self.wait_for_end();
    }

    /// Shuts the pool down, as [`Shutdown`] says, and waits until its threads have ended, or
    /// `timeout` is over; `Duration::MAX` never is.
    ///
    /// *Blocking:* as [`shutdown`](Self::shutdown), but no longer than this.
    ///
    /// *Errors:* [`Unfinished`]: what is still running. It goes on, and the threads end when it is
    /// done.
    ///
    /// ```
    /// use rungs::executor::{Shutdown, TaskOptions, ThreadPoolExecutor};
    /// use rungs::sync::Event;
    /// use std::sync::Arc;
    /// use std::time::Duration;
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let (begun, go) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    /// let (begin, wait) = (begun.clone(), go.clone());
    /// drop(pool.submit_with(TaskOptions::new().name("backup"), move || {
    ///     begin.set();
    ///     wait.wait();
    /// }));
    /// begun.wait();
    /// let moment = Duration::from_millis(1);
    /// let unfinished = pool.shutdown_timeout(Shutdown::Wait, moment).unwrap_err();
    /// assert_eq!(unfinished.running[0].name.as_deref(), Some("backup"));
    /// go.set();
    /// unfinished.wait();
    /// ```
    #[doc(alias = "awaitTermination")]
    pub fn shutdown_timeout(self, how: Shutdown, timeout: Duration) -> Result<(), Unfinished> {
        self.shutdown_until(how, sys::deadline_after(timeout))
    }

    /// Shuts the pool down, as [`Shutdown`] says, and waits until its threads have ended, or
    /// until `deadline`.
    ///
    /// *Blocking:* as [`shutdown`](Self::shutdown), but no longer than this.
    ///
    /// *Errors:* as [`shutdown_timeout`](Self::shutdown_timeout).
    ///
    /// ```
    /// use rungs::executor::{Shutdown, ThreadPoolExecutor};
    /// use std::time::{Duration, Instant};
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let two = pool.submit(|| 2);
    /// let hour = Instant::now() + Duration::from_secs(3600);
    /// pool.shutdown_deadline(Shutdown::Wait, hour).unwrap();
    /// assert_eq!(two.result().unwrap(), 2);
    /// ```
    pub fn shutdown_deadline(self, how: Shutdown, deadline: Instant) -> Result<(), Unfinished> {
        self.shutdown_until(how, Some(deadline))
    }

    /// Lets go of the pool without waiting: what was accepted is done, and then the threads end.
    /// From now on everything is rejected, as by [`shutdown`](Self::shutdown). The process may
    /// exit before they have ended.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let two = pool.submit(|| 2);
    /// pool.detach();
    /// assert_eq!(two.result().unwrap(), 2);
    /// ```
    pub fn detach(mut self) {
        self.close(Shutdown::Wait);
        self.is_released = true;
    }

    fn shutdown_until(
        mut self,
        how: Shutdown,
        deadline: Option<Instant>,
    ) -> Result<(), Unfinished> {
        self.close(how);
        let ended = match deadline {
            Some(deadline) => self.handle.shared().sleep.ended().wait_deadline(deadline),
            None => Ok(()),
        };
        match ended {
            Ok(()) => {
                self.wait_for_end();
                Ok(())
            }
            Err(TimedOut) => {
                self.is_released = true;
                Err(self.unfinished())
            }
        }
    }

    /// What has not ended.
    fn unfinished(self) -> Unfinished {
        let shared = self.handle.shared();
        let busy = |(worker, seat): (usize, &super::seats::Seat)| {
            let name = seat.job.lock().as_deref().map(str::to_owned);
            seat.is_busy().then_some(Running { worker, name })
        };
        Unfinished {
            running: shared.seats.iter().enumerate().filter_map(busy).collect(),
            queued: shared.backlog(),
            spawned: shared.tasks.len(),
            names: shared.tasks.names(),
            pool: self,
        }
    }

    fn close(&self, how: Shutdown) {
        let shared = self.handle.shared();
        match how {
            Shutdown::Wait => shared.drain(),
            Shutdown::CancelPending => shared.cancel(),
        }
    }

    /// Waits for the end of the threads of a pool that is closed; not in one of them.
    pub(super) fn wait_for_end(mut self) {
        self.wait_for_threads();
    }

    fn wait_for_threads(&mut self) {
        self.is_released = true;
        let shared = self.handle.shared();
        if !threads::is_own(shared) {
            shared.seats.join();
            // Some may have been hired meanwhile.
            shared.sleep.ended().wait();
            shared.seats.join();
        }
    }
}

impl Drop for ThreadPoolExecutor {
    fn drop(&mut self) {
        if !self.is_released {
            self.close(Shutdown::Wait);
            self.wait_for_threads();
        }
    }
}

impl Deref for ThreadPoolExecutor {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
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

/// Panics where a number of workers is out of range.
pub(super) fn check_workers(what: &str, workers: usize) {
    let most = ThreadPoolExecutor::MAX_WORKERS;
    assert!(workers > 0, "`{what}` is 0");
    assert!(
        workers <= most,
        "`{what}` is {workers}, above the {most} of ThreadPoolExecutor::MAX_WORKERS"
    );
}
