//! A future that is given up.
//!
//! All that gives up does so in one place, [`Unless`]: something else is ready first.

use super::sleep::{Sleep, sleep, sleep_until};
use crate::sync::TimedOut;
use crate::sys::clock::Instant;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

pin_project! {
    /// What a future gives, unless another is ready before it. Where both are, the future counts.
    pub(super) struct Unless<F, U> {
        #[pin]
        future: F,
        #[pin]
        other: U,
    }
}

impl<F, U> Unless<F, U> {
    pub(super) fn new(future: F, other: U) -> Self {
        Self { future, other }
    }
}

impl<F: Future, U: Future> Future for Unless<F, U> {
    type Output = Result<F::Output, U::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Poll::Ready(output) = this.future.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        let other = ready!(this.other.poll(cx));
        // What was ready before the other counts, though we have looked too early.
        match this.future.poll(cx) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => Poll::Ready(Err(other)),
        }
    }
}

/// What `future` gives, if it is ready before `time` is over; `Duration::MAX` never is.
///
/// It is polled at least once. What is ready before the time is over counts, however late the task is
/// woken.
///
/// *Errors:* [`TimedOut`]; `future` is dropped with the timeout.
///
/// *Cancel safety:* that of `future`: to time out is to drop it.
///
/// *Cost:* a `future` that is ready at once costs a look at the clock; else that of a [`sleep`].
///
/// ```
/// use rungs::sync::{Event, TimedOut};
/// use rungs::task::{block_on, timeout};
/// use std::time::Duration;
///
/// let event = Event::new(false);
/// let soon = Duration::from_millis(1);
/// assert_eq!(block_on(timeout(soon, event.wait_async())), Err(TimedOut));
/// event.set();
/// assert_eq!(block_on(timeout(soon, event.wait_async())), Ok(()));
/// ```
#[doc(alias = "wait_for")]
#[doc(alias = "asyncio.timeout")]
#[doc(alias = "move_on_after")]
#[doc(alias = "context.WithTimeout")]
pub fn timeout<F: Future>(time: Duration, future: F) -> Timeout<F> {
    Timeout::new(sleep(time), future)
}

/// What `future` gives, if it is ready before a time; else as [`timeout`].
///
/// ```
/// use rungs::sync::TimedOut;
/// use rungs::task::{block_on, deadline};
/// use std::future::pending;
/// use std::time::Instant;
///
/// assert_eq!(block_on(deadline(Instant::now(), pending::<()>())), Err(TimedOut));
/// assert_eq!(block_on(deadline(Instant::now(), async { 7 })), Ok(7));
/// ```
#[doc(alias = "timeout_at")]
#[doc(alias = "move_on_at")]
#[doc(alias = "context.WithDeadline")]
pub fn deadline<F: Future>(instant: Instant, future: F) -> Timeout<F> {
    Timeout::new(sleep_until(instant), future)
}

pin_project! {
    /// The future of [`timeout`] and [`deadline`].
    ///
    /// ```
    /// use rungs::task::{Timeout, timeout};
    /// use std::time::Duration;
    ///
    /// let never: Timeout<_> = timeout(Duration::MAX, async {});
    /// assert_eq!(never.deadline(), None);
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Timeout<F> {
        #[pin]
        unless: Unless<F, Sleep>,
    }
}

impl<F> Timeout<F> {
    fn new(sleep: Sleep, future: F) -> Self {
        let unless = Unless::new(future, sleep);
        Self { unless }
    }

    /// When it gives up; `None` is never.
    ///
    /// ```
    /// use rungs::task::deadline;
    /// use std::time::Instant;
    ///
    /// let now = Instant::now();
    /// assert_eq!(deadline(now, async {}).deadline(), Some(now));
    /// ```
    #[doc(alias = "when")]
    pub fn deadline(&self) -> Option<Instant> {
        self.unless.other.deadline()
    }

    /// Sets the time at which it gives up, from the next poll on.
    ///
    /// ```
    /// use rungs::sync::TimedOut;
    /// use rungs::task::{block_on, timeout};
    /// use std::time::{Duration, Instant};
    ///
    /// let mut never = timeout(Duration::MAX, std::future::pending::<()>());
    /// never.set_deadline(Instant::now());
    /// assert_eq!(block_on(never), Err(TimedOut));
    /// ```
    #[doc(alias = "reschedule")]
    pub fn set_deadline(&mut self, deadline: Instant) {
        self.unless.other.reset(deadline);
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, TimedOut>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.project().unless.poll(cx);
        polled.map(|result| result.map_err(|()| TimedOut))
    }
}

impl<F> fmt::Debug for Timeout<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout")
            .field("deadline", &self.deadline())
            .finish_non_exhaustive()
    }
}
