//! The reader-writer lock for threads and tasks: what goes beside what, upgrades, downgrades.
//!
//! The data are the payload: each use of a guard is an access that loom watches, as a reading or
//! a writing one.

use super::support::{
    Bound::{self, *},
    CountWaker, caught, model, noop_waker, outcomes, poll_once, throw,
};
use crate::sync::{
    AsyncRwLock, AsyncRwLockReadGuard, AsyncRwLockUpgradableReadGuard as Upgradable,
    AsyncRwLockWriteGuard as Write, OwnedAsyncRwLockUpgradableReadGuard as OwnedUpgradable,
};
use crate::sys::clock;
use crate::wait::block_on;
use loom::thread;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// Runs a model on both kinds of lock.
fn both(
    name: &'static str,
    bound: Bound,
    at_least: usize,
    f: impl Fn(Arc<AsyncRwLock<usize>>) + Send + Sync + Copy + 'static,
) {
    model(&format!("{name} (eventual)"), bound, at_least, move || {
        f(Arc::new(AsyncRwLock::new(0)));
    });
    model(&format!("{name} (fair)"), bound, at_least, move || {
        f(Arc::new(AsyncRwLock::fair(0)));
    });
}

/// Three threads, bound 2 (bound 3 takes 10 s each). Kills: a `READ` of nothing; a `WRITE` that leaves a read.
#[test]
fn a_writer_is_alone() {
    both("a_writer_is_alone", Preemptions(2), 500, |lock| {
        let [writer, reader] = [lock.clone(), lock.clone()];
        let writer = thread::spawn(move || *writer.write() += 1);
        let reader = thread::spawn(move || block_on(async { *reader.read_async().await }));
        let tried = lock.try_write().map(|mut guard| *guard += 1);
        writer.join().unwrap();
        let writes = 1 + usize::from(tried.is_some());
        assert!(reader.join().unwrap() <= writes);
        assert_eq!(*lock.try_read().expect("free"), writes);
        assert!(!lock.is_locked());
    });
}

/// Two threads, exhaustive, 1,337 executions. A writer comes after the readers before it, whether it waited or not.
/// Kills: a share of a reader that is given back without Release.
#[test]
fn a_writer_comes_after_the_readers() {
    both("a_writer_comes_after_the_readers", Exhaustive, 20, |lock| {
        let other = lock.clone();
        let other = thread::spawn(move || *other.read());
        match lock.try_write() {
            Some(mut guard) => *guard = 1,
            None => *lock.write() = 1,
        }
        assert!(other.join().unwrap() <= 1);
    });
}

/// Two threads, exhaustive: parking_lot#101, #489. Readers, and one who may become the writer, are
/// beside each other: each waits until the other is in. Kills: a `READ` that excludes, an
/// `UPGRADABLE` that takes more than one read.
#[test]
fn readers_read_together() {
    both("readers_read_together", Exhaustive, 1, |lock| {
        let first = lock.upgradable_read();
        let other = lock.clone();
        let other = thread::spawn(move || *other.read() + *block_on(other.read_async()));
        assert_eq!(other.join().unwrap(), 0);
        assert!(lock.try_upgradable_read().is_none());
        assert!(lock.try_write().is_none());
        assert_eq!(*first, 0);
    });
}

/// Three threads, bound 3, 17,166 and 20,604 executions: tokio#7282, parking_lot#101, #489. With a reader present and a writer
/// in line, an upgrade goes first, and what it read still holds. Kills: an `UPGRADE` that is not
/// urgent (it waits for the writer, who waits for it).
#[test]
fn an_upgrade_goes_before_a_waiting_writer() {
    both(
        "an_upgrade_goes_before_a_waiting_writer",
        Preemptions(3),
        500,
        |lock| {
            let reader = lock.read_owned();
            let seen = lock.upgradable_read();
            let mut writer = Box::pin(lock.write_owned_async());
            assert!(poll_once(writer.as_mut(), &noop_waker()).is_pending());
            let writer = thread::spawn(move || *block_on(writer) += 10);
            let reader = thread::spawn(move || *reader);
            let before = *seen;
            let mut guard = Upgradable::upgrade(seen);
            assert_eq!(*guard, before, "nobody writes in between");
            *guard += 1;
            drop(guard);
            writer.join().unwrap();
            assert_eq!(reader.join().unwrap(), 0);
            assert_eq!(*lock.try_read().expect("free"), 11);
        },
    );
}

