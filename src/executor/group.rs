//! Jobs that succeed together, or end together.
//!
//! # How it works
//!
//! Each job is a task of the pool, the *child*, and a task [derived](TaskFuture) from it, the
//! *reporter*, which takes the outcome of the child when that has ended, strikes the child off the
//! list, and lets go of its [`Member`]. So when the members are gone, no job runs any more, and
//! all failures are known.
//!
//! # Invariants
//!
//! 1. A child is in the list from before its reporter is made until the reporter strikes it off.
//! 2. `ended` is set under the lock, once, by the first failure or by `cancel`; whoever sets it
//!    cancels all that is in the list then. A child that comes to the list later, is cancelled by
//!    who brings it.
//! 3. No code of users runs under the lock.

use super::Handle;
use crate::PanicPayload;
use crate::future::{Outcome, Task, TaskError, TaskFuture, current_token};
use crate::panic::discard;
use crate::sync::{Member, Registration, WaitGroup};
use crate::sys::{self, Arc, Mutex, clock::Instant};
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// What a job of a group comes to.
type Report<E> = Result<(), E>;

/// Jobs of a pool that succeed together: the first one to fail cancels the others, and nobody
/// goes on before all have ended.
///
/// A job gives `Ok(())`, or an error of type `E`; a panic is a failure, too. The first failure
/// [cancels](TaskFuture::cancel) the siblings: those that nobody has begun, and spawned ones that
/// are suspended, at once; closures that run are asked to end through their
/// [token](crate::future::current_token).
///
/// *Nesting:* a group that is made inside a job is cancelled when that job is asked to end. So a
/// failure in a group reaches all that its jobs have started.
///
/// *Dropping* it cancels all and waits, as [`join`](Self::join) does, for what runs.
///
/// ```
/// use rungs::executor::{GroupError, TaskGroup, ThreadPoolExecutor};
///
/// let pool = ThreadPoolExecutor::new(2);
/// let group = TaskGroup::new(&pool.handle());
/// group.submit(|| Ok(()));
/// group.submit(|| Err("no paper"));
/// group.spawn(std::future::pending());
/// assert!(matches!(group.join(), Err(GroupError::Failed("no paper"))));
/// ```
#[doc(alias = "errgroup")]
#[doc(alias = "StructuredTaskScope")]
#[doc(alias = "nursery")]
#[must_use = "dropped at once, it waits for nothing"]
pub struct TaskGroup<E: Send + 'static> {
    handle: Handle,
    /// `None` once it is joined.
    family: Option<Family<E>>,
}

/// The jobs of a group.
struct Family<E: Send + 'static> {
    jobs: Arc<Jobs<E>>,
    /// That the job which made the group cancels it.
    _outer: Registration,
}

struct Jobs<E> {
    state: Mutex<State<E>>,
    members: WaitGroup,
}

struct State<E> {
    /// Those that have not ended, by age.
    children: BTreeMap<usize, Arc<dyn Task<Report<E>>>>,
    /// How many there have been.
    count: usize,
    /// No new ones are begun.
    ended: bool,
    /// By who holds the group, or by the job that made it.
    cancelled: bool,
    /// The first failure.
    failure: Option<GroupError<E>>,
}

/// Why a group did not succeed.
///
/// ```
/// use rungs::executor::{GroupError, TaskGroup, ThreadPoolExecutor};
///
/// let pool = ThreadPoolExecutor::new(1);
/// let group = TaskGroup::<()>::new(&pool.handle());
/// group.submit(|| panic!("no paper"));
/// let error = group.join().unwrap_err();
/// assert!(matches!(error, GroupError::Panicked(payload) if payload.message() == "no paper"));
/// ```
#[derive(Debug)]
pub enum GroupError<E> {
    /// The group was cancelled, from outside; whatever failed in it beside.
    Cancelled,
    /// A job failed with this, before any other did.
    Failed(E),
    /// A job panicked with this, before any other failed.
    Panicked(PanicPayload),
    /// The executor took on no more.
    Rejected,
}

