//! Turns: the stretches in which an actor runs, and its end.
//!
//! A turn ends where nothing is left to do, where its batch is used up, and where a message's
//! handler is a future that waits: the actor is not idle then, so that no sender schedules it, and
//! the future's waker does:
//!
//! ```text
//!            pending, not woken                    woken: schedule
//!  RUNNING ──────────────────────▶ PARKED ───────────────────────────▶ WOKEN
//!     ▲ ▲                                                                │ │
//!     │ └──────────────────────── polled again ──────────────────────────┘ │ woken while polled:
//!     └────────────────────────────────────────────────────────────────────┘ polled once more
//! ```
//!
//! An actor that is suspended, in somebody's charge and without an object, waits for its orders in
//! the same way.

use super::{ActorCell, Charge, Core, End, Home};
use crate::actor::addr::ActorId;
use crate::actor::charge::{Order, Report};
use crate::actor::core::blame;
use crate::actor::error::StopReason;
use crate::actor::mailbox::{Lack, Reader, Reset, Word};
use crate::executor::Open;
use crate::future::{Job, Run};
use crate::panic::{catch, contain};
use crate::sys::{
    Arc,
    atomic::Ordering,
    thread::{self, Backoff},
};
use std::convert::Infallible;
use std::mem::ManuallyDrop;
use std::task::{self, Poll, Wake, Waker};

/// A future is polled, or there is none.
pub(super) const RUNNING: usize = 0;
/// It was woken since the last poll began.
const WOKEN: usize = 1;
/// It is pending, and nobody polls it.
pub(super) const PARKED: usize = 2;

/// A turn that has run so many messages looks on for a moment before it goes idle: they come fast.
const MANY: usize = 16;

/// How a stretch of a turn ends.
enum Stretch {
    /// All is read: the word that says so, and where the reader is to go back to if that has
    /// changed.
    Empty(Word, Reset, Reset),
    /// A future is pending.
    Pending,
    /// The batch is used up.
    Spent,
    Over(StopReason),
    /// The object is to end, of an actor in somebody's charge.
    Halt(StopReason),
}

/// What comes after a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::actor) enum After {
    /// Nothing, until it is scheduled. The core may be another turn's by now.
    Wait,
    /// Another turn.
    Again,
    /// Nothing any more.
    End,
}

