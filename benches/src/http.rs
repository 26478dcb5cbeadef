//! The same service of hyper on several runtimes: each in a process of its own, asked over many
//! connections by a client in another, which is the same for all.

use std::convert::Infallible;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use async_executor::{Executor, LocalExecutor};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use nix::unistd::{SysconfVar, sysconf};
use rungs::net::hyper::Io;
use smol_hyper::rt::FuturesIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime;

use crate::harness::Plan;

/// The threads of every runtime that has several.
const WORKERS: usize = 2;
/// How many connections the client has.
const CONNECTIONS: usize = 64;
/// How much longer a round is than the measurement of a case.
const LONGER: u32 = 16;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
const BODY: &str = "Hello, World!";

/// A server, which serves until its process is killed.
type Server = fn(TcpListener) -> io::Result<()>;

const SERVERS: [(&str, Server); 7] = [
    ("rungs, two workers", on_rungs),
    ("rungs, two event loops", on_rungs_loops),
    ("rungs, event loop", on_rungs_loop),
    ("tokio, two workers", on_tokio),
    ("tokio, one thread", on_tokio_loop),
    ("smol, two threads", on_smol),
    ("smol, one thread", on_smol_loop),
];

async fn answer(_: Request<Incoming>) -> Result<Response<String>, Infallible> {
    Ok(Response::new(BODY.to_owned()))
}

/// The future of a connection, whatever the socket.
macro_rules! connection {
    ($io:expr) => {
        async move {
            let _ = http1::Builder::new()
                .serve_connection($io, service_fn(answer))
                .await;
        }
    };
}

fn on_rungs(listener: TcpListener) -> io::Result<()> {
    let pool = rungs::executor::ThreadPoolExecutor::new(WORKERS);
    let (listener, handle) = (rungs::net::Async::new(listener)?, pool.handle());
    let server = pool.spawn(async move {
        loop {
            let (stream, _) = listener.accept().await?;
            stream.get_ref().set_nodelay(true)?;
            drop(handle.spawn(connection!(Io::new(stream))));
        }
    });
    server.result().expect("it is not cancelled")
}

/// The accepting task of an event loop of rungs.
async fn accept_local(
    listener: TcpListener,
    handle: rungs::executor::LocalHandle,
) -> io::Result<()> {
    let listener = rungs::net::TcpListener::new(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.get_ref().set_nodelay(true)?;
        drop(handle.spawn(connection!(Io::new(stream))));
    }
}

fn on_rungs_loop(listener: TcpListener) -> io::Result<()> {
    let local = rungs::net::event_loop();
    local.block_on(accept_local(listener, local.handle()))
}

/// Each accepts what it can.
fn on_rungs_loops(listener: TcpListener) -> io::Result<()> {
    let other = listener.try_clone()?;
    thread::spawn(move || on_rungs_loop(other));
    on_rungs_loop(listener)
}

async fn accept_tokio(listener: TcpListener) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(connection!(TokioIo::new(stream)));
    }
}

fn on_tokio(listener: TcpListener) -> io::Result<()> {
    let mut runtime = runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(WORKERS).enable_all().build()?;
    let server = runtime.spawn(accept_tokio(listener));
    runtime.block_on(server).expect("it is not cancelled")
}

fn on_tokio_loop(listener: TcpListener) -> io::Result<()> {
    let mut runtime = runtime::Builder::new_current_thread();
    runtime
        .enable_all()
        .build()?
        .block_on(accept_tokio(listener))
}

/// As `smol::spawn` does it, with `SMOL_THREADS=2`.
fn on_smol(listener: TcpListener) -> io::Result<()> {
    let executor = Arc::new(Executor::new());
    for _ in 0..WORKERS {
        let executor = executor.clone();
        thread::spawn(move || {
            async_io::block_on(executor.run(std::future::pending::<()>()));
        });
    }
    let spawner = executor.clone();
    let server = executor.spawn(async move {
        let listener = async_io::Async::new(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.get_ref().set_nodelay(true)?;
            spawner.spawn(connection!(FuturesIo::new(stream))).detach();
        }
    });
    futures::executor::block_on(server)
}

fn on_smol_loop(listener: TcpListener) -> io::Result<()> {
    let executor = LocalExecutor::new();
    let listener = async_io::Async::new(listener)?;
    async_io::block_on(executor.run(async {
        loop {
            let (stream, _) = listener.accept().await?;
            stream.get_ref().set_nodelay(true)?;
            executor.spawn(connection!(FuturesIo::new(stream))).detach();
        }
    }))
}

/// Serves with one of [`SERVERS`], at an address that it prints.
pub fn serve(name: &str) -> io::Result<()> {
    let found = SERVERS.iter().find(|(other, _)| *other == name);
    let (_, serve) = found.ok_or(io::ErrorKind::NotFound)?;
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    println!("{}", listener.local_addr()?);
    serve(listener)
}

