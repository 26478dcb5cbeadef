//! The memory of a mailbox: blocks of units.
//!
//! ```text
//!   room = units                           room = 3      room = 1
//!  ┌──────┬──────────────┬──────┬─────────┬──────┬──────┬──────┬─────────┐
//!  │ head │ message .... │ head │ message │ head │ ...  │ JUMP │ trailer │
//!  └──────┴──────────────┴──────┴─────────┴──────┴──────┴──────┴─────────┘
//! ```
//!
//! A block is known by its trailer, and a place in it by its *room*: how many units there are
//! from there to the trailer. So blocks may differ in size, and who writes into one needs to know
//! nothing but the room. Units that nobody uses are zero.

use crate::sys::{cell::UnsafeCell, unit::Unit};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// A block, by its trailer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block(NonNull<Trailer>);

/// What lies behind the units of a block.
#[derive(Debug)]
pub(super) struct Trailer {
    /// How many units there are.
    units: usize,
    /// The block behind this one; handed over with its JUMP.
    next: UnsafeCell<Option<Block>>,
}

// SAFETY: it is memory, and whoever has it sees to it who uses what of it.
unsafe impl Send for Block {}
// SAFETY: as above.
unsafe impl Sync for Block {}

impl Block {
    /// A block of so many units, all zero.
    pub(super) fn allocate(units: usize) -> Self {
        let layout = Self::layout(units);
        // SAFETY: its size is not zero: there is a trailer.
        let base = unsafe { alloc(layout) }.cast::<Unit>();
        if base.is_null() {
            handle_alloc_error(layout);
        }
        for index in 0..units {
            // SAFETY: within the allocation.
            unsafe { base.add(index).write(Unit::new()) };
        }
        // SAFETY: within the allocation, behind the units.
        let trailer = unsafe { base.add(units) }.cast::<Trailer>();
        let next = UnsafeCell::new(None);
        // SAFETY: as above; the layout says that it is aligned.
        unsafe { trailer.write(Trailer { units, next }) };
        // SAFETY: not null, being within an allocation.
        Self(unsafe { NonNull::new_unchecked(trailer) })
    }

    /// Gives the memory back.
    ///
    /// # Safety
    ///
    /// Nobody uses the block any more, and no unit holds a value.
    pub(super) unsafe fn free(self) {
        // SAFETY: the caller's.
        let units = unsafe { self.units() };
        // SAFETY: where it was allocated.
        let base = unsafe { self.0.cast::<Unit>().sub(units) };
        for index in 0..units {
            // SAFETY: written by `allocate`, and not used any more.
            unsafe { base.add(index).drop_in_place() };
        }
        // SAFETY: as above.
        unsafe { self.0.drop_in_place() };
        // SAFETY: allocated with this layout.
        unsafe { dealloc(base.cast().as_ptr(), Self::layout(units)) };
    }

    fn layout(units: usize) -> Layout {
        const { assert!(align_of::<Trailer>() <= align_of::<Unit>()) };
        let units = Layout::array::<Unit>(units);
        let both = units.and_then(|units| units.extend(Layout::new::<Trailer>()));
        match both {
            Ok((layout, _)) => layout,
            Err(_) => unreachable!("blocks are small"),
        }
    }

    /// How many units there are.
    ///
    /// # Safety
    ///
    /// The block is there.
    #[inline(always)]
    pub(super) unsafe fn units(self) -> usize {
        // SAFETY: the caller's; it is never changed.
        unsafe { (*self.0.as_ptr()).units }
    }

    /// The unit with so much room.
    ///
    /// # Safety
    ///
    /// The block is there, and has that many units.
    #[inline(always)]
    pub(super) unsafe fn at(self, room: usize) -> *const Unit {
        // SAFETY: the caller's: within the allocation, to all of which the pointer belongs.
        unsafe { self.0.as_ptr().cast::<Unit>().sub(room) }
    }

    /// Says which block is behind this one.
    ///
    /// # Safety
    ///
    /// The block is there, and the caller is about to publish its JUMP.
    pub(super) unsafe fn set_next(self, next: Self) {
        // SAFETY: the caller's.
        let trailer = unsafe { self.0.as_ref() };
        // SAFETY: nobody reads it before the JUMP.
        trailer.next.with_mut(|link| unsafe { *link = Some(next) });
    }

    /// Takes the block behind this one.
    ///
    /// # Safety
    ///
    /// The block is there, and the caller has seen its JUMP.
    pub(super) unsafe fn take_next(self) -> Option<Self> {
        // SAFETY: the caller's.
        let trailer = unsafe { self.0.as_ref() };
        // SAFETY: the JUMP was seen, and there is one who reads.
        trailer.next.with_mut(|link| unsafe { (*link).take() })
    }

    pub(super) fn as_ptr(self) -> *mut Trailer {
        self.0.as_ptr()
    }

    /// The block with this trailer.
    ///
    /// # Safety
    ///
    /// The pointer is that of a block.
    #[inline(always)]
    pub(super) unsafe fn of(trailer: *mut Trailer) -> Self {
        // SAFETY: the caller's, hence not null.
        Self(unsafe { NonNull::new_unchecked(trailer) })
    }

    /// The block with this trailer, if it is one.
    pub(super) fn from_ptr(trailer: *mut Trailer) -> Option<Self> {
        NonNull::new(trailer).map(Self)
    }
}
