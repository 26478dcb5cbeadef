//! The locks of threads, natively: edge values, panics, company, size.

use rungs::sync::{
    Condvar, MappedMutexGuard, Mutex, MutexGuard, ReentrantMutex, ReentrantMutexGuard, RwLock,
    RwLockReadGuard, RwLockUpgradableReadGuard as Upgradable, RwLockWriteGuard, TimedOut,
};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

/// Too long for a test, and a time that a clock can hold.
const FAR: Duration = Duration::from_secs(1 << 32);
/// Long enough to be a wait.
const BRIEFLY: Duration = Duration::from_millis(1);

fn panics(f: impl FnOnce()) {
    catch_unwind(AssertUnwindSafe(f)).expect_err("it panics");
}

/// Runs `f` on another thread, to its end.
fn elsewhere<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| scope.spawn(f).join().unwrap())
}

#[cfg(not(feature = "diagnostics"))]
#[test]
fn nothing_of_the_feature_is_left_without_it() {
    use std::mem::size_of;

    assert_eq!(size_of::<Mutex<u8>>(), 2);
    assert_eq!(size_of::<Mutex<[u8; 7]>>(), 8);
    assert_eq!(size_of::<RwLock<usize>>(), 2 * size_of::<usize>());
    assert_eq!(size_of::<ReentrantMutex<usize>>(), 4 * size_of::<usize>());
    assert_eq!(size_of::<MutexGuard<'_, u8>>(), size_of::<usize>());
    assert_eq!(
        size_of::<MappedMutexGuard<'_, u8>>(),
        2 * size_of::<usize>()
    );
    assert_eq!(size_of::<RwLockReadGuard<'_, u8>>(), size_of::<usize>());
    assert_eq!(size_of::<RwLockWriteGuard<'_, u8>>(), size_of::<usize>());
    assert_eq!(size_of::<ReentrantMutexGuard<'_, u8>>(), size_of::<usize>());
}

#[test]
fn locks_can_be_statics_and_hold_what_has_no_size() {
    static MUTEX: Mutex<u32> = Mutex::new(1);
    static LOCK: RwLock<u32> = RwLock::new(2);
    static AGAIN: ReentrantMutex<u32> = ReentrantMutex::new(3);
    assert_eq!(*MUTEX.lock() + *LOCK.read() + *AGAIN.lock(), 6);

    let slice: Box<Mutex<[u32]>> = Box::new(Mutex::new([1, 2, 3]));
    slice.lock()[0] = 7;
    let last = MutexGuard::map(slice.lock(), |slice| &mut slice[2..]);
    assert_eq!(*last, [3]);
    drop(last);
    let object: Arc<RwLock<dyn fmt::Debug>> = Arc::new(RwLock::new("text"));
    assert_eq!(format!("{:?}", object.read()), "\"text\"");
    let object: Box<ReentrantMutex<dyn Fn() -> u32>> = Box::new(ReentrantMutex::new(|| 8));
    assert_eq!(object.lock()(), 8);

    assert_eq!(*Mutex::<u32>::default().lock(), 0);
    assert_eq!(*RwLock::from(9).read(), 9);
    assert_eq!(*ReentrantMutex::from(9).lock(), 9);
    assert_eq!(RwLock::<Vec<u8>>::default().into_inner(), []);
    assert_eq!(ReentrantMutex::<Vec<u8>>::default().into_inner(), []);
}

#[test]
fn a_free_lock_is_got_in_no_time_and_in_all_time() {
    let (mutex, lock, again) = (Mutex::new(()), RwLock::new(()), ReentrantMutex::new(()));
    for timeout in [Duration::ZERO, Duration::from_nanos(1), FAR, Duration::MAX] {
        assert!(mutex.lock_timeout(timeout).is_some());
        assert!(lock.read_timeout(timeout).is_some());
        assert!(lock.write_timeout(timeout).is_some());
        let upgradable = lock.upgradable_read_timeout(timeout).unwrap();
        assert!(Upgradable::upgrade_timeout(upgradable, timeout).is_ok());
        assert!(again.lock_timeout(timeout).is_some());
    }
    for deadline in [Instant::now(), Instant::now() + FAR] {
        assert!(mutex.lock_deadline(deadline).is_some());
        assert!(lock.read_deadline(deadline).is_some());
        assert!(lock.write_deadline(deadline).is_some());
        let upgradable = lock.upgradable_read_deadline(deadline).unwrap();
        assert!(Upgradable::upgrade_deadline(upgradable, deadline).is_ok());
        assert!(again.lock_deadline(deadline).is_some());
    }
}

#[test]
fn a_lock_that_is_held_is_given_up_in_time() {
    let (mutex, lock, again) = (Mutex::new(()), RwLock::new(()), ReentrantMutex::new(()));
    let _held = (mutex.lock(), lock.write(), again.lock());
    elsewhere(|| {
        for timeout in [Duration::ZERO, BRIEFLY] {
            assert!(mutex.lock_timeout(timeout).is_none());
            assert!(lock.read_timeout(timeout).is_none());
            assert!(lock.write_timeout(timeout).is_none());
            assert!(lock.upgradable_read_timeout(timeout).is_none());
            assert!(again.lock_timeout(timeout).is_none());
        }
        let now = Instant::now();
        assert!(mutex.lock_deadline(now).is_none());
        assert!(lock.read_deadline(now).is_none());
        assert!(lock.write_deadline(now).is_none());
        assert!(lock.upgradable_read_deadline(now).is_none());
        assert!(again.lock_deadline(now).is_none());
        assert!(mutex.is_locked() && lock.is_locked() && again.is_locked());
        assert!(!again.is_owned_by_current_thread());
    });
    assert!(again.is_owned_by_current_thread());
}

#[test]
fn who_waits_without_end_gets_it_in_the_end() {
    let (mutex, lock, again) = (
        Mutex::new(0),
        RwLock::new(0),
        ReentrantMutex::new(Cell::new(0)),
    );
    let held = (mutex.lock(), lock.read(), again.lock());
    thread::scope(|scope| {
        scope.spawn(|| *mutex.lock_timeout(Duration::MAX).unwrap() += 1);
        scope.spawn(|| *lock.write_timeout(Duration::MAX).unwrap() += 1);
        scope.spawn(|| {
            let guard = again.lock_timeout(Duration::MAX).unwrap();
            guard.set(guard.get() + 1);
        });
        drop(held);
    });
    let again = again.into_inner().get();
    assert_eq!((mutex.into_inner(), lock.into_inner(), again), (1, 1, 1));
}

#[test]
fn nobody_is_lost_in_a_crowd() {
    const THREADS: usize = 8;
    const ROUNDS: usize = 5_000;
    let mutex = Mutex::new(0);
    let lock = RwLock::new((0, 0));
    let again = ReentrantMutex::new(Cell::new(0));
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (mutex, lock, again) = (&mutex, &lock, &again);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    *mutex.lock() += 1;
                    if (round + number) % 4 == 0 {
                        let reader = lock.upgradable_read();
                        let seen = reader.0;
                        let mut writer = Upgradable::upgrade(reader);
                        assert_eq!(writer.0, seen, "nobody wrote in between");
                        writer.0 += 1;
                        writer.1 += 1;
                        let written = writer.0;
                        assert_eq!(RwLockWriteGuard::downgrade(writer).0, written);
                    } else {
                        let reader = lock.read();
                        assert_eq!(reader.0, reader.1, "half written");
                    }
                    let outer = again.lock();
                    let before = outer.get();
                    again.lock().set(before + 1);
                    assert_eq!(outer.get(), before + 1);
                }
            });
        }
    });
    assert_eq!(mutex.into_inner(), THREADS * ROUNDS);
    assert_eq!(lock.into_inner().0, THREADS * ROUNDS / 4);
    assert_eq!(again.into_inner().get(), THREADS * ROUNDS);
}

