//! `Sender` and `Receiver`, natively: the last drops, weak handles, forgetting, stress.

use crate::common::{Counted, poll_once};
use rungs::future::block_on;
use rungs::pool::WorkerPool;
use rungs::queue::{
    PopError, PopTimeoutError, PushError, PushTimeoutError, Queue, TryPopError, TryPushError,
    select, try_select,
};
use rungs::sync::TimedOut;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn halves_go_where_their_items_can() {
    fn send_and_sync<T: Send + Sync>(_: &T) {}
    let (sender, receiver) = Queue::<std::cell::Cell<i32>>::unbounded().channel();
    send_and_sync(&sender);
    send_and_sync(&receiver);
    send_and_sync(&sender.downgrade());
    let text = String::from("borrowed");
    let (sender, receiver) = Queue::unbounded().channel();
    sender.push(text.as_str()).unwrap();
    assert_eq!(receiver.pop(), Ok("borrowed"));
}

#[test]
fn the_last_sender_releases_every_kind_of_receiver() {
    let (sender, receiver) = Queue::<i32>::unbounded().channel();
    let other = sender.clone();
    let mut pop = pin!(receiver.pop_async());
    assert!(poll_once(pop.as_mut()).is_pending());
    drop(sender);
    assert_eq!(receiver.try_pop(), Err(TryPopError::Empty), "one is left");
    thread::scope(|s| {
        s.spawn(|| assert_eq!(receiver.pop(), Err(PopError)));
        s.spawn(|| assert_eq!(receiver.pop_timeout(HOUR), Err(PopTimeoutError::Closed)));
        s.spawn(|| assert_eq!(block_on(receiver.pop_async()), Err(PopError)));
        s.spawn(|| assert_eq!(receiver.iter().next(), None));
        thread::yield_now();
        drop(other);
    });
    assert_eq!(poll_once(pop), Poll::Ready(Err(PopError)));
    assert_eq!(receiver.try_pop(), Err(TryPopError::Closed));
}

#[test]
fn the_last_receiver_releases_every_kind_of_sender() {
    let (sender, receiver) = Queue::bounded(1).channel();
    let other = receiver.clone();
    sender.push(0).unwrap();
    let mut push = pin!(sender.push_async(4));
    assert!(poll_once(push.as_mut()).is_pending());
    drop(receiver);
    assert_eq!(
        sender.try_push(9),
        Err(TryPushError::Full(9)),
        "one is left"
    );
    thread::scope(|s| {
        s.spawn(|| assert_eq!(sender.push(1), Err(PushError(1))));
        s.spawn(|| {
            assert_eq!(
                sender.push_timeout(2, HOUR),
                Err(PushTimeoutError::Closed(2))
            )
        });
        s.spawn(|| assert_eq!(block_on(sender.push_async(3)), Err(PushError(3))));
        thread::yield_now();
        drop(other);
    });
    assert_eq!(poll_once(push), Poll::Ready(Err(PushError(4))));
    assert_eq!(sender.try_push(5), Err(TryPushError::Closed(5)));
    assert!(sender.is_empty());
}

#[test]
fn what_nobody_will_pop_is_dropped_at_once() {
    // crossbeam#838, crossbeam#669: not when the senders go.
    let drops = Arc::new(AtomicUsize::new(0));
    let (sender, receiver) = Queue::unbounded().channel();
    for _ in 0..1000 {
        assert!(sender.push(Counted(drops.clone())).is_ok());
    }
    drop(receiver);
    assert_eq!(drops.load(SeqCst), 1000);
    let refused = sender.push(Counted(drops.clone()));
    assert_eq!(drops.load(SeqCst), 1000, "it came back");
    drop(refused);
    drop(sender);
    assert_eq!(drops.load(SeqCst), 1001);
}

#[test]
fn what_was_pushed_before_the_last_sender_went_is_popped() {
    // flume#78
    let (sender, receiver) = Queue::unbounded().channel();
    sender.push(1).unwrap();
    sender.push(2).unwrap();
    drop(sender);
    assert!(receiver.is_closed());
    assert!(receiver.into_iter().eq([1, 2]));
}

#[test]
fn a_weak_handle_keeps_nothing() {
    let item = Arc::new(());
    let (sender, receiver) = Queue::unbounded().channel();
    let (weak_sender, weak_receiver) = (sender.downgrade(), receiver.downgrade());
    sender.push(item.clone()).unwrap();
    let risen = weak_sender.upgrade().unwrap();
    assert_eq!((risen.sender_count(), risen.receiver_count()), (2, 1));
    drop(sender);
    assert!(!receiver.is_closed(), "the risen one keeps it");
    drop(risen);
    assert!(weak_sender.upgrade().is_none());
    let risen = weak_receiver.upgrade().unwrap();
    drop(receiver);
    assert_eq!(Arc::strong_count(&item), 2);
    drop(risen);
    assert_eq!(Arc::strong_count(&item), 1);
    assert!(weak_receiver.upgrade().is_none() && weak_receiver.clone().upgrade().is_none());
}

