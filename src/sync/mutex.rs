//! Mutual exclusion between threads.
//!
//! `parking_lot`'s mutex under the verbs of this crate; in a model, loom's.

use super::guard::guard_traits;
use super::watch::{Held, Mode, Watch};
use crate::sys::{self, clock::Instant, lock_api};
use std::fmt;
use std::time::Duration;

/// A lock around data that one thread at a time may touch.
///
/// There is no poisoning: a thread that panics while it holds the lock lets it go, and the next
/// one finds the data as they were left. The guard is not `Send`; to hold a lock across an
/// `.await`, use an [`AsyncMutex`](super::AsyncMutex).
///
/// *Blocking:* [`lock`](Self::lock) sleeps while another thread holds the lock; it spins briefly
/// first. *Fairness:* eventual; a running thread may take the lock past a
/// sleeping one, for about half a millisecond. *Recursion:* a thread that locks again what it
/// holds blocks for ever; see [`ReentrantMutex`](super::ReentrantMutex). The feature
/// `diagnostics` reports it before.
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
pub struct Mutex<T: ?Sized> {
    /// Who holds it; of size zero without the feature `diagnostics`.
    watch: Watch,
    /// Lock and data.
    lock: lock_api::Mutex<sys::RawMutex, T>,
}

/// The lock, held; dropping it unlocks.
///
/// ```
/// let mutex = rungs::sync::Mutex::new(vec![1]);
/// let mut guard = mutex.lock();
/// guard.push(2);
/// drop(guard);
/// assert_eq!(mutex.into_inner(), [1, 2]);
/// ```
///
/// It does not outlive the mutex, and stays on its thread:
///
/// ```compile_fail,E0505
/// let mutex = rungs::sync::Mutex::new(1);
/// let guard = mutex.lock();
/// drop(mutex);
/// assert_eq!(*guard, 1);
/// ```
///
/// ```compile_fail,E0277
/// static MUTEX: rungs::sync::Mutex<u32> = rungs::sync::Mutex::new(1);
/// let guard = MUTEX.lock();
/// std::thread::spawn(move || drop(guard));
/// ```
#[must_use = "dropped at once, it unlocks at once"]
pub struct MutexGuard<'a, T: ?Sized> {
    /// Out of the books before it is unlocked: the fields are dropped in this order.
    pub(super) held: Held<'a>,
    pub(super) guard: lock_api::MutexGuard<'a, sys::RawMutex, T>,
}

/// A part of what a locked [`Mutex`] guards; dropping it unlocks.
///
/// ```
/// use rungs::sync::{MappedMutexGuard, Mutex, MutexGuard};
///
/// let pair = Mutex::new((1, "one"));
/// let mut number: MappedMutexGuard<i32> = MutexGuard::map(pair.lock(), |pair| &mut pair.0);
/// *number += 1;
/// drop(number);
/// assert_eq!(pair.lock().0, 2);
/// ```
///
/// What it shows does not outlive it:
///
/// ```compile_fail,E0597
/// let mutex = rungs::sync::Mutex::new((1, 2));
/// let part: &mut i32;
/// {
///     let mut guard = rungs::sync::MutexGuard::map(mutex.lock(), |pair| &mut pair.0);
///     part = &mut *guard;
/// }
/// *part = 3;
/// ```
#[must_use = "dropped at once, it unlocks at once"]
pub struct MappedMutexGuard<'a, T: ?Sized> {
    /// As in [`MutexGuard`].
    held: Held<'a>,
    guard: lock_api::MappedMutexGuard<'a, sys::RawMutex, T>,
}

impl<T> Mutex<T> {
    /// A mutex around `value`, unlocked. `const`, so it can be a `static`.
    ///
    /// ```
    /// static NAMES: rungs::sync::Mutex<Vec<String>> = rungs::sync::Mutex::new(Vec::new());
    /// assert!(NAMES.lock().is_empty());
    /// ```
    pub const fn new(value: T) -> Self {
        Self {
            watch: Watch::new(),
            lock: lock_api::Mutex::new(value),
        }
    }

