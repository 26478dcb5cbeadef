//! Bounding how many do something at once.
//!
//! Permits are the state of a [`Line`]; see there for how they are handed on. The state may be
//! negative: permits that were taken away before they came back.

use super::error::{AcquireError, Closed, Overflow, TryAcquireError};
use crate::sys::{self, Arc, clock::Instant, const_unless_loom};
use crate::wait::{Enter, Gate, Line, Order, Permits, Refusal, Shut, enter, enter_until};
use pin_project_lite::pin_project;
use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A number of permits, which threads and tasks acquire and give back.
///
/// The same semaphore serves blocking and async callers, single and weighted requests. A permit
/// is given back when it is dropped.
///
/// *Fairness:* a semaphore made by [`new`](Self::new) is *eventually* fair: a running thread may
/// take a free permit past those who sleep, until the head of the line has waited for about a
/// millisecond and has, then, been woken in vain or been too large for what was free; from then
/// on permits go to the line, in order, until its head has not waited that long. So neither a
/// small nor a large request starves, and a running thread need not wait for a sleeper to wake.
/// One made by [`fair`](Self::fair) is strictly first come, first served, at the price of a
/// thread switch for each permit under contention.
///
/// A task that stands at the head of a line and is not polled when it is woken keeps what it was
/// woken for from those behind it, on either kind; a request that the semaphore can never meet
/// keeps the line waiting until it is dropped.
///
/// *Cancel safety:* a wait that times out or is dropped loses its place in line and nothing
/// else; a permit that was granted in that moment goes to the next in line.
///
/// *Memory:* what happened before a permit was given back is seen by whoever acquires it.
///
/// *Cost:* acquire and release are one atomic operation each while nobody waits. Waiting does
/// not allocate, but for a thread's first time.
///
/// ```
/// use rungs::sync::Semaphore;
/// use std::thread;
///
/// let connections = Semaphore::new(2);
/// thread::scope(|s| {
///     for _ in 0..8 {
///         s.spawn(|| {
///             let _permit = connections.acquire().unwrap();
///             assert!(connections.available() < 2);
///         });
///     }
/// });
/// assert_eq!(connections.available(), 2);
/// ```
#[doc(alias = "BoundedSemaphore")]
#[doc(alias = "Weighted")]
pub struct Semaphore {
    line: Line<Permits>,
    /// The most permits that may be free.
    max: isize,
}

impl Gate for Semaphore {
    type Rule = Permits;

    #[inline]
    fn line(&self) -> &Line<Permits> {
        &self.line
    }

    #[inline]
    fn give_back(&self, permits: usize) {
        if self.max < Self::UNBOUNDED || permits > FEW {
            self.give_back_many(permits);
        } else if self.line.leave(permits) > self.max {
            self.give_back_many(0);
        }
    }
}

/// So few that a sum with what is free does not overflow, were it in many threads at once.
const FEW: usize = 1 << (usize::BITS / 2);

impl Semaphore {
    /// The most permits that a semaphore can hold, and the most that one call can ask for.
    ///
    /// ```
    /// use rungs::sync::Semaphore;
    ///
    /// assert!(Semaphore::MAX_PERMITS >= usize::MAX >> 6);
    /// ```
    pub const MAX_PERMITS: usize = Self::UNBOUNDED as usize;

    /// Half of what the state can be, so that there is room to add before one looks.
    const UNBOUNDED: isize = Line::<Permits>::MAX_STATE / 2;

    const_unless_loom! {
        /// An eventually fair semaphore with `permits` permits. `const`, so it can be a `static`
        /// (not so under loom).
        ///
        /// *Panics* where `permits` is above [`MAX_PERMITS`](Self::MAX_PERMITS).
        ///
        /// ```
        /// static LIMIT: rungs::sync::Semaphore = rungs::sync::Semaphore::new(8);
        /// assert_eq!(LIMIT.available(), 8);
        /// ```
        pub const fn new(permits: usize) -> Self {
            Self::with(permits, Self::MAX_PERMITS, Order::Eventual)
        }
    }

    const_unless_loom! {
        /// A strictly fair semaphore with `permits` permits: first come, first served.
        ///
        /// *Panics* where `permits` is above [`MAX_PERMITS`](Self::MAX_PERMITS).
        ///
        /// ```
        /// let turnstile = rungs::sync::Semaphore::fair(1);
        /// assert!(turnstile.try_acquire().is_ok());
        /// ```
        pub const fn fair(permits: usize) -> Self {
            Self::with(permits, Self::MAX_PERMITS, Order::Strict)
        }
    }

