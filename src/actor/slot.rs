//! Where the future of an async handler lies while it is not over: one place for each actor, used
//! again and again, so that a message costs no allocation once the place is large enough.
//!
//! # Invariants
//!
//! 1. Where there is a future, it lies in the buffer, and does not move until it is dropped.
//! 2. The buffer belongs to the slot, with this layout.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::mem;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

/// The place.
pub(super) struct Slot {
    future: Option<NonNull<dyn Future<Output = ()>>>,
    buffer: NonNull<u8>,
    /// Of the buffer; where its size is 0 there is none.
    layout: Layout,
}

impl Slot {
    pub(super) fn new() -> Self {
        Self {
            future: None,
            buffer: NonNull::dangling(),
            layout: Layout::new::<()>(),
        }
    }

    /// Whether a future is here.
    #[inline]
    pub(super) fn is_taken(&self) -> bool {
        self.future.is_some()
    }

    /// Puts a future here, where none is.
    ///
    /// # Safety
    ///
    /// What the future borrows stays until it is over or dropped, and nobody else touches it.
    pub(super) unsafe fn put<'a, F: Future<Output = ()> + 'a>(&mut self, future: F) {
        assert!(self.future.is_none(), "one message at a time");
        self.make_room(Layout::new::<F>());
        let place = self.buffer.cast::<F>();
        // SAFETY: there is room, aligned (invariant 2), and nothing is there.
        unsafe { place.write(future) };
        let place: NonNull<dyn Future<Output = ()> + 'a> = place;
        // SAFETY: only the lifetime is changed, for which the caller vouches.
        self.future = Some(unsafe {
            mem::transmute::<
                NonNull<dyn Future<Output = ()> + 'a>,
                NonNull<dyn Future<Output = ()> + 'static>,
            >(place)
        });
    }

    /// Polls the future; ready also where there is none. One that is over is dropped.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(mut future) = self.future else {
            return Poll::Ready(());
        };
        // SAFETY: it is here, and ours.
        let future = unsafe { future.as_mut() };
        // SAFETY: it does not move (invariant 1).
        let polled = unsafe { Pin::new_unchecked(future) }.poll(cx);
        if polled.is_ready() {
            self.clear();
        }
        polled
    }

    /// Drops the future, if one is here. May unwind; then, too, it is gone.
    pub(super) fn clear(&mut self) {
        if let Some(future) = self.future.take() {
            // SAFETY: it is here, and ours (invariant 1); nobody finds it any more.
            unsafe { future.drop_in_place() };
        }
    }

    /// Sees to a buffer that holds this.
    fn make_room(&mut self, wanted: Layout) {
        if wanted.size() <= self.layout.size() && wanted.align() <= self.layout.align() {
            return;
        }
        // At least 1, so that there is a place whatever the alignment.
        let size = wanted.size().max(self.layout.size()).max(1);
        let align = wanted.align().max(self.layout.align());
        let layout = Layout::from_size_align(size, align);
        let layout = layout
            .expect("as large as two things that exist")
            .pad_to_align();
        self.release();
        // SAFETY: the size is not 0.
        let buffer = unsafe { alloc(layout) };
        let Some(buffer) = NonNull::new(buffer) else {
            handle_alloc_error(layout)
        };
        self.buffer = buffer;
        self.layout = layout;
    }

    fn release(&mut self) {
        let layout = mem::replace(&mut self.layout, Layout::new::<()>());
        if layout.size() > 0 {
            // SAFETY: it was allocated with this layout (invariant 2), and nothing is in it.
            unsafe { dealloc(self.buffer.as_ptr(), layout) };
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        crate::panic::contain(|| self.clear());
        self.release();
    }
}
