//! `TaskQueue`, natively: boundaries, retries and their delays, letters, the end, stress.

use crate::common::{Counted, poll_once};
use futures_core::Stream;
use rungs::future::block_on;
use rungs::queue::{
    DeadLetter, PopError, PopTimeoutError, PushError, PushTimeoutError, Queue, Reason, Retry, Task,
    TaskQueue, TryPopError, TryPushError, WorkQueue,
};
use rungs::sync::{Event, TimedOut};
use std::cell::Cell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

const MILLI: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

/// Runs `f`, which throws, past the panic hook.
fn thrown(f: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err());
}

#[test]
fn a_task_queue_and_its_parts_go_where_their_items_can() {
    fn send<T: Send>(_: &T) {}
    fn send_and_sync<T: Send + Sync>(_: &T) {}
    fn both<T: Send + Sync>() {}
    let queue = TaskQueue::<Cell<i32>>::unbounded(); // `Send`, not `Sync`
    send_and_sync(&queue);
    send(&queue.push_async(Cell::new(1)));
    send(&queue.pop_task_async());
    send_and_sync(&queue.join_async());
    send(&queue.push_many_async(&mut Vec::new()));
    send(&queue.pop_tasks_async(&mut Vec::new(), 1));
    send_and_sync(&queue.reserve_async());
    send_and_sync(&queue.reserve().unwrap());
    queue.push(Cell::new(1)).unwrap();
    send(&queue.pop_task().unwrap());
    both::<Task<i32>>();
    both::<DeadLetter<i32>>();
    // An item that borrows does for all but retries.
    let text = String::from("lent");
    let lender = TaskQueue::unbounded();
    lender.push(&*text).unwrap();
    assert_eq!(*lender.pop_task().unwrap(), "lent");
}

#[test]
#[should_panic = "`capacity` is 0"]
fn a_queue_without_room_is_refused() {
    TaskQueue::<i32>::bounded(0);
}

#[test]
fn a_huge_capacity_costs_nothing() {
    let queue = TaskQueue::bounded(usize::MAX);
    queue.push([0_u8; 4096]).unwrap();
    assert!(!queue.is_full() && !queue.is_empty());
    assert_eq!(queue.capacity(), Some(usize::MAX));
    let empty = TaskQueue::bounded(usize::MAX);
    empty.push(()).unwrap();
    empty.pop_task().unwrap().into_inner();
    assert!(empty.try_join());
}

#[test]
fn timeouts_reach_from_nothing_to_for_ever() {
    let queue = TaskQueue::bounded(1);
    let past = Instant::now();
    let popped = queue.pop_task_timeout(Duration::ZERO);
    assert_eq!(popped.unwrap_err(), PopTimeoutError::TimedOut);
    let popped = queue.pop_task_deadline(past);
    assert_eq!(popped.unwrap_err(), PopTimeoutError::TimedOut);
    assert_eq!(queue.push_timeout(1, Duration::ZERO), Ok(()));
    let late = PushTimeoutError::TimedOut(2);
    assert_eq!(queue.push_timeout(2, Duration::ZERO), Err(late));
    assert_eq!(queue.push_deadline(2, past), Err(late));
    let mut items = vec![2, 3];
    let pushed = queue.push_many_deadline(&mut items, past);
    assert_eq!(pushed, Err(PushTimeoutError::TimedOut(())));
    assert_eq!(queue.join_timeout(Duration::ZERO), Err(TimedOut));
    assert_eq!(queue.join_deadline(past), Err(TimedOut));
    assert_eq!(queue.closed_timeout(Duration::ZERO), Err(TimedOut));
    thread::scope(|s| {
        s.spawn(|| {
            for n in 1..=3 {
                let task = queue.pop_task_timeout(Duration::MAX).unwrap();
                assert_eq!(*task, n);
            }
            assert_eq!(queue.join_timeout(Duration::MAX), Ok(()));
            queue.close();
        });
        let pushed = queue.push_many_timeout(&mut items, Duration::MAX);
        assert_eq!(pushed, Ok(()));
        assert_eq!(queue.closed_timeout(Duration::MAX), Ok(()));
        assert_eq!(queue.closed_deadline(past), Ok(()));
    });
}

#[test]
fn an_item_of_a_mebibyte_lives_on_the_heap() {
    const SIZE: usize = 1 << 20;
    // Half of what the queue would need, were its items on the stack; the copies of one item fit
    // that are made on the way.
    let small = thread::Builder::new().stack_size(64 * SIZE);
    let thread = small.spawn(|| {
        let queue = TaskQueue::bounded(128).retry(Retry::fixed(2, Duration::ZERO));
        for n in 0..128 {
            assert!(queue.push([n; SIZE]).is_ok());
        }
        for n in 0..128 {
            let task = queue.pop_task().unwrap();
            assert_eq!(task[SIZE - 1], n);
            task.retry();
        }
        (0..128).for_each(|n| assert_eq!(queue.pop_task().unwrap()[SIZE - 1], n));
    });
    thread.unwrap().join().unwrap();
}

