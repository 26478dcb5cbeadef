//! Items that are not done when they are popped: a queue that counts them until they are, tries
//! them again when they fail, and gives up in the end.
//!
//! | file | idea |
//! |---|---|
//! | `store` | what stands under the lock, and the turns |
//! | `delayed` | what waits for its time, and the one alarm for all of it |
//! | `core` | what handles and tasks share; how a task ends |
//! | `task` | an item in the hands of who handles it |
//! | `push`, `slot`, `pop`, `many`, `join` | the operations that wait |
//! | `retry`, `letter` | policies; what was given up |

mod core;
mod delayed;
mod join;
mod letter;
mod many;
mod pop;
mod push;
mod retry;
mod slot;
mod store;
mod task;

use self::core::Handle;
use self::store::{Stage, Store};
use crate::panic::discard;
use crate::queue::Queue;
use crate::sync::{TimedOut, WaitEvent};
use crate::sys::clock::Instant;
use std::fmt;
use std::time::Duration;

pub use join::JoinTasks;
pub use letter::{DeadLetter, Reason};
pub use many::PopTasks;
pub use pop::{PopTask, TaskIter, TaskStream, TryTaskIter};
pub use push::PushTask;
pub use retry::{Delays, Retry};
pub use slot::{ReserveTask, TaskSlot};
pub use task::Task;

/// A queue whose items count as unfinished until they are done, for threads and tasks alike.
///
/// Popping gives a [`Task`]: the item, and the duty to end it. [`join`](Self::join) waits until all
/// that was pushed is over, as in Python's `queue.Queue`. A task that fails is tried again, as
/// the policy given to [`retry`](Self::retry) says, and when that is exhausted becomes a
/// [`DeadLetter`]. Where none of this is asked for, [`Queue`] is faster.
///
/// A clone is the same queue.
///
/// *Retries:* without a policy there are none. What comes back goes to the end of the queue, and
/// comes in also where a bounded queue is full; what waits for its time counts as in the queue. The
/// thread that watches the clock is one for the process, and there only while something waits; where
/// the system cannot start it, retries follow without delay.
///
/// *Letters:* they go to the queue given to [`dead_letter`](Self::dead_letter), best an unbounded
/// one; those that it does not take, full or closed, are kept for
/// [`take_undelivered`](Self::take_undelivered). Without such a queue, an item that is given up is
/// dropped. [`stats`](Self::stats) counts them in any case.
///
/// *The end:* after [`close`](Self::close) nothing new comes in, but what was accepted is tried,
/// and tried again, to the end: a pop says that all is over only when no task that is out can come
/// back. [`close_now`](Self::close_now) hands back what is left, those included that wait for a
/// retry; a task that is out at that time and fails has no other attempt.
///
/// *Nothing is lost:* an item that was pushed with `Ok` ends in a task that is done, in a dead
/// letter, in what `close_now`, [`drain`](Self::drain) or [`force_push`](Self::force_push) hands
/// back, or is dropped with the queue. What was handed back is the caller's, and who joins does not
/// wait for it. A pop that times out or is dropped leaves the items where they are, in their order.
///
/// *Fairness:* as in [`Queue`]. *Memory:* what happened before an item was pushed is seen by
/// whoever pops it; what happened before a task was over, by whoever joined.
///
/// *Cost:* one short lock for each push and pop, an atomic operation for the end of a task, and
/// another lock where it could have come back.
///
/// ```
/// use rungs::queue::{Queue, Retry, TaskQueue};
/// use std::{thread, time::Duration};
///
/// let letters = Queue::unbounded();
/// let queue = TaskQueue::<&str>::bounded(8)
///     .retry(Retry::exponential(3, Duration::from_millis(1), Duration::from_secs(1)))
///     .dead_letter(letters.clone());
///
/// thread::scope(|s| {
///     s.spawn(|| {
///         for task in &queue {
///             match task.parse::<i32>() {
///                 Ok(_) => task.done(),
///                 Err(error) => task.fail(error),
///             }
///         }
///     });
///     for text in ["1", "two", "3"] {
///         queue.push(text).unwrap();
///     }
///     queue.join(); // the second was tried three times by then
///     queue.close();
/// });
/// let letter = letters.pop().unwrap();
/// assert_eq!((letter.item, letter.attempts), ("two", 3));
/// ```
#[doc(alias = "JoinableQueue")]
#[doc(alias = "task_done")]
pub struct TaskQueue<T> {
    core: Handle<T>,
}

