//! Actors with typed messages: handlers, hooks, bounds, and what becomes of every message.

use rungs::actor::{
    Actor, ActorState, Addr, AskError, AsyncHandler, Context, Handler, Mailbox, Overflow, Reply,
    SendError, StopReason, Undelivered,
};
use rungs::executor::{InlineExecutor, LocalExecutor, Shutdown, ThreadPoolExecutor};
use rungs::future::{block_on, yield_now};
use rungs::sync::{Event, Semaphore};
use std::cell::Cell;
use std::marker::PhantomPinned;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

/// Adds up what it is told, whatever its shape.
#[derive(Default)]
struct Sum(u64);

struct Unsized;
struct Large([u64; 100]);
#[repr(align(64))]
struct Aligned(u8);

impl Actor for Sum {}

macro_rules! sums {
    ($($type:ty: $pattern:pat => $value:expr;)+) => { $(
        impl Handler<$type> for Sum {
            type Reply = u64;
            fn handle(&mut self, message: $type, _: &mut Context<Self>) -> u64 {
                let $pattern = message;
                self.0 += $value;
                self.0
            }
        }
    )+ };
}

sums! {
    u8: n => u64::from(n);
    u64: n => n;
    [u64; 31]: parts => parts.iter().sum::<u64>();
    String: text => text.len() as u64;
    Unsized: Unsized => 1;
    Large: Large(parts) => parts.iter().sum::<u64>();
    Aligned: message => {
        assert_eq!((&raw const message).addr() % 64, 0);
        u64::from(message.0)
    };
}

#[test]
fn messages_of_any_size_and_alignment_stand_in_one_mailbox() {
    let sum = Sum::default().start();
    let (begun, go) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    let (began, gate) = (begun.clone(), go.clone());
    // First all of them wait, in many blocks; then they are handled as they come.
    sum.post(move |_| {
        began.set();
        gate.wait();
    })
    .unwrap();
    begun.wait();
    let mut total = 0;
    for round in 0..2_000_u64 {
        sum.tell(1_u8).unwrap();
        sum.tell(round).unwrap();
        sum.tell([round; 31]).unwrap();
        sum.tell("some text".to_owned()).unwrap();
        sum.tell(Unsized).unwrap();
        sum.tell(Large([round; 100])).unwrap();
        sum.tell(Aligned(3)).unwrap();
        total += 1 + round + 31 * round + 9 + 1 + 100 * round + 3;
        if round == 1_000 {
            assert_eq!(sum.len(), 7 * 1_001);
            go.set();
        }
    }
    assert_eq!(sum.ask(0_u64).wait().unwrap(), total);
    assert_eq!(sum.len(), 0);
}

#[test]
fn what_is_left_in_a_mailbox_is_dropped_with_it() {
    struct Counted(#[allow(dead_code)] Arc<()>);
    impl Handler<Counted> for Sum {
        type Reply = ();
        fn handle(&mut self, _: Counted, cx: &mut Context<Self>) {
            cx.kill();
        }
    }
    let count = Arc::new(());
    let sum = Sum::default().start();
    let me = sum.clone();
    let inner = count.clone();
    let told = sum.call(move |_| (0..100).all(|_| me.tell(Counted(inner.clone())).is_ok()));
    assert!(told.wait().unwrap());
    assert_eq!(sum.join(), StopReason::Killed);
    assert_eq!(sum.undelivered(), 99);
    drop(sum);
    assert_eq!(Arc::strong_count(&count), 1);
}

#[test]
fn a_refused_message_comes_back_whatever_its_size() {
    let sum = Sum::default().start();
    sum.stop();
    sum.join();
    let Err(SendError::Closed(Large(parts))) = sum.tell(Large([7; 100])) else {
        panic!("it was accepted");
    };
    assert_eq!(parts[99], 7);
    let Err(SendError::Closed(text)) = sum.tell("mine".to_owned()) else {
        panic!("it was accepted");
    };
    assert_eq!(text, "mine");
    assert!(matches!(sum.ask(1_u8).wait(), Err(AskError::Closed)));
}

/// Notes its life.
struct Life {
    notes: mpsc::Sender<String>,
    panics: &'static str,
}

impl Life {
    fn note(&self, what: &str) {
        let _ = self.notes.send(what.to_owned());
        assert!(self.panics != what, "in {what}");
    }
}

impl Actor for Life {
    fn started(&mut self, _: &mut Context<Self>) {
        self.note("started");
    }

    fn stopped(&mut self, reason: &StopReason) {
        let _ = self.notes.send(reason.to_string());
        self.note("stopped");
    }

    fn undelivered(&mut self, message: Undelivered) {
        let _ = self.notes.send(message.downcast::<&str>().unwrap().into());
        self.note("undelivered");
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let _ = self.notes.send("dropped".into());
    }
}

impl Handler<&'static str> for Life {
    type Reply = ();
    fn handle(&mut self, message: &'static str, cx: &mut Context<Self>) {
        if message == "kill" {
            cx.kill();
        }
        self.note(message);
    }
}

