//! Many readers or one writer, for threads and tasks alike.
//!
//! # State
//!
//! The state of the [`Line`] has two fields, and says what there is to take:
//!
//! ```text
//!  64-bit: 58 57 │ 56                                0        (32-bit: 26 25 │ 24 … 0)
//! ┌──────────────┼────────────────────────────────────┐
//! │ upgrade right│ reads                              │
//! └──────────────┴────────────────────────────────────┘
//!   0 or 1         0 ..= MAX_READS
//! ```
//!
//! | request | upgrade right | reads | |
//! |---|---|---|---|
//! | `READ` | 0 | 1 | |
//! | `UPGRADABLE` | 1 | 1 | |
//! | `WRITE` | 1 | all | |
//! | `UPGRADE` | 0 | all but one | by who has `UPGRADABLE`, and has `WRITE` then |
//!
//! A request goes in where both fields have what it takes. The sum of two requests never carries
//! from the reads into the right above, so that what two may do one after the other is what their
//! sum may do. A downgrade gives back the difference.
//!
//! An upgrade is *urgent*: it goes to the front of the line and past one that is ordered. A writer
//! that waits in front of it could not go in before the upgrader has left, who waits itself; each
//! would wait for the other. There is one at most, since there is one right.
//!
//! # Invariants
//!
//! 1. The data are read by whoever has at least `READ`, written by whoever has `WRITE` (a guard,
//!    through its `Share`), or touched by who has the lock to itself (`&mut`, by value). A guard is
//!    made where its share was taken, and nowhere else.
//! 2. What has been taken and what is there to take are `WRITE` together; so who has `WRITE` is
//!    alone, and beside one `UPGRADABLE` there are only `READ`s.
//!
//! In a model each use of a guard is an access that loom watches, as with the
//! [mutex](super::async_mutex).

use super::share::{Lock, Share};
use super::watch::{Mode, Watch};
use crate::sys::{self, Arc, cell::UnsafeCell, clock::Instant, const_unless_loom};
use crate::wait::{Gate, Line, Order, Rule};
use std::fmt;
use std::time::Duration;

mod guards;

pub use guards::{
    AsyncRwLockReadGuard, AsyncRwLockReadGuardOf, AsyncRwLockUpgradableReadGuard,
    AsyncRwLockUpgradableReadGuardOf, AsyncRwLockWriteGuard, AsyncRwLockWriteGuardOf,
    OwnedAsyncRwLockReadGuard, OwnedAsyncRwLockUpgradableReadGuard, OwnedAsyncRwLockWriteGuard,
    ReadAsync, UpgradableReadAsync, UpgradeAsync, WriteAsync,
};

/// The upgrade right: the field above the reads.
const RIGHT: usize = (Line::<Shares>::MAX_STATE as usize + 1) >> 2;
/// The most reads at once: so many that twice as many stay below `RIGHT`.
const MAX_READS: usize = RIGHT / 2 - 1;

/// What a reader takes.
const READ: usize = 1;
/// What a reader takes who may become the writer.
const UPGRADABLE: usize = RIGHT + READ;
/// What a writer takes: all there is.
const WRITE: usize = RIGHT + MAX_READS;
/// What a reader who may become the writer takes on top.
const UPGRADE: usize = WRITE - UPGRADABLE;

/// Sums of two requests carry nowhere.
const _: () = assert!(2 * MAX_READS < RIGHT && 2 * WRITE <= Line::<Shares>::MAX_STATE as usize);

/// The rule of the lock: both fields have what the request takes.
pub(crate) struct Shares;

impl Rule for Shares {
    #[inline]
    fn admits(state: isize, request: usize) -> bool {
        let state = state as usize;
        state & (RIGHT - 1) >= request & (RIGHT - 1) && state / RIGHT >= request / RIGHT
    }

    #[inline]
    fn is_urgent(request: usize) -> bool {
        request == UPGRADE
    }
}

