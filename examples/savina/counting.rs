//! One actor counts what another sends.

use rungs::actor::{Actor, Addr, Context, Handler, Reply};

struct Counter(u64);
struct Increment;
struct Retrieve;

struct Producer(Addr<Counter>);
struct Produce(u64);

impl Actor for Counter {}
impl Actor for Producer {}

impl Handler<Increment> for Counter {
    type Reply = ();
    fn handle(&mut self, _: Increment, _cx: &mut Context<Self>) {
        self.0 += 1;
    }
}

impl Handler<Retrieve> for Counter {
    type Reply = u64;
    fn handle(&mut self, _: Retrieve, _cx: &mut Context<Self>) -> u64 {
        self.0
    }
}

impl Handler<Produce> for Producer {
    /// What the counter will say.
    type Reply = Reply<u64>;
    fn handle(&mut self, Produce(count): Produce, _cx: &mut Context<Self>) -> Reply<u64> {
        for _ in 0..count {
            self.0.tell(Increment).unwrap();
        }
        self.0.ask(Retrieve)
    }
}

pub(crate) fn run(count: u64) -> u64 {
    let producer = Producer(Counter(0).start()).start();
    let reply = producer.ask(Produce(count)).wait().unwrap();
    assert_eq!(reply.wait().unwrap(), count);
    count
}
