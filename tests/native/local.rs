//! The executor of one thread as its users see it.

use rungs::executor::{LocalExecutor, LocalHandle, LocalTask, Stopped, ThreadPoolExecutor};
use rungs::future::{TaskError, block_on, yield_now};
use rungs::sync::Event;
use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};
use std::thread;
use std::time::Duration;

/// Notes its number when it is dropped.
struct Noted(u32, Rc<RefCell<Vec<u32>>>);

impl Drop for Noted {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

fn is_cancelled<T>(result: Result<T, TaskError>) -> bool {
    matches!(result, Err(TaskError::Cancelled))
}

#[test]
fn tasks_run_in_turn() {
    let local = LocalExecutor::new();
    let log = Rc::new(RefCell::new(Vec::new()));
    let tasks: Vec<_> = (0..3)
        .map(|n| {
            let log = log.clone();
            local.spawn(async move {
                for round in 0..3 {
                    log.borrow_mut().push((round, n));
                    yield_now().await;
                }
                n
            })
        })
        .collect();
    let sum = local.block_on(async {
        let mut sum = 0;
        for task in tasks {
            sum += task.await.unwrap();
        }
        sum
    });
    assert_eq!(sum, 3);
    let mut sorted = log.borrow().clone();
    sorted.sort();
    assert_eq!(*log.borrow(), sorted);
    assert_eq!(sorted.len(), 9);
}

#[test]
fn a_task_that_always_wakes_itself_starves_nobody() {
    let local = LocalExecutor::new();
    let polls = Rc::new(Cell::new(0_u64));
    let count = polls.clone();
    let _busy = local.spawn(async move {
        loop {
            count.set(count.get() + 1);
            yield_now().await;
        }
    });
    // Another task, what is driven, and what another thread wakes.
    let other = local.spawn(async {
        for _ in 0..100 {
            yield_now().await;
        }
        7
    });
    assert_eq!(local.block_on(other).unwrap(), 7);
    let event = Arc::new(Event::new(false));
    let set = event.clone();
    thread::scope(|s| {
        s.spawn(move || set.set());
        local.block_on(event.wait_async());
    });
    assert!(polls.get() >= 100);
}

#[test]
fn what_is_driven_is_polled_between_the_tasks() {
    let local = LocalExecutor::new();
    let ran = Rc::new(Cell::new(0));
    for _ in 0..1000 {
        let ran = ran.clone();
        drop(local.spawn(async move { ran.set(ran.get() + 1) }));
    }
    let mut polls = 0;
    let seen = local.block_on(poll_fn(|cx| {
        polls += 1;
        cx.waker().wake_by_ref();
        match polls {
            3 => Poll::Ready(ran.get()),
            _ => Poll::Pending,
        }
    }));
    assert!(seen > 0 && seen < 1000, "{seen}");
    local.run_until_stalled();
    assert_eq!(ran.get(), 1000);
}

#[test]
fn what_is_not_done_waits_for_the_next_drive() {
    let local = LocalExecutor::new();
    let steps = Rc::new(Cell::new(0));
    let count = steps.clone();
    let task = local.spawn(async move {
        for _ in 0..3 {
            count.set(count.get() + 1);
            yield_now().await;
        }
    });
    local.block_on(async {});
    assert_eq!(steps.get(), 0);
    assert!(local.try_tick());
    assert_eq!(steps.get(), 1);
    local.run_until_stalled();
    assert!(task.is_done() && !local.try_tick());
    assert_eq!(steps.get(), 3);
}

#[test]
fn a_panic_goes_to_its_task_or_comes_out_of_the_drive() {
    let local = LocalExecutor::new();
    let failed = local.spawn(async { panic!("out of paper") });
    match local.block_on(failed) {
        Err(TaskError::Panicked(payload)) => assert_eq!(payload.message(), "out of paper"),
        other => panic!("{other:?}"),
    }
    let driven = catch_unwind(AssertUnwindSafe(|| {
        local.block_on(async { panic!("mine") })
    }));
    assert!(driven.is_err());
    assert_eq!(local.block_on(local.spawn(async { 7 })).unwrap(), 7);
}

#[test]
fn futures_are_dropped_with_their_executor() {
    let drops = Rc::new(RefCell::new(Vec::new()));
    let local = LocalExecutor::new();
    let tasks: Vec<_> = (0..3)
        .map(|n| {
            let noted = Noted(n, drops.clone());
            local.spawn(async move {
                pending::<()>().await;
                drop(noted);
            })
        })
        .collect();
    local.run_until_stalled();
    drop(local);
    assert_eq!(*drops.borrow(), [0, 1, 2]);
    for task in tasks {
        assert!(task.is_cancelled() && task.cancel());
        assert!(is_cancelled(block_on(task)));
    }
}

/// tokio#4724, tokio#6505: two tasks that wait for each other keep each other.
#[test]
fn tasks_that_wait_for_each_other_are_dropped_with_their_executor() {
    let drops = Rc::new(RefCell::new(Vec::new()));
    let local = LocalExecutor::new();
    let places: [Rc<RefCell<Option<LocalTask<()>>>>; 2] = Default::default();
    for n in 0..2 {
        let (noted, other) = (Noted(n as u32, drops.clone()), places[1 - n].clone());
        let task = local.spawn(async move {
            let other = other.borrow_mut().take();
            if let Some(other) = other {
                let _ = other.await;
            }
            drop(noted);
        });
        *places[n].borrow_mut() = Some(task);
    }
    local.run_until_stalled();
    assert!(drops.borrow().is_empty());
    drop(local);
    assert_eq!(drops.borrow().len(), 2);
}

#[test]
fn a_drop_that_panics_costs_nobody_else() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a drop that panics");
        }
    }
    let local = LocalExecutor::new();
    let hold = |bomb: Bomb| async move {
        pending::<()>().await;
        drop(bomb);
    };
    let tasks = [local.spawn(hold(Bomb)), local.spawn(hold(Bomb))];
    let [cancelled, ended] = tasks;
    local.run_until_stalled();
    assert!(cancelled.cancel());
    drop(local);
    assert!(is_cancelled(block_on(ended)));
}

