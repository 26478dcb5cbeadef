//! A task of an event loop: its future, then its outcome, and its own waker, in one allocation.
//!
//! # State
//!
//! Wakers take a task to any thread. What they touch is its [`Scheduled`], its number and the way to
//! its loop; all else is its [`Inner`], which belongs to the thread of the loop.
//!
//! # Invariants
//!
//! 1. An `Inner` is touched in the thread of its executor only: through the executor, which has a
//!    task in its table until it is done, and through the [`LocalTask`](super::LocalTask). Neither
//!    leaves that thread.
//! 2. A task that nobody has but wakers holds nothing: the executor ends what it lets go of, and an
//!    outcome that no `LocalTask` wants is dropped where it comes into being, or with that. So it
//!    does not matter in which thread the last waker is dropped.
//! 3. The body is borrowed while its future is polled or dropped, code of a user. Meanwhile the
//!    executor has the task out of its table, and the stage is not `Done`, so that nobody else
//!    borrows it. Nothing else of an `Inner` is borrowed while code of a user runs.

use super::core::{Number, Ready, schedule};
use crate::future::TaskError;
use crate::panic::{catch, contain, discard};
use crate::sys::Arc;
use crate::wait::Scheduled;
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll, Wake, Waker};

type Outcome<T> = Result<T, TaskError>;

/// What a task holds.
enum Body<F: Future> {
    Future(F),
    Outcome(Outcome<F::Output>),
    Nothing,
}

/// How far a task is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Its future is there.
    Pending,
    /// Its outcome is.
    Done,
    Taken,
}

/// What of a task belongs to one thread.
struct Inner<F: Future> {
    stage: Cell<Stage>,
    /// The outcome is, or was, that it was cancelled.
    cancelled: Cell<bool>,
    /// Nobody wants the outcome.
    detached: Cell<bool>,
    /// Who waits for the outcome.
    waiter: Cell<Option<Waker>>,
    body: RefCell<Body<F>>,
}

/// A value of one thread, in something that goes to others.
struct OneThread<T>(T);

// SAFETY: `get` is the only way in, and is called in one thread only; where the value is dropped in
// another, it holds nothing (invariant 2).
unsafe impl<T> Send for OneThread<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for OneThread<T> {}

impl<T> OneThread<T> {
    /// # Safety
    ///
    /// This is the thread that the value belongs to.
    unsafe fn get(&self) -> &T {
        &self.0
    }
}

/// A future on its way through an event loop.
pub(super) struct Task<F: Future> {
    scheduled: Scheduled,
    number: Number,
    ready: Arc<Ready>,
    inner: OneThread<Inner<F>>,
}

/// What the executor does with a task. Not `Send`: it is in the thread of the executor.
pub(super) trait Work {
    /// Polls it; ready, the outcome is there, and is to be [told](Self::tell).
    ///
    /// # Safety
    ///
    /// `this` has the same task.
    unsafe fn poll(&self, this: &Arc<dyn Work>) -> Poll<()>;

    /// Drops the future, and tells an error.
    fn end(&self, why: TaskError);

    /// Wakes who waits for the outcome, or drops what nobody wants.
    fn tell(&self);
}

/// What a [`LocalTask`](super::LocalTask) does with its task. Not `Send`, as that.
pub(super) trait Outlook<T> {
    fn is_done(&self) -> bool;

    fn is_cancelled(&self) -> bool;

    /// Takes the outcome, which is there.
    ///
    /// *Panics* where it was taken before.
    fn take(&self) -> Outcome<T>;

    /// Waits for the outcome, in the place of who did before.
    fn wait(&self, waker: &Waker) -> Poll<()>;

    /// Nobody wants the outcome any more.
    fn detach(&self);

    fn number(&self) -> Number;
}

impl<F: Future> Task<F> {
    /// A task to be polled: the caller sees to that.
    pub(super) fn new(future: F, number: Number, ready: Arc<Ready>) -> Arc<Self> {
        let inner = Inner {
            stage: Cell::new(Stage::Pending),
            cancelled: Cell::new(false),
            detached: Cell::new(false),
            waiter: Cell::new(None),
            body: RefCell::new(Body::Future(future)),
        };
        Arc::new(Self {
            scheduled: Scheduled::new(),
            number,
            ready,
            inner: OneThread(inner),
        })
    }

