//! Actors: turns, messages, stopping, and what the next turn sees.
//!
//! Most models run on an executor that runs every job in the thread that hands it in. It orders
//! nothing, so a turn sees what the turn before it did by the control word alone, and two threads
//! are enough for senders to become each other's actor.

use super::support::{Bound::*, DropCount, Payload, model, outcomes, throw};
use crate::actor::{Addr, AskError, Reply, StopReason};
use crate::executor::{Executor, Rejected};
use crate::future::{Job, block_on};
use crate::sync::Semaphore;
use crate::sys::atomic::{AtomicUsize, Ordering::Relaxed};
use crate::sys::{self, clock};
use loom::thread;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

/// Runs every job where it is handed in.
pub(super) struct Inline;

impl Executor for Inline {
    fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
        job.run();
        Ok(())
    }
}

/// Keeps jobs for a thread that comes for them.
pub(super) struct Later {
    /// `None` once it was shut down.
    jobs: sys::Mutex<Option<VecDeque<Job>>>,
    there: Semaphore,
}

impl Later {
    pub(super) fn new() -> Arc<Self> {
        let jobs = sys::Mutex::new(Some(VecDeque::new()));
        let there = Semaphore::new(0);
        Arc::new(Self { jobs, there })
    }

    /// Waits for a job and runs it.
    pub(super) fn run_one(&self) {
        self.there.acquire().unwrap().forget();
        let job = self.jobs.lock().as_mut().and_then(VecDeque::pop_front);
        job.expect("as many as permits").run();
    }

    /// Runs the jobs that are there, if any.
    pub(super) fn run_all(&self) {
        while let Ok(permit) = self.there.try_acquire() {
            permit.forget();
            let job = self.jobs.lock().as_mut().and_then(VecDeque::pop_front);
            job.expect("as many as permits").run();
        }
    }

    /// Takes no more jobs, and drops those that are there.
    pub(super) fn shut_down(&self) {
        let jobs = self.jobs.lock().take();
        drop(jobs);
    }
}

impl Executor for Later {
    fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
        match &mut *self.jobs.lock() {
            Some(jobs) => jobs.push_back(job),
            None => return Err(Rejected(job)),
        }
        self.there.add_permits(1).unwrap();
        Ok(())
    }
}

/// An actor on the inline executor.
pub(super) fn inline<A: Send>(state: A) -> Addr<A> {
    Addr::builder().on(Arc::new(Inline)).start(state).unwrap()
}

/// A message that adds one to the object.
pub(super) fn bump(n: &mut Payload) {
    n.bump();
}

/// Adds one to what a message shares with the model.
pub(super) fn note(count: &Payload) {
    count.bump();
}

/// Which kind of answer it is.
pub(super) fn kind<R>(result: Result<R, AskError>) -> &'static str {
    match result {
        Ok(_) => "ran",
        Err(AskError::Closed) => "closed",
        Err(AskError::Stopped) => "stopped",
        Err(AskError::Panicked(_)) => "panicked",
        Err(AskError::Deadlock) => "deadlock",
        Err(AskError::Full | AskError::TimedOut) => "no room",
    }
}

