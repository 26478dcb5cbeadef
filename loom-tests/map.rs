//! `Map` on a pool of one worker, who has a thread of its own; and the inbox by which its chunks
//! say that they are done.

use super::support::{Bound::*, CountWaker, DropCount, Payload, model, outcomes, poll_once, spawn};
use crate::executor::shared::Shared;
use crate::executor::sleep;
use crate::executor::threads::Threads;
use crate::executor::{Handle, Shutdown, ThreadPoolExecutor};
use crate::future::{TaskError, block_on};
use crate::sync::Event;
use crate::sys::clock;
use crate::wait::{Inbox, Sleep};
use futures_core::Stream;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(1);

fn pool() -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(1)
}

/// Two threads, exhaustive, 162 executions. Kills: a `push` that wakes nobody; a `poll_pop` that
/// does not look again under the lock; one that leaves its waker behind.
#[test]
fn what_comes_into_an_inbox_wakes_who_waits() {
    let name = "what_comes_into_an_inbox_wakes_who_waits";
    model(name, Exhaustive, 5, || {
        let shared = Arc::new((Inbox::new(), Payload::new(0)));
        let sender = shared.clone();
        let sender = spawn(move || {
            sender.1.write(1);
            sender.0.push(1);
            sender.0.push(2);
        });
        let pop = || block_on(poll_fn(|cx| shared.0.poll_pop(cx)));
        assert_eq!(pop(), 1);
        assert_eq!(shared.1.read(), 1);
        assert_eq!(pop(), 2);
        sender.join().unwrap();
        let wakes = CountWaker::new();
        shared.0.push(3);
        let waker = wakes.waker();
        assert_eq!(
            shared.0.poll_pop(&Context::from_waker(&waker)),
            Poll::Ready(3)
        );
        drop(waker);
        assert_eq!(wakes.held(), 0);
    });
}

/// Two threads, exhaustive, 36 executions. Kills: a sleeper that sets no alarm; one that calls the
/// waker of its first poll.
#[test]
fn a_sleep_calls_the_waker_of_its_last_poll() {
    let name = "a_sleep_calls_the_waker_of_its_last_poll";
    model(name, Exhaustive, 3, || {
        let wakes = [(); 2].map(|()| CountWaker::new());
        let mut sleep = Box::pin(Sleep::until(Some(clock::now() + SOON)));
        let jump = spawn(clock::expire_all);
        let mut poll = |n: usize| poll_once(sleep.as_mut(), &wakes[n].waker()).is_ready();
        let polled = [poll(0), poll(1)];
        jump.join().unwrap();
        if polled == [false, false] {
            assert_eq!(wakes[1].wakes(), 1);
            assert!(poll(1));
        }
        drop(sleep);
        assert!(wakes.iter().all(|wakes| wakes.held() == 0));
        assert!(poll_once(pin!(Sleep::until(None)), &wakes[0].waker()).is_pending());
    });
}

/// Two threads, bound 2, 1,636 executions: results in any order, by blocking and as a
/// stream. Kills: a chunk that does not say that it is done; a map that forgets which chunk said
/// so while its result is not there yet.
#[test]
fn results_come_in_any_order_and_all() {
    let name = "results_come_in_any_order_and_all";
    model(name, Preemptions(2), 100, || {
        let pool = pool();
        let payload = Arc::new(Payload::new(7));
        let read = payload.clone();
        let mut results = pool.map(0..3, move |n| n + read.read()).unordered();
        let mut sum = results.next().unwrap().unwrap();
        sum += results.next().unwrap().unwrap();
        let mut results = results.into_stream();
        let mut next = || block_on(poll_fn(|cx| Pin::new(&mut results).poll_next(cx)));
        sum += next().unwrap().unwrap();
        assert!(next().is_none());
        drop(results);
        assert_eq!(sum, 24);
        pool.shutdown(Shutdown::Wait);
        payload.bump();
    });
}

/// Two threads, bound 3, 1,734 executions: the only worker waits for any of what it has submitted
/// itself. Kills: an unordered map that does not help.
#[test]
fn an_unordered_map_inside_the_only_worker_ends() {
    let name = "an_unordered_map_inside_the_only_worker_ends";
    model(name, Preemptions(3), 20, || {
        let pool = pool();
        let handle = pool.handle();
        let map = move || {
            handle
                .map(1..4, |n| n)
                .unordered()
                .map(Result::unwrap)
                .sum()
        };
        let sum: usize = block_on(pool.submit(map)).unwrap();
        assert_eq!(sum, 6);
    });
}

