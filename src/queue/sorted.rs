//! Items under keys, in order, those of equal keys in the order in which they came.
//!
//! A tree of two levels: a sequence of chunks, each of them a short sorted sequence. To find a
//! place takes comparisons, as many as the logarithm of the number of items; the rest takes none,
//! neither to put an item there nor to take the first or the last away. (A heap compares when it
//! gives an item away, and a comparison may panic.) Nothing is changed before the place is found.
//!
//! # Invariants
//!
//! 1. Read from the back, the items stand in the order in which they come out: the greatest key
//!    first, and of equal keys the oldest. (Where the keys have an order at all.)
//! 2. No chunk is empty, but for one that is alone.
//! 3. `len` is the sum of the chunks' lengths.

use std::collections::VecDeque;

/// How much memory a chunk has.
const CHUNK_BYTES: usize = 1 << 14;

/// How much memory for chunks is kept.
const FEW: usize = 64;

/// A sorted sequence.
pub(super) struct Sorted<K, T> {
    /// The least keys first.
    chunks: VecDeque<VecDeque<(K, T)>>,
    len: usize,
}

/// Between two items of a [`Sorted`] that has not changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    chunk: usize,
    /// How many items of the chunk lie before it.
    index: usize,
}

impl<K, T> Default for Sorted<K, T> {
    fn default() -> Self {
        Self {
            chunks: VecDeque::new(),
            len: 0,
        }
    }
}

impl<K, T> Sorted<K, T> {
    /// How many items a chunk has at most.
    const MOST: usize = match size_of::<(K, T)>() {
        0 => 512,
        size if CHUNK_BYTES / size > 512 => 512,
        size if CHUNK_BYTES / size < 16 => 16,
        size => CHUNK_BYTES / size,
    };

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The place behind those of which `before` is true, which comes after none of which it is
    /// false. (Where that is not so, some place.)
    pub(super) fn place(&self, before: impl Fn(&K) -> bool) -> Place {
        let ends_before = |chunk: &VecDeque<_>| chunk.back().is_some_and(|(key, _)| before(key));
        let chunk = self.chunks.partition_point(ends_before);
        match self.chunks.get(chunk) {
            Some(items) => Place {
                chunk,
                index: items.partition_point(|(key, _)| before(key)),
            },
            None => self.end(),
        }
    }

    /// The place behind all.
    fn end(&self) -> Place {
        Place {
            chunk: self.chunks.len().saturating_sub(1),
            index: self.chunks.back().map_or(0, VecDeque::len),
        }
    }

    /// The first key, which comes out first.
    pub(super) fn first(&self) -> Option<&K> {
        Some(&self.chunks.back()?.back()?.0)
    }

    /// The key before `place`.
    pub(super) fn before(&self, place: Place) -> Option<&K> {
        let chunk = match place.index {
            0 => self.chunks.get(place.chunk.checked_sub(1)?)?.back()?,
            index => &self.chunks[place.chunk][index - 1],
        };
        Some(&chunk.0)
    }

    /// How many items lie behind `place`.
    pub(super) fn len_behind(&self, place: Place) -> usize {
        let chunks = self.chunks.iter().skip(place.chunk);
        chunks.map(VecDeque::len).sum::<usize>() - place.index
    }

    /// Puts an item at `place`.
    pub(super) fn insert(&mut self, place: Place, key: K, item: T) {
        let Place { chunk, index } = self.make_room(place);
        self.chunks[chunk].insert(index, (key, item));
        self.len += 1;
    }

    /// Makes room for an item at `place`, and gives the place that it is now.
    fn make_room(&mut self, Place { chunk, index }: Place) -> Place {
        let Some(items) = self.chunks.get_mut(chunk) else {
            self.chunks.push_back(VecDeque::new());
            return Place { chunk: 0, index: 0 };
        };
        if items.len() < Self::MOST {
            return Place { chunk, index };
        }
        // In the middle, but where keys come in order: then the chunk stays full.
        let middle = match index {
            0 => 0,
            index if index == Self::MOST => Self::MOST,
            _ => Self::MOST / 2,
        };
        let behind = items.split_off(middle);
        self.chunks.insert(chunk + 1, behind);
        match index > middle || middle == Self::MOST {
            true => Place {
                chunk: chunk + 1,
                index: index - middle,
            },
            false => Place { chunk, index },
        }
    }

    /// Takes the item away that comes out first.
    pub(super) fn pop_first(&mut self) -> Option<(K, T)> {
        let items = self.chunks.back_mut()?;
        let first = items.pop_back()?;
        self.len -= 1;
        if items.is_empty() && self.chunks.len() > 1 {
            self.chunks.pop_back();
            self.shrink();
        }
        Some(first)
    }

    /// Takes the item away that comes out last.
    pub(super) fn pop_last(&mut self) -> Option<(K, T)> {
        let items = self.chunks.front_mut()?;
        let last = items.pop_front()?;
        self.len -= 1;
        if items.is_empty() && self.chunks.len() > 1 {
            self.chunks.pop_front();
            self.shrink();
        }
        Some(last)
    }

