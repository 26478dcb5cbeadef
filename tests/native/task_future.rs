//! What can be made of a `TaskFuture`, as its users see it.

use crate::common::Block;
use rungs::executor::{Shutdown, ThreadPoolExecutor};
use rungs::future::{Promise, TaskError, TaskFuture, block_on, current_token};
use rungs::sync::Event;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

fn pool(workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(workers)
}

fn is_cancelled<T>(result: Result<T, TaskError>) -> bool {
    matches!(result, Err(TaskError::Cancelled))
}

// ---------------------------------------------------------------------------------------------
// Callbacks
// ---------------------------------------------------------------------------------------------

#[test]
fn callbacks_run_in_order_and_a_panic_of_one_stops_none() {
    let pool = pool(1);
    let Block { mut job, go } = Block::worker_of(&pool);
    let calls = Arc::new(Mutex::new(Vec::new()));
    for n in 0..5 {
        let calls = calls.clone();
        job.on_done(move |outcome| {
            assert!(outcome.is_ok());
            calls.lock().unwrap().push((n, thread::current().id()));
            assert_ne!(n, 2, "a callback that panics");
        });
    }
    go.set();
    block_on(&mut job).unwrap();
    let calls = calls.lock().unwrap();
    assert!(calls.iter().map(|(n, _)| *n).eq(0..5));
    // By the thread that completed it.
    assert!(calls.iter().all(|(_, id)| *id != thread::current().id()));
}

#[test]
fn a_callback_of_a_task_that_is_done_runs_at_once_and_here() {
    let pool = pool(1);
    let mut done = pool.submit(|| 7);
    done.wait();
    let by = Arc::new(Mutex::new(None));
    let called = by.clone();
    done.on_done(move |outcome| {
        assert_eq!(*outcome.as_ref().unwrap(), 7);
        *called.lock().unwrap() = Some(thread::current().id());
    });
    assert_eq!(*by.lock().unwrap(), Some(thread::current().id()));
    assert_eq!(done.result().unwrap(), 7);
}

#[test]
fn a_callback_after_the_result_was_taken_panics() {
    let pool = pool(1);
    let mut task = pool.submit(|| 7);
    assert_eq!(block_on(&mut task).unwrap(), 7);
    assert!(catch_unwind(AssertUnwindSafe(|| task.on_done(|_| unreachable!()))).is_err());
}

#[test]
fn a_callback_is_told_of_every_end() {
    let pool = pool(1);
    let (sender, ends) = mpsc::channel();
    let tell = |task: &mut TaskFuture<()>| {
        let sender = sender.clone();
        task.on_done(move |outcome| {
            let end = outcome.as_ref().map_err(ToString::to_string).copied();
            sender.send(end).unwrap();
        });
    };
    let Block { mut job, go } = Block::worker_of(&pool);
    tell(&mut job);
    let mut cancelled = pool.submit(|| ());
    tell(&mut cancelled);
    assert!(cancelled.cancel());
    assert_eq!(ends.recv().unwrap().unwrap_err(), "the task was cancelled");
    // Detached.
    let mut fails = pool.submit(|| panic!("no paper"));
    tell(&mut fails);
    drop(fails);
    go.set();
    assert_eq!(ends.recv().unwrap(), Ok(()));
    assert_eq!(
        ends.recv().unwrap().unwrap_err(),
        "the task panicked: no paper"
    );
    // One that nobody can wake, and nobody waits for.
    let mut lost = pool.spawn(std::future::pending());
    tell(&mut lost);
    drop(lost);
    assert_eq!(ends.recv().unwrap().unwrap_err(), "the task was abandoned");
    let handle = pool.handle();
    drop(pool);
    tell(&mut handle.submit(|| ()));
    assert_eq!(
        ends.recv().unwrap().unwrap_err(),
        "the executor is shut down"
    );
}

