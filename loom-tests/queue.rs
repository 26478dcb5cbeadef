//! The queue, and the monitor under it: transfer, waiting, leaving, closing, the two regimes.

use super::support::{
    Bound::*, CountWaker, DropCount, Payload, model, noop_waker, outcomes, poll_once, throw,
};
use crate::queue::{
    PopError, PopTimeoutError, PushError, PushTimeoutError, Queue, TryPopError, TryPushError,
};
use crate::sys::clock;
use loom::thread;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

/// An item that shows whether its consumer sees what its producer wrote.
fn item(value: usize) -> Payload {
    let item = Payload::new(0);
    item.write(value);
    item
}

/// Two threads, exhaustive, 8,886 executions. Kills: `try_turn` that does not call whom it served.
#[test]
fn an_item_carries_what_its_producer_wrote() {
    model(
        "an_item_carries_what_its_producer_wrote",
        Exhaustive,
        2_962,
        || {
            let queue = Queue::<Payload>::bounded(4);
            let producer = queue.clone();
            let thread = thread::spawn(move || producer.push(item(7)).unwrap());
            let popped = queue.pop().unwrap();
            assert_eq!(popped.bump(), 7);
            thread.join().unwrap();
            assert!(queue.is_empty());
        },
    );
}

/// Two threads, bound 3, 12,380 executions. Kills: a ring that is popped at its back.
#[test]
fn items_keep_their_order() {
    model("items_keep_their_order", Preemptions(3), 4_126, || {
        let queue = Queue::<Payload>::bounded(4);
        let producer = queue.clone();
        let thread = thread::spawn(move || {
            producer.push(item(1)).unwrap();
            producer.push(item(2)).unwrap();
        });
        assert_eq!(queue.pop().unwrap().read(), 1);
        assert_eq!(queue.pop().unwrap().read(), 2);
        thread.join().unwrap();
    });
}

/// Two threads, bound 3, 5,074 executions. Kills: a consumer that is not called
/// for the second item; a claim of a slot that another producer has.
#[test]
fn two_producers_lose_nothing() {
    let name = "two_producers_lose_nothing";
    outcomes(name, Preemptions(3), 1_691, [[1, 10], [10, 1]], || {
        let queue = Queue::<Payload>::bounded(2);
        let producer = queue.clone();
        let thread = thread::spawn(move || producer.push(item(10)).unwrap());
        queue.push(item(1)).unwrap();
        let popped = [0; 2].map(|_| queue.pop().unwrap().read());
        thread.join().unwrap();
        assert!(queue.is_empty());
        popped
    });
}

/// Three threads, bound 2, 18,928 executions. Kills: calling only one of two waiters for two items.
#[test]
fn two_consumers_share_the_items() {
    model(
        "two_consumers_share_the_items",
        Preemptions(2),
        6_309,
        || {
            let queue = Queue::<Payload>::bounded(4);
            let threads = [0; 2].map(|_| {
                let consumer = queue.clone();
                thread::spawn(move || consumer.pop().unwrap().read())
            });
            queue.push(item(1)).unwrap();
            queue.push(item(2)).unwrap();
            let mut popped = threads.map(|thread| thread.join().unwrap());
            popped.sort();
            assert_eq!(popped, [1, 2]);
        },
    );
}

/// Two threads, bound 2, 6,600 executions. Kills: a pop that does not call producers; room for
/// one too many.
#[test]
fn a_full_queue_wakes_its_producer() {
    model(
        "a_full_queue_wakes_its_producer",
        Preemptions(2),
        2_200,
        || {
            let queue = Queue::bounded(1);
            let producer = queue.clone();
            let thread = thread::spawn(move || {
                producer.push(item(1)).unwrap();
                producer.push(item(2)).unwrap();
            });
            assert!(queue.len() <= 1);
            assert_eq!(queue.pop().unwrap().read(), 1);
            assert!(queue.len() <= 1);
            assert_eq!(queue.pop().unwrap().read(), 2);
            thread.join().unwrap();
        },
    );
}

