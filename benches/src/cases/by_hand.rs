//! What people write when they use no library: the plainest peers.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};
use std::thread::{self, JoinHandle};

use crossbeam_channel::Sender;

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

pub type Job = Box<dyn FnOnce() + Send>;

/// A pool: threads that take boxed closures from one crossbeam channel.
pub struct Pool {
    /// `None` once the pool is being dropped.
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    pub fn new(workers: usize) -> Pool {
        let (jobs, queue) = crossbeam_channel::unbounded::<Job>();
        let threads = (0..workers)
            .map(|_| {
                let queue = queue.clone();
                thread::spawn(move || queue.into_iter().for_each(|job| job()))
            })
            .collect();
        Pool {
            jobs: Some(jobs),
            threads,
        }
    }

    pub fn execute(&self, job: impl FnOnce() + Send + 'static) {
        let sent = self.sender().send(Box::new(job));
        sent.expect("the threads are alive");
    }

    /// What jobs go in by.
    pub fn sender(&self) -> &Sender<Job> {
        self.jobs.as_ref().expect("the pool is alive")
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            thread.join().expect("no job panics");
        }
    }
}
