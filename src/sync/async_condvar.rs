//! Waiting, under a mutex, for what it guards to change; for threads and tasks alike.
//!
//! # State
//!
//! A [`Line`] whose state is 0 for good: nobody ever goes in by himself. A notification of one
//! *grants* the head of the line, one of all *refuses* everybody in it. The difference is what
//! becomes of it where the waiter goes away: a grant is passed on to the next in line, a refusal
//! was for that waiter only.
//!
//! A wait has three stages, one after the other, blocking or not:
//!
//! ```text
//! holds the lock ──▶ in this line ──▶ in the mutex's line ──▶ holds the lock
//!          stands in line, then             notified, or gave up
//!          lets the lock go
//! ```
//!
//! # Invariants
//!
//! 1. The lock is let go after the waiter stands in line: a notification that is made under the
//!    lock finds it.
//! 2. A grant is in one hand: the node's, then the [`Notice`]'s. Whoever drops either, passes it
//!    on; the notice is spent when the waiter has the lock and has looked at the data.

use super::async_mutex::{AsyncMutex, AsyncMutexGuardOf, ONE};
use super::error::TimedOut;
use super::share::{Share, Take};
use crate::sys::{self, clock::Instant, const_unless_loom};
use crate::wait::{Enter, Gate, Line, Order, Permits, Shut, block_on, block_until};
use pin_project_lite::pin_project;
use std::fmt;
use std::ops::Deref;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A place to wait for a condition on data under an [`AsyncMutex`](super::AsyncMutex).
///
/// A wait lets the lock go, sleeps until notified, and takes the lock again, so that a change made
/// under the lock between the look and the sleep is not missed. The guard goes in and comes back
/// by value, borrowed or owned. Prefer the forms with `while`: they look again after each
/// notification. Waiters may use different mutexes, each its own.
///
/// There are no spurious wake-ups: a wait ends by a notification or by its deadline.
///
/// *Fairness:* first come, first notified.
///
/// *Cancel safety:* a wait that is dropped holds no lock from then on. If it was notified by
/// [`notify_one`](Self::notify_one) and had not come back, the next in line is notified in its
/// place, even one who came later. A wait that times out in the moment in which it is notified
/// says that it was notified.
///
/// *Memory:* what happened before a notification is seen by whom it woke, also where the notifier
/// did not hold the lock.
///
/// *Cost:* a notification is one load where nobody waits. Waiting does not allocate, but for a
/// thread's first time.
///
/// ```
/// use rungs::future::block_on;
/// use rungs::sync::{AsyncCondvar, AsyncMutex};
/// use std::thread;
///
/// static READY: AsyncMutex<bool> = AsyncMutex::new(false);
/// static CHANGED: AsyncCondvar = AsyncCondvar::new();
///
/// let task = thread::spawn(|| {
///     block_on(async {
///         let ready = READY.lock_async().await;
///         let ready = CHANGED.wait_while_async(ready, |ready| !*ready).await;
///         assert!(*ready);
///     })
/// });
/// *READY.lock() = true;
/// CHANGED.notify_all();
/// task.join().unwrap();
/// ```
#[doc(alias = "Condition")]
#[doc(alias = "asyncio.Condition")]
#[doc(alias = "Cond")]
#[doc(alias = "Condvar")]
pub struct AsyncCondvar {
    line: Line<Permits>,
}

impl Gate for AsyncCondvar {
    type Rule = Permits;

    fn line(&self) -> &Line<Permits> {
        &self.line
    }

    /// Who was notified and went away passes it on.
    fn give_back(&self, _: usize) {
        self.notify_one();
    }
}

impl AsyncCondvar {
    const_unless_loom! {
        /// A condition variable that nobody waits on. `const`, so it can be a `static` (not so
        /// under loom).
        ///
        /// ```
        /// static CHANGED: rungs::sync::AsyncCondvar = rungs::sync::AsyncCondvar::new();
        /// assert_eq!(CHANGED.notify_all(), 0);
        /// ```
        pub const fn new() -> Self {
            Self { line: Line::new(0, Order::Strict) }
        }
    }