impl<E: Send + 'static> TaskGroup<E> {
    /// A group without jobs.
    ///
    /// ```
    /// use rungs::executor::{TaskGroup, ThreadPoolExecutor};
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// assert!(TaskGroup::<()>::new(&pool.handle()).join().is_ok());
    /// ```
    pub fn new(handle: &Handle) -> Self {
        let jobs = Arc::new(Jobs {
            state: Mutex::new(State {
                children: BTreeMap::new(),
                count: 0,
                ended: false,
                cancelled: false,
                failure: None,
            }),
            members: WaitGroup::new(),
        });
        let weak = Arc::downgrade(&jobs);
        let outer = current_token().on_cancel(move || {
            if let Some(jobs) = weak.upgrade() {
                jobs.cancel();
            }
        });
        Self {
            handle: handle.clone(),
            family: Some(Family {
                jobs,
                _outer: outer,
            }),
        }
    }

    /// Adds a job, a closure. In a group that has failed or was cancelled, it is dropped.
    ///
    /// *Blocking:* as [`Handle::submit`]. A pool that is shut down rejects it, and the group fails.
    ///
    /// ```
    /// use rungs::executor::{TaskGroup, ThreadPoolExecutor};
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let group = TaskGroup::<()>::new(&pool.handle());
    /// group.submit(|| Ok(()));
    /// assert!(group.join().is_ok());
    /// ```
    #[doc(alias = "fork")]
    #[doc(alias = "Go")]
    pub fn submit<F>(&self, closure: F)
    where
        F: FnOnce() -> Result<(), E> + Send + 'static,
    {
        self.add(|| self.handle.submit(closure));
    }

    /// Adds a job, a future. In a group that has failed or was cancelled, it is dropped.
    ///
    /// *Blocking:* never. A pool that is shut down rejects it, and the group fails.
    ///
    /// ```
    /// use rungs::executor::{TaskGroup, ThreadPoolExecutor};
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let group = TaskGroup::<()>::new(&pool.handle());
    /// group.spawn(async { Ok(()) });
    /// assert!(group.join().is_ok());
    /// ```
    #[doc(alias = "create_task")]
    pub fn spawn<F>(&self, future: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        self.add(|| self.handle.spawn(future));
    }

    /// Cancels all jobs, and the group: [`join`](Self::join) will say so.
    ///
    /// *Blocking:* never.
    ///
    /// ```
    /// use rungs::executor::{GroupError, TaskGroup, ThreadPoolExecutor};
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let group = TaskGroup::<()>::new(&pool.handle());
    /// group.spawn(std::future::pending());
    /// group.cancel();
    /// assert!(matches!(group.join(), Err(GroupError::Cancelled)));
    /// ```
    pub fn cancel(&self) {
        self.jobs().cancel();
    }

    /// Waits until all jobs have ended, whatever became of them; the thread sleeps, or runs those
    /// that nobody has begun, the oldest first. So it may be called in a job on a single worker.
    ///
    /// A job that joins its own group waits for ever.
    ///
    /// *Errors:* the first failure; or that the group was cancelled, which beats all failures.
    ///
    /// ```
    /// use rungs::executor::{TaskGroup, ThreadPoolExecutor};
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let handle = pool.handle();
    /// let job = pool.submit(move || {
    ///     let group = TaskGroup::<()>::new(&handle);
    ///     (0..10).for_each(|_| group.submit(|| Ok(())));
    ///     group.join().is_ok()
    /// });
    /// assert!(job.result().unwrap());
    /// ```
    #[doc(alias = "wait")]
    pub fn join(mut self) -> Result<(), GroupError<E>> {
        self.jobs().help();
        self.jobs().members.wait();
        self.verdict()
    }

    /// Does not wait: whether the group succeeded, or the group back, where jobs have not ended.
    ///
    /// *Errors:* those of [`join`](Self::join), inside.
    ///
    /// ```
    /// use rungs::executor::{TaskGroup, ThreadPoolExecutor};
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let group = TaskGroup::<()>::new(&pool.handle());
    /// group.spawn(std::future::pending());
    /// let group = group.try_join().unwrap_err();
    /// group.cancel();
    /// assert!(group.join().is_err());
    /// ```
    pub fn try_join(mut self) -> Result<Result<(), GroupError<E>>, Self> {
        match self.jobs().members.try_wait() {
            true => Ok(self.verdict()),
            false => Err(self),
        }
    }

    /// Waits until all jobs have ended, or gives the group back after `timeout`; `Duration::MAX`
    /// never does. The thread sleeps, and runs nothing.
    ///
    /// *Errors:* those of [`join`](Self::join), inside.
    ///
    /// ```
    /// use rungs::executor::{TaskGroup, ThreadPoolExecutor};
    /// use std::time::Duration;
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let group = TaskGroup::<()>::new(&pool.handle());
    /// group.submit(|| Ok(()));
    /// assert!(group.join_timeout(Duration::MAX).unwrap().is_ok());
    /// ```
    pub fn join_timeout(self, timeout: Duration) -> Result<Result<(), GroupError<E>>, Self> {
        self.join_to(sys::deadline_after(timeout))
    }

    /// Waits until all jobs have ended, or gives the group back at `deadline`; else as
    /// [`join_timeout`](Self::join_timeout).
    ///
    /// ```
    /// use rungs::executor::{TaskGroup, ThreadPoolExecutor};
    /// use std::time::Instant;
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let group = TaskGroup::<()>::new(&pool.handle());
    /// assert!(group.join_deadline(Instant::now()).unwrap().is_ok());
    /// ```
    pub fn join_deadline(self, deadline: Instant) -> Result<Result<(), GroupError<E>>, Self> {
        self.join_to(Some(deadline))
    }

    /// Waits until all jobs have ended; the task waits.
    ///
    /// *Errors:* those of [`join`](Self::join).
    ///
    /// *Cancel safety:* dropped, it cancels all jobs, and does not wait for those that run.
    ///
    /// ```
    /// use rungs::executor::{TaskGroup, ThreadPoolExecutor};
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let group = TaskGroup::<()>::new(&pool.handle());
    /// group.spawn(async { Ok(()) });
    /// assert!(rungs::future::block_on(group.join_async()).is_ok());
    /// ```
    pub fn join_async(mut self) -> impl Future<Output = Result<(), GroupError<E>>> {
        // At once: a group that is left in a future which nobody polls would wait when it is
        // dropped.
        let family = CancelOnDrop(self.leave());
        async move {
            family.0.jobs.members.wait_async().await;
            family.0.jobs.verdict()
        }
    }

    /// Adds the job that `start` starts.
    fn add(&self, start: impl FnOnce() -> TaskFuture<Report<E>>) {
        let jobs = self.jobs();
        if jobs.state.lock().ended {
            return discard(start);
        }
        let child = start();
        let (member, task) = (jobs.members.add(), child.task().clone());
        let (key, ended) = jobs.enter(task.clone());
        let report = jobs.clone();
        // Detached: it is driven by its child.
        drop(child.after(move |outcome| {
            report.ended(key, outcome, member);
            Ok(())
        }));
        if ended {
            task.cancel();
        }
    }

    fn join_to(mut self, deadline: Option<Instant>) -> Result<Result<(), GroupError<E>>, Self> {
        let members = &self.jobs().members;
        let in_time = match deadline {
            Some(deadline) => members.wait_deadline(deadline),
            None => {
                members.wait();
                Ok(())
            }
        };
        match in_time {
            Ok(()) => Ok(self.verdict()),
            Err(_) => Err(self),
        }
    }

    fn jobs(&self) -> &Arc<Jobs<E>> {
        match &self.family {
            Some(family) => &family.jobs,
            None => unreachable!("a group that was joined is gone"),
        }
    }

    /// What came of it all, when all have ended.
    fn verdict(&mut self) -> Result<(), GroupError<E>> {
        self.leave().jobs.verdict()
    }

    /// Takes the jobs out: there is nothing left for the drop to do.
    fn leave(&mut self) -> Family<E> {
        match self.family.take() {
            Some(family) => family,
            None => unreachable!("a group that was joined is gone"),
        }
    }
}

