//! The reader-writer lock on the loom face: that models over it mean something, and that its
//! stand-in waits where `parking_lot`'s waits, and nowhere else.

use super::support::{Bound::*, Payload, caught, fails, model, outcomes, spawn, throw};
use crate::sync::{Event, RwLock, RwLockUpgradableReadGuard as Upgradable, RwLockWriteGuard};
use crate::sys::clock;
use std::sync::Arc;
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

/// A lock, and what it guards.
type Guarded = Arc<(RwLock<()>, Payload)>;

fn guarded() -> Guarded {
    Arc::new((RwLock::new(()), Payload::new(0)))
}

/// Two threads, exhaustive, 11 executions. Kills: `outlast_readers` that does not wait.
#[test]
fn a_writer_and_a_reader_exclude() {
    model("a_writer_and_a_reader_exclude", Exhaustive, 6, || {
        let shared = guarded();
        let theirs = shared.clone();
        let writer = spawn(move || {
            let _guard = theirs.0.write();
            theirs.1.bump();
        });
        let guard = shared.0.read();
        let seen = shared.1.read();
        assert_eq!(shared.1.read(), seen);
        drop(guard);
        writer.join().unwrap();
        assert_eq!(shared.1.read(), 1);
        assert!(!shared.0.is_locked());
    });
}

/// Two threads, exhaustive, 11 executions. By way of a form that waits and of one that tries. Kills:
/// `shut_door` that does not look whether it is shut.
#[test]
fn two_writers_exclude() {
    model("two_writers_exclude", Exhaustive, 6, || {
        let shared = guarded();
        let theirs = shared.clone();
        let writer = spawn(move || {
            let _guard = theirs.0.write();
            theirs.1.bump();
        });
        let guard = shared.0.try_write().unwrap_or_else(|| shared.0.write());
        shared.1.bump();
        drop(guard);
        writer.join().unwrap();
        assert_eq!(shared.1.read(), 2);
    });
}

/// Three threads, bound 3, 320 executions. Kills: `unlock_shared` that lets the writer in with a reader left.
#[test]
fn two_readers_and_a_writer_exclude() {
    model(
        "two_readers_and_a_writer_exclude",
        Preemptions(3),
        100,
        || {
            let shared = guarded();
            let readers = [0, 1].map(|_| {
                let shared = shared.clone();
                spawn(move || {
                    let _guard = shared.0.read();
                    shared.1.read()
                })
            });
            let guard = shared.0.write();
            shared.1.bump();
            drop(guard);
            for reader in readers {
                assert!(reader.join().unwrap() <= 1);
            }
        },
    );
}

/// Two threads, exhaustive, 8 to 11 executions. What was written before the lock was let go is seen by whoever has it
/// next, in each way to have it.
#[test]
fn what_was_written_is_seen_by_who_locks_next() {
    type Look = fn(&Guarded) -> Option<usize>;
    let looks: [(&str, Look); 4] = [
        ("read", |shared| {
            let _guard = shared.0.read();
            Some(shared.1.read())
        }),
        ("try_read", |shared| {
            let _guard = shared.0.try_read()?;
            Some(shared.1.read())
        }),
        ("upgradable_read", |shared| {
            let _guard = shared.0.upgradable_read();
            Some(shared.1.read())
        }),
        ("try_write", |shared| {
            let _guard = shared.0.try_write()?;
            Some(shared.1.bump())
        }),
    ];
    for (name, look) in looks {
        let tries = name.starts_with("try");
        let name = format!("what_was_written_is_seen_by_who_locks_next ({name})");
        let allowed = [Some(0), Some(1), None]
            .into_iter()
            .filter(|o| tries || o.is_some());
        outcomes(&name, Exhaustive, 5, allowed, move || {
            let shared = guarded();
            let theirs = shared.clone();
            let writer = spawn(move || {
                let _guard = theirs.0.write();
                theirs.1.write(1);
            });
            let seen = look(&shared);
            writer.join().unwrap();
            seen
        });
    }
}

/// Two threads, exhaustive, 22 executions. Kills: `read_upgradably` that does not look at
/// `upgradable`.
#[test]
fn two_upgraders_exclude() {
    model("two_upgraders_exclude", Exhaustive, 10, || {
        fn upgrade(shared: &Guarded) {
            let reader = shared.0.upgradable_read();
            let seen = shared.1.read();
            let _writer = Upgradable::upgrade(reader);
            assert_eq!(shared.1.bump(), seen, "nobody wrote in between");
        }
        let shared = guarded();
        let theirs = shared.clone();
        let other = spawn(move || upgrade(&theirs));
        upgrade(&shared);
        other.join().unwrap();
        assert_eq!(shared.1.read(), 2);
    });
}

