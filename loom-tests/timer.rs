//! Models of `wait::timer`.
//!
//! Most are of the [`Timer`] itself, with its thread, which natively stands behind
//! `wait::wake_at`; each makes one of its own. Its sleeper is one thread more; it ends when the
//! clock has jumped and nothing is left, and a model that it does not end in deadlocks. On the
//! model face `wait::wake_at` asks the clock; the last models are of that.

use super::support::{Bound::*, CountWaker, Payload, model, noop_waker, outcomes, spawn, throw};
use crate::sync::Event;
use crate::sys::clock::{self, JUMP};
use crate::sys::thread::JoinHandle;
use crate::wait::{Timer, wake_at};
use std::cell::RefCell;
use std::io;
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(1);
const IDLE: Duration = Duration::from_secs(10);

thread_local! {
    /// The sleepers of this execution.
    static SLEEPERS: RefCell<Vec<JoinHandle<()>>> = const { RefCell::new(Vec::new()) };
}

/// Runs `f` with a timer of its own, and waits for the sleepers to end. (The timer is leaked: it
/// is meant to be a static.)
fn with_timer<R>(f: impl FnOnce(&'static Timer) -> R) -> R {
    let timer = Timer::new(IDLE, |timer| {
        let sleeper = spawn(|| timer.serve());
        SLEEPERS.with_borrow_mut(|all| all.push(sleeper));
        Ok(())
    });
    let result = f(Box::leak(Box::new(timer)));
    while let Some(sleeper) = SLEEPERS.with_borrow_mut(Vec::pop) {
        sleeper.join().unwrap();
    }
    result
}

fn soon() -> Instant {
    clock::now() + SOON
}

/// A time that no jump brings.
fn far() -> Instant {
    clock::now() + JUMP * 4
}

/// What a waker does that somebody waits for.
struct Bell {
    rung: Event,
    /// Counts the calls, which must not be at the same time.
    calls: Payload,
}

impl Bell {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            rung: Event::new(false),
            calls: Payload::new(0),
        })
    }

    /// Waits for the call; which must not come twice.
    fn wait(&self) {
        self.rung.wait();
        assert_eq!(self.calls.read(), 1);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.calls.bump();
        self.rung.set();
    }
}

/// A waker that panics.
struct Throwing;

impl Wake for Throwing {
    fn wake(self: Arc<Self>) {
        throw("rung");
    }
}

/// Two threads, exhaustive, 8,680 executions. The clock jumps before, while and after the sleeper
/// falls asleep. Kills: a sleeper that is not started; one that stays when nothing is left (a
/// deadlock).
#[test]
fn an_alarm_is_called_and_the_sleeper_ends() {
    let name = "an_alarm_is_called_and_the_sleeper_ends";
    model(name, Exhaustive, 2_500, || {
        let bell = Bell::new();
        // Written here, read and written by the sleeper, read here.
        bell.calls.write(0);
        with_timer(|timer| {
            let _alarm = timer.wake_at(soon(), bell.clone().into()).unwrap();
            clock::expire_all();
            bell.wait();
        });
    });
}

/// Two threads, bound 3, 864 executions. The sleeper is asleep until a time that never comes,
/// or about to be. Kills: an earlier alarm that does not rouse it; one that rouses it while
/// another is to be waited for first (`until > time` turned round); a last cancel that leaves it
/// asleep (a deadlock).
#[test]
fn an_earlier_alarm_rouses_the_sleeper() {
    let name = "an_earlier_alarm_rouses_the_sleeper";
    model(name, Preemptions(3), 250, || {
        with_timer(|timer| {
            let bell = Bell::new();
            let wakes = CountWaker::new();
            let late = timer.wake_at(far(), wakes.waker()).unwrap();
            let _alarm = timer.wake_at(soon(), bell.clone().into()).unwrap();
            clock::expire_all();
            bell.wait();
            assert_eq!(wakes.wakes(), 0);
            drop(late);
            assert_eq!(wakes.held(), 0, "the memory is given back at once");
        });
    });
}

