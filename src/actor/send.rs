//! Sending: closures and messages, with an answer or without, waiting for room or not.
//!
//! Each is one line over the three ways into the mailbox: at once, until a deadline, in a task.

use super::addr::Addr;
use super::answer::Ticket;
use super::core::Core;
use super::error::{AskError, SendError};
use super::handler::Receive;
use super::mailbox::Message;
use super::message::{Ask, Call, Post, Tell};
use super::reply::Reply;
use crate::sys::{self, clock::Instant};
use std::marker::PhantomData;
use std::time::Duration;

/// A message that is answered.
trait Answered<R> {
    /// Its ticket.
    fn into_ticket(self) -> Ticket<R>;
}

impl<F, R> Answered<R> for Call<F, R> {
    fn into_ticket(self) -> Ticket<R> {
        self.ticket
    }
}

impl<M, K, R> Answered<R> for Ask<M, K, R> {
    fn into_ticket(self) -> Ticket<R> {
        self.ticket
    }
}

fn tell<M, K>(message: M) -> Tell<M, K> {
    let kind = PhantomData;
    Tell { message, kind }
}

impl<A: 'static> Addr<A> {
    /// A call, and the reply to it.
    fn new_call<F, R>(&self, closure: F) -> (Call<F, R>, Reply<R>) {
        let (ticket, answer) = Ticket::new();
        (
            Call { closure, ticket },
            Reply::new(answer, self.cell().id()),
        )
    }

    /// A question, and the reply to it.
    fn new_ask<M, K, R>(&self, message: M) -> (Ask<M, K, R>, Reply<R>) {
        let (ticket, answer) = Ticket::new();
        let kind = PhantomData;
        let ask = Ask {
            message,
            ticket,
            kind,
        };
        (ask, Reply::new(answer, self.cell().id()))
    }

    fn send_to<M: Message<Core<A>>>(
        &self,
        message: M,
        deadline: Option<Instant>,
    ) -> Result<(), SendError<M>> {
        self.cell().send_until(message, deadline)
    }
}

/// What was not accepted is answered with the reason.
fn settle<M: Answered<R>, R>(sent: Result<(), SendError<M>>) {
    if let Err(error) = sent {
        let why = AskError::from(error.with(()));
        error.into_inner().into_ticket().answer(Err(why));
    }
}

