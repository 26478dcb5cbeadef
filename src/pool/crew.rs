//! The workers of a pool, and what they are told to do.
//!
//! # State
//!
//! [`Crew`] under its lock, and a word of orders beside it, which a worker looks at before and
//! after it takes an item; it takes the lock only where a bit says that there is a reason to.
//! The word is written under the lock, from what the crew then is (`post`), before anybody is
//! started who is to heed it.
//!
//! # Invariants
//!
//! 1. Every thread that was started and may still use the pool is a member: of `active` until it
//!    decides to end, or is told to, and from then on of `leaving`.
//! 2. A worker is counted busy on the [`Floor`] only while it is in `active`.
//! 3. Whether a worker may end because it is idle, and whether another is started because nobody
//!    is, is decided under the lock, by who has left or entered the floor before. So while there
//!    may be more workers, one is always at the queue, or about to be.
//! 4. Of the threads that have left, all but the last were joined by the one that left after
//!    them; the last is in `ended`.

use super::card::{Card, Stats};
use super::error::{Running, Unfinished};
use super::floor::Floor;
use super::launch::Launch;
use super::worker_pool::Shutdown;
use super::workers::Workers;
use crate::panic::contain;
use crate::queue::WorkQueue;
use crate::sys::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicUsize, Ordering},
    clock,
    clock::Instant,
    thread,
    thread::JoinHandle,
};
use crate::wait::block_until;
use std::io;

/// No item is to be begun.
pub(super) const PAUSED: usize = 1;
/// There are more workers than there should be.
pub(super) const TRIM: usize = 1 << 1;
/// The number of workers may change by itself.
pub(super) const ELASTIC: usize = 1 << 2;
/// Somebody wants to know when items begin.
pub(super) const TIMED: usize = 1 << 3;

/// Starts threads.
pub(super) trait Start: Send + Sync {
    /// Starts one, which reports to `launch`, if there is one.
    fn start(
        self: Arc<Self>,
        card: Arc<Card>,
        launch: Option<Arc<Launch>>,
    ) -> io::Result<JoinHandle<()>>;
}

/// What the workers of a pool and its handle share.
pub(super) struct Shared<Q: WorkQueue> {
    pub(super) queue: Q,
    pub(super) floor: Floor,
    orders: AtomicUsize,
    crew: Mutex<Crew<Q::Item>>,
}

/// One thread.
struct Member {
    card: Arc<Card>,
    thread: JoinHandle<()>,
}

/// What the lock guards.
struct Crew<T> {
    size: Workers,
    /// Who works.
    active: Vec<Member>,
    /// Who has decided to end and has not ended.
    leaving: Vec<Member>,
    /// The thread that ended last.
    ended: Option<JoinHandle<()>>,
    /// `None` when the last worker has ended.
    starter: Option<Arc<dyn Start>>,
    /// What was done by those who have ended.
    past: Stats,
    paused: bool,
    /// The orders as they were written last.
    posted: usize,
    /// Since when the pool is to end.
    ending: Option<Instant>,
    /// Whether what is held back while the pool is paused is not to be begun at all.
    discarding: bool,
    /// What was held back and then not begun.
    back: Vec<T>,
    /// How many workers of this pool wait for its end, and are not to be waited for.
    waiting: usize,
}

/// What a worker that holds an item back is to do.
pub(super) enum Verdict {
    /// Begin it.
    Begin,
    /// Wait on.
    Hold,
    /// Give it back and end.
    GiveBack,
}

impl<T> Crew<T> {
    /// Takes a member out of `active`, to leave.
    fn take_active(&mut self, card: &Arc<Card>) -> Option<Member> {
        let place = self
            .active
            .iter()
            .position(|m| Arc::ptr_eq(&m.card, card))?;
        Some(self.active.remove(place))
    }

    /// The least number that no active worker has.
    fn free_number(&self) -> usize {
        // One of these is free, for they are more than the workers.
        let mut taken = vec![false; self.active.len() + 1];
        for member in &self.active {
            if let Some(taken) = taken.get_mut(member.card.number) {
                *taken = true;
            }
        }
        taken.iter().position(|taken| !taken).unwrap_or_default()
    }

    /// Whether nobody waits for items.
    fn are_all_busy(&self, floor: &Floor) -> bool {
        floor.busy() >= self.active.len()
    }