/// A lock around data that one may change or many may read, threads and tasks alike.
///
/// Threads [`read`](Self::read) and [`write`](Self::write), tasks [`read_async`](Self::read_async)
/// and [`write_async`](Self::write_async), on the same object. The guards are `Send`, and may be
/// held across an `.await`. Prefer an [`AsyncMutex`](super::AsyncMutex) where the lock is held
/// briefly: to count readers in and out costs as much as to lock, and only readers that stay long
/// gain from each other's company.
///
/// Beside readers, *one* may read [upgradably](Self::upgradable_read): it keeps writers out, and
/// may become the writer later without letting anybody in between
/// ([`upgrade`](AsyncRwLockUpgradableReadGuardOf::upgrade)). There is no poisoning: who panics
/// while holding the lock lets it go.
///
/// *Fairness:* readers and writers stand in one line, in the order in which they came. A lock made
/// by [`new`](Self::new) is *eventually* fair: who runs may go in past the line, a reader beside
/// readers, until the head of the line has waited for about a millisecond and was, then, woken in
/// vain or asked for more than there was; from then on the lock goes to the line, in order, until
/// its head has not waited that long. So writers do not starve under a stream of readers that
/// overlap, nor readers under writers. One made by [`fair`](Self::fair) lets nobody pass the
/// line, where anybody stands in it. An upgrade goes before all who wait, on either kind.
///
/// *Recursion:* who asks again for what it holds may wait for ever, readers not excepted: between
/// two reads of one holder a writer may have come to wait, behind whom the second read waits.
///
/// *Cancel safety:* a wait that times out or is dropped loses its place in line and nothing
/// else; a share that was granted in that moment goes to the next in line.
///
/// *Limits:* where more readers than a lock can count (2<sup>24</sup> on 32-bit machines) would
/// read at once, the rest wait.
///
/// *Cost:* locking and unlocking are one atomic operation each while nobody waits. Waiting does
/// not allocate, but for a thread's first time.
///
/// ```
/// use rungs::future::block_on;
/// use rungs::sync::AsyncRwLock;
/// use std::thread;
///
/// static PRIMES: AsyncRwLock<Vec<u32>> = AsyncRwLock::new(Vec::new());
/// PRIMES.write().extend([2, 3, 5]);
/// thread::scope(|s| {
///     s.spawn(|| assert_eq!(PRIMES.read().len(), 3));
///     s.spawn(|| block_on(async { assert_eq!(PRIMES.read_async().await.len(), 3) }));
/// });
/// ```
#[doc(alias = "RwLock")]
#[doc(alias = "ReadWriteLock")]
#[doc(alias = "ReentrantReadWriteLock")]
#[doc(alias = "StampedLock")]
#[doc(alias = "RWMutex")]
pub struct AsyncRwLock<T: ?Sized> {
    line: Line<Shares>,
    watch: Watch,
    /// The data (invariant 1).
    value: UnsafeCell<T>,
}

// SAFETY: it owns the value.
unsafe impl<T: ?Sized + Send> Send for AsyncRwLock<T> {}
// SAFETY: who shares it gets at a `&T` beside others, or at a `&mut T` alone (invariant 2).
unsafe impl<T: ?Sized + Send + Sync> Sync for AsyncRwLock<T> {}

impl<T: ?Sized> Gate for AsyncRwLock<T> {
    type Rule = Shares;

    #[inline]
    fn line(&self) -> &Line<Shares> {
        &self.line
    }
}

impl<T: ?Sized> Lock for AsyncRwLock<T> {
    #[inline]
    fn watch(&self) -> &Watch {
        &self.watch
    }

    #[inline]
    fn mode(taken: usize) -> Mode {
        match taken {
            UPGRADABLE => Mode::Upgradable,
            WRITE => Mode::Alone,
            _ => Mode::Shared,
        }
    }
}

