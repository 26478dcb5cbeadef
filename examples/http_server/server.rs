//! The connections: a task each.

use crate::routes::App;
use crate::{Failure, SLOWEST};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use rungs::executor::{Handle, Shutdown, ThreadPoolExecutor};
use rungs::net::hyper::{Io, Timer};
use rungs::net::{TcpListener, TcpStream};
use rungs::sync::{CancelToken, WaitGroup};
use rungs::task::sleep;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// How many threads poll the connections. They compute nothing, so a few are enough for thousands.
const LOOP_THREADS: usize = 2;

pub(crate) struct Server {
    address: SocketAddr,
    loops: ThreadPoolExecutor,
    app: Arc<App>,
    /// Cancelled, the server shuts down.
    stop: CancelToken,
    /// The connections, and the task that accepts them.
    open: WaitGroup,
}

impl Server {
    /// Serves until `stop` is cancelled.
    pub(crate) fn start(address: SocketAddr, stop: CancelToken) -> Result<Self, Failure> {
        let listener = TcpListener::bind(address)?;
        let address = listener.get_ref().local_addr()?;
        let loops = ThreadPoolExecutor::builder()
            .max_workers(LOOP_THREADS)
            .thread_name("loop")
            .build()?;
        let (app, open) = (Arc::new(App::new()?), WaitGroup::new());
        let acceptor = Acceptor {
            listener,
            app: app.clone(),
            handle: loops.handle(),
            stop: stop.clone(),
            open: open.clone(),
        };
        let member = open.add();
        drop(loops.spawn(async move {
            acceptor.accept().await;
            drop((acceptor, member));
        }));
        Ok(Self {
            address,
            loops,
            app,
            stop,
            open,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Shuts down: waits for what has begun, but no longer than this, and joins the threads.
    pub(crate) fn join(self, patience: Duration) -> Result<(), Failure> {
        self.stop.cancel();
        let in_time = self.open.wait_timeout(patience);
        self.loops.shutdown(Shutdown::CancelPending);
        self.app.end();
        in_time.map_err(|_| "a connection did not end in time".into())
    }
}

/// Accepts connections, and makes a task of each.
struct Acceptor {
    listener: TcpListener,
    app: Arc<App>,
    handle: Handle,
    stop: CancelToken,
    open: WaitGroup,
}

impl Acceptor {
    async fn accept(&self) {
        while let Some(accepted) = unless(&self.stop, self.listener.accept()).await {
            match accepted {
                Ok((stream, _)) => self.serve(stream),
                // Out of files, perhaps: others end, and there will be some.
                Err(error) => {
                    eprintln!("accept: {error}");
                    sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn serve(&self, stream: TcpStream) {
        let (app, stop, member) = (self.app.clone(), self.stop.clone(), self.open.add());
        drop(self.handle.spawn(async move {
            if let Err(error) = connection(stream, app, stop).await {
                eprintln!("a connection failed: {error}");
            }
            drop(member);
        }));
    }
}

/// Serves a connection to its end. When the server is to stop, the answer that is under way is the
/// last.
async fn connection(stream: TcpStream, app: Arc<App>, stop: CancelToken) -> Result<(), Failure> {
    stream.get_ref().set_nodelay(true)?;
    let service = service_fn(move |request: Request<Incoming>| {
        let app = app.clone();
        async move { Ok::<Response<String>, Infallible>(app.answer(request).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(Timer).header_read_timeout(SLOWEST);
    let mut connection = pin!(http.serve_connection(Io::new(stream), service));
    match unless(&stop, connection.as_mut()).await {
        Some(ended) => ended?,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await?;
        }
    }
    Ok(())
}

/// What `future` gives, unless it is to stop before that.
async fn unless<T>(stop: &CancelToken, future: impl Future<Output = T>) -> Option<T> {
    let (mut stopped, mut future) = (pin!(stop.cancelled_async()), pin!(future));
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => stopped.as_mut().poll(cx).map(|_| None),
    })
    .await
}

/// Whether nobody listens there.
pub(crate) fn refuses(address: SocketAddr) -> bool {
    let refused = io::ErrorKind::ConnectionRefused;
    std::net::TcpStream::connect(address).is_err_and(|error| error.kind() == refused)
}
