//! Which task runs in this thread: how a job finds its own token.
//!
//! # Invariants
//!
//! 1. What stands in the thread-local is a task that this very thread runs at this moment, further
//!    up its stack: [`run_as`] puts it there and restores what was there before it returns.

use crate::panic::catch;
use crate::sync::CancelToken;
use crate::sys::thread_local_on_both_faces;
use std::cell::Cell;

/// A task that can be told that it is not wanted any more.
pub(super) trait Told {
    /// Its token.
    fn own_token(&self) -> CancelToken;
}

thread_local_on_both_faces! {
    /// The innermost task that runs in this thread.
    static CURRENT: Cell<Option<*const dyn Told>> = Cell::new(None);
}

/// Runs user code of `task`, and catches its panic.
#[inline]
pub(super) fn run_as<R>(
    task: &(dyn Told + 'static),
    code: impl FnOnce() -> R,
) -> Result<R, crate::PanicPayload> {
    // A thread whose locals are gone runs it all the same.
    let outer = CURRENT.try_with(|current| current.replace(Some(task)));
    let result = catch(code);
    if let Ok(outer) = outer {
        let _ = CURRENT.try_with(|current| current.set(outer));
    }
    result
}

/// The token of the task that runs in this thread: cancelled when somebody
/// [cancels](super::TaskFuture::cancel) the task while it runs. Outside a task, a token that nobody
/// ever cancels.
///
/// A job that takes long looks at it now and then. One that starts others gives them a
/// [child](CancelToken::child). Where a job waits for another one and runs it itself, it is the
/// token of the inner one, until that ends. A job without a future, as
/// [`execute`](crate::executor::Handle::execute) has, is not told of anything.
///
/// *Blocking:* never. *Cost:* the first time in a task two allocations, then a lock that nobody
/// else wants; ask once, and look at the token often.
///
/// ```
/// use rungs::executor::ThreadPoolExecutor;
/// use rungs::future::current_token;
///
/// let pool = ThreadPoolExecutor::new(1);
/// let (begin, begun) = std::sync::mpsc::channel();
/// let job = pool.submit(move || {
///     let token = current_token();
///     begin.send(()).unwrap();
///     token.cancelled();
///     "ended early"
/// });
/// begun.recv().unwrap();
/// assert!(!job.cancel());
/// assert_eq!(job.result().unwrap(), "ended early");
/// assert!(!current_token().is_cancelled());
/// ```
#[doc(alias = "current_task")]
#[doc(alias = "isInterrupted")]
pub fn current_token() -> CancelToken {
    match CURRENT.try_with(Cell::get) {
        // SAFETY: the task runs in this thread, further up the stack (invariant 1).
        Ok(Some(task)) => unsafe { &*task }.own_token(),
        _ => CancelToken::new(),
    }
}
