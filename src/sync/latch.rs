//! Waiting until something has happened so many times.
//!
//! The count is the state of an open [`Line`]: at zero, whoever waits or comes goes in.

use super::error::TimedOut;
use crate::sys::{self, clock::Instant, const_unless_loom};
use crate::wait::{Enter, Gate, Line, Order, Zero, enter, enter_until};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A count that goes down, and that threads and tasks can wait for: at zero it lets everybody
/// through, for good.
///
/// Whoever goes through sees what was written before each of the counts. For rounds, use a
/// [`Barrier`](super::Barrier); where the number is not known from the start, a
/// [`WaitGroup`](super::WaitGroup).
///
/// *Cancel safety:* a wait that times out or is dropped leaves no trace. *Fairness:* all waiters
/// are woken, in the order in which they came. *Cost:* a count is one atomic operation; only the
/// last one looks for who waits.
///
/// ```
/// use rungs::sync::Latch;
/// use std::thread;
///
/// let ready = Latch::new(3);
/// thread::scope(|s| {
///     for _ in 0..3 {
///         s.spawn(|| ready.count_down());
///     }
///     ready.wait();
///     assert_eq!(ready.count(), 0);
/// });
/// ```
#[doc(alias = "CountDownLatch")]
#[doc(alias = "CountdownEvent")]
pub struct Latch {
    line: Line<Zero>,
}

impl Gate for Latch {
    type Rule = Zero;

    fn line(&self) -> &Line<Zero> {
        &self.line
    }
}

impl Latch {
    /// The largest count of a latch.
    ///
    /// ```
    /// use rungs::sync::Latch;
    /// assert_eq!(Latch::new(Latch::MAX_COUNT).count(), Latch::MAX_COUNT);
    /// ```
    pub const MAX_COUNT: usize = Line::<Zero>::MAX_STATE as usize;

    const_unless_loom! {
        /// A latch that opens after `count` counts; one of 0 is open. `const`, so it can be a
        /// `static` (not so under loom).
        ///
        /// *Panics* where `count` is above [`MAX_COUNT`](Self::MAX_COUNT).
        ///
        /// ```
        /// static LOADED: rungs::sync::Latch = rungs::sync::Latch::new(2);
        /// assert_eq!(LOADED.count(), 2);
        /// ```
        pub const fn new(count: usize) -> Self {
            assert!(count <= Self::MAX_COUNT, "`count` is above Latch::MAX_COUNT");
            Self { line: Line::new(count as isize, Order::Open) }
        }
    }

    /// Counts once; the last count releases all who wait. At zero, nothing is left to count.
    ///
    /// *Blocking:* the last count may, for a short lock. It calls the waiters' wakers in this
    /// thread; one that panics is reported by the panic hook, and costs nobody else anything.
    ///
    /// ```
    /// let latch = rungs::sync::Latch::new(1);
    /// latch.count_down();
    /// latch.count_down();
    /// assert_eq!(latch.count(), 0);
    /// ```
    #[doc(alias = "countDown")]
    #[doc(alias = "arrive")]
    #[inline]
    pub fn count_down(&self) {
        self.count_down_by(1);
    }

    /// Counts `n` times at once; more than are left count as those that are left.
    ///
    /// ```
    /// let latch = rungs::sync::Latch::new(5);
    /// latch.count_down_by(2);
    /// assert_eq!(latch.count(), 3);
    /// latch.count_down_by(usize::MAX);
    /// assert_eq!(latch.count(), 0);
    /// ```
    #[inline]
    pub fn count_down_by(&self, n: usize) {
        let _ = self.line.open(|count| {
            let left = (count as usize).saturating_sub(n) as isize;
            (left < count).then_some(left)
        });
    }

    /// How many counts are left at this moment. Who reads 0 sees what was written before each.
    ///
    /// ```
    /// assert_eq!(rungs::sync::Latch::new(4).count(), 4);
    /// ```
    #[inline]
    pub fn count(&self) -> usize {
        self.line.state() as usize
    }

    fn wait_to(&self, deadline: Option<Instant>) -> Result<(), TimedOut> {
        enter_until(self, 0, deadline).map(|_| ()).ok_or(TimedOut)
    }
}

/// Waiting.
impl Latch {
    /// Waits until the latch is open; the thread sleeps.
    ///
    /// ```
    /// let latch = rungs::sync::Latch::new(1);
    /// std::thread::scope(|s| {
    ///     s.spawn(|| latch.count_down());
    ///     latch.wait();
    ///     assert_eq!(latch.count(), 0);
    /// });
    /// ```
    #[doc(alias = "await")]
    #[inline]
    pub fn wait(&self) {
        // Never closed.
        let _ = enter(self, 0);
    }

    /// Does not wait: whether the latch is open.
    ///
    /// ```
    /// let latch = rungs::sync::Latch::new(1);
    /// assert!(!latch.try_wait());
    /// latch.count_down();
    /// assert!(latch.try_wait());
    /// ```
    #[must_use = "it says whether the latch is open"]
    #[inline]
    pub fn try_wait(&self) -> bool {
        self.count() == 0
    }

