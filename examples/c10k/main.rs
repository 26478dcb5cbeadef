//! Beside rung 3, a program: ten thousand connections at once.
//!
//! ```text
//! cargo run --release --features hyper --example c10k -- [--connections N] [--seconds S]
//! ```
//!
//! Two servers give the same answer: one of hyper, whose connections are tasks of two event loops, a
//! thread each, see [`event_loop`]; and one of a thread for each connection, see [`threads`], as
//! many as the machine bears. A client opens all connections and keeps them busy, see [`client`]:
//! first each asks about once a second, as most connections do, which are idle for most of the
//! time; then each asks again as soon as it has its answer. Servers and clients are processes of
//! their own: this program, executed again.
//!
//! Told are the answers per second, how long one took, and what a server takes up: threads, and
//! memory for each connection (its own; what the system keeps for sockets and for the stacks of
//! threads is not counted). Where the event loops do not bear as many connections as it should
//! without one error, the program fails.

mod args;
mod client;
mod event_loop;
mod process;
mod threads;

use args::{Args, Role};
use process::Child;
use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

type Failure = Box<dyn Error + Send + Sync>;

/// What the servers answer.
const BODY: &str = "Hello, World!";

fn main() -> ExitCode {
    let ran = args::parse().map_err(Failure::from).and_then(run);
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("c10k: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<(), Failure> {
    match args.role {
        Role::Compare => compare(&args),
        Role::Help => {
            print!("{}", args::HELP);
            Ok(())
        }
        Role::Client(address) => client::run(address, args.connections, args.time()),
        Role::EventLoop => {
            process::allow_files(args.connections)?;
            event_loop::serve()
        }
        Role::Threads => {
            process::allow_files(args.connections)?;
            threads::serve()
        }
    }
}

/// Loads one server after the other.
fn compare(args: &Args) -> Result<(), Failure> {
    process::allow_files(args.connections)?;
    println!("{} connections", args.connections);
    let failed = load("--event-loop", "two event loops, a thread each", args)?;
    // It may bear fewer, and says so.
    load("--threads", "a thread for each connection", args)?;
    match failed {
        0 => Ok(()),
        failed => Err(format!("{failed} connections of the event loops failed").into()),
    }
}

/// Loads a server and tells of it; how many connections failed.
fn load(role: &str, title: &str, args: &Args) -> Result<usize, Failure> {
    let connections = args.connections.to_string();
    let mut server = Child::start(&[role, "--connections", &connections])?;
    let address: SocketAddr = server.line()?.parse()?;
    let (before, _) = memory_and_threads(&mut server)?;

    let (address, seconds) = (address.to_string(), args.seconds.to_string());
    let mut client = Child::start(&[
        "--client",
        &address,
        "--connections",
        &connections,
        "--seconds",
        &seconds,
    ])?;
    println!("\n{title}");
    let open: usize = client.line()?.parse()?;
    println!("  {open} connections are open");
    let mut failed = args.connections - open;
    for load in ["idle for most of the time", "always busy"] {
        client.tell("go")?;
        let line = client.line()?;
        let (errors, figures) = line.split_once(' ').ok_or("the client says nothing")?;
        println!("  {load}: {figures}");
        failed += errors.parse::<usize>()?;
    }
    let (after, threads) = memory_and_threads(&mut server)?;
    let each = after.saturating_sub(before) as f64 / open.max(1) as f64;
    println!("  {each:.1} KiB of memory for each connection, {threads} threads");
    println!("  {failed} failed");
    client.end()?;
    server.end()?;
    Ok(failed)
}

/// What a server takes up at this moment: KiB, and threads.
fn memory_and_threads(server: &mut Child) -> Result<(usize, usize), Failure> {
    server.tell("usage")?;
    let line = server.line()?;
    let (memory, threads) = line.split_once(' ').ok_or("the server says nothing")?;
    Ok((memory.parse()?, threads.parse()?))
}
