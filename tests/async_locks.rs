//! The locks for threads and tasks alike, natively: crowds, drops at every poll, panics, guards
//! that travel.

use rungs::future::block_on;
use rungs::sync::{
    AsyncCondvar, AsyncMutex, AsyncMutexGuard, AsyncRwLock, AsyncRwLockUpgradableReadGuard,
    AsyncRwLockWriteGuard, AsyncRwLockWriteGuardOf, Event, Mapped, MappedMut, OwnedAsyncMutexGuard,
    OwnedAsyncRwLockReadGuard, OwnedAsyncRwLockUpgradableReadGuard, TimedOut,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Gives way once.
async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn threads_and_tasks_share_one_mutex() {
    for mutex in [AsyncMutex::new(0), AsyncMutex::fair(0)] {
        thread::scope(|s| {
            for _ in 0..2 {
                s.spawn(|| (0..1_000).for_each(|_| *mutex.lock() += 1));
                s.spawn(|| {
                    block_on(async {
                        for _ in 0..1_000 {
                            let mut guard = mutex.lock_async().await;
                            let seen = *guard;
                            yield_once().await;
                            *guard = seen + 1;
                        }
                    });
                });
            }
        });
        assert_eq!(mutex.waiters(), 0);
        assert_eq!(mutex.into_inner(), 4_000);
    }
}

#[test]
fn threads_and_tasks_share_one_lock_for_reading_and_writing() {
    for lock in [AsyncRwLock::new((0, 0)), AsyncRwLock::fair((0, 0))] {
        thread::scope(|s| {
            s.spawn(|| {
                for _ in 0..1_000 {
                    let mut guard = lock.write();
                    guard.0 += 1;
                    guard.1 += 1;
                }
            });
            s.spawn(|| {
                block_on(async {
                    for _ in 0..1_000 {
                        let seen = lock.upgradable_read_async().await;
                        let before = seen.0;
                        let mut guard = AsyncRwLockUpgradableReadGuard::upgrade_async(seen).await;
                        assert_eq!(guard.0, before);
                        guard.0 += 1;
                        yield_once().await;
                        guard.1 += 1;
                    }
                });
            });
            for _ in 0..2 {
                s.spawn(|| {
                    for _ in 0..1_000 {
                        let guard = lock.read();
                        assert_eq!(guard.0, guard.1);
                    }
                });
            }
        });
        assert_eq!(lock.waiters(), 0);
        assert_eq!(lock.into_inner(), (2_000, 2_000));
    }
}

#[test]
fn a_guard_is_held_across_an_await_and_dropped_on_another_thread() {
    let mutex = Arc::new(AsyncMutex::new(1));
    let other = mutex.clone();
    let mut task = Box::pin(async move {
        let mut guard = other.lock_owned_async().await;
        *guard += 1;
        yield_once().await;
        guard
    });
    assert!(poll(task.as_mut()).is_pending());
    assert!(mutex.is_locked());
    let guard = thread::spawn(move || block_on(task)).join().unwrap();
    assert!(mutex.try_lock().is_none());
    thread::spawn(move || drop(guard)).join().unwrap();
    assert_eq!(*mutex.try_lock().unwrap(), 2);

    let lock = AsyncRwLock::new(1);
    let (read, seen) = (lock.read(), lock.upgradable_read());
    thread::scope(|s| {
        s.spawn(move || drop(read));
        s.spawn(move || *AsyncRwLockUpgradableReadGuard::upgrade(seen) += 1);
    });
    assert_eq!(lock.into_inner(), 2);
}

#[test]
fn an_owned_guard_keeps_its_lock_alive() {
    let value = Arc::new(());
    let mutex = Arc::new(AsyncMutex::new(value.clone()));
    let guard = mutex.lock_owned();
    drop(mutex);
    assert_eq!(Arc::strong_count(&value), 2);
    drop(OwnedAsyncMutexGuard::map(guard, |value| value));
    assert_eq!(Arc::strong_count(&value), 1);

    let lock = Arc::new(AsyncRwLock::new(value.clone()));
    let guard = lock.write_owned();
    drop(lock);
    drop(AsyncRwLockWriteGuardOf::downgrade(guard));
    assert_eq!(Arc::strong_count(&value), 1);
}
#[test]
fn locks_guard_what_has_no_size() {
    let mutex: &AsyncMutex<[i32]> = &AsyncMutex::new([1, 2, 3]);
    mutex.lock()[0] = 7;
    assert_eq!(block_on(mutex.lock_async()).len(), 3);
    let lock: Arc<AsyncRwLock<dyn std::fmt::Debug + Send + Sync>> = Arc::new(AsyncRwLock::new(7));
    assert_eq!(format!("{:?}", &*lock.read_owned()), "7");
    let text: MappedMut<AsyncMutexGuard<[i32]>, [i32]> =
        AsyncMutexGuard::map(mutex.lock(), |all| &mut all[1..]);
    assert_eq!(*text, [2, 3]);
}

#[test]
fn ten_thousand_waiters_are_served_and_leave_nothing() {
    for mutex in [AsyncMutex::new(0), AsyncMutex::fair(0)] {
        let held = mutex.lock();
        let mut waiters: Vec<_> = (0..10_000).map(|_| Box::pin(mutex.lock_async())).collect();
        for waiter in &mut waiters {
            assert!(poll(waiter.as_mut()).is_pending());
        }
        assert_eq!(mutex.waiters(), 10_000);
        // Every third leaves: from the front, the middle and the end.
        let mut index = 0;
        waiters.retain(|_| {
            index += 1;
            index % 3 != 0
        });
        assert_eq!(mutex.waiters(), waiters.len());
        drop(held);
        let served = waiters.len();
        for mut waiter in waiters {
            let Poll::Ready(mut guard) = poll(waiter.as_mut()) else {
                panic!("its turn")
            };
            *guard += 1;
        }
        assert_eq!((mutex.waiters(), mutex.into_inner()), (0, served));
    }
}

#[test]
fn ten_thousand_readers_come_in_at_once() {
    for lock in [AsyncRwLock::new(0), AsyncRwLock::fair(0)] {
        let held = lock.write();
        let mut waiters: Vec<_> = (0..10_000).map(|_| Box::pin(lock.read_async())).collect();
        for waiter in &mut waiters {
            assert!(poll(waiter.as_mut()).is_pending());
        }
        drop(held);
        let guards: Vec<_> = waiters
            .iter_mut()
            .map(|waiter| match poll(waiter.as_mut()) {
                Poll::Ready(guard) => guard,
                Poll::Pending => panic!("readers are beside each other"),
            })
            .collect();
        assert_eq!(lock.waiters(), 0);
        assert!(lock.try_write().is_none());
        drop(guards);
        assert!(lock.try_write().is_some());
    }
}

#[test]
fn ten_thousand_are_notified_at_once() {
    let (mutex, condvar) = (AsyncMutex::new(()), AsyncCondvar::new());
    let mut waiters: Vec<_> = (0..10_000)
        .map(|_| Box::pin(condvar.wait_async(mutex.lock())))
        .map(|mut wait| {
            assert!(poll(wait.as_mut()).is_pending());
            wait
        })
        .collect();
    assert_eq!(condvar.waiters(), 10_000);
    assert_eq!(condvar.notify_all(), 10_000);
    assert_eq!(condvar.notify_all(), 0);
    for waiter in &mut waiters {
        assert!(poll(waiter.as_mut()).is_ready());
    }
    assert!(!mutex.is_locked());
}

#[test]
fn ten_thousand_polls_and_drops_leave_no_waiter() {
    let (mutex, condvar) = (AsyncMutex::new(()), AsyncCondvar::new());
    let held = mutex.lock();
    for _ in 0..10_000 {
        assert!(poll(pin!(mutex.lock_async())).is_pending());
    }
    assert_eq!(mutex.waiters(), 0);
    drop(held);
    for _ in 0..10_000 {
        assert!(poll(pin!(condvar.wait_async(mutex.lock()))).is_pending());
    }
    assert_eq!(condvar.waiters(), 0);
    assert!(!mutex.is_locked());
}

/// Polls `make`'s future up to `polls` times, the world moving in between, and drops it.
fn drop_after<F: Future>(polls: usize, future: F, mut step: impl FnMut(usize)) {
    let mut future = pin!(future);
    for number in 0..polls {
        if poll(future.as_mut()).is_ready() {
            return;
        }
        step(number);
    }
}

#[test]
fn a_future_dropped_after_any_poll_leaves_everything_free() {
    for polls in 0..5 {
        let mutex = AsyncMutex::new(());
        let mut held = Some(mutex.lock());
        drop_after(polls, mutex.lock_async(), |number| {
            if number == 1 {
                held = None;
            }
        });
        drop(held);
        assert!(mutex.try_lock().is_some(), "mutex, {polls} polls");

        let lock = Arc::new(AsyncRwLock::new(()));
        let mut held = Some(lock.read());
        let seen = lock.upgradable_read_owned();
        let upgrade = OwnedAsyncRwLockUpgradableReadGuard::upgrade_async(seen);
        drop_after(polls, upgrade, |number| {
            if number == 1 {
                held = None;
            }
        });
        drop(held);
        assert!(lock.try_write().is_some(), "upgrade, {polls} polls");

        let condvar = AsyncCondvar::new();
        let other = Arc::new(AsyncMutex::new(()));
        let mut busy = None;
        let wait = condvar.wait_async(other.lock_owned());
        drop_after(polls, wait, |number| match number {
            0 => busy = Some(other.try_lock().expect("let go at the first poll")),
            1 => assert!(condvar.notify_one()),
            2 => busy = None,
            _ => {}
        });
        drop(busy);
        assert!(other.try_lock().is_some(), "condvar, {polls} polls");
        assert_eq!((condvar.waiters(), other.waiters()), (0, 0));
    }
}

/// Four readers whose reads overlap, so that there is always one, until told to stop.
fn read_on_and_on(lock: &AsyncRwLock<usize>, stop: &AtomicBool) {
    let mut held = lock.read();
    while !stop.load(Relaxed) {
        // Beside the one held; where a writer waits long enough, this is refused.
        match lock.try_read() {
            Some(next) => held = next,
            None => {
                drop(held);
                held = lock.read();
            }
        }
    }
}

#[test]
fn a_writer_comes_in_under_a_stream_of_overlapping_readers() {
    for lock in [AsyncRwLock::new(0), AsyncRwLock::fair(0)] {
        let stop = AtomicBool::new(false);
        thread::scope(|s| {
            for _ in 0..3 {
                s.spawn(|| read_on_and_on(&lock, &stop));
            }
            for _ in 0..20 {
                *lock.write() += 1;
            }
            block_on(async { *lock.write_async().await += 1 });
            stop.store(true, Relaxed);
        });
        assert_eq!(lock.into_inner(), 21);
    }
}

#[test]
fn readers_come_in_under_a_stream_of_writers() {
    for lock in [AsyncRwLock::new(0_usize), AsyncRwLock::fair(0)] {
        let stop = AtomicBool::new(false);
        thread::scope(|s| {
            for _ in 0..3 {
                s.spawn(|| {
                    while !stop.load(Relaxed) {
                        *lock.write() += 1;
                    }
                });
            }
            for _ in 0..20 {
                let _ = *lock.read();
            }
            stop.store(true, Relaxed);
        });
    }
}

#[test]
fn an_upgrade_goes_before_writers_that_wait() {
    for lock in [AsyncRwLock::new(0), AsyncRwLock::fair(0)] {
        let reader = lock.read();
        let seen = lock.upgradable_read();
        let mut writer = pin!(lock.write_async());
        assert!(poll(writer.as_mut()).is_pending());
        let mut upgrade = pin!(AsyncRwLockUpgradableReadGuard::upgrade_async(seen));
        assert!(poll(upgrade.as_mut()).is_pending());
        drop(reader);
        assert!(poll(writer.as_mut()).is_pending());
        let Poll::Ready(mut guard) = poll(upgrade.as_mut()) else {
            panic!("before the writer")
        };
        *guard = 1;
        let seen = AsyncRwLockWriteGuard::downgrade_to_upgradable(guard);
        assert!(poll(writer.as_mut()).is_pending());
        assert_eq!(*seen, 1);
        drop(seen);
        assert!(poll(writer.as_mut()).is_ready());
    }
}

#[test]
fn a_timed_out_upgrade_hands_its_guard_back_and_lets_readers_in() {
    let lock = AsyncRwLock::fair(1);
    let first = lock.read();
    let seen = lock.upgradable_read();
    let long_ago = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
    let seen = AsyncRwLockUpgradableReadGuard::upgrade_deadline(seen, long_ago).unwrap_err();
    let seen = AsyncRwLockUpgradableReadGuard::upgrade_timeout(seen, Duration::ZERO).unwrap_err();
    assert_eq!(*seen + *lock.read(), 2);
    drop(first);
    let seen = AsyncRwLockUpgradableReadGuard::upgrade_timeout(seen, Duration::MAX);
    *seen.unwrap() = 2;
    assert_eq!(lock.into_inner(), 2);

    // One who came to read while the upgrade waited.
    let lock = Arc::new(AsyncRwLock::fair(1));
    let first = lock.read_owned();
    let seen = lock.upgradable_read_owned();
    let beside = lock.clone();
    let upgrader = thread::spawn(move || {
        OwnedAsyncRwLockUpgradableReadGuard::upgrade_timeout(seen, Duration::from_millis(20))
            .map(|mut guard| *guard = 2)
    });
    let reader = thread::spawn(move || drop(beside.read_timeout(Duration::MAX)));
    let seen = upgrader.join().unwrap().unwrap_err();
    reader.join().unwrap();
    assert_eq!(*first + *seen, 2);
}

#[test]
fn two_tasks_that_read_and_one_that_upgrades() {
    let lock = AsyncRwLock::new(0);
    let (one, two) = (block_on(lock.read_async()), block_on(lock.read_async()));
    let seen = lock.try_upgradable_read().expect("beside readers");
    assert!(lock.try_upgradable_read().is_none(), "there is one right");
    let mut upgrade = pin!(AsyncRwLockUpgradableReadGuard::upgrade_async(seen));
    assert!(poll(upgrade.as_mut()).is_pending());
    drop(one);
    assert!(poll(upgrade.as_mut()).is_pending());
    drop(two);
    let Poll::Ready(mut guard) = poll(upgrade.as_mut()) else {
        panic!("alone")
    };
    *guard += 1;
}

#[test]
fn timeouts_of_any_length_are_borne() {
    let long_ago = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
    let mutex = AsyncMutex::new(());
    assert!(mutex.lock_timeout(Duration::MAX).is_some());
    assert!(mutex.lock_timeout(Duration::ZERO).is_some());
    let held = mutex.lock_deadline(long_ago).expect("free is free");
    assert!(mutex.lock_timeout(Duration::ZERO).is_none());
    assert!(mutex.lock_deadline(long_ago).is_none());
    assert_eq!(mutex.waiters(), 0);

    let condvar = AsyncCondvar::new();
    let (held, waited) = condvar.wait_timeout(held, Duration::ZERO);
    assert_eq!(waited, Err(TimedOut));
    let (held, waited) = condvar.wait_deadline(held, long_ago);
    assert_eq!(waited, Err(TimedOut));
    let (held, waited) = condvar.wait_timeout_while(held, Duration::ZERO, |()| false);
    assert_eq!(waited, Ok(()));
    assert!(mutex.is_locked());
    drop(held);

    thread::scope(|s| {
        let waiter = s.spawn(|| condvar.wait_timeout(mutex.lock(), Duration::MAX).1);
        while !condvar.notify_one() {
            thread::yield_now();
        }
        assert_eq!(waiter.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_wait_that_times_out_waits_for_the_lock_however_long() {
    let (mutex, condvar) = (AsyncMutex::new(0), AsyncCondvar::new());
    let came_back = Event::new(false);
    thread::scope(|s| {
        let held = mutex.lock();
        let waiter = s.spawn(|| {
            let (guard, waited) = condvar.wait_deadline(mutex.lock(), Instant::now());
            came_back.set();
            (*guard, waited)
        });
        // First in line for the lock; then, where it has let go of that, out of time.
        while mutex.waiters() == 0 {
            thread::yield_now();
        }
        let mut next = pin!(mutex.lock_async());
        assert!(poll(next.as_mut()).is_pending());
        drop(held);
        let mut guard = block_on(next);
        assert!(!came_back.is_set() || *guard == 0);
        *guard += 1;
        drop(guard);
        assert_eq!(waiter.join().unwrap().1, Err(TimedOut));
    });
    assert!(mutex.try_lock().is_some());
}

#[test]
fn one_condition_variable_serves_many_mutexes() {
    let condvar = AsyncCondvar::new();
    let (one, two) = (AsyncMutex::new(1), Arc::new(AsyncMutex::new("two")));
    let mut first = pin!(condvar.wait_async(one.lock()));
    let mut second = pin!(condvar.wait_async(two.lock_owned()));
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending());
    assert!(condvar.notify_one());
    assert!(
        poll(second.as_mut()).is_pending(),
        "first come, first notified"
    );
    let Poll::Ready(guard) = poll(first.as_mut()) else {
        panic!("notified")
    };
    assert_eq!(*guard, 1);
    assert_eq!(condvar.notify_all(), 1);
    assert!(poll(second.as_mut()).is_ready());
}

#[test]
fn a_queue_of_locks_and_condition_variables_loses_nothing() {
    let queue = AsyncMutex::new(Vec::new());
    let filled = AsyncCondvar::new();
    let sum = AtomicUsize::new(0);
    thread::scope(|s| {
        for worker in 0..4 {
            let (queue, filled, sum) = (&queue, &filled, &sum);
            s.spawn(move || {
                for _ in 0..500 {
                    let empty = |items: &mut Vec<usize>| items.is_empty();
                    let mut guard = match worker % 2 {
                        0 => filled.wait_while(queue.lock(), empty),
                        _ => block_on(async {
                            let guard = queue.lock_async().await;
                            filled.wait_while_async(guard, empty).await
                        }),
                    };
                    sum.fetch_add(guard.pop().unwrap(), Relaxed);
                }
            });
        }
        for _ in 0..2_000 {
            queue.lock().push(1);
            filled.notify_one();
        }
    });
    assert_eq!(sum.into_inner(), 2_000);
    assert_eq!((filled.waiters(), queue.waiters()), (0, 0));
}

#[test]
fn a_panic_of_the_user_lets_the_lock_go() {
    let mutex = AsyncMutex::new(0);
    let panics = |f: &mut dyn FnMut()| assert!(catch_unwind(AssertUnwindSafe(f)).is_err());
    panics(&mut || {
        let mut guard = mutex.lock();
        *guard = 1;
        panic!("under the lock");
    });
    panics(&mut || {
        drop(AsyncMutexGuard::map(mutex.lock(), |_| -> &mut () {
            panic!("map")
        }))
    });
    let condvar = AsyncCondvar::new();
    panics(&mut || drop(condvar.wait_while(mutex.lock(), |_| panic!("condition"))));
    panics(&mut || {
        let wait = async {
            condvar
                .wait_while_async(mutex.lock(), |_| panic!("condition"))
                .await
        };
        drop(block_on(wait));
    });
    assert_eq!(*mutex.try_lock().expect("let go"), 1);

    let lock = AsyncRwLock::new((1, 2));
    panics(&mut || {
        let guard = lock.upgradable_read();
        drop(AsyncRwLockUpgradableReadGuard::map(guard, |_| -> &() {
            panic!("map")
        }));
    });
    panics(&mut || {
        let guard = AsyncRwLockWriteGuard::map(lock.write(), |pair| &mut pair.0);
        drop(MappedMut::map(guard, |_| -> &mut () { panic!("map") }));
    });
    assert_eq!(*lock.try_write().expect("let go"), (1, 2));
}

#[test]
fn a_waker_that_panics_costs_nobody_the_lock() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("in a waker");
        }
    }
    let panics = Waker::from(Arc::new(Panics));
    let poll_badly = |future: Pin<&mut dyn Future<Output = ()>>| {
        assert!(future.poll(&mut Context::from_waker(&panics)).is_pending());
    };

    let mutex = AsyncMutex::fair(());
    let held = mutex.lock();
    let mut first = pin!(async { drop(mutex.lock_async().await) });
    let mut second = pin!(async { drop(mutex.lock_async().await) });
    poll_badly(first.as_mut());
    poll_badly(second.as_mut());
    drop(held);
    assert!(poll(first.as_mut()).is_ready());
    assert!(poll(second.as_mut()).is_ready());

    let condvar = AsyncCondvar::new();
    let mut first = pin!(async { drop(condvar.wait_async(mutex.lock()).await) });
    let mut second = pin!(async { drop(condvar.wait_async(mutex.lock()).await) });
    poll_badly(first.as_mut());
    poll_badly(second.as_mut());
    assert_eq!(condvar.notify_all(), 2);
    assert!(poll(first.as_mut()).is_ready());
    assert!(poll(second.as_mut()).is_ready());
}

#[test]
fn a_waker_may_call_straight_back_into_what_wakes_it() {
    /// Uses the mutex and the condition variable from inside the wake. (It does not wait for the
    /// lock: that may have been granted to the future that is woken, on this very thread.)
    struct Calls(AsyncMutex<()>, AsyncCondvar, AtomicUsize);
    impl Wake for Calls {
        fn wake(self: Arc<Self>) {
            self.2.fetch_add(1, Relaxed);
            assert!(poll(pin!(self.0.lock_async())).is_ready() || self.0.is_locked());
            self.1.notify_one();
            if let Some(guard) = self.0.try_lock() {
                drop(self.1.wait_async(guard));
            }
        }
    }
    let calls = Calls(
        AsyncMutex::new(()),
        AsyncCondvar::new(),
        AtomicUsize::new(0),
    );
    let calls = Arc::new(calls);
    let waker = Waker::from(calls.clone());
    let mut cx = Context::from_waker(&waker);
    let held = calls.0.lock();
    let mut lock = pin!(calls.0.lock_async());
    assert!(lock.as_mut().poll(&mut cx).is_pending());
    drop(held);
    assert!(lock.as_mut().poll(&mut cx).is_ready());
    let mut waits = [(); 2].map(|()| {
        let mut wait = Box::pin(calls.1.wait_async(calls.0.lock()));
        assert!(wait.as_mut().poll(&mut cx).is_pending(), "lets the lock go");
        wait
    });
    assert!(calls.1.notify_one());
    for wait in &mut waits {
        assert!(wait.as_mut().poll(&mut cx).is_ready());
    }
    assert_eq!(calls.2.load(Relaxed), 3);
}

#[test]
fn what_is_mapped_twice_is_still_guarded() {
    let lock = Arc::new(AsyncRwLock::new(vec![Some((1, "one")), None]));
    let all = OwnedAsyncRwLockReadGuard::map(lock.read_owned(), Vec::as_slice);
    let all = Mapped::try_map(all, |all| all[1].as_ref()).unwrap_err();
    let first = Mapped::try_map(all, |all| all[0].as_ref()).unwrap();
    let name = Mapped::map(first, |pair| pair.1);
    assert_eq!(&*name, "one");
    assert!(lock.try_write().is_none());
    drop(name);
    let all = AsyncRwLockWriteGuard::map(lock.write(), Vec::as_mut_slice);
    let mut number = MappedMut::map(all, |all| &mut all[0].as_mut().unwrap().0);
    *number += 1;
    drop(number);
    assert_eq!(lock.read()[0], Some((2, "one")));
}

#[test]
fn debug_shows_and_never_blocks() {
    let (mutex, lock) = (AsyncMutex::new(7), AsyncRwLock::new(7));
    assert!(format!("{mutex:?} {lock:?}").contains("value: 7"));
    let (held, write) = (mutex.lock(), lock.write());
    let shown = format!("{mutex:?} {lock:?}");
    assert_eq!(shown.matches("<locked>").count(), 2, "{shown}");
    assert_eq!(format!("{held:?} {held} {write:?}"), "7 7 7");
    let _ = format!("{:?}", AsyncCondvar::new());
}

#[test]
#[should_panic(expected = "polled after it was ready")]
fn a_wait_that_is_polled_after_its_end_says_so() {
    let (mutex, condvar) = (AsyncMutex::new(()), AsyncCondvar::new());
    let mut wait = pin!(condvar.wait_async(mutex.lock()));
    assert!(poll(wait.as_mut()).is_pending());
    condvar.notify_one();
    assert!(poll(wait.as_mut()).is_ready());
    let _ = poll(wait.as_mut());
}
