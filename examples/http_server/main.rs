//! All rungs, a program: an HTTP server whose routes use one rung each.
//!
//! ```text
//! cargo run --release --features hyper --example http_server -- [ADDRESS]
//! ```
//!
//! The protocol is hyper's; the connections are tasks on an executor of two threads, see
//! [`server`], and nothing that computes or blocks runs there, see [`routes`]. Ctrl-C ends it
//! gracefully: no more connections are accepted, every request that has begun is answered, and
//! then all threads are joined.
//!
//! Without an address it serves on loopback, is driven by a client of its own, see [`script`], and
//! checks the answers, the last of which is given while it shuts down.

mod client;
mod routes;
mod script;
mod server;

use rungs::sync::CancelToken;
use server::Server;
use std::error::Error;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::Duration;

type Failure = Box<dyn Error + Send + Sync>;

/// How long a request may take when the server shuts down.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a client may take for the head of its request, and then for the body: together less than
/// [`PATIENCE`].
const SLOWEST: Duration = Duration::from_secs(4);

fn main() -> ExitCode {
    let ran = match std::env::args().nth(1) {
        None => {
            Server::start((Ipv4Addr::LOCALHOST, 0).into(), CancelToken::new()).and_then(script::run)
        }
        Some(address) => serve(&address).map_err(|error| format!("{address}: {error}").into()),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("http_server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until Ctrl-C.
fn serve(address: &str) -> Result<(), Failure> {
    let stop = CancelToken::new();
    let pressed = stop.clone();
    ctrlc::set_handler(move || _ = pressed.cancel())?;
    let server = Server::start(address.parse()?, stop.clone())?;
    println!("http://{}", server.address());
    stop.cancelled();
    println!("shutting down");
    server.join(PATIENCE)
}
