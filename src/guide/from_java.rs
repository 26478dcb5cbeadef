//! From Java: what `java.util.concurrent`, `CompletableFuture`, virtual threads and Akka call it, and
//! what it is called here.
//!
//! Under each heading stand a table and a program. The program has the line of Java as a comment, then
//! the line of Rust, then an assertion. Four differences first:
//!
//! * A lock holds the data that it guards, and a guard lets go by itself: there is no `synchronized`
//!   and no `finally { lock.unlock(); }`.
//! * Nobody is interrupted. What Java does by `Thread.interrupt` is a
//!   [`CancelToken`](crate::sync::CancelToken), or the future of a wait, which is dropped.
//! * What throws in Java gives a `Result`; a panic in a job is in its future, as an exception is in an
//!   `ExecutionException`.
//! * There is no `volatile` and no `final` to publish by: what is shared is locked, atomic, or not
//!   changed any more, and the compiler asks which.
//!
//! # Locks
//!
//! | Java | here | to note |
//! |---|---|---|
//! | `synchronized`, `ReentrantLock` | [`Mutex`](crate::sync::Mutex) | not reentrant; to lock it twice is a deadlock |
//! | where it must be reentrant | [`ReentrantMutex`](crate::sync::ReentrantMutex) | gives `&T` |
//! | `lock.tryLock(1, SECONDS)` | [`lock_timeout`](crate::sync::Mutex::lock_timeout) | |
//! | `wait`, `notify`, `Condition` | [`Condvar`](crate::sync::Condvar) | [`wait_while`](crate::sync::Condvar::wait_while) is the loop around it |
//! | `ReentrantReadWriteLock` | [`RwLock`](crate::sync::RwLock) | |
//! | `StampedLock.tryConvertToWriteLock` | [`upgradable_read`](crate::sync::RwLock::upgradable_read) | there is no optimistic reading |
//! | `Semaphore(n, true)` | [`Semaphore::fair`](crate::sync::Semaphore::fair) | and [`new`](crate::sync::Semaphore::new): fair in the end |
//! | `ThreadLocal` | `thread_local!` | |
//! | `AtomicLong`, `VarHandle` | `std::sync::atomic` | |
//! | `ConcurrentHashMap` | a [`Mutex`](crate::sync::Mutex) or [`RwLock`](crate::sync::RwLock) around a `HashMap` | |
//! | `CopyOnWriteArrayList` | an [`RwLock`](crate::sync::RwLock) around an `Arc<Vec<T>>` | |
//!
//! ```
//! use rungs::sync::{Condvar, Mutex, ReentrantMutex, RwLock, RwLockUpgradableReadGuard, Semaphore};
//! use std::cell::Cell;
//! use std::thread;
//! use std::time::Duration;
//!
//! // synchronized (this) { count++; }
//! let count = Mutex::new(0);
//! *count.lock() += 1;
//! assert_eq!(*count.lock(), 1);
//!
//! // lock.tryLock(1, MILLISECONDS)
//! let held = count.lock();
//! assert!(count.lock_timeout(Duration::from_millis(1)).is_none());
//! drop(held); // lock.unlock()
//!
//! // synchronized (this) { synchronized (this) { … } }
//! let depth = ReentrantMutex::new(Cell::new(0));
//! let outer = depth.lock();
//! depth.lock().set(2);
//! assert_eq!(outer.get(), 2);
//!
//! // while (list.isEmpty()) condition.await();        list.add(1); condition.signal();
//! let (list, condition) = (Mutex::new(Vec::new()), Condvar::new());
//! thread::scope(|s| {
//!     s.spawn(|| {
//!         list.lock().push(1);
//!         condition.notify_one();
//!     });
//!     let mut list = list.lock();
//!     condition.wait_while(&mut list, |list| list.is_empty());
//!     assert_eq!(list.pop(), Some(1));
//! });
//!
//! // rw.readLock().lock();        rw.writeLock().lock();
//! let rw = RwLock::new(1);
//! assert_eq!(*rw.read(), 1);
//! *rw.write() = 2;
//!
//! // stamp = sl.readLock(); stamp = sl.tryConvertToWriteLock(stamp);
//! let looked = rw.upgradable_read();
//! if *looked == 2 {
//!     *RwLockUpgradableReadGuard::upgrade(looked) = 3; // nobody has written in between
//! }
//! assert_eq!(*rw.read(), 3);
//!
//! // new Semaphore(2, true).acquire(2);
//! let semaphore = Semaphore::fair(2);
//! let both = semaphore.acquire_many(2).unwrap();
//! assert_eq!((both.count(), semaphore.available()), (2, 0));
//! ```
//!
//! # Synchronizers
//!
//! | Java | here | to note |
//! |---|---|---|
//! | `CountDownLatch(n)` | [`Latch`](crate::sync::Latch) | |
//! | `CountDownLatch(1)` | [`Event`](crate::sync::Event) | may be reset |
//! | `CyclicBarrier(n, action)` | [`Barrier::with_action`](crate::sync::Barrier::with_action) | |
//! | `Phaser` | [`Phaser`](crate::sync::Phaser) | a [`Party`](crate::sync::Party) that is dropped deregisters |
//! | `Phaser`, for termination | [`WaitGroup`](crate::sync::WaitGroup) | |
//! | `Exchanger` | [`Exchanger`](crate::sync::Exchanger) | |
//! | `LockSupport.park`, `unpark` | [`AutoResetEvent`](crate::sync::AutoResetEvent) | |
//! | a lazy holder, `StableValue` | [`Lazy`](crate::sync::Lazy), [`OnceCell`](crate::sync::OnceCell) | |
//! | `Thread.interrupt`, `isInterrupted` | [`CancelToken`](crate::sync::CancelToken) | a tree: [`child`](crate::sync::CancelToken::child) |
//!
//! ```
//! use rungs::sync::{AutoResetEvent, Barrier, CancelToken, Exchanger, Latch, Lazy, Phaser};
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicU32, Ordering};
//! use std::thread;
//!
//! // latch = new CountDownLatch(2);        latch.countDown();        latch.await();
//! let latch = Latch::new(2);
//! thread::scope(|s| {
//!     s.spawn(|| latch.count_down());
//!     s.spawn(|| latch.count_down());
//!     latch.wait();
//! });
//! assert_eq!(latch.count(), 0);
//!
//! // barrier = new CyclicBarrier(2, () -> rounds.incrementAndGet()); barrier.await();
//! let rounds = Arc::new(AtomicU32::new(0));
//! let count = rounds.clone();
//! let barrier = Barrier::with_action(2, move || _ = count.fetch_add(1, Ordering::Relaxed));
//! thread::scope(|s| {
//!     s.spawn(|| barrier.wait().unwrap());
//!     barrier.wait().unwrap();
//! });
//! assert_eq!(rounds.load(Ordering::Relaxed), 1);
//!
//! // phaser.register(); phaser.arriveAndAwaitAdvance(); phaser.arriveAndDeregister();
//! let phaser = Phaser::new();
//! let mut party = phaser.register();
//! let phase = party.arrive_and_wait(); // the only one: nobody to wait for
//! party.deregister();
//! assert!(phaser.try_wait_phase(phase) && phaser.parties() == 0);
//!
//! // exchanger.exchange("a")
//! let exchanger = Exchanger::new();
//! let swapped = thread::scope(|s| {
//!     let other = s.spawn(|| exchanger.exchange("a"));
//!     (exchanger.exchange("b"), other.join().unwrap())
//! });
//! assert_eq!(swapped, ("a", "b"));
//!
//! // LockSupport.unpark(thread); LockSupport.park();
//! let permit = AutoResetEvent::new(false);
//! permit.set();
//! permit.wait();
//! assert!(!permit.is_set());
//!
//! // class Holder { static final int VALUE = load(); }
//! static VALUE: Lazy<u32> = Lazy::new(|| 7);
//! assert_eq!(*VALUE, 7);
//!
//! // thread.interrupt();        while (!Thread.interrupted()) { … }
//! let token = CancelToken::new();
//! let work = token.child();
//! token.cancel();
//! assert!(work.check().is_err());
//! ```
//!
//! # Queues
//!
//! | Java | here | to note |
//! |---|---|---|
//! | `ArrayBlockingQueue(n)` | [`Queue::bounded`](crate::queue::Queue::bounded) | |
//! | `LinkedBlockingQueue`, `ConcurrentLinkedQueue` | [`Queue::unbounded`](crate::queue::Queue::unbounded) | |
//! | `SynchronousQueue`, `TransferQueue.transfer` | [`Queue::rendezvous`](crate::queue::Queue::rendezvous) | |
//! | `LinkedBlockingDeque` as a stack | [`LifoQueue`](crate::queue::LifoQueue) | no queue takes at both ends |
//! | `PriorityBlockingQueue` | [`PriorityQueue`](crate::queue::PriorityQueue) | the greatest first |
//! | `DelayQueue` | [`DelayQueue`](crate::queue::DelayQueue) | |
//! | `put`, `take` | [`push`](crate::queue::Queue::push), [`pop`](crate::queue::Queue::pop) | |
//! | `offer`, `poll` | [`try_push`](crate::queue::Queue::try_push), [`try_pop`](crate::queue::Queue::try_pop) | |
//! | `poll(1, SECONDS)` | [`pop_timeout`](crate::queue::Queue::pop_timeout) | |
//! | `drainTo(list, n)` | [`try_pop_many`](crate::queue::Queue::try_pop_many) | |
//! | `remainingCapacity` | [`capacity`](crate::queue::Queue::capacity) less [`len`](crate::queue::Queue::len) | |
//! | a poison pill | [`close`](crate::queue::Queue::close) | |
//! | threads that `take` in a loop | [`WorkerPool`](crate::pool::WorkerPool) | |
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
//! // q = new LinkedBlockingQueue<>(List.of(1, 2, 3)); q.drainTo(list, 2);
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
//! // new SynchronousQueue<>()
//! let q = Queue::rendezvous();
//! thread::scope(|s| {
//!     s.spawn(|| q.push(1).unwrap());
//!     assert_eq!(q.pop(), Ok(1));
//! });
//!
//! // deque.push(1); deque.push(2); deque.takeFirst()
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
//! # `ExecutorService`
//!
//! | Java | here | to note |
//! |---|---|---|
//! | `newFixedThreadPool(n)` | [`ThreadPoolExecutor::new`](crate::executor::ThreadPoolExecutor::new) | |
//! | `new ThreadPoolExecutor(core, max, keepAlive, queue)` | [`builder`](crate::executor::ThreadPoolExecutor::builder): `min_workers`, `max_workers`, `keep_alive`, `queue_capacity` | it grows before the queue is full |
//! | `ForkJoinPool.commonPool()` | [`global`](crate::executor::ThreadPoolExecutor::global) | |
//! | `submit`, `execute` | [`submit`](crate::executor::Handle::submit), [`execute`](crate::executor::Handle::execute) | |
//! | `RejectedExecutionHandler` | [`try_submit`](crate::executor::Handle::try_submit), which gives the closure back | [`submit`](crate::executor::Handle::submit) waits for room |
//! | `future.get(1, SECONDS)` | [`result_timeout`](crate::future::TaskFuture::result_timeout) | |
//! | `future.cancel(true)` | [`cancel`](crate::future::TaskFuture::cancel) | the job looks at its [token](crate::future::current_token) |
//! | `invokeAll`, `invokeAny` | [`gather`](crate::future::gather()), [`select_ok`](crate::future::select_ok) | |
//! | `ExecutorCompletionService` | [`as_completed`](crate::future::as_completed()) | |
//! | `ScheduledThreadPoolExecutor` | [`schedule_after`](crate::executor::Handle::schedule_after), [`schedule_every`](crate::executor::Handle::schedule_every) | any pool |
//! | `RecursiveTask`, `fork`, `join` | [`join`](crate::executor::join()) | |
//! | `list.parallelStream().map(f)` | [`par_map`](crate::executor::par_map) | |
//! | `ManagedBlocker` | [`blocking`](crate::executor::blocking) | |
//! | `beforeExecute`, `afterExecute` | [`Observer`](crate::executor::Observer) | |
//! | `shutdown`, `awaitTermination` | [`shutdown_timeout`](crate::executor::ThreadPoolExecutor::shutdown_timeout), or drop it | |
//! | `shutdownNow` | [`Shutdown::CancelPending`](crate::executor::Shutdown::CancelPending) | |
//! | `directExecutor()` of Guava | [`InlineExecutor`](crate::executor::InlineExecutor) | |
//!
//! ```
//! use rungs::executor::{Every, ExecutorExt, InlineExecutor, Shutdown, ThreadPoolExecutor};
//! use rungs::executor::{join, par_map};
//! use rungs::future::{Promise, TaskError, as_completed, gather, race};
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
//! assert_eq!(race(tasks).result().unwrap(), 7);
//!
//! // ecs.submit(task) …; ecs.take().get()
//! let tasks = [1, 2, 3].map(|n| pool.submit(move || n));
//! assert_eq!(as_completed(tasks).map(|(_, n)| n.unwrap()).sum::<i32>(), 6);
//!
//! // pool.scheduleAtFixedRate(task, 1, 1, MILLISECONDS)
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
//! // pool.shutdown(); pool.awaitTermination(60, SECONDS)
//! assert!(pool.shutdown_timeout(Shutdown::Wait, Duration::from_secs(60)).is_ok());
//!
//! // MoreExecutors.directExecutor()
//! assert!(InlineExecutor::new().submit(|| 7).is_done());
//! ```
//!
//! # `CompletableFuture`
//!
//! | Java | here | to note |
//! |---|---|---|
//! | `supplyAsync(f, pool)` | [`submit`](crate::executor::Handle::submit) | |
//! | `new CompletableFuture<>()`, `complete` | [`Promise`](crate::future::Promise), [`set_result`](crate::future::Promise::set_result) | two ends: only one completes it |
//! | `completeExceptionally` | [`set_error`](crate::future::Promise::set_error), or a `Result` as value | |
//! | `thenApply`, `thenCompose` | [`map`](crate::future::TaskFuture::map), [`and_then`](crate::future::TaskFuture::and_then) | |
//! | `exceptionally`, `handle` | [`catch`](crate::future::TaskFuture::catch) | |
//! | `whenComplete` | [`on_done`](crate::future::TaskFuture::on_done) | |
//! | `orTimeout` | [`with_timeout`](crate::future::TaskFuture::with_timeout) | it cancels, too |
//! | `completeOnTimeout` | `with_timeout` and `catch` | |
//! | `allOf`, `anyOf` | [`gather`](crate::future::gather()), [`race`](crate::future::race) | the losers are cancelled |
//! | `thenCombine` | [`join`](crate::task::join()) of both, awaited | of different types, too |
//! | `join`, `get` by several threads | [`shared`](crate::future::TaskFuture::shared) | |
//! | a chain of ten of these | an `async` block, with `.await` and `?` | |
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
//! // supplyAsync(() -> 20).thenApply(n -> n + 1).thenCompose(n -> supplyAsync(() -> n * 2))
//! let twenty = pool.submit(|| 20);
//! let answer = twenty.map(|n| n + 1).and_then(move |n| handle.submit(move || n * 2));
//! assert_eq!(answer.result().unwrap(), 42);
//!
//! // future.complete(7);        future.join()
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
//! // a.join()        a.join()  // again, or in another thread
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
//! # Virtual threads and structured concurrency
//!
//! | Java | here | to note |
//! |---|---|---|
//! | `Thread.ofVirtual().start(f)`, `newVirtualThreadPerTaskExecutor` | [`spawn`](crate::executor::Handle::spawn) of a future | it waits by `.await`; code that blocks is not made to yield |
//! | `Thread.ofPlatform().start(f)` | `std::thread::spawn` | |
//! | a virtual thread that is pinned | a task that blocks: say so, by [`blocking`](crate::executor::blocking) | |
//! | `Thread.sleep(d)` in a virtual thread | [`sleep`](crate::task::sleep), awaited | |
//! | `SocketChannel`, `HttpClient` in a virtual thread | `rungs::net`, with the features `net`, `hyper` | |
//! | `Thread.yield()` | [`yield_now`](crate::future::yield_now) | |
//! | `StructuredTaskScope`, all must succeed | [`TaskGroup`](crate::executor::TaskGroup) | |
//! | the same, any one | [`select_ok`](crate::future::select_ok) | |
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
//! // Files.readString(path)  // in a virtual thread, pins or not
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
//! # Akka
//!
//! | Akka | here | to note |
//! |---|---|---|
//! | `ActorRef<M>` | [`Addr<A>`](crate::actor::Addr); of one message type [`Recipient<M>`](crate::actor::Recipient) | |
//! | `Behavior`, `onMessage` | [`Actor`](crate::actor::Actor), [`Handler<M>`](crate::actor::Handler) | typed by message; any object is an actor that takes closures |
//! | `ref.tell(m)` | [`tell`](crate::actor::Addr::tell) | |
//! | `AskPattern.ask` | [`ask`](crate::actor::Addr::ask) | the handler's `Reply` is the answer: no `replyTo` |
//! | `Behaviors.setup`, `PreStart` | [`started`](crate::actor::Actor::started) | |
//! | `PostStop` | [`stopped`](crate::actor::Actor::stopped) | |
//! | `context.watch`, `Terminated` | [`watch`](crate::actor::Addr::watch), [`Down`](crate::actor::Down) | |
//! | `SupervisorStrategy.restart` | [`Supervisor`](crate::actor::Supervisor), [`Strategy`](crate::actor::Strategy), [`Restart`](crate::actor::Restart) | |
//! | `pipeToSelf` | [`pipe`](crate::actor::Context::pipe) | |
//! | `withTimers` | [`after`](crate::actor::Context::after), [`every`](crate::actor::Context::every) | |
//! | `BoundedMailbox` | [`Mailbox::Bounded`](crate::actor::Mailbox::Bounded) | [`tell_wait`](crate::actor::Addr::tell_wait) waits for room |
//! | `PinnedDispatcher` | [`dedicated_thread`](crate::actor::Builder::dedicated_thread) | |
//! | `EventStream`, `Topic` | [`Group`](crate::actor::Group) | |
//! | dead letters | [`undelivered`](crate::actor::Actor::undelivered) | |
//! | `TestProbe`, `ManualTime` | [`Probe`](crate::actor::Probe), [`TestClock`](crate::actor::TestClock) | |
//! | `ActorSystem`, paths, remoting, clusters, persistence, routers, stash, `become` | none | a state is an `enum` in the actor |
//!
//! ```
//! use rungs::actor::{Actor, Addr, Context, Group, Handler, Probe, Restart, Strategy, Supervisor};
//! use rungs::actor::{Down, Mailbox, Overflow, StopReason};
//! use std::sync::mpsc;
//!
//! // class Counter extends AbstractBehavior<Command> { … onMessage(Add.class, this::onAdd) … }
//! struct Counter(u32);
//! struct Add(u32);
//! struct Get;
//!
//! impl Actor for Counter {}
//! impl Handler<Add> for Counter {
//!     type Reply = ();
//!     fn handle(&mut self, Add(n): Add, _cx: &mut Context<Self>) {
//!         self.0 = self.0.checked_add(n).expect("too much");
//!     }
//! }
//! impl Handler<Get> for Counter {
//!     type Reply = u32;
//!     fn handle(&mut self, _: Get, _cx: &mut Context<Self>) -> u32 {
//!         self.0
//!     }
//! }
//!
//! // ref = context.spawn(Counter.create(), "counter"); ref.tell(new Add(7));
//! let counter = Counter(0).start();
//! counter.tell(Add(7)).unwrap();
//!
//! // AskPattern.ask(ref, replyTo -> new Get(replyTo), timeout, scheduler)
//! assert_eq!(counter.ask(Get).wait().unwrap(), 7);
//!
//! // Behaviors.supervise(Counter.create()).onFailure(SupervisorStrategy.restart())
//! let supervisor = Supervisor::new(Strategy::OneForOne);
//! let supervised = supervisor.child(Restart::Permanent, || Counter(1));
//! assert!(supervised.ask(Add(u32::MAX)).wait().is_err()); // panics, and is made anew
//! assert_eq!(supervised.ask(Get).wait().unwrap(), 1);
//!
//! // TestProbe<Add> probe; topic.tell(Topic.subscribe(probe.ref())); topic.tell(Topic.publish(…))
//! let (probe, topic) = (Probe::<u32>::new(), Group::<u32>::new());
//! topic.join(&probe.recipient());
//! assert_eq!(topic.broadcast(7), 1);
//! assert_eq!(probe.receive(), 7);
//!
//! // context.watch(ref);        onSignal(Terminated.class, …)
//! struct Watcher(mpsc::Sender<StopReason>);
//! impl Actor for Watcher {}
//! impl Handler<Down> for Watcher {
//!     type Reply = ();
//!     fn handle(&mut self, down: Down, _cx: &mut Context<Self>) {
//!         self.0.send(down.reason).unwrap();
//!     }
//! }
//! let (sender, terminated) = mpsc::channel();
//! let watcher = Watcher(sender).start();
//! let watch = counter.watch(&watcher); // dropped, the watch is over
//! counter.stop();
//! assert_eq!(terminated.recv(), Ok(StopReason::Stopped));
//! drop(watch);
//!
//! // MailboxSelector.bounded(1)
//! let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
//! let small: Addr<u32> = Addr::builder().mailbox(mailbox).start(0).unwrap();
//! assert_eq!(small.capacity(), Some(1));
//! ```
