//! What a [`RwLock`](super::RwLock) gives, and what becomes of it.

use crate::sync::guard::guard_traits;
use crate::sync::watch::{Claim, Held, Mode};
use crate::sys::{self, clock::Instant, lock_api};
use std::time::Duration;

macro_rules! guard {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[must_use = "dropped at once, it unlocks at once"]
        pub struct $name<'a, T: ?Sized> {
            /// Out of the books before it is unlocked: the fields are dropped in this order.
            held: Held<'a>,
            guard: lock_api::$name<'a, sys::RawRwLock, T>,
        }
    };
}

guard! {
    /// The right to read, beside others; dropping it gives it back.
    ///
    /// ```
    /// let lock = rungs::sync::RwLock::new(1);
    /// let one = lock.read();
    /// let two = lock.try_read().expect("others may read as well");
    /// assert_eq!(*one + *two, 2);
    /// ```
    ///
    /// It does not outlive the lock, and stays on its thread:
    ///
    /// ```compile_fail,E0505
    /// let lock = rungs::sync::RwLock::new(1);
    /// let guard = lock.read();
    /// drop(lock);
    /// assert_eq!(*guard, 1);
    /// ```
    ///
    /// ```compile_fail,E0277
    /// static LOCK: rungs::sync::RwLock<u32> = rungs::sync::RwLock::new(1);
    /// let guard = LOCK.read();
    /// std::thread::spawn(move || drop(guard));
    /// ```
    RwLockReadGuard
}

guard! {
    /// The right to read and write, alone; dropping it gives it back.
    ///
    /// ```
    /// let lock = rungs::sync::RwLock::new(vec![1]);
    /// lock.write().push(2);
    /// assert_eq!(lock.into_inner(), [1, 2]);
    /// ```
    ///
    /// It does not outlive the lock, and stays on its thread:
    ///
    /// ```compile_fail,E0505
    /// let lock = rungs::sync::RwLock::new(1);
    /// let guard = lock.write();
    /// drop(lock);
    /// assert_eq!(*guard, 1);
    /// ```
    ///
    /// ```compile_fail,E0277
    /// static LOCK: rungs::sync::RwLock<u32> = rungs::sync::RwLock::new(1);
    /// let guard = LOCK.write();
    /// std::thread::spawn(move || drop(guard));
    /// ```
    RwLockWriteGuard
}

guard! {
    /// The right to read, beside readers, and to become the writer; dropping it gives it back.
    ///
    /// ```
    /// use rungs::sync::{RwLock, RwLockUpgradableReadGuard};
    ///
    /// let cache = RwLock::new(None);
    /// let seen = cache.upgradable_read();
    /// if seen.is_none() {
    ///     // Nobody else writes between the look and this.
    ///     *RwLockUpgradableReadGuard::upgrade(seen) = Some("computed");
    /// }
    /// assert_eq!(*cache.read(), Some("computed"));
    /// ```
    ///
    /// It does not outlive the lock, and stays on its thread:
    ///
    /// ```compile_fail,E0505
    /// let lock = rungs::sync::RwLock::new(1);
    /// let guard = lock.upgradable_read();
    /// drop(lock);
    /// assert_eq!(*guard, 1);
    /// ```
    ///
    /// ```compile_fail,E0277
    /// static LOCK: rungs::sync::RwLock<u32> = rungs::sync::RwLock::new(1);
    /// let guard = LOCK.upgradable_read();
    /// std::thread::spawn(move || drop(guard));
    /// ```
    RwLockUpgradableReadGuard
}

guard! {
    /// The right to read a part of the data.
    ///
    /// ```
    /// use rungs::sync::{MappedRwLockReadGuard, RwLock, RwLockReadGuard};
    ///
    /// let pair = RwLock::new((1, "one"));
    /// let name: MappedRwLockReadGuard<&str> = RwLockReadGuard::map(pair.read(), |pair| &pair.1);
    /// assert_eq!(*name, "one");
    /// ```
    MappedRwLockReadGuard
}