#[test]
fn what_a_detached_task_leaves_costs_nobody_else() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a drop that panics");
        }
    }
    let local = LocalExecutor::new();
    drop(local.spawn(async { Bomb }));
    drop(local.spawn(async { panic_any(Bomb) }));
    let seven = local.spawn(async { 7 });
    assert_eq!(local.block_on(seven).unwrap(), 7);
}

#[test]
fn a_task_is_cancelled_where_it_is_suspended() {
    let drops = Rc::new(RefCell::new(Vec::new()));
    let local = LocalExecutor::new();
    let noted = Noted(1, drops.clone());
    let task = local.spawn(async move {
        pending::<()>().await;
        drop(noted);
    });
    local.run_until_stalled();
    assert!(!task.is_cancelled() && task.cancel() && task.cancel());
    assert_eq!(*drops.borrow(), [1]);
    assert!(is_cancelled(task.try_result().unwrap()));
    assert!(
        local.spawn(async {}).cancel(),
        "one that was not begun, too"
    );
    assert!(!local.try_tick());
    let done = local.spawn(async {});
    local.run_until_stalled();
    assert!(!done.cancel() && !done.is_cancelled());
}

#[test]
fn a_task_stays_cancelled_when_its_result_was_taken() {
    let local = LocalExecutor::new();
    let mut task = local.spawn(pending::<()>());
    assert!(task.cancel());
    let polled = Pin::new(&mut task).poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Err(TaskError::Cancelled))));
    assert!(task.is_cancelled() && task.cancel());
}

#[test]
fn a_task_that_cancels_itself_ends_when_it_suspends() {
    let local = LocalExecutor::new();
    let place = Rc::new(RefCell::new(None::<LocalTask<()>>));
    let own = place.clone();
    let steps = Rc::new(Cell::new(0));
    let count = steps.clone();
    *place.borrow_mut() = Some(local.spawn(async move {
        count.set(1);
        assert!(!own.borrow().as_ref().unwrap().cancel());
        count.set(2);
        yield_now().await;
        count.set(3);
    }));
    local.run_until_stalled();
    assert_eq!(steps.get(), 2);
    assert!(is_cancelled(block_on(place.take().unwrap())));
}

#[test]
fn a_dropped_handle_detaches_its_task() {
    let local = LocalExecutor::new();
    let ran = Rc::new(Cell::new(false));
    let run = ran.clone();
    drop(local.spawn(async move {
        yield_now().await;
        run.set(true);
    }));
    local.run_until_stalled();
    assert!(ran.get());
}