/// Two threads, exhaustive, 15,837 executions. Who read at a time of the other's write would lose one. Kills: an
/// `UPGRADABLE` without the right.
#[test]
fn two_who_upgrade_take_turns() {
    both("two_who_upgrade_take_turns", Exhaustive, 50, |lock| {
        let add = |lock: &AsyncRwLock<usize>| {
            let seen = lock.upgradable_read();
            let next = *seen + 1;
            *Upgradable::upgrade(seen) = next;
        };
        let other = lock.clone();
        let other = thread::spawn(move || add(&other));
        add(&lock);
        other.join().unwrap();
        assert_eq!(*lock.try_write().expect("free"), 2);
    });
}

/// Three threads, bound 3, 724 executions. Two tasks that both read, one of them upgradably: the upgrade waits for
/// the other and no longer.
#[test]
fn an_upgrading_task_waits_for_the_reading_one() {
    let name = "an_upgrading_task_waits_for_the_reading_one";
    both(name, Preemptions(3), 50, |lock| {
        let [one, two] = [lock.clone(), lock.clone()];
        let tasks = [
            thread::spawn(move || {
                block_on(async {
                    let seen = one.upgradable_read_async().await;
                    *Upgradable::upgrade_async(seen).await += 1;
                });
            }),
            thread::spawn(move || {
                block_on(async {
                    let read = two.read_async().await;
                    assert!(*read <= 1);
                });
            }),
        ];
        for task in tasks {
            task.join().unwrap();
        }
        assert_eq!(*lock.try_write().expect("free"), 1);
    });
}

/// Two threads, exhaustive. Kills: a downgrade that gives all back and reads anew.
#[test]
fn no_writer_comes_in_between_a_downgrade() {
    let name = "no_writer_comes_in_between_a_downgrade";
    both(name, Exhaustive, 50, |lock| {
        let other = lock.clone();
        let other = thread::spawn(move || *other.write() += 10);
        let mut guard = lock.write();
        *guard += 1;
        let wrote = *guard;
        let seen = Write::downgrade_to_upgradable(guard);
        assert_eq!(*seen, wrote);
        let read = Upgradable::downgrade(seen);
        assert_eq!(*read, wrote);
        drop(read);
        other.join().unwrap();
        let mut guard = lock.try_write().expect("free");
        *guard += 1;
        let read = Write::downgrade(guard);
        assert_eq!(*read, 12);
        assert!(lock.try_upgradable_read().is_some());
    });
}

/// Two threads, exhaustive, 76 executions. Who waits behind a writer comes in when it downgrades: the reader, to
/// either; the one who may upgrade, to a reader. Kills: a downgrade that serves nobody, or gives
/// back too little.
#[test]
fn a_downgrade_lets_readers_in() {
    both("a_downgrade_lets_readers_in", Exhaustive, 20, |lock| {
        let held = lock.write();
        let [reader, upgrader] = [lock.clone(), lock.clone()];
        let reader = thread::spawn(move || *reader.read());
        let seen = Write::downgrade_to_upgradable(held);
        assert_eq!(reader.join().unwrap(), 0);
        let mut waits = Box::pin(upgrader.upgradable_read_owned_async());
        assert!(poll_once(waits.as_mut(), &noop_waker()).is_pending());
        let read = Upgradable::downgrade(seen);
        let Poll::Ready(other) = poll_once(waits.as_mut(), &noop_waker()) else {
            panic!("the right is free")
        };
        assert_eq!(*other, *read);
    });
}

/// Three threads, bound 3, 6,356 and 6,486 executions. An upgrade that times out while the reader leaves gets the lock, or
/// hands its guard back and lets in who waits behind. Kills: an `upgrade_to` that drops its guard;
/// an `abandon` that serves nobody.
#[test]
fn a_timed_out_upgrade_hands_the_guard_back() {
    for fair in [false, true] {
        let name = format!("a_timed_out_upgrade_hands_the_guard_back (fair: {fair})");
        outcomes(&name, Preemptions(3), 50, [true, false], move || {
            let lock = Arc::new(match fair {
                true => AsyncRwLock::fair(0),
                false => AsyncRwLock::new(0),
            });
            let (first, beside) = (lock.read_owned(), lock.clone());
            let seen = lock.upgradable_read_owned();
            let leaver = thread::spawn(move || drop(first));
            let upgrader = thread::spawn(move || {
                match OwnedUpgradable::upgrade_timeout(seen, Duration::from_secs(1)) {
                    Ok(mut guard) => {
                        *guard += 1;
                        true
                    }
                    Err(seen) => {
                        assert_eq!((*beside.read(), *seen), (0, 0));
                        false
                    }
                }
            });
            clock::expire_all();
            let upgraded = upgrader.join().unwrap();
            leaver.join().unwrap();
            assert_eq!(*lock.try_write().expect("free"), usize::from(upgraded));
            upgraded
        });
    }
}

