//! Starting several workers whose starter wants to know how that went.

use crate::panic::discard;
use crate::sync::Latch;
use crate::sys::{Arc, Mutex};
use std::io;

/// Workers that start together.
#[derive(Debug)]
pub(crate) struct Launch {
    /// Whether none is to work where one cannot.
    all_or_none: bool,
    /// Why workers could not start. What the last says is kept until somebody asks.
    failures: Mutex<Failures>,
    /// How many have yet to report.
    pending: Latch,
}

#[derive(Debug, Default)]
struct Failures {
    any: bool,
    last: Option<io::Error>,
}

impl Launch {
    /// A launch of `workers`.
    pub(crate) fn new(workers: usize, all_or_none: bool) -> Arc<Self> {
        Arc::new(Self {
            all_or_none,
            failures: Mutex::default(),
            pending: Latch::new(workers),
        })
    }

    /// `workers` of them have started, or not.
    pub(crate) fn report(&self, workers: usize, started: io::Result<()>) {
        if let Err(error) = started {
            let mut failures = self.failures.lock();
            failures.any = true;
            let unused = failures.last.replace(error);
            drop(failures);
            // It may hold the payload of a panic.
            discard(unused);
        }
        self.pending.count_down_by(workers);
    }

    /// Whether a worker that has started is to work. It waits for the others if need be.
    pub(crate) fn is_go(&self) -> bool {
        if !self.all_or_none {
            return true;
        }
        self.pending.wait();
        !self.failures.lock().any
    }

    /// Waits for all, and gives a failure, if there is one.
    pub(crate) fn outcome(&self) -> io::Result<()> {
        self.pending.wait();
        self.failures.lock().last.take().map_or(Ok(()), Err)
    }
}
