//! Being told of the end of other actors, natively.

use rungs::actor::{Actor, Addr, AsyncHandler, Context, Down, Handler, StopReason, Watch};
use rungs::actor::{Mailbox, Overflow};
use rungs::executor::{Executor, InlineExecutor, Rejected, ThreadPoolExecutor};
use rungs::future::Job;
use rungs::sync::Event;
use std::sync::{Arc, mpsc};
use std::thread;

/// Hands on what it is told, and stops with it if it is to.
struct Witness {
    told: mpsc::Sender<Down>,
    follows: bool,
    watches: Vec<Watch>,
}

impl Actor for Witness {}

impl Handler<Down> for Witness {
    type Reply = ();
    fn handle(&mut self, down: Down, cx: &mut Context<Self>) {
        let _ = self.told.send(down);
        if self.follows {
            cx.stop();
        }
    }
}

fn witness(follows: bool) -> (Witness, mpsc::Receiver<Down>) {
    let (told, receiver) = mpsc::channel();
    let witness = Witness {
        told,
        follows,
        watches: Vec::new(),
    };
    (witness, receiver)
}

/// Refuses every job.
struct Refuses;

impl Executor for Refuses {
    fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
        Err(Rejected(job))
    }
}

#[test]
fn each_way_to_end_is_told_with_its_reason() {
    let (witness, told) = witness(false);
    let witness = witness.start();
    let ends: [fn(&Addr<()>); 3] = [
        |a| a.stop(),
        |a| a.kill(),
        |a| a.post(|()| panic!("fell")).unwrap(),
    ];
    for end in ends {
        let addr = Addr::spawn(());
        let watch = addr.watch(&witness);
        end(&addr);
        let down = told.recv().unwrap();
        assert_eq!((down.id, down.reason), (addr.id(), addr.join()));
        assert_eq!(watch.id(), addr.id());
    }
}

#[test]
fn a_last_address_that_is_dropped_is_told() {
    let (witness, told) = witness(false);
    let witness = witness.start();
    let watch = Addr::spawn(()).watch(&witness);
    assert_eq!(told.recv().unwrap().reason, StopReason::Stopped);
    drop(watch);
}

#[test]
fn an_end_that_was_before_is_told_at_once_for_each_watch() {
    let (witness, told) = witness(false);
    let witness = witness.start();
    let addr = Addr::spawn(());
    addr.kill();
    addr.join();
    let watches = [addr.watch(&witness), addr.watch(&witness)];
    for _ in &watches {
        assert_eq!(told.recv().unwrap().reason, StopReason::Killed);
    }
    witness.call(|_| ()).wait().unwrap();
    assert!(told.try_recv().is_err());
}

#[test]
fn the_news_passes_a_full_mailbox() {
    let mailbox = Mailbox::Bounded {
        capacity: 1,
        overflow: Overflow::Reject,
    };
    let (witness, told) = witness(false);
    let builder = Addr::builder().dedicated_thread("busy").mailbox(mailbox);
    let busy = builder.start_actor(witness).unwrap();
    let (begun, go) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    let (began, gate) = (begun.clone(), go.clone());
    busy.post(move |_| {
        began.set();
        gate.wait();
    })
    .unwrap();
    begun.wait();
    let addr = Addr::spawn(());
    addr.kill();
    addr.join();
    let was_told = busy.call(move |_| told.try_recv().is_ok());
    assert!(busy.post(|_| ()).is_err());
    let _watch = addr.watch(&busy);
    go.set();
    assert!(was_told.wait().unwrap());
}

#[test]
fn a_watcher_that_drains_is_told_too() {
    let (witness, told) = witness(false);
    let builder = Addr::builder().dedicated_thread("drains");
    let watcher = builder.start_actor(witness).unwrap();
    let addr = Addr::spawn(());
    addr.kill();
    addr.join();
    let other = watcher.clone();
    let last = watcher.call(move |_| {
        other.stop();
        addr.watch(&other).detach();
    });
    last.wait().unwrap();
    assert_eq!(watcher.join(), StopReason::Stopped);
    assert_eq!(told.try_iter().count(), 1);
}

/// akka#17087: entries stay.
#[test]
fn watches_that_are_dropped_leave_nothing() {
    let (witness, told) = witness(false);
    let witness = witness.start();
    let addr = Addr::spawn(());
    // As long as there is an entry, there is a watcher's cell, which has the executor.
    let executor = Arc::new(Refuses);
    let builder = Addr::builder().on(executor.clone());
    let other = builder.start(self::witness(false).0).unwrap();
    for _ in 0..10_000 {
        drop(addr.watch(&other));
    }
    drop(other);
    assert_eq!(Arc::strong_count(&executor), 1);
    addr.watch(&witness).detach();
    addr.stop();
    assert_eq!(told.recv().unwrap().id, addr.id());
    assert!(told.try_recv().is_err());
}

