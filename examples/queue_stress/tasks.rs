//! A task queue as one kind more: some messages fail at first, in several ways, and come back.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use rungs::future::block_on;
use rungs::queue::{DeadLetter, PushError, Queue, Retry, Task, TaskQueue};

use crate::forms::{Form, Push, Refusal};
use crate::kinds::Kind;
use crate::message::Message;
use crate::polls::some_of;

/// How often a message is tried that goes on failing, and how long after it is tried again.
const ATTEMPTS: usize = 3;
const DELAY: Duration = Duration::from_micros(20);

/// A task queue, and where those end that fail too often.
pub(crate) struct Tasks {
    queue: TaskQueue<Message>,
    letters: Queue<DeadLetter<Message>>,
}

impl Tasks {
    pub(crate) fn over(queue: TaskQueue<Message>) -> Self {
        let letters = Queue::unbounded();
        let queue = queue.retry(Retry::fixed(ATTEMPTS, DELAY));
        Self {
            queue: queue.dead_letter(letters.clone()),
            letters,
        }
    }

    /// The message of a task that is done; the others fail, and come back in their time.
    fn handle(task: Task<Message>) -> Result<Message, Refusal> {
        let first = task.attempts() == 1;
        match task.number() % 32 {
            1 if first => task.retry(),
            2 if first => task.retry_after(Duration::ZERO),
            3 if first => task.fail("the first time"),
            4 => task.fail("every time"),
            5 => task.reject("the first time already"),
            6 if first => {
                let panicked = catch_unwind(AssertUnwindSafe(|| {
                    let _unwinding = task;
                    resume_unwind(Box::new("a handler panics")); // calls no hook
                }));
                assert!(panicked.is_err());
            }
            _ => return Ok(task.into_inner()),
        }
        Err(Refusal::NotNow)
    }

    /// The queue, for workers.
    pub(crate) fn queue(&self) -> TaskQueue<Message> {
        self.queue.clone()
    }

    /// A message that was given up, where there is nothing else.
    fn given_up(&self, refusal: Refusal) -> Result<Message, Refusal> {
        match self.letters.try_pop() {
            Ok(letter) => Ok(letter.item),
            Err(_) => Err(refusal),
        }
    }
}

impl Kind for Tasks {
    const IN_ORDER: bool = false;

    fn push(&self, message: Message, form: Form) -> Push {
        let queue = &self.queue;
        match form {
            Form::Try => queue.try_push(message).into(),
            Form::Blocking => queue.push(message).into(),
            Form::Timeout(timeout) => queue.push_timeout(message, timeout).into(),
            Form::Deadline(deadline) => queue.push_deadline(message, deadline).into(),
            Form::Awaited => block_on(queue.push_async(message)).into(),
            Form::Cancelled(polls) => match polls.drive(queue.push_async(message)) {
                Some(pushed) => pushed.into(),
                None => Push::Dropped,
            },
        }
    }

    fn push_reserved(&self, message: Message, form: Form) -> Push {
        let queue = &self.queue;
        let slot = match form {
            Form::Try => queue.try_reserve().map_err(Refusal::from),
            Form::Blocking => queue.reserve().map_err(Refusal::from),
            Form::Timeout(timeout) => queue.reserve_timeout(timeout).map_err(Refusal::from),
            Form::Deadline(deadline) => queue.reserve_deadline(deadline).map_err(Refusal::from),
            Form::Awaited => block_on(queue.reserve_async()).map_err(Refusal::from),
            Form::Cancelled(polls) => polls.once(queue.reserve_async()),
        };
        match slot {
            // Now and then, it is not used.
            Ok(_) if message.number() % 8 == 0 => Push::Full(message),
            Ok(slot) => slot.push(message).into(),
            Err(Refusal::NotNow) => Push::Full(message),
            Err(Refusal::Closed) => Push::Closed(message),
        }
    }

