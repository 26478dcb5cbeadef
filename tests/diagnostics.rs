//! Who holds which lock, and locks taken in a circle.
#![cfg(feature = "diagnostics")]

use rungs::sync::diagnostics::{LockOrderReport, set_lock_order_hook, watches_order};
use rungs::sync::{
    Condvar, MappedMutexGuard, Mutex, MutexGuard, ReentrantMutex, RwLock, RwLockReadGuard,
    RwLockUpgradableReadGuard, RwLockWriteGuard, TimedOut,
};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Much less than a test may take.
const BRIEFLY: Duration = Duration::from_millis(1);

/// What was reported. (A lock of the standard library's: it is outside of what is watched.)
static REPORTS: std::sync::Mutex<Vec<LockOrderReport>> = std::sync::Mutex::new(Vec::new());

/// Runs `f` and gives what was reported meanwhile; one test at a time.
fn reports_of(f: impl FnOnce() + Send) -> Vec<LockOrderReport> {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock();
    set_lock_order_hook(|report| REPORTS.lock().unwrap().push(report.clone()));
    // Not in this thread, which holds a lock.
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("tester".into());
        thread.spawn_scoped(scope, f).unwrap();
    });
    std::mem::take(&mut *REPORTS.lock().unwrap())
}

/// The number of circles, or whatever is expected where circles are not looked for.
#[track_caller]
fn assert_circles(reports: &[LockOrderReport], expected: usize) {
    let expected = if watches_order() { expected } else { 0 };
    assert_eq!(reports.len(), expected, "{reports:#?}");
}

#[test]
fn two_orders_are_reported_with_the_places_of_both() {
    let reports = reports_of(|| {
        let (a, b) = (Mutex::new(()), Mutex::new(()));
        thread::scope(|scope| {
            let first = thread::Builder::new().name("first".into());
            let locks = || {
                let _a = a.lock();
                let _b = b.lock();
            };
            first.spawn_scoped(scope, locks).unwrap();
        });
        let _b = b.lock();
        let _a = a.lock();
    });
    assert_circles(&reports, 1);
    let Some(report) = reports.first() else {
        return;
    };
    let [last, first] = report.edges() else {
        panic!("two locks: {report}");
    };
    assert_eq!(
        (last.by(), first.by()),
        ("thread \"tester\"", "thread \"first\"")
    );
    assert_eq!(last.wanted_lock(), first.held_lock());
    assert_eq!(first.wanted_lock(), last.held_lock());
    let base = first.held_at().line();
    let lines = [first.wanted_at(), last.held_at(), last.wanted_at()].map(|at| at.line() - base);
    assert_eq!(lines, [1, 5, 6]);
    assert!(last.wanted_at().file().ends_with("diagnostics.rs"));
    let text = report.to_string();
    for place in [
        last.held_at(),
        last.wanted_at(),
        first.held_at(),
        first.wanted_at(),
    ] {
        assert!(text.contains(&place.to_string()), "{text}");
    }
    assert_eq!(text.lines().count(), 3, "{text}");
}

#[test]
fn a_circle_is_reported_once() {
    let reports = reports_of(|| {
        let (a, b) = (Mutex::new(()), Mutex::new(()));
        for _ in 0..10 {
            let _both = (a.lock(), b.lock());
        }
        for _ in 0..10 {
            let _both = (b.lock(), a.lock());
        }
    });
    assert_circles(&reports, 1);
}

#[test]
fn a_thread_may_close_many_circles() {
    let reports = reports_of(|| {
        let locks = [(); 3].map(Mutex::new);
        for (one, other) in [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)] {
            drop((locks[one].lock(), locks[other].lock()));
        }
    });
    // 1-0, 2-0, then 1-2 by way of 0, and 2-1.
    assert_circles(&reports, 4);
}

#[test]
fn a_circle_of_three_is_found() {
    let reports = reports_of(|| {
        let locks = [(); 3].map(Mutex::new);
        for (one, two) in [(0, 1), (1, 2), (2, 0)] {
            let _both = (locks[one].lock(), locks[two].lock());
        }
    });
    assert_circles(&reports, 1);
    for report in reports {
        let edges = report.edges();
        assert_eq!(edges.len(), 3);
        for (edge, next) in edges.iter().zip(edges.iter().cycle().skip(1)) {
            assert_eq!(edge.wanted_lock(), next.held_lock());
        }
    }
}

