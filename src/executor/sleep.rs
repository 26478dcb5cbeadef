//! How idle workers sleep and are woken, and how a pool comes to its end.
//!
//! This is the one place above `wait` that parks a thread: a worker waits for *anything* to turn
//! up in several queues, which no line can express. The protocol is an eventcount, after
//! rayon's `sleep` and tokio's `idle`.
//!
//! # The events
//!
//! * **push**: a producer puts a job into a queue; then **notify**: a fence, a look at
//!   `searching` and `parked`, and if nobody searches and somebody sleeps, **wake one**: the last
//!   sleeper leaves the list and counts as searching.
//! * **register**: a worker that found nothing enters the list; if it was searching, it stops;
//!   a fence; then it **looks again**, at every queue. If there is something, it leaves the list;
//!   if not, it parks.
//! * **found**: a searcher that finds work stops searching. The *last* one passes the fence and
//!   looks whether there is more: if so it wakes one more, for those pushes that relied on it.
//! * **close**: the pool is to end; **finish**: the worker that finds all others in the list,
//!   all queues empty and no task suspended, ends it.
//!
//! # State
//!
//! `searching` counts the woken workers that neither found work nor registered again; `parked`
//! is the length of the list, for producers to look at without the lock. The list, and the end,
//! are under the lock.
//!
//! # Ordering
//!
//! *No push is missed.* A producer's fence is between its push and its look at the counts; a
//! worker's fence is between its registration and its look at the queues. All fences are
//! `SeqCst`, so one of the two comes first. If the worker's: the producer sees it registered and
//! searching no more. If the producer's: the worker sees the push. What the counts may show
//! instead, is a *searcher*: then this one's fence (in **register** or in **found**) is yet to
//! come when the producer looks, and it will see the push. The counts themselves are only hints:
//! who sleeps is decided under the lock. A producer that finds nobody there after all, finds that
//! whoever was there has taken itself off; it will look at the queues after that, registering
//! before the producer took the lock, or seeing the push by the lock's own order.
//!
//! *Nobody is left behind.* A worker enters the list before it looks at `closed`, under the same
//! lock as the closer sets it and wakes one. So either it sees `closed` and tries to **finish**,
//! or it is in the list for the closer to wake, and registers again.

use crate::sys::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering, fence},
    thread::Parker,
};

/// Who sleeps, and whether there is anything left to wake up for.
#[derive(Debug)]
pub(crate) struct Sleep {
    /// How many woken workers are looking for work.
    searching: AtomicUsize,
    /// How many are in the list.
    parked: AtomicUsize,
    list: Mutex<List>,
}

#[derive(Debug)]
struct List {
    /// Those who sleep, or are about to. The last is woken first: its cache is the warmest.
    sleepers: Vec<Arc<Parker>>,
    /// How many workers there are.
    workers: usize,
    /// The pool is to end when all is done.
    closed: bool,
    /// It has ended.
    over: bool,
}

/// A worker, as seen from here.
#[derive(Debug)]
pub(crate) struct Sleeper {
    parker: Arc<Parker>,
    /// Whether it counts among those who search.
    searching: bool,
}

impl Sleeper {
    /// The calling thread.
    pub(crate) fn new() -> Self {
        Self {
            parker: Arc::new(Parker::new()),
            searching: false,
        }
    }
}

impl Sleep {
    pub(crate) fn new(workers: usize) -> Self {
        let list = List {
            sleepers: Vec::new(),
            workers,
            closed: false,
            over: false,
        };
        Self {
            searching: AtomicUsize::new(0),
            parked: AtomicUsize::new(0),
            list: Mutex::new(list),
        }
    }

    /// Fewer workers started than were asked for.
    pub(crate) fn set_workers(&self, workers: usize) {
        self.list.lock().workers = workers;
    }

    /// Something was pushed that somebody ought to look at.
    #[inline]
    pub(crate) fn notify(&self) {
        // ORDERING: SeqCst, partner of the fences in `sleep` and `found`: see the head of the
        // file. Weaker, and a worker could sleep through the push. Model:
        // `a_push_is_not_slept_through`.
        fence(Ordering::SeqCst);
        if self.is_wanting() {
            self.wake_one();
        }
    }

    /// Whether somebody sleeps and nobody searches.
    fn is_wanting(&self) -> bool {
        // ORDERING: Relaxed, here and below: the fence before orders them after the push.
        self.searching.load(Ordering::Relaxed) == 0
            // ORDERING: as above.
            && self.parked.load(Ordering::Relaxed) != 0
    }

