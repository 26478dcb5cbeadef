//! What a [`Queue`](super::Queue) keeps, and the moves that its lines let go.
//!
//! # Invariants
//!
//! 1. There are never more items and reserved places, together, than the limit.
//! 2. While places are reserved, the side of the producers is guarded.
//! 3. A queue that was closed stays so. From then on no item comes in.

use super::blocks::Blocks;
use super::ends::Ends;
use super::error::PopError;
use super::feed::{Feed, Sink};
use super::meet::{Meet, Sign};
use super::ring::Ring;
use crate::wait::{Dash, Lines, Move, Side, Store, Waiting};

/// Up to how many bytes a ring is allocated at once; what is larger comes in blocks.
const RING_BYTES: usize = 1 << 20;

/// Up to how many slots it is in any case: a block has no fewer.
const RING_SLOTS: usize = 63;

/// What lies outside the lock.
#[derive(Debug)]
pub(super) enum Fifo<T> {
    /// A bounded queue.
    Ring(Ring<T>),
    /// An unbounded one, or one whose ring would be large.
    Blocks(Blocks<T>),
    /// A rendezvous, of which everything lies inside.
    Meet(Sign),
}

/// What lies under the lock.
#[derive(Debug)]
pub(super) struct Inside<T> {
    /// How many places are reserved.
    pub(super) reserved: usize,
    /// The items of a rendezvous.
    pub(super) meet: Meet<T>,
    /// Whether the queue was closed.
    pub(super) closed: bool,
}

impl<T> Inside<T> {
    fn new() -> Self {
        Self {
            reserved: 0,
            meet: Meet::new(),
            closed: false,
        }
    }
}

/// The queue was closed, and the items are still where they were.
#[derive(Debug)]
pub(super) struct Refused;

/// The lines of a queue.
pub(super) type FifoLines<T> = Lines<Fifo<T>>;

/// The lines of an empty queue with room for `limit` items: none for a rendezvous, `usize::MAX`
/// for as many as come.
pub(super) fn open<T>(limit: usize) -> FifoLines<T> {
    Lines::around(Fifo::new(limit), Inside::new())
}

impl<T> Fifo<T> {
    fn new(limit: usize) -> Self {
        match limit {
            0 => Self::Meet(Sign::new()),
            // A slot has an item and a word.
            _ if limit <= (RING_BYTES / (size_of::<T>() + size_of::<usize>())).max(RING_SLOTS) => {
                Self::Ring(Ring::new(limit))
            }
            _ => Self::Blocks(Blocks::new(limit)),
        }
    }

    /// The ends, where there are any.
    fn ends(&self) -> Option<&Ends> {
        match self {
            Self::Ring(ring) => Some(&ring.ends),
            Self::Blocks(blocks) => Some(&blocks.ends),
            Self::Meet(_) => None,
        }
    }

    /// How many items there are outside the lock.
    fn outside(&self) -> usize {
        match self {
            Self::Ring(ring) => ring.len(),
            Self::Blocks(blocks) => blocks.len(),
            Self::Meet(_) => 0,
        }
    }

    /// How many items there is room for.
    pub(super) fn limit(&self) -> usize {
        match self {
            Self::Ring(ring) => ring.capacity(),
            Self::Blocks(blocks) => blocks.capacity(),
            Self::Meet(_) => 0,
        }
    }

