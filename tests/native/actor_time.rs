//! Timers of actors.

use crate::common::notes::{Notes, Run, run};
use rungs::actor::TestClock;
use rungs::actor::{Actor, Addr, AsyncHandler, Context, Handler, Probe, Recipient, StopReason};
use rungs::executor::{Every, InlineExecutor, Shutdown, ThreadPoolExecutor};
use rungs::sync::Semaphore;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const TICK: Duration = Duration::from_millis(1);

#[test]
fn a_timer_does_not_wait_behind_messages() {
    let addr = Notes::default().start();
    run(&addr, |_, cx| {
        for n in 0..1000 {
            cx.addr().tell(n).unwrap();
        }
        cx.after(Duration::ZERO, |me, _| me.numbers.push(7777));
        cx.tell_after(Duration::ZERO, 8888);
    });
    let told = run(&addr, |me, _| std::mem::take(&mut me.numbers));
    assert_eq!(told[..3], [7777, 8888, 0]);
    assert_eq!(told.len(), 1002);
}

/// Sends itself what it has handled, for ever.
struct Flood(u64);

impl Actor for Flood {
    fn started(&mut self, cx: &mut Context<Self>) {
        for _ in 0..1000 {
            cx.addr().tell(()).unwrap();
        }
        cx.every(Every::rate(TICK), |me, cx| {
            me.0 += 1;
            if me.0 == 5 {
                cx.kill();
            }
        });
    }
}

impl Handler<()> for Flood {
    type Reply = ();
    fn handle(&mut self, _: (), cx: &mut Context<Self>) {
        let _ = cx.addr().tell(());
    }
}

#[test]
fn a_flood_does_not_starve_a_timer() {
    let pool = ThreadPoolExecutor::new(1);
    for batch in [1, 64, usize::MAX] {
        let on = Addr::builder().on(&pool).batch(batch);
        let flood = on.start_actor(Flood(0)).unwrap();
        assert_eq!(flood.join(), StopReason::Killed);
    }
}

#[test]
fn ten_thousand_timers_leave_nothing_behind() {
    let ends: [fn(&Addr<Notes>); 3] = [Addr::stop, Addr::kill, |addr| {
        drop(addr.ask(Run(|_: &mut Notes, _: &mut Context<Notes>| {
            panic!("enough")
        })))
    }];
    for end in ends {
        let addr = Notes::default().start();
        let captured = Arc::new(());
        let own = captured.clone();
        run(&addr, move |_, cx| {
            for n in 0..10_000 {
                let own = own.clone();
                let every = own.clone();
                let timer = cx.after(HOUR, move |_, _| drop(own));
                cx.every(Every::delay(HOUR), move |_, _| _ = &every);
                if n % 2 == 0 {
                    timer.cancel();
                }
            }
        });
        assert_eq!(Arc::strong_count(&captured), 15_001);
        end(&addr);
        addr.join();
        assert_eq!(Arc::strong_count(&captured), 1);
    }
}

#[test]
fn timers_keep_no_actor_from_stopping() {
    let addr = Notes::default().start();
    run(&addr, |_, cx| {
        cx.after(HOUR, |_, _| ());
        cx.every(Every::rate(TICK), |_, _| ());
    });
    let ended = addr.join_async();
    drop(addr);
    assert_eq!(rungs::future::block_on(ended), StopReason::Stopped);
}

#[test]
fn what_is_never_due_is_held_by_its_handle_alone() {
    let addr = Notes::default().start();
    let captured = Arc::new(());
    let own = captured.clone();
    let timer = run(&addr, move |_, cx| {
        cx.after(Duration::MAX, move |_, _| drop(own))
    });
    assert!(!timer.is_done());
    assert_eq!(Arc::strong_count(&captured), 2);
    drop(timer);
    assert_eq!(Arc::strong_count(&captured), 1);
    let timer = run(&addr, |_, cx| {
        cx.every(Every::rate(Duration::MAX), |_, _| ())
    });
    timer.cancel();
    assert!(timer.is_done());
}

#[test]
fn a_timer_may_cancel_itself_and_set_others() {
    let (sender, receiver) = mpsc::channel();
    let addr = Notes::default().start();
    let (hand, mine) = mpsc::channel::<rungs::actor::Timer>();
    run(&addr, move |_, cx| {
        let mut count = 0;
        let timer = cx.every(Every::burst(TICK), move |_, cx| {
            count += 1;
            sender.send(count).unwrap();
            if count == 3 {
                mine.recv().unwrap().cancel();
                let last = sender.clone();
                cx.after(TICK * 10, move |_, _| last.send(100).unwrap());
            }
        });
        hand.send(timer).unwrap();
    });
    assert!(receiver.iter().eq([1, 2, 3, 100]));
}

