//! `LifoQueue`, `PriorityQueue` and `DelayQueue`, natively: boundaries, every waiter against the
//! end, cancellation at every poll, panics, time.

use crate::common::{Counted, poll_once};
use futures_core::{FusedStream, Stream};
use rungs::future::block_on;
use rungs::queue::{
    DelayQueue, LifoQueue, PopError, PopTimeoutError, PriorityQueue, PushError, PushTimeoutError,
    TryPopError, TryPushError, WorkQueue,
};
use std::cell::Cell;
use std::cmp::{Ordering, Reverse};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);

/// What the three queues have in common, for tests that hold for all.
trait Kind: WorkQueue<Item = u32> + std::fmt::Debug {
    fn bounded(capacity: usize) -> Self;
    fn unbounded() -> Self;
    fn push(&self, n: u32) -> Result<(), PushError<u32>>;
    fn push_timeout(&self, n: u32, timeout: Duration) -> Result<(), PushTimeoutError<u32>>;
    fn push_async(&self, n: u32) -> impl Future<Output = Result<(), PushError<u32>>> + Send;
    fn push_many(&self, items: &mut Vec<u32>) -> Result<(), PushError<()>>;
    fn force_push(&self, n: u32) -> Option<u32>;
    fn reserve_then_push(&self, n: u32) -> bool;
    fn pop(&self) -> Result<u32, PopError>;
    fn pop_timeout(&self, timeout: Duration) -> Result<u32, PopTimeoutError>;
    fn pop_many(&self, into: &mut Vec<u32>, max: usize) -> Result<usize, PopError>;
    fn pop_many_async(
        &self,
        into: &mut Vec<u32>,
        max: usize,
    ) -> impl Future<Output = Result<usize, PopError>> + Send;
    fn closed_timeout(&self, timeout: Duration) -> bool;
    fn stream(&self) -> impl FusedStream<Item = u32> + Send;
    fn first(&self) -> Option<u32>;
}

macro_rules! kind {
    ($Queue:ty, |$n:ident| ($($arg:expr),+), |$entry:ident| $item:expr) => {
        impl Kind for $Queue {
            fn bounded(capacity: usize) -> Self {
                Self::bounded(capacity)
            }
            fn unbounded() -> Self {
                Self::unbounded()
            }
            fn push(&self, $n: u32) -> Result<(), PushError<u32>> {
                self.push($($arg),+).map_err(|PushError($entry)| PushError($item))
            }
            fn push_timeout(&self, $n: u32, d: Duration) -> Result<(), PushTimeoutError<u32>> {
                self.push_timeout($($arg,)+ d).map_err(|error| match error {
                    PushTimeoutError::TimedOut($entry) => PushTimeoutError::TimedOut($item),
                    PushTimeoutError::Closed($entry) => PushTimeoutError::Closed($item),
                })
            }
            async fn push_async(&self, $n: u32) -> Result<(), PushError<u32>> {
                let pushed = self.push_async($($arg),+).await;
                pushed.map_err(|PushError($entry)| PushError($item))
            }
            #[allow(unused_parens)]
            fn push_many(&self, items: &mut Vec<u32>) -> Result<(), PushError<()>> {
                let mut entries = items.drain(..).map(|$n| ($($arg),+)).collect();
                let pushed = self.push_many(&mut entries);
                items.extend(entries.into_iter().map(|$entry| $item));
                pushed
            }
            fn force_push(&self, $n: u32) -> Option<u32> {
                self.force_push($($arg),+).unwrap()
            }
            fn reserve_then_push(&self, $n: u32) -> bool {
                self.reserve().is_ok_and(|slot| slot.push($($arg),+).is_ok())
            }
            fn pop(&self) -> Result<u32, PopError> {
                self.pop()
            }
            fn pop_timeout(&self, timeout: Duration) -> Result<u32, PopTimeoutError> {
                self.pop_timeout(timeout)
            }
            fn pop_many(&self, into: &mut Vec<u32>, max: usize) -> Result<usize, PopError> {
                self.pop_many(into, max)
            }
            async fn pop_many_async(
                &self,
                into: &mut Vec<u32>,
                max: usize,
            ) -> Result<usize, PopError> {
                self.pop_many_async(into, max).await
            }
            fn closed_timeout(&self, timeout: Duration) -> bool {
                self.closed_timeout(timeout).is_ok()
            }
            fn stream(&self) -> impl FusedStream<Item = u32> + Send {
                self.stream()
            }
            fn first(&self) -> Option<u32> {
                self.into_iter().next()
            }
        }
    };
}

