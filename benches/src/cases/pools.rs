//! The pools that `pool` and `exec` compare, behind two traits. Each has
//! [`WORKERS`] threads.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures::executor::block_on;
use futures::task::SpawnExt as _;
use rungs::executor::{Handle, ThreadPoolExecutor};
use rungs::future::TaskFuture;
use rungs::pool::WorkerPool;
use rungs::queue::Queue;
use tokio::runtime::Runtime;

use super::{WORKERS, by_hand, tokio_runtime};

/// Runs closures. Dropping it ends its threads.
pub trait Pool: Sized {
    fn start() -> Self;
    fn execute(&self, job: impl FnOnce() + Send + 'static);
}

/// Runs closures and gives their results back.
pub trait Submit: Pool {
    type Handle<T: Send + 'static>;

    fn submit<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Self::Handle<T>;
    /// Waits for one result after the other and passes them on.
    fn results<T: Send + 'static>(
        handles: impl IntoIterator<Item = Self::Handle<T>>,
        each: impl FnMut(T),
    );
}

/// Waits for the futures within one `block_on`, as an async caller would.
fn await_each<F: Future>(futures: impl IntoIterator<Item = F>, mut each: impl FnMut(F::Output)) {
    block_on(async {
        for future in futures {
            each(future.await);
        }
    });
}

impl Pool for ThreadPoolExecutor {
    fn start() -> Self {
        ThreadPoolExecutor::new(WORKERS)
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        let accepted = Handle::execute(self, job);
        assert!(accepted.is_ok(), "the executor takes jobs");
    }
}

impl Submit for ThreadPoolExecutor {
    type Handle<T: Send + 'static> = TaskFuture<T>;

    fn submit<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> TaskFuture<T> {
        Handle::submit(self, job)
    }

    fn results<T: Send + 'static>(
        handles: impl IntoIterator<Item = TaskFuture<T>>,
        mut each: impl FnMut(T),
    ) {
        for handle in handles {
            each(handle.result().expect("the job ran"));
        }
    }
}

/// Ours, with the results awaited, as async callers do: `result` runs a closure
/// in the caller if no worker has taken it yet, which `await` does not.
pub struct RungsAwaited(ThreadPoolExecutor);

impl Pool for RungsAwaited {
    fn start() -> Self {
        RungsAwaited(ThreadPoolExecutor::start())
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        Pool::execute(&self.0, job);
    }
}

impl Submit for RungsAwaited {
    type Handle<T: Send + 'static> = TaskFuture<T>;

    fn submit<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> TaskFuture<T> {
        self.0.submit(job)
    }

    fn results<T: Send + 'static>(
        handles: impl IntoIterator<Item = TaskFuture<T>>,
        mut each: impl FnMut(T),
    ) {
        await_each(handles, |result| each(result.expect("the job ran")));
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// A rung lower: workers that take boxed closures from a queue.
pub struct RungsWorkers(WorkerPool<Queue<Job>>);

impl Pool for RungsWorkers {
    fn start() -> Self {
        let workers = WorkerPool::new(WORKERS, Queue::unbounded(), |job: Job| job());
        RungsWorkers(workers.expect("the system starts threads"))
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        let accepted = self.0.queue().push(Box::new(job));
        assert!(accepted.is_ok(), "the queue is open");
    }
}

impl Pool for rayon::ThreadPool {
    fn start() -> Self {
        let builder = rayon::ThreadPoolBuilder::new().num_threads(WORKERS);
        builder.build().expect("the system starts threads")
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        self.spawn(job);
    }
}

impl Pool for threadpool::ThreadPool {
    fn start() -> Self {
        threadpool::ThreadPool::new(WORKERS)
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        threadpool::ThreadPool::execute(self, job);
    }
}

impl Pool for rusty_pool::ThreadPool {
    fn start() -> Self {
        rusty_pool::ThreadPool::new(WORKERS, WORKERS, Duration::from_secs(60))
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        rusty_pool::ThreadPool::execute(self, job);
    }
}

impl Submit for rusty_pool::ThreadPool {
    type Handle<T: Send + 'static> = rusty_pool::JoinHandle<T>;

    fn submit<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Self::Handle<T> {
        self.evaluate(job)
    }

    fn results<T: Send + 'static>(
        handles: impl IntoIterator<Item = Self::Handle<T>>,
        mut each: impl FnMut(T),
    ) {
        for handle in handles {
            each(handle.await_complete());
        }
    }
}

