//! The cancel token, natively: large trees, callbacks, memory.

use rungs::future::block_on;
use rungs::sync::{CancelToken, Cancelled, TimedOut};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

const CROWD: usize = 10_000;

thread_local! {
    /// How many bytes this thread has allocated and not freed.
    static BYTES: Cell<isize> = const { Cell::new(0) };
}

/// Counts what each thread holds, so that tests may run side by side.
struct Counting;

// SAFETY: hands everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = BYTES.try_with(|bytes| bytes.set(bytes.get() + layout.size() as isize));
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        let _ = BYTES.try_with(|bytes| bytes.set(bytes.get() - layout.size() as isize));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A count, and something that adds one to it.
fn counter() -> (Arc<AtomicUsize>, impl Fn() + Clone + Send + Sync + 'static) {
    let count = Arc::new(AtomicUsize::new(0));
    let other = count.clone();
    (count, move || _ = other.fetch_add(1, Relaxed))
}

#[test]
fn a_million_children_leave_no_trace() {
    let parent = CancelToken::new();
    let keep = [parent.child(), parent.child()];
    let before = BYTES.get();
    for _ in 0..1_000_000 {
        drop(parent.child());
    }
    assert_eq!(BYTES.get(), before);
    // Many at one time, gone in another order: their room is used again, or given back.
    for _ in 0..3 {
        let mut children: Vec<_> = (0..CROWD).map(|_| parent.child()).collect();
        while !children.is_empty() {
            children.swap_remove(children.len() / 2);
        }
    }
    drop(keep);
    assert!(BYTES.get() <= before, "an empty parent keeps no room");
    for _ in 0..CROWD {
        drop(parent.on_cancel(|| unreachable!("taken back")));
        assert!(poll(pin!(parent.cancelled_async())).is_pending());
    }
    assert!(BYTES.get() <= before);
    assert!(parent.cancel());
}

#[test]
fn a_deep_tree_is_cancelled_and_dropped_without_recursion() {
    const DEPTH: usize = 100_000;
    for cancelled in [true, false] {
        // A small stack: recursion would not do.
        let thread = thread::Builder::new().stack_size(64 << 10).spawn(move || {
            let root = CancelToken::new();
            let deepest = (0..DEPTH).fold(root.clone(), |token, _| token.child());
            let (count, add) = counter();
            let told = deepest.on_cancel(add);
            if cancelled {
                assert!(root.cancel());
                assert!(deepest.is_cancelled());
            }
            assert_eq!(count.load(Relaxed), usize::from(cancelled));
            drop((told, root));
            drop(deepest);
        });
        thread.unwrap().join().unwrap();
    }
}

#[test]
fn a_wide_tree_is_cancelled() {
    let root = CancelToken::new();
    let children: Vec<_> = (0..CROWD).map(|_| root.child()).collect();
    let grandchildren: Vec<_> = children.iter().map(CancelToken::child).collect();
    let mut waits: Vec<_> = grandchildren
        .iter()
        .map(|token| Box::pin(token.cancelled_async()))
        .collect();
    assert!(
        waits
            .iter_mut()
            .all(|wait| poll(wait.as_mut()).is_pending())
    );
    assert!(children[0].cancel());
    assert!(poll(waits[0].as_mut()).is_ready());
    assert!(poll(waits[1].as_mut()).is_pending());
    assert!(!root.is_cancelled());
    drop(children);
    assert!(root.cancel());
    assert!(
        waits[1..]
            .iter_mut()
            .all(|wait| poll(wait.as_mut()).is_ready())
    );
}

#[test]
fn cancelling_goes_down_and_never_up() {
    let root = CancelToken::default();
    let (left, right) = (root.child(), root.child());
    let below = left.child();
    assert!(left.cancel());
    assert_eq!(
        [&root, &left, &right, &below].map(CancelToken::is_cancelled),
        [false, true, false, true]
    );
    assert!(!below.cancel(), "it was");
    assert_eq!((root.check(), below.check()), (Ok(()), Err(Cancelled)));
    assert!(below.child().is_cancelled() && left.child().try_cancelled());
    assert_eq!(format!("{left:?}"), "CancelToken { cancelled: true, .. }");
    // One whose parent's handles are gone hears of it all the same.
    let orphan = right.child();
    drop(right);
    assert!(root.cancel());
    assert!(orphan.is_cancelled());
}

#[test]
fn callbacks_are_called_once_or_taken_back() {
    let token = CancelToken::new();
    let child = token.child();
    let (count, add) = counter();
    let before = Arc::strong_count(&count);
    let kept = token.on_cancel(add.clone());
    token.on_cancel(add.clone()).keep();
    let below = child.on_cancel(add.clone());
    drop(token.on_cancel(add.clone()));
    assert_eq!(
        Arc::strong_count(&count),
        before + 3,
        "taken back, and dropped"
    );
    assert!(token.cancel());
    assert_eq!(
        (count.load(Relaxed), Arc::strong_count(&count)),
        (3, before)
    );
    drop((kept, below));
    let late = token.on_cancel(add.clone());
    assert_eq!(count.load(Relaxed), 4, "at once");
    drop(late);
    assert_eq!(count.load(Relaxed), 4);
    // With the last handle, callbacks that were never called go.
    let token = CancelToken::new();
    let kept = token.on_cancel(add.clone());
    token.on_cancel(add.clone()).keep();
    drop((token, kept));
    assert_eq!(
        (count.load(Relaxed), Arc::strong_count(&count)),
        (4, before)
    );
}

