//! Being told what a pool does.

use std::io;

/// Is told what the workers of a pool do, in their threads: for logs, traces and figures. All
/// methods do nothing unless written.
///
/// What they panic with goes no further than the panic hook. They hold up the worker for as long
/// as they take.
///
/// ```
/// use rungs::executor::{Observer, ThreadPoolExecutor};
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// struct Ended(Arc<AtomicUsize>);
///
/// impl Observer for Ended {
///     fn job_ended(&self, _worker: usize) {
///         self.0.fetch_add(1, Ordering::Relaxed);
///     }
/// }
///
/// let ended = Arc::new(AtomicUsize::new(0));
/// let pool = ThreadPoolExecutor::builder()
///     .max_workers(2)
///     .observer(Ended(ended.clone()))
///     .build()
///     .unwrap();
/// for _ in 0..5 {
///     pool.execute(|| ()).unwrap();
/// }
/// drop(pool);
/// assert_eq!(ended.load(Ordering::Relaxed), 5);
/// ```
pub trait Observer: Send + Sync + 'static {
    /// A worker begins to look for jobs.
    fn worker_started(&self, worker: usize) {
        let _ = worker;
    }

    /// A worker does not look for jobs any more, and its thread is about to end.
    fn worker_stopped(&self, worker: usize) {
        let _ = worker;
    }

    /// A worker that was to start did not: the system started no thread, or the initializer of
    /// the pool failed.
    fn worker_failed(&self, error: &io::Error) {
        let _ = error;
    }

    /// A worker has taken a job from a queue. A spawned future is a job each time that it is
    /// polled. A closure that somebody else has run meanwhile, who waited for it, or that was
    /// cancelled, is a job that ends at once.
    fn job_started(&self, worker: usize) {
        let _ = worker;
    }

    /// What that job is called, where it has a [name](super::TaskOptions::name); a spawned future
    /// each time that it is polled.
    fn job_named(&self, worker: usize, name: &str) {
        let _ = (worker, name);
    }

    /// That job has ended, well or badly; or the future is suspended.
    fn job_ended(&self, worker: usize) {
        let _ = worker;
    }
}