impl<T> AsyncRwLock<T> {
    const_unless_loom! {
        /// An eventually fair lock around `value`, free. `const`, so it can be a `static` (not so
        /// under loom).
        ///
        /// ```
        /// static LIMIT: rungs::sync::AsyncRwLock<usize> = rungs::sync::AsyncRwLock::new(8);
        /// assert_eq!(*LIMIT.read(), 8);
        /// ```
        pub const fn new(value: T) -> Self {
            Self::with(Order::Eventual, value)
        }
    }

    const_unless_loom! {
        /// A strictly fair lock around `value`: first come, first served.
        ///
        /// ```
        /// let lock = rungs::sync::AsyncRwLock::fair(1);
        /// assert_eq!(*lock.read(), 1);
        /// ```
        pub const fn fair(value: T) -> Self {
            Self::with(Order::Strict, value)
        }
    }

    const_unless_loom! {
        const fn with(order: Order, value: T) -> Self {
            Self {
                line: Line::new(WRITE as isize, order),
                watch: Watch::new(),
                value: UnsafeCell::new(value),
            }
        }
    }

    /// The value; nobody else can hold the lock.
    ///
    /// ```
    /// assert_eq!(rungs::sync::AsyncRwLock::new(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> AsyncRwLock<T> {
    /// The value; nobody else can hold the lock.
    ///
    /// ```
    /// let mut lock = rungs::sync::AsyncRwLock::new(1);
    /// *lock.get_mut() = 2;
    /// assert_eq!(*lock.read(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        // SAFETY: we have the lock to ourselves (invariant 1).
        self.value.with_mut(|value| unsafe { &mut *value })
    }

    /// Whether anybody reads or writes at this moment; good for statistics only.
    ///
    /// ```
    /// let lock = rungs::sync::AsyncRwLock::new(());
    /// let held = lock.read();
    /// assert!(lock.is_locked());
    /// # drop(held);
    /// ```
    pub fn is_locked(&self) -> bool {
        self.line.state() != WRITE as isize
    }

    /// How many stand in line at some moment during the call.
    ///
    /// ```
    /// assert_eq!(rungs::sync::AsyncRwLock::new(()).waiters(), 0);
    /// ```
    #[doc(alias = "getQueueLength")]
    pub fn waiters(&self) -> usize {
        self.line.waiters()
    }
}

/// Readers, any number at once.
impl<T: ?Sized> AsyncRwLock<T> {
    /// Locks for reading; the thread sleeps until it is its turn.
    ///
    /// ```
    /// let lock = rungs::sync::AsyncRwLock::new(1);
    /// assert_eq!(*lock.read(), 1);
    /// ```
    #[doc(alias = "RLock")]
    #[doc(alias = "readLock")]
    #[inline]
    #[track_caller]
    pub fn read(&self) -> AsyncRwLockReadGuard<'_, T> {
        AsyncRwLockReadGuardOf::new(Share::wait_for(self, READ))
    }

    /// Locks for reading if that needs no waiting. A fair lock, or one whose line is starving, is not
    /// free for those who would pass the line.
    ///
    /// ```
    /// let lock = rungs::sync::AsyncRwLock::new(());
    /// let held = lock.write();
    /// assert!(lock.try_read().is_none());
    /// drop(held);
    /// assert!(lock.try_read().is_some());
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_read(&self) -> Option<AsyncRwLockReadGuard<'_, T>> {
        Share::try_take(self, READ).map(AsyncRwLockReadGuardOf::new)
    }

    /// Locks for reading, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lock = rungs::sync::AsyncRwLock::new(());
    /// let held = lock.write();
    /// assert!(lock.read_timeout(Duration::from_millis(1)).is_none());
    /// drop(held);
    /// assert!(lock.read_timeout(Duration::MAX).is_some());
    /// ```
    #[track_caller]
    pub fn read_timeout(&self, timeout: Duration) -> Option<AsyncRwLockReadGuard<'_, T>> {
        Share::take(self, READ, sys::deadline_after(timeout)).map(AsyncRwLockReadGuardOf::new)
    }

    /// Locks for reading, or gives up at `deadline`.
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let lock = rungs::sync::AsyncRwLock::new(());
    /// assert!(lock.read_deadline(Instant::now()).is_some());
    /// ```
    #[track_caller]
    pub fn read_deadline(&self, deadline: Instant) -> Option<AsyncRwLockReadGuard<'_, T>> {
        Share::take(self, READ, Some(deadline)).map(AsyncRwLockReadGuardOf::new)
    }

    /// Locks for reading; the task waits its turn, in line from the first poll on.
    ///
    /// *Cancel safety:* dropped, it leaves the line.
    ///
    /// ```
    /// let lock = rungs::sync::AsyncRwLock::new(1);
    /// rungs::future::block_on(async {
    ///     assert_eq!(*lock.read_async().await, 1);
    /// });
    /// ```
    #[inline]
    #[track_caller]
    pub fn read_async(&self) -> ReadAsync<&Self, T> {
        ReadAsync::new(self)
    }
}

