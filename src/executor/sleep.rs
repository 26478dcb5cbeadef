//! How idle workers sleep and are woken, and how a pool comes to its end.
//!
//! This is the one place above `wait` that parks a thread: a worker waits for *anything* to turn
//! up in several queues, which no line can express. The protocol is an eventcount, after
//! rayon's `sleep` and tokio's `idle`.
//!
//! # The events
//!
//! * **push**: a producer puts a job into a queue; then **notify**: a fence, a look at
//!   `searching` and `callable`, and if nobody searches and somebody can be called, **wake one**:
//!   the last sleeper leaves the list and counts as searching.
//! * **register**: a worker that found nothing enters the list; if it was searching, it stops;
//!   a fence; then it **looks again**, at every queue. If there is something, it leaves the list
//!   and searches: there may be more than the one job that it takes. If not, it parks.
//! * **linger**: a worker that found nothing, and expects something soon, counts as searching and
//!   looks on for a while, before it registers.
//! * **found**: a searcher that finds work stops searching. The *last* one passes the fence and
//!   looks whether there is more: if so it wakes one more, for those pushes that relied on it.
//! * **hire**: where nobody sleeps, but the pool may have more workers, a thread is started
//!   instead. It counts as a worker, and as *starting*, from the moment that this is decided;
//!   meanwhile no push hires another.
//! * **begin**: the thread is there and its initializer has returned: it starts no more, but
//!   searches.
//! * **leave**: a worker that slept for too long, or is one too many, takes itself off under the
//!   lock, and ends.
//! * **order**: every worker is given a job of its own, under the lock; all who sleep are woken.
//! * **close**: the pool is to end; **finish**: the worker that finds all others in the list,
//!   all queues empty and no task suspended, ends it.
//!
//! # State
//!
//! `searching` counts the workers that were woken or have begun, and neither found work nor
//! registered since; `callable` is the length of the list and, where none is starting, the number
//! of workers that may yet be hired, for producers to look at without the lock. The list, the
//! number of workers, and the end, are under the lock.
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
//! *Nobody relies on who has left.* A worker leaves under the lock: out of the list, where a
//! producer that looks for it finds another sleeper, or hires; or when it does not search any
//! more, after the same fence and look as in **found**. A pool has always one worker that does not
//! leave, those not counted that are starting: they may fail. A hired thread that does not begin
//! leaves, and until a worker goes to sleep again, or blocks, nobody tries another.
//!
//! *Nobody but another hire relies on who is starting*: its initializer may take long, or wait for
//! a job. Who sleeps is woken all the same. A producer that finds nobody to call, since one is
//! starting, is followed by the fence of that one's first **found**, **register** or failure.
//!
//! *Nobody sleeps over an order.* An order is given to a worker under the lock, which takes it off
//! the list if it is there; one that has orders does not enter the list, nor leave, nor does the
//! pool end while there is one who is not in the list. So it does them first.
//!
//! *Nobody is left behind.* A worker enters the list before it looks at `closed`, under the same
//! lock as the closer sets it and wakes one. So either it sees `closed` and tries to **finish**,
//! or it is in the list for the closer to wake, and registers again.

use super::orders::Orders;
use crate::future::Job;
use crate::sync::Event;
use crate::sys::{
    Arc, Mutex, MutexGuard, Tally,
    atomic::{AtomicUsize, Ordering, fence},
    clock::Instant,
    thread::Parker,
};

/// Who sleeps, and whether there is anything left to wake up for.
#[derive(Debug)]
pub(crate) struct Sleep {
    /// How many workers that were woken, or have begun, are looking for work.
    searching: AtomicUsize,
    /// How many sleep, and how many may be hired at this moment.
    callable: AtomicUsize,
    /// How many workers are too many: a hint. Who decides by it looks under the lock.
    surplus: Tally,
    list: Mutex<List>,
    /// Set when the pool has ended.
    ended: Event,
}

