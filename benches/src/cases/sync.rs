//! Rung 1: locks and synchronizers.

use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::*};

use futures::FutureExt as _;
use futures::executor::block_on;
use tokio::task::yield_now;

use super::semaphores::{AsyncSemaphore, RungsFair, Semaphore};
use super::{by_hand, repeat, tokio_runtime, work};
use crate::harness::{Body, Case, Clock};

pub fn cases() -> Vec<Case> {
    vec![
        mutex_uncontended(),
        mutex_contended("sync/mutex_contended_2", 2),
        mutex_contended("sync/mutex_contended_4", 4),
        mutex_async_uncontended(),
        rwlock_read_uncontended(),
        rwlock_read_2threads(),
        semaphore_uncontended(),
        semaphore_contended_4x2(),
        semaphore_contended_4x1(),
        semaphore_async_contended(),
        event_set_unwaited(),
    ]
}

fn mutex_uncontended() -> Case {
    Case::new("sync/mutex_uncontended", "lock + unlock")
        .rungs("rungs", |n, clock| {
            let mutex = rungs::sync::Mutex::new(0);
            clock.time(|| (0..n).for_each(|_| *black_box(&mutex).lock() += 1));
            assert_eq!(mutex.into_inner(), n);
        })
        .peer("std", |n, clock| {
            let mutex = std::sync::Mutex::new(0);
            clock.time(|| (0..n).for_each(|_| *black_box(&mutex).lock().unwrap() += 1));
            assert_eq!(mutex.into_inner().unwrap(), n);
        })
        .peer("parking_lot", |n, clock| {
            let mutex = parking_lot::Mutex::new(0);
            clock.time(|| (0..n).for_each(|_| *black_box(&mutex).lock() += 1));
            assert_eq!(mutex.into_inner(), n);
        })
        .peer("async-lock lock_blocking", |n, clock| {
            let mutex = async_lock::Mutex::new(0);
            clock.time(|| (0..n).for_each(|_| *black_box(&mutex).lock_blocking() += 1));
            assert_eq!(mutex.into_inner(), n);
        })
        .peer("tokio blocking_lock", |n, clock| {
            let mutex = tokio::sync::Mutex::new(0);
            clock.time(|| (0..n).for_each(|_| *black_box(&mutex).blocking_lock() += 1));
            assert_eq!(mutex.into_inner(), n);
        })
        .bound("CAS, store", |n, clock| {
            let locked = AtomicBool::new(false);
            let mut count = 0;
            clock.time(|| {
                for _ in 0..n {
                    let locked = black_box(&locked);
                    let taken = locked.compare_exchange(false, true, Acquire, Relaxed);
                    *black_box(&mut count) += u64::from(taken.is_ok());
                    locked.store(false, Release);
                }
            });
            assert_eq!(count, n);
        })
}

/// Locks from within one task; the futures are ready at once.
fn mutex_async_uncontended() -> Case {
    Case::new(
        "sync/mutex_async_uncontended",
        "lock().await (ready) + unlock",
    )
    .rungs("rungs AsyncMutex", |n, clock| {
        let mutex = rungs::sync::AsyncMutex::new(0);
        clock.time(|| {
            block_on(async {
                for _ in 0..n {
                    *black_box(&mutex).lock_async().await += 1;
                }
            });
        });
        assert_eq!(mutex.into_inner(), n);
    })
    .rungs("rungs AsyncMutex lock", |n, clock| {
        let mutex = rungs::sync::AsyncMutex::new(0);
        clock.time(|| (0..n).for_each(|_| *black_box(&mutex).lock() += 1));
        assert_eq!(mutex.into_inner(), n);
    })
    .peer("async-lock", |n, clock| {
        let mutex = async_lock::Mutex::new(0);
        clock.time(|| {
            block_on(async {
                for _ in 0..n {
                    *black_box(&mutex).lock().await += 1;
                }
            });
        });
        assert_eq!(mutex.into_inner(), n);
    })
    .peer("asyncband", |n, clock| {
        let mutex = asyncband::mutex::Mutex::new(0);
        clock.time(|| {
            block_on(async {
                for _ in 0..n {
                    *black_box(&mutex).lock().await += 1;
                }
            });
        });
        assert_eq!(mutex.into_inner(), n);
    })
    .peer("tokio", |n, clock| {
        let mutex = tokio::sync::Mutex::new(0);
        clock.time(|| {
            block_on(async {
                for _ in 0..n {
                    *black_box(&mutex).lock().await += 1;
                }
            });
        });
        assert_eq!(mutex.into_inner(), n);
    })
    .peer("mea", |n, clock| {
        let mutex = mea::mutex::Mutex::new(0);
        clock.time(|| {
            block_on(async {
                for _ in 0..n {
                    *black_box(&mutex).lock().await += 1;
                }
            });
        });
        assert_eq!(mutex.into_inner(), n);
    })
}