/// Readers, any number at once. Guards that share ownership of the lock.
impl<T: ?Sized> AsyncRwLock<T> {
    /// Locks for reading; the thread sleeps until it is its turn. The guard shares ownership of
    /// the lock.
    ///
    /// ```
    /// use rungs::sync::AsyncRwLock;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(AsyncRwLock::new(1));
    /// let guard = lock.read_owned();
    /// std::thread::spawn(move || assert_eq!(*guard, 1)).join().unwrap();
    /// ```
    #[inline]
    #[track_caller]
    pub fn read_owned(self: &Arc<Self>) -> OwnedAsyncRwLockReadGuard<T> {
        AsyncRwLockReadGuardOf::new(Share::wait_for(Arc::clone(self), READ))
    }

    /// Locks for reading if that needs no waiting, as [`try_read`](Self::try_read) does.
    /// The guard shares ownership of the lock.
    ///
    /// ```
    /// use rungs::sync::AsyncRwLock;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(AsyncRwLock::new(()));
    /// let held = lock.write();
    /// assert!(lock.try_read_owned().is_none());
    /// # drop(held);
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_read_owned(self: &Arc<Self>) -> Option<OwnedAsyncRwLockReadGuard<T>> {
        Share::try_take(Arc::clone(self), READ).map(AsyncRwLockReadGuardOf::new)
    }

    /// Locks for reading, or gives up after `timeout`; `Duration::MAX` never does. The guard
    /// shares ownership of the lock.
    ///
    /// ```
    /// use rungs::sync::AsyncRwLock;
    /// use std::{sync::Arc, time::Duration};
    ///
    /// let lock = Arc::new(AsyncRwLock::new(()));
    /// assert!(lock.read_owned_timeout(Duration::MAX).is_some());
    /// ```
    #[track_caller]
    pub fn read_owned_timeout(
        self: &Arc<Self>,
        timeout: Duration,
    ) -> Option<OwnedAsyncRwLockReadGuard<T>> {
        Share::take(Arc::clone(self), READ, sys::deadline_after(timeout))
            .map(AsyncRwLockReadGuardOf::new)
    }

    /// Locks for reading, or gives up at `deadline`. The guard shares ownership of the lock.
    ///
    /// ```
    /// use rungs::sync::AsyncRwLock;
    /// use std::{sync::Arc, time::Instant};
    ///
    /// let lock = Arc::new(AsyncRwLock::new(()));
    /// assert!(lock.read_owned_deadline(Instant::now()).is_some());
    /// ```
    #[track_caller]
    pub fn read_owned_deadline(
        self: &Arc<Self>,
        deadline: Instant,
    ) -> Option<OwnedAsyncRwLockReadGuard<T>> {
        Share::take(Arc::clone(self), READ, Some(deadline)).map(AsyncRwLockReadGuardOf::new)
    }