/// Asks over all connections, each as soon as it has its answer, and prints how many answers there
/// were a second, and the microseconds within which there were half and 99 of 100 of them.
pub fn load(out: &mut impl Write, plan: Plan, address: &str) -> io::Result<()> {
    let address: SocketAddr = address.parse().map_err(io::Error::other)?;
    let time = Duration::from_millis(plan.millis) * LONGER;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut took = runtime.block_on(async {
        let mut asking = Vec::new();
        for _ in 0..CONNECTIONS {
            let stream = tokio::net::TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            asking.push(stream);
        }
        let end = Instant::now() + time;
        let asking = asking
            .into_iter()
            .map(|stream| tokio::spawn(ask(stream, end)));
        let asking: Vec<_> = asking.collect();
        let mut took = Vec::new();
        for one in asking {
            took.extend(one.await.map_err(io::Error::other)??);
        }
        io::Result::Ok(took)
    })?;
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    let rate = took.len() as f64 / time.as_secs_f64();
    writeln!(out, "{rate:.0} {} {} {}", at(50), at(99), took.len())
}

/// How long each answer took, in microseconds.
async fn ask(mut stream: tokio::net::TcpStream, end: Instant) -> io::Result<Vec<u64>> {
    let mut took = Vec::new();
    loop {
        let began = Instant::now();
        if began >= end {
            return Ok(took);
        }
        stream.write_all(REQUEST).await?;
        let (mut answer, mut read) = ([0; 512], 0);
        while !answer[..read].ends_with(BODY.as_bytes()) {
            match stream.read(&mut answer[read..]).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                more => read += more,
            }
        }
        took.push(began.elapsed().as_micros() as u64);
    }
}

/// What a server did in a round.
#[derive(Clone, Copy)]
struct Sample {
    rate: f64,
    half: f64,
    most: f64,
    /// Microseconds of its processor time for each answer.
    cpu: f64,
}

/// Ends a server.
struct Kill(Child);

impl Drop for Kill {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Loads all servers in turn, and prints the medians of the rounds.
pub fn compare(out: &mut impl Write, plan: Plan, filter: &str) -> io::Result<()> {
    let servers = || SERVERS.iter().filter(|(name, _)| name.contains(filter));
    let mut samples = vec![Vec::new(); servers().count()];
    for _ in 0..plan.rounds {
        for ((name, _), samples) in servers().zip(&mut samples) {
            samples.push(round(name, plan)?);
        }
    }
    writeln!(out, "{CONNECTIONS} connections, {} rounds", plan.rounds)?;
    writeln!(
        out,
        "  {:<24} answers/s  50 % us  99 % us  cpu us/answer",
        ""
    )?;
    for ((name, _), samples) in servers().zip(&samples) {
        let median = |of: fn(&Sample) -> f64| {
            let mut values: Vec<f64> = samples.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        writeln!(
            out,
            "  {name:<24} {:>9.0}  {:>7.0}  {:>7.0}  {:>13.2}",
            median(|it| it.rate),
            median(|it| it.half),
            median(|it| it.most),
            median(|it| it.cpu)
        )?;
    }
    Ok(())
}

fn round(name: &str, plan: Plan) -> io::Result<Sample> {
    let program = std::env::current_exe()?;
    let mut server = Command::new(&program);
    let server = server.args(["--http-server", name]).stdout(Stdio::piped());
    let mut server = Kill(server.spawn()?);
    let says = server.0.stdout.take().expect("it has an output");
    let mut address = String::new();
    BufReader::new(says).read_line(&mut address)?;

    let millis = plan.millis.to_string();
    let mut client = Command::new(&program);
    let client = client.args(["--http-client", address.trim(), "--millis", &millis]);
    let output = client.stderr(Stdio::inherit()).output()?;
    let line = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<f64> = line.split_whitespace().flat_map(str::parse).collect();
    let [rate, half, most, answers] = figures[..] else {
        return Err(io::Error::other(format!("{name}: the client failed")));
    };
    let cpu = cpu_of(server.0.id()).unwrap_or_default().as_secs_f64() * 1e6 / answers;
    Ok(Sample {
        rate,
        half,
        most,
        cpu,
    })
}

/// The processor time of a process so far, as Linux tells it.
fn cpu_of(process: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks: u64 = fields
        .get(11..13)?
        .iter()
        .flat_map(|it| it.parse::<u64>())
        .sum();
    let per_second = sysconf(SysconfVar::CLK_TCK).ok()??;
    Some(Duration::from_secs_f64(ticks as f64 / per_second as f64))
}
