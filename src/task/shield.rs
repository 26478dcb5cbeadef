//! What goes on to its end, whoever waits for it.

use crate::executor::{Handle, ThreadPoolExecutor, blocking};
use crate::future::{Outcome, TaskFuture};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Runs `future` to its end on a pool, even if who waits for it is cancelled: to drop what this gives
/// detaches it.
///
/// For what must not be left half done: a commit, a goodbye, a refund. It begins at once, awaited or
/// not. Only the pool itself cancels it, where it is
/// [shut down](crate::executor::ThreadPoolExecutor::shutdown) and told to. (In an event loop
/// [`LocalExecutor::spawn`](super::LocalExecutor) does the same: its tasks are detached when
/// dropped, too.)
///
/// *Errors* of awaiting it: [`TaskError`](super::TaskError): it panicked; or the pool was shut down.
///
/// *Cancel safety:* dropped, nothing is lost but the result.
///
/// *Cost:* that of a spawned task.
///
/// ```
/// use rungs::{executor::ThreadPoolExecutor, sync::Event};
/// use rungs::task::{shield, sleep, timeout};
/// use std::{sync::Arc, time::Duration};
///
/// let pool = ThreadPoolExecutor::new(1);
/// let saved = Arc::new(Event::new(false));
/// let save = saved.clone();
/// let commit = async move {
///     sleep(Duration::from_millis(5)).await;
///     save.set();
/// };
/// let waiter = timeout(Duration::from_millis(1), shield(&pool, commit));
/// drop(waiter);
/// saved.wait();
/// ```
#[doc(alias = "asyncio.shield")]
#[doc(alias = "NonCancellable")]
#[doc(alias = "WithoutCancel")]
pub fn shield<F>(pool: &Handle, future: F) -> Shield<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    Shield(pool.spawn(future))
}

/// What [`shield`] gives: the result is awaited, or not; it cannot be cancelled.
///
/// ```
/// use rungs::task::{Shield, block_on, shield};
///
/// let pool = rungs::executor::ThreadPoolExecutor::new(1);
/// let seven: Shield<u32> = shield(&pool, async { 7 });
/// assert_eq!(block_on(seven).unwrap(), 7);
/// ```
pub struct Shield<T>(TaskFuture<T>);

impl<T> Future for Shield<T> {
    type Output = Outcome<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome<T>> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<T> fmt::Debug for Shield<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = self.0.is_done();
        f.debug_struct("Shield").field("done", &done).finish()
    }
}

/// Runs a closure that may block for long in a thread of the
/// [global](ThreadPoolExecutor::global) pool, which makes up for it by another thread meanwhile.
///
/// For a task that is to wait for a file, a child or a library that blocks, and must not hold up the
/// others of its thread. A thread that may block itself calls the closure.
///
/// *Blocking:* never.
///
/// *Cost:* a thread for each that blocks at the same time, however many there are; they go when they
/// are not needed any more. Where there may be thousands, a [`Semaphore`](crate::sync::Semaphore)
/// bounds them.
///
/// *Cancel safety:* dropped, the closure runs all the same; cancelled, if nobody has begun it, it
/// does not.
///
/// *Errors* of awaiting it: [`TaskError`](super::TaskError): it panicked.
///
/// ```
/// use rungs::task::{LocalExecutor, to_thread};
///
/// let local = LocalExecutor::new();
/// let elsewhere = local.block_on(to_thread(|| std::thread::current().id()));
/// assert_ne!(elsewhere.unwrap(), std::thread::current().id());
/// ```
#[doc(alias = "asyncio.to_thread")]
#[doc(alias = "run_in_executor")]
#[doc(alias = "spawn_blocking")]
#[doc(alias = "unblock")]
pub fn to_thread<F, T>(f: F) -> TaskFuture<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    ThreadPoolExecutor::global().submit(|| blocking(f))
}
