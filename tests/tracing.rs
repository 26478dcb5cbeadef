//! What `tracing` is told of a pool.
#![cfg(feature = "tracing")]

use rungs::executor::{TaskOptions, ThreadPoolExecutor, TracingObserver};
use rungs::future::yield_now;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static SPANS: AtomicU64 = AtomicU64::new(0);
static OPEN: AtomicUsize = AtomicUsize::new(0);
static NAMES: AtomicUsize = AtomicUsize::new(0);
static EVENTS: AtomicUsize = AtomicUsize::new(0);

/// Counts what the pool says.
struct Count;

impl Subscriber for Count {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "rungs::executor"
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        assert_eq!(span.metadata().name(), "job");
        Id::from_u64(1 + SPANS.fetch_add(1, SeqCst))
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        assert!(format!("{values:?}").contains("nap"));
        NAMES.fetch_add(1, SeqCst);
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {
        EVENTS.fetch_add(1, SeqCst);
    }
    fn enter(&self, _: &Id) {
        OPEN.fetch_add(1, SeqCst);
    }
    fn exit(&self, _: &Id) {
        OPEN.fetch_sub(1, SeqCst);
    }
}

#[test]
fn a_job_is_a_span_and_a_worker_an_event() {
    tracing::subscriber::set_global_default(Count).unwrap();
    let pool = ThreadPoolExecutor::builder()
        .max_workers(1)
        .observer(TracingObserver)
        .build()
        .unwrap();
    for _ in 0..3 {
        pool.execute(|| assert_eq!(OPEN.load(SeqCst), 1)).unwrap();
    }
    pool.execute(|| panic!("as expected")).unwrap();
    let nap = TaskOptions::new().name("nap");
    drop(pool.submit_with(nap.clone(), || ()));
    drop(pool.spawn_with(nap, yield_now()));
    drop(pool);
    // A future is one at each poll.
    assert_eq!(SPANS.load(SeqCst), 4 + 1 + 2);
    assert_eq!(NAMES.load(SeqCst), 1 + 2);
    assert_eq!(OPEN.load(SeqCst), 0);
    // Started and stopped.
    assert_eq!(EVENTS.load(SeqCst), 2);
}
