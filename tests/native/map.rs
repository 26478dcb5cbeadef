//! `map` as its users see it.

use futures_core::Stream;
use rungs::executor::{Shutdown, ThreadPoolExecutor};
use rungs::future::{TaskError, block_on};
use rungs::sync::Event;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

fn pool(workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(workers)
}

/// Panics whenever it is dropped, even while another panic unwinds.
struct Bomb(Arc<AtomicUsize>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
        panic!("a drop that panics");
    }
}

fn bombs(count: usize) -> (impl Iterator<Item = Bomb>, Arc<AtomicUsize>) {
    let drops = Arc::new(AtomicUsize::new(0));
    let counter = drops.clone();
    ((0..count).map(move |_| Bomb(counter.clone())), drops)
}

/// Keeps the one worker busy until the event is set.
fn busy(pool: &ThreadPoolExecutor) -> Arc<Event> {
    let (begun, go) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    let (begin, wait) = (begun.clone(), go.clone());
    let block = move || {
        begin.set();
        wait.wait();
    };
    pool.execute(block).unwrap();
    begun.wait();
    go
}

fn next_of<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    block_on(poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)))
}

/// Polls a stream once, for nothing but what it begins.
fn poll_once<S: Stream + Unpin>(stream: &mut S) {
    let _ = Pin::new(stream).poll_next(&mut Context::from_waker(Waker::noop()));
}

#[test]
fn chunks_of_any_size_give_the_same_results() {
    let pool = pool(2);
    for chunk in [1, 2, 3, 7, 99, 100, 101, usize::MAX] {
        for buffer in [1, 2, usize::MAX] {
            let map = pool.map(0..100, |n| n * 2);
            let map = map.chunk_size(chunk).buffer_size(buffer);
            assert_eq!(map.size_hint(), (100, Some(100)));
            assert!(map.map(Result::unwrap).eq((0..100).map(|n| n * 2)));
            let map = pool.map(0..100, |n| n * 2).unordered();
            let map = map.chunk_size(chunk).buffer_size(buffer);
            let results: BTreeSet<_> = map.map(Result::unwrap).collect();
            assert!(results.into_iter().eq((0..100).map(|n| n * 2)));
        }
    }
}

#[test]
fn nothing_is_read_past_the_window_of_chunks() {
    for unordered in [false, true] {
        let pool = pool(1);
        let read = Cell::new(0);
        let items = (0..).inspect(|_| read.set(read.get() + 1));
        let map = pool.map(items, |n| n).chunk_size(3).buffer_size(2);
        let mut map = if unordered { map.unordered() } else { map };
        assert_eq!(read.get(), 0);
        let reads: Vec<_> = (0..7)
            .map(|_| {
                map.next().unwrap().unwrap();
                read.get()
            })
            .collect();
        assert_eq!(reads, [6, 6, 6, 9, 9, 9, 12]);
    }
}

#[test]
fn a_size_hint_counts_what_is_under_way() {
    let pool = pool(1);
    let mut map = pool.map(0..10, |n| n).chunk_size(4);
    for left in (0..10).rev() {
        map.next().unwrap().unwrap();
        assert_eq!(map.size_hint(), (left, Some(left)));
    }
    let map = pool.map(0..10, |n| n).timeout(Duration::MAX);
    assert_eq!(map.size_hint(), (10, Some(10)));
    let map = map.timeout(Duration::from_secs(3600));
    assert_eq!(map.size_hint(), (0, Some(11)));
}

