//! The parker under loom: the native one, with its orderings, over [`Sleepers`].

use super::atomic::{AtomicBool, Ordering};
use super::clock::Instant;
use super::sleep::{Alarm, Sleepers};
use loom::thread::{ThreadId, current};
use std::sync::Arc;

/// A token that one thread waits for and any thread gives.
#[derive(Debug)]
pub(crate) struct Parker {
    /// The token.
    given: AtomicBool,
    /// Who parks.
    owner: ThreadId,
    /// The owner, while it sleeps.
    sleepers: Arc<Sleepers>,
}

impl Parker {
    /// A parker for the calling thread, which alone may [`park`](Self::park) on it.
    pub(crate) fn new() -> Self {
        Self {
            given: AtomicBool::new(false),
            owner: current().id(),
            sleepers: Arc::default(),
        }
    }

    /// Takes the token if it is there.
    pub(crate) fn try_take(&self) -> bool {
        // ORDERING: as in the native parker.
        self.given.load(Ordering::Relaxed) && self.given.swap(false, Ordering::Acquire)
    }

    /// Sleeps until the token is there, and takes it; `false` where the deadline came first.
    pub(crate) fn park(&self, deadline: Option<Instant>) -> bool {
        assert_eq!(self.owner, current().id(), "somebody else's parker");
        let alarm = Alarm::set(deadline, &self.sleepers);
        loop {
            // ORDERING: as in the native parker.
            if self.given.swap(false, Ordering::Acquire) {
                return true;
            }
            if alarm.rings() {
                return false;
            }
            self.sleepers.sleep(|| {});
        }
    }

    /// Gives the token.
    pub(crate) fn unpark(&self) {
        // ORDERING: as in the native parker.
        if !self.given.swap(true, Ordering::Release) {
            self.sleepers.wake_all();
        }
    }
}
