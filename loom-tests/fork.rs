//! Forks: stolen, taken back, waited for, helped with.

use super::support::{Bound::*, DropCount, Payload, caught, model, outcomes, spawn, throw};
use crate::executor::shared::Shared;
use crate::executor::sleep::{Call, Sleep, Sleeper};
use crate::executor::strand::Strand;
use crate::executor::threads::Threads;
use crate::executor::{Handle, ThreadPoolExecutor, join};
use crate::sync::Event;
use std::sync::Arc;

/// A pool without threads: the model's own play its workers, all of whom have found work.
fn shared(workers: usize) -> Arc<Shared> {
    shared_with_sleepers(workers).0
}

/// The same, for those who will sleep.
fn shared_with_sleepers(workers: usize) -> (Arc<Shared>, Vec<Sleeper>) {
    let sleep = Sleep::new(workers, workers);
    let begun = |hired| {
        let mut sleeper = Sleeper::new(hired);
        sleep.begin();
        let call = sleep.found(&mut sleeper, || false);
        assert!(matches!(call, Call::Done));
        sleeper
    };
    let sleepers = sleep.hire(workers).into_iter().map(begun).collect();
    let shared = Shared::new(Threads::new(), sleep, None);
    (Arc::new(shared), sleepers)
}

/// Runs `f` as the worker with this index.
fn work<R>(shared: &Arc<Shared>, index: usize, f: impl FnOnce(&Strand) -> R) -> R {
    let strand = Strand::of_worker(shared.clone(), index);
    strand.enter(|| f(&strand))
}

/// Publishes the oldest fork of this thread, as if somebody were hungry.
fn publish() {
    Strand::with_current(|strand| strand.unwrap().publish());
}

/// Takes a fork if there is one, and runs it.
fn steal(strand: &Strand) -> bool {
    match strand.take_any(0) {
        Some(stolen) => strand.run(stolen),
        None => return false,
    }
    true
}

/// Who runs this.
fn place() -> Option<usize> {
    Strand::with_current(|strand| strand.unwrap().place())
}

/// Two threads, bound 3. Exactly one of them runs the half. Kills: a `take` or a `take_back`
/// that loads and stores, a `pin` without Release, an owner that does not take back.
#[test]
fn a_half_is_stolen_or_taken_back() {
    outcomes(
        "a_half_is_stolen_or_taken_back",
        Preemptions(3),
        50,
        [Some(0), Some(1)],
        || {
            let shared = shared(2);
            let others = shared.clone();
            let thief = spawn(move || work(&others, 1, steal));
            let payload = Payload::new(0);
            let (_, by) = work(&shared, 0, |_| {
                join(publish, || {
                    payload.bump();
                    place()
                })
            });
            assert_eq!(payload.read(), 1);
            assert_eq!(thief.join().unwrap(), by == Some(1));
            by
        },
    );
}

/// Two threads, bound 3. A half that was stolen: its owner sees what it did and what it gave, and
/// sleeps through neither. Kills: `DONE` without Release, `hand` without Acquire, a thief that
/// tells before it has stored `DONE`, or not at all.
#[test]
fn a_stolen_half_gives_its_result() {
    model("a_stolen_half_gives_its_result", Preemptions(3), 20, || {
        let shared = shared(2);
        let others = shared.clone();
        let thief = spawn(move || work(&others, 1, steal));
        let payload = Payload::new(0);
        let b = || {
            payload.bump();
            Box::new(7)
        };
        let (_, seven) = work(&shared, 0, |_| join(publish, b));
        assert_eq!((*seven, payload.read()), (7, 1));
        thief.join().unwrap();
    });
}

