//! Virtual time: a clock with two readings, before and after.
//!
//! Time does not exist in loom. A deadline is an event that may come at any moment, and a model
//! makes it come by [`expire_all`]: the clock jumps by [`JUMP`], every timed sleeper wakes, and
//! every later reading is past every deadline that lies less than a jump ahead. Let one thread
//! move the clock while *others* release what is waited for, or the race is not explored.

use super::lock::Expire;
use loom::sync::Mutex;
use loom::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub(crate) use std::time::Instant;

/// How far the clock jumps: some 12 days.
pub(crate) const JUMP: Duration = Duration::from_secs(1 << 20);

/// The clock of one execution.
struct Clock {
    /// Whether it has jumped.
    jumped: AtomicBool,
    /// Whoever sleeps until a deadline.
    sleepers: Mutex<Vec<Arc<dyn Expire + Send + Sync>>>,
}

loom::lazy_static! {
    static ref CLOCK: Clock = Clock {
        jumped: AtomicBool::new(false),
        sleepers: Mutex::new(Vec::new()),
    };
}

/// What the clock shows before the jump.
fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

/// Makes the clock of this execution, in the thread that runs the model, before any other thread
/// looks at it.
pub(crate) fn reset() {
    start();
    CLOCK.jumped.load(Ordering::Relaxed);
}

/// The time now.
pub(crate) fn now() -> Instant {
    // ORDERING: Relaxed: time orders nothing.
    if CLOCK.jumped.load(Ordering::Relaxed) {
        start() + JUMP
    } else {
        start()
    }
}

/// Whether `deadline` has passed.
pub(super) fn passed(deadline: Instant) -> bool {
    now() >= deadline
}

/// Counts `sleeper` among those that a jump wakes.
pub(super) fn watch(sleeper: Arc<dyn Expire + Send + Sync>) {
    CLOCK.sleepers.lock().unwrap().push(sleeper);
}

/// Moves the clock past every deadline less than a [`JUMP`] ahead and wakes all timed sleepers.
///
/// Timed waits of this crate then give up; those that start later give up at once.
pub fn expire_all() {
    // ORDERING: Relaxed: a sleeper reads it under the lock that `expire` takes below.
    CLOCK.jumped.store(true, Ordering::Relaxed);
    let sleepers = std::mem::take(&mut *CLOCK.sleepers.lock().unwrap());
    for sleeper in sleepers {
        sleeper.expire();
    }
}
