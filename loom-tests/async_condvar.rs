//! The condition variable for threads and tasks: no wake-up is lost, none is made up, and the lock
//! is always held again.

use super::support::{
    Bound::*, CountWaker, Payload, caught, model, noop_waker, outcomes, poll_once, throw,
};
use crate::sync::{AsyncCondvar, AsyncMutex, TimedOut};
use crate::sys::clock;
use crate::wait::block_on;
use loom::thread;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

type Pair = Arc<(Arc<AsyncMutex<usize>>, AsyncCondvar)>;

fn pair() -> Pair {
    Arc::new((Arc::new(AsyncMutex::new(0)), AsyncCondvar::new()))
}

/// Two threads, exhaustive, 3,942 and 3,784 executions: asyncband#70. Kills: a `Wait` that lets the lock go before it stands in
/// line.
#[test]
fn a_waiter_stands_in_line_before_the_mutex_is_let_go() {
    type Wait = fn(&Pair);
    let waits: [(&str, Wait); 2] = [
        ("thread", |pair| {
            let guard = pair.1.wait_while(pair.0.lock(), |value| *value == 0);
            assert_eq!(*guard, 1);
        }),
        ("task", |pair| {
            block_on(async {
                let guard = pair.0.lock_async().await;
                let guard = pair.1.wait_while_async(guard, |value| *value == 0).await;
                assert_eq!(*guard, 1);
            });
        }),
    ];
    for (who, wait) in waits {
        let name = format!("a_waiter_stands_in_line_before_the_mutex_is_let_go ({who})");
        model(&name, Exhaustive, 20, move || {
            let pair = pair();
            let other = pair.clone();
            let notifier = thread::spawn(move || {
                *other.0.lock() += 1;
                other.1.notify_one();
            });
            wait(&pair);
            notifier.join().unwrap();
        });
    }
}

/// Three threads, bound 2 (bound 3 takes minutes), 27,501 executions. Two who wait, a thread and a task; one notification of all, or two of
/// one. Kills: a `refuse_all` that wakes one.
#[test]
fn as_many_are_woken_as_are_notified() {
    type Notify = fn(&AsyncCondvar) -> usize;
    let ways: [(&str, Notify); 2] = [
        ("all", AsyncCondvar::notify_all),
        ("one, twice", |condvar| {
            (0..2).map(|_| usize::from(condvar.notify_one())).sum()
        }),
    ];
    for (way, notify) in ways {
        let name = format!("as_many_are_woken_as_are_notified ({way})");
        outcomes(&name, Preemptions(2), 100, [0, 1, 2], move || {
            let pair = pair();
            let [thread, task] = [pair.clone(), pair.clone()];
            let thread = thread::spawn(move || {
                drop(thread.1.wait_while(thread.0.lock(), |value| *value == 0));
            });
            let task = thread::spawn(move || {
                block_on(async {
                    let guard = task.0.lock_async().await;
                    drop(task.1.wait_while_async(guard, |value| *value == 0).await);
                });
            });
            *pair.0.lock() = 1;
            let woken = notify(&pair.1);
            thread.join().unwrap();
            task.join().unwrap();
            assert_eq!(pair.1.waiters(), 0);
            woken
        });
    }
}

/// Three threads, bound 3, 36,366 executions. Exactly those waits say that they were notified whom a notification
/// says that it woke; the lock is held again either way. Kills: an `abandon` that forgets its
/// verdict; a `give_up` that does.
#[test]
fn a_timeout_races_a_notification() {
    type Notify = fn(&AsyncCondvar) -> bool;
    let ways: [(&str, Notify); 2] = [
        ("one", AsyncCondvar::notify_one),
        ("all", |condvar| condvar.notify_all() == 1),
    ];
    for (way, notify) in ways {
        let name = format!("a_timeout_races_a_notification ({way})");
        let allowed = [(true, true), (false, false)];
        outcomes(&name, Preemptions(3), 100, allowed, move || {
            let pair = pair();
            let [waiter, notifier] = [pair.clone(), pair.clone()];
            let held = pair.0.lock_owned();
            let waiter = thread::spawn(move || {
                let (mut guard, waited) = waiter.1.wait_timeout(held, Duration::from_secs(1));
                *guard += 1;
                waited.map_err(|TimedOut| ()).is_ok()
            });
            let notifier = thread::spawn(move || {
                *notifier.0.lock() += 1;
                notify(&notifier.1)
            });
            clock::expire_all();
            let outcome = (waiter.join().unwrap(), notifier.join().unwrap());
            assert_eq!(*pair.0.try_lock().expect("free"), 2);
            outcome
        });
    }
}

