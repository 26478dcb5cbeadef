//! What people write when they use no library: the plainest peers.

use std::collections::VecDeque;
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

/// A queue: a mutex around a deque, and two condvars.
pub struct Queue<T> {
    items: Mutex<VecDeque<T>>,
    capacity: usize,
    pushed: Condvar,
    popped: Condvar,
}

impl<T> Queue<T> {
    pub fn new(capacity: Option<usize>) -> Queue<T> {
        Queue {
            items: Mutex::new(VecDeque::with_capacity(capacity.unwrap_or_default())),
            capacity: capacity.unwrap_or(usize::MAX),
            pushed: Condvar::new(),
            popped: Condvar::new(),
        }
    }

    pub fn push(&self, item: T) {
        let items = self.items.lock().unwrap();
        let full = |items: &mut VecDeque<T>| items.len() == self.capacity;
        let mut items = self.popped.wait_while(items, full).unwrap();
        items.push_back(item);
        drop(items);
        self.pushed.notify_one();
    }

    pub fn pop(&self) -> T {
        let items = self.items.lock().unwrap();
        let mut items = self.pushed.wait_while(items, |q| q.is_empty()).unwrap();
        let item = items.pop_front().expect("the queue is not empty");
        drop(items);
        self.popped.notify_one();
        item
    }
}
