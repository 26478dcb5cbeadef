//! Rung 3: executors that give results back.

use std::iter;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::sync::mpsc;
use std::thread;

use rayon::prelude::*;
use rungs::executor::ThreadPoolExecutor;

use super::pools::{AsyncExecutor, Pool, RungsAwaited, Submit, TokioBlocking, TokioTasks};
use super::{WORKERS, by_hand, repeat, tokio_runtime, work};
use crate::harness::{Case, Clock};

pub fn cases() -> Vec<Case> {
    vec![submit_one(), submit_100k(), map_medium()]
}

fn submit_one() -> Case {
    Case::new(
        "exec/submit_one",
        "closure submitted and its result awaited, one at a time",
    )
    .rungs("rungs", one_by_handle::<ThreadPoolExecutor>())
    .rungs("rungs, awaited", one_by_handle::<RungsAwaited>())
    .peer("rayon install", |n, clock| {
        let pool = rayon::ThreadPool::start();
        pool.install(|| ());
        repeat(n, clock, || pool.install(|| 7) == 7);
    })
    .peer("threadpool", one_by_channel::<threadpool::ThreadPool>())
    .peer("rusty_pool", one_by_handle::<rusty_pool::ThreadPool>())
    .peer("tokio spawn_blocking", one_by_handle::<TokioBlocking>())
    .peer("tokio spawn", one_by_handle::<TokioTasks>())
    .peer(
        "futures ThreadPool",
        one_by_handle::<futures::executor::ThreadPool>(),
    )
    .peer("async-executor", one_by_handle::<AsyncExecutor>())
    .peer(
        "crossbeam-channel + threads",
        one_by_channel::<by_hand::Pool>(),
    )
}

fn one_by_handle<P: Submit>() -> impl FnMut(u64, &mut Clock) {
    |n, clock| {
        let pool = P::start();
        let ask = |value: u64| {
            let mut got = None;
            P::results(iter::once(pool.submit(move || value)), |it| got = Some(it));
            got == Some(value)
        };
        repeat(n.min(100), &mut Clock::default(), || ask(7));
        repeat(n, clock, || ask(7));
    }
}

/// For the pools without handles: one channel brings every result.
fn one_by_channel<P: Pool>() -> impl FnMut(u64, &mut Clock) {
    |n, clock| {
        let pool = P::start();
        let (sender, results) = mpsc::channel();
        let ask = |value: u64| {
            let sender = sender.clone();
            pool.execute(move || sender.send(value).expect("the receiver is alive"));
            results.recv() == Ok(value)
        };
        repeat(n.min(100), &mut Clock::default(), || ask(7));
        repeat(n, clock, || ask(7));
    }
}

/// So many closures are submitted before the first result is collected.
const IN_FLIGHT: u64 = 100_000;

fn submit_100k() -> Case {
    Case::new(
        "exec/submit_100k",
        "closure submitted, result collected, 100k in flight",
    )
    .batch(IN_FLIGHT)
    .rungs("rungs", many_by_handle::<ThreadPoolExecutor>())
    .rungs("rungs, awaited", many_by_handle::<RungsAwaited>())
    .peer("rayon", many_by_channel::<rayon::ThreadPool>())
    .peer("threadpool", many_by_channel::<threadpool::ThreadPool>())
    .peer("rusty_pool", many_by_handle::<rusty_pool::ThreadPool>())
    .peer("tokio spawn_blocking", many_by_handle::<TokioBlocking>())
    .peer("tokio spawn", many_by_handle::<TokioTasks>())
    .peer(
        "futures ThreadPool",
        many_by_handle::<futures::executor::ThreadPool>(),
    )
    .peer("async-executor", many_by_handle::<AsyncExecutor>())
    .peer(
        "crossbeam-channel + threads",
        many_by_channel::<by_hand::Pool>(),
    )
}

fn many_by_handle<P: Submit>() -> impl FnMut(u64, &mut Clock) {
    |n, clock| {
        let pool = P::start();
        let batch = |jobs: u64| {
            let handles: Vec<_> = (0..jobs).map(|job| pool.submit(move || job)).collect();
            let mut sum = 0;
            P::results(handles, |result| sum += result);
            sum
        };
        sum_batches(n, clock, batch);
    }
}

fn many_by_channel<P: Pool>() -> impl FnMut(u64, &mut Clock) {
    |n, clock| {
        let pool = P::start();
        let batch = |jobs: u64| {
            let (sender, results) = mpsc::channel();
            for job in 0..jobs {
                let sender = sender.clone();
                pool.execute(move || sender.send(job).expect("the receiver is alive"));
            }
            drop(sender);
            results.iter().sum()
        };
        sum_batches(n, clock, batch);
    }
}

/// Times a batch after the other, each of which sums its jobs' results.
fn sum_batches(n: u64, clock: &mut Clock, mut batch: impl FnMut(u64) -> u64) {
    batch(IN_FLIGHT / 100);
    let sums: Vec<u64> = clock.time(|| (0..n / IN_FLIGHT).map(|_| batch(IN_FLIGHT)).collect());
    let expected = (0..IN_FLIGHT).sum::<u64>();
    assert!(sums.iter().all(|sum| *sum == expected));
}

const ITEMS: usize = 10_000;
const CHUNKS: usize = 8;

/// What becomes of an item: about 2 us of work.
fn item(index: usize) -> u64 {
    work(index as u64, 2_000)
}

static MAPPED: LazyLock<Vec<u64>> = LazyLock::new(|| (0..ITEMS).map(item).collect());

