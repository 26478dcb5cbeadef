//! The command line.

use lexopt::prelude::*;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
queue_stress: pushes many messages through every kind of queue, and through pools of workers,
and accounts for each

usage: queue_stress [KIND] [--messages N] [--seconds S] [--seed X]

  KIND          only the kinds whose names contain it, for example bounded
  --messages N  how many messages to push through each kind (default 100000)
  --seconds S   how long to go on with each kind at most (default 1)
  --seed X      a number; another one makes other messages (default 1)
  --help        print this and exit

Exit status: 0 if all messages are accounted for, 1 if some are not or if it
hangs, 2 if the command line is wrong.
";

/// What the command line asks for.
pub(crate) enum Command {
    /// To push messages.
    Run(Args),
    /// To print [`HELP`].
    Help,
}

/// How much of what.
pub(crate) struct Args {
    /// What the names of the kinds contain.
    pub(crate) kind: String,
    /// How many messages for each kind.
    pub(crate) messages: u64,
    /// How long for each kind.
    pub(crate) seconds: f64,
    pub(crate) seed: u64,
}

/// Reads the command line; the error is one line for the user.
pub(crate) fn parse() -> Result<Command, String> {
    read().map_err(|error| format!("{error} (--help tells more)"))
}

fn read() -> Result<Command, lexopt::Error> {
    let mut kind = None;
    let mut args = Args {
        kind: String::new(),
        messages: 100_000,
        seconds: 1.0,
        seed: 1,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("messages") => args.messages = parser.value()?.parse()?,
            Long("seconds") => args.seconds = parser.value()?.parse()?,
            Long("seed") => args.seed = parser.value()?.parse()?,
            Long("help") | Short('h') => return Ok(Command::Help),
            Value(value) if kind.is_none() => kind = Some(value.string()?),
            other => return Err(other.unexpected()),
        }
    }
    args.kind = kind.unwrap_or_default();
    Ok(Command::Run(args))
}
