//! What a pool does, for `tracing`.

use super::Observer;
use ::tracing::field::Empty;
use ::tracing::span::EnteredSpan;
use ::tracing::{debug, trace_span, warn};
use std::cell::RefCell;
use std::io;

thread_local! {
    /// The spans of the jobs that run in this thread, the innermost last.
    static JOBS: RefCell<Vec<EnteredSpan>> = const { RefCell::new(Vec::new()) };
}

/// Tells `tracing` what a pool does: with the feature `tracing`.
///
/// The target is `rungs::executor`. A job is a span `job` of level `TRACE`, with the number of its
/// worker, and the [name](super::TaskOptions::name) where it has one, so that what it logs stands inside; a worker that starts or stops is an event of level
/// `DEBUG`, one that fails to start, of level `WARN`.
///
/// *Cost:* that of a span for each job, where one is listened to.
///
/// ```
/// use rungs::executor::{ThreadPoolExecutor, TracingObserver};
///
/// let pool = ThreadPoolExecutor::builder()
///     .max_workers(1)
///     .observer(TracingObserver)
///     .build()
///     .unwrap();
/// assert_eq!(pool.submit(|| 2).result().unwrap(), 2);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TracingObserver;

impl Observer for TracingObserver {
    fn worker_started(&self, worker: usize) {
        debug!(target: "rungs::executor", worker, "worker started");
    }

    fn worker_stopped(&self, worker: usize) {
        debug!(target: "rungs::executor", worker, "worker stopped");
    }

    fn worker_failed(&self, error: &io::Error) {
        warn!(target: "rungs::executor", %error, "a worker did not start");
    }

    fn job_started(&self, worker: usize) {
        let span = trace_span!(target: "rungs::executor", "job", worker, name = Empty).entered();
        JOBS.with_borrow_mut(|jobs| jobs.push(span));
    }

    fn job_named(&self, _worker: usize, name: &str) {
        JOBS.with_borrow(|jobs| {
            if let Some(span) = jobs.last() {
                span.record("name", name);
            }
        });
    }

    fn job_ended(&self, _worker: usize) {
        let span = JOBS.with_borrow_mut(Vec::pop);
        drop(span);
    }
}