#[derive(Debug)]
struct List {
    /// Those who sleep, or are about to. The last is woken first: its cache is the warmest.
    sleepers: Vec<Arc<Parker>>,
    /// All workers, those included who are being started.
    crew: Vec<Arc<Orders>>,
    /// How many of them are being started.
    starting: usize,
    /// How many stay, however long they sleep.
    least: usize,
    /// How many there may be, beside those that are blocked.
    most: usize,
    /// How many have said that they are blocked.
    blocked: usize,
    /// The system started no thread when it was last asked, and no worker has slept since.
    barren: bool,
    /// The pool is to end when all is done.
    closed: bool,
    /// It has ended.
    over: bool,
}

impl List {
    /// How many workers there may be now.
    fn limit(&self) -> usize {
        self.most.saturating_add(self.blocked)
    }

    /// How many more there may be.
    fn vacancies(&self) -> usize {
        match self.over {
            true => 0,
            false => self.limit().saturating_sub(self.crew.len()),
        }
    }

    /// How many a push may hire.
    fn hirable(&self) -> usize {
        match self.barren || self.starting > 0 {
            true => 0,
            false => self.vacancies(),
        }
    }

    /// Whether one who has begun may leave, so that there are no more than `enough`.
    fn may_leave(&self, enough: usize) -> bool {
        // A pool of which one worker has begun does not rely on others who have not.
        self.crew.len() > enough && self.crew.len() - self.starting > 1
    }

    /// Counts one who is to be started.
    fn enlist(&mut self) -> Hired {
        let orders = Arc::new(Orders::new());
        self.crew.push(orders.clone());
        self.starting += 1;
        Hired(orders)
    }
}

/// How many workers a pool has and may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strength {
    /// Those who live.
    pub(crate) workers: usize,
    /// Those of them who sleep.
    pub(crate) idle: usize,
    /// Those of them who have said that they are blocked.
    pub(crate) blocked: usize,
    /// How many there may be, beside those.
    pub(crate) most: usize,
}

/// What a producer, or whoever called for workers, has to do yet.
#[derive(Debug)]
#[must_use = "nobody else starts the thread"]
pub(crate) enum Call {
    /// Nothing.
    Done,
    /// Start the thread of this worker.
    Hire(Hired),
}

/// A worker whose thread is to be started, and which counts as one already: it
/// [begins](Sleep::begin), or is said to have [left](Sleep::leave_unstarted).
#[derive(Clone, Debug)]
#[must_use = "nobody else starts the thread"]
pub(crate) struct Hired(Arc<Orders>);

/// How a sleep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slept {
    /// There may be work.
    Woken,
    /// The worker slept for too long, and is none of the pool's any more.
    Left,
    /// The pool has ended.
    Over,
}

/// A worker, as seen from here.
#[derive(Debug)]
pub(crate) struct Sleeper {
    parker: Arc<Parker>,
    /// What it alone is to do.
    orders: Arc<Orders>,
    /// Whether it counts among those who search.
    searching: bool,
}

impl Sleeper {
    /// The calling thread, as one who was hired and has [begun](Sleep::begin): it counts as
    /// searching.
    pub(crate) fn new(hired: Hired) -> Self {
        Self {
            parker: Arc::new(Parker::new()),
            orders: hired.0,
            searching: true,
        }
    }

    pub(crate) fn orders(&self) -> &Arc<Orders> {
        &self.orders
    }
}

impl Sleep {
    /// A pool without workers, which may hire `most`, and keeps `least` of them.
    pub(crate) fn new(least: usize, most: usize) -> Self {
        let list = List {
            sleepers: Vec::new(),
            crew: Vec::new(),
            starting: 0,
            least,
            most,
            blocked: 0,
            barren: false,
            closed: false,
            over: false,
        };
        Self {
            searching: AtomicUsize::new(0),
            callable: AtomicUsize::new(most),
            surplus: Tally::default(),
            list: Mutex::new(list),
            ended: Event::new(false),
        }
    }

    /// Something was pushed that somebody ought to look at.
    #[inline]
    pub(crate) fn notify(&self) -> Call {
        // ORDERING: SeqCst, partner of the fences in `sleep` and `found`: see the head of the
        // file. Weaker, and a worker could sleep through the push. Model:
        // `a_push_is_not_slept_through`.
        fence(Ordering::SeqCst);
        match self.is_wanting() {
            true => self.wake_one(),
            false => Call::Done,
        }
    }