/// Turns.
impl<A: 'static> ActorCell<A> {
    /// Sees to it that a turn is run. By whoever owes it.
    #[cold]
    pub(in crate::actor) fn schedule(self: &Arc<Self>) {
        match &self.home {
            // A job that is refused is dropped here, and thereby discarded: see `Run`.
            Home::Host(host) => contain(|| drop(host.execute_job(Job::new(self.clone())))),
            Home::Thread(bell) => bell.add_permits(1).expect("one turn at a time"),
        }
    }

    /// What the actor's own thread does: makes the object, and then turns, of which it owes the
    /// first.
    pub(in crate::actor) fn live(self: Arc<Self>, make: impl FnOnce() -> A) {
        let made = self.id().run(|| catch(make));
        match made {
            // SAFETY: in the thread that owes the first turn.
            Ok(state) => unsafe { self.fill(Some(state)) },
            Err(payload) => {
                let reason = StopReason::Panicked(payload.into_message());
                return self.id().run(|| self.finish(reason));
            }
        }
        self.dwell(After::Again);
    }

    /// What the actor's own thread does: turns, each when it is rung for.
    pub(in crate::actor) fn dwell(self: &Arc<Self>, mut after: After) {
        let Home::Thread(bell) = &self.home else {
            return;
        };
        loop {
            match after {
                After::Again => {}
                After::End => return,
                After::Wait => bell.acquire().expect("never closed").forget(),
            }
            after = self.turn();
        }
    }

    /// A turn: at most a batch of messages.
    fn turn(self: &Arc<Self>) -> After {
        self.id().run(|| {
            let mut left = self.batch;
            let mut stay = None;
            loop {
                let stretch = |core| {
                    // SAFETY: in the turn (invariant 2).
                    unsafe { self.stretch(core, &mut left, stay.take()) }
                };
                match catch(|| self.core.with_mut(stretch)) {
                    Ok(Stretch::Empty(word, reset, old)) => {
                        if self.mailbox.idle(word, reset) {
                            return After::Wait;
                        }
                        stay = Some(old);
                    }
                    Ok(Stretch::Pending) => {
                        if self.park() {
                            return After::Wait;
                        }
                    }
                    Ok(Stretch::Spent) => return After::Again,
                    Ok(Stretch::Over(reason)) => {
                        self.finish(reason);
                        return After::End;
                    }
                    Ok(Stretch::Halt(reason)) => {
                        if let Some(after) = self.halt(reason) {
                            return after;
                        }
                    }
                    Err(payload) => {
                        let reason = StopReason::Panicked(payload.into_message());
                        if let Some(after) = self.halt(reason) {
                            return after;
                        }
                    }
                }
            }
        })
    }

    /// The end of the object; and, unless in somebody's charge, of the actor. What comes after the
    /// turn, if it is over.
    #[cold]
    fn halt(self: &Arc<Self>, reason: StopReason) -> Option<After> {
        let Some(charge) = &self.charge else {
            self.finish(reason);
            return Some(After::End);
        };
        // SAFETY: in the turn (invariant 2).
        self.core.with_mut(|core| unsafe { Core::give_up(core) });
        self.end_beside(Open::Everybody);
        // SAFETY: in the turn, and no message goes on.
        let clear = |core: *mut Core<A>| unsafe { (*core).clear(reason) };
        let reason = self.core.with_mut(clear);
        self.signals.suspend();
        if !charge.report(Report::Down(reason.clone())) {
            self.finish(reason);
            return Some(After::End);
        }
        None
    }

    /// Looks for an order; goes on only where there is an object.
    ///
    /// # Safety
    ///
    /// In the turn, of an actor that is suspended.
    #[cold]
    unsafe fn await_order(&self, charge: &Charge, core: *mut Core<A>) -> Result<(), Stretch> {
        // ORDERING: Acquire: as in `poll`. Before the looks: who orders or kills after them finds
        // the actor parked, or has it look again. Models:
        // `an_order_that_meets_the_parking_is_carried_out`,
        // `a_kill_that_meets_the_parking_ends_it`.
        self.wakes.swap(RUNNING, Ordering::Acquire);
        self.look_for_kill()?;
        match charge.take() {
            Some(Order::Resume) => {
                self.signals.begin_anew();
                charge.count_object();
                // SAFETY: in the turn.
                unsafe { (*core).make() };
                Ok(())
            }
            Some(Order::End(reason)) => Err(Stretch::Over(reason)),
            // A halt that met a failure is carried out.
            Some(Order::Halt) | None => Err(Stretch::Pending),
        }
    }

    /// Runs messages until there is a reason to stop. May unwind, with a message's panic.
    ///
    /// # Safety
    ///
    /// In the turn.
    unsafe fn stretch(
        self: &Arc<Self>,
        core: *mut Core<A>,
        left: &mut usize,
        stay: Option<Reset>,
    ) -> Stretch {
        if let Some(place) = stay {
            // SAFETY: in the turn.
            unsafe { (*core).reader.stay(place) };
        }
        // SAFETY: in the turn.
        match unsafe { self.run_on(core, left) } {
            Ok(never) => match never {},
            Err(stretch) => stretch,
        }
    }

    /// The loop of [`stretch`](Self::stretch), in which everything may be the last.
    ///
    /// # Safety
    ///
    /// In the turn.
    unsafe fn run_on(
        self: &Arc<Self>,
        core: *mut Core<A>,
        left: &mut usize,
    ) -> Result<Infallible, Stretch> {
        // SAFETY: in the turn.
        unsafe { self.go_on(core, left) }?;
        let begun = *left;
        let mut backoff = Backoff::default();
        loop {
            // SAFETY: in the turn; no message goes on.
            unsafe { self.attend(core, left) }?;
            if *left == 0 {
                return Err(Stretch::Spent);
            }
            // SAFETY: in the turn.
            let reader = unsafe { &mut (*core).reader };
            let Some(record) = reader.next(&self.mailbox) else {
                self.pause(reader, begun - *left, &mut backoff)?;
                continue;
            };
            self.taken.set(reader.taken());
            if let Some(limit) = &self.limit {
                limit.give_back();
            }
            *left -= 1;
            // SAFETY: in the turn; no message goes on.
            if !unsafe { record.run(core) } {
                // SAFETY: in the turn.
                unsafe { self.poll(core) }?;
            }
        }
    }

    /// Finds out why there is no message, after so many.
    fn pause(
        &self,
        reader: &mut Reader<Core<A>>,
        ran: usize,
        backoff: &mut Backoff,
    ) -> Result<(), Stretch> {
        // Before the look at the mailbox, which then shows all that was sent.
        let is_forsaken = self.is_forsaken();
        match reader.lack(&self.mailbox) {
            Lack::Roused => {}
            // Whoever is about to publish runs no code of users in between.
            Lack::Unpublished => _ = backoff.wait(),
            Lack::Over => return Err(Stretch::Over(self.verdict())),
            Lack::Empty(_) if is_forsaken => return Err(Stretch::Over(self.verdict())),
            Lack::Empty(_) if self.looks_on(ran) && self.spots(reader) => {}
            Lack::Empty(word) => {
                let (reset, old) = reader.reset();
                return Err(Stretch::Empty(word, reset, old));
            }
        }
        Ok(())
    }

    /// How it ends, where nothing is left and nothing comes: a kill is looked for once more, for it
    /// may have been what closed the mailbox.
    fn verdict(&self) -> StopReason {
        match self.signals.look() {
            seen if seen.is_killed() => seen.reason(),
            _ => StopReason::Stopped,
        }
    }

    /// What comes first in a turn: the start of the actor, or the message that goes on.
    ///
    /// # Safety
    ///
    /// In the turn.
    #[inline]
    unsafe fn go_on(self: &Arc<Self>, core: *mut Core<A>, left: &mut usize) -> Result<(), Stretch> {
        // SAFETY: in the turn.
        let (has_started, is_taken) = unsafe { ((*core).has_started, (*core).slot.is_taken()) };
        if has_started && !is_taken {
            return Ok(());
        }
        if !has_started {
            // SAFETY: in the turn; no message goes on.
            return unsafe { self.begin(core) };
        }
        self.look_for_end()?;
        if *left == 0 {
            return Err(Stretch::Spent);
        }
        *left -= 1;
        // SAFETY: in the turn.
        unsafe { self.poll(core) }
    }

    /// Whether the actor is to end, before anything else is done.
    fn look_for_kill(&self) -> Result<(), Stretch> {
        let seen = self.signals.look();
        match seen.is_killed() {
            true => Err(Stretch::Over(seen.reason())),
            false => Ok(()),
        }
    }

    /// Whether the actor is to end, or its object.
    fn look_for_end(&self) -> Result<(), Stretch> {
        self.look_for_kill()?;
        if let (true, Some(charge)) = (self.signals.look().is_ordered(), &self.charge) {
            self.signals.heed();
            if let Some(Order::Halt) = charge.take() {
                return Err(Stretch::Halt(StopReason::Killed));
            }
        }
        Ok(())
    }

    /// The start of the object.
    ///
    /// # Safety
    ///
    /// In the turn, and there is no object that has started.
    #[cold]
    unsafe fn begin(self: &Arc<Self>, core: *mut Core<A>) -> Result<(), Stretch> {
        match &self.charge {
            None => self.look_for_kill()?,
            // SAFETY: in the turn, and suspended.
            Some(charge) => unsafe { self.await_order(charge, core)? },
        }
        // SAFETY: in the turn; no message goes on.
        unsafe { Core::start(core) };
        if let Some(charge) = &self.charge {
            charge.report(Report::Up);
        }
        Ok(())
    }

    /// Sees to what does not wait behind messages.
    ///
    /// # Safety
    ///
    /// In the turn, and no message goes on.
    #[inline]
    unsafe fn attend(
        self: &Arc<Self>,
        core: *mut Core<A>,
        left: &mut usize,
    ) -> Result<(), Stretch> {
        let seen = self.signals.look();
        // SAFETY: in the turn.
        let has_urgent = unsafe { !(*core).urgent.is_empty() };
        if seen.is_nothing() && !has_urgent {
            return Ok(());
        }
        // SAFETY: the caller's.
        unsafe { self.attend_to(core, left) }
    }

    /// # Safety
    ///
    /// As for [`attend`](Self::attend).
    #[cold]
    unsafe fn attend_to(
        self: &Arc<Self>,
        core: *mut Core<A>,
        left: &mut usize,
    ) -> Result<(), Stretch> {
        // SAFETY: in the turn.
        if self.signals.look().is_urgent() && unsafe { (*core).urgent.is_empty() } {
            // SAFETY: as above.
            unsafe { (*core).urgent = self.lane.take(&self.signals) };
        }
        let begun = *left;
        // All that were there, and then a message, before others like them.
        loop {
            self.look_for_end()?;
            // One that drains makes no new object for a stop.
            if self.signals.look().is_renewed() && !self.is_closed() {
                return Err(Stretch::Halt(StopReason::Stopped));
            }
            // SAFETY: in the turn.
            let urgent = unsafe { &mut (*core).urgent };
            if urgent.is_empty() {
                // Also where they have used up the batch.
                *left = (*left).max(usize::from(begun > 0));
                return Ok(());
            }
            if *left == 0 {
                return Err(Stretch::Spent);
            }
            *left -= 1;
            let Some(message) = urgent.pop_front() else {
                return Ok(());
            };
            // SAFETY: in the turn, and no message goes on.
            if !unsafe { message.run_boxed(core) } {
                // SAFETY: in the turn.
                unsafe { self.poll(core) }?;
            }
        }
    }

    /// Polls the message that goes on: one that is begun, at least once, so that it is handled.
    ///
    /// # Safety
    ///
    /// In the turn.
    unsafe fn poll(self: &Arc<Self>, core: *mut Core<A>) -> Result<(), Stretch> {
        // ORDERING: Acquire, partner of the Release in `wake_by_ref`: the poll sees what its wakers
        // did. A swap, so that it goes on with the releases of all of them. Model:
        // `a_poll_sees_what_its_waker_wrote`.
        self.wakes.swap(RUNNING, Ordering::Acquire);
        // SAFETY: as a pointer of an `Arc`, not counted, and never dropped.
        let uncounted = unsafe { Arc::from_raw(Arc::as_ptr(self)) };
        let waker = ManuallyDrop::new(Waker::from(uncounted));
        let cx = &mut task::Context::from_waker(&waker);
        // SAFETY: in the turn; the object and the context are the future's.
        match unsafe { (*core).slot.poll(cx) } {
            Poll::Ready(()) => Ok(()),
            Poll::Pending => {
                // That swap may have been what took a kill's wake away.
                self.look_for_end()?;
                Err(Stretch::Pending)
            }
        }
    }

    /// Leaves the future that is pending to its waker; `false` where it was woken already.
    fn park(&self) -> bool {
        // ORDERING: Release, partner of the Acquire in `wake_by_ref`: the future as this poll left
        // it. Model: `a_kill_drops_a_handler_that_waits`.
        self.wakes
            .compare_exchange(RUNNING, PARKED, Ordering::Release, Ordering::Relaxed)
            .is_ok()
    }

    /// Whether it is worth looking on before going idle, after so many messages.
    fn looks_on(&self, ran: usize) -> bool {
        ran >= MANY || matches!(self.home, Home::Thread(_))
    }

    /// Looks on for a moment; whether something has come.
    #[cold]
    fn spots(&self, reader: &Reader<Core<A>>) -> bool {
        let look = || reader.has_next().then_some(());
        let spotted = match self.home {
            Home::Host(_) => thread::spin(look),
            Home::Thread(_) => thread::spin_and_yield(look),
        };
        spotted.is_some()
    }

    /// Ends what runs beside the object, and lets in after that whom `open` says.
    fn end_beside(&self, open: Open) {
        for task in self.beside.close(open) {
            task.evict();
            contain(|| drop(task));
        }
    }

    /// The end. In the last turn.
    #[cold]
    pub(super) fn finish(&self, reason: StopReason) {
        self.close();
        self.end_beside(Open::Nobody);
        let stopped = |core: *mut Core<A>| {
            // SAFETY: in the turn (invariant 2).
            let untold = unsafe { Core::drain(core, &self.mailbox) };
            // SAFETY: as above.
            let core = unsafe { &mut *core };
            let stopped = catch(|| core.stop(&reason));
            (
                untold,
                stopped,
                core.take_state(),
                std::mem::take(&mut core.urgent),
            )
        };
        let (undelivered, stopped, (state, maker), urgent) = self.core.with_mut(stopped);
        let dropped = catch(|| drop(state));
        // It may hold what holds this actor.
        contain(|| drop(maker));
        for message in self.lane.close().into_iter().chain(urgent) {
            contain(|| drop(message));
        }
        let reason = blame(reason, [stopped, dropped]);
        let _ = self.end.set(End {
            reason: reason.clone(),
            undelivered,
        });
        self.ended.set();
        self.watchers.close().tell(ActorId::of(self), &reason);
        if let Some(charge) = &self.charge {
            charge.report(Report::Ended);
        }
    }
}
impl<A: 'static> Run for ActorCell<A> {
    fn run(self: Arc<Self>) {
        if self.turn() == After::Again {
            self.schedule();
        }
        // The last one drops the cell, and what a user's executor left in it.
        contain(|| drop(self));
    }

    /// The executor is gone, and with it the turn: what is left of the actor ends here.
    fn discard(self: Arc<Self>) {
        self.id().run(|| self.finish(StopReason::Killed));
        contain(|| drop(self));
    }
}
/// It is its own waker, for the future that goes on.
impl<A: 'static> Wake for ActorCell<A> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // ORDERING: Release, partner of the Acquire in `poll` and `await_order`: what came before
        // the wake, a kill or an order; Acquire, partner of the Release in `park`: the core as it
        // was left, for the turn that is owed. Models: `a_poll_sees_what_its_waker_wrote`,
        // `a_kill_drops_a_handler_that_waits`, `an_order_that_meets_the_parking_is_carried_out`.
        if self.wakes.swap(WOKEN, Ordering::AcqRel) == PARKED {
            self.schedule();
        }
    }
}