    /// Starts a thread. Under the lock, so that it finds itself a member.
    fn start(&mut self, number: usize, launch: Option<Arc<Launch>>) -> io::Result<()> {
        let Some(starter) = self.starter.clone() else {
            return Err(io::Error::other("the pool has ended"));
        };
        let card = Arc::new(Card::new(number));
        let thread = starter.start(card.clone(), launch)?;
        self.active.push(Member { card, thread });
        Ok(())
    }

    /// Starts several threads that report together.
    fn launch(&mut self, workers: usize, all_or_none: bool) -> Arc<Launch> {
        let launch = Launch::new(workers, all_or_none);
        for started in 0..workers {
            let number = self.free_number();
            if let Err(error) = self.start(number, Some(launch.clone())) {
                launch.report(workers - started, Err(error));
                break;
            }
        }
        launch
    }

    /// Whether a member runs this.
    fn is_member(&self) -> bool {
        let me = thread::current_id();
        let mut members = self.active.iter().chain(&self.leaving);
        members.any(|member| member.thread.thread().id() == me)
    }
}

impl<Q: WorkQueue> Shared<Q> {
    pub(super) fn new(queue: Q, size: Workers) -> Arc<Self> {
        Arc::new(Self {
            queue,
            floor: Floor::new(),
            orders: AtomicUsize::new(0),
            crew: Mutex::new(Crew {
                size,
                active: Vec::new(),
                leaving: Vec::new(),
                ended: None,
                starter: None,
                past: Stats::default(),
                paused: false,
                posted: 0,
                ending: None,
                discarding: false,
                back: Vec::new(),
                waiting: 0,
            }),
        })
    }

    /// What the workers are to heed.
    #[inline]
    pub(super) fn orders(&self) -> usize {
        // ORDERING: Relaxed: a hint to take the lock, and a rule only for who was ordered after
        // it by something else: a nudge; the queue, through which an item was pushed after the
        // pool was paused; the start of its thread, or the floor, which it entered after
        // `resize` looked there. Models: `what_is_pushed_to_a_paused_pool_is_not_begun`,
        // `a_pool_that_may_grow_looks_for_what_waits`.
        self.orders.load(Ordering::Relaxed)
    }

    /// Writes the orders that follow from what the crew is.
    fn post(&self, crew: &mut Crew<Q::Item>) {
        let bits = [
            (PAUSED, crew.paused),
            (TRIM, crew.active.len() > crew.size.most()),
            (ELASTIC, crew.size.is_range()),
            (TIMED, crew.ending.is_some()),
        ];
        let orders = bits.iter().filter(|bit| bit.1).map(|bit| bit.0).sum();
        if crew.posted != orders {
            crew.posted = orders;
            // ORDERING: Relaxed, as in `orders`; written under the lock alone.
            self.orders.store(orders, Ordering::Relaxed);
        }
    }

    /// Changes the crew, and has all workers look at their orders.
    fn order<R>(&self, change: impl FnOnce(&mut Crew<Q::Item>) -> R) -> R {
        let mut crew = self.crew.lock();
        let result = change(&mut crew);
        self.post(&mut crew);
        let cards: Vec<_> = crew.active.iter().map(|m| m.card.clone()).collect();
        drop(crew);
        cards.iter().for_each(|card| card.nudge.set());
        result
    }

    pub(super) fn set_paused(&self, paused: bool) {
        self.order(|crew| crew.paused = paused && crew.ending.is_none());
    }

    pub(super) fn is_paused(&self) -> bool {
        self.crew.lock().paused
    }

    /// Begins the pool: starts the first workers.
    pub(super) fn open(&self, starter: Arc<dyn Start>) -> io::Result<()> {
        let mut crew = self.crew.lock();
        crew.starter = Some(starter);
        // First, so that they find their orders.
        self.post(&mut crew);
        let workers = crew.size.least();
        let launch = crew.launch(workers, true);
        drop(crew);
        launch.outcome().inspect_err(|_| self.abort())
    }

    /// Ends a pool that did not come about.
    #[cold]
    fn abort(&self) {
        self.wait_ended(None);
        let starter = self.crew.lock().starter.take();
        contain(|| drop(starter));
    }

