//! An executor for the futures of one thread, which need not be `Send`.
//!
//! # State
//!
//! The futures lie in a map, by number; the executor alone owns them, and it does not leave its
//! thread. What goes to other threads is a [`Wakeup`]: a number, and the queue of those that are
//! to be polled.
//!
//! # Invariants
//!
//! 1. A future is polled and dropped in the thread of its executor, and nowhere else: no waker
//!    holds any of it.
//! 2. A task whose `scheduled` is set has its number in the queue, or is being polled and has
//!    [`again`](Entry::again) set. A number is used once, so one that is left over in the queue
//!    finds nothing.
//! 3. No borrow of the map is held while code of a user runs: a future may use its executor, and
//!    drive it.
//!
//! # Ordering
//!
//! A poll acquires what every waker before it released, by `scheduled`; the queue's lock alone
//! would order it after those only that put the number there.

use crate::future::TaskError;
use crate::panic::{catch, contain, discard};
use crate::sys::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use crate::wait::{Inbox, block_on};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Wake, Waker};

/// How many polls of tasks there are at most between two of the future that `block_on` drives.
const BATCH: usize = 61;

/// Runs futures in one thread, which need not be `Send`.
///
/// Its tasks make progress while the thread is in [`block_on`](Self::block_on) or
/// [`run_until_stalled`](Self::run_until_stalled), and only then. Whatever wakes them may be in
/// any thread. For futures that are `Send` a
/// [`ThreadPoolExecutor`](super::ThreadPoolExecutor::spawn) is the better place.
///
/// *Fairness:* first in, first out: a task that always wakes itself holds up nobody.
///
/// *Panics* of a task go to its [`LocalTask`].
///
/// *Dropping* it drops all futures that are not done, in this thread; their tasks are cancelled.
///
/// *Cost:* three allocations for each task, and a lock for each wake.
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
pub struct LocalExecutor(Rc<Local>);

/// Spawns tasks of a [`LocalExecutor`] without keeping it: for the tasks themselves.
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

/// A future that lies in the executor, and puts its output into its slot.
type Own = Pin<Box<dyn Future<Output = ()>>>;

/// What an executor and its handles share.
struct Local {
    tasks: RefCell<BTreeMap<usize, Entry>>,
    /// The number of the next task.
    next: Cell<usize>,
    /// Those that are to be polled.
    ready: Arc<Inbox<usize>>,
    /// The executor is gone, or about to be.
    closed: Cell<bool>,
}

/// A task that is not done.
struct Entry {
    /// Not there while it is polled.
    future: Option<Own>,
    wakeup: Arc<Wakeup>,
    /// It was woken while it was polled, and its number taken off the queue since.
    again: bool,
    /// It was to be cancelled while it was polled.
    cancelled: bool,
    /// Who waits for it.
    slot: Rc<dyn Fail>,
}

impl Entry {
    /// Drops the future, and says why.
    fn end(self, why: TaskError) {
        discard(self.future);
        self.slot.fail(why);
        // With it goes a panic that nobody wants.
        discard(self.slot);
    }
}

/// What is woken.
struct Wakeup {
    number: usize,
    ready: Arc<Inbox<usize>>,
    /// Not 0 where it is to be polled (invariant 2).
    scheduled: AtomicUsize,
}

impl Wake for Wakeup {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // ORDERING: Release, partner of the Acquire in `begin`: the poll sees what we did, also
        // where the task is scheduled already. Model: `a_local_poll_sees_what_its_wakers_wrote`.
        if self.scheduled.swap(1, Ordering::Release) == 0 {
            self.ready.push(self.number);
        }
    }
}

impl Local {
    /// Takes a task in, to be polled.
    fn insert(&self, future: Own, slot: Rc<dyn Fail>) -> usize {
        let number = self.next.get();
        self.next.set(number + 1);
        let wakeup = Arc::new(Wakeup {
            number,
            ready: self.ready.clone(),
            scheduled: AtomicUsize::new(1),
        });
        let entry = Entry {
            future: Some(future),
            wakeup,
            again: false,
            cancelled: false,
            slot,
        };
        self.tasks.borrow_mut().insert(number, entry);
        self.ready.push(number);
        number
    }

