//! Futures and streams beside actors, on an executor that runs every job in the thread that hands it
//! in: what a thread completes, it also pipes and handles.

use super::actor::{Inline, Later};
use super::support::{Bound::*, Counted, DropCount, Payload, model, outcomes, spawn};
use crate::actor::{Actor, Addr, Attachment, Context, Handler, StopReason};
use crate::future::{Promise, TaskFuture};
use futures_core::Stream;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll, ready};

/// What a task gives, and then the end.
struct Once(Option<TaskFuture<usize>>, #[allow(dead_code)] Counted<()>);

impl Stream for Once {
    type Item = usize;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<usize>> {
        let Some(task) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let item = ready!(Pin::new(task).poll(cx)).ok();
        self.0 = None;
        Poll::Ready(item)
    }
}

/// What a sink has beside it.
enum Source {
    Pipe,
    Stream,
}

/// Adds up what comes of a task.
struct Sink {
    sum: Arc<Payload>,
    source: Source,
    task: Option<(TaskFuture<usize>, Counted<()>)>,
    /// A task that is never done, and what the future that waits for it owns.
    never: Option<(TaskFuture<usize>, Counted<()>)>,
    attachment: Option<Attachment>,
}

impl Actor for Sink {
    fn started(&mut self, cx: &mut Context<Self>) {
        let (never, kept) = self.never.take().unwrap();
        let never = async move {
            let _kept = kept;
            _ = never.await;
        };
        cx.pipe(never, |_, (), _| ());
        let (task, owned) = self.task.take().unwrap();
        self.attachment = Some(match self.source {
            Source::Stream => cx.attach(Once(Some(task), owned)),
            Source::Pipe => {
                let task = async move {
                    let _owned = owned;
                    task.await.unwrap()
                };
                cx.pipe(task, |me, _, _| _ = me.sum.bump())
            }
        });
    }
}

impl Handler<usize> for Sink {
    type Reply = ();
    fn handle(&mut self, _: usize, _cx: &mut Context<Self>) {
        self.sum.bump();
    }
}

/// A sink, and what sets off its source, and the other.
fn sink(
    source: Source,
    sum: &Arc<Payload>,
    drops: &DropCount,
    kept: &DropCount,
) -> (Sink, [Promise<usize>; 2]) {
    let (promise, task) = Promise::new();
    let (later, never) = Promise::new();
    let sink = Sink {
        sum: sum.clone(),
        source,
        task: Some((task, drops.value(()))),
        never: Some((never, kept.value(()))),
        attachment: None,
    };
    (sink, [promise, later])
}

/// A source that gives something while `end` ends the actor: whether that was handled.
fn given_at_the_end(
    name: &'static str,
    source: fn() -> Source,
    end: fn(&Addr<Sink>),
    reason: StopReason,
) {
    outcomes(
        name,
        Preemptions(2),
        50,
        ["handled", "dropped"],
        move || {
            let (sum, drops) = (Arc::new(Payload::new(0)), DropCount::new());
            let kept = DropCount::new();
            let (sink, [promise, _later]) = sink(source(), &sum, &drops, &kept);
            let on = Addr::builder().on(Arc::new(Inline));
            let addr = on.start_actor(sink).unwrap();
            let give = spawn(move || _ = promise.set_result(1));
            end(&addr);
            assert_eq!(addr.join(), reason);
            assert_eq!(kept.get(), 1, "what is never ready is gone");
            let handled = sum.read();
            give.join().unwrap();
            assert_eq!(sum.read(), handled, "nothing is handled after the end");
            assert_eq!(drops.get(), 1);
            ["dropped", "handled"][handled]
        },
    );
}

/// Two threads, bound 2, 1,923 executions. Kills: an end that leaves what is beside it.
#[test]
fn a_future_ends_with_an_actor_that_stops() {
    let name = "a_future_ends_with_an_actor_that_stops";
    given_at_the_end(name, || Source::Pipe, Addr::stop, StopReason::Stopped);
}

/// Two threads, bound 2, 2,523 executions. Kills: as above.
#[test]
fn a_future_ends_with_an_actor_that_is_killed() {
    let name = "a_future_ends_with_an_actor_that_is_killed";
    given_at_the_end(name, || Source::Pipe, Addr::kill, StopReason::Killed);
}

/// Two threads, bound 2, 727 executions. Kills: as above.
#[test]
fn a_stream_ends_with_an_actor_that_stops() {
    let name = "a_stream_ends_with_an_actor_that_stops";
    given_at_the_end(name, || Source::Stream, Addr::stop, StopReason::Stopped);
}

/// What a source gives while the actor detaches it: nothing is handled after that.
fn given_while_detached(name: &'static str, source: fn() -> Source) {
    outcomes(
        name,
        Preemptions(2),
        50,
        ["handled", "dropped"],
        move || {
            let (sum, drops) = (Arc::new(Payload::new(0)), DropCount::new());
            let kept = DropCount::new();
            let (sink, [promise, _later]) = sink(source(), &sum, &drops, &kept);
            let on = Addr::builder().on(Arc::new(Inline));
            let addr = on.start_actor(sink).unwrap();
            let give = spawn(move || _ = promise.set_result(1));
            let detach = addr.call(|me| {
                me.attachment.take().unwrap().detach();
                me.sum.read()
            });
            let handled = detach.wait().unwrap();
            give.join().unwrap();
            assert_eq!(addr.call(|me| me.sum.read()).wait().unwrap(), handled);
            assert_eq!(drops.get(), 1);
            ["dropped", "handled"][handled]
        },
    );
}

/// Two threads, bound 2, 1,546 executions. Kills: an errand that does not look whether it is
/// wanted.
#[test]
fn what_a_detached_future_gives_is_not_handled() {
    let name = "what_a_detached_future_gives_is_not_handled";
    given_while_detached(name, || Source::Pipe);
}

/// Two threads, bound 2, 4,423 executions. Kills: an item that does not look whether it is wanted.
#[test]
fn an_item_of_a_detached_stream_is_not_handled() {
    let name = "an_item_of_a_detached_stream_is_not_handled";
    given_while_detached(name, || Source::Stream);
}

/// A future that is woken, and is not ready then either; and what it owns.
struct Never(TaskFuture<usize>, #[allow(dead_code)] Counted<()>);

impl Future for Never {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<()> {
        let _ = ready!(Pin::new(&mut self.0).poll(cx));
        Poll::Pending
    }
}

/// Two threads, bound 2, 34 executions: a future that is never ready is detached while it is
/// polled. Kills: a cancel that leaves the task.
#[test]
fn what_is_detached_is_dropped_ready_or_not() {
    struct Detaches(Option<Never>, Option<Attachment>);
    impl Actor for Detaches {
        fn started(&mut self, cx: &mut Context<Self>) {
            self.1 = self.0.take().map(|never| cx.pipe(never, |_, (), _| ()));
        }
    }
    let name = "what_is_detached_is_dropped_ready_or_not";
    model(name, Preemptions(2), 20, || {
        let drops = DropCount::new();
        let (promise, task) = Promise::new();
        let never = Never(task, drops.value(()));
        let on = Addr::builder().on(Arc::new(Inline));
        let addr = on.start_actor(Detaches(Some(never), None)).unwrap();
        let wake = spawn(move || _ = promise.set_result(1));
        let detach = addr.call(|me| me.1.take().unwrap().detach());
        detach.wait().unwrap();
        wake.join().unwrap();
        assert_eq!(drops.get(), 1);
        assert!(!addr.is_stopped());
    });
}

/// One thread: an item that waits in the mailbox, of a stream that is detached, is nobody's. Kills:
/// an end that counts it, or hands it back.
#[test]
fn an_item_of_a_detached_stream_is_not_undelivered() {
    let name = "an_item_of_a_detached_stream_is_not_undelivered";
    model(name, Exhaustive, 1, || {
        let (sum, drops, kept) = (
            Arc::new(Payload::new(0)),
            DropCount::new(),
            DropCount::new(),
        );
        let jobs = Later::new();
        let on = Addr::builder().on(jobs.clone());
        let (sink, [promise, _later]) = sink(Source::Stream, &sum, &drops, &kept);
        let addr = on.start_actor(sink).unwrap();
        jobs.run_all();
        let _ = promise.set_result(1);
        // The task, which sends the item.
        jobs.run_one();
        assert_eq!(addr.len(), 1);
        addr.urge(|me, cx| {
            me.attachment.take().unwrap().detach();
            cx.kill();
        });
        jobs.run_all();
        assert_eq!(addr.join(), StopReason::Killed);
        assert_eq!((sum.read(), drops.get(), addr.undelivered()), (0, 1, 0));
    });
}

/// A stream without an end, of which each item is there.
struct Endless;

impl Stream for Endless {
    type Item = usize;

    fn poll_next(self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<Option<usize>> {
        Poll::Ready(Some(1))
    }
}

/// One thread. Kills: a stream that is read on when nothing is accepted any more.
#[test]
fn a_stream_without_an_end_ends_with_its_actor() {
    struct Reads;
    impl Actor for Reads {
        fn started(&mut self, cx: &mut Context<Self>) {
            cx.attach(Endless);
        }
    }
    impl Handler<usize> for Reads {
        type Reply = ();
        fn handle(&mut self, _: usize, _cx: &mut Context<Self>) {}
    }
    let name = "a_stream_without_an_end_ends_with_its_actor";
    model(name, Exhaustive, 1, || {
        let jobs = Later::new();
        let on = Addr::builder().on(jobs.clone());
        let addr = on.start_actor(Reads).unwrap();
        (0..5).for_each(|_| jobs.run_one());
        addr.stop();
        jobs.run_all();
        assert_eq!(addr.try_join(), Some(StopReason::Stopped));
    });
}
