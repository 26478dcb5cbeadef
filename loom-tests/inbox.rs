//! Models of `wait::inbox` and `wait::wakeup`. What is built of them has models of its own (`local`,
//! `task`, `many`, `map`); these are of what all of that relies on.

use super::support::{Bound::*, CountWaker, caught, model, noop_waker, spawn, throw};
use crate::wait::{Inbox, Wakeup};
use std::ptr;
use std::sync::Arc;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};

/// Two threads, exhaustive, 9 executions. An item comes while the inbox is polled by one, and then by
/// another. Kills: a poll that keeps the waker of the one before; a waker that is kept although its poll has
/// found something, or although it was called.
#[test]
fn the_last_to_poll_an_inbox_is_woken_once() {
    let name = "the_last_to_poll_an_inbox_is_woken_once";
    model(name, Exhaustive, 3, || {
        let inbox = Arc::new(Inbox::new());
        let wakes = [CountWaker::new(), CountWaker::new()];
        let poll = |n: usize| inbox.poll_pop(&Context::from_waker(&wakes[n].waker()));
        assert!(poll(0).is_pending());
        let sender = inbox.clone();
        let sender = spawn(move || sender.push(7));
        let polled = poll(1);
        sender.join().unwrap();
        match polled {
            Poll::Ready(item) => assert_eq!((item, wakes[0].wakes()), (7, 1)),
            Poll::Pending => {
                let woken = [0, 1].map(|n| wakes[n].wakes());
                assert_eq!((woken, poll(1)), ([0, 1], Poll::Ready(7)));
            }
        }
        assert_eq!([0, 1].map(|n| wakes[n].held()), [0, 0]);
    });
}

/// Puts something into an inbox when it is dropped, and when it is called, which panics.
struct Pushing(Arc<Inbox<u32>>);

impl Drop for Pushing {
    fn drop(&mut self) {
        self.0.push(2);
    }
}

impl Wake for Pushing {
    fn wake(self: Arc<Self>) {
        self.0.push(1);
        throw("an item");
    }
}

/// A waker that puts something into an inbox, which is leaked, when it is cloned.
fn pushing_when_cloned(inbox: &'static Inbox<u32>) -> Waker {
    fn clone(inbox: *const ()) -> RawWaker {
        // SAFETY: it was leaked, in `pushing_when_cloned`.
        let inbox = unsafe { &*inbox.cast::<Inbox<u32>>() };
        inbox.push(3);
        RawWaker::new(ptr::from_ref(inbox).cast(), &VTABLE)
    }
    static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, |_| {}, |_| {}, |_| {});
    let raw = RawWaker::new(ptr::from_ref(inbox).cast(), &VTABLE);
    // SAFETY: all of its functions may be called in any thread, as often as one likes.
    unsafe { Waker::from_raw(raw) }
}

/// One thread. Kills (deadlocks): a waker that is cloned, called or dropped under the lock; one whose
/// panic meets who pushes.
#[test]
fn a_waker_may_use_the_inbox_and_panic() {
    model("a_waker_may_use_the_inbox_and_panic", Exhaustive, 1, || {
        let inbox = Arc::new(Inbox::new());
        let poll = |waker: Waker| inbox.poll_pop(&Context::from_waker(&waker));
        let pushing = || Waker::from(Arc::new(Pushing(inbox.clone())));
        assert!(poll(pushing()).is_pending());
        // Replaced, it is dropped.
        assert!(poll(noop_waker()).is_pending());
        assert_eq!(poll(noop_waker()), Poll::Ready(2));
        assert!(poll(pushing()).is_pending());
        assert!(caught(|| inbox.push(0)).is_ok());
        let all = [(); 3].map(|()| inbox.try_pop());
        assert_eq!(all, [Some(0), Some(1), Some(2)]);

        let inbox = Box::leak(Box::new(Inbox::new()));
        let waker = pushing_when_cloned(inbox);
        let polled = inbox.poll_pop(&Context::from_waker(&waker));
        assert_eq!(polled, Poll::Ready(3));
    });
}

/// Three threads, exhaustive, 9 executions. Kills: a wakeup that puts its number there although it is
/// scheduled, from the beginning or by another wake.
#[test]
fn what_is_scheduled_is_in_the_inbox_once() {
    let name = "what_is_scheduled_is_in_the_inbox_once";
    model(name, Exhaustive, 2, || {
        let inbox = Arc::new(Inbox::<usize>::new());
        let wakeup = Wakeup::new(7, inbox.clone());
        wakeup.wake_by_ref();
        assert!(inbox.is_empty(), "the caller sees to it");
        wakeup.begin();
        let threads = [(); 2].map(|()| {
            let waker = Waker::from(wakeup.clone());
            spawn(move || waker.wake())
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!((inbox.try_pop(), inbox.try_pop()), (Some(7), None));
    });
}
