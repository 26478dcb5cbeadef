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
