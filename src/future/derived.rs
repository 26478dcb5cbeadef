//! Tasks made of tasks: what comes of one is made of what came of others.
//!
//! One primitive: [`derive`], a spawned future whose home is whatever thread completes what it
//! waits for. So it has no executor and needs none; all that is said of a
//! [`SpawnedTask`] holds for it. It is polled at once, and by whoever wakes it, [by the
//! way](run_by_the_way).
//!
//! * *Claim on join* goes through: whoever waits for it helps what it depends on.
//! * *Cancelling* it drops its future, and with that every [`Leash`] in it, which cancels what hangs
//!   on it.

use super::current::run_by_the_way;
use super::task_future::Task;
use super::{Home, Job, Outcome, Resident, SpawnedTask, TaskError, TaskFuture};
use crate::panic::discard;
use crate::sys::{self, Arc, Mutex, clock, clock::Instant};
use crate::wait::{Alarm, wake_at};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// What a derived task depends on.
pub(super) trait Sources: Clone + Send + Sync + 'static {
    /// Does in this thread what nobody has begun with, until `is_done`. Does not unwind.
    fn assist(&self, is_done: &dyn Fn() -> bool);
}

/// One source.
impl<T: 'static> Sources for Arc<dyn Task<T>> {
    fn assist(&self, is_done: &dyn Fn() -> bool) {
        if !is_done() {
            self.clone().help();
        }
    }
}

/// Several, the oldest first.
impl<T: 'static> Sources for Arc<[Arc<dyn Task<T>>]> {
    fn assist(&self, is_done: &dyn Fn() -> bool) {
        self.iter().for_each(|source| source.assist(is_done));
    }
}

/// One, and then another one.
struct Then<T, U> {
    first: Arc<dyn Task<T>>,
    second: Mutex<Option<Arc<dyn Task<U>>>>,
}

impl<T: 'static, U: 'static> Sources for Arc<Then<T, U>> {
    fn assist(&self, is_done: &dyn Fn() -> bool) {
        self.first.assist(is_done);
        let second = self.second.lock().clone();
        if let Some(second) = second {
            second.assist(is_done);
        }
    }
}

/// The home of a derived task: the thread that wakes it. It knows the sources until the task is
/// done: a chain is let go link by link.
struct Here<S>(Mutex<Option<S>>);

impl<S: Sources> Home for Here<S> {
    fn schedule(&self, job: Job) {
        run_by_the_way(job);
    }

    fn finished(&self, _: usize) {
        let sources = self.0.lock().take();
        discard(sources);
    }

    fn assist(&self, is_done: &dyn Fn() -> bool) {
        let sources = self.0.lock().clone();
        if let Some(sources) = sources {
            sources.assist(is_done);
        }
    }
}

/// A task that gives what `future` gives, which is driven by whoever completes one of the `sources`.
pub(super) fn derive<F, T>(sources: impl Sources, future: F) -> TaskFuture<T>
where
    F: Future<Output = Outcome<T>> + Send + 'static,
    T: Send + 'static,
{
    let task = SpawnedTask::of_outcome(future, Here(Mutex::new(Some(sources))));
    task.set_key(0);
    task.clone().schedule();
    TaskFuture::new(task)
}

/// A future that is cancelled when it is dropped.
pub(super) struct Leash<T>(pub(super) TaskFuture<T>);

impl<T> Future for Leash<T> {
    type Output = Outcome<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome<T>> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<T> Drop for Leash<T> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// What comes of it, made into something else.
///
/// Each of these gives a task of its own. The function runs in the thread that completes the task
/// before it, as a [callback](Self::on_done) does; where that is done already, at once in this
/// one. It should not block; work that takes long is better [submitted](Self::and_then). Its panic is
/// the outcome of the new task.
///
/// *Cancelling* the new task cancels the old one, too. *Claim on join:* whoever waits for the new
/// one by blocking runs the old one, if nobody has begun. *Dropping* it detaches both.
///
/// *Cost:* one allocation each. A chain of any length is worked off without a deep stack; to
/// cancel one, or to run it by claim on join, takes some stack for each link.
impl<T: Send + 'static> TaskFuture<T> {
    /// A task that makes something of the value of this one; an error is passed on.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let length = pool.submit(|| "three").map(str::len);
    /// assert_eq!(length.result().unwrap(), 5);
    /// ```
    #[doc(alias = "thenApply")]
    pub fn map<U, F>(self, f: F) -> TaskFuture<U>
    where
        F: FnOnce(T) -> U + Send + 'static,
        U: Send + 'static,
    {
        self.after(|outcome| outcome.map(f))
    }