    /// Takes away what lies behind `place`.
    pub(super) fn split_off(&mut self, place: Place) -> Self {
        let len = self.len_behind(place);
        let Some(items) = self.chunks.get_mut(place.chunk) else {
            return Self::default();
        };
        let part = items.split_off(place.index);
        let is_empty = items.is_empty();
        let mut chunks = self.chunks.split_off(place.chunk + 1);
        if !part.is_empty() || chunks.is_empty() {
            chunks.push_front(part);
        }
        if is_empty && self.chunks.len() > 1 {
            self.chunks.pop_back();
        }
        self.len -= len;
        self.shrink();
        Self { chunks, len }
    }

    /// Gives memory back after a burst: half of it at a quarter, so that what is moved was paid
    /// for by what went.
    fn shrink(&mut self) {
        let capacity = self.chunks.capacity();
        if capacity > FEW && self.chunks.len() <= capacity / 4 {
            self.chunks.shrink_to((capacity / 2).max(FEW));
        }
    }
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use super::*;

    type Numbers = Sorted<u32, usize>;

    /// Puts an item behind those of lesser keys, so before its equals.
    fn put(sorted: &mut Numbers, key: u32, item: usize) {
        let place = sorted.place(|other| *other < key);
        sorted.insert(place, key, item);
    }

    fn check(sorted: &Numbers) {
        let lens = sorted.chunks.iter().map(VecDeque::len);
        assert_eq!(lens.clone().sum::<usize>(), sorted.len);
        assert!(sorted.chunks.len() == 1 || lens.clone().all(|len| len > 0));
        assert!(lens.clone().all(|len| len <= Numbers::MOST));
        let keys = sorted.chunks.iter().flatten().map(|(key, _)| *key);
        assert!(keys.is_sorted());
    }

    /// Numbers that look random.
    fn noise() -> impl Iterator<Item = u32> {
        std::iter::successors(Some(0x2545_f491_u32), |n| {
            let n = n ^ (n << 13);
            let n = n ^ (n >> 17);
            Some(n ^ (n << 5))
        })
    }

    #[test]
    fn what_goes_in_in_any_order_comes_out_sorted_and_ties_as_they_came() {
        for most in [1, 7, 3_000, u32::MAX] {
            let (mut sorted, mut plain) = (Numbers::default(), Vec::new());
            for (n, key) in noise().take(5_000).enumerate() {
                put(&mut sorted, key % most, n);
                plain.push((key % most, n));
            }
            check(&sorted);
            plain.sort_by_key(|(key, _)| *key);
            plain.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
            // The last 100 from the other end.
            let last = plain.split_off(4_900);
            for entry in last.into_iter().rev() {
                assert_eq!(sorted.pop_last(), Some(entry));
            }
            check(&sorted);
            for entry in plain {
                assert_eq!(sorted.first(), Some(&entry.0));
                assert_eq!(sorted.pop_first(), Some(entry));
            }
            check(&sorted);
            assert_eq!((sorted.pop_first(), sorted.pop_last()), (None, None));
        }
    }

    #[test]
    fn keys_that_come_in_order_fill_their_chunks() {
        let (mut up, mut down) = (Numbers::default(), Numbers::default());
        for n in 0..5 * Numbers::MOST {
            put(&mut up, n as u32, n);
            put(&mut down, u32::MAX - n as u32, n);
        }
        for sorted in [up, down] {
            check(&sorted);
            assert_eq!(sorted.chunks.len(), 5);
        }
    }

    #[test]
    fn a_place_splits_what_lies_before_from_what_lies_behind() {
        for cut in [0, 1, 499, 500, 2_500, 4_999, 5_000] {
            let mut sorted = Numbers::default();
            (0..5_000).for_each(|n| put(&mut sorted, n, n as usize));
            let place = sorted.place(|key| *key < cut);
            assert_eq!(sorted.len_behind(place), 5_000 - cut as usize);
            assert_eq!(sorted.before(place).copied(), cut.checked_sub(1));
            let mut behind = sorted.split_off(place);
            check(&sorted);
            check(&behind);
            assert_eq!(
                (sorted.len(), behind.len()),
                (cut as usize, 5_000 - cut as usize)
            );
            assert_eq!(
                behind.pop_last().map(|(key, _)| key),
                (cut < 5_000).then_some(cut)
            );
            assert_eq!(sorted.first().copied(), cut.checked_sub(1));
        }
        assert_eq!(
            Numbers::default()
                .split_off(Place { chunk: 0, index: 0 })
                .len(),
            0
        );
    }

    #[test]
    fn the_memory_of_a_burst_is_given_back() {
        let mut sorted = Numbers::default();
        (0..300_000).for_each(|n| put(&mut sorted, n, 0));
        assert!(sorted.chunks.capacity() > 4 * FEW);
        while sorted.pop_first().is_some() {}
        assert!(
            sorted.chunks.capacity() <= 2 * FEW,
            "{}",
            sorted.chunks.capacity()
        );
        assert_eq!(sorted.chunks.len(), 1);
    }

    #[test]
    fn an_order_that_is_none_loses_nothing() {
        let mut sorted = Numbers::default();
        let turns = std::cell::Cell::new(0_u32);
        for n in 0..5_000 {
            let place = sorted.place(|_| {
                turns.set(turns.get().wrapping_mul(0x9e37_79b1).wrapping_add(1));
                turns.get() >> 31 == 0
            });
            sorted.insert(place, 0, n);
        }
        let mut items: Vec<_> = std::iter::from_fn(|| sorted.pop_first()).collect();
        items.sort();
        assert!(items.into_iter().map(|(_, n)| n).eq(0..5_000));
    }
}
