//! The server of tasks: hyper on an executor.

use crate::process::tell_usage;
use crate::{BODY, Failure};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use rungs::executor::{Handle, Shutdown, ThreadPoolExecutor};
use rungs::net::TcpListener;
use rungs::net::hyper::Io;
use rungs::task::sleep;
use std::convert::Infallible;
use std::time::Duration;

/// The threads of the executor.
const THREADS: usize = 2;

/// Serves until the input ends.
pub(crate) fn serve() -> Result<(), Failure> {
    let pool = ThreadPoolExecutor::new(THREADS);
    let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
    println!("{}", listener.get_ref().local_addr()?);
    drop(pool.spawn(accept(listener, pool.handle())));
    tell_usage()?;
    pool.shutdown(Shutdown::CancelPending);
    Ok(())
}

async fn accept(listener: TcpListener, handle: Handle) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let _ = stream.get_ref().set_nodelay(true);
                let service = service_fn(answer);
                let connection = http1::Builder::new().serve_connection(Io::new(stream), service);
                drop(handle.spawn(connection));
            }
            Err(error) => {
                eprintln!("accept: {error}");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn answer(_: Request<Incoming>) -> Result<Response<String>, Infallible> {
    Ok(Response::new(BODY.to_owned()))
}
