//! Rung 3, a program: asks several mirrors for the same file at once; the first good answer wins,
//! and the others are cancelled.
//!
//! ```text
//! cargo run --release --example race_mirrors
//! ```
//!
//! The mirrors are served here, on loopback: one is quick, one is slow, one fails at once, one
//! takes the request and never answers. Each request is a task on a pool; it says how it ended in
//! a queue, from which the race takes until one has succeeded or the time is over. Cancelling a
//! task drops its future, and with it the connection: the servers see that nobody wants them any
//! more.
//!
//! The pool knows nothing of the network. The tasks bring the reactor along: tokio's, see
//! [`Within`].

use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, client, server};
use hyper_util::rt::TokioIo;
use rungs::executor::ThreadPoolExecutor;
use rungs::future::TaskFuture;
use rungs::queue::{PopTimeoutError, Queue};
use std::convert::Infallible;
use std::error::Error;
use std::future::poll_fn;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Handle, Runtime};

type Failure = Box<dyn Error + Send + Sync>;

/// How long a race may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A mirror: how long it thinks, and what it says then.
#[derive(Clone, Copy)]
struct Mirror {
    name: &'static str,
    /// `None`: for ever.
    thinks: Option<Duration>,
    status: StatusCode,
}

const QUICK: Mirror = Mirror {
    name: "quick",
    thinks: Some(Duration::from_millis(30)),
    status: StatusCode::OK,
};
const SLOW: Mirror = Mirror {
    name: "slow",
    thinks: Some(Duration::from_secs(60)),
    status: StatusCode::OK,
};
const FAILING: Mirror = Mirror {
    name: "failing",
    thinks: Some(Duration::ZERO),
    status: StatusCode::SERVICE_UNAVAILABLE,
};
const SILENT: Mirror = Mirror {
    name: "silent",
    thinks: None,
    status: StatusCode::OK,
};

/// Polls a future with tokio's reactor at hand, whoever polls it.
struct Within<F>(Handle, Pin<Box<F>>);

impl<F: Future> Future for Within<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        let _inside = this.0.enter();
        this.1.as_mut().poll(cx)
    }
}

/// Counts a connection while it is open.
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

async fn answer(mirror: Mirror) -> Result<Response<Full<Bytes>>, Infallible> {
    match mirror.thinks {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
    let mut response = Response::new(format!("the file, from {}", mirror.name).into());
    *response.status_mut() = mirror.status;
    Ok(response)
}

/// Serves a mirror until the runtime ends, and counts its open connections.
fn serve(
    mirror: Mirror,
    open: &Arc<AtomicUsize>,
    runtime: &Runtime,
) -> Result<SocketAddr, Failure> {
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let (address, open) = (listener.local_addr()?, open.clone());
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            open.fetch_add(1, Ordering::AcqRel);
            let open = Open(open.clone());
            tokio::spawn(async move {
                let service = service_fn(|_: Request<Incoming>| answer(mirror));
                let _ = server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
                drop(open);
            });
        }
    });
    Ok(address)
}

/// Fetches the file. All that it needs is in its future, so that dropping that ends it all.
async fn fetch(mirror: SocketAddr) -> Result<Bytes, Failure> {
    let stream = TcpStream::connect(mirror).await?;
    let (mut sender, connection) = client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let ask = async {
        let request = Request::get("/file")
            .header("host", mirror.to_string())
            .body(Empty::<Bytes>::new())?;
        let response = sender.send_request(request).await?;
        match response.status() {
            StatusCode::OK => Ok(response.into_body().collect().await?.to_bytes()),
            status => Err(status.to_string().into()),
        }
    };
    let (mut ask, mut connection) = (pin!(ask), pin!(connection));
    let mut is_open = true;
    let both = poll_fn(|cx| {
        // Where it ends early, whoever asks over it gets an error.
        is_open = is_open && connection.as_mut().poll(cx).is_pending();
        ask.as_mut().poll(cx)
    });
    both.await
}

