//! Whom a message can be sent to, whatever else it takes.
//!
//! A [`Recipient`] is an address, behind a table of functions for one type of message. So one
//! list can hold actors of different types.

use super::addr::{ActorId, Addr, WeakAddr};
use super::error::SendError;
use super::handler::Receive;
use crate::sys::{self, Arc, clock::Instant};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

/// What a send gives: the message back, where it was not accepted.
type Sent<M> = Result<(), SendError<M>>;

/// The future of a send.
type Sending<'a, M> = Pin<Box<dyn Future<Output = Sent<M>> + Send + 'a>>;

/// What takes messages of the type `M`.
pub(super) trait Target<M>: Send + Sync {
    fn id(&self) -> ActorId;
    fn is_stopped(&self) -> bool;
    fn tell(&self, message: M) -> Sent<M>;
    /// Waits for room; `None` is for ever.
    fn tell_until(&self, message: M, deadline: Option<Instant>) -> Sent<M>;
    fn tell_async(&self, message: M) -> Sending<'_, M>;
    fn downgrade(&self) -> WeakRecipient<M>;
}

/// What may take messages of the type `M`, while somebody keeps it.
pub(super) trait WeakTarget<M>: Send + Sync {
    fn id(&self) -> ActorId;
    fn upgrade(&self) -> Option<Recipient<M>>;
    /// [`Target::tell`], where it can be upgraded; else it is closed.
    fn tell(&self, message: M) -> Sent<M>;
}

/// An address for messages that the actor has a handler of the kind `K` for.
struct Via<T, K> {
    addr: T,
    kind: PhantomData<fn(K)>,
}

impl<T, K> Via<T, K> {
    fn new(addr: T) -> Self {
        let kind = PhantomData;
        Self { addr, kind }
    }
}

impl<A, M, K> Target<M> for Via<Addr<A>, K>
where
    A: Receive<M, K>,
    M: Send + 'static,
    K: 'static,
{
    fn id(&self) -> ActorId {
        self.addr.id()
    }

    fn is_stopped(&self) -> bool {
        self.addr.is_stopped()
    }

    fn tell(&self, message: M) -> Sent<M> {
        self.addr.tell(message)
    }

    fn tell_until(&self, message: M, deadline: Option<Instant>) -> Sent<M> {
        match deadline {
            None => self.addr.tell_wait(message),
            Some(deadline) => self.addr.tell_deadline(message, deadline),
        }
    }

    fn tell_async(&self, message: M) -> Sending<'_, M> {
        Box::pin(self.addr.tell_async(message))
    }

    fn downgrade(&self) -> WeakRecipient<M> {
        WeakRecipient::new(Via::<_, K>::new(self.addr.downgrade()))
    }
}

impl<A, M, K> WeakTarget<M> for Via<WeakAddr<A>, K>
where
    A: Receive<M, K>,
    M: Send + 'static,
    K: 'static,
{
    fn id(&self) -> ActorId {
        self.addr.id()
    }

    fn upgrade(&self) -> Option<Recipient<M>> {
        let addr = self.addr.upgrade()?;
        Some(Recipient::new(Via::<_, K>::new(addr)))
    }

    fn tell(&self, message: M) -> Sent<M> {
        match self.addr.upgrade() {
            Some(addr) => addr.tell(message),
            None => Err(SendError::Closed(message)),
        }
    }
}

