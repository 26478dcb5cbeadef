//! Beside the ladder: sockets for tasks.
//!
//! (Feature `net`.) The sockets are those of [`std::net`] and [`std::os::unix::net`], made
//! asynchronous by [`Async`], which is [`async-io`](https://docs.rs/async-io)'s and whose reactor
//! they share with everything else in the process that is built on it. They work in every task: of
//! a [`ThreadPoolExecutor`](crate::executor::ThreadPoolExecutor), of a
//! [`LocalExecutor`](crate::executor::LocalExecutor), in any [`block_on`](crate::future::block_on),
//! and in the executors of other crates.
//!
//! | type | for | Python, Java, Go |
//! |---|---|---|
//! | [`TcpListener`], [`TcpStream`] | connections | `asyncio.start_server`, `open_connection`; `SocketChannel`; `net.Listen`, `net.Dial` |
//! | [`UdpSocket`] | datagrams | `DatagramProtocol`, `DatagramChannel`, `net.ListenPacket` |
#![cfg_attr(
    unix,
    doc = "| [`UnixListener`], [`UnixStream`], [`UnixDatagram`] | the same within a machine | `start_unix_server`, `open_unix_connection` |"
)]
//! | [`Async`] | whatever else the system polls: other sockets, pipes, a `timerfd` | `loop.add_reader` |
//! | [`connect`], [`resolve()`] | names, looked up beside the tasks | `loop.getaddrinfo` |
//! | [`io`] | reading and writing: traits, buffers, lines, [`copy`](io::copy) | `StreamReader`, `StreamWriter` |
//! | [`event_loop()`], [`block_on`] | a thread that waits for sockets itself | `SelectorEventLoop`, `Selector`, |
#![cfg_attr(
    feature = "hyper",
    doc = "| [`hyper`] | HTTP: servers and clients of [hyper](https://hyper.rs) | `aiohttp`, `HttpServer`, `net/http` |"
)]
//!
//! A server that gives back what it is sent, and a client:
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::net::io::{self, AsyncReadExt, AsyncWriteExt};
//! use rungs::net::{TcpListener, TcpStream, block_on};
//!
//! let pool = ThreadPoolExecutor::new(2);
//! let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
//! let address = listener.get_ref().local_addr()?;
//! let handle = pool.handle();
//! let server = pool.spawn(async move {
//!     while let Ok((stream, _)) = listener.accept().await {
//!         drop(handle.spawn(async move { io::copy(&stream, &stream).await }));
//!     }
//! });
//!
//! let echo = block_on(async {
//!     let mut stream = TcpStream::connect(address).await?;
//!     stream.write_all(b"hello").await?;
//!     let mut echo = [0; 5];
//!     stream.read_exact(&mut echo).await?;
//!     io::Result::Ok(echo)
//! })?;
//! assert_eq!(&echo, b"hello");
//! server.cancel(); // drops the listener where it waits
//! # io::Result::Ok(())
//! ```
//!
//! # The verbs
//!
//! A method of a socket has one form, that of a task, under the plain name that it has in `std`.
//! The others are there: the blocking one is that of `std`, of a socket which is not wrapped
//! ([`into_inner`](Async::into_inner) gives it back, and
//! [`set_nonblocking(false)`](std::net::TcpStream::set_nonblocking) has it block again); the one that
//! does not wait is that of [`get_ref`](Async::get_ref), which fails with
//! [`WouldBlock`](std::io::ErrorKind::WouldBlock); the timed ones are a timeout around the future.
//!
//! # Who waits
//!
//! One thread in the process, `async-io`, waits for the system; it is started with the first
//! socket, sleeps while nothing happens, and wakes the tasks, which run on their own executors. A
//! thread in [`block_on`], or in a drive of an [`event_loop`], does that itself while it has nothing
//! else to do, and saves the wake-up of another: so a server is quickest on event loops, one in each
//! thread, which accept from the same listener ([`try_clone`](std::net::TcpListener::try_clone)).
//! Nothing else is run by the thread `async-io`: no names are looked up there, no code of tasks is
//! run. (But where an executor runs them in the thread that wakes them, as an
//! [`InlineExecutor`](crate::executor::InlineExecutor) does: there they must not block.)
//!
//! A future that computes for long holds up others of its executor: CPU work goes to a pool
//! ([`submit`](crate::executor::Handle::submit)), whose result is awaited.
//!
//! # The files
//!
//! | file | idea |
//! |---|---|
//! | `mod` | the sockets, which are those of async-io |
//! | `wait` | an event loop that waits for sockets |
//! | `resolve` | names |
//! | `hyper` | hyper's traits for the executors and timers here (feature `hyper`) |

