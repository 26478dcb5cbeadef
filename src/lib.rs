//! A ladder of concurrency abstractions.
pub(crate) mod sys;
