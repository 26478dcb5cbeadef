//! Measures `rungs` beside its peers; see README.md.

mod cases;
mod harness;
mod http;
mod machine;
mod report;

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::process::{Command, ExitCode};

use cases::crowds;
use harness::{Case, Plan, measure};
use lexopt::prelude::*;

const HELP: &str = "\
Measures rungs beside its peers.

Usage: cargo run --release -- [OPTIONS] [FILTER]

FILTER  only the cases whose names contain it, for example queue/

  --rounds N  measurements per contestant (7)
  --millis N  length of a measurement, about (60)
  --quick     the same as --rounds 3 --millis 20
  --json      print JSON, with every measurement and the peers' versions
  --memory    print how much memory an idle actor takes up, in each framework,
              and measure nothing else
  --http      print what a server of hyper does on each runtime, asked by a client
              in another process, and measure nothing else
  --list      print the cases and their contestants, and measure nothing
  --help      print this
";

/// What the command line asks for.
struct Options {
    plan: Plan,
    output: Output,
    filter: String,
}

enum Output {
    Table,
    Json,
    List,
    Help,
    Memory,
    /// The bytes of one framework, counted by a process of its own.
    MemoryOf(String),
    Http,
    /// A server of one runtime, a process of its own.
    HttpServer(String),
    /// The client, for so many milliseconds.
    HttpClient(String),
}

fn main() -> ExitCode {
    let ran = options(std::env::args_os()).and_then(|options| run(&options));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::Output(error)) => {
            eprintln!("cannot print: {error}");
            ExitCode::FAILURE
        }
        Err(Failure::Options(message)) => {
            eprintln!("{message} (--help says what there is)");
            ExitCode::from(2)
        }
    }
}

enum Failure {
    Options(String),
    Output(io::Error),
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Failure {
        Failure::Options(error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Output(error)
    }
}

fn options(arguments: impl IntoIterator<Item = OsString>) -> Result<Options, Failure> {
    let mut plan = Plan {
        rounds: 7,
        millis: 60,
    };
    let mut output = Output::Table;
    let mut filter = None;
    let mut parser = lexopt::Parser::from_iter(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("rounds") => plan.rounds = at_least_one("--rounds", parser.value()?)? as usize,
            Long("millis") => plan.millis = at_least_one("--millis", parser.value()?)?.into(),
            Long("quick") => {
                plan = Plan {
                    rounds: 3,
                    millis: 20,
                }
            }
            Long("json") => output = Output::Json,
            Long("memory") => output = Output::Memory,
            Long("memory-of") => output = Output::MemoryOf(parser.value()?.string()?),
            Long("http") => output = Output::Http,
            Long("http-server") => output = Output::HttpServer(parser.value()?.string()?),
            Long("http-client") => output = Output::HttpClient(parser.value()?.string()?),
            Long("list") => output = Output::List,
            Short('h') | Long("help") => output = Output::Help,
            Value(value) if filter.is_none() => filter = Some(value.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Options {
        plan,
        output,
        filter: filter.unwrap_or_default(),
    })
}

fn at_least_one(option: &str, value: OsString) -> Result<u32, Failure> {
    match value.parse() {
        Ok(0) => Err(Failure::Options(format!("{option} must be at least 1"))),
        Ok(number) => Ok(number),
        Err(error) => Err(Failure::Options(format!("{option}: {error}"))),
    }
}

fn run(options: &Options) -> Result<(), Failure> {
    let out = &mut io::stdout().lock();
    match &options.output {
        Output::Help => return Ok(out.write_all(HELP.as_bytes())?),
        Output::Memory => return memory(out),
        Output::MemoryOf(name) => return memory_of(out, name),
        Output::Http => return Ok(http::compare(out, options.plan, &options.filter)?),
        Output::HttpServer(name) => return Ok(http::serve(name)?),
        Output::HttpClient(address) => return Ok(http::load(out, options.plan, address)?),
        Output::Table | Output::Json | Output::List => {}
    }
    let mut cases: Vec<Case> = cases::all()
        .into_iter()
        .filter(|case| case.name.contains(&options.filter))
        .collect();
    if cases.is_empty() {
        return Err(Failure::Options(format!(
            "no case's name contains '{}'",
            options.filter
        )));
    }
    if let Output::List = options.output {
        report::list(out, &cases)?;
        return Ok(());
    }
    let results = cases.iter_mut().map(|case| measure(case, options.plan));
    match options.output {
        Output::Json => report::json(out, options.plan, results)?,
        _ => report::table(out, options.plan, results)?,
    }
    Ok(())
}

/// Counts the memory of each framework's actors in a process of its own, where nothing was freed
/// before that could be used again.
fn memory(out: &mut impl Write) -> Result<(), Failure> {
    writeln!(
        out,
        "bytes of memory for each of {} idle actors",
        crowds::MANY
    )?;
    for (name, _) in crowds::MEMORY {
        let mut child = Command::new(std::env::current_exe()?);
        let output = child.args(["--memory-of", name]).output()?;
        let bytes = String::from_utf8_lossy(&output.stdout);
        writeln!(out, "  {name:<30} {:>8}", bytes.trim())?;
    }
    Ok(())
}

fn memory_of(out: &mut impl Write, name: &str) -> Result<(), Failure> {
    let found = crowds::MEMORY.iter().find(|(other, _)| *other == name);
    let (_, count) = found.ok_or_else(|| Failure::Options(format!("no framework '{name}'")))?;
    writeln!(out, "{}", count())?;
    Ok(())
}
