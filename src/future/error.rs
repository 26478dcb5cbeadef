//! What can go wrong on this rung.

use crate::PanicPayload;
use std::error::Error;
use std::fmt;

/// Why a task has no result.
///
/// ```
/// use rungs::executor::ThreadPoolExecutor;
/// use rungs::future::TaskError;
///
/// let pool = ThreadPoolExecutor::new(1);
/// let failed = pool.submit(|| -> u32 { panic!("no paper") }).result();
/// match failed {
///     Err(TaskError::Panicked(payload)) => assert_eq!(payload.message(), "no paper"),
///     _ => unreachable!(),
/// }
/// ```
#[derive(Debug)]
pub enum TaskError {
    /// It was cancelled before it was done: by [`TaskFuture::cancel`](super::TaskFuture::cancel),
    /// or by an executor that was shut down.
    Cancelled,
    /// It panicked, with this.
    Panicked(PanicPayload),
    /// The executor took on no more when it was submitted.
    Rejected,
    /// Whoever was to give the result is gone.
    Broken,
    /// It was not done in [time](super::TaskFuture::with_timeout).
    TimedOut,
}

/// What comes of a task.
///
/// ```
/// use rungs::future::Outcome;
///
/// let pool = rungs::executor::ThreadPoolExecutor::new(1);
/// let two: Outcome<u32> = pool.submit(|| 2).result();
/// assert_eq!(two.unwrap(), 2);
/// ```
pub type Outcome<T> = Result<T, TaskError>;

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.write_str("the task was cancelled"),
            Self::Panicked(payload) => write!(f, "the task panicked: {payload}"),
            Self::Rejected => f.write_str("the executor is shut down"),
            Self::Broken => f.write_str("the task was abandoned"),
            Self::TimedOut => f.write_str("the task took too long"),
        }
    }
}

impl Error for TaskError {}
