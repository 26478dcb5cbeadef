//! Popping from whichever of several queues has an item first.
//!
//! One pop for each queue, all of them polled by the same task; the first that is ready wins, and
//! the others are dropped. Since a pop that was woken has not got an item yet, the losers have
//! none to give back: each calls the next in its line.

use super::error::{PopError, PopTimeoutError, TryPopError};
use super::work_queue::WorkQueue;
use crate::sys::{clock::Instant, deadline_after, thread_local_on_both_faces};
use crate::wait::block_until;
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Pops from whichever of the queues has an item first, and tells which it was; the thread sleeps
/// while all are empty.
///
/// A queue that is closed and drained is passed over. The queues are of one type; for those of
/// different items, wrap these in an `enum`.
///
/// *Errors:* [`PopError`] where all are closed and drained, as all of none are.
///
/// *Fairness:* where several have an item, a thread takes turns: it looks at one after the other
/// and begins elsewhere each time, so that it passes none by for long, whatever it selects from in
/// between. [`select_biased`] begins with the first always.
///
/// *Cost:* an item that is there costs no more than to look for it; to wait takes an allocation.
///
/// ```
/// use rungs::queue::{Queue, select};
/// use std::thread;
///
/// let (left, right) = (Queue::unbounded(), Queue::unbounded());
/// thread::scope(|s| {
///     s.spawn(|| right.push('r').unwrap());
///     assert_eq!(select(&[&left, &right]), Ok((1, 'r')));
/// });
/// ```
pub fn select<Q: WorkQueue>(queues: &[&Q]) -> Result<(usize, Q::Item), PopError> {
    select_until(queues, turn(queues.len()), None).map_err(|_| PopError)
}

/// [`select`] where that needs no waiting.
///
/// *Errors:* [`TryPopError`], `Closed` where all are closed and drained.
///
/// ```
/// use rungs::queue::{Queue, TryPopError, try_select};
///
/// let (left, right) = (Queue::unbounded(), Queue::unbounded());
/// right.push('r').unwrap();
/// assert_eq!(try_select(&[&left, &right]), Ok((1, 'r')));
/// assert_eq!(try_select(&[&left, &right]), Err(TryPopError::Empty));
/// ```
pub fn try_select<Q: WorkQueue>(queues: &[&Q]) -> Result<(usize, Q::Item), TryPopError> {
    try_from(queues, turn(queues.len()))
}

/// [`select`] that gives up after `timeout`; `Duration::MAX` never does.
///
/// *Errors:* [`PopTimeoutError`], `Closed` where all are closed and drained.
///
/// ```
/// use rungs::queue::{PopTimeoutError, Queue, select_timeout};
/// use std::time::Duration;
///
/// let (left, right) = (Queue::<i32>::unbounded(), Queue::unbounded());
/// let late = select_timeout(&[&left, &right], Duration::from_millis(1));
/// assert_eq!(late, Err(PopTimeoutError::TimedOut));
/// ```
pub fn select_timeout<Q: WorkQueue>(
    queues: &[&Q],
    timeout: Duration,
) -> Result<(usize, Q::Item), PopTimeoutError> {
    select_until(queues, turn(queues.len()), deadline_after(timeout))
}

/// [`select`] that gives up at `deadline`.
///
/// *Errors:* [`PopTimeoutError`], `Closed` where all are closed and drained.
///
/// ```
/// use rungs::queue::{Queue, select_deadline};
///
/// let (left, right) = (Queue::unbounded(), Queue::unbounded());
/// left.push('l').unwrap();
/// let now = std::time::Instant::now();
/// assert_eq!(select_deadline(&[&left, &right], now), Ok((0, 'l')));
/// ```
pub fn select_deadline<Q: WorkQueue>(
    queues: &[&Q],
    deadline: Instant,
) -> Result<(usize, Q::Item), PopTimeoutError> {
    select_until(queues, turn(queues.len()), Some(deadline))
}

/// [`select`] in which the task waits, in the lines of all queues from the first poll on.
///
/// *Errors:* [`PopError`] where all are closed and drained.
///
/// *Cancel safety:* dropped, it loses its places in line and no item.
///
/// ```
/// use rungs::future::block_on;
/// use rungs::queue::{Queue, select_async};
///
/// let (left, right) = (Queue::unbounded(), Queue::unbounded());
/// left.push('l').unwrap();
/// assert_eq!(block_on(select_async(&[&left, &right])), Ok((0, 'l')));
/// ```
pub fn select_async<Q: WorkQueue>(
    queues: &[&Q],
) -> impl Future<Output = Result<(usize, Q::Item), PopError>> + Send {
    select_from(queues, turn(queues.len()))
}

/// [`select`] that prefers the queues in their order: it takes from the first that has an item.
///
/// ```
/// use rungs::queue::{Queue, select_biased};
///
/// let (urgent, other) = (Queue::unbounded(), Queue::unbounded());
/// other.push(1).unwrap();
/// urgent.push(2).unwrap();
/// assert_eq!(select_biased(&[&urgent, &other]), Ok((0, 2)));
/// assert_eq!(select_biased(&[&urgent, &other]), Ok((1, 1)));
/// ```
pub fn select_biased<Q: WorkQueue>(queues: &[&Q]) -> Result<(usize, Q::Item), PopError> {
    select_until(queues, 0, None).map_err(|_| PopError)
}

/// [`try_select`] that prefers the queues in their order.
///
/// ```
/// use rungs::queue::{Queue, try_select_biased};
///
/// let (urgent, other) = (Queue::unbounded(), Queue::unbounded());
/// other.push(1).unwrap();
/// urgent.push(2).unwrap();
/// assert_eq!(try_select_biased(&[&urgent, &other]), Ok((0, 2)));
/// ```
pub fn try_select_biased<Q: WorkQueue>(queues: &[&Q]) -> Result<(usize, Q::Item), TryPopError> {
    try_from(queues, 0)
}