#[test]
fn a_callback_may_submit_cancel_and_drop_tasks() {
    let pool = pool(1);
    let Block { mut job, go } = Block::worker_of(&pool);
    let queued = pool.submit(|| unreachable!());
    let (sender, more) = mpsc::channel();
    let handle = pool.handle();
    job.on_done(move |_| {
        assert!(queued.cancel());
        drop(queued);
        sender.send(handle.submit(|| 7)).unwrap();
    });
    go.set();
    assert_eq!(more.recv().unwrap().result().unwrap(), 7);
}

// ---------------------------------------------------------------------------------------------
// Tokens
// ---------------------------------------------------------------------------------------------

#[test]
fn a_running_closure_is_asked_through_its_token() {
    let pool = pool(1);
    let (begin, begun) = mpsc::channel();
    let job = pool.submit(move || {
        let token = current_token();
        begin.send(token.clone()).unwrap();
        token.cancelled();
        "ended early"
    });
    let token = begun.recv().unwrap();
    assert!(!token.is_cancelled());
    assert!(!job.cancel() && !job.cancel());
    assert!(token.is_cancelled() && job.token().is_cancelled());
    assert_eq!(block_on(job).unwrap(), "ended early");
}

#[test]
fn a_token_asked_for_after_the_wish_is_cancelled() {
    let pool = pool(1);
    let (go, wait) = mpsc::channel::<()>();
    let (begin, begun) = mpsc::channel();
    let job = pool.submit(move || {
        begin.send(()).unwrap();
        wait.recv().unwrap();
        current_token().is_cancelled()
    });
    begun.recv().unwrap();
    assert!(!job.cancel());
    go.send(()).unwrap();
    assert!(block_on(job).unwrap());
}

#[test]
fn a_job_run_by_who_waits_for_it_has_its_own_token() {
    let pool = pool(1);
    let handle = pool.handle();
    let (begin, begun) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let outer = pool.submit(move || {
        begin.send(()).unwrap();
        wait.recv().unwrap();
        let inner = handle.submit(|| current_token().is_cancelled());
        let inner = inner.result().unwrap();
        (inner, current_token().is_cancelled())
    });
    begun.recv().unwrap();
    assert!(!outer.cancel());
    go.send(()).unwrap();
    assert_eq!(block_on(outer).unwrap(), (false, true));
}

#[test]
fn a_panicking_job_leaves_no_token_behind() {
    let pool = pool(1);
    let (sender, tokens) = mpsc::channel();
    let fails = pool.submit(move || {
        sender.send(current_token()).unwrap();
        panic!("no paper");
    });
    assert!(matches!(fails.result(), Err(TaskError::Panicked(_))));
    // Run here, or by the worker: neither is in a job any more.
    let token = tokens.recv().unwrap();
    let here = current_token();
    token.cancel();
    assert!(!here.is_cancelled());
    let (sender, outside) = mpsc::channel();
    pool.execute(move || sender.send(current_token().is_cancelled()).unwrap())
        .unwrap();
    assert!(!outside.recv().unwrap());
}

#[test]
fn a_spawned_task_is_asked_and_cancelled() {
    let pool = pool(1);
    let (sender, tokens) = mpsc::channel();
    let task = pool.spawn(async move {
        sender.send(current_token()).unwrap();
        std::future::pending::<()>().await;
    });
    let token = tokens.recv().unwrap();
    task.cancel();
    assert!(token.is_cancelled());
    assert!(matches!(block_on(task), Err(TaskError::Cancelled)));
}

#[test]
fn an_end_that_cancels_what_is_pending_tells_the_tokens() {
    let pool = pool(1);
    let block = Block::worker_of(&pool);
    let queued = pool.submit(|| ());
    let token = queued.token();
    let closer = thread::spawn(move || pool.shutdown(Shutdown::CancelPending));
    token.cancelled();
    block.release();
    closer.join().unwrap();
    assert!(queued.is_cancelled());
}

// ---------------------------------------------------------------------------------------------
// Promises
// ---------------------------------------------------------------------------------------------

#[test]
fn a_promise_is_kept_by_any_thread() {
    let (promise, future) = Promise::new();
    let thread = thread::spawn(move || promise.set_result("kept"));
    assert_eq!(future.result().unwrap(), "kept");
    assert_eq!(thread.join().unwrap(), Ok(()));
}

