//! loom's threads.

use std::cell::Cell;
use std::io;

pub(crate) use super::parker::Parker;
pub(crate) use loom::thread::{JoinHandle, ThreadId};

std::thread_local! {
    /// How many threads the system can still start.
    static SPAWNS: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Lets the next `count` threads of this execution start, and none after them.
#[cfg(all(test, feature = "loom"))]
pub(crate) fn script_spawns(count: usize) {
    SPAWNS.set(count);
}

/// Does not look: that would only add executions.
pub(crate) fn spin<R>(_look: impl FnMut() -> Option<R>) -> Option<R> {
    None
}

/// As [`spin`].
pub(crate) fn give_way<R>(_look: impl FnMut() -> Option<R>) -> Option<R> {
    None
}

/// As [`spin`].
pub(crate) fn spin_and_yield<R>(_look: impl FnMut() -> Option<R>) -> Option<R> {
    None
}

/// A thread's sleep, which takes no time here.
#[derive(Debug)]
pub(crate) struct Nap(());

impl Nap {
    pub(crate) fn begin() -> Self {
        Self(())
    }

    pub(crate) fn was_short(self) -> bool {
        true
    }
}

/// For a thread that others are in the way of, for a moment.
#[derive(Debug, Default)]
pub(crate) struct Backoff(());

impl Backoff {
    /// Another thread was faster, so something was done: no need to keep off.
    pub(crate) fn lost(&mut self) {}

    /// Another thread is in the middle of something: lets it run, for as long as it takes.
    pub(crate) fn wait(&mut self) -> bool {
        loom::thread::yield_now();
        false
    }
}

/// Threads do not outlive an execution.
pub(crate) fn assert_may_outlive_the_caller() {
    panic!("there is no global executor in a model: make one with ThreadPoolExecutor::new");
}

/// Whether the thread that calls unwinds. (All threads of a model share the mark that says so: one
/// that runs while another stands still in a destructor seems to unwind, too.)
pub(crate) fn panicking() -> bool {
    std::thread::panicking()
}

/// The thread that calls.
pub(crate) fn current_id() -> ThreadId {
    loom::thread::current().id()
}

/// What to call the thread that calls.
#[cfg(feature = "diagnostics")]
pub(crate) fn current_name() -> String {
    format!("{:?}", current_id())
}

/// Starts a thread, unless it is one that a model wants to fail.
pub(crate) fn spawn<T: Send + 'static>(
    name: Option<String>,
    _stack_size: Option<usize>,
    main: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    super::halt::here();
    let Some(left) = SPAWNS.get().checked_sub(1) else {
        return Err(io::Error::other("no more threads, by script"));
    };
    SPAWNS.set(left);
    let mut builder = loom::thread::Builder::new();
    if let Some(name) = name {
        builder = builder.name(name);
    }
    builder.spawn(move || super::halt::bottom(main))
}

/// Whether a thread has ended: it may not have.
pub(crate) fn is_finished(_thread: &JoinHandle<()>) -> bool {
    false
}

/// How many threads can run at once: few, in a model.
pub(crate) fn available_parallelism() -> usize {
    2
}
