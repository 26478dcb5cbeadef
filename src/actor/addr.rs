//! Addresses: what an actor is reached by.

use super::builder::Builder;
use super::cell::ActorCell;
use super::error::StopReason;
use super::message::Errand;
use super::running::Id;
use crate::sync::TimedOut;
use crate::sys::{
    self, Arc,
    atomic::{AtomicUsize, Ordering},
    clock::Instant,
};
use crate::wait::{Enter, enter_until};
use pin_project_lite::pin_project;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::process::abort;
use std::ptr;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// The address of an object that handles messages, closures over `&mut A`, one at a time.
///
/// Clones are addresses of the same object. When the last one is dropped, the actor handles what
/// it has accepted and stops. An object that keeps its own address therefore never stops by
/// itself: let it keep a [`WeakAddr`].
///
/// *Fairness:* messages are handled in the order in which they were accepted, hence those of one
/// sender in the order in which it sent them.
///
/// *Cost:* where the mailbox has no bound, a message is one compare-exchange, is written in place,
/// and allocates nothing, unless it is large or a burst needs another block; a reply is an
/// allocation. Where the actor is idle, it is a job for its executor, too. An idle actor costs
/// memory only, less than a kilobyte beside its object; on a thread of its own, a thread too. A
/// clone is one atomic operation.
///
/// ```
/// use rungs::actor::Addr;
///
/// let log = Addr::spawn(Vec::new());
/// log.post(|lines| lines.push("started")).unwrap();
/// assert_eq!(log.call(|lines| lines.len()).wait().unwrap(), 1);
/// ```
#[doc(alias = "ActorRef")]
#[doc(alias = "ActorProxy")]
#[doc(alias = "Pid")]
pub struct Addr<A: 'static> {
    /// Owned by all addresses together: the last one drops it.
    cell: ManuallyDrop<Arc<ActorCell<A>>>,
}

/// What tells an actor from all others that there is an address of, a weak one at least.
///
/// ```
/// use rungs::actor::Addr;
///
/// let [one, two] = [1, 2].map(Addr::spawn);
/// assert_eq!(one.id(), one.clone().id());
/// assert_ne!(one.id(), two.id());
/// ```
#[doc(alias = "Pid")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ActorId(Id);

impl ActorId {
    pub(super) fn of<T>(cell: *const T) -> Self {
        Self(Id::of(cell))
    }
}

/// One more address, where there are some or may be none.
fn count_one(addresses: &AtomicUsize) -> usize {
    // ORDERING: Relaxed: who counts one more has one already, or is in a turn.
    let before = addresses.fetch_add(1, Ordering::Relaxed);
    if before > usize::MAX / 2 {
        // Forgotten by the billion: before the count wraps.
        abort();
    }
    before
}

