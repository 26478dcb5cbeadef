//! Beside rung 3: tasks, time and an event loop, in the manner of Python's `asyncio`.
//!
//! Every future here works under any executor: a [`ThreadPoolExecutor`], a [`LocalExecutor`],
//! [`block_on`], or that of another crate. Timers need none: one thread of the process serves them
//! all, and is there only while there are some.
//!
//! | here | for | `asyncio` (`trio`) |
//! |---|---|---|
//! | [`block_on`] | driving one future in this thread | `run` |
//! | [`LocalExecutor`] | an event loop: futures of one thread, `Send` or not, and [calls](LocalHandle::call_later) at a time | the event loop |
//! | [`ThreadPoolExecutor`] | futures and closures on many threads | `run_in_executor` |
//! | [`sleep`], [`sleep_until`] | a pause | `sleep` (`sleep_until`) |
//! | [`interval`] | ticks, and what becomes of missed ones | – |
//! | [`timeout`], [`deadline`] | giving up | `timeout`, `wait_for` (`move_on_after`, `move_on_at`) |
//! | [`yield_now`] | letting others run | `sleep(0)` (`checkpoint`) |
//! | [`gather()`], [`race`], [`select_ok`], [`wait()`], [`as_completed()`] | several tasks, each with a place of its own | `gather`, `wait`, `as_completed` |
//! | [`TaskGroup`] | tasks that succeed together | `TaskGroup` (`open_nursery`) |
//! | [`FutureSet`], [`join()`], [`try_join`], [`join_all`], [`try_join_all`], [`first`] | several futures inside one task: they may borrow, and need not be `Send` | `gather` (`open_nursery`) |
//! | [`cancellable`], [`with_grace`], [`with_cleanup`] | cancellation that leaves time to clean up | `CancelledError` (`CancelScope`) |
//! | [`shield`] | what goes on to its end | `shield` (`CancelScope(shield=True)`) |
//! | [`to_thread`], [`blocking`] | what blocks | `to_thread` (`to_thread.run_sync`) |
//! | [`named`], [`current_name`] | what a task is called | `set_name`, `current_task().get_name` |
//!
//! ```
//! use rungs::task::{LocalExecutor, sleep, timeout};
//! use std::{cell::Cell, rc::Rc, time::Duration};
//!
//! let (local, ticks) = (LocalExecutor::new(), Rc::new(Cell::new(0)));
//! let count = ticks.clone();
//! local.spawn(async move {
//!     loop {
//!         sleep(Duration::from_millis(1)).await;
//!         count.set(count.get() + 1);
//!     }
//! });
//! let never = timeout(Duration::from_millis(50), std::future::pending::<()>());
//! assert!(local.block_on(never).is_err());
//! assert!(ticks.get() > 0);
//! ```
//!
//! # The files
//!
//! | file | idea |
//! |---|---|
//! | `sleep` | the future that is ready at a time |
//! | `interval` | ticks |
//! | `timeout` | a future that is given up |
//! | `cancel` | a future that is asked to end, and has time to clean up |
//! | `shield` | what is run elsewhere, to its end |
//! | `set`, `join` | several futures inside one task |

mod cancel;
mod interval;
mod join;
mod set;
mod shield;
mod sleep;
mod timeout;

pub use crate::executor::{
    Every, GroupError, LocalExecutor, LocalHandle, LocalRemote, LocalTask, Stopped, TaskGroup,
    ThreadPoolExecutor, blocking,
};
pub use crate::future::{
    AsCompleted, Named, ReturnWhen, SharedFuture, TaskError, TaskFuture, as_completed, block_on,
    current_name, current_token, gather, named, race, select_ok, try_wait, wait, wait_async,
    wait_deadline, wait_timeout, yield_now,
};
pub use crate::sync::{CancelToken, Cancelled, TimedOut};
pub use cancel::{Cancellable, WithCleanup, cancellable, with_cleanup, with_grace};
pub use interval::{Interval, interval};
pub use join::{Join, TryJoin, first, join, join_all, try_join, try_join_all};
pub use set::FutureSet;
pub use shield::{Shield, shield, to_thread};
pub use sleep::{Sleep, sleep, sleep_until};
pub use timeout::{Timeout, deadline, timeout};
