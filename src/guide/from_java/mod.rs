//! From Java: what `java.util.concurrent`, `CompletableFuture`, virtual threads and Akka call it, and
//! what it is called here.
//!
//! Under each heading stand a table and its programs. What stands in a row is in one of them: the
//! line of Java as a comment, then the line of Rust, then an assertion. Four differences first:
//!
//! * A lock holds the data that it guards, and a guard lets go by itself: there is no `synchronized`
//!   and no `finally { lock.unlock(); }`.
//! * Nobody is interrupted. What Java does by `Thread.interrupt` is a
//!   [`CancelToken`](crate::sync::CancelToken), or the future of a wait, which is dropped.
//! * What throws in Java gives a `Result`; a panic in a job is in its future, as an exception is in an
//!   `ExecutionException`.
//! * There is no `volatile` and no `final` to publish by: what is shared is locked, atomic, or not
//!   changed any more, and the compiler asks which.
//!
//! | page | what it has |
//! |---|---|
//! | [`locks`] | locks, and threads that wait for each other |
//! | [`queues`] | blocking queues |
//! | [`executors`] | pools, futures, virtual threads, structured concurrency |
//! | [`akka`] | actors |

pub mod akka;
pub mod executors;
pub mod locks;
pub mod queues;
