//! Jobs that borrow from the stack, in a scope that ends after them.
//!
//! # The way of a job
//!
//! It goes into the queue of its scope, and a *ticket* goes into the pool: "run the next job of
//! this scope". Whoever redeems it runs a job, or does nothing where none is left. The thread that
//! waits for the scope runs jobs from the same queue, without tickets, and nothing else. So a
//! scope ends even where the pool is busy, has one worker, or is shut down.
//!
//! # Invariants
//!
//! 1. `unfinished` counts the jobs in the queue and those that run. A job that has run has dropped
//!    all that it borrowed before it is counted out.
//! 2. The scope does not return before `unfinished` is 0. From then on the queue is empty, and
//!    tickets that are left find nothing: they own no more than the state itself.

use super::shared::Shared;
use super::strand::Strand;
use super::{Handle, Rejected};
use crate::PanicPayload;
use crate::future::{ClosureTask, Job, Run, Task, TaskError, TaskFuture};
use crate::panic::{catch, discard};
use crate::sync::AutoResetEvent;
use crate::sys::{Arc, Mutex};
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// A job of a scope. It borrows for `'scope` only; `Scope::push` says why that is enough.
type Borrowing = Box<dyn FnOnce() + Send>;

/// What a scope, its jobs and its tickets share.
struct State {
    jobs: Mutex<Jobs>,
    /// Set when the waiting thread is to look again.
    news: AutoResetEvent,
}

struct Jobs {
    queue: VecDeque<Borrowing>,
    unfinished: usize,
    /// The first panic.
    panic: Option<PanicPayload>,
    /// Whether the scope's thread waits for news.
    is_waiting: bool,
}

/// What the scope's thread is to do.
enum Next {
    Run(Borrowing),
    Wait,
    End(Option<PanicPayload>),
}

impl State {
    fn push(&self, job: Borrowing) {
        let mut jobs = self.jobs.lock();
        jobs.queue.push_back(job);
        jobs.unfinished += 1;
        let is_waiting = std::mem::take(&mut jobs.is_waiting);
        drop(jobs);
        if is_waiting {
            self.news.set();
        }
    }

    fn do_next(&self) {
        let job = self.jobs.lock().queue.pop_front();
        if let Some(job) = job {
            self.do_it(job);
        }
    }

    /// Runs a job and counts it out.
    fn do_it(&self, job: Borrowing) {
        let panic = catch(job).err();
        let mut jobs = self.jobs.lock();
        jobs.unfinished -= 1;
        let is_first = jobs.panic.is_none();
        let later = match is_first {
            true => std::mem::replace(&mut jobs.panic, panic),
            false => panic,
        };
        let is_waited_for = jobs.unfinished == 0 && std::mem::take(&mut jobs.is_waiting);
        drop(jobs);
        if is_waited_for {
            self.news.set();
        }
        discard(later);
    }

    /// Runs the jobs of the scope until all have ended; gives the first panic.
    fn finish(&self, strand: &Strand) -> Option<PanicPayload> {
        loop {
            match self.next() {
                Next::Run(job) => self.do_it(job),
                Next::Wait => strand.sleep(&self.news),
                Next::End(panic) => return panic,
            }
        }
    }

    fn next(&self) -> Next {
        let mut jobs = self.jobs.lock();
        if let Some(job) = jobs.queue.pop_front() {
            return Next::Run(job);
        }
        if jobs.unfinished == 0 {
            return Next::End(jobs.panic.take());
        }
        jobs.is_waiting = true;
        Next::Wait
    }
}

/// A ticket.
impl Run for State {
    fn run(self: Arc<Self>) {
        self.do_next();
    }

    /// The job is run by who waits for the scope.
    fn discard(self: Arc<Self>) {}
}

/// Where jobs are spawned that borrow: what [`scope`] gives to its closure.
///
/// ```
/// use rungs::executor::{Scope, scope};
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// /// Jobs spawn jobs through the scope.
/// fn count<'scope>(s: &'scope Scope<'scope, '_>, to: u32, seen: &'scope AtomicU32) {
///     if to > 0 {
///         seen.fetch_add(1, Ordering::Relaxed);
///         s.spawn(move || count(s, to - 1, seen));
///     }
/// }
///
/// let seen = AtomicU32::new(0);
/// scope(|s| count(s, 10, &seen));
/// assert_eq!(seen.into_inner(), 10);
/// ```
pub struct Scope<'scope, 'env: 'scope> {
    state: Arc<State>,
    pool: Arc<Shared>,
    /// Invariant, as in `std`: otherwise a scope could be taken for one that ends earlier.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// Runs `f`, which may spawn jobs that borrow what lives outside of the scope, and returns when