/// The life of an actor that gets these messages, in one go.
fn life(panics: &'static str, messages: &[&'static str]) -> (StopReason, Vec<String>) {
    let (notes, noted) = mpsc::channel();
    // With one worker, and that one busy, all messages are there before the first turn.
    let pool = ThreadPoolExecutor::new(1);
    let go = Arc::new(Event::new(false));
    let gate = go.clone();
    pool.execute(move || gate.wait()).unwrap();
    let addr = Addr::builder()
        .on(&pool)
        .start_actor(Life { notes, panics })
        .unwrap();
    messages
        .iter()
        .for_each(|message| addr.tell(*message).unwrap());
    addr.stop();
    go.set();
    let reason = addr.join();
    // All is over by now.
    (reason, noted.try_iter().collect())
}

/// ractor#257, Pykka#231: a join returns before the hook.
#[test]
fn hooks_are_called_in_order_and_before_a_join_returns() {
    let (reason, notes) = life("", &["one", "two"]);
    assert_eq!(reason, StopReason::Stopped);
    assert_eq!(
        notes,
        ["started", "one", "two", "stopped", "stopped", "dropped"]
    );
}

/// ractor#230: the hook of a killed actor believes in a stop.
#[test]
fn a_killed_actor_knows_that_it_was_killed() {
    let (reason, notes) = life("", &["one", "kill", "two", "three"]);
    assert_eq!(reason, StopReason::Killed);
    let left = ["two", "undelivered", "three", "undelivered"];
    let expected = [
        &["started", "one", "kill"][..],
        &left,
        &["killed", "stopped", "dropped"],
    ];
    assert_eq!(notes, expected.concat());
}

#[test]
fn a_panic_is_told_to_the_hook_and_to_who_joins() {
    let (reason, notes) = life("one", &["one", "two"]);
    assert_eq!(reason, StopReason::Panicked("in one".into()));
    let expected = "started one two undelivered panicked: in one stopped dropped";
    assert_eq!(notes.join(" "), expected);
}

/// kameo#229, kameo#254: nobody hears of a start that fails.
#[test]
fn an_actor_that_fails_to_start_handles_nothing_and_nobody_hangs() {
    let (reason, notes) = life("started", &["one"]);
    assert_eq!(reason, StopReason::Panicked("in started".into()));
    assert_eq!(notes, ["started", "one", "undelivered", "dropped"]);
}

#[test]
fn hooks_that_panic_cost_nobody_anything() {
    let (reason, notes) = life("stopped", &["one"]);
    assert_eq!(reason, StopReason::Panicked("in stopped".into()));
    assert_eq!(notes.last().unwrap(), "dropped");
    let (reason, notes) = life("undelivered", &["kill", "one", "two"]);
    assert_eq!(reason, StopReason::Killed);
    assert_eq!(
        notes.join(" "),
        "started kill one undelivered two undelivered killed stopped dropped"
    );
}

#[test]
fn a_killed_actor_that_never_ran_is_not_told_that_it_stopped() {
    let (notes, noted) = mpsc::channel();
    let pool = ThreadPoolExecutor::new(1);
    let go = Arc::new(Event::new(false));
    let gate = go.clone();
    pool.execute(move || gate.wait()).unwrap();
    let life = Life { notes, panics: "" };
    let addr = Addr::builder().on(&pool).start_actor(life).unwrap();
    let reply = addr.ask("one");
    addr.kill();
    go.set();
    assert!(matches!(reply.wait(), Err(AskError::Stopped)));
    assert_eq!(addr.join(), StopReason::Killed);
    assert_eq!(noted.try_iter().collect::<Vec<_>>(), ["dropped"]);
}