#[test]
fn tasks_come_out_many_at_a_time_in_every_form() {
    let queue = TaskQueue::unbounded();
    let past = Instant::now();
    let mut tasks = Vec::new();
    let empty = Err(TryPopError::Empty);
    assert_eq!(queue.try_pop_tasks(&mut tasks, 9), empty);
    let late = Err(PopTimeoutError::TimedOut);
    assert_eq!(queue.pop_tasks_timeout(&mut tasks, 9, MILLI), late);
    assert_eq!(queue.pop_tasks_deadline(&mut tasks, 9, past), late);
    // None are asked for: no wait.
    assert_eq!(queue.pop_tasks(&mut tasks, 0), Ok(0));
    assert_eq!(queue.try_pop_tasks(&mut tasks, 0), Ok(0));
    assert_eq!(block_on(queue.pop_tasks_async(&mut tasks, 0)), Ok(0));
    queue.push_many(&mut (0..10).collect()).unwrap();
    assert_eq!(queue.pop_tasks(&mut tasks, 1), Ok(1));
    assert_eq!(queue.try_pop_tasks(&mut tasks, 2), Ok(2));
    assert_eq!(queue.pop_tasks_timeout(&mut tasks, 3, Duration::MAX), Ok(3));
    assert_eq!(queue.pop_tasks_deadline(&mut tasks, 2, past), Ok(2));
    let rest = block_on(queue.pop_tasks_async(&mut tasks, usize::MAX));
    assert_eq!(rest, Ok(2));
    assert!(tasks.iter().map(|task| **task).eq(0..10));
    assert!(tasks.iter().all(|task| task.attempts() == 1));
    assert_eq!((queue.len(), queue.unfinished()), (0, 10));
    tasks.truncate(4);
    assert_eq!(queue.unfinished(), 4);
    queue.close();
    assert_eq!(queue.pop_tasks(&mut tasks, 9), Err(PopError));
    assert_eq!(queue.try_pop_tasks(&mut tasks, 9), Err(TryPopError::Closed));
    let closed = Err(PopTimeoutError::Closed);
    assert_eq!(queue.pop_tasks_timeout(&mut tasks, 9, HOUR), closed);
    drop(tasks);
    assert!(queue.try_join());
}

#[test]
fn a_stream_of_tasks_ends_when_nothing_can_come_back() {
    let queue = TaskQueue::unbounded().retry(Retry::fixed(2, Duration::ZERO));
    queue.push(1).unwrap();
    queue.close();
    let mut tasks = pin!(queue.stream());
    let mut next = || block_on(poll_fn(|cx| tasks.as_mut().poll_next(cx)));
    next().unwrap().retry();
    let again = next().unwrap();
    assert_eq!((*again, again.attempts()), (1, 2));
    assert!(next().is_none() && next().is_none());
    assert_eq!(queue.unfinished(), 1);
    again.done();
    // One that is dropped in line loses no task.
    let queue = TaskQueue::unbounded();
    let mut stream = Box::pin(queue.stream());
    assert!(poll_once(pin!(poll_fn(|cx| stream.as_mut().poll_next(cx)))).is_pending());
    queue.push(2).unwrap();
    drop(stream);
    assert_eq!(*queue.pop_task().unwrap(), 2);
}

#[test]
fn a_wait_for_many_ends_with_all_that_came() {
    let queue = TaskQueue::unbounded();
    let mut tasks = Vec::new();
    let mut pop = Box::pin(queue.pop_tasks_async(&mut tasks, 8));
    assert!(poll_once(pop.as_mut()).is_pending());
    queue.push_many(&mut (0..100).collect()).unwrap();
    assert_eq!(poll_once(pop.as_mut()), Poll::Ready(Ok(8)));
    drop(pop);
    assert!(tasks.iter().map(|task| **task).eq(0..8));
}

