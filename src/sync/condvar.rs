//! Waiting, under a mutex, for what it guards to change.
//!
//! `parking_lot`'s condition variable under the verbs of this crate; in a model, loom's.

use super::error::TimedOut;
use super::mutex::MutexGuard;
use crate::sys::{self, clock::Instant};
use std::fmt;
use std::time::Duration;

/// A place to wait for a condition on data under a [`Mutex`](super::Mutex).
///
/// A wait lets the lock go, sleeps and takes it again, so that a change made under the lock
/// between the look and the sleep is not missed. Prefer the forms with `while`: they look again
/// after every wake-up. All threads that wait at one time must use the same mutex.
///
/// *Fairness:* waiters are woken in the order in which they came.
///
/// *Panics* where two mutexes are used at once, natively.
///
/// ```
/// use rungs::sync::{Condvar, Mutex};
/// use std::thread;
///
/// static READY: Mutex<bool> = Mutex::new(false);
/// static CHANGED: Condvar = Condvar::new();
///
/// let waiter = thread::spawn(|| {
///     let mut ready = READY.lock();
///     CHANGED.wait_while(&mut ready, |ready| !*ready);
///     assert!(*ready);
/// });
/// *READY.lock() = true;
/// CHANGED.notify_one();
/// waiter.join().unwrap();
/// ```
#[doc(alias = "Condition")]
pub struct Condvar(sys::Condvar);

impl Condvar {
    /// A condition variable that nobody waits on. `const`.
    ///
    /// ```
    /// static CHANGED: rungs::sync::Condvar = rungs::sync::Condvar::new();
    /// assert_eq!(CHANGED.notify_all(), 0);
    /// ```
    pub const fn new() -> Self {
        Self(sys::Condvar::new())
    }

    /// Lets the lock go, sleeps until notified, takes the lock again.
    ///
    /// ```
    /// # use rungs::sync::{Condvar, Mutex};
    /// # use std::sync::Arc;
    /// let pair = Arc::new((Mutex::new(0), Condvar::new()));
    /// let other = pair.clone();
    /// let mut guard = pair.0.lock();
    /// let notifier = std::thread::spawn(move || {
    ///     *other.0.lock() = 1; // waits until we wait
    ///     other.1.notify_one();
    /// });
    /// pair.1.wait(&mut guard);
    /// assert_eq!(*guard, 1);
    /// # drop(guard);
    /// # notifier.join().unwrap();
    /// ```
    #[track_caller]
    pub fn wait<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>) {
        // Never times out.
        let _ = self.wait_to(guard, None);
    }

    /// Waits while `condition` holds; looks before it waits, and after every wake-up.
    ///
    /// ```
    /// let mutex = rungs::sync::Mutex::new(3);
    /// let mut guard = mutex.lock();
    /// rungs::sync::Condvar::new().wait_while(&mut guard, |left| {
    ///     *left -= 1;
    ///     *left > 0
    /// # && { *left = 0; false }
    /// });
    /// assert_eq!(*guard, 0);
    /// ```
    #[doc(alias = "wait_for")]
    #[track_caller]
    pub fn wait_while<T: ?Sized>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) {
        while condition(guard) {
            self.wait(guard);
        }
    }

    /// Waits until notified, or gives up after `timeout`; the lock is held again either way.
    ///
    /// ```
    /// use rungs::sync::{Condvar, Mutex, TimedOut};
    /// use std::time::Duration;
    ///
    /// let mutex = Mutex::new(());
    /// let never = Condvar::new();
    /// let waited = never.wait_timeout(&mut mutex.lock(), Duration::from_millis(1));
    /// assert_eq!(waited, Err(TimedOut));
    /// ```
    #[track_caller]
    pub fn wait_timeout<T: ?Sized>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        timeout: Duration,
    ) -> Result<(), TimedOut> {
        self.wait_to(guard, sys::deadline_after(timeout))
    }

    /// Waits until notified, or gives up at `deadline`; the lock is held again either way.
    ///
    /// ```
    /// use rungs::sync::{Condvar, Mutex, TimedOut};
    /// use std::time::Instant;
    ///
    /// let mutex = Mutex::new(());
    /// let waited = Condvar::new().wait_deadline(&mut mutex.lock(), Instant::now());
    /// assert_eq!(waited, Err(TimedOut));
    /// ```
    #[track_caller]
    pub fn wait_deadline<T: ?Sized>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        deadline: Instant,
    ) -> Result<(), TimedOut> {
        self.wait_to(guard, Some(deadline))
    }

    /// Waits while `condition` holds, or gives up after `timeout`. `Err` means that it still
    /// holds.
    ///
    /// ```
    /// use rungs::sync::{Condvar, Mutex, TimedOut};
    /// use std::time::Duration;
    ///
    /// let (mutex, never) = (Mutex::new(1), Condvar::new());
    /// let wait = |wanted: i32| {
    ///     never.wait_timeout_while(&mut mutex.lock(), Duration::from_millis(1), |x| *x != wanted)
    /// };
    /// assert_eq!(wait(1), Ok(()));
    /// assert_eq!(wait(2), Err(TimedOut));
    /// ```
    #[track_caller]
    pub fn wait_timeout_while<T: ?Sized>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        timeout: Duration,
        condition: impl FnMut(&mut T) -> bool,
    ) -> Result<(), TimedOut> {
        self.wait_while_to(guard, sys::deadline_after(timeout), condition)
    }

    /// Waits while `condition` holds, or gives up at `deadline`. `Err` means that it still holds.
    ///
    /// ```
    /// use rungs::sync::{Condvar, Mutex};
    /// use std::time::Instant;
    ///
    /// let mutex = Mutex::new(1);
    /// let met = Condvar::new().wait_deadline_while(&mut mutex.lock(), Instant::now(), |x| *x != 1);
    /// assert!(met.is_ok());
    /// ```
    #[track_caller]
    pub fn wait_deadline_while<T: ?Sized>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        deadline: Instant,
        condition: impl FnMut(&mut T) -> bool,
    ) -> Result<(), TimedOut> {
        self.wait_while_to(guard, Some(deadline), condition)
    }

    /// Wakes the oldest waiter; `false` where there is none.
    ///
    /// ```
    /// assert!(!rungs::sync::Condvar::new().notify_one());
    /// ```
    #[doc(alias = "signal")]
    pub fn notify_one(&self) -> bool {
        self.0.notify_one()
    }

    /// Wakes all waiters, and says how many.
    ///
    /// ```
    /// assert_eq!(rungs::sync::Condvar::new().notify_all(), 0);
    /// ```
    #[doc(alias = "broadcast")]
    pub fn notify_all(&self) -> usize {
        self.0.notify_all()
    }

    #[track_caller]
    fn wait_to<T: ?Sized>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        deadline: Option<Instant>,
    ) -> Result<(), TimedOut> {
        let MutexGuard { held, guard } = guard;
        let _let_go = held.let_go();
        let Some(deadline) = deadline else {
            self.0.wait(guard);
            return Ok(());
        };
        match self.0.wait_until(guard, deadline).timed_out() {
            false => Ok(()),
            true => Err(TimedOut),
        }
    }

    #[track_caller]
    fn wait_while_to<T: ?Sized>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        deadline: Option<Instant>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> Result<(), TimedOut> {
        let mut waited = Ok(());
        while condition(guard) {
            waited?;
            waited = self.wait_to(guard, deadline);
        }
        Ok(())
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").finish_non_exhaustive()
    }
}
