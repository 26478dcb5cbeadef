//! From `java.util.concurrent`: executors and futures; virtual threads.
//!
//! # `ExecutorService`
//!
//! | Java | here | to note |
//! |---|---|---|
//! | `newFixedThreadPool(n)` | [`ThreadPoolExecutor::new`](crate::executor::ThreadPoolExecutor::new) | |
//! | `new ThreadPoolExecutor(…)` | [`builder`](crate::executor::ThreadPoolExecutor::builder): `min_workers`, `max_workers`, `keep_alive`, `queue_capacity` | it grows before the queue is full |
//! | `ForkJoinPool.commonPool()` | [`global`](crate::executor::ThreadPoolExecutor::global) | |
//! | `submit`, `execute` | [`submit`](crate::executor::Handle::submit), [`execute`](crate::executor::Handle::execute) | |
//! | `RejectedExecutionHandler` | [`try_submit`](crate::executor::Handle::try_submit), which gives the closure back | [`submit`](crate::executor::Handle::submit) waits for room |
//! | `ThreadFactory` | [`thread_name`](crate::executor::Builder::thread_name), [`stack_size`](crate::executor::Builder::stack_size), [`initializer`](crate::executor::Builder::initializer) | |
//! | `setUncaughtExceptionHandler` | [`on_panic`](crate::executor::Builder::on_panic) | of what was `execute`d |
//! | `new PriorityBlockingQueue` as its queue | [`priority`](crate::executor::TaskOptions::priority) by [`submit_with`](crate::executor::Handle::submit_with) | three of them |
//! | `future.get(1, SECONDS)` | [`result_timeout`](crate::future::TaskFuture::result_timeout) | |
//! | `future.cancel(true)` | [`cancel`](crate::future::TaskFuture::cancel) | the job looks at its [token](crate::future::current_token) |
//! | `invokeAll`, `invokeAny` | [`gather`](crate::future::gather()), [`select_ok`](crate::future::select_ok) | `gather` gives up at the first failure; [`wait`](crate::future::wait()) does not |
//! | `ExecutorCompletionService` | [`as_completed`](crate::future::as_completed()) | |
//! | `ScheduledThreadPoolExecutor`, `schedule` | [`schedule_after`](crate::executor::Handle::schedule_after) | any pool |
//! | `scheduleAtFixedRate`, `scheduleWithFixedDelay` | [`schedule_every`](crate::executor::Handle::schedule_every) with [`Every::burst`](crate::executor::Every::burst), [`Every::delay`](crate::executor::Every::delay) | [`Every::rate`](crate::executor::Every::rate) skips what it missed, where Java makes up for it |
//! | `RecursiveTask`, `fork`, `join` | [`join`](crate::executor::join()) | |
//! | `list.parallelStream().map(f)` | [`par_map`](crate::executor::par_map) | |
//! | `ManagedBlocker` | [`blocking`](crate::executor::blocking) | |
//! | `beforeExecute`, `afterExecute` | [`Observer`](crate::executor::Observer) | |
//! | `shutdown`, `awaitTermination`, `close` | [`shutdown_timeout`](crate::executor::ThreadPoolExecutor::shutdown_timeout), or drop it | |
//! | `shutdownNow` | [`Shutdown::CancelPending`](crate::executor::Shutdown::CancelPending) | |
//! | `directExecutor()` of Guava | [`InlineExecutor`](crate::executor::InlineExecutor) | |
//!
//! ```
//! use rungs::executor::{Every, ExecutorExt, InlineExecutor, Shutdown, ThreadPoolExecutor};
//! use rungs::executor::{join, par_map};
//! use rungs::future::{Promise, TaskError, as_completed, gather, select_ok};
//! use rungs::sync::Latch;
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! // pool = new ThreadPoolExecutor(1, 4, 10, SECONDS, new ArrayBlockingQueue<>(100));
//! let pool = ThreadPoolExecutor::builder()
//!     .min_workers(1)
//!     .max_workers(4)
//!     .keep_alive(Duration::from_secs(10))
//!     .queue_capacity(100)
//!     .build()
//!     .unwrap();
//! assert_eq!(pool.metrics().max_workers, 4);
//!
//! // pool.submit(() -> 6 * 7).get()
//! assert_eq!(pool.submit(|| 6 * 7).result().unwrap(), 42);
//!
//! // try { future.get(1, MILLISECONDS) } catch (TimeoutException e) { future.cancel(true); }
//! let (_promise, future) = Promise::<u32>::new();
//! let future = future.result_timeout(Duration::from_millis(1)).unwrap_err();
//! future.cancel();
//! assert!(matches!(future.result(), Err(TaskError::Cancelled)));
//!
//! // pool.invokeAll(tasks)
//! let tasks = [1, 2, 3].map(|n| pool.submit(move || n * n));
//! assert_eq!(gather(tasks).result().unwrap(), [1, 4, 9]);
//!
//! // pool.invokeAny(tasks)
//! let tasks = [pool.spawn(std::future::pending()), pool.spawn(async { 7 })];
//! assert_eq!(select_ok(tasks).result().unwrap(), 7);
//!
//! // ecs = new ExecutorCompletionService<>(pool); ecs.submit(task) …; ecs.take().get()
//! let tasks = [1, 2, 3].map(|n| pool.submit(move || n));
//! assert_eq!(as_completed(tasks).map(|(_, n)| n.unwrap()).sum::<i32>(), 6);
//!
//! // pool = new ScheduledThreadPoolExecutor(4); pool.scheduleAtFixedRate(task, 1, 1, MILLISECONDS)
//! let thrice = Arc::new(Latch::new(3));
//! let latch = thrice.clone();
//! let task = move || {
//!     if latch.count() > 0 {
//!         latch.count_down();
//!     }
//! };
//! let schedule = pool.schedule_every(Every::rate(Duration::from_millis(1)), task);
//! thrice.wait();
//! assert!(schedule.runs() >= 2); // the third may be under way
//! schedule.cancel();
//!
//! // class Fib extends RecursiveTask<Integer> { … left.fork(); right.compute() + left.join() }
//! fn fib(n: u64) -> u64 {
//!     if n < 2 {
//!         return n;
//!     }
//!     let (left, right) = join(|| fib(n - 1), || fib(n - 2));
//!     left + right
//! }
//! assert_eq!(fib(12), 144);
//!
//! // list.parallelStream().map(String::length).toList()
//! assert_eq!(par_map(&["one", "three"], |word| word.len()), [3, 5]);
//!
//! // pool.shutdown(); pool.awaitTermination(60, SECONDS)        pool.close()
//! assert!(pool.shutdown_timeout(Shutdown::Wait, Duration::from_secs(60)).is_ok());
//!
//! // MoreExecutors.directExecutor()
//! assert!(InlineExecutor::new().submit(|| 7).is_done());
//! ```
//!
//! ```
//! use rungs::executor::{Every, Observer, Shutdown, TaskOptions, ThreadPoolExecutor, blocking};
//! use rungs::executor::{Priority, SubmitError};
//! use rungs::future::{ReturnWhen, TaskError, wait};
//! use rungs::sync::{Event, Latch};
//! use std::sync::{Arc, mpsc};
//! use std::time::Duration;
//!
//! let ms = Duration::from_millis(1);
//!
//! // pool = Executors.newFixedThreadPool(4)
//! let pool = ThreadPoolExecutor::new(4);
//! assert_eq!(pool.workers(), 4);
//!
//! // ForkJoinPool.commonPool().submit(() -> 42).join()
//! assert_eq!(ThreadPoolExecutor::global().submit(|| 42).result().unwrap(), 42);
//!
//! // pool.execute(() -> sink.add(7))
//! let (sink, seen) = mpsc::channel();
//! pool.execute(move || sink.send(7).unwrap()).unwrap();
//! assert_eq!(seen.recv(), Ok(7));
//!
//! // pool.invokeAll(tasks)  // where one fails
//! let mut tasks = vec![pool.submit(|| panic!("no paper")), pool.submit(|| 7)];
//! let done = wait(&mut tasks, ReturnWhen::All);
//! assert_eq!(done.into_iter().filter_map(|task| task.result().ok()).sum::<u32>(), 7);
//!
//! // pool.schedule(task, 1, MILLISECONDS)
//! assert_eq!(pool.schedule_after(ms, || 42).result().unwrap(), 42);
//!
//! // pool.scheduleAtFixedRate(task, 0, 1, MILLISECONDS)
//! // pool.scheduleWithFixedDelay(task, 0, 1, MILLISECONDS)
//! for every in [Every::burst(ms), Every::delay(ms)] {
//!     let twice = Arc::new(Latch::new(2));
//!     let latch = twice.clone();
//!     let schedule = pool.schedule_every(every, move || {
//!         if latch.count() > 0 {
//!             latch.count_down();
//!         }
//!     });
//!     twice.wait();
//!     schedule.cancel();
//! }
//!
//! // ForkJoinPool.managedBlock(blocker)  // blocker is a ManagedBlocker
//! assert_eq!(pool.submit(|| blocking(|| "text")).result().unwrap(), "text");
//!
//! // class Timed extends ThreadPoolExecutor { beforeExecute(…) … afterExecute(…) … }
//! struct Timed(mpsc::Sender<&'static str>);
//! impl Observer for Timed {
//!     fn job_started(&self, _worker: usize) {
//!         self.0.send("before").unwrap();
//!     }
//!     fn job_ended(&self, _worker: usize) {
//!         self.0.send("after").unwrap();
//!     }
//! }
//! let (timed, times) = mpsc::channel();
//! // ThreadFactory factory; thread.setUncaughtExceptionHandler(handler)
//! let (handler, thrown) = mpsc::channel();
//! let pool = ThreadPoolExecutor::builder()
//!     .max_workers(1)
//!     .queue_capacity(1)
//!     .thread_name("worker")
//!     .stack_size(1 << 20)
//!     .initializer(|_worker| Ok(()))
//!     .observer(Timed(timed))
//!     .on_panic(move |payload| handler.send(payload.message().to_owned()).unwrap())
//!     .build()
//!     .unwrap();
//! pool.execute(|| panic!("no paper")).unwrap();
//! assert_eq!(thrown.recv().unwrap(), "no paper");
//! assert_eq!([times.recv(), times.recv()], [Ok("before"), Ok("after")]);
//!
//! // (task, pool) -> …  // a RejectedExecutionHandler
//! let (begun, go) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
//! let (begin, waits) = (begun.clone(), go.clone());
//! pool.execute(move || {
//!     begin.set();
//!     waits.wait();
//! })
//! .unwrap();
//! begun.wait();
//! let waits = pool.submit(|| "stands in the queue");
//! assert!(matches!(pool.try_submit(|| ()), Err(SubmitError::Full(_task))));
//!
//! // pool.shutdownNow()
//! go.set();
//! pool.shutdown(Shutdown::CancelPending);
//! assert!(matches!(waits.result(), Ok(_) | Err(TaskError::Cancelled)));
//!
//! // new ThreadPoolExecutor(1, 1, 0, SECONDS, new PriorityBlockingQueue<>())
//! let pool = ThreadPoolExecutor::new(1);
//! let urgent = TaskOptions::new().priority(Priority::High);
//! assert_eq!(pool.submit_with(urgent, || 42).result().unwrap(), 42);
//! ```
//!
//! # `CompletableFuture`
//!
//! | Java | here | to note |
//! |---|---|---|
//! | `supplyAsync(f, pool)`, `runAsync` | [`submit`](crate::executor::Handle::submit) | |
//! | `new CompletableFuture<>()`, `complete` | [`Promise`](crate::future::Promise), [`set_result`](crate::future::Promise::set_result) | two ends: only one completes it |
//! | `completeExceptionally` | [`set_error`](crate::future::Promise::set_error), or a `Result` as value | |
//! | `isDone`, `getNow`, `join` | [`is_done`](crate::future::TaskFuture::is_done), [`try_result`](crate::future::TaskFuture::try_result), [`result`](crate::future::TaskFuture::result) | |
//! | `completedFuture(v)` | [`Promise`](crate::future::Promise), fulfilled at once | in an `async` block, the value |
//! | `thenApply`, `thenCompose` | [`map`](crate::future::TaskFuture::map), [`and_then`](crate::future::TaskFuture::and_then) | |
//! | `exceptionally` | [`catch`](crate::future::TaskFuture::catch) | |
//! | `handle` | an `async` block that looks at the outcome | |
//! | `whenComplete` | [`on_done`](crate::future::TaskFuture::on_done) | |
//! | `orTimeout` | [`with_timeout`](crate::future::TaskFuture::with_timeout) | it cancels, too |
//! | `completeOnTimeout` | `with_timeout`, then `catch` | |
//! | `allOf`, `anyOf` | [`gather`](crate::future::gather()), [`race`](crate::future::race) | the losers are cancelled |
//! | `thenCombine` | [`join`](crate::task::join()) of both, awaited | of different types, too |
//! | `get` by several threads | [`shared`](crate::future::TaskFuture::shared) | |
//! | `thenCompose` after `thenCompose` | an `async` block, with `.await` and `?` | |
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::future::{Promise, gather};
//! use rungs::task::{block_on, join};
//! use std::time::Duration;
//!
//! let pool = ThreadPoolExecutor::new(2);
//! let handle = pool.handle();
//!
//! // supplyAsync(() -> 20, pool).thenApply(n -> n + 1).thenCompose(n -> supplyAsync(() -> n * 2))
//! let twenty = pool.submit(|| 20);
//! let answer = twenty.map(|n| n + 1).and_then(move |n| handle.submit(move || n * 2));
//! assert_eq!(answer.result().unwrap(), 42);
//!
//! // future = new CompletableFuture<>(); future.complete(7);        future.join()
//! let (promise, future) = Promise::new();
//! promise.set_result(7).unwrap();
//! assert_eq!(future.result().unwrap(), 7);
//!
//! // supplyAsync(() -> { throw … }).exceptionally(e -> 0)
//! let failed = pool.submit(|| -> u32 { panic!("no paper") });
//! assert_eq!(failed.catch(|_error| Ok(0)).result().unwrap(), 0);
//!
//! // future.completeOnTimeout(0, 1, MILLISECONDS)
//! let never = pool.spawn(std::future::pending::<u32>());
//! let late = never.with_timeout(Duration::from_millis(1)).catch(|_timed_out| Ok(0));
//! assert_eq!(late.result().unwrap(), 0);
//!
//! // CompletableFuture.allOf(a, b).join()
//! let both = gather([pool.submit(|| 1), pool.submit(|| 2)]);
//! assert_eq!(both.result().unwrap(), [1, 2]);
//!
//! // a.get()        a.get()  // again, or in another thread
//! let shared = pool.submit(|| 7).shared();
//! assert_eq!(shared.result().unwrap(), &7);
//! assert_eq!(shared.result().unwrap(), &7);
//!
//! // a.thenCombine(c, (word, n) -> word.length() + n)
//! let (a, c) = (pool.submit(|| "no"), pool.submit(|| 40));
//! let (word, n) = block_on(join((a, c)));
//! assert_eq!(word.unwrap().len() + n.unwrap(), 42);
//!
//! // a.thenCompose(x -> b(x)).thenCompose(y -> b(y))
//! let (a, b) = (pool.submit(|| 40), |x: u32| pool.submit(move || x + 1));
//! let sum = block_on(async { b(b(a.await?).await?).await });
//! assert_eq!(sum.unwrap(), 42);
//! ```
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::future::{Promise, TaskError, race};
//! use std::{future::pending, sync::mpsc, time::Duration};
//!
//! let pool = ThreadPoolExecutor::new(2);
//!
//! // CompletableFuture.runAsync(task, pool).join()
//! pool.submit(|| ()).result().unwrap();
//!
//! // future.completeExceptionally(new TimeoutException())
//! let (promise, future) = Promise::<u32>::new();
//! promise.set_error(TaskError::TimedOut).unwrap();
//! assert!(matches!(future.result(), Err(TaskError::TimedOut)));
//!
//! // the same with an error of one's own
//! let (promise, future) = Promise::<Result<u32, &str>>::new();
//! promise.set_result(Err("no paper")).unwrap();
//! assert_eq!(future.result().unwrap(), Err("no paper"));
//!
//! // future.isDone(); future.getNow(null)
//! let (promise, future) = Promise::new();
//! assert!(!future.is_done());
//! let future = future.try_result().unwrap_err();
//! promise.set_result(7).unwrap();
//! assert_eq!(future.try_result().unwrap().unwrap(), 7);
//!
//! // CompletableFuture.completedFuture(7)
//! let (promise, seven) = Promise::new();
//! promise.set_result(7).unwrap();
//!
//! // seven.handle((n, e) -> e == null ? n + 1 : 0)
//! let eight = pool.spawn(async { seven.await.map_or(0, |n| n + 1) });
//! assert_eq!(eight.result().unwrap(), 8);
//!
//! // future.whenComplete((n, e) -> sink.add(n))
//! let (sink, seen) = mpsc::channel();
//! let mut future = pool.submit(|| 7);
//! future.on_done(move |outcome| sink.send(*outcome.as_ref().unwrap()).unwrap());
//! assert_eq!(seen.recv(), Ok(7));
//!
//! // future.orTimeout(1, MILLISECONDS)
//! let late = pool.spawn(pending::<u32>()).with_timeout(Duration::from_millis(1));
//! assert!(matches!(late.result(), Err(TaskError::TimedOut)));
//!
//! // CompletableFuture.anyOf(a, b).join()
//! let any = race([pool.spawn(pending()), pool.spawn(async { 7 })]);
//! assert_eq!(any.result().unwrap(), 7);
//! ```
//!
//! # Virtual threads and structured concurrency
//!
//! | Java | here | to note |
//! |---|---|---|
//! | `Thread.startVirtualThread(f)`, `newVirtualThreadPerTaskExecutor` | [`spawn`](crate::executor::Handle::spawn) of a future | it waits by `.await`; code that blocks is not made to yield |
//! | `Thread.ofPlatform().start(f)` | `std::thread::spawn` | |
//! | a virtual thread that is pinned | a task that blocks says so, by [`blocking`](crate::executor::blocking) | |
//! | `Thread.sleep(d)` in a virtual thread | [`sleep`](crate::task::sleep), awaited | |
//! | `ServerSocket`, `Socket` in a virtual thread | `TcpListener`, `TcpStream` of `rungs::net` | with the feature `net` |
//! | `HttpServer`, `HttpClient` | none: hyper runs on these executors, by `rungs::net::hyper` | with the feature `hyper`; see the example `http_server` |
//! | `Thread.yield()` | [`yield_now`](crate::future::yield_now) | |
//! | `StructuredTaskScope`, all must succeed | [`TaskGroup`](crate::executor::TaskGroup) | |
//! | `Joiner.anySuccessfulResultOrThrow()` | [`select_ok`](crate::future::select_ok) | |
//! | `ScopedValue` | none: arguments; a job's [`current_token`](crate::future::current_token) is the one thing that it inherits | |
//!
//! ```
//! use rungs::executor::{GroupError, TaskGroup, ThreadPoolExecutor, blocking};
//! use rungs::future::{gather, select_ok};
//! use rungs::sync::Semaphore;
//! use rungs::task::sleep;
//! use std::{sync::Arc, time::Duration};
//!
//! // try (var executor = newVirtualThreadPerTaskExecutor()) { for (…) executor.submit(…) }
//! let pool = ThreadPoolExecutor::new(2);
//! let limit = Arc::new(Semaphore::new(10)); // a limit is a semaphore, as in Java
//! let tasks = (0..1_000).map(|n: u32| {
//!     let limit = limit.clone();
//!     pool.spawn(async move {
//!         let _permit = limit.acquire_async().await.unwrap();
//!         sleep(Duration::from_micros(1)).await; // Thread.sleep(Duration.ofNanos(1_000))
//!         n
//!     })
//! });
//! let numbers = gather(tasks.collect::<Vec<_>>()).result().unwrap();
//! assert_eq!(numbers.len(), 1_000);
//!
//! // a virtual thread that is pinned: Files.readString(path)
//! let text = pool.submit(|| blocking(|| "text".to_owned()));
//! assert_eq!(text.result().unwrap(), "text");
//!
//! // try (var scope = StructuredTaskScope.open()) { scope.fork(a); scope.fork(b); scope.join(); }
//! let scope = TaskGroup::new(&pool.handle());
//! scope.spawn(async { Ok(()) });
//! scope.spawn(async { Err("no paper") });
//! assert!(matches!(scope.join(), Err(GroupError::Failed("no paper"))));
//!
//! // StructuredTaskScope.open(Joiner.anySuccessfulResultOrThrow())
//! let any = select_ok([pool.submit(|| panic!("no paper")), pool.submit(|| 7)]);
//! assert_eq!(any.result().unwrap(), 7);
//! ```
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::future::yield_now;
//!
//! // Thread.startVirtualThread(f)        Thread.yield()
//! let pool = ThreadPoolExecutor::new(1);
//! let thread = pool.spawn(async {
//!     yield_now().await;
//!     42
//! });
//! assert_eq!(thread.result().unwrap(), 42);
//!
//! // Thread.ofPlatform().start(f)
//! let thread = std::thread::spawn(|| 42);
//! assert_eq!(thread.join().unwrap(), 42);
//! ```
//!
//! ```
//! # #[cfg(feature = "net")]
//! # fn main() -> std::io::Result<()> {
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::net::io::{AsyncReadExt, AsyncWriteExt};
//! use rungs::net::{TcpListener, TcpStream, block_on};
//!
//! // server = new ServerSocket(0); peer = server.accept(); peer.getOutputStream().write("hello")
//! let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
//! let address = listener.get_ref().local_addr()?;
//! let pool = ThreadPoolExecutor::new(1);
//! let server = pool.spawn(async move {
//!     let (mut peer, _address) = listener.accept().await?;
//!     peer.write_all(b"hello").await
//! });
//!
//! // new Socket(address, port).getInputStream().readAllBytes()
//! let mut text = String::new();
//! block_on(async { TcpStream::connect(address).await?.read_to_string(&mut text).await })?;
//! assert_eq!(text, "hello");
//! server.result().unwrap()?;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "net"))]
//! # fn main() {}
//! ```