impl<A: 'static> Addr<A> {
    /// The first address of an actor, which counts one.
    pub(super) fn new(cell: Arc<ActorCell<A>>) -> Self {
        Self {
            cell: ManuallyDrop::new(cell),
        }
    }

    /// One more address, in a turn of the actor. There may be none any more.
    pub(super) fn again(cell: &Arc<ActorCell<A>>) -> Self {
        if count_one(cell.addresses()) == 0 {
            // For all that may come of this one.
            let _ = ManuallyDrop::new(cell.clone());
        }
        Self::copy(cell)
    }

    /// The handle of an address that was counted.
    fn copy(cell: &Arc<ActorCell<A>>) -> Self {
        // SAFETY: all addresses together own the cell, and this is one of them: it is not dropped
        // but by the last.
        let cell = unsafe { ptr::read(cell) };
        Self::new(cell)
    }

    pub(super) fn cell(&self) -> &Arc<ActorCell<A>> {
        &self.cell
    }

    /// Starts an actor for `state` on the executor of the process,
    /// [`ThreadPoolExecutor::global`](crate::executor::ThreadPoolExecutor::global).
    ///
    /// ```
    /// let addr = rungs::actor::Addr::spawn(41);
    /// assert_eq!(addr.call(|n| *n + 1).wait().unwrap(), 42);
    /// ```
    #[doc(alias = "start")]
    pub fn spawn(state: A) -> Self
    where
        A: Send,
    {
        match Self::builder().start(state) {
            Ok(addr) => addr,
            Err(_) => unreachable!("an actor on an executor always starts"),
        }
    }

    /// Chooses where the actor lives, and more.
    ///
    /// ```
    /// use rungs::actor::Addr;
    ///
    /// let addr = Addr::builder().dedicated_thread("disk").start(()).unwrap();
    /// assert!(!addr.is_stopped());
    /// ```
    pub fn builder() -> Builder<A> {
        Builder::new()
    }

    /// Accepts no more messages, and lets the actor end when it has handled those that it has
    /// accepted.
    ///
    /// Then the object is dropped, and whoever joins is told. May be called any number of times,
    /// also in a message. (A [permanent](super::Restart::Permanent) child of a supervisor gets a
    /// new object instead.)
    ///
    /// *Blocking:* never.
    ///
    /// ```
    /// use rungs::actor::{Addr, StopReason};
    ///
    /// let addr = Addr::spawn(0);
    /// addr.post(|n| *n += 1).unwrap();
    /// let last = addr.call(|n| *n);
    /// addr.stop();
    /// assert!(addr.post(|n| *n += 1).is_err());
    /// assert_eq!(last.wait().unwrap(), 1);
    /// assert_eq!(addr.join(), StopReason::Stopped);
    /// ```
    #[doc(alias = "close")]
    pub fn stop(&self) {
        self.cell().stop();
    }

    /// Accepts no more messages, and lets the actor end after the message that it is handling.
    ///
    /// Calls that are left are answered [`Stopped`](super::AskError::Stopped), posts that are
    /// left are counted as [undelivered](Self::undelivered). A message that runs is not
    /// interrupted. An actor that was stopped and is still busy can be killed.
    ///
    /// *Blocking:* never.
    ///
    /// ```
    /// use rungs::actor::{Addr, StopReason};
    ///
    /// let addr = Addr::spawn(());
    /// addr.kill();
    /// assert_eq!(addr.join(), StopReason::Killed);
    /// ```
    #[doc(alias = "abort")]
    #[doc(alias = "terminate")]
    pub fn kill(&self) {
        self.cell().kill();
    }

    /// How many messages wait in the mailbox, at some moment during the call. The one that is
    /// being handled is none of them.
    ///
    /// ```
    /// assert_eq!(rungs::actor::Addr::spawn(()).len(), 0);
    /// ```
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.cell().len()
    }

    /// Whether no message waits: `len() == 0`.
    ///
    /// ```
    /// assert!(rungs::actor::Addr::spawn(()).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many messages may wait, if there is a bound.
    ///
    /// ```
    /// use rungs::actor::{Addr, Mailbox, Overflow};
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 8, overflow: Overflow::Reject };
    /// let addr = Addr::builder().mailbox(mailbox).start(()).unwrap();
    /// assert_eq!(addr.capacity(), Some(8));
    /// ```
    #[doc(alias = "maxsize")]
    pub fn capacity(&self) -> Option<usize> {
        self.cell().limit().map(|limit| limit.capacity())
    }

    /// How many messages were dropped because a bounded mailbox was full; see
    /// [`Overflow`](super::Overflow).
    ///
    /// ```
    /// assert_eq!(rungs::actor::Addr::spawn(()).dropped(), 0);
    /// ```
    pub fn dropped(&self) -> usize {
        self.cell().limit().map_or(0, |limit| limit.dropped())
    }

    /// How many messages were accepted and not handled, with nobody told but the
    /// [actor itself](super::Actor::undelivered), because it was killed or another message
    /// panicked before their turn came; 0 before the end. Those that were asked or called are not
    /// counted, their callers are told.
    ///
    /// ```
    /// let addr = rungs::actor::Addr::builder().dedicated_thread("busy").start(()).unwrap();
    /// let me = addr.clone();
    /// addr.call(move |_| {
    ///     me.post(|_| ()).unwrap();
    ///     me.kill();
    /// })
    /// .wait()
    /// .unwrap();
    /// addr.join();
    /// assert_eq!(addr.undelivered(), 1);
    /// ```
    pub fn undelivered(&self) -> usize {
        self.cell().end().map_or(0, |end| end.undelivered)
    }

    /// Has the actor do something between two messages, before those that wait; `false` where it
    /// has ended.
    pub(crate) fn urge(
        &self,
        errand: impl FnOnce(&mut A, &mut super::Context<A>) + Send + 'static,
    ) -> bool {
        self.cell().send_urgent(Box::new(Errand(errand))).is_ok()
    }

    /// What tells this actor from others.
    ///
    /// ```
    /// let addr = rungs::actor::Addr::spawn(1);
    /// assert_eq!(addr.id(), addr.clone().id());
    /// ```
    pub fn id(&self) -> ActorId {
        ActorId(self.cell().id())
    }

    /// Whether the actor has ended: the object has been dropped.
    ///
    /// ```
    /// let addr = rungs::actor::Addr::spawn(());
    /// assert!(!addr.is_stopped());
    /// addr.stop();
    /// addr.join();
    /// assert!(addr.is_stopped());
    /// ```
    #[doc(alias = "is_alive")]
    pub fn is_stopped(&self) -> bool {
        self.cell().end().is_some()
    }

    /// Waits until the actor has ended, and says how; the thread sleeps.
    ///
    /// The object has then been dropped, and what its `Drop` and all its messages wrote is
    /// visible. Any number of threads and tasks may join, any number of times. Joining does not
    /// stop: somebody has to.
    ///
    /// *Panics* in a message of this actor, or in the `Drop` of its object: it would wait for
    /// itself, for ever. So do the timed forms.
    ///
    /// ```
    /// use rungs::actor::{Addr, StopReason};
    ///
    /// let addr = Addr::spawn(());
    /// addr.stop();
    /// assert_eq!(addr.join(), StopReason::Stopped);
    /// assert_eq!(addr.join(), StopReason::Stopped);
    /// ```
    #[doc(alias = "wait")]
    #[doc(alias = "awaitTermination")]
    pub fn join(&self) -> StopReason {
        match self.join_to(None) {
            Ok(reason) => reason,
            Err(TimedOut) => unreachable!("a wait without a deadline does not time out"),
        }
    }

    /// Does not wait: how the actor ended, if it has.
    ///
    /// ```
    /// assert_eq!(rungs::actor::Addr::spawn(()).try_join(), None);
    /// ```
    pub fn try_join(&self) -> Option<StopReason> {
        self.cell().end().map(|end| end.reason.clone())
    }

    /// Waits until the actor has ended, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`TimedOut`]. *Panics* as [`join`](Self::join).
    ///
    /// ```
    /// use rungs::{actor::Addr, sync::TimedOut};
    /// use std::time::Duration;
    ///
    /// let addr = Addr::spawn(());
    /// assert_eq!(addr.join_timeout(Duration::from_millis(1)), Err(TimedOut));
    /// ```
    pub fn join_timeout(&self, timeout: Duration) -> Result<StopReason, TimedOut> {
        self.join_to(sys::deadline_after(timeout))
    }

    /// Waits until the actor has ended, or gives up at `deadline`.
    ///
    /// *Errors:* [`TimedOut`]. *Panics* as [`join`](Self::join).
    ///
    /// ```
    /// use rungs::{actor::Addr, sync::TimedOut};
    /// use std::time::Instant;
    ///
    /// assert_eq!(Addr::spawn(()).join_deadline(Instant::now()), Err(TimedOut));
    /// ```
    pub fn join_deadline(&self, deadline: Instant) -> Result<StopReason, TimedOut> {
        self.join_to(Some(deadline))
    }

    /// Waits until the actor has ended, and says how; the task waits.
    ///
    /// The future is not an address: it keeps the actor from nothing. In a message of the actor
    /// itself it stays pending.
    ///
    /// *Cancel safety:* dropped, it leaves no trace.
    ///
    /// ```
    /// use rungs::actor::{Addr, StopReason};
    ///
    /// let addr = Addr::spawn(());
    /// let ended = addr.join_async();
    /// drop(addr);
    /// assert_eq!(rungs::future::block_on(ended), StopReason::Stopped);
    /// ```
    pub fn join_async(&self) -> Join<A> {
        Join {
            enter: Enter::new(self.cell().clone(), 0),
        }
    }

    fn join_to(&self, deadline: Option<Instant>) -> Result<StopReason, TimedOut> {
        let cell = self.cell();
        assert!(
            self.is_stopped() || !cell.id().is_running(),
            "an actor cannot join itself"
        );
        match enter_until(&**cell, 0, deadline) {
            Some(_) => Ok(cell.reason()),
            None => Err(TimedOut),
        }
    }

    /// An address that does not keep the actor from stopping.
    ///
    /// ```
    /// let addr = rungs::actor::Addr::spawn(());
    /// let weak = addr.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(addr);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakAddr<A> {
        WeakAddr::of(self.cell().clone())
    }
}

