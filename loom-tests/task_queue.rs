//! Models of `queue::TaskQueue`.

use super::support::{
    Bound::*, CountWaker, DropCount, Payload, model, noop_waker, outcomes, poll_once, spawn, throw,
};
use crate::panic::catch;
use crate::queue::{PopError, Queue, Reason, Retry, Task, TaskQueue, TryPopError};
use crate::sys::clock::{self, JUMP};
use crate::wait::block_on;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(1);

/// A queue whose tasks come back at once.
fn at_once<T: Send + 'static>(max_attempts: usize) -> TaskQueue<T> {
    TaskQueue::unbounded().retry(Retry::fixed(max_attempts, Duration::ZERO))
}

/// A queue whose tasks come back after a while.
fn later<T: Send + 'static>(max_attempts: usize) -> TaskQueue<T> {
    TaskQueue::unbounded().retry(Retry::fixed(max_attempts, SOON))
}

/// Two threads, exhaustive: 2,738 executions: the window between a pop and its end (rusty_pool:
/// `join()` returns before the job ran). Kills: a pop that counts its item out; an end that counts
/// before the item was handled; an end that wakes nobody; a Relaxed end.
#[test]
fn join_sees_what_the_tasks_wrote() {
    model("join_sees_what_the_tasks_wrote", Exhaustive, 900, || {
        let queue = TaskQueue::unbounded();
        let books = Arc::new(Payload::new(0));
        queue.push(books.clone()).unwrap();
        queue.push(books.clone()).unwrap();
        let worker = queue.clone();
        let thread = spawn(move || {
            for _ in 0..2 {
                let task = worker.pop_task().unwrap();
                task.bump();
                task.done();
            }
        });
        queue.join();
        assert_eq!(books.read(), 2);
        thread.join().unwrap();
    });
}

/// Three threads, bound 3: 7,013 executions. Kills: a count that two ends bring down by one; the end
/// of one that opens for both.
#[test]
fn join_waits_for_all_workers() {
    model("join_waits_for_all_workers", Preemptions(3), 2_000, || {
        let queue = TaskQueue::unbounded();
        let books = [(); 2].map(|()| Arc::new(Payload::new(0)));
        for book in &books {
            queue.push(book.clone()).unwrap();
        }
        let threads = [(); 2].map(|()| {
            let worker = queue.clone();
            spawn(move || worker.pop_task().unwrap().write(1))
        });
        block_on(queue.join_async());
        assert_eq!(books.each_ref().map(|book| book.read()), [1, 1]);
        let _ = threads.map(|thread| thread.join().unwrap());
    });
}

/// Two threads, exhaustive: 310 executions. Kills: an end that counts before it drops.
#[test]
fn who_joins_finds_the_items_dropped() {
    struct Writes(Arc<Payload>);
    impl Drop for Writes {
        fn drop(&mut self) {
            self.0.write(1);
        }
    }
    model("who_joins_finds_the_items_dropped", Exhaustive, 5, || {
        let (queue, books) = (TaskQueue::unbounded(), Arc::new(Payload::new(0)));
        queue.push(Writes(books.clone())).unwrap();
        let worker = queue.clone();
        let thread = spawn(move || drop(worker.pop_task()));
        queue.join();
        assert_eq!(books.read(), 1);
        thread.join().unwrap();
    });
}

/// Two threads, exhaustive: 310 executions. Kills: a letter that is delivered after the task is
/// counted out; a failure that is counted out twice, or not.
#[test]
fn who_joins_finds_the_letter_delivered() {
    model(
        "who_joins_finds_the_letter_delivered",
        Exhaustive,
        100,
        || {
            let letters = Queue::unbounded();
            let queue = at_once(2).dead_letter(letters.clone());
            queue.push(Payload::new(0)).unwrap();
            let worker = queue.clone();
            let thread = spawn(move || {
                for _ in 0..2 {
                    let task = worker.pop_task().unwrap();
                    task.bump();
                    task.fail("no");
                }
            });
            queue.join();
            let letter = letters.try_pop().unwrap();
            assert_eq!((letter.item.read(), letter.attempts), (2, 2));
            assert!(matches!(letter.reason, Reason::Failed(_)));
            assert_eq!(queue.stats().dead, 1);
            thread.join().unwrap();
        },
    );
}

