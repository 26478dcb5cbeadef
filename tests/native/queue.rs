//! `Queue`, natively: boundaries, every waiter against the end, cancellation, stress.

use crate::common::{Counted, poll_once};
use rungs::future::block_on;
use rungs::queue::{
    PopError, PopTimeoutError, PushError, PushTimeoutError, Queue, TryPopError, TryPushError,
};
use std::collections::HashMap;
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_queue_and_its_futures_go_where_their_items_can() {
    fn send_and_sync<T: Send + Sync>(_: &T) {}
    fn send<T: Send>(_: &T) {}
    let queue = Queue::<std::cell::Cell<i32>>::unbounded(); // `Send`, not `Sync`
    send_and_sync(&queue);
    send(&queue.push_async(Default::default()));
    send(&queue.pop_async());
}

#[test]
#[should_panic = "`capacity` is 0"]
fn a_queue_without_room_is_refused() {
    Queue::<i32>::bounded(0);
}

#[test]
fn a_huge_capacity_costs_nothing() {
    let queue = Queue::bounded(usize::MAX);
    assert_eq!(queue.capacity(), Some(usize::MAX));
    queue.push([0_u8; 4096]).unwrap();
    assert!(!queue.is_full());
    let empty = Queue::<()>::bounded(usize::MAX);
    empty.push(()).unwrap();
    assert_eq!(empty.pop(), Ok(()));
}

#[test]
fn timeouts_reach_from_nothing_to_for_ever() {
    let queue = Queue::bounded(1);
    let past = Instant::now();
    assert_eq!(
        queue.pop_timeout(Duration::ZERO),
        Err(PopTimeoutError::TimedOut)
    );
    assert_eq!(queue.pop_deadline(past), Err(PopTimeoutError::TimedOut));
    assert_eq!(queue.push_timeout(1, Duration::ZERO), Ok(()));
    assert_eq!(
        queue.push_timeout(2, Duration::ZERO),
        Err(PushTimeoutError::TimedOut(2))
    );
    assert_eq!(
        queue.push_deadline(2, past),
        Err(PushTimeoutError::TimedOut(2))
    );
    assert_eq!(queue.pop_timeout(Duration::MAX), Ok(1));
    thread::scope(|s| {
        s.spawn(|| assert_eq!(queue.pop_timeout(Duration::MAX), Ok(3)));
        s.spawn(|| assert_eq!(queue.push_timeout(3, Duration::MAX), Ok(())));
    });
}

#[test]
fn an_item_of_a_mebibyte_lives_on_the_heap() {
    const SIZE: usize = 1 << 20;
    // Far less than the queue would need, were its slots on the stack; a few copies of one item
    // fit, which code without optimization makes on the way.
    let small = thread::Builder::new().stack_size(12 * SIZE);
    let thread = small.spawn(|| {
        let queue = Queue::bounded(64);
        for n in 0..64_u8 {
            assert!(queue.push([n; SIZE]).is_ok());
        }
        (0..64).for_each(|n| assert_eq!(queue.pop().unwrap()[SIZE - 1], n));
    });
    thread.unwrap().join().unwrap();
}

#[test]
fn the_end_releases_every_kind_of_waiter() {
    for discard in [false, true] {
        let empty = Queue::<i32>::unbounded();
        let full = Queue::bounded(1);
        full.push(0).unwrap();
        let mut pop = pin!(empty.pop_async());
        let mut push = pin!(full.push_async(5));
        assert!(poll_once(pop.as_mut()).is_pending());
        assert!(poll_once(push.as_mut()).is_pending());
        thread::scope(|s| {
            s.spawn(|| assert_eq!(empty.pop(), Err(PopError)));
            s.spawn(|| {
                let popped = empty.pop_timeout(Duration::from_secs(3600));
                assert_eq!(popped, Err(PopTimeoutError::Closed));
            });
            s.spawn(|| assert_eq!(block_on(empty.pop_async()), Err(PopError)));
            s.spawn(|| assert_eq!(empty.iter().next(), None));
            s.spawn(|| assert_eq!(full.push(1), Err(PushError(1))));
            s.spawn(|| {
                let pushed = full.push_timeout(2, Duration::from_secs(3600));
                assert_eq!(pushed, Err(PushTimeoutError::Closed(2)));
            });
            s.spawn(|| assert_eq!(block_on(full.push_async(3)), Err(PushError(3))));
            thread::yield_now();
            if discard {
                assert_eq!(full.close_now(), [0]);
                assert_eq!(empty.close_now(), []);
            } else {
                full.close();
                empty.close();
            }
        });
        assert_eq!(poll_once(pop), Poll::Ready(Err(PopError)));
        assert_eq!(poll_once(push), Poll::Ready(Err(PushError(5))));
        assert_eq!(full.try_push(4), Err(TryPushError::Closed(4)));
        assert_eq!(empty.try_pop(), Err(TryPopError::Closed));
        assert_eq!(full.pop().is_ok(), !discard, "closing leaves what is there");
    }
}

