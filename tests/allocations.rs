//! Waiting does not allocate, but for a thread's first time: asserted by a counting allocator.
//! (Not so with the feature `diagnostics`, which keeps books.)
#![cfg(not(feature = "diagnostics"))]

use rungs::sync::{AsyncMutex, AsyncRwLock, AutoResetEvent, Barrier, Event, Exchanger};
use rungs::sync::{Mutex, Phaser, Semaphore, WaitGroup};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

thread_local! {
    /// How often this thread has allocated.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting.
struct Counting;

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `f` allocates in this thread.
fn allocations(f: impl FnOnce()) -> usize {
    let before = COUNT.get();
    f();
    COUNT.get() - before
}

/// What a thread allocates once: its parker, when it first waits, and what `parking_lot` keeps of
/// a thread, when it first finds a lock taken.
const FIRST_TIMES: usize = 4;

/// A thread calls `wait`, which waits until another calls `release`, many times over; only what
/// it needs once may be allocated, in whichever round it first needs it.
fn waits_without_allocating(name: &str, wait: impl Fn() + Sync, release: impl Fn() + Sync) {
    const ROUNDS: usize = 40;
    let turn = AtomicUsize::new(0);
    thread::scope(|s| {
        s.spawn(|| {
            for round in 1..=ROUNDS {
                while turn.load(Ordering::Acquire) < round {
                    thread::yield_now();
                }
                // Long enough that nearly every wait goes to sleep; one that does not still
                // has to allocate nothing.
                thread::sleep(Duration::from_millis(2));
                release();
            }
        });
        let counts: Vec<_> = (1..=ROUNDS)
            .map(|round| {
                turn.store(round, Ordering::Release);
                allocations(&wait)
            })
            .collect();
        assert!(
            counts.iter().sum::<usize>() <= FIRST_TIMES,
            "{name}: {counts:?}"
        );
    });
}

#[test]
fn the_allocator_counts() {
    assert_eq!(allocations(|| drop(black_box(Box::new(1)))), 1);
    assert_eq!(allocations(|| ()), 0);
}

#[test]
fn a_blocked_thread_does_not_allocate() {
    const LONG: Duration = Duration::from_secs(60);
    for semaphore in [Semaphore::new(0), Semaphore::fair(0)] {
        let release = || semaphore.add_permits(1).unwrap();
        let wait = || semaphore.acquire().unwrap().forget();
        waits_without_allocating("acquire", wait, release);
        let wait = || semaphore.acquire_timeout(LONG).unwrap().forget();
        waits_without_allocating("acquire_timeout", wait, release);
    }
    let event = Event::new(false);
    let wait = || {
        event.wait();
        event.reset();
    };
    waits_without_allocating("Event", wait, || event.set());
}

/// Two meet a hundred times; each may allocate what it needs once, and what the first rounds do.
/// A round that one of them still holds when the next begins is not free to be used again, and
/// costs an allocation: who is preempted just there holds it for long. So not every attempt shows
/// that meeting again needs none.
fn meets_without_allocating(name: &str, meet: impl Fn(bool) + Sync) {
    const ROUNDS: usize = 100;
    const ATTEMPTS: usize = 20;
    let attempt = || {
        thread::scope(|s| {
            let meet = &meet;
            [true, false]
                .map(|first| s.spawn(move || allocations(|| (0..ROUNDS).for_each(|_| meet(first)))))
                .map(|thread| thread.join().unwrap())
        })
    };
    let fewest = (0..ATTEMPTS).map(|_| attempt().iter().sum()).min();
    assert!(fewest <= Some(3 * FIRST_TIMES), "{name}: {fewest:?}");
}

#[test]
fn those_who_meet_again_and_again_do_not_allocate() {
    let barrier = Barrier::new(2);
    meets_without_allocating("Barrier", |_| _ = barrier.wait().unwrap());
    let phaser = Phaser::new();
    let parties = [(); 2].map(|()| Mutex::new(phaser.register()));
    meets_without_allocating("Phaser", |first| {
        parties[usize::from(first)].lock().arrive_and_wait();
    });
    let exchanger = Exchanger::new();
    meets_without_allocating("Exchanger", |first| {
        assert_ne!(exchanger.exchange(first), first);
    });
}

#[test]
fn a_blocked_thread_does_not_allocate_at_the_others() {
    let mutex = AsyncMutex::new(());
    let held = Mutex::new(Some(mutex.lock()));
    let wait = || *held.lock() = Some(mutex.lock());
    waits_without_allocating("AsyncMutex", wait, || drop(held.lock().take()));
    let lock = AsyncRwLock::new(());
    let held = Mutex::new(Some(lock.write()));
    let wait = || *held.lock() = Some(lock.write());
    waits_without_allocating("AsyncRwLock", wait, || drop(held.lock().take()));
    let event = AutoResetEvent::new(false);
    waits_without_allocating("AutoResetEvent", || event.wait(), || event.set());
    let group = WaitGroup::new();
    let member = Mutex::new(Some(group.add()));
    let wait = || {
        group.wait();
        *member.lock() = Some(group.add());
    };
    waits_without_allocating("WaitGroup", wait, || drop(member.lock().take()));
}

#[test]
fn a_timeout_does_not_allocate() {
    let none = Semaphore::new(0);
    let wait = || assert!(none.acquire_timeout(Duration::from_millis(1)).is_err());
    wait();
    assert_eq!(allocations(wait), 0);
}

#[test]
fn a_waiting_task_does_not_allocate() {
    let mut cx = Context::from_waker(Waker::noop());
    for semaphore in [Semaphore::new(0), Semaphore::fair(0)] {
        let count = allocations(|| {
            let mut granted = pin!(semaphore.acquire_async());
            let mut dropped = Some(semaphore.acquire_async());
            assert!(granted.as_mut().poll(&mut cx).is_pending());
            {
                let mut dropped = pin!(dropped.take().unwrap());
                assert!(dropped.as_mut().poll(&mut cx).is_pending());
            }
            semaphore.add_permits(1).unwrap();
            assert!(granted.as_mut().poll(&mut cx).is_ready());
        });
        assert_eq!(count, 0);
    }
    let event = Event::new(false);
    let count = allocations(|| {
        let mut wait = pin!(event.wait_async());
        assert!(wait.as_mut().poll(&mut cx).is_pending());
        event.set();
        assert!(wait.as_mut().poll(&mut cx).is_ready());
    });
    assert_eq!(count, 0);
}
