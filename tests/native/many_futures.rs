//! Many tasks with one waiter, and one task with many.

use futures_core::Stream;
use rungs::executor::ThreadPoolExecutor;
use rungs::future::{Promise, ReturnWhen, SharedFuture, TaskError, TaskFuture, as_completed};
use rungs::future::{block_on, current_token, gather, race, select_ok};
use rungs::future::{try_wait, wait, wait_async, wait_deadline, wait_timeout};
use rungs::sync::TimedOut;
use std::future::poll_fn;
use std::mem::ManuallyDrop;
use std::pin::{Pin, pin};
use std::sync::{Arc, mpsc};
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_millis(1);

fn pool(workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(workers)
}

/// Promises, and the futures of what they promise.
fn promises<T: Send>(n: usize) -> (Vec<Promise<T>>, Vec<TaskFuture<T>>) {
    (0..n).map(|_| Promise::new()).unzip()
}

fn is_cancelled<T>(result: Result<T, TaskError>) -> bool {
    matches!(result, Err(TaskError::Cancelled))
}

// ---------------------------------------------------------------------------------------------
// wait
// ---------------------------------------------------------------------------------------------

#[test]
fn a_wait_takes_out_what_is_done_and_leaves_the_rest() {
    let (mut promises, mut tasks) = promises::<usize>(4);
    for n in [2, 0] {
        promises.remove(n).set_result(n).unwrap();
    }
    let done = wait(&mut tasks, ReturnWhen::FirstCompleted);
    let values: Vec<_> = done
        .into_iter()
        .map(|task| task.result().unwrap())
        .collect();
    // In their order.
    assert_eq!((values, tasks.len()), (vec![0, 2], 2));
    assert!(try_wait(&mut tasks, ReturnWhen::FirstCompleted).is_none());
    assert_eq!(
        wait_timeout(&mut tasks, ReturnWhen::All, SOON).unwrap_err(),
        TimedOut
    );
    promises.remove(0).set_result(1).unwrap();
    let now = Instant::now();
    assert_eq!(
        wait_deadline(&mut tasks, ReturnWhen::All, now).unwrap_err(),
        TimedOut
    );
    // What is done by then stays there, too.
    assert_eq!(tasks.len(), 2);
    assert_eq!(
        try_wait(&mut tasks, ReturnWhen::FirstCompleted)
            .unwrap()
            .len(),
        1
    );
    drop(promises);
    assert_eq!(
        wait_timeout(&mut tasks, ReturnWhen::All, Duration::MAX)
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_wait_for_the_first_failure_passes_over_successes() {
    let (mut promises, mut tasks) = promises::<u32>(3);
    promises.remove(0).set_result(7).unwrap();
    assert!(try_wait(&mut tasks, ReturnWhen::FirstFailed).is_none());
    drop(promises.remove(1));
    assert_eq!(wait(&mut tasks, ReturnWhen::FirstFailed).len(), 2);
    // All succeed: that ends it, too.
    promises.remove(0).set_result(7).unwrap();
    assert_eq!(wait(&mut tasks, ReturnWhen::FirstFailed).len(), 1);
}

#[test]
fn a_wait_for_nothing_returns_at_once() {
    let mut none: Vec<TaskFuture<u32>> = Vec::new();
    for when in [
        ReturnWhen::FirstCompleted,
        ReturnWhen::FirstFailed,
        ReturnWhen::All,
    ] {
        assert!(wait(&mut none, when).is_empty());
        assert!(try_wait(&mut none, when).unwrap().is_empty());
        assert!(block_on(wait_async(&mut none, when)).is_empty());
    }
}

#[test]
fn a_job_waits_for_its_own_jobs_on_a_single_worker() {
    let pool = pool(1);
    let handle = pool.handle();
    let outer = pool.submit(move || {
        let mut jobs: Vec<_> = (0..10).map(|n| handle.submit(move || n)).collect();
        let first = wait(&mut jobs, ReturnWhen::FirstCompleted);
        // The oldest, and no more than need be.
        assert_eq!(first.len(), 1);
        let sum: u32 = first.into_iter().map(|job| job.result().unwrap()).sum();
        assert_eq!(sum, 0);
        let rest = wait(&mut jobs, ReturnWhen::All);
        rest.into_iter()
            .map(|job| job.result().unwrap())
            .sum::<u32>()
    });
    assert_eq!(block_on(outer).unwrap(), 45);
}

#[test]
fn a_dropped_wait_leaves_all() {
    let (promises, mut tasks) = promises::<u32>(2);
    {
        let mut wait = pin!(wait_async(&mut tasks, ReturnWhen::FirstCompleted));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(wait.as_mut().poll(&mut cx).is_pending());
        drop(promises);
    }
    assert_eq!(tasks.len(), 2);
    assert_eq!(block_on(wait_async(&mut tasks, ReturnWhen::All)).len(), 2);
}

// ---------------------------------------------------------------------------------------------
// as_completed
// ---------------------------------------------------------------------------------------------

#[test]
fn outcomes_come_in_the_order_of_their_ends() {
    let (mut promises, tasks) = promises(3);
    let mut outcomes = as_completed(tasks);
    assert_eq!(outcomes.len(), 3);
    assert!(outcomes.try_next().is_none() && outcomes.next_timeout(SOON).is_err());
    promises.remove(1).set_result("second").unwrap();
    assert!(matches!(outcomes.next(), Some((1, Ok("second")))));
    drop(promises.remove(1));
    assert!(matches!(
        outcomes.next_timeout(SOON),
        Ok(Some((2, Err(TaskError::Broken))))
    ));
    promises.remove(0).set_result("first").unwrap();
    assert!(matches!(
        block_on(outcomes.next_async()),
        Some((0, Ok("first")))
    ));
    assert!(outcomes.next().is_none() && outcomes.len() == 0);
}

#[test]
fn ten_thousand_are_given_out_each_once() {
    let pool = pool(2);
    let jobs = (0..10_000).map(|n| pool.submit(move || n));
    let mut seen = vec![false; 10_000];
    for (index, outcome) in as_completed(jobs.collect::<Vec<_>>()) {
        assert_eq!(outcome.unwrap(), index);
        assert!(!std::mem::replace(&mut seen[index], true));
    }
    assert!(seen.iter().all(|seen| *seen));
}

#[test]
fn as_completed_works_on_a_single_worker_and_as_a_stream() {
    let pool = pool(1);
    let handle = pool.handle();
    let outer = pool.submit(move || {
        let jobs: Vec<_> = (0..10).map(|n| handle.submit(move || n)).collect();
        as_completed(jobs).map(|(_, n)| n.unwrap()).sum::<u32>()
    });
    assert_eq!(block_on(outer).unwrap(), 45);
    let mut stream = as_completed((0..10).map(|n| pool.submit(move || n)).collect::<Vec<_>>());
    let sum = block_on(async move {
        let mut sum = 0;
        while let Some((_, n)) = poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await {
            sum += n.unwrap();
        }
        sum
    });
    assert_eq!(sum, 45);
}

// ---------------------------------------------------------------------------------------------
// gather, race, select_ok
// ---------------------------------------------------------------------------------------------

#[test]
fn what_is_gathered_keeps_its_order() {
    let (mut promises, tasks) = promises(3);
    let all = gather(tasks);
    for n in [2, 0, 1] {
        let place = n.min(promises.len() - 1);
        promises.remove(place).set_result(n).unwrap();
    }
    let values = all.result().unwrap();
    assert_eq!(values.len(), 3);
    let pool = pool(2);
    let squares = gather((0..100).map(|n| pool.submit(move || n * n)));
    assert!(
        squares
            .result()
            .unwrap()
            .into_iter()
            .eq((0..100).map(|n| n * n))
    );
}

#[test]
fn the_first_failure_cancels_the_rest() {
    let (mut promises, tasks) = promises::<u32>(3);
    let all = gather(tasks);
    promises.remove(0).set_result(0).unwrap();
    assert!(!all.is_done());
    drop(promises.remove(1));
    assert!(all.is_done() && promises[0].is_cancelled());
    assert!(matches!(all.result(), Err(TaskError::Broken)));
}

/// What is dropped unasked for may panic, each time.
#[test]
fn values_that_panic_when_they_are_dropped_do_not_replace_the_outcome() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a drop that panics");
        }
    }
    let done = || {
        let (promises, tasks) = promises(3);
        for promise in promises {
            assert!(promise.set_result(ManuallyDrop::new(Bomb)).is_ok());
        }
        tasks
            .into_iter()
            .map(|task| task.map(ManuallyDrop::into_inner))
    };
    let (broken, last) = Promise::new();
    drop(broken);
    let all = gather(done().chain([last]));
    assert!(matches!(all.result(), Err(TaskError::Broken)));
    let forget = |first: TaskFuture<Bomb>| first.result().map(std::mem::forget).is_ok();
    assert!(forget(race(done())) && forget(select_ok(done())));
}

