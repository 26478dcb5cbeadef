//! A promise between who sets it, who waits for it and who cancels it.

use super::support::{Bound::*, DropCount, Payload, model, outcomes};
use crate::future::{Promise, TaskError, block_on};
use loom::thread;
use std::sync::Arc;

/// Two threads, exhaustive (83 executions). The value is in one place in the end: with who waits, or back with
/// who set it (tokio#4225). Kills: a settlement without a compare-exchange, a `set` that
/// drops the value, a `cancel` that does not settle.
#[test]
fn a_promise_is_set_or_cancelled() {
    outcomes(
        "a_promise_is_set_or_cancelled",
        Exhaustive,
        5,
        [true, false],
        || {
            let drops = DropCount::new();
            let (promise, future) = Promise::new();
            let value = drops.value(7);
            let setter = thread::spawn(move || promise.set_result(value));
            let cancelled = future.cancel();
            assert_eq!(future.is_cancelled(), cancelled);
            let outcome = block_on(future);
            let back = setter.join().unwrap();
            assert_eq!(drops.get(), 0);
            assert_eq!(back.is_err(), cancelled);
            match outcome {
                Ok(value) => assert!(!cancelled && value.inner == 7),
                Err(TaskError::Cancelled) => assert!(cancelled),
                Err(other) => panic!("{other}"),
            }
            drop(back);
            assert_eq!(drops.get(), 1);
            cancelled
        },
    );
}

/// Two threads, exhaustive (154 executions). What was written before is seen by who waits (tokio#2087). Kills: a
/// settlement that publishes nothing.
#[test]
fn a_value_comes_with_what_was_written_before() {
    model(
        "a_value_comes_with_what_was_written_before",
        Exhaustive,
        5,
        || {
            let payload = Arc::new(Payload::new(0));
            let (promise, future) = Promise::new();
            let written = payload.clone();
            let setter = thread::spawn(move || {
                written.write(1);
                promise.set_result(7).unwrap();
            });
            assert_eq!(block_on(future).unwrap(), 7);
            assert_eq!(payload.read(), 1);
            setter.join().unwrap();
        },
    );
}

/// Two threads, exhaustive (154 executions). Kills: a drop that does not settle.
#[test]
fn a_promise_that_is_dropped_lets_nobody_wait() {
    model(
        "a_promise_that_is_dropped_lets_nobody_wait",
        Exhaustive,
        5,
        || {
            let (promise, future) = Promise::<u32>::new();
            let dropper = thread::spawn(move || drop(promise));
            assert!(matches!(block_on(future), Err(TaskError::Broken)));
            dropper.join().unwrap();
        },
    );
}

/// Two threads, exhaustive (60 executions). A callback that is registered while the future is cancelled is
/// called once; if the promise was dropped in time, never. Kills: a `cancel` that tells nobody,
/// a registration that does not look whether it came too late.
#[test]
fn a_promise_is_told_of_its_cancellation() {
    outcomes(
        "a_promise_is_told_of_its_cancellation",
        Exhaustive,
        5,
        [true, false],
        || {
            let called = Arc::new(Payload::new(0));
            let (promise, future) = Promise::<u32>::new();
            let call = called.clone();
            let producer = thread::spawn(move || {
                promise.on_cancel(move || _ = call.bump());
                promise.is_cancelled()
            });
            let cancelled = future.cancel();
            producer.join().unwrap();
            assert_eq!(called.read(), usize::from(cancelled));
            cancelled
        },
    );
}