kind! { LifoQueue<u32>, |n| (n), |entry| entry }
kind! { PriorityQueue<u32, u32>, |n| (n % 7, n), |entry| entry.1 }
kind! { DelayQueue<u32>, |n| (n, Instant::now()), |entry| entry.0 }

/// Runs a generic test for all kinds.
macro_rules! for_all_kinds {
    ($($name:ident)+) => {
        $(
            #[test]
            fn $name() {
                kinds::$name::<LifoQueue<u32>>();
                kinds::$name::<PriorityQueue<u32, u32>>();
                kinds::$name::<DelayQueue<u32>>();
            }
        )+
    };
}

for_all_kinds! {
    timeouts_reach_from_nothing_to_for_ever
    a_huge_capacity_costs_nothing
    a_queue_without_room_is_refused
    the_end_releases_every_kind_of_waiter
    a_pop_cancelled_at_any_point_loses_nothing
    a_batch_cancelled_at_any_point_loses_nothing
    a_pop_of_many_that_waited_takes_all_that_is_there
    futures_that_are_forgotten_do_no_harm
    a_waker_may_use_the_queue_that_called_it
    ten_thousand_tasks_wait_and_each_gets_an_item
    a_stream_gives_every_item_and_ends
    under_stress_each_item_comes_out_once
    debug_shows_numbers
}

mod kinds {
    use super::*;

    pub(super) fn timeouts_reach_from_nothing_to_for_ever<Q: Kind>() {
        let queue = Q::bounded(1);
        let timed_out = Err(PopTimeoutError::TimedOut);
        assert_eq!(queue.pop_timeout(Duration::ZERO), timed_out);
        assert_eq!(queue.push_timeout(1, Duration::MAX), Ok(()));
        let late = queue.push_timeout(2, Duration::from_millis(1));
        assert_eq!(late, Err(PushTimeoutError::TimedOut(2)));
        assert_eq!(queue.pop_timeout(Duration::MAX), Ok(1));
        assert!(!queue.closed_timeout(Duration::ZERO));
        // crossbeam#798, kanal's panic: a wait for ever that is over at once.
        thread::scope(|s| {
            s.spawn(|| assert_eq!(queue.pop_timeout(Duration::MAX), Ok(3)));
            s.spawn(|| assert!(queue.closed_timeout(Duration::MAX)));
            queue.push(3).unwrap();
            while !queue.is_empty() {
                thread::yield_now();
            }
            queue.close();
        });
        assert_eq!(
            queue.pop_timeout(Duration::MAX),
            Err(PopTimeoutError::Closed)
        );
        assert_eq!(
            queue.push_timeout(4, Duration::MAX),
            Err(PushTimeoutError::Closed(4))
        );
    }

    pub(super) fn a_huge_capacity_costs_nothing<Q: Kind>() {
        // crossbeam#1300
        let queue = Q::bounded(usize::MAX);
        assert!(queue.reserve_then_push(1));
        assert_eq!(queue.force_push(1), None);
        let mut items = Vec::new();
        assert_eq!(queue.pop_many(&mut items, usize::MAX), Ok(2));
        assert_eq!(queue.pop_many(&mut items, 0), Ok(0));
        assert_eq!(items, [1, 1]);
    }