#[test]
fn an_executor_that_is_shut_down_ends_its_actors_and_calls_their_hooks() {
    let (notes, noted) = mpsc::channel();
    let pool = ThreadPoolExecutor::new(1);
    let life = Life { notes, panics: "" };
    let addr = Addr::builder().on(&pool).start_actor(life).unwrap();
    addr.ask("one").wait().unwrap();
    pool.shutdown(Shutdown::Wait);
    addr.tell("two").unwrap();
    assert_eq!(addr.join(), StopReason::Killed);
    let notes: Vec<_> = noted.try_iter().collect();
    assert_eq!(
        notes.join(" "),
        "started one two undelivered killed stopped dropped"
    );
}

/// Not `Send`.
struct Local(Rc<Cell<u32>>, thread::ThreadId);

impl Actor for Local {
    fn stopped(&mut self, _: &StopReason) {
        assert_eq!(thread::current().id(), self.1);
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        assert_eq!(thread::current().id(), self.1);
    }
}

impl Handler<u32> for Local {
    type Reply = u32;
    fn handle(&mut self, n: u32, _: &mut Context<Self>) -> u32 {
        assert_eq!(thread::current().id(), self.1);
        self.0.set(self.0.get() + n);
        self.0.get()
    }
}

#[test]
fn an_object_that_cannot_be_sent_never_leaves_its_thread() {
    let make = || Local(Rc::new(Cell::new(1)), thread::current().id());
    let addr = Addr::builder().start_actor_with(make).unwrap();
    let other = addr.clone();
    thread::spawn(move || other.tell(2).unwrap())
        .join()
        .unwrap();
    assert_eq!(addr.ask(3).wait().unwrap(), 6);
    let ended = addr.join_async();
    drop(addr);
    assert_eq!(block_on(ended), StopReason::Stopped);

    let addr = Addr::builder().start_with(|| Rc::new(1)).unwrap();
    addr.kill();
    assert_eq!(addr.join(), StopReason::Killed);
}

#[test]
fn an_object_that_is_not_made_is_an_end() {
    let make = || -> Rc<()> { panic!("no display") };
    let addr = Addr::builder().start_with(make).unwrap();
    let reply = addr.call(|_| ());
    assert!(matches!(
        reply.wait(),
        Err(AskError::Stopped | AskError::Closed)
    ));
    assert_eq!(addr.join(), StopReason::Panicked("no display".into()));
}

#[test]
#[should_panic(expected = "lives on no executor")]
fn an_object_made_on_its_thread_is_not_started_on_an_executor() {
    let pool = ThreadPoolExecutor::new(1);
    let _ = Addr::builder().on(&pool).start_with(|| Rc::new(1));
}

/// Waits in the middle of its messages.
struct Waiter {
    gate: Arc<Semaphore>,
    order: Vec<u32>,
    inside: bool,
}

