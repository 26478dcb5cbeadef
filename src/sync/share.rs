//! What the guards of locks for threads and tasks alike are made of: a share of the lock, and
//! the guards of a part of the data. Here is where a share is taken and given back, in all forms,
//! and where the feature `diagnostics` watches it.
//!
//! # Invariants
//!
//! 1. The part that a [`Mapped`] or [`MappedMut`] points to was reached through the guard that it
//!    keeps, lies in data of the lock (or lives longer), and stays where it is while the lock is
//!    held: nobody but the guard's holder may touch the data in a way that the guard excludes,
//!    and the guard cannot be reached any more.

use super::watch::{Context as By, Hold, Mode, Place, Watch};
use crate::sys::clock::Instant;
use crate::wait::{Enter, Gate, enter_until};
use pin_project_lite::pin_project;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A lock that shares are taken of. It is never closed.
pub(super) trait Lock: Gate {
    /// Who knows who holds it.
    fn watch(&self) -> &Watch;

    /// How it is held by who took `taken`.
    fn mode(taken: usize) -> Mode;
}

/// What somebody has of a lock; given back when dropped.
///
/// All that any of these locks gives or takes back goes through here.
pub(super) struct Share<P: Deref<Target: Lock>> {
    lock: P,
    /// How much; 0 once it was given back.
    taken: usize,
    /// That the lock's watch knows.
    hold: Hold,
}

impl<P: Deref<Target: Lock>> Share<P> {
    /// `taken` was taken of `lock`, for the caller to hold.
    #[inline]
    fn new(lock: P, taken: usize, by: By, place: Place) -> Self {
        let hold = lock.watch().held(by, P::Target::mode(taken), place);
        Self { lock, taken, hold }
    }

    /// Takes a share, or gives up at the deadline.
    #[inline]
    #[track_caller]
    pub(super) fn take(lock: P, request: usize, deadline: Option<Instant>) -> Option<Self> {
        let (by, place) = (By::thread(), Place::here());
        lock.watch().wanted(&by, P::Target::mode(request), place);
        let _ = enter_until(&*lock, request, deadline)?;
        Some(Self::new(lock, request, by, place))
    }

    /// Takes a share, waiting for it.
    #[inline]
    #[track_caller]
    pub(super) fn wait_for(lock: P, request: usize) -> Self {
        match Self::take(lock, request, None) {
            Some(share) => share,
            None => unreachable!("a wait without a deadline does not time out"),
        }
    }

    /// Takes a share if that needs no waiting.
    #[inline]
    #[track_caller]
    pub(super) fn try_take(lock: P, request: usize) -> Option<Self> {
        lock.line().try_enter(request).ok()?;
        Some(Self::new(lock, request, By::thread(), Place::here()))
    }

    /// Of what.
    #[inline]
    pub(super) fn lock(&self) -> &P {
        &self.lock
    }

    /// More is going to be waited for, on top.
    pub(super) fn will_grow(&self, place: Place) {
        self.lock.watch().upgrading(&self.hold, place);
    }

    /// `more` was taken on top.
    pub(super) fn grow(&mut self, more: usize, place: Place) {
        self.taken += more;
        let mode = P::Target::mode(self.taken);
        self.lock.watch().changed(&mut self.hold, mode, place);
    }

    /// Gives back all but `rest`, in one step.
    #[track_caller]
    pub(super) fn shrink_to(&mut self, rest: usize) {
        let mode = P::Target::mode(rest);
        let watch = self.lock.watch();
        watch.changed(&mut self.hold, mode, Place::here());
        let taken = std::mem::replace(&mut self.taken, rest);
        self.lock.line().leave(taken - rest);
    }
}

impl<P: Deref<Target: Lock>> Drop for Share<P> {
    #[inline]
    fn drop(&mut self) {
        self.lock.watch().released(&self.hold);
        self.lock.line().leave(self.taken);
    }
}

pin_project! {
    /// Takes a share, waiting its turn. Stands in line from its first poll on.
    #[must_use = "futures do nothing unless polled"]
    pub(super) struct Take<P: Deref<Target: Lock>> {
        // Where in the user's code it was made.
        place: Place,
        #[pin]
        enter: Enter<P>,
    }
}

