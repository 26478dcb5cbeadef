//! Concurrency and parallelism: what each is, and when either helps.
//!
//! **Concurrency** is a way to write a program: as several activities, each with a beginning and an
//! end of its own, in no fixed order among them. One processor is enough for that; it takes turns.
//!
//! **Parallelism** is a way to run one: several processors at work at the same moment. It takes
//! concurrency, or data that can be cut into pieces, for otherwise there is nothing for the second
//! processor to do.
//!
//! They help against different troubles:
//!
//! | the program is slow because it | what helps | here |
//! |---|---|---|
//! | waits: for a network, a disk, a person, a lock | concurrency: wait for all of them at once | tasks ([`spawn`](crate::executor::Handle::spawn)), or threads that may block |
//! | computes | parallelism, up to the number of processors | [`par_map`](crate::executor::par_map), [`join`](crate::executor::join()), [`ThreadPoolExecutor`](crate::executor::ThreadPoolExecutor) |
//! | computes, in steps of which each needs the one before | neither | a better algorithm |
//! | does several things of which some must stay quick | concurrency: keep them apart | an [executor](crate::executor) for the slow ones, an [actor](crate::actor) |
//!
//! # Concurrency without parallelism
//!
//! One thread, two tasks. Neither could end without the other, and at no moment do both run:
//!
//! ```
//! use rungs::executor::LocalExecutor;
//! use rungs::queue::Queue;
//!
//! let local = LocalExecutor::new(); // runs its tasks in this thread
//! let (questions, answers) = (Queue::rendezvous(), Queue::rendezvous());
//!
//! let (asked, told) = (questions.clone(), answers.clone());
//! local.spawn(async move {
//!     while let Ok(n) = asked.pop_async().await {
//!         told.push_async(n * n).await.unwrap();
//!     }
//! });
//! let sum = local.block_on(async {
//!     let mut sum = 0;
//!     for n in 1..=3 {
//!         questions.push_async(n).await.unwrap(); // here the other task runs
//!         sum += answers.pop_async().await.unwrap();
//!     }
//!     sum
//! });
//! assert_eq!(sum, 1 + 4 + 9);
//! ```
//!
//! A task is left at an `.await`, and nowhere else. Code between two of them keeps the thread for
//! itself: a task that computes for long, or blocks, holds up all others of its executor. (Go
//! interrupts goroutines that compute for long. Tasks of Rust and of Python's `asyncio` are not
//! interrupted, nor are Java's virtual threads, which give up their carrier where they block. See
//! [`threads_and_tasks`](super::threads_and_tasks).)
//!
//! # Waiting for many at once
//!
//! A hundred tasks wait, one thread serves them. No parallelism is needed, for there is nothing to
//! compute meanwhile:
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::future::gather;
//! use rungs::sync::Event;
//! use std::sync::Arc;
//!
//! let pool = ThreadPoolExecutor::new(1);
//! let reply = Arc::new(Event::new(false)); // something that comes from elsewhere
//! let tasks = (0..100).map(|n| {
//!     let reply = reply.clone();
//!     pool.spawn(async move {
//!         reply.wait_async().await;
//!         n
//!     })
//! });
//! let all = gather(tasks.collect::<Vec<_>>());
//! reply.set();
//! assert_eq!(all.result().unwrap().len(), 100);
//! assert_eq!(pool.workers(), 1);
//! ```
//!
//! # Parallelism
//!
//! Data that can be cut into pieces needs no locks and no messages. The pieces are computed on as
//! many processors as are free, and the result is that of the loop:
//!
//! ```
//! use rungs::executor::{join, par_map, par_reduce};
//!
//! let numbers: Vec<u64> = (1..=1_000).collect();
//! let squares = par_map(&numbers, |n| n * n);
//! let one_by_one: Vec<_> = numbers.iter().map(|n| n * n).collect();
//! assert_eq!(squares, one_by_one);
//!
//! let sum = par_reduce(&numbers, || 0, |sum, n| sum + n, |left, right| left + right);
//! assert_eq!(sum, 500_500);
//!
//! // Two closures, perhaps at once: both borrow, and both have ended when `join` returns.
//! let (least, most) = join(|| numbers.iter().min(), || numbers.iter().max());
//! assert_eq!((least, most), (Some(&1), Some(&1_000)));
//! ```
//!
//! # When neither helps
//!
//! * **Small work.** To hand a job to another thread costs more than a job that adds two numbers.
//!   [`join`](crate::executor::join()) and the functions over slices are made for that case: they
//!   hand something over only where another thread has nothing to do.
//! * **One after the other.** What must be done in order gains nothing. [`workers`](super::workers)
//!   says how much the part that must be keeps from the whole.
//! * **One resource.** If all wait for the same lock, disk or connection, more threads make a longer
//!   line. Do less under the lock, or have several locks, each for a part.
//!
//! # From Python
//!
//! There is no interpreter lock. Threads of Rust compute in parallel, so what is done with
//! `multiprocessing` in Python is done with threads here, and nothing is copied or pickled on the
//! way. What that lock seemed to give for free, one thread at a time in a `dict`, is what
//! [`Mutex`](crate::sync::Mutex) is for; the compiler does not let it be forgotten.
