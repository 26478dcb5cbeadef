//! loom's threads.

pub(crate) use super::parker::Parker;
pub(crate) use loom::thread::{JoinHandle, ThreadId, yield_now};
pub(crate) use std::thread::panicking;

/// Nothing is gained by spinning in a model: it only adds executions.
pub(crate) const SPINS: u32 = 0;
/// Nor by yielding.
pub(crate) const YIELDS: u32 = 0;
/// An execution ends when its threads have.
pub(crate) const OUTLIVE_THE_CALLER: bool = false;

/// The thread that calls.
pub(crate) fn current_id() -> ThreadId {
    loom::thread::current().id()
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
