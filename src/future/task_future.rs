//! The handle of a task: blocks for its result, awaits it, cancels it.

use super::Outcome;
use super::current::Told;
use super::slot::Store;
use crate::sync::{CancelToken, TimedOut};
use crate::sys::{self, Arc, clock::Instant, thread};
use crate::wait::{Signal, block_on, block_until};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// How far a task has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// In a queue, or suspended.
    Waiting,
    /// A thread is at it, or it is done.
    Running,
    /// Cancelled.
    Cancelled,
}

/// What stands behind a [`TaskFuture`].
pub(crate) trait Task<T>: Told + Send + Sync {
    /// Completed when the outcome is there.
    fn signal(&self) -> &Signal;

    /// Runs it in this thread as far as it goes, if it stands in a queue. Does not unwind.
    fn help(self: Arc<Self>);

    /// Cancels it if that can be done at once; whether it is cancelled now. Does not unwind.
    fn cancel(&self) -> bool;

    /// How far it has come.
    fn stage(&self) -> Stage;

    /// What it is called, where it knows that.
    fn name(&self) -> Option<&str> {
        None
    }

    /// Where the outcome lies.
    fn store(&self) -> &dyn Store<T>;
}

/// The result of a task, there or still to come.
///
/// What [`submit`](crate::executor::Handle::submit) and
/// [`spawn`](crate::executor::Handle::spawn) give. A thread waits for it by
/// [`result`](Self::result), a task by `.await`.
///
/// *Claim on join:* [`result`](Self::result) and [`wait`](Self::wait) on a task that no worker
/// has begun run it at once, in the waiting thread, instead of sleeping. So a job may wait for
/// jobs that it submitted, even where the pool has a single worker; and it never runs a job
/// other than the one that it waits for, so that no lock it holds can be in the way. The timed
/// forms and `.await` do not run anything. A *spawned* task is polled there as far as it goes;
/// where it suspends, it goes on in the pool, which then needs another worker: inside a job,
/// better await it.
///
/// *Dropping* it detaches the task, which runs all the same; its result is then dropped.
///
/// *Cancel safety:* a wait that times out loses nothing: the future is there, or comes back.
///
/// ```
/// use rungs::executor::ThreadPoolExecutor;
///
/// let pool = ThreadPoolExecutor::new(2);
/// let six = pool.submit(|| 1 + 2 + 3);
/// assert_eq!(six.result().unwrap(), 6);
///
/// let sum = pool.submit(|| 40);
/// let sum = pool.spawn(async { sum.await.unwrap() + 2 });
/// assert_eq!(sum.result().unwrap(), 42);
/// ```
#[doc(alias = "Future")]
#[doc(alias = "JoinHandle")]
#[doc(alias = "FutureTask")]
#[must_use = "dropping it detaches the task; `execute` says so"]
pub struct TaskFuture<T> {
    task: Arc<dyn Task<T>>,
    /// Whether the outcome was taken, by a poll.
    taken: bool,
}

impl<T> TaskFuture<T> {
    /// The one future of `task`.
    pub(crate) fn new(task: Arc<dyn Task<T>>) -> Self {
        Self { task, taken: false }
    }

    /// The task behind it.
    pub(crate) fn task(&self) -> &Arc<dyn Task<T>> {
        &self.task
    }

    /// Waits for the result; the thread sleeps, or runs the task itself if nobody has begun.
    ///
    /// *Errors:* [`TaskError`](super::TaskError): it panicked, was cancelled, or was rejected.
    ///
    /// *Panics* where the result was taken before, by a poll.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// // One worker, and a job that waits for another one:
    /// let handle = pool.handle();
    /// let outer = pool.submit(move || handle.submit(|| 20).result().unwrap() + 1);
    /// assert_eq!(outer.result().unwrap(), 21);
    /// ```
    #[doc(alias = "join")]
    #[doc(alias = "get")]
    pub fn result(mut self) -> Outcome<T> {
        self.hasten();
        match self.is_done() {
            true => self.take(),
            false => block_on(self.outcome()),
        }
    }

    /// Does not wait: the result, or the future back where it is not there yet.
    ///
    /// *Panics* as [`result`](Self::result).
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let mut two = pool.submit(|| 2);
    /// let two = loop {
    ///     match two.try_result() {
    ///         Ok(result) => break result,
    ///         Err(not_yet) => two = not_yet,
    ///     }
    /// };
    /// assert_eq!(two.unwrap(), 2);
    /// ```
    pub fn try_result(mut self) -> Result<Outcome<T>, Self> {
        if self.is_done() {
            Ok(self.take())
        } else {
            Err(self)
        }
    }

