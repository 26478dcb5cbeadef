//! Rung 1, deadlock: five philosophers at a round table, five forks, two needed to eat.
//!
//! Who takes first the left fork, then the right one, dines well until one day all five hold
//! their left fork and wait for their neighbour's, for ever. Here that day comes at once, and
//! they have only so much patience. Two cures follow: an order of the forks, and a waiter.
//!
//! ```text
//! cargo run --example dining_philosophers
//! cargo run --example dining_philosophers --features diagnostics
//! ```
//!
//! With the feature, the circle of locks is named before anybody waits, with the place where each
//! lock was taken and where the next one was wanted.

use rungs::sync::{Mutex, Semaphore};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

const NAMES: [&str; 5] = ["Plato", "Hypatia", "Descartes", "Arendt", "Kant"];
const SEATS: usize = NAMES.len();
/// How often each eats.
const MEALS: usize = 200;
/// How long one waits for the second fork who fears the worst.
const PATIENCE: Duration = Duration::from_millis(50);

/// A fork knows how often it was used.
type Fork = Mutex<usize>;

/// Seats all philosophers, and gives what each of them returns.
fn dine<R: Send>(philosopher: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let philosopher = &philosopher;
    thread::scope(|scope| {
        let mut seated = Vec::new();
        for (seat, name) in NAMES.into_iter().enumerate() {
            let thread = thread::Builder::new().name(name.into());
            let thread = thread.spawn_scoped(scope, move || philosopher(seat));
            seated.push(thread.expect("a thread can be started"));
        }
        let results = seated.into_iter().map(|thread| thread.join());
        results
            .map(|result| result.expect("nobody chokes"))
            .collect()
    })
}

fn all_ate(forks: [Fork; SEATS]) {
    for fork in forks {
        assert_eq!(
            fork.into_inner(),
            2 * MEALS,
            "each fork serves two philosophers"
        );
    }
}

/// First the left fork, then the right one. True for those who ate.
fn naive() -> Vec<bool> {
    let forks: [Fork; SEATS] = Default::default();
    let everybody = Barrier::new(SEATS);
    dine(|seat| {
        let mut left = forks[seat].lock();
        everybody.wait(); // it would need bad luck; this is bad luck
        let right = forks[(seat + 1) % SEATS].lock_timeout(PATIENCE);
        let Some(mut right) = right else {
            return false;
        };
        *left += 1;
        *right += 1;
        true
    })
}

/// First the fork with the lower number: the last philosopher begins on the right, and no circle
/// closes.
fn in_order() {
    let forks: [Fork; SEATS] = Default::default();
    dine(|seat| {
        let (left, right) = (seat, (seat + 1) % SEATS);
        let (first, second) = (left.min(right), left.max(right));
        for _ in 0..MEALS {
            let (mut one, mut other) = (forks[first].lock(), forks[second].lock());
            *one += 1;
            *other += 1;
        }
    });
    all_ate(forks);
}

/// A waiter lets four sit down at once: one of them finds both forks free.
fn with_a_waiter() {
    let forks: [Fork; SEATS] = Default::default();
    let waiter = Semaphore::new(SEATS - 1);
    dine(|seat| {
        for _ in 0..MEALS {
            let _chair = waiter.acquire().expect("the waiter never closes");
            let mut left = forks[seat].lock();
            let mut right = forks[(seat + 1) % SEATS].lock();
            *left += 1;
            *right += 1;
        }
    });
    all_ate(forks);
}

/// Circles of locks that were reported since the last look.
#[cfg(feature = "diagnostics")]
mod circles {
    use rungs::sync::{Mutex, diagnostics};

    static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

    pub(crate) fn watch() {
        diagnostics::set_lock_order_hook(|report| REPORTS.lock().push(report.to_string()));
    }

    /// `None` where nobody looks for them.
    pub(crate) fn take() -> Option<Vec<String>> {
        let reports = std::mem::take(&mut *REPORTS.lock());
        diagnostics::watches_order().then_some(reports)
    }
}

#[cfg(not(feature = "diagnostics"))]
mod circles {
    pub(crate) fn watch() {}

    pub(crate) fn take() -> Option<Vec<String>> {
        None
    }
}

fn main() {
    circles::watch();

    let ate = naive();
    let gave_up = ate.iter().filter(|ate| !**ate).count();
    assert!(
        gave_up > 0,
        "all hold their left fork: somebody has to give up"
    );
    println!(
        "left, then right: {gave_up} of {SEATS} lost patience; without a timeout, all wait for ever"
    );
    match circles::take() {
        Some(reports) => {
            assert_eq!(reports.len(), 1, "one circle, reported once");
            println!("{}", reports[0]);
        }
        None => {
            println!("  (a debug build with `--features diagnostics` names the locks and places)")
        }
    }

    in_order();
    println!("in the order of the forks: each ate {MEALS} times");
    assert!(circles::take().is_none_or(|reports| reports.is_empty()));

    with_a_waiter();
    println!("with a waiter: each ate {MEALS} times");
    if circles::take().is_some_and(|reports| !reports.is_empty()) {
        println!(
            "  (the forks are still taken in a circle, and reported: locks know of no waiter)"
        );
    }
}
