//! The event loop: tasks, what is to be done with them, and when.
//!
//! # State
//!
//! The futures lie in a map, by number; the executor alone owns them, and it does not leave its
//! thread. What goes to other threads is a [`Wakeup`]: a number, and the queue of what is to be
//! done. A *call* is a task that nobody has to wake: its time does. The loop itself sleeps until
//! the earliest.
//!
//! # Invariants
//!
//! 1. A future is polled and dropped in the thread of its executor, and nowhere else: no waker
//!    holds any of it.
//! 2. A task whose [`Wakeup`] is scheduled has its number in the queue, or among the calls, or is
//!    being polled and has [`again`](Entry::again) set. A number is used once, so one that is left over in
//!    the queue finds nothing.
//! 3. No borrow is held while code of a user runs: a future may use its executor, and drive it.
//! 4. A task that has `due` set is among the calls under that time, and no other is.

use super::task::{Fail, LocalTask, Slot};
use crate::future::{Job, TaskError, named};
use crate::panic::{catch, discard};
use crate::sys::{Arc, clock, clock::Instant, thread_local_on_both_faces};
use crate::wait::{Inbox, Wakeup, block_until};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

/// How many tasks are polled at most between two polls of the future that is driven, and between
/// two looks at the clock.
const BATCH: usize = 61;

thread_local_on_both_faces! {
    /// The executor that this thread drives, the innermost.
    static CURRENT: Cell<Option<Weak<Local>>> = Cell::new(None);
}

/// A future that lies in the executor, and puts its output into its slot.
type Own = Pin<Box<dyn Future<Output = ()>>>;

/// What is to be done.
pub(super) enum Due {
    /// The task with this number is to be polled.
    Poll(usize),
    /// A job from another thread, perhaps.
    Job(Job),
    /// The run is to end.
    Stop,
}

impl From<usize> for Due {
    fn from(number: usize) -> Self {
        Self::Poll(number)
    }
}

/// When the task is polled for the first time.
#[derive(Clone, Copy)]
pub(super) enum Begin {
    /// When its turn comes.
    Soon,
    /// At a time, or never.
    At(Option<Instant>),
}

/// What ends a drive, beside the end of what is driven.
#[derive(Clone, Copy)]
pub(super) enum Until {
    /// Nothing.
    Done,
    /// A stop.
    Stopped,
    /// A stop; or that no task is left.
    Idle,
}

/// What an executor and its handles share.
pub(super) struct Local {
    tasks: RefCell<BTreeMap<usize, Entry>>,
    /// The number of the next task.
    next: Cell<usize>,
    /// Where others put what is to be done.
    ready: Arc<Inbox<Due>>,
    /// What was taken from there, and is done first.
    batch: RefCell<VecDeque<Due>>,
    /// The calls whose time has not come, and their numbers.
    calls: RefCell<BTreeSet<(Instant, usize)>>,
    /// The executor is gone, or about to be.
    closed: Cell<bool>,
    /// The run under way is to end, or the next one.
    stopped: Cell<bool>,
}

/// A task that is not done.
struct Entry {
    /// Not there while it is polled.
    future: Option<Own>,
    wakeup: Arc<Wakeup<Due>>,
    /// It was woken while it was polled, and its number taken off the queue since.
    again: bool,
    /// It was to be cancelled while it was polled.
    cancelled: bool,
    /// Its time, if it stands among the calls.
    due: Option<Instant>,
    name: Option<Arc<str>>,
    /// Who waits for it.
    slot: Rc<dyn Fail>,
}

impl Entry {
    /// Drops the future, and says why.
    fn end(self, why: TaskError) {
        discard(self.future);
        self.slot.fail(why);
        // With it goes a panic that nobody wants.
        discard(self.slot);
    }
}

/// Makes an executor the current one of this thread, for as long as it lives.
struct Entered(Option<Weak<Local>>);

impl Entered {
    fn enter(local: &Rc<Local>) -> Self {
        let inner = Some(Rc::downgrade(local));
        let outer = CURRENT.try_with(|current| current.replace(inner));
        Self(outer.ok().flatten())
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let _ = CURRENT.try_with(|current| current.set(self.0.take()));
    }
}

/// A drive under way. A stop that came too late was for this one, however it ends, and not for the
/// next.
struct Run<'a>(&'a Local, Until);

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.0.is_stopped(self.1);
    }
}

/// The executor that this thread drives.
pub(super) fn current() -> Option<Weak<Local>> {
    let look = |current: &Cell<Option<Weak<Local>>>| {
        let found = current.take();
        current.set(found.clone());
        found
    };
    CURRENT.try_with(look).ok().flatten()
}