fn rwlock_read_uncontended() -> Case {
    Case::new("sync/rwlock_read_uncontended", "read lock + unlock")
        .rungs("rungs RwLock", |n, clock| {
            let lock = rungs::sync::RwLock::new(true);
            repeat(n, clock, || *black_box(&lock).read());
        })
        .rungs("rungs AsyncRwLock", |n, clock| {
            let lock = rungs::sync::AsyncRwLock::new(true);
            repeat(n, clock, || *black_box(&lock).read());
        })
        .peer("parking_lot", |n, clock| {
            let lock = parking_lot::RwLock::new(true);
            repeat(n, clock, || *black_box(&lock).read());
        })
        .peer("std", |n, clock| {
            let lock = std::sync::RwLock::new(true);
            repeat(n, clock, || *black_box(&lock).read().unwrap());
        })
        .peer("async-lock read_blocking", |n, clock| {
            let lock = async_lock::RwLock::new(true);
            repeat(n, clock, || *black_box(&lock).read_blocking());
        })
        .peer("tokio blocking_read", |n, clock| {
            let lock = tokio::sync::RwLock::new(true);
            repeat(n, clock, || *black_box(&lock).blocking_read());
        })
}

fn rwlock_read_2threads() -> Case {
    Case::new(
        "sync/rwlock_read_2threads",
        "read lock + unlock, both threads together",
    )
    .batch(2)
    .rungs("rungs RwLock", |n, clock| {
        let lock = rungs::sync::RwLock::new(1);
        two_read(n, clock, || *black_box(&lock).read());
    })
    .rungs("rungs AsyncRwLock", |n, clock| {
        let lock = rungs::sync::AsyncRwLock::new(1);
        two_read(n, clock, || *black_box(&lock).read());
    })
    .peer("parking_lot", |n, clock| {
        let lock = parking_lot::RwLock::new(1);
        two_read(n, clock, || *black_box(&lock).read());
    })
    .peer("std", |n, clock| {
        let lock = std::sync::RwLock::new(1);
        two_read(n, clock, || *black_box(&lock).read().unwrap());
    })
    .peer("async-lock read_blocking", |n, clock| {
        let lock = async_lock::RwLock::new(1);
        two_read(n, clock, || *black_box(&lock).read_blocking());
    })
    .peer("tokio blocking_read", |n, clock| {
        let lock = tokio::sync::RwLock::new(1);
        two_read(n, clock, || *black_box(&lock).blocking_read());
    })
}

/// Two threads read a one, `n` times together.
fn two_read(n: u64, clock: &mut Clock, read: impl Fn() -> u64 + Sync) {
    let sum = AtomicU64::new(0);
    let thread = || {
        let ones = (0..n / 2).map(|_| read()).sum();
        sum.fetch_add(ones, Relaxed);
    };
    let bodies = (0..2).map(|_| Box::new(thread) as Body<()>).collect();
    clock.time_threads(bodies);
    assert_eq!(sum.into_inner(), n);
}

/// So many threads lock, count and unlock.
fn mutex_contended(name: &'static str, threads: u64) -> Case {
    Case::new(name, "lock + unlock, all threads together")
        .batch(threads)
        .rungs("rungs", move |n, clock| {
            let mutex = rungs::sync::Mutex::new(0);
            together(threads, n, clock, || *mutex.lock() += 1);
            assert_eq!(mutex.into_inner(), n);
        })
        .rungs("rungs AsyncMutex", move |n, clock| {
            let mutex = rungs::sync::AsyncMutex::new(0);
            together(threads, n, clock, || *mutex.lock() += 1);
            assert_eq!(mutex.into_inner(), n);
        })
        .peer("parking_lot", move |n, clock| {
            let mutex = parking_lot::Mutex::new(0);
            together(threads, n, clock, || *mutex.lock() += 1);
            assert_eq!(mutex.into_inner(), n);
        })
        .peer("std", move |n, clock| {
            let mutex = std::sync::Mutex::new(0);
            together(threads, n, clock, || *mutex.lock().unwrap() += 1);
            assert_eq!(mutex.into_inner().unwrap(), n);
        })
        .peer("tokio blocking_lock", move |n, clock| {
            let mutex = tokio::sync::Mutex::new(0);
            together(threads, n, clock, || *mutex.blocking_lock() += 1);
            assert_eq!(mutex.into_inner(), n);
        })
}

