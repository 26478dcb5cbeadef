//! One program on every rung of the ladder: index a directory tree.
//!
//! For each file it takes the bytes, lines and words and a SHA-256 digest, and for the whole tree
//! the most frequent words. It does so serially and once on each rung, checks that all indexes are
//! equal, and prints what each rung gained.
//!
//! ```text
//! cargo run --release --example ladder -- [PATH] [--workers N] [--rung R]
//! ```
//!
//! The rungs are in `rungs/`, one short file each; start reading there. The rest is the program
//! around them: [`args`], [`walk`] (what to index), [`scan`] (one file), [`index`] (the result),
//! [`cost`] (time and CPU) and [`report`] (what is printed).

mod args;
mod cost;
mod index;
mod report;
mod rungs;
mod scan;
mod walk;

use std::process::ExitCode;
use std::sync::Arc;

use args::{Args, Command};
use index::Index;
use report::{Failure, Row};
use rungs::Rung;
use walk::Corpus;

fn main() -> ExitCode {
    let outcome = match args::parse() {
        Ok(Command::Run(args)) => run(&args),
        Ok(Command::Help) => report::print(args::HELP),
        Err(message) => Err(Failure::Usage(message)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.exit(),
    }
}

/// Indexes the tree on every rung that was asked for, and compares.
fn run(args: &Args) -> Result<(), Failure> {
    let path = args.path.clone().unwrap_or_else(walk::default_path);
    let corpus = Arc::new(walk::walk(&path).map_err(Failure::Usage)?);
    report::print_header(&path, &corpus, args.workers)?;
    walk::warm(&corpus);

    let (serial, base) = climb(&rungs::SERIAL, &corpus, args.workers)?;
    let skipped = report::complain_of_skipped(&serial, &corpus);
    report::print(report::TABLE_HEAD)?;
    report::print(base.line(&base))?;
    for rung in &args.rungs {
        let (index, row) = climb(rung, &corpus, args.workers)?;
        report::print(row.line(&base))?;
        if let Some(difference) = serial.difference(&index, &corpus) {
            return Err(Failure::Unequal(rung.title, difference));
        }
    }
    report::print_caveat(&base)?;
    report::print_summary(&serial, skipped, 1 + args.rungs.len())
}

/// Indexes the tree on one rung and measures it.
fn climb(rung: &Rung, corpus: &Arc<Corpus>, workers: usize) -> Result<(Index, Row), Failure> {
    corpus.bar.reset();
    corpus.bar.set_message(rung.title);
    let (index, cost) = cost::measure(|| (rung.index)(corpus, workers));
    corpus.bar.finish_and_clear();
    let index = index.map_err(|error| Failure::Rung(rung.title, report::reason(&error)))?;
    let row = Row {
        title: rung.title,
        files: index.files.len(),
        bytes: index.bytes(),
        cost,
    };
    Ok((index, row))
}
