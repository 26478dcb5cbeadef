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
    pool.wait_idle();
    let stats = pool.stats();
    assert_eq!((stats.workers, stats.queued), (2, 0));
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
    let own = Arc::new(Mutex::new(None::<WorkerPool<Queue<i32>>>));
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
    let pushed = AtomicUsize::new(0);
    thread::scope(|s| {
        s.spawn(|| {
            for n in 0..ITEMS {
                pool.queue().push(n).unwrap();
                pushed.fetch_add(1, SeqCst);
            }
        });
        while pushed.load(SeqCst) < ITEMS {
            let before = pushed.load(SeqCst);
            let now = pool.stats();
            let sum = now.queued + now.running + now.done + now.failed;
            assert!(sum >= before, "{sum} of {before}: some are nowhere");
            assert!(now.running <= 3 && now.queued <= 8);
            assert!(now.done + now.failed <= ITEMS);
            thread::yield_now();
        }
    });
    pool.wait_idle();
    until(|| pool.stats().running == 0);
    let stats = pool.stats();
    assert_eq!(stats.queued, 0);
    assert_eq!((stats.done, stats.failed), (ITEMS - 20, 20));
}

/// A counter, twice.
fn counter() -> (Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let counter = Arc::new(AtomicUsize::new(0));
    (counter.clone(), counter)
}

/// Waits until `holds`, which other threads see to.
fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        thread::yield_now();
    }
}

#[test]
#[should_panic = "`workers` is an empty range"]
#[expect(clippy::reversed_empty_ranges, reason = "that is what is tested")]
fn an_empty_range_of_workers_is_refused() {
    let _ = WorkerPool::new(3..=2, Queue::<i32>::unbounded(), |_| ());
}

#[test]
#[should_panic = "`workers` is 0"]
fn a_range_from_nobody_is_refused() {
    let _ = WorkerPool::builder().workers(0..=2);
}

#[test]
#[should_panic = "`workers` is more than 32767"]
fn more_workers_than_there_can_be_are_refused() {
    let _ = WorkerPool::builder().workers(1..=usize::MAX);
}

/// `threadpool`: shrinking never shrinks.
#[test]
fn shrinking_ends_threads() {
    let (stopped, stop) = counter();
    let held = Arc::new(());
    let mine = held.clone();
    let pool = WorkerPool::builder()
        .workers(8)
        .state(move |_| mine.clone())
        .on_stop(move |_| _ = stop.fetch_add(1, SeqCst))
        .build(Queue::unbounded(), |_, _: i32| ())
        .unwrap();
    assert_eq!(Arc::strong_count(&held), 10);
    pool.resize(3).unwrap();
    until(|| stopped.load(SeqCst) == 5);
    assert_eq!((pool.stats().workers, Arc::strong_count(&held)), (3, 5));
    pool.resize(4).unwrap();
    assert_eq!(pool.stats().workers, 4);
    pool.queue().push(1).unwrap();
    pool.join();
    assert_eq!((stopped.load(SeqCst), Arc::strong_count(&held)), (9, 1));
}

#[test]
fn busy_workers_end_after_their_item() {
    let (begun, gate, handler) = gated();
    let pool = WorkerPool::new(3, Queue::unbounded(), handler).unwrap();
    (0..5).for_each(|n| pool.queue().push(n).unwrap());
    begun.acquire_many(3).unwrap().forget();
    pool.resize(1).unwrap();
    assert_eq!(pool.stats().workers, 3);
    gate.add_permits(3).unwrap();
    until(|| pool.stats().workers == 1);
    gate.add_permits(2).unwrap();
    pool.wait_idle();
    assert_eq!(pool.stats().done, 5);
}

#[test]
fn a_pool_grows_while_all_are_busy_and_shrinks_when_they_are_not() {
    let (begun, gate, wait) = gated();
    let pool = WorkerPool::builder()
        .workers(1..=4)
        .keep_alive(std::time::Duration::ZERO)
        .build(Queue::unbounded(), move |(), n| wait(n))
        .unwrap();
    assert_eq!(pool.stats().workers, 1);
    (0..10).for_each(|n| pool.queue().push(n).unwrap());
    begun.acquire_many(4).unwrap().forget();
    assert_eq!((pool.stats().workers, pool.stats().queued), (4, 6));
    gate.add_permits(10).unwrap();
    until(|| pool.stats().workers == 1);
    assert_eq!(pool.stats().done, 10);
}