impl<A: 'static> Clone for Addr<A> {
    fn clone(&self) -> Self {
        count_one(self.cell().addresses());
        Self::copy(self.cell())
    }
}

impl<A: 'static> Drop for Addr<A> {
    fn drop(&mut self) {
        // ORDERING: Release, partner of the Acquire in `is_forsaken`: what was sent through this
        // address is accepted before the end; and of the Acquire here, in the last to be dropped,
        // which gives up the cell for all: what they did with it comes before (as in an `Arc`, and
        // memory that is freed no model sees). Model: `what_is_sent_before_the_last_drop_is_handled`.
        if self.cell().addresses().fetch_sub(1, Ordering::AcqRel) == 1 {
            self.cell().rouse();
            // SAFETY: the last; it is not used again. (Where a turn made another one meanwhile,
            // that counted from 0, and the cell with it.)
            unsafe { ManuallyDrop::drop(&mut self.cell) };
        }
    }
}

/// Two addresses are equal if they are of the same actor.
impl<A: 'static> PartialEq for Addr<A> {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl<A: 'static> Eq for Addr<A> {}

impl<A: 'static> Hash for Addr<A> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

impl<A: 'static> fmt::Debug for Addr<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Addr")
            .field("len", &self.len())
            .field("closed", &self.cell().is_closed())
            .field("ended", &self.try_join())
            .finish_non_exhaustive()
    }
}

