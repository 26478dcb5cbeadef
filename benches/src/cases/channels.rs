//! The queues of numbers that `queue` compares, behind a few traits.

use std::sync::Arc;
use std::sync::mpsc;

use asyncband::{mpmc as band_mpmc, mpsc as band_mpsc};
use mea::mpsc as mea_mpsc;
use thingbuf::mpsc as thingbuf_mpsc;
use tokio::sync::mpsc as tokio_mpsc;

use super::by_hand;

/// How many messages there is room for; `None`: as many as come. Where there is room for none,
/// each is handed over.
pub type Capacity = Option<usize>;

/// A queue of numbers, as the cases see it.
pub trait Channel: 'static {
    type Sender: Send + 'static;
    type Receiver: Send + 'static;

    /// Makes a queue of that capacity; `None` where there is no such queue.
    fn open(capacity: Capacity) -> Option<(Self::Sender, Self::Receiver)>;
}

/// A queue whose ends block, or spin.
pub trait Blocking: Channel {
    fn send(sender: &Self::Sender, message: u64);
    fn receive(receiver: &mut Self::Receiver) -> u64;
}

/// A queue whose ends are awaited.
pub trait Awaited: Channel<Sender: Sync> {
    fn send(sender: &Self::Sender, message: u64) -> impl Future<Output = ()> + Send;
    fn receive(receiver: &mut Self::Receiver) -> impl Future<Output = u64> + Send;
}

/// Declares a kind of channel: its ends, and the constructors that it has.
macro_rules! channel {
    ($name:ident, $sender:ty, $receiver:ty
        $(, bounded from $least:literal by $bounded:path)?
        $(, unbounded by $unbounded:path)?) => {
        pub struct $name;

        impl Channel for $name {
            type Sender = $sender;
            type Receiver = $receiver;

            #[allow(unreachable_patterns)] // where it has all constructors
            fn open(capacity: Capacity) -> Option<(Self::Sender, Self::Receiver)> {
                match capacity {
                    $(Some(capacity @ $least..) => Some($bounded(capacity)),)?
                    $(None => Some($unbounded()),)?
                    _ => None,
                }
            }
        }
    };
}

/// Says how a channel's ends block.
macro_rules! blocking {
    ($name:ident, |$sender:ident, $message:ident| $send:expr, |$receiver:ident| $receive:expr) => {
        impl Blocking for $name {
            fn send($sender: &Self::Sender, $message: u64) {
                $send.expect("the channel is open");
            }

            fn receive($receiver: &mut Self::Receiver) -> u64 {
                $receive.expect("the channel is open")
            }
        }
    };
}

/// Says how a channel's ends are awaited.
macro_rules! awaited {
    ($name:ident, |$sender:ident, $message:ident| $send:expr, |$receiver:ident| $receive:expr) => {
        impl Awaited for $name {
            async fn send($sender: &Self::Sender, $message: u64) {
                $send.expect("the channel is open");
            }

            async fn receive($receiver: &mut Self::Receiver) -> u64 {
                $receive.expect("the channel is open")
            }
        }
    };
}

channel!(Rungs, rungs::queue::Queue<u64>, rungs::queue::Queue<u64>,
    bounded from 0 by rungs_bounded, unbounded by rungs_unbounded);
blocking!(Rungs, |queue, n| queue.push(n), |queue| queue.pop());
awaited!(Rungs, |queue, n| queue.push_async(n).await, |queue| queue
    .pop_async()
    .await);

type TwoRungs = (rungs::queue::Queue<u64>, rungs::queue::Queue<u64>);

fn rungs_bounded(capacity: usize) -> TwoRungs {
    let queue = match capacity {
        0 => rungs::queue::Queue::rendezvous(),
        _ => rungs::queue::Queue::bounded(capacity),
    };
    (queue.clone(), queue)
}

fn rungs_unbounded() -> TwoRungs {
    let queue = rungs::queue::Queue::unbounded();
    (queue.clone(), queue)
}

channel!(StdBounded, mpsc::SyncSender<u64>, mpsc::Receiver<u64>,
    bounded from 0 by mpsc::sync_channel);
blocking!(StdBounded, |sender, n| sender.send(n), |receiver| receiver
    .recv());

channel!(StdUnbounded, mpsc::Sender<u64>, mpsc::Receiver<u64>,
    unbounded by mpsc::channel);
blocking!(StdUnbounded, |sender, n| sender.send(n), |receiver| {
    receiver.recv()
});

channel!(Crossbeam, crossbeam_channel::Sender<u64>, crossbeam_channel::Receiver<u64>,
    bounded from 0 by crossbeam_channel::bounded, unbounded by crossbeam_channel::unbounded);
blocking!(Crossbeam, |sender, n| sender.send(n), |receiver| receiver
    .recv());

channel!(Flume, flume::Sender<u64>, flume::Receiver<u64>,
    bounded from 0 by flume::bounded, unbounded by flume::unbounded);
blocking!(Flume, |sender, n| sender.send(n), |receiver| receiver
    .recv());