    const_unless_loom! {
        /// An eventually fair semaphore with `permits` permits that never has more than `max`:
        /// to add more is an error, which tells of a release without an acquire.
        ///
        /// *Panics* where `permits` is above `max`, or `max` above
        /// [`MAX_PERMITS`](Self::MAX_PERMITS).
        ///
        /// ```
        /// use rungs::sync::{Overflow, Semaphore};
        ///
        /// let semaphore = Semaphore::bounded(1, 2);
        /// assert_eq!(semaphore.add_permits(1), Ok(()));
        /// assert_eq!(semaphore.add_permits(1), Err(Overflow));
        /// assert_eq!(semaphore.available(), 2);
        /// ```
        #[doc(alias = "BoundedSemaphore")]
        pub const fn bounded(permits: usize, max: usize) -> Self {
            assert!(max <= Self::MAX_PERMITS, "`max` is above Semaphore::MAX_PERMITS");
            assert!(permits <= max, "`permits` is above `max`");
            Self::with(permits, max, Order::Eventual)
        }
    }

    const_unless_loom! {
        const fn with(permits: usize, max: usize, order: Order) -> Self {
            assert!(permits <= Self::MAX_PERMITS, "`permits` is above Semaphore::MAX_PERMITS");
            Self { line: Line::new(permits as isize, order), max: max as isize }
        }
    }

    /// Adds `permits` permits, and wakes whom they serve.
    ///
    /// Permits that are out come back on top: where that would make more free than the semaphore
    /// may have, it keeps that many.
    ///
    /// *Errors:* [`Overflow`] where more would be free than [`MAX_PERMITS`](Self::MAX_PERMITS),
    /// or than the maximum of a [`bounded`](Self::bounded) semaphore; none are added then.
    ///
    /// ```
    /// let semaphore = rungs::sync::Semaphore::new(0);
    /// semaphore.add_permits(2).unwrap();
    /// assert_eq!(semaphore.available(), 2);
    /// ```
    #[doc(alias = "release")]
    pub fn add_permits(&self, permits: usize) -> Result<(), Overflow> {
        let permits = isize::try_from(permits).map_err(|_| Overflow)?;
        let add = |state: isize| {
            let sum = state.checked_add(permits)?;
            (sum <= self.max).then_some(sum)
        };
        self.line.update(add).map(|_| ()).map_err(|_| Overflow)
    }

    /// Takes `permits` permits away for good, also where fewer are free: the semaphore is then in
    /// debt, and what comes back pays that first. Does not wait.
    ///
    /// *Errors:* [`Overflow`] where the debt would be above [`MAX_PERMITS`](Self::MAX_PERMITS);
    /// none are taken then.
    ///
    /// ```
    /// let semaphore = rungs::sync::Semaphore::new(2);
    /// let permit = semaphore.acquire_many(2).unwrap();
    /// semaphore.reduce_permits(1).unwrap();
    /// assert_eq!(semaphore.available(), -1);
    /// drop(permit);
    /// assert_eq!(semaphore.available(), 1);
    /// ```
    #[doc(alias = "reducePermits")]
    #[doc(alias = "forget_permits")]
    pub fn reduce_permits(&self, permits: usize) -> Result<(), Overflow> {
        let permits = isize::try_from(permits).map_err(|_| Overflow)?;
        let reduce = |state: isize| {
            let rest = state.checked_sub(permits)?;
            (rest >= -(Self::MAX_PERMITS as isize)).then_some(rest)
        };
        self.line.update(reduce).map(|_| ()).map_err(|_| Overflow)
    }

    /// Takes away for good all permits that are free, and says how many those were. Does not
    /// wait; what the last holders of these permits did is seen.
    ///
    /// ```
    /// let semaphore = rungs::sync::Semaphore::new(3);
    /// let permit = semaphore.acquire().unwrap();
    /// assert_eq!(semaphore.drain(), 2);
    /// drop(permit);
    /// assert_eq!(semaphore.available(), 1);
    /// ```
    #[doc(alias = "drainPermits")]
    pub fn drain(&self) -> usize {
        self.line.drain() as usize
    }

    /// How many permits are free at some moment during the call; below 0 are those owed (see
    /// [`reduce_permits`](Self::reduce_permits)). Permits that were granted to a waiter are not
    /// free.
    ///
    /// ```
    /// let semaphore = rungs::sync::Semaphore::new(3);
    /// let permit = semaphore.acquire_many(2).unwrap();
    /// assert_eq!(semaphore.available(), 1);
    /// # drop(permit);
    /// ```
    #[doc(alias = "availablePermits")]
    pub fn available(&self) -> isize {
        self.line.state()
    }

