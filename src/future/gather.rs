//! One task made of several: all of them, the first, or the first that succeeds.

use super::bundle::Bundle;
use super::derived::derive;
use super::{Outcome, TaskError, TaskFuture};
use crate::panic::discard;
use std::ops::{Deref, DerefMut};

/// Tasks that are cancelled when this is dropped, those that are left.
struct Pack<T>(Bundle<T>);

impl<T> Deref for Pack<T> {
    type Target = Bundle<T>;

    fn deref(&self) -> &Bundle<T> {
        &self.0
    }
}

impl<T> DerefMut for Pack<T> {
    fn deref_mut(&mut self) -> &mut Bundle<T> {
        &mut self.0
    }
}

impl<T> Drop for Pack<T> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Values that were gathered. Where nobody wants them any more, they are dropped one at a time: the
/// panic of one concerns neither the others nor what is given instead.
struct Values<T>(Vec<Option<T>>);

impl<T> Drop for Values<T> {
    fn drop(&mut self) {
        self.0.drain(..).for_each(discard);
    }
}

/// A task made of the outcomes of `tasks`.
fn of_all<T, U, F>(
    tasks: impl IntoIterator<Item = TaskFuture<T>>,
    make: impl FnOnce(Pack<T>) -> F,
) -> TaskFuture<U>
where
    T: Send + 'static,
    U: Send + 'static,
    F: Future<Output = Outcome<U>> + Send + 'static,
{
    let pack = Pack(Bundle::new(tasks));
    derive(pack.sources(), make(pack))
}

/// A task that gives the values of all `tasks`, in their order.
///
/// The first failure is its outcome, and cancels the others, which it does not wait for: a
/// [group](crate::executor) does. Of no tasks, it gives no values, at once.
///
/// *Claim on join:* who waits for it by blocking runs those that nobody has begun, the oldest
/// first. *Cancelling* it cancels all; *dropping* it detaches all.
///
/// *Panics* where the result of one was taken before.
///
/// *Cost:* as [`as_completed`](super::as_completed), and one allocation for the whole.
///
/// ```
/// use rungs::future::gather;
///
/// let pool = rungs::executor::ThreadPoolExecutor::new(2);
/// let squares = gather((0..4).map(|n| pool.submit(move || n * n)));
/// assert_eq!(squares.result().unwrap(), [0, 1, 4, 9]);
/// ```
#[doc(alias = "join_all")]
#[doc(alias = "try_join_all")]
#[doc(alias = "invokeAll")]
#[doc(alias = "allOf")]
#[track_caller]
pub fn gather<T>(tasks: impl IntoIterator<Item = TaskFuture<T>>) -> TaskFuture<Vec<T>>
where
    T: Send + 'static,
{
    of_all(tasks, |mut pack| async move {
        let mut values = Values((0..pack.left()).map(|_| None).collect());
        while let Some((index, outcome)) = pack.next().await {
            values.0[index] = Some(outcome?);
        }
        let values = std::mem::take(&mut values.0);
        Ok(values.into_iter().flatten().collect())
    })
}

/// A task that gives the outcome, good or bad, of the first of `tasks` that is done; the others are
/// cancelled.
///
/// Of several that are done already the first in order wins. Of no tasks, it gives
/// [`TaskError::Broken`].
///
/// Else as [`gather`]. Claim on join runs one after the other until one is done.
///
/// ```
/// use rungs::future::{Promise, race};
///
/// let (slow, first) = Promise::<&str>::new();
/// let (quick, second) = Promise::new();
/// let winner = race([first, second]);
/// quick.set_result("quick").unwrap();
/// assert_eq!(winner.result().unwrap(), "quick");
/// assert!(slow.is_cancelled());
/// ```
#[doc(alias = "select")]
#[doc(alias = "anyOf")]
#[doc(alias = "FIRST_COMPLETED")]
#[track_caller]
pub fn race<T>(tasks: impl IntoIterator<Item = TaskFuture<T>>) -> TaskFuture<T>
where
    T: Send + 'static,
{
    of_all(tasks, |mut pack| async move {
        let first = pack.next().await;
        first.map_or(Err(TaskError::Broken), |(_, outcome)| outcome)
    })
}

/// A task that gives the value of the first of `tasks` that succeeds; the others are cancelled. If
/// all fail it gives the last error.
///
/// Of no tasks, it gives [`TaskError::Broken`]. Else as [`race`].
///
/// ```
/// use rungs::future::{Promise, select_ok};
///
/// let (bad, first) = Promise::<u32>::new();
/// let (good, second) = Promise::new();
/// let value = select_ok([first, second]);
/// drop(bad);
/// assert!(!value.is_done());
/// good.set_result(7).unwrap();
/// assert_eq!(value.result().unwrap(), 7);
/// ```
#[doc(alias = "invokeAny")]
#[doc(alias = "any")]
#[track_caller]
pub fn select_ok<T>(tasks: impl IntoIterator<Item = TaskFuture<T>>) -> TaskFuture<T>
where
    T: Send + 'static,
{
    of_all(tasks, |mut pack| async move {
        let mut last = TaskError::Broken;
        while let Some((_, outcome)) = pack.next().await {
            match outcome {
                Ok(value) => return Ok(value),
                Err(error) => discard(std::mem::replace(&mut last, error)),
            }
        }
        Err(last)
    })
}
