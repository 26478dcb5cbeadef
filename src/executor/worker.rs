//! A worker: looks for jobs, runs them, sleeps.
//!
//! Each has a deque of its own, first in, first out: a job that submits itself again, an actor
//! with a full mailbox, a task that always yields, stands behind the others each time. (Last in,
//! first out is kinder to caches in fork-join, and lets any of these starve its neighbours; who
//! waits for a job it has just submitted runs it at once anyway, by claim on join.)

use super::shared::{Queued, Shared, until_sure};
use super::sleep::Sleeper;
use crate::sys::{Arc, deque::Worker, thread_local_on_both_faces};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Every so many jobs a worker looks at the injector before its own deque, so that what was
/// submitted from outside is not starved by jobs that submit jobs. A prime, as Go's and tokio's.
const INJECTOR_FIRST: usize = 61;

thread_local_on_both_faces! {
    /// The worker that this thread is.
    static CURRENT: RefCell<Option<Rc<Local>>> = RefCell::new(None);
}

/// A worker's own things.
pub(crate) struct Local {
    shared: Arc<Shared>,
    deque: Worker<Queued>,
    /// Which of the stealers is its own.
    index: usize,
    /// How many jobs it has looked for.
    ticks: Cell<usize>,
}

/// A thread of a pool, from beginning to end.
pub(crate) fn main(shared: Arc<Shared>, deque: Worker<Queued>, index: usize) {
    let local = Rc::new(Local {
        shared,
        deque,
        index,
        ticks: Cell::new(0),
    });
    CURRENT.with(|current| current.replace(Some(local.clone())));
    local.work();
    CURRENT.with(|current| current.take());
}

impl Local {
    /// The calling thread, if it is a worker of this pool.
    pub(crate) fn of(shared: &Arc<Shared>) -> Option<Rc<Self>> {
        let own = |current: &RefCell<Option<Rc<Self>>>| {
            let current = current.borrow();
            let local = current.as_ref()?;
            Arc::ptr_eq(&local.shared, shared).then(|| local.clone())
        };
        // A thread whose locals are gone is no worker any more.
        CURRENT.try_with(own).ok().flatten()
    }

    pub(crate) fn push(&self, queued: Queued) {
        self.deque.push(queued);
    }

    fn work(&self) {
        let shared = &*self.shared;
        let mut sleeper = Sleeper::new();
        loop {
            if let Some(queued) = self.find() {
                shared.sleep.found(&mut sleeper, || shared.has_work());
                shared.run(queued.job);
            } else if !shared.sleep.sleep(
                &mut sleeper,
                || shared.has_work(),
                || shared.tasks.is_empty(),
            ) {
                return;
            }
        }
    }

    /// Looks for a job everywhere.
    fn find(&self) -> Option<Queued> {
        let ticks = self.ticks.get().wrapping_add(1);
        self.ticks.set(ticks);
        let first = match ticks % INJECTOR_FIRST {
            0 => self.take_from_injector(),
            _ => None,
        };
        first
            .or_else(|| self.deque.pop())
            .or_else(|| self.take_from_injector())
            .or_else(|| self.take_from_peers(ticks))
    }

    fn take_from_injector(&self) -> Option<Queued> {
        let injector = &self.shared.injector;
        self.moved(until_sure(|| injector.steal_batch_and_pop(&self.deque)))
    }

    /// Steals half of what a peer has, beginning with another one each time.
    fn take_from_peers(&self, ticks: usize) -> Option<Queued> {
        let peers = &self.shared.stealers;
        (0..peers.len())
            .map(|i| ticks.wrapping_add(i) % peers.len())
            .filter(|index| *index != self.index)
            .find_map(|index| {
                self.moved(until_sure(|| peers[index].steal_batch_and_pop(&self.deque)))
            })
    }

    /// Jobs that move from a queue to our deque are in neither for a moment: a worker that looks
    /// then, sees nothing and goes to sleep. So their arrival is a push like any other.
    fn moved(&self, first: Option<Queued>) -> Option<Queued> {
        if first.is_some() && !self.deque.is_empty() {
            self.shared.sleep.notify();
        }
        first
    }
}
