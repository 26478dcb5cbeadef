//! What an actor sees of itself while it handles a message.

use super::addr::{ActorId, Addr, WeakAddr};
use super::cell::ActorCell;
use crate::sys::Arc;
use std::fmt;
use std::ptr;

/// What an actor sees of itself: its address, and how to stop.
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
    /// The actor in whose core this lies; null before the start.
    cell: *const ActorCell<A>,
}

// SAFETY: a pointer to what is shared between threads.
unsafe impl<A> Send for Context<A> {}
// SAFETY: as above.
unsafe impl<A> Sync for Context<A> {}

impl<A: 'static> Context<A> {
    /// Of an actor that has not started.
    pub(super) fn nowhere() -> Self {
        Self { cell: ptr::null() }
    }

    /// Of this actor. It is to lie in its core.
    pub(super) fn of(cell: &Arc<ActorCell<A>>) -> Self {
        Self {
            cell: Arc::as_ptr(cell),
        }
    }

    /// The actor, for as long as a turn of it runs.
    ///
    /// # Safety
    ///
    /// It runs.
    pub(super) unsafe fn uncounted<'a>(&self) -> &'a ActorCell<A> {
        // SAFETY: the caller's.
        unsafe { &*self.cell }
    }

    /// The actor, counted once more.
    pub(super) fn cell(&self) -> Arc<ActorCell<A>> {
        // SAFETY: users see a context in a turn of its actor, to which it lies in the core of.
        unsafe { Arc::increment_strong_count(self.cell) };
        // SAFETY: as above; counted just now.
        unsafe { Arc::from_raw(self.cell) }
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
        self.cell().stop();
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
        self.cell().kill();
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
        ActorId::of(self.cell)
    }
}

impl<A> fmt::Debug for Context<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}
