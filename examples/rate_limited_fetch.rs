//! Fetches pages from a server, a few at a time: one semaphore bounds the requests of tasks and of
//! threads together.
//!
//! ```text
//! cargo run --release --example rate_limited_fetch
//! ```
//!
//! The server, started here on loopback, counts how many requests it has at once. Half of the
//! fetchers are tasks, which await their permit; the other half are threads, which block for it.
//! Some of the tasks are impatient and give up: their place in line is lost, and no permit is.

use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, client, server};
use hyper_util::rt::TokioIo;
use rungs::sync::Semaphore;
use std::convert::Infallible;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// How many requests may be under way at once.
const LIMIT: usize = 4;
/// How many tasks fetch, and how many threads.
const FETCHERS: usize = 24;
/// How long the server thinks about each.
const THINKING: Duration = Duration::from_millis(10);

type Failure = Box<dyn Error + Send + Sync>;

/// What the server saw.
#[derive(Default)]
struct Load {
    now: AtomicUsize,
    most: AtomicUsize,
    served: AtomicUsize,
}

/// Answers one request.
async fn answer(load: &Load, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let now = load.now.fetch_add(1, Ordering::Relaxed) + 1;
    load.most.fetch_max(now, Ordering::Relaxed);
    tokio::time::sleep(THINKING).await;
    load.served.fetch_add(1, Ordering::Relaxed);
    load.now.fetch_sub(1, Ordering::Relaxed);
    Response::new(format!("this is {}", request.uri().path()).into())
}

/// Serves whoever connects, until the runtime ends.
async fn serve(listener: TcpListener, load: Arc<Load>) -> Result<(), Failure> {
    loop {
        let (stream, _) = listener.accept().await?;
        let load = load.clone();
        tokio::spawn(async move {
            let service =
                service_fn(|request| async { Ok::<_, Infallible>(answer(&load, request).await) });
            server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await
        });
    }
}

/// Fetches one page.
async fn fetch(server: SocketAddr, path: &str) -> Result<Bytes, Failure> {
    let stream = TcpStream::connect(server).await?;
    let (mut sender, connection) = client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get(path)
        .header("host", server.to_string())
        .body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    assert_eq!(response.status(), StatusCode::OK);
    Ok(response.into_body().collect().await?.to_bytes())
}

fn main() -> Result<(), Failure> {
    let runtime = Runtime::new()?;
    let load = Arc::new(Load::default());
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let server = listener.local_addr()?;
    runtime.spawn(serve(listener, load.clone()));

    let limit = Arc::new(Semaphore::new(LIMIT));
    let began = Instant::now();

    let tasks: Vec<_> = (0..FETCHERS)
        .map(|i| {
            let limit = limit.clone();
            runtime.spawn(async move {
                let _permit = limit.acquire_async().await?;
                fetch(server, &format!("/task/{i}")).await
            })
        })
        .collect();
    let impatient: Vec<_> = (0..FETCHERS)
        .map(|_| {
            let limit = limit.clone();
            runtime.spawn(async move {
                tokio::time::timeout(Duration::from_millis(1), limit.acquire_owned_async())
                    .await
                    .is_ok()
            })
        })
        .collect();
    let from_threads = thread::scope(|s| {
        let threads: Vec<_> = (0..FETCHERS)
            .map(|i| {
                let (limit, runtime) = (&limit, &runtime);
                s.spawn(move || {
                    let _permit = limit.acquire()?;
                    runtime.block_on(fetch(server, &format!("/thread/{i}")))
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no fetcher panics"))
            .collect::<Result<Vec<_>, Failure>>()
    })?;

    let mut pages = from_threads.len();
    for task in tasks {
        let page = runtime.block_on(task)??;
        assert!(page.starts_with(b"this is /task/"));
        pages += 1;
    }
    let mut gave_up = 0;
    for task in impatient {
        gave_up += usize::from(!runtime.block_on(task)?);
    }

    let most = load.most.load(Ordering::Relaxed);
    println!(
        "{pages} pages in {:.0?}, at most {most} at once; {gave_up} gave up waiting",
        began.elapsed()
    );
    assert_eq!(load.served.load(Ordering::Relaxed), 2 * FETCHERS);
    assert!(most <= LIMIT, "the semaphore let {most} through");
    assert_eq!(limit.available(), LIMIT as isize, "no permit was lost");
    Ok(())
}