/// The address of an actor that may have no other address any more, and stops in that case.
///
/// ```
/// use rungs::actor::Addr;
///
/// // A ticker that can post to itself and still stops when nobody else knows it.
/// let addr = Addr::spawn(0);
/// let weak = addr.downgrade();
/// addr.post(move |n| {
///     *n += 1;
///     if let Some(me) = weak.upgrade() {
///         let _ = me.post(|n| *n += 1);
///     }
/// })
/// .unwrap();
/// ```
pub struct WeakAddr<A: 'static> {
    cell: Arc<ActorCell<A>>,
}

impl<A: 'static> WeakAddr<A> {
    pub(super) fn of(cell: Arc<ActorCell<A>>) -> Self {
        Self { cell }
    }

    /// The address, while there is another one. (The actor may have been stopped meanwhile: then
    /// it takes no messages.)
    ///
    /// ```
    /// let addr = rungs::actor::Addr::spawn(1);
    /// let weak = addr.downgrade();
    /// assert_eq!(weak.upgrade().unwrap().call(|n| *n).wait().unwrap(), 1);
    /// ```
    pub fn upgrade(&self) -> Option<Addr<A>> {
        let addresses = self.cell.addresses();
        // ORDERING: Relaxed: a look, which the exchange checks.
        let mut count = addresses.load(Ordering::Relaxed);
        while count > 0 {
            // ORDERING: Relaxed: as for a clone.
            match addresses.compare_exchange_weak(
                count,
                count + 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(Addr::copy(&self.cell)),
                Err(seen) => count = seen,
            }
        }
        None
    }

    /// What tells this actor from others.
    ///
    /// ```
    /// let addr = rungs::actor::Addr::spawn(1);
    /// assert_eq!(addr.downgrade().id(), addr.id());
    /// ```
    pub fn id(&self) -> ActorId {
        ActorId(self.cell.id())
    }
}

impl<A: 'static> Clone for WeakAddr<A> {
    fn clone(&self) -> Self {
        Self::of(self.cell.clone())
    }
}

impl<A: 'static> fmt::Debug for WeakAddr<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakAddr")
    }
}

pin_project! {
    /// The future of [`Addr::join_async`].
    ///
    /// ```
    /// use rungs::actor::{Addr, Join, StopReason};
    ///
    /// let addr = Addr::spawn(());
    /// let join: Join<()> = addr.join_async();
    /// addr.kill();
    /// assert_eq!(rungs::future::block_on(join), StopReason::Killed);
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Join<A>
    where
        A: 'static,
    {
        #[pin]
        enter: Enter<Arc<ActorCell<A>>>,
    }
}

impl<A: 'static> Future for Join<A> {
    type Output = StopReason;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<StopReason> {
        let mut this = self.project();
        // The line of an end is never closed.
        let _ = ready!(this.enter.as_mut().poll(cx));
        Poll::Ready(this.enter.gate().reason())
    }
}

impl<A: 'static> fmt::Debug for Join<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Join")
    }
}
