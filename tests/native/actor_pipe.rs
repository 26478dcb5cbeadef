//! Futures and streams beside actors.

use crate::common::notes::{Notes, run};
use futures_core::Stream;
use rungs::actor::{Actor, Addr, AsyncHandler, Context, Mailbox, Overflow};
use rungs::actor::{Probe, Recipient, StopReason};
use rungs::executor::ThreadPoolExecutor;
use rungs::future::{Promise, block_on};
use rungs::queue::{IntoStream, Queue};
use rungs::sync::Semaphore;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};
use std::thread;

/// A stream of numbers.
struct Numbers(std::ops::Range<u32>);

impl Stream for Numbers {
    type Item = u32;
    fn poll_next(mut self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<Option<u32>> {
        Poll::Ready(self.0.next())
    }
}

#[test]
fn piped_futures_run_beside_messages_and_beside_each_other() {
    let addr = Notes::default().start();
    let (one, first) = Promise::new();
    let (two, second) = Promise::new();
    let attachments = run(&addr, move |_, cx| {
        [first, second].map(|task| {
            cx.pipe(task, |me, number, cx| {
                me.numbers.push(number.unwrap());
                if me.numbers.len() == 3 {
                    cx.stop();
                }
            })
        })
    });
    two.set_result(2).unwrap();
    while !attachments[1].is_done() {
        thread::yield_now();
    }
    addr.tell(7).unwrap();
    assert_eq!(run(&addr, |me, _| me.numbers.clone()), [2, 7]);
    assert!(!attachments[0].is_done());
    one.set_result(1).unwrap();
    assert_eq!(addr.join(), StopReason::Stopped);
}

#[test]
fn a_piped_future_runs_on_the_actors_executor() {
    let pool = ThreadPoolExecutor::new(1);
    let on = Addr::builder().on(&pool);
    let addr = on.start_actor(Notes::default()).unwrap();
    let probe = Probe::new();
    let recipient = probe.recipient();
    run(&addr, move |_, cx| {
        let there = async { thread::current().id() };
        cx.pipe(there, move |_, there, _| recipient.tell(there).unwrap());
    });
    // Awaited, not waited for: that would run it here.
    let worker = block_on(pool.submit(|| thread::current().id())).unwrap();
    assert_eq!(probe.receive(), worker);
}

#[test]
fn a_future_beside_an_actor_on_its_own_thread_runs_elsewhere() {
    let addr = Addr::builder()
        .dedicated_thread("own")
        .start_actor(Notes::default())
        .unwrap();
    let probe = Probe::new();
    let recipient = probe.recipient();
    let own = run(&addr, move |_, cx| {
        let there = async { thread::current().id() };
        cx.pipe(there, move |_, there, _| {
            recipient.tell((there, thread::current().id())).unwrap();
        });
        thread::current().id()
    });
    let (there, then) = probe.receive();
    assert_eq!(then, own);
    assert_ne!(there, own);
}

#[test]
fn a_panic_beside_an_actor_ends_it() {
    struct Panics;
    impl Stream for Panics {
        type Item = u32;
        fn poll_next(self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<Option<u32>> {
            panic!("beside")
        }
    }
    let begin: [fn(&mut Notes, &mut Context<Notes>); 3] = [
        |_, cx| _ = cx.pipe(async { panic!("beside") }, |_, (), _| ()),
        |_, cx| _ = cx.pipe(async {}, |_, (), _| panic!("beside")),
        |_, cx| _ = cx.attach(Panics),
    ];
    for begin in begin {
        let addr = Notes::default().start();
        run(&addr, begin);
        assert_eq!(addr.join(), StopReason::Panicked("beside".into()));
    }
}

#[test]
fn what_is_beside_an_actor_is_dropped_with_it() {
    for end in [Addr::stop, Addr::kill] {
        let addr = Notes::default().start();
        let captured = Arc::new(());
        let own = captured.clone();
        let (sender, receiver) = Queue::<u32>::unbounded().channel();
        run(&addr, move |_, cx| {
            for _ in 0..1000 {
                let own = own.clone();
                let never = async move {
                    std::future::pending::<()>().await;
                    drop(own);
                };
                cx.pipe(never, |_, (), _| ());
            }
            cx.attach(receiver.into_stream());
        });
        end(&addr);
        addr.join();
        // What was being polled at the end is dropped by who did.
        while Arc::strong_count(&captured) > 1 || !sender.is_closed() {
            thread::yield_now();
        }
    }
}

#[test]
fn items_are_handled_in_order_and_then_the_end() {
    let mailbox = Mailbox::Bounded {
        capacity: 1,
        overflow: Overflow::Reject,
    };
    for builder in [Addr::builder(), Addr::builder().mailbox(mailbox)] {
        let addr = builder.start_actor(Notes::default()).unwrap();
        let probe = Probe::new();
        let done = probe.recipient();
        run(&addr, |_, cx| {
            cx.attach_then(Numbers(0..1000), move |me, cx| {
                done.tell(std::mem::take(&mut me.numbers)).unwrap();
                cx.stop();
            });
        });
        assert!(probe.receive().into_iter().eq(0..1000));
        assert_eq!(addr.join(), StopReason::Stopped);
    }
}

#[test]
fn one_item_at_a_time() {
    let permits = Arc::new(Semaphore::new(0));
    struct Slow(Arc<Semaphore>, Recipient<u32>, Option<IntoStream<u32>>);
    impl Actor for Slow {
        fn started(&mut self, cx: &mut Context<Self>) {
            cx.attach(self.2.take().unwrap());
        }
    }
    impl AsyncHandler<u32> for Slow {
        type Reply = ();
        async fn handle(&mut self, n: u32, _cx: &mut Context<Self>) {
            self.1.tell(n).unwrap();
            self.0.acquire_async().await.unwrap().forget();
        }
    }
    let (sender, receiver) = Queue::unbounded().channel();
    for n in 0..10 {
        sender.push(n).unwrap();
    }
    let probe = Probe::new();
    let slow = Slow(
        permits.clone(),
        probe.recipient(),
        Some(receiver.into_stream()),
    );
    let slow = slow.start();
    for n in 0..10 {
        assert_eq!(probe.receive(), n);
        assert!(sender.len() >= 9 - n as usize);
        assert!(slow.is_empty());
        permits.add_permits(1).unwrap();
    }
}

#[test]
fn an_item_that_a_killed_actor_did_not_handle_is_undelivered() {
    let addr = Addr::builder()
        .dedicated_thread("busy")
        .start_actor(Notes::default())
        .unwrap();
    let probe = Probe::new();
    let undelivered = probe.recipient();
    run(&addr, move |me, cx| {
        me.undelivered = Some(undelivered);
        cx.attach(Numbers(0..1));
        // The item comes while this message is handled.
        while cx.addr().is_empty() {
            thread::yield_now();
        }
        cx.kill();
    });
    assert_eq!(addr.join(), StopReason::Killed);
    assert_eq!(probe.received(), [0]);
    assert_eq!(addr.undelivered(), 1);
}

#[test]
fn a_stream_that_was_detached_is_dropped() {
    let addr = Notes::default().start();
    let (sender, receiver) = Queue::<u32>::unbounded().channel();
    let attachment = run(&addr, |_, cx| cx.attach(receiver.into_stream()));
    attachment.detach();
    assert!(attachment.is_done());
    while !sender.is_closed() {
        thread::yield_now();
    }
    assert!(!addr.is_stopped());
}