/// Three threads, bound 2, 780 executions: the clock jumps while the only item is queued, run or done.
/// Kills: a map that does not end with its time.
#[test]
fn a_map_ends_when_its_time_is_over() {
    let name = "a_map_ends_when_its_time_is_over";
    outcomes(name, Preemptions(2), 50, [true, false], || {
        let pool = pool();
        let jump = spawn(clock::expire_all);
        let drops = DropCount::new();
        let mut results = pool.map([drops.value(7)], |item| item.inner).timeout(SOON);
        let in_time = match results.next() {
            // Its time may be over before it knows that there is nothing more.
            Some(Ok(7)) => matches!(results.next(), None | Some(Err(TaskError::TimedOut))),
            Some(Err(TaskError::TimedOut)) => false,
            other => panic!("{other:?}"),
        };
        assert!(results.next().is_none());
        drop(results);
        jump.join().unwrap();
        pool.shutdown(Shutdown::Wait);
        assert!(drops.get() <= 1);
        in_time
    });
}

/// Three threads, bound 2, 4,392 executions. Kills: a map that waits without a deadline (a deadlock).
#[test]
fn a_map_gives_up_on_an_item_that_takes_too_long() {
    let name = "a_map_gives_up_on_an_item_that_takes_too_long";
    model(name, Preemptions(2), 50, || {
        let pool = pool();
        let gate = Arc::new(Event::new(false));
        let pass = gate.clone();
        let mut results = pool
            .map(0.., move |_| pass.wait())
            .buffer_size(2)
            .timeout(SOON);
        let jump = spawn(clock::expire_all);
        assert!(matches!(results.next(), Some(Err(TaskError::TimedOut))));
        assert!(results.next().is_none());
        gate.set();
        jump.join().unwrap();
    });
}

/// Two threads, bound 3, 41 executions: as above, for a task. Kills: a stream that sets no alarm.
#[test]
fn a_stream_of_a_map_ends_when_its_time_is_over() {
    let name = "a_stream_of_a_map_ends_when_its_time_is_over";
    model(name, Preemptions(3), 5, || {
        // A pool whose worker never comes; and a stream does nothing itself.
        let shared = Arc::new(Shared::new(Threads::new(), sleep::Sleep::new(1, 1), None));
        let _never = shared.sleep.hire(1);
        let handle = Handle::new(shared.clone());
        // The clock of a model orders nothing, so this thread has its parker before.
        block_on(async {});
        let jump = spawn(clock::expire_all);
        let mut results = handle.map(0.., |n| n).timeout(SOON).into_stream();
        let mut next = || block_on(poll_fn(|cx| Pin::new(&mut results).poll_next(cx)));
        assert!(matches!(next(), Some(Err(TaskError::TimedOut))));
        assert!(next().is_none());
        jump.join().unwrap();
        shared.cancel();
    });
}

/// Two threads, bound 3, 1,310 executions: a map is dropped while its chunk of three is queued,
/// begun or done. Kills: a worker that goes on with the chunk whatever happens (then
/// all three, or none, are done).
#[test]
fn a_dropped_map_leaves_the_rest_of_a_chunk() {
    let name = "a_dropped_map_leaves_the_rest_of_a_chunk";
    outcomes(name, Preemptions(3), 20, [0, 1, 2, 3], || {
        let pool = pool();
        let (done, drops) = (Arc::new(Payload::new(0)), DropCount::new());
        let count = done.clone();
        let items = [0; 3].map(|n| drops.value(n));
        let results = pool
            .map(items, move |_| {
                clock::now(); // where others may come between
                count.bump()
            })
            .chunk_size(3);
        let mut results = results.into_stream();
        // Reads and submits, and does not wait.
        let _ = Pin::new(&mut results).poll_next(&mut Context::from_waker(Waker::noop()));
        drop(results);
        pool.shutdown(Shutdown::Wait);
        assert_eq!(drops.get(), 3);
        done.read()
    });
}
