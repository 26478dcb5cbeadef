//! Rung 4: actors. Each is a number that others add to.

use futures::FutureExt as _;
use futures::executor::block_on;
use rungs::actor::{Addr, Mailbox, Overflow};
use rungs::executor::ThreadPoolExecutor;
use tokio::sync::{mpsc, oneshot};

use super::actors::{add, on_actix, on_kameo, on_ractor, on_rungs, on_xtra};
use super::rings::{self, Ring};
use super::{WORKERS, crowds, tokio_runtime};
use crate::harness::{Case, Clock};

pub fn cases() -> Vec<Case> {
    vec![
        tell(
            "actor/tell_1",
            "message told by one sender, until all are handled",
            1,
        ),
        tell(
            "actor/tell_4",
            "message told by four senders, until all are handled",
            4,
        ),
        tell_bounded(),
        ask(),
        ring("actor/pingpong", "round trip between two actors", 2, 2),
        ring(
            "actor/ring_1000",
            "hop around a ring of 1000 actors",
            1000,
            1,
        ),
        spawn_100k(),
    ]
}

fn tell(name: &'static str, unit: &'static str, senders: u64) -> Case {
    Case::new(name, unit)
        .batch(senders)
        .rungs("rungs tell", move |n, clock| {
            let executor = ThreadPoolExecutor::new(WORKERS);
            let counter = on_rungs::start(Addr::builder().on(&executor));
            tell_rungs(n, senders, clock, counter);
        })
        .rungs("rungs tell, dedicated thread", move |n, clock| {
            let counter = on_rungs::start(Addr::builder().dedicated_thread("counter"));
            tell_rungs(n, senders, clock, counter);
        })
        .rungs("rungs post, a closure", move |n, clock| {
            let executor = ThreadPoolExecutor::new(WORKERS);
            let counter = Addr::<u64>::builder().on(&executor).start(0).unwrap();
            let teller = counter.clone();
            let tell = move |amount| assert!(teller.post(move |sum| *sum += amount).is_ok());
            let total = || counter.call(|sum| *sum).wait().unwrap();
            tell_all(n, senders, clock, tell, total);
        })
        .peer("actix", move |n, clock| {
            let _system = actix::System::new();
            let arbiter = actix::Arbiter::new();
            let counter = on_actix::start(&arbiter.handle());
            let teller = counter.clone();
            let tell = move |amount| teller.do_send(on_actix::Add(amount));
            let total = || block_on(counter.send(on_actix::Add(0))).unwrap();
            tell_all(n, senders, clock, tell, total);
            arbiter.stop();
            arbiter.join().unwrap();
        })
        .peer("ractor", move |n, clock| {
            let runtime = tokio_runtime();
            let counter = runtime.block_on(on_ractor::start());
            let teller = counter.clone();
            let tell = move |amount| teller.cast(on_ractor::Message::Add(amount)).unwrap();
            let total = || runtime.block_on(on_ractor::ask(&counter, 0));
            tell_all(n, senders, clock, tell, total);
            counter.stop(None);
        })
        .peer("kameo", move |n, clock| {
            let runtime = tokio_runtime();
            let counter = runtime.block_on(async { on_kameo::start(None) });
            let teller = counter.clone();
            let tell = move |amount| teller.tell(on_kameo::Add(amount)).try_send().unwrap();
            let total = || counter.ask(on_kameo::Add(0)).blocking_send().unwrap();
            tell_all(n, senders, clock, tell, total);
        })
        .peer("xtra", move |n, clock| {
            let runtime = tokio_runtime();
            let counter = runtime.block_on(async { on_xtra::start(None) });
            // Unbounded, so the message is in the mailbox after the first poll.
            // There is no order among equals: the question has a lower priority.
            let teller = counter.clone();
            let tell = move |amount| {
                let sent = teller.send(on_xtra::Add(amount)).priority(1).detach();
                let sent = sent.now_or_never();
                assert!(matches!(sent, Some(Ok(_))));
            };
            let total = || block_on(counter.send(on_xtra::Add(0))).unwrap();
            tell_all(n, senders, clock, tell, total);
        })
        .peer("tokio mpsc + task, by hand", move |n, clock| {
            let runtime = tokio_runtime();
            let (sender, mut mailbox) = mpsc::unbounded_channel();
            runtime.spawn(async move {
                let mut sum = 0;
                while let Some(message) = mailbox.recv().await {
                    count_by_hand(&mut sum, message);
                }
            });
            let teller = sender.clone();
            let tell = move |amount| teller.send(ByHand::Add(amount)).unwrap();
            let total = || total_by_hand(|message| sender.send(message).unwrap());
            tell_all(n, senders, clock, tell, total);
        })
        .peer("crossbeam + thread, by hand", move |n, clock| {
            let (sender, mailbox) = crossbeam_channel::unbounded();
            tell_thread(n, senders, clock, sender, mailbox);
        })
}

