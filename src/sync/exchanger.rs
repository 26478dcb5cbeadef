//! Two meet, and swap what they bring.
//!
//! # State
//!
//! At most one waits: whoever comes next is its partner. So the state is one place for an offer,
//! under a lock. An offer holds what its maker brought and, once matched, what the partner
//! brought; a [`Signal`] tells the maker.
//!
//! # Invariants
//!
//! 1. An offer is matched once: by whoever takes it out of its place, which swaps the values
//!    before it lets the lock of the place go, and completes the signal after.
//! 2. The maker alone polls the signal, with the future in its hands.
//! 3. An offer that is in its place holds the value of its maker; one that its maker finds
//!    elsewhere holds that of the partner.

use super::error::NoPartner;
use super::spent::Spent;
use crate::sys::{self, Arc, Mutex, MutexGuard, clock::Instant, const_unless_loom};
use crate::wait::{Signal, block_on, block_until};
use std::fmt;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A place where threads and tasks meet in pairs, and swap values.
///
/// Whoever comes first waits; the next is its partner, and each goes on with what the other
/// brought. Pairs do not mix: with an even number of calls, all meet.
///
/// *Cancel safety:* who gives up takes its value back, or, where it has met its partner already,
/// the partner's: no value is lost, and none is there twice. (A future that is dropped drops what
/// it has; see [`exchange_async`](Self::exchange_async).) *Blocking:* the first of a pair allocates,
/// but where it finds what an earlier pair has left behind, as it does where the same few meet
/// again and again.
///
/// ```
/// use rungs::sync::Exchanger;
/// use std::thread;
///
/// let exchanger = Exchanger::new();
/// thread::scope(|s| {
///     let full = s.spawn(|| exchanger.exchange(vec![1, 2]));
///     let empty = exchanger.exchange(vec![]);
///     assert_eq!(empty, [1, 2]);
///     assert_eq!(full.join().unwrap(), []);
/// });
/// ```
#[doc(alias = "rendezvous")]
pub struct Exchanger<T> {
    /// The offer of whoever waits.
    place: Mutex<Place<T>>,
}

/// Where an offer waits for a partner.
struct Place<T> {
    offer: Option<Arc<Offer<T>>>,
    /// Offers that were matched.
    spent: Spent<Offer<T>>,
}

type PlaceGuard<'a, T> = MutexGuard<'a, Place<T>>;

/// What one brought who came first.
struct Offer<T> {
    /// The value of the maker, and then that of the partner. Nobody waits for this lock: the
    /// lock of the place, or the signal, says whose turn it is.
    value: Mutex<Option<T>>,
    matched: Signal,
}

impl<T> Offer<T> {
    fn take(&self) -> T {
        let value = self.value.lock().take();
        value.expect("an offer holds a value until its maker goes")
    }
}

impl<T> Exchanger<T> {
    const_unless_loom! {
        /// An exchanger that nobody waits at. `const`, so it can be a `static` (not so under
        /// loom).
        ///
        /// ```
        /// static BUFFERS: rungs::sync::Exchanger<Vec<u8>> = rungs::sync::Exchanger::new();
        /// assert!(BUFFERS.try_exchange(vec![]).is_err());
        /// ```
        pub const fn new() -> Self {
            Self { place: Mutex::new(Place { offer: None, spent: Spent::new() }) }
        }
    }

    /// Swaps `value` with a partner; the thread sleeps until one comes.
    ///
    /// ```
    /// let exchanger = rungs::sync::Exchanger::new();
    /// std::thread::scope(|s| {
    ///     s.spawn(|| assert_eq!(exchanger.exchange("ping"), "pong"));
    ///     assert_eq!(exchanger.exchange("pong"), "ping");
    /// });
    /// ```
    pub fn exchange(&self, value: T) -> T {
        block_on(self.exchange_async(value))
    }

