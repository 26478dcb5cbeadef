//! Queues whose callers spin: no products, but bounds.

use std::array;
use std::cell::Cell;
use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::*};
use std::thread;

use concurrent_queue::ConcurrentQueue;

use super::channels::{Blocking, Capacity, Channel};

/// A queue that cannot wait, with its callers looking again and again.
pub struct Spinning;

impl Channel for Spinning {
    type Sender = Arc<ConcurrentQueue<u64>>;
    type Receiver = Arc<ConcurrentQueue<u64>>;

    fn open(capacity: Capacity) -> Option<(Self::Sender, Self::Receiver)> {
        let queue = Arc::new(match capacity {
            Some(0) => return None,
            Some(capacity) => ConcurrentQueue::bounded(capacity),
            None => ConcurrentQueue::unbounded(),
        });
        Some((queue.clone(), queue))
    }
}

impl Blocking for Spinning {
    fn send(queue: &Self::Sender, message: u64) {
        spin_until(|| queue.push(message).ok());
    }

    fn receive(queue: &mut Self::Receiver) -> u64 {
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

    fn open(capacity: Capacity) -> Option<(RingEnd, RingEnd)> {
        if capacity != Some(SLOTS) {
            return None;
        }
        let ring = Arc::new(Slots {
            slots: array::from_fn(|_| AtomicU64::new(0)),
            sent: Line(AtomicUsize::new(0)),
            received: Line(AtomicUsize::new(0)),
        });
        Some((RingEnd::new(ring.clone()), RingEnd::new(ring)))
    }
}

impl Blocking for Ring {
    fn send(end: &RingEnd, message: u64) {
        let (ring, sent) = (&end.ring, end.own.get());
        end.wait_while_at(sent.wrapping_sub(SLOTS), &ring.received.0);
        ring.slots[sent % SLOTS].store(message, Relaxed);
        end.own.set(sent + 1);
        ring.sent.0.store(sent + 1, Release);
    }

    fn receive(end: &mut RingEnd) -> u64 {
        let (ring, received) = (&end.ring, end.own.get());
        end.wait_while_at(received, &ring.sent.0);
        let message = ring.slots[received % SLOTS].load(Relaxed);
        end.own.set(received + 1);
        ring.received.0.store(received + 1, Release);
        message
    }
}