    /// How many items there are, if it takes no lock to tell.
    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Self::Meet(_) => None,
            _ => Some(self.outside()),
        }
    }

    /// Whether it was closed, if it takes no lock to tell.
    pub(super) fn is_closed(&self) -> Option<bool> {
        self.ends().map(Ends::is_closed)
    }

    /// Closes it. Under the lock, so that who has the lock finds it closed as a whole or not.
    pub(super) fn close(&self, inside: &mut Inside<T>) {
        inside.closed = true;
        if let Some(ends) = self.ends() {
            ends.close();
        }
    }

    /// How many items came in ever, and how many went out.
    pub(super) fn counts(&self, inside: &Inside<T>) -> (usize, usize) {
        match self {
            Self::Ring(ring) => ring.counts(),
            Self::Blocks(blocks) => blocks.counts(),
            Self::Meet(_) => inside.meet.counts(),
        }
    }

    /// Puts an item in, in the place of the oldest one if there is no room, under the lock. Where
    /// there is no such either, the item stays where it is.
    pub(super) fn force(
        &self,
        inside: &mut Inside<T>,
        waiting: Waiting,
        item: &mut Option<T>,
        evicted: &mut Option<T>,
    ) -> Result<(), Refused> {
        if inside.closed {
            return Err(Refused);
        }
        // From now on nobody else makes use of the room.
        if let Some(ends) = self.ends() {
            ends.guard(Side::Put);
        }
        while self.room(inside, waiting) == 0 {
            match self {
                Self::Meet(_) => *evicted = inside.meet.evict(),
                _ if inside.reserved >= self.limit() => return Ok(()),
                // (Finds nothing where consumers were faster.)
                _ => drop(self.take_locked(inside, evicted)),
            }
            if evicted.is_none() && matches!(self, Self::Meet(_)) {
                return Ok(());
            }
        }
        self.put_locked(inside, item, 1).unwrap_or(Ok(()))
    }

    /// Puts an item into a place that was reserved, under the lock; it stays where it is if the
    /// queue was closed.
    pub(super) fn redeem(&self, inside: &mut Inside<T>, item: &mut Option<T>) {
        inside.reserved -= 1;
        let _ = self.put_locked(inside, item, 1);
    }

    /// How many more items may come in.
    pub(super) fn room(&self, inside: &Inside<T>, waiting: Waiting) -> usize {
        let (limit, len) = match self {
            Self::Meet(_) => (waiting.take, inside.meet.offered()),
            _ => (self.limit(), self.outside()),
        };
        limit.saturating_sub(len).saturating_sub(inside.reserved)
    }

    /// Puts `item` in without the lock and says whether the other side is armed; `None`, and the
    /// item stays, where that is not to be had at once.
    #[inline(always)]
    fn push(&self, item: &mut Option<T>) -> Option<bool> {
        match self {
            Self::Ring(ring) => ring.push(item),
            Self::Blocks(blocks) => blocks.push(item),
            Self::Meet(_) => None,
        }
    }

    /// Takes an item out without the lock and says whether the other side is armed; `None` where
    /// that is not to be had at once.
    #[inline(always)]
    fn pop(&self, into: &mut Option<T>) -> Option<bool> {
        match self {
            Self::Ring(ring) => ring.pop(into),
            Self::Blocks(blocks) => blocks.pop(into),
            Self::Meet(_) => None,
        }
    }

    fn put(&self, feed: &mut impl Feed<T>, most: usize, locked: bool) -> Dash<Result<(), Refused>> {
        match self {
            Self::Ring(ring) => ring.put(feed, most, locked),
            Self::Blocks(blocks) => blocks.put(feed, most, locked),
            Self::Meet(_) => Dash::Barred,
        }
    }

    /// Puts items in, under the lock, `most` of them at most.
    fn put_locked(
        &self,
        inside: &mut Inside<T>,
        feed: &mut impl Feed<T>,
        most: usize,
    ) -> Option<Result<(), Refused>> {
        match self {
            Self::Meet(_) if inside.closed => Some(Err(Refused)),
            Self::Meet(_) => {
                for _ in 0..feed.left().min(most) {
                    inside.meet.offer(feed.next(), false);
                }
                Some(Ok(()))
            }
            _ => gone(self.put(feed, most, true)),
        }
    }

    fn take(&self, sink: &mut impl Sink<T>, locked: bool) -> Dash<Result<(), PopError>> {
        match self {
            Self::Ring(ring) => ring.take(sink, locked),
            Self::Blocks(blocks) => blocks.take(sink, locked),
            Self::Meet(_) => Dash::Barred,
        }
    }

    /// Takes items out, under the lock.
    pub(super) fn take_locked(
        &self,
        inside: &mut Inside<T>,
        sink: &mut impl Sink<T>,
    ) -> Option<Result<(), PopError>> {
        if !matches!(self, Self::Meet(_)) {
            return gone(self.take(sink, true));
        }
        let before = sink.room();
        while sink.room() > 0 {
            let item = match inside.closed {
                false => inside.meet.take(),
                // What its producer waits with goes back.
                true => inside.meet.evict(),
            };
            match item {
                Some(item) => sink.add(item),
                None => break,
            }
        }
        match sink.room() == before {
            true => inside.closed.then_some(Err(PopError)),
            false => Some(Ok(())),
        }
    }
}

/// What need not wait, for one item: the way that most go.
impl<T> Lines<Fifo<T>> {
    /// Puts `item` in, and gives it back where that is not to be had at once.
    #[inline(always)]
    pub(super) fn push(&self, item: T) -> Option<T> {
        let mut item = Some(item);
        self.push_from(&mut item);
        item
    }

    /// Puts the item in, if that is to be had at once.
    #[inline(always)]
    pub(super) fn push_from(&self, item: &mut Option<T>) -> bool {
        let pushed = self.store().push(item);
        if let Some(true) = pushed {
            self.serve();
        }
        pushed.is_some()
    }

    /// Takes an item out, if that is to be had at once.
    #[inline(always)]
    pub(super) fn pop(&self) -> Option<T> {
        let mut item = None;
        self.pop_into(&mut item);
        item
    }

    /// Takes an item out, if that is to be had at once.
    #[inline(always)]
    pub(super) fn pop_into(&self, into: &mut Option<T>) -> bool {
        let popped = self.store().pop(into);
        if let Some(true) = popped {
            self.serve();
        }
        popped.is_some()
    }
}

/// What came of a move that nothing bars.
fn gone<O>(dash: Dash<O>) -> Option<O> {
    match dash {
        Dash::Gone(output, _) => Some(output),
        Dash::Stuck | Dash::Barred => None,
    }
}

