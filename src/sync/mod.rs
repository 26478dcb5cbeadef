//! Rung 1: locks and synchronizers.
//!
//! | type | for | Python, Java, Go |
//! |---|---|---|
//! | [`Mutex`] | data that one thread at a time may touch | `threading.Lock`, `synchronized`, `sync.Mutex` |
//! | [`Condvar`] | waiting, under a mutex, for what it guards to change | `threading.Condition`, `Object.wait`, `sync.Cond` |
//! | [`AsyncMutex`] | data that one thread or task at a time may touch | `asyncio.Lock` |
//! | [`AsyncRwLock`] | data that one may change or many may read, threads and tasks alike | `ReadWriteLock`, `sync.RWMutex` |
//! | [`AsyncCondvar`] | waiting, under an `AsyncMutex`, for what it guards to change | `asyncio.Condition` |
//! | [`Semaphore`] | bounding how many do something at once | `threading.Semaphore`, `java.util.concurrent.Semaphore`, `semaphore.Weighted` |
//! | [`Event`] | waiting until something has happened | `threading.Event`, `CountDownLatch(1)`, a closed channel |
//!
//! `Mutex` and `Condvar` are for threads. All others are for threads and tasks
//! alike: one object, five forms of each waiting operation (see the [crate] page).

mod async_condvar;
mod async_mutex;
mod async_rwlock;
mod condvar;
mod error;
mod event;
mod mutex;
mod semaphore;
mod share;

pub use async_condvar::{AsyncCondvar, WaitAsync};
pub use async_mutex::{AsyncMutex, AsyncMutexGuard, AsyncMutexGuardOf};
pub use async_mutex::{LockAsync, OwnedAsyncMutexGuard};
pub use async_rwlock::{
    AsyncRwLock, AsyncRwLockReadGuard, AsyncRwLockReadGuardOf, AsyncRwLockUpgradableReadGuard,
    AsyncRwLockUpgradableReadGuardOf, AsyncRwLockWriteGuard, AsyncRwLockWriteGuardOf,
    OwnedAsyncRwLockReadGuard, OwnedAsyncRwLockUpgradableReadGuard, OwnedAsyncRwLockWriteGuard,
    ReadAsync, UpgradableReadAsync, UpgradeAsync, WriteAsync,
};
pub use condvar::Condvar;
pub use error::{AcquireError, Closed, Overflow, TimedOut, TryAcquireError};
pub use event::{Event, WaitEvent};
pub use mutex::{Mutex, MutexGuard};
pub use semaphore::{Acquire, OwnedPermit, Permit, PermitOf, Semaphore};
pub use share::{Mapped, MappedMut};
