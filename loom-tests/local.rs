//! The executor of one thread, which is the one that runs the model; its wakers are in others.

use super::support::{Bound::*, CountWaker, DropCount, Payload, model, noop_waker, spawn};
use crate::executor::{LocalExecutor, LocalTask, Stopped};
use crate::future::{TaskError, yield_now};
use crate::sync::Event;
use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// Gives its waker away at each poll, until `ready` says that it is done.
fn hand_out<R: Fn() -> bool>(
    wakers: &Arc<Mutex<Vec<Waker>>>,
    ready: R,
) -> impl Future<Output = ()> + use<R> {
    let wakers = wakers.clone();
    poll_fn(move |cx| {
        if ready() {
            return Poll::Ready(());
        }
        wakers.lock().unwrap().push(cx.waker().clone());
        Poll::Pending
    })
}

/// Two threads, exhaustive, 702 executions: the wake comes before, while and after the executor goes to
/// sleep. Kills: a wake that does not queue the task; a queue that wakes nobody.
#[test]
fn a_local_task_is_woken_while_its_executor_goes_to_sleep() {
    let name = "a_local_task_is_woken_while_its_executor_goes_to_sleep";
    model(name, Exhaustive, 10, || {
        let local = LocalExecutor::new();
        let shared = Arc::new((Event::new(false), Payload::new(0)));
        let setter = shared.clone();
        let setter = spawn(move || {
            setter.1.write(1);
            setter.0.set();
        });
        let not_send = Rc::new(shared);
        let task = local.spawn(async move {
            not_send.0.wait_async().await;
            not_send.1.read()
        });
        assert_eq!(local.block_on(task).unwrap(), 1);
        setter.join().unwrap();
    });
}