impl<E: Send + 'static> Jobs<E> {
    /// Enters a child; gives its key, and whether it comes too late.
    fn enter(&self, child: Arc<dyn Task<Report<E>>>) -> (usize, bool) {
        let mut state = self.state.lock();
        let key = state.count;
        state.count += 1;
        state.children.insert(key, child);
        (key, state.ended)
    }

    /// A child has ended.
    fn ended(&self, key: usize, outcome: Outcome<Report<E>>, member: Member) {
        let struck_off = self.state.lock().children.remove(&key);
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.fail(GroupError::Failed(error)),
            Err(TaskError::Panicked(payload)) => self.fail(GroupError::Panicked(payload)),
            Err(TaskError::Rejected) => self.fail(GroupError::Rejected),
            // By us; or by the executor, which is as good as from outside.
            Err(_) => self.fail(GroupError::Cancelled),
        }
        discard(struck_off);
        // The last step: who joins takes it that nothing runs any more.
        drop(member);
    }

    /// Notes a failure, if it is the first, and cancels the others.
    fn fail(&self, failure: GroupError<E>) {
        let mut state = self.state.lock();
        let first = !std::mem::replace(&mut state.ended, true);
        let late = match first {
            true => state.failure.replace(failure),
            false => Some(failure),
        };
        drop(state);
        discard(late);
        if first {
            self.cancel_all();
        }
    }

    fn cancel(&self) {
        let mut state = self.state.lock();
        state.ended = true;
        state.cancelled = true;
        drop(state);
        self.cancel_all();
    }

    fn cancel_all(&self) {
        for child in self.children() {
            child.cancel();
        }
    }

    /// Runs in this thread what nobody has begun.
    fn help(&self) {
        for child in self.children() {
            child.help();
        }
    }

    /// Those that have not ended, the oldest first.
    fn children(&self) -> Vec<Arc<dyn Task<Report<E>>>> {
        self.state.lock().children.values().cloned().collect()
    }

    fn verdict(&self) -> Result<(), GroupError<E>> {
        let mut state = self.state.lock();
        let (failure, cancelled) = (state.failure.take(), state.cancelled);
        drop(state);
        match (cancelled, failure) {
            (false, None) => Ok(()),
            (false, Some(failure)) => Err(failure),
            (true, failure) => {
                discard(failure);
                Err(GroupError::Cancelled)
            }
        }
    }
}

/// What `join_async` leaves behind when it is dropped.
struct CancelOnDrop<E: Send + 'static>(Family<E>);

impl<E: Send + 'static> Drop for CancelOnDrop<E> {
    fn drop(&mut self) {
        if !self.0.jobs.members.try_wait() {
            self.0.jobs.cancel();
        }
    }
}

impl<E: Send + 'static> Drop for TaskGroup<E> {
    fn drop(&mut self) {
        if let Some(family) = self.family.take() {
            // What nobody has begun is gone with that: nothing is left to help.
            family.jobs.cancel();
            family.jobs.members.wait();
        }
    }
}

impl<E: Send + 'static> fmt::Debug for TaskGroup<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskGroup").finish_non_exhaustive()
    }
}

impl<E: fmt::Display> fmt::Display for GroupError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.write_str("the group was cancelled"),
            Self::Failed(error) => write!(f, "a job failed: {error}"),
            Self::Panicked(payload) => write!(f, "a job panicked: {payload}"),
            Self::Rejected => f.write_str("the executor is shut down"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> Error for GroupError<E> {}
