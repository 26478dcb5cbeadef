//! What can go wrong on the way into an executor.

use std::error::Error;
use std::fmt;

/// The executor takes on no more: what it was given, back.
///
/// ```
/// use rungs::executor::{Executor, Rejected, Shutdown, ThreadPoolExecutor};
///
/// let pool = ThreadPoolExecutor::new(1);
/// let handle = pool.handle();
/// pool.shutdown(Shutdown::Wait);
/// assert_eq!(Rejected(()).to_string(), handle.execute(|| ()).unwrap_err().to_string());
/// ```
pub struct Rejected<J>(pub J);

impl<J> fmt::Debug for Rejected<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejected").finish_non_exhaustive()
    }
}

impl<J> fmt::Display for Rejected<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the executor is shut down")
    }
}

impl<J> Error for Rejected<J> {}

/// Why a closure was not accepted; it comes back.
///
/// ```
/// use rungs::executor::{Shutdown, SubmitError, ThreadPoolExecutor};
///
/// let pool = ThreadPoolExecutor::new(1);
/// let handle = pool.handle();
/// pool.shutdown(Shutdown::Wait);
/// let SubmitError::ShutDown(f) = handle.try_submit(|| 7).unwrap_err() else { unreachable!() };
/// assert_eq!(f(), 7);
/// ```
#[non_exhaustive]
pub enum SubmitError<F> {
    /// The executor is shut down.
    ShutDown(F),
}

impl<F> SubmitError<F> {
    /// The closure.
    ///
    /// ```
    /// let error = rungs::executor::SubmitError::ShutDown(|| 7);
    /// assert_eq!(error.into_inner()(), 7);
    /// ```
    pub fn into_inner(self) -> F {
        match self {
            Self::ShutDown(closure) => closure,
        }
    }
}

impl<F> fmt::Debug for SubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShutDown(_) => f.debug_tuple("ShutDown").finish_non_exhaustive(),
        }
    }
}

impl<F> fmt::Display for SubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShutDown(_) => f.write_str("the executor is shut down"),
        }
    }
}

impl<F> Error for SubmitError<F> {}
