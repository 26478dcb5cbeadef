//! A bounded queue without a lock: a ring of slots, each with a sequence number that says whose
//! turn it is there (Vyukov's bounded MPMC queue, 2010).
//!
//! # State
//!
//! A position counts laps and, below them, slots: `lap | index`, so that finding the slot is a
//! mask and not a division, whatever the capacity. It stands above the flags of an
//! [end](super::ends), and so does the sequence number of a slot, whose lowest bit is [`FULL`]:
//!
//! ```text
//!             claim by tail        write, store             claim by head        read, store
//!   free: p ───────────────▶ (busy) ───────────▶ full: p|FULL ───────────▶ (busy) ──────────▶ free: p + a lap
//! ```
//!
//! # Invariants
//!
//! 1. The tail is never behind the head, and never more than the capacity before it.
//! 2. A slot is claimed for writing by who moves the tail past its position, and only when it was
//!    seen free for that position; for reading by who moves the head past it, and only when it
//!    was seen full. Between claim and store its item belongs to the claimer.
//! 3. A slot that is full has an item; one that is free has none.
//! 4. Between a claim and its store runs no code of users, so a claim is always redeemed; who
//!    meets a claim that is not, waits for a few instructions of another thread.
//!
//! # Ordering
//!
//! The sequence numbers hand the slots over; the ends hand over nothing.

use super::ends::{ARMED, CLOSED, End, Ends, FLAGS, GUARDED, SHIFT};
use super::error::PopError;
use super::feed::{Feed, Sink};
use super::store::Refused;
use crate::panic::contain;
use crate::sys::{
    atomic::{AtomicUsize, Ordering},
    cell::UnsafeCell,
    thread::Backoff,
};
use crate::wait::Dash;
use std::mem::MaybeUninit;

/// The slot has an item.
const FULL: usize = 1;

/// The ring.
pub(super) struct Ring<T> {
    pub(super) ends: Ends,
    slots: Box<[Slot<T>]>,
    /// What a position grows by in a lap: a power of two, no less than the number of slots.
    lap: usize,
}

struct Slot<T> {
    /// Whose turn it is.
    seq: AtomicUsize,
    item: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: items are moved from thread to thread, and never shared (invariant 2).
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Ring<T> {}

/// Slots that were claimed.
struct Claim {
    /// The position of the first.
    first: usize,
    count: usize,
}

/// Why slots were not claimed.
enum Missed {
    /// The first has not the state that it needs.
    NoSlot,
    /// The end has moved; it is here now.
    Late(usize),
}

impl<T> Slot<T> {
    /// Whether the slot has that sequence number.
    #[inline(always)]
    fn is(&self, seq: usize) -> bool {
        // ORDERING: Acquire, partner of the Release in `fill` and `empty`: what the last one who
        // had the slot did with its item comes before what we do. Weaker, and we could read an
        // item that is not there yet, or write over one that is still being read. Models:
        // `an_item_carries_what_its_producer_wrote`, `a_full_queue_wakes_its_producer`.
        self.seq.load(Ordering::Acquire) == seq
    }

    /// Puts `item` in, by who has claimed the slot at `position`.
    #[inline(always)]
    fn fill(&self, position: usize, item: T) {
        self.item.with_mut(|place| {
            // SAFETY: claimed (invariant 2).
            unsafe { (*place).write(item) };
        });
        // ORDERING: Release, partner of the Acquire in `is`: the item. Weaker, and a consumer
        // could read what is not there. Model: `an_item_carries_what_its_producer_wrote`.
        self.seq.store(position | FULL, Ordering::Release);
    }

