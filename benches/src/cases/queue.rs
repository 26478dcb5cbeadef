//! Rung 2: queues. Every shape of work, at every capacity, by everyone who has such a queue.

use futures::executor::block_on;
use rungs::executor::ThreadPoolExecutor;
use tokio::runtime::Runtime;

use super::batches::*;
use super::channels::*;
use super::spinning::{Ring, Spinning};
use super::{WORKERS, tokio_runtime};
use crate::harness::{Body, Case, Clock, Kind};
use crate::machine;

const B0: Capacity = Some(0);
const B1: Capacity = Some(1);
const B2: Capacity = Some(2);
const B128: Capacity = Some(128);
const B1024: Capacity = Some(1024);
const UNBOUNDED: Capacity = None;

/// What is done with a queue.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Spsc,
    Mpsc4,
    Mpmc2x2,
    Mpmc4x4,
    Pingpong,
    SameThread,
    AsyncSpsc,
    BatchSpsc,
    BatchMpmc2x2,
}

/// Each shape, what one of its operations is, and the capacities.
const CASES: &[(Shape, &str, &str, &[Capacity])] = {
    const BUFFERED: &[Capacity] = &[B1, B2, B128, B1024, UNBOUNDED];
    const ALL: &[Capacity] = &[B0, B1, B2, B128, B1024, UNBOUNDED];
    &[
        (Shape::Spsc, "spsc", "message, one thread to one", ALL),
        (
            Shape::Mpsc4,
            "mpsc4",
            "message, four threads to one",
            BUFFERED,
        ),
        (
            Shape::Mpmc2x2,
            "mpmc2x2",
            "message, two threads to two",
            BUFFERED,
        ),
        (
            Shape::Mpmc4x4,
            "mpmc4x4",
            "message, four threads to four",
            BUFFERED,
        ),
        (
            Shape::Pingpong,
            "pingpong",
            "round trip through two queues, across cores",
            BUFFERED,
        ),
        (
            Shape::SameThread,
            "same_thread",
            "send + receive on one thread",
            BUFFERED,
        ),
        (
            Shape::AsyncSpsc,
            "async_spsc",
            "message, one task to one on two workers",
            &[B1, B128, B1024, UNBOUNDED],
        ),
        (
            Shape::BatchSpsc,
            "batch32_spsc",
            "message, one thread to one, 32 at once",
            &[B1024],
        ),
        (
            Shape::BatchMpmc2x2,
            "batch32_mpmc2x2",
            "message, two threads to two, 32 at once",
            &[B1024],
        ),
    ]
};