#[test]
fn a_reserved_place_outlives_all_receivers() {
    let (sender, receiver) = Queue::bounded(2).channel();
    let slot = sender.reserve().unwrap();
    let unused = sender.try_reserve().unwrap();
    assert_eq!(sender.try_push(1), Err(TryPushError::Full(1)));
    let mut reserve = pin!(sender.reserve_async());
    assert!(poll_once(reserve.as_mut()).is_pending());
    thread::scope(|s| {
        s.spawn(|| assert_eq!(sender.reserve().unwrap_err(), PushError(())));
        s.spawn(|| {
            let reserved = sender.reserve_timeout(HOUR);
            assert_eq!(reserved.unwrap_err(), PushTimeoutError::Closed(()));
        });
        thread::yield_now();
        drop(receiver);
    });
    let Poll::Ready(reserved) = poll_once(reserve) else {
        panic!("the last receiver is gone");
    };
    assert_eq!(reserved.unwrap_err(), PushError(()));
    assert_eq!(slot.push(1), Err(PushError(1)));
    drop(unused);
    let reserved = sender.reserve_deadline(Instant::now());
    assert_eq!(reserved.unwrap_err(), PushTimeoutError::Closed(()));
    assert_eq!((sender.len(), sender.is_full()), (0, false));
}

#[test]
fn a_reserved_place_keeps_the_order_of_what_is_pushed() {
    let (sender, receiver) = Queue::bounded(3).channel();
    let other = sender.clone();
    let slot = sender.reserve().unwrap();
    other.push(1).unwrap();
    drop(other);
    slot.push(2).unwrap();
    drop(sender);
    assert!(receiver.into_iter().eq([1, 2]));
}