/// Three threads, bound 3: 6,459 executions. The clock jumps before the retry, between the claim of
/// the alarm and its setting, after. Kills: a retry that is counted out; an alarm that is not set,
/// or is dropped; one that rings and moves nothing.
#[test]
fn a_task_that_waits_for_its_retry_keeps_join_waiting() {
    let name = "a_task_that_waits_for_its_retry_keeps_join_waiting";
    model(name, Preemptions(3), 2_000, || {
        let queue = later(2);
        queue.push(Payload::new(0)).unwrap();
        let worker = queue.clone();
        let time = spawn(clock::expire_all);
        let thread = spawn(move || {
            worker.pop_task().unwrap().retry();
            let task = worker.pop_task().unwrap();
            assert_eq!(task.attempts(), 2);
            task.write(1);
            task.into_inner()
        });
        queue.join();
        assert_eq!((queue.unfinished(), queue.len()), (0, 0));
        assert_eq!(thread.join().unwrap().read(), 1);
        time.join().unwrap();
    });
}

/// Three threads, bound 3: 5,767 executions. Two retries set alarms at the same time, one of which
/// never rings. Kills: an alarm that is kept although an earlier one was claimed since; a claim
/// for the latest; one that is not taken back where it has rung.
#[test]
fn the_alarm_is_for_the_earliest() {
    model(
        "the_alarm_is_for_the_earliest",
        Preemptions(3),
        1_000,
        || {
            let queue = at_once(2);
            queue.push(JUMP * 4).unwrap();
            queue.push(SOON).unwrap();
            let tasks = [(); 2].map(|()| queue.pop_task().unwrap());
            let threads = tasks.map(|task| {
                spawn(move || {
                    let delay = *task;
                    task.retry_after(delay);
                })
            });
            clock::expire_all();
            assert_eq!(*queue.pop_task().unwrap(), SOON);
            let _ = threads.map(|thread| thread.join().unwrap());
            assert_eq!(queue.try_pop_task().unwrap_err(), TryPopError::Empty);
            assert_eq!(queue.close_now(), [JUMP * 4]);
        },
    );
}

/// One thread, 1 execution (the clock jumps once: what is set after that is over at once). Kills: an
/// alarm that is not set again after it has rung; a ring that lets all go; two that are due at the
/// same time and take each other's place.
#[test]
fn the_alarm_is_set_again_for_the_next() {
    let name = "the_alarm_is_set_again_for_the_next";
    model(name, Exhaustive, 1, || {
        let queue = at_once(3);
        let delays = [JUMP * 4, JUMP + SOON, SOON, SOON];
        delays.iter().for_each(|delay| queue.push(*delay).unwrap());
        for _ in delays {
            let task = queue.pop_task().unwrap();
            let delay = *task;
            task.retry_after(delay);
        }
        assert_eq!(queue.stats().delayed, 4);
        clock::expire_all();
        queue.pop_task().unwrap().retry_after(SOON);
        let due = [(); 3].map(|()| queue.pop_task().unwrap().into_inner());
        assert_eq!(due, [SOON, JUMP + SOON, SOON]);
        assert_eq!((queue.stats().ready, queue.stats().delayed), (0, 1));
    });
}

/// Two threads, exhaustive: 611 executions. Kills: a close that does not wait for what waits for
/// its time; an item taken out whose task is waited for.
#[test]
fn a_closed_queue_waits_for_a_retry() {
    model("a_closed_queue_waits_for_a_retry", Exhaustive, 200, || {
        let queue = later(3);
        queue.push(Payload::new(7)).unwrap();
        queue.close();
        queue.pop_task().unwrap().retry();
        assert_eq!(queue.try_pop_task().unwrap_err(), TryPopError::Empty);
        let time = spawn(clock::expire_all);
        assert_eq!(queue.pop_task().unwrap().into_inner().read(), 7);
        assert_eq!(queue.pop_task().unwrap_err(), PopError);
        time.join().unwrap();
    });
}