    /// Locks for reading; the task waits its turn, in line from the first poll on. The guard
    /// shares ownership of the lock.
    ///
    /// *Cancel safety:* dropped, it leaves the line.
    ///
    /// ```
    /// use rungs::sync::AsyncRwLock;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(AsyncRwLock::new(1));
    /// let guard = rungs::future::block_on(lock.read_owned_async());
    /// assert_eq!(*guard, 1);
    /// ```
    #[inline]
    #[track_caller]
    pub fn read_owned_async(self: &Arc<Self>) -> ReadAsync<Arc<Self>, T> {
        ReadAsync::new(Arc::clone(self))
    }
}

/// One writer, and nobody else.
impl<T: ?Sized> AsyncRwLock<T> {
    /// Locks for writing; the thread sleeps until it is its turn.
    ///
    /// ```
    /// let lock = rungs::sync::AsyncRwLock::new(1);
    /// assert_eq!(*lock.write(), 1);
    /// ```
    #[doc(alias = "writeLock")]
    #[inline]
    #[track_caller]
    pub fn write(&self) -> AsyncRwLockWriteGuard<'_, T> {
        AsyncRwLockWriteGuardOf::new(Share::wait_for(self, WRITE))
    }

    /// Locks for writing if that needs no waiting. A fair lock, or one whose line is starving, is not
    /// free for those who would pass the line.
    ///
    /// ```
    /// let lock = rungs::sync::AsyncRwLock::new(());
    /// let held = lock.read();
    /// assert!(lock.try_write().is_none());
    /// drop(held);
    /// assert!(lock.try_write().is_some());
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_write(&self) -> Option<AsyncRwLockWriteGuard<'_, T>> {
        Share::try_take(self, WRITE).map(AsyncRwLockWriteGuardOf::new)
    }

    /// Locks for writing, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lock = rungs::sync::AsyncRwLock::new(());
    /// let held = lock.read();
    /// assert!(lock.write_timeout(Duration::from_millis(1)).is_none());
    /// drop(held);
    /// assert!(lock.write_timeout(Duration::MAX).is_some());
    /// ```
    #[track_caller]
    pub fn write_timeout(&self, timeout: Duration) -> Option<AsyncRwLockWriteGuard<'_, T>> {
        Share::take(self, WRITE, sys::deadline_after(timeout)).map(AsyncRwLockWriteGuardOf::new)
    }

    /// Locks for writing, or gives up at `deadline`.
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let lock = rungs::sync::AsyncRwLock::new(());
    /// assert!(lock.write_deadline(Instant::now()).is_some());
    /// ```
    #[track_caller]
    pub fn write_deadline(&self, deadline: Instant) -> Option<AsyncRwLockWriteGuard<'_, T>> {
        Share::take(self, WRITE, Some(deadline)).map(AsyncRwLockWriteGuardOf::new)
    }

    /// Locks for writing; the task waits its turn, in line from the first poll on.
    ///
    /// *Cancel safety:* dropped, it leaves the line.
    ///
    /// ```
    /// let lock = rungs::sync::AsyncRwLock::new(1);
    /// rungs::future::block_on(async {
    ///     assert_eq!(*lock.write_async().await, 1);
    /// });
    /// ```
    #[inline]
    #[track_caller]
    pub fn write_async(&self) -> WriteAsync<&Self, T> {
        WriteAsync::new(self)
    }
}

/// One writer, and nobody else. Guards that share ownership of the lock.
impl<T: ?Sized> AsyncRwLock<T> {
    /// Locks for writing; the thread sleeps until it is its turn. The guard shares ownership of
    /// the lock.
    ///
    /// ```
    /// use rungs::sync::AsyncRwLock;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(AsyncRwLock::new(1));
    /// let guard = lock.write_owned();
    /// std::thread::spawn(move || assert_eq!(*guard, 1)).join().unwrap();
    /// ```
    #[inline]
    #[track_caller]
    pub fn write_owned(self: &Arc<Self>) -> OwnedAsyncRwLockWriteGuard<T> {
        AsyncRwLockWriteGuardOf::new(Share::wait_for(Arc::clone(self), WRITE))
    }