fn tell_bounded() -> Case {
    const CAPACITY: usize = 64;
    const BOUNDED: Mailbox = Mailbox::Bounded {
        capacity: CAPACITY,
        overflow: Overflow::Reject,
    };
    Case::new("actor/tell_bounded_64", "message told into a mailbox of 64")
        .rungs("rungs tell_wait", |n, clock| {
            let executor = ThreadPoolExecutor::new(WORKERS);
            let builder = Addr::builder().on(&executor).mailbox(BOUNDED);
            tell_rungs_bounded(n, clock, on_rungs::start(builder));
        })
        .rungs("rungs tell_wait, dedicated thread", |n, clock| {
            let builder = Addr::builder().dedicated_thread("counter").mailbox(BOUNDED);
            tell_rungs_bounded(n, clock, on_rungs::start(builder));
        })
        .peer("actix", |n, clock| {
            let _system = actix::System::new();
            let arbiter = actix::Arbiter::new();
            let counter = on_actix::start_bounded(&arbiter.handle(), CAPACITY);
            // It has no way to wait for room, but for that in an answer.
            let teller = counter.clone();
            let tell = move |amount| {
                while teller.try_send(on_actix::Add(amount)).is_err() {
                    std::thread::yield_now();
                }
            };
            let total = || block_on(counter.send(on_actix::Add(0))).unwrap();
            tell_all(n, 1, clock, tell, total);
            arbiter.stop();
            arbiter.join().unwrap();
        })
        .peer("kameo", |n, clock| {
            let runtime = tokio_runtime();
            let counter = runtime.block_on(async { on_kameo::start(Some(CAPACITY)) });
            let teller = counter.clone();
            let tell = move |amount| teller.tell(on_kameo::Add(amount)).blocking_send().unwrap();
            let total = || counter.ask(on_kameo::Add(0)).blocking_send().unwrap();
            tell_all(n, 1, clock, tell, total);
        })
        .peer("xtra", |n, clock| {
            let runtime = tokio_runtime();
            let counter = runtime.block_on(async { on_xtra::start(Some(CAPACITY)) });
            let teller = counter.clone();
            let tell = move |amount| {
                let sent = teller.send(on_xtra::Add(amount)).priority(1).detach();
                drop(block_on(sent).unwrap());
            };
            let total = || block_on(counter.send(on_xtra::Add(0))).unwrap();
            tell_all(n, 1, clock, tell, total);
        })
        .peer("tokio mpsc + task, by hand", |n, clock| {
            let runtime = tokio_runtime();
            let (sender, mut mailbox) = mpsc::channel(CAPACITY);
            runtime.spawn(async move {
                let mut sum = 0;
                while let Some(message) = mailbox.recv().await {
                    count_by_hand(&mut sum, message);
                }
            });
            let teller = sender.clone();
            let tell = move |amount| teller.blocking_send(ByHand::Add(amount)).unwrap();
            let total = || total_by_hand(|message| sender.blocking_send(message).unwrap());
            tell_all(n, 1, clock, tell, total);
        })
        .peer("crossbeam + thread, by hand", |n, clock| {
            let (sender, mailbox) = crossbeam_channel::bounded(CAPACITY);
            tell_thread(n, 1, clock, sender, mailbox);
        })
}

