//! Futures that run together inside one task.
//!
//! # State
//!
//! The members lie in places, which are used again. Each place has a [`Wakeup`] that puts its number
//! into the inbox, and the set polls what it finds there: a wake costs the poll of one member, however
//! many there are. A waker that outlives its member may have the next in its place polled for nothing.
//!
//! A number stands in the inbox once at most, whoever has the place by now: so that holds no more
//! numbers than there are places.

use crate::sys::Arc;
use crate::wait::{Inbox, Wakeup};
use futures_core::Stream;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Wake, ready};

/// How many members are polled at most before the task lets others run.
const BATCH: usize = 61;

/// Futures that run together inside one task, and give their results as they are ready.
///
/// A nursery for what is not `Send`, or borrows: members need no executor, no `'static`, and none of
/// them outlives the set. They run while the set is waited for, one at a time. What is to run on
/// several threads is spawned, in a [`TaskGroup`](super::TaskGroup) or for
/// [`as_completed`](super::as_completed()).
///
/// *Fairness:* members are polled in the order in which they are woken.
///
/// *Dropping* it cancels those that are left, by dropping them.
///
/// *Panics* of a member come out of the wait. The member is gone then, and the others go on.
///
/// *Cost:* an allocation for each member, one more for each of the most that there are at once, and a
/// lock for each wake.
///
/// ```
/// use rungs::task::{FutureSet, block_on, sleep};
/// use std::time::Duration;
///
/// let words = [String::from("slow"), String::from("quick")];
/// let mut set = FutureSet::new();
/// for (word, millis) in words.iter().zip([5, 0]) {
///     set.push(async move {
///         sleep(Duration::from_millis(millis)).await;
///         word.as_str() // borrowed
///     });
/// }
/// assert_eq!(block_on(set.next()), Some("quick"));
/// assert_eq!(block_on(set.next()), Some("slow"));
/// assert_eq!(block_on(set.next()), None);
/// ```
#[doc(alias = "FuturesUnordered")]
#[doc(alias = "JoinSet")]
#[doc(alias = "nursery")]
#[must_use = "its futures run while it is waited for"]
pub struct FutureSet<F: Future> {
    places: Vec<Place<F>>,
    /// Those that are free.
    free: Vec<usize>,
    woken: Arc<Inbox<usize>>,
}

/// Where a member lies.
struct Place<F> {
    /// `None` is a place that is free.
    member: Option<Pin<Box<F>>>,
    /// What its members are woken by, one after the other.
    wakeup: Arc<Wakeup>,
}

impl<F: Future> FutureSet<F> {
    /// An empty set.
    ///
    /// ```
    /// use rungs::task::FutureSet;
    ///
    /// assert!(FutureSet::<std::future::Ready<()>>::new().is_empty());
    /// ```
    pub fn new() -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
            woken: Arc::new(Inbox::new()),
        }
    }

    /// Adds a future. It is polled when the set is waited for.
    ///
    /// ```
    /// use rungs::task::{FutureSet, block_on};
    ///
    /// let mut set = FutureSet::new();
    /// set.push(async { 7 });
    /// assert_eq!(block_on(set.next()), Some(7));
    /// ```
    #[doc(alias = "start_soon")]
    pub fn push(&mut self, future: F) {
        let member = Some(Box::pin(future));
        if let Some(free) = self.free.pop() {
            let place = &mut self.places[free];
            place.member = member;
            // Its number may be in the inbox still.
            place.wakeup.wake_by_ref();
        } else {
            let place = self.places.len();
            let wakeup = Wakeup::new(place, self.woken.clone());
            self.places.push(Place { member, wakeup });
            self.woken.push(place);
        }
    }

    /// How many are not done.
    ///
    /// ```
    /// use rungs::task::FutureSet;
    ///
    /// assert_eq!([async {}].into_iter().collect::<FutureSet<_>>().len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Whether all are done.
    ///
    /// ```
    /// use rungs::task::FutureSet;
    ///
    /// assert!(![async {}].into_iter().collect::<FutureSet<_>>().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits for the next that is ready, and gives its result; `None` where none is left.
    ///
    /// *Cancel safety:* dropped, no result is lost.
    ///
    /// ```
    /// use rungs::task::{FutureSet, block_on};
    ///
    /// let mut set: FutureSet<_> = [1, 2].map(|n| async move { n }).into_iter().collect();
    /// assert_eq!([block_on(set.next()), block_on(set.next())], [Some(1), Some(2)]);
    /// assert_eq!(block_on(set.next()), None);
    /// ```
    #[doc(alias = "join_next")]
    pub async fn next(&mut self) -> Option<F::Output> {
        poll_fn(|cx| self.poll_numbered(cx))
            .await
            .map(|(_, output)| output)
    }

    /// The same, one poll of it, and with the number of the place.
    pub(super) fn poll_numbered(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<(usize, F::Output)>> {
        for _ in 0..BATCH {
            if self.is_empty() {
                return Poll::Ready(None);
            }
            let place = ready!(self.woken.poll_pop(cx));
            if let Some(output) = self.poll_member(place) {
                return Poll::Ready(Some((place, output)));
            }
        }
        // There may be more.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn poll_member(&mut self, number: usize) -> Option<F::Output> {
        let place = &mut self.places[number];
        // Also where there is none: a wake puts the number into the inbox again.
        place.wakeup.begin();
        // Out, so that it is gone if it panics.
        let mut member = place.member.take()?;
        self.free.push(number);
        let waker = place.wakeup.clone().into();
        let polled = member.as_mut().poll(&mut Context::from_waker(&waker));
        if let Poll::Ready(output) = polled {
            return Some(output);
        }
        self.free.pop();
        place.member = Some(member);
        None
    }
}

impl<F: Future> Default for FutureSet<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: Future> Extend<F> for FutureSet<F> {
    fn extend<I: IntoIterator<Item = F>>(&mut self, futures: I) {
        futures.into_iter().for_each(|future| self.push(future));
    }
}

impl<F: Future> FromIterator<F> for FutureSet<F> {
    fn from_iter<I: IntoIterator<Item = F>>(futures: I) -> Self {
        let mut set = Self::new();
        set.extend(futures);
        set
    }
}

/// The results, as they are ready.
impl<F: Future> Stream for FutureSet<F> {
    type Item = F::Output;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let next = self.poll_numbered(cx);
        next.map(|found| found.map(|(_, output)| output))
    }
}

impl<F: Future> fmt::Debug for FutureSet<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FutureSet")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use super::*;
    use crate::wait::block_on;
    use std::future::ready;

    #[test]
    fn a_place_is_used_again() {
        let mut set = FutureSet::new();
        for n in 0..9 {
            set.push(ready(n));
            set.push(ready(n));
            assert_eq!([(); 2].map(|()| block_on(set.next())), [Some(n); 2]);
        }
        assert_eq!(set.places.len(), 2);
    }
}
