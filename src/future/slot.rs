//! Where the work of a task lies until it is done, and its outcome after that.
//!
//! # Invariants
//!
//! 1. Until the signal is done the body has one owner at a time: who it is, says the state word
//!    of the task that has the slot.
//! 2. The last of these owners settles, once; it does not touch the body afterwards.
//! 3. From then on the body belongs to the task's `TaskFuture`, if there still is one, and in
//!    the end to the last `Arc`.
//! 4. Who settles calls the callbacks while the outcome is there and still its own: registered
//!    in time, a callback finds the signal [held](Signal::hold). Registered too late, it is called
//!    by the `TaskFuture`, to whom the outcome belongs then.
//! 5. A token that was asked for and a wish to cancel meet under the lock of the [`Extras`]:
//!    whoever comes second tells the token.

use super::Outcome;
use super::current::aside;
use crate::panic::contain;
use crate::sync::CancelToken;
use crate::sys::{Mutex, cell::UnsafeCell};
use crate::wait::Signal;
use std::pin::Pin;

/// What is called with the outcome of a task.
pub(crate) type Callback<T> = Box<dyn FnOnce(&Outcome<T>) + Send>;

/// What a slot holds.
enum Body<W, T> {
    /// What is to be done.
    Work(W),
    /// Nothing: it is being done, or the outcome was taken.
    Gone,
    /// What came of it.
    Outcome(Outcome<T>),
}

/// What few tasks have.
struct Extras<T> {
    /// In the order of their registration.
    callbacks: Vec<Callback<T>>,
    /// What the task is told by that it is not wanted any more.
    token: Option<CancelToken>,
    /// Whether it was to be told.
    asked: bool,
}

impl<T> Default for Extras<T> {
    fn default() -> Self {
        Self {
            callbacks: Vec::new(),
            token: None,
            asked: false,
        }
    }
}

/// What a `TaskFuture` wants of the slot of its task, whatever the work.
pub(crate) trait Store<T> {
    /// Takes the outcome out.
    ///
    /// # Safety
    ///
    /// The signal is done, the caller is the `TaskFuture` (invariant 3), and it has not taken
    /// the outcome before.
    unsafe fn take(&self) -> Outcome<T>;

    /// Whether the task failed.
    ///
    /// # Safety
    ///
    /// As for [`take`](Self::take).
    unsafe fn has_failed(&self) -> bool;

    /// Calls `callback` with the outcome, once that is there.
    ///
    /// # Safety
    ///
    /// The caller is the `TaskFuture`, and has not taken the outcome.
    unsafe fn on_done(&self, callback: Callback<T>);
}

/// The work of a task, then its outcome, and the signal that tells of it.
pub(crate) struct Slot<W, T> {
    /// Completed when the outcome is there.
    signal: Signal,
    body: UnsafeCell<Body<W, T>>,
    extras: Mutex<Option<Box<Extras<T>>>>,
}

// SAFETY: the slot is moved with what it holds, and it holds a `W` or a `T`.
unsafe impl<W: Send, T: Send> Send for Slot<W, T> {}
// SAFETY: who shares a slot never shares what is in it: the body has one owner at a time
// (invariants 1 to 3).
unsafe impl<W: Send, T: Send> Sync for Slot<W, T> {}

impl<W, T> Slot<W, T> {
    pub(crate) fn new(work: W) -> Self {
        Self {
            signal: Signal::new(),
            body: UnsafeCell::new(Body::Work(work)),
            extras: Mutex::new(None),
        }
    }

    pub(crate) fn signal(&self) -> &Signal {
        &self.signal
    }

    /// Takes the work out, to do it elsewhere.
    ///
    /// # Safety
    ///
    /// The caller owns the body (invariant 1), and took no work out before.
    pub(crate) unsafe fn take_work(&self) -> W {
        // SAFETY: the caller's.
        match unsafe { self.replace(Body::Gone) } {
            Body::Work(work) => work,
            _ => unreachable!("the work was taken twice"),
        }
    }

    /// Does something with the work where it lies.
    ///
    /// # Safety
    ///
    /// The caller owns the body (invariant 1), and the work is there. The slot is pinned.
    pub(crate) unsafe fn with_work<R>(&self, f: impl FnOnce(Pin<&mut W>) -> R) -> R {
        self.body.with_mut(|body| {
            // SAFETY: the caller owns the body.
            match unsafe { &mut *body } {
                // SAFETY: the slot is pinned, and pinned work leaves it by being dropped only.
                Body::Work(work) => f(unsafe { Pin::new_unchecked(work) }),
                _ => unreachable!("there is no work any more"),
            }
        })
    }

