//! Mutual exclusion between threads that may lock again what they hold.
//!
//! `lock_api`'s reentrant mutex over the lock of `parking_lot`; in a model, over loom's.

use super::guard::guard_traits;
use super::watch::{Held, Mode, Watch};
use crate::sys::{self, clock::Instant, lock_api};
use std::fmt;
use std::time::Duration;

/// A lock around data that one thread at a time may use, and that its holder may lock again.
///
/// Each guard gives back what it took; the last one unlocks. Because a thread can have several
/// guards at once, they give `&T` only: put a `Cell` or a `RefCell` inside. Prefer a
/// [`Mutex`](super::Mutex) where the calls can be kept apart: one that is locked again may show
/// its data half-changed. There is no poisoning. The guards are not `Send`.
///
/// *Blocking:* [`lock`](Self::lock) sleeps while another thread holds the lock; it spins briefly
/// first. *Panics* where one thread locks it more than `usize::MAX` times at once. *Fairness:*
/// as [`Mutex`](super::Mutex).
///
/// ```
/// use rungs::sync::ReentrantMutex;
/// use std::cell::Cell;
///
/// static DEPTH: ReentrantMutex<Cell<u32>> = ReentrantMutex::new(Cell::new(0));
///
/// fn descend(levels: u32) {
///     let depth = DEPTH.lock();
///     depth.set(depth.get() + 1);
///     if levels > 1 {
///         descend(levels - 1);
///     }
/// }
///
/// descend(3);
/// assert_eq!(DEPTH.lock().get(), 3);
/// ```
#[doc(alias = "RLock")]
#[doc(alias = "ReentrantLock")]
#[doc(alias = "synchronized")]
pub struct ReentrantMutex<T: ?Sized> {
    /// Who holds it; of size zero without the feature `diagnostics`.
    watch: Watch,
    /// Lock, owner and data.
    lock: lock_api::ReentrantMutex<sys::RawMutex, sys::RawThreadId, T>,
}

/// The lock, held once more; dropping the last one unlocks.
///
/// ```
/// use rungs::sync::{ReentrantMutex, ReentrantMutexGuard};
///
/// let mutex = ReentrantMutex::new(1);
/// let one: ReentrantMutexGuard<i32> = mutex.lock();
/// let two = mutex.lock();
/// assert_eq!(*one + *two, 2);
/// ```
///
/// It does not outlive the mutex, stays on its thread, and does not let write:
///
/// ```compile_fail,E0505
/// let mutex = rungs::sync::ReentrantMutex::new(1);
/// let guard = mutex.lock();
/// drop(mutex);
/// assert_eq!(*guard, 1);
/// ```
///
/// ```compile_fail,E0277
/// static MUTEX: rungs::sync::ReentrantMutex<u32> = rungs::sync::ReentrantMutex::new(1);
/// let guard = MUTEX.lock();
/// std::thread::spawn(move || drop(guard));
/// ```
///
/// ```compile_fail,E0594
/// let mutex = rungs::sync::ReentrantMutex::new(1);
/// *mutex.lock() = 2;
/// ```
#[must_use = "dropped at once, it unlocks at once"]
pub struct ReentrantMutexGuard<'a, T: ?Sized> {
    /// Out of the books before it is unlocked: the fields are dropped in this order.
    held: Held<'a>,
    guard: lock_api::ReentrantMutexGuard<'a, sys::RawMutex, sys::RawThreadId, T>,
}

/// A part of what a locked [`ReentrantMutex`] guards.
///
/// ```
/// use rungs::sync::{MappedReentrantMutexGuard, ReentrantMutex, ReentrantMutexGuard};
///
/// let pair = ReentrantMutex::new((1, "one"));
/// let name: MappedReentrantMutexGuard<&str> =
///     ReentrantMutexGuard::map(pair.lock(), |pair| &pair.1);
/// assert_eq!(*name, "one");
/// ```
#[must_use = "dropped at once, it unlocks at once"]
pub struct MappedReentrantMutexGuard<'a, T: ?Sized> {
    /// As in [`ReentrantMutexGuard`].
    held: Held<'a>,
    guard: lock_api::MappedReentrantMutexGuard<'a, sys::RawMutex, sys::RawThreadId, T>,
}