/// Closures that nobody waits for.
impl<A: 'static> Addr<A> {
    /// Sends a closure that nobody waits for.
    ///
    /// *Blocking:* never. An actor whose executor was shut down meanwhile ends here, in the calling
    /// thread.
    ///
    /// *Errors:* [`SendError::Closed`], with the closure, where the actor was stopped or killed or has
    /// ended; [`SendError::Full`] where the mailbox is bounded and full. `Ok` means accepted: it will be
    /// handled, or counted: as [undelivered](Self::undelivered) where the actor is killed or another
    /// message panics before, as [dropped](Self::dropped) where a bounded mailbox drops it.
    ///
    /// A closure that panics ends the actor: the object may be half changed.
    ///
    /// ```
    /// let addr = rungs::actor::Addr::spawn(String::new());
    /// addr.post(|text| text.push_str("to ")).unwrap();
    /// addr.post(|text| text.push_str("whom")).unwrap();
    /// assert_eq!(addr.call(|text| text.clone()).wait().unwrap(), "to whom");
    /// ```
    #[doc(alias = "do_send")]
    #[doc(alias = "execute")]
    #[inline]
    pub fn post<F>(&self, f: F) -> Result<(), SendError<F>>
    where
        F: FnOnce(&mut A) + Send + 'static,
    {
        self.cell().send(Post(f)).map_err(|e| e.map(|Post(f)| f))
    }

    /// The same as [`post`](Self::post), but waits for room in the mailbox; the thread sleeps.
    ///
    /// *Blocking:* only where the mailbox is bounded, [rejects](super::Overflow::Reject) and is
    /// full. In a message of the actor itself not even then: it would wait for itself.
    ///
    /// *Errors:* [`SendError::Closed`]; `Full` only in a message of the actor itself.
    ///
    /// ```
    /// use rungs::actor::{Addr, Mailbox, Overflow};
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
    /// let addr = Addr::builder().mailbox(mailbox).start(1).unwrap();
    /// for _ in 0..10 {
    ///     addr.post_wait(|n| *n += 1).unwrap();
    /// }
    /// assert_eq!(addr.call_wait(|n| *n).wait().unwrap(), 11);
    /// ```
    pub fn post_wait<F>(&self, f: F) -> Result<(), SendError<F>>
    where
        F: FnOnce(&mut A) + Send + 'static,
    {
        self.send_to(Post(f), None).map_err(|e| e.map(|Post(f)| f))
    }

    /// The same as [`post`](Self::post), but waits for room in the mailbox, for `timeout` at most;
    /// `Duration::MAX` is for ever.
    ///
    /// *Blocking:* only where the mailbox is bounded, [rejects](super::Overflow::Reject) and is
    /// full. In a message of the actor itself not even then: it would wait for itself.
    ///
    /// *Errors:* [`SendError`].
    ///
    /// ```
    /// use rungs::actor::{Addr, Mailbox, Overflow};
    /// use std::time::Duration;
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
    /// let addr = Addr::builder().mailbox(mailbox).start(1).unwrap();
    /// for _ in 0..10 {
    ///     addr.post_timeout(|n| *n += 1, Duration::from_secs(60)).unwrap();
    /// }
    /// assert_eq!(addr.call_wait(|n| *n).wait().unwrap(), 11);
    /// ```
    pub fn post_timeout<F>(&self, f: F, timeout: Duration) -> Result<(), SendError<F>>
    where
        F: FnOnce(&mut A) + Send + 'static,
    {
        self.send_to(Post(f), sys::deadline_after(timeout))
            .map_err(|e| e.map(|Post(f)| f))
    }

    /// The same as [`post`](Self::post), but waits for room in the mailbox, until `deadline` at
    /// most.
    ///
    /// *Blocking:* only where the mailbox is bounded, [rejects](super::Overflow::Reject) and is
    /// full. In a message of the actor itself not even then: it would wait for itself.
    ///
    /// *Errors:* [`SendError`].
    ///
    /// ```
    /// use rungs::actor::{Addr, Mailbox, Overflow};
    /// use std::time::{Duration, Instant};
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
    /// let addr = Addr::builder().mailbox(mailbox).start(1).unwrap();
    /// for _ in 0..10 {
    ///     addr.post_deadline(|n| *n += 1, Instant::now() + Duration::from_secs(60)).unwrap();
    /// }
    /// assert_eq!(addr.call_wait(|n| *n).wait().unwrap(), 11);
    /// ```
    pub fn post_deadline<F>(&self, f: F, deadline: Instant) -> Result<(), SendError<F>>
    where
        F: FnOnce(&mut A) + Send + 'static,
    {
        self.send_to(Post(f), Some(deadline))
            .map_err(|e| e.map(|Post(f)| f))
    }

    /// The same as [`post`](Self::post), but waits for room in the mailbox; the task waits.
    ///
    /// *Cancel safety:* dropped before it is ready, nothing was sent; the message is dropped.
    ///
    /// *Errors:* [`SendError::Closed`]; `Full` only in a message of the actor itself.
    ///
    /// ```
    /// use rungs::actor::{Addr, Mailbox, Overflow};
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
    /// let addr = Addr::builder().mailbox(mailbox).start(1).unwrap();
    /// for _ in 0..10 {
    ///     rungs::future::block_on(addr.post_async(|n| *n += 1)).unwrap();
    /// }
    /// assert_eq!(addr.call_wait(|n| *n).wait().unwrap(), 11);
    /// ```
    pub async fn post_async<F>(&self, f: F) -> Result<(), SendError<F>>
    where
        F: FnOnce(&mut A) + Send + 'static,
    {
        self.cell()
            .send_async(Post(f))
            .await
            .map_err(|e| e.map(|Post(f)| f))
    }
}

