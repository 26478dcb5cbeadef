//! The pool: each item once, panics, both ends of a pool, numbers that add up.

use super::support::{Bound::*, DropCount, Payload, PlainQueue as Queue, model, outcomes, throw};
use crate::pool::{Shutdown, Stats, WorkerPool};
use crate::sync::Event;
use loom::thread;
use std::cell::Cell;
use std::sync::Arc;

/// An item that shows whether its handler sees what its producer wrote.
fn item(value: usize) -> Payload {
    let item = Payload::new(0);
    item.write(value);
    item
}

/// Two threads, bound 2: starting and ending a worker is part of each. Kills: a worker that ends
/// before the queue is drained; a join that does not wait.
#[test]
fn every_item_is_handled_once() {
    model("every_item_is_handled_once", Preemptions(2), 9_360, || {
        let handled = Arc::new([Payload::new(0), Payload::new(0)]);
        let out = handled.clone();
        let pool = WorkerPool::new(1, Queue::unbounded(), move |item: Payload| {
            out[item.read()].bump();
        });
        let pool = pool.unwrap();
        pool.queue().push(item(0)).unwrap();
        pool.queue().push(item(1)).unwrap();
        pool.join();
        assert_eq!(handled.each_ref().map(Payload::read), [1, 1]);
    });
}

/// Three threads, bound 0: starting two workers alone is thousands of executions. Kills: a worker
/// that ends while the other has the last item; two that take the same.
#[test]
fn two_workers_share_the_items() {
    model("two_workers_share_the_items", Preemptions(0), 192, || {
        let handled = Arc::new([Payload::new(0), Payload::new(0)]);
        let out = handled.clone();
        let pool = WorkerPool::new(2, Queue::unbounded(), move |item: Payload| {
            out[item.read()].bump();
        });
        let pool = pool.unwrap();
        pool.queue().push(item(1)).unwrap();
        pool.join();
        assert_eq!(handled.each_ref().map(Payload::read), [0, 1]);
    });
}

/// Two threads, bound 2: starting and ending a worker is part of each. Kills: a
/// worker that ends with its item; a state that survives the panic; a panic that is not counted.
#[test]
fn a_panic_costs_its_item_only() {
    model("a_panic_costs_its_item_only", Preemptions(2), 9_360, || {
        let drops = DropCount::new();
        let states = drops.clone();
        let told = Arc::new(Payload::new(0));
        let tell = told.clone();
        let handled = Arc::new(Payload::new(0));
        let out = handled.clone();
        let pool = WorkerPool::builder()
            .workers(1)
            .state(move |_| states.value(Cell::new(0)))
            .on_panic(move |_| {
                tell.bump();
                throw("the hook, too");
            })
            .build(Queue::unbounded(), move |state, item: Payload| {
                assert_eq!(state.inner.replace(1), 0, "a new state");
                if item.read() == 1 {
                    throw("the first item");
                }
                out.bump();
            })
            .unwrap();
        pool.queue().push(item(1)).unwrap();
        pool.queue().push(item(2)).unwrap();
        pool.join();
        assert_eq!((told.read(), handled.read()), (1, 1));
        assert_eq!(drops.get(), 2, "both states are gone");
    });
}

/// Two threads, bound 2: starting and ending a worker is part of each. Kills: a
/// discard that loses what it takes back, or hands out of order.
#[test]
fn discarding_hands_back_what_was_not_begun() {
    let name = "discarding_hands_back_what_was_not_begun";
    outcomes(name, Preemptions(2), 4_165, [0, 1, 2], || {
        let handled = Arc::new(Payload::new(0));
        let out = handled.clone();
        let pool = WorkerPool::new(1, Queue::unbounded(), move |item: Payload| {
            assert_eq!(item.read(), out.bump(), "in order");
        });
        let pool = pool.unwrap();
        pool.queue().push(item(0)).unwrap();
        pool.queue().push(item(1)).unwrap();
        let left = pool.shutdown(Shutdown::Discard);
        let handled = handled.read();
        assert!(left.iter().map(Payload::read).eq(handled..2));
        handled
    });
}

