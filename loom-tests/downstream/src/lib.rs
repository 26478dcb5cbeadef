//! A small program of a user's: an account that threads share, and a shop with a few tills.
//!
//! It is written over `rungs` alone and knows nothing of loom. Its models, in `tests/`, explore
//! every way in which its threads can meet, because under `--cfg rungs_loom` the locks of `rungs`
//! are loom's.

use rungs::sync::{Event, Mutex, Semaphore, TimedOut};
use std::time::Duration;

/// Money that several threads draw on.
pub struct Account(Mutex<u32>);

impl Account {
    /// An account with an opening balance.
    pub fn new(balance: u32) -> Self {
        Self(Mutex::new(balance))
    }

    /// Takes `amount`, if it is there.
    pub fn withdraw(&self, amount: u32) -> bool {
        let mut balance = self.0.lock();
        let covered = *balance >= amount;
        if covered {
            *balance -= amount;
        }
        covered
    }

    /// The same with a bug: the lock is let go between the look and the change.
    pub fn withdraw_carelessly(&self, amount: u32) -> bool {
        let covered = *self.0.lock() >= amount;
        if covered {
            let mut balance = self.0.lock();
            *balance = balance.checked_sub(amount).expect("overdrawn");
        }
        covered
    }
}

/// A shop with a few tills, that opens once.
pub struct Shop {
    open: Event,
    tills: Semaphore,
    takings: Mutex<u32>,
}

impl Shop {
    /// A closed shop.
    pub fn new(tills: usize) -> Self {
        Self {
            open: Event::new(false),
            tills: Semaphore::new(tills),
            takings: Mutex::new(0),
        }
    }

    /// Opens the doors.
    pub fn open(&self) {
        self.open.set();
    }

    /// Waits for the doors to open, though not for ever, and pays at a free till.
    pub fn buy(&self, price: u32, patience: Duration) -> Result<(), TimedOut> {
        self.open.wait_timeout(patience)?;
        let _till = self.tills.acquire().expect("tills are not closed");
        *self.takings.lock() += price;
        Ok(())
    }

    /// What was paid so far.
    pub fn takings(&self) -> u32 {
        *self.takings.lock()
    }
}