    /// Takes the item out, by who has claimed the slot, and frees it for the position `next`.
    #[inline(always)]
    fn empty(&self, next: usize) -> T {
        let item = self.item.with_mut(|place| {
            // SAFETY: claimed, and it was full (invariants 2 and 3).
            unsafe { (*place).assume_init_read() }
        });
        // ORDERING: Release, partner of the Acquire in `is`: we have read the item. Weaker, and
        // a producer could write over it first. Model: `a_full_queue_wakes_its_producer`.
        self.seq.store(next, Ordering::Release);
        item
    }
}

impl<T> Ring<T> {
    /// An empty ring with `capacity` slots, which is not 0 and whose memory can be had.
    pub(super) fn new(capacity: usize) -> Self {
        let slot = |index: usize| Slot {
            seq: AtomicUsize::new(index << SHIFT),
            item: UnsafeCell::new(MaybeUninit::uninit()),
        };
        Self {
            ends: Ends::new(),
            slots: (0..capacity).map(slot).collect(),
            lap: capacity.next_power_of_two() << SHIFT,
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// The slot at a position; flags do not matter.
    #[inline(always)]
    fn slot(&self, position: usize) -> &Slot<T> {
        let index = (position & (self.lap - 1)) >> SHIFT;
        debug_assert!(index < self.slots.len(), "a position in the ring");
        // SAFETY: positions start within the ring, and `after` keeps them there.
        unsafe { self.slots.get_unchecked(index) }
    }

    /// `position` moved on by `count`, which is at most the capacity; flags stay.
    #[inline(always)]
    fn after(&self, position: usize, count: usize) -> usize {
        let index = (position & (self.lap - 1)) >> SHIFT;
        let moved = position.wrapping_add(count << SHIFT);
        if index + count < self.slots.len() {
            moved
        } else {
            // The last index of a lap is followed by the first of the next.
            let unused = self.lap - (self.slots.len() << SHIFT);
            moved.wrapping_add(unused)
        }
    }

    /// How many positions `tail` is before `head`; negative where one of the two is out of date.
    fn distance(&self, tail: usize, head: usize) -> isize {
        let within = |end: usize| ((end & (self.lap - 1)) >> SHIFT) as isize;
        let laps = (tail & !(self.lap - 1)).wrapping_sub(head & !(self.lap - 1)) as isize
            >> self.lap.trailing_zeros();
        laps.wrapping_mul(self.slots.len() as isize) + within(tail) - within(head)
    }

    /// How many items there are, claimed ones included.
    pub(super) fn len(&self) -> usize {
        let (tail, head) = self.ends.both();
        self.distance(tail, head)
            .clamp(0, self.slots.len() as isize) as usize
    }

    /// How many items came in ever, and how many went out; claimed ones are in.
    pub(super) fn counts(&self) -> (usize, usize) {
        let (tail, head) = self.ends.both();
        let (pushed, popped) = (self.count(tail), self.count(head));
        (pushed.clamp(popped, popped + self.slots.len()), popped)
    }

    /// How many positions there were before this one.
    fn count(&self, position: usize) -> usize {
        let laps = position >> self.lap.trailing_zeros();
        laps * self.slots.len() + ((position & (self.lap - 1)) >> SHIFT)
    }

    /// How many slots in a row, `most` at most, have the sequence numbers of their positions,
    /// with `state`.
    fn run(&self, first: usize, most: usize, state: usize) -> usize {
        let mut count = 0;
        let mut position = first;
        while count < most && self.slot(position).is(position | state) {
            count += 1;
            if count == self.slots.len() {
                break;
            }
            position = self.after(position, 1);
        }
        count
    }

    /// Claims slots in a row, `most` at most, that have `state`, by moving `end` on from `from`;
    /// or says that there is none, or where the end is now.
    fn claim(&self, end: &End, from: usize, most: usize, state: usize) -> Result<Claim, Missed> {
        let first = from & !FLAGS;
        let count = self.run(first, most, state);
        if count == 0 {
            return Err(Missed::NoSlot);
        }
        match end.claim(from, self.after(from, count)) {
            Ok(_) => Ok(Claim { first, count }),
            Err(newer) => Err(Missed::Late(newer)),
        }
    }

    /// Puts `item` in and says whether the other side is armed; `None`, and the item stays, where
    /// that is not to be had at once.
    #[inline(always)]
    pub(super) fn push(&self, item: &mut Option<T>) -> Option<bool> {
        let tail = self.ends.tail.glance();
        let slot = self.slot(tail);
        let position = tail & !FLAGS;
        if tail & (CLOSED | GUARDED) != 0
            || !slot.is(position)
            || self.ends.tail.claim(tail, self.after(tail, 1)).is_err()
        {
            return None;
        }
        slot.fill(position, item.next());
        Some(tail & ARMED != 0)
    }

    /// Takes an item out and says whether the other side is armed; `None` where that is not to be
    /// had at once.
    #[inline(always)]
    pub(super) fn pop(&self, into: &mut Option<T>) -> Option<bool> {
        let head = self.ends.head.glance();
        let slot = self.slot(head);
        let position = head & !FLAGS;
        if head & GUARDED != 0
            || !slot.is(position | FULL)
            || self.ends.head.claim(head, self.after(head, 1)).is_err()
        {
            return None;
        }
        into.add(slot.empty(position.wrapping_add(self.lap)));
        Some(head & ARMED != 0)
    }

    /// Whether a push would go, or be told more than to wait, going by the one slot that it needs.
    #[inline]
    pub(super) fn may_push(&self) -> bool {
        let tail = self.ends.tail.glance();
        tail & (CLOSED | GUARDED) != 0 || self.slot(tail).is(tail & !FLAGS)
    }

    /// Whether a pop would go, or has to take the lock, going by the one slot that it needs.
    #[inline]
    pub(super) fn may_pop(&self) -> bool {
        let head = self.ends.head.glance();
        head & GUARDED != 0 || self.slot(head).is(head & !FLAGS | FULL)
    }

    /// Claims free slots for up to `most` items. Without the lock, it gives up where another
    /// thread is interrupted in the middle of something.
    fn claim_free(&self, most: usize, locked: bool) -> Dash<Result<Claim, Refused>> {
        let mut backoff = Backoff::default();
        let mut tail = self.ends.tail.glance();
        loop {
            if tail & CLOSED != 0 {
                return Dash::Gone(Err(Refused), false);
            }
            if tail & GUARDED != 0 && !locked {
                return Dash::Barred;
            }
            match self.claim(&self.ends.tail, tail, most, 0) {
                Ok(claim) => return Dash::Gone(Ok(claim), tail & ARMED != 0),
                Err(Missed::Late(newer)) => {
                    tail = newer;
                    backoff.lost();
                    continue;
                }
                Err(Missed::NoSlot) => {}
            }
            let head = self.ends.head.load();
            if self.distance(tail, head) >= self.slots.len() as isize {
                return Dash::Stuck;
            }
            if !backoff.wait() && !locked {
                return Dash::Stuck;
            }
            tail = self.ends.tail.glance();
        }
    }

    /// Claims full slots, up to `most` of them; as [`claim_free`](Self::claim_free).
    fn claim_full(&self, most: usize, locked: bool) -> Dash<Result<Claim, PopError>> {
        let mut backoff = Backoff::default();
        let mut head = self.ends.head.glance();
        loop {
            if head & GUARDED != 0 && !locked {
                return Dash::Barred;
            }
            match self.claim(&self.ends.head, head, most, FULL) {
                Ok(claim) => return Dash::Gone(Ok(claim), head & ARMED != 0),
                Err(Missed::Late(newer)) => {
                    head = newer;
                    backoff.lost();
                    continue;
                }
                Err(Missed::NoSlot) => {}
            }
            let tail = self.ends.tail.load();
            if self.distance(tail, head) <= 0 {
                return match tail & CLOSED {
                    0 => Dash::Stuck,
                    _ => Dash::Gone(Err(PopError), false),
                };
            }
            if !backoff.wait() && !locked {
                return Dash::Stuck;
            }
            head = self.ends.head.glance();
        }
    }

    /// Puts items in, as many as there is room for, and one at least.
    pub(super) fn put(
        &self,
        feed: &mut impl Feed<T>,
        most: usize,
        locked: bool,
    ) -> Dash<Result<(), Refused>> {
        let claimed = self.claim_free(feed.left().min(most), locked);
        claimed.map(|claimed| {
            let claim = claimed?;
            let mut position = claim.first;
            for _ in 0..claim.count {
                self.slot(position).fill(position, feed.next());
                position = self.after(position, 1);
            }
            Ok(())
        })
    }

    /// Takes items out, as many as the sink takes and there are, and one at least.
    pub(super) fn take(&self, sink: &mut impl Sink<T>, locked: bool) -> Dash<Result<(), PopError>> {
        let claimed = self.claim_full(sink.room(), locked);
        claimed.map(|claimed| {
            let claim = claimed?;
            let mut position = claim.first;
            for _ in 0..claim.count {
                let next = position.wrapping_add(self.lap);
                sink.add(self.slot(position).empty(next));
                position = self.after(position, 1);
            }
            Ok(())
        })
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        let tail = self.ends.tail.last() & !FLAGS;
        let mut position = self.ends.head.last() & !FLAGS;
        while position != tail {
            let slot = self.slot(position);
            // ORDERING: Acquire, partner of the Release in `fill`: the item. A swap, as in
            // `End::last`.
            slot.seq.swap(position, Ordering::Acquire);
            let item = slot.item.with_mut(|place| {
                // SAFETY: between the ends, so it has an item, and nobody else is here.
                unsafe { (*place).assume_init_read() }
            });
            contain(|| drop(item));
            position = self.after(position, 1);
        }
    }
}

impl<T> std::fmt::Debug for Ring<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ring").finish_non_exhaustive()
    }
}
