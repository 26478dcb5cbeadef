//! An unbounded queue without a lock: a chain of blocks of slots. (The ends and the way from block
//! to block are those of crossbeam's `SegQueue`; that slots are read without a read-modify-write,
//! and blocks looked through when they are left, is ours.)
//!
//! # State
//!
//! A position counts blocks and, below them, slots. A block has one slot less than there are
//! positions to it: an end that stands at the last position, [`BLOCK`], waits for whoever claimed
//! the last slot to put the next block there.
//!
//! ```text
//!           claim by tail         write, store       claim by head        read, store
//!   EMPTY ───────────────▶ (busy) ───────────▶ FULL ───────────────▶ (busy) ─────────▶ READ
//! ```
//!
//! A block that all positions have been claimed of is *left*: it is put on a list, under a lock,
//! by the consumer who leaves it. Who leaves one looks through the oldest on that list, and takes
//! out those of which all slots are `READ`: one is kept for the producers, the others go.
//!
//! # Invariants
//!
//! 1. The tail is never behind the head.
//! 2. A slot is claimed once for writing, by who moves the tail past it, and once for reading, by
//!    who moves the head past it. Until its store it belongs to the claimer.
//! 3. Who has claimed a slot and not stored its state may use its block: a block goes only when
//!    all its slots are `READ`. Nobody else may, and nobody uses it after the store.
//! 4. While an end stands at a position below [`BLOCK`], its block is the one that its pointer
//!    shows: the pointer is changed while the end stands at `BLOCK`.
//! 5. Between a claim and its store runs no code of users, so a claim is always redeemed.

use super::ends::{ARMED, CLOSED, Ends, FLAGS, GUARDED, ONE, SHIFT};
use super::error::PopError;
use super::feed::{Feed, Sink};
use super::link::Link;
use super::spare::Spare;
use super::store::Refused;
use crate::panic::contain;
use crate::sys::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
    cell::UnsafeCell,
    thread::Backoff,
};
use crate::wait::Dash;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

/// Positions of a block.
const LAP: usize = if cfg!(any(all(test, feature = "loom"), rungs_loom)) {
    4
} else {
    64
};
/// Slots of a block; the position that has none.
const BLOCK: usize = LAP - 1;

/// What a slot can be in.
const EMPTY: usize = 0;
const FULL: usize = 1;
const READ: usize = 2;

/// The chain.
pub(super) struct Blocks<T> {
    pub(super) ends: Ends,
    /// The block of the tail.
    last: Link<Block<T>>,
    /// The block of the head, and what is known of the tail.
    front: Front<T>,
    /// A block that was left, for the next producer who needs one.
    spare: Spare<Block<T>>,
    /// The blocks that were left and may still be read, oldest first.
    left: Mutex<Left<T>>,
    /// How many items there is room for.
    limit: usize,
}

/// What consumers look at beside the head.
#[repr(align(128))]
struct Front<T> {
    block: Link<Block<T>>,
    /// Where the tail was seen, its flags included; it is there or beyond. Spares consumers the
    /// line of the producers.
    tail: AtomicUsize,
}

struct Block<T> {
    slots: [Slot<T>; BLOCK],
    next: Link<Block<T>>,
    /// The next that was left.
    after: UnsafeCell<Option<NonNull<Block<T>>>>,
}

struct Slot<T> {
    state: AtomicUsize,
    item: UnsafeCell<MaybeUninit<T>>,
}

/// A list of blocks.
struct Left<T> {
    oldest: Option<NonNull<Block<T>>>,
    newest: Option<NonNull<Block<T>>>,
}

// SAFETY: items are moved from thread to thread, and never shared (invariant 2).
unsafe impl<T: Send> Send for Blocks<T> {}
// SAFETY: as above; blocks are used by those who may (invariant 3).
unsafe impl<T: Send> Sync for Blocks<T> {}

/// The slot of a position in its block.
#[inline]
fn offset(position: usize) -> usize {
    (position >> SHIFT) % LAP
}

/// How many slots `tail` is before `head`; negative where one of the two is out of date.
#[inline]
fn distance(tail: usize, head: usize) -> isize {
    const WITHIN: usize = (LAP << SHIFT) - 1;
    let blocks =
        (tail & !WITHIN).wrapping_sub(head & !WITHIN) as isize >> (LAP << SHIFT).trailing_zeros();
    blocks.wrapping_mul(BLOCK as isize) + offset(tail) as isize - offset(head) as isize
}