    /// How many stand in line at some moment during the call.
    ///
    /// ```
    /// assert_eq!(rungs::sync::Semaphore::new(1).waiters(), 0);
    /// ```
    #[doc(alias = "getQueueLength")]
    pub fn waiters(&self) -> usize {
        self.line.waiters()
    }

    /// Gives permits back, as many as the semaphore may have.
    #[cold]
    fn give_back_many(&self, permits: usize) {
        let add = |state: isize| Some((state + permits as isize).min(self.max));
        let _ = self.line.update(add);
    }

    /// Closes the semaphore: who waits and who comes gets an error. What was granted stays
    /// granted, and may be given back. `false` where it was closed before.
    ///
    /// ```
    /// use rungs::sync::{Closed, Semaphore};
    ///
    /// let semaphore = Semaphore::new(1);
    /// let permit = semaphore.acquire().unwrap();
    /// assert!(semaphore.close());
    /// assert_eq!(semaphore.acquire().unwrap_err(), Closed);
    /// drop(permit);
    /// assert_eq!(semaphore.available(), 1);
    /// ```
    pub fn close(&self) -> bool {
        self.line.close()
    }

    /// Whether the semaphore was closed; if so, what the closer did before is seen.
    ///
    /// ```
    /// assert!(!rungs::sync::Semaphore::new(1).is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.line.is_closed()
    }
}

/// One permit.
impl Semaphore {
    /// Acquires a permit; the thread sleeps until it is its turn.
    ///
    /// *Errors:* [`Closed`] where the semaphore is, or gets, closed.
    ///
    /// ```
    /// # use rungs::sync::Semaphore;
    /// let semaphore = Semaphore::new(2);
    /// let permit = semaphore.acquire().unwrap();
    /// assert_eq!((permit.count(), semaphore.available()), (1, 1));
    /// ```
    #[inline]
    pub fn acquire(&self) -> Result<Permit<'_>, Closed> {
        enter(self, weight(1)).map_err(|Shut| Closed)?;
        Ok(PermitOf::new(self, 1))
    }

    /// Acquires a permit if that needs no waiting.
    ///
    /// *Errors:* [`TryAcquireError`]. A fair semaphore, or one whose line is starving, has no
    /// permits for those who would pass the line.
    ///
    /// ```
    /// # use rungs::sync::{Semaphore, TryAcquireError};
    /// let semaphore = Semaphore::new(2);
    /// let permit = semaphore.try_acquire().unwrap();
    /// # let rest = semaphore.try_acquire();
    /// let failed = semaphore.try_acquire();
    /// assert_eq!(failed.unwrap_err(), TryAcquireError::NoPermits);
    /// ```
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_>, TryAcquireError> {
        self.line.try_enter(weight(1))?;
        Ok(PermitOf::new(self, 1))
    }

    /// Acquires a permit, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`AcquireError`].
    ///
    /// ```
    /// # use rungs::sync::{AcquireError, Semaphore};
    /// # use std::time::Duration;
    /// let semaphore = Semaphore::new(2);
    /// let timeout = Duration::from_millis(1);
    /// let permit = semaphore.acquire_timeout(timeout).unwrap();
    /// # let rest = semaphore.try_acquire();
    /// let failed = semaphore.acquire_timeout(timeout);
    /// assert_eq!(failed.unwrap_err(), AcquireError::TimedOut);
    /// ```
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<Permit<'_>, AcquireError> {
        acquire_to(self, 1, sys::deadline_after(timeout))
    }

    /// Acquires a permit, or gives up at `deadline`.
    ///
    /// *Errors:* [`AcquireError`].
    ///
    /// ```
    /// # use rungs::sync::Semaphore;
    /// # use std::time::Instant;
    /// let semaphore = Semaphore::new(2);
    /// assert!(semaphore.acquire_deadline(Instant::now()).is_ok());
    /// ```
    pub fn acquire_deadline(&self, deadline: Instant) -> Result<Permit<'_>, AcquireError> {
        acquire_to(self, 1, Some(deadline))
    }

    /// Acquires a permit; the task waits its turn, in line from the first poll on.
    ///
    /// *Errors:* [`Closed`] where the semaphore is, or gets, closed.
    ///
    /// *Cancel safety:* dropped, it leaves the line and loses no permit.
    ///
    /// ```
    /// # use rungs::sync::Semaphore;
    /// let semaphore = Semaphore::new(2);
    /// let permit = rungs::future::block_on(semaphore.acquire_async()).unwrap();
    /// assert_eq!((permit.count(), semaphore.available()), (1, 1));
    /// ```
    #[inline]
    pub fn acquire_async(&self) -> Acquire<&Self> {
        Acquire::new(self, 1)
    }
}

