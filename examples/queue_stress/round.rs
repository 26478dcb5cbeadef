//! One round: a queue from its first message to its end.
//!
//! | end | producers and consumers | then |
//! |---|---|---|
//! | drained | wait as they like | closed when all producers are done; consumers take what is left |
//! | closed | wait as they like | closed amidst the traffic by one of them; consumers take what is left |
//! | emptied | wait as they like | closed amidst the traffic by one of them, who takes what is left |
//! | left | wait only for a while | some consumers stop early; the queue is dropped with what is in it |

use std::ops::AddAssign;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::consumer::Consumer;
use crate::kinds::Kind;
use crate::message::Tally;
use crate::producer::Producer;
use crate::rng::Rng;

/// The most producers, and consumers, that a round has.
pub(crate) const MOST: usize = 4;
/// The most messages that a round has, as a power of two.
const MOST_MESSAGES: u64 = 17;

/// How a round ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Drained,
    Closed,
    Emptied,
    Left,
}

/// One of the two sides of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Producers,
    Consumers,
}

/// What all ends of a round's queue know.
#[derive(Debug)]
pub(crate) struct Round {
    end: End,
    /// The first on which side closes the queue amidst the traffic, and after how many messages
    /// of its own.
    closer: (Side, u64),
    /// How many producers, and how many consumers, have not ended.
    producers: AtomicUsize,
    consumers: AtomicUsize,
}

impl Round {
    /// One without consumers of its own, that nobody ends amidst the traffic.
    pub(crate) fn of_producers(producers: u64) -> Self {
        Self {
            end: End::Drained,
            closer: (Side::Producers, u64::MAX),
            producers: AtomicUsize::new(producers as usize),
            consumers: AtomicUsize::new(0),
        }
    }

    /// Whether nobody may wait for what may never come.
    pub(crate) fn is_left(&self) -> bool {
        self.end == End::Left
    }

    /// Whether it is time for the first on that side, which has had that many messages, to end
    /// the round.
    pub(crate) fn is_over(&self, side: Side, messages: u64) -> bool {
        let (closer, at) = self.closer;
        side == closer && messages >= at
    }

    pub(crate) fn end(&self) -> End {
        self.end
    }

    /// How many are still at work on that side.
    pub(crate) fn at_work(&self, side: Side) -> usize {
        self.count(side).load(Ordering::Relaxed)
    }

    /// One of that side has ended.
    pub(crate) fn leave(&self, side: Side) {
        self.count(side).fetch_sub(1, Ordering::Relaxed);
    }

    fn count(&self, side: Side) -> &AtomicUsize {
        match side {
            Side::Producers => &self.producers,
            Side::Consumers => &self.consumers,
        }
    }
}

/// What became of the messages.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Account {
    pub(crate) rounds: u64,
    pub(crate) made: Tally,
    pub(crate) popped: Tally,
    /// Taken out of the queue by who closed it.
    pub(crate) taken: Tally,
    /// Given back by a push that failed.
    pub(crate) handed_back: Tally,
    /// Dropped by a future, or with the queue.
    pub(crate) dropped: Tally,
}

impl AddAssign for Account {
    fn add_assign(&mut self, other: Self) {
        self.rounds += other.rounds;
        self.made += other.made;
        self.popped += other.popped;
        self.taken += other.taken;
        self.handed_back += other.handed_back;
        self.dropped += other.dropped;
    }
}

impl Account {
    /// What stands above the lines.
    pub(crate) const HEAD: &str = "kind              rounds        made      popped  taken back  \
                                   handed back  dropped   seconds  million/s";

    pub(crate) fn line(&self, name: &str, took: Duration) -> String {
        format!(
            "{name:<16} {:>7} {:>11} {:>11} {:>11} {:>12} {:>8} {:>9.2} {:>10.2}",
            self.rounds,
            self.made.count,
            self.popped.count,
            self.taken.count,
            self.handed_back.count,
            self.dropped.count,
            took.as_secs_f64(),
            self.made.count as f64 / took.as_secs_f64() / 1e6,
        )
    }

    /// Panics unless each message went one way.
    pub(crate) fn check(&self) {
        let mut arrived = self.popped;
        for more in [self.taken, self.handed_back, self.dropped] {
            arrived += more;
        }
        assert_eq!(
            self.made, arrived,
            "not every message arrived once: {self:?}"
        );
    }
}

/// How many messages a round has: at most `most`.
pub(crate) fn messages(rng: &mut Rng, most: u64) -> u64 {
    let room = rng.below(MOST_MESSAGES + 1);
    (1 + rng.below(1 << room)).min(most)
}

/// Pushes at most `most` messages through `queue`, and accounts for them.
pub(crate) fn run<K: Kind>(queue: K, rng: &mut Rng, most: u64) -> Account {
    let messages = messages(rng, most);
    let (producers, consumers) = (1 + rng.below(MOST as u64), 1 + rng.below(MOST as u64));
    let share = messages.div_ceil(producers);
    let round = Round {
        end: [End::Drained, End::Closed, End::Emptied, End::Left][rng.below(4) as usize],
        closer: match rng.one_in(2) {
            true => (Side::Producers, rng.below(share)),
            false => (Side::Consumers, rng.below(messages.div_ceil(consumers))),
        },
        producers: AtomicUsize::new(producers as usize),
        consumers: AtomicUsize::new(consumers as usize),
    };
    let mut account = Account::default();
    thread::scope(|scope| {
        let (queue, round) = (&queue, &round);
        let producers: Vec<_> = (0..producers as usize)
            .map(|number| Producer::new(queue, round, number, share, rng.fork()))
            .map(|producer| scope.spawn(|| producer.run()))
            .collect();
        let consumers: Vec<_> = (0..consumers as usize)
            .map(|number| Consumer::new(queue, round, number, rng.below(messages), rng.fork()))
            .map(|consumer| scope.spawn(|| consumer.run()))
            .collect();
        let ended = |end: thread::ScopedJoinHandle<'_, Account>| end.join().expect("it is sound");
        producers.into_iter().for_each(|end| account += ended(end));
        if !round.is_left() {
            queue.close();
        }
        consumers.into_iter().for_each(|end| account += ended(end));
    });
    let left = queue.len() as u64;
    assert!(left == 0 || round.is_left(), "{left} messages are left");
    // At a rendezvous, a message may be taken before its future knows and is dropped.
    let with_futures = Tally::take_dropped();
    assert!(
        with_futures == account.dropped || queue.capacity() == Some(0),
        "a message is dropped with its future, and no other: {with_futures:?} of {account:?}"
    );
    account.dropped = with_futures;
    drop(queue);
    let with_queue = Tally::take_dropped();
    assert_eq!(
        with_queue.count, left,
        "what is in the queue is dropped with it"
    );
    account.dropped += with_queue;
    account.check();
    account
}
