//! Select, natively: every kind of queue, every form, fairness, cancellation, stress.

use crate::common::poll_once;
use rungs::future::block_on;
use rungs::queue::{
    DelayQueue, LifoQueue, PopError, PopTimeoutError, PriorityQueue, Queue, TryPopError, select,
    select_async, select_biased, select_biased_async, select_biased_deadline,
    select_biased_timeout, select_deadline, select_timeout, try_select, try_select_biased,
};
use std::pin::pin;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn each_form_finds_the_queue_with_an_item() {
    let queues = [0; 3].map(|_| Queue::unbounded());
    let all = [&queues[0], &queues[1], &queues[2]];
    let second = Duration::from_secs(1);
    for n in 0..10 {
        let index = n % 3;
        queues[index].push(n).unwrap();
        let popped = match n {
            0 => select(&all).unwrap(),
            1 => try_select(&all).unwrap(),
            2 => select_timeout(&all, Duration::MAX).unwrap(),
            3 => select_deadline(&all, Instant::now()).unwrap(),
            4 => block_on(select_async(&all)).unwrap(),
            5 => select_biased(&all).unwrap(),
            6 => try_select_biased(&all).unwrap(),
            7 => select_biased_timeout(&all, second).unwrap(),
            8 => select_biased_deadline(&all, Instant::now()).unwrap(),
            _ => block_on(select_biased_async(&all)).unwrap(),
        };
        assert_eq!(popped, (index, n));
    }
    assert_eq!(try_select(&all), Err(TryPopError::Empty));
    let moment = Duration::from_millis(1);
    assert_eq!(select_timeout(&all, moment), Err(PopTimeoutError::TimedOut));
    assert_eq!(
        select_biased_timeout(&all, Duration::ZERO),
        Err(PopTimeoutError::TimedOut)
    );
}

#[test]
fn all_of_none_are_closed() {
    assert_eq!(select::<Queue<i32>>(&[]), Err(PopError));
    assert_eq!(try_select::<Queue<i32>>(&[]), Err(TryPopError::Closed));
    let nothing = select_timeout::<Queue<i32>>(&[], Duration::MAX);
    assert_eq!(nothing, Err(PopTimeoutError::Closed));
}

#[test]
fn a_queue_may_be_there_twice() {
    let queue = Queue::unbounded();
    let all = [&queue, &queue];
    let mut waits = pin!(select_biased_async(&all));
    assert!(poll_once(waits.as_mut()).is_pending());
    queue.push(1).unwrap();
    queue.push(2).unwrap();
    assert_eq!(poll_once(waits), Poll::Ready(Ok((0, 1))));
    assert_eq!(queue.pop(), Ok(2));
}

#[test]
fn a_closed_queue_is_passed_over_once_it_is_drained() {
    let (first, second) = (Queue::unbounded(), Queue::unbounded());
    let all = [&first, &second];
    first.push(1).unwrap();
    first.close();
    assert_eq!(select(&all), Ok((0, 1)));
    assert_eq!(try_select(&all), Err(TryPopError::Empty));
    thread::scope(|s| {
        let waits = s.spawn(|| [select(&all), select(&all)]);
        second.push(2).unwrap();
        second.close();
        assert_eq!(waits.join().unwrap(), [Ok((1, 2)), Err(PopError)]);
    });
    assert_eq!(select_biased(&all), Err(PopError));
}

#[test]
fn a_fair_select_lets_no_queue_starve() {
    // Whatever the thread selects from in between.
    for between in 0..8 {
        let queues = [0; 4].map(|_| Queue::unbounded());
        let all = [&queues[0], &queues[1], &queues[2], &queues[3]];
        for n in 0..100 {
            queues.iter().for_each(|queue| queue.push(n).unwrap());
        }
        let mut counts = [0; 4];
        for _ in 0..100 {
            counts[select(&all).unwrap().0] += 1;
            for _ in 0..between {
                assert!(select::<Queue<i32>>(&[]).is_err());
            }
        }
        assert!(
            counts.iter().all(|count| (20..=30).contains(count)),
            "{between} between: {counts:?}"
        );
        let left = queues[0].len();
        for _ in 0..left {
            assert_eq!(select_biased(&all).unwrap().0, 0);
        }
        assert_eq!(select_biased(&all).unwrap().0, 1);
    }
}

