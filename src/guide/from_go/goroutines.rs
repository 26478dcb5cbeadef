//! From Go: goroutines, `context`, `errgroup` and `time`.
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
//! | `runtime.GOMAXPROCS(n)` | [`max_workers`](crate::executor::Builder::max_workers) | one is there without being made: [`global`](crate::executor::ThreadPoolExecutor::global) |
//! | `recover()` | the `Err` of a result: [`TaskError::Panicked`](crate::future::TaskError::Panicked) | |
//! | `net.Listen`, `net.Dial` in goroutines | `TcpListener`, `TcpStream` of `rungs::net` | with the feature `net` |
//! | `net/http` | none: hyper runs on these executors, by `rungs::net::hyper` | with the feature `hyper`; see the example `http_server` |
//! | `runtime.NumGoroutine()` | [`metrics`](crate::executor::Handle::metrics) of a pool | `spawned`, `running`, `queued` |
//! | `runtime.LockOSThread()` | a thread; an actor with [`dedicated_thread`](crate::actor::Builder::dedicated_thread) | |
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
//! ```
//! use rungs::actor::Addr;
//! use rungs::executor::ThreadPoolExecutor;
//! use std::thread;
//!
//! // runtime.GOMAXPROCS(2)
//! let pool = ThreadPoolExecutor::builder().max_workers(2).build().unwrap();
//! assert_eq!(pool.metrics().max_workers, 2);
//!
//! // go f()  // in the pool that is there for all
//! let answer = ThreadPoolExecutor::global().submit(|| 6 * 7);
//! assert_eq!(answer.result().unwrap(), 42);
//!
//! // runtime.NumGoroutine()
//! let waits = pool.spawn(std::future::pending::<()>());
//! assert_eq!(pool.metrics().spawned, 1);
//! waits.cancel();
//!
//! // go func() { runtime.LockOSThread(); … }()
//! let painter = Addr::builder().dedicated_thread("painter").start(thread::current().id()).unwrap();
//! let id = painter.call(|_started_by| thread::current().id()).wait().unwrap();
//! assert_ne!(id, thread::current().id());
//! ```
//!
//! ```
//! # #[cfg(feature = "net")]
//! # fn main() -> std::io::Result<()> {
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::net::io::{AsyncReadExt, AsyncWriteExt};
//! use rungs::net::{TcpListener, TcpStream, block_on};
//!
//! // ln, err := net.Listen("tcp", "127.0.0.1:0")
//! // go func() { conn, err := ln.Accept(); conn.Write([]byte("hello")); conn.Close() }()
//! let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
//! let address = listener.get_ref().local_addr()?;
//! let pool = ThreadPoolExecutor::new(1);
//! let server = pool.spawn(async move {
//!     let (mut peer, _address) = listener.accept().await?;
//!     peer.write_all(b"hello").await
//! });
//!
//! // conn, err := net.Dial("tcp", ln.Addr().String()); text, err := io.ReadAll(conn)
//! let mut text = String::new();
//! block_on(async { TcpStream::connect(address).await?.read_to_string(&mut text).await })?;
//! assert_eq!(text, "hello");
//! server.result().unwrap()?;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "net"))]
//! # fn main() {}
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
//! | `context.WithTimeout` around a call | [`with_timeout`](crate::future::TaskFuture::with_timeout) of a task; of a wait, its timed form, as [`cancelled_timeout`](crate::sync::CancelToken::cancelled_timeout) | |
//! | `context.Cause(ctx)` | none: what cancels a token gives no reason | |
//! | `context.WithValue` | none: arguments | a task's name is there: [`current_name`](crate::future::current_name) |
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
//! ```
//! use rungs::future::block_on;
//! use rungs::sync::{CancelToken, TimedOut};
//! use std::time::Duration;
//!
//! // select { case <-ctx.Done(): … case <-time.After(time.Millisecond): … }
//! let ctx = CancelToken::new();
//! assert_eq!(ctx.cancelled_timeout(Duration::from_millis(1)), Err(TimedOut));
//!
//! // context.AfterFunc(ctx, f)
//! let (sender, called) = std::sync::mpsc::channel();
//! let stop = ctx.on_cancel(move || sender.send("called").unwrap()); // dropped, it is stop()
//!
//! // cancel()        <-ctx.Done()  // in a goroutine
//! ctx.cancel();
//! block_on(ctx.cancelled_async());
//! assert_eq!(called.recv(), Ok("called"));
//! drop(stop);
//! ```
//!
//! # `errgroup`
//!
//! | Go | here | to note |
//! |---|---|---|
//! | `g, ctx := errgroup.WithContext(ctx)` | [`TaskGroup`](crate::executor::TaskGroup) | |
//! | `g.Go(f)` | [`submit`](crate::executor::TaskGroup::submit), [`spawn`](crate::executor::TaskGroup::spawn) | |
//! | `err := g.Wait()` | [`join`](crate::executor::TaskGroup::join) | the first failure; a panic is one |
//! | `g.SetLimit(n)` | the size of its pool; for futures a [`Semaphore`](crate::sync::Semaphore) | |
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
//! ```
//! use rungs::executor::{TaskGroup, ThreadPoolExecutor};
//! use rungs::sync::Semaphore;
//! use std::sync::Arc;
//!
//! // g.SetLimit(2); for range 10 { g.Go(fetch) }; err := g.Wait()
//! let pool = ThreadPoolExecutor::new(1);
//! let g = TaskGroup::<&str>::new(&pool.handle());
//! let limit = Arc::new(Semaphore::new(2));
//! for _ in 0..10 {
//!     let limit = limit.clone();
//!     g.spawn(async move {
//!         let _permit = limit.acquire_async().await.map_err(|_closed| "closed")?;
//!         Ok(())
//!     });
//! }
//! assert!(g.join().is_ok());
//! ```
//!
//! # `time`
//!
//! | Go | here | to note |
//! |---|---|---|
//! | `time.AfterFunc(d, f)` | [`schedule_after`](crate::executor::Handle::schedule_after) | `Stop` is [`cancel`](crate::executor::Scheduled::cancel) |
//! | `time.NewTicker(d)` | [`schedule_every`](crate::executor::Handle::schedule_every) with [`Every::rate`](crate::executor::Every::rate), and a [`try_push`](crate::queue::Queue::try_push) | as there, missed ticks are left out |
//! | values that are due later | [`DelayQueue`](crate::queue::DelayQueue) | a queue that hands each out at its time |
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
//! ```
//! use rungs::queue::{DelayQueue, PopTimeoutError, Queue, select_timeout};
//! use std::time::{Duration, Instant};
//!
//! // select { case v := <-ch: … case <-time.After(time.Millisecond): … }
//! let (ch, ms) = (Queue::<u32>::unbounded(), Duration::from_millis(1));
//! assert_eq!(select_timeout(&[&ch], ms), Err(PopTimeoutError::TimedOut));
//!
//! // values that are due later
//! let later = DelayQueue::unbounded();
//! let due = Instant::now() + ms;
//! later.push("due", due).unwrap();
//! assert_eq!(later.pop(), Ok("due"));
//! assert!(Instant::now() >= due);
//! ```
