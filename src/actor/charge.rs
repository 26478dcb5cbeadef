//! What a supervised actor has beside others: who hears of it, the orders from there, and how its
//! object is made.
//!
//! An actor in somebody's charge that fails is not at its end. Its last turn stops and drops the
//! object, reports, and parks the actor as it would for a future that waits: it is not idle, so
//! senders only queue. An order wakes it: to make a new object, in its own turn, or to end. It
//! begins its life in that state.
//!
//! # Invariants
//!
//! 1. There is an object, or one is being made, or the actor is *suspended*: it has reported
//!    [`Down`](Report::Down), or has just begun, and waits for an order.
//! 2. [`Resume`](Order::Resume) and [`End`](Order::End) are ordered while it is suspended,
//!    [`Halt`](Order::Halt) while it is not, as far as the reports say. So an order is replaced by
//!    the next only where its time is over: a halt that met a failure on its way.

use super::addr::ActorId;
use super::cell::ActorCell;
use super::crew::Link;
use super::error::StopReason;
use crate::sys::{Arc, Mutex, Tally};

/// How the objects of an actor are made.
pub(super) type Maker<A> = Box<dyn FnMut() -> A + Send>;

/// What its supervisor hears of an actor.
#[derive(Debug)]
pub(super) enum Report {
    /// An object was made, and has started.
    Up,
    /// The object is gone, or could not be made, and the actor suspended.
    Down(StopReason),
    /// The actor is no more.
    Ended,
}

/// What a supervisor has an actor do.
#[derive(Debug)]
pub(super) enum Order {
    /// Stop and drop the object, after the message that runs.
    Halt,
    /// Make an object, and go on with the messages that wait.
    Resume,
    /// End, without an object.
    End(StopReason),
}

/// An actor's supervision.
pub(super) struct Charge {
    link: Link,
    /// Whether a stop is the end of the object only.
    pub(super) is_permanent: bool,
    order: Mutex<Option<Order>>,
    /// How many objects were made, or were to be.
    objects: Tally,
}

impl Charge {
    pub(super) fn new(link: Link, is_permanent: bool) -> Self {
        Self {
            link,
            is_permanent,
            order: Mutex::new(None),
            objects: Tally::default(),
        }
    }

    /// One more object is about to be made. In the turn.
    pub(super) fn count_object(&self) {
        self.objects.count();
    }

    /// How many objects were made after the first.
    pub(super) fn restarts(&self) -> usize {
        self.objects.get().saturating_sub(1)
    }

    /// Tells the supervisor; `false` where there is none any more.
    pub(super) fn report(&self, report: Report) -> bool {
        self.link.report(report)
    }

    fn put(&self, order: Order) {
        *self.order.lock() = Some(order);
    }

    /// The order that was not carried out yet.
    pub(super) fn take(&self) -> Option<Order> {
        self.order.lock().take()
    }
}

/// What a supervisor does with a child: an actor, or a supervisor.
pub(super) trait Child: Send + Sync {
    /// What tells it from others.
    fn id(&self) -> ActorId;

    /// Has it brought to a halt: it reports [`Down`](Report::Down).
    fn halt(&self);

    /// Has it go on after a `Down`: it reports [`Up`](Report::Up), or `Down`.
    fn resume(&self);

    /// Has it end after a `Down`: it reports [`Ended`](Report::Ended).
    fn end(&self, reason: StopReason);

    /// Has it handle what it has accepted, and end: it reports `Ended`, or `Down`.
    fn retire(&self);

    /// Has it end after the message that runs: it reports `Ended`.
    fn kill(&self);
}

/// An actor that is started in somebody's charge.
pub(super) struct Ward<A: 'static>(pub(super) Arc<ActorCell<A>>);

impl<A: 'static> Child for Ward<A> {
    fn id(&self) -> ActorId {
        ActorId::of(Arc::as_ptr(&self.0))
    }

    fn halt(&self) {
        self.give(Order::Halt);
        self.0.interrupt();
    }

    fn resume(&self) {
        self.give(Order::Resume);
        self.0.unpark();
    }

    fn end(&self, reason: StopReason) {
        self.give(Order::End(reason));
        self.0.unpark();
    }

    fn retire(&self) {
        self.0.retire();
    }

    fn kill(&self) {
        self.0.kill();
    }
}

impl<A: 'static> Ward<A> {
    fn give(&self, order: Order) {
        if let Some(charge) = self.0.charge() {
            charge.put(order);
        }
    }
}