    /// A task that goes on with another task, made of the value of this one; an error is passed on.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let handle = pool.handle();
    /// let sum = pool.submit(|| 40).and_then(move |n| handle.submit(move || n + 2));
    /// assert_eq!(sum.result().unwrap(), 42);
    /// ```
    #[doc(alias = "thenCompose")]
    #[doc(alias = "flat_map")]
    pub fn and_then<U, F>(self, f: F) -> TaskFuture<U>
    where
        F: FnOnce(T) -> TaskFuture<U> + Send + 'static,
        U: Send + 'static,
    {
        let sources = Arc::new(Then {
            first: self.task().clone(),
            second: Mutex::new(None),
        });
        let known = sources.clone();
        let source = Leash(self);
        derive(sources, async move {
            let second = Leash(f(source.await?));
            *known.second.lock() = Some(second.0.task().clone());
            second.await
        })
    }

    /// A task that makes a value, or another error, of the error of this one; a value is passed on.
    ///
    /// ```
    /// use rungs::future::TaskError;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let failed = pool.submit(|| -> u32 { panic!("no paper") });
    /// let saved = failed.catch(|error| match error {
    ///     TaskError::Panicked(_) => Ok(0),
    ///     other => Err(other),
    /// });
    /// assert_eq!(saved.result().unwrap(), 0);
    /// ```
    #[doc(alias = "exceptionally")]
    #[doc(alias = "or_else")]
    pub fn catch<F>(self, f: F) -> Self
    where
        F: FnOnce(TaskError) -> Outcome<T> + Send + 'static,
    {
        self.after(|outcome| outcome.or_else(f))
    }

    /// The task, cancelled when `timeout` is over: then its outcome is [`TaskError::TimedOut`]. A
    /// closure that runs then, runs on, asked to end through its [token](Self::token).
    /// `Duration::MAX` never is over.
    ///
    /// What is called when the time is over, a callback or the function of a
    /// [`map`](Self::map), runs on the thread that calls all alarms of the process: it must be short.
    ///
    /// *Errors:* where the system starts no thread for the alarm, the outcome is a panic that says
    /// so.
    ///
    /// ```
    /// use rungs::future::TaskError;
    /// use std::time::Duration;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let never = pool.spawn(std::future::pending::<()>());
    /// let never = never.with_timeout(Duration::from_millis(1));
    /// assert!(matches!(never.result(), Err(TaskError::TimedOut)));
    /// ```
    #[doc(alias = "orTimeout")]
    #[doc(alias = "wait_for")]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        match sys::deadline_after(timeout) {
            Some(deadline) => self.with_deadline(deadline),
            None => self,
        }
    }

    /// The task, cancelled at `deadline`; else as [`with_timeout`](Self::with_timeout).
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let two = pool.submit(|| 2).with_deadline(Instant::now() + Duration::from_secs(3600));
    /// assert_eq!(two.result().unwrap(), 2);
    /// ```
    pub fn with_deadline(self, deadline: Instant) -> Self {
        let sources = self.task().clone();
        let (mut source, mut alarm) = (Leash(self), None);
        let in_time = poll_fn(move |cx| {
            let polled = Pin::new(&mut source).poll(cx);
            if polled.is_ready() || !is_over(deadline, &mut alarm, cx) {
                return polled;
            }
            source.0.cancel();
            // What was done at the last moment counts.
            match Pin::new(&mut source).poll(cx) {
                Poll::Pending | Poll::Ready(Err(TaskError::Cancelled)) => {
                    Poll::Ready(Err(TaskError::TimedOut))
                }
                done => done,
            }
        });
        derive(sources, in_time)
    }

    /// A task that makes its outcome of the outcome of this one.
    pub(crate) fn after<U, F>(self, f: F) -> TaskFuture<U>
    where
        F: FnOnce(Outcome<T>) -> Outcome<U> + Send + 'static,
        U: Send + 'static,
    {
        let sources = self.task().clone();
        let source = Leash(self);
        derive(sources, async move { f(source.await) })
    }
}

/// Whether it is past the deadline; if not, wakes the task then. All polls have the same waker.
fn is_over(deadline: Instant, alarm: &mut Option<Alarm>, cx: &Context<'_>) -> bool {
    if clock::horizon() >= deadline {
        return true;
    }
    if alarm.is_none() {
        let set = wake_at(deadline, cx.waker().clone());
        *alarm = Some(set.unwrap_or_else(|error| panic!("no thread for alarms: {error}")));
    }
    false
}
