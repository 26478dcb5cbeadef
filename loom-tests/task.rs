//! Models of `task`: time, cancellation and clean-up against what is waited for.
//!
//! What stands below has models of its own: an alarm against its cancellation (`timer`), a group
//! against its members' ends (`group`), a drive inside a drive (`parker`), the event loop (`local`).
//!
//! The clock jumps once, and it is moved by one thread while another does what is waited for.

use super::support::{Bound::*, CountWaker, DropCount, Payload, model, outcomes, poll_once, spawn};
use crate::executor::{ExecutorExt, LocalExecutor, Shutdown, ThreadPoolExecutor};
use crate::future::TaskError;
use crate::sync::{CancelToken, Cancelled, Event, Semaphore, TimedOut};
use crate::sys::clock::{self, JUMP};
use crate::sys::thread::JoinHandle;
use crate::task::{
    FutureSet, block_on, cancellable, shield, sleep, timeout, with_cleanup, with_grace,
};
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(1);

/// Moves the clock in another thread. The clock orders nothing, so what it is to wake in this one is
/// there before: the parker.
fn move_the_clock() -> JoinHandle<()> {
    block_on(async {});
    spawn(clock::expire_all)
}

/// Two threads, bound 3, 27 executions. A sleep is polled by one task, then by another, while its time comes.
/// Kills: one that leaves the alarm with the waker of the first.
#[test]
fn a_sleep_that_changes_hands_wakes_who_polled_it_last() {
    let name = "a_sleep_that_changes_hands_wakes_who_polled_it_last";
    model(name, Preemptions(3), 10, || {
        let mut nap = Box::pin(sleep(SOON));
        let first = CountWaker::new();
        let polled = poll_once(nap.as_mut(), &first.waker());
        assert!(polled.is_pending());
        let clock = move_the_clock();
        block_on(nap.as_mut());
        assert!(nap.is_elapsed());
        drop(nap);
        clock.join().unwrap();
        assert_eq!(first.held(), 0);
    });
}

/// Three threads, bound 2, 2,420 executions: a permit comes while the time of who waits for it does. Either it has the
/// permit in time, or the permit is still there. Kills: a timeout that never comes; an alarm that wakes nobody.
#[test]
fn a_timeout_has_the_permit_or_leaves_it() {
    let name = "a_timeout_has_the_permit_or_leaves_it";
    outcomes(name, Preemptions(2), 700, [false, true], || {
        let semaphore = Arc::new(Semaphore::new(0));
        let giver = semaphore.clone();
        let giver = spawn(move || giver.add_permits(1).unwrap());
        let clock = move_the_clock();
        let permit = block_on(timeout(SOON, semaphore.acquire_async()));
        giver.join().unwrap();
        clock.join().unwrap();
        match permit {
            Ok(permit) => {
                assert_eq!(semaphore.available(), 0);
                drop(permit.unwrap());
                true
            }
            Err(TimedOut) => {
                assert_eq!((semaphore.available(), semaphore.waiters()), (1, 0));
                false
            }
        }
    });
}

/// Two threads, exhaustive, 3,671 executions: what is ready when the time is over counts, whichever woke the task.
/// Kills: a timeout that looks at the clock first.
#[test]
fn what_is_ready_counts_though_its_time_is_over() {
    let name = "what_is_ready_counts_though_its_time_is_over";
    model(name, Exhaustive, 1000, || {
        let event = Arc::new(Event::new(false));
        let set = event.clone();
        block_on(async {});
        let both = spawn(move || {
            set.set();
            clock::expire_all();
        });
        assert_eq!(block_on(timeout(SOON, event.wait_async())), Ok(()));
        both.join().unwrap();
    });
}

/// Three threads, bound 2, 8,371 executions: a permit comes while who waits for it is cancelled. Either it has the
/// permit, or the permit is still there. Kills: one that is not cancelled while it waits.
#[test]
fn who_is_cancelled_has_the_permit_or_leaves_it() {
    let name = "who_is_cancelled_has_the_permit_or_leaves_it";
    outcomes(name, Preemptions(2), 2000, [false, true], || {
        let (semaphore, token) = (Arc::new(Semaphore::new(0)), CancelToken::new());
        let (giver, canceller) = (semaphore.clone(), token.clone());
        let giver = spawn(move || giver.add_permits(1).unwrap());
        let canceller = spawn(move || canceller.cancel());
        let permit = block_on(cancellable(&token, semaphore.acquire_async()));
        giver.join().unwrap();
        assert!(canceller.join().unwrap());
        match permit {
            Ok(permit) => {
                permit.unwrap().forget();
                assert_eq!(semaphore.available(), 0);
                true
            }
            Err(Cancelled) => {
                assert_eq!((semaphore.available(), semaphore.waiters()), (1, 0));
                false
            }
        }
    });
}