#[cfg(feature = "hyper")]
pub mod hyper;
mod resolve;
mod wait;

pub use async_io::Async;
pub use resolve::{connect, resolve};
pub use wait::event_loop;

/// Reading and writing in tasks: the traits `AsyncRead`, `AsyncWrite`, their extensions, and what
/// goes with them.
///
/// It is the module of the same name of [`futures-lite`](https://docs.rs/futures-lite); the traits
/// are those of [`futures-io`](https://docs.rs/futures-io), which other crates share.
///
/// ```
/// use rungs::net::block_on;
/// use rungs::net::io::{self, AsyncBufReadExt, BufReader};
///
/// let mut line = String::new();
/// let mut reader = BufReader::new(&b"one\ntwo\n"[..]);
/// assert_eq!(block_on(reader.read_line(&mut line))?, 4);
/// assert_eq!(line, "one\n");
/// # io::Result::Ok(())
/// ```
#[doc(inline)]
pub use futures_lite::io;

/// Waits for connections.
///
/// *Blocking:* [`bind`](Async::<std::net::TcpListener>::bind) takes an address, not a name, and
/// does not wait.
///
/// *Errors:* those of the system. [`accept`](Async::<std::net::TcpListener>::accept) fails too where
/// the process may open no more files; that is no reason to end, but one to wait a little.
///
/// *Cancel safety:* a dropped `accept` loses no connection.
///
/// *Cost:* two system calls to register a socket, and one for each wait.
///
/// ```
/// use rungs::net::{TcpListener, TcpStream, block_on};
///
/// let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
/// let address = listener.get_ref().local_addr()?;
/// block_on(async {
///     let client = TcpStream::connect(address).await?;
///     let (_server, peer) = listener.accept().await?;
///     assert_eq!(peer, client.get_ref().local_addr()?);
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[doc(alias = "start_server")]
#[doc(alias = "ServerSocketChannel")]
#[doc(alias = "Listen")]
pub type TcpListener = Async<std::net::TcpListener>;

/// A connection.
///
/// It is read and written by the traits of [`io`], through a shared reference too: one task may
/// read while another writes. (Two that read at once, or two that write, wake each other again and
/// again until there is something, and keep the processor busy: they want a lock around it.)
///
/// *Its end:* to drop it closes it. [`close`](io::AsyncWriteExt::close) does not, it only flushes; who
/// wants to read on tells the other side that there is no more by the
/// [`shutdown`](std::net::TcpStream::shutdown) of [`get_ref`](Async::get_ref).
///
/// *Cancel safety:* a dropped read has read nothing, a dropped write has written nothing; not so
/// those that take several steps, as `read_exact` and `write_all`.
///
/// ```
/// use rungs::net::io::{self, AsyncReadExt, AsyncWriteExt};
/// use rungs::net::{TcpListener, TcpStream, block_on};
/// use std::net::Shutdown;
///
/// let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
/// let address = listener.get_ref().local_addr()?;
/// let said = block_on(async {
///     let client = TcpStream::connect(address).await?;
///     let (mut server, _) = listener.accept().await?;
///     (&client).write_all(b"that is all").await?;
///     client.get_ref().shutdown(Shutdown::Write)?;
///     let mut said = String::new();
///     server.read_to_string(&mut said).await?;
///     drop(server);
///     assert_eq!((&client).read(&mut [0]).await?, 0);
///     io::Result::Ok(said)
/// })?;
/// assert_eq!(said, "that is all");
/// # io::Result::Ok(())
/// ```
#[doc(alias = "open_connection")]
#[doc(alias = "SocketChannel")]
#[doc(alias = "Dial")]
pub type TcpStream = Async<std::net::TcpStream>;

