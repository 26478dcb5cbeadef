//! Memory for values of any type, one behind the other, which loom watches.
//!
//! Natively a unit is eight bytes, and what a value left there would be read as a pointer by who
//! comes next. Here pointers and values lie side by side, and a unit that is used as the one while
//! it is the other fails the model.

use super::atomic::AtomicPtr;
use super::cell::UnsafeCell;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr::{self, NonNull};

/// How many bytes of a value lie in a unit.
const BYTES: usize = 8;

/// A pointer that threads hand over, or a part of a value. Neither at first.
#[derive(Debug)]
pub(crate) struct Unit {
    head: AtomicPtr<()>,
    part: UnsafeCell<Part>,
}

#[derive(Debug)]
struct Part {
    bytes: [MaybeUninit<u8>; BYTES],
    /// Whether there is a part of a value here.
    is_there: bool,
}

// SAFETY: loom reports those who use a unit at the same time.
unsafe impl Sync for Unit {}

impl Unit {
    /// How many units a value takes.
    pub(crate) const fn count<T>() -> usize {
        size_of::<T>().div_ceil(BYTES)
    }

    pub(crate) fn new() -> Self {
        let bytes = [MaybeUninit::uninit(); BYTES];
        Self {
            head: AtomicPtr::new(ptr::null_mut()),
            part: UnsafeCell::new(Part {
                bytes,
                is_there: false,
            }),
        }
    }

    /// The unit as a pointer, null where it is zero.
    pub(crate) fn head(&self) -> &AtomicPtr<()> {
        // SAFETY: it is read; whoever writes it at the same time is reported.
        let is_value = self.part.with(|part| unsafe { (*part).is_there });
        assert!(!is_value, "what a value left is read as a pointer");
        &self.head
    }

    /// Puts a value into the units that begin here.
    ///
    /// # Safety
    ///
    /// There are [`count`](Self::count) units, which are the caller's alone. `T` is aligned to no
    /// more than eight bytes.
    pub(crate) unsafe fn put<T>(at: *const Self, value: T) {
        let value = ManuallyDrop::new(value);
        let bytes = (&raw const value).cast::<MaybeUninit<u8>>();
        for (index, from, len) in Self::parts::<T>() {
            // SAFETY: the caller's.
            let unit = unsafe { &*at.add(index) };
            unit.part.with_mut(|part| {
                // SAFETY: the caller's; whoever uses it at the same time is reported.
                let part = unsafe { &mut *part };
                assert!(!part.is_there, "a value is put where there is one");
                part.is_there = true;
                let to = part.bytes.as_mut_ptr();
                // SAFETY: within the value, and within the unit.
                unsafe { ptr::copy_nonoverlapping(bytes.add(from), to, len) };
            });
        }
    }

    /// Takes the value out of the units that begin here, which are zero after that.
    ///
    /// # Safety
    ///
    /// It was put here, the caller sees that, and the units are the caller's alone.
    pub(crate) unsafe fn take<T>(at: *const Self) -> T {
        if size_of::<T>() == 0 {
            // SAFETY: a value without a size was forgotten, and comes from nowhere.
            return unsafe { NonNull::<T>::dangling().read() };
        }
        let mut value = MaybeUninit::<T>::uninit();
        let bytes = value.as_mut_ptr().cast::<MaybeUninit<u8>>();
        for (index, from, len) in Self::parts::<T>() {
            // SAFETY: the caller's.
            let unit = unsafe { &*at.add(index) };
            unit.part.with_mut(|part| {
                // SAFETY: the caller's; whoever uses it at the same time is reported.
                let part = unsafe { &mut *part };
                assert!(part.is_there, "there is no value");
                part.is_there = false;
                // SAFETY: within the value, and within the unit.
                unsafe { ptr::copy_nonoverlapping(part.bytes.as_ptr(), bytes.add(from), len) };
            });
        }
        // SAFETY: all its bytes are there.
        unsafe { value.assume_init() }
    }

    /// For each unit of a value: its index, and which bytes of the value lie there.
    fn parts<T>() -> impl Iterator<Item = (usize, usize, usize)> {
        let part = |index: usize| {
            let from = index * BYTES;
            (index, from, (size_of::<T>() - from).min(BYTES))
        };
        (0..Self::count::<T>()).map(part)
    }
}
