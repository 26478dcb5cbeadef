//! An executor for the futures of one thread, which need not be `Send`: an event loop.
//!
//! | file | idea |
//! |---|---|
//! | `core` | the loop |
//! | `table` | its tasks and calls |
//! | `task` | a task |
//! | `handle` | the result of a task, for who waits for it |
//! | `remote` | the way in for other threads |

mod core;
mod handle;
mod remote;
mod table;
mod task;

use self::core::{Begin, Local, Until};
use crate::sys::{self, Arc, clock::Instant};
use crate::wait::{self, Block};
use std::fmt;
use std::future::pending;
use std::ops::Deref;
use std::rc::{Rc, Weak};
use std::time::Duration;

pub use handle::LocalTask;
pub use remote::LocalRemote;

/// An event loop: runs futures in one thread, which need not be `Send`, and closures, at once or at
/// a time.
///
/// Its tasks make progress while the thread is in one of its drives, and only then:
///
/// | drive | until |
/// |---|---|
/// | [`block_on`](Self::block_on) | a future is ready |
/// | [`run_until_complete`](Self::run_until_complete) | a future is ready, or somebody [stops](LocalHandle::stop) the run |
/// | [`run`](Self::run) | somebody stops it, or no task is left |
/// | [`run_until_stalled`](Self::run_until_stalled) | nothing is to be done at the moment |
/// | [`try_tick`](Self::try_tick) | one thing was done |
///
/// It has all methods of its [`LocalHandle`]: [`spawn`](LocalHandle::spawn),
/// [`call_later`](LocalHandle::call_later) and the others. Whatever wakes its tasks may be in any
/// thread, and other threads send it work through a [`LocalRemote`]. For futures that are `Send` a
/// [`ThreadPoolExecutor`](super::ThreadPoolExecutor::spawn) is the better place.
///
/// *Fairness:* first in, first out: a task that always wakes itself holds up nobody.
///
/// *Panics* of a task go to its [`LocalTask`].
///
/// *Dropping* it drops all futures that are not done, in this thread; their tasks are cancelled.
///
/// *Cost:* an allocation for each task; a lock for each wake from outside its drives. It starts no
/// thread.
///
/// ```
/// use rungs::executor::LocalExecutor;
/// use std::{cell::Cell, rc::Rc};
///
/// let local = LocalExecutor::new();
/// let sum = Rc::new(Cell::new(0)); // not `Send`
/// let tasks = [1, 2, 3].map(|n| {
///     let sum = sum.clone();
///     local.spawn(async move { sum.set(sum.get() + n) })
/// });
/// local.block_on(async {
///     for task in tasks {
///         task.await.unwrap();
///     }
/// });
/// assert_eq!(sum.get(), 6);
/// ```
#[doc(alias = "LocalSet")]
#[doc(alias = "LocalPool")]
#[doc(alias = "asyncio")]
#[doc(alias = "EventLoop")]
pub struct LocalExecutor {
    local: Rc<Local>,
    handle: LocalHandle,
}

/// What is spawned, called and stopped through, without keeping the [`LocalExecutor`]: for the tasks
/// themselves.
///
/// ```
/// use rungs::executor::LocalExecutor;
///
/// let local = LocalExecutor::new();
/// let handle = local.handle();
/// let outer = local.spawn(async move { handle.spawn(async { 7 }).await });
/// assert_eq!(local.block_on(outer).unwrap().unwrap(), 7);
/// ```
#[derive(Clone)]
pub struct LocalHandle(Weak<Local>);

/// A run was [stopped](LocalHandle::stop) before its future was ready.
///
/// ```
/// use rungs::executor::{LocalExecutor, Stopped};
///
/// let local = LocalExecutor::new();
/// local.stop();
/// assert_eq!(local.run_until_complete(std::future::pending::<()>()), Err(Stopped));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the event loop was stopped")
    }
}

impl std::error::Error for Stopped {}

