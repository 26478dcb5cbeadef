//! The tasks of an event loop that are not done, and the calls whose time has not come.
//!
//! # Invariants
//!
//! 1. A serial is given out once. What is left over of a task, in a queue or in a handle, finds
//!    another serial in its place, or nobody.
//! 2. A task that is woken has its number in a queue, or among the calls, or is being polled and
//!    has [`again`](Entry::again) set, or will find its [`Scheduled`](crate::wait::Scheduled) set.
//! 3. A task that has `due` set is among the calls under that time, and no other is.

use super::task::Work;
use crate::sys::{Arc, clock::Instant};
use crate::wait::Pages;
use std::collections::BTreeSet;

/// What a task is known by. The older one is less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Number {
    serial: u64,
    place: u32,
}

impl Number {
    /// No task.
    pub(super) const NONE: Self = Self {
        serial: u64::MAX,
        place: 0,
    };
}

struct Entry {
    serial: u64,
    /// Not there while it is polled.
    task: Option<Arc<dyn Work>>,
    /// Its number was taken off a queue while it was polled.
    again: bool,
    /// It was to be cancelled while it was polled.
    cancelled: bool,
    /// Its time, if it stands among the calls.
    due: Option<Instant>,
    name: Option<Arc<str>>,
}

/// What becomes of a task that was polled and is not done.
pub(super) enum After {
    /// It waits for a wake.
    Rest,
    /// It is to be polled once more.
    Again,
    /// It was cancelled meanwhile.
    Cancelled(Arc<dyn Work>),
}

pub(super) struct Table {
    entries: Pages<Entry>,
    /// The serial of the next task.
    serial: u64,
    calls: BTreeSet<(Instant, Number)>,
}

impl Table {
    pub(super) fn new() -> Self {
        Self {
            entries: Pages::new(),
            serial: 0,
            calls: BTreeSet::new(),
        }
    }

    /// Takes a task in, which `make` makes when its number is known, without looking here; a call,
    /// if it has a time. Gives what else `make` has made.
    pub(super) fn insert<R>(
        &mut self,
        due: Option<Instant>,
        name: Option<Arc<str>>,
        make: impl FnOnce(Number) -> (Arc<dyn Work>, R),
    ) -> R {
        let serial = self.serial;
        self.serial += 1;
        let place = self.entries.insert(Entry {
            serial,
            task: None,
            again: false,
            cancelled: false,
            due,
            name,
        });
        let number = Number { serial, place };
        if let Some(due) = due {
            self.calls.insert((due, number));
        }
        let (task, rest) = make(number);
        self.entries[place].task = Some(task);
        rest
    }

    fn find(&mut self, number: Number) -> Option<&mut Entry> {
        let found = self.entries.get_mut(number.place);
        found.filter(|entry| entry.serial == number.serial)
    }

    /// Takes a task out to poll it, if it is there; if it is being polled, it is polled again.
    pub(super) fn begin(&mut self, number: Number) -> Option<Arc<dyn Work>> {
        let entry = self.find(number)?;
        entry.again = entry.task.is_none();
        entry.task.take()
    }

    /// Takes back what was taken out, and is not done.
    pub(super) fn suspend(&mut self, number: Number, task: Arc<dyn Work>) -> After {
        let Some(entry) = self.find(number) else {
            unreachable!("who polls a task takes it out");
        };
        if entry.cancelled {
            self.remove(number);
            return After::Cancelled(task);
        }
        entry.task = Some(task);
        match std::mem::take(&mut entry.again) {
            true => After::Again,
            false => After::Rest,
        }
    }

    /// Takes a task out for good.
    pub(super) fn remove(&mut self, number: Number) -> Option<Arc<dyn Work>> {
        self.find(number)?;
        let entry = self.entries.remove(number.place);
        if let Some(due) = entry.due {
            self.calls.remove(&(due, number));
        }
        entry.task
    }

