//! The cell: one initialiser at a time, one value, and everybody sees it.

use super::support::{
    Bound::*, CountWaker, DropCount, Payload, model, noop_waker, outcomes, poll_once, spawn,
};
use crate::sync::{OnceCell, TimedOut};
use crate::sys::clock;
use crate::wait::block_on;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

type Cell = Arc<OnceCell<Payload>>;

/// A value that shows whether others see what was written.
fn written(value: usize) -> Payload {
    let payload = Payload::new(0);
    payload.write(value);
    payload
}

/// Two threads, exhaustive, 1,887 executions in the largest. Each way to the value. Kills: `close`
/// that writes with Relaxed; `is_closed` that loads so; a line that is closed before the value is
/// there; waiters that are released before the line is closed.
#[test]
fn the_value_is_seen_as_it_was_written() {
    type Look = fn(&OnceCell<Payload>) -> Option<usize>;
    let looks: [(&str, Look); 5] = [
        ("get", |cell| cell.get().map(Payload::read)),
        ("wait", |cell| Some(cell.wait().read())),
        ("wait_async", |cell| {
            Some(block_on(cell.wait_async()).read())
        }),
        ("get_or_init", |cell| {
            Some(cell.get_or_init(|| written(1)).read())
        }),
        ("get_or_init_async", |cell| {
            Some(block_on(cell.get_or_init_async(|| async { written(1) })).read())
        }),
    ];
    for (name, look) in looks {
        let name = format!("the_value_is_seen_as_it_was_written ({name})");
        model(&name, Exhaustive, 1, move || {
            let cell = Cell::default();
            let setter = cell.clone();
            let setter = spawn(move || _ = setter.set(written(1)));
            assert!(matches!(look(&cell), None | Some(1)));
            setter.join().unwrap();
            assert_eq!(cell.get().unwrap().read(), 1);
        });
    }
}

/// So many threads, and a task, need the value at once.
fn all_need_it(threads: usize) {
    let cell = Cell::default();
    let made = Arc::new(Payload::new(0));
    let threads: Vec<_> = (0..threads)
        .map(|_| {
            let (cell, made) = (cell.clone(), made.clone());
            spawn(move || {
                let value = cell.get_or_init(|| {
                    made.bump();
                    written(7)
                });
                assert_eq!(value.read(), 7);
            })
        })
        .collect();
    let value = block_on(cell.get_or_init_async(|| async {
        made.bump();
        written(7)
    }));
    assert_eq!(value.read(), 7);
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(made.read(), 1);
}

/// Two threads, exhaustive, 3,810 executions. Kills: two permits; an initialiser that does not
/// close.
#[test]
fn one_makes_the_value_for_both() {
    model("one_makes_the_value_for_both", Exhaustive, 952, || {
        all_need_it(1)
    });
}

/// Three threads, bound 2 (at 3 they are 157,162 executions), 19,047 executions. Kills: a `close`
/// that lets only one go.
#[test]
fn one_makes_the_value_for_all() {
    model("one_makes_the_value_for_all", Preemptions(2), 4_761, || {
        all_need_it(2)
    });
}

/// Two threads, exhaustive, 5,035 executions. Those who would make the value exclude each other,
/// and the second sees what the first left when it failed. Kills: a failure that keeps the permit.
#[test]
fn a_failure_lets_the_next_try() {
    outcomes(
        "a_failure_lets_the_next_try",
        Exhaustive,
        1_258,
        [Ok(1), Err(0)],
        || {
            let cell = Cell::default();
            let tries = Arc::new(Payload::new(0));
            let (other, failing) = (cell.clone(), tries.clone());
            let other = spawn(move || {
                let failed = other.get_or_try_init(|| Err(failing.bump()));
                failed.map(Payload::read)
            });
            let value = cell.get_or_init(|| {
                tries.bump();
                written(1)
            });
            assert_eq!(value.read(), 1);
            other.join().unwrap()
        },
    );
}

/// Two threads, exhaustive, 103 executions: tokio#3652, tokio#8260. An initialiser is dropped
/// half-way while another waits for its turn. Kills: a future that keeps the permit when it is
/// dropped.
#[test]
fn a_dropped_initialiser_lets_the_next_try() {
    let name = "a_dropped_initialiser_lets_the_next_try";
    model(name, Exhaustive, 25, || {
        let cell = Cell::default();
        let touched = Arc::new(Payload::new(0));
        let mut half = Box::pin(cell.get_or_init_async(|| async {
            touched.write(1);
            std::future::pending().await
        }));
        assert!(poll_once(half.as_mut(), &noop_waker()).is_pending());
        let (other, seen) = (cell.clone(), touched.clone());
        let other = spawn(move || {
            let value = other.get_or_init(|| written(seen.bump()));
            value.read()
        });
        drop(half);
        assert_eq!(other.join().unwrap(), 1);
        assert_eq!(cell.get().map(Payload::read), Some(1));
    });
}

