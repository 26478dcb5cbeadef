//! Rung 3: hand over functions, get their results.
//!
//! Choose it when the work is a function of its input: no state to keep, no queue to see, no
//! thread to name. `map` gives the results in order and never runs far ahead of whoever takes
//! them; a panic comes back in place of the result. Whoever waits for a result that no worker has
//! begun computes it, so here the calling thread works, too.

use std::sync::Arc;

use rungs::executor::ThreadPoolExecutor;

use super::Outcome;
use crate::index::Index;
use crate::walk::Corpus;

pub(super) fn index(corpus: &Arc<Corpus>, workers: usize) -> Outcome {
    let executor = ThreadPoolExecutor::builder().max_workers(workers).build()?;
    let shared = Arc::clone(corpus);
    let parts = executor.map(corpus.batches.clone(), move |batch| {
        Index::of(&shared, batch)
    });

    let mut index = Index::default();
    for part in parts {
        index.merge(part?);
    }
    Ok(index)
}
