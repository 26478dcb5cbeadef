//! A future on its way through an executor: its task is its own waker.
//!
//! # State
//!
//! | bit | set | means |
//! |---|---|---|
//! | `SCHEDULED` | by a wake | it is to be polled: a job of it stands in a queue, or, with `RUNNING`, whoever polls it does so once more |
//! | `RUNNING` | while it is polled | the runner owns the body |
//! | `CANCEL` | by a canceller that finds `RUNNING` | the runner cancels it when it suspends |
//! | `CLOSED` | at the end | it is not polled any more: it is done, or was cancelled |
//! | `CANCELLED` | with `CLOSED` | it was cancelled |
//!
//! # Invariants
//!
//! 1. Whoever sets `RUNNING` owns the body of the [`Slot`] until it clears it; whoever sets
//!    `CLOSED` owns it from then on, and settles it. Neither is set where either is.
//! 2. Whoever sets `SCHEDULED` where neither it nor `RUNNING` nor `CLOSED` was, schedules a job;
//!    so does the runner that finds it set when it clears `RUNNING`. Whoever waits for the task
//!    may poll it in the place of that job, which then finds the bit gone and does nothing.
//! 3. The task is with its home from before it is first scheduled until after it is settled.
//!
//! # Ordering
//!
//! All changes are read-modify-writes, so that a poll acquires what *every* waker before it
//! released, whoever stood between, and what the last runner left. A look that decides whether
//! there is anything to change may be old, but not older than what brought its thread here: a
//! queue orders the push of a job before its pop, so `begin` sees the `SCHEDULED` that it is for.

use super::current::{Told, run_as};
use super::slot::{Slot, Store};
use super::task_future::{Stage, Task};
use super::{Job, Outcome, Run, TaskError};
use crate::panic::{contain, discard};
use crate::sync::CancelToken;
use crate::sys::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use crate::wait::Signal;
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll, Wake, Waker};

const SCHEDULED: usize = 1 << 0;
const RUNNING: usize = 1 << 1;
const CANCEL: usize = 1 << 2;
const CLOSED: usize = 1 << 3;
const CANCELLED: usize = 1 << 4;

/// Not with a home.
const NO_KEY: usize = usize::MAX;

/// Where a spawned task lives: who runs its jobs, and who knows of it while it is suspended.
pub(crate) trait Home: Send + Sync + 'static {
    /// Queues a job of a task that lives here. It must be run, or dropped.
    fn schedule(&self, job: Job);

    /// The task with this key is done.
    fn finished(&self, key: usize);

    /// What the task that lives here is called.
    fn name(&self) -> Option<&str> {
        None
    }

    /// Does in this thread what a task that lives here waits for, as far as nobody has begun with
    /// it, until `is_done`. Does not unwind.
    fn assist(&self, is_done: &dyn Fn() -> bool) {
        let _ = is_done;
    }
}

/// What a home can do with the tasks that it knows of.
pub(crate) trait Resident: Send + Sync {
    /// Tells it its key. Called once, by the home, before the task is scheduled, and under the
    /// lock that gives it out.
    fn set_key(&self, key: usize);

    /// Cancels it, at its next suspension if it is being polled. Does not unwind.
    fn evict(&self);

    /// What it is called.
    fn name(&self) -> Option<&str> {
        None
    }
}

pin_project! {
    /// A future whose output is the result of its task, whatever it is.
    pub(crate) struct Plain<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Plain<F> {
    type Output = Outcome<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().future.poll(cx).map(Ok)
    }
}

/// A future, later the outcome that it gives.
pub(crate) struct SpawnedTask<F, T, H: Home> {
    state: AtomicUsize,
    /// What its home knows it by.
    key: AtomicUsize,
    slot: Slot<F, T>,
    home: H,
}

/// How a poll ended.
enum After {
    /// There was nothing to poll, or it is the business of others now.
    Nothing,
    /// It was woken meanwhile: to be polled again.
    Again,
}

impl<F, H> SpawnedTask<Plain<F>, F::Output, H>
where
    F: Future<Output: Send + 'static> + Send + 'static,
    H: Home,
{
    /// A task to be scheduled, by [`schedule`](Self::schedule), once its home knows of it.
    pub(crate) fn new(future: F, home: H) -> Arc<Self> {
        Self::of_outcome(Plain { future }, home)
    }
}

