//! Two actors send a ball to and fro.

use rungs::actor::{Actor, Addr, Context, Handler};
use rungs::future::Promise;

struct Pinger {
    left: u64,
    done: Option<Promise<u64>>,
}
struct Ponger(u64);

/// The ball, and who is to have it back.
struct Ping(Addr<Pinger>);
struct Pong {
    count: u64,
    from: Addr<Ponger>,
}

impl Actor for Pinger {}
impl Actor for Ponger {}

impl Handler<Ping> for Ponger {
    type Reply = ();
    fn handle(&mut self, Ping(to): Ping, cx: &mut Context<Self>) {
        self.0 += 1;
        let (count, from) = (self.0, cx.addr());
        to.tell(Pong { count, from }).unwrap();
    }
}

impl Handler<Pong> for Pinger {
    type Reply = ();
    fn handle(&mut self, pong: Pong, cx: &mut Context<Self>) {
        self.left -= 1;
        match self.left {
            0 => {
                let done = self.done.take().expect("told once");
                done.set_result(pong.count).unwrap();
            }
            _ => pong.from.tell(Ping(cx.addr())).unwrap(),
        }
    }
}

pub(crate) fn run(rounds: u64) -> u64 {
    let (done, count) = Promise::new();
    let done = Some(done);
    let pinger = Pinger { left: rounds, done }.start();
    Ponger(0).start().tell(Ping(pinger)).unwrap();
    assert_eq!(count.result().unwrap(), rounds);
    rounds * 2
}
