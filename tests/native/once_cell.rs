//! The cell and the lazy value, natively: failures, panics, drops, crowds.

use rungs::future::block_on;
use rungs::sync::{Barrier, Lazy, OnceCell, TimedOut};
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

const CROWD: usize = 10_000;

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn panics(f: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

#[test]
fn a_crowd_makes_one_value() {
    const THREADS: usize = 8;
    for _ in 0..50 {
        let cell = OnceCell::new();
        let made = AtomicUsize::new(0);
        let start = Barrier::new(THREADS);
        thread::scope(|s| {
            for i in 0..THREADS {
                let (cell, made, start) = (&cell, &made, &start);
                s.spawn(move || {
                    start.wait().unwrap();
                    let make = || made.fetch_add(1, Relaxed);
                    let value = match i % 3 {
                        0 => cell.get_or_init(make),
                        1 => block_on(cell.get_or_init_async(|| async { make() })),
                        _ => cell.wait(),
                    };
                    assert_eq!(*value, 0);
                });
            }
        });
        assert_eq!(made.into_inner(), 1);
    }
}

#[test]
fn ten_thousand_tasks_wait_for_one_initialiser() {
    let cell = OnceCell::new();
    let mut first = Box::pin(cell.get_or_init_async(|| async {
        yield_once().await;
        7
    }));
    assert!(poll(first.as_mut()).is_pending());
    let mut makers: Vec<_> = (0..CROWD)
        .map(|_| Box::pin(cell.get_or_init_async(pending)))
        .collect();
    let mut waiters: Vec<_> = (0..CROWD).map(|_| Box::pin(cell.wait_async())).collect();
    assert!(makers.iter_mut().all(|f| poll(f.as_mut()).is_pending()));
    assert!(waiters.iter_mut().all(|f| poll(f.as_mut()).is_pending()));
    makers.truncate(CROWD / 2);
    waiters.drain(..CROWD / 2);
    assert_eq!(poll(first.as_mut()), Poll::Ready(&7));
    assert!(
        makers
            .iter_mut()
            .all(|f| poll(f.as_mut()) == Poll::Ready(&7))
    );
    assert!(
        waiters
            .iter_mut()
            .all(|f| poll(f.as_mut()) == Poll::Ready(&7))
    );
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|_| match std::mem::replace(&mut yielded, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

#[test]
fn a_panic_lets_the_next_try() {
    let cell = OnceCell::new();
    assert!(panics(|| _ = cell.get_or_init(|| panic!("no"))));
    assert!(panics(
        || _ = block_on(cell.get_or_init_async(|| async { panic!("no") }))
    ));
    assert!(panics(|| _ = block_on(cell.get_or_init_async(
        || -> std::future::Ready<i32> { panic!("before there is a future") }
    ))));
    assert_eq!(cell.get(), None);
    // Somebody waits in line while the initialiser panics.
    let mut next = Box::pin(cell.get_or_init_async(|| async { 2 }));
    assert!(panics(|| {
        cell.get_or_init(|| {
            assert!(poll(next.as_mut()).is_pending());
            panic!("no")
        });
    }));
    assert_eq!(cell.try_set(3), Err(3), "the turn is that of the next");
    assert_eq!(poll(next.as_mut()), Poll::Ready(&2));
}

/// tokio#3652: dropped before its first poll, half-way, with its turn granted.
#[test]
fn a_dropped_initialiser_lets_the_next_try() {
    let cell = OnceCell::new();
    drop(cell.get_or_init_async(|| async { 1 }));
    let mut half = Box::pin(cell.get_or_init_async(pending));
    assert!(poll(half.as_mut()).is_pending());
    let mut granted = Box::pin(cell.get_or_init_async(|| async { 2 }));
    let mut last = Box::pin(cell.get_or_init_async(|| async { 3 }));
    assert!(poll(granted.as_mut()).is_pending());
    assert!(poll(last.as_mut()).is_pending());
    drop(half);
    drop(granted);
    assert_eq!(poll(last.as_mut()), Poll::Ready(&3));
}

#[test]
fn errors_and_values_come_back() {
    let cell = OnceCell::new();
    assert_eq!(cell.get_or_try_init(|| Err("no")), Err("no"));
    assert_eq!(
        block_on(cell.get_or_try_init_async(|| async { Err("no") })),
        Err("no")
    );
    assert_eq!(cell.set(1), Ok(()));
    assert_eq!((cell.set(2), cell.try_set(3)), (Err(2), Err(3)));
    assert_eq!(cell.get_or_try_init(|| Err("no")), Ok(&1));
}

#[test]
fn waiting_makes_nothing_and_times_out() {
    let cell = OnceCell::<u8>::new();
    assert_eq!(cell.wait_timeout(Duration::ZERO), Err(TimedOut));
    assert_eq!(cell.wait_deadline(Instant::now()), Err(TimedOut));
    for _ in 0..CROWD {
        assert!(poll(pin!(cell.wait_async())).is_pending());
    }
    thread::scope(|s| {
        let waiter = s.spawn(|| cell.wait_timeout(Duration::MAX));
        cell.set(1).unwrap();
        assert_eq!(waiter.join().unwrap(), Ok(&1));
    });
}

/// The traits, each with an empty cell and a set one.
#[test]
fn a_cell_is_cloned_compared_and_shown() {
    let (empty, set) = (OnceCell::<u8>::default(), OnceCell::from(7));
    assert_eq!(empty, empty.clone());
    assert_eq!(set, set.clone());
    assert_ne!(empty, set);
    assert_eq!(format!("{empty:?} {set:?}"), "OnceCell(..) OnceCell(7)");
    let mut taken = set.clone();
    assert_eq!(
        (taken.take(), taken.take(), taken.get_mut()),
        (Some(7), None, None)
    );
    assert_eq!(taken.get_or_init(|| 8), &8);
    assert_eq!((empty.into_inner(), taken.into_inner()), (None, Some(8)));
    let cell = OnceCell::new();
    cell.get_or_init(|| {
        assert_eq!(format!("{cell:?}"), "OnceCell(..)", "it does not wait");
        1
    });
}

#[test]
fn a_value_is_dropped_once() {
    let value = Arc::new(());
    let cell = OnceCell::from(value.clone());
    let other = cell.clone();
    assert_eq!(Arc::strong_count(&value), 3);
    drop((cell, other));
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_lazy_value_is_made_at_the_first_look_and_after_a_panic() {
    static TRIES: AtomicUsize = AtomicUsize::new(0);
    static LAZY: Lazy<String> = Lazy::new(|| {
        assert!(TRIES.fetch_add(1, Relaxed) > 0, "the first time");
        "made".to_owned()
    });
    assert_eq!(Lazy::get(&LAZY), None);
    assert_eq!(format!("{LAZY:?}"), "Lazy(..)");
    assert!(panics(|| _ = LAZY.len()));
    assert_eq!(block_on(Lazy::force_async(&LAZY)), "made");
    assert_eq!((LAZY.as_str(), TRIES.load(Relaxed)), ("made", 2));
    assert_eq!(format!("{LAZY:?}"), "Lazy(\"made\")");
    assert_eq!(*Lazy::<u8>::default(), 0);
}
