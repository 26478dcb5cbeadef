//! The ways into a queue: one item, or many at once.

use super::error::{PushError, PushTimeoutError, TryPushError};
use super::feed::{Batch, Feed};
use super::fifo::Core;
use super::store::{Fifo, Put, Refused};
use crate::sys::clock::Instant;
use crate::wait::Passage;
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Pushing.
impl<T> Core<T> {
    #[inline]
    pub(super) fn try_push(&self, item: T) -> Result<(), TryPushError<T>> {
        match self.lines.push(item) {
            None => Ok(()),
            Some(item) => self.try_push_slowly(item),
        }
    }

    #[cold]
    fn try_push_slowly(&self, item: T) -> Result<(), TryPushError<T>> {
        let mut item = Some(item);
        match self.lines.try_turn(&mut Put::new(&mut item)) {
            Some(Ok(())) => Ok(()),
            Some(Err(Refused)) => Err(TryPushError::Closed(kept(item))),
            None => Err(TryPushError::Full(kept(item))),
        }
    }

    #[inline]
    pub(super) fn push_until(
        &self,
        item: T,
        deadline: Option<Instant>,
    ) -> Result<(), PushTimeoutError<T>> {
        match self.lines.push(item) {
            None => Ok(()),
            Some(item) => self.push_slowly(item, deadline),
        }
    }

    #[cold]
    fn push_slowly(&self, item: T, deadline: Option<Instant>) -> Result<(), PushTimeoutError<T>> {
        let mut item = Some(item);
        match self.lines.wait(Put::new(&mut item), deadline) {
            Some(Ok(())) => Ok(()),
            Some(Err(Refused)) => Err(PushTimeoutError::Closed(kept(item))),
            None => match item {
                Some(item) => Err(PushTimeoutError::TimedOut(item)),
                // At a rendezvous it was taken in the last moment.
                None => Ok(()),
            },
        }
    }

    pub(super) fn force_push(&self, item: T) -> Result<Option<T>, PushError<T>> {
        let mut item = Some(item);
        let mut evicted = None;
        let store = self.lines.store();
        let forced = self
            .lines
            .alter(|inside, waiting| store.force(inside, waiting, &mut item, &mut evicted));
        match forced {
            Ok(()) => Ok(evicted.or(item)),
            Err(Refused) => Err(PushError(kept(item))),
        }
    }
}

/// Pushing many at once.
impl<T> Core<T> {
    pub(super) fn try_push_many(&self, items: &mut Vec<T>) -> Result<usize, TryPushError<()>> {
        let mut put = Put::new(Batch::new(items));
        while put.feed.left() > 0 {
            let stopped = match self.lines.try_turn(&mut put) {
                Some(Ok(())) => continue,
                Some(Err(Refused)) => TryPushError::Closed(()),
                None => TryPushError::Full(()),
            };
            return match put.feed.gone() {
                0 => Err(stopped),
                gone => Ok(gone),
            };
        }
        Ok(put.feed.gone())
    }

    pub(super) fn push_many_until(
        &self,
        items: &mut Vec<T>,
        deadline: Option<Instant>,
    ) -> Result<(), PushTimeoutError<()>> {
        let mut batch = Batch::new(items);
        while batch.left() > 0 {
            match self.lines.turn_until(Put::new(&mut batch), deadline) {
                Some(Ok(())) => {}
                Some(Err(Refused)) => return Err(PushTimeoutError::Closed(())),
                // At a rendezvous the last may have been taken in the last moment.
                None if batch.left() == 0 => {}
                None => return Err(PushTimeoutError::TimedOut(())),
            }
        }
        Ok(())
    }
}

/// The item of a push that failed.
fn kept<T>(item: Option<T>) -> T {
    item.expect("a push that fails keeps its item")
}

pin_project! {
    /// Pushes an item.
    pub(super) struct Pushing<'a, T> {
        #[pin]
        passage: Passage<'a, Fifo<T>, Put<Option<T>>>,
    }
}

impl<'a, T> Pushing<'a, T> {
    pub(super) fn new(core: &'a Core<T>, item: T) -> Self {
        Self {
            passage: Passage::new(&core.lines, Put::new(Some(item))),
        }
    }
}

impl<T> Future for Pushing<'_, T> {
    type Output = Result<(), PushError<T>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut passage = self.project().passage;
        if passage
            .as_mut()
            .try_first(|lines, put| lines.push_from(&mut put.feed))
        {
            return Poll::Ready(Ok(()));
        }
        Poll::Ready(match ready!(passage.as_mut().poll(cx)) {
            Ok(()) => Ok(()),
            Err(Refused) => Err(PushError(kept(passage.turn().feed.take()))),
        })
    }
}

pin_project! {
    /// Pushes all items of a `Vec`, as many at a time as there is room for.
    pub(super) struct PushingMany<'a, T> {
        #[pin]
        passage: Passage<'a, Fifo<T>, Put<Batch<'a, T>>>,
    }
}

impl<'a, T> PushingMany<'a, T> {
    pub(super) fn new(core: &'a Core<T>, items: &'a mut Vec<T>) -> Self {
        Self {
            passage: Passage::new(&core.lines, Put::new(Batch::new(items))),
        }
    }
}

impl<T> Future for PushingMany<'_, T> {
    type Output = Result<(), PushError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut passage = self.project().passage;
        loop {
            // (One that waits at a rendezvous has laid its item out.)
            if !passage.waits() && passage.as_mut().turn().feed.left() == 0 {
                return Poll::Ready(Ok(()));
            }
            if let Err(Refused) = ready!(passage.as_mut().poll(cx)) {
                return Poll::Ready(Err(PushError(())));
            }
            passage.as_mut().renew();
        }
    }
}
