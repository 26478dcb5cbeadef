//! Halves of work that lie on the stack of whoever split it, and the board where others find them.
//!
//! A thread that joins two closures pushes the second onto a list of its own (`strand`), which
//! costs no atomic operation. Only if somebody is hungry does it *publish* the oldest of them: it
//! pins it to its place on the board of the pool, from which an idle worker takes it.
//!
//! # State
//!
//! A [`Fork`] is `PRIVATE` (in the list, or pinned to a place, or taken a moment ago), then
//! `TAKEN` by the thread with a certain place, then `DONE`; or given `BACK` by a thief that must
//! not run it. Those that nobody takes stay `PRIVATE`.
//!
//! # Invariants
//!
//! 1. A fork is in one hand at a time: the list of its owner; its owner's place; who swapped it
//!    out of there. Who has it in hand runs it, once.
//! 2. The store of `DONE` or `BACK` is the last touch of a thief: the fork lies in the frame of
//!    its owner, which may be gone from then on. Whom the thief wakes then, it knows from the
//!    place, which lives as long as the pool.
//! 3. A place holds one fork, and the oldest is published first. So when an owner finds its fork
//!    taken, all that was older was taken, too, and what it pushed since is done: neither its
//!    list nor its place holds anything.
//! 4. A thread takes a fork only where its list and its place hold nothing: with nothing to do, or
//!    while it waits (3). So whatever it publishes while it runs a fork descends from that fork.
//!    Its owner may help with that while it waits, and with nothing else: what runs on a waiting
//!    stack is waited for by everything below it. (Leapfrogging, by Wagner and Calder.)
//!
//! # Ordering
//!
//! The closure travels to the thief with the pointer, its result back with `DONE`. To publish is
//! a push in the sense of `sleep`: pin, fence, look who sleeps.

use crate::PanicPayload;
use crate::panic::catch;
use crate::sync::AutoResetEvent;
use crate::sys::{
    atomic::{AtomicPtr, AtomicUsize, Ordering, fence},
    cell::UnsafeCell,
};
use std::cell::Cell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr;

/// In the hand of its owner, or of a thief that has yet to say so.
const PRIVATE: usize = 0;
/// It was run by a thief; the result is there.
const DONE: usize = 1;
/// Given back by a thief, for its owner to run.
const BACK: usize = 2;
/// Taken by whoever has the place 0; those after it follow.
const TAKEN: usize = 3;

/// What all forks have in common, whatever is to be run: their first field.
pub(super) struct Fork {
    /// Runs the closure and puts its result in its place. Does not unwind.
    run: unsafe fn(*const Fork),
    /// `PRIVATE`, `DONE`, `BACK`, or `TAKEN` and by whom.
    state: AtomicUsize,
    /// The next newer fork in the owner's list; only the owner looks.
    pub(super) newer: Cell<*const Fork>,
}

/// Who has a fork.
pub(super) enum Hand {
    /// It has been run.
    Done,
    /// It came back.
    Back,
    /// A thief, which is about to say who it is.
    Somebody,
    /// The thief that has this place.
    Thief(usize),
}

impl Fork {
    /// Who has it, where its owner has not.
    pub(super) fn hand(&self) -> Hand {
        // ORDERING: Acquire, partner of the Release in `Stolen::leave`: the result is seen. Model:
        // `a_stolen_half_gives_its_result`.
        match self.state.load(Ordering::Acquire) {
            PRIVATE => Hand::Somebody,
            DONE => Hand::Done,
            BACK => Hand::Back,
            taken => Hand::Thief(taken - TAKEN),
        }
    }

    /// Whether a thief has run it or given it back.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self.hand(), Hand::Done | Hand::Back)
    }
}

/// A closure, later its result, in the frame of whoever waits for it.
#[repr(C)]
pub(super) struct StackFork<F, R> {
    fork: Fork,
    body: UnsafeCell<Body<F, R>>,
}