guard! {
    /// The right to read and write a part of the data.
    ///
    /// ```
    /// use rungs::sync::{MappedRwLockWriteGuard, RwLock, RwLockWriteGuard};
    ///
    /// let pair = RwLock::new((1, "one"));
    /// let mut number: MappedRwLockWriteGuard<i32> =
    ///     RwLockWriteGuard::map(pair.write(), |pair| &mut pair.0);
    /// *number += 1;
    /// drop(number);
    /// assert_eq!(pair.into_inner(), (2, "one"));
    /// ```
    MappedRwLockWriteGuard
}

macro_rules! taken {
    ($name:ident) => {
        impl<'a, T: ?Sized> $name<'a, T> {
            /// What came of a claim.
            #[inline]
            pub(super) fn new(
                claim: Claim<'a>,
                guard: lock_api::$name<'a, sys::RawRwLock, T>,
            ) -> Self {
                let held = claim.held();
                Self { held, guard }
            }
        }
    };
}

taken!(RwLockReadGuard);
taken!(RwLockWriteGuard);
taken!(RwLockUpgradableReadGuard);

guard_traits!(RwLockReadGuard);
guard_traits!(mut RwLockWriteGuard);
guard_traits!(RwLockUpgradableReadGuard);
guard_traits!(MappedRwLockReadGuard);
guard_traits!(mut MappedRwLockWriteGuard);

/// Functions of the type, not methods, so that they hide none of the data's.
impl<'a, T: ?Sized> RwLockUpgradableReadGuard<'a, T> {
    /// Becomes the writer; the thread sleeps until all readers have left. No other writer comes
    /// in between: what was read still holds.
    ///
    /// New readers wait meanwhile. A thread that also reads, by another guard, waits for itself.
    ///
    /// ```
    /// use rungs::sync::{RwLock, RwLockUpgradableReadGuard};
    ///
    /// let lock = RwLock::new(1);
    /// let seen = lock.upgradable_read();
    /// let twice = *seen * 2;
    /// *RwLockUpgradableReadGuard::upgrade(seen) = twice;
    /// assert_eq!(*lock.read(), 2);
    /// ```
    #[track_caller]
    pub fn upgrade(this: Self) -> RwLockWriteGuard<'a, T> {
        this.held.upgrading();
        let Self { held, guard } = this;
        let guard = lock_api::RwLockUpgradableReadGuard::upgrade(guard);
        RwLockWriteGuard::upgraded(held, guard)
    }

    /// Becomes the writer if nobody else reads.
    ///
    /// *Errors:* the guard itself, which still reads.
    ///
    /// ```
    /// use rungs::sync::{RwLock, RwLockUpgradableReadGuard};
    ///
    /// let lock = RwLock::new(1);
    /// let reader = lock.read();
    /// let kept = RwLockUpgradableReadGuard::try_upgrade(lock.upgradable_read()).unwrap_err();
    /// drop(reader);
    /// *RwLockUpgradableReadGuard::try_upgrade(kept).unwrap() += 1;
    /// assert_eq!(*lock.read(), 2);
    /// ```
    #[track_caller]
    pub fn try_upgrade(this: Self) -> Result<RwLockWriteGuard<'a, T>, Self> {
        let Self { held, guard } = this;
        match lock_api::RwLockUpgradableReadGuard::try_upgrade(guard) {
            Ok(guard) => Ok(RwLockWriteGuard::upgraded(held, guard)),
            Err(guard) => Err(Self { held, guard }),
        }
    }

    /// Becomes the writer, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* the guard itself, which still reads: nobody has written meanwhile.
    ///
    /// ```
    /// use rungs::sync::{RwLock, RwLockUpgradableReadGuard as Guard};
    /// use std::time::Duration;
    ///
    /// let lock = RwLock::new(1);
    /// let reader = lock.read();
    /// let kept = Guard::upgrade_timeout(lock.upgradable_read(), Duration::from_millis(1));
    /// assert_eq!(*kept.unwrap_err(), 1);
    /// # drop(reader);
    /// ```
    #[track_caller]
    pub fn upgrade_timeout(this: Self, timeout: Duration) -> Result<RwLockWriteGuard<'a, T>, Self> {
        match sys::deadline_after(timeout) {
            Some(deadline) => Self::upgrade_deadline(this, deadline),
            None => Ok(Self::upgrade(this)),
        }
    }

    /// Becomes the writer, or gives up at `deadline`.
    ///
    /// *Errors:* the guard itself, which still reads: nobody has written meanwhile.
    ///
    /// ```
    /// use rungs::sync::{RwLock, RwLockUpgradableReadGuard};
    /// use std::time::Instant;
    ///
    /// let lock = RwLock::new(1);
    /// let guard = lock.upgradable_read();
    /// assert!(RwLockUpgradableReadGuard::upgrade_deadline(guard, Instant::now()).is_ok());
    /// ```
    #[track_caller]
    pub fn upgrade_deadline(
        this: Self,
        deadline: Instant,
    ) -> Result<RwLockWriteGuard<'a, T>, Self> {
        this.held.upgrading();
        let Self { held, guard } = this;
        match lock_api::RwLockUpgradableReadGuard::try_upgrade_until(guard, deadline) {
            Ok(guard) => Ok(RwLockWriteGuard::upgraded(held, guard)),
            Err(guard) => Err(Self { held, guard }),
        }
    }

    /// Becomes a plain reader, without letting anybody write in between.
    ///
    /// ```
    /// use rungs::sync::{RwLock, RwLockUpgradableReadGuard};
    ///
    /// let lock = RwLock::new(1);
    /// let reader = RwLockUpgradableReadGuard::downgrade(lock.upgradable_read());
    /// assert!(lock.try_upgradable_read().is_some());
    /// assert_eq!(*reader, 1);
    /// ```
    #[track_caller]
    pub fn downgrade(this: Self) -> RwLockReadGuard<'a, T> {
        let Self { mut held, guard } = this;
        let guard = lock_api::RwLockUpgradableReadGuard::downgrade(guard);
        held.changed(Mode::Shared);
        RwLockReadGuard { held, guard }
    }
}