impl LocalExecutor {
    /// An executor of this thread.
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    ///
    /// assert_eq!(LocalExecutor::new().block_on(async { 7 }), 7);
    /// ```
    #[doc(alias = "new_event_loop")]
    pub fn new() -> Self {
        Self::sleeping(wait::block)
    }

    /// One whose drives sleep so.
    pub(crate) fn sleeping(block: Block) -> Self {
        let local = Local::new(block);
        let handle = LocalHandle(Rc::downgrade(&local));
        Self { local, handle }
    }

    /// A handle to spawn with, which does not keep the executor.
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    /// use rungs::future::{TaskError, block_on};
    ///
    /// let handle = LocalExecutor::new().handle();
    /// let late = handle.spawn(async { 7 });
    /// assert!(matches!(block_on(late), Err(TaskError::Rejected)));
    /// ```
    pub fn handle(&self) -> LocalHandle {
        self.handle.clone()
    }

    /// Drives `future` to its end in this thread, and the tasks meanwhile; the thread sleeps where
    /// nothing is to be done. What is not done then waits for the next drive. A
    /// [stop](LocalHandle::stop) does not end it.
    ///
    /// It may be called anywhere: in a task of the same executor (which makes no progress itself
    /// meanwhile, while all others do), in a job of a pool, in another `block_on`.
    ///
    /// *Panics* of `future` come out.
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    /// use rungs::sync::Event;
    /// use std::rc::Rc;
    ///
    /// let local = LocalExecutor::new();
    /// let event = Rc::new(Event::new(false));
    /// let set = event.clone();
    /// let setter = local.spawn(async move { set.set() });
    /// local.block_on(event.wait_async());
    /// assert!(setter.is_done());
    /// ```
    #[doc(alias = "run_until")]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self.local.drive(future, Until::Done) {
            Some(output) => output,
            None => unreachable!("nothing else ends it"),
        }
    }

    /// Drives `future`, as [`block_on`](Self::block_on) does, but no longer than until somebody
    /// [stops](LocalHandle::stop) the run; then `future` is dropped.
    ///
    /// *Errors:* [`Stopped`].
    ///
    /// *Panics* of `future` come out.
    ///
    /// ```
    /// use rungs::executor::{LocalExecutor, Stopped};
    /// use std::future::pending;
    ///
    /// let local = LocalExecutor::new();
    /// assert_eq!(local.run_until_complete(async { 7 }), Ok(7));
    ///
    /// let inside = local.handle();
    /// local.call_soon(move || inside.stop());
    /// assert_eq!(local.run_until_complete(pending::<()>()), Err(Stopped));
    /// ```
    pub fn run_until_complete<F: Future>(&self, future: F) -> Result<F::Output, Stopped> {
        self.local.drive(future, Until::Stopped).ok_or(Stopped)
    }

    /// Runs the tasks until somebody [stops](LocalHandle::stop) the run, or none is left; the thread
    /// sleeps where nothing is to be done.
    ///
    /// It does not wait for what other threads may still send: for that,
    /// [`run_until_complete`](Self::run_until_complete) of `std::future::pending`. Inside one of its
    /// own tasks only a stop ends it.
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    /// use std::{cell::Cell, rc::Rc, time::Duration};
    ///
    /// let local = LocalExecutor::new();
    /// let calls = Rc::new(Cell::new(0));
    /// for n in [1, 2] {
    ///     let calls = calls.clone();
    ///     local.call_later(Duration::from_millis(n), move || calls.set(calls.get() + n));
    /// }
    /// local.run();
    /// assert_eq!(calls.get(), 3);
    /// ```
    #[doc(alias = "run_forever")]
    pub fn run(&self) {
        let _stopped = self.local.drive(pending::<()>(), Until::Idle);
    }

    /// Does what is to be done at the moment: polls tasks, and calls what is due, until there is
    /// nothing more. Endless, where a task always wakes itself.
    ///
    /// *Blocking:* never sleeps.
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    ///
    /// let local = LocalExecutor::new();
    /// let (seven, never) = (local.spawn(async { 7 }), local.spawn(std::future::pending::<()>()));
    /// local.run_until_stalled();
    /// assert!(seven.is_done() && !never.is_done());
    /// ```
    pub fn run_until_stalled(&self) {
        while self.try_tick() {}
    }

    /// Does one thing, if one is to be done: polls a task, calls a closure. Whether there was one.
    ///
    /// *Blocking:* never sleeps.
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    ///
    /// let local = LocalExecutor::new();
    /// let tasks = [local.spawn(async {}), local.spawn(async {})];
    /// assert!(local.try_tick());
    /// assert!(tasks[0].is_done() && !tasks[1].is_done());
    /// assert!(local.try_tick() && !local.try_tick());
    /// ```
    #[doc(alias = "run_once")]
    pub fn try_tick(&self) -> bool {
        self.local.tick()
    }
}

