//! Rung 3, from inside: jobs that bring jobs, tasks that wake tasks; and what a pool costs that
//! has little to do.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use futures::task::SpawnExt as _;
use rungs::executor::{Handle, ThreadPoolExecutor};

use super::by_hand;
use super::pools::{AsyncExecutor, Pool, TokioBlocking, TokioTasks};
use crate::harness::{Case, Clock};

pub fn cases() -> Vec<Case> {
    vec![spawn_internal(), wake_tasks(), trickle_cpu()]
}

/// A pool as its own jobs see it.
trait Inside: Pool {
    type Handle: Clone + Send + 'static;

    fn inside(&self) -> Self::Handle;
    fn bring(handle: &Self::Handle, job: impl FnOnce() + Send + 'static);
}

/// Implements [`Inside`] where a handle is made and used in one expression each.
macro_rules! inside {
    ($pool:ty, $handle:ty, |$of:ident| $make:expr, |$by:ident, $job:ident| $bring:expr) => {
        impl Inside for $pool {
            type Handle = $handle;

            fn inside(&self) -> $handle {
                let $of = self;
                $make
            }

            fn bring($by: &$handle, $job: impl FnOnce() + Send + 'static) {
                $bring
            }
        }
    };
}

type Executor = Arc<async_executor::Executor<'static>>;

inside!(
    ThreadPoolExecutor,
    Handle,
    |pool| pool.handle(),
    |by, job| {
        assert!(by.execute(job).is_ok(), "the executor takes jobs");
    }
);
inside!(rayon::ThreadPool, (), |_pool| (), |_by, job| rayon::spawn(
    job
));
inside!(
    threadpool::ThreadPool,
    threadpool::ThreadPool,
    |pool| pool.clone(),
    |by, job| by.execute(job)
);
inside!(
    rusty_pool::ThreadPool,
    rusty_pool::ThreadPool,
    |pool| pool.clone(),
    |by, job| by.execute(job)
);
inside!(
    futures::executor::ThreadPool,
    futures::executor::ThreadPool,
    |pool| pool.clone(),
    |by, job| by
        .spawn(async move { job() })
        .expect("the pool takes tasks")
);
inside!(TokioBlocking, (), |_pool| (), |_by, job| {
    drop(tokio::task::spawn_blocking(job));
});
inside!(TokioTasks, (), |_pool| (), |_by, job| {
    drop(tokio::spawn(async move { job() }));
});
inside!(
    AsyncExecutor,
    Executor,
    |pool| pool.executor(),
    |by, job| {
        by.spawn(async move { job() }).detach();
    }
);
inside!(
    by_hand::Pool,
    crossbeam_channel::Sender<by_hand::Job>,
    |pool| pool.sender().clone(),
    |by, job| by.send(Box::new(job)).expect("the threads are alive")
);

/// How deep a tree is of which each job brings two more.
const DEPTH: u32 = 16;
/// How many jobs that makes.
const TREE: u64 = (1 << DEPTH) - 1;

fn spawn_internal() -> Case {
    Case::new(
        "pool/spawn_internal",
        "job of a tree of jobs that spawn two each",
    )
    .batch(TREE)
    .rungs("rungs ThreadPoolExecutor", trees::<ThreadPoolExecutor>())
    .peer("rayon", trees::<rayon::ThreadPool>())
    .peer("threadpool", trees::<threadpool::ThreadPool>())
    .peer("rusty_pool", trees::<rusty_pool::ThreadPool>())
    .peer("tokio spawn_blocking", trees::<TokioBlocking>())
    .peer("tokio spawn", trees::<TokioTasks>())
    .peer(
        "futures ThreadPool",
        trees::<futures::executor::ThreadPool>(),
    )
    .peer("async-executor", trees::<AsyncExecutor>())
    .peer("crossbeam-channel + threads", trees::<by_hand::Pool>())
}

/// Counts jobs down; the last wakes whoever waits for them.
struct Left {
    jobs: AtomicU64,
    waiter: Thread,
}

impl Left {
    fn new(jobs: u64) -> Arc<Left> {
        Arc::new(Left {
            jobs: AtomicU64::new(jobs),
            waiter: thread::current(),
        })
    }

    fn one_less(&self) {
        if self.jobs.fetch_sub(1, AcqRel) == 1 {
            self.waiter.unpark();
        }
    }