/// The closure until it is run. Then the result, if it is a thief that ran it.
union Body<F, R> {
    closure: ManuallyDrop<F>,
    result: ManuallyDrop<Result<R, PanicPayload>>,
}

impl<F: FnOnce() -> R, R> StackFork<F, R> {
    #[inline]
    pub(super) fn new(closure: F) -> Self {
        Self {
            fork: Fork {
                run: Self::run,
                state: AtomicUsize::new(PRIVATE),
                newer: Cell::new(ptr::null()),
            },
            body: UnsafeCell::new(Body {
                closure: ManuallyDrop::new(closure),
            }),
        }
    }

    /// The pointer that stands for it in lists; it reaches the whole, not only the first field.
    #[inline]
    pub(super) fn as_fork(&self) -> *const Fork {
        (&raw const *self).cast()
    }

    /// Takes the closure, to run it.
    ///
    /// # Safety
    ///
    /// The caller has the fork in hand (invariant 1), and takes the closure the first time.
    #[inline]
    pub(super) unsafe fn take_closure(&self) -> F {
        self.body.with_mut(|body| {
            // SAFETY: the caller's: the closure is there, and nobody else looks.
            unsafe { ManuallyDrop::take(&mut (*body).closure) }
        })
    }

    /// Takes the result.
    ///
    /// # Safety
    ///
    /// The fork is `Done`, the caller is its owner, and takes the result the first time.
    pub(super) unsafe fn take_result(&self) -> Result<R, PanicPayload> {
        self.body.with_mut(|body| {
            // SAFETY: the caller's: a thief has put the result there, and is gone.
            unsafe { ManuallyDrop::take(&mut (*body).result) }
        })
    }

    /// # Safety
    ///
    /// `fork` is what [`as_fork`](Self::as_fork) gives for this type, the caller has it in hand
    /// (invariant 1) and calls this once.
    unsafe fn run(fork: *const Fork) {
        // SAFETY: the caller's; the owner's frame is there until `DONE` is stored.
        let this = unsafe { &*fork.cast::<Self>() };
        // SAFETY: in hand.
        let closure = unsafe { this.take_closure() };
        let result = ManuallyDrop::new(catch(closure));
        // SAFETY: in hand; the closure, which lay there, has been moved out.
        this.body
            .with_mut(|body| unsafe { (*body).result = result });
    }
}

/// Where a thread pins a fork for others to take. Apart from its neighbours, for the sake of
/// their caches.
#[repr(align(128))]
pub(super) struct Place {
    /// The fork; null where there is none.
    fork: AtomicPtr<Fork>,
    /// Who waits for what the thread that has this place is at, and would help: its place and
    /// one, or 0.
    waiter: AtomicUsize,
    /// Set when a fork of this thread is done, and when one that it would help with is there.
    news: AutoResetEvent,
    /// Whether a guest has this place; workers always have theirs.
    is_taken: AtomicUsize,
}

/// The places of a pool's workers, and as many for guests: threads from outside that join.
pub(crate) struct Board {
    places: Box<[Place]>,
    /// How many of the places are those of workers; they come first.
    workers: usize,
    /// How many guests there are that do not sleep.
    guests: AtomicUsize,
}

impl Board {
    pub(crate) fn new(workers: usize) -> Self {
        let place = |_| Place {
            fork: AtomicPtr::new(ptr::null_mut()),
            waiter: AtomicUsize::new(0),
            news: AutoResetEvent::new(false),
            is_taken: AtomicUsize::new(0),
        };
        Self {
            places: (0..2 * workers).map(place).collect(),
            workers,
            guests: AtomicUsize::new(0),
        }
    }

    /// How many guests there are that do not sleep.
    #[inline]
    pub(super) fn guests(&self) -> usize {
        // ORDERING: Relaxed: a hint.
        self.guests.load(Ordering::Relaxed)
    }

