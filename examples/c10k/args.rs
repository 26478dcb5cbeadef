//! The command line.

use lexopt::prelude::*;
use std::net::SocketAddr;
use std::time::Duration;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
c10k: ten thousand connections, served by event loops and by threads

usage: c10k [--connections N] [--seconds S]

  --connections N  how many are open at once, 1 to 20000 (default 10000)
  --seconds S      how long each load lasts, 1 to 60; there are two for each of
                   the two servers (default 5)
  --help           print this and exit

Each connection is an open file in two processes: the limit is raised as far as
the system lets it be, and if that is not enough, it is said what to set.
";

/// What this process is.
pub(crate) enum Role {
    /// The one that starts the others.
    Compare,
    /// It prints [`HELP`].
    Help,
    Client(SocketAddr),
    EventLoop,
    Threads,
}

pub(crate) struct Args {
    pub(crate) role: Role,
    pub(crate) connections: usize,
    pub(crate) seconds: u64,
}

impl Args {
    /// How long a load lasts.
    pub(crate) fn time(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// Reads the command line; the error is one line for the user.
pub(crate) fn parse() -> Result<Args, String> {
    read().map_err(|error| format!("{error} (--help tells more)"))
}

fn read() -> Result<Args, lexopt::Error> {
    let mut args = Args {
        role: Role::Compare,
        connections: 10_000,
        seconds: 5,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("help") | Short('h') => args.role = Role::Help,
            Long("connections") => args.connections = parser.value()?.parse()?,
            Long("seconds") => args.seconds = parser.value()?.parse()?,
            Long("client") => args.role = Role::Client(parser.value()?.parse()?),
            Long("event-loop") => args.role = Role::EventLoop,
            Long("threads") => args.role = Role::Threads,
            other => return Err(other.unexpected()),
        }
    }
    if !(1..=20_000).contains(&args.connections) {
        return Err("--connections: not a number from 1 to 20000".into());
    }
    match args.seconds {
        1..=60 => Ok(args),
        _ => Err("--seconds: not a number from 1 to 60".into()),
    }
}
