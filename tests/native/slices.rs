//! Slices in parallel, as their users see them.

use proptest::prelude::*;
use rungs::executor::{
    ThreadPoolExecutor, par_chunks_mut, par_for_each, par_for_each_mut, par_map, par_reduce,
};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

static POOL: LazyLock<ThreadPoolExecutor> = LazyLock::new(|| ThreadPoolExecutor::new(3));

/// Takes so long that a slice of some is shared.
fn work() {
    let began = Instant::now();
    while began.elapsed() < Duration::from_micros(5) {
        std::hint::spin_loop();
    }
}

proptest! {
    #[test]
    fn all_of_them_do_what_their_serial_twins_do(
        numbers in prop::collection::vec(0_u64..1000, 0..300),
        size in 1_usize..50,
        is_slow: bool,
    ) {
        let pace = || if is_slow { work() };
        POOL.within(|| {
            let doubled = par_map(&numbers, |n| { pace(); n * 2 });
            assert!(doubled.iter().copied().eq(numbers.iter().map(|n| n * 2)));

            let sum = AtomicUsize::new(0);
            par_for_each(&numbers, |n| { pace(); sum.fetch_add(*n as usize, SeqCst); });
            assert_eq!(sum.into_inner() as u64, numbers.iter().sum::<u64>());

            let mut changed = numbers.clone();
            par_for_each_mut(&mut changed, |n| { pace(); *n *= 2 });
            assert_eq!(changed, doubled);

            let mut chunked = numbers.clone();
            par_chunks_mut(&mut chunked, size, |i, chunk| { pace(); chunk.fill(i as u64) });
            assert!(chunked.iter().enumerate().all(|(i, n)| *n == (i / size) as u64));

            // In order, for what does not commute.
            let joined = par_reduce(
                &numbers,
                Vec::new,
                |mut all, n| { pace(); all.push(*n); all },
                |mut left, right| { left.extend(right); left },
            );
            assert_eq!(joined, numbers);
        });
    }
}

#[test]
fn a_large_slice_is_shared() {
    let threads = std::sync::Mutex::new(std::collections::HashSet::new());
    let items = [(); 1000];
    // Until a worker has had time.
    while threads.lock().unwrap().len() < 2 {
        POOL.within(|| {
            par_for_each(&items, |()| {
                work();
                threads.lock().unwrap().insert(std::thread::current().id());
            });
        });
    }
}

/// How many are alive.
static ALIVE: AtomicUsize = AtomicUsize::new(0);

#[derive(Debug)]
struct Alive;

impl Alive {
    fn new() -> Self {
        ALIVE.fetch_add(1, SeqCst);
        Self
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        assert_ne!(ALIVE.fetch_sub(1, SeqCst), 0, "dropped twice");
    }
}

#[test]
fn a_panic_drops_every_result_once() {
    let numbers: Vec<usize> = (0..500).collect();
    for bad in [0, 1, 17, 250, 498, 499] {
        let mapped = catch_unwind(AssertUnwindSafe(|| {
            POOL.within(|| {
                par_map(&numbers, |n| {
                    work();
                    match *n == bad {
                        true => panic_any("bad"),
                        false => Alive::new(),
                    }
                })
            })
        }));
        assert_eq!(mapped.unwrap_err().downcast_ref(), Some(&"bad"));
        assert_eq!(ALIVE.load(SeqCst), 0);
    }
    let all = POOL.within(|| par_map(&numbers, |_| Alive::new()));
    assert_eq!(ALIVE.load(SeqCst), 500);
    drop(all);
    assert_eq!(ALIVE.load(SeqCst), 0);
}

#[test]
fn results_that_panic_when_they_are_dropped_do_not_replace_the_panic() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a drop that panics");
        }
    }
    let mapped = catch_unwind(AssertUnwindSafe(|| {
        POOL.within(|| {
            par_map(&[1, 2, 3], |n| match n {
                3 => panic_any("bad"),
                _ => Bomb,
            })
        })
    }));
    let payload = mapped.map(std::mem::forget).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"bad"));
}

#[test]
fn a_panic_in_every_item_is_one_panic() {
    for _ in 0..20 {
        let items = [(); 200];
        let all = catch_unwind(AssertUnwindSafe(|| {
            POOL.within(|| {
                par_for_each(&items, |()| {
                    work();
                    panic_any("each")
                })
            })
        }));
        assert_eq!(all.unwrap_err().downcast_ref(), Some(&"each"));
    }
}

#[test]
fn values_without_a_size_are_mapped_too() {
    assert_eq!(par_map(&[(); 1000], |()| ()).len(), 1000);
    assert_eq!(par_map(&[0_u8; 0], |n| *n), []);
    par_for_each_mut(&mut [(); 10], |()| ());
}

#[test]
#[should_panic(expected = "`size` is 0")]
fn chunks_of_nothing_are_a_mistake() {
    par_chunks_mut(&mut [1], 0, |_, _| ());
}

#[test]
fn slices_are_worked_on_within_jobs_and_slices() {
    let pool = ThreadPoolExecutor::new(1);
    let sum = pool.submit(|| {
        let rows = par_map(&[10_u64; 50], |n| {
            work();
            par_reduce(&[1, 2, 3], || 0, |sum, m| sum + m * n, |a, b| a + b)
        });
        rows.iter().sum::<u64>()
    });
    assert_eq!(rungs::future::block_on(sum).unwrap(), 3000);
}