/// Functions of the type, not methods, so that they hide none of the data's.
impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    #[track_caller]
    fn upgraded(
        mut held: Held<'a>,
        guard: lock_api::RwLockWriteGuard<'a, sys::RawRwLock, T>,
    ) -> Self {
        held.changed(Mode::Alone);
        Self { held, guard }
    }

    /// Becomes a reader, without letting anybody write in between; other readers come in.
    ///
    /// ```
    /// use rungs::sync::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(1);
    /// let mut writer = lock.write();
    /// *writer += 1;
    /// let reader = RwLockWriteGuard::downgrade(writer);
    /// assert_eq!(*reader + *lock.read(), 4);
    /// ```
    #[track_caller]
    pub fn downgrade(this: Self) -> RwLockReadGuard<'a, T> {
        let Self { mut held, guard } = this;
        // In the books first: as soon as others may come in, they must find it there.
        held.changed(Mode::Shared);
        let guard = lock_api::RwLockWriteGuard::downgrade(guard);
        RwLockReadGuard { held, guard }
    }

    /// Becomes a reader who may become the writer again; other readers come in.
    ///
    /// ```
    /// use rungs::sync::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(1);
    /// let reader = RwLockWriteGuard::downgrade_to_upgradable(lock.write());
    /// assert!(lock.try_read().is_some() && lock.try_write().is_none());
    /// # drop(reader);
    /// ```
    #[track_caller]
    pub fn downgrade_to_upgradable(this: Self) -> RwLockUpgradableReadGuard<'a, T> {
        let Self { mut held, guard } = this;
        held.changed(Mode::Upgradable);
        let guard = lock_api::RwLockWriteGuard::downgrade_to_upgradable(guard);
        RwLockUpgradableReadGuard { held, guard }
    }

    /// Narrows the guard to a part of the data.
    ///
    /// *Panics* as `part` does; the lock is then free.
    ///
    /// ```
    /// use rungs::sync::{RwLock, RwLockWriteGuard};
    ///
    /// let words = RwLock::new(vec![String::from("rung")]);
    /// RwLockWriteGuard::map(words.write(), |words| &mut words[0]).push('s');
    /// assert_eq!(*words.read(), ["rungs"]);
    /// ```
    #[inline]
    pub fn map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&mut T) -> &mut U,
    ) -> MappedRwLockWriteGuard<'a, U> {
        let Self { held, guard } = this;
        let guard = lock_api::RwLockWriteGuard::map(guard, part);
        MappedRwLockWriteGuard { held, guard }
    }

    /// Narrows the guard to a part of the data that may not be there.
    ///
    /// *Errors:* the guard itself, where `part` gives `None`. *Panics* as `part` does; the
    /// lock is then free.
    ///
    /// ```
    /// use rungs::sync::{RwLock, RwLockWriteGuard};
    ///
    /// let numbers = RwLock::new(vec![1]);
    /// let second = RwLockWriteGuard::try_map(numbers.write(), |numbers| numbers.get_mut(1));
    /// assert_eq!(*second.unwrap_err(), [1]);
    /// ```
    #[inline]
    pub fn try_map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&mut T) -> Option<&mut U>,
    ) -> Result<MappedRwLockWriteGuard<'a, U>, Self> {
        let Self { held, guard } = this;
        match lock_api::RwLockWriteGuard::try_map(guard, part) {
            Ok(guard) => Ok(MappedRwLockWriteGuard { held, guard }),
            Err(guard) => Err(Self { held, guard }),
        }
    }
}

