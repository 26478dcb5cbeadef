//! How many workers a pool has.

use std::ops::RangeInclusive;

/// How many workers a pool has: a number, or a range that it stays within. What
/// [`Builder::workers`](super::Builder::workers) and
/// [`WorkerPool::resize`](super::WorkerPool::resize) take; both panic where the least is 0, the
/// most is less than that, or more than [`Workers::MOST`].
///
/// ```
/// use rungs::pool::Workers;
///
/// assert_eq!(Workers::from(4), Workers::from(4..=4));
/// assert_eq!((Workers::from(1..=8).least(), Workers::from(1..=8).most()), (1, 8));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Workers {
    least: usize,
    most: usize,
}

impl Workers {
    /// More than that no pool has.
    ///
    /// ```
    /// assert_eq!(rungs::pool::Workers::MOST, 32_767);
    /// ```
    pub const MOST: usize = i16::MAX as usize;

    /// How many there always are.
    ///
    /// ```
    /// assert_eq!(rungs::pool::Workers::from(2..=3).least(), 2);
    /// ```
    pub fn least(&self) -> usize {
        self.least
    }

    /// How many there are when there is much to do.
    ///
    /// ```
    /// assert_eq!(rungs::pool::Workers::from(2..=3).most(), 3);
    /// ```
    pub fn most(&self) -> usize {
        self.most
    }

    /// Panics where no pool can have so many.
    #[track_caller]
    pub(super) fn checked(self) -> Self {
        let Self { least, most } = self;
        assert!(least > 0, "`workers` is 0");
        assert!(most >= least, "`workers` is an empty range");
        assert!(most <= Self::MOST, "`workers` is more than {}", Self::MOST);
        self
    }

    /// Whether the number may change.
    pub(super) fn is_range(self) -> bool {
        self.least < self.most
    }
}

/// So many, no more and no less.
impl From<usize> for Workers {
    fn from(workers: usize) -> Self {
        Self {
            least: workers,
            most: workers,
        }
    }
}

impl From<RangeInclusive<usize>> for Workers {
    fn from(workers: RangeInclusive<usize>) -> Self {
        Self {
            least: *workers.start(),
            most: *workers.end(),
        }
    }
}
