//! A thread that drives a future and sleeps in between.
//!
//! The thread is handed out as a `Waker` over its parker. Each thread keeps one parker for
//! reuse; a drive inside a drive (a blocking call made while a future is polled) finds it taken
//! and makes its own, so the inner one cannot swallow a wake-up of the outer.

use crate::sys::{Arc, clock, clock::Instant, thread, thread::Parker, thread_local_on_both_faces};
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Wake, Waker};

/// A parker that can be handed out as a waker.
struct Sleeper(Parker);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

/// A parker and the waker that unparks it.
struct Seat {
    sleeper: Arc<Sleeper>,
    waker: Waker,
}

impl Seat {
    fn new() -> Self {
        let sleeper = Arc::new(Sleeper(Parker::new()));
        let waker = Waker::from(sleeper.clone());
        Self { sleeper, waker }
    }
}

thread_local_on_both_faces! {
    /// This thread's seat, while nobody sits on it.
    static SEAT: Cell<Option<Seat>> = Cell::new(None);
}

/// Drives `future` to its end, sleeping while it is pending.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    match block_until(future, None) {
        Some(output) => output,
        None => unreachable!("a wait without a deadline does not time out"),
    }
}

/// Drives `future` until it ends or the deadline comes, and drops it. It is polled at least
/// once, even where the deadline is past.
pub(crate) fn block_until<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    // A thread whose locals are gone already (it is in their destructors) makes do without.
    let seat = SEAT.try_with(Cell::take).ok().flatten();
    let seat = seat.unwrap_or_else(Seat::new);
    let output = drive(pin!(future), deadline, &seat);
    let _ = SEAT.try_with(|slot| slot.set(Some(seat)));
    output
}

/// A way to wait: polls what it is given until that is ready, or the deadline has come, once at
/// least; in between, the thread sleeps.
pub(crate) type Block = fn(&mut dyn FnMut(&mut Context<'_>) -> Poll<()>, Option<Instant>);

/// The thread does nothing but sleep.
pub(crate) fn block(poll: &mut dyn FnMut(&mut Context<'_>) -> Poll<()>, deadline: Option<Instant>) {
    block_until(poll_fn(poll), deadline);
}

fn drive<F: Future>(
    mut future: Pin<&mut F>,
    deadline: Option<Instant>,
    seat: &Seat,
) -> Option<F::Output> {
    let mut cx = Context::from_waker(&seat.waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Some(output);
        }
        let parker = &seat.sleeper.0;
        match thread::spin(|| parker.try_take().then_some(())) {
            // Woken again and again, it still gives up in time.
            Some(()) if deadline.is_some_and(|deadline| deadline <= clock::now()) => return None,
            Some(()) => {}
            None if parker.park(deadline) => {}
            None => return None,
        }
    }
}
