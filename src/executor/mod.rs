//! Rung 3: an executor, in the manner of Python's `concurrent.futures`.

mod pool;

use crate::future::Job;
use std::error::Error;
use std::fmt;

pub use pool::{Handle, ThreadPoolExecutor};

/// Something that runs jobs.
pub trait Executor: Send + Sync {
    /// Takes the job on, to be run once, soon; or gives it back.
    ///
    /// *Blocking:* never.
    ///
    /// *Errors:* [`Rejected`], with the job, where the executor takes on no more.
    fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>>;
}

/// The executor takes on no more: what it was given, back.
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
