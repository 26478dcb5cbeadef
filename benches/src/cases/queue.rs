//! Rung 2: queues.

use super::channels::{
    AsyncChannel, ByHand, Channel, Crossbeam, Flume, Kanal, Ring, Rungs, Spinning, StdBounded,
    StdUnbounded,
};
use crate::harness::{Body, Case, Clock};
use crate::machine;

pub fn cases() -> Vec<Case> {
    vec![
        spsc_b1024(),
        spsc_unb(),
        mpmc4x4_b1024(),
        same_thread_b1024(),
        pingpong_b1024(),
    ]
}

const B1024: Option<usize> = Some(1024);
const UNBOUNDED: Option<usize> = None;

fn spsc_b1024() -> Case {
    Case::new("queue/spsc_b1024", "message, one thread to one")
        .rungs("rungs", spsc::<Rungs>(B1024))
        .peer("std", spsc::<StdBounded>(B1024))
        .peer("crossbeam", spsc::<Crossbeam>(B1024))
        .peer("flume", spsc::<Flume>(B1024))
        .peer("kanal", spsc::<Kanal>(B1024))
        .peer("async-channel", spsc::<AsyncChannel>(B1024))
        .peer("naive mutex + condvar", spsc::<ByHand>(B1024))
        .bound("concurrent-queue, spinning", spsc::<Spinning>(B1024))
        .bound("spinning ring", spsc::<Ring>(B1024))
}

fn spsc_unb() -> Case {
    Case::new("queue/spsc_unb", "message, one thread to one")
        .rungs("rungs", spsc::<Rungs>(UNBOUNDED))
        .peer("std", spsc::<StdUnbounded>(UNBOUNDED))
        .peer("crossbeam", spsc::<Crossbeam>(UNBOUNDED))
        .peer("flume", spsc::<Flume>(UNBOUNDED))
        .peer("kanal", spsc::<Kanal>(UNBOUNDED))
        .peer("async-channel", spsc::<AsyncChannel>(UNBOUNDED))
        .peer("naive mutex + condvar", spsc::<ByHand>(UNBOUNDED))
        .bound("concurrent-queue, spinning", spsc::<Spinning>(UNBOUNDED))
}

fn mpmc4x4_b1024() -> Case {
    Case::new("queue/mpmc4x4_b1024", "message, four threads to four")
        .batch(FOUR)
        .rungs("rungs", mpmc4x4::<Rungs>(B1024))
        .peer("crossbeam", mpmc4x4::<Crossbeam>(B1024))
        .peer("flume", mpmc4x4::<Flume>(B1024))
        .peer("kanal", mpmc4x4::<Kanal>(B1024))
        .peer("async-channel", mpmc4x4::<AsyncChannel>(B1024))
        .peer("naive mutex + condvar", mpmc4x4::<ByHand>(B1024))
        .bound("concurrent-queue, spinning", mpmc4x4::<Spinning>(B1024))
}

fn same_thread_b1024() -> Case {
    Case::new("queue/same_thread_b1024", "send + receive on one thread")
        .rungs("rungs", same_thread::<Rungs>(B1024))
        .peer("std", same_thread::<StdBounded>(B1024))
        .peer("crossbeam", same_thread::<Crossbeam>(B1024))
        .peer("flume", same_thread::<Flume>(B1024))
        .peer("kanal", same_thread::<Kanal>(B1024))
        .peer("async-channel", same_thread::<AsyncChannel>(B1024))
        .peer("naive mutex + condvar", same_thread::<ByHand>(B1024))
        .bound("concurrent-queue, spinning", same_thread::<Spinning>(B1024))
}

fn pingpong_b1024() -> Case {
    let unit = "round trip through two queues, across cores";
    Case::new("queue/pingpong_b1024", unit)
        .rungs("rungs", pingpong::<Rungs>(B1024))
        .peer("std", pingpong::<StdBounded>(B1024))
        .peer("crossbeam", pingpong::<Crossbeam>(B1024))
        .peer("flume", pingpong::<Flume>(B1024))
        .peer("kanal", pingpong::<Kanal>(B1024))
        .peer("async-channel", pingpong::<AsyncChannel>(B1024))
        .peer("naive mutex + condvar", pingpong::<ByHand>(B1024))
        .bound("concurrent-queue, spinning", pingpong::<Spinning>(B1024))
}

/// One producer, one consumer, which checks the order too.
fn spsc<C: Channel>(capacity: Option<usize>) -> impl FnMut(u64, &mut Clock) {
    move |n, clock| {
        let (sender, receiver) = C::open(capacity);
        let produce: Body<u64> = Box::new(move || {
            (0..n).for_each(|message| C::send(&sender, message));
            0
        });
        let consume: Body<u64> = Box::new(move || {
            (0..n)
                .map(|expected| u64::from(C::receive(&receiver) != expected))
                .sum()
        });
        let misplaced: u64 = clock.time_threads(vec![produce, consume]).into_iter().sum();
        assert_eq!(misplaced, 0);
    }
}

const FOUR: u64 = 4;

/// Four producers, four consumers; everyone's share is the same.
fn mpmc4x4<C: Channel>(capacity: Option<usize>) -> impl FnMut(u64, &mut Clock)
where
    C::Sender: Clone,
    C::Receiver: Clone,
{
    move |n, clock| {
        let (sender, receiver) = C::open(capacity);
        let share = n / FOUR;
        let mut bodies: Vec<Body<u64>> = Vec::new();
        for producer in 0..FOUR {
            let (sender, receiver) = (sender.clone(), receiver.clone());
            bodies.push(Box::new(move || {
                let messages = producer * share..(producer + 1) * share;
                messages.for_each(|message| C::send(&sender, message));
                0
            }));
            bodies.push(Box::new(move || {
                (0..share).map(|_| C::receive(&receiver)).sum()
            }));
        }
        let received: u64 = clock.time_threads(bodies).into_iter().sum();
        assert_eq!(received, (0..n).sum::<u64>());
    }
}

fn same_thread<C: Channel>(capacity: Option<usize>) -> impl FnMut(u64, &mut Clock) {
    move |n, clock| {
        let (sender, receiver) = C::open(capacity);
        super::repeat(n, clock, || {
            C::send(&sender, 7);
            C::receive(&receiver) == 7
        });
    }
}

/// Two threads on two cores; each number comes back one higher.
fn pingpong<C: Channel>(capacity: Option<usize>) -> impl FnMut(u64, &mut Clock) {
    move |n, clock| {
        let (ping, pinged) = C::open(capacity);
        let (pong, ponged) = C::open(capacity);
        let here: Body<u64> = Box::new(move || {
            machine::pin(0);
            (0..n)
                .map(|number| {
                    C::send(&ping, number);
                    u64::from(C::receive(&ponged) != number + 1)
                })
                .sum()
        });
        let there: Body<u64> = Box::new(move || {
            machine::pin(1);
            (0..n).for_each(|_| C::send(&pong, C::receive(&pinged) + 1));
            0
        });
        let wrong: u64 = clock.time_threads(vec![here, there]).into_iter().sum();
        assert_eq!(wrong, 0);
    }
}
