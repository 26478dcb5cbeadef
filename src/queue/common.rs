//! What the queues with an order of their own do, written once for all of them: a [`Room`] in a
//! [`Monitor`], and the futures that wait there. Their faces are made by [`faces`](super::faces).

use super::error::{
    PopError, PopTimeoutError, PushError, PushTimeoutError, TryPopError, TryPushError,
};
use super::room::{Claim, Put, PutMany, Refused, Room, Shelf, Take, TakeMany};
use super::stats::Stats;
use crate::sync::Event;
use crate::sys::{Arc, Weak, clock::Instant, thread};
use crate::wait::{Monitor, Turn, Visit, block_until};
use pin_project_lite::pin_project;
use std::collections::VecDeque;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::{fmt, mem};

/// A shelf whose items may become ready by time alone, or not.
pub(super) trait Timed: Shelf {
    /// What sees to it that those who wait are called then.
    type Bell: Bell<Self>;
}

/// Calls those who wait to pop when an item has become ready by time alone.
pub(super) trait Bell<S: Timed<Bell = Self>>: Sized {
    /// The bell of a queue that is about to be there.
    fn new(core: &Weak<Core<S>>) -> Self;

    /// Sets the bell, if need be: somebody began to wait, or an item came in.
    fn set(&self, core: &Core<S>);
}

/// Where items are ready from the beginning, there is nothing to do.
impl<S: Timed<Bell = ()>> Bell<S> for () {
    fn new(_: &Weak<Core<S>>) {}

    #[inline]
    fn set(&self, _: &Core<S>) {}
}

/// What the handles of a queue share.
pub(super) struct Core<S: Timed> {
    monitor: Monitor<Room<S>>,
    /// How many items there is room for; `None`: as many as come.
    capacity: Option<usize>,
    /// Set when the queue has been closed.
    closing: Event,
    bell: S::Bell,
}

/// A handle of a queue. With the last one what is left in the queue is dropped, there and then,
/// even where a bell rings at that moment and keeps the core for as long.
pub(super) struct Handle<S: Timed>(Arc<Owner<S>>);

/// What the handles have in common.
struct Owner<S: Timed>(Arc<Core<S>>);

impl<S: Timed> Clone for Handle<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Timed> Deref for Handle<S> {
    type Target = Core<S>;

    #[inline]
    fn deref(&self) -> &Core<S> {
        &self.0.0
    }
}

impl<S: Timed> Drop for Owner<S> {
    fn drop(&mut self) {
        drop(self.0.monitor.change(Room::clear));
    }
}

impl<S: Timed> Core<S> {
    /// The first handle of a new queue.
    pub(super) fn open(capacity: Option<usize>) -> Handle<S> {
        assert!(capacity != Some(0), "`capacity` is 0");
        let core = Arc::new_cyclic(|core| Self {
            monitor: Monitor::new(Room::new(capacity.unwrap_or(usize::MAX))),
            capacity,
            closing: Event::new(false),
            bell: S::Bell::new(core),
        });
        Handle(Arc::new(Owner(core)))
    }

    pub(super) fn monitor(&self) -> &Monitor<Room<S>> {
        &self.monitor
    }

    pub(super) fn bell(&self) -> &S::Bell {
        &self.bell
    }

    fn set_bell(&self) {
        self.bell.set(self);
    }
}

/// Pushing.
impl<S: Timed> Core<S> {
    pub(super) fn push_until(
        &self,
        entry: S::Entry,
        deadline: Option<Instant>,
    ) -> Result<(), PushTimeoutError<S::Entry>> {
        let mut entry = Some(entry);
        let put = self.monitor.turn_until(Put(&mut entry), deadline);
        match put.map(|put| self.told(put)) {
            Some(Ok(())) => Ok(()),
            Some(Err(Closed)) => Err(PushTimeoutError::Closed(kept(entry))),
            None => Err(PushTimeoutError::TimedOut(kept(entry))),
        }
    }

    pub(super) fn try_push(&self, entry: S::Entry) -> Result<(), TryPushError<S::Entry>> {
        let mut entry = Some(entry);
        let put = self.monitor.try_turn(&mut Put(&mut entry));
        match put.map(|put| self.told(put)) {
            Some(Ok(())) => Ok(()),
            Some(Err(Closed)) => Err(TryPushError::Closed(kept(entry))),
            None => Err(TryPushError::Full(kept(entry))),
        }
    }