    /// How many workers have nothing to do, or could yet be hired: a hint, which may be old.
    #[inline]
    pub(crate) fn idle(&self) -> usize {
        // ORDERING: Relaxed, both: a hint.
        self.searching.load(Ordering::Relaxed) + self.callable.load(Ordering::Relaxed)
    }

    /// Whether somebody could be called and nobody searches.
    fn is_wanting(&self) -> bool {
        // ORDERING: Relaxed, here and below: the fence before orders them after the push.
        self.searching.load(Ordering::Relaxed) == 0
            // ORDERING: as above.
            && self.callable.load(Ordering::Relaxed) != 0
    }

    /// Wakes one, or hires one, to search.
    #[cold]
    fn wake_one(&self) -> Call {
        let mut list = self.list.lock();
        // ORDERING: Relaxed: after the caller's fence, so what `notify` says of a searcher holds
        // for one that was woken since.
        if self.searching.load(Ordering::Relaxed) != 0 {
            return Call::Done;
        }
        if let Some(sleeper) = list.sleepers.pop() {
            self.publish(&list);
            self.add_searching(1);
            drop(list);
            sleeper.unpark();
        } else if list.hirable() > 0 {
            let hired = list.enlist();
            self.publish(&list);
            return Call::Hire(hired);
        }
        Call::Done
    }

    /// Hires as many as are missing for there to be so many, whether or not there is work.
    pub(crate) fn hire(&self, workers: usize) -> Vec<Hired> {
        let mut list = self.list.lock();
        list.barren = false;
        let missing = workers.saturating_sub(list.crew.len());
        let missing = missing.min(list.vacancies());
        let hired = (0..missing).map(|_| list.enlist()).collect();
        self.publish(&list);
        hired
    }

    /// One who was hired begins to work: from now on it counts as searching.
    pub(crate) fn begin(&self) {
        let mut list = self.list.lock();
        list.starting -= 1;
        self.add_searching(1);
        self.publish(&list);
    }

    fn add_searching(&self, count: usize) {
        // ORDERING: Relaxed: a producer that sees it relies on the fence of whoever ends the
        // search, which comes after this.
        self.searching.fetch_add(count, Ordering::Relaxed);
    }

    /// The thread of one who was hired did not start, or ended before it looked for work. The
    /// call is for somebody who goes on in its place, with what `is_more` sees in the queues. Its
    /// orders are dropped.
    #[cold]
    pub(crate) fn leave_unstarted(&self, hired: Hired, is_more: impl FnOnce() -> bool) -> Call {
        let mut list = self.list.lock();
        list.barren = true;
        list.starting -= 1;
        self.leave(&mut list, &hired.0);
        drop(list);
        drop(hired);
        // Those who work look at the queues before they sleep; this spares what was pushed meanwhile
        // the wait for them.
        self.look_again(is_more)
    }

    /// The worker found work: it no longer searches. `is_more` looks at every queue.
    #[inline]
    pub(crate) fn found(&self, worker: &mut Sleeper, is_more: impl FnOnce() -> bool) -> Call {
        match std::mem::take(&mut worker.searching) {
            true => self.stop_searching(is_more),
            false => Call::Done,
        }
    }

    fn stop_searching(&self, is_more: impl FnOnce() -> bool) -> Call {
        // ORDERING: Relaxed: what matters is its place before the fence.
        match self.searching.fetch_sub(1, Ordering::Relaxed) == 1 {
            true => self.look_again(is_more),
            false => Call::Done,
        }
    }

    /// Calls somebody, where a producer relied on the calling thread to do so.
    fn look_again(&self, is_more: impl FnOnce() -> bool) -> Call {
        // ORDERING: SeqCst, partner of the fence in `notify`: who relied on us, or found nobody
        // to call, has pushed what we now see. Models: `the_last_searcher_wakes_one_more`,
        // `a_worker_that_blocks_is_replaced`.
        fence(Ordering::SeqCst);
        match self.is_wanting() && is_more() {
            true => self.wake_one(),
            false => Call::Done,
        }
    }

