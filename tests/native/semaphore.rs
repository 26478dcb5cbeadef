//! The semaphore, natively: boundary values, crowds, stress.

use rungs::future::block_on;
use rungs::sync::{AcquireError, Closed, Event, Overflow, Semaphore, TryAcquireError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

const MAX: usize = Semaphore::MAX_PERMITS;

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn boundary_values_are_errors_or_name_the_argument() {
    let full = Semaphore::new(MAX);
    assert_eq!(full.add_permits(1), Err(Overflow));
    assert_eq!(full.add_permits(usize::MAX), Err(Overflow));
    assert_eq!(full.add_permits(0), Ok(()));
    let all = full.acquire_many(MAX).unwrap();
    assert_eq!(full.available(), 0);
    full.add_permits(MAX).unwrap();
    drop(all);
    assert_eq!(full.available(), MAX as isize, "it keeps what it can hold");

    for call in [
        (|| _ = Semaphore::new(MAX + 1)) as fn(),
        || _ = Semaphore::fair(usize::MAX),
        || drop(Semaphore::new(1).acquire_many(MAX + 1)),
        || drop(Semaphore::new(1).try_acquire_many(usize::MAX)),
        || drop(Semaphore::new(1).acquire_many_async(usize::MAX)),
        || drop(Semaphore::new(1).acquire_many_timeout(usize::MAX, Duration::ZERO)),
    ] {
        let panic = catch_unwind(call).unwrap_err();
        let message = panic.downcast_ref::<&str>().unwrap();
        assert!(
            message.contains("`permits` is above Semaphore::MAX_PERMITS"),
            "{message}"
        );
    }
}

#[test]
fn nothing_is_asked_for_and_given_at_once() {
    let none = Semaphore::new(0);
    assert_eq!(none.acquire_many(0).unwrap().count(), 0);
    assert_eq!(none.try_acquire_many(0).unwrap().count(), 0);
    none.close();
    assert_eq!(none.acquire_many(0).unwrap_err(), Closed);
}

#[test]
fn timeouts_of_any_length_are_borne() {
    let semaphore = Semaphore::new(1);
    assert!(semaphore.acquire_timeout(Duration::MAX).is_ok());
    assert!(semaphore.acquire_timeout(Duration::ZERO).is_ok());
    let long_ago = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
    assert!(semaphore.acquire_deadline(long_ago).is_ok(), "free is free");
    let _held = semaphore.acquire().unwrap();
    let timed_out = Err(AcquireError::TimedOut);
    assert_eq!(
        semaphore.acquire_timeout(Duration::ZERO).map(drop),
        timed_out
    );
    assert_eq!(semaphore.acquire_deadline(long_ago).map(drop), timed_out);
    assert_eq!(semaphore.waiters(), 0);
}

#[test]
fn a_wait_without_end_ends_with_a_permit() {
    let semaphore = Semaphore::new(0);
    thread::scope(|s| {
        let waiter = s.spawn(|| semaphore.acquire_timeout(Duration::MAX).map(drop));
        semaphore.add_permits(1).unwrap();
        assert_eq!(waiter.join().unwrap(), Ok(()));
    });
}

#[test]
fn ten_thousand_waiters_are_served_and_leave_nothing() {
    for semaphore in [Semaphore::new(0), Semaphore::fair(0)] {
        let mut waiters: Vec<_> = (0..10_000)
            .map(|_| Box::pin(semaphore.acquire_async()))
            .collect();
        for waiter in &mut waiters {
            assert!(poll(waiter.as_mut()).is_pending());
        }
        assert_eq!(semaphore.waiters(), 10_000);
        // Every third leaves: from the front, the middle and the end.
        let mut index = 0;
        waiters.retain(|_| {
            index += 1;
            index % 3 != 0
        });
        assert_eq!(semaphore.waiters(), waiters.len());
        semaphore.add_permits(waiters.len()).unwrap();
        for waiter in &mut waiters {
            let Poll::Ready(Ok(permit)) = poll(waiter.as_mut()) else {
                panic!("served")
            };
            permit.forget();
        }
        assert_eq!((semaphore.waiters(), semaphore.available()), (0, 0));
    }
}

#[test]
fn ten_thousand_polls_and_drops_leave_no_waiter() {
    let semaphore = Semaphore::new(0);
    for _ in 0..10_000 {
        assert!(poll(pin!(semaphore.acquire_async())).is_pending());
    }
    assert_eq!(semaphore.waiters(), 0);
}

#[test]
fn a_permit_outlives_close_and_comes_back() {
    let semaphore = Arc::new(Semaphore::new(2));
    let owned = semaphore.acquire_many_owned(2).unwrap();
    assert!(semaphore.close());
    assert!(!semaphore.close());
    assert_eq!(
        semaphore.try_acquire().unwrap_err(),
        TryAcquireError::Closed
    );
    assert_eq!(block_on(semaphore.acquire_async()).unwrap_err(), Closed);
    thread::spawn(move || drop(owned)).join().unwrap();
    assert_eq!(semaphore.available(), 2);
}

#[test]
fn permits_of_two_semaphores_do_not_merge() {
    let (one, two) = (Semaphore::new(1), Semaphore::new(1));
    let mut mine = one.acquire().unwrap();
    let other = two.acquire().unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| mine.merge(other))).is_err());
    assert_eq!(two.available(), 1, "given back where it belongs");
    assert_eq!(mine.count(), 1);
}