    /// Wakes the oldest waiter; `false` where there is none.
    ///
    /// *Blocking:* for a short lock where somebody waits. It calls the waiter's waker in this
    /// thread; one that panics is reported by the panic hook, and costs nobody anything.
    ///
    /// ```
    /// assert!(!rungs::sync::AsyncCondvar::new().notify_one());
    /// ```
    #[doc(alias = "signal")]
    #[doc(alias = "notify")]
    pub fn notify_one(&self) -> bool {
        self.line.grant_head()
    }

    /// Wakes all who wait at this moment, and says how many those were.
    ///
    /// *Blocking:* as [`notify_one`](Self::notify_one).
    ///
    /// ```
    /// assert_eq!(rungs::sync::AsyncCondvar::new().notify_all(), 0);
    /// ```
    #[doc(alias = "broadcast")]
    pub fn notify_all(&self) -> usize {
        self.line.refuse_all()
    }

    /// How many wait to be notified at some moment during the call.
    ///
    /// ```
    /// assert_eq!(rungs::sync::AsyncCondvar::new().waiters(), 0);
    /// ```
    pub fn waiters(&self) -> usize {
        self.line.waiters()
    }
}

/// Waiting for one notification.
impl AsyncCondvar {
    /// Lets the lock go, sleeps until notified, takes the lock again.
    ///
    /// ```
    /// # use rungs::sync::{AsyncCondvar, AsyncMutex};
    /// # use std::sync::Arc;
    /// let pair = Arc::new((AsyncMutex::new(0), AsyncCondvar::new()));
    /// let other = pair.clone();
    /// let guard = pair.0.lock();
    /// let notifier = std::thread::spawn(move || {
    ///     *other.0.lock() = 1; // waits until we wait
    ///     other.1.notify_one();
    /// });
    /// let guard = pair.1.wait(guard);
    /// assert_eq!(*guard, 1);
    /// # drop(guard);
    /// # notifier.join().unwrap();
    /// ```
    #[track_caller]
    pub fn wait<P, T>(&self, guard: AsyncMutexGuardOf<P, T>) -> AsyncMutexGuardOf<P, T>
    where
        P: Deref<Target = AsyncMutex<T>> + Clone,
        T: ?Sized,
    {
        block_on(self.wait_async(guard))
    }

    /// Waits until notified, or gives up after `timeout` (`Duration::MAX` never does) and says
    /// so. The lock is taken again either way, however long that takes.
    ///
    /// ```
    /// use rungs::sync::{AsyncCondvar, AsyncMutex, TimedOut};
    /// use std::time::Duration;
    ///
    /// let mutex = AsyncMutex::new(1);
    /// let never = AsyncCondvar::new();
    /// let (guard, waited) = never.wait_timeout(mutex.lock(), Duration::from_millis(1));
    /// assert_eq!((*guard, waited), (1, Err(TimedOut)));
    /// ```
    #[track_caller]
    pub fn wait_timeout<P, T>(
        &self,
        guard: AsyncMutexGuardOf<P, T>,
        timeout: Duration,
    ) -> (AsyncMutexGuardOf<P, T>, Result<(), TimedOut>)
    where
        P: Deref<Target = AsyncMutex<T>> + Clone,
        T: ?Sized,
    {
        let (guard, waited) = self.wait_to(guard, sys::deadline_after(timeout));
        (guard, waited.map(Notice::spend))
    }

    /// Waits until notified, or gives up at `deadline` and says so. The lock is taken again
    /// either way, however long that takes.
    ///
    /// ```
    /// use rungs::sync::{AsyncCondvar, AsyncMutex, TimedOut};
    /// use std::time::Instant;
    ///
    /// let mutex = AsyncMutex::new(1);
    /// let (guard, waited) = AsyncCondvar::new().wait_deadline(mutex.lock(), Instant::now());
    /// assert_eq!((*guard, waited), (1, Err(TimedOut)));
    /// ```
    #[track_caller]
    pub fn wait_deadline<P, T>(
        &self,
        guard: AsyncMutexGuardOf<P, T>,
        deadline: Instant,
    ) -> (AsyncMutexGuardOf<P, T>, Result<(), TimedOut>)
    where
        P: Deref<Target = AsyncMutex<T>> + Clone,
        T: ?Sized,
    {
        let (guard, waited) = self.wait_to(guard, Some(deadline));
        (guard, waited.map(Notice::spend))
    }

