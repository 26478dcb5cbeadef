//! Everybody asks everybody, at random, and waits for the answer before the next.

use crate::random::Random;
use rungs::actor::{Actor, Addr, Context, Handler};
use rungs::future::Promise;

struct Peer {
    index: usize,
    others: Vec<Addr<Peer>>,
    random: Random,
    left: u64,
    /// Whom the last ping went to.
    expected: usize,
    sink: Addr<Sink>,
}
struct Sink {
    left: usize,
    done: Option<Promise<()>>,
}

struct Ping(usize);
struct Pong(usize);
struct Finished;

impl Actor for Peer {}
impl Actor for Sink {}

impl Peer {
    fn ask_on(&mut self) {
        if self.left == 0 {
            return self.sink.tell(Finished).unwrap();
        }
        self.left -= 1;
        self.expected = self.random.below(self.others.len());
        self.others[self.expected].tell(Ping(self.index)).unwrap();
    }
}

impl Handler<Ping> for Peer {
    type Reply = ();
    fn handle(&mut self, Ping(from): Ping, _cx: &mut Context<Self>) {
        self.others[from].tell(Pong(self.index)).unwrap();
    }
}

impl Handler<Pong> for Peer {
    type Reply = ();
    fn handle(&mut self, Pong(from): Pong, _cx: &mut Context<Self>) {
        assert_eq!(from, self.expected, "an answer from somebody else");
        self.ask_on();
    }
}

impl Handler<Finished> for Sink {
    type Reply = ();
    fn handle(&mut self, _: Finished, _cx: &mut Context<Self>) {
        self.left -= 1;
        if self.left == 0 {
            let done = self.done.take().expect("told once");
            done.set_result(()).unwrap();
        }
    }
}

pub(crate) fn run(peers: usize, pings: u64) -> u64 {
    let (done, all) = Promise::new();
    let (left, done) = (peers, Some(done));
    let sink = Sink { left, done }.start();
    let start = |index| {
        Peer {
            index,
            others: Vec::new(),
            random: Random::new(index as u64),
            left: pings,
            expected: 0,
            sink: sink.clone(),
        }
        .start()
    };
    let crowd: Vec<Addr<Peer>> = (0..peers).map(start).collect();
    for peer in &crowd {
        let others = crowd.clone();
        peer.post(move |peer| peer.others = others).unwrap();
    }
    for peer in &crowd {
        peer.post(Peer::ask_on).unwrap();
    }
    all.result().unwrap();
    for peer in &crowd {
        assert_eq!(peer.call(|peer| peer.left).wait().unwrap(), 0);
        peer.stop();
    }
    peers as u64 * pings * 2
}
