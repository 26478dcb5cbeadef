//! How many workers: what more of them can bring, and how to find the number by measuring.
//!
//! # What is the bottleneck?
//!
//! * Jobs that *compute*: as many workers as there are processors, which is what
//!   `ThreadPoolExecutor::builder()` takes where nothing is said
//!   ([`max_workers`](crate::executor::Builder::max_workers)). More only take turns.
//! * Jobs that *wait*: as many as are to wait at once. [Little's law] says how many those are: the
//!   jobs that come in a second, times the seconds that one takes. Where it is a large number, take
//!   tasks rather than threads ([`threads_and_tasks`](super::threads_and_tasks)).
//! * Jobs that do *both*: begin with the processors, and let jobs say where they wait
//!   ([`blocking`](crate::executor::blocking)), so that the pool has more workers meanwhile. Or
//!   measure.
//! * Jobs that all want the *same thing*, a lock or a disk: as few as keep that busy.
//!
//! ```
//! // 200 requests a second, of which each waits for 50 ms: ten wait at any time.
//! let (per_second, seconds_each) = (200.0, 0.050);
//! let at_once = f64::ceil(per_second * seconds_each) as usize;
//! assert_eq!(at_once, 10);
//! ```
//!
//! # Amdahl's law
//!
//! Of a job that takes one second, let a part *p* be such that it can be shared out, and let the rest
//! be done by one. With *n* workers it takes *(1 − p) + p/n* seconds at best. So however many there
//! are, it does not become quicker than *1/(1 − p)* times:
//!
//! ```
//! /// How many times as quick `workers` can be, where the part `p` can be shared out.
//! fn amdahl(p: f64, workers: f64) -> f64 {
//!     1.0 / ((1.0 - p) + p / workers)
//! }
//!
//! let close = |a: f64, b: f64| (a - b).abs() < 0.01;
//! assert!(close(amdahl(1.0, 8.0), 8.0)); // all of it: as many times as workers
//! assert!(close(amdahl(0.9, 8.0), 4.71)); // nine tenths: not even five times
//! assert!(close(amdahl(0.9, 1e9), 10.0)); // and never more than ten times
//! assert!(close(amdahl(0.5, 1e9), 2.0)); // one half: never more than twice
//! ```
//!
//! The other way round, what was measured says how large the part is that was not shared out ([Karp
//! and Flatt]). If it stays the same with more workers, that part is in the program: a lock, a
//! single reader, a last step. If it grows, it is the sharing out that costs: make the pieces larger.
//!
//! ```
//! /// The part that was done by one, where `workers` were `speedup` times as quick.
//! fn serial_part(speedup: f64, workers: f64) -> f64 {
//!     (1.0 / speedup - 1.0 / workers) / (1.0 - 1.0 / workers)
//! }
//!
//! assert_eq!(serial_part(4.0, 4.0), 0.0); // perfect
//! assert_eq!(serial_part(1.0, 4.0), 1.0); // in vain
//! assert!((serial_part(4.71, 8.0) - 0.1).abs() < 0.001); // Amdahl, backwards
//! ```
//!
//! # Measuring
//!
//! Take work that is like yours, long enough that to start it does not count, and on a machine that
//! does nothing else. Take the best of a few rounds: what disturbs makes it slower, never quicker.
//! The pool is made, and used once, before the clock starts.
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use std::time::{Duration, Instant};
//!
//! fn work(n: u64) -> u64 {
//!     (0..1_000).fold(n, |x, i| x.wrapping_mul(31).wrapping_add(i))
//! }
//!
//! /// How long a map takes with so many workers: the best of three, and its result.
//! fn measure(workers: usize) -> (Duration, u64) {
//!     let pool = ThreadPoolExecutor::new(workers);
//!     let run = || {
//!         let began = Instant::now();
//!         let results = pool.map(0..200, work).chunk_size(10);
//!         let sum = results.map(Result::unwrap).fold(0, u64::wrapping_add);
//!         (began.elapsed(), sum)
//!     };
//!     run(); // the first time wakes the workers up
//!     (0..3).map(|_| run()).min().unwrap()
//! }
//!
//! let processors = std::thread::available_parallelism().map_or(1, usize::from);
//! let (alone, expected) = measure(1);
//! let mut best = (alone, 1);
//! let mut workers = 2;
//! while workers <= 2 * processors.min(8) {
//!     let (time, sum) = measure(workers);
//!     assert_eq!(sum, expected); // the same work, whoever did it
//!     best = best.min((time, workers));
//!     println!("{workers} workers: {:.2} times", alone.as_secs_f64() / time.as_secs_f64());
//!     workers *= 2;
//! }
//! let (time, workers) = best;
//! assert!(workers >= 1 && time <= alone);
//! ```
//!
//! Where two numbers are about as good, take the smaller one. A longer program that does so is the
//! example `ladder`, which does one job serially and on each rung, and prints what each took:
//!
//! ```text
//! cargo run --release --example ladder
//! ```
//!
//! # Changing it while it runs
//!
//! A pool may also be left to find its size between two bounds, or be told another:
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use std::time::Duration;
//!
//! let pool = ThreadPoolExecutor::builder()
//!     .min_workers(1)
//!     .max_workers(8)
//!     .keep_alive(Duration::from_secs(10)) // how long one more than the least stays idle
//!     .build()
//!     .unwrap();
//! assert_eq!(pool.submit(|| 7).result().unwrap(), 7);
//! assert!((1..=8).contains(&pool.workers()));
//! pool.resize(2).unwrap();
//! assert_eq!(pool.metrics().max_workers, 2);
//! ```
//!
//! [`Metrics`](crate::executor::Metrics) says what to do next: `queued` that grows while `idle` is 0
//! asks for more workers, or for fewer jobs; `idle` that is never 0 asks for fewer workers.
//!
//! [Little's law]: https://doi.org/10.1287/opre.9.3.383
//! [Karp and Flatt]: https://doi.org/10.1145/78607.78614
