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
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

type Failure = Box<dyn Error + Send + Sync>;

/// How long a request may take when the server shuts down.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> Result<(), Failure> {
    match std::env::args().nth(1) {
        None => {
            let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), CancelToken::new())?;
            script::run(server)
        }
        Some(address) => serve(address.parse()?),
    }
}

/// Serves until Ctrl-C.
fn serve(address: SocketAddr) -> Result<(), Failure> {
    let stop = CancelToken::new();
    let pressed = stop.clone();
    ctrlc::set_handler(move || _ = pressed.cancel())?;
    let server = Server::start(address, stop.clone())?;
    println!("http://{}", server.address());
    stop.cancelled();
    println!("shutting down");
    server.join(PATIENCE)
}
