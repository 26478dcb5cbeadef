//! HTTP: what [hyper](https://hyper.rs) 1 asks of a runtime.
//!
//! (Feature `hyper`.) hyper brings the protocol, servers and clients, and leaves three things to a
//! runtime:
//!
//! | hyper's trait | here |
//! |---|---|
//! | [`Executor`](hyper::rt::Executor), for what runs beside a connection (HTTP/2) | the [`Handle`] of a pool; the [`LocalHandle`] of an event loop, for services that are not `Send` |
//! | [`Timer`](hyper::rt::Timer), [`Sleep`](hyper::rt::Sleep), for its timeouts | [`Timer`] |
//! | [`Read`](hyper::rt::Read), [`Write`](hyper::rt::Write) | [`Io`], around any socket of [`net`](super) |
//!
//! A connection is a future; it is spawned, or awaited. A server and a client in one thread:
//!
//! ```
//! use hyper::body::Incoming;
//! use hyper::service::service_fn;
//! use hyper::{Request, Response, client, server};
//! use rungs::executor::LocalExecutor;
//! use rungs::net::hyper::{Io, Timer};
//! use rungs::net::{TcpListener, TcpStream};
//! use std::{cell::Cell, rc::Rc};
//!
//! let local = LocalExecutor::new();
//! let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
//! let address = listener.get_ref().local_addr()?;
//! let asked = Rc::new(Cell::new(0)); // not `Send`
//! let count = asked.clone();
//! local.spawn(async move {
//!     let (stream, _) = listener.accept().await.unwrap();
//!     let service = service_fn(|_: Request<Incoming>| {
//!         count.set(count.get() + 1);
//!         async { Ok::<_, std::io::Error>(Response::new("hello".to_owned())) }
//!     });
//!     let mut http = server::conn::http1::Builder::new();
//!     let serves = http.timer(Timer).serve_connection(Io::new(stream), service);
//!     serves.await.unwrap();
//! });
//!
//! let handle = local.handle();
//! let status = local.block_on(async move {
//!     let stream = Io::new(TcpStream::connect(address).await?);
//!     let (mut sender, connection) = client::conn::http1::handshake(stream).await?;
//!     handle.spawn(connection);
//!     let request = Request::get("/").header("host", "here").body(String::new())?;
//!     Ok::<_, Box<dyn std::error::Error>>(sender.send_request(request).await?.status())
//! })?;
//! assert_eq!((status.as_u16(), asked.get()), (200, 1));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! The example `http_server` is a larger one, with a graceful shutdown.

use crate::executor::{Handle, LocalHandle};
use crate::sys::clock::Instant;
use crate::task::{self, sleep, sleep_until};
use smol_hyper::rt::FuturesIo;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// A socket, as hyper wants it: anything that is read and written by the traits of
/// [`net::io`](super::io). It is [`smol-hyper`](https://docs.rs/smol-hyper)'s.
///
/// The socket is closed when the connection that has it is dropped, which is what its task does at
/// the end; not before, where hyper shuts it down (see [`TcpStream`](super::TcpStream)).
///
/// ```
/// use rungs::net::UnixStream;
/// use rungs::net::hyper::Io;
///
/// let (here, _there) = UnixStream::pair()?;
/// let io = Io::new(here); // for `serve_connection`, or a client's `handshake`
/// assert!(io.into_inner().into_inner().is_ok());
/// # std::io::Result::Ok(())
/// ```
#[doc(alias = "TokioIo")]
#[doc(alias = "FuturesIo")]
pub type Io<T> = FuturesIo<T>;

/// Time, for hyper's timeouts: the [sleeps](crate::task::sleep) of this crate, which need no
/// executor and no reactor.
///
/// *Cost:* that of a sleep, and the allocation that hyper's trait asks for.
///
/// ```
/// use hyper::rt::Timer as _;
/// use rungs::net::block_on;
/// use rungs::net::hyper::Timer;
/// use std::time::{Duration, Instant};
///
/// let (began, nap) = (Instant::now(), Duration::from_millis(2));
/// block_on(Timer.sleep(nap));
/// assert!(began.elapsed() >= nap);
/// ```
#[doc(alias = "TokioTimer")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Timer;

impl hyper::rt::Timer for Timer {
    fn sleep(&self, time: Duration) -> Pin<Box<dyn hyper::rt::Sleep>> {
        Box::pin(Sleep(sleep(time)))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn hyper::rt::Sleep>> {
        Box::pin(Sleep(sleep_until(deadline)))
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn hyper::rt::Sleep>>, deadline: Instant) {
        match sleep.as_mut().downcast_mut_pin::<Sleep>() {
            Some(mut own) => own.0.reset(deadline),
            None => *sleep = self.sleep_until(deadline),
        }
    }
}

/// What hyper waits for.
struct Sleep(task::Sleep);

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl hyper::rt::Sleep for Sleep {}

/// Spawns what hyper runs beside a connection. (Feature `hyper`.)
///
/// ```
/// use hyper::rt::Executor;
/// use rungs::executor::ThreadPoolExecutor;
///
/// let pool = ThreadPoolExecutor::new(1);
/// let (sender, receiver) = std::sync::mpsc::channel();
/// Executor::execute(&pool.handle(), async move { sender.send(2).unwrap() });
/// assert_eq!(receiver.recv(), Ok(2));
/// ```
impl<F> hyper::rt::Executor<F> for Handle
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, future: F) {
        drop(self.spawn(future));
    }
}

/// Spawns what hyper runs beside a connection, `Send` or not. (Feature `hyper`.)
///
/// ```
/// use hyper::rt::Executor;
/// use rungs::executor::LocalExecutor;
/// use std::{cell::Cell, rc::Rc};
///
/// let local = LocalExecutor::new();
/// let is_run = Rc::new(Cell::new(false));
/// let set = is_run.clone();
/// Executor::execute(&local.handle(), async move { set.set(true) });
/// local.run_until_stalled();
/// assert!(is_run.get());
/// ```
impl<F> hyper::rt::Executor<F> for LocalHandle
where
    F: Future + 'static,
{
    fn execute(&self, future: F) {
        drop(self.spawn(future));
    }
}
