//! Pools that grow and shrink, threads and all.

use super::support::{Bound::*, Payload, model};
use crate::executor::{Builder, Observer, ThreadPoolExecutor, blocking};
use crate::sync::Event;
use crate::sys::clock;
use std::sync::Arc;
use std::time::Duration;

/// A pool of one worker, and of another now and then.
fn elastic() -> Builder {
    ThreadPoolExecutor::builder().max_workers(2).min_workers(1)
}

/// Submits a job, does something to the pool, submits another, and waits until both are done:
/// for the second by an event, so that no end of the pool helps.
fn two_jobs(pool: ThreadPoolExecutor, between: impl FnOnce(&ThreadPoolExecutor)) {
    let payload = Arc::new(Payload::new(0));
    let done = Arc::new(Event::new(false));
    let (bumped, set) = (payload.clone(), done.clone());
    pool.execute(move || _ = bumped.bump()).unwrap();
    between(&pool);
    pool.execute(move || set.set()).unwrap();
    done.wait();
    drop(pool);
    assert_eq!(payload.read(), 1);
}

/// Three threads, bound 1 (bound 2: 35,572 executions): two jobs that wait for each other, and one
/// worker, so that another must be started. Kills: a `wake_one` that does not hire, a `found` whose
/// call is not followed.
#[test]
fn a_worker_is_started_for_a_push() {
    model("a_worker_is_started_for_a_push", Preemptions(1), 20, || {
        let met = Arc::new([Event::new(false), Event::new(false)]);
        let pool = elastic().build().unwrap();
        for i in [0, 1] {
            let met = met.clone();
            let meet = move || {
                met[i].set();
                met[1 - i].wait();
            };
            pool.execute(meet).unwrap();
        }
        drop(pool);
        assert!(met.iter().all(Event::is_set));
    });
}

/// Three threads, bound 2: a worker says that it blocks, with a job in the queue or before it
/// comes. Kills: a `block` that does not let one more be hired, a `blocking` that does not look
/// whether there is work.
#[test]
fn a_worker_that_blocks_is_replaced() {
    model(
        "a_worker_that_blocks_is_replaced",
        Preemptions(2),
        50,
        || {
            let pool = ThreadPoolExecutor::new(1);
            let event = Arc::new(Event::new(false));
            let wait = event.clone();
            pool.execute(move || blocking(|| wait.wait())).unwrap();
            pool.execute(move || event.set()).unwrap();
        },
    );
}

/// Three threads, bound 1 (bound 2: 60,998 executions): the second worker does not begin. The jobs
/// are done all the same, and the pool ends. Kills: a `leave_unstarted` that does not leave, a
/// `leave` that tells nobody of a pool that is to end, a `found` whose call is not followed.
#[test]
fn a_worker_that_does_not_start_costs_nothing() {
    model(
        "a_worker_that_does_not_start_costs_nothing",
        Preemptions(1),
        20,
        || {
            let only_one = |worker| match worker {
                0 => Ok(()),
                _ => Err("only one".into()),
            };
            let pool = elastic().initializer(only_one).build().unwrap();
            two_jobs(pool, |_| ());
        },
    );
}

/// Three threads, bound 1, 8,008 executions: a worker is hired for one that blocks, waits in its
/// initializer for a job, and fails. Kills: a push that relies on who has not begun, as if that one
/// searched; a worker that leaves, one too many, though the other has not begun.
#[test]
fn nobody_relies_on_a_worker_that_has_not_begun() {
    model(
        "nobody_relies_on_a_worker_that_has_not_begun",
        Preemptions(1),
        20,
        || {
            let event = Arc::new(Event::new(false));
            let (wait, set) = (event.clone(), event.clone());
            let only_one = move |worker| match worker {
                0 => Ok(()),
                _ => {
                    wait.wait();
                    Err("only one".into())
                }
            };
            let builder = ThreadPoolExecutor::builder().max_workers(1);
            let pool = builder.initializer(only_one).build().unwrap();
            pool.execute(|| blocking(|| ())).unwrap();
            pool.execute(|| ()).unwrap();
            pool.execute(move || set.set()).unwrap();
            // Before the end, which wakes somebody, too.
            event.wait();
        },
    );
}

/// Three threads, bound 1 (bound 2: 81,100 executions): one worker is too many, at a job or asleep.
/// What it leaves is done by the other. (That those who sleep leave at once is asserted by a native
/// test, `a_smaller_pool_really_ends_threads`.)
#[test]
fn a_pool_that_shrinks_does_its_work() {
    model(
        "a_pool_that_shrinks_does_its_work",
        Preemptions(1),
        20,
        || {
            two_jobs(ThreadPoolExecutor::new(2), |pool| pool.resize(1).unwrap());
        },
    );
}

/// Four threads, bound 1 (bound 2: 27,702 executions): a worker has slept for too long when there is
/// work, and when the pool ends.
#[test]
fn a_worker_that_is_not_needed_ends() {
    model(
        "a_worker_that_is_not_needed_ends",
        Preemptions(1),
        20,
        || {
            let builder = ThreadPoolExecutor::builder().max_workers(2);
            let pool = builder.keep_alive(Duration::from_secs(1)).build().unwrap();
            pool.handle().shared().sleep.resize(1, 2);
            two_jobs(pool, |_| clock::expire_all());
        },
    );
}

/// Sets an event when a worker leaves.
struct Left(Arc<Event>);

impl Observer for Left {
    fn worker_stopped(&self, _: usize) {
        self.0.set();
    }
}

/// Three threads, bound 1, 1,728 executions: one of two workers has left when there is work, for which
/// the other is woken. Kills: a worker that leaves while it counts as searching.
#[test]
fn nobody_relies_on_a_worker_that_has_left() {
    model(
        "nobody_relies_on_a_worker_that_has_left",
        Preemptions(1),
        20,
        || {
            let left = Arc::new(Event::new(false));
            let builder = ThreadPoolExecutor::builder().max_workers(2);
            let pool = builder.observer(Left(left.clone())).build().unwrap();
            pool.resize(1).unwrap();
            left.wait();
            let done = Arc::new(Event::new(false));
            let set = done.clone();
            pool.execute(move || set.set()).unwrap();
            done.wait();
        },
    );
}
