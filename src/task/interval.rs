//! Ticks: something that comes again and again.

use super::Every;
use crate::sys::{self, clock, clock::Instant};
use crate::wait::Sleep;
use futures_core::Stream;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Ticks every so often: each `period`, from one period from now on; or as [`Every`] says, which
/// also says what becomes of ticks that are missed:
///
/// | | ticks that were missed | the next tick |
/// |---|---|---|
/// | [`Every::rate`], and a `Duration` | are skipped | at the next whole period since the first |
/// | [`Every::burst`] | come at once, one after the other | when they are made up for, as for `rate` |
/// | [`Every::delay`] | are skipped | a period after the late one |
///
/// *Panics* where the period is zero.
///
/// ```
/// use rungs::task::{Every, block_on, interval};
/// use std::time::{Duration, Instant};
///
/// let (began, period) = (Instant::now(), Duration::from_millis(1));
/// block_on(async {
///     let mut ticks = interval(period);
///     for n in 1..=3 {
///         assert!(ticks.tick().await >= began + n * period);
///     }
///     let mut at_once = interval(Every::delay(period).first_after(Duration::ZERO));
///     at_once.tick().await;
/// });
/// ```
#[doc(alias = "setInterval")]
#[doc(alias = "time.NewTicker")]
#[doc(alias = "MissedTickBehavior")]
pub fn interval(every: impl Into<Every>) -> Interval {
    let every = every.into();
    Interval {
        every,
        sleep: Sleep::until(sys::deadline_after(every.first_delay())),
    }
}

/// What [`interval`] gives: its ticks, one by one or as a `Stream` that does not end.
///
/// ```
/// use rungs::task::{Interval, interval};
/// use std::time::Duration;
///
/// let ticks: Interval = interval(Duration::from_secs(1));
/// assert_eq!(ticks.every(), Duration::from_secs(1).into());
/// ```
#[must_use = "it ticks for who asks it"]
pub struct Interval {
    every: Every,
    /// Until the next tick.
    sleep: Sleep,
}

impl Interval {
    /// How often it ticks.
    ///
    /// ```
    /// use rungs::task::{Every, interval};
    /// use std::time::Duration;
    ///
    /// let every = Every::burst(Duration::from_secs(1));
    /// assert_eq!(interval(every).every(), every);
    /// ```
    pub fn every(&self) -> Every {
        self.every
    }

    /// Waits for the next tick; gives the time at which it was due.
    ///
    /// *Cancel safety:* dropped, no tick is lost.
    ///
    /// ```
    /// use rungs::task::{block_on, interval};
    /// use std::time::{Duration, Instant};
    ///
    /// let mut ticks = interval(Duration::from_millis(1));
    /// let due = block_on(ticks.tick());
    /// assert!(due <= Instant::now());
    /// ```
    pub async fn tick(&mut self) -> Instant {
        poll_fn(|cx| self.poll_tick(cx)).await
    }

    /// The same, one poll of it.
    ///
    /// ```
    /// use rungs::task::interval;
    /// use std::task::{Context, Waker};
    /// use std::time::Duration;
    ///
    /// let mut ticks = interval(Duration::from_secs(3600));
    /// assert!(ticks.poll_tick(&mut Context::from_waker(Waker::noop())).is_pending());
    /// ```
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        ready!(Pin::new(&mut self.sleep).poll(cx));
        let Some(due) = self.sleep.deadline() else {
            unreachable!("a sleep without an end has not ended");
        };
        let next = self.every.next(due, clock::now());
        self.sleep = Sleep::until(next);
        Poll::Ready(due)
    }

    /// Begins again: the next tick is due as that of a new one would be.
    ///
    /// ```
    /// use rungs::task::{block_on, interval};
    /// use std::time::{Duration, Instant};
    ///
    /// let mut ticks = interval(Duration::from_millis(1));
    /// block_on(ticks.tick());
    /// let again = Instant::now();
    /// ticks.reset();
    /// assert!(block_on(ticks.tick()) >= again + Duration::from_millis(1));
    /// ```
    pub fn reset(&mut self) {
        *self = interval(self.every);
    }
}

/// The times at which the ticks were due.
impl Stream for Interval {
    type Item = Instant;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Instant>> {
        self.poll_tick(cx).map(Some)
    }
}

impl fmt::Debug for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interval")
            .field("every", &self.every)
            .field("next", &self.sleep.deadline())
            .finish()
    }
}
