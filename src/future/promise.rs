//! The producing end of a `TaskFuture` that no executor stands behind.
//!
//! # State
//!
//! ```text
//! OPEN ──> SET          the promise owns the body of the slot, and settles it
//!   └────> CANCELLED    whoever cancelled does
//! ```
//!
//! # Ordering
//!
//! The word orders nothing: it decides who settles. The outcome travels with the signal.

use super::current::Told;
use super::slot::{Slot, Store};
use super::task_future::{Stage, Task};
use super::{Outcome, TaskError, TaskFuture};
use crate::PanicPayload;
use crate::sync::CancelToken;
use crate::sys::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use crate::wait::Signal;
use std::fmt;

const OPEN: usize = 0;
const SET: usize = 1;
const CANCELLED: usize = 2;

/// What a promise and its future share.
struct PromiseTask<T> {
    state: AtomicUsize,
    slot: Slot<(), T>,
}

/// The duty to give a [`TaskFuture`] its outcome, from wherever that comes: another thread, a
/// callback, a library with an interface of its own.
///
/// Dropped without one, the future gives [`TaskError::Broken`], so nobody waits in vain. The
/// future can be [cancelled](TaskFuture::cancel) until it is set, and for good: who sets it
/// afterwards gets the value back.
///
/// *Blocking:* never.
///
/// ```
/// use rungs::future::Promise;
///
/// let (promise, future) = Promise::new();
/// std::thread::spawn(move || promise.set_result(7));
/// assert_eq!(future.result().unwrap(), 7);
/// ```
#[doc(alias = "CompletableFuture")]
#[doc(alias = "oneshot")]
#[must_use = "dropped, it breaks its future"]
pub struct Promise<T: Send + 'static>(Option<Arc<PromiseTask<T>>>);

