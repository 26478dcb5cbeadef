//! Active objects: order, conservation, ends, panics, natively.

use rungs::actor::{Actor, Addr, AskError, Context, Handler, SendError, StopReason, WeakAddr};
use rungs::executor::{Executor, Rejected, Shutdown, ThreadPoolExecutor};
use rungs::future::{Job, block_on};
use rungs::sync::{Event, TimedOut};
use std::panic::panic_any;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// Counts its drops.
struct Drops(Arc<AtomicUsize>);

impl Drop for Drops {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// Panics when it is dropped.
struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

/// An actor on a thread of its own that is in the middle of a message until the event is set.
fn busy<A: Send + 'static>(state: A) -> (Addr<A>, Arc<Event>) {
    let addr = Addr::builder()
        .dedicated_thread("busy")
        .start(state)
        .unwrap();
    let (begun, go) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    let (began, gate) = (begun.clone(), go.clone());
    addr.post(move |_| {
        began.set();
        gate.wait();
    })
    .unwrap();
    begun.wait();
    (addr, go)
}

/// xtra#225: no order.
#[test]
fn messages_of_one_sender_are_handled_in_order() {
    const SENDERS: usize = 4;
    const EACH: usize = 5_000;
    let pool = ThreadPoolExecutor::new(2);
    let addr = Addr::builder()
        .on(&pool)
        .batch(7)
        .start(vec![0; SENDERS])
        .unwrap();
    thread::scope(|s| {
        for sender in 0..SENDERS {
            let addr = &addr;
            s.spawn(move || {
                for number in 0..EACH {
                    addr.post(move |next| {
                        assert_eq!(next[sender], number);
                        next[sender] += 1;
                    })
                    .unwrap();
                }
            });
        }
    });
    assert_eq!(
        addr.call(|next| next.clone()).wait().unwrap(),
        [EACH; SENDERS]
    );
    addr.stop();
    assert_eq!(addr.join(), StopReason::Stopped);
}

#[test]
fn one_message_at_a_time() {
    let pool = ThreadPoolExecutor::new(4);
    let addr = Addr::builder().on(&pool).batch(1).start(0_usize).unwrap();
    let inside = Arc::new(AtomicUsize::new(0));
    thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| {
                for _ in 0..2_000 {
                    let inside = inside.clone();
                    addr.post(move |count| {
                        assert_eq!(inside.fetch_add(1, Relaxed), 0);
                        *count += 1;
                        inside.fetch_sub(1, Relaxed);
                    })
                    .unwrap();
                }
            });
        }
    });
    assert_eq!(addr.call(|count| *count).wait().unwrap(), 8_000);
}

/// What a post does.
fn count(posts: &AtomicUsize) {
    posts.fetch_add(1, Relaxed);
}

/// How a round of the conservation test ends the actor.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ending {
    Stop,
    Kill,
    Panic,
    LastAddress,
    Executor,
}

