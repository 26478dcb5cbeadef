//! Submitting to any executor.

use super::fire::Fire;
use super::{Executor, Rejected, SubmitError};
use crate::future::{ClosureTask, Home, Job, SpawnedTask, TaskFuture};
use crate::panic::contain;

/// What every [`Executor`] can do, once it can run a [`Job`]: closures and futures, with a
/// [`TaskFuture`] for each.
///
/// ```
/// use rungs::executor::{Executor, ExecutorExt, Rejected};
/// use rungs::future::Job;
/// use std::sync::Mutex;
///
/// /// Keeps its jobs until it is told to run them.
/// #[derive(Default)]
/// struct Later(Mutex<Vec<Job>>);
///
/// impl Executor for Later {
///     fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
///         self.0.lock().unwrap().push(job);
///         Ok(())
///     }
/// }
///
/// let later = Later::default();
/// let two = later.submit(|| 1 + 1);
/// assert!(!two.is_done());
/// for job in later.0.into_inner().unwrap() {
///     job.run();
/// }
/// assert_eq!(two.result().unwrap(), 2);
/// ```
pub trait ExecutorExt: Executor {
    /// Submits a closure.
    ///
    /// *Blocking:* as the executor does. One that takes on no more rejects it: the future gives
    /// [`TaskError::Rejected`](crate::future::TaskError::Rejected), the closure is dropped.
    ///
    /// ```
    /// use rungs::executor::{ExecutorExt, InlineExecutor};
    ///
    /// assert_eq!(InlineExecutor::new().submit(|| 1 + 1).result().unwrap(), 2);
    /// ```
    fn submit<F, T>(&self, closure: F) -> TaskFuture<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let task = ClosureTask::new(closure);
        if let Err(Rejected(job)) = self.execute_job(Job::new(task.clone())) {
            task.reject();
            drop(job);
        }
        TaskFuture::new(task)
    }

    /// Submits a closure, or gives it back.
    ///
    /// *Errors:* [`SubmitError`], with the closure, where the executor takes on no more.
    ///
    /// ```
    /// use rungs::executor::{ExecutorExt, InlineExecutor};
    ///
    /// let inline = InlineExecutor::new();
    /// inline.shutdown();
    /// assert_eq!(inline.try_submit(|| 1 + 1).unwrap_err().into_inner()(), 2);
    /// ```
    fn try_submit<F, T>(&self, closure: F) -> Result<TaskFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let task = ClosureTask::new(closure);
        // Before what comes back is dropped, which would cancel the task.
        let closure = match self.execute_job(Job::new(task.clone())) {
            Ok(()) => None,
            Err(Rejected(_job)) => task.take_back(),
        };
        match closure {
            None => Ok(TaskFuture::new(task)),
            Some(closure) => Err(SubmitError::ShutDown(closure)),
        }
    }

    /// Submits a closure that nobody waits for. Its panic is reported by the panic hook alone.
    ///
    /// *Errors:* [`Rejected`], with the job, where the executor takes on no more.
    ///
    /// ```
    /// use rungs::executor::{ExecutorExt, InlineExecutor};
    ///
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// InlineExecutor::new().execute(move || sender.send(2).unwrap()).unwrap();
    /// assert_eq!(receiver.recv(), Ok(2));
    /// ```
    fn execute<F>(&self, closure: F) -> Result<(), Rejected<Job>>
    where
        F: FnOnce() + Send + 'static,
    {
        self.execute_job(Fire::job(closure))
    }

    /// Submits a future, to be polled in jobs of the executor until it is ready.
    ///
    /// The executor is cloned into the task, which it schedules whenever it is woken. (One that
    /// is not `Clone` is in an [`Arc`](std::sync::Arc).) Where it takes on no more at a wake, or
    /// panics, the task is cancelled.
    ///
    /// *Cancel safety:* [`TaskFuture::cancel`] drops the future where it is suspended.
    ///
    /// ```
    /// use rungs::executor::{ExecutorExt, InlineExecutor};
    ///
    /// let two = InlineExecutor::new().spawn(async { 1 + 1 });
    /// assert!(two.is_done());
    /// assert_eq!(two.result().unwrap(), 2);
    /// ```
    fn spawn<F>(&self, future: F) -> TaskFuture<F::Output>
    where
        Self: Clone + 'static,
        F: Future<Output: Send> + Send + 'static,
    {
        let task = SpawnedTask::new(future, Abode(self.clone()));
        if let Err(Rejected(job)) = self.execute_job(Job::new(task.clone())) {
            task.reject();
            drop(job);
        }
        TaskFuture::new(task)
    }
}

impl<E: Executor + ?Sized> ExecutorExt for E {}

/// Where a task of any executor lives: nobody keeps books.
struct Abode<E>(E);

impl<E: Executor + 'static> Home for Abode<E> {
    fn schedule(&self, job: Job) {
        // What is rejected is dropped, which cancels the task. So does a panic, which must not
        // reach the thread that wakes the task, or has just polled it.
        contain(|| drop(self.0.execute_job(job)));
    }

    fn finished(&self, _key: usize) {}
}
