//! How many messages a bounded mailbox holds, and what becomes of those that it has no room for.
//!
//! Room is a semaphore: a sender takes a permit before its message goes into the mailbox, and the
//! turn gives it back when it takes the message out. Where the oldest message is to go, messages
//! stand in a ring of their own, under a lock, and what is in the mailbox is for each of them a
//! [`Next`]: a sender that finds the ring full takes out the oldest and leaves the mailbox as it is.
//!
//! # Invariants
//!
//! 1. There are as many messages in the ring as [`Next`] in the mailbox that were not taken out,
//!    when nobody has the lock: who puts a message into either puts one into both.

use super::error::SendError;
use super::mailbox::{Mailbox, Message};
use super::message::Parcel;
use crate::panic::contain;
use crate::sync::{AcquireError, Semaphore, TryAcquireError};
use crate::sys::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
    clock::Instant,
};
use crate::wait::Gate;
use std::collections::VecDeque;

/// What happens to a message for which a bounded mailbox has no room.
///
/// ```
/// use rungs::actor::{Addr, Mailbox, Overflow};
///
/// // Only the last position is of interest.
/// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::DropOldest };
/// let position = Addr::builder().mailbox(mailbox).start(0).unwrap();
/// let me = position.clone();
/// let moves = move |_: &mut u32| (1..=100).for_each(|at| me.post(move |n| *n = at).unwrap());
/// position.call(moves).wait().unwrap();
/// assert_eq!(position.dropped(), 99);
/// # position.stop();
/// # position.join();
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Overflow {
    /// It is given back: [`SendError::Full`]. The waiting forms wait for room.
    #[default]
    Reject,
    /// It is dropped, and counted: [`Addr::dropped`](super::Addr::dropped).
    DropNewest,
    /// The oldest one that waits is dropped in its place, and counted.
    DropOldest,
}

/// A bound.
pub(super) struct Limit<C> {
    capacity: usize,
    /// How many messages were dropped for want of room.
    dropped: AtomicUsize,
    kind: Kind<C>,
}

enum Kind<C> {
    /// Permits for messages; and whether one without is dropped.
    Room(Semaphore, bool),
    /// The messages, oldest first.
    Ring(Mutex<VecDeque<Parcel<C>>>),
}

/// The right to put a message into the mailbox.
#[must_use]
pub(super) enum Room {
    /// There is some.
    Taken,
    /// There is none; the message is to be dropped.
    Dropped,
}

/// In the mailbox: the next message of the ring.
struct Next;