/// A socket for datagrams.
///
/// *Cancel safety:* a dropped `recv` loses no datagram, a dropped `send` has sent none.
///
/// ```
/// use rungs::net::{UdpSocket, block_on};
///
/// let here = UdpSocket::bind(([127, 0, 0, 1], 0))?;
/// let there = UdpSocket::bind(([127, 0, 0, 1], 0))?;
/// let mut buffer = [0; 8];
/// let (length, from) = block_on(async {
///     there.send_to(b"hello", here.get_ref().local_addr()?).await?;
///     here.recv_from(&mut buffer).await
/// })?;
/// assert_eq!(&buffer[..length], b"hello");
/// assert_eq!(from, there.get_ref().local_addr()?);
/// # std::io::Result::Ok(())
/// ```
#[doc(alias = "DatagramChannel")]
#[doc(alias = "ListenPacket")]
pub type UdpSocket = Async<std::net::UdpSocket>;

/// Waits for connections from the same machine. See [`TcpListener`].
///
/// ```
/// use rungs::net::{UnixListener, UnixStream, block_on};
///
/// let path = std::env::temp_dir().join(format!("rungs-doc-{}", std::process::id()));
/// let listener = UnixListener::bind(&path)?;
/// let both = block_on(async {
///     let _client = UnixStream::connect(&path).await?;
///     listener.accept().await
/// });
/// std::fs::remove_file(&path)?;
/// assert!(both.is_ok());
/// # std::io::Result::Ok(())
/// ```
#[cfg(unix)]
#[doc(alias = "start_unix_server")]
pub type UnixListener = Async<std::os::unix::net::UnixListener>;

/// A connection within the same machine. See [`TcpStream`].
///
/// ```
/// use rungs::net::io::{self, AsyncReadExt, AsyncWriteExt};
/// use rungs::net::{UnixStream, block_on};
///
/// let (mut here, mut there) = UnixStream::pair()?;
/// let mut said = [0; 5];
/// block_on(async {
///     here.write_all(b"hello").await?;
///     there.read_exact(&mut said).await
/// })?;
/// assert_eq!(&said, b"hello");
/// # io::Result::Ok(())
/// ```
#[cfg(unix)]
#[doc(alias = "open_unix_connection")]
#[doc(alias = "socketpair")]
pub type UnixStream = Async<std::os::unix::net::UnixStream>;

/// A socket for datagrams within the same machine. See [`UdpSocket`].
///
/// ```
/// use rungs::net::{UnixDatagram, block_on};
///
/// let (here, there) = UnixDatagram::pair()?;
/// let mut buffer = [0; 8];
/// let length = block_on(async {
///     here.send(b"hello").await?;
///     there.recv(&mut buffer).await
/// })?;
/// assert_eq!(&buffer[..length], b"hello");
/// # std::io::Result::Ok(())
/// ```
#[cfg(unix)]
pub type UnixDatagram = Async<std::os::unix::net::UnixDatagram>;

/// Drives `future` in this thread, and waits for the sockets of the process itself while there is
/// nothing to poll.
///
/// It is [`future::block_on`](crate::future::block_on), and quicker by the wake-up of a thread where
/// `future` waits for sockets. For a future that computes, or waits for anything else, take that
/// one.
///
/// *Panics* of `future` come out.
///
/// ```
/// use rungs::net::{UdpSocket, block_on};
///
/// let socket = UdpSocket::bind(([127, 0, 0, 1], 0))?;
/// let own = socket.get_ref().local_addr()?;
/// let mut buffer = [0; 8];
/// let length = block_on(async {
///     socket.send_to(b"to me", own).await?;
///     socket.recv(&mut buffer).await
/// })?;
/// assert_eq!(&buffer[..length], b"to me");
/// # std::io::Result::Ok(())
/// ```
#[doc(alias = "asyncio.run")]
pub fn block_on<F: Future>(future: F) -> F::Output {
    async_io::block_on(future)
}