#[test]
fn of_nothing_comes_what_the_docs_say() {
    assert!(gather::<u32>([]).result().unwrap().is_empty());
    assert!(matches!(race::<u32>([]).result(), Err(TaskError::Broken)));
    assert!(matches!(
        select_ok::<u32>([]).result(),
        Err(TaskError::Broken)
    ));
    assert!(as_completed::<u32>([]).next().is_none());
}

#[test]
fn a_cancelled_gathering_cancels_all_and_a_dropped_one_none() {
    let (promises, tasks) = promises::<u32>(3);
    let all = gather(tasks);
    assert!(all.cancel() && promises.iter().all(Promise::is_cancelled));
    assert!(is_cancelled(all.result()));
    let (promises, tasks) = self::promises::<u32>(3);
    drop(gather(tasks));
    drop(race(promises.into_iter().map(|promise| {
        assert!(!promise.is_cancelled());
        let (_, future) = Promise::<u32>::new();
        promise.set_result(7).unwrap();
        future
    })));
}

#[test]
fn the_losers_of_a_race_are_cancelled() {
    let (mut promises, tasks) = promises(3);
    let winner = race(tasks);
    promises.remove(1).set_result("quick").unwrap();
    assert!(promises.iter().all(Promise::is_cancelled));
    assert_eq!(winner.result().unwrap(), "quick");
    // One that fails wins, too.
    let (promises, tasks) = self::promises::<u32>(2);
    let winner = race(tasks);
    drop(promises);
    assert!(matches!(winner.result(), Err(TaskError::Broken)));
}