    /// Takes a future out, to poll it, if it is there.
    fn begin(&self, number: usize) -> Option<(Own, Waker)> {
        let mut tasks = self.tasks.borrow_mut();
        let entry = tasks.get_mut(&number)?;
        match entry.future.take() {
            Some(future) => {
                // ORDERING: Acquire, partner of the Release in `wake_by_ref`; a swap, which reads
                // the last of them. Model: `a_local_poll_sees_what_its_wakers_wrote`.
                entry.wakeup.scheduled.swap(0, Ordering::Acquire);
                Some((future, entry.wakeup.clone().into()))
            }
            None => {
                entry.again = true;
                None
            }
        }
    }

    /// Polls a task; `false` where there is nothing to poll.
    fn poll(&self, number: usize) -> bool {
        let Some((mut future, waker)) = self.begin(number) else {
            return false;
        };
        let polled = catch(|| future.as_mut().poll(&mut Context::from_waker(&waker)));
        if let Ok(Poll::Pending) = polled {
            self.suspend(number, future);
            return true;
        }
        let entry = self.tasks.borrow_mut().remove(&number);
        discard(future);
        match (entry, polled) {
            (Some(entry), Err(payload)) => entry.end(TaskError::Panicked(payload)),
            // With it goes an output that nobody wants.
            (entry, _) => discard(entry),
        }
        true
    }

    /// Puts a future back, or drops it where it was cancelled.
    fn suspend(&self, number: usize, future: Own) {
        let mut tasks = self.tasks.borrow_mut();
        let Some(entry) = tasks.get_mut(&number) else {
            unreachable!("who polls a task takes it out");
        };
        entry.future = Some(future);
        if std::mem::take(&mut entry.again) {
            self.ready.push(number);
        }
        if entry.cancelled {
            let entry = tasks.remove(&number);
            drop(tasks);
            entry
                .into_iter()
                .for_each(|it| it.end(TaskError::Cancelled));
        }
    }

    /// Cancels a task; whether it is cancelled now.
    fn cancel(&self, number: usize) -> bool {
        let mut tasks = self.tasks.borrow_mut();
        match tasks.get_mut(&number) {
            None => return false,
            Some(polled) if polled.future.is_none() => {
                polled.cancelled = true;
                return false;
            }
            Some(_) => {}
        }
        let entry = tasks.remove(&number);
        drop(tasks);
        entry
            .into_iter()
            .for_each(|it| it.end(TaskError::Cancelled));
        true
    }

    fn spawn<F: Future + 'static>(self: &Rc<Self>, future: F) -> LocalTask<F::Output> {
        let slot = Rc::new(Slot(RefCell::new(State::Pending(None))));
        let mut number = 0;
        if self.closed.get() {
            discard(future);
            slot.fail(TaskError::Rejected);
        } else {
            let done = slot.clone();
            let future = async move { done.settle(Ok(future.await)) };
            number = self.insert(Box::pin(future), slot.clone());
        }
        LocalTask {
            slot,
            number,
            local: Rc::downgrade(self),
        }
    }
}

impl LocalExecutor {
    /// An executor of this thread.
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    ///
    /// assert_eq!(LocalExecutor::new().block_on(async { 7 }), 7);
    /// ```
    pub fn new() -> Self {
        Self(Rc::new(Local {
            tasks: RefCell::default(),
            next: Cell::new(0),
            ready: Arc::new(Inbox::new()),
            closed: Cell::new(false),
        }))
    }

