//! What people write when they use no library: the plainest peers.

use std::sync::{Condvar, Mutex};

/// A semaphore: a mutex around a number, and a condvar.
pub struct Semaphore {
    permits: Mutex<usize>,
    released: Condvar,
}

impl Semaphore {
    pub fn new(permits: usize) -> Semaphore {
        Semaphore {
            permits: Mutex::new(permits),
            released: Condvar::new(),
        }
    }

    pub fn acquire(&self) -> Permit<'_> {
        let permits = self.permits.lock().unwrap();
        let mut permits = self.released.wait_while(permits, |n| *n == 0).unwrap();
        *permits -= 1;
        Permit(self)
    }

    pub fn available(&self) -> usize {
        *self.permits.lock().unwrap()
    }
}

pub struct Permit<'a>(&'a Semaphore);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.0.permits.lock().unwrap() += 1;
        self.0.released.notify_one();
    }
}
