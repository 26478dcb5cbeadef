//! Alarms: wakers that are called when their time has come.
//!
//! For what must happen at a time although nobody waits for it: a task that is due again, an item
//! whose delay is over. (Who *waits* until a deadline sleeps until then, and needs no alarm.)
//!
//! One thread in the process, the **sleeper**, sleeps until the earliest deadline, and now and then wakes
//! before it, to turn the [`Wheel`]. It is started
//! for the first alarm, woken only for one that is earlier than those before, and ends when there
//! has been none for [`IDLE`]; the next starts another. Nobody joins it, so it keeps no process
//! from exiting. (A process that is forked has no sleeper, and its alarms are not called.)
//!
//! On the model face the virtual clock calls alarms itself, when it is moved; the [`Timer`] has
//! models of its own.
//!
//! # Invariants (whenever the lock is free)
//!
//! 1. Where there are alarms, there is a sleeper: the one who adds an alarm starts it, and it ends
//!    under the lock, where there is none.
//! 2. A sleeper that is [`Asleep`](Sleeper::Asleep) wakes no later than the earliest alarm, and no
//!    later than [`IDLE`] after the last is gone: it was, or is being, called otherwise.
//! 3. A sleeper that has woken, at its time or roused, looks at the alarms before it sleeps again.
//! 4. The waker of an alarm is in the [`Wheel`], or was taken out by the one who calls or drops it.
//!
//! # Ordering
//!
//! The lock orders everything: what was written before an alarm was set is seen by its waker.

use super::calls::Calls;
use super::parker::block_until;
use super::wheel::{Key, Wheel};
use crate::panic::discard;
use crate::sys::{Mutex, OnceLock, clock, clock::Instant, thread};
use std::future::poll_fn;
use std::io;
use std::task::{Poll, Waker};
use std::time::Duration;

/// For how long the sleeper stays when there is nothing to wait for.
const IDLE: Duration = Duration::from_secs(10);

/// Calls `waker` at `deadline` or later, in a thread where it must not block for long, unless the
/// [`Alarm`] is dropped before. Its panic goes no further than the panic hook.
///
/// *Cost:* a lock and a few writes; the same to cancel it. One that is called costs the logarithm of
/// the number of those that are due in the same millisecond.
///
/// *Errors:* those of the system, where there is no thread yet and it cannot start one. The waker
/// is dropped.
pub(crate) fn wake_at(deadline: Instant, waker: Waker) -> io::Result<Alarm> {
    static TIMER: OnceLock<Timer> = OnceLock::new();
    match clock::call_at(deadline, waker) {
        Ok(bell) => Ok(Alarm(Kept::ByClock(bell))),
        Err(waker) => TIMER
            .get_or_init(|| Timer::new(IDLE, start))
            .wake_at(deadline, waker),
    }
}

/// Starts the sleeper, which nobody joins.
fn start(timer: &'static Timer) -> io::Result<()> {
    let name = Some("rungs-timer".into());
    thread::spawn(name, None, || timer.serve()).map(drop)
}

/// An alarm that is set; dropped, it is cancelled, and its memory is given back at once. A call
/// that is already under way goes on.
#[derive(Debug)]
#[must_use = "dropped, it is cancelled"]
pub(crate) struct Alarm(Kept);

/// Where an alarm is kept.
#[derive(Debug)]
enum Kept {
    /// In the wheel of a timer.
    ByTimer(&'static Timer, Key),
    /// By the clock, which takes it away when it is dropped. (Not natively.)
    ByClock(#[allow(dead_code, reason = "it is there to be dropped")] clock::Bell),
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Kept::ByTimer(timer, key) = &self.0 {
            timer.cancel(*key);
        }
    }
}

/// The alarms, and the thread that calls them.
#[derive(Debug)]
pub(crate) struct Timer {
    state: Mutex<State>,
    /// For how long the sleeper stays when there is nothing to wait for.
    idle: Duration,
    /// Starts a thread that does as [`serve`](Self::serve).
    start: fn(&'static Timer) -> io::Result<()>,
}

#[derive(Debug)]
struct State {
    alarms: Wheel,
    sleeper: Sleeper,
}

/// What the thread does.
#[derive(Debug)]
enum Sleeper {
    /// There is none.
    None,
    /// It runs, or is about to.
    Awake,
    /// It sleeps until then, or is about to, or has woken at that time; perhaps for longer than it
    /// rests where there is nothing.
    Asleep {
        until: Instant,
        is_long: bool,
        waker: Waker,
    },
}

/// What the sleeper does next.
enum Next {
    /// Calls those whose time has come.
    Fire(Calls),
    /// Sleeps until the earliest deadline, or some time before.
    Sleep(Instant),
    /// Sleeps until then, with nothing to wait for.
    Rest(Instant),
    /// Ends.
    End,
}

impl State {
    /// The sleeper's waker, if it sleeps until after `time`: it is to wake and look.
    fn rouse(&mut self, time: Instant) -> Option<Waker> {
        match std::mem::replace(&mut self.sleeper, Sleeper::Awake) {
            Sleeper::Asleep { until, waker, .. } if until > time => Some(waker),
            other => {
                self.sleeper = other;
                None
            }
        }
    }