    pub(super) fn a_queue_without_room_is_refused<Q: Kind>() {
        let refused = catch_unwind(|| drop(Q::bounded(0)));
        let message = *refused.unwrap_err().downcast::<&str>().unwrap();
        assert_eq!(message, "`capacity` is 0");
    }

    pub(super) fn the_end_releases_every_kind_of_waiter<Q: Kind>() {
        for discard in [false, true] {
            let (empty, full) = (Q::unbounded(), Q::bounded(1));
            full.push(0).unwrap();
            let mut pop = pin!(empty.pop_async());
            let mut push = pin!(full.push_async(5));
            assert!(poll_once(pop.as_mut()).is_pending());
            assert!(poll_once(push.as_mut()).is_pending());
            thread::scope(|s| {
                s.spawn(|| assert_eq!(empty.pop(), Err(PopError)));
                s.spawn(|| assert_eq!(empty.pop_timeout(HOUR), Err(PopTimeoutError::Closed)));
                s.spawn(|| assert_eq!(empty.pop_many(&mut Vec::new(), 3), Err(PopError)));
                s.spawn(|| assert_eq!(empty.first(), None));
                s.spawn(|| assert!(empty.closed_timeout(HOUR)));
                s.spawn(|| assert_eq!(full.push(1), Err(PushError(1))));
                s.spawn(|| {
                    assert_eq!(full.push_timeout(2, HOUR), Err(PushTimeoutError::Closed(2)))
                });
                s.spawn(|| assert_eq!(block_on(full.push_async(3)), Err(PushError(3))));
                s.spawn(|| assert!(!full.reserve_then_push(4)));
                s.spawn(|| {
                    let mut items = vec![6, 7];
                    assert_eq!(full.push_many(&mut items), Err(PushError(())));
                    assert_eq!(items, [6, 7]);
                });
                thread::yield_now();
                match discard {
                    true => assert_eq!(full.close_now(), [0]),
                    false => full.close(),
                }
                assert_eq!(empty.close_now(), []);
            });
            assert_eq!(poll_once(pop), Poll::Ready(Err(PopError)));
            assert_eq!(poll_once(push), Poll::Ready(Err(PushError(5))));
            assert_eq!(full.pop().is_ok(), !discard, "closing leaves what is there");
            assert_eq!(full.try_pop(), Err(TryPopError::Closed));
        }
    }

    pub(super) fn a_pop_cancelled_at_any_point_loses_nothing<Q: Kind>() {
        for polls in 0..4 {
            for pushed_before in 0..=polls {
                let queue = Q::unbounded();
                let mut pop = Box::pin(queue.pop_async());
                let mut got = Vec::new();
                for n in 0..=polls {
                    if n == pushed_before {
                        queue.push(1).unwrap();
                        queue.push(2).unwrap();
                    }
                    if n < polls && got.is_empty() {
                        if let Poll::Ready(item) = poll_once(pop.as_mut()) {
                            got.push(item.unwrap());
                        }
                    }
                }
                drop(pop);
                got.extend(queue.close_now());
                got.sort();
                assert_eq!(got, [1, 2]);
            }
        }
    }

    pub(super) fn a_batch_cancelled_at_any_point_loses_nothing<Q: Kind>() {
        for pops in 0..4 {
            let queue = Q::bounded(1);
            queue.push(9).unwrap();
            let mut into = Vec::new();
            // A pop of many that is never ready, and one that is dropped when it is called.
            let mut many = Box::pin(queue.pop_many_async(&mut into, 5));
            assert_eq!(poll_once(many.as_mut()), Poll::Ready(Ok(1)));
            drop(many);
            let mut many = Box::pin(queue.pop_many_async(&mut into, 5));
            assert!(poll_once(many.as_mut()).is_pending());
            queue.push(1).unwrap();
            drop(many);
            for _ in 0..pops {
                assert!(queue.try_pop().is_ok());
                queue.push(2).unwrap();
            }
            assert_eq!((into, queue.len()), (vec![9], 1));
        }
    }

