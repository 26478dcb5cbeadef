//! What waits for its time, and the one alarm that is set for all of it.
//!
//! An alarm is set, and cancelled, without the queue's lock, for that may start a thread. So it
//! is *claimed* under the lock, with a number, set, and then *kept* under the lock, if nobody has
//! claimed one since, or it is dropped again.
//!
//! # Invariants (whenever the lock is free, and nobody is between a change and its call of
//! `TaskQueue`'s `arrange`)
//!
//! 1. Where something waits, an alarm is claimed, for no later than the earliest of it.
//! 2. A claim whose alarm has rung is gone, or about to be.

use crate::sys::clock::Instant;
use crate::wait::Alarm;
use std::collections::BTreeMap;

/// Values that wait for their time.
pub(super) struct Delayed<V> {
    /// By their time; of those that are equal, in the order in which they came.
    waiting: BTreeMap<(Instant, u64), V>,
    /// How many values have come, and alarms have been claimed: the number of the next.
    count: u64,
    claim: Option<Claim>,
    /// The alarm, once it is set.
    alarm: Option<Alarm>,
}

/// An alarm that somebody sets, or has set.
#[derive(Clone, Copy)]
pub(super) struct Claim {
    pub(super) at: Instant,
    number: u64,
}

impl<V> Delayed<V> {
    pub(super) const fn new() -> Self {
        Self {
            waiting: BTreeMap::new(),
            count: 0,
            claim: None,
            alarm: None,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    fn next_number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    pub(super) fn insert(&mut self, at: Instant, value: V) {
        let key = (at, self.next_number());
        self.waiting.insert(key, value);
    }

    /// Takes the one whose time comes first. (The alarm rings all the same.)
    pub(super) fn take_first(&mut self) -> Option<V> {
        self.waiting.pop_first().map(|(_, value)| value)
    }

    /// Takes what is due at `horizon`, in order. The alarm that has rung is to be dropped when the
    /// lock is free.
    pub(super) fn take_due(
        &mut self,
        horizon: Instant,
    ) -> (impl Iterator<Item = V> + use<V>, Option<Alarm>) {
        let later = self.waiting.split_off(&(horizon, u64::MAX));
        let due = std::mem::replace(&mut self.waiting, later);
        let has_rung = self.claim.is_some_and(|claim| claim.at <= horizon);
        let rung = if has_rung { self.disarm() } else { None };
        (due.into_values(), rung)
    }

    /// Takes everything, in order; the alarm is to be dropped when the lock is free.
    pub(super) fn take_all(&mut self) -> (impl Iterator<Item = V> + use<V>, Option<Alarm>) {
        let alarm = self.disarm();
        (std::mem::take(&mut self.waiting).into_values(), alarm)
    }

    fn disarm(&mut self) -> Option<Alarm> {
        self.claim = None;
        self.alarm.take()
    }

    /// The alarm that the caller is to set, if none is set or claimed that is early enough.
    pub(super) fn claim(&mut self) -> Option<Claim> {
        let ((at, _), _) = self.waiting.first_key_value()?;
        let at = *at;
        if self.claim.is_some_and(|claim| claim.at <= at) {
            return None;
        }
        let number = self.next_number();
        self.claim = Some(Claim { at, number });
        self.claim
    }

    /// Keeps the alarm that was set for `claim`, if that is still the last. Gives the one that is
    /// of no use any more, to be dropped when the lock is free.
    pub(super) fn keep(&mut self, claim: Claim, alarm: Alarm) -> Option<Alarm> {
        match self.claim {
            Some(last) if last.number == claim.number => self.alarm.replace(alarm),
            _ => Some(alarm),
        }
    }
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use super::*;
    use crate::sys::clock;
    use crate::wait::wake_at;
    use std::task::Waker;
    use std::time::Duration;

    const HOUR: Duration = Duration::from_secs(3600);

    fn alarm() -> Alarm {
        wake_at(clock::now() + HOUR, Waker::noop().clone()).unwrap()
    }

    #[test]
    fn one_alarm_is_claimed_for_the_earliest() {
        let (now, mut delayed) = (clock::now(), Delayed::new());
        assert!(delayed.claim().is_none());
        delayed.insert(now + HOUR * 2, 2);
        let first = delayed.claim().unwrap();
        assert!(delayed.claim().is_none());
        delayed.insert(now + HOUR * 3, 3);
        assert!(delayed.claim().is_none());
        delayed.insert(now + HOUR, 1);
        let second = delayed.claim().unwrap();
        assert_eq!(second.at, now + HOUR);
        assert!(delayed.keep(second, alarm()).is_none());
        assert!(delayed.keep(first, alarm()).is_some(), "it comes late");
        // Nothing is due, and the alarm stays.
        let (due, rung) = delayed.take_due(now);
        assert!(due.count() == 0 && rung.is_none() && delayed.claim().is_none());
        let (due, rung) = delayed.take_due(now + HOUR);
        assert!(due.eq([1]) && rung.is_some());
        assert_eq!(delayed.claim().unwrap().at, now + HOUR * 2);
    }

    #[test]
    fn what_has_been_taken_needs_no_alarm() {
        let (now, mut delayed) = (clock::now(), Delayed::new());
        for n in [1, 2, 3] {
            delayed.insert(now + HOUR, n);
        }
        let claim = delayed.claim().unwrap();
        let (all, alarm_then) = delayed.take_all();
        assert!(all.eq([1, 2, 3]) && alarm_then.is_none() && delayed.len() == 0);
        assert!(delayed.keep(claim, alarm()).is_some());
        // The next is later, and has none.
        delayed.insert(now + HOUR * 2, 4);
        let claim = delayed.claim().unwrap();
        assert!(delayed.keep(claim, alarm()).is_none());
        assert!(delayed.take_all().1.is_some());
    }
}
