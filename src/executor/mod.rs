//! Rung 3: an executor, in the manner of Python's `concurrent.futures`.
//!
//! A [`ThreadPoolExecutor`] runs closures and futures on a few threads, and gives a
//! [`TaskFuture`](crate::future::TaskFuture) for each: to wait for it as a thread or as a task,
//! with a timeout or without, or to cancel it. For a stream of items that all go through the same
//! handler, a rung below, the worker pool over a queue, says it more plainly.
//!
//! | type | for | Python, Java, Go |
//! |---|---|---|
//! | [`ThreadPoolExecutor`] | running jobs on a fixed number of threads | `ThreadPoolExecutor`, `Executors.newFixedThreadPool`, `errgroup` with a limit |
//! | [`Handle`] | submitting from anywhere, the jobs themselves included | |
//! | [`Map`] | a function over an iterator, results in order, bounded look-ahead | `Executor.map` with `buffersize` |
//! | [`Executor`] | whatever else runs jobs | `Executor` |
//!
//! What is guaranteed, each with a model:
//!
//! 1. An accepted job runs, or its future resolves as cancelled, exactly once: through shutdown,
//!    panic and drop.
//! 2. A panic in a job reaches its caller, with its payload, and costs no worker.
//! 3. To submit and wait for the result inside a job never deadlocks, even with one worker, and
//!    never runs an unrelated job on the waiting stack.
//! 4. No wake-up is lost between submission and sleep, nor between submission and shutdown.
//! 5. A pool without work uses no processor time.
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//!
//! let pool = ThreadPoolExecutor::new(4);
//! let pi = pool.submit(|| 4.0 * 1_f64.atan());
//! let lengths: Vec<usize> = pool
//!     .map(["one", "three"], str::len)
//!     .map(Result::unwrap)
//!     .collect();
//! assert_eq!(lengths, [3, 5]);
//! assert!(pi.result().unwrap() > 3.14);
//! ```
//!
//! # The files
//!
//! | file | idea |
//! |---|---|
//! | `pool` | the threads: start, global pool, shutdown |
//! | `handle` | submitting |
//! | `map` | a function over an iterator |
//! | `shared` | the queues, and the way in and out |
//! | `worker` | looks for jobs, runs them, sleeps |
//! | `sleep` | how workers sleep, are woken, and come to an end |
//! | `registry` | the spawned tasks that are not done |
//! | `fire` | a closure that nobody waits for |

mod error;
mod fire;
mod handle;
mod map;
mod pool;
mod registry;
pub(crate) mod shared;
pub(crate) mod sleep;
pub(crate) mod worker;

use crate::future::Job;

pub use error::{Rejected, SubmitError};
pub use handle::Handle;
pub use map::Map;
pub use pool::{Builder, Shutdown, ThreadPoolExecutor};

/// Something that runs jobs.
///
/// [`Job`] shows how to write one.
///
/// ```
/// use rungs::executor::{Executor, Handle, ThreadPoolExecutor};
///
/// fn runs_jobs(_: &impl Executor) {}
///
/// let pool = ThreadPoolExecutor::new(1);
/// runs_jobs(&pool);
/// runs_jobs(&pool.handle());
/// ```
pub trait Executor: Send + Sync {
    /// Takes the job on, to be run once, soon; or gives it back.
    ///
    /// *Blocking:* never, in those of this crate.
    ///
    /// *Errors:* [`Rejected`], with the job, where the executor takes on no more.
    fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>>;
}
