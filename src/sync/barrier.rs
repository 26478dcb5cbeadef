//! Waiting for each other, again and again.
//!
//! # State
//!
//! Under one lock: how many have arrived in this round, whether the barrier is broken, and the
//! [`Round`] that those who arrived wait on. Whoever completes a round, or breaks it, takes it
//! out under the lock and ends it after: wakers and the action run without the lock.
//!
//! # Invariants (whenever the lock is free)
//!
//! 1. `arrived` is less than `parties`, and the number of those who hold the round in `round` and
//!    have not retracted.
//! 2. Where the barrier is broken, nobody has arrived, and there is no round.
//! 3. A round that was taken out is ended by whoever took it out (see [`round`](super::round)).
//!
//! # Ordering
//!
//! Those who arrive pass through the lock, the last one last; it then releases the others. So
//! each sees what all wrote before they arrived.

use super::error::{BarrierError, BrokenBarrier, TryBarrierError};
use super::round::{Round, Rounds};
use crate::panic::catch;
use crate::sys::{self, Arc, Mutex, clock::Instant, const_unless_loom};
use crate::wait::{Enter, Shut, block_on, block_until};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A point where a number of threads and tasks wait for each other, again and again.
///
/// A round is over when as many as the barrier has parties have arrived. The last one is the
/// *leader*: it runs the action of the barrier, if there is one, and then releases the others.
/// Each sees what all the others, and the action, wrote before.
///
/// Who gives up before the round is full, because its time is over or its future is dropped, is
/// no longer counted: the others go on waiting, for the right number. Only [`abort`](Self::abort)
/// breaks a barrier, and an action that panics: all who wait then get an error, and whoever
/// comes, until it is [`reset`](Self::reset).
///
/// *Blocking:* a round allocates only where some who waited for the last two have not run since.
/// *Fairness:* all are woken, in the order in which they
/// came. Where more use a barrier than it has parties, the next round may be full, and its action
/// run, while an action still runs.
///
/// ```
/// use rungs::sync::Barrier;
/// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
/// use std::thread;
///
/// let barrier = Barrier::new(3);
/// let (arrived, leaders) = (AtomicUsize::new(0), AtomicUsize::new(0));
/// thread::scope(|s| {
///     for _ in 0..3 {
///         s.spawn(|| {
///             arrived.fetch_add(1, Relaxed);
///             let round = barrier.wait().unwrap();
///             assert_eq!(arrived.load(Relaxed), 3);
///             leaders.fetch_add(usize::from(round.is_leader()), Relaxed);
///         });
///     }
/// });
/// assert_eq!(leaders.into_inner(), 1);
/// ```
#[doc(alias = "CyclicBarrier")]
#[doc(alias = "threading.Barrier")]
pub struct Barrier {
    /// How many a round takes.
    parties: usize,
    action: Option<Action>,
    state: Mutex<State>,
}

/// What the leader runs.
type Action = Box<dyn Fn() + Send + Sync>;

/// What the lock guards.
struct State {
    /// How many have arrived in this round.
    arrived: usize,
    /// How many rounds were full before this one.
    generation: u64,
    broken: bool,
    /// What those who arrived wait on; made by the first of them.
    rounds: Rounds,
}

/// How a wait at a [`Barrier`] ended.
///
/// ```
/// let barrier = rungs::sync::Barrier::new(1);
/// for round in 0..2 {
///     let result = barrier.wait().unwrap();
///     assert!(result.is_leader());
///     assert_eq!(result.generation(), round);
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BarrierWaitResult {
    is_leader: bool,
    generation: u64,
}

impl BarrierWaitResult {
    /// Whether this was the last to arrive: true for exactly one of each round.
    ///
    /// ```
    /// assert!(rungs::sync::Barrier::new(1).wait().unwrap().is_leader());
    /// ```
    pub fn is_leader(&self) -> bool {
        self.is_leader
    }

