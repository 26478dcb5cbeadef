//! Waiting until all who take part are done.
//!
//! The number of members is the state of an open [`Line`]: at zero, whoever waits goes in.

use super::error::TimedOut;
use crate::sys::{self, Arc, clock::Instant};
use crate::wait::{Enter, Gate, Line, Order, Zero, enter, enter_until};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A group of members that come and go, and whose end threads and tasks can wait for.
///
/// [`add`](Self::add) gives a [`Member`], which goes with a job, a thread or a task, and is done
/// when it is dropped: also where the job panics or is cancelled. A wait ends when there are no
/// members, *at some moment* during the wait, even where new ones come at once. Whoever waited
/// sees what the members wrote before they were done. (A thread waits from a moment after its call
/// on, a task from its first poll on.)
///
/// A clone is another handle on the same group. Where the number is known from the start, a
/// [`Latch`](super::Latch) is cheaper.
///
/// *Cancel safety:* a wait that times out or is dropped leaves no trace. *Fairness:* all waiters
/// are woken, in the order in which they came. *Cost:* a member is an atomic operation when it
/// comes, one when it goes, and a count of an `Arc`.
///
/// ```
/// use rungs::sync::WaitGroup;
/// use std::thread;
///
/// let group = WaitGroup::new();
/// for _ in 0..3 {
///     let member = group.add();
///     thread::spawn(move || drop(member));
/// }
/// group.wait();
/// assert_eq!(group.members(), 0);
/// ```
#[doc(alias = "sync.WaitGroup")]
#[doc(alias = "TaskTracker")]
#[derive(Clone)]
pub struct WaitGroup {
    group: Arc<Group>,
}

/// What the handles and members of a group share.
struct Group {
    line: Line<Zero>,
}

impl Gate for Group {
    type Rule = Zero;

    fn line(&self) -> &Line<Zero> {
        &self.line
    }
}

impl Group {
    fn join(&self) {
        let joined = self
            .line
            .update(|members| (members < Line::<Zero>::MAX_STATE).then_some(members + 1));
        assert!(joined.is_ok(), "more members than a WaitGroup can count");
    }
}

impl WaitGroup {
    /// A group without members.
    ///
    /// ```
    /// assert_eq!(rungs::sync::WaitGroup::new().members(), 0);
    /// ```
    pub fn new() -> Self {
        Self {
            group: Arc::new(Group {
                line: Line::new(0, Order::Open),
            }),
        }
    }

    /// Adds a member; it is done when it is dropped.
    ///
    /// Add before the job begins: one that adds itself may come when the wait is over.
    ///
    /// *Panics* where there are `isize::MAX / 16` members already.
    ///
    /// ```
    /// let group = rungs::sync::WaitGroup::new();
    /// let member = group.add();
    /// assert_eq!(group.members(), 1);
    /// drop(member);
    /// assert_eq!(group.members(), 0);
    /// ```
    #[doc(alias = "token")]
    pub fn add(&self) -> Member {
        self.group.join();
        Member {
            group: self.group.clone(),
        }
    }

    /// How many members there are at this moment.
    ///
    /// ```
    /// let group = rungs::sync::WaitGroup::new();
    /// let _members = [group.add(), group.add()];
    /// assert_eq!(group.members(), 2);
    /// ```
    pub fn members(&self) -> usize {
        self.group.line.state() as usize
    }

    /// Waits until there are no members; the thread sleeps.
    ///
    /// ```
    /// let group = rungs::sync::WaitGroup::new();
    /// let member = group.add();
    /// let thread = std::thread::spawn(move || drop(member));
    /// group.wait();
    /// assert_eq!(group.members(), 0);
    /// # thread.join().unwrap();
    /// ```
    pub fn wait(&self) {
        // Never closed.
        let _ = enter(&*self.group, 0);
    }

    /// Does not wait: whether there are no members.
    ///
    /// ```
    /// let group = rungs::sync::WaitGroup::new();
    /// assert!(group.try_wait());
    /// let _member = group.add();
    /// assert!(!group.try_wait());
    /// ```
    #[must_use = "it says whether all are done"]
    pub fn try_wait(&self) -> bool {
        self.members() == 0
    }

    /// Waits until there are no members, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::sync::{TimedOut, WaitGroup};
    /// use std::time::Duration;
    ///
    /// let group = WaitGroup::new();
    /// assert_eq!(group.wait_timeout(Duration::ZERO), Ok(()));
    /// let _member = group.add();
    /// assert_eq!(group.wait_timeout(Duration::from_millis(1)), Err(TimedOut));
    /// ```
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        self.wait_to(sys::deadline_after(timeout))
    }

    /// Waits until there are no members, or gives up at `deadline`.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::sync::{TimedOut, WaitGroup};
    /// use std::time::Instant;
    ///
    /// let group = WaitGroup::new();
    /// let _member = group.add();
    /// assert_eq!(group.wait_deadline(Instant::now()), Err(TimedOut));
    /// ```
    pub fn wait_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        self.wait_to(Some(deadline))
    }

    /// Waits until there are no members; the task waits.
    ///
    /// *Cancel safety:* dropped, it leaves no trace. It stands in line from its first poll on: a
    /// moment without members before that does not count.
    ///
    /// ```
    /// let group = rungs::sync::WaitGroup::new();
    /// rungs::future::block_on(group.wait_async());
    /// assert_eq!(group.members(), 0);
    /// ```
    pub fn wait_async(&self) -> WaitMembers<'_> {
        WaitMembers {
            enter: Enter::new(&self.group, 0),
        }
    }

    fn wait_to(&self, deadline: Option<Instant>) -> Result<(), TimedOut> {
        enter_until(&*self.group, 0, deadline)
            .map(|_| ())
            .ok_or(TimedOut)
    }
}

impl Default for WaitGroup {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for WaitGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("WaitGroup");
        f.field("members", &self.members());
        self.group.line.describe(&mut f);
        f.finish_non_exhaustive()
    }
}

/// A member of a [`WaitGroup`]; dropped, it is done. A clone is one more member.
///
/// *Blocking:* the drop of the last one may, for a short lock. It calls the waiters' wakers.
///
/// ```
/// let group = rungs::sync::WaitGroup::new();
/// let member = group.add();
/// let another = member.clone();
/// assert_eq!(group.members(), 2);
/// drop((member, another));
/// assert_eq!(group.members(), 0);
/// ```
#[must_use = "dropped at once, it is done at once"]
pub struct Member {
    group: Arc<Group>,
}

impl Clone for Member {
    fn clone(&self) -> Self {
        self.group.join();
        Self {
            group: self.group.clone(),
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let _ = self.group.line.open(|members| Some(members - 1));
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member").finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`WaitGroup::wait_async`].
    ///
    /// ```
    /// let group = rungs::sync::WaitGroup::new();
    /// let wait: rungs::sync::WaitMembers = group.wait_async();
    /// assert_eq!(rungs::future::block_on(wait), ());
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct WaitMembers<'a> {
        #[pin]
        enter: Enter<&'a Group>,
    }
}

impl Future for WaitMembers<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // Never closed.
        let _ = ready!(self.project().enter.poll(cx));
        Poll::Ready(())
    }
}

impl fmt::Debug for WaitMembers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitMembers").finish_non_exhaustive()
    }
}