/// Several permits at once.
impl Semaphore {
    /// Acquires `permits` permits at once; the thread sleeps until it is its turn.
    ///
    /// *Errors:* [`Closed`] where the semaphore is, or gets, closed.
    ///
    /// *Panics* where `permits` is above [`MAX_PERMITS`](Self::MAX_PERMITS). A request above
    /// what the semaphore ever holds waits for [`add_permits`](Self::add_permits); one above the
    /// maximum of a [`bounded`](Self::bounded) one can never be met.
    ///
    /// ```
    /// # use rungs::sync::Semaphore;
    /// let semaphore = Semaphore::new(2);
    /// let permit = semaphore.acquire_many(2).unwrap();
    /// assert_eq!((permit.count(), semaphore.available()), (2, 0));
    /// ```
    #[inline]
    pub fn acquire_many(&self, permits: usize) -> Result<Permit<'_>, Closed> {
        enter(self, weight(permits)).map_err(|Shut| Closed)?;
        Ok(PermitOf::new(self, permits))
    }

    /// Acquires `permits` permits at once if that needs no waiting.
    ///
    /// *Errors:* [`TryAcquireError`]. A fair semaphore, or one whose line is starving, has no
    /// permits for those who would pass the line.
    ///
    /// *Panics* where `permits` is above [`MAX_PERMITS`](Self::MAX_PERMITS). A request above
    /// what the semaphore ever holds waits for [`add_permits`](Self::add_permits); one above the
    /// maximum of a [`bounded`](Self::bounded) one can never be met.
    ///
    /// ```
    /// # use rungs::sync::{Semaphore, TryAcquireError};
    /// let semaphore = Semaphore::new(2);
    /// let permit = semaphore.try_acquire_many(2).unwrap();
    /// # let rest = semaphore.try_acquire();
    /// let failed = semaphore.try_acquire_many(2);
    /// assert_eq!(failed.unwrap_err(), TryAcquireError::NoPermits);
    /// ```
    #[inline]
    pub fn try_acquire_many(&self, permits: usize) -> Result<Permit<'_>, TryAcquireError> {
        self.line.try_enter(weight(permits))?;
        Ok(PermitOf::new(self, permits))
    }

    /// Acquires `permits` permits at once, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`AcquireError`].
    ///
    /// *Panics* where `permits` is above [`MAX_PERMITS`](Self::MAX_PERMITS). A request above
    /// what the semaphore ever holds waits for [`add_permits`](Self::add_permits); one above the
    /// maximum of a [`bounded`](Self::bounded) one can never be met.
    ///
    /// ```
    /// # use rungs::sync::{AcquireError, Semaphore};
    /// # use std::time::Duration;
    /// let semaphore = Semaphore::new(2);
    /// let timeout = Duration::from_millis(1);
    /// let permit = semaphore.acquire_many_timeout(2, timeout).unwrap();
    /// # let rest = semaphore.try_acquire();
    /// let failed = semaphore.acquire_many_timeout(2, timeout);
    /// assert_eq!(failed.unwrap_err(), AcquireError::TimedOut);
    /// ```
    pub fn acquire_many_timeout(
        &self,
        permits: usize,
        timeout: Duration,
    ) -> Result<Permit<'_>, AcquireError> {
        acquire_to(self, permits, sys::deadline_after(timeout))
    }

    /// Acquires `permits` permits at once, or gives up at `deadline`.
    ///
    /// *Errors:* [`AcquireError`].
    ///
    /// *Panics* where `permits` is above [`MAX_PERMITS`](Self::MAX_PERMITS). A request above
    /// what the semaphore ever holds waits for [`add_permits`](Self::add_permits); one above the
    /// maximum of a [`bounded`](Self::bounded) one can never be met.
    ///
    /// ```
    /// # use rungs::sync::Semaphore;
    /// # use std::time::Instant;
    /// let semaphore = Semaphore::new(2);
    /// assert!(semaphore.acquire_many_deadline(2, Instant::now()).is_ok());
    /// ```
    pub fn acquire_many_deadline(
        &self,
        permits: usize,
        deadline: Instant,
    ) -> Result<Permit<'_>, AcquireError> {
        acquire_to(self, permits, Some(deadline))
    }

    /// Acquires `permits` permits at once; the task waits its turn, in line from the first poll on.
    ///
    /// *Errors:* [`Closed`] where the semaphore is, or gets, closed.
    ///
    /// *Cancel safety:* dropped, it leaves the line and loses no permit.
    ///
    /// *Panics* where `permits` is above [`MAX_PERMITS`](Self::MAX_PERMITS). A request above
    /// what the semaphore ever holds waits for [`add_permits`](Self::add_permits); one above the
    /// maximum of a [`bounded`](Self::bounded) one can never be met.
    ///
    /// ```
    /// # use rungs::sync::Semaphore;
    /// let semaphore = Semaphore::new(2);
    /// let permit = rungs::future::block_on(semaphore.acquire_many_async(2)).unwrap();
    /// assert_eq!((permit.count(), semaphore.available()), (2, 0));
    /// ```
    #[inline]
    pub fn acquire_many_async(&self, permits: usize) -> Acquire<&Self> {
        Acquire::new(self, permits)
    }
}