/// Closures whose result somebody waits for.
impl<A: 'static> Addr<A> {
    /// Sends a closure and gives the reply that will hold its result.
    ///
    /// It is sent at the call, whether the reply is awaited, waited for or dropped.
    ///
    /// *Blocking:* never, as [`post`](Self::post).
    ///
    /// *Errors* come out of the reply: see [`AskError`].
    ///
    /// *Cost:* one allocation, for the answer.
    ///
    /// ```
    /// let addr = rungs::actor::Addr::spawn(vec![3, 1, 2]);
    /// let sorted = addr.call(|numbers| { numbers.sort(); numbers.clone() });
    /// assert_eq!(sorted.wait().unwrap(), [1, 2, 3]);
    /// ```
    #[doc(alias = "submit")]
    #[doc(alias = "send")]
    #[inline]
    pub fn call<F, R>(&self, f: F) -> Reply<R>
    where
        F: FnOnce(&mut A) -> R + Send + 'static,
        R: Send + 'static,
    {
        let (message, reply) = self.new_call(f);
        settle(self.cell().send(message));
        reply
    }

    /// The same as [`call`](Self::call), but waits for room in the mailbox; the thread sleeps.
    ///
    /// *Blocking:* only where the mailbox is bounded, [rejects](super::Overflow::Reject) and is
    /// full. In a message of the actor itself not even then: it would wait for itself.
    ///
    /// *Errors* come out of the reply: see [`AskError`].
    ///
    /// ```
    /// use rungs::actor::{Addr, Mailbox, Overflow};
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
    /// let addr = Addr::builder().mailbox(mailbox).start(1).unwrap();
    /// assert_eq!(addr.call_wait(|n| *n + 1).wait().unwrap(), 2);
    /// ```
    pub fn call_wait<F, R>(&self, f: F) -> Reply<R>
    where
        F: FnOnce(&mut A) -> R + Send + 'static,
        R: Send + 'static,
    {
        let (message, reply) = self.new_call(f);
        settle(self.send_to(message, None));
        reply
    }

    /// The same as [`call`](Self::call), but waits for room in the mailbox, for `timeout` at most;
    /// `Duration::MAX` is for ever.
    ///
    /// *Blocking:* only where the mailbox is bounded, [rejects](super::Overflow::Reject) and is
    /// full. In a message of the actor itself not even then: it would wait for itself.
    ///
    /// *Errors* come out of the reply: [`AskError::TimedOut`] where there was no room in time.
    ///
    /// ```
    /// use rungs::actor::{Addr, Mailbox, Overflow};
    /// use std::time::Duration;
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
    /// let addr = Addr::builder().mailbox(mailbox).start(1).unwrap();
    /// assert_eq!(addr.call_timeout(|n| *n + 1, Duration::from_secs(60)).wait().unwrap(), 2);
    /// ```
    pub fn call_timeout<F, R>(&self, f: F, timeout: Duration) -> Reply<R>
    where
        F: FnOnce(&mut A) -> R + Send + 'static,
        R: Send + 'static,
    {
        let (message, reply) = self.new_call(f);
        settle(self.send_to(message, sys::deadline_after(timeout)));
        reply
    }

    /// The same as [`call`](Self::call), but waits for room in the mailbox, until `deadline` at
    /// most.
    ///
    /// *Blocking:* only where the mailbox is bounded, [rejects](super::Overflow::Reject) and is
    /// full. In a message of the actor itself not even then: it would wait for itself.
    ///
    /// *Errors* come out of the reply: [`AskError::TimedOut`] where there was no room in time.
    ///
    /// ```
    /// use rungs::actor::{Addr, Mailbox, Overflow};
    /// use std::time::{Duration, Instant};
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
    /// let addr = Addr::builder().mailbox(mailbox).start(1).unwrap();
    /// assert_eq!(addr.call_deadline(|n| *n + 1, Instant::now() + Duration::from_secs(60)).wait().unwrap(), 2);
    /// ```
    pub fn call_deadline<F, R>(&self, f: F, deadline: Instant) -> Reply<R>
    where
        F: FnOnce(&mut A) -> R + Send + 'static,
        R: Send + 'static,
    {
        let (message, reply) = self.new_call(f);
        settle(self.send_to(message, Some(deadline)));
        reply
    }

    /// The same as [`call`](Self::call), but waits for room in the mailbox; the task waits.
    ///
    /// *Cancel safety:* dropped before it is ready, nothing was sent; the message is dropped.
    ///
    /// *Errors* come out of the reply: see [`AskError`].
    ///
    /// ```
    /// use rungs::actor::{Addr, Mailbox, Overflow};
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
    /// let addr = Addr::builder().mailbox(mailbox).start(1).unwrap();
    /// assert_eq!(rungs::future::block_on(addr.call_async(|n| *n + 1)).wait().unwrap(), 2);
    /// ```
    pub async fn call_async<F, R>(&self, f: F) -> Reply<R>
    where
        F: FnOnce(&mut A) -> R + Send + 'static,
        R: Send + 'static,
    {
        let (message, reply) = self.new_call(f);
        settle(self.cell().send_async(message).await);
        reply
    }
}

