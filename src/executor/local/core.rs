//! The event loop: what is to be done, and when.
//!
//! # State
//!
//! What is to be done stands in two queues. What the thread of the loop itself has to say, while it
//! drives it, goes to `soon`, without a lock; what other threads have, to `ready`. While something
//! is in `ready`, all goes there, so that what came first is done first; `ready` is taken when `soon`
//! is empty. A *call* is a task that nobody has to wake: its time does. The loop itself sleeps until
//! the earliest.
//!
//! # Invariants
//!
//! 1. The loop does not sleep while something is in `soon`: it looks again before it does. Its thread
//!    may do other things while it is `asleep`, and call wakers: whatever that changes here
//!    [rouses](Local::rouse) it first.
//! 2. No borrow is held while code of a user runs: a future may use its executor, and drive it.

use super::handle::LocalTask;
use super::table::{After, Table};
use super::task::{Task, Work};
use crate::future::{Job, TaskError, named};
use crate::panic::discard;
use crate::sys::{Arc, clock, clock::Instant, thread_local_on_both_faces};
use crate::wait::{Block, Inbox};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, ready};

pub(super) use super::table::Number;

/// How many tasks are polled at most between two polls of the future that is driven, two looks at
/// the clock, and two at what else there is to wait for.
const BATCH: usize = 61;

/// For how many things a queue keeps room while it is empty.
const KEPT: usize = 1024;

thread_local_on_both_faces! {
    /// The executor that this thread drives, the innermost.
    static CURRENT: RefCell<Option<Rc<Local>>> = RefCell::new(None);
}

/// What is to be done.
pub(super) enum Due {
    /// The task with this number is to be polled.
    Poll(Number),
    /// A job from another thread, perhaps.
    Job(Job),
    /// The run is to end.
    Stop,
}

/// Where other threads put what is to be done.
pub(super) type Ready = Inbox<Due>;

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
    table: RefCell<Table>,
    ready: Arc<Ready>,
    soon: RefCell<VecDeque<Due>>,
    /// A drive has found nothing to do, and is to be woken.
    asleep: Cell<bool>,
    /// How a drive sleeps.
    block: Block,
    /// The executor is gone, or about to be.
    closed: Cell<bool>,
    /// A run is under way that a stop ends.
    running: Cell<bool>,
    /// The innermost of them is to end, or the next one.
    stopped: Cell<bool>,
}

/// Makes an executor the current one of this thread, for as long as it lives.
struct Entered(Option<Rc<Local>>);

impl Entered {
    fn enter(local: &Rc<Local>) -> Self {
        let inner = Some(local.clone());
        let outer = CURRENT.try_with(|current| current.replace(inner));
        Self(outer.ok().flatten())
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let _ = CURRENT.try_with(|current| current.replace(self.0.take()));
    }
}

/// A run under way. A stop that came too late was for this one, however it ends, and not for the next;
/// one that came before it began was for the run outside it, if there is one.
struct Run<'a> {
    local: &'a Local,
    /// What it found.
    running: bool,
    stopped: bool,
}

impl<'a> Run<'a> {
    /// None, where no stop ends it.
    fn begin(local: &'a Local, until: Until) -> Option<Self> {
        if let Until::Done = until {
            return None;
        }
        let running = local.running.replace(true);
        let stopped = running && local.stopped.take();
        Some(Self {
            local,
            running,
            stopped,
        })
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.local.running.set(self.running);
        self.local.stopped.set(self.stopped);
    }
}

/// The executor that this thread drives.
pub(super) fn current() -> Option<Weak<Local>> {
    let look = |current: &RefCell<Option<Rc<Local>>>| current.borrow().as_ref().map(Rc::downgrade);
    CURRENT.try_with(look).ok().flatten()
}

/// Queues a task that was woken, in any thread.
pub(super) fn schedule(ready: &Arc<Ready>, number: Number) {
    let here = |current: &RefCell<Option<Rc<Local>>>| match &*current.borrow() {
        Some(local) if Arc::ptr_eq(&local.ready, ready) => {
            local.push(number);
            true
        }
        _ => false,
    };
    if !CURRENT.try_with(here).unwrap_or(false) {
        ready.push(Due::Poll(number));
    }
}

/// Tasks coming and going.
impl Local {
    pub(super) fn new(block: Block) -> Rc<Self> {
        Rc::new(Self {
            table: RefCell::new(Table::new()),
            ready: Arc::new(Inbox::new()),
            soon: RefCell::default(),
            asleep: Cell::new(false),
            block,
            closed: Cell::new(false),
            running: Cell::new(false),
            stopped: Cell::new(false),
        })
    }

    /// Where other threads put what is to be done.
    pub(super) fn ready(&self) -> &Arc<Ready> {
        &self.ready
    }