/// One permit that shares ownership of the semaphore.
impl Semaphore {
    /// Acquires a permit; the thread sleeps until it is its turn. The permit shares ownership of the semaphore, so that it can go anywhere.
    ///
    /// *Errors:* [`Closed`] where the semaphore is, or gets, closed.
    ///
    /// ```
    /// # use rungs::sync::Semaphore;
    /// # use std::sync::Arc;
    /// let semaphore = Arc::new(Semaphore::new(2));
    /// let permit = semaphore.acquire_owned().unwrap();
    /// assert_eq!((permit.count(), semaphore.available()), (1, 1));
    /// ```
    #[inline]
    pub fn acquire_owned(self: &Arc<Self>) -> Result<OwnedPermit, Closed> {
        enter(&**self, weight(1)).map_err(|Shut| Closed)?;
        Ok(PermitOf::new(Arc::clone(self), 1))
    }

    /// Acquires a permit if that needs no waiting. The permit shares ownership of the semaphore, so that it can go anywhere.
    ///
    /// *Errors:* [`TryAcquireError`]. A fair semaphore, or one whose line is starving, has no
    /// permits for those who would pass the line.
    ///
    /// ```
    /// # use rungs::sync::{Semaphore, TryAcquireError};
    /// # use std::sync::Arc;
    /// let semaphore = Arc::new(Semaphore::new(2));
    /// let permit = semaphore.try_acquire_owned().unwrap();
    /// # let rest = semaphore.try_acquire();
    /// let failed = semaphore.try_acquire_owned();
    /// assert_eq!(failed.unwrap_err(), TryAcquireError::NoPermits);
    /// ```
    #[inline]
    pub fn try_acquire_owned(self: &Arc<Self>) -> Result<OwnedPermit, TryAcquireError> {
        self.line.try_enter(weight(1))?;
        Ok(PermitOf::new(Arc::clone(self), 1))
    }

    /// Acquires a permit, or gives up after `timeout`; `Duration::MAX` never does. The permit shares ownership of the semaphore, so that it can go anywhere.
    ///
    /// *Errors:* [`AcquireError`].
    ///
    /// ```
    /// # use rungs::sync::{AcquireError, Semaphore};
    /// # use std::sync::Arc;
    /// # use std::time::Duration;
    /// let semaphore = Arc::new(Semaphore::new(2));
    /// let timeout = Duration::from_millis(1);
    /// let permit = semaphore.acquire_owned_timeout(timeout).unwrap();
    /// # let rest = semaphore.try_acquire();
    /// let failed = semaphore.acquire_owned_timeout(timeout);
    /// assert_eq!(failed.unwrap_err(), AcquireError::TimedOut);
    /// ```
    pub fn acquire_owned_timeout(
        self: &Arc<Self>,

        timeout: Duration,
    ) -> Result<OwnedPermit, AcquireError> {
        acquire_to(Arc::clone(self), 1, sys::deadline_after(timeout))
    }

    /// Acquires a permit, or gives up at `deadline`. The permit shares ownership of the semaphore, so that it can go anywhere.
    ///
    /// *Errors:* [`AcquireError`].
    ///
    /// ```
    /// # use rungs::sync::Semaphore;
    /// # use std::sync::Arc;
    /// # use std::time::Instant;
    /// let semaphore = Arc::new(Semaphore::new(2));
    /// assert!(semaphore.acquire_owned_deadline(Instant::now()).is_ok());
    /// ```
    pub fn acquire_owned_deadline(
        self: &Arc<Self>,

        deadline: Instant,
    ) -> Result<OwnedPermit, AcquireError> {
        acquire_to(Arc::clone(self), 1, Some(deadline))
    }

