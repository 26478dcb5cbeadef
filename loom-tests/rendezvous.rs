//! The rendezvous: who waits for whom, and what becomes of an item whose consumer went away.

use super::support::{Bound::*, Payload, model, noop_waker, outcomes, poll_once};
use crate::queue::{PushError, PushTimeoutError, Queue, TryPopError, TryPushError};
use crate::sys::clock;
use loom::thread;
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

/// An item that shows whether its consumer sees what its producer wrote.
fn item(value: usize) -> Payload {
    let item = Payload::new(0);
    item.write(value);
    item
}

/// Two threads, exhaustive, 21 executions. Kills: a producer who is not told that its item was
/// taken; one who does not lay it out.
#[test]
fn a_push_is_over_when_its_item_is_taken() {
    let name = "a_push_is_over_when_its_item_is_taken";
    model(name, Exhaustive, 7, || {
        let queue = Queue::rendezvous();
        let producer = queue.clone();
        let thread = thread::spawn(move || producer.push(item(7)).unwrap());
        assert_eq!(queue.pop().unwrap().bump(), 7);
        thread.join().unwrap();
        assert_eq!((queue.len(), queue.stats().waiting_producers), (0, 0));
    });
}

/// Two threads, exhaustive, 12 executions: who does not wait finds whoever does. Kills: a `try_pop`
/// that does not look at what waiting producers laid out.
#[test]
fn who_does_not_wait_finds_who_does() {
    let name = "who_does_not_wait_finds_who_does";
    outcomes(name, Exhaustive, 4, [true, false], || {
        let queue = Queue::rendezvous();
        let producer = queue.clone();
        let thread = thread::spawn(move || producer.push(item(7)).map_err(|PushError(item)| item));
        let met = match queue.try_pop() {
            Ok(item) => item.read() == 7,
            Err(error) => {
                assert_eq!(error, TryPopError::Empty);
                queue.close();
                false
            }
        };
        match thread.join().unwrap() {
            Ok(()) => assert!(met),
            Err(item) => assert!(!met && item.read() == 7),
        }
        met
    });
}

/// Three threads, bound 3, 187 executions: a push that times out as its item is taken. Kills: an
/// item that comes back and is popped too; one that is lost.
#[test]
fn a_push_that_times_out_was_taken_or_not() {
    let name = "a_push_that_times_out_was_taken_or_not";
    outcomes(name, Preemptions(3), 62, [true, false], || {
        let queue = Queue::rendezvous();
        let (producer, consumer) = (queue.clone(), queue.clone());
        let pusher = thread::spawn(move || producer.push_timeout(item(7), LATER));
        let popper = thread::spawn(move || consumer.try_pop());
        clock::expire_all();
        let pushed = match pusher.join().unwrap() {
            Ok(()) => true,
            Err(PushTimeoutError::TimedOut(item)) => {
                assert_eq!(item.read(), 7);
                false
            }
            Err(PushTimeoutError::Closed(_)) => unreachable!(),
        };
        let popped = popper.join().unwrap().is_ok_and(|item| item.read() == 7);
        assert_eq!(pushed, popped);
        assert_eq!((queue.len(), queue.drain().len()), (0, 0));
        pushed
    });
}

/// Two threads, exhaustive, 4 executions: a consumer waits, gets an item laid out, and goes away:
/// the item is there for the next. Kills: an item that goes with the consumer; a `len` that hides
/// it.
#[test]
fn what_was_laid_out_for_one_who_left_is_there_for_the_next() {
    let name = "what_was_laid_out_for_one_who_left_is_there_for_the_next";
    outcomes(name, Exhaustive, 1, [true, false], || {
        let queue = Queue::rendezvous();
        let producer = queue.clone();
        let mut pop = Box::pin(queue.pop_async());
        assert!(poll_once(pop.as_mut(), &noop_waker()).is_pending());
        let thread =
            thread::spawn(move || producer.try_push(item(7)).map_err(TryPushError::into_inner));
        drop(pop);
        let pushed = match thread.join().unwrap() {
            Ok(()) => true,
            Err(item) => {
                assert_eq!(item.read(), 7);
                false
            }
        };
        assert_eq!(queue.len(), usize::from(pushed));
        assert_eq!(queue.drain().len(), usize::from(pushed));
        pushed
    });
}

/// Three threads, bound 2, 384 executions. Kills: a consumer who takes an item and calls nobody; the
/// wrong producer told.
#[test]
fn two_producers_meet_two_consumers() {
    let name = "two_producers_meet_two_consumers";
    model(name, Preemptions(2), 128, || {
        let queue = Queue::rendezvous();
        let threads = [1, 2].map(|n| {
            let producer = queue.clone();
            thread::spawn(move || producer.push(item(n)).unwrap())
        });
        let mut popped = [0; 2].map(|_| queue.pop().unwrap().read());
        popped.sort();
        assert_eq!(popped, [1, 2]);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// Two threads, exhaustive, 19 executions. Kills: `close` that leaves a producer with its item
/// asleep; an item that is both handed back to its producer and popped.
#[test]
fn close_ends_a_wait_for_a_consumer() {
    let name = "close_ends_a_wait_for_a_consumer";
    model(name, Exhaustive, 6, || {
        let queue = Queue::rendezvous();
        let producer = queue.clone();
        let thread = thread::spawn(move || producer.push(item(7)).is_ok());
        queue.close();
        let popped = queue.pop().is_ok();
        assert!(!popped && !thread.join().unwrap());
    });
}
