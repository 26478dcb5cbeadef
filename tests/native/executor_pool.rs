//! Pools that grow and shrink, are bounded, observed and ended.

use crate::common::Block;
use rungs::executor::{
    Observer, Priority, Shutdown, SubmitError, TaskOptions, ThreadPoolExecutor, blocking,
};
use rungs::future::{TaskError, block_on};
use rungs::queue::Queue;
use rungs::sync::{Barrier, CancelToken, Event, Latch};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Waits until something holds, which nobody tells of.
fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn workers_are_started_as_they_are_needed_and_end_when_they_are_not() {
    let pool = ThreadPoolExecutor::builder()
        .max_workers(4)
        .min_workers(1)
        .keep_alive(Duration::from_millis(5))
        .build()
        .unwrap();
    assert_eq!(pool.workers(), 1);
    for _ in 0..3 {
        let met = Arc::new(Barrier::new(4));
        let all: Vec<_> = (0..4)
            .map(|_| {
                let met = met.clone();
                pool.spawn(async move { met.wait().is_ok() })
            })
            .collect();
        assert!(all.into_iter().all(|one| block_on(one).unwrap()));
        assert_eq!(pool.metrics().max_workers, 4);
        until(|| pool.workers() == 1);
    }
}

#[test]
fn a_smaller_pool_really_ends_threads() {
    struct Threads(Arc<Mutex<HashSet<usize>>>);
    impl Observer for Threads {
        fn worker_started(&self, worker: usize) {
            assert!(self.0.lock().unwrap().insert(worker));
        }
        fn worker_stopped(&self, worker: usize) {
            assert!(self.0.lock().unwrap().remove(&worker));
        }
    }
    let threads = Arc::new(Mutex::new(HashSet::new()));
    let pool = ThreadPoolExecutor::builder()
        .max_workers(3)
        .observer(Threads(threads.clone()))
        .build()
        .unwrap();
    for size in [8, 2, 5, 1, 3] {
        let block = Block::worker_of(&pool);
        pool.resize(size).unwrap();
        block.release();
        until(|| pool.workers() == size && threads.lock().unwrap().len() == size);
        let sum: usize = (0..100)
            .map(|n| pool.submit(move || n))
            .map(|n| n.result().unwrap())
            .sum();
        assert_eq!(sum, 4950);
    }
    drop(pool);
    assert!(threads.lock().unwrap().is_empty());
}

/// async-executor#104: tasks stranded in the queue of a worker that is gone.
#[test]
fn what_a_dismissed_worker_leaves_is_done() {
    for _ in 0..50 {
        let pool = ThreadPoolExecutor::new(3);
        let done = Arc::new(Latch::new(300));
        for _ in 0..300 {
            let done = done.clone();
            pool.execute(move || done.count_down()).unwrap();
        }
        pool.resize(1).unwrap();
        done.wait();
    }
}

#[test]
fn a_job_may_wait_for_its_own_pool_when_it_says_so() {
    let pool = ThreadPoolExecutor::new(1);
    let handle = pool.handle();
    let depth = Arc::new(AtomicUsize::new(0));
    fn nest(handle: rungs::executor::Handle, depth: Arc<AtomicUsize>, left: usize) {
        if left > 0 {
            depth.fetch_add(1, SeqCst);
            let (done, inner) = (Arc::new(Event::new(false)), handle.clone());
            let set = done.clone();
            handle
                .execute(move || {
                    nest(inner, depth, left - 1);
                    set.set();
                })
                .unwrap();
            blocking(|| done.wait());
        }
    }
    let counted = depth.clone();
    pool.submit(move || nest(handle, counted, 20))
        .result()
        .unwrap();
    assert_eq!(depth.load(SeqCst), 20);
    until(|| pool.workers() == 1);
    assert_eq!(pool.metrics().blocked, 0);
    // Outside a pool, and when it panics:
    assert_eq!(blocking(|| 7), 7);
    let panics = pool.submit(|| blocking(|| panic!("as expected")));
    assert!(matches!(
        panics.result(),
        Err::<(), _>(TaskError::Panicked(_))
    ));
    until(|| pool.metrics().blocked == 0);
}

