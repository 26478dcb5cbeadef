//! What the queues with an order of their own have in common, checked with the simplest of them:
//! transfer, waiting, batches, reserving, eviction, leaving, closing.

use super::support::{
    Bound::*, CountWaker, DropCount, Payload, model, noop_waker, outcomes, poll_once,
};
use crate::queue::{
    LifoQueue, PopError, PopTimeoutError, PushError, PushTimeoutError, TryPopError, TryPushError,
};
use crate::sys::clock;
use loom::thread;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

/// An item that shows whether its consumer sees what its producer wrote.
fn item(value: usize) -> Payload {
    let item = Payload::new(0);
    item.write(value);
    item
}

fn values(items: &[Payload]) -> Vec<usize> {
    items.iter().map(Payload::read).collect()
}

/// Two threads, exhaustive, 324 executions. Kills: a push that calls nobody; a shelf that gives its
/// oldest.
#[test]
fn the_newest_item_comes_out_first() {
    let name = "the_newest_item_comes_out_first";
    outcomes(name, Exhaustive, 108, [[1, 2], [2, 1]], || {
        let queue = LifoQueue::<Payload>::unbounded();
        let producer = queue.clone();
        let thread = thread::spawn(move || {
            producer.push(item(1)).unwrap();
            producer.push(item(2)).unwrap();
        });
        let popped = [0; 2].map(|_| queue.pop().unwrap().bump());
        thread.join().unwrap();
        assert!(queue.is_empty());
        popped
    });
}

/// Three threads, bound 3, 394 executions. Kills: calling only one of two waiters for two items.
#[test]
fn two_consumers_share_the_items_of_a_batch() {
    let name = "two_consumers_share_the_items_of_a_batch";
    model(name, Preemptions(3), 131, || {
        let queue = LifoQueue::<Payload>::unbounded();
        let threads = [0; 2].map(|_| {
            let consumer = queue.clone();
            thread::spawn(move || consumer.pop().unwrap().read())
        });
        let mut items = vec![item(1), item(2)];
        queue.push_many(&mut items).unwrap();
        let mut popped = threads.map(|thread| thread.join().unwrap());
        popped.sort();
        assert_eq!(popped, [1, 2]);
    });
}

/// Two threads, exhaustive, 11,484 executions. Kills: a batch that goes on without room, or gives
/// up when the queue is full; a consumer that is not called for a part of it.
#[test]
fn a_batch_that_does_not_fit_goes_in_bit_by_bit() {
    let name = "a_batch_that_does_not_fit_goes_in_bit_by_bit";
    model(name, Exhaustive, 3_828, || {
        let queue = LifoQueue::<Payload>::bounded(1);
        let producer = queue.clone();
        let thread = thread::spawn(move || {
            let mut items = vec![item(1), item(2)];
            producer.push_many(&mut items).unwrap();
            assert!(items.is_empty());
        });
        assert!(queue.len() <= 1);
        assert_eq!(queue.pop().unwrap().read(), 1);
        assert_eq!(queue.pop().unwrap().read(), 2);
        thread.join().unwrap();
    });
}

/// Three threads, bound 3, 850 executions: a batch gives up, and what is left of it is with its
/// owner. Kills: a future that does not put back what it did not push.
#[test]
fn a_batch_that_times_out_keeps_the_rest() {
    let name = "a_batch_that_times_out_keeps_the_rest";
    outcomes(name, Preemptions(3), 283, [0, 1], || {
        let queue = LifoQueue::<Payload>::bounded(1);
        let (producer, consumer) = (queue.clone(), queue.clone());
        let pusher = thread::spawn(move || {
            let mut items = vec![item(1), item(2)];
            let pushed = producer.push_many_timeout(&mut items, LATER);
            assert_eq!(pushed.is_ok(), items.is_empty());
            values(&items)
        });
        let popper = thread::spawn(move || assert_eq!(consumer.pop().unwrap().read(), 1));
        clock::expire_all();
        let mut left = pusher.join().unwrap();
        popper.join().unwrap();
        let count = left.len();
        left.extend(queue.try_pop().map(|item| item.read()));
        assert_eq!(left, [2]);
        count
    });
}

/// Two threads, exhaustive, 164 executions. Kills: a pop of many that takes more than it was asked
/// for, or comes back without an item.
#[test]
fn a_pop_of_many_waits_for_one() {
    let name = "a_pop_of_many_waits_for_one";
    outcomes(name, Exhaustive, 54, [1, 2], || {
        let queue = LifoQueue::<Payload>::unbounded();
        let producer = queue.clone();
        let thread = thread::spawn(move || {
            for n in 1..4 {
                producer.push(item(n)).unwrap();
            }
        });
        let mut items = Vec::new();
        let count = queue.pop_many(&mut items, 2).unwrap();
        assert_eq!(items.len(), count);
        thread.join().unwrap();
        items.extend(queue.drain());
        let mut all = values(&items);
        all.sort();
        assert_eq!(all, [1, 2, 3]);
        count
    });
}