/// Who takes part. A name that occurs twice has two kinds of queue, and each case has one of
/// them.
fn entrants() -> Vec<Entrant> {
    use Kind::{Bound, Peer, Rungs as Ours};
    vec![
        Entrant::new(Ours, "rungs")
            .many_to_many::<Rungs>()
            .batches::<RungsBatches>()
            .tasks::<Rungs, Runtime>(),
        Entrant::new(Ours, "rungs, on its executor").tasks::<Rungs, ThreadPoolExecutor>(),
        Entrant::new(Peer, "std")
            .many_to_one::<StdBounded>()
            .batches_to_one::<StdBounded>(),
        Entrant::new(Peer, "std").many_to_one::<StdUnbounded>(),
        Entrant::new(Peer, "crossbeam")
            .many_to_many::<Crossbeam>()
            .batches::<Crossbeam>(),
        Entrant::new(Peer, "flume")
            .many_to_many::<Flume>()
            .batches::<Flume>()
            .tasks::<Flume, Runtime>(),
        Entrant::new(Peer, "kanal")
            .many_to_many::<Kanal>()
            .batches::<Kanal>()
            .tasks::<Kanal, Runtime>(),
        Entrant::new(Peer, "async-channel")
            .many_to_many::<AsyncChannel>()
            .batches::<AsyncChannel>()
            .tasks::<AsyncChannel, Runtime>(),
        Entrant::new(Peer, "tokio")
            .many_to_one::<TokioBounded>()
            .batches_to_one::<TokioBounded>()
            .tasks::<TokioBounded, Runtime>(),
        Entrant::new(Peer, "tokio")
            .many_to_one::<TokioUnbounded>()
            .tasks::<TokioUnbounded, Runtime>(),
        Entrant::new(Peer, "thingbuf")
            .many_to_one::<ThingbufThreads>()
            .batches_to_one::<ThingbufThreads>()
            .tasks::<ThingbufTasks, Runtime>(),
        Entrant::new(Peer, "asyncband mpsc").tasks::<BandMpscBounded, Runtime>(),
        Entrant::new(Peer, "asyncband mpsc").tasks::<BandMpscUnbounded, Runtime>(),
        Entrant::new(Peer, "asyncband mpmc").tasks::<BandMpmcBounded, Runtime>(),
        Entrant::new(Peer, "asyncband mpmc").tasks::<BandMpmcUnbounded, Runtime>(),
        Entrant::new(Peer, "mea mpsc").tasks::<MeaBounded, Runtime>(),
        Entrant::new(Peer, "mea mpsc").tasks::<MeaUnbounded, Runtime>(),
        Entrant::new(Peer, "naive mutex + condvar").many_to_many::<ByHand>(),
        Entrant::new(Bound, "concurrent-queue, spinning").many_to_many::<Spinning>(),
        Entrant::new(Bound, "spinning ring").one_to_one::<Ring>(),
    ]
}

pub fn cases() -> Vec<Case> {
    let entrants = entrants();
    let mut cases = Vec::new();
    for (shape, name, unit, capacities) in CASES {
        for capacity in *capacities {
            let capacity_name = match capacity {
                Some(room) => format!("b{room}"),
                None => "unb".to_owned(),
            };
            let case =
                Case::new(format!("queue/{name}_{capacity_name}"), unit).batch(2 * BATCH as u64);
            cases.push(
                entrants
                    .iter()
                    .fold(case, |case, e| e.enter(case, *shape, *capacity)),
            );
        }
    }
    cases
}

/// One product, or bound, and what it can do.
struct Entrant {
    kind: Kind,
    name: &'static str,
    ways: Vec<Way>,
}

/// How one shape of work is done.
struct Way {
    shape: Shape,
    /// Whether there is a queue of that capacity.
    fits: fn(Capacity) -> bool,
    run: fn(Capacity, u64, &mut Clock),
}

impl Entrant {
    fn new(kind: Kind, name: &'static str) -> Entrant {
        Entrant {
            kind,
            name,
            ways: Vec::new(),
        }
    }

    fn way<C: Channel>(mut self, shape: Shape, run: fn(Capacity, u64, &mut Clock)) -> Entrant {
        let fits = |capacity| C::open(capacity).is_some();
        self.ways.push(Way { shape, fits, run });
        self
    }

    fn one_to_one<C: Blocking>(self) -> Entrant {
        self.way::<C>(Shape::Spsc, spsc::<C>)
            .way::<C>(Shape::Pingpong, pingpong::<C>)
            .way::<C>(Shape::SameThread, same_thread::<C>)
    }

    fn many_to_one<C: Blocking<Sender: Clone>>(self) -> Entrant {
        self.one_to_one::<C>().way::<C>(Shape::Mpsc4, mpsc4::<C>)
    }

    fn many_to_many<C: Blocking<Sender: Clone, Receiver: Clone>>(self) -> Entrant {
        self.many_to_one::<C>()
            .way::<C>(Shape::Mpmc2x2, mpmc::<C, 2>)
            .way::<C>(Shape::Mpmc4x4, mpmc::<C, 4>)
    }

    fn tasks<C: Awaited, W: Workers>(self) -> Entrant {
        self.way::<C>(Shape::AsyncSpsc, async_spsc::<C, W>)
    }

    fn batches_to_one<C: Batched>(self) -> Entrant {
        self.way::<C>(Shape::BatchSpsc, batch_spsc::<C>)
    }

