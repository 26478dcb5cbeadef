//! How often a task is tried, and how long after each other.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

/// How often a task of a [`TaskQueue`](super::TaskQueue) is tried, and how long it waits for the
/// next attempt.
///
/// `max_attempts` counts the first attempt, too: 0 and 1 mean that there is no second. Where
/// there shall be no limit, give `usize::MAX`.
///
/// ```
/// use rungs::queue::Retry;
/// use std::time::Duration;
///
/// let retry = Retry::fixed(3, Duration::from_secs(1));
/// assert!(retry.delays().eq([Duration::from_secs(1); 2]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    max_attempts: usize,
    delay: Delay,
    /// What the jitter begins with, if that is not to be by chance.
    seed: Option<u64>,
}

/// How long a retry waits.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Delay {
    /// Always so long.
    Fixed(Duration),
    /// Up to a bound that doubles.
    Exponential { base: Duration, cap: Duration },
}

impl Retry {
    /// One attempt, and no other.
    ///
    /// ```
    /// assert_eq!(rungs::queue::Retry::none().max_attempts(), 1);
    /// ```
    pub fn none() -> Self {
        Self::fixed(1, Duration::ZERO)
    }

    /// At most `max_attempts`, each `delay` after the one before has failed; at once where that
    /// is zero.
    ///
    /// ```
    /// use rungs::queue::Retry;
    /// use std::time::Duration;
    ///
    /// let at_once = Retry::fixed(5, Duration::ZERO);
    /// assert_eq!(at_once.delays().count(), 4);
    /// ```
    pub fn fixed(max_attempts: usize, delay: Duration) -> Self {
        Self {
            max_attempts,
            delay: Delay::Fixed(delay),
            seed: None,
        }
    }

    /// At most `max_attempts`; the retry after the n-th waits for a random time of at most `base`
    /// · 2ⁿ⁻¹, and at most `cap`.
    ///
    /// The random part, from zero up ("full jitter"), keeps tasks that failed together, say as
    /// a server went down, from coming back together. The scheme is that of Marc Brooker,
    /// "Exponential backoff and jitter", AWS Architecture Blog, 2015.
    ///
    /// ```
    /// use rungs::queue::Retry;
    /// use std::time::Duration;
    ///
    /// let (base, cap) = (Duration::from_millis(100), Duration::from_millis(250));
    /// let delays: Vec<_> = Retry::exponential(4, base, cap).delays().collect();
    /// assert!(delays[0] <= base && delays[1] <= base * 2 && delays[2] <= cap);
    /// ```
    #[doc(alias = "backoff")]
    #[doc(alias = "jitter")]
    pub fn exponential(max_attempts: usize, base: Duration, cap: Duration) -> Self {
        Self {
            max_attempts,
            delay: Delay::Exponential { base, cap },
            seed: None,
        }
    }

    /// The same, with random delays that are the same each time: for tests.
    ///
    /// ```
    /// use rungs::queue::Retry;
    /// use std::time::Duration;
    ///
    /// let retry = Retry::exponential(9, Duration::from_secs(1), Duration::MAX).seed(42);
    /// assert!(retry.delays().eq(retry.delays()));
    /// ```
    #[must_use = "it gives the policy that it makes"]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// How often a task is tried at most; at least once.
    ///
    /// ```
    /// use rungs::queue::Retry;
    /// use std::time::Duration;
    ///
    /// assert_eq!(Retry::fixed(0, Duration::ZERO).max_attempts(), 1);
    /// assert_eq!(Retry::fixed(7, Duration::ZERO).max_attempts(), 7);
    /// ```
    pub fn max_attempts(&self) -> usize {
        self.max_attempts.max(1)
    }

    /// The delays between the attempts of one task, for a loop of one's own. As many as there are
    /// retries: one less than attempts.
    ///
    /// ```
    /// use rungs::queue::Retry;
    /// use std::time::Duration;
    ///
    /// assert_eq!(Retry::none().delays().next(), None);
    /// assert_eq!(Retry::fixed(2, Duration::MAX).delays().next(), Some(Duration::MAX));
    /// ```
    pub fn delays(&self) -> Delays {
        Delays {
            random: self.random(),
            retry: self.clone(),
            attempts: 0,
        }
    }

    /// Where the random numbers for its delays come from.
    pub(super) fn random(&self) -> SplitMix64 {
        let by_chance = || RandomState::new().build_hasher().finish();
        SplitMix64(self.seed.unwrap_or_else(by_chance))
    }

    /// How long a task waits that was tried so often, and failed.
    pub(super) fn delay(&self, attempts: usize, random: &mut SplitMix64) -> Duration {
        match self.delay {
            Delay::Fixed(delay) => delay,
            Delay::Exponential { base, cap } => {
                let bound = doubled(base, attempts.saturating_sub(1)).map_or(cap, |it| it.min(cap));
                // Less than one, so it does not overflow.
                bound.mul_f64(random.unit())
            }
        }
    }
}

/// One attempt, and no other.
impl Default for Retry {
    fn default() -> Self {
        Self::none()
    }
}

/// `base` doubled so often, if that is a duration.
fn doubled(base: Duration, times: usize) -> Option<Duration> {
    const SECOND: u128 = 1_000_000_000;
    if base.is_zero() {
        return Some(base);
    }
    let factor = 1_u128.checked_shl(u32::try_from(times).ok()?)?;
    let nanos = base.as_nanos().checked_mul(factor)?;
    let seconds = u64::try_from(nanos / SECOND).ok()?;
    Some(Duration::new(seconds, (nanos % SECOND) as u32))
}

/// The delays between the attempts of one task. Made by [`Retry::delays`].
///
/// ```
/// use rungs::queue::{Delays, Retry};
/// use std::time::Duration;
///
/// let mut delays: Delays = Retry::fixed(2, Duration::ZERO).delays();
/// assert_eq!((delays.next(), delays.next()), (Some(Duration::ZERO), None));
/// ```
#[derive(Clone, Debug)]
#[must_use = "iterators do nothing unless consumed"]
pub struct Delays {
    retry: Retry,
    random: SplitMix64,
    /// How many have failed.
    attempts: usize,
}

impl Iterator for Delays {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        if self.attempts + 1 >= self.retry.max_attempts {
            return None;
        }
        self.attempts += 1;
        Some(self.retry.delay(self.attempts, &mut self.random))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.retry.max_attempts().saturating_sub(self.attempts + 1);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Delays {}

/// Random numbers, for jitter and nothing else: Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014.
#[derive(Clone, Debug)]
pub(super) struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From zero to less than one.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use super::*;

    #[test]
    fn the_random_numbers_are_those_of_the_paper() {
        // From the reference implementation, seed 1234567.
        let mut random = SplitMix64(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn doubling_stops_where_durations_do() {
        let (nano, second) = (Duration::from_nanos(1), Duration::from_secs(1));
        assert_eq!(doubled(nano, 0), Some(nano));
        assert_eq!(doubled(second, 10), Some(second * 1024));
        assert_eq!(doubled(second, 64), None);
        assert_eq!(doubled(Duration::MAX, 1), None);
        assert_eq!(doubled(nano, usize::MAX), None);
        assert_eq!(doubled(Duration::ZERO, usize::MAX), Some(Duration::ZERO));
    }
}