/// How a race ended.
struct Race {
    /// The first good answer, and whose it is.
    won: Option<(&'static str, Bytes)>,
    /// Who failed before that, and why.
    failed: Vec<(&'static str, String)>,
    /// Who was cancelled.
    cancelled: Vec<&'static str>,
}

/// Asks all mirrors at once.
fn race(
    pool: &ThreadPoolExecutor,
    network: &Handle,
    mirrors: &[(&'static str, SocketAddr)],
    patience: Duration,
) -> Race {
    let deadline = Instant::now() + patience;
    let answers = Queue::unbounded();
    let ask = |(name, address): &(&'static str, SocketAddr)| {
        let (name, address, answers) = (*name, *address, answers.clone());
        let task = pool.spawn(Within(
            network.clone(),
            Box::pin(async move {
                let answer = fetch(address).await.map_err(|error| error.to_string());
                let _ = answers.push((name, answer));
            }),
        ));
        (name, task)
    };
    let tasks: Vec<(_, TaskFuture<()>)> = mirrors.iter().map(ask).collect();

    let mut failed = Vec::new();
    let won = loop {
        if failed.len() == mirrors.len() {
            break None;
        }
        match answers.pop_deadline(deadline) {
            Ok((name, Ok(file))) => break Some((name, file)),
            Ok((name, Err(reason))) => failed.push((name, reason)),
            Err(PopTimeoutError::TimedOut | PopTimeoutError::Closed) => break None,
        }
    };
    let mut cancelled = Vec::new();
    for (name, task) in tasks {
        task.cancel(); // one that is being polled is cancelled when it suspends
        if task.result().is_err() {
            cancelled.push(name);
        }
    }
    Race {
        won,
        failed,
        cancelled,
    }
}

fn main() -> Result<(), Failure> {
    let runtime = Runtime::new()?;
    let pool = ThreadPoolExecutor::new(2);
    let open = Arc::new(AtomicUsize::new(0));
    let mut addresses = Vec::new();
    for mirror in [SLOW, FAILING, QUICK, SILENT] {
        addresses.push((mirror.name, serve(mirror, &open, &runtime)?));
    }
    let only = |names: &[&str]| {
        let mut some = addresses.clone();
        some.retain(|(name, _)| names.contains(name));
        some
    };

    let races = [
        ("all four", addresses.clone(), PATIENCE),
        ("the failing one alone", only(&["failing"]), PATIENCE),
        (
            "the slow and the silent one",
            only(&["slow", "silent"]),
            Duration::from_millis(100),
        ),
    ];
    let mut winners = Vec::new();
    for (title, mirrors, patience) in races {
        let began = Instant::now();
        let race = race(&pool, runtime.handle(), &mirrors, patience);
        println!("{title}, {:.0?}:", began.elapsed());
        for (name, reason) in &race.failed {
            println!("  {name} failed: {reason}");
        }
        match &race.won {
            Some((name, file)) => println!("  {name} won: {:?}", String::from_utf8_lossy(file)),
            None => println!("  nobody won"),
        }
        println!("  cancelled: {:?}", race.cancelled);
        // Who never answers in time is cancelled, whoever won.
        let late = |name: &str| [SLOW.name, SILENT.name].contains(&name);
        let asked = mirrors.iter().filter(|(name, _)| late(name)).count();
        assert_eq!(
            race.cancelled.iter().filter(|name| late(name)).count(),
            asked
        );
        winners.push(race.won.map(|(name, _)| name));
    }
    assert_eq!(winners, [Some("quick"), None, None]);

    // The futures are gone, and so are the connections: the servers learn of it from the system.
    let began = Instant::now();
    while open.load(Ordering::Acquire) > 0 {
        assert!(began.elapsed() < PATIENCE, "a connection is still open");
        thread::sleep(Duration::from_millis(1));
    }
    println!("no connection is open any more");
    Ok(())
}
