//! A thread that splits its work: its list of forks that nobody else knows of.
//!
//! # State
//!
//! The forks of the thread that were neither published nor popped, from the oldest to the newest,
//! linked by `newer`. They lie in its frames, one above the other, so the newest goes first.
//! Where `oldest` is null, the list is empty, and `newest` means nothing.
//!
//! A worker has its strand from beginning to end. Any other thread becomes a *guest* for as long
//! as it joins: it gets a strand, and a place on the board if one is free; without one it
//! publishes nothing.

use super::ThreadPoolExecutor;
use super::fork::{Fork, Hand, StackFork, Stolen};
use super::shared::Shared;
use crate::PanicPayload;
use crate::panic::{catch, discard};
use crate::sync::AutoResetEvent;
use crate::sys::{
    Arc,
    thread::{self, Backoff},
    thread_local_on_both_faces,
};
use std::cell::Cell;
use std::ptr;

thread_local_on_both_faces! {
    /// The strand of this thread, in a frame of its own; null where it has none.
    static CURRENT: Cell<*const Strand> = const { Cell::new(ptr::null()) };
}

/// The forks of one thread, and where it publishes them.
pub(crate) struct Strand {
    shared: Arc<Shared>,
    /// Its place on the board.
    place: Option<usize>,
    oldest: Cell<*const Fork>,
    newest: Cell<*const Fork>,
}

/// While it lives, a strand is that of the calling thread.
struct Current {
    before: *const Strand,
}

impl Drop for Current {
    fn drop(&mut self) {
        CURRENT.with(|current| current.set(self.before));
    }
}

/// While it lives, the thread is a guest.
struct Guest(Strand);

impl Drop for Guest {
    fn drop(&mut self) {
        self.0.shared.forks.unseat(self.0.place);
    }
}

impl Strand {
    /// The strand of the worker with this index. (One of those that a pool has beyond its first
    /// size, and beyond what can run at once, has no place.)
    pub(crate) fn of_worker(shared: Arc<Shared>, index: usize) -> Self {
        let place = shared.forks.place_of(index);
        Self::new(shared, place)
    }

    fn new(shared: Arc<Shared>, place: Option<usize>) -> Self {
        Self {
            shared,
            place,
            oldest: Cell::new(ptr::null()),
            newest: Cell::new(ptr::null()),
        }
    }

    /// Runs `f`, for which this is the strand of the calling thread.
    pub(crate) fn enter<R>(&self, f: impl FnOnce() -> R) -> R {
        let before = CURRENT.with(|current| current.replace(self));
        let _current = Current { before };
        f()
    }

    /// Its place on the board.
    #[cfg(all(test, feature = "loom"))]
    pub(crate) fn place(&self) -> Option<usize> {
        self.place
    }

    /// Calls `f` with the strand of the calling thread, if it has one.
    #[inline]
    pub(crate) fn with_current<R>(f: impl FnOnce(Option<&Self>) -> R) -> R {
        let current = CURRENT.with(Cell::get);
        // SAFETY: whoever set it does not return before it has set it back, and `f` is called in
        // between: we are in the very thread.
        f(unsafe { current.as_ref() })
    }

    /// Calls `f` with a strand of the calling thread on this pool: its own, or that of a guest.
    #[inline]
    pub(super) fn with<R>(shared: &Arc<Shared>, f: impl FnOnce(&Self) -> R) -> R {
        Self::with_current(|current| match current {
            Some(strand) if Arc::ptr_eq(&strand.shared, shared) => f(strand),
            _ => Self::as_guest(shared, f),
        })
    }

    /// Calls `f` with the strand of the calling thread, or that of a guest of the global pool.
    #[inline]
    pub(super) fn with_any<R>(f: impl FnOnce(&Self) -> R) -> R {
        Self::with_current(|current| match current {
            Some(strand) => f(strand),
            None => Self::as_guest(ThreadPoolExecutor::global().shared(), f),
        })
    }

    /// The pool that it belongs to.
    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    #[cold]
    fn as_guest<R>(shared: &Arc<Shared>, f: impl FnOnce(&Self) -> R) -> R {
        let guest = Guest(Self::new(shared.clone(), shared.forks.seat()));
        guest.0.enter(|| f(&guest.0))
    }

    /// Runs both; `b` in another thread, if one has time for it before this thread has.
    #[inline]
    pub(super) fn join<A, B, RA, RB>(&self, a: A, b: B) -> (RA, RB)
    where
        A: FnOnce() -> RA,
        B: FnOnce() -> RB,
    {
        let fork = StackFork::new(b);
        let before = self.push(fork.as_fork());
        let a = catch(a);
        if !self.pop(fork.as_fork(), before) {
            let b = self.collect(&fork);
            return both(a, b);
        }
        // SAFETY: popped, so it is in hand.
        let b = unsafe { fork.take_closure() };
        match a {
            Ok(a) => (a, b()),
            Err(_) => both(a, catch(b)),
        }
    }

