//! Locks under loom.

use super::clock::Instant;
use super::halt;
use super::sleep::{Alarm, Sleepers};
use loom::sync::{Mutex as LoomMutex, MutexGuard as LoomGuard};
use parking_lot::lock_api;
use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::num::NonZeroUsize;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A plain mutex, for what is locked briefly and waited for plainly.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(LoomMutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(LoomMutex::new(value))
    }

    #[track_caller]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        halt::here();
        MutexGuard(ManuallyDrop::new(self.0.lock().unwrap()))
    }
}

/// The right to what a [`Mutex`] guards.
#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T>(ManuallyDrop<LoomGuard<'a, T>>);

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        halt::here();
        // SAFETY: it is not used again.
        unsafe { ManuallyDrop::drop(&mut self.0) }
    }
}

/// A mutex, and those who wait until what it guards has changed.
#[derive(Debug)]
pub(super) struct Monitor<S> {
    pub(super) state: Mutex<S>,
    waiting: Arc<Sleepers>,
}

impl<S> Monitor<S> {
    pub(super) fn new(state: S) -> Self {
        Self {
            state: Mutex::new(state),
            waiting: Arc::default(),
        }
    }

    /// Changes the state and wakes all that wait for a change.
    pub(super) fn update<R>(&self, change: impl FnOnce(&mut S) -> R) -> R {
        let result = change(&mut self.state.lock());
        self.waiting.wake_all();
        result
    }

    /// Waits until `ready` gives something; `None` once the deadline is past.
    pub(super) fn wait<R>(
        &self,
        deadline: Option<Instant>,
        mut ready: impl FnMut(&mut S) -> Option<R>,
    ) -> Option<R> {
        let alarm = Alarm::set(deadline, &self.waiting);
        loop {
            let mut state = self.state.lock();
            if let Some(result) = ready(&mut state) {
                return Some(result);
            }
            if alarm.rings() {
                return None;
            }
            self.waiting.sleep(|| drop(state));
        }
    }
}

/// The raw lock under [`crate::sync::Mutex`]: `true` is locked.
#[derive(Debug)]
pub(crate) struct RawMutex(OnceLock<Monitor<bool>>);

impl RawMutex {
    fn monitor(&self) -> &Monitor<bool> {
        self.0.get_or_init(|| Monitor::new(false))
    }

    fn lock_until(&self, deadline: Option<Instant>) -> bool {
        let take = |locked: &mut bool| (!std::mem::replace(locked, true)).then_some(());
        self.monitor().wait(deadline, take).is_some()
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
        !std::mem::replace(&mut *self.monitor().state.lock(), true)
    }

    unsafe fn unlock(&self) {
        self.monitor().update(|locked| *locked = false);
    }

    fn is_locked(&self) -> bool {
        *self.monitor().state.lock()
    }
}

// SAFETY: as above.
unsafe impl lock_api::RawMutexTimed for RawMutex {
    type Duration = Duration;
    type Instant = Instant;

    fn try_lock_for(&self, timeout: Duration) -> bool {
        self.lock_until(super::clock::now().checked_add(timeout))
    }

    fn try_lock_until(&self, deadline: Instant) -> bool {
        self.lock_until(Some(deadline))
    }
}

/// Tells threads apart, for [`crate::sync::ReentrantMutex`].
#[derive(Debug)]
pub(crate) struct RawThreadId;

// SAFETY: the addresses of two live variables differ and are not zero; each thread has one of
// its own for as long as it runs.
unsafe impl lock_api::GetThreadId for RawThreadId {
    const INIT: Self = Self;

    fn nonzero_thread_id(&self) -> NonZeroUsize {
        loom::thread_local!(static OWN: u8 = 0);
        OWN.with(|own| NonNull::from(own).addr())
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
pub(crate) struct Condvar(OnceLock<Monitor<Line>>);

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

    fn monitor(&self) -> &Monitor<Line> {
        self.0.get_or_init(|| Monitor::new(Line::default()))
    }

    fn wait_to<T: ?Sized>(
        &self,
        guard: &mut lock_api::MutexGuard<'_, RawMutex, T>,
        deadline: Option<Instant>,
    ) -> bool {
        let monitor = self.monitor();
        // In line before the mutex is free: a notification made under it finds us.
        let me = monitor.update(|line| {
            line.waiting.push_back(line.next);
            line.next += 1;
            line.next - 1
        });
        lock_api::MutexGuard::unlocked(guard, || {
            let gone = |line: &mut Line| (!line.waiting.contains(&me)).then_some(());
            let woken = monitor.wait(deadline, gone).is_some();
            // A notification may have come between the deadline and here; it then counts.
            woken || {
                let mut line = monitor.state.lock();
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