/// Three threads, bound 2, 54 executions. Kills: `scheduled` set without Release, or taken
/// without Acquire; a waker that looks whether it is set before it sets it.
#[test]
fn a_local_poll_sees_what_its_wakers_wrote() {
    let name = "a_local_poll_sees_what_its_wakers_wrote";
    model(name, Preemptions(2), 10, || {
        let local = LocalExecutor::new();
        let wakers = Arc::default();
        let _task = local.spawn(hand_out(&wakers, || false));
        local.run_until_stalled();
        let waker = wakers.lock().unwrap().pop().unwrap();
        let written = Arc::new([Payload::new(0), Payload::new(0)]);
        // Set, and looked at, in real time: loom does not know of it, so it orders nothing.
        let woken = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
        let threads = [0, 1].map(|n| {
            let (waker, written, woken) = (waker.clone(), written.clone(), woken.clone());
            spawn(move || {
                written[n].write(1);
                waker.wake();
                woken[n].store(true, SeqCst);
            })
        });
        for _ in 0..2 {
            let before = [0, 1].map(|n| woken[n].load(SeqCst));
            local.try_tick();
            for n in (0..2).filter(|n| before[*n]) {
                assert_eq!(written[n].read(), 1);
            }
        }
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// Two threads, exhaustive, 18 executions: a waker is called and dropped while the executor
/// is dropped, or after it. Its future is dropped here, once, in the thread of the executor.
/// Kills: a waker that holds its future.
#[test]
fn a_waker_outlives_its_local_executor() {
    let name = "a_waker_outlives_its_local_executor";
    model(name, Exhaustive, 2, || {
        let local = LocalExecutor::new();
        let (wakers, drops) = (Arc::default(), DropCount::new());
        let held = drops.value(Rc::new(()));
        let inner = hand_out(&wakers, || false);
        let task = local.spawn(async move {
            inner.await;
            drop(held);
        });
        local.run_until_stalled();
        let waker = wakers.lock().unwrap().pop().unwrap();
        let late = waker.clone();
        let thread = spawn(move || {
            waker.wake_by_ref();
            waker.wake();
        });
        drop(local);
        late.wake();
        assert_eq!(drops.get(), 1);
        assert!(matches!(task.try_result(), Ok(Err(TaskError::Cancelled))));
        thread.join().unwrap();
        assert_eq!(drops.get(), 1);
    });
}

/// Two threads, exhaustive, 86 executions: a waker is called while its task ends, and after
/// it; another task comes then. Kills: a wake that polls, or queues for good, what is no more.
#[test]
fn a_wake_after_the_end_of_a_local_task_does_nothing() {
    let name = "a_wake_after_the_end_of_a_local_task_does_nothing";
    model(name, Exhaustive, 2, || {
        let local = LocalExecutor::new();
        let wakers = Arc::default();
        let polls = Rc::new(Cell::new(0));
        let count = polls.clone();
        let twice = move || count.replace(count.get() + 1) == 1;
        let task = local.spawn(hand_out(&wakers, twice));
        local.run_until_stalled();
        let waker = wakers.lock().unwrap().pop().unwrap();
        let late = waker.clone();
        waker.wake();
        let thread = spawn(move || {
            late.wake_by_ref();
            late.wake();
        });
        local.run_until_stalled();
        assert!(task.is_done());
        let next = local.spawn(async { 7 });
        assert_eq!(local.block_on(next).unwrap(), 7);
        thread.join().unwrap();
        assert!(!local.try_tick());
        assert_eq!(polls.get(), 2);
    });
}

/// Two threads, bound 3, 1,310 executions: a task drives its own executor, and is woken
/// meanwhile by another thread. Kills: an inner drive that takes the wake of the outer task off
/// the queue and forgets it (a deadlock); one that polls the task that is being polled.
#[test]
fn a_local_task_that_drives_its_executor_misses_no_wake() {
    let name = "a_local_task_that_drives_its_executor_misses_no_wake";
    model(name, Preemptions(3), 50, || {
        let local = Rc::new(LocalExecutor::new());
        let (event, other) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
        let (set, set_other) = (event.clone(), other.clone());
        let inner = local.clone();
        let first = RefCell::new(true);
        let mut waiting = Box::pin(async move { event.wait_async().await });
        let task = local.spawn(poll_fn(move |cx| {
            let polled = waiting.as_mut().poll(cx);
            if first.replace(false) {
                // It stands in line by now, and is woken while the other is waited for.
                inner.block_on(other.wait_async());
            }
            polled
        }));
        let setter = spawn(move || {
            set.set();
            set_other.set();
        });
        local.block_on(task).unwrap();
        setter.join().unwrap();
    });
}

/// Two threads, exhaustive, 4 executions: a task is cancelled while another thread wakes
/// it. Kills: a cancel that leaves the future, or the waker of who waits.
#[test]
fn a_local_task_is_cancelled_while_it_is_woken() {
    let name = "a_local_task_is_cancelled_while_it_is_woken";
    model(name, Exhaustive, 2, || {
        let local = LocalExecutor::new();
        let (wakers, drops) = (Arc::default(), DropCount::new());
        let held = drops.value(());
        let inner = hand_out(&wakers, || false);
        let mut task = Box::pin(local.spawn(async move {
            inner.await;
            drop(held);
        }));
        local.run_until_stalled();
        let waiter = CountWaker::new();
        assert!(super::support::poll_once(task.as_mut(), &waiter.waker()).is_pending());
        let waker = wakers.lock().unwrap().pop().unwrap();
        let thread = spawn(move || waker.wake());
        assert!(task.cancel() && task.cancel() && task.is_cancelled());
        assert_eq!((drops.get(), waiter.wakes(), waiter.held()), (1, 1, 0));
        let polled = super::support::poll_once(task.as_mut(), &noop_waker());
        assert!(matches!(polled, Poll::Ready(Err(TaskError::Cancelled))));
        local.run_until_stalled();
        thread.join().unwrap();
        drop(local.spawn(pending::<()>()));
    });
}

/// One thread: a task that is cancelled while it is polled, by itself, is cancelled when it suspends.
/// Kills: a `suspend` that does not look.
#[test]
fn a_local_task_may_cancel_itself() {
    model("a_local_task_may_cancel_itself", Exhaustive, 1, || {
        let local = LocalExecutor::new();
        let own = Rc::new(RefCell::new(None::<LocalTask<()>>));
        let itself = own.clone();
        let task = local.spawn(poll_fn(move |_| {
            assert!(!itself.borrow().as_ref().unwrap().cancel());
            Poll::Pending
        }));
        *own.borrow_mut() = Some(task);
        local.run_until_stalled();
        assert!(own.borrow().as_ref().unwrap().is_cancelled());
        assert_eq!(Rc::strong_count(&own), 1);
    });
}

/// The waker of a task, to be called where a loop sleeps.
static ARRIVAL: Mutex<Option<Waker>> = Mutex::new(None);

/// Held by the model that uses it.
static TURN: Mutex<()> = Mutex::new(());

/// Sleeps as a loop does that waits for sockets: what has arrived is told in its own thread.
fn sleep_over_arrivals(
    poll: &mut dyn FnMut(&mut Context<'_>) -> Poll<()>,
    _: Option<crate::sys::clock::Instant>,
) {
    let woken = CountWaker::new();
    let mut before = 0;
    while poll(&mut Context::from_waker(&woken.waker())).is_pending() {
        let arrival = ARRIVAL.lock().unwrap().take();
        arrival.into_iter().for_each(Waker::wake);
        assert!(woken.wakes() > before, "it sleeps over what has arrived");
        before = woken.wakes();
    }
}

/// One thread: what its own thread wakes while a loop sleeps, wakes the loop. Kills: a loop that is
/// asleep and queues without a wake what comes from its thread.
#[test]
fn a_sleeping_loop_is_woken_by_its_own_thread() {
    let name = "a_sleeping_loop_is_woken_by_its_own_thread";
    model(name, Exhaustive, 1, || {
        let (local, _turn) = (
            LocalExecutor::sleeping(sleep_over_arrivals),
            TURN.lock().unwrap(),
        );
        let polls = Cell::new(0);
        let task = local.spawn(poll_fn(move |cx| {
            if polls.replace(polls.get() + 1) == 2 {
                return Poll::Ready(7);
            }
            *ARRIVAL.lock().unwrap() = Some(cx.waker().clone());
            Poll::Pending
        }));
        assert_eq!(local.block_on(task).unwrap(), 7);
    });
}

thread_local! {
    /// What is done where a loop sleeps.
    static MEANWHILE: Cell<Option<Box<dyn FnOnce()>>> = const { Cell::new(None) };
}

/// Runs `f` in the thread of a loop that sleeps, as the callback of a socket.
fn meanwhile(f: impl FnOnce() + 'static) {
    struct Callback;
    impl Wake for Callback {
        fn wake(self: Arc<Self>) {
            MEANWHILE.take().unwrap()();
        }
    }
    MEANWHILE.set(Some(Box::new(f)));
    *ARRIVAL.lock().unwrap() = Some(Waker::from(Arc::new(Callback)));
}

/// One thread: a callback that runs while a loop sleeps stops it, makes a call, cancels its last task,
/// or drives it to wake a task then. Kills: any of the four that does not rouse the loop.
#[test]
fn a_sleeping_loop_looks_at_whatever_its_own_thread_does() {
    let name = "a_sleeping_loop_looks_at_whatever_its_own_thread_does";
    model(name, Exhaustive, 1, || {
        let new = || Rc::new(LocalExecutor::sleeping(sleep_over_arrivals));

        let (local, _turn) = (new(), TURN.lock().unwrap());
        let handle = local.handle();
        meanwhile(move || handle.stop());
        assert_eq!(local.run_until_complete(pending::<()>()), Err(Stopped));

        let handle = local.handle();
        meanwhile(move || {
            let inside = handle.clone();
            drop(handle.call_later(Duration::ZERO, move || inside.stop()));
        });
        assert_eq!(local.run_until_complete(pending::<()>()), Err(Stopped));

        let last = local.spawn(pending::<()>());
        meanwhile(move || assert!(last.cancel()));
        local.run();

        let (inside, event) = (local.clone(), Rc::new(Event::new(false)));
        let waits = event.clone();
        let task = local.spawn(async move { waits.wait_async().await });
        meanwhile(move || {
            inside.block_on(async {});
            event.set();
        });
        local.block_on(task).unwrap();
    });
}

/// Two threads, one after the other: another wakes one task, and then the loop's own queues another.
/// What was woken first is polled first. Kills: a loop that puts what comes from its own thread
/// before what others have sent.
#[test]
fn a_loop_does_first_what_came_first() {
    model("a_loop_does_first_what_came_first", Exhaustive, 1, || {
        let local = LocalExecutor::new();
        let wakers = Arc::default();
        let log = Rc::new(RefCell::new(Vec::new()));
        let (first, second) = (log.clone(), log.clone());
        let twice = Cell::new(0);
        let inner = hand_out(&wakers, move || twice.replace(twice.get() + 1) == 1);
        let _woken = local.spawn(async move {
            inner.await;
            first.borrow_mut().push(1);
        });
        local.run_until_stalled();
        let waker = wakers.lock().unwrap().pop().unwrap();
        let queued = local.spawn(async {});
        spawn(move || waker.wake()).join().unwrap();
        let _called = local.call_soon(move || second.borrow_mut().push(2));
        local.run_until_stalled();
        assert!(queued.is_done());
        assert_eq!(*log.borrow(), [1, 2]);
    });
}

/// One thread: a task wakes itself more often than the loop polls at a time. Kills: a loop that lets
/// what it sleeps by have a turn, and is not woken for the rest.
#[test]
fn a_loop_that_has_much_to_do_goes_on() {
    let name = "a_loop_that_has_much_to_do_goes_on";
    model(name, Exhaustive, 1, || {
        let local = LocalExecutor::new();
        let task = local.spawn(async {
            for _ in 0..70 {
                yield_now().await;
            }
        });
        assert!(local.block_on(task).is_ok());
    });
}