awaited!(Flume, |sender, n| sender.send_async(n).await, |receiver| {
    receiver.recv_async().await
});

channel!(Kanal, kanal::Sender<u64>, kanal::Receiver<u64>,
    bounded from 0 by kanal::bounded, unbounded by kanal::unbounded);
blocking!(Kanal, |sender, n| sender.send(n), |receiver| receiver
    .recv());
awaited!(
    Kanal,
    |sender, n| sender.as_async().send(n).await,
    |receiver| receiver.as_async().recv().await
);

channel!(AsyncChannel, async_channel::Sender<u64>, async_channel::Receiver<u64>,
    bounded from 1 by async_channel::bounded, unbounded by async_channel::unbounded);
blocking!(
    AsyncChannel,
    |sender, n| sender.send_blocking(n),
    |receiver| receiver.recv_blocking()
);
awaited!(AsyncChannel, |sender, n| sender.send(n).await, |receiver| {
    receiver.recv().await
});

channel!(TokioBounded, tokio_mpsc::Sender<u64>, tokio_mpsc::Receiver<u64>,
    bounded from 1 by tokio_mpsc::channel);
blocking!(
    TokioBounded,
    |sender, n| sender.blocking_send(n),
    |receiver| receiver.blocking_recv()
);
awaited!(TokioBounded, |sender, n| sender.send(n).await, |receiver| {
    receiver.recv().await
});

channel!(TokioUnbounded, tokio_mpsc::UnboundedSender<u64>, tokio_mpsc::UnboundedReceiver<u64>,
    unbounded by tokio_mpsc::unbounded_channel);
blocking!(TokioUnbounded, |sender, n| sender.send(n), |receiver| {
    receiver.blocking_recv()
});
awaited!(TokioUnbounded, |sender, n| sender.send(n), |receiver| {
    receiver.recv().await
});

channel!(ThingbufThreads,
    thingbuf_mpsc::blocking::Sender<u64>, thingbuf_mpsc::blocking::Receiver<u64>,
    bounded from 1 by thingbuf_mpsc::blocking::channel);
blocking!(ThingbufThreads, |sender, n| sender.send(n), |receiver| {
    receiver.recv()
});

channel!(ThingbufTasks, thingbuf_mpsc::Sender<u64>, thingbuf_mpsc::Receiver<u64>,
    bounded from 1 by thingbuf_mpsc::channel);
awaited!(
    ThingbufTasks,
    |sender, n| sender.send(n).await,
    |receiver| receiver.recv().await
);

channel!(BandMpscBounded, band_mpsc::BoundedSender<u64>, band_mpsc::BoundedReceiver<u64>,
    bounded from 1 by band_mpsc::bounded);
awaited!(
    BandMpscBounded,
    |sender, n| sender.send(n).await,
    |receiver| receiver.recv().await
);

channel!(BandMpscUnbounded, band_mpsc::UnboundedSender<u64>, band_mpsc::UnboundedReceiver<u64>,
    unbounded by band_mpsc::unbounded);
awaited!(BandMpscUnbounded, |sender, n| sender.send(n), |receiver| {
    receiver.recv().await
});

channel!(BandMpmcBounded, band_mpmc::BoundedSender<u64>, band_mpmc::BoundedReceiver<u64>,
    bounded from 1 by band_mpmc::bounded);
awaited!(
    BandMpmcBounded,
    |sender, n| sender.send(n).await,
    |receiver| receiver.recv().await
);

channel!(BandMpmcUnbounded, band_mpmc::UnboundedSender<u64>, band_mpmc::UnboundedReceiver<u64>,
    unbounded by band_mpmc::unbounded);
awaited!(BandMpmcUnbounded, |sender, n| sender.send(n), |receiver| {
    receiver.recv().await
});

channel!(MeaBounded, mea_mpsc::BoundedSender<u64>, mea_mpsc::BoundedReceiver<u64>,
    bounded from 1 by mea_mpsc::bounded);
awaited!(MeaBounded, |sender, n| sender.send(n).await, |receiver| {
    receiver.recv().await
});

channel!(MeaUnbounded, mea_mpsc::UnboundedSender<u64>, mea_mpsc::UnboundedReceiver<u64>,
    unbounded by mea_mpsc::unbounded);
awaited!(MeaUnbounded, |sender, n| sender.send(n), |receiver| {
    receiver.recv().await
});

pub struct ByHand;

impl Channel for ByHand {
    type Sender = Arc<by_hand::Queue<u64>>;
    type Receiver = Arc<by_hand::Queue<u64>>;

    fn open(capacity: Capacity) -> Option<(Self::Sender, Self::Receiver)> {
        if capacity == Some(0) {
            return None;
        }
        let queue = Arc::new(by_hand::Queue::new(capacity));
        Some((queue.clone(), queue))
    }
}

impl Blocking for ByHand {
    fn send(queue: &Self::Sender, message: u64) {
        queue.push(message);
    }

    fn receive(queue: &mut Self::Receiver) -> u64 {
        queue.pop()
    }
}
