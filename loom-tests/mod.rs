//! The models of this crate, mounted into its unit-test build so that they see private items.

mod support;

mod actor;
mod async_condvar;
mod async_mutex;
mod async_rwlock;
mod closure;
mod event;
mod executor;
mod line;
mod mutex;
mod parker;
mod pool;
mod queue;
mod selfcheck;
mod shared;
mod signal;
mod sleep;
mod spawned;