impl Default for LocalExecutor {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for LocalExecutor {
    type Target = LocalHandle;

    fn deref(&self) -> &LocalHandle {
        &self.handle
    }
}

impl Drop for LocalExecutor {
    fn drop(&mut self) {
        self.local.close();
    }
}

impl LocalHandle {
    /// The executor that this thread drives, the innermost; `None` outside any.
    ///
    /// ```
    /// use rungs::executor::{LocalExecutor, LocalHandle};
    ///
    /// let local = LocalExecutor::new();
    /// let seven = local.block_on(async {
    ///     let handle = LocalHandle::current().unwrap();
    ///     handle.spawn(async { 7 }).await
    /// });
    /// assert_eq!(seven.unwrap(), 7);
    /// assert!(LocalHandle::current().is_none());
    /// ```
    #[doc(alias = "get_running_loop")]
    pub fn current() -> Option<Self> {
        self::core::current().map(Self)
    }

    /// Takes a future on. It is not polled before the executor is driven. Where the executor is gone,
    /// the task is rejected.
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    ///
    /// let local = LocalExecutor::new();
    /// let seven = local.spawn(async { 7 });
    /// assert!(!seven.is_done());
    /// assert_eq!(local.block_on(seven).unwrap(), 7);
    /// ```
    #[doc(alias = "spawn_local")]
    #[doc(alias = "create_task")]
    pub fn spawn<F: Future + 'static>(&self, future: F) -> LocalTask<F::Output> {
        self.begin(future, None, Begin::Soon)
    }

