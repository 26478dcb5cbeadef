//! The way into an event loop for other threads.

use super::core::{Due, Local, Ready};
use crate::executor::{Executor, Rejected};
use crate::future::Job;
use crate::sys::Arc;
use std::fmt;

/// Sends work to a [`LocalExecutor`](super::LocalExecutor) from any thread: an [`Executor`], so that
/// [`submit`](crate::executor::ExecutorExt::submit), [`spawn`](crate::executor::ExecutorExt::spawn)
/// and [`execute`](crate::executor::ExecutorExt::execute) are there.
///
/// What is sent is run in the thread of the executor, while that is driven, in the order in which
/// it came. What must be `Send` is the closure, not what it makes there: it finds the executor by
/// [`LocalHandle::current`](super::LocalHandle::current).
///
/// *Claim on join:* who blocks for the [`result`](crate::future::TaskFuture::result) of something
/// that nobody has begun runs it, in its own thread. Where it matters in which thread it runs,
/// `.await` the result, or wait with a timeout.
///
/// *Errors:* where the executor is gone, work is rejected; what it has not begun when it is dropped
/// is cancelled.
///
/// *Cost:* a lock, and a wake of the loop where it sleeps.
///
/// ```
/// use rungs::executor::{ExecutorExt, LocalExecutor, LocalHandle};
/// use std::{rc::Rc, thread};
///
/// let local = LocalExecutor::new();
/// let remote = local.remote();
/// let sender = thread::spawn(move || {
///     let inside = || {
///         let handle = LocalHandle::current().unwrap();
///         let not_send = Rc::new(7);
///         handle.spawn(async move {
///             assert_eq!(*not_send, 7);
///             LocalHandle::current().unwrap().stop();
///         });
///     };
///     remote.execute(inside).unwrap();
/// });
/// assert!(local.run_until_complete(std::future::pending::<()>()).is_err());
/// sender.join().unwrap();
/// ```
#[doc(alias = "call_soon_threadsafe")]
#[doc(alias = "run_coroutine_threadsafe")]
#[derive(Clone)]
pub struct LocalRemote(Option<Arc<Ready>>);

impl LocalRemote {
    pub(super) fn new(local: Option<&Local>) -> Self {
        Self(local.map(|local| local.ready().clone()))
    }

    /// Ends the run under way, or the next one, as [`LocalHandle::stop`](super::LocalHandle::stop)
    /// does, when what was sent before has been begun.
    ///
    /// ```
    /// use rungs::executor::{LocalExecutor, Stopped};
    ///
    /// let local = LocalExecutor::new();
    /// let remote = local.remote();
    /// let thread = std::thread::spawn(move || remote.stop());
    /// assert_eq!(local.run_until_complete(std::future::pending::<()>()), Err(Stopped));
    /// thread.join().unwrap();
    /// ```
    pub fn stop(&self) {
        if let Some(ready) = &self.0 {
            ready.push(Due::Stop);
        }
    }
}

impl Executor for LocalRemote {
    fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
        let Some(ready) = &self.0 else {
            return Err(Rejected(job));
        };
        ready.offer(Due::Job(job)).map_err(|due| match due {
            Due::Job(job) => Rejected(job),
            _ => unreachable!("what comes back was offered"),
        })
    }
}

impl fmt::Debug for LocalRemote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalRemote").finish_non_exhaustive()
    }
}