/// Every accepted post is handled or counted, every call resolves, the object is dropped once.
fn conservation(ending: Ending) {
    const SENDERS: usize = 3;
    for round in 0..60 {
        let pool = ThreadPoolExecutor::new(2);
        let drops = Arc::new(AtomicUsize::new(0));
        let builder = Addr::builder().on(&pool).batch(1 + round % 5);
        let addr = builder.start(Drops(drops.clone())).unwrap();
        let (posts, calls) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let ended = addr.join_async();
        let senders: Vec<_> = (0..SENDERS)
            .map(|_| {
                let (addr, posts, calls) = (addr.clone(), posts.clone(), calls.clone());
                thread::spawn(move || {
                    let (mut accepted, mut answered, mut replies) = (0, 0, Vec::new());
                    for _ in 0..200 {
                        let posts = posts.clone();
                        accepted += usize::from(addr.post(move |_| count(&posts)).is_ok());
                        let calls = calls.clone();
                        replies.push(addr.call(move |_| calls.fetch_add(1, Relaxed)));
                    }
                    for reply in replies {
                        match reply.wait() {
                            Ok(_) => answered += 1,
                            Err(AskError::Closed | AskError::Stopped) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                    // The undelivered are known once the actor has ended.
                    (
                        accepted,
                        answered,
                        (ending != Ending::LastAddress).then_some(addr),
                    )
                })
            })
            .collect();
        for _ in 0..round * 20 {
            std::hint::spin_loop();
        }
        let addr = match ending {
            Ending::Stop => {
                addr.stop();
                Some(addr)
            }
            Ending::Kill => {
                addr.kill();
                Some(addr)
            }
            Ending::Panic => {
                let _ = addr.post(|_| panic_any("enough"));
                Some(addr)
            }
            Ending::LastAddress => {
                drop(addr);
                None
            }
            Ending::Executor => {
                pool.shutdown(Shutdown::CancelPending);
                // An idle actor learns of it with its next turn.
                addr.stop();
                Some(addr)
            }
        };
        let sent: Vec<_> = senders
            .into_iter()
            .map(|sender| sender.join().unwrap())
            .collect();
        let accepted: usize = sent.iter().map(|(accepted, ..)| accepted).sum();
        let answered: usize = sent.iter().map(|(_, answered, _)| answered).sum();
        drop(sent);
        let reason = block_on(ended);
        let undelivered = addr.as_ref().map_or(0, Addr::undelivered);
        match ending {
            Ending::Stop | Ending::LastAddress => {
                assert_eq!((reason, undelivered), (StopReason::Stopped, 0));
            }
            Ending::Kill => assert_eq!(reason, StopReason::Killed),
            Ending::Panic => assert_eq!(reason, StopReason::Panicked("enough".into())),
            Ending::Executor => {
                assert!(matches!(reason, StopReason::Killed | StopReason::Stopped));
            }
        }
        assert_eq!(posts.load(Relaxed) + undelivered, accepted);
        assert_eq!(calls.load(Relaxed), answered);
        assert_eq!(drops.load(Relaxed), 1);
        if let Some(addr) = addr {
            assert_eq!(addr.len(), 0);
        }
    }
}

/// kameo#335, kameo#345, kameo#359: what was accepted before the stop is dropped, and who asked waits.
#[test]
fn nothing_is_lost_when_it_stops_under_fire() {
    conservation(Ending::Stop);
}

#[test]
fn nothing_is_lost_when_it_is_killed_under_fire() {
    conservation(Ending::Kill);
}

#[test]
fn nothing_is_lost_when_a_message_panics_under_fire() {
    conservation(Ending::Panic);
}

#[test]
fn nothing_is_lost_when_the_last_address_goes() {
    conservation(Ending::LastAddress);
}

#[test]
fn nothing_is_lost_when_the_executor_goes() {
    conservation(Ending::Executor);
}

#[test]
fn a_refused_message_comes_back() {
    let addr = Addr::spawn(());
    addr.stop();
    let kept = String::from("mine");
    let error = addr.post(move |_| drop(kept)).unwrap_err();
    assert_eq!(error.to_string(), "the actor takes no more messages");
    let SendError::Closed(message) = error else {
        panic!("{error}");
    };
    message(&mut ());
}

/// Pykka#23, Pykka#76.
#[test]
fn a_call_to_oneself_that_is_waited_for_is_a_deadlock_and_runs_later() {
    for thread in [false, true] {
        let builder = Addr::builder();
        let builder = if thread {
            builder.dedicated_thread("self")
        } else {
            builder
        };
        let addr = builder.start(0).unwrap();
        let me = addr.clone();
        let answers = addr.call(move |_| {
            let soon = Instant::now() + Duration::from_secs(3600);
            [
                me.call(|n| *n += 1).wait(),
                me.call(|n| *n += 1).wait_timeout(Duration::MAX).unwrap(),
                me.call(|n| *n += 1).wait_deadline(soon).unwrap(),
            ]
        });
        for answer in answers.wait().unwrap() {
            assert!(matches!(answer, Err(AskError::Deadlock)));
        }
        assert_eq!(addr.call(|n| *n).wait().unwrap(), 3);
    }
}

#[test]
fn waiting_for_another_actor_inside_a_message_is_no_deadlock() {
    let pool = ThreadPoolExecutor::new(2);
    let inner = Addr::builder().on(&pool).start(5).unwrap();
    let outer = Addr::builder().on(&pool).start(1).unwrap();
    let sum = outer.call(move |n| *n + inner.call(|n| *n).wait().unwrap());
    assert_eq!(sum.wait().unwrap(), 6);
}

#[test]
fn an_answered_call_to_oneself_is_read_inside_a_message() {
    let addr = Addr::spawn(3);
    let early = addr.call(|n| *n);
    let later = addr.call(move |_| early.wait());
    assert_eq!(later.wait().unwrap().unwrap(), 3);
}

#[test]
fn an_actor_cannot_join_itself() {
    let addr = Addr::spawn(());
    let me = addr.clone();
    addr.post(move |_| drop(me.join())).unwrap();
    assert_eq!(
        addr.join(),
        StopReason::Panicked("an actor cannot join itself".into())
    );
}

/// Pykka#76: a stop from inside waits for itself.
#[test]
fn it_can_stop_and_kill_itself() {
    let addr = Addr::spawn(0);
    let me = addr.clone();
    let first = addr.call(move |_| me.stop());
    first.wait().unwrap();
    assert_eq!(addr.join(), StopReason::Stopped);

    let (addr, go) = busy(());
    let me = addr.clone();
    addr.post(move |_| me.kill()).unwrap();
    let after = addr.call(|_| ());
    go.set();
    assert!(matches!(after.wait(), Err(AskError::Stopped)));
    assert_eq!(addr.join(), StopReason::Killed);
}

#[test]
fn a_kill_waits_for_nothing_but_the_running_message() {
    let (addr, go) = busy(());
    for _ in 0..1_000 {
        addr.post(|_| panic!("must not run")).unwrap();
    }
    addr.stop();
    assert_eq!(addr.join_timeout(Duration::ZERO), Err(TimedOut));
    addr.kill();
    go.set();
    assert_eq!(addr.join(), StopReason::Killed);
    assert_eq!(addr.undelivered(), 1_000);
}

#[test]
fn a_panic_goes_to_its_caller_and_ends_only_its_actor() {
    let pool = ThreadPoolExecutor::new(1);
    let [broken, sound] = [0, 1].map(|n| Addr::builder().on(&pool).start(n).unwrap());
    match broken.call(|_| -> () { panic_any(17_u32) }).wait() {
        Err(AskError::Panicked(payload)) => {
            assert_eq!(payload.into_inner().downcast_ref(), Some(&17_u32));
        }
        other => panic!("{other:?}"),
    }
    let reason = broken.join();
    assert_eq!(
        reason,
        StopReason::Panicked("a panic without a message".into())
    );
    assert_eq!(sound.call(|n| *n).wait().unwrap(), 1);
}

#[test]
fn whatever_panics_in_a_drop_is_contained() {
    // A result that nobody waits for, a message that is not handled, and the object.
    let (addr, go) = busy(());
    drop(addr.call(|_| PanicsOnDrop));
    go.set();
    assert!(addr.call(|_| ()).wait().is_ok());

    let (addr, go) = busy(());
    let bomb = PanicsOnDrop;
    addr.post(move |_| drop(bomb)).unwrap();
    let after = addr.call(|_| ());
    addr.kill();
    go.set();
    assert!(matches!(after.wait(), Err(AskError::Stopped)));
    assert_eq!(addr.join(), StopReason::Killed);

    let addr = Addr::spawn(PanicsOnDrop);
    addr.stop();
    assert_eq!(addr.join(), StopReason::Panicked("dropped".into()));

    // A payload that panics when it is dropped.
    let addr = Addr::spawn(());
    addr.post(|_| panic_any(PanicsOnDrop)).unwrap();
    assert!(matches!(addr.join(), StopReason::Panicked(_)));
}

#[test]
fn a_flood_does_not_starve_others() {
    let pool = ThreadPoolExecutor::new(1);
    let builder = Addr::builder().on(&pool);
    let flooded = builder.start(0_u64).unwrap();
    let other = Addr::builder().on(&pool).start(()).unwrap();
    // It keeps itself busy for ever.
    fn again(addr: Addr<u64>) {
        let next = addr.clone();
        let _ = addr.post(move |n| {
            *n += 1;
            again(next);
        });
    }
    again(flooded.clone());
    for _ in 0..100 {
        other.call(|_| ()).wait().unwrap();
    }
    flooded.kill();
    assert_eq!(flooded.join(), StopReason::Killed);
}

#[test]
fn ten_thousand_actors_start_and_stop() {
    let drops = Arc::new(AtomicUsize::new(0));
    let pool = ThreadPoolExecutor::new(2);
    let start = |_| {
        Addr::builder()
            .on(&pool)
            .start((Drops(drops.clone()), 0))
            .unwrap()
    };
    let actors: Vec<_> = (0..10_000).map(start).collect();
    for addr in &actors {
        addr.post(|(_, n)| *n += 1).unwrap();
    }
    for addr in &actors {
        addr.stop();
    }
    for addr in actors {
        assert_eq!(addr.join(), StopReason::Stopped);
    }
    assert_eq!(drops.load(Relaxed), 10_000);
}

/// kameo#171: what the actor keeps of itself keeps it.
#[test]
fn an_object_that_knows_its_own_weak_address_stops() {
    struct Knows(Option<WeakAddr<Knows>>);
    let addr = Addr::spawn(Knows(None));
    let weak = addr.downgrade();
    addr.post(move |me| me.0 = Some(weak)).unwrap();
    let ended = addr.join_async();
    drop(addr);
    assert_eq!(block_on(ended), StopReason::Stopped);
}

#[test]
fn an_executor_that_refuses_ends_the_actor_in_the_calling_thread() {
    struct Full;
    impl Executor for Full {
        fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
            Err(Rejected(job))
        }
    }
    struct Forgets;
    impl Executor for Forgets {
        fn execute_job(&self, _: Job) -> Result<(), Rejected<Job>> {
            Ok(())
        }
    }
    struct Panics;
    impl Executor for Panics {
        fn execute_job(&self, _: Job) -> Result<(), Rejected<Job>> {
            panic!("no");
        }
    }
    fn check(builder: rungs::actor::Builder<Drops>) {
        let drops = Arc::new(AtomicUsize::new(0));
        let addr = builder.start(Drops(drops.clone())).unwrap();
        assert!(matches!(addr.call(|_| ()).wait(), Err(AskError::Stopped)));
        assert_eq!(addr.try_join(), Some(StopReason::Killed));
        assert_eq!(drops.load(Relaxed), 1);
        assert!(addr.post(|_| ()).is_err());
    }
    check(Addr::builder().on(Arc::new(Full)));
    check(Addr::builder().on(Arc::new(Forgets)));
    check(Addr::builder().on(Arc::new(Panics)));
}

#[test]
fn a_thread_that_does_not_start_gives_the_object_back() {
    let builder = Addr::builder().dedicated_thread("huge").stack_size(1 << 60);
    let error = builder.start(String::from("kept")).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the actor's thread could not be started: ")
    );
    assert_eq!(error.state, "kept");
}

