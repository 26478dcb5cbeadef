//! The mailbox of an actor: blocks that follow each other and are used again, and what does not
//! wait behind messages.
//!
//! A block has 6 units here, later ones 12; a message takes one for its head and one for each
//! eight bytes.

use super::actor::{Inline, Later, bump, inline};
use super::support::{Bound::*, DropCount, Payload, model, outcomes, spawn};
use crate::actor::{Actor, Addr, Context, Handler, StopReason, Undelivered};
use std::sync::Arc;

/// How many messages were handled, and what was in them.
struct Sum(Payload);

/// A message so large that a block has room for one.
struct Large([usize; 6]);

/// A message without a size.
struct One;

impl Actor for Sum {}

impl Handler<Large> for Sum {
    type Reply = usize;

    fn handle(&mut self, Large(parts): Large, _: &mut Context<Self>) -> usize {
        (1..=parts.iter().sum()).for_each(|_| _ = self.0.bump());
        self.0.read()
    }
}

impl Handler<One> for Sum {
    type Reply = usize;

    fn handle(&mut self, One: One, _: &mut Context<Self>) -> usize {
        self.0.bump()
    }
}

fn large(number: usize) -> Large {
    Large([0, 0, number, 0, 0, 0])
}

/// An actor, and where its turns wait for somebody.
fn later(state: Sum) -> (Addr<Sum>, Arc<Later>) {
    let jobs = Later::new();
    let addr = Addr::builder().on(jobs.clone()).start(state).unwrap();
    (addr, jobs)
}

/// Two threads, bound 2, 927 executions. Kills: `put`, or `move_on`, with a head that is Relaxed;
/// `step` with Relaxed; a block that is linked after the JUMP.
#[test]
fn a_burst_goes_through_several_blocks() {
    let name = "a_burst_goes_through_several_blocks";
    model(name, Preemptions(2), 100, || {
        let (addr, jobs) = later(Sum(Payload::new(0)));
        addr.tell(One).unwrap();
        let worker = jobs.clone();
        let thread = spawn(move || worker.run_one());
        addr.tell(large(1)).unwrap();
        addr.tell(One).unwrap();
        thread.join().unwrap();
        jobs.run_all();
        let sum = addr.ask(One);
        jobs.run_all();
        assert_eq!(sum.wait().unwrap(), 3);
    });
}

/// Two threads, bound 2, 3,508 executions. Kills: `keep` and `unused` with Relaxed.
#[test]
fn a_block_is_used_again() {
    let name = "a_block_is_used_again";
    model(name, Preemptions(2), 300, || {
        let (addr, jobs) = later(Sum(Payload::new(0)));
        for _ in 0..2 {
            addr.tell(large(1)).unwrap();
        }
        let worker = jobs.clone();
        let thread = spawn(move || worker.run_one());
        for _ in 0..2 {
            addr.tell(large(1)).unwrap();
        }
        thread.join().unwrap();
        jobs.run_all();
        let sum = addr.ask(large(0));
        jobs.run_all();
        assert_eq!(sum.wait().unwrap(), 4);
    });
}

