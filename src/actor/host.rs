//! Executors that run actors.

use crate::executor::{Executor, Handle, Rejected, ThreadPoolExecutor};
use crate::future::Job;
use crate::sys::Arc;
use std::fmt;

/// An executor that runs actors: a pool, by reference; a handle of one; or any other executor, in
/// an `Arc`.
///
/// ```
/// use rungs::{actor::Host, executor::ThreadPoolExecutor};
///
/// let pool = ThreadPoolExecutor::new(1);
/// let _: [Host; 2] = [Host::from(&pool), Host::from(&pool.handle())];
/// ```
#[derive(Clone)]
pub struct Host(Kind);

/// Pools are known by name: no allocation for an actor, and a direct call for a turn.
#[derive(Clone)]
enum Kind {
    Pool(Handle),
    Other(Arc<dyn Executor>),
}

impl Host {
    /// Hands in a job: see [`Executor`].
    pub(super) fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
        match &self.0 {
            Kind::Pool(handle) => handle.execute_job(job),
            Kind::Other(executor) => executor.execute_job(job),
        }
    }
}

impl From<&ThreadPoolExecutor> for Host {
    fn from(pool: &ThreadPoolExecutor) -> Self {
        Self(Kind::Pool(pool.handle()))
    }
}

impl From<&Handle> for Host {
    fn from(handle: &Handle) -> Self {
        Self(Kind::Pool(handle.clone()))
    }
}

impl<E: Executor + 'static> From<Arc<E>> for Host {
    fn from(executor: Arc<E>) -> Self {
        Self(Kind::Other(executor))
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}