    /// Waits until the latch is open, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::sync::{Latch, TimedOut};
    /// use std::time::Duration;
    ///
    /// let latch = Latch::new(1);
    /// assert_eq!(latch.wait_timeout(Duration::from_millis(1)), Err(TimedOut));
    /// latch.count_down();
    /// assert_eq!(latch.wait_timeout(Duration::ZERO), Ok(()));
    /// ```
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        self.wait_to(sys::deadline_after(timeout))
    }

    /// Waits until the latch is open, or gives up at `deadline`.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::sync::{Latch, TimedOut};
    /// use std::time::Instant;
    ///
    /// assert_eq!(Latch::new(1).wait_deadline(Instant::now()), Err(TimedOut));
    /// ```
    pub fn wait_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        self.wait_to(Some(deadline))
    }

    /// Waits until the latch is open; the task waits.
    ///
    /// *Cancel safety:* dropped, it leaves no trace.
    ///
    /// ```
    /// let latch = rungs::sync::Latch::new(0);
    /// rungs::future::block_on(latch.wait_async());
    /// assert_eq!(latch.count(), 0);
    /// ```
    pub fn wait_async(&self) -> WaitLatch<'_> {
        WaitLatch {
            enter: Enter::new(self, 0),
        }
    }
}

/// Counting and waiting. Who gives up waiting has counted all the same.
impl Latch {
    /// Counts once, and waits until the latch is open; the thread sleeps.
    ///
    /// ```
    /// let latch = rungs::sync::Latch::new(2);
    /// std::thread::scope(|s| {
    ///     s.spawn(|| latch.arrive_and_wait());
    ///     latch.arrive_and_wait();
    ///     assert_eq!(latch.count(), 0);
    /// });
    /// ```
    pub fn arrive_and_wait(&self) {
        self.count_down();
        self.wait();
    }

    /// Counts once, and says whether the latch is open then; it does not wait.
    ///
    /// ```
    /// let latch = rungs::sync::Latch::new(2);
    /// assert!(!latch.try_arrive_and_wait());
    /// assert!(latch.try_arrive_and_wait());
    /// ```
    #[must_use = "it says whether the latch is open"]
    pub fn try_arrive_and_wait(&self) -> bool {
        self.count_down();
        self.try_wait()
    }

    /// Counts once, and waits until the latch is open, or gives up waiting after `timeout`;
    /// `Duration::MAX` never does.
    ///
    /// *Errors:* [`TimedOut`]; it has counted all the same.
    ///
    /// ```
    /// use rungs::sync::{Latch, TimedOut};
    /// use std::time::Duration;
    ///
    /// let latch = Latch::new(2);
    /// assert_eq!(latch.arrive_and_wait_timeout(Duration::from_millis(1)), Err(TimedOut));
    /// assert_eq!(latch.arrive_and_wait_timeout(Duration::MAX), Ok(()));
    /// ```
    pub fn arrive_and_wait_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        self.count_down();
        self.wait_timeout(timeout)
    }

    /// Counts once, and waits until the latch is open, or gives up waiting at `deadline`.
    ///
    /// *Errors:* [`TimedOut`]; it has counted all the same.
    ///
    /// ```
    /// use rungs::sync::{Latch, TimedOut};
    /// use std::time::Instant;
    ///
    /// let latch = Latch::new(2);
    /// assert_eq!(latch.arrive_and_wait_deadline(Instant::now()), Err(TimedOut));
    /// assert_eq!(latch.count(), 1);
    /// ```
    pub fn arrive_and_wait_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        self.count_down();
        self.wait_deadline(deadline)
    }

    /// Counts once, at the first poll, and waits until the latch is open; the task waits.
    ///
    /// *Cancel safety:* dropped before its first poll, nothing has happened; after it, it has
    /// counted, and only the waiting ends.
    ///
    /// ```
    /// let latch = rungs::sync::Latch::new(1);
    /// rungs::future::block_on(latch.arrive_and_wait_async());
    /// assert_eq!(latch.count(), 0);
    /// ```
    pub fn arrive_and_wait_async(&self) -> ArriveAtLatch<'_> {
        ArriveAtLatch {
            to_count: Some(self),
            wait: self.wait_async(),
        }
    }
}

impl fmt::Debug for Latch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("Latch");
        f.field("count", &self.count());
        self.line.describe(&mut f);
        f.finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`Latch::wait_async`].
    ///
    /// ```
    /// let latch = rungs::sync::Latch::new(0);
    /// let wait: rungs::sync::WaitLatch = latch.wait_async();
    /// assert_eq!(rungs::future::block_on(wait), ());
    /// ```
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct WaitLatch<'a> {
        #[pin]
        enter: Enter<&'a Latch>,
    }
}

impl Future for WaitLatch<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // Never closed.
        let _ = ready!(self.project().enter.poll(cx));
        Poll::Ready(())
    }
}

pin_project! {
    /// The future of [`Latch::arrive_and_wait_async`].
    ///
    /// ```
    /// let latch = rungs::sync::Latch::new(1);
    /// let arrive: rungs::sync::ArriveAtLatch = latch.arrive_and_wait_async();
    /// drop(arrive); // was never polled: nothing happened
    /// assert_eq!(latch.count(), 1);
    /// ```
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ArriveAtLatch<'a> {
        // The latch, until it has counted.
        to_count: Option<&'a Latch>,
        #[pin]
        wait: WaitLatch<'a>,
    }
}

impl Future for ArriveAtLatch<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if let Some(latch) = this.to_count.take() {
            latch.count_down();
        }
        this.wait.poll(cx)
    }
}
