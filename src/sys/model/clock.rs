//! Virtual time: a clock that jumps once.
//!
//! Time does not exist in loom. A deadline is an event that may come at any moment, and a model
//! makes it come by [`expire_all`]: the clock jumps by [`JUMP`], every timed sleeper wakes, and
//! from then on no deadline less than a jump ahead is waited for: whoever comes with one finds
//! it past. Let one thread move the clock while *others* release what is waited for, or the race
//! is not explored.
//!
//! Time orders nothing here, with one exception: whoever is woken by the jump is ordered after the
//! thread that moves the clock.

use super::halt;
use super::sleep::Sleepers;
use crate::panic::{contain, discard};
use loom::sync::Arc as LoomArc;
use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::task::Waker;
use std::time::Duration;

pub(crate) use std::time::Instant;

/// How far the clock jumps: some 12 days.
pub(crate) const JUMP: Duration = Duration::from_secs(1 << 20);

/// A handle whose dropping is nothing to loom where an execution has failed.
#[derive(Clone)]
struct Hand(ManuallyDrop<LoomArc<()>>);

impl Drop for Hand {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: it is not used again.
            unsafe { ManuallyDrop::drop(&mut self.0) }
        }
    }
}

/// The clock of one execution.
struct Clock {
    /// Has a second handle once the clock has jumped. To count the handles of an `Arc` is the
    /// one way of reading in loom that is never out of date and orders nothing.
    hand: Hand,
    /// What stands behind it. One thread runs at a time, so this lock is always free, and loom
    /// need not know of it.
    state: Mutex<State>,
}

struct State {
    /// The second handle.
    jumped: Option<Hand>,
    /// Whoever sleeps until a deadline.
    sleepers: Vec<Arc<Sleepers>>,
    /// Whom the jump calls, in the order of deadlines and then of numbers.
    alarms: BTreeMap<(Instant, usize), Waker>,
    /// How many alarms there have been.
    numbers: usize,
}

loom::lazy_static! {
    static ref CLOCK: Clock = Clock {
        hand: Hand(ManuallyDrop::new(LoomArc::new(()))),
        state: Mutex::new(State {
            jumped: None,
            sleepers: Vec::new(),
            alarms: BTreeMap::new(),
            numbers: 0,
        }),
    };
}

/// What the clock shows before the jump.
fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

/// What the clock shows before the jump, or after it.
fn reading(jumped: bool) -> Instant {
    match jumped {
        true => start() + JUMP,
        false => start(),
    }
}

/// Whether the clock has jumped (a branch point), and what stands behind it.
fn look() -> (bool, MutexGuard<'static, State>) {
    halt::here();
    let jumped = LoomArc::strong_count(&CLOCK.hand.0) > 1;
    (jumped, CLOCK.state.lock().unwrap())
}

/// Makes the clock of this execution, in the thread that runs the model, before any other thread
/// looks at it.
#[cfg(all(test, feature = "loom"))]
pub(crate) fn reset() {
    let _: &Clock = &CLOCK;
}

/// The time now.
pub(crate) fn now() -> Instant {
    let (jumped, _state) = look();
    reading(jumped)
}

/// The latest time that is over, as those find it who begin to wait for it.
pub(crate) fn horizon() -> Instant {
    let (jumped, _state) = look();
    horizon_at(jumped)
}

/// The horizon before the jump, or after it, when nothing else will bring the time that follows.
fn horizon_at(jumped: bool) -> Instant {
    match jumped {
        true => reading(true) + JUMP,
        false => reading(false),
    }
}

/// What a deadline is to a thread that begins to wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// It is past.
    Over,
    /// The jump brings it.
    Later,
    /// It lies beyond the jump.
    Never,
}

/// What `deadline` is to one of the `sleepers`, who are counted among those whom a jump wakes.
pub(super) fn watch(deadline: Instant, sleepers: &Arc<Sleepers>) -> Due {
    let (jumped, mut state) = look();
    let now = reading(jumped);
    if deadline <= horizon_at(jumped) {
        Due::Over
    } else if deadline <= now + JUMP {
        state.sleepers.push(sleepers.clone());
        Due::Later
    } else {
        Due::Never
    }
}

/// Counts them out, once, if the jump has not woken them. (Not a branch point: to wake one who is
/// up changes nothing.)
pub(super) fn unwatch(sleepers: &Arc<Sleepers>) {
    halt::here();
    let mut state = CLOCK.state.lock().unwrap();
    let place = state
        .sleepers
        .iter()
        .position(|other| Arc::ptr_eq(other, sleepers));
    if let Some(place) = place {
        state.sleepers.swap_remove(place);
    }
}

/// A waker that the jump calls, unless this is dropped before.
#[derive(Debug)]
pub(crate) struct Bell((Instant, usize));

impl Drop for Bell {
    fn drop(&mut self) {
        let (_, mut state) = look();
        let waker = state.alarms.remove(&self.0);
        drop(state);
        discard(waker);
    }
}

/// The jump calls `waker` if it goes past `deadline`; where that is past, it is called now.
#[allow(clippy::unnecessary_wraps, reason = "natively it does nothing")]
pub(crate) fn call_at(deadline: Instant, waker: Waker) -> Result<Bell, Waker> {
    let (jumped, mut state) = look();
    let key = (deadline, state.numbers);
    state.numbers += 1;
    if deadline <= horizon_at(jumped) {
        drop(state);
        contain(|| waker.wake());
    } else {
        state.alarms.insert(key, waker);
    }
    Ok(Bell(key))
}

/// Moves the clock past every deadline less than a [`JUMP`] ahead, wakes all timed sleepers and
/// calls the alarms.
///
/// Timed waits of this crate then give up; those that start later give up at once.
#[allow(unreachable_pub, reason = "public under `rungs_loom` only")]
pub fn expire_all() {
    halt::here();
    // A branch point, and the only one: the jump is one step.
    let second = CLOCK.hand.clone();
    let mut state = CLOCK.state.lock().unwrap();
    // (A clock that has jumped before gives its handle back, which is a branch point again.)
    let before = state.jumped.replace(second);
    for sleepers in std::mem::take(&mut state.sleepers) {
        sleepers.expire();
    }
    let beyond = state.alarms.split_off(&(reading(true), usize::MAX));
    let alarms = std::mem::replace(&mut state.alarms, beyond);
    drop(state);
    drop(before);
    for waker in alarms.into_values() {
        contain(|| waker.wake());
    }
}