impl<T> Block<T> {
    /// A block of empty slots, made where it will be: it may be too large for the stack.
    fn allocate() -> Box<Self> {
        let mut block = Box::<Self>::new_uninit();
        let place = block.as_mut_ptr();
        for index in 0..BLOCK {
            // SAFETY: within the allocation.
            let slot = unsafe { &raw mut (*place).slots[index] };
            // SAFETY: as above.
            unsafe { (&raw mut (*slot).state).write(AtomicUsize::new(EMPTY)) };
            // SAFETY: as above.
            unsafe { (&raw mut (*slot).item).write(UnsafeCell::new(MaybeUninit::uninit())) };
        }
        // SAFETY: as above.
        unsafe { (&raw mut (*place).next).write(Link::new(ptr::null_mut())) };
        // SAFETY: as above.
        unsafe { (&raw mut (*place).after).write(UnsafeCell::new(None)) };
        // SAFETY: every field was just written.
        unsafe { block.assume_init() }
    }

    /// Whether every slot was read: then nobody else uses it (invariant 3).
    fn is_read(&self) -> bool {
        // ORDERING: Acquire, partner of the Release in `empty`: the readers are done with the
        // block. Weaker, and it could go while they read. Model: `a_block_goes_when_all_is_read`.
        self.slots
            .iter()
            .all(|slot| slot.state.load(Ordering::Acquire) == READ)
    }

    /// Makes it as new.
    fn clear(&self) {
        for slot in &self.slots {
            // ORDERING: Relaxed: nobody else uses the block until a producer has put it into the
            // chain, which publishes it.
            slot.state.store(EMPTY, Ordering::Relaxed);
        }
        self.next.set(ptr::null_mut());
    }

    /// The block behind it, which is there or on its way.
    fn next(&self) -> *mut Self {
        let mut backoff = Backoff::default();
        loop {
            let next = self.next.get();
            if !next.is_null() {
                return next;
            }
            backoff.wait();
        }
    }

    /// Puts `item` into a slot that we have claimed.
    #[inline]
    fn fill(&self, index: usize, item: T) {
        let slot = &self.slots[index];
        slot.item.with_mut(|place| {
            // SAFETY: claimed (invariant 2).
            unsafe { (*place).write(item) };
        });
        // ORDERING: Release, partner of the Acquire in `empty`: the item. Weaker, and a consumer
        // could read what is not there. Model: `an_item_carries_what_its_producer_wrote`.
        slot.state.store(FULL, Ordering::Release);
    }

    /// Takes the item out of a slot that we have claimed, as soon as it is there.
    #[inline]
    fn empty(&self, index: usize) -> T {
        let slot = &self.slots[index];
        let mut backoff = Backoff::default();
        // ORDERING: Acquire, partner of the Release in `fill`. Model: as there.
        while slot.state.load(Ordering::Acquire) != FULL {
            backoff.wait();
        }
        let item = slot.item.with_mut(|place| {
            // SAFETY: claimed, and full (invariant 2).
            unsafe { (*place).assume_init_read() }
        });
        // ORDERING: Release, partner of the Acquire in `is_read`: we are done. Model: as there.
        slot.state.store(READ, Ordering::Release);
        item
    }
}