impl<T: Send + 'static> Promise<T> {
    /// A promise, and the future of what is promised.
    ///
    /// *Cost:* one allocation.
    ///
    /// ```
    /// use rungs::future::{Promise, TaskError};
    ///
    /// let (promise, future) = Promise::<u32>::new();
    /// drop(promise);
    /// assert!(matches!(future.result(), Err(TaskError::Broken)));
    /// ```
    pub fn new() -> (Self, TaskFuture<T>) {
        let task = Arc::new(PromiseTask {
            state: AtomicUsize::new(OPEN),
            slot: Slot::new(()),
        });
        (Self(Some(task.clone())), TaskFuture::new(task))
    }

    /// Gives the future its value.
    ///
    /// *Errors:* the value, where the future was cancelled before.
    ///
    /// ```
    /// let (promise, future) = rungs::future::Promise::new();
    /// assert!(future.cancel());
    /// assert_eq!(promise.set_result(7), Err(7));
    /// ```
    #[doc(alias = "complete")]
    pub fn set_result(self, value: T) -> Result<(), T> {
        match self.set(Ok(value)) {
            Err(Ok(value)) => Err(value),
            _ => Ok(()),
        }
    }

    /// Gives the future an error.
    ///
    /// *Errors:* the error, where the future was cancelled before.
    ///
    /// ```
    /// use rungs::future::{Promise, TaskError};
    ///
    /// let (promise, future) = Promise::<u32>::new();
    /// promise.set_error(TaskError::Rejected).unwrap();
    /// assert!(matches!(future.result(), Err(TaskError::Rejected)));
    /// ```
    #[doc(alias = "set_exception")]
    #[doc(alias = "completeExceptionally")]
    pub fn set_error(self, error: TaskError) -> Result<(), TaskError> {
        match self.set(Err(error)) {
            Err(Err(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// Gives the future the panic of whoever was to make the value.
    ///
    /// *Errors:* the payload, where the future was cancelled before.
    ///
    /// ```
    /// use rungs::future::{Promise, TaskError};
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let failed = pool.submit(|| panic!("no paper")).result();
    /// let Err(TaskError::Panicked(payload)) = failed else { unreachable!() };
    ///
    /// let (promise, future) = Promise::<u32>::new();
    /// promise.set_panic(payload).unwrap();
    /// assert!(matches!(future.result(), Err(TaskError::Panicked(_))));
    /// ```
    pub fn set_panic(self, payload: PanicPayload) -> Result<(), PanicPayload> {
        match self.set_error(TaskError::Panicked(payload)) {
            Err(TaskError::Panicked(payload)) => Err(payload),
            _ => Ok(()),
        }
    }

    /// Gives the future its outcome, whatever it is.
    ///
    /// *Errors:* the outcome, where the future was cancelled before.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let (promise, future) = rungs::future::Promise::new();
    /// assert!(promise.set(pool.submit(|| 7).result()).is_ok());
    /// assert_eq!(future.result().unwrap(), 7);
    /// ```
    pub fn set(mut self, outcome: Outcome<T>) -> Result<(), Outcome<T>> {
        match self.0.take() {
            Some(task) => task.settle(SET, outcome),
            None => unreachable!("a promise that was set is gone"),
        }
    }

    /// Whether the future was cancelled: nobody wants the value any more.
    ///
    /// ```
    /// let (promise, future) = rungs::future::Promise::<u32>::new();
    /// future.cancel();
    /// assert!(promise.is_cancelled());
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.task().stage() == Stage::Cancelled
    }

    /// Calls `callback` when the future is cancelled, in the thread that does it; where it is
    /// cancelled already, at once, in this one. If the promise is kept or broken instead, it is
    /// dropped with the task.
    ///
    /// *Panics* of `callback` go no further than the panic hook.
    ///
    /// ```
    /// use rungs::{future::Promise, sync::Event};
    /// use std::sync::Arc;
    ///
    /// let (promise, future) = Promise::<u32>::new();
    /// let told = Arc::new(Event::new(false));
    /// let tell = told.clone();
    /// promise.on_cancel(move || tell.set());
    /// future.cancel();
    /// assert!(told.is_set());
    /// ```
    pub fn on_cancel(&self, callback: impl FnOnce() + Send + 'static) {
        self.token().on_cancel(callback).keep();
    }

    /// A token that is cancelled when the future is: to wait for that, or to hand to the work.
    ///
    /// ```
    /// let (promise, future) = rungs::future::Promise::<u32>::new();
    /// let token = promise.token();
    /// future.cancel();
    /// rungs::future::block_on(token.cancelled_async());
    /// assert!(token.is_cancelled());
    /// ```
    pub fn token(&self) -> CancelToken {
        self.task().own_token()
    }

    fn task(&self) -> &PromiseTask<T> {
        match &self.0 {
            Some(task) => task,
            None => unreachable!("a promise that was set is gone"),
        }
    }
}

impl<T> PromiseTask<T> {
    /// Settles, if that has not been done; else the outcome comes back.
    fn settle(&self, fate: usize, outcome: Outcome<T>) -> Result<(), Outcome<T>> {
        // ORDERING: Relaxed: see the head of the file. Model: `a_promise_is_set_or_cancelled`.
        let won = self
            .state
            .compare_exchange(OPEN, fate, Ordering::Relaxed, Ordering::Relaxed);
        if won.is_err() {
            return Err(outcome);
        }
        // SAFETY: of all who may settle, one exchanges `OPEN`: us.
        unsafe { self.slot.settle(outcome) };
        Ok(())
    }
}

impl<T: Send + 'static> Told for PromiseTask<T> {
    fn own_token(&self) -> CancelToken {
        self.slot.token_if(|| self.stage() == Stage::Cancelled)
    }
}

impl<T: Send + 'static> Task<T> for PromiseTask<T> {
    fn signal(&self) -> &Signal {
        self.slot.signal()
    }

    fn help(self: Arc<Self>) {}

    fn cancel(&self) -> bool {
        if self.settle(CANCELLED, Err(TaskError::Cancelled)).is_ok() {
            self.slot.tell();
            return true;
        }
        self.stage() == Stage::Cancelled
    }

    fn stage(&self) -> Stage {
        // ORDERING: Relaxed: it tells what is decided, and hands nothing over.
        match self.state.load(Ordering::Relaxed) {
            OPEN => Stage::Waiting,
            SET => Stage::Running,
            _ => Stage::Cancelled,
        }
    }

    fn store(&self) -> &dyn Store<T> {
        &self.slot
    }
}

impl<T: Send + 'static> Drop for Promise<T> {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            let _ = task.settle(SET, Err(TaskError::Broken));
        }
    }
}

impl<T: Send + 'static> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promise")
            .field("cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}