#[test]
fn one_order_is_no_circle() {
    let reports = reports_of(|| {
        let locks = [(); 4].map(Mutex::new);
        for first in 0..4 {
            let _all = Vec::from_iter(locks[first..].iter().map(Mutex::lock));
        }
    });
    assert_circles(&reports, 0);
}

#[test]
fn to_try_orders_nothing_but_what_it_got_is_held() {
    let reports = reports_of(|| {
        let (a, b) = (Mutex::new(()), Mutex::new(()));
        let both = (a.lock(), b.try_lock().unwrap());
        drop(both);
        let both = (b.lock(), a.try_lock().unwrap());
        drop(both);
    });
    assert_circles(&reports, 0);
    let reports = reports_of(|| {
        let (a, b) = (Mutex::new(()), Mutex::new(()));
        let both = (a.try_lock().unwrap(), b.lock());
        drop(both);
        let _both = (b.try_lock().unwrap(), a.lock());
    });
    assert_circles(&reports, 1);
}

#[test]
fn a_timed_form_is_ordered_whether_or_not_it_got_the_lock() {
    let reports = reports_of(|| {
        let (a, b) = (Mutex::new(()), Mutex::new(()));
        {
            let _b = b.lock();
            thread::scope(|scope| {
                scope.spawn(|| {
                    let _a = a.lock();
                    assert!(b.lock_timeout(BRIEFLY).is_none());
                });
            });
        }
        let _both = (b.lock(), a.lock_timeout(Duration::MAX));
    });
    assert_circles(&reports, 1);
}

#[test]
fn who_locks_again_is_told_before_it_blocks() {
    let reports = reports_of(|| {
        let mutex = Mutex::new(());
        let _held = mutex.lock();
        assert!(mutex.lock_timeout(BRIEFLY).is_none());
        assert!(mutex.lock_timeout(BRIEFLY).is_none());
    });
    assert_circles(&reports, 1);
    for report in reports {
        let [edge] = report.edges() else {
            panic!("one lock: {report}");
        };
        assert_eq!(edge.held_lock(), edge.wanted_lock());
        assert_eq!(edge.wanted_at().line(), edge.held_at().line() + 1);
    }
}

#[test]
fn a_reentrant_mutex_may_be_locked_again_and_is_ordered_once() {
    let reports = reports_of(|| {
        let (again, mutex) = (ReentrantMutex::new(()), Mutex::new(()));
        let _one = again.lock();
        let _other = mutex.lock();
        let _two = again.lock();
        let _three = again.lock_timeout(BRIEFLY).unwrap();
    });
    assert_circles(&reports, 0);
    let reports = reports_of(|| {
        let (again, mutex) = (ReentrantMutex::new(()), Mutex::new(()));
        {
            let _one = again.lock();
            drop(again.lock());
            let _other = mutex.lock(); // still held
        }
        let _both = (mutex.lock(), again.lock());
    });
    assert_circles(&reports, 1);
}

#[test]
fn readers_count() {
    let reports = reports_of(|| {
        let (lock, mutex) = (RwLock::new(()), Mutex::new(()));
        drop((lock.read(), mutex.lock()));
        drop((mutex.lock(), lock.read()));
    });
    assert_circles(&reports, 1);
    let reports = reports_of(|| {
        let lock = RwLock::new(());
        let _two = (lock.read(), lock.read());
    });
    assert_circles(&reports, 1);
}

#[test]
fn who_writes_and_asks_again_is_told() {
    type Ask = fn(&RwLock<()>) -> bool;
    let asks: [Ask; 3] = [
        |lock| lock.read_timeout(BRIEFLY).is_none(),
        |lock| lock.upgradable_read_timeout(BRIEFLY).is_none(),
        |lock| lock.write_timeout(BRIEFLY).is_none(),
    ];
    for ask in asks {
        let reports = reports_of(move || {
            let lock = RwLock::new(());
            let _held = lock.write();
            assert!(ask(&lock));
        });
        assert_circles(&reports, 1);
    }
}

/// parking_lot#489: there, an upgrade beside readers was taken for a deadlock.
#[test]
fn who_reads_upgradably_may_read_and_upgrade_beside_others() {
    let reports = reports_of(|| {
        let lock = RwLock::new(());
        let upgradable = lock.upgradable_read();
        drop(lock.read());
        thread::scope(|scope| {
            let (inside, is_inside) = mpsc::channel();
            let lock = &lock;
            scope.spawn(move || {
                let _reader = lock.read();
                inside.send(()).unwrap();
            });
            is_inside.recv().unwrap();
            drop(RwLockUpgradableReadGuard::upgrade(upgradable));
        });
    });
    assert_circles(&reports, 0);
}