    /// Acquires a permit; the task waits its turn, in line from the first poll on. The permit shares ownership of the semaphore, so that it can go anywhere.
    ///
    /// *Errors:* [`Closed`] where the semaphore is, or gets, closed.
    ///
    /// *Cancel safety:* dropped, it leaves the line and loses no permit.
    ///
    /// ```
    /// # use rungs::sync::Semaphore;
    /// # use std::sync::Arc;
    /// let semaphore = Arc::new(Semaphore::new(2));
    /// let permit = rungs::future::block_on(semaphore.acquire_owned_async()).unwrap();
    /// assert_eq!((permit.count(), semaphore.available()), (1, 1));
    /// ```
    #[inline]
    pub fn acquire_owned_async(self: &Arc<Self>) -> Acquire<Arc<Self>> {
        Acquire::new(Arc::clone(self), 1)
    }
}

/// Several permits that share ownership of the semaphore.
impl Semaphore {
    /// Acquires `permits` permits at once; the thread sleeps until it is its turn. The permit shares ownership of the semaphore, so that it can go anywhere.
    ///
    /// *Errors:* [`Closed`] where the semaphore is, or gets, closed.
    ///
    /// *Panics* where `permits` is above [`MAX_PERMITS`](Self::MAX_PERMITS). A request above
    /// what the semaphore ever holds waits for [`add_permits`](Self::add_permits); one above the
    /// maximum of a [`bounded`](Self::bounded) one can never be met.
    ///
    /// ```
    /// # use rungs::sync::Semaphore;
    /// # use std::sync::Arc;
    /// let semaphore = Arc::new(Semaphore::new(2));
    /// let permit = semaphore.acquire_many_owned(2).unwrap();
    /// assert_eq!((permit.count(), semaphore.available()), (2, 0));
    /// ```
    #[inline]
    pub fn acquire_many_owned(self: &Arc<Self>, permits: usize) -> Result<OwnedPermit, Closed> {
        enter(&**self, weight(permits)).map_err(|Shut| Closed)?;
        Ok(PermitOf::new(Arc::clone(self), permits))
    }

    /// Acquires `permits` permits at once if that needs no waiting. The permit shares ownership of the semaphore, so that it can go anywhere.
    ///
    /// *Errors:* [`TryAcquireError`]. A fair semaphore, or one whose line is starving, has no
    /// permits for those who would pass the line.
    ///
    /// *Panics* where `permits` is above [`MAX_PERMITS`](Self::MAX_PERMITS). A request above
    /// what the semaphore ever holds waits for [`add_permits`](Self::add_permits); one above the
    /// maximum of a [`bounded`](Self::bounded) one can never be met.
    ///
    /// ```
    /// # use rungs::sync::{Semaphore, TryAcquireError};
    /// # use std::sync::Arc;
    /// let semaphore = Arc::new(Semaphore::new(2));
    /// let permit = semaphore.try_acquire_many_owned(2).unwrap();
    /// # let rest = semaphore.try_acquire();
    /// let failed = semaphore.try_acquire_many_owned(2);
    /// assert_eq!(failed.unwrap_err(), TryAcquireError::NoPermits);
    /// ```
    #[inline]
    pub fn try_acquire_many_owned(
        self: &Arc<Self>,
        permits: usize,
    ) -> Result<OwnedPermit, TryAcquireError> {
        self.line.try_enter(weight(permits))?;
        Ok(PermitOf::new(Arc::clone(self), permits))
    }

    /// Acquires `permits` permits at once, or gives up after `timeout`; `Duration::MAX` never does. The permit shares ownership of the semaphore, so that it can go anywhere.
    ///
    /// *Errors:* [`AcquireError`].
    ///
    /// *Panics* where `permits` is above [`MAX_PERMITS`](Self::MAX_PERMITS). A request above
    /// what the semaphore ever holds waits for [`add_permits`](Self::add_permits); one above the
    /// maximum of a [`bounded`](Self::bounded) one can never be met.
    ///
    /// ```
    /// # use rungs::sync::{AcquireError, Semaphore};
    /// # use std::sync::Arc;
    /// # use std::time::Duration;
    /// let semaphore = Arc::new(Semaphore::new(2));
    /// let timeout = Duration::from_millis(1);
    /// let permit = semaphore.acquire_many_owned_timeout(2, timeout).unwrap();
    /// # let rest = semaphore.try_acquire();
    /// let failed = semaphore.acquire_many_owned_timeout(2, timeout);
    /// assert_eq!(failed.unwrap_err(), AcquireError::TimedOut);
    /// ```
    pub fn acquire_many_owned_timeout(
        self: &Arc<Self>,
        permits: usize,
        timeout: Duration,
    ) -> Result<OwnedPermit, AcquireError> {
        acquire_to(Arc::clone(self), permits, sys::deadline_after(timeout))
    }

