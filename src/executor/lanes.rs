//! The queues by which jobs come into a pool: one for each priority.

use super::shared::{Queued, until_sure};
use crate::sys::OnceLock;
use crate::sys::deque::{Injector, Worker};
use std::iter;

/// How soon a job is begun, among those that wait: see
/// [`TaskOptions::priority`](super::TaskOptions::priority).
///
/// ```
/// use rungs::executor::Priority;
///
/// assert!(Priority::Low < Priority::Normal && Priority::Normal < Priority::High);
/// assert_eq!(Priority::default(), Priority::Normal);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// When there is nothing else, or after some thousand normal ones.
    Low,
    /// In turn.
    #[default]
    Normal,
    /// Before all others that have not begun.
    High,
}

/// The queues, by priority.
#[derive(Debug)]
pub(crate) struct Lanes {
    normal: Injector<Queued>,
    /// Those for low and for high priority, made when there is a job for one of them.
    others: OnceLock<[Injector<Queued>; 2]>,
}

impl Lanes {
    pub(super) fn new() -> Self {
        Self {
            normal: Injector::new(),
            others: OnceLock::new(),
        }
    }

    pub(super) fn push(&self, queued: Queued, priority: Priority) {
        let others = || {
            self.others
                .get_or_init(|| [Injector::new(), Injector::new()])
        };
        match priority {
            Priority::Normal => self.normal.push(queued),
            Priority::Low => others()[0].push(queued),
            Priority::High => others()[1].push(queued),
        }
    }

    /// Takes the first of those with low priority.
    #[inline]
    pub(super) fn take_low(&self) -> Option<Queued> {
        self.others.get().and_then(|[low, _]| first(low))
    }

    /// Takes the first of those with high priority.
    #[inline]
    pub(super) fn take_high(&self) -> Option<Queued> {
        self.others.get().and_then(|[_, high]| first(high))
    }

    /// Moves some of the normal ones to a deque, and gives the first.
    pub(super) fn take_batch(&self, deque: &Worker<Queued>) -> Option<Queued> {
        until_sure(|| self.normal.steal_batch_and_pop(deque))
    }

    /// Takes out all.
    pub(super) fn drain(&self, mut each: impl FnMut(Queued)) {
        for lane in self.iter() {
            while let Some(queued) = until_sure(|| lane.steal()) {
                each(queued);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.iter().all(Injector::is_empty)
    }

    pub(super) fn len(&self) -> usize {
        self.iter().map(Injector::len).sum()
    }

    fn iter(&self) -> impl Iterator<Item = &Injector<Queued>> {
        iter::once(&self.normal).chain(self.others.get().into_iter().flatten())
    }
}

fn first(lane: &Injector<Queued>) -> Option<Queued> {
    match lane.is_empty() {
        true => None,
        false => until_sure(|| lane.steal()),
    }
}
