//! Threads, tasks and processes: what each costs, and when to take which.
//!
//! | | a thread | a task | a process |
//! |---|---|---|---|
//! | is | a stack, run by the system | a value, polled by an executor | a program of its own |
//! | costs | a stack, and an entry in the tables of the system | the size of its future, in one allocation | an address space, and all that the program loads |
//! | waits by | sleeping in the system | returning to its executor | as its threads do |
//! | is interrupted | at any time, by the system | at an `.await`, by itself | as its threads are |
//! | may block | yes | no: it would hold up the others | yes |
//! | shares memory | yes | yes | no: what goes over is bytes |
//! | survives | a panic of others | a panic of others | a crash of others |
//! | here | `std::thread`, [`WorkerPool`](crate::pool::WorkerPool), [`ThreadPoolExecutor`](crate::executor::ThreadPoolExecutor) | [`spawn`](crate::executor::Handle::spawn), [`LocalExecutor`](crate::executor::LocalExecutor), [`task`](crate::task) | `std::process::Command` |
//!
//! All types of this crate that can wait serve threads and tasks alike, but for four of rung 1 that
//! are for threads only ([`Mutex`](crate::sync::Mutex), [`RwLock`](crate::sync::RwLock),
//! [`ReentrantMutex`](crate::sync::ReentrantMutex), [`Condvar`](crate::sync::Condvar)). So to begin
//! with threads and to go over to tasks later changes `pop()` to `pop_async().await`, and leaves the
//! queue where it is, with threads on its other end if one likes.
//!
//! # Tasks are cheap while they wait
//!
//! Ten thousand tasks wait; two threads are enough. With ten thousand threads the same program
//! would need as many stacks:
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::future::gather;
//! use rungs::sync::Latch;
//! use std::sync::Arc;
//!
//! let pool = ThreadPoolExecutor::new(2);
//! let all_here = Arc::new(Latch::new(10_000));
//! let tasks = (0..10_000).map(|n: u64| {
//!     let all_here = all_here.clone();
//!     pool.spawn(async move {
//!         all_here.arrive_and_wait_async().await; // none goes on before all have come
//!         n
//!     })
//! });
//! let numbers = gather(tasks.collect::<Vec<_>>()).result().unwrap();
//! assert_eq!(numbers.iter().sum::<u64>(), 49_995_000);
//! assert_eq!(pool.workers(), 2);
//! ```
//!
//! What a task takes can be asked of the compiler. It is what is alive over its `.await`s:
//!
//! ```
//! use rungs::sync::Event;
//!
//! async fn small(event: &Event) {
//!     event.wait_async().await;
//! }
//! async fn large(event: &Event) -> u8 {
//!     let page = [1; 4096];
//!     event.wait_async().await;
//!     page[0] // so the page is part of the future
//! }
//! let event = Event::new(true);
//! assert!(size_of_val(&small(&event)) < 4096);
//! assert!(size_of_val(&large(&event)) >= 4096);
//! ```
//!
//! # Threads may block
//!
//! A task that blocks its thread, on a file, in a library that knows nothing of tasks, or in a long
//! computation, holds up the others of that thread. Three ways out:
//!
//! ```
//! use rungs::executor::{ThreadPoolExecutor, blocking};
//! use rungs::queue::Queue;
//! use rungs::sync::Event;
//! use std::{sync::Arc, thread};
//!
//! // 1. Say that it blocks: the pool has one worker more meanwhile.
//! let pool = ThreadPoolExecutor::new(1);
//! let reply = Arc::new(Event::new(false));
//! let wait = reply.clone();
//! let waits = pool.spawn(async move { blocking(|| wait.wait()) });
//! pool.execute(move || reply.set()).unwrap(); // runs, though the only worker is blocked
//! waits.result().unwrap();
//!
//! // 2. A pool of its own for what blocks; its tasks can be awaited from anywhere. (`to_thread` of
//! // the module `task` does so with a pool of the process.)
//! let disk = ThreadPoolExecutor::new(1);
//! let read = disk.submit(|| "bytes");
//! let length = pool.spawn(async move { read.await.unwrap().len() });
//! assert_eq!(length.result().unwrap(), 5);
//!
//! // 3. A thread, and a queue in between.
//! let lines = Queue::bounded(4);
//! let to = lines.clone();
//! let reader = thread::spawn(move || to.push("a line").unwrap());
//! let line = pool.spawn(async move { lines.pop_async().await });
//! assert_eq!(line.result().unwrap(), Ok("a line"));
//! reader.join().unwrap();
//! ```
//!
//! # An event loop
//!
//! A [`LocalExecutor`](crate::executor::LocalExecutor) runs tasks in one thread, as `asyncio` and
//! JavaScript do. Its tasks need not be `Send` and share without locks, for between two `.await`s
//! nobody else runs:
//!
//! ```
//! use rungs::executor::LocalExecutor;
//! use rungs::future::yield_now;
//! use std::{cell::Cell, rc::Rc};
//!
//! let local = LocalExecutor::new();
//! let count = Rc::new(Cell::new(0)); // neither atomic nor locked
//! for _ in 0..10 {
//!     let count = count.clone();
//!     local.spawn(async move {
//!         count.set(count.get() + 1);
//!         yield_now().await; // here the others run
//!         count.set(count.get() + 1);
//!     });
//! }
//! local.run_until_stalled();
//! assert_eq!(count.get(), 20);
//! ```
//!
//! (A lost update is still possible, where an `.await` stands between the reading and the writing:
//! see [`races`](super::races).)
//!
//! What belongs to an event loop beside that, sleeping, ticking and giving up after a time, is in the
//! module [`task`](crate::task):
//!
//! ```
//! use rungs::sync::TimedOut;
//! use rungs::task::{LocalExecutor, sleep, timeout};
//! use std::time::{Duration, Instant};
//!
//! let (local, began, ms) = (LocalExecutor::new(), Instant::now(), Duration::from_millis(1));
//! local.spawn(async move { sleep(5 * ms).await });
//! local.spawn(async move { sleep(5 * ms).await }); // both sleep at the same time
//! local.run(); // until no task is left
//! assert!(began.elapsed() >= 5 * ms);
//!
//! let never = timeout(ms, std::future::pending::<()>());
//! assert_eq!(local.block_on(never), Err(TimedOut));
//! ```
//!
//! Sockets are in `rungs::net`, with the feature `net`. They, the timers and all that waits in this
//! crate work under any executor, also that of another crate.
//!
//! # Processes
//!
//! This crate has none. In Python one takes processes to compute in parallel; here threads do. What
//! remains are programs that must not take others with them when they crash, that run with other
//! rights, or that are somebody else's. Start them with `std::process`, and treat waiting for one as
//! something that blocks:
//!
//! ```no_run
//! use rungs::executor::{ThreadPoolExecutor, blocking};
//! use std::process::Command;
//!
//! let pool = ThreadPoolExecutor::new(4);
//! let listing = pool.submit(|| blocking(|| Command::new("ls").output()));
//! assert!(listing.result().unwrap().unwrap().status.success());
//! ```
