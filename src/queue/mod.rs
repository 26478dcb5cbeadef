//! Rung 2: queues of work.
//!
//! | type | for | Python, Java, Go |
//! |---|---|---|
//! | [`Queue`] | handing items over, first in, first out, bounded or not | `queue.Queue`, `LinkedBlockingQueue`, a channel |
//! | [`LifoQueue`] | the same, last in, first out | `queue.LifoQueue`, `LinkedBlockingDeque` |
//! | [`PriorityQueue`] | the same, what is most important first | `queue.PriorityQueue`, `PriorityBlockingQueue` |
//! | [`DelayQueue`] | each item at its time | `DelayQueue` |
//! | [`TaskQueue`] | the same, with items that count until they are done, are tried again, and can be joined | `queue.Queue` with `task_done` and `join`, `JoinableQueue` |
//! | [`Sender`], [`Receiver`] | a queue in two halves, which ends when either is gone | the ends of a channel |
//!
//! All have the same verbs, and those who wait are promised the same. [`select`] pops from
//! whichever of several queues has an item first.
//!
//! A queue serves threads and tasks alike, any number of each on both ends. Threads that do
//! nothing but take items and handle them are a [`WorkerPool`](crate::pool::WorkerPool).

mod blocks;
mod channel;
mod common;
pub mod delay;
mod ends;
mod error;
mod faces;
mod feed;
mod fifo;
pub mod lifo;
mod link;
mod meet;
mod pop;
pub mod priority;
mod push;
mod ring;
mod room;
mod select;
mod slot;
mod sorted;
pub(crate) mod spare;
mod stats;
mod store;
mod stream;
mod task_queue;
mod work_queue;

pub use channel::{IntoIter, Receiver, Sender, WeakReceiver, WeakSender};
pub use delay::DelayQueue;
pub use error::{
    PopError, PopTimeoutError, PushError, PushTimeoutError, TryPopError, TryPushError,
};
pub use fifo::{Iter, Pop, PopMany, Push, PushMany, Queue, Reserve, Slot, TryIter};
pub use lifo::LifoQueue;
pub use priority::PriorityQueue;
pub use select::{
    select, select_async, select_biased, select_biased_async, select_biased_deadline,
    select_biased_timeout, select_deadline, select_timeout, try_select, try_select_biased,
};
pub use stats::Stats;
pub use stream::{IntoStream, Stream};
pub use task_queue::{
    DeadLetter, Delays, JoinTasks, PopTask, PopTasks, PushTask, Reason, ReserveTask, Retry, Task,
    TaskIter, TaskQueue, TaskSlot, TaskStats, TaskStream, TryTaskIter,
};
pub use work_queue::WorkQueue;
