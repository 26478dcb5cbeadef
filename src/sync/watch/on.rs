//! Somebody watches.
//!
//! *State.* A [`Watch`] knows who holds its lock, for `Debug`; in debug builds the
//! [`Books`](super::books) know, across all locks, what each context holds and which lock was
//! wanted by who held which. Both are kept [`Aside`], each under a lock of its own that is held
//! for a few instructions, and never both at once.
//!
//! *Invariants.*
//! 1. A hold that is `booked` is counted in its watch, and, in debug builds, stands in the books
//!    under its context; it is taken out once, by who drops the guard.
//! 2. No user code runs under the locks of this folder: reports are collected and delivered
//!    after, `Debug` writes a copy.
//! 3. A number names one lock for ever; a lock that is dropped leaves the books.

use super::books::{BOOKS, Books, Taken};
use super::context::Who;
use super::{Context, Mode, Place};
use crate::sync::diagnostics::{self, LockOrderReport};
use crate::sys::lock_api::GuardNoSend;
use crate::sys::{Aside, OnceLock};
use std::fmt::{self, DebugStruct};
use std::marker::PhantomData;

/// Whether the order of locks is watched.
const ORDER: bool = cfg!(debug_assertions);

/// Who holds a lock, and since where.
#[derive(Clone, Debug)]
struct Holder {
    context: Context,
    place: Place,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.place.0, self.context)
    }
}

/// Who is inside of one lock.
#[derive(Clone, Debug)]
struct Inside {
    /// Who holds it, but for readers; of a reentrant mutex, since the first time.
    holder: Option<Holder>,
    /// How often that one holds it.
    times: usize,
    /// How many read.
    readers: usize,
    /// The last who came to read.
    reader: Option<Holder>,
}

impl Inside {
    fn enter(&mut self, mode: Mode, holder: Holder) {
        if mode == Mode::Shared {
            self.readers += 1;
            self.reader = Some(holder);
        } else {
            self.times += 1;
            let who = holder.context.who;
            let first = self.holder.as_ref().map(|first| first.context.who);
            if mode != Mode::Again || first != Some(who) {
                self.holder = Some(holder);
            }
        }
    }

    fn leave(&mut self, mode: Mode) {
        if mode == Mode::Shared {
            self.readers -= 1;
            if self.readers == 0 {
                self.reader = None;
            }
        } else {
            self.times -= 1;
            if self.times == 0 {
                self.holder = None;
            }
        }
    }
}

/// What a lock embeds.
pub(crate) struct Watch {
    /// What the books call this lock, once they know it.
    number: OnceLock<u64>,
    inside: Aside<Inside>,
}

/// That a lock is held, for whoever keeps it in a guard.
#[derive(Debug)]
pub(crate) struct Hold {
    context: Context,
    mode: Mode,
    /// Whether the watch knows.
    booked: bool,
}

impl Watch {
    pub(crate) const fn new() -> Self {
        Self {
            number: OnceLock::new(),
            inside: Aside::new(Inside {
                holder: None,
                times: 0,
                readers: 0,
                reader: None,
            }),
        }
    }

    /// The lock's number, in debug builds.
    fn number(&self) -> Option<u64> {
        if !ORDER {
            return None;
        }
        if let Some(known) = self.number.get() {
            return Some(*known);
        }
        let new = BOOKS.with(|books| books.number())?;
        Some(*self.number.get_or_init(|| new))
    }

    /// `by` is about to wait for the lock.
    pub(crate) fn wanted(&self, by: &Context, mode: Mode, place: Place) {
        self.order(by, |books, number, by| {
            books.wanted(number, by, mode, place)
        });
    }

    /// Who holds it is about to wait until nobody else does.
    pub(crate) fn upgrading(&self, hold: &Hold, place: Place) {
        self.order(&hold.context, |books, number, by| {
            books.upgrading(number, by, place)
        });
    }

    /// Looks into the books, for `by` and, where that is a task, for the thread that polls it;
    /// and delivers what they say.
    fn order(
        &self,
        by: &Context,
        look: impl Fn(&mut Books, u64, &Context) -> Vec<LockOrderReport>,
    ) {
        let Some(number) = self.number() else { return };
        if diagnostics::is_reporting() {
            return;
        }
        let thread = match by.who {
            Who::Thread(_) => None,
            Who::Task(..) | Who::Nobody => Some(Context::thread()),
        };
        for by in [Some(by), thread.as_ref()].into_iter().flatten() {
            let reports = BOOKS.with(|books| look(books, number, by));
            reports.into_iter().flatten().for_each(diagnostics::deliver);
        }
    }

