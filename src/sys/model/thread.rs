//! loom's threads.

pub(crate) use super::parker::Parker;
pub(crate) use loom::thread::{JoinHandle, ThreadId};

/// Does not look: that would only add executions.
pub(crate) fn spin<R>(_look: impl FnMut() -> Option<R>) -> Option<R> {
    None
}

/// As [`spin`].
pub(crate) fn spin_and_yield<R>(_look: impl FnMut() -> Option<R>) -> Option<R> {
    None
}

/// Threads do not outlive an execution.
pub(crate) fn assert_may_outlive_the_caller() {
    panic!("there is no global executor in a model: make one with ThreadPoolExecutor::new");
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

/// Starts a thread.
pub(crate) fn spawn<T: Send + 'static>(
    name: Option<String>,
    _stack_size: Option<usize>,
    main: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<JoinHandle<T>> {
    super::halt::here();
    let mut builder = loom::thread::Builder::new();
    if let Some(name) = name {
        builder = builder.name(name);
    }
    builder.spawn(move || super::halt::bottom(main))
}

/// How many threads can run at once: few, in a model.
pub(crate) fn available_parallelism() -> usize {
    2
}
