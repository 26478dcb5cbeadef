//! A function over an iterator, on the workers of a pool.
//!
//! One window of chunks, each a job, by their numbers; a plain map has chunks of one item. The
//! results of one chunk at a time are given out. Which chunk that is next, is all that
//! [`unordered`](Map::unordered) changes: the first by number, or the first that says that it is
//! done.

use super::Handle;
use super::chunk::{Each, Flight, Notice, Work, errors};
use super::worker::Local;
use crate::PanicPayload;
use crate::future::TaskError;
use crate::panic::{catch, discard};
use crate::sys::{self, Arc, clock, clock::Instant};
use crate::wait::{Inbox, Sleep, block_until};
use futures_core::Stream;
use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::iter::FusedIterator;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// For how many items of a chunk there is room at first.
const ROOM: usize = 64;

/// The results of a function over an iterator, in the order of its items: what
/// [`Handle::map`](super::Handle::map) gives.
///
/// It is lazy: each call of `next` reads the iterator until
/// [`buffer_size`](Self::buffer_size) items (or [chunks](Self::chunk_size)) are under way, and
/// then waits for the first. So an iterator without end is fine, and what is not asked for is not
/// read.
///
/// It is an iterator, for threads; [`into_stream`](Self::into_stream) makes a stream of it, for
/// tasks.
///
/// *Blocking:* `next` waits for the result that is due. If no worker has begun with that item,
/// the thread runs it itself, as [`TaskFuture::result`](crate::future::TaskFuture::result) does;
/// so a job may use a map of its own pool. Where a worker is at it, the thread goes on with the
/// items behind it meanwhile: it should hold no lock that one of them wants. The stream runs
/// nothing, nor does a map with a [timeout](Self::timeout). Either reads the iterator in the
/// thread that asks. A [bound](super::Builder::queue_capacity) of the pool does not concern a map:
/// its look-ahead is one.
///
/// *Errors:* an item whose call panicked is an error in its place; those behind it follow. Where
/// the pool is shut down meanwhile, so are the items that it no longer does.
///
/// *Panics:* if the iterator itself panics, `next` first gives the results of the items before,
/// then lets that panic go on; asked again, it reads on. What is dropped unasked for, items and
/// results, may panic: that concerns nobody.
///
/// *Cancel safety:* dropping it cancels what no worker has begun; of a chunk, also the rest.
///
/// *Cost:* an allocation and a pass through the pool's queue for each item, some 0.3 µs; with a
/// [`chunk_size`](Self::chunk_size), three for each chunk.
///
/// ```
/// let pool = rungs::executor::ThreadPoolExecutor::new(2);
/// let mut squares = pool.map(1_u64.., |n| n * n);
/// assert_eq!(squares.next().unwrap().unwrap(), 1);
/// assert_eq!(squares.next().unwrap().unwrap(), 4);
/// ```
#[must_use = "it is lazy: nothing is read before `next`"]
pub struct Map<'a, I, F, R> {
    pool: &'a Handle,
    /// What is left to read.
    items: I,
    /// There is no more to read.
    exhausted: bool,
    work: Arc<Work<F>>,
    /// What is under way, by its number.
    window: BTreeMap<usize, Flight<R>>,
    /// The number of the next chunk.
    next: usize,
    /// The chunk that is waited for.
    due: Option<usize>,
    /// The results of the chunk that is being given out.
    ready: Each<Result<R, TaskError>>,
    /// How much may be under way.
    buffer_size: usize,
    chunk_size: usize,
    /// The numbers of the chunks that are done, where their order does not matter.
    arrivals: Option<Arc<Inbox<usize>>>,
    /// Those below have been helped, where their order does not matter.
    helped: usize,
    /// When it gives up.
    deadline: Option<Instant>,
    /// What the iterator panicked with, after the items in the window.
    panic: Option<PanicPayload>,
}

/// The iterator is not polled, and nothing else in here minds to be moved.
impl<I, F, R> Unpin for Map<'_, I, F, R> {}

