//! Jobs for later, and again and again, on a pool of one worker. The clock jumps once: what is due
//! soon is due then, and what is due after three jumps is never.

use super::support::{Bound::*, DropCount, Payload, model, outcomes, spawn, throw};
use crate::executor::{Every, Scheduled, Shutdown, ThreadPoolExecutor};
use crate::future::{TaskError, block_on};
use crate::sync::Event;
use crate::sys::clock::{self, JUMP};
use std::sync::Arc;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(1);

fn pool() -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(1)
}

/// How it ended.
fn outcome<T>(scheduled: Scheduled<T>) -> &'static str {
    match block_on(scheduled) {
        Ok(_) => "ran",
        Err(TaskError::Cancelled) => "cancelled",
        Err(TaskError::Rejected) => "rejected",
        Err(TaskError::Panicked(_)) => "panicked",
        Err(other) => panic!("{other}"),
    }
}

/// Two threads, bound 3, 1,346 executions: the clock jumps before, while and after the worker
/// sets the alarm. Kills: a sleep that sets none; a time that is looked at only once.
#[test]
fn a_job_for_later_runs_when_it_is_due() {
    let name = "a_job_for_later_runs_when_it_is_due";
    model(name, Preemptions(3), 50, || {
        let pool = pool();
        let payload = Arc::new(Payload::new(1));
        let read = payload.clone();
        let later = pool.schedule_after(SOON, move || read.bump());
        assert_eq!(later.time_left(), Some(SOON));
        clock::expire_all();
        assert_eq!(block_on(later).unwrap(), 1);
        assert_eq!(payload.read(), 2);
    });
}

/// Two threads, bound 3, 3,237 executions. Kills: a cancel that leaves the alarm, or the closure.
#[test]
fn a_job_for_later_runs_or_is_cancelled() {
    let name = "a_job_for_later_runs_or_is_cancelled";
    outcomes(name, Preemptions(3), 50, ["ran", "cancelled"], || {
        let pool = pool();
        let (payload, drops) = (Arc::new(Payload::new(0)), DropCount::new());
        let (bump, captured) = (payload.clone(), drops.value(()));
        let later = pool.schedule_after(SOON, move || {
            drop(captured);
            bump.bump();
        });
        clock::expire_all();
        if later.cancel() {
            assert_eq!(drops.get(), 1, "its closure is gone at once");
        }
        let outcome = outcome(later);
        assert_eq!(payload.read(), usize::from(outcome == "ran"));
        assert_eq!(drops.get(), 1);
        outcome
    });
}

/// Three threads, bound 2, 5,646 executions: an end that waits, with a job that is due later, and a
/// schedule that would never end. Kills: an end that cancels what is for later; one that waits
/// for what repeats (a deadlock); one that lets it repeat.
#[test]
fn an_end_that_waits_runs_what_is_for_later_and_cancels_what_repeats() {
    let name = "an_end_that_waits_runs_what_is_for_later_and_cancels_what_repeats";
    model(name, Preemptions(2), 50, || {
        let pool = pool();
        let later = pool.schedule_after(SOON, || 7);
        let never = pool.schedule_every(Every::rate(JUMP * 3), || unreachable!());
        let jump = spawn(clock::expire_all);
        pool.shutdown(Shutdown::Wait);
        assert_eq!(later.result().unwrap(), 7);
        assert_eq!(outcome(never), "cancelled");
        jump.join().unwrap();
    });
}

/// Two threads, bound 3, 1,585 executions: a job schedules while the pool begins to end. Kills: an end that
/// looks for what repeats before it lets no more in; one that lets it in.
#[test]
fn a_schedule_that_repeats_meets_the_end() {
    let name = "a_schedule_that_repeats_meets_the_end";
    outcomes(name, Preemptions(3), 50, ["cancelled", "rejected"], || {
        let pool = pool();
        let handle = pool.handle();
        let schedule = move || handle.schedule_every(Every::delay(JUMP * 3), || ());
        let schedule = pool.submit(schedule);
        pool.shutdown(Shutdown::Wait);
        outcome(schedule.result().unwrap())
    });
}

/// Two threads, bound 2, 1,191 executions: a run that is as late as a jump. Kills: a next time
/// that is counted from the end of the run, or from its beginning.
#[test]
fn a_rate_keeps_to_its_grid() {
    let name = "a_rate_keeps_to_its_grid";
    model(name, Preemptions(2), 50, || {
        let pool = pool();
        let ran = Arc::new(Event::new(false));
        let run = ran.clone();
        let every = Every::rate(JUMP * 3).first_after(SOON);
        let repeats = pool.schedule_every(every, move || run.set());
        clock::expire_all();
        ran.wait();
        // Behind it in the queue of the only worker.
        block_on(pool.submit(|| ())).unwrap();
        assert_eq!(repeats.runs(), 1);
        assert_eq!(repeats.time_left(), Some(JUMP * 2 + SOON));
        assert!(repeats.cancel());
        assert_eq!(repeats.time_left(), None);
    });
}

/// Two threads, bound 3, 2,054 executions. Kills: a schedule that survives its panic.
#[test]
fn a_panic_ends_a_schedule() {
    let name = "a_panic_ends_a_schedule";
    model(name, Preemptions(3), 20, || {
        let pool = pool();
        let mut left = 2;
        let every = Every::delay(SOON).first_after(Duration::ZERO);
        let repeats = pool.schedule_every(every, move || {
            left -= 1;
            if left == 0 {
                throw("lift off");
            }
        });
        clock::expire_all();
        assert_eq!(outcome(repeats), "panicked");
    });
}

/// Two threads, bound 2, 2,391 executions: what is always due again is cancelled all the same.
/// Kills: a schedule that does not yield between its runs (endless).
#[test]
fn a_schedule_that_is_always_due_can_be_cancelled() {
    let name = "a_schedule_that_is_always_due_can_be_cancelled";
    model(name, Preemptions(2), 5, || {
        let pool = pool();
        clock::expire_all();
        let handle = pool.handle();
        let stop = Arc::new(Event::new(false));
        let stopped = stop.clone();
        let mut runs = 0;
        let repeats = pool.schedule_every(Every::burst(SOON), move || {
            runs += 1;
            assert!(runs < 4);
            if runs == 2 {
                // Behind it in the queue, before the third run.
                let stopped = stopped.clone();
                handle.execute(move || stopped.wait()).unwrap();
            }
        });
        repeats.cancel();
        stop.set();
        assert_eq!(outcome(repeats), "cancelled");
    });
}
