//! A function over a slice, by as many threads as have time.
//!
//! The thread that calls works on the items by itself, block after block. When it has done so for
//! a while, and somebody is hungry, it splits off half of what is left, as a fork, and goes on
//! with the other half. So a small slice costs no more than a loop, and a large one is shared
//! where there is somebody to share it with, to the last item.
//!
//! # Invariants
//!
//! 1. Every index is in one range at a time, and in the hand of one thread.
//! 2. What a thread made of its range so far is in its accumulator, which drops it where a panic
//!    passes through.

use super::strand::Strand;
use crate::panic::discard;
use crate::sys::clock::{self, Instant};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Range;
use std::time::Duration;

/// How long a thread works before it shares, and how long a block is to take at most.
const WHILE: Duration = Duration::from_micros(10);

/// How large the next block is: ever larger, as long as that takes no time worth speaking of.
struct Pace {
    block: usize,
    began: Instant,
    last: Instant,
}

impl Pace {
    fn new() -> Self {
        let now = clock::now();
        Self {
            block: 1,
            began: now,
            last: now,
        }
    }

    /// A block is done: whether it is time to look whether somebody is hungry.
    fn is_time(&mut self) -> bool {
        let now = clock::now();
        let took = now.saturating_duration_since(self.last);
        self.last = now;
        if took > WHILE {
            self.block = (self.block / 4).max(1);
        } else if took < WHILE / 4 {
            self.block = self.block.saturating_mul(2);
        }
        now.saturating_duration_since(self.began) > WHILE
    }
}

/// How a range is worked on.
struct Work<'a, I, S, C> {
    /// An accumulator for a range that begins here.
    identity: &'a I,
    /// Takes a part of the range into the accumulator.
    step: &'a S,
    /// Makes one of the accumulators of two neighbours.
    combine: &'a C,
}

impl<I, S, C> Work<'_, I, S, C> {
    fn all<A>(&self, len: usize) -> A
    where
        A: Send,
        I: Fn(usize) -> A + Sync,
        S: Fn(A, Range<usize>) -> A + Sync,
        C: Fn(A, A) -> A + Sync,
    {
        Strand::with_any(|_| self.part(0..len, (self.identity)(0)))
    }

    fn part<A>(&self, mut range: Range<usize>, mut done: A) -> A
    where
        A: Send,
        I: Fn(usize) -> A + Sync,
        S: Fn(A, Range<usize>) -> A + Sync,
        C: Fn(A, A) -> A + Sync,
    {
        let mut pace = Pace::new();
        while !range.is_empty() {
            let end = range.start + pace.block.min(range.len());
            done = (self.step)(done, range.start..end);
            range.start = end;
            if range.len() > 1 && pace.is_time() && Strand::is_short() {
                let middle = range.start + range.len() / 2;
                let left = || self.part(range.start..middle, done);
                let right = || self.part(middle..range.end, (self.identity)(middle));
                let (left, right) = super::join(left, right);
                return (self.combine)(left, right);
            }
        }
        done
    }
}

/// A pointer into a slice of which every thread works on a part of its own.
struct Parts<'a, T> {
    start: *mut T,
    slice: PhantomData<&'a mut [T]>,
}

// SAFETY: the parts do not overlap (invariant 1), so the threads get no more than exclusive
// references to different items.
unsafe impl<T: Send> Send for Parts<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Parts<'_, T> {}

impl<'a, T> Parts<'a, T> {
    fn of(slice: &'a mut [T]) -> Self {
        Self {
            start: slice.as_mut_ptr(),
            slice: PhantomData,
        }
    }

    /// # Safety
    ///
    /// The range lies in the slice, and belongs to the caller.
    #[expect(clippy::mut_from_ref, reason = "the ranges do not overlap")]
    unsafe fn part(&self, range: Range<usize>) -> &mut [T] {
        // SAFETY: the caller's.
        let start = unsafe { self.start.add(range.start) };
        // SAFETY: the caller's.
        unsafe { std::slice::from_raw_parts_mut(start, range.len()) }
    }
}

/// Results that were written, one behind the other.
struct Filled<R> {
    start: *mut R,
    len: usize,
}

// SAFETY: it owns `R`s.
unsafe impl<R: Send> Send for Filled<R> {}

impl<R> Filled<R> {
    /// # Safety
    ///
    /// There is room behind the last one, and it belongs to the caller.
    #[inline]
    unsafe fn push(&mut self, result: R) {
        // SAFETY: the caller's.
        unsafe { self.start.add(self.len).write(result) };
        self.len += 1;
    }

    /// One of two that touch.
    fn and(self, next: Self) -> Self {
        let (mut this, next) = (self, ManuallyDrop::new(next));
        this.len += next.len;
        this
    }
}

impl<R> Drop for Filled<R> {
    fn drop(&mut self) {
        if !std::mem::needs_drop::<R>() {
            return;
        }
        // One at a time: another panic, while one passes through, would end the process.
        for index in 0..self.len {
            // SAFETY: it lies within what was written.
            let result = unsafe { self.start.add(index) };
            // SAFETY: it was written, and nobody else has it.
            discard(unsafe { result.read() });
        }
    }
}

