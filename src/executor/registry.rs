//! The spawned tasks of a pool that are not done: what an end of the pool waits for, or cancels.

use crate::future::Resident;
use crate::sys::{Arc, Mutex, Weak};
use std::fmt;

/// Who lives here.
pub(crate) struct Registry(Mutex<Residents>);

struct Residents {
    /// The tasks by key, with gaps. `Weak`: a task that nobody can wake is dropped.
    slots: Vec<Slot>,
    /// The first gap, or the end.
    gap: usize,
    /// How many tasks there are.
    len: usize,
    /// Who may still move in.
    open: Open,
}

enum Slot {
    Task(Weak<dyn Resident>, Stay),
    /// A gap, and the next one.
    Gap(usize),
}

/// For how long a task may stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stay {
    /// Until it is done: a pool that is to end waits for it.
    UntilDone,
    /// While the pool is open: one that would never be done by itself.
    WhileOpen,
}

/// Who may still move in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Open {
    /// Everybody.
    Everybody,
    /// Who is spawned by a job of the pool itself, and is to stay until it is done.
    OwnJobs,
    /// Nobody.
    Nobody,
}

impl Registry {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Residents {
            slots: Vec::new(),
            gap: 0,
            len: 0,
            open: Open::Everybody,
        }))
    }

    /// Takes a task in and tells it its key; `false` where it may not move in.
    pub(crate) fn insert<R: Resident + 'static>(
        &self,
        task: &Arc<R>,
        is_own: bool,
        stay: Stay,
    ) -> bool {
        let weak: Weak<R> = Arc::downgrade(task);
        let mut residents = self.0.lock();
        match (residents.open, is_own, stay) {
            (Open::Everybody, ..) | (Open::OwnJobs, true, Stay::UntilDone) => {}
            _ => return false,
        }
        let key = residents.gap;
        if key == residents.slots.len() {
            residents.slots.push(Slot::Task(weak, stay));
            residents.gap += 1;
        } else {
            let task = Slot::Task(weak, stay);
            let Slot::Gap(next) = std::mem::replace(&mut residents.slots[key], task) else {
                unreachable!("a gap that is taken");
            };
            residents.gap = next;
        }
        residents.len += 1;
        task.set_key(key);
        true
    }

    /// Takes a task out; whether it was the last of a pool that is to end.
    #[must_use = "the last one lets the pool end"]
    pub(crate) fn remove(&self, key: usize) -> bool {
        let mut residents = self.0.lock();
        let gap = Slot::Gap(residents.gap);
        let task = std::mem::replace(&mut residents.slots[key], gap);
        residents.gap = key;
        residents.len -= 1;
        let is_last = residents.len == 0 && residents.open != Open::Everybody;
        // The drop of a `Weak` may free memory, and runs no code of the user.
        drop(residents);
        drop(task);
        is_last
    }

    /// Whether nobody lives here.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().len == 0
    }

    /// How many live here.
    pub(crate) fn len(&self) -> usize {
        self.0.lock().len
    }

    /// What those are called that have a name.
    pub(crate) fn names(&self) -> Vec<String> {
        let residents = self.0.lock();
        let tasks = residents.slots.iter().filter_map(|slot| match slot {
            Slot::Task(task, _) => task.upgrade(),
            Slot::Gap(_) => None,
        });
        let tasks: Vec<_> = tasks.collect();
        // The last of a task may be dropped here, which tells this registry of it.
        drop(residents);
        let name = |task: &Arc<dyn Resident>| task.name().map(str::to_owned);
        tasks.iter().filter_map(name).collect()
    }

    /// Lets no more in than `open` says, and gives those who may not stay either: with
    /// [`OwnJobs`](Open::OwnJobs), who was to stay only while the pool is open; with
    /// [`Nobody`](Open::Nobody), all.
    pub(crate) fn close(&self, open: Open) -> Vec<Arc<dyn Resident>> {
        let mut residents = self.0.lock();
        residents.open = open;
        let leaves = |slot: &Slot| match slot {
            Slot::Task(task, stay) if open == Open::Nobody || *stay == Stay::WhileOpen => {
                task.upgrade()
            }
            _ => None,
        };
        residents.slots.iter().filter_map(leaves).collect()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}
