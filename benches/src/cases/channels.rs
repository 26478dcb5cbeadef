//! The queues of numbers that `queue` compares, behind one trait.

use std::array;
use std::cell::Cell;
use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::*};
use std::sync::mpsc;
use std::thread;

use super::by_hand;

/// A queue of numbers, as the cases see it. Its ends block, or spin.
pub trait Channel: 'static {
    type Sender: Send;
    type Receiver: Send;

    /// Makes a queue of that capacity, or an unbounded one.
    fn open(capacity: Option<usize>) -> (Self::Sender, Self::Receiver);
    fn send(sender: &Self::Sender, message: u64);
    fn receive(receiver: &Self::Receiver) -> u64;
}

pub struct Rungs;

impl Channel for Rungs {
    type Sender = rungs::queue::Queue<u64>;
    type Receiver = rungs::queue::Queue<u64>;

    fn open(capacity: Option<usize>) -> (Self::Sender, Self::Receiver) {
        let queue = match capacity {
            Some(capacity) => rungs::queue::Queue::bounded(capacity),
            None => rungs::queue::Queue::unbounded(),
        };
        (queue.clone(), queue)
    }

    fn send(queue: &Self::Sender, message: u64) {
        queue.push(message).expect("the queue is open");
    }

    fn receive(queue: &Self::Receiver) -> u64 {
        queue.pop().expect("the queue is open")
    }
}

/// The crates whose channels have the same two constructors.
macro_rules! channel {
    ($name:ident, $krate:ident, $send:ident, $receive:ident) => {
        pub struct $name;

        impl Channel for $name {
            type Sender = $krate::Sender<u64>;
            type Receiver = $krate::Receiver<u64>;

            fn open(capacity: Option<usize>) -> (Self::Sender, Self::Receiver) {
                match capacity {
                    Some(capacity) => $krate::bounded(capacity),
                    None => $krate::unbounded(),
                }
            }

            fn send(sender: &Self::Sender, message: u64) {
                sender.$send(message).expect("the channel is open");
            }

            fn receive(receiver: &Self::Receiver) -> u64 {
                receiver.$receive().expect("the channel is open")
            }
        }
    };
}

channel!(Crossbeam, crossbeam_channel, send, recv);
channel!(Flume, flume, send, recv);
channel!(Kanal, kanal, send, recv);
channel!(AsyncChannel, async_channel, send_blocking, recv_blocking);

pub struct StdBounded;

impl Channel for StdBounded {
    type Sender = mpsc::SyncSender<u64>;
    type Receiver = mpsc::Receiver<u64>;

    fn open(capacity: Option<usize>) -> (Self::Sender, Self::Receiver) {
        mpsc::sync_channel(capacity.expect("a sync_channel is bounded"))
    }

    fn send(sender: &Self::Sender, message: u64) {
        sender.send(message).expect("the channel is open");
    }

    fn receive(receiver: &Self::Receiver) -> u64 {
        receiver.recv().expect("the channel is open")
    }
}

pub struct StdUnbounded;

impl Channel for StdUnbounded {
    type Sender = mpsc::Sender<u64>;
    type Receiver = mpsc::Receiver<u64>;

    fn open(capacity: Option<usize>) -> (Self::Sender, Self::Receiver) {
        assert!(capacity.is_none(), "a channel() is unbounded");
        mpsc::channel()
    }

    fn send(sender: &Self::Sender, message: u64) {
        sender.send(message).expect("the channel is open");
    }

    fn receive(receiver: &Self::Receiver) -> u64 {
        receiver.recv().expect("the channel is open")
    }
}

pub struct ByHand;

impl Channel for ByHand {
    type Sender = Arc<by_hand::Queue<u64>>;
    type Receiver = Arc<by_hand::Queue<u64>>;

    fn open(capacity: Option<usize>) -> (Self::Sender, Self::Receiver) {
        let queue = Arc::new(by_hand::Queue::new(capacity));
        (queue.clone(), queue)
    }