#[test]
fn tasks_spawn_tasks() {
    fn tree(handle: LocalHandle, depth: u32) -> LocalTask<u32> {
        let own = handle.clone();
        handle.spawn(async move {
            match depth {
                0 => 1,
                _ => {
                    let [left, right] = [0, 1].map(|_| tree(own.clone(), depth - 1));
                    left.await.unwrap() + right.await.unwrap()
                }
            }
        })
    }
    let local = LocalExecutor::new();
    assert_eq!(local.block_on(tree(local.handle(), 10)).unwrap(), 1024);
    let handle = local.handle();
    // A future that spawns when it is dropped, with its executor.
    struct Spawns(LocalHandle, Rc<Cell<bool>>);
    impl Drop for Spawns {
        fn drop(&mut self) {
            let late = self.0.spawn(async {});
            self.1
                .set(matches!(block_on(late), Err(TaskError::Rejected)));
        }
    }
    let rejected = Rc::new(Cell::new(false));
    let spawns = Spawns(handle.clone(), rejected.clone());
    drop(local.spawn(async move {
        pending::<()>().await;
        drop(spawns);
    }));
    local.run_until_stalled();
    drop(local);
    assert!(rejected.get());
    assert!(matches!(
        block_on(handle.spawn(async {})),
        Err(TaskError::Rejected)
    ));
}

#[test]
fn it_is_driven_inside_a_job_and_inside_another_drive() {
    let pool = ThreadPoolExecutor::new(1);
    let handle = pool.handle();
    let job = pool.submit(move || {
        let (outer, inner) = (LocalExecutor::new(), Rc::new(LocalExecutor::new()));
        let there = Rc::new(inner.spawn(async { 1 }));
        let drive = inner.clone();
        let first = outer.spawn(async move {
            drive.block_on(async { yield_now().await });
            let inside = drive.block_on(drive.spawn(async { 2 })).unwrap();
            inside + u32::from(there.is_done())
        });
        // What the pool itself is to do meanwhile is done by who waits for it.
        let own = handle.submit(|| 4).result().unwrap();
        block_on(async { outer.block_on(first).unwrap() }) + own
    });
    assert_eq!(block_on(job).unwrap(), 7);
}

#[test]
fn a_task_drives_its_own_executor() {
    let local = Rc::new(LocalExecutor::new());
    let inner = local.clone();
    let other = local.spawn(async {
        yield_now().await;
        7
    });
    let task = local.spawn(async move { inner.block_on(other).unwrap() + 1 });
    assert_eq!(local.block_on(task).unwrap(), 8);
}

