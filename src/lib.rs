//! A ladder of concurrency abstractions.

mod panic;
mod sys;
mod wait;

pub mod actor;
pub mod executor;
pub mod future;
pub mod pool;
pub mod queue;
pub mod sync;

pub use panic::PanicPayload;

/// What models of code over this crate need beside loom (`--cfg rungs_loom` only).
#[cfg(rungs_loom)]
pub mod model {
    pub use crate::sys::clock::expire_all;
}

#[cfg(all(test, feature = "loom"))]
#[path = "../loom-tests/mod.rs"]
mod loom_tests;