    /// The place of the worker with this index, if it has one.
    pub(super) fn place_of(&self, worker: usize) -> Option<usize> {
        (worker < self.workers).then_some(worker)
    }

    /// A guest comes; gives its place, if one is free.
    pub(super) fn seat(&self) -> Option<usize> {
        // ORDERING: Relaxed: a hint for `is_hungry`; for `places_in_use`, the fence between this
        // and a look for sleepers orders it as it does the fork.
        self.guests.fetch_add(1, Ordering::Relaxed);
        (self.workers..self.places.len()).find(|place| {
            let is_taken = &self.places[*place].is_taken;
            // ORDERING: Acquire, partner of the Release in `unseat`: the place as it was left.
            is_taken.swap(1, Ordering::Acquire) == 0
        })
    }

    /// A guest goes.
    pub(super) fn unseat(&self, place: Option<usize>) {
        if let Some(place) = place {
            // ORDERING: Release, partner of the Acquire in `seat`.
            self.places[place].is_taken.store(0, Ordering::Release);
        }
        // ORDERING: Relaxed: as in `seat`.
        self.guests.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether there is nothing to take; after a fence of the sleep protocol, no fork that it
    /// orders is missed.
    pub(crate) fn is_empty(&self) -> bool {
        self.places_in_use().iter().all(|place| !place.has_fork())
    }

    /// Takes a fork from anybody, beginning with another one each time.
    pub(super) fn take_any(&self, ticks: usize) -> Option<Stolen<'_>> {
        let places = self.places_in_use();
        (0..places.len()).find_map(|i| places[ticks.wrapping_add(i) % places.len()].take())
    }

    pub(super) fn place(&self, place: usize) -> &Place {
        &self.places[place]
    }

    /// The places where there can be a fork.
    fn places_in_use(&self) -> &[Place] {
        match self.guests() {
            0 => &self.places[..self.workers],
            _ => &self.places,
        }
    }

    /// Pins a fork to the free place `at`. Gives `false` if somebody waits who would help and was
    /// told; otherwise whoever sleeps is to be told.
    ///
    /// # Safety
    ///
    /// The caller has the fork in hand, and is the thread whose place it is.
    pub(super) unsafe fn pin(&self, at: usize, fork: *const Fork) -> bool {
        let place = self.place(at);
        // ORDERING: Release, partner of the Acquire in `take`: the closure. A swap, not a store:
        // it has its place in the order of the other swaps. Model:
        // `a_half_is_stolen_or_taken_back`.
        place.fork.swap(fork.cast_mut(), Ordering::Release);
        // ORDERING: SeqCst, partner of the fence in `help`: the waiter sees the fork, or
        // we see the waiter. Model: `who_waits_helps_its_thief`.
        fence(Ordering::SeqCst);
        // ORDERING: Relaxed: after the fence.
        let waiter = match place.waiter.load(Ordering::Relaxed) {
            0 => 0,
            // ORDERING: Relaxed: as above.
            _ => place.waiter.swap(0, Ordering::Relaxed),
        };
        if waiter != 0 {
            self.place(waiter - 1).news.set();
        }
        waiter == 0
    }