/// Two threads, bound 2, 173 executions: what is ready when the token is cancelled counts, whichever woke the
/// task. Kills: a `cancellable` that looks at the token first each time; one that looks at its future only
/// before the token.
#[test]
fn what_is_ready_counts_though_it_is_cancelled() {
    let name = "what_is_ready_counts_though_it_is_cancelled";
    model(name, Preemptions(2), 50, || {
        let (token, event) = (CancelToken::new(), Arc::new(Event::new(false)));
        let mut waits = Box::pin(cancellable(&token, event.wait_async()));
        assert!(waits.as_mut().poll_with(&CountWaker::new()).is_pending());
        let (cancel, set) = (token.clone(), event.clone());
        let both = spawn(move || {
            set.set();
            cancel.cancel();
        });
        assert_eq!(block_on(waits.as_mut()), Ok(()));
        both.join().unwrap();
    });
}

/// Three threads, bound 2, 1,157 executions: a body is cancelled, and cleans up while its grace ends. Either it has
/// come to its end, or it was dropped; and it is gone. Kills: a grace without an end (a deadlock).
#[test]
fn a_body_ends_within_its_grace_or_is_dropped() {
    let name = "a_body_ends_within_its_grace_or_is_dropped";
    outcomes(name, Preemptions(2), 300, [false, true], || {
        let (token, cleaned) = (CancelToken::new(), Arc::new(Event::new(false)));
        let (clean, drops) = (cleaned.clone(), DropCount::new());
        let held = drops.value(());
        token.cancel();
        let body = async {
            let _held = held;
            let worked = cancellable(&token, pending::<()>()).await;
            cleaned.wait_async().await;
            worked
        };
        let cleaner = spawn(move || clean.set());
        let clock = move_the_clock();
        let ended = block_on(with_grace(&token, SOON, body));
        assert_eq!(drops.get(), 1);
        cleaner.join().unwrap();
        clock.join().unwrap();
        if let Ok(worked) = ended {
            assert_eq!(worked, Err(Cancelled));
        }
        ended.is_ok()
    });
}

/// Two threads, exhaustive, 198 executions: the time of a body that nobody cancels never comes. Kills: a grace that
/// does not wait for the cancellation.
#[test]
fn a_body_that_nobody_cancels_has_all_the_time() {
    let name = "a_body_that_nobody_cancels_has_all_the_time";
    model(name, Exhaustive, 50, || {
        let (token, event) = (CancelToken::new(), Arc::new(Event::new(false)));
        let set = event.clone();
        let setter = spawn(move || {
            clock::expire_all();
            set.set();
        });
        let body = async { event.wait_async().await };
        assert_eq!(block_on(with_grace(&token, SOON, body)), Ok(()));
        setter.join().unwrap();
    });
}

/// Two threads, bound 2, 364 executions: a body is cancelled late, when its grace would be over if it had begun with
/// the body; now it lasts longer than the clock goes. Kills: a grace that begins before the cancellation.
#[test]
fn a_grace_begins_with_the_cancellation() {
    let name = "a_grace_begins_with_the_cancellation";
    model(name, Preemptions(2), 10, || {
        let (token, event) = (CancelToken::new(), Arc::new(Event::new(false)));
        let (cancel, set) = (token.clone(), event.clone());
        let other = spawn(move || {
            clock::expire_all();
            cancel.cancel();
            set.set();
        });
        let grace = JUMP + JUMP / 2;
        let body = async { event.wait_async().await };
        assert_eq!(block_on(with_grace(&token, grace, body)), Ok(()));
        other.join().unwrap();
    });
}

/// Two threads, bound 2, 2,265 executions: a task on a pool is cancelled before, while and after it runs. It comes to
/// its end, or it is gone and its clean-up runs to its end, once, after it. Kills: a clean-up that is begun
/// before the future is dropped; one that is begun although that has ended; one that is not begun.
#[test]
fn a_task_that_is_cancelled_is_cleaned_up_after() {
    let name = "a_task_that_is_cancelled_is_cleaned_up_after";
    outcomes(name, Preemptions(2), 600, ["cleaned", "ended"], || {
        let pool = ThreadPoolExecutor::new(1);
        let (payload, drops) = (Arc::new(Payload::new(0)), DropCount::new());
        let (body, held) = (payload.clone(), drops.value(()));
        let (after, gone) = (payload.clone(), drops.clone());
        let cleanup = async move || {
            assert_eq!(gone.get(), 1, "what it held is gone");
            after.write(after.read() + 10);
        };
        let body = async move {
            let _held = held;
            body.write(1);
        };
        let task = pool.spawn(with_cleanup(&pool, body, SOON, cleanup));
        task.cancel();
        let ended = task.result();
        pool.shutdown(Shutdown::Wait);
        match (ended, payload.read()) {
            (Ok(()), 1) => "ended",
            (Err(TaskError::Cancelled), 10 | 11) => "cleaned",
            other => panic!("{other:?}"),
        }
    });
}

