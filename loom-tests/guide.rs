//! The faults of the guide's page `races`: each is found, and each repair passes.
//!
//! The programs are those of the page. Each broken one is a mutant of its repaired one, and a model
//! of it in which loom finds nothing fails.

use super::support::{Bound::*, fails, model, outcomes, spawn};
use crate::actor::Addr;
use crate::executor::InlineExecutor;
use crate::sync::{Condvar, Event, Mutex, OnceCell};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Runs `f` in two threads at once.
fn in_two_threads<T: Sync + Send + 'static>(shared: &Arc<T>, f: fn(&T)) {
    let theirs = shared.clone();
    let other = spawn(move || f(&theirs));
    f(shared);
    other.join().unwrap();
}

/// Two threads; found in execution 4. The planted bug: one lock to read, and another to write.
#[test]
fn a_lost_update_is_found() {
    let message = fails("a_lost_update_is_found (guide)", Exhaustive, || {
        let count = Arc::new(Mutex::new(0));
        in_two_threads(&count, |count| {
            let seen = *count.lock(); // the guard is gone at the semicolon
            *count.lock() = seen + 1;
        });
        assert_eq!(*count.lock(), 2);
    });
    assert!(message.contains("left: 1"), "{message}");
}

/// Two threads, exhaustive, 153 executions. The same program: both of its outcomes, and no other.
#[test]
fn an_update_is_lost_or_not() {
    let name = "an_update_is_lost_or_not (guide)";
    outcomes(name, Exhaustive, 10, [1, 2], || {
        let count = Arc::new(Mutex::new(0));
        in_two_threads(&count, |count| {
            let seen = *count.lock();
            *count.lock() = seen + 1;
        });
        *count.lock()
    });
}

/// Two threads, exhaustive, 9 executions. Kills: one lock to read, another to write.
#[test]
fn an_update_under_one_lock_is_not_lost() {
    let name = "an_update_under_one_lock_is_not_lost (guide)";
    model(name, Exhaustive, 3, || {
        let count = Arc::new(Mutex::new(0));
        in_two_threads(&count, |count| *count.lock() += 1);
        assert_eq!(*count.lock(), 2);
    });
}

/// Two threads, bound 2, 249 executions.
#[test]
fn an_update_by_message_is_not_lost() {
    let name = "an_update_by_message_is_not_lost (guide)";
    model(name, Preemptions(2), 10, || {
        let inline = Arc::new(InlineExecutor::new());
        let count = Addr::builder().on(inline).start(0).unwrap();
        let theirs = count.clone();
        let other = spawn(move || theirs.post(|count| *count += 1).unwrap());
        count.post(|count| *count += 1).unwrap();
        other.join().unwrap();
        assert_eq!(count.call(|count| *count).wait().unwrap(), 2);
    });
}

/// Two accounts, paid from and to at once.
fn pay_both_ways(pay: fn(&Mutex<i64>, &Mutex<i64>, i64)) {
    let accounts = Arc::new((Mutex::new(10), Mutex::new(10)));
    let theirs = accounts.clone();
    let other = spawn(move || pay(&theirs.1, &theirs.0, 1));
    pay(&accounts.0, &accounts.1, 1);
    other.join().unwrap();
    assert_eq!((*accounts.0.lock(), *accounts.1.lock()), (10, 10));
}

/// Two threads; found in execution 10. The planted bug: locks in the order of the payment.
#[test]
fn a_lock_order_deadlock_is_found() {
    fn pay(from: &Mutex<i64>, to: &Mutex<i64>, amount: i64) {
        let (mut from, mut to) = (from.lock(), to.lock());
        *from -= amount;
        *to += amount;
    }
    let name = "a_lock_order_deadlock_is_found (guide)";
    let message = fails(name, Exhaustive, || pay_both_ways(pay));
    assert!(message.contains("deadlock"), "{message}");
}