#[test]
fn a_bounded_pool_makes_outsiders_wait_and_gives_their_closures_back() {
    let pool = ThreadPoolExecutor::builder()
        .max_workers(1)
        .queue_capacity(2)
        .build()
        .unwrap();
    let block = Block::worker_of(&pool);
    let queued = [pool.submit(|| 1), pool.submit(|| 2)];
    assert!(matches!(pool.try_submit(|| 3), Err(SubmitError::Full(f)) if f() == 3));
    let moment = Duration::from_millis(1);
    let late = pool.submit_timeout(|| 4, moment).unwrap_err();
    assert_eq!(late.into_inner()(), 4);
    assert!(pool.execute_deadline(|| (), Instant::now()).is_err());
    assert!(pool.try_execute(|| ()).is_err());
    // What needs no room is let in.
    let spawned = pool.spawn(async { 5 });
    thread::scope(|s| {
        let waiting = s.spawn(|| pool.submit(|| 6).result().unwrap());
        let awaiting = s.spawn(|| block_on(pool.submit_async(|| 7)).result().unwrap());
        let timed = s.spawn(|| pool.submit_timeout(|| 8, Duration::MAX).unwrap());
        block.release();
        assert_eq!(waiting.join().unwrap(), 6);
        assert_eq!(awaiting.join().unwrap(), 7);
        assert_eq!(timed.join().unwrap().result().unwrap(), 8);
    });
    assert_eq!(queued.map(|one| one.result().unwrap()), [1, 2]);
    assert_eq!(spawned.result().unwrap(), 5);
}

#[test]
fn a_bounded_pool_never_makes_its_own_jobs_wait() {
    let pool = ThreadPoolExecutor::builder()
        .max_workers(1)
        .queue_capacity(1)
        .build()
        .unwrap();
    let handle = pool.handle();
    let sum = pool.submit(move || {
        let all: Vec<_> = (0..100).map(|n| handle.submit(move || n)).collect();
        all.into_iter().map(|n| n.result().unwrap()).sum::<i32>()
    });
    assert_eq!(sum.result().unwrap(), 4950);
}

#[test]
fn who_waits_for_room_is_rejected_by_the_end() {
    let pool = ThreadPoolExecutor::builder()
        .max_workers(1)
        .queue_capacity(1)
        .build()
        .unwrap();
    let block = Block::worker_of(&pool);
    let last = pool.submit(|| 1);
    let handle = pool.handle();
    let waiting = thread::spawn(move || handle.execute(|| ()));
    // Whether it waits already or not, it is rejected.
    let closing = thread::spawn(move || pool.shutdown(Shutdown::Wait));
    assert!(matches!(
        waiting.join().unwrap(),
        Err(SubmitError::ShutDown(_))
    ));
    block.release();
    closing.join().unwrap();
    assert_eq!(last.result().unwrap(), 1);
}

/// tokio#8406: a thread that fails to start is counted.
#[test]
fn a_thread_that_does_not_start_is_an_error_and_not_counted() {
    // No system has that much.
    let failed = ThreadPoolExecutor::builder()
        .max_workers(2)
        .stack_size(1 << 46)
        .build()
        .unwrap_err();
    assert!(
        failed
            .to_string()
            .starts_with("only 0 workers have started")
    );
    assert!(failed.into_pool().is_none());

    let allowed = Arc::new(AtomicUsize::new(2));
    let highest = Arc::new(AtomicUsize::new(0));
    let (limit, seen) = (allowed.clone(), highest.clone());
    let failed = ThreadPoolExecutor::builder()
        .max_workers(4)
        .initializer(move |worker| {
            seen.fetch_max(worker, SeqCst);
            let take = |left: usize| left.checked_sub(1);
            match limit.fetch_update(SeqCst, SeqCst, take) {
                Ok(_) => Ok(()),
                Err(_) => panic!("no more"),
            }
        })
        .build()
        .unwrap_err();
    assert_eq!(failed.error().to_string(), "no more");
    let pool = failed.into_pool().unwrap();
    assert_eq!(pool.workers(), 2);
    assert_eq!(pool.submit(|| 1).result().unwrap(), 1);
    // There is an error to resize, too, and the pool goes on; when it can, it grows.
    for _ in 0..5 {
        assert!(pool.resize(3).is_err());
        assert_eq!(pool.workers(), 2);
    }
    allowed.store(1, SeqCst);
    pool.resize(3).unwrap();
    assert_eq!(pool.workers(), 3);
    // Who comes has the place of one who failed.
    assert!(highest.load(SeqCst) < 4);
}

#[test]
fn a_pool_without_a_single_thread_is_refused_by_new() {
    let failed = std::panic::catch_unwind(|| {
        ThreadPoolExecutor::builder()
            .stack_size(1 << 46)
            .build()
            .unwrap()
    });
    assert!(failed.is_err());
}

#[test]
fn hooks_that_panic_cost_nothing() {
    struct Rude;
    impl Observer for Rude {
        fn worker_started(&self, _worker: usize) {
            panic!("rude");
        }
        fn job_started(&self, _worker: usize) {
            panic!("rude");
        }
        fn job_ended(&self, _worker: usize) {
            panic!("rude");
        }
        fn worker_stopped(&self, _worker: usize) {
            panic!("rude");
        }
    }
    let pool = ThreadPoolExecutor::builder()
        .max_workers(2)
        .observer(Rude)
        .on_panic(|_| panic!("rude"))
        .build()
        .unwrap();
    pool.execute(|| panic!("as expected")).unwrap();
    assert_eq!(pool.submit(|| 1).result().unwrap(), 1);
}