    /// `by` has it.
    pub(crate) fn held(&self, by: Context, mode: Mode, place: Place) -> Hold {
        let holder = Holder {
            context: by.clone(),
            place,
        };
        let booked = self.inside.with(|inside| inside.enter(mode, holder));
        if let Some(lock) = self.number() {
            BOOKS.with(|books| books.held(by.who, Taken { lock, mode, place }));
        }
        Hold {
            context: by,
            mode,
            booked: booked.is_some(),
        }
    }

    /// It is held in another way now.
    pub(crate) fn changed(&self, hold: &mut Hold, mode: Mode, place: Place) {
        self.released(hold);
        *hold = self.held(hold.context.clone(), mode, place);
    }

    /// It is given back.
    pub(crate) fn released(&self, hold: &Hold) {
        if !hold.booked {
            return;
        }
        self.inside.with(|inside| inside.leave(hold.mode));
        if let Some(lock) = self.number() {
            BOOKS.with(|books| books.released(hold.context.who, lock, hold.mode));
        }
    }

    /// Says who holds the lock.
    pub(crate) fn describe(&self, f: &mut DebugStruct<'_, '_>) {
        let Some(inside) = self.inside.with(|inside| inside.clone()) else {
            return;
        };
        if let Some(holder) = inside.holder {
            f.field("holder", &format_args!("{holder}"));
        }
        if let Some(reader) = inside.reader {
            f.field("readers", &inside.readers);
            f.field("last_reader", &format_args!("{reader}"));
        }
    }

    /// The calling thread is about to wait for the lock.
    #[track_caller]
    pub(crate) fn want(&self, mode: Mode) -> Claim<'_> {
        let claim = self.attempt(mode);
        self.wanted(&Context::thread(), mode, claim.place);
        claim
    }

    /// The calling thread tries to get the lock, and does not wait.
    #[track_caller]
    pub(crate) fn attempt(&self, mode: Mode) -> Claim<'_> {
        Claim {
            watch: self,
            mode,
            place: Place::here(),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(number) = self.number.get() {
            // Guards may have been forgotten.
            let inside = self.inside.with(|inside| inside.times + inside.readers > 0);
            BOOKS.with(|books| books.dropped(*number, inside == Some(true)));
        }
    }
}

/// What a thread asks for.
#[must_use]
pub(crate) struct Claim<'a> {
    watch: &'a Watch,
    mode: Mode,
    place: Place,
}

impl<'a> Claim<'a> {
    /// It got the lock.
    pub(crate) fn held(self) -> Held<'a> {
        Held {
            watch: self.watch,
            hold: self.watch.held(Context::thread(), self.mode, self.place),
            stays: PhantomData,
        }
    }
}

/// That this thread holds a lock, until dropped.
#[must_use]
pub(crate) struct Held<'a> {
    watch: &'a Watch,
    hold: Hold,
    stays: PhantomData<GuardNoSend>,
}

impl Held<'_> {
    /// It is about to wait until nobody else holds the lock.
    #[track_caller]
    pub(crate) fn upgrading(&self) {
        self.watch.upgrading(&self.hold, Place::here());
    }

    /// It holds the lock in another way now.
    #[track_caller]
    pub(crate) fn changed(&mut self, mode: Mode) {
        self.watch.changed(&mut self.hold, mode, Place::here());
    }

    /// It lets the lock go, and takes it again when the result is dropped.
    #[track_caller]
    pub(crate) fn let_go(&mut self) -> LetGo<'_> {
        let place = Place::here();
        let Hold { context, mode, .. } = &self.hold;
        self.watch.released(&self.hold);
        self.watch.wanted(context, *mode, place);
        LetGo {
            watch: self.watch,
            hold: &mut self.hold,
            place,
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.watch.released(&self.hold);
    }
}

/// That this thread has let a lock go for a while.
#[must_use]
pub(crate) struct LetGo<'a> {
    watch: &'a Watch,
    hold: &'a mut Hold,
    /// Where it will have taken the lock again.
    place: Place,
}

impl Drop for LetGo<'_> {
    fn drop(&mut self) {
        let Hold { context, mode, .. } = &*self.hold;
        *self.hold = self.watch.held(context.clone(), *mode, self.place);
    }
}
