//! A pool of threads that runs jobs.

use super::{Executor, Rejected};
use crate::future::Job;

/// A pool of threads that runs jobs.
#[derive(Debug)]
pub struct ThreadPoolExecutor(Handle);

/// Submits to a pool without keeping its threads.
#[derive(Clone, Debug)]
pub struct Handle(());

impl ThreadPoolExecutor {
    /// A pool of `max_workers` threads.
    pub fn new(max_workers: usize) -> Self {
        let _ = max_workers;
        todo!()
    }

    /// The pool that the whole process shares.
    pub fn global() -> &'static Self {
        todo!()
    }

    /// A handle to submit with.
    pub fn handle(&self) -> Handle {
        self.0.clone()
    }
}

impl Executor for ThreadPoolExecutor {
    fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
        self.0.execute_job(job)
    }
}

impl Executor for Handle {
    fn execute_job(&self, _: Job) -> Result<(), Rejected<Job>> {
        todo!()
    }
}