    /// Drops the work where it lies. Does not unwind: its panic has been reported by the hook.
    ///
    /// # Safety
    ///
    /// The caller owns the body (invariant 1).
    pub(crate) unsafe fn drop_work(&self) {
        // SAFETY: the caller owns the body. The assignment drops the work in its place, and
        // takes place even where that panics.
        aside(|| contain(|| self.body.with_mut(|body| unsafe { *body = Body::Gone })));
    }

    /// Puts the outcome there and wakes who waits for it. Does not unwind, as a waker may.
    ///
    /// # Safety
    ///
    /// The caller owns the body, and lets go of it with this call (invariant 2).
    pub(crate) unsafe fn settle(&self, outcome: Outcome<T>) {
        // SAFETY: the caller owns the body.
        drop(unsafe { self.replace(Body::Outcome(outcome)) });
        // SAFETY: the outcome is there, and ours until the signal is done (invariant 4).
        let first = || unsafe { self.call_back() };
        // SAFETY: once, since only its last owner settles.
        contain(|| unsafe { self.signal.complete_after(first) });
    }

    /// The token of the task: cancelled if the task was asked to end, or `is_cancelled`.
    pub(crate) fn token_if(&self, is_cancelled: impl FnOnce() -> bool) -> CancelToken {
        let mut lock = self.extras.lock();
        let extras = lock.get_or_insert_default();
        let token = extras.token.get_or_insert_with(CancelToken::new).clone();
        let asked = extras.asked;
        drop(lock);
        // A task that is cancelled from here on finds the token.
        if asked || is_cancelled() {
            token.cancel();
        }
        token
    }

    /// Tells the task that it is not wanted any more. Does not unwind.
    pub(crate) fn ask(&self) {
        self.extras.lock().get_or_insert_default().asked = true;
        self.tell();
    }

    /// Cancels the token, if there is one. Does not unwind.
    pub(crate) fn tell(&self) {
        let token = self.extras.lock().as_ref().and_then(|e| e.token.clone());
        if let Some(token) = token {
            contain(|| _ = token.cancel());
        }
    }

    /// Calls the callbacks. A panic of one costs the next nothing.
    ///
    /// # Safety
    ///
    /// The outcome is there, and the caller owns it.
    #[cold]
    unsafe fn call_back(&self) {
        let mut extras = self.extras.lock();
        let callbacks = extras.as_mut().map(|e| std::mem::take(&mut e.callbacks));
        drop(extras);
        for callback in callbacks.unwrap_or_default() {
            // SAFETY: the caller's.
            aside(|| contain(|| unsafe { self.with_outcome(callback) }));
        }
    }

    /// Looks at the outcome where it lies.
    ///
    /// # Safety
    ///
    /// The outcome is there, and the caller owns it.
    unsafe fn with_outcome<R>(&self, look: impl FnOnce(&Outcome<T>) -> R) -> R {
        // SAFETY: the caller owns the body.
        self.body.with(|body| match unsafe { &*body } {
            Body::Outcome(outcome) => look(outcome),
            _ => unreachable!("the outcome was taken"),
        })
    }

    /// # Safety
    ///
    /// The caller owns the body.
    unsafe fn replace(&self, new: Body<W, T>) -> Body<W, T> {
        // SAFETY: the caller's.
        self.body
            .with_mut(|body| unsafe { std::mem::replace(&mut *body, new) })
    }
}

impl<W, T> Store<T> for Slot<W, T> {
    unsafe fn take(&self) -> Outcome<T> {
        // SAFETY: the caller's.
        match unsafe { self.replace(Body::Gone) } {
            Body::Outcome(outcome) => outcome,
            _ => unreachable!("the outcome was taken twice"),
        }
    }

    unsafe fn has_failed(&self) -> bool {
        // SAFETY: the caller's.
        unsafe { self.with_outcome(Result::is_err) }
    }

    unsafe fn on_done(&self, callback: Callback<T>) {
        let mut extras = self.extras.lock();
        extras.get_or_insert_default().callbacks.push(callback);
        drop(extras);
        if !self.signal.hold() {
            // SAFETY: done, so the outcome is there, and the caller's, who is the `TaskFuture`.
            unsafe { self.call_back() };
        }
    }
}
