//! `WorkerPool`, natively: states, panics, both ends, numbers that add up.

use rungs::pool::{Shutdown, StateError, WorkerPool};
use rungs::queue::Queue;
use rungs::sync::{Mutex, Semaphore};
use std::panic::panic_any;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

/// A payload that panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a bomb was dropped");
    }
}

/// A handler that stops at a gate, and what its test needs of it.
fn gated() -> (Arc<Semaphore>, Arc<Semaphore>, impl Fn(i32) + Send + Sync) {
    let (begun, gate) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (b, g) = (begun.clone(), gate.clone());
    let handler = move |_| {
        b.add_permits(1).unwrap();
        g.acquire().unwrap().forget();
    };
    (begun, gate, handler)
}

#[test]
fn a_pool_goes_where_its_items_can() {
    fn send_and_sync<T: Send + Sync>(_: &T) {}
    let pool = WorkerPool::new(1, Queue::unbounded(), |_: std::cell::Cell<i32>| ());
    send_and_sync(&pool.unwrap());
}

#[test]
#[should_panic = "`workers` is 0"]
fn a_pool_without_workers_is_refused() {
    let _ = WorkerPool::new(0, Queue::<i32>::unbounded(), |_| ());
}

#[test]
#[should_panic = "`name` has a NUL character"]
fn a_name_that_no_thread_can_have_is_refused() {
    let _ = WorkerPool::builder().name("a\0b");
}

#[test]
fn dropping_a_pool_handles_what_is_queued() {
    let handled = Arc::new(AtomicUsize::new(0));
    let (begun, gate, wait) = gated();
    let count = handled.clone();
    let pool = WorkerPool::new(1, Queue::unbounded(), move |n| {
        wait(n);
        count.fetch_add(1, SeqCst);
    });
    let pool = pool.unwrap();
    (0..5).for_each(|n| pool.queue().push(n).unwrap());
    begun.acquire().unwrap().forget();
    gate.add_permits(5).unwrap();
    drop(pool);
    assert_eq!(handled.load(SeqCst), 5);
}

#[test]
fn discarding_hands_back_the_rest_and_finishes_what_was_begun() {
    let (begun, gate, handler) = gated();
    let pool = WorkerPool::new(2, Queue::unbounded(), handler).unwrap();
    (0..5).for_each(|n| pool.queue().push(n).unwrap());
    begun.acquire_many(2).unwrap().forget();
    let stats = pool.stats();
    assert_eq!((stats.queued, stats.running, stats.done), (3, 2, 0));
    let queue = pool.queue().clone();
    thread::scope(|s| {
        let left = s.spawn(|| pool.shutdown(Shutdown::Discard));
        while !queue.is_closed() {
            thread::yield_now();
        }
        gate.add_permits(2).unwrap();
        assert_eq!(left.join().unwrap(), [2, 3, 4]);
    });
}

#[test]
fn closing_the_queue_ends_the_workers() {
    let queue = Queue::unbounded();
    let handled = Arc::new(AtomicUsize::new(0));
    let count = handled.clone();
    let pool = WorkerPool::new(3, queue.clone(), move |()| {
        count.fetch_add(1, SeqCst);
    });
    let pool = pool.unwrap();
    (0..100).for_each(|_| queue.push(()).unwrap());
    queue.close();
    assert!(pool.shutdown(Shutdown::Drain).is_empty());
    assert_eq!(handled.load(SeqCst), 100);
}

