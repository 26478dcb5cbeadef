//! Timers of actors by a clock that a test moves, on an executor that runs every turn in the thread
//! that schedules it. The clock is moved in a thread of its own.

use super::actor::{Inline, Later};
use super::support::{Bound::*, Counted, DropCount, Payload, model, outcomes, spawn};
use crate::actor::{Actor, Addr, Context, StopReason, TestClock, Timer};
use crate::executor::Every;
use std::sync::Arc;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(1);

/// Sets a timer when it starts, which counts and owns something.
struct Sleeper {
    ran: Arc<Payload>,
    owned: Option<Counted<()>>,
    timer: Option<Timer>,
}

impl Actor for Sleeper {
    fn started(&mut self, cx: &mut Context<Self>) {
        let owned = self.owned.take();
        self.timer = Some(cx.after(SOON, move |me, _| {
            drop(owned);
            me.ran.bump();
        }));
    }
}

fn sleeper(clock: &TestClock, ran: &Arc<Payload>, drops: &DropCount) -> Addr<Sleeper> {
    let sleeper = Sleeper {
        ran: ran.clone(),
        owned: Some(drops.value(())),
        timer: None,
    };
    let on = Addr::builder().on(Arc::new(Inline)).clock(clock);
    on.start_actor(sleeper).unwrap()
}

/// Whether nobody waits for the clock.
fn is_free(clock: &TestClock) -> bool {
    format!("{clock:?}").contains("alarms: 0")
}

/// A timer that the clock comes to while `end` ends its actor: whether it ran.
fn due_at_the_end(name: &'static str, end: fn(&Addr<Sleeper>), reason: StopReason) {
    outcomes(name, Preemptions(2), 50, ["ran", "did not"], move || {
        let (clock, drops) = (TestClock::new(), DropCount::new());
        let ran = Arc::new(Payload::new(0));
        let addr = sleeper(&clock, &ran, &drops);
        let hand = clock.clone();
        let advance = spawn(move || hand.advance(SOON));
        end(&addr);
        assert_eq!(addr.join(), reason);
        let before = ran.read();
        advance.join().unwrap();
        assert_eq!(ran.read(), before, "nothing runs after the end");
        assert_eq!(drops.get(), 1);
        assert!(is_free(&clock));
        ["did not", "ran"][before]
    });
}

/// Two threads, bound 2, 1,947 executions. Kills: an end that leaves its timers.
#[test]
fn an_advance_meets_a_stop() {
    due_at_the_end("an_advance_meets_a_stop", Addr::stop, StopReason::Stopped);
}

/// Two threads, bound 2, 2,549 executions. Kills: as above.
#[test]
fn an_advance_meets_a_kill() {
    due_at_the_end("an_advance_meets_a_kill", Addr::kill, StopReason::Killed);
}

/// Two threads, bound 2, 1,562 executions. Kills: a timer that does not look in the turn whether it
/// was cancelled.
#[test]
fn an_advance_meets_a_cancel() {
    let name = "an_advance_meets_a_cancel";
    outcomes(name, Preemptions(2), 50, ["ran", "did not"], || {
        let (clock, drops) = (TestClock::new(), DropCount::new());
        let ran = Arc::new(Payload::new(0));
        let addr = sleeper(&clock, &ran, &drops);
        let hand = clock.clone();
        let advance = spawn(move || hand.advance(SOON));
        let cancel = addr.call(|me| {
            me.timer.take().unwrap().cancel();
            me.ran.read()
        });
        let before = cancel.wait().unwrap();
        advance.join().unwrap();
        assert_eq!(addr.call(|me| me.ran.read()).wait().unwrap(), before);
        assert_eq!(drops.get(), 1);
        assert!(is_free(&clock));
        ["did not", "ran"][before]
    });
}

/// One thread. Kills: a cancel that leaves the task, or its alarm.
#[test]
fn who_cancels_a_timer_leaves_nothing_behind() {
    let name = "who_cancels_a_timer_leaves_nothing_behind";
    model(name, Exhaustive, 1, || {
        let (clock, drops) = (TestClock::new(), DropCount::new());
        let addr = sleeper(&clock, &Arc::new(Payload::new(0)), &drops);
        assert!(!is_free(&clock));
        addr.call(|me| me.timer.take().unwrap().cancel())
            .wait()
            .unwrap();
        assert_eq!(drops.get(), 1);
        assert!(is_free(&clock));
    });
}

struct Ticker(Payload);

impl Actor for Ticker {
    fn started(&mut self, cx: &mut Context<Self>) {
        cx.every(Every::burst(SOON), |me, _| _ = me.0.bump());
    }
}

/// Two threads, bound 2, 5,006 executions: two runs are due in one advance, and the second is set
/// by the thread that handled the first. Kills: a timer that looks at the clock and is set in two
/// steps.
#[test]
fn an_advance_goes_from_run_to_run() {
    let name = "an_advance_goes_from_run_to_run";
    model(name, Preemptions(2), 50, || {
        let (clock, jobs) = (TestClock::new(), Later::new());
        let on = Addr::builder().on(jobs.clone()).clock(&clock);
        let addr = on.start_actor(Ticker(Payload::new(0))).unwrap();
        jobs.run_all();
        let hand = clock.clone();
        let advance = spawn(move || hand.advance(SOON * 2));
        jobs.run_one();
        advance.join().unwrap();
        jobs.run_all();
        let runs = addr.call(|me| me.0.read());
        jobs.run_all();
        assert_eq!(runs.wait().unwrap(), 2);
    });
}
