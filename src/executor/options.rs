//! What can be said about a job beside what it does.

use super::Priority;
use super::worker::Local;
use crate::sync::CancelToken;
use crate::sys::Arc;

/// What is to be known about a job: see [`Handle::submit_with`](super::Handle::submit_with).
///
/// ```
/// use rungs::executor::{Priority, TaskOptions, ThreadPoolExecutor};
/// use rungs::sync::CancelToken;
///
/// let pool = ThreadPoolExecutor::new(1);
/// let token = CancelToken::new();
/// let options = TaskOptions::new().name("answer").priority(Priority::High).token(&token);
/// assert_eq!(pool.submit_with(options, || 42).result().unwrap(), 42);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "it does nothing by itself"]
pub struct TaskOptions {
    pub(super) priority: Priority,
    pub(super) name: Option<Arc<str>>,
    pub(super) token: Option<CancelToken>,
}

impl TaskOptions {
    /// Normal priority, no name, no token.
    ///
    /// ```
    /// use rungs::executor::{TaskOptions, ThreadPoolExecutor};
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// assert_eq!(pool.submit_with(TaskOptions::new(), || 42).result().unwrap(), 42);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// How soon it is begun: one of high priority before all others that have not begun, one of
    /// low priority when there is nothing else, or at the latest after some thousand others of
    /// normal priority. Jobs of high or low priority are begun in the order in which they came,
    /// those of normal priority as in a pool without priorities.
    ///
    /// ```
    /// use rungs::executor::{Priority, TaskOptions, ThreadPoolExecutor};
    /// use rungs::{queue::Queue, sync::Event};
    /// use std::sync::Arc;
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let (go, order) = (Arc::new(Event::new(false)), Queue::unbounded());
    /// let wait = go.clone();
    /// pool.execute(move || wait.wait()).unwrap();
    /// for priority in [Priority::Low, Priority::Normal, Priority::High] {
    ///     let order = order.clone();
    ///     let push = move || order.push(priority).unwrap();
    ///     drop(pool.submit_with(TaskOptions::new().priority(priority), push));
    /// }
    /// go.set();
    /// drop(pool);
    /// assert!(order.try_iter().eq([Priority::High, Priority::Normal, Priority::Low]));
    /// ```
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// What it is called, where a pool says what is still
    /// [running](super::ThreadPoolExecutor::shutdown_timeout).
    ///
    /// ```
    /// use rungs::executor::{TaskOptions, ThreadPoolExecutor};
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let options = TaskOptions::new().name("nightly backup");
    /// assert_eq!(pool.submit_with(options, || 42).result().unwrap(), 42);
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into().into());
        self
    }

    /// A token that cancels it, as [`TaskFuture::cancel`](crate::future::TaskFuture::cancel)
    /// does: for many jobs at once.
    ///
    /// ```
    /// use rungs::executor::{TaskOptions, ThreadPoolExecutor};
    /// use rungs::{future::TaskError, sync::CancelToken};
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let token = CancelToken::new();
    /// token.cancel();
    /// let never = pool.submit_with(TaskOptions::new().token(&token), || unreachable!());
    /// assert!(matches!(never.result(), Err::<(), _>(TaskError::Cancelled)));
    /// ```
    pub fn token(mut self, token: &CancelToken) -> Self {
        self.token = Some(token.clone());
        self
    }
}

/// Shows the name of the job that the calling worker runs, for as long as it lives.
pub(super) struct Named {
    worker: Option<std::rc::Rc<Local>>,
    /// The name of the job that waits for this one.
    outer: Option<Arc<str>>,
}

impl Named {
    pub(super) fn enter(name: Arc<str>) -> Self {
        let worker = Local::current();
        let outer = worker
            .as_ref()
            .and_then(|worker| worker.seat().job.lock().replace(name));
        Self { worker, outer }
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        if let Some(worker) = &self.worker {
            *worker.seat().job.lock() = self.outer.take();
        }
    }
}
