//! Rung 2: threads that take items from a queue and handle them.
//!
//! | type | for | Python, Java, Go |
//! |---|---|---|
//! | [`WorkerPool`] | one handler for all items of a queue, with a state per thread | `multiprocessing.pool` with an initializer, a loop over a channel |
//!
//! On this rung the items and the handler are yours. To hand over functions and get futures for
//! their results, climb to an [`executor`](crate::executor).
//!
//! # The files
//!
//! | file | idea |
//! |---|---|
//! | `builder` | setting a pool up |
//! | `worker_pool` | the handle |
//! | `worker` | what a worker does in its thread |
//! | `crew` | who the workers are, and what they are told to do |
//! | `floor` | who is busy, and who waits for a change |
//! | `card` | what is known of one worker; the numbers |
//! | `launch` | starting several, and hearing how that went |
//! | `source`, `ordered` | what workers take from; outputs in the order of taking |

mod builder;
mod card;
mod crew;
mod error;
pub(crate) mod floor;
pub(crate) mod launch;
pub(crate) mod ordered;
pub(crate) mod source;
mod worker;
mod worker_pool;
mod workers;

pub use builder::{Builder, Order};
pub use card::Stats;
pub use error::{Running, StateError, Unfinished};
pub use worker_pool::{Shutdown, WorkerPool};
pub use workers::Workers;