#[test]
fn low_priority_is_not_starved() {
    let pool = ThreadPoolExecutor::new(1);
    let (done, handle) = (Arc::new(Event::new(false)), pool.handle());
    let low = pool.submit_with(TaskOptions::new().priority(Priority::Low), {
        let done = done.clone();
        move || done.set()
    });
    // A job that always submits another.
    fn again(handle: rungs::executor::Handle, done: Arc<Event>) {
        if !done.is_set() {
            let inner = handle.clone();
            handle.execute(move || again(inner, done)).unwrap();
        }
    }
    again(handle, done.clone());
    done.wait();
    block_on(low).unwrap();
}

#[test]
fn a_token_cancels_what_has_not_begun() {
    let pool = ThreadPoolExecutor::new(1);
    let block = Block::worker_of(&pool);
    let token = CancelToken::new();
    let all: Vec<_> = (0..100)
        .map(|_| pool.submit_with(TaskOptions::new().token(&token), || ()))
        .collect();
    token.cancel();
    let late = pool.submit_with(TaskOptions::new().token(&token), || ());
    block.release();
    for one in all.into_iter().chain([late]) {
        assert!(matches!(one.result(), Err(TaskError::Cancelled)));
    }
}

#[test]
fn a_timed_end_says_what_runs_and_loses_nothing() {
    let pool = ThreadPoolExecutor::new(2);
    let block = Block::worker_of(&pool);
    let suspended = Arc::new(Event::new(false));
    let waited = suspended.clone();
    let spawned = pool.spawn(async move { waited.wait_async().await });
    until(|| pool.metrics().idle == 1);
    let unfinished = pool
        .shutdown_timeout(Shutdown::Wait, Duration::from_millis(1))
        .unwrap_err();
    assert_eq!((unfinished.running.len(), unfinished.spawned), (1, 1));
    assert_eq!(unfinished.running[0].name, None);
    suspended.set();
    block.release();
    unfinished.wait();
    assert!(spawned.result().is_ok());
    // In time, and for ever.
    let pool = ThreadPoolExecutor::new(1);
    pool.shutdown_timeout(Shutdown::Wait, Duration::MAX)
        .unwrap();
}

#[test]
fn a_pool_that_is_let_go_does_its_work() {
    let pool = ThreadPoolExecutor::new(2);
    let results = Queue::unbounded();
    for n in 0..100 {
        let results = results.clone();
        pool.execute(move || results.push(n).unwrap()).unwrap();
    }
    let handle = pool.handle();
    pool.detach();
    assert!(handle.execute(|| ()).is_err());
    let sum: i32 = (0..100).map(|_| results.pop().unwrap()).sum();
    assert_eq!(sum, 4950);
}

#[test]
fn figures_add_up() {
    let pool = ThreadPoolExecutor::new(2);
    let block = Block::worker_of(&pool);
    until(|| pool.metrics().idle == 1);
    let metrics = pool.metrics();
    assert_eq!(
        (metrics.workers, metrics.running, metrics.queued),
        (2, 1, 0)
    );
    block.release();
    let done: Vec<_> = (0..50).map(|_| pool.spawn(async {})).collect();
    done.into_iter().for_each(|one| block_on(one).unwrap());
    until(|| pool.metrics().completed == 51);
    assert_eq!(pool.metrics().spawned, 0);
}

/// cpython#94777, #115634, #152967: workers that come and go strand nothing, with a backlog and a limit.
#[test]
fn a_backlog_outlives_workers_that_come_and_go() {
    let pool = ThreadPoolExecutor::builder()
        .max_workers(3)
        .min_workers(1)
        .keep_alive(Duration::ZERO)
        .queue_capacity(7)
        .build()
        .unwrap();
    let futures: Vec<_> = (0..2000).map(|n| pool.submit(move || n)).collect();
    let sum: usize = futures.into_iter().map(|n| n.result().unwrap()).sum();
    assert_eq!(sum, 1999 * 1000);
}

/// tokio#6463: jobs that block, and an end that comes meanwhile.
#[test]
fn an_end_meets_jobs_that_block() {
    for round in 0..200 {
        let pool = ThreadPoolExecutor::new(2);
        let done = Arc::new(AtomicUsize::new(0));
        for n in 0..6 {
            let (done, handle) = (done.clone(), pool.handle());
            let job = move || {
                let inner = blocking(|| handle.submit(move || n).result());
                assert_eq!(inner.unwrap(), n);
                done.fetch_add(1, SeqCst);
            };
            pool.execute(job).unwrap();
        }
        match round % 3 {
            0 => drop(pool),
            1 => pool.shutdown(Shutdown::Wait),
            _ => pool
                .shutdown_timeout(Shutdown::Wait, Duration::MAX)
                .unwrap(),
        }
        assert_eq!(done.load(SeqCst), 6);
    }
}

