//! The future that is ready at a time.

use super::timer::{Alarm, wake_at};
use crate::sys::{clock, clock::Instant};
use std::pin::Pin;
use std::task::{Context, Poll, RawWakerVTable, Waker};

/// Which waker an alarm calls: what [`Waker::will_wake`] looks at, without a reference of its own. No
/// other can be taken for it as long as the alarm has it; and an alarm that has it no more was
/// called, so that its time has come, and nobody asks.
#[derive(Debug, PartialEq, Eq)]
struct Known(usize, usize);

impl Known {
    fn of(waker: &Waker) -> Self {
        let vtable: *const RawWakerVTable = waker.vtable();
        Self(waker.data().addr(), vtable.addr())
    }
}

/// Ready at a time, or never. Dropped, it leaves nothing behind.
///
/// *Panics* when it is polled and the system starts no thread for the timer.
#[derive(Debug)]
pub(crate) struct Sleep {
    deadline: Option<Instant>,
    /// What wakes the task, and which waker it calls.
    alarm: Option<(Alarm, Known)>,
}

impl Sleep {
    /// Sleeps until `deadline`; `None` is never.
    pub(crate) fn until(deadline: Option<Instant>) -> Self {
        Self {
            deadline,
            alarm: None,
        }
    }

    /// When it is ready; `None` is never.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Sees to it that the alarm calls this waker.
    fn arrange(&mut self, deadline: Instant, waker: &Waker) {
        let known = Known::of(waker);
        if matches!(&self.alarm, Some((_, other)) if *other == known) {
            return;
        }
        // The old one goes after that: so the timer is not without an alarm in between, and rests.
        match wake_at(deadline, waker.clone()) {
            Ok(alarm) => self.alarm = Some((alarm, known)),
            Err(error) => panic!("the system starts no thread for the timer: {error}"),
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.deadline else {
            return Poll::Pending;
        };
        if deadline <= clock::horizon() {
            self.alarm = None;
            return Poll::Ready(());
        }
        self.arrange(deadline, cx.waker());
        Poll::Pending
    }
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::ptr;
    use std::task::RawWaker;
    use std::time::Duration;

    thread_local! {
        static CLONES: Cell<u32> = const { Cell::new(0) };
    }

    static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, |_| {}, |_| {}, |_| {});

    fn clone(data: *const ()) -> RawWaker {
        CLONES.set(CLONES.get() + 1);
        RawWaker::new(data, &VTABLE)
    }

    #[test]
    fn a_sleep_that_is_polled_again_keeps_its_alarm() {
        // SAFETY: it does nothing but count, and holds nothing.
        let waker = unsafe { Waker::from_raw(clone(ptr::null())) };
        let mut nap = Sleep::until(Some(clock::now() + Duration::from_secs(3600)));
        for _ in 0..3 {
            let polled = Pin::new(&mut nap).poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
        }
        assert_eq!(CLONES.get(), 2, "this one, and that of the alarm");
    }
}
