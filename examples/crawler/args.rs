//! The command line.

use hyper::Uri;
use lexopt::prelude::*;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
crawler: follows all links of a site and says which of them are dead

usage: crawler [URL] [--workers N]

  URL          http://host[:port]/[path], where to begin; only links to the same
               host are followed. Without it, a site is served on loopback and
               crawled, and what is found there is checked.
  --workers N  how many pages to ask for at once, 1 to 64 (default 4)
  --help       print this and exit

Ctrl-C ends it early: no more links are taken up, and those that were are
followed to their end.

Exit status: 0 if the site was crawled (and, where it is our own, all was found
that there is), 1 if not, 2 if the command line is wrong, 130 after Ctrl-C.
";

/// What the command line asks for.
pub(crate) enum Command {
    /// To crawl.
    Run(Args),
    /// To print [`HELP`].
    Help,
}

/// What to crawl, and how.
pub(crate) struct Args {
    /// The host and the path to begin with; `None`: our own site.
    pub(crate) start: Option<(String, String)>,
    pub(crate) workers: usize,
}

/// Reads the command line; the error is one line for the user.
pub(crate) fn parse() -> Result<Command, String> {
    read().map_err(|error| format!("{error} (--help tells more)"))
}

fn read() -> Result<Command, lexopt::Error> {
    let mut args = Args {
        start: None,
        workers: 4,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("workers") => args.workers = parser.value()?.parse()?,
            Value(url) if args.start.is_none() => args.start = Some(url.parse_with(start)?),
            other => return Err(other.unexpected()),
        }
    }
    match args.workers {
        1..=64 => Ok(Command::Run(args)),
        _ => Err("--workers: not a number from 1 to 64".into()),
    }
}

fn start(url: &str) -> Result<(String, String), String> {
    let uri: Uri = url.parse().map_err(|error| format!("{error}"))?;
    match (uri.scheme_str(), uri.authority()) {
        (Some("http"), Some(host)) => Ok((host.to_string(), uri.path().to_owned())),
        _ => Err("not of the form http://host[:port]/[path]".into()),
    }
}