#[test]
fn the_object_lives_and_dies_on_its_own_thread() {
    struct Here(thread::ThreadId, mpsc::Sender<bool>);
    impl Drop for Here {
        fn drop(&mut self) {
            let _ = self.1.send(thread::current().id() == self.0);
        }
    }
    let (sender, receiver) = mpsc::channel();
    let builder = Addr::builder().dedicated_thread("home");
    let addr = builder.start(None).unwrap();
    addr.post(|here| *here = Some(Here(thread::current().id(), sender)))
        .unwrap();
    drop(addr);
    assert!(receiver.recv().unwrap());
}

/// ractor#466: the second who waits for the end is never told.
#[test]
fn any_number_of_threads_and_tasks_join() {
    let addr = Addr::spawn(());
    thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| assert_eq!(addr.join(), StopReason::Stopped));
            s.spawn(|| assert_eq!(block_on(addr.join_async()), StopReason::Stopped));
        }
        addr.stop();
    });
    assert_eq!(addr.join_timeout(Duration::ZERO), Ok(StopReason::Stopped));
    assert_eq!(addr.join_deadline(Instant::now()), Ok(StopReason::Stopped));
    assert_eq!(addr.try_join(), Some(StopReason::Stopped));
}

#[test]
fn a_dropped_reply_does_not_unsend() {
    let addr = Addr::spawn(Vec::new());
    drop(addr.call(|seen| seen.push(1)));
    assert_eq!(addr.call(|seen| seen.len()).wait().unwrap(), 1);
}