#[test]
fn an_item_does_not_wait_for_one_that_takes_long() {
    let (begun, gate, wait) = gated();
    let pool = WorkerPool::new(1..=2, Queue::unbounded(), move |n| {
        if n == 0 {
            wait(n);
        }
    });
    let pool = pool.unwrap();
    pool.queue().push(0).unwrap();
    begun.acquire().unwrap().forget();
    pool.queue().push(1).unwrap();
    until(|| pool.stats().done == 1);
    gate.add_permits(1).unwrap();
}

#[test]
fn a_pool_that_is_paused_begins_nothing() {
    let (begun, gate, handler) = gated();
    let pool = WorkerPool::new(2, Queue::unbounded(), handler).unwrap();
    pool.queue().push(0).unwrap();
    begun.acquire().unwrap().forget();
    pool.pause();
    (1..10).for_each(|n| pool.queue().push(n).unwrap());
    gate.add_permits(10).unwrap();
    until(|| pool.stats().done == 1);
    let soon = std::time::Duration::from_millis(20);
    assert!(pool.wait_idle_timeout(soon).is_err());
    assert_eq!((pool.stats().done, begun.available()), (1, 0));
    // The other worker may have been about to take one.
    assert!(pool.stats().queued >= 8);
    pool.resume();
    pool.wait_idle();
    assert_eq!(pool.stats().done, 10);
}

#[test]
fn a_worker_is_replaced_after_its_share() {
    let (states, state) = counter();
    let (stopped, stop) = counter();
    let pool = WorkerPool::builder()
        .workers(2)
        .max_tasks_per_worker(3)
        .state(move |worker| {
            state.fetch_add(1, SeqCst);
            assert!(worker < 2, "the number of who went");
            0
        })
        .on_stop(move |_| _ = stop.fetch_add(1, SeqCst))
        .build(Queue::unbounded(), |handled: &mut i32, _: i32| {
            *handled += 1;
            assert!(*handled <= 3);
        })
        .unwrap();
    (0..60).for_each(|n| pool.queue().push(n).unwrap());
    pool.wait_idle();
    let stats = pool.stats();
    assert_eq!((stats.done, stats.failed, stats.workers), (60, 0, 2));
    pool.join();
    assert_eq!(states.load(SeqCst), stopped.load(SeqCst));
    assert!((20..=22).contains(&states.load(SeqCst)));
}

#[test]
fn a_shutdown_in_time_says_who_is_still_running() {
    let (begun, gate, handler) = gated();
    let pool = WorkerPool::new(2, Queue::unbounded(), handler).unwrap();
    (0..5).for_each(|n| pool.queue().push(n).unwrap());
    begun.acquire_many(2).unwrap().forget();
    let moment = std::time::Duration::from_millis(5);
    let unfinished = pool.shutdown_timeout(moment).unwrap_err();
    let mut workers: Vec<_> = unfinished.running.iter().map(|r| r.worker).collect();
    workers.sort();
    assert_eq!((workers, &unfinished.left), (vec![0, 1], &vec![2, 3, 4]));
    assert!(unfinished.running.iter().all(|r| r.elapsed >= moment));
    assert_eq!(
        unfinished.to_string(),
        "2 workers are still running, 3 items are left"
    );
    assert!(pool.shutdown_timeout(std::time::Duration::ZERO).is_err());
    gate.add_permits(2).unwrap();
    assert!(pool.shutdown_timeout(std::time::Duration::MAX).is_ok());
    assert_eq!((pool.stats().done, pool.stats().workers), (2, 0));
    assert!(pool.resize(1).is_err(), "it has ended");
    pool.wait_idle();
}

#[test]
fn two_workers_may_shut_their_pool_down_at_once() {
    let own = Arc::new(Mutex::new(None::<Arc<WorkerPool<Queue<i32>>>>));
    let slot = own.clone();
    let both = Arc::new(std::sync::Barrier::new(2));
    let (ended, end) = counter();
    let pool = WorkerPool::new(2, Queue::unbounded(), move |_| {
        let pool = slot.lock().clone().unwrap();
        both.wait();
        assert!(pool.shutdown(Shutdown::Drain).is_empty());
        end.fetch_add(1, SeqCst);
    });
    let pool = Arc::new(pool.unwrap());
    *own.lock() = Some(pool.clone());
    pool.queue().push(0).unwrap();
    pool.queue().push(1).unwrap();
    until(|| ended.load(SeqCst) == 2);
    own.lock().take();
}