#[test]
fn a_batch_that_unwinds_has_failed_and_comes_back() {
    let queue = TaskQueue::unbounded().retry(Retry::fixed(2, Duration::ZERO));
    queue.push_many(&mut vec![1, 2, 3]).unwrap();
    queue.close();
    thrown(|| {
        let mut tasks = Vec::new();
        queue.pop_tasks(&mut tasks, 2).unwrap();
        tasks.remove(0).done();
        resume_unwind(Box::new("a handler panics"));
    });
    assert_eq!((queue.len(), queue.unfinished()), (2, 2));
    let mut tasks = Vec::new();
    assert_eq!(queue.pop_tasks(&mut tasks, 9), Ok(2));
    let seen: Vec<_> = tasks.iter().map(|task| (**task, task.attempts())).collect();
    assert_eq!(seen, [(3, 1), (2, 2)]);
    // One of them may come back: the end is not yet.
    assert_eq!(
        queue.try_pop_tasks(&mut Vec::new(), 9),
        Err(TryPopError::Empty)
    );
    drop(tasks);
    assert_eq!(queue.pop_tasks(&mut Vec::new(), 9), Err(PopError));
}

#[test]
fn what_is_drained_is_nobodys_duty() {
    let queue = TaskQueue::bounded(4).retry(Retry::fixed(2, HOUR));
    queue.push_many(&mut vec![1, 2, 3]).unwrap();
    queue.pop_task().unwrap().retry();
    let out = queue.pop_task().unwrap();
    assert_eq!(queue.drain(), [3]);
    assert_eq!(queue.drain(), []);
    assert_eq!((queue.stats().delayed, queue.unfinished()), (1, 2));
    queue.close();
    out.done();
    // What waits for its retry is still to come.
    assert_eq!(queue.try_pop_task().unwrap_err(), TryPopError::Empty);
    let joined = thread::scope(|s| {
        let join = s.spawn(|| queue.join_timeout(HOUR));
        assert_eq!(queue.close_now(), [1]);
        join.join().unwrap()
    });
    assert_eq!(joined, Ok(()));
}

#[test]
fn a_drain_wakes_who_joins_who_pushes_and_who_pops_a_closed_queue() {
    let queue = TaskQueue::bounded(2).retry(Retry::fixed(2, HOUR));
    queue.push_many(&mut vec![1, 2]).unwrap();
    thread::scope(|s| {
        s.spawn(|| queue.push(3).unwrap());
        thread::yield_now();
        assert_eq!(queue.drain(), [1, 2]);
    });
    assert_eq!(queue.unfinished(), 1);
    let mut join = pin!(queue.join_async());
    assert!(poll_once(join.as_mut()).is_pending());
    queue.close();
    assert_eq!(queue.drain(), [3]);
    assert!(poll_once(join).is_ready());
    assert_eq!(queue.pop_task().unwrap_err(), PopError);
}

#[test]
fn an_item_that_is_forced_in_evicts_the_next_one() {
    let queue = TaskQueue::bounded(2).retry(Retry::fixed(2, HOUR));
    assert_eq!(queue.force_push(1), Ok(None));
    assert_eq!(queue.force_push(2), Ok(None));
    assert_eq!(queue.force_push(3), Ok(Some(1)));
    assert_eq!((queue.len(), queue.unfinished()), (2, 2));
    // Those that wait for a retry go last, the earliest first.
    queue.pop_task().unwrap().retry_after(HOUR);
    queue.pop_task().unwrap().retry_after(HOUR / 2);
    assert_eq!(queue.force_push(4), Ok(Some(3)));
    assert_eq!(queue.force_push(5), Ok(Some(4)));
    assert_eq!((queue.stats().delayed, queue.unfinished()), (1, 2));
    // Where retries are in excess, it stays at that.
    let task = queue.pop_task().unwrap();
    queue.push(6).unwrap();
    task.retry_after(Duration::ZERO);
    assert_eq!((queue.len(), queue.unfinished()), (3, 3));
    assert_eq!(queue.force_push(7), Ok(Some(6)));
    assert_eq!((queue.len(), queue.unfinished()), (3, 3));
    queue.close();
    assert_eq!(queue.force_push(8), Err(PushError(8)));
    assert_eq!(queue.close_now(), [5, 7, 2]);
    assert!(queue.try_join());
}

#[test]
fn what_is_forced_out_keeps_nobody_joining() {
    let queue = TaskQueue::bounded(1);
    queue.push(1).unwrap();
    let slot = TaskQueue::bounded(1);
    let place = slot.reserve().unwrap();
    // All room is reserved: it is not taken, nor counted.
    assert_eq!(slot.force_push(1), Ok(Some(1)));
    assert!(slot.try_join() && slot.is_empty());
    place.push(2).unwrap();
    assert_eq!(slot.force_push(3), Ok(Some(2)));
    let mut join = pin!(queue.join_async());
    assert!(poll_once(join.as_mut()).is_pending());
    assert_eq!(queue.force_push(2), Ok(Some(1)));
    assert!(poll_once(join.as_mut()).is_pending(), "the other counts");
    queue.pop_task().unwrap().done();
    assert!(poll_once(join).is_ready());
}

