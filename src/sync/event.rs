//! Waiting until something has happened.
//!
//! One bit of state on a [`Line`]: set (zero), and whoever waits or comes goes in.

use super::error::TimedOut;
use crate::sys::{self, clock::Instant, const_unless_loom};
use crate::wait::{Enter, Gate, Line, Order, Zero, enter, enter_until};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// The event is set.
const SET: isize = 0;
/// The event is not set.
const RESET: isize = 1;

/// A flag that threads and tasks can wait for: once set, it lets everybody through until it is
/// reset.
///
/// [`set`](Self::set) releases all who stand in line at that moment, even where
/// [`reset`](Self::reset) follows at once. (A thread stands in line a few microseconds after its
/// call, a task from its first poll on.) What was written before `set` is seen by whoever was released by it.
///
/// *Cancel safety:* a wait that times out or is dropped leaves no trace. *Fairness:* all waiters
/// are woken, in the order in which they came. *Cost:* `set` and `is_set` are one atomic
/// operation where nobody waits.
///
/// ```
/// use rungs::sync::Event;
/// use std::thread;
///
/// let started = Event::new(false);
/// thread::scope(|s| {
///     s.spawn(|| started.wait());
///     s.spawn(|| rungs::future::block_on(started.wait_async()));
///     started.set();
/// });
/// assert!(started.is_set());
/// ```
#[doc(alias = "CountDownLatch")]
#[doc(alias = "ManualResetEvent")]
pub struct Event {
    line: Line<Zero>,
}

impl Gate for Event {
    type Rule = Zero;

    fn line(&self) -> &Line<Zero> {
        &self.line
    }
}

impl Event {
    const_unless_loom! {
        /// An event, set or not. `const`, so it can be a `static` (not so under loom).
        ///
        /// ```
        /// static STOP: rungs::sync::Event = rungs::sync::Event::new(false);
        /// assert!(!STOP.is_set());
        /// ```
        pub const fn new(set: bool) -> Self {
            Self { line: Line::new(if set { SET } else { RESET }, Order::Open) }
        }
    }

    /// Sets the event and releases all who wait.
    ///
    /// *Blocking:* for a short lock where somebody waits. It calls the waiters' wakers in this
    /// thread; one that panics is reported by the panic hook, and costs nobody else anything.
    ///
    /// ```
    /// let event = rungs::sync::Event::new(false);
    /// event.set();
    /// event.wait(); // returns at once
    /// assert!(event.is_set());
    /// ```
    #[doc(alias = "countDown")]
    #[inline]
    pub fn set(&self) {
        let _ = self.line.open(|_| Some(SET));
    }

    /// Resets the event: whoever waits from now on, waits for the next [`set`](Self::set).
    ///
    /// ```
    /// let event = rungs::sync::Event::new(true);
    /// event.reset();
    /// assert!(!event.is_set());
    /// ```
    #[doc(alias = "clear")]
    #[inline]
    pub fn reset(&self) {
        let _ = self.line.update(|state| (state == SET).then_some(RESET));
    }

    /// Whether the event is set at this moment; if so, what was written before that is seen.
    ///
    /// ```
    /// assert!(rungs::sync::Event::new(true).is_set());
    /// ```
    #[inline]
    pub fn is_set(&self) -> bool {
        self.line.state() == SET
    }

    /// Waits until the event is set; the thread sleeps.
    ///
    /// ```
    /// let event = rungs::sync::Event::new(false);
    /// std::thread::scope(|s| {
    ///     s.spawn(|| event.set());
    ///     event.wait();
    ///     assert!(event.is_set());
    /// });
    /// ```
    #[inline]
    pub fn wait(&self) {
        // An event is never closed.
        let _ = enter(self, 0);
    }

    /// Does not wait: whether the event is set, as [`is_set`](Self::is_set).
    ///
    /// ```
    /// let event = rungs::sync::Event::new(false);
    /// assert!(!event.try_wait());
    /// ```
    #[must_use = "it says whether the event is set"]
    #[inline]
    pub fn try_wait(&self) -> bool {
        self.is_set()
    }

    /// Waits until the event is set, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::sync::{Event, TimedOut};
    /// use std::time::Duration;
    ///
    /// let event = Event::new(false);
    /// assert_eq!(event.wait_timeout(Duration::from_millis(1)), Err(TimedOut));
    /// event.set();
    /// assert_eq!(event.wait_timeout(Duration::ZERO), Ok(()));
    /// ```
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        self.wait_to(sys::deadline_after(timeout))
    }

    /// Waits until the event is set, or gives up at `deadline`.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::sync::{Event, TimedOut};
    /// use std::time::Instant;
    ///
    /// assert_eq!(Event::new(false).wait_deadline(Instant::now()), Err(TimedOut));
    /// ```
    pub fn wait_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        self.wait_to(Some(deadline))
    }

    /// Waits until the event is set; the task waits.
    ///
    /// *Cancel safety:* dropped, it leaves no trace. It stands in line from its first poll on: a
    /// `set` before that, followed by a `reset`, does not release it.
    ///
    /// ```
    /// let event = rungs::sync::Event::new(true);
    /// rungs::future::block_on(event.wait_async());
    /// assert!(event.is_set());
    /// ```
    pub fn wait_async(&self) -> WaitEvent<'_> {
        WaitEvent {
            enter: Enter::new(self, 0),
        }
    }

    fn wait_to(&self, deadline: Option<Instant>) -> Result<(), TimedOut> {
        enter_until(self, 0, deadline).map(|_| ()).ok_or(TimedOut)
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("Event");
        f.field("set", &self.is_set());
        self.line.describe(&mut f);
        f.finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`Event::wait_async`].
    ///
    /// ```
    /// let event = rungs::sync::Event::new(true);
    /// let wait: rungs::sync::WaitEvent = event.wait_async();
    /// assert_eq!(rungs::future::block_on(wait), ());
    /// ```
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct WaitEvent<'a> {
        #[pin]
        enter: Enter<&'a Event>,
    }
}

impl Future for WaitEvent<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // An event is never closed.
        let _ = ready!(self.project().enter.poll(cx));
        Poll::Ready(())
    }
}
