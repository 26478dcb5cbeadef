//! Locks that are gone leave nothing behind. (A test binary of its own: it counts all memory.)
#![cfg(feature = "diagnostics")]

use rungs::sync::{Mutex, RwLock};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};

/// How many bytes are in use.
static IN_USE: AtomicIsize = AtomicIsize::new(0);

struct Counting;

// SAFETY: the system's allocator, and a count beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size() as isize, Relaxed);
        // SAFETY: as promised to us.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size() as isize, Relaxed);
        // SAFETY: as promised to us.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Locks the two in this order.
fn lock_both(one: &Mutex<u32>, two: &RwLock<u32>) {
    let held = one.lock();
    drop(two.read());
    drop(two.write());
    drop(held);
}

#[test]
fn a_million_locks_leave_no_memory_behind() {
    /// More than what is kept for good: a node or two of each of the maps.
    const FEW: isize = 16 << 10;
    lock_both(&Mutex::new(0), &RwLock::new(0));
    let before = IN_USE.load(Relaxed);

    for _ in 0..300_000 {
        lock_both(&Mutex::new(0), &RwLock::new(0));
    }
    let after = IN_USE.load(Relaxed);
    assert!(
        after - before < FEW,
        "one after the other: {before} -> {after}"
    );

    // Beside some that stay.
    let (mutex, lock) = (Mutex::new(0), RwLock::new(0));
    for _ in 0..100_000 {
        lock_both(&mutex, &RwLock::new(0));
        lock_both(&Mutex::new(0), &lock);
    }
    let after = IN_USE.load(Relaxed);
    assert!(
        after - before < FEW,
        "beside some that stay: {before} -> {after}"
    );

    // With guards that are forgotten.
    for _ in 0..2_000 {
        let mutex = Mutex::new(0);
        std::mem::forget(mutex.lock());
    }
    let after = IN_USE.load(Relaxed);
    assert!(
        after - before < FEW,
        "with guards forgotten: {before} -> {after}"
    );

    // By threads that end.
    for _ in 0..500 {
        std::thread::scope(|scope| {
            scope.spawn(|| drop(mutex.lock()));
        });
    }
    let after = IN_USE.load(Relaxed);
    assert!(after - before < FEW, "by many threads: {before} -> {after}");

    // All at once, each ordered with its neighbours.
    let many = Vec::from_iter((0..100_000).map(|_| (Mutex::new(0), RwLock::new(0))));
    for pair in many.windows(2) {
        lock_both(&pair[0].0, &pair[0].1);
        lock_both(&pair[0].0, &pair[1].1);
        let held = pair[0].1.read();
        drop(pair[1].0.lock());
        drop(held);
    }
    assert!(IN_USE.load(Relaxed) - before > FEW);
    drop(many);
    let after = IN_USE.load(Relaxed);
    assert!(after - before < FEW, "all at once: {before} -> {after}");
}
