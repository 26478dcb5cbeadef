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
//! `Mutex`, `RwLock`, `ReentrantMutex` and `Condvar` are for threads. `Semaphore` and `Event` are
//! for threads and tasks alike: one object, five forms of each waiting operation (see the
//! [crate] page).
//!
//! With the feature `diagnostics`, the `Debug` of a lock says who holds it, and locks that are
//! taken in a circle are reported (module `diagnostics`).

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
mod watch;

pub use condvar::Condvar;
pub use error::{AcquireError, Closed, Overflow, TimedOut, TryAcquireError};
pub use event::{Event, WaitEvent};
pub use mutex::{MappedMutexGuard, Mutex, MutexGuard};
pub use reentrant::{MappedReentrantMutexGuard, ReentrantMutex, ReentrantMutexGuard};
pub use rwlock::{MappedRwLockReadGuard, MappedRwLockWriteGuard, RwLock, RwLockReadGuard};
pub use rwlock::{RwLockUpgradableReadGuard, RwLockWriteGuard};
pub use semaphore::{Acquire, OwnedPermit, Permit, PermitOf, Semaphore};
