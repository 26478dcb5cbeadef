//! The models of this crate, mounted into its unit-test build so that they see private items.

mod support;

mod actor;
mod closure;
mod event;
mod executor;
mod line;
mod mutex;
mod parker;
mod pool;
mod queue;
mod reentrant;
mod rwlock;
mod selfcheck;
mod service;
mod shared;
mod signal;
mod sleep;
mod spawned;
