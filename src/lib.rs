//! A ladder of concurrency abstractions, for threads and tasks alike, model-checked.
//!
//! New here? Read the [guide]: what goes wrong, which type is for what, and what it is called in
//! Python, Java and Go.
//!
//! One climbs only as high as one needs:
//!
//! | rung | module | what it offers | what you no longer think about |
//! |---|---|---|---|
//! | 1 | [`sync`] | [`Mutex`](sync::Mutex), [`Semaphore`](sync::Semaphore), [`Event`](sync::Event), [`Barrier`](sync::Barrier), [`OnceCell`](sync::OnceCell), [`CancelToken`](sync::CancelToken) … | wake-ups, timeouts, cancellation |
//! | 2 | [`queue`], [`pool`] | [`Queue`](queue::Queue), [`DelayQueue`](queue::DelayQueue), [`TaskQueue`](queue::TaskQueue), [`select`](queue::select()), [`WorkerPool`](pool::WorkerPool) … | locks, threads, back-pressure, retries |
//! | 3 | [`executor`], [`future`] | [`ThreadPoolExecutor`](executor::ThreadPoolExecutor), [`TaskFuture`](future::TaskFuture), [`TaskGroup`](executor::TaskGroup), [`join`](executor::join) | queues, results, panics |
//! | – | [`task`] | [`sleep`](task::sleep), [`timeout`](task::timeout), [`interval`](task::interval), the event loop of a [`LocalExecutor`](task::LocalExecutor) … | timers, clean-up, one thread's schedule |
//! | – | `net` | sockets, names, hyper (features `net`, `hyper`) | the system's readiness |
//! | 4 | [`actor`] | [`Addr`](actor::Addr): any object, one message at a time | concurrency |
//!
//! # Verbs
//!
//! Every operation that can wait has the same five forms, on the same object:
//!
//! | form | waits | gives up |
//! |---|---|---|
//! | `x(..)` | the thread blocks | never |
//! | `try_x(..)` | does not wait | at once |
//! | `x_timeout(.., Duration)` | the thread blocks | after the duration; `Duration::MAX` is never |
//! | `x_deadline(.., Instant)` | the thread blocks | at the instant |
//! | `x_async(..)` | the task waits, in line from its first poll | when dropped |
//!
//! (A value that is made once, [`OnceCell`](sync::OnceCell), is made in two of them: `get_or_init`
//! and its async form. Waiting for it has all five.)
//!
//! Threads and tasks stand in one line. A timeout is a cancellation, and a cancelled wait loses
//! its place in line and nothing else: no permit, no item, no message.
//!
//! # Which rung?
//!
//! * Threads of your own that share a thing: rung 1.
//! * A stream of items, and a handler for each: rung 2.
//! * Functions to run, and their results to wait for: rung 3.
//! * An object that many use and one at a time may touch: rung 4.
//!
//! # Model checking
//!
//! Every rung is checked with loom. `cargo test --features loom` checks this crate. With
//! `RUSTFLAGS="--cfg rungs_loom"` and the feature `loom`, the types of this crate show loom
//! their insides, and you can model-check *your own* code over them; the clock is then virtual,
//! and `rungs::model::expire_all()` lets every deadline pass. The feature alone changes nothing
//! in a build.
//!
//! # Features
//!
//! None is on by default. `loom`: model checking, as above. `diagnostics`: who holds a lock and
//! since where, in `Debug`; and in debug builds a report of locks that are taken in a circle.
//! `tracing`: what an executor does, for the crate of that name. `net`: sockets for tasks, by
//! `async-io`. `hyper`: hyper 1, servers and clients, on the executors here.

mod panic;
mod sys;
mod wait;

pub mod actor;
pub mod executor;
pub mod future;
pub mod guide;
#[cfg(feature = "net")]
pub mod net;
pub mod pool;
pub mod queue;
pub mod sync;
pub mod task;

pub use panic::PanicPayload;

/// What models of code over this crate need beside loom (`--cfg rungs_loom` only).
#[cfg(rungs_loom)]
pub mod model {
    pub use crate::sys::clock::expire_all;
}

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(all(test, not(feature = "loom"), not(rungs_loom)))]
#[path = "../ci/zero_cost.rs"]
mod zero_cost;

#[cfg(all(test, feature = "loom"))]
#[path = "../loom-tests/mod.rs"]
mod loom_tests;
