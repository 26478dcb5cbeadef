//! A task that lets others run.

use std::future::poll_fn;
use std::task::Poll;

/// Lets the other tasks of the executor run, and then goes on.
///
/// For a future that computes for long: it goes to the end of the queue, and may be cancelled
/// there. Where nobody else is waiting it goes on at once.
///
/// *Cancel safety:* nothing is lost.
///
/// ```
/// use rungs::future::yield_now;
///
/// let pool = rungs::executor::ThreadPoolExecutor::new(1);
/// let sum = pool.spawn(async {
///     let mut sum = 0;
///     for n in 0..10_000_u64 {
///         sum += n;
///         if n % 1000 == 0 {
///             yield_now().await;
///         }
///     }
///     sum
/// });
/// assert_eq!(sum.result().unwrap(), 49_995_000);
/// ```
#[doc(alias = "sleep(0)")]
#[doc(alias = "Gosched")]
pub async fn yield_now() {
    let mut yielded = false;
    let once = poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    });
    once.await;
}
