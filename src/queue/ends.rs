//! The two ends of a lock-free queue: a position and flags in one word each.
//!
//! ```text
//!  usize::BITS - 1                                            3      2       1       0
//! ┌──────────────────────────────────────────────────────────┬───────┬───────┬──────┐
//! │ tail: position of the next push                          │GUARDED│ ARMED │CLOSED│
//! │ head: position of the next pop                           │GUARDED│ ARMED │      │
//! └──────────────────────────────────────────────────────────┴───────┴───────┴──────┘
//! ```
//!
//! The flags tell whoever moves an end of the queue what it needs to know, in the very step in
//! which it moves it: no fence, and no second line of memory to look at.
//!
//! * `ARMED` in the tail: a consumer waits that nobody has called; who pushes serves. In the
//!   head: a producer waits; who pops serves.
//! * `GUARDED`: this end is moved under the lock of the lines only.
//! * `CLOSED` in the tail: it moves no more.

use crate::sys::atomic::{AtomicUsize, Ordering};
use crate::wait::Side;

/// The tail moves no more.
pub(super) const CLOSED: usize = 1 << 0;
/// Somebody waits for this end to move.
pub(super) const ARMED: usize = 1 << 1;
/// This end is moved under the lock only.
pub(super) const GUARDED: usize = 1 << 2;
/// Positions lie above the flags.
pub(super) const SHIFT: u32 = 3;
pub(super) const FLAGS: usize = (1 << SHIFT) - 1;
/// The next position.
pub(super) const ONE: usize = 1 << SHIFT;

/// How often a look at both ends is repeated. (Once will do in a model.)
const TRIES: usize = if cfg!(any(all(test, feature = "loom"), rungs_loom)) {
    0
} else {
    8
};

/// One end, on a line of memory of its own (two, as processors fetch them in pairs).
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct End(AtomicUsize);

impl End {
    fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// The word, perhaps out of date.
    #[inline]
    pub(super) fn glance(&self) -> usize {
        // ORDERING: Relaxed: whoever acts on it makes sure by a compare-exchange.
        self.0.load(Ordering::Relaxed)
    }

    /// The word, and what was done before it came about.
    #[inline]
    pub(super) fn load(&self) -> usize {
        // ORDERING: Acquire, partner of the Release in `advance` and `close`: who finds the
        // queue closed and drained sees what was done before it was closed, and who finds an end
        // in a new block finds that block. Weaker, and a block that is not there yet could be
        // used. Models: `who_finds_a_queue_closed_sees_what_came_before`,
        // `a_new_block_is_there_for_all`.
        self.0.load(Ordering::Acquire)
    }

    /// The word as it is now, for who has the queue for itself.
    pub(super) fn last(&self) -> usize {
        // ORDERING: Relaxed: slots hand over the items. A read-modify-write, which reads what was
        // written last even where nothing orders us after it: in a model, the counting of the
        // handles does not.
        self.0.fetch_or(0, Ordering::Relaxed)
    }

    /// Moves the end from `from` to `to`, or says where it is.
    #[inline]
    pub(super) fn claim(&self, from: usize, to: usize) -> Result<usize, usize> {
        // ORDERING: Acquire, as in `load`, for who goes on from the failure; the success hands
        // nothing over: slots do.
        self.0
            .compare_exchange_weak(from, to, Ordering::Relaxed, Ordering::Acquire)
    }

    /// Moves the end on by one, whatever flags come and go meanwhile; nobody else may move it.
    pub(super) fn advance(&self) {
        // ORDERING: Release, partner of the Acquire in `load` and `claim`: the block that was put
        // there before.
        self.0.fetch_add(ONE, Ordering::Release);
    }

    /// Sets `flag`; `false` where it was set.
    pub(super) fn raise(&self, flag: usize) -> bool {
        // ORDERING: Release for `CLOSED`, partner of the Acquire in `load`. For the other flags
        // it is enough that all who move this end do so before it in the order of the word, and
        // are seen by who looks at the word after it, or after it, and see the flag.
        self.0.fetch_or(flag, Ordering::Release) & flag == 0
    }

    /// Shows `flag` as `on`. Under the lock, where alone it changes.
    fn show(&self, flag: usize, on: bool) {
        let is_on = self.glance() & flag != 0;
        if on && !is_on {
            self.raise(flag);
        } else if !on && is_on {
            // ORDERING: Relaxed: who moves the end after this need not serve, and not look.
            self.0.fetch_and(!flag, Ordering::Relaxed);
        }
    }
}

/// Both ends.
#[derive(Debug)]
pub(super) struct Ends {
    /// Where items come in.
    pub(super) tail: End,
    /// Where they go out.
    pub(super) head: End,
}

impl Ends {
    pub(super) fn new() -> Self {
        Self {
            tail: End::new(),
            head: End::new(),
        }
    }

    /// Both words, as they were at one moment; or nearly so, where many move them.
    pub(super) fn both(&self) -> (usize, usize) {
        let mut head = self.head.load();
        let mut tries = TRIES;
        while tries > 0 {
            tries -= 1;
            let tail = self.tail.load();
            let again = self.head.load();
            if again == head {
                return (tail, head);
            }
            head = again;
        }
        (self.tail.load(), head)
    }

    /// The end that `side` moves.
    fn own(&self, side: Side) -> &End {
        match side {
            Side::Put => &self.tail,
            Side::Take => &self.head,
        }
    }

    /// The end that `side` waits for.
    fn other(&self, side: Side) -> &End {
        match side {
            Side::Put => &self.head,
            Side::Take => &self.tail,
        }
    }

    /// Lets all who go at the other side from now on know that somebody waits at `side`.
    pub(super) fn arm(&self, side: Side) {
        self.other(side).raise(ARMED);
    }

    /// Bars `side` to those without the lock, from now on.
    pub(super) fn guard(&self, side: Side) {
        self.own(side).raise(GUARDED);
    }

    /// Shows how the line of `side` stands.
    pub(super) fn show(&self, side: Side, armed: bool, guarded: bool) {
        self.other(side).show(ARMED, armed);
        self.own(side).show(GUARDED, guarded);
    }

    /// Closes the tail.
    pub(super) fn close(&self) {
        self.tail.raise(CLOSED);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.tail.load() & CLOSED != 0
    }
}
