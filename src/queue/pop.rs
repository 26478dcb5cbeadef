//! The ways out of a queue: one item, or many at once.

use super::error::{PopError, PopTimeoutError, TryPopError};
use super::feed::{Gather, Sink};
use super::fifo::Queue;
use super::iter::{Iter, TryIter};
use super::store::{Fifo, Take};
use crate::sys::{self, clock::Instant};
use crate::wait::Passage;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Popping.
impl<T> Queue<T> {
    /// Takes the oldest item; the thread sleeps while there is none.
    ///
    /// *Errors:* [`PopError`] where the queue is, or gets, closed, and nothing is left.
    ///
    /// ```
    /// use rungs::queue::Queue;
    ///
    /// let queue = Queue::unbounded();
    /// std::thread::scope(|s| {
    ///     s.spawn(|| queue.push(1).unwrap());
    ///     assert_eq!(queue.pop(), Ok(1));
    /// });
    /// ```
    #[doc(alias = "get")]
    #[doc(alias = "take")]
    #[doc(alias = "recv")]
    #[doc(alias = "dequeue")]
    #[inline]
    pub fn pop(&self) -> Result<T, PopError> {
        match self.pop_until(None) {
            Ok(item) => Ok(item),
            Err(PopTimeoutError::Closed) => Err(PopError),
            Err(PopTimeoutError::TimedOut) => {
                unreachable!("a wait without a deadline does not time out")
            }
        }
    }

    /// Takes the oldest item if that needs no waiting.
    ///
    /// *Errors:* [`TryPopError`].
    ///
    /// ```
    /// use rungs::queue::{Queue, TryPopError};
    ///
    /// let queue = Queue::unbounded();
    /// queue.push(1).unwrap();
    /// assert_eq!(queue.try_pop(), Ok(1));
    /// assert_eq!(queue.try_pop(), Err(TryPopError::Empty));
    /// ```
    #[doc(alias = "get_nowait")]
    #[doc(alias = "poll")]
    #[doc(alias = "try_recv")]
    #[inline]
    pub fn try_pop(&self) -> Result<T, TryPopError> {
        match self.lines().pop() {
            Some(item) => Ok(item),
            None => self.try_pop_slowly(),
        }
    }

    #[cold]
    fn try_pop_slowly(&self) -> Result<T, TryPopError> {
        let mut item = None;
        match self.lines().try_turn(&mut Take(&mut item)) {
            Some(Ok(())) => Ok(taken(item)),
            Some(Err(PopError)) => Err(TryPopError::Closed),
            None => Err(TryPopError::Empty),
        }
    }

    /// Takes the oldest item, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`PopTimeoutError`].
    ///
    /// ```
    /// use rungs::queue::{PopTimeoutError, Queue};
    /// use std::time::Duration;
    ///
    /// let queue = Queue::unbounded();
    /// queue.push(1).unwrap();
    /// let timeout = Duration::from_millis(1);
    /// assert_eq!(queue.pop_timeout(timeout), Ok(1));
    /// assert_eq!(queue.pop_timeout(timeout), Err(PopTimeoutError::TimedOut));
    /// ```
    #[doc(alias = "recv_timeout")]
    pub fn pop_timeout(&self, timeout: Duration) -> Result<T, PopTimeoutError> {
        self.pop_until(sys::deadline_after(timeout))
    }

    /// Takes the oldest item, or gives up at `deadline`.
    ///
    /// *Errors:* [`PopTimeoutError`].
    ///
    /// ```
    /// use rungs::queue::Queue;
    /// use std::time::Instant;
    ///
    /// let queue = Queue::unbounded();
    /// queue.push(1).unwrap();
    /// assert_eq!(queue.pop_deadline(Instant::now()), Ok(1));
    /// ```
    #[doc(alias = "recv_deadline")]
    pub fn pop_deadline(&self, deadline: Instant) -> Result<T, PopTimeoutError> {
        self.pop_until(Some(deadline))
    }