struct Enter(u32);
struct Order;
struct Forever(#[allow(dead_code)] Arc<()>);

impl Actor for Waiter {}

impl AsyncHandler<Enter> for Waiter {
    type Reply = usize;
    async fn handle(&mut self, Enter(number): Enter, _: &mut Context<Self>) -> usize {
        assert!(!self.inside);
        self.inside = true;
        self.order.push(number);
        let borrowed = &mut self.order;
        self.gate.acquire_async().await.unwrap().forget();
        borrowed.push(number);
        yield_now().await;
        self.inside = false;
        self.order.len()
    }
}

impl AsyncHandler<Forever> for Waiter {
    type Reply = ();
    async fn handle(&mut self, _held: Forever, _: &mut Context<Self>) {
        let _pinned = PhantomPinned;
        std::future::pending().await
    }
}

impl Handler<Order> for Waiter {
    type Reply = Vec<u32>;
    fn handle(&mut self, _: Order, _: &mut Context<Self>) -> Vec<u32> {
        self.order.clone()
    }
}

fn waiter(builder: rungs::actor::Builder<Waiter>) -> (Addr<Waiter>, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let waiter = Waiter {
        gate: gate.clone(),
        order: Vec::new(),
        inside: false,
    };
    (builder.start_actor(waiter).unwrap(), gate)
}

#[test]
fn an_async_handler_borrows_the_actor_and_is_not_entered_twice() {
    for builder in [Addr::builder(), Addr::builder().dedicated_thread("waiter")] {
        let (addr, gate) = waiter(builder);
        let asked: Vec<_> = (1..=3).map(|n| addr.ask(Enter(n))).collect();
        let order = addr.ask(Order);
        assert!(!order.is_done());
        gate.add_permits(3).unwrap();
        let lengths = asked.into_iter().map(|reply| reply.wait().unwrap());
        assert_eq!(lengths.collect::<Vec<_>>(), [2, 4, 6]);
        assert_eq!(order.wait().unwrap(), [1, 1, 2, 2, 3, 3]);
    }
}

#[test]
fn an_async_handler_that_waits_occupies_no_thread() {
    let pool = ThreadPoolExecutor::new(1);
    let (addr, gate) = waiter(Addr::builder().on(&pool));
    let reply = addr.ask(Enter(1));
    let others: Vec<_> = (0..100)
        .map(|_| waiter(Addr::builder().on(&pool)))
        .collect();
    let waiting: Vec<_> = others.iter().map(|(addr, _)| addr.ask(Enter(1))).collect();
    assert_eq!(pool.submit(|| 7).result().unwrap(), 7);
    gate.add_permits(1).unwrap();
    assert_eq!(reply.wait().unwrap(), 2);
    others
        .iter()
        .for_each(|(_, gate)| gate.add_permits(1).unwrap());
    for reply in waiting {
        assert_eq!(reply.wait().unwrap(), 2);
    }
}

#[test]
fn a_kill_drops_the_future_and_a_stop_waits_for_it() {
    let (addr, _gate) = waiter(Addr::builder());
    let held = Arc::new(());
    let reply = addr.ask(Forever(held.clone()));
    addr.stop();
    assert!(addr.join_timeout(Duration::from_millis(1)).is_err());
    addr.kill();
    assert_eq!(addr.join(), StopReason::Killed);
    assert!(matches!(reply.wait(), Err(AskError::Stopped)));
    assert_eq!(Arc::strong_count(&held), 1);

    let (addr, gate) = waiter(Addr::builder());
    let reply = addr.ask(Enter(1));
    addr.stop();
    gate.add_permits(1).unwrap();
    assert_eq!(reply.wait().unwrap(), 2);
    assert_eq!(addr.join(), StopReason::Stopped);
}

#[test]
fn a_panic_in_an_async_handler_goes_to_its_caller() {
    struct Late;
    struct Early;
    impl AsyncHandler<Late> for Waiter {
        type Reply = ();
        async fn handle(&mut self, _: Late, _: &mut Context<Self>) {
            yield_now().await;
            panic!("late");
        }
    }
    impl AsyncHandler<Early> for Waiter {
        type Reply = ();
        #[allow(clippy::manual_async_fn)]
        fn handle(&mut self, _: Early, _: &mut Context<Self>) -> impl Future<Output = ()> + Send {
            assert!(self.inside, "early");
            async {}
        }
    }
    fn check(addr: Addr<Waiter>, reply: Reply<()>, message: &str) {
        match reply.wait() {
            Err(AskError::Panicked(payload)) => assert_eq!(payload.message(), message),
            other => panic!("{other:?}"),
        }
        assert_eq!(addr.join(), StopReason::Panicked(message.into()));
    }
    let (addr, _gate) = waiter(Addr::builder());
    let reply = addr.ask(Late);
    check(addr, reply, "late");
    let (addr, _gate) = waiter(Addr::builder());
    let reply = addr.ask(Early);
    check(addr, reply, "early");
    let (addr, _gate) = waiter(Addr::builder());
    addr.tell(Late).unwrap();
    assert_eq!(addr.join(), StopReason::Panicked("late".into()));
}

#[test]
fn an_actor_that_awaits_or_waits_for_itself_is_told_and_goes_on() {
    struct Sync;
    struct Async;
    impl Handler<Sync> for Sum {
        type Reply = Result<u64, AskError>;
        fn handle(&mut self, _: Sync, cx: &mut Context<Self>) -> Self::Reply {
            cx.addr().ask(1_u64).wait()
        }
    }
    impl AsyncHandler<Async> for Sum {
        type Reply = Result<u64, AskError>;
        async fn handle(&mut self, _: Async, cx: &mut Context<Self>) -> Self::Reply {
            cx.addr().ask(1_u64).await
        }
    }
    let sum = Sum::default().start();
    assert!(matches!(
        sum.ask(Sync).wait().unwrap(),
        Err(AskError::Deadlock)
    ));
    assert!(matches!(
        sum.ask(Async).wait().unwrap(),
        Err(AskError::Deadlock)
    ));
    assert_eq!(sum.ask(0_u64).wait().unwrap(), 2);
}

#[test]
fn an_actor_that_would_wait_for_room_in_its_own_mailbox_is_told() {
    struct Fill;
    struct FillAsync;
    impl Handler<Fill> for Sum {
        type Reply = bool;
        fn handle(&mut self, _: Fill, cx: &mut Context<Self>) -> bool {
            let me = cx.addr();
            me.tell_wait(1_u64).is_ok() && matches!(me.tell_wait(1_u64), Err(SendError::Full(1)))
        }
    }
    impl AsyncHandler<FillAsync> for Sum {
        type Reply = bool;
        async fn handle(&mut self, _: FillAsync, cx: &mut Context<Self>) -> bool {
            let me = cx.addr();
            me.tell_async(1_u64).await.is_ok()
                && matches!(me.ask_async(1_u64).await.await, Err(AskError::Full))
        }
    }
    let builder = Addr::builder().mailbox(bound(1, Overflow::Reject));
    let sum = builder.start_actor(Sum::default()).unwrap();
    assert!(sum.ask_wait(Fill).wait().unwrap());
    assert!(sum.ask_wait(FillAsync).wait().unwrap());
    assert_eq!(sum.ask_wait(0_u64).wait().unwrap(), 2);
}

fn bound(capacity: usize, overflow: Overflow) -> Mailbox {
    Mailbox::Bounded { capacity, overflow }
}

#[test]
fn a_bound_is_exact() {
    for (overflow, capacity) in [(Overflow::Reject, 1), (Overflow::Reject, 100)] {
        let builder = Addr::builder().mailbox(bound(capacity, overflow));
        let addr = builder.start(0).unwrap();
        let me = addr.clone();
        let sent = addr.call(move |_| (0..1_000).filter(|_| me.post(|n| *n += 1).is_ok()).count());
        assert_eq!(sent.wait().unwrap(), capacity);
        assert_eq!(addr.call_wait(|n| *n).wait().unwrap(), capacity);
    }
}

#[test]
fn of_too_many_messages_the_oldest_or_the_newest_are_dropped() {
    for (overflow, kept) in [
        (Overflow::DropOldest, [7, 8, 9]),
        (Overflow::DropNewest, [0, 1, 2]),
    ] {
        let builder = Addr::builder().mailbox(bound(3, overflow));
        let addr = builder.start(Vec::new()).unwrap();
        let me = addr.clone();
        let send = move |_: &mut Vec<u32>| {
            (0..10).for_each(|number| me.post(move |seen| seen.push(number)).unwrap());
            me.call(|_| ())
        };
        let lost = addr.call(send).wait().unwrap();
        let last = lost.wait();
        match overflow {
            // The call took the place of a post.
            Overflow::DropOldest => assert!(last.is_ok()),
            _ => assert!(matches!(last, Err(AskError::Full))),
        }
        let seen = loop {
            match addr.call(|seen| seen.clone()).wait() {
                Ok(seen) => break seen,
                Err(AskError::Full) => thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        };
        assert!(kept.ends_with(&seen) || seen == kept, "{seen:?}");
        assert!(addr.dropped() >= 8);
    }
}

/// ponyc#3974, ponyc#3382: back-pressure in a circle.
#[test]
fn two_actors_that_fill_each_other_are_killed_without_a_trace() {
    // Each waits for room with the other, with nobody left to make it: no kill waits for that.
    struct Pair(Option<Addr<Pair>>);
    struct Push;
    impl Actor for Pair {}
    impl AsyncHandler<Push> for Pair {
        type Reply = ();
        async fn handle(&mut self, _: Push, _: &mut Context<Self>) {
            if let Some(other) = &self.0 {
                for _ in 0..10 {
                    let _ = other.tell_async(Push).await;
                }
            }
        }
    }
    let start = || {
        let builder = Addr::builder().mailbox(bound(1, Overflow::Reject));
        builder.start_actor(Pair(None)).unwrap()
    };
    let (one, two) = (start(), start());
    for (from, to) in [(&one, &two), (&two, &one)] {
        let to = to.clone();
        from.call_wait(move |pair| pair.0 = Some(to))
            .wait()
            .unwrap();
        let _ = from.tell(Push);
    }
    one.kill();
    two.kill();
    assert_eq!(
        [one.join(), two.join()],
        [StopReason::Killed, StopReason::Killed]
    );
}

/// How the actor of the conservation test ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ending {
    Stop,
    Kill,
    Panic,
}

/// Counts what it handles, and what it does not.
struct Counter {
    handled: Arc<AtomicUsize>,
    returned: Arc<AtomicUsize>,
    /// The next number of each sender.
    next: Arc<Mutex<Vec<usize>>>,
}

struct Number(usize, usize);
struct Slowly(usize, usize);
struct Boom;

impl Counter {
    fn handle(&mut self, sender: usize, number: usize) {
        let mut next = self.next.lock().unwrap();
        assert!(next[sender] <= number, "out of order");
        next[sender] = number + 1;
        self.handled.fetch_add(1, Relaxed);
    }
}

impl Actor for Counter {
    fn undelivered(&mut self, message: Undelivered) {
        if let Err(message) = message.downcast::<Number>() {
            message.downcast::<Slowly>().unwrap();
        }
        self.returned.fetch_add(1, Relaxed);
    }
}

impl Handler<Number> for Counter {
    type Reply = ();
    fn handle(&mut self, Number(sender, number): Number, _: &mut Context<Self>) {
        self.handle(sender, number);
    }
}

impl AsyncHandler<Slowly> for Counter {
    type Reply = ();
    async fn handle(&mut self, Slowly(sender, number): Slowly, _: &mut Context<Self>) {
        self.handle(sender, number);
        yield_now().await;
    }
}

impl Handler<Boom> for Counter {
    type Reply = ();
    fn handle(&mut self, _: Boom, _: &mut Context<Self>) {
        std::panic::resume_unwind(Box::new("boom"));
    }
}

/// Every message that is told is handled, returned, dropped for want of room, or given back;
/// every one that is asked is answered.
fn conservation(mailbox: Mailbox, ending: Ending) {
    const SENDERS: usize = 3;
    for round in 0..30 {
        let pool = ThreadPoolExecutor::new(2);
        let (handled, returned) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counter = Counter {
            handled: handled.clone(),
            returned: returned.clone(),
            next: Arc::new(Mutex::new(vec![0; SENDERS])),
        };
        let builder = Addr::builder()
            .on(&pool)
            .mailbox(mailbox)
            .batch(1 + round % 7);
        let addr = builder.start_actor(counter).unwrap();
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let addr = addr.clone();
                thread::spawn(move || sends(&addr, sender))
            })
            .collect();
        (0..round * 50).for_each(|_| std::hint::spin_loop());
        match ending {
            Ending::Stop => addr.stop(),
            Ending::Kill => addr.kill(),
            Ending::Panic => _ = addr.tell_wait(Boom),
        }
        let sent: Vec<_> = senders
            .into_iter()
            .map(|sender| sender.join().unwrap())
            .collect();
        // Where the one that panics was dropped.
        addr.stop();
        let reason = addr.join();
        let told: usize = sent.iter().map(|(told, ..)| told).sum();
        let answered: usize = sent.iter().map(|(_, answered, _)| answered).sum();
        let lost: usize = sent.iter().map(|(.., lost)| lost).sum();
        let (handled, returned) = (handled.load(Relaxed), returned.load(Relaxed));
        assert_eq!(returned, addr.undelivered());
        match ending {
            Ending::Stop => assert_eq!((reason, returned), (StopReason::Stopped, 0)),
            Ending::Kill => assert_eq!(reason, StopReason::Killed),
            Ending::Panic => assert_ne!(reason, StopReason::Killed),
        }
        let dropped = told + answered - (handled + returned);
        match addr.dropped() {
            0 => assert_eq!(dropped, 0),
            // Beside those that were told: some that were asked, and the one that panics.
            all => assert!(dropped <= all && all <= dropped + lost + 1),
        }
        assert_eq!(addr.len(), 0);
    }
}

