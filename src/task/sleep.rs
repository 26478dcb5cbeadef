//! Sleeping, until a time.

use crate::sys::{self, clock, clock::Instant};
use crate::wait;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Sleeps for so long; `Duration::MAX` is for ever. The task sleeps, under any executor.
///
/// *Cost:* to make one reads the clock, no more: one that is dropped unpolled costs nothing. The first
/// poll sets an alarm, the drop takes it back, and neither depends on how many there are; one thread
/// serves all timers of the process.
///
/// *Panics* when it is polled and the system has no thread for the timer.
///
/// *Cancel safety:* dropped, it leaves nothing behind.
///
/// ```
/// use rungs::task::{block_on, sleep};
/// use std::time::{Duration, Instant};
///
/// let (began, nap) = (Instant::now(), Duration::from_millis(2));
/// block_on(sleep(nap));
/// assert!(began.elapsed() >= nap);
/// ```
#[doc(alias = "asyncio.sleep")]
#[doc(alias = "delay")]
#[doc(alias = "time.After")]
pub fn sleep(time: Duration) -> Sleep {
    Sleep::new(sys::deadline_after(time))
}

/// Sleeps until a time; else as [`sleep`].
///
/// ```
/// use rungs::task::{block_on, sleep_until};
/// use std::time::{Duration, Instant};
///
/// let dawn = Instant::now() + Duration::from_millis(2);
/// block_on(sleep_until(dawn));
/// assert!(Instant::now() >= dawn);
/// ```
#[doc(alias = "call_at")]
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep::new(Some(deadline))
}

/// The future of [`sleep`] and [`sleep_until`]: ready at its time, and after it.
///
/// It may be moved between polls, kept in a struct and [set anew](Self::reset).
///
/// ```
/// use rungs::task::{Sleep, sleep};
/// use std::time::Duration;
///
/// let nap: Sleep = sleep(Duration::ZERO);
/// assert!(nap.is_elapsed());
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct Sleep(wait::Sleep);

impl Sleep {
    fn new(deadline: Option<Instant>) -> Self {
        Self(wait::Sleep::until(deadline))
    }

    /// Its time; `None` is never.
    ///
    /// ```
    /// use rungs::task::{sleep, sleep_until};
    /// use std::time::{Duration, Instant};
    ///
    /// let now = Instant::now();
    /// assert_eq!(sleep_until(now).deadline(), Some(now));
    /// assert_eq!(sleep(Duration::MAX).deadline(), None);
    /// ```
    pub fn deadline(&self) -> Option<Instant> {
        self.0.deadline()
    }

    /// Whether its time has come.
    ///
    /// ```
    /// use rungs::task::sleep;
    /// use std::time::Duration;
    ///
    /// assert!(!sleep(Duration::from_secs(3600)).is_elapsed());
    /// ```
    pub fn is_elapsed(&self) -> bool {
        let deadline = self.deadline();
        deadline.is_some_and(|deadline| deadline <= clock::horizon())
    }

    /// Sets it to another time. Who waits for it is woken at that, from its next poll on.
    ///
    /// ```
    /// use rungs::task::{block_on, sleep};
    /// use std::time::{Duration, Instant};
    ///
    /// let mut nap = sleep(Duration::from_secs(3600));
    /// nap.reset(Instant::now());
    /// block_on(&mut nap);
    /// assert!(nap.is_elapsed());
    /// ```
    #[doc(alias = "reschedule")]
    pub fn reset(&mut self, deadline: Instant) {
        self.0 = wait::Sleep::until(Some(deadline));
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep")
            .field("deadline", &self.deadline())
            .finish()
    }
}
