//! Groups of jobs as their users see them.

use rungs::executor::{GroupError, Handle, Shutdown, TaskGroup, ThreadPoolExecutor};
use rungs::future::{block_on, current_token};
use rungs::sync::Event;
use std::future::pending;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

fn pool(workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(workers)
}

fn group(pool: &ThreadPoolExecutor) -> TaskGroup<&'static str> {
    TaskGroup::new(&pool.handle())
}

/// A job that runs until it is asked to end.
fn until_asked(begun: mpsc::Sender<()>) -> impl FnOnce() -> Result<(), &'static str> + Send {
    move || {
        begun.send(()).unwrap();
        current_token().cancelled();
        Ok(())
    }
}

#[test]
fn a_group_waits_for_all_its_jobs() {
    let pool = pool(2);
    let count = Arc::new(AtomicUsize::new(0));
    let group = group(&pool);
    for n in 0..100 {
        let count = count.clone();
        let job = move || {
            count.fetch_add(1, SeqCst);
            Ok(())
        };
        match n % 2 {
            0 => group.submit(job),
            _ => group.spawn(async move { job() }),
        }
    }
    group.join().unwrap();
    assert_eq!(count.load(SeqCst), 100);
}

#[test]
fn the_first_failure_cancels_the_siblings_and_is_the_error() {
    let pool = pool(2);
    let group = group(&pool);
    let (begin, begun) = mpsc::channel();
    group.submit(until_asked(begin));
    begun.recv().unwrap();
    group.spawn(pending());
    let (go, wait) = mpsc::channel::<()>();
    group.submit(move || {
        wait.recv().unwrap();
        Err("no paper")
    });
    let never = Arc::new(());
    let kept = never.clone();
    group.spawn(async move {
        pending::<()>().await;
        drop(kept);
        Ok(())
    });
    let group = group.try_join().unwrap_err();
    let group = group.join_timeout(Duration::from_millis(1)).unwrap_err();
    let group = group.join_deadline(Instant::now()).unwrap_err();
    go.send(()).unwrap();
    assert!(matches!(group.join(), Err(GroupError::Failed("no paper"))));
    assert_eq!(Arc::strong_count(&never), 1);
}

#[test]
fn a_panic_is_a_failure() {
    let pool = pool(1);
    let group = group(&pool);
    group.spawn(async { panic!("no paper") });
    group.spawn(pending());
    let error = block_on(group.join_async()).unwrap_err();
    assert_eq!(error.to_string(), "a job panicked: no paper");
}

#[test]
fn a_group_of_a_pool_that_is_shut_down_is_rejected() {
    let pool = pool(1);
    let group = group(&pool);
    drop(pool);
    group.submit(|| Ok(()));
    assert!(matches!(group.join(), Err(GroupError::Rejected)));
}

#[test]
fn a_pool_that_cancels_what_is_pending_cancels_the_group() {
    let pool = pool(1);
    let group = group(&pool);
    group.spawn(pending());
    pool.shutdown(Shutdown::CancelPending);
    assert!(matches!(group.join(), Err(GroupError::Cancelled)));
}

#[test]
fn a_failed_group_begins_nothing_more() {
    let pool = pool(1);
    let group = group(&pool);
    group.submit(|| Err("no paper"));
    let group = group
        .join_timeout(Duration::from_secs(3600))
        .map(drop)
        .err();
    assert!(group.is_none());
    let group = self::group(&pool);
    group.cancel();
    group.submit(|| unreachable!());
    group.spawn(async { unreachable!() });
    assert!(matches!(group.join(), Err(GroupError::Cancelled)));
}

#[test]
fn a_job_that_comes_too_late_harms_nobody_when_it_is_dropped() {
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("no paper");
        }
    }
    let pool = pool(1);
    let group = group(&pool);
    group.cancel();
    let (one, other) = (Bad, Bad);
    group.submit(move || {
        let _held = one;
        Ok(())
    });
    group.spawn(async move {
        let _held = other;
        Ok(())
    });
    assert!(matches!(group.join(), Err(GroupError::Cancelled)));
}

