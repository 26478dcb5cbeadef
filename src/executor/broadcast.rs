//! A function that every worker of a pool runs once.
//!
//! Each worker has [orders](super::orders) of its own, which it looks for before anything else. A
//! broadcast gives one to each, wakes all who sleep, and waits until the last is done. Who is
//! there to be given one is settled under the lock of the sleepers (see [`sleep`](super::sleep)),
//! as is who may leave.
//!
//! # Invariants
//!
//! 1. An order is run, or dropped, before its broadcast returns; so it may borrow from there. It
//!    is dropped only where its worker's thread does not begin.
//! 2. A worker does what is ordered of it before it waits for its own broadcast. An order that
//!    comes later waits with it: its broadcast needs the same workers, and so must wait, too.

use super::Handle;
use super::orders::Orders;
use super::shared::Shared;
use super::threads::is_starting;
use super::worker::Local;
use crate::PanicPayload;
use crate::future::{Job, Run};
use crate::panic::{catch, discard};
use crate::sync::AutoResetEvent;
use crate::sys::{Arc, Mutex};
use std::mem;

/// A broadcast, which is also the order that each worker is given.
struct Round<F, R> {
    /// In the frame of whoever broadcasts, so it is there as long as an order is not done.
    f: *const F,
    /// Whose workers run it.
    pool: Arc<Shared>,
    /// The orders of the worker that broadcasts, if it is one of them.
    owner: Option<Arc<Orders>>,
    results: Mutex<Results<R>>,
    /// Set when all is done, and perhaps before.
    done: AutoResetEvent,
}

struct Results<R> {
    /// Each with the number of its worker.
    of: Vec<(usize, R)>,
    /// How many orders were given and are not done.
    left: usize,
    /// The first panic.
    panic: Option<PanicPayload>,
}

// SAFETY: what is behind the pointer is only shared, and it is `Sync`; the rest is `Send`.
unsafe impl<F: Sync, R: Send> Send for Round<F, R> {}
// SAFETY: as above; the results are under a lock.
unsafe impl<F: Sync, R: Send> Sync for Round<F, R> {}

impl<F: Fn(usize) -> R + Sync, R: Send> Round<F, R> {
    /// An order is done, and this came of it.
    fn settle(&self, add: impl FnOnce(&mut Results<R>)) {
        let mut results = self.results.lock();
        add(&mut results);
        results.left -= 1;
        let is_last = results.left == 0;
        drop(results);
        if is_last {
            self.done.set();
        }
    }

    /// Waits until all is done (invariant 2).
    fn finish(&self) -> (Vec<(usize, R)>, Option<PanicPayload>) {
        loop {
            let mut results = self.results.lock();
            if results.left == 0 {
                return (mem::take(&mut results.of), results.panic.take());
            }
            drop(results);
            match self.owner.as_ref().and_then(|orders| orders.take()) {
                Some(order) => order.run(),
                None => self.done.wait(),
            }
        }
    }
}

impl<F: Fn(usize) -> R + Sync, R: Send> Run for Round<F, R> {
    fn run(self: Arc<Self>) {
        let Some(worker) = Local::of(&self.pool) else {
            unreachable!("an order is run by its worker")
        };
        let worker = worker.index();
        // SAFETY: this order is not done, so `f` is there (invariant 1).
        let f = unsafe { &*self.f };
        let outcome = catch(|| f(worker));
        let mut later = None;
        self.settle(|results| match outcome {
            Ok(result) => results.of.push((worker, result)),
            Err(payload) if results.panic.is_none() => results.panic = Some(payload),
            Err(payload) => later = Some(payload),
        });
        discard(later);
    }

    fn discard(self: Arc<Self>) {
        self.settle(|_| ());
    }
}

fn broadcast<F, R>(pool: &Arc<Shared>, f: F) -> Vec<R>
where
    F: Fn(usize) -> R + Sync,
    R: Send,
{
    assert!(
        !is_starting(pool),
        "a broadcast by an initializer of the pool would wait for itself"
    );
    let round = Arc::new(Round {
        f: &raw const f,
        pool: pool.clone(),
        owner: Local::of(pool).map(|local| local.orders().clone()),
        results: Mutex::new(Results {
            of: Vec::new(),
            left: 0,
            panic: None,
        }),
        done: AutoResetEvent::new(false),
    });
    pool.sleep.order(|| {
        round.results.lock().left += 1;
        let order: Arc<dyn Run + '_> = round.clone();
        // SAFETY: what is left out is that the order borrows from here. It is done, and does not
        // look at what it borrowed any more, before this function returns (invariant 1).
        Job::new(unsafe { mem::transmute::<Arc<dyn Run + '_>, Arc<dyn Run>>(order) })
    });
    let (mut results, panic) = round.finish();
    if let Some(payload) = panic {
        // One by one: each may panic.
        results.into_iter().for_each(discard);
        payload.resume();
    }
    results.sort_unstable_by_key(|(worker, _)| *worker);
    results.into_iter().map(|(_, result)| result).collect()
}

impl Handle {
    /// Runs `f` once in each worker, with the number of the worker, and gives the results in the
    /// order of the numbers.
    ///
    /// For what is kept by each thread: to warm a cache, to flush a buffer, to ask for a figure.
    /// A worker does it before it looks for other work. All those do it that there are at the
    /// time of the call, those included who are being started; one that is hired later does not,
    /// nor one whose thread or initializer fails. Inside a job of the pool, its own worker does it
    /// as well.
    ///
    /// *Blocking:* until every worker has come by, however long their jobs take. Inside a job:
    /// workers that broadcast serve each other, but one that waits for something else, such as
    /// the result of the job that broadcasts, does not come by.
    ///
    /// On a pool that has ended nobody runs it: the result is empty. While a pool is being shut
    /// down, either all of its workers run it or none.
    ///
    /// *Panics* where `f` does, when all have ended: with the payload of the first. And in the
    /// [initializer](super::Builder::initializer) of this very pool, which would wait for itself.
    ///
    /// *Fairness:* two broadcasts come by all workers in the same order.
    ///
    /// *Cost:* an allocation, and a short lock for each worker, all of whom are woken.
    ///
    /// *Source:* rayon's `broadcast`.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(3);
    /// let threads = pool.broadcast(|worker| (worker, std::thread::current().id()));
    /// assert_eq!(threads.len(), 3);
    /// assert_eq!(threads[2].0, 2);
    /// assert_ne!(threads[0].1, threads[1].1);
    /// ```
    #[doc(alias = "spawn_broadcast")]
    pub fn broadcast<F, R>(&self, f: F) -> Vec<R>
    where
        F: Fn(usize) -> R + Sync,
        R: Send,
    {
        broadcast(self.shared(), f)
    }
}
