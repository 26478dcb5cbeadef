//! A rendezvous: a queue with room for nothing. Producers who wait lay their items out, and
//! consumers take them from there; a producer who finds a consumer waiting lays its item out and
//! goes.
//!
//! All of it lies under the lock of the lines.
//!
//! # Invariants
//!
//! 1. Items lie in the order in which they were laid out, by their numbers.
//! 2. An item with an owner is there if and only if its owner waits and it was not taken. One
//!    without is for a consumer who waits, or who waited and went away since.
//! 3. `taken` counts the owners who wait and whose item was taken: the first in their line, for
//!    they laid their items out in that order.

use crate::sys::atomic::{AtomicUsize, Ordering};
use std::collections::VecDeque;

/// A sign outside the lock that a consumer finds something there, or the end. Perhaps out of date:
/// it saves the lock to those who look again and again, and tells nobody to go. On lines of memory
/// of its own, as they do.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Sign(AtomicUsize);

impl Sign {
    pub(super) fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    pub(super) fn is_up(&self) -> bool {
        // ORDERING: Relaxed: who sees it looks under the lock.
        self.0.load(Ordering::Relaxed) != 0
    }

    /// Puts it up, or takes it down. Under the lock.
    pub(super) fn show(&self, up: bool) {
        if self.is_up() != up {
            // ORDERING: Relaxed, as above.
            self.0.store(usize::from(up), Ordering::Relaxed);
        }
    }
}

/// What lies there.
#[derive(Debug)]
pub(super) struct Meet<T> {
    items: VecDeque<Offer<T>>,
    /// How many of the items have an owner.
    owned: usize,
    /// How many owners have to be told that theirs was taken.
    pub(super) taken: usize,
    /// The number of the next item.
    next: u64,
    /// How many went out.
    popped: usize,
}

#[derive(Debug)]
struct Offer<T> {
    number: u64,
    item: T,
    /// Whether its producer waits.
    owned: bool,
}

impl<T> Meet<T> {
    pub(super) fn new() -> Self {
        Self {
            items: VecDeque::new(),
            owned: 0,
            taken: 0,
            next: 0,
            popped: 0,
        }
    }

    /// How many items can be taken.
    pub(super) fn offered(&self) -> usize {
        self.items.len()
    }

    /// How many items nobody waits with.
    pub(super) fn len(&self) -> usize {
        self.items.len() - self.owned
    }

    /// Lays an item out, whose producer waits or not, and gives its number.
    pub(super) fn offer(&mut self, item: T, owned: bool) -> u64 {
        let number = self.next;
        self.next += 1;
        self.owned += usize::from(owned);
        self.items.push_back(Offer {
            number,
            item,
            owned,
        });
        number
    }

    /// Whether the owner of item `number` still waits for somebody to take it.
    pub(super) fn is_there(&self, number: u64) -> bool {
        self.place(number).is_ok()
    }

    fn place(&self, number: u64) -> Result<usize, usize> {
        self.items
            .binary_search_by_key(&number, |offer| offer.number)
    }

    /// The owner of item `number`, who waited, goes: with the item, if nobody took it.
    pub(super) fn retract(&mut self, number: u64) -> Option<T> {
        let offer = match self.place(number) {
            Ok(place) => self.items.remove(place),
            Err(_) => None,
        };
        match offer {
            Some(offer) => {
                self.owned -= 1;
                Some(offer.item)
            }
            None => {
                self.taken -= 1;
                None
            }
        }
    }

    /// How many items came in, and how many went out.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.popped + self.len(), self.popped)
    }

    /// Takes the oldest item that nobody waits with.
    pub(super) fn evict(&mut self) -> Option<T> {
        let place = self.items.iter().position(|offer| !offer.owned)?;
        self.popped += 1;
        Some(self.items.remove(place)?.item)
    }

    /// Takes the oldest item.
    pub(super) fn take(&mut self) -> Option<T> {
        let offer = self.items.pop_front()?;
        self.popped += 1;
        if offer.owned {
            self.owned -= 1;
            self.taken += 1;
        }
        Some(offer.item)
    }
}
