//! Where messages stand: many put them there, the turn takes them out.
//!
//! Messages are written in place, one behind the other, whatever their types: a *record* is a
//! head, the address of what can be done with a message of that type, and the message behind it.
//!
//! # State
//!
//! ```text
//!  usize::BITS - 1                       11 10          3     2       1        0
//! ┌───────────────────────────────────────┬──────────────┬────────┬────────┬──────┐
//! │ seq: messages accepted ever           │ room         │ ROUSED │ CLOSED │ IDLE │
//! └───────────────────────────────────────┴──────────────┴────────┴────────┴──────┘
//! ```
//!
//! `room`: how many units the last block has left; the next record begins there. 0: whoever
//! accepted the last message is about to put a new block there ([`MOVING`]). `CLOSED`: no message
//! is accepted any more. `IDLE`: there is no turn, scheduled or running; whoever takes it off owes
//! one. `ROUSED`: the turn is to look at its signals before it goes idle.
//!
//! A sender moves `seq` and `room` on in one compare-exchange, which also takes `IDLE` off. Then
//! the units are its own: it writes the message, and publishes it by storing the head.
//!
//! # Invariants
//!
//! 1. A unit from `room` to the trailer of the last block is zero, and so is every unit of a
//!    record that was taken out, and every unit of a block that was left.
//! 2. A block is left, by the reader, at its JUMP, which the sender who moved on stores as its
//!    last touch. The last unit of room is kept for it. So who has claimed a record and not
//!    published it may use its block, and the sender who moves on the block before.
//! 3. `last` is changed while `room` is 0 only, hence between two values of `seq`.
//! 4. While `seq` stands, `last` does, but for who has set `room` to 0; and so does what is
//!    behind a `room` that is not 0. So a claim that succeeds was made for the last block.
//! 5. The reader goes idle in a step that shows that all is read: then the records begin at the
//!    first unit of the block again.
//! 6. Between a claim and its head runs no code of users, so a claim is always redeemed.
//! 7. `seq` is not changed once `CLOSED` is set.
//!
//! # Ordering
//!
//! A message is handed over by its head, a block by the JUMP before it (to the reader) and by the
//! word (to senders), and what a turn leaves by the word to who takes `IDLE` off. All writes of
//! the word are read-modify-writes, so each continues the release sequences of those before.

use super::block::{Block, Trailer};
use crate::panic::contain;
use crate::sys::{
    Tally,
    atomic::{AtomicPtr, AtomicUsize, Ordering},
    thread::Backoff,
    unit::Unit,
};
use std::marker::PhantomData;
use std::ptr;

/// There is no turn.
const IDLE: usize = 1 << 0;
/// No message is accepted any more.
const CLOSED: usize = 1 << 1;
/// The turn is to look at its signals.
const ROUSED: usize = 1 << 2;
/// One unit of room.
const ROOM_1: usize = 1 << 3;
/// The room.
const ROOM: usize = 0xff << 3;
/// One message.
const SEQ_1: usize = 1 << 11;
/// How many there were.
const SEQ: usize = !(SEQ_1 - 1);

/// The room while a block is put there.
const MOVING: usize = 0;

/// Whether loom watches: then all is smaller.
const SMALL: bool = cfg!(any(all(test, feature = "loom"), rungs_loom));
/// Units of the first block; later ones have twice as many each time.
const FIRST: usize = if SMALL { 6 } else { 16 };
/// Units of the largest block.
const LARGEST: usize = if SMALL { 12 } else { 128 };
/// Units of the largest message that is written in place.
const LARGEST_MESSAGE: usize = if SMALL { 8 } else { 32 };

/// In the place of a head: go on to the next block.
const JUMP: *mut () = ptr::without_provenance_mut(1);

