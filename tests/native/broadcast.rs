//! Broadcasts, as their users see them.

use rungs::executor::{Handle, Shutdown, ThreadPoolExecutor};
use rungs::future::block_on;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

#[test]
fn every_worker_runs_it_once() {
    let pool = ThreadPoolExecutor::new(4);
    for _ in 0..200 {
        // All at once: no worker could run two of them.
        let all = Barrier::new(4);
        let threads = pool.broadcast(|worker| {
            all.wait();
            (worker, thread::current().id())
        });
        assert!(threads.iter().map(|(worker, _)| *worker).eq(0..4));
        let distinct: HashSet<_> = threads.iter().map(|(_, id)| *id).collect();
        assert_eq!(distinct.len(), 4);
    }
}

#[test]
fn jobs_broadcast_to_their_own_pool_all_at_once() {
    let pool = ThreadPoolExecutor::new(3);
    for _ in 0..100 {
        let jobs: Vec<_> = (0..3)
            .map(|_| {
                let handle = pool.handle();
                pool.submit(move || handle.broadcast(|worker| worker))
            })
            .collect();
        for job in jobs {
            assert_eq!(block_on(job).unwrap(), [0, 1, 2]);
        }
    }
}

#[test]
fn a_pool_that_has_ended_runs_none() {
    let pool = ThreadPoolExecutor::new(2);
    let handle = pool.handle();
    pool.shutdown(Shutdown::Wait);
    assert_eq!(handle.broadcast(|worker| worker), []);
}

#[test]
fn a_pool_that_ends_meanwhile_runs_all_or_none() {
    for round in 0..200 {
        let pool = ThreadPoolExecutor::new(3);
        let handle = pool.handle();
        let ran = AtomicUsize::new(0);
        let results = thread::scope(|s| {
            let broadcaster = s.spawn(|| handle.broadcast(|_| ran.fetch_add(1, SeqCst)));
            pool.shutdown(match round % 2 {
                0 => Shutdown::Wait,
                _ => Shutdown::CancelPending,
            });
            broadcaster.join().unwrap()
        });
        assert!(matches!(results.len(), 0 | 3));
        assert_eq!(results.len(), ran.load(SeqCst));
    }
}

#[test]
fn its_panic_comes_out_when_all_have_ended() {
    let pool = ThreadPoolExecutor::new(3);
    let ran = AtomicUsize::new(0);
    let all = Barrier::new(3);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        pool.broadcast(|worker| {
            all.wait();
            ran.fetch_add(1, SeqCst);
            if worker > 0 {
                panic_any("worker");
            }
        })
    }));
    assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"worker"));
    assert_eq!(ran.load(SeqCst), 3);
    assert_eq!(pool.broadcast(|worker| worker), [0, 1, 2]);
}

#[test]
fn workers_that_come_and_go_run_it_once_or_are_not_asked() {
    let pool = ThreadPoolExecutor::builder()
        .max_workers(4)
        .min_workers(1)
        .keep_alive(Duration::from_micros(50))
        .build()
        .unwrap();
    for round in 0..500 {
        for _ in 0..round % 7 {
            pool.execute(thread::yield_now).unwrap();
        }
        if round % 50 == 0 {
            pool.resize(1 + round / 50 % 4).unwrap();
        }
        let ran = AtomicUsize::new(0);
        let workers = pool.broadcast(|worker| {
            ran.fetch_add(1, SeqCst);
            worker
        });
        assert_eq!(workers.len(), ran.load(SeqCst));
        assert!(!workers.is_empty());
        // In order, and no worker twice.
        assert!(workers.windows(2).all(|pair| pair[0] < pair[1]));
    }
}

#[test]
fn who_broadcasts_in_a_worker_that_starts_is_told() {
    let handle = Arc::new(Mutex::new(None::<Handle>));
    let inner = handle.clone();
    let told = Arc::new(AtomicUsize::new(0));
    let count = told.clone();
    let pool = ThreadPoolExecutor::builder()
        .max_workers(2)
        .min_workers(1)
        .initializer(move |_| {
            if let Some(handle) = &*inner.lock().unwrap() {
                let told = catch_unwind(AssertUnwindSafe(|| handle.broadcast(|_| ())));
                assert!(told.is_err());
                count.fetch_add(1, SeqCst);
            }
            Ok(())
        })
        .build()
        .unwrap();
    *handle.lock().unwrap() = Some(pool.handle());
    pool.resize(2).unwrap();
    assert_eq!(told.load(SeqCst), 1);
    // The pool has the initializer, and that the pool.
    *handle.lock().unwrap() = None;
    assert_eq!(pool.broadcast(|worker| worker), [0, 1]);
}

/// More than one that panics while another panic is on its way would be the end of the process.
#[test]
fn results_that_panic_when_dropped_do_not_add_to_a_panic() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let pool = ThreadPoolExecutor::new(4);
    let broadcast = || {
        let bombs = pool.broadcast(|worker| match worker {
            0 => panic_any("failed"),
            _ => Bomb,
        });
        std::mem::forget(bombs);
    };
    let payload = catch_unwind(AssertUnwindSafe(broadcast)).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"failed"));
}