    /// The same with a name, which the `Debug` of the task and of the executor show, and the task
    /// finds by [`current_name`](crate::future::current_name).
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    /// use rungs::future::current_name;
    ///
    /// let local = LocalExecutor::new();
    /// let upload = local.spawn_named("upload", async { current_name() });
    /// assert!(format!("{local:?} {upload:?}").matches("upload").count() == 2);
    /// assert_eq!(local.block_on(upload).unwrap().as_deref(), Some("upload"));
    /// ```
    #[doc(alias = "create_task")]
    #[doc(alias = "set_name")]
    pub fn spawn_named<F: Future + 'static>(
        &self,
        name: impl Into<Arc<str>>,
        future: F,
    ) -> LocalTask<F::Output> {
        self.begin(future, Some(name.into()), Begin::Soon)
    }

    /// Calls a closure when its turn comes, after what is to be done already; never at once.
    ///
    /// Dropping the task that this gives changes nothing; [cancelling](LocalTask::cancel) it takes
    /// the closure back. A panic goes to the task.
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    ///
    /// let local = LocalExecutor::new();
    /// let seven = local.call_soon(|| 7);
    /// let never = local.call_soon(|| unreachable!());
    /// assert!(!seven.is_done() && never.cancel());
    /// local.run();
    /// assert_eq!(seven.try_result().unwrap().unwrap(), 7);
    /// ```
    #[doc(alias = "setImmediate")]
    pub fn call_soon<R: 'static>(&self, f: impl FnOnce() -> R + 'static) -> LocalTask<R> {
        self.begin(async move { f() }, None, Begin::Soon)
    }

    /// Calls a closure after `delay`; `Duration::MAX` is never. Else as [`call_at`](Self::call_at).
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    /// use std::time::{Duration, Instant};
    ///
    /// let local = LocalExecutor::new();
    /// let (began, delay) = (Instant::now(), Duration::from_millis(2));
    /// let called = local.block_on(local.call_later(delay, Instant::now)).unwrap();
    /// assert!(called >= began + delay);
    /// ```
    #[doc(alias = "setTimeout")]
    #[doc(alias = "AfterFunc")]
    pub fn call_later<R: 'static>(
        &self,
        delay: Duration,
        f: impl FnOnce() -> R + 'static,
    ) -> LocalTask<R> {
        let at = Begin::At(sys::deadline_after(delay));
        self.begin(async move { f() }, None, at)
    }

    /// Calls a closure at `instant`, or when its turn comes after that. Those that are due are called
    /// in the order of their times; where these are equal, in the order in which they came.
    ///
    /// Dropping the task that this gives changes nothing; [cancelling](LocalTask::cancel) it takes
    /// the closure back, and leaves nothing behind.
    ///
    /// *Cost:* as a task, and the logarithm of the number of calls to come. The loop itself sleeps
    /// until then: no timer is asked.
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    /// use std::{cell::RefCell, rc::Rc, time::{Duration, Instant}};
    ///
    /// let (local, log) = (LocalExecutor::new(), Rc::new(RefCell::new(Vec::new())));
    /// let now = Instant::now();
    /// for n in [2, 0, 1] {
    ///     let log = log.clone();
    ///     local.call_at(now + n * Duration::from_millis(1), move || log.borrow_mut().push(n));
    /// }
    /// local.run();
    /// assert_eq!(*log.borrow(), [0, 1, 2]);
    /// ```
    pub fn call_at<R: 'static>(
        &self,
        instant: Instant,
        f: impl FnOnce() -> R + 'static,
    ) -> LocalTask<R> {
        self.begin(async move { f() }, None, Begin::At(Some(instant)))
    }

    /// Ends the [`run`](LocalExecutor::run) or
    /// [`run_until_complete`](LocalExecutor::run_until_complete) that is under way, the innermost,
    /// when what runs at the moment suspends; or, where none is, the next one before it does
    /// anything. The tasks stay, for the next drive. Where the future of a run is ready before the
    /// stop is looked at, that counts, and the next run is not stopped.
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    ///
    /// let local = LocalExecutor::new();
    /// let inside = local.handle();
    /// let both = [local.call_soon(move || inside.stop()), local.call_soon(|| ())];
    /// local.run();
    /// assert!(both[0].is_done() && !both[1].is_done());
    /// local.run();
    /// assert!(both[1].is_done());
    /// ```
    pub fn stop(&self) {
        if let Some(local) = self.0.upgrade() {
            local.stop();
        }
    }

    /// The way in for other threads.
    ///
    /// ```
    /// use rungs::executor::{ExecutorExt, LocalExecutor};
    /// use std::thread;
    ///
    /// let local = LocalExecutor::new();
    /// let remote = local.remote();
    /// let seven = thread::spawn(move || remote.submit(|| 7).result());
    /// local.block_on(async { while !seven.is_finished() { rungs::future::yield_now().await } });
    /// assert_eq!(seven.join().unwrap().unwrap(), 7);
    /// ```
    pub fn remote(&self) -> LocalRemote {
        LocalRemote::new(self.0.upgrade().as_deref())
    }

    fn begin<F: Future + 'static>(
        &self,
        future: F,
        name: Option<Arc<str>>,
        begin: Begin,
    ) -> LocalTask<F::Output> {
        match self.0.upgrade() {
            Some(local) => local.spawn(future, name, begin),
            None => self::core::rejected(future, name),
        }
    }
}

impl fmt::Debug for LocalExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalExecutor")
            .field("tasks", &self.local.len())
            .field("named", &self.local.names())
            .finish()
    }
}

impl fmt::Debug for LocalHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalHandle").finish_non_exhaustive()
    }
}