/// Three threads, bound 3, 2,636 and 10,065 executions: asyncband#132, tokio#3652, #8260. The one in front is dropped while it
/// is notified, in line or on its way back to the lock; the notification goes to the next. Kills:
/// a `give_back` that passes nothing on; a `Wait` without a `Notice`.
#[test]
fn a_dropped_waiter_passes_the_notification_on() {
    for polls in [1, 2] {
        let name = format!("a_dropped_waiter_passes_the_notification_on (polls: {polls})");
        model(&name, Preemptions(3), 20, move || {
            let pair = pair();
            let mut first = Box::pin(own_wait(&pair));
            let mut second = Box::pin(own_wait(&pair));
            assert!(poll_once(first.as_mut(), &noop_waker()).is_pending());
            assert!(poll_once(second.as_mut(), &noop_waker()).is_pending());
            let [notifier, busy] = [pair.clone(), pair.clone()];
            let notifier = thread::spawn(move || assert!(notifier.1.notify_one()));
            let busy = thread::spawn(move || *busy.0.lock() += 1);
            let mut was_ready = false;
            for _ in 1..polls {
                was_ready |= poll_once(first.as_mut(), &noop_waker()).is_ready();
            }
            if was_ready {
                // It came back from its wait: the notification is its own.
                drop(first);
                notifier.join().unwrap();
                assert!(pair.1.notify_one());
            } else {
                drop(first);
                notifier.join().unwrap();
            }
            block_on(second);
            busy.join().unwrap();
            assert_eq!(pair.1.waiters(), 0);
            assert_eq!(*pair.0.try_lock().expect("free"), 1);
        });
    }
}

/// Waits once; the lock is let go when it has been notified.
fn own_wait(pair: &Pair) -> impl Future<Output = ()> + Send + use<> {
    let pair = pair.clone();
    async move {
        let guard = pair.0.lock_owned_async().await;
        drop(pair.1.wait_async(guard).await);
    }
}

/// One thread. Dropped on its way back to the lock, a wait passes on what it was woken by: one
/// notification of one, and none of all. It holds no lock from then on. Kills: a `Wait` without a
/// `Notice`; a `notice` that takes both for one.
#[test]
fn what_a_wait_that_is_dropped_on_its_way_back_passes_on() {
    let name = "what_a_wait_that_is_dropped_on_its_way_back_passes_on";
    model(name, Exhaustive, 1, || {
        for (all, polled) in [(false, false), (false, true), (true, false), (true, true)] {
            let pair = pair();
            let mut first = Box::pin(own_wait(&pair));
            assert!(poll_once(first.as_mut(), &noop_waker()).is_pending());
            let held = pair.0.try_lock().expect("the first waits");
            if all {
                assert_eq!(pair.1.notify_all(), 1);
            } else {
                assert!(pair.1.notify_one());
            }
            if polled {
                assert!(poll_once(first.as_mut(), &noop_waker()).is_pending());
                assert_eq!(pair.0.waiters(), 1, "on its way back");
            }
            drop(held);
            let count = CountWaker::new();
            let mut late = Box::pin(own_wait(&pair));
            let late_polled = poll_once(late.as_mut(), &count.waker());
            assert!(late_polled.is_pending());
            drop(first);
            assert_eq!(count.wakes(), usize::from(!all));
            let late_polled = poll_once(late.as_mut(), &count.waker());
            assert_eq!(late_polled.is_ready(), !all);
            assert!(!pair.0.is_locked());
        }
    });
}

/// Two threads, exhaustive, 140 executions. What came before a notification is seen by whom it woke, also where
/// the notifier did not hold the lock. Kills: a `stand` that is read Relaxed.
#[test]
fn whom_a_notification_wakes_sees_what_came_before_it() {
    type Notify = fn(&AsyncCondvar) -> bool;
    let ways: [(&str, Notify); 2] = [
        ("one", AsyncCondvar::notify_one),
        ("all", |condvar| condvar.notify_all() == 1),
    ];
    for (way, notify) in ways {
        let name = format!("whom_a_notification_wakes_sees_what_came_before_it ({way})");
        model(&name, Exhaustive, 2, move || {
            let shared = Arc::new((pair(), Payload::new(0)));
            let mut wait = Box::pin(own_wait(&shared.0));
            assert!(poll_once(wait.as_mut(), &noop_waker()).is_pending());
            let other = shared.clone();
            let notifier = thread::spawn(move || {
                other.1.write(1);
                assert!(
                    notify(&other.0.1),
                    "it stands in line since before we started"
                );
            });
            block_on(wait);
            assert_eq!(shared.1.read(), 1);
            notifier.join().unwrap();
        });
    }
}