/// [`select_timeout`] that prefers the queues in their order.
///
/// ```
/// use rungs::queue::{Queue, select_biased_timeout};
/// use std::time::Duration;
///
/// let (urgent, other) = (Queue::unbounded(), Queue::unbounded());
/// other.push(1).unwrap();
/// let popped = select_biased_timeout(&[&urgent, &other], Duration::from_secs(1));
/// assert_eq!(popped, Ok((1, 1)));
/// ```
pub fn select_biased_timeout<Q: WorkQueue>(
    queues: &[&Q],
    timeout: Duration,
) -> Result<(usize, Q::Item), PopTimeoutError> {
    select_until(queues, 0, deadline_after(timeout))
}

/// [`select_deadline`] that prefers the queues in their order.
///
/// ```
/// use rungs::queue::{Queue, select_biased_deadline};
///
/// let (urgent, other) = (Queue::unbounded(), Queue::unbounded());
/// other.push(1).unwrap();
/// let now = std::time::Instant::now();
/// assert_eq!(select_biased_deadline(&[&urgent, &other], now), Ok((1, 1)));
/// ```
pub fn select_biased_deadline<Q: WorkQueue>(
    queues: &[&Q],
    deadline: Instant,
) -> Result<(usize, Q::Item), PopTimeoutError> {
    select_until(queues, 0, Some(deadline))
}

/// [`select_async`] that prefers the queues in their order.
///
/// *Cancel safety:* dropped, it loses its places in line and no item.
///
/// ```
/// use rungs::future::block_on;
/// use rungs::queue::{Queue, select_biased_async};
///
/// let (urgent, other) = (Queue::unbounded(), Queue::unbounded());
/// other.push(1).unwrap();
/// assert_eq!(block_on(select_biased_async(&[&urgent, &other])), Ok((1, 1)));
/// ```
pub fn select_biased_async<Q: WorkQueue>(
    queues: &[&Q],
) -> impl Future<Output = Result<(usize, Q::Item), PopError>> + Send {
    select_from(queues, 0)
}

/// Where a thread begins this time, of `len` queues.
///
/// Once around, in steps of the golden ratio: that visits all parts of the circle equally often,
/// also where only every second step is seen (or every third), because the thread selects from
/// others in between.
fn turn(len: usize) -> usize {
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    thread_local_on_both_faces! {
        static TURN: Cell<u64> = Cell::new(0);
    }
    // In a thread whose locals are gone already, at the first.
    let turn = TURN.try_with(|turn| turn.replace(turn.get().wrapping_add(GOLDEN)));
    ((u128::from(turn.unwrap_or(0)) * len as u128) >> 64) as usize
}

/// The indices of `len` queues, once around.
fn around(len: usize, first: usize) -> impl Iterator<Item = usize> {
    (first..len).chain(0..first)
}

/// Looks at each queue once.
fn try_from<Q: WorkQueue>(queues: &[&Q], first: usize) -> Result<(usize, Q::Item), TryPopError> {
    let mut nothing = TryPopError::Closed;
    for index in around(queues.len(), first) {
        match queues[index].try_pop() {
            Ok(item) => return Ok((index, item)),
            Err(TryPopError::Empty) => nothing = TryPopError::Empty,
            Err(TryPopError::Closed) => {}
        }
    }
    Err(nothing)
}

fn select_until<Q: WorkQueue>(
    queues: &[&Q],
    first: usize,
    deadline: Option<Instant>,
) -> Result<(usize, Q::Item), PopTimeoutError> {
    match block_until(select_from(queues, first), deadline) {
        Some(popped) => popped.map_err(|PopError| PopTimeoutError::Closed),
        None => Err(PopTimeoutError::TimedOut),
    }
}

/// The one operation.
async fn select_from<Q: WorkQueue>(
    queues: &[&Q],
    first: usize,
) -> Result<(usize, Q::Item), PopError> {
    match try_from(queues, first) {
        Ok(popped) => return Ok(popped),
        Err(TryPopError::Closed) => return Err(PopError),
        Err(TryPopError::Empty) => {}
    }
    let pops = queues.iter().map(|queue| Some(queue.pop_async()));
    let mut pops = Box::into_pin(pops.collect::<Box<[_]>>());
    poll_fn(|cx| poll_first(pops.as_mut(), first, cx)).await
}

/// Polls each pop that has not ended, until one has an item.
fn poll_first<F, T>(
    mut pops: Pin<&mut [Option<F>]>,
    first: usize,
    cx: &mut Context<'_>,
) -> Poll<Result<(usize, T), PopError>>
where
    F: Future<Output = Result<T, PopError>>,
{
    let mut ended = true;
    for index in around(pops.len(), first) {
        // SAFETY: a projection: an element of a slice that is pinned is pinned with it. Nothing
        // here moves one, and none is reached in another way.
        let mut pop = unsafe { pops.as_mut().map_unchecked_mut(|pops| &mut pops[index]) };
        match pop.as_mut().as_pin_mut().map(|pop| pop.poll(cx)) {
            Some(Poll::Ready(Ok(item))) => return Poll::Ready(Ok((index, item))),
            // Closed and drained: it is not looked at again.
            Some(Poll::Ready(Err(PopError))) => pop.set(None),
            Some(Poll::Pending) => ended = false,
            None => {}
        }
    }
    match ended {
        true => Poll::Ready(Err(PopError)),
        false => Poll::Pending,
    }
}