/// So many threads do it `n` times together.
fn together(threads: u64, n: u64, clock: &mut Clock, once: impl Fn() + Sync) {
    let thread = || (0..n / threads).for_each(|_| once());
    let bodies = (0..threads).map(|_| Box::new(thread) as Body<()>).collect();
    clock.time_threads(bodies);
}

fn semaphore_uncontended() -> Case {
    Case::new("sync/semaphore_uncontended", "acquire + release")
        .rungs("rungs try_acquire", tries::<rungs::sync::Semaphore>)
        .rungs("rungs acquire", acquires::<rungs::sync::Semaphore>)
        .rungs(
            "rungs acquire_async().await",
            awaits::<rungs::sync::Semaphore>,
        )
        .peer("tokio try_acquire", tries::<tokio::sync::Semaphore>)
        .peer("tokio acquire().await", awaits::<tokio::sync::Semaphore>)
        .peer("async-lock try_acquire", tries::<async_lock::Semaphore>)
        .peer(
            "async-lock acquire_blocking",
            acquires::<async_lock::Semaphore>,
        )
        .peer(
            "async-lock acquire().await",
            awaits::<async_lock::Semaphore>,
        )
        .peer(
            "asyncband try_acquire",
            tries::<asyncband::semaphore::Semaphore>,
        )
        .peer(
            "asyncband acquire().await",
            awaits::<asyncband::semaphore::Semaphore>,
        )
        .peer("mea try_acquire", tries::<mea::semaphore::Semaphore>)
        .peer("mea acquire().await", awaits::<mea::semaphore::Semaphore>)
        .peer("naive mutex + condvar", acquires::<by_hand::Semaphore>)
        .bound("CAS, fetch_add", |n, clock| {
            let permits = AtomicUsize::new(1);
            repeat(n, clock, || {
                let permits = black_box(&permits);
                let taken = permits.compare_exchange(1, 0, Acquire, Relaxed);
                permits.fetch_add(1, Release);
                taken.is_ok()
            });
        })
}

fn tries<S: AsyncSemaphore>(n: u64, clock: &mut Clock) {
    let semaphore = S::new(1);
    repeat(n, clock, || black_box(&semaphore).try_acquire().is_some());
    assert_eq!(semaphore.available(), 1);
}

fn acquires<S: Semaphore>(n: u64, clock: &mut Clock) {
    let semaphore = S::new(1);
    repeat(n, clock, || {
        let _permit = black_box(&semaphore).acquire();
        true
    });
    assert_eq!(semaphore.available(), 1);
}

/// Acquires from within one task; the futures are ready at once.
fn awaits<S: AsyncSemaphore>(n: u64, clock: &mut Clock) {
    let semaphore = S::new(1);
    clock.time(|| {
        block_on(async {
            for _ in 0..n {
                let _permit = black_box(&semaphore).acquire_async().await;
            }
        });
    });
    assert_eq!(semaphore.available(), 1);
}

fn semaphore_contended_4x2() -> Case {
    let unit = "acquire + ~40 ns of work + release, all threads together";
    semaphore_contended("sync/semaphore_contended_4x2", unit, 2, 40)
}

fn semaphore_contended_4x1() -> Case {
    let unit = "acquire + ~100 ns of work + release, all threads together";
    semaphore_contended("sync/semaphore_contended_4x1", unit, 1, 100)
}

const THREADS: u64 = 4;

fn semaphore_contended(name: &'static str, unit: &'static str, permits: usize, nanos: u64) -> Case {
    Case::new(name, unit)
        .batch(THREADS)
        .rungs("rungs", contended::<rungs::sync::Semaphore>(permits, nanos))
        .rungs("rungs, fair", contended::<RungsFair>(permits, nanos))
        .peer("tokio", contended::<tokio::sync::Semaphore>(permits, nanos))
        .peer(
            "async-lock",
            contended::<async_lock::Semaphore>(permits, nanos),
        )
        .peer(
            "asyncband",
            contended::<asyncband::semaphore::Semaphore>(permits, nanos),
        )
        .peer(
            "mea",
            contended::<mea::semaphore::Semaphore>(permits, nanos),
        )
        .peer(
            "naive mutex + condvar",
            contended::<by_hand::Semaphore>(permits, nanos),
        )
        .bound(
            "the work alone, as many threads as permits",
            move |n, clock| {
                let threads = permits as u64;
                let alone = || (0..n / threads).fold(1, |seed, _| work(seed, nanos));
                let bodies = (0..threads).map(|_| Box::new(alone) as Body<u64>).collect();
                black_box(clock.time_threads(bodies));
            },
        )
}

