//! The forms that an operation has, and the ways it ends.

use std::time::{Duration, Instant};

use rungs::queue::{
    PopError, PopTimeoutError, PushError, PushTimeoutError, TryPopError, TryPushError,
};

use crate::message::Message;
use crate::polls::Polls;

/// One of the forms that every operation has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    Try,
    Blocking,
    Timeout(Duration),
    Deadline(Instant),
    Awaited,
    Cancelled(Polls),
}

/// How a push ended.
pub(crate) enum Push {
    Done,
    /// There was no room, or not in time.
    Full(Message),
    Closed(Message),
    /// Its future was dropped, and the message with it.
    Dropped,
}

/// Why something was not done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    /// There was none, or no room; or not in time; or the future was dropped.
    NotNow,
    Closed,
}

impl<E: Into<Message>> From<Result<(), PushError<E>>> for Push {
    fn from(pushed: Result<(), PushError<E>>) -> Self {
        match pushed {
            Ok(()) => Self::Done,
            Err(PushError(entry)) => Self::Closed(entry.into()),
        }
    }
}

impl<E: Into<Message>> From<Result<(), TryPushError<E>>> for Push {
    fn from(pushed: Result<(), TryPushError<E>>) -> Self {
        match pushed {
            Ok(()) => Self::Done,
            Err(TryPushError::Full(entry)) => Self::Full(entry.into()),
            Err(TryPushError::Closed(entry)) => Self::Closed(entry.into()),
        }
    }
}

impl<E: Into<Message>> From<Result<(), PushTimeoutError<E>>> for Push {
    fn from(pushed: Result<(), PushTimeoutError<E>>) -> Self {
        match pushed {
            Ok(()) => Self::Done,
            Err(PushTimeoutError::TimedOut(entry)) => Self::Full(entry.into()),
            Err(PushTimeoutError::Closed(entry)) => Self::Closed(entry.into()),
        }
    }
}

/// The errors that carry nothing, and which of them say that the queue was closed.
macro_rules! refusals {
    ($($error:ty: $closed:expr;)+) => {$(
        impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                match error == $closed {
                    true => Self::Closed,
                    false => Self::NotNow,
                }
            }
        }
    )+};
}

refusals! {
    PushError<()>: PushError(());
    TryPushError<()>: TryPushError::Closed(());
    PushTimeoutError<()>: PushTimeoutError::Closed(());
    PopError: PopError;
    TryPopError: TryPopError::Closed;
    PopTimeoutError: PopTimeoutError::Closed;
}