/// The address of an actor, of whatever type, that takes messages of the type `M`.
///
/// It is an address as any other: while it exists, the actor does not stop for want of one. Two
/// are equal if they are of the same actor.
///
/// *Cost:* one allocation to make it, none to clone it. A message to it is a call of a function
/// that is not known when the program is built; [`tell_async`](Self::tell_async) allocates.
///
/// ```
/// use rungs::actor::{Actor, Context, Handler, Recipient};
///
/// struct Shout(Vec<String>);
/// struct Count(usize);
///
/// impl Actor for Shout {}
/// impl Handler<&'static str> for Shout {
///     type Reply = ();
///     fn handle(&mut self, text: &'static str, _cx: &mut Context<Self>) {
///         self.0.push(text.to_uppercase());
///     }
/// }
///
/// impl Actor for Count {}
/// impl Handler<&'static str> for Count {
///     type Reply = usize;
///     fn handle(&mut self, _: &'static str, _cx: &mut Context<Self>) -> usize {
///         self.0 += 1;
///         self.0
///     }
/// }
///
/// let (shout, count) = (Shout(Vec::new()).start(), Count(0).start());
/// let readers: [Recipient<&'static str>; 2] = [shout.recipient(), count.recipient()];
/// for reader in &readers {
///     reader.tell("news").unwrap();
/// }
/// assert_eq!(shout.call(|shout| shout.0.concat()).wait().unwrap(), "NEWS");
/// assert_eq!(count.call(|count| count.0).wait().unwrap(), 1);
/// ```
#[doc(alias = "Sender")]
#[doc(alias = "MessageChannel")]
pub struct Recipient<M: 'static>(Arc<dyn Target<M>>);

impl<A: 'static> Addr<A> {
    /// This address, for messages of the type `M` alone.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Context, Handler};
    /// # struct Sum(u64);
    /// # impl Actor for Sum {}
    /// # impl Handler<u64> for Sum {
    /// #     type Reply = u64;
    /// #     fn handle(&mut self, n: u64, _: &mut Context<Self>) -> u64 { self.0 += n; self.0 }
    /// # }
    /// let sum = Sum(0).start();
    /// sum.recipient().tell(2).unwrap();
    /// assert_eq!(sum.ask(0).wait().unwrap(), 2);
    /// ```
    pub fn recipient<M, K>(&self) -> Recipient<M>
    where
        A: Receive<M, K>,
        M: Send + 'static,
        K: 'static,
    {
        Recipient::new(Via::<_, K>::new(self.clone()))
    }
}

impl<M: 'static> Recipient<M> {
    pub(super) fn new(target: impl Target<M> + 'static) -> Self {
        Self(Arc::new(target))
    }

    /// Sends a message that nobody waits for: as [`Addr::tell`].
    ///
    /// *Blocking:* never. *Errors:* [`SendError`], with the message.
    ///
    /// ```
    /// # use rungs::actor::Probe;
    /// let probe = Probe::new();
    /// probe.recipient().tell(2).unwrap();
    /// assert_eq!(probe.try_receive(), Some(2));
    /// ```
    #[doc(alias = "cast")]
    #[doc(alias = "do_send")]
    pub fn tell(&self, message: M) -> Result<(), SendError<M>> {
        self.0.tell(message)
    }

    /// Sends a message, waiting for room in the mailbox; the thread sleeps: as
    /// [`Addr::tell_wait`].
    ///
    /// *Errors:* [`SendError`], with the message.
    ///
    /// ```
    /// # use rungs::actor::Probe;
    /// let probe = Probe::new();
    /// probe.recipient().tell_wait(2).unwrap();
    /// assert_eq!(probe.try_receive(), Some(2));
    /// ```
    pub fn tell_wait(&self, message: M) -> Result<(), SendError<M>> {
        self.0.tell_until(message, None)
    }

    /// Sends a message, waiting for room in the mailbox for `timeout` at most; `Duration::MAX` is
    /// for ever: as [`Addr::tell_timeout`].
    ///
    /// *Errors:* [`SendError`], with the message.
    ///
    /// ```
    /// # use rungs::actor::Probe;
    /// use std::time::Duration;
    ///
    /// let probe = Probe::new();
    /// probe.recipient().tell_timeout(2, Duration::ZERO).unwrap();
    /// assert_eq!(probe.try_receive(), Some(2));
    /// ```
    pub fn tell_timeout(&self, message: M, timeout: Duration) -> Result<(), SendError<M>> {
        self.0.tell_until(message, sys::deadline_after(timeout))
    }

    /// Sends a message, waiting for room in the mailbox until `deadline` at most: as
    /// [`Addr::tell_deadline`].
    ///
    /// *Errors:* [`SendError`], with the message.
    ///
    /// ```
    /// # use rungs::actor::Probe;
    /// use std::time::Instant;
    ///
    /// let probe = Probe::new();
    /// probe.recipient().tell_deadline(2, Instant::now()).unwrap();
    /// assert_eq!(probe.try_receive(), Some(2));
    /// ```
    pub fn tell_deadline(&self, message: M, deadline: Instant) -> Result<(), SendError<M>> {
        self.0.tell_until(message, Some(deadline))
    }

    /// Sends a message, waiting for room in the mailbox; the task waits: as [`Addr::tell_async`].
    ///
    /// *Cancel safety:* dropped before it is ready, nothing was sent; the message is dropped.
    ///
    /// *Errors:* [`SendError`], with the message.
    ///
    /// ```
    /// # use rungs::actor::Probe;
    /// let probe = Probe::new();
    /// rungs::future::block_on(probe.recipient().tell_async(2)).unwrap();
    /// assert_eq!(probe.try_receive(), Some(2));
    /// ```
    pub async fn tell_async(&self, message: M) -> Result<(), SendError<M>> {
        self.0.tell_async(message).await
    }

    /// What tells the actor from others.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Context, Handler};
    /// # struct Sum(u64);
    /// # impl Actor for Sum {}
    /// # impl Handler<u64> for Sum {
    /// #     type Reply = u64;
    /// #     fn handle(&mut self, n: u64, _: &mut Context<Self>) -> u64 { self.0 += n; self.0 }
    /// # }
    /// let sum = Sum(0).start();
    /// assert_eq!(sum.recipient().id(), sum.id());
    /// ```
    pub fn id(&self) -> ActorId {
        self.0.id()
    }

    /// Whether the actor has ended.
    ///
    /// ```
    /// assert!(!rungs::actor::Probe::<u32>::new().recipient().is_stopped());
    /// ```
    #[doc(alias = "is_alive")]
    pub fn is_stopped(&self) -> bool {
        self.0.is_stopped()
    }

    /// One that does not keep the actor from stopping.
    ///
    /// ```
    /// # use rungs::actor::Probe;
    /// let probe = Probe::<u32>::new();
    /// let weak = probe.recipient().downgrade();
    /// assert_eq!(weak.upgrade(), Some(probe.recipient()));
    /// ```
    pub fn downgrade(&self) -> WeakRecipient<M> {
        self.0.downgrade()
    }
}