    /// Locks for writing if that needs no waiting, as [`try_write`](Self::try_write) does.
    /// The guard shares ownership of the lock.
    ///
    /// ```
    /// use rungs::sync::AsyncRwLock;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(AsyncRwLock::new(()));
    /// let held = lock.read();
    /// assert!(lock.try_write_owned().is_none());
    /// # drop(held);
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_write_owned(self: &Arc<Self>) -> Option<OwnedAsyncRwLockWriteGuard<T>> {
        Share::try_take(Arc::clone(self), WRITE).map(AsyncRwLockWriteGuardOf::new)
    }

    /// Locks for writing, or gives up after `timeout`; `Duration::MAX` never does. The guard
    /// shares ownership of the lock.
    ///
    /// ```
    /// use rungs::sync::AsyncRwLock;
    /// use std::{sync::Arc, time::Duration};
    ///
    /// let lock = Arc::new(AsyncRwLock::new(()));
    /// assert!(lock.write_owned_timeout(Duration::MAX).is_some());
    /// ```
    #[track_caller]
    pub fn write_owned_timeout(
        self: &Arc<Self>,
        timeout: Duration,
    ) -> Option<OwnedAsyncRwLockWriteGuard<T>> {
        Share::take(Arc::clone(self), WRITE, sys::deadline_after(timeout))
            .map(AsyncRwLockWriteGuardOf::new)
    }

    /// Locks for writing, or gives up at `deadline`. The guard shares ownership of the lock.
    ///
    /// ```
    /// use rungs::sync::AsyncRwLock;
    /// use std::{sync::Arc, time::Instant};
    ///
    /// let lock = Arc::new(AsyncRwLock::new(()));
    /// assert!(lock.write_owned_deadline(Instant::now()).is_some());
    /// ```
    #[track_caller]
    pub fn write_owned_deadline(
        self: &Arc<Self>,
        deadline: Instant,
    ) -> Option<OwnedAsyncRwLockWriteGuard<T>> {
        Share::take(Arc::clone(self), WRITE, Some(deadline)).map(AsyncRwLockWriteGuardOf::new)
    }

    /// Locks for writing; the task waits its turn, in line from the first poll on. The guard
    /// shares ownership of the lock.
    ///
    /// *Cancel safety:* dropped, it leaves the line.
    ///
    /// ```
    /// use rungs::sync::AsyncRwLock;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(AsyncRwLock::new(1));
    /// let guard = rungs::future::block_on(lock.write_owned_async());
    /// assert_eq!(*guard, 1);
    /// ```
    #[inline]
    #[track_caller]
    pub fn write_owned_async(self: &Arc<Self>) -> WriteAsync<Arc<Self>, T> {
        WriteAsync::new(Arc::clone(self))
    }
}