/// How many were told, how many were asked and answered, and how many were not, though the actor
/// was not closed.
fn sends(addr: &Addr<Counter>, sender: usize) -> (usize, usize, usize) {
    let (mut told, mut replies) = (0, Vec::new());
    for number in 0..300 {
        let message = Number(sender, number);
        told += match number % 5 {
            0 => {
                replies.push(addr.ask(message));
                0
            }
            1 => usize::from(addr.tell(Slowly(sender, number)).is_ok()),
            2 => usize::from(addr.tell_wait(message).is_ok()),
            3 => usize::from(block_on(addr.tell_async(message)).is_ok()),
            _ => usize::from(addr.tell(message).is_ok()),
        };
    }
    let (mut answered, mut lost) = (0, 0);
    for reply in replies {
        match reply.wait() {
            Ok(()) => answered += 1,
            Err(AskError::Closed) => {}
            Err(AskError::Stopped | AskError::Full) => lost += 1,
            Err(error) => panic!("{error}"),
        }
    }
    (told, answered, lost)
}

macro_rules! conserves {
    ($($name:ident: $mailbox:expr;)+) => { $(
        #[test]
        fn $name() {
            for ending in [Ending::Stop, Ending::Kill, Ending::Panic] {
                conservation($mailbox, ending);
            }
        }
    )+ };
}

