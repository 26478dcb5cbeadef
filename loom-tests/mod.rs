//! The models of this crate, mounted into its unit-test build so that they see private items.

mod support;

mod actor;
mod async_condvar;
mod async_mutex;
mod async_rwlock;
mod auto_reset_event;
mod barrier;
mod cancel_token;
mod closure;
mod event;
mod exchanger;
mod executor;
mod latch;
mod line;
mod mutex;
mod once_cell;
mod parker;
mod phaser;
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
mod wait_group;
