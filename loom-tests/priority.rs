//! The queue of priorities: its order, and comparisons that panic.

use super::support::{
    Bound::*, CountWaker, DropCount, Payload, caught, model, noop_waker, outcomes, poll_once, throw,
};
use crate::queue::PriorityQueue;
use loom::thread;
use std::cmp::Ordering;
use std::pin::pin;

/// An item that shows whether its consumer sees what its producer wrote.
fn item(value: usize) -> Payload {
    let item = Payload::new(0);
    item.write(value);
    item
}

/// Three threads, bound 3, 30 executions. Kills: an order by arrival alone; ties that are swapped.
#[test]
fn the_highest_priority_comes_out_first_and_ties_as_they_came() {
    let name = "the_highest_priority_comes_out_first_and_ties_as_they_came";
    model(name, Preemptions(3), 10, || {
        let queue = PriorityQueue::<usize, Payload>::unbounded();
        let threads = [1, 5].map(|priority| {
            let producer = queue.clone();
            thread::spawn(move || {
                producer.push(priority, item(10 * priority)).unwrap();
                producer.push(priority, item(10 * priority + 1)).unwrap();
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        let popped = queue.try_iter().map(|item| item.read());
        assert!(popped.eq([50, 51, 10, 11]));
    });
}

/// Two threads, exhaustive, 324 executions. Kills: a push that calls nobody; a pop that takes the
/// first that came.
#[test]
fn a_consumer_gets_the_highest_that_is_there() {
    let name = "a_consumer_gets_the_highest_that_is_there";
    outcomes(name, Exhaustive, 108, [[1, 9], [9, 1]], || {
        let queue = PriorityQueue::<usize, Payload>::bounded(2);
        let producer = queue.clone();
        let thread = thread::spawn(move || {
            let mut items = vec![(1, item(1))];
            producer.push_many(&mut items).unwrap();
            producer.push(9, item(9)).unwrap();
        });
        let popped = [0; 2].map(|_| queue.pop().unwrap().read());
        thread.join().unwrap();
        popped
    });
}

/// Two threads, exhaustive, 4 executions. Kills: an eviction of what would come out first.
#[test]
fn a_push_by_force_evicts_the_lowest() {
    let name = "a_push_by_force_evicts_the_lowest";
    outcomes(name, Exhaustive, 1, [[1, 5]], || {
        let queue = PriorityQueue::<usize, Payload>::bounded(1);
        queue.push(5, item(5)).unwrap();
        let other = queue.clone();
        let force = |queue: &PriorityQueue<usize, Payload>, n| {
            queue.force_push(n, item(n)).unwrap().unwrap().read()
        };
        let thread = thread::spawn(move || force(&other, 7));
        let evicted = [force(&queue, 1), thread.join().unwrap()];
        assert_eq!(evicted, [1, 5], "the one comes back itself");
        assert_eq!(queue.pop().unwrap().read(), 7);
        evicted
    });
}

/// A priority, and one that it cannot stand: to be compared with that panics.
#[derive(Debug, PartialEq, Eq)]
struct Moody(usize, Option<usize>);

impl PartialOrd for Moody {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Moody {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.1 == Some(other.0) || other.1 == Some(self.0) {
            throw("moody");
        }
        self.0.cmp(&other.0)
    }
}

fn calm(priority: usize) -> Moody {
    Moody(priority, None)
}

/// One thread, 1 execution. Kills: a comparison that runs after something was changed, or whose
/// panic goes past the lock; one that costs more than its item.
#[test]
fn a_comparison_that_panics_costs_its_item_and_no_other() {
    let name = "a_comparison_that_panics_costs_its_item_and_no_other";
    model(name, Exhaustive, 1, || {
        for foe in 1..4 {
            let drops = DropCount::new();
            let queue = PriorityQueue::bounded(4);
            for n in [3, 1, 2] {
                queue.push(calm(n), drops.value(item(n))).unwrap();
            }
            let mine = drops.value(item(9));
            let pushed = caught(|| queue.push(Moody(foe, Some(foe)), mine));
            assert!(pushed.is_err());
            assert_eq!((drops.get(), queue.len()), (1, 3));
            let popped = queue.try_iter().map(|item| item.inner.read());
            assert!(popped.eq([3, 2, 1]));
            queue.push(calm(1), drops.value(item(1))).unwrap();
        }
    });
}

/// One thread, 1 execution. Kills: a batch whose panic leaves consumers uncalled, or its rest
/// nowhere.
#[test]
fn a_batch_whose_comparison_panics_keeps_the_rest_and_calls_for_what_went_in() {
    let name = "a_batch_whose_comparison_panics_keeps_the_rest_and_calls_for_what_went_in";
    model(name, Exhaustive, 1, || {
        let queue = PriorityQueue::<Moody, Payload>::unbounded();
        let wakes = CountWaker::new();
        let mut pop = pin!(queue.pop_async());
        assert!(poll_once(pop.as_mut(), &wakes.waker()).is_pending());
        let priorities = [calm(1), Moody(2, Some(1)), calm(3)];
        let mut items: Vec<_> = (1..)
            .map(item)
            .zip(priorities)
            .map(|(i, p)| (p, i))
            .collect();
        let left = |items: &[(Moody, Payload)]| {
            items
                .iter()
                .map(|(_, item)| item.read())
                .collect::<Vec<_>>()
        };
        assert!(caught(|| queue.try_push_many(&mut items)).is_err());
        assert_eq!((left(&items), wakes.wakes()), (vec![2, 3], 1));
        assert!(caught(|| queue.push_many(&mut items)).is_err());
        assert_eq!((left(&items), queue.len()), (vec![2, 3], 1));
        assert!(poll_once(pop.as_mut(), &noop_waker()).is_ready());
        queue.push_many(&mut items).unwrap();
        assert_eq!(queue.pop().unwrap().read(), 3);
    });
}

/// Two threads, exhaustive, 16 executions: a producer that was called and panics leaves the line.
/// Kills: a panic that leaves its waiter in line, so that nobody is called for the room.
#[test]
fn a_producer_that_waited_and_panics_passes_its_room_on() {
    let name = "a_producer_that_waited_and_panics_passes_its_room_on";
    outcomes(name, Exhaustive, 5, [true, false], || {
        let queue = PriorityQueue::<Moody, Payload>::bounded(2);
        queue.push(calm(1), item(1)).unwrap();
        queue.push(calm(2), item(2)).unwrap();
        let mut push = Box::pin(queue.push_async(Moody(3, Some(1)), item(3)));
        assert!(poll_once(push.as_mut(), &noop_waker()).is_pending());
        let producer = queue.clone();
        let thread = thread::spawn(move || producer.push(calm(4), item(4)).unwrap());
        assert_eq!(queue.pop().unwrap().read(), 2);
        let panicked = match caught(|| poll_once(push.as_mut(), &noop_waker())) {
            Ok(polled) => {
                assert!(polled.is_pending(), "there was no room");
                drop(push);
                false
            }
            Err(_) => true,
        };
        thread.join().unwrap();
        assert_eq!(queue.drain().len(), 2);
        panicked
    });
}
