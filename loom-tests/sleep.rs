//! The sleep protocol, with workers that do nothing else.

use super::support::{Bound::*, Payload, model};
use crate::executor::sleep::{Sleep, Sleeper};
use crate::sync::Event;
use crate::sys::deque::{Injector, Steal};
use loom::thread;
use std::sync::Arc;

struct Case {
    sleep: Sleep,
    queue: Injector<usize>,
    payload: Payload,
}

impl Case {
    fn new(workers: usize) -> Arc<Self> {
        Arc::new(Self {
            sleep: Sleep::new(workers),
            queue: Injector::new(),
            payload: Payload::new(0),
        })
    }

    fn push(&self, item: usize) {
        self.queue.push(item);
        self.sleep.notify();
    }

    /// The next item; `None` at the end of the pool.
    fn next(&self, sleeper: &mut Sleeper) -> Option<usize> {
        loop {
            if let Steal::Success(item) = self.queue.steal() {
                self.sleep.found(sleeper, || !self.queue.is_empty());
                return Some(item);
            }
            if !self
                .sleep
                .sleep(sleeper, || !self.queue.is_empty(), || true)
            {
                return None;
            }
        }
    }
}

/// Two threads, exhaustive. Kills: either fence removed or weakened, a worker that looks before
/// it registers, a `notify` that wakes nobody.
#[test]
fn a_push_is_not_slept_through() {
    model("a_push_is_not_slept_through", Exhaustive, 50, || {
        let case = Case::new(1);
        let producer = case.clone();
        let producer = thread::spawn(move || producer.push(1));
        let mut sleeper = Sleeper::new();
        assert_eq!(case.next(&mut sleeper), Some(1));
        producer.join().unwrap();
    });
}

/// Two threads, bound 4 (exhaustive: 528,869 executions). The second push may meet the search for
/// the first, or the next registration.
#[test]
fn a_second_push_is_not_slept_through() {
    model(
        "a_second_push_is_not_slept_through",
        Preemptions(4),
        50,
        || {
            let case = Case::new(1);
            let producer = case.clone();
            let producer = thread::spawn(move || {
                producer.push(1);
                producer.push(2);
            });
            let mut sleeper = Sleeper::new();
            assert_eq!(case.next(&mut sleeper), Some(1));
            assert_eq!(case.next(&mut sleeper), Some(2));
            producer.join().unwrap();
        },
    );
}

/// Three threads, bound 3. Two items, each taken by one who then waits for the other: as long as
/// one of them sleeps, the other waits. Kills: a last searcher that wakes nobody, `found` without
/// its fence.
#[test]
fn the_last_searcher_wakes_one_more() {
    model(
        "the_last_searcher_wakes_one_more",
        Preemptions(3),
        100,
        || {
            let case = Case::new(2);
            let met = Arc::new([Event::new(false), Event::new(false)]);
            let threads = [0, 1].map(|_| {
                let (case, met) = (case.clone(), met.clone());
                thread::spawn(move || {
                    let item = case.next(&mut Sleeper::new()).unwrap();
                    met[item].set();
                    met[1 - item].wait();
                })
            });
            case.push(0);
            case.push(1);
            for thread in threads {
                thread.join().unwrap();
            }
        },
    );
}

/// Three threads, bound 3: two workers, and one that pushes and closes. Kills: a closer that
/// wakes nobody, a `finish` that wakes nobody, or that does not look under the lock.
#[test]
fn a_closed_pool_ends_when_all_is_done() {
    model(
        "a_closed_pool_ends_when_all_is_done",
        Preemptions(3),
        100,
        || {
            let case = Case::new(2);
            let workers = [0, 1].map(|_| {
                let case = case.clone();
                thread::spawn(move || {
                    let mut sleeper = Sleeper::new();
                    let mut taken = 0;
                    while case.next(&mut sleeper).is_some() {
                        case.payload.bump();
                        taken += 1;
                    }
                    taken
                })
            });
            case.push(1);
            case.sleep.close();
            let taken: usize = workers.map(|worker| worker.join().unwrap()).iter().sum();
            assert_eq!(taken, 1);
            assert_eq!(case.payload.read(), 1);
            assert!(case.sleep.is_over());
        },
    );
}
