//! What is pushed, and the books that are kept of it.

use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::rng::mix;

/// One of a producer's messages. Whoever drops one, rather than putting it down in a [`Tally`],
/// is put down in the books of the dropped.
#[derive(Debug)]
pub(crate) struct Message {
    /// The producer, in the upper half, and the message's number, from 1 on.
    id: u64,
    /// What it must be, given the `id`: a message that was never written, or half of it, shows.
    check: u64,
}

/// How many messages were dropped since the books were last taken, and their checks.
static DROPPED: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];

impl Message {
    pub(crate) fn new(producer: usize, number: u32) -> Self {
        let id = ((producer as u64) << 32) | u64::from(number);
        Self { id, check: mix(id) }
    }

    pub(crate) fn producer(&self) -> usize {
        (self.id >> 32) as usize
    }

    pub(crate) fn number(&self) -> u32 {
        self.id as u32
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        DROPPED[0].fetch_add(1, Ordering::Relaxed);
        DROPPED[1].fetch_add(self.check, Ordering::Relaxed);
    }
}

/// How many messages went some way, and the sum of their checks: where one went twice and another
/// not at all, the sum tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) count: u64,
    checks: u64,
}

impl Tally {
    /// Puts down a message that is only being made.
    pub(crate) fn note(&mut self, message: &Message) {
        self.count += 1;
        self.checks = self.checks.wrapping_add(message.check);
    }

    /// Puts down a message that has arrived.
    pub(crate) fn add(&mut self, message: Message) {
        let intact = message.check == mix(message.id) && message.number() > 0;
        assert!(intact, "a message arrived that nobody made: {message:?}");
        self.note(&message);
        std::mem::forget(message); // it is in these books now
    }

    /// Takes the books of what was dropped.
    pub(crate) fn take_dropped() -> Self {
        Self {
            count: DROPPED[0].swap(0, Ordering::Relaxed),
            checks: DROPPED[1].swap(0, Ordering::Relaxed),
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.checks = self.checks.wrapping_add(other.checks);
    }
}
