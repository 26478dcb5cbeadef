//! Addresses: what an actor is reached by.

use super::builder::Builder;
use super::call::call;
use super::cell::ActorCell;
use super::error::{SendError, StopReason};
use super::message::Message;
use super::reply::Reply;
use crate::sync::TimedOut;
use crate::sys::{self, Arc, Weak, clock::Instant};
use crate::wait::{Enter, enter_until};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
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
/// *Cost:* a [`post`](Self::post) is one allocation, a short lock and, where the actor is idle, a
/// job for its executor. An idle actor costs memory only; on a thread of its own, a thread too.
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
pub struct Addr<A: Send + 'static> {
    /// Shared by all addresses; weak ones hold it weakly.
    strong: Arc<Strong<A>>,
}

/// What all addresses of an actor share. Dropped with the last, it stops the actor.
struct Strong<A: Send + 'static>(Arc<ActorCell<A>>);

impl<A: Send + 'static> Drop for Strong<A> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl<A: Send + 'static> Addr<A> {
    pub(super) fn new(cell: Arc<ActorCell<A>>) -> Self {
        Self {
            strong: Arc::new(Strong(cell)),
        }
    }

    fn cell(&self) -> &Arc<ActorCell<A>> {
        &self.strong.0
    }

    /// Starts an actor for `state` on the executor of the process,
    /// [`ThreadPoolExecutor::global`](crate::executor::ThreadPoolExecutor::global).
    ///
    /// ```
    /// let addr = rungs::actor::Addr::spawn(41);
    /// assert_eq!(addr.call(|n| *n + 1).wait().unwrap(), 42);
    /// ```
    #[doc(alias = "start")]
    pub fn spawn(state: A) -> Self {
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

    /// Sends a message that nobody waits for.
    ///
    /// *Blocking:* never, but for a short lock. An actor whose executor was shut down meanwhile
    /// ends here, in the calling thread.
    ///
    /// *Errors:* [`SendError::Closed`], with the message, where the actor was stopped or killed
    /// or has ended. `Ok` means accepted: it will be handled, or counted as
    /// [undelivered](Self::undelivered) where the actor is killed or another message panics
    /// before.
    ///
    /// A message that panics ends the actor: the object may be half changed.
    ///
    /// ```
    /// let addr = rungs::actor::Addr::spawn(String::new());
    /// addr.post(|text| text.push_str("to ")).unwrap();
    /// addr.post(|text| text.push_str("whom")).unwrap();
    /// assert_eq!(addr.call(|text| text.clone()).wait().unwrap(), "to whom");
    /// ```
    #[doc(alias = "tell")]
    #[doc(alias = "cast")]
    #[doc(alias = "do_send")]
    pub fn post<F>(&self, f: F) -> Result<(), SendError<F>>
    where
        F: FnOnce(&mut A) + Send + 'static,
    {
        let message = Box::new(f);
        match self.cell().admit() {
            Some(admission) => {
                admission.store(Message::Post(message));
                Ok(())
            }
            None => Err(SendError::Closed(*message)),
        }
    }

    /// Sends a message and gives the reply that will hold its result.
    ///
    /// It is sent at the call, whether the reply is awaited, waited for or dropped.
    ///
    /// *Blocking:* never, as [`post`](Self::post).
    ///
    /// *Errors* come out of the reply: see [`AskError`](super::AskError).
    ///
    /// ```
    /// let addr = rungs::actor::Addr::spawn(vec![3, 1, 2]);
    /// let sorted = addr.call(|numbers| { numbers.sort(); numbers.clone() });
    /// assert_eq!(sorted.wait().unwrap(), [1, 2, 3]);
    /// ```
    #[doc(alias = "ask")]
    #[doc(alias = "send")]
    #[doc(alias = "submit")]
    pub fn call<F, R>(&self, f: F) -> Reply<R>
    where
        F: FnOnce(&mut A) -> R + Send + 'static,
        R: Send + 'static,
    {
        let (ticket, answer) = call(f);
        match self.cell().admit() {
            Some(admission) => admission.store(Message::Call(ticket)),
            None => ticket.refuse(),
        }
        Reply::new(answer, self.cell().id())
    }

    /// Accepts no more messages, and lets the actor end when it has handled those that it has
    /// accepted.
    ///
    /// Then the object is dropped, and whoever joins is told. May be called any number of times,
    /// also in a message.
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

    /// How many messages were accepted and are not over, at some moment during the call.
    ///
    /// Those that a turn handles are counted until it has handled all that it found at its
    /// beginning, or a [batch](Builder::batch).
    ///
    /// ```
    /// assert_eq!(rungs::actor::Addr::spawn(()).len(), 0);
    /// ```
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.cell().control().word().len()
    }

    /// Whether all messages that were accepted are over: `len() == 0`.
    ///
    /// ```
    /// assert!(rungs::actor::Addr::spawn(()).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many posts were accepted and not handled, because the actor was killed or a message
    /// panicked before their turn came; 0 before the end. Calls are not counted, their callers
    /// are told.
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
        WeakAddr {
            strong: Arc::downgrade(&self.strong),
        }
    }
}

impl<A: Send + 'static> Clone for Addr<A> {
    fn clone(&self) -> Self {
        Self {
            strong: self.strong.clone(),
        }
    }
}

impl<A: Send + 'static> fmt::Debug for Addr<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.cell().control().word();
        f.debug_struct("Addr")
            .field("len", &word.len())
            .field("closed", &word.is_closed())
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
pub struct WeakAddr<A: Send + 'static> {
    strong: Weak<Strong<A>>,
}

impl<A: Send + 'static> WeakAddr<A> {
    /// The address, while there is another one. (The actor may have been stopped meanwhile: then
    /// it takes no messages.)
    ///
    /// ```
    /// let addr = rungs::actor::Addr::spawn(1);
    /// let weak = addr.downgrade();
    /// assert_eq!(weak.upgrade().unwrap().call(|n| *n).wait().unwrap(), 1);
    /// ```
    pub fn upgrade(&self) -> Option<Addr<A>> {
        let strong = self.strong.upgrade()?;
        Some(Addr { strong })
    }
}

impl<A: Send + 'static> Clone for WeakAddr<A> {
    fn clone(&self) -> Self {
        Self {
            strong: self.strong.clone(),
        }
    }
}

impl<A: Send + 'static> fmt::Debug for WeakAddr<A> {
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
        A: Send,
        A: 'static,
    {
        #[pin]
        enter: Enter<Arc<ActorCell<A>>>,
    }
}

impl<A: Send + 'static> Future for Join<A> {
    type Output = StopReason;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<StopReason> {
        let mut this = self.project();
        // The line of an end is never closed.
        let _ = ready!(this.enter.as_mut().poll(cx));
        Poll::Ready(this.enter.gate().reason())
    }
}

impl<A: Send + 'static> fmt::Debug for Join<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Join")
    }
}
