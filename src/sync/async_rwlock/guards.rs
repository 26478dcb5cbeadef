//! What an [`AsyncRwLock`] gives, and what becomes of it.

use super::{AsyncRwLock, READ, UPGRADABLE, UPGRADE, WRITE};
use crate::sync::share::{Mapped, MappedMut, Share, Take, shows_what_it_guards};
use crate::sync::watch::Place;
use crate::sys::{self, Arc, clock::Instant};
use crate::wait::{Enter, enter_until};
use pin_project_lite::pin_project;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A guard, its making, and its reading.
macro_rules! guard {
    ($(#[$meta:meta])* $name:ident, $taken:ident) => {
        $(#[$meta])*
        #[must_use = "dropped at once, it unlocks at once"]
        pub struct $name<P: Deref<Target = AsyncRwLock<T>>, T: ?Sized> {
            /// What it has of its lock.
            share: Share<P>,
        }

        impl<P: Deref<Target = AsyncRwLock<T>>, T: ?Sized> $name<P, T> {
            #[doc = concat!("`share` is a `", stringify!($taken), "`.")]
            #[inline]
            pub(super) fn new(share: Share<P>) -> Self {
                Self { share }
            }
        }

        // SAFETY: a shared one gives no more than a `&T`.
        unsafe impl<P: Deref<Target = AsyncRwLock<T>>, T: ?Sized + Sync> Sync for $name<P, T> {}

        impl<P: Deref<Target = AsyncRwLock<T>>, T: ?Sized> Deref for $name<P, T> {
            type Target = T;

            #[inline]
            fn deref(&self) -> &T {
                // SAFETY: the guard has a share (invariant 1 of the lock), and is borrowed.
                self.share.lock().value.with(|value| unsafe { &*value })
            }
        }

        shows_what_it_guards!(
            [P: Deref<Target = AsyncRwLock<T>>, T: ?Sized] $name<P, T>, T
        );
    };
}

guard! {
    /// The right to read, beside others; dropping it gives it back.
    ///
    /// ```
    /// let lock = rungs::sync::AsyncRwLock::new(1);
    /// let one = lock.read();
    /// let two = lock.try_read().expect("others may read as well");
    /// assert_eq!(*one + *two, 2);
    /// ```
    AsyncRwLockReadGuardOf, READ
}

guard! {
    /// The right to read and write, alone; dropping it gives it back.
    ///
    /// ```
    /// let lock = rungs::sync::AsyncRwLock::new(vec![1]);
    /// lock.write().push(2);
    /// assert_eq!(lock.into_inner(), [1, 2]);
    /// ```
    AsyncRwLockWriteGuardOf, WRITE
}

guard! {
    /// The right to read, beside readers, and to become the writer; dropping it gives it back.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockUpgradableReadGuard};
    ///
    /// let cache = AsyncRwLock::new(None);
    /// let seen = cache.upgradable_read();
    /// if seen.is_none() {
    ///     // Nobody else writes between the look and this.
    ///     *AsyncRwLockUpgradableReadGuard::upgrade(seen) = Some("computed");
    /// }
    /// assert_eq!(*cache.read(), Some("computed"));
    /// ```
    AsyncRwLockUpgradableReadGuardOf, UPGRADABLE
}

/// The right to read a lock that is borrowed. See [`AsyncRwLockReadGuardOf`].
pub type AsyncRwLockReadGuard<'a, T> = AsyncRwLockReadGuardOf<&'a AsyncRwLock<T>, T>;

/// The right to read a lock that is shared. See [`AsyncRwLockReadGuardOf`].
pub type OwnedAsyncRwLockReadGuard<T> = AsyncRwLockReadGuardOf<Arc<AsyncRwLock<T>>, T>;

/// The right to write to a lock that is borrowed. See [`AsyncRwLockWriteGuardOf`].
pub type AsyncRwLockWriteGuard<'a, T> = AsyncRwLockWriteGuardOf<&'a AsyncRwLock<T>, T>;

/// The right to write to a lock that is shared. See [`AsyncRwLockWriteGuardOf`].
pub type OwnedAsyncRwLockWriteGuard<T> = AsyncRwLockWriteGuardOf<Arc<AsyncRwLock<T>>, T>;

/// The right to read a lock that is borrowed, and to become its writer. See
/// [`AsyncRwLockUpgradableReadGuardOf`].
pub type AsyncRwLockUpgradableReadGuard<'a, T> =
    AsyncRwLockUpgradableReadGuardOf<&'a AsyncRwLock<T>, T>;

/// The right to read a lock that is shared, and to become its writer. See
/// [`AsyncRwLockUpgradableReadGuardOf`].
pub type OwnedAsyncRwLockUpgradableReadGuard<T> =
    AsyncRwLockUpgradableReadGuardOf<Arc<AsyncRwLock<T>>, T>;

// SAFETY: what it gives is a `&T`, which may go where `T` is `Sync`; it does not own the lock.
unsafe impl<T: ?Sized + Sync> Send for AsyncRwLockReadGuard<'_, T> {}
// SAFETY: as above; as the last owner, it gives the value as well.
unsafe impl<T: ?Sized + Send + Sync> Send for OwnedAsyncRwLockReadGuard<T> {}
// SAFETY: what it gives is a `&mut T`, and, by a downgrade, a `&T` beside others.
unsafe impl<P, T> Send for AsyncRwLockWriteGuardOf<P, T>
where
    P: Deref<Target = AsyncRwLock<T>>,
    T: ?Sized + Send + Sync,
{
}
// SAFETY: what it gives is a `&T` beside others, and, by an upgrade, a `&mut T`.
unsafe impl<P, T> Send for AsyncRwLockUpgradableReadGuardOf<P, T>
where
    P: Deref<Target = AsyncRwLock<T>>,
    T: ?Sized + Send + Sync,
{
}

impl<P: Deref<Target = AsyncRwLock<T>>, T: ?Sized> DerefMut for AsyncRwLockWriteGuardOf<P, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        let value = &self.share.lock().value;
        // SAFETY: the guard has `WRITE` (invariants 1 and 2 of the lock), and is borrowed alone.
        value.with_mut(|value| unsafe { &mut *value })
    }
}

