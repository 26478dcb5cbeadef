//! The ways out of a queue: one item, or many at once.

use super::error::{PopError, PopTimeoutError, TryPopError};
use super::feed::{Gather, Sink};
use super::fifo::Core;
use super::store::{Fifo, Take};
use crate::sys::clock::Instant;
use crate::wait::Passage;
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Popping.
impl<T> Core<T> {
    #[inline]
    pub(super) fn try_pop(&self) -> Result<T, TryPopError> {
        match self.lines.pop() {
            Some(item) => Ok(item),
            None => self.try_pop_slowly(),
        }
    }

    #[cold]
    fn try_pop_slowly(&self) -> Result<T, TryPopError> {
        let mut item = None;
        match self.lines.try_turn(&mut Take(&mut item)) {
            Some(Ok(())) => Ok(taken(item)),
            Some(Err(PopError)) => Err(TryPopError::Closed),
            None => Err(TryPopError::Empty),
        }
    }

    #[inline]
    pub(super) fn pop_until(&self, deadline: Option<Instant>) -> Result<T, PopTimeoutError> {
        match self.lines.pop() {
            Some(item) => Ok(item),
            None => self.pop_slowly(deadline),
        }
    }

    #[cold]
    fn pop_slowly(&self, deadline: Option<Instant>) -> Result<T, PopTimeoutError> {
        let mut item = None;
        match self.lines.wait(Take(&mut item), deadline) {
            Some(Ok(())) => Ok(taken(item)),
            Some(Err(PopError)) => Err(PopTimeoutError::Closed),
            None => Err(PopTimeoutError::TimedOut),
        }
    }
}

/// Popping many at once.
impl<T> Core<T> {
    pub(super) fn try_pop_many(&self, into: &mut Vec<T>, max: usize) -> Result<usize, TryPopError> {
        if max == 0 {
            return Ok(0);
        }
        let mut gather = self.gather(into, max);
        match self.lines.try_turn(&mut Take(&mut gather)) {
            Some(Ok(())) => Ok(self.top_up(&mut gather)),
            Some(Err(PopError)) => Err(TryPopError::Closed),
            None => Err(TryPopError::Empty),
        }
    }

    pub(super) fn pop_many_until(
        &self,
        into: &mut Vec<T>,
        max: usize,
        deadline: Option<Instant>,
    ) -> Result<usize, PopTimeoutError> {
        if max == 0 {
            return Ok(0);
        }
        let mut gather = self.gather(into, max);
        match self.lines.turn_until(Take(&mut gather), deadline) {
            Some(Ok(())) => Ok(self.top_up(&mut gather)),
            Some(Err(PopError)) => Err(PopTimeoutError::Closed),
            None => Err(PopTimeoutError::TimedOut),
        }
    }

    /// What takes up to `max` items, with memory for those that are there now.
    fn gather<'a>(&self, into: &'a mut Vec<T>, max: usize) -> Gather<'a, T> {
        Gather::new(into, max, self.len())
    }

    /// What was taken, and as much more of what is there now as may be. (The first look was for
    /// what was there before, and went to the end of a block.)
    fn top_up(&self, gather: &mut Gather<'_, T>) -> usize {
        if gather.is_short() {
            gather.extend(self.len());
            while gather.room() > 0 {
                match self.lines.try_turn(&mut Take(&mut *gather)) {
                    Some(Ok(())) => {}
                    _ => break,
                }
            }
        }
        gather.taken()
    }

    pub(super) fn drain(&self) -> Vec<T> {
        let mut items = Vec::new();
        // (What comes meanwhile is left.)
        let _ = self.try_pop_many(&mut items, usize::MAX);
        items
    }
}

/// The item of a pop that went.
fn taken<T>(item: Option<T>) -> T {
    item.expect("a pop that went has an item")
}

pin_project! {
    /// Pops an item.
    pub(super) struct Popping<'a, T> {
        #[pin]
        passage: Passage<'a, Fifo<T>, Take<Option<T>>>,
    }
}

impl<'a, T> Popping<'a, T> {
    pub(super) fn new(core: &'a Core<T>) -> Self {
        Self {
            passage: Passage::new(&core.lines, Take(None)),
        }
    }
}

impl<T> Future for Popping<'_, T> {
    type Output = Result<T, PopError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut passage = self.project().passage;
        if !passage
            .as_mut()
            .try_first(|lines, take| lines.pop_into(&mut take.0))
        {
            ready!(passage.as_mut().poll(cx))?;
        }
        Poll::Ready(Ok(taken(passage.turn().0.take())))
    }
}

pin_project! {
    /// Pops one item or more.
    pub(super) struct PoppingMany<'a, T> {
        core: &'a Core<T>,
        #[pin]
        passage: Passage<'a, Fifo<T>, Take<Gather<'a, T>>>,
    }
}

impl<'a, T> PoppingMany<'a, T> {
    pub(super) fn new(core: &'a Core<T>, into: &'a mut Vec<T>, max: usize) -> Self {
        let take = Take(core.gather(into, max));
        Self {
            core,
            passage: Passage::new(&core.lines, take),
        }
    }
}

impl<T> Future for PoppingMany<'_, T> {
    type Output = Result<usize, PopError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (core, mut passage) = (this.core, this.passage);
        if passage.as_mut().turn().0.room() == 0 {
            return Poll::Ready(Ok(0));
        }
        ready!(passage.as_mut().poll(cx))?;
        Poll::Ready(Ok(core.top_up(&mut passage.turn().0)))
    }
}