/// Three threads, bound 2. Kills: a drop that closes after it has joined, or
/// joins without draining.
#[test]
fn dropping_decides_each_push() {
    let name = "dropping_decides_each_push";
    outcomes(name, Preemptions(2), 9_922, [true, false], || {
        let handled = Arc::new(Payload::new(0));
        let out = handled.clone();
        let pool = WorkerPool::new(1, Queue::unbounded(), move |item: Payload| {
            assert_eq!(item.read(), 7);
            out.bump();
        });
        let pool = pool.unwrap();
        let producer = pool.queue().clone();
        let pusher = thread::spawn(move || producer.push(item(7)).is_ok());
        drop(pool);
        let handled = handled.read();
        let pushed = pusher.join().unwrap();
        assert_eq!(handled, usize::from(pushed));
        pushed
    });
}

/// Two threads, bound 2: starting and ending a worker is part of each. Kills:
/// `done` stored with Relaxed, loaded with Relaxed, or stored before the handler.
#[test]
fn who_sees_an_item_done_sees_what_its_handler_wrote() {
    let name = "who_sees_an_item_done_sees_what_its_handler_wrote";
    outcomes(name, Preemptions(2), 6_934, [0, 1], || {
        let handled = Arc::new(Payload::new(0));
        let out = handled.clone();
        let pool = WorkerPool::new(1, Queue::unbounded(), move |item: Payload| {
            out.write(item.read());
        });
        let pool = pool.unwrap();
        pool.queue().push(item(7)).unwrap();
        let done = pool.stats().done;
        if done == 1 {
            assert_eq!(handled.read(), 7);
        }
        done
    });
}

/// Two threads, bound 2: starting and ending a worker is part of each. Kills:
/// `failed` stored with Relaxed, loaded with Relaxed, or stored before the hook.
#[test]
fn who_sees_an_item_failed_sees_what_the_hook_wrote() {
    let name = "who_sees_an_item_failed_sees_what_the_hook_wrote";
    outcomes(name, Preemptions(2), 6_934, [0, 1], || {
        let told = Arc::new(Payload::new(0));
        let tell = told.clone();
        let pool = WorkerPool::builder()
            .workers(1)
            .on_panic(move |_| tell.write(7))
            .build(Queue::unbounded(), |(), _: Payload| throw("handler"))
            .unwrap();
        pool.queue().push(item(1)).unwrap();
        let failed = pool.stats().failed;
        if failed == 1 {
            assert_eq!(told.read(), 7);
        }
        failed
    });
}

/// Two threads, bound 2: starting and ending a worker is part of each. Kills: an item that is
/// nowhere between the queue and its worker, or between its worker and the count.
#[test]
fn an_item_is_never_nowhere() {
    model("an_item_is_never_nowhere", Preemptions(2), 6_934, || {
        let pool = WorkerPool::new(1, Queue::unbounded(), |_: Payload| ()).unwrap();
        pool.queue().push(item(1)).unwrap();
        let stats = pool.stats();
        let Stats {
            queued,
            running,
            done,
            ..
        } = stats;
        assert_eq!((stats.workers, stats.failed), (1, 0));
        assert!(queued + running + done >= 1, "nowhere: {stats:?}");
        assert!(queued <= 1 && running <= 1 && done <= 1);
    });
}

/// Two threads, bound 1. As above, at the end of an item. Kills: a look at who is busy that does
/// not see what those counted who have left.
#[test]
fn an_item_that_ends_is_never_nowhere() {
    let name = "an_item_that_ends_is_never_nowhere";
    outcomes(
        name,
        Preemptions(1),
        1_901,
        [(1, 0), (1, 1), (0, 1)],
        || {
            let [begun, end] = [(); 2].map(|()| Arc::new(Event::new(false)));
            let (begins, ends) = (begun.clone(), end.clone());
            let pool = WorkerPool::new(1, Queue::unbounded(), move |()| {
                begins.set();
                ends.wait();
            });
            let pool = pool.unwrap();
            pool.queue().push(()).unwrap();
            begun.wait();
            end.set();
            let stats = pool.stats();
            assert_eq!(stats.queued, 0);
            (stats.running, stats.done)
        },
    );
}