#[test]
fn a_place_is_kept_in_every_form() {
    let queue = TaskQueue::bounded(2);
    let past = Instant::now();
    let first = queue.reserve().unwrap();
    let second = queue.try_reserve().unwrap();
    assert!(queue.is_full() && queue.is_empty() && queue.try_join());
    assert_eq!(queue.try_push(9), Err(TryPushError::Full(9)));
    assert_eq!(queue.try_reserve().unwrap_err(), TryPushError::Full(()));
    let late = PushTimeoutError::TimedOut(());
    assert_eq!(queue.reserve_timeout(MILLI).unwrap_err(), late);
    assert_eq!(queue.reserve_deadline(past).unwrap_err(), late);
    let mut reserve = pin!(queue.reserve_async());
    assert!(poll_once(reserve.as_mut()).is_pending());
    second.push(2).unwrap();
    assert!(poll_once(reserve.as_mut()).is_pending());
    drop(first);
    let Poll::Ready(Ok(first)) = poll_once(reserve) else {
        panic!("there is room");
    };
    first.push(1).unwrap();
    assert_eq!((queue.drain(), queue.unfinished()), (vec![2, 1], 0));
    let slots = [(); 2].map(|()| queue.reserve_timeout(HOUR).unwrap());
    thread::scope(|s| {
        s.spawn(|| {
            let closed = PushTimeoutError::Closed(());
            assert_eq!(queue.reserve_timeout(HOUR).unwrap_err(), closed);
        });
        s.spawn(|| assert_eq!(queue.reserve().unwrap_err(), PushError(())));
        thread::yield_now();
        queue.close();
    });
    slots.into_iter().for_each(|slot| {
        assert_eq!(slot.push(3), Err(PushError(3)));
    });
    assert_eq!((queue.unfinished(), queue.is_full()), (0, false));
    assert_eq!(queue.pop_task().unwrap_err(), PopError);
}

#[test]
fn a_retry_takes_nobodys_place() {
    let queue = TaskQueue::bounded(1).retry(Retry::fixed(2, Duration::ZERO));
    queue.push(1).unwrap();
    let task = queue.pop_task().unwrap();
    let slot = queue.reserve().unwrap();
    task.retry();
    slot.push(2).unwrap();
    assert!(queue.try_iter().map(Task::into_inner).eq([1, 2]));
    assert!(queue.try_join());
}

#[test]
fn many_items_go_in_one_after_the_other() {
    let closed = TaskQueue::<i32>::bounded(1);
    closed.close();
    assert_eq!(
        closed.push_many(&mut Vec::new()),
        Ok(()),
        "there is nothing to refuse"
    );
    assert_eq!(closed.try_push_many(&mut Vec::new()), Ok(0));
    let queue = TaskQueue::bounded(4);
    let mut items: Vec<i32> = (0..1000).collect();
    let memory = items.capacity();
    thread::scope(|s| {
        s.spawn(|| {
            let popped = queue.iter().map(Task::into_inner);
            assert!(popped.eq(0..1000));
        });
        assert_eq!(queue.push_many(&mut items), Ok(()));
        queue.close();
    });
    assert!(items.is_empty() && items.capacity() == memory);
    assert_eq!(queue.push_many(&mut vec![1]), Err(PushError(())));
    assert_eq!(
        queue.try_push_many(&mut vec![1]),
        Err(TryPushError::Closed(()))
    );
    assert_eq!(queue.stats().pushed, 1000);
    let full = TaskQueue::bounded(1);
    full.push(1).unwrap();
    assert_eq!(full.push_many(&mut Vec::new()), Ok(()));
}