impl<P: Deref<Target: Lock>> Take<P> {
    #[inline]
    #[track_caller]
    pub(super) fn new(lock: P, request: usize) -> Self {
        Self {
            place: Place::here(),
            enter: Enter::new(lock, request),
        }
    }
}

impl<P: Deref<Target: Lock> + Clone> Future for Take<P> {
    type Output = Share<P>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let (request, by) = (this.enter.request(), By::of(cx.waker()));
        let mode = P::Target::mode(request);
        this.enter.gate().watch().wanted(&by, mode, *this.place);
        let _ = ready!(this.enter.as_mut().poll(cx));
        let lock = this.enter.gate().clone();
        Poll::Ready(Share::new(lock, request, by, *this.place))
    }
}

/// `Debug` and `Display` by way of the data that a guard gives.
macro_rules! shows_what_it_guards {
    ([$($generics:tt)*] $guard:ty, $data:ident) => {
        impl<$($generics)*> std::fmt::Debug for $guard
        where
            $data: std::fmt::Debug,
        {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<$($generics)*> std::fmt::Display for $guard
        where
            $data: std::fmt::Display,
        {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                (**self).fmt(f)
            }
        }
    };
}
pub(super) use shows_what_it_guards;

/// The right to read a part `U` of what the guard `G` guards; dropping it unlocks.
///
/// Made by the `map` of a guard that gives the right to read.
///
/// ```
/// use rungs::sync::{AsyncRwLock, AsyncRwLockReadGuard, Mapped};
///
/// let pair = AsyncRwLock::new((1, "one"));
/// let name: Mapped<AsyncRwLockReadGuard<_>, &str> =
///     AsyncRwLockReadGuard::map(pair.read(), |pair| &pair.1);
/// assert_eq!(*name, "one");
/// assert!(pair.is_locked());
/// ```
#[must_use = "dropped at once, it unlocks at once"]
pub struct Mapped<G, U: ?Sized> {
    /// The part (invariant 1).
    part: *const U,
    /// Keeps the lock.
    guard: G,
}

// SAFETY: what it gives is the guard, which may go, and a `&U`, which may go where `U` is `Sync`.
unsafe impl<G: Send, U: ?Sized + Sync> Send for Mapped<G, U> {}
// SAFETY: a shared one gives no more than a `&U`.
unsafe impl<G, U: ?Sized + Sync> Sync for Mapped<G, U> {}

/// Functions of the type, not methods, so that they hide none of the data's.
impl<G, U: ?Sized> Mapped<G, U> {
    /// `part` was reached through `guard`, which gives the right to read.
    pub(super) fn new(guard: G, part: *const U) -> Self {
        Self { part, guard }
    }

    /// A part of the part.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockReadGuard, Mapped};
    ///
    /// let nested = AsyncRwLock::new(((1, 2), 3));
    /// let first = AsyncRwLockReadGuard::map(nested.read(), |all| &all.0);
    /// assert_eq!(*Mapped::map(first, |pair| &pair.1), 2);
    /// ```
    pub fn map<V: ?Sized>(this: Self, part: impl FnOnce(&U) -> &V) -> Mapped<G, V> {
        let part: *const V = part(&this);
        Mapped::new(this.guard, part)
    }

    /// A part of the part, where there is one.
    ///
    /// *Errors:* the guard as it was.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockReadGuard, Mapped};
    ///
    /// let words = AsyncRwLock::new(vec!["one"]);
    /// let all = AsyncRwLockReadGuard::map(words.read(), |words| words.as_slice());
    /// let all = Mapped::try_map(all, |words| words.get(1)).unwrap_err();
    /// assert_eq!(*Mapped::try_map(all, |words| words.first()).unwrap(), "one");
    /// ```
    pub fn try_map<V: ?Sized>(
        this: Self,
        part: impl FnOnce(&U) -> Option<&V>,
    ) -> Result<Mapped<G, V>, Self> {
        match part(&this).map(std::ptr::from_ref) {
            Some(part) => Ok(Mapped::new(this.guard, part)),
            None => Err(this),
        }
    }
}

