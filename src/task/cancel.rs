//! Cancellation that leaves time to clean up.
//!
//! In Rust a future is cancelled by dropping it, and what is dropped cannot await. So whoever has to
//! await something on the way out (to say goodbye to a peer, to roll back, to flush) is *asked* to
//! end instead, through a [`CancelToken`], or leaves the clean-up to somebody else.
//!
//! | | the body | its clean-up |
//! |---|---|---|
//! | [`cancellable`] | is dropped when the token is cancelled | is whoever calls it: `Err(Cancelled)` goes to the body around it, which goes on |
//! | [`with_grace`] | sees the token itself, and goes on | is part of it, for so long; then it is dropped |
//! | [`with_cleanup`] | is dropped, by anybody, at any time | is a task of its own on a pool, for so long |

use super::sleep::sleep;
use super::timeout::{Unless, timeout};
use crate::executor::Handle;
use crate::panic::{contain, discard};
use crate::sync::{CancelToken, Cancelled, WaitCancelled};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// What `future` gives, unless `token` is cancelled before it is ready.
///
/// For the body of a task that is to end when it is asked: each of its waits goes through this, and
/// `?` takes it to its clean-up, where it awaits without. [`with_grace`] bounds that.
///
/// Where the token is cancelled at the beginning, `future` is not polled. Later, what is ready
/// counts, even if the token is cancelled at the same moment: nothing that `future` has taken is
/// lost.
///
/// *Errors:* [`Cancelled`].
///
/// *Cancel safety:* that of `future`, which is dropped when the token is cancelled.
///
/// *Cost:* no allocation; the first wait stands in the line of the token.
///
/// ```
/// use rungs::queue::Queue;
/// use rungs::sync::{CancelToken, Cancelled};
/// use rungs::task::{block_on, cancellable};
///
/// async fn serve(token: &CancelToken, jobs: &Queue<u32>) -> Result<(), Cancelled> {
///     loop {
///         let job = cancellable(token, jobs.pop_async()).await?;
///         let Ok(job) = job else { return Ok(()) };
///         if job == 3 {
///             token.cancel();
///         }
///     }
/// }
///
/// let (token, jobs) = (CancelToken::new(), Queue::unbounded());
/// (1..=4).for_each(|job| jobs.push(job).unwrap());
/// assert_eq!(block_on(serve(&token, &jobs)), Err(Cancelled));
/// assert_eq!(jobs.try_pop(), Ok(4), "nothing is lost");
/// ```
#[doc(alias = "CancelledError")]
#[doc(alias = "run_until_cancelled")]
#[doc(alias = "CancelScope")]
pub fn cancellable<F: Future>(token: &CancelToken, future: F) -> Cancellable<'_, F> {
    Cancellable {
        token: Some(token),
        unless: Unless::new(future, token.cancelled_async()),
    }
}

pin_project! {
    /// The future of [`cancellable`].
    ///
    /// ```
    /// use rungs::sync::{CancelToken, Cancelled};
    /// use rungs::task::{Cancellable, block_on, cancellable};
    ///
    /// let token = CancelToken::new();
    /// let never: Cancellable<_> = cancellable(&token, std::future::pending::<()>());
    /// token.cancel();
    /// assert_eq!(block_on(never), Err(Cancelled));
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Cancellable<'a, F> {
        // To be looked at before anything is begun.
        token: Option<&'a CancelToken>,
        #[pin]
        unless: Unless<F, WaitCancelled<'a>>,
    }
}

impl<F: Future> Future for Cancellable<'_, F> {
    type Output = Result<F::Output, Cancelled>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Some(token) = this.token.take() {
            if token.is_cancelled() {
                return Poll::Ready(Err(Cancelled));
            }
        }
        let polled = this.unless.poll(cx);
        polled.map(|result| result.map_err(|()| Cancelled))
    }
}

impl<F> fmt::Debug for Cancellable<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancellable").finish_non_exhaustive()
    }
}

/// What `body` gives; but when `token` is cancelled it has `grace` left to come to its end, and is
/// dropped after that.
///
/// The body sees the token, waits through [`cancellable`], and awaits its clean-up on the way out;
/// however long that takes, the whole ends in time. A body that does not look at the token runs
/// until the grace is over.
///
/// For a task that others may cancel at any time, the token is one of those that they cancel: a
/// [child](CancelToken::child) of theirs.
///
/// *Errors:* [`Cancelled`], where the body was dropped.
///
/// *Cancel safety:* dropped, it drops the body, which then cleans up nothing: whoever wants grace
/// cancels the token. Where somebody else may drop it, see [`with_cleanup`].
///
/// *Cost:* the token's line, and an alarm once it is cancelled.
///
/// ```
/// use rungs::sync::{CancelToken, Cancelled};
/// use rungs::task::{cancellable, sleep, with_grace};
/// use std::time::Duration;
///
/// let pool = rungs::executor::ThreadPoolExecutor::new(1);
/// let (token, grace) = (CancelToken::new(), Duration::from_secs(3600));
/// let (asked, long) = (token.clone(), Duration::from_secs(3600));
/// let polite = pool.spawn(async move {
///     let body = async {
///         let worked = cancellable(&asked, sleep(long)).await;
///         sleep(Duration::from_millis(1)).await; // says goodbye
///         worked.map_err(|Cancelled| "ended early")
///     };
///     with_grace(&asked, grace, body).await
/// });
/// token.cancel();
/// assert_eq!(polite.result().unwrap(), Ok(Err("ended early")));
/// ```
#[doc(alias = "shield")]
#[doc(alias = "move_on_after")]
#[doc(alias = "CancelledError")]
pub fn with_grace<F: Future>(
    token: &CancelToken,
    grace: Duration,
    body: F,
) -> impl Future<Output = Result<F::Output, Cancelled>> {
    let over = async move {
        token.cancelled_async().await;
        sleep(grace).await;
        Cancelled
    };
    Unless::new(body, over)
}

