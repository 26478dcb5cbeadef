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
//!
//! # Room
//!
//! A pool with a bound has a semaphore with so many permits. A submission from outside takes one,
//! which goes with the job into its queue, and is given back by whoever takes the job out. A
//! submission by a job of the pool never waits for room: where there is none, it is run at once.

use super::Rejected;
use super::fork::Board;
use super::lanes::{Lanes, Priority};
use super::registry::{Open, Registry, Stay};
use super::seats::Seats;
use super::sleep::{Call, Sleep};
use super::threads::Threads;
use super::worker::Local;
use crate::future::{Job, Resident};
use crate::panic::discard;
use crate::sync::Semaphore;
use crate::sys::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
    deque::Steal,
    hint::spin_loop,
    thread,
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
    /// The lowest bit is [`HAS_ROOM`].
    ticket: usize,
}

/// The job has a permit of the pool's room.
const HAS_ROOM: usize = 1;

/// What a job comes with when it is submitted.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Whether it has a permit of the pool's room.
    pub(crate) has_room: bool,
    pub(crate) priority: Priority,
}

impl Entry {
    /// Of a job that needs no room.
    pub(crate) const FREE: Self = Self {
        has_room: false,
        priority: Priority::Normal,
    };
}

/// What workers and handles share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Submissions from outside.
    pub(crate) lanes: Lanes,
    /// The workers' places, with their deques.
    pub(crate) seats: Seats,
    pub(crate) sleep: Sleep,
    /// Forks that are to be taken.
    pub(crate) forks: Board,
    /// The spawned tasks that are not done.
    pub(crate) tasks: Registry,
    /// How many jobs from outside may stand in the queues, where that is bounded.
    pub(crate) room: Option<Semaphore>,
    /// What the threads are like.
    pub(crate) threads: Threads,
    /// `OPEN`, `DRAINING` or `CANCELLING`.
    phase: AtomicUsize,
    /// Jobs that came too late, for whoever pushed them.
    late: Mutex<Vec<Queued>>,
}

impl Shared {
    /// A pool without workers.
    pub(crate) fn new(threads: Threads, sleep: Sleep, room: Option<usize>) -> Self {
        Self {
            lanes: Lanes::new(),
            seats: Seats::new(),
            forks: Board::new(sleep.strength().most.max(thread::available_parallelism())),
            sleep,
            tasks: Registry::new(),
            room: room.map(Semaphore::new),
            threads,
            phase: AtomicUsize::new(OPEN),
            late: Mutex::new(Vec::new()),
        }
    }

    /// Takes on a job that needs no room, or gives it back where the pool takes on no more.
    pub(crate) fn submit(self: &Arc<Self>, job: Job) -> Result<(), Rejected<Job>> {
        self.enter(job, Entry::FREE)
    }

    /// Takes on a job, or gives it back, with its room, where the pool takes on no more.
    pub(crate) fn enter(self: &Arc<Self>, job: Job, entry: Entry) -> Result<(), Rejected<Job>> {
        let local = Local::of(self);
        let refused = match local {
            Some(_) => CANCELLING,
            None => DRAINING,
        };
        // ORDERING: Relaxed: where this shows too old a phase, `push` finds out.
        if self.phase.load(Ordering::Relaxed) >= refused {
            self.free_room(entry.has_room);
            return Err(Rejected(job));
        }
        self.push(local, job, entry)
    }

    /// Queues a job, unless the pool has ended.
    pub(crate) fn push(
        self: &Arc<Self>,
        local: Option<Rc<Local>>,
        job: Job,
        entry: Entry,
    ) -> Result<(), Rejected<Job>> {
        let room = match entry.has_room {
            true => HAS_ROOM,
            false => 0,
        };
        if let Some(local) = local {
            let queued = Queued { job, ticket: room };
            match entry.priority {
                Priority::Normal => local.push(queued),
                other => self.lanes.push(queued, other),
            }
            self.notify();
            return Ok(());
        }
        // Its address is even, and nobody else's.
        let place = 0_usize;
        let ticket = &raw const place as usize | room;
        self.lanes.push(Queued { job, ticket }, entry.priority);
        self.notify();
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
        self.lanes.drain(|queued| late.push(queued));
        let found = late.iter().position(|queued| queued.ticket == ticket);
        let own = found.map(|place| late.swap_remove(place));
        drop(late);
        match own {
            Some(queued) => Err(Rejected(self.take_out(queued))),
            None => Ok(()),
        }
    }

