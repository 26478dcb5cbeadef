//! Supervision: rests before a restart, and failures that end all children, or go one level up.
//!
//! The clock jumps once, in a thread of its own: that is the one that restarts what rests.

use super::actor::{Inline, Later};
use super::supervisor::{Only, child, fail, handle, supervisor};
use super::support::{Bound::*, Payload, model, outcomes, spawn};
use crate::actor::{Addr, Host, Restart, StopReason, Strategy, Supervisor};
use crate::sys::clock;
use std::sync::Arc;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(1);

/// A supervisor and its child, which has failed and rests.
fn resting(restart: Restart) -> (Supervisor, Addr<Only>, Arc<Payload>) {
    let supervisor = supervisor(Strategy::OneForOne).backoff(SOON, SOON);
    let (addr, living) = child(&supervisor, restart);
    addr.post(fail).unwrap();
    (supervisor, addr, living)
}

/// One thread. Kills: a restart that does not wait for the end of the rest; an end of it that nobody
/// is told of.
#[test]
fn a_child_that_failed_rests() {
    let name = "a_child_that_failed_rests";
    model(name, Exhaustive, 1, || {
        let (supervisor, addr, living) = resting(Restart::Permanent);
        let reply = addr.call(handle);
        assert_eq!((living.read(), reply.is_done()), (0, false));
        clock::expire_all();
        assert_eq!(reply.wait().unwrap(), 1);
        supervisor.kill();
        assert_eq!(addr.join(), StopReason::Killed);
        assert_eq!(living.read(), 0);
    });
}

/// Two threads, bound 2, 2,246 executions: the rest of a child is over while it is killed.
#[test]
fn a_restart_that_is_due_meets_a_kill() {
    let name = "a_restart_that_is_due_meets_a_kill";
    model(name, Preemptions(2), 100, || {
        let (supervisor, addr, living) = resting(Restart::Permanent);
        let jump = spawn(clock::expire_all);
        addr.kill();
        assert_eq!(addr.join(), StopReason::Killed);
        assert_eq!(living.read(), 0);
        jump.join().unwrap();
        supervisor.stop();
        assert_eq!(supervisor.join(), StopReason::Stopped);
    });
}

/// Two threads, bound 2, 602 executions: the rest of a child is over while it is stopped; what
/// waited is handled.
#[test]
fn a_restart_that_is_due_meets_a_stop() {
    let name = "a_restart_that_is_due_meets_a_stop";
    model(name, Preemptions(2), 100, || {
        let (_supervisor, addr, living) = resting(Restart::Transient);
        let reply = addr.call(handle);
        let jump = spawn(clock::expire_all);
        addr.stop();
        assert_eq!(addr.join(), StopReason::Stopped);
        assert_eq!(living.read(), 0);
        assert_eq!(reply.wait().unwrap(), 1);
        jump.join().unwrap();
    });
}

/// A child whose rest is over while `end` ends its supervisor, for a reason: how the child ended.
fn due_at_the_end(
    name: &'static str,
    end: fn(&Supervisor),
    reason: StopReason,
    ends: Vec<StopReason>,
) {
    let ends = ends.iter().map(StopReason::to_string);
    outcomes(name, Preemptions(2), 100, ends, move || {
        let (supervisor, addr, living) = resting(Restart::Permanent);
        let jump = spawn(clock::expire_all);
        end(&supervisor);
        assert_eq!(supervisor.join(), reason);
        assert_eq!(living.read(), 0);
        let ended = addr.try_join().expect("no child outlives its supervisor");
        jump.join().unwrap();
        assert_eq!(living.read(), 0);
        ended.to_string()
    });
}

/// Two threads, bound 2, 3,343 executions. Kills: a supervisor that ends before its child has.
#[test]
fn a_restart_that_is_due_meets_the_stop_of_its_supervisor() {
    let name = "a_restart_that_is_due_meets_the_stop_of_its_supervisor";
    let failed = StopReason::Panicked("failed".into());
    let ends = vec![StopReason::Stopped, failed];
    due_at_the_end(name, Supervisor::stop, StopReason::Stopped, ends);
}

/// Two threads, bound 2, 2,809 executions. Kills: a supervisor that ends before its child has.
#[test]
fn a_restart_that_is_due_meets_the_kill_of_its_supervisor() {
    let name = "a_restart_that_is_due_meets_the_kill_of_its_supervisor";
    let ends = vec![StopReason::Killed];
    due_at_the_end(name, Supervisor::kill, StopReason::Killed, ends);
}

/// Two threads, bound 1, 546 executions: the failures of two children are one too many together.
/// Kills: a limit that is not looked at; an end that does not wait for both.
#[test]
fn a_limit_that_two_children_reach_at_once_ends_all() {
    let name = "a_limit_that_two_children_reach_at_once_ends_all";
    model(name, Preemptions(1), 100, || {
        let supervisor = supervisor(Strategy::OneForOne).max_restarts(1, Duration::MAX);
        let (one, first) = child(&supervisor, Restart::Permanent);
        let (two, second) = child(&supervisor, Restart::Permanent);
        let other = two.clone();
        let thread = spawn(move || other.post(fail).unwrap());
        one.post(fail).unwrap();
        assert_eq!(supervisor.join(), StopReason::RestartLimit);
        assert_eq!((first.read(), second.read()), (0, 0));
        for addr in [one, two] {
            assert_eq!(addr.try_join(), Some(StopReason::RestartLimit));
        }
        thread.join().unwrap();
    });
}

