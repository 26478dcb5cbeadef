//! The kinds of queues, behind one trait, and the list of them.

use std::time::{Duration, Instant};

use rungs::future::block_on;
use rungs::queue::{DelayQueue, LifoQueue, PriorityQueue, PushError, Queue, TaskQueue};

use crate::forms::{Form, Push, Refusal};
use crate::message::Message;
use crate::rng::Rng;
use crate::round::{self, Account};
use crate::several::Several;
use crate::tasks::Tasks;

/// What the stress asks of a queue.
pub(crate) trait Kind: Sync {
    /// Whether one producer's messages come out in the order in which they went in.
    const IN_ORDER: bool;

    fn push(&self, message: Message, form: Form) -> Push;
    /// Reserves a place, then pushes.
    fn push_reserved(&self, message: Message, form: Form) -> Push;
    /// Gives what had to go. `Err`: the queue was closed.
    fn force_push(&self, message: Message) -> Result<Option<Message>, Message>;
    /// What was not pushed stays.
    fn push_many(&self, messages: &mut Vec<Message>, form: Form) -> Result<(), Refusal>;
    fn pop(&self, form: Form) -> Result<Message, Refusal>;
    fn pop_many(&self, into: &mut Vec<Message>, most: usize, form: Form) -> Result<(), Refusal>;
    fn drain(&self) -> Vec<Message>;
    fn close(&self);
    fn close_now(&self) -> Vec<Message>;
    fn len(&self) -> usize;
    fn capacity(&self) -> Option<usize>;
    /// How many messages were pushed and popped, as the queue has counted.
    fn counts(&self) -> (u64, u64);
}

/// A round with a new queue of some kind, of so many messages at most.
pub(crate) type Stress = Box<dyn Fn(&mut Rng, u64) -> Account>;

fn of<K: Kind>(make: impl Fn() -> K + 'static) -> Stress {
    Box::new(move |rng, most| round::run(make(), rng, most))
}

/// Every kind, by name.
pub(crate) fn all() -> Vec<(&'static str, Stress)> {
    vec![
        ("bounded at 1", of(|| Queue::bounded(1))),
        ("bounded at 2", of(|| Queue::bounded(2))),
        ("bounded at 3", of(|| Queue::bounded(3))),
        ("bounded at 7", of(|| Queue::bounded(7))),
        ("bounded at 128", of(|| Queue::bounded(128))),
        ("bounded at 1024", of(|| Queue::bounded(1024))),
        ("unbounded", of(Queue::unbounded)),
        ("rendezvous", of(Queue::rendezvous)),
        ("select of 3 at 7", of(|| Several::of(|| Queue::bounded(7)))),
        ("select of 3", of(|| Several::of(Queue::unbounded))),
        ("lifo at 7", of(|| LifoQueue::bounded(7))),
        ("lifo", of(LifoQueue::unbounded)),
        ("priority at 7", of(|| PriorityQueue::bounded(7))),
        ("priority", of(PriorityQueue::unbounded)),
        ("delay at 7", of(|| DelayQueue::bounded(7))),
        ("delay", of(DelayQueue::unbounded)),
        ("tasks at 7", of(|| Tasks::over(TaskQueue::bounded(7)))),
        ("tasks", of(|| Tasks::over(TaskQueue::unbounded()))),
    ]
}

