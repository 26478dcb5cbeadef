//! The parts of the face: clock, parker, locks, condition variable, deques, weak exchanges.

use crate::loom_tests::support::{Bound::*, Payload, fails, model, outcomes, spawn};
use crate::sys::atomic::{AtomicBool, AtomicUsize, Ordering::*, script_failures};
use crate::sys::clock::{self, JUMP};
use crate::sys::deque::{Injector, Steal, Worker, script_retries};
use crate::sys::lock_api;
use crate::sys::thread::Parker;
use crate::sys::{Arc, Condvar, Mutex, RawMutex, deadline_after};
use std::time::{Duration, Instant};

/// A deadline that the clock's jump brings.
fn soon() -> Option<Instant> {
    deadline_after(Duration::from_secs(1))
}

// ---------------------------------------------------------------------------------------------
// Clock
// ---------------------------------------------------------------------------------------------

/// Two threads, 6 executions.
#[test]
fn time_does_not_run_backwards() {
    let allowed = [(false, false), (false, true), (true, true)];
    outcomes("clock_runs_forwards", Exhaustive, 3, allowed, || {
        let reader = spawn(|| {
            let start = clock::now();
            let (one, two) = (clock::now(), clock::now());
            (one > start, two > start)
        });
        clock::expire_all();
        reader.join().unwrap()
    });
}

/// One thread, 1 execution: after the jump every deadline is over, even one that is computed then.
#[test]
fn after_the_jump_deadlines_are_over() {
    model("clock_after_the_jump", Exhaustive, 1, || {
        let (before, parker) = (soon(), Parker::new());
        clock::expire_all();
        assert!(!parker.park(before));
        assert!(!parker.park(soon()));
        assert!(clock::now() >= before.unwrap());
        parker.unpark();
        assert!(parker.park(soon()));
    });
}

/// Two threads, 5 executions: who moves the clock a second time moves nothing.
#[test]
fn the_clock_jumps_once() {
    model("clock_jumps_once", Exhaustive, 4, || {
        let start = clock::now();
        let other = spawn(clock::expire_all);
        clock::expire_all();
        assert_eq!(clock::now(), start + JUMP);
        other.join().unwrap();
        assert_eq!(clock::now(), start + JUMP);
    });
}

/// Two threads, found in execution 1: nobody wakes who waits for longer than a jump.
#[test]
fn a_deadline_beyond_the_jump_never_comes() {
    let message = fails("clock_beyond_the_jump", Exhaustive, || {
        let sleeper = spawn(|| Parker::new().park(deadline_after(2 * JUMP)));
        clock::expire_all();
        sleeper.join().unwrap();
    });
    assert!(message.contains("deadlock"), "{message}");
}

/// Two threads, found in execution 1.
#[test]
fn time_orders_nothing() {
    let message = fails("clock_orders_nothing", Exhaustive, || {
        let payload = Arc::new(Payload::new(0));
        let theirs = payload.clone();
        let start = clock::now();
        let reader = spawn(move || (clock::now() > start).then(|| theirs.read()));
        payload.write(1);
        clock::expire_all();
        reader.join().unwrap();
    });
    assert!(message.contains("Causality"), "{message}");
}

/// Two threads, found in execution 1: two waits with a deadline do not order each other.
#[test]
fn timed_waits_order_nothing() {
    let message = fails("clock_timed_waits_order_nothing", Exhaustive, || {
        fn wait() {
            let parker = Parker::new();
            parker.unpark();
            assert!(parker.park(soon()));
        }
        let payload = Arc::new(Payload::new(0));
        let theirs = payload.clone();
        let other = spawn(move || {
            theirs.write(1);
            wait();
        });
        wait();
        payload.read();
        other.join().unwrap();
    });
    assert!(message.contains("Causality"), "{message}");
}

/// A permit that a releaser hands to the one waiter: the smallest thing that can lose one.
struct Slot {
    state: Mutex<State>,
    parker: Parker,
}

#[derive(Default)]
struct State {
    permits: usize,
    waits: bool,
    granted: bool,
}

impl Slot {
    fn release(&self) {
        let mut state = self.state.lock();
        if !state.waits {
            state.permits += 1;
            return;
        }
        (state.waits, state.granted) = (false, true);
        drop(state);
        self.parker.unpark();
    }

    fn acquire(&self, is_correct: bool) -> bool {
        let mut state = self.state.lock();
        if state.permits > 0 {
            state.permits -= 1;
            return true;
        }
        state.waits = true;
        drop(state);
        if self.parker.park(soon()) {
            return true;
        }
        let mut state = self.state.lock();
        state.waits = false;
        // The bug: a grant that came between the deadline and here is forgotten.
        is_correct && state.granted
    }
}

