//! Waiting: the one place where anything sleeps or is woken.
//!
//! # The contract
//!
//! Threads and tasks stand in the same line, as [`Waker`](std::task::Waker)s. A call that blocks
//! drives the same future with a parker; a timeout drops that future. So a wait, a timeout, a
//! cancellation and a dropped future are one path, and the synchronizers above supply no waiting
//! of their own, only a [`Rule`]: which state lets which request in.
//!
//! * No user code runs under an internal lock: no closure, no call of a `Waker`, no `Drop` of a
//!   value. Wakers are cloned before the lock is taken, collected under it ([`Calls`]) and
//!   called after it. A waker may call straight back into the same object. (One exception, whose
//!   page says so: a priority queue compares its priorities under its lock.)
//! * The granter's last touch of a waiter's node is the store that grants it. From then on the
//!   node, and the frame it lives in, may be gone.
//! * A waiter that leaves with a grant gives it back and serves the next. One that leaves
//!   without serves the next as well: what was too little for it may be enough for others.
//! * A waker that panics costs no other waiter its wake-up, and the caller nothing: its panic
//!   goes no further than the panic hook.
//!
//! # The files
//!
//! | file | idea |
//! |---|---|
//! | `parker` | a thread that drives a future and sleeps in between |
//! | `list` | the intrusive FIFO of waiters; what a node's states mean |
//! | `calls` | wakers, collected under a lock and called after it |
//! | `line` | a state word and a list: the way in and the way out of every synchronizer |
//! | `service` | what is done for those who stand in a line, and what they do there |
//! | `census` | who was granted and does not know it yet, for the feature `diagnostics` |
//! | `enter` | the future that waits in a line |
//! | `lines` | two lists around a store: of those who put something there and of those who take |
//! | `monitor` | lines around a structure that lies under their lock |
//! | `signal` | the line of one: a completion that a single waiter waits for |
//! | `inbox` | the line of one, again and again: what many put there, and one takes |
//! | `wakeup` | whether something is to be polled; a waker that puts a number into an inbox |
//! | `timer` | wakers that are called when their time has come |
//! | `wheel`, `pages` | where these lie meanwhile |
//! | `sleep` | the future that is ready at a time |

mod calls;
mod census;
mod enter;
mod inbox;
mod line;
mod lines;
mod list;
mod monitor;
mod pages;
mod parker;
mod service;
mod signal;
mod sleep;
mod timer;
mod wakeup;
mod wheel;

pub(crate) use enter::{Enter, enter, enter_until};
pub(crate) use inbox::Inbox;
pub(crate) use line::{Gate, Line, Order, Permits, Refusal, Rule, Shut, Zero};
pub(crate) use lines::{Dash, Lines, Move, Passage, Side, Store, Waiting};
pub(crate) use monitor::{Monitor, Stock, Turn, Visit};
pub(crate) use pages::Pages;
pub(crate) use parker::{Block, block, block_on, block_until};
pub(crate) use signal::Signal;
pub(crate) use sleep::Sleep;
#[cfg(all(test, feature = "loom"))]
pub(crate) use timer::Timer;
pub(crate) use timer::{Alarm, wake_at};
pub(crate) use wakeup::{Scheduled, Wakeup};