#[test]
fn a_promise_that_is_dropped_is_broken() {
    let (promise, mut future) = Promise::<u32>::new();
    assert!(!future.is_done() && !future.is_running());
    let broken = Arc::new(Event::new(false));
    let tell = broken.clone();
    future.on_done(move |_| tell.set());
    promise.on_cancel(|| unreachable!("it was not cancelled"));
    drop(promise);
    assert!(broken.is_set());
    assert!(matches!(future.result(), Err(TaskError::Broken)));
}

#[test]
fn what_comes_after_a_cancellation_is_given_back() {
    let (promise, future) = Promise::new();
    let told = Arc::new(Event::new(false));
    let tell = told.clone();
    promise.on_cancel(move || tell.set());
    assert!(!promise.is_cancelled() && !promise.token().is_cancelled());
    assert!(future.cancel() && future.cancel());
    assert!(told.is_set() && promise.is_cancelled() && promise.token().is_cancelled());
    assert_eq!(promise.set_result(vec![7]), Err(vec![7]));
    assert!(is_cancelled(future.result()));
    let (promise, future) = Promise::<u32>::new();
    future.cancel();
    let error = promise.set_error(TaskError::Rejected);
    assert!(matches!(error, Err(TaskError::Rejected)));
}

#[test]
fn a_promise_whose_future_is_detached_is_set_all_the_same() {
    let drops = Arc::new(());
    let (promise, future) = Promise::new();
    drop(future);
    assert!(!promise.is_cancelled());
    assert!(promise.set_result(drops.clone()).is_ok());
    assert_eq!(Arc::strong_count(&drops), 1);
}

// ---------------------------------------------------------------------------------------------
// Derived tasks
// ---------------------------------------------------------------------------------------------

#[test]
fn derived_tasks_pass_values_and_errors_on() {
    let pool = pool(2);
    let handle = pool.handle();
    let four = pool.submit(|| 2).map(|n| n * 2);
    let five = four.and_then(move |n| handle.submit(move || n + 1));
    assert_eq!(five.result().unwrap(), 5);
    let fails = || pool.submit(|| -> u32 { panic!("no paper") });
    let passed = fails()
        .map(|n| n + 1)
        .and_then(|_| -> TaskFuture<u32> { unreachable!() });
    let message = passed.result().unwrap_err().to_string();
    assert_eq!(message, "the task panicked: no paper");
    assert_eq!(fails().catch(|_| Ok(7)).result().unwrap(), 7);
    assert_eq!(
        pool.submit(|| 8)
            .catch(|_| unreachable!())
            .result()
            .unwrap(),
        8
    );
    let panics = pool.submit(|| 1).map(|_| -> u32 { panic!("no ink") });
    let message = block_on(panics).unwrap_err().to_string();
    assert_eq!(message, "the task panicked: no ink");
}

#[test]
fn claim_on_join_goes_through_derived_tasks() {
    let pool = pool(1);
    let handle = pool.handle();
    let outer = pool.submit(move || {
        let more = handle.clone();
        handle
            .submit(|| 1)
            .map(|n| n + 1)
            .and_then(move |n| more.submit(move || n * 10).map(|n| n + 1))
            .catch(Err)
            .result()
            .unwrap()
    });
    assert_eq!(block_on(outer).unwrap(), 21);
}

#[test]
fn a_derived_task_that_is_cancelled_cancels_what_it_depends_on() {
    let pool = pool(1);
    let block = Block::worker_of(&pool);
    let queued = pool.submit(|| unreachable!());
    let token = queued.token();
    let derived = queued.map(|()| unreachable!()).catch(|_| unreachable!());
    assert!(derived.cancel());
    assert!(token.is_cancelled());
    let (promise, first) = Promise::<()>::new();
    let (second_promise, second) = Promise::<()>::new();
    let both = first.and_then(|()| second);
    promise.set_result(()).unwrap();
    assert!(both.cancel() && second_promise.is_cancelled());
    block.release();
}