/// Two threads, bound 3. Both halves panic, the second in its thief: the first payload comes out,
/// what the second gave is dropped once, and the frame is used again.
#[test]
fn a_stolen_half_panics() {
    model("a_stolen_half_panics", Preemptions(3), 20, || {
        let shared = shared(2);
        let others = shared.clone();
        let thief = spawn(move || {
            work(&others, 1, |strand| {
                steal(strand);
                steal(strand);
            });
        });
        let drops = DropCount::new();
        work(&shared, 0, |_| {
            let a = || {
                publish();
                throw("a");
            };
            let counted = drops.value(());
            let b = move || {
                let _counted = counted;
                throw("b");
            };
            let payload = caught(|| join(a, b)).unwrap_err();
            assert_eq!(payload.downcast_ref(), Some(&"a"));
            assert_eq!(drops.get(), 1);
            let payload = caught(|| join(publish, || throw("c"))).unwrap_err();
            assert_eq!(payload.downcast_ref(), Some(&"c"));
        });
        thief.join().unwrap();
    });
}

/// Three threads, bound 2: rayon#929, rayon#952. One frame, used for a fork after the other, each
/// taken by another thread: a thief that touches the first after it is `DONE` breaks the second.
/// Kills: a `DONE` that is stored once more after the owner was told.
#[test]
fn a_frame_is_used_again() {
    model("a_frame_is_used_again", Preemptions(2), 50, || {
        let shared = shared(3);
        let thieves = [1, 2].map(|index| {
            let shared = shared.clone();
            spawn(move || work(&shared, index, steal))
        });
        work(&shared, 0, |_| {
            for n in 0..2 {
                let drops = DropCount::new();
                let (_, counted) = join(publish, || drops.value(n));
                assert_eq!((counted.inner, drops.get()), (n, 0));
            }
        });
        for thief in thieves {
            thief.join().unwrap();
        }
    });
}

/// Two threads, bound 2. The half that was stolen splits off another, which only its owner can
/// run: it sleeps, and is woken for it, or finds it. Kills: either fence of `pin` and `help`, a
/// `pin` that does not tell who signed, a waiter that does not sign.
#[test]
fn who_waits_helps_its_thief() {
    model("who_waits_helps_its_thief", Preemptions(2), 50, || {
        let shared = shared(2);
        let pinned = Arc::new(Event::new(false));
        let (others, go) = (shared.clone(), pinned.clone());
        let thief = spawn(move || {
            go.wait();
            work(&others, 1, steal)
        });
        let helped = Event::new(false);
        let stolen = || {
            let waits = || {
                publish();
                // The thief alone can tell whether somebody helps.
                if place() == Some(1) {
                    helped.wait();
                }
            };
            join(waits, || helped.set());
        };
        let waits = || {
            publish();
            pinned.set();
        };
        work(&shared, 0, |_| join(waits, stolen));
        assert!(helped.is_set());
        thief.join().unwrap();
    });
}

/// Two threads, bound 3: rayon#592. The thief of a fork has done it, and splits other work: whoever
/// waited for the first fork runs nothing of that. Kills: a waiter that does not look again
/// whether its fork is done, and one that keeps what it took.
#[test]
fn who_waits_runs_nothing_unrelated() {
    model(
        "who_waits_runs_nothing_unrelated",
        Preemptions(3),
        50,
        || {
            let shared = shared(2);
            let others = shared.clone();
            let thief = spawn(move || {
                work(&others, 1, |strand| {
                    steal(strand);
                    join(publish, || assert_eq!(place(), Some(1)));
                });
            });
            work(&shared, 0, |_| join(publish, || ()));
            thief.join().unwrap();
        },
    );
}

/// Two threads, bound 1: a worker that goes to sleep, and a guest that publishes. Kills: a
/// `publish` that notifies nobody, a `has_work` that does not look at the board, a board that
/// does not look at the places of guests.
#[test]
fn a_fork_is_not_slept_through() {
    model("a_fork_is_not_slept_through", Preemptions(1), 50, || {
        let pool = ThreadPoolExecutor::new(1);
        let begun = Event::new(false);
        let waits = || {
            publish();
            begun.wait();
        };
        let (_, worker) = pool.join(waits, || {
            begun.set();
            place()
        });
        assert_eq!(worker, Some(0));
    });
}