impl<T> Blocks<T> {
    /// An empty chain with room for `limit` items.
    pub(super) fn new(limit: usize) -> Self {
        let block = Box::into_raw(Block::allocate());
        Self {
            ends: Ends::new(),
            last: Link::new(block),
            front: Front {
                block: Link::new(block),
                tail: AtomicUsize::new(0),
            },
            spare: Spare::new(),
            left: Mutex::new(Left {
                oldest: None,
                newest: None,
            }),
            limit,
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.limit
    }

    /// How many items there are, claimed ones included.
    pub(super) fn len(&self) -> usize {
        let (tail, head) = self.ends.both();
        (distance(tail, head).max(0) as usize).min(self.limit)
    }

    /// How many items came in ever, and how many went out; claimed ones are in.
    pub(super) fn counts(&self) -> (usize, usize) {
        let count = |end: usize| (end >> SHIFT) / LAP * BLOCK + offset(end);
        let (tail, head) = self.ends.both();
        (count(tail).max(count(head)), count(head))
    }

    /// Puts `item` in and says whether the other side is armed; `None`, and the item stays, where
    /// that is not to be had at once.
    #[inline(always)]
    pub(super) fn push(&self, item: &mut Option<T>) -> Option<bool> {
        let tail = self.ends.tail.load();
        let index = offset(tail);
        if tail & (CLOSED | GUARDED) != 0 || index >= BLOCK - 1 || self.limit < usize::MAX {
            return None;
        }
        let block = self.last.get();
        self.ends.tail.claim(tail, tail + ONE).ok()?;
        // SAFETY: as in `put`.
        unsafe { &*block }.fill(index, item.next());
        Some(tail & ARMED != 0)
    }

    /// Takes an item out and says whether the other side is armed; `None` where that is not to be
    /// had at once.
    #[inline(always)]
    pub(super) fn pop(&self, into: &mut Option<T>) -> Option<bool> {
        let head = self.ends.head.load();
        let index = offset(head);
        if head & GUARDED != 0 || index >= BLOCK - 1 || !self.is_before_tail(head) {
            return None;
        }
        let block = self.front.block.get();
        self.ends.head.claim(head, head + ONE).ok()?;
        // SAFETY: as in `put`.
        into.add(unsafe { &*block }.empty(index));
        Some(head & ARMED != 0)
    }

    /// Whether there is an item at `head`, or was.
    #[inline(always)]
    fn is_before_tail(&self, head: usize) -> bool {
        let is_before = |tail: usize| (tail | FLAGS).wrapping_sub(head | FLAGS) as isize > 0;
        // ORDERING: Relaxed: the tail is there or beyond, and slots hand over the items.
        is_before(self.front.tail.load(Ordering::Relaxed)) || is_before(self.see_tail())
    }

    /// The tail, noted for those who come next.
    #[inline(always)]
    fn see_tail(&self) -> usize {
        let tail = self.ends.tail.load();
        // ORDERING: Relaxed, as in `is_before_tail`: an older note is none worse.
        self.front.tail.store(tail, Ordering::Relaxed);
        tail
    }

    /// Puts items in, one at least: as many as there is room for in the block.
    pub(super) fn put(
        &self,
        feed: &mut impl Feed<T>,
        most: usize,
        locked: bool,
    ) -> Dash<Result<(), Refused>> {
        let mut backoff = Backoff::default();
        let mut next = None;
        let mut tail = self.ends.tail.load();
        let dash = loop {
            if tail & CLOSED != 0 {
                break Dash::Gone(Err(Refused), false);
            }
            if tail & GUARDED != 0 && !locked {
                break Dash::Barred;
            }
            let start = offset(tail);
            if start == BLOCK {
                backoff.wait();
                tail = self.ends.tail.load();
                continue;
            }
            let room = self.room(tail);
            if room == 0 {
                break Dash::Stuck;
            }
            let count = feed.left().min(most).min(room).min(BLOCK - start);
            let is_last = start + count == BLOCK;
            if is_last && next.is_none() {
                // Before the claim, for which others wait.
                next = Some(self.unused());
            }
            // A newer block is not to be had: whoever put it there had moved the end on before, so
            // that our claim fails. Nor an older one, for the end was read with Acquire, and its
            // block was put there before it came there (invariant 4).
            let block = self.last.get();
            if let Err(newer) = self.ends.tail.claim(tail, tail + count * ONE) {
                tail = newer;
                backoff.lost();
                continue;
            }
            // SAFETY: the claim succeeded, so the end had not moved, and this is its block
            // (invariant 4), which stays until our store (invariant 3).
            let block = unsafe { &*block };
            if let Some(next) = next.take_if(|_| is_last) {
                self.append(block, next);
            }
            for index in start..start + count {
                block.fill(index, feed.next());
            }
            break Dash::Gone(Ok(()), tail & ARMED != 0);
        };
        if let Some(unneeded) = next {
            self.give_back(unneeded);
        }
        dash
    }

    /// How many more items there is room for.
    #[inline]
    fn room(&self, tail: usize) -> usize {
        match self.limit {
            usize::MAX => usize::MAX,
            limit => {
                let len = distance(tail, self.ends.head.load()).max(0) as usize;
                limit.saturating_sub(len)
            }
        }
    }

    /// Puts `next` behind `block`, whose last slot we have claimed for writing.
    #[cold]
    fn append(&self, block: &Block<T>, next: Box<Block<T>>) {
        let next = Box::into_raw(next);
        self.last.set(next);
        self.ends.tail.advance();
        block.next.set(next);
    }

    /// Takes items out, one at least: as many as the sink takes and the block has.
    pub(super) fn take(&self, sink: &mut impl Sink<T>, locked: bool) -> Dash<Result<(), PopError>> {
        let mut backoff = Backoff::default();
        let mut head = self.ends.head.load();
        loop {
            if head & GUARDED != 0 && !locked {
                return Dash::Barred;
            }
            let start = offset(head);
            if start == BLOCK {
                backoff.wait();
                head = self.ends.head.load();
                continue;
            }
            if !self.is_before_tail(head) {
                let tail = self.ends.tail.load();
                if distance(tail, head) > 0 {
                    head = self.ends.head.load();
                    continue;
                }
                return match tail & CLOSED {
                    0 => Dash::Stuck,
                    _ => Dash::Gone(Err(PopError), false),
                };
            }
            // ORDERING: Relaxed, as in `is_before_tail`; at least one, or the head has moved.
            let known = self.front.tail.load(Ordering::Relaxed);
            let there = distance(known, head).max(1);
            let count = sink.room().min(there as usize).min(BLOCK - start);
            let block = self.front.block.get();
            if let Err(newer) = self.ends.head.claim(head, head + count * ONE) {
                head = newer;
                backoff.lost();
                continue;
            }
            let armed = head & ARMED != 0;
            // SAFETY: as in `put`: this is the block of the end, until our store.
            let block = unsafe { NonNull::new_unchecked(block) };
            self.read(block, start, count, sink);
            return Dash::Gone(Ok(()), armed);
        }
    }

    /// Takes the items out of slots that we have claimed.
    #[inline]
    fn read(&self, here: NonNull<Block<T>>, start: usize, count: usize, sink: &mut impl Sink<T>) {
        // SAFETY: we have claimed slots in it and not stored their state (invariant 3).
        let block = unsafe { here.as_ref() };
        let is_last = start + count == BLOCK;
        if is_last {
            self.front.block.set(block.next());
            self.ends.head.advance();
        }
        for index in start..start + count {
            sink.add(block.empty(index));
        }
        if is_last {
            self.leave(here);
        }
    }

    /// Puts a block on the list of those that were left, and takes out those that were read.
    #[cold]
    fn leave(&self, block: NonNull<Block<T>>) {
        let mut left = self.left.lock();
        left.push(block);
        let mut read = left.pop_read();
        drop(left);
        while let Some(block) = read {
            // SAFETY: read, and taken off the list, so ours alone; made by `allocate`.
            let block = unsafe { Box::from_raw(block.as_ptr()) };
            // SAFETY: ours alone.
            read = block.after.with_mut(|after| unsafe { (*after).take() });
            self.give_back(block);
        }
    }

    /// A block of empty slots.
    #[cold]
    fn unused(&self) -> Box<Block<T>> {
        self.spare.replace(None).unwrap_or_else(Block::allocate)
    }

    /// Keeps a block that nobody uses, or gives its memory back.
    #[cold]
    fn give_back(&self, block: Box<Block<T>>) {
        block.clear();
        drop(self.spare.replace(Some(block)));
    }
}

impl<T> Left<T> {
    fn push(&mut self, block: NonNull<Block<T>>) {
        match self.newest.replace(block) {
            None => self.oldest = Some(block),
            Some(newest) => {
                // SAFETY: on the list, so still there.
                unsafe { newest.as_ref() }.after.with_mut(|after| {
                    // SAFETY: links are touched under the lock only.
                    unsafe { *after = Some(block) };
                });
            }
        }
    }

