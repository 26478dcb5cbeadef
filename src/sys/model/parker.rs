//! The parker under loom: the native one over loom's `park`.
//!
//! loom's own token cannot be trusted: giving it orders the two threads even where nobody parks,
//! it is lost where a mutex is released, and it breaks threads that wait for a lock. Here the
//! token is an atomic with the orderings of the native parker, and loom's `unpark` is called
//! only for a thread that sleeps right here. Looking for the token and falling asleep are one
//! step, and so are giving it and waking: there is no branch point in between.

use super::atomic::{AtomicBool, Ordering};
use super::clock::{self, Due, Expire, Instant};
use loom::thread::{Thread, ThreadId, current};
use std::sync::{Arc, Mutex};

/// A token that one thread waits for and any thread gives.
#[derive(Debug)]
pub(crate) struct Parker(Arc<Bed>);

#[derive(Debug)]
struct Bed {
    /// The token.
    given: AtomicBool,
    /// Who parks.
    owner: ThreadId,
    /// What loom need not know of: one thread runs at a time.
    sleep: Mutex<Sleep>,
}

#[derive(Debug, Default)]
struct Sleep {
    /// Who sleeps.
    sleeper: Option<Thread>,
    /// Whether the clock has jumped for it.
    expired: bool,
}

impl Parker {
    /// A parker for the calling thread, which alone may [`park`](Self::park) on it.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Bed {
            given: AtomicBool::new(false),
            owner: current().id(),
            sleep: Mutex::default(),
        }))
    }

    /// Takes the token if it is there.
    pub(crate) fn try_take(&self) -> bool {
        // ORDERING: as in the native parker.
        self.0.given.load(Ordering::Relaxed) && self.0.given.swap(false, Ordering::Acquire)
    }

    /// Sleeps until the token is there, and takes it; `false` where the deadline came first.
    pub(crate) fn park(&self, deadline: Option<Instant>) -> bool {
        assert_eq!(self.0.owner, current().id(), "somebody else's parker");
        let due = deadline.map_or(Due::Never, |time| clock::watch(time, self.0.clone()));
        let given = loop {
            // ORDERING: as in the native parker.
            if self.0.given.swap(false, Ordering::Acquire) {
                break true;
            }
            if due == Due::Over || due == Due::Later && self.0.sleep.lock().unwrap().expired {
                break false;
            }
            self.0.fall_asleep();
        };
        if due == Due::Later {
            clock::unwatch(Arc::as_ptr(&self.0).cast());
        }
        given
    }

    /// Gives the token.
    pub(crate) fn unpark(&self) {
        // ORDERING: as in the native parker.
        if !self.0.given.swap(true, Ordering::Release) {
            self.0.wake();
        }
    }
}

impl Bed {
    fn fall_asleep(&self) {
        self.sleep.lock().unwrap().sleeper = Some(current());
        loom::thread::park();
        self.sleep.lock().unwrap().sleeper = None;
    }

    fn wake(&self) {
        if let Some(sleeper) = self.sleep.lock().unwrap().sleeper.take() {
            sleeper.unpark();
        }
    }
}

impl Expire for Bed {
    fn expire(&self) {
        self.sleep.lock().unwrap().expired = true;
        self.wake();
    }
}
