//! Supervision: objects that do not overlap, and orders that meet what the child does by itself.
//!
//! The children live on an executor that runs every job in the thread that hands it in; the
//! supervisor does, too, or has its work done by a thread that comes for it.

use super::support::{Bound::*, Payload, model, outcomes, throw};
use crate::actor::{Actor, Addr, AsyncHandler, Context, Restart, StopReason, Strategy, Supervisor};
use crate::executor::{Executor, Rejected};
use crate::future::Job;
use crate::sync::{Event, Semaphore};
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
pub(super) struct Only {
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

pub(super) fn supervisor(strategy: Strategy) -> Supervisor {
    let supervisor = Supervisor::new(strategy).on(Arc::new(Inline));
    supervisor.max_restarts(usize::MAX, Duration::MAX)
}

pub(super) fn child(supervisor: &Supervisor, restart: Restart) -> (Addr<Only>, Arc<Payload>) {
    let living = Arc::new(Payload::new(0));
    let builder = Addr::builder().on(Arc::new(Inline));
    let its = living.clone();
    let addr = supervisor.child_with(builder, restart, move || Only::new(&its));
    (addr.unwrap(), living)
}

pub(super) fn fail(_: &mut Only) {
    throw("failed");
}

pub(super) fn handle(only: &mut Only) -> usize {
    only.handled += 1;
    only.handled
}

/// Two threads, bound 2, 2,336 executions. Kills: a child that looks for an order and then says
/// that it does not run.
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

/// Two threads, bound 3, 1,823 executions. Kills: a wake that sees nothing of what the turn before
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

/// Two threads, bound 2, 304 executions. Kills: a restart that drops what waits, or lets it go idle
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

/// Two threads, bound 2, 1,072 executions. Kills: an end that comes of a stop while messages wait
/// for a new object.
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

/// Two threads, bound 2, 3,595 executions. Kills: a stop of a permanent child that closes its
/// mailbox.
#[test]
fn a_permanent_child_that_is_stopped_begins_anew() {
    let name = "a_permanent_child_that_is_stopped_begins_anew";
    let orders = [(2, 3), (1, 2), (2, 1)];
    outcomes(name, Preemptions(2), 1000, orders, || {
        let supervisor = supervisor(Strategy::OneForOne);
        let (living, made) = (Arc::new(Payload::new(0)), Arc::new(Payload::new(0)));
        let its = made.clone();
        let make = move || {
            its.bump();
            Only::new(&living)
        };
        let builder = Addr::builder().on(Arc::new(Inline));
        let addr = supervisor.child_with(builder, Restart::Permanent, make);
        let addr = addr.unwrap();
        let other = addr.clone();
        let thread = thread::spawn(move || other.stop());
        addr.call(handle).wait().unwrap();
        let seen = addr.call(handle).wait().unwrap();
        thread.join().unwrap();
        assert_eq!(made.read(), 2);
        let last = addr.call(handle).wait().unwrap();
        supervisor.kill();
        (seen, last)
    });
}

/// Two threads, bound 2, 800 executions. Kills: a signal that takes another with it.
#[test]
fn a_kill_that_meets_a_stop_prevails() {
    let name = "a_kill_that_meets_a_stop_prevails";
    model(name, Preemptions(2), 100, || {
        let supervisor = supervisor(Strategy::OneForOne);
        let (addr, living) = child(&supervisor, Restart::Permanent);
        let other = addr.clone();
        let thread = thread::spawn(move || other.stop());
        addr.kill();
        assert_eq!(addr.join(), StopReason::Killed);
        assert_eq!(living.read(), 0);
        thread.join().unwrap();
    });
}

/// Two threads, bound 2, 418 executions. Kills: a restart that takes a kill back.
#[test]
fn a_kill_that_meets_a_restart_prevails() {
    let name = "a_kill_that_meets_a_restart_prevails";
    model(name, Preemptions(2), 100, || {
        let supervisor = supervisor(Strategy::OneForOne);
        let (addr, living) = child(&supervisor, Restart::Permanent);
        let other = addr.clone();
        let thread = thread::spawn(move || _ = other.post(fail));
        addr.kill();
        assert_eq!(addr.join(), StopReason::Killed);
        assert_eq!(living.read(), 0);
        thread.join().unwrap();
    });
}

/// Two threads, bound 2, 6,051 executions. Kills: a child that looks for an order too early, and
/// parks with it.
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
        let end = addr.try_join().expect("no child outlives its supervisor");
        thread.join().unwrap();
        end.to_string()
    });
}

/// Two threads, bound 1, 2,072 executions: two children that fail at the same time, of which each
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

/// Two threads, bound 2, 264 executions: a message comes before the first object is there. Kills: a
/// child that begins as if it were idle.
#[test]
fn what_is_sent_before_the_first_object_waits_for_it() {
    let name = "what_is_sent_before_the_first_object_waits_for_it";
    model(name, Preemptions(2), 20, || {
        let jobs = Later::new();
        let supervisor = Supervisor::new(Strategy::OneForOne).on(jobs.clone());
        let (addr, living) = child(&supervisor, Restart::Permanent);
        let worker = jobs.clone();
        let thread = thread::spawn(move || worker.run_one());
        assert_eq!(addr.call(handle).wait().unwrap(), 1);
        thread.join().unwrap();
        supervisor.kill();
        jobs.run_all();
        assert_eq!(addr.join(), StopReason::Killed);
        assert_eq!(living.read(), 0);
    });
}