impl Pool for futures::executor::ThreadPool {
    fn start() -> Self {
        let mut builder = futures::executor::ThreadPoolBuilder::new();
        builder
            .pool_size(WORKERS)
            .create()
            .expect("the system starts threads")
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        self.spawn_ok(async move { job() });
    }
}

impl Submit for futures::executor::ThreadPool {
    type Handle<T: Send + 'static> = futures::future::RemoteHandle<T>;

    fn submit<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Self::Handle<T> {
        let handle = self.spawn_with_handle(async move { job() });
        handle.expect("the pool takes tasks")
    }

    fn results<T: Send + 'static>(
        handles: impl IntoIterator<Item = Self::Handle<T>>,
        each: impl FnMut(T),
    ) {
        await_each(handles, each);
    }
}

/// tokio's threads for blocking work: `spawn_blocking`.
pub struct TokioBlocking(Runtime);

impl Pool for TokioBlocking {
    fn start() -> Self {
        TokioBlocking(tokio_runtime())
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        self.0.spawn_blocking(job);
    }
}

impl Submit for TokioBlocking {
    type Handle<T: Send + 'static> = tokio::task::JoinHandle<T>;

    fn submit<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Self::Handle<T> {
        self.0.spawn_blocking(job)
    }

    fn results<T: Send + 'static>(
        handles: impl IntoIterator<Item = Self::Handle<T>>,
        mut each: impl FnMut(T),
    ) {
        await_each(handles, |result| each(result.expect("the job ran")));
    }
}

/// tokio's tasks: `spawn`.
pub struct TokioTasks(Runtime);

impl TokioTasks {
    pub fn runtime(&self) -> &Runtime {
        &self.0
    }
}

impl Pool for TokioTasks {
    fn start() -> Self {
        TokioTasks(tokio_runtime())
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        self.0.spawn(async move { job() });
    }
}

impl Submit for TokioTasks {
    type Handle<T: Send + 'static> = tokio::task::JoinHandle<T>;

    fn submit<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Self::Handle<T> {
        self.0.spawn(async move { job() })
    }

    fn results<T: Send + 'static>(
        handles: impl IntoIterator<Item = Self::Handle<T>>,
        mut each: impl FnMut(T),
    ) {
        await_each(handles, |result| each(result.expect("the job ran")));
    }
}

/// async-executor's `Executor`, run by threads as its docs show.
pub struct AsyncExecutor {
    executor: Arc<async_executor::Executor<'static>>,
    /// Closing it ends the threads.
    running: async_channel::Sender<()>,
    threads: Vec<JoinHandle<()>>,
}

impl Drop for AsyncExecutor {
    fn drop(&mut self) {
        self.running.close();
        for thread in self.threads.drain(..) {
            thread.join().expect("no task panics");
        }
    }
}

impl AsyncExecutor {
    pub fn executor(&self) -> Arc<async_executor::Executor<'static>> {
        self.executor.clone()
    }
}

impl Pool for AsyncExecutor {
    fn start() -> Self {
        let executor = Arc::new(async_executor::Executor::new());
        let (running, shutdown) = async_channel::unbounded::<()>();
        let threads = (0..WORKERS)
            .map(|_| {
                let (executor, shutdown) = (executor.clone(), shutdown.clone());
                thread::spawn(move || {
                    let ended = block_on(executor.run(shutdown.recv()));
                    assert!(ended.is_err(), "nothing is sent, but the channel is closed");
                })
            })
            .collect();
        AsyncExecutor {
            executor,
            running,
            threads,
        }
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        self.executor.spawn(async move { job() }).detach();
    }
}

impl Submit for AsyncExecutor {
    type Handle<T: Send + 'static> = async_executor::Task<T>;

    fn submit<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Self::Handle<T> {
        self.executor.spawn(async move { job() })
    }

    fn results<T: Send + 'static>(
        handles: impl IntoIterator<Item = Self::Handle<T>>,
        each: impl FnMut(T),
    ) {
        await_each(handles, each);
    }
}

impl Pool for by_hand::Pool {
    fn start() -> Self {
        by_hand::Pool::new(WORKERS)
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        by_hand::Pool::execute(self, job);
    }
}
