//! Panics of user code, caught and carried to whom they concern.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What a job, a handler or a message panicked with.
///
/// ```
/// use rungs::executor::ThreadPoolExecutor;
/// use rungs::future::TaskError;
///
/// let pool = ThreadPoolExecutor::new(1);
/// let failed = pool.submit(|| panic!("out of {}", "paper")).result();
/// match failed {
///     Err(TaskError::Panicked(payload)) => assert_eq!(payload.message(), "out of paper"),
///     _ => unreachable!(),
/// }
/// ```
pub struct PanicPayload(Box<dyn Any + Send>);

// SAFETY: a shared payload is read by `message` only, and only where it is a `&str` or a
// `String`, which are `Sync`.
unsafe impl Sync for PanicPayload {}

impl PanicPayload {
    /// The message, where the panic had one, as nearly all have.
    ///
    /// ```
    /// # use rungs::{executor::ThreadPoolExecutor, future::TaskError};
    /// # let failed = ThreadPoolExecutor::new(1).submit(|| panic!("no")).result();
    /// # let Err(TaskError::Panicked(payload)) = failed else { unreachable!() };
    /// # let _: () = ();
    /// assert_eq!(payload.message(), "no");
    /// ```
    pub fn message(&self) -> &str {
        if let Some(text) = self.0.downcast_ref::<&'static str>() {
            text
        } else if let Some(text) = self.0.downcast_ref::<String>() {
            text
        } else {
            "a panic without a message"
        }
    }

    /// The payload itself, as [`std::thread::JoinHandle::join`] gives it.
    ///
    /// ```
    /// # use rungs::{executor::ThreadPoolExecutor, future::TaskError};
    /// # let failed = ThreadPoolExecutor::new(1).submit(|| std::panic::panic_any(7_u8)).result();
    /// # let Err(TaskError::Panicked(payload)) = failed else { unreachable!() };
    /// # let _: () = ();
    /// assert_eq!(payload.into_inner().downcast_ref(), Some(&7_u8));
    /// ```
    pub fn into_inner(self) -> Box<dyn Any + Send> {
        self.0
    }

    /// The message, for where the payload itself is of no use any more.
    pub(crate) fn into_message(self) -> String {
        let message = self.message().to_owned();
        contain(|| drop(self));
        message
    }

    /// Lets the panic go on in this thread.
    ///
    /// ```should_panic
    /// # use rungs::{executor::ThreadPoolExecutor, future::TaskError};
    /// # let failed = ThreadPoolExecutor::new(1).submit(|| panic!("no")).result();
    /// # let Err(TaskError::Panicked(payload)) = failed else { return };
    /// # let _: () = ();
    /// payload.resume();
    /// ```
    pub fn resume(self) -> ! {
        resume_unwind(self.0)
    }
}

impl fmt::Debug for PanicPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PanicPayload")
            .field(&self.message())
            .finish()
    }
}

impl fmt::Display for PanicPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

/// Runs user code, and catches its panic.
///
/// Whoever calls this sees to it that what the code left half-done is not used, or is owned by
/// the user: that is what makes the assertion of unwind safety true.
pub(crate) fn catch<R>(f: impl FnOnce() -> R) -> Result<R, PanicPayload> {
    catch_unwind(AssertUnwindSafe(f)).map_err(PanicPayload)
}

/// Drops something of a user's, whose panic concerns nobody here.
pub(crate) fn discard<T>(value: T) {
    contain(|| drop(value));
}

/// Runs user code whose panic concerns nobody here: a waker, a `Drop`. The panic hook has
/// reported it.
pub(crate) fn contain(f: impl FnOnce()) {
    if let Err(payload) = catch(f) {
        // A payload may panic in its own `Drop`. What that throws is leaked: dropping it could
        // go on for ever.
        if let Err(second) = catch(|| drop(payload)) {
            std::mem::forget(second);
        }
    }
}

/// Panics with a message, past the panic hook, which has reported it before.
pub(crate) fn fail_with(message: String) -> ! {
    resume_unwind(Box::new(message))
}
