//! A token goes around a ring of actors; who has it when it is worn out, says so.

use rungs::actor::{Actor, Addr, Context, Handler};
use rungs::future::Promise;

struct Node {
    index: usize,
    next: Option<Addr<Node>>,
}

/// A token, for so many hops more.
struct Token {
    left: u64,
    done: Promise<usize>,
}

impl Actor for Node {}

impl Handler<Token> for Node {
    type Reply = ();
    fn handle(&mut self, token: Token, _cx: &mut Context<Self>) {
        let Token { left, done } = token;
        match (left, &self.next) {
            (0, _) => done.set_result(self.index).unwrap(),
            (_, Some(next)) => {
                let left = left - 1;
                next.tell(Token { left, done }).unwrap();
            }
            (_, None) => unreachable!("the ring is closed"),
        }
    }
}

pub(crate) fn run(nodes: usize, hops: u64) -> u64 {
    let start = |index| Node { index, next: None }.start();
    let nodes: Vec<Addr<Node>> = (0..nodes).map(start).collect();
    for (index, node) in nodes.iter().enumerate() {
        let next = nodes[(index + 1) % nodes.len()].clone();
        node.post(move |node| node.next = Some(next)).unwrap();
    }
    let (done, last) = Promise::new();
    nodes[0].tell(Token { left: hops, done }).unwrap();
    assert_eq!(last.result().unwrap(), (hops % nodes.len() as u64) as usize);
    // Each keeps the next alive, and the last the first.
    nodes.iter().for_each(Addr::stop);
    hops
}
