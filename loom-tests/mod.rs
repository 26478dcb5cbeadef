//! The models of this crate, mounted into its unit-test build so that they see private items.

mod pool;
mod queue;
mod support;

mod actor;
mod event;
mod line;
mod mutex;
mod parker;
mod selfcheck;
mod signal;
