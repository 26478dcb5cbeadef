//! Each item at its time: alarms, who sets them, who is called.

use super::support::{Bound::*, CountWaker, Payload, model, noop_waker, outcomes, poll_once};
use crate::queue::{DelayQueue, PopError, PopTimeoutError, TryPopError};
use crate::sys::clock;
use loom::thread;
use std::pin::pin;
use std::time::Duration;

/// A time that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

/// An item that shows whether its consumer sees what its producer wrote.
fn item(value: usize) -> Payload {
    let item = Payload::new(0);
    item.write(value);
    item
}

/// Two threads, exhaustive, 90 executions. Kills: a pop that sets no alarm, or whose alarm calls
/// nobody; one that waits though the item became due while it stood in line and looked for the
/// next.
#[test]
fn a_sleeper_is_called_when_an_item_is_due() {
    let name = "a_sleeper_is_called_when_an_item_is_due";
    model(name, Exhaustive, 30, || {
        let queue = DelayQueue::unbounded();
        queue.push(item(7), clock::now() + LATER).unwrap();
        assert_eq!(queue.try_pop().err(), Some(TryPopError::Empty));
        let consumer = queue.clone();
        let thread = thread::spawn(move || consumer.pop().unwrap().read());
        clock::expire_all();
        assert_eq!(thread.join().unwrap(), 7);
    });
}

/// Three threads, bound 3, 653 executions. Kills: a push that sets no alarm for one who sleeps
/// already.
#[test]
fn a_push_sets_the_alarm_for_who_sleeps() {
    let name = "a_push_sets_the_alarm_for_who_sleeps";
    model(name, Preemptions(3), 217, || {
        let queue = DelayQueue::unbounded();
        let (producer, consumer) = (queue.clone(), queue.clone());
        let when = clock::now() + LATER;
        let pusher = thread::spawn(move || producer.push(item(7), when).unwrap());
        let popper = thread::spawn(move || consumer.pop().unwrap().read());
        clock::expire_all();
        pusher.join().unwrap();
        assert_eq!(popper.join().unwrap(), 7);
    });
}

/// Three threads, bound 3, 914 executions: an alarm that is far off is replaced by a near one,
/// whoever sets it. Kills: an alarm that is kept though it is not the last; one that is not
/// replaced.
#[test]
fn an_earlier_item_wakes_the_sleeper() {
    let name = "an_earlier_item_wakes_the_sleeper";
    model(name, Preemptions(3), 304, || {
        let queue = DelayQueue::unbounded();
        let start = clock::now();
        queue.push(item(9), start + 3 * clock::JUMP).unwrap();
        let (producer, consumer) = (queue.clone(), queue.clone());
        let popper = thread::spawn(move || consumer.pop().unwrap().read());
        let pusher = thread::spawn(move || producer.push(item(7), start + LATER).unwrap());
        clock::expire_all();
        pusher.join().unwrap();
        assert_eq!(popper.join().unwrap(), 7);
        assert_eq!(queue.len(), 1);
    });
}

/// Three threads, bound 3, 2,081 executions. Kills: an alarm that calls one where two items are
/// due; one that is not set again.
#[test]
fn as_many_are_called_as_are_due() {
    model("as_many_are_called_as_are_due", Preemptions(3), 693, || {
        let queue = DelayQueue::unbounded();
        let start = clock::now();
        queue.push(item(2), start + 2 * LATER).unwrap();
        queue.push(item(1), start + LATER).unwrap();
        let threads = [0; 2].map(|_| {
            let consumer = queue.clone();
            thread::spawn(move || consumer.pop().unwrap().read())
        });
        clock::expire_all();
        let mut popped = threads.map(|thread| thread.join().unwrap());
        popped.sort();
        assert_eq!(popped, [1, 2]);
    });
}

/// Three threads, bound 3, 898 executions. Kills: a pop that times out and takes the item, or is
/// not called at its own time.
#[test]
fn an_item_and_a_timeout_that_come_together_are_told_apart() {
    let name = "an_item_and_a_timeout_that_come_together_are_told_apart";
    outcomes(name, Preemptions(3), 299, [Some(7), None], || {
        let queue = DelayQueue::unbounded();
        let when = clock::now() + LATER;
        let (producer, consumer) = (queue.clone(), queue.clone());
        let pusher = thread::spawn(move || producer.push(item(7), when).unwrap());
        let popper = thread::spawn(move || consumer.pop_timeout(LATER).map(|item| item.read()));
        clock::expire_all();
        pusher.join().unwrap();
        let popped = popper.join().unwrap();
        assert_eq!(queue.try_iter().count(), usize::from(popped.is_err()));
        assert_ne!(popped, Err(PopTimeoutError::Closed));
        popped.ok()
    });
}

