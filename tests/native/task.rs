//! Time, and the event loop, as their users see them.

use rungs::executor::{ExecutorExt, LocalExecutor, LocalHandle, Stopped, ThreadPoolExecutor};
use rungs::future::{TaskError, current_name};
use rungs::sync::{Event, TimedOut};
use rungs::task::{Every, block_on, deadline, interval, sleep, sleep_until, timeout, yield_now};
use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_sleep_ends_no_sooner_than_it_should() {
    let began = Instant::now();
    block_on(sleep(3 * TICK));
    assert!(began.elapsed() >= 3 * TICK);
    let until = Instant::now() + TICK;
    block_on(sleep_until(until));
    assert!(Instant::now() >= until);
}

#[test]
fn a_sleep_moves_between_tasks_and_is_set_anew() {
    let mut nap = sleep(HOUR);
    assert!(poll(Pin::new(&mut nap)).is_pending());
    nap.reset(Instant::now() + TICK);
    // In another thread, with another waker.
    let nap = thread::spawn(move || {
        block_on(&mut nap);
        nap
    });
    assert!(nap.join().unwrap().is_elapsed());
}

#[test]
fn sleeps_end_in_the_order_of_their_times() {
    let log = RefCell::new(Vec::new());
    let local = LocalExecutor::new();
    local.block_on(async {
        let start = Instant::now();
        let naps = [5, 1, 4, 2, 3].map(|n| (n, Box::pin(sleep_until(start + n * TICK))));
        let mut naps = Vec::from(naps);
        poll_fn(|cx| {
            naps.retain_mut(|(n, nap)| {
                let polled = nap.as_mut().poll(cx);
                if polled.is_ready() {
                    log.borrow_mut().push((*n, Instant::now()));
                }
                polled.is_pending()
            });
            if naps.is_empty() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        for (n, at) in log.borrow().iter() {
            assert!(*at >= start + *n * TICK);
        }
    });
    assert_eq!(log.borrow().len(), 5);
}

#[test]
fn ticks_that_are_missed_are_skipped_or_made_up_for() {
    const PERIOD: Duration = Duration::from_millis(10);
    // All of them have ended when they are asked for.
    let (mut rate, mut burst, mut delay) = (
        interval(PERIOD),
        interval(Every::burst(PERIOD)),
        interval(Every::delay(PERIOD)),
    );
    let start = Instant::now();
    thread::sleep(PERIOD * 5);
    let late = Instant::now();
    block_on(async {
        let first = burst.tick().await;
        assert!(first <= start + PERIOD);
        for n in 1..=3 {
            assert_eq!(burst.tick().await, first + n * PERIOD);
        }
        let first = rate.tick().await;
        let next = rate.tick().await;
        assert!(next >= late, "those that were missed are left out");
        assert_eq!(
            (next - first).as_nanos() % PERIOD.as_nanos(),
            0,
            "on the grid"
        );
        delay.tick().await;
        assert!(delay.tick().await >= late + PERIOD);
    });
}

#[test]
fn a_tick_that_nobody_waits_for_any_more_is_not_lost() {
    let mut ticks = interval(Every::burst(TICK));
    assert!(poll(pin!(ticks.tick())).is_pending());
    let first = block_on(ticks.tick());
    assert_eq!(block_on(ticks.tick()), first + TICK);
}

#[test]
fn ticks_that_are_reset_begin_again() {
    let mut ticks = interval(Every::rate(HOUR).first_after(Duration::ZERO));
    for _ in 0..2 {
        assert!(poll(pin!(ticks.tick())).is_ready());
        assert!(poll(pin!(ticks.tick())).is_pending());
        ticks.reset();
    }
}

#[test]
fn what_is_ready_at_the_last_moment_counts() {
    let past = Instant::now();
    assert_eq!(block_on(deadline(past, async { 7 })), Ok(7));
    assert_eq!(block_on(deadline(past, sleep(HOUR))), Err(TimedOut));
    assert_eq!(block_on(timeout(Duration::MAX, yield_now())), Ok(()));
}

#[test]
fn timeouts_nest() {
    let inner = timeout(TICK, pending::<()>());
    assert_eq!(block_on(timeout(HOUR, inner)), Ok(Err(TimedOut)));
    let inner = timeout(HOUR, pending::<()>());
    assert_eq!(block_on(timeout(TICK, inner)), Err(TimedOut));
}

#[test]
fn a_timeout_may_be_postponed() {
    let mut late = Box::pin(timeout(TICK, pending::<()>()));
    assert!(poll(late.as_mut()).is_pending());
    let mut late = timeout(TICK, sleep(20 * TICK));
    late.set_deadline(Instant::now() + HOUR);
    assert_eq!(block_on(late), Ok(()));
}

#[test]
fn time_passes_under_any_executor() {
    let pool = ThreadPoolExecutor::new(1);
    let on_pool = pool.spawn(timeout(TICK, pending::<()>()));
    assert_eq!(on_pool.result().unwrap(), Err(TimedOut));
    let inside = pool.submit(|| block_on(timeout(TICK, pending::<()>())));
    assert_eq!(inside.result().unwrap(), Err(TimedOut));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let foreign = runtime.block_on(timeout(TICK, pending::<()>()));
    assert_eq!(foreign, Err(TimedOut));
}

#[test]
fn block_on_nests() {
    let nested = block_on(async {
        block_on(sleep(TICK));
        let local = LocalExecutor::new();
        local.block_on(async {
            block_on(async {
                yield_now().await;
                7
            })
        })
    });
    assert_eq!(nested, 7);
}

#[test]
fn calls_come_in_the_order_of_their_times() {
    let (local, log) = (LocalExecutor::new(), Rc::new(RefCell::new(Vec::new())));
    let now = Instant::now();
    let note = |n: u32| {
        let log = log.clone();
        move || log.borrow_mut().push(n)
    };
    local.call_at(now + 3 * TICK, note(3));
    local.call_at(now + TICK, note(1));
    local.call_at(now + 2 * TICK, note(2));
    local.call_at(now + 2 * TICK, note(22));
    local.call_soon(note(0));
    // All are due by now, and none was before.
    thread::sleep(5 * TICK);
    local.run();
    assert_eq!(*log.borrow(), [0, 1, 2, 22, 3]);
}

#[test]
fn a_call_inside_a_call_comes_later() {
    let (local, log) = (LocalExecutor::new(), Rc::new(RefCell::new(Vec::new())));
    let (inside, first, second, third) = (local.handle(), log.clone(), log.clone(), log.clone());
    local.call_soon(move || {
        inside.call_soon(move || second.borrow_mut().push(2));
        // Earlier than the one for which the loop is about to sleep.
        inside.call_later(TICK, move || third.borrow_mut().push(3));
        first.borrow_mut().push(1);
    });
    local.call_later(HOUR, || unreachable!()).cancel();
    local.run();
    assert_eq!(*log.borrow(), [1, 2, 3]);
}

#[test]
fn an_earlier_call_from_a_callback_is_not_slept_over() {
    let local = LocalExecutor::new();
    let inside = local.handle();
    let far = local.call_later(HOUR, || unreachable!());
    local.call_later(TICK, move || {
        let last = inside.clone();
        inside.call_later(TICK, move || last.stop());
    });
    local.run();
    assert!(far.cancel());
}

#[test]
fn a_call_that_is_taken_back_leaves_nothing() {
    let local = LocalExecutor::new();
    let held = Rc::new(());
    for _ in 0..10_000 {
        let held = held.clone();
        assert!(local.call_later(HOUR, move || drop(held)).cancel());
    }
    assert_eq!(Rc::strong_count(&held), 1);
    assert!(format!("{local:?}").contains("tasks: 0"));
    // Nor does it keep the loop.
    local.run();
}

#[test]
fn a_panic_in_a_callback_costs_nothing_else() {
    let local = LocalExecutor::new();
    let panics = local.call_soon(|| panic!("no paper"));
    let late = local.call_later(TICK, || panic!("no ink"));
    let remote = local.remote().submit(|| panic!("no pen"));
    let seven = local.call_later(TICK, || 7);
    local.run();
    let message = |result: Result<(), TaskError>| match result {
        Err(TaskError::Panicked(payload)) => payload.message().to_owned(),
        _ => unreachable!(),
    };
    assert_eq!(message(panics.try_result().unwrap()), "no paper");
    assert_eq!(message(late.try_result().unwrap()), "no ink");
    assert_eq!(message(remote.result()), "no pen");
    assert_eq!(seven.try_result().unwrap().unwrap(), 7);
}

#[test]
fn a_stop_ends_one_run_and_leaves_the_tasks() {
    let local = LocalExecutor::new();
    let handle = local.handle();
    let rounds = Rc::new(Cell::new(0));
    let count = rounds.clone();
    let task = local.spawn(async move {
        for _ in 0..3 {
            count.set(count.get() + 1);
            handle.stop();
            yield_now().await;
        }
    });
    for round in 1..=3 {
        local.run();
        assert_eq!((rounds.get(), task.is_done()), (round, false));
    }
    local.run();
    assert!(task.is_done());
    // Before a run, it ends the next; and only that.
    local.stop();
    assert_eq!(local.run_until_complete(pending::<()>()), Err(Stopped));
    assert_eq!(local.run_until_complete(yield_now()), Ok(()));
}

#[test]
fn a_stop_ends_the_innermost_run() {
    let local = Rc::new(LocalExecutor::new());
    let (inner, handle) = (local.clone(), local.handle());
    local.call_soon(move || {
        handle.call_soon({
            let handle = handle.clone();
            move || handle.stop()
        });
        assert_eq!(inner.run_until_complete(pending::<()>()), Err(Stopped));
    });
    assert_eq!(local.run_until_complete(sleep(TICK)), Ok(()));
}

#[test]
fn a_run_without_tasks_ends_and_one_with_a_sleeping_task_does_not() {
    let local = LocalExecutor::new();
    local.run();
    let nap = local.spawn(sleep(3 * TICK));
    local.run();
    assert!(nap.is_done());
    // Detached, it is run all the same.
    let done = Rc::new(Cell::new(false));
    let set = done.clone();
    drop(local.call_later(TICK, move || set.set(true)));
    local.run();
    assert!(done.get());
}

#[test]
fn other_threads_send_work_in_order() {
    let local = LocalExecutor::new();
    let remote = local.remote();
    let sender = thread::spawn(move || {
        for n in 0..1000 {
            let note = move || {
                LocalHandle::current().unwrap();
                SEEN.with_borrow_mut(|seen| seen.push(n));
            };
            remote.execute(note).unwrap();
        }
        remote.stop();
    });
    thread_local!(static SEEN: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) });
    assert!(local.run_until_complete(pending::<()>()).is_err());
    sender.join().unwrap();
    SEEN.with_borrow(|seen| assert!(seen.iter().copied().eq(0..1000)));
}