#[test]
fn the_end_releases_every_kind_of_waiter() {
    for discard in [false, true] {
        let empty = TaskQueue::<i32>::unbounded();
        let full = TaskQueue::bounded(1);
        full.push(0).unwrap();
        let mut pop = pin!(empty.pop_task_async());
        let mut push = pin!(full.push_async(5));
        assert!(poll_once(pop.as_mut()).is_pending());
        assert!(poll_once(push.as_mut()).is_pending());
        thread::scope(|s| {
            s.spawn(|| assert_eq!(empty.pop_task().unwrap_err(), PopError));
            s.spawn(|| {
                let popped = empty.pop_task_timeout(HOUR);
                assert_eq!(popped.unwrap_err(), PopTimeoutError::Closed);
            });
            s.spawn(|| assert_eq!(empty.iter().count(), 0));
            s.spawn(|| assert_eq!(full.push(1), Err(PushError(1))));
            s.spawn(|| {
                let mut items = vec![1, 2];
                assert_eq!(full.push_many(&mut items), Err(PushError(())));
                assert_eq!(items, [1, 2]);
            });
            s.spawn(|| {
                let pushed = full.push_timeout(2, HOUR);
                assert_eq!(pushed, Err(PushTimeoutError::Closed(2)));
            });
            s.spawn(|| block_on(full.closed_async()));
            s.spawn(|| full.closed());
            thread::yield_now();
            if discard {
                assert_eq!(full.close_now(), [0]);
                assert_eq!(WorkQueue::close_now(&empty).len(), 0);
            } else {
                full.close();
                empty.close();
            }
        });
        match poll_once(pop) {
            Poll::Ready(Err(PopError)) => {}
            _ => panic!("a pop that was released is ready"),
        }
        assert_eq!(poll_once(push), Poll::Ready(Err(PushError(5))));
        assert_eq!(full.unfinished(), usize::from(!discard));
    }
}

#[test]
fn tasks_are_tried_as_often_as_the_policy_says() {
    for (asked, tried) in [(0, 1), (1, 1), (2, 2), (7, 7)] {
        let letters = Queue::unbounded();
        let queue = TaskQueue::unbounded()
            .retry(Retry::fixed(asked, Duration::ZERO))
            .dead_letter(letters.clone());
        queue.push("work").unwrap();
        let mut seen = 0;
        while let Ok(task) = queue.try_pop_task() {
            seen += 1;
            assert_eq!(task.attempts(), seen);
            task.fail(format!("no. {seen}"));
        }
        assert_eq!(seen, tried);
        let letter = letters.pop().unwrap();
        assert_eq!((letter.item, letter.attempts), ("work", tried));
        assert_eq!(letter.reason.to_string(), format!("no. {tried}"));
        assert!(queue.try_join() && letters.is_empty());
        let stats = queue.stats();
        assert_eq!((stats.retried, stats.dead), (tried as u64 - 1, 1));
    }
    let endless = TaskQueue::unbounded().retry(Retry::fixed(usize::MAX, Duration::ZERO));
    endless.push(()).unwrap();
    (0..1000).for_each(|_| endless.pop_task().unwrap().retry());
    assert_eq!(endless.pop_task().unwrap().attempts(), 1001);
}

#[test]
fn a_task_says_why_it_failed() {
    let letters = Queue::unbounded();
    let queue = TaskQueue::unbounded().dead_letter(letters.clone());
    let reason = || letters.try_pop().unwrap().reason;
    for _ in 0..4 {
        queue.push(1).unwrap();
    }
    queue
        .pop_task()
        .unwrap()
        .fail("x".parse::<i32>().unwrap_err());
    match reason() {
        Reason::Failed(error) => assert!(error.is::<std::num::ParseIntError>()),
        other => panic!("{other:?}"),
    }
    queue.pop_task().unwrap().retry();
    assert!(matches!(reason(), Reason::Exhausted));
    queue.pop_task().unwrap().reject("not this");
    assert_eq!(reason().to_string(), "not this");
    thrown(|| {
        let _task = queue.pop_task().unwrap();
        resume_unwind(Box::new("not that"));
    });
    assert_eq!(reason().to_string(), "panicked");
    assert!(queue.try_join());
}

#[test]
fn delays_stay_within_their_bounds() {
    let (base, cap) = (Duration::from_millis(10), Duration::from_millis(300));
    let mut sums = [Duration::ZERO; 8];
    for seed in 0..1000 {
        let delays: Vec<_> = Retry::exponential(9, base, cap)
            .seed(seed)
            .delays()
            .collect();
        assert_eq!(delays.len(), 8);
        for (n, delay) in delays.into_iter().enumerate() {
            assert!(delay <= cap.min(base * (1 << n)), "retry {n}: {delay:?}");
            sums[n] += delay;
        }
    }
    for (n, sum) in sums.into_iter().enumerate() {
        // The seeds are given, so this cannot fail now and then.
        let (mean, middle) = (sum / 1000, cap.min(base * (1 << n)) / 2);
        let off = mean.abs_diff(middle);
        assert!(
            off < middle / 10,
            "retry {n}: {mean:?} instead of {middle:?}"
        );
    }
    let by_chance = Retry::exponential(9, base, cap);
    assert!(!by_chance.delays().eq(by_chance.delays()));
}

