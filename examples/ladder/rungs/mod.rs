//! The same work on each rung.

mod active;
mod executor;
mod locks;
mod pool;
mod serial;

use std::error::Error;
use std::sync::Arc;

use crate::index::Index;
use crate::walk::Corpus;

/// What a rung returns: the index, or why it gave up. A file that cannot be read is no reason.
pub(crate) type Outcome = Result<Index, Box<dyn Error>>;

/// One way to do the work.
pub(crate) struct Rung {
    /// What `--rung` calls it.
    pub(crate) key: &'static str,
    /// What the table and the complaints call it.
    pub(crate) title: &'static str,
    /// Indexes the whole corpus with so many threads.
    pub(crate) index: fn(&Arc<Corpus>, usize) -> Outcome,
}

/// What the rungs are compared with.
pub(crate) const SERIAL: Rung = Rung {
    key: "serial",
    title: "serial",
    index: serial::index,
};

/// The rungs, from the lowest to the highest.
pub(crate) const RUNGS: [Rung; 4] = [
    Rung {
        key: "1",
        title: "rung 1: Mutex and Semaphore",
        index: locks::index,
    },
    Rung {
        key: "2",
        title: "rung 2: Queue and WorkerPool",
        index: pool::index,
    },
    Rung {
        key: "3",
        title: "rung 3: ThreadPoolExecutor::map",
        index: executor::index,
    },
    Rung {
        key: "4",
        title: "rung 4: active object, Addr",
        index: active::index,
    },
];