impl<'a, I, F, R> Map<'a, I, F, R>
where
    I: Iterator<Item: Send + 'static>,
    F: Fn(I::Item) -> R + Send + Sync + 'static,
    R: Send + 'static,
{
    pub(super) fn new(pool: &'a Handle, items: I, f: F, buffer_size: usize) -> Self {
        Self {
            pool,
            items,
            exhausted: false,
            work: Work::new(f),
            window: BTreeMap::new(),
            next: 0,
            due: None,
            ready: Each::with_room(0),
            buffer_size,
            chunk_size: 1,
            arrivals: None,
            helped: 0,
            deadline: None,
            panic: None,
        }
    }

    /// How many items may be under way at once: read, and their results not asked for yet; in
    /// [chunks](Self::chunk_size), how many chunks. Eight times the number of workers, if not set.
    ///
    /// *Panics* where `items` is 0.
    ///
    /// ```
    /// use std::cell::Cell;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let read = Cell::new(0);
    /// let items = (0..100).inspect(|_| read.set(read.get() + 1));
    /// let mut results = pool.map(items, |n| n).buffer_size(3);
    /// results.next();
    /// assert_eq!(read.get(), 3);
    /// ```
    #[doc(alias = "buffersize")]
    #[doc(alias = "buffered")]
    pub fn buffer_size(mut self, items: usize) -> Self {
        assert!(items > 0, "`items` is 0: such a map would never read any");
        self.buffer_size = items;
        self
    }

    /// How many items go to a worker together; 1, if not set.
    ///
    /// For small items, of a microsecond or less: they share the cost of a job. Their results
    /// still come one by one and in order, and a panic costs only its own item. The whole of a
    /// chunk is read before any of it is begun, and done before any of it is given out.
    ///
    /// *Panics* where `items` is 0.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(2);
    /// let sum = pool.map(0..1000_u64, |n| n * n).chunk_size(100).map(Result::unwrap).sum::<u64>();
    /// assert_eq!(sum, 332_833_500);
    /// ```
    #[doc(alias = "chunksize")]
    #[doc(alias = "batched")]
    pub fn chunk_size(mut self, items: usize) -> Self {
        assert!(items > 0, "`items` is 0: such a map would never read any");
        self.chunk_size = items;
        self
    }

    /// Gives the results as they come, not in the order of the items: none waits for one that
    /// takes longer. (Of a [chunk](Self::chunk_size), they come together.)
    ///
    /// *Blocking:* in a job of the same pool, `next` runs what nobody has begun while nothing is
    /// done; elsewhere it runs nothing, so as not to be held up by it.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(2);
    /// let results = pool.map(0..5, |n| n * n).unordered().map(Result::unwrap);
    /// assert_eq!(results.sum::<u32>(), 30);
    /// ```
    #[doc(alias = "as_completed")]
    #[doc(alias = "imap_unordered")]
    #[doc(alias = "buffer_unordered")]
    pub fn unordered(mut self) -> Self {
        if self.arrivals.is_none() {
            let arrivals = Inbox::new();
            // Those that are under way already do not know that they are to say when they are
            // done: they come first, in order.
            self.window.keys().for_each(|number| arrivals.push(*number));
            self.due = None;
            self.arrivals = Some(Arc::new(arrivals));
        }
        self
    }

    /// Gives up after `timeout`, counted from this call, for the map as a whole;
    /// `Duration::MAX` never does.
    ///
    /// When it is over nothing more is read. The results that are there are given still; then
    /// comes one [`TaskError::TimedOut`], what is pending is cancelled, and the iterator ends.
    ///
    /// The thread that waits runs nothing itself then, so as to give up in time. (A job that maps
    /// over the pool that it occupies alone waits in vain.)
    ///
    /// ```
    /// use rungs::future::TaskError;
    /// use rungs::sync::Event;
    /// use std::{sync::Arc, time::Duration};
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let gate = Arc::new(Event::new(false));
    /// let pass = gate.clone();
    /// let mut results = pool.map(0.., move |n| {
    ///     pass.wait();
    ///     n
    /// });
    /// let mut results = results.timeout(Duration::from_millis(1));
    /// assert!(matches!(results.next(), Some(Err(TaskError::TimedOut))));
    /// assert!(results.next().is_none());
    /// gate.set();
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.deadline = sys::deadline_after(timeout);
        self
    }

    /// Gives up at `deadline`, as [`timeout`](Self::timeout) does.
    ///
    /// ```
    /// use rungs::future::TaskError;
    /// use std::time::Instant;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let mut results = pool.map(0.., |n| n).deadline(Instant::now());
    /// assert!(matches!(results.next(), Some(Err(TaskError::TimedOut))));
    /// assert!(results.next().is_none());
    /// ```
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The same results as a [`Stream`], for a task to wait for. Nothing is run in the thread of
    /// the task but the iterator.
    ///
    /// ```
    /// use rungs::future::block_on;
    /// use std::{future::poll_fn, pin::Pin};
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let mut lengths = pool.map(["one", "three"], str::len).into_stream();
    /// let next = poll_fn(|cx| futures_core::Stream::poll_next(Pin::new(&mut lengths), cx));
    /// assert_eq!(block_on(next).unwrap().unwrap(), 3);
    /// ```
    pub fn into_stream(self) -> MapStream<'a, I, F, R> {
        let sleep = Sleep::until(self.deadline);
        MapStream { map: self, sleep }
    }

    /// Reads ahead as far as it may.
    fn fill(&mut self) {
        while self.window.len() < self.buffer_size && !self.exhausted && self.panic.is_none() {
            if self.is_late() {
                return;
            }
            let items = self.read();
            if items.len() > 0 {
                self.send(items);
            }
        }
    }

    fn is_late(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| deadline <= clock::horizon())
    }

    /// Reads a chunk, or what there is left of one.
    fn read(&mut self) -> Each<I::Item> {
        let mut chunk = Each::with_room(self.chunk_size.min(ROOM));
        let read = catch(|| {
            while chunk.len() < self.chunk_size {
                match self.items.next() {
                    Some(item) => chunk.push(item),
                    None => return true,
                }
            }
            false
        });
        match read {
            Ok(exhausted) => self.exhausted = exhausted,
            Err(payload) => self.panic = Some(payload),
        }
        chunk
    }

    /// Submits a chunk.
    fn send(&mut self, items: Each<I::Item>) {
        let number = self.next;
        self.next += 1;
        let notice = self.arrivals.clone().map(|inbox| Notice { number, inbox });
        let len = items.len();
        let task = self.pool.submit_unbounded(self.work.job(items, notice));
        self.window.insert(number, Flight { items: len, task });
    }

    /// Runs in this thread what is waited for, if nobody has begun it, or what comes after it,
    /// until that is done: to sleep and be woken would take longer than most of what there is to
    /// do.
    ///
    /// Where any chunk will do, that is one after the other until one is done, and only in a job
    /// of the same pool, which may occupy all of it: elsewhere a chunk that takes long would keep
    /// this thread from those that are done.
    fn help(&mut self) {
        self.fill();
        loop {
            self.due = self.due.or_else(|| match &self.arrivals {
                Some(arrivals) => arrivals.try_pop(),
                None => self.first(),
            });
            let helps = match self.due {
                Some(due) => !self.window[&due].task.is_done(),
                None => Local::of(self.pool.shared()).is_some(),
            };
            match self.window.range(self.helped..).next() {
                Some((number, flight)) if helps => {
                    self.helped = number + 1;
                    flight.task.help();
                }
                _ => return,
            }
        }
    }

    /// The number of the first chunk that is under way.
    fn first(&self) -> Option<usize> {
        self.window.keys().next().copied()
    }

    /// Waits for the next result.
    fn poll_result(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<R, TaskError>>> {
        loop {
            if let Some(result) = self.ready.next() {
                return Poll::Ready(Some(result));
            }
            self.fill();
            let Some(first) = self.first() else {
                return Poll::Ready(self.end());
            };
            let due = match (self.due, &self.arrivals) {
                (Some(due), _) => due,
                (None, Some(arrivals)) => ready!(arrivals.poll_pop(cx)),
                (None, None) => first,
            };
            // Until it is there, even if it is waited for again and again.
            self.due = Some(due);
            ready!(self.poll_chunk(due, cx));
            self.due = None;
        }
    }

    /// Waits for that chunk.
    fn poll_chunk(&mut self, number: usize, cx: &mut Context<'_>) -> Poll<()> {
        let Some(flight) = self.window.get_mut(&number) else {
            unreachable!("what is waited for is under way");
        };
        let items = flight.items;
        let done = ready!(Pin::new(&mut flight.task).poll(cx));
        self.ready = done.unwrap_or_else(|error| errors(items, &error));
        self.window.remove(&number);
        Poll::Ready(())
    }

    /// What comes when nothing is under way, and nothing is read any more.
    fn end(&mut self) -> Option<Result<R, TaskError>> {
        match self.panic.take() {
            Some(payload) => payload.resume(),
            None if self.exhausted => None,
            None => Some(self.give_up()),
        }
    }

    /// Ends it, because its time is over.
    fn give_up(&mut self) -> Result<R, TaskError> {
        self.exhausted = true;
        discard(self.panic.take());
        self.stop();
        Err(TaskError::TimedOut)
    }
}

