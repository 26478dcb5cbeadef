//! Mutual exclusion between threads.
//!
//! `parking_lot`'s mutex under the verbs of this crate; in a model, loom's.

use crate::sys::{self, clock::Instant, lock_api};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

/// A lock around data that one thread at a time may touch.
///
/// There is no poisoning: a thread that panics while it holds the lock lets it go, and the next
/// one finds the data as they were left. The guard is not `Send`; to hold a lock across an
/// `.await`, use a [`Semaphore`](super::Semaphore) of one permit.
///
/// *Blocking:* [`lock`](Self::lock) sleeps while another thread holds the lock; it spins briefly
/// first. *Fairness:* eventual; a running thread may take the lock past a
/// sleeping one, for about half a millisecond. *Recursion:* a thread that locks again what it
/// holds blocks for ever.
///
/// ```
/// use rungs::sync::Mutex;
/// use std::thread;
///
/// static COUNT: Mutex<u32> = Mutex::new(0);
/// thread::scope(|s| {
///     for _ in 0..4 {
///         s.spawn(|| *COUNT.lock() += 1);
///     }
/// });
/// assert_eq!(*COUNT.lock(), 4);
/// ```
#[doc(alias = "Lock")]
#[doc(alias = "synchronized")]
pub struct Mutex<T: ?Sized>(lock_api::Mutex<sys::RawMutex, T>);

/// The lock, held; dropping it unlocks.
///
/// ```
/// let mutex = rungs::sync::Mutex::new(vec![1]);
/// let mut guard = mutex.lock();
/// guard.push(2);
/// drop(guard);
/// assert_eq!(mutex.into_inner(), [1, 2]);
/// ```
#[must_use = "dropped at once, it unlocks at once"]
pub struct MutexGuard<'a, T: ?Sized>(pub(super) lock_api::MutexGuard<'a, sys::RawMutex, T>);

impl<T> Mutex<T> {
    /// A mutex around `value`, unlocked. `const`, so it can be a `static`.
    ///
    /// ```
    /// static NAMES: rungs::sync::Mutex<Vec<String>> = rungs::sync::Mutex::new(Vec::new());
    /// assert!(NAMES.lock().is_empty());
    /// ```
    pub const fn new(value: T) -> Self {
        Self(lock_api::Mutex::new(value))
    }

    /// The value; nobody else can hold the lock.
    ///
    /// ```
    /// assert_eq!(rungs::sync::Mutex::new(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Locks; the thread sleeps while another holds the lock.
    ///
    /// ```
    /// let mutex = rungs::sync::Mutex::new(1);
    /// *mutex.lock() += 1;
    /// assert_eq!(*mutex.lock(), 2);
    /// ```
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard(self.0.lock())
    }

    /// Locks if that needs no waiting.
    ///
    /// ```
    /// let mutex = rungs::sync::Mutex::new(());
    /// let held = mutex.lock();
    /// assert!(mutex.try_lock().is_none());
    /// drop(held);
    /// assert!(mutex.try_lock().is_some());
    /// ```
    #[inline]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.0.try_lock().map(MutexGuard)
    }

    /// Locks, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let mutex = rungs::sync::Mutex::new(());
    /// let held = mutex.lock();
    /// assert!(mutex.lock_timeout(Duration::from_millis(1)).is_none());
    /// drop(held);
    /// assert!(mutex.lock_timeout(Duration::MAX).is_some());
    /// ```
    pub fn lock_timeout(&self, timeout: Duration) -> Option<MutexGuard<'_, T>> {
        match sys::deadline_after(timeout) {
            Some(deadline) => self.lock_deadline(deadline),
            None => Some(self.lock()),
        }
    }

    /// Locks, or gives up at `deadline`.
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let mutex = rungs::sync::Mutex::new(());
    /// assert!(mutex.lock_deadline(Instant::now()).is_some());
    /// ```
    pub fn lock_deadline(&self, deadline: Instant) -> Option<MutexGuard<'_, T>> {
        self.0.try_lock_until(deadline).map(MutexGuard)
    }

    /// The value; nobody else can hold the lock.
    ///
    /// ```
    /// let mut mutex = rungs::sync::Mutex::new(1);
    /// *mutex.get_mut() = 2;
    /// assert_eq!(*mutex.lock(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }

    /// Whether somebody holds the lock at this moment; good for statistics only.
    ///
    /// ```
    /// let mutex = rungs::sync::Mutex::new(());
    /// let held = mutex.lock();
    /// assert!(mutex.is_locked());
    /// # drop(held);
    /// ```
    pub fn is_locked(&self) -> bool {
        self.0.is_locked()
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("Mutex");
        match self.try_lock() {
            Some(guard) => f.field("value", &&*guard),
            None => f.field("value", &format_args!("<locked>")),
        };
        f.finish()
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
