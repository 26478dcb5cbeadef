//! Several futures as one, inside one task: all of them, or the first.

use super::set::FutureSet;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Runs the futures of a tuple together, inside one task, until all are ready; gives what they gave.
///
/// They may borrow, and need no executor. For many of the same type there is [`join_all`]; for tasks
/// on several threads, [`gather`](super::gather()).
///
/// *Cancel safety:* dropped, it drops them all.
///
/// *Cost:* no allocation; a wake polls all that are not ready.
///
/// ```
/// use rungs::task::{block_on, join, sleep};
/// use std::time::Duration;
///
/// let word = String::from("join");
/// let both = join((
///     async { word.len() },
///     async { sleep(Duration::from_millis(1)).await; &word[..2] },
/// ));
/// assert_eq!(block_on(both), (4, "jo"));
/// ```
#[doc(alias = "gather")]
#[doc(alias = "join!")]
pub fn join<J: Join>(futures: J) -> impl Future<Output = J::Output> {
    futures.join()
}

/// Futures that [`join`] takes: a tuple of two to six.
///
/// ```
/// use rungs::task::{Join, block_on};
///
/// let three = (async { 1 }, async { "two" }, async { 3.0 });
/// assert_eq!(block_on(three.join()), (1, "two", 3.0));
/// ```
pub trait Join {
    /// What they give.
    type Output;

    /// See [`join`](join()).
    ///
    /// ```
    /// use rungs::task::{Join, block_on};
    ///
    /// assert_eq!(block_on((async { 1 }, async { 2 }).join()), (1, 2));
    /// ```
    fn join(self) -> impl Future<Output = Self::Output>;
}

/// Runs the futures of a tuple together, inside one task, until all have succeeded, or one has
/// failed; then the others are dropped.
///
/// *Errors:* the first failure; of several in one poll, that of the first in order.
///
/// *Panics:* with what one of them panics with; the others are dropped.
///
/// *Cancel safety:* dropped, it drops them all.
///
/// Else as [`join`](join()). For many of the same type there is [`try_join_all`].
///
/// ```
/// use rungs::task::{block_on, try_join};
/// use std::{future::pending, num::ParseIntError};
///
/// let parse = async |text: &str| text.parse::<u32>();
/// let word = async { Ok::<_, ParseIntError>("paper") };
/// assert_eq!(block_on(try_join((parse("7"), word))), Ok((7, "paper")));
///
/// let never = pending::<Result<(), ParseIntError>>();
/// assert!(block_on(try_join((never, parse("seven")))).is_err());
/// ```
#[doc(alias = "gather")]
#[doc(alias = "try_join!")]
pub fn try_join<J: TryJoin>(futures: J) -> impl Future<Output = Result<J::Output, J::Error>> {
    futures.try_join()
}

/// Futures that [`try_join`] takes: a tuple of two to six whose failures are of one type.
///
/// ```
/// use rungs::task::{TryJoin, block_on};
///
/// let three = (async { Ok(1) }, async { Ok("two") }, async { Err::<f64, _>("three") });
/// assert_eq!(block_on(three.try_join()), Err("three"));
/// ```
pub trait TryJoin {
    /// What they give where all succeed.
    type Output;
    /// What one gives that fails.
    type Error;

    /// See [`try_join`](try_join()).
    ///
    /// ```
    /// use rungs::task::{TryJoin, block_on};
    ///
    /// let both = (async { Ok(1) }, async { Ok::<_, ()>(2) });
    /// assert_eq!(block_on(both.try_join()), Ok((1, 2)));
    /// ```
    fn try_join(self) -> impl Future<Output = Result<Self::Output, Self::Error>>;
}

/// What both have in common: `$all` polls those that are not ready, until all are, or `$kept`
/// returns early.
macro_rules! poll_all {
    ($all:ident of $futures:ident, $($future:ident $output:ident),+;
     $value:ident => $kept:expr, $done:expr) => {
        let ($($future,)+) = $futures;
        $(let (mut $future, mut $output) = (pin!($future), None);)+
        let $all = poll_fn(|cx| {
            let mut all = Poll::Ready($done);
            $(if $output.is_none() {
                match $future.as_mut().poll(cx) {
                    Poll::Ready($value) => $output = Some($kept),
                    Poll::Pending => all = Poll::Pending,
                }
            })+
            all
        });
    };
}

