//! A waker for one of many: it puts a number into an inbox, once until that is taken up.
//!
//! # Ordering
//!
//! A poll acquires what every waker before it released, by `scheduled`; the inbox's lock alone would
//! order it after those only that put the number there.

use super::Inbox;
use crate::sys::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use std::task::Wake;

/// What is woken.
pub(crate) struct Wakeup<T> {
    number: usize,
    inbox: Arc<Inbox<T>>,
    /// Not 0 where it is to be polled: its number is in the inbox, or somebody else sees to it.
    scheduled: AtomicUsize,
}

impl<T: From<usize>> Wakeup<T> {
    /// One that is scheduled: its number is put into the inbox by the caller, when it is due.
    pub(crate) fn new(number: usize, inbox: Arc<Inbox<T>>) -> Arc<Self> {
        Arc::new(Self {
            number,
            inbox,
            scheduled: AtomicUsize::new(1),
        })
    }

    /// A poll begins: from here on a wake schedules it again.
    pub(crate) fn begin(&self) {
        // ORDERING: Acquire, partner of the Release in `wake_by_ref`; a swap, which reads the last
        // of them. Model: `a_local_poll_sees_what_its_wakers_wrote`.
        self.scheduled.swap(0, Ordering::Acquire);
    }
}

impl<T: From<usize> + Send + 'static> Wake for Wakeup<T> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // ORDERING: Release, partner of the Acquire in `begin`: the poll sees what we did, also
        // where it is scheduled already. Model: `a_local_poll_sees_what_its_wakers_wrote`.
        if self.scheduled.swap(1, Ordering::Release) == 0 {
            self.inbox.push(self.number.into());
        }
    }
}
