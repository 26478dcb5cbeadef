//! From `asyncio`: tasks, several at once, time, and what tasks and threads share.
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
//! | `asyncio.run(main())` | [`block_on`](crate::task::block_on), or [`LocalExecutor::block_on`](crate::task::LocalExecutor::block_on) where it starts tasks | |
//! | `create_task(c)` | [`spawn`](crate::task::LocalHandle::spawn), [of a pool](crate::executor::Handle::spawn) | dropped, it is detached, and runs all the same |
//! | `create_task(c, name=s)` | [`spawn_named`](crate::task::LocalHandle::spawn_named); [`spawn_with`](crate::executor::Handle::spawn_with) of a pool | |
//! | `asyncio.all_tasks()` | none: [`metrics`](crate::executor::Handle::metrics) of a pool counts them, and one that does not end [names](crate::executor::Unfinished::names) them | |
//! | `asyncio.get_running_loop()` | [`LocalHandle::current`](crate::task::LocalHandle::current) | |
//! | `task.cancel()` | [`cancel`](crate::future::TaskFuture::cancel) | the future is dropped at its `.await`; nothing is thrown in it |
//! | `finally` | destructors | these do not await |
//! | `except CancelledError: await goodbye(); raise` | [`cancellable`](crate::task::cancellable) for what may be cancelled, [`with_grace`](crate::task::with_grace) around it; [`with_cleanup`](crate::task::with_cleanup) for what may be dropped | the time that the clean-up has is bounded |
//! | `asyncio.shield(c)` | [`shield`](crate::task::shield) | |
//! | `task.set_name`, `current_task().get_name()` | [`named`](crate::task::named), [`current_name`](crate::task::current_name) | |
//! | `loop.call_soon`, `call_later`, `call_at` | [`call_soon`](crate::task::LocalHandle::call_soon), [`call_later`](crate::task::LocalHandle::call_later), [`call_at`](crate::task::LocalHandle::call_at) | |
//! | `loop.run_until_complete(c)` | [`run_until_complete`](crate::task::LocalExecutor::run_until_complete) | |
//! | `loop.run_forever`, `loop.stop` | [`run`](crate::task::LocalExecutor::run), [`stop`](crate::task::LocalHandle::stop) | `run` ends where no task is left, too |
//! | `loop.create_future()` | [`Promise`](crate::future::Promise) | two ends: who fulfils it, and who awaits |
//! | `async for x in xs` | `while let` over [`pop_async`](crate::queue::Queue::pop_async), until the queue is closed | for an asynchronous generator, a task that pushes; [`stream`](crate::queue::Queue::stream) makes a `Stream` of a queue |
//! | `contextvars` | none: arguments | a task's name and token are there: [`current_name`](crate::task::current_name), [`current_token`](crate::task::current_token) |
//! | `loop.set_debug(True)` | none: a pool's [`Observer`](crate::executor::Observer) sees each poll begin and end | |
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
//! // asyncio.run(main())  # which is answer() here
//! assert_eq!(block_on(answer()), 42);
//!
//! // async def by_task():
//! //     task = asyncio.get_running_loop().create_task(answer()); return await task
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
//! ```
//! use rungs::executor::{TaskOptions, ThreadPoolExecutor};
//! use rungs::queue::Queue;
//! use rungs::sync::Event;
//! use rungs::task::{LocalExecutor, LocalHandle, block_on, current_name, named, timeout, with_cleanup};
//! use std::time::{Duration, Instant};
//! use std::{cell::Cell, future::pending, rc::Rc, sync::Arc};
//!
//! let (local, pool) = (LocalExecutor::new(), ThreadPoolExecutor::new(1));
//! let (ms, minute) = (Duration::from_millis(1), Duration::from_secs(60));
//!
//! // asyncio.create_task(upload(), name="upload")  # of a pool
//! let task = pool.spawn_with(TaskOptions::new().name("upload"), async { current_name() });
//! assert_eq!(task.result().unwrap().as_deref(), Some("upload"));
//!
//! // asyncio.current_task().set_name("part"); …; asyncio.current_task().get_name()
//! let name = block_on(named("part", async { current_name() }));
//! assert_eq!(name.as_deref(), Some("part"));
//!
//! // try: await forever() finally: closed.set()
//! struct Close(Rc<Cell<bool>>);
//! impl Drop for Close {
//!     fn drop(&mut self) {
//!         self.0.set(true);
//!     }
//! }
//! let closed = Rc::new(Cell::new(false));
//! let close = Close(closed.clone());
//! let task = local.spawn(async move {
//!     let _close = close;
//!     pending::<()>().await
//! });
//! local.run_until_stalled();
//! task.cancel();
//! assert!(closed.get());
//!
//! // the same where the clean-up awaits: it runs in the pool, and no longer than a minute
//! let cleaned = Arc::new(Event::new(false));
//! let clean = cleaned.clone();
//! let body = with_cleanup(&pool, pending::<()>(), minute, async move || clean.set());
//! assert!(block_on(timeout(ms, body)).is_err());
//! cleaned.wait();
//!
//! // loop.call_at(loop.time(), loop.stop); loop.run_forever()
//! let stop = || LocalHandle::current().unwrap().stop();
//! local.call_at(Instant::now(), stop);
//! local.spawn(pending::<()>());
//! local.run();
//!
//! // loop.run_until_complete(asyncio.sleep(0, 42))
//! assert_eq!(local.run_until_complete(async { 42 }), Ok(42));
//!
//! // async for x in xs: total += x
//! let xs = Queue::bounded(1);
//! let to = xs.clone();
//! local.spawn(async move {
//!     for x in 1..=3 {
//!         to.push_async(x).await.unwrap();
//!     }
//!     to.close();
//! });
//! let total = local.block_on(async {
//!     let mut total = 0;
//!     while let Ok(x) = xs.pop_async().await {
//!         total += x;
//!     }
//!     total
//! });
//! assert_eq!(total, 6);
//! ```
//!
//! # `asyncio`: several at once
//!
//! | Python | here | to note |
//! |---|---|---|
//! | `gather(a(), b())` | [`try_join`](crate::task::try_join); [`join`](crate::task::join()) where none fails | inside one task: they may borrow. The first failure drops the others, which run on in Python |
//! | `gather(*coroutines)` | [`try_join_all`](crate::task::try_join_all), [`join_all`](crate::task::join_all) | the same of many |
//! | `gather(*cs, return_exceptions=True)` | [`join_all`](crate::task::join_all) of futures that give a `Result` | |
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
//! // coroutines = [length(word) for word in words]; await asyncio.gather(*coroutines)
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
//! // the first of several tasks
//! assert_eq!(block_on(race([pool.spawn(pending()), square(3)])).unwrap(), 9);
//!
//! // the first of several coroutines
//! assert_eq!(block_on(first([ready(1), ready(2)])), Some(1));
//! ```
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::task::{block_on, join_all, select_ok, try_join, try_join_all};
//! use std::future::pending;
//!
//! let number = async |text: &str| text.parse::<u32>();
//!
//! // await asyncio.gather(number("7"), word())
//! let word = async { Ok("paper") };
//! assert_eq!(block_on(try_join((number("7"), word))), Ok((7, "paper")));
//!
//! // await asyncio.gather(*coroutines)  # of which one fails
//! assert_eq!(block_on(try_join_all(["1", "2"].map(number))), Ok(vec![1, 2]));
//! assert!(block_on(try_join_all(["1", "two"].map(number))).is_err());
//!
//! // await asyncio.gather(*cs, return_exceptions=True)
//! let outcomes: Vec<Result<u32, _>> = block_on(join_all(["1", "two"].map(number)));
//! assert!(outcomes[0].is_ok() && outcomes[1].is_err());
//!
//! // the first of several tasks that does not fail
//! let pool = ThreadPoolExecutor::new(2);
//! let fails = pool.spawn(async { panic!("no paper") });
//! let any = select_ok([fails, pool.spawn(async { 7 }), pool.spawn(pending())]);
//! assert_eq!(block_on(any).unwrap(), 7);
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
//!     // async with asyncio.timeout_at(when): …
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
//! | `asyncio.Event` | [`Event`](crate::sync::Event) | [`wait_async`](crate::sync::Event::wait_async) |
//! | `asyncio.Semaphore` | [`Semaphore`](crate::sync::Semaphore) | [`acquire_async`](crate::sync::Semaphore::acquire_async) |
//! | `asyncio.Barrier` | [`Barrier`](crate::sync::Barrier) | [`wait_async`](crate::sync::Barrier::wait_async) |
//! | `asyncio.Queue` | [`Queue`](crate::queue::Queue) | [`LifoQueue`](crate::queue::LifoQueue) and [`PriorityQueue`](crate::queue::PriorityQueue) have the same methods |
//! | `task_done()`, `await queue.join()` | [`done`](crate::queue::Task::done), [`join_async`](crate::queue::TaskQueue::join_async) of a [`TaskQueue`](crate::queue::TaskQueue) | |
//! | `to_thread(f)` | [`to_thread`](crate::task::to_thread); inside a pool, [`blocking`](crate::task::blocking) | |
//! | `loop.run_in_executor(pool, f)` | [`submit`](crate::executor::Handle::submit), awaited | |
//! | `run_coroutine_threadsafe(c, loop)` | [`spawn`](crate::executor::Handle::spawn) from any thread | |
//! | `loop.call_soon_threadsafe(f)` | [`remote`](crate::task::LocalHandle::remote) | |
//! | `asyncio.wrap_future(f)` | none needed: a [`TaskFuture`](crate::future::TaskFuture) is awaited, or blocked on | |
//! | `open_connection`, `start_server`, `StreamReader` | `TcpStream`, `TcpListener`, `BufReader` of `rungs::net` | with the feature `net` |
//! | `aiohttp` | none: hyper runs on these executors, by `rungs::net::hyper` | with the feature `hyper`; see the example `http_server` |
//! | subprocesses, signals, files | none: futures of other crates run under these executors, if they bring what they wait by | |
//!
//! ```
//! use rungs::executor::{ExecutorExt, ThreadPoolExecutor};
//! use rungs::queue::Queue;
//! use rungs::sync::{AsyncMutex, Event};
//! use rungs::task::{LocalExecutor, LocalHandle, block_on, to_thread};
//! use std::{future::pending, thread};
//!
//! // lock = asyncio.Lock()        async with lock: count += 1
//! let count = AsyncMutex::new(0);
//! block_on(async { *count.lock_async().await += 1 });
//! assert_eq!(*count.lock(), 1); // the same lock, by a thread
//!
//! // queue = asyncio.Queue(1); await queue.put(1); await queue.get()
//! let queue = Queue::bounded(1);
//! block_on(async {
//!     queue.push_async(1).await.unwrap();
//!     assert_eq!(queue.pop_async().await, Ok(1));
//! });
//!
//! // event = asyncio.Event(); await event.wait()        loop.call_soon_threadsafe(event.set)
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
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::queue::TaskQueue;
//! use rungs::sync::{AsyncCondvar, AsyncMutex, Barrier, Semaphore};
//! use rungs::task::{block_on, blocking, join};
//!
//! // cond = asyncio.Condition(); async with cond: await cond.wait_for(lambda: items)
//! let (items, cond) = (AsyncMutex::new(Vec::new()), AsyncCondvar::new());
//! let takes = async {
//!     let empty = |items: &mut Vec<u32>| items.is_empty();
//!     let mut items = cond.wait_while_async(items.lock_async().await, empty).await;
//!     items.pop()
//! };
//! let puts = async {
//!     items.lock_async().await.push(1);
//!     cond.notify_one();
//! };
//! assert_eq!(block_on(join((takes, puts))).0, Some(1));
//!
//! // semaphore = asyncio.Semaphore(2); async with semaphore: …
//! let semaphore = Semaphore::new(2);
//! block_on(async {
//!     let _permit = semaphore.acquire_async().await.unwrap();
//!     assert_eq!(semaphore.available(), 1);
//! });
//!
//! // barrier = asyncio.Barrier(2); await barrier.wait()
//! let barrier = Barrier::new(2);
//! let here = async || barrier.wait_async().await.unwrap().is_leader();
//! let leaders = block_on(join((here(), here())));
//! assert!(leaders.0 ^ leaders.1);
//!
//! // queue.task_done()        await queue.join()
//! let queue = TaskQueue::unbounded();
//! queue.push(1).unwrap();
//! let works = async { queue.pop_task_async().await.unwrap().done() };
//! block_on(join((works, queue.join_async())));
//! assert_eq!(queue.unfinished(), 0);
//!
//! // await asyncio.to_thread(read)  # in a task of a pool
//! let pool = ThreadPoolExecutor::new(1);
//! let text = pool.spawn(async { blocking(|| "text") });
//! assert_eq!(text.result().unwrap(), "text");
//! ```
//!
//! ```
//! # #[cfg(feature = "net")]
//! # fn main() -> std::io::Result<()> {
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::net::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
//! use rungs::net::{TcpListener, TcpStream, block_on};
//!
//! // async def greet(reader, writer): writer.write(b"hello\n")
//! // server = await asyncio.start_server(greet, "127.0.0.1", 0)
//! let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
//! let address = listener.get_ref().local_addr()?;
//! let pool = ThreadPoolExecutor::new(1);
//! let server = pool.spawn(async move {
//!     let (mut writer, _peer) = listener.accept().await?;
//!     writer.write_all(b"hello\n").await
//! });
//!
//! // reader, writer = await asyncio.open_connection(*address)
//! // line = await reader.readline()  # reader is a StreamReader
//! let mut line = String::new();
//! block_on(async {
//!     let mut reader = BufReader::new(TcpStream::connect(address).await?);
//!     reader.read_line(&mut line).await
//! })?;
//! assert_eq!(line, "hello\n");
//! server.result().unwrap()?;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "net"))]
//! # fn main() {}
//! ```