    /// Swaps `value` with a partner that waits.
    ///
    /// *Errors:* [`NoPartner`], with the value, where nobody waits.
    ///
    /// ```
    /// use rungs::sync::{Exchanger, NoPartner};
    ///
    /// assert_eq!(Exchanger::new().try_exchange(1), Err(NoPartner(1)));
    /// ```
    pub fn try_exchange(&self, value: T) -> Result<T, NoPartner<T>> {
        let mut place = self.place.lock();
        match place.offer.take() {
            Some(offer) => Ok(Self::swap(place, offer, value)),
            None => Err(NoPartner(value)),
        }
    }

    /// Swaps `value` with a partner, or gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`NoPartner`], with the value. One that meets its partner at the last moment
    /// does not give up.
    ///
    /// ```
    /// use rungs::sync::{Exchanger, NoPartner};
    /// use std::time::Duration;
    ///
    /// let alone = Exchanger::new().exchange_timeout(1, Duration::from_millis(1));
    /// assert_eq!(alone, Err(NoPartner(1)));
    /// ```
    pub fn exchange_timeout(&self, value: T, timeout: Duration) -> Result<T, NoPartner<T>> {
        self.exchange_to(value, sys::deadline_after(timeout))
    }

    /// Swaps `value` with a partner, or gives up at `deadline`.
    ///
    /// *Errors:* as for [`exchange_timeout`](Self::exchange_timeout).
    ///
    /// ```
    /// use rungs::sync::{Exchanger, NoPartner};
    /// use std::time::Instant;
    ///
    /// let alone = Exchanger::new().exchange_deadline(1, Instant::now());
    /// assert_eq!(alone, Err(NoPartner(1)));
    /// ```
    pub fn exchange_deadline(&self, value: T, deadline: Instant) -> Result<T, NoPartner<T>> {
        self.exchange_to(value, Some(deadline))
    }

    /// Swaps `value` with a partner; the task waits, at its place from the first poll on.
    ///
    /// *Cancel safety:* dropped before it has met a partner, it takes its value back and drops
    /// it. Dropped after, the partner has that value, and what is dropped is the partner's. To
    /// have either instead, [give up](Exchange::give_up).
    ///
    /// ```
    /// let exchanger = rungs::sync::Exchanger::new();
    /// std::thread::scope(|s| {
    ///     s.spawn(|| assert_eq!(exchanger.exchange(1), 2));
    ///     assert_eq!(rungs::future::block_on(exchanger.exchange_async(2)), 1);
    /// });
    /// ```
    pub fn exchange_async(&self, value: T) -> Exchange<'_, T> {
        Exchange {
            exchanger: self,
            stage: Stage::Fresh(value),
        }
    }

    fn exchange_to(&self, value: T, deadline: Option<Instant>) -> Result<T, NoPartner<T>> {
        let mut exchange = self.exchange_async(value);
        match block_until(pin!(&mut exchange), deadline) {
            Some(theirs) => Ok(theirs),
            None => exchange.give_up(),
        }
    }

    /// Swaps `value` with a partner that waits, or puts it in the place as an offer.
    fn meet(&self, value: T) -> Result<T, Arc<Offer<T>>> {
        let mut place = self.place.lock();
        if let Some(offer) = place.offer.take() {
            return Ok(Self::swap(place, offer, value));
        }
        let (offer, spent) = place.spent.share(Offer {
            value: Mutex::new(Some(value)),
            matched: Signal::new(),
        });
        place.offer = Some(offer.clone());
        drop(place);
        drop(spent);
        Err(offer)
    }

    /// Matches `offer`, which was taken out of `place`.
    fn swap(mut place: PlaceGuard<'_, T>, offer: Arc<Offer<T>>, value: T) -> T {
        let theirs = offer.value.lock().replace(value);
        let displaced = place.spent.keep(offer.clone());
        drop(place);
        drop(displaced);
        // SAFETY: taken out of its place, so nobody else completes it (invariant 1).
        unsafe { offer.matched.complete() };
        theirs.expect("an offer in its place holds a value")
    }

    /// Takes `offer` out of its place; `false` where a partner has.
    fn withdraw(&self, offer: &Arc<Offer<T>>) -> bool {
        let mut place = self.place.lock();
        place
            .offer
            .take_if(|there| Arc::ptr_eq(there, offer))
            .is_some()
    }
}

