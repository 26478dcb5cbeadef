//! A ladder of concurrency abstractions.

mod panic;
mod sys;
mod wait;

pub use panic::PanicPayload;

pub mod actor;
pub mod executor;
pub mod future;
pub mod sync;

#[cfg(all(test, feature = "loom"))]
#[path = "../loom-tests/mod.rs"]
mod loom_tests;