impl<F, T, H> SpawnedTask<F, T, H>
where
    F: Future<Output = Outcome<T>> + Send + 'static,
    T: Send + 'static,
    H: Home,
{
    /// The same, of a future that may fail.
    pub(crate) fn of_outcome(future: F, home: H) -> Arc<Self> {
        Arc::new(Self {
            state: AtomicUsize::new(SCHEDULED),
            key: AtomicUsize::new(NO_KEY),
            slot: Slot::new(future),
            home,
        })
    }

    /// Schedules it: at the start, and whenever invariant 2 says so.
    pub(crate) fn schedule(self: Arc<Self>) {
        let job = Job::new(self.clone());
        self.home.schedule(job);
        // It may be done by now, and this the last one, who drops an output that nobody wants.
        discard(self);
    }

    /// Resolves a task that no home would take, if nobody has begun it.
    pub(crate) fn reject(&self) {
        let next = |state: usize| (state & (RUNNING | CLOSED) == 0).then_some(CLOSED);
        // ORDERING: Acquire, as in `cancel`, in case that a home keeps what it rejects.
        if self.change(Ordering::Acquire, next).is_ok() {
            // SAFETY: `CLOSED` is ours (invariant 1).
            unsafe { self.close(Err(TaskError::Rejected)) };
        }
    }

    /// Polls it, if it is scheduled.
    fn step(self: &Arc<Self>) -> After {
        if !self.begin() {
            return After::Nothing;
        }
        let waker = Waker::from(self.clone());
        let cx = &mut Context::from_waker(&waker);
        // SAFETY: `RUNNING` is ours (invariant 1); the slot lies in an `Arc`, so it is pinned.
        let poll = || unsafe { self.slot.with_work(|future| future.poll(cx)) };
        let polled = run_as(&**self, poll);
        let outcome = match polled {
            Ok(Poll::Pending) => return self.suspend(),
            Ok(Poll::Ready(outcome)) => outcome,
            Err(payload) => Err(TaskError::Panicked(payload)),
        };
        // ORDERING: Relaxed: whoever reads `CLOSED` leaves the task alone; the outcome travels
        // with the signal. A swap, not a store: nothing comes between it and the state before.
        self.state.swap(CLOSED, Ordering::Relaxed);
        // SAFETY: `CLOSED` is ours (invariant 1).
        unsafe { self.close(outcome) };
        After::Nothing
    }

    /// Takes the future to poll it, if it is scheduled and nobody else has it.
    fn begin(&self) -> bool {
        let next = |state: usize| {
            let runs = state & (SCHEDULED | RUNNING | CLOSED) == SCHEDULED;
            runs.then_some(state & !SCHEDULED | RUNNING)
        };
        // ORDERING: Acquire, partner of the Release in `wake` and in `suspend`: the poll sees
        // what the waker did, and the future as the last poll left it. Models:
        // `a_poll_sees_what_its_waker_wrote`, `a_future_goes_from_thread_to_thread`.
        self.change(Ordering::Acquire, next).is_ok()
    }

    /// Leaves the future to the next poll, or drops it where it was cancelled.
    fn suspend(&self) -> After {
        let next = |state: usize| {
            Some(match state & CANCEL {
                0 => state & !RUNNING,
                _ => CLOSED | CANCELLED,
            })
        };
        // ORDERING: Release, partner of the Acquire in `begin` and `cancel`: who polls or drops
        // the future next finds it as we left it. Model: `a_future_goes_from_thread_to_thread`.
        match self.change(Ordering::Release, next) {
            Ok(state) if state & CANCEL != 0 => {
                // SAFETY: `CLOSED` is ours (invariant 1).
                unsafe { self.close(Err(TaskError::Cancelled)) };
                After::Nothing
            }
            Ok(state) if state & SCHEDULED != 0 => After::Again,
            _ => After::Nothing,
        }
    }

    /// Drops the future, publishes the outcome and tells the home.
    ///
    /// # Safety
    ///
    /// The caller set `CLOSED`.
    unsafe fn close(&self, outcome: Outcome<T>) {
        // SAFETY: the caller owns the body (invariant 1).
        unsafe { self.slot.drop_work() };
        // SAFETY: as above.
        unsafe { self.slot.settle(outcome) };
        self.leave_home();
    }
}

impl<F, T, H: Home> SpawnedTask<F, T, H> {
    fn leave_home(&self) {
        // ORDERING: Relaxed: stored under the lock of the home, or before the task was shared;
        // whoever ends the task knows it from one or the other.
        let key = self.key.load(Ordering::Relaxed);
        if key != NO_KEY {
            self.home.finished(key);
        }
    }

    /// Changes the state as `next` says; gives the state before, changed or not.
    fn change(
        &self,
        success: Ordering,
        next: impl Fn(usize) -> Option<usize>,
    ) -> Result<usize, usize> {
        // ORDERING: Relaxed: what is read is checked by the exchange. `success` is argued where
        // this is called.
        let mut state = self.state.load(Ordering::Relaxed);
        while let Some(next) = next(state) {
            match self
                .state
                .compare_exchange_weak(state, next, success, Ordering::Relaxed)
            {
                Ok(_) => return Ok(state),
                Err(seen) => state = seen,
            }
        }
        Err(state)
    }
}

