//! The semaphore against a plain reference model, over random sequences of operations.
//!
//! The model is a number and a queue. After each operation, everybody who was woken is polled,
//! oldest first, until nobody is; then the semaphore and the model must agree in every number,
//! and no wake-up may be missing: whoever stands in line could not go in.

use proptest::prelude::*;
use rungs::sync::{Closed, OwnedPermit, Semaphore, TryAcquireError};
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

#[derive(Clone, Debug)]
enum Op {
    Acquire(usize),
    TryAcquire(usize),
    /// Polls a waiter that was not woken.
    Poll(usize),
    DropWaiter(usize),
    DropPermit(usize),
    Forget(usize),
    Split(usize, usize),
    Merge(usize, usize),
    Add(usize),
    Reduce(usize),
    Drain,
    Close,
}

fn op() -> impl Strategy<Value = Op> {
    let index = 0..8usize;
    let few = 0..4usize;
    prop_oneof![
        6 => few.clone().prop_map(Op::Acquire),
        3 => few.clone().prop_map(Op::TryAcquire),
        2 => index.clone().prop_map(Op::Poll),
        2 => index.clone().prop_map(Op::DropWaiter),
        5 => index.clone().prop_map(Op::DropPermit),
        1 => index.clone().prop_map(Op::Forget),
        1 => (index.clone(), few.clone()).prop_map(|(i, n)| Op::Split(i, n)),
        1 => (index.clone(), index.clone()).prop_map(|(i, j)| Op::Merge(i, j)),
        3 => few.clone().prop_map(Op::Add),
        2 => few.clone().prop_map(Op::Reduce),
        1 => Just(Op::Drain),
        1 => prop::bool::weighted(0.1).prop_map(|close| if close { Op::Close } else { Op::Add(1) }),
    ]
}

/// A waker that remembers that it was called.
#[derive(Default)]
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Relaxed);
    }
}

type Acquiring = Pin<Box<dyn Future<Output = Result<OwnedPermit, Closed>>>>;

struct Waiter {
    wants: usize,
    acquire: Acquiring,
    bell: Arc<Bell>,
}

impl Waiter {
    fn poll(&mut self) -> Poll<Result<OwnedPermit, Closed>> {
        let waker = Waker::from(self.bell.clone());
        self.acquire.as_mut().poll(&mut Context::from_waker(&waker))
    }

    fn was_woken(&self) -> bool {
        self.bell.0.swap(false, Relaxed)
    }
}

/// The semaphore, and the model beside it.
struct Pair {
    real: Arc<Semaphore>,
    /// Whether nobody passes the line.
    strict: bool,
    max: isize,
    free: isize,
    closed: bool,
    line: VecDeque<Waiter>,
    held: Vec<OwnedPermit>,
}

impl Pair {
    fn admits(&self, wants: usize) -> bool {
        wants == 0 || self.free >= wants as isize
    }

    /// Whether a newcomer goes in; `None` where it depends on how long the head has waited.
    fn lets_in(&self, wants: usize) -> Option<bool> {
        match (self.admits(wants), self.line.is_empty()) {
            _ if wants == 0 => Some(true),
            (false, _) => Some(false),
            (true, true) => Some(true),
            (true, false) if self.strict => Some(false),
            (true, false) => None,
        }
    }

    fn went_in(&mut self, permit: OwnedPermit, wants: usize) {
        assert_eq!(permit.count(), wants);
        assert!(self.admits(wants), "{wants} of {} went in", self.free);
        self.free -= wants as isize;
        self.held.push(permit);
    }

    /// What comes back, up to the most that may be free.
    fn came_back(&mut self, count: usize) {
        self.free = (self.free + count as isize).min(self.max);
    }

    fn acquire(&mut self, wants: usize) {
        let may = self.lets_in(wants);
        let mut waiter = Waiter {
            wants,
            acquire: Box::pin(self.real.acquire_many_owned_async(wants)),
            bell: Arc::default(),
        };
        match waiter.poll() {
            Poll::Ready(Ok(permit)) => {
                assert!(!self.closed && may != Some(false));
                self.went_in(permit, wants);
            }
            Poll::Ready(Err(Closed)) => assert!(self.closed),
            Poll::Pending => {
                assert!(!self.closed && may != Some(true));
                self.line.push_back(waiter);
            }
        }
    }

    fn try_acquire(&mut self, wants: usize) {
        let may = self.lets_in(wants);
        match self.real.try_acquire_many_owned(wants) {
            Ok(permit) => {
                assert!(!self.closed && may != Some(false));
                self.went_in(permit, wants);
            }
            Err(TryAcquireError::Closed) => assert!(self.closed),
            Err(TryAcquireError::NoPermits) => assert!(!self.closed && may != Some(true)),
        }
    }