/// A kind whose methods have the names that all queues' methods have: what goes in, what comes
/// out, and what `push` takes of a message.
macro_rules! kind {
    (
        $queue:ty, $entry:ty => $item:ty, in order: $in_order:literal,
        push($message:ident): $($argument:expr),+
    ) => {
        impl Kind for $queue {
            const IN_ORDER: bool = $in_order;

            fn push(&self, $message: Message, form: Form) -> Push {
                match form {
                    Form::Try => self.try_push($($argument),+).into(),
                    Form::Blocking => self.push($($argument),+).into(),
                    Form::Timeout(timeout) => self.push_timeout($($argument),+, timeout).into(),
                    Form::Deadline(deadline) => self.push_deadline($($argument),+, deadline).into(),
                    Form::Awaited => block_on(self.push_async($($argument),+)).into(),
                    Form::Cancelled(polls) => match polls.drive(self.push_async($($argument),+)) {
                        Some(pushed) => pushed.into(),
                        None => Push::Dropped,
                    },
                }
            }

            fn push_reserved(&self, $message: Message, form: Form) -> Push {
                if self.capacity() == Some(0) {
                    // A rendezvous has no places.
                    return Kind::push(self, $message, form);
                }
                let slot = match form {
                    Form::Try => self.try_reserve().map_err(Refusal::from),
                    Form::Blocking => self.reserve().map_err(Refusal::from),
                    Form::Timeout(timeout) => self.reserve_timeout(timeout).map_err(Refusal::from),
                    Form::Deadline(deadline) => {
                        self.reserve_deadline(deadline).map_err(Refusal::from)
                    }
                    Form::Awaited => block_on(self.reserve_async()).map_err(Refusal::from),
                    Form::Cancelled(polls) => polls.once(self.reserve_async()),
                };
                match slot {
                    // Now and then, it is not used.
                    Ok(_) if $message.number() % 8 == 0 => Push::Full($message),
                    Ok(slot) => slot.push($($argument),+).into(),
                    Err(Refusal::NotNow) => Push::Full($message),
                    Err(Refusal::Closed) => Push::Closed($message),
                }
            }

            fn force_push(&self, $message: Message) -> Result<Option<Message>, Message> {
                match self.force_push($($argument),+) {
                    Ok(evicted) => Ok(evicted.map(Message::from)),
                    Err(PushError(entry)) => Err(entry.into()),
                }
            }

            fn push_many(&self, messages: &mut Vec<Message>, form: Form) -> Result<(), Refusal> {
                let mut entries: Vec<$entry> = messages.drain(..).map(<$entry>::from).collect();
                let batch = &mut entries;
                let pushed = match form {
                    Form::Try => self.try_push_many(batch).map(drop).map_err(Refusal::from),
                    Form::Blocking => self.push_many(batch).map_err(Refusal::from),
                    Form::Timeout(timeout) => {
                        self.push_many_timeout(batch, timeout).map_err(Refusal::from)
                    }
                    Form::Deadline(deadline) => {
                        self.push_many_deadline(batch, deadline).map_err(Refusal::from)
                    }
                    Form::Awaited => block_on(self.push_many_async(batch)).map_err(Refusal::from),
                    Form::Cancelled(polls) => polls.once(self.push_many_async(batch)),
                };
                messages.extend(entries.into_iter().map(Message::from));
                pushed
            }

            fn pop(&self, form: Form) -> Result<Message, Refusal> {
                let popped = match form {
                    Form::Try => self.try_pop().map_err(Refusal::from),
                    Form::Blocking => self.pop().map_err(Refusal::from),
                    Form::Timeout(timeout) => self.pop_timeout(timeout).map_err(Refusal::from),
                    Form::Deadline(deadline) => self.pop_deadline(deadline).map_err(Refusal::from),
                    Form::Awaited => block_on(self.pop_async()).map_err(Refusal::from),
                    Form::Cancelled(polls) => polls.once(self.pop_async()),
                };
                popped.map(Message::from)
            }

            fn pop_many(
                &self,
                into: &mut Vec<Message>,
                most: usize,
                form: Form,
            ) -> Result<(), Refusal> {
                let mut items: Vec<$item> = Vec::new();
                let batch = &mut items;
                let popped = match form {
                    Form::Try => self.try_pop_many(batch, most).map_err(Refusal::from),
                    Form::Blocking => self.pop_many(batch, most).map_err(Refusal::from),
                    Form::Timeout(timeout) => {
                        self.pop_many_timeout(batch, most, timeout).map_err(Refusal::from)
                    }
                    Form::Deadline(deadline) => {
                        self.pop_many_deadline(batch, most, deadline).map_err(Refusal::from)
                    }
                    Form::Awaited => {
                        block_on(self.pop_many_async(batch, most)).map_err(Refusal::from)
                    }
                    Form::Cancelled(polls) => polls.once(self.pop_many_async(batch, most)),
                };
                assert_eq!(popped.unwrap_or(0), items.len(), "as many as it says");
                into.extend(items.into_iter().map(Message::from));
                popped.map(drop)
            }

            fn drain(&self) -> Vec<Message> {
                self.drain().into_iter().map(Message::from).collect()
            }

            fn close(&self) {
                self.close();
            }

            fn close_now(&self) -> Vec<Message> {
                self.close_now().into_iter().map(Message::from).collect()
            }

            fn len(&self) -> usize {
                self.len()
            }

            fn capacity(&self) -> Option<usize> {
                self.capacity()
            }

            fn counts(&self) -> (u64, u64) {
                let stats = self.stats();
                (stats.pushed, stats.popped)
            }
        }
    };
}

kind!(
    Queue<Message>, Message => Message, in order: true,
    push(message): message
);
kind!(
    LifoQueue<Message>, Message => Message, in order: false,
    push(message): message
);
kind!(
    PriorityQueue<u32, Message>, (u32, Message) => Message, in order: false,
    push(message): priority(&message), message
);
kind!(
    DelayQueue<Message>, (Message, Instant) => Message, in order: false,
    push(message): message, soon()
);

/// One of a few priorities.
fn priority(message: &Message) -> u32 {
    message.number() % 5
}

/// When a message of a delay queue is due.
fn soon() -> Instant {
    Instant::now() + Duration::from_micros(20)
}

impl From<Message> for (u32, Message) {
    fn from(message: Message) -> Self {
        (priority(&message), message)
    }
}

impl From<(u32, Message)> for Message {
    fn from((_, message): (u32, Message)) -> Self {
        message
    }
}

impl From<Message> for (Message, Instant) {
    fn from(message: Message) -> Self {
        (message, soon())
    }
}

impl From<(Message, Instant)> for Message {
    fn from((message, _): (Message, Instant)) -> Self {
        message
    }
}
