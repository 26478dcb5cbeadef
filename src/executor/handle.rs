//! Submitting to a pool.

use super::fire::Fire;
use super::shared::Shared;
use super::{Executor, Map, Rejected, SubmitError};
use crate::future::{ClosureTask, Home, Job, SpawnedTask, TaskFuture};
use crate::sys::Arc;
use std::fmt;

/// Submits to a pool without keeping its threads: when the pool is shut down, a handle is
/// rejected.
///
/// Cheap to clone, and good inside jobs. What a job submits to its own pool belongs to it: a pool
/// that is shut down by [`Shutdown::Wait`](super::Shutdown::Wait) accepts it still, and waits for
/// it too.
///
/// ```
/// let pool = rungs::executor::ThreadPoolExecutor::new(1);
/// let handle = pool.handle();
/// let outer = pool.submit(move || handle.submit(|| 1));
/// assert_eq!(outer.result().unwrap().result().unwrap(), 1);
/// ```
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// [`ThreadPoolExecutor::submit`](super::ThreadPoolExecutor::submit).
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// assert_eq!(pool.handle().submit(|| 1 + 1).result().unwrap(), 2);
    /// ```
    pub fn submit<F, T>(&self, closure: F) -> TaskFuture<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let task = ClosureTask::new(closure);
        if let Err(Rejected(job)) = self.shared.submit(Job::new(task.clone())) {
            task.reject();
            drop(job);
        }
        TaskFuture::new(task)
    }

    /// [`ThreadPoolExecutor::try_submit`](super::ThreadPoolExecutor::try_submit).
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let two = pool.handle().try_submit(|| 1 + 1).unwrap();
    /// assert_eq!(two.result().unwrap(), 2);
    /// ```
    pub fn try_submit<F, T>(&self, closure: F) -> Result<TaskFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let task = ClosureTask::new(closure);
        // What comes back was not run: when the job is dropped, its closure is gone already.
        let closure = match self.shared.submit(Job::new(task.clone())) {
            Ok(()) => None,
            Err(Rejected(_job)) => task.take_back(),
        };
        match closure {
            None => Ok(TaskFuture::new(task)),
            Some(closure) => Err(SubmitError::ShutDown(closure)),
        }
    }

    /// [`ThreadPoolExecutor::execute`](super::ThreadPoolExecutor::execute).
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// pool.handle().execute(move || sender.send(2).unwrap()).unwrap();
    /// assert_eq!(receiver.recv(), Ok(2));
    /// ```
    pub fn execute<F>(&self, closure: F) -> Result<(), SubmitError<F>>
    where
        F: FnOnce() + Send + 'static,
    {
        self.shared
            .submit(Fire::job(closure))
            // SAFETY: a pool that rejects a job gives back this very one.
            .map_err(|Rejected(job)| SubmitError::ShutDown(unsafe { Fire::take_back(job) }))
    }

    /// [`ThreadPoolExecutor::spawn`](super::ThreadPoolExecutor::spawn).
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let two = pool.handle().spawn(async { 1 + 1 });
    /// assert_eq!(two.result().unwrap(), 2);
    /// ```
    pub fn spawn<F>(&self, future: F) -> TaskFuture<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let task = SpawnedTask::new(future, self.clone());
        if self.shared.admit(&task) {
            task.clone().schedule();
        } else {
            task.reject();
        }
        TaskFuture::new(task)
    }

    /// [`ThreadPoolExecutor::map`](super::ThreadPoolExecutor::map).
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let handle = pool.handle();
    /// assert!(handle.map(1..4, |n| n * n).map(Result::unwrap).eq([1, 4, 9]));
    /// ```
    pub fn map<I, F, R>(&self, items: I, f: F) -> Map<'_, I::IntoIter, F, R>
    where
        I: IntoIterator<Item: Send + 'static>,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
        R: Send + 'static,
    {
        let workers = self.shared.stealers.len();
        Map::new(self, items.into_iter(), f, workers.saturating_mul(2))
    }
}

impl Executor for Handle {
    fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
        self.shared.submit(job)
    }
}

impl Home for Handle {
    fn schedule(&self, job: Job) {
        self.shared.reschedule(job);
    }

    fn finished(&self, key: usize) {
        self.shared.finished(key);
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}