/// The messages of the actors without a framework.
enum ByHand {
    Add(u64),
    Total(oneshot::Sender<u64>),
}

fn count_by_hand(sum: &mut u64, message: ByHand) {
    match message {
        ByHand::Add(amount) => *sum += amount,
        ByHand::Total(reply) => reply.send(*sum).expect("the asker waits"),
    }
}

fn total_by_hand(send: impl Fn(ByHand)) -> u64 {
    let (reply, total) = oneshot::channel();
    send(ByHand::Total(reply));
    total.blocking_recv().unwrap()
}

/// Tells a thread with a channel.
fn tell_thread(
    n: u64,
    senders: u64,
    clock: &mut Clock,
    sender: crossbeam_channel::Sender<ByHand>,
    mailbox: crossbeam_channel::Receiver<ByHand>,
) {
    let actor = std::thread::spawn(move || {
        let mut sum = 0;
        for message in mailbox {
            count_by_hand(&mut sum, message);
        }
    });
    let teller = sender.clone();
    let tell = move |amount| teller.send(ByHand::Add(amount)).unwrap();
    let total = || total_by_hand(|message| sender.send(message).unwrap());
    tell_all(n, senders, clock, tell, total);
    drop(sender);
    actor.join().unwrap();
}

fn tell_rungs(n: u64, senders: u64, clock: &mut Clock, counter: Addr<on_rungs::Counter>) {
    let teller = counter.clone();
    let tell = move |amount| assert!(teller.tell(on_rungs::Add(amount)).is_ok());
    let total = || counter.ask(on_rungs::Add(0)).wait().unwrap();
    tell_all(n, senders, clock, tell, total);
}

fn tell_rungs_bounded(n: u64, clock: &mut Clock, counter: Addr<on_rungs::Counter>) {
    let teller = counter.clone();
    let tell = move |amount| assert!(teller.tell_wait(on_rungs::Add(amount)).is_ok());
    let total = || counter.ask_wait(on_rungs::Add(0)).wait().unwrap();
    tell_all(n, 1, clock, tell, total);
}

/// Times `n` numbers told by so many threads, or this one, and the answer to a
/// question that is behind them all. (`tell` is dropped by then.)
fn tell_all(
    n: u64,
    senders: u64,
    clock: &mut Clock,
    tell: impl Fn(u64) + Clone + Send,
    total: impl Fn() -> u64,
) {
    tell(0);
    assert_eq!(total(), 0);
    let each = n / senders;
    let sum = clock.time(|| {
        if senders == 1 {
            (0..each).for_each(tell);
        } else {
            std::thread::scope(|scope| {
                for _ in 0..senders {
                    let tell = tell.clone();
                    scope.spawn(move || (0..each).for_each(tell));
                }
            });
        }
        total()
    });
    assert_eq!(sum, (0..each).sum::<u64>() * senders);
}

/// Tokens around a ring, of which so many hops are one operation.
fn ring(name: &'static str, unit: &'static str, size: usize, hops: u64) -> Case {
    fn pass<R: Ring>(size: usize, hops: u64) -> impl FnMut(u64, &mut Clock) {
        move |n, clock| {
            let ring = R::new(size);
            ring.pass(size as u64);
            clock.time(|| ring.pass(n * hops));
        }
    }
    Case::new(name, unit)
        .rungs("rungs tell", pass::<rings::OnRungs>(size, hops))
        .peer("actix", pass::<rings::on_actix::OnActix>(size, hops))
        .peer("ractor", pass::<rings::on_ractor::OnRactor>(size, hops))
        .peer("kameo", pass::<rings::on_kameo::OnKameo>(size, hops))
        .peer("xtra", pass::<rings::on_xtra::OnXtra>(size, hops))
        .peer(
            "tokio mpsc + task, by hand",
            pass::<rings::TokioByHand>(size, hops),
        )
        .peer(
            "crossbeam + thread, by hand",
            pass::<rings::ThreadByHand>(size, hops),
        )
}

