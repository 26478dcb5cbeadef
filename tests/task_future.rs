//! What can be made of a `TaskFuture`, as its users see it.

use rungs::executor::{Shutdown, ThreadPoolExecutor};
use rungs::future::{TaskError, TaskFuture, block_on, current_token};
use rungs::sync::Event;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

fn pool(workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(workers)
}

/// A job that has begun, and what lets it end.
fn blocked(pool: &ThreadPoolExecutor) -> (TaskFuture<()>, Arc<Event>) {
    let (begun, go) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    let (begin, wait) = (begun.clone(), go.clone());
    let job = pool.submit(move || {
        begin.set();
        wait.wait();
    });
    begun.wait();
    (job, go)
}

// ---------------------------------------------------------------------------------------------
// Callbacks
// ---------------------------------------------------------------------------------------------

#[test]
fn callbacks_run_in_order_and_a_panic_of_one_stops_none() {
    let pool = pool(1);
    let (mut job, go) = blocked(&pool);
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
    let (mut job, go) = blocked(&pool);
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
    let (mut job, go) = blocked(&pool);
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
    let (_job, go) = blocked(&pool);
    let queued = pool.submit(|| ());
    let token = queued.token();
    let closer = thread::spawn(move || pool.shutdown(Shutdown::CancelPending));
    token.cancelled();
    go.set();
    closer.join().unwrap();
    assert!(queued.is_cancelled());
}
