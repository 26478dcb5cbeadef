//! What lies under the lock of a queue that has an order of its own: a [`Shelf`], which knows the
//! order, in a [`Room`], which knows everything else; and the turns that are taken there.
//!
//! # Invariants
//!
//! 1. There are never more items and reserved places, together, than `limit`.
//! 2. `closed` stays. From then on no item comes in.
//! 3. An item is on the shelf or in the hands of one caller; it never waits anywhere else.
//! 4. Code of users that runs under the lock (comparisons of priorities, nothing else) runs
//!    before anything is changed, and does not unwind past [`Shelf::find`]. So every turn comes to
//!    its end, and whoever can go after it is called.

use super::error::PopError;
use crate::panic::PanicPayload;
use crate::wait::{Side, Stock, Turn};
use std::borrow::BorrowMut;
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::mem;

/// Items in the order in which they come out.
pub(super) trait Shelf: Default {
    /// An item, with what decides on its place.
    type Entry;

    /// What comes out.
    type Item;

    /// A place on the shelf.
    type Place;

    /// How many items there are.
    fn len(&self) -> usize;

    /// Whether an item may come out now.
    fn is_ready(&self) -> bool {
        self.len() > 0
    }

    /// How many items may come out now.
    fn ready(&self) -> usize {
        self.len()
    }

    /// Where `entry` belongs; or the panic of a user's comparison.
    fn find(&self, entry: &Self::Entry) -> Result<Self::Place, PanicPayload>;

    /// Puts `entry` where it belongs.
    fn insert(&mut self, place: Self::Place, entry: Self::Entry);

    /// Takes the item that comes out first, whether it may now or not.
    fn take_first(&mut self) -> Option<Self::Entry>;

    /// Takes the item that would come out last.
    fn take_last(&mut self) -> Option<Self::Entry>;

    /// Takes all that may come out now.
    fn take_ready(&mut self) -> Self {
        mem::take(self)
    }

    /// The item alone. Drops the rest, which is a user's: so not under the lock.
    fn item(entry: Self::Entry) -> Self::Item;

    /// All items, in their order.
    fn into_items(mut self) -> Vec<Self::Item> {
        let mut items = Vec::with_capacity(self.len());
        while let Some(entry) = self.take_first() {
            items.push(Self::item(entry));
        }
        items
    }
}

/// A shelf, and what is allowed there.
pub(super) struct Room<S> {
    shelf: S,
    /// How many items there is room for.
    limit: usize,
    /// How many places are kept for those who reserved one.
    reserved: usize,
    /// How many items came in since the beginning.
    pushed: u64,
    /// Whether items come in no more.
    closed: bool,
    /// How many have all consumers called at the moment, though there may be nothing for them.
    alarms: usize,
}

/// Why an item is still where it was.
pub(super) enum Refused {
    /// The queue was closed.
    Closed,
    /// A user's comparison panicked.
    Panicked(PanicPayload),
}

impl<S: Shelf> Room<S> {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            shelf: S::default(),
            limit,
            reserved: 0,
            pushed: 0,
            closed: false,
            alarms: 0,
        }
    }

    /// Has all consumers called that wait now, until [`calm`](Self::calm).
    pub(super) fn alarm(&mut self) {
        self.alarms += 1;
    }

    /// Once for each [`alarm`](Self::alarm).
    pub(super) fn calm(&mut self) {
        self.alarms -= 1;
    }

    pub(super) fn shelf(&self) -> &S {
        &self.shelf
    }

    pub(super) fn len(&self) -> usize {
        self.shelf.len()
    }

    /// How many items came in.
    pub(super) fn pushed(&self) -> u64 {
        self.pushed
    }

    /// How many more items may come in.
    pub(super) fn free(&self) -> usize {
        self.limit - self.shelf.len() - self.reserved
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// Takes all that may come out now.
    pub(super) fn drain(&mut self) -> S {
        self.shelf.take_ready()
    }

    /// Takes all items.
    pub(super) fn clear(&mut self) -> S {
        mem::take(&mut self.shelf)
    }

    /// Puts the entry of an `Option` on the shelf; refused, it stays where it is.
    fn put(&mut self, from: &mut Option<S::Entry>) -> Result<(), Refused> {
        if self.closed {
            return Err(Refused::Closed);
        }
        let entry = from.as_ref().expect("a turn goes once");
        let place = self.shelf.find(entry).map_err(Refused::Panicked)?;
        if let Some(entry) = from.take() {
            self.shelf.insert(place, entry);
            self.pushed += 1;
        }
        Ok(())
    }

    /// Puts an entry on the shelf, whether there is room or not; without room, takes the one off
    /// that would come out last.
    pub(super) fn force(
        &mut self,
        from: &mut Option<S::Entry>,
    ) -> Result<Option<S::Entry>, Refused> {
        let full = self.free() == 0;
        self.put(from)?;
        Ok(full.then(|| self.shelf.take_last()).flatten())
    }

    /// Puts an entry where a place was reserved.
    pub(super) fn redeem(&mut self, from: &mut Option<S::Entry>) -> Result<(), Refused> {
        self.reserved -= 1;
        self.put(from)
    }

    /// Gives a reserved place back.
    pub(super) fn give_back(&mut self) {
        self.reserved -= 1;
    }

    /// What those who take are told where nothing may come out: to wait, or that nothing will.
    fn nothing<R>(&self) -> Option<Result<R, PopError>> {
        (self.closed && self.shelf.len() == 0).then_some(Err(PopError))
    }
}

