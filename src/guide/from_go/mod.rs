//! From Go: what goroutines, channels, `select`, `sync`, `context`, `errgroup` and `time` are called
//! here.
//!
//! Under each heading stand a table and its programs. What stands in a row is in one of them: the
//! line of Go as a comment, then the line of Rust, then an assertion. Three differences first:
//!
//! * A goroutine is a task of the runtime that may block. Here one chooses: a *thread*, which may
//!   block, or a *task*, which waits by `.await` and has no stack of its own. Both use the same
//!   channels and locks. [`threads_and_tasks`](super::threads_and_tasks) says more.
//! * A lock holds the data that it guards, and lets go by itself: there is no `defer mu.Unlock()`.
//! * A failure is a value, `Err`, and the compiler asks for it. A panic in a job does not end the
//!   process: it ends the job, and who waits for the result is told.
//!
//! | page | what it has |
//! |---|---|
//! | [`goroutines`] | goroutines, and what starts, ends and times them |
//! | [`channels`] | channels, `select`, goroutines that own a state |
//! | [`sync`] | locks and the like |

pub mod channels;
pub mod goroutines;
pub mod sync;