/// Tasks coming and going.
impl Local {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Self {
            tasks: RefCell::default(),
            next: Cell::new(0),
            ready: Arc::new(Inbox::new()),
            batch: RefCell::default(),
            calls: RefCell::default(),
            closed: Cell::new(false),
            stopped: Cell::new(false),
        })
    }

    /// Where other threads put what is to be done.
    pub(super) fn ready(&self) -> &Arc<Inbox<Due>> {
        &self.ready
    }

    pub(super) fn spawn<F: Future + 'static>(
        self: &Rc<Self>,
        future: F,
        name: Option<Arc<str>>,
        begin: Begin,
    ) -> LocalTask<F::Output> {
        let slot = Slot::new();
        let mut number = 0;
        if self.closed.get() {
            discard(future);
            slot.fail(TaskError::Rejected);
        } else {
            let done = slot.clone();
            let own: Own = match &name {
                None => Box::pin(async move { done.settle(Ok(future.await)) }),
                Some(name) => {
                    let future = named(name.clone(), future);
                    Box::pin(async move { done.settle(Ok(future.await)) })
                }
            };
            number = self.insert(own, name.clone(), slot.clone(), begin);
        }
        LocalTask::new(slot, number, name, Rc::downgrade(self))
    }

    /// Takes a task in, to be polled.
    fn insert(
        &self,
        future: Own,
        name: Option<Arc<str>>,
        slot: Rc<dyn Fail>,
        begin: Begin,
    ) -> usize {
        let number = self.next.get();
        self.next.set(number + 1);
        let wakeup = Wakeup::new(number, self.ready.clone());
        let due = match begin {
            Begin::Soon => None,
            Begin::At(due) => due,
        };
        let entry = Entry {
            future: Some(future),
            wakeup,
            again: false,
            cancelled: false,
            due,
            name,
            slot,
        };
        self.tasks.borrow_mut().insert(number, entry);
        match (begin, due) {
            (Begin::Soon, _) => self.ready.push(Due::Poll(number)),
            (_, Some(due)) => _ = self.calls.borrow_mut().insert((due, number)),
            (_, None) => {}
        }
        number
    }

    /// Takes a task out.
    fn remove(&self, number: usize) -> Option<Entry> {
        let entry = self.tasks.borrow_mut().remove(&number)?;
        if let Some(due) = entry.due {
            self.calls.borrow_mut().remove(&(due, number));
        }
        Some(entry)
    }

    /// Cancels a task; whether it is cancelled now.
    pub(super) fn cancel(&self, number: usize) -> bool {
        match self.tasks.borrow_mut().get_mut(&number) {
            None => return false,
            Some(polled) if polled.future.is_none() => {
                polled.cancelled = true;
                return false;
            }
            Some(_) => {}
        }
        let entry = self.remove(number);
        entry
            .into_iter()
            .for_each(|it| it.end(TaskError::Cancelled));
        true
    }

    /// Takes nothing on any more, and cancels what is there.
    pub(super) fn close(&self) {
        self.closed.set(true);
        // What is dropped may be a job, and wake tasks.
        self.ready.close().into_iter().for_each(discard);
        self.batch.take().into_iter().for_each(discard);
        loop {
            let first = self.tasks.borrow_mut().pop_first();
            match first {
                Some((_, entry)) => entry.end(TaskError::Cancelled),
                None => return self.calls.borrow_mut().clear(),
            }
        }
    }

    /// How many tasks are not done.
    pub(super) fn len(&self) -> usize {
        self.tasks.borrow().len()
    }

    /// The names of the tasks that are not done and have one.
    pub(super) fn names(&self) -> Vec<Arc<str>> {
        let tasks = self.tasks.borrow();
        tasks.values().filter_map(|it| it.name.clone()).collect()
    }
}

/// Polling tasks.
impl Local {
    /// Takes a future out, to poll it, if it is there.
    fn begin(&self, number: usize) -> Option<(Own, Waker)> {
        let mut tasks = self.tasks.borrow_mut();
        let entry = tasks.get_mut(&number)?;
        match entry.future.take() {
            Some(future) => {
                entry.wakeup.begin();
                Some((future, entry.wakeup.clone().into()))
            }
            None => {
                entry.again = true;
                None
            }
        }
    }

    /// Polls a task; `false` where there is nothing to poll.
    fn poll(&self, number: usize) -> bool {
        let Some((mut future, waker)) = self.begin(number) else {
            return false;
        };
        let polled = catch(|| future.as_mut().poll(&mut Context::from_waker(&waker)));
        if let Ok(Poll::Pending) = polled {
            self.suspend(number, future);
            return true;
        }
        let entry = self.remove(number);
        discard(future);
        match (entry, polled) {
            (Some(entry), Err(payload)) => entry.end(TaskError::Panicked(payload)),
            // With it goes an output that nobody wants.
            (entry, _) => discard(entry),
        }
        true
    }