    /// Which round it was: how many were full before it.
    ///
    /// ```
    /// assert_eq!(rungs::sync::Barrier::new(1).wait().unwrap().generation(), 0);
    /// ```
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

/// What comes of an arrival.
enum Arrival {
    /// The round is full; it is to be ended, if anybody waits.
    Last(Option<Arc<Round>>),
    /// Others are to come.
    Early(Arc<Round>),
}

impl Barrier {
    const_unless_loom! {
        /// A barrier for `parties`. One for 0 is one for 1: whoever comes is the leader. `const`,
        /// so it can be a `static` (not so under loom).
        ///
        /// ```
        /// static MIDWAY: rungs::sync::Barrier = rungs::sync::Barrier::new(2);
        /// assert_eq!((MIDWAY.parties(), MIDWAY.waiting()), (2, 0));
        /// ```
        pub const fn new(parties: usize) -> Self {
            Self {
                parties: if parties == 0 { 1 } else { parties },
                action: None,
                state: Mutex::new(State {
                    arrived: 0,
                    generation: 0,
                    broken: false,
                    rounds: Rounds::new(),
                }),
            }
        }
    }

    /// A barrier for `parties`, whose leader runs `action` before it releases the others.
    ///
    /// *Panics* of the action break the barrier: all others get an error, and the panic goes on
    /// in the leader.
    ///
    /// ```
    /// use rungs::sync::{Barrier, Event};
    /// use std::sync::Arc;
    ///
    /// let full = Arc::new(Event::new(false));
    /// let barrier = Barrier::with_action(1, {
    ///     let full = full.clone();
    ///     move || full.set()
    /// });
    /// barrier.wait().unwrap();
    /// assert!(full.is_set());
    /// ```
    #[doc(alias = "barrierAction")]
    pub fn with_action(parties: usize, action: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            action: Some(Box::new(action)),
            ..Self::new(parties)
        }
    }

    /// How many a round takes: at least 1.
    ///
    /// ```
    /// assert_eq!(rungs::sync::Barrier::new(0).parties(), 1);
    /// ```
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// How many have arrived in this round, at this moment.
    ///
    /// ```
    /// assert_eq!(rungs::sync::Barrier::new(2).waiting(), 0);
    /// ```
    #[doc(alias = "n_waiting")]
    #[doc(alias = "getNumberWaiting")]
    pub fn waiting(&self) -> usize {
        self.state.lock().arrived
    }

    /// Whether the barrier is broken at this moment.
    ///
    /// ```
    /// let barrier = rungs::sync::Barrier::new(2);
    /// assert!(!barrier.is_broken());
    /// barrier.abort();
    /// assert!(barrier.is_broken());
    /// ```
    #[doc(alias = "broken")]
    pub fn is_broken(&self) -> bool {
        self.state.lock().broken
    }

    /// Breaks the barrier: all who wait get an error, and whoever comes, until it is
    /// [`reset`](Self::reset). A round that is full already is not touched.
    ///
    /// ```
    /// use rungs::sync::{Barrier, BrokenBarrier};
    ///
    /// let barrier = Barrier::new(2);
    /// barrier.abort();
    /// assert_eq!(barrier.wait(), Err(BrokenBarrier));
    /// ```
    pub fn abort(&self) {
        self.begin_anew(true);
    }

    /// Makes the barrier as good as new: nobody has arrived, and it is not broken. All who wait
    /// get an error; a round that is full already is not touched.
    ///
    /// ```
    /// let barrier = rungs::sync::Barrier::new(1);
    /// barrier.abort();
    /// barrier.reset();
    /// assert!(barrier.wait().is_ok());
    /// ```
    pub fn reset(&self) {
        self.begin_anew(false);
    }

    fn begin_anew(&self, broken: bool) {
        let mut state = self.state.lock();
        state.broken = broken;
        state.arrived = 0;
        let round = state.rounds.take();
        drop(state);
        if let Some(round) = round {
            round.cut_short();
        }
    }
}

/// Waiting.
impl Barrier {
    /// Arrives, and waits for the others; the thread sleeps.
    ///
    /// *Errors:* [`BrokenBarrier`] where the barrier is, or gets, broken, or is reset meanwhile.
    ///
    /// *Panics* where the action does, in the leader.
    ///
    /// ```
    /// let barrier = rungs::sync::Barrier::new(2);
    /// std::thread::scope(|s| {
    ///     let other = s.spawn(|| barrier.wait().unwrap().is_leader());
    ///     let leads = barrier.wait().unwrap().is_leader();
    ///     assert_ne!(leads, other.join().unwrap());
    /// });
    /// ```
    #[doc(alias = "await")]
    pub fn wait(&self) -> Result<BarrierWaitResult, BrokenBarrier> {
        block_on(self.wait_async())
    }

