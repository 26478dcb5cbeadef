//! Several actors that get the same messages.

use super::addr::ActorId;
use super::error::SendError;
use super::recipient::{Recipient, WeakRecipient};
use crate::sys::{Arc, Mutex};
use std::collections::BTreeMap;
use std::collections::hash_map::{Entry, HashMap};
use std::fmt;

/// A set of actors, of whatever types, that all get what is broadcast to it.
///
/// Clones are the same group. It keeps no actor from stopping: one that takes no more messages is
/// forgotten, when the group is next used. An actor is a member once, however often it joins.
///
/// *Cost:* a broadcast copies the list of members, under a lock; what is sent, is sent without it.
///
/// ```
/// use rungs::actor::{Group, Probe};
///
/// let [one, two] = [Probe::new(), Probe::new()];
/// let news = Group::new();
/// news.join(&one.recipient());
/// news.join(&two.recipient());
/// assert_eq!(news.broadcast("rain"), 2);
///
/// news.leave(two.recipient().id());
/// assert_eq!(news.broadcast("sun"), 1);
/// assert_eq!(one.received(), ["rain", "sun"]);
/// assert_eq!(two.received(), ["rain"]);
/// ```
#[doc(alias = "EventBus")]
#[doc(alias = "PubSub")]
#[doc(alias = "Broker")]
pub struct Group<M: 'static>(Arc<Mutex<Members<M>>>);

struct Members<M: 'static> {
    /// In the order in which they joined.
    members: BTreeMap<u64, WeakRecipient<M>>,
    /// Their numbers. (What is in here is as good as an address, so an id is nobody else's.)
    numbers: HashMap<ActorId, u64>,
    /// The number of the next to join.
    next: u64,
    /// With so many, who joins looks for those that are gone.
    crowd: usize,
}

impl<M: 'static> Members<M> {
    /// What comes out is dropped without the lock.
    fn remove(&mut self, member: ActorId) -> Option<WeakRecipient<M>> {
        let number = self.numbers.remove(&member)?;
        self.members.remove(&number)
    }
}

/// A group of fewer is not searched for those that are gone.
const FEW: usize = 16;

impl<M: Send + 'static> Group<M> {
    /// A group without members.
    ///
    /// ```
    /// assert!(rungs::actor::Group::<u32>::new().is_empty());
    /// ```
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Members {
            members: BTreeMap::new(),
            numbers: HashMap::new(),
            next: 0,
            crowd: FEW,
        })))
    }

    /// Takes in an actor; `false` where it is a member already. What is broadcast from now on, it
    /// gets.
    ///
    /// ```
    /// use rungs::actor::{Group, Probe};
    ///
    /// let (group, probe) = (Group::<u32>::new(), Probe::new());
    /// assert!(group.join(&probe.recipient()));
    /// assert!(!group.join(&probe.recipient()));
    /// ```
    #[doc(alias = "subscribe")]
    pub fn join(&self, member: &Recipient<M>) -> bool {
        let member = member.downgrade();
        self.forget_when_crowded();
        let mut group = self.0.lock();
        let number = group.next;
        let Entry::Vacant(place) = group.numbers.entry(member.id()) else {
            return false;
        };
        place.insert(number);
        group.next += 1;
        group.members.insert(number, member);
        true
    }

    /// Lets an actor go; whether it was a member. What is broadcast from now on, it does not get.
    ///
    /// ```
    /// use rungs::actor::{Group, Probe};
    ///
    /// let (group, probe) = (Group::<u32>::new(), Probe::new());
    /// group.join(&probe.recipient());
    /// assert!(group.leave(probe.recipient().id()));
    /// assert!(!group.leave(probe.recipient().id()));
    /// ```
    #[doc(alias = "unsubscribe")]
    pub fn leave(&self, member: ActorId) -> bool {
        let gone = self.0.lock().remove(member);
        gone.is_some()
    }

    /// Sends each member a clone of the message; gives how many accepted it.
    ///
    /// They are sent in the order in which the members joined. One whose mailbox is full does not get
    /// it; one that takes no more messages is forgotten.
    ///
    /// *Blocking:* never.
    ///
    /// ```
    /// use rungs::actor::{Group, Probe};
    ///
    /// let group = Group::new();
    /// let probe = Probe::new();
    /// group.join(&probe.recipient());
    /// assert_eq!(group.broadcast(7), 1);
    /// drop(probe);
    /// assert_eq!(group.broadcast(7), 0);
    /// assert!(group.is_empty());
    /// ```
    #[doc(alias = "publish")]
    pub fn broadcast(&self, message: M) -> usize
    where
        M: Clone,
    {
        let mut accepted = 0;
        for member in self.members() {
            match member.tell(message.clone()) {
                Ok(()) => accepted += 1,
                Err(SendError::Closed(_)) => _ = self.leave(member.id()),
                Err(_) => {}
            }
        }
        accepted
    }

    /// How many members there are that have not ended.
    ///
    /// ```
    /// use rungs::actor::{Group, Probe};
    ///
    /// let (group, probe) = (Group::<u32>::new(), Probe::new());
    /// group.join(&probe.recipient());
    /// assert_eq!(group.len(), 1);
    /// drop(probe);
    /// assert_eq!(group.len(), 0);
    /// ```
    pub fn len(&self) -> usize {
        self.forget_the_gone();
        self.0.lock().members.len()
    }

    /// Whether there are no members: `len() == 0`.
    ///
    /// ```
    /// assert!(rungs::actor::Group::<u32>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The members at this moment.
    fn members(&self) -> Vec<WeakRecipient<M>> {
        self.0.lock().members.values().cloned().collect()
    }

    fn forget_the_gone(&self) {
        for member in self.members() {
            if member.upgrade().is_none_or(|member| member.is_stopped()) {
                self.leave(member.id());
            }
        }
    }

    /// Forgets those that are gone where there are twice as many members as the last time.
    fn forget_when_crowded(&self) {
        let group = self.0.lock();
        let is_crowded = group.members.len() >= group.crowd;
        drop(group);
        if is_crowded {
            self.forget_the_gone();
            let mut group = self.0.lock();
            group.crowd = (group.members.len() * 2).max(FEW);
        }
    }
}

impl<M: 'static> Clone for Group<M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<M: Send + 'static> Default for Group<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: 'static> fmt::Debug for Group<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = self.0.lock().members.len();
        f.debug_struct("Group").field("members", &members).finish()
    }
}
