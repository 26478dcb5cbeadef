//! A closure on its way through an executor: one allocation, from submission to result.
//!
//! # State
//!
//! ```text
//! QUEUED ──> CLAIMED    a worker runs it, or whoever waits for it does, or it was given back
//!    └─────> CANCELLED
//! ```
//!
//! A closure that runs is not cancelled, but [asked](Slot::ask) to end.
//!
//! One compare-exchange decides between the worker, the waiter and the canceller. Whoever wins
//! owns the body of the [`Slot`] (its invariant 1), and settles it.
//!
//! # Ordering
//!
//! The word orders nothing. The closure was there before anybody else knew of the task, and
//! travels to its runner with the `Arc`; the outcome travels with the signal.

use super::current::{Told, run_as};
use super::slot::{Slot, Store};
use super::task_future::{Stage, Task};
use super::{Run, TaskError};
use crate::panic::contain;
use crate::sync::CancelToken;
use crate::sys::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use crate::wait::Signal;

/// Waits for somebody to run it.
const QUEUED: usize = 0;
/// Is being run, or was.
const CLAIMED: usize = 1;
/// Was cancelled before anybody ran it.
const CANCELLED: usize = 2;

/// A closure, later its result.
pub(crate) struct ClosureTask<F, T> {
    state: AtomicUsize,
    slot: Slot<F, T>,
}

impl<F: FnOnce() -> T, T> ClosureTask<F, T> {
    pub(crate) fn new(closure: F) -> Arc<Self> {
        Arc::new(Self {
            state: AtomicUsize::new(QUEUED),
            slot: Slot::new(closure),
        })
    }

    /// Takes the closure back from a task that an executor rejected, if nobody was faster.
    pub(crate) fn take_back(&self) -> Option<F> {
        // SAFETY: won, so the body is ours. Nobody waits for the outcome: there is no
        // `TaskFuture` yet.
        self.win(CLAIMED).then(|| unsafe { self.slot.take_work() })
    }

    /// Resolves a task that an executor rejected.
    pub(crate) fn reject(&self) {
        if self.win(CLAIMED) {
            // SAFETY: won, so the body is ours, to settle it.
            unsafe { self.give_up(TaskError::Rejected) };
        }
    }

    /// Decides what becomes of the task, if that is not decided yet.
    fn win(&self, fate: usize) -> bool {
        // ORDERING: Relaxed: see the head of the file. Models:
        // `a_task_is_run_by_its_worker_or_by_who_waits_for_it`, `a_task_is_run_or_cancelled`.
        self.state
            .compare_exchange(QUEUED, fate, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    /// Drops the closure and settles without a result.
    ///
    /// # Safety
    ///
    /// The caller won.
    unsafe fn give_up(&self, why: TaskError) {
        // SAFETY: the caller's.
        unsafe { self.slot.drop_work() };
        // SAFETY: the caller's.
        unsafe { self.slot.settle(Err(why)) };
    }
}

impl<F, T> ClosureTask<F, T>
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    fn run_here(&self) {
        if self.win(CLAIMED) {
            // SAFETY: won, so the body is ours.
            let closure = unsafe { self.slot.take_work() };
            let outcome = run_as(self, closure).map_err(TaskError::Panicked);
            // SAFETY: the body is ours, to settle it.
            unsafe { self.slot.settle(outcome) };
        }
    }
}

impl<F, T> Told for ClosureTask<F, T>
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    fn own_token(&self) -> CancelToken {
        self.slot.token_if(|| self.stage() == Stage::Cancelled)
    }
}

impl<F, T> Run for ClosureTask<F, T>
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    fn run(self: Arc<Self>) {
        self.run_here();
        // The last one drops a result that nobody wants.
        contain(|| drop(self));
    }

    fn discard(self: Arc<Self>) {
        Task::cancel(&*self);
        contain(|| drop(self));
    }
}

impl<F, T> Task<T> for ClosureTask<F, T>
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    fn signal(&self) -> &Signal {
        self.slot.signal()
    }

    fn help(self: Arc<Self>) {
        self.run_here();
    }

    fn cancel(&self) -> bool {
        if self.win(CANCELLED) {
            // SAFETY: won.
            unsafe { self.give_up(TaskError::Cancelled) };
            self.slot.tell();
            return true;
        }
        let cancelled = self.stage() == Stage::Cancelled;
        if !cancelled && !self.slot.signal().is_done() {
            self.slot.ask();
        }
        cancelled
    }

    fn stage(&self) -> Stage {
        // ORDERING: Relaxed: it tells what is decided, and hands nothing over.
        match self.state.load(Ordering::Relaxed) {
            QUEUED => Stage::Waiting,
            CLAIMED => Stage::Running,
            _ => Stage::Cancelled,
        }
    }

    fn store(&self) -> &dyn Store<T> {
        &self.slot
    }
}