    fn wait(&self) {
        while self.jobs.load(Acquire) != 0 {
            thread::park();
        }
    }
}

fn trees<P: Inside>() -> impl FnMut(u64, &mut Clock) {
    fn grow<P: Inside>(handle: &P::Handle, left: &Arc<Left>, depth: u32) {
        if depth > 1 {
            for _ in 0..2 {
                let (inner, left) = (handle.clone(), left.clone());
                P::bring(handle, move || grow::<P>(&inner, &left, depth - 1));
            }
        }
        left.one_less();
    }
    fn tree<P: Inside>(pool: &P, depth: u32) {
        let left = Left::new((1 << depth) - 1);
        let (handle, counted) = (pool.inside(), left.clone());
        pool.execute(move || grow::<P>(&handle, &counted, depth));
        left.wait();
    }
    |n, clock| {
        let pool = P::start();
        tree(&pool, DEPTH / 2);
        clock.time(|| (0..n / TREE).for_each(|_| tree(&pool, DEPTH)));
    }
}

/// How many tasks wake each other in a ring.
const RING: usize = 64;
/// How many tokens go around it.
const TOKENS: u64 = 8;

fn wake_tasks() -> Case {
    Case::new(
        "exec/wake_tasks",
        "wake of a suspended task by another, in a ring of 64 with 8 tokens",
    )
    .batch(RING as u64)
    .rungs("rungs", rings::<ThreadPoolExecutor>())
    .peer("tokio spawn", rings::<TokioTasks>())
    .peer(
        "futures ThreadPool",
        rings::<futures::executor::ThreadPool>(),
    )
    .peer("async-executor", rings::<AsyncExecutor>())
}

/// Spawns tasks.
trait Tasks: Pool {
    fn task(&self, task: impl Future<Output = ()> + Send + 'static);
}

impl Tasks for ThreadPoolExecutor {
    fn task(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(self.spawn(task));
    }
}

impl Tasks for TokioTasks {
    fn task(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.runtime().spawn(task);
    }
}

impl Tasks for futures::executor::ThreadPool {
    fn task(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.spawn_ok(task);
    }
}

impl Tasks for AsyncExecutor {
    fn task(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.executor().spawn(task).detach();
    }
}

/// What a task of the ring waits for: the same for all contestants.
#[derive(Default)]
struct Cell(Mutex<(u64, Option<Waker>)>);

impl Cell {
    fn put(&self) {
        let mut cell = self.0.lock().unwrap();
        cell.0 += 1;
        let waker = cell.1.take();
        drop(cell);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    async fn take(&self) {
        poll_fn(|cx| {
            let mut cell = self.0.lock().unwrap();
            if cell.0 > 0 {
                cell.0 -= 1;
                return Poll::Ready(());
            }
            cell.1 = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

fn rings<P: Tasks>() -> impl FnMut(u64, &mut Clock) {
    |n, clock| {
        let pool = P::start();
        let cells: Arc<[Cell]> = (0..RING).map(|_| Cell::default()).collect();
        // Each task passes on so many tokens, and the ring is empty at the end.
        let each = n / RING as u64;
        let left = Left::new(RING as u64);
        clock.time(|| {
            for index in 0..RING {
                let (cells, left) = (cells.clone(), left.clone());
                pool.task(async move {
                    for _ in 0..each {
                        cells[index].take().await;
                        cells[(index + 1) % RING].put();
                    }
                    left.one_less();
                });
            }
            for token in 0..TOKENS as usize {
                cells[token * RING / TOKENS as usize].put();
            }
            left.wait();
        });
        let tokens: u64 = cells.iter().map(|cell| cell.0.lock().unwrap().0).sum();
        assert_eq!(tokens, TOKENS);
    }
}

const TRICKLE: Duration = Duration::from_millis(1);

fn trickle_cpu() -> Case {
    let inline = |n: u64, clock: &mut Clock| {
        let mut done = 0;
        clock.count(|| trickle(n, || done += 1));
        assert_eq!(done, n);
    };
    Case::new(
        "pool/trickle_cpu",
        "job, processor time, one job a millisecond",
    )
    .rungs("rungs ThreadPoolExecutor", trickles::<ThreadPoolExecutor>())
    .peer("rayon", trickles::<rayon::ThreadPool>())
    .peer("threadpool", trickles::<threadpool::ThreadPool>())
    .peer("rusty_pool", trickles::<rusty_pool::ThreadPool>())
    .peer("tokio spawn_blocking", trickles::<TokioBlocking>())
    .peer("tokio spawn", trickles::<TokioTasks>())
    .peer(
        "futures ThreadPool",
        trickles::<futures::executor::ThreadPool>(),
    )
    .peer("async-executor", trickles::<AsyncExecutor>())
    .peer("crossbeam-channel + threads", trickles::<by_hand::Pool>())
    .bound("run inline, no pool", inline)
}

/// Does something every millisecond.
fn trickle(times: u64, mut each: impl FnMut()) {
    let start = Instant::now();
    for round in 1..=times {
        each();
        let next = start + TRICKLE * u32::try_from(round).expect("a run is short");
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

fn trickles<P: Pool>() -> impl FnMut(u64, &mut Clock) {
    |n, clock| {
        let pool = P::start();
        let left = Left::new(n);
        clock.count(|| {
            trickle(n, || {
                let left = left.clone();
                pool.execute(move || left.one_less());
            });
            left.wait();
        });
    }
}