#[test]
fn what_comes_too_late_is_rejected_or_cancelled() {
    let local = LocalExecutor::new();
    let remote = local.remote();
    let queued = remote.submit(|| unreachable!());
    let waiting = remote.spawn(pending::<()>());
    local.run_until_stalled();
    let queued_late = remote.submit(|| unreachable!());
    drop(local);
    assert!(matches!(
        queued.result(),
        Err::<(), _>(TaskError::Panicked(_))
    ));
    assert!(matches!(
        queued_late.result(),
        Err::<(), _>(TaskError::Cancelled)
    ));
    assert!(!waiting.is_done());
    let late = remote.submit(|| unreachable!());
    assert!(matches!(late.result(), Err::<(), _>(TaskError::Rejected)));
    remote.stop();
}

#[test]
fn a_handle_finds_the_loop_that_is_driven() {
    assert!(LocalHandle::current().is_none());
    let (outer, inner) = (LocalExecutor::new(), Rc::new(LocalExecutor::new()));
    let done = Rc::new(Cell::new(0));
    let spawn = |done: &Rc<Cell<u32>>, n| {
        let done = done.clone();
        drop(
            LocalHandle::current()
                .unwrap()
                .spawn(async move { done.set(done.get() + n) }),
        );
    };
    outer.block_on(async {
        spawn(&done, 1);
        inner.block_on(async { spawn(&done, 10) });
        assert_eq!(done.get(), 0);
        spawn(&done, 100);
    });
    outer.run();
    assert_eq!(done.get(), 101);
    inner.run();
    assert_eq!(done.get(), 111);
    assert!(LocalHandle::current().is_none());
}