/// Notes the order of events; loom does not see it.
#[derive(Clone, Default)]
pub(super) struct Notes(Arc<Mutex<Vec<&'static str>>>);

impl Notes {
    pub(super) fn add(&self, what: &'static str) {
        self.0.lock().unwrap().push(what);
    }

    pub(super) fn get(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().clone()
    }
}

/// Two threads, bound 3, 857 executions. Kills: `idle` and `word` with Relaxed; a turn that gives
/// up with messages left; a sender that does not schedule.
#[test]
fn what_one_message_wrote_the_next_sees_on_whichever_thread() {
    let name = "what_one_message_wrote_the_next_sees_on_whichever_thread";
    model(name, Preemptions(3), 80, || {
        let addr = inline(Payload::new(0));
        let other = addr.clone();
        let thread = thread::spawn(move || {
            other.post(bump).unwrap();
        });
        addr.post(bump).unwrap();
        thread.join().unwrap();
        assert_eq!(addr.len(), 0);
        assert_eq!(addr.call(|n| n.read()).wait().unwrap(), 2);
    });
}

/// ponyc#4075: an actor that is scheduled twice.
///
/// Three threads, bound 2, 7,252 executions: the turn runs in a thread of its own, and goes idle
/// while two send.
#[test]
fn a_message_that_meets_the_turn_going_idle_is_handled() {
    let name = "a_message_that_meets_the_turn_going_idle_is_handled";
    model(name, Preemptions(2), 1500, || {
        let jobs = Later::new();
        let addr = Addr::builder()
            .on(jobs.clone())
            .start(Payload::new(0))
            .unwrap();
        let (other, worker) = (addr.clone(), jobs.clone());
        let sender = thread::spawn(move || other.post(bump).unwrap());
        let runner = thread::spawn(move || worker.run_one());
        addr.post(bump).unwrap();
        sender.join().unwrap();
        runner.join().unwrap();
        jobs.run_all();
        assert_eq!(addr.len(), 0);
        let reply = addr.call(|n| n.read());
        jobs.run_all();
        assert_eq!(reply.wait().unwrap(), 2);
    });
}

/// Two threads, exhaustive, 310 executions. Kills: a mailbox that is taken from the wrong end; a
/// turn that gives way with messages left and schedules no other.
#[test]
fn the_messages_of_one_sender_are_handled_in_order() {
    let name = "the_messages_of_one_sender_are_handled_in_order";
    model(name, Exhaustive, 300, || {
        let notes = Notes::default();
        let jobs = Later::new();
        // A batch of one: every message has a turn of its own, which schedules the next.
        let builder = Addr::builder().on(jobs.clone()).batch(1);
        let addr = builder.start(Payload::new(0)).unwrap();
        let (other, log) = (addr.clone(), notes.clone());
        let thread = thread::spawn(move || {
            for text in ["first", "second"] {
                let log = log.clone();
                let note = move |n: &mut Payload| {
                    n.bump();
                    log.add(text);
                };
                other.post(note).unwrap();
            }
        });
        jobs.run_one();
        thread.join().unwrap();
        jobs.run_all();
        assert_eq!(notes.get(), ["first", "second"]);
    });
}

/// kameo#335.
///
/// Two threads, bound 3, 386 executions. Kills: a stop that drops what is left; a sender that is
/// told `Ok` after the end.
#[test]
fn what_is_accepted_before_a_stop_is_handled() {
    let name = "what_is_accepted_before_a_stop_is_handled";
    outcomes(name, Preemptions(3), 300, [false, true], || {
        let handled = Arc::new(Payload::new(0));
        let addr = inline(());
        let (other, count) = (addr.clone(), handled.clone());
        let thread = thread::spawn(move || other.post(move |_| note(&count)).is_ok());
        addr.stop();
        assert_eq!(addr.join(), StopReason::Stopped);
        let ran = handled.read() == 1;
        assert_eq!(thread.join().unwrap(), ran);
        assert_eq!(addr.undelivered(), 0);
        ran
    });
}

/// Two threads, bound 3, 4,022 executions. Kills: an end that leaves calls unanswered; a kill of an
/// idle actor that nobody carries out.
#[test]
fn a_call_that_meets_a_kill_resolves() {
    let name = "a_call_that_meets_a_kill_resolves";
    outcomes(
        name,
        Preemptions(3),
        300,
        ["closed", "ran", "stopped"],
        || {
            let addr = inline(Payload::new(0));
            let other = addr.clone();
            let thread = thread::spawn(move || kind(other.call(|n| n.bump()).wait()));
            addr.kill();
            assert_eq!(addr.join(), StopReason::Killed);
            thread.join().unwrap()
        },
    );
}

/// Two threads, bound 3, 8,199 executions. Kills: an `undelivered` that forgets the inbox or the
/// mailbox.
#[test]
fn a_kill_counts_what_it_leaves_unhandled() {
    let name = "a_kill_counts_what_it_leaves_unhandled";
    let most = [(0, 0), (1, 1), (2, 1), (2, 2)];
    outcomes(name, Preemptions(3), 500, most, || {
        let handled = Arc::new(Payload::new(0));
        let addr = inline(());
        let (other, count) = (addr.clone(), handled.clone());
        let thread = thread::spawn(move || {
            let second = count.clone();
            let nested = other.clone();
            let first = move |_: &mut ()| {
                count.bump();
                // While a turn is on: this one waits in the mailbox.
                nested.post(move |_| note(&second)).is_ok()
            };
            let reply = other.call(first);
            match reply.wait() {
                Ok(nested) => 1 + usize::from(nested),
                Err(_) => 0,
            }
        });
        addr.kill();
        addr.join();
        let accepted = thread.join().unwrap();
        assert_eq!(addr.len(), 0);
        assert_eq!(accepted, handled.read() + addr.undelivered());
        (accepted, handled.read())
    });
}

/// Two threads, exhaustive, 3,255 executions. Kills: an end that forgets what its turn has taken
/// in; a kill that waits for the round.
#[test]
fn a_kill_ends_a_round_in_the_middle() {
    let name = "a_kill_ends_a_round_in_the_middle";
    outcomes(name, Exhaustive, 10, [0, 1, 2], || {
        let jobs = Later::new();
        let builder = Addr::builder().on(jobs.clone());
        let addr = builder.start(()).unwrap();
        let handled = Arc::new(Payload::new(0));
        for _ in 0..2 {
            let count = handled.clone();
            addr.post(move |_| note(&count)).unwrap();
        }
        let thread = thread::spawn(move || jobs.run_all());
        addr.kill();
        assert!(addr.post(|()| ()).is_err());
        thread.join().unwrap();
        // Handled and gone idle before the kill: then it has yet to be carried out.
        let handled = handled.read();
        assert!(addr.is_stopped() || handled == 2);
        if addr.is_stopped() {
            assert_eq!(addr.undelivered(), 2 - handled);
        }
        handled
    });
}

/// Two threads, bound 3, 2,089 executions. Kills: two closers that both schedule a turn, or
/// neither.
#[test]
fn a_stop_and_a_kill_end_it_once() {
    let name = "a_stop_and_a_kill_end_it_once";
    outcomes(name, Preemptions(3), 500, ["killed", "stopped"], || {
        let drops = DropCount::new();
        let addr = inline(drops.value(()));
        let other = addr.clone();
        let thread = thread::spawn(move || other.kill());
        addr.stop();
        let reason = addr.join();
        thread.join().unwrap();
        assert_eq!(drops.get(), 1);
        assert_eq!(addr.join(), reason);
        if reason == StopReason::Killed {
            "killed"
        } else {
            "stopped"
        }
    });
}

/// An object that reads a payload when it is dropped.
struct Reads(Arc<Payload>);

impl Drop for Reads {
    fn drop(&mut self) {
        self.0.read();
    }
}

/// Two threads, exhaustive, 495 executions. Kills: `raise` and `lack` with Relaxed.
#[test]
fn the_object_s_drop_sees_what_the_stopper_wrote() {
    let name = "the_object_s_drop_sees_what_the_stopper_wrote";
    model(name, Exhaustive, 70, || {
        let payload = Arc::new(Payload::new(0));
        let addr = inline(Reads(payload.clone()));
        let other = addr.clone();
        let thread = thread::spawn(move || other.post(|_| ()).is_ok());
        payload.write(1);
        addr.stop();
        thread.join().unwrap();
        assert!(addr.is_stopped());
    });
}

/// An object that writes a payload when it is dropped.
struct Writes(Arc<Payload>);

impl Drop for Writes {
    fn drop(&mut self) {
        self.0.write(1);
    }
}

/// Two threads, exhaustive, 464 executions. Kills: `ended` set before the object is dropped.
#[test]
fn the_object_is_gone_when_a_join_returns() {
    let name = "the_object_is_gone_when_a_join_returns";
    model(name, Exhaustive, 250, || {
        let payload = Arc::new(Payload::new(0));
        let addr = inline(Writes(payload.clone()));
        let other = addr.clone();
        let thread = thread::spawn(move || other.stop());
        assert_eq!(addr.join(), StopReason::Stopped);
        assert_eq!(payload.read(), 1);
        thread.join().unwrap();
    });
}

/// ractor#466.
///
/// Three threads, bound 2, 2,086 executions. Kills: an end that tells one waiter only.
#[test]
fn every_joiner_thread_or_task_is_told() {
    let name = "every_joiner_thread_or_task_is_told";
    model(name, Preemptions(2), 1000, || {
        let payload = Arc::new(Payload::new(0));
        let addr = inline(Writes(payload.clone()));
        let (task, stopper) = (addr.join_async(), addr.clone());
        let seen = payload.clone();
        let waiter = thread::spawn(move || {
            assert_eq!(block_on(task), StopReason::Stopped);
            assert_eq!(seen.read(), 1);
        });
        let stop = thread::spawn(move || stopper.stop());
        assert_eq!(addr.join(), StopReason::Stopped);
        assert_eq!(payload.read(), 1);
        waiter.join().unwrap();
        stop.join().unwrap();
    });
}

/// Two threads, exhaustive, 992 executions. Kills: a last address that does not stop; a drop that
/// discards.
#[test]
fn dropping_the_last_address_drains_and_stops() {
    let name = "dropping_the_last_address_drains_and_stops";
    model(name, Exhaustive, 120, || {
        let handled = Arc::new(Payload::new(0));
        let drops = DropCount::new();
        let addr = inline(drops.value(()));
        let ended = addr.join_async();
        let (other, count) = (addr.clone(), handled.clone());
        let thread = thread::spawn(move || {
            other.post(move |_| note(&count)).unwrap();
        });
        drop(addr);
        assert_eq!(block_on(ended), StopReason::Stopped);
        assert_eq!(handled.read(), 1);
        assert_eq!(drops.get(), 1);
        thread.join().unwrap();
    });
}

/// Two threads, exhaustive, 4,350 executions. Kills: an upgrade after the last drop. loom does not
/// see the count of addresses, which is `std`'s; the atomic makes it try both orders.
#[test]
fn an_upgraded_address_keeps_the_actor() {
    let name = "an_upgraded_address_keeps_the_actor";
    outcomes(name, Exhaustive, 200, [false, true], || {
        let order = Arc::new(AtomicUsize::new(0));
        let addr = inline(Payload::new(0));
        let (weak, ended) = (addr.downgrade(), addr.join_async());
        let other = order.clone();
        let thread = thread::spawn(move || {
            other.fetch_add(1, Relaxed);
            let upgraded = weak.upgrade();
            other.fetch_add(1, Relaxed);
            if let Some(addr) = &upgraded {
                addr.post(bump).unwrap();
            }
            upgraded.is_some()
        });
        order.fetch_add(1, Relaxed);
        drop(addr);
        assert_eq!(block_on(ended), StopReason::Stopped);
        thread.join().unwrap()
    });
}

/// Two threads, bound 3, 1,541 executions. Kills: a panic that leaves the rest of its batch
/// unanswered, or lets it run.
#[test]
fn a_panic_resolves_the_rest() {
    let name = "a_panic_resolves_the_rest";
    outcomes(
        name,
        Preemptions(3),
        500,
        ["closed", "ran", "stopped"],
        || {
            let addr = inline(Payload::new(0));
            let other = addr.clone();
            let thread = thread::spawn(move || {
                let boom = |n: &mut Payload| -> () {
                    n.write(usize::MAX);
                    throw("boom")
                };
                assert_eq!(kind(other.call(boom).wait()), "panicked");
            });
            let answer = addr.call(|n| n.read()).wait();
            if let Ok(seen) = answer {
                assert_eq!(seen, 0);
            }
            thread.join().unwrap();
            assert_eq!(addr.join(), StopReason::Panicked("boom".into()));
            kind(answer)
        },
    );
}

/// Two threads, exhaustive, 42 executions. Kills: a job that is refused or dropped and leaves its
/// actor behind.
#[test]
fn a_call_that_meets_the_end_of_its_executor_resolves() {
    let name = "a_call_that_meets_the_end_of_its_executor_resolves";
    outcomes(name, Exhaustive, 10, ["ran", "stopped"], || {
        let jobs = Later::new();
        let drops = DropCount::new();
        let addr = Addr::builder()
            .on(jobs.clone())
            .start(drops.value(()))
            .unwrap();
        let (other, worker) = (addr.clone(), jobs.clone());
        let thread = thread::spawn(move || {
            let reply = other.call(|_| ());
            worker.there.try_acquire().ok().map(|permit| {
                permit.forget();
                let job = worker.jobs.lock().as_mut().and_then(VecDeque::pop_front);
                job.map(Job::run)
            });
            kind(reply.wait())
        });
        jobs.shut_down();
        let answer = thread.join().unwrap();
        addr.stop();
        let killed = addr.join() == StopReason::Killed;
        assert!(killed);
        assert_eq!(drops.get(), 1);
        answer
    });
}

/// Two threads, bound 3, 1,576 executions. Kills: a doorbell that is not rung; a thread that
/// outlives its actor.
#[test]
fn a_thread_of_its_own_ends_with_the_actor() {
    let name = "a_thread_of_its_own_ends_with_the_actor";
    model(name, Preemptions(3), 500, || {
        let payload = Arc::new(Payload::new(0));
        let builder = Addr::builder().dedicated_thread("actor");
        let addr = builder.start(Writes(payload.clone())).unwrap();
        addr.stop();
        assert_eq!(addr.join(), StopReason::Stopped);
        assert_eq!(payload.read(), 1);
    });
}

/// Two threads, bound 2, 1,504 executions, since it has two rings and an end to wait for. Kills: a
/// ring that is lost between two turns.
#[test]
fn a_thread_of_its_own_is_rung_for_each_turn() {
    let name = "a_thread_of_its_own_is_rung_for_each_turn";
    model(name, Preemptions(2), 300, || {
        let builder = Addr::builder().dedicated_thread("actor");
        let addr = builder.start(Payload::new(0)).unwrap();
        addr.post(bump).unwrap();
        addr.stop();
        assert_eq!(addr.join(), StopReason::Stopped);
    });
}

/// Two threads, exhaustive, 154 executions. Kills: an answer completed before it is written.
#[test]
fn a_reply_brings_what_the_call_wrote() {
    let name = "a_reply_brings_what_the_call_wrote";
    model(name, Exhaustive, 25, || {
        let jobs = Later::new();
        let addr = Addr::builder().on(jobs.clone()).start(0).unwrap();
        let payload = Arc::new(Payload::new(0));
        let written = payload.clone();
        let reply = addr.call(move |_| written.write(7));
        let thread = thread::spawn(move || jobs.run_one());
        reply.wait().unwrap();
        assert_eq!(payload.read(), 7);
        thread.join().unwrap();
    });
}

/// Three threads, bound 3, 2,694 executions. Kills: a reply that is lost when its wait times out.
#[test]
fn a_wait_that_times_out_keeps_the_reply() {
    let name = "a_wait_that_times_out_keeps_the_reply";
    outcomes(name, Preemptions(3), 500, [false, true], || {
        let jobs = Later::new();
        let addr = Addr::builder()
            .on(jobs.clone())
            .start(Payload::new(3))
            .unwrap();
        let reply: Reply<usize> = addr.call(|n| n.bump());
        let runner = thread::spawn(move || jobs.run_one());
        let time = thread::spawn(clock::expire_all);
        let in_time = match reply.wait_timeout(LATER) {
            Ok(result) => {
                assert_eq!(result.unwrap(), 3);
                true
            }
            Err(reply) => {
                assert_eq!(reply.wait().unwrap(), 3);
                false
            }
        };
        runner.join().unwrap();
        time.join().unwrap();
        in_time
    });
}