#[test]
fn policies_reach_from_nothing_to_for_ever() {
    let long = Retry::exponential(usize::MAX, Duration::MAX, Duration::MAX);
    assert!(long.delays().take(100).all(|delay| delay < Duration::MAX));
    assert_eq!(long.delays().len(), usize::MAX - 1);
    let mut short = Retry::exponential(usize::MAX, Duration::ZERO, Duration::MAX).delays();
    assert_eq!(short.nth(200), Some(Duration::ZERO));
    let capped = Retry::exponential(200, Duration::from_nanos(1), MILLI);
    assert!(capped.delays().all(|delay| delay <= MILLI));
    assert_eq!(Retry::exponential(0, HOUR, HOUR).delays().next(), None);
    assert_eq!(Retry::default(), Retry::none());
}

#[test]
fn a_delay_without_end_is_borne() {
    let queue = TaskQueue::unbounded().retry(Retry::fixed(3, Duration::MAX));
    for n in 0..3 {
        queue.push(n).unwrap();
        queue.pop_task().unwrap().retry();
    }
    assert_eq!((queue.len(), queue.stats().delayed), (3, 3));
    assert_eq!(queue.try_pop_task().unwrap_err(), TryPopError::Empty);
    assert_eq!(queue.join_timeout(MILLI), Err(TimedOut));
    queue.close();
    assert_eq!(queue.try_pop_task().unwrap_err(), TryPopError::Empty);
    assert_eq!(queue.close_now(), [0, 1, 2]);
    assert_eq!(queue.pop_task().unwrap_err(), PopError);
    queue.join();
}

#[test]
fn retries_come_when_they_are_due_and_not_before() {
    let queue = TaskQueue::unbounded().retry(Retry::fixed(2, Duration::ZERO));
    let delays = [30, 10, 20].map(Duration::from_millis);
    for delay in delays {
        queue.push((delay, Instant::now())).unwrap();
        let mut task = queue.pop_task().unwrap();
        task.1 = Instant::now();
        task.retry_after(delay);
    }
    queue.close();
    let mut late = Vec::new();
    for task in &queue {
        let (delay, since) = *task;
        assert!(since.elapsed() >= delay);
        late.push(delay);
    }
    assert_eq!(late.len(), 3);
    queue.join();
}

#[test]
fn ten_thousand_retries_wait_with_one_thread() {
    const TASKS: usize = 10_000;
    let queue = TaskQueue::unbounded().retry(Retry::exponential(2, MILLI * 50, MILLI * 50));
    let before = threads();
    for n in 0..TASKS {
        queue.push(n).unwrap();
    }
    let mut seen = vec![0; TASKS];
    let mut retried = 0;
    let mut most = 0;
    while seen.iter().sum::<usize>() < TASKS {
        let task = queue.pop_task().unwrap();
        if task.attempts() == 1 {
            task.retry();
            retried += 1;
        } else {
            seen[*task] += 1;
        }
        // One for the clock. (Other tests run meanwhile and have some, too.)
        if retried == TASKS && most == 0 {
            most = threads().unwrap_or(1);
        }
    }
    if let Some(before) = before {
        assert!(
            most < before + TASKS / 5,
            "{before} threads, and then {most}"
        );
    }
    assert!(seen.into_iter().all(|times| times == 1));
    assert!(queue.try_join());
}

/// How many threads this process has, where the system says so.
fn threads() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/task").ok()?.count())
}

#[test]
fn letters_that_find_no_room_are_kept() {
    let letters = Queue::bounded(1);
    let queue = TaskQueue::unbounded().dead_letter(letters.clone());
    queue.push_many(&mut vec![1, 2, 3]).unwrap();
    queue.pop_task().unwrap().fail("first");
    queue.pop_task().unwrap().fail("second");
    letters.close();
    queue.pop_task().unwrap().fail("third");
    assert!(queue.try_join());
    assert_eq!((queue.stats().dead, queue.stats().undelivered), (3, 2));
    assert_eq!(letters.pop().unwrap().item, 1);
    let kept = queue.take_undelivered();
    assert!(kept.iter().map(|letter| letter.item).eq([2, 3]));
    assert_eq!(queue.take_undelivered().len(), 0);
}

#[test]
fn a_letter_queue_may_be_the_queue_of_other_letters() {
    // Of the same items, in a circle: the letters of letters.
    let drops = Arc::new(AtomicUsize::new(0));
    let letters = Queue::unbounded();
    let queue = TaskQueue::unbounded().dead_letter(letters.clone());
    queue.push(Counted(drops.clone())).unwrap();
    let replaced = queue.dead_letter(Queue::unbounded());
    replaced.pop_task().unwrap().fail("elsewhere");
    assert!(letters.is_empty());
    drop(replaced);
    assert_eq!(drops.load(SeqCst), 1);
}