    /// Acquires `permits` permits at once, or gives up at `deadline`. The permit shares ownership of the semaphore, so that it can go anywhere.
    ///
    /// *Errors:* [`AcquireError`].
    ///
    /// *Panics* where `permits` is above [`MAX_PERMITS`](Self::MAX_PERMITS). A request above
    /// what the semaphore ever holds waits for [`add_permits`](Self::add_permits); one above the
    /// maximum of a [`bounded`](Self::bounded) one can never be met.
    ///
    /// ```
    /// # use rungs::sync::Semaphore;
    /// # use std::sync::Arc;
    /// # use std::time::Instant;
    /// let semaphore = Arc::new(Semaphore::new(2));
    /// assert!(semaphore.acquire_many_owned_deadline(2, Instant::now()).is_ok());
    /// ```
    pub fn acquire_many_owned_deadline(
        self: &Arc<Self>,
        permits: usize,
        deadline: Instant,
    ) -> Result<OwnedPermit, AcquireError> {
        acquire_to(Arc::clone(self), permits, Some(deadline))
    }

    /// Acquires `permits` permits at once; the task waits its turn, in line from the first poll on. The permit shares ownership of the semaphore, so that it can go anywhere.
    ///
    /// *Errors:* [`Closed`] where the semaphore is, or gets, closed.
    ///
    /// *Cancel safety:* dropped, it leaves the line and loses no permit.
    ///
    /// *Panics* where `permits` is above [`MAX_PERMITS`](Self::MAX_PERMITS). A request above
    /// what the semaphore ever holds waits for [`add_permits`](Self::add_permits); one above the
    /// maximum of a [`bounded`](Self::bounded) one can never be met.
    ///
    /// ```
    /// # use rungs::sync::Semaphore;
    /// # use std::sync::Arc;
    /// let semaphore = Arc::new(Semaphore::new(2));
    /// let permit = rungs::future::block_on(semaphore.acquire_many_owned_async(2)).unwrap();
    /// assert_eq!((permit.count(), semaphore.available()), (2, 0));
    /// ```
    #[inline]
    pub fn acquire_many_owned_async(self: &Arc<Self>, permits: usize) -> Acquire<Arc<Self>> {
        Acquire::new(Arc::clone(self), permits)
    }
}

/// The request for `permits` permits.
#[inline]
fn weight(permits: usize) -> usize {
    assert!(
        permits <= Semaphore::MAX_PERMITS,
        "`permits` is above Semaphore::MAX_PERMITS"
    );
    permits
}

fn acquire_to<P: Deref<Target = Semaphore>>(
    semaphore: P,
    permits: usize,
    deadline: Option<Instant>,
) -> Result<PermitOf<P>, AcquireError> {
    match enter_until(&*semaphore, weight(permits), deadline) {
        Some(Ok(())) => Ok(PermitOf::new(semaphore, permits)),
        Some(Err(Shut)) => Err(AcquireError::Closed),
        None => Err(AcquireError::TimedOut),
    }
}

impl From<Refusal> for TryAcquireError {
    #[inline]
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Busy => Self::NoPermits,
            Refusal::Closed => Self::Closed,
        }
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("Semaphore");
        f.field("available", &self.available())
            .field("closed", &self.is_closed());
        self.line.describe(&mut f);
        f.finish_non_exhaustive()
    }
}

/// Permits of a semaphore that is borrowed. See [`PermitOf`].
pub type Permit<'a> = PermitOf<&'a Semaphore>;

/// Permits of a semaphore that is shared. See [`PermitOf`].
pub type OwnedPermit = PermitOf<Arc<Semaphore>>;