/// Functions of the type, not methods, so that they hide none of the data's.
impl<'a, T: ?Sized> RwLockReadGuard<'a, T> {
    /// Narrows the guard to a part of the data.
    ///
    /// *Panics* as `part` does; the reader has then left.
    ///
    /// ```
    /// use rungs::sync::{RwLock, RwLockReadGuard};
    ///
    /// let words = RwLock::new(vec!["rung"]);
    /// let first = RwLockReadGuard::map(words.read(), |words| words[0]);
    /// assert_eq!(&*first, "rung");
    /// ```
    #[inline]
    pub fn map<U: ?Sized>(this: Self, part: impl FnOnce(&T) -> &U) -> MappedRwLockReadGuard<'a, U> {
        let Self { held, guard } = this;
        let guard = lock_api::RwLockReadGuard::map(guard, part);
        MappedRwLockReadGuard { held, guard }
    }

    /// Narrows the guard to a part of the data that may not be there.
    ///
    /// *Errors:* the guard itself, where `part` gives `None`. *Panics* as `part` does; the
    /// reader has then left.
    ///
    /// ```
    /// use rungs::sync::{RwLock, RwLockReadGuard};
    ///
    /// let numbers = RwLock::new(vec![1]);
    /// let second = RwLockReadGuard::try_map(numbers.read(), |numbers| numbers.get(1));
    /// assert_eq!(*second.unwrap_err(), [1]);
    /// ```
    #[inline]
    pub fn try_map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&T) -> Option<&U>,
    ) -> Result<MappedRwLockReadGuard<'a, U>, Self> {
        let Self { held, guard } = this;
        match lock_api::RwLockReadGuard::try_map(guard, part) {
            Ok(guard) => Ok(MappedRwLockReadGuard { held, guard }),
            Err(guard) => Err(Self { held, guard }),
        }
    }
}

