//! Service: who is called, who is called again, and when a release may leave it to others.

use super::support::{Bound::*, CountWaker, Payload, model, noop_waker, poll_once};
use crate::sync::{Acquire, Semaphore};
use crate::sys::clock;
use loom::thread;
use std::array;
use std::pin::Pin;
use std::sync::Arc;

/// A waiter that stands in line, and the waker that it stands there with.
struct InLine<'a> {
    acquire: Pin<Box<Acquire<&'a Semaphore>>>,
    waker: CountWaker,
}

impl<'a> InLine<'a> {
    fn new(semaphore: &'a Semaphore, permits: usize) -> Self {
        let mut new = Self {
            acquire: Box::pin(semaphore.acquire_many_async(permits)),
            waker: CountWaker::new(),
        };
        assert!(!new.goes_in());
        new
    }

    /// Polls; what it got is forgotten.
    fn goes_in(&mut self) -> bool {
        let polled = poll_once(self.acquire.as_mut(), &self.waker.waker());
        polled.map(|permits| permits.unwrap().forget()).is_ready()
    }

    fn wakes(&self) -> usize {
        self.waker.wakes()
    }
}

/// Three threads, bound 2 (bound 3 passes, too: 1,749,810 executions). Two in line; a barger takes what the first was called for and gives it
/// back, and that release may be left to the one who was called. Kills: a `try_again` that does
/// not serve, a `refresh` that looks at the state before it clears the flag, a `serve_after` that
/// asks for no call.
#[test]
fn a_release_left_to_a_called_waiter_is_not_lost() {
    model(
        "a_release_left_to_a_called_waiter_is_not_lost",
        Preemptions(2),
        1_000,
        || {
            let semaphore = Arc::new(Semaphore::new(0));
            let waiters = [0, 1].map(|_| {
                let semaphore = semaphore.clone();
                thread::spawn(move || semaphore.acquire().unwrap().forget())
            });
            semaphore.add_permits(1).unwrap();
            drop(semaphore.try_acquire());
            semaphore.add_permits(1).unwrap();
            for waiter in waiters {
                waiter.join().unwrap();
            }
            assert_eq!(semaphore.available(), 0);
        },
    );
}

/// Two threads, exhaustive. The only one called goes away while a release is left to it. Kills:
/// an `abandon` that does not serve.
#[test]
fn a_called_waiter_that_goes_away_serves() {
    model(
        "a_called_waiter_that_goes_away_serves",
        Exhaustive,
        4,
        || {
            let semaphore = Arc::new(Semaphore::new(0));
            let mut called = Box::pin(semaphore.clone().acquire_owned_async());
            assert!(poll_once(called.as_mut(), &noop_waker()).is_pending());
            let mut behind = InLine::new(&semaphore, 1);
            semaphore.add_permits(1).unwrap();
            let permit = semaphore.try_acquire().unwrap();
            let leaver = thread::spawn(move || drop(called));
            drop(permit);
            leaver.join().unwrap();
            assert_eq!(behind.wakes(), 1);
            assert!(behind.goes_in());
        },
    );
}

/// Two threads, exhaustive. The only one called looks, finds nothing, and waits on, while a
/// release is left to it. Kills: `keep_waiting` that keeps the mark, and a `try_again` that does
/// not look once more.
#[test]
fn a_called_waiter_that_waits_on_is_called_again() {
    model(
        "a_called_waiter_that_waits_on_is_called_again",
        Exhaustive,
        10,
        || {
            let semaphore = Arc::new(Semaphore::new(0));
            let mut waiter = InLine::new(&semaphore, 1);
            semaphore.add_permits(1).unwrap();
            let permit = semaphore.clone().try_acquire_owned().unwrap();
            let releaser = thread::spawn(move || drop(permit));
            let went_in = waiter.goes_in();
            releaser.join().unwrap();
            assert!(went_in || waiter.wakes() == 2 && waiter.goes_in());
            assert_eq!(semaphore.available(), 0);
        },
    );
}