impl<M: 'static> Clone for Recipient<M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<M: 'static> PartialEq for Recipient<M> {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl<M: 'static> Eq for Recipient<M> {}

impl<M: 'static> Hash for Recipient<M> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

impl<M: 'static> fmt::Debug for Recipient<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recipient")
            .field("id", &self.id())
            .field("stopped", &self.is_stopped())
            .finish_non_exhaustive()
    }
}

/// A [`Recipient`] of an actor that may have no address any more, and stops in that case.
///
/// ```
/// # use rungs::actor::Probe;
/// let probe = Probe::<u32>::new();
/// let weak = probe.recipient().downgrade();
/// drop(probe);
/// assert!(weak.upgrade().is_none());
/// ```
pub struct WeakRecipient<M: 'static>(Arc<dyn WeakTarget<M>>);

impl<M: 'static> WeakRecipient<M> {
    pub(super) fn new(target: impl WeakTarget<M> + 'static) -> Self {
        Self(Arc::new(target))
    }

    /// The recipient, while there is an address of the actor.
    ///
    /// ```
    /// # use rungs::actor::Probe;
    /// let probe = Probe::new();
    /// let weak = probe.recipient().downgrade();
    /// weak.upgrade().unwrap().tell(2).unwrap();
    /// assert_eq!(probe.try_receive(), Some(2));
    /// ```
    pub fn upgrade(&self) -> Option<Recipient<M>> {
        self.0.upgrade()
    }

    /// What tells the actor from others.
    ///
    /// ```
    /// let recipient = rungs::actor::Probe::<u32>::new().recipient();
    /// assert_eq!(recipient.downgrade().id(), recipient.id());
    /// ```
    pub fn id(&self) -> ActorId {
        self.0.id()
    }

    /// Sends a message, while there is an address.
    pub(super) fn tell(&self, message: M) -> Result<(), SendError<M>> {
        self.0.tell(message)
    }
}

impl<M: 'static> Clone for WeakRecipient<M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<M: 'static> fmt::Debug for WeakRecipient<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WeakRecipient").field(&self.id()).finish()
    }
}
