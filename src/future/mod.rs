//! Results that are not there yet.
//!
//! [`TaskFuture`] is what an [executor](crate::executor) gives for a closure or a future: a
//! handle to wait for its result, by blocking or by `.await`, or to cancel it.
//!
//! # The files
//!
//! | file | idea |
//! |---|---|
//! | `task_future` | the handle, and what it asks of the task behind it |
//! | `slot` | the work of a task, then its outcome, in one place |
//! | `closure` | a closure: claimed once, by a worker, a waiter or a canceller |
//! | `spawned` | a future: polled by one thread at a time, its own waker |
//! | `derived` | tasks made of tasks: driven by whoever completes what they wait for |
//! | `shared` | an outcome that many may see |
//! | `bundle` | several tasks, in the order in which they are done |
//! | `wait`, `as_completed`, `gather` | what is made of that |
//! | `promise` | the producing end, where no executor stands behind |
//! | `current` | which task runs in this thread |
//! | `job` | what stands in an executor's queue |
//! | `yield_now` | a task that lets others run |

mod as_completed;
mod bundle;
mod closure;
mod current;
mod derived;
mod error;
mod gather;
mod job;
mod promise;
mod shared;
mod slot;
mod spawned;
mod task_future;
mod wait;
mod yield_now;

pub use as_completed::{AsCompleted, as_completed};
pub(crate) use closure::ClosureTask;
pub use current::current_token;
pub use error::{Outcome, TaskError};
pub use gather::{gather, race, select_ok};
pub use job::Job;
pub(crate) use job::Run;
pub use promise::Promise;
pub use shared::SharedFuture;
pub(crate) use spawned::{Home, Resident, SpawnedTask};
pub(crate) use task_future::Task;
pub use task_future::TaskFuture;
pub use wait::{ReturnWhen, WaitTasks};
pub use wait::{try_wait, wait, wait_async, wait_deadline, wait_timeout};
pub use yield_now::yield_now;

/// Drives `future` to its end in this thread, which sleeps while the future is pending.
///
/// ```
/// assert_eq!(rungs::future::block_on(async { 1 + 1 }), 2);
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    crate::wait::block_on(future)
}