    /// Waits for the result, or gives the future back after `timeout`; `Duration::MAX` never
    /// does. The thread sleeps, and runs nothing.
    ///
    /// *Panics* as [`result`](Self::result).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let never = pool.spawn(std::future::pending::<()>());
    /// let never = never.result_timeout(Duration::from_millis(1)).unwrap_err();
    /// assert!(never.cancel());
    /// assert!(never.result_timeout(Duration::MAX).unwrap().is_err());
    /// ```
    pub fn result_timeout(self, timeout: Duration) -> Result<Outcome<T>, Self> {
        self.result_to(sys::deadline_after(timeout))
    }

    /// Waits for the result, or gives the future back at `deadline`. The thread sleeps, and runs
    /// nothing.
    ///
    /// *Panics* as [`result`](Self::result).
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let two = pool.submit(|| 2);
    /// let two = two.result_deadline(Instant::now() + Duration::from_secs(3600)).unwrap();
    /// assert_eq!(two.unwrap(), 2);
    /// ```
    pub fn result_deadline(self, deadline: Instant) -> Result<Outcome<T>, Self> {
        self.result_to(Some(deadline))
    }

    /// Waits until the task is done, and leaves the result where it is; the thread sleeps, or
    /// runs the task itself if nobody has begun.
    ///
    /// `&mut`, as all waits: a task has one waiter.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let mut two = pool.submit(|| 2);
    /// two.wait();
    /// assert!(two.is_done());
    /// assert_eq!(two.try_result().unwrap().unwrap(), 2);
    /// ```
    pub fn wait(&mut self) {
        self.help();
        block_on(self.done());
    }

    /// Waits until the task is done, or gives up after `timeout`; `Duration::MAX` never does.
    /// The thread sleeps, and runs nothing.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let mut never = pool.spawn(std::future::pending::<()>());
    /// assert!(never.wait_timeout(Duration::from_millis(1)).is_err());
    /// # never.cancel();
    /// ```
    pub fn wait_timeout(&mut self, timeout: Duration) -> Result<(), TimedOut> {
        self.wait_to(sys::deadline_after(timeout))
    }

    /// Waits until the task is done, or gives up at `deadline`. The thread sleeps, and runs
    /// nothing.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let mut never = pool.spawn(std::future::pending::<()>());
    /// assert!(never.wait_deadline(Instant::now()).is_err());
    /// # never.cancel();
    /// ```
    pub fn wait_deadline(&mut self, deadline: Instant) -> Result<(), TimedOut> {
        self.wait_to(Some(deadline))
    }

    /// Calls `callback` with the outcome when the task is done: in the thread that completes it,
    /// before anybody who waits has it; or at once, in this one, where it is done already.
    ///
    /// Several are called in the order in which they came. Detaching the task, by dropping this,
    /// leaves them in place: each is called once, whatever becomes of the task.
    ///
    /// *Blocking:* never. A callback should not, either: the thread that completes a task has other
    /// things to do. One that waits for its own task waits for ever.
    ///
    /// *Panics* where the result was taken before, by a poll. A panic of `callback` is reported by
    /// the panic hook, and the next one is called all the same.
    ///
    /// *Cost:* an allocation or two. A task without callbacks pays nothing.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let (sender, receiver) = mpsc::channel();
    /// let mut two = pool.submit(|| 2);
    /// two.on_done(move |outcome| sender.send(*outcome.as_ref().unwrap()).unwrap());
    /// assert_eq!(two.result().unwrap(), 2);
    /// assert_eq!(receiver.recv(), Ok(2));
    /// ```
    #[doc(alias = "add_done_callback")]
    #[doc(alias = "whenComplete")]
    #[track_caller]
    pub fn on_done(&mut self, callback: impl FnOnce(&Outcome<T>) + Send + 'static) {
        self.assert_not_taken();
        // SAFETY: we are the one `TaskFuture`, and the outcome was not taken.
        unsafe { self.task.store().on_done(Box::new(callback)) };
    }

    /// Cancels the task; whether it is cancelled now.
    ///
    /// A task that nobody has begun, and a spawned one that is suspended, is always cancelled:
    /// its closure or future is dropped here, and its result is [`TaskError::Cancelled`](super::TaskError::Cancelled). A
    /// closure that runs, runs on: `false`; it is asked to end, through its [token](Self::token).
    /// A spawned task that is being polled is asked, too, and cancelled when it suspends next,
    /// unless it ends first: `false`, since that is not known yet.
    ///
    /// *Blocking:* never. A panic in the drop of the closure or future does not come out.
    ///
    /// ```
    /// use rungs::{executor::ThreadPoolExecutor, future::TaskError, sync::Event};
    /// use std::sync::Arc;
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let (begun, go) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    /// let (begin, wait) = (begun.clone(), go.clone());
    /// let running = pool.submit(move || {
    ///     begin.set();
    ///     wait.wait();
    /// });
    /// begun.wait();
    /// let queued = pool.submit(|| unreachable!());
    /// assert!(queued.cancel());
    /// assert!(!running.cancel());
    /// go.set();
    /// assert!(matches!(queued.result(), Err(TaskError::Cancelled)));
    /// assert!(running.result().is_ok());
    /// ```
    pub fn cancel(&self) -> bool {
        self.task.cancel()
    }