/// What can be sent, to one who does it to a `C`.
pub(super) trait Message<C>: Send + Sized + 'static {
    /// Does it. `false` where it is not over, but goes on in the `C`. May unwind.
    ///
    /// # Safety
    ///
    /// The `C` is the caller's, and nothing in it goes on.
    unsafe fn run(self, context: *mut C) -> bool;

    /// Is told that it will not be done; `true` where that leaves nobody told. May unwind.
    ///
    /// # Safety
    ///
    /// As for [`run`](Self::run).
    unsafe fn abandon(self, context: *mut C) -> bool;

    /// Is dropped for want of room. May unwind.
    fn drop_out(self) {}
}

/// What can be done with the messages of a type.
struct Kind<C> {
    /// How many units a message takes.
    units: usize,
    run: unsafe fn(*const Unit, *mut C) -> bool,
    abandon: unsafe fn(*const Unit, *mut C) -> bool,
    drop: unsafe fn(*const Unit),
}

/// Of a type of messages, its [`Kind`].
struct Of<C, M>(PhantomData<fn(C, M)>);

impl<C: 'static, M: Message<C>> Of<C, M> {
    const KIND: &'static Kind<C> = &Kind {
        units: Unit::count::<M>(),
        run: |at, context| {
            // SAFETY: the record's.
            let message: M = unsafe { Unit::take(at) };
            // SAFETY: the caller's.
            unsafe { message.run(context) }
        },
        abandon: |at, context| {
            // SAFETY: the record's.
            let message: M = unsafe { Unit::take(at) };
            // SAFETY: the caller's.
            unsafe { message.abandon(context) }
        },
        // SAFETY: the record's.
        drop: |at| drop(unsafe { Unit::take::<M>(at) }),
    };
}

/// A message that is too large to be written in place, or aligned too far.
struct Boxed<M>(Box<M>);

impl<C, M: Message<C>> Message<C> for Boxed<M> {
    unsafe fn run(self, context: *mut C) -> bool {
        // SAFETY: the caller's.
        unsafe { (*self.0).run(context) }
    }

    unsafe fn abandon(self, context: *mut C) -> bool {
        // SAFETY: the caller's.
        unsafe { (*self.0).abandon(context) }
    }

    fn drop_out(self) {
        (*self.0).drop_out();
    }
}

/// A message on its way out of the mailbox. It must be used up: otherwise it stays in its units.
#[must_use]
pub(super) struct Record<C: 'static> {
    kind: &'static Kind<C>,
    /// Where the message lies.
    at: *const Unit,
}

impl<C> Record<C> {
    /// Runs it: see [`Message::run`].
    ///
    /// # Safety
    ///
    /// As there.
    #[inline(always)]
    pub(super) unsafe fn run(self, context: *mut C) -> bool {
        // SAFETY: published, and passed by; the caller's for the rest.
        unsafe { (self.kind.run)(self.at, context) }
    }

    /// Gives it up: see [`Message::abandon`].
    ///
    /// # Safety
    ///
    /// As there.
    pub(super) unsafe fn abandon(self, context: *mut C) -> bool {
        // SAFETY: published, and passed by; the caller's for the rest.
        unsafe { (self.kind.abandon)(self.at, context) }
    }
}

/// A value of the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word(usize);

impl Word {
    fn room(self) -> usize {
        (self.0 & ROOM) / ROOM_1
    }

    /// Whether a message would be refused.
    pub(super) fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }

    /// Whether there is no turn, and nothing for one to do.
    pub(super) fn is_idle(self) -> bool {
        self.0 & IDLE != 0
    }
}

/// What the reader finds where no record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lack {
    /// A message that was accepted and is not there yet.
    Unpublished,
    /// There is something to look at.
    Roused,
    /// All is read, and nothing will come any more.
    Over,
    /// All is read.
    Empty(Word),
}

/// The senders' side.
#[derive(Debug)]
pub(super) struct Mailbox<C> {
    word: AtomicUsize,
    /// The last block.
    last: AtomicPtr<Trailer>,
    /// A block that was left, for who needs one.
    spare: AtomicPtr<Trailer>,
    /// How large the last block is, as a hint.
    size: Tally,
    context: PhantomData<fn(C)>,
}

