//! The bounded queue: its ring, batches, places that are reserved, items that are forced in.

use super::support::{Bound::*, DropCount, Payload, model, outcomes};
use crate::queue::{PushError, Queue, TryPopError, TryPushError};
use loom::thread;

/// An item that shows whether its consumer sees what its producer wrote.
fn item(value: usize) -> Payload {
    let item = Payload::new(0);
    item.write(value);
    item
}

/// Two threads, bound 3, 57 executions: a slot is used again. Kills: a consumer that frees its slot
/// with a Relaxed store; a producer that does not look whose turn it is.
#[test]
fn a_slot_is_used_again_when_it_was_read() {
    let name = "a_slot_is_used_again_when_it_was_read";
    model(name, Preemptions(3), 19, || {
        let queue = Queue::bounded(1);
        queue.push(item(1)).unwrap();
        let consumer = queue.clone();
        let thread = thread::spawn(move || consumer.try_pop().map(|item| item.read()));
        let pushed = queue.try_push(item(2)).is_ok();
        let popped = thread.join().unwrap();
        assert_eq!(popped, Ok(1));
        assert_eq!(queue.len(), usize::from(pushed));
        if pushed {
            assert_eq!(queue.try_pop().unwrap().read(), 2);
        }
    });
}

/// Three threads, bound 3, 150 executions: two claim one slot. Kills: a claim that is no
/// compare-exchange.
#[test]
fn two_producers_do_not_share_a_slot() {
    let name = "two_producers_do_not_share_a_slot";
    outcomes(name, Preemptions(3), 50, [[1, 2], [2, 1]], || {
        let queue = Queue::bounded(3);
        let threads = [1, 2].map(|n| {
            let producer = queue.clone();
            thread::spawn(move || producer.try_push(item(n)).unwrap())
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(queue.len(), 2);
        [0; 2].map(|_| queue.try_pop().unwrap().read())
    });
}

/// Three threads, bound 3, 204 executions. Kills: a claim that is no compare-exchange.
#[test]
fn two_consumers_do_not_share_an_item() {
    let name = "two_consumers_do_not_share_an_item";
    model(name, Preemptions(3), 68, || {
        let queue = Queue::bounded(2);
        queue.push_many(&mut vec![item(1), item(2)]).unwrap();
        let threads = [0; 2].map(|_| {
            let consumer = queue.clone();
            thread::spawn(move || consumer.try_pop().unwrap().bump())
        });
        let mut popped = threads.map(|thread| thread.join().unwrap());
        popped.sort();
        assert_eq!(popped, [1, 2]);
        assert_eq!(queue.try_pop().unwrap_err(), TryPopError::Empty);
    });
}

/// Two threads, bound 3, 65 executions: a batch is claimed in one step, around the end of the ring.
/// Kills: a run that goes beyond what is free; a claim of one slot too many.
#[test]
fn a_batch_stays_together() {
    model("a_batch_stays_together", Preemptions(3), 21, || {
        let queue = Queue::bounded(3);
        queue.push(item(0)).unwrap();
        assert_eq!(queue.pop().unwrap().read(), 0);
        let producer = queue.clone();
        let thread =
            thread::spawn(move || producer.push_many(&mut vec![item(1), item(2)]).unwrap());
        let mine = queue.try_push(item(9)).is_ok();
        thread.join().unwrap();
        let popped: Vec<_> = queue.drain().iter().map(Payload::read).collect();
        assert!(mine);
        assert!([[9, 1, 2], [1, 2, 9]].contains(&popped.try_into().unwrap()));
    });
}

/// Two threads, bound 2 (a batch takes many steps), 4,033 executions: a batch that does not fit goes in
/// as there is room. Kills: a batch that waits and is not called; one that leaves its rest behind.
#[test]
fn a_batch_waits_for_room() {
    model("a_batch_waits_for_room", Preemptions(2), 1_344, || {
        let queue = Queue::bounded(1);
        let producer = queue.clone();
        let thread = thread::spawn(move || {
            let mut items = vec![item(1), item(2)];
            producer.push_many(&mut items).unwrap();
            assert!(items.is_empty());
        });
        assert_eq!(queue.pop().unwrap().read(), 1);
        assert_eq!(queue.pop().unwrap().read(), 2);
        thread.join().unwrap();
    });
}

/// Two threads, bound 3, 10,670 executions. Kills: `pop_many` that waits for as many as it may take.
#[test]
fn a_batch_is_popped_as_far_as_it_is_there() {
    let name = "a_batch_is_popped_as_far_as_it_is_there";
    outcomes(name, Preemptions(3), 3_556, [1, 2], || {
        let queue = Queue::bounded(4);
        let producer = queue.clone();
        let thread = thread::spawn(move || {
            producer.push(item(1)).unwrap();
            producer.push(item(2)).unwrap();
        });
        let mut batch = Vec::new();
        let first = queue.pop_many(&mut batch, 4).unwrap();
        thread.join().unwrap();
        let _ = queue.try_pop_many(&mut batch, 4);
        assert!(batch.iter().map(Payload::read).eq([1, 2]));
        first
    });
}

/// Two threads, bound 3, 2,298 executions: a place that is reserved is there for its holder, whoever
/// pushes without the lock. Kills: a reservation that does not guard the side of the producers, or
/// guards it after it looked for room.
#[test]
fn a_reserved_place_is_kept() {
    let name = "a_reserved_place_is_kept";
    outcomes(name, Preemptions(3), 766, [true, false], || {
        let queue = Queue::bounded(1);
        let producer = queue.clone();
        let thread = thread::spawn(move || producer.try_push(item(1)).is_ok());
        let reserved = match queue.try_reserve() {
            Ok(slot) => {
                assert_eq!(queue.len(), 0);
                slot.push(item(2)).unwrap();
                true
            }
            Err(error) => {
                assert_eq!(error, TryPushError::Full(()));
                false
            }
        };
        let pushed = thread.join().unwrap();
        assert_eq!((reserved, queue.drain().len()), (!pushed, 1));
        reserved
    });
}

/// Two threads, bound 3, 45 executions. Kills: a slot whose `drop` calls nobody.
#[test]
fn a_slot_that_is_dropped_is_there_for_others() {
    let name = "a_slot_that_is_dropped_is_there_for_others";
    model(name, Preemptions(3), 15, || {
        let queue = Queue::bounded(1);
        let slot = queue.reserve().unwrap();
        let producer = queue.clone();
        let thread = thread::spawn(move || producer.push(item(1)).unwrap());
        drop(slot);
        thread.join().unwrap();
        assert_eq!(queue.pop().unwrap().read(), 1);
    });
}

/// Two threads, bound 3, 49 executions. Kills: a slot that pushes into a closed queue; `close`
/// that leaves who reserves asleep.
#[test]
fn close_refuses_a_slot_or_finds_its_item() {
    let name = "close_refuses_a_slot_or_finds_its_item";
    outcomes(name, Preemptions(3), 31, [true, false], || {
        let queue = Queue::bounded(1);
        let slot = queue.reserve().unwrap();
        let closer = queue.clone();
        let thread = thread::spawn(move || closer.close_now().iter().map(Payload::read).sum());
        let pushed = match slot.push(item(7)) {
            Ok(()) => 7,
            Err(PushError(item)) => {
                assert_eq!(item.read(), 7);
                0
            }
        };
        let found: usize = thread.join().unwrap();
        assert_eq!(found, pushed);
        assert!(queue.reserve().is_err());
        pushed > 0
    });
}

/// Two threads, bound 3, 9,570 executions: an item is evicted or popped. Kills: `force_push` that does
/// not guard the side of the producers; one that loses what it evicts.
#[test]
fn what_is_evicted_is_not_popped() {
    let name = "what_is_evicted_is_not_popped";
    outcomes(name, Preemptions(3), 3_190, [true, false], || {
        let drops = DropCount::new();
        let queue = Queue::bounded(1);
        assert!(queue.push(drops.value(item(1))).is_ok());
        let consumer = queue.clone();
        let thread = thread::spawn(move || consumer.try_pop().map(|item| item.inner.read()));
        let evicted = match queue.force_push(drops.value(item(2))) {
            Ok(evicted) => evicted.map(|item| item.inner.read()),
            Err(_) => unreachable!("the queue is open"),
        };
        let popped = thread.join().unwrap().ok();
        let left = queue.drain().len();
        match evicted {
            Some(1) => assert!(popped == Some(2) && left == 0 || popped.is_none() && left == 1),
            None => assert!(popped == Some(1) && left == 1),
            other => panic!("{other:?} was evicted"),
        }
        assert_eq!(drops.get(), 2);
        evicted.is_some()
    });
}

/// Two threads, bound 3, 134 executions: an item is evicted, or handed back, and never both or
/// neither. Kills: `close` that shows half of itself to who has the lock.
#[test]
fn what_is_evicted_is_not_handed_back() {
    let name = "what_is_evicted_is_not_handed_back";
    outcomes(name, Preemptions(3), 44, [true, false], || {
        let drops = DropCount::new();
        let queue = Queue::bounded(1);
        assert!(queue.push(drops.value(item(1))).is_ok());
        let closer = queue.clone();
        let thread = thread::spawn(move || closer.close_now());
        let forced = queue.force_push(drops.value(item(2)));
        let left = thread.join().unwrap();
        let left: Vec<_> = left.iter().map(|item| item.inner.read()).collect();
        match forced {
            Ok(Some(evicted)) => {
                assert_eq!((evicted.inner.read(), left), (1, vec![2]));
                true
            }
            Ok(None) => panic!("there was no room"),
            Err(PushError(item)) => {
                assert_eq!((item.inner.read(), left), (2, vec![1]));
                false
            }
        }
    });
}