#[test]
fn to_upgrade_orders_nothing() {
    let reports = reports_of(|| {
        let (lock, other) = (RwLock::new(()), RwLock::new(()));
        let upgradable = lock.upgradable_read();
        let _reader = other.read();
        drop(RwLockUpgradableReadGuard::upgrade(upgradable));
    });
    assert_circles(&reports, 0);
}

#[test]
fn who_upgrades_and_reads_besides_is_told() {
    let reports = reports_of(|| {
        let lock = RwLock::new(());
        let upgradable = lock.upgradable_read();
        let _reader = lock.read();
        assert!(RwLockUpgradableReadGuard::upgrade_timeout(upgradable, BRIEFLY).is_err());
    });
    assert_circles(&reports, 1);
}

#[test]
fn of_two_holds_of_one_lock_the_right_one_is_given_back() {
    let reports = reports_of(|| {
        let lock = RwLock::new(());
        let upgradable = lock.upgradable_read();
        let _reader = lock.read();
        drop(upgradable);
        let _again = lock.read(); // a reader within a reader
    });
    assert_circles(&reports, 1);
}

#[test]
fn guards_may_be_dropped_in_any_order() {
    let reports = reports_of(|| {
        let (a, b, c) = (Mutex::new(()), Mutex::new(()), Mutex::new(()));
        let first = a.lock();
        let _second = b.try_lock().unwrap();
        drop(first);
        drop(c.lock()); // after `b`, not after `a`
        drop((c.lock(), a.lock()));
    });
    assert_circles(&reports, 0);
}

#[test]
fn a_guard_that_changes_is_held_in_one_way() {
    let reports = reports_of(|| {
        let (lock, other) = (RwLock::new(()), Mutex::new(()));
        let writer = lock.write();
        let upgradable = RwLockWriteGuard::downgrade_to_upgradable(writer);
        let writer = RwLockUpgradableReadGuard::upgrade(upgradable);
        let reader = RwLockWriteGuard::downgrade(writer);
        drop(RwLockReadGuard::map(reader, |unit| unit));
        drop(other.lock()); // nothing is held any more
        drop((other.lock(), lock.write()));
    });
    assert_circles(&reports, 0);
}

#[test]
fn a_wait_lets_the_mutex_go_and_takes_it_again() {
    let a_wait = |guard: &mut MutexGuard<'_, ()>| {
        let waited = Condvar::new().wait_timeout(guard, BRIEFLY);
        assert_eq!(waited, Err(TimedOut));
    };
    let reports = reports_of(|| {
        let (a, b) = (Mutex::new(()), Mutex::new(()));
        let mut guard = a.lock();
        a_wait(&mut guard);
        drop(guard);
        drop(b.lock()); // nothing is held any more
        drop((b.lock(), a.lock()));
    });
    assert_circles(&reports, 0);
    let reports = reports_of(|| {
        let (a, b) = (Mutex::new(()), Mutex::new(()));
        let mut guard = a.lock();
        a_wait(&mut guard);
        drop(b.lock()); // it is held again
        drop(guard);
        drop((b.lock(), a.lock()));
    });
    assert_circles(&reports, 1);
}

#[test]
fn a_wait_with_another_lock_in_hand_wants_the_first_again() {
    let reports = reports_of(|| {
        let (a, b) = (Mutex::new(()), Mutex::new(()));
        let mut guard = a.lock();
        let _b = b.lock();
        let waited = Condvar::new().wait_timeout(&mut guard, BRIEFLY);
        assert_eq!(waited, Err(TimedOut));
    });
    assert_circles(&reports, 1);
}

#[test]
fn a_wait_that_panics_leaves_the_books_right() {
    let reports = reports_of(|| {
        let (a, b, changed) = (Mutex::new(()), Mutex::new(()), Condvar::new());
        thread::scope(|scope| {
            let (waits, is_waiting) = mpsc::channel();
            let (a, changed) = (&a, &changed);
            scope.spawn(move || {
                let mut guard = a.lock();
                waits.send(()).unwrap();
                // With a bound, in case that nobody comes to notify.
                changed
                    .wait_timeout(&mut guard, Duration::from_secs(60))
                    .unwrap();
            });
            is_waiting.recv().unwrap();
            drop(a.lock()); // it waits
            scope.spawn(|| {
                let mut guard = b.lock();
                let wait = std::panic::AssertUnwindSafe(|| changed.wait(&mut guard));
                std::panic::catch_unwind(wait).expect_err("two mutexes");
                assert!(format!("{b:?}").contains("holder"), "{b:?}");
                drop(guard);
                assert!(!format!("{b:?}").contains("holder"), "{b:?}");
                changed.notify_one();
            });
        });
    });
    assert_circles(&reports, 0);
}