/// Three threads, bound 2, 2,663 executions. Kills: `abandon` that does not call the next.
#[test]
fn a_pop_that_is_dropped_passes_its_item_on() {
    let name = "a_pop_that_is_dropped_passes_its_item_on";
    model(name, Preemptions(2), 887, || {
        let queue = Queue::<Payload>::bounded(4);
        let (consumer, producer) = (queue.clone(), queue.clone());
        let mut first = Box::pin(queue.pop_async());
        assert!(poll_once(first.as_mut(), &noop_waker()).is_pending());
        let second = thread::spawn(move || consumer.pop().unwrap().read());
        let pusher = thread::spawn(move || producer.push(item(7)).unwrap());
        drop(first);
        assert_eq!(second.join().unwrap(), 7);
        pusher.join().unwrap();
        assert!(queue.is_empty());
    });
}

/// Two threads, bound 3, 30,367 executions. Kills: handing an item to a waiter before the waiter
/// runs.
#[test]
fn a_pop_that_is_dropped_leaves_the_order() {
    let name = "a_pop_that_is_dropped_leaves_the_order";
    model(name, Preemptions(3), 10_122, || {
        let queue = Queue::<Payload>::bounded(4);
        let producer = queue.clone();
        let mut dropped = Box::pin(queue.pop_async());
        assert!(poll_once(dropped.as_mut(), &noop_waker()).is_pending());
        let thread = thread::spawn(move || {
            producer.push(item(1)).unwrap();
            producer.push(item(2)).unwrap();
        });
        drop(dropped);
        assert_eq!(queue.pop().unwrap().read(), 1);
        assert_eq!(queue.pop().unwrap().read(), 2);
        thread.join().unwrap();
    });
}

/// Three threads, bound 2, 2,170 executions. Kills: a dropped push that leaves its node; `abandon`
/// without calls.
#[test]
fn a_push_that_is_dropped_passes_its_room_on() {
    let name = "a_push_that_is_dropped_passes_its_room_on";
    model(name, Preemptions(2), 723, || {
        let drops = DropCount::new();
        let queue = Queue::bounded(1);
        queue.push(drops.value(item(1))).unwrap();
        let (producer, consumer) = (queue.clone(), queue.clone());
        let mut dropped = Box::pin(queue.push_async(drops.value(item(2))));
        assert!(poll_once(dropped.as_mut(), &noop_waker()).is_pending());
        let mine = drops.value(item(3));
        let pusher = thread::spawn(move || assert!(producer.push(mine).is_ok()));
        let popper = thread::spawn(move || assert_eq!(consumer.pop().unwrap().inner.read(), 1));
        drop(dropped);
        pusher.join().unwrap();
        popper.join().unwrap();
        assert_eq!(drops.get(), 2);
        assert_eq!(queue.pop().unwrap().inner.read(), 3);
    });
}