#[test]
fn permits_do_not_merge_past_the_maximum() {
    let semaphore = Semaphore::new(MAX);
    let mut all = semaphore.acquire_many(MAX).unwrap();
    semaphore.add_permits(1).unwrap();
    let one = semaphore.acquire().unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| all.merge(one))).is_err());
    assert_eq!((all.count(), semaphore.available()), (MAX, 1));
}

#[test]
fn a_permit_is_given_back_by_a_panic() {
    let semaphore = Semaphore::new(1);
    let failed = catch_unwind(AssertUnwindSafe(|| {
        let _permit = semaphore.acquire().unwrap();
        panic!("at work");
    }));
    assert!(failed.is_err());
    assert_eq!(semaphore.available(), 1);
}

/// Wakes by going straight back in.
struct Reenter(Arc<Semaphore>, AtomicUsize);

impl Wake for Reenter {
    fn wake(self: Arc<Self>) {
        let inside = pin!(self.0.acquire_async());
        let _ = poll(inside);
        let _ = self.0.try_acquire().map(drop);
        self.1.fetch_add(1, Relaxed);
    }
}

#[test]
fn a_waker_may_go_straight_back_in() {
    let semaphore = Arc::new(Semaphore::new(0));
    let waker = Arc::new(Reenter(semaphore.clone(), AtomicUsize::new(0)));
    let mut waiter = pin!(semaphore.acquire_async());
    let task = Waker::from(waker.clone());
    assert!(
        waiter
            .as_mut()
            .poll(&mut Context::from_waker(&task))
            .is_pending()
    );
    semaphore.add_permits(1).unwrap();
    assert_eq!(waker.1.load(Relaxed), 1);
    assert!(poll(waiter).is_ready());
}

/// Threads, tasks, weights, timeouts and cancellations at random: every permit is accounted for,
/// and never are more at work than there are permits.
#[test]
fn no_permit_is_lost_or_doubled_under_stress() {
    const PERMITS: usize = 3;
    for semaphore in [Semaphore::new(PERMITS), Semaphore::fair(PERMITS)] {
        let at_work = AtomicUsize::new(0);
        let work = |count: usize| {
            let before = at_work.fetch_add(count, Relaxed);
            assert!(before + count <= PERMITS, "{before} + {count} at work");
            if count == 2 {
                thread::yield_now();
            }
            at_work.fetch_sub(count, Relaxed);
        };
        thread::scope(|s| {
            for seed in 1..=6_usize {
                let (semaphore, work) = (&semaphore, &work);
                s.spawn(move || {
                    let mut random = seed * 0x9E37_79B9;
                    for _ in 0..20_000 {
                        random ^= random << 13;
                        random ^= random >> 7;
                        random ^= random << 17;
                        let count = 1 + random / 8 % PERMITS;
                        let got = match random % 8 {
                            0 => semaphore.try_acquire_many(count).ok(),
                            1 => semaphore.acquire_many_timeout(count, Duration::ZERO).ok(),
                            2 => {
                                let brief = Duration::from_micros(20);
                                semaphore.acquire_many_timeout(count, brief).ok()
                            }
                            3 => block_on(semaphore.acquire_many_async(count)).ok(),
                            4 => match poll(pin!(semaphore.acquire_many_async(count))) {
                                Poll::Ready(permit) => permit.ok(),
                                Poll::Pending => None,
                            },
                            _ => semaphore.acquire_many(count).ok(),
                        };
                        if let Some(permit) = got {
                            work(permit.count());
                        }
                    }
                });
            }
        });
        assert_eq!(semaphore.available(), PERMITS as isize);
        assert_eq!(semaphore.waiters(), 0);
    }
}

/// Threads and tasks on one object, woken by one event.
#[test]
fn an_event_releases_threads_and_tasks_alike() {
    let event = Event::new(false);
    let released = AtomicUsize::new(0);
    thread::scope(|s| {
        for blocking in [true, false, true, false] {
            let (event, released) = (&event, &released);
            s.spawn(move || {
                match blocking {
                    true => event.wait(),
                    false => block_on(event.wait_async()),
                }
                released.fetch_add(1, Relaxed);
            });
        }
        event.set();
    });
    assert_eq!(released.load(Relaxed), 4);
}

#[test]
fn a_crowd_waits_for_an_event() {
    let event = Event::new(false);
    let mut waits: Vec<_> = (0..10_000).map(|_| Box::pin(event.wait_async())).collect();
    for wait in &mut waits {
        assert!(poll(wait.as_mut()).is_pending());
    }
    event.set();
    event.reset();
    for wait in &mut waits {
        assert!(poll(wait.as_mut()).is_ready());
    }
    assert!(!event.is_set());
}