    fn batches<C: Batched<Sender: Clone, Receiver: Clone>>(self) -> Entrant {
        self.batches_to_one::<C>()
            .way::<C>(Shape::BatchMpmc2x2, batch_mpmc2x2::<C>)
    }

    /// Takes part in that case if it can.
    fn enter(&self, case: Case, shape: Shape, capacity: Capacity) -> Case {
        let mut ways = self.ways.iter();
        match ways.find(|way| way.shape == shape && (way.fits)(capacity)) {
            Some(&Way { run, .. }) => {
                let run = move |n, clock: &mut Clock| run(capacity, n, clock);
                case.contestant(self.kind, self.name, run)
            }
            None => case,
        }
    }
}

/// A queue that [`Way::fits`] said there is.
fn open<C: Channel>(capacity: Capacity) -> (C::Sender, C::Receiver) {
    C::open(capacity).expect("the queue exists")
}

/// One producer, one consumer, which checks the order too.
fn spsc<C: Blocking>(capacity: Capacity, n: u64, clock: &mut Clock) {
    let (sender, mut receiver) = open::<C>(capacity);
    let produce: Body<u64> = Box::new(move || {
        (0..n).for_each(|message| C::send(&sender, message));
        0
    });
    let consume: Body<u64> = Box::new(move || {
        (0..n)
            .map(|expected| u64::from(C::receive(&mut receiver) != expected))
            .sum()
    });
    let misplaced: u64 = clock.time_threads(vec![produce, consume]).into_iter().sum();
    assert_eq!(misplaced, 0);
}

/// Four producers, one consumer.
fn mpsc4<C: Blocking<Sender: Clone>>(capacity: Capacity, n: u64, clock: &mut Clock) {
    let (sender, receiver) = open::<C>(capacity);
    crowd::<C>(vec![sender; 4], vec![receiver], n, clock);
}

/// As many producers as consumers.
fn mpmc<C: Blocking<Sender: Clone, Receiver: Clone>, const THREADS: usize>(
    capacity: Capacity,
    n: u64,
    clock: &mut Clock,
) {
    let (sender, receiver) = open::<C>(capacity);
    crowd::<C>(vec![sender; THREADS], vec![receiver; THREADS], n, clock);
}

/// Each end has a thread, and all threads of a side have the same share of the messages.
fn crowd<C: Blocking>(
    senders: Vec<C::Sender>,
    receivers: Vec<C::Receiver>,
    n: u64,
    clock: &mut Clock,
) {
    let (sent, received) = (n / senders.len() as u64, n / receivers.len() as u64);
    let mut bodies: Vec<Body<u64>> = Vec::new();
    for (producer, sender) in (0..).zip(senders) {
        bodies.push(Box::new(move || {
            let messages = producer * sent..(producer + 1) * sent;
            messages.for_each(|message| C::send(&sender, message));
            0
        }));
    }
    for mut receiver in receivers {
        bodies.push(Box::new(move || {
            (0..received).map(|_| C::receive(&mut receiver)).sum()
        }));
    }
    let sum: u64 = clock.time_threads(bodies).into_iter().sum();
    assert_eq!(sum, (0..n).sum::<u64>());
}

fn same_thread<C: Blocking>(capacity: Capacity, n: u64, clock: &mut Clock) {
    let (sender, mut receiver) = open::<C>(capacity);
    super::repeat(n, clock, || {
        C::send(&sender, 7);
        C::receive(&mut receiver) == 7
    });
}

/// Two threads on two cores; each number comes back one higher.
fn pingpong<C: Blocking>(capacity: Capacity, n: u64, clock: &mut Clock) {
    let (ping, mut pinged) = open::<C>(capacity);
    let (pong, mut ponged) = open::<C>(capacity);
    let here: Body<u64> = Box::new(move || {
        machine::pin(0);
        (0..n)
            .map(|number| {
                C::send(&ping, number);
                u64::from(C::receive(&mut ponged) != number + 1)
            })
            .sum()
    });
    let there: Body<u64> = Box::new(move || {
        machine::pin(1);
        (0..n).for_each(|_| C::send(&pong, C::receive(&mut pinged) + 1));
        0
    });
    let wrong: u64 = clock.time_threads(vec![here, there]).into_iter().sum();
    assert_eq!(wrong, 0);
}