/// parking_lot 0.12.4, where a timeout could leave a bit behind.
#[test]
fn who_gives_up_leaves_nothing_behind() {
    const ROUNDS: u64 = 2_000;
    let (mutex, lock, again) = (Mutex::new(()), RwLock::new(()), ReentrantMutex::new(()));
    thread::scope(|scope| {
        for number in 0..6 {
            let (mutex, lock, again) = (&mutex, &lock, &again);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let timeout = Duration::from_nanos(round * (number + 1) % 3_000);
                    drop(mutex.lock_timeout(timeout));
                    drop(lock.read_timeout(timeout));
                    drop(lock.write_timeout(timeout));
                    let upgradable = lock.upgradable_read_timeout(timeout);
                    drop(upgradable.map(|guard| Upgradable::upgrade_timeout(guard, timeout)));
                    drop(again.lock_timeout(timeout));
                }
            });
        }
    });
    assert!(!mutex.is_locked() && !lock.is_locked() && !again.is_locked());
    assert!(mutex.try_lock().is_some() && again.try_lock().is_some());
    assert!(lock.try_write().is_some() && lock.try_upgradable_read().is_some());
    // Nobody is called who is not there, and nobody waits who need not.
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| drop((mutex.lock(), lock.write(), again.lock())));
        }
    });
}

