//! The actor itself: its object, its mailbox, its turns and its end.
//!
//! # A message's way
//!
//! A sender locks the mailbox, counts the message in the [control word](super::control), stores
//! it, and unlocks. If the actor was idle, the sender then schedules a *turn*: it hands a job to
//! the executor, or rings at the actor's own thread. The turn runs the messages in *rounds*, as
//! many as the word shows it at the beginning, and counts them out at the end. Where that leaves
//! none, the actor is idle again; after a batch of messages the turn gives up its thread and
//! schedules the next, so that a flood starves no other actor.
//!
//! Counting and storing are one step, under the lock, because a turn would otherwise find
//! messages counted that are not there yet, and burn its time slice waiting for a sender that
//! was interrupted between the two. Under the lock there is nothing but moves.
//!
//! # Invariants
//!
//! 1. There is at most one turn, scheduled or running, and it exists exactly while the word is
//!    not idle, until the end. What makes the word not idle schedules it.
//! 2. The core belongs to the turn; before the first turn to `start`; after the end to nobody.
//! 3. A message that a turn sees counted is in the mailbox or the inbox: who counted it held the
//!    lock until it was stored. Likewise, who locks the mailbox after it saw the word closed
//!    finds all that was ever accepted.
//! 4. The end comes once, in the last turn, and sets `ended` last.
//!
//! # Ordering
//!
//! The core passes from turn to turn by the control word, whatever the executor does. `ended`
//! publishes that the object is gone.

use super::control::Control;
use super::error::StopReason;
use super::host::Host;
use super::message::Message;
use super::running::{Id, Turn};
use crate::future::{Job, Run};
use crate::panic::{catch, contain};
use crate::sync::{Event, Semaphore};
use crate::sys::{Arc, Mutex, MutexGuard, OnceLock, cell::UnsafeCell};
use crate::wait::{Gate, Line};
use std::collections::VecDeque;
use std::mem;

/// Where turns are run.
pub(super) enum Home {
    /// In the threads of an executor.
    Host(Host),
    /// In a thread of the actor's own, which waits for a permit before each turn.
    Thread(Semaphore),
}

/// What only a turn touches.
struct Core<A> {
    /// The object, until the end.
    state: Option<A>,
    /// Messages out of the mailbox, older than all that are in it.
    inbox: VecDeque<Message<A>>,
}

/// How it ended.
#[derive(Debug)]
pub(super) struct End {
    /// Why.
    pub(super) reason: StopReason,
    /// How many posts were accepted and not handled.
    pub(super) undelivered: usize,
}

/// An actor.
pub(super) struct ActorCell<A> {
    /// How many messages, and whether it takes more.
    control: Control,
    /// Messages on their way in.
    mailbox: Mutex<VecDeque<Message<A>>>,
    core: UnsafeCell<Core<A>>,
    home: Home,
    /// How many messages a turn runs at most.
    batch: usize,
    /// Set before `ended`, read after it.
    end: OnceLock<End>,
    /// Set when the object is gone and everybody has been told.
    ended: Event,
}

// SAFETY: the core, and the `A` in it, belongs to one turn at a time (invariant 2), which the
// control word orders. Everything else is `Sync`; messages are `Send`.
unsafe impl<A: Send> Sync for ActorCell<A> {}

/// A message counted in, for which room is kept until it is stored.
#[must_use = "a message that is counted and not stored is waited for"]
pub(super) struct Admission<'a, A: Send + 'static> {
    cell: &'a Arc<ActorCell<A>>,
    mailbox: MutexGuard<'a, VecDeque<Message<A>>>,
    /// Whether the actor was idle.
    wakes: bool,
}

impl<A: Send + 'static> Admission<'_, A> {
    /// Stores the message.
    pub(super) fn store(mut self, message: Message<A>) {
        self.mailbox.push_back(message);
        drop(self.mailbox);
        if self.wakes {
            self.cell.schedule();
        }
    }
}

/// What addresses do.
impl<A: Send + 'static> ActorCell<A> {
    /// An idle actor.
    pub(super) fn new(state: A, home: Home, batch: usize) -> Arc<Self> {
        Arc::new(Self {
            control: Control::new(),
            mailbox: Mutex::new(VecDeque::new()),
            core: UnsafeCell::new(Core {
                state: Some(state),
                inbox: VecDeque::new(),
            }),
            home,
            batch,
            end: OnceLock::new(),
            ended: Event::new(false),
        })
    }

    /// What the thread of a call on this actor is compared with.
    pub(super) fn id(&self) -> Id {
        Id::of(self)
    }

    /// The word, for information.
    pub(super) fn control(&self) -> &Control {
        &self.control
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

    /// Counts a message in, unless closed.
    pub(super) fn admit(self: &Arc<Self>) -> Option<Admission<'_, A>> {
        let mailbox = self.mailbox.lock();
        let wakes = self.control.accept()?;
        Some(Admission {
            cell: self,
            mailbox,
            wakes,
        })
    }

    /// Accepts no more, and ends when all that was accepted is handled.
    pub(super) fn stop(self: &Arc<Self>) {
        if self.control.close() {
            self.schedule();
        }
    }

    /// Accepts no more, and ends after the message that runs.
    pub(super) fn kill(self: &Arc<Self>) {
        if self.control.kill() {
            self.schedule();
        }
    }

    /// Takes the object back out of an actor that never ran.
    ///
    /// # Safety
    ///
    /// No turn was ever scheduled, nor will be.
    pub(super) unsafe fn take_back(&self) -> Option<A> {
        // SAFETY: before the first turn the core is the caller's (invariant 2).
        self.core.with_mut(|core| unsafe { (*core).state.take() })
    }
}

