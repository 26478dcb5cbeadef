//! A worker: looks for jobs, runs them, sleeps.
//!
//! Each has a deque of its own, first in, first out: a job that submits itself again, an actor
//! with a full mailbox, a task that always yields, stands behind the others each time. (Last in,
//! first out is kinder to caches in fork-join, and lets any of these starve its neighbours; who
//! waits for a job it has just submitted runs it at once anyway, by claim on join.)

use super::fork::Stolen;
use super::orders::Orders;
use super::seats::Seat;
use super::shared::{Queued, Shared, until_sure};
use super::sleep::{Hired, Sleeper, Slept};
use super::strand::Strand;
use crate::PanicPayload;
use crate::future::Job;
use crate::panic::{contain, discard};
use crate::sys::thread::{self, Nap};
use crate::sys::{Arc, deque::Worker, thread_local_on_both_faces};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Every so many jobs a worker looks at the submissions from outside before its own deque, so
/// that they are not starved by jobs that submit jobs. A prime, as Go's and tokio's.
const OUTSIDE_FIRST: usize = 61;

/// Every so many jobs it looks at those of low priority first. A prime, too.
const LOW_FIRST: usize = 1021;

thread_local_on_both_faces! {
    /// The worker that this thread is.
    static CURRENT: RefCell<Option<Rc<Local>>> = RefCell::new(None);
}

/// A worker's own things.
pub(crate) struct Local {
    shared: Arc<Shared>,
    deque: Worker<Queued>,
    /// Which seat is its own.
    index: usize,
    /// What it alone is to do.
    orders: Arc<Orders>,
    /// How many jobs it has looked for.
    ticks: Cell<usize>,
    /// Whether its last sleep was a short one.
    is_eager: Cell<bool>,
    /// Whether its job has said that it blocks.
    pub(super) is_blocked: Cell<bool>,
    /// What its jobs split off.
    strand: Strand,
}

/// What a worker finds to do.
enum Work<'a> {
    Order(Job),
    Job(Queued),
    Fork(Stolen<'a>),
}

/// Works until the pool ends, or needs this worker no more: then it gives the deque back, with what
/// may be left in it.
pub(crate) fn work(
    shared: Arc<Shared>,
    deque: Worker<Queued>,
    index: usize,
    hired: Hired,
) -> Option<Worker<Queued>> {
    shared.sleep.begin();
    let sleeper = Sleeper::new(hired);
    let local = Rc::new(Local {
        strand: Strand::of_worker(shared.clone(), index),
        shared,
        deque,
        index,
        orders: sleeper.orders().clone(),
        ticks: Cell::new(0),
        is_eager: Cell::new(false),
        is_blocked: Cell::new(false),
    });
    CURRENT.with(|current| current.replace(Some(local.clone())));
    let end = local.strand.enter(|| local.work(sleeper));
    CURRENT.with(|current| current.take());
    match Rc::try_unwrap(local) {
        Ok(local) => (end == Slept::Left).then_some(local.deque),
        Err(_) => unreachable!("a worker that runs no job submits nothing"),
    }
}

impl Local {
    /// The calling thread, if it is a worker of any pool.
    pub(crate) fn current() -> Option<Rc<Self>> {
        // A thread whose locals are gone is no worker any more.
        CURRENT
            .try_with(|current| current.borrow().clone())
            .ok()
            .flatten()
    }