#[test]
fn outputs_come_in_the_order_of_taking() {
    use rungs::pool::Order;
    for look_ahead in [1, 3, usize::MAX] {
        let outputs = Queue::bounded(2);
        let pool = WorkerPool::builder()
            .workers(4)
            .build_into(
                Queue::unbounded(),
                outputs.clone(),
                Order::Taken { look_ahead },
                |(), n: u32| {
                    if n % 7 == 3 {
                        std::panic::resume_unwind(Box::new("one in seven"));
                    }
                    (0..n % 5).for_each(|_| thread::yield_now());
                    n
                },
            )
            .unwrap();
        (0..200).for_each(|n| pool.queue().push(n).unwrap());
        for n in (0..200).filter(|n| n % 7 != 3) {
            assert_eq!(outputs.pop(), Ok(n));
        }
        pool.wait_idle();
        assert!(outputs.is_empty());
    }
}

#[test]
fn outputs_that_nobody_wants_cost_no_item() {
    use rungs::pool::Order;
    for order in [Order::Completed, Order::Taken { look_ahead: 1 }] {
        let outputs = Queue::bounded(1);
        outputs.close();
        let pool = WorkerPool::builder()
            .workers(2)
            .build_into(Queue::unbounded(), outputs, order, |(), n: u32| n)
            .unwrap();
        (0..20).for_each(|n| pool.queue().push(n).unwrap());
        pool.wait_idle();
        assert_eq!((pool.stats().done, pool.stats().failed), (20, 0));
    }
}

#[test]
#[should_panic = "`look_ahead` is 0"]
fn no_look_ahead_is_refused() {
    use rungs::pool::Order;
    let order = Order::Taken { look_ahead: 0 };
    let queue = Queue::unbounded();
    let _ = WorkerPool::builder().build_into(queue, Queue::unbounded(), order, |(), n: u32| n);
}

#[test]
fn hooks_that_panic_cost_nothing() {
    let (told, tell) = counter();
    let pool = WorkerPool::builder()
        .workers(2)
        .on_start(|_| panic!("at the start"))
        .on_stop(|_| panic!("at the end"))
        .on_panic(move |_| _ = tell.fetch_add(1, SeqCst))
        .build(Queue::unbounded(), |(), _: i32| ())
        .unwrap();
    pool.queue().push(1).unwrap();
    pool.join();
    assert_eq!(told.load(SeqCst), 4);
}

#[test]
fn a_queue_whose_code_panics_ends_workers_and_hangs_nobody() {
    use rungs::queue::{PopError, TryPopError, WorkQueue};
    /// A queue of which nothing can be taken.
    #[derive(Clone)]
    struct Broken(Queue<i32>);
    impl WorkQueue for Broken {
        type Item = i32;
        fn try_pop(&self) -> Result<i32, TryPopError> {
            self.0.try_pop().map(|_| panic!("a comparison"))
        }
        async fn pop_async(&self) -> Result<i32, PopError> {
            self.0.pop_async().await.map(|_| panic!("a comparison"))
        }
        fn close(&self) {
            self.0.close();
        }
        fn close_now(&self) -> Vec<i32> {
            self.0.close_now()
        }
        fn is_closed(&self) -> bool {
            self.0.is_closed()
        }
        fn len(&self) -> usize {
            self.0.len()
        }
    }
    let queue = Broken(Queue::unbounded());
    let pool = WorkerPool::new(1, queue.clone(), |_| ()).unwrap();
    queue.0.push(1).unwrap();
    until(|| queue.is_closed());
    pool.wait_idle();
    assert_eq!(pool.stats().workers, 0);
    assert!(pool.shutdown(Shutdown::Drain).is_empty());
}

#[test]
fn an_idle_pool_is_waited_for_by_tasks_and_threads() {
    let (begun, gate, handler) = gated();
    let pool = WorkerPool::new(2, Queue::unbounded(), handler).unwrap();
    until(|| pool.try_wait_idle());
    (0..4).for_each(|n| pool.queue().push(n).unwrap());
    begun.acquire_many(2).unwrap().forget();
    assert!(!pool.try_wait_idle());
    {
        // Dropped after a poll: it leaves no trace.
        let mut wait = Box::pin(pool.wait_idle_async());
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(wait.as_mut().poll(&mut cx).is_pending());
    }
    thread::scope(|s| {
        s.spawn(|| pool.wait_idle());
        s.spawn(|| rungs::future::block_on(pool.wait_idle_async()));
        gate.add_permits(4).unwrap();
    });
    assert_eq!(pool.stats().done, 4);
}