    /// Whether the sleeper may sleep for longer than it rests.
    fn sleeps_long(&self) -> bool {
        matches!(self.sleeper, Sleeper::Asleep { is_long: true, .. })
    }

    /// Takes out those whose time is over, as many as are called at once.
    fn due(&mut self, horizon: Instant) -> Option<Calls> {
        let mut calls = Calls::new();
        calls.push(Some(self.alarms.pop(horizon)?));
        while !calls.is_full() {
            match self.alarms.pop(horizon) {
                Some(waker) => calls.push(Some(waker)),
                None => break,
            }
        }
        Some(calls)
    }
}

impl Timer {
    /// A timer whose thread is started by `start`, and ends when it has been without an alarm for
    /// `idle`.
    pub(crate) fn new(idle: Duration, start: fn(&'static Timer) -> io::Result<()>) -> Self {
        let state = State {
            alarms: Wheel::new(clock::now()),
            sleeper: Sleeper::None,
        };
        Self {
            state: Mutex::new(state),
            idle,
            start,
        }
    }

    /// See [`wake_at`].
    pub(crate) fn wake_at(&'static self, deadline: Instant, waker: Waker) -> io::Result<Alarm> {
        let mut state = self.state.lock();
        if let Sleeper::None = state.sleeper {
            // Under the lock: where it fails, nobody has counted on it.
            if let Err(error) = (self.start)(self) {
                drop(state);
                discard(waker);
                return Err(error);
            }
            state.sleeper = Sleeper::Awake;
        }
        let key = state.alarms.insert(deadline, waker);
        let sleeper = state.rouse(deadline);
        drop(state);
        sleeper.into_iter().for_each(Waker::wake);
        Ok(Alarm(Kept::ByTimer(self, key)))
    }

    /// Takes an alarm away, if it was not called. Where it was the last and the sleeper would
    /// sleep for long, that is to look: which happens at most once in the time of `idle`.
    fn cancel(&self, key: Key) {
        let mut state = self.state.lock();
        let waker = state.alarms.remove(key);
        let was_last = waker.is_some() && state.alarms.is_empty();
        let sleeper = match was_last && state.sleeps_long() {
            true => state.rouse(clock::now() + self.idle),
            false => None,
        };
        drop(state);
        sleeper.into_iter().for_each(Waker::wake);
        discard(waker);
    }

    /// The sleeper, from beginning to end.
    pub(crate) fn serve(&self) {
        let mut rested = false;
        loop {
            rested = match self.next(rested) {
                Next::Fire(mut calls) => {
                    calls.fire();
                    false
                }
                Next::Sleep(until) => {
                    self.sleep(until);
                    false
                }
                Next::Rest(until) => self.sleep(until),
                Next::End => return,
            };
        }
    }

    /// What comes next for the sleeper, which has just rested to the end or not.
    fn next(&self, rested: bool) -> Next {
        let horizon = clock::horizon();
        let mut state = self.state.lock();
        if let Some(calls) = state.due(horizon) {
            return Next::Fire(calls);
        }
        match state.alarms.next_look() {
            Some(look) => Next::Sleep(look),
            None if rested => {
                state.sleeper = Sleeper::None;
                Next::End
            }
            None => Next::Rest(clock::now() + self.idle),
        }
    }

    /// Sleeps until then, or until it is roused; whether it slept to the end.
    fn sleep(&self, until: Instant) -> bool {
        let nap = poll_fn(|cx| {
            let mut state = self.state.lock();
            let sooner = state.alarms.next_look().is_some_and(|look| look < until);
            let is_long = until > clock::now() + self.idle;
            if sooner || state.alarms.is_empty() && is_long {
                return Poll::Ready(());
            }
            state.sleeper = Sleeper::Asleep {
                until,
                is_long,
                waker: cx.waker().clone(),
            };
            Poll::Pending
        });
        block_until(nap, Some(until)).is_none()
    }
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use super::*;
    use crate::sys::Arc;
    use crate::wait::{Line, Order, Zero, enter};
    use std::task::Wake;

    /// A timer for a test, which is leaked.
    fn timer(idle: Duration, start: fn(&'static Timer) -> io::Result<()>) -> &'static Timer {
        Box::leak(Box::new(Timer::new(idle, start)))
    }

    /// Says when it was called, and opens.
    struct Bell(Mutex<Vec<Instant>>, Line<Zero>);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.lock().push(clock::now());
            let _ = self.1.open(|_| Some(0));
        }
    }

    impl Bell {
        fn new() -> Arc<Self> {
            Arc::new(Self(Mutex::new(Vec::new()), Line::new(1, Order::Open)))
        }

        fn wait(&self) -> Instant {
            let _ = enter(&self.1, 0);
            self.0.lock()[0]
        }
    }

    fn is_asleep_for_good(timer: &Timer) -> bool {
        matches!(timer.state.lock().sleeper, Sleeper::None)
    }

    #[test]
    fn the_sleeper_ends_and_another_is_started() {
        let timer = timer(Duration::from_millis(1), start);
        for _ in 0..3 {
            let (bell, at) = (Bell::new(), clock::now());
            let at = at + Duration::from_millis(1);
            let _alarm = timer.wake_at(at, bell.clone().into()).unwrap();
            assert!(bell.wait() >= at);
            while !is_asleep_for_good(timer) {
                thread::yield_now();
            }
        }
    }

    #[test]
    fn a_thread_that_cannot_be_started_is_an_error() {
        let timer = timer(IDLE, |_| Err(io::ErrorKind::WouldBlock.into()));
        let bell = Bell::new();
        for _ in 0..2 {
            let alarm = timer.wake_at(clock::now(), bell.clone().into());
            assert_eq!(alarm.unwrap_err().kind(), io::ErrorKind::WouldBlock);
        }
        assert_eq!(
            (Arc::strong_count(&bell), timer.state.lock().alarms.len()),
            (1, 0)
        );
    }

    #[test]
    fn alarms_that_are_cancelled_leave_nothing() {
        let timer = timer(IDLE, start);
        let bell = Bell::new();
        let hour = clock::now() + Duration::from_secs(3600);
        let mut alarms = Vec::new();
        for n in 0..100_000 {
            let alarm = timer.wake_at(hour, bell.clone().into()).unwrap();
            if n % 1000 == 0 {
                alarms.push(alarm);
            }
        }
        assert_eq!(timer.state.lock().alarms.len(), alarms.len());
        assert_eq!(Arc::strong_count(&bell), alarms.len() + 1);
        drop(alarms);
        assert_eq!(Arc::strong_count(&bell), 1);
    }

    /// The timer's thread as others see it, in the test's hands.
    #[test]
    fn the_sleeper_is_roused_for_what_comes_before_its_time_alone() {
        let timer = timer(IDLE, |_| Ok(()));
        let (now, bell) = (clock::now(), Bell::new());
        let hours = |n| now + n * Duration::from_secs(3600);
        let set = |at| timer.wake_at(at, Waker::noop().clone()).unwrap();
        let rouses = || bell.0.lock().len();
        let fall_asleep = |until| {
            let waker = bell.clone().into();
            timer.state.lock().sleeper = Sleeper::Asleep {
                until,
                is_long: until > clock::now() + IDLE,
                waker,
            };
        };
        let mut alarms = vec![set(hours(2))];
        fall_asleep(hours(2));
        alarms.extend([hours(2), hours(3)].map(set));
        assert_eq!(rouses(), 0);
        alarms.push(set(hours(1)));
        assert_eq!(rouses(), 1);
        alarms.push(set(now));
        assert_eq!(rouses(), 1, "it is awake");

        fall_asleep(hours(1));
        alarms.truncate(1);
        assert_eq!(rouses(), 1, "there is one left");
        alarms.clear();
        assert_eq!(rouses(), 2, "it slept for long, and for nothing");
        let alarm = set(now + IDLE / 2);
        fall_asleep(now + IDLE / 2);
        drop(alarm);
        assert_eq!(rouses(), 2, "it looks soon");
    }

    #[test]
    fn a_sleeper_whose_last_alarm_is_gone_rests_before_it_ends() {
        let timer = timer(Duration::from_secs(3600), start);
        let at = clock::now() + Duration::from_millis(5);
        let alarm = timer.wake_at(at, Waker::noop().clone()).unwrap();
        while !matches!(timer.state.lock().sleeper, Sleeper::Asleep { .. }) {
            thread::yield_now();
        }
        drop(alarm);
        loop {
            match timer.state.lock().sleeper {
                Sleeper::None => panic!("it has ended"),
                Sleeper::Asleep { until, .. } if until > at => break,
                _ => {}
            }
            thread::yield_now();
        }
    }

    #[test]
    fn what_is_over_is_called_at_once() {
        let bell = Bell::new();
        let _alarm = wake_at(clock::now(), bell.clone().into()).unwrap();
        bell.wait();
        assert_eq!(bell.0.lock().len(), 1);
    }
}