    pub(super) fn a_pop_of_many_that_waited_takes_all_that_is_there<Q: Kind>() {
        let queue = Q::unbounded();
        let mut into = Vec::new();
        let mut many = Box::pin(queue.pop_many_async(&mut into, 8));
        assert!(poll_once(many.as_mut()).is_pending());
        queue.push_many(&mut (0..10).collect()).unwrap();
        assert_eq!(poll_once(many.as_mut()), Poll::Ready(Ok(8)));
        drop(many);
        assert_eq!((into.len(), queue.len()), (8, 2));
    }

    pub(super) fn futures_that_are_forgotten_do_no_harm<Q: Kind>() {
        // async-channel#45
        let queue = Q::bounded(1);
        let mut pop = Box::pin(queue.pop_async());
        assert!(poll_once(pop.as_mut()).is_pending());
        std::mem::forget(pop);
        queue.push(1).unwrap();
        let mut push = Box::pin(queue.push_async(2));
        assert!(poll_once(push.as_mut()).is_pending());
        std::mem::forget(push);
        assert_eq!(queue.pop(), Ok(1));
        queue.push(3).unwrap();
        assert_eq!(queue.pop(), Ok(3));
    }

    pub(super) fn a_waker_may_use_the_queue_that_called_it<Q: Kind>() {
        /// Uses its queue when woken.
        struct Nosy<Q>(Q);
        impl<Q: Kind> Wake for Nosy<Q> {
            fn wake(self: Arc<Self>) {
                assert_eq!(self.0.len(), 1);
                assert_eq!(self.0.try_pop(), Ok(1));
                self.0.push(2).unwrap();
            }
        }
        let queue = Q::bounded(1);
        let waker = Waker::from(Arc::new(Nosy(queue.clone())));
        let mut pop = pin!(queue.pop_async());
        let mut cx = Context::from_waker(&waker);
        assert!(pop.as_mut().poll(&mut cx).is_pending());
        queue.push(1).unwrap();
        assert_eq!(poll_once(pop), Poll::Ready(Ok(2)));
    }

    pub(super) fn ten_thousand_tasks_wait_and_each_gets_an_item<Q: Kind>() {
        const TASKS: u32 = 10_000;
        let queue = Q::unbounded();
        let mut pops: Vec<_> = (0..TASKS).map(|_| Box::pin(queue.pop_async())).collect();
        for pop in &mut pops {
            assert!(poll_once(pop.as_mut()).is_pending());
        }
        // Every third gives up.
        let mut number = 0;
        pops.retain(|_| {
            number += 1;
            number % 3 > 0
        });
        let mut items = (0..pops.len() as u32).collect();
        queue.push_many(&mut items).unwrap();
        let popped: HashSet<_> = pops.into_iter().map(block_on).map(Result::unwrap).collect();
        assert_eq!(popped.len(), 6_667);
        assert!(queue.is_empty());
    }

    pub(super) fn a_stream_gives_every_item_and_ends<Q: Kind>() {
        let queue = Q::bounded(2);
        let sum = thread::scope(|s| {
            s.spawn(|| {
                for n in 1..=100 {
                    queue.push(n).unwrap();
                }
                queue.close();
            });
            let mut stream = pin!(queue.stream());
            let mut sum = 0;
            while let Some(n) = block_on(std::future::poll_fn(|cx| stream.as_mut().poll_next(cx))) {
                assert!(!stream.is_terminated());
                sum += n;
            }
            assert!(stream.is_terminated());
            let mut cx = Context::from_waker(Waker::noop());
            assert_eq!(stream.as_mut().poll_next(&mut cx), Poll::Ready(None));
            sum
        });
        assert_eq!(sum, 5050);
    }

