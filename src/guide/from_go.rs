//! From Go: what goroutines, channels, `select`, `sync`, `context`, `errgroup` and `time` are called
//! here.
//!
//! Under each heading stand a table and a program. The program has the line of Go as a comment, then
//! the line of Rust, then an assertion. Three differences first:
//!
//! * A goroutine is a task of the runtime that may block. Here one chooses: a *thread*, which may
//!   block, or a *task*, which waits by `.await` and is as cheap as a goroutine. Both use the same
//!   channels and locks. [`threads_and_tasks`](super::threads_and_tasks) says more.
//! * A lock holds the data that it guards, and lets go by itself: there is no `defer mu.Unlock()`.
//! * A failure is a value, `Err`, and the compiler asks for it. A panic in a job does not end the
//!   process: it ends the job, and who waits for the result is told.
//!
//! # Goroutines
//!
//! | Go | here | to note |
//! |---|---|---|
//! | `go f()` | [`execute`](crate::executor::Handle::execute) on a pool, `std::thread::spawn` | |
//! | `go f()` that waits a lot | [`spawn`](crate::executor::Handle::spawn) of a future | |
//! | `ch := make(chan T, 1); go func() { ch <- f() }(); <-ch` | [`submit`](crate::executor::Handle::submit) and [`result`](crate::future::TaskFuture::result) | |
//! | several, that use local variables, then `wg.Wait()` | [`scope`](crate::executor::scope()), `std::thread::scope` | they borrow, and have ended when the scope has |
//! | `runtime.Gosched()` | [`yield_now`](crate::future::yield_now) | |
//! | `GOMAXPROCS` | [`max_workers`](crate::executor::Builder::max_workers) | one is there without being made: [`global`](crate::executor::ThreadPoolExecutor::global) |
//! | `recover()` | the `Err` of a result: [`TaskError::Panicked`](crate::future::TaskError::Panicked) | |
//! | goroutines over `net`, `net/http` | tasks over `rungs::net`, with the features `net`, `hyper` | |
//! | `runtime.LockOSThread` | a thread; an actor with [`dedicated_thread`](crate::actor::Builder::dedicated_thread) | |
//!
//! ```
//! use rungs::executor::{ThreadPoolExecutor, scope};
//! use rungs::future::{TaskError, yield_now};
//! use rungs::sync::WaitGroup;
//!
//! // go f()
//! let pool = ThreadPoolExecutor::new(2);
//! pool.execute(|| assert_eq!(6 * 7, 42)).unwrap();
//!
//! // ch := make(chan int, 1); go func() { ch <- f() }(); <-ch
//! let future = pool.submit(|| 6 * 7);
//! assert_eq!(future.result().unwrap(), 42);
//!
//! // go func() { runtime.Gosched(); … }()
//! let task = pool.spawn(async {
//!     yield_now().await;
//!     42
//! });
//! assert_eq!(task.result().unwrap(), 42);
//!
//! // for i := range xs { wg.Go(func() { xs[i] *= xs[i] }) }; wg.Wait()
//! let mut xs = [1, 2, 3];
//! scope(|s| {
//!     for x in &mut xs {
//!         s.spawn(|| *x *= *x);
//!     }
//! });
//! assert_eq!(xs, [1, 4, 9]);
//!
//! // defer func() { r := recover() }(); panic("no paper")
//! let r = pool.submit(|| panic!("no paper")).result();
//! assert!(matches!(r, Err::<(), _>(TaskError::Panicked(p)) if p.message() == "no paper"));
//! ```
//!
//! # Channels
//!
//! | Go | here | to note |
//! |---|---|---|
//! | `make(chan T, n)` | [`Queue::bounded`](crate::queue::Queue::bounded) | a clone is the same queue |
//! | `make(chan T)` | [`Queue::rendezvous`](crate::queue::Queue::rendezvous) | |
//! | – | [`Queue::unbounded`](crate::queue::Queue::unbounded) | |
//! | `ch <- v` | [`push`](crate::queue::Queue::push) | to a closed one an error with the value in it, not a panic |
//! | `v, ok := <-ch` | [`pop`](crate::queue::Queue::pop) | `Err` is `!ok` |
//! | `for v := range ch` | `for v in &queue` | |
//! | `close(ch)` | [`close`](crate::queue::Queue::close) | as often as one likes |
//! | `chan<- T`, `<-chan T` | [`Sender`](crate::queue::Sender), [`Receiver`](crate::queue::Receiver) | closed by the last one that is dropped |
//! | `len(ch)`, `cap(ch)` | [`len`](crate::queue::Queue::len), [`capacity`](crate::queue::Queue::capacity) | |
//! | `nil` channel | `None`, in the list of those to select from | |
//! | a closed `chan struct{}` as a signal | [`Event`](crate::sync::Event) | |
//! | n goroutines over one channel | [`WorkerPool`](crate::pool::WorkerPool) | |
//!
//! ```
//! use rungs::pool::WorkerPool;
//! use rungs::queue::Queue;
//! use rungs::sync::Event;
//! use std::thread;
//!
//! // ch := make(chan rune, 2); ch <- 'a'
//! let ch = Queue::bounded(2);
//! ch.push('a').unwrap();
//! assert_eq!((ch.len(), ch.capacity()), (1, Some(2)));
//!
//! // close(ch); ch <- 'b'  // panics; here the value comes back
//! ch.close();
//! assert_eq!(ch.push('b').unwrap_err().into_inner(), 'b');
//!
//! // v, ok := <-ch
//! assert_eq!(ch.pop(), Ok('a'));
//! assert!(ch.pop().is_err()); // !ok
//!
//! // ch := make(chan int); go func() { ch <- 1; close(ch) }(); for v := range ch { sum += v }
//! let ch = Queue::rendezvous();
//! let sum = thread::scope(|s| {
//!     s.spawn(|| {
//!         ch.push(1).unwrap();
//!         ch.close();
//!     });
//!     ch.iter().sum::<i32>()
//! });
//! assert_eq!(sum, 1);
//!
//! // func produce(out chan<- int) { defer close(out); out <- 1 }
//! let (out, results) = Queue::bounded(1).channel();
//! let producer = thread::spawn(move || out.push(1).unwrap()); // `out` is dropped at the end
//! assert_eq!(results.into_iter().collect::<Vec<_>>(), [1]);
//! producer.join().unwrap();
//!
//! // done := make(chan struct{}); go func() { close(done) }(); <-done
//! let done = Event::new(false);
//! thread::scope(|s| {
//!     s.spawn(|| done.set());
//!     done.wait();
//! });
//! assert!(done.is_set());
//!
//! // for range 2 { wg.Go(func() { for n := range jobs { results <- n * n } }) }
//! let (jobs, results) = (Queue::bounded(4), Queue::unbounded());
//! let to = results.clone();
//! let workers = WorkerPool::new(2, jobs, move |n: u32| to.push(n * n).unwrap()).unwrap();
//! (1..=3).for_each(|n| workers.queue().push(n).unwrap());
//! workers.join(); // close(jobs); wg.Wait()
//! assert_eq!(results.try_iter().sum::<u32>(), 14);
//! ```
//!
//! # `select`
//!
//! | Go | here | to note |
//! |---|---|---|
//! | `select { case v := <-a: … case v := <-b: … }` | [`select`](crate::queue::select()) | gives the index and the item; for receiving only |
//! | with `default` | [`try_select`](crate::queue::try_select) | |
//! | with `case <-time.After(d)` | [`select_timeout`](crate::queue::select_timeout) | |
//! | with `case <-ctx.Done()` | an item type with a variant for it; or [`close`](crate::queue::Queue::close) | |
//! | channels of different types | an `enum` of the items | |
//! | several of different kinds, in a task | [`first`](crate::task::first) of futures that give the same `enum` | the others are dropped, and lose nothing |
//! | `case ch <- v` | none: [`try_push`](crate::queue::Queue::try_push), or [`race`](crate::future::race) of tasks | |
//! | the first of several results | [`race`](crate::future::race), [`select_ok`](crate::future::select_ok) | |
//!
//! ```
//! use rungs::queue::{PopTimeoutError, Queue, TryPopError, select, select_timeout, try_select};
//! use rungs::sync::CancelToken;
//! use rungs::task::{block_on, first};
//! use std::{pin::Pin, time::Duration};
//!
//! // select { case v := <-a: … case v := <-b: … }
//! let (a, b) = (Queue::unbounded(), Queue::unbounded());
//! b.push("from b").unwrap();
//! let (index, v) = select(&[&a, &b]).unwrap();
//! assert_eq!((index, v), (1, "from b"));
//!
//! // select { case v := <-a: … default: … }
//! assert_eq!(try_select(&[&a, &b]), Err(TryPopError::Empty));
//!
//! // select { case v := <-a: … case <-time.After(time.Millisecond): … }
//! let late = select_timeout(&[&a, &b], Duration::from_millis(1));
//! assert_eq!(late, Err(PopTimeoutError::TimedOut));
//!
//! // select { case v := <-a: … case <-ctx.Done(): … }  // in a goroutine
//! let ctx = CancelToken::new();
//! ctx.cancel();
//! type Case<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;
//! let cases: [Case<'_, Option<&str>>; 2] = [
//!     Box::pin(async { a.pop_async().await.ok() }),
//!     Box::pin(async {
//!         ctx.cancelled_async().await;
//!         None
//!     }),
//! ];
//! assert_eq!(block_on(first(cases)), Some(None));
//!
//! // the same, in a thread: let the end of `ctx` close the channel
//! let ctx = CancelToken::new();
//! let done = a.clone();
//! let _registration = ctx.on_cancel(move || done.close());
//! ctx.cancel();
//! assert!(a.pop().is_err());
//! ```
//!
//! # `sync`
//!
//! | Go | here | to note |
//! |---|---|---|
//! | `sync.Mutex` | [`Mutex`](crate::sync::Mutex); for tasks [`AsyncMutex`](crate::sync::AsyncMutex) | the data is inside |
//! | `sync.RWMutex` | [`RwLock`](crate::sync::RwLock), [`AsyncRwLock`](crate::sync::AsyncRwLock) | |
//! | `sync.WaitGroup` | [`WaitGroup`](crate::sync::WaitGroup) | a member is a value: dropped, it is `Done` |
//! | `sync.Once`, `sync.OnceValue` | [`OnceCell`](crate::sync::OnceCell), [`Lazy`](crate::sync::Lazy) | |
//! | `sync.Cond` | [`Condvar`](crate::sync::Condvar), [`AsyncCondvar`](crate::sync::AsyncCondvar) | |
//! | `semaphore.Weighted` | [`Semaphore`](crate::sync::Semaphore) | [`acquire_many`](crate::sync::Semaphore::acquire_many) |
//! | `sync/atomic` | `std::sync::atomic` | |
//! | `sync.Map` | a [`Mutex`](crate::sync::Mutex) or [`RwLock`](crate::sync::RwLock) around a `HashMap` | |
//! | `sync.Pool` | none | |
//! | `go run -race` | the compiler; for what it cannot see, [models](super::races) | |
//!
//! ```
//! use rungs::sync::{Lazy, Mutex, OnceCell, RwLock, Semaphore, WaitGroup};
//! use std::collections::HashMap;
//! use std::thread;
//!
//! // mu.Lock(); n++; mu.Unlock()
//! let n = Mutex::new(0);
//! *n.lock() += 1;
//! assert_eq!(*n.lock(), 1);
//!
//! // mu.RLock(); defer mu.RUnlock(); return m["a"]
//! let m = RwLock::new(HashMap::from([("a", 1)]));
//! assert_eq!(m.read()["a"], 1);
//!
//! // wg.Add(1); go func() { defer wg.Done(); … }(); wg.Wait()
//! let wg = WaitGroup::new();
//! let member = wg.add();
//! let thread = thread::spawn(move || drop(member)); // a panic would drop it, too
//! wg.wait();
//! assert_eq!(wg.members(), 0);
//! thread.join().unwrap();
//!
//! // once.Do(func() { config = load() })
//! let config = OnceCell::new();
//! assert_eq!(*config.get_or_init(|| "loaded"), "loaded");
//! assert_eq!(*config.get_or_init(|| "again"), "loaded");
//!
//! // var config = sync.OnceValue(load)
//! static CONFIG: Lazy<u32> = Lazy::new(|| 7);
//! assert_eq!(*CONFIG, 7);
//!
//! // sem := semaphore.NewWeighted(10); sem.Acquire(ctx, 3); defer sem.Release(3)
//! let sem = Semaphore::new(10);
//! let three = sem.acquire_many(3).unwrap();
//! assert_eq!((three.count(), sem.available()), (3, 7));
//!
//! // sem.TryAcquire(8)
//! assert!(sem.try_acquire_many(8).is_err());
//! ```
//!
//! # `context`
//!
//! | Go | here | to note |
//! |---|---|---|
//! | `context.WithCancel(parent)` | [`CancelToken`](crate::sync::CancelToken), [`child`](crate::sync::CancelToken::child) | |
//! | `cancel()`, `defer cancel()` | [`cancel`](crate::sync::CancelToken::cancel), [`drop_guard`](crate::sync::CancelToken::drop_guard) | |
//! | `<-ctx.Done()` | [`cancelled`](crate::sync::CancelToken::cancelled), [`cancelled_async`](crate::sync::CancelToken::cancelled_async) | |
//! | `ctx.Err()` | [`check`](crate::sync::CancelToken::check) | goes with `?` |
//! | `context.AfterFunc(ctx, f)` | [`on_cancel`](crate::sync::CancelToken::on_cancel) | |
//! | `ctx` as the first argument everywhere | [`current_token`](crate::future::current_token) in a job | its own token; cancelled with its future |
//! | `context.WithTimeout` around a call | the form `x_timeout`, or [`with_timeout`](crate::future::TaskFuture::with_timeout) of a task | |
//! | `context.WithValue` | none: arguments | |
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::future::{TaskError, current_token};
//! use rungs::sync::{CancelToken, Cancelled};
//! use std::time::Duration;
//!
//! // ctx, cancel := context.WithCancel(parent); defer cancel()
//! let parent = CancelToken::new();
//! let ctx = parent.child();
//! let cancel = parent.child().drop_guard();
//!
//! // if err := ctx.Err(); err != nil { return err }
//! assert_eq!(ctx.check(), Ok(()));
//!
//! // parent's cancel()  // reaches the children
//! parent.cancel();
//! ctx.cancelled(); // <-ctx.Done()
//! assert_eq!(ctx.check(), Err(Cancelled));
//! drop(cancel);
//!
//! // go work(ctx); cancel()
//! let pool = ThreadPoolExecutor::new(1);
//! let work = pool.submit(|| {
//!     let ctx = current_token();
//!     while ctx.check().is_ok() {
//!         std::thread::yield_now();
//!     }
//!     "ended as asked"
//! });
//! while !work.is_running() {
//!     std::thread::yield_now();
//! }
//! work.token().cancel();
//! assert_eq!(work.result().unwrap(), "ended as asked");
//!
//! // ctx, cancel := context.WithTimeout(ctx, time.Millisecond); fetch(ctx)  // DeadlineExceeded
//! let fetch = pool.spawn(std::future::pending::<()>());
//! let fetch = fetch.with_timeout(Duration::from_millis(1));
//! assert!(matches!(fetch.result(), Err(TaskError::TimedOut)));
//! ```
//!
//! # `errgroup`
//!
//! | Go | here | to note |
//! |---|---|---|
//! | `g, ctx := errgroup.WithContext(ctx)` | [`TaskGroup`](crate::executor::TaskGroup) | |
//! | `g.Go(f)` | [`submit`](crate::executor::TaskGroup::submit), [`spawn`](crate::executor::TaskGroup::spawn) | |
//! | `err := g.Wait()` | [`join`](crate::executor::TaskGroup::join) | the first failure; a panic is one |
//! | `g.SetLimit(n)` | the size of its pool, or a [`Semaphore`](crate::sync::Semaphore) | |
//! | `ctx.Done()` in a job | [`current_token`](crate::future::current_token) | |
//!
//! ```
//! use rungs::executor::{GroupError, TaskGroup, ThreadPoolExecutor};
//! use rungs::future::current_token;
//!
//! // g, ctx := errgroup.WithContext(ctx)
//! let pool = ThreadPoolExecutor::new(2); // g.SetLimit(2)
//! let g = TaskGroup::new(&pool.handle());
//!
//! // g.Go(func() error { <-ctx.Done(); return ctx.Err() })
//! g.submit(|| {
//!     current_token().cancelled();
//!     Err("too late to count")
//! });
//!
//! // g.Go(func() error { return errors.New("no paper") })
//! g.submit(|| Err("no paper"));
//!
//! // err := g.Wait()
//! assert!(matches!(g.join(), Err(GroupError::Failed("no paper"))));
//! ```
//!
//! # `time`
//!
//! | Go | here | to note |
//! |---|---|---|
//! | `time.AfterFunc(d, f)` | [`schedule_after`](crate::executor::Handle::schedule_after) | `Stop` is [`cancel`](crate::executor::Scheduled::cancel) |
//! | `time.NewTicker(d)` | [`schedule_every`](crate::executor::Handle::schedule_every) with [`Every::rate`](crate::executor::Every::rate) | as there, missed ticks are left out |
//! | ticks into a channel | the same, with a [`push`](crate::queue::Queue::push) | |
//! | values that are due later | [`DelayQueue`](crate::queue::DelayQueue) | |
//! | `time.Sleep(d)` in a goroutine | [`sleep`](crate::task::sleep), awaited | |
//! | `for range time.Tick(d)` in a goroutine | [`interval`](crate::task::interval), awaited | |
//! | `time.After(d)` in a `select` | [`select_timeout`](crate::queue::select_timeout); around a future [`timeout`](crate::task::timeout) | |
//!
//! ```
//! use rungs::executor::{Every, ThreadPoolExecutor};
//! use rungs::future::TaskError;
//! use rungs::queue::Queue;
//! use rungs::task::{interval, sleep, timeout};
//! use std::time::Duration;
//!
//! // time.AfterFunc(time.Millisecond, f)
//! let pool = ThreadPoolExecutor::new(1);
//! let later = pool.schedule_after(Duration::from_millis(1), || 7);
//! assert_eq!(later.result().unwrap(), 7);
//!
//! // timer := time.AfterFunc(time.Hour, f); timer.Stop()
//! let timer = pool.schedule_after(Duration::from_secs(3600), || 7);
//! timer.cancel();
//! assert!(matches!(timer.result(), Err(TaskError::Cancelled)));
//!
//! // ticker := time.NewTicker(time.Millisecond); <-ticker.C; <-ticker.C; ticker.Stop()
//! let ticks = Queue::bounded(1);
//! let tick = ticks.clone();
//! let every = Every::rate(Duration::from_millis(1));
//! let ticker = pool.schedule_every(every, move || _ = tick.try_push(()));
//! ticks.pop().unwrap();
//! ticks.pop().unwrap();
//! ticker.cancel();
//! assert!(matches!(ticker.result(), Err(TaskError::Cancelled)));
//!
//! // go func() { time.Sleep(time.Millisecond); for range time.Tick(time.Millisecond) { … } }()
//! let goroutine = pool.spawn(async {
//!     sleep(Duration::from_millis(1)).await;
//!     let mut ticks = interval(Duration::from_millis(1));
//!     ticks.tick().await < ticks.tick().await
//! });
//! assert!(goroutine.result().unwrap());
//!
//! // select { case v := <-slow: … case <-time.After(time.Millisecond): … }
//! let late = pool.spawn(timeout(Duration::from_millis(1), std::future::pending::<()>()));
//! assert!(late.result().unwrap().is_err());
//! ```
//!
//! # A goroutine that owns its state
//!
//! | Go | here |
//! |---|---|
//! | a goroutine with a `for` over a channel of commands | [`Addr::spawn`](crate::actor::Addr::spawn) of the state |
//! | a command | [`post`](crate::actor::Addr::post) of a closure, or a typed message |
//! | a command with a channel for the reply | [`call`](crate::actor::Addr::call), [`ask`](crate::actor::Addr::ask) |
//!
//! ```
//! use rungs::actor::Addr;
//! use std::collections::HashMap;
//!
//! // go func() { m := map[string]int{}; for cmd := range commands { cmd(m) } }()
//! let m = Addr::spawn(HashMap::new());
//!
//! // commands <- func(m map[string]int) { m["a"]++ }
//! m.post(|m| *m.entry("a").or_insert(0) += 1).unwrap();
//!
//! // reply := make(chan int); commands <- func(m …) { reply <- m["a"] }; <-reply
//! assert_eq!(m.call(|m| m["a"]).wait().unwrap(), 1);
//! ```
