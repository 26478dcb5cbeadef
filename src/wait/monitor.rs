//! A monitor: lines around a store that lies under their lock as a whole.
//!
//! For a structure that needs a lock anyway: an operation that need not wait is one lock and one
//! unlock, and "finds nothing" and "stands in line" are one step.

use super::lines::{self, Lines, Move, Side, Store, Waiting};

/// The state of a monitor.
pub(crate) trait Stock {
    /// How many turns of `side` could go now, one after the other; too many is allowed.
    fn ready(&self, side: Side) -> usize;
}

/// An operation on the state, which may have to wait.
pub(crate) trait Turn<S> {
    /// In which line.
    const SIDE: Side;

    /// What comes of it.
    type Output;

    /// Goes, if the state lets it; it must where [`Stock::ready`] is not 0 for its side.
    ///
    /// Called under the lock, so it runs no code of users.
    fn go(&mut self, state: &mut S) -> Option<Self::Output>;
}

/// A store of which nothing lies outside the lock.
pub(crate) struct Enclosed<S>(std::marker::PhantomData<fn() -> S>);

impl<S: Stock> Store for Enclosed<S> {
    type Inside = S;

    fn ready(&self, inside: &S, side: Side, _: Waiting) -> usize {
        inside.ready(side)
    }
}

impl<S: Stock, T: Turn<S>> Move<Enclosed<S>> for T {
    const SIDE: Side = T::SIDE;
    type Output = T::Output;

    #[inline]
    fn go(&mut self, _: &Enclosed<S>, inside: &mut S, _: Waiting) -> Option<T::Output> {
        Turn::go(self, inside)
    }
}

/// State under a lock, and the lines of those who wait for it to change.
pub(crate) type Monitor<S> = Lines<Enclosed<S>>;

/// Lets a turn go, waiting for it.
pub(crate) type Visit<'a, S, T> = lines::Passage<'a, Enclosed<S>, T>;

impl<S: Stock> Monitor<S> {
    /// A monitor that nobody waits at.
    pub(crate) fn new(state: S) -> Self {
        Self::around(Enclosed(std::marker::PhantomData), state)
    }

    /// Looks at the state, under the lock: no code of users.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&S) -> R) -> R {
        self.peek(|state, _| look(state))
    }

    /// Changes the state, under the lock (no code of users), and calls whom that lets go.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut S) -> R) -> R {
        self.alter(|state, _| change(state))
    }
}
