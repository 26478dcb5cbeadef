//! Rung 3: an executor, in the manner of Python's `concurrent.futures`.
//!
//! A [`ThreadPoolExecutor`] runs closures and futures on a few threads, and gives a
//! [`TaskFuture`](crate::future::TaskFuture) for each: to wait for it as a thread or as a task,
//! with a timeout or without, or to cancel it. For a stream of items that all go through the same
//! handler, a rung below, the worker pool over a queue, says it more plainly.
//!
//! | type | for | Python, Java, Go |
//! |---|---|---|
//! | [`ThreadPoolExecutor`] | running jobs on a few threads, whose number may be fixed or grow and shrink | `ThreadPoolExecutor`, `Executors.newFixedThreadPool`, `errgroup` with a limit |
//! | [`Handle`] | submitting from anywhere, the jobs themselves included | |
//! | [`TaskOptions`] | the priority, the name, the token of a job or a spawned future | |
//! | [`blocking`] | telling the pool that a job blocks | `asyncio.to_thread`, `ForkJoinPool.ManagedBlocker` |
//! | [`Observer`], [`Metrics`] | seeing what a pool does | `beforeExecute`, `afterExecute` |
//! | [`Map`] | a function over an iterator, results in order, bounded look-ahead | `Executor.map` with `buffersize` |
//! | [`Scheduled`] | a job for later, or [every](Every) so often | `Timer`, `ScheduledThreadPoolExecutor`, `time.AfterFunc` |
//! | [`TaskGroup`] | jobs that succeed together, and of which the first failure cancels the others | `asyncio.TaskGroup`, `StructuredTaskScope`, `errgroup` |
//! | [`LocalExecutor`] | futures of one thread, `Send` or not | `asyncio` |
//! | [`Executor`], [`ExecutorExt`] | whatever else runs jobs | `Executor` |
//! | [`InlineExecutor`] | jobs that run where they are submitted, for tests | `MoreExecutors.directExecutor` |
//! | [`join`], [`scope()`] | work that borrows from the stack, split as it goes | `ForkJoinPool`, `StructuredTaskScope` |
//! | [`par_map`], [`par_for_each`], [`par_reduce`] | a function over a slice | parallel streams |
//! | [`broadcast`](Handle::broadcast) | a function that every worker runs once | |
//!
//! What is guaranteed, each with a model (the fifth with a test that measures):
//!
//! 1. An accepted job runs, or its future resolves as cancelled, exactly once: through shutdown,
//!    panic and drop.
//! 2. A panic in a job reaches its caller, with its payload, and costs no worker.
//! 3. To submit and wait for the result inside a job never deadlocks, even with one worker, and
//!    never runs an unrelated job on the waiting stack.
//! 4. No wake-up is lost between submission and sleep, nor between submission and shutdown.
//! 5. A pool without work uses no processor time.
//! 6. Where the queue has a bound, those outside wait for room, and a worker never does: it runs
//!    what it would submit.
//! 7. A thread that does not start is an error, and not counted; the pool goes on with the rest.
//! 8. [`join`] and [`scope()`] return only when every closure that borrows has ended, panics
//!    included; while they wait they run what they wait for, and nothing else.
//! 9. A [`Map`] that is dropped, or whose time is over, cancels what is pending, and does not read
//!    past its look-ahead. A [`TaskGroup`] waits for all its members before it ends.
//! 10. A [`broadcast`](Handle::broadcast) is run once by every worker there is, whether they sleep,
//!     come or go, or by none.
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
//! | `pool` | a pool as its owner sees it: resized, shut down |
//! | `builder` | what a pool is to be like |
//! | `handle`, `options` | submitting |
//! | `map` | a function over an iterator |
//! | `chunk` | the items that go to a worker together |
//! | `group` | jobs that succeed together |
//! | `join` | two closures at once |
//! | `scope` | jobs that borrow from the stack |
//! | `slices` | a function over a slice |
//! | `strand` | a thread that splits its work, and its list of forks |
//! | `fork` | a closure in the frame of who waits for it, and the board where others find it |
//! | `shared` | the queues, and the way in and out |
//! | `lanes` | the queues for jobs from outside, by priority |
//! | `worker` | looks for jobs, runs them, sleeps |
//! | `sleep` | how workers sleep, are woken or hired, leave, and come to an end |
//! | `seats` | the places of the workers, and their deques |
//! | `threads` | what threads are like, and how one is started |
//! | `blocking` | a job that says that it blocks |
//! | `observer`, `tracing`, `metrics` | what is told of a pool |
//! | `registry` | the spawned tasks that are not done |
//! | `schedule` | jobs for later, and again and again |
//! | `fire` | a closure that nobody waits for |
//! | `ext` | submitting to any executor |
//! | `inline` | an executor without threads |
//! | `local` | an executor of one thread |

mod blocking;
mod broadcast;
mod builder;
mod chunk;
mod error;
mod ext;
mod fire;
pub(crate) mod fork;
mod group;
mod handle;
mod inline;
mod join;
pub(crate) mod lanes;
mod local;
mod map;
mod metrics;
mod observer;
mod options;
mod orders;
mod pool;
mod registry;
mod schedule;
mod scope;
pub(crate) mod seats;
pub(crate) mod shared;
pub(crate) mod sleep;
mod slices;
pub(crate) mod strand;
pub(crate) mod threads;
#[cfg(feature = "tracing")]
mod tracing;
pub(crate) mod worker;

use crate::future::Job;
use crate::sys::Arc;

pub use crate::future::current_token;
pub use blocking::blocking;
pub use builder::Builder;
pub use error::{Rejected, Running, StartError, SubmitError, Unfinished};
pub use ext::ExecutorExt;
pub use group::{GroupError, TaskGroup};
pub use handle::Handle;
pub use inline::InlineExecutor;
pub use join::join;
pub use lanes::Priority;
pub use local::{LocalExecutor, LocalHandle, LocalRemote, LocalTask, Stopped};
pub use map::{Map, MapStream};
pub use metrics::Metrics;
pub use observer::Observer;
pub use options::TaskOptions;
pub use pool::{Shutdown, ThreadPoolExecutor};
pub(crate) use registry::{Open, Registry, Stay};
pub use schedule::{Every, Scheduled};
pub use scope::{Scope, ScopedTask, scope};
pub use slices::{par_chunks_mut, par_for_each, par_for_each_mut, par_map, par_reduce};
#[cfg(feature = "tracing")]
pub use tracing::TracingObserver;

/// Something that runs jobs.
///
/// [`Job`] shows how to write one, and [`ExecutorExt`] what it can do then.
///
/// ```
/// use rungs::executor::{Executor, ExecutorExt, InlineExecutor, ThreadPoolExecutor};
///
/// fn answer(by: &impl Executor) -> u32 {
///     by.submit(|| 42).result().unwrap()
/// }
///
/// assert_eq!(answer(&ThreadPoolExecutor::new(1)), 42);
/// assert_eq!(answer(&InlineExecutor::new()), 42);
/// ```
pub trait Executor: Send + Sync {
    /// Takes the job on, to be run once, soon; or gives it back.
    ///
    /// *Blocking:* never, in those of this crate.
    ///
    /// *Errors:* [`Rejected`], with the job, where the executor takes on no more.
    fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>>;
}

impl<E: Executor + ?Sized> Executor for Arc<E> {
    fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
        (**self).execute_job(job)
    }
}
