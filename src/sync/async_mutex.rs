//! Mutual exclusion for threads and tasks alike.
//!
//! One permit on a [`Line`]; see there for how it is handed on.
//!
//! # Invariants
//!
//! 1. The value is touched by whoever has the permit (a guard, through its `Share`), or has the
//!    mutex to itself (`&mut`, by value). A guard is made where the permit was taken, and nowhere
//!    else.
//!
//! In a model each use of a guard is an access that loom watches. A claim for the life of the
//! guard would find no more (a reference does not outlive its guard, so what breaks exclusion
//! shows as two uses that nothing orders), and would make guards larger.

use super::share::{Lock, MappedMut, Share, Take, shows_what_it_guards};
use super::watch::{Mode, Watch};
use crate::sys::{self, Arc, cell::UnsafeCell, clock::Instant, const_unless_loom};
use crate::wait::{Gate, Line, Order, Permits};
use pin_project_lite::pin_project;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// The permit.
pub(super) const ONE: usize = 1;

/// A lock around data that one thread or task at a time may touch.
///
/// Threads [`lock`](Self::lock), tasks [`lock_async`](Self::lock_async), on the same object. The
/// guard is `Send`, and may be held across an `.await` and dropped on another thread. Prefer a
/// [`Mutex`](super::Mutex) where only threads lock, or where tasks never hold the lock across an
/// `.await`: it is smaller, and quicker where many want it. There is no poisoning: who panics
/// while holding the lock lets it go, and the next one finds the data as they were left.
///
/// *Fairness:* a mutex made by [`new`](Self::new) is *eventually* fair: a running thread may take
/// the lock past those who sleep, until the head of the line has waited for about a millisecond
/// and was, then, woken in vain; from then on the lock goes to the line, in order, until its head
/// has not waited that long. One made by [`fair`](Self::fair) is strictly first come, first
/// served, at the price of a thread switch for each hand-over under contention. On either kind a
/// task that was woken and is not polled keeps the lock from those behind it.
///
/// *Recursion:* who locks again what it holds waits for ever.
///
/// *Cancel safety:* a wait that times out or is dropped loses its place in line and nothing
/// else; a lock that was granted in that moment goes to the next in line.
///
/// *Cost:* locking and unlocking are one atomic operation each while nobody waits. Waiting does
/// not allocate, but for a thread's first time.
///
/// ```
/// use rungs::future::block_on;
/// use rungs::sync::AsyncMutex;
/// use std::thread;
///
/// static COUNT: AsyncMutex<u32> = AsyncMutex::new(0);
/// thread::scope(|s| {
///     s.spawn(|| *COUNT.lock() += 1);
///     s.spawn(|| block_on(async { *COUNT.lock_async().await += 1 }));
/// });
/// assert_eq!(*COUNT.lock(), 2);
/// ```
#[doc(alias = "Lock")]
#[doc(alias = "asyncio.Lock")]
#[doc(alias = "ReentrantLock")]
#[doc(alias = "Mutex")]
pub struct AsyncMutex<T: ?Sized> {
    line: Line<Permits>,
    watch: Watch,
    /// The data (invariant 1).
    value: UnsafeCell<T>,
}

// SAFETY: it owns the value.
unsafe impl<T: ?Sized + Send> Send for AsyncMutex<T> {}
// SAFETY: who shares it gets at the value alone (invariant 1), on whatever thread.
unsafe impl<T: ?Sized + Send> Sync for AsyncMutex<T> {}

impl<T: ?Sized> Gate for AsyncMutex<T> {
    type Rule = Permits;

    #[inline]
    fn line(&self) -> &Line<Permits> {
        &self.line
    }
}

impl<T: ?Sized> Lock for AsyncMutex<T> {
    #[inline]
    fn watch(&self) -> &Watch {
        &self.watch
    }

    #[inline]
    fn mode(_: usize) -> Mode {
        Mode::Alone
    }
}

impl<T> AsyncMutex<T> {
    const_unless_loom! {
        /// An eventually fair mutex around `value`, unlocked. `const`, so it can be a `static`
        /// (not so under loom).
        ///
        /// ```
        /// use rungs::sync::AsyncMutex;
        ///
        /// static NAMES: AsyncMutex<Vec<String>> = AsyncMutex::new(Vec::new());
        /// assert!(NAMES.lock().is_empty());
        /// ```
        pub const fn new(value: T) -> Self {
            Self::with(Order::Eventual, value)
        }
    }

    const_unless_loom! {
        /// A strictly fair mutex around `value`: first come, first served.
        ///
        /// ```
        /// let mutex = rungs::sync::AsyncMutex::fair(1);
        /// assert_eq!(*mutex.lock(), 1);
        /// ```
        pub const fn fair(value: T) -> Self {
            Self::with(Order::Strict, value)
        }
    }