/// Two threads, bound 2: a guest publishes while the pool ends. Its fork is run, by a worker or
/// by itself.
#[test]
fn a_guest_meets_the_end() {
    model("a_guest_meets_the_end", Preemptions(2), 50, || {
        let pool = ThreadPoolExecutor::new(1);
        let handle = pool.handle();
        let payload = Payload::new(0);
        handle.join(
            || {
                publish();
                drop(pool);
            },
            || payload.bump(),
        );
        assert_eq!(payload.read(), 1);
        handle.join(publish, || payload.bump());
        assert_eq!(payload.read(), 2);
    });
}

/// Two threads, bound 2, 405 executions: a guest has the place of one that has gone, and finds it
/// empty: what it publishes there is there to be taken. (Where the two meet, loom may leave it
/// without a place: it does not order a store after the swap that read the store before it.) Kills:
/// an `unseat` that gives nothing back, or without Release; a `seat` without Acquire.
#[test]
fn a_guest_leaves_its_place_to_the_next() {
    model(
        "a_guest_leaves_its_place_to_the_next",
        Preemptions(2),
        50,
        || {
            let shared = shared(1);
            let handle = Handle::new(shared.clone());
            let other = handle.clone();
            let first = spawn(move || _ = other.join(publish, || ()));
            let publishes = || {
                publish();
                assert!(place().is_none() || !shared.forks.is_empty());
            };
            handle.join(publishes, || ());
            first.join().unwrap();
            handle.join(|| assert!(place().is_some()), || ());
        },
    );
}

/// One thread: what nobody takes is run by its owner, whatever is published meanwhile. Kills: a
/// `publish` that pins a fork over another, or forgets those that are newer; a `pop` that leaves in
/// the list what it takes; a half that is lost where the other panics.
#[test]
fn a_strand_runs_what_nobody_takes() {
    model("a_strand_runs_what_nobody_takes", Exhaustive, 1, || {
        let payload = Payload::new(0);
        work(&shared(1), 0, |_| {
            join(|| (), || payload.bump());
            join(|| (), || payload.bump());
            let publishes = || {
                publish();
                publish();
            };
            join(|| join(publishes, || payload.bump()), || payload.bump());
            caught(|| join(|| throw("a"), || payload.bump())).unwrap_err();
        });
        assert_eq!(payload.read(), 5);
    });
}

/// Two threads, bound 1, 7,180 executions: a guest has waited for a fork that was taken, and publishes
/// another. Kills: a guest that does not count any more when it has slept, so that nobody looks at its
/// place.
#[test]
fn a_guest_that_has_slept_is_found() {
    model(
        "a_guest_that_has_slept_is_found",
        Preemptions(1),
        50,
        || {
            let pool = ThreadPoolExecutor::new(1);
            pool.scope(|_| {
                join(publish, || ());
                let begun = Event::new(false);
                let waits = || {
                    publish();
                    begun.wait();
                };
                join(waits, || begun.set());
            });
        },
    );
}

/// Two threads, bound 1, 5,816 executions: who has waited for a thief waits no more, and goes to
/// sleep. What the thief publishes then is a reason to wake somebody. Kills: a waiter that does not
/// sign off.
#[test]
fn who_waits_no_more_is_woken_as_others_are() {
    let name = "who_waits_no_more_is_woken_as_others_are";
    model(name, Preemptions(1), 50, || {
        let (shared, mut sleepers) = shared_with_sleepers(2);
        let over = Arc::new(Event::new(false));
        let (others, go) = (shared.clone(), over.clone());
        let thief = spawn(move || {
            work(&others, 1, |strand| {
                steal(strand);
                go.wait();
                let done = Event::new(false);
                let waits = || {
                    publish();
                    done.wait();
                };
                join(waits, || done.set());
            });
        });
        work(&shared, 0, |strand| {
            join(publish, || ());
            over.set();
            while !steal(strand) {
                let sleeper = &mut sleepers[0];
                shared
                    .sleep
                    .sleep(sleeper, || None, || shared.has_work(), || true);
            }
        });
        thief.join().unwrap();
    });
}