/// Functions of the type, not methods, so that they hide none of the data's.
impl<P: Deref<Target = AsyncRwLock<T>>, T: ?Sized> AsyncRwLockUpgradableReadGuardOf<P, T> {
    /// Becomes the writer; the thread sleeps until all readers have left. No other writer comes
    /// in between: what was read still holds.
    ///
    /// *Fairness:* it goes before all who wait. Readers may still come for about a millisecond,
    /// on a lock that is not [`fair`](AsyncRwLock::fair); from then on they wait. *Recursion:*
    /// who also reads by another guard waits for itself.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockUpgradableReadGuard};
    ///
    /// let lock = AsyncRwLock::new(1);
    /// let seen = lock.upgradable_read();
    /// let twice = *seen * 2;
    /// *AsyncRwLockUpgradableReadGuard::upgrade(seen) = twice;
    /// assert_eq!(*lock.read(), 2);
    /// ```
    #[track_caller]
    pub fn upgrade(this: Self) -> AsyncRwLockWriteGuardOf<P, T> {
        match this.upgrade_to(None) {
            Ok(guard) => guard,
            Err(_) => unreachable!("a wait without a deadline does not time out"),
        }
    }

    /// Becomes the writer if nobody else reads.
    ///
    /// *Errors:* the guard as it was.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockUpgradableReadGuard};
    ///
    /// let lock = AsyncRwLock::new(1);
    /// let (other, seen) = (lock.read(), lock.upgradable_read());
    /// let seen = AsyncRwLockUpgradableReadGuard::try_upgrade(seen).unwrap_err();
    /// drop(other);
    /// assert!(AsyncRwLockUpgradableReadGuard::try_upgrade(seen).is_ok());
    /// ```
    #[track_caller]
    pub fn try_upgrade(this: Self) -> Result<AsyncRwLockWriteGuardOf<P, T>, Self> {
        match this.share.lock().line.try_enter(UPGRADE) {
            Ok(()) => Ok(this.upgraded(Place::here())),
            Err(_) => Err(this),
        }
    }

    /// Becomes the writer, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* the guard as it was; who waited behind the upgrade is let in.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockUpgradableReadGuard};
    /// use std::time::Duration;
    ///
    /// let lock = AsyncRwLock::new(1);
    /// let (other, seen) = (lock.read(), lock.upgradable_read());
    /// let a_while = Duration::from_millis(1);
    /// let seen = AsyncRwLockUpgradableReadGuard::upgrade_timeout(seen, a_while).unwrap_err();
    /// assert_eq!(*seen, *other);
    /// ```
    #[track_caller]
    pub fn upgrade_timeout(
        this: Self,
        timeout: Duration,
    ) -> Result<AsyncRwLockWriteGuardOf<P, T>, Self> {
        this.upgrade_to(sys::deadline_after(timeout))
    }