    /// Wakes one, to search.
    #[cold]
    fn wake_one(&self) {
        let mut list = self.list.lock();
        // ORDERING: Relaxed: after the caller's fence, so what `notify` says of a searcher holds
        // for one that was woken since.
        if self.searching.load(Ordering::Relaxed) != 0 {
            return;
        }
        if let Some(sleeper) = list.sleepers.pop() {
            self.publish(&list);
            // ORDERING: Relaxed: a producer that sees it relies on the fence of whoever ends the
            // search, which comes after this.
            self.searching.fetch_add(1, Ordering::Relaxed);
            drop(list);
            sleeper.unpark();
        }
    }

    /// The worker found work: it no longer searches. `is_more` looks at every queue.
    #[inline]
    pub(crate) fn found(&self, worker: &mut Sleeper, is_more: impl FnOnce() -> bool) {
        if !std::mem::take(&mut worker.searching) {
            return;
        }
        // ORDERING: Relaxed: what matters is its place before the fence.
        if self.searching.fetch_sub(1, Ordering::Relaxed) == 1 {
            // ORDERING: SeqCst, partner of the fence in `notify`: who relied on our search has
            // pushed what we now see. Model: `the_last_searcher_wakes_one_more`.
            fence(Ordering::SeqCst);
            if self.is_wanting() && is_more() {
                self.wake_one();
            }
        }
    }

    /// Sleeps until there may be work; `false` where the pool has ended. `is_more` looks at every
    /// queue, `is_done` at everything else that may yet become work.
    pub(crate) fn sleep(
        &self,
        worker: &mut Sleeper,
        is_more: impl Fn() -> bool,
        is_done: impl Fn() -> bool,
    ) -> bool {
        let closed = self.register(worker);
        // ORDERING: SeqCst, partner of the fence in `notify`: see the head of the file. Model:
        // `a_push_is_not_slept_through`.
        fence(Ordering::SeqCst);
        if is_more() {
            if self.unregister(worker) {
                return true;
            }
            // Somebody was faster, and has woken us: the token is on its way.
        } else if closed && self.finish(|| !is_more() && is_done()) {
            return false;
        }
        worker.parker.park(None);
        worker.searching = true;
        !self.is_over()
    }

    /// Enters the list, and tells whether the pool was closed.
    fn register(&self, worker: &mut Sleeper) -> bool {
        let mut list = self.list.lock();
        list.sleepers.push(worker.parker.clone());
        self.publish(&list);
        let closed = list.closed;
        drop(list);
        if std::mem::take(&mut worker.searching) {
            // ORDERING: Relaxed: what matters is its place before the fence in `sleep`.
            self.searching.fetch_sub(1, Ordering::Relaxed);
        }
        closed
    }

    /// Leaves the list; `false` where somebody took the worker off it before.
    fn unregister(&self, worker: &Sleeper) -> bool {
        let mut list = self.list.lock();
        let is_it = |sleeper: &Arc<Parker>| Arc::ptr_eq(sleeper, &worker.parker);
        let place = list.sleepers.iter().rposition(is_it);
        if let Some(place) = place {
            list.sleepers.swap_remove(place);
            self.publish(&list);
        }
        place.is_some()
    }

    /// The pool is to end when all is done.
    pub(crate) fn close(&self) {
        let mut list = self.list.lock();
        list.closed = true;
        if let Some(sleeper) = list.sleepers.pop() {
            self.publish(&list);
            // ORDERING: as in `wake_one`.
            self.searching.fetch_add(1, Ordering::Relaxed);
            drop(list);
            sleeper.unpark();
        }
    }

    /// Ends the pool if all its workers are in the list and all is done; whether it has ended.
    #[cold]
    fn finish(&self, is_done: impl FnOnce() -> bool) -> bool {
        let mut list = self.list.lock();
        if list.over || list.sleepers.len() < list.workers || !is_done() {
            return list.over;
        }
        list.over = true;
        let sleepers = std::mem::take(&mut list.sleepers);
        self.publish(&list);
        drop(list);
        for sleeper in sleepers {
            sleeper.unpark();
        }
        true
    }

    /// Whether the pool has ended: no worker will look at any queue any more.
    pub(crate) fn is_over(&self) -> bool {
        self.list.lock().over
    }

    /// Shows the length of the list to those who do not take the lock.
    fn publish(&self, list: &List) {
        // ORDERING: Relaxed: ordered by the fences, or by the lock.
        self.parked.store(list.sleepers.len(), Ordering::Relaxed);
    }
}
