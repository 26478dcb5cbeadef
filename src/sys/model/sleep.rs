//! Falling asleep and waking: loom's `park`, made safe.
//!
//! loom's own token cannot be trusted: to give it orders the two threads even where nobody parks,
//! it is lost where a mutex is released, and it breaks threads that wait for a lock. Here
//! `unpark` is called only for a thread that is known to sleep right here.
//!
//! loom switches threads at its branch points only. So whatever lies between two of them is one
//! step: to find nothing to do, with the last operation on the facade, and to fall asleep; to
//! change something, and to wake. No wake-up falls in between, and there is nothing to explore.

use super::clock::{self, Due, Instant};
use loom::thread::{Thread, current, park};
use std::sync::{Arc, Mutex, MutexGuard};

/// Threads that sleep until something happens. All of them are woken; each looks for itself.
#[derive(Debug, Default)]
pub(super) struct Sleepers(Mutex<State>);

/// What loom need not know of: one thread runs at a time, so the lock is always free.
#[derive(Debug, Default)]
struct State {
    threads: Vec<Thread>,
    /// Whether the clock has jumped for them.
    expired: bool,
}

impl Sleepers {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Goes to bed, does `last`, which must not be a branch point, and sleeps until woken.
    pub(super) fn sleep(&self, last: impl FnOnce()) {
        let me = current();
        self.state().threads.push(me.clone());
        last();
        park();
        self.state().threads.retain(|other| other.id() != me.id());
    }

    pub(super) fn wake_all(&self) {
        let threads = std::mem::take(&mut self.state().threads);
        threads.iter().for_each(Thread::unpark);
    }

    /// Tells them that the clock has jumped.
    pub(super) fn expire(&self) {
        self.state().expired = true;
        self.wake_all();
    }
}

/// A deadline of one of those who sleep.
pub(super) struct Alarm<'a> {
    due: Due,
    sleepers: &'a Arc<Sleepers>,
}

impl<'a> Alarm<'a> {
    /// Sets it: a branch point, if there is a deadline.
    pub(super) fn set(deadline: Option<Instant>, sleepers: &'a Arc<Sleepers>) -> Self {
        let due = deadline.map_or(Due::Never, |time| clock::watch(time, sleepers));
        Self { due, sleepers }
    }

    /// Whether the deadline is past.
    pub(super) fn rings(&self) -> bool {
        match self.due {
            Due::Over => true,
            Due::Later => self.sleepers.state().expired,
            Due::Never => false,
        }
    }
}

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if self.due == Due::Later {
            clock::unwatch(self.sleepers);
        }
    }
}
