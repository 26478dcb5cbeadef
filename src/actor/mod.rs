//! Rung 4: active objects and actors.
//!
//! An [`Addr<A>`](Addr) is the address of an `A`, any `A`. The object is owned by its *actor*,
//! which handles the messages that are sent to it, one at a time. So the object needs no lock, and
//! its methods are ordinary `&mut self` ones: concurrency is hidden behind the address.
//!
//! An *active object* is any value; its messages are closures.
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
//! An [`Actor`] has a life cycle, and a handler for each type of message that it takes: a
//! [`Handler`], or, where it has to wait in between, an [`AsyncHandler`].
//!
//! ```
//! use rungs::actor::{Actor, Context, Handler};
//!
//! #[derive(Default)]
//! struct Account { balance: i64 }
//! struct PayIn(i64);
//! struct Balance;
//!
//! impl Actor for Account {}
//!
//! impl Handler<PayIn> for Account {
//!     type Reply = ();
//!     fn handle(&mut self, PayIn(cents): PayIn, _cx: &mut Context<Self>) { self.balance += cents }
//! }
//!
//! impl Handler<Balance> for Account {
//!     type Reply = i64;
//!     fn handle(&mut self, _: Balance, _cx: &mut Context<Self>) -> i64 { self.balance }
//! }
//!
//! let account = Account::default().start();
//! account.tell(PayIn(6)).unwrap();
//! assert_eq!(account.ask(Balance).wait().unwrap(), 6);
//! ```
//!
//! | type | for | Python, Java, Go |
//! |---|---|---|
//! | [`Addr`] | sending messages to an object | Pykka's `ActorRef`, a single-threaded `Executor` around an object, a goroutine with a channel |
//! | [`Actor`], [`Handler`], [`AsyncHandler`] | what an actor does with messages | `ThreadingActor.on_receive`, Akka's `Behavior` |
//! | [`Context`] | what it sees of itself meanwhile | `self.actor_ref`, `ActorContext` |
//! | [`Timer`] | what it does later, or again and again | `Timer`, `ScheduledFuture`, `time.Ticker` |
//! | [`Attachment`] | a future or a stream that runs beside it | `pipe_to_self` |
//! | [`Reply`] | the result of a message | `Future` |
//! | [`Recipient`] | an address for one type of message, of whatever actor | |
//! | [`Group`] | sending the same to several actors | `EventBus`, a topic |
//! | [`Probe`] | standing in for an actor in a test | `TestProbe`, `Mock` |
//! | [`TestClock`] | moving the timers of an actor in a test | `ManualTime`, `FakeClock` |
//! | [`WeakAddr`] | an address that keeps nobody alive | `weakref` |
//! | [`ActorState`], [`ActorStats`] | what can be seen of an actor from outside | `Thread.State`, `len(queue)` |
//! | [`Builder`], [`Mailbox`] | choosing where an actor runs, how long at a stretch, and how many messages may wait | |
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
//!   where there is no caller, it is counted ([`Addr::undelivered`]) and, if it was told to an
//!   actor whose object is still there, handed to that ([`Actor::undelivered`]); where a bounded mailbox drops it, that is counted
//!   ([`Addr::dropped`]). One that was not accepted is given back.
//! * Every reply resolves, whatever becomes of the actor.
//! * Stop and kill never wait behind the messages that are queued: both decide over the next that
//!   is sent, a kill over the next that would be handled.
//! * A message that panics ends its own actor, since the object may be half changed, and harms
//!   neither another actor nor a thread.
//! * A flood of messages to one actor does not keep others of the same executor from running: a
//!   turn is at most a [batch](Builder::batch), and one more after a batch of timers and news.
//! * Two objects of one supervised actor never overlap: the old one's `stopped` is over, and it has
//!   been dropped, before the new one is made ([`Supervisor`]).
//! * When a [`join`](Addr::join) returns, the actor's [`stopped`](Actor::stopped) is over, and the
//!   object has been dropped.
//!
//! # The files
//!
//! | file | idea |
//! |---|---|
//! | `addr`, `send` | what senders and joiners hold, and the ways to send |
//! | `handler`, `context` | what an actor is, and what it sees of itself |
//! | `recipient`, `group` | addresses for one type of message; sets of them |
//! | `probe`, `test_clock` | an address, and a time, for tests |
//! | `builder`, `host` | where an actor lives |
//! | `cell`, `cell/turn`, `core` | the actor; its turns and its end; what belongs to the turn |
//! | `mailbox`, `block` | messages of any type, in place, one behind the other |
//! | `limit` | the bound of a mailbox |
//! | `urgent` | what does not wait behind messages |
//! | `supervisor`, `crew`, `charge` | restarts: what users hold; who decides; the child's part |
//! | `watch` | being told of the end of another actor |
//! | `stats` | what can be seen from outside |
//! | `slot` | the future of an async handler |
//! | `message` | what stands in a mailbox |
//! | `beside`, `timer`, `pipe` | what runs beside an actor, and ends with it |
//! | `answer`, `reply` | a result on the way out |
//! | `running` | whose turn a thread is in, to find who waits for himself |

mod addr;
mod answer;
mod beside;
mod block;
mod builder;
mod cell;
mod charge;
mod context;
mod core;
mod crew;
mod error;
mod group;
mod handler;
mod host;
mod limit;
mod mailbox;
mod message;
mod pipe;
mod probe;
mod recipient;
mod reply;
mod running;
mod send;
mod slot;
mod stats;
mod supervisor;
mod test_clock;
mod timer;
mod urgent;
mod watch;

pub use addr::{ActorId, Addr, Join, WeakAddr};
pub use builder::{Builder, Mailbox};
pub use context::Context;
pub use error::{AskError, SendError, StartError, StopReason};
pub use group::Group;
pub use handler::{Actor, AsyncHandler, Handler, InOneGo, InStages, Receive, Undelivered};
pub use host::Host;
pub use limit::Overflow;
pub use pipe::Attachment;
pub use probe::Probe;
pub use recipient::{Recipient, WeakRecipient};
pub use reply::Reply;
pub use stats::{ActorState, ActorStats};
pub use supervisor::{Restart, Strategy, Supervisor};
pub use test_clock::TestClock;
pub use timer::Timer;
pub use watch::{Down, Watch};
