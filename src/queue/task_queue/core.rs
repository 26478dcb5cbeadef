//! What the handles and the tasks of a queue share.
//!
//! # The end of a task, in this order
//!
//! 1. The item is gone: dropped, taken out, or in a dead letter that was delivered.
//! 2. The task counts as unfinished no more; who waits for that is woken.
//! 3. Where it might have come back, it counts as one that may no more: who pops from a closed queue,
//!    and is told that all is over, finds 1 and 2 done.

use super::letter::{DeadLetter, Reason};
use super::store::{Again, Entry, Fate, Popped, Store};
use super::task::Task;
use crate::panic::discard;
use crate::queue::Queue;
use crate::sync::Event;
use crate::sys::{Arc, Weak, clock};
use crate::wait::{Gate, Line, Monitor, Order, Zero, wake_at};
use std::mem;
use std::ops::Deref;
use std::task::{Wake, Waker};

/// What the handles and the tasks of a queue share.
pub(super) struct Core<T> {
    pub(super) monitor: Monitor<Store<T>>,
    /// How many were pushed and are not over: who joins goes in at zero.
    pub(super) unfinished: Line<Zero>,
    /// How many items there is room for; `None`: as many as come.
    pub(super) capacity: Option<usize>,
    /// Set when the queue is closed.
    pub(super) closed: Event,
}

/// A handle of a queue, or a task that is out. With the last one what is left in the queue is
/// dropped, there and then, even where the alarm rings at that moment and keeps the core for as
/// long.
pub(super) struct Handle<T>(Arc<Owner<T>>);

/// What the handles have in common.
struct Owner<T>(Arc<Core<T>>);

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Deref for Handle<T> {
    type Target = Core<T>;

    #[inline]
    fn deref(&self) -> &Core<T> {
        &self.0.0
    }
}

impl<T> Drop for Owner<T> {
    fn drop(&mut self) {
        drop(self.0.monitor.change(|store| {
            let undelivered = mem::take(&mut store.undelivered);
            (store.stop(), undelivered, store.letters.take())
        }));
    }
}

impl<T> Gate for Core<T> {
    type Rule = Zero;

    fn line(&self) -> &Line<Zero> {
        &self.unfinished
    }
}

impl<T> Handle<T> {
    /// The first handle of a new queue.
    pub(super) fn open(capacity: Option<usize>) -> Self {
        let core = Core {
            monitor: Monitor::new(Store::new(capacity.unwrap_or(usize::MAX))),
            unfinished: Line::new(0, Order::Open),
            capacity,
            closed: Event::new(false),
        };
        Self(Arc::new(Owner(Arc::new(core))))
    }

    /// Closes the queue, and takes all that waits.
    pub(super) fn stop(&self) -> Vec<Task<T>> {
        let (entries, alarm) = self.monitor.change(Store::stop);
        drop(alarm);
        self.closed.set();
        let task = |entry| Popped {
            entry,
            may_return: false,
        };
        let tasks = entries.into_iter().map(task);
        tasks.map(|popped| Task::new(popped, self)).collect()
    }

    /// What the alarms of the queue call.
    pub(super) fn ringer(&self) -> Waker
    where
        T: Send + 'static,
    {
        Waker::from(Arc::new(Ring(Arc::downgrade(&self.0.0))))
    }
}

impl<T> Core<T> {
    /// A task is over: steps 2 and 3.
    pub(super) fn finish(&self, may_return: bool) {
        let _ = self.unfinished.open(|count| Some(count - 1));
        if may_return {
            self.monitor.change(|store| store.returning -= 1);
        }
    }

    /// A task has failed: it waits for its retry, or is over.
    #[cold]
    pub(super) fn fail(&self, popped: Popped<T>, reason: Reason, again: Again) {
        let (now, may_return) = (clock::now(), popped.may_return);
        match self.monitor.change(|store| store.fail(popped, again, now)) {
            Fate::Retried => {
                discard(reason);
                self.arrange();
            }
            Fate::Dead(Entry { item, attempts }, letters) => {
                let letter = DeadLetter {
                    item,
                    reason,
                    attempts,
                };
                match letters {
                    Some(letters) => self.deliver(letter, &letters),
                    None => discard(letter),
                }
                self.finish(may_return);
            }
        }
    }

    /// Delivers a letter, or keeps it where there is no room for it.
    fn deliver(&self, letter: DeadLetter<T>, letters: &Queue<DeadLetter<T>>) {
        if let Err(refused) = letters.try_push(letter) {
            let letter = refused.into_inner();
            self.monitor.change(|store| store.undelivered.push(letter));
        }
    }

    /// Sees to it that an alarm is set for the earliest of those that wait for a retry. Where that
    /// cannot be, they are due now.
    fn arrange(&self) {
        while let Some((claim, waker)) = self.monitor.change(Store::claim) {
            let old = match wake_at(claim.at, waker) {
                Ok(alarm) => self
                    .monitor
                    .change(|store| store.delayed.keep(claim, alarm)),
                Err(_) => self.monitor.change(Store::release_all),
            };
            drop(old);
        }
    }

    /// The alarm has rung.
    fn ring(&self) {
        let horizon = clock::horizon();
        let rung = self.monitor.change(|store| store.release(horizon));
        drop(rung);
        self.arrange();
    }
}

/// What the alarm calls. It keeps no queue alive that everybody has left.
struct Ring<T>(Weak<Core<T>>);

impl<T: Send + 'static> Wake for Ring<T> {
    fn wake(self: Arc<Self>) {
        if let Some(core) = self.0.upgrade() {
            core.ring();
        }
    }
}
