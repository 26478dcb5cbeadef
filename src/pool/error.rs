//! What can go wrong with a pool.

use crate::panic::PanicPayload;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The state of a worker could not be made: its function panicked. The inner error of what
/// [`Builder::build`](super::Builder::build) and
/// [`WorkerPool::resize`](super::WorkerPool::resize) return.
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
    pub(super) worker: usize,
    pub(super) payload: PanicPayload,
}

impl StateError {
    /// Which worker, counted from 0.
    ///
    /// See [`Builder::build`](super::Builder::build) for an example.
    pub fn worker(&self) -> usize {
        self.worker
    }

    /// What its function panicked with.
    ///
    /// See [`Builder::build`](super::Builder::build) for an example.
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

/// A pool was told to end within a time, and some of its workers have not: what
/// [`WorkerPool::shutdown_timeout`](super::WorkerPool::shutdown_timeout) returns.
///
/// See there for an example.
#[non_exhaustive]
pub struct Unfinished<T> {
    /// The workers that have not ended.
    pub running: Vec<Running>,
    /// The items that no worker has begun, and none will, in the order in which they would have
    /// come out of the queue.
    pub left: Vec<T>,
}

/// A worker that has not ended.
///
/// See [`WorkerPool::shutdown_timeout`](super::WorkerPool::shutdown_timeout) for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Running {
    /// Which worker, counted from 0.
    pub worker: usize,
    /// For how long it has been at its item: from its beginning, or at least from that of the
    /// shutdown, where the item was not the first after the worker was idle.
    pub elapsed: Duration,
}

impl<T> fmt::Debug for Unfinished<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unfinished")
            .field("running", &self.running)
            .field("left", &self.left.len())
            .finish()
    }
}

impl<T> fmt::Display for Unfinished<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (running, left) = (self.running.len(), self.left.len());
        write!(
            f,
            "{running} workers are still running, {left} items are left"
        )
    }
}

impl<T> Error for Unfinished<T> {}
