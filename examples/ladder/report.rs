//! What the program prints, and how it ends.
//!
//! Results go to standard output, complaints to standard error. Nothing here panics when the
//! reader has gone away, as `println!` would (`ladder | head -1`).

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use crate::cost::Cost;
use crate::index::Index;
use crate::walk::Corpus;

/// So many of the files that cannot be indexed are named.
const NAMED: usize = 10;

/// Why the program ends early.
pub(crate) enum Failure {
    /// The command line is wrong.
    Usage(String),
    /// A rung gave up: its title and why.
    Rung(&'static str, String),
    /// A rung gave another index: its title and the first difference.
    Unequal(&'static str, String),
    /// Standard output failed.
    Output(io::Error),
}

impl Failure {
    /// Says why on standard error; a reader that has gone away is no failure.
    pub(crate) fn exit(self) -> ExitCode {
        let (code, message) = match self {
            Failure::Usage(message) => (2, message),
            Failure::Rung(rung, message) => (1, format!("{rung}: {message}")),
            Failure::Unequal(rung, difference) => (1, format!("{rung}: {difference}")),
            Failure::Output(error) if error.kind() == ErrorKind::BrokenPipe => {
                return ExitCode::SUCCESS;
            }
            Failure::Output(error) => (1, format!("standard output: {}", reason(&error))),
        };
        complain(&message);
        ExitCode::from(code)
    }
}

/// One line on standard error; if that fails too, there is nobody left to tell.
fn complain(message: &str) {
    let _ = io::stderr().write_all(format!("ladder: {message}\n").as_bytes());
}

/// Text on standard output.
pub(crate) fn print(text: impl Display) -> Result<(), Failure> {
    let mut out = io::stdout();
    write!(out, "{text}")
        .and_then(|()| out.flush())
        .map_err(Failure::Output)
}

/// A path as it is printed: no control characters that would upset a terminal.
pub(crate) fn show(path: &Path) -> String {
    if path.as_os_str().is_empty() {
        return "''".to_owned();
    }
    path.display().to_string().replace(char::is_control, "?")
}

/// Why something failed, in the words of the system: `no such file or directory`.
pub(crate) fn reason(error: &impl Display) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_lowercase().chain(chars).collect())
        .unwrap_or_default()
}

/// What is indexed.
pub(crate) fn print_header(path: &Path, corpus: &Corpus, workers: usize) -> Result<(), Failure> {
    let megabytes = megabytes(corpus.files.iter().map(|file| file.bytes).sum());
    let files = count(corpus.files.len() as u64, "file");
    let workers = count(workers as u64, "worker");
    let path = show(path);
    print(format_args!(
        "{path}: {files}, {megabytes:.1} MB; {workers}\n\n"
    ))
}

/// One line of the table.
pub(crate) struct Row {
    /// The rung.
    pub(crate) title: &'static str,
    /// The number of files it has indexed.
    pub(crate) files: usize,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// What that has cost.
    pub(crate) cost: Cost,
}

/// Above the first [`Row`].
pub(crate) const TABLE_HEAD: &str =
    "                                     files      MB/s  speed-up     CPU s  CPU %\n";

impl Row {
    /// The line, compared with the row of the serial program.
    pub(crate) fn line(&self, serial: &Row) -> String {
        let wall = seconds(self.cost.wall);
        let rate = megabytes(self.bytes) / wall;
        let gain = seconds(serial.cost.wall) / wall;
        let (cpu, percent) = match self.cost.cpu.map(seconds) {
            Some(cpu) => (format!("{cpu:.2}"), format!("{:.0}", 100.0 * cpu / wall)),
            None => ("-".to_owned(), "-".to_owned()),
        };
        let (title, files) = (self.title, self.files);
        format!("{title:<33} {files:>8} {rate:>9.1} {gain:>9.2} {cpu:>9} {percent:>6}\n")
    }
}

/// Says so if the speed-ups cannot be trusted.
pub(crate) fn print_caveat(serial: &Row) -> Result<(), Failure> {
    let wall = seconds(serial.cost.wall);
    // The serial program waits for nobody, so it should have had a processor all the time.
    let share = serial.cost.cpu.map_or(1.0, |cpu| seconds(cpu) / wall);
    if wall < 0.1 {
        print("\nso little work tells nothing of speed\n")
    } else if share < 0.9 {
        print("\nother programs keep this machine busy: compare CPU s, not the speed-ups\n")
    } else {
        Ok(())
    }
}

/// Names what is not indexed, on standard error; returns how much that is.
pub(crate) fn complain_of_skipped(index: &Index, corpus: &Corpus) -> usize {
    let unread = index
        .files
        .iter()
        .filter_map(|(&number, record)| Some((&corpus.files[number].path, record.as_ref().err()?)));
    let all: Vec<_> = corpus
        .skipped
        .iter()
        .map(|(path, why)| (path, why))
        .chain(unread)
        .collect();
    for (path, why) in all.iter().take(NAMED) {
        complain(&format!("{}: {why}", show(path)));
    }
    if all.len() > NAMED {
        complain(&format!("and {} more not indexed", all.len() - NAMED));
    }
    all.len()
}

/// What is in the index, and that all indexes are the same.
pub(crate) fn print_summary(index: &Index, skipped: usize, indexes: usize) -> Result<(), Failure> {
    let lines = index.records().map(|record| record.lines).sum();
    let words = index.records().map(|record| record.words).sum();
    let (lines, words) = (count(lines, "line"), count(words, "word"));
    let different = index.words.len();
    let top = index.top_words(10).into_iter();
    let top: String = top.map(|(word, n)| format!(" {word} {n}")).collect();
    print(format_args!(
        "\n{lines}, {words} ({different} different); {skipped} not indexed\n\
         most frequent:{top}\n"
    ))?;
    print(match indexes {
        1 => "1 index, nothing to compare it with\n".to_owned(),
        2 => "both indexes are equal\n".to_owned(),
        n => format!("all {n} indexes are equal\n"),
    })
}

/// `1 file`, `2 files`.
fn count(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// Never zero, so that it can stand under a fraction line.
fn seconds(time: Duration) -> f64 {
    time.as_secs_f64().max(1e-9)
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