impl<F, T, H> Told for SpawnedTask<F, T, H>
where
    F: Future<Output = Outcome<T>> + Send + 'static,
    T: Send + 'static,
    H: Home,
{
    fn own_token(&self) -> CancelToken {
        self.slot.token_if(|| self.stage() == Stage::Cancelled)
    }
}

impl<F, T, H> Wake for SpawnedTask<F, T, H>
where
    F: Future<Output = Outcome<T>> + Send + 'static,
    T: Send + 'static,
    H: Home,
{
    fn wake(self: Arc<Self>) {
        // ORDERING: Release, partner of the Acquire in `begin`: the poll sees what we did. Also
        // where the task is scheduled already, since that poll is the last that is sure to come:
        // hence no look before the write. Model: `a_poll_sees_what_its_waker_wrote`.
        let before = self.state.fetch_or(SCHEDULED, Ordering::Release);
        if before & (SCHEDULED | RUNNING | CLOSED) == 0 {
            self.schedule();
        }
    }
}

impl<F, T, H> Run for SpawnedTask<F, T, H>
where
    F: Future<Output = Outcome<T>> + Send + 'static,
    T: Send + 'static,
    H: Home,
{
    fn run(self: Arc<Self>) {
        match self.step() {
            // To the end of the queue: a task that always wakes itself holds up nobody.
            After::Again => self.schedule(),
            // The last one drops an output that nobody wants.
            After::Nothing => contain(|| drop(self)),
        }
    }

    fn discard(self: Arc<Self>) {
        self.evict();
        contain(|| drop(self));
    }
}

impl<F, T, H> Task<T> for SpawnedTask<F, T, H>
where
    F: Future<Output = Outcome<T>> + Send + 'static,
    T: Send + 'static,
    H: Home,
{
    fn signal(&self) -> &Signal {
        self.slot.signal()
    }

    fn help(self: Arc<Self>) {
        self.home.assist(&|| self.slot.signal().is_done());
        while let After::Again = self.step() {}
    }

    fn cancel(&self) -> bool {
        let next = |state: usize| match state & (RUNNING | CLOSED) {
            0 => Some(CLOSED | CANCELLED),
            RUNNING => Some(state | CANCEL),
            _ => None,
        };
        // ORDERING: Acquire, partner of the Release in `suspend`: the future as it was left, to
        // drop it. Model: `a_future_goes_from_thread_to_thread`.
        match self.change(Ordering::Acquire, next) {
            Ok(state) if state & RUNNING == 0 => {
                // SAFETY: `CLOSED` is ours (invariant 1).
                unsafe { self.close(Err(TaskError::Cancelled)) };
                self.slot.tell();
                true
            }
            Ok(_) => {
                self.slot.ask();
                false
            }
            Err(state) => state & CANCELLED != 0,
        }
    }

    fn stage(&self) -> Stage {
        // ORDERING: Relaxed: it tells what is decided, and hands nothing over.
        let state = self.state.load(Ordering::Relaxed);
        match state & (CANCELLED | RUNNING) {
            0 => Stage::Waiting,
            RUNNING => Stage::Running,
            _ => Stage::Cancelled,
        }
    }

    fn name(&self) -> Option<&str> {
        self.home.name()
    }

    fn store(&self) -> &dyn Store<T> {
        &self.slot
    }
}

impl<F, T, H> Resident for SpawnedTask<F, T, H>
where
    F: Future<Output = Outcome<T>> + Send + 'static,
    T: Send + 'static,
    H: Home,
{
    fn set_key(&self, key: usize) {
        // ORDERING: Relaxed: see `leave_home`.
        self.key.store(key, Ordering::Relaxed);
    }

    fn evict(&self) {
        Task::cancel(self);
    }

    fn name(&self) -> Option<&str> {
        self.home.name()
    }
}

/// A task that nobody can wake any more, and nobody waits for, is dropped where it was suspended;
/// its callbacks are told.
impl<F, T, H: Home> Drop for SpawnedTask<F, T, H> {
    fn drop(&mut self) {
        // ORDERING: Acquire, partner of the Release in `suspend`: the future as it was left, to
        // drop it (`Arc` orders that, too). A read-modify-write, which reads the last state
        // whatever order brought us here. Model: `a_task_that_nobody_can_wake_is_dropped`.
        if self.state.fetch_or(CLOSED, Ordering::Acquire) & CLOSED == 0 {
            // SAFETY: nobody else is left.
            unsafe { self.slot.drop_work() };
            // SAFETY: as above.
            unsafe { self.slot.settle(Err(TaskError::Broken)) };
            self.leave_home();
        }
    }
}