#[test]
fn ten_thousand_watchers_are_told_once_each() {
    const WATCHERS: usize = 10_000;
    let pool = ThreadPoolExecutor::new(2);
    let (told, receiver) = mpsc::channel();
    let addr = Addr::spawn(());
    let watchers: Vec<_> = (0..WATCHERS)
        .map(|_| {
            let witness = Witness {
                told: told.clone(),
                follows: false,
                watches: Vec::new(),
            };
            let watcher = Addr::builder().on(&pool).start_actor(witness).unwrap();
            let watch = addr.watch(&watcher);
            (watcher, watch)
        })
        .collect();
    addr.stop();
    for _ in &watchers {
        assert_eq!(receiver.recv().unwrap().id, addr.id());
    }
    for (watcher, _) in &watchers {
        watcher.stop();
        watcher.join();
    }
    assert!(receiver.try_recv().is_err());
}

/// kameo#221, ractor#168: locks in a circle, recursion.
#[test]
fn a_circle_that_follows_ends_as_a_whole() {
    const ACTORS: usize = 1_000;
    let circle: Vec<_> = (0..ACTORS).map(|_| witness(true).0.start()).collect();
    for (n, actor) in circle.iter().enumerate() {
        let next = &circle[(n + 1) % ACTORS];
        let watch = actor.watch(next);
        next.post(move |witness| witness.watches.push(watch))
            .unwrap();
    }
    circle[ACTORS / 2].stop();
    for actor in circle {
        assert_eq!(actor.join(), StopReason::Stopped);
    }
}

#[test]
fn a_long_chain_that_dies_with_its_executor_does_not_recurse() {
    const ACTORS: usize = 20_000;
    let chain: Vec<_> = (0..ACTORS)
        .map(|_| {
            let builder = Addr::builder().on(Arc::new(Refuses));
            builder.start(witness(true).0).unwrap()
        })
        .collect();
    for pair in chain.windows(2) {
        pair[0].watch(&pair[1]).detach();
    }
    // A small stack, and a turn that is refused for each of them.
    let first = chain[0].clone();
    let small = thread::Builder::new().stack_size(256 * 1024);
    small.spawn(move || first.stop()).unwrap().join().unwrap();
    for actor in chain {
        assert_eq!(actor.try_join(), Some(StopReason::Killed));
    }
}

#[test]
fn a_handler_that_waits_is_told_after_it() {
    struct Waits(Arc<Event>, mpsc::Sender<&'static str>);
    struct Wait;
    impl Actor for Waits {}
    impl AsyncHandler<Wait> for Waits {
        type Reply = ();
        async fn handle(&mut self, _: Wait, _: &mut Context<Self>) {
            self.1.send("waits").unwrap();
            self.0.wait_async().await;
            self.1.send("waited").unwrap();
        }
    }
    impl AsyncHandler<Down> for Waits {
        type Reply = ();
        async fn handle(&mut self, _: Down, _: &mut Context<Self>) {
            self.1.send("told").unwrap();
        }
    }
    let event = Arc::new(Event::new(false));
    let (sender, receiver) = mpsc::channel();
    let waits = Waits(event.clone(), sender).start();
    waits.tell(Wait).unwrap();
    assert_eq!(receiver.recv().unwrap(), "waits");
    let addr = Addr::spawn(());
    addr.stop();
    addr.join();
    addr.watch(&waits).detach();
    event.set();
    waits.stop();
    waits.join();
    assert!(receiver.iter().eq(["waited", "told"]));
}

#[test]
fn an_actor_that_nobody_can_wake_is_told_of_when_nobody_has_it() {
    struct Waits;
    impl Actor for Waits {}
    impl AsyncHandler<()> for Waits {
        type Reply = ();
        async fn handle(&mut self, _: (), _: &mut Context<Self>) {
            std::future::pending().await
        }
    }
    let (witness, told) = witness(false);
    let (witness, inline) = (witness.start(), Arc::new(InlineExecutor::new()));
    let waits = Addr::builder().on(inline).start_actor(Waits).unwrap();
    waits.tell(()).unwrap();
    waits.watch(&witness).detach();
    drop(waits);
    assert_eq!(told.recv().unwrap().reason, StopReason::Killed);
}

/// Also where it watches because of an end that is being told: then it may wait for that news.
#[test]
fn who_watches_after_the_end_is_told_before_the_call_returns() {
    struct Watches {
        dead: Addr<()>,
        witness: Addr<Witness>,
        handled: mpsc::Sender<bool>,
        told: mpsc::Receiver<Down>,
    }
    impl Actor for Watches {}
    impl Handler<Down> for Watches {
        type Reply = ();
        fn handle(&mut self, _: Down, _: &mut Context<Self>) {
            self.dead.watch(&self.witness).detach();
            self.witness.call(|_| ()).wait().unwrap();
            self.handled.send(self.told.try_recv().is_ok()).unwrap();
        }
    }
    let dead = Addr::spawn(());
    dead.kill();
    dead.join();
    let (witness, told) = witness(false);
    let (handled, was_told) = mpsc::channel();
    let watches = Watches {
        dead,
        witness: witness.start(),
        handled,
        told,
    };
    let inline = Arc::new(InlineExecutor::new());
    let watches = Addr::builder().on(inline).start_actor(watches).unwrap();
    let other = Addr::spawn(());
    other.watch(&watches).detach();
    other.kill();
    assert!(was_told.recv().unwrap());
}