    /// Changes how many workers there are.
    pub(super) fn resize(&self, size: Workers) -> io::Result<()> {
        // First, so that who is busy after we looked knows that it may start another.
        self.order(|crew| crew.size = size);
        let mut crew = self.crew.lock();
        let size = crew.size;
        let mut wanted = size.least().saturating_sub(crew.active.len());
        // What waits now was seen by nobody who could start another.
        if wanted == 0 && crew.active.len() < size.most() && crew.are_all_busy(&self.floor) {
            wanted = 1;
        }
        let launch = (wanted > 0).then(|| crew.launch(wanted, false));
        drop(crew);
        launch.map_or(Ok(()), |launch| launch.outcome())
    }

    pub(super) fn size(&self) -> Workers {
        self.crew.lock().size
    }
}

/// What workers ask.
impl<Q: WorkQueue> Shared<Q> {
    /// Starts another worker if all are busy.
    #[cold]
    pub(super) fn grow(&self) -> io::Result<()> {
        let mut crew = self.crew.lock();
        if crew.active.len() < crew.size.most() && crew.are_all_busy(&self.floor) {
            let number = crew.free_number();
            crew.start(number, None)?;
        }
        Ok(())
    }

    /// Whether there are more workers than there need be.
    #[cold]
    pub(super) fn has_spares(&self) -> bool {
        let crew = self.crew.lock();
        crew.active.len() > crew.size.least()
    }

    /// Whether a worker that is not busy, and has been idle for long, is to end; it has left
    /// `active` then.
    #[cold]
    pub(super) fn may_go(&self, card: &Arc<Card>) -> bool {
        let crew = self.crew.lock();
        let active = crew.active.len();
        // It, and one who stays at the queue.
        let goes = active > crew.size.least() && active - self.floor.busy().min(active) >= 2;
        if goes {
            self.dismiss(crew, card, false);
        }
        goes
    }

    /// Whether a worker that is busy is to end because there are too many; it has left `active`
    /// then, and the floor. If not, whether it is to pause.
    #[cold]
    pub(super) fn look_at_orders(&self, card: &Arc<Card>) -> (bool, bool) {
        let crew = self.crew.lock();
        let goes = crew.active.len() > crew.size.most();
        let paused = crew.paused;
        if goes {
            self.dismiss(crew, card, true);
        }
        (goes, paused)
    }

    /// What is to become of an item that was taken while the pool was being paused.
    pub(super) fn judge(&self) -> Verdict {
        let crew = self.crew.lock();
        match (crew.discarding, crew.paused) {
            (true, _) => Verdict::GiveBack,
            (_, true) => Verdict::Hold,
            _ => Verdict::Begin,
        }
    }

    /// Gives an item back that was held.
    pub(super) fn give_back(&self, item: Q::Item) {
        self.crew.lock().back.push(item);
    }

    /// Puts a new thread in the place of a busy worker, which has left `active` then, and the
    /// floor; so it has where there are too many anyway.
    #[cold]
    pub(super) fn replace(&self, card: &Arc<Card>) -> io::Result<()> {
        let mut crew = self.crew.lock();
        if crew.active.len() <= crew.size.most() {
            crew.start(card.number, None)?;
        }
        self.dismiss(crew, card, true);
        Ok(())
    }

    /// A worker decides to end; `true` where it was the last.
    pub(super) fn depart(&self, card: &Arc<Card>, busy: bool) -> bool {
        self.dismiss(self.crew.lock(), card, busy)
    }

    /// Takes a worker out of `active`, and off the floor where it is busy; `true` where it was
    /// the last.
    fn dismiss(
        &self,
        mut crew: MutexGuard<'_, Crew<Q::Item>>,
        card: &Arc<Card>,
        busy: bool,
    ) -> bool {
        if let Some(member) = crew.take_active(card) {
            crew.leaving.push(member);
        }
        if busy {
            card.end();
            self.floor.leave_quietly();
        }
        let last = crew.active.is_empty();
        self.post(&mut crew);
        drop(crew);
        self.floor.ring();
        last
    }