#[test]
fn a_panic_costs_only_its_own_item_of_a_chunk() {
    let pool = pool(2);
    let map = pool.map(0..10, |n| if n % 3 == 0 { panic!("{n}") } else { n });
    let results: Vec<_> = map.chunk_size(4).collect();
    for (n, result) in results.into_iter().enumerate() {
        match result {
            Ok(m) => assert!(n == m && n % 3 != 0),
            Err(TaskError::Panicked(payload)) => assert_eq!(payload.message(), n.to_string()),
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn a_panic_of_the_iterator_comes_after_the_items_before_it() {
    for chunk in [1, 2, 4, usize::MAX] {
        let pool = pool(1);
        let items = (0..5).map(|n| if n == 3 { panic!("three") } else { n });
        let mut map = pool.map(items, |n| n).chunk_size(chunk);
        for n in 0..3 {
            assert_eq!(map.next().unwrap().unwrap(), n);
        }
        let panic = catch_unwind(AssertUnwindSafe(|| map.next()));
        assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"three"));
        assert_eq!(map.next().unwrap().unwrap(), 4, "it reads on");
        assert!(map.next().is_none() && map.next().is_none());
    }
}

#[test]
fn items_and_results_that_panic_when_they_are_dropped_harm_nobody() {
    for chunk in [1, 5] {
        let pool = pool(1);
        // In the queue when the map is dropped:
        let go = busy(&pool);
        let (items, drops) = bombs(10);
        let mut map = pool
            .map(items, |_| ())
            .chunk_size(chunk)
            .timeout(Duration::ZERO);
        assert!(matches!(map.next(), Some(Err(TaskError::TimedOut))));
        let mut map = map.deadline(Instant::now() + Duration::from_secs(3600));
        assert!(map.next().is_none());
        drop(map);
        let before = drops.load(SeqCst);
        let (items, drops) = bombs(10);
        let map = pool.map(items, |_| ()).chunk_size(chunk);
        let mut map = map.buffer_size(2).into_stream();
        poll_once(&mut map);
        drop(map);
        assert_eq!((before, drops.load(SeqCst)), (0, 2 * chunk));
        go.set();
        // As results that nobody takes, and that were taken:
        let (items, drops) = bombs(10);
        let mut map = pool
            .map(items, |bomb| bomb)
            .chunk_size(chunk)
            .buffer_size(2);
        std::mem::forget(map.next().unwrap().unwrap());
        pool.submit(|| ()).wait_timeout(Duration::MAX).unwrap();
        drop(map);
        drop(pool);
        assert_eq!(drops.load(SeqCst), 2 * chunk - 1);
    }
}

#[test]
fn results_do_not_wait_for_one_that_takes_longer() {
    let pool = pool(2);
    let gate = Arc::new(Event::new(false));
    let pass = gate.clone();
    let map = pool.map(0..100, move |n| {
        if n == 0 {
            pass.wait();
        }
        n
    });
    let mut map = map.unordered().buffer_size(4);
    let first: BTreeSet<_> = map.by_ref().take(99).map(Result::unwrap).collect();
    assert!(first.into_iter().eq(1..100));
    gate.set();
    assert_eq!(map.next().unwrap().unwrap(), 0);
    assert!(map.next().is_none());
}

#[test]
fn an_unordered_map_inside_the_only_worker_ends() {
    let pool = pool(1);
    let handle = pool.handle();
    let sum = move || {
        let map = handle.map(1..=100, |n| n).unordered().chunk_size(3);
        map.map(Result::unwrap).sum::<u32>()
    };
    assert_eq!(block_on(pool.submit(sum)).unwrap(), 5050);
}

/// It was begun in order: those that are under way come first.
#[test]
fn a_map_may_become_unordered_on_its_way() {
    let pool = pool(1);
    let handle = pool.handle();
    let job = move || {
        let mut map = handle.map(0..10, |n| n).buffer_size(3);
        assert_eq!(map.next().unwrap().unwrap(), 0);
        let rest: BTreeSet<_> = map.unordered().map(Result::unwrap).collect();
        assert!(rest.into_iter().eq(1..10));
    };
    block_on(pool.submit(job)).unwrap();
}

#[test]
fn a_map_whose_time_is_over_gives_what_is_there_and_ends() {
    let pool = pool(1);
    let (gate, reached) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    let (pass, reach) = (gate.clone(), reached.clone());
    let read = Cell::new(0);
    let items = (0..).inspect(|_| read.set(read.get() + 1));
    let mut map = pool.map(items, move |n| {
        if n == 2 {
            reach.set();
            pass.wait();
        }
        n
    });
    map = map.buffer_size(5).timeout(Duration::from_secs(3600));
    assert_eq!(map.next().unwrap().unwrap(), 0);
    reached.wait();
    let mut map = map.deadline(Instant::now());
    assert_eq!(map.next().unwrap().unwrap(), 1, "it was there");
    assert!(matches!(map.next(), Some(Err(TaskError::TimedOut))));
    assert!(map.next().is_none());
    assert_eq!(read.get(), 5, "nothing is read after it");
    gate.set();
}

#[test]
fn a_timeout_without_end_and_one_that_is_over() {
    let pool = pool(1);
    let map = pool.map(0..9, |n| n).timeout(Duration::MAX);
    assert!(map.map(Result::unwrap).eq(0..9));
    for unordered in [false, true] {
        let map = pool.map(0.., |n: u32| n).timeout(Duration::ZERO);
        let mut map = if unordered { map.unordered() } else { map };
        assert!(matches!(map.next(), Some(Err(TaskError::TimedOut))));
        assert!(map.next().is_none() && next_of(&mut map.into_stream()).is_none());
    }
}

#[test]
fn a_stream_gives_the_same_results() {
    let pool = pool(2);
    for unordered in [false, true] {
        let map = pool.map(0..50, |n| n).chunk_size(3);
        let map = if unordered { map.unordered() } else { map };
        let mut map = map.into_stream();
        let mut results = BTreeSet::new();
        while let Some(result) = next_of(&mut map) {
            results.insert(result.unwrap());
        }
        assert!(results.into_iter().eq(0..50));
    }
    let go = busy(&pool);
    let second = busy(&pool);
    let map = pool.map(0.., |n: u32| n);
    let mut map = map.timeout(Duration::from_millis(1)).into_stream();
    assert!(matches!(next_of(&mut map), Some(Err(TaskError::TimedOut))));
    assert!(next_of(&mut map).is_none());
    go.set();
    second.set();
}

#[test]
fn a_dropped_map_leaves_the_rest_of_a_chunk_that_runs() {
    let pool = pool(1);
    let (begun, go) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    let (begin, wait, done) = (begun.clone(), go.clone(), Arc::new(AtomicUsize::new(0)));
    let count = done.clone();
    let map = pool.map(0..1000, move |_| {
        begin.set();
        wait.wait();
        count.fetch_add(1, SeqCst)
    });
    let mut map = map.chunk_size(500).into_stream();
    poll_once(&mut map);
    begun.wait();
    drop(map);
    go.set();
    drop(pool);
    assert_eq!(done.load(SeqCst), 1);
}

#[test]
fn a_pool_that_is_shut_down_rejects_item_by_item() {
    let pool = pool(1);
    let handle = pool.handle();
    pool.shutdown(Shutdown::CancelPending);
    for unordered in [false, true] {
        let map = handle.map(0..10, |n| n).chunk_size(4);
        let map = if unordered { map.unordered() } else { map };
        let rejected = map.filter(|result| matches!(result, Err(TaskError::Rejected)));
        assert_eq!(rejected.count(), 10);
    }
}

/// Each as it comes: what is under way is found by its number, however much it is.
#[test]
fn a_great_many_items_under_way() {
    let pool = pool(2);
    for unordered in [false, true] {
        let map = pool.map(0..100_000_u64, |n| n).buffer_size(usize::MAX);
        let map = if unordered { map.unordered() } else { map };
        assert_eq!(map.map(Result::unwrap).sum::<u64>(), 4_999_950_000);
    }
}

#[test]
fn a_map_goes_from_thread_to_thread() {
    let pool = pool(1);
    let mut map = pool.map(0..4, |n| n).unordered().timeout(Duration::MAX);
    let mut sum = map.next().unwrap().unwrap();
    thread::scope(|s| {
        let rest = s.spawn(|| map.map(Result::unwrap).sum::<i32>());
        sum += rest.join().unwrap();
    });
    assert_eq!(sum, 6);
}

#[test]
fn a_map_whose_time_is_over_has_ended_whatever_is_asked_of_it() {
    let pool = pool(1);
    let go = busy(&pool);
    let over = || {
        let soon = Duration::from_millis(1);
        let mut map = pool.map(0..3, |n| n).unordered().timeout(soon);
        assert!(matches!(map.next(), Some(Err(TaskError::TimedOut))));
        map
    };
    let maps = [over(), over().unordered()];
    go.set();
    for map in maps {
        assert!(map.timeout(Duration::MAX).next().is_none());
    }
}

/// A map bounds by itself what it submits. In a pool with a bound, it would block a stream, outlast
/// its timeout, or, in a job, run item after item where it is to read ahead.
#[test]
fn a_map_needs_no_room_in_a_pool_with_a_bound() {
    let bounded = ThreadPoolExecutor::builder()
        .max_workers(1)
        .queue_capacity(1);
    let pool = bounded.build().unwrap();
    let (go, ended) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    let (wait, end) = (go.clone(), ended.clone());
    pool.execute(move || {
        let _ = wait.wait_timeout(Duration::from_secs(10));
        end.set();
    })
    .unwrap();
    let mut late = pool.map(0..10, |n| n).timeout(Duration::from_millis(1));
    assert!(matches!(late.next(), Some(Err(TaskError::TimedOut))));
    let mut stream = pool.map(0..10, |n| n).into_stream();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut stream).poll_next(&mut cx).is_pending());
    assert!(!ended.is_set());
    go.set();
    let next = block_on(poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)));
    assert_eq!(next.unwrap().unwrap(), 0);
}