    const_unless_loom! {
        const fn with(order: Order, value: T) -> Self {
            Self {
                line: Line::new(ONE as isize, order),
                watch: Watch::new(),
                value: UnsafeCell::new(value),
            }
        }
    }

    /// The value; nobody else can hold the lock.
    ///
    /// ```
    /// assert_eq!(rungs::sync::AsyncMutex::new(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> AsyncMutex<T> {
    /// The value; nobody else can hold the lock.
    ///
    /// ```
    /// let mut mutex = rungs::sync::AsyncMutex::new(1);
    /// *mutex.get_mut() = 2;
    /// assert_eq!(*mutex.lock(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        // SAFETY: we have the mutex to ourselves (invariant 1).
        self.value.with_mut(|value| unsafe { &mut *value })
    }

    /// Whether somebody holds the lock at this moment; good for statistics only.
    ///
    /// ```
    /// let mutex = rungs::sync::AsyncMutex::new(());
    /// let held = mutex.lock();
    /// assert!(mutex.is_locked());
    /// # drop(held);
    /// ```
    pub fn is_locked(&self) -> bool {
        self.line.state() == 0
    }

    /// How many stand in line at some moment during the call.
    ///
    /// ```
    /// assert_eq!(rungs::sync::AsyncMutex::new(()).waiters(), 0);
    /// ```
    #[doc(alias = "getQueueLength")]
    pub fn waiters(&self) -> usize {
        self.line.waiters()
    }
}

/// Guards that borrow the mutex.
impl<T: ?Sized> AsyncMutex<T> {
    /// Locks; the thread sleeps until it is its turn.
    ///
    /// ```
    /// let mutex = rungs::sync::AsyncMutex::new(1);
    /// *mutex.lock() += 1;
    /// assert_eq!(*mutex.lock(), 2);
    /// ```
    #[doc(alias = "lock_blocking")]
    #[doc(alias = "blocking_lock")]
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> AsyncMutexGuard<'_, T> {
        AsyncMutexGuardOf::new(Share::wait_for(self, ONE))
    }

    /// Locks if that needs no waiting. A fair mutex, or one whose line is starving, is not free
    /// for those who would pass the line.
    ///
    /// ```
    /// let mutex = rungs::sync::AsyncMutex::new(());
    /// let held = mutex.lock();
    /// assert!(mutex.try_lock().is_none());
    /// drop(held);
    /// assert!(mutex.try_lock().is_some());
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> Option<AsyncMutexGuard<'_, T>> {
        Share::try_take(self, ONE).map(AsyncMutexGuardOf::new)
    }

    /// Locks, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let mutex = rungs::sync::AsyncMutex::new(());
    /// let held = mutex.lock();
    /// assert!(mutex.lock_timeout(Duration::from_millis(1)).is_none());
    /// drop(held);
    /// assert!(mutex.lock_timeout(Duration::MAX).is_some());
    /// ```
    #[track_caller]
    pub fn lock_timeout(&self, timeout: Duration) -> Option<AsyncMutexGuard<'_, T>> {
        Share::take(self, ONE, sys::deadline_after(timeout)).map(AsyncMutexGuardOf::new)
    }

    /// Locks, or gives up at `deadline`.
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let mutex = rungs::sync::AsyncMutex::new(());
    /// assert!(mutex.lock_deadline(Instant::now()).is_some());
    /// ```
    #[track_caller]
    pub fn lock_deadline(&self, deadline: Instant) -> Option<AsyncMutexGuard<'_, T>> {
        Share::take(self, ONE, Some(deadline)).map(AsyncMutexGuardOf::new)
    }

    /// Locks; the task waits its turn, in line from the first poll on.
    ///
    /// *Cancel safety:* dropped, it leaves the line.
    ///
    /// ```
    /// let mutex = rungs::sync::AsyncMutex::new(1);
    /// rungs::future::block_on(async {
    ///     *mutex.lock_async().await += 1;
    /// });
    /// assert_eq!(mutex.into_inner(), 2);
    /// ```
    #[inline]
    #[track_caller]
    pub fn lock_async(&self) -> LockAsync<&Self, T> {
        LockAsync::new(self)
    }
}