/// Two threads, bound 2, 1,071 executions: who waits for a shielded task lets go of it while it runs. Kills: a shield
/// that cancels.
#[test]
fn what_is_shielded_comes_to_its_end() {
    let name = "what_is_shielded_comes_to_its_end";
    model(name, Preemptions(2), 300, || {
        let pool = ThreadPoolExecutor::new(1);
        let (payload, event) = (Arc::new(Payload::new(0)), Arc::new(Event::new(false)));
        let (bump, wait) = (payload.clone(), event.clone());
        let mut shielded = Box::pin(shield(&pool, async move {
            wait.wait_async().await;
            bump.bump()
        }));
        let waiter = CountWaker::new();
        assert!(poll_once(shielded.as_mut(), &waiter.waker()).is_pending());
        event.set();
        drop(shielded);
        pool.shutdown(Shutdown::Wait);
        assert_eq!((payload.read(), waiter.held()), (1, 0));
    });
}

/// Two threads, bound 2, 1,587 executions: a job blocks its worker in a future that another thread completes. Kills: a
/// wake that does not unpark who drives.
#[test]
fn a_worker_that_blocks_on_a_future_is_woken_for_that() {
    let name = "a_worker_that_blocks_on_a_future_is_woken_for_that";
    model(name, Preemptions(2), 400, || {
        let pool = ThreadPoolExecutor::new(1);
        let event = Arc::new((Event::new(false), Payload::new(0)));
        let wait = event.clone();
        let job = pool.submit(move || {
            block_on(wait.0.wait_async());
            wait.1.read()
        });
        event.1.write(7);
        event.0.set();
        pool.execute(|| ()).unwrap();
        pool.shutdown(Shutdown::Wait);
        assert_eq!(job.result().unwrap(), 7);
    });
}

/// Two threads, exhaustive, 702 executions: a member is woken while its set goes to sleep. Kills: a wake that puts no
/// number there; a set that polls nobody; a `begin` after the poll.
#[test]
fn a_member_is_woken_while_its_set_goes_to_sleep() {
    let name = "a_member_is_woken_while_its_set_goes_to_sleep";
    model(name, Exhaustive, 200, || {
        let event = Arc::new((Event::new(false), Payload::new(0)));
        let set = event.clone();
        let setter = spawn(move || {
            set.1.write(1);
            set.0.set();
        });
        let mut members = FutureSet::new();
        members.push(async {
            event.0.wait_async().await;
            event.1.read()
        });
        assert_eq!(block_on(members.next()), Some(1));
        assert_eq!(block_on(members.next()), None);
        setter.join().unwrap();
    });
}

/// Two threads, exhaustive, 40 executions: a set is dropped while a member is woken. Kills: a waker that holds its
/// future.
#[test]
fn a_set_that_is_dropped_drops_what_is_being_woken() {
    let name = "a_set_that_is_dropped_drops_what_is_being_woken";
    model(name, Exhaustive, 10, || {
        let (event, drops) = (Arc::new(Event::new(false)), DropCount::new());
        let (held, wait) = (drops.value(()), event.clone());
        let mut members = FutureSet::new();
        members.push(async move {
            wait.wait_async().await;
            drop(held);
        });
        let waiter = CountWaker::new();
        let next = Box::pin(members.next()).as_mut().poll_with(&waiter);
        assert!(next.is_pending());
        let setter = spawn(move || event.set());
        drop(members);
        assert_eq!(drops.get(), 1);
        setter.join().unwrap();
        assert_eq!(waiter.held(), 0);
    });
}

