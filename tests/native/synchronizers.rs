//! The synchronizers, natively: boundary values, crowds, drops at every poll, panics.

use rungs::future::block_on;
use rungs::sync::{
    AlreadyArrived, AutoResetEvent, Barrier, BarrierError, BrokenBarrier, Exchanger, Latch,
    NoPartner, Phaser, TimedOut, TryBarrierError, WaitGroup,
};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

const CROWD: usize = 10_000;

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A waker that runs a function.
struct Call<F>(F);

impl<F: Fn() + Send + Sync> Wake for Call<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

fn calling(f: impl Fn() + Send + Sync + 'static) -> Waker {
    Arc::new(Call(f)).into()
}

fn long_ago() -> Instant {
    Instant::now()
        .checked_sub(Duration::from_secs(1))
        .unwrap_or_else(Instant::now)
}

/// The message of what `f` panics with.
fn panic_of(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("it panics");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
    }
}

// ---------------------------------------------------------------------------------------------
// AutoResetEvent
// ---------------------------------------------------------------------------------------------

#[test]
fn signals_come_in_the_order_of_the_line() {
    let event = AutoResetEvent::new(false);
    let mut waits: Vec<_> = (0..CROWD).map(|_| Box::pin(event.wait_async())).collect();
    for wait in &mut waits {
        assert!(poll(wait.as_mut()).is_pending());
    }
    for i in 0..CROWD {
        event.set();
        assert!(poll(waits[i].as_mut()).is_ready());
        if let Some(next) = waits.get_mut(i + 1) {
            assert!(poll(next.as_mut()).is_pending());
        }
    }
    assert!(!event.is_set());
}

/// tokio#2237.
#[test]
fn polls_and_drops_leave_nothing() {
    let held = Arc::new(());
    let waker = {
        let held = held.clone();
        calling(move || _ = &held)
    };
    let mut cx = Context::from_waker(&waker);
    let event = AutoResetEvent::new(false);
    let latch = Latch::new(1);
    let group = WaitGroup::new();
    let _member = group.add();
    let barrier = Barrier::new(2);
    let phaser = Phaser::new();
    let exchanger = Exchanger::new();
    for _ in 0..CROWD {
        assert!(pin!(event.wait_async()).poll(&mut cx).is_pending());
        assert!(pin!(latch.wait_async()).poll(&mut cx).is_pending());
        assert!(pin!(group.wait_async()).poll(&mut cx).is_pending());
        assert!(pin!(barrier.wait_async()).poll(&mut cx).is_pending());
        assert!(pin!(phaser.wait_phase_async(0)).poll(&mut cx).is_pending());
        assert!(pin!(exchanger.exchange_async(1)).poll(&mut cx).is_pending());
    }
    assert_eq!(barrier.waiting(), 0);
    drop(waker);
    assert_eq!(Arc::strong_count(&held), 1, "no waker is kept");
}

/// tokio#3652, tokio#7996: whoever is dropped, at any stage, the signal goes to one who stays.
#[test]
fn a_signal_survives_any_drop() {
    for (dropped, polled_again) in (0..3).flat_map(|i| [(i, false), (i, true)]) {
        let event = AutoResetEvent::new(false);
        let mut waits: Vec<_> = (0..3).map(|_| Box::pin(event.wait_async())).collect();
        for wait in &mut waits {
            assert!(poll(wait.as_mut()).is_pending());
        }
        event.set();
        if polled_again && dropped > 0 {
            assert!(poll(waits[dropped].as_mut()).is_pending());
        }
        drop(waits.remove(dropped));
        assert!(poll(waits[0].as_mut()).is_ready(), "dropped {dropped}");
        assert!(poll(waits[1].as_mut()).is_pending());
        assert!(!event.is_set());
    }
}

#[test]
fn timed_waits_of_any_length_are_borne() {
    let event = AutoResetEvent::new(true);
    assert_eq!(event.wait_timeout(Duration::MAX), Ok(()));
    assert_eq!(event.wait_deadline(long_ago()), Err(TimedOut));
    event.set();
    assert_eq!(event.wait_deadline(long_ago()), Ok(()), "there is there");
    let far = Instant::now() + Duration::from_secs(1 << 30);
    thread::scope(|s| {
        let waiter = s.spawn(|| event.wait_deadline(far));
        event.set();
        assert_eq!(waiter.join().unwrap(), Ok(()));
    });
    assert!(!event.reset());
}