    #[inline]
    fn pop_until(&self, deadline: Option<Instant>) -> Result<T, PopTimeoutError> {
        match self.lines().pop() {
            Some(item) => Ok(item),
            None => self.pop_slowly(deadline),
        }
    }

    #[cold]
    fn pop_slowly(&self, deadline: Option<Instant>) -> Result<T, PopTimeoutError> {
        let mut item = None;
        match self.lines().wait(Take(&mut item), deadline) {
            Some(Ok(())) => Ok(taken(item)),
            Some(Err(PopError)) => Err(PopTimeoutError::Closed),
            None => Err(PopTimeoutError::TimedOut),
        }
    }

    /// Takes the oldest item; the task waits while there is none, in line from the first poll on.
    ///
    /// *Errors:* [`PopError`] where the queue is, or gets, closed, and nothing is left.
    ///
    /// *Cancel safety:* dropped, it loses its place in line and no item, even where it had been
    /// woken for one: that stays where it is, and the next in line is woken. (One that was woken
    /// and is neither polled nor dropped, because it was forgotten, say, holds up that one
    /// wake-up.)
    ///
    /// ```
    /// use rungs::future::block_on;
    /// use rungs::queue::Queue;
    ///
    /// let queue = Queue::unbounded();
    /// queue.push(1).unwrap();
    /// assert_eq!(block_on(queue.pop_async()), Ok(1));
    /// ```
    pub fn pop_async(&self) -> Pop<'_, T> {
        Pop {
            passage: Passage::new(self.lines(), Take(None)),
        }
    }
}

/// Popping many at once.
impl<T> Queue<T> {
    /// Takes the oldest items, `max` at most, to the end of `into`, and gives their number; the
    /// thread sleeps while there is none. With a `max` of 0 it does nothing.
    ///
    /// *Errors:* [`PopError`] where the queue is, or gets, closed, and nothing is left.
    ///
    /// *Cost:* one compare-exchange for each run of items that are there, which in an unbounded
    /// queue is 63 at most; memory only for what the vector has no room for.
    ///
    /// ```
    /// use rungs::queue::Queue;
    ///
    /// let queue = Queue::bounded(8);
    /// queue.push_many(&mut vec![1, 2, 3]).unwrap();
    /// let mut batch = Vec::new();
    /// assert_eq!(queue.pop_many(&mut batch, 2), Ok(2));
    /// assert_eq!(batch, [1, 2]);
    /// assert_eq!(queue.pop_many(&mut batch, 2), Ok(1)); // does not wait for a second
    /// assert_eq!(batch, [1, 2, 3]);
    /// ```
    #[doc(alias = "drainTo")]
    #[doc(alias = "recv_many")]
    pub fn pop_many(&self, into: &mut Vec<T>, max: usize) -> Result<usize, PopError> {
        match self.pop_many_until(into, max, None) {
            Some(popped) => popped,
            None => unreachable!("a wait without a deadline does not time out"),
        }
    }

    /// Takes the oldest items that need no waiting, `max` at most, to the end of `into`, and gives
    /// their number.
    ///
    /// *Errors:* [`TryPopError`] where there is none.
    ///
    /// ```
    /// use rungs::queue::{Queue, TryPopError};
    ///
    /// let queue = Queue::bounded(8);
    /// queue.push(1).unwrap();
    /// let mut batch = Vec::new();
    /// assert_eq!(queue.try_pop_many(&mut batch, 9), Ok(1));
    /// assert_eq!(queue.try_pop_many(&mut batch, 9), Err(TryPopError::Empty));
    /// ```
    pub fn try_pop_many(&self, into: &mut Vec<T>, max: usize) -> Result<usize, TryPopError> {
        if max == 0 {
            return Ok(0);
        }
        let mut gather = self.gather(into, max);
        match self.lines().try_turn(&mut Take(&mut gather)) {
            Some(Ok(())) => Ok(self.top_up(&mut gather)),
            Some(Err(PopError)) => Err(TryPopError::Closed),
            None => Err(TryPopError::Empty),
        }
    }

