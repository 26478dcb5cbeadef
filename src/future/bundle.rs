//! Several tasks, in the order in which they are done.
//!
//! Each task wakes a waker of its own, which puts the number of the task into an inbox. So to take
//! the next costs the same however many there are. The waker is called when the task is done,
//! once: what is in the inbox can be taken.

use super::task_future::Task;
use super::{Outcome, TaskFuture};
use crate::panic::discard;
use crate::sys::Arc;
use crate::wait::Inbox;
use std::future::poll_fn;
use std::task::{Context, Poll, Wake, Waker, ready};

/// Where tasks say that they are done.
pub(super) type Arrivals = Arc<Inbox<usize>>;

/// The waker of one of them.
struct Arrival {
    arrivals: Arrivals,
    index: usize,
}

impl Wake for Arrival {
    fn wake(self: Arc<Self>) {
        self.arrivals.push(self.index);
    }
}

/// Has `task` say, when it is done, that its number is `index`; at once, if it is.
pub(super) fn announce<T>(task: &mut TaskFuture<T>, index: usize, arrivals: &Arrivals) {
    let arrivals = arrivals.clone();
    let waker = Waker::from(Arc::new(Arrival { arrivals, index }));
    if task.poll_done(&Context::from_waker(&waker)).is_ready() {
        waker.wake();
    }
}

/// Several tasks.
pub(super) struct Bundle<T> {
    /// `None` where the outcome was given out.
    tasks: Vec<Option<TaskFuture<T>>>,
    arrivals: Arrivals,
    /// How many outcomes were not given out.
    left: usize,
    /// How many, from the front, were helped.
    helped: usize,
}

impl<T> Bundle<T> {
    /// *Panics* where a result was taken before.
    #[track_caller]
    pub(super) fn new(tasks: impl IntoIterator<Item = TaskFuture<T>>) -> Self {
        let mut tasks: Vec<_> = tasks.into_iter().map(Some).collect();
        let arrivals = Arc::new(Inbox::new());
        for (index, task) in tasks.iter_mut().flatten().enumerate() {
            task.assert_not_taken();
            announce(task, index, &arrivals);
        }
        Self {
            left: tasks.len(),
            tasks,
            arrivals,
            helped: 0,
        }
    }

    /// How many outcomes were not given out.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// The tasks behind those that are left.
    pub(super) fn sources(&self) -> Arc<[Arc<dyn Task<T>>]> {
        let tasks = self.tasks.iter().flatten();
        tasks.map(|task| task.task().clone()).collect()
    }

    /// The number and the outcome of the next that is done; `None` where none is left.
    pub(super) fn poll_next(&mut self, cx: &Context<'_>) -> Poll<Option<(usize, Outcome<T>)>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let index = ready!(self.arrivals.poll_pop(cx));
        Poll::Ready(Some(self.give(index)))
    }

    /// The same, as a future.
    pub(super) fn next(&mut self) -> impl Future<Output = Option<(usize, Outcome<T>)>> {
        poll_fn(|cx| self.poll_next(cx))
    }

    /// The same, of one that is done already.
    pub(super) fn try_next(&mut self) -> Option<(usize, Outcome<T>)> {
        self.arrivals.try_pop().map(|index| self.give(index))
    }

    /// Runs in this thread what nobody has begun, the oldest first, until any is done. Each is helped
    /// once.
    pub(super) fn help(&mut self) {
        while self.helped < self.tasks.len() && self.arrivals.is_empty() {
            if let Some(task) = &self.tasks[self.helped] {
                task.task().clone().help();
            }
            self.helped += 1;
        }
    }

    /// Cancels those that are left, and lets them go. The outcomes that are there are dropped one
    /// at a time, here and not with the last who knows of a task: a panic of one concerns nobody.
    pub(super) fn cancel(&mut self) {
        for mut task in self.tasks.drain(..).flatten() {
            task.cancel();
            if task.is_done() {
                discard(task.take());
            }
        }
    }

    fn give(&mut self, index: usize) -> (usize, Outcome<T>) {
        self.left -= 1;
        match self.tasks[index].take() {
            Some(mut task) => (index, task.take()),
            None => unreachable!("a task is done once"),
        }
    }
}