#[test]
fn the_first_success_is_selected_or_the_last_error() {
    let (mut promises, tasks) = promises(3);
    let value = select_ok(tasks);
    drop(promises.remove(0));
    promises.remove(1).set_result("good").unwrap();
    assert!(promises[0].is_cancelled());
    assert_eq!(value.result().unwrap(), "good");
    let (mut promises, tasks) = self::promises::<u32>(2);
    let value = select_ok(tasks);
    drop(promises.remove(0));
    promises.remove(0).set_error(TaskError::Rejected).unwrap();
    assert!(matches!(value.result(), Err(TaskError::Rejected)));
}

#[test]
fn claim_on_join_goes_through_gatherings() {
    let pool = pool(1);
    let handle = pool.handle();
    let outer = pool.submit(move || {
        let job = |n: u32| handle.submit(move || n);
        let all = gather((0..4).map(job)).result().unwrap();
        let first = race((0..4).map(job)).result().unwrap();
        let handle = handle.clone();
        let fails = handle.submit(|| panic!("no paper"));
        let good = select_ok([fails, handle.submit(|| 7)]).result().unwrap();
        (all, first, good)
    });
    assert_eq!(block_on(outer).unwrap(), (vec![0, 1, 2, 3], 0, 7));
}

#[test]
fn a_race_on_a_single_worker_runs_no_more_than_it_must() {
    let pool = pool(1);
    let handle = pool.handle();
    let outer = pool.submit(move || {
        let jobs = [handle.submit(|| 1), handle.submit(|| unreachable!())];
        race(jobs).result().unwrap()
    });
    assert_eq!(block_on(outer).unwrap(), 1);
}

#[test]
fn running_losers_are_asked_to_end() {
    let pool = pool(2);
    let (begin, begun) = mpsc::channel();
    let slow = pool.submit(move || {
        begin.send(()).unwrap();
        current_token().cancelled();
    });
    begun.recv().unwrap();
    let (promise, quick) = Promise::new();
    let winner = race([slow, quick]);
    promise.set_result(()).unwrap();
    winner.result().unwrap();
    // Would wait for ever otherwise.
    drop(pool);
}

// ---------------------------------------------------------------------------------------------
// shared
// ---------------------------------------------------------------------------------------------

#[test]
fn all_who_share_see_the_same_value() {
    let (promise, future) = Promise::new();
    let shared: SharedFuture<String> = future.shared();
    assert!(!shared.is_done() && shared.try_result().is_none());
    assert!(shared.result_timeout(SOON).is_err());
    let pool = pool(2);
    let task = shared.clone();
    let task = pool.spawn(async move { task.result_async().await.unwrap().as_ptr() as usize });
    let threads = [(); 3].map(|()| {
        let shared = shared.clone();
        thread::spawn(move || shared.result().unwrap().as_ptr() as usize)
    });
    promise.set_result("a page".to_owned()).unwrap();
    let address = shared.result().unwrap().as_ptr() as usize;
    assert!(
        threads
            .into_iter()
            .all(|thread| thread.join().unwrap() == address)
    );
    assert_eq!(task.result().unwrap(), address);
    assert_eq!(
        shared.result_deadline(Instant::now()).unwrap().unwrap(),
        "a page"
    );
}

#[test]
fn a_shared_task_is_run_by_who_waits_and_cancelled_by_anyone() {
    let pool = pool(1);
    let handle = pool.handle();
    let outer = pool.submit(move || {
        let inner = handle.submit(|| 7).shared();
        let clone = inner.clone();
        (*inner.result().unwrap(), *clone.result().unwrap())
    });
    assert_eq!(block_on(outer).unwrap(), (7, 7));
    let (promise, future) = Promise::<u32>::new();
    let shared = future.shared();
    let waiting = shared.clone();
    let waiter = thread::spawn(move || waiting.result().is_err());
    assert!(shared.clone().cancel() && shared.cancel());
    assert!(promise.is_cancelled() && waiter.join().unwrap());
    assert!(matches!(shared.result(), Err(TaskError::Cancelled)));
}

#[test]
fn clones_that_are_dropped_cost_nobody_anything() {
    let value = Arc::new(());
    let (promise, future) = Promise::new();
    let shared = future.shared();
    drop(shared.clone());
    let kept = shared.clone();
    drop(shared);
    assert!(!promise.is_cancelled());
    promise.set_result(value.clone()).unwrap();
    assert!(Arc::ptr_eq(kept.result().unwrap(), &value));
    drop(kept);
    assert_eq!(Arc::strong_count(&value), 1);
}
