//! A pool that is paused, resized, that grows and shrinks, and whose end is waited for.

use super::support::{Bound::*, Payload, PlainQueue as Queue, model, outcomes, spawn, throw};
use crate::pool::{Shutdown, WorkerPool};
use crate::sync::Event;
use crate::sys::{clock, thread};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A counter that loom does not see.
fn counter() -> (Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let counter = Arc::new(AtomicUsize::new(0));
    (counter.clone(), counter)
}

/// Two threads, bound 1, and a switch that costs nothing where the item could be begun. Kills: a
/// worker that does not look at its orders after it took an item; a resume that wakes nobody.
#[test]
fn what_is_pushed_to_a_paused_pool_is_not_begun() {
    let name = "what_is_pushed_to_a_paused_pool_is_not_begun";
    model(name, Preemptions(1), 568, || {
        let (resumed, is_resumed) = counter();
        let handled = Arc::new(Payload::new(0));
        let out = handled.clone();
        let pool = WorkerPool::new(1, Queue::unbounded(), move |n| {
            assert_eq!(is_resumed.load(SeqCst), 1, "begun while paused");
            out.write(n);
        });
        let pool = pool.unwrap();
        pool.pause();
        pool.queue().push(7).unwrap();
        loom::thread::yield_now();
        resumed.store(1, SeqCst);
        pool.resume();
        pool.wait_idle();
        assert_eq!(handled.read(), 7);
    });
}

/// Two threads, bound 2. Kills: an item that is lost in the hands of a paused worker; one that is
/// begun all the same; a discard that waits for ever for who is paused.
#[test]
fn discarding_a_paused_pool_hands_back_what_is_held() {
    let name = "discarding_a_paused_pool_hands_back_what_is_held";
    model(name, Preemptions(2), 10_933, || {
        let pool = WorkerPool::new(1, Queue::unbounded(), |_| unreachable!("it is paused"));
        let pool = pool.unwrap();
        pool.pause();
        pool.queue().push(7).unwrap();
        assert_eq!(pool.shutdown(Shutdown::Discard), [7]);
    });
}

/// Two threads, bound 1. Kills: an end that leaves the workers paused.
#[test]
fn draining_a_paused_pool_resumes_it() {
    let name = "draining_a_paused_pool_resumes_it";
    model(name, Preemptions(1), 484, || {
        let (handled, count) = counter();
        let pool = WorkerPool::new(1, Queue::unbounded(), move |n| {
            count.fetch_add(n, SeqCst);
        });
        let pool = pool.unwrap();
        pool.pause();
        pool.queue().push(7).unwrap();
        pool.join();
        assert_eq!(handled.load(SeqCst), 7);
    });
}

/// Three threads, bound 0: two workers are started. Kills: a worker that ends with its item; two
/// that end where one is too many.
#[test]
fn a_pool_that_shrinks_handles_its_items() {
    let name = "a_pool_that_shrinks_handles_its_items";
    model(name, Preemptions(0), 72, || {
        let (handled, count) = counter();
        let pool = WorkerPool::new(2, Queue::unbounded(), move |n| {
            count.fetch_add(n, SeqCst);
        });
        let pool = pool.unwrap();
        pool.queue().push(7).unwrap();
        pool.resize(1).unwrap();
        pool.wait_idle();
        assert_eq!(handled.load(SeqCst), 7);
        assert!(pool.stats().workers >= 1);
    });
}

/// Three threads, bound 1. The first item waits for the second, so there must be two workers.
/// Kills: a last worker at the queue that does not start another; one that looks for that before
/// it is busy itself.
#[test]
fn the_last_worker_at_the_queue_starts_another() {
    let name = "the_last_worker_at_the_queue_starts_another";
    model(name, Preemptions(1), 1_349, || {
        let second = Event::new(false);
        let pool = WorkerPool::new(1..=2, Queue::unbounded(), move |n| match n {
            1 => second.wait(),
            _ => second.set(),
        });
        let pool = pool.unwrap();
        pool.queue().push(1).unwrap();
        pool.queue().push(2).unwrap();
        pool.join();
    });
}

