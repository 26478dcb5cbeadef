//! The guide: concurrency with this crate, for those who come from Python, Java or Go.
//!
//! There is no code in here, only pages to read. Their examples are tests of this crate, and assert
//! what is said beside them, and what a row of a dictionary names is used in a program under it;
//! those that go wrong on purpose are only compiled here, and are found by models; and one, of a
//! package of your own, is only shown.
//!
//! | page | what it answers |
//! |---|---|
//! | [`concurrency`] | What is concurrency, what is parallelism, and when does either help? |
//! | [`races`] | What goes wrong? Four faults, found by a model checker, and their cures. |
//! | [`which`] | Which type is for my problem, and what does it cost? |
//! | [`threads_and_tasks`] | A thread, a task or a process? |
//! | [`workers`] | How many workers? |
//! | [`from_python`] | What is `threading`, `queue`, `concurrent.futures`, `asyncio` … called here? |
//! | [`from_java`] | What is `java.util.concurrent`, `CompletableFuture`, an Akka actor called here? |
//! | [`from_go`] | What is a goroutine, a channel, `select`, `context`, `errgroup` called here? |
//!
//! # What Rust does differently
//!
//! Three things surprise those who come from elsewhere, and all pages take them for granted:
//!
//! * **A lock owns what it guards.** `Mutex<T>` holds a `T`, and the only way to it is to lock.
//!   To forget the lock does not compile.
//! * **A lock is let go by a destructor.** `lock()` gives a guard; the lock is free when the guard
//!   goes out of scope, is dropped, or is unwound by a panic. There is no `finally`, `with` or
//!   `defer unlock()`. A guard that nobody names is gone at the end of its statement.
//! * **The compiler knows what may go to another thread.** A type is `Send` where it may move to
//!   one, and `Sync` where several may look at it. A data race, in the sense of two threads at
//!   the same memory of which one writes, does not compile in safe code. Other races do: see
//!   [`races`].
//!
//! ```
//! use rungs::sync::Mutex;
//! use std::thread;
//!
//! let count = Mutex::new(0); // the lock, with the number inside
//! thread::scope(|s| {
//!     for _ in 0..4 {
//!         s.spawn(|| *count.lock() += 1); // the guard is gone at the end of the statement
//!     }
//! });
//! assert_eq!(count.into_inner(), 4); // all threads have ended, so no lock is needed
//! ```
//!
//! Without the lock the same program is refused:
//!
//! ```compile_fail,E0499
//! let mut count = 0;
//! std::thread::scope(|s| {
//!     for _ in 0..4 {
//!         s.spawn(|| count += 1); // error: cannot borrow `count` as mutable more than once
//!     }
//! });
//! ```

pub mod concurrency;
pub mod from_go;
pub mod from_java;
pub mod from_python;
pub mod races;
pub mod threads_and_tasks;
pub mod which;
pub mod workers;