/// One or more permits, given back when dropped.
///
/// ```
/// use rungs::sync::{Permit, Semaphore};
///
/// let semaphore = Semaphore::new(1);
/// let permit: Permit = semaphore.acquire().unwrap();
/// assert_eq!(semaphore.available(), 0);
/// drop(permit);
/// assert_eq!(semaphore.available(), 1);
/// ```
#[must_use = "dropped at once, it gives its permits back at once"]
pub struct PermitOf<P: Deref<Target = Semaphore>> {
    semaphore: P,
    /// How many.
    count: usize,
}

impl<P: Deref<Target = Semaphore>> PermitOf<P> {
    #[inline]
    fn new(semaphore: P, count: usize) -> Self {
        Self { semaphore, count }
    }

    /// How many permits these are.
    ///
    /// ```
    /// let semaphore = rungs::sync::Semaphore::new(3);
    /// assert_eq!(semaphore.acquire_many(3).unwrap().count(), 3);
    /// ```
    pub fn count(&self) -> usize {
        self.count
    }

    /// Gives the permits up for good: they do not go back to the semaphore.
    ///
    /// ```
    /// let semaphore = rungs::sync::Semaphore::new(3);
    /// semaphore.acquire().unwrap().forget();
    /// assert_eq!(semaphore.available(), 2);
    /// ```
    pub fn forget(mut self) {
        self.count = 0;
    }

    /// Takes `count` permits off into a guard of their own, or `None` where there are fewer.
    ///
    /// ```
    /// let semaphore = rungs::sync::Semaphore::new(3);
    /// let mut three = semaphore.acquire_many(3).unwrap();
    /// let two = three.split(2).unwrap();
    /// assert_eq!((two.count(), three.count()), (2, 1));
    /// assert!(three.split(2).is_none());
    /// ```
    #[must_use = "dropped at once, it gives its permits back at once"]
    pub fn split(&mut self, count: usize) -> Option<Self>
    where
        P: Clone,
    {
        self.count = self.count.checked_sub(count)?;
        Some(Self::new(self.semaphore.clone(), count))
    }

    /// Joins the permits of `other`, of the same semaphore, to these.
    ///
    /// *Panics* where `other` belongs to another semaphore, or the two together are more than
    /// [`Semaphore::MAX_PERMITS`]; the permits of `other` then go back to where they belong.
    ///
    /// ```
    /// let semaphore = rungs::sync::Semaphore::new(2);
    /// let mut one = semaphore.acquire().unwrap();
    /// one.merge(semaphore.acquire().unwrap());
    /// assert_eq!(one.count(), 2);
    /// ```
    pub fn merge(&mut self, mut other: Self) {
        assert!(
            std::ptr::eq(&*self.semaphore, &*other.semaphore),
            "`other` is a permit of another semaphore"
        );
        assert!(
            other.count <= Semaphore::MAX_PERMITS - self.count,
            "with the permits of `other` these would be more than Semaphore::MAX_PERMITS"
        );
        self.count += std::mem::take(&mut other.count);
    }
}

impl<P: Deref<Target = Semaphore>> Drop for PermitOf<P> {
    #[inline]
    fn drop(&mut self) {
        if self.count > 0 {
            self.semaphore.give_back(self.count);
        }
    }
}

impl<P: Deref<Target = Semaphore>> fmt::Debug for PermitOf<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("count", &self.count)
            .field("semaphore", &*self.semaphore)
            .finish()
    }
}

pin_project! {
    /// The future of the `_async` forms. It stands in line from its first poll on, and leaves it
    /// when dropped.
    ///
    /// ```
    /// use rungs::sync::{Acquire, Semaphore};
    ///
    /// let semaphore = Semaphore::new(1);
    /// let acquire: Acquire<&Semaphore> = semaphore.acquire_async();
    /// drop(acquire); // was never polled: nothing happened
    /// assert_eq!(semaphore.available(), 1);
    /// ```
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Acquire<P: Deref<Target = Semaphore>> {
        #[pin]
        enter: Enter<P>,
    }
}

impl<P: Deref<Target = Semaphore>> Acquire<P> {
    #[inline]
    fn new(semaphore: P, permits: usize) -> Self {
        Self {
            enter: Enter::new(semaphore, weight(permits)),
        }
    }
}

impl<P: Deref<Target = Semaphore> + Clone> Future for Acquire<P> {
    type Output = Result<PermitOf<P>, Closed>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        Poll::Ready(match ready!(this.enter.as_mut().poll(cx)) {
            Ok(()) => {
                let semaphore = this.enter.gate().clone();
                Ok(PermitOf::new(semaphore, this.enter.request()))
            }
            Err(Shut) => Err(Closed),
        })
    }
}