    /// The last that a worker's thread does.
    pub(super) fn bow_out(&self, card: &Arc<Card>) {
        let mut crew = self.crew.lock();
        let place = crew.leaving.iter().position(|m| Arc::ptr_eq(&m.card, card));
        let me = place.map(|place| crew.leaving.remove(place));
        crew.past.add(card);
        let mut previous = None;
        if let Some(Member { thread, .. }) = me {
            previous = crew.ended.replace(thread);
        }
        let is_last = crew.active.is_empty() && crew.leaving.is_empty();
        let starter = if is_last { crew.starter.take() } else { None };
        drop(crew);
        // The handler, the hooks.
        contain(|| drop(starter));
        self.floor.ring();
        join(previous);
    }
}

/// Waits until a thread that is as good as over has ended: not for itself.
fn join(thread: Option<JoinHandle<()>>) {
    if let Some(thread) = thread {
        if thread.thread().id() != thread::current_id() {
            // A worker does not unwind.
            let _ = thread.join();
        }
    }
}

/// Looking, and the end.
impl<Q: WorkQueue> Shared<Q> {
    /// Whether nothing is to be done, and nothing is being done.
    pub(super) fn is_idle(&self) -> bool {
        let nothing_to_do = || self.queue.len() == 0 || self.crew.lock().active.is_empty();
        self.floor.is_idle(nothing_to_do)
    }

    pub(super) fn stats(&self) -> Stats {
        // In the order in which an item moves on, so that none moves past us.
        let queued = self.queue.len();
        let crew = self.crew.lock();
        let mut stats = Stats {
            workers: crew.active.len(),
            queued,
            running: self.floor.busy(),
            ..crew.past
        };
        let members = crew.active.iter().chain(&crew.leaving);
        members.for_each(|member| stats.add(&member.card));
        stats
    }

    /// Tells the pool to end, and gives what was in the queue where that is not to be handled.
    pub(super) fn end(&self, how: Shutdown) -> Vec<Q::Item> {
        let left = match how {
            Shutdown::Discard => self.queue.close_now(),
            Shutdown::Drain => {
                self.queue.close();
                Vec::new()
            }
        };
        self.order(|crew| {
            crew.paused = false;
            crew.discarding |= how == Shutdown::Discard;
            crew.ending.get_or_insert_with(clock::now);
        });
        left
    }

    /// Waits until all workers have ended, but for those who wait for that themselves; `false`
    /// where the deadline comes first.
    pub(super) fn wait_ended(&self, deadline: Option<Instant>) -> bool {
        let mut crew = self.crew.lock();
        let one_of_us = crew.is_member();
        crew.waiting += usize::from(one_of_us);
        drop(crew);
        if one_of_us {
            self.floor.ring();
        }
        let ended = block_until(self.floor.until(|| self.have_ended(one_of_us)), deadline);
        let mut crew = self.crew.lock();
        crew.waiting -= usize::from(one_of_us);
        let last = ended.and_then(|()| crew.ended.take());
        drop(crew);
        join(last);
        ended.is_some()
    }

    /// Whether all workers have ended, but for those who wait for that.
    fn have_ended(&self, one_of_us: bool) -> bool {
        let crew = self.crew.lock();
        let but_for = if one_of_us { crew.waiting } else { 0 };
        crew.active.len() + crew.leaving.len() <= but_for
    }

    /// What was held back and then not begun, and what nobody took.
    pub(super) fn leftover(&self, left: Vec<Q::Item>) -> Vec<Q::Item> {
        let mut all = std::mem::take(&mut self.crew.lock().back);
        all.extend(left);
        all.extend(self.queue.close_now());
        all
    }

    /// What is left, and who has not ended, where that is so at all; `None` where there is
    /// nothing of either.
    #[cold]
    pub(super) fn unfinished(&self, ended: bool) -> Option<Unfinished<Q::Item>> {
        let left = self.leftover(Vec::new());
        let crew = self.crew.lock();
        let known = crew.ending.unwrap_or_else(clock::now);
        let members = crew.active.iter().chain(&crew.leaving);
        let members = members.filter(|_| !ended);
        let running = members.map(|member| Running {
            worker: member.card.number,
            elapsed: member.card.at_item_for(known),
        });
        let running: Vec<_> = running.collect();
        drop(crew);
        let nothing = running.is_empty() && left.is_empty();
        (!nothing).then_some(Unfinished { running, left })
    }
}