#[test]
fn a_panic_of_a_timer_ends_its_actor() {
    for again in [false, true] {
        let addr = Notes::default().start();
        run(&addr, move |_, cx| match again {
            false => cx.after(TICK, |_, _| panic!("out of time")),
            true => cx.every(Every::rate(TICK), |_, _| panic!("out of time")),
        });
        assert_eq!(addr.join(), StopReason::Panicked("out of time".into()));
    }
}

#[test]
fn a_timer_that_outlives_its_actor_is_done() {
    let addr = Notes::default().start();
    let timer = run(&addr, |_, cx| cx.every(Every::rate(HOUR), |_, _| ()));
    assert!(!timer.is_done());
    addr.kill();
    addr.join();
    assert!(timer.is_done());
    timer.cancel();
}

#[test]
fn a_timer_runs_on_its_actors_own_thread() {
    let addr = Addr::builder()
        .dedicated_thread("clock")
        .start_actor(Notes::default())
        .unwrap();
    let (sender, receiver) = mpsc::channel();
    let here = run(&addr, move |_, cx| {
        cx.after(TICK, move |_, _| {
            sender.send(std::thread::current().id()).unwrap();
        });
        std::thread::current().id()
    });
    assert_eq!(receiver.recv().unwrap(), here);
}

/// Handles a message for as long as it does not get a permit.
struct Slow(Arc<Semaphore>, Recipient<&'static str>);

impl Actor for Slow {
    fn started(&mut self, cx: &mut Context<Self>) {
        cx.tell_after(Duration::ZERO, "first");
        cx.tell_after(Duration::ZERO, "second");
        cx.after(TICK, |me, _| me.1.tell("timer").unwrap());
    }
}

impl AsyncHandler<&'static str> for Slow {
    type Reply = ();
    async fn handle(&mut self, text: &'static str, _cx: &mut Context<Self>) {
        self.0.acquire_async().await.unwrap().forget();
        self.1.tell(text).unwrap();
    }
}

#[test]
fn a_timer_waits_for_the_message_that_is_handled() {
    let (probe, permits) = (Probe::new(), Arc::new(Semaphore::new(0)));
    let slow = Slow(permits.clone(), probe.recipient()).start();
    permits.add_permits(1).unwrap();
    assert_eq!(probe.receive(), "first");
    permits.add_permits(1).unwrap();
    let mut rest = [probe.receive(), probe.receive()];
    rest.sort_unstable();
    assert_eq!(rest, ["second", "timer"]);
    slow.stop();
    assert_eq!(slow.join(), StopReason::Stopped);
    probe.expect_none();
}

#[test]
fn a_timer_of_an_actor_whose_executor_is_gone_ends_it() {
    let pool = ThreadPoolExecutor::new(1);
    let addr = Addr::builder()
        .on(&pool)
        .start_actor(Notes::default())
        .unwrap();
    run(&addr, |_, cx| cx.every(Every::rate(TICK), |_, _| ()));
    pool.shutdown(Shutdown::Wait);
    assert_eq!(addr.join(), StopReason::Killed);
}

#[test]
fn a_test_clock_brings_each_run_at_its_time() {
    let clock = TestClock::new();
    let addr = Addr::builder()
        .on(Arc::new(InlineExecutor::new()))
        .clock(&clock)
        .start_actor(Notes::default())
        .unwrap();
    run(&addr, |_, cx| {
        cx.every(Every::rate(HOUR), |me, _| me.numbers.push(1));
        cx.every(Every::delay(HOUR * 2).first_after(HOUR / 2), |me, _| {
            me.numbers.push(2)
        });
        cx.after(HOUR * 2, |me, cx| {
            me.numbers.push(3);
            cx.after(HOUR / 4, |me, _| me.numbers.push(4));
        });
        cx.tell_after(Duration::ZERO, 0);
    });
    let told = |addr| run(addr, |me, _| std::mem::take(&mut me.numbers));
    assert_eq!(told(&addr), [0]);
    clock.advance(HOUR - Duration::from_nanos(1));
    assert_eq!(told(&addr), [2]);
    clock.advance(Duration::from_nanos(1));
    assert_eq!(told(&addr), [1]);
    clock.advance(HOUR * 2);
    assert_eq!(told(&addr), [3, 1, 4, 2, 1]);
    clock.advance(Duration::ZERO);
    assert_eq!(told(&addr), []);
}

#[test]
fn what_a_test_clock_brings_comes_before_what_is_sent_later() {
    for builder in [
        Addr::builder(),
        Addr::builder().dedicated_thread("timed"),
        Addr::builder().batch(1),
    ] {
        let clock = TestClock::new();
        let addr = builder.clock(&clock).start_actor(Notes::default()).unwrap();
        run(&addr, |_, cx| {
            cx.every(Every::burst(HOUR), |me, _| me.numbers.push(1))
        });
        for n in 1..=100 {
            clock.advance(HOUR);
            assert_eq!(run(&addr, |me, _| me.numbers.len()), n);
        }
    }
}

