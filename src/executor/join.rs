//! Two closures at once.

use super::Handle;
use super::strand::Strand;

/// Runs both closures, `b` in another thread if one has time for it, and gives both results.
///
/// The pool is that of the calling worker, else the [global one](super::ThreadPoolExecutor::global).
/// `a` runs in the calling thread. If no worker has taken `b` by then, so does `b`. So a join is
/// cheap where all are busy: a few nanoseconds, no allocation, no atomic operation; there is
/// hardly a need to stop splitting early.
///
/// While it waits for a `b` that another thread has taken, the thread runs halves that were split
/// off from this very `b`, and sleeps where there is none. It never runs anything else, so a lock
/// that is held around a `join` is in nobody's way, and its stack grows no deeper than that of
/// the work itself.
///
/// A thread that is not a worker of the pool takes part as one for as long as it joins; one worker
/// may sleep meanwhile. If as many other threads do so as the pool has workers, it runs both
/// closures by itself. So `join` ends even where the pool is busy or shut down.
///
/// *Blocking:* until both have ended, well or badly.
///
/// *Panics* where one of them does, with its payload, when both have ended; where both do, with
/// that of `a`.
///
/// *Not* for closures that wait for each other: they may run one after the other.
///
/// ```
/// use rungs::executor::join;
///
/// fn sum(numbers: &[u64]) -> u64 {
///     match numbers {
///         [] => 0,
///         [one] => *one,
///         many => {
///             let (left, right) = many.split_at(many.len() / 2);
///             let (left, right) = join(|| sum(left), || sum(right));
///             left + right
///         }
///     }
/// }
///
/// let numbers: Vec<u64> = (1..=100).collect();
/// assert_eq!(sum(&numbers), 5050);
/// ```
///
/// What `b` borrows, another thread may use:
///
/// ```compile_fail,E0277
/// let here = std::rc::Rc::new(1);
/// rungs::executor::join(|| 1, || *here);
/// ```
#[doc(alias = "fork_join")]
#[doc(alias = "invokeAll")]
#[inline]
pub fn join<A, B, RA, RB>(a: A, b: B) -> (RA, RB)
where
    A: FnOnce() -> RA,
    B: FnOnce() -> RB + Send,
    RB: Send,
{
    Strand::with_any(|strand| strand.join(a, b))
}

impl Handle {
    /// [`join`] on this pool: halves that are split off are for its workers.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(2);
    /// let mut halves = [1, 2];
    /// let [left, right] = &mut halves;
    /// pool.join(|| *left += 10, || *right += 20);
    /// assert_eq!(halves, [11, 22]);
    /// ```
    pub fn join<A, B, RA, RB>(&self, a: A, b: B) -> (RA, RB)
    where
        A: FnOnce() -> RA,
        B: FnOnce() -> RB + Send,
        RB: Send,
    {
        Strand::with(self.shared(), |strand| strand.join(a, b))
    }

    /// Runs `f` in the calling thread, as a guest of this pool: every [`join`], every
    /// [`scope`](super::scope()) and the like in it is on this pool.
    ///
    /// ```
    /// use rungs::executor::{ThreadPoolExecutor, join};
    ///
    /// let pool = ThreadPoolExecutor::new(2);
    /// assert_eq!(pool.within(|| join(|| 1, || 2)), (1, 2));
    /// ```
    #[doc(alias = "install")]
    pub fn within<R>(&self, f: impl FnOnce() -> R) -> R {
        Strand::with(self.shared(), |_| f())
    }
}