/// The slot's waiter is started; `events` races with it.
fn wait_and(is_correct: bool, events: fn(&Arc<Slot>)) -> bool {
    let (sender, receiver) = std::sync::mpsc::channel();
    let waiter = spawn(move || {
        let slot = Arc::new(Slot {
            state: Mutex::default(),
            parker: Parker::new(),
        });
        sender.send(slot.clone()).unwrap();
        slot.acquire(is_correct)
    });
    // Only the waiter may make its parker.
    let slot = loop {
        match receiver.try_recv() {
            Ok(slot) => break slot,
            Err(_) => loom::thread::yield_now(),
        }
    };
    events(&slot);
    let acquired = waiter.join().unwrap();
    let left = slot.state.lock().permits;
    assert_eq!(left + usize::from(acquired), 1, "a permit was lost");
    acquired
}

fn release_and_expire(slot: &Arc<Slot>) {
    let theirs = slot.clone();
    let releaser = spawn(move || theirs.release());
    clock::expire_all();
    releaser.join().unwrap();
}

/// Three threads, 612 executions: the deadline races with the release.
#[test]
fn a_deadline_races_with_a_release() {
    outcomes("clock_races_release", Exhaustive, 50, [false, true], || {
        wait_and(true, release_and_expire)
    });
}

/// Three threads, found in execution 5. Without the virtual clock it is not.
#[test]
fn a_permit_lost_to_a_deadline_is_found() {
    let message = fails("clock_lost_permit", Exhaustive, || {
        wait_and(false, release_and_expire);
    });
    assert!(message.contains("a permit was lost"), "{message}");
}

/// Two threads, 35 executions: the bug is missed where one thread first releases, then moves the
/// clock.
#[test]
fn the_clock_is_moved_by_a_thread_of_its_own() {
    model("clock_moved_by_the_releaser", Exhaustive, 5, || {
        wait_and(false, |slot| {
            slot.release();
            clock::expire_all();
        });
    });
}

// ---------------------------------------------------------------------------------------------
// Parker
// ---------------------------------------------------------------------------------------------

/// A parker of the calling thread, and a thread that does `main` with it.
fn parked_with<T: Send + 'static>(
    main: impl FnOnce(&Parker) -> T + Send + 'static,
) -> (Arc<Parker>, crate::sys::thread::JoinHandle<T>) {
    let parker = Arc::new(Parker::new());
    let theirs = parker.clone();
    (parker, spawn(move || main(&theirs)))
}

/// Two threads, 6 executions: a token that is given before, while and after the thread falls
/// asleep.
#[test]
fn no_token_is_lost() {
    model("parker_loses_no_token", Exhaustive, 3, || {
        let (parker, other) = parked_with(Parker::unpark);
        assert!(parker.park(None));
        other.join().unwrap();
        assert!(!parker.try_take());
    });
}

/// Two threads, 13 executions: two tokens are one, or two one after the other.
#[test]
fn tokens_do_not_add_up() {
    outcomes("parker_tokens", Exhaustive, 5, [false, true], || {
        let (parker, other) = parked_with(|parker| {
            parker.unpark();
            parker.unpark();
        });
        assert!(parker.park(None));
        other.join().unwrap();
        let second = parker.try_take();
        assert!(!parker.try_take());
        second
    });
}

/// Three threads, 117 executions: a timed wait ends by the token or the deadline, and the token
/// stays.
#[test]
fn a_timed_wait_keeps_the_token() {
    outcomes("parker_timed", Exhaustive, 5, [false, true], || {
        let (parker, other) = parked_with(Parker::unpark);
        let clock = spawn(clock::expire_all);
        let given = parker.park(soon());
        other.join().unwrap();
        clock.join().unwrap();
        assert_eq!(parker.try_take(), !given);
        given
    });
}

/// Two threads, 6 executions: what was written before the token was given is seen after it was
/// taken.
#[test]
fn the_token_carries_what_was_written() {
    model("parker_publishes", Exhaustive, 3, || {
        let payload = Arc::new(Payload::new(0));
        let theirs = payload.clone();
        let (parker, other) = parked_with(move |parker| {
            theirs.write(1);
            parker.unpark();
        });
        parker.park(None);
        assert_eq!(payload.read(), 1);
        other.join().unwrap();
    });
}