    /// Becomes the writer, or gives up at `deadline`.
    ///
    /// *Errors:* the guard as it was; who waited behind the upgrade is let in.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockUpgradableReadGuard};
    /// use std::time::Instant;
    ///
    /// let lock = AsyncRwLock::new(1);
    /// let seen = lock.upgradable_read();
    /// assert!(AsyncRwLockUpgradableReadGuard::upgrade_deadline(seen, Instant::now()).is_ok());
    /// ```
    #[track_caller]
    pub fn upgrade_deadline(
        this: Self,
        deadline: Instant,
    ) -> Result<AsyncRwLockWriteGuardOf<P, T>, Self> {
        this.upgrade_to(Some(deadline))
    }

    /// Becomes the writer; the task waits until all readers have left, at the front of the line
    /// from the first poll on.
    ///
    /// *Cancel safety:* dropped, it lets the lock go: the right to read is in the future.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockUpgradableReadGuard};
    ///
    /// let lock = AsyncRwLock::new(1);
    /// rungs::future::block_on(async {
    ///     let seen = lock.upgradable_read_async().await;
    ///     *AsyncRwLockUpgradableReadGuard::upgrade_async(seen).await += 1;
    /// });
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    #[track_caller]
    pub fn upgrade_async(this: Self) -> UpgradeAsync<P, T>
    where
        P: Clone,
    {
        UpgradeAsync {
            place: Place::here(),
            enter: Enter::new(this.share.lock().clone(), UPGRADE),
            guard: Some(this),
        }
    }

    /// Gives up the right to become the writer, and reads on.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockUpgradableReadGuard};
    ///
    /// let lock = AsyncRwLock::new(1);
    /// let reads = AsyncRwLockUpgradableReadGuard::downgrade(lock.upgradable_read());
    /// assert!(lock.try_upgradable_read().is_some());
    /// assert_eq!(*reads, 1);
    /// ```
    #[track_caller]
    pub fn downgrade(mut this: Self) -> AsyncRwLockReadGuardOf<P, T> {
        this.share.shrink_to(READ);
        AsyncRwLockReadGuardOf::new(this.share)
    }

    /// A guard of a part of the data, for reading; the right to become the writer stays with it,
    /// unused.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockUpgradableReadGuard};
    ///
    /// let pair = AsyncRwLock::new((1, "one"));
    /// let name = AsyncRwLockUpgradableReadGuard::map(pair.upgradable_read(), |pair| &pair.1);
    /// assert_eq!(*name, "one");
    /// ```
    pub fn map<U: ?Sized>(this: Self, part: impl FnOnce(&T) -> &U) -> Mapped<Self, U> {
        let part: *const U = part(&this);
        Mapped::new(this, part)
    }

    /// A guard of a part of the data, as [`map`](Self::map) gives, where there is one.
    ///
    /// *Errors:* the guard as it was.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockUpgradableReadGuard};
    ///
    /// let words = AsyncRwLock::new(vec!["one"]);
    /// let all = words.upgradable_read();
    /// let all = AsyncRwLockUpgradableReadGuard::try_map(all, |words| words.get(1));
    /// assert_eq!(all.unwrap_err().len(), 1);
    /// ```
    pub fn try_map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&T) -> Option<&U>,
    ) -> Result<Mapped<Self, U>, Self> {
        match part(&this).map(std::ptr::from_ref) {
            Some(part) => Ok(Mapped::new(this, part)),
            None => Err(this),
        }
    }

    /// Becomes the writer, or gives up at the deadline.
    #[track_caller]
    fn upgrade_to(self, deadline: Option<Instant>) -> Result<AsyncRwLockWriteGuardOf<P, T>, Self> {
        let place = Place::here();
        self.share.will_grow(place);
        // A lock is never closed.
        match enter_until(&**self.share.lock(), UPGRADE, deadline) {
            Some(_) => Ok(self.upgraded(place)),
            None => Err(self),
        }
    }

    /// `UPGRADE` was taken on top.
    fn upgraded(mut self, place: Place) -> AsyncRwLockWriteGuardOf<P, T> {
        self.share.grow(UPGRADE, place);
        AsyncRwLockWriteGuardOf::new(self.share)
    }
}