/// Two threads, exhaustive: 306 executions. Both pop until they are told that all is over. Kills:
/// a close that does not wait for a task that is out; a retry that is refused after it; one that
/// calls nobody.
#[test]
fn a_closed_queue_ends_when_nothing_comes_back() {
    let name = "a_closed_queue_ends_when_nothing_comes_back";
    model(name, Exhaustive, 100, || {
        fn work(queue: &TaskQueue<Payload>) -> usize {
            let mut handled = 0;
            for task in queue {
                handled += 1;
                match task.bump() {
                    0 => task.retry(),
                    _ => task.done(),
                }
            }
            handled
        }
        let queue = at_once(2);
        queue.push(Payload::new(0)).unwrap();
        queue.close();
        let worker = queue.clone();
        let thread = spawn(move || work(&worker));
        assert_eq!(work(&queue) + thread.join().unwrap(), 2);
    });
}

/// Two threads, exhaustive: 86 executions. Kills: an end that does not call who waits for
/// something to come back; a `returning` that is never counted down.
#[test]
fn the_last_task_of_a_closed_queue_wakes_who_pops() {
    let name = "the_last_task_of_a_closed_queue_wakes_who_pops";
    model(name, Exhaustive, 20, || {
        let queue = at_once(2);
        queue.push(1).unwrap();
        let task = queue.pop_task().unwrap();
        let closer = queue.clone();
        let thread = spawn(move || {
            closer.close();
            task.done();
        });
        assert_eq!(queue.pop_task().unwrap_err(), PopError);
        assert!(queue.is_closed() && queue.try_join());
        queue.closed();
        thread.join().unwrap();
    });
}

/// One thread, 1 execution: all threads of a model share the mark of unwinding (what a failure does
/// to others is in the models of `fail`, which goes the same way). Kills: a drop that takes a panic
/// for an end; one that takes the unwinding of another for its own.
#[test]
fn a_task_dropped_by_a_thread_that_unwinds_has_failed() {
    struct Handle(TaskQueue<i32>);
    impl Drop for Handle {
        fn drop(&mut self) {
            drop(self.0.pop_task().unwrap());
        }
    }
    let name = "a_task_dropped_by_a_thread_that_unwinds_has_failed";
    model(name, Exhaustive, 1, || {
        let letters = Queue::unbounded();
        let queue = at_once(2).dead_letter(letters.clone());
        queue.push(1).unwrap();
        for attempt in 1..=2 {
            let task = queue.pop_task().unwrap();
            assert_eq!(task.attempts(), attempt);
            let caught = catch(|| {
                let _task: Task<i32> = task;
                throw("cannot");
            });
            assert!(caught.is_err());
        }
        let letter = letters.try_pop().unwrap();
        assert_eq!((letter.item, letter.attempts), (1, 2));
        assert!(matches!(letter.reason, Reason::Panicked));
        queue.push(2).unwrap();
        let caught = catch(|| {
            let _handle = Handle(queue.clone());
            throw("for another reason");
        });
        assert!(caught.is_err() && queue.try_join() && letters.is_empty());
    });
}

/// Three threads, bound 2: 19,118 executions. Two letters, and room for one, in a queue that is
/// closed meanwhile. Kills: a letter that is dropped because it does not fit; one that is delivered
/// and kept.
#[test]
fn a_letter_that_is_refused_is_kept() {
    let name = "a_letter_that_is_refused_is_kept";
    outcomes(name, Preemptions(2), 6_372, [(0, 2), (1, 1)], || {
        let letters = Queue::bounded(1);
        let queue = TaskQueue::unbounded().dead_letter(letters.clone());
        queue.push(1).unwrap();
        queue.push(2).unwrap();
        let threads = [(); 2].map(|()| {
            let task = queue.pop_task().unwrap();
            spawn(move || task.fail("no"))
        });
        letters.close();
        queue.join();
        let _ = threads.map(|thread| thread.join().unwrap());
        let delivered = letters.try_iter().count();
        (delivered, queue.take_undelivered().len())
    });
}