/// Two threads, found in execution 1: who gives the token learns nothing from it, and a token not
/// taken says nothing.
#[test]
fn the_token_orders_nothing_else() {
    let message = fails("parker_orders_who_gives", Exhaustive, || {
        let payload = Arc::new(Payload::new(0));
        let theirs = payload.clone();
        let (parker, other) = parked_with(move |parker| {
            parker.unpark();
            theirs.read();
        });
        payload.write(1);
        parker.park(None);
        other.join().unwrap();
    });
    assert!(message.contains("Causality"), "{message}");

    let message = fails("parker_orders_who_does_not_park", Exhaustive, || {
        let shared = Arc::new((Payload::new(0), AtomicBool::new(false)));
        let theirs = shared.clone();
        let (_parker, other) = parked_with(move |parker| {
            theirs.0.write(1);
            parker.unpark();
            theirs.1.store(true, Relaxed);
        });
        if shared.1.load(Relaxed) {
            shared.0.read();
        }
        other.join().unwrap();
    });
    assert!(message.contains("Causality"), "{message}");
}

/// Two threads, 14 executions: a release of an unrelated lock while the thread sleeps or falls
/// asleep does not eat the token.
#[test]
fn a_lock_eats_no_token() {
    model("parker_and_lock", Exhaustive, 5, || {
        let lock = Arc::new(Mutex::new(0));
        let theirs = lock.clone();
        let (parker, other) = parked_with(move |parker| {
            let mut guard = theirs.lock();
            parker.unpark();
            *guard += 1;
        });
        *lock.lock() += 1;
        parker.park(None);
        assert_ne!(*lock.lock(), 0);
        other.join().unwrap();
    });
}

// ---------------------------------------------------------------------------------------------
// Locks
// ---------------------------------------------------------------------------------------------

type Lock<T> = lock_api::Mutex<RawMutex, T>;

/// Two threads, 9 executions.
#[test]
fn the_raw_lock_excludes() {
    model("raw_lock_excludes", Exhaustive, 5, || {
        let lock = Arc::new((Lock::new(()), Payload::new(0)));
        let theirs = lock.clone();
        let work = |lock: &(Lock<()>, Payload)| {
            let _guard = lock.0.lock();
            lock.1.bump();
        };
        let other = spawn(move || work(&theirs));
        work(&lock);
        other.join().unwrap();
        assert_eq!(lock.1.read(), 2);
    });
}

/// Two threads, 10 executions: a contended `try_lock` gives up, and is no deadlock.
#[test]
fn try_lock_gives_up() {
    let allowed = [(true, true), (true, false), (false, true)];
    outcomes("raw_lock_try", Exhaustive, 5, allowed, || {
        let lock = Arc::new((Lock::new(()), Payload::new(0)));
        let theirs = lock.clone();
        let work = |lock: &(Lock<()>, Payload)| {
            let guard = lock.0.try_lock();
            guard.map(|_guard| lock.1.bump()).is_some()
        };
        let other = spawn(move || work(&theirs));
        (work(&lock), other.join().unwrap())
    });
}

/// Two threads, 19 executions, and the holder moves the clock.
#[test]
fn a_timed_lock_times_out() {
    outcomes("raw_lock_timed", Exhaustive, 5, [false, true], || {
        let lock = Arc::new(Lock::new(()));
        let theirs = lock.clone();
        let guard = lock.lock();
        let other = spawn(move || theirs.try_lock_until(soon().unwrap()).is_some());
        clock::expire_all();
        drop(guard);
        let got_it = other.join().unwrap();
        assert!(!lock.is_locked());
        got_it
    });
}

/// Two threads, 34 executions: waiting lets the lock go, and the notification is not lost.
#[test]
fn a_condition_variable_loses_no_notification() {
    model("condvar_loses_nothing", Exhaustive, 5, || {
        let pair = Arc::new((Lock::new(false), Condvar::new()));
        let theirs = pair.clone();
        let other = spawn(move || {
            *theirs.0.lock() = true;
            theirs.1.notify_one();
        });
        let mut ready = pair.0.lock();
        while !*ready {
            pair.1.wait(&mut ready);
        }
        drop(ready);
        other.join().unwrap();
    });
}

/// Two threads, found in execution 7: a planted bug, the notification before the change, is found.
#[test]
fn a_notification_too_early_is_found() {
    let message = fails("condvar_notified_too_early", Exhaustive, || {
        let pair = Arc::new((Lock::new(false), Condvar::new()));
        let theirs = pair.clone();
        let other = spawn(move || {
            theirs.1.notify_all();
            *theirs.0.lock() = true;
        });
        let mut ready = pair.0.lock();
        while !*ready {
            pair.1.wait(&mut ready);
        }
        drop(ready);
        other.join().unwrap();
    });
    assert!(message.contains("deadlock"), "{message}");
}

