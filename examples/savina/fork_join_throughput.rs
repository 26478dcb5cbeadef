//! Messages dealt out to many actors, each of which computes a little for each.

use rungs::actor::{Actor, Addr, Context, Handler};
use std::hint::black_box;

struct Worker {
    done: u64,
}
struct Job;
struct Done;

impl Actor for Worker {}

impl Handler<Job> for Worker {
    type Reply = ();
    fn handle(&mut self, _: Job, _cx: &mut Context<Self>) {
        let angle = black_box(37.2_f64);
        black_box(angle.sin() * angle.sin());
        self.done += 1;
    }
}

impl Handler<Done> for Worker {
    type Reply = u64;
    fn handle(&mut self, _: Done, _cx: &mut Context<Self>) -> u64 {
        self.done
    }
}

pub(crate) fn run(workers: usize, messages: u64) -> u64 {
    let workers: Vec<Addr<Worker>> = (0..workers).map(|_| Worker { done: 0 }.start()).collect();
    for _ in 0..messages {
        for worker in &workers {
            worker.tell(Job).unwrap();
        }
    }
    for worker in &workers {
        assert_eq!(worker.ask(Done).wait().unwrap(), messages);
    }
    messages * workers.len() as u64
}