    /// For [`Work`] and [`Outlook`] only.
    fn inner(&self) -> &Inner<F> {
        // SAFETY: those who hold either are in the thread of the executor (invariant 1).
        unsafe { self.inner.get() }
    }
}

impl<F: Future> Inner<F> {
    /// Polls the future where it lies.
    ///
    /// # Safety
    ///
    /// This is pinned.
    unsafe fn poll(&self, cx: &mut Context<'_>) -> Poll<F::Output> {
        match &mut *self.body.borrow_mut() {
            // SAFETY: the caller's; a future leaves its place by being dropped there only.
            Body::Future(future) => unsafe { Pin::new_unchecked(future) }.poll(cx),
            _ => unreachable!("a task in the table is not done"),
        }
    }

    /// Puts the outcome in the place of the future. A panic of that, when it is dropped, has been
    /// reported.
    fn settle(&self, outcome: Outcome<F::Output>) {
        let cancelled = matches!(outcome, Err(TaskError::Cancelled));
        // Dropped where it lies: it is pinned.
        contain(|| *self.body.borrow_mut() = Body::Nothing);
        *self.body.borrow_mut() = Body::Outcome(outcome);
        self.cancelled.set(cancelled);
        self.stage.set(Stage::Done);
    }

    fn take(&self) -> Outcome<F::Output> {
        if self.stage.replace(Stage::Taken) == Stage::Taken {
            panic!("the result of the task was taken before");
        }
        match self.body.replace(Body::Nothing) {
            Body::Outcome(outcome) => outcome,
            _ => unreachable!("it was there"),
        }
    }

    /// Drops the outcome, if it is there.
    fn forget(&self) {
        if self.stage.get() == Stage::Done {
            discard(self.take());
        }
        discard(self.waiter.take());
    }
}

impl<F: Future + 'static> Work for Task<F> {
    unsafe fn poll(&self, this: &Arc<dyn Work>) -> Poll<()> {
        self.scheduled.begin();
        // SAFETY: the caller's. It is not counted, and so not dropped.
        let waker = unsafe { Arc::from_raw(Arc::as_ptr(this).cast::<Self>()) };
        let waker = ManuallyDrop::new(Waker::from(waker));
        let inner = self.inner();
        // SAFETY: it lies in an `Arc`.
        let poll = || unsafe { inner.poll(&mut Context::from_waker(&waker)) };
        match catch(poll) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => inner.settle(Ok(output)),
            Err(payload) => inner.settle(Err(TaskError::Panicked(payload))),
        }
        Poll::Ready(())
    }

    fn end(&self, why: TaskError) {
        self.inner().settle(Err(why));
        self.tell();
    }

    fn tell(&self) {
        let inner = self.inner();
        if inner.detached.get() {
            inner.forget();
        } else if let Some(waiter) = inner.waiter.take() {
            contain(|| waiter.wake());
        }
    }
}

impl<F: Future> Outlook<F::Output> for Task<F> {
    fn is_done(&self) -> bool {
        self.inner().stage.get() != Stage::Pending
    }

    fn is_cancelled(&self) -> bool {
        self.inner().cancelled.get()
    }

    fn take(&self) -> Outcome<F::Output> {
        self.inner().take()
    }

    fn wait(&self, waker: &Waker) -> Poll<()> {
        let waiter = &self.inner().waiter;
        let old = waiter.take();
        if old.as_ref().is_some_and(|old| old.will_wake(waker)) {
            waiter.set(old);
            return Poll::Pending;
        }
        discard(old);
        let waker = waker.clone();
        // To clone it was a user's, who may have driven the executor.
        if self.is_done() {
            discard(waker);
            return Poll::Ready(());
        }
        discard(waiter.replace(Some(waker)));
        Poll::Pending
    }

    fn detach(&self) {
        let inner = self.inner();
        inner.detached.set(true);
        inner.forget();
    }

    fn number(&self) -> Number {
        self.number
    }
}

impl<F: Future + 'static> Wake for Task<F> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.scheduled.wake() {
            schedule(&self.ready, self.number);
        }
    }
}
