//! The command line.

use lexopt::prelude::*;
use std::path::PathBuf;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
thumbnails: makes small pictures of all pictures in a folder

usage: thumbnails [FOLDER] [--size N] [--workers N]

  FOLDER       where the pictures are (*.png); the small ones go into a folder
               `thumbnails` in it. Without it, some pictures are made, and what
               comes out is checked and removed.
  --size N     how wide and how high a thumbnail is at most, 1 to 4096
               (default 160)
  --workers N  how many threads do it, 1 to 256 (default: as many as can run)
  --help       print this and exit

Ctrl-C ends it early: no more pictures are begun, and those that were are
finished.

Exit status: 0 if all was done, 1 if not, 2 if the command line is wrong, 130
after Ctrl-C.
";

/// What the command line asks for.
pub(crate) enum Command {
    /// To make thumbnails.
    Run(Args),
    /// To print [`HELP`].
    Help,
}

/// Which thumbnails to make, and how.
pub(crate) struct Args {
    /// `None`: our own.
    pub(crate) folder: Option<PathBuf>,
    pub(crate) size: usize,
    pub(crate) workers: usize,
}

/// Reads the command line; the error is one line for the user.
pub(crate) fn parse() -> Result<Command, String> {
    read().map_err(|error| format!("{error} (--help tells more)"))
}

fn read() -> Result<Command, lexopt::Error> {
    let mut args = Args {
        folder: None,
        size: 160,
        workers: std::thread::available_parallelism()
            .map_or(1, usize::from)
            .min(256),
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("size") => args.size = parser.value()?.parse()?,
            Long("workers") => args.workers = parser.value()?.parse()?,
            Value(folder) if args.folder.is_none() => args.folder = Some(folder.into()),
            other => return Err(other.unexpected()),
        }
    }
    match args {
        Args {
            size: 0 | 4097.., ..
        } => Err("--size: not a number from 1 to 4096".into()),
        Args {
            workers: 0 | 257.., ..
        } => Err("--workers: not a number from 1 to 256".into()),
        args => Ok(Command::Run(args)),
    }
}
