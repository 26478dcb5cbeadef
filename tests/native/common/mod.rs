//! What several tests need.

pub(crate) mod notes;

use rungs::executor::ThreadPoolExecutor;
use rungs::future::TaskFuture;
use rungs::sync::Event;
use std::fs;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

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

pub(crate) fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Counts its drops.
#[derive(Clone)]
pub(crate) struct Counted(pub(crate) Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// All files in a folder of the package, and in those in it.
pub(crate) fn files_in(folder: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => walk(&path, found),
                false => found.push(path),
            }
        }
    }
    let mut found = Vec::new();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
        &mut found,
    );
    found
}
