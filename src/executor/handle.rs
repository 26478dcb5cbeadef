//! Submitting to a pool.

use super::fire::Fire;
use super::options::{Lodging, Named, Optioned, cancel_by};
use super::registry::Stay;
use super::shared::{Entry, Shared};
use super::worker::Local;
use super::{Executor, Map, Metrics, Priority, Rejected, SubmitError, TaskOptions};
use crate::future::{ClosureTask, Home, Job, SpawnedTask, TaskFuture};
use crate::sync::{CancelToken, TryAcquireError};
use crate::sys::{self, Arc, clock::Instant};
use crate::wait::{block_on, block_until};
use std::fmt;
use std::time::Duration;

/// Submits to a pool without keeping its threads: when the pool is shut down, a handle is
/// rejected.
///
/// Cheap to clone, and good inside jobs. What a job submits to its own pool belongs to it: a pool
/// that is shut down by [`Shutdown::Wait`](super::Shutdown::Wait) accepts it still, and waits for
/// it too. (Not so where the job is run by a thread outside the pool that waits for its
/// [result](TaskFuture::result): what it submits there comes from outside.)
///
/// ```
/// let pool = rungs::executor::ThreadPoolExecutor::new(1);
/// let handle = pool.handle();
/// let outer = pool.submit(move || handle.submit(|| 1));
/// assert_eq!(outer.result().unwrap().result().unwrap(), 1);
/// ```
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

/// How a job comes past the bound of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    /// It needs none: the pool has no bound, or takes on no more, as will be seen.
    Unneeded,
    /// There was some, and it has it.
    Taken,
    /// There is none, and its submitter is a worker, who does not wait but runs it at once.
    Inline,
}

/// There is no room at this moment.
struct Full;

