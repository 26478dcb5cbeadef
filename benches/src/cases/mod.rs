//! The cases, one file a rung, and what several of them share.

mod actor;
mod actors;
mod batches;
mod by_hand;
mod channels;
pub mod crowds;
mod exec;
mod fork;
mod inside;
mod pool;
mod pools;
mod queue;
mod rings;
mod semaphores;
mod slices;
mod spinning;
mod sync;
mod task;
mod wakes;

use std::hint::black_box;

use tokio::runtime::{self, Runtime};

use crate::harness::{Case, Clock};

/// The threads of every pool and runtime.
const WORKERS: usize = 2;

/// Every case.
pub fn all() -> Vec<Case> {
    [
        sync::cases(),
        wakes::cases(),
        queue::cases(),
        pool::cases(),
        exec::cases(),
        inside::cases(),
        fork::cases(),
        slices::cases(),
        task::cases(),
        actor::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A runtime whose tasks have as many threads as its blocking work has.
fn tokio_runtime() -> Runtime {
    runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(WORKERS)
        .build()
        .expect("the system starts threads")
}

/// Times `once`, `times` over, and checks that it said `true` every time.
fn repeat(times: u64, clock: &mut Clock, mut once: impl FnMut() -> bool) {
    let done: u64 = clock.time(|| (0..times).map(|_| u64::from(once())).sum());
    assert_eq!(done, times);
}

/// Computes for about so many nanoseconds, on a core of 3.6 GHz: each step
/// needs the one before it, and takes six cycles.
fn work(seed: u64, nanos: u64) -> u64 {
    let steps = black_box(nanos * 3 / 5);
    (0..steps).fold(seed, |x, _| {
        (x ^ (x >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1
    })
}