/// Threads and tasks pass a token around; none is lost.
#[test]
fn a_token_is_never_lost() {
    const ROUNDS: usize = 500;
    let events: [_; 4] = std::array::from_fn(|i| AutoResetEvent::new(i == 0));
    let passes = AtomicUsize::new(0);
    thread::scope(|s| {
        for i in 0..events.len() {
            let (own, next) = (&events[i], &events[(i + 1) % 4]);
            let passes = &passes;
            s.spawn(move || {
                for round in 0..ROUNDS {
                    match (i + round) % 3 {
                        0 => own.wait(),
                        1 => block_on(own.wait_async()),
                        _ => while own.wait_timeout(Duration::from_micros(50)).is_err() {},
                    }
                    passes.fetch_add(1, Relaxed);
                    next.set();
                }
            });
        }
    });
    assert_eq!(passes.into_inner(), 4 * ROUNDS);
    assert_eq!(
        events.map(|event| event.is_set()),
        [true, false, false, false]
    );
}

// ---------------------------------------------------------------------------------------------
// Latch, WaitGroup
// ---------------------------------------------------------------------------------------------

#[test]
fn counts_at_the_boundary_are_borne() {
    let open = Latch::new(0);
    open.wait();
    open.count_down();
    open.arrive_and_wait();
    assert_eq!(open.count(), 0);
    let largest = Latch::new(Latch::MAX_COUNT);
    largest.count_down_by(0);
    assert_eq!(largest.count(), Latch::MAX_COUNT);
    largest.count_down_by(Latch::MAX_COUNT - 1);
    assert!(!largest.try_wait());
    largest.count_down_by(usize::MAX);
    assert!(largest.try_wait());
    for count in [Latch::MAX_COUNT + 1, usize::MAX] {
        let message = panic_of(|| _ = Latch::new(count));
        assert!(
            message.contains("`count` is above Latch::MAX_COUNT"),
            "{message}"
        );
    }
}

#[test]
fn ten_thousand_wait_for_a_latch_and_some_leave() {
    let latch = Latch::new(2);
    let mut waits: Vec<_> = (0..CROWD).map(|_| Box::pin(latch.wait_async())).collect();
    for wait in &mut waits {
        assert!(poll(wait.as_mut()).is_pending());
    }
    let mut index = 0;
    waits.retain(|_| {
        index += 1;
        index % 3 != 0
    });
    latch.count_down();
    assert!(poll(waits[0].as_mut()).is_pending());
    assert!(latch.try_arrive_and_wait());
    for wait in &mut waits {
        assert!(poll(wait.as_mut()).is_ready());
    }
}

#[test]
fn who_gives_up_waiting_has_counted() {
    let latch = Latch::new(4);
    assert_eq!(latch.arrive_and_wait_timeout(Duration::ZERO), Err(TimedOut));
    assert_eq!(latch.arrive_and_wait_deadline(long_ago()), Err(TimedOut));
    drop(latch.arrive_and_wait_async());
    assert_eq!(latch.count(), 2, "never polled, never counted");
    assert!(poll(pin!(latch.arrive_and_wait_async())).is_pending());
    assert_eq!(latch.count(), 1);
    block_on(latch.arrive_and_wait_async());
}

#[test]
fn a_member_is_done_also_where_its_job_panics() {
    let group = WaitGroup::new();
    let threads = [false, true].map(|panics| {
        let member = group.add();
        thread::spawn(move || {
            let _both = (member.clone(), member);
            assert!(!panics, "on purpose");
        })
    });
    group.wait();
    assert_eq!(group.members(), 0);
    let [fine, panicked] = threads.map(|thread| thread.join());
    assert!(fine.is_ok() && panicked.is_err());
    // The handles are of one group.
    let member = group.clone().add();
    assert_eq!(group.wait_timeout(Duration::from_millis(1)), Err(TimedOut));
    drop(group);
    drop(member);
}

#[test]
fn members_come_and_go_in_crowds() {
    let group = WaitGroup::new();
    let first = group.add();
    let mut waits: Vec<_> = (0..CROWD).map(|_| Box::pin(group.wait_async())).collect();
    for wait in &mut waits {
        assert!(poll(wait.as_mut()).is_pending());
    }
    let members: Vec<_> = (0..CROWD).map(|_| first.clone()).collect();
    drop(first);
    assert_eq!(group.members(), CROWD);
    thread::scope(|s| {
        s.spawn(|| drop(members));
        group.wait();
    });
    let _late = group.add();
    assert!(waits.iter_mut().all(|wait| poll(wait.as_mut()).is_ready()));
}

