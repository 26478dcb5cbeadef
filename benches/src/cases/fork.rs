//! Rung 3: work that is split as it goes.

use std::hint::black_box;
use std::num::NonZero;
use std::sync::LazyLock;

use rungs::executor::ThreadPoolExecutor;

use super::WORKERS;
use super::pools::Pool;
use crate::harness::{Case, Clock};

pub fn cases() -> Vec<Case> {
    vec![fork_join_fib(), fork_join_tree()]
}

/// A pool of chili's, with as many threads as the others have; the caller counts as one.
pub(super) fn chili_pool() -> chili::ThreadPool {
    chili::ThreadPool::with_config(chili::Config {
        thread_count: NonZero::new(WORKERS),
        ..chili::Config::default()
    })
}

const N: u64 = 27;

/// How often `fib(n)` joins.
fn joins(n: u64) -> u64 {
    match n {
        0 | 1 => 0,
        _ => 1 + joins(n - 1) + joins(n - 2),
    }
}

fn serial(n: u64) -> u64 {
    match n {
        0 | 1 => n,
        _ => serial(n - 1) + serial(n - 2),
    }
}

fn by_rungs(n: u64) -> u64 {
    match n {
        0 | 1 => n,
        _ => {
            let (a, b) = rungs::executor::join(|| by_rungs(n - 1), || by_rungs(n - 2));
            a + b
        }
    }
}

fn by_rayon(n: u64) -> u64 {
    match n {
        0 | 1 => n,
        _ => {
            let (a, b) = rayon::join(|| by_rayon(n - 1), || by_rayon(n - 2));
            a + b
        }
    }
}

fn by_chili(scope: &mut chili::Scope<'_>, n: u64) -> u64 {
    match n {
        0 | 1 => n,
        _ => {
            let (a, b) = scope.join(|s| by_chili(s, n - 1), |s| by_chili(s, n - 2));
            a + b
        }
    }
}

fn fork_join_fib() -> Case {
    Case::new("exec/fork_join_fib", "join of fib(27), without a cut-off")
        .batch(joins(N))
        .rungs("rungs", |n, clock| {
            let pool = ThreadPoolExecutor::new(WORKERS);
            let fib = || by_rungs(black_box(N));
            fibs(n, clock, || pool.join(fib, || ()).0);
        })
        .peer("rayon", |n, clock| {
            let pool = rayon::ThreadPool::start();
            fibs(n, clock, || pool.install(|| by_rayon(black_box(N))));
        })
        .peer("chili", |n, clock| {
            let pool = chili_pool();
            let mut scope = pool.scope();
            fibs(n, clock, || by_chili(&mut scope, black_box(N)));
        })
        .bound("serial", |n, clock| {
            fibs(n, clock, || serial(black_box(N)));
        })
}

fn fibs(n: u64, clock: &mut Clock, mut fib: impl FnMut() -> u64) {
    let times = n / joins(N);
    let sums: Vec<u64> = clock.time(|| (0..times).map(|_| fib()).collect());
    assert!(sums.iter().all(|sum| *sum == 196_418));
}

/// A binary tree.
struct Node {
    value: u64,
    children: Option<Box<[Node; 2]>>,
}

const LEVELS: u32 = 20;

/// How many nodes the tree has, less one: as many joins as there are inner nodes.
const NODES: u64 = (1 << LEVELS) - 1;

static TREE: LazyLock<Node> = LazyLock::new(|| grow(LEVELS));

fn grow(levels: u32) -> Node {
    Node {
        value: 1,
        children: (levels > 1).then(|| Box::new([grow(levels - 1), grow(levels - 1)])),
    }
}

fn sum_serial(node: &Node) -> u64 {
    match node.children.as_deref() {
        None => node.value,
        Some([left, right]) => node.value + sum_serial(left) + sum_serial(right),
    }
}

fn sum_rungs(node: &Node) -> u64 {
    match node.children.as_deref() {
        None => node.value,
        Some([left, right]) => {
            let (a, b) = rungs::executor::join(|| sum_rungs(left), || sum_rungs(right));
            node.value + a + b
        }
    }
}

fn sum_rayon(node: &Node) -> u64 {
    match node.children.as_deref() {
        None => node.value,
        Some([left, right]) => {
            let (a, b) = rayon::join(|| sum_rayon(left), || sum_rayon(right));
            node.value + a + b
        }
    }
}

fn sum_chili(scope: &mut chili::Scope<'_>, node: &Node) -> u64 {
    match node.children.as_deref() {
        None => node.value,
        Some([left, right]) => {
            let (a, b) = scope.join(|s| sum_chili(s, left), |s| sum_chili(s, right));
            node.value + a + b
        }
    }
}

fn fork_join_tree() -> Case {
    Case::new(
        "exec/fork_join_tree",
        "node of a binary tree of 2^20, summed",
    )
    .batch(NODES)
    .rungs("rungs", |n, clock| {
        let pool = ThreadPoolExecutor::new(WORKERS);
        sums(n, clock, |tree| pool.join(|| sum_rungs(tree), || ()).0);
    })
    .peer("rayon", |n, clock| {
        let pool = rayon::ThreadPool::start();
        sums(n, clock, |tree| pool.install(|| sum_rayon(tree)));
    })
    .peer("chili", |n, clock| {
        let pool = chili_pool();
        let mut scope = pool.scope();
        sums(n, clock, |tree| sum_chili(&mut scope, tree));
    })
    .bound("serial", |n, clock| sums(n, clock, sum_serial))
}

fn sums(n: u64, clock: &mut Clock, mut sum: impl FnMut(&Node) -> u64) {
    let tree = &*TREE;
    let times = 0..n / NODES;
    let sums: Vec<u64> = clock.time(|| times.map(|_| sum(black_box(tree))).collect());
    assert!(sums.iter().all(|sum| *sum == NODES));
}