#[test]
fn groups_are_joined_inside_jobs_of_a_single_worker() {
    fn tree(handle: &Handle, depth: usize, leaves: &Arc<AtomicUsize>) -> Result<(), &'static str> {
        if depth == 0 {
            leaves.fetch_add(1, SeqCst);
            return Ok(());
        }
        let group = TaskGroup::new(handle);
        for _ in 0..3 {
            let (handle, leaves) = (handle.clone(), leaves.clone());
            group.submit(move || tree(&handle, depth - 1, &leaves));
        }
        group.join().map_err(|_| "below")
    }
    let pool = pool(1);
    let leaves = Arc::new(AtomicUsize::new(0));
    let (handle, count) = (pool.handle(), leaves.clone());
    let root = pool.submit(move || tree(&handle, 4, &count));
    block_on(root).unwrap().unwrap();
    assert_eq!(leaves.load(SeqCst), 81);
}

/// cpython#116720, #155433: a failure in an inner group swallows the cancellation of the outer one.
#[test]
fn a_cancellation_from_outside_reaches_inner_groups_and_beats_their_failures() {
    let pool = pool(2);
    let outer = group(&pool);
    let handle = pool.handle();
    let (begin, begun) = mpsc::channel();
    let (tell, told) = mpsc::channel();
    outer.submit(move || {
        let inner = TaskGroup::new(&handle);
        inner.submit(move || {
            begin.send(()).unwrap();
            current_token().cancelled();
            Err("fails because it was cancelled")
        });
        let joined = inner.join();
        let token = current_token();
        tell.send((
            matches!(joined, Err(GroupError::Cancelled)),
            token.is_cancelled(),
        ))
        .unwrap();
        joined.map_err(|_| "inner")
    });
    begun.recv().unwrap();
    outer.cancel();
    assert!(matches!(outer.join(), Err(GroupError::Cancelled)));
    assert_eq!(told.recv().unwrap(), (true, true));
}

#[test]
fn a_failure_reaches_what_the_siblings_have_started() {
    let pool = pool(2);
    let outer = group(&pool);
    let handle = pool.handle();
    let (begin, begun) = mpsc::channel();
    outer.spawn(async move {
        let inner = TaskGroup::<&str>::new(&handle);
        inner.spawn(pending());
        begin.send(()).unwrap();
        inner.join_async().await.map_err(|_| "inner")
    });
    begun.recv().unwrap();
    outer.submit(|| Err("first"));
    assert!(matches!(outer.join(), Err(GroupError::Failed("first"))));
}

#[test]
fn a_dropped_group_cancels_all_and_waits() {
    let pool = pool(1);
    let group = group(&pool);
    let (begin, begun) = mpsc::channel();
    let ended = Arc::new(Event::new(false));
    let end = ended.clone();
    let job = until_asked(begin);
    group.submit(move || {
        job()?;
        end.set();
        Ok(())
    });
    begun.recv().unwrap();
    group.submit(|| unreachable!());
    drop(group);
    assert!(ended.is_set());
}

#[test]
fn a_join_that_is_dropped_cancels_all() {
    let pool = pool(1);
    let group = group(&pool);
    let captured = Arc::new(());
    let kept = captured.clone();
    let (begin, begun) = mpsc::channel();
    group.spawn(async move {
        begin.send(()).unwrap();
        pending::<()>().await;
        drop(kept);
        Ok(())
    });
    begun.recv().unwrap();
    {
        let mut join = pin!(group.join_async());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(join.as_mut().poll(&mut cx).is_pending());
    }
    while Arc::strong_count(&captured) > 1 {
        thread::yield_now();
    }
}

#[test]
fn a_join_that_nobody_polls_waits_for_nothing() {
    let pool = pool(1);
    let group = group(&pool);
    let (begun, go) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    let ended = Arc::new(Event::new(false));
    let (begin, wait, end) = (begun.clone(), go.clone(), ended.clone());
    group.submit(move || {
        begin.set();
        let _ = wait.wait_timeout(Duration::from_secs(10));
        end.set();
        Ok(())
    });
    begun.wait();
    drop(group.join_async());
    assert!(!ended.is_set());
    go.set();
}