impl<S: Shelf> Stock for Room<S> {
    fn ready(&self, side: Side) -> usize {
        match side {
            // All may go, to be refused.
            Side::Put if self.closed => usize::MAX,
            Side::Take if self.closed && self.shelf.len() == 0 => usize::MAX,
            Side::Put => self.free(),
            Side::Take if self.alarms > 0 => usize::MAX,
            Side::Take => self.shelf.ready(),
        }
    }
}

/// Puts the entry of an `Option` (owned, or lent by a caller who wants it back) on the shelf.
pub(super) struct Put<E>(pub(super) E);

impl<S: Shelf, E: BorrowMut<Option<S::Entry>>> Turn<Room<S>> for Put<E> {
    const SIDE: Side = Side::Put;
    type Output = Result<(), Refused>;

    #[inline]
    fn go(&mut self, room: &mut Room<S>) -> Option<Self::Output> {
        if !room.closed && room.free() == 0 {
            return None;
        }
        Some(room.put(self.0.borrow_mut()))
    }
}

/// Puts as many entries on the shelf as there is room for, and at least one.
pub(super) struct PutMany<E>(pub(super) VecDeque<E>);

impl<S: Shelf> Turn<Room<S>> for PutMany<S::Entry> {
    const SIDE: Side = Side::Put;
    type Output = Result<(), Refused>;

    fn go(&mut self, room: &mut Room<S>) -> Option<Self::Output> {
        if !room.closed && room.free() == 0 {
            return None;
        }
        let fit = room.free().clamp(1, self.0.len());
        for _ in 0..fit {
            let mut entry = self.0.pop_front();
            let put = room.put(&mut entry);
            if put.is_err() {
                // (There is memory for it: it was there before.)
                entry.into_iter().for_each(|entry| self.0.push_front(entry));
                return Some(put);
            }
        }
        Some(Ok(()))
    }
}

/// Reserves a place.
pub(super) struct Claim;

impl<S: Shelf> Turn<Room<S>> for Claim {
    const SIDE: Side = Side::Put;
    type Output = Result<(), Refused>;

    fn go(&mut self, room: &mut Room<S>) -> Option<Self::Output> {
        if room.closed {
            return Some(Err(Refused::Closed));
        }
        let fits = room.free() > 0;
        room.reserved += usize::from(fits);
        fits.then_some(Ok(()))
    }
}

/// Takes the item that comes out first.
pub(super) struct Take<S>(PhantomData<fn() -> S>);

impl<S> Take<S> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<S: Shelf> Turn<Room<S>> for Take<S> {
    const SIDE: Side = Side::Take;
    type Output = Result<S::Entry, PopError>;

    #[inline]
    fn go(&mut self, room: &mut Room<S>) -> Option<Self::Output> {
        match room.shelf.is_ready() {
            true => room.shelf.take_first().map(Ok),
            false => room.nothing(),
        }
    }
}

/// Takes at least one item, and as many as there are and there is memory for.
pub(super) struct TakeMany<S: Shelf> {
    /// Where they go.
    pub(super) taken: Vec<S::Entry>,
    /// How many at most.
    most: usize,
}

impl<S: Shelf> TakeMany<S> {
    /// Takes at most `most`, which is not 0, of the items that are expected.
    pub(super) fn new(most: usize, expected: usize) -> Self {
        // Memory comes from here and not under the lock.
        let taken = Vec::with_capacity(expected.clamp(1, most));
        Self { taken, most }
    }
}

impl<S: Shelf> Turn<Room<S>> for TakeMany<S> {
    const SIDE: Side = Side::Take;
    type Output = Result<(), PopError>;

    fn go(&mut self, room: &mut Room<S>) -> Option<Self::Output> {
        let most = self.taken.capacity().min(self.most);
        while self.taken.len() < most && room.shelf.is_ready() {
            self.taken.extend(room.shelf.take_first());
        }
        match self.taken.is_empty() {
            false => Some(Ok(())),
            true => room.nothing(),
        }
    }
}