#[test]
fn a_state_need_not_leave_its_thread() {
    let sums = Queue::unbounded();
    let out = sums.clone();
    let pool = WorkerPool::builder()
        .workers(2)
        .state(|worker| (Rc::new(worker), thread::current().id()))
        .build(Queue::unbounded(), move |state, n: usize| {
            assert_eq!(state.1, thread::current().id());
            out.push(*state.0 * 100 + n).unwrap();
        });
    let pool = pool.unwrap();
    (0..10).for_each(|n| pool.queue().push(n).unwrap());
    pool.join();
    let mut items: Vec<_> = sums.try_iter().map(|sum| sum % 100).collect();
    items.sort();
    assert_eq!(items, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn panics_of_handler_hook_state_and_payload_cost_one_item_each() {
    /// A state whose drop panics.
    struct Trap;
    impl Drop for Trap {
        fn drop(&mut self) {
            panic!("a trap was dropped");
        }
    }
    let told = Arc::new(AtomicUsize::new(0));
    let count = told.clone();
    let pool = WorkerPool::builder()
        .workers(2)
        .state(|_| Trap)
        .on_panic(move |payload| {
            count.fetch_add(1, SeqCst);
            panic!("the hook, too: {payload}");
        })
        .build(Queue::unbounded(), |_, n: i32| match n % 3 {
            0 => panic!("a handler"),
            1 => panic_any(Bomb),
            _ => {}
        });
    let pool = pool.unwrap();
    (0..30).for_each(|n| pool.queue().push(n).unwrap());
    while pool.stats().done + pool.stats().failed < 30 {
        thread::yield_now();
    }
    let stats = pool.stats();
    assert_eq!((stats.workers, stats.queued, stats.running), (2, 0, 0));
    assert_eq!((stats.done, stats.failed, told.load(SeqCst)), (10, 20, 20));
    assert!(pool.shutdown(Shutdown::Drain).is_empty());
}

#[test]
fn a_state_that_cannot_be_made_fails_the_build() {
    let queue = Queue::unbounded();
    queue.push(1).unwrap();
    let held = Arc::new(());
    let mine = held.clone();
    let failed = WorkerPool::builder()
        .workers(4)
        .state(|worker| assert_ne!(worker, 2))
        .build(queue.clone(), move |(), _| drop(mine.clone()));
    let failed = failed.unwrap_err();
    let cause = failed.get_ref().unwrap().downcast_ref::<StateError>();
    assert_eq!(cause.unwrap().worker(), 2);
    assert_eq!(Arc::strong_count(&held), 1, "the handler is gone");
    assert!(!queue.is_closed());
    assert_eq!(queue.try_pop(), Ok(1));
}

#[test]
fn a_thread_that_cannot_start_fails_the_build() {
    let queue = Queue::unbounded();
    queue.push(1).unwrap();
    let builder = WorkerPool::builder().workers(2).stack_size(usize::MAX >> 8);
    assert!(builder.build(queue.clone(), |(), _| ()).is_err());
    assert_eq!(queue.try_pop(), Ok(1));
}

#[test]
fn when_all_workers_have_retired_the_rest_comes_back() {
    let made = AtomicUsize::new(0);
    let pool = WorkerPool::builder()
        .workers(2)
        .state(move |_| assert!(made.fetch_add(1, SeqCst) < 2, "no more states"))
        .build(Queue::unbounded(), |(), n: i32| assert!(n < 0));
    let pool = pool.unwrap();
    let queue = pool.queue().clone();
    let mut pushed = 0;
    while queue.push(pushed).is_ok() {
        pushed += 1;
    }
    assert_eq!(pool.stats().workers, 0);
    let failed = pool.stats().failed;
    assert_eq!(failed, 2);
    assert!(pool.shutdown(Shutdown::Drain).into_iter().eq(2..pushed));
}

#[test]
fn joining_leaves_nothing_of_the_handler() {
    let held = Arc::new(());
    let (mine, its, hooks) = (held.clone(), held.clone(), held.clone());
    let pool = WorkerPool::builder()
        .workers(3)
        .state(move |_| its.clone())
        .on_panic(move |_| drop(hooks.clone()))
        .build(Queue::unbounded(), move |_, ()| drop(mine.clone()));
    let pool = pool.unwrap();
    pool.queue().push(()).unwrap();
    pool.join();
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn a_worker_may_drop_or_shut_down_its_own_pool() {
    let own = Arc::new(Mutex::new(None::<WorkerPool<i32>>));
    let handled = Queue::unbounded();
    let (slot, out) = (own.clone(), handled.clone());
    let pool = WorkerPool::new(2, Queue::unbounded(), move |n| {
        let pool = slot.lock().take();
        match n {
            0 => drop(pool),
            _ => drop(pool.map(|pool| pool.shutdown(Shutdown::Drain))),
        }
        out.push(n).unwrap();
    });
    let queue = {
        let mut own = own.lock();
        own.insert(pool.unwrap()).queue().clone()
    };
    queue.push(0).unwrap();
    assert_eq!(handled.pop(), Ok(0));
    assert!(queue.is_closed());
}

#[test]
fn the_numbers_add_up_under_stress() {
    const ITEMS: usize = 2_000;
    let pool = WorkerPool::new(3, Queue::bounded(8), |n: usize| {
        if n % 100 == 0 {
            std::panic::resume_unwind(Box::new("one in a hundred"));
        }
    });
    let pool = pool.unwrap();
    thread::scope(|s| {
        s.spawn(|| (0..ITEMS).for_each(|n| pool.queue().push(n).unwrap()));
        let mut before = 0;
        while before < ITEMS {
            let now = pool.stats();
            let sum = now.queued + now.running + now.done + now.failed;
            assert!(sum >= before && sum <= ITEMS && now.running <= 3 && now.queued <= 8);
            before = if now.done + now.failed == ITEMS {
                ITEMS
            } else {
                sum.min(ITEMS - 1)
            };
            thread::yield_now();
        }
    });
    let stats = pool.stats();
    assert_eq!((stats.done, stats.failed), (ITEMS - 20, 20));
}