#[test]
fn batches_go_through_in_every_form() {
    let (sender, receiver) = Queue::bounded(2).channel();
    let now = Instant::now();
    let mut items = vec![1, 2, 3, 4, 5, 6, 7];
    assert_eq!(sender.try_push_many(&mut items), Ok(2));
    let late = Err(PushTimeoutError::TimedOut(()));
    assert_eq!(sender.push_many_timeout(&mut items, Duration::ZERO), late);
    let mut batch = Vec::new();
    assert_eq!(receiver.try_pop_many(&mut batch, 9), Ok(2));
    assert_eq!(sender.push_many_deadline(&mut items, now), late);
    assert_eq!(receiver.pop_many_timeout(&mut batch, 1, HOUR), Ok(1));
    assert_eq!(receiver.pop_many_deadline(&mut batch, 9, now), Ok(1));
    thread::scope(|s| {
        s.spawn(|| block_on(sender.push_many_async(&mut items)).unwrap());
        while batch.len() < 7 {
            block_on(receiver.pop_many_async(&mut batch, 9)).unwrap();
        }
    });
    assert_eq!(batch, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!((sender.stats().pushed, receiver.stats().popped), (7, 7));
}

#[test]
fn the_last_of_a_half_releases_who_waits_with_a_batch() {
    let (sender, receiver) = Queue::bounded(1).channel();
    thread::scope(|s| {
        s.spawn(|| {
            let mut items = vec![1, 2, 3];
            assert_eq!(sender.push_many(&mut items), Err(PushError(())));
            assert_eq!(
                items,
                [3],
                "one was popped, one was dropped with the receiver"
            );
        });
        assert_eq!(receiver.pop(), Ok(1));
        while receiver.is_empty() {
            thread::yield_now();
        }
        drop(receiver);
    });
    let (sender, receiver) = Queue::<i32>::bounded(1).channel();
    thread::scope(|s| {
        s.spawn(|| assert_eq!(receiver.pop_many(&mut Vec::new(), 9), Err(PopError)));
        thread::yield_now();
        drop(sender);
    });
}

#[test]
fn either_half_can_wait_for_the_end_of_the_other() {
    let (sender, receiver) = Queue::<i32>::unbounded().channel();
    let other = receiver.clone();
    assert_eq!(sender.closed_timeout(Duration::ZERO), Err(TimedOut));
    let mut closed = pin!(sender.closed_async());
    assert!(poll_once(closed.as_mut()).is_pending());
    drop(other);
    assert_eq!(sender.closed_deadline(Instant::now()), Err(TimedOut));
    thread::scope(|s| {
        s.spawn(|| sender.closed());
        s.spawn(|| assert_eq!(sender.closed_timeout(HOUR), Ok(())));
        thread::yield_now();
        drop(receiver);
    });
    assert!(poll_once(closed).is_ready());
    let (sender, receiver) = Queue::unbounded().channel();
    sender.push(1).unwrap();
    drop(sender);
    receiver.closed();
    assert_eq!(receiver.pop(), Ok(1), "items may be left");
}

#[test]
fn an_item_that_is_forced_in_evicts_the_oldest() {
    let (sender, receiver) = Queue::bounded(1).channel();
    assert_eq!(sender.force_push(1), Ok(None));
    assert_eq!(sender.force_push(2), Ok(Some(1)));
    assert_eq!(receiver.drain(), [2]);
    drop(receiver);
    assert_eq!(sender.force_push(3), Err(PushError(3)));
}

#[test]
fn a_receiver_hands_back_what_is_left() {
    let (sender, receiver) = Queue::unbounded().channel();
    let (other, stranger) = (receiver.clone(), Queue::<i32>::unbounded().channel());
    assert!(receiver.same_channel(&other) && !receiver.same_channel(&stranger.1));
    assert!(sender.same_channel(&sender.clone()) && !sender.same_channel(&stranger.0));
    sender.push_many(&mut vec![1, 2]).unwrap();
    assert_eq!(other.close_now(), [1, 2]);
    assert_eq!(sender.push(3), Err(PushError(3)));
    assert_eq!(receiver.try_pop(), Err(TryPopError::Closed));
}

#[test]
fn receivers_are_selected_until_all_senders_are_gone() {
    let (left, from_left) = Queue::unbounded().channel();
    let (right, from_right) = Queue::unbounded().channel();
    let receivers = &[&from_left, &from_right];
    assert_eq!(try_select(receivers), Err(TryPopError::Empty));
    right.push('r').unwrap();
    drop(left);
    assert_eq!(select(receivers), Ok((1, 'r')));
    drop(right);
    assert_eq!(select(receivers), Err(PopError));
}

#[test]
fn a_pool_ends_with_the_last_sender() {
    let (sender, receiver) = Queue::bounded(2).channel();
    let sum = Arc::new(AtomicUsize::new(0));
    let summing = sum.clone();
    let pool = WorkerPool::builder()
        .workers(2)
        .build(receiver.clone(), move |(), n: usize| {
            summing.fetch_add(n, SeqCst);
        });
    let pool = pool.unwrap();
    let other = sender.clone();
    thread::scope(|s| {
        s.spawn(move || (0..100).for_each(|n| sender.push(n).unwrap()));
        s.spawn(move || (100..200).for_each(|n| other.push(n).unwrap()));
    });
    receiver.closed();
    drop(pool);
    assert_eq!(sum.load(SeqCst), 19_900);
}

#[test]
fn an_item_may_hold_the_channel_it_is_in() {
    /// Pushes into its channel when dropped.
    struct Knot(rungs::queue::Sender<Knot>);
    impl Drop for Knot {
        fn drop(&mut self) {
            assert!(self.0.is_closed());
        }
    }
    let (sender, receiver) = Queue::unbounded().channel();
    assert!(sender.push(Knot(sender.clone())).is_ok());
    let weak = sender.downgrade();
    drop(sender);
    assert_eq!(receiver.sender_count(), 1, "the one inside");
    drop(receiver);
    assert!(weak.upgrade().is_none());
}

#[test]
fn an_item_whose_drop_panics_costs_no_other() {
    struct Bomb(Arc<AtomicUsize>, bool);
    impl Drop for Bomb {
        fn drop(&mut self) {
            self.0.fetch_add(1, SeqCst);
            assert!(!self.1, "boom");
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let (sender, receiver) = Queue::unbounded().channel();
    for n in 0..3 {
        assert!(sender.push(Bomb(drops.clone(), n == 1)).is_ok());
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(receiver))).is_err());
    assert_eq!(drops.load(SeqCst), 3);
    assert!(sender.is_closed());
}

#[test]
fn closing_by_hand_ends_both_halves() {
    let (sender, receiver) = Queue::unbounded().channel();
    sender.push(1).unwrap();
    receiver.close();
    assert_eq!(sender.push(2), Err(PushError(2)));
    assert_eq!(receiver.iter().collect::<Vec<_>>(), [1]);
    drop(sender);
    drop(receiver);
}

#[test]
fn debug_shows_the_counts() {
    let (sender, receiver) = Queue::<i32>::bounded(2).channel();
    let _other = receiver.clone();
    assert_eq!(
        format!("{sender:?}"),
        "Sender { queue: Queue { len: 0, capacity: Some(2), closed: false }, \
         senders: 1, receivers: 2 }"
    );
}

#[test]
fn under_stress_each_item_comes_out_once_while_halves_come_and_go() {
    const SENDERS: usize = 4;
    const ITEMS: usize = 500;
    for capacity in [1, 16] {
        let (sender, receiver) = Queue::bounded(capacity).channel();
        let popped = thread::scope(|s| {
            for producer in 0..SENDERS {
                let sender = sender.clone();
                s.spawn(move || {
                    for n in 0..ITEMS {
                        let weak = sender.downgrade();
                        let another = weak.upgrade().unwrap();
                        another.push(producer * ITEMS + n).unwrap();
                    }
                });
            }
            drop(sender);
            let consumers: Vec<_> = (0..2)
                .map(|_| {
                    let receiver = receiver.clone();
                    s.spawn(move || receiver.into_iter().collect::<Vec<_>>())
                })
                .collect();
            drop(receiver);
            let popped = consumers
                .into_iter()
                .flat_map(|thread| thread.join().unwrap());
            popped.collect::<Vec<_>>()
        });
        assert_eq!(popped.len(), SENDERS * ITEMS);
        assert_eq!(
            popped.into_iter().collect::<HashSet<_>>().len(),
            SENDERS * ITEMS
        );
    }
}
