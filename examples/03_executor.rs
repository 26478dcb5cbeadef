//! Rung 3, executor: hand over functions, get futures; as `concurrent.futures` in Python.
//!
//! It counts primes, in parallel and in order, and shows what a `TaskFuture` can do: give the
//! result, give a panic, be waited for with a timeout, be cancelled, be awaited.
//!
//! ```text
//! cargo run --example 03_executor
//! ```
//!
//! The panic message that it prints is part of the show.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use rungs::executor::ThreadPoolExecutor;
use rungs::future::{TaskError, block_on};
use rungs::sync::Event;

fn primes(range: Range<u32>) -> usize {
    let is_prime = |n: u32| n > 1 && (2..n).take_while(|d| d * d <= n).all(|d| n % d != 0);
    range.filter(|&n| is_prime(n)).count()
}

fn main() -> Result<(), TaskError> {
    let executor = ThreadPoolExecutor::new(4);
    let first = executor.submit(|| primes(0..10_000));
    let counts = executor.map((0..10).map(|i| i * 10_000..(i + 1) * 10_000), primes);
    let counts = counts.collect::<Result<Vec<_>, _>>()?;
    assert_eq!(first.result()?, counts[0]);
    assert_eq!(counts.iter().sum::<usize>(), 9_592);
    println!("primes below 100000, by ten thousands: {counts:?}");

    assert_eq!(block_on(executor.submit(|| 6 * 7))?, 42); // or `.await`
    match executor.submit(|| -> u32 { panic!("a bug") }).result() {
        Err(TaskError::Panicked(payload)) => assert_eq!(payload.message(), "a bug"),
        _ => unreachable!("it panics"),
    }

    let (started, gate) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    let (start, pass) = (Arc::clone(&started), Arc::clone(&gate));
    let single = ThreadPoolExecutor::new(1);
    let slow = single.submit(move || {
        start.set();
        pass.wait();
    });
    started.wait();
    let queued = single.submit(|| unreachable!("cancelled before it ran"));
    let slow = slow
        .result_timeout(Duration::from_millis(10))
        .expect_err("still at the gate");
    assert!(queued.cancel() && queued.is_cancelled());
    assert!(!slow.cancel(), "what runs cannot be cancelled");
    gate.set();
    slow.result()?;
    println!("awaited one, caught a panic, timed out on one, cancelled another");
    Ok(())
}