    /// The worker has found nothing, and may look on for a while before it sleeps, counting among
    /// those who search; `false` where somebody else searches: one is enough.
    pub(crate) fn may_linger(&self, worker: &mut Sleeper) -> bool {
        if worker.searching {
            // ORDERING: Relaxed: a hint.
            return self.searching.load(Ordering::Relaxed) == 1;
        }
        // ORDERING: Relaxed, twice: as in `add_searching`.
        let alone = self
            .searching
            .compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed);
        worker.searching = alone.is_ok();
        worker.searching
    }

    /// Sleeps until there may be work; but only to `until`, where the pool keeps fewer workers
    /// than it has. `is_more` looks at every queue, `is_done` at everything else that may yet
    /// become work.
    pub(crate) fn sleep(
        &self,
        worker: &mut Sleeper,
        until: impl FnOnce() -> Option<Instant>,
        is_more: impl Fn() -> bool,
        is_done: impl Fn() -> bool,
    ) -> Slept {
        let Some((closed, dispensable)) = self.register(worker) else {
            return Slept::Woken;
        };
        // ORDERING: SeqCst, partner of the fence in `notify`: see the head of the file. Model:
        // `a_push_is_not_slept_through`.
        fence(Ordering::SeqCst);
        if is_more() {
            if self.unregister(worker) {
                return Slept::Woken;
            }
            // Somebody was faster, and has woken us: the token is on its way.
        } else if closed && self.finish(|| !is_more() && is_done()) {
            return Slept::Over;
        }
        let until = if dispensable { until() } else { None };
        if !worker.parker.park(until) {
            if self.retire(worker) {
                return Slept::Left;
            }
            worker.parker.park(None);
        }
        worker.searching = true;
        match self.is_over() {
            true => Slept::Over,
            false => Slept::Woken,
        }
    }

    /// Enters the list; tells whether the pool was closed, and whether it keeps fewer workers.
    /// `None` where there are too many, for the worker to leave, or where it has orders.
    fn register(&self, worker: &mut Sleeper) -> Option<(bool, bool)> {
        let mut list = self.list.lock();
        if list.may_leave(list.limit()) || worker.orders.is_any() {
            return None;
        }
        list.sleepers.push(worker.parker.clone());
        list.barren = false;
        self.publish(&list);
        let seen = (list.closed, list.crew.len() > list.least);
        drop(list);
        if std::mem::take(&mut worker.searching) {
            // ORDERING: Relaxed: what matters is its place before the fence in `sleep`.
            self.searching.fetch_sub(1, Ordering::Relaxed);
        }
        Some(seen)
    }

    /// Leaves the list, to search; `false` where somebody took the worker off it before.
    fn unregister(&self, worker: &mut Sleeper) -> bool {
        let mut list = self.list.lock();
        let was_there = list.strike(worker);
        if was_there {
            self.publish(&list);
            self.add_searching(1);
            worker.searching = true;
        }
        was_there
    }

    /// Leaves the list and the pool, which is to keep as many as it must: `false` if it does not,
    /// or if somebody has taken the worker off the list, to wake it.
    #[cold]
    fn retire(&self, worker: &Sleeper) -> bool {
        let mut list = self.list.lock();
        let leaves = !list.closed && list.may_leave(list.least) && list.strike(worker);
        if leaves {
            self.leave(&mut list, &worker.orders);
        }
        leaves
    }

    /// Whether there are more workers than there may be.
    #[inline]
    pub(crate) fn is_crowded(&self) -> bool {
        self.surplus.get() != 0
    }

    /// Lets the worker, which does not search, leave if there are too many and it has no orders;
    /// whether it has left.
    #[cold]
    pub(crate) fn dismiss(&self, worker: &Sleeper) -> bool {
        let mut list = self.list.lock();
        let leaves = list.may_leave(list.limit()) && !worker.orders.is_any();
        if leaves {
            self.leave(&mut list, &worker.orders);
        }
        leaves
    }

    /// One is gone. Where the pool is to end, one of the others is to see whether that was all
    /// that was waited for.
    fn leave(&self, list: &mut List, worker: &Arc<Orders>) {
        list.crew.retain(|other| !Arc::ptr_eq(other, worker));
        let heir = match list.closed {
            true => list.sleepers.pop(),
            false => None,
        };
        self.publish(list);
        if let Some(heir) = heir {
            self.add_searching(1);
            heir.unpark();
        }
    }

    /// Sets how many workers there may be and how many stay. Those who sleep look whether they
    /// are too many.
    pub(crate) fn resize(&self, least: usize, most: usize) {
        let mut list = self.list.lock();
        (list.least, list.most) = (least, most);
        list.barren = false;
        let crowded = list.crew.len() > list.limit();
        if crowded {
            self.wake_all(list);
        } else {
            self.publish(&list);
        }
    }

    /// Gives an order to each worker, those included who are being started; to none where the pool
    /// has ended.
    pub(crate) fn order(&self, mut order: impl FnMut() -> Job) {
        let list = self.list.lock();
        if list.over {
            return;
        }
        for orders in &list.crew {
            orders.give(order());
        }
        self.wake_all(list);
    }

    /// Wakes all who sleep.
    fn wake_all(&self, mut list: MutexGuard<'_, List>) {
        let sleepers = std::mem::take(&mut list.sleepers);
        self.publish(&list);
        self.add_searching(sleepers.len());
        drop(list);
        for sleeper in sleepers {
            sleeper.unpark();
        }
    }

    /// A worker is about to block: there may be one more, who is called if `is_more` sees work.
    pub(crate) fn block(&self, is_more: impl FnOnce() -> bool) -> Call {
        let mut list = self.list.lock();
        list.blocked += 1;
        // Where all are blocked nobody goes to sleep, which would be a reason to try again.
        list.barren = false;
        self.publish(&list);
        drop(list);
        self.look_again(is_more)
    }

    /// It no longer blocks.
    pub(crate) fn unblock(&self) {
        let mut list = self.list.lock();
        list.blocked -= 1;
        self.publish(&list);
    }

    /// The pool is to end when all is done.
    pub(crate) fn close(&self) {
        let mut list = self.list.lock();
        list.closed = true;
        if list.crew.is_empty() {
            // None ever started.
            list.over = true;
            self.ended.set();
        } else if let Some(sleeper) = list.sleepers.pop() {
            self.publish(&list);
            self.add_searching(1);
            drop(list);
            sleeper.unpark();
        }
    }

    /// Ends the pool if all its workers are in the list and all is done; whether it has ended.
    #[cold]
    fn finish(&self, is_done: impl FnOnce() -> bool) -> bool {
        let mut list = self.list.lock();
        if list.over || list.sleepers.len() < list.crew.len() || !is_done() {
            return list.over;
        }
        list.over = true;
        let sleepers = std::mem::take(&mut list.sleepers);
        self.publish(&list);
        drop(list);
        for sleeper in sleepers {
            sleeper.unpark();
        }
        self.ended.set();
        true
    }

    /// Whether the pool has ended: no worker will look at any queue any more.
    pub(crate) fn is_over(&self) -> bool {
        self.list.lock().over
    }

    /// Set when the pool has ended.
    pub(crate) fn ended(&self) -> &Event {
        &self.ended
    }

    pub(crate) fn strength(&self) -> Strength {
        let list = self.list.lock();
        Strength {
            workers: list.crew.len(),
            idle: list.sleepers.len(),
            blocked: list.blocked,
            most: list.most,
        }
    }

    /// Shows what is in the list to those who do not take the lock.
    fn publish(&self, list: &List) {
        let callable = list.sleepers.len() + list.hirable();
        let surplus = list.crew.len().saturating_sub(list.limit());
        // ORDERING: Relaxed: ordered by the fences, or by the lock.
        self.callable.store(callable, Ordering::Relaxed);
        self.surplus.set(surplus);
    }
}

impl List {
    /// Takes a worker off the list; whether it was there.
    fn strike(&mut self, worker: &Sleeper) -> bool {
        let is_it = |sleeper: &Arc<Parker>| Arc::ptr_eq(sleeper, &worker.parker);
        let place = self.sleepers.iter().rposition(is_it);
        if let Some(place) = place {
            self.sleepers.swap_remove(place);
        }
        place.is_some()
    }
}
