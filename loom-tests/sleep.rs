//! The sleep protocol, with workers that do nothing else.

use super::support::{Bound::*, Payload, model};
use crate::executor::sleep::{Call, Hired, Sleep, Sleeper, Slept};
use crate::sync::Event;
use crate::sys::clock;
use crate::sys::deque::{Injector, Steal};
use loom::thread;
use std::sync::{Arc, Mutex};
use std::time::Duration;

struct Case {
    sleep: Sleep,
    /// Workers, who have begun, but for their threads.
    hired: Mutex<Vec<Hired>>,
    queue: Injector<usize>,
    payload: Payload,
}

impl Case {
    /// With so many workers, who stay.
    fn new(workers: usize) -> Arc<Self> {
        Self::elastic(workers, workers, workers)
    }

    /// With so many workers, of whom fewer may stay, or more be hired.
    fn elastic(workers: usize, least: usize, most: usize) -> Arc<Self> {
        let sleep = Sleep::new(least, most);
        let hired = sleep.hire(workers);
        hired.iter().for_each(|_| sleep.begin());
        Arc::new(Self {
            hired: Mutex::new(hired),
            sleep,
            queue: Injector::new(),
            payload: Payload::new(0),
        })
    }

    /// The calling thread becomes a worker.
    fn worker(&self) -> Sleeper {
        Sleeper::new(self.hired.lock().unwrap().pop().unwrap())
    }

    /// The worker that it is for the caller to start, if any.
    fn push(&self, item: usize) -> Option<Hired> {
        self.queue.push(item);
        match self.sleep.notify() {
            Call::Hire(hired) => Some(hired),
            Call::Done => None,
        }
    }

    /// The next item; `None` where the worker is to end.
    fn next(&self, sleeper: &mut Sleeper) -> Option<usize> {
        let is_more = || !self.queue.is_empty();
        loop {
            if let Steal::Success(item) = self.queue.steal() {
                is_done(self.sleep.found(sleeper, is_more));
                return Some(item);
            }
            // Alarms come whenever they please.
            let until = || Some(clock::now() + Duration::from_secs(1));
            if self.sleep.sleep(sleeper, until, is_more, || true) != Slept::Woken {
                return None;
            }
        }
    }

    /// Sleeps first, and takes what it finds after that, until the pool ends; how much.
    fn sleep_and_take(&self) -> usize {
        let is_more = || !self.queue.is_empty();
        let (mut sleeper, mut taken) = (self.worker(), 0);
        while self.sleep.sleep(&mut sleeper, || None, is_more, || true) == Slept::Woken {
            if let Steal::Success(_) = self.queue.steal() {
                is_done(self.sleep.found(&mut sleeper, is_more));
                taken += 1;
            }
        }
        taken
    }

    /// Has nothing to do, until it leaves or the pool ends.
    fn rest(&self) -> Slept {
        let mut sleeper = self.worker();
        loop {
            if self.sleep.is_crowded() {
                is_done(self.sleep.found(&mut sleeper, || false));
                if self.sleep.dismiss(&sleeper) {
                    return Slept::Left;
                }
            }
            let slept = self.sleep.sleep(&mut sleeper, || None, || false, || true);
            if slept != Slept::Woken {
                return slept;
            }
        }
    }
}

fn is_done(call: Call) {
    assert!(matches!(call, Call::Done));
}

fn hired(call: Call) -> Hired {
    match call {
        Call::Hire(hired) => hired,
        Call::Done => panic!("nobody is hired"),
    }
}

/// Two threads, exhaustive. Kills: either fence removed or weakened, a worker that looks before
/// it registers, a `notify` that wakes nobody.
#[test]
fn a_push_is_not_slept_through() {
    model("a_push_is_not_slept_through", Exhaustive, 50, || {
        let case = Case::new(1);
        let producer = case.clone();
        let producer = thread::spawn(move || assert!(producer.push(1).is_none()));
        let mut sleeper = case.worker();
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
                assert!(producer.push(1).is_none() && producer.push(2).is_none());
            });
            let mut sleeper = case.worker();
            assert_eq!(case.next(&mut sleeper), Some(1));
            assert_eq!(case.next(&mut sleeper), Some(2));
            producer.join().unwrap();
        },
    );
}

/// tokio#8056: two pushes, and one idle worker that is told of only one.
///
/// Three threads, bound 2 (bound 3: 52,693 executions). Two items, each taken by one who then waits
/// for the other: as long as one of them sleeps, the other waits. Kills: a last searcher that wakes
/// nobody, `found` without its fence, a worker that looks again, finds something, and does not count
/// as searching.
#[test]
fn the_last_searcher_wakes_one_more() {
    model(
        "the_last_searcher_wakes_one_more",
        Preemptions(2),
        100,
        || {
            let case = Case::new(2);
            let met = Arc::new([Event::new(false), Event::new(false)]);
            let threads = [0, 1].map(|_| {
                let (case, met) = (case.clone(), met.clone());
                thread::spawn(move || {
                    let item = case.next(&mut case.worker()).unwrap();
                    met[item].set();
                    met[1 - item].wait();
                })
            });
            assert!(case.push(0).is_none() && case.push(1).is_none());
            for thread in threads {
                thread.join().unwrap();
            }
        },
    );
}

/// rayon#201: an end that meets a worker on its way to sleep.
///
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
                    let mut sleeper = case.worker();
                    let mut taken = 0;
                    while case.next(&mut sleeper).is_some() {
                        case.payload.bump();
                        taken += 1;
                    }
                    taken
                })
            });
            assert!(case.push(1).is_none());
            case.sleep.close();
            let taken: usize = workers.map(|worker| worker.join().unwrap()).iter().sum();
            assert_eq!(taken, 1);
            assert_eq!(case.payload.read(), 1);
            assert!(case.sleep.is_over());
        },
    );
}