    /// The value; nobody else can hold the lock.
    ///
    /// ```
    /// assert_eq!(rungs::sync::Mutex::new(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        self.lock.into_inner()
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
    #[track_caller]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        let claim = self.watch.want(Mode::Alone);
        let guard = self.lock.lock();
        MutexGuard {
            held: claim.held(),
            guard,
        }
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
    #[track_caller]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        let claim = self.watch.attempt(Mode::Alone);
        let guard = self.lock.try_lock()?;
        Some(MutexGuard {
            held: claim.held(),
            guard,
        })
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
    #[track_caller]
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
    #[track_caller]
    pub fn lock_deadline(&self, deadline: Instant) -> Option<MutexGuard<'_, T>> {
        let claim = self.watch.want(Mode::Alone);
        let guard = self.lock.try_lock_until(deadline)?;
        Some(MutexGuard {
            held: claim.held(),
            guard,
        })
    }

    /// The value; nobody else can hold the lock.
    ///
    /// ```
    /// let mut mutex = rungs::sync::Mutex::new(1);
    /// *mutex.get_mut() = 2;
    /// assert_eq!(*mutex.lock(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.lock.get_mut()
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
        self.lock.is_locked()
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
        // Past the books: to look is not to hold.
        match self.lock.try_lock() {
            Some(guard) => f.field("value", &&*guard),
            None => f.field("value", &format_args!("<locked>")),
        };
        self.watch.describe(&mut f);
        f.finish()
    }
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// Narrows the guard to a part of the data. A function of the type, not a method, so that it
    /// hides no `map` of the data's.
    ///
    /// *Panics* as `part` does; the lock is then free.
    ///
    /// ```
    /// use rungs::sync::{Mutex, MutexGuard};
    ///
    /// let words = Mutex::new(vec![String::from("rung")]);
    /// MutexGuard::map(words.lock(), |words| &mut words[0]).push('s');
    /// assert_eq!(*words.lock(), ["rungs"]);
    /// ```
    #[inline]
    pub fn map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&mut T) -> &mut U,
    ) -> MappedMutexGuard<'a, U> {
        let Self { held, guard } = this;
        let guard = lock_api::MutexGuard::map(guard, part);
        MappedMutexGuard { held, guard }
    }

    /// Narrows the guard to a part of the data that may not be there.
    ///
    /// *Errors:* the guard itself, where `part` gives `None`. *Panics* as `part` does; the lock
    /// is then free.
    ///
    /// ```
    /// use rungs::sync::{Mutex, MutexGuard};
    ///
    /// let numbers = Mutex::new(vec![1, 2]);
    /// let second = MutexGuard::try_map(numbers.lock(), |numbers| numbers.get_mut(1));
    /// *second.unwrap() = 3;
    /// let seventh = MutexGuard::try_map(numbers.lock(), |numbers| numbers.get_mut(6));
    /// assert_eq!(*seventh.unwrap_err(), [1, 3]);
    /// ```
    #[inline]
    pub fn try_map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&mut T) -> Option<&mut U>,
    ) -> Result<MappedMutexGuard<'a, U>, Self> {
        let Self { held, guard } = this;
        match lock_api::MutexGuard::try_map(guard, part) {
            Ok(guard) => Ok(MappedMutexGuard { held, guard }),
            Err(guard) => Err(Self { held, guard }),
        }
    }
}

impl<'a, T: ?Sized> MappedMutexGuard<'a, T> {
    /// Narrows the guard further, as [`MutexGuard::map`] does.
    ///
    /// ```
    /// use rungs::sync::{MappedMutexGuard, Mutex, MutexGuard};
    ///
    /// let nested = Mutex::new(((1, 2), 3));
    /// let outer = MutexGuard::map(nested.lock(), |all| &mut all.0);
    /// *MappedMutexGuard::map(outer, |pair| &mut pair.1) = 5;
    /// assert_eq!(nested.into_inner(), ((1, 5), 3));
    /// ```
    #[inline]
    pub fn map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&mut T) -> &mut U,
    ) -> MappedMutexGuard<'a, U> {
        let Self { held, guard } = this;
        let guard = lock_api::MappedMutexGuard::map(guard, part);
        MappedMutexGuard { held, guard }
    }

    /// Narrows the guard further, as [`MutexGuard::try_map`] does.
    ///
    /// *Errors:* the guard itself, where `part` gives `None`.
    ///
    /// ```
    /// use rungs::sync::{MappedMutexGuard, Mutex, MutexGuard};
    ///
    /// let nested = Mutex::new((Some(1), "one"));
    /// let option = MutexGuard::map(nested.lock(), |all| &mut all.0);
    /// let inner = MappedMutexGuard::try_map(option, |option| option.as_mut());
    /// assert_eq!(*inner.unwrap(), 1);
    /// ```
    #[inline]
    pub fn try_map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&mut T) -> Option<&mut U>,
    ) -> Result<MappedMutexGuard<'a, U>, Self> {
        let Self { held, guard } = this;
        match lock_api::MappedMutexGuard::try_map(guard, part) {
            Ok(guard) => Ok(MappedMutexGuard { held, guard }),
            Err(guard) => Err(Self { held, guard }),
        }
    }
}

guard_traits!(mut MutexGuard);
guard_traits!(mut MappedMutexGuard);
