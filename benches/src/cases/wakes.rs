//! Rung 1, where one thread wakes another, or catches it before it sleeps.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};

use event_listener::Listener as _;
use futures::executor::block_on;

use crate::harness::{Body, Case, Clock};
use crate::machine::pin;

pub fn cases() -> Vec<Case> {
    vec![event_pingpong(), barrier_2(), condvar_pingpong()]
}

fn event_pingpong() -> Case {
    Case::new(
        "sync/event_pingpong",
        "round trip: two sets, two waits, across cores",
    )
    .rungs("rungs Event", pingpong::<rungs::sync::Event>)
    .rungs(
        "rungs AutoResetEvent",
        pingpong::<rungs::sync::AutoResetEvent>,
    )
    .peer("tokio Notify", pingpong::<tokio::sync::Notify>)
    .peer("event-listener", pingpong::<Listened>)
    .peer(
        "asyncband AutoResetEvent",
        pingpong::<asyncband::event::AutoResetEvent>,
    )
    .peer("std Condvar", pingpong::<StdSignal>)
    .peer("parking_lot Condvar", pingpong::<ParkingLotSignal>)
    .bound("spinning flag", pingpong::<AtomicBool>)
}

/// What one thread gives and another waits for, again and again.
trait Signal: Sync {
    fn new() -> Self;
    fn set(&self);
    /// Waits until it is set, and resets it.
    fn wait(&self);
}

/// Two threads wake each other in turn.
fn pingpong<S: Signal>(n: u64, clock: &mut Clock) {
    let (ping, pong) = (S::new(), S::new());
    two_threads(n, clock, |me, _| match me {
        0 => {
            ping.set();
            pong.wait();
        }
        _ => {
            ping.wait();
            pong.set();
        }
    });
}

/// Two threads, on two cores, take `n` turns each.
fn two_threads(n: u64, clock: &mut Clock, turn: impl Fn(u64, u64) + Sync) {
    let turn = &turn;
    let bodies = [0, 1].map(|me: u64| {
        let body = move || {
            pin(me as usize);
            (0..n).for_each(|round| turn(me, round));
        };
        Box::new(body) as Body<()>
    });
    clock.time_threads(Vec::from(bodies));
}

impl Signal for rungs::sync::Event {
    fn new() -> Self {
        Self::new(false)
    }

    fn set(&self) {
        self.set();
    }

    fn wait(&self) {
        self.wait();
        self.reset();
    }
}

impl Signal for rungs::sync::AutoResetEvent {
    fn new() -> Self {
        Self::new(false)
    }

    fn set(&self) {
        self.set();
    }

    fn wait(&self) {
        self.wait();
    }
}

impl Signal for tokio::sync::Notify {
    fn new() -> Self {
        Self::new()
    }

    fn set(&self) {
        self.notify_one();
    }

    fn wait(&self) {
        block_on(self.notified());
    }
}

impl Signal for asyncband::event::AutoResetEvent {
    fn new() -> Self {
        Self::new()
    }

    fn set(&self) {
        self.set();
    }

    fn wait(&self) {
        block_on(self.wait());
    }
}

/// As in the documentation of event-listener.
struct Listened {
    set: AtomicBool,
    event: event_listener::Event,
}

impl Signal for Listened {
    fn new() -> Self {
        Self {
            set: AtomicBool::new(false),
            event: event_listener::Event::new(),
        }
    }

    fn set(&self) {
        self.set.store(true, Release);
        self.event.notify(1);
    }

    fn wait(&self) {
        while !self.set.swap(false, Acquire) {
            let listener = self.event.listen();
            if self.set.swap(false, Acquire) {
                return;
            }
            listener.wait();
        }
    }
}

struct StdSignal(std::sync::Mutex<bool>, std::sync::Condvar);

impl Signal for StdSignal {
    fn new() -> Self {
        Self(Default::default(), Default::default())
    }

    fn set(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_one();
    }

    fn wait(&self) {
        let set = self.0.lock().unwrap();
        *self.1.wait_while(set, |set| !*set).unwrap() = false;
    }
}

struct ParkingLotSignal(parking_lot::Mutex<bool>, parking_lot::Condvar);

impl Signal for ParkingLotSignal {
    fn new() -> Self {
        Self(Default::default(), Default::default())
    }