/// Three threads, bound 1: starting two workers alone is thousands of
/// executions. Kills: a worker that takes items before all have their state; threads that are left
/// behind.
#[test]
fn a_pool_whose_state_fails_takes_nothing() {
    let name = "a_pool_whose_state_fails_takes_nothing";
    model(name, Preemptions(1), 460, || {
        let drops = DropCount::new();
        let states = drops.clone();
        let queue = Queue::unbounded();
        queue.push(item(7)).unwrap();
        let failed = WorkerPool::builder()
            .workers(2)
            .state(move |worker| match worker {
                0 => states.value(()),
                _ => throw("no state"),
            })
            .build(queue.clone(), |_, _| unreachable!("an item was taken"));
        let message = failed.unwrap_err().to_string();
        assert_eq!(message, "the state of worker 1 panicked: no state");
        assert_eq!(drops.get(), 1);
        assert_eq!(queue.try_pop().unwrap().read(), 7);
    });
}

/// Two threads, bound 2: starting and ending a worker is part of each. Kills: a
/// last worker that retires and leaves the queue open; one that does not count as gone.
#[test]
fn the_last_worker_to_retire_closes_the_queue() {
    let name = "the_last_worker_to_retire_closes_the_queue";
    model(name, Preemptions(2), 379, || {
        let made = Payload::new(0);
        let queue = Queue::bounded(1);
        let pool = WorkerPool::builder()
            .workers(1)
            .state(move |_| {
                if made.bump() > 0 {
                    throw("no second state");
                }
            })
            .build(queue.clone(), |(), _: Payload| throw("handler"))
            .unwrap();
        queue.push(item(1)).unwrap();
        // There is room for one of these at most; the other waits until the queue is closed.
        let refused = [item(2), item(3)].map(|item| queue.push(item).err());
        assert!(refused[1].is_some());
        assert_eq!((pool.stats().workers, pool.stats().failed), (0, 1));
        let left = pool.shutdown(Shutdown::Drain);
        let back = left
            .into_iter()
            .chain(refused.into_iter().flatten().map(|e| e.0));
        assert!(back.map(|item| item.read()).eq([2, 3]));
    });
}

/// Two threads, bound 2: starting and ending a worker is part of each. Kills: a
/// worker that joins itself.
#[test]
fn a_worker_may_drop_its_own_pool() {
    model(
        "a_worker_may_drop_its_own_pool",
        Preemptions(2),
        183,
        || {
            let pools = Queue::<WorkerPool<Queue<()>>>::unbounded();
            let own = pools.clone();
            let handled = Queue::unbounded();
            let out = handled.clone();
            let stopped = Queue::unbounded();
            let stop = stopped.clone();
            let pool = WorkerPool::builder()
                .workers(1)
                .on_stop(move |_| stop.push(()).unwrap())
                .build(Queue::unbounded(), move |(), ()| {
                    drop(own.try_pop());
                    out.push(item(1)).unwrap();
                });
            let pool = pool.unwrap();
            let queue = pool.queue().clone();
            pools.push(pool).unwrap();
            queue.push(()).unwrap();
            // The second goes in if the first has not closed the queue yet, and is then handled.
            let pushed = 1 + usize::from(queue.push(()).is_ok());
            for _ in 0..pushed {
                assert_eq!(handled.pop().unwrap().read(), 1);
            }
            assert!(queue.is_closed());
            // Nobody joins that thread, and the model's clock ends with the model.
            stopped.pop().unwrap();
        },
    );
}

/// Two threads, bound 1: whoever waits for room is served by the worker.
/// Kills: a pop of the pool's that does not call producers.
#[test]
fn a_worker_makes_room() {
    model("a_worker_makes_room", Preemptions(1), 362, || {
        let handled = Arc::new(Payload::new(0));
        let out = handled.clone();
        let pool = WorkerPool::new(1, Queue::bounded(1), move |_: Payload| {
            out.bump();
        });
        let pool = pool.unwrap();
        (0..3).for_each(|n| pool.queue().push(item(n)).unwrap());
        pool.join();
        assert_eq!(handled.read(), 3);
    });
}