/// Two threads, exhaustive, 370 executions: tokio#7996, shuttle#167. The next in line goes away
/// while its turn comes; the one behind it has it. Kills: an `abandon` that keeps the grant.
#[test]
fn a_dropped_waiter_passes_its_turn_on() {
    model(
        "a_dropped_waiter_passes_its_turn_on",
        Exhaustive,
        92,
        || {
            let cell = Cell::default();
            let waker = CountWaker::new();
            let never = || std::future::pending::<Payload>();
            let mut first = Box::pin(cell.get_or_init_async(never));
            let mut second = Box::pin(cell.get_or_init_async(never));
            let mut third = Box::pin(cell.get_or_init_async(|| async { written(3) }));
            assert!(poll_once(first.as_mut(), &waker.waker()).is_pending());
            assert!(poll_once(second.as_mut(), &waker.waker()).is_pending());
            assert!(poll_once(third.as_mut(), &waker.waker()).is_pending());
            let other = cell.clone();
            let other = spawn(move || other.try_set(written(4)).is_ok());
            drop(first);
            drop(second);
            assert!(!other.join().unwrap(), "nobody passes the line");
            let Poll::Ready(value) = poll_once(third.as_mut(), &noop_waker()) else {
                panic!("its turn");
            };
            assert_eq!(value.read(), 3);
            assert_eq!(waker.held(), 0);
        },
    );
}

/// Three threads, bound 3, 2,414 executions. One value is set; the other comes back. Kills: a `set`
/// that writes without the permit.
#[test]
fn one_of_two_values_is_set() {
    outcomes(
        "one_of_two_values_is_set",
        Preemptions(3),
        603,
        [1, 2],
        || {
            let cell = Cell::default();
            let threads = [1, 2].map(|value| {
                let cell = cell.clone();
                spawn(move || match cell.set(written(value)) {
                    Ok(()) => None,
                    Err(mine) => Some(mine.bump()),
                })
            });
            let early = cell.get().map(Payload::read);
            let back = threads.map(|thread| thread.join().unwrap());
            let set = cell.get().unwrap().read();
            assert!(early.is_none() || early == Some(set));
            assert_eq!(
                back,
                if set == 1 {
                    [None, Some(2)]
                } else {
                    [Some(1), None]
                }
            );
            set
        },
    );
}

/// Three threads, bound 3, 1,775 executions. Kills: a second line that stays shut.
#[test]
fn a_timeout_races_the_value() {
    outcomes(
        "a_timeout_races_the_value",
        Preemptions(3),
        443,
        [Ok(1), Err(())],
        || {
            let cell = Cell::default();
            let [waiter, setter] = [cell.clone(), cell.clone()];
            let waiter = spawn(move || waiter.wait_timeout(LATER).map(Payload::read));
            let setter = spawn(move || assert!(setter.set(written(1)).is_ok()));
            clock::expire_all();
            let waited = waiter.join().unwrap();
            setter.join().unwrap();
            waited.map_err(|TimedOut| ())
        },
    );
}

/// Two threads, exhaustive, 1,080 executions. The value is dropped once, with the cell, by whoever
/// has it last; what is taken is not dropped with it.
#[test]
fn the_value_is_dropped_once() {
    model("the_value_is_dropped_once", Exhaustive, 270, || {
        let drops = DropCount::new();
        let cell = Arc::new(OnceCell::new());
        let (other, value) = (cell.clone(), drops.value(written(1)));
        let other = spawn(move || assert!(other.set(value).is_ok()));
        let waker = CountWaker::new();
        {
            let mut wait = pin!(cell.wait_async());
            let _ = poll_once(wait.as_mut(), &waker.waker());
        }
        other.join().unwrap();
        let mut cell = Arc::into_inner(cell).expect("the last handle");
        let value = cell.take().unwrap();
        assert_eq!((value.inner.bump(), drops.get()), (1, 0));
        assert!(cell.get().is_none() && cell.set(value).is_ok());
        drop(cell);
        assert_eq!((drops.get(), waker.held()), (1, 0));
    });
}

/// One thread: asyncband#41. A waker that looks into the cell, from inside `set`, finds the value.
/// Kills: waiters of the second line that are released before the first is closed.
#[test]
fn a_waker_finds_the_value() {
    struct Look(Cell, AtomicUsize);

    impl std::task::Wake for Look {
        fn wake(self: Arc<Self>) {
            self.1.store(self.0.get().unwrap().read(), SeqCst);
            assert!(self.0.set(Payload::new(0)).is_err());
        }
    }

    model("a_waker_finds_the_value", Exhaustive, 1, || {
        let cell = Cell::default();
        let look = Arc::new(Look(cell.clone(), AtomicUsize::new(0)));
        let mut waits = pin!(cell.wait_async());
        let waker = look.clone().into();
        assert!(poll_once(waits.as_mut(), &waker).is_pending());
        assert!(cell.set(written(7)).is_ok());
        assert_eq!(look.1.load(SeqCst), 7);
        assert!(poll_once(waits.as_mut(), &noop_waker()).is_ready());
    });
}
