//! What the workers of a pool and its handles share: the queues, and the way in and out.
//!
//! # Being accepted
//!
//! A submission from outside pushes first and asks afterwards: push, fence (that of the
//! notification), look at the phase. A pool that is closed does the reverse: phase, fence (that of
//! a worker about to sleep), look at the queues. So where a submission sees an open pool, the workers see its job; where it sees
//! a closed one, it asks, under the lock of the list of sleepers, whether the pool has ended. If
//! not, a worker has yet to look at the queue. If it has, nobody will: what is in the queue came
//! too late, and whoever pushed it takes it back. Each recognizes its own by a ticket, an address
//! in its stack, which nobody else has while it is under way.
//!
//! This way a submission costs no counting, and the end of the pool is exact all the same.
//!
//! A submission by a job of the pool itself goes to its worker's own deque. Its worker looks
//! there before it sleeps, so none of this concerns it, and such submissions are accepted as long
//! as the pool drains: what a job submits belongs to it.

use super::Rejected;
use super::registry::{Open, Registry};
use super::sleep::Sleep;
use super::worker::Local;
use crate::future::{Job, Resident};
use crate::sys::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
    deque::{Injector, Steal, Stealer},
    hint::spin_loop,
};
use std::rc::Rc;

/// Accepts everything.
const OPEN: usize = 0;
/// Does what it has accepted.
const DRAINING: usize = 1;
/// Cancels what it has accepted and not begun.
const CANCELLING: usize = 2;

/// A job in a queue.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) job: Job,
    /// Whose submission it is, while that is under way; 0 if it came from a worker of the pool.
    ticket: usize,
}

/// What workers and handles share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Submissions from outside.
    pub(crate) injector: Injector<Queued>,
    /// The other ends of the workers' deques.
    pub(crate) stealers: Box<[Stealer<Queued>]>,
    pub(crate) sleep: Sleep,
    /// The spawned tasks that are not done.
    pub(crate) tasks: Registry,
    /// `OPEN`, `DRAINING` or `CANCELLING`.
    phase: AtomicUsize,
    /// Jobs that came too late, for whoever pushed them.
    late: Mutex<Vec<Queued>>,
}

impl Shared {
    pub(crate) fn new(stealers: Box<[Stealer<Queued>]>) -> Self {
        Self {
            injector: Injector::new(),
            sleep: Sleep::new(stealers.len()),
            stealers,
            tasks: Registry::new(),
            phase: AtomicUsize::new(OPEN),
            late: Mutex::new(Vec::new()),
        }
    }

    /// Takes on a job, or gives it back where the pool takes on no more.
    pub(crate) fn submit(self: &Arc<Self>, job: Job) -> Result<(), Rejected<Job>> {
        let local = Local::of(self);
        let refused = match local {
            Some(_) => CANCELLING,
            None => DRAINING,
        };
        // ORDERING: Relaxed: where this shows too old a phase, `push` finds out.
        if self.phase.load(Ordering::Relaxed) >= refused {
            return Err(Rejected(job));
        }
        self.push(local, job)
    }

    /// Queues a job, unless the pool has ended.
    pub(crate) fn push(&self, local: Option<Rc<Local>>, job: Job) -> Result<(), Rejected<Job>> {
        if let Some(local) = local {
            local.push(Queued { job, ticket: 0 });
            self.sleep.notify();
            return Ok(());
        }
        let place = 0_u8;
        let ticket = &raw const place as usize;
        self.injector.push(Queued { job, ticket });
        self.sleep.notify();
        // ORDERING: Relaxed: the fence of `notify` lies between the push and this; its partner is
        // the one in `Sleep::sleep`, see `close`. Model: `a_submission_meets_the_end`.
        if self.phase.load(Ordering::Relaxed) == OPEN {
            return Ok(());
        }
        self.take_back(ticket)
    }

    /// Takes back a job that was pushed when the pool had ended; `Ok` if the pool has it.
    #[cold]
    fn take_back(&self, ticket: usize) -> Result<(), Rejected<Job>> {
        if !self.sleep.is_over() {
            return Ok(());
        }
        let mut late = self.late.lock();
        while let Some(queued) = until_sure(|| self.injector.steal()) {
            late.push(queued);
        }
        match late.iter().position(|queued| queued.ticket == ticket) {
            Some(place) => Err(Rejected(late.swap_remove(place).job)),
            None => Ok(()),
        }
    }

    /// Takes in a spawned task, which may be scheduled from then on, until it is done.
    pub(crate) fn admit<R: Resident + 'static>(self: &Arc<Self>, task: &Arc<R>) -> bool {
        self.tasks.insert(task, Local::of(self).is_some())
    }

    /// Queues a job of a task that was admitted. While such a task is not done the pool does not
    /// end; if somebody has done it meanwhile, the job is of no use any more.
    pub(crate) fn reschedule(self: &Arc<Self>, job: Job) {
        drop(self.push(Local::of(self), job));
    }

    /// A task that was admitted is done.
    pub(crate) fn finished(&self, key: usize) {
        if self.tasks.remove(key) {
            // Somebody is to look whether this is the end.
            self.sleep.notify();
        }
    }

    /// Does a job, or cancels it where the pool has come to that.
    #[inline]
    pub(crate) fn run(&self, job: Job) {
        // ORDERING: Relaxed: a job that is run though the pool began to cancel was begun before.
        match self.phase.load(Ordering::Relaxed) {
            CANCELLING => drop(job),
            _ => job.run(),
        }
    }

    /// Whether any queue holds something; after a fence of the sleep protocol, no push that it
    /// orders is missed.
    pub(crate) fn has_work(&self) -> bool {
        !self.injector.is_empty() || self.stealers.iter().any(|deque| !deque.is_empty())
    }

    /// Lets the pool end when it has done what it accepted.
    pub(crate) fn drain(&self) {
        self.close(DRAINING, Open::OwnJobs);
    }

    /// Lets the pool end when it has done what it has begun, and cancels the rest.
    pub(crate) fn cancel(&self) {
        self.close(CANCELLING, Open::Nobody);
        while let Some(queued) = until_sure(|| self.injector.steal()) {
            drop(queued);
        }
        for deque in &self.stealers {
            while let Some(queued) = until_sure(|| deque.steal()) {
                drop(queued);
            }
        }
        for task in self.tasks.residents() {
            task.evict();
        }
    }

    fn close(&self, phase: usize, open: Open) {
        self.tasks.close(open);
        // ORDERING: Relaxed: the lock in `sleep.close` orders it before the fence that a worker
        // passes after it has seen the pool closed, and before its last look at the queues. A
        // submission that does not see this phase after its own fence comes before that fence,
        // and that look sees its job. Model: `a_submission_meets_the_end`.
        self.phase.store(phase, Ordering::Relaxed);
        self.sleep.close();
    }
}

/// Steals until it succeeds, or finds nothing.
pub(crate) fn until_sure<T>(mut steal: impl FnMut() -> Steal<T>) -> Option<T> {
    loop {
        match steal() {
            Steal::Success(item) => return Some(item),
            Steal::Empty => return None,
            Steal::Retry => spin_loop(),
        }
    }
}
