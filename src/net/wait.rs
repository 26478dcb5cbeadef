//! Executors whose threads wait for the system themselves.

use crate::executor::LocalExecutor;
use crate::sys::clock::Instant;
use async_io::Timer;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};

/// An event loop that waits for sockets itself, in its own thread, while it has nothing to do.
///
/// It is as [`LocalExecutor::new`] makes it, but for that: no other thread has to wake it for each
/// answer that comes in. For a server in one thread, and for clients with many connections. Where
/// it waits for other threads rather, the plain one is the better: to wake that costs less.
///
/// ```
/// use rungs::net::io::{self, AsyncReadExt, AsyncWriteExt};
/// use rungs::net::{self, TcpListener, TcpStream};
///
/// let local = net::event_loop();
/// let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
/// let address = listener.get_ref().local_addr()?;
/// local.spawn(async move {
///     let (stream, _) = listener.accept().await?;
///     io::copy(&stream, &stream).await
/// });
/// let echo = local.block_on(async {
///     let mut stream = TcpStream::connect(address).await?;
///     stream.write_all(b"hello").await?;
///     let mut echo = [0; 5];
///     stream.read_exact(&mut echo).await?;
///     io::Result::Ok(echo)
/// })?;
/// assert_eq!(&echo, b"hello");
/// # io::Result::Ok(())
/// ```
#[doc(alias = "new_event_loop")]
#[doc(alias = "Selector")]
pub fn event_loop() -> LocalExecutor {
    LocalExecutor::sleeping(block)
}

/// Polls until that is ready, or the time has come; in between, the thread waits for the system.
fn block(poll: &mut dyn FnMut(&mut Context<'_>) -> Poll<()>, until: Option<Instant>) {
    let mut alarm = pin!(until.map_or_else(Timer::never, Timer::at));
    super::block_on(poll_fn(|cx| {
        let polled = poll(cx);
        match polled.is_pending() && until.is_some() {
            true => alarm.as_mut().poll(cx).map(drop),
            false => polled,
        }
    }));
}
