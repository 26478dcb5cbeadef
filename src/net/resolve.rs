//! Names: looked up in threads of their own, for the system's function blocks.

use super::TcpStream;
use crate::future::Promise;
use crate::panic::catch;
use crate::sync::Semaphore;
use crate::sys::{OnceLock, thread};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

/// How many names are looked up at once, at most. Further ones wait.
const MOST: usize = 16;

/// One permit for each lookup.
fn lookups() -> &'static Semaphore {
    static LOOKUPS: OnceLock<Semaphore> = OnceLock::new();
    LOOKUPS.get_or_init(|| Semaphore::new(MOST))
}

/// Looks up a name and a port, `"example.org:80"`, and gives its addresses in the order in which
/// they are to be tried.
///
/// The system's function blocks its thread, for seconds perhaps: so it has one of its own, for as
/// long as it takes. An address that is none to look up, `"127.0.0.1:80"`, needs none. No more than
/// 16 names are looked up at once; the task waits where there are as many already.
///
/// *Errors:* those of the system; one of the kind `NotFound` where the name has no address.
///
/// *Cancel safety:* dropped, the thread goes on to its end, and nobody hears of it.
///
/// ```
/// use rungs::net::{block_on, resolve};
///
/// let found = block_on(resolve("localhost:80"))?;
/// assert!(found.iter().all(|address| address.ip().is_loopback() && address.port() == 80));
/// # std::io::Result::Ok(())
/// ```
#[doc(alias = "getaddrinfo")]
#[doc(alias = "lookup_host")]
#[doc(alias = "LookupHost")]
pub async fn resolve(host: impl Into<String>) -> io::Result<Vec<SocketAddr>> {
    let host = host.into();
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    // Held by the thread until it is done, whatever becomes of us.
    let permit = lookups().acquire_async().await.map_err(io::Error::other)?;
    let (promise, found) = Promise::new();
    let look_up = move || {
        let found = catch(|| look_up(&host));
        drop(permit);
        if let Ok(found) = found {
            let _unwanted = promise.set_result(found);
        }
    };
    thread::spawn(Some("rungs-resolve".into()), None, look_up)?;
    found.await.map_err(io::Error::other)?
}

/// The same, in this thread.
fn look_up(host: &str) -> io::Result<Vec<SocketAddr>> {
    let found: Vec<_> = host.to_socket_addrs()?.collect();
    match found.is_empty() {
        true => Err(none_of(host)),
        false => Ok(found),
    }
}

#[cold]
fn none_of(host: &str) -> io::Error {
    let why = format!("{host} has no address");
    io::Error::new(io::ErrorKind::NotFound, why)
}

/// Connects to a name and a port, `"example.org:80"`: to the first of its addresses that answers.
///
/// To an address that is known already, [`TcpStream::connect`](TcpStream::connect).
///
/// They are tried one after the other: one that says nothing holds up the next until the system gives
/// it up, which may take minutes. A [`timeout`](crate::task::timeout()) ends the whole.
///
/// *Errors:* as [`resolve`]; or that of the last address, if none answers.
///
/// *Cancel safety:* dropped, there is no connection.
///
/// ```
/// use rungs::net::{TcpListener, block_on, connect};
///
/// let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
/// let address = listener.get_ref().local_addr()?;
/// let stream = block_on(connect(format!("localhost:{}", address.port())))?;
/// assert_eq!(stream.get_ref().peer_addr()?, address);
/// # std::io::Result::Ok(())
/// ```
#[doc(alias = "open_connection")]
#[doc(alias = "create_connection")]
#[doc(alias = "Dial")]
pub async fn connect(host: impl Into<String>) -> io::Result<TcpStream> {
    let host = host.into();
    let mut last = none_of(&host);
    for address in resolve(host).await? {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}