#[test]
fn readers_are_inside_together_beside_who_may_upgrade() {
    let lock = RwLock::new(7);
    let inside = Barrier::new(3);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let guard = lock.read();
                inside.wait();
                assert_eq!(*guard, 7);
            });
        }
        let guard = lock.upgradable_read();
        inside.wait();
        assert_eq!(*guard, 7);
    });
}

#[test]
fn an_upgrade_that_fails_gives_the_guard_back() {
    let lock = RwLock::new(1);
    let reader = lock.read();
    let kept = Upgradable::try_upgrade(lock.upgradable_read()).unwrap_err();
    let kept = Upgradable::upgrade_timeout(kept, Duration::ZERO).unwrap_err();
    let kept = Upgradable::upgrade_deadline(kept, Instant::now()).unwrap_err();
    assert!(lock.try_write().is_none() && lock.try_upgradable_read().is_none());
    assert!(
        lock.try_read().is_some(),
        "readers are not held off any more"
    );
    drop(reader);
    let mut writer = Upgradable::try_upgrade(kept).unwrap();
    *writer += 1;
    assert!(lock.try_read().is_none());
    let kept = RwLockWriteGuard::downgrade_to_upgradable(writer);
    assert!(lock.try_read().is_some() && lock.try_upgradable_read().is_none());
    let reader = Upgradable::downgrade(kept);
    assert!(lock.try_upgradable_read().is_some() && lock.try_write().is_none());
    assert_eq!(*reader, 2);
    drop(reader);
    assert!(!lock.is_locked());
}

