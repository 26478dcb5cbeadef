//! Supervision: objects that do not overlap, and orders that meet what the child does by itself.
//!
//! The children live on an executor that runs every job in the thread that hands it in; the
//! supervisor does, too, or has its work done by a thread that comes for it.

use super::support::{Bound::*, Payload, model, outcomes, throw};
use crate::actor::{Actor, Addr, Restart, StopReason, Strategy, Supervisor};
use crate::executor::{Executor, Rejected};
use crate::future::Job;
use crate::sync::Semaphore;
use crate::sys;
use loom::thread;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Runs every job where it is handed in.
struct Inline;

impl Executor for Inline {
    fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
        job.run();
        Ok(())
    }
}

/// Keeps jobs for a thread that comes for them.
struct Later {
    jobs: sys::Mutex<VecDeque<Job>>,
    there: Semaphore,
}

impl Later {
    fn new() -> Arc<Self> {
        let jobs = sys::Mutex::new(VecDeque::new());
        let there = Semaphore::new(0);
        Arc::new(Self { jobs, there })
    }

    /// Waits for a job and runs it.
    fn run_one(&self) {
        self.there.acquire().unwrap().forget();
        let job = self.jobs.lock().pop_front();
        job.expect("as many as permits").run();
    }

    /// Runs the jobs that are there, if any.
    fn run_all(&self) {
        while let Ok(permit) = self.there.try_acquire() {
            permit.forget();
            let job = self.jobs.lock().pop_front();
            job.expect("as many as permits").run();
        }
    }
}

impl Executor for Later {
    fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
        self.jobs.lock().push_back(job);
        self.there.add_permits(1).unwrap();
        Ok(())
    }
}

/// One of at most one: loom looks at the count, which nothing else orders.
struct Only {
    living: Arc<Payload>,
    handled: usize,
}

impl Only {
    fn new(living: &Arc<Payload>) -> Self {
        assert_eq!(living.bump(), 0);
        Self {
            living: living.clone(),
            handled: 0,
        }
    }
}

impl Drop for Only {
    fn drop(&mut self) {
        self.living.write(self.living.read() - 1);
    }
}

impl Actor for Only {}

fn supervisor(strategy: Strategy) -> Supervisor {
    let supervisor = Supervisor::new(strategy).on(Arc::new(Inline));
    supervisor.max_restarts(usize::MAX, Duration::MAX)
}

fn child(supervisor: &Supervisor, restart: Restart) -> (Addr<Only>, Arc<Payload>) {
    let living = Arc::new(Payload::new(0));
    let builder = Addr::builder().on(Arc::new(Inline));
    let its = living.clone();
    let addr = supervisor.child_with(builder, restart, move || Only::new(&its));
    (addr.unwrap(), living)
}

fn fail(_: &mut Only) {
    throw("failed");
}

fn handle(only: &mut Only) -> usize {
    only.handled += 1;
    only.handled
}

/// Two threads, bound 2, 2,336 executions. Kills: a child that looks for an order and then says that
/// it does not run.
#[test]
fn an_order_that_meets_the_parking_is_carried_out() {
    let name = "an_order_that_meets_the_parking_is_carried_out";
    model(name, Preemptions(2), 1000, || {
        let jobs = Later::new();
        let supervisor = Supervisor::new(Strategy::OneForOne).on(jobs.clone());
        let (addr, living) = child(&supervisor, Restart::Permanent);
        jobs.run_all();
        let worker = jobs.clone();
        let thread = thread::spawn(move || worker.run_one());
        addr.post(fail).unwrap();
        assert_eq!(addr.call(handle).wait().unwrap(), 1);
        thread.join().unwrap();
        supervisor.stop();
        jobs.run_all();
        assert_eq!(supervisor.try_join(), Some(StopReason::Stopped));
        assert_eq!(living.read(), 0);
    });
}

/// Two threads, bound 3, 2,025 executions. Kills: a wake that sees nothing of what the turn before
/// left; a kill that is looked for before its wake is taken away.
#[test]
fn a_kill_that_meets_the_parking_ends_it() {
    let name = "a_kill_that_meets_the_parking_ends_it";
    model(name, Preemptions(3), 1000, || {
        let jobs = Later::new();
        let supervisor = Supervisor::new(Strategy::OneForOne).on(jobs.clone());
        let (addr, living) = child(&supervisor, Restart::Permanent);
        jobs.run_all();
        let other = addr.clone();
        let thread = thread::spawn(move || other.kill());
        // Nobody restarts it.
        let _ = addr.post(fail);
        assert_eq!(addr.join(), StopReason::Killed);
        assert_eq!(living.read(), 0);
        thread.join().unwrap();
        supervisor.kill();
        jobs.run_all();
    });
}