#[test]
fn the_time_that_workers_are_busy_is_told() {
    let moment = std::time::Duration::from_millis(5);
    let pool = WorkerPool::new(1, Queue::unbounded(), move |_: i32| thread::sleep(moment));
    let pool = pool.unwrap();
    pool.queue().push(1).unwrap();
    pool.wait_idle();
    assert!(pool.stats().busy >= moment);
}

#[test]
fn a_task_whose_handler_panics_is_tried_again_and_then_given_up() {
    use rungs::queue::{Retry, Task, TaskQueue};
    let letters = Queue::unbounded();
    let queue = TaskQueue::unbounded()
        .retry(Retry::fixed(3, std::time::Duration::ZERO))
        .dead_letter(letters.clone());
    let (tried, count) = counter();
    let pool = WorkerPool::new(2, queue.clone(), move |task: Task<i32>| {
        count.fetch_add(1, SeqCst);
        match (*task, task.attempts()) {
            (0, _) => panic!("never"),
            (1, 1) => panic!("at first"),
            _ => task.done(),
        }
    });
    let pool = pool.unwrap();
    (0..3).for_each(|n| queue.push(n).unwrap());
    queue.join();
    let stats = pool.stats();
    pool.join();
    assert_eq!(tried.load(SeqCst), 3 + 2 + 1);
    assert!(stats.failed <= 4);
    assert_eq!(letters.len(), 1);
}

#[test]
fn what_is_there_before_the_pool_waits_for_nobody() {
    for _ in 0..50 {
        let queue = Queue::unbounded();
        (0..3).for_each(|n| queue.push(n).unwrap());
        let met = std::sync::Barrier::new(3);
        let pool = WorkerPool::new(1..=3, queue, move |_| _ = met.wait());
        pool.unwrap().join();
    }
}

#[test]
fn somebody_stays_at_the_queue_while_others_are_busy() {
    let (begun, gate, wait) = gated();
    let pool = WorkerPool::builder()
        .workers(1..=2)
        .keep_alive(std::time::Duration::ZERO)
        .build(Queue::unbounded(), move |(), n| {
            if n == 0 {
                wait(n);
            }
        });
    let pool = pool.unwrap();
    pool.queue().push(0).unwrap();
    begun.acquire().unwrap().forget();
    for n in 1..20 {
        thread::sleep(std::time::Duration::from_millis(1)); // time to go, for one that would
        pool.queue().push(1).unwrap();
        until(|| pool.stats().done == n);
    }
    gate.add_permits(1).unwrap();
}

#[test]
fn a_pool_does_not_shrink_below_the_least() {
    let pool = WorkerPool::builder()
        .workers(4)
        .keep_alive(std::time::Duration::ZERO)
        .build(Queue::unbounded(), |(), _: i32| ());
    let pool = pool.unwrap();
    pool.resize(2..=4).unwrap();
    until(|| pool.stats().workers == 2);
    for n in 0..100 {
        pool.queue().push(n).unwrap();
        pool.wait_idle();
        assert!((2..=4).contains(&pool.stats().workers));
    }
}

#[test]
fn workers_that_come_have_the_numbers_of_those_that_went() {
    let numbers = Queue::unbounded();
    let out = numbers.clone();
    let all = std::sync::Barrier::new(3);
    let pool = WorkerPool::builder().workers(3).state(|number| number);
    let pool = pool.build(Queue::unbounded(), move |number, _: i32| {
        out.push(*number).unwrap();
        all.wait();
    });
    let pool = pool.unwrap();
    for _ in 0..10 {
        pool.resize(1).unwrap();
        until(|| pool.stats().workers == 1);
        pool.resize(3).unwrap();
        (0..3).for_each(|n| pool.queue().push(n).unwrap());
        let mut seen = [(); 3].map(|()| numbers.pop().unwrap());
        seen.sort();
        assert_eq!(seen, [0, 1, 2]);
    }
}