fn map_medium() -> Case {
    Case::new("exec/map_medium", "item of a map over 10k items of ~2 us")
        .batch(ITEMS as u64)
        .rungs("rungs map", |n, clock| {
            let pool = ThreadPoolExecutor::new(WORKERS);
            let one = |result: Result<u64, _>| result.expect("no item panics");
            maps(n, clock, || pool.map(0..ITEMS, item).map(one).collect());
        })
        .rungs("rungs map, chunks of 16", |n, clock| {
            let pool = ThreadPoolExecutor::new(WORKERS);
            let one = |result: Result<u64, _>| result.expect("no item panics");
            let map = || pool.map(0..ITEMS, item).chunk_size(16);
            maps(n, clock, || map().map(one).collect());
        })
        .rungs("rungs par_map", |n, clock| {
            let pool = ThreadPoolExecutor::new(WORKERS);
            let indices: Vec<usize> = (0..ITEMS).collect();
            let map = || rungs::executor::par_map(&indices, |index| item(*index));
            maps(n, clock, || pool.within(map));
        })
        .rungs("rungs, a job per item", items::<ThreadPoolExecutor>())
        .peer("rayon par_iter", |n, clock| {
            let pool = rayon::ThreadPool::start();
            let map = || (0..ITEMS).into_par_iter().map(item).collect();
            maps(n, clock, || pool.install(map));
        })
        .peer("tokio, 8 chunks", |n, clock| {
            let runtime = tokio_runtime();
            maps(n, clock, || {
                let chunks: Vec<_> = chunks(CHUNKS)
                    .map(|chunk| runtime.spawn(async { chunk.map(item).collect::<Vec<_>>() }))
                    .collect();
                runtime.block_on(async {
                    let mut all = Vec::with_capacity(ITEMS);
                    for chunk in chunks {
                        all.extend(chunk.await.expect("no item panics"));
                    }
                    all
                })
            });
        })
        .peer("thread::scope, 2 chunks", |n, clock| {
            maps(n, clock, || {
                thread::scope(|scope| {
                    let threads: Vec<_> = chunks(WORKERS)
                        .map(|chunk| scope.spawn(|| chunk.map(item).collect::<Vec<_>>()))
                        .collect();
                    let parts = threads.into_iter().map(|thread| thread.join());
                    parts
                        .flat_map(|part| part.expect("no item panics"))
                        .collect()
                })
            });
        })
        .peer("thread::scope, next item", |n, clock| {
            maps(n, clock, || {
                let next = AtomicUsize::new(0);
                let take = || Some(next.fetch_add(1, Relaxed)).filter(|index| *index < ITEMS);
                let thread = || -> Vec<(usize, u64)> {
                    iter::from_fn(take)
                        .map(|index| (index, item(index)))
                        .collect()
                };
                thread::scope(|scope| {
                    let threads: Vec<_> = (0..WORKERS).map(|_| scope.spawn(thread)).collect();
                    let parts = threads.into_iter().map(|thread| thread.join());
                    in_order(parts.flat_map(|part| part.expect("no item panics")))
                })
            });
        })
        .peer(
            "rusty_pool, a job per item",
            items::<rusty_pool::ThreadPool>(),
        )
        .peer(
            "tokio spawn_blocking, a job per item",
            items::<TokioBlocking>(),
        )
        .peer(
            "futures ThreadPool, a job per item",
            items::<futures::executor::ThreadPool>(),
        )
        .peer("async-executor, a job per item", items::<AsyncExecutor>())
        .peer(
            "threadpool, a job per item",
            items_by_channel::<threadpool::ThreadPool>(),
        )
        .peer(
            "crossbeam-channel + threads, a job per item",
            items_by_channel::<by_hand::Pool>(),
        )
        .bound("serial", |n, clock| {
            maps(n, clock, || (0..ITEMS).map(item).collect());
        })
}

/// Times one map after the other and looks at what came out.
fn maps(n: u64, clock: &mut Clock, mut map: impl FnMut() -> Vec<u64>) {
    for _ in 0..n / ITEMS as u64 {
        let mapped = clock.time(&mut map);
        assert!(mapped == *MAPPED);
    }
}

fn items<P: Submit>() -> impl FnMut(u64, &mut Clock) {
    |n, clock| {
        let pool = P::start();
        maps(n, clock, || {
            let submit = |index| pool.submit(move || item(index));
            let handles: Vec<_> = (0..ITEMS).map(submit).collect();
            let mut all = Vec::with_capacity(ITEMS);
            P::results(handles, |result| all.push(result));
            all
        });
    }
}

fn items_by_channel<P: Pool>() -> impl FnMut(u64, &mut Clock) {
    |n, clock| {
        let pool = P::start();
        maps(n, clock, || {
            let (sender, results) = mpsc::channel();
            for index in 0..ITEMS {
                let sender = sender.clone();
                pool.execute(move || {
                    let result = (index, item(index));
                    sender.send(result).expect("the receiver is alive");
                });
            }
            drop(sender);
            in_order(results)
        });
    }
}

/// The range of all items in so many parts.
fn chunks(count: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let size = ITEMS.div_ceil(count);
    (0..count).map(move |chunk| chunk * size..((chunk + 1) * size).min(ITEMS))
}

fn in_order(results: impl IntoIterator<Item = (usize, u64)>) -> Vec<u64> {
    let mut all = vec![0; ITEMS];
    for (index, result) in results {
        all[index] = result;
    }
    all
}
