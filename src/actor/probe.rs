//! What tests give to an actor in the place of another.

use super::addr::ActorId;
use super::error::SendError;
use super::recipient::{Recipient, Target, WeakRecipient, WeakTarget};
use crate::sync::Semaphore;
use crate::sys::{self, Arc, Mutex, Weak, clock::Instant};
use std::collections::VecDeque;
use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::time::Duration;

/// Where a probe's messages lie: one permit for each.
struct Desk<M> {
    /// `None` once the probe is gone.
    messages: Mutex<Option<VecDeque<M>>>,
    there: Semaphore,
}

impl<M> Desk<M> {
    fn put(&self, message: M) -> Result<(), SendError<M>> {
        match &mut *self.messages.lock() {
            Some(messages) => messages.push_back(message),
            None => return Err(SendError::Closed(message)),
        }
        self.there
            .add_permits(1)
            .expect("as many as there are messages");
        Ok(())
    }

    /// Takes the next message, for which a permit was taken.
    fn take(&self) -> M {
        let message = self.messages.lock().as_mut().and_then(VecDeque::pop_front);
        message.expect("as many as permits")
    }
}

impl<M: Send + 'static> Target<M> for Arc<Desk<M>> {
    fn id(&self) -> ActorId {
        ActorId::of(&**self)
    }

    fn is_stopped(&self) -> bool {
        self.messages.lock().is_none()
    }

    fn tell(&self, message: M) -> Result<(), SendError<M>> {
        self.put(message)
    }

    fn tell_until(&self, message: M, _: Option<Instant>) -> Result<(), SendError<M>> {
        self.put(message)
    }

    fn tell_async(
        &self,
        message: M,
    ) -> Pin<Box<dyn Future<Output = Result<(), SendError<M>>> + Send + '_>> {
        Box::pin(ready(self.put(message)))
    }

    fn downgrade(&self) -> WeakRecipient<M> {
        WeakRecipient::new(Arc::downgrade(self))
    }
}

impl<M: Send + 'static> WeakTarget<M> for Weak<Desk<M>> {
    fn id(&self) -> ActorId {
        ActorId::of(self.as_ptr())
    }

    fn upgrade(&self) -> Option<Recipient<M>> {
        Weak::upgrade(self).map(Recipient::new)
    }

    fn tell(&self, message: M) -> Result<(), SendError<M>> {
        match Weak::upgrade(self) {
            Some(desk) => desk.put(message),
            None => Err(SendError::Closed(message)),
        }
    }
}

/// A recipient for tests, which keeps the messages that it is sent, for the test to look at.
///
/// It is no actor: it takes messages of any type, at once, and its mailbox has no bound. It is
/// given to the actor under test as a [`Recipient`]. Dropped, it takes no more.
///
/// ```
/// use rungs::actor::{Actor, Context, Handler, Probe, Recipient};
///
/// struct Doubler(Recipient<u32>);
///
/// impl Actor for Doubler {}
/// impl Handler<u32> for Doubler {
///     type Reply = ();
///     fn handle(&mut self, n: u32, _cx: &mut Context<Self>) { self.0.tell(n * 2).unwrap() }
/// }
///
/// let probe = Probe::new();
/// let doubler = Doubler(probe.recipient()).start();
/// doubler.tell(21).unwrap();
/// assert_eq!(probe.receive(), 42);
/// doubler.stop();
/// doubler.join();
/// probe.expect_none();
/// ```
#[doc(alias = "TestProbe")]
#[doc(alias = "Mock")]
pub struct Probe<M: 'static> {
    desk: Arc<Desk<M>>,
}