    /// Takes the oldest blocks out that were read, as a list of their own.
    fn pop_read(&mut self) -> Option<NonNull<Block<T>>> {
        let first = self.oldest;
        let mut last = None;
        while let Some(block) = self.oldest {
            // SAFETY: on the list, so still there.
            let body = unsafe { block.as_ref() };
            if !body.is_read() {
                break;
            }
            // SAFETY: links are touched under the lock only.
            self.oldest = body.after.with(|after| unsafe { *after });
            last = Some(body);
        }
        if self.oldest.is_none() {
            self.newest = None;
        }
        last?.after.with_mut(|after| {
            // SAFETY: as above.
            unsafe { *after = None };
        });
        first
    }
}

impl<T> Drop for Blocks<T> {
    fn drop(&mut self) {
        let tail = self.ends.tail.last() & !FLAGS;
        let mut head = self.ends.head.last() & !FLAGS;
        let mut front = self.front.block.take();
        while let Some(here) = NonNull::new(front) {
            // SAFETY: in the chain, and nobody else is here.
            let block = unsafe { Box::from_raw(here.as_ptr()) };
            while head != tail && offset(head) < BLOCK {
                let slot = &block.slots[offset(head)];
                // ORDERING: Acquire, partner of the Release in `fill`: the item. A swap, as in
                // `End::last`.
                slot.state.swap(READ, Ordering::Acquire);
                let item = slot.item.with_mut(|place| {
                    // SAFETY: between the ends, so it has an item.
                    unsafe { (*place).assume_init_read() }
                });
                contain(|| drop(item));
                head = head.wrapping_add(ONE);
            }
            if offset(head) == BLOCK {
                head = head.wrapping_add(ONE);
            }
            front = block.next.take();
        }
        let mut left = self.left.lock().oldest;
        while let Some(here) = left {
            // SAFETY: on the list, and nobody else is here.
            let here = unsafe { Box::from_raw(here.as_ptr()) };
            // SAFETY: as above.
            left = here.after.with(|after| unsafe { *after });
        }
    }
}

impl<T> std::fmt::Debug for Blocks<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blocks").finish_non_exhaustive()
    }
}
