//! A channel as one kind more: each push has a sender of its own, and each pop a receiver. It ends
//! when its last handle of either half is dropped.

use std::mem;
use std::sync::RwLock;

use rungs::queue::{Queue, Receiver, Sender};

use crate::message::Message;

/// A channel, of which a handle of each half is kept.
pub(crate) struct Halves {
    /// Dropped first, with what is left.
    receiver: Receiver<Message>,
    /// That of another channel, which has ended, once this one is to end.
    sender: RwLock<Sender<Message>>,
}

impl Halves {
    pub(crate) fn of(queue: Queue<Message>) -> Self {
        let (sender, receiver) = queue.channel();
        Self {
            receiver,
            sender: RwLock::new(sender),
        }
    }

    /// One more sender.
    pub(crate) fn sender(&self) -> Sender<Message> {
        self.sender.read().expect("nobody panics here").clone()
    }

    /// One more receiver.
    pub(crate) fn receiver(&self) -> Receiver<Message> {
        let weak = self.receiver.downgrade();
        weak.upgrade().expect("one is kept")
    }

    /// Drops the sender that is kept: the channel ends when those are gone that push still.
    pub(crate) fn hang_up(&self) {
        let (ended, _) = Queue::bounded(1).channel();
        let mut sender = self.sender.write().expect("nobody panics here");
        let last = mem::replace(&mut *sender, ended);
        drop(sender);
        drop(last);
    }

    /// Ends the channel, and takes what is left.
    pub(crate) fn take_back(&self) -> Vec<Message> {
        let left = self.receiver.close_now();
        self.hang_up();
        left
    }
}