/// Turns.
impl<A: Send + 'static> ActorCell<A> {
    /// Sees to it that a turn is run. By whoever made the word not idle, or by the turn that
    /// hands on to the next.
    fn schedule(self: &Arc<Self>) {
        match &self.home {
            // A job that is refused is dropped here, and thereby discarded: see `Run`.
            Home::Host(host) => {
                contain(|| drop(host.execute_job(Job::new(self.clone()))));
            }
            Home::Thread(bell) => bell.add_permits(1).expect("one turn at a time"),
        }
    }

    /// What the actor's own thread does.
    pub(super) fn live(self: Arc<Self>) {
        if let Home::Thread(bell) = &self.home {
            while self.end.get().is_none() {
                bell.acquire().expect("never closed").forget();
                self.turn();
            }
        }
    }

    /// A turn: at most a batch of messages.
    fn turn(self: &Arc<Self>) {
        let _turn = Turn::begin(self.id());
        let mut left = self.batch;
        let mut word = self.control.begin();
        while !word.is_over() {
            if left == 0 {
                return self.schedule();
            }
            let most = word.len().min(left);
            match self.round(most) {
                Ok(ran) => word = self.control.retire(ran),
                Err(message) => {
                    self.control.kill();
                    return self.finish(StopReason::Panicked(message));
                }
            }
            if word.is_idle() {
                // From here on the core may be another turn's.
                return;
            }
            left -= most;
        }
        self.finish(if word.is_killed() {
            StopReason::Killed
        } else {
            StopReason::Stopped
        });
    }

    /// Runs `most` messages, fewer where it is killed: how many it ran, or what one panicked with.
    /// By the turn.
    fn round(&self, most: usize) -> Result<usize, String> {
        self.core.with_mut(|core| {
            // SAFETY: in the turn (invariant 2).
            let core = unsafe { &mut *core };
            self.run_messages(core, most)
        })
    }

    fn run_messages(&self, core: &mut Core<A>, most: usize) -> Result<usize, String> {
        let state = core.state.as_mut().expect("there until the end");
        for ran in 0..most {
            if self.control.word().is_killed() {
                return Ok(ran);
            }
            if core.inbox.is_empty() {
                mem::swap(&mut core.inbox, &mut self.mailbox.lock());
            }
            let message = core.inbox.pop_front().expect("counted, hence stored");
            message.run(state)?;
        }
        Ok(most)
    }

    /// The end. In the last turn, with the word closed.
    #[cold]
    fn finish(&self, reason: StopReason) {
        self.control.settle();
        let (state, inbox) = self.core.with_mut(|core| {
            // SAFETY: in the turn (invariant 2).
            let core = unsafe { &mut *core };
            (core.state.take(), mem::take(&mut core.inbox))
        });
        let mailbox = mem::take(&mut *self.mailbox.lock());
        let left = inbox.into_iter().chain(mailbox);
        let undelivered = left.map(Message::abandon).filter(|untold| *untold).count();
        let reason = match (catch(|| drop(state)), reason) {
            (Err(payload), StopReason::Stopped | StopReason::Killed) => {
                StopReason::Panicked(payload.into_message())
            }
            (Err(payload), first) => {
                contain(|| drop(payload));
                first
            }
            (Ok(()), reason) => reason,
        };
        let _ = self.end.set(End {
            reason,
            undelivered,
        });
        self.ended.set();
    }
}

impl<A: Send + 'static> Run for ActorCell<A> {
    fn run(self: Arc<Self>) {
        self.turn();
    }

    /// The executor is gone, and with it the turn: what is left of the actor ends here.
    fn discard(self: Arc<Self>) {
        let _turn = Turn::begin(self.id());
        self.control.kill();
        self.finish(StopReason::Killed);
    }
}

/// What waits for the end stands in its line.
impl<A> Gate for ActorCell<A> {
    type Rule = <Event as Gate>::Rule;

    fn line(&self) -> &Line<Self::Rule> {
        self.ended.line()
    }
}