// ---------------------------------------------------------------------------------------------
// Barrier
// ---------------------------------------------------------------------------------------------

#[test]
fn barriers_of_any_size_are_borne() {
    for parties in [0, 1] {
        let barrier = Barrier::new(parties);
        assert_eq!(barrier.parties(), 1);
        assert!(barrier.wait().unwrap().is_leader());
        assert!(barrier.try_wait().unwrap().is_leader());
        assert!(block_on(barrier.wait_async()).unwrap().is_leader());
        assert!(barrier.wait_deadline(long_ago()).unwrap().is_leader());
        assert_eq!(barrier.wait_timeout(Duration::MAX).unwrap().generation(), 4);
    }
    let endless = Barrier::new(usize::MAX);
    assert_eq!(
        endless.wait_timeout(Duration::ZERO),
        Err(BarrierError::TimedOut)
    );
    assert_eq!(endless.try_wait(), Err(TryBarrierError::NotLast));
    assert_eq!((endless.parties(), endless.waiting()), (usize::MAX, 0));
}

#[test]
fn ten_thousand_meet_and_one_of_them_leads() {
    let barrier = Barrier::new(CROWD);
    for generation in 0..2 {
        let mut waits: Vec<_> = (1..CROWD).map(|_| Box::pin(barrier.wait_async())).collect();
        for wait in &mut waits {
            assert!(poll(wait.as_mut()).is_pending());
        }
        // The first, one in the middle and the last go; others take their places.
        for gone in [0, CROWD / 2, CROWD - 2] {
            waits[gone] = Box::pin(barrier.wait_async());
            assert_eq!(barrier.waiting(), CROWD - 2);
            assert!(poll(waits[gone].as_mut()).is_pending());
        }
        assert_eq!(barrier.waiting(), CROWD - 1);
        let leader = barrier.wait().unwrap();
        assert!(leader.is_leader());
        assert_eq!(leader.generation(), generation);
        assert_eq!(barrier.waiting(), 0);
        for wait in &mut waits {
            let Poll::Ready(Ok(result)) = poll(wait.as_mut()) else {
                panic!("the round is over");
            };
            assert!(!result.is_leader());
        }
    }
}

#[test]
fn a_broken_barrier_stays_broken_until_reset() {
    let barrier = Barrier::new(2);
    let mut waits = Box::pin(barrier.wait_async());
    assert!(poll(waits.as_mut()).is_pending());
    barrier.abort();
    assert_eq!(poll(waits.as_mut()), Poll::Ready(Err(BrokenBarrier)));
    assert_eq!(barrier.wait(), Err(BrokenBarrier));
    assert_eq!(barrier.try_wait(), Err(TryBarrierError::Broken));
    assert_eq!(block_on(barrier.wait_async()), Err(BrokenBarrier));
    let timed = barrier.wait_timeout(Duration::MAX);
    assert_eq!(timed, Err(BarrierError::Broken));
    barrier.reset();
    assert!(!barrier.is_broken());
    thread::scope(|s| {
        s.spawn(|| barrier.wait().unwrap());
        barrier.wait().unwrap();
    });
}

/// cpython#117991, asyncband#135: at every poll, whoever is dropped retracts itself alone.
#[test]
fn the_others_wait_for_the_right_number() {
    let barrier = Barrier::new(3);
    let mut stays = Box::pin(barrier.wait_async());
    assert!(poll(stays.as_mut()).is_pending());
    for polls in 0..3 {
        let mut goes = Box::pin(barrier.wait_async());
        for _ in 0..polls {
            assert!(poll(goes.as_mut()).is_pending());
        }
        drop(goes);
        assert_eq!(barrier.waiting(), 1);
        assert!(poll(stays.as_mut()).is_pending());
    }
    let timed_out = Err(BarrierError::TimedOut);
    assert_eq!(barrier.wait_timeout(Duration::from_millis(1)), timed_out);
    let mut second = Box::pin(barrier.wait_async());
    assert!(poll(second.as_mut()).is_pending());
    assert!(barrier.try_wait().unwrap().is_leader());
    // Dropped when the round was full: it was counted, and takes nothing back.
    drop(second);
    assert_eq!(barrier.waiting(), 0);
    assert!(matches!(poll(stays.as_mut()), Poll::Ready(Ok(_))));
}