#[test]
fn a_callback_may_use_its_token() {
    let token = CancelToken::new();
    let (count, add) = counter();
    let slot = Arc::new(OnceLock::new());
    let told = token.on_cancel({
        let (token, slot) = (token.clone(), slot.clone());
        move || {
            assert!(token.is_cancelled() && !token.cancel());
            assert!(token.child().is_cancelled());
            token.cancelled();
            drop(token.on_cancel(add));
            assert!(slot.get().is_some()); // its own registration is still there
        }
    });
    let own = slot.set(told);
    assert!(own.is_ok());
    assert!(token.cancel());
    assert_eq!(count.load(Relaxed), 1);
}

#[test]
fn panics_of_callbacks_and_their_drops_cost_nobody_anything() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in a drop");
        }
    }
    let token = CancelToken::new();
    let child = token.child();
    let (count, add) = counter();
    let bomb = Bomb;
    let told = [
        child.on_cancel(|| panic!("in a callback")),
        child.on_cancel(add.clone()),
        token.on_cancel(|| panic!("in a callback")),
        token.on_cancel(add.clone()),
        token.on_cancel(move || drop(bomb)),
    ];
    let mut waits = Box::pin(child.cancelled_async());
    assert!(poll(waits.as_mut()).is_pending());
    assert!(token.cancel());
    assert_eq!(count.load(Relaxed), 2);
    assert!(poll(waits.as_mut()).is_ready());
    drop(told);
    drop(token.on_cancel(|| panic!("at once")));
    // Never called, and dropped with the token.
    let token = CancelToken::new();
    let (bomb, other) = (Bomb, Bomb);
    token.on_cancel(move || drop(bomb)).keep();
    token.on_cancel(move || drop(other)).keep();
    drop(token);
}

#[test]
fn waits_end_in_time_or_with_the_token() {
    let token = CancelToken::new();
    assert_eq!(token.cancelled_timeout(Duration::ZERO), Err(TimedOut));
    assert_eq!(token.cancelled_deadline(Instant::now()), Err(TimedOut));
    thread::scope(|s| {
        let waiters = [
            s.spawn(|| assert_eq!(token.cancelled_timeout(Duration::MAX), Ok(()))),
            s.spawn(|| token.cancelled()),
            s.spawn(|| block_on(token.cancelled_async())),
        ];
        token.cancel();
        for waiter in waiters {
            waiter.join().unwrap();
        }
    });
}

#[test]
fn a_guard_cancels_unless_disarmed() {
    let token = CancelToken::new();
    let guard = token.child().drop_guard();
    assert!(!guard.disarm().is_cancelled());
    let child = token.child();
    let thread = thread::spawn({
        let guard = child.clone().drop_guard();
        move || {
            let _guard = guard;
            panic!("on purpose");
        }
    });
    assert!(thread.join().is_err());
    assert!(child.is_cancelled() && !token.is_cancelled());
}

/// asyncband#41, tokio#5475: a waker comes straight back, and finds no lock held.
#[test]
fn wakers_may_use_the_token() {
    struct Again(CancelToken, Mutex<Vec<CancelToken>>);
    impl Wake for Again {
        fn wake(self: Arc<Self>) {
            assert!(!self.0.cancel());
            self.1.lock().unwrap().push(self.0.child());
            drop(self.0.on_cancel(|| ()));
        }
    }
    let token = CancelToken::new();
    let again = Arc::new(Again(token.clone(), Mutex::default()));
    let waker = again.clone().into();
    let mut waits = Box::pin(token.cancelled_async());
    assert!(
        waits
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    assert!(token.cancel());
    assert!(again.1.lock().unwrap()[0].is_cancelled());
}

/// Trees grow, shrink and are cancelled at one time; each callback is called at most once.
#[test]
fn a_busy_tree_stays_sound() {
    for _ in 0..50 {
        let root = CancelToken::new();
        let (calls, add) = counter();
        let registered = AtomicUsize::new(0);
        thread::scope(|s| {
            for seed in 0..4 {
                let (mut token, root, add, registered) = (root.child(), &root, &add, &registered);
                s.spawn(move || {
                    for step in 0..200 {
                        match (step + seed) % 5 {
                            0 => token = root.child(),
                            1 => token = token.child(),
                            2 => drop(token.child()),
                            3 => {
                                registered.fetch_add(1, Relaxed);
                                token.on_cancel(add.clone()).keep();
                            }
                            _ => _ = token.child().cancel(),
                        }
                    }
                    root.cancel();
                    // Perhaps another is at it.
                    token.cancelled();
                });
            }
        });
        assert!(root.is_cancelled());
        assert!(calls.load(Relaxed) <= registered.into_inner());
    }
}