impl<I, F, R> Map<'_, I, F, R> {
    /// Cancels what is under way.
    fn stop(&mut self) {
        self.work.stop();
        self.due = None;
        // What arrives from now on stands for nothing that is under way.
        self.arrivals = None;
        for flight in std::mem::take(&mut self.window).into_values() {
            flight.task.cancel();
        }
    }
}

impl<I, F, R> Iterator for Map<'_, I, F, R>
where
    I: Iterator<Item: Send + 'static>,
    F: Fn(I::Item) -> R + Send + Sync + 'static,
    R: Send + 'static,
{
    type Item = Result<R, TaskError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.len() == 0 && self.deadline.is_none() {
            self.help();
        }
        let deadline = self.deadline;
        block_until(poll_fn(|cx| self.poll_result(cx)), deadline)
            .unwrap_or_else(|| Some(self.give_up()))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let window = self.window.values().map(|flight| flight.items);
        let read = window.fold(self.ready.len(), usize::saturating_add);
        let (least, most) = match self.exhausted {
            true => (0, Some(0)),
            false => self.items.size_hint(),
        };
        let most = most.and_then(|most| most.checked_add(read));
        match self.deadline {
            None => (least.saturating_add(read), most),
            // It may be over soon, with an error where there is nothing more.
            Some(_) => (0, most.and_then(|most| most.checked_add(1))),
        }
    }
}