/// One thread. A reader who came after an upgrade began, on a fair lock, is let in when the
/// upgrade is dropped. Kills: an `UpgradeAsync` that keeps its guard; a `try_upgrade` that does not
/// look.
#[test]
fn who_waits_behind_an_upgrade_comes_in_when_it_gives_up() {
    let name = "who_waits_behind_an_upgrade_comes_in_when_it_gives_up";
    model(name, Exhaustive, 1, || {
        let lock = Arc::new(AsyncRwLock::fair(0));
        let reads = lock.read();
        let seen = lock.upgradable_read_owned();
        let seen = OwnedUpgradable::try_upgrade(seen).expect_err("beside a reader");
        let mut upgrade = Box::pin(OwnedUpgradable::upgrade_async(seen));
        assert!(poll_once(upgrade.as_mut(), &noop_waker()).is_pending());
        let count = CountWaker::new();
        let mut reader = pin!(lock.read_async());
        assert!(poll_once(reader.as_mut(), &count.waker()).is_pending());
        drop(upgrade);
        assert_eq!(count.wakes(), 1);
        let Poll::Ready(other) = poll_once(reader.as_mut(), &noop_waker()) else {
            panic!("nobody is in the way")
        };
        assert_eq!(*reads, *other);
        assert!(lock.try_upgradable_read().is_some(), "the right is back");
        drop((reads, other));
        let seen = lock.try_upgradable_read().expect("free");
        *Upgradable::try_upgrade(seen).expect("alone") += 1;
        assert_eq!(*lock.try_write().expect("free"), 1);
    });
}

/// Three threads, bound 3, 65,569 and 77,523 executions. An upgrade dropped while the last reader leaves, granted or not, leaves
/// nothing taken. Kills: an `UpgradeAsync` that forgets its guard, or gives `UPGRADE` back twice.
#[test]
fn a_dropped_upgrade_lets_the_lock_go() {
    let name = "a_dropped_upgrade_lets_the_lock_go";
    both(name, Preemptions(3), 50, |lock| {
        let reader = lock.read_owned();
        let seen = lock.upgradable_read_owned();
        let mut upgrade = Box::pin(OwnedUpgradable::upgrade_async(seen));
        assert!(poll_once(upgrade.as_mut(), &noop_waker()).is_pending());
        let writer = lock.clone();
        let writer = thread::spawn(move || *writer.write() += 1);
        let reader = thread::spawn(move || *reader);
        drop(upgrade);
        writer.join().unwrap();
        reader.join().unwrap();
        assert_eq!(*lock.try_write().expect("free"), 1);
    });
}

/// Three threads, bound 3, 12,072 and 18,088 executions. A writer that gives up lets in who waits behind it, at any moment of
/// the reader's leaving. Kills: an `abandon` that serves nobody; an `Enter` that gives nothing
/// back.
#[test]
fn a_writer_that_gives_up_lets_readers_in() {
    let name = "a_writer_that_gives_up_lets_readers_in";
    both(name, Preemptions(3), 50, |lock| {
        let reads = lock.read_owned();
        let mut writes = Box::pin(lock.write_owned_async());
        assert!(poll_once(writes.as_mut(), &noop_waker()).is_pending());
        let behind = lock.clone();
        let behind = thread::spawn(move || *behind.read());
        let reads = thread::spawn(move || *reads);
        drop(writes);
        assert_eq!(behind.join().unwrap(), 0);
        reads.join().unwrap();
        assert_eq!(*lock.try_write().expect("free"), 0);
    });
}

/// One thread. Kills: an `abandon` that serves nobody.
#[test]
fn who_waits_behind_a_writer_comes_in_when_it_gives_up() {
    let name = "who_waits_behind_a_writer_comes_in_when_it_gives_up";
    model(name, Exhaustive, 1, || {
        let lock = AsyncRwLock::fair(0);
        let reads = lock.read();
        let mut writer = Box::pin(lock.write_async());
        assert!(poll_once(writer.as_mut(), &noop_waker()).is_pending());
        let count = CountWaker::new();
        let mut reader = pin!(lock.read_async());
        assert!(poll_once(reader.as_mut(), &count.waker()).is_pending());
        drop(writer);
        assert_eq!(count.wakes(), 1);
        let Poll::Ready(other) = poll_once(reader.as_mut(), &noop_waker()) else {
            panic!("nobody is in the way")
        };
        assert_eq!(*reads, *other);
    });
}