macro_rules! join_tuples {
    ($($F:ident $future:ident $T:ident $output:ident),+) => {
        impl<$($F: Future),+> Join for ($($F,)+) {
            type Output = ($($F::Output,)+);

            async fn join(self) -> Self::Output {
                poll_all!(all of self, $($future $output),+; value => value, ());
                all.await;
                ($($output.expect("all are ready"),)+)
            }
        }

        impl<Failure, $($F: Future<Output = Result<$T, Failure>>, $T),+> TryJoin for ($($F,)+) {
            type Output = ($($T,)+);
            type Error = Failure;

            async fn try_join(self) -> Result<Self::Output, Failure> {
                poll_all!(all of self, $($future $output),+; value => value?, Ok::<_, Failure>(()));
                all.await?;
                Ok(($($output.expect("all are ready"),)+))
            }
        }
    };
}

join_tuples!(A a T t, B b U u);
join_tuples!(A a T t, B b U u, C c V v);
join_tuples!(A a T t, B b U u, C c V v, D d W w);
join_tuples!(A a T t, B b U u, C c V v, D d W w, E e X x);
join_tuples!(A a T t, B b U u, C c V v, D d W w, E e X x, F f Y y);

/// Runs futures together, inside one task, until all are ready; gives what they gave, in their
/// order.
///
/// They may borrow, and need no executor. For tasks on several threads, [`gather`](super::gather());
/// for results as they come, [`FutureSet`].
///
/// *Cancel safety:* dropped, it drops them all.
///
/// *Cost:* that of a [`FutureSet`]: a wake polls one.
///
/// ```
/// use rungs::task::{block_on, join_all};
///
/// let words = vec![String::from("to"), String::from("join")];
/// let lengths = join_all(words.iter().map(|word| async { word.len() }));
/// assert_eq!(block_on(lengths), [2, 4]);
/// ```
#[doc(alias = "asyncio.gather")]
#[doc(alias = "allOf")]
pub async fn join_all<I>(futures: I) -> Vec<<I::Item as Future>::Output>
where
    I: IntoIterator<Item: Future>,
{
    let mut set: FutureSet<_> = futures.into_iter().collect();
    let mut outputs: Vec<_> = (0..set.len()).map(|_| None).collect();
    while let Some((place, output)) = poll_fn(|cx| set.poll_numbered(cx)).await {
        outputs[place] = Some(output);
    }
    outputs.into_iter().flatten().collect()
}

/// Runs futures together, inside one task, until all have succeeded, or one has failed; then the
/// others are dropped.
///
/// *Errors:* the first failure.
///
/// Else as [`join_all`].
///
/// ```
/// use rungs::task::{block_on, try_join_all};
///
/// let parse = |text: &'static str| async move { text.parse::<u32>() };
/// assert_eq!(block_on(try_join_all(["1", "2"].map(parse))), Ok(vec![1, 2]));
/// assert!(block_on(try_join_all(["1", "two"].map(parse))).is_err());
/// ```
#[doc(alias = "TaskGroup")]
pub async fn try_join_all<I, T, E>(futures: I) -> Result<Vec<T>, E>
where
    I: IntoIterator<Item: Future<Output = Result<T, E>>>,
{
    let mut set: FutureSet<_> = futures.into_iter().collect();
    let mut outputs: Vec<_> = (0..set.len()).map(|_| None).collect();
    while let Some((place, output)) = poll_fn(|cx| set.poll_numbered(cx)).await {
        outputs[place] = Some(output?);
    }
    Ok(outputs.into_iter().flatten().collect())
}

/// Runs futures together, inside one task, until the first is ready, and gives what that gave; the
/// others are dropped. `None` where there is none.
///
/// Of several that are ready at its first poll, the first in order wins; later, who was woken first.
/// For tasks on several threads, [`race`](super::race). Else as [`join_all`].
///
/// ```
/// use rungs::task::{block_on, first, sleep};
/// use std::time::Duration;
///
/// let after = |millis, what| async move {
///     sleep(Duration::from_millis(millis)).await;
///     what
/// };
/// assert_eq!(block_on(first([after(3_600_000, "slow"), after(0, "quick")])), Some("quick"));
/// ```
#[doc(alias = "select")]
#[doc(alias = "FIRST_COMPLETED")]
#[doc(alias = "anyOf")]
pub async fn first<I>(futures: I) -> Option<<I::Item as Future>::Output>
where
    I: IntoIterator<Item: Future>,
{
    let mut set: FutureSet<_> = futures.into_iter().collect();
    set.next().await
}
