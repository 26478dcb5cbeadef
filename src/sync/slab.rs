//! Values under keys: what comes and goes in any order, each in constant time.

/// Values, each under a key of its own. A key is used again once its value was taken out.
#[derive(Debug)]
pub(super) struct Slab<T> {
    entries: Vec<Entry<T>>,
    /// The free entry to be used next, if there is one: the first of a chain.
    free: Option<usize>,
    /// How many values there are.
    len: usize,
}

#[derive(Debug)]
enum Entry<T> {
    Taken(T),
    /// Free, and which is the next one.
    Free(Option<usize>),
}

/// A slab without values keeps room for so many.
const KEPT: usize = 16;

impl<T> Slab<T> {
    pub(super) const fn new() -> Self {
        Self {
            entries: Vec::new(),
            free: None,
            len: 0,
        }
    }

    /// Puts a value in, and gives its key.
    pub(super) fn insert(&mut self, value: T) -> usize {
        self.len += 1;
        let entry = Entry::Taken(value);
        let Some(key) = self.free else {
            self.entries.push(entry);
            return self.entries.len() - 1;
        };
        if let Entry::Free(next) = std::mem::replace(&mut self.entries[key], entry) {
            self.free = next;
        }
        key
    }

    /// Takes out the value under `key`, if there is one.
    pub(super) fn remove(&mut self, key: usize) -> Option<T> {
        let entry = self.entries.get_mut(key)?;
        match std::mem::replace(entry, Entry::Free(self.free)) {
            Entry::Taken(value) => {
                self.free = Some(key);
                self.len -= 1;
                if self.len == 0 {
                    self.forget_crowds();
                }
                Some(value)
            }
            free => {
                *entry = free;
                None
            }
        }
    }

    /// All values.
    pub(super) fn into_values(self) -> Vec<T> {
        let taken = |entry| match entry {
            Entry::Taken(value) => Some(value),
            Entry::Free(_) => None,
        };
        self.entries.into_iter().filter_map(taken).collect()
    }

    /// Gives back the room that a crowd needed, now that it is gone.
    fn forget_crowds(&mut self) {
        self.entries.clear();
        self.entries.shrink_to(KEPT);
        self.free = None;
    }
}