/// Two threads, a second sleeper where the first has ended, bound 3, 996 executions. The alarm comes
/// while the sleeper looks, rests, ends or has ended. Kills: a sleeper that ends without a look
/// under the lock; one that does not say that it ends.
#[test]
fn an_alarm_set_while_the_sleeper_ends_is_called() {
    let name = "an_alarm_set_while_the_sleeper_ends_is_called";
    model(name, Preemptions(3), 250, || {
        with_timer(|timer| {
            let wakes = CountWaker::new();
            drop(timer.wake_at(soon(), wakes.waker()).unwrap());
            clock::expire_all();
            let bell = Bell::new();
            let _alarm = timer.wake_at(soon(), bell.clone().into()).unwrap();
            bell.wait();
            assert_eq!((wakes.wakes(), wakes.held()), (0, 0));
        });
    });
}

/// Two threads and a sleeper, bound 2, 3,254 executions. Kills: an alarm that finds a sleeper starting
/// and starts another.
#[test]
fn alarms_set_at_the_same_time_are_both_called() {
    let name = "alarms_set_at_the_same_time_are_both_called";
    model(name, Preemptions(2), 1_000, || {
        with_timer(|timer| {
            let bells = [Bell::new(), Bell::new()];
            let other = bells[1].clone();
            let at = soon();
            let thread = spawn(move || timer.wake_at(at, other.into()).unwrap());
            let _alarm = timer.wake_at(at, bells[0].clone().into()).unwrap();
            let _other = thread.join().unwrap();
            assert_eq!(SLEEPERS.with_borrow(Vec::len), 1);
            clock::expire_all();
            bells.iter().for_each(|bell| bell.wait());
        });
    });
}

/// Two threads and a sleeper, bound 3, 10,878 executions. Kills: a cancelled alarm that stays and is called;
/// one whose waker is kept.
#[test]
fn a_cancelled_alarm_is_called_before_or_not_at_all() {
    let name = "a_cancelled_alarm_is_called_before_or_not_at_all";
    outcomes(name, Preemptions(3), 3_000, [0, 1], || {
        with_timer(|timer| {
            let wakes = CountWaker::new();
            let alarm = timer.wake_at(soon(), wakes.waker()).unwrap();
            let thread = spawn(clock::expire_all);
            drop(alarm);
            thread.join().unwrap();
            // What comes later comes after it: the sleeper is done with it by then.
            let bell = Bell::new();
            let _alarm = timer.wake_at(clock::now(), bell.clone().into()).unwrap();
            bell.wait();
            assert_eq!(wakes.held(), 0);
            wakes.wakes()
        })
    });
}

/// Two threads, bound 3, 3,566 executions. Kills: a sleeper that dies of a waker; one that takes out
/// more than a batch holds.
#[test]
fn a_waker_that_panics_costs_no_other_alarm() {
    let name = "a_waker_that_panics_costs_no_other_alarm";
    model(name, Preemptions(3), 1_000, || {
        with_timer(|timer| {
            let at = soon();
            let _alarms = [(); 9].map(|()| timer.wake_at(at, Arc::new(Throwing).into()).unwrap());
            let bell = Bell::new();
            let _alarm = timer.wake_at(at, bell.clone().into()).unwrap();
            clock::expire_all();
            bell.wait();
        });
    });
}