/// One thread. As many are called as there are permits for, and nobody twice. Kills: a mark that
/// does not move, a promise that is not counted.
#[test]
fn as_many_are_called_as_can_go_in() {
    model("as_many_are_called_as_can_go_in", Exhaustive, 1, || {
        let semaphore = Semaphore::new(0);
        let mut line: [_; 5] = array::from_fn(|i| InLine::new(&semaphore, [1, 2, 1, 3, 1][i]));
        let wakes = |line: &[InLine<'_>; 5]| line.each_ref().map(InLine::wakes);
        semaphore.add_permits(2).unwrap();
        assert_eq!(wakes(&line), [1, 0, 0, 0, 0]);
        semaphore.add_permits(2).unwrap();
        assert_eq!(wakes(&line), [1, 1, 1, 0, 0]);
        assert!(line[1].goes_in());
        semaphore.add_permits(2).unwrap();
        assert_eq!(wakes(&line), [1, 1, 1, 0, 0], "four, and two are promised");
        semaphore.add_permits(1).unwrap();
        assert_eq!(wakes(&line), [1, 1, 1, 1, 0]);
        for i in [0, 2, 3] {
            assert!(line[i].goes_in());
        }
        assert_eq!((semaphore.available(), semaphore.waiters()), (0, 1));
        semaphore.add_permits(1).unwrap();
        assert!(line[4].wakes() == 1 && line[4].goes_in());
    });
}

/// One thread. What one release gives may be left to one who was called; what two give may not.
/// Kills: `is_spoken_for` of more than one.
#[test]
fn a_second_release_calls_the_second_waiter() {
    model(
        "a_second_release_calls_the_second_waiter",
        Exhaustive,
        1,
        || {
            let semaphore = Semaphore::new(0);
            let mut line: [_; 2] = array::from_fn(|_| InLine::new(&semaphore, 1));
            semaphore.add_permits(1).unwrap();
            semaphore.add_permits(1).unwrap();
            assert_eq!(line.each_ref().map(InLine::wakes), [1, 1]);
            assert!(line.iter_mut().all(InLine::goes_in));
        },
    );
}

/// One thread. Once the head starves, nothing is left to those who were called behind it. Kills:
/// a `serve_after` that does not ask whether the line is ordered.
#[test]
fn a_release_to_an_ordered_line_is_not_left_to_the_called() {
    let name = "a_release_to_an_ordered_line_is_not_left_to_the_called";
    model(name, Exhaustive, 1, || {
        let semaphore = Semaphore::new(0);
        let mut head = InLine::new(&semaphore, 1);
        let mut behind = InLine::new(&semaphore, 1);
        semaphore.add_permits(2).unwrap();
        let mut rest = semaphore.try_acquire_many(2).unwrap();
        let one = rest.split(1);
        clock::expire_all();
        assert!(!head.goes_in());
        drop(one);
        assert_eq!([head.wakes(), behind.wakes()], [2, 1]);
        assert_eq!(semaphore.available(), 0);
        assert!(head.goes_in(), "it was granted");
        assert!(!behind.goes_in());
    });
}

/// One thread. What was promised to one who goes away is promised to the next. Kills: an `unlink`
/// that does not take back the promise, or that leaves the mark on a node that is gone.
#[test]
fn a_promise_passes_to_the_next() {
    model("a_promise_passes_to_the_next", Exhaustive, 1, || {
        let semaphore = Semaphore::new(0);
        let mut one = InLine::new(&semaphore, 2);
        let two = InLine::new(&semaphore, 1);
        let three = InLine::new(&semaphore, 1);
        let mut four = InLine::new(&semaphore, 1);
        semaphore.add_permits(1).unwrap();
        semaphore.add_permits(2).unwrap();
        assert_eq!([one.wakes(), two.wakes(), three.wakes()], [1, 1, 0]);
        // The mark stands on the third.
        drop(three);
        assert_eq!(four.wakes(), 0);
        drop(two);
        assert_eq!(four.wakes(), 1);
        assert!(one.goes_in() && four.goes_in());
        assert_eq!((semaphore.available(), semaphore.waiters()), (0, 0));
    });
}

/// One thread. A called waiter that finds too little lets those behind it be called who need
/// less, once it has left. Kills: a mark that is not put back.
#[test]
fn who_is_passed_by_is_called_again_first() {
    model(
        "who_is_passed_by_is_called_again_first",
        Exhaustive,
        1,
        || {
            let semaphore = Semaphore::new(0);
            let mut large = InLine::new(&semaphore, 2);
            let mut small = InLine::new(&semaphore, 1);
            semaphore.add_permits(3).unwrap();
            assert_eq!([large.wakes(), small.wakes()], [1, 1]);
            let barger = semaphore.try_acquire_many(2).unwrap();
            assert!(!large.goes_in(), "one is left");
            drop(barger);
            assert_eq!(
                large.wakes(),
                2,
                "three are there, and the small one was called"
            );
            assert!(large.goes_in() && small.goes_in());
            assert_eq!((semaphore.available(), semaphore.waiters()), (0, 0));
        },
    );
}

/// Two threads, exhaustive. Kills: `drain` with Relaxed.
#[test]
fn who_drains_sees_what_the_releaser_wrote() {
    model(
        "who_drains_sees_what_the_releaser_wrote",
        Exhaustive,
        3,
        || {
            let shared = Arc::new((Semaphore::new(0), Payload::new(0)));
            let other = shared.clone();
            let releaser = thread::spawn(move || {
                other.1.write(1);
                other.0.add_permits(2).unwrap();
            });
            match shared.0.drain() {
                0 => {}
                drained => assert_eq!((drained, shared.1.read()), (2, 1)),
            }
            releaser.join().unwrap();
        },
    );
}

/// Two threads, exhaustive. A debt is paid before anybody goes in. Kills: a rule that lets in at
/// a state below zero.
#[test]
fn a_debt_is_paid_first() {
    model("a_debt_is_paid_first", Exhaustive, 10, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = semaphore.clone().try_acquire_owned().unwrap();
        let mut waiter = InLine::new(&semaphore, 1);
        let other = semaphore.clone();
        let reducer = thread::spawn(move || other.reduce_permits(2).unwrap());
        drop(permit);
        let went_in = waiter.goes_in();
        reducer.join().unwrap();
        assert_eq!(semaphore.available(), if went_in { -2 } else { -1 });
        semaphore.add_permits(3).unwrap();
        assert!(went_in || waiter.goes_in());
        assert_eq!(semaphore.available(), 1);
    });
}