#[test]
fn a_pop_cancelled_at_any_point_loses_nothing() {
    for polls in 0..4 {
        for pushed_before in 0..=polls {
            let queue = Queue::unbounded();
            let mut pop = Box::pin(queue.pop_async());
            let mut got = None;
            for n in 0..polls {
                if n == pushed_before {
                    queue.push(1).unwrap();
                    queue.push(2).unwrap();
                }
                got = match got {
                    None => match poll_once(pop.as_mut()) {
                        Poll::Ready(item) => item.ok(),
                        Poll::Pending => None,
                    },
                    got => got,
                };
            }
            if polls == pushed_before {
                queue.push(1).unwrap();
                queue.push(2).unwrap();
            }
            drop(pop);
            assert!(got.into_iter().chain(queue.try_iter()).eq([1, 2]));
        }
    }
}

#[test]
fn a_push_cancelled_while_it_waits_drops_its_item_once() {
    let drops = Arc::new(AtomicUsize::new(0));
    let queue = Queue::bounded(1);
    assert!(queue.push(Counted(drops.clone())).is_ok());
    let mut push = Box::pin(queue.push_async(Counted(drops.clone())));
    assert!(poll_once(push.as_mut()).is_pending());
    drop(push);
    assert_eq!(drops.load(SeqCst), 1);
    assert!(queue.pop().is_ok());
    assert!(queue.is_empty());
}

#[test]
fn futures_that_are_forgotten_do_no_harm() {
    let queue = Queue::bounded(1);
    let mut pop = Box::pin(queue.pop_async());
    assert!(poll_once(pop.as_mut()).is_pending());
    mem::forget(pop);
    queue.push(1).unwrap();
    let mut push = Box::pin(queue.push_async(2));
    assert!(poll_once(push.as_mut()).is_pending());
    mem::forget(push);
    assert_eq!(queue.pop(), Ok(1));
    queue.push(3).unwrap();
    assert_eq!(queue.pop(), Ok(3));
}

#[test]
fn every_way_out_drops_each_item_once() {
    let drops = Arc::new(AtomicUsize::new(0));
    let queue = Queue::unbounded();
    let other = queue.clone();
    for _ in 0..5 {
        assert!(queue.push(Counted(drops.clone())).is_ok());
    }
    drop(queue);
    assert_eq!(drops.load(SeqCst), 0, "a handle is left");
    drop(other.pop());
    assert_eq!(drops.load(SeqCst), 1);
    drop(other);
    assert_eq!(drops.load(SeqCst), 5);

    let queue = Queue::unbounded();
    assert!(queue.push(Counted(drops.clone())).is_ok());
    assert_eq!(queue.close_now().len(), 1);
    assert!(queue.push(Counted(drops.clone())).is_err());
    assert_eq!(drops.load(SeqCst), 7);
}

#[test]
fn a_drop_may_use_the_queue_it_was_in() {
    /// Looks at its queue when dropped.
    struct Nosy(Queue<Nosy>);
    impl Drop for Nosy {
        fn drop(&mut self) {
            let _ = self.0.len();
        }
    }
    let queue = Queue::bounded(1);
    assert!(queue.push(Nosy(queue.clone())).is_ok());
    let mut push = Box::pin(queue.push_async(Nosy(queue.clone())));
    assert!(poll_once(push.as_mut()).is_pending());
    drop(push);
    drop(queue.try_push(Nosy(queue.clone())));
    drop(queue.close_now());
}

