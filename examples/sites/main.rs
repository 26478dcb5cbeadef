//! Four ways to fetch the same slow pages: one after the other, a thread for each, a pool of
//! threads, and an event loop.
//!
//! ```text
//! cargo run --release --features net --example sites
//! ```
//!
//! The pages are served here, on loopback, by a server that thinks for a while before each answer.
//! To wait is all there is to do, so what counts is how many wait at once, and what that costs: a
//! thread for each page is as quick as the event loop, which needs one for all.

use rungs::executor::ThreadPoolExecutor;
use rungs::net::io::{AsyncReadExt, AsyncWriteExt};
use rungs::net::{TcpListener, TcpStream, event_loop};
use rungs::sync::Event;
use rungs::task::sleep;
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

type Failure = Box<dyn Error + Send + Sync>;

/// How many pages there are.
const PAGES: usize = 40;
/// How long the server thinks about each.
const THINKS: Duration = Duration::from_millis(25);
/// The threads of the pool.
const WORKERS: usize = 8;

/// What is to be found there.
fn page(number: usize) -> String {
    format!("this is page {number}\n").repeat(100)
}

fn request(number: usize) -> String {
    format!("GET /{number} HTTP/1.0\r\n\r\n")
}

/// The page in an answer.
fn body(answer: &str) -> io::Result<String> {
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.0 200") => Ok(body.to_owned()),
        _ => Err(io::Error::other("that is no page")),
    }
}

/// Serves the pages in an event loop, until it is to end.
fn serve(listener: TcpListener, end: &Event) {
    let local = event_loop();
    let handle = local.handle();
    local.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            handle.spawn(answer(stream));
        }
    });
    local.block_on(end.wait_async());
}

async fn answer(mut stream: TcpStream) -> io::Result<()> {
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        let mut some = [0; 256];
        match stream.read(&mut some).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => asked.extend_from_slice(&some[..read]),
        }
    }
    let path = String::from_utf8_lossy(&asked);
    let number = path.trim_start_matches("GET /").split(' ').next();
    let number = number.and_then(|number| number.parse().ok());
    let number = number.ok_or(io::ErrorKind::InvalidData)?;
    sleep(THINKS).await;
    let answer = format!("HTTP/1.0 200 OK\r\n\r\n{}", page(number));
    stream.write_all(answer.as_bytes()).await
}

/// Fetches a page as a thread does.
fn fetch(site: SocketAddr, number: usize) -> io::Result<String> {
    let mut stream = std::net::TcpStream::connect(site)?;
    stream.write_all(request(number).as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    body(&answer)
}

/// The same, as a task does.
async fn fetch_async(site: SocketAddr, number: usize) -> io::Result<String> {
    let mut stream = TcpStream::connect(site).await?;
    stream.write_all(request(number).as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    body(&answer)
}

/// One after the other.
fn serially(site: SocketAddr) -> Result<Vec<String>, Failure> {
    Ok((0..PAGES)
        .map(|n| fetch(site, n))
        .collect::<Result<_, _>>()?)
}

/// A thread for each.
fn by_threads(site: SocketAddr) -> Result<Vec<String>, Failure> {
    let threads: Vec<_> = (0..PAGES)
        .map(|n| thread::spawn(move || fetch(site, n)))
        .collect();
    let join = |thread: thread::JoinHandle<_>| thread.join().expect("it does not panic");
    Ok(threads.into_iter().map(join).collect::<Result<_, _>>()?)
}

/// A few threads for all.
fn by_a_pool(site: SocketAddr) -> Result<Vec<String>, Failure> {
    let pool = ThreadPoolExecutor::new(WORKERS);
    let pages = pool.map(0..PAGES, move |n| fetch(site, n));
    pages.map(|page| Ok(page??)).collect()
}

/// This thread alone.
fn by_an_event_loop(site: SocketAddr) -> Result<Vec<String>, Failure> {
    let local = event_loop();
    let tasks: Vec<_> = (0..PAGES)
        .map(|n| local.spawn(fetch_async(site, n)))
        .collect();
    local.block_on(async {
        let mut pages = Vec::new();
        for task in tasks {
            pages.push(task.await??);
        }
        Ok(pages)
    })
}

/// A way to fetch all pages.
type Way = fn(SocketAddr) -> Result<Vec<String>, Failure>;

fn main() -> Result<(), Failure> {
    let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
    let site = listener.get_ref().local_addr()?;
    let end = Arc::new(Event::new(false));
    let ended = end.clone();
    let server = thread::spawn(move || serve(listener, &ended));

    println!("{PAGES} pages, each after {THINKS:?}");
    let ways: [(&str, Way, usize); 4] = [
        ("serially", serially, 1),
        ("a thread for each", by_threads, PAGES),
        ("a pool of threads", by_a_pool, WORKERS),
        ("an event loop", by_an_event_loop, 1),
    ];
    for (name, way, threads) in ways {
        let began = Instant::now();
        let pages = way(site)?;
        println!(
            "  {name:<18} {:>8.0?} with {threads} thread(s)",
            began.elapsed()
        );
        assert!(pages.into_iter().eq((0..PAGES).map(page)));
    }
    end.set();
    server.join().expect("it does not panic");
    Ok(())
}
