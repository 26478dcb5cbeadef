//! Select: the first wins, and the losers lose nothing.

use super::support::{Bound::*, CountWaker, Payload, model, noop_waker, outcomes, poll_once};
use crate::queue::{
    DelayQueue, LifoQueue, PopError, PopTimeoutError, Queue, TryPopError, select, select_async,
    select_biased, select_timeout, try_select, try_select_biased,
};
use crate::sys::clock;
use loom::thread;
use std::pin::pin;
use std::time::Duration;

/// A deadline that only the virtual clock brings.
const LATER: Duration = Duration::from_secs(1);

/// An item that shows whether its consumer sees what its producer wrote.
fn item(value: usize) -> Payload {
    let item = Payload::new(0);
    item.write(value);
    item
}

/// Three threads, bound 2, 269 executions. Kills: a select that takes from both, or waits in one
/// line only.
#[test]
fn one_item_is_taken_and_the_other_stays() {
    let name = "one_item_is_taken_and_the_other_stays";
    outcomes(name, Preemptions(2), 89, [0, 1], || {
        let queues = [0; 2].map(|_| LifoQueue::<Payload>::unbounded());
        let threads = [0, 1].map(|n| {
            let producer = queues[n].clone();
            thread::spawn(move || producer.push(item(n)).unwrap())
        });
        let (index, popped) = select(&[&queues[0], &queues[1]]).unwrap();
        assert_eq!(popped.read(), index);
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(queues[index].is_empty());
        assert_eq!(queues[1 - index].try_pop().unwrap().read(), 1 - index);
        index
    });
}

/// Three threads, bound 2, 11,924 executions. Kills: a loser that was called and calls nobody.
#[test]
fn a_loser_passes_its_item_on() {
    model("a_loser_passes_its_item_on", Preemptions(2), 3_974, || {
        let queues = [0; 2].map(|_| Queue::<Payload>::unbounded());
        let all = [&queues[0], &queues[1]];
        let mut selected = Box::pin(select_async(&all));
        assert!(poll_once(selected.as_mut(), &noop_waker()).is_pending());
        let consumer = queues[1].clone();
        let popper = thread::spawn(move || consumer.pop().unwrap().read());
        let producers = queues.clone();
        let pusher = thread::spawn(move || {
            producers[1].push(item(1)).unwrap();
            producers[0].push(item(0)).unwrap();
        });
        drop(selected);
        assert_eq!(popper.join().unwrap(), 1);
        pusher.join().unwrap();
        assert_eq!(queues[0].try_pop().unwrap().read(), 0);
    });
}

/// Three threads, bound 2, 111 executions. Kills: two selects that wait for the same queues, of
/// which one is left behind.
#[test]
fn two_selects_share_two_items() {
    model("two_selects_share_two_items", Preemptions(2), 37, || {
        let queues = [0; 2].map(|_| LifoQueue::<Payload>::unbounded());
        let threads = [0; 2].map(|_| {
            let queues = queues.clone();
            thread::spawn(move || select(&[&queues[0], &queues[1]]).unwrap().1.read())
        });
        queues[0].push(item(1)).unwrap();
        queues[0].push(item(2)).unwrap();
        let mut popped = threads.map(|thread| thread.join().unwrap());
        popped.sort();
        assert_eq!(popped, [1, 2]);
    });
}

/// Three threads, bound 2, 64 executions. Kills: a timeout that takes an item along.
#[test]
fn a_select_that_times_out_takes_nothing() {
    let name = "a_select_that_times_out_takes_nothing";
    outcomes(name, Preemptions(2), 21, [true, false], || {
        let queues = [0; 2].map(|_| LifoQueue::<Payload>::unbounded());
        let (producer, consumers) = (queues[1].clone(), queues.clone());
        let pusher = thread::spawn(move || producer.push(item(7)).unwrap());
        let popper = thread::spawn(move || {
            let all = [&consumers[0], &consumers[1]];
            match select_timeout(&all, LATER) {
                Ok((1, item)) => item.read() == 7,
                Err(PopTimeoutError::TimedOut) => false,
                _ => unreachable!(),
            }
        });
        clock::expire_all();
        pusher.join().unwrap();
        let popped = popper.join().unwrap();
        assert_eq!(queues[1].len(), usize::from(!popped));
        popped
    });
}