/// Two threads, exhaustive. A condition that panics lets the lock go, and the notification that
/// made it look goes to the next. Kills: a `wait_while` that spends its notice before it looks.
#[test]
fn a_condition_that_panics_passes_the_notification_on() {
    type Wait = fn(&Pair);
    let waits: [(&str, Wait); 2] = [
        ("thread", |pair| {
            let mut looks = 0;
            drop(pair.1.wait_while(pair.0.lock(), |_| {
                looks += 1;
                looks == 1 || throw("at the second look")
            }));
        }),
        ("task", |pair| {
            let mut looks = 0;
            block_on(async {
                let guard = pair.0.lock_async().await;
                let condition = |_: &mut usize| {
                    looks += 1;
                    looks == 1 || throw("at the second look")
                };
                drop(pair.1.wait_while_async(guard, condition).await);
            });
        }),
    ];
    for (who, wait) in waits {
        let name = format!("a_condition_that_panics_passes_the_notification_on ({who})");
        model(&name, Exhaustive, 20, move || {
            let pair = pair();
            let other = pair.clone();
            // Done with all locks when it wakes us: loom's are poisoned where a thread unwinds
            // beside others.
            let notifier = thread::spawn(move || {
                while other.1.waiters() == 0 {
                    thread::yield_now();
                }
                drop(other.0.lock());
                let mut second = Box::pin(own_wait(&other));
                assert!(poll_once(second.as_mut(), &noop_waker()).is_pending());
                assert!(other.1.notify_one());
                second
            });
            assert!(caught(|| wait(&pair)).is_err());
            let mut second = notifier.join().unwrap();
            assert!(poll_once(second.as_mut(), &noop_waker()).is_ready());
            assert!(!pair.0.is_locked());
        });
    }
}

/// Three threads, bound 3, 2,545 executions. So does one that was notified in the moment in which its time was over.
/// Kills: a `give_up` that makes no notice of what it was granted.
#[test]
fn a_notification_at_the_deadline_is_passed_on_by_a_panic() {
    let name = "a_notification_at_the_deadline_is_passed_on_by_a_panic";
    model(name, Preemptions(3), 20, || {
        let pair = pair();
        let other = pair.clone();
        let mut others = Some(thread::spawn(move || {
            while other.1.waiters() == 0 {
                thread::yield_now();
            }
            drop(other.0.lock());
            let mut second = Box::pin(own_wait(&other));
            assert!(poll_once(second.as_mut(), &noop_waker()).is_pending());
            let notifier = thread::spawn(move || assert!(other.1.notify_one()));
            clock::expire_all();
            notifier.join().unwrap();
            second
        }));
        let (mut looks, mut second) = (0, None);
        let thrown = caught(|| {
            let a_second = Duration::from_secs(1);
            drop(pair.1.wait_timeout_while(pair.0.lock(), a_second, |_| {
                looks += 1;
                if looks == 2 {
                    // Nobody else runs while we unwind.
                    second = Some(others.take().unwrap().join().unwrap());
                    throw("at the second look");
                }
                true
            }));
        });
        assert!(thrown.is_err());
        let mut second = second.expect("we looked twice");
        assert!(poll_once(second.as_mut(), &noop_waker()).is_ready());
    });
}

/// One thread. Kills: a wait that ends by itself; a `notify_all` that wakes who comes later, or
/// leaves something behind for them.
#[test]
fn nobody_is_woken_without_a_notification() {
    model(
        "nobody_is_woken_without_a_notification",
        Exhaustive,
        1,
        || {
            let pair = pair();
            assert!(!pair.1.notify_one());
            assert_eq!(pair.1.notify_all(), 0);
            let mut wait = Box::pin(own_wait(&pair));
            for _ in 0..3 {
                assert!(poll_once(wait.as_mut(), &noop_waker()).is_pending());
            }
            assert_eq!((pair.1.waiters(), pair.0.waiters()), (1, 0));
            assert!(pair.1.notify_one());
            assert_eq!(poll_once(wait.as_mut(), &noop_waker()), Poll::Ready(()));
            assert!(!pair.1.notify_one());
        },
    );
}