/// Two threads, bound 2, 199 executions. Kills: a restart that drops what waits, or lets it go idle
/// with messages left.
#[test]
fn what_is_sent_while_it_is_restarted_is_handled() {
    let name = "what_is_sent_while_it_is_restarted_is_handled";
    model(name, Preemptions(2), 100, || {
        let supervisor = supervisor(Strategy::OneForOne);
        let (addr, _living) = child(&supervisor, Restart::Transient);
        let other = addr.clone();
        let thread = thread::spawn(move || other.post(fail).unwrap());
        addr.call(handle).wait().unwrap();
        thread.join().unwrap();
        assert!(!addr.is_stopped());
        supervisor.stop();
        assert_eq!(supervisor.join(), StopReason::Stopped);
        assert_eq!(addr.try_join(), Some(StopReason::Stopped));
    });
}

/// Two threads, bound 2, 930 executions. Kills: an end that comes of a stop while messages wait for
/// a new object.
#[test]
fn a_stop_that_meets_a_restart_drains() {
    let name = "a_stop_that_meets_a_restart_drains";
    outcomes(name, Preemptions(2), 500, ["closed", "ran"], || {
        let supervisor = supervisor(Strategy::OneForOne);
        let (addr, living) = child(&supervisor, Restart::Transient);
        let other = addr.clone();
        let thread = thread::spawn(move || other.stop());
        let _ = addr.post(fail);
        let reply = addr.call(handle);
        assert_eq!(addr.join(), StopReason::Stopped);
        thread.join().unwrap();
        assert_eq!(living.read(), 0);
        match reply.wait() {
            Ok(_) => "ran",
            Err(crate::actor::AskError::Closed) => "closed",
            Err(_) => "lost",
        }
    });
}

/// Two threads, bound 2, 1,997 executions. Kills: a stop of a permanent child that closes its
/// mailbox.
#[test]
fn a_permanent_child_that_is_stopped_begins_anew() {
    let name = "a_permanent_child_that_is_stopped_begins_anew";
    let orders = [(2, 3), (1, 2), (2, 1)];
    outcomes(name, Preemptions(2), 1000, orders, || {
        let supervisor = supervisor(Strategy::OneForOne);
        let (addr, _living) = child(&supervisor, Restart::Permanent);
        let other = addr.clone();
        let thread = thread::spawn(move || other.stop());
        addr.call(handle).wait().unwrap();
        let seen = addr.call(handle).wait().unwrap();
        thread.join().unwrap();
        let last = addr.call(handle).wait().unwrap();
        supervisor.kill();
        (seen, last)
    });
}

/// Two threads, bound 2, 6,018 executions. Kills: a child that reports before its object is gone; one
/// that looks for an order too early, and parks with it.
#[test]
fn a_supervisor_that_stops_ends_a_child_that_fails() {
    let name = "a_supervisor_that_stops_ends_a_child_that_fails";
    let ends = [
        StopReason::Stopped.to_string(),
        StopReason::Panicked("failed".into()).to_string(),
    ];
    outcomes(name, Preemptions(2), 3000, ends, || {
        let supervisor = supervisor(Strategy::OneForOne);
        let (addr, living) = child(&supervisor, Restart::Permanent);
        let other = addr.clone();
        let thread = thread::spawn(move || _ = other.post(fail));
        supervisor.stop();
        assert_eq!(supervisor.join(), StopReason::Stopped);
        assert_eq!(living.read(), 0);
        thread.join().unwrap();
        addr.join().to_string()
    });
}

/// Two threads, bound 1, 983 executions: two children that fail at the same time, of which each
/// takes the other with it. Kills: a halt that reaches nobody.
#[test]
fn a_halt_that_meets_a_failure_is_one() {
    let name = "a_halt_that_meets_a_failure_is_one";
    model(name, Preemptions(1), 500, || {
        let supervisor = supervisor(Strategy::OneForAll);
        let (one, first) = child(&supervisor, Restart::Permanent);
        let (two, second) = child(&supervisor, Restart::Permanent);
        let other = two.clone();
        let thread = thread::spawn(move || other.post(fail).unwrap());
        one.post(fail).unwrap();
        thread.join().unwrap();
        assert_eq!(one.call(handle).wait().unwrap(), 1);
        assert_eq!(two.call(handle).wait().unwrap(), 1);
        supervisor.stop();
        assert_eq!(supervisor.join(), StopReason::Stopped);
        assert_eq!((first.read(), second.read()), (0, 0));
    });
}

/// Two threads, bound 2, 4,374 executions: a child fails while its supervisor releases it. Kills: a
/// release that forgets a child which is just being restarted.
#[test]
fn a_release_that_meets_a_failure_is_the_end() {
    let name = "a_release_that_meets_a_failure_is_the_end";
    let ends = [
        StopReason::Stopped.to_string(),
        StopReason::Panicked("failed".into()).to_string(),
    ];
    outcomes(name, Preemptions(2), 2000, ends, || {
        let supervisor = supervisor(Strategy::OneForOne);
        let (addr, living) = child(&supervisor, Restart::Permanent);
        let other = addr.clone();
        let thread = thread::spawn(move || _ = other.post(fail));
        supervisor.release(addr.id());
        let end = addr.join();
        assert_eq!(living.read(), 0);
        thread.join().unwrap();
        supervisor.stop();
        assert_eq!(supervisor.join(), StopReason::Stopped);
        end.to_string()
    });
}
