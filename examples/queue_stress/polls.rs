//! Futures that are polled a few times and then dropped, by tasks that nobody would want; and
//! streams of which a little is taken.

use std::future::poll_fn;
use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use futures_core::Stream;
use rungs::future::block_on;

use crate::forms::Refusal;
use crate::rng::mix;

/// How a future is polled before it is dropped, unless it is ready.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Polls {
    pub(crate) times: u32,
    /// Decides which waker each poll has.
    pub(crate) seed: u64,
}

/// A waker that panics; quietly, as no hook is called.
struct Panicking;

impl Wake for Panicking {
    fn wake(self: Arc<Self>) {
        resume_unwind(Box::new("this waker panics"));
    }
}

impl Polls {
    /// The future's output, or `None` where it was dropped before it had one.
    pub(crate) fn drive<F: Future>(self, future: F) -> Option<F::Output> {
        let panicking = Waker::from(Arc::new(Panicking));
        let mut future = pin!(future);
        for time in 0..self.times {
            let waker = match mix(self.seed ^ u64::from(time)) % 2 {
                0 => &panicking,
                _ => Waker::noop(),
            };
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(waker)) {
                return Some(output);
            }
            thread::yield_now();
        }
        None
    }

    /// The same where dropping it loses nothing.
    pub(crate) fn once<T, E, F>(self, future: F) -> Result<T, Refusal>
    where
        F: Future<Output = Result<T, E>>,
        Refusal: From<E>,
    {
        match self.drive(future) {
            Some(output) => Ok(output?),
            None => Err(Refusal::NotNow),
        }
    }

    /// The same for what a stream has next.
    pub(crate) fn next<S: Stream>(self, stream: S) -> Result<S::Item, Refusal> {
        let mut stream = pin!(stream);
        match self.drive(poll_fn(|cx| stream.as_mut().poll_next(cx))) {
            Some(next) => next.ok_or(Refusal::Closed),
            None => Err(Refusal::NotNow),
        }
    }
}

/// Up to `most` items of a stream, of which it waits for the first alone. The stream is dropped
/// then, perhaps in line.
pub(crate) fn some_of<S: Stream>(stream: S, most: usize) -> Result<Vec<S::Item>, Refusal> {
    let mut stream = pin!(stream);
    let first = block_on(poll_fn(|cx| stream.as_mut().poll_next(cx)));
    let mut items = vec![first.ok_or(Refusal::Closed)?];
    let mut no_task = Context::from_waker(Waker::noop());
    while items.len() < most {
        match stream.as_mut().poll_next(&mut no_task) {
            Poll::Ready(Some(item)) => items.push(item),
            _ => break,
        }
    }
    Ok(items)
}
