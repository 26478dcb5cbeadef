//! Phases that parties go through together, and that they may join and leave.
//!
//! # State
//!
//! Under one lock: the number of the phase, how many parties there are, how many of them have
//! arrived, and the [`Round`] that those who wait for the end of the phase wait on. Whoever ends
//! the phase takes the round out under the lock and ends it after.
//!
//! # Invariants (whenever the lock is free)
//!
//! 1. Fewer have arrived than there are parties, or there are no parties and nobody has arrived.
//! 2. A party has arrived in the current phase exactly if that is the phase that it remembers.
//! 3. A round that was taken out is completed by whoever took it out; none is cut short.
//!
//! # Ordering
//!
//! Those who arrive pass through the lock, the last one last; it then releases who waits. So
//! whoever goes on sees what all parties wrote before they arrived.

use super::error::{AlreadyArrived, TimedOut};
use super::round::{Round, Rounds};
use crate::sys::{self, Arc, Mutex, clock::Instant};
use crate::wait::{Enter, block_on, block_until};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A barrier whose parties come and go.
///
/// A [`Party`] is [registered](Self::register), arrives once in each phase, waiting for the
/// others or not, and deregisters when it is dropped. The phase is over when all the parties
/// that there are have arrived; a party that goes may be the one that the others waited for.
/// With the last party to go, its phase ends too; without parties, no phase ends. Anybody can
/// [wait for the end of a phase](Self::wait_phase), party or not.
///
/// Whoever goes on into the next phase sees what all parties wrote before they arrived.
///
/// A clone is another handle on the same phaser. Where the number is fixed, use a
/// [`Barrier`](super::Barrier). The design is that of Java's `Phaser` (Lea), without its tiers
/// and its termination.
///
/// *Blocking:* a phase allocates only where some who waited for the last two have not run since.
/// *Fairness:* all who wait are woken,
/// in the order in which they came.
///
/// ```
/// use rungs::sync::Phaser;
/// use std::thread;
///
/// let phaser = Phaser::new();
/// let parties = [phaser.register(), phaser.register()];
/// thread::scope(|s| {
///     for (rounds, mut party) in [1, 3].into_iter().zip(parties) {
///         s.spawn(move || {
///             for phase in 0..rounds {
///                 assert_eq!(party.arrive_and_wait(), phase);
///             }
///         });
///     }
/// });
/// // The first left in phase 1; the other went through all three, and left in phase 3.
/// assert_eq!(phaser.phase(), 4);
/// ```
#[derive(Clone)]
pub struct Phaser {
    shared: Arc<Shared>,
}

/// What the handles and the parties of a phaser share.
struct Shared {
    state: Mutex<State>,
}

/// What the lock guards.
struct State {
    phase: u64,
    parties: usize,
    /// How many parties have arrived in this phase.
    arrived: usize,
    /// What those who wait for the end of this phase wait on; made by the first of them.
    rounds: Rounds,
}

impl State {
    /// Ends the phase if all who are there have arrived; what it gives is to be completed.
    fn end_phase_if_all_arrived(&mut self) -> Option<Arc<Round>> {
        if self.arrived < self.parties {
            return None;
        }
        self.arrived = 0;
        self.phase += 1;
        self.rounds.take()
    }
}

impl Shared {
    /// Changes the state under the lock, and ends the phase if all have arrived then.
    fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.state.lock();
        let result = change(&mut state);
        let ended = state.end_phase_if_all_arrived();
        drop(state);
        if let Some(round) = ended {
            round.complete();
        }
        result
    }

    /// What to wait on while `phase` is not over.
    fn round_until_after(&self, phase: u64) -> Option<Arc<Round>> {
        let mut state = self.state.lock();
        if state.phase > phase {
            return None;
        }
        Some(state.rounds.current())
    }
}

