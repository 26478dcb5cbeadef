//! The kinds of queues, behind one trait, and the list of them.

use std::time::{Duration, Instant};

use rungs::future::block_on;
use rungs::queue::{DelayQueue, LifoQueue, PriorityQueue, PushError, Queue, TaskQueue};

use crate::forms::{Form, Push, Refusal};
use crate::halves::Halves;
use crate::message::Message;
use crate::polls::some_of;
use crate::pools::{self, Staffed};
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

fn pool_of<K: Staffed>(make: impl Fn() -> K + 'static) -> Stress {
    Box::new(move |rng, most| pools::run(make(), rng, most))
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
        ("halves at 7", of(|| Halves::of(Queue::bounded(7)))),
        ("halves", of(|| Halves::of(Queue::unbounded()))),
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
        ("pool at 7", pool_of(|| Queue::bounded(7))),
        ("pool", pool_of(Queue::unbounded)),
        ("pool of a half", pool_of(|| Halves::of(Queue::bounded(7)))),
        ("pool by priority", pool_of(PriorityQueue::unbounded)),
        (
            "pool of tasks",
            pool_of(|| Tasks::over(TaskQueue::bounded(7))),
        ),
    ]
}

/// A kind whose methods have the names that all queues' methods have: what goes in, what comes
/// out, and what `push` takes of a message. It may push through something, and pop through another.
macro_rules! kind {
    (
        $queue:ty, $entry:ty => $item:ty, in order: $in_order:literal,
        push($message:ident): $($argument:expr),+
    ) => {
        kind! {
            $queue, $entry => $item, in order: $in_order,
            push($message): $($argument),+;
            through queue: queue, queue;
            closed by: queue.close(), queue.close_now()
        }
    };
    (
        $queue:ty, $entry:ty => $item:ty, in order: $in_order:literal,
        push($message:ident): $($argument:expr),+;
        through $this:ident: $put:expr, $take:expr;
        closed by: $close:expr, $close_now:expr
    ) => {
        impl Kind for $queue {
            const IN_ORDER: bool = $in_order;

            fn push(&self, $message: Message, form: Form) -> Push {
                let $this = self;
                let put = &$put;
                match form {
                    Form::Try => put.try_push($($argument),+).into(),
                    Form::Blocking => put.push($($argument),+).into(),
                    Form::Timeout(timeout) => put.push_timeout($($argument),+, timeout).into(),
                    Form::Deadline(deadline) => put.push_deadline($($argument),+, deadline).into(),
                    Form::Awaited => block_on(put.push_async($($argument),+)).into(),
                    Form::Cancelled(polls) => match polls.drive(put.push_async($($argument),+)) {
                        Some(pushed) => pushed.into(),
                        None => Push::Dropped,
                    },
                }
            }

            fn push_reserved(&self, $message: Message, form: Form) -> Push {
                let $this = self;
                let put = &$put;
                if put.capacity() == Some(0) {
                    // A rendezvous has no places.
                    return Kind::push(self, $message, form);
                }
                let slot = match form {
                    Form::Try => put.try_reserve().map_err(Refusal::from),
                    Form::Blocking => put.reserve().map_err(Refusal::from),
                    Form::Timeout(timeout) => put.reserve_timeout(timeout).map_err(Refusal::from),
                    Form::Deadline(deadline) => {
                        put.reserve_deadline(deadline).map_err(Refusal::from)
                    }
                    Form::Awaited => block_on(put.reserve_async()).map_err(Refusal::from),
                    Form::Cancelled(polls) => polls.once(put.reserve_async()),
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
                let $this = self;
                let put = &$put;
                match put.force_push($($argument),+) {
                    Ok(evicted) => Ok(evicted.map(Message::from)),
                    Err(PushError(entry)) => Err(entry.into()),
                }
            }

            fn push_many(&self, messages: &mut Vec<Message>, form: Form) -> Result<(), Refusal> {
                let $this = self;
                let put = &$put;
                let mut entries: Vec<$entry> = messages.drain(..).map(<$entry>::from).collect();
                let batch = &mut entries;
                let pushed = match form {
                    Form::Try => put.try_push_many(batch).map(drop).map_err(Refusal::from),
                    Form::Blocking => put.push_many(batch).map_err(Refusal::from),
                    Form::Timeout(timeout) => {
                        put.push_many_timeout(batch, timeout).map_err(Refusal::from)
                    }
                    Form::Deadline(deadline) => {
                        put.push_many_deadline(batch, deadline).map_err(Refusal::from)
                    }
                    Form::Awaited => block_on(put.push_many_async(batch)).map_err(Refusal::from),
                    Form::Cancelled(polls) => polls.once(put.push_many_async(batch)),
                };
                messages.extend(entries.into_iter().map(Message::from));
                pushed
            }

            fn pop(&self, form: Form) -> Result<Message, Refusal> {
                let $this = self;
                let take = &$take;
                let popped = match form {
                    Form::Try => take.try_pop().map_err(Refusal::from),
                    Form::Blocking => take.pop().map_err(Refusal::from),
                    Form::Timeout(timeout) => take.pop_timeout(timeout).map_err(Refusal::from),
                    Form::Deadline(deadline) => take.pop_deadline(deadline).map_err(Refusal::from),
                    Form::Awaited => block_on(take.pop_async()).map_err(Refusal::from),
                    Form::Cancelled(polls) if polls.times % 2 == 0 => polls.next(take.stream()),
                    Form::Cancelled(polls) => polls.once(take.pop_async()),
                };
                popped.map(Message::from)
            }

            fn pop_many(
                &self,
                into: &mut Vec<Message>,
                most: usize,
                form: Form,
            ) -> Result<(), Refusal> {
                let $this = self;
                let take = &$take;
                let mut items: Vec<$item> = Vec::new();
                let batch = &mut items;
                let popped = match form {
                    Form::Try => take.try_pop_many(batch, most).map_err(Refusal::from),
                    Form::Blocking => take.pop_many(batch, most).map_err(Refusal::from),
                    Form::Timeout(timeout) => {
                        take.pop_many_timeout(batch, most, timeout).map_err(Refusal::from)
                    }
                    Form::Deadline(deadline) => {
                        take.pop_many_deadline(batch, most, deadline).map_err(Refusal::from)
                    }
                    Form::Awaited if most % 2 == 1 => some_of(take.stream(), most).map(|some| {
                        batch.extend(some);
                        batch.len()
                    }),
                    Form::Awaited => {
                        block_on(take.pop_many_async(batch, most)).map_err(Refusal::from)
                    }
                    Form::Cancelled(polls) => polls.once(take.pop_many_async(batch, most)),
                };
                assert_eq!(popped.unwrap_or(0), items.len(), "as many as it says");
                into.extend(items.into_iter().map(Message::from));
                popped.map(drop)
            }

            fn drain(&self) -> Vec<Message> {
                let $this = self;
                let take = &$take;
                take.drain().into_iter().map(Message::from).collect()
            }

            fn close(&self) {
                let $this = self;
                $close;
            }

            fn close_now(&self) -> Vec<Message> {
                let $this = self;
                $close_now.into_iter().map(Message::from).collect()
            }

            fn len(&self) -> usize {
                let $this = self;
                let take = &$take;
                take.len()
            }

            fn capacity(&self) -> Option<usize> {
                let $this = self;
                let take = &$take;
                take.capacity()
            }

            fn counts(&self) -> (u64, u64) {
                let $this = self;
                let take = &$take;
                let stats = take.stats();
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
    Halves, Message => Message, in order: true,
    push(message): message;
    through halves: halves.sender(), halves.receiver();
    closed by: halves.hang_up(), halves.take_back()
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
