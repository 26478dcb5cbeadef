//! The places of a pool's workers: each has a deque, which outlives the thread that sits there.
//!
//! # State
//!
//! Seats are made when they are needed, in chunks of twice the size each time, and stay: whoever
//! looks through all deques takes no lock, and the pool may grow meanwhile.
//!
//! # Invariants
//!
//! 1. A seat is on the list of free seats, or one thread has it, or is being started for it.
//! 2. The worker's end of a deque lies in its seat while that is free or waits for its thread;
//!    otherwise that thread has it. What is in the deque stays there when the thread leaves: it
//!    can be stolen still.
//! 3. Only the thread that has the seat counts there.

use super::shared::Queued;
use crate::sys::{
    Arc, Mutex, OnceLock, Tally,
    atomic::{AtomicUsize, Ordering},
    deque::{Stealer, Worker},
    thread::{self, JoinHandle},
};
use std::fmt;

/// How many chunks there can be: enough for twice the most workers that a pool can have, since a
/// thread may be started while another is about to give its seat back.
const CHUNKS: usize = 16;

/// A worker's place.
#[derive(Debug)]
pub(crate) struct Seat {
    /// The end of the deque that others steal from.
    pub(crate) stealer: Stealer<Queued>,
    /// The worker's end (invariant 2).
    deque: Mutex<Option<Worker<Queued>>>,
    /// The thread that has the seat, or had it last. Locked while one is started for it.
    pub(super) thread: Mutex<Option<JoinHandle<()>>>,
    /// The name of the job that runs here, if it has one.
    pub(super) job: Mutex<Option<Arc<str>>>,
    /// Jobs that were taken from a queue.
    pub(super) begun: Tally,
    /// Those of them that have ended.
    pub(super) ended: Tally,
    /// How often it stole.
    pub(super) thefts: Tally,
    /// How often it went to sleep.
    pub(super) sleeps: Tally,
}

impl Seat {
    fn new() -> Self {
        let deque = Worker::new_fifo();
        Self {
            stealer: deque.stealer(),
            deque: Mutex::new(Some(deque)),
            thread: Mutex::new(None),
            job: Mutex::new(None),
            begun: Tally::default(),
            ended: Tally::default(),
            thefts: Tally::default(),
            sleeps: Tally::default(),
        }
    }

    /// Takes the worker's end of the deque: once for each thread that has the seat.
    pub(crate) fn take_deque(&self) -> Worker<Queued> {
        match self.deque.lock().take() {
            Some(deque) => deque,
            None => unreachable!("a seat has one worker"),
        }
    }

    /// Whether its worker is at a job.
    pub(super) fn is_busy(&self) -> bool {
        self.begun.get() != self.ended.get()
    }
}

/// All seats of a pool.
pub(crate) struct Seats {
    /// A chunk has twice as many seats as the one before; the first has one.
    chunks: [OnceLock<Box<[Seat]>>; CHUNKS],
    /// How many seats there are. Changed under the lock of `free`. Who does not see the last one
    /// yet misses nothing: its worker looks into its own deque.
    len: AtomicUsize,
    /// Those that nobody has.
    free: Mutex<Vec<usize>>,
    /// Threads that have given their seat back and may not have ended.
    leaving: Mutex<Vec<JoinHandle<()>>>,
}

impl Seats {
    pub(super) fn new() -> Self {
        Self {
            chunks: [const { OnceLock::new() }; CHUNKS],
            len: AtomicUsize::new(0),
            free: Mutex::new(Vec::new()),
            leaving: Mutex::new(Vec::new()),
        }
    }

    /// Takes a free seat, or makes one.
    pub(crate) fn take(&self) -> usize {
        let mut free = self.free.lock();
        free.pop().unwrap_or_else(|| self.make())
    }

    /// Makes a seat; under the lock of `free`.
    fn make(&self) -> usize {
        // ORDERING: Relaxed: changed under the lock only.
        let index = self.len.load(Ordering::Relaxed);
        let (chunk, _) = place(index);
        self.chunks[chunk].get_or_init(|| (0..1 << chunk).map(|_| Seat::new()).collect());
        // ORDERING: Release, partner of the Acquire in `len`: who counts the seat finds it made.
        // Model: `a_worker_is_started_for_a_push`.
        self.len.store(index + 1, Ordering::Release);
        index
    }

    /// Gives a seat back, and the worker's end of its deque if that was taken.
    pub(super) fn give_back(&self, index: usize, deque: Option<Worker<Queued>>) {
        if deque.is_some() {
            *self.get(index).deque.lock() = deque;
        }
        self.free.lock().push(index);
    }

    pub(super) fn len(&self) -> usize {
        // ORDERING: Acquire, partner of the Release in `make`.
        self.len.load(Ordering::Acquire)
    }

    /// The seat with this number, which is below [`len`](Self::len).
    pub(crate) fn get(&self, index: usize) -> &Seat {
        let (chunk, offset) = place(index);
        match self.chunks[chunk].get() {
            Some(seats) => &seats[offset],
            None => unreachable!("there is no such seat"),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Seat> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Keeps the thread that had a seat before another.
    pub(super) fn keep_leaving(&self, thread: JoinHandle<()>) {
        let mut leaving = self.leaving.lock();
        leaving.retain(|thread| !thread::is_finished(thread));
        leaving.push(thread);
    }

    /// Waits for all threads, none of which does anything any more but end.
    pub(super) fn join(&self) {
        let in_seats = self.iter().filter_map(|seat| seat.thread.lock().take());
        let mut threads: Vec<_> = in_seats.collect();
        threads.append(&mut self.leaving.lock());
        for thread in threads {
            // A worker does not panic: it catches what its jobs do.
            let _ = thread.join();
        }
    }
}

/// The chunk that a seat is in, and where.
fn place(index: usize) -> (usize, usize) {
    let chunk = (index + 1).ilog2() as usize;
    (chunk, index + 1 - (1 << chunk))
}

impl fmt::Debug for Seats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