    fn send(queue: &Self::Sender, message: u64) {
        queue.push(message);
    }

    fn receive(queue: &Self::Receiver) -> u64 {
        queue.pop()
    }
}

/// A queue that cannot wait, with its callers looking again and again.
pub struct Spinning;

impl Channel for Spinning {
    type Sender = Arc<concurrent_queue::ConcurrentQueue<u64>>;
    type Receiver = Arc<concurrent_queue::ConcurrentQueue<u64>>;

    fn open(capacity: Option<usize>) -> (Self::Sender, Self::Receiver) {
        let queue = Arc::new(match capacity {
            Some(capacity) => concurrent_queue::ConcurrentQueue::bounded(capacity),
            None => concurrent_queue::ConcurrentQueue::unbounded(),
        });
        (queue.clone(), queue)
    }

    fn send(queue: &Self::Sender, message: u64) {
        spin_until(|| queue.push(message).ok());
    }

    fn receive(queue: &Self::Receiver) -> u64 {
        spin_until(|| queue.pop().ok())
    }
}

/// Spins, and yields now and then, so that more threads than cores get on.
fn spin_until<R>(mut attempt: impl FnMut() -> Option<R>) -> R {
    loop {
        for _ in 0..100 {
            if let Some(result) = attempt() {
                return result;
            }
            spin_loop();
        }
        thread::yield_now();
    }
}

/// A ring of slots for one sender and one receiver, each of which remembers
/// where the other was when it last looked.
pub struct Ring;

const SLOTS: usize = 1024;

pub struct Slots {
    slots: [AtomicU64; SLOTS],
    /// How many messages were ever sent.
    sent: Line<AtomicUsize>,
    /// How many messages were ever received.
    received: Line<AtomicUsize>,
}

/// Keeps what it holds away from its neighbours' cache lines.
#[repr(align(128))]
struct Line<T>(T);

pub struct RingEnd {
    ring: Arc<Slots>,
    /// How many messages this end has sent or received.
    own: Cell<usize>,
    /// The other end's count, as last seen.
    other: Cell<usize>,
}

impl RingEnd {
    fn new(ring: Arc<Slots>) -> RingEnd {
        RingEnd {
            ring,
            own: Cell::new(0),
            other: Cell::new(0),
        }
    }

    /// Waits until the other end has counted to something else than `count`.
    fn wait_while_at(&self, count: usize, other: &AtomicUsize) {
        if self.other.get() == count {
            self.other.set(spin_until(|| {
                Some(other.load(Acquire)).filter(|seen| *seen != count)
            }));
        }
    }
}

impl Channel for Ring {
    type Sender = RingEnd;
    type Receiver = RingEnd;

    fn open(capacity: Option<usize>) -> (RingEnd, RingEnd) {
        assert_eq!(capacity, Some(SLOTS));
        let ring = Arc::new(Slots {
            slots: array::from_fn(|_| AtomicU64::new(0)),
            sent: Line(AtomicUsize::new(0)),
            received: Line(AtomicUsize::new(0)),
        });
        (RingEnd::new(ring.clone()), RingEnd::new(ring))
    }

    fn send(end: &RingEnd, message: u64) {
        let (ring, sent) = (&end.ring, end.own.get());
        end.wait_while_at(sent.wrapping_sub(SLOTS), &ring.received.0);
        ring.slots[sent % SLOTS].store(message, Relaxed);
        end.own.set(sent + 1);
        ring.sent.0.store(sent + 1, Release);
    }

    fn receive(end: &RingEnd) -> u64 {
        let (ring, received) = (&end.ring, end.own.get());
        end.wait_while_at(received, &ring.sent.0);
        let message = ring.slots[received % SLOTS].load(Relaxed);
        end.own.set(received + 1);
        ring.received.0.store(received + 1, Release);
        message
    }
}