#[test]
fn each_item_is_dropped_once() {
    let drops = Arc::new(AtomicUsize::new(0));
    let dropped = || drops.load(SeqCst);
    let queue = TaskQueue::unbounded().retry(Retry::fixed(2, HOUR));
    for _ in 0..6 {
        queue.push(Counted(drops.clone())).unwrap();
    }
    queue.pop_task().unwrap().done();
    assert_eq!(dropped(), 1);
    drop(queue.pop_task().unwrap().into_inner());
    assert_eq!(dropped(), 2);
    queue.pop_task().unwrap().retry();
    queue.pop_task().unwrap().reject("no letters are collected");
    assert_eq!((dropped(), queue.stats().dead), (3, 1));
    let out = queue.pop_task().unwrap();
    drop(queue);
    // The queue lives as long as the task.
    assert_eq!(dropped(), 3);
    drop(out);
    assert_eq!(dropped(), 6);
}

#[test]
fn a_drop_that_panics_counts_all_the_same() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            resume_unwind(Box::new("dropped"));
        }
    }
    let queue = TaskQueue::unbounded();
    for _ in 0..3 {
        queue.push(Bomb).unwrap();
    }
    thrown(|| queue.pop_task().unwrap().done());
    thrown(|| drop(queue.pop_task()));
    // Given up, and dropped by the queue.
    queue.pop_task().unwrap().fail("no");
    assert!(queue.try_join());
}

#[test]
fn a_reason_that_cannot_be_made_is_a_panic_of_the_task() {
    struct Throws;
    impl From<Throws> for Box<dyn std::error::Error + Send + Sync> {
        fn from(_: Throws) -> Self {
            resume_unwind(Box::new("no reason"));
        }
    }
    let letters = Queue::unbounded();
    let queue = TaskQueue::unbounded().dead_letter(letters.clone());
    queue.push(1).unwrap();
    thrown(|| queue.pop_task().unwrap().fail(Throws));
    assert!(matches!(letters.pop().unwrap().reason, Reason::Panicked));
}

#[test]
fn a_task_leaked_is_never_over() {
    let queue = TaskQueue::unbounded();
    queue.push(1).unwrap();
    std::mem::forget(queue.pop_task().unwrap());
    assert_eq!(queue.join_timeout(MILLI), Err(TimedOut));
    queue.close();
    // It had one attempt, so it cannot come back.
    assert_eq!(queue.pop_task().unwrap_err(), PopError);
}

/// A waker that stays where it is called until it is let go.
struct Stuck {
    called: Event,
    go: Event,
}

impl Wake for Stuck {
    fn wake(self: Arc<Self>) {
        self.called.set();
        self.go.wait();
    }
}

#[test]
fn items_are_dropped_with_the_last_handle_though_the_alarm_rings() {
    let drops = Arc::new(AtomicUsize::new(0));
    let queue = TaskQueue::unbounded().retry(Retry::fixed(2, MILLI));
    queue.push(Counted(drops.clone())).unwrap();
    queue.pop_task().unwrap().retry();
    let stuck = Arc::new(Stuck {
        called: Event::new(false),
        go: Event::new(false),
    });
    let waker = Waker::from(stuck.clone());
    let mut pop = Box::pin(queue.pop_task_async());
    let mut cx = Context::from_waker(&waker);
    assert!(pop.as_mut().poll(&mut cx).is_pending());
    // Called by the thread of the alarms, which is in the queue meanwhile.
    stuck.called.wait();
    drop(pop);
    drop(queue);
    let dropped = drops.load(SeqCst);
    stuck.go.set();
    assert_eq!(dropped, 1);
}

/// A waker that uses the queue.
struct Uses(TaskQueue<i32>, Mutex<Vec<i32>>);

impl Wake for Uses {
    fn wake(self: Arc<Self>) {
        if let Ok(task) = self.0.try_pop_task() {
            self.1.lock().unwrap().push(task.into_inner());
            self.0.push(9).unwrap();
        }
        assert!(self.0.len() <= 1);
    }
}

#[test]
fn wakers_may_use_the_queue() {
    let queue = TaskQueue::unbounded().retry(Retry::fixed(2, Duration::ZERO));
    let uses = Arc::new(Uses(queue.clone(), Mutex::default()));
    let waker = Waker::from(uses.clone());
    let mut cx = Context::from_waker(&waker);
    let mut pop = pin!(queue.pop_task_async());
    assert!(pop.as_mut().poll(&mut cx).is_pending());
    queue.push(1).unwrap();
    assert_eq!(*uses.1.lock().unwrap(), [1]);
    queue.pop_task().unwrap().done();
    // Joiners, too.
    queue.push(2).unwrap();
    let mut join = pin!(queue.join_async());
    assert!(join.as_mut().poll(&mut cx).is_pending());
    queue.pop_task().unwrap().done();
    assert!(join.as_mut().poll(&mut cx).is_ready());
}

