//! Which task runs in this thread: how a job finds its own token; and what the thread runs by the
//! way, when it has completed something.
//!
//! # Invariants
//!
//! 1. What stands in the thread-local belongs to this very thread, further up its stack: a task
//!    that it runs at this moment, and a list of what it is to run next. Whoever puts it there
//!    restores what was there before it returns.
//! 2. Where user code runs there is no list: what user code completes is followed up before it
//!    goes on, so that it may wait for that.

use super::Job;
use crate::PanicPayload;
use crate::panic::catch;
use crate::sync::CancelToken;
use crate::sys::thread_local_on_both_faces;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ptr::NonNull;

/// A task that can be told that it is not wanted any more.
pub(crate) trait Told {
    /// Its token.
    fn own_token(&self) -> CancelToken;
}

/// Where a thread is.
#[derive(Clone, Copy)]
struct Place {
    /// The innermost task that runs here.
    task: Option<NonNull<dyn Told>>,
    /// What is to be run by the way, where somebody sees to that.
    next: Option<NonNull<RefCell<VecDeque<Job>>>>,
}

/// A thread that runs no task.
const NOWHERE: Place = Place {
    task: None,
    next: None,
};

thread_local_on_both_faces! {
    static PLACE: Cell<Place> = const { Cell::new(NOWHERE) };
}

/// Where this thread is.
#[inline]
fn here() -> Place {
    PLACE.try_with(Cell::get).unwrap_or(NOWHERE)
}

/// Runs `f` at another place, and comes back. It does not unwind.
#[inline]
fn at<R>(go: impl FnOnce(Place) -> Place, f: impl FnOnce() -> R) -> R {
    // A thread whose locals are gone runs it all the same.
    let outer = PLACE.try_with(|place| place.replace(go(place.get())));
    let result = f();
    if let Ok(outer) = outer {
        let _ = PLACE.try_with(|place| place.set(outer));
    }
    result
}

/// Runs user code of `task`, and catches its panic.
#[inline]
pub(super) fn run_as<R>(task: &dyn Told, code: impl FnOnce() -> R) -> Result<R, PanicPayload> {
    let task: NonNull<dyn Told + '_> = NonNull::from(task);
    // SAFETY: what is left out is for how long the task borrows. It is looked at only while it
    // runs (invariant 1).
    let task =
        Some(unsafe { std::mem::transmute::<NonNull<dyn Told + '_>, NonNull<dyn Told>>(task) });
    at(|_| Place { task, next: None }, || catch(code))
}

/// Runs user code that belongs to no task, and does not unwind.
#[inline]
pub(super) fn aside(code: impl FnOnce()) {
    match here().next {
        None => code(),
        Some(_) => at(
            |place| Place {
                next: None,
                ..place
            },
            code,
        ),
    }
}

/// Runs a job in this thread: at once, or when the one that it is about to leave has returned, so
/// that a long chain of jobs that complete each other needs no deep stack.
pub(crate) fn run_by_the_way(job: Job) {
    if let Some(next) = here().next {
        // SAFETY: it lies further up the stack (invariant 1).
        unsafe { next.as_ref() }.borrow_mut().push_back(job);
        return;
    }
    let list = RefCell::new(VecDeque::new());
    let next = Some(NonNull::from(&list));
    at(
        |place| Place { next, ..place },
        || {
            let mut job = Some(job);
            while let Some(due) = job {
                due.run();
                job = list.borrow_mut().pop_front();
            }
        },
    );
}

/// The token of the task that runs in this thread: cancelled when somebody
/// [cancels](super::TaskFuture::cancel) the task while it runs. Outside a task, a token that nobody
/// ever cancels.
///
/// A job that takes long looks at it now and then. One that starts others gives them a
/// [child](CancelToken::child). Where a job waits for another one and runs it itself, it is the
/// token of the inner one, until that ends. A job without a future, as
/// [`execute`](crate::executor::Handle::execute) has, is not told of anything. Nor is what a job
/// splits off by a [`join`](crate::executor::join), a slice or a [`scope`](crate::executor::scope())
/// where that runs in another thread: ask before, and take the token there.
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
    match here().task {
        // SAFETY: the task runs in this thread, further up the stack (invariant 1).
        Some(task) => unsafe { task.as_ref() }.own_token(),
        None => CancelToken::new(),
    }
}
