//! A ladder of concurrency abstractions.

mod sys;

#[cfg(all(test, feature = "loom"))]
#[path = "../loom-tests/mod.rs"]
mod loom_tests;