#[test]
fn a_panic_that_leaves_a_drive_leaves_the_loop_as_it_was() {
    let local = LocalExecutor::new();
    let out = catch_unwind(AssertUnwindSafe(|| {
        local.block_on(async { panic!("no paper") })
    }));
    assert!(out.is_err());
    assert!(LocalHandle::current().is_none());
    assert_eq!(local.block_on(local.call_later(TICK, || 7)).unwrap(), 7);
}

#[test]
fn a_name_is_seen_while_its_future_runs() {
    let local = LocalExecutor::new();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let tasks = ["first", "second"].map(|name| {
        let seen = seen.clone();
        local.spawn_named(name, async move {
            for _ in 0..2 {
                seen.borrow_mut().push(current_name().unwrap().to_string());
                yield_now().await;
            }
        })
    });
    assert_eq!(tasks[0].name(), Some("first"));
    assert!(format!("{local:?}").contains(r#"["first", "second"]"#));
    local.run();
    assert_eq!(*seen.borrow(), ["first", "second", "first", "second"]);
    assert_eq!(current_name(), None);
    assert!(format!("{local:?}").contains("named: []"));
}

#[test]
fn a_local_task_is_woken_by_a_thread_while_a_call_is_to_come() {
    let local = LocalExecutor::new();
    let far = local.call_later(HOUR, || unreachable!());
    let event = Arc::new(Event::new(false));
    let set = event.clone();
    let setter = thread::spawn(move || set.set());
    let task = local.spawn(async move { event.wait_async().await });
    local.block_on(task).unwrap();
    setter.join().unwrap();
    far.cancel();
}
