//! Rung 4, a program: a chat server on loopback. Each connection is an actor, and so is the room.
//!
//! ```text
//! cargo run --release --example chat
//! cargo test --example chat
//! ```
//!
//! What a client types is read by a thread of its connection and told to the room, which tells all
//! members what was said. A member is an actor that owns the writing end of its socket, on a thread
//! of its own, since writing may block. Its mailbox is bounded and drops the oldest line: a client
//! that does not read costs the others nothing, and the server no memory.
//!
//! A connection ends when its client goes, or says `/quit`: then the member is stopped, and the
//! room forgets it when it hears of that.

mod server;
#[cfg(test)]
mod tests;

use server::Server;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};

/// A client, for scripts.
struct Client {
    reader: BufReader<TcpStream>,
}

impl Client {
    /// Enters the room as `name`, and waits until it is there.
    fn enter(server: SocketAddr, name: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(server)?;
        let reader = BufReader::new(stream);
        let mut client = Self { reader };
        client.say(name)?;
        let greeting = client.hear()?;
        assert_eq!(greeting, format!("* {name} is here"));
        Ok(client)
    }

    fn say(&mut self, line: &str) -> io::Result<()> {
        self.reader
            .get_mut()
            .write_all(format!("{line}\n").as_bytes())
    }

    /// The next line; empty where the server has hung up.
    fn hear(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

fn main() -> io::Result<()> {
    let server = Server::start()?;
    println!("listening at {}", server.address());

    let mut ada = Client::enter(server.address(), "ada")?;
    let mut bob = Client::enter(server.address(), "bob")?;
    println!("ada hears: {}", ada.hear()?);
    ada.say("hello, bob")?;
    println!("bob hears: {}", bob.hear()?);
    println!("ada hears: {}", ada.hear()?);
    bob.say("/quit")?;
    println!("ada hears: {}", ada.hear()?);

    server.stop();
    assert_eq!(ada.hear()?, "");
    println!("the server has hung up");
    Ok(())
}