/// Guards that share ownership of the mutex, so that they can go anywhere.
impl<T: ?Sized> AsyncMutex<T> {
    /// Locks; the thread sleeps until it is its turn. The guard shares ownership of the mutex.
    ///
    /// ```
    /// use rungs::sync::AsyncMutex;
    /// use std::sync::Arc;
    ///
    /// let mutex = Arc::new(AsyncMutex::new(1));
    /// let mut guard = mutex.lock_owned();
    /// std::thread::spawn(move || *guard += 1).join().unwrap();
    /// assert_eq!(*mutex.lock(), 2);
    /// ```
    #[inline]
    #[track_caller]
    pub fn lock_owned(self: &Arc<Self>) -> OwnedAsyncMutexGuard<T> {
        AsyncMutexGuardOf::new(Share::wait_for(Arc::clone(self), ONE))
    }

    /// Locks if that needs no waiting, as [`try_lock`](Self::try_lock) does. The guard shares
    /// ownership of the mutex.
    ///
    /// ```
    /// use rungs::sync::AsyncMutex;
    /// use std::sync::Arc;
    ///
    /// let mutex = Arc::new(AsyncMutex::new(()));
    /// let held = mutex.try_lock_owned();
    /// assert!(held.is_some());
    /// assert!(mutex.try_lock_owned().is_none());
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_lock_owned(self: &Arc<Self>) -> Option<OwnedAsyncMutexGuard<T>> {
        Share::try_take(Arc::clone(self), ONE).map(AsyncMutexGuardOf::new)
    }

    /// Locks, or gives up after `timeout`; `Duration::MAX` never does. The guard shares ownership
    /// of the mutex.
    ///
    /// ```
    /// use rungs::sync::AsyncMutex;
    /// use std::{sync::Arc, time::Duration};
    ///
    /// let mutex = Arc::new(AsyncMutex::new(()));
    /// let held = mutex.lock_owned_timeout(Duration::MAX);
    /// assert!(held.is_some());
    /// assert!(mutex.lock_owned_timeout(Duration::ZERO).is_none());
    /// ```
    #[track_caller]
    pub fn lock_owned_timeout(
        self: &Arc<Self>,
        timeout: Duration,
    ) -> Option<OwnedAsyncMutexGuard<T>> {
        Share::take(Arc::clone(self), ONE, sys::deadline_after(timeout)).map(AsyncMutexGuardOf::new)
    }

    /// Locks, or gives up at `deadline`. The guard shares ownership of the mutex.
    ///
    /// ```
    /// use rungs::sync::AsyncMutex;
    /// use std::{sync::Arc, time::Instant};
    ///
    /// let mutex = Arc::new(AsyncMutex::new(()));
    /// assert!(mutex.lock_owned_deadline(Instant::now()).is_some());
    /// ```
    #[track_caller]
    pub fn lock_owned_deadline(
        self: &Arc<Self>,
        deadline: Instant,
    ) -> Option<OwnedAsyncMutexGuard<T>> {
        Share::take(Arc::clone(self), ONE, Some(deadline)).map(AsyncMutexGuardOf::new)
    }

    /// Locks; the task waits its turn, in line from the first poll on. The guard shares ownership
    /// of the mutex.
    ///
    /// *Cancel safety:* dropped, it leaves the line.
    ///
    /// ```
    /// use rungs::sync::AsyncMutex;
    /// use std::sync::Arc;
    ///
    /// let mutex = Arc::new(AsyncMutex::new(1));
    /// let guard = rungs::future::block_on(mutex.lock_owned_async());
    /// assert_eq!(*guard, 1);
    /// ```
    #[inline]
    #[track_caller]
    pub fn lock_owned_async(self: &Arc<Self>) -> LockAsync<Arc<Self>, T> {
        LockAsync::new(Arc::clone(self))
    }
}

impl<T: Default> Default for AsyncMutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for AsyncMutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for AsyncMutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("AsyncMutex");
        match self.try_lock() {
            Some(guard) => f.field("value", &&*guard),
            None => f.field("value", &format_args!("<locked>")),
        };
        self.watch.describe(&mut f);
        self.line.describe(&mut f);
        f.finish_non_exhaustive()
    }
}

/// The lock of a mutex that is borrowed, held. See [`AsyncMutexGuardOf`].
pub type AsyncMutexGuard<'a, T> = AsyncMutexGuardOf<&'a AsyncMutex<T>, T>;

/// The lock of a mutex that is shared, held. See [`AsyncMutexGuardOf`].
pub type OwnedAsyncMutexGuard<T> = AsyncMutexGuardOf<Arc<AsyncMutex<T>>, T>;

/// The lock, held; dropping it unlocks.
///
/// ```
/// let mutex = rungs::sync::AsyncMutex::new(vec![1]);
/// let mut guard = mutex.lock();
/// guard.push(2);
/// drop(guard);
/// assert_eq!(mutex.into_inner(), [1, 2]);
/// ```
#[must_use = "dropped at once, it unlocks at once"]
pub struct AsyncMutexGuardOf<P: Deref<Target = AsyncMutex<T>>, T: ?Sized> {
    share: Share<P>,
}