/// One reader, beside other readers, who may become the writer.
impl<T: ?Sized> AsyncRwLock<T> {
    /// Locks for reading, with the right to become the writer; the thread sleeps until it is its turn.
    ///
    /// ```
    /// let lock = rungs::sync::AsyncRwLock::new(1);
    /// assert_eq!(*lock.upgradable_read(), 1);
    /// ```
    #[inline]
    #[track_caller]
    pub fn upgradable_read(&self) -> AsyncRwLockUpgradableReadGuard<'_, T> {
        AsyncRwLockUpgradableReadGuardOf::new(Share::wait_for(self, UPGRADABLE))
    }

    /// Locks for reading, with the right to become the writer if that needs no waiting. A fair lock, or one whose line is starving, is not
    /// free for those who would pass the line.
    ///
    /// ```
    /// let lock = rungs::sync::AsyncRwLock::new(());
    /// let held = lock.upgradable_read();
    /// assert!(lock.try_upgradable_read().is_none());
    /// drop(held);
    /// assert!(lock.try_upgradable_read().is_some());
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_upgradable_read(&self) -> Option<AsyncRwLockUpgradableReadGuard<'_, T>> {
        Share::try_take(self, UPGRADABLE).map(AsyncRwLockUpgradableReadGuardOf::new)
    }

    /// Locks for reading, with the right to become the writer, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lock = rungs::sync::AsyncRwLock::new(());
    /// let held = lock.upgradable_read();
    /// assert!(lock.upgradable_read_timeout(Duration::from_millis(1)).is_none());
    /// drop(held);
    /// assert!(lock.upgradable_read_timeout(Duration::MAX).is_some());
    /// ```
    #[track_caller]
    pub fn upgradable_read_timeout(
        &self,
        timeout: Duration,
    ) -> Option<AsyncRwLockUpgradableReadGuard<'_, T>> {
        Share::take(self, UPGRADABLE, sys::deadline_after(timeout))
            .map(AsyncRwLockUpgradableReadGuardOf::new)
    }

    /// Locks for reading, with the right to become the writer, or gives up at `deadline`.
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let lock = rungs::sync::AsyncRwLock::new(());
    /// assert!(lock.upgradable_read_deadline(Instant::now()).is_some());
    /// ```
    #[track_caller]
    pub fn upgradable_read_deadline(
        &self,
        deadline: Instant,
    ) -> Option<AsyncRwLockUpgradableReadGuard<'_, T>> {
        Share::take(self, UPGRADABLE, Some(deadline)).map(AsyncRwLockUpgradableReadGuardOf::new)
    }

    /// Locks for reading, with the right to become the writer; the task waits its turn, in line from the first poll on.
    ///
    /// *Cancel safety:* dropped, it leaves the line.
    ///
    /// ```
    /// let lock = rungs::sync::AsyncRwLock::new(1);
    /// rungs::future::block_on(async {
    ///     assert_eq!(*lock.upgradable_read_async().await, 1);
    /// });
    /// ```
    #[inline]
    #[track_caller]
    pub fn upgradable_read_async(&self) -> UpgradableReadAsync<&Self, T> {
        UpgradableReadAsync::new(self)
    }
}

/// One reader, beside other readers, who may become the writer. Guards that share ownership of the lock.
impl<T: ?Sized> AsyncRwLock<T> {
    /// Locks for reading, with the right to become the writer; the thread sleeps until it is its turn. The guard shares ownership of
    /// the lock.
    ///
    /// ```
    /// use rungs::sync::AsyncRwLock;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(AsyncRwLock::new(1));
    /// let guard = lock.upgradable_read_owned();
    /// std::thread::spawn(move || assert_eq!(*guard, 1)).join().unwrap();
    /// ```
    #[inline]
    #[track_caller]
    pub fn upgradable_read_owned(self: &Arc<Self>) -> OwnedAsyncRwLockUpgradableReadGuard<T> {
        AsyncRwLockUpgradableReadGuardOf::new(Share::wait_for(Arc::clone(self), UPGRADABLE))
    }

    /// Locks for reading, with the right to become the writer if that needs no waiting, as [`try_upgradable_read`](Self::try_upgradable_read) does.
    /// The guard shares ownership of the lock.
    ///
    /// ```
    /// use rungs::sync::AsyncRwLock;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(AsyncRwLock::new(()));
    /// let held = lock.upgradable_read();
    /// assert!(lock.try_upgradable_read_owned().is_none());
    /// # drop(held);
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_upgradable_read_owned(
        self: &Arc<Self>,
    ) -> Option<OwnedAsyncRwLockUpgradableReadGuard<T>> {
        Share::try_take(Arc::clone(self), UPGRADABLE).map(AsyncRwLockUpgradableReadGuardOf::new)
    }

    /// Locks for reading, with the right to become the writer, or gives up after `timeout`; `Duration::MAX` never does. The guard
    /// shares ownership of the lock.
    ///
    /// ```
    /// use rungs::sync::AsyncRwLock;
    /// use std::{sync::Arc, time::Duration};
    ///
    /// let lock = Arc::new(AsyncRwLock::new(()));
    /// assert!(lock.upgradable_read_owned_timeout(Duration::MAX).is_some());
    /// ```
    #[track_caller]
    pub fn upgradable_read_owned_timeout(
        self: &Arc<Self>,
        timeout: Duration,
    ) -> Option<OwnedAsyncRwLockUpgradableReadGuard<T>> {
        Share::take(Arc::clone(self), UPGRADABLE, sys::deadline_after(timeout))
            .map(AsyncRwLockUpgradableReadGuardOf::new)
    }