    /// As [`pop_many`](Self::pop_many), giving up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`PopTimeoutError`].
    ///
    /// ```
    /// use rungs::queue::{PopTimeoutError, Queue};
    /// use std::time::Duration;
    ///
    /// let queue = Queue::<i32>::bounded(8);
    /// let late = queue.pop_many_timeout(&mut Vec::new(), 9, Duration::ZERO);
    /// assert_eq!(late, Err(PopTimeoutError::TimedOut));
    /// ```
    pub fn pop_many_timeout(
        &self,
        into: &mut Vec<T>,
        max: usize,
        timeout: Duration,
    ) -> Result<usize, PopTimeoutError> {
        timed(self.pop_many_until(into, max, sys::deadline_after(timeout)))
    }

    /// As [`pop_many`](Self::pop_many), giving up at `deadline`.
    ///
    /// *Errors:* [`PopTimeoutError`].
    ///
    /// ```
    /// use rungs::queue::Queue;
    /// use std::time::Instant;
    ///
    /// let queue = Queue::bounded(8);
    /// queue.push(1).unwrap();
    /// let mut batch = Vec::new();
    /// assert_eq!(queue.pop_many_deadline(&mut batch, 9, Instant::now()), Ok(1));
    /// ```
    pub fn pop_many_deadline(
        &self,
        into: &mut Vec<T>,
        max: usize,
        deadline: Instant,
    ) -> Result<usize, PopTimeoutError> {
        timed(self.pop_many_until(into, max, Some(deadline)))
    }

    fn pop_many_until(
        &self,
        into: &mut Vec<T>,
        max: usize,
        deadline: Option<Instant>,
    ) -> Option<Result<usize, PopError>> {
        if max == 0 {
            return Some(Ok(0));
        }
        let mut gather = self.gather(into, max);
        let popped = self.lines().turn_until(Take(&mut gather), deadline)?;
        Some(popped.map(|()| self.top_up(&mut gather)))
    }

    /// As [`pop_many`](Self::pop_many); the task waits.
    ///
    /// *Errors:* [`PopError`] where the queue is, or gets, closed, and nothing is left.
    ///
    /// *Cancel safety:* dropped before it is ready, it took nothing, as
    /// [`pop_async`](Self::pop_async).
    ///
    /// ```
    /// use rungs::{future::block_on, queue::Queue};
    ///
    /// let queue = Queue::bounded(8);
    /// queue.push(1).unwrap();
    /// let mut batch = Vec::new();
    /// assert_eq!(block_on(queue.pop_many_async(&mut batch, 9)), Ok(1));
    /// ```
    pub fn pop_many_async<'a>(&'a self, into: &'a mut Vec<T>, max: usize) -> PopMany<'a, T> {
        let take = Take(self.gather(into, max));
        PopMany {
            queue: self,
            passage: Passage::new(self.lines(), take),
        }
    }

