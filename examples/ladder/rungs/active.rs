//! Rung 4: an object that lives on a thread of its own.
//!
//! Choose it when state outlives the work and many parts of a program use it, now and later: a
//! cache, an account, a connection. Nobody else can touch the index; whoever has its address can
//! send it a function to run, without waiting (`post`) or for an answer (`call`).

use std::mem;
use std::sync::Arc;

use rungs::actor::Addr;
use rungs::executor::ThreadPoolExecutor;

use super::Outcome;
use crate::index::Index;
use crate::walk::Corpus;

pub(super) fn index(corpus: &Arc<Corpus>, workers: usize) -> Outcome {
    let index = Addr::builder()
        .dedicated_thread("index")
        .start(Index::default())?;
    let readers = ThreadPoolExecutor::builder().max_workers(workers).build()?;

    let (shared, to) = (Arc::clone(corpus), index.clone());
    let posted = readers.map(corpus.batches.clone(), move |batch| {
        let part = Index::of(&shared, batch);
        to.post(move |index: &mut Index| index.merge(part)).is_ok()
    });
    for posted in posted {
        if !posted? {
            return Err("the index stopped early".into());
        }
    }
    // Runs after all that was posted before it.
    Ok(index.call(mem::take).wait()?)
}