impl<G, U: ?Sized> Deref for Mapped<G, U> {
    type Target = U;

    #[inline]
    fn deref(&self) -> &U {
        // SAFETY: invariant 1; `guard` gives the right to read.
        unsafe { &*self.part }
    }
}

shows_what_it_guards!([G, U: ?Sized] Mapped<G, U>, U);

/// The right to read and write a part `U` of what the guard `G` guards; dropping it unlocks.
///
/// Made by the `map` of a guard that gives the right to write.
///
/// ```
/// use rungs::sync::{AsyncMutex, AsyncMutexGuard, MappedMut};
///
/// let pair = AsyncMutex::new((1, "one"));
/// let mut number: MappedMut<AsyncMutexGuard<_>, i32> =
///     AsyncMutexGuard::map(pair.lock(), |pair| &mut pair.0);
/// *number += 1;
/// drop(number);
/// assert_eq!(pair.into_inner(), (2, "one"));
/// ```
#[must_use = "dropped at once, it unlocks at once"]
pub struct MappedMut<G, U: ?Sized> {
    /// The part (invariant 1).
    part: *mut U,
    /// Keeps the lock.
    guard: G,
}

// SAFETY: what it gives is the guard, which may go, and a `&mut U`, which may go where `U` is
// `Send`.
unsafe impl<G: Send, U: ?Sized + Send> Send for MappedMut<G, U> {}
// SAFETY: a shared one gives no more than a `&U`.
unsafe impl<G, U: ?Sized + Sync> Sync for MappedMut<G, U> {}

/// Functions of the type, not methods, so that they hide none of the data's.
impl<G, U: ?Sized> MappedMut<G, U> {
    /// `part` was reached through `guard`, which gives the right to write.
    pub(super) fn new(guard: G, part: *mut U) -> Self {
        Self { part, guard }
    }

    /// A part of the part.
    ///
    /// ```
    /// use rungs::sync::{AsyncMutex, AsyncMutexGuard, MappedMut};
    ///
    /// let nested = AsyncMutex::new(((1, 2), 3));
    /// let first = AsyncMutexGuard::map(nested.lock(), |all| &mut all.0);
    /// *MappedMut::map(first, |pair| &mut pair.1) = 7;
    /// assert_eq!(*nested.lock(), ((1, 7), 3));
    /// ```
    pub fn map<V: ?Sized>(mut this: Self, part: impl FnOnce(&mut U) -> &mut V) -> MappedMut<G, V> {
        let part: *mut V = part(&mut this);
        MappedMut::new(this.guard, part)
    }

    /// A part of the part, where there is one.
    ///
    /// *Errors:* the guard as it was.
    ///
    /// ```
    /// use rungs::sync::{AsyncMutex, AsyncMutexGuard, MappedMut};
    ///
    /// let words = AsyncMutex::new(vec!["one"]);
    /// let all = AsyncMutexGuard::map(words.lock(), |words| words.as_mut_slice());
    /// let all = MappedMut::try_map(all, |words| words.get_mut(1)).unwrap_err();
    /// *MappedMut::try_map(all, |words| words.get_mut(0)).unwrap() = "two";
    /// assert_eq!(*words.lock(), ["two"]);
    /// ```
    pub fn try_map<V: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut U) -> Option<&mut V>,
    ) -> Result<MappedMut<G, V>, Self> {
        match part(&mut this).map(std::ptr::from_mut) {
            Some(part) => Ok(MappedMut::new(this.guard, part)),
            None => Err(this),
        }
    }
}

impl<G, U: ?Sized> Deref for MappedMut<G, U> {
    type Target = U;

    #[inline]
    fn deref(&self) -> &U {
        // SAFETY: invariant 1; `guard` gives the right to write, and `self` is borrowed.
        unsafe { &*self.part }
    }
}

impl<G, U: ?Sized> DerefMut for MappedMut<G, U> {
    #[inline]
    fn deref_mut(&mut self) -> &mut U {
        // SAFETY: invariant 1; `guard` gives the right to write, and `self` is borrowed alone.
        unsafe { &mut *self.part }
    }
}

shows_what_it_guards!([G, U: ?Sized] MappedMut<G, U>, U);
