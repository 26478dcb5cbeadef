//! No rung: one thread does it all.
//!
//! Where this is fast enough, stop here.

use std::sync::Arc;

use super::Outcome;
use crate::index::Index;
use crate::walk::Corpus;

pub(super) fn index(corpus: &Arc<Corpus>, _workers: usize) -> Outcome {
    let mut index = Index::default();
    for batch in &corpus.batches {
        index.merge(Index::of(corpus, batch.clone()));
    }
    Ok(index)
}
