//! The model face: loom, and the cures for what loom leaves out.
//!
//! | loom 0.7 | here |
//! |---|---|
//! | a thread's own load hides another thread's earlier load from its later write (loom#166, #392) | [`atomic`]: every load is one step with a probe, a branch point that depends on every other one of that atomic |
//! | a weak compare-exchange never fails without cause | [`atomic`]: a model may ask for failures by choice |
//! | `wait_timeout` never times out | [`clock`]: a virtual clock that the model moves |
//! | `unpark` synchronizes even where nobody parks, and is lost or breaks locks where it comes at the wrong time | [`sleep`]: only who is known to sleep is woken; [`parker`]: the native one over that |
//! | `try_lock` reports false deadlocks | [`lock`]: locks and condition variables over the same |
//! | a failure unwinds into destructors, which fail, and the process aborts | [`halt`]: a model that has failed stops |
//! | deques and `parking_lot` are invisible | [`deque`], [`lock`], [`rwlock`]: stand-ins |

pub(crate) mod atomic;
pub(crate) mod clock;
pub(crate) mod deque;
pub(crate) mod halt;
mod lock;
mod parker;
mod rwlock;
mod sleep;
pub(crate) mod thread;
pub(crate) mod unit;

pub(crate) use lock::{Condvar, Mutex, MutexGuard, RawMutex, RawThreadId};
pub(crate) use parking_lot::lock_api;
pub(crate) use rwlock::RawRwLock;
pub(crate) use std::sync::{Arc, OnceLock, Weak};

/// What is kept beside the program's own state, for people to look at: not in a model.
#[derive(Debug)]
pub(crate) struct Aside<T>(std::marker::PhantomData<fn(T)>);

impl<T> Aside<T> {
    /// Whether it is kept.
    #[cfg(feature = "diagnostics")]
    pub(crate) const IS_KEPT: bool = false;

    pub(crate) const fn new(value: T) -> Self {
        std::mem::forget(value);
        Self(std::marker::PhantomData)
    }

    /// Does nothing.
    pub(crate) fn with<R>(&self, _f: impl FnOnce(&mut T) -> R) -> Option<R> {
        None
    }
}

/// loom's `UnsafeCell`, which reports every access that nothing orders.
pub(crate) mod cell {
    pub(crate) use loom::cell::UnsafeCell;
}

/// Hints to the processor.
pub(crate) mod hint {
    pub(crate) use loom::hint::spin_loop;
}