/// Three threads, bound 3, 4,770 executions. Kills: a timeout that takes the item along.
#[test]
fn a_pop_that_times_out_leaves_the_item() {
    let name = "a_pop_that_times_out_leaves_the_item";
    outcomes(name, Preemptions(3), 1_590, [Some(7), None], || {
        let queue = Queue::<Payload>::bounded(4);
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

/// Three threads, bound 3, 3,906 executions. Kills: a timeout that drops the item, or leaves it in
/// the queue too.
#[test]
fn a_push_that_times_out_gives_its_item_back() {
    let name = "a_push_that_times_out_gives_its_item_back";
    outcomes(name, Preemptions(3), 1_302, [true, false], || {
        let drops = DropCount::new();
        let queue = Queue::bounded(1);
        queue.push(drops.value(item(1))).unwrap();
        let (producer, consumer) = (queue.clone(), queue.clone());
        let mine = drops.value(item(2));
        let popper = thread::spawn(move || assert_eq!(consumer.pop().unwrap().inner.read(), 1));
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

/// Two threads, exhaustive, 5,594 executions. Kills: a push that does not look whether the queue is
/// closed.
#[test]
fn close_decides_each_push() {
    outcomes(
        "close_decides_each_push",
        Exhaustive,
        2_777,
        [true, false],
        || {
            let queue = Queue::<Payload>::bounded(4);
            let producer = queue.clone();
            let thread = thread::spawn(move || producer.push(item(7)));
            queue.close();
            let left = queue.iter().map(|item| item.read()).collect::<Vec<_>>();
            match thread.join().unwrap() {
                Ok(()) => {
                    assert_eq!(left, [7]);
                    true
                }
                Err(PushError(item)) => {
                    assert_eq!((left.len(), item.read()), (0, 7));
                    false
                }
            }
        },
    );
}

/// Three threads, bound 3, 2,224 executions. Kills: `close` that calls one only, or only those for
/// whom there is an item.
#[test]
fn close_releases_all_who_pop() {
    model("close_releases_all_who_pop", Preemptions(3), 741, || {
        let queue = Queue::<Payload>::bounded(4);
        let wrote = Arc::new(Payload::new(0));
        let threads = [0; 2].map(|_| {
            let (consumer, wrote) = (queue.clone(), wrote.clone());
            thread::spawn(move || {
                assert!(matches!(consumer.pop(), Err(PopError)));
                assert_eq!(wrote.read(), 1);
            })
        });
        wrote.write(1);
        queue.close();
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// Two threads, exhaustive, 40 executions. Kills: `close` that leaves a waiting push asleep, or
/// lets it in.
#[test]
fn close_releases_all_who_push() {
    model("close_releases_all_who_push", Exhaustive, 13, || {
        let queue = Queue::bounded(1);
        queue.push(item(1)).unwrap();
        let producer = queue.clone();
        let thread = thread::spawn(move || producer.push(item(2)).unwrap_err().0.read());
        queue.close();
        assert_eq!(thread.join().unwrap(), 2);
        assert_eq!(queue.pop().unwrap().read(), 1);
        assert!(matches!(queue.pop(), Err(PopError)));
    });
}

/// Three threads, bound 3, 8,396 executions: what a push left behind before the end, a waiting pop
/// finds. Kills: a pop that looks at `closed` before it looks for an item.
#[test]
fn close_loses_no_item_of_a_waiting_pop() {
    let name = "close_loses_no_item_of_a_waiting_pop";
    outcomes(
        name,
        Preemptions(3),
        6_680,
        [(true, true), (false, false)],
        || {
            let queue = Queue::<Payload>::bounded(4);
            let (producer, consumer) = (queue.clone(), queue.clone());
            let pusher = thread::spawn(move || producer.push(item(7)).is_ok());
            let popper = thread::spawn(move || consumer.pop().is_ok_and(|item| item.read() == 7));
            queue.close();
            (pusher.join().unwrap(), popper.join().unwrap())
        },
    );
}

/// Two threads, bound 2, 3,396 executions. Kills: `close_now` that leaves the items where they
/// are.
#[test]
fn close_now_and_pop_share_the_items() {
    let name = "close_now_and_pop_share_the_items";
    outcomes(name, Preemptions(2), 1_132, [0, 1, 2], || {
        let queue = Queue::<Payload>::bounded(4);
        queue.push(item(1)).unwrap();
        queue.push(item(2)).unwrap();
        let consumer = queue.clone();
        let popper = thread::spawn(move || {
            let items = consumer.iter().map(|item| item.read());
            items.collect::<Vec<_>>()
        });
        let left = queue.close_now();
        let mut all = popper.join().unwrap();
        let popped = all.len();
        all.extend(left.iter().map(Payload::read));
        assert_eq!(all, [1, 2]);
        popped
    });
}

/// Two threads, exhaustive, 160 executions. Kills: a store that leaks or copies.
#[test]
fn the_last_handle_drops_each_item_once() {
    let name = "the_last_handle_drops_each_item_once";
    outcomes(name, Exhaustive, 53, [0, 1], || {
        let drops = DropCount::new();
        let queue = Queue::bounded(4);
        let (producer, mine) = (queue.clone(), drops.value(item(7)));
        let thread = thread::spawn(move || producer.push(mine).unwrap());
        let popped = usize::from(queue.try_pop().is_ok_and(|item| item.inner.read() == 7));
        assert_eq!(drops.get(), popped);
        drop(queue);
        thread.join().unwrap();
        assert_eq!(drops.get(), 1);
        popped
    });
}

/// A pop that was polled and waits.
fn waiting<'a, T>(queue: &'a Queue<T>, waker: &CountWaker) -> Pin<Box<crate::queue::Pop<'a, T>>> {
    let mut pop = Box::pin(queue.pop_async());
    assert!(poll_once(pop.as_mut(), &waker.waker()).is_pending());
    pop
}

/// Two threads, exhaustive, 615 executions. A running thread passes a waiter, until that has waited
/// for long; then what comes is the waiter's. Kills: a line that is never ordered, or whose order
/// is not minded.
#[test]
fn a_starving_waiter_is_not_passed_by() {
    model(
        "a_starving_waiter_is_not_passed_by",
        Exhaustive,
        205,
        || {
            let queue = Queue::<Payload>::bounded(4);
            let wakes = CountWaker::new();
            let mut pop = waiting(&queue, &wakes);
            clock::expire_all();
            queue.push(item(1)).unwrap();
            assert_eq!(wakes.wakes(), 1);
            assert_eq!(queue.try_pop().unwrap().read(), 1, "passes a waiter");
            assert!(poll_once(pop.as_mut(), &wakes.waker()).is_pending());
            let producer = queue.clone();
            let thread = thread::spawn(move || producer.push(item(2)).unwrap());
            assert!(
                matches!(queue.try_pop(), Err(TryPopError::Empty)),
                "ordered"
            );
            thread.join().unwrap();
            assert!(
                matches!(queue.try_pop(), Err(TryPopError::Empty)),
                "ordered"
            );
            assert_eq!(wakes.wakes(), 2);
            let Poll::Ready(Ok(popped)) = poll_once(pop.as_mut(), &wakes.waker()) else {
                unreachable!("the item is the waiter's");
            };
            assert_eq!(popped.read(), 2);
            queue.push(item(3)).unwrap();
            assert_eq!(queue.try_pop().unwrap().read(), 3, "open again");
        },
    );
}

/// One thread, 1 execution. Kills: an ordered line that keeps more than its waiters can take; one
/// that stays ordered for a head that came just now, or when its last waiter leaves.
#[test]
fn an_ordered_line_keeps_what_its_waiters_can_take() {
    let name = "an_ordered_line_keeps_what_its_waiters_can_take";
    model(name, Exhaustive, 1, || {
        let queue = Queue::<Payload>::bounded(4);
        let wakes = CountWaker::new();
        let ordered = || {
            let mut pop = waiting(&queue, &wakes);
            clock::expire_all();
            queue.push(item(0)).unwrap();
            assert!(queue.try_pop().is_ok());
            assert!(poll_once(pop.as_mut(), &wakes.waker()).is_pending());
            pop
        };
        let mut first = ordered();
        let mut second = waiting(&queue, &wakes);
        for n in 1..=3 {
            queue.push(item(n)).unwrap();
        }
        assert_eq!(queue.try_pop().unwrap().read(), 1, "two are kept, for two");
        assert!(matches!(queue.try_pop(), Err(TryPopError::Empty)));
        assert!(poll_once(first.as_mut(), &wakes.waker()).is_ready());
        let passed = queue.try_pop().unwrap();
        assert_eq!(passed.read(), 3, "the new head came just now");
        assert!(poll_once(second.as_mut(), &wakes.waker()).is_pending());
        drop((first, second));
        queue.push(item(4)).unwrap();
        assert!(queue.try_pop().is_ok(), "nobody is left");
    });
}

/// One thread, 1 execution. Kills: an ordered line in which a later waiter, polled by chance,
/// passes the head.
#[test]
fn an_ordered_line_is_served_in_order() {
    model("an_ordered_line_is_served_in_order", Exhaustive, 1, || {
        let queue = Queue::<Payload>::bounded(4);
        let wakes = CountWaker::new();
        let mut first = waiting(&queue, &wakes);
        let mut second = waiting(&queue, &wakes);
        clock::expire_all();
        queue.push(item(0)).unwrap();
        assert!(queue.try_pop().is_ok());
        assert!(poll_once(first.as_mut(), &wakes.waker()).is_pending());
        queue.push(item(1)).unwrap();
        assert!(poll_once(second.as_mut(), &wakes.waker()).is_pending());
        assert!(poll_once(first.as_mut(), &wakes.waker()).is_ready());
        queue.push(item(2)).unwrap();
        assert!(poll_once(second.as_mut(), &wakes.waker()).is_ready());
    });
}

/// One thread, 1 execution: a producer that waited for long is not passed by either. Kills: a line
/// of producers that is never ordered.
#[test]
fn a_starving_producer_is_not_passed_by() {
    model(
        "a_starving_producer_is_not_passed_by",
        Exhaustive,
        1,
        || {
            let queue = Queue::bounded(1);
            queue.push(item(1)).unwrap();
            let mut push = pin!(queue.push_async(item(2)));
            assert!(poll_once(push.as_mut(), &noop_waker()).is_pending());
            clock::expire_all();
            assert_eq!(queue.pop().unwrap().read(), 1);
            assert!(queue.try_push(item(3)).is_ok(), "passes a waiter");
            assert!(poll_once(push.as_mut(), &noop_waker()).is_pending());
            assert_eq!(queue.pop().unwrap().read(), 3);
            assert!(matches!(
                queue.try_push(item(4)),
                Err(TryPushError::Full(_))
            ));
            assert!(poll_once(push.as_mut(), &noop_waker()).is_ready());
            assert_eq!(queue.pop().unwrap().read(), 2);
        },
    );
}

/// One thread, 1 execution. Kills: calling in another order, or more than there are items for, or
/// somebody who was called before.
#[test]
fn waiters_are_called_in_order() {
    model("waiters_are_called_in_order", Exhaustive, 1, || {
        let queue = Queue::<Payload>::bounded(4);
        let wakes = [(); 3].map(|()| CountWaker::new());
        let [mut first, second, third] = wakes.each_ref().map(|wakes| waiting(&queue, wakes));
        let called = || wakes.each_ref().map(CountWaker::wakes);
        queue.push(item(1)).unwrap();
        assert_eq!(called(), [1, 0, 0]);
        queue.push(item(2)).unwrap();
        assert_eq!(called(), [1, 1, 0]);
        drop(second);
        assert_eq!(called(), [1, 1, 1], "who leaves passes it on");
        assert!(poll_once(first.as_mut(), &noop_waker()).is_ready());
        drop((first, third));
        assert!(
            wakes.iter().all(|wakes| wakes.held() == 0),
            "no waker stays behind"
        );
        assert_eq!(queue.pop().unwrap().read(), 2);
    });
}

/// One thread, 1 execution. Kills: a line that is ordered for a head that came just now, or for
/// one that nobody has passed.
#[test]
fn a_line_is_passed_until_its_head_starves() {
    let name = "a_line_is_passed_until_its_head_starves";
    model(name, Exhaustive, 1, || {
        let queue = Queue::bounded(4);
        let wakes = CountWaker::new();
        let mut pop = waiting(&queue, &wakes);
        for n in 0..2 {
            queue.push(item(n)).unwrap();
            assert_eq!(queue.try_pop().unwrap().read(), n, "it came just now");
            assert!(poll_once(pop.as_mut(), &wakes.waker()).is_pending());
        }
        clock::expire_all();
        assert!(poll_once(pop.as_mut(), &wakes.waker()).is_pending());
        queue.push(item(2)).unwrap();
        assert_eq!(queue.try_pop().unwrap().read(), 2, "nobody passed it since");
    });
}

/// One thread, 1 execution. Kills: calling one producer where there is room for two.
#[test]
fn producers_are_called_for_all_the_room() {
    model(
        "producers_are_called_for_all_the_room",
        Exhaustive,
        1,
        || {
            let queue = Queue::bounded(2);
            queue.push(item(1)).unwrap();
            queue.push(item(2)).unwrap();
            let wakes = [(); 2].map(|()| CountWaker::new());
            let _pushes = wakes.each_ref().map(|wakes| {
                let mut push = Box::pin(queue.push_async(item(3)));
                assert!(poll_once(push.as_mut(), &wakes.waker()).is_pending());
                push
            });
            assert!(queue.try_pop().is_ok());
            assert_eq!(wakes.each_ref().map(CountWaker::wakes), [1, 0]);
            assert!(queue.try_pop().is_ok());
            assert_eq!(wakes.each_ref().map(CountWaker::wakes), [1, 1]);
        },
    );
}

/// One thread, 1 execution. Kills: a waiter that goes from its line and calls nobody of the other.
#[test]
fn who_goes_from_a_line_calls_the_other() {
    model(
        "who_goes_from_a_line_calls_the_other",
        Exhaustive,
        1,
        || {
            let queue = Queue::bounded(1);
            let (popper, pusher) = (CountWaker::new(), CountWaker::new());
            let mut pop = waiting(&queue, &popper);
            queue.push(item(1)).unwrap();
            let mut push = pin!(queue.push_async(item(2)));
            assert!(poll_once(push.as_mut(), &pusher.waker()).is_pending());
            assert!(poll_once(pop.as_mut(), &popper.waker()).is_ready());
            assert_eq!((popper.wakes(), pusher.wakes()), (1, 1));
            assert!(poll_once(push.as_mut(), &pusher.waker()).is_ready());
        },
    );
}

/// Two threads, exhaustive, 2,101 executions. Kills: a poll that keeps the waker of the poll before.
#[test]
fn a_waiter_is_woken_through_its_last_waker() {
    let name = "a_waiter_is_woken_through_its_last_waker";
    model(name, Exhaustive, 700, || {
        let queue = Queue::<Payload>::bounded(4);
        let (old, new) = (CountWaker::new(), CountWaker::new());
        let mut pop = waiting(&queue, &old);
        let producer = queue.clone();
        let thread = thread::spawn(move || producer.push(item(7)).unwrap());
        let polled = poll_once(pop.as_mut(), &new.waker());
        assert_eq!(old.held(), 0);
        thread.join().unwrap();
        if let Poll::Ready(popped) = polled {
            assert_eq!(popped.unwrap().read(), 7);
        } else {
            assert_eq!((old.wakes(), new.wakes()), (0, 1));
            assert!(poll_once(pop.as_mut(), &new.waker()).is_ready());
        }
    });
}

/// One thread, 1 execution: more waiters than fit in a batch of calls. Kills: a close that calls
/// one batch.
#[test]
fn close_calls_a_long_line() {
    model("close_calls_a_long_line", Exhaustive, 1, || {
        let queue = Queue::<Payload>::bounded(4);
        let wakes = [(); 20].map(|()| CountWaker::new());
        let pops = wakes.each_ref().map(|wakes| waiting(&queue, wakes));
        queue.close();
        assert!(wakes.iter().all(|wakes| wakes.wakes() == 1));
        for mut pop in pops {
            assert!(poll_once(pop.as_mut(), &noop_waker()).is_ready());
        }
    });
}

/// A waker that panics.
struct Throwing;

impl Wake for Throwing {
    fn wake(self: Arc<Self>) {
        throw("woken");
    }
}

/// One thread, 1 execution. Kills: a pop that unwinds with its item for the panic of another's
/// waker.
#[test]
fn a_waker_that_panics_costs_no_item() {
    model("a_waker_that_panics_costs_no_item", Exhaustive, 1, || {
        let queue = Queue::bounded(1);
        queue.push(item(1)).unwrap();
        let mut push = pin!(queue.push_async(item(2)));
        let throwing = Waker::from(Arc::new(Throwing));
        assert!(poll_once(push.as_mut(), &throwing).is_pending());
        assert_eq!(queue.pop().unwrap().read(), 1);
        assert!(poll_once(push.as_mut(), &noop_waker()).is_ready());
        assert_eq!(queue.pop().unwrap().read(), 2);
    });
}
