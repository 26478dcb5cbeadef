//! Rung 2: queues of work.
//!
//! | type | for | Python, Java, Go |
//! |---|---|---|
//! | [`Queue`] | handing items over, first in, first out, bounded or not | `queue.Queue`, `LinkedBlockingQueue`, a channel |
//!
//! A queue serves threads and tasks alike, any number of each on both ends. Threads that do
//! nothing but take items and handle them are a [`WorkerPool`](crate::pool::WorkerPool).

mod error;
mod fifo;
mod iter;
mod store;
mod work_queue;

pub use error::{
    PopError, PopTimeoutError, PushError, PushTimeoutError, TryPopError, TryPushError,
};
pub use fifo::{Pop, Push, Queue};
pub use iter::{Iter, TryIter};
pub use work_queue::WorkQueue;
