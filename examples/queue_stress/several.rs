//! Several queues as one kind more: each producer has one of them, and consumers select.

use rungs::future::block_on;
use rungs::queue::{Queue, select, select_async, select_deadline, select_timeout, try_select};

use crate::forms::{Form, Push, Refusal};
use crate::kinds::Kind;
use crate::message::Message;

/// Three queues.
pub(crate) struct Several([Queue<Message>; 3]);

impl Several {
    pub(crate) fn of(make: impl Fn() -> Queue<Message>) -> Self {
        Self([make(), make(), make()])
    }

    /// The queue of that message's producer.
    fn queue(&self, message: &Message) -> &Queue<Message> {
        &self.0[message.producer() % self.0.len()]
    }

    /// A message, and which queue had it.
    fn select(&self, form: Form) -> Result<(usize, Message), Refusal> {
        let queues = &self.0.each_ref();
        match form {
            Form::Try => Ok(try_select(queues)?),
            Form::Blocking => Ok(select(queues)?),
            Form::Timeout(timeout) => Ok(select_timeout(queues, timeout)?),
            Form::Deadline(deadline) => Ok(select_deadline(queues, deadline)?),
            Form::Awaited => Ok(block_on(select_async(queues))?),
            Form::Cancelled(polls) => polls.once(select_async(queues)),
        }
    }
}

impl Kind for Several {
    const IN_ORDER: bool = true;

    fn push(&self, message: Message, form: Form) -> Push {
        Kind::push(self.queue(&message), message, form)
    }

    fn push_reserved(&self, message: Message, form: Form) -> Push {
        self.queue(&message).push_reserved(message, form)
    }

    fn force_push(&self, message: Message) -> Result<Option<Message>, Message> {
        Kind::force_push(self.queue(&message), message)
    }

    fn push_many(&self, messages: &mut Vec<Message>, form: Form) -> Result<(), Refusal> {
        match messages.first() {
            Some(first) => Kind::push_many(self.queue(first), messages, form),
            None => Ok(()),
        }
    }

    fn pop(&self, form: Form) -> Result<Message, Refusal> {
        self.select(form).map(|(_, message)| message)
    }

    /// One is selected, and its queue's others follow.
    fn pop_many(&self, into: &mut Vec<Message>, most: usize, form: Form) -> Result<(), Refusal> {
        if most > 0 {
            let (queue, message) = self.select(form)?;
            into.push(message);
            let _none_is_fine = self.0[queue].try_pop_many(into, most - 1);
        }
        Ok(())
    }

    fn drain(&self) -> Vec<Message> {
        self.0.iter().flat_map(Queue::drain).collect()
    }

    fn close(&self) {
        self.0.iter().for_each(Queue::close);
    }

    fn close_now(&self) -> Vec<Message> {
        self.0.iter().flat_map(Queue::close_now).collect()
    }

    fn len(&self) -> usize {
        self.0.iter().map(Queue::len).sum()
    }

    fn capacity(&self) -> Option<usize> {
        self.0.iter().map(Queue::capacity).sum()
    }

    fn counts(&self) -> (u64, u64) {
        let counts = self.0.iter().map(Kind::counts);
        counts.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    }
}