/// Three threads, bound 3, 158 executions. Kills: a pop of many that is dropped and calls nobody.
#[test]
fn a_pop_of_many_that_is_dropped_passes_its_items_on() {
    let name = "a_pop_of_many_that_is_dropped_passes_its_items_on";
    model(name, Preemptions(3), 52, || {
        let queue = LifoQueue::<Payload>::unbounded();
        let (consumer, producer) = (queue.clone(), queue.clone());
        let mut into = Vec::new();
        let mut first = Box::pin(queue.pop_many_async(&mut into, 2));
        assert!(poll_once(first.as_mut(), &noop_waker()).is_pending());
        let second = thread::spawn(move || consumer.pop().unwrap().read());
        let pusher = thread::spawn(move || producer.push(item(7)).unwrap());
        drop(first);
        assert_eq!(second.join().unwrap(), 7);
        pusher.join().unwrap();
        assert!(into.is_empty() && queue.is_empty());
    });
}

/// Three threads, bound 3, 349 executions. Kills: a place that two may have; one that is not
/// counted as taken; a slot that calls nobody when it is dropped.
#[test]
fn a_reserved_place_is_nobody_elses() {
    let name = "a_reserved_place_is_nobody_elses";
    outcomes(name, Preemptions(3), 116, [true, false], || {
        let queue = LifoQueue::<Payload>::bounded(1);
        let slot = queue.reserve().unwrap();
        assert!(queue.is_full() && queue.try_reserve().is_err());
        let producer = queue.clone();
        let pusher = thread::spawn(move || producer.push(item(2)).unwrap());
        let other = queue.clone();
        let trier = thread::spawn(move || other.try_reserve().is_ok());
        assert!(queue.is_empty());
        drop(slot);
        let got = trier.join().unwrap();
        pusher.join().unwrap();
        assert_eq!(queue.pop().unwrap().read(), 2);
        assert!(queue.try_reserve().is_ok());
        got
    });
}

/// Two threads, exhaustive, 25 executions. Kills: a slot whose push waits, or calls nobody, or
/// leaves its place taken.
#[test]
fn a_slot_is_pushed_without_waiting() {
    model("a_slot_is_pushed_without_waiting", Exhaustive, 8, || {
        let queue = LifoQueue::<Payload>::bounded(1);
        let consumer = queue.clone();
        let popper = thread::spawn(move || consumer.pop().unwrap().read());
        queue.reserve().unwrap().push(item(7)).unwrap();
        assert_eq!(popper.join().unwrap(), 7);
        assert!(queue.try_push(item(8)).is_ok());
    });
}

/// Two threads, exhaustive, 5 executions. Kills: a slot that pushes into a closed queue.
#[test]
fn close_decides_each_slot() {
    outcomes("close_decides_each_slot", Exhaustive, 1, [0, 1], || {
        let queue = LifoQueue::<Payload>::bounded(1);
        let producer = queue.clone();
        let thread = thread::spawn(move || match producer.reserve() {
            Ok(slot) => slot.push(item(7)).map_err(|PushError(item)| item.read()),
            Err(PushError(())) => Err(7),
        });
        queue.close();
        let pushed = thread.join().unwrap();
        let left = queue.drain().len();
        assert_eq!(pushed, if left == 1 { Ok(()) } else { Err(7) });
        left
    });
}

/// Two threads, exhaustive, 4 executions. Kills: an eviction where there is room, or of the newest;
/// none where there is no room.
#[test]
fn a_push_by_force_evicts_the_oldest() {
    let name = "a_push_by_force_evicts_the_oldest";
    outcomes(name, Exhaustive, 1, [None, Some(1)], || {
        let queue = LifoQueue::<Payload>::bounded(2);
        queue.push(item(1)).unwrap();
        queue.push(item(2)).unwrap();
        let consumer = queue.clone();
        let popper = thread::spawn(move || consumer.pop().unwrap().read());
        let evicted = queue.force_push(item(3)).unwrap();
        let evicted = evicted.map(|item| item.read());
        let popped = popper.join().unwrap();
        let mut all = values(&queue.drain());
        all.extend(evicted);
        all.push(popped);
        all.sort();
        assert_eq!(all, [1, 2, 3]);
        assert_eq!(popped, if evicted.is_some() { 3 } else { 2 });
        evicted
    });
}