/// Making one.
impl<T> TaskQueue<T> {
    /// A queue with room for `capacity` items, which makes producers wait while it is full.
    ///
    /// What waits for a retry takes room; what is out does not. So a capacity of `usize::MAX` is
    /// fine: memory is allocated as items come.
    ///
    /// *Panics* where `capacity` is 0.
    ///
    /// ```
    /// use rungs::queue::TaskQueue;
    ///
    /// let queue = TaskQueue::bounded(1);
    /// queue.push('a').unwrap();
    /// assert!(queue.is_full());
    /// ```
    pub fn bounded(capacity: usize) -> Self {
        assert!(capacity > 0, "`capacity` is 0");
        Self::with_capacity(Some(capacity))
    }

    /// A queue that never makes producers wait.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// queue.push(1).unwrap(); // never waits
    /// assert_eq!(queue.capacity(), None);
    /// ```
    pub fn unbounded() -> Self {
        Self::with_capacity(None)
    }

    fn with_capacity(capacity: Option<usize>) -> Self {
        Self {
            core: Handle::open(capacity),
        }
    }

    /// Sets how often tasks are tried, and gives the queue: for the chain that makes it. A task
    /// that is out has the attempts that it was popped with.
    ///
    /// ```
    /// use rungs::queue::{Retry, TaskQueue};
    /// use std::time::Duration;
    ///
    /// let queue = TaskQueue::unbounded().retry(Retry::fixed(2, Duration::ZERO));
    /// queue.push(1).unwrap();
    /// queue.pop_task().unwrap().fail("not today");
    /// assert_eq!(*queue.pop_task().unwrap(), 1);
    /// ```
    #[must_use = "it gives the queue"]
    pub fn retry(self, retry: Retry) -> Self
    where
        T: Send + 'static,
    {
        let waker = self.core.ringer();
        let change = |store: &mut Store<T>| store.set_retry(retry, waker);
        self.core.monitor.change(change);
        self
    }

    /// Sets where items go that are given up, and gives the queue: for the chain that makes it.
    ///
    /// ```
    /// use rungs::queue::{Queue, TaskQueue};
    ///
    /// let letters = Queue::unbounded();
    /// let queue = TaskQueue::unbounded().dead_letter(letters.clone());
    /// queue.push(1).unwrap();
    /// queue.pop_task().unwrap().fail("never again");
    /// assert_eq!(letters.pop().unwrap().item, 1);
    /// ```
    #[must_use = "it gives the queue"]
    pub fn dead_letter(self, letters: Queue<DeadLetter<T>>) -> Self {
        let change = |store: &mut Store<T>| store.letters.replace(letters);
        discard(self.core.monitor.change(change));
        self
    }
}

/// Closing and looking.
impl<T> TaskQueue<T> {
    /// Closes the queue: whoever pushes, or waits to, gets the item back; what was accepted is
    /// tried, and tried again, to the end, and then pops give an error.
    ///
    /// A pop waits while a task is out that may come back: who holds one, and pops, waits for
    /// itself. It does not wait for the last attempts of others; that is for [`join`](Self::join).
    ///
    /// ```
    /// use rungs::queue::{PopError, TaskQueue};
    ///
    /// let queue = TaskQueue::unbounded();
    /// queue.push(1).unwrap();
    /// queue.close();
    /// assert!(queue.push(2).is_err());
    /// assert_eq!(queue.pop_task().unwrap().into_inner(), 1);
    /// assert_eq!(queue.pop_task().unwrap_err(), PopError);
    /// ```
    #[doc(alias = "shutdown")]
    pub fn close(&self) {
        self.core.monitor.change(|store| {
            if store.stage == Stage::Open {
                store.stage = Stage::Closed;
            }
        });
        self.core.closed.set();
    }

    /// Closes the queue and takes all that is left, those that wait for a retry last. They count
    /// as unfinished no more, and whoever pushes or pops from now on, or waits to, gets an error.
    ///
    /// A task that is out goes on; if it fails, it becomes a dead letter.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// queue.push(1).unwrap();
    /// queue.push(2).unwrap();
    /// assert_eq!(queue.close_now(), [1, 2]);
    /// assert!(queue.is_closed() && queue.try_join());
    /// ```
    #[must_use = "it hands back what was in the queue"]
    pub fn close_now(&self) -> Vec<T> {
        self.core.stop().into_iter().map(Task::into_inner).collect()
    }

