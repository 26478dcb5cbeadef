//! What can go wrong on this rung.

use std::error::Error;
use std::fmt;

macro_rules! display {
    ($name:ident, $($pattern:pat => $text:literal),+) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($pattern => $text),+ })
            }
        }

        impl Error for $name {}
    };
}

/// The time was over before what was waited for happened.
///
/// ```
/// use rungs::sync::{Event, TimedOut};
/// use std::time::Duration;
///
/// assert_eq!(Event::new(false).wait_timeout(Duration::ZERO), Err(TimedOut));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimedOut;
display!(TimedOut, Self => "timed out");

/// The semaphore was closed.
///
/// ```
/// use rungs::sync::{Closed, Semaphore};
///
/// let semaphore = Semaphore::new(1);
/// semaphore.close();
/// assert_eq!(semaphore.acquire().unwrap_err(), Closed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Closed;
display!(Closed, Self => "the semaphore is closed");

/// Why [`Semaphore::try_acquire`](super::Semaphore::try_acquire) gave no permit.
///
/// ```
/// use rungs::sync::{Semaphore, TryAcquireError};
///
/// let none = Semaphore::new(0);
/// assert_eq!(none.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TryAcquireError {
    /// Too few are free, or others stand in a line that may not be passed.
    NoPermits,
    /// The semaphore was closed.
    Closed,
}
display!(TryAcquireError, Self::NoPermits => "no permits available", Self::Closed => "the semaphore is closed");

/// Why a timed acquire gave no permit.
///
/// ```
/// use rungs::sync::{AcquireError, Semaphore};
/// use std::time::Duration;
///
/// let none = Semaphore::new(0);
/// assert_eq!(none.acquire_timeout(Duration::ZERO).unwrap_err(), AcquireError::TimedOut);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AcquireError {
    /// The time was over first.
    TimedOut,
    /// The semaphore was closed.
    Closed,
}
display!(AcquireError, Self::TimedOut => "timed out", Self::Closed => "the semaphore is closed");

/// The semaphore would have, or owe, more permits than it may: more than
/// [`Semaphore::MAX_PERMITS`](super::Semaphore::MAX_PERMITS), or than the maximum of a
/// [bounded](super::Semaphore::bounded) one.
///
/// ```
/// use rungs::sync::{Overflow, Semaphore};
///
/// let full = Semaphore::bounded(1, 1);
/// assert_eq!(full.add_permits(1), Err(Overflow));
/// assert_eq!(full.available(), 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Overflow;
display!(Overflow, Self => "more permits than the semaphore may have");

/// The [`Barrier`](super::Barrier) is broken, or it was reset while one waited.
///
/// ```
/// use rungs::sync::{Barrier, BrokenBarrier};
///
/// let barrier = Barrier::new(2);
/// barrier.abort();
/// assert_eq!(barrier.wait(), Err(BrokenBarrier));
/// ```
#[doc(alias = "BrokenBarrierError")]
#[doc(alias = "BrokenBarrierException")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BrokenBarrier;
display!(BrokenBarrier, Self => "the barrier is broken");

/// Why [`Barrier::try_wait`](super::Barrier::try_wait) did not arrive.
///
/// ```
/// use rungs::sync::{Barrier, TryBarrierError};
///
/// assert_eq!(Barrier::new(2).try_wait(), Err(TryBarrierError::NotLast));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TryBarrierError {
    /// Others are yet to arrive.
    NotLast,
    /// The barrier is broken.
    Broken,
}
display!(TryBarrierError, Self::NotLast => "others are yet to arrive", Self::Broken => "the barrier is broken");

/// Why a timed wait at a [`Barrier`](super::Barrier) failed.
///
/// ```
/// use rungs::sync::{Barrier, BarrierError};
/// use std::time::Duration;
///
/// let waited = Barrier::new(2).wait_timeout(Duration::ZERO);
/// assert_eq!(waited, Err(BarrierError::TimedOut));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BarrierError {
    /// The time was over first.
    TimedOut,
    /// The barrier is broken, or it was reset meanwhile.
    Broken,
}
display!(BarrierError, Self::TimedOut => "timed out", Self::Broken => "the barrier is broken");

/// A [`Party`](super::Party) has arrived in this phase before.
///
/// ```
/// use rungs::sync::{AlreadyArrived, Phaser};
///
/// let phaser = Phaser::new();
/// let (mut here, _late) = (phaser.register(), phaser.register());
/// here.arrive().unwrap();
/// assert_eq!(here.arrive(), Err(AlreadyArrived { phase: 0 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AlreadyArrived {
    /// The phase.
    pub phase: u64,
}

impl fmt::Display for AlreadyArrived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the party has arrived in phase {} before", self.phase)
    }
}

impl Error for AlreadyArrived {}

/// No partner came; the value comes back.
///
/// ```
/// use rungs::sync::{Exchanger, NoPartner};
///
/// assert_eq!(Exchanger::new().try_exchange(7), Err(NoPartner(7)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NoPartner<T>(
    /// What was offered.
    pub T,
);

impl<T> NoPartner<T> {
    /// What was offered.
    ///
    /// ```
    /// let alone = rungs::sync::Exchanger::new().try_exchange(7).unwrap_err();
    /// assert_eq!(alone.into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for NoPartner<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoPartner").finish_non_exhaustive()
    }
}

impl<T> fmt::Display for NoPartner<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no partner came")
    }
}

impl<T> Error for NoPartner<T> {}

/// What a [`CancelToken`](super::CancelToken) stands for was cancelled.
///
/// ```
/// use rungs::sync::{CancelToken, Cancelled};
///
/// let token = CancelToken::new();
/// token.cancel();
/// assert_eq!(token.check(), Err(Cancelled));
/// ```
#[doc(alias = "CancelledError")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cancelled;
display!(Cancelled, Self => "cancelled");
