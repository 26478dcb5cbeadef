//! Rung 4: active objects.
//!
//! An [`Addr<A>`](Addr) is the address of an `A`, any `A` that can be sent to another thread. The
//! object is owned by its *actor*, which runs the closures that are sent to it, the *messages*,
//! one at a time. So the object needs no lock, and its methods are ordinary `&mut self` ones:
//! concurrency is hidden behind the address.
//!
//! ```
//! use rungs::actor::{Addr, StopReason};
//!
//! #[derive(Default)]
//! struct Account { balance: i64 }
//!
//! impl Account {
//!     fn pay_in(&mut self, cents: i64) { self.balance += cents }
//!     fn balance(&self) -> i64 { self.balance }
//! }
//!
//! let account = Addr::spawn(Account::default());
//! let clerks = [1, 2, 3].map(|cents| {
//!     let account = account.clone();
//!     std::thread::spawn(move || account.post(move |a| a.pay_in(cents)).unwrap())
//! });
//! for clerk in clerks {
//!     clerk.join().unwrap();
//! }
//! assert_eq!(account.call(|a| a.balance()).wait().unwrap(), 6);
//!
//! account.stop();
//! assert_eq!(account.join(), StopReason::Stopped);
//! ```
//!
//! | type | for | Python, Java, Go |
//! |---|---|---|
//! | [`Addr`] | sending messages to an object | Pykka's `ActorRef`, a single-threaded `Executor` around an object, a goroutine with a channel |
//! | [`Reply`] | the result of a message | `Future` |
//! | [`WeakAddr`] | an address that keeps nobody alive | `weakref` |
//! | [`Builder`] | choosing where an actor runs, and how long at a stretch | |
//!
//! # When to prefer another rung
//!
//! Data that is touched briefly is cheaper behind a [`Mutex`](crate::sync::Mutex), which runs the
//! code where the caller is; work that shares no object belongs to an
//! [executor](crate::executor). An actor is for an object that is busy for longer, that callers
//! do not want to wait for, or that must live on a thread of its own.
//!
//! # Guarantees
//!
//! * One message at a time; what it wrote is visible to the next, on whichever thread that runs.
//! * The messages of one sender are handled in the order in which it sent them.
//! * A message that was accepted is handled, or, where the actor ends before, its caller is told;
//!   where there is no caller, it is counted ([`Addr::undelivered`]). One that was not accepted
//!   is given back.
//! * Every call resolves, whatever becomes of the actor.
//! * Stop and kill never wait behind the messages that are queued: both decide over the next that
//!   is sent, a kill over the next that would be handled.
//! * A message that panics ends its own actor, since the object may be half changed, and harms
//!   neither another actor nor a thread.
//! * A flood of messages to one actor does not keep others of the same executor from running: a
//!   turn is at most a [batch](Builder::batch).
//! * When a [`join`](Addr::join) returns, the object has been dropped.
//!
//! # The files
//!
//! | file | idea |
//! |---|---|
//! | `addr` | what senders and joiners hold |
//! | `builder`, `host` | where an actor lives |
//! | `cell` | the actor: mailbox, turns, end |
//! | `control` | its one word: length, idleness, acceptance |
//! | `message` | what stands in a mailbox |
//! | `call`, `reply` | a closure on its way in, its result on the way out |
//! | `running` | whose turn a thread is in, to find who waits for himself |

mod addr;
mod builder;
mod call;
mod cell;
mod control;
mod error;
mod host;
mod message;
mod reply;
mod running;

pub use addr::{Addr, Join, WeakAddr};
pub use builder::Builder;
pub use error::{AskError, SendError, StartError, StopReason};
pub use host::Host;
pub use reply::Reply;