/// One thread, 1 execution. Kills: a push by force that takes a reserved place.
#[test]
fn a_push_by_force_leaves_reserved_places_alone() {
    let name = "a_push_by_force_leaves_reserved_places_alone";
    model(name, Exhaustive, 1, || {
        let queue = LifoQueue::<Payload>::bounded(1);
        let slot = queue.reserve().unwrap();
        let back = queue.force_push(item(1)).unwrap();
        assert_eq!(back.unwrap().read(), 1, "there is no room but that");
        slot.push(item(2)).unwrap();
        assert_eq!(queue.force_push(item(3)).unwrap().unwrap().read(), 2);
        assert_eq!(queue.pop().unwrap().read(), 3);
    });
}

/// Three threads, bound 3, 232 executions. Kills: a timeout that takes the item along; one that
/// never comes.
#[test]
fn a_pop_that_times_out_leaves_the_item() {
    let name = "lifo::a_pop_that_times_out_leaves_the_item";
    outcomes(name, Preemptions(3), 77, [Some(7), None], || {
        let queue = LifoQueue::<Payload>::unbounded();
        let (producer, consumer) = (queue.clone(), queue.clone());
        let pusher = thread::spawn(move || producer.push(item(7)).unwrap());
        let popper = thread::spawn(move || consumer.pop_timeout(LATER));
        clock::expire_all();
        pusher.join().unwrap();
        match popper.join().unwrap() {
            Ok(item) => Some(item.read()),
            Err(error) => {
                assert_eq!(error, PopTimeoutError::TimedOut);
                assert_eq!(queue.try_pop().unwrap().read(), 7);
                None
            }
        }
    });
}

/// Three threads, bound 3, 232 executions. Kills: a push that loses its item when it gives up.
#[test]
fn a_push_that_times_out_gives_its_item_back() {
    let name = "lifo::a_push_that_times_out_gives_its_item_back";
    outcomes(name, Preemptions(3), 77, [true, false], || {
        let drops = DropCount::new();
        let queue = LifoQueue::bounded(1);
        queue.push(drops.value(item(1))).unwrap();
        let (producer, consumer) = (queue.clone(), queue.clone());
        let mine = drops.value(item(2));
        let popper = thread::spawn(move || drop(consumer.pop().unwrap()));
        let pusher = thread::spawn(move || producer.push_timeout(mine, LATER));
        clock::expire_all();
        popper.join().unwrap();
        let (item, pushed) = match pusher.join().unwrap() {
            Ok(()) => (queue.try_pop().unwrap(), true),
            Err(PushTimeoutError::TimedOut(item)) => (item, false),
            Err(PushTimeoutError::Closed(_)) => unreachable!(),
        };
        assert_eq!(item.inner.read(), 2);
        assert_eq!((queue.len(), drops.get()), (0, 1));
        pushed
    });
}

/// Three threads, bound 3, 84 executions (cpython#117531). Kills: `close` that calls one only, or
/// only those for whom there is an item.
#[test]
fn close_releases_all_who_pop() {
    let name = "lifo::close_releases_all_who_pop";
    outcomes(
        name,
        Preemptions(3),
        28,
        [[false, true], [true, false]],
        || {
            let queue = LifoQueue::<Payload>::unbounded();
            queue.push(item(1)).unwrap();
            let threads = [0; 2].map(|_| {
                let consumer = queue.clone();
                thread::spawn(move || match consumer.pop() {
                    Ok(item) => item.read() == 1,
                    Err(PopError) => false,
                })
            });
            queue.close();
            threads.map(|thread| thread.join().unwrap())
        },
    );
}

/// Two threads, exhaustive, 6 executions. Kills: `close` that leaves a waiting push asleep, or lets
/// it in.
#[test]
fn close_releases_all_who_push() {
    model("lifo::close_releases_all_who_push", Exhaustive, 2, || {
        let queue = LifoQueue::bounded(1);
        queue.push(item(1)).unwrap();
        let producer = queue.clone();
        let thread = thread::spawn(move || {
            let mut items = vec![item(2)];
            assert!(producer.push_many(&mut items).is_err());
            values(&items)
        });
        queue.close();
        assert_eq!(thread.join().unwrap(), [2]);
        assert_eq!(queue.pop().unwrap().read(), 1);
        assert!(matches!(queue.pop(), Err(PopError)));
    });
}