#[test]
fn an_action_runs_once_a_round_before_the_others_go_on() {
    let rounds = Arc::new(AtomicUsize::new(0));
    let barrier = Barrier::with_action(3, {
        let rounds = rounds.clone();
        move || _ = rounds.fetch_add(1, Relaxed)
    });
    thread::scope(|s| {
        for _ in 0..3 {
            s.spawn(|| {
                for round in 1..=200 {
                    barrier.wait().unwrap();
                    // Nobody gets further than one round ahead.
                    assert!([round, round + 1].contains(&rounds.load(Relaxed)));
                }
            });
        }
    });
    assert_eq!(rounds.load(Relaxed), 200);
}

#[test]
fn an_action_that_panics_breaks_the_barrier_and_no_more() {
    let panics = Arc::new(AtomicBool::new(true));
    let barrier = Barrier::with_action(2, {
        let panics = panics.clone();
        move || assert!(!panics.load(Relaxed), "in the action")
    });
    let mut waits = Box::pin(barrier.wait_async());
    assert!(poll(waits.as_mut()).is_pending());
    assert_eq!(panic_of(|| _ = barrier.wait()), "in the action");
    assert_eq!(poll(waits.as_mut()), Poll::Ready(Err(BrokenBarrier)));
    assert!(barrier.is_broken());
    panics.store(false, Relaxed);
    barrier.reset();
    let mut waits = Box::pin(barrier.wait_async());
    assert!(poll(waits.as_mut()).is_pending());
    assert!(barrier.wait().is_ok());
}

/// One whose time is over while the action runs was counted, and is not told otherwise.
#[test]
fn who_is_counted_does_not_time_out() {
    let (running, go_on) = (Arc::new(Latch::new(1)), Arc::new(Latch::new(1)));
    let barrier = Barrier::with_action(2, {
        let (running, go_on) = (running.clone(), go_on.clone());
        move || {
            running.count_down();
            go_on.wait();
        }
    });
    thread::scope(|s| {
        let early = s.spawn(|| {
            loop {
                // It may be over before the other comes; then it tries again.
                match barrier.wait_timeout(Duration::from_millis(20)) {
                    Err(BarrierError::TimedOut) => {}
                    other => return other,
                }
            }
        });
        while barrier.waiting() == 0 {
            thread::yield_now();
        }
        let last = s.spawn(|| barrier.wait());
        running.wait();
        thread::sleep(Duration::from_millis(40)); // its time is over, probably
        go_on.count_down();
        let (early, last) = (early.join().unwrap(), last.join().unwrap());
        assert_ne!(early.unwrap().is_leader(), last.unwrap().is_leader());
    });
}

/// asyncband#41, tokio#5475: a waker comes straight back, and finds no lock held.
#[test]
fn wakers_may_use_what_wakes_them() {
    let barrier = Arc::new(Barrier::new(2));
    let again = {
        let barrier = barrier.clone();
        calling(move || {
            assert!(poll(pin!(barrier.wait_async())).is_pending());
            assert_eq!(barrier.try_wait(), Err(TryBarrierError::NotLast));
        })
    };
    let mut waits = Box::pin(barrier.wait_async());
    assert!(
        waits
            .as_mut()
            .poll(&mut Context::from_waker(&again))
            .is_pending()
    );
    assert!(barrier.wait().unwrap().is_leader());
    assert!(poll(waits.as_mut()).is_ready());
    assert_eq!(barrier.waiting(), 0);

    let exchanger = Arc::new(Exchanger::new());
    let again = {
        let exchanger = exchanger.clone();
        calling(move || assert_eq!(exchanger.try_exchange(3), Err(NoPartner(3))))
    };
    let mut waits = Box::pin(exchanger.exchange_async(1));
    assert!(
        waits
            .as_mut()
            .poll(&mut Context::from_waker(&again))
            .is_pending()
    );
    assert_eq!(exchanger.try_exchange(2), Ok(1));
    assert_eq!(poll(waits.as_mut()), Poll::Ready(2));

    let phaser = Phaser::new();
    let party = Arc::new(Mutex::new(phaser.register()));
    let again = {
        let (party, phaser) = (party.clone(), phaser.clone());
        calling(move || {
            drop(phaser.register());
            assert!(party.try_lock().is_err(), "it is in `arrive`");
        })
    };
    let mut waits = Box::pin(phaser.wait_phase_async(0));
    assert!(
        waits
            .as_mut()
            .poll(&mut Context::from_waker(&again))
            .is_pending()
    );
    assert_eq!(party.lock().unwrap().arrive(), Ok(0));
    assert!(poll(waits.as_mut()).is_ready());
}

// ---------------------------------------------------------------------------------------------
// Phaser
// ---------------------------------------------------------------------------------------------

