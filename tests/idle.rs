//! Who waits uses no processor: a second of waiting, by the clock of the thread that waits.
#![cfg(unix)]

use rungs::queue::{Retry, TaskQueue};
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

#[test]
fn who_waits_for_a_task_or_a_retry_uses_no_processor() {
    let empty = TaskQueue::<i32>::unbounded();
    let busy = TaskQueue::unbounded().retry(Retry::fixed(2, Duration::from_secs(3600)));
    busy.push(1).unwrap();
    busy.pop_task().unwrap().retry();
    thread::scope(|s| {
        s.spawn(|| idles("pop", |second| _ = empty.pop_task_timeout(second)));
        s.spawn(|| idles("retry", |second| _ = busy.pop_task_timeout(second)));
        s.spawn(|| idles("join", |second| _ = busy.join_timeout(second)));
        s.spawn(|| idles("closed", |second| _ = busy.closed_timeout(second)));
    });
}

#[test]
fn a_pool_that_has_nothing_to_do_uses_no_processor() {
    use rungs::pool::WorkerPool;
    use rungs::queue::Queue;
    use rungs::sync::Event;
    use std::sync::Arc;
    let go = Arc::new(Event::new(false));
    let gate = go.clone();
    // A state that lives as long as its worker tells what the worker used.
    struct Meter(Queue<Duration>);
    impl Drop for Meter {
        fn drop(&mut self) {
            self.0.push(processor_time()).unwrap();
        }
    }
    let used = Queue::unbounded();
    let out = used.clone();
    let pool = WorkerPool::builder()
        .workers(1..=2)
        .keep_alive(Duration::ZERO)
        .state(move |_| Meter(out.clone()))
        .build(Queue::unbounded(), move |_, ()| gate.wait())
        .unwrap();
    // One is in its item, the other has to stay at the queue.
    pool.queue().push(()).unwrap();
    thread::sleep(Duration::from_secs(1));
    go.set();
    pool.join();
    for used in used.try_iter() {
        assert!(used < Duration::from_millis(20), "a worker used {used:?}");
    }
}
