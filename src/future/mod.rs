//! Results that are not there yet.

mod job;

pub use job::Job;
pub(crate) use job::Run;

/// Drives `future` to its end in this thread, which sleeps while the future is pending.
///
/// ```
/// assert_eq!(rungs::future::block_on(async { 1 + 1 }), 2);
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    crate::wait::block_on(future)
}