#[test]
fn a_task_that_takes_too_long_is_cancelled() {
    let pool = pool(1);
    let (promise, future) = Promise::<u32>::new();
    let timed = future.with_timeout(Duration::from_millis(1));
    assert!(matches!(timed.result(), Err(TaskError::TimedOut)));
    assert!(promise.is_cancelled());
    // A closure that runs is asked.
    let (begin, begun) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let asked = pool.submit(move || {
        begin.send(()).unwrap();
        current_token().cancelled();
        wait.recv().unwrap();
    });
    begun.recv().unwrap();
    let timed = block_on(asked.with_timeout(Duration::ZERO));
    assert!(matches!(timed, Err(TaskError::TimedOut)));
    go.send(()).unwrap();
    let in_time = pool.submit(|| 7).with_timeout(Duration::from_secs(3600));
    assert_eq!(in_time.result().unwrap(), 7);
    assert_eq!(
        pool.submit(|| 8)
            .with_timeout(Duration::MAX)
            .result()
            .unwrap(),
        8
    );
}

#[test]
fn a_long_chain_needs_no_deep_stack() {
    let (promise, future) = Promise::new();
    let chain = (0..100_000).fold(future, |future, _| future.map(|n| n + 1));
    let small = thread::Builder::new().stack_size(128 * 1024);
    let setter = small.spawn(move || promise.set_result(0).unwrap()).unwrap();
    setter.join().unwrap();
    assert_eq!(block_on(chain).unwrap(), 100_000);
}

#[test]
fn what_user_code_completes_is_followed_up_before_it_goes_on() {
    let (promise, future) = Promise::new();
    let (inner_promise, inner) = Promise::new();
    let inner = inner.map(|n| n + 1);
    // Inside a step of one derived task, another one is completed and awaited.
    let outer = future.map(move |n: u32| {
        inner_promise.set_result(n).unwrap();
        block_on(inner).unwrap()
    });
    let (third_promise, third) = Promise::new();
    let (fourth_promise, fourth) = Promise::new();
    let fourth = fourth.map(|n: u32| n + 1);
    let mut third = third.map(|n: u32| n);
    third.on_done(move |_| {
        fourth_promise.set_result(1).unwrap();
        assert_eq!(block_on(fourth).unwrap(), 2);
    });
    promise.set_result(1).unwrap();
    third_promise.set_result(1).unwrap();
    assert_eq!(block_on(outer).unwrap(), 2);
    assert_eq!(block_on(third).unwrap(), 1);
}

/// tokio#4724, #6505: tasks that wait for each other leak.
#[test]
fn derived_tasks_that_wait_for_each_other_are_let_go_with_one_of_them() {
    let alive = Arc::new(());
    let (first_promise, first) = Promise::<()>::new();
    let (second_promise, second) = Promise::<()>::new();
    let (held, also_held) = (alive.clone(), alive.clone());
    let first = first.map(move |()| {
        drop(held);
        second_promise.set_result(())
    });
    drop(second.map(move |()| {
        drop(also_held);
        first_promise.set_result(())
    }));
    assert_eq!(Arc::strong_count(&alive), 3);
    assert!(first.cancel());
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn what_a_derived_task_holds_is_gone_when_it_is_done() {
    let alive = Arc::new(());
    let derived = || {
        let (promise, future) = Promise::<u32>::new();
        let (held, callback) = (alive.clone(), alive.clone());
        let mut derived = future.map(move |n| {
            let _ = &held;
            n
        });
        derived.on_done(move |_| drop(callback));
        (promise, derived)
    };
    let (promise, done) = derived();
    promise.set_result(7).unwrap();
    let (promise, broken) = derived();
    drop(promise);
    let (_promise, cancelled) = derived();
    assert!(cancelled.cancel());
    let (promise, detached) = derived();
    drop(detached);
    assert_eq!(Arc::strong_count(&alive), 3);
    drop(promise);
    assert_eq!(Arc::strong_count(&alive), 1);
    assert!(done.is_done() && broken.is_done() && cancelled.is_done());
}
