//! Rung 1: locks and synchronizers.
//!
//! | type | for | Python, Java, Go |
//! |---|---|---|
//! | [`Mutex`] | data that one thread at a time may touch | `threading.Lock`, `synchronized`, `sync.Mutex` |
//! | [`RwLock`] | data that one thread may change or many may read | `ReentrantReadWriteLock`, `sync.RWMutex` |
//! | [`ReentrantMutex`] | a mutex that its holder may lock again | `threading.RLock`, `ReentrantLock` |
//! | [`Condvar`] | waiting, under a mutex, for what it guards to change | `threading.Condition`, `Object.wait`, `sync.Cond` |
//! | [`AsyncMutex`] | data that one thread or task at a time may touch | `asyncio.Lock` |
//! | [`AsyncRwLock`] | data that one may change or many may read, threads and tasks alike | `ReadWriteLock`, `sync.RWMutex` |
//! | [`AsyncCondvar`] | waiting, under an `AsyncMutex`, for what it guards to change | `asyncio.Condition` |
//! | [`Semaphore`] | bounding how many do something at once | `threading.Semaphore`, `java.util.concurrent.Semaphore`, `semaphore.Weighted` |
//! | [`Event`] | waiting until something has happened | `threading.Event`, `CountDownLatch(1)`, a closed channel |
//! | [`AutoResetEvent`] | letting one waiter through for each signal | `asyncio.Event` cleared by the waiter, `LockSupport`, a channel of one |
//! | [`Latch`] | waiting until something has happened so many times | –, `CountDownLatch`, – |
//! | [`WaitGroup`] | waiting until all who take part are done | `asyncio.TaskGroup`, `Phaser`, `sync.WaitGroup` |
//! | [`Barrier`] | waiting for each other, again and again | `threading.Barrier`, `CyclicBarrier`, – |
//! | [`Phaser`] | the same, for parties that come and go | –, `Phaser`, – |
//! | [`Exchanger`] | meeting in pairs and swapping values | –, `Exchanger`, – |
//! | [`OnceCell`], [`Lazy`] | a value that is made once | `functools.cache`, a lazy holder, `sync.Once`, `sync.OnceValue` |
//! | [`CancelToken`] | telling work, and all that it started, to end | `asyncio.Task.cancel`, `Thread.interrupt`, `context.Context` |
//!
//! `Mutex`, `RwLock`, `ReentrantMutex` and `Condvar` are for threads: they are the cheapest, and
//! their guards stay with the thread. The others are for threads and tasks alike: one object,
//! five forms of each waiting operation (see the [crate] page).
//!
//! With the feature `diagnostics`, the `Debug` of a lock says who holds it, and locks that are
//! taken in a circle are reported (module `diagnostics`).

mod async_condvar;
mod async_mutex;
mod async_rwlock;
mod auto_reset_event;
mod barrier;
mod cancel_token;
mod condvar;
#[cfg(feature = "diagnostics")]
pub mod diagnostics;
mod error;
mod event;
mod exchanger;
mod guard;
mod latch;
mod lazy;
mod mutex;
mod once_cell;
mod phaser;
mod reentrant;
mod round;
mod rwlock;
mod semaphore;
mod share;
mod slab;
mod spent;
mod wait_group;
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
pub use auto_reset_event::{AutoResetEvent, WaitAutoReset};
pub use barrier::{Barrier, BarrierWaitResult, WaitBarrier};
pub use cancel_token::{CancelOnDrop, CancelToken, Registration, WaitCancelled};
pub use condvar::Condvar;
pub use error::{AcquireError, Closed, Overflow, TimedOut, TryAcquireError};
pub use error::{AlreadyArrived, Cancelled, NoPartner};
pub use error::{BarrierError, BrokenBarrier, TryBarrierError};
pub use event::{Event, WaitEvent};
pub use exchanger::{Exchange, Exchanger};
pub use latch::{ArriveAtLatch, Latch, WaitLatch};
pub use lazy::Lazy;
pub use mutex::{MappedMutexGuard, Mutex, MutexGuard};
pub use once_cell::{OnceCell, WaitCell};
pub use phaser::{ArriveAtPhase, Party, Phaser, WaitPhase};
pub use reentrant::{MappedReentrantMutexGuard, ReentrantMutex, ReentrantMutexGuard};
pub use rwlock::{MappedRwLockReadGuard, MappedRwLockWriteGuard, RwLock, RwLockReadGuard};
pub use rwlock::{RwLockUpgradableReadGuard, RwLockWriteGuard};
pub use semaphore::{Acquire, OwnedPermit, Permit, PermitOf, Semaphore};
pub use share::{Mapped, MappedMut};
pub use wait_group::{Member, WaitGroup, WaitMembers};