/// Messages that nobody waits for.
impl<A: 'static> Addr<A> {
    /// Sends a message that nobody waits for, to the actor's [`Handler`](super::Handler) or
    /// [`AsyncHandler`](super::AsyncHandler) for its type.
    ///
    /// *Blocking:* never. An actor whose executor was shut down meanwhile ends here, in the calling
    /// thread.
    ///
    /// *Errors:* [`SendError::Closed`], with the message, where the actor was stopped or killed or has
    /// ended; [`SendError::Full`] where the mailbox is bounded and full. `Ok` means accepted: it will be
    /// handled, or counted: as [undelivered](Self::undelivered), and handed to
    /// [`Actor::undelivered`](super::Actor::undelivered) if there is an object, or as
    /// [dropped](Self::dropped) where a bounded mailbox drops it.
    ///
    /// *Cost:* one compare-exchange, and the message is written in place, if it is no larger than 256
    /// bytes; otherwise an allocation.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Addr, Context, Handler};
    /// # struct Sum(u64);
    /// # impl Actor for Sum {}
    /// # impl Handler<u64> for Sum {
    /// #     type Reply = u64;
    /// #     fn handle(&mut self, n: u64, _: &mut Context<Self>) -> u64 { self.0 += n; self.0 }
    /// # }
    /// let sum = Sum(0).start();
    /// sum.tell(20).unwrap();
    /// sum.tell(22).unwrap();
    /// assert_eq!(sum.ask(0).wait().unwrap(), 42);
    /// ```
    #[doc(alias = "cast")]
    #[doc(alias = "do_send")]
    #[doc(alias = "!")]
    #[inline]
    pub fn tell<M, K>(&self, message: M) -> Result<(), SendError<M>>
    where
        A: Receive<M, K>,
        M: Send + 'static,
        K: 'static,
    {
        self.cell()
            .send(tell(message))
            .map_err(|e| e.map(|tell| tell.message))
    }

    /// The same as [`tell`](Self::tell), but waits for room in the mailbox; the thread sleeps.
    ///
    /// *Blocking:* only where the mailbox is bounded, [rejects](super::Overflow::Reject) and is
    /// full. In a message of the actor itself not even then: it would wait for itself.
    ///
    /// *Errors:* [`SendError::Closed`]; `Full` only in a message of the actor itself.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Addr, Context, Handler};
    /// # struct Sum(u64);
    /// # impl Actor for Sum {}
    /// # impl Handler<u64> for Sum {
    /// #     type Reply = u64;
    /// #     fn handle(&mut self, n: u64, _: &mut Context<Self>) -> u64 { self.0 += n; self.0 }
    /// # }
    /// use rungs::actor::{Mailbox, Overflow};
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
    /// let sum = Addr::builder().mailbox(mailbox).start_actor(Sum(0)).unwrap();
    /// for n in 1..=10 {
    ///     sum.tell_wait(n).unwrap();
    /// }
    /// assert_eq!(sum.ask_wait(0).wait().unwrap(), 55);
    /// ```
    pub fn tell_wait<M, K>(&self, message: M) -> Result<(), SendError<M>>
    where
        A: Receive<M, K>,
        M: Send + 'static,
        K: 'static,
    {
        self.send_to(tell(message), None)
            .map_err(|e| e.map(|tell| tell.message))
    }

    /// The same as [`tell`](Self::tell), but waits for room in the mailbox, for `timeout` at most;
    /// `Duration::MAX` is for ever.
    ///
    /// *Blocking:* only where the mailbox is bounded, [rejects](super::Overflow::Reject) and is
    /// full. In a message of the actor itself not even then: it would wait for itself.
    ///
    /// *Errors:* [`SendError`].
    ///
    /// ```
    /// # use rungs::actor::{Actor, Addr, Context, Handler};
    /// # struct Sum(u64);
    /// # impl Actor for Sum {}
    /// # impl Handler<u64> for Sum {
    /// #     type Reply = u64;
    /// #     fn handle(&mut self, n: u64, _: &mut Context<Self>) -> u64 { self.0 += n; self.0 }
    /// # }
    /// use std::time::Duration;
    /// use rungs::actor::{Mailbox, Overflow};
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
    /// let sum = Addr::builder().mailbox(mailbox).start_actor(Sum(0)).unwrap();
    /// for n in 1..=10 {
    ///     sum.tell_timeout(n, Duration::from_secs(60)).unwrap();
    /// }
    /// assert_eq!(sum.ask_wait(0).wait().unwrap(), 55);
    /// ```
    pub fn tell_timeout<M, K>(&self, message: M, timeout: Duration) -> Result<(), SendError<M>>
    where
        A: Receive<M, K>,
        M: Send + 'static,
        K: 'static,
    {
        self.send_to(tell(message), sys::deadline_after(timeout))
            .map_err(|e| e.map(|tell| tell.message))
    }

    /// The same as [`tell`](Self::tell), but waits for room in the mailbox, until `deadline` at
    /// most.
    ///
    /// *Blocking:* only where the mailbox is bounded, [rejects](super::Overflow::Reject) and is
    /// full. In a message of the actor itself not even then: it would wait for itself.
    ///
    /// *Errors:* [`SendError`].
    ///
    /// ```
    /// # use rungs::actor::{Actor, Addr, Context, Handler};
    /// # struct Sum(u64);
    /// # impl Actor for Sum {}
    /// # impl Handler<u64> for Sum {
    /// #     type Reply = u64;
    /// #     fn handle(&mut self, n: u64, _: &mut Context<Self>) -> u64 { self.0 += n; self.0 }
    /// # }
    /// use std::time::{Duration, Instant};
    /// use rungs::actor::{Mailbox, Overflow};
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
    /// let sum = Addr::builder().mailbox(mailbox).start_actor(Sum(0)).unwrap();
    /// for n in 1..=10 {
    ///     sum.tell_deadline(n, Instant::now() + Duration::from_secs(60)).unwrap();
    /// }
    /// assert_eq!(sum.ask_wait(0).wait().unwrap(), 55);
    /// ```
    pub fn tell_deadline<M, K>(&self, message: M, deadline: Instant) -> Result<(), SendError<M>>
    where
        A: Receive<M, K>,
        M: Send + 'static,
        K: 'static,
    {
        self.send_to(tell(message), Some(deadline))
            .map_err(|e| e.map(|tell| tell.message))
    }

    /// The same as [`tell`](Self::tell), but waits for room in the mailbox; the task waits.
    ///
    /// *Cancel safety:* dropped before it is ready, nothing was sent; the message is dropped.
    ///
    /// *Errors:* [`SendError::Closed`]; `Full` only in a message of the actor itself.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Addr, Context, Handler};
    /// # struct Sum(u64);
    /// # impl Actor for Sum {}
    /// # impl Handler<u64> for Sum {
    /// #     type Reply = u64;
    /// #     fn handle(&mut self, n: u64, _: &mut Context<Self>) -> u64 { self.0 += n; self.0 }
    /// # }
    /// use rungs::actor::{Mailbox, Overflow};
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
    /// let sum = Addr::builder().mailbox(mailbox).start_actor(Sum(0)).unwrap();
    /// for n in 1..=10 {
    ///     rungs::future::block_on(sum.tell_async(n)).unwrap();
    /// }
    /// assert_eq!(sum.ask_wait(0).wait().unwrap(), 55);
    /// ```
    pub async fn tell_async<M, K>(&self, message: M) -> Result<(), SendError<M>>
    where
        A: Receive<M, K>,
        M: Send + 'static,
        K: 'static,
    {
        self.cell()
            .send_async(tell(message))
            .await
            .map_err(|e| e.map(|tell| tell.message))
    }
}

