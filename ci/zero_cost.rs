//! Pairs of functions, one over the facade and one over what lies below it, whose machine code
//! `ci/zero-cost` compares.

use crate::sys::{Mutex, atomic, cell};
use std::sync::atomic::Ordering::AcqRel;

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn facade_atomic(a: &atomic::AtomicUsize) -> usize {
    a.fetch_add(1, AcqRel)
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn bare_atomic(a: &std::sync::atomic::AtomicUsize) -> usize {
    a.fetch_add(1, AcqRel)
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn facade_cell(c: &cell::UnsafeCell<u64>) {
    // SAFETY: the caller has the cell to itself.
    c.with_mut(|value| unsafe { *value += 1 });
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn bare_cell(c: &std::cell::UnsafeCell<u64>) {
    // SAFETY: the caller has the cell to itself.
    unsafe { *c.get() += 1 };
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn facade_lock(m: &Mutex<u64>) {
    *m.lock() += 1;
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn public_lock(m: &crate::sync::Mutex<u64>) {
    *m.lock() += 1;
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn bare_lock(m: &parking_lot::Mutex<u64>) {
    *m.lock() += 1;
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn public_read(l: &crate::sync::RwLock<u64>) -> u64 {
    *l.read()
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn bare_read(l: &parking_lot::RwLock<u64>) -> u64 {
    *l.read()
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn public_write(l: &crate::sync::RwLock<u64>) {
    *l.write() += 1;
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn bare_write(l: &parking_lot::RwLock<u64>) {
    *l.write() += 1;
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn public_again(m: &crate::sync::ReentrantMutex<u64>) -> u64 {
    *m.lock()
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn bare_again(m: &parking_lot::ReentrantMutex<u64>) -> u64 {
    *m.lock()
}

/// The functions do the same, so that the comparison means something.
#[test]
fn each_pair_does_the_same() {
    let (a, b) = Default::default();
    assert_eq!(facade_atomic(&a) + bare_atomic(&b), 0);
    let (a, mut b) = (cell::UnsafeCell::new(0), std::cell::UnsafeCell::new(0));
    facade_cell(&a);
    bare_cell(&b);
    a.with_mut(|value| {
        // SAFETY: ours alone.
        assert_eq!(unsafe { *value }, 1);
    });
    assert_eq!(*b.get_mut(), 1);
    let locks = (
        Mutex::new(0),
        crate::sync::Mutex::new(0),
        parking_lot::Mutex::new(0),
    );
    facade_lock(&locks.0);
    public_lock(&locks.1);
    bare_lock(&locks.2);
    assert_eq!([*locks.0.lock(), *locks.1.lock(), *locks.2.lock()], [1; 3]);
    let locks = (crate::sync::RwLock::new(0), parking_lot::RwLock::new(0));
    public_write(&locks.0);
    bare_write(&locks.1);
    assert_eq!([public_read(&locks.0), bare_read(&locks.1)], [1; 2]);
    let (one, other) = (Default::default(), Default::default());
    assert_eq!(public_again(&one) + bare_again(&other), 0);
}