/// all of them have ended, too.
///
/// The pool is that of the calling worker, else the [global one](super::ThreadPoolExecutor::global).
/// While it waits, the thread runs jobs of this very scope that no worker has begun, and no
/// others. So a scope ends even inside a job of a pool with one worker, and where the pool is
/// shut down.
///
/// *Blocking:* until `f` and all jobs have ended, well or badly. If `f` panics, the jobs run all
/// the same.
///
/// *Panics* where `f` or a job does, when all have ended: with the payload of `f`, or else with
/// that of the job that panicked first.
///
/// *Cost:* an allocation for each job.
///
/// ```
/// let mut numbers = vec![1, 2, 3];
/// let mut sum = 0;
/// rungs::executor::scope(|s| {
///     s.spawn(|| numbers.push(4));
///     s.spawn(|| sum += 10);
/// });
/// assert_eq!((numbers.len(), sum), (4, 10));
/// ```
///
/// Jobs do not outlive what they borrow, and what they borrow does not escape:
///
/// ```compile_fail,E0373
/// rungs::executor::scope(|s| {
///     let inside = 1;
///     s.spawn(|| println!("{inside}"));
/// });
/// ```
///
/// ```compile_fail
/// let mut kept = None;
/// rungs::executor::scope(|s| kept = Some(s.submit(|| 1)));
/// ```
///
/// ```compile_fail,E0499
/// let mut number = 1;
/// rungs::executor::scope(|s| {
///     s.spawn(|| number += 1);
///     s.spawn(|| number += 2);
/// });
/// ```
///
/// They run in other threads:
///
/// ```compile_fail,E0277
/// let here = std::rc::Rc::new(1);
/// rungs::executor::scope(|s| s.spawn(|| println!("{here}")));
/// ```
#[doc(alias = "StructuredTaskScope")]
#[doc(alias = "WaitGroup")]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    Strand::with_any(|strand| open(strand, f))
}