    /// Arrives if all the others have: as the leader, or not at all.
    ///
    /// *Errors:* [`TryBarrierError`]. *Panics* where the action does.
    ///
    /// ```
    /// use rungs::sync::{Barrier, TryBarrierError};
    ///
    /// assert!(Barrier::new(1).try_wait().is_ok());
    /// let two = Barrier::new(2);
    /// assert_eq!(two.try_wait(), Err(TryBarrierError::NotLast));
    /// assert_eq!(two.waiting(), 0);
    /// ```
    pub fn try_wait(&self) -> Result<BarrierWaitResult, TryBarrierError> {
        let mut state = self.state.lock();
        if state.broken {
            return Err(TryBarrierError::Broken);
        }
        if state.arrived + 1 < self.parties {
            return Err(TryBarrierError::NotLast);
        }
        let (generation, round) = state.end_round();
        drop(state);
        Ok(self.lead(generation, round))
    }

    /// Arrives, and waits for the others, or gives up after `timeout`; `Duration::MAX` never
    /// does. Who gives up has not arrived.
    ///
    /// *Errors:* [`BarrierError`]. One whose time is over when the round is full already waits
    /// until the action has run, and goes on with the others: who is told
    /// [`TimedOut`](BarrierError::TimedOut) was not counted. *Panics* where the action does, in
    /// the leader.
    ///
    /// ```
    /// use rungs::sync::{Barrier, BarrierError};
    /// use std::time::Duration;
    ///
    /// let barrier = Barrier::new(2);
    /// let waited = barrier.wait_timeout(Duration::from_millis(1));
    /// assert_eq!(waited, Err(BarrierError::TimedOut));
    /// assert_eq!(barrier.waiting(), 0);
    /// ```
    pub fn wait_timeout(&self, timeout: Duration) -> Result<BarrierWaitResult, BarrierError> {
        self.wait_to(sys::deadline_after(timeout))
    }

    /// Arrives, and waits for the others, or gives up at `deadline`. Who gives up has not
    /// arrived.
    ///
    /// *Errors:* as for [`wait_timeout`](Self::wait_timeout). *Panics* where the action does, in
    /// the leader.
    ///
    /// ```
    /// use rungs::sync::{Barrier, BarrierError};
    /// use std::time::Instant;
    ///
    /// let waited = Barrier::new(2).wait_deadline(Instant::now());
    /// assert_eq!(waited, Err(BarrierError::TimedOut));
    /// ```
    pub fn wait_deadline(&self, deadline: Instant) -> Result<BarrierWaitResult, BarrierError> {
        self.wait_to(Some(deadline))
    }

    /// Arrives, at the first poll, and waits for the others; the task waits. A leader runs the
    /// action in its poll.
    ///
    /// *Errors:* [`BrokenBarrier`]. *Panics* where the action does, in the leader.
    ///
    /// *Cancel safety:* dropped before the round is full, it is no longer counted; dropped after,
    /// it was.
    ///
    /// ```
    /// let barrier = rungs::sync::Barrier::new(2);
    /// std::thread::scope(|s| {
    ///     s.spawn(|| barrier.wait().unwrap());
    ///     let result = rungs::future::block_on(barrier.wait_async()).unwrap();
    ///     assert_eq!(result.generation(), 0);
    /// });
    /// ```
    pub fn wait_async(&self) -> WaitBarrier<'_> {
        WaitBarrier {
            barrier: self,
            has_arrived: false,
            generation: 0,
            enter: None,
        }
    }

    fn wait_to(&self, deadline: Option<Instant>) -> Result<BarrierWaitResult, BarrierError> {
        let mut wait = pin!(self.wait_async());
        let waited = match block_until(wait.as_mut(), deadline) {
            Some(waited) => waited,
            None if wait.as_mut().retract() => return Err(BarrierError::TimedOut),
            // The round is full, or was cut short: its end is near.
            None => block_on(wait),
        };
        waited.map_err(|BrokenBarrier| BarrierError::Broken)
    }
}