/// Four threads share the permits, and work while they hold one.
fn contended<S: Semaphore>(permits: usize, nanos: u64) -> impl FnMut(u64, &mut Clock) {
    move |n, clock| {
        let semaphore = S::new(permits);
        let uses = AtomicU64::new(0);
        let thread = || {
            for _ in 0..n / THREADS {
                let _permit = semaphore.acquire();
                // Loses counts, should two threads be in here at once.
                let count = uses.load(Relaxed);
                black_box(work(count, nanos));
                uses.store(count + 1, Relaxed);
            }
        };
        let bodies = (0..THREADS).map(|_| Box::new(thread) as Body<()>).collect();
        clock.time_threads(bodies);
        assert_eq!(semaphore.available(), permits);
        if permits == 1 {
            assert_eq!(uses.into_inner(), n);
        }
    }
}

const TASKS: u64 = 64;
const PERMITS: usize = 4;

fn semaphore_async_contended() -> Case {
    Case::new(
        "sync/semaphore_async_contended",
        "acquire + yield_now + release, 64 tasks on 4 permits",
    )
    .batch(TASKS)
    .rungs("rungs", async_contended::<rungs::sync::Semaphore>)
    .rungs("rungs, fair", async_contended::<RungsFair>)
    .peer("tokio", async_contended::<tokio::sync::Semaphore>)
    .peer("async-lock", async_contended::<async_lock::Semaphore>)
    .peer(
        "asyncband",
        async_contended::<asyncband::semaphore::Semaphore>,
    )
    .peer("mea", async_contended::<mea::semaphore::Semaphore>)
    .bound("yield_now alone", |n, clock| {
        time_tasks(n, clock, |turns| async move {
            for _ in 0..turns {
                yield_now().await;
            }
            turns
        });
    })
}

fn async_contended<S: AsyncSemaphore>(n: u64, clock: &mut Clock) {
    let semaphore = Arc::new(S::new(PERMITS));
    time_tasks(n, clock, |turns| {
        let semaphore = semaphore.clone();
        async move {
            for _ in 0..turns {
                let _permit = semaphore.acquire_async().await;
                yield_now().await;
            }
            turns
        }
    });
    assert_eq!(semaphore.available(), PERMITS);
}

/// Times tasks that share `n` turns, on a runtime of two workers.
fn time_tasks<F>(n: u64, clock: &mut Clock, task: impl Fn(u64) -> F)
where
    F: Future<Output = u64> + Send + 'static,
{
    let runtime = tokio_runtime();
    let run = |turns| {
        let tasks: Vec<_> = (0..TASKS).map(|_| runtime.spawn(task(turns))).collect();
        let sum = async {
            let mut sum = 0;
            for task in tasks {
                sum += task.await.expect("no task panics");
            }
            sum
        };
        block_on(sum)
    };
    run(1);
    let taken = clock.time(|| run(n / TASKS));
    assert_eq!(taken, n);
}

fn event_set_unwaited() -> Case {
    Case::new("sync/event_set_unwaited", "set with nobody waiting")
        .rungs("rungs Event", |n, clock| {
            let event = rungs::sync::Event::new(false);
            clock.time(|| (0..n).for_each(|_| black_box(&event).set()));
            assert!(event.is_set());
        })
        .peer("tokio Notify notify_one", |n, clock| {
            let notify = tokio::sync::Notify::new();
            clock.time(|| (0..n).for_each(|_| black_box(&notify).notify_one()));
            assert_eq!(notify.notified().now_or_never(), Some(()));
        })
        .peer("event-listener notify", |n, clock| {
            let event = event_listener::Event::new();
            clock.time(|| {
                for _ in 0..n {
                    black_box(&event).notify(1);
                }
            });
            // It remembers nothing; but it still works.
            let listener = event.listen();
            assert_eq!(event.notify(1), 1);
            assert!(pin!(listener).now_or_never().is_some());
        })
        .peer("asyncband AutoResetEvent", |n, clock| {
            let event = asyncband::event::AutoResetEvent::new();
            clock.time(|| (0..n).for_each(|_| black_box(&event).set()));
            assert!(event.is_set());
        })
        .peer("asyncband ManualResetEvent", |n, clock| {
            let event = asyncband::event::ManualResetEvent::new();
            clock.time(|| (0..n).for_each(|_| black_box(&event).set()));
            assert!(event.is_set());
        })
        .peer("std Mutex + Condvar", |n, clock| {
            let (set, waiters) = (std::sync::Mutex::new(false), std::sync::Condvar::new());
            clock.time(|| {
                for _ in 0..n {
                    *black_box(&set).lock().unwrap() = true;
                    waiters.notify_all();
                }
            });
            assert!(*set.lock().unwrap());
        })
        .bound("store", |n, clock| {
            let set = AtomicBool::new(false);
            clock.time(|| (0..n).for_each(|_| black_box(&set).store(true, Release)));
            assert!(set.into_inner());
        })
}