conserves! {
    nothing_is_lost_in_an_unbounded_mailbox: Mailbox::Unbounded;
    nothing_is_lost_in_a_mailbox_that_rejects: bound(4, Overflow::Reject);
    nothing_is_lost_in_a_mailbox_that_drops_the_newest: bound(4, Overflow::DropNewest);
    nothing_is_lost_in_a_mailbox_that_drops_the_oldest: bound(4, Overflow::DropOldest);
}

#[test]
fn an_address_made_in_a_message_outlives_all_others() {
    struct Keeper(Option<Addr<Keeper>>);
    impl Actor for Keeper {
        fn started(&mut self, cx: &mut Context<Self>) {
            self.0 = Some(cx.addr());
        }
    }
    let addr = Keeper(None).start();
    let weak = addr.downgrade();
    addr.call(|_| ()).wait().unwrap();
    drop(addr);
    // It keeps itself.
    let addr = weak.upgrade().unwrap();
    addr.call(|keeper| keeper.0 = None).wait().unwrap();
    let ended = addr.join_async();
    drop(addr);
    assert_eq!(block_on(ended), StopReason::Stopped);
    assert!(weak.upgrade().is_none());
}

#[test]
fn an_actor_without_an_address_goes_on_while_it_tells_itself() {
    struct Who(mpsc::Sender<u32>);
    struct Count(u32);
    impl Actor for Who {}
    impl Handler<Count> for Who {
        type Reply = ();
        fn handle(&mut self, Count(left): Count, cx: &mut Context<Self>) {
            self.0.send(left).unwrap();
            if left > 0 {
                cx.addr().tell(Count(left - 1)).unwrap();
            }
        }
    }
    let (sender, receiver) = mpsc::channel();
    let go = Arc::new(Event::new(false));
    let addr = Who(sender).start();
    let gate = go.clone();
    addr.post(move |_| gate.wait()).unwrap();
    addr.tell(Count(3)).unwrap();
    drop(addr);
    go.set();
    assert_eq!(receiver.iter().collect::<Vec<_>>(), [3, 2, 1, 0]);
}

