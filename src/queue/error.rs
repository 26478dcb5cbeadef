//! What can go wrong with a queue. A push that fails gives its item back.

use std::error::Error;
use std::fmt;

/// The queue was closed; the item comes back.
///
/// ```
/// use rungs::queue::{PushError, Queue};
///
/// let queue = Queue::unbounded();
/// queue.close();
/// assert_eq!(queue.push("late"), Err(PushError("late")));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PushError<T>(pub T);

impl<T> PushError<T> {
    /// The item.
    ///
    /// ```
    /// assert_eq!(rungs::queue::PushError(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// Why [`try_push`](super::Queue::try_push) did not push; the item comes back.
///
/// ```
/// use rungs::queue::{Queue, TryPushError};
///
/// let queue = Queue::bounded(1);
/// queue.push(1).unwrap();
/// assert_eq!(queue.try_push(2), Err(TryPushError::Full(2)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TryPushError<T> {
    /// There is no room, or only for those who have waited for long.
    Full(T),
    /// The queue was closed.
    Closed(T),
}

impl<T> TryPushError<T> {
    /// The item.
    ///
    /// ```
    /// assert_eq!(rungs::queue::TryPushError::Full(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(item) | Self::Closed(item) => item,
        }
    }
}

/// Why a timed push did not push; the item comes back.
///
/// ```
/// use rungs::queue::{PushTimeoutError, Queue};
/// use std::time::Duration;
///
/// let queue = Queue::bounded(1);
/// queue.push(1).unwrap();
/// let late = queue.push_timeout(2, Duration::ZERO);
/// assert_eq!(late, Err(PushTimeoutError::TimedOut(2)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PushTimeoutError<T> {
    /// The time was over before there was room.
    TimedOut(T),
    /// The queue was closed.
    Closed(T),
}

impl<T> PushTimeoutError<T> {
    /// The item.
    ///
    /// ```
    /// assert_eq!(rungs::queue::PushTimeoutError::TimedOut(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            Self::TimedOut(item) | Self::Closed(item) => item,
        }
    }
}

/// The queue was closed, and nothing is left in it.
///
/// ```
/// use rungs::queue::{PopError, Queue};
///
/// let queue = Queue::unbounded();
/// queue.push("last").unwrap();
/// queue.close();
/// assert_eq!(queue.pop(), Ok("last"));
/// assert_eq!(queue.pop(), Err(PopError));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PopError;

/// Why [`try_pop`](super::Queue::try_pop) gave nothing.
///
/// ```
/// use rungs::queue::{Queue, TryPopError};
///
/// let queue = Queue::<i32>::unbounded();
/// assert_eq!(queue.try_pop(), Err(TryPopError::Empty));
/// queue.close();
/// assert_eq!(queue.try_pop(), Err(TryPopError::Closed));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TryPopError {
    /// There is no item, or only for those who have waited for long.
    Empty,
    /// The queue was closed, and nothing is left in it.
    Closed,
}

/// Why a timed pop gave nothing.
///
/// ```
/// use rungs::queue::{PopTimeoutError, Queue};
/// use std::time::Duration;
///
/// let queue = Queue::<i32>::unbounded();
/// assert_eq!(queue.pop_timeout(Duration::ZERO), Err(PopTimeoutError::TimedOut));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PopTimeoutError {
    /// The time was over before there was an item.
    TimedOut,
    /// The queue was closed, and nothing is left in it.
    Closed,
}

/// `Display`, `Error` and, for those that carry an item, `Debug`: it shows what went wrong, not the
/// item, which need not be `Debug`.
macro_rules! texts {
    ($name:ident, $($pattern:pat => $text:literal),+) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($pattern => $text),+ })
            }
        }

        impl Error for $name {}
    };
    ($name:ident<T>, $($pattern:pat => $debug:literal, $text:literal);+) => {
        impl<T> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($pattern => $text),+ })
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($pattern => $debug),+ })
            }
        }

        impl<T> Error for $name<T> {}
    };
}

texts!(PushError<T>, Self(_) => "PushError(..)", "the queue is closed");
texts!(TryPushError<T>,
    Self::Full(_) => "Full(..)", "the queue is full";
    Self::Closed(_) => "Closed(..)", "the queue is closed");
texts!(PushTimeoutError<T>,
    Self::TimedOut(_) => "TimedOut(..)", "timed out";
    Self::Closed(_) => "Closed(..)", "the queue is closed");
texts!(PopError, Self => "the queue is closed and empty");
texts!(TryPopError,
    Self::Empty => "the queue is empty",
    Self::Closed => "the queue is closed and empty");
texts!(PopTimeoutError,
    Self::TimedOut => "timed out",
    Self::Closed => "the queue is closed and empty");