    /// What takes up to `max` items, with memory for those that are there now.
    fn gather<'a>(&self, into: &'a mut Vec<T>, max: usize) -> Gather<'a, T> {
        Gather::new(into, max, self.len())
    }

    /// What was taken, and as much more of what is there now as may be. (The first look was for
    /// what was there before, and went to the end of a block.)
    fn top_up(&self, gather: &mut Gather<'_, T>) -> usize {
        if gather.is_short() {
            gather.extend(self.len());
            while gather.room() > 0 {
                match self.lines().try_turn(&mut Take(&mut *gather)) {
                    Some(Ok(())) => {}
                    _ => break,
                }
            }
        }
        gather.taken()
    }

    /// Takes all items that are there now and need no waiting.
    ///
    /// ```
    /// let queue = rungs::queue::Queue::unbounded();
    /// queue.push(1).unwrap();
    /// queue.push(2).unwrap();
    /// assert_eq!(queue.drain(), [1, 2]);
    /// assert!(queue.drain().is_empty());
    /// ```
    pub fn drain(&self) -> Vec<T> {
        let mut items = Vec::new();
        // (What comes meanwhile is left.)
        let _ = self.try_pop_many(&mut items, usize::MAX);
        items
    }

    /// The items, waiting for each, until the queue is closed and drained.
    ///
    /// ```
    /// use rungs::queue::Queue;
    ///
    /// let queue = Queue::unbounded();
    /// queue.push(1).unwrap();
    /// queue.push(2).unwrap();
    /// queue.close();
    /// assert!(queue.iter().eq([1, 2]));
    /// assert_eq!((&queue).into_iter().count(), 0);
    /// ```
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(self)
    }

    /// The items that need no waiting.
    ///
    /// ```
    /// use rungs::queue::Queue;
    ///
    /// let queue = Queue::unbounded();
    /// queue.push(1).unwrap();
    /// assert!(queue.try_iter().eq([1]));
    /// assert!(!queue.is_closed());
    /// ```
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter(self)
    }
}

/// The item of a pop that went.
fn taken<T>(item: Option<T>) -> T {
    item.expect("a pop that went has an item")
}

/// What came of a timed pop.
fn timed(popped: Option<Result<usize, PopError>>) -> Result<usize, PopTimeoutError> {
    match popped {
        Some(Ok(count)) => Ok(count),
        Some(Err(PopError)) => Err(PopTimeoutError::Closed),
        None => Err(PopTimeoutError::TimedOut),
    }
}

pin_project! {
    /// The future of [`Queue::pop_async`]. It stands in line from its first poll on, and leaves
    /// it when dropped.
    ///
    /// ```
    /// use rungs::queue::{Pop, Queue};
    ///
    /// let queue = Queue::unbounded();
    /// queue.push(1).unwrap();
    /// let pop: Pop<'_, i32> = queue.pop_async();
    /// drop(pop); // was never polled: nothing happened
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Pop<'a, T> {
        #[pin]
        passage: Passage<'a, Fifo<T>, Take<Option<T>>>,
    }
}

impl<T> Future for Pop<'_, T> {
    type Output = Result<T, PopError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut passage = self.project().passage;
        if !passage
            .as_mut()
            .try_first(|lines, take| lines.pop_into(&mut take.0))
        {
            ready!(passage.as_mut().poll(cx))?;
        }
        Poll::Ready(Ok(taken(passage.turn().0.take())))
    }
}

impl<T> fmt::Debug for Pop<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pop").finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`Queue::pop_many_async`]. It stands in line from its first poll on, and
    /// leaves it when dropped.
    ///
    /// ```
    /// use rungs::queue::{PopMany, Queue};
    ///
    /// let queue = Queue::unbounded();
    /// queue.push(1).unwrap();
    /// let mut batch = Vec::new();
    /// let pop: PopMany<'_, i32> = queue.pop_many_async(&mut batch, 9);
    /// drop(pop); // was never polled: nothing happened
    /// assert_eq!((batch.len(), queue.len()), (0, 1));
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct PopMany<'a, T> {
        queue: &'a Queue<T>,
        #[pin]
        passage: Passage<'a, Fifo<T>, Take<Gather<'a, T>>>,
    }
}

impl<T> Future for PopMany<'_, T> {
    type Output = Result<usize, PopError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (queue, mut passage) = (this.queue, this.passage);
        if passage.as_mut().turn().0.room() == 0 {
            return Poll::Ready(Ok(0));
        }
        ready!(passage.as_mut().poll(cx))?;
        Poll::Ready(Ok(queue.top_up(&mut passage.turn().0)))
    }
}

impl<T> fmt::Debug for PopMany<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PopMany").finish_non_exhaustive()
    }
}
