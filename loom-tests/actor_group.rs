//! Groups of actors: who leaves, or ends, while something is broadcast.

use super::actor::Inline;
use super::support::{Bound::*, outcomes, spawn};
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

/// Two threads, exhaustive, 9 executions. Kills: a leave that does nothing; a broadcast that
/// does not say whom it reached.
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

/// Two threads, bound 3, 1,017 executions. Kills: a member that is kept although it is closed;
/// a broadcast that counts who did not accept.
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
        assert!(group.is_empty());
        reached
    });
}
