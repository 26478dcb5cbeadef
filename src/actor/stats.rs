//! What can be seen of an actor from outside.

use super::addr::Addr;

/// What an actor does: see [`Addr::state`].
///
/// ```
/// use rungs::actor::{ActorState, Addr};
///
/// let addr = Addr::spawn(());
/// addr.stop();
/// addr.join();
/// assert_eq!(addr.state(), ActorState::Stopped);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ActorState {
    /// It waits for messages.
    Idle,
    /// It starts or handles messages, or is about to; or one that it has begun waits for something.
    Busy,
    /// It has no object, until its [`Supervisor`](super::Supervisor) has another made: messages
    /// are accepted, and wait.
    Suspended,
    /// It accepts no more messages, and has not ended.
    Stopping,
    /// It has ended, and its object has been dropped.
    Stopped,
}

/// How many messages an actor had so far, and what became of them: see [`Addr::stats`].
///
/// When the actor has ended, `accepted` is the sum of those that were `handled`, were left
/// `undelivered`, or had a caller who was told.
///
/// ```
/// use rungs::actor::Addr;
///
/// let addr = Addr::spawn(0);
/// addr.post(|n| *n += 1).unwrap();
/// addr.call(|n| *n).wait().unwrap();
/// let stats = addr.stats();
/// assert_eq!((stats.accepted, stats.handled, stats.waiting), (2, 2, 0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ActorStats {
    /// Messages that were put into the mailbox.
    pub accepted: usize,
    /// Messages that were taken out of it to be handled; the one that is being handled is one of
    /// them.
    pub handled: usize,
    /// Messages in the mailbox: [`Addr::len`].
    pub waiting: usize,
    /// Messages that a full mailbox dropped: [`Addr::dropped`]. They are none of those that were
    /// accepted.
    pub dropped: usize,
    /// Messages that were accepted and not handled, with no caller to tell:
    /// [`Addr::undelivered`]; 0 before the end.
    pub undelivered: usize,
    /// How often a [`Supervisor`](super::Supervisor) had another object made, after the first; one
    /// that could not be made counts, too.
    pub restarts: usize,
}

impl<A: 'static> Addr<A> {
    /// What the actor does, at some moment during the call. It may do something else by now.
    ///
    /// ```
    /// use rungs::actor::{ActorState, Addr};
    ///
    /// let addr = Addr::spawn(());
    /// assert_eq!(addr.state(), ActorState::Idle);
    /// let me = addr.clone();
    /// assert_eq!(addr.call(move |_| me.state()).wait().unwrap(), ActorState::Busy);
    /// ```
    #[doc(alias = "getState")]
    #[doc(alias = "is_alive")]
    pub fn state(&self) -> ActorState {
        self.cell().state()
    }

    /// How many messages the actor had so far, and what became of them: each number as it was at
    /// some moment during the call. When the actor has ended they do not change any more, and add
    /// up.
    ///
    /// *Cost:* a few loads; the actor is not disturbed.
    ///
    /// ```
    /// use rungs::actor::{Addr, Mailbox, Overflow};
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::DropNewest };
    /// let addr = Addr::builder().mailbox(mailbox).start(0).unwrap();
    /// let me = addr.clone();
    /// addr.call(move |_| (0..3).for_each(|_| me.post(|n| *n += 1).unwrap())).wait().unwrap();
    /// addr.stop();
    /// addr.join();
    /// let stats = addr.stats();
    /// assert_eq!((stats.accepted, stats.handled, stats.dropped), (2, 2, 2));
    /// ```
    #[doc(alias = "metrics")]
    pub fn stats(&self) -> ActorStats {
        let cell = self.cell();
        // In this order, so that none is greater than those that were accepted.
        let handled = cell.handled();
        let waiting = cell.len();
        ActorStats {
            handled,
            waiting,
            dropped: self.dropped(),
            undelivered: self.undelivered(),
            restarts: cell.charge().map_or(0, |charge| charge.restarts()),
            accepted: cell.accepted(),
        }
    }
}