    /// Lets the lock go, waits until notified, takes the lock again; the task waits, in line from
    /// the first poll on, which is when the lock is let go.
    ///
    /// *Cancel safety:* dropped, it holds no lock, and passes on the notification that it may
    /// have got.
    ///
    /// ```
    /// use rungs::future::block_on;
    /// use rungs::sync::{AsyncCondvar, AsyncMutex};
    ///
    /// let (mutex, changed) = (AsyncMutex::new(0), AsyncCondvar::new());
    /// let guard = mutex.lock();
    /// std::thread::scope(|s| {
    ///     s.spawn(|| {
    ///         *mutex.lock() = 1; // waits until the task waits
    ///         changed.notify_one();
    ///     });
    ///     let guard = block_on(changed.wait_async(guard));
    ///     assert_eq!(*guard, 1);
    /// });
    /// ```
    #[track_caller]
    pub fn wait_async<P, T>(&self, guard: AsyncMutexGuardOf<P, T>) -> WaitAsync<'_, P, T>
    where
        P: Deref<Target = AsyncMutex<T>> + Clone,
        T: ?Sized,
    {
        WaitAsync {
            wait: Wait::new(self, guard),
        }
    }
}

/// Waiting for a condition.
impl AsyncCondvar {
    /// Waits while `condition` holds; looks before it waits, and after every notification.
    ///
    /// *Panics* where `condition` does: the lock is let go then, and the notification that made
    /// it look is passed on.
    ///
    /// ```
    /// let mutex = rungs::sync::AsyncMutex::new(3);
    /// let guard = rungs::sync::AsyncCondvar::new().wait_while(mutex.lock(), |left| *left > 3);
    /// assert_eq!(*guard, 3);
    /// ```
    #[doc(alias = "wait_for")]
    #[track_caller]
    pub fn wait_while<P, T>(
        &self,
        guard: AsyncMutexGuardOf<P, T>,
        condition: impl FnMut(&mut T) -> bool,
    ) -> AsyncMutexGuardOf<P, T>
    where
        P: Deref<Target = AsyncMutex<T>> + Clone,
        T: ?Sized,
    {
        self.wait_while_to(guard, None, condition).0
    }

    /// Waits while `condition` holds, or gives up after `timeout`; `Duration::MAX` never does.
    /// `Err` means that it still holds.
    ///
    /// *Panics* as [`wait_while`](Self::wait_while).
    ///
    /// ```
    /// use rungs::sync::{AsyncCondvar, AsyncMutex, TimedOut};
    /// use std::time::Duration;
    ///
    /// let (mutex, never) = (AsyncMutex::new(1), AsyncCondvar::new());
    /// let a_while = Duration::from_millis(1);
    /// let (guard, waited) = never.wait_timeout_while(mutex.lock(), a_while, |x| *x != 1);
    /// assert_eq!(waited, Ok(()));
    /// let (_, waited) = never.wait_timeout_while(guard, a_while, |x| *x != 2);
    /// assert_eq!(waited, Err(TimedOut));
    /// ```
    #[track_caller]
    pub fn wait_timeout_while<P, T>(
        &self,
        guard: AsyncMutexGuardOf<P, T>,
        timeout: Duration,
        condition: impl FnMut(&mut T) -> bool,
    ) -> (AsyncMutexGuardOf<P, T>, Result<(), TimedOut>)
    where
        P: Deref<Target = AsyncMutex<T>> + Clone,
        T: ?Sized,
    {
        self.wait_while_to(guard, sys::deadline_after(timeout), condition)
    }