#[test]
#[should_panic(expected = "a batch of `n` = 0")]
fn a_batch_of_nothing_is_refused() {
    let _ = Addr::<()>::builder().batch(0);
}

#[test]
fn the_largest_batch_works() {
    let addr = Addr::builder().batch(usize::MAX).start(1).unwrap();
    assert_eq!(addr.call(|n| *n).wait().unwrap(), 1);
}

#[test]
fn what_is_public_is_sent_and_shared_where_it_may_be() {
    fn is<T: Send + Sync + Unpin>() {}
    is::<Addr<std::cell::Cell<u8>>>();
    is::<WeakAddr<std::cell::Cell<u8>>>();
    is::<rungs::actor::Reply<std::cell::Cell<u8>>>();
    is::<rungs::actor::Builder<Mutex<u8>>>();
    is::<rungs::actor::AskError>();
    fn is_send<T: Send>() {}
    is_send::<rungs::actor::Join<std::cell::Cell<u8>>>();
}

#[test]
fn debug_does_not_wait() {
    let (addr, go) = busy(());
    assert!(format!("{addr:?}").starts_with("Addr { len: 0, closed: false, ended: None"));
    assert_eq!(format!("{:?}", addr.downgrade()), "WeakAddr");
    assert_eq!(
        format!("{:?}", addr.call(|_| ())),
        "Reply { done: false, .. }"
    );
    go.set();
}