impl Phaser {
    /// A phaser in phase 0, without parties.
    ///
    /// ```
    /// let phaser = rungs::sync::Phaser::new();
    /// assert_eq!((phaser.phase(), phaser.parties()), (0, 0));
    /// ```
    pub fn new() -> Self {
        let state = State {
            phase: 0,
            parties: 0,
            arrived: 0,
            rounds: Rounds::new(),
        };
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(state),
            }),
        }
    }

    /// Adds a party, which is waited for from this phase on.
    ///
    /// ```
    /// let phaser = rungs::sync::Phaser::new();
    /// let party = phaser.register();
    /// assert_eq!(phaser.parties(), 1);
    /// drop(party);
    /// assert_eq!(phaser.parties(), 0);
    /// ```
    pub fn register(&self) -> Party {
        self.shared.state.lock().parties += 1;
        Party {
            phaser: self.clone(),
            last: None,
        }
    }

    /// The number of the phase at this moment, from 0.
    ///
    /// ```
    /// let phaser = rungs::sync::Phaser::new();
    /// let mut party = phaser.register();
    /// party.arrive().unwrap();
    /// assert_eq!(phaser.phase(), 1);
    /// ```
    #[doc(alias = "getPhase")]
    pub fn phase(&self) -> u64 {
        self.shared.state.lock().phase
    }

    /// How many parties there are at this moment.
    ///
    /// ```
    /// assert_eq!(rungs::sync::Phaser::new().parties(), 0);
    /// ```
    #[doc(alias = "getRegisteredParties")]
    pub fn parties(&self) -> usize {
        self.shared.state.lock().parties
    }

    /// How many of the parties have arrived in the phase of this moment.
    ///
    /// ```
    /// let phaser = rungs::sync::Phaser::new();
    /// let (mut one, _two) = (phaser.register(), phaser.register());
    /// one.arrive().unwrap();
    /// assert_eq!(phaser.arrived(), 1);
    /// ```
    #[doc(alias = "getArrivedParties")]
    pub fn arrived(&self) -> usize {
        self.shared.state.lock().arrived
    }
}

/// Waiting, without being a party.
impl Phaser {
    /// Waits until `phase` is over; the thread sleeps.
    ///
    /// ```
    /// let phaser = rungs::sync::Phaser::new();
    /// let party = phaser.register();
    /// std::thread::scope(|s| {
    ///     s.spawn(move || drop(party));
    ///     phaser.wait_phase(0);
    ///     assert_eq!(phaser.phase(), 1);
    /// });
    /// ```
    #[doc(alias = "awaitAdvance")]
    pub fn wait_phase(&self, phase: u64) {
        block_on(self.wait_phase_async(phase));
    }

    /// Does not wait: whether `phase` is over.
    ///
    /// ```
    /// assert!(!rungs::sync::Phaser::new().try_wait_phase(0));
    /// ```
    #[must_use = "it says whether the phase is over"]
    pub fn try_wait_phase(&self, phase: u64) -> bool {
        self.phase() > phase
    }

    /// Waits until `phase` is over, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::sync::{Phaser, TimedOut};
    /// use std::time::Duration;
    ///
    /// let waited = Phaser::new().wait_phase_timeout(0, Duration::from_millis(1));
    /// assert_eq!(waited, Err(TimedOut));
    /// ```
    pub fn wait_phase_timeout(&self, phase: u64, timeout: Duration) -> Result<(), TimedOut> {
        block_until(self.wait_phase_async(phase), sys::deadline_after(timeout)).ok_or(TimedOut)
    }

    /// Waits until `phase` is over, or gives up at `deadline`.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::sync::{Phaser, TimedOut};
    /// use std::time::Instant;
    ///
    /// let waited = Phaser::new().wait_phase_deadline(0, Instant::now());
    /// assert_eq!(waited, Err(TimedOut));
    /// ```
    pub fn wait_phase_deadline(&self, phase: u64, deadline: Instant) -> Result<(), TimedOut> {
        block_until(self.wait_phase_async(phase), Some(deadline)).ok_or(TimedOut)
    }

    /// Waits until `phase` is over; the task waits.
    ///
    /// *Cancel safety:* dropped, it leaves no trace.
    ///
    /// ```
    /// let phaser = rungs::sync::Phaser::new();
    /// drop(phaser.register());
    /// rungs::future::block_on(phaser.wait_phase_async(0));
    /// assert_eq!(phaser.phase(), 1);
    /// ```
    pub fn wait_phase_async(&self, phase: u64) -> WaitPhase<'_> {
        WaitPhase {
            shared: &self.shared,
            phase,
            enter: None,
        }
    }
}

impl Default for Phaser {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Phaser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (phase, parties, arrived) = {
            let state = self.shared.state.lock();
            (state.phase, state.parties, state.arrived)
        };
        f.debug_struct("Phaser")
            .field("phase", &phase)
            .field("parties", &parties)
            .field("arrived", &arrived)
            .finish_non_exhaustive()
    }
}

