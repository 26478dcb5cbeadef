//! From Twisted: Deferreds and the reactor.
//!
//! # Twisted
//!
//! | Twisted | here | to note |
//! |---|---|---|
//! | `Deferred()`, `callback(v)` | [`Promise`](crate::future::Promise), [`set_result`](crate::future::Promise::set_result) | two ends: who fires it, and who waits |
//! | `errback(failure)` | a `Result` as the value; [`set_error`](crate::future::Promise::set_error) for the errors of tasks | |
//! | `addCallback(f)` | [`map`](crate::future::TaskFuture::map); where `f` gives a Deferred, [`and_then`](crate::future::TaskFuture::and_then) | gives another future, and takes this one |
//! | `addErrback(f)` | [`catch`](crate::future::TaskFuture::catch) | |
//! | `addBoth(f)` | [`on_done`](crate::future::TaskFuture::on_done) | looks at the outcome, and does not change it |
//! | `succeed(v)`, `fail(e)` | [`Promise`](crate::future::Promise), fulfilled at once | in an `async` block, the value |
//! | `gatherResults`, `DeferredList` | [`gather`](crate::future::gather()), [`wait`](crate::future::wait()) | |
//! | `DeferredList(fireOnOneCallback=True)` | [`select_ok`](crate::future::select_ok) | |
//! | `d.cancel()`, `d.addTimeout(s)` | [`cancel`](crate::future::TaskFuture::cancel), [`with_timeout`](crate::future::TaskFuture::with_timeout) | the other end learns of it: [`on_cancel`](crate::future::Promise::on_cancel) |
//! | `@inlineCallbacks`, `yield d` | `async`, `.await` | |
//! | `deferToThread(f)` | [`submit`](crate::executor::Handle::submit) | |
//! | `reactor.callLater`, `LoopingCall` | [`schedule_after`](crate::executor::Handle::schedule_after), [`schedule_every`](crate::executor::Handle::schedule_every) | |
//! | `reactor.callFromThread(f)` | [`remote`](crate::task::LocalHandle::remote), an actor's [`post`](crate::actor::Addr::post) | |
//! | `blockingCallFromThread(reactor, f)` | [`block_on`](crate::task::block_on) of what the remote [spawns](crate::executor::ExecutorExt::spawn) | its `result` may be worked out by who waits for it |
//! | `reactor.run()`, `reactor.stop()` | [`run`](crate::task::LocalExecutor::run), [`stop`](crate::task::LocalHandle::stop) | `run` ends where no task is left, too |
//! | `DeferredLock`, `DeferredSemaphore`, `DeferredQueue` | [`AsyncMutex`](crate::sync::AsyncMutex), [`Semaphore`](crate::sync::Semaphore), [`Queue`](crate::queue::Queue) | |
//! | `Clock().advance(s)` | [`TestClock`](crate::actor::TestClock), for timers of actors | |
//! | `reactor.listenTCP`, `connectTCP` | `TcpListener`, `TcpStream` of `rungs::net` | with the feature `net`; streams: there are no protocol classes |
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
//!
//! ```
//! use rungs::actor::{Actor, Addr, Context, TestClock};
//! use rungs::executor::{ExecutorExt, ThreadPoolExecutor};
//! use rungs::future::{Promise, ReturnWhen, TaskError, wait};
//! use rungs::queue::Queue;
//! use rungs::sync::{AsyncMutex, Semaphore};
//! use rungs::task::{LocalExecutor, block_on};
//! use std::sync::mpsc;
//! use std::{future::pending, thread, time::Duration};
//!
//! let (pool, ms) = (ThreadPoolExecutor::new(1), Duration::from_millis(1));
//!
//! // d.addBoth(lambda result: results.put(result))
//! let (results, got) = mpsc::channel();
//! let mut d = pool.submit(|| 7);
//! d.on_done(move |outcome| results.send(outcome.is_ok()).unwrap());
//! assert_eq!(got.recv(), Ok(true));
//!
//! // d = defer.succeed(7)        d = defer.fail(TimeoutError())
//! let (promise, d) = Promise::new();
//! promise.set_result(7).unwrap();
//! assert_eq!(d.result().unwrap(), 7);
//! let (promise, d) = Promise::<u32>::new();
//! promise.set_error(TaskError::TimedOut).unwrap();
//! assert!(matches!(d.result(), Err(TaskError::TimedOut)));
//!
//! // DeferredList([a, b])
//! let mut both = vec![pool.submit(|| 1), pool.submit(|| 2)];
//! assert_eq!(wait(&mut both, ReturnWhen::All).len(), 2);
//!
//! // Deferred(canceller); d.cancel()
//! let (promise, d) = Promise::<u32>::new();
//! let (canceller, cancelled) = mpsc::channel();
//! promise.on_cancel(move || canceller.send(()).unwrap());
//! d.cancel();
//! assert_eq!(cancelled.recv(), Ok(()));
//!
//! // @inlineCallbacks
//! // def seven(): n = yield d; return n + 1
//! let (promise, d) = Promise::new();
//! let seven = pool.spawn(async { d.await.unwrap() + 1 });
//! promise.set_result(6).unwrap();
//! assert_eq!(seven.result().unwrap(), 7);
//!
//! // deferToThread(read)
//! assert_eq!(block_on(pool.submit(|| "text")).unwrap(), "text");
//!
//! // reactor.callLater(0.001, f)
//! assert_eq!(pool.schedule_after(ms, || 42).result().unwrap(), 42);
//!
//! // reactor.callFromThread(reactor.stop)        reactor.run()
//! let reactor = LocalExecutor::new();
//! let remote = reactor.remote();
//! reactor.spawn(pending::<()>());
//! let other = thread::spawn(move || {
//!     // blockingCallFromThread(reactor, f)
//!     assert_eq!(block_on(remote.spawn(async { 42 })).unwrap(), 42);
//!     remote.stop();
//! });
//! reactor.run();
//! other.join().unwrap();
//!
//! // reactor.callFromThread(state.append, 7)  # the state is an actor's
//! let state = Addr::spawn(Vec::new());
//! state.post(|state| state.push(7)).unwrap();
//! assert_eq!(state.call(|state| state.len()).wait().unwrap(), 1);
//!
//! // DeferredLock().run(f)        DeferredSemaphore(2).acquire()        DeferredQueue().get()
//! let (lock, semaphore, queue) = (AsyncMutex::new(0), Semaphore::new(2), Queue::unbounded());
//! queue.push(7).unwrap();
//! block_on(async {
//!     *lock.lock_async().await += queue.pop_async().await.unwrap();
//!     drop(semaphore.acquire_async().await.unwrap());
//! });
//! assert_eq!((lock.into_inner(), semaphore.available()), (7, 2));
//!
//! // clock = Clock(); clock.callLater(3600, f); clock.advance(3600)
//! struct Alarm(u32);
//! impl Actor for Alarm {
//!     fn started(&mut self, cx: &mut Context<Self>) {
//!         cx.after(Duration::from_secs(3600), |alarm: &mut Self, _cx| alarm.0 += 1);
//!     }
//! }
//! let clock = TestClock::new();
//! let alarm = Addr::builder().clock(&clock).start_actor(Alarm(0)).unwrap();
//! assert_eq!(alarm.call(|alarm| alarm.0).wait().unwrap(), 0); // it has started
//! clock.advance(Duration::from_secs(3600));
//! assert_eq!(alarm.call(|alarm| alarm.0).wait().unwrap(), 1);
//! ```
//!
//! ```
//! # #[cfg(feature = "net")]
//! # fn main() -> std::io::Result<()> {
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::net::io::{AsyncReadExt, AsyncWriteExt};
//! use rungs::net::{TcpListener, TcpStream, block_on};
//!
//! // class Greet(Protocol): def connectionMade(self): self.transport.write(b"hello")
//! // reactor.listenTCP(0, Factory.forProtocol(Greet))
//! let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
//! let address = listener.get_ref().local_addr()?;
//! let pool = ThreadPoolExecutor::new(1);
//! let server = pool.spawn(async move {
//!     let (mut peer, _address) = listener.accept().await?;
//!     peer.write_all(b"hello").await
//! });
//!
//! // reactor.connectTCP("127.0.0.1", port, factory)
//! let mut text = String::new();
//! block_on(async { TcpStream::connect(address).await?.read_to_string(&mut text).await })?;
//! assert_eq!(text, "hello");
//! server.result().unwrap()?;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "net"))]
//! # fn main() {}
//! ```