/// Three threads, bound 2, 555 executions. Kills: a select that ends when one queue is closed;
/// one that does not when all are.
#[test]
fn a_select_ends_when_all_queues_are_closed() {
    let name = "a_select_ends_when_all_queues_are_closed";
    model(name, Preemptions(2), 185, || {
        let queues = [0; 2].map(|_| LifoQueue::<Payload>::unbounded());
        let threads = [0, 1].map(|n| {
            let queue = queues[n].clone();
            thread::spawn(move || {
                if n == 1 {
                    queue.push(item(7)).unwrap();
                }
                queue.close();
            })
        });
        let all = [&queues[0], &queues[1]];
        let first = select(&all).unwrap();
        assert_eq!((first.0, first.1.read()), (1, 7));
        assert!(matches!(select(&all), Err(PopError)));
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// One thread, 1 execution. Kills: a bias where there is none, or none where there is; a queue that
/// is closed and not passed over; an order of looking that skips one.
#[test]
fn a_fair_select_takes_turns_and_a_biased_one_does_not() {
    let name = "a_fair_select_takes_turns_and_a_biased_one_does_not";
    model(name, Preemptions(2), 1, || {
        let queues = [0; 3].map(|_| Queue::<Payload>::unbounded());
        let all = [&queues[0], &queues[1], &queues[2]];
        for n in [0, 1, 2, 0, 1, 2] {
            queues[n].push(item(7)).unwrap();
            assert_eq!(try_select(&all).unwrap().0, n, "wherever it begins");
        }
        for (n, queue) in queues.iter().enumerate() {
            for _ in 0..4 {
                queue.push(item(n)).unwrap();
            }
        }
        let mut fair = [0; 6].map(|_| try_select(&all).unwrap().0);
        fair.sort();
        assert_eq!(fair, [0, 0, 1, 2, 2, 2]);
        let biased = [0; 4].map(|_| try_select_biased(&all).unwrap().0);
        assert_eq!(biased, [0, 0, 1, 1]);
        queues[0].close();
        assert_eq!(select_biased(&all).unwrap().0, 1);
        assert_eq!(select_biased(&all).unwrap().0, 2);
        assert_eq!(try_select(&all).unwrap_err(), TryPopError::Empty);
        for n in [0, 1, 2, 0, 1, 2].map(|n| 1 + n % 2) {
            queues[n].push(item(7)).unwrap();
            assert_eq!(try_select(&all).unwrap().0, n, "wherever it begins");
            let mut waits = Box::pin(select_async(&all));
            assert!(poll_once(waits.as_mut(), &noop_waker()).is_pending());
            queues[n].push(item(7)).unwrap();
            assert!(poll_once(waits.as_mut(), &noop_waker()).is_ready());
        }
        queues[1].close();
        let (mut waits, wakes) = (Box::pin(select_async(&all)), CountWaker::new());
        assert!(poll_once(waits.as_mut(), &wakes.waker()).is_pending());
        queues[2].close();
        assert_eq!(wakes.wakes(), 1);
        assert!(poll_once(waits.as_mut(), &noop_waker()).is_ready());
        assert_eq!(try_select(&all).unwrap_err(), TryPopError::Closed);
        assert!(
            select::<Queue<Payload>>(&[]).is_err(),
            "all of none are closed"
        );
        let mut none = pin!(select_async::<Queue<Payload>>(&[]));
        assert!(poll_once(none.as_mut(), &noop_waker()).is_ready());
    });
}

/// Two threads, bound 2, 16 executions. Kills: a select over queues of time that sets no alarm.
#[test]
fn a_select_is_called_when_an_item_is_due() {
    let name = "a_select_is_called_when_an_item_is_due";
    model(name, Preemptions(2), 5, || {
        let queues = [0; 2].map(|_| DelayQueue::unbounded());
        queues[1].push(item(7), clock::now() + LATER).unwrap();
        let consumers = queues.clone();
        let thread = thread::spawn(move || {
            let (index, item) = select(&[&consumers[0], &consumers[1]]).unwrap();
            (index, item.read())
        });
        clock::expire_all();
        assert_eq!(thread.join().unwrap(), (1, 7));
    });
}