#[test]
fn the_hook_may_lock_and_panic() {
    static INNER: [Mutex<u32>; 2] = [Mutex::new(0), Mutex::new(0)];
    let reports = reports_of(|| {
        set_lock_order_hook(|report| {
            REPORTS.lock().unwrap().push(report.clone());
            // In a circle: not reported. (With a bound, in case that it is.)
            for [one, other] in [[0, 1], [1, 0]] {
                let one = INNER[one].lock_timeout(BRIEFLY);
                let other = INNER[other].lock_timeout(BRIEFLY);
                *one.expect("free") += u32::from(other.is_some());
            }
            panic!("of no concern to who locks");
        });
        let (a, b) = (Mutex::new(()), Mutex::new(()));
        drop((a.lock(), b.lock()));
        drop((b.lock(), a.lock()));
        drop((b.lock(), a.lock()));
    });
    assert_circles(&reports, 1);
    let runs = u32::from(watches_order());
    assert_eq!([*INNER[0].lock(), *INNER[1].lock()], [runs; 2]);
}

#[test]
fn a_lock_that_is_dropped_is_forgotten_with_its_orders() {
    let reports = reports_of(|| {
        let a = Mutex::new(());
        for _ in 0..3 {
            let b = Mutex::new(());
            drop((a.lock(), b.lock()));
        }
        let b = Mutex::new(());
        drop((b.lock(), a.lock()));
        let forgotten = Mutex::new(());
        std::mem::forget(forgotten.lock());
        drop(forgotten);
        drop((b.lock(), a.lock()));
    });
    assert_circles(&reports, 0);
}

#[test]
fn a_moved_lock_is_the_same_lock() {
    let reports = reports_of(|| {
        let (a, b) = (Mutex::new(()), Mutex::new(()));
        drop((a.lock(), b.lock()));
        let (b, a) = (Box::new(b), Box::new(a));
        drop((b.lock(), a.lock()));
    });
    assert_circles(&reports, 1);
}

#[test]
fn debug_names_the_holder_of_a_mutex() {
    let mutex = Mutex::new((1, 2));
    assert_eq!(format!("{mutex:?}"), "Mutex { value: (1, 2) }");
    let here = line!() + 1;
    let guard = mutex.lock();
    let expected = format!("tests/diagnostics.rs:{here}:");
    for shown in [format!("{mutex:?}"), {
        let mapped: MappedMutexGuard<i32> = MutexGuard::map(guard, |pair| &mut pair.0);
        let shown = format!("{mutex:?}");
        drop(mapped);
        shown
    }] {
        assert!(
            shown.starts_with("Mutex { value: <locked>, holder: "),
            "{shown}"
        );
        assert!(shown.contains(&expected), "{shown}");
        assert!(
            shown.contains("debug_names_the_holder_of_a_mutex"),
            "{shown}"
        );
    }
    assert_eq!(format!("{mutex:?}"), "Mutex { value: (1, 2) }");
}

#[test]
fn debug_names_readers_and_writers() {
    let lock = RwLock::new(7);
    let readers = (lock.read(), lock.try_read().unwrap());
    let line = line!() - 1;
    let shown = format!("{lock:?}");
    assert!(
        shown.starts_with("RwLock { value: 7, readers: 2, last_reader: "),
        "{shown}"
    );
    assert!(
        shown.contains(&format!("diagnostics.rs:{line}:")),
        "{shown}"
    );
    drop(readers);
    let upgradable = lock.upgradable_read();
    let shown = format!("{lock:?}");
    assert!(shown.starts_with("RwLock { value: 7, holder: "), "{shown}");
    let writer = RwLockUpgradableReadGuard::upgrade(upgradable);
    let line = line!() - 1;
    let shown = format!("{lock:?}");
    assert!(
        shown.starts_with("RwLock { value: <locked>, holder: "),
        "{shown}"
    );
    assert!(
        shown.contains(&format!("diagnostics.rs:{line}:")),
        "{shown}"
    );
    drop(writer);
    assert_eq!(format!("{lock:?}"), "RwLock { value: 7 }");
}