/// Two threads, exhaustive: 4 executions. The pop is woken, or not yet, and given up: the other
/// gets the item. Kills: an item in the hands of a pop that is pending; a pop that leaves and calls
/// nobody.
#[test]
fn a_pop_that_is_dropped_leaves_the_task() {
    model(
        "a_pop_that_is_dropped_leaves_the_task",
        Exhaustive,
        1,
        || {
            let queue = TaskQueue::unbounded();
            let wakes = [(); 2].map(|()| CountWaker::new());
            let mut pops = wakes.each_ref().map(|wakes| {
                let mut pop = Box::pin(queue.pop_task_async());
                assert!(poll_once(pop.as_mut(), &wakes.waker()).is_pending());
                Some(pop)
            });
            let producer = queue.clone();
            let thread = spawn(move || producer.push(Payload::new(7)).unwrap());
            pops[0] = None;
            thread.join().unwrap();
            assert_eq!(wakes[1].wakes(), 1);
            let mut pop = pops[1].take().unwrap();
            match poll_once(pop.as_mut(), &noop_waker()) {
                Poll::Ready(Ok(task)) => assert_eq!((task.read(), task.attempts()), (7, 1)),
                polled => panic!("{:?}", polled.map_ok(|_| ())),
            }
            assert_eq!(queue.unfinished(), 0);
        },
    );
}

/// Three threads, bound 3: 383 executions. The clock brings the retry, one pops it, and one
/// closes the queue and takes what is left. Kills: a `close_now` that leaves what waits for its
/// time; an alarm that brings back what was handed back; a pop that is not told.
#[test]
fn close_now_takes_what_waits_for_its_retry() {
    let name = "close_now_takes_what_waits_for_its_retry";
    outcomes(name, Preemptions(3), 100, [(0, 1), (1, 0)], || {
        let queue = later(2);
        queue.push(Payload::new(0)).unwrap();
        queue.pop_task().unwrap().retry();
        let worker = queue.clone();
        let time = spawn(clock::expire_all);
        let thread = spawn(move || worker.iter().inspect(|task| _ = task.bump()).count());
        let left = queue.close_now();
        left.iter().for_each(|item| item.write(9));
        let popped = thread.join().unwrap();
        time.join().unwrap();
        queue.join();
        assert!(queue.is_empty());
        (left.len(), popped)
    });
}

/// Two threads, exhaustive: 30 executions. Kills: a retry that comes back to a queue that was
/// emptied for good, also where it is closed once more; a task that is lost there.
#[test]
fn a_task_that_fails_after_close_now_is_given_up() {
    let name = "a_task_that_fails_after_close_now_is_given_up";
    outcomes(name, Exhaustive, 4, [(0, 1), (1, 0)], || {
        let letters = Queue::unbounded();
        let queue = at_once(2).dead_letter(letters.clone());
        queue.push(1).unwrap();
        let task = queue.pop_task().unwrap();
        let thread = spawn(move || task.retry());
        let left = queue.close_now();
        assert_eq!(queue.closed_timeout(Duration::ZERO), Ok(()));
        queue.close(); // It is, and for good.
        assert_eq!(queue.pop_task().unwrap_err(), PopError);
        thread.join().unwrap();
        assert!(queue.is_empty() && queue.try_join());
        (left.len(), letters.try_iter().count())
    });
}

/// Two threads, exhaustive: 371 executions. Kills: a portion that is not counted, or counted
/// twice; a wait for room for all; one that pushes what it has pushed.
#[test]
fn many_are_pushed_as_there_is_room() {
    model("many_are_pushed_as_there_is_room", Exhaustive, 100, || {
        let queue = TaskQueue::<Payload>::bounded(1);
        let consumer = queue.clone();
        let thread = spawn(move || {
            [(); 2].map(|()| {
                let task = consumer.pop_task().unwrap();
                assert!(consumer.unfinished() >= 1);
                task.into_inner().read()
            })
        });
        let mut items = vec![Payload::new(1), Payload::new(2)];
        queue.push_many(&mut items).unwrap();
        assert!(items.is_empty());
        assert_eq!(thread.join().unwrap(), [1, 2]);
        assert!(queue.try_join());
    });
}

/// Two threads, exhaustive: 30 executions. Kills: a push that is counted where it is refused; a
/// close that leaves a producer waiting.
#[test]
fn who_waits_for_room_gets_its_items_back() {
    let name = "who_waits_for_room_gets_its_items_back";
    model(name, Exhaustive, 10, || {
        let queue = TaskQueue::bounded(1);
        queue.push(1).unwrap();
        let closer = queue.clone();
        let thread = spawn(move || closer.close());
        let mut items = vec![2, 3];
        assert!(queue.push_many(&mut items).is_err());
        assert_eq!(items, [2, 3]);
        assert_eq!(queue.push(4).unwrap_err().into_inner(), 4);
        assert_eq!(queue.unfinished(), 1);
        thread.join().unwrap();
    });
}

