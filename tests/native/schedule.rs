//! Jobs for later, and again and again, as their users see them.

use rungs::executor::{Every, Shutdown, ThreadPoolExecutor};
use rungs::future::{TaskError, block_on, yield_now};
use rungs::sync::Event;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(2);
const HOUR: Duration = Duration::from_secs(3600);

fn pool(workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::builder()
        .max_workers(workers)
        .thread_name("scheduled")
        .build()
        .unwrap()
}

fn is_cancelled<T>(result: Result<T, TaskError>) -> bool {
    matches!(result, Err(TaskError::Cancelled))
}

#[test]
fn a_job_runs_when_it_is_due_and_on_a_worker() {
    let pool = pool(1);
    let began = Instant::now();
    let run = || (Instant::now(), thread::current().name().map(str::to_owned));
    let after = pool.schedule_after(TICK, run);
    let at = pool.handle().schedule_at(began + TICK * 2, run);
    let (when, name) = block_on(after).unwrap();
    assert!(when >= began + TICK);
    assert_eq!(name.as_deref(), Some("scheduled-0"));
    let (when, name) = block_on(at).unwrap();
    assert!(when >= began + TICK * 2);
    assert_eq!(name.as_deref(), Some("scheduled-0"));
}

#[test]
fn what_is_past_is_due_at_once() {
    let pool = pool(1);
    let now = Instant::now();
    let past = now.checked_sub(TICK).unwrap_or(now);
    assert_eq!(pool.schedule_at(past, || 7).result().unwrap(), 7);
    assert_eq!(
        pool.schedule_after(Duration::ZERO, || 7).result().unwrap(),
        7
    );
}

#[test]
fn jobs_run_in_the_order_of_their_times() {
    let pool = pool(1);
    let (sender, receiver) = mpsc::channel();
    let now = Instant::now();
    for n in [3, 1, 2, 0] {
        let sender = sender.clone();
        let send = move || sender.send(n).unwrap();
        pool.schedule_at(now + TICK * 10 + TICK * n, send);
    }
    drop(sender);
    assert!(receiver.iter().eq(0..4));
}

#[test]
fn a_time_that_never_comes() {
    let pool = pool(1);
    let never = pool.schedule_after(Duration::MAX, || ());
    let again = pool.schedule_every(Every::rate(Duration::MAX), || ());
    let once = pool.schedule_every(
        Every::delay(Duration::MAX).first_after(Duration::ZERO),
        || (),
    );
    assert_eq!((never.time_left(), again.time_left()), (None, None));
    while once.runs() == 0 {
        thread::yield_now();
    }
    let never = never.result_timeout(TICK).unwrap_err();
    assert!(never.cancel() && is_cancelled(never.result()));
    assert!(again.cancel() && is_cancelled(again.result()));
    assert!(is_cancelled({
        once.cancel();
        once.result()
    }));
}

#[test]
fn results_come_in_all_forms() {
    let pool = pool(1);
    let late = pool.schedule_after(HOUR, || 7);
    let left = late.time_left().unwrap();
    assert!(left <= HOUR && left > HOUR / 2);
    let late = late.try_result().unwrap_err();
    let late = late.result_timeout(Duration::ZERO).unwrap_err();
    let late = late.result_deadline(Instant::now()).unwrap_err();
    assert!(!late.is_done() && !late.is_cancelled() && late.runs() == 0);
    let mut task = late.into_task();
    assert!(task.wait_timeout(Duration::ZERO).is_err());
    assert!(task.cancel());
    let mut soon = pool.schedule_after(TICK, || 7).into_task();
    soon.wait();
    assert_eq!(soon.try_result().unwrap().unwrap(), 7);
}

