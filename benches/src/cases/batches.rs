//! Queues of numbers whose ends are given many at once, where the crate can do that.

use std::sync::Arc;

use super::channels::*;

/// How many messages are sent at once, and how many are received at most, where a crate can be
/// told.
pub const BATCH: usize = 32;

/// A queue, as those see it who have many messages. It ends when all senders are dropped.
pub trait Batched: Channel {
    /// Sends them all.
    fn send_all(sender: &Self::Sender, messages: &mut Vec<u64>);

    /// Waits for at least one message, and takes what else is there; none at the end.
    fn receive_some(receiver: &mut Self::Receiver, into: &mut Vec<u64>);
}

/// A queue of ours that is closed with its last producer.
pub struct Closing(rungs::queue::Queue<u64>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Ours, with its batches.
pub struct RungsBatches;

impl Channel for RungsBatches {
    type Sender = Arc<Closing>;
    type Receiver = rungs::queue::Queue<u64>;

    fn open(capacity: Capacity) -> Option<(Self::Sender, Self::Receiver)> {
        let (sender, receiver) = Rungs::open(capacity)?;
        Some((Arc::new(Closing(sender)), receiver))
    }
}

impl Batched for RungsBatches {
    fn send_all(sender: &Self::Sender, messages: &mut Vec<u64>) {
        sender.0.push_many(messages).expect("the queue is open");
    }

    fn receive_some(receiver: &mut Self::Receiver, into: &mut Vec<u64>) {
        let _at_the_end = receiver.pop_many(into, BATCH);
    }
}

/// A channel whose messages are sent one by one. `$some` waits for one, and gives it and what
/// else is there, into the second name.
macro_rules! batched {
    ($name:ident, $send:ident, |$receiver:ident, $into:ident| $some:expr) => {
        impl Batched for $name {
            fn send_all(sender: &Self::Sender, messages: &mut Vec<u64>) {
                for message in messages.drain(..) {
                    sender.$send(message).expect("the channel is open");
                }
            }

            fn receive_some($receiver: &mut Self::Receiver, $into: &mut Vec<u64>) {
                $some;
            }
        }
    };
}

/// The first message, waited for, and those of the others that come within a batch.
fn batch(first: Option<u64>, others: impl FnMut() -> Option<u64>, into: &mut Vec<u64>) {
    let Some(first) = first else { return };
    into.push(first);
    into.extend(std::iter::from_fn(others).take(BATCH - 1));
}

batched!(StdBounded, send, |r, into| batch(
    r.recv().ok(),
    || r.try_recv().ok(),
    into
));
batched!(Crossbeam, send, |r, into| batch(
    r.recv().ok(),
    || r.try_recv().ok(),
    into
));
batched!(AsyncChannel, send_blocking, |r, into| {
    batch(r.recv_blocking().ok(), || r.try_recv().ok(), into)
});
batched!(ThingbufThreads, send, |r, into| batch(
    r.recv(),
    || r.try_recv().ok(),
    into
));
batched!(Flume, send, |r, into| {
    into.extend(r.recv());
    into.extend(r.drain());
});
batched!(Kanal, send, |r, into| {
    into.extend(r.recv());
    r.drain_into(into).expect("the receivers are there")
});
batched!(TokioBounded, blocking_send, |r, into| r
    .blocking_recv_many(into, BATCH));
