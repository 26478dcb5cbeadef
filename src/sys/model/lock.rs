//! Locks under loom, all made of one [`Monitor`].

use super::clock::{self, Due, Expire};
use super::halt;
use loom::sync::{Condvar as LoomCondvar, Mutex as LoomMutex, MutexGuard as LoomGuard};
use parking_lot::lock_api;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// A plain mutex, for what is locked briefly and waited for plainly.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(LoomMutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(LoomMutex::new(value))
    }

    #[track_caller]
    pub(crate) fn lock(&self) -> LoomGuard<'_, T> {
        halt::here();
        self.0.lock().unwrap()
    }
}

/// A mutex and a condition variable, to wait for anything with.
#[derive(Debug)]
pub(super) struct Monitor<S> {
    state: LoomMutex<S>,
    changed: LoomCondvar,
    /// Whether the clock has jumped for those who wait here. It changes under the lock; loom need
    /// not know of it.
    expired: AtomicBool,
}

impl<S> Monitor<S> {
    pub(super) fn new(state: S) -> Arc<Self> {
        Arc::new(Self {
            state: LoomMutex::new(state),
            changed: LoomCondvar::new(),
            expired: AtomicBool::new(false),
        })
    }

    pub(super) fn lock(&self) -> LoomGuard<'_, S> {
        halt::here();
        self.state.lock().unwrap()
    }

    /// Changes the state and wakes all that wait for a change.
    pub(super) fn update<R>(&self, change: impl FnOnce(&mut S) -> R) -> R {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }
}

impl<S: Send + 'static> Monitor<S> {
    /// Waits, from `guard` on, until `ready` gives something; `None` once the deadline is past.
    pub(super) fn wait<'a, R>(
        self: &'a Arc<Self>,
        mut guard: LoomGuard<'a, S>,
        deadline: Option<Instant>,
        mut ready: impl FnMut(&mut S) -> Option<R>,
    ) -> Option<R> {
        let due = deadline.map_or(Due::Never, |time| clock::watch(time, self.clone()));
        let result = loop {
            if let Some(result) = ready(&mut guard) {
                break Some(result);
            }
            // ORDERING: Relaxed: under the lock.
            match due {
                Due::Over => break None,
                Due::Later if self.expired.load(Ordering::Relaxed) => break None,
                _ => guard = self.changed.wait(guard).unwrap(),
            }
        };
        if due == Due::Later {
            clock::unwatch(Arc::as_ptr(self).cast());
        }
        result
    }
}

impl<S: Send> Expire for Monitor<S> {
    fn expire(&self) {
        let guard = self.lock();
        // ORDERING: Relaxed: under the lock.
        self.expired.store(true, Ordering::Relaxed);
        drop(guard);
        self.changed.notify_all();
    }
}

/// The raw lock under [`crate::sync::Mutex`]: `true` is locked.
#[derive(Debug)]
pub(crate) struct RawMutex(OnceLock<Arc<Monitor<bool>>>);

impl RawMutex {
    fn monitor(&self) -> &Arc<Monitor<bool>> {
        self.0.get_or_init(|| Monitor::new(false))
    }

    fn lock_until(&self, deadline: Option<Instant>) -> bool {
        let take = |locked: &mut bool| (!std::mem::replace(locked, true)).then_some(());
        let monitor = self.monitor();
        monitor.wait(monitor.lock(), deadline, take).is_some()
    }
}

// SAFETY: `true` under the monitor's lock is the lock: one holder at a time.
unsafe impl lock_api::RawMutex for RawMutex {
    #[allow(
        clippy::declare_interior_mutable_const,
        reason = "the trait's own shape"
    )]
    const INIT: Self = Self(OnceLock::new());
    type GuardMarker = lock_api::GuardNoSend;

    fn lock(&self) {
        self.lock_until(None);
    }

    fn try_lock(&self) -> bool {
        !std::mem::replace(&mut *self.monitor().lock(), true)
    }

    unsafe fn unlock(&self) {
        self.monitor().update(|locked| *locked = false);
    }

    fn is_locked(&self) -> bool {
        *self.monitor().lock()
    }
}

// SAFETY: as above.
unsafe impl lock_api::RawMutexTimed for RawMutex {
    type Duration = Duration;
    type Instant = Instant;

    fn try_lock_for(&self, timeout: Duration) -> bool {
        self.lock_until(clock::now().checked_add(timeout))
    }

    fn try_lock_until(&self, deadline: Instant) -> bool {
        self.lock_until(Some(deadline))
    }
}

/// Who waits on a [`Condvar`], by number, in order.
#[derive(Debug, Default)]
struct Line {
    next: usize,
    waiting: VecDeque<usize>,
}

/// The condition variable under [`crate::sync::Condvar`]. No spurious wake-ups: a wait ends by a
/// notification or a deadline.
#[derive(Debug)]
pub(crate) struct Condvar(OnceLock<Arc<Monitor<Line>>>);

/// How a timed wait ended.
#[derive(Debug)]
pub(crate) struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    pub(crate) fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    fn monitor(&self) -> &Arc<Monitor<Line>> {
        self.0.get_or_init(|| Monitor::new(Line::default()))
    }

    fn wait_to<T: ?Sized>(
        &self,
        guard: &mut lock_api::MutexGuard<'_, RawMutex, T>,
        deadline: Option<Instant>,
    ) -> bool {
        let monitor = self.monitor();
        let mut line = monitor.lock();
        let me = line.next;
        line.next += 1;
        line.waiting.push_back(me);
        // In line before the mutex is free: a notification made under it finds us. (The
        // monitor's guard is given back before the unlocking, whose own lock may have to wait.)
        drop(line);
        lock_api::MutexGuard::unlocked(guard, || {
            let gone = |line: &mut Line| (!line.waiting.contains(&me)).then_some(());
            let woken = monitor.wait(monitor.lock(), deadline, gone).is_some();
            // A notification may have come between the deadline and here; it then counts.
            woken || {
                let mut line = monitor.lock();
                let before = line.waiting.len();
                line.waiting.retain(|id| *id != me);
                line.waiting.len() == before
            }
        })
    }

    pub(crate) fn wait<T: ?Sized>(&self, guard: &mut lock_api::MutexGuard<'_, RawMutex, T>) {
        self.wait_to(guard, None);
    }

    pub(crate) fn wait_until<T: ?Sized>(
        &self,
        guard: &mut lock_api::MutexGuard<'_, RawMutex, T>,
        deadline: Instant,
    ) -> WaitTimeoutResult {
        WaitTimeoutResult(!self.wait_to(guard, Some(deadline)))
    }

    pub(crate) fn notify_one(&self) -> bool {
        self.monitor()
            .update(|line| line.waiting.pop_front().is_some())
    }

    pub(crate) fn notify_all(&self) -> usize {
        self.monitor()
            .update(|line| std::mem::take(&mut line.waiting).len())
    }
}