/// The turn's side.
#[derive(Debug)]
pub(super) struct Reader<C: 'static> {
    front: Block,
    /// Where the next record begins.
    room: usize,
    /// How many records were read, as `seq` counts them.
    taken: usize,
    context: PhantomData<fn(C)>,
}

/// A record that is the sender's to write.
#[must_use = "the reader waits for a record that was claimed"]
struct Claim {
    at: *const Unit,
    /// Whether there was no turn.
    wakes: bool,
}

impl<C: 'static> Mailbox<C> {
    /// An empty mailbox; without a turn, or with one that the caller owes.
    pub(super) fn new(is_idle: bool) -> (Self, Reader<C>) {
        let block = Block::allocate(FIRST);
        let size = Tally::default();
        size.set(FIRST);
        let flags = if is_idle { IDLE } else { 0 };
        let mailbox = Self {
            word: AtomicUsize::new((FIRST * ROOM_1) | flags),
            last: AtomicPtr::new(block.as_ptr()),
            spare: AtomicPtr::new(ptr::null_mut()),
            size,
            context: PhantomData,
        };
        let reader = Reader {
            front: block,
            room: FIRST,
            taken: 0,
            context: PhantomData,
        };
        (mailbox, reader)
    }

    /// Puts a message there. `true` where there was no turn: the caller owes one.
    #[inline]
    pub(super) fn push<M: Message<C>>(&self, message: M) -> Result<bool, M> {
        if const { Unit::count::<M>() > LARGEST_MESSAGE || align_of::<M>() > align_of::<u64>() } {
            let boxed = Boxed(Box::new(message));
            return self.put(boxed).map_err(|Boxed(message)| *message);
        }
        self.put(message)
    }

    #[inline]
    fn put<M: Message<C>>(&self, message: M) -> Result<bool, M> {
        let Some(claim) = self.claim(1 + Unit::count::<M>()) else {
            return Err(message);
        };
        // SAFETY: the message is within what was claimed, behind the head.
        let place = unsafe { claim.at.add(1) };
        // SAFETY: it is ours; `push` has seen to the alignment.
        unsafe { Unit::put(place, message) };
        let kind: *const Kind<C> = Of::<C, M>::KIND;
        // SAFETY: a unit of ours, in a block that is there (invariant 2).
        let head = unsafe { &*claim.at }.head();
        // ORDERING: Release, partner of the Acquire in `Reader::next`: the message. Model:
        // `what_one_message_wrote_the_next_sees_on_whichever_thread`.
        head.store(kind.cast_mut().cast(), Ordering::Release);
        Ok(claim.wakes)
    }

    /// Accepts a message of so many units, unless closed.
    #[inline]
    fn claim(&self, units: usize) -> Option<Claim> {
        let mut backoff = Backoff::default();
        let mut word = self.word();
        loop {
            if word.is_closed() {
                return None;
            }
            if word.room() <= units {
                match self.make_room(word, units, &mut backoff) {
                    Ok(claim) => return Some(claim),
                    Err(newer) => word = newer,
                }
                continue;
            }
            // ORDERING: Acquire, partner of the Release in `move_on`, and not after the claim: who
            // moves on has changed `seq` before, so that a claim beside a newer block fails. An
            // older one is not to be had: see `word`. Delayed loads do not show in a model.
            let last = self.last.load(Ordering::Acquire);
            let next = ((word.0 & !IDLE) + SEQ_1) - units * ROOM_1;
            match self.exchange(word, next) {
                Ok(()) => {
                    // SAFETY: there always is a last block.
                    let last = unsafe { Block::of(last) };
                    // SAFETY: the claim succeeded, so this is it (invariant 4), and it stays
                    // until the record is published (invariant 2).
                    let at = unsafe { last.at(word.room()) };
                    let wakes = word.0 & IDLE != 0;
                    return Some(Claim { at, wakes });
                }
                Err(newer) => word = newer,
            }
            backoff.lost();
        }
    }

    /// Accepts a message for which the last block has no room, or waits for who is about to.
    #[cold]
    #[inline(never)]
    fn make_room(&self, word: Word, units: usize, backoff: &mut Backoff) -> Result<Claim, Word> {
        if word.room() == MOVING {
            backoff.wait();
            return Err(self.word());
        }
        // Before the claim, for which others wait.
        let block = self.unused(units);
        // ORDERING: Acquire: as in `claim`.
        let last = self.last.load(Ordering::Acquire);
        let next = (word.0 & !(IDLE | ROOM)) + SEQ_1;
        if let Err(newer) = self.exchange(word, next) {
            self.keep(block);
            return Err(newer);
        }
        // SAFETY: as in `claim`.
        let last = unsafe { Block::of(last) };
        // SAFETY: as in `claim`: the last block, and its room, which is 0 for others.
        unsafe { self.move_on(last, word.room(), block, units) };
        // SAFETY: the block is there until we have published (invariant 2).
        let at = unsafe { block.at(block.units()) };
        let wakes = word.0 & IDLE != 0;
        Ok(Claim { at, wakes })
    }

    /// Puts a block behind the last one, and claims the first units of it.
    ///
    /// # Safety
    ///
    /// The caller has set `room` to 0, and the last block had this room.
    unsafe fn move_on(&self, last: Block, room: usize, block: Block, units: usize) {
        // SAFETY: the last block stays until its JUMP is there (invariant 2).
        unsafe { last.set_next(block) };
        // SAFETY: as above; the JUMP has room (invariant 2).
        let head = unsafe { &*last.at(room) }.head();
        // SAFETY: nobody else has it yet.
        let size = unsafe { block.units() };
        self.size.set(size);
        // ORDERING: Release, partner of the Acquire in `claim`: see there.
        self.last.store(block.as_ptr(), Ordering::Release);
        // ORDERING: Release, partner of the Acquire in `Reader::next`: the link, and that the
        // block is zero. The last touch of the block before. Model:
        // `a_burst_goes_through_several_blocks`.
        head.store(JUMP, Ordering::Release);
        // ORDERING: Release, partner of the Acquire in `word`: `last`, and that the block is
        // zero. Model: as above.
        self.word
            .fetch_add((size - units) * ROOM_1, Ordering::Release);
    }

    /// A block for a message of so many units and more.
    fn unused(&self, units: usize) -> Block {
        // ORDERING: Acquire, partner of the Release in `keep`: that it is zero. Model:
        // `a_block_is_used_again`.
        let spare = self.spare.swap(ptr::null_mut(), Ordering::Acquire);
        let wanted = (self.size.get() * 2).clamp(units + 1, LARGEST);
        Block::from_ptr(spare).unwrap_or_else(|| Block::allocate(wanted))
    }

    /// Keeps a block that nobody uses, if it is of the largest; all its units are zero.
    fn keep(&self, block: Block) {
        // SAFETY: it is the caller's.
        let is_large = unsafe { block.units() } == LARGEST;
        let unneeded = match is_large {
            // ORDERING: Release, partner of the Acquire in `unused`; Acquire, partner of the
            // Release here: that who kept it has done with it. Model: `a_block_is_used_again`.
            true => Block::from_ptr(self.spare.swap(block.as_ptr(), Ordering::AcqRel)),
            false => Some(block),
        };
        if let Some(block) = unneeded {
            // SAFETY: nobody uses it.
            unsafe { block.free() };
        }
    }

    /// The word now.
    #[inline(always)]
    fn word(&self) -> Word {
        // ORDERING: Acquire, partner of the Release in `idle`: for who takes `IDLE` off, what the
        // turn before left, and that the units are zero; and in `move_on`, the block. Models:
        // `what_one_message_wrote_the_next_sees_on_whichever_thread`,
        // `a_burst_goes_through_several_blocks`.
        Word(self.word.load(Ordering::Acquire))
    }

    /// Claims what follows from `word`.
    #[inline(always)]
    fn exchange(&self, word: Word, next: usize) -> Result<(), Word> {
        // ORDERING: Acquire, as in `word`, of which this is the last look: a turn may have come
        // and gone, and left the same word. Model: `a_turn_between_a_look_and_a_claim_is_seen`.
        let exchanged =
            self.word
                .compare_exchange_weak(word.0, next, Ordering::Acquire, Ordering::Acquire);
        exchanged.map(|_| ()).map_err(Word)
    }

    /// The word, for information.
    pub(super) fn snapshot(&self) -> Word {
        // ORDERING: Relaxed: nothing is read on the strength of it.
        Word(self.word.load(Ordering::Relaxed))
    }

    /// How many messages were accepted ever, less `taken`.
    pub(super) fn len(&self, taken: usize) -> usize {
        Self::count((self.snapshot().0 & SEQ).wrapping_sub(taken))
    }

    /// So many messages, of a difference between two values of `seq`.
    pub(super) fn count(seq: usize) -> usize {
        seq / SEQ_1
    }

    /// Accepts no more. `true` where there was no turn: the caller owes one.
    pub(super) fn close(&self) -> bool {
        self.raise(CLOSED)
    }

    /// Has the turn look at its signals. `true` where there was none: the caller owes one.
    pub(super) fn rouse(&self) -> bool {
        self.raise(ROUSED)
    }

    fn raise(&self, flag: usize) -> bool {
        let mut word = self.snapshot();
        loop {
            // ORDERING: Release, partner of the Acquire in `lack`: what came before, for the turn;
            // Acquire, partner of the Release in `idle`: what the turn before left, for the turn
            // that the caller owes. Models: `the_object_s_drop_sees_what_the_stopper_wrote`,
            // `what_is_urgent_is_not_missed`.
            match self.word.compare_exchange_weak(
                word.0,
                word.0 & !IDLE | flag,
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => return word.0 & IDLE != 0,
                Err(seen) => word = Word(seen),
            }
        }
    }

    /// Goes idle, unless the word has changed since. From then on the reader is another turn's.
    pub(super) fn idle(&self, word: Word, reset: Reset) -> bool {
        let next = (word.0 & !ROOM) | (reset.0 * ROOM_1) | IDLE;
        // ORDERING: Release, partner of the Acquire in `word` and `raise`: what this turn leaves,
        // and that all units are zero. Model:
        // `what_one_message_wrote_the_next_sees_on_whichever_thread`.
        self.word
            .compare_exchange(word.0, next, Ordering::Release, Ordering::Relaxed)
            .is_ok()
    }
}