#[test]
fn a_cancelled_job_leaves_nothing() {
    let pool = pool(1);
    let held = Arc::new(());
    let late: Vec<_> = (0..10_000)
        .map(|_| {
            let held = held.clone();
            pool.schedule_after(HOUR, move || drop(held))
        })
        .collect();
    assert_eq!(Arc::strong_count(&held), 10_001);
    // One that is being begun is cancelled when it goes to sleep.
    for scheduled in late {
        scheduled.cancel();
        assert!(is_cancelled(block_on(scheduled)));
    }
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn a_rate_and_a_delay_are_never_early() {
    let pool = pool(2);
    for every in [Every::rate(TICK), Every::burst(TICK), Every::delay(TICK)] {
        let (sender, receiver) = mpsc::channel();
        let began = Instant::now();
        let every = pool.schedule_every(every, move || _ = sender.send(Instant::now()));
        for n in 1..=5 {
            assert!(receiver.recv().unwrap() >= began + TICK * n);
        }
        every.cancel();
        assert!(is_cancelled(every.result()));
    }
}

/// Between an end and the next beginning there is the whole delay.
#[test]
fn a_delay_is_counted_from_the_end_of_a_run() {
    let pool = pool(1);
    let (sender, receiver) = mpsc::channel();
    let run = move || {
        let began = Instant::now();
        thread::sleep(TICK * 2);
        let _ = sender.send((began, Instant::now()));
    };
    let every = pool.schedule_every(Every::delay(TICK), run);
    let runs: Vec<_> = receiver.iter().take(3).collect();
    every.cancel();
    for pair in runs.windows(2) {
        assert!(pair[1].0 >= pair[0].1 + TICK);
    }
}

#[test]
fn a_schedule_never_runs_twice_at_once() {
    let pool = pool(4);
    let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (sender, receiver) = mpsc::channel();
    let most_seen = most.clone();
    let run = move || {
        most.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
        thread::sleep(TICK);
        inside.fetch_sub(1, SeqCst);
        let _ = sender.send(());
    };
    let burst = pool.schedule_every(Every::burst(TICK / 8), run);
    assert_eq!(receiver.iter().take(20).count(), 20);
    burst.cancel();
    assert!(burst.runs() >= 19);
    assert_eq!(most_seen.load(SeqCst), 1);
}

#[test]
fn a_panic_ends_a_schedule_and_is_its_result() {
    let pool = pool(1);
    let mut left = 3;
    let every = pool.schedule_every(Every::rate(TICK), move || {
        left -= 1;
        assert!(left > 0, "lift off");
    });
    let mut every = every.into_task();
    every.wait();
    match every.result() {
        Err(TaskError::Panicked(payload)) => assert_eq!(payload.message(), "lift off"),
        other => panic!("{other:?}"),
    }
    let once = pool.schedule_after(TICK, || panic!("once"));
    assert!(matches!(once.result(), Err(TaskError::Panicked(_))));
    assert_eq!(
        pool.submit(|| 7).result().unwrap(),
        7,
        "the worker is there"
    );
}

#[test]
fn a_period_of_zero_is_refused() {
    for every in [Every::rate, Every::burst, Every::delay] {
        assert!(catch_unwind(|| every(Duration::ZERO)).is_err());
    }
}

#[test]
fn a_schedule_cancelled_inside_its_own_run_ends() {
    let pool = pool(1);
    let (sender, receiver) = mpsc::channel::<rungs::executor::Scheduled<_>>();
    let runs = Arc::new(AtomicUsize::new(0));
    let count = runs.clone();
    let (done, ended) = mpsc::channel();
    let every = pool.schedule_every(Every::rate(TICK), move || {
        count.fetch_add(1, SeqCst);
        let own = receiver.recv().unwrap();
        assert!(!own.cancel(), "it runs");
        done.send(own).unwrap();
    });
    sender.send(every).unwrap();
    assert!(is_cancelled(ended.recv().unwrap().result()));
    assert_eq!(runs.load(SeqCst), 1);
}

#[test]
fn a_dropped_handle_detaches_its_job() {
    let pool = pool(1);
    let (sender, receiver) = mpsc::channel();
    let again = sender.clone();
    drop(pool.schedule_after(TICK, move || sender.send(1).unwrap()));
    drop(pool.schedule_every(Every::rate(TICK), move || _ = again.send(2)));
    let got: Vec<_> = receiver.iter().take(5).collect();
    assert!(got.contains(&2));
}

#[test]
fn an_end_that_waits_runs_what_is_for_later() {
    let pool = pool(1);
    let later = pool.schedule_after(TICK * 5, || 7);
    let every = pool.schedule_every(Every::rate(HOUR), || ());
    let busy = pool.schedule_every(Every::burst(Duration::from_nanos(1)), || ());
    pool.shutdown(Shutdown::Wait);
    assert_eq!(later.try_result().unwrap().unwrap(), 7);
    assert!(is_cancelled(every.try_result().unwrap()));
    assert!(is_cancelled(busy.try_result().unwrap()));
}

#[test]
fn an_end_that_cancels_runs_nothing_more() {
    let pool = pool(1);
    let handle = pool.handle();
    let later = pool.schedule_after(HOUR, || ());
    let every = pool.schedule_every(Every::rate(HOUR), || ());
    pool.shutdown(Shutdown::CancelPending);
    assert!(is_cancelled(later.try_result().unwrap()));
    assert!(is_cancelled(every.try_result().unwrap()));
    let rejected = handle.schedule_every(Every::rate(HOUR), || ());
    assert!(matches!(rejected.result(), Err(TaskError::Rejected)));
    let rejected = handle.schedule_after(TICK, || ());
    assert!(matches!(rejected.result(), Err(TaskError::Rejected)));
}

/// What a job schedules for later belongs to the pool that waits for it; what would repeat for
/// ever does not.
#[test]
fn a_job_schedules_while_the_pool_waits() {
    let pool = pool(1);
    let (handle, closing) = (pool.handle(), Arc::new(Event::new(false)));
    let closed = closing.clone();
    let job = pool.submit(move || {
        closed.wait();
        // The pool is closed by now, or about to be.
        while handle.schedule_every(Every::rate(HOUR), || ()).cancel() {
            thread::yield_now();
        }
        handle.schedule_after(TICK, || 7)
    });
    closing.set();
    pool.shutdown(Shutdown::Wait);
    assert_eq!(job.result().unwrap().result().unwrap(), 7);
}

#[test]
fn a_task_that_yields_lets_others_run() {
    let pool = pool(1);
    let stop = Arc::new(Event::new(false));
    let stopped = stop.clone();
    let busy = pool.spawn(async move {
        while !stopped.is_set() {
            yield_now().await;
        }
    });
    block_on(pool.submit(move || stop.set())).unwrap();
    busy.result().unwrap();
}
