//! What each context holds, and in which order locks are taken.
//!
//! The order is a graph: an edge leads from a lock that somebody held to one that he wanted
//! meanwhile. A lock that is wanted closes a circle where a path leads from it back to one that
//! is held: those who take the locks along that path can wait for each other for ever. An edge
//! is entered once, with the places that were seen first, and looked at once; so a circle is
//! reported once. (The idea is that of the lock order checkers `lockdep` of Linux and `WITNESS`
//! of FreeBSD.)

use super::context::Who;
use super::{Context, Mode, Place};
use crate::sync::diagnostics::{LockOrderEdge, LockOrderReport};
use crate::sys::Aside;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The books of the process.
pub(super) static BOOKS: Aside<Books> = Aside::new(Books {
    numbers: 0,
    held: BTreeMap::new(),
    edges: BTreeMap::new(),
    back: BTreeSet::new(),
});

/// That somebody holds a lock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    /// Its number.
    pub(super) lock: u64,
    pub(super) mode: Mode,
    /// Where it was taken.
    pub(super) place: Place,
}

/// Maps that give their memory back: locks and contexts come and go by the million.
#[derive(Debug)]
pub(super) struct Books {
    /// How many numbers have been given out.
    numbers: u64,
    /// What each context holds, in the order in which it was taken. None is empty.
    held: BTreeMap<Who, Vec<Taken>>,
    /// From a lock held to a lock wanted.
    edges: BTreeMap<(u64, u64), LockOrderEdge>,
    /// The edges, from their ends.
    back: BTreeSet<(u64, u64)>,
}

impl Books {
    /// A number for a lock.
    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub(super) fn held(&mut self, by: Who, taken: Taken) {
        if by != Who::Nobody {
            self.held.entry(by).or_default().push(taken);
        }
    }

    pub(super) fn released(&mut self, by: Who, lock: u64, mode: Mode) {
        let Some(held) = self.held.get_mut(&by) else {
            return;
        };
        let is_it = |taken: &Taken| (taken.lock, taken.mode) == (lock, mode);
        if let Some(place) = held.iter().rposition(is_it) {
            held.remove(place);
        }
        if held.is_empty() {
            self.held.remove(&by);
        }
    }

    /// Forgets a lock; `is_held` where guards of it were forgotten.
    pub(super) fn dropped(&mut self, lock: u64, is_held: bool) {
        let of_lock = (lock, 0)..=(lock, u64::MAX);
        let ahead = self.edges.range(of_lock.clone()).map(|(edge, _)| *edge);
        for (from, to) in ahead.collect::<Vec<_>>() {
            self.edges.remove(&(from, to));
            self.back.remove(&(to, from));
        }
        for (to, from) in self.back.range(of_lock).copied().collect::<Vec<_>>() {
            self.edges.remove(&(from, to));
            self.back.remove(&(to, from));
        }
        if is_held {
            self.held.retain(|_, held| {
                held.retain(|taken| taken.lock != lock);
                !held.is_empty()
            });
        }
    }

    /// What is to be said when `by` wants `lock`.
    pub(super) fn wanted(
        &mut self,
        lock: u64,
        by: &Context,
        mode: Mode,
        place: Place,
    ) -> Vec<LockOrderReport> {
        let Some(held) = self.held.get(&by.who) else {
            return Vec::new();
        };
        let lets_in = |taken: &Taken| taken.lock == lock && lets_in_again(taken.mode, mode);
        if held.iter().any(lets_in) {
            return Vec::new();
        }
        let orders = held.clone().into_iter();
        orders
            .filter_map(|taken| self.enter(taken, lock, by, place))
            .collect()
    }

    /// What is to be said when `by`, who reads `lock` upgradably, wants to be alone: whether it
    /// waits for a reader that is itself. Other locks that it holds do not count: those that it
    /// took under this one would always close a circle, but for no other upgrader.
    pub(super) fn upgrading(
        &mut self,
        lock: u64,
        by: &Context,
        place: Place,
    ) -> Vec<LockOrderReport> {
        let held = self.held.get(&by.who).into_iter().flatten();
        let reads = |taken: &&Taken| taken.lock == lock && taken.mode == Mode::Shared;
        let Some(reader) = held.copied().find(|taken| reads(&taken)) else {
            return Vec::new();
        };
        Vec::from_iter(self.enter(reader, lock, by, place))
    }

    /// Enters that who has `taken` one lock wants another; what closes a circle is a report.
    fn enter(
        &mut self,
        taken: Taken,
        wanted: u64,
        by: &Context,
        place: Place,
    ) -> Option<LockOrderReport> {
        let key = (taken.lock, wanted);
        if self.edges.contains_key(&key) {
            return None;
        }
        let edge = LockOrderEdge {
            by: by.name(),
            held: (taken.lock, taken.place.0),
            wanted: (wanted, place.0),
        };
        self.edges.insert(key, edge.clone());
        self.back.insert((wanted, taken.lock));
        let back = self.path(wanted, taken.lock)?;
        Some(LockOrderReport {
            edges: std::iter::once(edge).chain(back).collect(),
        })
    }

    /// The edges of a shortest path.
    fn path(&self, from: u64, to: u64) -> Option<Vec<LockOrderEdge>> {
        let mut came_from = BTreeMap::from([(from, from)]);
        let mut next = VecDeque::from([from]);
        while let Some(lock) = next.pop_front().filter(|lock| *lock != to) {
            for (_, ahead) in self.edges.range((lock, 0)..=(lock, u64::MAX)).map(|e| *e.0) {
                came_from.entry(ahead).or_insert_with(|| {
                    next.push_back(ahead);
                    lock
                });
            }
        }
        came_from.get(&to)?;
        let mut path = VecDeque::new();
        let mut lock = to;
        while lock != from {
            let before = came_from[&lock];
            path.push_front(self.edges[&(before, lock)].clone());
            lock = before;
        }
        Some(path.into())
    }
}

/// Whether who holds a lock in one way gets it in another without waiting for anybody.
fn lets_in_again(held: Mode, wanted: Mode) -> bool {
    match (held, wanted) {
        (Mode::Again, Mode::Again) => true,
        // No writer can have come to wait in between.
        (Mode::Upgradable, Mode::Shared) => true,
        _ => false,
    }
}
