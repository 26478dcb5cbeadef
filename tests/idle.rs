//! Who waits uses no processor: a second of waiting, by the clock of the thread that waits.
#![cfg(unix)]

use rungs::sync::{Condvar, Event, Mutex, Semaphore};
use rustix::time::{ClockId, clock_gettime};
use std::thread;
use std::time::{Duration, Instant};

/// The processor time of this thread.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// Asserts that `wait`, which waits for a second, leaves the processor alone.
fn idles(name: &str, wait: impl FnOnce(Duration)) {
    const SECOND: Duration = Duration::from_secs(1);
    let (began, used) = (Instant::now(), processor_time());
    wait(SECOND);
    let used = processor_time() - used;
    assert!(began.elapsed() >= SECOND, "{name} gave up early");
    // Looking again before it sleeps, going to sleep and waking up take microseconds.
    assert!(used < Duration::from_millis(5), "{name} used {used:?}");
}

#[test]
fn a_waiter_that_waits_a_second_uses_no_processor() {
    let none = Semaphore::new(0);
    let never = Event::new(false);
    let (mutex, condvar) = (Mutex::new(()), Condvar::new());
    let held = Mutex::new(());
    let guard = held.lock();
    thread::scope(|s| {
        s.spawn(|| idles("Semaphore", |second| _ = none.acquire_timeout(second)));
        s.spawn(|| idles("Event", |second| _ = never.wait_timeout(second)));
        s.spawn(|| idles("Mutex", |second| _ = held.lock_timeout(second)));
        s.spawn(|| {
            idles("Condvar", |second| {
                _ = condvar.wait_timeout(&mut mutex.lock(), second);
            });
        });
    });
    drop(guard);
}
