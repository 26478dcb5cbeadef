//! The reader-writer lock under loom.
//!
//! The state is that of `parking_lot`'s, and so is who waits for whom, because a program may
//! lean on it or deadlock by it: a writer first shuts the door, behind which new readers wait,
//! and then waits until the readers inside have left. Who reads upgradably keeps writers and
//! others of its kind out, never readers; it shuts the door when it upgrades. A writer that
//! gives up opens the door again.

use super::clock::{self, Instant};
use super::lock::Monitor;
use parking_lot::lock_api;
use std::sync::OnceLock;
use std::time::Duration;

/// Who is inside.
#[derive(Debug, Default)]
struct State {
    /// How many read, not upgradably.
    readers: usize,
    /// Whether somebody reads upgradably.
    upgradable: bool,
    /// Whether the door is shut: a writer is inside, or waits until the readers have left.
    shut: bool,
}

impl State {
    fn read(&mut self) -> Option<()> {
        let open = !self.shut;
        self.readers += usize::from(open);
        open.then_some(())
    }

    fn read_upgradably(&mut self) -> Option<()> {
        let free = !self.shut && !self.upgradable;
        self.upgradable |= free;
        free.then_some(())
    }

    /// Shuts the door, and says whether that leaves one alone.
    fn shut_door(&mut self) -> Option<bool> {
        let free = !self.shut && !self.upgradable;
        self.shut |= free;
        free.then_some(self.readers == 0)
    }

    fn write(&mut self) -> Option<()> {
        (self.readers == 0)
            .then(|| self.shut_door())
            .flatten()
            .map(|_| ())
    }

    /// What becomes of the one who reads upgradably when it upgrades or gives that up.
    fn swap(&mut self) {
        (self.upgradable, self.shut) = (self.shut, self.upgradable);
    }
}

/// The raw lock under [`crate::sync::RwLock`].
#[derive(Debug)]
pub(crate) struct RawRwLock(OnceLock<Monitor<State>>);

impl RawRwLock {
    fn monitor(&self) -> &Monitor<State> {
        self.0.get_or_init(|| Monitor::new(State::default()))
    }

    fn try_now<R>(&self, take: impl FnOnce(&mut State) -> R) -> R {
        take(&mut self.monitor().state.lock())
    }

    fn wait(&self, deadline: Option<Instant>, take: fn(&mut State) -> Option<()>) -> bool {
        self.monitor().wait(deadline, take).is_some()
    }

    fn write_until(&self, deadline: Option<Instant>) -> bool {
        match self.monitor().wait(deadline, State::shut_door) {
            Some(true) => true,
            Some(false) => self.outlast_readers(deadline, |state| state.shut = false),
            None => false,
        }
    }

    fn upgrade_until(&self, deadline: Option<Instant>) -> bool {
        self.try_now(State::swap);
        self.outlast_readers(deadline, State::swap)
    }

    /// Waits, behind the shut door, until the readers have left, or undoes the shutting.
    fn outlast_readers(&self, deadline: Option<Instant>, undo: fn(&mut State)) -> bool {
        let alone = self.wait(deadline, |state| (state.readers == 0).then_some(()));
        if !alone {
            self.monitor().update(undo);
        }
        alone
    }
}

// SAFETY: with the door shut and no readers one is alone; the door lets no reader in then, and
// nobody who wants to shut it or to read upgradably.
unsafe impl lock_api::RawRwLock for RawRwLock {
    #[allow(
        clippy::declare_interior_mutable_const,
        reason = "the trait's own shape"
    )]
    const INIT: Self = Self(OnceLock::new());
    type GuardMarker = lock_api::GuardNoSend;

    fn lock_shared(&self) {
        self.wait(None, State::read);
    }

    fn try_lock_shared(&self) -> bool {
        self.try_now(State::read).is_some()
    }

    unsafe fn unlock_shared(&self) {
        self.monitor().update(|state| state.readers -= 1);
    }

    fn lock_exclusive(&self) {
        self.write_until(None);
    }

    fn try_lock_exclusive(&self) -> bool {
        self.try_now(State::write).is_some()
    }

    unsafe fn unlock_exclusive(&self) {
        self.monitor().update(|state| state.shut = false);
    }

    fn is_locked(&self) -> bool {
        self.try_now(|state| state.shut || state.upgradable || state.readers > 0)
    }

    fn is_locked_exclusive(&self) -> bool {
        self.try_now(|state| state.shut)
    }
}

// SAFETY: as above.
unsafe impl lock_api::RawRwLockTimed for RawRwLock {
    type Duration = Duration;
    type Instant = Instant;

    fn try_lock_shared_for(&self, timeout: Duration) -> bool {
        self.wait(clock::now().checked_add(timeout), State::read)
    }

    fn try_lock_shared_until(&self, deadline: Instant) -> bool {
        self.wait(Some(deadline), State::read)
    }

    fn try_lock_exclusive_for(&self, timeout: Duration) -> bool {
        self.write_until(clock::now().checked_add(timeout))
    }

    fn try_lock_exclusive_until(&self, deadline: Instant) -> bool {
        self.write_until(Some(deadline))
    }
}

// SAFETY: the writer is alone; as one of the readers it keeps other writers out.
unsafe impl lock_api::RawRwLockDowngrade for RawRwLock {
    unsafe fn downgrade(&self) {
        self.monitor()
            .update(|state| (state.readers, state.shut) = (1, false));
    }
}

// SAFETY: one at a time reads upgradably, and the door cannot be shut meanwhile but by that one.
unsafe impl lock_api::RawRwLockUpgrade for RawRwLock {
    fn lock_upgradable(&self) {
        self.wait(None, State::read_upgradably);
    }

    fn try_lock_upgradable(&self) -> bool {
        self.try_now(State::read_upgradably).is_some()
    }

    unsafe fn unlock_upgradable(&self) {
        self.monitor().update(|state| state.upgradable = false);
    }

    unsafe fn upgrade(&self) {
        self.upgrade_until(None);
    }

    unsafe fn try_upgrade(&self) -> bool {
        self.try_now(|state| {
            let alone = state.readers == 0;
            if alone {
                state.swap();
            }
            alone
        })
    }
}

// SAFETY: as above.
unsafe impl lock_api::RawRwLockUpgradeTimed for RawRwLock {
    fn try_lock_upgradable_for(&self, timeout: Duration) -> bool {
        self.wait(clock::now().checked_add(timeout), State::read_upgradably)
    }

    fn try_lock_upgradable_until(&self, deadline: Instant) -> bool {
        self.wait(Some(deadline), State::read_upgradably)
    }

    unsafe fn try_upgrade_for(&self, timeout: Duration) -> bool {
        self.upgrade_until(clock::now().checked_add(timeout))
    }

    unsafe fn try_upgrade_until(&self, deadline: Instant) -> bool {
        self.upgrade_until(Some(deadline))
    }
}

// SAFETY: as above; whoever reads upgradably may become one of the readers.
unsafe impl lock_api::RawRwLockUpgradeDowngrade for RawRwLock {
    unsafe fn downgrade_upgradable(&self) {
        self.monitor().update(|state| {
            state.upgradable = false;
            state.readers += 1;
        });
    }

    unsafe fn downgrade_to_upgradable(&self) {
        self.monitor().update(State::swap);
    }
}
