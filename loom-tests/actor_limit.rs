//! Bounded mailboxes: waiting for room, and what is dropped.

use super::actor::{Inline, Later, kind, note};
use super::support::{Bound::*, Payload, model, outcomes, spawn};
use crate::actor::{
    Actor, Addr, AsyncHandler, Builder, Context, Host, Mailbox, Overflow, SendError, StopReason,
};
use crate::future::block_on;
use crate::sys::clock;
use std::sync::Arc;
use std::time::Duration;

/// An actor with room for one message.
fn bounded<A: 'static>(on: impl Into<Host>, overflow: Overflow) -> Builder<A> {
    let mailbox = Mailbox::Bounded {
        capacity: 1,
        overflow,
    };
    Addr::builder().on(on).mailbox(mailbox)
}

/// Two threads, bound 3, 496 executions. Kills: a turn that gives no room back; one that gives it
/// back twice.
#[test]
fn who_waits_for_room_is_let_in() {
    let name = "who_waits_for_room_is_let_in";
    model(name, Preemptions(3), 100, || {
        let jobs = Later::new();
        let builder = bounded(jobs.clone(), Overflow::Reject);
        let addr = builder.start(Payload::new(0)).unwrap();
        addr.post(|n| _ = n.bump()).unwrap();
        let full = addr.post(|n| _ = n.bump());
        assert!(matches!(full, Err(SendError::Full(_))));
        let worker = jobs.clone();
        let thread = spawn(move || worker.run_one());
        addr.post_wait(|n| _ = n.bump()).unwrap();
        thread.join().unwrap();
        jobs.run_all();
        let reply = addr.call_wait(|n| n.read());
        jobs.run_all();
        assert_eq!(reply.wait().unwrap(), 2);
        // There is room for one, and no more.
        assert!(addr.post(|_| ()).is_ok());
        assert!(addr.post(|_| ()).is_err());
    });
}

/// Two threads, bound 3, 39 executions. Kills: a stop that leaves those who wait for room.
#[test]
fn who_waits_for_room_is_told_of_the_end() {
    let name = "who_waits_for_room_is_told_of_the_end";
    model(name, Preemptions(3), 20, || {
        let jobs = Later::new();
        let builder = bounded(jobs.clone(), Overflow::Reject);
        let addr = builder.start(()).unwrap();
        addr.post(|_| ()).unwrap();
        let other = addr.clone();
        let thread = spawn(move || other.stop());
        let closed = block_on(addr.post_async(|_| ()));
        assert!(matches!(closed, Err(SendError::Closed(_))));
        thread.join().unwrap();
        jobs.run_all();
        assert_eq!(addr.try_join(), Some(StopReason::Stopped));
    });
}

/// Three threads, bound 2, 753 executions. Kills: room that is lost with a wait that times out, or
/// with a turn.
#[test]
fn a_wait_for_room_that_times_out_loses_none() {
    let name = "a_wait_for_room_that_times_out_loses_none";
    outcomes(name, Preemptions(2), 20, [false, true], || {
        let jobs = Later::new();
        let builder = bounded(jobs.clone(), Overflow::Reject);
        let addr = builder.start(0).unwrap();
        addr.post(|n| *n += 1).unwrap();
        let worker = jobs.clone();
        let thread = spawn(move || worker.run_one());
        let time = spawn(clock::expire_all);
        let sent = addr.post_timeout(|n| *n += 1, Duration::from_secs(1));
        let in_time = match sent {
            Ok(()) => true,
            Err(SendError::TimedOut(_)) => false,
            Err(other) => panic!("{other:?}"),
        };
        thread.join().unwrap();
        time.join().unwrap();
        jobs.run_all();
        // There is room for one.
        let reply = addr.call(|n| *n);
        jobs.run_all();
        assert_eq!(reply.wait().unwrap(), 1 + i32::from(in_time));
        in_time
    });
}