#[test]
fn an_actor_that_ends_leaves_no_alarm_with_a_test_clock() {
    let clock = TestClock::new();
    let on = Addr::builder().clock(&clock);
    let addr = on.start_actor(Notes::default()).unwrap();
    let first = run(&addr, |_, cx| {
        let first = cx.after(HOUR, |_, _| ());
        cx.after(HOUR, |_, _| ());
        cx.every(Every::rate(HOUR), |_, _| ());
        first
    });
    assert!(format!("{clock:?}").contains("alarms: 3"));
    first.cancel();
    assert!(format!("{clock:?}").contains("alarms: 2"));
    addr.stop();
    addr.join();
    assert!(format!("{clock:?}").contains("alarms: 0"));
    clock.advance(HOUR);
}

#[test]
fn a_message_comes_again_and_again_until_its_timer_is_cancelled() {
    let clock = TestClock::new();
    let addr = Addr::builder().clock(&clock).start_actor(Notes::default());
    let addr = addr.unwrap();
    let timer = run(&addr, |_, cx| cx.tell_every(Every::rate(TICK), 7));
    for n in 1..=3 {
        clock.advance(TICK);
        assert_eq!(run(&addr, |me, _| me.numbers.len()), n);
    }
    assert!(!timer.is_done());
    timer.cancel();
    clock.advance(HOUR);
    assert_eq!(run(&addr, |me, _| me.numbers.clone()), [7, 7, 7]);
}

#[test]
fn a_message_whose_copy_panics_ends_the_actor() {
    /// So many copies can be made of all.
    struct Rare(Arc<AtomicUsize>);
    impl Clone for Rare {
        fn clone(&self) -> Self {
            let left = self.0.load(Relaxed);
            self.0.store(left.checked_sub(1).expect("no more"), Relaxed);
            Self(self.0.clone())
        }
    }
    impl Handler<Rare> for Notes {
        type Reply = ();
        fn handle(&mut self, _: Rare, _: &mut Context<Self>) {}
    }
    for copies in [0, 1] {
        let addr = Notes::default().start();
        let every = move |_: &mut Notes, cx: &mut Context<Notes>| {
            let rare = Rare(Arc::new(AtomicUsize::new(copies)));
            cx.tell_every(Every::delay(TICK), rare);
        };
        run(&addr, every);
        assert_eq!(addr.join(), StopReason::Panicked("no more".into()));
    }
}

#[test]
fn a_message_that_comes_again_waits_for_the_async_handler_of_the_last() {
    struct Slow(Semaphore, usize);
    impl Actor for Slow {}
    impl AsyncHandler<()> for Slow {
        type Reply = ();
        async fn handle(&mut self, _: (), _: &mut Context<Self>) {
            self.1 += 1;
            self.0.acquire_async().await.unwrap().forget();
        }
    }
    let clock = TestClock::new();
    let gate = Semaphore::new(0);
    let builder = Addr::builder().clock(&clock);
    let addr = builder.start_actor(Slow(gate, 0)).unwrap();
    struct Begin;
    impl Handler<Begin> for Slow {
        type Reply = ();
        fn handle(&mut self, _: Begin, cx: &mut Context<Self>) {
            cx.tell_every(Every::rate(TICK), ());
            self.0.add_permits(1).unwrap();
        }
    }
    addr.ask(Begin).wait().unwrap();
    clock.advance(TICK);
    assert_eq!(addr.call(|slow| slow.1).wait().unwrap(), 1);
    // The second waits for a permit, and no third begins.
    clock.advance(100 * TICK);
    let later = addr.call(|slow| slow.1);
    addr.kill();
    assert!(later.wait().is_err());
    assert_eq!(addr.join(), StopReason::Killed);
}

/// Futures that each begin the next, for as long as it wants them.
fn flood(me: &mut Notes, cx: &mut Context<Notes>) {
    if me.numbers.is_empty() {
        cx.pipe(async {}, |me, (), cx| flood(me, cx));
    }
}

#[test]
fn what_is_urgent_does_not_starve_messages_whatever_the_batch() {
    for batch in [1, 2, 4] {
        let pool = ThreadPoolExecutor::new(1);
        let builder = Addr::builder().on(&pool).batch(batch);
        let addr = builder.start_actor(Notes::default()).unwrap();
        run(&addr, |me, cx| (0..4).for_each(|_| flood(me, cx)));
        addr.tell(1).unwrap();
        addr.stop();
        assert!(addr.join_timeout(HOUR / 60).is_ok());
    }
}
