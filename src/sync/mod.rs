//! Rung 1: locks and synchronizers.
//!
//! | type | for | Python, Java, Go |
//! |---|---|---|
//! | [`Mutex`] | data that one thread at a time may touch | `threading.Lock`, `synchronized`, `sync.Mutex` |
//! | [`RwLock`] | data that one thread may change or many may read | `ReentrantReadWriteLock`, `sync.RWMutex` |
//! | [`ReentrantMutex`] | a mutex that its holder may lock again | `threading.RLock`, `ReentrantLock` |
//! | [`Condvar`] | waiting, under a mutex, for what it guards to change | `threading.Condition`, `Object.wait`, `sync.Cond` |
//! | [`Semaphore`] | bounding how many do something at once | `threading.Semaphore`, `java.util.concurrent.Semaphore`, `semaphore.Weighted` |
//! | [`Event`] | waiting until something has happened | `threading.Event`, `CountDownLatch(1)`, a closed channel |
//!
//! `Mutex`, `RwLock`, `ReentrantMutex` and `Condvar` are for threads. `Semaphore` and `Event` are for threads and tasks
//! alike: one object, five forms of each waiting operation (see the [crate] page).

mod async_condvar;
mod async_mutex;
mod async_rwlock;
mod condvar;
#[cfg(feature = "diagnostics")]
pub mod diagnostics;
mod error;
mod event;
mod guard;
mod mutex;
mod reentrant;
mod rwlock;
mod semaphore;
mod share;
mod watch;

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
pub use mutex::{MappedMutexGuard, Mutex, MutexGuard};
pub use reentrant::{MappedReentrantMutexGuard, ReentrantMutex, ReentrantMutexGuard};
pub use rwlock::{MappedRwLockReadGuard, MappedRwLockWriteGuard, RwLock, RwLockReadGuard};
pub use rwlock::{RwLockUpgradableReadGuard, RwLockWriteGuard};
pub use semaphore::{Acquire, OwnedPermit, Permit, PermitOf, Semaphore};
pub use share::{Mapped, MappedMut};