#[test]
fn debug_shows_what_is_there() {
    let queue = TaskQueue::bounded(3);
    queue.push(1).unwrap();
    let text = format!("{queue:?}");
    assert!(
        text.contains("len: 1") && text.contains("unfinished: 1"),
        "{text}"
    );
    let task = format!("{:?}", queue.pop_task().unwrap());
    assert!(
        task.contains("item: 1") && task.contains("attempts: 1"),
        "{task}"
    );
    let _ = format!(
        "{:?}",
        (
            queue.pop_task_async(),
            queue.push_async(1),
            queue.join_async()
        )
    );
    let _ = format!(
        "{:?}",
        (queue.iter(), queue.stats(), Retry::none().delays())
    );
}

#[test]
fn ten_thousand_wait_for_one_end() {
    const WAITERS: usize = 10_000;
    let queue = TaskQueue::unbounded();
    queue.push(1).unwrap();
    let task = queue.pop_task().unwrap();
    let mut joins: Vec<_> = (0..WAITERS).map(|_| Box::pin(queue.join_async())).collect();
    let mut pops: Vec<_> = (0..WAITERS)
        .map(|_| Box::pin(queue.pop_task_async()))
        .collect();
    assert!(
        joins
            .iter_mut()
            .all(|join| poll_once(join.as_mut()).is_pending())
    );
    assert!(
        pops.iter_mut()
            .all(|pop| poll_once(pop.as_mut()).is_pending())
    );
    joins.truncate(WAITERS / 2);
    task.done();
    assert!(
        joins
            .iter_mut()
            .all(|join| poll_once(join.as_mut()).is_ready())
    );
    queue.close();
    assert!(
        pops.iter_mut()
            .all(|pop| poll_once(pop.as_mut()).is_ready())
    );
}

/// Every item ends once, whatever becomes of it: done, tried again, given up, handed back; by
/// threads that wait, give up waiting, and unwind.
#[test]
fn nothing_is_lost_and_nothing_comes_twice() {
    const ITEMS: usize = 20_000;
    let letters = Queue::bounded(64);
    let queue = TaskQueue::bounded(32)
        .retry(Retry::exponential(3, MILLI / 10, MILLI).seed(1))
        .dead_letter(letters.clone());
    let ended: Vec<_> = (0..ITEMS).map(|_| AtomicUsize::new(0)).collect();
    let end = |n: usize| ended[n].fetch_add(1, SeqCst);
    let handle = |task: Task<usize>| match *task % 16 {
        0 => task.retry(),
        1 if task.attempts() < 3 => task.fail("not yet"),
        2 => task.reject("never"),
        3 if task.attempts() == 1 => thrown(move || {
            let _task = task;
            resume_unwind(Box::new("cannot"));
        }),
        4 if task.attempts() == 1 => task.retry_after(MILLI / 2),
        5 => _ = end(task.into_inner()),
        _ => {
            end(*task);
            task.done();
        }
    };
    thread::scope(|s| {
        s.spawn(|| queue.iter().for_each(handle));
        s.spawn(|| {
            loop {
                match queue.pop_task_timeout(MILLI / 20) {
                    Ok(task) => handle(task),
                    Err(PopTimeoutError::TimedOut) => {}
                    Err(PopTimeoutError::Closed) => break,
                }
            }
        });
        s.spawn(|| {
            block_on(async {
                loop {
                    let _ = poll_once(pin!(queue.pop_task_async())).map_ok(handle);
                    match queue.pop_task_async().await {
                        Ok(task) => handle(task),
                        Err(PopError) => break,
                    }
                }
            });
        });
        let mut items: Vec<_> = (0..ITEMS / 2).collect();
        queue.push_many(&mut items).unwrap();
        (ITEMS / 2..ITEMS).for_each(|n| queue.push(n).unwrap());
        queue.join();
        assert_eq!(queue.unfinished(), 0);
        queue.close();
    });
    let given_up = letters.try_iter().chain(queue.take_undelivered());
    given_up.for_each(|letter| _ = end(letter.item));
    assert!(ended.iter().all(|times| times.load(SeqCst) == 1));
    let stats = queue.stats();
    assert_eq!(
        (stats.pushed, stats.ready, stats.delayed),
        (ITEMS as u64, 0, 0)
    );
    assert_eq!(stats.dead as usize, (ITEMS / 16) * 2);
}
