//! Many readers or one writer, between threads.
//!
//! `parking_lot`'s lock under the verbs of this crate; in a model, a lock with the same states
//! over loom's.

use super::watch::{Mode, Watch};
use crate::sys::{self, clock::Instant, lock_api};
use std::fmt;
use std::time::Duration;

mod guards;

pub use guards::{MappedRwLockReadGuard, MappedRwLockWriteGuard};
pub use guards::{RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard};

/// A lock around data that one thread may change or many may read.
///
/// Prefer a [`Mutex`](super::Mutex) where the lock is held briefly: to count readers in and out
/// costs as much as to lock, and only readers that stay long gain from each other's company.
///
/// Beside readers, *one* thread may read [upgradably](Self::upgradable_read): it keeps writers
/// out, and may become the writer later without letting anybody in between
/// ([`upgrade`](RwLockUpgradableReadGuard::upgrade)). There is no poisoning: a thread that
/// panics while it holds the lock lets it go. The guards are not `Send`.
///
/// *Blocking:* the thread sleeps; it spins briefly first. *Fairness:* eventual. A writer that
/// waits, and a reader that upgrades, hold off new readers, so that neither starves; a reader
/// that may upgrade holds off none. *Recursion:* a thread that asks again for what it holds may
/// block for ever, readers not excepted: between two reads of one thread a writer may have come
/// to wait, who lets the second one wait until the first is over.
///
/// ```
/// use rungs::sync::RwLock;
/// use std::thread;
///
/// static PRIMES: RwLock<Vec<u32>> = RwLock::new(Vec::new());
/// PRIMES.write().extend([2, 3, 5]);
/// thread::scope(|s| {
///     for _ in 0..4 {
///         s.spawn(|| assert_eq!(PRIMES.read().iter().sum::<u32>(), 10));
///     }
/// });
/// ```
#[doc(alias = "ReentrantReadWriteLock")]
#[doc(alias = "ReadWriteLock")]
#[doc(alias = "RWMutex")]
pub struct RwLock<T: ?Sized> {
    /// Who holds it; of size zero without the feature `diagnostics`.
    watch: Watch,
    /// Lock and data.
    lock: lock_api::RwLock<sys::RawRwLock, T>,
}

impl<T> RwLock<T> {
    /// A lock around `value`, free. `const`, so it can be a `static`.
    ///
    /// ```
    /// static LIMIT: rungs::sync::RwLock<usize> = rungs::sync::RwLock::new(8);
    /// assert_eq!(*LIMIT.read(), 8);
    /// ```
    pub const fn new(value: T) -> Self {
        Self {
            watch: Watch::new(),
            lock: lock_api::RwLock::new(value),
        }
    }

    /// The value; nobody else can hold the lock.
    ///
    /// ```
    /// assert_eq!(rungs::sync::RwLock::new(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        self.lock.into_inner()
    }
}

/// Readers, any number at once.
impl<T: ?Sized> RwLock<T> {
    /// Locks for reading; the thread sleeps while somebody writes or waits to write.
    ///
    /// ```
    /// let lock = rungs::sync::RwLock::new(1);
    /// let held = lock.upgradable_read();
    /// assert_eq!(*lock.read(), 1); // beside who might write later
    /// # drop(held);
    /// ```
    #[doc(alias = "RLock")]
    #[doc(alias = "readLock")]
    #[inline]
    #[track_caller]
    pub fn read(&self) -> RwLockReadGuard<'_, T> {
        let claim = self.watch.want(Mode::Shared);
        RwLockReadGuard::new(claim, self.lock.read())
    }

    /// Locks for reading if that needs no waiting.
    ///
    /// ```
    /// let lock = rungs::sync::RwLock::new(());
    /// let held = lock.write();
    /// assert!(lock.try_read().is_none());
    /// drop(held);
    /// assert!(lock.try_read().is_some());
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        let claim = self.watch.attempt(Mode::Shared);
        Some(RwLockReadGuard::new(claim, self.lock.try_read()?))
    }

    /// Locks for reading, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lock = rungs::sync::RwLock::new(());
    /// let held = lock.write();
    /// assert!(lock.read_timeout(Duration::from_millis(1)).is_none());
    /// drop(held);
    /// assert!(lock.read_timeout(Duration::MAX).is_some());
    /// ```
    #[track_caller]
    pub fn read_timeout(&self, timeout: Duration) -> Option<RwLockReadGuard<'_, T>> {
        match sys::deadline_after(timeout) {
            Some(deadline) => self.read_deadline(deadline),
            None => Some(self.read()),
        }
    }

    /// Locks for reading, or gives up at `deadline`.
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let lock = rungs::sync::RwLock::new(());
    /// assert!(lock.read_deadline(Instant::now()).is_some());
    /// ```
    #[track_caller]
    pub fn read_deadline(&self, deadline: Instant) -> Option<RwLockReadGuard<'_, T>> {
        let claim = self.watch.want(Mode::Shared);
        Some(RwLockReadGuard::new(
            claim,
            self.lock.try_read_until(deadline)?,
        ))
    }
}