/// Arriving and leaving.
impl Barrier {
    fn arrive(&self) -> Result<(u64, Arrival), BrokenBarrier> {
        let mut state = self.state.lock();
        if state.broken {
            return Err(BrokenBarrier);
        }
        if state.arrived + 1 == self.parties {
            let (generation, round) = state.end_round();
            return Ok((generation, Arrival::Last(round)));
        }
        state.arrived += 1;
        let round = state.rounds.current();
        Ok((state.generation, Arrival::Early(round)))
    }

    /// Runs the action, and ends a full round.
    fn lead(&self, generation: u64, round: Option<Arc<Round>>) -> BarrierWaitResult {
        if let Some(Err(panic)) = self.action.as_ref().map(catch) {
            self.abort();
            if let Some(round) = round {
                round.cut_short();
            }
            panic.resume();
        }
        if let Some(round) = round {
            round.complete();
        }
        BarrierWaitResult {
            is_leader: true,
            generation,
        }
    }

    /// Takes an arrival in `round` back; `false` where that is too late.
    fn retract(&self, round: &Arc<Round>) -> bool {
        let mut state = self.state.lock();
        let is_current = state.rounds.is_current(round);
        state.arrived -= usize::from(is_current);
        is_current
    }
}

impl State {
    /// Begins the next round; gives the number of this one, and what is to be ended.
    fn end_round(&mut self) -> (u64, Option<Arc<Round>>) {
        let generation = self.generation;
        self.generation += 1;
        self.arrived = 0;
        (generation, self.rounds.take())
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (waiting, broken) = {
            let state = self.state.lock();
            (state.arrived, state.broken)
        };
        f.debug_struct("Barrier")
            .field("parties", &self.parties)
            .field("waiting", &waiting)
            .field("broken", &broken)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`Barrier::wait_async`].
    ///
    /// ```
    /// let barrier = rungs::sync::Barrier::new(2);
    /// let wait: rungs::sync::WaitBarrier = barrier.wait_async();
    /// drop(wait); // was never polled: nothing happened
    /// assert_eq!(barrier.waiting(), 0);
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct WaitBarrier<'a> {
        barrier: &'a Barrier,
        // Whether it did; it does so once.
        has_arrived: bool,
        // Which round it arrived in.
        generation: u64,
        // The way out of the round, while it waits there.
        #[pin]
        enter: Option<Enter<Arc<Round>>>,
    }

    impl PinnedDrop for WaitBarrier<'_> {
        fn drop(this: Pin<&mut Self>) {
            this.retract();
        }
    }
}

impl WaitBarrier<'_> {
    /// Stops waiting and takes the arrival back; `false` where that is too late.
    fn retract(self: Pin<&mut Self>) -> bool {
        let mut this = self.project();
        let round = this
            .enter
            .as_ref()
            .as_pin_ref()
            .map(|enter| enter.gate().clone());
        let retracted = round.is_some_and(|round| this.barrier.retract(&round));
        if retracted {
            this.enter.set(None);
        }
        retracted
    }
}

impl Future for WaitBarrier<'_> {
    type Output = Result<BarrierWaitResult, BrokenBarrier>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if !std::mem::replace(this.has_arrived, true) {
            let (generation, arrival) = this.barrier.arrive()?;
            *this.generation = generation;
            match arrival {
                Arrival::Last(round) => {
                    return Poll::Ready(Ok(this.barrier.lead(generation, round)));
                }
                Arrival::Early(round) => this.enter.set(Some(Enter::new(round, 0))),
            }
        }
        let enter = this.enter.as_mut().as_pin_mut();
        let enter = enter.expect("a future that waits was polled after it was ready");
        let ended = ready!(enter.poll(cx));
        this.enter.set(None);
        Poll::Ready(match ended {
            Ok(()) => Ok(BarrierWaitResult {
                is_leader: false,
                generation: *this.generation,
            }),
            Err(Shut) => Err(BrokenBarrier),
        })
    }
}

impl fmt::Debug for WaitBarrier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitBarrier")
            .field("has_arrived", &self.has_arrived)
            .finish_non_exhaustive()
    }
}