/// Three threads, bound 3, 1,259 executions: parking_lot#489, and shuttle#351, where a writer came in between.
/// Kills: an `upgrade` that opens the lock for a moment.
#[test]
fn an_upgrade_beside_readers_and_a_writer_lets_no_write_in_between() {
    let name = "an_upgrade_beside_readers_and_a_writer_lets_no_write_in_between";
    model(name, Preemptions(3), 200, || {
        let shared = guarded();
        let [reader, writer] = [shared.clone(), shared.clone()];
        let reader = spawn(move || {
            for _ in 0..2 {
                let _guard = reader.0.read();
                reader.1.read();
            }
        });
        let writer = spawn(move || {
            let _guard = writer.0.write();
            writer.1.bump();
        });
        let guard = shared.0.upgradable_read();
        let seen = shared.1.read();
        let guard = Upgradable::upgrade(guard);
        assert_eq!(shared.1.bump(), seen);
        drop(guard);
        reader.join().unwrap();
        writer.join().unwrap();
        assert_eq!(shared.1.read(), 2);
    });
}

/// Three threads, bound 3, 2,605 executions: parking_lot#101. One reads upgradably until a reader has been in, and
/// another waits to do the same: the reader must not stand behind that one. Kills:
/// `read_upgradably` that shuts the door.
#[test]
fn a_reader_does_not_wait_for_who_may_upgrade() {
    let name = "a_reader_does_not_wait_for_who_may_upgrade";
    model(name, Preemptions(3), 200, || {
        let shared = Arc::new((RwLock::new(()), Event::new(false)));
        let [holder, other] = [shared.clone(), shared.clone()];
        let holder = spawn(move || {
            let _guard = holder.0.upgradable_read();
            holder.1.wait();
        });
        let other = spawn(move || drop(other.0.upgradable_read()));
        drop(shared.0.read());
        shared.1.set();
        holder.join().unwrap();
        other.join().unwrap();
    });
}

/// Two threads, exhaustive, 16 executions: a writer that waits holds off nobody whom who reads upgradably waits
/// for. Kills: `shut_door` that does not look at `upgradable`.
#[test]
fn a_waiting_writer_does_not_hold_off_readers_beside_an_upgradable_one() {
    let name = "a_waiting_writer_does_not_hold_off_readers_beside_an_upgradable_one";
    model(name, Exhaustive, 5, || {
        let shared = guarded();
        let guard = shared.0.upgradable_read();
        let theirs = shared.clone();
        let writer = spawn(move || {
            let _guard = theirs.0.write();
            theirs.1.bump();
        });
        drop(shared.0.read()); // this thread again
        shared.1.read();
        drop(guard);
        writer.join().unwrap();
    });
}