/// Two threads, exhaustive, 274 executions: a member ends, and its waker, which somebody has kept, is
/// called while others come, one of them into its place. Kills: a place that is used again and not
/// woken; one that is free twice after it was woken in vain.
#[test]
fn a_place_in_a_set_is_used_again_while_it_is_woken() {
    let name = "a_place_in_a_set_is_used_again_while_it_is_woken";
    model(name, Exhaustive, 2, || {
        let (event, kept) = (Event::new(false), std::sync::Mutex::new(None::<Waker>));
        let mut members = FutureSet::<Pin<Box<dyn Future<Output = u32>>>>::new();
        members.push(Box::pin(poll_fn(|cx| {
            *kept.lock().unwrap() = Some(cx.waker().clone());
            Poll::Ready(1)
        })));
        members.push(Box::pin(async {
            event.wait_async().await;
            2
        }));
        assert_eq!(block_on(members.next()), Some(1));
        let late = kept.lock().unwrap().take().unwrap();
        let waking = spawn(move || late.wake());
        let waiter = CountWaker::new();
        let polled = Box::pin(members.next()).as_mut().poll_with(&waiter);
        assert!(polled.is_pending());
        members.push(Box::pin(async { 3 }));
        members.push(Box::pin(async { 4 }));
        let mut both = [(); 2].map(|_| block_on(members.next()).unwrap());
        both.sort_unstable();
        assert_eq!(both, [3, 4]);
        event.set();
        assert_eq!(block_on(members.next()), Some(2));
        assert!(members.is_empty());
        waking.join().unwrap();
    });
}

/// One thread: a member wakes itself each time. Kills: a set that goes on with it for ever; one that lets
/// others run and is not woken.
#[test]
fn a_set_that_lets_others_run_is_woken() {
    let name = "a_set_that_lets_others_run_is_woken";
    model(name, Exhaustive, 1, || {
        let mut members = FutureSet::new();
        members.push(poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        }));
        let waiter = CountWaker::new();
        let polled = Box::pin(members.next()).as_mut().poll_with(&waiter);
        assert!(polled.is_pending());
        assert_eq!((waiter.wakes(), members.len()), (1, 1));
    });
}

/// Polls once with a counting waker.
trait PollWith: Future {
    fn poll_with(self: Pin<&mut Self>, waker: &CountWaker) -> Poll<Self::Output> {
        poll_once(self, &waker.waker())
    }
}

impl<F: Future + ?Sized> PollWith for F {}

/// Two threads, bound 3, 47 executions: work comes from another thread while the loop goes to sleep, and then the
/// stop. Kills: a remote that wakes nobody; a stop that overtakes.
#[test]
fn a_loop_is_sent_work_and_stopped_from_elsewhere() {
    let name = "a_loop_is_sent_work_and_stopped_from_elsewhere";
    model(name, Preemptions(3), 10, || {
        let local = LocalExecutor::new();
        let (remote, payload) = (local.remote(), Arc::new(Payload::new(0)));
        let bump = payload.clone();
        let sender = spawn(move || {
            remote.execute(move || _ = bump.bump()).unwrap();
            remote.stop();
        });
        assert!(local.run_until_complete(pending::<()>()).is_err());
        assert_eq!(payload.read(), 1);
        sender.join().unwrap();
    });
}

/// Two threads, exhaustive, 10 executions: work comes from another thread while the loop is dropped. It is cancelled
/// or rejected, and gone. Kills: a drop that leaves what was sent; a `close` that does not close.
#[test]
fn what_is_sent_to_a_loop_that_ends_is_cancelled_or_rejected() {
    let name = "what_is_sent_to_a_loop_that_ends_is_cancelled_or_rejected";
    let all = ["cancelled", "rejected"];
    outcomes(name, Exhaustive, 3, all, || {
        let local = LocalExecutor::new();
        let (remote, drops) = (local.remote(), DropCount::new());
        let held = drops.value(());
        let keep = remote.clone();
        let sender = spawn(move || {
            let job = move || drop((held, keep));
            match remote.submit(job).try_result() {
                Ok(Err(TaskError::Rejected)) => "rejected",
                Ok(Err(TaskError::Cancelled)) => "cancelled",
                Ok(other) => panic!("{other:?}"),
                // By the loop, later.
                Err(_) => "cancelled",
            }
        });
        drop(local);
        let ended = sender.join().unwrap();
        assert_eq!(drops.get(), 1);
        ended
    });
}

/// Two threads, bound 3, 624 executions: a call is due while the loop goes to sleep until it, and another task is
/// woken meanwhile. Kills: a loop that sleeps without an end while a call is to come (a deadlock); one that
/// sleeps over a wake.
#[test]
fn a_call_is_due_while_its_loop_goes_to_sleep() {
    let name = "a_call_is_due_while_its_loop_goes_to_sleep";
    model(name, Preemptions(3), 150, || {
        let local = LocalExecutor::new();
        let event = Arc::new(Event::new(false));
        let set = event.clone();
        let waiter = local.spawn(async move { event.wait_async().await });
        let call = local.call_later(SOON, || 7);
        let both = spawn(move || {
            clock::expire_all();
            set.set();
        });
        local.run();
        assert!(waiter.is_done());
        assert_eq!(call.try_result().ok().unwrap().unwrap(), 7);
        both.join().unwrap();
    });
}
