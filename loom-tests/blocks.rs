//! The unbounded queue: its chain of blocks, which have three slots in a model.

use super::support::{Bound::*, DropCount, Payload, model, outcomes};
use crate::queue::{PopError, Queue, TryPopError, spare::Spare};
use crate::sys::Arc;
use loom::thread;

/// An item that shows whether its consumer sees what its producer wrote.
fn item(value: usize) -> Payload {
    let item = Payload::new(0);
    item.write(value);
    item
}

/// A queue whose ends stand at the last slot of a block.
fn at_the_edge() -> Queue<Payload> {
    let queue = Queue::unbounded();
    for n in 0..2 {
        queue.push(item(n)).unwrap();
        assert_eq!(queue.pop().unwrap().read(), n);
    }
    queue
}

/// Two threads, bound 3, 775 executions. Kills: a Relaxed store of the state of a slot.
#[test]
fn an_item_carries_what_its_producer_wrote() {
    let name = "an_item_of_a_block_carries_what_its_producer_wrote";
    model(name, Preemptions(3), 258, || {
        let queue = Queue::unbounded();
        let producer = queue.clone();
        let thread = thread::spawn(move || producer.push(item(7)).unwrap());
        assert_eq!(queue.pop().unwrap().bump(), 7);
        thread.join().unwrap();
        assert!(queue.is_empty());
    });
}

/// Two threads, bound 3, 7,780 executions: both ends go on to a block that was not there
/// (crossbeam#971). Kills: an end that is moved on with Relaxed; a block that is
/// linked before it is the last.
#[test]
fn a_new_block_is_there_for_all() {
    model(
        "a_new_block_is_there_for_all",
        Preemptions(3),
        2_593,
        || {
            let queue = at_the_edge();
            let producer = queue.clone();
            let thread = thread::spawn(move || {
                producer.push(item(1)).unwrap();
                producer.push(item(2)).unwrap();
            });
            assert_eq!(queue.pop().unwrap().read(), 1);
            assert_eq!(queue.pop().unwrap().read(), 2);
            thread.join().unwrap();
        },
    );
}

/// Three threads, bound 2 (3 takes minutes), 196 executions. Kills: two producers who both put a
/// next block there; one who uses the old block after the end has moved.
#[test]
fn producers_meet_at_the_edge() {
    let name = "producers_meet_at_the_edge";
    outcomes(name, Preemptions(2), 65, [[1, 2], [2, 1]], || {
        let queue = at_the_edge();
        let threads = [1, 2].map(|n| {
            let producer = queue.clone();
            thread::spawn(move || producer.push_many(&mut vec![item(n)]).unwrap())
        });
        for thread in threads {
            thread.join().unwrap();
        }
        [0; 2].map(|_| queue.pop().unwrap().read())
    });
}

/// Three threads, bound 2 (3 takes minutes), 1,912 executions. Kills: a consumer who goes on from
/// where it finds the end and not from the block that is there.
#[test]
fn consumers_meet_at_the_edge() {
    model("consumers_meet_at_the_edge", Preemptions(2), 637, || {
        let queue = at_the_edge();
        queue.push_many(&mut vec![item(1), item(2)]).unwrap();
        let threads = [0; 2].map(|_| {
            let consumer = queue.clone();
            thread::spawn(move || {
                let mut popped = Vec::new();
                consumer.pop_many(&mut popped, 1).unwrap();
                popped[0].bump()
            })
        });
        let mut popped = threads.map(|thread| thread.join().unwrap());
        popped.sort();
        assert_eq!(popped, [1, 2]);
    });
}

/// Three threads, bound 2 (3 takes minutes), 31,597 executions: one consumer is still reading when
/// another leaves the block. Kills: a block that goes when its last slot was read; a Relaxed store
/// of `READ`, or load.
#[test]
fn a_block_goes_when_all_is_read() {
    model(
        "a_block_goes_when_all_is_read",
        Preemptions(2),
        10_532,
        || {
            let queue = Queue::unbounded();
            for n in 0..3 {
                queue.push(item(n)).unwrap();
            }
            assert_eq!(queue.pop().unwrap().read(), 0);
            let threads = [0; 2].map(|_| {
                let consumer = queue.clone();
                thread::spawn(move || consumer.pop().unwrap().bump())
            });
            // Takes what was left for a new block, as soon as there is one.
            for n in 3..8 {
                queue.push(item(n)).unwrap();
            }
            let mut popped = threads.map(|thread| thread.join().unwrap());
            popped.sort();
            assert_eq!(popped, [1, 2]);
            assert!(queue.drain().iter().map(Payload::read).eq(3..8));
        },
    );
}

/// Two threads, bound 2, 40,313 executions: a burst goes through, block after block. Kills: a block that
/// is used again and not cleared.
#[test]
fn blocks_are_used_again() {
    model("blocks_are_used_again", Preemptions(2), 13_437, || {
        let queue = at_the_edge();
        let producer = queue.clone();
        let thread = thread::spawn(move || {
            producer.push_many(&mut (1..5).map(item).collect()).unwrap();
        });
        for n in 1..5 {
            assert_eq!(queue.pop().unwrap().read(), n);
        }
        thread.join().unwrap();
        assert_eq!(queue.try_pop().unwrap_err(), TryPopError::Empty);
    });
}

/// Three threads, exhaustive, 30 executions. Kills: an exchange that does not hand over what goes
/// in, or what comes out.
#[test]
fn what_is_spared_is_handed_over() {
    model("what_is_spared_is_handed_over", Exhaustive, 10, || {
        let spare = Arc::new(Spare::new());
        let threads = [0; 2].map(|_| {
            let spare = spare.clone();
            thread::spawn(move || {
                let used = spare.replace(None);
                let used = used.unwrap_or_else(|| Box::new(Payload::new(0)));
                used.bump();
                if let Some(other) = spare.replace(Some(used)) {
                    other.bump();
                }
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// Two threads, bound 3, 822 executions (RUSTSEC-2025-0024, crossbeam#1187): the last handle goes
/// while the first push is not long over. Kills: items that are dropped twice, or not at all.
#[test]
fn what_is_left_is_dropped_once() {
    model("what_is_left_is_dropped_once", Preemptions(3), 274, || {
        let drops = DropCount::new();
        let queue = Queue::unbounded();
        let items: Vec<_> = (0..2).map(|n| drops.value(item(n))).collect();
        let producer = queue.clone();
        let thread = thread::spawn(move || {
            for item in items {
                assert!(producer.push(item).is_ok());
            }
        });
        let popped = queue.try_pop().is_ok();
        drop(queue);
        thread.join().unwrap();
        let _ = popped;
        assert_eq!(drops.get(), 2);
    });
}

/// Two threads, exhaustive, 1,357 executions. Kills: a `close` without Release, or a look without
/// Acquire.
#[test]
fn who_finds_a_queue_closed_sees_what_came_before() {
    let name = "who_finds_a_queue_closed_sees_what_came_before";
    model(name, Exhaustive, 452, || {
        let queue = Queue::<Payload>::unbounded();
        let wrote = std::sync::Arc::new(Payload::new(0));
        let (closer, writer) = (queue.clone(), wrote.clone());
        let thread = thread::spawn(move || {
            writer.write(1);
            closer.close();
        });
        if queue
            .try_pop()
            .is_err_and(|error| error == TryPopError::Closed)
        {
            assert_eq!(wrote.read(), 1);
        }
        thread.join().unwrap();
        assert!(matches!(queue.pop(), Err(PopError)));
    });
}