impl<C: Limited> Limit<C> {
    pub(super) fn new(capacity: usize, overflow: Overflow) -> Self {
        assert!(capacity > 0, "a mailbox of `capacity` = 0 takes no message");
        let room = |drops| {
            let permits = capacity.min(Semaphore::MAX_PERMITS);
            Kind::Room(Semaphore::new(permits), drops)
        };
        Self {
            capacity,
            dropped: AtomicUsize::new(0),
            kind: match overflow {
                Overflow::Reject => room(false),
                Overflow::DropNewest => room(true),
                Overflow::DropOldest => Kind::Ring(Mutex::new(VecDeque::new())),
            },
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn dropped(&self) -> usize {
        // ORDERING: Relaxed: a number for people.
        self.dropped.load(Ordering::Relaxed)
    }

    fn count_drop(&self) {
        // ORDERING: Relaxed: as above.
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes room for a message, if there is some.
    #[inline]
    pub(super) fn try_room(&self) -> Result<Room, SendError<()>> {
        let Kind::Room(permits, drops) = &self.kind else {
            return Ok(Room::Taken);
        };
        match permits.try_acquire() {
            Ok(permit) => permit.forget(),
            Err(TryAcquireError::Closed) => return Err(SendError::Closed(())),
            Err(TryAcquireError::NoPermits) if *drops => {
                self.count_drop();
                return Ok(Room::Dropped);
            }
            Err(TryAcquireError::NoPermits) => return Err(SendError::Full(())),
        }
        Ok(Room::Taken)
    }

    /// Takes room for a message, waiting for it until `deadline`.
    pub(super) fn room_until(&self, deadline: Option<Instant>) -> Result<Room, SendError<()>> {
        let Kind::Room(permits, false) = &self.kind else {
            return self.try_room();
        };
        let permit = match deadline {
            None => permits.acquire().map_err(|_| AcquireError::Closed),
            Some(deadline) => permits.acquire_deadline(deadline),
        };
        match permit {
            Ok(permit) => permit.forget(),
            Err(AcquireError::Closed) => return Err(SendError::Closed(())),
            Err(AcquireError::TimedOut) => return Err(SendError::TimedOut(())),
        }
        Ok(Room::Taken)
    }

    /// Takes room for a message, waiting for it.
    pub(super) async fn room_async(&self) -> Result<Room, SendError<()>> {
        let Kind::Room(permits, false) = &self.kind else {
            return self.try_room();
        };
        match permits.acquire_async().await {
            Ok(permit) => permit.forget(),
            Err(_) => return Err(SendError::Closed(())),
        }
        Ok(Room::Taken)
    }

    /// Puts a message for which there is room into the mailbox. `true` where the caller owes a
    /// turn.
    #[inline]
    pub(super) fn push<M: Message<C>>(&self, mailbox: &Mailbox<C>, message: M) -> Result<bool, M> {
        match &self.kind {
            Kind::Room(..) => mailbox.push(message),
            Kind::Ring(ring) => self.push_into(ring, mailbox, message),
        }
    }

    #[cold]
    fn push_into<M: Message<C>>(
        &self,
        ring: &Mutex<VecDeque<Parcel<C>>>,
        mailbox: &Mailbox<C>,
        message: M,
    ) -> Result<bool, M> {
        let parcel: Box<M> = Box::new(message);
        let mut messages = ring.lock();
        if messages.len() >= self.capacity && !mailbox.snapshot().is_closed() {
            let oldest = messages.pop_front();
            messages.push_back(parcel);
            drop(messages);
            self.count_drop();
            contain(|| {
                oldest
                    .into_iter()
                    .for_each(|oldest| oldest.drop_out_boxed())
            });
            return Ok(false);
        }
        match mailbox.push(Next) {
            Ok(wakes) => {
                messages.push_back(parcel);
                Ok(wakes)
            }
            Err(Next) => {
                drop(messages);
                Err(*parcel)
            }
        }
    }

    /// A message was taken out of the mailbox.
    #[inline]
    pub(super) fn give_back(&self) {
        if let Kind::Room(permits, _) = &self.kind {
            permits.give_back(1);
        }
    }

    /// Has those who wait for room give up.
    pub(super) fn close(&self) {
        if let Kind::Room(permits, _) = &self.kind {
            permits.close();
        }
    }

    /// The next message of the ring.
    fn next(&self) -> Option<Parcel<C>> {
        match &self.kind {
            Kind::Ring(ring) => ring.lock().pop_front(),
            Kind::Room(..) => None,
        }
    }
}

/// Who works on messages out of a mailbox that may have a ring.
pub(super) trait Limited: Sized + 'static {
    /// Its bound.
    ///
    /// # Safety
    ///
    /// As for [`Message::run`].
    unsafe fn limit<'a>(context: *mut Self) -> Option<&'a Limit<Self>>;
}

impl Next {
    /// # Safety
    ///
    /// As for [`Message::run`].
    unsafe fn take<C: Limited>(context: *mut C) -> Parcel<C> {
        // SAFETY: the caller's.
        let limit = unsafe { C::limit(context) };
        limit
            .and_then(Limit::next)
            .expect("as many as there are of us (invariant 1)")
    }
}

impl<C: Limited> Message<C> for Next {
    unsafe fn run(self, context: *mut C) -> bool {
        // SAFETY: the caller's.
        let message = unsafe { Self::take(context) };
        // SAFETY: the caller's.
        unsafe { message.run_boxed(context) }
    }

    unsafe fn abandon(self, context: *mut C) -> bool {
        // SAFETY: the caller's.
        let message = unsafe { Self::take(context) };
        // SAFETY: the caller's.
        unsafe { message.abandon_boxed(context) }
    }
}