    /// Waits while `condition` holds, or gives up at `deadline`. `Err` means that it still holds.
    ///
    /// *Panics* as [`wait_while`](Self::wait_while).
    ///
    /// ```
    /// use rungs::sync::{AsyncCondvar, AsyncMutex, TimedOut};
    /// use std::time::Instant;
    ///
    /// let (mutex, never) = (AsyncMutex::new(1), AsyncCondvar::new());
    /// let (_, waited) = never.wait_deadline_while(mutex.lock(), Instant::now(), |x| *x == 1);
    /// assert_eq!(waited, Err(TimedOut));
    /// ```
    #[track_caller]
    pub fn wait_deadline_while<P, T>(
        &self,
        guard: AsyncMutexGuardOf<P, T>,
        deadline: Instant,
        condition: impl FnMut(&mut T) -> bool,
    ) -> (AsyncMutexGuardOf<P, T>, Result<(), TimedOut>)
    where
        P: Deref<Target = AsyncMutex<T>> + Clone,
        T: ?Sized,
    {
        self.wait_while_to(guard, Some(deadline), condition)
    }

    /// Waits while `condition` holds; looks before it waits, and after every notification. The
    /// task waits.
    ///
    /// *Cancel safety:* as [`wait_async`](Self::wait_async). *Panics* as
    /// [`wait_while`](Self::wait_while).
    ///
    /// ```
    /// use rungs::sync::{AsyncCondvar, AsyncMutex};
    ///
    /// let (mutex, changed) = (AsyncMutex::new(3), AsyncCondvar::new());
    /// let guard = rungs::future::block_on(async {
    ///     changed.wait_while_async(mutex.lock_async().await, |left| *left > 3).await
    /// });
    /// assert_eq!(*guard, 3);
    /// ```
    pub async fn wait_while_async<P, T>(
        &self,
        mut guard: AsyncMutexGuardOf<P, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> AsyncMutexGuardOf<P, T>
    where
        P: Deref<Target = AsyncMutex<T>> + Clone,
        T: ?Sized,
    {
        let mut notice = Notice::none();
        while condition(&mut guard) {
            notice.spend();
            (guard, notice) = Wait::new(self, guard).await;
        }
        notice.spend();
        guard
    }

    /// Waits while `condition` holds, or gives up at the deadline.
    #[track_caller]
    fn wait_while_to<P, T>(
        &self,
        mut guard: AsyncMutexGuardOf<P, T>,
        deadline: Option<Instant>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> (AsyncMutexGuardOf<P, T>, Result<(), TimedOut>)
    where
        P: Deref<Target = AsyncMutex<T>> + Clone,
        T: ?Sized,
    {
        let mut waited = Ok(Notice::none());
        while condition(&mut guard) {
            match waited {
                Ok(notice) => notice.spend(),
                Err(TimedOut) => return (guard, Err(TimedOut)),
            }
            (guard, waited) = self.wait_to(guard, deadline);
        }
        let _ = waited.map(Notice::spend);
        (guard, Ok(()))
    }

    /// Waits until notified, or gives up at the deadline.
    #[track_caller]
    fn wait_to<'a, P, T>(
        &'a self,
        guard: AsyncMutexGuardOf<P, T>,
        deadline: Option<Instant>,
    ) -> (AsyncMutexGuardOf<P, T>, Result<Notice<'a>, TimedOut>)
    where
        P: Deref<Target = AsyncMutex<T>> + Clone,
        T: ?Sized,
    {
        let mut wait = pin!(Wait::new(self, guard));
        if let Some((guard, notice)) = block_until(wait.as_mut(), deadline) {
            return (guard, Ok(notice));
        }
        let notified = wait.as_mut().give_up();
        let (guard, notice) = block_on(wait);
        (guard, if notified { Ok(notice) } else { Err(TimedOut) })
    }
}

impl Default for AsyncCondvar {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for AsyncCondvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("AsyncCondvar");
        self.line.describe(&mut f);
        f.finish_non_exhaustive()
    }
}

/// A notification of one that its waiter has yet to make use of; passed on when dropped
/// (invariant 2).
#[must_use = "dropped, it is passed on"]
struct Notice<'a>(Option<&'a AsyncCondvar>);

impl Notice<'_> {
    /// Nothing to pass on.
    fn none() -> Self {
        Self(None)
    }

    /// It has served its purpose.
    fn spend(mut self) {
        self.0 = None;
    }
}