/// One thread, in the order in which a halt comes to a child that has failed. Kills: a child that
/// reports, for a halt, what it has reported.
#[test]
fn a_halt_of_what_has_failed_is_not_reported() {
    let name = "a_halt_of_what_has_failed_is_not_reported";
    model(name, Exhaustive, 1, || {
        let jobs = Later::new();
        let supervisor = Supervisor::new(Strategy::OneForAll).on(jobs.clone());
        let children = [(); 2].map(|()| child(&supervisor, Restart::Permanent).0);
        jobs.run_all();
        for addr in &children {
            addr.post(fail).unwrap();
        }
        jobs.run_all();
        for addr in &children {
            assert_eq!(addr.call(handle).wait().unwrap(), 1);
            assert_eq!(addr.stats().restarts, 1);
        }
        supervisor.kill();
        jobs.run_all();
    });
}

/// Two threads, bound 2, 14,178 executions: a halt that met a failure has left its mark when the
/// next comes. Kills: a mark that is taken off after the look at the order, and takes the next with
/// it.
#[test]
fn a_halt_that_meets_the_mark_of_another_is_carried_out() {
    let name = "a_halt_that_meets_the_mark_of_another_is_carried_out";
    model(name, Preemptions(2), 100, || {
        let (jobs, its) = (Later::new(), Later::new());
        let supervisor = Supervisor::new(Strategy::OneForAll).on(jobs.clone());
        let settle = || {
            for _ in 0..4 {
                jobs.run_all();
                its.run_all();
            }
        };
        let (one, _living) = child(&supervisor, Restart::Permanent);
        let living = Arc::new(Payload::new(0));
        let make = move || Only::new(&living);
        let builder = Addr::builder().on(its.clone());
        let two = supervisor.child_with(builder, Restart::Permanent, make);
        let two = two.unwrap();
        settle();
        one.post(fail).unwrap();
        two.post(fail).unwrap();
        its.run_all();
        // It is halted where it has failed, and to be made anew.
        jobs.run_all();
        let worker = its.clone();
        let thread = thread::spawn(move || worker.run_all());
        one.post(fail).unwrap();
        jobs.run_all();
        thread.join().unwrap();
        settle();
        assert_eq!((one.stats().restarts, two.stats().restarts), (2, 2));
        supervisor.kill();
        settle();
    });
}

/// Two threads, bound 2, 459 executions. Kills: a child that reports before its object is gone, so
/// that the next comes down beside it.
#[test]
fn children_come_down_one_after_the_other() {
    let name = "children_come_down_one_after_the_other";
    model(name, Preemptions(2), 20, || {
        struct Writes(Arc<Payload>);
        impl Actor for Writes {}
        impl Drop for Writes {
            fn drop(&mut self) {
                self.0.bump();
            }
        }
        let jobs = Later::new();
        let supervisor = Supervisor::new(Strategy::OneForAll).on(jobs.clone());
        let drops = Arc::new(Payload::new(0));
        let [one, two] = [(); 2].map(|()| {
            let drops = drops.clone();
            let make = move || Writes(drops.clone());
            let builder = Addr::builder().on(Arc::new(Inline));
            let addr = supervisor.child_with(builder, Restart::Permanent, make);
            addr.unwrap()
        });
        jobs.run_all();
        let worker = jobs.clone();
        let thread = thread::spawn(move || worker.run_one());
        two.post(|_| throw("failed")).unwrap();
        thread.join().unwrap();
        jobs.run_all();
        assert_eq!(drops.read(), 2);
        assert_eq!((one.stats().restarts, two.stats().restarts), (1, 1));
        supervisor.kill();
        jobs.run_all();
    });
}

/// Two threads, bound 2, 3,035 executions: a child whose handler waits, for what never comes, is
/// brought down with another. Kills: a halt that does not wake a handler; a poll of one that is to
/// end.
#[test]
fn a_halt_ends_a_handler_that_waits() {
    struct Waits(Arc<Event>);
    struct Wait;
    impl Actor for Waits {}
    impl AsyncHandler<Wait> for Waits {
        type Reply = ();
        async fn handle(&mut self, _: Wait, _: &mut Context<Self>) {
            self.0.wait_async().await;
        }
    }
    let name = "a_halt_ends_a_handler_that_waits";
    let seen = ["handled", "stopped"];
    outcomes(name, Preemptions(2), 100, seen, || {
        let supervisor = supervisor(Strategy::OneForAll);
        let (fails, _living) = child(&supervisor, Restart::Permanent);
        let event = Arc::new(Event::new(false));
        let its = event.clone();
        let builder = Addr::builder().on(Arc::new(Inline));
        let make = move || Waits(its.clone());
        let waits = supervisor.child_with(builder, Restart::Permanent, make);
        let waits = waits.unwrap();
        let thread = thread::spawn(move || fails.post(fail).unwrap());
        let reply = waits.ask(Wait);
        thread.join().unwrap();
        let seen = match reply.is_done() {
            true => "stopped",
            // It came to the new object.
            false => "handled",
        };
        event.set();
        assert_eq!(reply.wait().is_ok(), seen == "handled");
        supervisor.kill();
        seen
    });
}
