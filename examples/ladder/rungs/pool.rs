//! Rung 2: a queue of work, and a pool of workers that take from it.
//!
//! Choose it when work flows: items come from somewhere, a bounded queue holds back whoever is
//! too fast, and each worker keeps state of its own (a connection, a cache), so that nothing is
//! locked. Here each worker makes an index of the files it gets, and hands it in when it leaves.

use std::mem;
use std::sync::Arc;

use rungs::pool::WorkerPool;
use rungs::queue::Queue;

use super::Outcome;
use crate::index::Index;
use crate::walk::Corpus;

/// The state of one worker.
struct Worker {
    /// What it has read so far.
    part: Index,
    /// Where `part` goes in the end.
    sink: Queue<Index>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Fails only if nobody wants the parts any more.
        let _ = self.sink.push(mem::take(&mut self.part));
    }
}

pub(super) fn index(corpus: &Arc<Corpus>, workers: usize) -> Outcome {
    let parts = Queue::unbounded();
    let (shared, sink) = (Arc::clone(corpus), parts.clone());
    let pool = WorkerPool::builder()
        .workers(workers)
        .name("index")
        .state(move |_worker| Worker {
            part: Index::default(),
            sink: sink.clone(),
        })
        .build(
            Queue::bounded(2 * workers),
            move |worker: &mut Worker, batch| {
                worker.part.merge(Index::of(&shared, batch));
            },
        )?;
    for batch in &corpus.batches {
        pool.queue().push(batch.clone())?; // waits while the queue is full
    }
    pool.join();

    let mut index = Index::default();
    for part in parts.try_iter() {
        index.merge(part);
    }
    Ok(index)
}
