//! A task whose outcome many may see.
//!
//! A [derived](super::derived) task, the *driver*, puts the outcome into a cell, which has waiters
//! of all kinds. If the driver is cancelled instead, its future drops a [`Fill`], which puts that
//! there.

use super::derived::{Leash, derive};
use super::task_future::Task;
use super::{Outcome, TaskError, TaskFuture};
use crate::sync::{OnceCell, TimedOut};
use crate::sys::{self, Arc, clock::Instant};
use std::fmt;
use std::time::Duration;

type Cell<T> = Arc<OnceCell<Outcome<T>>>;

/// The outcome of a task, for many: threads and tasks, each with a clone of this.
///
/// All see the same one, by reference: the value need not be `Clone`, and a panic's payload is
/// not. Whoever wants it for good, clones the value, or keeps the `SharedFuture`.
///
/// *Claim on join:* [`result`](Self::result) runs the task, if nobody has begun.
///
/// *Dropping* a clone costs nobody anything; dropping the last detaches the task.
///
/// ```
/// let pool = rungs::executor::ThreadPoolExecutor::new(1);
/// let page = pool.submit(|| "a page".to_owned()).shared();
/// let readers: Vec<_> = (0..3)
///     .map(|_| {
///         let page = page.clone();
///         pool.spawn(async move { page.result_async().await.unwrap().len() })
///     })
///     .collect();
/// assert_eq!(page.result().unwrap(), "a page");
/// assert!(readers.into_iter().all(|reader| reader.result().unwrap() == 6));
/// ```
#[doc(alias = "shared_future")]
#[must_use = "dropping the last detaches the task"]
pub struct SharedFuture<T: Send + Sync + 'static> {
    cell: Cell<T>,
    driver: Arc<dyn Task<()>>,
}

/// Sees to it that the cell is filled.
struct Fill<T: Send + Sync + 'static>(Cell<T>);

impl<T: Send + Sync + 'static> Drop for Fill<T> {
    fn drop(&mut self) {
        if self.0.get().is_none() {
            let _ = self.0.set(Err(TaskError::Cancelled));
        }
    }
}

/// For many.
impl<T: Send + Sync + 'static> TaskFuture<T> {
    /// The task, for several who wait for it or look at its outcome.
    ///
    /// *Cost:* two allocations. *Panics* where the result was taken before.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let seven = pool.submit(|| 7).shared();
    /// let clone = seven.clone();
    /// assert_eq!((*seven.result().unwrap(), *clone.result().unwrap()), (7, 7));
    /// ```
    #[track_caller]
    pub fn shared(self) -> SharedFuture<T> {
        self.assert_not_taken();
        let cell: Cell<T> = Arc::default();
        let (sources, source, fill) = (self.task().clone(), Leash(self), Fill(cell.clone()));
        let driver = derive(sources, async move {
            let _ = fill.0.set(source.await);
            Ok(())
        });
        let driver = driver.task().clone();
        SharedFuture { cell, driver }
    }
}

impl<T: Send + Sync + 'static> SharedFuture<T> {
    /// Waits for the result; the thread sleeps, or runs the task itself if nobody has begun.
    ///
    /// *Errors:* those of the task.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let failed = pool.submit(|| -> u32 { panic!("no paper") }).shared();
    /// let error = failed.result().unwrap_err();
    /// assert_eq!(error.to_string(), "the task panicked: no paper");
    /// ```
    pub fn result(&self) -> Result<&T, &TaskError> {
        self.driver.clone().help();
        self.cell.wait().as_ref()
    }

    /// Does not wait: the result, if it is there.
    ///
    /// ```
    /// let (promise, future) = rungs::future::Promise::new();
    /// let shared = future.shared();
    /// assert!(shared.try_result().is_none());
    /// promise.set_result(7).unwrap();
    /// assert_eq!(shared.try_result().unwrap().unwrap(), &7);
    /// ```
    pub fn try_result(&self) -> Option<Result<&T, &TaskError>> {
        self.cell.get().map(Result::as_ref)
    }

    /// Waits for the result, or gives up after `timeout`; `Duration::MAX` never does. The thread
    /// sleeps, and runs nothing.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let (_promise, future) = rungs::future::Promise::<u32>::new();
    /// assert!(future.shared().result_timeout(Duration::from_millis(1)).is_err());
    /// ```
    pub fn result_timeout(&self, timeout: Duration) -> Result<Result<&T, &TaskError>, TimedOut> {
        self.result_to(sys::deadline_after(timeout))
    }

    /// Waits for the result, or gives up at `deadline`. The thread sleeps, and runs nothing.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let (_promise, future) = rungs::future::Promise::<u32>::new();
    /// assert!(future.shared().result_deadline(Instant::now()).is_err());
    /// ```
    pub fn result_deadline(&self, deadline: Instant) -> Result<Result<&T, &TaskError>, TimedOut> {
        self.result_to(Some(deadline))
    }

    /// Waits for the result; the task waits, and runs nothing.
    ///
    /// *Errors:* those of the task.
    ///
    /// *Cancel safety:* dropped, it leaves no trace.
    ///
    /// ```
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let seven = pool.submit(|| 7).shared();
    /// assert_eq!(rungs::future::block_on(seven.result_async()).unwrap(), &7);
    /// ```
    pub async fn result_async(&self) -> Result<&T, &TaskError> {
        self.cell.wait_async().await.as_ref()
    }

    /// Whether the outcome is there.
    ///
    /// ```
    /// let (promise, future) = rungs::future::Promise::<u32>::new();
    /// let shared = future.shared();
    /// drop(promise);
    /// assert!(shared.is_done());
    /// ```
    pub fn is_done(&self) -> bool {
        self.cell.get().is_some()
    }

    /// Cancels the task, for all who wait for it; whether it is cancelled now. See
    /// [`TaskFuture::cancel`].
    ///
    /// Here a closure that runs is asked to end, and all see [`TaskError::Cancelled`] at once.
    ///
    /// ```
    /// use rungs::future::{Promise, TaskError};
    ///
    /// let (promise, future) = Promise::<u32>::new();
    /// let shared = future.shared();
    /// assert!(shared.cancel() && promise.is_cancelled());
    /// assert!(matches!(shared.result(), Err(TaskError::Cancelled)));
    /// ```
    pub fn cancel(&self) -> bool {
        self.driver.cancel()
    }

    fn result_to(&self, deadline: Option<Instant>) -> Result<Result<&T, &TaskError>, TimedOut> {
        let outcome = match deadline {
            Some(deadline) => self.cell.wait_deadline(deadline)?,
            None => self.cell.wait(),
        };
        Ok(outcome.as_ref())
    }
}

impl<T: Send + Sync + 'static> Clone for SharedFuture<T> {
    fn clone(&self) -> Self {
        Self {
            cell: self.cell.clone(),
            driver: self.driver.clone(),
        }
    }
}

impl<T: Send + Sync + 'static> fmt::Debug for SharedFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedFuture")
            .field("done", &self.is_done())
            .finish_non_exhaustive()
    }
}