    /// The calling thread, if it is a worker of this pool.
    pub(crate) fn of(shared: &Arc<Shared>) -> Option<Rc<Self>> {
        let own = |current: &RefCell<Option<Rc<Self>>>| {
            let current = current.borrow();
            let local = current.as_ref()?;
            Arc::ptr_eq(&local.shared, shared).then(|| local.clone())
        };
        CURRENT.try_with(own).ok().flatten()
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The number of its seat.
    pub(super) fn index(&self) -> usize {
        self.index
    }

    /// What it alone is to do.
    pub(super) fn orders(&self) -> &Arc<Orders> {
        &self.orders
    }

    pub(crate) fn seat(&self) -> &Seat {
        self.shared.seats.get(self.index)
    }

    pub(crate) fn push(&self, queued: Queued) {
        self.deque.push(queued);
    }

    /// Works until its end.
    fn work(&self, mut sleeper: Sleeper) -> Slept {
        let shared = &self.shared;
        loop {
            if shared.sleep.is_crowded() && self.is_dismissed(&mut sleeper) {
                return Slept::Left;
            }
            if let Some(work) = self.look().or_else(|| self.linger(&mut sleeper)) {
                let call = shared.sleep.found(&mut sleeper, || shared.has_work());
                shared.follow(call);
                match work {
                    Work::Order(job) => job.run(),
                    Work::Job(queued) => self.run(queued),
                    Work::Fork(fork) => self.strand.run(fork),
                }
                continue;
            }
            self.seat().sleeps.count();
            let nap = Nap::begin();
            let slept = shared.sleep.sleep(
                &mut sleeper,
                || shared.threads.until(),
                || shared.has_jobs() || self.strand.may_steal() && !shared.forks.is_empty(),
                || shared.tasks.is_empty(),
            );
            if slept != Slept::Woken {
                return slept;
            }
            self.is_eager.set(nap.was_short());
        }
    }

    /// Looks on for a while, where the last sleep was a short one: work comes so fast then that
    /// whoever brings it would be for ever waking somebody.
    fn linger(&self, sleeper: &mut Sleeper) -> Option<Work<'_>> {
        match self.is_eager.get() && self.shared.sleep.may_linger(sleeper) {
            true => thread::give_way(|| self.look()),
            false => None,
        }
    }

    /// Whether this worker is one too many, and has left.
    #[cold]
    fn is_dismissed(&self, sleeper: &mut Sleeper) -> bool {
        let shared = &self.shared;
        let call = shared.sleep.found(sleeper, || shared.has_work());
        shared.follow(call);
        shared.sleep.dismiss(sleeper)
    }

    fn run(&self, queued: Queued) {
        let seat = self.seat();
        seat.begun.count();
        let job = self.shared.take_out(queued);
        let threads = &self.shared.threads;
        threads.observe(|observer| observer.job_started(self.index));
        self.shared.run(job);
        threads.observe(|observer| observer.job_ended(self.index));
        seat.ended.count();
    }

    /// Looks for an order, a job, and then for a fork.
    fn look(&self) -> Option<Work<'_>> {
        if let Some(order) = self.orders.take() {
            return Some(Work::Order(order));
        }
        let job = self.find().map(Work::Job);
        job.or_else(|| self.strand.take_any(self.ticks.get()).map(Work::Fork))
    }

    /// Looks for a job everywhere.
    fn find(&self) -> Option<Queued> {
        let lanes = &self.shared.lanes;
        let ticks = self.ticks.get().wrapping_add(1);
        self.ticks.set(ticks);
        if let Some(urgent) = lanes.take_high() {
            return Some(urgent);
        }
        let first = if ticks % LOW_FIRST == 0 {
            lanes.take_low()
        } else if ticks % OUTSIDE_FIRST == 0 {
            self.take_from_outside()
        } else {
            None
        };
        first
            .or_else(|| self.deque.pop())
            .or_else(|| self.take_from_outside())
            .or_else(|| self.take_from_peers(ticks))
            .or_else(|| lanes.take_low())
    }

    fn take_from_outside(&self) -> Option<Queued> {
        self.moved(self.shared.lanes.take_batch(&self.deque))
    }

    /// Steals half of what a peer has, beginning with another one each time.
    fn take_from_peers(&self, ticks: usize) -> Option<Queued> {
        let seats = &self.shared.seats;
        let count = seats.len();
        let stolen = (0..count)
            .map(|i| ticks.wrapping_add(i) % count)
            .filter(|index| *index != self.index)
            .find_map(|index| {
                let peer = &seats.get(index).stealer;
                self.moved(until_sure(|| peer.steal_batch_and_pop(&self.deque)))
            });
        if stolen.is_some() {
            self.seat().thefts.count();
        }
        stolen
    }

    /// Jobs that move from a queue to our deque are in neither for a moment: a worker that looks
    /// then, sees nothing and goes to sleep. So their arrival is a push like any other.
    fn moved(&self, first: Option<Queued>) -> Option<Queued> {
        if first.is_some() && !self.deque.is_empty() {
            self.shared.notify();
        }
        first
    }
}

/// Tells the pool of the calling worker of a panic that nobody else hears of.
#[cold]
pub(super) fn report(payload: PanicPayload) {
    if let Some(worker) = Local::current() {
        if let Some(hook) = &worker.shared.threads.on_panic {
            contain(|| hook(&payload));
        }
    }
    discard(payload);
}