    fn force_push(&self, message: Message) -> Result<Option<Message>, Message> {
        let forced = self.queue.force_push(message);
        forced.map_err(|PushError(message)| message)
    }

    fn push_many(&self, messages: &mut Vec<Message>, form: Form) -> Result<(), Refusal> {
        let queue = &self.queue;
        match form {
            Form::Blocking => Ok(queue.push_many(messages)?),
            Form::Timeout(timeout) => Ok(queue.push_many_timeout(messages, timeout)?),
            Form::Deadline(deadline) => Ok(queue.push_many_deadline(messages, deadline)?),
            Form::Try => Ok(queue.try_push_many(messages).map(drop)?),
            Form::Awaited => Ok(block_on(queue.push_many_async(messages))?),
            Form::Cancelled(polls) => polls.once(queue.push_many_async(messages)),
        }
    }

    fn pop(&self, form: Form) -> Result<Message, Refusal> {
        let queue = &self.queue;
        let task = match form {
            Form::Try => queue.try_pop_task().map_err(Refusal::from),
            Form::Blocking => queue.pop_task().map_err(Refusal::from),
            Form::Timeout(timeout) => queue.pop_task_timeout(timeout).map_err(Refusal::from),
            Form::Deadline(deadline) => queue.pop_task_deadline(deadline).map_err(Refusal::from),
            Form::Awaited => block_on(queue.pop_task_async()).map_err(Refusal::from),
            Form::Cancelled(polls) if polls.times % 2 == 0 => polls.next(queue.stream()),
            Form::Cancelled(polls) => polls.once(queue.pop_task_async()),
        };
        match task {
            Ok(task) => Self::handle(task),
            Err(refusal) => self.given_up(refusal),
        }
    }

    fn pop_many(&self, into: &mut Vec<Message>, most: usize, form: Form) -> Result<(), Refusal> {
        let queue = &self.queue;
        let mut tasks = Vec::new();
        let batch = &mut tasks;
        let popped = match form {
            _ if most == 0 => return Ok(()),
            Form::Try => queue.try_pop_tasks(batch, most).map_err(Refusal::from),
            Form::Blocking => queue.pop_tasks(batch, most).map_err(Refusal::from),
            Form::Timeout(timeout) => queue
                .pop_tasks_timeout(batch, most, timeout)
                .map_err(Refusal::from),
            Form::Deadline(deadline) => queue
                .pop_tasks_deadline(batch, most, deadline)
                .map_err(Refusal::from),
            Form::Awaited if most % 2 == 1 => some_of(queue.stream(), most).map(|some| {
                batch.extend(some);
                batch.len()
            }),
            Form::Awaited => block_on(queue.pop_tasks_async(batch, most)).map_err(Refusal::from),
            Form::Cancelled(polls) => polls.once(queue.pop_tasks_async(batch, most)),
        };
        assert_eq!(popped.unwrap_or(0), tasks.len(), "as many as it says");
        into.extend(tasks.into_iter().filter_map(|task| Self::handle(task).ok()));
        match popped {
            Ok(_) => {}
            Err(refusal) => into.push(self.given_up(refusal)?),
        }
        Ok(())
    }

    fn drain(&self) -> Vec<Message> {
        let given_up = self.letters.try_iter().map(|letter| letter.item);
        self.queue.drain().into_iter().chain(given_up).collect()
    }

    fn close(&self) {
        self.queue.close();
    }

    fn close_now(&self) -> Vec<Message> {
        self.queue.close_now()
    }

    /// Where no task is out, what is unfinished is in the queue.
    fn len(&self) -> usize {
        self.queue.unfinished() + self.letters.len()
    }

    /// What comes back needs no room.
    fn capacity(&self) -> Option<usize> {
        None
    }

    fn counts(&self) -> (u64, u64) {
        let stats = self.queue.stats();
        let over = stats.pushed - stats.unfinished as u64;
        (stats.pushed, over)
    }
}