/// Functions of the type, not methods, so that they hide none of the data's.
impl<P: Deref<Target = AsyncRwLock<T>>, T: ?Sized> AsyncRwLockWriteGuardOf<P, T> {
    /// Gives up the right to write, and reads on; no other writer comes in between.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockWriteGuard};
    ///
    /// let lock = AsyncRwLock::new(1);
    /// let mut guard = lock.write();
    /// *guard = 2;
    /// let reads = AsyncRwLockWriteGuard::downgrade(guard);
    /// assert_eq!(*reads, *lock.read());
    /// ```
    #[track_caller]
    pub fn downgrade(mut this: Self) -> AsyncRwLockReadGuardOf<P, T> {
        this.share.shrink_to(READ);
        AsyncRwLockReadGuardOf::new(this.share)
    }

    /// Lets readers in, and keeps the right to become the writer again.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockWriteGuard};
    ///
    /// let lock = AsyncRwLock::new(1);
    /// let seen = AsyncRwLockWriteGuard::downgrade_to_upgradable(lock.write());
    /// assert_eq!(*lock.read(), *seen);
    /// assert!(lock.try_write().is_none());
    /// ```
    #[track_caller]
    pub fn downgrade_to_upgradable(mut this: Self) -> AsyncRwLockUpgradableReadGuardOf<P, T> {
        this.share.shrink_to(UPGRADABLE);
        AsyncRwLockUpgradableReadGuardOf::new(this.share)
    }

    /// A guard of a part of the data.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockWriteGuard};
    ///
    /// let pair = AsyncRwLock::new((1, "one"));
    /// *AsyncRwLockWriteGuard::map(pair.write(), |pair| &mut pair.0) += 1;
    /// assert_eq!(pair.into_inner(), (2, "one"));
    /// ```
    pub fn map<U: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut T) -> &mut U,
    ) -> MappedMut<Self, U> {
        let part: *mut U = part(&mut this);
        MappedMut::new(this, part)
    }

    /// A guard of a part of the data, where there is one.
    ///
    /// *Errors:* the guard as it was.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockWriteGuard};
    ///
    /// let words = AsyncRwLock::new(vec!["one"]);
    /// let all = AsyncRwLockWriteGuard::try_map(words.write(), |words| words.get_mut(1));
    /// assert_eq!(all.unwrap_err().len(), 1);
    /// ```
    pub fn try_map<U: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut T) -> Option<&mut U>,
    ) -> Result<MappedMut<Self, U>, Self> {
        match part(&mut this).map(std::ptr::from_mut) {
            Some(part) => Ok(MappedMut::new(this, part)),
            None => Err(this),
        }
    }
}

/// Functions of the type, not methods, so that they hide none of the data's.
impl<P: Deref<Target = AsyncRwLock<T>>, T: ?Sized> AsyncRwLockReadGuardOf<P, T> {
    /// A guard of a part of the data.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockReadGuard};
    ///
    /// let pair = AsyncRwLock::new((1, "one"));
    /// assert_eq!(*AsyncRwLockReadGuard::map(pair.read(), |pair| &pair.1), "one");
    /// ```
    pub fn map<U: ?Sized>(this: Self, part: impl FnOnce(&T) -> &U) -> Mapped<Self, U> {
        let part: *const U = part(&this);
        Mapped::new(this, part)
    }

    /// A guard of a part of the data, where there is one.
    ///
    /// *Errors:* the guard as it was.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockReadGuard};
    ///
    /// let words = AsyncRwLock::new(vec!["one"]);
    /// let all = AsyncRwLockReadGuard::try_map(words.read(), |words| words.get(1));
    /// assert_eq!(all.unwrap_err().len(), 1);
    /// ```
    pub fn try_map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&T) -> Option<&U>,
    ) -> Result<Mapped<Self, U>, Self> {
        match part(&this).map(std::ptr::from_ref) {
            Some(part) => Ok(Mapped::new(this, part)),
            None => Err(this),
        }
    }
}