impl<M: Send + 'static> Probe<M> {
    /// A probe without messages.
    ///
    /// ```
    /// assert_eq!(rungs::actor::Probe::<u32>::new().try_receive(), None);
    /// ```
    pub fn new() -> Self {
        let desk = Arc::new(Desk {
            messages: Mutex::new(Some(VecDeque::new())),
            there: Semaphore::new(0),
        });
        Self { desk }
    }

    /// What messages are sent to.
    ///
    /// ```
    /// let probe = rungs::actor::Probe::new();
    /// probe.recipient().tell("hello").unwrap();
    /// assert_eq!(probe.receive(), "hello");
    /// ```
    pub fn recipient(&self) -> Recipient<M> {
        Recipient::new(self.desk.clone())
    }

    /// Waits for the next message; the thread sleeps, for ever where none comes.
    ///
    /// ```
    /// let probe = rungs::actor::Probe::new();
    /// let recipient = probe.recipient();
    /// std::thread::spawn(move || recipient.tell(7));
    /// assert_eq!(probe.receive(), 7);
    /// ```
    pub fn receive(&self) -> M {
        self.desk.there.acquire().expect("never closed").forget();
        self.desk.take()
    }

    /// Does not wait: the next message, if one is there.
    ///
    /// ```
    /// let probe = rungs::actor::Probe::new();
    /// assert_eq!(probe.try_receive(), None);
    /// probe.recipient().tell(7).unwrap();
    /// assert_eq!(probe.try_receive(), Some(7));
    /// ```
    pub fn try_receive(&self) -> Option<M> {
        self.desk.there.try_acquire().ok()?.forget();
        Some(self.desk.take())
    }

    /// Waits for the next message, for `timeout` at most; `Duration::MAX` is for ever.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let probe = rungs::actor::Probe::<u32>::new();
    /// assert_eq!(probe.receive_timeout(Duration::from_millis(1)), None);
    /// ```
    pub fn receive_timeout(&self, timeout: Duration) -> Option<M> {
        match sys::deadline_after(timeout) {
            Some(deadline) => self.receive_deadline(deadline),
            None => Some(self.receive()),
        }
    }

    /// Waits for the next message, until `deadline` at most.
    ///
    /// ```
    /// let probe = rungs::actor::Probe::<u32>::new();
    /// assert_eq!(probe.receive_deadline(std::time::Instant::now()), None);
    /// ```
    pub fn receive_deadline(&self, deadline: Instant) -> Option<M> {
        self.desk.there.acquire_deadline(deadline).ok()?.forget();
        Some(self.desk.take())
    }

    /// Waits for the next message; the task waits.
    ///
    /// *Cancel safety:* dropped before it is ready, it leaves the message there.
    ///
    /// ```
    /// let probe = rungs::actor::Probe::new();
    /// probe.recipient().tell(7).unwrap();
    /// assert_eq!(rungs::future::block_on(probe.receive_async()), 7);
    /// ```
    pub async fn receive_async(&self) -> M {
        let permit = self.desk.there.acquire_async().await;
        permit.expect("never closed").forget();
        self.desk.take()
    }

    /// The next message, which is to come within `timeout`.
    ///
    /// *Panics* where none does.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let probe = rungs::actor::Probe::new();
    /// probe.recipient().tell(7).unwrap();
    /// assert_eq!(probe.expect_message(Duration::from_secs(60)), 7);
    /// ```
    #[doc(alias = "expectMsg")]
    #[track_caller]
    pub fn expect_message(&self, timeout: Duration) -> M {
        let message = self.receive_timeout(timeout);
        message.unwrap_or_else(|| panic!("no message came within {timeout:?}"))
    }

    /// That no message is there, at this moment.
    ///
    /// It does not wait for one that may come yet: see first to it that all has happened. A
    /// [`join`](super::Addr::join) shows that, or the reply to a message that was sent after what
    /// might have caused another.
    ///
    /// *Panics* where there is a message.
    ///
    /// ```
    /// rungs::actor::Probe::<u32>::new().expect_none();
    /// ```
    #[doc(alias = "expectNoMessage")]
    #[track_caller]
    pub fn expect_none(&self) {
        let count = self.len();
        assert_eq!(count, 0, "messages are there that nobody expected");
    }

    /// Takes all the messages that are there, in the order in which they came.
    ///
    /// ```
    /// let probe = rungs::actor::Probe::new();
    /// for n in [1, 2, 3] {
    ///     probe.recipient().tell(n).unwrap();
    /// }
    /// assert_eq!(probe.received(), [1, 2, 3]);
    /// assert!(probe.is_empty());
    /// ```
    pub fn received(&self) -> Vec<M> {
        std::iter::from_fn(|| self.try_receive()).collect()
    }

    /// How many messages are there.
    ///
    /// ```
    /// let probe = rungs::actor::Probe::new();
    /// probe.recipient().tell(7).unwrap();
    /// assert_eq!(probe.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.desk.messages.lock().as_ref().map_or(0, VecDeque::len)
    }

    /// Whether no message is there: `len() == 0`.
    ///
    /// ```
    /// assert!(rungs::actor::Probe::<u32>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<M: Send + 'static> Default for Probe<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M> Drop for Probe<M> {
    fn drop(&mut self) {
        // What is left is dropped when the lock is free.
        let messages = self.desk.messages.lock().take();
        drop(messages);
    }
}

impl<M> fmt::Debug for Probe<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.desk.messages.lock().as_ref().map_or(0, VecDeque::len);
        f.debug_struct("Probe").field("len", &count).finish()
    }
}
