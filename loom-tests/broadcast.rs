//! Broadcasts: once for each worker, and against all that makes workers come and go.

use super::support::{Bound::*, Payload, caught, model, outcomes, spawn, throw};
use crate::executor::threads::Threads;
use crate::executor::{Shutdown, ThreadPoolExecutor};
use crate::future::block_on;
use crate::sync::Event;
use crate::sys::clock;
use std::sync::Arc;
use std::time::Duration;

/// Three threads, bound 1: rayon-core 1.10.1. Each of two workers runs it once, whether it sleeps,
/// is about to, or has yet to begin. Kills: a worker that does not look for orders.
#[test]
fn every_worker_runs_a_broadcast_once() {
    model(
        "every_worker_runs_a_broadcast_once",
        Preemptions(1),
        50,
        || {
            let pool = ThreadPoolExecutor::new(2);
            let payloads = [Payload::new(0), Payload::new(0)];
            let workers = pool.broadcast(|worker| {
                payloads[worker].bump();
                worker
            });
            assert_eq!(workers, [0, 1]);
            assert!(payloads.iter().all(|payload| payload.read() == 1));
        },
    );
}

/// Three threads, bound 2: rayon#201. A pool that ends while somebody broadcasts: its worker runs
/// it, or nobody does and nobody waits for it. Kills: an order that wakes nobody, a worker that goes
/// to sleep with orders, orders that are given after the end.
#[test]
fn a_broadcast_meets_the_end() {
    outcomes(
        "a_broadcast_meets_the_end",
        Preemptions(2),
        50,
        [0, 1],
        || {
            let pool = ThreadPoolExecutor::new(1);
            let handle = pool.handle();
            let payload = Arc::new(Payload::new(0));
            let bumped = payload.clone();
            let broadcaster = spawn(move || handle.broadcast(|_| _ = bumped.bump()).len());
            pool.shutdown(Shutdown::CancelPending);
            let ran = broadcaster.join().unwrap();
            assert_eq!(payload.read(), ran);
            ran
        },
    );
}

/// Three threads, bound 1 (bound 2, where it is seen to leave before: 39,864 executions). One of two
/// workers leaves, since it has slept for too long: it runs it before, or is not asked. Kills: an
/// order that wakes nobody.
#[test]
fn a_broadcast_meets_a_worker_that_leaves() {
    model(
        "a_broadcast_meets_a_worker_that_leaves",
        Preemptions(1),
        50,
        || {
            let builder = ThreadPoolExecutor::builder().max_workers(2);
            let pool = builder.keep_alive(Duration::from_secs(1)).build().unwrap();
            pool.handle().shared().sleep.resize(1, 2);
            clock::expire_all();
            let ran = pool.broadcast(|_| ()).len();
            assert!(matches!(ran, 1 | 2));
        },
    );
}

/// Three threads, bound 1. One of two workers becomes one too many while it has orders: it leaves
/// when it has done them. Kills: a `dismiss` that does not look for orders, a last order that sets
/// nothing.
#[test]
fn a_broadcast_meets_a_pool_that_shrinks() {
    model(
        "a_broadcast_meets_a_pool_that_shrinks",
        Preemptions(1),
        50,
        || {
            let pool = ThreadPoolExecutor::new(2);
            let shared = pool.handle().shared().clone();
            let ran = pool.broadcast(|worker| {
                shared.sleep.resize(1, 1);
                worker
            });
            assert_eq!(ran, [0, 1]);
        },
    );
}

/// Three threads, bound 1. A worker that is asked while it starts, and fails, runs nothing, and
/// nobody waits for it.
#[test]
fn a_broadcast_meets_a_worker_that_does_not_begin() {
    model(
        "a_broadcast_meets_a_worker_that_does_not_begin",
        Preemptions(1),
        50,
        || {
            let only_one = |worker| match worker {
                0 => Ok(()),
                _ => Err("only one".into()),
            };
            let builder = ThreadPoolExecutor::builder().max_workers(2).min_workers(1);
            let pool = builder.initializer(only_one).build().unwrap();
            let hired = pool.handle().shared().sleep.hire(2);
            for hired in hired {
                let _ = Threads::start(pool.handle().shared(), hired, None);
            }
            assert_eq!(pool.broadcast(|worker| worker), [0]);
        },
    );
}

/// Two threads, bound 2. It panics in the worker: the payload comes out here.
#[test]
fn a_broadcast_panics() {
    model("a_broadcast_panics", Preemptions(2), 20, || {
        let pool = ThreadPoolExecutor::new(1);
        let said = caught(|| pool.broadcast(|_| throw("worker")));
        assert_eq!(said.unwrap_err().downcast_ref(), Some(&"worker"));
        assert_eq!(pool.broadcast(|worker| worker), [0]);
    });
}

/// Three threads, bound 0. Two workers broadcast, and each waits for the other, who may wait already
/// when it is given its order. Kills: a worker that waits for its own broadcast and does nothing.
#[test]
fn workers_broadcast_to_each_other() {
    model(
        "workers_broadcast_to_each_other",
        Preemptions(0),
        20,
        || {
            let pool = ThreadPoolExecutor::new(2);
            let began = Arc::new(Event::new(false));
            let (set, handle) = (began.clone(), pool.handle());
            let first = move || {
                set.set();
                handle.broadcast(|worker| worker)
            };
            let handle = pool.handle();
            let second = move || {
                began.wait();
                handle.broadcast(|worker| worker)
            };
            let heard = [pool.submit(second), pool.submit(first)];
            for heard in heard {
                assert_eq!(block_on(heard).unwrap(), [0, 1]);
            }
        },
    );
}