    #[inline]
    fn push(&self, fork: *const Fork) -> *const Fork {
        let before = self.newest.replace(fork);
        if self.oldest.get().is_null() {
            self.oldest.set(fork);
        } else {
            // SAFETY: the list is not empty, so its newest is there, in a frame below.
            unsafe { (*before).newer.set(fork) };
        }
        if self.is_hungry() {
            self.publish();
        }
        before
    }

    /// Takes the newest fork off the list; `false` where it was published.
    #[inline]
    fn pop(&self, fork: *const Fork, before: *const Fork) -> bool {
        self.newest.set(before);
        let oldest = self.oldest.get();
        if ptr::eq(oldest, fork) {
            self.oldest.set(ptr::null());
        }
        !oldest.is_null()
    }

    /// Whether somebody has nothing to do. A guest has the processor of a worker, which may sleep
    /// meanwhile.
    #[inline]
    fn is_hungry(&self) -> bool {
        let shared = &*self.shared;
        shared.sleep.idle() > shared.forks.guests()
            || self
                .place
                .is_some_and(|place| shared.forks.place(place).has_waiter())
    }

    /// Whether it would help others if this thread split its work: somebody is hungry, and there
    /// is nothing to take, nor to publish.
    pub(super) fn is_short() -> bool {
        Self::with_any(|strand| {
            if !strand.is_hungry() {
                return false;
            }
            strand.publish();
            let board = &strand.shared.forks;
            strand
                .place
                .is_some_and(|place| !board.place(place).has_fork())
        })
    }

    /// Pins the oldest fork to the board, unless one is there.
    #[cold]
    pub(crate) fn publish(&self) {
        let board = &self.shared.forks;
        let oldest = self.oldest.get();
        let Some(place) = self.place else { return };
        if oldest.is_null() || board.place(place).has_fork() {
            return;
        }
        let next = match ptr::eq(oldest, self.newest.get()) {
            true => ptr::null(),
            // SAFETY: it is in the list, so it is there.
            false => unsafe { (*oldest).newer.get() },
        };
        self.oldest.set(next);
        // SAFETY: it was in our list, so in our hand; the place is ours.
        if unsafe { board.pin(place, oldest) } {
            self.shared.notify();
        }
    }

    /// The result of a fork that was published.
    #[cold]
    fn collect<F: FnOnce() -> R, R>(&self, fork: &StackFork<F, R>) -> Result<R, PanicPayload> {
        let Some(place) = self.place else {
            unreachable!("published without a place");
        };
        // SAFETY: it is there, in the frame of the caller.
        let header = unsafe { &*fork.as_fork() };
        if !self.shared.forks.place(place).take_back() && self.wait(place, header) {
            // SAFETY: done, and asked for once.
            return unsafe { fork.take_result() };
        }
        // SAFETY: it is in hand again.
        let closure = unsafe { fork.take_closure() };
        catch(closure)
    }

    /// Waits until a thief has run a fork, or (`false`) has given it back; helps the thief with
    /// what it has split off meanwhile.
    fn wait(&self, place: usize, fork: &Fork) -> bool {
        let board = &self.shared.forks;
        let mut backoff = Backoff::default();
        loop {
            let thief = match fork.hand() {
                Hand::Done => return true,
                Hand::Back => return false,
                Hand::Thief(thief) => thief,
                Hand::Somebody => {
                    backoff.wait();
                    continue;
                }
            };
            match board.help(fork, thief, place) {
                Some(stolen) => stolen.run(place),
                None if thread::spin(|| fork.is_settled().then_some(())).is_some() => {}
                None => board.wait_for_news(place),
            }
            board.sign_off(thief, place);
        }
    }

    /// Sleeps until the event is set. A guest has no processor meanwhile.
    pub(super) fn sleep(&self, event: &AutoResetEvent) {
        self.shared.forks.sleep(self.place, event);
    }

    /// Whether it may take forks of others: it needs a place for that, where it finds help.
    pub(crate) fn may_steal(&self) -> bool {
        self.place.is_some()
    }

    /// Takes a fork from anybody: for a worker that has nothing else to do.
    pub(crate) fn take_any(&self, ticks: usize) -> Option<Stolen<'_>> {
        match self.may_steal() {
            true => self.shared.forks.take_any(ticks),
            false => None,
        }
    }

    /// Runs a fork of another thread.
    pub(crate) fn run(&self, stolen: Stolen<'_>) {
        match self.place {
            Some(place) => stolen.run(place),
            None => unreachable!("stolen by a thread without a place"),
        }
    }
}

/// Both results; or the panic of the first, or else of the second, goes on.
fn both<RA, RB>(a: Result<RA, PanicPayload>, b: Result<RB, PanicPayload>) -> (RA, RB) {
    match (a, b) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(payload), b) => {
            discard(b);
            payload.resume()
        }
        (Ok(a), Err(payload)) => {
            discard(a);
            payload.resume()
        }
    }
}