guard_traits!(ReentrantMutexGuard);
guard_traits!(MappedReentrantMutexGuard);

impl<T> ReentrantMutex<T> {
    /// A mutex around `value`, unlocked. `const`, so it can be a `static`.
    ///
    /// ```
    /// static NAME: rungs::sync::ReentrantMutex<&str> = rungs::sync::ReentrantMutex::new("rungs");
    /// assert_eq!(*NAME.lock(), "rungs");
    /// ```
    pub const fn new(value: T) -> Self {
        Self {
            watch: Watch::new(),
            lock: lock_api::ReentrantMutex::new(value),
        }
    }

    /// The value; nobody else can hold the lock.
    ///
    /// ```
    /// assert_eq!(rungs::sync::ReentrantMutex::new(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        self.lock.into_inner()
    }
}

impl<T: ?Sized> ReentrantMutex<T> {
    /// Locks, once more if this thread holds the lock; the thread sleeps while another does.
    ///
    /// ```
    /// let mutex = rungs::sync::ReentrantMutex::new(1);
    /// let held = mutex.lock();
    /// assert_eq!(*mutex.lock(), *held);
    /// ```
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> ReentrantMutexGuard<'_, T> {
        let claim = self.watch.want(Mode::Again);
        let guard = self.lock.lock();
        ReentrantMutexGuard {
            held: claim.held(),
            guard,
        }
    }

    /// Locks if that needs no waiting; it needs none where this thread holds the lock.
    ///
    /// ```
    /// let mutex = rungs::sync::ReentrantMutex::new(());
    /// let held = mutex.lock();
    /// assert!(mutex.try_lock().is_some());
    /// std::thread::scope(|s| {
    ///     s.spawn(|| assert!(mutex.try_lock().is_none()));
    /// });
    /// # drop(held);
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> Option<ReentrantMutexGuard<'_, T>> {
        let claim = self.watch.attempt(Mode::Again);
        let guard = self.lock.try_lock()?;
        Some(ReentrantMutexGuard {
            held: claim.held(),
            guard,
        })
    }

    /// Locks, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let mutex = rungs::sync::ReentrantMutex::new(());
    /// let held = mutex.lock();
    /// assert!(mutex.lock_timeout(Duration::ZERO).is_some());
    /// std::thread::scope(|s| {
    ///     s.spawn(|| assert!(mutex.lock_timeout(Duration::from_millis(1)).is_none()));
    /// });
    /// # drop(held);
    /// ```
    #[track_caller]
    pub fn lock_timeout(&self, timeout: Duration) -> Option<ReentrantMutexGuard<'_, T>> {
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
    /// let mutex = rungs::sync::ReentrantMutex::new(());
    /// assert!(mutex.lock_deadline(Instant::now()).is_some());
    /// ```
    #[track_caller]
    pub fn lock_deadline(&self, deadline: Instant) -> Option<ReentrantMutexGuard<'_, T>> {
        let claim = self.watch.want(Mode::Again);
        let guard = self.lock.try_lock_until(deadline)?;
        Some(ReentrantMutexGuard {
            held: claim.held(),
            guard,
        })
    }

    /// The value; nobody else can hold the lock.
    ///
    /// ```
    /// let mut mutex = rungs::sync::ReentrantMutex::new(1);
    /// *mutex.get_mut() = 2;
    /// assert_eq!(*mutex.lock(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.lock.get_mut()
    }

    /// Whether somebody holds the lock at this moment; good for statistics only.
    ///
    /// ```
    /// let mutex = rungs::sync::ReentrantMutex::new(());
    /// assert!(!mutex.is_locked());
    /// ```
    pub fn is_locked(&self) -> bool {
        self.lock.is_locked()
    }

    /// Whether the calling thread holds the lock.
    ///
    /// ```
    /// let mutex = rungs::sync::ReentrantMutex::new(());
    /// assert!(!mutex.is_owned_by_current_thread());
    /// let held = mutex.lock();
    /// assert!(mutex.is_owned_by_current_thread());
    /// # drop(held);
    /// ```
    #[doc(alias = "isHeldByCurrentThread")]
    pub fn is_owned_by_current_thread(&self) -> bool {
        self.lock.is_owned_by_current_thread()
    }
}

