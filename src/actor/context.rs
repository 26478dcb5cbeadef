//! What an actor sees of itself while it handles a message.

use super::addr::{ActorId, Addr, WeakAddr};
use super::cell::ActorCell;
use crate::sys::{Arc, Weak};
use std::fmt;

/// What an actor sees of itself: its address, and how to stop.
///
/// *Panics:* an [`AsyncHandler`](super::AsyncHandler) that nobody can wake any more, of an actor of
/// which nobody has anything, is dropped; there, in a `Drop`, the actor has no address to give, and
/// nothing can be begun beside it.
///
/// ```
/// use rungs::actor::{Actor, Context, Handler, StopReason};
///
/// struct Countdown(u32);
/// struct Tick;
///
/// impl Actor for Countdown {}
///
/// impl Handler<Tick> for Countdown {
///     type Reply = ();
///     fn handle(&mut self, _: Tick, cx: &mut Context<Self>) {
///         self.0 -= 1;
///         match self.0 {
///             0 => cx.stop(),
///             _ => cx.addr().tell(Tick).unwrap(),
///         }
///     }
/// }
///
/// let countdown = Countdown(3).start();
/// countdown.tell(Tick).unwrap();
/// assert_eq!(countdown.join(), StopReason::Stopped);
/// ```
#[doc(alias = "self")]
#[doc(alias = "ctx")]
pub struct Context<A: 'static> {
    /// The actor in whose core this lies; none before the start. It is weak because it may be the
    /// last to be seen of the actor: by a future that nobody can wake, when that is dropped.
    cell: Weak<ActorCell<A>>,
    life: Life,
}

/// Which of the objects that an actor has one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life(u64);

impl<A: 'static> Context<A> {
    /// Of an actor that has not started.
    pub(super) fn nowhere() -> Self {
        Self {
            cell: Weak::new(),
            life: Life(0),
        }
    }

    /// Of this actor. It is to lie in its core.
    pub(super) fn of(cell: &Arc<ActorCell<A>>) -> Self {
        Self {
            cell: Arc::downgrade(cell),
            life: Life(0),
        }
    }

    /// The object that this is for.
    pub(super) fn life(&self) -> Life {
        self.life
    }

    /// Is for the next object from here on.
    pub(super) fn begin_anew(&mut self) {
        self.life.0 += 1;
    }

    /// The actor, for as long as a turn of it runs.
    ///
    /// # Safety
    ///
    /// It runs.
    pub(super) unsafe fn uncounted<'a>(&self) -> &'a ActorCell<A> {
        // SAFETY: the caller's.
        unsafe { &*self.cell.as_ptr() }
    }

    /// The actor, counted once more.
    pub(super) fn cell(&self) -> Arc<ActorCell<A>> {
        let cell = self.cell.upgrade();
        cell.expect("nobody has anything of the actor any more")
    }

    /// The actor's own address.
    ///
    /// An actor that keeps it does not stop when all others have dropped theirs: let it keep a
    /// [`WeakAddr`], if any. One that gives it away, in a message that comes back, lives on even
    /// if it was the last.
    ///
    /// ```
    /// use rungs::actor::{Actor, Addr, Context, Handler};
    ///
    /// struct Me;
    /// struct Who;
    ///
    /// impl Actor for Me {}
    /// impl Handler<Who> for Me {
    ///     type Reply = Addr<Me>;
    ///     fn handle(&mut self, _: Who, cx: &mut Context<Self>) -> Addr<Me> { cx.addr() }
    /// }
    ///
    /// let me = Me.start();
    /// assert_eq!(me.ask(Who).wait().unwrap(), me);
    /// ```
    #[doc(alias = "actor_ref")]
    #[doc(alias = "myself")]
    pub fn addr(&self) -> Addr<A> {
        Addr::again(&self.cell())
    }

    /// The actor's own address, which does not keep it from stopping.
    ///
    /// ```
    /// use rungs::actor::{Actor, Context, WeakAddr};
    ///
    /// struct Me(Option<WeakAddr<Me>>);
    ///
    /// impl Actor for Me {
    ///     fn started(&mut self, cx: &mut Context<Self>) { self.0 = Some(cx.weak_addr()) }
    /// }
    ///
    /// let addr = Me(None).start();
    /// let weak = addr.call(|me| me.0.clone()).wait().unwrap().unwrap();
    /// assert_eq!(weak.upgrade().unwrap(), addr);
    /// ```
    pub fn weak_addr(&self) -> WeakAddr<A> {
        WeakAddr::of(self.cell())
    }

    /// Accepts no more messages, and ends when all that were accepted are handled: as
    /// [`Addr::stop`].
    ///
    /// ```
    /// # use rungs::actor::{Actor, Context, StopReason};
    /// struct Mayfly;
    /// impl Actor for Mayfly {
    ///     fn started(&mut self, cx: &mut Context<Self>) { cx.stop() }
    /// }
    /// assert_eq!(Mayfly.start().join(), StopReason::Stopped);
    /// ```
    pub fn stop(&self) {
        // There is no other end to come, where there is none.
        if let Some(cell) = self.cell.upgrade() {
            cell.stop();
        }
    }

    /// Accepts no more messages, and ends after this one: as [`Addr::kill`].
    ///
    /// ```
    /// # use rungs::actor::{Actor, Context, StopReason};
    /// struct Mayfly;
    /// impl Actor for Mayfly {
    ///     fn started(&mut self, cx: &mut Context<Self>) { cx.kill() }
    /// }
    /// assert_eq!(Mayfly.start().join(), StopReason::Killed);
    /// ```
    pub fn kill(&self) {
        // As above.
        if let Some(cell) = self.cell.upgrade() {
            cell.kill();
        }
    }

    /// What tells this actor from others.
    ///
    /// ```
    /// # use rungs::actor::{Actor, ActorId, Context};
    /// struct Me(Option<ActorId>);
    /// impl Actor for Me {
    ///     fn started(&mut self, cx: &mut Context<Self>) { self.0 = Some(cx.id()) }
    /// }
    /// let addr = Me(None).start();
    /// assert_eq!(addr.call(|me| me.0).wait().unwrap(), Some(addr.id()));
    /// ```
    pub fn id(&self) -> ActorId {
        ActorId::of(self.cell.as_ptr())
    }
}

impl<A> fmt::Debug for Context<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}