/// crossbeam#726: a job that two workers take.
#[test]
fn a_job_that_moves_between_workers_runs_once() {
    const JOBS: usize = 100_000;
    let pool = ThreadPoolExecutor::new(4);
    let runs: Arc<[AtomicUsize]> = (0..JOBS).map(|_| AtomicUsize::new(0)).collect();
    for first in (0..JOBS).step_by(1000) {
        let (runs, handle) = (runs.clone(), pool.handle());
        let some = move || {
            for n in first..first + 1000 {
                let runs = runs.clone();
                handle
                    .execute(move || _ = runs[n].fetch_add(1, SeqCst))
                    .unwrap();
            }
        };
        pool.execute(some).unwrap();
    }
    drop(pool);
    assert!(runs.iter().all(|runs| runs.load(SeqCst) == 1));
}

#[test]
#[should_panic(expected = "`max_workers` is 0")]
fn a_pool_of_nobody_is_refused() {
    ThreadPoolExecutor::new(0);
}

#[test]
#[should_panic(expected = "`workers` is 18446744073709551615, above the 32768")]
fn a_pool_of_too_many_is_refused() {
    ThreadPoolExecutor::new(1).resize(usize::MAX).unwrap();
}

#[test]
fn a_job_does_not_wait_for_a_worker_that_is_about_to_start() {
    let (begun, go) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    let (begin, wait) = (begun.clone(), go.clone());
    let pool = ThreadPoolExecutor::builder()
        .max_workers(1)
        .initializer(move |worker| {
            if worker > 0 {
                begin.set();
                wait.wait();
            }
            Ok(())
        })
        .build()
        .unwrap();
    until(|| pool.metrics().idle == 1);
    thread::scope(|scope| {
        let resized = scope.spawn(|| pool.resize(2));
        begun.wait();
        // One worker sleeps, the other is at its initializer.
        let done = Arc::new(Event::new(false));
        let set = done.clone();
        pool.execute(move || set.set()).unwrap();
        let in_time = done.wait_timeout(Duration::from_secs(60));
        go.set();
        resized.join().unwrap().unwrap();
        assert!(in_time.is_ok());
    });
}

#[test]
fn no_worker_leaves_for_one_that_does_not_start() {
    let (done, blocked) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    let (wait, unblock) = (done.clone(), blocked.clone());
    let pool = ThreadPoolExecutor::builder()
        .max_workers(1)
        .initializer(move |worker| match worker {
            0 => Ok(()),
            _ => {
                unblock.set();
                let _ = wait.wait_timeout(Duration::from_secs(1));
                Err("only one".into())
            }
        })
        .build()
        .unwrap();
    // The second worker is hired for the time in which the first one is blocked.
    let handle = pool.handle();
    let job = pool.spawn(async move {
        blocking(|| {
            handle.execute(move || done.set()).unwrap();
            blocked.wait();
        });
    });
    block_on(job).unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    pool.execute(move || sender.send(()).unwrap()).unwrap();
    receiver.recv_timeout(Duration::from_secs(60)).unwrap();
    until(|| pool.workers() == 1);
}

#[test]
fn a_worker_that_blocks_within_a_block_is_replaced_once() {
    let pool = ThreadPoolExecutor::new(1);
    let handle = pool.handle();
    let count = move || blocking(|| blocking(|| handle.metrics().blocked));
    let job = pool.spawn(async move { count() });
    assert_eq!(block_on(job).unwrap(), 1);
    assert_eq!(pool.metrics().blocked, 0);
}

#[test]
fn a_worker_that_leaves_may_drop_its_pool() {
    struct Owner(Arc<Mutex<Option<ThreadPoolExecutor>>>, Queue<bool>);
    impl Observer for Owner {
        fn worker_stopped(&self, _worker: usize) {
            if let Some(pool) = self.0.lock().unwrap().take() {
                let dropped = catch_unwind(AssertUnwindSafe(|| drop(pool)));
                self.1.push(dropped.is_ok()).unwrap();
            }
        }
    }
    let (owner, drops) = (Arc::new(Mutex::new(None)), Queue::unbounded());
    let pool = ThreadPoolExecutor::builder()
        .max_workers(2)
        .observer(Owner(owner.clone(), drops.clone()))
        .build()
        .unwrap();
    let handle = pool.handle();
    let mut place = owner.lock().unwrap();
    pool.resize(1).unwrap();
    *place = Some(pool);
    drop(place);
    assert!(drops.pop().unwrap());
    assert!(handle.try_execute(|| ()).is_err());
}