    /// Takes a future on. It is not polled before the executor is driven.
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
        self.0.spawn(future)
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
        LocalHandle(Rc::downgrade(&self.0))
    }

    /// Drives `future` to its end in this thread, and the tasks meanwhile; the thread sleeps where
    /// nothing is to be polled. What is not done then waits for the next drive.
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
    #[doc(alias = "run")]
    #[doc(alias = "run_until")]
    #[doc(alias = "run_until_complete")]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        block_on(poll_fn(|cx| {
            loop {
                if let Poll::Ready(output) = future.as_mut().poll(cx) {
                    return Poll::Ready(output);
                }
                for _ in 0..BATCH {
                    match self.0.ready.poll_pop(cx) {
                        Poll::Ready(number) => _ = self.0.poll(number),
                        Poll::Pending => return Poll::Pending,
                    }
                }
            }
        }))
    }

    /// Polls tasks until none is to be polled at the moment. Endless, where one always wakes
    /// itself.
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

    /// Polls one task, if one is to be polled; whether there was one.
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
    pub fn try_tick(&self) -> bool {
        while let Some(number) = self.0.ready.try_pop() {
            if self.0.poll(number) {
                return true;
            }
        }
        false
    }
}

impl Default for LocalExecutor {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for LocalExecutor {
    fn drop(&mut self) {
        self.0.closed.set(true);
        loop {
            let first = self.0.tasks.borrow_mut().pop_first();
            match first {
                Some((_, entry)) => entry.end(TaskError::Cancelled),
                None => return,
            }
        }
    }
}

impl LocalHandle {
    /// [`LocalExecutor::spawn`]. Where the executor is gone, the task is rejected.
    ///
    /// ```
    /// use rungs::executor::LocalExecutor;
    ///
    /// let local = LocalExecutor::new();
    /// let seven = local.handle().spawn(async { 7 });
    /// assert_eq!(local.block_on(seven).unwrap(), 7);
    /// ```
    pub fn spawn<F: Future + 'static>(&self, future: F) -> LocalTask<F::Output> {
        match self.0.upgrade() {
            Some(local) => local.spawn(future),
            None => {
                discard(future);
                LocalTask {
                    slot: Rc::new(Slot(RefCell::new(State::Done(Err(TaskError::Rejected))))),
                    number: 0,
                    local: Weak::new(),
                }
            }
        }
    }
}

/// Where the outcome of a task lies.
struct Slot<T>(RefCell<State<T>>);

enum State<T> {
    /// It is not there, and this is who waits for it.
    Pending(Option<Waker>),
    Done(Result<T, TaskError>),
    Taken,
}

impl<T> Slot<T> {
    fn settle(&self, outcome: Result<T, TaskError>) {
        let before = self.0.replace(State::Done(outcome));
        if let State::Pending(Some(waker)) = before {
            contain(|| waker.wake());
        }
    }

    fn is_done(&self) -> bool {
        !matches!(*self.0.borrow(), State::Pending(_))
    }

    fn take(&self) -> Result<T, TaskError> {
        match self.0.replace(State::Taken) {
            State::Done(outcome) => outcome,
            _ => panic!("the result of the task was taken before"),
        }
    }
}

/// A slot, whatever its type.
trait Fail {
    fn fail(&self, why: TaskError);
}

impl<T> Fail for Slot<T> {
    fn fail(&self, why: TaskError) {
        self.settle(Err(why));
    }
}

/// The result of a task of a [`LocalExecutor`], there or still to come. It is awaited, in the same
/// thread: by another task, or by [`LocalExecutor::block_on`].
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
    slot: Rc<Slot<T>>,
    number: usize,
    local: Weak<Local>,
}

impl<T> LocalTask<T> {
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
                .is_some_and(|it| it.cancel(self.number));
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
        self.slot.is_done()
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
        matches!(
            *self.slot.0.borrow(),
            State::Done(Err(TaskError::Cancelled))
        )
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
            true => Ok(self.slot.take()),
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
        if self.slot.is_done() {
            return Poll::Ready(self.slot.take());
        }
        let waiting = State::Pending(Some(cx.waker().clone()));
        let before = self.slot.0.replace(waiting);
        drop(before);
        Poll::Pending
    }
}

impl fmt::Debug for LocalExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalExecutor")
            .field("tasks", &self.0.tasks.borrow().len())
            .finish()
    }
}

impl fmt::Debug for LocalHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalHandle").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for LocalTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalTask")
            .field("done", &self.is_done())
            .finish()
    }
}