/// One of those who go through the phases of a [`Phaser`] together; dropped, it deregisters.
///
/// ```
/// let phaser = rungs::sync::Phaser::new();
/// let (mut here, late) = (phaser.register(), phaser.register());
/// assert_eq!(here.arrive(), Ok(0));
/// drop(late); // nobody is left to wait for
/// assert_eq!(phaser.phase(), 1);
/// ```
#[must_use = "dropped at once, it deregisters at once"]
pub struct Party {
    phaser: Phaser,
    /// The phase in which it last arrived.
    last: Option<u64>,
}

impl Party {
    /// Arrives, and does not wait for the others. Gives the phase that it arrived in.
    ///
    /// *Errors:* [`AlreadyArrived`] where it has arrived in this phase before: a party arrives
    /// once.
    ///
    /// ```
    /// use rungs::sync::{AlreadyArrived, Phaser};
    ///
    /// let phaser = Phaser::new();
    /// let (mut here, _late) = (phaser.register(), phaser.register());
    /// assert_eq!(here.arrive(), Ok(0));
    /// assert_eq!(here.arrive(), Err(AlreadyArrived { phase: 0 }));
    /// ```
    pub fn arrive(&mut self) -> Result<u64, AlreadyArrived> {
        let last = &mut self.last;
        self.phaser.shared.change(|state| {
            let phase = state.phase;
            if *last == Some(phase) {
                return Err(AlreadyArrived { phase });
            }
            *last = Some(phase);
            state.arrived += 1;
            Ok(phase)
        })
    }

    /// Arrives unless it has, and gives the phase.
    fn arrive_once(&mut self) -> u64 {
        match self.arrive() {
            Ok(phase) | Err(AlreadyArrived { phase }) => phase,
        }
    }

    /// Deregisters: it is not waited for any more. The same as to drop it.
    ///
    /// ```
    /// let phaser = rungs::sync::Phaser::new();
    /// phaser.register().deregister();
    /// assert_eq!(phaser.parties(), 0);
    /// ```
    #[doc(alias = "arriveAndDeregister")]
    pub fn deregister(self) {}

    /// The phaser.
    ///
    /// ```
    /// let party = rungs::sync::Phaser::new().register();
    /// assert_eq!(party.phaser().parties(), 1);
    /// ```
    pub fn phaser(&self) -> &Phaser {
        &self.phaser
    }
}

/// Arriving and waiting. One that has arrived in this phase before, in a call that gave up
/// waiting, say, waits on. Who gives up waiting has arrived all the same.
impl Party {
    /// Arrives, and waits until the phase is over; the thread sleeps. Gives that phase.
    ///
    /// ```
    /// let phaser = rungs::sync::Phaser::new();
    /// let (mut one, mut two) = (phaser.register(), phaser.register());
    /// std::thread::scope(|s| {
    ///     s.spawn(move || two.arrive_and_wait());
    ///     assert_eq!(one.arrive_and_wait(), 0);
    /// });
    /// ```
    #[doc(alias = "arriveAndAwaitAdvance")]
    pub fn arrive_and_wait(&mut self) -> u64 {
        block_on(self.arrive_and_wait_async())
    }

    /// Arrives, and does not wait: the phase if that is over then, `None` where others are to
    /// come.
    ///
    /// ```
    /// let phaser = rungs::sync::Phaser::new();
    /// let (mut one, mut two) = (phaser.register(), phaser.register());
    /// assert_eq!(one.try_arrive_and_wait(), None);
    /// assert_eq!(two.try_arrive_and_wait(), Some(0));
    /// ```
    #[must_use = "it says whether the phase is over"]
    pub fn try_arrive_and_wait(&mut self) -> Option<u64> {
        let phase = self.arrive_once();
        self.phaser.try_wait_phase(phase).then_some(phase)
    }

    /// Arrives, and waits until the phase is over, or gives up waiting after `timeout`;
    /// `Duration::MAX` never does.
    ///
    /// *Errors:* [`TimedOut`]; it has arrived all the same.
    ///
    /// ```
    /// use rungs::sync::{Phaser, TimedOut};
    /// use std::time::Duration;
    ///
    /// let phaser = Phaser::new();
    /// let (mut one, two) = (phaser.register(), phaser.register());
    /// assert_eq!(one.arrive_and_wait_timeout(Duration::from_millis(1)), Err(TimedOut));
    /// drop(two);
    /// assert_eq!(phaser.phase(), 1);
    /// ```
    pub fn arrive_and_wait_timeout(&mut self, timeout: Duration) -> Result<u64, TimedOut> {
        self.arrive_and_wait_to(sys::deadline_after(timeout))
    }