/// Three threads, bound 2, 5,873 executions: two senders for whom there is no room. Kills: a claim
/// in a block that another sender is about to leave; a `last` that is changed after the word;
/// `word` with Relaxed.
#[test]
fn two_senders_move_on_at_once() {
    let name = "two_senders_move_on_at_once";
    model(name, Preemptions(2), 1000, || {
        let addr = inline(Sum(Payload::new(0)));
        let threads = [1, 2].map(|number| {
            let addr = addr.clone();
            spawn(move || addr.tell(large(number)).unwrap())
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(addr.ask(large(0)).wait().unwrap(), 3);
    });
}

/// Two threads, bound 3, 2,912 executions: an errand comes and goes while a sender has looked at
/// the word, which is then what it was. Kills: `exchange` with Relaxed.
#[test]
fn a_turn_between_a_look_and_a_claim_is_seen() {
    let name = "a_turn_between_a_look_and_a_claim_is_seen";
    model(name, Preemptions(3), 100, || {
        let addr = inline(Payload::new(0));
        let other = addr.clone();
        let thread = spawn(move || assert!(other.urge(|n, _| bump(n))));
        addr.post(bump).unwrap();
        thread.join().unwrap();
        assert_eq!(addr.call(|n| n.read()).wait().unwrap(), 2);
    });
}

/// Two threads, bound 3, 2,912 executions: whatever the turn is at, an errand is done without a
/// message that comes after it. Kills: a rouse that leaves the word as it is; a turn that goes idle
/// over it; an errand that nobody is scheduled for.
#[test]
fn what_is_urgent_is_not_missed() {
    let name = "what_is_urgent_is_not_missed";
    model(name, Preemptions(3), 100, || {
        let done = Arc::new(Payload::new(0));
        let addr = inline(Payload::new(0));
        let (other, errand) = (addr.clone(), done.clone());
        let thread = spawn(move || {
            assert!(other.urge(move |_, _| _ = errand.bump()));
        });
        addr.post(bump).unwrap();
        thread.join().unwrap();
        // Done, and in this thread or in one that has ended.
        assert_eq!(done.read(), 1);
    });
}

/// Two threads, bound 2, 1,959 executions: an errand comes while a turn sees to another. Kills: a
/// turn that takes the rouse for the second off together with the first, and misses what it stands
/// for.
#[test]
fn one_rouse_for_two_errands_loses_neither() {
    let name = "one_rouse_for_two_errands_loses_neither";
    model(name, Preemptions(2), 100, || {
        let done = Arc::new(Payload::new(0));
        let addr = inline(());
        let (other, its) = (addr.clone(), done.clone());
        let thread = spawn(move || {
            assert!(other.urge(move |(), _| _ = its.bump()));
        });
        let (me, its) = (addr.clone(), done.clone());
        let post = move |(): &mut ()| {
            assert!(me.urge(move |(), _| _ = its.bump()));
        };
        addr.post(post).unwrap();
        thread.join().unwrap();
        assert_eq!(done.read(), 2);
    });
}

/// One thread: what is urgent comes before what waits, a batch of it at a time. Kills: a lane that
/// is looked at after the mailbox; one that is taken again before a message had its turn.
#[test]
fn what_is_urgent_does_not_wait_and_starves_nobody() {
    let name = "what_is_urgent_does_not_wait_and_starves_nobody";
    model(name, Exhaustive, 1, || {
        let jobs = Later::new();
        let builder = Addr::builder().on(jobs.clone()).batch(2);
        let addr = builder.start(Vec::new()).unwrap();
        addr.post(|seen| seen.push(1)).unwrap();
        addr.post(|seen| seen.push(2)).unwrap();
        for _ in 0..3 {
            let me = addr.clone();
            assert!(addr.urge(move |seen: &mut Vec<_>, _| {
                seen.push(10);
                me.urge(|seen, _| seen.push(20));
            }));
        }
        let seen = addr.call(std::mem::take);
        jobs.run_all();
        assert_eq!(seen.wait().unwrap(), [10, 10, 10, 1, 20, 20, 20, 2]);
    });
}

/// Two threads, bound 2, 513 executions: a message kills, while others are on their way. Kills: an
/// end that does not wait for a message that is accepted and not published.
#[test]
fn what_is_told_is_handled_or_handed_back() {
    struct Teller(Arc<Payload>);
    impl Actor for Teller {
        fn undelivered(&mut self, message: Undelivered) {
            message.downcast::<usize>().unwrap();
            self.0.bump();
        }
    }
    impl Handler<usize> for Teller {
        type Reply = ();
        fn handle(&mut self, number: usize, cx: &mut Context<Self>) {
            self.0.bump();
            if number == 0 {
                cx.kill();
            }
        }
    }
    let name = "what_is_told_is_handled_or_handed_back";
    outcomes(name, Preemptions(2), 100, [0, 1, 2], || {
        let count = Arc::new(Payload::new(0));
        let builder = Addr::builder().on(Arc::new(Inline));
        let addr = builder.start_actor(Teller(count.clone())).unwrap();
        let other = addr.clone();
        let thread = spawn(move || {
            let told = [1, 2].map(|n| other.tell(n).is_ok());
            told.into_iter().filter(|told| *told).count()
        });
        addr.tell(0).unwrap();
        assert_eq!(addr.join(), StopReason::Killed);
        let accepted = thread.join().unwrap();
        assert_eq!(count.read(), 1 + accepted);
        accepted
    });
}

/// Two threads, exhaustive, 7 executions: the last two addresses are dropped at once. Kills: a last
/// address that stops nothing; a count by which neither is the last.
#[test]
fn two_addresses_are_dropped_at_once() {
    let name = "two_addresses_are_dropped_at_once";
    model(name, Exhaustive, 3, || {
        let (drops, count) = (DropCount::new(), Arc::new(Payload::new(0)));
        let addr = inline((drops.value(()), count.clone()));
        let ended = addr.join_async();
        let other = addr.clone();
        let thread = spawn(move || {
            other.post(|(_, count)| _ = count.bump()).unwrap();
            drop(other);
        });
        drop(addr);
        thread.join().unwrap();
        assert_eq!(crate::future::block_on(ended), StopReason::Stopped);
        assert_eq!((drops.get(), count.read()), (1, 1));
    });
}

/// Two threads, bound 2, 61 executions: an errand that waits in the turn when that is killed.
/// Kills: an end that is told while a message is left.
#[test]
fn what_was_urgent_is_gone_when_a_join_returns() {
    struct Writes(Arc<Payload>);
    impl Drop for Writes {
        fn drop(&mut self) {
            self.0.bump();
        }
    }
    let name = "what_was_urgent_is_gone_when_a_join_returns";
    model(name, Preemptions(2), 20, || {
        let jobs = Later::new();
        let addr = Addr::builder().on(jobs.clone()).start(()).unwrap();
        let drops = Arc::new(Payload::new(0));
        let left = Writes(drops.clone());
        assert!(addr.urge(|(), cx| cx.kill()));
        assert!(addr.urge(move |(), _| drop(left)));
        let thread = spawn(move || jobs.run_one());
        assert_eq!(addr.join(), StopReason::Killed);
        assert_eq!(drops.read(), 1);
        thread.join().unwrap();
    });
}
