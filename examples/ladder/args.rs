//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use lexopt::prelude::*;

use crate::rungs::{self, Rung};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
ladder: indexes a directory tree serially and on each rung of the ladder

usage: ladder [PATH] [--workers N] [--rung R]

  PATH         a directory or a file; without it, the sources of the crates that
               cargo has downloaded, or else this package's own sources
  --workers N  the number of threads that index, 1 to 1024 (default: one per core)
  --rung R     compare serial with one rung only: 1, 2, 3 or 4; or `serial` for
               none of them (default: all)
                 1  threads that share a Mutex and a Semaphore
                 2  a bounded Queue and a WorkerPool
                 3  ThreadPoolExecutor::map
                 4  an active object that owns the index
  --help       print this and exit

Exit status: 0 if all indexes are equal, 1 if they differ or a rung failed,
2 if the command line is wrong.
";

/// The largest number of workers: more would only cost memory.
const MAX_WORKERS: usize = 1024;

/// What the command line asks for.
pub(crate) enum Command {
    /// To index a tree.
    Run(Args),
    /// To print [`HELP`].
    Help,
}

/// What to index, and how.
pub(crate) struct Args {
    /// The tree; none means the default one.
    pub(crate) path: Option<PathBuf>,
    /// The number of threads that read and count.
    pub(crate) workers: usize,
    /// The rungs to compare with the serial program.
    pub(crate) rungs: Vec<&'static Rung>,
}

/// Reads the command line; the error is one line for the user.
pub(crate) fn parse() -> Result<Command, String> {
    let mut path = None;
    let mut workers = thread::available_parallelism()
        .map_or(1, NonZeroUsize::get)
        .min(MAX_WORKERS);
    let mut chosen: Vec<&Rung> = rungs::RUNGS.iter().collect();

    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next().map_err(one_line)? {
        match arg {
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("workers") => workers = number_of_workers(&value(&mut parser)?)?,
            Long("rung") => chosen = rungs_named(&value(&mut parser)?)?,
            Value(given) if path.is_none() => path = Some(PathBuf::from(given)),
            other => return Err(one_line(other.unexpected())),
        }
    }
    Ok(Command::Run(Args {
        path,
        workers,
        rungs: chosen,
    }))
}

/// The value of the option that was just read.
fn value(parser: &mut lexopt::Parser) -> Result<String, String> {
    let value = parser.value().map_err(one_line)?;
    Ok(value.to_string_lossy().into_owned())
}

fn number_of_workers(value: &str) -> Result<usize, String> {
    match value.parse() {
        Ok(workers) if (1..=MAX_WORKERS).contains(&workers) => Ok(workers),
        _ => Err(format!(
            "--workers: {value:?} is not a number from 1 to {MAX_WORKERS}"
        )),
    }
}

fn rungs_named(value: &str) -> Result<Vec<&'static Rung>, String> {
    match value {
        "all" => Ok(rungs::RUNGS.iter().collect()),
        "serial" => Ok(Vec::new()),
        _ => match rungs::RUNGS.iter().find(|rung| rung.key == value) {
            Some(rung) => Ok(vec![rung]),
            None => Err(format!(
                "--rung: {value:?} is none of serial, 1, 2, 3, 4, all"
            )),
        },
    }
}

fn one_line(error: lexopt::Error) -> String {
    format!("{error} (--help tells more)")
}