impl<T> Default for Exchanger<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Exchanger<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = self.place.lock().offer.is_some();
        f.debug_struct("Exchanger")
            .field("waiting", &waiting)
            .finish_non_exhaustive()
    }
}

/// The future of [`Exchanger::exchange_async`].
///
/// ```
/// use rungs::sync::{Exchange, Exchanger};
///
/// let exchanger = Exchanger::new();
/// let exchange: Exchange<&str> = exchanger.exchange_async("mine");
/// assert_eq!(exchange.give_up().unwrap_err().into_inner(), "mine");
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct Exchange<'a, T> {
    exchanger: &'a Exchanger<T>,
    stage: Stage<T>,
}

/// How far an [`Exchange`] has come.
enum Stage<T> {
    /// Not polled yet.
    Fresh(T),
    /// Offered, and not ready yet.
    Offered(Arc<Offer<T>>),
    /// The other's value was given.
    Done,
}

// Nothing in it points into it.
impl<T> Unpin for Exchange<'_, T> {}

impl<T> Exchange<'_, T> {
    /// Stops waiting: what the partner brought, if there was one already, or else the value.
    ///
    /// *Errors:* [`NoPartner`], with the value.
    ///
    /// *Panics* where the future was ready before: it has nothing left to give.
    ///
    /// ```
    /// use rungs::sync::{Exchanger, NoPartner};
    /// use std::task::{Context, Waker};
    /// use std::pin::pin;
    ///
    /// let exchanger = Exchanger::new();
    /// let mut cx = Context::from_waker(Waker::noop());
    ///
    /// let mut alone = exchanger.exchange_async(1);
    /// assert!(pin!(&mut alone).poll(&mut cx).is_pending());
    /// assert_eq!(alone.give_up(), Err(NoPartner(1)));
    ///
    /// let mut met = exchanger.exchange_async(2);
    /// assert!(pin!(&mut met).poll(&mut cx).is_pending());
    /// assert_eq!(exchanger.try_exchange(3), Ok(2));
    /// assert_eq!(met.give_up(), Ok(3));
    /// ```
    pub fn give_up(mut self) -> Result<T, NoPartner<T>> {
        self.leave()
            .expect("an exchange that was ready has nothing left to give")
    }

    /// Leaves the place with whatever there is to take along.
    fn leave(&mut self) -> Option<Result<T, NoPartner<T>>> {
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Fresh(value) => Some(Err(NoPartner(value))),
            Stage::Offered(offer) if self.exchanger.withdraw(&offer) => {
                Some(Err(NoPartner(offer.take())))
            }
            Stage::Offered(offer) => Some(Ok(offer.take())),
            Stage::Done => None,
        }
    }
}

impl<T> Future for Exchange<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        if matches!(self.stage, Stage::Fresh(_)) {
            let Stage::Fresh(value) = std::mem::replace(&mut self.stage, Stage::Done) else {
                unreachable!("fresh")
            };
            match self.exchanger.meet(value) {
                Ok(theirs) => return Poll::Ready(theirs),
                Err(offer) => self.stage = Stage::Offered(offer),
            }
        }
        let Stage::Offered(offer) = &self.stage else {
            panic!("a future that waits was polled after it was ready")
        };
        // SAFETY: we made the offer, and nobody else polls us meanwhile (invariant 2).
        ready!(unsafe { offer.matched.poll(cx) });
        let theirs = offer.take();
        self.stage = Stage::Done;
        Poll::Ready(theirs)
    }
}

impl<T> Drop for Exchange<'_, T> {
    fn drop(&mut self) {
        drop(self.leave());
    }
}

impl<T> fmt::Debug for Exchange<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}