    /// The token of the task, cancelled when somebody [cancels](Self::cancel) the task before it is
    /// done: what the task itself finds by [`current_token`](super::current_token).
    ///
    /// *Cost:* as there.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let never = pool.spawn(std::future::pending::<()>());
    /// let token = never.token();
    /// assert!(!token.is_cancelled());
    /// never.cancel();
    /// assert!(token.is_cancelled());
    /// ```
    pub fn token(&self) -> CancelToken {
        self.task.own_token()
    }

    /// Whether the outcome is there: the task has ended, well or badly, or was cancelled.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let mut two = pool.submit(|| 2);
    /// two.wait();
    /// assert!(two.is_done());
    /// ```
    #[doc(alias = "is_finished")]
    pub fn is_done(&self) -> bool {
        self.task.signal().is_done()
    }

    /// Whether a thread is at the task at this moment. A spawned task that is suspended does not
    /// run.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let mut two = pool.submit(|| 2);
    /// two.wait();
    /// assert!(!two.is_running());
    /// ```
    pub fn is_running(&self) -> bool {
        // In this order: a task that runs and then is done shows both, later only the latter.
        self.task.stage() == Stage::Running && !self.is_done()
    }

    /// Whether the task was cancelled.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let never = pool.spawn(std::future::pending::<()>());
    /// while !never.cancel() {}
    /// assert!(never.is_cancelled());
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.task.stage() == Stage::Cancelled
    }

    #[track_caller]
    pub(super) fn assert_not_taken(&self) {
        assert!(!self.taken, "the result of the task was taken before");
    }

    /// Runs the task in this thread as far as it goes, if nobody has begun it; whether that seemed
    /// so. Does not unwind.
    pub(crate) fn help(&self) -> bool {
        let waits = self.task.stage() == Stage::Waiting;
        if waits {
            self.task.clone().help();
        }
        waits
    }

    /// Does for the task what a thread can that would wait for it: runs it, or looks on for a
    /// moment, if somebody is at it.
    fn hasten(&self) {
        if !self.is_done() {
            self.help();
            thread::spin(|| self.is_done().then_some(()));
        }
    }

    /// Waits for the task to be done.
    fn done(&mut self) -> impl Future<Output = ()> {
        poll_fn(move |cx| self.poll_done(cx))
    }

    /// The same, one poll of it.
    pub(super) fn poll_done(&mut self, cx: &Context<'_>) -> Poll<()> {
        // SAFETY: `self` is borrowed exclusively, and it is the one waiter: there is one
        // `TaskFuture` to a task.
        unsafe { self.task.signal().poll(cx) }
    }

    /// Whether the task, which is done, failed, as far as the outcome was not taken.
    pub(super) fn has_failed(&mut self) -> bool {
        // SAFETY: done, the outcome was not taken, and we are the one `TaskFuture`.
        self.is_done() && !self.taken && unsafe { self.task.store().has_failed() }
    }

    /// Waits for the task to be done, and takes its outcome.
    fn outcome(&mut self) -> impl Future<Output = Outcome<T>> {
        poll_fn(move |cx| Pin::new(&mut *self).poll(cx))
    }

    fn wait_to(&mut self, deadline: Option<Instant>) -> Result<(), TimedOut> {
        block_until(self.done(), deadline).ok_or(TimedOut)
    }

    fn result_to(mut self, deadline: Option<Instant>) -> Result<Outcome<T>, Self> {
        match self.wait_to(deadline) {
            Ok(()) => Ok(self.take()),
            Err(TimedOut) => Err(self),
        }
    }

    /// Takes the outcome of a task that is done.
    pub(super) fn take(&mut self) -> Outcome<T> {
        self.assert_not_taken();
        self.taken = true;
        // SAFETY: done, we are the one `TaskFuture`, and `taken` says that this is the first time.
        unsafe { self.task.store().take() }
    }
}

/// Awaiting gives the result.
///
/// *Cancel safety:* dropped, the task is detached and runs on.
///
/// *Panics* where it is polled after it was ready.
impl<T> Future for TaskFuture<T> {
    type Output = Outcome<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(self.poll_done(cx));
        Poll::Ready(self.take())
    }
}

impl<T> fmt::Debug for TaskFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("TaskFuture");
        if let Some(name) = self.task.name() {
            shown.field("name", &name);
        }
        shown
            .field("stage", &self.task.stage())
            .field("done", &self.is_done())
            .finish()
    }
}
