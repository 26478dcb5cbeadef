//! Values under numbers, in pages of memory that are given back when they are empty.
//!
//! # Invariants
//!
//! 1. A page is listed in `open`, once, where it has room. Its places that are free are chained from
//!    `free`; those beyond the end were not in use yet.
//! 2. A page that is empty and not the last in `open`, which is filled next, has no memory.

use std::ops::{Index, IndexMut};

/// No number.
pub(super) const NONE: u32 = u32::MAX;

/// How many values a page holds.
const SIZE: usize = 256;

/// Values under numbers.
#[derive(Debug)]
pub(crate) struct Pages<T> {
    pages: Vec<Page<T>>,
    /// Those that have room.
    open: Vec<usize>,
    len: usize,
}

#[derive(Debug)]
struct Page<T> {
    places: Vec<Place<T>>,
    /// The first place that is free.
    free: usize,
    /// How many are in use.
    used: usize,
}

#[derive(Debug)]
enum Place<T> {
    Used(T),
    /// And the next that is free.
    Free(usize),
}

impl<T> Page<T> {
    fn new() -> Self {
        Self {
            places: Vec::new(),
            free: SIZE,
            used: 0,
        }
    }

    /// Puts a value somewhere; there is room.
    fn insert(&mut self, value: T) -> usize {
        self.used += 1;
        let value = Place::Used(value);
        match self.places.get_mut(self.free) {
            None => {
                self.places.reserve_exact(SIZE - self.places.len());
                self.places.push(value);
                self.places.len() - 1
            }
            Some(place) => match std::mem::replace(place, value) {
                Place::Free(next) => std::mem::replace(&mut self.free, next),
                Place::Used(_) => unreachable!("a place that is free"),
            },
        }
    }

    fn remove(&mut self, place: usize) -> T {
        self.used -= 1;
        let free = Place::Free(std::mem::replace(&mut self.free, place));
        match std::mem::replace(&mut self.places[place], free) {
            Place::Used(value) => value,
            Place::Free(_) => unreachable!("a place that is in use"),
        }
    }
}

impl<T> Pages<T> {
    pub(crate) fn new() -> Self {
        Self {
            pages: Vec::new(),
            open: Vec::new(),
            len: 0,
        }
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Puts a value somewhere; gives its number.
    pub(crate) fn insert(&mut self, value: T) -> u32 {
        let page = match self.open.last() {
            Some(page) => *page,
            None => {
                self.pages.push(Page::new());
                self.open.push(self.pages.len() - 1);
                self.pages.len() - 1
            }
        };
        let place = self.pages[page].insert(value);
        if self.pages[page].used == SIZE {
            self.open.pop();
        }
        self.len += 1;
        let number = u32::try_from(page * SIZE + place).unwrap_or(NONE);
        assert_ne!(number, NONE, "four thousand million at once");
        number
    }

    /// The value of a number, if there is one.
    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        let (page, place) = split(number);
        match self.pages.get(page)?.places.get(place)? {
            Place::Used(value) => Some(value),
            Place::Free(_) => None,
        }
    }

    /// All values, and their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let places = self.pages.iter().enumerate().flat_map(|(page, it)| {
            let numbers = page * SIZE..;
            numbers.zip(&it.places)
        });
        places.filter_map(|(number, place)| match place {
            Place::Used(value) => Some((number as u32, value)),
            Place::Free(_) => None,
        })
    }

    /// The same, to change it.
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        let (page, place) = split(number);
        match self.pages.get_mut(page)?.places.get_mut(place)? {
            Place::Used(value) => Some(value),
            Place::Free(_) => None,
        }
    }

    /// Takes a value out, which is there.
    pub(crate) fn remove(&mut self, number: u32) -> T {
        let (page, place) = split(number);
        let was_full = self.pages[page].used == SIZE;
        let value = self.pages[page].remove(place);
        let last = self.open.last().copied();
        if was_full {
            last.into_iter().for_each(|last| self.trim(last));
            self.open.push(page);
        } else if last != Some(page) {
            self.trim(page);
        }
        self.len -= 1;
        value
    }

    /// Gives the memory of a page back, if it is empty.
    fn trim(&mut self, page: usize) {
        if self.pages[page].used == 0 {
            self.pages[page] = Page::new();
        }
    }
}

/// The page of a number, and the place in it.
fn split(number: u32) -> (usize, usize) {
    (number as usize / SIZE, number as usize % SIZE)
}

impl<T> Index<u32> for Pages<T> {
    type Output = T;

    fn index(&self, number: u32) -> &T {
        self.get(number).expect("a value that is there")
    }
}

impl<T> IndexMut<u32> for Pages<T> {
    fn index_mut(&mut self, number: u32) -> &mut T {
        self.get_mut(number).expect("a value that is there")
    }
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use super::*;

    impl<T> Pages<T> {
        /// For how many values there is memory.
        pub(in crate::wait) fn memory(&self) -> usize {
            self.pages.iter().map(|page| page.places.capacity()).sum()
        }
    }

    #[test]
    fn memory_is_given_back_in_whatever_order_values_go() {
        const COUNT: usize = SIZE * 40;
        for step in [1, 7, 256, 257, COUNT - 1] {
            let mut pages = Pages::new();
            let numbers: Vec<u32> = (0..COUNT).map(|n| pages.insert(n)).collect();
            assert_eq!((pages.len(), pages.memory()), (COUNT, COUNT));
            let mut order: Vec<usize> = (0..COUNT).collect();
            order.sort_by_key(|n| (n * step % COUNT, *n));
            for n in order {
                assert_eq!(pages.remove(numbers[n]), n);
                assert!(pages.get(numbers[n]).is_none());
            }
            assert_eq!(pages.len(), 0);
            assert!(pages.memory() <= SIZE, "by steps of {step}");
        }
    }

    #[test]
    fn a_place_is_used_again_and_a_lone_value_costs_no_page_each_time() {
        let mut pages = Pages::new();
        let first = pages.insert(0);
        let numbers = [1, 2].map(|n| pages.insert(n));
        pages.remove(numbers[0]);
        assert_eq!(pages.insert(3), numbers[0]);
        assert_eq!(
            (pages[first], pages[numbers[0]], pages[numbers[1]]),
            (0, 3, 2)
        );
        for number in [first, numbers[0], numbers[1]] {
            pages.remove(number);
        }
        assert_eq!(pages.memory(), SIZE, "the page that is filled next stays");
    }

    #[test]
    fn a_page_that_was_full_is_filled_again() {
        let mut pages = Pages::new();
        let count = u32::try_from(SIZE * 3).unwrap();
        let numbers: Vec<u32> = (0..count).map(|n| pages.insert(n)).collect();
        let some = [0, SIZE, SIZE + 1, SIZE * 2].map(|n| numbers[n]);
        for number in some {
            pages.remove(number);
        }
        let mut again = some.map(|_| pages.insert(0));
        again.sort_unstable();
        assert_eq!((again, pages.memory()), (some, SIZE * 3));
    }
}
