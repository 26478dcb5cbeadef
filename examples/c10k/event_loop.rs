//! The server of tasks: hyper on event loops, each in a thread of its own.

use crate::process::tell_usage;
use crate::{BODY, Failure};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use rungs::executor::LocalHandle;
use rungs::net::hyper::Io;
use rungs::net::{TcpListener, event_loop};
use rungs::task::sleep;
use std::convert::Infallible;
use std::net;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How many loops there are, each in a thread of its own.
const LOOPS: usize = 2;

/// Serves until the input ends.
pub(crate) fn serve() -> Result<(), Failure> {
    let listener = net::TcpListener::bind(("127.0.0.1", 0))?;
    println!("{}", listener.local_addr()?);
    let loops = (0..LOOPS).map(|_| {
        // Each accepts what it can.
        let listener = TcpListener::new(listener.try_clone()?)?;
        let (ready, remote) = mpsc::channel();
        let thread = thread::spawn(move || {
            let local = event_loop();
            // Nobody waits for it, if the input has ended already.
            let _ = ready.send(local.remote());
            let _stopped = local.run_until_complete(accept(listener, local.handle()));
        });
        Ok((remote.recv()?, thread))
    });
    let loops = loops.collect::<Result<Vec<_>, Failure>>()?;
    tell_usage()?;
    for (remote, thread) in loops {
        remote.stop();
        thread.join().map_err(|_| "an event loop has panicked")?;
    }
    Ok(())
}

async fn accept(listener: TcpListener, handle: LocalHandle) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let _ = stream.get_ref().set_nodelay(true);
                let service = service_fn(answer);
                let connection = http1::Builder::new().serve_connection(Io::new(stream), service);
                handle.spawn(connection);
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
