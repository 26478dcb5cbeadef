//! From `java.util.concurrent`: its queues.
//!
//! # Queues
//!
//! | Java | here | to note |
//! |---|---|---|
//! | `ArrayBlockingQueue(n)` | [`Queue::bounded`](crate::queue::Queue::bounded) | |
//! | `LinkedBlockingQueue`, `ConcurrentLinkedQueue` | [`Queue::unbounded`](crate::queue::Queue::unbounded) | |
//! | `SynchronousQueue`, `TransferQueue.transfer` | [`Queue::rendezvous`](crate::queue::Queue::rendezvous) | |
//! | `LinkedBlockingDeque` | [`LifoQueue`](crate::queue::LifoQueue), as a stack | no queue takes at both ends |
//! | `PriorityBlockingQueue` | [`PriorityQueue`](crate::queue::PriorityQueue) | the greatest first |
//! | `DelayQueue` | [`DelayQueue`](crate::queue::DelayQueue) | |
//! | `put`, `take` | [`push`](crate::queue::Queue::push), [`pop`](crate::queue::Queue::pop) | |
//! | `offer`, `poll` | [`try_push`](crate::queue::Queue::try_push), [`try_pop`](crate::queue::Queue::try_pop) | |
//! | `offer(x, 1, MILLISECONDS)` | [`push_timeout`](crate::queue::Queue::push_timeout) | |
//! | `poll(1, MILLISECONDS)` | [`pop_timeout`](crate::queue::Queue::pop_timeout) | |
//! | `drainTo(list, n)` | [`try_pop_many`](crate::queue::Queue::try_pop_many) | |
//! | `remainingCapacity` | [`capacity`](crate::queue::Queue::capacity) less [`len`](crate::queue::Queue::len) | |
//! | a poison pill: `put(POISON)` | [`close`](crate::queue::Queue::close) | |
//! | `while (true) { take(); … }` in threads | [`WorkerPool`](crate::pool::WorkerPool) | |
//!
//! ```
//! use rungs::queue::{DelayQueue, LifoQueue, PopTimeoutError, PriorityQueue, Queue};
//! use std::thread;
//! use std::time::{Duration, Instant};
//!
//! // q = new ArrayBlockingQueue<>(1); q.put('a');
//! let q = Queue::bounded(1);
//! q.push('a').unwrap();
//! assert!(q.is_full()); // q.remainingCapacity() == 0
//!
//! // q.offer('b') == false
//! assert_eq!(q.try_push('b').unwrap_err().into_inner(), 'b');
//!
//! // q.take();        q.poll(1, MILLISECONDS) == null
//! assert_eq!(q.pop(), Ok('a'));
//! let late = q.pop_timeout(Duration::from_millis(1));
//! assert_eq!(late, Err(PopTimeoutError::TimedOut));
//!
//! // q = new LinkedBlockingQueue<>(List.of(1, 2, 3)); q.drainTo(list, 2);  // or ConcurrentLinkedQueue
//! let q = Queue::unbounded();
//! q.push_many(&mut vec![1, 2, 3]).unwrap();
//! let mut list = Vec::new();
//! q.try_pop_many(&mut list, 2).unwrap();
//! assert_eq!(list, [1, 2]);
//!
//! // q.put(POISON);        while ((n = q.take()) != POISON) { … }
//! q.close();
//! assert_eq!(q.iter().collect::<Vec<_>>(), [3]);
//!
//! // q = new SynchronousQueue<>(); q.put(1);        TransferQueue.transfer(1)
//! let q = Queue::rendezvous();
//! thread::scope(|s| {
//!     s.spawn(|| q.push(1).unwrap());
//!     assert_eq!(q.pop(), Ok(1));
//! });
//!
//! // deque = new LinkedBlockingDeque<>(); deque.push(1); deque.push(2); deque.takeFirst()
//! let deque = LifoQueue::unbounded();
//! deque.push_many(&mut vec![1, 2]).unwrap();
//! assert_eq!(deque.pop(), Ok(2));
//!
//! // q = new PriorityBlockingQueue<>(11, reverseOrder())
//! let q = PriorityQueue::unbounded();
//! q.push(1, "soon").unwrap();
//! q.push(9, "now").unwrap();
//! assert_eq!(q.pop(), Ok("now"));
//!
//! // q = new DelayQueue<>(); q.put(due); q.take();
//! let q = DelayQueue::unbounded();
//! let due = Instant::now() + Duration::from_millis(1);
//! q.push("due", due).unwrap();
//! assert_eq!(q.pop(), Ok("due"));
//! assert!(Instant::now() >= due);
//! ```
//!
//! ```
//! use rungs::pool::WorkerPool;
//! use rungs::queue::{PushTimeoutError, Queue};
//! use std::time::Duration;
//!
//! // q.offer(1) && !q.offer(2, 1, MILLISECONDS) && q.poll() == 1 && q.poll() == null
//! let q = Queue::bounded(1);
//! assert!(q.try_push(1).is_ok());
//! let late = q.push_timeout(2, Duration::from_millis(1));
//! assert_eq!(late, Err(PushTimeoutError::TimedOut(2)));
//! assert_eq!(q.try_pop(), Ok(1));
//! assert!(q.try_pop().is_err());
//!
//! // q.remainingCapacity()
//! assert_eq!(q.capacity().unwrap() - q.len(), 1);
//!
//! // while (true) { n = q.take(); … }  // in each of two threads
//! let squares = Queue::unbounded();
//! let to = squares.clone();
//! let workers = WorkerPool::new(2, Queue::bounded(4), move |n: u32| to.push(n * n).unwrap());
//! let workers = workers.unwrap();
//! (1..=3).for_each(|n| workers.queue().push(n).unwrap());
//! workers.join();
//! assert_eq!(squares.try_iter().sum::<u32>(), 14);
//! ```
