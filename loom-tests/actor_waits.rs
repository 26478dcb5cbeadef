//! Actors that wait: handlers that are futures, and hooks.

use super::actor::{Inline, Later, Notes, kind};
use super::support::{Bound::*, DropCount, Payload, model, outcomes, spawn, throw};
use crate::actor::{Actor, Addr, AskError, AsyncHandler, Context, Handler, StopReason};
use crate::future::block_on;
use crate::sync::Event;
use crate::sys::atomic::{AtomicUsize, Ordering::Relaxed};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{self, Poll, Waker};

/// An actor whose handler waits for an event, and writes before and after it.
struct Waits {
    seen: Payload,
    event: Arc<Event>,
    notes: Notes,
}

struct Wait;
struct Note;

impl Actor for Waits {
    fn started(&mut self, _: &mut Context<Self>) {
        self.notes.add("started");
    }

    fn stopped(&mut self, _: &StopReason) {
        self.seen.bump();
        self.notes.add("stopped");
    }
}

impl AsyncHandler<Wait> for Waits {
    type Reply = usize;

    async fn handle(&mut self, _: Wait, _: &mut Context<Self>) -> usize {
        self.seen.bump();
        self.event.wait_async().await;
        self.notes.add("waited");
        self.seen.bump()
    }
}

impl Handler<Note> for Waits {
    type Reply = usize;

    fn handle(&mut self, _: Note, _: &mut Context<Self>) -> usize {
        self.notes.add("noted");
        self.seen.bump()
    }
}

fn waits(on: impl Into<crate::actor::Host>) -> (Addr<Waits>, Arc<Event>, Notes) {
    let (event, notes) = (Arc::new(Event::new(false)), Notes::default());
    let actor = Waits {
        seen: Payload::new(0),
        event: event.clone(),
        notes: notes.clone(),
    };
    let addr = Addr::builder().on(on).start_actor(actor).unwrap();
    (addr, event, notes)
}

/// Two threads, bound 3, 450 executions. Kills: a turn that parks though it was woken; a wake that
/// schedules nobody.
#[test]
fn a_future_goes_from_thread_to_thread() {
    let name = "a_future_goes_from_thread_to_thread";
    model(name, Preemptions(3), 50, || {
        let (addr, event, notes) = waits(Arc::new(Inline));
        let thread = spawn(move || event.set());
        let reply = addr.ask(Wait);
        assert_eq!(reply.wait().unwrap(), 1);
        thread.join().unwrap();
        assert_eq!(notes.get(), ["started", "waited"]);
    });
}

/// A future that is ready when it is polled again, by which time the payload has been written. It
/// leaves its waker behind in a way that orders nothing.
struct Woken {
    written: Arc<Payload>,
    waker: Arc<Mutex<Option<Waker>>>,
    is_there: Arc<AtomicUsize>,
    is_polled: bool,
}

impl Future for Woken {
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<usize> {
        if std::mem::replace(&mut self.is_polled, true) {
            return Poll::Ready(self.written.read());
        }
        *self.waker.lock().unwrap() = Some(cx.waker().clone());
        self.is_there.store(1, Relaxed);
        Poll::Pending
    }
}

/// Two threads, exhaustive, 16 executions: the wake alone hands over what was written before it.
/// Kills: `wake_by_ref` and `poll` with Relaxed; a turn that parks though it was woken; a wake that
/// schedules nobody.
#[test]
fn a_poll_sees_what_its_waker_wrote() {
    struct Reads;
    impl Actor for Reads {}
    impl AsyncHandler<Woken> for Reads {
        type Reply = usize;
        async fn handle(&mut self, woken: Woken, _: &mut Context<Self>) -> usize {
            woken.await
        }
    }
    let name = "a_poll_sees_what_its_waker_wrote";
    let seen = ["ran", "stopped"];
    outcomes(name, Exhaustive, 10, seen, || {
        let builder = Addr::builder().on(Arc::new(Inline));
        let addr = builder.start(Reads).unwrap();
        let (written, waker) = (Arc::new(Payload::new(0)), Arc::new(Mutex::new(None)));
        let is_there = Arc::new(AtomicUsize::new(0));
        let woken = Woken {
            written: written.clone(),
            waker: waker.clone(),
            is_there: is_there.clone(),
            is_polled: false,
        };
        let thread = spawn(move || {
            if is_there.load(Relaxed) == 1 {
                written.write(7);
                let waker: Option<Waker> = waker.lock().unwrap().take();
                waker.unwrap().wake();
                return true;
            }
            false
        });
        let reply = addr.ask(woken);
        if !thread.join().unwrap() {
            addr.kill();
        }
        kind(reply.wait())
    });
}

/// Two threads, bound 3, 2,974 executions. Kills: a handler that another message comes into.
#[test]
fn while_a_handler_waits_nothing_else_is_handled() {
    let name = "while_a_handler_waits_nothing_else_is_handled";
    model(name, Preemptions(3), 100, || {
        let (addr, event, notes) = waits(Arc::new(Inline));
        let thread = spawn(move || event.set());
        addr.tell(Wait).unwrap();
        let reply = addr.ask(Note);
        assert_eq!(reply.wait().unwrap(), 2);
        thread.join().unwrap();
        assert_eq!(notes.get(), ["started", "waited", "noted"]);
    });
}

