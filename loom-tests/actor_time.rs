//! Timers of actors, on an executor that runs every turn in the thread that schedules it. The clock
//! jumps once, in a thread of its own, which is the one that calls the alarm.

use super::actor::Inline;
use super::support::{Bound::*, Counted, DropCount, Payload, model, outcomes, spawn, throw};
use crate::actor::{Actor, Addr, Context, Restart, StopReason, Strategy, Supervisor, Timer};
use crate::executor::Every;
use crate::sys::clock::{self, JUMP};
use std::sync::Arc;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(1);

/// Sets a timer when it starts, which counts, and one that is never due. Both own something.
struct Sleeper {
    payload: Arc<Payload>,
    owned: Option<Counted<()>>,
    kept: Option<Counted<()>>,
    timer: Option<Timer>,
}

impl Actor for Sleeper {
    fn started(&mut self, cx: &mut Context<Self>) {
        let (owned, kept) = (self.owned.take(), self.kept.take());
        cx.after(JUMP * 3, move |_, _| drop(kept));
        self.timer = Some(cx.after(SOON, move |me, _| {
            drop(owned);
            me.payload.bump();
        }));
    }
}

fn sleeper(payload: &Arc<Payload>, drops: &DropCount, kept: &DropCount) -> Addr<Sleeper> {
    let sleeper = Sleeper {
        payload: payload.clone(),
        owned: Some(drops.value(())),
        kept: Some(kept.value(())),
        timer: None,
    };
    let on = Addr::builder().on(Arc::new(Inline));
    on.start_actor(sleeper).unwrap()
}

/// A timer that is due while `end` ends its actor: whether it ran.
fn due_at_the_end(name: &'static str, end: fn(&Addr<Sleeper>), reason: StopReason) {
    outcomes(name, Preemptions(2), 50, ["ran", "did not"], move || {
        let (payload, drops) = (Arc::new(Payload::new(0)), DropCount::new());
        let kept = DropCount::new();
        let addr = sleeper(&payload, &drops, &kept);
        let jump = spawn(clock::expire_all);
        end(&addr);
        assert_eq!(addr.join(), reason);
        assert_eq!(kept.get(), 1, "what is never due is gone");
        let ran = payload.read();
        jump.join().unwrap();
        assert_eq!(payload.read(), ran, "nothing runs after the end");
        assert_eq!(drops.get(), 1);
        ["did not", "ran"][ran]
    });
}

/// Two threads, bound 2, 2,319 executions. Kills: an end that leaves its timers; a lane that is
/// left open at the end.
#[test]
fn a_timer_ends_with_an_actor_that_stops() {
    let name = "a_timer_ends_with_an_actor_that_stops";
    due_at_the_end(name, Addr::stop, StopReason::Stopped);
}

/// Two threads, bound 2, 2,920 executions. Kills: as above.
#[test]
fn a_timer_ends_with_an_actor_that_is_killed() {
    let name = "a_timer_ends_with_an_actor_that_is_killed";
    due_at_the_end(name, Addr::kill, StopReason::Killed);
}

/// Two threads, bound 2, 1,555 executions. Kills: a timer that does not look in the turn whether it
/// was cancelled.
#[test]
fn a_timer_that_was_cancelled_in_a_turn_does_not_run_in_a_later_one() {
    let name = "a_timer_that_was_cancelled_in_a_turn_does_not_run_in_a_later_one";
    outcomes(name, Preemptions(2), 50, ["ran", "did not"], || {
        let (payload, drops) = (Arc::new(Payload::new(0)), DropCount::new());
        let kept = DropCount::new();
        let addr = sleeper(&payload, &drops, &kept);
        let jump = spawn(clock::expire_all);
        let cancel = addr.call(|me| {
            me.timer.take().unwrap().cancel();
            me.payload.read()
        });
        let ran = cancel.wait().unwrap();
        jump.join().unwrap();
        assert_eq!(addr.call(|me| me.payload.read()).wait().unwrap(), ran);
        assert_eq!(drops.get(), 1);
        ["did not", "ran"][ran]
    });
}

struct Ticker(Payload);

impl Actor for Ticker {
    fn started(&mut self, cx: &mut Context<Self>) {
        let every = Every::burst(JUMP);
        cx.every(every, |me, _| _ = me.0.bump());
    }
}

/// Two threads, bound 2, 1,950 executions: two runs are due at once, among messages. Kills: a timer
/// that does not go on.
#[test]
fn what_a_timer_missed_it_makes_up_for_one_by_one() {
    let name = "what_a_timer_missed_it_makes_up_for_one_by_one";
    model(name, Preemptions(2), 50, || {
        let on = Addr::builder().on(Arc::new(Inline));
        let addr = on.start_actor(Ticker(Payload::new(0))).unwrap();
        let jump = spawn(clock::expire_all);
        let before = addr.call(|me| me.0.read()).wait().unwrap();
        assert!(before <= 2);
        jump.join().unwrap();
        assert_eq!(addr.call(|me| me.0.read()).wait().unwrap(), 2);
    });
}

/// Two threads, bound 2, 1,154 executions: a timer is due while its object is replaced. Kills: a
/// timer that outlives its object.
#[test]
fn a_timer_ends_with_its_object() {
    struct Aged(usize);
    impl Actor for Aged {
        fn started(&mut self, cx: &mut Context<Self>) {
            // (The clock orders what is set before it jumps, not what another object sets.)
            if self.0 == 0 {
                cx.after(SOON, |me, _| assert_eq!(me.0, 0));
            }
        }
    }
    let name = "a_timer_ends_with_its_object";
    model(name, Preemptions(2), 50, || {
        let supervisor = Supervisor::new(Strategy::OneForOne).on(Arc::new(Inline));
        let mut ages = 0..;
        let make = move || Aged(ages.next().unwrap());
        let builder = Addr::builder().on(Arc::new(Inline));
        let addr = supervisor.child_with(builder, Restart::Permanent, make);
        let addr = addr.unwrap();
        let jump = spawn(clock::expire_all);
        addr.post(|_| throw("failed")).unwrap();
        assert_eq!(addr.call(|me| me.0).wait().unwrap(), 1);
        jump.join().unwrap();
        supervisor.kill();
    });
}