impl Drop for Notice<'_> {
    fn drop(&mut self) {
        if let Some(condvar) = self.0 {
            condvar.notify_one();
        }
    }
}

pin_project! {
    /// One wait, in its stages.
    struct Wait<'a, P: Deref<Target = AsyncMutex<T>>, T: ?Sized> {
        // Stage 1: the lock, held until we stand in line.
        held: Option<Share<P>>,
        // Stage 2: our place in the line.
        #[pin]
        wait: Enter<&'a AsyncCondvar>,
        // Stage 3: the way back to the lock. Dropped before the notice: who is notified in our
        // place finds the lock free.
        #[pin]
        lock: Take<P>,
        // What ended stage 2; `None` before.
        notice: Option<Notice<'a>>,
    }
}

impl<'a, P: Deref<Target = AsyncMutex<T>> + Clone, T: ?Sized> Wait<'a, P, T> {
    #[track_caller]
    fn new(condvar: &'a AsyncCondvar, guard: AsyncMutexGuardOf<P, T>) -> Self {
        let held = guard.into_share();
        Self {
            wait: Enter::new(condvar, ONE),
            lock: Take::new(held.lock().clone(), ONE),
            held: Some(held),
            notice: None,
        }
    }

    /// Leaves the line and goes on to the lock. Whether it was notified, in that moment or before.
    fn give_up(self: Pin<&mut Self>) -> bool {
        let mut this = self.project();
        if this.notice.is_some() {
            return true;
        }
        let verdict = this.wait.as_mut().withdraw();
        let condvar = *this.wait.gate();
        *this.notice = Some(match verdict {
            Some(ended) => condvar.notice(ended),
            None => Notice::none(),
        });
        verdict.is_some()
    }
}

impl AsyncCondvar {
    /// What became of a place in the line: see *State*.
    fn notice(&self, ended: Result<(), Shut>) -> Notice<'_> {
        match ended {
            Ok(()) => Notice(Some(self)),
            Err(Shut) => Notice::none(),
        }
    }
}

impl<'a, P: Deref<Target = AsyncMutex<T>> + Clone, T: ?Sized> Future for Wait<'a, P, T> {
    type Output = (AsyncMutexGuardOf<P, T>, Notice<'a>);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if this.notice.is_none() {
            let polled = this.wait.as_mut().poll(cx);
            // We stand in line by now (invariant 1).
            drop(this.held.take());
            let ended = ready!(polled);
            *this.notice = Some(this.wait.gate().notice(ended));
        }
        let share = ready!(this.lock.poll(cx));
        let notice = this.notice.take().expect("stage 3 follows stage 2");
        Poll::Ready((AsyncMutexGuardOf::new(share), notice))
    }
}

pin_project! {
    /// The future of [`AsyncCondvar::wait_async`]. It holds the lock until its first poll, stands
    /// in line from then on, and is ready when it has the lock again.
    ///
    /// ```
    /// use rungs::sync::{AsyncCondvar, AsyncMutex, WaitAsync};
    ///
    /// let (mutex, changed) = (AsyncMutex::new(1), AsyncCondvar::new());
    /// let wait: WaitAsync<&AsyncMutex<i32>, i32> = changed.wait_async(mutex.lock());
    /// assert!(mutex.is_locked());
    /// drop(wait);
    /// assert!(!mutex.is_locked());
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct WaitAsync<'a, P: Deref<Target = AsyncMutex<T>>, T: ?Sized> {
        #[pin]
        wait: Wait<'a, P, T>,
    }
}

impl<P: Deref<Target = AsyncMutex<T>> + Clone, T: ?Sized> Future for WaitAsync<'_, P, T> {
    type Output = AsyncMutexGuardOf<P, T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (guard, notice) = ready!(self.project().wait.poll(cx));
        notice.spend();
        Poll::Ready(guard)
    }
}

impl<P: Deref<Target = AsyncMutex<T>>, T: ?Sized> fmt::Debug for WaitAsync<'_, P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitAsync").finish_non_exhaustive()
    }
}
