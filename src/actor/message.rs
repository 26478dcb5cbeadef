//! What stands in a mailbox: the four kinds of messages to an `A`, and errands of the crate.

use super::answer::Ticket;
use super::beside::Wanted;
use super::context::{Context, Life};
use super::core::Core;
use super::error::AskError;
use super::handler::{Receive, Undelivered};
use super::mailbox::Message;
use crate::PanicPayload;
use crate::panic::{catch, discard, fail_with};
use std::marker::PhantomData;

/// A closure that nobody waits for.
pub(super) struct Post<F>(pub(super) F);

/// A closure whose result somebody waits for.
pub(super) struct Call<F, R> {
    pub(super) closure: F,
    pub(super) ticket: Ticket<R>,
}

/// A message that nobody waits for, to a handler of the kind `K`.
pub(super) struct Tell<M, K> {
    pub(super) message: M,
    pub(super) kind: PhantomData<fn(K)>,
}

/// A message whose reply somebody waits for, to a handler of the kind `K`.
pub(super) struct Ask<M, K, R> {
    pub(super) message: M,
    pub(super) ticket: Ticket<R>,
    pub(super) kind: PhantomData<fn(K)>,
}

impl<A, F> Message<Core<A>> for Post<F>
where
    A: 'static,
    F: FnOnce(&mut A) + Send + 'static,
{
    #[inline]
    unsafe fn run(self, core: *mut Core<A>) -> bool {
        // SAFETY: the caller's.
        let (state, _) = unsafe { Core::object(core) };
        (self.0)(state);
        true
    }

    unsafe fn abandon(self, _: *mut Core<A>) -> bool {
        true
    }
}

impl<A, F, R> Message<Core<A>> for Call<F, R>
where
    A: 'static,
    F: FnOnce(&mut A) -> R + Send + 'static,
    R: Send + 'static,
{
    #[inline]
    unsafe fn run(self, core: *mut Core<A>) -> bool {
        // SAFETY: the caller's.
        let (state, _) = unsafe { Core::object(core) };
        let Self { closure, ticket } = self;
        respond(ticket, catch(|| closure(state)));
        true
    }

    unsafe fn abandon(self, _: *mut Core<A>) -> bool {
        // A panic of its drop leaves nobody untold.
        discard(self);
        false
    }

    fn drop_out(self) {
        self.ticket.answer(Err(AskError::Full));
    }
}

impl<A, M, K> Message<Core<A>> for Tell<M, K>
where
    A: Receive<M, K>,
    M: Send + 'static,
    K: 'static,
{
    #[inline]
    unsafe fn run(self, core: *mut Core<A>) -> bool {
        // SAFETY: the caller's.
        unsafe { A::receive(core.cast(), self.message) }
    }

    unsafe fn abandon(self, core: *mut Core<A>) -> bool {
        // SAFETY: the caller's.
        unsafe { Core::hand_back(core, || Undelivered::new(self.message)) };
        true
    }
}

impl<A, M, K> Message<Core<A>> for Ask<M, K, A::Reply>
where
    A: Receive<M, K>,
    M: Send + 'static,
    K: 'static,
{
    #[inline]
    unsafe fn run(self, core: *mut Core<A>) -> bool {
        let ticket = self.ticket;
        // SAFETY: the caller's.
        unsafe { A::answer(core.cast(), self.message, |result| respond(ticket, result)) }
    }

    unsafe fn abandon(self, _: *mut Core<A>) -> bool {
        // A panic of its drop leaves nobody untold.
        discard(self);
        false
    }

    fn drop_out(self) {
        self.ticket.answer(Err(AskError::Full));
    }
}

/// A message from beside the actor, to a handler of the kind `K`; dropped where that was cancelled.
pub(super) struct Delivery<M, K, R> {
    pub(super) message: M,
    /// What is to be kept of the message.
    pub(super) keep: fn(&M) -> R,
    pub(super) ticket: Ticket<R>,
    pub(super) wanted: Wanted,
    /// Whom it is for, if for one object only.
    pub(super) life: Option<Life>,
    pub(super) kind: PhantomData<fn(K)>,
}

impl<A, M, K, R> Message<Core<A>> for Delivery<M, K, R>
where
    A: Receive<M, K>,
    M: Send + 'static,
    K: 'static,
    R: Send + 'static,
{
    unsafe fn run(self, core: *mut Core<A>) -> bool {
        let ticket = self.ticket;
        // SAFETY: the caller's; it is not kept.
        let (_, cx) = unsafe { Core::object(core) };
        if !self.wanted.get() || self.life.is_some_and(|life| life != cx.life()) {
            discard(self.message);
            return true;
        }
        let kept = (self.keep)(&self.message);
        let then = |result: Result<_, _>| respond(ticket, result.map(|_| kept));
        // SAFETY: the caller's.
        unsafe { A::answer(core.cast(), self.message, then) }
    }

    unsafe fn abandon(self, core: *mut Core<A>) -> bool {
        let is_wanted = self.wanted.get();
        if is_wanted {
            // SAFETY: the caller's.
            unsafe { Core::hand_back(core, || Undelivered::new(self.message)) };
        } else {
            discard(self.message);
        }
        is_wanted
    }
}

/// Answers; a panic then goes on, to end the actor. Its payload is the caller's.
#[inline]
pub(super) fn respond<R>(ticket: Ticket<R>, result: Result<R, PanicPayload>) {
    match result {
        Ok(value) => ticket.answer(Ok(value)),
        Err(payload) => {
            let message = payload.message().to_owned();
            ticket.answer(Err(AskError::Panicked(payload)));
            fail_with(message);
        }
    }
}

/// A message of any type.
pub(super) type Parcel<C> = Box<dyn AnyMessage<C>>;

/// What can be done with a message of any type.
pub(super) trait AnyMessage<C>: Send {
    /// As [`Message::run`].
    ///
    /// # Safety
    ///
    /// As there.
    unsafe fn run_boxed(self: Box<Self>, context: *mut C) -> bool;

    /// As [`Message::abandon`].
    ///
    /// # Safety
    ///
    /// As there.
    unsafe fn abandon_boxed(self: Box<Self>, context: *mut C) -> bool;

    /// As [`Message::drop_out`].
    fn drop_out_boxed(self: Box<Self>);
}

impl<C, M: Message<C>> AnyMessage<C> for M {
    unsafe fn run_boxed(self: Box<Self>, context: *mut C) -> bool {
        // SAFETY: the caller's.
        unsafe { (*self).run(context) }
    }

    unsafe fn abandon_boxed(self: Box<Self>, context: *mut C) -> bool {
        // SAFETY: the caller's.
        unsafe { (*self).abandon(context) }
    }

    fn drop_out_boxed(self: Box<Self>) {
        (*self).drop_out();
    }
}

/// Something to do between two messages, for the crate itself: timers, what futures bring, news
/// of other actors.
pub(super) struct Errand<F>(pub(super) F);

impl<A, F> Message<Core<A>> for Errand<F>
where
    A: 'static,
    F: FnOnce(&mut A, &mut Context<A>) + Send + 'static,
{
    unsafe fn run(self, core: *mut Core<A>) -> bool {
        // SAFETY: the caller's.
        let (state, cx) = unsafe { Core::object(core) };
        (self.0)(state, cx);
        true
    }

    unsafe fn abandon(self, _: *mut Core<A>) -> bool {
        false
    }
}
