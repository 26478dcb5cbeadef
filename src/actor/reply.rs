//! The result of a call, when it comes.

use super::answer::Answer;
use super::error::AskError;
use super::running::Id;
use crate::sys::{self, Arc, clock::Instant};
use crate::wait::block_until;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// The result of a [`call`](super::Addr::call), or the reply to a message that was
/// [asked](super::Addr::ask), to be awaited or waited for.
///
/// The message was sent already. Every reply resolves: with the result, or with the reason
/// why there is none, whatever becomes of the actor. Dropping the reply does not unsend the
/// message; its result is then dropped by the actor.
///
/// *Cancel safety:* a wait that times out gives the reply back; a future that is dropped takes
/// the result with it.
///
/// ```
/// use rungs::actor::Addr;
///
/// let stock = Addr::spawn(vec!["pen", "ink"]);
/// let sold = stock.call(|stock| stock.pop());
/// let left = stock.call(|stock| stock.len());
/// assert_eq!(sold.wait().unwrap(), Some("ink"));
/// rungs::future::block_on(async { assert_eq!(left.await.unwrap(), 1) });
/// ```
#[must_use = "it says whether the call ran; `post` sends without an answer"]
pub struct Reply<R> {
    answer: Arc<Answer<R>>,
    /// Whom it was sent to. While there is no answer, that actor lives.
    actor: Id,
}

impl<R> Reply<R> {
    pub(super) fn new(answer: Arc<Answer<R>>, actor: Id) -> Self {
        Self { answer, actor }
    }

    /// Whether the result, or the reason why there is none, is there.
    ///
    /// ```
    /// let addr = rungs::actor::Addr::spawn(1);
    /// let reply = addr.call(|n| *n);
    /// addr.stop();
    /// addr.join();
    /// assert!(reply.is_done());
    /// ```
    #[doc(alias = "isDone")]
    pub fn is_done(&self) -> bool {
        self.answer.done().is_done()
    }

    /// Waits for the result; the thread sleeps.
    ///
    /// *Blocking:* until the actor has handled the call, or has ended. It occupies the thread: in
    /// a pool whose every thread waits for actors that live on that same pool, nobody is left to
    /// run them. Await the reply there.
    ///
    /// *Errors:* [`AskError`]. Inside a message of the same actor, where there is no answer yet, it
    /// is [`AskError::Deadlock`], at once: it could only come after that message. The same goes
    /// for an async handler that awaits it: one that is polled by the actor itself. (Where a task
    /// in between polls it, or two actors wait for each other, nobody finds out.)
    ///
    /// ```
    /// use rungs::actor::{Addr, AskError};
    ///
    /// let addr = Addr::spawn(20);
    /// assert_eq!(addr.call(|n| *n + 1).wait().unwrap(), 21);
    ///
    /// let me = addr.clone();
    /// let inner = addr.call(move |_| me.call(|n| *n).wait()).wait().unwrap();
    /// assert!(matches!(inner, Err(AskError::Deadlock)));
    /// ```
    #[doc(alias = "result")]
    #[doc(alias = "get")]
    pub fn wait(self) -> Result<R, AskError> {
        match self.wait_to(None) {
            Ok(result) => result,
            Err(_) => unreachable!("a wait without a deadline does not time out"),
        }
    }

    /// Does not wait: the result, if it is there.
    ///
    /// *Errors:* the reply, where there is no result yet.
    ///
    /// ```
    /// let addr = rungs::actor::Addr::spawn(1);
    /// let mut reply = addr.call(|n| *n);
    /// let result = loop {
    ///     match reply.try_wait() {
    ///         Ok(result) => break result,
    ///         Err(pending) => reply = pending,
    ///     }
    ///     std::thread::yield_now();
    /// };
    /// assert_eq!(result.unwrap(), 1);
    /// ```
    pub fn try_wait(mut self) -> Result<Result<R, AskError>, Self> {
        if self.is_done() {
            Ok(self.take())
        } else {
            Err(self)
        }
    }

    /// Waits for the result, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* the reply, where the time was over first. Otherwise as [`wait`](Self::wait).
    ///
    /// ```
    /// use rungs::sync::Event;
    /// use std::{sync::Arc, time::Duration};
    ///
    /// let go = Arc::new(Event::new(false));
    /// let addr = rungs::actor::Addr::spawn(1);
    /// let gate = go.clone();
    /// let reply = addr.call(move |n| { gate.wait(); *n });
    /// let reply = reply.wait_timeout(Duration::from_millis(1)).unwrap_err();
    /// go.set();
    /// assert_eq!(reply.wait().unwrap(), 1);
    /// ```
    pub fn wait_timeout(self, timeout: Duration) -> Result<Result<R, AskError>, Self> {
        self.wait_to(sys::deadline_after(timeout))
    }

    /// Waits for the result, or gives up at `deadline`.
    ///
    /// *Errors:* the reply, where the time was over first. Otherwise as [`wait`](Self::wait).
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// let addr = rungs::actor::Addr::spawn(1);
    /// let soon = Instant::now() + Duration::from_secs(60);
    /// assert_eq!(addr.call(|n| *n).wait_deadline(soon).unwrap().unwrap(), 1);
    /// ```
    pub fn wait_deadline(self, deadline: Instant) -> Result<Result<R, AskError>, Self> {
        self.wait_to(Some(deadline))
    }

    fn wait_to(mut self, deadline: Option<Instant>) -> Result<Result<R, AskError>, Self> {
        if self.actor.is_running() && !self.is_done() {
            return Ok(Err(AskError::Deadlock));
        }
        match block_until(&mut self, deadline) {
            Some(result) => Ok(result),
            None => Err(self),
        }
    }

    /// The result, which is there.
    fn take(&mut self) -> Result<R, AskError> {
        // SAFETY: done, and this is the one reply, here exclusively.
        let result = unsafe { self.answer.take() };
        result.expect("a reply was polled after it was ready")
    }
}

impl<R> Future for Reply<R> {
    type Output = Result<R, AskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.actor.is_polling(cx) && !self.is_done() {
            return Poll::Ready(Err(AskError::Deadlock));
        }
        // SAFETY: one reply, here exclusively.
        ready!(unsafe { self.answer.done().poll(cx) });
        Poll::Ready(self.take())
    }
}

impl<R> fmt::Debug for Reply<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("done", &self.is_done())
            .finish_non_exhaustive()
    }
}