#[test]
fn what_became_of_messages_adds_up() {
    let addr = Addr::spawn(());
    assert_eq!(addr.state(), ActorState::Idle);
    let me = addr.clone();
    let replies = addr.call(move |()| {
        assert_eq!((me.state(), me.stats().handled), (ActorState::Busy, 1));
        for _ in 0..3 {
            me.post(|()| ()).unwrap();
        }
        let asked = me.call(|()| ());
        assert_eq!(me.stats().waiting, 4);
        me.kill();
        assert_eq!(me.state(), ActorState::Stopping);
        asked
    });
    let asked = replies.wait().unwrap();
    assert!(asked.wait().is_err());
    addr.join();
    assert_eq!(addr.state(), ActorState::Stopped);
    let stats = addr.stats();
    assert_eq!(
        (stats.accepted, stats.handled, stats.undelivered),
        (5, 1, 3)
    );
    assert_eq!((stats.waiting, stats.dropped, stats.restarts), (0, 0, 0));
}

/// Waits for what nobody brings, with something that sees the actor when it is dropped.
struct Forsaken(mpsc::Sender<&'static str>);
struct Nobody;

impl Actor for Forsaken {
    fn stopped(&mut self, reason: &StopReason) {
        assert_eq!(*reason, StopReason::Killed);
        self.0.send("stopped").unwrap();
    }
}

impl AsyncHandler<Nobody> for Forsaken {
    type Reply = ();
    async fn handle(&mut self, _: Nobody, cx: &mut Context<Self>) {
        struct Stops<'a>(&'a Context<Forsaken>, mpsc::Sender<&'static str>);
        impl Drop for Stops<'_> {
            fn drop(&mut self) {
                self.1.send("dropped").unwrap();
                self.0.stop();
                self.0.kill();
                let _no_longer = self.0.addr();
                unreachable!("nobody has anything of the actor");
            }
        }
        let _stops = Stops(cx, self.0.clone());
        std::future::pending().await
    }
}