impl<T: Default> Default for ReentrantMutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for ReentrantMutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for ReentrantMutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("ReentrantMutex");
        // Past the books: to look is not to hold.
        match self.lock.try_lock() {
            Some(guard) => f.field("value", &&*guard),
            None => f.field("value", &format_args!("<locked>")),
        };
        self.watch.describe(&mut f);
        f.finish()
    }
}

/// Functions of the type, not methods, so that they hide none of the data's.
impl<'a, T: ?Sized> ReentrantMutexGuard<'a, T> {
    /// Narrows the guard to a part of the data.
    ///
    /// *Panics* as `part` does; what this guard took is then given back.
    ///
    /// ```
    /// use rungs::sync::{ReentrantMutex, ReentrantMutexGuard};
    ///
    /// let words = ReentrantMutex::new(vec!["rung"]);
    /// assert_eq!(&*ReentrantMutexGuard::map(words.lock(), |words| words[0]), "rung");
    /// ```
    #[inline]
    pub fn map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&T) -> &U,
    ) -> MappedReentrantMutexGuard<'a, U> {
        let Self { held, guard } = this;
        let guard = lock_api::ReentrantMutexGuard::map(guard, part);
        MappedReentrantMutexGuard { held, guard }
    }

    /// Narrows the guard to a part of the data that may not be there.
    ///
    /// *Errors:* the guard itself, where `part` gives `None`. *Panics* as `part` does; what this
    /// guard took is then given back.
    ///
    /// ```
    /// use rungs::sync::{ReentrantMutex, ReentrantMutexGuard};
    ///
    /// let numbers = ReentrantMutex::new(vec![1]);
    /// let second = ReentrantMutexGuard::try_map(numbers.lock(), |numbers| numbers.get(1));
    /// assert_eq!(*second.unwrap_err(), [1]);
    /// ```
    #[inline]
    pub fn try_map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&T) -> Option<&U>,
    ) -> Result<MappedReentrantMutexGuard<'a, U>, Self> {
        let Self { held, guard } = this;
        match lock_api::ReentrantMutexGuard::try_map(guard, part) {
            Ok(guard) => Ok(MappedReentrantMutexGuard { held, guard }),
            Err(guard) => Err(Self { held, guard }),
        }
    }
}

/// Functions of the type, not methods, so that they hide none of the data's.
impl<'a, T: ?Sized> MappedReentrantMutexGuard<'a, T> {
    /// Narrows the guard further, as [`ReentrantMutexGuard::map`] does.
    ///
    /// ```
    /// use rungs::sync::{MappedReentrantMutexGuard, ReentrantMutex, ReentrantMutexGuard};
    ///
    /// let nested = ReentrantMutex::new(((1, 2), 3));
    /// let outer = ReentrantMutexGuard::map(nested.lock(), |all| &all.0);
    /// assert_eq!(*MappedReentrantMutexGuard::map(outer, |pair| &pair.1), 2);
    /// ```
    #[inline]
    pub fn map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&T) -> &U,
    ) -> MappedReentrantMutexGuard<'a, U> {
        let Self { held, guard } = this;
        let guard = lock_api::MappedReentrantMutexGuard::map(guard, part);
        MappedReentrantMutexGuard { held, guard }
    }

    /// Narrows the guard further, as [`ReentrantMutexGuard::try_map`] does.
    ///
    /// *Errors:* the guard itself, where `part` gives `None`.
    ///
    /// ```
    /// use rungs::sync::{MappedReentrantMutexGuard, ReentrantMutex, ReentrantMutexGuard};
    ///
    /// let nested = ReentrantMutex::new((Some(1), "one"));
    /// let option = ReentrantMutexGuard::map(nested.lock(), |all| &all.0);
    /// assert_eq!(*MappedReentrantMutexGuard::try_map(option, Option::as_ref).unwrap(), 1);
    /// ```
    #[inline]
    pub fn try_map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&T) -> Option<&U>,
    ) -> Result<MappedReentrantMutexGuard<'a, U>, Self> {
        let Self { held, guard } = this;
        match lock_api::MappedReentrantMutexGuard::try_map(guard, part) {
            Ok(guard) => Ok(MappedReentrantMutexGuard { held, guard }),
            Err(guard) => Err(Self { held, guard }),
        }
    }
}