/// Three threads, bound 2: a worker that is not needed leaves while something is pushed, and the
/// system starts no other. The one that stays takes it. Kills: a `retire` that does not look
/// whether it was taken off the list.
#[test]
fn who_has_slept_for_too_long_leaves_no_push_behind() {
    model(
        "who_has_slept_for_too_long_leaves_no_push_behind",
        Preemptions(2),
        100,
        || {
            let case = Case::elastic(2, 1, 2);
            let taken = Arc::new(Event::new(false));
            let workers = [0, 1].map(|_| {
                let (case, taken) = (case.clone(), taken.clone());
                thread::spawn(move || {
                    let mut sleeper = case.worker();
                    while case.next(&mut sleeper).is_some() {
                        case.payload.bump();
                        taken.set();
                    }
                })
            });
            clock::expire_all();
            if let Some(hired) = case.push(7) {
                // The system starts no thread.
                let is_more = || !case.queue.is_empty();
                is_done(case.sleep.leave_unstarted(hired, is_more));
            }
            taken.wait();
            case.sleep.close();
            for worker in workers {
                worker.join().unwrap();
            }
            assert_eq!(case.payload.read(), 1);
        },
    );
}

/// Three threads, bound 2, 2,366 executions: two workers that sleep for ever, or are about to, and a
/// pool that is to have one. Kills: a `resize` that wakes nobody, or shows nobody that there are too
/// many; a worker that is one too many and goes to sleep.
#[test]
fn a_worker_too_many_does_not_sleep_on() {
    model(
        "a_worker_too_many_does_not_sleep_on",
        Preemptions(2),
        50,
        || {
            let case = Case::new(2);
            let left = Arc::new(Event::new(false));
            let workers = [0, 1].map(|_| {
                let (case, left) = (case.clone(), left.clone());
                thread::spawn(move || {
                    if case.rest() == Slept::Left {
                        left.set();
                    }
                })
            });
            case.sleep.resize(1, 1);
            left.wait();
            case.sleep.close();
            for worker in workers {
                worker.join().unwrap();
            }
            assert_eq!(case.sleep.strength().workers, 1);
        },
    );
}

/// One thread: a pool that could start no thread tries again when a worker has slept, or blocks, or
/// the pool is resized, and not before. Kills: a failure that is forgotten at once, or remembered
/// beyond any of these; a push that hires while another is about to start.
#[test]
fn what_did_not_start_is_tried_again_for_a_reason() {
    let name = "what_did_not_start_is_tried_again_for_a_reason";
    model(name, Exhaustive, 1, || {
        let case = Case::elastic(1, 1, 3);
        let is_more = || !case.queue.is_empty();
        let fails = |call| {
            let hired = hired(call);
            assert!(case.push(0).is_none(), "one is about to start");
            is_done(case.sleep.leave_unstarted(hired, is_more));
            assert!(case.push(1).is_none());
        };
        let mut worker = case.worker();
        fails(case.sleep.found(&mut worker, || true));
        fails(case.sleep.block(is_more));
        case.sleep.unblock();
        case.sleep.resize(1, 3);
        fails(case.sleep.notify());
        let slept = case.sleep.sleep(&mut worker, || None, is_more, || true);
        assert_eq!(slept, Slept::Woken);
        fails(case.sleep.found(&mut worker, is_more));
    });
}

/// One thread: a worker that was hired for one that blocks is too many when that one goes on. Kills:
/// an `unblock` that does not show it, a `dismiss` that lets both go.
#[test]
fn who_was_hired_for_one_that_blocks_is_too_many_after_that() {
    let name = "who_was_hired_for_one_that_blocks_is_too_many_after_that";
    model(name, Exhaustive, 1, || {
        let case = Case::new(1);
        let mut first = case.worker();
        is_done(case.sleep.found(&mut first, || false));
        let mut second = Sleeper::new(hired(case.sleep.block(|| true)));
        case.sleep.begin();
        is_done(case.sleep.found(&mut second, || false));
        assert!(!case.sleep.is_crowded() && !case.sleep.dismiss(&first));
        case.sleep.unblock();
        assert!(case.sleep.is_crowded() && case.sleep.dismiss(&first));
        assert!(!case.sleep.is_crowded() && !case.sleep.dismiss(&second));
    });
}

/// Three threads, bound 2, 1,107 executions: two workers that have looked in vain, and a push into a
/// pool that is to end. Whoever finds after its push that the pool has not ended relies on a worker
/// to take it. Kills: a `finish` that does not look at the queues under the lock.
#[test]
fn a_closed_pool_takes_what_comes_before_its_end() {
    model(
        "a_closed_pool_takes_what_comes_before_its_end",
        Preemptions(2),
        50,
        || {
            let case = Case::new(2);
            case.sleep.close();
            let producer = case.clone();
            let producer = thread::spawn(move || {
                assert!(producer.push(1).is_none());
                !producer.sleep.is_over()
            });
            let other = case.clone();
            let other = thread::spawn(move || other.sleep_and_take());
            let taken = case.sleep_and_take() + other.join().unwrap();
            let accepted = producer.join().unwrap();
            assert!(taken == 1 || !accepted);
        },
    );
}

/// One thread: a pool of which no worker was ever hired ends when it is closed. Kills: a `close` that
/// leaves that to a worker.
#[test]
fn a_pool_of_nobody_ends_at_once() {
    model("a_pool_of_nobody_ends_at_once", Exhaustive, 1, || {
        let case = Case::elastic(0, 1, 1);
        case.sleep.close();
        assert!(case.sleep.is_over() && case.sleep.ended().is_set());
    });
}
