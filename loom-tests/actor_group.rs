//! Groups of actors: who leaves, or ends, while something is broadcast.

use super::actor::Inline;
use super::support::{Bound::*, model, outcomes, spawn};
use crate::actor::{Actor, Addr, Context, Group, Handler};
use std::sync::Arc;

struct Sum(usize);

impl Actor for Sum {}

impl Handler<usize> for Sum {
    type Reply = usize;
    fn handle(&mut self, n: usize, _cx: &mut Context<Self>) -> usize {
        self.0 += n;
        self.0
    }
}

fn sum() -> Addr<Sum> {
    Addr::builder().on(Arc::new(Inline)).start(Sum(0)).unwrap()
}

/// Two threads, exhaustive, 9 executions. Kills: a leave that does nothing; a broadcast that does
/// not say whom it reached.
#[test]
fn who_has_left_gets_no_later_broadcast() {
    let name = "who_has_left_gets_no_later_broadcast";
    outcomes(name, Exhaustive, 8, [0, 1], || {
        let addr = sum();
        let group = Group::new();
        group.join(&addr.recipient());
        let news = group.clone();
        let sender = spawn(move || news.broadcast(1));
        assert!(group.leave(addr.id()));
        assert_eq!(group.broadcast(10), 0);
        let reached = sender.join().unwrap();
        assert_eq!(addr.call(|sum| sum.0).wait().unwrap(), reached);
        reached
    });
}

/// Two threads, bound 3, 6,326 executions. Kills: a member that is kept although it is closed; a
/// broadcast that counts who did not accept.
#[test]
fn who_ends_is_forgotten_and_loses_nothing() {
    let name = "who_ends_is_forgotten_and_loses_nothing";
    outcomes(name, Preemptions(3), 20, [0, 1], || {
        let addr = sum();
        let group = Group::new();
        group.join(&addr.recipient());
        let news = group.clone();
        let sender = spawn(move || news.broadcast(1));
        let before = addr.call(|sum| sum.0);
        addr.stop();
        let reached = sender.join().unwrap();
        assert!(before.wait().unwrap() <= reached);
        assert_eq!(group.broadcast(10), 0);
        assert!(format!("{group:?}").contains("members: 0"));
        assert!(group.is_empty());
        reached
    });
}

/// One thread. Kills: a broadcast that holds the lock while members are told.
#[test]
fn a_member_that_is_told_may_leave() {
    struct Leaves(Group<()>);
    impl Actor for Leaves {}
    impl Handler<()> for Leaves {
        type Reply = ();
        fn handle(&mut self, (): (), cx: &mut Context<Self>) {
            assert!(self.0.leave(cx.id()));
        }
    }
    let name = "a_member_that_is_told_may_leave";
    model(name, Exhaustive, 1, || {
        let group = Group::new();
        let member = Leaves(group.clone());
        let addr = Addr::builder().on(Arc::new(Inline)).start(member).unwrap();
        assert!(group.join(&addr.recipient()));
        assert!(!group.join(&addr.recipient()));
        assert_eq!((group.broadcast(()), group.broadcast(())), (1, 0));
    });
}