/// What `future` gives; and where it does not come to that, because it is dropped or panics, a
/// clean-up, on a pool.
///
/// For what may be cancelled by dropping: by [`TaskFuture::cancel`](super::TaskFuture::cancel), a
/// [`timeout`], a race, a [`TaskGroup`](super::TaskGroup). The clean-up is a task of its own, which is
/// spawned when `future` is gone, has no more time than `bound` from when a worker begins it, and
/// which nobody waits for but the pool itself, when it is
/// [shut down](crate::executor::ThreadPoolExecutor::shutdown) and not told to cancel. Where the pool
/// takes on no more, the clean-up is dropped.
///
/// *Cancel safety:* this is what it is for. A future that was never polled is cleaned up after,
/// too: what it holds may need that.
///
/// *Cost:* nothing, where `future` comes to its end; else that of a spawned task.
///
/// ```
/// use rungs::{executor::ThreadPoolExecutor, sync::Event};
/// use rungs::task::{sleep, with_cleanup};
/// use std::{sync::Arc, time::Duration};
///
/// let pool = ThreadPoolExecutor::new(1);
/// let (closed, hour) = (Arc::new(Event::new(false)), Duration::from_secs(3600));
/// let close = closed.clone();
/// let cleanup = async move || {
///     sleep(Duration::from_millis(1)).await; // says goodbye
///     close.set();
/// };
/// let task = pool.spawn(with_cleanup(&pool, sleep(hour), hour, cleanup));
/// assert!(task.cancel());
/// closed.wait();
/// ```
#[doc(alias = "finally")]
#[doc(alias = "AsyncDrop")]
pub fn with_cleanup<F, C, U>(
    pool: &Handle,
    future: F,
    bound: Duration,
    cleanup: C,
) -> WithCleanup<F, C, U>
where
    F: Future,
    C: FnOnce() -> U,
    U: Future<Output: Send> + Send + 'static,
{
    let rest = Some((pool.clone(), cleanup));
    WithCleanup {
        future,
        cleanup: Cleanup { rest, bound },
    }
}

pin_project! {
    /// The future of [`with_cleanup`].
    ///
    /// ```
    /// use rungs::task::{WithCleanup, block_on, with_cleanup};
    /// use std::time::Duration;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let cleanup = async || unreachable!("it comes to its end");
    /// let seven: WithCleanup<_, _, _> = with_cleanup(&pool, async { 7 }, Duration::MAX, cleanup);
    /// assert_eq!(block_on(seven), 7);
    /// ```
    #[must_use = "dropped unpolled, it only cleans up"]
    pub struct WithCleanup<F, C, U>
    where
        C: FnOnce() -> U,
        U: Future<Output: Send>,
        U: Send,
        U: 'static,
    {
        #[pin]
        future: F,
        // Dropped after the future.
        cleanup: Cleanup<C, U>,
    }
}

/// Begins a clean-up when it is dropped.
struct Cleanup<C, U>
where
    C: FnOnce() -> U,
    U: Future<Output: Send> + Send + 'static,
{
    /// Where, and what; `None` where there is no need any more.
    rest: Option<(Handle, C)>,
    bound: Duration,
}

impl<F, C, U> Future for WithCleanup<F, C, U>
where
    F: Future,
    C: FnOnce() -> U,
    U: Future<Output: Send> + Send + 'static,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let polled = this.future.poll(cx);
        if polled.is_ready() {
            // What the clean-up holds is a user's.
            discard(this.cleanup.rest.take());
        }
        polled
    }
}

impl<C, U> Drop for Cleanup<C, U>
where
    C: FnOnce() -> U,
    U: Future<Output: Send> + Send + 'static,
{
    fn drop(&mut self) {
        if let Some((pool, cleanup)) = self.rest.take() {
            let bound = self.bound;
            // Perhaps something unwinds.
            contain(|| {
                let cleanup = cleanup();
                // Its time begins when it does, however long it stands in the queue.
                drop(pool.spawn(async move { timeout(bound, cleanup).await }));
            });
        }
    }
}

impl<F, C, U> fmt::Debug for WithCleanup<F, C, U>
where
    C: FnOnce() -> U,
    U: Future<Output: Send> + Send + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithCleanup").finish_non_exhaustive()
    }
}