/// A pool of two workers of which one may go.
fn with_a_spare(handler: impl Fn(usize) + Send + Sync + 'static) -> WorkerPool<Queue<usize>> {
    let builder = WorkerPool::builder().workers(2).keep_alive(SECOND);
    let pool = builder.build(Queue::unbounded(), move |(), n| handler(n));
    let pool = pool.unwrap();
    pool.resize(1..=2).unwrap();
    pool
}

/// Three threads, bound 0: two workers are started. Kills: a worker that ends with the item that
/// it was called for; two that go though one must stay.
#[test]
fn an_item_is_not_lost_when_a_worker_ends_as_it_comes() {
    let name = "an_item_is_not_lost_when_a_worker_ends_as_it_comes";
    model(name, Preemptions(0), 192, || {
        let (handled, count) = counter();
        let pool = with_a_spare(move |n| {
            count.fetch_add(n, SeqCst);
        });
        clock::expire_all();
        pool.queue().push(7).unwrap();
        pool.wait_idle();
        assert_eq!(handled.load(SeqCst), 7);
    });
}

/// Two threads, bound 2. Kills: a worker that begins before it is told that another may be
/// started; a failure to start one that is not told of, that costs the item, or after which
/// nobody tries again.
#[test]
fn a_thread_that_cannot_start_is_told_of() {
    let name = "a_thread_that_cannot_start_is_told_of";
    model(name, Preemptions(2), 2_312, || {
        thread::script_spawns(1);
        let (handled, count) = counter();
        let (told, tell) = counter();
        let queue = Queue::unbounded();
        queue.push(3).unwrap();
        queue.push(4).unwrap();
        let pool = WorkerPool::builder()
            .workers(1..=2)
            .on_spawn_error(move |_| _ = tell.fetch_add(1, SeqCst))
            .build(queue, move |(), n| {
                count.fetch_add(n, SeqCst);
            });
        pool.unwrap().join();
        assert_eq!((handled.load(SeqCst), told.load(SeqCst)), (7, 2));
    });
}

/// Two threads, bound 1. The resize starts another worker because the only one is busy, or leaves
/// that to the worker, which begins its item then; neither can, and one says so. Kills: a look at
/// who is busy before the workers can know that another may be started; that look, or the mark of
/// who becomes busy, made weaker.
#[test]
fn a_pool_that_may_grow_looks_for_what_waits() {
    let name = "a_pool_that_may_grow_looks_for_what_waits";
    outcomes(name, Preemptions(1), 1_821, [true, false], || {
        thread::script_spawns(1);
        let begun = Arc::new(Event::new(false));
        let resized = Arc::new(Event::new(false));
        let (begins, is_resized) = (begun.clone(), resized.clone());
        let (told, tell) = counter();
        let pool = WorkerPool::builder()
            .workers(1)
            .on_spawn_error(move |_| _ = tell.fetch_add(1, SeqCst))
            .build(Queue::unbounded(), move |(), ()| {
                begins.set();
                is_resized.wait();
            });
        let pool = pool.unwrap();
        pool.queue().push(()).unwrap();
        let is_seen = pool.resize(1..=2).is_err();
        begun.wait();
        resized.set();
        pool.join();
        assert!(is_seen || told.load(SeqCst) == 1);
        is_seen
    });
}

/// Two threads, bound 2. Kills: a build that waits for those that were not started; one that
/// leaves behind those that were; a thread that takes an item all the same.
#[test]
fn a_pool_that_cannot_start_all_takes_nothing() {
    let name = "a_pool_that_cannot_start_all_takes_nothing";
    model(name, Preemptions(2), 171, || {
        thread::script_spawns(1);
        let queue = Queue::unbounded();
        queue.push(7).unwrap();
        let handler = |_| unreachable!("an item was taken");
        assert!(WorkerPool::new(2, queue.clone(), handler).is_err());
        assert_eq!(queue.try_pop(), Ok(7));
    });
}

/// Two threads, bound 1. Kills: a resize that waits for what was not started; one that says
/// nothing of it.
#[test]
fn a_resize_that_fails_leaves_the_pool_as_it_was() {
    let name = "a_resize_that_fails_leaves_the_pool_as_it_was";
    model(name, Preemptions(1), 528, || {
        thread::script_spawns(1);
        let (handled, count) = counter();
        let pool = WorkerPool::new(1, Queue::unbounded(), move |n| {
            count.fetch_add(n, SeqCst);
        });
        let pool = pool.unwrap();
        assert!(pool.resize(2).is_err());
        pool.queue().push(7).unwrap();
        pool.join();
        assert_eq!(handled.load(SeqCst), 7);
    });
}

