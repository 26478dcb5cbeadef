//! The crate as its users see it: all tests that may share a process.
//!
//! (Those that may not lie beside this folder: they count allocations, watch the whole process, or
//! are of a feature. One crate is built several times faster than forty.)

mod common;

mod actor;
mod actor_group;
mod actor_messages;
mod actor_pipe;
mod actor_time;
mod async_bounds;
mod bounds;
mod broadcast;
mod channel;
mod corners;
mod executor;
mod executor_pool;
mod fork_join;
mod group;
mod guide;
mod inline;
mod layers;
mod local;
mod many_futures;
mod map;
mod once_cell;
mod pool;
mod queue;
mod queue_kinds;
mod schedule;
mod scope;
mod select;
mod semaphore;
mod semaphore_model;
mod slices;
mod spawn_with;
mod supervision;
mod synchronizer_bounds;
mod synchronizers;
mod task;
mod task_future;
mod task_queue;
mod task_together;
mod watch;
