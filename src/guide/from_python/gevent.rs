//! From gevent: greenlets, and what waits for them.
//!
//! # gevent
//!
//! A greenlet switches wherever something waits; a task does so at an `.await`. There is no
//! `monkey.patch_all()`: what blocks, blocks the thread.
//!
//! | gevent | here |
//! |---|---|
//! | `gevent.spawn(f)` | [`spawn`](crate::executor::Handle::spawn) of a future, [of one thread](crate::task::LocalHandle::spawn) |
//! | `joinall(gs)`, `wait(gs, count=1)` | [`gather`](crate::task::gather()), [`wait`](crate::task::wait()) |
//! | `g.get(timeout=s)`, `g.kill()`, `g.link(f)` | [`result_timeout`](crate::future::TaskFuture::result_timeout), [`cancel`](crate::future::TaskFuture::cancel), [`on_done`](crate::future::TaskFuture::on_done) |
//! | `gevent.sleep(s)`, `gevent.Timeout` | [`sleep`](crate::task::sleep), [`timeout`](crate::task::timeout) |
//! | `pool.Pool(2)` | a [`Semaphore`](crate::sync::Semaphore) that the tasks acquire |
//! | `AsyncResult()` | [`Promise`](crate::future::Promise) and [`shared`](crate::future::TaskFuture::shared) |
//! | `Queue(1)`, `Channel()` | [`Queue::bounded`](crate::queue::Queue::bounded), [`Queue::rendezvous`](crate::queue::Queue::rendezvous) |
//! | `get_hub().threadpool.apply(f)` | [`submit`](crate::executor::Handle::submit) to a pool |
//! | `gevent.socket`, `StreamServer` | `TcpStream`, `TcpListener` of `rungs::net`, with the feature `net` |
//! | `local.local()` | none: arguments, or what the future owns |
//! | `lock.BoundedSemaphore`, `event.Event` | [`Semaphore`](crate::sync::Semaphore), [`Event`](crate::sync::Event) |
//! | `monkey.patch_all()` | none: what waits is `x_async().await`; what blocks goes to a [pool](crate::task::to_thread) |
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
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::future::Promise;
//! use rungs::queue::Queue;
//! use rungs::sync::{Event, Semaphore};
//! use rungs::task::{LocalExecutor, ReturnWhen, block_on, sleep, timeout, wait};
//! use std::time::Duration;
//!
//! let ms = Duration::from_millis(1);
//!
//! // gevent.spawn(f)  # in this thread, as all of gevent does
//! let local = LocalExecutor::new();
//! let g = local.spawn(async { 42 });
//! assert_eq!(local.block_on(g).unwrap(), 42);
//!
//! // gevent.wait(gs, count=1)
//! let pool = ThreadPoolExecutor::new(1);
//! let mut gs = vec![pool.spawn(async { 7 }), pool.spawn(std::future::pending())];
//! let done = wait(&mut gs, ReturnWhen::FirstCompleted);
//! assert_eq!((done.len(), gs.len()), (1, 1));
//!
//! // g.get(timeout=0.001)
//! let (_never, g) = Promise::<u32>::new();
//! assert!(g.result_timeout(ms).is_err());
//!
//! // with gevent.Timeout(0.001): gevent.sleep(60)
//! assert!(block_on(timeout(ms, sleep(60_000 * ms))).is_err());
//!
//! // q = Queue(1); q.put(7); q.get()
//! let q = Queue::bounded(1);
//! block_on(q.push_async(7)).unwrap();
//! assert_eq!(block_on(q.pop_async()), Ok(7));
//!
//! // lock.BoundedSemaphore(1).acquire()        event.Event().set()
//! let (semaphore, event) = (Semaphore::bounded(1, 1), Event::new(false));
//! drop(block_on(semaphore.acquire_async()).unwrap());
//! event.set();
//! block_on(event.wait_async());
//! assert_eq!(semaphore.available(), 1);
//!
//! // get_hub().threadpool.apply(f)
//! assert_eq!(pool.submit(|| 42).result().unwrap(), 42);
//! ```
//!
//! ```
//! # #[cfg(feature = "net")]
//! # fn main() -> std::io::Result<()> {
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::net::io::{AsyncReadExt, AsyncWriteExt};
//! use rungs::net::{TcpListener, TcpStream, block_on};
//!
//! // def greet(peer, address): peer.sendall(b"hello")
//! // StreamServer(("127.0.0.1", 0), greet).start()
//! let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
//! let address = listener.get_ref().local_addr()?;
//! let pool = ThreadPoolExecutor::new(1);
//! let server = pool.spawn(async move {
//!     let (mut peer, _address) = listener.accept().await?;
//!     peer.write_all(b"hello").await
//! });
//!
//! // gevent.socket.create_connection(address).recv(5)
//! let mut text = String::new();
//! block_on(async { TcpStream::connect(address).await?.read_to_string(&mut text).await })?;
//! assert_eq!(text, "hello");
//! server.result().unwrap()?;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "net"))]
//! # fn main() {}
//! ```