/// Two threads, bound 3, 41 executions. Kills: a message that goes into the ring alone, or the
/// mailbox alone; a drop that is not counted.
#[test]
fn of_those_that_take_each_other_s_place_each_is_handled_or_counted() {
    let name = "of_those_that_take_each_other_s_place_each_is_handled_or_counted";
    model(name, Preemptions(3), 30, || {
        let handled = Arc::new(Payload::new(0));
        let jobs = Later::new();
        let builder = bounded(jobs.clone(), Overflow::DropOldest);
        let addr = builder.start(()).unwrap();
        let send = |addr: &Addr<()>| {
            let count = handled.clone();
            addr.post(move |_| note(&count)).unwrap();
        };
        send(&addr);
        let (other, count, worker) = (addr.clone(), handled.clone(), jobs.clone());
        let thread = spawn(move || {
            other.post(move |_| note(&count)).unwrap();
            worker.run_one();
        });
        send(&addr);
        thread.join().unwrap();
        jobs.run_all();
        assert_eq!(handled.read() + addr.dropped(), 3);
    });
}

/// Two threads, bound 3, 868 executions. Kills: one that is dropped uncounted; room that is taken
/// for what is dropped.
#[test]
fn the_newest_is_dropped_and_counted() {
    let name = "the_newest_is_dropped_and_counted";
    model(name, Preemptions(3), 20, || {
        let handled = Arc::new(Payload::new(0));
        let builder = bounded(Arc::new(Inline), Overflow::DropNewest);
        let addr = builder.start(()).unwrap();
        let (other, count) = (addr.clone(), handled.clone());
        let thread = spawn(move || {
            other.post(move |_| note(&count)).unwrap();
        });
        let count = handled.clone();
        addr.post(move |_| note(&count)).unwrap();
        thread.join().unwrap();
        assert_eq!(handled.read() + addr.dropped(), 2);
        assert_eq!(addr.call(|_| 7).wait().unwrap(), 7);
    });
}

/// Two threads, bound 2, 141 executions. Kills: room that is given to a task, and left where it
/// was.
#[test]
fn a_task_that_waits_for_room_is_let_in() {
    let name = "a_task_that_waits_for_room_is_let_in";
    model(name, Preemptions(2), 20, || {
        let jobs = Later::new();
        let builder = bounded(jobs.clone(), Overflow::Reject);
        let addr = builder.start(0).unwrap();
        addr.post(|n| *n += 1).unwrap();
        let worker = jobs.clone();
        let thread = spawn(move || worker.run_one());
        block_on(addr.post_async(|n| *n += 1)).unwrap();
        thread.join().unwrap();
        jobs.run_all();
        // There is room for one, and no more.
        let reply = addr.call(|n| *n);
        assert!(addr.post(|_| ()).is_err());
        jobs.run_all();
        assert_eq!(reply.wait().unwrap(), 2);
    });
}

/// One thread. Kills: an actor that waits, in its own turn, for room that only a turn gives back.
#[test]
fn an_actor_does_not_wait_for_its_own_room() {
    struct Me;
    struct Fill;
    impl Actor for Me {}
    impl AsyncHandler<Fill> for Me {
        type Reply = [bool; 2];
        async fn handle(&mut self, _: Fill, cx: &mut Context<Self>) -> [bool; 2] {
            let me = cx.addr();
            me.post(|_| ()).unwrap();
            let in_task = me.post_async(|_| ()).await;
            let waiting = me.post_wait(|_| ());
            [in_task.is_err(), waiting.is_err()]
        }
    }
    let name = "an_actor_does_not_wait_for_its_own_room";
    model(name, Exhaustive, 1, || {
        let builder = bounded(Arc::new(Inline), Overflow::Reject);
        let me = builder.start_actor(Me).unwrap();
        assert_eq!(me.ask(Fill).wait().unwrap(), [true, true]);
    });
}

/// One thread. Kills: a ring that is full and keeps the oldest; one that takes a message when the
/// mailbox is closed.
#[test]
fn the_newest_takes_the_place_of_the_oldest_until_the_end() {
    let name = "the_newest_takes_the_place_of_the_oldest_until_the_end";
    model(name, Exhaustive, 1, || {
        let jobs = Later::new();
        let builder = bounded(jobs.clone(), Overflow::DropOldest);
        let addr = builder.start(()).unwrap();
        let [oldest, newest] = [1, 2].map(|n| addr.call(move |()| n));
        addr.stop();
        let late = addr.call(|()| 3);
        jobs.run_all();
        assert_eq!(kind(oldest.wait()), "no room");
        assert_eq!(newest.wait().unwrap(), 2);
        assert_eq!(kind(late.wait()), "closed");
        assert_eq!(addr.dropped(), 1);
    });
}