    pub(super) fn force_push(
        &self,
        entry: S::Entry,
    ) -> Result<Option<S::Item>, PushError<S::Entry>> {
        let mut entry = Some(entry);
        match self.told(self.monitor.change(|room| room.force(&mut entry))) {
            Ok(evicted) => Ok(evicted.map(S::item)),
            Err(Closed) => Err(PushError(kept(entry))),
        }
    }

    pub(super) fn push_many_until(
        &self,
        entries: &mut Vec<S::Entry>,
        deadline: Option<Instant>,
    ) -> Result<(), PushTimeoutError<()>> {
        match block_until(PushingMany::new(self, entries), deadline) {
            Some(Ok(())) => Ok(()),
            Some(Err(_)) => Err(PushTimeoutError::Closed(())),
            None => Err(PushTimeoutError::TimedOut(())),
        }
    }

    pub(super) fn try_push_many(
        &self,
        entries: &mut Vec<S::Entry>,
    ) -> Result<usize, TryPushError<()>> {
        let before = entries.len();
        if before == 0 {
            return Ok(0);
        }
        let mut turn = PutMany(VecDeque::from(mem::take(entries)));
        let put = self.monitor.try_turn(&mut turn);
        *entries = turn.0.into();
        match put.map(|put| self.told(put)) {
            Some(Ok(())) => Ok(before - entries.len()),
            Some(Err(Closed)) => Err(TryPushError::Closed(())),
            None => Err(TryPushError::Full(())),
        }
    }

    /// After a turn of somebody who puts: what came of it, in the caller's thread and not under
    /// the lock.
    fn told<R>(&self, put: Result<R, Refused>) -> Result<R, Closed> {
        match put {
            Ok(put) => {
                self.set_bell();
                Ok(put)
            }
            Err(Refused::Closed) => Err(Closed),
            Err(Refused::Panicked(panic)) => {
                // Some of a batch may have come in before.
                self.set_bell();
                panic.resume()
            }
        }
    }
}

/// The queue was closed.
struct Closed;

/// Reserving.
impl<S: Timed> Core<S> {
    pub(super) fn reserve_until(
        &self,
        deadline: Option<Instant>,
    ) -> Result<Reserved<'_, S>, PushTimeoutError<()>> {
        match self.monitor.turn_until(Claim, deadline) {
            Some(Ok(())) => Ok(Reserved { core: self }),
            Some(Err(_)) => Err(PushTimeoutError::Closed(())),
            None => Err(PushTimeoutError::TimedOut(())),
        }
    }

    pub(super) fn try_reserve(&self) -> Result<Reserved<'_, S>, TryPushError<()>> {
        match self.monitor.try_turn(&mut Claim) {
            Some(Ok(())) => Ok(Reserved { core: self }),
            Some(Err(_)) => Err(TryPushError::Closed(())),
            None => Err(TryPushError::Full(())),
        }
    }
}

/// Popping.
impl<S: Timed> Core<S> {
    #[inline]
    pub(super) fn pop_until(&self, deadline: Option<Instant>) -> Result<S::Item, PopTimeoutError> {
        let popped = match self.monitor.try_turn(&mut Take::new()) {
            Some(popped) => popped.map(S::item),
            None => self.wait(Take::new(), Popping::new(self), deadline)?,
        };
        popped.map_err(|PopError| PopTimeoutError::Closed)
    }

    /// The way through the line, after a look whether others, given the processor, push.
    #[cold]
    fn wait(
        &self,
        mut take: Take<S>,
        pop: Popping<'_, S>,
        deadline: Option<Instant>,
    ) -> Result<Result<S::Item, PopError>, PopTimeoutError> {
        match thread::spin_and_yield(|| self.monitor.try_turn(&mut take)) {
            Some(popped) => Ok(popped.map(S::item)),
            None => block_until(pop, deadline).ok_or(PopTimeoutError::TimedOut),
        }
    }

    pub(super) fn try_pop(&self) -> Result<S::Item, TryPopError> {
        match self.monitor.try_turn(&mut Take::new()) {
            Some(Ok(entry)) => Ok(S::item(entry)),
            Some(Err(PopError)) => Err(TryPopError::Closed),
            None => Err(TryPopError::Empty),
        }
    }

    pub(super) fn pop_many_until(
        &self,
        into: &mut Vec<S::Item>,
        max: usize,
        deadline: Option<Instant>,
    ) -> Result<usize, PopTimeoutError> {
        match block_until(PoppingMany::new(self, into, max), deadline) {
            Some(Ok(taken)) => Ok(taken),
            Some(Err(PopError)) => Err(PopTimeoutError::Closed),
            None => Err(PopTimeoutError::TimedOut),
        }
    }