/// Two threads, exhaustive, 600 executions: what was written before the end is seen by who waited
/// for it. Kills: closing, either way, that sets no event, or sets it before the queue is closed.
#[test]
fn who_waits_for_the_end_sees_it() {
    for now in [false, true] {
        let name = "who_waits_for_the_end_sees_it";
        model(name, Exhaustive, 100, move || {
            let queue = LifoQueue::<Payload>::unbounded();
            let (wrote, closer) = (Arc::new(Payload::new(0)), queue.clone());
            let mine = wrote.clone();
            let thread = thread::spawn(move || {
                mine.write(1);
                match now {
                    true => drop(closer.close_now()),
                    false => closer.close(),
                }
            });
            queue.closed();
            assert_eq!(wrote.read(), 1);
            assert!(queue.is_closed() && queue.push(item(1)).is_err());
            thread.join().unwrap();
        });
    }
}

/// Two threads, exhaustive, 9 executions. Kills: `close_now` that leaves or copies items.
#[test]
fn close_now_and_pop_share_the_items() {
    let name = "lifo::close_now_and_pop_share_the_items";
    outcomes(name, Exhaustive, 3, [0, 1, 2], || {
        let queue = LifoQueue::<Payload>::unbounded();
        queue.push_many(&mut vec![item(1), item(2)]).unwrap();
        let consumer = queue.clone();
        let popper = thread::spawn(move || {
            let items = consumer.iter().map(|item| item.read());
            items.collect::<Vec<_>>()
        });
        let left = queue.close_now();
        let mut all = popper.join().unwrap();
        let popped = all.len();
        all.extend(values(&left));
        assert_eq!(all, [2, 1]);
        popped
    });
}

/// One thread, 1 execution: how many may go, and who is called. Kills: `ready` and `free` that are
/// off by one; a sum that is wrong; a batch that is cut short; a timeout that says the wrong thing.
#[test]
fn numbers_add_up() {
    model("numbers_add_up", Exhaustive, 1, || {
        let queue = LifoQueue::<Payload>::bounded(3);
        let wakes = [(); 3].map(|()| CountWaker::new());
        let mut pops = wakes.each_ref().map(|wakes| {
            let mut pop = Box::pin(queue.pop_async());
            assert!(poll_once(pop.as_mut(), &wakes.waker()).is_pending());
            pop
        });
        assert_eq!(queue.stats().waiting_consumers, 3);
        let mut items = (1..5).map(item).collect::<Vec<_>>();
        assert_eq!(queue.try_push_many(&mut Vec::new()), Ok(0));
        assert_eq!(queue.try_push_many(&mut items), Ok(3));
        assert_eq!(wakes.each_ref().map(CountWaker::wakes), [1, 1, 1]);
        assert_eq!(queue.try_push_many(&mut items), Err(TryPushError::Full(())));
        assert_eq!(values(&items), [4]);
        assert!(poll_once(pops[0].as_mut(), &noop_waker()).is_ready());
        drop(pops);
        let mut into = Vec::new();
        assert_eq!(queue.try_pop_many(&mut into, 0), Ok(0));
        assert_eq!(queue.try_pop_many(&mut into, 1), Ok(1));
        assert_eq!(queue.try_pop_many(&mut into, 9), Ok(1));
        let nothing = queue.try_pop_many(&mut into, 9);
        assert_eq!(
            (nothing, values(&into)),
            (Err(TryPopError::Empty), vec![2, 1])
        );
        assert_eq!(queue.pop_many(&mut into, 0), Ok(0), "does not wait");
        let slots = [0; 3].map(|_| queue.try_reserve().unwrap());
        let mut push = pin!(queue.push_async(items.remove(0)));
        let wakes = CountWaker::new();
        assert!(poll_once(push.as_mut(), &wakes.waker()).is_pending());
        let stats = queue.stats();
        assert_eq!((stats.len, stats.pushed, stats.popped), (0, 3, 3));
        assert_eq!((stats.waiting_producers, stats.waiting_consumers), (1, 0));
        assert!(queue.is_full() && queue.is_empty() && wakes.wakes() == 0);
        drop(slots);
        assert_eq!(wakes.wakes(), 1);
        assert!(matches!(
            poll_once(push.as_mut(), &noop_waker()),
            Poll::Ready(Ok(()))
        ));
        assert_eq!(queue.pop_many_timeout(&mut into, 9, LATER), Ok(1));
        queue.close();
        assert_eq!(queue.try_pop_many(&mut into, 9), Err(TryPopError::Closed));
        let closed = queue.try_push_many(&mut vec![item(1)]);
        assert_eq!(closed, Err(TryPushError::Closed(())));
        assert!(matches!(queue.try_reserve(), Err(TryPushError::Closed(()))));
    });
}
