//! The threads of a pool: what they are like, and how one is started.

use super::Observer;
use super::shared::Shared;
use super::sleep::Hired;
use super::worker;
use crate::PanicPayload;
use crate::panic::{catch, contain};
use crate::pool::launch::Launch;
use crate::sys::{Arc, clock, clock::Instant, thread, thread_local_on_both_faces};
use std::cell::Cell;
use std::error::Error;
use std::time::Duration;
use std::{fmt, io, ptr};

thread_local_on_both_faces! {
    /// The pool whose thread this is, from its first moment to its last, when its other variables
    /// may be gone; null where it is nobody's. Compared, never followed.
    static POOL: Cell<*const Shared> = const { Cell::new(ptr::null()) };
}

thread_local_on_both_faces! {
    /// Whether its initializer runs.
    static STARTING: Cell<bool> = const { Cell::new(false) };
}

/// Whether the calling thread is one of this pool, at work or not.
pub(super) fn is_own(shared: &Arc<Shared>) -> bool {
    POOL.try_with(Cell::get)
        .is_ok_and(|pool| ptr::eq(pool, Arc::as_ptr(shared)))
}

/// Whether the calling thread is one of this pool that has yet to begin.
pub(super) fn is_starting(shared: &Arc<Shared>) -> bool {
    is_own(shared) && STARTING.try_with(Cell::get).unwrap_or(false)
}

/// What is called in each thread before it works.
pub(super) type Initializer =
    dyn Fn(usize) -> Result<(), Box<dyn Error + Send + Sync>> + Send + Sync;

/// What is told of a panic that nobody else hears of.
pub(super) type OnPanic = dyn Fn(&PanicPayload) + Send + Sync;

/// What the threads of a pool are like.
pub(crate) struct Threads {
    /// What their names begin with.
    pub(super) name: String,
    /// How much stack they have, if not what the system gives.
    pub(super) stack_size: Option<usize>,
    /// For how long one may sleep that is not needed.
    pub(super) keep_alive: Duration,
    pub(super) initializer: Option<Box<Initializer>>,
    pub(super) on_panic: Option<Box<OnPanic>>,
    pub(super) observer: Option<Box<dyn Observer>>,
}

/// For how long a worker that is not needed sleeps, if nothing else was said.
const KEEP_ALIVE: Duration = Duration::from_secs(60);

impl Threads {
    /// Plain ones.
    pub(crate) fn new() -> Self {
        Self {
            name: "rungs".into(),
            stack_size: None,
            keep_alive: KEEP_ALIVE,
            initializer: None,
            on_panic: None,
            observer: None,
        }
    }

    /// Starts the thread of a worker that was hired: see [`Call::Hire`](super::sleep::Call).
    /// `launch` is told whether it begins.
    ///
    /// *Errors:* those of the system; `launch` is not told.
    #[cold]
    pub(crate) fn start(
        shared: &Arc<Shared>,
        hired: Hired,
        launch: Option<Arc<Launch>>,
    ) -> io::Result<()> {
        let index = shared.seats.take();
        let threads = &shared.threads;
        let name = format!("{}-{index}", threads.name);
        let main = {
            let (shared, hired) = (shared.clone(), hired.clone());
            move || main(shared, index, hired, launch)
        };
        let seat = shared.seats.get(index);
        // Held until the thread is there: whoever has the seat next waits here.
        let mut place = seat.thread.lock();
        match thread::spawn(Some(name), threads.stack_size, main) {
            Ok(thread) => {
                if let Some(before) = place.replace(thread) {
                    shared.seats.keep_leaving(before);
                }
                Ok(())
            }
            Err(error) => {
                drop(place);
                Self::failed(shared, index, hired, &error);
                Err(error)
            }
        }
    }

    /// A worker that was hired does not come.
    fn failed(shared: &Arc<Shared>, index: usize, hired: Hired, error: &io::Error) {
        shared.seats.give_back(index, None);
        let threads = &shared.threads;
        threads.observe(|observer| observer.worker_failed(error));
        let call = shared.sleep.leave_unstarted(hired, || shared.has_work());
        shared.follow(call);
    }

    /// Calls the initializer, if there is one.
    fn initialize(&self, worker: usize) -> Result<(), io::Error> {
        let Some(initializer) = &self.initializer else {
            return Ok(());
        };
        match catch(|| initializer(worker)) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(io::Error::other(error)),
            Err(payload) => Err(io::Error::other(payload.into_message())),
        }
    }

    /// Tells the observer, if there is one.
    #[inline]
    pub(super) fn observe(&self, tell: impl FnOnce(&dyn Observer)) {
        if let Some(observer) = &self.observer {
            contain(|| tell(&**observer));
        }
    }

    /// Until when a worker may sleep that goes to sleep now.
    pub(super) fn until(&self) -> Option<Instant> {
        clock::now().checked_add(self.keep_alive)
    }
}

/// A thread of a pool, from beginning to end.
fn main(shared: Arc<Shared>, index: usize, hired: Hired, launch: Option<Arc<Launch>>) {
    POOL.with(|pool| pool.set(Arc::as_ptr(&shared)));
    STARTING.with(|starting| starting.set(true));
    let begun = shared.threads.initialize(index);
    STARTING.with(|starting| starting.set(false));
    let begins = match &begun {
        Ok(()) => Some(hired),
        Err(error) => {
            Threads::failed(&shared, index, hired, error);
            None
        }
    };
    if let Some(launch) = launch {
        launch.report(1, begun);
    }
    let Some(hired) = begins else {
        return;
    };
    shared
        .threads
        .observe(|observer| observer.worker_started(index));
    let deque = shared.seats.get(index).take_deque();
    let left = worker::work(shared.clone(), deque, index, hired);
    let threads = &shared.threads;
    threads.observe(|observer| observer.worker_stopped(index));
    if let Some(deque) = left {
        let leaves_jobs = !deque.is_empty();
        shared.seats.give_back(index, Some(deque));
        if leaves_jobs {
            // They are for others to steal.
            shared.notify();
        }
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Threads")
            .field("name", &self.name)
            .field("stack_size", &self.stack_size)
            .field("keep_alive", &self.keep_alive)
            .finish_non_exhaustive()
    }
}
