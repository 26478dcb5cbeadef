//! Whether something is to be polled, and a waker for one of many: it puts a number into an inbox,
//! once until that is taken up.
//!
//! # Ordering
//!
//! A poll acquires what every waker before it released, by the one word; the inbox's lock alone
//! would order it after those only that put the number there.

use super::Inbox;
use crate::sys::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use std::task::Wake;

/// Whether it is to be polled: then somebody sees to it, and who wakes it need not.
pub(crate) struct Scheduled(AtomicUsize);

impl Scheduled {
    /// It is: who makes it sees to its first poll.
    pub(crate) fn new() -> Self {
        Self(AtomicUsize::new(1))
    }

    /// A poll begins: from here on a wake schedules it again.
    pub(crate) fn begin(&self) {
        // ORDERING: Acquire, partner of the Release in `wake`; a swap, which reads the last of
        // them. Model: `a_local_poll_sees_what_its_wakers_wrote`.
        self.0.swap(0, Ordering::Acquire);
    }

    /// Schedules it; whether it is the caller who has to see to the poll.
    #[must_use = "it is not polled otherwise"]
    pub(crate) fn wake(&self) -> bool {
        // ORDERING: Release, partner of the Acquire in `begin`: the poll sees what we did, also
        // where it is scheduled already. Model: `a_local_poll_sees_what_its_wakers_wrote`.
        self.0.swap(1, Ordering::Release) == 0
    }
}

/// What is woken.
pub(crate) struct Wakeup {
    number: usize,
    inbox: Arc<Inbox<usize>>,
    scheduled: Scheduled,
}

impl Wakeup {
    /// One that is scheduled: its number is put into the inbox by the caller.
    pub(crate) fn new(number: usize, inbox: Arc<Inbox<usize>>) -> Arc<Self> {
        Arc::new(Self {
            number,
            inbox,
            scheduled: Scheduled::new(),
        })
    }

    /// A poll begins: from here on a wake schedules it again.
    pub(crate) fn begin(&self) {
        self.scheduled.begin();
    }
}

impl Wake for Wakeup {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.scheduled.wake() {
            self.inbox.push(self.number);
        }
    }
}