/// Two threads, bound 3, 2,951 executions. Kills: a kill that wakes nobody, or whose wake is taken
/// for another; `park` with Relaxed, and `wake_by_ref` without Acquire; an end that leaves the
/// future, and with it the answer.
#[test]
fn a_kill_drops_a_handler_that_waits() {
    let name = "a_kill_drops_a_handler_that_waits";
    let seen = ["closed", "stopped"];
    outcomes(name, Preemptions(3), 100, seen, || {
        let (addr, event, _) = waits(Arc::new(Inline));
        let other = addr.clone();
        let thread = spawn(move || kind(other.ask(Wait).wait()));
        addr.kill();
        assert_eq!(addr.join(), StopReason::Killed);
        let answer = thread.join().unwrap();
        event.set();
        answer
    });
}

/// Two threads, bound 3, 4,476 executions. Kills: an actor that has been killed and says that it
/// stopped; a poll of one that is killed.
#[test]
fn a_kill_meets_a_wake() {
    let name = "a_kill_meets_a_wake";
    let seen = ["ran", "stopped"];
    outcomes(name, Preemptions(3), 20, seen, || {
        let (addr, event, _) = waits(Arc::new(Inline));
        let reply = addr.ask(Wait);
        let thread = spawn(move || event.set());
        addr.kill();
        assert_eq!(addr.join(), StopReason::Killed);
        thread.join().unwrap();
        kind(reply.wait())
    });
}

/// Counts the futures of its handler that are polled.
struct Begins(Arc<Payload>);

impl Actor for Begins {}

impl AsyncHandler<()> for Begins {
    type Reply = ();
    async fn handle(&mut self, _: (), _cx: &mut Context<Self>) {
        self.0.bump();
        std::future::pending().await
    }
}

/// Two threads, bound 3, 3,125 executions: a kill comes while a handler is about to begin. Kills: a
/// future that is dropped before its first poll, with its message; a wake of the kill that is lost.
#[test]
fn what_is_taken_out_is_begun() {
    let name = "what_is_taken_out_is_begun";
    let ends = ["begun", "refused", "undelivered"];
    outcomes(name, Preemptions(3), 1500, ends, || {
        let begun = Arc::new(Payload::new(0));
        let builder = Addr::builder().on(Arc::new(Inline));
        let addr = builder.start_actor(Begins(begun.clone())).unwrap();
        let other = addr.clone();
        let thread = spawn(move || other.kill());
        let sent = addr.tell(());
        assert_eq!(addr.join(), StopReason::Killed);
        thread.join().unwrap();
        let counts = (sent.is_ok(), begun.read(), addr.undelivered());
        match counts {
            (true, 1, 0) => "begun",
            (true, 0, 1) => "undelivered",
            (false, 0, 0) => "refused",
            _ => "lost",
        }
    });
}

/// Two threads, bound 3, 450 executions. Kills: a stop that waits for no handler; hooks out of
/// order; an end that is told before `stopped` is over.
#[test]
fn a_stop_lets_a_handler_finish() {
    let name = "a_stop_lets_a_handler_finish";
    model(name, Preemptions(3), 100, || {
        let (addr, event, notes) = waits(Arc::new(Inline));
        addr.tell(Wait).unwrap();
        let thread = spawn(move || event.set());
        addr.stop();
        assert_eq!(addr.join(), StopReason::Stopped);
        assert_eq!(notes.get(), ["started", "waited", "stopped"]);
        thread.join().unwrap();
    });
}

/// Two threads, bound 3, 224 executions: the first turn meets a sender and a stop. Kills: a start
/// that is not scheduled, or scheduled twice; a message before it.
#[test]
fn it_starts_before_the_first_message() {
    let name = "it_starts_before_the_first_message";
    model(name, Preemptions(3), 100, || {
        let jobs = Later::new();
        let (addr, _, notes) = waits(jobs.clone());
        let thread = spawn(move || jobs.run_one());
        addr.tell(Note).unwrap();
        addr.stop();
        thread.join().unwrap();
        // What came after the turn had gone idle waits for another.
        let notes = notes.get();
        assert!(["started", "noted", "stopped"].starts_with(&notes));
        assert!(!notes.is_empty());
    });
}

/// One thread. Kills: a start of what has been killed.
#[test]
fn who_is_killed_before_its_start_does_not_start() {
    let name = "who_is_killed_before_its_start_does_not_start";
    model(name, Exhaustive, 1, || {
        let jobs = Later::new();
        let (addr, _, notes) = waits(jobs.clone());
        addr.kill();
        jobs.run_all();
        assert_eq!(addr.try_join(), Some(StopReason::Killed));
        assert!(notes.get().is_empty());
    });
}