/// Functions of the type, not methods, so that they hide none of the data's.
impl<'a, T: ?Sized> MappedRwLockReadGuard<'a, T> {
    /// Narrows the guard further, as [`RwLockReadGuard::map`] does.
    ///
    /// ```
    /// use rungs::sync::{MappedRwLockReadGuard, RwLock, RwLockReadGuard};
    ///
    /// let nested = RwLock::new(((1, 2), 3));
    /// let outer = RwLockReadGuard::map(nested.read(), |all| &all.0);
    /// assert_eq!(*MappedRwLockReadGuard::map(outer, |pair| &pair.1), 2);
    /// ```
    #[inline]
    pub fn map<U: ?Sized>(this: Self, part: impl FnOnce(&T) -> &U) -> MappedRwLockReadGuard<'a, U> {
        let Self { held, guard } = this;
        let guard = lock_api::MappedRwLockReadGuard::map(guard, part);
        MappedRwLockReadGuard { held, guard }
    }

    /// Narrows the guard further, as [`RwLockReadGuard::try_map`] does.
    ///
    /// *Errors:* the guard itself, where `part` gives `None`.
    ///
    /// ```
    /// use rungs::sync::{MappedRwLockReadGuard, RwLock, RwLockReadGuard};
    ///
    /// let nested = RwLock::new((Some(1), "one"));
    /// let option = RwLockReadGuard::map(nested.read(), |all| &all.0);
    /// assert_eq!(*MappedRwLockReadGuard::try_map(option, Option::as_ref).unwrap(), 1);
    /// ```
    #[inline]
    pub fn try_map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&T) -> Option<&U>,
    ) -> Result<MappedRwLockReadGuard<'a, U>, Self> {
        let Self { held, guard } = this;
        match lock_api::MappedRwLockReadGuard::try_map(guard, part) {
            Ok(guard) => Ok(MappedRwLockReadGuard { held, guard }),
            Err(guard) => Err(Self { held, guard }),
        }
    }
}

/// Functions of the type, not methods, so that they hide none of the data's.
impl<'a, T: ?Sized> MappedRwLockWriteGuard<'a, T> {
    /// Narrows the guard further, as [`RwLockWriteGuard::map`] does.
    ///
    /// ```
    /// use rungs::sync::{MappedRwLockWriteGuard, RwLock, RwLockWriteGuard};
    ///
    /// let nested = RwLock::new(((1, 2), 3));
    /// let outer = RwLockWriteGuard::map(nested.write(), |all| &mut all.0);
    /// *MappedRwLockWriteGuard::map(outer, |pair| &mut pair.1) = 5;
    /// assert_eq!(nested.into_inner(), ((1, 5), 3));
    /// ```
    #[inline]
    pub fn map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&mut T) -> &mut U,
    ) -> MappedRwLockWriteGuard<'a, U> {
        let Self { held, guard } = this;
        let guard = lock_api::MappedRwLockWriteGuard::map(guard, part);
        MappedRwLockWriteGuard { held, guard }
    }

    /// Narrows the guard further, as [`RwLockWriteGuard::try_map`] does.
    ///
    /// *Errors:* the guard itself, where `part` gives `None`.
    ///
    /// ```
    /// use rungs::sync::{MappedRwLockWriteGuard, RwLock, RwLockWriteGuard};
    ///
    /// let nested = RwLock::new((Some(1), "one"));
    /// let option = RwLockWriteGuard::map(nested.write(), |all| &mut all.0);
    /// let inner = MappedRwLockWriteGuard::try_map(option, |option| option.as_mut());
    /// assert_eq!(*inner.unwrap(), 1);
    /// ```
    #[inline]
    pub fn try_map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&mut T) -> Option<&mut U>,
    ) -> Result<MappedRwLockWriteGuard<'a, U>, Self> {
        let Self { held, guard } = this;
        match lock_api::MappedRwLockWriteGuard::try_map(guard, part) {
            Ok(guard) => Ok(MappedRwLockWriteGuard { held, guard }),
            Err(guard) => Err(Self { held, guard }),
        }
    }
}