/// Threads that run tasks.
trait Workers: 'static {
    fn start() -> Self;

    /// Starts a task; what comes back is awaited for its result.
    fn spawn(&self, task: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64>;
}

impl Workers for Runtime {
    fn start() -> Runtime {
        tokio_runtime()
    }

    fn spawn(&self, task: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64> {
        let task = Runtime::spawn(self, task);
        async { task.await.expect("no task panics") }
    }
}

impl Workers for ThreadPoolExecutor {
    fn start() -> ThreadPoolExecutor {
        ThreadPoolExecutor::new(WORKERS)
    }

    fn spawn(&self, task: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64> {
        let task = ThreadPoolExecutor::spawn(self, task);
        async { task.await.expect("no task panics") }
    }
}

/// One task to one, in order.
fn async_spsc<C: Awaited, W: Workers>(capacity: Capacity, n: u64, clock: &mut Clock) {
    let workers = W::start();
    let run = |n| {
        let (sender, mut receiver) = open::<C>(capacity);
        let produce = workers.spawn(async move {
            for message in 0..n {
                C::send(&sender, message).await;
            }
            0
        });
        let consume = workers.spawn(async move {
            let mut misplaced = 0;
            for expected in 0..n {
                misplaced += u64::from(C::receive(&mut receiver).await != expected);
            }
            misplaced
        });
        block_on(async { produce.await + consume.await })
    };
    run(1);
    let misplaced = clock.time(|| run(n));
    assert_eq!(misplaced, 0);
}

/// One producer and one consumer, with many messages at once.
fn batch_spsc<C: Batched>(capacity: Capacity, n: u64, clock: &mut Clock) {
    let (sender, receiver) = open::<C>(capacity);
    batch_crowd::<C>(vec![sender], vec![receiver], n, clock);
}

/// Two producers and two consumers, with many messages at once.
fn batch_mpmc2x2<C: Batched<Sender: Clone, Receiver: Clone>>(
    capacity: Capacity,
    n: u64,
    clock: &mut Clock,
) {
    let (sender, receiver) = open::<C>(capacity);
    batch_crowd::<C>(vec![sender; 2], vec![receiver; 2], n, clock);
}

/// Each end has a thread; the producers have the same share of the messages, and the consumers
/// take what comes until the end.
fn batch_crowd<C: Batched>(
    senders: Vec<C::Sender>,
    receivers: Vec<C::Receiver>,
    n: u64,
    clock: &mut Clock,
) {
    let share = n / senders.len() as u64;
    let mut bodies: Vec<Body<(u64, u64)>> = Vec::new();
    for (producer, sender) in (0..).zip(senders) {
        bodies.push(Box::new(move || {
            let mut batch = Vec::with_capacity(BATCH);
            let messages = producer * share..(producer + 1) * share;
            for first in messages.step_by(BATCH) {
                batch.extend(first..first + BATCH as u64);
                C::send_all(&sender, &mut batch);
            }
            (0, 0)
        }));
    }
    for mut receiver in receivers {
        bodies.push(Box::new(move || {
            let (mut count, mut sum) = (0, 0);
            let mut batch = Vec::with_capacity(BATCH);
            loop {
                C::receive_some(&mut receiver, &mut batch);
                if batch.is_empty() {
                    return (count, sum);
                }
                count += batch.len() as u64;
                sum += batch.drain(..).sum::<u64>();
            }
        }));
    }
    let received = clock.time_threads(bodies).into_iter();
    let (count, sum) = received.fold((0, 0), |all, part| (all.0 + part.0, all.1 + part.1));
    assert_eq!((count, sum), (n, (0..n).sum()));
}
