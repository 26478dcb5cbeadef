//! The executor as its users see it.

use crate::common::Block;
use rungs::executor::{Executor, Handle, Rejected, Shutdown, ThreadPoolExecutor};
use rungs::future::{Job, Promise, TaskError, TaskFuture, block_on};
use rungs::sync::Event;
use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

fn pool(workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(workers)
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !thread::panicking() {
            panic!("a drop that panics");
        }
    }
}

fn is_cancelled<T>(result: Result<T, TaskError>) -> bool {
    matches!(result, Err(TaskError::Cancelled))
}

fn count(counter: &Arc<AtomicUsize>) -> impl FnOnce() + Send + use<> {
    let counter = counter.clone();
    move || {
        counter.fetch_add(1, SeqCst);
    }
}

#[test]
fn every_job_runs_once() {
    let pool = pool(3);
    let counts: Vec<_> = (0..5000).map(|_| Arc::new(AtomicUsize::new(0))).collect();
    thread::scope(|s| {
        for part in counts.chunks(1000) {
            let pool = &pool;
            s.spawn(move || {
                for (i, counter) in part.iter().enumerate() {
                    let job = count(counter);
                    match i % 3 {
                        0 => pool.execute(job).unwrap(),
                        1 => drop(pool.submit(job)),
                        _ => drop(pool.spawn(async move { job() })),
                    }
                }
            });
        }
    });
    drop(pool);
    assert!(counts.iter().all(|count| count.load(SeqCst) == 1));
}

#[test]
fn results_come_back_by_blocking_and_by_awaiting() {
    let pool = pool(2);
    assert_eq!(pool.submit(|| 1).result().unwrap(), 1);
    assert_eq!(block_on(pool.submit(|| 2)).unwrap(), 2);
    assert_eq!(pool.spawn(async { 3 }).result().unwrap(), 3);
    let inner = pool.submit(|| 4);
    let outer = pool.spawn(async move { inner.await.unwrap() + 1 });
    assert_eq!(block_on(outer).unwrap(), 5);
}

#[test]
fn who_waits_runs_what_nobody_has_begun() {
    let pool = pool(1);
    let block = Block::worker_of(&pool);
    let here = pool.submit(|| thread::current().id());
    assert_eq!(here.result().unwrap(), thread::current().id());
    let mut here = pool.submit(|| thread::current().id());
    here.wait();
    assert_eq!(here.try_result().unwrap().unwrap(), thread::current().id());
    block.release();
}

#[test]
fn a_timed_wait_runs_nothing_and_gives_the_future_back() {
    let pool = pool(1);
    let block = Block::worker_of(&pool);
    let waiting = pool.submit(|| 7);
    let waiting = waiting.result_timeout(Duration::ZERO).unwrap_err();
    let waiting = waiting.result_deadline(Instant::now()).unwrap_err();
    let mut waiting = waiting.try_result().unwrap_err();
    assert!(waiting.wait_timeout(Duration::from_millis(1)).is_err());
    assert!(!waiting.is_done() && !waiting.is_running() && !waiting.is_cancelled());
    block.release();
    assert_eq!(waiting.result_timeout(Duration::MAX).unwrap().unwrap(), 7);
}

#[test]
fn jobs_nest_on_one_worker() {
    fn sum(handle: &Handle, n: u64) -> u64 {
        if n == 0 {
            return 0;
        }
        let inner = handle.clone();
        n + handle.submit(move || sum(&inner, n - 1)).result().unwrap()
    }
    let pool = pool(1);
    let handle = pool.handle();
    assert_eq!(
        block_on(pool.submit(move || sum(&handle, 100))).unwrap(),
        5050
    );
}

/// rayon#592: a waiting worker that runs any job may run one that wants the lock it holds.
#[test]
fn a_lock_held_while_waiting_is_not_met_by_other_jobs() {
    let pool = pool(1);
    let lock = Arc::new(Mutex::new(0));
    let (handle, held) = (pool.handle(), lock.clone());
    let outer = pool.submit(move || {
        let mut guard = held.lock().unwrap();
        let want = held.clone();
        handle.execute(move || *want.lock().unwrap() += 1).unwrap();
        *guard += handle.submit(|| 10).result().unwrap();
    });
    block_on(outer).unwrap();
    drop(pool);
    assert_eq!(*lock.lock().unwrap(), 11);
}

#[test]
fn a_panic_reaches_its_caller_and_costs_no_worker() {
    let pool = pool(1);
    for round in 0..3 {
        match block_on(pool.submit(move || -> () { panic!("round {round}") })) {
            Err(TaskError::Panicked(payload)) => {
                assert_eq!(payload.message(), format!("round {round}"));
            }
            _ => unreachable!(),
        }
        pool.execute(|| panic!("nobody hears")).unwrap();
        drop(pool.submit(|| panic!("detached")));
        let failed = pool.spawn(async { panic!("polled") });
        assert!(matches!(block_on(failed), Err(TaskError::Panicked(_))));
    }
    assert_eq!(block_on(pool.submit(|| 1)).unwrap(), 1);
}