#[test]
fn a_waker_may_be_called_anywhere_and_at_any_time() {
    let local = LocalExecutor::new();
    let place = Rc::new(RefCell::new(None::<Waker>));
    let put = place.clone();
    let mut polls = 0;
    let task = local.spawn(poll_fn(move |cx| {
        polls += 1;
        *put.borrow_mut() = Some(cx.waker().clone());
        match polls {
            3 => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }));
    local.run_until_stalled();
    for _ in 0..2 {
        let waker = place.borrow().clone().unwrap();
        thread::spawn(move || {
            for _ in 0..100 {
                waker.wake_by_ref();
            }
        })
        .join()
        .unwrap();
        local.run_until_stalled();
    }
    assert!(task.is_done());
    let waker = place.take().unwrap();
    waker.wake_by_ref();
    assert!(!local.try_tick());
    drop(local);
    thread::spawn(move || waker.wake()).join().unwrap();
}

#[test]
fn many_tasks_and_wakes_from_many_threads() {
    let local = LocalExecutor::new();
    let events: Arc<Vec<_>> = Arc::new((0..2000).map(|_| Event::new(false)).collect());
    let sum = Rc::new(Cell::new(0));
    let tasks: Vec<_> = (0..2000)
        .map(|n| {
            let (events, sum) = (events.clone(), sum.clone());
            local.spawn(async move {
                events[n].wait_async().await;
                sum.set(sum.get() + n);
            })
        })
        .collect();
    thread::scope(|s| {
        for part in 0..4 {
            let events = events.clone();
            s.spawn(move || (part..2000).step_by(4).for_each(|n| events[n].set()));
        }
        local.block_on(async {
            for task in tasks {
                task.await.unwrap();
            }
        });
    });
    assert_eq!(sum.get(), 1999 * 1000);
}

#[test]
fn a_drive_with_nothing_to_do_sleeps() {
    let local = LocalExecutor::new();
    let pool = ThreadPoolExecutor::new(1);
    let polls = Rc::new(Cell::new(0));
    let count = polls.clone();
    let mut later = pool.schedule_after(Duration::from_millis(20), || 7);
    let task = local.spawn(poll_fn(move |cx| {
        count.set(count.get() + 1);
        std::pin::Pin::new(&mut later).poll(cx)
    }));
    assert_eq!(local.block_on(task).unwrap().unwrap(), 7);
    assert!(polls.get() <= 3, "{}", polls.get());
}

#[test]
fn a_run_that_was_stopped_before_it_began_does_nothing() {
    let (local, polls) = (LocalExecutor::new(), Cell::new(0));
    let run = || local.run_until_complete(async { polls.set(polls.get() + 1) });
    local.stop();
    assert_eq!((run(), polls.get()), (Err(Stopped), 0));
    assert_eq!((run(), polls.get()), (Ok(()), 1));
}

#[test]
fn a_stop_of_a_run_that_ends_by_itself_does_not_end_the_next() {
    let local = LocalExecutor::new();
    assert_eq!(local.run_until_complete(async { local.stop() }), Ok(()));
    let panics = async {
        local.stop();
        panic!("after a stop")
    };
    let run = AssertUnwindSafe(|| local.run_until_complete(panics));
    assert!(catch_unwind(run).is_err());
    let task = local.spawn(async {});
    local.run();
    assert!(task.is_done());
}

#[test]
fn a_stop_of_the_outer_run_does_not_end_an_inner_one_that_begins_then() {
    let local = Rc::new(LocalExecutor::new());
    let inner = local.clone();
    let task = local.call_soon(move || {
        inner.stop();
        let first = inner.run_until_complete(async { 7 });
        let inside = inner.clone();
        (
            first,
            inner.run_until_complete(async move { inside.stop() }),
        )
    });
    let next = local.spawn(async {});
    let last = local.run_until_complete(async {
        let _ = task.await;
        pending::<()>().await;
    });
    assert_eq!(last, Err(Stopped));
    local.run();
    assert!(next.is_done());
}

#[test]
fn a_waker_that_drives_the_executor_when_it_is_cloned_loses_no_result() {
    /// A waker of which a clone drives the executor that lies under it.
    fn clone(local: *const ()) -> RawWaker {
        // SAFETY: the executor outlives its wakers, which do not leave its thread.
        let local = unsafe { &*local.cast::<LocalExecutor>() };
        local.run_until_stalled();
        RawWaker::new(std::ptr::from_ref(local).cast(), &DRIVES)
    }
    static DRIVES: RawWakerVTable = RawWakerVTable::new(clone, |_| {}, |_| {}, |_| {});

    let local = LocalExecutor::new();
    let mut task = local.spawn(async { 7 });
    let raw = RawWaker::new(std::ptr::from_ref(&local).cast(), &DRIVES);
    // SAFETY: what it points to outlives it; nothing else is asked of it in this thread.
    let waker = unsafe { Waker::from_raw(raw) };
    let polled = Pin::new(&mut task).poll(&mut Context::from_waker(&waker));
    assert!(matches!(polled, Poll::Ready(Ok(7))));
}

#[test]
fn what_came_first_is_done_first_wherever_it_came_from() {
    let local = LocalExecutor::new();
    let log = Rc::new(RefCell::new(Vec::new()));
    let note = |n| {
        let log = log.clone();
        move || log.borrow_mut().push(n)
    };
    let event = Arc::new(Event::new(false));
    let (woken, waits) = (note(2), event.clone());
    drop(local.spawn(async move {
        waits.wait_async().await;
        woken();
    }));
    local.run_until_stalled();
    // One from here, one that another thread wakes, one from here again; and what these spawn.
    let (handle, last) = (local.handle(), note(4));
    let first = note(1);
    drop(local.call_soon(move || {
        first();
        drop(handle.call_soon(last));
    }));
    thread::spawn(move || event.set()).join().unwrap();
    drop(local.call_soon(note(3)));
    local.run_until_stalled();
    assert_eq!(*log.borrow(), [1, 2, 3, 4]);
}

#[test]
fn a_wake_of_an_outer_loop_inside_an_inner_one_reaches_it() {
    let (outer, inner) = (LocalExecutor::new(), LocalExecutor::new());
    let event = Rc::new(Event::new(false));
    let (waits, sets) = (event.clone(), event);
    let waiting = outer.spawn(async move { waits.wait_async().await });
    outer.run_until_stalled();
    let other = inner.spawn(async { 7 });
    let task = outer.spawn(async move { inner.block_on(async move { (sets.set(), other.await) }) });
    let (_, seven) = outer.block_on(task).unwrap();
    assert_eq!(seven.unwrap(), 7);
    outer.block_on(waiting).unwrap();
}

#[test]
fn what_is_left_of_a_cancelled_task_begins_no_call_before_its_time() {
    let local = LocalExecutor::new();
    let never = local.spawn(pending::<()>());
    local.run_until_stalled();
    let woken = Rc::new(Cell::new(0));
    for _ in 0..2 {
        let count = woken.clone();
        let task = local.spawn(poll_fn(move |_| -> Poll<()> {
            count.set(count.get() + 1);
            Poll::Pending
        }));
        // It stands in the queue; its place is the next one's.
        assert!(task.cancel());
        let late = local.call_later(Duration::from_secs(3600), || ());
        local.run_until_stalled();
        assert!(!late.is_done() && late.cancel());
    }
    assert!(never.cancel());
    assert_eq!(woken.get(), 0);
    local.run();
}

/// Not `Send`, and dropped in the thread that made it.
struct AtHome(thread::ThreadId, Rc<Cell<u32>>);

impl Drop for AtHome {
    fn drop(&mut self) {
        assert_eq!(self.0, thread::current().id());
        self.1.set(self.1.get() + 1);
    }
}

#[test]
fn nothing_of_a_task_is_dropped_in_another_thread() {
    let count = Rc::new(Cell::new(0));
    // What becomes of the result: nobody wants it any more, nobody takes it, somebody does; and of
    // the future: it is cancelled, it goes with its executor.
    for (way, drops) in (0..5).zip([2, 2, 2, 1, 1]) {
        let local = LocalExecutor::new();
        let event = Event::new(false);
        let place = Rc::new(RefCell::new(None::<Waker>));
        let (put, home) = (place.clone(), thread::current().id());
        let held = AtHome(home, count.clone());
        let made = count.clone();
        let ready = Rc::new(event);
        let waits = ready.clone();
        let task = local.spawn(async move {
            let _held = held;
            *put.borrow_mut() = poll_fn(|cx| Poll::Ready(Some(cx.waker().clone()))).await;
            waits.wait_async().await;
            AtHome(home, made)
        });
        local.run_until_stalled();
        let waker = place.take().unwrap();
        match way {
            0 => {
                drop(task);
                ready.set();
                local.run_until_stalled();
            }
            1 => {
                ready.set();
                local.run_until_stalled();
                drop(task);
            }
            2 => {
                ready.set();
                drop(local.block_on(task));
            }
            3 => assert!(task.cancel()),
            _ => drop(local),
        }
        assert_eq!(count.replace(0), drops, "way {way}");
        thread::spawn(move || drop(waker)).join().unwrap();
        assert_eq!(count.get(), 0);
    }
}

#[test]
fn who_asks_again_with_the_same_waker_is_woken() {
    let local = LocalExecutor::new();
    let event = Rc::new(Event::new(false));
    let waits = event.clone();
    let mut task = pin!(local.spawn(async move { waits.wait_async().await }));
    let woken = Arc::new(Count::default());
    let waker = Waker::from(woken.clone());
    for _ in 0..3 {
        local.run_until_stalled();
        let polled = task.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
    }
    event.set();
    local.run_until_stalled();
    assert_eq!(woken.0.load(Relaxed), 1);
    assert!(task.is_done());
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn a_call_that_is_made_while_the_loop_runs_is_slept_for() {
    let local = LocalExecutor::new();
    let handle = local.handle();
    let far = local.call_later(Duration::from_secs(3600), || ());
    let seven = local.block_on(async move {
        yield_now().await;
        handle.call_later(Duration::from_millis(1), || 7).await
    });
    assert_eq!(seven.unwrap(), 7);
    assert!(far.cancel());
}