#[test]
fn phases_without_parties_do_not_end() {
    let phaser = Phaser::new();
    assert!(!phaser.try_wait_phase(0));
    assert_eq!(phaser.wait_phase_timeout(0, Duration::ZERO), Err(TimedOut));
    assert_eq!(
        phaser.wait_phase_deadline(u64::MAX, long_ago()),
        Err(TimedOut)
    );
    phaser.register().deregister();
    assert!(phaser.try_wait_phase(0));
    assert_eq!(
        (phaser.phase(), phaser.parties(), phaser.arrived()),
        (1, 0, 0)
    );
}

#[test]
fn a_party_arrives_once_a_phase() {
    let phaser = Phaser::new();
    let (mut one, mut two) = (phaser.register(), phaser.register());
    assert_eq!(one.arrive(), Ok(0));
    assert_eq!(one.arrive(), Err(AlreadyArrived { phase: 0 }));
    assert_eq!(one.try_arrive_and_wait(), None);
    assert_eq!(one.arrive_and_wait_timeout(Duration::ZERO), Err(TimedOut));
    assert!(poll(pin!(one.arrive_and_wait_async())).is_pending());
    assert_eq!(phaser.arrived(), 1, "however often it waits");
    assert_eq!(two.arrive_and_wait(), 0);
    assert_eq!(one.arrive(), Ok(1));
    let error = one.arrive().unwrap_err();
    assert_eq!(error.to_string(), "the party has arrived in phase 1 before");
    drop(one);
    assert_eq!(
        (phaser.phase(), phaser.parties(), phaser.arrived()),
        (1, 1, 0)
    );
    assert_eq!(two.try_arrive_and_wait(), Some(1));
}

#[test]
fn parties_come_and_go_in_threads_and_tasks() {
    let phaser = Phaser::new();
    let sum = AtomicUsize::new(0);
    let holder = phaser.register();
    thread::scope(|s| {
        for i in 1..=8 {
            let mut party = phaser.register();
            let sum = &sum;
            s.spawn(move || {
                for phase in 0..i {
                    sum.fetch_add(1, Relaxed);
                    assert_eq!(
                        match i % 2 {
                            0 => party.arrive_and_wait(),
                            _ => block_on(party.arrive_and_wait_async()),
                        },
                        phase
                    );
                }
            });
        }
        drop(holder);
        phaser.wait_phase(7);
        assert_eq!(sum.load(Relaxed), 36);
    });
    assert_eq!(phaser.parties(), 0);
}

// ---------------------------------------------------------------------------------------------
// Exchanger
// ---------------------------------------------------------------------------------------------

#[test]
fn two_who_exchange_as_often_always_meet() {
    const ROUNDS: usize = 500;
    let exchanger = Exchanger::new();
    thread::scope(|s| {
        let other = s.spawn(|| (0..ROUNDS).all(|i| exchanger.exchange((0, i)) == (1, i)));
        for i in 0..ROUNDS {
            assert_eq!(block_on(exchanger.exchange_async((1, i))), (0, i));
        }
        assert!(other.join().unwrap());
    });
}

/// Four come and give up in every way; who met somebody is whom that one met.
#[test]
fn values_are_neither_lost_nor_doubled() {
    const EACH: usize = 2_000;
    let exchanger = Exchanger::new();
    let attempt = |form: usize, value: usize| match form {
        0 => exchanger.try_exchange(value),
        1 => exchanger.exchange_timeout(value, Duration::from_micros(20)),
        _ => {
            let mut exchange = exchanger.exchange_async(value);
            match poll(Pin::new(&mut exchange)) {
                Poll::Ready(theirs) => Ok(theirs),
                Poll::Pending => {
                    thread::yield_now();
                    exchange.give_up()
                }
            }
        }
    };
    let met = Mutex::new(HashMap::new());
    thread::scope(|s| {
        for me in 0..4 {
            let (attempt, met) = (&attempt, &met);
            s.spawn(move || {
                for value in me * EACH..(me + 1) * EACH {
                    match attempt(value % 3, value) {
                        Ok(theirs) => assert!(met.lock().unwrap().insert(value, theirs).is_none()),
                        Err(NoPartner(mine)) => assert_eq!(mine, value),
                    }
                }
            });
        }
    });
    let met = met.into_inner().unwrap();
    for (mine, theirs) in &met {
        assert_eq!(met.get(theirs), Some(mine), "pairs of two");
    }
    assert_eq!(
        exchanger.try_exchange(0),
        Err(NoPartner(0)),
        "nobody is left"
    );
}