#[test]
fn a_panic_leaves_a_lock_free_and_its_data_as_they_were() {
    let (mutex, lock, again) = (Mutex::new(0), RwLock::new(0), ReentrantMutex::new(0));
    panics(|| {
        *mutex.lock() += 1;
        let _guard = mutex.lock();
        panic!("holding");
    });
    panics(|| {
        drop(MutexGuard::map(mutex.lock(), |_| -> &mut u8 {
            panic!("mapping")
        }))
    });
    panics(|| {
        let mapped = MutexGuard::map(mutex.lock(), |value| value);
        let _ = MappedMutexGuard::try_map(mapped, |_| -> Option<&mut u8> { panic!("again") });
    });
    panics(|| {
        let mut guard = mutex.lock();
        Condvar::new().wait_while(&mut guard, |_| panic!("looking"));
    });
    assert_eq!(*mutex.try_lock().unwrap(), 1);

    panics(|| {
        let mut guard = lock.write();
        *guard += 1;
        panic!("writing");
    });
    panics(|| {
        let _guard = (lock.read(), lock.upgradable_read());
        panic!("reading");
    });
    panics(|| {
        drop(RwLockReadGuard::map(lock.read(), |_| -> &u8 {
            panic!("mapping")
        }))
    });
    panics(|| {
        drop(RwLockWriteGuard::map(lock.write(), |_| -> &mut u8 {
            panic!("mapping")
        }))
    });
    assert_eq!(*lock.try_write().unwrap(), 1);

    panics(|| {
        let _guards = (again.lock(), again.lock());
        panic!("holding");
    });
    panics(|| {
        drop(ReentrantMutexGuard::map(again.lock(), |_| -> &u8 {
            panic!("mapping")
        }))
    });
    assert!(!again.is_locked());
    assert!(elsewhere(|| again.try_lock().is_some()));
}

#[test]
fn a_part_that_is_not_there_gives_the_guard_back_locked() {
    let mutex = Mutex::new(vec![1]);
    let guard = MutexGuard::try_map(mutex.lock(), |vec| vec.get_mut(1)).unwrap_err();
    assert!(mutex.is_locked());
    let first = MutexGuard::try_map(guard, |vec| vec.first_mut()).unwrap();
    let first = MappedMutexGuard::try_map(first, |_| None::<&mut u8>).unwrap_err();
    assert!(mutex.is_locked() && *first == 1);
    drop(first);
    assert!(!mutex.is_locked());

    let lock = RwLock::new(vec![1]);
    let guard = RwLockReadGuard::try_map(lock.read(), |vec| vec.get(1)).unwrap_err();
    let first = RwLockReadGuard::try_map(guard, |vec| vec.first()).unwrap();
    assert!(lock.try_write().is_none() && *first == 1);
    drop(first);
    let guard = RwLockWriteGuard::try_map(lock.write(), |vec| vec.get_mut(1)).unwrap_err();
    let mut first = RwLockWriteGuard::try_map(guard, |vec| vec.first_mut()).unwrap();
    assert!(lock.try_read().is_none());
    *first = 2;
    drop(first);
    assert_eq!(lock.into_inner(), [2]);
}

#[test]
fn a_reentrant_mutex_is_free_after_its_last_guard_in_any_order() {
    let mutex = ReentrantMutex::new(RefCell::new(vec![0]));
    let [one, two, three] = [mutex.lock(), mutex.try_lock().unwrap(), mutex.lock()];
    let mapped = ReentrantMutexGuard::map(three, |cell| cell);
    drop(one);
    mapped.borrow_mut().push(1);
    assert_eq!(*two.borrow(), [0, 1]);
    assert!(elsewhere(|| mutex.try_lock().is_none()));
    drop(mapped);
    assert!(elsewhere(|| mutex.try_lock().is_none()));
    drop(two);
    assert!(elsewhere(|| mutex.try_lock().is_some()));
    assert!(!mutex.is_owned_by_current_thread());
}

#[test]
fn debug_never_waits() {
    let (mutex, lock, again) = (Mutex::new(1), RwLock::new(2), ReentrantMutex::new(3));
    {
        let _held = (mutex.lock(), lock.write(), again.lock());
        for shown in elsewhere(|| {
            [
                format!("{mutex:?}"),
                format!("{lock:?}"),
                format!("{again:?}"),
            ]
        }) {
            assert!(shown.contains("value: <locked>"), "{shown}");
        }
        assert!(
            format!("{again:?}").contains("value: 3"),
            "for its owner it is not"
        );
    }
    let reader = lock.read();
    assert!(format!("{lock:?}").contains("value: 2"), "beside readers");
    drop(reader);
    let shown = [
        format!("{mutex:?}"),
        format!("{lock:?}"),
        format!("{again:?}"),
    ];
    let expected = [
        "Mutex { value: 1 }",
        "RwLock { value: 2 }",
        "ReentrantMutex { value: 3 }",
    ];
    assert_eq!(shown, expected);
    assert_eq!(
        format!(
            "{:?} {}",
            mutex.lock(),
            mutex.lock_timeout(BRIEFLY).is_none()
        ),
        "1 true"
    );
    assert_eq!(
        format!("{}{}{}", mutex.lock(), lock.write(), again.lock()),
        "123"
    );
    assert_eq!(format!("{}{:?}", lock.read(), lock.upgradable_read()), "22");
    assert!(format!("{:?}", Condvar::new()).contains("Condvar"));
}

