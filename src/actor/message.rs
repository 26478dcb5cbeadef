//! What stands in a mailbox.

use super::call::Ticket;
use crate::panic::{PanicPayload, catch, contain};

/// A message to an `A`.
pub(super) enum Message<A> {
    /// Nobody waits for it.
    Post(Box<dyn FnOnce(&mut A) + Send>),
    /// Somebody waits for its result.
    Call(Ticket<A>),
}

impl<A> Message<A> {
    /// Runs it; `Err` is what it panicked with. Does not unwind.
    pub(super) fn run(self, state: &mut A) -> Result<(), String> {
        match self {
            Self::Call(ticket) => ticket.run(state),
            Self::Post(closure) => catch(|| closure(state)).map_err(PanicPayload::into_message),
        }
    }

    /// Drops it unrun; `true` where that leaves nobody told. Does not unwind.
    pub(super) fn abandon(self) -> bool {
        let untold = matches!(self, Self::Post(_));
        contain(|| drop(self));
        untold
    }
}