#[test]
fn a_select_cancelled_at_any_point_loses_nothing() {
    for polls in 0..4 {
        for pushed_before in 0..=polls {
            let queues = [0; 2].map(|_| Queue::unbounded());
            let all = [&queues[0], &queues[1]];
            let mut waits = Box::pin(select_async(&all));
            let mut got = Vec::new();
            for n in 0..=polls {
                if n == pushed_before {
                    queues[0].push(0).unwrap();
                    queues[1].push(1).unwrap();
                }
                if n < polls && got.is_empty() {
                    if let Poll::Ready(popped) = poll_once(waits.as_mut()) {
                        got.push(popped.unwrap().1);
                    }
                }
            }
            drop(waits);
            // Whoever comes next is not behind one who left.
            got.extend(queues[0].try_iter().chain(queues[1].try_iter()));
            got.sort();
            assert_eq!(got, [0, 1]);
        }
    }
}

#[test]
fn every_kind_of_queue_can_be_selected_from() {
    let lifos = [LifoQueue::unbounded(), LifoQueue::unbounded()];
    lifos[1].push(1).unwrap();
    lifos[1].push(2).unwrap();
    assert_eq!(select(&[&lifos[0], &lifos[1]]), Ok((1, 2)));
    let priorities = [PriorityQueue::unbounded(), PriorityQueue::bounded(2)];
    priorities[0].push(1, 'a').unwrap();
    priorities[0].push(2, 'b').unwrap();
    assert_eq!(select(&[&priorities[0], &priorities[1]]), Ok((0, 'b')));
    let delays = [DelayQueue::unbounded(), DelayQueue::unbounded()];
    let start = Instant::now();
    delays[0]
        .push('l', start + Duration::from_millis(20))
        .unwrap();
    delays[1]
        .push('e', start + Duration::from_millis(2))
        .unwrap();
    assert!(select_biased(&[&delays[0], &delays[1]]).is_ok());
    assert!(start.elapsed() >= Duration::from_millis(2));
}

#[test]
fn under_stress_each_item_is_selected_once() {
    const ITEMS: usize = 400;
    let queues = [Queue::bounded(1), Queue::bounded(8), Queue::unbounded()];
    let all = [&queues[0], &queues[1], &queues[2]];
    let mut popped = thread::scope(|s| {
        let consumers: Vec<_> = (0..3)
            .map(|consumer| {
                s.spawn(move || {
                    let mut popped = Vec::new();
                    loop {
                        let moment = Duration::from_micros(5);
                        let result = match (consumer + popped.len()) % 3 {
                            0 => select(&all),
                            1 => block_on(select_async(&all)),
                            _ => match select_timeout(&all, moment) {
                                Err(PopTimeoutError::TimedOut) => select_biased(&all),
                                result => result.map_err(|_| PopError),
                            },
                        };
                        match result {
                            Ok((index, n)) => popped.push((index, n)),
                            Err(PopError) => return popped,
                        }
                    }
                })
            })
            .collect();
        for queue in all {
            s.spawn(move || {
                (0..ITEMS).for_each(|n| queue.push(n).unwrap());
                queue.close();
            });
        }
        let popped = consumers
            .into_iter()
            .flat_map(|thread| thread.join().unwrap());
        popped.collect::<Vec<_>>()
    });
    popped.sort();
    let expected = (0..3).flat_map(|index| (0..ITEMS).map(move |n| (index, n)));
    assert!(popped.into_iter().eq(expected));
}