    /// For who waits, with the place `own`, for a fork that the thread with the place `thief`
    /// has: takes what that has split off from it, or signs as one who would.
    pub(super) fn help(&self, fork: &Fork, thief: usize, own: usize) -> Option<Stolen<'_>> {
        let place = self.place(thief);
        let stolen = place.take().or_else(|| {
            // ORDERING: Relaxed: what matters is its place before the fence.
            place.waiter.store(own + 1, Ordering::Relaxed);
            // ORDERING: SeqCst, partner of the fence in `pin`.
            fence(Ordering::SeqCst);
            place.take()
        })?;
        // What a thief publishes when it has done our fork, comes after `DONE` in its order, and
        // is seen by us after it. So it descends from our fork, unless that is done.
        match fork.hand() {
            Hand::Done => stolen.leave(BACK),
            _ => return Some(stolen),
        }
        None
    }

    /// Who signed, with the place `own`, does not wait any more.
    pub(super) fn sign_off(&self, thief: usize, own: usize) {
        let waiter = &self.place(thief).waiter;
        // ORDERING: Relaxed, both: nothing is handed over; who is told in vain looks and goes on.
        if waiter.load(Ordering::Relaxed) == own + 1 {
            // ORDERING: as above.
            let _ = waiter.compare_exchange(own + 1, 0, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// Sleeps, as the thread with the place `own`, until there is news.
    pub(super) fn wait_for_news(&self, own: usize) {
        self.sleep(Some(own), &self.place(own).news);
    }

    /// Sleeps, as the thread with the place `own`, until the event is set.
    pub(super) fn sleep(&self, own: Option<usize>, event: &AutoResetEvent) {
        // Not if it has a fork there, for which others are to find its place.
        let is_guest = own.is_some_and(|own| own >= self.workers && !self.place(own).has_fork());
        if is_guest {
            // ORDERING: Relaxed: a hint, here and below.
            self.guests.fetch_sub(1, Ordering::Relaxed);
        }
        event.wait();
        if is_guest {
            // ORDERING: as above.
            self.guests.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").finish_non_exhaustive()
    }
}

impl Place {
    /// Whether a fork is pinned here.
    pub(super) fn has_fork(&self) -> bool {
        // ORDERING: Relaxed: whoever relies on it has passed a fence of the sleep protocol.
        !self.fork.load(Ordering::Relaxed).is_null()
    }

    /// Whether somebody waits who would help.
    #[inline]
    pub(super) fn has_waiter(&self) -> bool {
        // ORDERING: Relaxed: a hint; `pin` looks again.
        self.waiter.load(Ordering::Relaxed) != 0
    }

    /// Takes the fork that is pinned here.
    fn take(&self) -> Option<Stolen<'_>> {
        if !self.has_fork() {
            return None;
        }
        // ORDERING: Acquire, partner of the Release in `pin`: the closure. Models:
        // `a_half_is_stolen_or_taken_back`, `a_stolen_half_gives_its_result`.
        let fork = self.fork.swap(ptr::null_mut(), Ordering::Acquire);
        (!fork.is_null()).then_some(Stolen { fork, owner: self })
    }

    /// Takes the thread's own fork back, if nobody has it yet.
    pub(super) fn take_back(&self) -> bool {
        // ORDERING: Relaxed: it is our own. Model: `a_half_is_stolen_or_taken_back`.
        !self.fork.swap(ptr::null_mut(), Ordering::Relaxed).is_null()
    }
}

/// A fork in the hand of a thief.
#[must_use = "its owner waits for it"]
pub(crate) struct Stolen<'a> {
    fork: *const Fork,
    /// The place of its owner, who is to be told.
    owner: &'a Place,
}

impl Stolen<'_> {
    /// Runs it, in the thread that has the place `thief`.
    pub(super) fn run(self, thief: usize) {
        // SAFETY: in hand, so the owner waits for it.
        let state = unsafe { &(*self.fork).state };
        // ORDERING: Relaxed: where to find help, a hint.
        state.store(TAKEN + thief, Ordering::Relaxed);
        // SAFETY: in hand, and it is what its owner made of it.
        let run = unsafe { (*self.fork).run };
        // SAFETY: as above, once.
        unsafe { run(self.fork) };
        self.leave(DONE);
    }

    /// Leaves it to its owner, as `DONE` or `BACK`.
    fn leave(self, settled: usize) {
        // SAFETY: in hand, so the owner waits for it.
        let state = unsafe { &(*self.fork).state };
        // ORDERING: Release, partner of the Acquire in `hand`: the result, where there is one. The
        // last touch (invariant 2). Model: `a_stolen_half_gives_its_result`.
        state.store(settled, Ordering::Release);
        self.owner.news.set();
    }
}
