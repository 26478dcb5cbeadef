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
            fibs(n, clock, || pool.within(fib));
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

const LEVELS: u32 = 20;

/// How many nodes the tree has.
const NODES: u64 = (1 << LEVELS) - 1;

/// A binary tree, level by level: favours neither those who go left first nor those who go right.
struct Tree(Vec<u64>);

static TREE: LazyLock<Tree> = LazyLock::new(|| Tree(vec![1; NODES as usize]));

impl Tree {
    /// The children of a node.
    fn children(&self, node: usize) -> Option<[usize; 2]> {
        let left = 2 * node + 1;
        (left < self.0.len()).then_some([left, left + 1])
    }
}

fn sum_serial(tree: &Tree, node: usize) -> u64 {
    let below = match tree.children(node) {
        None => 0,
        Some([left, right]) => sum_serial(tree, left) + sum_serial(tree, right),
    };
    tree.0[node] + below
}

fn sum_rungs(tree: &Tree, node: usize) -> u64 {
    let below = match tree.children(node) {
        None => 0,
        Some([left, right]) => {
            let (a, b) = rungs::executor::join(|| sum_rungs(tree, left), || sum_rungs(tree, right));
            a + b
        }
    };
    tree.0[node] + below
}

fn sum_rayon(tree: &Tree, node: usize) -> u64 {
    let below = match tree.children(node) {
        None => 0,
        Some([left, right]) => {
            let (a, b) = rayon::join(|| sum_rayon(tree, left), || sum_rayon(tree, right));
            a + b
        }
    };
    tree.0[node] + below
}

fn sum_chili(scope: &mut chili::Scope<'_>, tree: &Tree, node: usize) -> u64 {
    let below = match tree.children(node) {
        None => 0,
        Some([left, right]) => {
            let (a, b) = scope.join(|s| sum_chili(s, tree, left), |s| sum_chili(s, tree, right));
            a + b
        }
    };
    tree.0[node] + below
}

fn fork_join_tree() -> Case {
    Case::new(
        "exec/fork_join_tree",
        "node of a binary tree of 2^20, summed",
    )
    .batch(NODES)
    .rungs("rungs", |n, clock| {
        let pool = ThreadPoolExecutor::new(WORKERS);
        sums(n, clock, |tree| pool.within(|| sum_rungs(tree, 0)));
    })
    .peer("rayon", |n, clock| {
        let pool = rayon::ThreadPool::start();
        sums(n, clock, |tree| pool.install(|| sum_rayon(tree, 0)));
    })
    .peer("chili", |n, clock| {
        let pool = chili_pool();
        let mut scope = pool.scope();
        sums(n, clock, |tree| sum_chili(&mut scope, tree, 0));
    })
    .bound("serial", |n, clock| {
        sums(n, clock, |tree| sum_serial(tree, 0))
    })
}

fn sums(n: u64, clock: &mut Clock, mut sum: impl FnMut(&Tree) -> u64) {
    let tree = &*TREE;
    let times = 0..n / NODES;
    let sums: Vec<u64> = clock.time(|| times.map(|_| sum(black_box(tree))).collect());
    assert!(sums.iter().all(|sum| *sum == NODES));
}