    /// Takes a task out that is to be cancelled; not while it is polled: then it is remembered.
    pub(super) fn cancel(&mut self, number: Number) -> Option<Arc<dyn Work>> {
        let entry = self.find(number)?;
        entry.cancelled = true;
        match entry.task {
            Some(_) => self.remove(number),
            None => None,
        }
    }

    /// Takes the first call off whose time is not after `horizon`.
    pub(super) fn call(&mut self, horizon: Instant) -> Option<Number> {
        let (_, number) = *self.calls.first().filter(|(due, _)| *due <= horizon)?;
        self.calls.pop_first();
        if let Some(entry) = self.find(number) {
            entry.due = None;
        }
        Some(number)
    }

    /// When the next call is due.
    pub(super) fn earliest(&self) -> Option<Instant> {
        self.calls.first().map(|(due, _)| *due)
    }

    /// How many tasks are not done.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn numbers(&self) -> Vec<Number> {
        let number = |(place, entry): (u32, &Entry)| Number {
            serial: entry.serial,
            place,
        };
        self.entries.iter().map(number).collect()
    }

    /// The names of those that have one.
    pub(super) fn names(&self) -> Vec<Arc<str>> {
        let name = |(_, entry): (u32, &Entry)| entry.name.clone();
        self.entries.iter().filter_map(name).collect()
    }
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use super::super::core::{Local, Until};
    use super::super::task::Task;
    use super::*;
    use crate::wait::Inbox;
    use std::future::{pending, ready};
    use std::time::Duration;

    fn insert(table: &mut Table, due: Option<Instant>) -> Number {
        table.insert(due, None, |number| {
            let task = Task::new(ready(()), number, Arc::new(Inbox::new()));
            (task, number)
        })
    }

    #[test]
    fn calls_come_in_order_and_leave_nothing_behind() {
        let mut table = Table::new();
        let now = Instant::now();
        let at = |n| now + Duration::from_secs(n);
        let [b, a, gone, c] = [2, 1, 1, 2].map(|n| insert(&mut table, Some(at(n))));
        let _never = insert(&mut table, None);
        assert!(table.cancel(gone).is_some() && table.cancel(gone).is_none());
        // In its place, and younger.
        let d = insert(&mut table, Some(at(2)));
        assert_eq!(d.place, gone.place);
        assert!(table.find(gone).is_none());
        assert_eq!((table.call(now), table.earliest()), (None, Some(at(1))));
        assert_eq!(table.call(at(1)), Some(a));
        assert_eq!((table.call(at(1)), table.earliest()), (None, Some(at(2))));
        assert_eq!(
            [(); 4].map(|_| table.call(at(2))),
            [Some(b), Some(c), Some(d), None]
        );
        assert!(table.cancel(b).is_some());
        assert_eq!((table.len(), table.earliest()), (4, None));
    }

    #[test]
    fn what_is_polled_is_cancelled_or_polled_again_afterwards() {
        let mut table = Table::new();
        let number = insert(&mut table, None);
        let task = table.begin(number).unwrap();
        assert!(table.begin(number).is_none());
        assert!(matches!(table.suspend(number, task), After::Again));
        let task = table.begin(number).unwrap();
        assert!(matches!(table.suspend(number, task), After::Rest));
        let task = table.begin(number).unwrap();
        assert!(table.cancel(number).is_none());
        assert!(matches!(table.suspend(number, task), After::Cancelled(_)));
        assert_eq!(table.len(), 0);
    }

    #[test]
    fn a_cancelled_call_is_not_slept_for() {
        let local = Local::new(|poll, until| {
            assert_eq!(until, None);
            let _ = poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
        });
        let far = Instant::now() + Duration::from_secs(3600);
        let call = local.spawn(
            pending::<()>(),
            None,
            super::super::core::Begin::At(Some(far)),
        );
        assert!(call.cancel());
        assert_eq!(local.drive(async { 7 }, Until::Done), Some(7));
    }
}
