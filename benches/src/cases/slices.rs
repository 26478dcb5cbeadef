//! Rung 3: a function over a slice, with items that cost nothing, and with items that cost very
//! different things.

use std::iter;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::thread;

use rayon::prelude::*;
use rungs::executor::{ThreadPoolExecutor, par_map};

use super::fork::chili_pool;
use super::pools::Pool;
use super::{WORKERS, tokio_runtime, work};
use crate::harness::{Case, Clock};

pub fn cases() -> Vec<Case> {
    let skewed = "item of a map over 2k items of 1 us to 1 ms";
    let small = "item of a map of x*x+1 over 1M";
    vec![
        map("exec/map_small", small, MANY, &SMALL, square),
        map("exec/map_skewed", skewed, SKEWED, &SHUFFLED, take),
        map("exec/map_skewed_sorted", skewed, SKEWED, &SORTED, take),
    ]
}

/// What is mapped, and what comes of it.
struct Input {
    items: Vec<u64>,
    expected: Vec<u64>,
}

impl Input {
    fn new(items: Vec<u64>, f: fn(u64) -> u64) -> Self {
        let expected = items.iter().map(|item| f(*item)).collect();
        Self { items, expected }
    }
}

type Lazy = LazyLock<Input>;

/// How many items are small.
const MANY: u64 = 1 << 20;
/// How many items have a cost.
const SKEWED: u64 = 2_000;

static SMALL: Lazy = LazyLock::new(|| Input::new((0..MANY).collect(), square));
static SHUFFLED: Lazy = LazyLock::new(|| {
    // In an order that looks like none: the multiplier has no divisor in common with the number.
    Input::new(
        (0..SKEWED).map(|i| cost(i * 1_237 % SKEWED)).collect(),
        take,
    )
});
static SORTED: Lazy = LazyLock::new(|| Input::new((0..SKEWED).map(cost).collect(), take));

fn square(x: u64) -> u64 {
    x.wrapping_mul(x) + 1
}

/// Nanoseconds, from a microsecond to a millisecond; few of them are long.
fn cost(rank: u64) -> u64 {
    let part = rank as f64 / SKEWED as f64;
    (1_000.0 * 1_000_f64.powf(part)) as u64
}

fn take(nanos: u64) -> u64 {
    work(nanos, nanos)
}

fn map<F>(name: &'static str, unit: &'static str, len: u64, input: &'static Lazy, f: F) -> Case
where
    F: Fn(u64) -> u64 + Copy + Send + Sync + 'static,
{
    Case::new(name, unit)
        .batch(len)
        .rungs("rungs par_map", move |n, clock| {
            let pool = ThreadPoolExecutor::new(WORKERS);
            maps(n, clock, input, |items| {
                pool.within(|| par_map(items, |item| f(*item)))
            });
        })
        .peer("rayon par_iter", move |n, clock| {
            let pool = rayon::ThreadPool::start();
            maps(n, clock, input, |items| {
                pool.install(|| items.par_iter().map(|item| f(*item)).collect())
            });
        })
        .peer("chili join", move |n, clock| {
            let pool = chili_pool();
            let mut scope = pool.scope();
            maps(n, clock, input, |items| {
                let mut all = vec![0; items.len()];
                halve(&mut scope, items, &mut all, f);
                all
            });
        })
        .peer("tokio, 8 chunks", move |n, clock| {
            let runtime = tokio_runtime();
            maps(n, clock, input, |items: &'static [u64]| {
                let chunks: Vec<_> = items
                    .chunks(items.len().div_ceil(8))
                    .map(|chunk| runtime.spawn(async move { serial(chunk, f) }))
                    .collect();
                runtime.block_on(async {
                    let mut all = Vec::with_capacity(items.len());
                    for chunk in chunks {
                        all.extend(chunk.await.expect("no item panics"));
                    }
                    all
                })
            });
        })
        .peer("thread::scope, 2 chunks", move |n, clock| {
            maps(n, clock, input, |items| {
                let chunks = items.chunks(items.len().div_ceil(WORKERS));
                thread::scope(|scope| {
                    let threads: Vec<_> = chunks
                        .map(|chunk| scope.spawn(move || serial(chunk, f)))
                        .collect();
                    let parts = threads.into_iter().map(|thread| thread.join());
                    parts
                        .flat_map(|part| part.expect("no item panics"))
                        .collect()
                })
            });
        })
        .peer("thread::scope, next item", move |n, clock| {
            maps(n, clock, input, |items| next_item(items, f));
        })
        .bound("serial", move |n, clock| {
            maps(n, clock, input, |items| serial(items, f));
        })
}

fn serial(items: &[u64], f: impl Fn(u64) -> u64) -> Vec<u64> {
    items.iter().map(|item| f(*item)).collect()
}

/// Joins of halves, down to single items, as chili's own documents have it.
fn halve<F>(scope: &mut chili::Scope<'_>, items: &[u64], all: &mut [u64], f: F)
where
    F: Fn(u64) -> u64 + Copy + Send + Sync,
{
    match items {
        [] => {}
        [item] => all[0] = f(*item),
        _ => {
            let middle = items.len() / 2;
            let (items, more) = items.split_at(middle);
            let (all, rest) = all.split_at_mut(middle);
            scope.join(|s| halve(s, items, all, f), |s| halve(s, more, rest, f));
        }
    }
}

fn next_item(items: &[u64], f: impl Fn(u64) -> u64 + Copy + Send + Sync) -> Vec<u64> {
    let next = AtomicUsize::new(0);
    let take = || Some(next.fetch_add(1, Relaxed)).filter(|index| *index < items.len());
    let thread = || -> Vec<(usize, u64)> {
        iter::from_fn(take)
            .map(|index| (index, f(items[index])))
            .collect()
    };
    let mut all = vec![0; items.len()];
    thread::scope(|scope| {
        let threads: Vec<_> = (0..WORKERS).map(|_| scope.spawn(thread)).collect();
        for thread in threads {
            for (index, result) in thread.join().expect("no item panics") {
                all[index] = result;
            }
        }
    });
    all
}

/// Times one map after the other and looks at what came out.
fn maps(
    n: u64,
    clock: &mut Clock,
    input: &'static Lazy,
    mut map: impl FnMut(&'static [u64]) -> Vec<u64>,
) {
    for _ in 0..n / input.items.len() as u64 {
        let mapped = clock.time(|| map(&input.items));
        assert!(mapped == input.expected);
    }
}
