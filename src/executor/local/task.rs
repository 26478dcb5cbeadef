//! The result of a task of the executor of one thread, and where it lies.

use super::core::Local;
use crate::future::TaskError;
use crate::panic::{contain, discard};
use crate::sys::Arc;
use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

/// Where the outcome of a task lies.
pub(super) struct Slot<T>(RefCell<State<T>>);

/// What is known of an outcome.
enum State<T> {
    /// It is not there, and this is who waits for it.
    Pending(Option<Waker>),
    Done(Result<T, TaskError>),
    Taken,
}

impl<T> Slot<T> {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Self(RefCell::new(State::Pending(None))))
    }

    /// Puts the outcome there, and wakes who waits for it.
    pub(super) fn settle(&self, outcome: Result<T, TaskError>) {
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
pub(super) trait Fail {
    /// Puts an error there.
    fn fail(&self, why: TaskError);
}

impl<T> Fail for Slot<T> {
    fn fail(&self, why: TaskError) {
        self.settle(Err(why));
    }
}

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
    slot: Rc<Slot<T>>,
    number: usize,
    name: Option<Arc<str>>,
    local: Weak<Local>,
}

impl<T> LocalTask<T> {
    pub(super) fn new(
        slot: Rc<Slot<T>>,
        number: usize,
        name: Option<Arc<str>>,
        local: Weak<Local>,
    ) -> Self {
        Self {
            slot,
            number,
            name,
            local,
        }
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
        let waker = cx.waker().clone();
        // To clone it was a user's, who may have driven the executor.
        if self.slot.is_done() {
            discard(waker);
            return Poll::Ready(self.slot.take());
        }
        discard(self.slot.0.replace(State::Pending(Some(waker))));
        Poll::Pending
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
