//! The pool as its users see it, threads and all.

use super::support::{Bound::*, Payload, model};
use crate::executor::{Shutdown, ThreadPoolExecutor};
use crate::future::block_on;
use std::sync::Arc;

/// Two threads, bound 3.
#[test]
fn a_dropped_pool_has_done_its_work() {
    model(
        "a_dropped_pool_has_done_its_work",
        Preemptions(3),
        50,
        || {
            let pool = ThreadPoolExecutor::new(1);
            let payload = Arc::new(Payload::new(0));
            let bumped = payload.clone();
            pool.execute(move || _ = bumped.bump()).unwrap();
            drop(pool);
            assert_eq!(payload.read(), 1);
        },
    );
}

/// Two threads, bound 2 (bound 3: 28,479 executions): a pool that is dropped inside its own job.
#[test]
fn a_pool_dropped_by_its_own_job_ends() {
    model(
        "a_pool_dropped_by_its_own_job_ends",
        Preemptions(2),
        20,
        || {
            let pool = ThreadPoolExecutor::new(1);
            let handle = pool.handle();
            let dropped = handle.submit(move || drop(pool));
            let last = handle.submit(|| 7);
            block_on(dropped).unwrap();
            // Rejected, or run: resolved.
            let _ = block_on(last);
        },
    );
}

/// Two threads, bound 1 (bound 2: 33,388 executions): a map, in order.
#[test]
fn a_map_keeps_the_order() {
    model("a_map_keeps_the_order", Preemptions(1), 20, || {
        let pool = ThreadPoolExecutor::new(1);
        let payload = Arc::new(Payload::new(0));
        let read = payload.clone();
        payload.write(10);
        let results = pool.map(0..3, move |n| n + read.read()).buffer_size(2);
        assert!(results.map(Result::unwrap).eq([10, 11, 12]));
        pool.shutdown(Shutdown::Wait);
        payload.bump();
    });
}