    /// Takes a job out of what stood in a queue.
    #[inline]
    pub(crate) fn take_out(&self, queued: Queued) -> Job {
        self.free_room(queued.ticket & HAS_ROOM != 0);
        queued.job
    }

    /// Gives a permit of the room back, if the job had one.
    #[inline]
    pub(crate) fn free_room(&self, has_room: bool) {
        if let (true, Some(room)) = (has_room, &self.room) {
            // As many come back as were taken.
            let _ = room.add_permits(1);
        }
    }

    /// Something was pushed that somebody ought to look at.
    #[inline]
    pub(crate) fn notify(self: &Arc<Self>) {
        let call = self.sleep.notify();
        self.follow(call);
    }

    /// Starts a worker, if that is what is asked for.
    #[inline]
    pub(crate) fn follow(self: &Arc<Self>, call: Call) {
        if let Call::Hire(hired) = call {
            // Where none starts, those go on that there are; the observer was told.
            let _ = Threads::start(self, hired, None);
        }
    }

    /// Takes in a spawned task, which may be scheduled from then on, until it is done.
    pub(crate) fn admit<R: Resident + 'static>(
        self: &Arc<Self>,
        task: &Arc<R>,
        stay: Stay,
    ) -> bool {
        self.tasks.insert(task, Local::of(self).is_some(), stay)
    }

    /// Queues a job of a task that was admitted. While such a task is not done the pool does not
    /// end; if somebody has done it meanwhile, the job is of no use any more.
    pub(crate) fn reschedule(self: &Arc<Self>, job: Job, priority: Priority) {
        let entry = Entry {
            has_room: false,
            priority,
        };
        drop(self.push(Local::of(self), job, entry));
    }

    /// A task that was admitted is done.
    pub(crate) fn finished(self: &Arc<Self>, key: usize) {
        if self.tasks.remove(key) {
            // Somebody is to look whether this is the end.
            self.notify();
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
    pub(crate) fn has_jobs(&self) -> bool {
        !self.lanes.is_empty() || self.seats.iter().any(|seat| !seat.stealer.is_empty())
    }

    /// The same of jobs and forks.
    pub(crate) fn has_work(&self) -> bool {
        self.has_jobs() || !self.forks.is_empty()
    }

    /// How many jobs stand in the queues, roughly.
    pub(crate) fn backlog(&self) -> usize {
        let in_deques = self.seats.iter().map(|seat| seat.stealer.len());
        self.lanes.len() + in_deques.sum::<usize>()
    }

    /// Lets the pool end when it has done what it accepted.
    pub(crate) fn drain(&self) {
        evict(self.close(DRAINING, Open::OwnJobs));
    }

    /// Lets the pool end when it has done what it has begun, and cancels the rest.
    pub(crate) fn cancel(&self) {
        let tasks = self.close(CANCELLING, Open::Nobody);
        self.lanes.drain(|queued| drop(self.take_out(queued)));
        for seat in self.seats.iter() {
            while let Some(queued) = until_sure(|| seat.stealer.steal()) {
                drop(self.take_out(queued));
            }
        }
        evict(tasks);
    }

    /// Accepts no more than `open` says; gives the tasks that are to be cancelled.
    fn close(&self, phase: usize, open: Open) -> Vec<Arc<dyn Resident>> {
        let tasks = self.tasks.close(open);
        // ORDERING: Relaxed: the lock in `sleep.close` orders it before the fence that a worker
        // passes after it has seen the pool closed, and before its last look at the queues. A
        // submission that does not see this phase after its own fence comes before that fence,
        // and that look sees its job. Model: `a_submission_meets_the_end`.
        self.phase.store(phase, Ordering::Relaxed);
        if let Some(room) = &self.room {
            room.close();
        }
        self.sleep.close();
        tasks
    }
}

/// Cancels spawned tasks.
fn evict(tasks: Vec<Arc<dyn Resident>>) {
    for task in tasks {
        task.evict();
        // It may be done by now, and this the last one, who drops an output that nobody wants.
        discard(task);
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
