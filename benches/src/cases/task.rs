//! Beside rung 3: event loops and timers.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::task::{Context, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use rungs::executor::{LocalExecutor, ThreadPoolExecutor};
use tokio::runtime::{self, Runtime};
use tokio::task::LocalSet;

use super::tokio_runtime;
use crate::harness::{Case, Clock};

pub fn cases() -> Vec<Case> {
    vec![
        spawn(),
        yields(),
        wake(),
        pingpong_queue(),
        pingpong_oneshot(),
        timers_make(),
        timers_cancel(),
        timers_fire(),
    ]
}

/// A loop of one thread.
trait Loop: Sized {
    type Task: Future + 'static;

    fn start() -> Self;
    fn spawn(&self, future: impl Future<Output = ()> + 'static) -> Self::Task;
    fn block_on<R>(&self, future: impl Future<Output = R>) -> R;
}

impl Loop for LocalExecutor {
    type Task = rungs::executor::LocalTask<()>;

    fn start() -> Self {
        Self::new()
    }

    fn spawn(&self, future: impl Future<Output = ()> + 'static) -> Self::Task {
        (**self).spawn(future)
    }

    fn block_on<R>(&self, future: impl Future<Output = R>) -> R {
        self.block_on(future)
    }
}

impl Loop for async_executor::LocalExecutor<'static> {
    type Task = async_executor::Task<()>;

    fn start() -> Self {
        Self::new()
    }

    fn spawn(&self, future: impl Future<Output = ()> + 'static) -> Self::Task {
        self.spawn(future)
    }

    fn block_on<R>(&self, future: impl Future<Output = R>) -> R {
        async_io::block_on(self.run(future))
    }
}

/// tokio's loop of one thread.
struct TokioLocal(Runtime, LocalSet);

impl Loop for TokioLocal {
    type Task = tokio::task::JoinHandle<()>;

    fn start() -> Self {
        Self(current_thread(), LocalSet::new())
    }

    fn spawn(&self, future: impl Future<Output = ()> + 'static) -> Self::Task {
        self.1.spawn_local(future)
    }

    fn block_on<R>(&self, future: impl Future<Output = R>) -> R {
        self.1.block_on(&self.0, future)
    }
}

fn current_thread() -> Runtime {
    let mut builder = runtime::Builder::new_current_thread();
    builder.enable_time().build().expect("it starts no thread")
}

/// Futures that are spawned at once.
const TASKS: u64 = 1000;

fn spawn() -> Case {
    Case::new(
        "task/spawn",
        "future spawned on a loop of one thread and awaited, 1000 at once",
    )
    .batch(TASKS)
    .rungs("rungs", spawn_on::<LocalExecutor>)
    .peer("tokio LocalSet", spawn_on::<TokioLocal>)
    .peer(
        "async-executor",
        spawn_on::<async_executor::LocalExecutor<'static>>,
    )
}

fn spawn_on<L: Loop>(n: u64, clock: &mut Clock) {
    let driver = L::start();
    let done = Rc::new(Cell::new(0));
    clock.time(|| {
        for _ in 0..n / TASKS {
            let spawned: Vec<_> = (0..TASKS)
                .map(|_| {
                    let done = done.clone();
                    driver.spawn(async move { done.set(done.get() + 1) })
                })
                .collect();
            driver.block_on(async {
                for task in spawned {
                    task.await;
                }
            });
        }
    });
    assert_eq!(done.get(), n / TASKS * TASKS);
}

fn yields() -> Case {
    Case::new(
        "task/yield",
        "yield of one of ten tasks of a loop of one thread",
    )
    .batch(10)
    .rungs("rungs", yield_on::<LocalExecutor>)
    .peer("tokio LocalSet", yield_on::<TokioLocal>)
    .peer(
        "async-executor",
        yield_on::<async_executor::LocalExecutor<'static>>,
    )
}

fn yield_on<L: Loop>(n: u64, clock: &mut Clock) {
    let driver = L::start();
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            driver.spawn(async move {
                for _ in 0..n / 10 {
                    rungs::future::yield_now().await;
                }
            })
        })
        .collect();
    clock.time(|| {
        driver.block_on(async {
            for task in tasks {
                task.await;
            }
        });
    });
}