impl<T> Store for Fifo<T> {
    type Inside = Inside<T>;

    fn ready(&self, inside: &Inside<T>, side: Side, waiting: Waiting) -> usize {
        match (self, side) {
            // All may go, to be refused.
            _ if inside.closed => usize::MAX,
            (Self::Meet(_), Side::Take) => inside.meet.offered(),
            (_, Side::Take) => self.outside(),
            // Who waits to put has laid its item out.
            (Self::Meet(_), Side::Put) => inside.meet.taken,
            (_, Side::Put) => self.room(inside, waiting),
        }
    }

    fn arm(&self, side: Side) {
        if let Some(ends) = self.ends() {
            ends.arm(side);
        }
    }

    fn show(&self, inside: &Inside<T>, side: Side, armed: bool, ordered: bool) {
        if let Some(ends) = self.ends() {
            let reserved = side == Side::Put && inside.reserved > 0;
            ends.show(side, armed, ordered || reserved);
        }
        if let (Self::Meet(sign), Side::Take) = (self, side) {
            sign.show(inside.closed || inside.meet.offered() > 0);
        }
    }
}

/// Puts items in.
pub(super) struct Put<F> {
    pub(super) feed: F,
    /// The number of the item that was laid out at a rendezvous.
    number: Option<u64>,
}

impl<F> Put<F> {
    #[inline]
    pub(super) fn new(feed: F) -> Self {
        Self { feed, number: None }
    }
}

impl<T, F: Feed<T>> Move<Fifo<T>> for Put<F> {
    const SIDE: Side = Side::Put;
    type Output = Result<(), Refused>;

    #[inline]
    fn dash(&mut self, fifo: &Fifo<T>) -> Dash<Self::Output> {
        fifo.put(&mut self.feed, usize::MAX, false)
    }

    fn glance(&mut self, fifo: &Fifo<T>) -> Dash<Self::Output> {
        match fifo {
            Fifo::Ring(ring) if !ring.may_push() => Dash::Stuck,
            _ => self.dash(fifo),
        }
    }

    fn is_met_in_line(&self, fifo: &Fifo<T>) -> bool {
        matches!(fifo, Fifo::Meet(_))
    }

    fn go(
        &mut self,
        fifo: &Fifo<T>,
        inside: &mut Inside<T>,
        waiting: Waiting,
    ) -> Option<Self::Output> {
        if let Some(number) = self.number {
            if inside.meet.is_there(number) && !inside.closed {
                return None;
            }
            self.number = None;
            return Some(match inside.meet.retract(number) {
                None => Ok(()),
                Some(item) => {
                    self.feed.back(item);
                    Err(Refused)
                }
            });
        }
        if inside.closed {
            return Some(Err(Refused));
        }
        match fifo.room(inside, waiting) {
            0 => None,
            room => fifo.put_locked(inside, &mut self.feed, room),
        }
    }

    fn stay(&mut self, fifo: &Fifo<T>, inside: &mut Inside<T>) {
        if let Fifo::Meet(_) = fifo {
            self.number = Some(inside.meet.offer(self.feed.next(), true));
        }
    }

    fn leave(&mut self, inside: &mut Inside<T>) {
        let number = self.number.take();
        if let Some(item) = number.and_then(|number| inside.meet.retract(number)) {
            self.feed.back(item);
        }
    }
}

/// Takes items out.
pub(super) struct Take<S>(pub(super) S);

impl<T, S: Sink<T>> Move<Fifo<T>> for Take<S> {
    const SIDE: Side = Side::Take;
    type Output = Result<(), PopError>;

    #[inline]
    fn dash(&mut self, fifo: &Fifo<T>) -> Dash<Self::Output> {
        fifo.take(&mut self.0, false)
    }

    fn glance(&mut self, fifo: &Fifo<T>) -> Dash<Self::Output> {
        match fifo {
            Fifo::Ring(ring) if !ring.may_pop() => Dash::Stuck,
            Fifo::Meet(sign) if !sign.is_up() => Dash::Stuck,
            _ => self.dash(fifo),
        }
    }

    fn go(&mut self, fifo: &Fifo<T>, inside: &mut Inside<T>, _: Waiting) -> Option<Self::Output> {
        fifo.take_locked(inside, &mut self.0)
    }
}

/// Reserves a place.
pub(super) struct Reserve;

impl<T> Move<Fifo<T>> for Reserve {
    const SIDE: Side = Side::Put;
    type Output = Result<(), Refused>;

    fn go(
        &mut self,
        fifo: &Fifo<T>,
        inside: &mut Inside<T>,
        waiting: Waiting,
    ) -> Option<Self::Output> {
        if inside.closed {
            return Some(Err(Refused));
        }
        // From now on there can only be more room.
        if let Some(ends) = fifo.ends() {
            ends.guard(Side::Put);
        }
        if fifo.room(inside, waiting) == 0 {
            return None;
        }
        inside.reserved += 1;
        Some(Ok(()))
    }
}
