//! The halves of a channel: last drops against pushes, pops and upgrades.

use super::support::{Bound::*, DropCount, Payload, model, noop_waker, outcomes, poll_once};
use crate::queue::{PopError, PushError, Queue};
use futures_core::Stream;
use loom::thread;
use std::pin::Pin;
use std::task::{Context, Poll};

/// An item that shows whether its consumer sees what its producer wrote.
fn item(value: usize) -> Payload {
    let item = Payload::new(0);
    item.write(value);
    item
}

/// Two threads, bound 2, 1,950 executions (flume#78, crossbeam#971). Kills: a sender that closes
/// though another is left; a last one that does not.
#[test]
fn what_senders_pushed_before_they_went_comes_out() {
    let name = "what_senders_pushed_before_they_went_comes_out";
    model(name, Preemptions(2), 650, || {
        let (sender, receiver) = Queue::bounded(2).channel();
        let other = sender.clone();
        let thread = thread::spawn(move || sender.push(item(1)).unwrap());
        other.push(item(2)).unwrap();
        drop(other);
        let mut popped = [0; 2].map(|_| receiver.pop().unwrap().read());
        popped.sort();
        assert_eq!(popped, [1, 2]);
        assert!(matches!(receiver.pop(), Err(PopError)));
        thread.join().unwrap();
    });
}

/// Two threads, bound 2, 66 executions (crossbeam#1187, crossbeam#838, crossbeam#669): the first
/// push against the last receiver. Kills: messages that are kept until the sender goes; a push that
/// is lost.
#[test]
fn the_last_receiver_drops_what_is_left() {
    let name = "the_last_receiver_drops_what_is_left";
    outcomes(name, Preemptions(2), 22, [true, false], || {
        let drops = DropCount::new();
        let (sender, receiver) = Queue::unbounded().channel();
        let mine = drops.value(item(7));
        let thread = thread::spawn(move || drop(receiver));
        let pushed = match sender.push(mine) {
            Ok(()) => true,
            Err(PushError(item)) => {
                assert_eq!((item.inner.read(), drops.get()), (7, 0));
                false
            }
        };
        thread.join().unwrap();
        assert_eq!(drops.get(), 1, "the sender is still there");
        assert!(sender.is_closed() && sender.is_empty());
        pushed
    });
}

/// Two threads, bound 2, 13,870 executions. Kills: a last receiver that leaves a waiting push asleep.
#[test]
fn the_last_receiver_releases_who_pushes() {
    model(
        "the_last_receiver_releases_who_pushes",
        Preemptions(2),
        4_623,
        || {
            let (sender, receiver) = Queue::bounded(1).channel();
            sender.push(item(1)).unwrap();
            let thread = thread::spawn(move || sender.push(item(2)).unwrap_err().0.read());
            drop(receiver);
            assert_eq!(thread.join().unwrap(), 2);
        },
    );
}

/// Two threads, bound 2, 7 executions. Kills: a handle that rises from a half that is gone; one
/// that does not keep it open.
#[test]
fn an_upgrade_comes_before_the_last_drop_or_not_at_all() {
    let name = "an_upgrade_comes_before_the_last_drop_or_not_at_all";
    outcomes(name, Preemptions(2), 2, [true, false], || {
        let (sender, receiver) = Queue::unbounded().channel();
        let weak = sender.downgrade();
        let thread = thread::spawn(move || drop(sender));
        let risen = weak.upgrade();
        let rose = risen.is_some();
        if let Some(sender) = risen {
            sender.push(item(7)).unwrap();
            assert_eq!(receiver.try_pop().unwrap().read(), 7);
            assert!(!receiver.is_closed());
        }
        thread.join().unwrap();
        assert!(receiver.is_closed() && weak.upgrade().is_none());
        assert_eq!((receiver.sender_count(), receiver.receiver_count()), (0, 1));
        rose
    });
}