    /// Puts a future back, or drops it where it was cancelled.
    fn suspend(&self, number: usize, future: Own) {
        let mut tasks = self.tasks.borrow_mut();
        let Some(entry) = tasks.get_mut(&number) else {
            unreachable!("who polls a task takes it out");
        };
        entry.future = Some(future);
        if std::mem::take(&mut entry.again) {
            self.ready.push(Due::Poll(number));
        }
        if entry.cancelled {
            drop(tasks);
            let entry = self.remove(number);
            entry
                .into_iter()
                .for_each(|it| it.end(TaskError::Cancelled));
        }
    }

    /// Does something; `false` where there was nothing to do.
    fn act(&self, due: Due) -> bool {
        match due {
            Due::Poll(number) => return self.poll(number),
            Due::Job(job) => job.run(),
            Due::Stop => self.stop(),
        }
        true
    }
}

/// The loop.
impl Local {
    /// Drives `future` to its end, and the tasks meanwhile, unless it is over before that (`None`).
    /// Sleeps where nothing is to be done.
    pub(super) fn drive<F: Future>(self: &Rc<Self>, future: F, until: Until) -> Option<F::Output> {
        let _entered = Entered::enter(self);
        let _run = Run(self, until);
        let mut future = pin!(future);
        // It was stopped before it began.
        if self.is_stopped(until) {
            return None;
        }
        loop {
            let alarm = self.earliest();
            let turn = poll_fn(|cx| self.turn(cx, future.as_mut(), until, alarm));
            match block_until(turn, alarm) {
                Some(Turn::Done(output)) => return Some(output),
                Some(Turn::Over) => return None,
                // The time of a call has come, or another one comes first.
                Some(Turn::Rearm) | None => {}
            }
        }
    }

    /// Does what is to be done. Pending, the waker is called when there is more, and is to be called
    /// at the time of `alarm`.
    fn turn<F: Future>(
        &self,
        cx: &mut Context<'_>,
        mut future: Pin<&mut F>,
        until: Until,
        alarm: Option<Instant>,
    ) -> Poll<Turn<F::Output>> {
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Turn::Done(output));
            }
            self.call();
            for _ in 0..BATCH {
                if self.is_stopped(until) {
                    return Poll::Ready(Turn::Over);
                }
                match self.next(Some(cx)) {
                    Some(due) => _ = self.act(due),
                    None if self.is_idle(until) => return Poll::Ready(Turn::Over),
                    None if self.earliest() == alarm => return Poll::Pending,
                    None => return Poll::Ready(Turn::Rearm),
                }
            }
        }
    }

    /// Does one thing, if there is one to do; whether there was.
    pub(super) fn tick(self: &Rc<Self>) -> bool {
        let _entered = Entered::enter(self);
        self.call();
        while let Some(due) = self.next(None) {
            if self.act(due) {
                return true;
            }
        }
        false
    }

    /// What is to be done next. Where nothing is, the waker is called when there is something.
    fn next(&self, cx: Option<&Context<'_>>) -> Option<Due> {
        let mut batch = self.batch.borrow_mut();
        if batch.is_empty() {
            let taken = match cx {
                Some(cx) => self.ready.poll_take(cx, &mut batch).is_ready(),
                None => self.ready.try_take(&mut batch),
            };
            if !taken {
                return None;
            }
        }
        batch.pop_front()
    }

    /// Queues the calls whose time has come, in its order.
    fn call(&self) {
        let mut calls = self.calls.borrow_mut();
        if calls.is_empty() {
            return;
        }
        let horizon = clock::horizon();
        while let Some(&(due, number)) = calls.first().filter(|(due, _)| *due <= horizon) {
            calls.remove(&(due, number));
            if let Some(entry) = self.tasks.borrow_mut().get_mut(&number) {
                entry.due = None;
            }
            self.ready.push(Due::Poll(number));
        }
    }

    /// When the next call is due.
    fn earliest(&self) -> Option<Instant> {
        self.calls.borrow().first().map(|(due, _)| *due)
    }

    /// Ends the run under way, or the next one.
    pub(super) fn stop(&self) {
        self.stopped.set(true);
    }

    /// Whether a drive was stopped that a stop ends. It ends one.
    fn is_stopped(&self, until: Until) -> bool {
        !matches!(until, Until::Done) && self.stopped.take()
    }

    /// Whether a drive is over where nothing is to be done.
    fn is_idle(&self, until: Until) -> bool {
        matches!(until, Until::Idle) && self.len() == 0
    }
}

/// How a turn ended.
enum Turn<T> {
    /// What was looked at is ready.
    Done(T),
    /// It is over without that.
    Over,
    /// The loop is to sleep until another time.
    Rearm,
}
