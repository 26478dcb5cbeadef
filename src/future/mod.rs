//! Results that are not there yet.
//!
//! [`TaskFuture`] is what an [executor](crate::executor) gives for a closure or a future: a
//! handle to wait for its result, by blocking or by `.await`, or to cancel it. A [`Promise`] is
//! its other end, for results that come from elsewhere.
//!
//! | function | for | Python, Java, Go |
//! |---|---|---|
//! | [`result`](TaskFuture::result), `.await` | waiting for one | `Future.result`, `Future.get`, `<-ch` |
//! | [`on_done`](TaskFuture::on_done) | being called when it is done | `add_done_callback`, `whenComplete` |
//! | [`map`](TaskFuture::map), [`and_then`](TaskFuture::and_then), [`catch`](TaskFuture::catch) | making another one of it | –, `thenApply`, `thenCompose`, `exceptionally` |
//! | [`with_timeout`](TaskFuture::with_timeout) | cancelling it when it takes too long | `asyncio.timeout`, `orTimeout`, `context.WithTimeout` |
//! | [`shared`](TaskFuture::shared) | several who wait for the same | every `Future` |
//! | [`token`](TaskFuture::token), [`current_token`] | telling a job that it is not wanted any more | –, `Thread.interrupt`, `context.Context` |
//! | [`wait()`] | some of several | `wait` |
//! | [`as_completed()`] | each of several, when it is done | `as_completed`, `ExecutorCompletionService` |
//! | [`gather()`], [`race`], [`select_ok`] | one of several: all, the first, the first that succeeds | `asyncio.gather`, `allOf`, `anyOf`, `invokeAny` |
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
//! | `name` | what a future is called while it runs |
//! | `yield_now` | a task that lets others run |

mod as_completed;
mod bundle;
mod closure;
mod current;
mod derived;
mod error;
mod gather;
mod job;
mod name;
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
pub(crate) use current::run_by_the_way;
pub use error::{Outcome, TaskError};
pub use gather::{gather, race, select_ok};
pub use job::Job;
pub(crate) use job::Run;
pub(crate) use name::Shown;
pub use name::{Named, current_name, named};
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
