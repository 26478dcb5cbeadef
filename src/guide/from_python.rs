//! From Python: what `threading`, `queue`, `multiprocessing`, `concurrent.futures`, `asyncio`, gevent
//! and Twisted call it, and what it is called here.
//!
//! Under each heading stand a table and a program. The program has the Python line as a comment, then
//! the line of Rust, then an assertion. Three habits first:
//!
//! * `with lock:` is a guard: the lock is let go where the guard goes out of scope.
//! * A timeout is a form of its own (`pop_timeout`, `lock_timeout`), and so is not waiting (`try_pop`,
//!   `try_lock`). What raises in Python gives a `Result` or an `Option` here.
//! * `await x()` is `x_async().await`, on the very object on which threads call `x()`.
//!
//! # `threading`: threads
//!
//! | Python | here |
//! |---|---|
//! | `Thread(target=f).start()`, `join()` | `std::thread::spawn`, `join` |
//! | several threads, all joined | `std::thread::scope`; or jobs of a [`scope`](crate::executor::scope()) |
//! | `Thread.join(timeout)` | [`TaskFuture::result_timeout`](crate::future::TaskFuture::result_timeout) of a job |
//! | `Timer(5, f)` | [`schedule_after`](crate::executor::Handle::schedule_after) |
//! | `threading.local()` | `thread_local!`; in a pool, [`Builder::state`](crate::pool::Builder::state) |
//! | `daemon=True` | every thread is one: the process ends with `main`. What a pool accepted is waited for when it is dropped, unless it is [detached](crate::executor::ThreadPoolExecutor::detach) |
//! | `threading.excepthook` | [`on_panic`](crate::executor::Builder::on_panic) of a pool |
//! | `sys.setswitchinterval`, the GIL | none |
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use std::thread;
//! use std::time::Duration;
//!
//! // t = Thread(target=work); t.start(); t.join()
//! let t = thread::spawn(|| 6 * 7);
//! assert_eq!(t.join().unwrap(), 42);
//!
//! // for t in threads: t.start() … for t in threads: t.join()
//! let mut squares = [1, 2, 3];
//! thread::scope(|s| {
//!     for n in &mut squares {
//!         s.spawn(|| *n *= *n);
//!     }
//! });
//! assert_eq!(squares, [1, 4, 9]);
//!
//! // t.join(timeout=60)
//! let pool = ThreadPoolExecutor::new(2);
//! let t = pool.submit(|| 6 * 7);
//! assert_eq!(t.result_timeout(Duration::from_secs(60)).unwrap().unwrap(), 42);
//!
//! // Timer(0.001, work).start()
//! let timer = pool.schedule_after(Duration::from_millis(1), || 6 * 7);
//! assert_eq!(timer.result().unwrap(), 42);
//! ```
//!
//! # `threading`: locks and synchronizers
//!
//! | Python | here | to note |
//! |---|---|---|
//! | `Lock()` beside the data | [`Mutex`](crate::sync::Mutex) around the data | only the thread that locked it unlocks it |
//! | `Lock()` that another thread releases | [`Semaphore::new(1)`](crate::sync::Semaphore::new) | [`forget`](crate::sync::PermitOf::forget) the permit, [`add_permits`](crate::sync::Semaphore::add_permits) |
//! | `RLock()` | [`ReentrantMutex`](crate::sync::ReentrantMutex) | gives `&T`: put a `Cell` or `RefCell` in it |
//! | `Condition()` | [`Condvar`](crate::sync::Condvar) | `wait_for(p)` waits *until*, [`wait_while`](crate::sync::Condvar::wait_while) *while* |
//! | `Semaphore(n)` | [`Semaphore`](crate::sync::Semaphore) | the permit gives itself back |
//! | `BoundedSemaphore(n)` | [`Semaphore::bounded`](crate::sync::Semaphore::bounded) | |
//! | `Event()` | [`Event`](crate::sync::Event) | `clear` is [`reset`](crate::sync::Event::reset) |
//! | `Barrier(n, action)` | [`Barrier::with_action`](crate::sync::Barrier::with_action) | |
//! | `functools.cache` of a function without arguments | [`Lazy`](crate::sync::Lazy), [`OnceCell`](crate::sync::OnceCell) | made once, also where threads race |
//!
//! ```
//! use rungs::sync::{Barrier, Condvar, Event, Lazy, Mutex, ReentrantMutex, Semaphore, TimedOut};
//! use std::cell::Cell;
//! use std::thread;
//! use std::time::Duration;
//!
//! // with lock: count += 1
//! let count = Mutex::new(0);
//! *count.lock() += 1;
//! assert_eq!(*count.lock(), 1);
//!
//! // lock.acquire(blocking=False)
//! let held = count.lock();
//! assert!(count.try_lock().is_none());
//!
//! // lock.acquire(timeout=0.001)
//! assert!(count.lock_timeout(Duration::from_millis(1)).is_none());
//! drop(held); // lock.release()
//!
//! // with rlock: … with rlock: …
//! let tree = ReentrantMutex::new(Cell::new(0));
//! let outer = tree.lock();
//! tree.lock().set(1);
//! assert_eq!(outer.get(), 1);
//!
//! // with cond: cond.wait_for(lambda: items)        with cond: items.append(1); cond.notify()
//! let (items, cond) = (Mutex::new(Vec::new()), Condvar::new());
//! thread::scope(|s| {
//!     s.spawn(|| {
//!         items.lock().push(1);
//!         cond.notify_one();
//!     });
//!     let mut items = items.lock();
//!     cond.wait_while(&mut items, |items| items.is_empty());
//!     assert_eq!(items.pop(), Some(1));
//! });
//!
//! // with semaphore: …
//! let semaphore = Semaphore::new(2);
//! let permit = semaphore.acquire().unwrap();
//! assert_eq!(semaphore.available(), 1);
//! drop(permit);
//!
//! // bounded.release()  # ValueError: released too many times
//! let bounded = Semaphore::bounded(2, 2);
//! assert!(bounded.add_permits(1).is_err());
//!
//! // event.wait(timeout=0.001)        event.set()        event.clear()        event.is_set()
//! let event = Event::new(false);
//! assert_eq!(event.wait_timeout(Duration::from_millis(1)), Err(TimedOut));
//! event.set();
//! event.wait();
//! event.reset();
//! assert!(!event.is_set());
//!
//! // barrier = Barrier(2)        barrier.wait() == 0  # for one of them
//! let barrier = Barrier::new(2);
//! let here = || barrier.wait().unwrap().is_leader();
//! let leaders = thread::scope(|s| [s.spawn(here), s.spawn(here)].map(|t| t.join().unwrap()));
//! assert!(leaders[0] ^ leaders[1]);
//!
//! // barrier.abort()  # BrokenBarrierError for all
//! barrier.abort();
//! assert!(barrier.wait().is_err());
//!
//! // @functools.cache
//! // def config(): return load()
//! static CONFIG: Lazy<String> = Lazy::new(|| "loaded".to_owned());
//! assert_eq!(*CONFIG, "loaded");
//! ```
//!
//! # `queue`
//!
//! | Python | here | to note |
//! |---|---|---|
//! | `Queue(maxsize=n)` | [`Queue::bounded`](crate::queue::Queue::bounded) | with `task_done` and `join`: [`TaskQueue`](crate::queue::TaskQueue) |
//! | `SimpleQueue()`, `Queue()` | [`Queue::unbounded`](crate::queue::Queue::unbounded) | |
//! | `LifoQueue()` | [`LifoQueue`](crate::queue::LifoQueue) | |
//! | `PriorityQueue()` | [`PriorityQueue`](crate::queue::PriorityQueue) | the greatest first: for the least, `Reverse` |
//! | `put`, `get` | [`push`](crate::queue::Queue::push), [`pop`](crate::queue::Queue::pop) | |
//! | `put_nowait`, `get_nowait` | [`try_push`](crate::queue::Queue::try_push), [`try_pop`](crate::queue::Queue::try_pop) | `Full` and `Empty` are variants of the error; a failed push gives the item back |
//! | `qsize()` | [`len`](crate::queue::Queue::len) | |
//! | `shutdown()`, a sentinel | [`close`](crate::queue::Queue::close) | what is in it still comes out |
//! | `shutdown(immediate=True)` | [`close_now`](crate::queue::Queue::close_now) | hands back what was in it |
//! | a loop `while True: q.get()` in n threads | [`WorkerPool`](crate::pool::WorkerPool) | |
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
//! # `concurrent.futures`
//!
//! | Python | here | to note |
//! |---|---|---|
//! | `ThreadPoolExecutor(4)` | [`ThreadPoolExecutor::new`](crate::executor::ThreadPoolExecutor::new) | dropped, it waits, as `with` does |
//! | `ProcessPoolExecutor`, `InterpreterPoolExecutor` | the same | threads compute in parallel here |
//! | `thread_name_prefix`, `initializer` | [`builder`](crate::executor::ThreadPoolExecutor::builder) | |
//! | `submit(f, x)` | [`submit`](crate::executor::Handle::submit) | a closure takes its arguments along |
//! | `future.result()`, `result(timeout)` | [`result`](crate::future::TaskFuture::result), [`result_timeout`](crate::future::TaskFuture::result_timeout) | once: the value is handed out. For several, [`shared`](crate::future::TaskFuture::shared) |
//! | `future.exception()` | the `Err` of the result | a panic is [`TaskError::Panicked`](crate::future::TaskError::Panicked); an error is best part of the value |
//! | `add_done_callback` | [`on_done`](crate::future::TaskFuture::on_done) | |
//! | `cancel`, `done`, `running`, `cancelled` | [`cancel`](crate::future::TaskFuture::cancel), [`is_done`](crate::future::TaskFuture::is_done), … | who runs already is asked to end: [`current_token`](crate::future::current_token) |
//! | `executor.map(f, xs, buffersize=8)` | [`map`](crate::executor::Handle::map), [`buffer_size`](crate::executor::Map::buffer_size) | lazy always |
//! | `wait(fs, return_when=…)` | [`wait`](crate::future::wait()) | |
//! | `as_completed(fs)` | [`as_completed`](crate::future::as_completed()) | |
//! | `shutdown(cancel_futures=True)` | [`Shutdown::CancelPending`](crate::executor::Shutdown::CancelPending) | |
//! | `Future()` of one's own | [`Promise`](crate::future::Promise) | |
//!
//! ```
//! use rungs::executor::{Shutdown, ThreadPoolExecutor};
//! use rungs::future::{Promise, ReturnWhen, TaskError, as_completed, wait};
//! use std::sync::mpsc;
//! use std::time::Duration;
//!
//! // executor = ThreadPoolExecutor(max_workers=2)
//! let executor = ThreadPoolExecutor::new(2);
//! assert_eq!(executor.workers(), 2);
//!
//! // future = executor.submit(pow, 2, 10); future.result()
//! let future = executor.submit(|| u32::pow(2, 10));
//! assert_eq!(future.result().unwrap(), 1024);
//!
//! // future.result(timeout=0.001)  # TimeoutError; the future is still good
//! let (never, future) = Promise::<u32>::new();
//! let future = future.result_timeout(Duration::from_millis(1)).unwrap_err();
//! assert!(!future.is_done());
//!
//! // future.cancel(); future.result()  # CancelledError
//! assert!(future.cancel());
//! assert!(matches!(future.result(), Err(TaskError::Cancelled)));
//! assert!(never.is_cancelled());
//!
//! // future.exception()
//! let future = executor.submit(|| panic!("no paper"));
//! let Err::<(), _>(TaskError::Panicked(payload)) = future.result() else { panic!() };
//! assert_eq!(payload.message(), "no paper");
//!
//! // future.add_done_callback(lambda f: results.put(f.result()))
//! let (results, got) = mpsc::channel();
//! let mut future = executor.submit(|| 7);
//! future.on_done(move |outcome| results.send(*outcome.as_ref().unwrap()).unwrap());
//! assert_eq!(got.recv(), Ok(7));
//!
//! // list(executor.map(len, ["one", "three"], buffersize=8))
//! let lengths = executor.map(["one", "three"], str::len).buffer_size(8);
//! assert_eq!(lengths.map(Result::unwrap).collect::<Vec<_>>(), [3, 5]);
//!
//! // done, not_done = wait(futures, return_when=ALL_COMPLETED)
//! let mut futures = vec![executor.submit(|| 1), executor.submit(|| 2)];
//! let done = wait(&mut futures, ReturnWhen::All);
//! assert_eq!((done.len(), futures.len()), (2, 0));
//!
//! // for future in as_completed(futures): …
//! let futures = [executor.submit(|| 1), executor.submit(|| 2)];
//! let sum: i32 = as_completed(futures).map(|(_index, outcome)| outcome.unwrap()).sum();
//! assert_eq!(sum, 3);
//!
//! // executor.shutdown(wait=True, cancel_futures=True)
//! executor.shutdown(Shutdown::CancelPending);
//! ```
//!
//! # `multiprocessing`
//!
//! Its point is to compute in parallel, for which threads do here: nothing is pickled, and what is
//! shared is shared. For other processes there is `std::process`; this crate has nothing for them.
//!
//! | Python | here |
//! |---|---|
//! | `Pool(4).map(f, xs)` | [`par_map`](crate::executor::par_map), or [`map`](crate::executor::Handle::map) of a pool |
//! | `imap`, `imap_unordered`, `chunksize` | [`map`](crate::executor::Handle::map), [`unordered`](crate::executor::Map::unordered), [`chunk_size`](crate::executor::Map::chunk_size) |
//! | `apply_async` | [`submit`](crate::executor::Handle::submit) |
//! | `Pool(initializer=…)` with globals | [`Builder::state`](crate::pool::Builder::state) of a [`WorkerPool`](crate::pool::WorkerPool) |
//! | `maxtasksperchild` | [`max_tasks_per_worker`](crate::pool::Builder::max_tasks_per_worker) |
//! | `JoinableQueue` | [`TaskQueue`](crate::queue::TaskQueue) |
//! | `Pipe()` | a [`Queue`](crate::queue::Queue) for each direction |
//! | `Value`, `Array`, `Manager().dict()` | a [`Mutex`](crate::sync::Mutex) around the value; the atomics of `std` |
//! | `Process`, `fork`, `shared_memory` | none |
//!
//! ```
//! use rungs::executor::{ThreadPoolExecutor, par_map};
//! use rungs::pool::WorkerPool;
//! use rungs::queue::Queue;
//! use rungs::sync::Mutex;
//! use std::collections::HashMap;
//!
//! // Pool(4).map(square, [1, 2, 3])
//! assert_eq!(par_map(&[1, 2, 3], |n| n * n), [1, 4, 9]);
//!
//! // sum(pool.imap_unordered(square, range(100), chunksize=10))
//! let pool = ThreadPoolExecutor::new(2);
//! let squares = pool.map(0..100, |n: u32| n * n).unordered().chunk_size(10);
//! assert_eq!(squares.map(Result::unwrap).sum::<u32>(), 328_350);
//!
//! // pool.apply_async(square, (3,)).get()
//! assert_eq!(pool.submit(|| 3 * 3).result().unwrap(), 9);
//!
//! // Pool(2, initializer=connect)  # each worker its own connection
//! let (jobs, results) = (Queue::bounded(8), Queue::unbounded());
//! let out = results.clone();
//! let workers = WorkerPool::builder()
//!     .workers(2)
//!     .max_tasks_per_worker(100)
//!     .state(|worker| format!("connection {worker}"))
//!     .build(jobs, move |connection, n: usize| out.push((connection.clone(), n)).unwrap())
//!     .unwrap();
//! workers.queue().push(7).unwrap();
//! workers.join(); // pool.close(); pool.join()
//! let (connection, n) = results.pop().unwrap();
//! assert!(connection.starts_with("connection") && n == 7);
//!
//! // counts = Manager().dict(); counts["a"] = counts.get("a", 0) + 1  # a race, in Python
//! let counts = Mutex::new(HashMap::new());
//! *counts.lock().entry("a").or_insert(0) += 1;
//! assert_eq!(counts.lock()["a"], 1);
//! ```
//!
//! # `asyncio`: tasks
//!
//! Two executors take the place of the event loop: a
//! [`LocalExecutor`](crate::task::LocalExecutor) runs tasks in one thread, as `asyncio` does, and a
//! [`ThreadPoolExecutor`](crate::executor::ThreadPoolExecutor) in several. A coroutine that nobody
//! awaits does nothing, here as there.
//!
//! | Python | here | to note |
//! |---|---|---|
//! | `async def`, `await x` | `async fn`, `x.await` | |
//! | `asyncio.run(main())` | [`block_on`](crate::task::block_on), or [`LocalExecutor::block_on`](crate::task::LocalExecutor::block_on) where `main` starts tasks | |
//! | `create_task(c)` | [`spawn`](crate::task::LocalHandle::spawn), [of a pool](crate::executor::Handle::spawn) | dropped, it is detached, and runs all the same |
//! | `asyncio.get_running_loop()` | [`LocalHandle::current`](crate::task::LocalHandle::current) | |
//! | `task.cancel()` | [`cancel`](crate::future::TaskFuture::cancel) | the future is dropped at its `.await`; nothing is thrown in it |
//! | `finally` | destructors | these do not await |
//! | `except CancelledError: await goodbye(); raise` | [`cancellable`](crate::task::cancellable) for what may be cancelled, [`with_grace`](crate::task::with_grace) around it; [`with_cleanup`](crate::task::with_cleanup) for what may be dropped | the time that the clean-up has is bounded |
//! | `asyncio.shield(c)` | [`shield`](crate::task::shield) | |
//! | `task.set_name`, `current_task().get_name()` | [`named`](crate::task::named), [`current_name`](crate::task::current_name) | |
//! | `loop.call_soon`, `call_later`, `call_at` | [`call_soon`](crate::task::LocalHandle::call_soon), [`call_later`](crate::task::LocalHandle::call_later), [`call_at`](crate::task::LocalHandle::call_at) | |
//! | `loop.run_forever`, `loop.stop` | [`run`](crate::task::LocalExecutor::run), [`stop`](crate::task::LocalHandle::stop) | `run` ends where no task is left, too |
//! | `loop.create_future()` | [`Promise`](crate::future::Promise) | |
//! | `async for` | a `Stream` | there are no asynchronous generators |
//! | `contextvars` | none: arguments | |
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::future::{Promise, TaskError};
//! use rungs::sync::{CancelToken, Cancelled, Event};
//! use rungs::task::{LocalExecutor, LocalHandle, block_on, current_name};
//! use rungs::task::{cancellable, shield, sleep, with_grace};
//! use std::{cell::Cell, rc::Rc, sync::Arc, time::Duration};
//!
//! // async def answer(): return 42
//! async fn answer() -> u32 {
//!     42
//! }
//!
//! // asyncio.run(answer())
//! assert_eq!(block_on(answer()), 42);
//!
//! // async def by_task(): task = asyncio.create_task(answer()); return await task
//! async fn by_task() -> u32 {
//!     let task = LocalHandle::current().unwrap().spawn(answer());
//!     task.await.unwrap()
//! }
//! let local = LocalExecutor::new();
//! assert_eq!(local.block_on(by_task()), 42);
//!
//! // task.cancel(); await task  # CancelledError
//! let task = local.spawn(std::future::pending::<()>());
//! task.cancel();
//! assert!(matches!(local.block_on(task), Err(TaskError::Cancelled)));
//!
//! // try: await work() except CancelledError: await goodbye(); raise
//! let (token, grace) = (CancelToken::new(), Duration::from_secs(60));
//! let body = async {
//!     let worked = cancellable(&token, std::future::pending::<()>()).await;
//!     sleep(Duration::from_millis(1)).await; // the goodbye
//!     worked
//! };
//! local.call_soon({
//!     let token = token.clone();
//!     move || _ = token.cancel()
//! });
//! assert_eq!(local.block_on(with_grace(&token, grace, body)), Ok(Err(Cancelled)));
//!
//! // await asyncio.shield(save())  # goes on where the one that awaits is cancelled
//! let (pool, saved) = (ThreadPoolExecutor::new(1), Arc::new(Event::new(false)));
//! let save = saved.clone();
//! drop(shield(&pool, async move { save.set() }));
//! saved.wait();
//!
//! // asyncio.create_task(upload(), name="upload"); asyncio.current_task().get_name()
//! let task = local.spawn_named("upload", async { current_name() });
//! assert_eq!(local.block_on(task).unwrap().as_deref(), Some("upload"));
//!
//! // loop.call_later(0.001, count); loop.call_soon(count); loop.run_forever()
//! let count = Rc::new(Cell::new(0));
//! let [soon, later] = [count.clone(), count.clone()];
//! local.call_later(Duration::from_millis(1), move || later.set(later.get() + 1));
//! local.call_soon(move || soon.set(soon.get() + 1));
//! local.run();
//! assert_eq!(count.get(), 2);
//!
//! // future = loop.create_future(); loop.call_soon(future.set_result, 7); await future
//! let (promise, future) = Promise::new();
//! local.call_soon(move || promise.set_result(7).unwrap());
//! assert_eq!(local.block_on(future).unwrap(), 7);
//! ```
//!
//! # `asyncio`: several at once
//!
//! | Python | here | to note |
//! |---|---|---|
//! | `gather(a(), b())` | [`join`](crate::task::join()), [`join_all`](crate::task::join_all), [`try_join_all`](crate::task::try_join_all) | inside one task: they may borrow |
//! | `gather(*tasks)` | [`gather`](crate::task::gather()) | the first failure cancels the others |
//! | `TaskGroup()` | [`TaskGroup`](crate::task::TaskGroup) | of a pool |
//! | `asyncio.wait(tasks, return_when=…)` | [`wait_async`](crate::task::wait_async) | |
//! | `asyncio.as_completed(tasks)` | [`as_completed`](crate::task::as_completed()) and [`next_async`](crate::future::AsCompleted::next_async) | |
//! | the first of several coroutines | [`first`](crate::task::first) | the others are dropped |
//! | the first of several tasks | [`race`](crate::task::race), [`select_ok`](crate::task::select_ok) | the losers are cancelled |
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::task::{GroupError, ReturnWhen, TaskGroup};
//! use rungs::task::{as_completed, block_on, first, gather, join, join_all, race, wait_async};
//! use std::future::{pending, ready};
//!
//! let pool = ThreadPoolExecutor::new(2);
//! let square = |n: u32| pool.spawn(async move { n * n });
//!
//! // await asyncio.gather(length(word), shout(word))
//! let word = String::from("paper");
//! let (length, loud) = block_on(join((async { word.len() }, async { word.to_uppercase() })));
//! assert_eq!((length, loud.as_str()), (5, "PAPER"));
//!
//! // await asyncio.gather(*(length(word) for word in words))
//! let words = ["no", "paper"];
//! let lengths = join_all(words.iter().map(|word| async { word.len() }));
//! assert_eq!(block_on(lengths), [2, 5]);
//!
//! // await asyncio.gather(*[asyncio.create_task(square(n)) for n in (2, 3)])
//! assert_eq!(block_on(gather([square(2), square(3)])).unwrap(), [4, 9]);
//!
//! // done, pending = await asyncio.wait(tasks, return_when=FIRST_COMPLETED)
//! let mut tasks = vec![square(2), pool.spawn(pending())];
//! let done = block_on(wait_async(&mut tasks, ReturnWhen::FirstCompleted));
//! assert_eq!((done.len(), tasks.len()), (1, 1));
//!
//! // async for task in asyncio.as_completed(tasks): total += await task
//! let total = block_on(async {
//!     let (mut done, mut total) = (as_completed([square(2), square(3)]), 0);
//!     while let Some((_index, outcome)) = done.next_async().await {
//!         total += outcome.unwrap();
//!     }
//!     total
//! });
//! assert_eq!(total, 13);
//!
//! // async with asyncio.TaskGroup() as tg: tg.create_task(works()); tg.create_task(fails())
//! let tg = TaskGroup::new(&pool.handle());
//! tg.spawn(pending()); // cancelled when the other one fails
//! tg.spawn(async { Err("no paper") });
//! assert!(matches!(block_on(tg.join_async()), Err(GroupError::Failed("no paper"))));
//!
//! // done, _ = await asyncio.wait(tasks, return_when=FIRST_COMPLETED); done.pop().result()
//! assert_eq!(block_on(race([pool.spawn(pending()), square(3)])).unwrap(), 9);
//!
//! // the same of coroutines
//! assert_eq!(block_on(first([ready(1), ready(2)])), Some(1));
//! ```
//!
//! # `asyncio`: time
//!
//! | Python | here | to note |
//! |---|---|---|
//! | `asyncio.sleep(s)` | [`sleep`](crate::task::sleep) | |
//! | `asyncio.sleep(0)` | [`yield_now`](crate::task::yield_now) | |
//! | `async with asyncio.timeout(s):`, `wait_for(c, s)` | [`timeout`](crate::task::timeout) | |
//! | `asyncio.timeout_at(when)` | [`deadline`](crate::task::deadline) | |
//! | `while True: …; await asyncio.sleep(s)` | [`interval`](crate::task::interval) | which does not drift |
//!
//! ```
//! use rungs::sync::TimedOut;
//! use rungs::task::{block_on, deadline, interval, sleep, timeout, yield_now};
//! use std::future::pending;
//! use std::time::{Duration, Instant};
//!
//! let (began, ms) = (Instant::now(), Duration::from_millis(1));
//! block_on(async {
//!     // await asyncio.sleep(0.001)
//!     sleep(ms).await;
//!     assert!(began.elapsed() >= ms);
//!
//!     // await asyncio.sleep(0)
//!     yield_now().await;
//!
//!     // async with asyncio.timeout(0.001): await forever()  # TimeoutError
//!     assert_eq!(timeout(ms, pending::<()>()).await, Err(TimedOut));
//!
//!     // await asyncio.wait_for(answer(), 60)
//!     assert_eq!(timeout(60_000 * ms, async { 42 }).await, Ok(42));
//!
//!     // async with asyncio.timeout_at(now): …
//!     assert_eq!(deadline(began, pending::<()>()).await, Err(TimedOut));
//!
//!     // while True: await asyncio.sleep(0.001); …
//!     let mut ticks = interval(ms);
//!     let first = ticks.tick().await;
//!     assert!(ticks.tick().await >= first + ms); // on the grid: the next that is not missed
//! });
//! ```
//!
//! # `asyncio`: locks, queues and threads
//!
//! One object serves tasks and threads: there is no second set of classes, and nothing that is not
//! thread-safe.
//!
//! | Python | here | to note |
//! |---|---|---|
//! | `asyncio.Lock` | [`AsyncMutex`](crate::sync::AsyncMutex) | a [`Mutex`](crate::sync::Mutex) where no `.await` comes under it |
//! | `asyncio.Condition` | [`AsyncCondvar`](crate::sync::AsyncCondvar) | |
//! | `asyncio.Event`, `Semaphore`, `Barrier` | [`Event`](crate::sync::Event), [`Semaphore`](crate::sync::Semaphore), [`Barrier`](crate::sync::Barrier) | the forms with `_async` |
//! | `asyncio.Queue` | [`Queue`](crate::queue::Queue); with `join`, [`TaskQueue`](crate::queue::TaskQueue) | |
//! | `to_thread(f)` | [`to_thread`](crate::task::to_thread); inside a pool, [`blocking`](crate::task::blocking) | |
//! | `loop.run_in_executor(pool, f)` | [`submit`](crate::executor::Handle::submit), awaited | |
//! | `run_coroutine_threadsafe(c, loop)` | [`spawn`](crate::executor::Handle::spawn) from any thread | |
//! | `loop.call_soon_threadsafe(f)` | [`remote`](crate::task::LocalHandle::remote) | |
//! | `asyncio.wrap_future(f)` | nothing to do: a [`TaskFuture`](crate::future::TaskFuture) is awaited or blocked on | |
//! | `open_connection`, `start_server`, `StreamReader` | `rungs::net`, with the feature `net` | |
//! | `aiohttp` | `rungs::net::hyper`, with the feature `hyper` | |
//! | subprocesses, signals, files | none; futures of other crates run under these executors, if they bring what they wait by | |
//!
//! ```
//! use rungs::executor::{ExecutorExt, ThreadPoolExecutor};
//! use rungs::queue::Queue;
//! use rungs::sync::{AsyncMutex, Event};
//! use rungs::task::{LocalExecutor, LocalHandle, block_on, to_thread};
//! use std::{future::pending, thread};
//!
//! // async with lock: count += 1
//! let count = AsyncMutex::new(0);
//! block_on(async { *count.lock_async().await += 1 });
//! assert_eq!(*count.lock(), 1); // the same lock, by a thread
//!
//! // await queue.put(1); await queue.get()
//! let queue = Queue::bounded(1);
//! block_on(async {
//!     queue.push_async(1).await.unwrap();
//!     assert_eq!(queue.pop_async().await, Ok(1));
//! });
//!
//! // await event.wait()        loop.call_soon_threadsafe(event.set)
//! let event = Event::new(false);
//! thread::scope(|s| {
//!     s.spawn(|| event.set());
//!     block_on(event.wait_async());
//! });
//! assert!(event.is_set());
//!
//! // await asyncio.to_thread(read)
//! assert_eq!(block_on(to_thread(|| "text")).unwrap(), "text");
//!
//! // await loop.run_in_executor(pool, read)
//! let pool = ThreadPoolExecutor::new(1);
//! assert_eq!(block_on(pool.submit(|| "text")).unwrap(), "text");
//!
//! // asyncio.run_coroutine_threadsafe(answer(), loop).result()
//! assert_eq!(pool.spawn(async { 42 }).result().unwrap(), 42);
//!
//! // loop.call_soon_threadsafe(loop.stop)
//! let local = LocalExecutor::new();
//! let remote = local.remote();
//! let stop = || LocalHandle::current().unwrap().stop();
//! let thread = thread::spawn(move || remote.execute(stop).unwrap());
//! assert!(local.run_until_complete(pending::<()>()).is_err()); // stopped
//! thread.join().unwrap();
//! ```
//!
//! # gevent
//!
//! A greenlet switches wherever something waits; a task does so at an `.await`. There is no
//! `monkey.patch_all()`: what blocks, blocks the thread.
//!
//! | gevent | here |
//! |---|---|
//! | `gevent.spawn(f)` | [`spawn`](crate::executor::Handle::spawn) of a future, [of one thread](crate::task::LocalHandle::spawn) |
//! | `joinall(gs)` | [`gather`](crate::task::gather()), [`wait`](crate::task::wait()) |
//! | `g.get(timeout=s)`, `g.kill()`, `g.link(f)` | [`result_timeout`](crate::future::TaskFuture::result_timeout), [`cancel`](crate::future::TaskFuture::cancel), [`on_done`](crate::future::TaskFuture::on_done) |
//! | `gevent.sleep(s)`, `gevent.Timeout` | [`sleep`](crate::task::sleep), [`timeout`](crate::task::timeout) |
//! | `pool.Pool(10)` | a [`Semaphore`](crate::sync::Semaphore) that the tasks acquire |
//! | `event.AsyncResult` | [`Promise`](crate::future::Promise) and [`shared`](crate::future::TaskFuture::shared) |
//! | `queue.Queue`, `queue.Channel` | [`Queue::bounded`](crate::queue::Queue::bounded), [`Queue::rendezvous`](crate::queue::Queue::rendezvous) |
//! | `get_hub().threadpool.apply(f)` | [`submit`](crate::executor::Handle::submit) to a pool |
//! | `gevent.socket`, `StreamServer` | `rungs::net`, with the feature `net` |
//! | `monkey.patch_all()` | none |
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::future::{Promise, TaskError};
//! use rungs::queue::Queue;
//! use rungs::sync::Semaphore;
//! use rungs::task::{block_on, gather};
//! use std::sync::{Arc, mpsc};
//!
//! // gs = [gevent.spawn(square, n) for n in (2, 3)]; gevent.joinall(gs)
//! let pool = ThreadPoolExecutor::new(1);
//! let gs = [2, 3].map(|n: u32| pool.spawn(async move { n * n }));
//! assert_eq!(gather(gs).result().unwrap(), [4, 9]);
//!
//! // g.link(lambda g: results.put(g.value))        g.kill(); g.get()
//! let (results, ended) = mpsc::channel();
//! let mut g = pool.spawn(std::future::pending::<u32>());
//! g.on_done(move |outcome| results.send(outcome.is_err()).unwrap());
//! g.cancel();
//! assert_eq!(ended.recv(), Ok(true));
//! assert!(matches!(g.result(), Err(TaskError::Cancelled)));
//!
//! // p = pool.Pool(2); p.map(square, range(10))
//! let two = Arc::new(Semaphore::new(2));
//! let squares = (0..10).map(|n: u32| {
//!     let two = two.clone();
//!     pool.spawn(async move {
//!         let _permit = two.acquire_async().await.unwrap();
//!         n * n
//!     })
//! });
//! let squares = gather(squares.collect::<Vec<_>>()).result().unwrap();
//! assert_eq!(squares.iter().sum::<u32>(), 285);
//!
//! // a = AsyncResult(); a.set(7); a.get(); a.get()
//! let (a, result) = Promise::new();
//! let result = result.shared();
//! a.set_result(7).unwrap();
//! assert_eq!(*result.result().unwrap() + *result.result().unwrap(), 14);
//!
//! // c = Channel(); gevent.spawn(c.put, 7); c.get()
//! let c = Queue::rendezvous();
//! let put = c.clone();
//! let g = pool.spawn(async move { put.push_async(7).await });
//! assert_eq!(block_on(c.pop_async()), Ok(7));
//! g.result().unwrap().unwrap();
//! ```
//!
//! # Twisted
//!
//! | Twisted | here | to note |
//! |---|---|---|
//! | `Deferred()`, `callback(v)` | [`Promise`](crate::future::Promise), [`set_result`](crate::future::Promise::set_result) | two ends: who fires it, and who waits |
//! | `errback(failure)` | a `Result` as the value; [`set_error`](crate::future::Promise::set_error) for the errors of tasks | |
//! | `addCallback(f)` | [`map`](crate::future::TaskFuture::map); where `f` gives a Deferred, [`and_then`](crate::future::TaskFuture::and_then) | gives another future, and takes this one |
//! | `addErrback(f)` | [`catch`](crate::future::TaskFuture::catch) | |
//! | `addBoth(f)` | [`on_done`](crate::future::TaskFuture::on_done) | |
//! | `gatherResults`, `DeferredList` | [`gather`](crate::future::gather()), [`wait`](crate::future::wait()) | |
//! | `DeferredList(fireOnOneCallback=True)` | [`select_ok`](crate::future::select_ok) | |
//! | `d.cancel()`, `d.addTimeout(s)` | [`cancel`](crate::future::TaskFuture::cancel), [`with_timeout`](crate::future::TaskFuture::with_timeout) | the other end learns of it: [`on_cancel`](crate::future::Promise::on_cancel) |
//! | `@inlineCallbacks`, `yield d` | `async`, `.await` | |
//! | `deferToThread(f)` | [`submit`](crate::executor::Handle::submit) | |
//! | `reactor.callLater`, `LoopingCall` | [`schedule_after`](crate::executor::Handle::schedule_after), [`schedule_every`](crate::executor::Handle::schedule_every) | |
//! | `reactor.callFromThread(f)` | [`remote`](crate::task::LocalHandle::remote), an actor's [`post`](crate::actor::Addr::post) | |
//! | `DeferredLock`, `DeferredSemaphore`, `DeferredQueue` | [`AsyncMutex`](crate::sync::AsyncMutex), [`Semaphore`](crate::sync::Semaphore), [`Queue`](crate::queue::Queue) | |
//! | `task.Clock` | [`TestClock`](crate::actor::TestClock), for timers of actors | |
//! | `reactor.listenTCP`, `connectTCP` | `rungs::net`, with the feature `net` | streams; there are no protocol classes |
//!
//! ```
//! use rungs::executor::{Every, ThreadPoolExecutor};
//! use rungs::future::{Promise, TaskError, gather, select_ok};
//! use rungs::sync::Latch;
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! // d = Deferred(); d.addCallback(lambda n: n + 1); d.callback(6)
//! let (d, future) = Promise::new();
//! let seven = future.map(|n: u32| n + 1);
//! d.set_result(6).unwrap();
//! assert_eq!(seven.result().unwrap(), 7);
//!
//! // d.addCallback(lambda n: deferToThread(double, n))
//! let pool = ThreadPoolExecutor::new(1);
//! let handle = pool.handle();
//! let doubled = pool.submit(|| 21).and_then(move |n| handle.submit(move || n * 2));
//! assert_eq!(doubled.result().unwrap(), 42);
//!
//! // d.addErrback(lambda failure: 0)
//! let failed = pool.submit(|| -> u32 { panic!("no paper") });
//! assert_eq!(failed.catch(|_failure| Ok(0)).result().unwrap(), 0);
//!
//! // d.errback(NoPaper()); d.addCallbacks(…, …)  # an error of one's own: part of the value
//! let (d, future) = Promise::<Result<u32, &str>>::new();
//! d.set_result(Err("no paper")).unwrap();
//! assert_eq!(future.map(|value| value.unwrap_or(0)).result().unwrap(), 0);
//!
//! // gatherResults([a, b])
//! let both = gather([pool.submit(|| 1), pool.submit(|| 2)]);
//! assert_eq!(both.result().unwrap(), [1, 2]);
//!
//! // DeferredList([a, b], fireOnOneCallback=True)
//! let any = select_ok([pool.submit(|| panic!("no paper")), pool.submit(|| 2)]);
//! assert_eq!(any.result().unwrap(), 2);
//!
//! // d.addTimeout(0.001, reactor)  # and its canceller is called
//! let (d, future) = Promise::<u32>::new();
//! let late = future.with_timeout(Duration::from_millis(1));
//! assert!(matches!(late.result(), Err(TaskError::TimedOut)));
//! assert!(d.is_cancelled());
//!
//! // LoopingCall(f).start(0.001)
//! let thrice = Arc::new(Latch::new(3));
//! let latch = thrice.clone();
//! let every = Every::rate(Duration::from_millis(1)).first_after(Duration::ZERO);
//! let looping = pool.schedule_every(every, move || {
//!     if latch.count() > 0 {
//!         latch.count_down();
//!     }
//! });
//! thrice.wait();
//! looping.cancel();
//! assert!(matches!(looping.result(), Err(TaskError::Cancelled)));
//! ```
