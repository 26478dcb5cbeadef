//! The actor itself.
//!
//! # A message's way
//!
//! A sender puts the message into the [mailbox](super::mailbox). Where the actor was idle, it then
//! schedules a *turn*: it hands a job, which is the actor, to the executor, or rings at the actor's
//! own thread. The turn takes out what it finds and runs it, message by message. Where it finds
//! nothing it goes idle; after a batch of messages it gives up its thread and schedules the next
//! turn, so that a flood starves no other actor.
//!
//! Turns have a [file](turn) of their own; here is what everybody else does with an actor.
//!
//! # Invariants
//!
//! 1. There is at most one turn, scheduled or running, and it exists exactly while the word is
//!    not idle and the wakes are not `PARKED`, until the end. Who changes either schedules it.
//! 2. The core belongs to the turn; before the first turn to who starts it; after the end to
//!    nobody.
//! 3. The end comes once, in the last turn; after it has set `ended` it only tells the watchers.
//!    Where nobody is left who could bring that turn, it comes with the drop of the cell.
//! 4. All addresses together are one owner of the cell.
//! 5. An object that cannot be sent is made, used and dropped in the actor's own thread: there
//!    all turns are, and the end.
//!
//! # Ordering
//!
//! The core passes from turn to turn by the word of the mailbox or by the wakes, whatever the
//! executor does. `ended` publishes that the object is gone.

mod turn;

pub(super) use turn::After;

use super::charge::{Charge, Maker};
use super::context::Context;
use super::core::{Core, Hooks};
use super::error::{SendError, StopReason};
use super::host::Host;
use super::limit::{Limit, Room};
use super::mailbox::{Mailbox, Message};
use super::message::Parcel;
use super::running::Id;
use super::stats::ActorState;
use super::test_clock::TestClock;
use super::urgent::{Lane, Signals};
use super::watch::Watchers;
use crate::executor::{Executor, Registry, ThreadPoolExecutor};
use crate::future::Job;
use crate::panic::contain;
use crate::sync::{Event, Semaphore};
use crate::sys::{
    Arc, OnceLock, Tally,
    atomic::{AtomicUsize, Ordering},
    cell::UnsafeCell,
    clock::Instant,
};
use crate::wait::{Gate, Line};
use std::task::{self, Poll, Wake};
use turn::{PARKED, RUNNING};

/// Where turns are run.
pub(super) enum Home {
    /// In the threads of an executor.
    Host(Host),
    /// In a thread of the actor's own, which waits for a permit before each turn. Apart, for few
    /// actors have one.
    Thread(Box<Semaphore>),
}

/// How it ended.
#[derive(Debug)]
pub(super) struct End {
    /// Why.
    pub(super) reason: StopReason,
    /// How many messages were accepted and not handled, with nobody told.
    pub(super) undelivered: usize,
}

/// What an actor is made of, beside its object.
pub(super) struct Parts<A: 'static> {
    pub(super) home: Home,
    pub(super) limit: Option<Box<Limit<Core<A>>>>,
    pub(super) hooks: Option<Hooks<A>>,
    pub(super) clock: Option<TestClock>,
    /// How many messages a turn runs at most.
    pub(super) batch: usize,
    /// Whether the caller owes the first turn.
    pub(super) is_due: bool,
    /// Of an actor that begins suspended, in somebody's charge.
    pub(super) charge: Option<(Charge, Maker<A>)>,
}

/// An actor.
pub(super) struct ActorCell<A: 'static> {
    mailbox: Mailbox<Core<A>>,
    /// How many addresses there are.
    addresses: AtomicUsize,
    signals: Signals,
    /// Where a future is that goes on.
    wakes: AtomicUsize,
    limit: Option<Box<Limit<Core<A>>>>,
    home: Home,
    batch: usize,
    core: UnsafeCell<Core<A>>,
    /// How many messages were taken out to be handled, as the mailbox counts them.
    taken: Tally,
    lane: Lane<Core<A>>,
    /// What runs beside it.
    beside: Registry,
    /// What its timers go by, if not by the clock of the process.
    clock: Option<TestClock>,
    /// Who is told of the end.
    watchers: Watchers,
    /// In whose charge it is.
    charge: Option<Box<Charge>>,
    /// Set before `ended`, read after it.
    end: OnceLock<End>,
    /// Set when the object is gone and everybody has been told.
    ended: Event,
}

// SAFETY: the core, and the `A` in it, belongs to one turn at a time (invariant 2). An `A` that
// cannot be sent never is (invariant 5). Everything else is `Sync`; messages are `Send`.
unsafe impl<A> Sync for ActorCell<A> {}
// SAFETY: as above.
unsafe impl<A> Send for ActorCell<A> {}

