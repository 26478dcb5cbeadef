//! What messages and actors allocate.

use rungs::actor::{Actor, Addr, AsyncHandler, Context, Handler};
use rungs::executor::{Executor, Rejected};
use rungs::future::{Job, yield_now};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

/// Counts what this thread allocates.
struct Counting;

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<isize> = const { Cell::new(0) };
}

// SAFETY: the system's, and counters that allocate nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
        let _ = BYTES.try_with(|bytes| bytes.set(bytes.get() + layout.size() as isize));
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        let _ = BYTES.try_with(|bytes| bytes.set(bytes.get() - layout.size() as isize));
        // SAFETY: the caller's.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `f` allocates in this thread, and how many bytes it keeps.
fn allocations(f: impl FnOnce()) -> (usize, isize) {
    let (calls, bytes) = (CALLS.get(), BYTES.get());
    f();
    (CALLS.get() - calls, BYTES.get() - bytes)
}

/// Runs every job at once.
struct Inline;

impl Executor for Inline {
    fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
        job.run();
        Ok(())
    }
}

struct Sum(u64);
struct Slow(u64);

impl Actor for Sum {}

impl Handler<u64> for Sum {
    type Reply = u64;
    fn handle(&mut self, n: u64, _: &mut Context<Self>) -> u64 {
        self.0 += n;
        self.0
    }
}

impl AsyncHandler<Slow> for Sum {
    type Reply = u64;
    async fn handle(&mut self, Slow(n): Slow, _: &mut Context<Self>) -> u64 {
        yield_now().await;
        self.0 += n;
        self.0
    }
}

fn sum() -> Addr<Sum> {
    let builder = Addr::builder().on(Arc::new(Inline));
    builder.start_actor(Sum(0)).unwrap()
}

#[test]
fn a_tell_to_an_idle_actor_allocates_nothing() {
    let sum = sum();
    let told = allocations(|| (0..10_000).for_each(|n| sum.tell(n).unwrap()));
    assert_eq!(told.0, 0);
    assert_eq!(sum.ask(0).wait().unwrap(), (0..10_000).sum());
}

#[test]
fn an_async_handler_allocates_once_for_all_messages() {
    let sum = sum();
    let told = allocations(|| (0..1_000).for_each(|n| sum.tell(Slow(n)).unwrap()));
    assert!(told.0 <= 1, "{}", told.0);
    assert_eq!(sum.ask(0).wait().unwrap(), (0..1_000).sum());
}

#[test]
fn a_burst_allocates_little_and_uses_its_blocks_again() {
    let sum = sum();
    let me = sum.clone();
    let burst = move |_: &mut Sum| (0..10_000).for_each(|n| me.tell(n).unwrap());
    let first = allocations(|| sum.post(burst.clone()).unwrap());
    assert!(first.0 <= 10_000 / 20, "{}", first.0);
    // What it keeps is two blocks.
    assert!(first.1 < 4096, "{}", first.1);
    assert_eq!(sum.ask(0).wait().unwrap(), (0..10_000).sum());
}

#[test]
fn an_ask_allocates_its_answer() {
    let sum = sum();
    sum.ask(1).wait().unwrap();
    let asked = allocations(|| (0..100).for_each(|n| _ = sum.ask(n).wait().unwrap()));
    assert_eq!(asked, (100, 0));
}

#[test]
fn an_idle_actor_is_small() {
    // The thread's first wait makes its parker.
    sum().ask(1).wait().unwrap();
    let host = Arc::new(Inline);
    let mut addrs = Vec::with_capacity(100);
    let (calls, bytes) = allocations(|| {
        for _ in 0..100 {
            let addr = Addr::builder()
                .on(host.clone())
                .start_actor(Sum(0))
                .unwrap();
            addr.ask(1).wait().unwrap();
            addrs.push(addr);
        }
    });
    println!(
        "{} allocations, {} bytes for an actor",
        calls / 100,
        bytes / 100
    );
    assert!(bytes / 100 < 1024, "{}", bytes / 100);
    // All of it comes back.
    let (_, back) = allocations(|| addrs.clear());
    assert_eq!(back, -bytes);
}