/// Two threads, bound 2, 7 executions. Kills: the same of receivers; a half that counts for the
/// other.
#[test]
fn a_receiver_rises_before_the_last_drop_or_not_at_all() {
    let name = "a_receiver_rises_before_the_last_drop_or_not_at_all";
    outcomes(name, Preemptions(2), 2, [true, false], || {
        let (sender, receiver) = Queue::unbounded().channel();
        sender.push(item(7)).unwrap();
        let weak = receiver.downgrade();
        let thread = thread::spawn(move || drop(receiver));
        let risen = weak.upgrade();
        let rose = risen.is_some();
        if let Some(receiver) = risen {
            assert_eq!(receiver.pop().unwrap().read(), 7);
        }
        thread.join().unwrap();
        assert!(sender.push(item(8)).is_err() && weak.upgrade().is_none());
        rose
    });
}

/// Three threads, bound 2, 3,984 executions: clones come and go. Kills: a clone that is not
/// counted.
#[test]
fn a_clone_keeps_its_half() {
    model("a_clone_keeps_its_half", Preemptions(2), 1_328, || {
        let (sender, receiver) = Queue::unbounded().channel();
        let other = sender.clone();
        let first = thread::spawn(move || drop(sender));
        let second = thread::spawn(move || {
            let third = other.clone();
            drop(other);
            third.push(item(7)).unwrap();
        });
        assert_eq!(receiver.pop().unwrap().read(), 7);
        assert!(matches!(receiver.pop(), Err(PopError)));
        first.join().unwrap();
        second.join().unwrap();
    });
}

/// Two threads, bound 2, 13,957 executions: a stream that owns its half, dropped at any point.
/// Kills: a stream that keeps its half after the end, or loses an item between two polls.
#[test]
fn a_stream_that_owns_its_half_gives_every_item_and_lets_go() {
    let name = "a_stream_that_owns_its_half_gives_every_item_and_lets_go";
    outcomes(name, Preemptions(2), 4_652, [0, 1, 2], || {
        let drops = DropCount::new();
        let (sender, receiver) = Queue::unbounded().channel();
        let weak = receiver.downgrade();
        let items = [1, 2].map(|n| drops.value(item(n)));
        let thread = thread::spawn(move || {
            for item in items {
                sender.push(item).unwrap();
            }
        });
        let mut stream = receiver.into_stream();
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let mut seen = 0;
        while let Poll::Ready(Some(popped)) = Pin::new(&mut stream).poll_next(&mut cx) {
            seen += 1;
            assert_eq!(popped.inner.read(), seen);
            drop(popped);
            assert_eq!(drops.get(), seen);
        }
        thread.join().unwrap();
        assert!(weak.upgrade().is_some() || Pin::new(&mut stream).poll_next(&mut cx).is_ready());
        drop(stream);
        assert_eq!(drops.get(), 2);
        assert!(weak.upgrade().is_none());
        seen
    });
}

/// Two threads, bound 2, 33 executions: a stream that was polled and is dropped passes its place
/// on. Kills: a stream whose pop stays in line.
#[test]
fn a_stream_that_is_dropped_passes_its_item_on() {
    let name = "a_stream_that_is_dropped_passes_its_item_on";
    model(name, Preemptions(2), 11, || {
        let queue = Queue::<Payload>::unbounded();
        let mut stream = Box::pin(queue.stream());
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(stream.as_mut().poll_next(&mut cx).is_pending());
        let mut pop = Box::pin(queue.pop_async());
        let wakes = super::support::CountWaker::new();
        assert!(poll_once(pop.as_mut(), &wakes.waker()).is_pending());
        let producer = queue.clone();
        let thread = thread::spawn(move || producer.push(item(7)).unwrap());
        drop(stream);
        thread.join().unwrap();
        assert_eq!(wakes.wakes(), 1);
        assert!(poll_once(pop.as_mut(), &noop_waker()).is_ready());
    });
}