    /// Polls one who was not woken: strictly, it does not pass those before it.
    fn poll(&mut self, index: usize) {
        if let Some(waiter) = self.line.get_mut(index) {
            let wants = waiter.wants;
            if let Poll::Ready(got) = waiter.poll() {
                assert!(!self.strict, "it was not woken");
                self.line.remove(index);
                self.went_in(got.expect("not closed: nobody was woken"), wants);
            }
        }
    }

    fn run(&mut self, op: Op) {
        match op {
            Op::Acquire(wants) => self.acquire(wants),
            Op::TryAcquire(wants) => self.try_acquire(wants),
            Op::Poll(index) => self.poll(index),
            Op::DropWaiter(index) => drop(self.line.remove(index)),
            Op::DropPermit(index) if index < self.held.len() => {
                let permit = self.held.swap_remove(index);
                self.came_back(permit.count());
            }
            Op::Forget(index) if index < self.held.len() => self.held.swap_remove(index).forget(),
            Op::Split(index, count) if index < self.held.len() => {
                let whole = self.held[index].count();
                let part = self.held[index].split(count);
                assert_eq!(part.is_some(), count <= whole);
                self.held.extend(part);
            }
            Op::Merge(index, other) if index < other && other < self.held.len() => {
                let other = self.held.remove(other);
                self.held[index].merge(other);
            }
            Op::Add(count) => {
                let fits = self.free + count as isize <= self.max;
                assert_eq!(self.real.add_permits(count).is_ok(), fits);
                self.free += if fits { count as isize } else { 0 };
            }
            Op::Reduce(count) => {
                self.real.reduce_permits(count).unwrap();
                self.free -= count as isize;
            }
            Op::Drain => {
                assert_eq!(self.real.drain() as isize, self.free.max(0));
                self.free = self.free.min(0);
            }
            Op::Close => {
                assert_eq!(self.real.close(), !self.closed);
                self.closed = true;
            }
            Op::DropPermit(_) | Op::Forget(_) | Op::Split(..) | Op::Merge(..) => {}
        }
    }

    /// Polls who was woken, oldest first, until nobody is.
    fn settle(&mut self) {
        while let Some(index) = self.line.iter().position(Waiter::was_woken) {
            let wants = self.line[index].wants;
            match self.line[index].poll() {
                Poll::Ready(Ok(permit)) => {
                    assert!(index == 0, "in order");
                    self.line.remove(index);
                    self.went_in(permit, wants);
                }
                Poll::Ready(Err(Closed)) => {
                    assert!(self.closed);
                    self.line.remove(index);
                }
                Poll::Pending => {}
            }
        }
    }

    fn check(&self) {
        assert_eq!(self.real.available(), self.free);
        assert_eq!(self.real.waiters(), self.line.len());
        assert_eq!(self.real.is_closed(), self.closed);
        match self.line.front() {
            Some(_) if self.closed => panic!("who waited was told"),
            Some(head) => assert!(!self.admits(head.wants), "nobody woke the head"),
            None => {}
        }
    }
}

fn agrees(real: Semaphore, strict: bool, max: isize, ops: Vec<Op>) {
    let mut pair = Pair {
        free: real.available(),
        real: Arc::new(real),
        strict,
        max,
        closed: false,
        line: VecDeque::new(),
        held: Vec::new(),
    };
    for op in ops {
        pair.run(op);
        pair.settle();
        pair.check();
    }
    // What is held comes back, and serves whom it can.
    while let Some(permit) = pair.held.pop() {
        pair.came_back(permit.count());
        drop(permit);
        pair.settle();
        pair.check();
    }
}

const MAX: isize = Semaphore::MAX_PERMITS as isize;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn an_eventually_fair_semaphore_agrees_with_the_model(
        permits in 0..5usize,
        ops in prop::collection::vec(op(), 1..60),
    ) {
        agrees(Semaphore::new(permits), false, MAX, ops);
    }

    #[test]
    fn a_strictly_fair_semaphore_agrees_with_the_model(
        permits in 0..5usize,
        ops in prop::collection::vec(op(), 1..60),
    ) {
        agrees(Semaphore::fair(permits), true, MAX, ops);
    }

    /// tokio#3644, #8548 (overflow), tokio#8020 (forget and close).
    #[test]
    fn a_bounded_semaphore_agrees_with_the_model(
        permits in 0..5usize,
        ops in prop::collection::vec(op(), 1..60),
    ) {
        agrees(Semaphore::bounded(permits, 5), false, 5, ops);
    }
}
