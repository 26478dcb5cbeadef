//! Many read and write one dictionary.

use crate::random::Random;
use rungs::actor::{Actor, Addr, Context, Handler};
use std::collections::HashMap;

const KEYS: usize = 1_000;

#[derive(Default)]
struct Dictionary {
    entries: HashMap<usize, u64>,
    reads: u64,
    writes: u64,
}
struct Read(usize);
struct Write(usize, u64);

struct Worker {
    dictionary: Addr<Dictionary>,
    random: Random,
    /// Of a hundred requests.
    writes: usize,
}
struct Work(u64);

impl Actor for Dictionary {}
impl Actor for Worker {}

impl Handler<Read> for Dictionary {
    type Reply = Option<u64>;
    fn handle(&mut self, Read(key): Read, _cx: &mut Context<Self>) -> Option<u64> {
        self.reads += 1;
        self.entries.get(&key).copied()
    }
}

impl Handler<Write> for Dictionary {
    type Reply = Option<u64>;
    fn handle(&mut self, Write(key, value): Write, _cx: &mut Context<Self>) -> Option<u64> {
        self.writes += 1;
        self.entries.insert(key, value)
    }
}

/// Whether a value is one that workers write under this key.
fn fits(key: usize, value: Option<u64>) -> bool {
    value.is_none_or(|value| value % KEYS as u64 == key as u64)
}

// It waits for each answer, and occupies no thread meanwhile.
impl rungs::actor::AsyncHandler<Work> for Worker {
    /// How many of the requests were writes.
    type Reply = u64;
    async fn handle(&mut self, Work(requests): Work, _cx: &mut Context<Self>) -> u64 {
        let mut writes = 0;
        for _ in 0..requests {
            let key = self.random.below(KEYS);
            let is_write = self.random.below(100) < self.writes;
            let reply = if is_write {
                writes += 1;
                let value = (self.random.next() >> 32) * KEYS as u64 + key as u64;
                self.dictionary.ask(Write(key, value))
            } else {
                self.dictionary.ask(Read(key))
            };
            assert!(fits(key, reply.await.unwrap()));
        }
        writes
    }
}

pub(crate) fn run(workers: usize, requests: u64, writes: usize) -> u64 {
    let dictionary = Dictionary::default().start();
    let start = |seed| {
        let (dictionary, random) = (dictionary.clone(), Random::new(seed as u64));
        Worker {
            dictionary,
            random,
            writes,
        }
        .start()
    };
    let crew: Vec<Addr<Worker>> = (0..workers).map(start).collect();
    let replies: Vec<_> = crew
        .iter()
        .map(|worker| worker.ask(Work(requests)))
        .collect();
    let written: u64 = replies.into_iter().map(|reply| reply.wait().unwrap()).sum();
    let total = workers as u64 * requests;
    let seen = |d: &mut Dictionary| {
        (
            d.reads,
            d.writes,
            d.entries.iter().all(|(k, v)| fits(*k, Some(*v))),
        )
    };
    assert_eq!(
        dictionary.call(seen).wait().unwrap(),
        (total - written, written, true)
    );
    total
}
