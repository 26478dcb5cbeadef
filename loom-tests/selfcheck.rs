//! The tester, tested.

use super::support::{Bound::*, Payload, fails, model, outcomes};
use crate::sys::atomic::{AtomicBool, AtomicUsize, Ordering::*, fence};
use crate::sys::{Arc, thread};

fn start<T: Send + 'static>(main: impl FnOnce() -> T + Send + 'static) -> thread::JoinHandle<T> {
    thread::spawn(None, None, main).unwrap()
}

#[test]
fn message_passing_needs_release_and_acquire() {
    fn message_passing(store: crate::sys::atomic::Ordering, load: crate::sys::atomic::Ordering) {
        let shared = Arc::new((Payload::new(0), AtomicBool::new(false)));
        let theirs = shared.clone();
        let other = start(move || {
            theirs.0.write(1);
            theirs.1.store(true, store);
        });
        if shared.1.load(load) {
            assert_eq!(shared.0.read(), 1);
        }
        other.join().unwrap();
    }
    model("message_passing", Exhaustive, 2, || {
        message_passing(Release, Acquire)
    });
    for (store, load) in [(Relaxed, Acquire), (Release, Relaxed)] {
        let message = fails("message_passing_relaxed", Exhaustive, move || {
            message_passing(store, load)
        });
        assert!(message.contains("Causality"), "{message}");
    }
}

#[test]
fn a_deadlock_is_found_without_abort() {
    let m = fails("deadlock", Exhaustive, || {
        let p = thread::Parker::new();
        let m = crate::sys::Mutex::new(0);
        let _g = m.lock();
        p.park(None);
    });
    println!("{m}");
}
