//! Rung 1: threads that share what they need, and lock it.
//!
//! Choose it when threads are there already and the shared state is small. Nothing stands between
//! you and the machine, but you keep the rules yourself: lock for as short as possible, share as
//! little as possible.

use std::sync::Arc;
use std::thread;

use rungs::sync::{Mutex, Semaphore};

use super::Outcome;
use crate::index::Index;
use crate::walk::Corpus;

/// Systems limit the open files of a process, some to 256; threads are limited less strictly.
const OPEN_FILES: usize = 64;

pub(super) fn index(corpus: &Arc<Corpus>, workers: usize) -> Outcome {
    let index = Mutex::new(Index::default());
    let open_files = Semaphore::new(OPEN_FILES);
    let batches = Mutex::new(corpus.batches.iter().cloned());
    // A function, so that the lock is free again before the files are read.
    let next = || batches.lock().next();

    let work = || {
        while let Some(batch) = next() {
            // Fails only when the semaphore is closed, which nobody does here.
            let permit = open_files.acquire();
            let part = Index::of(corpus, batch);
            drop(permit);
            index.lock().merge(part);
        }
    };
    thread::scope(|scope| {
        for _ in 0..workers {
            thread::Builder::new().spawn_scoped(scope, work)?;
        }
        Ok::<_, std::io::Error>(())
    })?;
    Ok(index.into_inner())
}
