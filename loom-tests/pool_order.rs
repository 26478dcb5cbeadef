//! Outputs in the order of taking.

use super::support::{Bound::*, Payload, PlainQueue as Queue, caught, model, spawn, throw};
use crate::pool::ordered::{Numbered, Stream};
use crate::pool::source::Source;
use crate::pool::{Order, WorkerPool};
use crate::queue::Queue as Outputs;
use crate::wait::block_on;
use std::sync::Arc;

type Numbers = Numbered<Queue<usize>, Payload>;

/// A closed queue of `items` numbers, and where their outputs go.
fn numbers(items: usize, look_ahead: usize) -> (Arc<Numbers>, Outputs<Payload>) {
    let (queue, outputs) = (Queue::unbounded(), Outputs::bounded(2));
    (0..items).for_each(|n| queue.push(n).unwrap());
    queue.close();
    let stream = Stream::new(outputs.clone(), look_ahead);
    (Arc::new(Numbers::new(queue, stream)), outputs)
}

/// What a worker does with one item; the number 1 makes its handler panic where `bad`.
fn work(numbers: &Numbers, bad: bool) {
    let taken = numbers.try_take().or_else(|_| block_on(numbers.take()));
    let Ok((place, n)) = taken else {
        return;
    };
    let settled = caught(|| {
        Numbers::settle(place, || match n {
            0 if bad => throw("the first"),
            _ => {
                let output = Payload::new(0);
                output.write(n);
                output
            }
        });
    });
    assert_eq!(settled.is_err(), bad && n == 0);
}

fn outputs_of(outputs: &Outputs<Payload>) -> Vec<usize> {
    outputs.try_iter().map(|output| output.read()).collect()
}

/// Two threads, bound 3. Kills: a place that is given after the turn has passed on; two that push
/// at a time; an output that stays behind because the one before came later.
#[test]
fn outputs_leave_in_the_order_of_taking() {
    let name = "outputs_leave_in_the_order_of_taking";
    model(name, Preemptions(3), 500, || {
        let (numbers, outputs) = numbers(2, 2);
        let other = numbers.clone();
        let other = spawn(move || work(&other, false));
        work(&numbers, false);
        other.join().unwrap();
        assert_eq!(outputs_of(&outputs), [0, 1]);
    });
}

/// Two threads, bound 3. Kills: a place of a panicked item that is not settled.
#[test]
fn a_panicked_item_does_not_hold_the_others_up() {
    let name = "a_panicked_item_does_not_hold_the_others_up";
    model(name, Preemptions(3), 500, || {
        let (numbers, outputs) = numbers(2, 2);
        let other = numbers.clone();
        let other = spawn(move || work(&other, true));
        work(&numbers, true);
        other.join().unwrap();
        assert_eq!(outputs_of(&outputs), [1]);
    });
}

/// Two threads, bound 2. Kills: a permit of the window that does not come back.
#[test]
fn who_waits_for_the_slowest_goes_on_after_it() {
    let name = "who_waits_for_the_slowest_goes_on_after_it";
    model(name, Preemptions(2), 2_553, || {
        let (numbers, outputs) = numbers(3, 1);
        let other = numbers.clone();
        let other = spawn(move || work(&other, true));
        work(&numbers, true);
        work(&numbers, true);
        other.join().unwrap();
        assert_eq!(outputs_of(&outputs), [1, 2]);
    });
}

/// Two threads, bound 2: starting and ending a worker is part of each. Kills: an output that is
/// pushed under a lock that its consumer needs; a pool that counts an item as over before its
/// output is out.
#[test]
fn a_worker_waits_where_its_output_has_no_room() {
    let name = "a_worker_waits_where_its_output_has_no_room";
    model(name, Preemptions(2), 19_412, || {
        let outputs = Outputs::bounded(1);
        let order = Order::Taken { look_ahead: 2 };
        let pool = WorkerPool::builder()
            .workers(1)
            .build_into(Queue::unbounded(), outputs.clone(), order, |(), n: usize| n)
            .unwrap();
        (0..2).for_each(|n| pool.queue().push(n).unwrap());
        assert_eq!(outputs.pop(), Ok(0));
        pool.wait_idle();
        assert_eq!(outputs.try_pop(), Ok(1));
    });
}