// SAFETY: what it gives is a `&mut T`, and, as the last owner, the value: both may go where `T`
// is `Send`.
unsafe impl<P: Deref<Target = AsyncMutex<T>>, T: ?Sized + Send> Send for AsyncMutexGuardOf<P, T> {}
// SAFETY: a shared one gives no more than a `&T`.
unsafe impl<P: Deref<Target = AsyncMutex<T>>, T: ?Sized + Sync> Sync for AsyncMutexGuardOf<P, T> {}

/// Functions of the type, not methods, so that they hide none of the data's.
impl<P: Deref<Target = AsyncMutex<T>>, T: ?Sized> AsyncMutexGuardOf<P, T> {
    /// `share` is the permit.
    #[inline]
    pub(super) fn new(share: Share<P>) -> Self {
        Self { share }
    }

    /// What the guard has of its mutex.
    pub(super) fn into_share(self) -> Share<P> {
        self.share
    }

    /// A guard of a part of the data.
    ///
    /// ```
    /// use rungs::sync::{AsyncMutex, AsyncMutexGuard};
    ///
    /// let pair = AsyncMutex::new((1, "one"));
    /// *AsyncMutexGuard::map(pair.lock(), |pair| &mut pair.0) += 1;
    /// assert_eq!(pair.into_inner(), (2, "one"));
    /// ```
    pub fn map<U: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut T) -> &mut U,
    ) -> MappedMut<Self, U> {
        let part: *mut U = part(&mut this);
        MappedMut::new(this, part)
    }

    /// A guard of a part of the data, where there is one.
    ///
    /// *Errors:* the guard as it was.
    ///
    /// ```
    /// use rungs::sync::{AsyncMutex, AsyncMutexGuard};
    ///
    /// let words = AsyncMutex::new(vec!["one"]);
    /// let all = AsyncMutexGuard::try_map(words.lock(), |words| words.get_mut(1)).unwrap_err();
    /// assert_eq!(all.len(), 1);
    /// ```
    pub fn try_map<U: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut T) -> Option<&mut U>,
    ) -> Result<MappedMut<Self, U>, Self> {
        match part(&mut this).map(std::ptr::from_mut) {
            Some(part) => Ok(MappedMut::new(this, part)),
            None => Err(this),
        }
    }
}

impl<P: Deref<Target = AsyncMutex<T>>, T: ?Sized> Deref for AsyncMutexGuardOf<P, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard has the permit (invariant 1), and is borrowed.
        self.share.lock().value.with(|value| unsafe { &*value })
    }
}

impl<P: Deref<Target = AsyncMutex<T>>, T: ?Sized> DerefMut for AsyncMutexGuardOf<P, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        let value = &self.share.lock().value;
        // SAFETY: the guard has the permit (invariant 1), and is borrowed alone.
        value.with_mut(|value| unsafe { &mut *value })
    }
}

shows_what_it_guards!(
    [P: Deref<Target = AsyncMutex<T>>, T: ?Sized] AsyncMutexGuardOf<P, T>, T
);

pin_project! {
    /// The future of [`AsyncMutex::lock_async`] and
    /// [`lock_owned_async`](AsyncMutex::lock_owned_async). It stands in line from its first poll
    /// on, and leaves it when dropped.
    ///
    /// ```
    /// use rungs::sync::{AsyncMutex, LockAsync};
    ///
    /// let mutex = AsyncMutex::new(1);
    /// let lock: LockAsync<&AsyncMutex<i32>, i32> = mutex.lock_async();
    /// drop(lock); // was never polled: nothing happened
    /// assert!(!mutex.is_locked());
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct LockAsync<P: Deref<Target = AsyncMutex<T>>, T: ?Sized> {
        #[pin]
        take: Take<P>,
    }
}

impl<P: Deref<Target = AsyncMutex<T>>, T: ?Sized> LockAsync<P, T> {
    #[inline]
    #[track_caller]
    fn new(mutex: P) -> Self {
        Self {
            take: Take::new(mutex, ONE),
        }
    }
}

impl<P: Deref<Target = AsyncMutex<T>> + Clone, T: ?Sized> Future for LockAsync<P, T> {
    type Output = AsyncMutexGuardOf<P, T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().take.poll(cx).map(AsyncMutexGuardOf::new)
    }
}

impl<P: Deref<Target = AsyncMutex<T>>, T: ?Sized> fmt::Debug for LockAsync<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockAsync").finish_non_exhaustive()
    }
}