/// A supervisor that gives up at once, below one that never does, with a child each.
struct Tree {
    root: Supervisor,
    low: Supervisor,
    beside: Addr<Only>,
    under: Addr<Only>,
    living: [Arc<Payload>; 2],
}

fn tree(strategy: Strategy, on: impl Into<Host>) -> Tree {
    let root = Supervisor::new(strategy).on(on);
    let root = root.max_restarts(usize::MAX, Duration::MAX);
    let low = supervisor(Strategy::OneForOne).max_restarts(0, Duration::MAX);
    let (beside, first) = child(&root, Restart::Permanent);
    root.adopt(Restart::Permanent, &low);
    let (under, second) = child(&low, Restart::Permanent);
    let living = [first, second];
    Tree {
        root,
        low,
        beside,
        under,
        living,
    }
}

/// Two threads, bound 1, 9 executions: a supervisor comes to a halt by itself while the one above
/// halts it. Kills: a halt that is carried out, and reported, twice.
#[test]
fn a_limit_below_meets_a_failure_beside() {
    let name = "a_limit_below_meets_a_failure_beside";
    model(name, Preemptions(1), 8, || {
        let jobs = Later::new();
        let tree = tree(Strategy::OneForAll, jobs.clone());
        jobs.run_all();
        let beside = tree.beside.clone();
        let thread = spawn(move || beside.post(fail).unwrap());
        tree.under.post(fail).unwrap();
        thread.join().unwrap();
        jobs.run_all();
        for addr in [&tree.under, &tree.beside] {
            assert_eq!(addr.call(handle).wait().unwrap(), 1);
            assert_eq!(addr.stats().restarts, 1);
        }
        tree.root.stop();
        jobs.run_all();
        assert_eq!(tree.root.try_join(), Some(StopReason::Stopped));
        assert!(tree.low.try_join().is_some());
        assert_eq!(tree.living.map(|living| living.read()), [0, 0]);
    });
}

/// Two threads, bound 1, 466 executions: a failure goes one level up while that ends. Kills: a
/// supervisor that ends before one below has.
#[test]
fn a_limit_below_meets_the_stop_of_the_root() {
    let name = "a_limit_below_meets_the_stop_of_the_root";
    model(name, Preemptions(1), 100, || {
        let tree = tree(Strategy::OneForOne, Arc::new(Inline));
        let under = tree.under.clone();
        let thread = spawn(move || _ = under.post(fail));
        tree.root.stop();
        assert_eq!(tree.root.join(), StopReason::Stopped);
        assert!(tree.low.try_join().is_some());
        assert!(tree.under.is_stopped() && tree.beside.is_stopped());
        assert_eq!(tree.living.map(|living| living.read()), [0, 0]);
        thread.join().unwrap();
    });
}

/// Two threads, bound 2, 50 executions: the executor of a supervisor is gone while a child fails.
/// Kills: an entry that is dropped, and leaves its child.
#[test]
fn no_child_outlives_the_executor_of_its_supervisor() {
    let name = "no_child_outlives_the_executor_of_its_supervisor";
    model(name, Preemptions(2), 20, || {
        let jobs = Later::new();
        let supervisor = Supervisor::new(Strategy::OneForOne).on(jobs.clone());
        let (addr, living) = child(&supervisor, Restart::Permanent);
        jobs.run_all();
        let executor = jobs.clone();
        let thread = spawn(move || executor.shut_down());
        let _ = addr.post(fail);
        thread.join().unwrap();
        supervisor.stop();
        assert_eq!(supervisor.try_join(), Some(StopReason::Killed));
        assert_eq!(addr.try_join(), Some(StopReason::Killed));
        assert_eq!(living.read(), 0);
    });
}

/// One thread. Kills: a supervisor that is restarted and still counts what failed before.
#[test]
fn a_supervisor_that_is_restarted_has_no_failures() {
    let name = "a_supervisor_that_is_restarted_has_no_failures";
    model(name, Exhaustive, 1, || {
        let root = supervisor(Strategy::OneForOne);
        let low = supervisor(Strategy::OneForOne).max_restarts(1, Duration::MAX);
        root.adopt(Restart::Permanent, &low);
        let [one, two] = [(); 2].map(|()| child(&low, Restart::Permanent).0);
        let restarts = [[1, 0], [2, 1], [3, 1], [4, 2]];
        for expected in restarts {
            one.post(fail).unwrap();
            let seen = [&one, &two].map(|addr| addr.stats().restarts);
            assert_eq!(seen, expected);
        }
        root.kill();
    });
}