#[test]
fn drops_that_panic_cost_no_worker() {
    let pool = pool(1);
    let block = Block::worker_of(&pool);
    // The result of a detached job; what a cancelled one captured; a payload; what a future held.
    drop(pool.submit(|| Bomb));
    let bomb = Bomb;
    assert!(pool.submit(move || drop(bomb)).cancel());
    drop(pool.submit(|| panic_any(Bomb)));
    let bomb = Bomb;
    let suspended = async move {
        pending::<()>().await;
        drop(bomb);
    };
    assert!(pool.spawn(suspended).cancel());
    block.release();
    assert_eq!(block_on(pool.submit(|| 1)).unwrap(), 1);
}

#[test]
fn a_queued_job_is_cancelled_and_dropped_at_once() {
    let pool = pool(1);
    let block = Block::worker_of(&pool);
    let captured = Arc::new(());
    let kept = captured.clone();
    let queued = pool.submit(move || drop(kept));
    assert!(queued.cancel());
    assert_eq!(Arc::strong_count(&captured), 1);
    assert!(queued.is_cancelled() && queued.is_done() && queued.cancel());
    assert!(!block.job.cancel() && block.job.is_running());
    assert!(is_cancelled(queued.result()));
    block.release();
}

#[test]
fn a_suspended_task_is_cancelled_and_dropped() {
    let pool = pool(1);
    let captured = Arc::new(());
    let kept = captured.clone();
    let (polled, is_polled) = mpsc::channel();
    let task = pool.spawn(async move {
        polled.send(()).unwrap();
        pending::<()>().await;
        drop(kept);
    });
    is_polled.recv().unwrap();
    // It may still be on its way out of the poll: then it is cancelled when it suspends.
    task.cancel();
    assert!(is_cancelled(block_on(task)));
    assert_eq!(Arc::strong_count(&captured), 1);
}

