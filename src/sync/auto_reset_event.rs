//! Letting one waiter through for each signal.
//!
//! A strict [`Line`] of at most one permit: `set` hands it to the head of the line, or leaves it
//! for the next who comes.

use super::error::TimedOut;
use crate::sys::{self, clock::Instant, const_unless_loom};
use crate::wait::{Enter, Gate, Line, Order, Permits, enter, enter_until};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// What one waiter takes, and what is there while the event is set.
const ONE: usize = 1;

/// A flag that threads and tasks can wait for, and that is reset by whoever it lets through.
///
/// Each [`set`](Self::set) releases exactly one waiter. Where nobody waits, it is remembered, but
/// only once: ten `set`s with nobody there let one through. To let everybody through, use an
/// [`Event`](super::Event); to count, a [`Semaphore`](super::Semaphore).
///
/// What was written before `set` is seen by whoever it released, also where it found the event
/// set already.
///
/// *Cancel safety:* a waiter that was released, but times out or is dropped before it goes,
/// hands the signal on to the next. *Fairness:* strictly in order; nobody passes the line.
/// *Cost:* `set` is one atomic operation where nobody waits.
///
/// ```
/// use rungs::sync::AutoResetEvent;
/// use std::thread;
///
/// let ready = AutoResetEvent::new(false);
/// thread::scope(|s| {
///     s.spawn(|| ready.wait());
///     s.spawn(|| rungs::future::block_on(ready.wait_async()));
///     ready.set(); // one of them
///     while ready.is_set() {
///         thread::yield_now(); // a `set` on top of another would be lost
///     }
///     ready.set(); // the other
/// });
/// assert!(!ready.is_set());
/// ```
#[doc(alias = "Notify")]
#[doc(alias = "BinarySemaphore")]
#[doc(alias = "LockSupport")]
pub struct AutoResetEvent {
    line: Line<Permits>,
}

impl Gate for AutoResetEvent {
    type Rule = Permits;

    fn line(&self) -> &Line<Permits> {
        &self.line
    }

    fn give_back(&self, _: usize) {
        self.set();
    }
}

impl AutoResetEvent {
    const_unless_loom! {
        /// An event, set or not. `const`, so it can be a `static` (not so under loom).
        ///
        /// ```
        /// static WORK: rungs::sync::AutoResetEvent = rungs::sync::AutoResetEvent::new(false);
        /// assert!(!WORK.is_set());
        /// ```
        pub const fn new(set: bool) -> Self {
            Self { line: Line::new(set as isize, Order::Strict) }
        }
    }

    /// Releases the waiter that came first; where nobody waits, the next who comes.
    ///
    /// *Blocking:* for a short lock where somebody waits. It calls the waiter's waker in this
    /// thread; one that panics is reported by the panic hook.
    ///
    /// ```
    /// let event = rungs::sync::AutoResetEvent::new(false);
    /// event.set();
    /// event.set(); // is remembered once
    /// assert!(event.try_wait());
    /// assert!(!event.try_wait());
    /// ```
    #[doc(alias = "notify_one")]
    #[doc(alias = "unpark")]
    #[inline]
    pub fn set(&self) {
        self.line.hand_on(ONE as isize);
    }

    /// Takes a remembered [`set`](Self::set) back; `false` where there is none. One that has
    /// released a waiter is not there to be taken back; should that waiter be dropped before it
    /// runs, the set is handed on, or remembered again.
    ///
    /// ```
    /// let event = rungs::sync::AutoResetEvent::new(true);
    /// assert!(event.reset());
    /// assert!(!event.reset());
    /// ```
    #[doc(alias = "clear")]
    #[inline]
    pub fn reset(&self) -> bool {
        self.line.drain() > 0
    }

    /// Whether a [`set`](Self::set) is remembered at this moment; then nobody waits.
    ///
    /// ```
    /// assert!(rungs::sync::AutoResetEvent::new(true).is_set());
    /// ```
    #[inline]
    pub fn is_set(&self) -> bool {
        self.line.state() > 0
    }

    /// Waits for a signal of its own; the thread sleeps.
    ///
    /// ```
    /// let event = rungs::sync::AutoResetEvent::new(false);
    /// std::thread::scope(|s| {
    ///     s.spawn(|| event.set());
    ///     event.wait();
    ///     assert!(!event.is_set());
    /// });
    /// ```
    #[inline]
    pub fn wait(&self) {
        // Never closed.
        let _ = enter(self, ONE);
    }

    /// Takes a remembered signal, and does not wait for one.
    ///
    /// ```
    /// let event = rungs::sync::AutoResetEvent::new(true);
    /// assert!(event.try_wait());
    /// assert!(!event.try_wait());
    /// ```
    #[must_use = "it says whether the signal was taken"]
    #[inline]
    pub fn try_wait(&self) -> bool {
        self.line.try_enter(ONE).is_ok()
    }

    /// Waits for a signal of its own, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::sync::{AutoResetEvent, TimedOut};
    /// use std::time::Duration;
    ///
    /// let event = AutoResetEvent::new(true);
    /// assert_eq!(event.wait_timeout(Duration::ZERO), Ok(()));
    /// assert_eq!(event.wait_timeout(Duration::from_millis(1)), Err(TimedOut));
    /// ```
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        self.wait_to(sys::deadline_after(timeout))
    }

    /// Waits for a signal of its own, or gives up at `deadline`.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::sync::{AutoResetEvent, TimedOut};
    /// use std::time::Instant;
    ///
    /// let event = AutoResetEvent::new(false);
    /// assert_eq!(event.wait_deadline(Instant::now()), Err(TimedOut));
    /// ```
    pub fn wait_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        self.wait_to(Some(deadline))
    }

    /// Waits for a signal of its own; the task waits, in line from the first poll on.
    ///
    /// *Cancel safety:* dropped, it leaves the line; a signal that it was given goes to the next.
    ///
    /// ```
    /// let event = rungs::sync::AutoResetEvent::new(true);
    /// rungs::future::block_on(event.wait_async());
    /// assert!(!event.is_set());
    /// ```
    pub fn wait_async(&self) -> WaitAutoReset<'_> {
        WaitAutoReset {
            enter: Enter::new(self, ONE),
        }
    }

    fn wait_to(&self, deadline: Option<Instant>) -> Result<(), TimedOut> {
        enter_until(self, ONE, deadline).map(|_| ()).ok_or(TimedOut)
    }
}

impl Default for AutoResetEvent {
    fn default() -> Self {
        Self::new(false)
    }
}

impl fmt::Debug for AutoResetEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("AutoResetEvent");
        f.field("set", &self.is_set());
        self.line.describe(&mut f);
        f.finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`AutoResetEvent::wait_async`].
    ///
    /// ```
    /// let event = rungs::sync::AutoResetEvent::new(true);
    /// let wait: rungs::sync::WaitAutoReset = event.wait_async();
    /// assert_eq!(rungs::future::block_on(wait), ());
    /// ```
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct WaitAutoReset<'a> {
        #[pin]
        enter: Enter<&'a AutoResetEvent>,
    }
}

impl Future for WaitAutoReset<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // Never closed.
        let _ = ready!(self.project().enter.poll(cx));
        Poll::Ready(())
    }
}