    /// Arrives, and waits until the phase is over, or gives up waiting at `deadline`.
    ///
    /// *Errors:* [`TimedOut`]; it has arrived all the same.
    ///
    /// ```
    /// use rungs::sync::{Phaser, TimedOut};
    /// use std::time::Instant;
    ///
    /// let phaser = Phaser::new();
    /// let (mut one, _two) = (phaser.register(), phaser.register());
    /// assert_eq!(one.arrive_and_wait_deadline(Instant::now()), Err(TimedOut));
    /// assert_eq!(phaser.arrived(), 1);
    /// ```
    pub fn arrive_and_wait_deadline(&mut self, deadline: Instant) -> Result<u64, TimedOut> {
        self.arrive_and_wait_to(Some(deadline))
    }

    /// Arrives, at the first poll, and waits until the phase is over; the task waits. Gives that
    /// phase.
    ///
    /// *Cancel safety:* dropped before its first poll, nothing has happened; after it, the party
    /// has arrived, and only the waiting ends.
    ///
    /// ```
    /// let mut party = rungs::sync::Phaser::new().register();
    /// assert_eq!(rungs::future::block_on(party.arrive_and_wait_async()), 0);
    /// ```
    pub fn arrive_and_wait_async(&mut self) -> ArriveAtPhase<'_> {
        ArriveAtPhase {
            party: Some(self),
            wait: None,
        }
    }

    fn arrive_and_wait_to(&mut self, deadline: Option<Instant>) -> Result<u64, TimedOut> {
        block_until(self.arrive_and_wait_async(), deadline).ok_or(TimedOut)
    }
}

impl Drop for Party {
    fn drop(&mut self) {
        self.phaser.shared.change(|state| {
            state.parties -= 1;
            state.arrived -= usize::from(self.last == Some(state.phase));
        });
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Party")
            .field("last", &self.last)
            .field("phaser", &self.phaser)
            .finish()
    }
}

pin_project! {
    /// The future of [`Phaser::wait_phase_async`].
    ///
    /// ```
    /// let phaser = rungs::sync::Phaser::new();
    /// drop(phaser.register());
    /// let wait: rungs::sync::WaitPhase = phaser.wait_phase_async(0);
    /// assert_eq!(rungs::future::block_on(wait), ());
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct WaitPhase<'a> {
        shared: &'a Shared,
        // What is to be over.
        phase: u64,
        // The way out of the phase that it waits in now.
        #[pin]
        enter: Option<Enter<Arc<Round>>>,
    }
}

impl Future for WaitPhase<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        loop {
            if let Some(enter) = this.enter.as_mut().as_pin_mut() {
                // Never cut short.
                let _ = ready!(enter.poll(cx));
                this.enter.set(None);
            }
            match this.shared.round_until_after(*this.phase) {
                Some(round) => this.enter.set(Some(Enter::new(round, 0))),
                None => return Poll::Ready(()),
            }
        }
    }
}

impl fmt::Debug for WaitPhase<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitPhase")
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`Party::arrive_and_wait_async`].
    ///
    /// ```
    /// let mut party = rungs::sync::Phaser::new().register();
    /// let arrive: rungs::sync::ArriveAtPhase = party.arrive_and_wait_async();
    /// drop(arrive); // was never polled: nothing happened
    /// assert_eq!(party.phaser().phase(), 0);
    /// ```
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ArriveAtPhase<'a> {
        // The party, until it has arrived.
        party: Option<&'a mut Party>,
        #[pin]
        wait: Option<WaitPhase<'a>>,
    }
}

impl Future for ArriveAtPhase<'_> {
    type Output = u64;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        let mut this = self.project();
        if let Some(party) = this.party.take() {
            let phase = party.arrive_once();
            this.wait.set(Some(party.phaser.wait_phase_async(phase)));
        }
        let wait = this.wait.as_mut().as_pin_mut();
        let mut wait = wait.expect("the party has arrived");
        ready!(wait.as_mut().poll(cx));
        Poll::Ready(wait.phase)
    }
}