/// Two threads, exhaustive, 17 executions. Kills: locks that are taken in the order of the payment.
#[test]
fn locks_in_one_order_do_not_deadlock() {
    fn pay(from: &Mutex<i64>, to: &Mutex<i64>, amount: i64) {
        let (mut f, mut t);
        if ptr::from_ref(from) < ptr::from_ref(to) {
            f = from.lock();
            t = to.lock();
        } else {
            t = to.lock();
            f = from.lock();
        }
        *f -= amount;
        *t += amount;
    }
    let name = "locks_in_one_order_do_not_deadlock (guide)";
    model(name, Exhaustive, 3, || pay_both_ways(pay));
}

/// Two threads; found in execution 19. The planted bug: the look and the wait are two steps, and the
/// notification comes in between, when nobody waits.
#[test]
fn a_lost_wake_up_is_found() {
    let message = fails("a_lost_wake_up_is_found (guide)", Exhaustive, || {
        let shared = Arc::new((Mutex::new(false), Condvar::new()));
        let theirs = shared.clone();
        let other = spawn(move || {
            *theirs.0.lock() = true;
            theirs.1.notify_one();
        });
        let is_ready = *shared.0.lock();
        if !is_ready {
            shared.1.wait(&mut shared.0.lock());
        }
        other.join().unwrap();
    });
    assert!(message.contains("deadlock"), "{message}");
}

/// Two threads, exhaustive, 34 executions. Kills: a look under another lock than the wait.
#[test]
fn a_wait_for_a_condition_loses_no_wake_up() {
    let name = "a_wait_for_a_condition_loses_no_wake_up (guide)";
    model(name, Exhaustive, 10, || {
        let shared = Arc::new((Mutex::new(false), Condvar::new()));
        let theirs = shared.clone();
        let other = spawn(move || {
            *theirs.0.lock() = true;
            theirs.1.notify_one();
        });
        shared.1.wait_while(&mut shared.0.lock(), |ready| !*ready);
        assert!(*shared.0.lock());
        other.join().unwrap();
    });
}

/// Two threads, exhaustive, 310 executions.
#[test]
fn an_event_that_was_set_keeps_nobody_waiting() {
    let name = "an_event_that_was_set_keeps_nobody_waiting (guide)";
    model(name, Exhaustive, 3, || {
        let ready = Arc::new(Event::new(false));
        let theirs = ready.clone();
        let other = spawn(move || theirs.set());
        ready.wait();
        assert!(ready.is_set());
        other.join().unwrap();
    });
}

/// A value that is made once, and how often it was made. (The count is `std`'s: loom does not see
/// it, and it orders nothing.)
#[derive(Default)]
struct Cached {
    value: OnceCell<u32>,
    made: AtomicUsize,
}

impl Cached {
    fn make(&self) -> u32 {
        self.made.fetch_add(1, Relaxed);
        7
    }
}

/// Two threads; found in execution 1. The planted bug: what was looked at may have changed when it
/// is acted on.
#[test]
fn check_then_act_is_found() {
    let message = fails("check_then_act_is_found (guide)", Exhaustive, || {
        let cached = Arc::new(Cached::default());
        in_two_threads(&cached, |cached| {
            if cached.value.get().is_none() {
                let _ = cached.value.set(cached.make());
            }
        });
        assert_eq!(cached.made.load(Relaxed), 1);
    });
    assert!(message.contains("left: 2"), "{message}");
}

/// Two threads, exhaustive, 4,343 executions. Kills: a check, and then an act.
#[test]
fn check_and_act_in_one_step_makes_it_once() {
    let name = "check_and_act_in_one_step_makes_it_once (guide)";
    model(name, Exhaustive, 3, || {
        let cached = Arc::new(Cached::default());
        in_two_threads(&cached, |cached| {
            assert_eq!(*cached.value.get_or_init(|| cached.make()), 7);
        });
        assert_eq!(cached.made.load(Relaxed), 1);
    });
}
