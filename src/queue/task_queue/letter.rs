//! Tasks that were given up.

use std::error::Error;
use std::fmt;

/// An item that was tried in vain, as often as the policy of its queue allows.
///
/// It goes into the queue that was given to [`TaskQueue::dead_letter`](super::TaskQueue::dead_letter).
///
/// ```
/// use rungs::queue::{Queue, TaskQueue};
///
/// let letters = Queue::unbounded();
/// let queue = TaskQueue::unbounded().dead_letter(letters.clone());
/// queue.push("no number").unwrap();
/// queue.pop_task().unwrap().fail("not a number");
///
/// let letter = letters.pop().unwrap();
/// assert_eq!((letter.item, letter.attempts), ("no number", 1));
/// assert_eq!(letter.reason.to_string(), "not a number");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct DeadLetter<T> {
    /// The item.
    pub item: T,
    /// Why the last attempt failed.
    pub reason: Reason,
    /// How often it was tried.
    pub attempts: usize,
}

/// Why an attempt failed.
///
/// ```
/// use rungs::queue::{Queue, Reason, TaskQueue};
///
/// let letters = Queue::unbounded();
/// let queue = TaskQueue::unbounded().dead_letter(letters.clone());
/// queue.push(7).unwrap();
/// let task = queue.pop_task().unwrap();
/// let thread = std::thread::spawn(move || panic!("cannot handle {}", *task));
/// assert!(thread.join().is_err());
/// assert!(matches!(letters.pop().unwrap().reason, Reason::Panicked));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Reason {
    /// It panicked: the thread unwound with the [`Task`](super::Task) in its hands.
    Panicked,
    /// It was to be tried again ([`Task::retry`](super::Task::retry)), and there were no attempts
    /// left.
    Exhausted,
    /// It said so ([`Task::fail`](super::Task::fail), [`Task::reject`](super::Task::reject)).
    Failed(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked => f.write_str("panicked"),
            Self::Exhausted => f.write_str("no attempts left"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}
