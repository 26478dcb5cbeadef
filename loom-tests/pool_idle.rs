//! Who is busy, and who waits for nobody to be.

use super::support::{Bound::*, Payload, PlainQueue as Queue, model, outcomes, spawn};
use crate::pool::WorkerPool;
use crate::pool::floor::Floor;
use crate::sync::Event;
use crate::sys::atomic::{AtomicUsize, Ordering::Relaxed};
use crate::wait::block_on;
use std::sync::Arc;

/// A queue of one item that orders nothing, and a worker's floor.
struct Place {
    floor: Floor,
    items: AtomicUsize,
    handled: Payload,
}

impl Place {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            floor: Floor::new(),
            items: AtomicUsize::new(1),
            handled: Payload::new(0),
        })
    }

    fn is_idle(&self) -> bool {
        self.floor.is_idle(|| self.items.load(Relaxed) == 0)
    }

    /// What a worker does that was woken.
    fn work(&self) {
        self.floor.enter();
        if self.items.swap(0, Relaxed) == 1 {
            self.handled.bump();
        }
        self.floor.leave();
    }
}

/// Two threads, exhaustive. Kills: a look that does not look at the word again; a mark that is
/// made after the item was taken; the load of the first look, or the end of a mark, made weaker.
#[test]
fn an_item_is_in_the_queue_or_with_a_busy_worker() {
    let name = "an_item_is_in_the_queue_or_with_a_busy_worker";
    outcomes(name, Exhaustive, 14, [true, false], || {
        let place = Place::new();
        let worker = place.clone();
        let worker = spawn(move || worker.work());
        let idle = place.is_idle();
        if idle {
            assert_eq!(place.handled.read(), 1);
        }
        worker.join().unwrap();
        idle
    });
}

/// Two threads, exhaustive. Kills: a last worker that does not ring; a waiter that looks before
/// it says that it waits; a second look that minds who waits.
#[test]
fn whoever_waits_for_an_idle_pool_is_woken() {
    let name = "whoever_waits_for_an_idle_pool_is_woken";
    model(name, Exhaustive, 11_804, || {
        let place = Place::new();
        let worker = place.clone();
        let worker = spawn(move || worker.work());
        block_on(place.floor.until(|| place.is_idle()));
        assert_eq!(place.handled.read(), 1);
        worker.join().unwrap();
    });
}

/// Three threads, bound 1: two that wait are much. Kills: the first of two waiters that takes the
/// round from the second.
#[test]
fn all_who_wait_for_an_idle_pool_are_woken() {
    let name = "all_who_wait_for_an_idle_pool_are_woken";
    model(name, Preemptions(1), 485, || {
        let place = Place::new();
        let other = place.clone();
        let worker = place.clone();
        let worker = spawn(move || worker.work());
        let other = spawn(move || block_on(other.floor.until(|| other.is_idle())));
        block_on(place.floor.until(|| place.is_idle()));
        other.join().unwrap();
        worker.join().unwrap();
    });
}

/// Three threads, bound 3. Kills: a worker that rings though another is busy, and a waiter that
/// believes it.
#[test]
fn the_last_of_two_workers_ends_the_wait() {
    let name = "the_last_of_two_workers_ends_the_wait";
    model(name, Preemptions(3), 16_823, || {
        let place = Place::new();
        let workers = [place.clone(), place.clone()].map(|p| spawn(move || p.work()));
        block_on(place.floor.until(|| place.is_idle()));
        assert_eq!(place.handled.read(), 1);
        workers.into_iter().for_each(|w| w.join().unwrap());
    });
}

/// Two threads, bound 2: starting and ending a worker is part of each. Kills: a wait that returns
/// before the item was handled (`rusty_pool`'s `join`); one that nobody ends.
#[test]
fn who_finds_the_pool_idle_sees_what_the_handlers_wrote() {
    let name = "who_finds_the_pool_idle_sees_what_the_handlers_wrote";
    model(name, Preemptions(2), 7_805, || {
        let handled = Arc::new(Payload::new(0));
        let out = handled.clone();
        let pool = WorkerPool::new(1, Queue::unbounded(), move |n| out.write(n));
        let pool = pool.unwrap();
        pool.queue().push(7).unwrap();
        pool.wait_idle();
        assert_eq!(handled.read(), 7);
        assert_eq!((pool.stats().done, pool.stats().queued), (1, 0));
    });
}

/// Two threads, bound 1. Kills: a worker that ends, and rings only when it has ended.
#[test]
fn an_idle_pool_is_noticed_before_its_workers_have_ended() {
    let name = "an_idle_pool_is_noticed_before_its_workers_have_ended";
    model(name, Preemptions(1), 477, || {
        let idle = Arc::new(Event::new(false));
        let is_idle = idle.clone();
        let pool = WorkerPool::builder()
            .workers(1)
            .on_stop(move |_| is_idle.wait())
            .build(Queue::unbounded(), |(), ()| ());
        let pool = pool.unwrap();
        pool.queue().push(()).unwrap();
        pool.queue().close();
        pool.wait_idle();
        idle.set();
        pool.join();
    });
}

/// Two threads, bound 2. Kills: a worker that leaves the floor between two items.
#[test]
fn what_a_handler_pushes_is_waited_for() {
    let name = "what_a_handler_pushes_is_waited_for";
    model(name, Preemptions(2), 7_880, || {
        let handled = Arc::new(Payload::new(0));
        let out = handled.clone();
        let queue = Queue::unbounded();
        let more = queue.clone();
        let pool = WorkerPool::new(1, queue, move |n| {
            out.bump();
            if n > 0 {
                more.push(n - 1).unwrap();
            }
        });
        let pool = pool.unwrap();
        pool.queue().push(1).unwrap();
        pool.wait_idle();
        assert_eq!(handled.read(), 2);
    });
}