/// Two threads, exhaustive: 13,080 executions. Kills: a drain that does not count out what it took; one
/// that counts it out twice.
#[test]
fn who_joins_does_not_wait_for_what_is_drained() {
    let name = "who_joins_does_not_wait_for_what_is_drained";
    outcomes(name, Exhaustive, 4_000, [(0, 2), (1, 1), (2, 0)], || {
        let queue = TaskQueue::unbounded();
        let mut items = vec![Payload::new(1), Payload::new(2)];
        queue.push_many(&mut items).unwrap();
        let drainer = queue.clone();
        let thread = spawn(move || drainer.drain());
        let done = queue.try_iter().inspect(|task| task.write(9)).count();
        queue.join();
        assert!(queue.is_empty() && queue.unfinished() == 0);
        let drained = thread.join().unwrap();
        assert!(drained.iter().all(|item| item.read() != 9));
        (done, drained.len())
    });
}

/// Two threads, exhaustive: 11,906 executions. Kills: a push that evicts and counts out before it counts
/// in, so that there seems to be nothing for a moment; one that does not count out what it evicts.
#[test]
fn who_joins_waits_for_what_was_forced_in() {
    let name = "who_joins_waits_for_what_was_forced_in";
    model(name, Exhaustive, 4_000, || {
        let (queue, books) = (TaskQueue::bounded(1), Arc::new(Payload::new(0)));
        queue.push(None).unwrap();
        let (worker, book) = (queue.clone(), books.clone());
        let thread = spawn(move || {
            let evicted = worker.force_push(Some(book)).unwrap();
            assert!(evicted.unwrap().is_none());
            let task = worker.pop_task().unwrap();
            task.as_ref().unwrap().write(1);
        });
        queue.join();
        assert_eq!(books.read(), 1);
        thread.join().unwrap();
    });
}

/// Two threads, exhaustive: 18 executions. Kills: a place that counts as unfinished; one that is not
/// given back when it is dropped.
#[test]
fn who_joins_does_not_wait_for_a_reserved_place() {
    let name = "who_joins_does_not_wait_for_a_reserved_place";
    model(name, Exhaustive, 6, || {
        let queue = TaskQueue::bounded(1);
        let slot = queue.reserve().unwrap();
        let worker = queue.clone();
        let thread = spawn(move || {
            worker.push(Payload::new(7)).unwrap();
            worker.pop_task().unwrap().into_inner().read()
        });
        queue.join();
        assert!(queue.is_full());
        drop(slot);
        assert_eq!(thread.join().unwrap(), 7);
        assert!(queue.try_join() && !queue.is_full());
    });
}

/// Two threads, exhaustive: 932 executions. Kills: an item that is counted where its place was lost;
/// one that comes in after the end.
#[test]
fn a_reserved_place_takes_no_item_after_the_end() {
    let name = "a_reserved_place_takes_no_item_after_the_end";
    outcomes(name, Exhaustive, 300, [true, false], || {
        let queue = TaskQueue::bounded(1);
        let slot = queue.reserve().unwrap();
        let closer = queue.clone();
        let thread = spawn(move || closer.close_now().len());
        let refused = slot.push(1).is_err();
        queue.join();
        assert_eq!(thread.join().unwrap(), usize::from(!refused));
        assert!(queue.is_empty() && !queue.is_full());
        refused
    });
}

/// Two threads, exhaustive: 512 executions. Kills: a pop of many that has memory for none; one that
/// waits for a second; tasks that are counted out as they are popped.
#[test]
fn tasks_are_taken_as_many_as_there_are() {
    let name = "tasks_are_taken_as_many_as_there_are";
    outcomes(name, Exhaustive, 170, [1, 2], || {
        let queue = TaskQueue::unbounded();
        let producer = queue.clone();
        let thread = spawn(move || {
            producer.push(Payload::new(1)).unwrap();
            producer.push(Payload::new(2)).unwrap();
        });
        let mut tasks = Vec::new();
        let first = queue.pop_tasks(&mut tasks, 2).unwrap();
        assert!(queue.unfinished() >= first);
        while tasks.len() < 2 {
            queue.pop_tasks(&mut tasks, 2).unwrap();
        }
        assert_eq!([0, 1].map(|n: usize| tasks[n].read()), [1, 2]);
        drop(tasks);
        assert!(queue.try_join());
        thread.join().unwrap();
        first
    });
}