/// Three threads, bound 3, 623 and 975 executions. Kills: a `downgrade` that lets go first.
#[test]
fn a_downgrade_lets_no_writer_in() {
    type Downgrade = fn(RwLockWriteGuard<'_, ()>, &Payload);
    let downgrades: [(&str, Downgrade); 2] = [
        ("to a reader", |writer, payload| {
            let seen = payload.bump();
            let _reader = RwLockWriteGuard::downgrade(writer);
            assert_eq!(payload.read(), seen + 1);
        }),
        ("by way of an upgradable one", |writer, payload| {
            let seen = payload.bump();
            let reader = RwLockWriteGuard::downgrade_to_upgradable(writer);
            assert_eq!(payload.read(), seen + 1);
            let _reader = Upgradable::downgrade(reader);
            assert_eq!(payload.read(), seen + 1);
        }),
    ];
    for (name, downgrade) in downgrades {
        let name = format!("a_downgrade_lets_no_writer_in ({name})");
        model(&name, Preemptions(3), 100, move || {
            let shared = guarded();
            let [reader, writer] = [shared.clone(), shared.clone()];
            let reader = spawn(move || {
                let _guard = reader.0.read();
                reader.1.read();
            });
            let writer = spawn(move || {
                let _guard = writer.0.write();
                writer.1.bump();
            });
            downgrade(shared.0.write(), &shared.1);
            reader.join().unwrap();
            writer.join().unwrap();
            assert_eq!(shared.1.read(), 2);
        });
    }
}

/// Two threads, exhaustive, 930 executions. Kills: a `downgrade` behind which the door stays shut.
#[test]
fn who_has_become_a_reader_can_wait_for_another_reader() {
    for upgradable in [false, true] {
        let name = "who_has_become_a_reader_can_wait_for_another_reader";
        let name = format!("{name} (upgradable: {upgradable})");
        model(&name, Exhaustive, 200, move || {
            let shared = Arc::new((RwLock::new(()), Event::new(false)));
            let theirs = shared.clone();
            let guard = shared.0.write();
            let reader = spawn(move || {
                drop(theirs.0.read());
                theirs.1.set();
            });
            if upgradable {
                let _guard = RwLockWriteGuard::downgrade_to_upgradable(guard);
                shared.1.wait();
            } else {
                let _guard = RwLockWriteGuard::downgrade(guard);
                shared.1.wait();
            }
            reader.join().unwrap();
            assert!(!shared.0.is_locked());
        });
    }
}

/// Three threads, bound 3, 112 to 117 executions. The clock races the release, for each timed form. Kills: a timed form
/// that never gives up, and one that holds what it gave up.
#[test]
fn a_timed_form_gives_up_or_gets_it() {
    type Timed = fn(&Guarded) -> bool;
    let forms: [(&str, Timed); 3] = [
        ("read", |shared| {
            shared
                .0
                .read_timeout(LATER)
                .map(|_guard| shared.1.read())
                .is_some()
        }),
        ("write", |shared| {
            shared
                .0
                .write_timeout(LATER)
                .map(|_guard| shared.1.bump())
                .is_some()
        }),
        ("upgradable_read", |shared| {
            let guard = shared.0.upgradable_read_timeout(LATER);
            guard.map(|_guard| shared.1.read()).is_some()
        }),
    ];
    for (name, form) in forms {
        let name = format!("a_timed_form_gives_up_or_gets_it ({name})");
        outcomes(&name, Preemptions(3), 20, [true, false], move || {
            let shared = guarded();
            let [holder, waiter] = [shared.clone(), shared.clone()];
            let holder = spawn(move || {
                let _guard = holder.0.write();
                holder.1.bump();
            });
            let waiter = spawn(move || form(&waiter));
            clock::expire_all();
            holder.join().unwrap();
            let got = waiter.join().unwrap();
            assert!(shared.0.try_write().is_some(), "nobody holds it");
            got
        });
    }
}

/// Two threads, exhaustive, 30 to 64 executions. The clock stands still, so nobody gives up. Kills:
/// a timed form that does not wait.
#[test]
fn a_timed_form_waits_for_what_comes_in_time() {
    type Timed = fn(&Guarded) -> bool;
    let forms: [(&str, Timed); 4] = [
        ("read", |shared| {
            let guard = shared.0.read_timeout(LATER);
            guard.map(|_guard| shared.1.read()).is_some()
        }),
        ("write", |shared| {
            let guard = shared.0.write_timeout(LATER);
            guard.map(|_guard| shared.1.bump()).is_some()
        }),
        ("upgradable_read", |shared| {
            let guard = shared.0.upgradable_read_timeout(LATER);
            guard.map(|_guard| shared.1.read()).is_some()
        }),
        ("upgrade", |shared| {
            let guard = Upgradable::upgrade_timeout(shared.0.upgradable_read(), LATER);
            guard.map(|_guard| shared.1.bump()).is_ok()
        }),
    ];
    for (name, form) in forms {
        let name = format!("a_timed_form_waits_for_what_comes_in_time ({name})");
        model(&name, Exhaustive, 5, move || {
            let shared = guarded();
            let theirs = shared.clone();
            let holder = spawn(move || {
                let guard = theirs.0.write();
                theirs.1.bump();
                let guard = RwLockWriteGuard::downgrade(guard);
                assert!(theirs.0.is_locked());
                drop(guard);
            });
            assert!(form(&shared));
            holder.join().unwrap();
            assert!(!shared.0.is_locked());
        });
    }
}

/// Three threads, bound 3, 301 executions. Kills: a writer that gives up and leaves the door shut.
#[test]
fn a_writer_that_gives_up_lets_the_readers_in() {
    let name = "a_writer_that_gives_up_lets_the_readers_in";
    outcomes(name, Preemptions(3), 50, [true, false], || {
        let shared = guarded();
        let first = shared.0.read();
        let [writer, reader] = [shared.clone(), shared.clone()];
        let writer = spawn(move || {
            let guard = writer.0.write_timeout(LATER);
            assert!(
                guard.is_none(),
                "the first reader stays until both are done"
            );
        });
        let reader = spawn(move || {
            let at_once = reader.0.try_read().is_some();
            let _guard = reader.0.read();
            reader.1.read();
            at_once
        });
        clock::expire_all();
        let at_once = reader.join().unwrap();
        writer.join().unwrap();
        drop(first);
        at_once
    });
}

/// Three threads, bound 3, 225 executions. Kills: an upgrade that gives up and forgets that it read, or that
/// leaves the door shut.
#[test]
fn an_upgrade_that_gives_up_still_reads_and_may_try_again() {
    let name = "an_upgrade_that_gives_up_still_reads_and_may_try_again";
    outcomes(name, Preemptions(3), 50, [true, false], || {
        let shared = guarded();
        let [upgrader, reader] = [shared.clone(), shared.clone()];
        let upgrader = spawn(move || {
            let guard = upgrader.0.upgradable_read();
            let seen = upgrader.1.read();
            let upgraded = Upgradable::upgrade_timeout(guard, LATER);
            let at_once = upgraded.is_ok();
            let guard = upgraded.unwrap_or_else(|kept| {
                assert!(upgrader.0.try_read().is_some(), "the door is open");
                assert!(upgrader.0.try_write().is_none(), "it still reads");
                Upgradable::upgrade(kept)
            });
            assert_eq!(upgrader.1.bump(), seen);
            drop(guard);
            at_once
        });
        let reader = spawn(move || {
            let _guard = reader.0.read();
            reader.1.read();
        });
        clock::expire_all();
        reader.join().unwrap();
        upgrader.join().unwrap()
    });
}

/// Two threads, exhaustive, 47 executions: whether the other is seen inside or not, the one that tries holds
/// nothing where it got nothing. Kills: a `try_upgrade` that upgrades beside readers.
#[test]
fn who_tries_gets_it_or_holds_nothing() {
    let name = "who_tries_gets_it_or_holds_nothing";
    outcomes(name, Exhaustive, 10, [true, false], || {
        let shared = guarded();
        let theirs = shared.clone();
        let reader = spawn(move || {
            let _guard = theirs.0.read();
            theirs.1.read();
        });
        let guard = shared
            .0
            .try_upgradable_read()
            .expect("readers are no obstacle");
        assert!(shared.0.try_upgradable_read().is_none());
        let upgraded = Upgradable::try_upgrade(guard).map(|_writer| shared.1.bump());
        let got = upgraded.is_ok();
        drop(upgraded);
        reader.join().unwrap();
        assert!(!shared.0.is_locked());
        got
    });
}

/// Two threads, exhaustive, 11 executions. Kills: `write` that does not look at the readers, or
/// that shuts the door and does not go in.
#[test]
fn who_tries_to_write_gets_it_or_holds_nothing() {
    let name = "who_tries_to_write_gets_it_or_holds_nothing";
    outcomes(name, Exhaustive, 5, [true, false], || {
        let shared = guarded();
        let theirs = shared.clone();
        let reader = spawn(move || {
            for _ in 0..2 {
                let _guard = theirs.0.read();
                theirs.1.read();
            }
        });
        let got = shared.0.try_write().map(|_guard| shared.1.bump()).is_some();
        reader.join().unwrap();
        assert!(!shared.0.is_locked());
        got
    });
}

/// Two threads, exhaustive, 9 to 13 executions. Kills: a guard that does not unlock when it
/// unwinds.
#[test]
fn who_panics_lets_go() {
    type Hold = fn(&Guarded);
    let holds: [Hold; 3] = [
        |shared| {
            let _guard = shared.0.write();
            shared.1.bump();
            throw("writing");
        },
        |shared| {
            let _guard = shared.0.read();
            shared.1.read();
            throw("reading");
        },
        |shared| {
            let _guard = Upgradable::upgrade(shared.0.upgradable_read());
            shared.1.bump();
            throw("upgraded");
        },
    ];
    for (name, hold) in ["writing", "reading", "upgraded"].into_iter().zip(holds) {
        let name = format!("who_panics_lets_go ({name})");
        model(&name, Exhaustive, 5, move || {
            let shared = guarded();
            let theirs = shared.clone();
            let other = spawn(move || caught(|| hold(&theirs)).expect_err("thrown"));
            let guard = shared.0.write();
            shared.1.bump();
            drop(guard);
            drop(other.join().unwrap());
            assert!(!shared.0.is_locked());
        });
    }
}

/// Two threads, found in execution 13. The planted bug: to read within a read waits for a writer that waits for the
/// first read, natively and here.
#[test]
fn a_read_within_a_read_is_found() {
    let message = fails("a_read_within_a_read_is_found", Exhaustive, || {
        let lock = Arc::new(RwLock::new(()));
        let theirs = lock.clone();
        let writer = spawn(move || drop(theirs.write()));
        let outer = lock.read();
        drop(lock.read());
        drop(outer);
        writer.join().unwrap();
    });
    assert!(message.contains("deadlock"), "{message}");
}

/// One thread, found at once. The planted bug: who reads waits for itself; that is what the
/// upgradable read is for.
#[test]
fn writing_from_within_a_read_is_found() {
    let message = fails("writing_from_within_a_read_is_found", Exhaustive, || {
        let lock = RwLock::new(());
        let _reader = lock.read();
        drop(lock.write());
    });
    assert!(message.contains("deadlock"), "{message}");
}
