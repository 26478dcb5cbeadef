//! What can be said about a job or a spawned future beside what it does.

use super::worker::Local;
use super::{Handle, Priority};
use crate::future::{Home, Job, Shown, Task};
use crate::sync::CancelToken;
use crate::sys::Arc;
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What is to be known about a job, or a spawned future: see
/// [`Handle::submit_with`](super::Handle::submit_with),
/// [`Handle::spawn_with`](super::Handle::spawn_with).
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
    /// those of normal priority as in a pool without priorities. A spawned future is polled each
    /// time as a job of its priority; one of high priority that always wakes itself leaves the others
    /// no turn at its worker.
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

    /// What it is called: by [`current_name`](crate::future::current_name) within, to the
    /// [observer](super::Observer::job_named), and where a pool says what has not
    /// [ended](super::Unfinished).
    ///
    /// ```
    /// use rungs::executor::{TaskOptions, ThreadPoolExecutor};
    /// use rungs::future::current_name;
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let options = TaskOptions::new().name("nightly backup");
    /// let name = pool.submit_with(options, || current_name()).result().unwrap();
    /// assert_eq!(name.as_deref(), Some("nightly backup"));
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

/// Shows the name of the job that runs in this thread, for as long as it lives.
pub(super) struct Named {
    worker: Option<std::rc::Rc<Local>>,
    /// The name of the job that waits for this one.
    outer: Option<Arc<str>>,
    _shown: Shown,
}

impl Named {
    pub(super) fn enter(name: &Arc<str>) -> Self {
        let worker = Local::current();
        let outer = worker.as_ref().and_then(|worker| {
            let outer = worker.seat().job.lock().replace(name.clone());
            let threads = &worker.shared().threads;
            threads.observe(|observer| observer.job_named(worker.index(), name));
            outer
        });
        let _shown = Shown::new(name);
        Self {
            worker,
            outer,
            _shown,
        }
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        if let Some(worker) = &self.worker {
            *worker.seat().job.lock() = self.outer.take();
        }
    }
}

/// Has the token cancel the task, which holds it until it is done.
pub(super) fn cancel_by<T: 'static>(token: &CancelToken, task: &Arc<impl Task<T> + 'static>) {
    let watching = Arc::downgrade(task);
    let cancel = move || {
        if let Some(task) = watching.upgrade() {
            task.cancel();
        }
    };
    token.on_cancel(cancel).keep();
}

/// Where a spawned future lives of which more is known.
pub(super) struct Lodging {
    handle: Handle,
    priority: Priority,
    name: Option<Arc<str>>,
}

impl Lodging {
    pub(super) fn new(handle: Handle, options: &TaskOptions) -> Self {
        Self {
            handle,
            priority: options.priority,
            name: options.name.clone(),
        }
    }
}

impl Home for Lodging {
    fn schedule(&self, job: Job) {
        self.handle.shared().reschedule(job, self.priority);
    }

    fn finished(&self, key: usize) {
        self.handle.finished(key);
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

pin_project! {
    /// A future that is polled under its name.
    pub(super) struct Optioned<F> {
        name: Option<Arc<str>>,
        // What cancels it, for as long as there is something to cancel.
        _token: Option<CancelToken>,
        #[pin]
        future: F,
    }
}

impl<F> Optioned<F> {
    pub(super) fn new(future: F, name: Option<Arc<str>>, token: Option<CancelToken>) -> Self {
        Self {
            name,
            _token: token,
            future,
        }
    }
}

impl<F: Future> Future for Optioned<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _named = this.name.as_ref().map(Named::enter);
        this.future.poll(cx)
    }
}