#[test]
fn debug_names_the_holder_of_a_reentrant_mutex_until_the_last_guard() {
    let mutex = ReentrantMutex::new(7);
    let one = mutex.lock();
    let line = line!() - 1;
    let two = mutex.lock();
    drop(one);
    let shown = format!("{mutex:?}");
    assert!(
        shown.starts_with("ReentrantMutex { value: 7, holder: "),
        "{shown}"
    );
    assert!(
        shown.contains(&format!("diagnostics.rs:{line}:")),
        "{shown}"
    );
    drop(two);
    assert_eq!(format!("{mutex:?}"), "ReentrantMutex { value: 7 }");
}

#[test]
fn a_thread_without_a_name_and_one_that_ends_are_named_as_far_as_they_can_be() {
    struct Last(&'static Mutex<u32>);
    impl Drop for Last {
        fn drop(&mut self) {
            *self.0.lock() += 1;
        }
    }
    thread_local!(static LAST: Last = const { Last(&COUNT) });
    static COUNT: Mutex<u32> = Mutex::new(0);
    let unnamed = thread::spawn(|| {
        LAST.with(|last| {
            let _guard = last.0.lock();
            format!("{COUNT:?}")
        })
    });
    let shown = unnamed.join().unwrap();
    assert!(shown.contains("(ThreadId("), "{shown}");
    // A join may return before the thread's destructors have run; the lock is whole either way.
    assert!(*COUNT.lock() <= 1);
}

#[test]
fn a_semaphore_shows_who_waits_and_who_was_granted_and_does_not_know() {
    let semaphore = rungs::sync::Semaphore::fair(0);
    let mut waiters = [(); 3].map(|()| Box::pin(semaphore.acquire_async()));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    for waiter in &mut waiters {
        assert!(waiter.as_mut().poll(&mut cx).is_pending());
    }
    semaphore.add_permits(2).unwrap();
    let shown = format!("{semaphore:?}");
    assert!(shown.contains("waiters: 1, granted: 2"), "{shown}");
    let [first, second, third] = waiters;
    let mut first = first;
    assert!(first.as_mut().poll(&mut cx).is_ready());
    let shown = format!("{semaphore:?}");
    // The permit came back, and went to the third.
    assert!(shown.contains("waiters: 0, granted: 2"), "{shown}");
    drop((second, third));
    let shown = format!("{semaphore:?}");
    assert!(shown.contains("available: 2"), "{shown}");
    assert!(shown.contains("waiters: 0, granted: 0"), "{shown}");
}

#[test]
fn locks_for_tasks_are_watched_too() {
    use rungs::sync::{AsyncMutex, AsyncRwLock};
    // Threads, tasks, and one with the other.
    let reports = reports_of(|| {
        let (a, b) = (AsyncMutex::new(()), AsyncRwLock::new(()));
        drop((a.lock(), b.write()));
        rungs::future::block_on(async {
            let _b = b.read_async().await;
            let _a = a.lock_async().await;
        });
    });
    assert_circles(&reports, 1);
    let Some(report) = reports.first() else {
        return;
    };
    assert!(
        report.edges()[0]
            .wanted_at()
            .file()
            .ends_with("diagnostics.rs")
    );
    // A guard that is dropped elsewhere holds nothing any more.
    let reports = reports_of(|| {
        let (a, b) = (
            std::sync::Arc::new(AsyncMutex::new(())),
            AsyncMutex::new(()),
        );
        let guard = a.lock_owned();
        thread::spawn(move || drop(guard)).join().unwrap();
        drop(b.lock());
        drop((b.lock(), a.lock()));
    });
    assert_circles(&reports, 0);
    // An upgrade, and a downgrade, hold the lock still.
    let lock = AsyncRwLock::new(1);
    let guard = lock.write();
    let shown = format!("{lock:?}");
    assert!(
        shown.contains("value: <locked>, holder: tests/diagnostics.rs:"),
        "{shown}"
    );
    assert!(shown.contains("waiters: 0, granted: 0"), "{shown}");
    let guard = rungs::sync::AsyncRwLockWriteGuard::downgrade(guard);
    let shown = format!("{lock:?}");
    assert!(shown.contains("readers: "), "{shown}");
    drop(guard);
    assert!(!format!("{:?}", AsyncMutex::new(1)).contains("holder"));
}