    /// Whether the queue was closed; items may be left.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::<i32>::unbounded();
    /// queue.close();
    /// assert!(queue.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.core.monitor.look(|store| store.stage != Stage::Open)
    }

    /// Waits until the queue is closed; the thread sleeps.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::<i32>::unbounded();
    /// std::thread::scope(|s| {
    ///     s.spawn(|| queue.close());
    ///     queue.closed();
    ///     assert!(queue.is_closed());
    /// });
    /// ```
    pub fn closed(&self) {
        self.core.closed.wait();
    }

    /// Waits until the queue is closed, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::{queue::TaskQueue, sync::TimedOut};
    /// use std::time::Duration;
    ///
    /// let queue = TaskQueue::<i32>::unbounded();
    /// assert_eq!(queue.closed_timeout(Duration::from_millis(1)), Err(TimedOut));
    /// ```
    pub fn closed_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        self.core.closed.wait_timeout(timeout)
    }

    /// Waits until the queue is closed, or gives up at `deadline`.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::{queue::TaskQueue, sync::TimedOut};
    /// use std::time::Instant;
    ///
    /// let queue = TaskQueue::<i32>::unbounded();
    /// assert_eq!(queue.closed_deadline(Instant::now()), Err(TimedOut));
    /// ```
    pub fn closed_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        self.core.closed.wait_deadline(deadline)
    }

    /// Waits until the queue is closed; the task waits.
    ///
    /// *Cancel safety:* dropped, it leaves no trace.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::<i32>::unbounded();
    /// queue.close();
    /// rungs::future::block_on(queue.closed_async());
    /// ```
    pub fn closed_async(&self) -> WaitEvent<'_> {
        self.core.closed.wait_async()
    }

    /// How many items are in the queue at some moment during the call, those included that wait
    /// for a retry; not those that are out.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// queue.push('a').unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.core.monitor.look(Store::len)
    }

    /// Whether no item is in the queue at some moment during the call.
    ///
    /// ```
    /// assert!(rungs::queue::TaskQueue::<i32>::unbounded().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room at some moment during the call, [reserved](Self::reserve) places
    /// counted; never so in an unbounded queue.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::bounded(1);
    /// queue.push('a').unwrap();
    /// assert!(queue.is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        self.core.capacity.is_some() && self.core.monitor.look(Store::room) == 0
    }

    /// How many items there is room for, or `None` in an unbounded queue.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::<i32>::bounded(8);
    /// assert_eq!(queue.capacity(), Some(8));
    /// ```
    #[doc(alias = "maxsize")]
    pub fn capacity(&self) -> Option<usize> {
        self.core.capacity
    }

    /// What is in the queue, and what has happened so far.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// queue.push(1).unwrap();
    /// queue.push(2).unwrap();
    /// let _task = queue.pop_task().unwrap();
    /// let stats = queue.stats();
    /// assert_eq!((stats.pushed, stats.ready, stats.unfinished), (2, 1, 2));
    /// ```
    pub fn stats(&self) -> TaskStats {
        self.core.monitor.look(|store| TaskStats {
            ready: store.ready.len(),
            delayed: store.delayed.len(),
            unfinished: self.unfinished(),
            pushed: store.totals.pushed,
            retried: store.totals.retried,
            dead: store.totals.dead,
            undelivered: store.undelivered.len(),
        })
    }

    /// Takes the dead letters that their queue did not take, because it was full or closed.
    ///
    /// ```
    /// use rungs::queue::{Queue, TaskQueue};
    ///
    /// let letters = Queue::unbounded();
    /// letters.close();
    /// let queue = TaskQueue::unbounded().dead_letter(letters);
    /// queue.push(1).unwrap();
    /// queue.pop_task().unwrap().fail("no");
    /// assert_eq!(queue.take_undelivered()[0].item, 1);
    /// ```
    #[must_use = "it hands back what nobody else will"]
    pub fn take_undelivered(&self) -> Vec<DeadLetter<T>> {
        let change = |store: &mut Store<T>| std::mem::take(&mut store.undelivered);
        self.core.monitor.change(change)
    }
}

/// What is in a [`TaskQueue`], and what has happened so far. Made by [`TaskQueue::stats`].
///
/// ```
/// use rungs::queue::{TaskQueue, TaskStats};
///
/// let stats: TaskStats = TaskQueue::<i32>::unbounded().stats();
/// assert_eq!(stats, TaskStats::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskStats {
    /// How many items can be popped.
    pub ready: usize,
    /// How many wait for a retry.
    pub delayed: usize,
    /// How many are ready, wait for a retry, or are out.
    pub unfinished: usize,
    /// How many were pushed since the beginning.
    pub pushed: u64,
    /// How many retries there were.
    pub retried: u64,
    /// How many items were given up.
    pub dead: u64,
    /// How many dead letters wait for [`TaskQueue::take_undelivered`].
    pub undelivered: usize,
}

/// The same queue.
impl<T> Clone for TaskQueue<T> {
    fn clone(&self) -> Self {
        Self {
            core: self.core.clone(),
        }
    }
}

/// An unbounded queue.
impl<T> Default for TaskQueue<T> {
    fn default() -> Self {
        Self::unbounded()
    }
}

impl<T> fmt::Debug for TaskQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskQueue")
            .field("len", &self.len())
            .field("unfinished", &self.unfinished())
            .field("capacity", &self.core.capacity)
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
