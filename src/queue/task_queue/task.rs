//! An item that was taken out to be handled, and what becomes of it.

use super::core::{Core, Handle};
use super::letter::Reason;
use super::store::{Again, Entry, Popped};
use crate::sys::thread;
use std::error::Error;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

/// An item of a [`TaskQueue`](super::TaskQueue) in the hands of who handles it.
///
/// The queue counts it as unfinished until it is over. It is over when it is [`done`](Self::done),
/// which dropping it says as well; it has failed when its thread unwinds with it, or where the
/// handler says so ([`fail`](Self::fail), [`retry`](Self::retry)), and then comes back for another
/// attempt, or becomes a [`DeadLetter`](super::DeadLetter), as the queue's
/// [`Retry`](super::Retry) says.
///
/// It may go to another thread, and outlive every handle of the queue. One that is leaked is
/// never over.
///
/// ```
/// use rungs::queue::TaskQueue;
///
/// let queue = TaskQueue::unbounded();
/// queue.push(String::from("work")).unwrap();
/// let mut task = queue.pop_task().unwrap();
/// task.push_str("ed");
/// assert_eq!((&**task, task.attempts(), queue.unfinished()), ("worked", 1, 1));
/// task.done();
/// assert_eq!(queue.unfinished(), 0);
/// ```
#[must_use = "dropped at once, it is done"]
pub struct Task<T> {
    /// There until it is over.
    item: Option<T>,
    attempts: usize,
    core: Handle<T>,
    /// Whether the queue waits for it to come back.
    may_return: bool,
    /// Whether its thread unwound already when it was taken out: then that says nothing about it.
    in_unwinding: bool,
}

impl<T> Task<T> {
    pub(super) fn new(popped: Popped<T>, core: &Handle<T>) -> Self {
        let Popped { entry, may_return } = popped;
        Self {
            item: Some(entry.item),
            attempts: entry.attempts,
            core: core.clone(),
            may_return,
            in_unwinding: thread::panicking(),
        }
    }

    /// How often it was tried, this time included. (Of one that
    /// [`WorkQueue::close_now`](crate::queue::WorkQueue::close_now) handed back: this time not
    /// included.)
    ///
    /// ```
    /// use rungs::queue::{Retry, TaskQueue};
    /// use std::time::Duration;
    ///
    /// let queue = TaskQueue::unbounded().retry(Retry::fixed(2, Duration::ZERO));
    /// queue.push(1).unwrap();
    /// queue.pop_task().unwrap().retry();
    /// assert_eq!(queue.pop_task().unwrap().attempts(), 2);
    /// ```
    pub fn attempts(&self) -> usize {
        self.attempts
    }

    /// It is done: the item is dropped.
    ///
    /// *Blocking:* for a short lock where somebody waits for it. It calls their wakers.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// queue.push(1).unwrap();
    /// queue.pop_task().unwrap().done();
    /// assert!(queue.try_join());
    /// ```
    #[doc(alias = "task_done")]
    #[doc(alias = "ack")]
    pub fn done(mut self) {
        self.end();
    }

    /// It is done, and the item is the caller's.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// queue.push(1).unwrap();
    /// assert_eq!(queue.pop_task().unwrap().into_inner(), 1);
    /// assert_eq!(queue.unfinished(), 0);
    /// ```
    pub fn into_inner(mut self) -> T {
        let item = self.item.take().expect(HELD);
        self.core.finish(self.may_return);
        item
    }

    /// This attempt has failed: another follows, after the delay that the queue's policy says; or
    /// the item becomes a dead letter with this reason, if this was the last.
    ///
    /// The reason is an error, or a text. That of an attempt that is not the last is dropped.
    ///
    /// ```
    /// use rungs::queue::TaskQueue;
    ///
    /// let queue = TaskQueue::unbounded(); // one attempt
    /// queue.push("x").unwrap();
    /// let task = queue.pop_task().unwrap();
    /// if let Err(error) = task.parse::<i32>() {
    ///     task.fail(error);
    /// }
    /// assert_eq!(queue.stats().dead, 1);
    /// ```
    #[doc(alias = "nack")]
    pub fn fail(self, reason: impl Into<Box<dyn Error + Send + Sync>>) {
        self.end_badly(Reason::Failed(reason.into()), Again::ByPolicy);
    }