impl<C> Drop for Mailbox<C> {
    fn drop(&mut self) {
        // ORDERING: Relaxed: nobody else has the mailbox any more.
        let spare = self.spare.swap(ptr::null_mut(), Ordering::Relaxed);
        if let Some(block) = Block::from_ptr(spare) {
            // SAFETY: nobody uses it.
            unsafe { block.free() };
        }
    }
}

/// Where the records begin when the mailbox has gone idle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reset(usize);

/// What stands where the reader is.
enum Found<C: 'static> {
    Nothing,
    Record(Record<C>),
    /// The way to the next block, which was taken. Nobody uses this one any more.
    Left(Block),
}

impl<C: 'static> Reader<C> {
    /// The next message that is there.
    #[inline]
    pub(super) fn next(&mut self, mailbox: &Mailbox<C>) -> Option<Record<C>> {
        loop {
            match self.step() {
                Found::Record(record) => return Some(record),
                Found::Nothing => return None,
                Found::Left(block) => mailbox.keep(block),
            }
        }
    }

    #[inline(always)]
    fn step(&mut self) -> Found<C> {
        // SAFETY: the front block is the reader's, and there is room up to its JUMP.
        let at = unsafe { self.front.at(self.room) };
        // SAFETY: as above.
        let head = unsafe { &*at }.head();
        // ORDERING: Acquire, partner of the Release in `put` and `move_on`: the message, or the
        // link. Model: `what_one_message_wrote_the_next_sees_on_whichever_thread`.
        let found = head.load(Ordering::Acquire);
        if found.is_null() {
            return Found::Nothing;
        }
        // ORDERING: Relaxed: who uses the unit next hears of it by the word, or with the block.
        head.store(ptr::null_mut(), Ordering::Relaxed);
        if found == JUMP {
            return Found::Left(self.leave());
        }
        // SAFETY: neither null nor a JUMP: put there by `put`.
        let kind: &'static Kind<C> = unsafe { &*found.cast::<Kind<C>>() };
        self.room -= 1 + kind.units;
        self.taken = self.taken.wrapping_add(SEQ_1);
        // SAFETY: within the record.
        let at = unsafe { at.add(1) };
        Found::Record(Record { kind, at })
    }

    /// Goes on to the next block, for the JUMP was seen. Gives the one that was left.
    #[cold]
    fn leave(&mut self) -> Block {
        // SAFETY: the JUMP was seen.
        let next = unsafe { self.front.take_next() };
        let next = next.expect("linked before the JUMP is stored");
        // SAFETY: it is there, being the front from here on.
        self.room = unsafe { next.units() };
        std::mem::replace(&mut self.front, next)
    }

    /// Whether something is there: a look.
    pub(super) fn has_next(&self) -> bool {
        // SAFETY: as in `next`.
        let at = unsafe { self.front.at(self.room) };
        // SAFETY: as in `next`.
        let head = unsafe { &*at }.head();
        // ORDERING: Relaxed: `next` looks again.
        !head.load(Ordering::Relaxed).is_null()
    }

    /// How many messages were taken out, as the mailbox counts them.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// Why [`next`](Self::next) found nothing.
    pub(super) fn lack(&self, mailbox: &Mailbox<C>) -> Lack {
        // ORDERING: Acquire, partner of the Release in `raise`: what came before a stop, or an
        // urgent message. Model: `the_object_s_drop_sees_what_the_stopper_wrote`.
        let word = Word(mailbox.word.load(Ordering::Acquire));
        // (Who sets `room` to 0 publishes after that is over.)
        if word.0 & SEQ != self.taken {
            return Lack::Unpublished;
        }
        if word.0 & ROUSED != 0 {
            // ORDERING: Acquire: as above.
            mailbox.word.fetch_and(!ROUSED, Ordering::Acquire);
            return Lack::Roused;
        }
        match word.is_closed() {
            true => Lack::Over,
            false => Lack::Empty(word),
        }
    }

    /// Reads on where the records begin after [`Mailbox::idle`], which is about to be tried. Gives
    /// the place to [return](Self::stay) to where that fails.
    pub(super) fn reset(&mut self) -> (Reset, Reset) {
        let old = Reset(self.room);
        // SAFETY: the front is the reader's.
        self.room = unsafe { self.front.units() };
        (Reset(self.room), old)
    }

    /// Reads on where it was.
    pub(super) fn stay(&mut self, old: Reset) {
        self.room = old.0;
    }
}

impl<C: 'static> Drop for Reader<C> {
    /// Drops what is left, which nobody is told of, and the blocks. Nobody sends any more.
    fn drop(&mut self) {
        loop {
            match self.step() {
                // SAFETY: published, and passed by.
                Found::Record(Record { kind, at }) => contain(|| unsafe { (kind.drop)(at) }),
                // SAFETY: nobody uses it any more.
                Found::Left(block) => unsafe { block.free() },
                Found::Nothing => break,
            }
        }
        // SAFETY: as above.
        unsafe { self.front.free() };
    }
}
