//! Scopes: their end against their jobs, and against the end of the pool.

use super::support::{Bound::*, Payload, caught, model, throw};
use crate::executor::{Shutdown, ThreadPoolExecutor};
use crate::sync::Event;

/// Two threads, bound 2. The last job ends while the scope's thread looks, or goes to sleep.
/// Kills: a job that is counted out before it has run, a last job that tells nobody, a waiter that
/// does not say that it waits.
#[test]
fn a_scope_ends_after_its_last_job() {
    model(
        "a_scope_ends_after_its_last_job",
        Preemptions(2),
        50,
        || {
            let pool = ThreadPoolExecutor::new(1);
            let payload = Payload::new(0);
            pool.scope(|s| s.spawn(|| _ = payload.bump()));
            assert_eq!(payload.bump(), 1);
        },
    );
}

/// Two threads, bound 2. A job that runs elsewhere waits for one that it spawned: who waits for the
/// scope runs that. Kills: a `push` that tells nobody.
#[test]
fn who_waits_for_a_scope_runs_what_its_jobs_spawn() {
    let name = "who_waits_for_a_scope_runs_what_its_jobs_spawn";
    model(name, Preemptions(2), 50, || {
        let pool = ThreadPoolExecutor::new(1);
        let event = Event::new(false);
        pool.scope(|s| {
            s.spawn(|| {
                s.spawn(|| event.set());
                event.wait();
            });
        });
    });
}

/// Two threads, bound 2. A pool cancels the tickets for jobs that spawn jobs: all of them run.
/// Kills: a ticket that takes its job with it.
#[test]
fn a_scope_meets_the_end_of_the_pool() {
    model(
        "a_scope_meets_the_end_of_the_pool",
        Preemptions(2),
        50,
        || {
            let pool = ThreadPoolExecutor::new(1);
            let handle = pool.handle();
            let payload = Payload::new(0);
            handle.scope(|s| {
                s.spawn(|| {
                    payload.bump();
                    s.spawn(|| _ = payload.bump());
                });
                pool.shutdown(Shutdown::CancelPending);
            });
            assert_eq!(payload.read(), 2);
        },
    );
}

/// Two threads, bound 2. A job panics, here or there: its payload comes out at the end.
#[test]
fn a_panic_waits_for_the_end_of_its_scope() {
    model(
        "a_panic_waits_for_the_end_of_its_scope",
        Preemptions(2),
        50,
        || {
            let pool = ThreadPoolExecutor::new(1);
            let payload = Payload::new(0);
            let said = caught(|| {
                pool.scope(|s| {
                    s.spawn(|| throw("job"));
                    s.spawn(|| _ = payload.bump());
                });
            });
            assert_eq!(said.unwrap_err().downcast_ref(), Some(&"job"));
            assert_eq!(payload.read(), 1);
        },
    );
}
