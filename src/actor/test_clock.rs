//! A clock for tests of timers, which stands still until the test moves it.

use crate::panic::{contain, discard};
use crate::sys::{Arc, Mutex, clock, clock::Instant};
use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A clock that stands still until a test moves it, for the timers of actors that are started
/// [with it](super::Builder::clock).
///
/// [`advance`](Self::advance) goes from one timer that is due to the next, and what each of them
/// sends has been sent when it returns. So it is ahead of whatever the test sends after that: the
/// reply to a `call` shows that it was handled.
///
/// With an [`InlineExecutor`](crate::executor::InlineExecutor) it has been handled, too, and every
/// run of a timer that repeats happens at its time. On a pool, or a thread of its own, the actor
/// handles a run some time after `advance` has gone on: there, advance by one run at a time.
///
/// It moves the timers, and nothing else: not the clock of the process, and no timeouts.
///
/// ```
/// use rungs::actor::{Actor, Addr, Context, TestClock};
/// use rungs::executor::{Every, InlineExecutor};
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// struct Hours(u32);
///
/// impl Actor for Hours {
///     fn started(&mut self, cx: &mut Context<Self>) {
///         cx.every(Every::rate(Duration::from_secs(3600)), |me, _| me.0 += 1);
///     }
/// }
///
/// let clock = TestClock::new();
/// let inline = Arc::new(InlineExecutor::new());
/// let hours = Addr::builder().on(inline).clock(&clock).start_actor(Hours(0)).unwrap();
/// clock.advance(Duration::from_secs(3599));
/// assert_eq!(hours.call(|hours| hours.0).wait().unwrap(), 0);
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(hours.call(|hours| hours.0).wait().unwrap(), 1);
/// clock.advance(Duration::from_secs(24 * 3600));
/// assert_eq!(hours.call(|hours| hours.0).wait().unwrap(), 25);
/// ```
#[doc(alias = "ManualTime")]
#[doc(alias = "FakeClock")]
#[derive(Clone)]
pub struct TestClock(Arc<Mutex<Hands>>);

struct Hands {
    now: Instant,
    /// In the order of their times; of those that are equal, in the order in which they were set.
    alarms: BTreeMap<Key, Waker>,
    /// The number of the next.
    next: u64,
}

type Key = (Instant, u64);

impl TestClock {
    /// A clock that shows the time of now, and stands still.
    ///
    /// ```
    /// let clock = rungs::actor::TestClock::new();
    /// assert_eq!(clock.now(), clock.now());
    /// ```
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Hands {
            now: clock::now(),
            alarms: BTreeMap::new(),
            next: 0,
        })))
    }

    /// What it shows.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let clock = rungs::actor::TestClock::new();
    /// let began = clock.now();
    /// clock.advance(Duration::from_secs(1));
    /// assert_eq!(clock.now(), began + Duration::from_secs(1));
    /// ```
    pub fn now(&self) -> Instant {
        self.0.lock().now
    }

    /// Moves it on, and lets the timers send that are due until then, each at its time.
    ///
    /// *Blocking:* never; but what an inline executor handles, it handles here.
    ///
    /// *Panics* where the time is beyond what an [`Instant`] can hold.
    ///
    /// ```
    /// use rungs::actor::{Actor, Addr, Context, StopReason, TestClock};
    /// use std::time::Duration;
    ///
    /// const YEAR: Duration = Duration::from_secs(365 * 86_400);
    /// struct Lease;
    ///
    /// impl Actor for Lease {
    ///     fn started(&mut self, cx: &mut Context<Self>) {
    ///         cx.after(YEAR, |_, cx| cx.stop());
    ///     }
    /// }
    ///
    /// let clock = TestClock::new();
    /// let lease = Addr::builder().clock(&clock).start_actor(Lease).unwrap();
    /// lease.call(|_| ()).wait().unwrap(); // It has started.
    /// clock.advance(YEAR);
    /// assert_eq!(lease.join(), StopReason::Stopped);
    /// ```
    #[doc(alias = "tick")]
    pub fn advance(&self, by: Duration) {
        let until = self.now() + by;
        while let Some(waker) = self.go_on(until) {
            contain(|| waker.wake());
        }
    }

    /// Goes on to the next alarm, or to the end.
    fn go_on(&self, until: Instant) -> Option<Waker> {
        let mut hands = self.0.lock();
        let due = match hands.alarms.first_entry() {
            Some(first) if first.key().0 <= until => Some(first.remove_entry()),
            _ => None,
        };
        let at = due.as_ref().map_or(until, |((at, _), _)| *at);
        hands.now = hands.now.max(at);
        due.map(|(_, waker)| waker)
    }

    /// Ready at this time; `None` is never.
    pub(super) fn sleep_until(&self, deadline: Option<Instant>) -> Nap {
        Nap {
            clock: self.clone(),
            deadline,
            key: None,
        }
    }

    fn cancel(&self, key: Key) {
        let waker = self.0.lock().alarms.remove(&key);
        discard(waker);
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TestClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hands = self.0.lock();
        f.debug_struct("TestClock")
            .field("now", &hands.now)
            .field("alarms", &hands.alarms.len())
            .finish()
    }
}

/// The future of [`TestClock::sleep_until`]. Dropped, it leaves nothing behind.
pub(super) struct Nap {
    clock: TestClock,
    deadline: Option<Instant>,
    /// The alarm that was set.
    key: Option<Key>,
}

impl Future for Nap {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.deadline else {
            return Poll::Pending;
        };
        let waker = cx.waker().clone();
        if let Some(key) = self.key.take() {
            self.clock.cancel(key);
        }
        let mut hands = self.clock.0.lock();
        if deadline <= hands.now {
            drop(hands);
            return Poll::Ready(());
        }
        let key = (deadline, hands.next);
        hands.next += 1;
        hands.alarms.insert(key, waker);
        drop(hands);
        self.key = Some(key);
        Poll::Pending
    }
}

impl Drop for Nap {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.clock.cancel(key);
        }
    }
}