#[test]
fn tasks_that_yield_let_each_other_run() {
    let pool = pool(1);
    let turn = Arc::new(AtomicUsize::new(0));
    let tasks = [0, 1].map(|me| {
        let turn = turn.clone();
        pool.spawn(poll_fn(move |cx| {
            let now = turn.load(SeqCst);
            if now >= 100 {
                return Poll::Ready(());
            }
            if now % 2 == me {
                turn.fetch_add(1, SeqCst);
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }))
    });
    for task in tasks {
        block_on(task).unwrap();
    }
}

#[test]
fn jobs_that_submit_themselves_do_not_starve_others() {
    fn again(handle: Handle, stop: Arc<AtomicUsize>) {
        if stop.load(SeqCst) == 0 {
            let next = handle.clone();
            let _ = handle.execute(move || again(next, stop));
        }
    }
    let pool = pool(1);
    let stop = Arc::new(AtomicUsize::new(0));
    again(pool.handle(), stop.clone());
    assert_eq!(block_on(pool.submit(|| 1)).unwrap(), 1);
    stop.store(1, SeqCst);
}

#[test]
fn shutdown_waits_for_all_that_was_accepted() {
    let pool = pool(2);
    let counter = Arc::new(AtomicUsize::new(0));
    for _ in 0..100 {
        let (handle, counter) = (pool.handle(), counter.clone());
        drop(pool.submit(move || {
            // From inside: belongs to the job, even where the pool is shut down by now.
            handle.execute(count(&counter)).unwrap();
            let spawned = count(&counter);
            drop(handle.spawn(async move { spawned() }));
            counter.fetch_add(1, SeqCst);
        }));
    }
    pool.shutdown(Shutdown::Wait);
    assert_eq!(counter.load(SeqCst), 300);
}

#[test]
fn shutdown_waits_for_a_suspended_task() {
    let pool = pool(1);
    let event = Arc::new(Event::new(false));
    let waited = event.clone();
    let (polled, is_polled) = mpsc::channel();
    let task = pool.spawn(async move {
        polled.send(()).unwrap();
        waited.wait_async().await;
        7
    });
    is_polled.recv().unwrap();
    let closer = thread::spawn(move || pool.shutdown(Shutdown::Wait));
    event.set();
    closer.join().unwrap();
    assert!(task.is_done());
    assert_eq!(task.result().unwrap(), 7);
}

#[test]
fn cancel_pending_resolves_everything() {
    let pool = pool(1);
    let block = Block::worker_of(&pool);
    let closures: Vec<_> = (0..100).map(|n| pool.submit(move || n)).collect();
    let spawned: Vec<_> = (0..100).map(|_| pool.spawn(pending::<()>())).collect();
    let handle = pool.handle();
    let closer = thread::spawn(move || pool.shutdown(Shutdown::CancelPending));
    for future in closures {
        assert!(is_cancelled(block_on(future)));
    }
    for future in spawned {
        assert!(is_cancelled(block_on(future)));
    }
    assert!(matches!(
        handle.submit(|| 1).result(),
        Err(TaskError::Rejected)
    ));
    block.release();
    closer.join().unwrap();
}

#[test]
fn a_pool_that_is_shut_down_gives_back() {
    let pool = pool(1);
    let handle = pool.handle();
    drop(pool);
    assert_eq!(handle.try_submit(|| 7).unwrap_err().into_inner()(), 7);
    let (sender, receiver) = mpsc::channel();
    let error = handle.execute(move || sender.send(8).unwrap()).unwrap_err();
    error.into_inner()();
    assert_eq!(receiver.recv(), Ok(8));
    assert!(matches!(
        handle.submit(|| 1).result(),
        Err(TaskError::Rejected)
    ));
    let spawned = handle.spawn(async { 1 });
    assert!(spawned.is_done() && !spawned.is_cancelled());
    assert!(matches!(spawned.result(), Err(TaskError::Rejected)));
}

#[test]
fn submissions_and_the_end_agree() {
    for round in 0..200 {
        let pool = pool(1 + round % 2);
        let ran = Arc::new(AtomicUsize::new(0));
        let submitters = [0, 1].map(|_| {
            let (handle, ran) = (pool.handle(), ran.clone());
            let submit = move |_: &usize| handle.execute(count(&ran)).is_ok();
            thread::spawn(move || (0..50).filter(submit).count())
        });
        drop(pool);
        let accepted: usize = submitters.map(|s| s.join().unwrap()).iter().sum();
        assert_eq!(ran.load(SeqCst), accepted);
    }
}

#[test]
fn a_pool_may_be_dropped_by_its_own_job() {
    let pool = Arc::new(pool(2));
    let mine = pool.clone();
    let (go, wait) = mpsc::channel::<()>();
    let last = pool.submit(move || {
        wait.recv().unwrap();
        drop(mine);
    });
    drop(pool);
    go.send(()).unwrap();
    block_on(last).unwrap();
}

#[test]
fn a_task_that_nobody_can_wake_does_not_hold_up_the_end() {
    let pool = pool(1);
    drop(pool.spawn(pending::<()>()));
    pool.shutdown(Shutdown::Wait);
}

/// tokio#4724, #6505: a cycle of tasks leaks.
#[test]
fn tasks_that_wait_for_each_other_are_cancelled_by_the_end() {
    let pool = pool(1);
    let alive = Arc::new(());
    let block = Block::worker_of(&pool);
    let spawn = |other: mpsc::Receiver<TaskFuture<()>>| {
        let alive = alive.clone();
        pool.spawn(async move {
            let _ = other.recv().unwrap().await;
            drop(alive);
        })
    };
    let (to_a, from_b) = mpsc::channel();
    let (to_b, from_a) = mpsc::channel();
    let (a, b) = (spawn(from_b), spawn(from_a));
    to_a.send(b).unwrap();
    to_b.send(a).unwrap();
    block.release();
    pool.shutdown(Shutdown::CancelPending);
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn a_waker_that_is_kept_does_no_harm() {
    let pool = pool(1);
    let (sender, receiver) = mpsc::channel::<Waker>();
    let mut polls = 0;
    let task = pool.spawn(poll_fn(move |cx| {
        sender.send(cx.waker().clone()).unwrap();
        polls += 1;
        if polls == 1 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    }));
    block_on(task).unwrap();
    let wakers: Vec<_> = receiver.iter().collect();
    wakers[0].wake_by_ref();
    drop(pool);
    for waker in wakers {
        waker.wake();
    }
}

#[test]
fn a_map_is_lazy_ordered_and_bounded() {
    let pool = pool(2);
    let read = Cell::new(0);
    let items = (0_u32..).inspect(|_| read.set(read.get() + 1));
    let mut results = pool.map(items, |n| n * 2).buffer_size(3);
    assert_eq!(read.get(), 0);
    for n in 0..50 {
        assert_eq!(results.next().unwrap().unwrap(), n * 2);
        assert!(read.get() <= n + 3);
    }
}

#[test]
fn a_map_keeps_errors_in_their_place() {
    let pool = pool(2);
    let double = |n| if n == 2 { panic!("two") } else { n * 2 };
    let results: Vec<_> = pool.map(0..5, double).map(Result::ok).collect();
    assert_eq!(results, [Some(0), Some(2), None, Some(6), Some(8)]);
}

#[test]
fn a_map_passes_a_panic_of_its_iterator_on_in_its_place() {
    let pool = pool(1);
    let items = (0..4).inspect(|n| assert_ne!(*n, 2, "cannot read"));
    let mut results = pool.map(items, |n| n);
    assert_eq!(results.next().unwrap().unwrap(), 0);
    assert_eq!(results.next().unwrap().unwrap(), 1);
    assert!(catch_unwind(AssertUnwindSafe(|| results.next())).is_err());
    assert_eq!(results.next().unwrap().unwrap(), 3);
    assert!(results.next().is_none());
    assert!(results.next().is_none());
}

#[test]
fn a_dropped_map_cancels_what_is_pending() {
    let pool = pool(1);
    let captured = Arc::new(());
    let (kept, begun) = (captured.clone(), Arc::new(AtomicUsize::new(0)));
    let counter = begun.clone();
    let call = move |_| {
        let _ = &kept;
        counter.fetch_add(1, SeqCst)
    };
    let mut results = pool.map(0..100, call).buffer_size(50);
    results.next();
    drop(results);
    drop(pool);
    assert!(begun.load(SeqCst) <= 50);
    assert_eq!(Arc::strong_count(&captured), 1);
}

#[test]
fn a_map_inside_a_job_of_its_own_pool() {
    let pool = pool(1);
    let handle = pool.handle();
    let sum = move || handle.map(1..=10, |n| n).map(Result::unwrap).sum::<u32>();
    assert_eq!(block_on(pool.submit(sum)).unwrap(), 55);
}

#[test]
fn an_empty_map_and_a_huge_buffer() {
    let pool = pool(1);
    assert!(pool.map(0..0, |n| n).next().is_none());
    let all = pool.map(0..9, |n| n).buffer_size(usize::MAX);
    assert_eq!(all.size_hint(), (9, Some(9)));
    assert_eq!(all.count(), 9);
    let none = AssertUnwindSafe(|| drop(pool.map(0..9, |n| n).buffer_size(0)));
    assert!(catch_unwind(none).is_err());
}

#[test]
fn zero_and_too_many_workers_are_refused() {
    for workers in [0, usize::MAX, ThreadPoolExecutor::MAX_WORKERS + 1] {
        assert!(catch_unwind(|| ThreadPoolExecutor::new(workers)).is_err());
    }
}

#[test]
fn a_thread_that_does_not_start_is_an_error() {
    // No address space holds such a stack.
    let builder = ThreadPoolExecutor::builder().max_workers(2);
    assert!(builder.stack_size(usize::MAX >> 2).build().is_err());
}

#[test]
fn workers_run_side_by_side() {
    let pool = pool(4);
    let barrier = Arc::new(Barrier::new(4));
    let jobs = [(); 4].map(|()| {
        let barrier = barrier.clone();
        pool.submit(move || barrier.wait())
    });
    for job in jobs {
        block_on(job).unwrap();
    }
}

#[test]
fn an_executor_of_ones_own() {
    struct Inline;
    impl Executor for Inline {
        fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
            job.run();
            Ok(())
        }
    }
    fn is_shared(_: &impl Executor) {}
    is_shared(&Inline);
    is_shared(&pool(1));
    is_shared(&pool(1).handle());
}

#[test]
fn a_future_is_shared_and_sent_like_its_result() {
    fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<TaskFuture<Cell<u32>>>();
    is_send_and_sync::<ThreadPoolExecutor>();
    is_send_and_sync::<Handle>();
}

/// What a task leaves that is done meanwhile may panic when it is dropped.
#[test]
fn an_end_that_cancels_goes_on_after_a_drop_that_panics() {
    /// Drives another task to its end when it is dropped, and waits until the pool knows it no more.
    struct Ends(
        mpsc::Receiver<(Promise<()>, TaskFuture<Bomb>, Block)>,
        Handle,
    );
    impl Drop for Ends {
        fn drop(&mut self) {
            let (promise, mut other, block) = self.0.recv().unwrap();
            promise.set_result(()).unwrap();
            other.wait();
            block.release();
            let later = Instant::now() + Duration::from_secs(10);
            while self.1.metrics().completed < 4 && Instant::now() < later {
                thread::yield_now();
            }
        }
    }
    let pool = pool(1);
    let (promise, promised) = Promise::new();
    let (sender, receiver) = mpsc::channel();
    let ends = Ends(receiver, pool.handle());
    let first = pool.spawn(async move {
        let _ends = ends;
        pending::<()>().await;
    });
    let second = pool.spawn(async move {
        promised.await.unwrap();
        Bomb
    });
    let block = Block::worker_of(&pool);
    sender.send((promise, second, block)).unwrap();
    pool.shutdown(Shutdown::CancelPending);
    assert!(is_cancelled(first.result()));
}
