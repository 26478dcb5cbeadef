//! From `queue`: queues of all kinds, and those who take from them.
//!
//! # `queue`
//!
//! | Python | here | to note |
//! |---|---|---|
//! | `Queue(maxsize=n)` | [`Queue::bounded`](crate::queue::Queue::bounded) | |
//! | `SimpleQueue()`, `Queue()` | [`Queue::unbounded`](crate::queue::Queue::unbounded) | |
//! | `LifoQueue()` | [`LifoQueue`](crate::queue::LifoQueue) | |
//! | `PriorityQueue()` | [`PriorityQueue`](crate::queue::PriorityQueue) | the greatest first: for the least, `Reverse` |
//! | `put`, `get` | [`push`](crate::queue::Queue::push), [`pop`](crate::queue::Queue::pop) | |
//! | `put_nowait`, `get_nowait` | [`try_push`](crate::queue::Queue::try_push), [`try_pop`](crate::queue::Queue::try_pop) | `Full` and `Empty` are variants of the error; a failed push gives the item back |
//! | `put(x, timeout=s)`, `get(timeout=s)` | [`push_timeout`](crate::queue::Queue::push_timeout), [`pop_timeout`](crate::queue::Queue::pop_timeout) | |
//! | `qsize()`, `empty()`, `full()` | [`len`](crate::queue::Queue::len), [`is_empty`](crate::queue::Queue::is_empty), [`is_full`](crate::queue::Queue::is_full) | true a moment ago |
//! | `task_done()`, `join()` | [`done`](crate::queue::Task::done), [`join`](crate::queue::TaskQueue::join) of a [`TaskQueue`](crate::queue::TaskQueue) | a task that is dropped counts as done, too |
//! | `shutdown()`, a sentinel | [`close`](crate::queue::Queue::close) | what is in it still comes out |
//! | `shutdown(immediate=True)` | [`close_now`](crate::queue::Queue::close_now) | hands back what was in it |
//! | `while True: item = q.get()` in threads | [`WorkerPool`](crate::pool::WorkerPool) | |
//!
//! ```
//! use rungs::queue::{LifoQueue, PriorityQueue, Queue, TaskQueue, TryPopError, TryPushError};
//! use std::cmp::Reverse;
//! use std::thread;
//!
//! // q = Queue(maxsize=1); q.put('a')
//! let q = Queue::bounded(1);
//! q.push('a').unwrap();
//! assert_eq!(q.len(), 1);
//!
//! // q.put_nowait('b')  # queue.Full
//! assert!(matches!(q.try_push('b'), Err(TryPushError::Full('b'))));
//!
//! // q.get()        q.get_nowait()  # queue.Empty
//! assert_eq!(q.pop(), Ok('a'));
//! assert_eq!(q.try_pop(), Err(TryPopError::Empty));
//!
//! // q.put('z'); q.shutdown(); q.get(); q.get()  # queue.ShutDown
//! q.push('z').unwrap();
//! q.close();
//! assert_eq!(q.pop(), Ok('z'));
//! assert!(q.pop().is_err());
//!
//! // q = LifoQueue()
//! let q = LifoQueue::unbounded();
//! q.push(1).unwrap();
//! q.push(2).unwrap();
//! assert_eq!(q.pop(), Ok(2));
//!
//! // q = PriorityQueue(); q.put((2, 'later')); q.put((1, 'now')); q.get()
//! let q = PriorityQueue::unbounded();
//! q.push(Reverse(2), "later").unwrap();
//! q.push(Reverse(1), "now").unwrap();
//! assert_eq!(q.pop(), Ok("now"));
//!
//! // item = q.get(); …; q.task_done()        q.join()
//! let q = TaskQueue::unbounded();
//! q.push(1).unwrap();
//! thread::scope(|s| {
//!     s.spawn(|| q.pop_task().unwrap().done());
//!     q.join();
//! });
//! assert_eq!(q.unfinished(), 0);
//! ```
//!
//! ```
//! use rungs::pool::WorkerPool;
//! use rungs::queue::{PopTimeoutError, PushTimeoutError, Queue};
//! use std::time::Duration;
//!
//! // q = SimpleQueue(); q.put(1); q.put(2); q.qsize() == 2
//! let q = Queue::unbounded();
//! q.push(1).unwrap();
//! q.push(2).unwrap();
//! assert_eq!(q.len(), 2);
//!
//! // q.shutdown(immediate=True)
//! assert_eq!(q.close_now(), [1, 2]);
//!
//! // q = Queue(maxsize=1); q.get(timeout=0.001); q.put(1); q.put(2, timeout=0.001)
//! let (q, ms) = (Queue::bounded(1), Duration::from_millis(1));
//! assert_eq!(q.pop_timeout(ms), Err(PopTimeoutError::TimedOut));
//! q.push(1).unwrap();
//! assert_eq!(q.push_timeout(2, ms), Err(PushTimeoutError::TimedOut(2)));
//!
//! // q.full() and not q.empty()
//! assert!(q.is_full() && !q.is_empty());
//!
//! // while True: item = q.get(); results.put(item * item)  # in each of 4 threads
//! let results = Queue::unbounded();
//! let to = results.clone();
//! let workers = WorkerPool::new(4, Queue::bounded(8), move |n: u32| to.push(n * n).unwrap());
//! let workers = workers.unwrap();
//! (1..=3).for_each(|n| workers.queue().push(n).unwrap());
//! workers.join();
//! assert_eq!(results.try_iter().sum::<u32>(), 14);
//! ```
