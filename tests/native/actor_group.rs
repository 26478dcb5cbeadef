//! Recipients, groups and probes.

use rungs::actor::{Actor, Addr, AsyncHandler, Context, Group, Handler, Mailbox, Overflow};
use rungs::actor::{Probe, Recipient, SendError, StopReason};
use rungs::future::block_on;
use std::collections::HashSet;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Sum(u64);

impl Actor for Sum {}

impl Handler<u64> for Sum {
    type Reply = u64;
    fn handle(&mut self, n: u64, _cx: &mut Context<Self>) -> u64 {
        self.0 += n;
        self.0
    }
}

struct Late(Vec<u64>);

impl Actor for Late {}

impl AsyncHandler<u64> for Late {
    type Reply = ();
    async fn handle(&mut self, n: u64, _cx: &mut Context<Self>) {
        rungs::future::yield_now().await;
        self.0.push(n);
    }
}

#[test]
fn actors_of_different_types_are_recipients_of_the_same_message() {
    let (sum, late) = (Sum(0).start(), Late(Vec::new()).start());
    let all: [Recipient<u64>; 2] = [sum.recipient(), late.recipient()];
    for to in &all {
        to.tell(1).unwrap();
        to.tell_wait(2).unwrap();
        to.tell_timeout(3, LONG).unwrap();
        to.tell_deadline(4, Instant::now() + LONG).unwrap();
        block_on(to.tell_async(5)).unwrap();
    }
    assert_eq!(sum.call(|sum| sum.0).wait().unwrap(), 15);
    let told = late.call(|late| late.0.clone()).wait().unwrap();
    assert_eq!(told, [1, 2, 3, 4, 5]);
}

#[test]
fn recipients_of_the_same_actor_are_equal() {
    let (one, two) = (Sum(0).start(), Sum(0).start());
    let set: HashSet<Recipient<u64>> = [one.recipient(), two.recipient(), one.recipient()].into();
    assert_eq!(set.len(), 2);
    assert_eq!(one.recipient::<u64, _>().id(), one.id());
    assert_ne!(one.recipient::<u64, _>(), two.recipient());
}

#[test]
fn a_recipient_keeps_the_actor_and_a_weak_one_does_not() {
    let addr = Sum(0).start();
    let ended = addr.join_async();
    let recipient: Recipient<u64> = addr.recipient();
    drop(addr);
    recipient.tell(1).unwrap();
    let weak = recipient.downgrade();
    assert_eq!(weak.upgrade().as_ref(), Some(&recipient));
    drop(recipient);
    assert!(weak.upgrade().is_none());
    assert_eq!(block_on(ended), StopReason::Stopped);
}

#[test]
fn what_a_recipient_does_not_accept_comes_back() {
    let addr = Sum(0).start();
    let recipient: Recipient<u64> = addr.recipient();
    addr.stop();
    addr.join();
    assert!(recipient.is_stopped());
    assert_eq!(recipient.tell(1), Err(SendError::Closed(1)));
    assert_eq!(recipient.tell_wait(2), Err(SendError::Closed(2)));
    let probe = Probe::new();
    let recipient = probe.recipient();
    drop(probe);
    assert!(recipient.is_stopped());
    assert_eq!(recipient.tell(3), Err(SendError::Closed(3)));
}

#[test]
fn members_that_end_are_forgotten() {
    let group = Group::new();
    for round in 0..1000_u64 {
        let sum = Sum(0).start();
        assert!(group.join(&sum.recipient()));
        if round % 2 == 0 {
            sum.stop();
        }
        sum.join_after_drop();
    }
    assert_eq!(group.len(), 0);
    let sum = Sum(0).start();
    assert!(group.join(&sum.recipient()));
    assert_eq!(group.broadcast(7), 1);
    assert_eq!(sum.ask(0).wait().unwrap(), 7);
}

trait Ends {
    fn join_after_drop(self);
}

impl<A> Ends for Addr<A> {
    fn join_after_drop(self) {
        let ended = self.join_async();
        drop(self);
        block_on(ended);
    }
}

#[test]
fn a_group_that_nobody_uses_but_to_join_does_not_grow() {
    let group = Group::<u64>::new();
    let probes: Vec<_> = (0..10).map(|_| Probe::new()).collect();
    for probe in &probes {
        group.join(&probe.recipient());
    }
    for _ in 0..10_000 {
        group.join(&Probe::new().recipient());
    }
    let debug = format!("{group:?}");
    let members: usize = debug
        .chars()
        .filter(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .unwrap();
    assert!(members < 100, "{debug}");
    assert_eq!(group.len(), 10);
}

#[test]
fn a_member_whose_mailbox_is_full_stays() {
    let mailbox = Mailbox::Bounded {
        capacity: 1,
        overflow: Overflow::Reject,
    };
    let addr = Addr::builder()
        .mailbox(mailbox)
        .start_actor(Sum(0))
        .unwrap();
    let group = Group::new();
    group.join(&addr.recipient());
    let news = group.clone();
    let sent = addr.call_wait(move |_| (news.broadcast(1), news.broadcast(2)));
    assert_eq!(sent.wait().unwrap(), (1, 0));
    assert_eq!(group.len(), 1);
}

#[test]
fn a_broadcast_is_in_the_order_of_joining() {
    let group = Group::new();
    let probe = Probe::<usize>::new();
    struct Relay(Recipient<usize>, usize);
    impl Actor for Relay {}
    impl Handler<()> for Relay {
        type Reply = ();
        fn handle(&mut self, _: (), _cx: &mut Context<Self>) {
            self.0.tell(self.1).unwrap();
        }
    }
    let inline = std::sync::Arc::new(rungs::executor::InlineExecutor::new());
    let relays: Vec<_> = (0..5)
        .map(|n| {
            let relay = Relay(probe.recipient(), n);
            let on = Addr::builder().on(inline.clone());
            on.start_actor(relay).unwrap()
        })
        .collect();
    for relay in &relays {
        group.join(&relay.recipient());
    }
    assert!(group.leave(relays[1].id()));
    assert!(group.join(&relays[1].recipient()));
    assert_eq!(group.broadcast(()), 5);
    assert_eq!(probe.received(), [0, 2, 3, 4, 1]);
}

#[test]
#[should_panic(expected = "messages are there that nobody expected")]
fn a_probe_says_what_it_did_not_expect() {
    let probe = Probe::new();
    probe.recipient().tell(1).unwrap();
    probe.expect_none();
}

#[test]
#[should_panic(expected = "no message came within")]
fn a_probe_does_not_wait_for_ever() {
    Probe::<u64>::new().expect_message(Duration::from_millis(1));
}

#[test]
fn a_probe_receives_in_a_task_and_loses_nothing_where_that_is_dropped() {
    let probe = Probe::new();
    drop(probe.receive_async());
    probe.recipient().tell(1).unwrap();
    drop(probe.receive_async());
    assert_eq!(block_on(probe.receive_async()), 1);
    assert_eq!(probe.received(), [] as [u64; 0]);
}