/// A waker that sets another alarm.
struct Again(&'static Timer, Arc<Bell>);

impl Wake for Again {
    fn wake(self: Arc<Self>) {
        let alarm = self.0.wake_at(clock::now(), self.1.clone().into());
        std::mem::forget(alarm.unwrap());
    }
}

/// Two threads, exhaustive, 8,680 executions. Kills: a call under the lock.
#[test]
fn a_waker_may_set_an_alarm() {
    model("a_waker_may_set_an_alarm", Exhaustive, 2_500, || {
        with_timer(|timer| {
            let bell = Bell::new();
            let again = Waker::from(Arc::new(Again(timer, bell.clone())));
            let _alarm = timer.wake_at(soon(), again).unwrap();
            clock::expire_all();
            bell.wait();
        });
    });
}

/// Two threads, bound 3, 6,144 executions. Kills: a sleeper that ends without a rest; one that does not
/// look before it sleeps; an alarm that starts another where one rests.
#[test]
fn a_sleeper_that_rests_serves_the_next_alarm() {
    let name = "a_sleeper_that_rests_serves_the_next_alarm";
    model(name, Preemptions(3), 2_000, || {
        with_timer(|timer| {
            for _ in 0..2 {
                let bell = Bell::new();
                let _alarm = timer.wake_at(clock::now(), bell.clone().into()).unwrap();
                bell.wait();
            }
            assert_eq!(SLEEPERS.with_borrow(Vec::len), 1);
            clock::expire_all();
        });
    });
}

/// Two threads, bound 4, 8,748 executions. An alarm is set and taken back while the sleeper rests. Kills: one
/// that takes being roused for the end of its rest, and ends.
#[test]
fn a_sleeper_that_is_roused_for_nothing_rests_on() {
    let name = "a_sleeper_that_is_roused_for_nothing_rests_on";
    model(name, Preemptions(4), 2_500, || {
        with_timer(|timer| {
            drop(timer.wake_at(far(), noop_waker()).unwrap());
            drop(timer.wake_at(soon(), noop_waker()).unwrap());
            let bell = Bell::new();
            let _alarm = timer.wake_at(clock::now(), bell.clone().into()).unwrap();
            bell.wait();
            assert_eq!(SLEEPERS.with_borrow(Vec::len), 1);
            clock::expire_all();
        });
    });
}

/// A waker that asks for an alarm when it is dropped.
struct Last(&'static Timer);

impl Wake for Last {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Last {
    fn drop(&mut self) {
        drop(self.0.wake_at(soon(), noop_waker()));
    }
}

/// Two threads, bound 2, 18 executions. Kills (deadlocks): a waker that is dropped under the lock, where
/// its alarm is cancelled, and where there is no thread.
#[test]
fn a_waker_may_set_an_alarm_when_it_is_dropped() {
    let name = "a_waker_may_set_an_alarm_when_it_is_dropped";
    model(name, Preemptions(2), 10, || {
        let bare = Timer::new(IDLE, |_| Err(io::ErrorKind::WouldBlock.into()));
        let bare = Box::leak(Box::new(bare));
        assert!(bare.wake_at(soon(), Arc::new(Last(bare)).into()).is_err());
        with_timer(|timer| {
            drop(timer.wake_at(soon(), Arc::new(Last(timer)).into()).unwrap());
            clock::expire_all();
        });
    });
}

/// Two threads, exhaustive, 16 executions. Kills (in the model face): a jump that leaves alarms,
/// or calls those that it does not reach; a cancel that does not.
#[test]
fn the_clock_of_a_model_calls_alarms() {
    let name = "the_clock_of_a_model_calls_alarms";
    outcomes(name, Exhaustive, 5, [0, 1], || {
        let wakes = [(); 3].map(|()| CountWaker::new());
        let set = |n: usize, at| wake_at(at, wakes[n].waker()).unwrap();
        let (cancelled, late) = (set(0, soon()), set(1, far()));
        let thread = spawn(clock::expire_all);
        drop(cancelled);
        let _alarm = set(2, soon());
        thread.join().unwrap();
        assert_eq!([wakes[1].wakes(), wakes[2].wakes()], [0, 1]);
        drop(late);
        assert!(wakes.iter().all(|wakes| wakes.held() == 0));
        wakes[0].wakes()
    });
}
