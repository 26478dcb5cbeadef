//! What there is of a task of an event loop for who waits for its result.

use super::core::Local;
use super::task::Outlook;
use crate::future::TaskError;
use crate::sys::Arc;
use std::fmt;
use std::pin::Pin;
use std::rc::Weak;
use std::task::{Context, Poll, ready};

/// The result of a task of a [`LocalExecutor`](super::LocalExecutor), there or still to come. It is
/// awaited, in the same thread: by another task, or by
/// [`block_on`](super::LocalExecutor::block_on).
///
/// *Dropping* it detaches the task.
///
/// ```
/// use rungs::executor::LocalExecutor;
///
/// let local = LocalExecutor::new();
/// let seven = local.spawn(async { 7 });
/// assert_eq!(local.block_on(seven).unwrap(), 7);
/// ```
///
/// It does not leave its thread, nor does its executor, nor the handle of that:
///
/// ```compile_fail,E0277
/// fn goes_elsewhere(_: impl Send) {}
/// goes_elsewhere(rungs::executor::LocalExecutor::new().spawn(async {}));
/// ```
/// ```compile_fail,E0277
/// fn goes_elsewhere(_: impl Send) {}
/// goes_elsewhere(rungs::executor::LocalExecutor::new());
/// ```
/// ```compile_fail,E0277
/// fn goes_elsewhere(_: impl Send) {}
/// goes_elsewhere(rungs::executor::LocalExecutor::new().handle());
/// ```
#[doc(alias = "JoinHandle")]
pub struct LocalTask<T> {
    task: Arc<dyn Outlook<T>>,
    name: Option<Arc<str>>,
    local: Weak<Local>,
}

impl<T> LocalTask<T> {
    pub(super) fn new(
        task: Arc<dyn Outlook<T>>,
        name: Option<Arc<str>>,
        local: Weak<Local>,
    ) -> Self {
        Self { task, name, local }
    }

    /// What it was [called](super::LocalHandle::spawn_named) when it was spawned.
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    ///
    /// let local = LocalExecutor::new();
    /// assert_eq!(local.spawn_named("upload", async {}).name(), Some("upload"));
    /// assert_eq!(local.spawn(async {}).name(), None);
    /// ```
    #[doc(alias = "get_name")]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Cancels the task; whether it is cancelled now.
    ///
    /// A task that is suspended, or not begun, is: its future is dropped here, and its result is
    /// [`TaskError::Cancelled`]. One that is being polled (it cancels itself, or its executor is
    /// driven inside it) is cancelled when it suspends next, unless it ends first: `false`.
    ///
    /// ```
    /// use rungs::{executor::LocalExecutor, future::TaskError};
    ///
    /// let local = LocalExecutor::new();
    /// let never = local.spawn(std::future::pending::<()>());
    /// assert!(never.cancel());
    /// assert!(matches!(local.block_on(never), Err(TaskError::Cancelled)));
    /// ```
    pub fn cancel(&self) -> bool {
        let now = !self.is_done()
            && self
                .local
                .upgrade()
                .is_some_and(|it| it.cancel(self.task.number()));
        now || self.is_cancelled()
    }

    /// Whether the outcome is there.
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    ///
    /// let local = LocalExecutor::new();
    /// let task = local.spawn(async {});
    /// local.run_until_stalled();
    /// assert!(task.is_done());
    /// ```
    pub fn is_done(&self) -> bool {
        self.task.is_done()
    }

    /// Whether the task was cancelled.
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    ///
    /// let task = LocalExecutor::new().spawn(async {});
    /// assert!(task.is_cancelled(), "its executor is gone");
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.task.is_cancelled()
    }

    /// Does not wait: the result, or this back where it is not there yet.
    ///
    /// *Panics* where the result was taken before, by a poll.
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    ///
    /// let local = LocalExecutor::new();
    /// let seven = local.spawn(async { 7 });
    /// let seven = seven.try_result().unwrap_err();
    /// local.run_until_stalled();
    /// assert_eq!(seven.try_result().unwrap().unwrap(), 7);
    /// ```
    pub fn try_result(self) -> Result<Result<T, TaskError>, Self> {
        match self.is_done() {
            true => Ok(self.task.take()),
            false => Err(self),
        }
    }
}

/// Awaiting gives the result.
///
/// *Cancel safety:* dropped, the task is detached and runs on.
///
/// *Panics* where it is polled after it was ready.
impl<T> Future for LocalTask<T> {
    type Output = Result<T, TaskError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if !self.task.is_done() {
            ready!(self.task.wait(cx.waker()));
        }
        Poll::Ready(self.task.take())
    }
}

impl<T> Drop for LocalTask<T> {
    fn drop(&mut self) {
        self.task.detach();
    }
}

impl<T> fmt::Debug for LocalTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalTask")
            .field("name", &self.name())
            .field("done", &self.is_done())
            .finish()
    }
}