    /// Locks for reading, with the right to become the writer, or gives up at `deadline`. The guard shares ownership of the lock.
    ///
    /// ```
    /// use rungs::sync::AsyncRwLock;
    /// use std::{sync::Arc, time::Instant};
    ///
    /// let lock = Arc::new(AsyncRwLock::new(()));
    /// assert!(lock.upgradable_read_owned_deadline(Instant::now()).is_some());
    /// ```
    #[track_caller]
    pub fn upgradable_read_owned_deadline(
        self: &Arc<Self>,
        deadline: Instant,
    ) -> Option<OwnedAsyncRwLockUpgradableReadGuard<T>> {
        Share::take(Arc::clone(self), UPGRADABLE, Some(deadline))
            .map(AsyncRwLockUpgradableReadGuardOf::new)
    }

    /// Locks for reading, with the right to become the writer; the task waits its turn, in line from the first poll on. The guard
    /// shares ownership of the lock.
    ///
    /// *Cancel safety:* dropped, it leaves the line.
    ///
    /// ```
    /// use rungs::sync::AsyncRwLock;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(AsyncRwLock::new(1));
    /// let guard = rungs::future::block_on(lock.upgradable_read_owned_async());
    /// assert_eq!(*guard, 1);
    /// ```
    #[inline]
    #[track_caller]
    pub fn upgradable_read_owned_async(self: &Arc<Self>) -> UpgradableReadAsync<Arc<Self>, T> {
        UpgradableReadAsync::new(Arc::clone(self))
    }
}

impl<T: Default> Default for AsyncRwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for AsyncRwLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for AsyncRwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("AsyncRwLock");
        match self.try_read() {
            Some(guard) => f.field("value", &&*guard),
            None => f.field("value", &format_args!("<locked>")),
        };
        self.watch.describe(&mut f);
        self.line.describe(&mut f);
        f.finish_non_exhaustive()
    }
}

#[cfg(all(test, not(feature = "loom"), not(rungs_loom)))]
mod tests {
    use super::*;

    #[test]
    fn requests_go_in_where_both_fields_have_what_they_take() {
        let admits = |taken: usize, request| Shares::admits((WRITE - taken) as isize, request);
        for request in [READ, UPGRADABLE, WRITE] {
            assert!(admits(0, request));
            assert!(!admits(WRITE, request));
            assert_eq!(admits(READ, request), request != WRITE);
            assert_eq!(admits(UPGRADABLE, request), request == READ);
        }
        assert!(admits(UPGRADABLE, UPGRADE));
        assert!(!admits(UPGRADABLE + READ, UPGRADE));
        // What two ask for together.
        assert!(admits(0, READ + UPGRADABLE));
        assert!(!admits(0, UPGRADABLE + UPGRADABLE));
        assert!(!admits(0, WRITE + READ));
        assert!(!admits(0, WRITE + WRITE));
    }

    #[test]
    fn more_readers_than_a_lock_can_count_wait() {
        let lock = AsyncRwLock::new(0);
        // As if so many read.
        assert!(lock.line.try_enter(MAX_READS - 1).is_ok());
        let last = lock.try_read().expect("one more can be counted");
        assert!(lock.try_read().is_none());
        assert!(lock.try_upgradable_read().is_none());
        drop(last);
        let last = lock.try_upgradable_read().expect("one more can be counted");
        assert!(lock.try_read().is_none());
        drop(last);
        assert!(lock.try_write().is_none());
        lock.line.leave(MAX_READS - 1);
        assert_eq!(*lock.try_write().expect("free"), 0);
    }
}
