//! Rung 3, a program: asks several mirrors for the same file at once; the first good answer wins,
//! and the others are cancelled.
//!
//! ```text
//! cargo run --release --example race_mirrors
//! ```
//!
//! The mirrors are served here, on loopback: one is quick, one is slow, one fails at once, one
//! takes the request and never answers. Each request is a task of a `TaskGroup`, which keeps a
//! promise; `select_ok` waits for the first promise that is kept, for so long. Then the group is
//! cancelled and joined: that drops the futures, and with them the connections, and the servers
//! see that nobody wants them any more.
//!
//! The pool knows nothing of the network. The tasks bring the reactor along: tokio's, see
//! [`Within`].

use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, client, server};
use hyper_util::rt::TokioIo;
use rungs::executor::{TaskGroup, ThreadPoolExecutor};
use rungs::future::{Promise, TaskError, select_ok};
use rungs::queue::Queue;
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

/// The file, and whose it is.
type Answer = (&'static str, Bytes);

/// Asks a mirror, gives the file to whoever waits for it, and says what came of it. Where there is
/// none the promise is dropped: the answer is broken.
async fn ask(
    name: &'static str,
    mirror: SocketAddr,
    answer: Promise<Answer>,
    failures: Queue<(&'static str, Option<String>)>,
) -> Result<(), Infallible> {
    let failure = match fetch(mirror).await {
        Ok(file) => {
            let _ = answer.set_result((name, file)); // who comes too late gets it back
            None
        }
        Err(reason) => Some(reason.to_string()),
    };
    let _ = failures.push((name, failure));
    Ok(())
}

/// How a race ended.
struct Race {
    /// The first good answer; or that all are broken, or that the time was over.
    won: Result<Answer, TaskError>,
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
    let group = TaskGroup::new(&pool.handle());
    let ended = Queue::unbounded();
    let answers: Vec<_> = mirrors
        .iter()
        .map(|(name, address)| {
            let (promise, answer) = Promise::new();
            let ask = ask(name, *address, promise, ended.clone());
            group.spawn(Within(network.clone(), Box::pin(ask)));
            answer
        })
        .collect();
    let won = select_ok(answers).with_timeout(patience).result();

    // Nothing of the race outlives it: when the group is joined, all futures are gone.
    group.cancel();
    let _cancelled = group.join();
    let ended = ended.drain();
    let cancelled = mirrors.iter().map(|(name, _)| *name);
    Race {
        won,
        cancelled: cancelled
            .filter(|name| !ended.iter().any(|(other, _)| other == name))
            .collect(),
        failed: ended
            .into_iter()
            .filter_map(|(name, failure)| Some((name, failure?)))
            .collect(),
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
            Ok((name, file)) => println!("  {name} won: {:?}", String::from_utf8_lossy(file)),
            Err(error) => println!("  nobody won: {error}"),
        }
        println!("  cancelled: {:?}", race.cancelled);
        // Who never answers in time is cancelled, whoever won.
        let late = |name: &str| [SLOW.name, SILENT.name].contains(&name);
        let asked = mirrors.iter().filter(|(name, _)| late(name)).count();
        assert_eq!(
            race.cancelled.iter().filter(|name| late(name)).count(),
            asked
        );
        winners.push(race.won.ok().map(|(name, _)| name));
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
