//! Spawned futures that have a name, a priority, a token.

use rungs::executor::{Observer, Priority, Shutdown, TaskOptions, ThreadPoolExecutor};
use rungs::future::{TaskError, current_name, named, yield_now};
use rungs::queue::Queue;
use rungs::sync::{CancelToken, Event};
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

fn called(name: &str) -> TaskOptions {
    TaskOptions::new().name(name)
}

fn events<const N: usize>() -> [Arc<Event>; N] {
    [(); N].map(|()| Arc::new(Event::new(false)))
}

#[test]
fn a_future_finds_its_name_at_each_poll() {
    let pool = ThreadPoolExecutor::new(2);
    let task = pool.spawn_with(called("upload"), async {
        let first = current_name();
        yield_now().await;
        let inner = named("part", async { current_name() }).await;
        [first, inner, current_name()].map(|name| name.map(|name| name.to_string()))
    });
    assert!(format!("{task:?}").contains("name: \"upload\""));
    let names = task.result().unwrap();
    assert_eq!(
        names,
        ["upload", "part", "upload"].map(|name| Some(name.to_owned()))
    );
    let unnamed = pool.spawn(async { current_name() });
    assert!(!format!("{unnamed:?}").contains("name"));
    assert_eq!(unnamed.result().unwrap(), None);
}

#[test]
fn a_closure_finds_its_name_and_leaves_none_behind() {
    let pool = ThreadPoolExecutor::new(1);
    let name = pool.submit_with(called("answer"), current_name);
    assert_eq!(name.result().unwrap().as_deref(), Some("answer"));
    let panics = pool.submit_with(called("answer"), || panic!("no paper"));
    assert!(matches!(
        panics.result(),
        Err::<(), _>(TaskError::Panicked(_))
    ));
    let panics = pool.spawn_with(called("upload"), async { panic!("no paper") });
    assert!(matches!(
        panics.result(),
        Err::<(), _>(TaskError::Panicked(_))
    ));
    assert_eq!(pool.submit(current_name).result().unwrap(), None);
    assert_eq!(current_name(), None);
}

#[test]
fn a_pool_that_does_not_end_says_who_holds_it_up() {
    let pool = ThreadPoolExecutor::new(1);
    let [begun, go] = events();
    let (begin, wait) = (begun.clone(), go.clone());
    drop(pool.spawn_with(called("poller"), async move {
        begin.set();
        wait.wait();
    }));
    begun.wait();
    let waits = go.clone();
    drop(pool.spawn_with(called("sleeper"), async move { waits.wait_async().await }));
    let waits = go.clone();
    drop(pool.spawn(async move { waits.wait_async().await }));
    let unfinished = pool
        .shutdown_timeout(Shutdown::Wait, Duration::ZERO)
        .unwrap_err();
    assert_eq!(unfinished.running[0].name.as_deref(), Some("poller"));
    assert_eq!(
        (unfinished.names.as_slice(), unfinished.spawned),
        (&["poller", "sleeper"].map(String::from)[..], 3)
    );
    assert!(format!("{unfinished:?}").contains("sleeper"));
    go.set();
    unfinished.wait();
}

/// Writes down the names that it is told.
struct Names(Queue<String>);

impl Observer for Names {
    fn job_named(&self, _worker: usize, name: &str) {
        self.0.push(name.to_owned()).unwrap();
    }
}

#[test]
fn an_observer_is_told_the_name_at_each_poll() {
    let names = Queue::unbounded();
    let observer = Names(names.clone());
    let pool = ThreadPoolExecutor::builder()
        .max_workers(1)
        .observer(observer)
        .build()
        .unwrap();
    let [done] = events();
    for _ in 0..2 {
        let done = done.clone();
        // Not by its result: who waits for that may run it itself, outside the pool.
        drop(pool.spawn_with(called("twice"), async move {
            yield_now().await;
            done.set();
        }));
        drop(pool.spawn(async {}));
    }
    drop(pool.submit_with(called("once"), || ()));
    done.wait();
    drop(pool);
    let told: Vec<_> = names.try_iter().collect();
    assert_eq!(told.iter().filter(|name| *name == "twice").count(), 4);
    assert_eq!(told.iter().filter(|name| *name == "once").count(), 1);
    assert_eq!(told.len(), 5);
}

#[test]
fn a_future_is_polled_in_its_priority_at_each_poll() {
    let pool = ThreadPoolExecutor::new(1);
    let order = Queue::unbounded();
    let [begun, go] = events();
    let (begin, wait) = (begun.clone(), go.clone());
    pool.execute(move || {
        begin.set();
        wait.wait();
    })
    .unwrap();
    begun.wait();
    for priority in [Priority::Low, Priority::Normal, Priority::High] {
        let order = order.clone();
        drop(
            pool.spawn_with(TaskOptions::new().priority(priority), async move {
                for _ in 0..3 {
                    order.push(priority).unwrap();
                    yield_now().await;
                }
            }),
        );
    }
    go.set();
    drop(pool);
    let expected = [Priority::High, Priority::Normal, Priority::Low];
    assert!(
        order
            .try_iter()
            .eq(expected.into_iter().flat_map(|priority| [priority; 3]))
    );
}

#[test]
fn a_token_cancels_futures_wherever_they_are() {
    let pool = ThreadPoolExecutor::new(2);
    let token = CancelToken::new();
    let options = TaskOptions::new().token(&token);
    let held = Arc::new(());
    let (begun, begin) = (Arc::new(Event::new(false)), held.clone());
    let set = begun.clone();
    let suspended = pool.spawn_with(options.clone(), async move {
        let _held = begin;
        set.set();
        pending::<()>().await;
    });
    let mut done = pool.spawn_with(options.clone(), async { 7 });
    done.wait();
    begun.wait();
    token.cancel();
    assert!(matches!(suspended.result(), Err(TaskError::Cancelled)));
    assert_eq!(Arc::strong_count(&held), 1);
    assert_eq!(done.result().unwrap(), 7);
    let late = pool.spawn_with(options.clone(), async { unreachable!() });
    assert!(matches!(late.result(), Err::<(), _>(TaskError::Cancelled)));
    // It would wait for one that it took for alive.
    let handle = pool.handle();
    drop(pool);
    assert_eq!(handle.metrics().spawned, 0);
    let rejected = handle.spawn_with(options, async {});
    assert!(matches!(rejected.result(), Err(TaskError::Rejected)));
}

#[test]
fn the_token_of_another_is_left_alone() {
    let pool = ThreadPoolExecutor::new(1);
    let token = CancelToken::new();
    let task = pool.spawn_with(TaskOptions::new().token(&token), pending::<()>());
    task.cancel();
    assert!(matches!(task.result(), Err(TaskError::Cancelled)));
    assert!(!token.is_cancelled());
}

/// One that panics at whatever it is told.
struct Rude;

impl Observer for Rude {
    fn job_named(&self, _worker: usize, name: &str) {
        panic!("{name}");
    }
}

#[test]
fn an_observer_that_panics_at_a_name_costs_nothing() {
    let pool = ThreadPoolExecutor::builder()
        .max_workers(1)
        .observer(Rude)
        .build()
        .unwrap();
    let task = pool.spawn_with(called("upload"), async { current_name() });
    let name = catch_unwind(AssertUnwindSafe(|| task.result().unwrap())).unwrap();
    assert_eq!(name.as_deref(), Some("upload"));
}
