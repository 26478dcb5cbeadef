//! Waiting until all that was pushed is over.

use super::TaskQueue;
use super::core::Core;
use crate::sync::TimedOut;
use crate::sys::{self, clock::Instant};
use crate::wait::{Enter, enter, enter_until};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Joining.
impl<T> TaskQueue<T> {
    /// How many items were pushed and are not over: in the queue, waiting for a retry, or out.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// queue.push(1).unwrap();
    /// let task = queue.pop_task().unwrap();
    /// assert_eq!(queue.unfinished(), 1);
    /// task.done();
    /// assert_eq!(queue.unfinished(), 0);
    /// ```
    pub fn unfinished(&self) -> usize {
        self.core.unfinished.state() as usize
    }

    /// Waits until all that was pushed is over, at some moment during the call; the thread sleeps.
    ///
    /// What the handlers wrote before they ended their tasks is seen. A task that waits for a
    /// retry is not over.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// queue.push(1).unwrap();
    /// std::thread::scope(|s| {
    ///     s.spawn(|| queue.pop_task().unwrap().done());
    ///     queue.join();
    ///     assert_eq!(queue.unfinished(), 0);
    /// });
    /// ```
    pub fn join(&self) {
        // Never closed.
        let _ = enter(&*self.core, 0);
    }

    /// Does not wait: whether all that was pushed is over.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::unbounded();
    /// assert!(queue.try_join());
    /// queue.push(1).unwrap();
    /// assert!(!queue.try_join());
    /// ```
    #[must_use = "it says whether all is over"]
    pub fn try_join(&self) -> bool {
        self.unfinished() == 0
    }

    /// Waits until all that was pushed is over, or gives up after `timeout`; `Duration::MAX` never
    /// does.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::{queue::TaskQueue, sync::TimedOut};
    /// use std::time::Duration;
    ///
    /// let queue = TaskQueue::unbounded();
    /// queue.push(1).unwrap();
    /// assert_eq!(queue.join_timeout(Duration::from_millis(1)), Err(TimedOut));
    /// ```
    pub fn join_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        self.join_to(sys::deadline_after(timeout))
    }

    /// Waits until all that was pushed is over, or gives up at `deadline`.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::queue::TaskQueue;
    /// use std::time::Instant;
    ///
    /// assert_eq!(TaskQueue::<i32>::unbounded().join_deadline(Instant::now()), Ok(()));
    /// ```
    pub fn join_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        self.join_to(Some(deadline))
    }

    /// Waits until all that was pushed is over; the task waits.
    ///
    /// *Cancel safety:* dropped, it leaves no trace. It stands in line from its first poll on: a
    /// moment without unfinished items before that does not count.
    ///
    /// ```
    /// let queue = rungs::queue::TaskQueue::<i32>::unbounded();
    /// rungs::future::block_on(queue.join_async());
    /// ```
    pub fn join_async(&self) -> JoinTasks<'_, T> {
        JoinTasks {
            enter: Enter::new(&self.core, 0),
        }
    }

    fn join_to(&self, deadline: Option<Instant>) -> Result<(), TimedOut> {
        let joined = enter_until(&*self.core, 0, deadline);
        joined.map(|_| ()).ok_or(TimedOut)
    }
}

pin_project! {
    /// The future of [`TaskQueue::join_async`].
    ///
    /// ```
    /// use rungs::queue::{JoinTasks, TaskQueue};
    ///
    /// let queue = TaskQueue::<i32>::unbounded();
    /// let join: JoinTasks<'_, i32> = queue.join_async();
    /// rungs::future::block_on(join);
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct JoinTasks<'a, T> {
        #[pin]
        enter: Enter<&'a Core<T>>,
    }
}

impl<T> Future for JoinTasks<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // Never closed.
        let _ = ready!(self.project().enter.poll(cx));
        Poll::Ready(())
    }
}

impl<T> fmt::Debug for JoinTasks<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinTasks").finish_non_exhaustive()
    }
}
