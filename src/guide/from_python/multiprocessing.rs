//! From `multiprocessing`: computing in parallel.
//!
//! # `multiprocessing`
//!
//! Its point is to compute in parallel, for which threads do here: nothing is pickled, and what is
//! shared is shared. For other processes there is `std::process`; this crate has nothing for them.
//!
//! | Python | here |
//! |---|---|
//! | `Pool(4).map(f, xs)` | [`par_map`](crate::executor::par_map), or [`map`](crate::executor::Handle::map) of a pool |
//! | `imap`, `imap_unordered`, `chunksize` | [`map`](crate::executor::Handle::map), [`unordered`](crate::executor::Map::unordered), [`chunk_size`](crate::executor::Map::chunk_size) |
//! | `apply_async` | [`submit`](crate::executor::Handle::submit) |
//! | `Pool(initializer=…)` with globals | [`Builder::state`](crate::pool::Builder::state) of a [`WorkerPool`](crate::pool::WorkerPool) |
//! | `maxtasksperchild` | [`max_tasks_per_worker`](crate::pool::Builder::max_tasks_per_worker) |
//! | `JoinableQueue` | [`TaskQueue`](crate::queue::TaskQueue) |
//! | `Pipe()` | a [`Queue`](crate::queue::Queue) for each direction |
//! | `Value`, `Array`, `Manager().dict()` | a [`Mutex`](crate::sync::Mutex) around the value; `std::sync::atomic` |
//! | `Process`, `fork`, `shared_memory` | none: `std::process::Command` starts another program |
//! | `cpu_count()` | `std::thread::available_parallelism` |
//!
//! ```
//! use rungs::executor::{ThreadPoolExecutor, par_map};
//! use rungs::pool::WorkerPool;
//! use rungs::queue::Queue;
//! use rungs::sync::Mutex;
//! use std::collections::HashMap;
//!
//! // Pool(4).map(square, [1, 2, 3])
//! assert_eq!(par_map(&[1, 2, 3], |n| n * n), [1, 4, 9]);
//!
//! // sum(pool.imap_unordered(square, range(100), chunksize=10))
//! let pool = ThreadPoolExecutor::new(2);
//! let squares = pool.map(0..100, |n: u32| n * n).unordered().chunk_size(10);
//! assert_eq!(squares.map(Result::unwrap).sum::<u32>(), 328_350);
//!
//! // pool.apply_async(square, (3,)).get()
//! assert_eq!(pool.submit(|| 3 * 3).result().unwrap(), 9);
//!
//! // Pool(2, initializer=connect, maxtasksperchild=100)  # each worker its own connection
//! let (jobs, results) = (Queue::bounded(8), Queue::unbounded());
//! let out = results.clone();
//! let workers = WorkerPool::builder()
//!     .workers(2)
//!     .max_tasks_per_worker(100)
//!     .state(|worker| format!("connection {worker}"))
//!     .build(jobs, move |connection, n: usize| out.push((connection.clone(), n)).unwrap())
//!     .unwrap();
//! workers.queue().push(7).unwrap();
//! workers.join(); // pool.close(); pool.join()
//! let (connection, n) = results.pop().unwrap();
//! assert!(connection.starts_with("connection") && n == 7);
//!
//! // counts = Manager().dict(); counts["a"] = counts.get("a", 0) + 1  # a race, in Python
//! let counts = Mutex::new(HashMap::new());
//! *counts.lock().entry("a").or_insert(0) += 1;
//! assert_eq!(counts.lock()["a"], 1);
//! ```
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::queue::{Queue, TaskQueue};
//! use rungs::sync::Mutex;
//! use std::sync::atomic::{AtomicU32, Ordering};
//! use std::thread;
//!
//! // Pool(cpu_count()).imap(square, [1, 2, 3])
//! let pool = ThreadPoolExecutor::new(thread::available_parallelism().unwrap().get());
//! let squares = pool.map([1, 2, 3], |n| n * n).map(Result::unwrap);
//! assert_eq!(squares.collect::<Vec<_>>(), [1, 4, 9]);
//!
//! // q = JoinableQueue(); q.put(1)        q.get(); q.task_done()        q.join()
//! let q = TaskQueue::unbounded();
//! q.push(1).unwrap();
//! thread::scope(|s| {
//!     s.spawn(|| q.pop_task().unwrap().done());
//!     q.join();
//! });
//! assert_eq!(q.unfinished(), 0);
//!
//! // here, there = Pipe(); here.send(20)        there.send(there.recv() + 1)        here.recv()
//! let (there, back) = (Queue::bounded(1), Queue::bounded(1));
//! let answer = thread::scope(|s| {
//!     s.spawn(|| back.push(there.pop().unwrap() + 1).unwrap());
//!     there.push(20).unwrap();
//!     back.pop()
//! });
//! assert_eq!(answer, Ok(21));
//!
//! // count = Value('i', 0); with count.get_lock(): count.value += 1
//! let count = AtomicU32::new(0);
//! count.fetch_add(1, Ordering::Relaxed);
//! assert_eq!(count.into_inner(), 1);
//!
//! // xs = Array('i', 3); with xs.get_lock(): xs[0] += 1
//! let xs = Mutex::new([0; 3]);
//! xs.lock()[0] += 1;
//! assert_eq!(*xs.lock(), [1, 0, 0]);
//! ```
