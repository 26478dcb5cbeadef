//! From `concurrent.futures`: executors and their futures.
//!
//! # `concurrent.futures`
//!
//! | Python | here | to note |
//! |---|---|---|
//! | `ThreadPoolExecutor(4)` | [`ThreadPoolExecutor::new`](crate::executor::ThreadPoolExecutor::new) | dropped, it waits, as `with` does |
//! | `ProcessPoolExecutor`, `InterpreterPoolExecutor` | none: a [`ThreadPoolExecutor`](crate::executor::ThreadPoolExecutor) | threads compute in parallel here |
//! | `thread_name_prefix`, `initializer` | [`thread_name`](crate::executor::Builder::thread_name), [`initializer`](crate::executor::Builder::initializer) of a [`builder`](crate::executor::ThreadPoolExecutor::builder) | |
//! | `submit(f, x)` | [`submit`](crate::executor::Handle::submit) | a closure takes its arguments along |
//! | `future.result()`, `result(timeout)` | [`result`](crate::future::TaskFuture::result), [`result_timeout`](crate::future::TaskFuture::result_timeout) | once: the value is handed out. For several, [`shared`](crate::future::TaskFuture::shared) |
//! | `future.exception()` | the `Err` of the result | a panic is [`TaskError::Panicked`](crate::future::TaskError::Panicked); an error is best part of the value |
//! | `add_done_callback` | [`on_done`](crate::future::TaskFuture::on_done) | |
//! | `cancel`, `done`, `running`, `cancelled` | [`cancel`](crate::future::TaskFuture::cancel), [`is_done`](crate::future::TaskFuture::is_done), [`is_running`](crate::future::TaskFuture::is_running), [`is_cancelled`](crate::future::TaskFuture::is_cancelled) | who runs already is asked to end: [`current_token`](crate::future::current_token) |
//! | `executor.map(f, xs, buffersize=8)` | [`map`](crate::executor::Handle::map), [`buffer_size`](crate::executor::Map::buffer_size) | lazy always |
//! | `wait(fs, return_when=…)` | [`wait`](crate::future::wait()) | |
//! | `as_completed(fs)` | [`as_completed`](crate::future::as_completed()) | |
//! | `shutdown(cancel_futures=True)` | [`Shutdown::CancelPending`](crate::executor::Shutdown::CancelPending) | |
//! | `Future()`, `set_result`, `set_exception` | [`Promise`](crate::future::Promise), [`set_result`](crate::future::Promise::set_result), [`set_error`](crate::future::Promise::set_error) | two ends: who fulfils it, and who waits |
//! | `map(f, xs, timeout=s)` | [`timeout`](crate::executor::Map::timeout) of a [`map`](crate::executor::Handle::map) | |
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
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::future::{Promise, TaskError};
//! use rungs::sync::{Event, Latch};
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! // ThreadPoolExecutor(1, thread_name_prefix="web", initializer=connect)
//! let connected = Arc::new(Latch::new(1));
//! let connect = connected.clone();
//! let executor = ThreadPoolExecutor::builder()
//!     .max_workers(1)
//!     .thread_name("web")
//!     .initializer(move |_worker| {
//!         connect.count_down();
//!         Ok(())
//!     })
//!     .build()
//!     .unwrap();
//! let name = executor.submit(|| std::thread::current().name().map(str::to_owned));
//! while !name.is_done() {
//!     std::thread::yield_now(); // a worker is to run it: who waits for it may run it himself
//! }
//! assert!(name.result().unwrap().unwrap().starts_with("web"));
//! assert!(connected.try_wait());
//!
//! // future.running(), future.done(), future.cancelled()
//! let (go, begun) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
//! let (wait, begin) = (go.clone(), begun.clone());
//! let future = executor.submit(move || {
//!     begin.set();
//!     wait.wait();
//! });
//! begun.wait();
//! assert!(future.is_running() && !future.is_done() && !future.is_cancelled());
//! go.set();
//! future.result().unwrap();
//!
//! // future = Future(); future.set_result(7); future.result()
//! let (promise, future) = Promise::new();
//! promise.set_result(7).unwrap();
//! assert_eq!(future.result().unwrap(), 7);
//!
//! // future = Future(); future.set_exception(TimeoutError()); future.result()
//! let (promise, future) = Promise::<u32>::new();
//! promise.set_error(TaskError::TimedOut).unwrap();
//! assert!(matches!(future.result(), Err(TaskError::TimedOut)));
//!
//! // future.result(); future.result()  # again, or in another thread
//! let shared = executor.submit(|| 7).shared();
//! assert_eq!((shared.result().unwrap(), shared.result().unwrap()), (&7, &7));
//!
//! // list(executor.map(square, [1, 2], timeout=60))
//! let squares = executor.map([1, 2], |n| n * n).timeout(Duration::from_secs(60));
//! assert_eq!(squares.map(Result::unwrap).collect::<Vec<_>>(), [1, 4]);
//! ```
