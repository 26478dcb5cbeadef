//! What only a turn touches: the object, and how far its messages have come.
//!
//! A future of an async handler borrows the object and the context while it is pending. So the
//! core is used by pointers to its parts, and what the future borrows is not touched beside it.

use super::cell::ActorCell;
use super::charge::Maker;
use super::context::Context;
use super::error::StopReason;
use super::handler::{Actor, Undelivered};
use super::limit::{Limit, Limited};
use super::mailbox::{Lack, Mailbox, Reader};
use super::message::Parcel;
use super::slot::Slot;
use crate::PanicPayload;
use crate::panic::{catch, contain};
use crate::sys::thread::Backoff;
use std::collections::VecDeque;

/// What belongs to the turn.
pub(super) struct Core<A: 'static> {
    pub(super) reader: Reader<Self>,
    /// The message that goes on, where an async handler waits.
    pub(super) slot: Slot,
    /// Urgent messages that were taken out of their lane.
    pub(super) urgent: VecDeque<Parcel<Self>>,
    /// Whether the actor was told that it has started.
    pub(super) has_started: bool,
    hooks: Option<Hooks<A>>,
    /// What makes the objects of an actor in somebody's charge.
    maker: Option<Maker<A>>,
    /// The object, from the start to the end; none while the actor is suspended.
    state: Option<A>,
    context: Context<A>,
}

/// The reason of an end in which one of these may have panicked.
pub(super) fn blame(mut reason: StopReason, done: [Result<(), PanicPayload>; 2]) -> StopReason {
    for payload in done.into_iter().filter_map(Result::err) {
        let message = payload.into_message();
        if !matches!(reason, StopReason::Panicked(_)) {
            reason = StopReason::Panicked(message);
        }
    }
    reason
}

/// What an actor does at its start and its end.
pub(super) struct Hooks<A: 'static> {
    started: fn(&mut A, &mut Context<A>),
    stopped: fn(&mut A, &StopReason),
    undelivered: fn(&mut A, Undelivered),
}

impl<A: Actor> Hooks<A> {
    /// Those of the actor's type.
    pub(super) fn new() -> Self {
        Self {
            started: A::started,
            stopped: A::stopped,
            undelivered: A::undelivered,
        }
    }
}

impl<A: 'static> Core<A> {
    pub(super) fn new(
        reader: Reader<Self>,
        state: Option<A>,
        hooks: Option<Hooks<A>>,
        maker: Option<Maker<A>>,
    ) -> Self {
        Self {
            reader,
            slot: Slot::new(),
            urgent: VecDeque::new(),
            has_started: false,
            hooks,
            maker,
            state,
            context: Context::nowhere(),
        }
    }

    /// Puts the object there, and tells it where it is.
    pub(super) fn fill(&mut self, state: Option<A>, context: Context<A>) {
        if state.is_some() {
            self.state = state;
        }
        self.context = context;
    }

    /// Makes an object. May unwind; then there is none.
    pub(super) fn make(&mut self) {
        if let Some(maker) = &mut self.maker {
            self.state = Some(maker());
        }
    }

    /// Ends the object, but not the actor. What that panics with is the reason then, unless a
    /// panic is one already. No message goes on.
    pub(super) fn clear(&mut self, reason: StopReason) -> StopReason {
        let stopped = catch(|| self.stop(&reason));
        self.has_started = false;
        self.context.begin_anew();
        let state = self.state.take();
        let dropped = catch(|| drop(state));
        blame(reason, [stopped, dropped])
    }

    /// Takes the object out, and what makes it.
    pub(super) fn take_state(&mut self) -> (Option<A>, Option<Maker<A>>) {
        (self.state.take(), self.maker.take())
    }

    /// Drops the message that goes on, if one does. Does not unwind.
    ///
    /// # Safety
    ///
    /// In the turn.
    pub(super) unsafe fn give_up(core: *mut Self) {
        // SAFETY: the caller's; the slot is no part of what the future borrows.
        contain(|| unsafe { (*core).slot.clear() });
    }

    /// The object and its context, for a message.
    ///
    /// # Safety
    ///
    /// In the turn, and no message goes on. The lifetime ends with the message.
    #[inline(always)]
    pub(super) unsafe fn object<'a>(core: *mut Self) -> (&'a mut A, &'a mut Context<A>) {
        // SAFETY: the caller's.
        let state = unsafe { &mut (*core).state };
        // SAFETY: the caller's.
        let context = unsafe { &mut (*core).context };
        match state {
            Some(state) => (state, context),
            None => unreachable!("there until the end"),
        }
    }

    /// The actor that this is the core of.
    ///
    /// # Safety
    ///
    /// As for [`object`](Self::object).
    pub(super) unsafe fn cell<'a>(core: *mut Self) -> &'a ActorCell<A> {
        // SAFETY: the caller's: the cell runs the turn.
        unsafe { (*core).context.uncounted() }
    }

    /// Tells the actor that it has started. May unwind; then it has not.
    ///
    /// # Safety
    ///
    /// As for [`object`](Self::object).
    #[cold]
    pub(super) unsafe fn start(core: *mut Self) {
        // SAFETY: the caller's.
        if let Some(hooks) = unsafe { &(*core).hooks } {
            // SAFETY: the caller's.
            let (state, context) = unsafe { Self::object(core) };
            (hooks.started)(state, context);
        }
        // SAFETY: the caller's.
        unsafe { (*core).has_started = true };
    }

    /// Hands a message that will not be handled to the actor. May unwind.
    ///
    /// # Safety
    ///
    /// As for [`object`](Self::object).
    pub(super) unsafe fn hand_back(core: *mut Self, message: impl FnOnce() -> Undelivered) {
        // SAFETY: the caller's.
        let core = unsafe { &mut *core };
        if let (Some(hooks), Some(state)) = (&core.hooks, &mut core.state) {
            (hooks.undelivered)(state, message());
        }
    }

    /// Gives up all messages that are left; the mailbox is closed. Says how many that leaves
    /// untold. Does not unwind.
    ///
    /// # Safety
    ///
    /// In the turn.
    pub(super) unsafe fn drain(core: *mut Self, mailbox: &Mailbox<Self>) -> usize {
        // SAFETY: the caller's.
        unsafe { Self::give_up(core) };
        let mut untold = 0;
        let mut backoff = Backoff::default();
        loop {
            // SAFETY: the caller's.
            let reader = unsafe { &mut (*core).reader };
            match reader.next(mailbox) {
                // SAFETY: in the turn, and no message goes on.
                Some(record) => match catch(|| unsafe { record.abandon(core) }) {
                    Ok(is_untold) => untold += usize::from(is_untold),
                    Err(payload) => {
                        untold += 1;
                        contain(|| drop(payload));
                    }
                },
                None => match reader.lack(mailbox) {
                    Lack::Over | Lack::Empty(_) => return untold,
                    Lack::Unpublished => _ = backoff.wait(),
                    Lack::Roused => {}
                },
            }
        }
    }

    /// Tells the actor how it ends, if it has started.
    pub(super) fn stop(&mut self, reason: &StopReason) {
        if let (true, Some(hooks), Some(state)) = (self.has_started, &self.hooks, &mut self.state) {
            (hooks.stopped)(state, reason);
        }
    }
}

impl<A: 'static> Limited for Core<A> {
    unsafe fn limit<'a>(core: *mut Self) -> Option<&'a Limit<Self>> {
        // SAFETY: the caller's; the cell outlives the turn.
        unsafe { Core::cell(core) }.limit()
    }
}