    pub(super) fn under_stress_each_item_comes_out_once<Q: Kind>() {
        const ITEMS: u32 = 300;
        for capacity in [1, 3, usize::MAX] {
            let queue = Q::bounded(capacity);
            let moment = Duration::from_micros(5);
            let popped = thread::scope(|s| {
                let producers: Vec<_> = (0..3)
                    .map(|producer| {
                        let queue = &queue;
                        s.spawn(move || {
                            for n in producer * ITEMS..(producer + 1) * ITEMS {
                                match n % 4 {
                                    0 => queue.push(n).unwrap(),
                                    1 => block_on(queue.push_async(n)).unwrap(),
                                    2 => queue.push_many(&mut vec![n]).unwrap(),
                                    _ => while queue.push_timeout(n, moment).is_err() {},
                                }
                                assert!(queue.len() <= capacity);
                            }
                        })
                    })
                    .collect();
                let consumers: Vec<_> = (0..3)
                    .map(|consumer| {
                        let queue = &queue;
                        s.spawn(move || {
                            let mut popped = Vec::new();
                            loop {
                                let count = popped.len() as u32;
                                let result = match (consumer + count) % 4 {
                                    0 => queue.pop().map(|n| popped.push(n)),
                                    1 => queue.pop_many(&mut popped, 3).map(drop),
                                    2 => block_on(queue.pop_async()).map(|n| popped.push(n)),
                                    _ => match queue.pop_timeout(moment) {
                                        Ok(n) => {
                                            popped.push(n);
                                            Ok(())
                                        }
                                        Err(PopTimeoutError::TimedOut) => {
                                            // One that waits, and gives up.
                                            match poll_once(pin!(queue.pop_async())) {
                                                Poll::Ready(n) => n.map(|n| popped.push(n)),
                                                Poll::Pending => Ok(()),
                                            }
                                        }
                                        Err(PopTimeoutError::Closed) => Err(PopError),
                                    },
                                };
                                if result.is_err() {
                                    return popped;
                                }
                            }
                        })
                    })
                    .collect();
                producers
                    .into_iter()
                    .for_each(|thread| thread.join().unwrap());
                queue.close();
                let popped = consumers
                    .into_iter()
                    .flat_map(|thread| thread.join().unwrap());
                popped.collect::<Vec<_>>()
            });
            assert_eq!(popped.len(), 3 * ITEMS as usize);
            assert_eq!(
                popped.into_iter().collect::<HashSet<_>>().len(),
                3 * ITEMS as usize
            );
        }
    }

    pub(super) fn debug_shows_numbers<Q: Kind>() {
        let queue = Q::bounded(2);
        queue.push(1).unwrap();
        let shown = format!("{queue:?}");
        assert!(
            shown.ends_with("{ len: 1, capacity: Some(2), closed: false }"),
            "{shown}"
        );
        assert_eq!(WorkQueue::len(&queue), 1);
    }
}

#[test]
fn queues_and_their_futures_go_where_their_items_can() {
    fn send_and_sync<T: Send + Sync>(_: &T) {}
    fn send<T: Send>(_: &T) {}
    type Item = Cell<i32>; // `Send`, not `Sync`
    let (lifo, priority) = (
        LifoQueue::<Item>::unbounded(),
        PriorityQueue::<i32, Item>::unbounded(),
    );
    let delay = DelayQueue::<Item>::unbounded();
    send_and_sync(&lifo);
    send_and_sync(&priority);
    send_and_sync(&delay);
    send(&lifo.push_async(Item::default()));
    send(&priority.pop_async());
    send(&delay.pop_async());
    send(&lifo.try_reserve().unwrap());
    // What is not `'static` may be in all but a queue of time.
    let text = String::from("a");
    let lifo = LifoQueue::unbounded();
    lifo.push(&text).unwrap();
    assert_eq!(lifo.pop(), Ok(&text));
}