fn spawn_100k() -> Case {
    Case::new(
        "actor/spawn_100k",
        "actor started, asked for, and stopped, 100,000 at once",
    )
    .batch(crowds::MANY)
    .rungs("rungs", |n, clock| {
        crowds::time(crowds::OnRungs::new(), n, clock);
    })
    .peer("actix", |n, clock| {
        let party = crowds::on_actix::OnActix(actix::System::new());
        crowds::time(party, n, clock);
    })
    .peer("ractor", |n, clock| {
        let runtime = tokio_runtime();
        crowds::time(crowds::on_ractor::OnRactor(&runtime), n, clock);
    })
    .peer("kameo", |n, clock| {
        let runtime = tokio_runtime();
        crowds::time(crowds::on_kameo::OnKameo(&runtime), n, clock);
    })
    .peer("xtra", |n, clock| {
        let runtime = tokio_runtime();
        crowds::time(crowds::on_xtra::OnXtra(&runtime), n, clock);
    })
    .peer("tokio mpsc + task, by hand", |n, clock| {
        let runtime = tokio_runtime();
        crowds::time(crowds::ByHand(&runtime), n, clock);
    })
}

fn ask() -> Case {
    Case::new("actor/ask", "question asked and answered, one at a time")
        .rungs("rungs, from a thread", |n, clock| {
            let executor = ThreadPoolExecutor::new(WORKERS);
            let counter = on_rungs::start(Addr::builder().on(&executor));
            ask_rungs(n, clock, counter);
        })
        .rungs("rungs, dedicated thread, from a thread", |n, clock| {
            let counter = on_rungs::start(Addr::builder().dedicated_thread("counter"));
            ask_rungs(n, clock, counter);
        })
        .rungs("rungs, from a task", |n, clock| {
            let executor = ThreadPoolExecutor::new(WORKERS);
            let counter = on_rungs::start(Addr::builder().on(&executor));
            let asker = |asks| {
                let counter = counter.clone();
                async move {
                    let mut sum = 0;
                    for amount in 0..asks {
                        sum = counter.ask(on_rungs::Add(amount)).await.unwrap();
                    }
                    sum
                }
            };
            ask_all(n, clock, |asks| {
                executor.spawn(asker(asks)).result().unwrap()
            });
        })
        .peer("actix, from a task of its thread", |n, clock| {
            let system = actix::System::new();
            let counter = system.block_on(async { on_actix::start(&actix::Arbiter::current()) });
            ask_all(n, clock, |asks| {
                system.block_on(async {
                    let mut sum = 0;
                    for amount in 0..asks {
                        sum = counter.send(on_actix::Add(amount)).await.unwrap();
                    }
                    sum
                })
            });
        })
        .peer("actix, from another thread", |n, clock| {
            let _system = actix::System::new();
            let arbiter = actix::Arbiter::new();
            let counter = on_actix::start(&arbiter.handle());
            let ask = |amount| block_on(counter.send(on_actix::Add(amount))).unwrap();
            ask_all(n, clock, one_by_one(ask));
            arbiter.stop();
            arbiter.join().unwrap();
        })
        .peer("ractor, from a task", |n, clock| {
            let runtime = tokio_runtime();
            let counter = runtime.block_on(on_ractor::start());
            ask_all(n, clock, |asks| {
                let counter = counter.clone();
                let asker = runtime.spawn(async move {
                    let mut sum = 0;
                    for amount in 0..asks {
                        sum = on_ractor::ask(&counter, amount).await;
                    }
                    sum
                });
                block_on(asker).unwrap()
            });
            counter.stop(None);
        })
        .peer("kameo, from a task", |n, clock| {
            let runtime = tokio_runtime();
            let counter = runtime.block_on(async { on_kameo::start(None) });
            ask_all(n, clock, |asks| {
                let counter = counter.clone();
                let asker = runtime.spawn(async move {
                    let mut sum = 0;
                    for amount in 0..asks {
                        sum = counter.ask(on_kameo::Add(amount)).await.unwrap();
                    }
                    sum
                });
                block_on(asker).unwrap()
            });
        })
        .peer("kameo, from a thread", |n, clock| {
            let runtime = tokio_runtime();
            let counter = runtime.block_on(async { on_kameo::start(None) });
            let ask = |amount| counter.ask(on_kameo::Add(amount)).blocking_send().unwrap();
            ask_all(n, clock, one_by_one(ask));
        })
        .peer("xtra, from a task", |n, clock| {
            let runtime = tokio_runtime();
            let counter = runtime.block_on(async { on_xtra::start(None) });
            ask_all(n, clock, |asks| {
                let counter = counter.clone();
                let asker = runtime.spawn(async move {
                    let mut sum = 0;
                    for amount in 0..asks {
                        sum = counter.send(on_xtra::Add(amount)).await.unwrap();
                    }
                    sum
                });
                block_on(asker).unwrap()
            });
        })
        .peer("tokio mpsc + task, by hand, from a task", |n, clock| {
            let runtime = tokio_runtime();
            let (sender, mailbox) = mpsc::unbounded_channel();
            runtime.spawn(answer_by_hand(mailbox));
            ask_all(n, clock, |asks| {
                let sender = sender.clone();
                let asker = runtime.spawn(async move {
                    let mut sum = 0;
                    for amount in 0..asks {
                        let (reply, answer) = oneshot::channel();
                        sender.send((amount, reply)).unwrap();
                        sum = answer.await.unwrap();
                    }
                    sum
                });
                block_on(asker).unwrap()
            });
        })
        .peer("tokio mpsc + task, by hand, from a thread", |n, clock| {
            let runtime = tokio_runtime();
            let (sender, mailbox) = mpsc::unbounded_channel();
            runtime.spawn(answer_by_hand(mailbox));
            let ask = |amount| {
                let (reply, answer) = oneshot::channel();
                sender.send((amount, reply)).unwrap();
                answer.blocking_recv().unwrap()
            };
            ask_all(n, clock, one_by_one(ask));
        })
        .peer("crossbeam + thread, by hand", |n, clock| {
            let (sender, mailbox) = crossbeam_channel::unbounded();
            let actor = std::thread::spawn(move || {
                let mut sum = 0;
                for (amount, reply) in mailbox {
                    let reply: crossbeam_channel::Sender<u64> = reply;
                    reply.send(add(&mut sum, amount)).expect("the asker waits");
                }
            });
            let ask = |amount| {
                let (reply, answer) = crossbeam_channel::bounded(1);
                sender.send((amount, reply)).unwrap();
                answer.recv().unwrap()
            };
            ask_all(n, clock, one_by_one(ask));
            drop(sender);
            actor.join().unwrap();
        })
}

fn ask_rungs(n: u64, clock: &mut Clock, counter: Addr<on_rungs::Counter>) {
    let ask = |amount| counter.ask(on_rungs::Add(amount)).wait().unwrap();
    ask_all(n, clock, one_by_one(ask));
}

async fn answer_by_hand(mut mailbox: mpsc::UnboundedReceiver<(u64, oneshot::Sender<u64>)>) {
    let mut sum = 0;
    while let Some((amount, reply)) = mailbox.recv().await {
        reply.send(add(&mut sum, amount)).expect("the asker waits");
    }
}

/// Times `asker`, which asks the numbers up to the one it is given and returns
/// the last answer.
fn ask_all(n: u64, clock: &mut Clock, asker: impl Fn(u64) -> u64) {
    const WARM_UP: u64 = 10;
    let before = asker(WARM_UP);
    let after = clock.time(|| asker(n));
    assert_eq!(after - before, (0..n).sum::<u64>());
}

/// An asker that waits for each answer before it asks on.
fn one_by_one(ask: impl Fn(u64) -> u64) -> impl Fn(u64) -> u64 {
    move |asks| (0..asks).fold(0, |_, amount| ask(amount))
}
