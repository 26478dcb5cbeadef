//! Workers in the place of consumers: a pool that is resized, paused and ended at any time, and
//! whose handler panics now and then.
//!
//! Each message has been handled, or was dropped as its handler panicked, or is handed back by the
//! pool at its end, by a push that failed, or by a task queue that has given it up.

use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rungs::pool::{Shutdown, WorkerPool};
use rungs::queue::{PriorityQueue, Queue, Receiver, Task, TaskQueue, WorkQueue};

use crate::halves::Halves;
use crate::kinds::Kind;
use crate::message::{Message, Tally};
use crate::producer::Producer;
use crate::rng::Rng;
use crate::round::{self, Account, MOST, Round, Side};
use crate::tasks::Tasks;

/// The most orders that a pool is given before its end.
const MOST_ORDERS: u64 = 32;
/// The longest time between two orders, in microseconds.
const LONGEST_NAP: u64 = 100;

/// A kind that workers can take from.
pub(crate) trait Staffed: Kind {
    type Queue: WorkQueue<Item: Work>;

    /// What they take from.
    fn work_queue(&self) -> Self::Queue;
}

impl Staffed for Queue<Message> {
    type Queue = Self;

    fn work_queue(&self) -> Self {
        self.clone()
    }
}

impl Staffed for PriorityQueue<u32, Message> {
    type Queue = Self;

    fn work_queue(&self) -> Self {
        self.clone()
    }
}

impl Staffed for Halves {
    type Queue = Receiver<Message>;

    fn work_queue(&self) -> Receiver<Message> {
        self.receiver()
    }
}

impl Staffed for Tasks {
    type Queue = TaskQueue<Message>;

    fn work_queue(&self) -> TaskQueue<Message> {
        self.queue()
    }
}

/// What workers take.
pub(crate) trait Work: Send {
    /// Whether it is lost where its handler panics.
    const MORTAL: bool;

    fn message(&self) -> &Message;
    /// Whether the handler panics.
    fn is_hard(&self) -> bool;
    fn done(self) -> Message;
}

impl Work for Message {
    const MORTAL: bool = true;

    fn message(&self) -> &Message {
        self
    }

    fn is_hard(&self) -> bool {
        self.number() % 64 == 7
    }

    fn done(self) -> Message {
        self
    }
}

/// Some fail at first, and some every time.
impl Work for Task<Message> {
    const MORTAL: bool = false;

    fn message(&self) -> &Message {
        self
    }

    fn is_hard(&self) -> bool {
        (**self).is_hard() && (self.attempts() == 1 || self.number() % 128 == 7)
    }

    fn done(self) -> Message {
        self.into_inner()
    }
}

/// What workers did.
#[derive(Clone, Copy, Default)]
struct Books {
    handled: Tally,
    lost: Tally,
    /// How often the handler panicked.
    panics: u64,
}

/// A worker's own books, which it puts down in the common ones when it ends, or panics.
struct Ledger {
    own: Books,
    common: Arc<Mutex<Books>>,
}

impl Drop for Ledger {
    fn drop(&mut self) {
        let mut common = self.common.lock().expect("nobody panics here");
        common.handled += self.own.handled;
        common.lost += self.own.lost;
        common.panics += self.own.panics;
    }
}

fn handle<W: Work>(ledger: &mut Ledger, work: W) {
    let books = &mut ledger.own;
    if work.is_hard() {
        books.panics += 1;
        if W::MORTAL {
            books.lost.note(work.message());
        }
        let _unwinding = work;
        resume_unwind(Box::new("a handler panics")); // calls no hook
    }
    books.handled.add(work.done());
}

/// Pushes at most `most` messages through the queue of a pool, and accounts for them.
pub(crate) fn run<K: Staffed>(kind: K, rng: &mut Rng, most: u64) -> Account {
    let messages = round::messages(rng, most);
    let producers = 1 + rng.below(MOST as u64);
    let share = messages.div_ceil(producers);
    let round = Round::of_producers(producers);
    let books = Arc::new(Mutex::new(Books::default()));
    let common = books.clone();
    let pool = WorkerPool::builder()
        .workers(1 + rng.below(MOST as u64) as usize)
        .state(move |_| Ledger {
            own: Books::default(),
            common: common.clone(),
        })
        .build(kind.work_queue(), handle)
        .expect("threads can be started");
    let mut account = Account::default();
    thread::scope(|scope| {
        let (kind, round) = (&kind, &round);
        let producers: Vec<_> = (0..producers as usize)
            .map(|number| Producer::new(kind, round, number, share, rng.fork()))
            .map(|producer| scope.spawn(|| producer.run()))
            .collect();
        give_orders(&pool, rng);
        for work in end(&pool, round, rng) {
            account.taken.add(work.done());
        }
        for producer in producers {
            account += producer.join().expect("it is sound");
        }
    });
    let books = *books.lock().expect("nobody panics here");
    let stats = pool.stats();
    let counted = (stats.done as u64, stats.failed as u64);
    assert_eq!(counted, (books.handled.count, books.panics), "{stats:?}");
    drop(pool);
    account.popped += books.handled;
    account.dropped += books.lost;
    kind.drain()
        .into_iter()
        .for_each(|given_up| account.popped.add(given_up));
    assert_eq!(kind.len(), 0, "messages are left");
    drop(kind);
    let dropped = Tally::take_dropped();
    assert!(
        dropped == account.dropped,
        "a message is dropped with its future, or as its handler panics: {dropped:?} of {account:?}"
    );
    account.check();
    account
}

/// Has the pool grow, shrink, pause and so on, amidst the traffic.
fn give_orders<Q: WorkQueue>(pool: &WorkerPool<Q>, rng: &mut Rng) {
    let mut over = 0;
    for _ in 0..rng.below(MOST_ORDERS) {
        let workers = 1 + rng.below(MOST as u64) as usize;
        match rng.below(8) {
            0 => pool.resize(workers).expect("threads can be started"),
            1 => pool.resize(workers..=MOST).expect("threads can be started"),
            2 => pool.pause(),
            3 | 4 => pool.resume(),
            5 => drop(pool.wait_idle_timeout(nap(rng))),
            6 => thread::yield_now(),
            _ => thread::sleep(nap(rng)),
        }
        let stats = pool.stats();
        assert!(over <= stats.done + stats.failed, "{stats:?} after {over}");
        over = stats.done + stats.failed;
    }
}

/// Ends the pool, amidst the traffic or when all is done, and gives what it hands back.
fn end<Q: WorkQueue>(pool: &WorkerPool<Q>, round: &Round, rng: &mut Rng) -> Vec<Q::Item> {
    if rng.one_in(2) {
        pool.resume();
        while round.at_work(Side::Producers) > 0 {
            thread::sleep(nap(rng));
        }
        if rng.one_in(2) {
            pool.wait_idle();
            assert_eq!(pool.queue().len(), 0, "it was idle");
        }
    }
    let mut left = Vec::new();
    match rng.below(3) {
        0 => left = pool.shutdown(Shutdown::Discard),
        1 => left = pool.shutdown(Shutdown::Drain),
        _ => {
            while let Err(unfinished) = pool.shutdown_timeout(nap(rng)) {
                left.extend(unfinished.left);
            }
        }
    }
    left
}

fn nap(rng: &mut Rng) -> Duration {
    Duration::from_micros(rng.below(LONGEST_NAP))
}