fn open<'env, F, T>(strand: &Strand, f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let scope = Scope {
        state: Arc::new(State {
            jobs: Mutex::new(Jobs {
                queue: VecDeque::new(),
                unfinished: 0,
                panic: None,
                is_waiting: false,
            }),
            news: AutoResetEvent::new(false),
        }),
        pool: strand.shared().clone(),
        scope: PhantomData,
        env: PhantomData,
    };
    let result = catch(|| f(&scope));
    let panic = scope.state.finish(strand);
    match (result, panic) {
        (Ok(result), None) => result,
        (Ok(result), Some(payload)) => {
            discard(result);
            payload.resume()
        }
        (Err(payload), later) => {
            discard(later);
            payload.resume()
        }
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Spawns a job. Its panic comes out of the scope.
    ///
    /// *Blocking:* never.
    ///
    /// ```
    /// let mut squares = [0; 4];
    /// rungs::executor::scope(|s| {
    ///     for (n, square) in squares.iter_mut().enumerate() {
    ///         s.spawn(move || *square = n * n);
    ///     }
    /// });
    /// assert_eq!(squares, [0, 1, 4, 9]);
    /// ```
    #[doc(alias = "go")]
    pub fn spawn<F>(&'scope self, f: F)
    where
        F: FnOnce() + Send + 'scope,
    {
        self.push(Box::new(f));
    }

    /// Spawns a job with a result; its panic goes there.
    ///
    /// *Blocking:* never.
    ///
    /// ```
    /// let words = ["one", "three"];
    /// let longest = rungs::executor::scope(|s| {
    ///     let lengths = words.each_ref().map(|word| s.submit(move || word.len()));
    ///     lengths.map(|length| length.result().unwrap()).into_iter().max()
    /// });
    /// assert_eq!(longest, Some(5));
    /// ```
    pub fn submit<F, T>(&'scope self, f: F) -> ScopedTask<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let task = ClosureTask::new(f);
        let run = task.clone();
        self.push(Box::new(move || run.run()));
        let task: Arc<dyn Task<T> + 'scope> = task;
        // SAFETY: what is left out is that the task borrows for `'scope` only. That stands in the
        // type of the `ScopedTask`, which does not give the future away.
        let task: Arc<dyn Task<T>> = unsafe { std::mem::transmute(task) };
        ScopedTask {
            future: TaskFuture::new(task),
            scope: PhantomData,
        }
    }

    fn push(&self, job: Box<dyn FnOnce() + Send + 'scope>) {
        // SAFETY: what is left out is that the job borrows for `'scope` only. It is run, and all
        // of it dropped, before the scope returns (invariants 1 and 2), and `'scope` lasts longer.
        let job: Borrowing = unsafe { std::mem::transmute(job) };
        self.state.push(job);
        // A pool that takes no more leaves the job to who waits for the scope.
        if let Err(Rejected(ticket)) = self.pool.submit(Job::new(self.state.clone())) {
            drop(ticket);
        }
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// The result of a job in a [`Scope`], there or still to come: a [`TaskFuture`] that borrows.
///
/// *Claim on join:* [`result`](Self::result) runs the job in the waiting thread, if nobody has
/// begun it.
///
/// *Dropping* it detaches the job: the scope waits for it all the same.
///
/// ```
/// let six = rungs::executor::scope(|s| s.submit(|| 1 + 2 + 3).result());
/// assert_eq!(six.unwrap(), 6);
/// ```
#[must_use = "dropping it detaches the job; `spawn` says so"]
pub struct ScopedTask<'scope, T> {
    future: TaskFuture<T>,
    scope: PhantomData<&'scope ()>,
}

impl<T> ScopedTask<'_, T> {
    /// [`TaskFuture::result`].
    ///
    /// *Errors:* [`TaskError`]: it panicked, or was cancelled.
    ///
    /// ```
    /// let two = rungs::executor::scope(|s| s.submit(|| 2).result());
    /// assert_eq!(two.unwrap(), 2);
    /// ```
    #[doc(alias = "join")]
    pub fn result(self) -> Result<T, TaskError> {
        self.future.result()
    }

    /// [`TaskFuture::try_result`].
    ///
    /// ```
    /// rungs::executor::scope(|s| {
    ///     let mut two = s.submit(|| 2);
    ///     let two = loop {
    ///         match two.try_result() {
    ///             Ok(result) => break result,
    ///             Err(not_yet) => two = not_yet,
    ///         }
    ///     };
    ///     assert_eq!(two.unwrap(), 2);
    /// });
    /// ```
    pub fn try_result(self) -> Result<Result<T, TaskError>, Self> {
        self.future.try_result().map_err(Self::back)
    }

    /// [`TaskFuture::result_timeout`].
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// rungs::executor::scope(|s| {
    ///     let two = s.submit(|| 2).result_timeout(Duration::from_secs(3600));
    ///     assert_eq!(two.unwrap().unwrap(), 2);
    /// });
    /// ```
    pub fn result_timeout(self, timeout: Duration) -> Result<Result<T, TaskError>, Self> {
        self.future.result_timeout(timeout).map_err(Self::back)
    }

    /// [`TaskFuture::result_deadline`].
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// rungs::executor::scope(|s| {
    ///     let later = Instant::now() + Duration::from_secs(3600);
    ///     assert_eq!(s.submit(|| 2).result_deadline(later).unwrap().unwrap(), 2);
    /// });
    /// ```
    pub fn result_deadline(self, deadline: Instant) -> Result<Result<T, TaskError>, Self> {
        self.future.result_deadline(deadline).map_err(Self::back)
    }

    /// [`TaskFuture::cancel`].
    ///
    /// ```
    /// rungs::executor::scope(|s| {
    ///     let two = s.submit(|| 2);
    ///     let is_cancelled = two.cancel();
    ///     assert_eq!(two.result().is_err(), is_cancelled);
    /// });
    /// ```
    pub fn cancel(&self) -> bool {
        self.future.cancel()
    }

    /// [`TaskFuture::is_done`].
    ///
    /// ```
    /// rungs::executor::scope(|s| {
    ///     let two = s.submit(|| 2);
    ///     while !two.is_done() {
    ///         std::thread::yield_now();
    ///     }
    ///     assert_eq!(two.result().unwrap(), 2);
    /// });
    /// ```
    pub fn is_done(&self) -> bool {
        self.future.is_done()
    }

    fn back(future: TaskFuture<T>) -> Self {
        Self {
            future,
            scope: PhantomData,
        }
    }
}

/// As that of a [`TaskFuture`].
impl<T> Future for ScopedTask<'_, T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.future).poll(cx)
    }
}

impl<T> fmt::Debug for ScopedTask<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedTask")
            .field("done", &self.is_done())
            .finish_non_exhaustive()
    }
}

impl Handle {
    /// [`scope`] on this pool.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(2);
    /// let mut halves = [1, 2];
    /// pool.scope(|s| {
    ///     for half in &mut halves {
    ///         s.spawn(move || *half *= 10);
    ///     }
    /// });
    /// assert_eq!(halves, [10, 20]);
    /// ```
    pub fn scope<'env, F, T>(&self, f: F) -> T
    where
        F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
    {
        Strand::with(self.shared(), |strand| open(strand, f))
    }
}