fn wake() -> Case {
    Case::new(
        "task/wake",
        "task of a sleeping loop woken by another thread, and an answer",
    )
    .rungs("rungs", wake_on::<LocalExecutor>)
    .peer("tokio LocalSet", wake_on::<TokioLocal>)
    .peer(
        "async-executor",
        wake_on::<async_executor::LocalExecutor<'static>>,
    )
}

/// There and back: what goes and what comes back is a channel of async-channel's for all.
fn wake_on<L: Loop>(n: u64, clock: &mut Clock) {
    let (ask, asked) = async_channel::bounded(1);
    let (answer, answered) = async_channel::bounded(1);
    let other = thread::spawn(move || {
        while let Ok(value) = asked.recv_blocking() {
            answer.send_blocking(value).expect("somebody waits");
        }
    });
    let driver = L::start();
    let task = driver.spawn(async move {
        for value in 0..n {
            ask.send(value).await.expect("somebody answers");
            assert_eq!(answered.recv().await, Ok(value));
        }
    });
    clock.time(|| driver.block_on(async { _ = task.await }));
    other.join().expect("no panic");
}

fn pingpong_queue() -> Case {
    Case::new(
        "task/pingpong_queue",
        "item there and back between two tasks of a pool",
    )
    .rungs("rungs", |n, clock| {
        let pool = ThreadPoolExecutor::new(super::WORKERS);
        let (there, back) = (
            rungs::queue::Queue::bounded(1),
            rungs::queue::Queue::bounded(1),
        );
        let (echo, echoed) = (there.clone(), back.clone());
        let other = pool.spawn(async move {
            while let Ok(value) = echo.pop_async().await {
                echoed.push_async(value).await.expect("it is open");
            }
        });
        let task = pool.spawn(async move {
            for value in 0..n {
                there.push_async(value).await.expect("it is open");
                assert_eq!(back.pop_async().await, Ok(value));
            }
            there.close();
        });
        clock.time(|| task.result().expect("no panic"));
        other.result().expect("no panic");
    })
    .peer("tokio", |n, clock| {
        let runtime = tokio_runtime();
        let (there, mut echo) = tokio::sync::mpsc::channel(1);
        let (echoed, mut back) = tokio::sync::mpsc::channel(1);
        runtime.spawn(async move {
            while let Some(value) = echo.recv().await {
                echoed.send(value).await.expect("it is open");
            }
        });
        let task = runtime.spawn(async move {
            for value in 0..n {
                there.send(value).await.expect("it is open");
                assert_eq!(back.recv().await, Some(value));
            }
        });
        clock.time(|| runtime.block_on(task).expect("no panic"));
    })
}

fn pingpong_oneshot() -> Case {
    Case::new(
        "task/pingpong_oneshot",
        "one value from one task of a pool to another",
    )
    .rungs("rungs", |n, clock| {
        let pool = ThreadPoolExecutor::new(super::WORKERS);
        let handle = pool.handle();
        let task = pool.spawn(async move {
            for value in 0..n {
                let (promise, future) = rungs::future::Promise::new();
                drop(handle.spawn(async move { _ = promise.set_result(value) }));
                assert_eq!(future.await.expect("it is kept"), value);
            }
        });
        clock.time(|| task.result().expect("no panic"));
    })
    .peer("tokio", |n, clock| {
        let runtime = tokio_runtime();
        let task = runtime.spawn(async move {
            for value in 0..n {
                let (sender, receiver) = tokio::sync::oneshot::channel();
                tokio::spawn(async move { _ = sender.send(value) });
                assert_eq!(receiver.await, Ok(value));
            }
        });
        clock.time(|| runtime.block_on(task).expect("no panic"));
    })
}

/// A kind of timer.
trait Timer: Future + Unpin {
    fn after(time: Duration) -> Self;
}

impl Timer for rungs::task::Sleep {
    fn after(time: Duration) -> Self {
        rungs::task::sleep(time)
    }
}

impl Timer for Pin<Box<tokio::time::Sleep>> {
    fn after(time: Duration) -> Self {
        Box::pin(tokio::time::sleep(time))
    }
}

impl Timer for async_io::Timer {
    fn after(time: Duration) -> Self {
        async_io::Timer::after(time)
    }
}

