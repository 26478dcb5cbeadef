//! What several tests need.

pub(crate) mod notes;

use rungs::executor::ThreadPoolExecutor;
use rungs::future::TaskFuture;
use rungs::sync::Event;
use std::sync::Arc;

/// Keeps one worker busy until it is let go.
pub(crate) struct Block {
    pub(crate) go: Arc<Event>,
    pub(crate) job: TaskFuture<()>,
}

impl Block {
    pub(crate) fn worker_of(pool: &ThreadPoolExecutor) -> Self {
        let (begun, go) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
        let (begin, wait) = (begun.clone(), go.clone());
        let job = pool.submit(move || {
            begin.set();
            wait.wait();
        });
        begun.wait();
        Self { go, job }
    }

    pub(crate) fn release(self) {
        self.go.set();
        self.job.result().unwrap();
    }
}