#[test]
fn a_handler_that_nobody_can_wake_ends_with_its_actor() {
    let (sender, trace) = mpsc::channel();
    let inline = Arc::new(InlineExecutor::new());
    let addr = Addr::builder().on(inline).start_actor(Forsaken(sender));
    let addr = addr.unwrap();
    let asked = [addr.ask(Nobody), addr.ask(Nobody)];
    drop(addr);
    for reply in asked {
        assert!(matches!(reply.wait(), Err(AskError::Stopped)));
    }
    assert_eq!(Vec::from_iter(trace), ["dropped", "stopped"]);
}

fn bounded_at_one() -> Mailbox {
    let overflow = Overflow::Reject;
    Mailbox::Bounded {
        capacity: 1,
        overflow,
    }
}

/// kameo#84: the mailbox fills before the start, which then waits for itself.
#[test]
fn a_mailbox_that_is_full_before_the_start_is_handled_after_it() {
    struct Slow {
        go: Arc<Event>,
        numbers: Vec<u32>,
    }
    impl Actor for Slow {
        fn started(&mut self, cx: &mut Context<Self>) {
            self.go.wait();
            // No room for its own.
            assert!(matches!(cx.addr().tell(0), Err(SendError::Full(0))));
        }
    }
    impl Handler<u32> for Slow {
        type Reply = ();
        fn handle(&mut self, n: u32, _: &mut Context<Self>) {
            self.numbers.push(n);
        }
    }
    let go = Arc::new(Event::new(false));
    let slow = Slow {
        go: go.clone(),
        numbers: Vec::new(),
    };
    let builder = Addr::builder().mailbox(bounded_at_one());
    let addr = builder.start_actor(slow).unwrap();
    addr.tell(1).unwrap();
    assert!(matches!(addr.tell(2), Err(SendError::Full(2))));
    thread::scope(|s| {
        s.spawn(|| addr.tell_wait(3).unwrap());
        go.set();
    });
    let numbers = addr.call_wait(|slow| slow.numbers.clone());
    assert_eq!(numbers.wait().unwrap(), [1, 3]);
}

/// actix#534, and the `Full` of actix 0.13.5: a burst above the bound is dropped, or waits without
/// a waker.
#[test]
fn a_burst_above_the_bound_waits_and_loses_nothing() {
    const SENDERS: u64 = 1000;
    let builder = Addr::builder().mailbox(bounded_at_one());
    let addr = builder.start(0u64).unwrap();
    let local = LocalExecutor::new();
    let sent = Vec::from_iter((1..=SENDERS).map(|n| {
        let addr = addr.clone();
        local.spawn(async move { addr.post_async(move |sum| *sum += n).await })
    }));
    local.block_on(async {
        for sent in sent {
            assert!(sent.await.unwrap().is_ok());
        }
    });
    let sum = addr.call_wait(|sum| *sum).wait().unwrap();
    assert_eq!(sum, SENDERS * (SENDERS + 1) / 2);
    assert_eq!(addr.dropped(), 0);
}