impl Handle {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Submits a closure, to be run by a worker, or by whoever waits for its result first. A pool
    /// that is shut down rejects it: the future gives
    /// [`TaskError::Rejected`](crate::future::TaskError::Rejected), the closure is dropped.
    ///
    /// *Blocking:* never, but where the pool has a
    /// [bound](super::Builder::queue_capacity) and as many jobs wait: then until a worker begins
    /// one of them. A job that submits to its own pool is not made to wait: what it submits is
    /// run at once then, within this call.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// assert_eq!(pool.submit(|| 1 + 1).result().unwrap(), 2);
    /// ```
    #[doc(alias = "spawn_blocking")]
    pub fn submit<F, T>(&self, closure: F) -> TaskFuture<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let room = self.room();
        self.submit_into(room, Priority::Normal, closure)
    }

    /// Submits a closure, or gives it back.
    ///
    /// *Blocking:* never.
    ///
    /// *Errors:* [`SubmitError`], with the closure, where the pool is full or shut down.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// assert_eq!(pool.try_submit(|| 1 + 1).unwrap().result().unwrap(), 2);
    /// ```
    pub fn try_submit<F, T>(&self, closure: F) -> Result<TaskFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        match self.try_room() {
            Ok(room) => self.offer_into(room, closure),
            Err(Full) => Err(SubmitError::Full(closure)),
        }
    }

    /// Submits a closure, or gives it back if there is no room for it until `timeout` is over;
    /// `Duration::MAX` never is.
    ///
    /// *Blocking:* as [`submit`](Self::submit), but no longer than this.
    ///
    /// *Errors:* [`SubmitError`], with the closure, where the pool stayed full, or is shut down.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let two = pool.submit_timeout(|| 1 + 1, Duration::from_secs(3600)).unwrap();
    /// assert_eq!(two.result().unwrap(), 2);
    /// ```
    pub fn submit_timeout<F, T>(
        &self,
        closure: F,
        timeout: Duration,
    ) -> Result<TaskFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.submit_until(closure, sys::deadline_after(timeout))
    }

    /// Submits a closure, or gives it back if there is no room for it until `deadline`.
    ///
    /// *Blocking:* as [`submit`](Self::submit), but no longer than this.
    ///
    /// *Errors:* [`SubmitError`], with the closure, where the pool stayed full, or is shut down.
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let two = pool.submit_deadline(|| 1 + 1, Instant::now()).unwrap();
    /// assert_eq!(two.result().unwrap(), 2);
    /// ```
    pub fn submit_deadline<F, T>(
        &self,
        closure: F,
        deadline: Instant,
    ) -> Result<TaskFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.submit_until(closure, Some(deadline))
    }

    /// Submits a closure; the task waits where [`submit`](Self::submit) blocks.
    ///
    /// *Cancel safety:* dropped before it is ready, nothing was submitted.
    ///
    /// ```
    /// use rungs::future::block_on;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let two = block_on(pool.submit_async(|| 1 + 1));
    /// assert_eq!(two.result().unwrap(), 2);
    /// ```
    pub async fn submit_async<F, T>(&self, closure: F) -> TaskFuture<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let room = self.room_async().await;
        self.submit_into(room, Priority::Normal, closure)
    }

    /// Submits a closure of which more is to be known: its priority, its name, a token that
    /// cancels it.
    ///
    /// *Blocking:* as [`submit`](Self::submit).
    ///
    /// ```
    /// use rungs::executor::{TaskOptions, ThreadPoolExecutor};
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let two = pool.submit_with(TaskOptions::new().name("addition"), || 1 + 1);
    /// assert_eq!(two.result().unwrap(), 2);
    /// ```
    pub fn submit_with<F, T>(&self, options: TaskOptions, closure: F) -> TaskFuture<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let TaskOptions {
            priority,
            name,
            token,
        } = options;
        // A child: it goes with the closure, and its callback with it.
        let token = token.map(|token| token.child());
        let watched = token.clone();
        let task = ClosureTask::new(move || {
            let _token = token;
            let _name = name.as_ref().map(Named::enter);
            closure()
        });
        if let Some(token) = watched {
            cancel_by(&token, &task);
        }
        let room = self.room();
        self.enter(&task, room, priority);
        TaskFuture::new(task)
    }

    /// Submits a closure that nobody waits for. Its panic goes to the panic hook, and to what the
    /// pool calls [on a panic](super::Builder::on_panic).
    ///
    /// *Blocking:* as [`submit`](Self::submit).
    ///
    /// *Errors:* [`SubmitError`], with the closure, where the pool is shut down.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// pool.execute(move || sender.send(2).unwrap()).unwrap();
    /// assert_eq!(receiver.recv(), Ok(2));
    /// ```
    pub fn execute<F>(&self, closure: F) -> Result<(), SubmitError<F>>
    where
        F: FnOnce() + Send + 'static,
    {
        let room = self.room();
        self.execute_into(room, closure)
    }

    /// Submits a closure that nobody waits for, or gives it back.
    ///
    /// *Blocking:* never.
    ///
    /// *Errors:* [`SubmitError`], with the closure, where the pool is full or shut down.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// assert!(pool.try_execute(|| ()).is_ok());
    /// ```
    pub fn try_execute<F>(&self, closure: F) -> Result<(), SubmitError<F>>
    where
        F: FnOnce() + Send + 'static,
    {
        match self.try_room() {
            Ok(room) => self.execute_into(room, closure),
            Err(Full) => Err(SubmitError::Full(closure)),
        }
    }

    /// Submits a closure that nobody waits for, or gives it back if there is no room for it until
    /// `timeout` is over; `Duration::MAX` never is.
    ///
    /// *Blocking:* as [`submit`](Self::submit), but no longer than this.
    ///
    /// *Errors:* [`SubmitError`], with the closure, where the pool stayed full, or is shut down.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// assert!(pool.execute_timeout(|| (), Duration::from_millis(1)).is_ok());
    /// ```
    pub fn execute_timeout<F>(&self, closure: F, timeout: Duration) -> Result<(), SubmitError<F>>
    where
        F: FnOnce() + Send + 'static,
    {
        self.execute_until(closure, sys::deadline_after(timeout))
    }

    /// Submits a closure that nobody waits for, or gives it back if there is no room for it until
    /// `deadline`.
    ///
    /// *Blocking:* as [`submit`](Self::submit), but no longer than this.
    ///
    /// *Errors:* [`SubmitError`], with the closure, where the pool stayed full, or is shut down.
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// assert!(pool.execute_deadline(|| (), Instant::now()).is_ok());
    /// ```
    pub fn execute_deadline<F>(&self, closure: F, deadline: Instant) -> Result<(), SubmitError<F>>
    where
        F: FnOnce() + Send + 'static,
    {
        self.execute_until(closure, Some(deadline))
    }

    /// Submits a closure that nobody waits for; the task waits where [`execute`](Self::execute)
    /// blocks.
    ///
    /// *Errors:* [`SubmitError`], with the closure, where the pool is shut down.
    ///
    /// *Cancel safety:* dropped before it is ready, nothing was submitted.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// assert!(rungs::future::block_on(pool.execute_async(|| ())).is_ok());
    /// ```
    pub async fn execute_async<F>(&self, closure: F) -> Result<(), SubmitError<F>>
    where
        F: FnOnce() + Send + 'static,
    {
        let room = self.room_async().await;
        self.execute_into(room, closure)
    }

    /// Submits a future, to be polled by the workers until it is ready.
    ///
    /// The workers run closures as well: a future that blocks its thread holds up others. There
    /// is no reactor here; whatever wakes the future may come from any library.
    ///
    /// *Blocking:* never: a [bound](super::Builder::queue_capacity) is one of closures. A pool
    /// that is shut down rejects the future, as in [`submit`](Self::submit).
    ///
    /// *Cancel safety:* [`TaskFuture::cancel`] drops the future where it is suspended.
    ///
    /// ```
    /// use rungs::sync::Event;
    /// use std::sync::Arc;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let event = Arc::new(Event::new(false));
    /// let waiting = event.clone();
    /// let task = pool.spawn(async move { waiting.wait_async().await });
    /// event.set();
    /// assert!(task.result().is_ok());
    /// ```
    pub fn spawn<F>(&self, future: F) -> TaskFuture<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.spawn_to_stay(future, Stay::UntilDone)
    }

    /// Submits a future of which more is to be known: its name, a token that cancels it, the
    /// priority with which it is polled.
    ///
    /// *Blocking:* never, as [`spawn`](Self::spawn).
    ///
    /// *Cancel safety:* as [`spawn`](Self::spawn).
    ///
    /// *Cost:* one that has a name: at each poll two references counted up and down, and a lock that
    /// nobody else wants.
    ///
    /// ```
    /// use rungs::executor::{Priority, TaskOptions, ThreadPoolExecutor};
    /// use rungs::future::current_name;
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let options = TaskOptions::new().name("upload").priority(Priority::Low);
    /// let task = pool.spawn_with(options, async { current_name() });
    /// assert!(format!("{task:?}").contains("upload"));
    /// assert_eq!(task.result().unwrap().as_deref(), Some("upload"));
    /// ```
    #[doc(alias = "create_task")]
    #[doc(alias = "spawn_named")]
    pub fn spawn_with<F>(&self, options: TaskOptions, future: F) -> TaskFuture<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let token = options.token.as_ref().map(CancelToken::child);
        let home = Lodging::new(self.clone(), &options);
        let task = SpawnedTask::new(Optioned::new(future, options.name, token.clone()), home);
        if self.shared.admit(&task, Stay::UntilDone) {
            if let Some(token) = token {
                cancel_by(&token, &task);
            }
            task.clone().schedule();
        } else {
            task.reject();
        }
        TaskFuture::new(task)
    }

    pub(super) fn spawn_to_stay<F>(&self, future: F, stay: Stay) -> TaskFuture<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let task = SpawnedTask::new(future, self.clone());
        if self.shared.admit(&task, stay) {
            task.clone().schedule();
        } else {
            task.reject();
        }
        TaskFuture::new(task)
    }

    /// Calls `f` on each item, on the workers, and gives the results in the order of the items.
    /// Lazy, and no more than a [bounded number](Map::buffer_size) of items ahead. [`Map`] can do
    /// more: chunks, results in any order, a timeout, a stream.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(2);
    /// let squares = pool.map(0..5, |n| n * n).map(Result::unwrap);
    /// assert!(squares.eq([0, 1, 4, 9, 16]));
    /// ```
    #[doc(alias = "par_iter")]
    pub fn map<I, F, R>(&self, items: I, f: F) -> Map<'_, I::IntoIter, F, R>
    where
        I: IntoIterator<Item: Send + 'static>,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
        R: Send + 'static,
    {
        let workers = self.shared.sleep.strength().most;
        Map::new(self, items.into_iter(), f, workers.saturating_mul(8))
    }

    /// How many workers there are at this moment, those included that are being started.
    ///
    /// ```
    /// assert_eq!(rungs::executor::ThreadPoolExecutor::new(2).workers(), 2);
    /// ```
    pub fn workers(&self) -> usize {
        self.shared.sleep.strength().workers
    }

    /// Figures about the pool.
    ///
    /// *Blocking:* a short lock, and a look at each worker.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let handle = pool.handle();
    /// drop(pool);
    /// assert_eq!(handle.metrics().completed, 0);
    /// ```
    pub fn metrics(&self) -> Metrics {
        let shared = &self.shared;
        let strength = shared.sleep.strength();
        let mut metrics = Metrics {
            workers: strength.workers,
            max_workers: strength.most,
            idle: strength.idle,
            blocked: strength.blocked,
            queued: shared.backlog(),
            spawned: shared.tasks.len(),
            ..Metrics::default()
        };
        for seat in shared.seats.iter() {
            metrics.running += usize::from(seat.is_busy());
            metrics.completed += seat.ended.get();
            metrics.thefts += seat.thefts.get();
            metrics.sleeps += seat.sleeps.get();
        }
        metrics
    }

    /// Submits a closure that has room.
    fn submit_into<F, T>(&self, room: Room, priority: Priority, closure: F) -> TaskFuture<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let task = ClosureTask::new(closure);
        self.enter(&task, room, priority);
        TaskFuture::new(task)
    }

    /// Submits a closure that somebody else keeps count of: it needs no room.
    pub(super) fn submit_unbounded<F, T>(&self, closure: F) -> TaskFuture<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.submit_into(Room::Unneeded, Priority::Normal, closure)
    }

    /// Queues a task, or rejects it.
    fn enter<F, T>(&self, task: &Arc<ClosureTask<F, T>>, room: Room, priority: Priority)
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        if let Err(Rejected(job)) = self.accept(Job::new(task.clone()), room, priority) {
            task.reject();
            drop(job);
        }
    }

    /// Submits a closure that has room, or gives it back.
    fn offer_into<F, T>(&self, room: Room, closure: F) -> Result<TaskFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let task = ClosureTask::new(closure);
        // What comes back was not run: when the job is dropped, its closure is gone already.
        let closure = match self.accept(Job::new(task.clone()), room, Priority::Normal) {
            Ok(()) => None,
            Err(Rejected(_job)) => task.take_back(),
        };
        match closure {
            None => Ok(TaskFuture::new(task)),
            Some(closure) => Err(SubmitError::ShutDown(closure)),
        }
    }

    fn submit_until<F, T>(
        &self,
        closure: F,
        deadline: Option<Instant>,
    ) -> Result<TaskFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        match self.room_until(deadline) {
            Ok(room) => self.offer_into(room, closure),
            Err(Full) => Err(SubmitError::Full(closure)),
        }
    }

    fn execute_into<F>(&self, room: Room, closure: F) -> Result<(), SubmitError<F>>
    where
        F: FnOnce() + Send + 'static,
    {
        self.accept(Fire::job(closure), room, Priority::Normal)
            // SAFETY: a pool that rejects a job gives back this very one.
            .map_err(|Rejected(job)| SubmitError::ShutDown(unsafe { Fire::take_back(job) }))
    }

    fn execute_until<F>(&self, closure: F, until: Option<Instant>) -> Result<(), SubmitError<F>>
    where
        F: FnOnce() + Send + 'static,
    {
        match self.room_until(until) {
            Ok(room) => self.execute_into(room, closure),
            Err(Full) => Err(SubmitError::Full(closure)),
        }
    }

    /// Queues a job that has room, or runs it at once.
    fn accept(&self, job: Job, room: Room, priority: Priority) -> Result<(), Rejected<Job>> {
        if room == Room::Inline {
            job.run();
            return Ok(());
        }
        let has_room = room == Room::Taken;
        self.shared.enter(job, Entry { has_room, priority })
    }

    /// Finds room for a job, if there is some.
    fn try_room(&self) -> Result<Room, Full> {
        let Some(room) = &self.shared.room else {
            return Ok(Room::Unneeded);
        };
        match room.try_acquire() {
            Ok(permit) => {
                permit.forget();
                Ok(Room::Taken)
            }
            Err(TryAcquireError::Closed) => Ok(Room::Unneeded),
            Err(TryAcquireError::NoPermits) => match Local::of(&self.shared) {
                Some(_) => Ok(Room::Inline),
                None => Err(Full),
            },
        }
    }

    /// Waits for room.
    fn room(&self) -> Room {
        match self.try_room() {
            Ok(room) => room,
            Err(Full) => block_on(self.room_async()),
        }
    }

    fn room_until(&self, deadline: Option<Instant>) -> Result<Room, Full> {
        match self.try_room() {
            Ok(room) => Ok(room),
            Err(Full) => block_until(self.room_async(), deadline).ok_or(Full),
        }
    }

    async fn room_async(&self) -> Room {
        match (self.try_room(), &self.shared.room) {
            (Err(Full), Some(room)) => match room.acquire_async().await {
                Ok(permit) => {
                    permit.forget();
                    Room::Taken
                }
                Err(_closed) => Room::Unneeded,
            },
            (Ok(found), _) => found,
            (Err(Full), None) => Room::Unneeded,
        }
    }
}

impl Executor for Handle {
    fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
        self.shared.submit(job)
    }
}

impl Home for Handle {
    fn schedule(&self, job: Job) {
        self.shared.reschedule(job, Priority::Normal);
    }

    fn finished(&self, key: usize) {
        self.shared.finished(key);
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}