/// Three threads, bound 3, 1,736 executions.
#[test]
fn a_timeout_races_the_last_reader() {
    let name = "a_timeout_races_the_last_reader";
    outcomes(name, Preemptions(3), 50, [0, 1], || {
        let lock = Arc::new(AsyncRwLock::new(0));
        let reads = lock.read_owned();
        let writer = lock.clone();
        let writer = thread::spawn(move || {
            if let Some(mut guard) = writer.write_timeout(Duration::from_secs(1)) {
                *guard = 1;
            }
        });
        let reader = thread::spawn(move || drop(reads));
        clock::expire_all();
        writer.join().unwrap();
        reader.join().unwrap();
        assert_eq!(lock.waiters(), 0);
        *lock.try_read().expect("free")
    });
}

/// One thread. Readers that overlap pass a writer by, until it has waited long enough: then they
/// stand behind it. Kills: a lock whose line is never ordered.
#[test]
fn a_writer_does_not_starve_under_readers() {
    model(
        "a_writer_does_not_starve_under_readers",
        Exhaustive,
        1,
        || {
            let lock = AsyncRwLock::new(0);
            let first = lock.try_read().unwrap();
            let count = CountWaker::new();
            let mut writer = pin!(lock.write_async());
            assert!(poll_once(writer.as_mut(), &count.waker()).is_pending());
            let second = lock.try_read().expect("passes the writer");
            drop(first);
            let first = lock.try_read().expect("still passes it");
            clock::expire_all();
            drop(second);
            assert!(
                lock.try_read().is_none(),
                "the writer has waited long enough"
            );
            assert!(lock.try_upgradable_read().is_none());
            drop(first);
            assert_eq!(count.wakes(), 1);
            let Poll::Ready(mut guard) = poll_once(writer.as_mut(), &noop_waker()) else {
                panic!("its turn")
            };
            *guard += 1;
        },
    );
}

/// One thread. Writers that follow each other pass a reader by, until it has waited long enough.
/// Kills: a lock whose line is never ordered.
#[test]
fn a_reader_does_not_starve_under_writers() {
    model(
        "a_reader_does_not_starve_under_writers",
        Exhaustive,
        1,
        || {
            let lock = AsyncRwLock::new(0);
            let held = lock.try_write().unwrap();
            let mut reader = pin!(lock.read_async());
            assert!(poll_once(reader.as_mut(), &noop_waker()).is_pending());
            drop(held);
            let held = lock.try_write().expect("passes the reader");
            clock::expire_all();
            assert!(poll_once(reader.as_mut(), &noop_waker()).is_pending());
            drop(held);
            assert!(
                lock.try_write().is_none(),
                "the reader has waited long enough"
            );
            let Poll::Ready(guard) = poll_once(reader.as_mut(), &noop_waker()) else {
                panic!("its turn")
            };
            assert_eq!(*guard, 0);
        },
    );
}

/// One thread (loom's locks are poisoned where a thread unwinds beside others). A panic in `map`,
/// or while writing, lets the lock go, to who waits. Kills: a guard that gives nothing back when a
/// panic drops it.
#[test]
fn a_panic_lets_the_lock_go() {
    let name = "a_panic_lets_the_lock_go (rwlock)";
    both(name, Exhaustive, 1, |lock| {
        let read = lock.read();
        let mut writer = pin!(lock.write_async());
        assert!(poll_once(writer.as_mut(), &noop_waker()).is_pending());
        let thrown = caught(move || {
            let _part = AsyncRwLockReadGuard::map(read, |_| -> &() { throw("in `map`") });
        });
        assert!(thrown.is_err());
        let Poll::Ready(mut guard) = poll_once(writer.as_mut(), &noop_waker()) else {
            panic!("the reader is gone")
        };
        let mut reader = pin!(lock.read_async());
        assert!(poll_once(reader.as_mut(), &noop_waker()).is_pending());
        let thrown = caught(move || {
            *guard += 1;
            throw("while writing")
        });
        assert!(thrown.is_err());
        let Poll::Ready(guard) = poll_once(reader.as_mut(), &noop_waker()) else {
            panic!("the writer is gone")
        };
        assert_eq!(*guard, 1);
    });
}