/// What addresses do.
impl<A: 'static> ActorCell<A> {
    /// An actor with one address, idle, or with a turn that the caller owes.
    ///
    /// An `A` that cannot be sent is given later, by [`fill`](Self::fill).
    pub(super) fn new(state: Option<A>, parts: Parts<A>) -> Arc<Self> {
        let (charge, maker) = parts.charge.unzip();
        // Suspended, it is parked, with nobody owing a turn.
        let is_suspended = charge.is_some();
        let wakes = if is_suspended { PARKED } else { RUNNING };
        let (mailbox, reader) = Mailbox::new(!parts.is_due && !is_suspended);
        let cell = Arc::new(Self {
            mailbox,
            addresses: AtomicUsize::new(1),
            signals: Signals::new(is_suspended),
            wakes: AtomicUsize::new(wakes),
            limit: parts.limit,
            home: parts.home,
            batch: parts.batch,
            core: UnsafeCell::new(Core::new(reader, state, parts.hooks, maker)),
            taken: Tally::default(),
            lane: Lane::new(),
            beside: Registry::new(),
            clock: parts.clock,
            watchers: Watchers::new(),
            charge: charge.map(Box::new),
            end: OnceLock::new(),
            ended: Event::new(false),
        });
        // SAFETY: nobody else has the cell.
        unsafe { cell.fill(None) };
        cell
    }

    /// Puts the object there.
    ///
    /// # Safety
    ///
    /// Before the first turn, by who starts it.
    unsafe fn fill(self: &Arc<Self>, state: Option<A>) {
        let context = Context::of(self);
        // SAFETY: the core is the caller's (invariant 2).
        self.core
            .with_mut(|core| unsafe { (*core).fill(state, context) });
    }

    /// How many addresses there are.
    pub(super) fn addresses(&self) -> &AtomicUsize {
        &self.addresses
    }

    /// What the thread of a message to this actor is compared with.
    pub(super) fn id(&self) -> Id {
        Id::of(self)
    }

    /// How many messages wait in the mailbox.
    pub(super) fn len(&self) -> usize {
        match self.end() {
            // What is left was given up.
            Some(_) => 0,
            None => self.mailbox.len(self.taken.get()),
        }
    }

    /// How many messages were put into the mailbox ever.
    pub(super) fn accepted(&self) -> usize {
        self.mailbox.len(0)
    }

    /// How many messages were taken out to be handled.
    pub(super) fn handled(&self) -> usize {
        Mailbox::<Core<A>>::count(self.taken.get())
    }

    /// What it does, or did a moment ago.
    pub(super) fn state(&self) -> ActorState {
        let word = self.mailbox.snapshot();
        match () {
            () if self.ended.is_set() => ActorState::Stopped,
            () if word.is_closed() => ActorState::Stopping,
            () if self.signals.look().is_suspended() => ActorState::Suspended,
            () if word.is_idle() => ActorState::Idle,
            () => ActorState::Busy,
        }
    }

    /// Whether a message would be refused.
    pub(super) fn is_closed(&self) -> bool {
        self.mailbox.snapshot().is_closed()
    }

    pub(super) fn watchers(&self) -> &Watchers {
        &self.watchers
    }

    pub(super) fn charge(&self) -> Option<&Charge> {
        self.charge.as_deref()
    }

    pub(super) fn limit(&self) -> Option<&Limit<Core<A>>> {
        self.limit.as_deref()
    }

    /// How it ended, once it has.
    pub(super) fn end(&self) -> Option<&End> {
        self.ended.is_set().then(|| self.end.get()).flatten()
    }

    /// Why it ended, which it has.
    pub(super) fn reason(&self) -> StopReason {
        let end = self.end.get().expect("set before `ended`");
        end.reason.clone()
    }

    /// What runs beside it, and is not done.
    pub(super) fn beside(&self) -> &Registry {
        &self.beside
    }

    /// What its timers go by, if not by the clock of the process.
    pub(super) fn clock(&self) -> Option<&TestClock> {
        self.clock.as_ref()
    }

    /// Runs a job beside the actor: where its turns are, or, where it has a thread of its own, on
    /// the executor of the process.
    pub(super) fn run_beside(&self, job: Job) {
        // A job that is refused is dropped here, and thereby discarded.
        contain(|| match &self.home {
            Home::Host(host) => drop(host.execute_job(job)),
            Home::Thread(_) => drop(ThreadPoolExecutor::global().execute_job(job)),
        });
    }

    /// Sends a message, if there is room.
    #[inline]
    pub(super) fn send<M: Message<Core<A>>>(
        self: &Arc<Self>,
        message: M,
    ) -> Result<(), SendError<M>> {
        match &self.limit {
            None => self.rang(self.mailbox.push(message)),
            Some(limit) => {
                let room = limit.try_room();
                self.send_into(limit, room, message)
            }
        }
    }

    /// Sends a message, waiting for room until `deadline`; not in a turn of the actor itself.
    pub(super) fn send_until<M: Message<Core<A>>>(
        self: &Arc<Self>,
        message: M,
        deadline: Option<Instant>,
    ) -> Result<(), SendError<M>> {
        match &self.limit {
            Some(limit) if !self.id().is_running() => {
                let room = limit.room_until(deadline);
                self.send_into(limit, room, message)
            }
            _ => self.send(message),
        }
    }

    /// Sends a message, waiting for room; not in a message of the actor itself.
    pub(super) async fn send_async<M: Message<Core<A>>>(
        self: &Arc<Self>,
        message: M,
    ) -> Result<(), SendError<M>> {
        let Some(limit) = &self.limit else {
            return self.send(message);
        };
        let is_own = |cx: &mut task::Context<'_>| Poll::Ready(self.id().is_polling(cx));
        if std::future::poll_fn(is_own).await {
            return self.send(message);
        }
        let room = limit.room_async().await;
        self.send_into(limit, room, message)
    }

    fn send_into<M: Message<Core<A>>>(
        self: &Arc<Self>,
        limit: &Limit<Core<A>>,
        room: Result<Room, SendError<()>>,
        message: M,
    ) -> Result<(), SendError<M>> {
        match room {
            Ok(Room::Taken) => self.rang(limit.push(&self.mailbox, message)),
            Ok(Room::Dropped) => {
                contain(|| message.drop_out());
                Ok(())
            }
            Err(error) => Err(error.with(message)),
        }
    }

    /// Schedules the turn that a sender owes.
    #[inline]
    fn rang<M>(self: &Arc<Self>, pushed: Result<bool, M>) -> Result<(), SendError<M>> {
        match pushed {
            Ok(false) => Ok(()),
            Ok(true) => {
                self.schedule();
                Ok(())
            }
            Err(message) => Err(SendError::Closed(message)),
        }
    }

    /// Sends what is not to wait behind messages; gives it back where the actor has ended.
    pub(super) fn send_urgent(
        self: &Arc<Self>,
        message: Parcel<Core<A>>,
    ) -> Result<(), Parcel<Core<A>>> {
        self.lane.push(&self.signals, message)?;
        self.rouse();
        Ok(())
    }

    /// Accepts no more, and ends when all that was accepted is handled. A permanent child gets a
    /// new object instead.
    pub(super) fn stop(self: &Arc<Self>) {
        if !self.charge().is_some_and(|charge| charge.is_permanent) {
            return self.retire();
        }
        self.signals.renew();
        self.rouse();
    }

    /// Has the turn see to an order that was put, also where a future is pending.
    pub(super) fn interrupt(self: &Arc<Self>) {
        self.signals.order();
        if self.mailbox.rouse() {
            self.schedule();
        } else {
            self.wake_by_ref();
        }
    }

    /// Has an actor that is suspended see to an order that was put.
    pub(super) fn unpark(self: &Arc<Self>) {
        self.wake_by_ref();
    }

    /// A kill, for a supervisor that gives up.
    pub(super) fn give_up(self: &Arc<Self>) {
        self.signals.give_up();
        self.kill();
    }

    /// Accepts no more, and ends when all that was accepted is handled.
    pub(super) fn retire(self: &Arc<Self>) {
        if self.close() {
            self.schedule();
        }
    }

    /// Accepts no more, and ends after the message that runs.
    pub(super) fn kill(self: &Arc<Self>) {
        self.signals.kill();
        if self.close() {
            self.schedule();
        } else {
            // Where a future is pending, it is to be dropped.
            self.wake_by_ref();
        }
    }

    /// Has a turn look again: at its signals, and whether there is an address left. (A message on
    /// its way may have one, or make one.)
    pub(super) fn rouse(self: &Arc<Self>) {
        if self.mailbox.rouse() {
            self.schedule();
        }
    }

    /// Whether nobody can send anything any more. In a turn, which could make an address.
    fn is_forsaken(&self) -> bool {
        // ORDERING: Acquire, partner of the Release in `Addr::drop`: what was sent through the
        // addresses that were dropped. Where this shows one that is dropped by now, its drop
        // changes the word after that, and the turn looks again. Models:
        // `what_is_sent_before_the_last_drop_is_handled`,
        // `dropping_the_last_address_drains_and_stops`.
        self.addresses.load(Ordering::Acquire) == 0
    }

    fn close(&self) -> bool {
        let was_idle = self.mailbox.close();
        if let Some(limit) = &self.limit {
            limit.close();
        }
        was_idle
    }
}
/// A future that nobody can wake, of an actor of which nobody has anything any more, is dropped with
/// it: that is its end.
impl<A> Drop for ActorCell<A> {
    fn drop(&mut self) {
        if self.end.get().is_none() {
            self.id().run(|| self.finish(StopReason::Killed));
        }
    }
}

/// What waits for the end stands in its line.
impl<A> Gate for ActorCell<A> {
    type Rule = <Event as Gate>::Rule;

    fn line(&self) -> &Line<Self::Rule> {
        self.ended.line()
    }
}