impl<I, F, R> FusedIterator for Map<'_, I, F, R>
where
    I: Iterator<Item: Send + 'static>,
    F: Fn(I::Item) -> R + Send + Sync + 'static,
    R: Send + 'static,
{
}

/// The results of a [`Map`], for a task to wait for: what [`Map::into_stream`] gives.
///
/// *Cancel safety:* a result that was waited for in vain is given the next time. Dropping the
/// stream drops the map.
///
/// ```
/// use rungs::future::block_on;
/// use std::{future::poll_fn, pin::Pin};
///
/// let pool = rungs::executor::ThreadPoolExecutor::new(2);
/// let mut squares = pool.map(1_u64.., |n| n * n).into_stream();
/// let mut next = || block_on(poll_fn(|cx| {
///     futures_core::Stream::poll_next(Pin::new(&mut squares), cx)
/// }));
/// assert_eq!(next().unwrap().unwrap(), 1);
/// assert_eq!(next().unwrap().unwrap(), 4);
/// ```
#[derive(Debug)]
#[must_use = "it is lazy: nothing is read before it is polled"]
pub struct MapStream<'a, I, F, R> {
    map: Map<'a, I, F, R>,
    /// What wakes the task when the time is over.
    sleep: Sleep,
}

impl<I, F, R> Stream for MapStream<'_, I, F, R>
where
    I: Iterator<Item: Send + 'static>,
    F: Fn(I::Item) -> R + Send + Sync + 'static,
    R: Send + 'static,
{
    type Item = Result<R, TaskError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Poll::Ready(result) = this.map.poll_result(cx) {
            return Poll::Ready(result);
        }
        ready!(Pin::new(&mut this.sleep).poll(cx));
        Poll::Ready(Some(this.map.give_up()))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.map.size_hint()
    }
}

impl<I, F, R> Drop for Map<'_, I, F, R> {
    fn drop(&mut self) {
        self.stop();
    }
}

impl<I, F, R> fmt::Debug for Map<'_, I, F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map")
            .field("buffer_size", &self.buffer_size)
            .field("chunk_size", &self.chunk_size)
            .field("under_way", &self.window.len())
            .finish_non_exhaustive()
    }
}