    pub(super) fn try_pop_many(
        &self,
        into: &mut Vec<S::Item>,
        max: usize,
    ) -> Result<usize, TryPopError> {
        if max == 0 {
            return Ok(0);
        }
        let mut take = TakeMany::<S>::new(max, self.ready());
        match self.monitor.try_turn(&mut take) {
            Some(Ok(())) => Ok(unload::<S>(&mut take.taken, into)),
            Some(Err(PopError)) => Err(TryPopError::Closed),
            None => Err(TryPopError::Empty),
        }
    }

    pub(super) fn drain(&self) -> Vec<S::Item> {
        self.monitor.change(Room::drain).into_items()
    }
}

/// Closing and looking.
impl<S: Timed> Core<S> {
    pub(super) fn close(&self) {
        self.monitor.change(Room::close);
        self.closing.set();
    }

    pub(super) fn close_now(&self) -> Vec<S::Item> {
        let left = self.monitor.change(|room| {
            room.close();
            room.clear()
        });
        self.closing.set();
        left.into_items()
    }

    pub(super) fn closing(&self) -> &Event {
        &self.closing
    }

    pub(super) fn is_closed(&self) -> bool {
        self.monitor.look(Room::is_closed)
    }

    pub(super) fn len(&self) -> usize {
        self.monitor.look(Room::len)
    }

    /// How many items may come out now.
    fn ready(&self) -> usize {
        self.monitor.look(|room| room.shelf().ready())
    }

    pub(super) fn is_full(&self) -> bool {
        self.capacity.is_some() && self.monitor.look(|room| room.free() == 0)
    }

    pub(super) fn capacity(&self) -> Option<usize> {
        self.capacity
    }

    pub(super) fn stats(&self) -> Stats {
        self.monitor.peek(|room, waiting| Stats {
            len: room.len(),
            pushed: room.pushed(),
            popped: room.pushed() - room.len() as u64,
            waiting_producers: waiting.put,
            waiting_consumers: waiting.take,
        })
    }

    pub(super) fn describe(&self, f: &mut fmt::DebugStruct<'_, '_>) -> fmt::Result {
        let (len, closed) = self.monitor.look(|room| (room.len(), room.is_closed()));
        f.field("len", &len)
            .field("capacity", &self.capacity)
            .field("closed", &closed)
            .finish()
    }
}

/// The entry of a push that failed.
fn kept<E>(entry: Option<E>) -> E {
    entry.expect("a push that fails keeps its item")
}

/// Moves what was taken to where it goes, and says how much that is.
fn unload<S: Shelf>(taken: &mut Vec<S::Entry>, into: &mut Vec<S::Item>) -> usize {
    let count = taken.len();
    into.extend(taken.drain(..).map(S::item));
    count
}

/// A reserved place; dropped, it is given back.
pub(super) struct Reserved<'a, S: Timed> {
    core: &'a Core<S>,
}

impl<S: Timed> Reserved<'_, S> {
    /// Puts an item there; without it where the queue was closed.
    pub(super) fn push(self, entry: S::Entry) -> Result<(), PushError<S::Entry>> {
        let core = self.core;
        // Given back in the same step.
        mem::forget(self);
        let mut entry = Some(entry);
        match core.told(core.monitor.change(|room| room.redeem(&mut entry))) {
            Ok(()) => Ok(()),
            Err(Closed) => Err(PushError(kept(entry))),
        }
    }
}

impl<S: Timed> Drop for Reserved<'_, S> {
    fn drop(&mut self) {
        self.core.monitor.change(Room::give_back);
    }
}

pin_project! {
    /// Pushes an entry.
    pub(super) struct Pushing<'a, S>
    where
        S: Timed,
    {
        core: &'a Core<S>,
        #[pin]
        visit: Visit<'a, Room<S>, Put<Option<S::Entry>>>,
    }
}

impl<'a, S: Timed> Pushing<'a, S> {
    pub(super) fn new(core: &'a Core<S>, entry: S::Entry) -> Self {
        let visit = Visit::new(&core.monitor, Put(Some(entry)));
        Self { core, visit }
    }
}

impl<S: Timed> Future for Pushing<'_, S> {
    type Output = Result<(), PushError<S::Entry>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let put = ready!(this.visit.as_mut().poll(cx));
        Poll::Ready(match this.core.told(put) {
            Ok(()) => Ok(()),
            Err(Closed) => Err(PushError(kept(this.visit.turn().0.take()))),
        })
    }
}

