//! Starting several workers whose starter wants to know how that went.

use crate::panic::discard;
use crate::sync::Event;
use crate::sys::{Arc, Mutex};
use std::io;

/// Workers that start together.
#[derive(Debug)]
pub(super) struct Launch {
    /// Whether none is to work where one cannot.
    all_or_none: bool,
    tally: Mutex<Tally>,
    /// Is set when all have reported.
    decided: Event,
}

#[derive(Debug)]
struct Tally {
    /// How many have yet to report.
    pending: usize,
    /// Whether one could not start.
    failed: bool,
    /// Why the first could not.
    failure: Option<io::Error>,
}

impl Launch {
    /// A launch of `workers`, which are more than none.
    pub(super) fn new(workers: usize, all_or_none: bool) -> Arc<Self> {
        Arc::new(Self {
            all_or_none,
            tally: Mutex::new(Tally {
                pending: workers,
                failed: false,
                failure: None,
            }),
            decided: Event::new(false),
        })
    }

    /// `workers` of them have started, or not.
    pub(super) fn report(&self, workers: usize, started: io::Result<()>) {
        let mut tally = self.tally.lock();
        tally.pending -= workers;
        let decided = tally.pending == 0;
        let mut unused = started.err();
        tally.failed |= unused.is_some();
        if tally.failure.is_none() {
            tally.failure = unused.take();
        }
        drop(tally);
        // It may hold the payload of a panic.
        discard(unused);
        if decided {
            self.decided.set();
        }
    }

    /// Whether a worker that has started is to work. It waits for the others if need be.
    pub(super) fn is_go(&self) -> bool {
        if !self.all_or_none {
            return true;
        }
        self.decided.wait();
        !self.tally.lock().failed
    }

    /// Waits for all, and gives the first failure.
    pub(super) fn outcome(&self) -> io::Result<()> {
        self.decided.wait();
        self.tally.lock().failure.take().map_or(Ok(()), Err)
    }
}