#[test]
fn errors_say_what_happened_and_show_no_item() {
    let full = TryPushError::Full(1);
    assert_eq!(
        (format!("{full}"), format!("{full:?}")),
        ("the queue is full".into(), "Full(..)".into())
    );
    assert_eq!(PushError(1).to_string(), "the queue is closed");
    assert_eq!(PopError.to_string(), "the queue is closed and empty");
    assert_eq!(
        format!("{:?}", Queue::<i32>::bounded(2)),
        "Queue { len: 0, capacity: Some(2), closed: false }"
    );
}

/// Producers and consumers of all five forms, with timeouts and cancellation: every item comes
/// out once, those of one producer in their order, and `len` stays within the capacity.
#[test]
fn under_stress_each_item_comes_out_once_and_in_order() {
    const PRODUCERS: usize = 4;
    const ITEMS: usize = 200;
    for capacity in [Some(1), Some(3), Some(64), None] {
        let queue = capacity.map_or_else(Queue::unbounded, Queue::bounded);
        let moment = Duration::from_micros(5);
        let popped = thread::scope(|s| {
            let producers = (0..PRODUCERS).map(|producer| {
                let queue = &queue;
                s.spawn(move || {
                    for n in 0..ITEMS {
                        let mut item = (producer, n);
                        loop {
                            item = match (producer + n) % 4 {
                                0 => break queue.push(item).unwrap(),
                                1 => break block_on(queue.push_async(item)).unwrap(),
                                2 => match queue.push_timeout(item, moment) {
                                    Ok(()) => break,
                                    Err(error) => error.into_inner(),
                                },
                                _ => match queue.try_push(item) {
                                    Ok(()) => break,
                                    Err(error) => {
                                        // One that waits, and gives up.
                                        let mut push = pin!(queue.push_async(error.into_inner()));
                                        match poll_once(push.as_mut()) {
                                            Poll::Ready(pushed) => break pushed.unwrap(),
                                            Poll::Pending => {}
                                        }
                                        item
                                    }
                                },
                            };
                        }
                        assert!(queue.len() <= capacity.unwrap_or(usize::MAX));
                    }
                })
            });
            let producers: Vec<_> = producers.collect();
            let consumers = (0..4).map(|consumer| {
                let queue = &queue;
                s.spawn(move || {
                    let mut mine = Vec::new();
                    for round in consumer.. {
                        let popped = match round % 4 {
                            0 => queue.pop().map_err(|_| true),
                            1 => block_on(queue.pop_async()).map_err(|_| true),
                            2 => queue
                                .pop_timeout(moment)
                                .map_err(|e| e == PopTimeoutError::Closed),
                            _ => match poll_once(pin!(queue.pop_async())) {
                                Poll::Ready(popped) => popped.map_err(|_| true),
                                Poll::Pending => Err(false),
                            },
                        };
                        match popped {
                            Ok(item) => mine.push(item),
                            Err(true) => break,
                            Err(false) => {}
                        }
                    }
                    mine
                })
            });
            let consumers: Vec<_> = consumers.collect();
            producers
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
            queue.close();
            let popped = consumers.into_iter().map(|thread| thread.join().unwrap());
            popped.collect::<Vec<_>>()
        });
        let mut count = 0;
        for mine in &popped {
            let mut last = HashMap::new();
            for (producer, n) in mine {
                count += 1;
                assert!(last.insert(producer, n).is_none_or(|before| before < n));
            }
        }
        let mut all: Vec<_> = popped.concat();
        all.sort();
        all.dedup();
        assert_eq!((count, all.len()), (PRODUCERS * ITEMS, PRODUCERS * ITEMS));
        assert!(queue.is_empty());
    }
}

#[test]
fn a_batch_at_a_rendezvous_is_done_when_all_is_taken() {
    let queue = Queue::rendezvous();
    let mut items = vec![1, 2];
    let mut push = Box::pin(queue.push_many_async(&mut items));
    assert!(poll_once(push.as_mut()).is_pending());
    assert!(poll_once(push.as_mut()).is_pending());
    assert_eq!(queue.try_pop(), Ok(1));
    assert!(poll_once(push.as_mut()).is_pending());
    drop(push);
    assert_eq!((items, queue.try_pop()), (vec![2], Err(TryPopError::Empty)));
}