/// One thread, 1 execution. Kills: a pop of many that does not stand in line.
#[test]
fn a_pop_of_many_that_is_dropped_leaves_the_tasks() {
    let name = "a_pop_of_many_that_is_dropped_leaves_the_tasks";
    model(name, Exhaustive, 1, || {
        let (queue, wakes) = (TaskQueue::unbounded(), CountWaker::new());
        let mut tasks = Vec::new();
        let mut first = Box::pin(queue.pop_tasks_async(&mut tasks, 2));
        assert!(poll_once(first.as_mut(), &noop_waker()).is_pending());
        let mut second = pin!(queue.pop_task_async());
        assert!(poll_once(second.as_mut(), &wakes.waker()).is_pending());
        queue.push(1).unwrap();
        assert_eq!(wakes.wakes(), 0);
        drop(first);
        assert_eq!((tasks.len(), wakes.wakes()), (0, 1));
        match poll_once(second, &noop_waker()) {
            Poll::Ready(Ok(task)) => assert_eq!(*task, 1),
            polled => panic!("{:?}", polled.map_ok(|_| ())),
        }
    });
}

/// One thread, 1 execution. Kills: an end that only calls who joins, who then finds the next item.
#[test]
fn join_ends_for_a_moment_without_unfinished_items() {
    let name = "join_ends_for_a_moment_without_unfinished_items";
    model(name, Exhaustive, 1, || {
        let queue = TaskQueue::unbounded();
        queue.push(1).unwrap();
        let mut join = pin!(queue.join_async());
        assert!(poll_once(join.as_mut(), &noop_waker()).is_pending());
        queue.pop_task().unwrap().done();
        queue.push(2).unwrap();
        assert!(poll_once(join.as_mut(), &noop_waker()).is_ready());
    });
}

/// One thread, 1 execution. Kills: a batch that keeps what it has not pushed when it is dropped; a
/// retry for which there is no room; one that takes none.
#[test]
fn a_retry_comes_back_to_a_full_queue() {
    let name = "a_retry_comes_back_to_a_full_queue";
    model(name, Exhaustive, 1, || {
        let queue = TaskQueue::bounded(1).retry(Retry::fixed(2, SOON));
        queue.push(1).unwrap();
        let task = queue.pop_task().unwrap();
        queue.push(2).unwrap();
        task.retry();
        assert_eq!((queue.len(), queue.is_full()), (2, true));
        let mut items = vec![3, 4];
        {
            let mut push = pin!(queue.push_many_async(&mut items));
            assert!(poll_once(push.as_mut(), &noop_waker()).is_pending());
            queue.pop_task().unwrap().done();
            let still = "what waits for its retry takes room";
            assert!(
                poll_once(push.as_mut(), &noop_waker()).is_pending(),
                "{still}"
            );
        }
        assert_eq!(items, [3, 4]);
        clock::expire_all();
        assert_eq!(*queue.pop_task().unwrap(), 1);
        assert_eq!(queue.try_push_many(&mut items), Ok(1));
    });
}

/// One thread, 1 execution. Kills: an alarm that keeps a queue alive which everybody has left.
#[test]
fn a_queue_that_all_have_left_is_dropped_with_its_alarm() {
    let name = "a_queue_that_all_have_left_is_dropped_with_its_alarm";
    model(name, Exhaustive, 1, || {
        let (queue, drops) = (later(2), DropCount::new());
        queue.push(drops.value(())).unwrap();
        queue.push(drops.value(())).unwrap();
        queue.pop_task().unwrap().retry();
        let task = queue.pop_task().unwrap();
        drop(queue);
        assert_eq!(drops.get(), 0, "a task is a handle");
        task.retry();
        assert_eq!(drops.get(), 2);
        clock::expire_all();
    });
}