pin_project! {
    /// Pushes all entries of a `Vec`, in as many turns as that takes.
    pub(super) struct PushingMany<'a, S>
    where
        S: Timed,
    {
        core: &'a Core<S>,
        #[pin]
        visit: Visit<'a, Room<S>, PutMany<S::Entry>>,
        // Where those go back that did not come in.
        home: &'a mut Vec<S::Entry>,
    }

    impl<'a, S> PinnedDrop for PushingMany<'a, S>
    where
        S: Timed,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            **this.home = mem::take(&mut this.visit.turn().0).into();
        }
    }
}

impl<'a, S: Timed> PushingMany<'a, S> {
    pub(super) fn new(core: &'a Core<S>, home: &'a mut Vec<S::Entry>) -> Self {
        let turn = PutMany(VecDeque::from(mem::take(home)));
        let visit = Visit::new(&core.monitor, turn);
        Self { core, visit, home }
    }
}

impl<S: Timed> Future for PushingMany<'_, S> {
    type Output = Result<(), PushError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        while !this.visit.as_mut().turn().0.is_empty() {
            let put = ready!(this.visit.as_mut().poll(cx));
            let left = mem::take(&mut this.visit.as_mut().turn().0);
            let next = Visit::new(&this.core.monitor, PutMany(left));
            this.visit.set(next);
            if this.core.told(put).is_err() {
                return Poll::Ready(Err(PushError(())));
            }
        }
        Poll::Ready(Ok(()))
    }
}

pin_project! {
    /// Reserves a place.
    pub(super) struct Reserving<'a, S>
    where
        S: Timed,
    {
        core: &'a Core<S>,
        #[pin]
        visit: Visit<'a, Room<S>, Claim>,
    }
}

impl<'a, S: Timed> Reserving<'a, S> {
    pub(super) fn new(core: &'a Core<S>) -> Self {
        let visit = Visit::new(&core.monitor, Claim);
        Self { core, visit }
    }
}

impl<'a, S: Timed> Future for Reserving<'a, S> {
    type Output = Result<Reserved<'a, S>, PushError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        Poll::Ready(match ready!(this.visit.poll(cx)) {
            Ok(()) => Ok(Reserved { core: this.core }),
            Err(_) => Err(PushError(())),
        })
    }
}

pin_project! {
    /// Pops an item.
    pub(super) struct Popping<'a, S>
    where
        S: Timed,
    {
        core: &'a Core<S>,
        #[pin]
        visit: Visit<'a, Room<S>, Take<S>>,
    }
}

impl<'a, S: Timed> Popping<'a, S> {
    pub(super) fn new(core: &'a Core<S>) -> Self {
        let visit = Visit::new(&core.monitor, Take::new());
        Self { core, visit }
    }
}

impl<S: Timed> Future for Popping<'_, S> {
    type Output = Result<S::Item, PopError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        poll_take(this.core, this.visit, cx).map_ok(S::item)
    }
}

pin_project! {
    /// Pops one item or more.
    pub(super) struct PoppingMany<'a, S>
    where
        S: Timed,
    {
        core: &'a Core<S>,
        #[pin]
        visit: Visit<'a, Room<S>, TakeMany<S>>,
        into: &'a mut Vec<S::Item>,
        max: usize,
    }
}

impl<'a, S: Timed> PoppingMany<'a, S> {
    pub(super) fn new(core: &'a Core<S>, into: &'a mut Vec<S::Item>, max: usize) -> Self {
        let take = TakeMany::new(max.max(1), core.ready());
        Self {
            core,
            visit: Visit::new(&core.monitor, take),
            into,
            max,
        }
    }
}

impl<S: Timed> Future for PoppingMany<'_, S> {
    type Output = Result<usize, PopError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if *this.max == 0 {
            return Poll::Ready(Ok(0));
        }
        ready!(poll_take(this.core, this.visit.as_mut(), cx))?;
        let turn = this.visit.turn();
        let was_short = turn.taken.len() == turn.taken.capacity();
        let mut count = unload::<S>(&mut turn.taken, this.into);
        if was_short {
            // There was memory for what was there in the beginning; more may have come since.
            let more = this.core.try_pop_many(this.into, *this.max - count);
            count += more.unwrap_or(0);
        }
        Poll::Ready(Ok(count))
    }
}

/// Polls a visit of one who takes; one who waits has the bell set.
fn poll_take<S: Timed, T: Turn<Room<S>>>(
    core: &Core<S>,
    visit: Pin<&mut Visit<'_, Room<S>, T>>,
    cx: &mut Context<'_>,
) -> Poll<T::Output> {
    let polled = visit.poll(cx);
    if polled.is_pending() {
        core.set_bell();
    }
    polled
}