/// Three threads, 228 executions: a timed wait was notified exactly if the notifier found it
/// waiting.
#[test]
fn a_timed_wait_agrees_with_its_notifier() {
    let allowed = [(false, false), (true, true)];
    outcomes("condvar_timed", Preemptions(3), 50, allowed, || {
        let pair = Arc::new((Lock::new(()), Condvar::new()));
        let (notifier, clock) = (pair.clone(), spawn(clock::expire_all));
        let notifier = spawn(move || notifier.1.notify_one());
        let deadline = soon().unwrap();
        let woken = !pair.1.wait_until(&mut pair.0.lock(), deadline).timed_out();
        clock.join().unwrap();
        (notifier.join().unwrap(), woken)
    });
}

// ---------------------------------------------------------------------------------------------
// Deques
// ---------------------------------------------------------------------------------------------

/// Two threads, 8 executions: a length read without order may be an old one; ordered, it is not.
#[test]
fn is_empty_may_be_out_of_date() {
    let told = |store, load| {
        move || {
            let shared = Arc::new((Injector::new(), AtomicBool::new(false)));
            let theirs = shared.clone();
            let other = spawn(move || {
                theirs.0.push(7);
                theirs.1.store(true, store);
            });
            let seen = shared.1.load(load).then(|| shared.0.is_empty());
            other.join().unwrap();
            assert!(!shared.0.is_empty());
            seen
        }
    };
    let allowed = [None, Some(false), Some(true)];
    outcomes(
        "deque_relaxed",
        Exhaustive,
        3,
        allowed,
        told(Relaxed, Relaxed),
    );
    let allowed = [None, Some(false)];
    outcomes(
        "deque_ordered",
        Exhaustive,
        2,
        allowed,
        told(Release, Acquire),
    );
}

/// Two threads, 5 executions: one item goes to the owner or to the thief, with what was written
/// before.
#[test]
fn an_item_is_taken_once() {
    let allowed = [(true, false), (false, true)];
    outcomes("deque_once", Exhaustive, 2, allowed, || {
        let worker = Worker::new_fifo();
        let stealer = worker.stealer();
        let payload = Arc::new(Payload::new(0));
        payload.write(1);
        worker.push(payload);
        let thief = spawn(move || match stealer.steal() {
            Steal::Success(payload) => payload.read() == 1,
            _ => false,
        });
        let mine = worker.pop().is_some_and(|payload| payload.read() == 1);
        (mine, thief.join().unwrap())
    });
}

/// One thread, 1 execution: a steal fails as often as it is told to.
#[test]
fn a_steal_can_be_made_to_fail() {
    model("deque_retries", Exhaustive, 1, || {
        let (injector, worker) = (Injector::new(), Worker::new_fifo());
        (0..4).for_each(|item| injector.push(item));
        script_retries(2);
        assert!(injector.steal().is_retry());
        assert!(injector.steal_batch_and_pop(&worker).is_retry());
        assert_eq!(injector.steal_batch_and_pop(&worker), Steal::Success(0));
        assert_eq!((worker.pop(), worker.pop()), (Some(1), None));
        assert_eq!(worker.stealer().steal(), Steal::Empty);
        assert_eq!(injector.steal(), Steal::Success(2));
    });
}

// ---------------------------------------------------------------------------------------------
// Weak exchanges
// ---------------------------------------------------------------------------------------------

/// Two threads, 43 executions: a loop bears a failure for no reason, whoever it hits.
#[test]
fn a_weak_exchange_can_be_made_to_fail() {
    fn increment(number: &AtomicUsize) {
        let mut seen = number.load(Relaxed);
        while let Err(now) = number.compare_exchange_weak(seen, seen + 1, Relaxed, Relaxed) {
            seen = now;
        }
    }
    model("weak_exchange_in_a_loop", Exhaustive, 5, || {
        script_failures(1);
        let number = Arc::new(AtomicUsize::new(0));
        let theirs = number.clone();
        let other = spawn(move || increment(&theirs));
        increment(&number);
        other.join().unwrap();
        assert_eq!(number.load(Relaxed), 2);
    });
}

/// Two threads, 4 executions: a planted bug, to conclude from a failure that somebody else was
/// there.
#[test]
fn a_weak_exchange_taken_for_a_strong_one_is_found() {
    let claim = |failures| {
        move || {
            script_failures(failures);
            let flag = Arc::new(AtomicBool::new(false));
            let theirs = flag.clone();
            let claim = |flag: &AtomicBool| {
                flag.compare_exchange_weak(false, true, Relaxed, Relaxed)
                    .is_ok()
            };
            let other = spawn(move || claim(&theirs));
            let won = [claim(&flag), other.join().unwrap()];
            assert!(won[0] || won[1], "nobody won");
        }
    };
    model("weak_exchange_once", Exhaustive, 2, claim(0));
    let message = fails("weak_exchange_fails_once", Exhaustive, claim(2));
    assert!(message.contains("nobody won"), "{message}");
}
