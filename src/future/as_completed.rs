//! The outcomes of several tasks, each when it is there.

use super::bundle::Bundle;
use super::{Outcome, TaskFuture};
use crate::sync::TimedOut;
use crate::sys::{self, clock::Instant};
use crate::wait::{block_on, block_until};
use futures_core::stream::{FusedStream, Stream};
use std::fmt;
use std::iter::FusedIterator;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// The outcomes of `tasks` in the order in which they are done, each with the place of its task
/// among them.
///
/// An iterator for threads, a [`Stream`] for tasks. Of those that are done already, the first in
/// order come first.
///
/// *Panics* where the result of one was taken before.
///
/// *Cost:* an allocation for each task at the start; to take the next costs the same however
/// many there are.
///
/// ```
/// use rungs::future::{Promise, as_completed};
///
/// let (slow, first) = Promise::new();
/// let (quick, second) = Promise::new();
/// quick.set_result("quick").unwrap();
/// let mut outcomes = as_completed([first, second]);
/// assert!(matches!(outcomes.next(), Some((1, Ok("quick")))));
/// slow.set_result("slow").unwrap();
/// assert!(matches!(outcomes.next(), Some((0, Ok("slow")))));
/// assert!(outcomes.next().is_none());
/// ```
#[doc(alias = "ExecutorCompletionService")]
#[doc(alias = "FuturesUnordered")]
#[doc(alias = "JoinSet")]
#[track_caller]
pub fn as_completed<T>(tasks: impl IntoIterator<Item = TaskFuture<T>>) -> AsCompleted<T> {
    AsCompleted(Bundle::new(tasks))
}

/// The outcomes of several tasks, each when it is there: what [`as_completed`] gives.
///
/// *Claim on join:* `next`, by blocking, runs tasks that nobody has begun, the oldest first, until
/// one is done. The timed forms and the stream run nothing.
///
/// *Dropping* it detaches the tasks that are left. *Cancel safety:* a wait that times out or is
/// dropped loses nothing.
///
/// ```
/// use rungs::future::{AsCompleted, as_completed};
///
/// let pool = rungs::executor::ThreadPoolExecutor::new(2);
/// let squares: AsCompleted<u32> = as_completed((0..10).map(|n| pool.submit(move || n * n)));
/// assert_eq!(squares.map(|(_, square)| square.unwrap()).sum::<u32>(), 285);
/// ```
#[must_use = "dropped, it detaches the tasks"]
pub struct AsCompleted<T>(Bundle<T>);

impl<T> AsCompleted<T> {
    /// Does not wait: the next, if one is done that was not given out yet.
    ///
    /// ```
    /// let (promise, future) = rungs::future::Promise::new();
    /// let mut outcomes = rungs::future::as_completed([future]);
    /// assert!(outcomes.try_next().is_none());
    /// promise.set_result(7).unwrap();
    /// assert!(matches!(outcomes.try_next(), Some((0, Ok(7)))));
    /// ```
    pub fn try_next(&mut self) -> Option<(usize, Outcome<T>)> {
        self.0.try_next()
    }

    /// The next, or gives up after `timeout`; `Duration::MAX` never does. `None` where none is
    /// left. The thread sleeps, and runs nothing.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::{future::Promise, sync::TimedOut};
    /// use std::time::Duration;
    ///
    /// let (promise, future) = Promise::<u32>::new();
    /// let mut outcomes = rungs::future::as_completed([future]);
    /// assert!(outcomes.next_timeout(Duration::from_millis(1)).is_err());
    /// promise.set_result(7).unwrap();
    /// assert!(outcomes.next_timeout(Duration::MAX).unwrap().is_some());
    /// assert!(outcomes.next_timeout(Duration::MAX).unwrap().is_none());
    /// ```
    #[allow(clippy::type_complexity, reason = "it is what `next` gives")]
    pub fn next_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<Option<(usize, Outcome<T>)>, TimedOut> {
        self.next_to(sys::deadline_after(timeout))
    }

    /// The next, or gives up at `deadline`; else as [`next_timeout`](Self::next_timeout).
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let mut none = rungs::future::as_completed::<u32>([]);
    /// assert!(none.next_deadline(Instant::now()).unwrap().is_none());
    /// ```
    #[allow(clippy::type_complexity, reason = "it is what `next` gives")]
    pub fn next_deadline(
        &mut self,
        deadline: Instant,
    ) -> Result<Option<(usize, Outcome<T>)>, TimedOut> {
        self.next_to(Some(deadline))
    }

    /// The next; the task waits.
    ///
    /// *Cancel safety:* dropped, it loses nothing.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let mut outcomes = rungs::future::as_completed([pool.submit(|| 7)]);
    /// let next = rungs::future::block_on(outcomes.next_async());
    /// assert!(matches!(next, Some((0, Ok(7)))));
    /// ```
    pub fn next_async(&mut self) -> impl Future<Output = Option<(usize, Outcome<T>)>> {
        self.0.next()
    }

    #[allow(clippy::type_complexity, reason = "it is what `next` gives")]
    fn next_to(
        &mut self,
        deadline: Option<Instant>,
    ) -> Result<Option<(usize, Outcome<T>)>, TimedOut> {
        block_until(self.0.next(), deadline).ok_or(TimedOut)
    }
}

impl<T> Iterator for AsCompleted<T> {
    type Item = (usize, Outcome<T>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.help();
        block_on(self.0.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.left(), Some(self.0.left()))
    }
}

impl<T> ExactSizeIterator for AsCompleted<T> {}

impl<T> FusedIterator for AsCompleted<T> {}

impl<T> Stream for AsCompleted<T> {
    type Item = (usize, Outcome<T>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.left(), Some(self.0.left()))
    }
}

impl<T> FusedStream for AsCompleted<T> {
    fn is_terminated(&self) -> bool {
        self.0.left() == 0
    }
}

impl<T> fmt::Debug for AsCompleted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted")
            .field("left", &self.0.left())
            .finish()
    }
}