#[test]
fn data_whose_debug_looks_at_the_lock_see_it_locked() {
    struct Loop(&'static Mutex<Option<Loop>>);
    impl fmt::Debug for Loop {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fmt(f)
        }
    }
    static MUTEX: Mutex<Option<Loop>> = Mutex::new(None);
    *MUTEX.lock() = Some(Loop(&MUTEX));
    let shown = format!("{MUTEX:?}");
    assert!(shown.contains("value: <locked>"), "{shown}");
}

#[test]
fn a_wait_ends_in_time_or_never() {
    let (mutex, changed) = (Mutex::new(0), Condvar::new());
    let mut guard = mutex.lock();
    assert_eq!(
        changed.wait_timeout(&mut guard, Duration::ZERO),
        Err(TimedOut)
    );
    assert_eq!(
        changed.wait_deadline(&mut guard, Instant::now()),
        Err(TimedOut)
    );
    assert!(mutex.is_locked(), "it is held again");
    let never = |_: &mut i32| true;
    assert_eq!(
        changed.wait_timeout_while(&mut guard, BRIEFLY, never),
        Err(TimedOut)
    );
    assert_eq!(
        changed.wait_deadline_while(&mut guard, Instant::now(), never),
        Err(TimedOut)
    );
    let at_once = |_: &mut i32| false;
    assert_eq!(
        changed.wait_timeout_while(&mut guard, Duration::MAX, at_once),
        Ok(())
    );
    drop(guard);

    type Wait = fn(&Condvar, &mut MutexGuard<'_, i32>);
    let waits: [Wait; 5] = [
        |changed, guard| {
            // Who notifies has the lock only once we wait.
            changed.wait(guard);
        },
        |changed, guard| changed.wait_while(guard, |value| *value == 0),
        |changed, guard| changed.wait_timeout(guard, Duration::MAX).unwrap(),
        |changed, guard| changed.wait_deadline(guard, Instant::now() + FAR).unwrap(),
        |changed, guard| {
            let wait =
                changed.wait_deadline_while(guard, Instant::now() + FAR, |value| *value == 0);
            wait.unwrap();
        },
    ];
    for wait in waits {
        let mut guard = mutex.lock();
        *guard = 0;
        thread::scope(|scope| {
            scope.spawn(|| {
                *mutex.lock() = 1;
                assert!(changed.notify_one());
            });
            wait(&changed, &mut guard);
        });
        assert_eq!(*guard, 1);
    }
}

#[test]
fn all_who_wait_are_woken_and_counted() {
    const WAITERS: usize = 50;
    let (mutex, changed) = (Mutex::new(0), Condvar::new());
    thread::scope(|scope| {
        for _ in 0..WAITERS {
            scope.spawn(|| {
                let mut waiting = mutex.lock();
                *waiting += 1;
                changed.wait_while(&mut waiting, |waiting| *waiting <= WAITERS);
            });
        }
        loop {
            let mut waiting = mutex.lock();
            if *waiting == WAITERS {
                *waiting += 1;
                assert_eq!(changed.notify_all(), WAITERS);
                break;
            }
            drop(waiting);
            thread::yield_now();
        }
    });
    assert!(!changed.notify_one());
}