/// A future that takes a share.
macro_rules! future {
    ($(#[$meta:meta])* $name:ident, $taken:ident, $guard:ident) => {
        pin_project! {
            $(#[$meta])*
            #[must_use = "futures do nothing unless polled"]
            pub struct $name<P: Deref<Target = AsyncRwLock<T>>, T: ?Sized> {
                #[pin]
                take: Take<P>,
            }
        }

        impl<P: Deref<Target = AsyncRwLock<T>>, T: ?Sized> $name<P, T> {
            #[inline]
            #[track_caller]
            pub(super) fn new(lock: P) -> Self {
                Self {
                    take: Take::new(lock, $taken),
                }
            }
        }

        impl<P: Deref<Target = AsyncRwLock<T>> + Clone, T: ?Sized> Future for $name<P, T> {
            type Output = $guard<P, T>;

            #[inline]
            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                self.project().take.poll(cx).map($guard::new)
            }
        }

        shows_its_name!($name);
    };
}

macro_rules! shows_its_name {
    ($name:ident) => {
        impl<P: Deref<Target = AsyncRwLock<T>>, T: ?Sized> fmt::Debug for $name<P, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

future! {
    /// The future of [`AsyncRwLock::read_async`] and its owned form. It stands in line from its
    /// first poll on, and leaves it when dropped.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, ReadAsync};
    ///
    /// let lock = AsyncRwLock::new(1);
    /// let read: ReadAsync<&AsyncRwLock<i32>, i32> = lock.read_async();
    /// drop(read); // was never polled: nothing happened
    /// assert!(!lock.is_locked());
    /// ```
    ReadAsync, READ, AsyncRwLockReadGuardOf
}

future! {
    /// The future of [`AsyncRwLock::write_async`] and its owned form. It stands in line from its
    /// first poll on, and leaves it when dropped.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, WriteAsync};
    ///
    /// let lock = AsyncRwLock::new(1);
    /// let write: WriteAsync<&AsyncRwLock<i32>, i32> = lock.write_async();
    /// drop(write); // was never polled: nothing happened
    /// assert!(!lock.is_locked());
    /// ```
    WriteAsync, WRITE, AsyncRwLockWriteGuardOf
}

future! {
    /// The future of [`AsyncRwLock::upgradable_read_async`] and its owned form. It stands in line
    /// from its first poll on, and leaves it when dropped.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, UpgradableReadAsync};
    ///
    /// let lock = AsyncRwLock::new(1);
    /// let read: UpgradableReadAsync<&AsyncRwLock<i32>, i32> = lock.upgradable_read_async();
    /// drop(read); // was never polled: nothing happened
    /// assert!(!lock.is_locked());
    /// ```
    UpgradableReadAsync, UPGRADABLE, AsyncRwLockUpgradableReadGuardOf
}

pin_project! {
    /// The future of [`AsyncRwLockUpgradableReadGuardOf::upgrade_async`]. It holds the right to
    /// read until it is ready; dropped, it lets the lock go.
    ///
    /// ```
    /// use rungs::sync::{AsyncRwLock, AsyncRwLockUpgradableReadGuard, UpgradeAsync};
    ///
    /// let lock = AsyncRwLock::new(1);
    /// let upgrade: UpgradeAsync<&AsyncRwLock<i32>, i32> =
    ///     AsyncRwLockUpgradableReadGuard::upgrade_async(lock.upgradable_read());
    /// assert!(lock.is_locked());
    /// drop(upgrade);
    /// assert!(!lock.is_locked());
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct UpgradeAsync<P: Deref<Target = AsyncRwLock<T>>, T: ?Sized> {
        // Where in the user's code it was made.
        place: Place,
        // Dropped in this order: what comes on top first.
        #[pin]
        enter: Enter<P>,
        guard: Option<AsyncRwLockUpgradableReadGuardOf<P, T>>,
    }
}

impl<P: Deref<Target = AsyncRwLock<T>>, T: ?Sized> Future for UpgradeAsync<P, T> {
    type Output = AsyncRwLockWriteGuardOf<P, T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Some(guard) = this.guard {
            guard.share.will_grow(*this.place);
        }
        // A lock is never closed; a second poll after the end panics here.
        let _ = ready!(this.enter.poll(cx));
        let guard = this.guard.take().expect("the guard is there until the end");
        Poll::Ready(guard.upgraded(*this.place))
    }
}

shows_its_name!(UpgradeAsync);
