//! Which rung, and which type: questions, answers, and what each answer costs.
//!
//! The [ladder](crate) has four rungs. If two would do, take the higher one for less to get wrong,
//! and the lower one for less between you and the machine.
//!
//! The costs are those that the pages of the types promise. Whoever wants figures measures them, on
//! the machine that matters:
//!
//! ```text
//! cargo test --test allocations                    # what does not allocate
//! cd benches && cargo run --release                # everything, beside its peers
//! cd benches && cargo run --release -- semaphore   # the cases with that in their name
//! ci/zero-cost                                     # Mutex against parking_lot's, in machine code
//! ```
//!
//! # Threads of your own share something (rung 1)
//!
//! | question | type | cost |
//! |---|---|---|
//! | One at a time may touch it, briefly, threads only? | [`Mutex`](crate::sync::Mutex) | that of `parking_lot`'s, which it is |
//! | The same, and the guard is held over an `.await`? | [`AsyncMutex`](crate::sync::AsyncMutex) | an atomic operation to lock and one to unlock while nobody waits |
//! | Many read, few write? | [`RwLock`](crate::sync::RwLock), [`AsyncRwLock`](crate::sync::AsyncRwLock) | a reader writes to the lock as well: it pays where reads are long |
//! | The holder calls code that locks it again? | [`ReentrantMutex`](crate::sync::ReentrantMutex) | a look at who holds it; gives `&T` only |
//! | At most *n* at a time? | [`Semaphore`](crate::sync::Semaphore) | an atomic operation each way while nobody waits |
//! | Has it happened? | [`Event`](crate::sync::Event) | to look is a load |
//! | A signal that one waiter takes with it? | [`AutoResetEvent`](crate::sync::AutoResetEvent) | an atomic operation |
//! | Have *n* things happened? | [`Latch`](crate::sync::Latch) | an atomic operation for each |
//! | Are all who take part done? | [`WaitGroup`](crate::sync::WaitGroup) | an atomic operation to come, one to go, and the count of an `Arc` |
//! | All wait for each other, round after round? | [`Barrier`](crate::sync::Barrier), [`Phaser`](crate::sync::Phaser) where parties come and go | a short lock for each arrival |
//! | Made once, at the first use? | [`Lazy`](crate::sync::Lazy), [`OnceCell`](crate::sync::OnceCell) | afterwards a load |
//! | Is the work still wanted? | [`CancelToken`](crate::sync::CancelToken) | to look is a load; a child is an allocation |
//! | Wait until the data has become such and such? | [`Condvar`](crate::sync::Condvar), [`AsyncCondvar`](crate::sync::AsyncCondvar) | the waiter looks again at each notification |
//!
//! ```
//! use rungs::sync::{Latch, Semaphore};
//! use std::thread;
//!
//! let (doors, all_out) = (Semaphore::new(2), Latch::new(5));
//! thread::scope(|s| {
//!     for _ in 0..5 {
//!         s.spawn(|| {
//!             let _permit = doors.acquire().unwrap(); // two at a time
//!             all_out.count_down();
//!         });
//!     }
//!     all_out.wait();
//! });
//! assert_eq!((doors.available(), all_out.count()), (2, 0));
//! ```
//!
//! # Items come in, and each is handled (rung 2)
//!
//! | question | type | cost |
//! |---|---|---|
//! | In order, and producers are to wait when there are too many? | [`Queue::bounded`](crate::queue::Queue::bounded) | one compare-exchange for an item, no lock while nobody waits |
//! | In order, and nobody is to wait? | [`Queue::unbounded`](crate::queue::Queue::unbounded) | the same; memory without a limit |
//! | Handed over from hand to hand? | [`Queue::rendezvous`](crate::queue::Queue::rendezvous) | a short lock, and a wait for one of the two |
//! | The newest first, the most important first, each at its time? | [`LifoQueue`](crate::queue::LifoQueue), [`PriorityQueue`](crate::queue::PriorityQueue), [`DelayQueue`](crate::queue::DelayQueue) | a short lock |
//! | From several queues? | [`select`](crate::queue::select()) | no more than to look, where an item is there; to wait, an allocation |
//! | It is to end when all producers are gone? | [`Sender`](crate::queue::Sender), [`Receiver`](crate::queue::Receiver) | a count, when an end is cloned or dropped |
//! | It is to count what is not *done*, and to try again what fails? | [`TaskQueue`](crate::queue::TaskQueue) | a short lock for each push and pop |
//! | One handler for all, on some threads? | [`WorkerPool`](crate::pool::WorkerPool) | two loads and a store for an item, beside the queue |
//!
//! ```
//! use rungs::pool::WorkerPool;
//! use rungs::queue::Queue;
//! use std::sync::atomic::{AtomicU64, Ordering};
//! use std::sync::Arc;
//!
//! let sum = Arc::new(AtomicU64::new(0));
//! let add = sum.clone();
//! let handler = move |n: u64| _ = add.fetch_add(n, Ordering::Relaxed);
//! let pool = WorkerPool::new(2, Queue::bounded(8), handler).unwrap();
//! for n in 1..=100 {
//!     pool.queue().push(n).unwrap(); // waits while eight are waiting
//! }
//! pool.join();
//! assert_eq!(sum.load(Ordering::Relaxed), 5_050);
//! ```
//!
//! # Functions are run, and their results waited for (rung 3)
//!
//! | question | type | cost |
//! |---|---|---|
//! | A function now, its result later? | [`submit`](crate::executor::Handle::submit), [`TaskFuture`](crate::future::TaskFuture) | one allocation for both |
//! | Nobody waits for it? | [`execute`](crate::executor::Handle::execute) | one allocation |
//! | It waits for other things in between? | [`spawn`](crate::executor::Handle::spawn) of a future | one allocation |
//! | The same function over many items, lazily? | [`map`](crate::executor::Handle::map) | an allocation for each item, or three for each [chunk](crate::executor::Map::chunk_size) |
//! | Over a slice, all of it? | [`par_map`](crate::executor::par_map), [`par_for_each`](crate::executor::par_for_each), [`par_reduce`](crate::executor::par_reduce) | no allocation but that of the result |
//! | Two halves of a recursion? | [`join`](crate::executor::join()) | no atomic operation where nobody is idle |
//! | Some jobs that borrow? | [`scope`](crate::executor::scope()) | an allocation for each |
//! | Some jobs that succeed together? | [`TaskGroup`](crate::executor::TaskGroup) | some allocations for each, and a short lock when it comes and when it goes |
//! | Later, or again and again? | [`schedule_after`](crate::executor::Handle::schedule_after), [`schedule_every`](crate::executor::Handle::schedule_every) | no thread waits for it |
//! | Futures that are not `Send`, all in one thread? | [`LocalExecutor`](crate::executor::LocalExecutor) | some allocations for each |
//! | A pause, a tick, a limit in time, in a task? | [`sleep`](crate::task::sleep), [`interval`](crate::task::interval), [`timeout`](crate::task::timeout) | nothing until it is first polled and has to wait; then an alarm, and one thread for those of the whole process |
//! | Several futures inside one task, which borrow? | [`join`](crate::task::join()), [`try_join`](crate::task::try_join), [`join_all`](crate::task::join_all), [`FutureSet`](crate::task::FutureSet) | no task for each; for a tuple no allocation |
//! | The result comes from elsewhere? | [`Promise`](crate::future::Promise) | one allocation |
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//!
//! let pool = ThreadPoolExecutor::new(2);
//! let length = pool.submit(|| "three".len());
//! let doubled = length.map(|n| n * 2); // a task made of a task: nobody blocks
//! assert_eq!(doubled.result().unwrap(), 10);
//! ```
//!
//! # A thing that many use and one at a time touches (rung 4)
//!
//! | question | type | cost |
//! |---|---|---|
//! | The callers are not to wait for it? | [`Addr::post`](crate::actor::Addr::post) | a compare-exchange; nothing allocated where the message is small |
//! | They want an answer? | [`Addr::call`](crate::actor::Addr::call) | and one allocation |
//! | Typed messages, a life cycle? | [`Actor`](crate::actor::Actor), [`Handler`](crate::actor::Handler) | the same |
//! | It must live on a thread of its own, or is not `Send`? | [`Builder::dedicated_thread`](crate::actor::Builder::dedicated_thread), [`start_with`](crate::actor::Builder::start_with) | a thread |
//! | It is to be started again when it panics? | [`Supervisor`](crate::actor::Supervisor) | an actor more |
//!
//! ```
//! use rungs::actor::Addr;
//!
//! let log = Addr::spawn(Vec::new());
//! log.post(|lines| lines.push("started")).unwrap(); // returns at once
//! log.post(|lines| lines.push("stopped")).unwrap();
//! let lines = log.call(|lines| lines.clone()).wait().unwrap();
//! assert_eq!(lines, ["started", "stopped"]); // those of one sender, in order
//! ```
//!
//! # Mutex or actor?
//!
//! A [`Mutex`](crate::sync::Mutex) runs the code in the thread of the caller, who waits until it is
//! his turn. An actor runs it somewhere else, and the caller need not wait. So:
//!
//! * A few fields, touched for a moment: a mutex. Nothing is cheaper.
//! * A file, a connection, a device, an object that computes: an actor. Nobody holds a lock
//!   meanwhile.
//! * Two of them at once, in one step: a mutex around both. Actors have no step over two objects.
