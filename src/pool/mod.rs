//! Rung 2: threads that take items from a queue and handle them.
//!
//! | type | for | Python, Java, Go |
//! |---|---|---|
//! | [`WorkerPool`] | one handler for all items of a [`Queue`](crate::queue::Queue), with a state per thread | `multiprocessing.pool` with an initializer, a loop over a channel |
//!
//! On this rung the items and the handler are yours. To hand over functions and get futures for
//! their results, climb to an [`executor`](crate::executor).

mod builder;
mod counts;
mod worker;
mod worker_pool;

pub use builder::{Builder, StateError};
pub use counts::Stats;
pub use worker_pool::{Shutdown, WorkerPool};