#[test]
fn an_item_of_a_mebibyte_lives_on_the_heap() {
    // crossbeam#920
    const SIZE: usize = 1 << 20;
    let small = thread::Builder::new().stack_size(48 * SIZE);
    let thread = small.spawn(|| {
        let (lifo, priority) = (LifoQueue::bounded(64), PriorityQueue::unbounded());
        for n in 0..64 {
            assert!(lifo.push([n; SIZE]).is_ok());
            assert!(priority.push(n, [n; SIZE]).is_ok());
        }
        for n in (0..64).rev() {
            assert_eq!(lifo.pop().unwrap()[SIZE - 1], n);
            assert_eq!(priority.pop().unwrap()[SIZE - 1], n);
        }
    });
    thread.unwrap().join().unwrap();
}

#[test]
fn every_way_out_drops_each_item_once() {
    let drops = Arc::new(AtomicUsize::new(0));
    let queue = PriorityQueue::bounded(3);
    for n in 0..4 {
        assert!(queue.force_push(n, Counted(drops.clone())).is_ok());
    }
    assert_eq!(drops.load(SeqCst), 1, "evicted");
    drop(queue.pop());
    assert_eq!(drops.load(SeqCst), 2);
    let mut push = Box::pin(queue.push_async(1, Counted(drops.clone())));
    assert!(poll_once(push.as_mut()).is_ready());
    drop(push);
    let mut push = Box::pin(queue.push_async(1, Counted(drops.clone())));
    assert!(poll_once(push.as_mut()).is_pending());
    drop(push);
    assert_eq!(drops.load(SeqCst), 3);
    drop(queue);
    assert_eq!(drops.load(SeqCst), 6);
    let queue = DelayQueue::unbounded();
    assert!(
        queue
            .push(Counted(drops.clone()), Instant::now() + HOUR)
            .is_ok()
    );
    assert!(queue.push(Counted(drops.clone()), Instant::now()).is_ok());
    drop(queue.drain());
    assert_eq!(drops.load(SeqCst), 7);
    assert_eq!(queue.close_now().len(), 1);
    assert_eq!(drops.load(SeqCst), 8);
}

#[test]
fn priorities_have_their_order_and_ties_are_fair() {
    let queue = PriorityQueue::unbounded();
    let mut items: Vec<_> = (0..2_000_u32)
        .map(|n| (n.wrapping_mul(7919) % 13, n))
        .collect();
    queue.push_many(&mut items.clone()).unwrap();
    items.sort_by_key(|(priority, _)| Reverse(*priority));
    assert!(queue.try_iter().eq(items.into_iter().map(|(_, n)| n)));

    let lowest = PriorityQueue::unbounded();
    for n in [3, 1, 2] {
        lowest.push(Reverse(n), n).unwrap();
    }
    assert_eq!(lowest.close_now(), [1, 2, 3]);
}

