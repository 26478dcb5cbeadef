//! The client: all connections, kept busy. It is a task for each, on an executor, whichever server
//! it asks.

use crate::{BODY, Failure};
use rungs::executor::ThreadPoolExecutor;
use rungs::future::TaskFuture;
use rungs::net::TcpStream;
use rungs::net::io::{AsyncReadExt, AsyncWriteExt};
use rungs::sync::{Event, Semaphore};
use rungs::task::{sleep, timeout};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many connect at once: the system lets no more than so many wait to be accepted.
const CONNECTING: usize = 64;
/// When a connection counts as failed that gives no answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a connection rests that is idle for most of the time.
const REST: Duration = Duration::from_secs(1);

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// A connection, and how long its answers took, in microseconds.
struct Connection {
    stream: TcpStream,
    took: Vec<u32>,
}

impl Connection {
    /// Connects, and asks once to see that it is served.
    async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.get_ref().set_nodelay(true)?;
        let mut connection = Self {
            stream,
            took: Vec::new(),
        };
        connection.ask().await?;
        Ok(connection)
    }

    /// Asks, and waits for the whole answer.
    async fn ask(&mut self) -> io::Result<()> {
        let exchange = async {
            self.stream.write_all(REQUEST).await?;
            let (mut answer, mut read) = ([0; 512], 0);
            while !answer[..read].ends_with(BODY.as_bytes()) {
                match self.stream.read(&mut answer[read..]).await? {
                    0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                    more => read += more,
                }
            }
            match answer.starts_with(b"HTTP/1.1 200 ") {
                true => Ok(()),
                false => Err(io::ErrorKind::InvalidData.into()),
            }
        };
        let answered = timeout(PATIENCE, exchange).await;
        answered.map_err(|_| io::ErrorKind::TimedOut)?
    }

    /// Asks until `end`, and rests before each time.
    async fn load(mut self, load: Load) -> io::Result<Self> {
        sleep(load.delay).await;
        while Instant::now() < load.end {
            let began = Instant::now();
            self.ask().await?;
            self.took.push(began.elapsed().as_micros() as u32);
            if !load.rest.is_zero() {
                sleep(load.rest).await;
            }
        }
        Ok(self)
    }
}

/// What a connection is to do.
#[derive(Clone, Copy)]
struct Load {
    /// When it begins: not all at once, unless they never rest.
    delay: Duration,
    rest: Duration,
    end: Instant,
}

/// Opens the connections, says how many there are, and then, whenever a line comes in, loads them
/// and says how many failed and how it went.
pub(crate) fn run(to: SocketAddr, connections: usize, time: Duration) -> Result<(), Failure> {
    crate::process::allow_files(connections)?;
    let pool = ThreadPoolExecutor::new(2);
    let mut open = connect(&pool, to, connections)?;
    println!("{}", open.len());
    for rest in [REST, Duration::ZERO] {
        io::stdin().read_line(&mut String::new())?;
        let (before, began) = (open.len(), Instant::now());
        let loaded: Vec<_> = (0..)
            .zip(open)
            .map(|(number, connection)| {
                let delay = rest * number / before as u32;
                let end = began + time;
                let load = Load { delay, rest, end };
                pool.spawn(connection.load(load))
            })
            .collect();
        open = all(loaded)?;
        let figures = figures(&mut open, began.elapsed());
        println!("{} {figures}", before - open.len());
    }
    io::stdin().read_line(&mut String::new())?;
    Ok(())
}

fn connect(
    pool: &ThreadPoolExecutor,
    to: SocketAddr,
    connections: usize,
) -> Result<Vec<Connection>, Failure> {
    let connecting = Arc::new(Semaphore::new(CONNECTING));
    let (opening, failed) = (connecting.clone(), Arc::new(Event::new(false)));
    let tasks = (0..connections).map(|_| {
        let (connecting, failed) = (opening.clone(), failed.clone());
        pool.spawn(async move {
            let permit = connecting.acquire_owned_async().await;
            // Where one is not served, the machine bears no more.
            let opened = match failed.is_set() {
                true => Err(io::ErrorKind::ConnectionRefused.into()),
                false => Connection::open(to).await,
            };
            if opened.is_err() {
                failed.set();
            }
            drop(permit);
            opened
        })
    });
    all(tasks.collect())
}

/// Those connections that did not fail; says why the first of the others did.
fn all(tasks: Vec<TaskFuture<io::Result<Connection>>>) -> Result<Vec<Connection>, Failure> {
    let (mut open, mut first) = (Vec::new(), None);
    for task in tasks {
        match task.result()? {
            Ok(connection) => open.push(connection),
            Err(error) => _ = first.get_or_insert(error),
        }
    }
    if let Some(error) = first {
        eprintln!("c10k: a connection failed: {error}");
    }
    Ok(open)
}

/// How it went, in words. The connections forget it.
fn figures(open: &mut [Connection], time: Duration) -> String {
    let mut took: Vec<u32> = open
        .iter_mut()
        .flat_map(|connection| std::mem::take(&mut connection.took))
        .collect();
    took.sort_unstable();
    if took.is_empty() {
        return "no answers".to_owned();
    }
    let at = |part: f64| {
        let index = (took.len() - 1) as f64 * part;
        f64::from(took[index as usize]) / 1000.0
    };
    let rate = took.len() as f64 / time.as_secs_f64();
    format!(
        "{rate:.0} answers/s; half within {:.1} ms, 99 % {:.1}, 99.9 % {:.1}, all {:.1}",
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0)
    )
}