#[test]
fn an_address_on_its_way_keeps_the_actor() {
    struct Traveller(mpsc::Sender<u32>);
    struct Mirror;
    struct Out(u32, Addr<Traveller>);
    struct Back(u32, Addr<Mirror>);
    impl Actor for Traveller {}
    impl Actor for Mirror {}
    impl Handler<Out> for Mirror {
        type Reply = ();
        fn handle(&mut self, Out(n, to): Out, cx: &mut Context<Self>) {
            to.tell(Back(n, cx.addr())).unwrap();
        }
    }
    impl Handler<Back> for Traveller {
        type Reply = ();
        fn handle(&mut self, Back(n, from): Back, cx: &mut Context<Self>) {
            match n {
                0 => self.0.send(n).unwrap(),
                _ => from.tell(Out(n - 1, cx.addr())).unwrap(),
            }
        }
    }
    let (sender, receiver) = mpsc::channel();
    // From here on nobody has an address of either, but the messages.
    Mirror
        .start()
        .tell(Out(10_000, Traveller(sender).start()))
        .unwrap();
    assert_eq!(receiver.recv(), Ok(0));
    // Both have ended, and the traveller with its sender.
    assert!(receiver.recv().is_err());
}

/// What is left and whose caller is told is not counted, whatever its drop does.
#[test]
fn a_call_whose_drop_panics_is_not_counted_as_undelivered() {
    let (addr, go) = busy(());
    let bomb = PanicsOnDrop;
    let reply = addr.call(move |_| drop(bomb));
    addr.kill();
    go.set();
    assert!(matches!(reply.wait(), Err(AskError::Stopped)));
    addr.join();
    assert_eq!(addr.undelivered(), 0);
}
