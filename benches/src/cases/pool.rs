//! Rung 2: worker pools.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::thread::{self, Thread};

use super::by_hand;
use super::pools::{AsyncExecutor, Pool, RungsWorkers, TokioBlocking, TokioTasks};
use crate::harness::{Case, Clock};

pub fn cases() -> Vec<Case> {
    vec![spawn_external()]
}

/// So many jobs are submitted before their end is awaited.
const BATCH: u64 = 100_000;

fn spawn_external() -> Case {
    Case::new(
        "pool/spawn_external",
        "empty job, submitted from outside, until all are done",
    )
    .batch(BATCH)
    .rungs(
        "rungs ThreadPoolExecutor",
        spawn_all::<rungs::executor::ThreadPoolExecutor>(),
    )
    .rungs(
        "rungs WorkerPool of boxed closures",
        spawn_all::<RungsWorkers>(),
    )
    .peer("rayon", spawn_all::<rayon::ThreadPool>())
    .peer("threadpool", spawn_all::<threadpool::ThreadPool>())
    .peer("rusty_pool", spawn_all::<rusty_pool::ThreadPool>())
    .peer("tokio spawn_blocking", spawn_all::<TokioBlocking>())
    .peer("tokio spawn", spawn_all::<TokioTasks>())
    .peer(
        "futures ThreadPool",
        spawn_all::<futures::executor::ThreadPool>(),
    )
    .peer("async-executor", spawn_all::<AsyncExecutor>())
    .peer("crossbeam-channel + threads", spawn_all::<by_hand::Pool>())
}

fn spawn_all<P: Pool>() -> impl FnMut(u64, &mut Clock) {
    |n, clock| {
        let pool = P::start();
        let count = Countdown::new();
        count.run(&pool, BATCH / 100);
        clock.time(|| (0..n / BATCH).for_each(|_| count.run(&pool, BATCH)));
        // A job that ran twice would have counted below zero.
        drop(pool);
        assert_eq!(count.0.left.load(Acquire), 0);
    }
}

/// Counts jobs; the last one wakes whoever waits for them.
struct Countdown(Arc<Left>);

struct Left {
    left: AtomicU64,
    waiter: Thread,
}

impl Countdown {
    fn new() -> Countdown {
        Countdown(Arc::new(Left {
            left: AtomicU64::new(0),
            waiter: thread::current(),
        }))
    }

    /// Submits `jobs` jobs that do nothing but count, and waits for them.
    fn run(&self, pool: &impl Pool, jobs: u64) {
        self.0.left.store(jobs, Release);
        for _ in 0..jobs {
            let count = self.0.clone();
            pool.execute(move || {
                if count.left.fetch_sub(1, AcqRel) == 1 {
                    count.waiter.unpark();
                }
            });
        }
        while self.0.left.load(Acquire) != 0 {
            thread::park();
        }
    }
}
