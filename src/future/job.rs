//! A unit of work on its way to a thread.

use crate::sys::Arc;
use std::fmt;

/// What stands in an executor's queue.
pub(crate) trait Run: Send + Sync {
    /// Runs it, in a thread of an executor. Does not unwind.
    fn run(self: Arc<Self>);

    /// Tells it that it will not be run. Does not unwind.
    fn discard(self: Arc<Self>);
}

/// A unit of work for an executor: run once, or dropped, which tells whoever waits for it.
///
/// Who writes an [`Executor`](crate::executor::Executor) gets these, and does nothing but
/// [`run`](Self::run) them, in any thread.
///
/// ```
/// use rungs::executor::{Executor, Rejected};
/// use rungs::future::Job;
///
/// /// Runs every job at once, in the thread that submits it.
/// struct Inline;
///
/// impl Executor for Inline {
///     fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
///         job.run();
///         Ok(())
///     }
/// }
///
/// use rungs::executor::ExecutorExt;
/// assert_eq!(Inline.submit(|| 2).result().unwrap(), 2);
/// ```
#[must_use = "a job that is dropped is cancelled"]
pub struct Job(Option<Arc<dyn Run>>);

impl Job {
    pub(crate) fn new(work: Arc<dyn Run>) -> Self {
        Self(Some(work))
    }

    /// Runs the job in this thread. A panic of the user's code does not come out here.
    ///
    /// ```
    /// # use rungs::{executor::{Executor, Rejected}, future::Job};
    /// # struct Inline;
    /// # impl Executor for Inline {
    /// fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
    ///     job.run();
    ///     Ok(())
    /// }
    /// # }
    /// # use rungs::executor::ExecutorExt;
    /// let panics = Inline.submit(|| panic!("not here"));
    /// assert!(panics.result().is_err());
    /// ```
    pub fn run(mut self) {
        if let Some(work) = self.0.take() {
            work.run();
        }
    }

    /// What it was made of.
    pub(crate) fn into_work(mut self) -> Arc<dyn Run> {
        match self.0.take() {
            Some(work) => work,
            None => unreachable!("a job that was run is gone"),
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if let Some(work) = self.0.take() {
            work.discard();
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").finish_non_exhaustive()
    }
}