/// Two threads, bound 2, 1,869 executions. Kills: an actor that handles messages, or tells that it
/// has stopped, though it has not started.
#[test]
fn a_start_that_fails_is_an_end() {
    struct Fails(Notes, #[allow(dead_code)] super::support::Counted<()>);
    impl Actor for Fails {
        fn started(&mut self, _: &mut Context<Self>) {
            throw("no such file");
        }
        fn stopped(&mut self, _: &StopReason) {
            self.0.add("stopped");
        }
    }
    let name = "a_start_that_fails_is_an_end";
    let seen = ["closed", "stopped"];
    outcomes(name, Preemptions(2), 50, seen, || {
        let (jobs, notes, drops) = (Later::new(), Notes::default(), DropCount::new());
        let fails = Fails(notes.clone(), drops.value(()));
        let addr = Addr::builder().on(jobs.clone()).start_actor(fails).unwrap();
        let thread = spawn(move || jobs.run_one());
        let answer = kind(addr.call(|_| ()).wait());
        let failed = StopReason::Panicked("no such file".into());
        assert_eq!(addr.join(), failed);
        assert_eq!((notes.get().len(), drops.get()), (0, 1));
        thread.join().unwrap();
        answer
    });
}

/// One thread. Kills: an actor that waits for its own answer.
#[test]
fn an_actor_that_awaits_itself_is_told() {
    struct Me;
    struct Ask;
    impl Actor for Me {}
    impl AsyncHandler<Ask> for Me {
        type Reply = bool;
        async fn handle(&mut self, _: Ask, cx: &mut Context<Self>) -> bool {
            let own = cx.addr().call(|_| ());
            matches!(own.await, Err(AskError::Deadlock))
        }
    }
    let name = "an_actor_that_awaits_itself_is_told";
    model(name, Exhaustive, 1, || {
        let builder = Addr::builder().on(Arc::new(Inline));
        let me = builder.start_actor(Me).unwrap();
        assert!(me.ask(Ask).wait().unwrap());
    });
}

/// Tells itself, as long as it is told to.
struct Echo(Notes);
struct Again(usize);

impl Actor for Echo {}

impl Handler<Again> for Echo {
    type Reply = ();

    fn handle(&mut self, Again(left): Again, cx: &mut Context<Self>) {
        self.0.add("told");
        if left > 0 {
            cx.addr().tell(Again(left - 1)).unwrap();
        }
    }
}

/// Two threads, exhaustive, 4,382 executions. An actor whose last address is dropped, before, while
/// or after it makes one of itself, goes on with what it sends through that. Kills: a last address
/// that closes the mailbox at once.
#[test]
fn an_address_on_its_way_keeps_the_actor() {
    let name = "an_address_on_its_way_keeps_the_actor";
    model(name, Exhaustive, 50, || {
        let notes = Notes::default();
        let later = Later::new();
        let builder = Addr::builder().on(later.clone());
        let addr = builder.start_actor(Echo(notes.clone())).unwrap();
        let ended = addr.join_async();
        addr.tell(Again(1)).unwrap();
        let worker = later.clone();
        let turns = spawn(move || worker.run_all());
        drop(addr);
        turns.join().unwrap();
        later.run_all();
        assert_eq!(block_on(ended), StopReason::Stopped);
        assert_eq!(notes.get(), ["told", "told"]);
    });
}

/// Two threads, bound 3, 1,052 executions. While a turn is at its end, somebody sends a message and
/// drops the last address. Kills: a turn that looks at the mailbox before it looks for addresses.
#[test]
fn what_is_sent_before_the_last_drop_is_handled() {
    let name = "what_is_sent_before_the_last_drop_is_handled";
    model(name, Preemptions(3), 50, || {
        let notes = Notes::default();
        let later = Later::new();
        let builder = Addr::builder().on(later.clone());
        let addr = builder.start_actor(Echo(notes.clone())).unwrap();
        let ended = addr.join_async();
        addr.tell(Again(0)).unwrap();
        let sender = spawn(move || addr.tell(Again(0)).unwrap());
        later.run_all();
        sender.join().unwrap();
        later.run_all();
        assert_eq!(block_on(ended), StopReason::Stopped);
        assert_eq!(notes.get(), ["told", "told"]);
    });
}

/// One thread. Kills: a turn that polls a handler for ever, which wakes itself each time.
#[test]
fn a_handler_that_wakes_itself_gives_way() {
    struct Restless;
    struct Spin;
    impl Actor for Restless {}
    impl AsyncHandler<Spin> for Restless {
        type Reply = ();
        async fn handle(&mut self, _: Spin, _: &mut Context<Self>) {
            std::future::poll_fn(|cx| {
                cx.waker().wake_by_ref();
                Poll::<()>::Pending
            })
            .await;
        }
    }
    let name = "a_handler_that_wakes_itself_gives_way";
    model(name, Exhaustive, 1, || {
        let jobs = Later::new();
        let builder = Addr::builder().on(jobs.clone()).batch(2);
        let addr = builder.start(Restless).unwrap();
        let reply = addr.ask(Spin);
        (0..3).for_each(|_| jobs.run_one());
        addr.kill();
        jobs.run_all();
        assert_eq!(kind(reply.wait()), "stopped");
    });
}