/// Three threads, bound 1: the second takes the place of the first. Kills: a worker that leaves
/// before its place is taken; one whose thread is not joined.
#[test]
fn a_worker_that_has_done_its_share_is_replaced() {
    let name = "a_worker_that_has_done_its_share_is_replaced";
    model(name, Preemptions(1), 522, || {
        let (handled, count) = counter();
        let (states, state) = counter();
        let pool = WorkerPool::builder()
            .workers(1)
            .max_tasks_per_worker(1)
            .state(move |_| state.fetch_add(1, SeqCst))
            .build(Queue::unbounded(), move |_, n| {
                count.fetch_add(n, SeqCst);
            });
        let pool = pool.unwrap();
        pool.queue().push(7).unwrap();
        pool.join();
        assert_eq!((handled.load(SeqCst), states.load(SeqCst)), (7, 2));
    });
}

/// Two threads, bound 2. Kills: a worker that ends though its place cannot be taken.
#[test]
fn a_worker_that_cannot_be_replaced_goes_on() {
    let name = "a_worker_that_cannot_be_replaced_goes_on";
    model(name, Preemptions(2), 5_018, || {
        thread::script_spawns(1);
        let (handled, count) = counter();
        let (told, tell) = counter();
        let pool = WorkerPool::builder()
            .workers(1)
            .max_tasks_per_worker(1)
            .on_spawn_error(move |_| _ = tell.fetch_add(1, SeqCst))
            .build(Queue::unbounded(), move |(), n| {
                count.fetch_add(n, SeqCst);
            });
        let pool = pool.unwrap();
        pool.queue().push(3).unwrap();
        pool.queue().push(4).unwrap();
        pool.join();
        assert_eq!((handled.load(SeqCst), told.load(SeqCst)), (7, 2));
    });
}

/// Three threads, bound 1. Kills: an end that is not told to who waits for it; an item that is
/// both begun and handed back, or neither.
#[test]
fn shutting_down_in_time_or_not_leaves_nobody_behind() {
    let name = "shutting_down_in_time_or_not_leaves_nobody_behind";
    let ends = [(true, 1), (false, 1), (false, 0)];
    outcomes(name, Preemptions(1), 867, ends, || {
        let (handled, count) = counter();
        let pool = WorkerPool::new(1, Queue::unbounded(), move |n| {
            count.fetch_add(n, SeqCst);
        });
        let pool = pool.unwrap();
        pool.queue().push(1).unwrap();
        let time = spawn(clock::expire_all);
        let ended = pool.shutdown_timeout(SECOND);
        let is_ended = ended.is_ok();
        let left = ended.map_or_else(|unfinished| unfinished.left.len(), |()| 0);
        time.join().unwrap();
        assert!(pool.shutdown(Shutdown::Drain).is_empty());
        assert_eq!(handled.load(SeqCst) + left, 1);
        (is_ended, handled.load(SeqCst))
    });
}

/// Two threads, bound 2. Kills: a last worker that cannot start and leaves the queue open, so
/// that who pushes waits for ever; one that says nothing.
#[test]
fn a_replacement_without_a_state_closes_the_queue() {
    let name = "a_replacement_without_a_state_closes_the_queue";
    model(name, Preemptions(2), 1_719, || {
        let (told, tell) = counter();
        let (_, made) = counter();
        let queue = Queue::bounded(1);
        let pool = WorkerPool::builder()
            .workers(1)
            .max_tasks_per_worker(1)
            .state(move |_| {
                if made.fetch_add(1, SeqCst) > 0 {
                    throw("no second state");
                }
            })
            .on_panic(move |_| _ = tell.fetch_add(1, SeqCst))
            .build(queue.clone(), |(), _| ());
        let pool = pool.unwrap();
        queue.push(1).unwrap();
        let refused = [2, 3].map(|n| queue.push(n).is_err());
        assert!(refused[1]);
        assert_eq!((pool.stats().workers, told.load(SeqCst)), (0, 1));
        pool.wait_idle();
        let left = usize::from(!refused[0]);
        assert_eq!(pool.shutdown(Shutdown::Drain).len(), left);
    });
}