    /// It is to be tried again, after the delay that the queue's policy says; if this was the last
    /// attempt, the item becomes a dead letter.
    ///
    /// ```
    /// use rungs::queue::{Retry, TaskQueue};
    /// use std::time::Duration;
    ///
    /// let queue = TaskQueue::unbounded().retry(Retry::fixed(2, Duration::ZERO));
    /// queue.push(1).unwrap();
    /// queue.pop_task().unwrap().retry();
    /// assert_eq!((queue.len(), queue.unfinished()), (1, 1));
    /// ```
    #[doc(alias = "requeue")]
    pub fn retry(self) {
        self.end_badly(Reason::Exhausted, Again::ByPolicy);
    }

    /// As [`retry`](Self::retry), after `delay`: where a server says when to come back.
    ///
    /// A delay that the clock cannot hold (`Duration::MAX`) is a century.
    ///
    /// ```
    /// use rungs::queue::{Retry, TaskQueue};
    /// use std::time::Duration;
    ///
    /// let queue = TaskQueue::unbounded().retry(Retry::fixed(2, Duration::ZERO));
    /// queue.push(1).unwrap();
    /// queue.pop_task().unwrap().retry_after(Duration::from_secs(3600));
    /// assert_eq!((queue.stats().ready, queue.stats().delayed), (0, 1));
    /// ```
    pub fn retry_after(self, delay: Duration) {
        self.end_badly(Reason::Exhausted, Again::After(delay));
    }

    /// It has failed, and would fail again: the item becomes a dead letter now, whatever attempts
    /// are left.
    ///
    /// ```
    /// use rungs::queue::{Retry, TaskQueue};
    /// use std::time::Duration;
    ///
    /// let queue = TaskQueue::unbounded().retry(Retry::fixed(5, Duration::ZERO));
    /// queue.push("no number").unwrap();
    /// queue.pop_task().unwrap().reject("not a number");
    /// assert_eq!((queue.len(), queue.stats().dead), (0, 1));
    /// ```
    pub fn reject(self, reason: impl Into<Box<dyn Error + Send + Sync>>) {
        self.end_badly(Reason::Failed(reason.into()), Again::Never);
    }

    /// Drops the item, and then counts the task out, also where that panics.
    fn end(&mut self) {
        struct Finish<'a, T>(&'a Core<T>, bool);
        impl<T> Drop for Finish<'_, T> {
            fn drop(&mut self) {
                self.0.finish(self.1);
            }
        }
        let _finish = Finish(&self.core, self.may_return);
        drop(self.item.take());
    }

    fn end_badly(mut self, reason: Reason, again: Again) {
        self.fail_with(reason, again);
    }

    fn fail_with(&mut self, reason: Reason, again: Again) {
        let item = self.item.take().expect(HELD);
        let entry = Entry {
            item,
            attempts: self.attempts,
        };
        let may_return = self.may_return;
        self.core.fail(Popped { entry, may_return }, reason, again);
    }
}

/// Why a task has its item.
const HELD: &str = "a task that is not over has its item";

/// Done; or failed, where its thread unwinds.
impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if self.item.is_none() {
            return;
        }
        if thread::panicking() && !self.in_unwinding {
            self.fail_with(Reason::Panicked, Again::ByPolicy);
        } else {
            self.end();
        }
    }
}

impl<T> Deref for Task<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.item.as_ref().expect(HELD)
    }
}

impl<T> DerefMut for Task<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.item.as_mut().expect(HELD)
    }
}

impl<T: fmt::Debug> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("item", &**self)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