#[test]
fn an_order_that_is_none_loses_nothing() {
    /// Greater than all, and less.
    #[derive(PartialEq, Eq)]
    struct Confused(u32);
    impl PartialOrd for Confused {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Confused {
        fn cmp(&self, other: &Self) -> Ordering {
            match (self.0 ^ other.0.rotate_left(3)) % 3 {
                0 => Ordering::Less,
                1 => Ordering::Equal,
                _ => Ordering::Greater,
            }
        }
    }
    let queue = PriorityQueue::unbounded();
    for n in 0..3_000_u32 {
        queue
            .push(Confused(n.wrapping_mul(2_654_435_761)), n)
            .unwrap();
    }
    let mut popped: Vec<_> = queue.try_iter().collect();
    popped.sort();
    assert!(popped.into_iter().eq(0..3_000));
}

#[test]
fn a_priority_that_panics_costs_its_own_item_only() {
    thread_local! {
        static ANGRY: Cell<bool> = const { Cell::new(false) };
    }
    /// Panics when compared or dropped in anger.
    #[derive(PartialEq, Eq)]
    struct Moody(u32);
    impl PartialOrd for Moody {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Moody {
        fn cmp(&self, other: &Self) -> Ordering {
            assert!(!ANGRY.get(), "compared");
            self.0.cmp(&other.0)
        }
    }
    impl Drop for Moody {
        fn drop(&mut self) {
            assert!(!ANGRY.get() || thread::panicking(), "dropped");
        }
    }
    let queue = PriorityQueue::bounded(3);
    queue.push(Moody(1), 'a').unwrap();
    queue.push(Moody(2), 'b').unwrap();
    let slot = queue.reserve().unwrap();
    ANGRY.set(true);
    let pushed = catch_unwind(AssertUnwindSafe(|| slot.push(Moody(3), 'c')));
    assert!(pushed.is_err());
    let pushed = catch_unwind(AssertUnwindSafe(|| queue.force_push(Moody(3), 'c')));
    assert!(pushed.is_err());
    assert_eq!(
        queue.pop(),
        Ok('b'),
        "its priority panics when it is dropped"
    );
    ANGRY.set(false);
    assert_eq!((queue.len(), queue.is_full()), (1, false));
    queue.push(Moody(3), 'd').unwrap();
    queue.push(Moody(0), 'e').unwrap();
    assert_eq!(
        queue.try_push(Moody(9), 'f').unwrap_err().into_inner().1,
        'f'
    );
    assert_eq!(queue.close_now(), ['d', 'a', 'e']);
}

#[test]
fn a_priority_may_use_the_queue_when_it_is_dropped() {
    /// Looks at its queue when dropped.
    struct Nosy(u32, PriorityQueue<Nosy, u32>);
    impl PartialEq for Nosy {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Nosy {}
    impl PartialOrd for Nosy {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Nosy {
        fn cmp(&self, other: &Self) -> Ordering {
            self.0.cmp(&other.0)
        }
    }
    impl Drop for Nosy {
        fn drop(&mut self) {
            let _ = self.1.len();
        }
    }
    let queue = PriorityQueue::bounded(2);
    for n in 0..4 {
        assert!(queue.force_push(Nosy(n, queue.clone()), n).is_ok());
    }
    let mut into = Vec::new();
    assert_eq!(queue.pop_many(&mut into, 1), Ok(1));
    assert_eq!((into, queue.drain()), (vec![3], vec![2]));
    assert!(queue.push(Nosy(1, queue.clone()), 1).is_ok());
    assert_eq!(queue.close_now(), [1]);
}

#[test]
fn a_batch_keeps_its_memory_and_what_did_not_go() {
    let queue = LifoQueue::bounded(2);
    let mut items = Vec::with_capacity(64);
    items.extend(0..5);
    assert_eq!(queue.try_push_many(&mut items), Ok(2));
    assert_eq!((items.as_slice(), items.capacity()), (&[2, 3, 4][..], 64));
    let late = queue.push_many_timeout(&mut items, Duration::from_millis(1));
    assert_eq!(late, Err(PushTimeoutError::TimedOut(())));
    let mut push = Box::pin(queue.push_many_async(&mut items));
    assert!(poll_once(push.as_mut()).is_pending());
    assert_eq!(queue.drain(), [1, 0]);
    assert!(
        poll_once(push.as_mut()).is_pending(),
        "one of three did not fit"
    );
    drop(push);
    assert_eq!((items.as_slice(), items.capacity()), (&[4][..], 64));
    queue.close();
    assert_eq!(
        queue.try_push_many(&mut items),
        Err(TryPushError::Closed(()))
    );
    assert_eq!(
        queue.push_many(&mut Vec::new()),
        Ok(()),
        "there is nothing to refuse"
    );
    assert_eq!(items, [4]);
}

#[test]
fn nothing_comes_out_before_it_is_due() {
    let queue = DelayQueue::unbounded();
    let start = Instant::now();
    let due = |n| start + Duration::from_millis(n);
    thread::scope(|s| {
        for _ in 0..2 {
            s.spawn(|| {
                for n in queue.iter() {
                    assert!(Instant::now() >= due(n));
                }
            });
        }
        let task = s.spawn(|| block_on(queue.pop_async()));
        for n in [30, 10, 20, 5, 40, 0] {
            queue.push(n, due(n)).unwrap();
        }
        queue.close();
        let n = task.join().unwrap();
        assert!(n.is_err() || Instant::now() >= due(n.unwrap()));
    });
    assert!(
        start.elapsed() >= Duration::from_millis(40),
        "the end waits for what is left"
    );
    assert_eq!(queue.stats().popped, 6);
}

#[test]
fn a_later_push_that_is_due_earlier_wakes_the_sleeper() {
    let queue = DelayQueue::unbounded();
    queue.push("late", Instant::now() + HOUR).unwrap();
    thread::scope(|s| {
        let sleeper = s.spawn(|| queue.pop());
        let task = s.spawn(|| block_on(queue.pop_async()));
        while queue.stats().waiting_consumers < 2 {
            thread::yield_now();
        }
        queue
            .push("soon", Instant::now() + Duration::from_millis(3))
            .unwrap();
        queue
            .push("sooner", Instant::now() + Duration::from_millis(1))
            .unwrap();
        let mut popped = [sleeper.join().unwrap(), task.join().unwrap()];
        popped.sort_by_key(|item| item.ok());
        assert_eq!(popped, [Ok("soon"), Ok("sooner")]);
    });
    assert_eq!(queue.len(), 1);
}

/// An alarm that rang is set again for whoever waits on: the clock of a model jumps once, so this
/// is seen natively only.
#[test]
fn each_sleeper_is_woken_when_its_own_item_is_due() {
    let queue = DelayQueue::unbounded();
    thread::scope(|s| {
        let sleepers = [0; 3].map(|_| s.spawn(|| queue.pop().unwrap()));
        while queue.stats().waiting_consumers < 3 {
            thread::yield_now();
        }
        let start = Instant::now();
        for n in [3, 1, 2] {
            queue
                .push(n, start + Duration::from_millis(20 * n))
                .unwrap();
        }
        let mut popped = sleepers.map(|sleeper| sleeper.join().unwrap());
        popped.sort();
        assert_eq!(popped, [1, 2, 3]);
    });
}

#[test]
fn times_reach_from_the_past_to_never() {
    let queue = DelayQueue::unbounded();
    let now = Instant::now();
    let mut never = Duration::MAX;
    while now.checked_add(never).is_none() {
        never /= 2;
    }
    queue.push("never", now + never).unwrap();
    let mut pop = Box::pin(queue.pop_async());
    assert!(poll_once(pop.as_mut()).is_pending());
    assert_eq!(
        queue.pop_timeout(Duration::ZERO),
        Err(PopTimeoutError::TimedOut)
    );
    queue
        .push("past", now.checked_sub(HOUR).unwrap_or(now))
        .unwrap();
    assert_eq!(poll_once(pop.as_mut()), Poll::Ready(Ok("past")));
    assert_eq!(queue.drain(), [""; 0]);
    assert_eq!(queue.close_now(), ["never"]);
    assert_eq!(queue.pop(), Err(PopError));
}

#[test]
fn a_queue_of_time_that_is_dropped_takes_its_alarm_along() {
    let drops = Arc::new(AtomicUsize::new(0));
    for _ in 0..100 {
        let queue = DelayQueue::unbounded();
        let when = Instant::now() + Duration::from_micros(100);
        assert!(queue.push(Counted(drops.clone()), when).is_ok());
        let mut pop = Box::pin(queue.pop_async());
        let _ = poll_once(pop.as_mut());
    }
    assert_eq!(drops.load(SeqCst), 100);
}