#[test]
fn joining_waits_for_the_very_end_of_the_threads() {
    /// Lives as long as its thread.
    struct Local(Arc<AtomicUsize>);
    impl Drop for Local {
        fn drop(&mut self) {
            thread::sleep(std::time::Duration::from_millis(5));
            self.0.fetch_add(1, SeqCst);
        }
    }
    std::thread_local! {
        static LOCAL: std::cell::OnceCell<Local> = const { std::cell::OnceCell::new() };
    }
    let (ended, end) = counter();
    let pool = WorkerPool::builder()
        .workers(3)
        .state(move |_| LOCAL.with(|local| _ = local.set(Local(end.clone()))))
        .build(Queue::unbounded(), |(), _: i32| ());
    pool.unwrap().join();
    assert_eq!(ended.load(SeqCst), 3);
}

#[test]
fn the_last_to_fail_closes_the_queue_also_where_it_never_worked() {
    let gate = Arc::new(Semaphore::new(0));
    let (made, its) = (AtomicUsize::new(0), gate.clone());
    let pool = WorkerPool::builder()
        .workers(1)
        .state(move |worker| {
            if worker == 1 {
                its.acquire().unwrap().forget();
            }
            assert_eq!(made.fetch_add(1, SeqCst), 0, "no more states");
        })
        .build(Queue::unbounded(), |(), _: i32| panic!("a handler"));
    let pool = pool.unwrap();
    thread::scope(|s| {
        let resized = s.spawn(|| pool.resize(2));
        until(|| pool.stats().workers == 2);
        pool.queue().push(1).unwrap();
        until(|| pool.stats().workers == 1);
        gate.add_permits(1).unwrap();
        assert!(resized.join().unwrap().is_err());
    });
    until(|| pool.queue().is_closed());
}

#[test]
fn a_paused_pool_without_items_is_idle() {
    let pool = WorkerPool::new(2, Queue::unbounded(), |_: i32| ()).unwrap();
    pool.pause();
    pool.wait_idle();
    pool.resume();
    pool.wait_idle();
}

#[test]
fn a_worker_does_not_count_itself_as_unfinished() {
    let own = Arc::new(Mutex::new(None::<Arc<WorkerPool<Queue<i32>>>>));
    let slot = own.clone();
    let (ended, end) = counter();
    let pool = WorkerPool::new(2, Queue::unbounded(), move |_| {
        let pool = slot.lock().take().unwrap();
        assert!(pool.shutdown_timeout(std::time::Duration::MAX).is_ok());
        end.fetch_add(1, SeqCst);
    });
    let pool = Arc::new(pool.unwrap());
    *own.lock() = Some(pool.clone());
    pool.queue().push(0).unwrap();
    pool.shutdown(Shutdown::Drain);
    assert_eq!(ended.load(SeqCst), 1);
}

#[test]
fn a_handler_may_own_its_pool() {
    for _ in 0..20 {
        let own = Arc::new(Mutex::new(None::<Arc<WorkerPool<Queue<i32>>>>));
        let slot = own.clone();
        let (stopped, stop) = counter();
        let pool = WorkerPool::builder()
            .workers(2)
            .on_stop(move |_| _ = stop.fetch_add(1, SeqCst))
            .build(Queue::unbounded(), move |(), _| drop(slot.lock()));
        let pool = Arc::new(pool.unwrap());
        let queue = pool.queue().clone();
        *own.lock() = Some(pool);
        drop(own);
        queue.push(1).unwrap();
        queue.close(); // the last worker drops the handler, and with it the pool
        until(|| stopped.load(SeqCst) == 2);
    }
}

#[test]
fn outputs_whose_drop_panics_cost_no_item() {
    use rungs::pool::Order;
    for order in [Order::Completed, Order::Taken { look_ahead: 2 }] {
        let outputs = Queue::bounded(1);
        outputs.close();
        let pool = WorkerPool::builder()
            .workers(2)
            .build_into(Queue::unbounded(), outputs, order, |(), _: u32| Bomb)
            .unwrap();
        (0..20).for_each(|n| pool.queue().push(n).unwrap());
        pool.wait_idle();
        assert_eq!((pool.stats().done, pool.stats().failed), (20, 0));
    }
}

#[test]
fn a_pool_that_ended_counts_nobody() {
    let pool = WorkerPool::new(1..=3, Queue::rendezvous(), |_: i32| ()).unwrap();
    (0..20).for_each(|n| pool.queue().push(n).unwrap());
    assert!(pool.shutdown(Shutdown::Drain).is_empty());
    let stats = pool.stats();
    assert_eq!((stats.workers, stats.running, stats.queued), (0, 0, 0));
    assert_eq!((stats.done, stats.failed), (20, 0));
}