/// Messages whose reply somebody waits for.
impl<A: 'static> Addr<A> {
    /// Sends a message, and gives what will hold the reply of the actor's
    /// [`Handler`](super::Handler) or [`AsyncHandler`](super::AsyncHandler) for its type.
    ///
    /// It is sent at the call, whether the reply is awaited, waited for or dropped.
    ///
    /// *Blocking:* never, as [`tell`](Self::tell).
    ///
    /// *Errors* come out of the reply: see [`AskError`].
    ///
    /// *Cost:* that of a tell, and one allocation, for the answer.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Addr, Context, Handler};
    /// # struct Sum(u64);
    /// # impl Actor for Sum {}
    /// # impl Handler<u64> for Sum {
    /// #     type Reply = u64;
    /// #     fn handle(&mut self, n: u64, _: &mut Context<Self>) -> u64 { self.0 += n; self.0 }
    /// # }
    /// let sum = Sum(40).start();
    /// assert_eq!(sum.ask(2).wait().unwrap(), 42);
    /// ```
    #[doc(alias = "send")]
    #[doc(alias = "gen_server:call")]
    #[doc(alias = "?")]
    #[inline]
    pub fn ask<M, K>(&self, message: M) -> Reply<A::Reply>
    where
        A: Receive<M, K>,
        M: Send + 'static,
        K: 'static,
    {
        let (message, reply) = self.new_ask(message);
        settle(self.cell().send(message));
        reply
    }

    /// The same as [`ask`](Self::ask), but waits for room in the mailbox; the thread sleeps.
    ///
    /// *Blocking:* only where the mailbox is bounded, [rejects](super::Overflow::Reject) and is
    /// full. In a message of the actor itself not even then: it would wait for itself.
    ///
    /// *Errors* come out of the reply: see [`AskError`].
    ///
    /// ```
    /// # use rungs::actor::{Actor, Addr, Context, Handler};
    /// # struct Sum(u64);
    /// # impl Actor for Sum {}
    /// # impl Handler<u64> for Sum {
    /// #     type Reply = u64;
    /// #     fn handle(&mut self, n: u64, _: &mut Context<Self>) -> u64 { self.0 += n; self.0 }
    /// # }
    /// use rungs::actor::{Mailbox, Overflow};
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
    /// let sum = Addr::builder().mailbox(mailbox).start_actor(Sum(0)).unwrap();
    /// assert_eq!(sum.ask_wait(7).wait().unwrap(), 7);
    /// ```
    pub fn ask_wait<M, K>(&self, message: M) -> Reply<A::Reply>
    where
        A: Receive<M, K>,
        M: Send + 'static,
        K: 'static,
    {
        let (message, reply) = self.new_ask(message);
        settle(self.send_to(message, None));
        reply
    }

    /// The same as [`ask`](Self::ask), but waits for room in the mailbox, for `timeout` at most;
    /// `Duration::MAX` is for ever.
    ///
    /// *Blocking:* only where the mailbox is bounded, [rejects](super::Overflow::Reject) and is
    /// full. In a message of the actor itself not even then: it would wait for itself.
    ///
    /// *Errors* come out of the reply: [`AskError::TimedOut`] where there was no room in time.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Addr, Context, Handler};
    /// # struct Sum(u64);
    /// # impl Actor for Sum {}
    /// # impl Handler<u64> for Sum {
    /// #     type Reply = u64;
    /// #     fn handle(&mut self, n: u64, _: &mut Context<Self>) -> u64 { self.0 += n; self.0 }
    /// # }
    /// use std::time::Duration;
    /// use rungs::actor::{Mailbox, Overflow};
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
    /// let sum = Addr::builder().mailbox(mailbox).start_actor(Sum(0)).unwrap();
    /// assert_eq!(sum.ask_timeout(7, Duration::from_secs(60)).wait().unwrap(), 7);
    /// ```
    pub fn ask_timeout<M, K>(&self, message: M, timeout: Duration) -> Reply<A::Reply>
    where
        A: Receive<M, K>,
        M: Send + 'static,
        K: 'static,
    {
        let (message, reply) = self.new_ask(message);
        settle(self.send_to(message, sys::deadline_after(timeout)));
        reply
    }

    /// The same as [`ask`](Self::ask), but waits for room in the mailbox, until `deadline` at most.
    ///
    /// *Blocking:* only where the mailbox is bounded, [rejects](super::Overflow::Reject) and is
    /// full. In a message of the actor itself not even then: it would wait for itself.
    ///
    /// *Errors* come out of the reply: [`AskError::TimedOut`] where there was no room in time.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Addr, Context, Handler};
    /// # struct Sum(u64);
    /// # impl Actor for Sum {}
    /// # impl Handler<u64> for Sum {
    /// #     type Reply = u64;
    /// #     fn handle(&mut self, n: u64, _: &mut Context<Self>) -> u64 { self.0 += n; self.0 }
    /// # }
    /// use std::time::{Duration, Instant};
    /// use rungs::actor::{Mailbox, Overflow};
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
    /// let sum = Addr::builder().mailbox(mailbox).start_actor(Sum(0)).unwrap();
    /// assert_eq!(sum.ask_deadline(7, Instant::now() + Duration::from_secs(60)).wait().unwrap(), 7);
    /// ```
    pub fn ask_deadline<M, K>(&self, message: M, deadline: Instant) -> Reply<A::Reply>
    where
        A: Receive<M, K>,
        M: Send + 'static,
        K: 'static,
    {
        let (message, reply) = self.new_ask(message);
        settle(self.send_to(message, Some(deadline)));
        reply
    }

    /// The same as [`ask`](Self::ask), but waits for room in the mailbox; the task waits.
    ///
    /// *Cancel safety:* dropped before it is ready, nothing was sent; the message is dropped.
    ///
    /// *Errors* come out of the reply: see [`AskError`].
    ///
    /// ```
    /// # use rungs::actor::{Actor, Addr, Context, Handler};
    /// # struct Sum(u64);
    /// # impl Actor for Sum {}
    /// # impl Handler<u64> for Sum {
    /// #     type Reply = u64;
    /// #     fn handle(&mut self, n: u64, _: &mut Context<Self>) -> u64 { self.0 += n; self.0 }
    /// # }
    /// use rungs::actor::{Mailbox, Overflow};
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
    /// let sum = Addr::builder().mailbox(mailbox).start_actor(Sum(0)).unwrap();
    /// assert_eq!(rungs::future::block_on(sum.ask_async(7)).wait().unwrap(), 7);
    /// ```
    pub async fn ask_async<M, K>(&self, message: M) -> Reply<A::Reply>
    where
        A: Receive<M, K>,
        M: Send + 'static,
        K: 'static,
    {
        let (message, reply) = self.new_ask(message);
        settle(self.cell().send_async(message).await);
        reply
    }
}
