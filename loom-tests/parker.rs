//! Driving a future in a thread.

use super::support::{Bound::*, model};
use crate::sync::Event;
use crate::wait::block_on;
use loom::thread;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

/// Two threads, exhaustive. Kills: a drive inside a drive that shares its parker.
#[test]
fn an_inner_wait_does_not_swallow_the_wake_up_of_the_outer() {
    let name = "an_inner_wait_does_not_swallow_the_wake_up_of_the_outer";
    model(name, Exhaustive, 50, || {
        let events = Arc::new([Event::new(false), Event::new(false)]);
        let setter = events.clone();
        let setter = thread::spawn(move || setter.iter().for_each(Event::set));
        let mut outer = pin!(events[0].wait_async());
        let mut blocked = false;
        block_on(poll_fn(|cx| {
            let polled = outer.as_mut().poll(cx);
            if polled.is_pending() && !std::mem::replace(&mut blocked, true) {
                events[1].wait();
            }
            polled
        }));
        setter.join().unwrap();
    });
}

/// Two threads, exhaustive. Wakers are woken by value and by reference. Kills: either that does
/// not unpark.
#[test]
fn a_waker_wakes_by_value_and_by_reference() {
    for by_reference in [true, false] {
        let name = format!("a_waker_wakes_by_value_and_by_reference ({by_reference})");
        model(&name, Exhaustive, 2, move || {
            let done = Arc::new(crate::sys::atomic::AtomicBool::new(false));
            let mut waker_thread = None;
            block_on(poll_fn(|cx| {
                use crate::sys::atomic::Ordering::Relaxed;
                if waker_thread.is_none() {
                    let (done, waker) = (done.clone(), cx.waker().clone());
                    waker_thread = Some(thread::spawn(move || {
                        done.store(true, Relaxed);
                        match by_reference {
                            true => waker.wake_by_ref(),
                            false => waker.wake(),
                        }
                    }));
                }
                // Relaxed is enough to see it after the wake: waking publishes.
                match done.load(Relaxed) {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            }));
            waker_thread.take().unwrap().join().unwrap();
        });
    }
}