    fn set(&self) {
        *self.0.lock() = true;
        self.1.notify_one();
    }

    fn wait(&self) {
        let mut set = self.0.lock();
        self.1.wait_while(&mut set, |set| !*set);
        *set = false;
    }
}

impl Signal for AtomicBool {
    fn new() -> Self {
        Self::new(false)
    }

    fn set(&self) {
        self.store(true, Release);
    }

    fn wait(&self) {
        while !self.load(Acquire) {
            spin_loop();
        }
        self.store(false, Relaxed);
    }
}

fn barrier_2() -> Case {
    Case::new("sync/barrier_2", "round of two threads across cores")
        .rungs("rungs", |n, clock| {
            let barrier = rungs::sync::Barrier::new(2);
            rounds(n, clock, |_| barrier.wait().unwrap().is_leader());
        })
        .peer("std", |n, clock| {
            let barrier = std::sync::Barrier::new(2);
            rounds(n, clock, |_| barrier.wait().is_leader());
        })
        .peer("async-lock wait_blocking", |n, clock| {
            let barrier = async_lock::Barrier::new(2);
            rounds(n, clock, |_| barrier.wait_blocking().is_leader());
        })
        .peer("tokio", |n, clock| {
            let barrier = tokio::sync::Barrier::new(2);
            rounds(n, clock, |_| block_on(barrier.wait()).is_leader());
        })
        .peer("asyncband", |n, clock| {
            let barrier = asyncband::barrier::Barrier::new(2);
            rounds(n, clock, |_| block_on(barrier.wait()).is_leader());
        })
        .bound("spinning", |n, clock| {
            let arrived = AtomicU64::new(0);
            rounds(n, clock, |round| {
                let before = arrived.fetch_add(1, AcqRel);
                while arrived.load(Acquire) < 2 * (round + 1) {
                    spin_loop();
                }
                before % 2 == 1
            });
        })
}

/// Two threads meet `n` times; `meet` says whether its caller led the round.
fn rounds(n: u64, clock: &mut Clock, meet: impl Fn(u64) -> bool + Sync) {
    let led = AtomicU64::new(0);
    two_threads(n, clock, |_, round| {
        if meet(round) {
            // One a round: the other thread is not at it meanwhile.
            led.store(led.load(Relaxed) + 1, Relaxed);
        }
    });
    assert_eq!(led.into_inner(), n);
}

fn condvar_pingpong() -> Case {
    Case::new(
        "sync/condvar_pingpong",
        "round trip: one mutex, one condvar, across cores",
    )
    .rungs("rungs", |n, clock| {
        let (turn, changed) = (rungs::sync::Mutex::new(0), rungs::sync::Condvar::new());
        two_threads(n, clock, |me, _| {
            let mut turn = turn.lock();
            changed.wait_while(&mut turn, |turn| *turn % 2 != me);
            *turn += 1;
            changed.notify_one();
        });
        assert_eq!(turn.into_inner(), 2 * n);
    })
    .peer("std", |n, clock| {
        let (turn, changed) = (std::sync::Mutex::new(0), std::sync::Condvar::new());
        two_threads(n, clock, |me, _| {
            let guard = turn.lock().unwrap();
            *changed.wait_while(guard, |turn| *turn % 2 != me).unwrap() += 1;
            changed.notify_one();
        });
        assert_eq!(turn.into_inner().unwrap(), 2 * n);
    })
    .peer("parking_lot", |n, clock| {
        let (turn, changed) = (parking_lot::Mutex::new(0), parking_lot::Condvar::new());
        two_threads(n, clock, |me, _| {
            let mut turn = turn.lock();
            changed.wait_while(&mut turn, |turn| *turn % 2 != me);
            *turn += 1;
            changed.notify_one();
        });
        assert_eq!(turn.into_inner(), 2 * n);
    })
    .peer("asyncband", |n, clock| {
        let turn = asyncband::mutex::Mutex::new(0);
        let changed = asyncband::condvar::Condvar::new();
        two_threads(n, clock, |me, _| {
            block_on(async {
                let mut turn = turn.lock().await;
                while *turn % 2 != me {
                    turn = changed.wait(turn).await;
                }
                *turn += 1;
                changed.notify_one();
            });
        });
        assert_eq!(*block_on(turn.lock()), 2 * n);
    })
}
