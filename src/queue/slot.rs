//! A place in a queue, reserved before there is an item for it.

use super::error::{PushError, PushTimeoutError, TryPushError};
use super::fifo::Core;
use super::store::{Fifo, Refused, Reserve};
use crate::sys::clock::Instant;
use crate::wait::Passage;
use pin_project_lite::pin_project;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Reserving.
impl<T> Core<T> {
    pub(super) fn try_reserve(&self) -> Result<Reserved<'_, T>, TryPushError<()>> {
        match self.lines.try_turn(&mut self.reservation()) {
            Some(Ok(())) => Ok(Reserved { core: self }),
            Some(Err(Refused)) => Err(TryPushError::Closed(())),
            None => Err(TryPushError::Full(())),
        }
    }

    pub(super) fn reserve_until(
        &self,
        deadline: Option<Instant>,
    ) -> Result<Reserved<'_, T>, PushTimeoutError<()>> {
        match self.lines.turn_until(self.reservation(), deadline) {
            Some(Ok(())) => Ok(Reserved { core: self }),
            Some(Err(Refused)) => Err(PushTimeoutError::Closed(())),
            None => Err(PushTimeoutError::TimedOut(())),
        }
    }

    fn reservation(&self) -> Reserve {
        assert!(self.capacity() != Some(0), "a rendezvous has no places");
        Reserve
    }
}

/// A reserved place; dropped, it is given back.
pub(super) struct Reserved<'a, T> {
    core: &'a Core<T>,
}

impl<T> Reserved<'_, T> {
    /// Puts an item there; without it where the queue was closed.
    pub(super) fn push(self, item: T) -> Result<(), PushError<T>> {
        // Given back in the same step.
        let lines = &ManuallyDrop::new(self).core.lines;
        let mut item = Some(item);
        lines.alter(|inside, _| lines.store().redeem(inside, &mut item));
        match item {
            None => Ok(()),
            Some(item) => Err(PushError(item)),
        }
    }
}

impl<T> Drop for Reserved<'_, T> {
    fn drop(&mut self) {
        self.core.lines.alter(|inside, _| inside.reserved -= 1);
    }
}

pin_project! {
    /// Reserves a place.
    pub(super) struct Reserving<'a, T> {
        core: &'a Core<T>,
        #[pin]
        passage: Passage<'a, Fifo<T>, Reserve>,
    }
}

impl<'a, T> Reserving<'a, T> {
    pub(super) fn new(core: &'a Core<T>) -> Self {
        Self {
            core,
            passage: Passage::new(&core.lines, core.reservation()),
        }
    }
}

impl<'a, T> Future for Reserving<'a, T> {
    type Output = Result<Reserved<'a, T>, PushError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        Poll::Ready(match ready!(this.passage.poll(cx)) {
            Ok(()) => Ok(Reserved { core: this.core }),
            Err(Refused) => Err(PushError(())),
        })
    }
}