/// Writers, one at a time and nobody else.
impl<T: ?Sized> RwLock<T> {
    /// Locks for writing; the thread sleeps while anybody else holds the lock.
    ///
    /// ```
    /// let lock = rungs::sync::RwLock::new(1);
    /// *lock.write() += 1;
    /// assert_eq!(*lock.read(), 2);
    /// ```
    #[doc(alias = "Lock")]
    #[doc(alias = "writeLock")]
    #[inline]
    #[track_caller]
    pub fn write(&self) -> RwLockWriteGuard<'_, T> {
        let claim = self.watch.want(Mode::Alone);
        RwLockWriteGuard::new(claim, self.lock.write())
    }

    /// Locks for writing if that needs no waiting.
    ///
    /// ```
    /// let lock = rungs::sync::RwLock::new(());
    /// let held = lock.read();
    /// assert!(lock.try_write().is_none());
    /// drop(held);
    /// assert!(lock.try_write().is_some());
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        let claim = self.watch.attempt(Mode::Alone);
        Some(RwLockWriteGuard::new(claim, self.lock.try_write()?))
    }

    /// Locks for writing, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// One that gives up lets those in whom it held off.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lock = rungs::sync::RwLock::new(());
    /// let held = lock.read();
    /// assert!(lock.write_timeout(Duration::from_millis(1)).is_none());
    /// assert!(lock.try_read().is_some());
    /// drop(held);
    /// assert!(lock.write_timeout(Duration::MAX).is_some());
    /// ```
    #[track_caller]
    pub fn write_timeout(&self, timeout: Duration) -> Option<RwLockWriteGuard<'_, T>> {
        match sys::deadline_after(timeout) {
            Some(deadline) => self.write_deadline(deadline),
            None => Some(self.write()),
        }
    }

    /// Locks for writing, or gives up at `deadline`.
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let lock = rungs::sync::RwLock::new(());
    /// assert!(lock.write_deadline(Instant::now()).is_some());
    /// ```
    #[track_caller]
    pub fn write_deadline(&self, deadline: Instant) -> Option<RwLockWriteGuard<'_, T>> {
        let claim = self.watch.want(Mode::Alone);
        Some(RwLockWriteGuard::new(
            claim,
            self.lock.try_write_until(deadline)?,
        ))
    }
}

/// Readers who may become the writer, one at a time, beside other readers.
impl<T: ?Sized> RwLock<T> {
    /// Locks for reading, and for writing later; the thread sleeps while somebody writes, waits
    /// to write or reads upgradably.
    ///
    /// ```
    /// let lock = rungs::sync::RwLock::new(1);
    /// let held = lock.upgradable_read();
    /// assert!(lock.try_read().is_some());
    /// assert!(lock.try_upgradable_read().is_none() && lock.try_write().is_none());
    /// assert_eq!(*held, 1);
    /// ```
    #[inline]
    #[track_caller]
    pub fn upgradable_read(&self) -> RwLockUpgradableReadGuard<'_, T> {
        let claim = self.watch.want(Mode::Upgradable);
        RwLockUpgradableReadGuard::new(claim, self.lock.upgradable_read())
    }

    /// Locks for reading, and for writing later, if that needs no waiting.
    ///
    /// ```
    /// let lock = rungs::sync::RwLock::new(());
    /// let one = lock.try_upgradable_read();
    /// assert!(one.is_some() && lock.try_upgradable_read().is_none());
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_upgradable_read(&self) -> Option<RwLockUpgradableReadGuard<'_, T>> {
        let claim = self.watch.attempt(Mode::Upgradable);
        Some(RwLockUpgradableReadGuard::new(
            claim,
            self.lock.try_upgradable_read()?,
        ))
    }

    /// Locks for reading, and for writing later, or gives up after `timeout`; `Duration::MAX`
    /// never does.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lock = rungs::sync::RwLock::new(());
    /// let held = lock.upgradable_read();
    /// assert!(lock.upgradable_read_timeout(Duration::from_millis(1)).is_none());
    /// drop(held);
    /// assert!(lock.upgradable_read_timeout(Duration::MAX).is_some());
    /// ```
    #[track_caller]
    pub fn upgradable_read_timeout(
        &self,
        timeout: Duration,
    ) -> Option<RwLockUpgradableReadGuard<'_, T>> {
        match sys::deadline_after(timeout) {
            Some(deadline) => self.upgradable_read_deadline(deadline),
            None => Some(self.upgradable_read()),
        }
    }

    /// Locks for reading, and for writing later, or gives up at `deadline`.
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let lock = rungs::sync::RwLock::new(());
    /// assert!(lock.upgradable_read_deadline(Instant::now()).is_some());
    /// ```
    #[track_caller]
    pub fn upgradable_read_deadline(
        &self,
        deadline: Instant,
    ) -> Option<RwLockUpgradableReadGuard<'_, T>> {
        let claim = self.watch.want(Mode::Upgradable);
        Some(RwLockUpgradableReadGuard::new(
            claim,
            self.lock.try_upgradable_read_until(deadline)?,
        ))
    }
}

/// Without locking.
impl<T: ?Sized> RwLock<T> {
    /// The value; nobody else can hold the lock.
    ///
    /// ```
    /// let mut lock = rungs::sync::RwLock::new(1);
    /// *lock.get_mut() = 2;
    /// assert_eq!(*lock.read(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.lock.get_mut()
    }

    /// Whether somebody holds the lock, in whichever way, at this moment; good for statistics
    /// only.
    ///
    /// ```
    /// let lock = rungs::sync::RwLock::new(());
    /// let held = lock.read();
    /// assert!(lock.is_locked());
    /// drop(held);
    /// assert!(!lock.is_locked());
    /// ```
    pub fn is_locked(&self) -> bool {
        self.lock.is_locked()
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("RwLock");
        // Past the books: to look is not to hold.
        match self.lock.try_read() {
            Some(guard) => f.field("value", &&*guard),
            None => f.field("value", &format_args!("<locked>")),
        };
        self.watch.describe(&mut f);
        f.finish()
    }
}
