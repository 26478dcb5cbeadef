//! What can go wrong on this rung, and how an actor ends.

use crate::PanicPayload;
use std::error::Error;
use std::fmt;
use std::io;

/// A message that was not accepted: here it is back.
///
/// ```
/// use rungs::actor::{Addr, SendError};
///
/// let addr = Addr::spawn(0);
/// addr.stop();
/// let Err(SendError::Closed(message)) = addr.post(|n| *n += 1) else { unreachable!() };
/// let mut mine = 1;
/// message(&mut mine);
/// assert_eq!(mine, 2);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum SendError<M> {
    /// The mailbox is bounded, and full at this moment. From the waiting forms only where the
    /// sender is the actor itself, which would wait for itself.
    Full(M),
    /// The actor was stopped or killed, or is no more.
    Closed(M),
    /// The mailbox stayed full until the time was over.
    TimedOut(M),
}

impl<M> SendError<M> {
    /// The message.
    ///
    /// ```
    /// assert_eq!(rungs::actor::SendError::Closed("back").into_inner(), "back");
    /// ```
    pub fn into_inner(self) -> M {
        match self {
            Self::Full(message) | Self::Closed(message) | Self::TimedOut(message) => message,
        }
    }

    /// The same about another message.
    pub(super) fn with<N>(&self, message: N) -> SendError<N> {
        match self {
            Self::Full(_) => SendError::Full(message),
            Self::Closed(_) => SendError::Closed(message),
            Self::TimedOut(_) => SendError::TimedOut(message),
        }
    }

    /// The same about what is made of the message.
    pub(super) fn map<N>(self, f: impl FnOnce(M) -> N) -> SendError<N> {
        match self {
            Self::Full(message) => SendError::Full(f(message)),
            Self::Closed(message) => SendError::Closed(f(message)),
            Self::TimedOut(message) => SendError::TimedOut(f(message)),
        }
    }
}

impl<M> fmt::Debug for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
            Self::TimedOut(_) => "TimedOut(..)",
        })
    }
}

impl<M> fmt::Display for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "the mailbox is full",
            Self::Closed(_) => "the actor takes no more messages",
            Self::TimedOut(_) => "the mailbox stayed full for too long",
        })
    }
}

impl<M> Error for SendError<M> {}

/// Why what was asked or called has no result.
///
/// ```
/// use rungs::actor::{Addr, AskError};
///
/// let addr = Addr::spawn(0);
/// addr.kill();
/// assert!(matches!(addr.call(|n| *n).wait(), Err(AskError::Closed)));
/// ```
#[derive(Debug)]
pub enum AskError {
    /// It was not accepted, or dropped again: the mailbox is bounded, and was full.
    Full,
    /// It was not accepted: the actor was stopped or killed before.
    Closed,
    /// It was accepted, but the actor ended before it was over: by [`kill`](super::Addr::kill),
    /// by the panic of another message, or with its executor.
    Stopped,
    /// It panicked, with this. The actor ends.
    Panicked(PanicPayload),
    /// It was not accepted: the mailbox stayed full until the time was over.
    TimedOut,
    /// Whoever waits is the actor itself, in the middle of a message: the answer can only come
    /// after that message, so waiting for it would never end. It was sent, and will be handled.
    Deadlock,
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the mailbox is full"),
            Self::Closed => f.write_str("the actor takes no more messages"),
            Self::Stopped => f.write_str("the actor ended before it had answered"),
            Self::Panicked(payload) => write!(f, "the actor panicked: {payload}"),
            Self::TimedOut => f.write_str("the mailbox stayed full for too long"),
            Self::Deadlock => f.write_str("the actor waits for its own answer"),
        }
    }
}

impl Error for AskError {}

impl<M> From<SendError<M>> for AskError {
    fn from(error: SendError<M>) -> Self {
        match error {
            SendError::Full(_) => Self::Full,
            SendError::Closed(_) => Self::Closed,
            SendError::TimedOut(_) => Self::TimedOut,
        }
    }
}

/// How an actor ended.
///
/// ```
/// use rungs::actor::{Addr, StopReason};
///
/// let addr = Addr::spawn(());
/// addr.post(|_| panic!("out of paper")).unwrap();
/// assert_eq!(addr.join(), StopReason::Panicked("out of paper".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StopReason {
    /// By [`stop`](super::Addr::stop), or because its last address was dropped: it handled all
    /// that it had accepted.
    Stopped,
    /// By [`kill`](super::Addr::kill), because its executor was shut down, or because its
    /// [handler](super::AsyncHandler) waited for what nobody could bring any more: what it had not
    /// handled yet was dropped. Of an object, also: by a supervisor that restarts it because of
    /// another.
    Killed,
    /// By a panic, with this message: of a message or a hook, which may have left the object half
    /// changed, or of the object's own `Drop`. What it had not handled yet was dropped.
    Panicked(String),
    /// By a supervisor that had restarted it too often.
    RestartLimit,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("stopped"),
            Self::Killed => f.write_str("killed"),
            Self::Panicked(message) => write!(f, "panicked: {message}"),
            Self::RestartLimit => f.write_str("restarted too often"),
        }
    }
}

/// The actor's thread could not be started: here is the object back, or what would have made it,
/// and why.
///
/// ```
/// use rungs::actor::StartError;
///
/// let failed = StartError { error: std::io::Error::other("no threads left"), state: 7 };
/// assert_eq!(failed.to_string(), "the actor's thread could not be started: no threads left");
/// assert_eq!(failed.state, 7);
/// ```
pub struct StartError<A> {
    /// What the system said.
    pub error: io::Error,
    /// The object, or the closure that would have made it.
    pub state: A,
}

impl<A> fmt::Debug for StartError<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartError")
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl<A> fmt::Display for StartError<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the actor's thread could not be started: {}", self.error)
    }
}

impl<A> Error for StartError<A> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}