/// Three threads, bound 3, 753 executions. Kills: a dropped pop that was called for an item that is
/// due, and calls nobody.
#[test]
fn a_pop_that_is_dropped_passes_what_is_due_on() {
    let name = "a_pop_that_is_dropped_passes_what_is_due_on";
    model(name, Preemptions(3), 251, || {
        let queue = DelayQueue::unbounded();
        queue.push(item(7), clock::now() + LATER).unwrap();
        let mut first = Box::pin(queue.pop_async());
        assert!(poll_once(first.as_mut(), &noop_waker()).is_pending());
        let consumer = queue.clone();
        let second = thread::spawn(move || consumer.pop().unwrap().read());
        let mover = thread::spawn(clock::expire_all);
        drop(first);
        assert_eq!(second.join().unwrap(), 7);
        mover.join().unwrap();
    });
}

/// Three threads, bound 3, 2,745 executions: pops of a closed queue wait for what is not due yet,
/// and only one has it. Kills: `close` that refuses who waits while items are left; one that leaves
/// them asleep when none is.
#[test]
fn a_closed_queue_gives_what_is_left_when_it_is_due() {
    let name = "a_closed_queue_gives_what_is_left_when_it_is_due";
    model(name, Preemptions(3), 915, || {
        let queue = DelayQueue::unbounded();
        queue.push(item(7), clock::now() + LATER).unwrap();
        let threads = [0; 2].map(|_| {
            let consumer = queue.clone();
            thread::spawn(move || consumer.pop().map(|item| item.read()))
        });
        queue.close();
        clock::expire_all();
        let mut popped = threads.map(|thread| thread.join().unwrap());
        popped.sort_by_key(Result::is_err);
        assert_eq!(popped, [Ok(7), Err(PopError)]);
    });
}

/// Two threads, exhaustive, 11 executions. Kills: `close_now` that leaves what is not due, or whom
/// it concerns.
#[test]
fn close_now_hands_back_what_is_not_due() {
    let name = "close_now_hands_back_what_is_not_due";
    outcomes(name, Exhaustive, 3, [true, false], || {
        let queue = DelayQueue::unbounded();
        let start = clock::now();
        queue.push(item(2), start + LATER).unwrap();
        queue.push(item(1), start).unwrap();
        let consumer = queue.clone();
        let popper = thread::spawn(move || {
            let first = consumer.pop().map(|item| item.read());
            assert!(consumer.pop().is_err());
            first.is_ok()
        });
        let left: Vec<_> = queue.close_now().iter().map(Payload::read).collect();
        let popped = popper.join().unwrap();
        assert_eq!(left, if popped { vec![2] } else { vec![1, 2] });
        popped
    });
}

/// Two threads, exhaustive, 4 executions: the alarm rings while the last handle is dropped. Kills:
/// an alarm that keeps the queue; a leak.
#[test]
fn an_alarm_keeps_nothing() {
    model("an_alarm_keeps_nothing", Exhaustive, 1, || {
        let drops = super::support::DropCount::new();
        let queue = DelayQueue::unbounded();
        queue
            .push(drops.value(item(7)), clock::now() + LATER)
            .unwrap();
        let mut pop = Box::pin(queue.pop_async());
        assert!(poll_once(pop.as_mut(), &noop_waker()).is_pending());
        drop(pop);
        let mover = thread::spawn(clock::expire_all);
        assert_eq!(queue.len(), 1);
        drop(queue);
        mover.join().unwrap();
        assert_eq!(drops.get(), 1);
    });
}

/// One thread, 1 execution. Kills: an order by arrival; ties that are swapped; a drain that takes
/// what is not due, or leaves what is; calls for items that are not due.
#[test]
fn what_is_due_comes_out_in_the_order_of_its_time() {
    let name = "what_is_due_comes_out_in_the_order_of_its_time";
    model(name, Exhaustive, 1, || {
        let queue = DelayQueue::unbounded();
        let start = clock::now();
        let wakes = CountWaker::new();
        let mut pop = pin!(queue.pop_async());
        assert!(poll_once(pop.as_mut(), &wakes.waker()).is_pending());
        for (n, when) in [(4, 3 * LATER), (2, LATER), (3, LATER), (9, 3 * clock::JUMP)] {
            queue.push(item(n), start + when).unwrap();
        }
        assert_eq!((wakes.wakes(), queue.len()), (0, 4));
        assert!(queue.drain().is_empty());
        queue.push(item(1), start).unwrap();
        assert_eq!(wakes.wakes(), 1);
        assert!(poll_once(pop.as_mut(), &noop_waker()).is_ready());
        clock::expire_all();
        assert_eq!(queue.pop().unwrap().read(), 2);
        let due = queue.drain();
        assert_eq!(due.iter().map(Payload::read).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(queue.len(), 1);
    });
}