/// Calls `f` on each item, in as many threads as have time.
///
/// The calling thread works on the items by itself; it shares what is left only after some ten
/// microseconds, and only with workers that have nothing to do. The pool is that of the calling
/// worker, else the [global one](super::ThreadPoolExecutor::global); see
/// [`Handle::within`](super::Handle::within).
///
/// *Blocking:* until all is done; while it waits it runs parts of this very slice.
///
/// *Panics* where `f` does, when nobody works on the slice any more; which of the other items were
/// worked on is then left open.
///
/// ```
/// use rungs::executor::par_for_each;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// let sum = AtomicU64::new(0);
/// par_for_each(&[1, 2, 3], |n| _ = sum.fetch_add(*n, Ordering::Relaxed));
/// assert_eq!(sum.into_inner(), 6);
/// ```
#[doc(alias = "par_iter")]
pub fn par_for_each<T: Sync>(items: &[T], f: impl Fn(&T) + Sync) {
    let step = |(), range: Range<usize>| items[range].iter().for_each(&f);
    for_all(items.len(), step);
}

/// [`par_for_each`], for items that are changed.
///
/// *Blocking* and *panics* as there.
///
/// ```
/// let mut numbers = [1, 2, 3];
/// rungs::executor::par_for_each_mut(&mut numbers, |n| *n *= 10);
/// assert_eq!(numbers, [10, 20, 30]);
/// ```
#[doc(alias = "par_iter_mut")]
pub fn par_for_each_mut<T: Send>(items: &mut [T], f: impl Fn(&mut T) + Sync) {
    let (len, items) = (items.len(), Parts::of(items));
    for_all(len, |(), range| {
        // SAFETY: the range is ours (invariant 1).
        unsafe { items.part(range) }.iter_mut().for_each(&f);
    });
}

/// Calls `f` on each run of `size` items, and on the shorter one at the end, with its number:
/// [`slice::chunks_mut`], in as many threads as have time.
///
/// *Blocking* as [`par_for_each`].
///
/// *Panics* where `size` is 0, and as [`par_for_each`].
///
/// ```
/// let mut pixels = [0; 5];
/// rungs::executor::par_chunks_mut(&mut pixels, 2, |row, pixels| pixels.fill(row));
/// assert_eq!(pixels, [0, 0, 1, 1, 2]);
/// ```
pub fn par_chunks_mut<T: Send>(items: &mut [T], size: usize, f: impl Fn(usize, &mut [T]) + Sync) {
    assert!(size > 0, "`size` is 0");
    let (len, items) = (items.len(), Parts::of(items));
    for_all(len.div_ceil(size), |(), chunks| {
        for chunk in chunks {
            let start = chunk * size;
            let end = len.min(start.saturating_add(size));
            // SAFETY: the chunk is ours (invariant 1).
            f(chunk, unsafe { items.part(start..end) });
        }
    });
}

/// Calls `f` on each item, in as many threads as have time, and gives the results in the order of
/// the items.
///
/// *Blocking* as [`par_for_each`]. *Panics*, too; results that are there are dropped, and a panic
/// of one concerns nobody.
///
/// *Cost:* one allocation, that of the `Vec`.
///
/// ```
/// let lengths = rungs::executor::par_map(&["one", "three"], |word| word.len());
/// assert_eq!(lengths, [3, 5]);
/// ```
pub fn par_map<T: Sync, R: Send>(items: &[T], f: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let len = items.len();
    let mut results: Vec<R> = Vec::with_capacity(len);
    let places = Parts {
        start: results.as_mut_ptr(),
        slice: PhantomData::<&mut [R]>,
    };
    let places = &places;
    let work = Work {
        identity: &|start| Filled {
            // SAFETY: within the capacity.
            start: unsafe { places.start.add(start) },
            len: 0,
        },
        step: &|mut filled: Filled<R>, range: Range<usize>| {
            for item in &items[range] {
                // SAFETY: a place for each item, and the range is ours (invariant 1).
                unsafe { filled.push(f(item)) };
            }
            filled
        },
        combine: &Filled::and,
    };
    let filled = ManuallyDrop::new(work.all(len));
    assert_eq!(filled.len, len, "all ranges together are the whole");
    // SAFETY: all of them were written, and are the vector's now.
    unsafe { results.set_len(len) };
    results
}

/// Folds the items, in as many threads as have time: each part of the slice from `identity()` on
/// by `fold`; the parts are put together, in the order of the items, by `combine`.
///
/// How the slice is parted is left open. So that it does not matter, `combine` is to be
/// associative, and `identity()` to change nothing.
///
/// *Blocking* and *panics* as [`par_for_each`].
///
/// ```
/// let words = ["one", "three", "five"];
/// let letters = rungs::executor::par_reduce(
///     &words,
///     || 0,
///     |sum, word| sum + word.len(),
///     |left, right| left + right,
/// );
/// assert_eq!(letters, 12);
/// ```
#[doc(alias = "fold")]
pub fn par_reduce<T: Sync, A: Send>(
    items: &[T],
    identity: impl Fn() -> A + Sync,
    fold: impl Fn(A, &T) -> A + Sync,
    combine: impl Fn(A, A) -> A + Sync,
) -> A {
    let work = Work {
        identity: &|_| identity(),
        step: &|done: A, range: Range<usize>| items[range].iter().fold(done, &fold),
        combine: &combine,
    };
    work.all(items.len())
}

fn for_all(len: usize, step: impl Fn((), Range<usize>) + Sync) {
    let work = Work {
        identity: &|_| (),
        step: &step,
        combine: &|(), ()| (),
    };
    work.all(len);
}