/// So many are pending at once.
const TIMERS: u64 = 1_000_000;

fn timers_make() -> Case {
    Case::new("task/timers_make", "timer made, polled and dropped")
        .rungs("rungs", make::<rungs::task::Sleep>)
        .peer("tokio", inside(make::<Pin<Box<tokio::time::Sleep>>>))
        .peer("async-io", make::<async_io::Timer>)
}

fn make<T: Timer>(n: u64, clock: &mut Clock) {
    let mut cx = Context::from_waker(Waker::noop());
    clock.time(|| {
        for _ in 0..n {
            let mut timer = T::after(Duration::from_secs(10));
            assert!(Pin::new(&mut timer).poll(&mut cx).is_pending());
        }
    });
}

fn timers_cancel() -> Case {
    Case::new(
        "task/timers_cancel",
        "timer made, polled and dropped, a million at once",
    )
    .batch(TIMERS)
    .rungs("rungs", cancel::<rungs::task::Sleep>)
    .peer("tokio", inside(cancel::<Pin<Box<tokio::time::Sleep>>>))
    .peer("async-io", cancel::<async_io::Timer>)
}

fn cancel<T: Timer>(n: u64, clock: &mut Clock) {
    let mut cx = Context::from_waker(Waker::noop());
    let mut all = Vec::with_capacity(TIMERS as usize);
    for _ in 0..n / TIMERS {
        clock.time(|| {
            for timer in 0..TIMERS {
                let time = Duration::from_secs(10) + spread(timer) * 20;
                let mut timer = T::after(time);
                assert!(Pin::new(&mut timer).poll(&mut cx).is_pending());
                all.push(timer);
            }
            // Not in the order in which they came.
            let half = all.split_off(all.len() / 2);
            half.into_iter().rev().zip(all.drain(..)).for_each(drop);
        });
    }
}

/// A time below a second that looks random.
fn spread(number: u64) -> Duration {
    Duration::from_nanos(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 35)
}

fn timers_fire() -> Case {
    Case::new(
        "task/timers_fire",
        "timer made, waited for and rung, a million within a second",
    )
    .batch(TIMERS)
    .rungs("rungs", |n, clock| {
        fire::<rungs::task::Sleep>(n, clock, park)
    })
    .peer("tokio", |n, clock| {
        let runtime = current_thread();
        let _inside = runtime.enter();
        fire::<Pin<Box<tokio::time::Sleep>>>(n, clock, |all| {
            runtime.block_on(async {
                while !all() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            });
        });
    })
    .peer("async-io", |n, clock| {
        fire::<async_io::Timer>(n, clock, park)
    })
}

fn park(all: &dyn Fn() -> bool) {
    while !all() {
        thread::park();
    }
}

/// Counts its wakes, and wakes a thread for the last.
struct Rung(AtomicUsize, Thread);

impl Wake for Rung {
    fn wake(self: Arc<Self>) {
        if self.0.fetch_sub(1, Release) == 1 {
            self.1.unpark();
        }
    }
}

/// What counts here is the processor time, not the wall's.
fn fire<T: Timer>(n: u64, clock: &mut Clock, wait: impl Fn(&dyn Fn() -> bool)) {
    for _ in 0..n / TIMERS {
        let rung = Arc::new(Rung(AtomicUsize::new(TIMERS as usize), thread::current()));
        let waker = Waker::from(rung.clone());
        let mut cx = Context::from_waker(&waker);
        clock.time(|| {
            let start = Instant::now() + Duration::from_secs(2);
            let all: Vec<T> = (0..TIMERS)
                .map(|timer| {
                    let at = start + spread(timer);
                    let mut timer = T::after(at.saturating_duration_since(Instant::now()));
                    assert!(Pin::new(&mut timer).poll(&mut cx).is_pending());
                    timer
                })
                .collect();
            wait(&|| rung.0.load(Acquire) == 0);
            drop(all);
        });
    }
}

/// Runs a body inside a runtime that has timers.
fn inside(body: fn(u64, &mut Clock)) -> impl FnMut(u64, &mut Clock) {
    move |n, clock| {
        let runtime = current_thread();
        let _inside = runtime.enter();
        body(n, clock);
    }
}