    pub(super) fn spawn<F: Future + 'static>(
        self: &Rc<Self>,
        future: F,
        name: Option<Arc<str>>,
        begin: Begin,
    ) -> LocalTask<F::Output> {
        match name {
            None => self.add(future, None, begin),
            Some(name) => self.add(named(name.clone(), future), Some(name), begin),
        }
    }

    fn add<F: Future + 'static>(
        self: &Rc<Self>,
        future: F,
        name: Option<Arc<str>>,
        begin: Begin,
    ) -> LocalTask<F::Output> {
        if self.closed.get() {
            return rejected(future, name);
        }
        let due = match begin {
            Begin::Soon => None,
            Begin::At(due) => due,
        };
        let (number, task) = self.table.borrow_mut().insert(due, name.clone(), |number| {
            let task = Task::new(future, number, self.ready.clone());
            (task.clone(), (number, task))
        });
        match begin {
            Begin::Soon => self.push(number),
            Begin::At(_) => self.rouse(),
        }
        LocalTask::new(task, name, Rc::downgrade(self))
    }

    /// Cancels a task; whether it is cancelled now.
    pub(super) fn cancel(&self, number: Number) -> bool {
        self.rouse();
        let task = self.table.borrow_mut().cancel(number);
        task.map(|task| task.end(TaskError::Cancelled)).is_some()
    }

    /// Takes nothing on any more, and cancels what is there.
    pub(super) fn close(&self) {
        self.closed.set(true);
        // What is dropped may be a job, and wake tasks.
        self.ready.close().into_iter().for_each(discard);
        self.soon.take().into_iter().for_each(discard);
        let numbers = self.table.borrow().numbers();
        numbers.into_iter().for_each(|number| {
            self.cancel(number);
        });
    }

    /// How many tasks are not done.
    pub(super) fn len(&self) -> usize {
        self.table.borrow().len()
    }

    /// The names of the tasks that are not done and have one.
    pub(super) fn names(&self) -> Vec<Arc<str>> {
        self.table.borrow().names()
    }
}

/// A task that nobody takes on.
pub(super) fn rejected<F: Future + 'static>(
    future: F,
    name: Option<Arc<str>>,
) -> LocalTask<F::Output> {
    let task = Task::new(future, Number::NONE, Arc::new(Inbox::new()));
    task.end(TaskError::Rejected);
    LocalTask::new(task, name, Weak::new())
}

/// Doing things.
impl Local {
    /// Queues a task, in the thread of the loop.
    #[inline]
    fn push(&self, number: Number) {
        self.rouse();
        let due = Due::Poll(number);
        match self.ready.is_filled() {
            true => self.ready.push(due),
            false => self.soon.borrow_mut().push_back(due),
        }
    }

    /// Has a drive that sleeps look again, for which its own thread has something meanwhile.
    #[inline]
    fn rouse(&self) {
        if self.asleep.get() {
            self.asleep.set(false);
            self.ready.wake();
        }
    }

    /// Polls a task; `false` where there is nothing to poll.
    fn poll(&self, number: Number) -> bool {
        let Some(task) = self.table.borrow_mut().begin(number) else {
            return false;
        };
        // SAFETY: it is the same task.
        if unsafe { task.poll(&task) }.is_ready() {
            self.table.borrow_mut().remove(number);
            task.tell();
            return true;
        }
        let after = self.table.borrow_mut().suspend(number, task);
        match after {
            After::Rest => {}
            After::Again => self.push(number),
            After::Cancelled(task) => task.end(TaskError::Cancelled),
        }
        true
    }

    /// Does something; `false` where there was nothing to do.
    #[inline]
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
        let _run = Run::begin(self, until);
        // What is outside it is not the one that is woken from now on.
        self.rouse();
        let mut future = pin!(future);
        // It was stopped before it began.
        if self.is_stopped(until) {
            return None;
        }
        loop {
            let alarm = self.earliest();
            let mut turned = None;
            let mut turn = |cx: &mut Context<'_>| {
                self.asleep.set(false);
                turned = Some(ready!(self.turn(cx, future.as_mut(), until, alarm)));
                Poll::Ready(())
            };
            (self.block)(&mut turn, alarm);
            self.asleep.set(false);
            match turned {
                Some(Turn::Done(output)) => return Some(output),
                Some(Turn::Over) => return None,
                // The time of a call has come, or another one comes first.
                Some(Turn::Rearm) | None => {}
            }
        }
    }

    /// Does what is to be done, for a while. Pending, the waker is called when there is more, and is
    /// to be called at the time of `alarm`.
    fn turn<F: Future>(
        &self,
        cx: &mut Context<'_>,
        mut future: Pin<&mut F>,
        until: Until,
        alarm: Option<Instant>,
    ) -> Poll<Turn<F::Output>> {
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
                None if self.earliest() == alarm => {
                    self.asleep.set(true);
                    return Poll::Pending;
                }
                None => return Poll::Ready(Turn::Rearm),
            }
        }
        // How it sleeps may have something to do itself.
        cx.waker().wake_by_ref();
        Poll::Pending
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
    #[inline]
    fn next(&self, cx: Option<&Context<'_>>) -> Option<Due> {
        let first = self.soon.borrow_mut().pop_front();
        first.or_else(|| self.take(cx))
    }

    /// Takes what others have sent.
    #[cold]
    fn take(&self, cx: Option<&Context<'_>>) -> Option<Due> {
        let mut soon = self.soon.borrow_mut();
        // It is empty, and goes there in exchange: what it needed once is given back.
        soon.shrink_to(KEPT);
        let taken = match cx {
            Some(cx) => self.ready.poll_take(cx, &mut soon).is_ready(),
            None => self.ready.try_take(&mut soon),
        };
        if taken { soon.pop_front() } else { None }
    }

    /// Queues the calls whose time has come, in its order.
    fn call(&self) {
        if self.earliest().is_none() {
            return;
        }
        let horizon = clock::horizon();
        loop {
            let due = self.table.borrow_mut().call(horizon);
            match due {
                Some(number) => self.push(number),
                None => return,
            }
        }
    }

    /// When the next call is due.
    fn earliest(&self) -> Option<Instant> {
        self.table.borrow().earliest()
    }

    /// Ends the run under way, or the next one.
    pub(super) fn stop(&self) {
        self.rouse();
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
