//! What there is to index: the files of a tree, found once for all rungs.

use std::env;
use std::fs::{self, File, Metadata};
use std::io::{self, IsTerminal, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use walkdir::{DirEntry, WalkDir};

use crate::report;

/// A batch is complete with this many bytes: small enough to keep all workers busy to the end and
/// its words in the cache, large enough that handing it over costs nothing beside the work.
const BATCH_BYTES: u64 = 256 << 10;
/// Or with this many files.
const BATCH_FILES: usize = 64;

/// Everything that is to be indexed.
pub(crate) struct Corpus {
    /// The files, sorted by name within each directory. A file's position is its number.
    pub(crate) files: Vec<Entry>,
    /// The numbers of all files, in runs of about equal work: what the rungs hand out.
    pub(crate) batches: Vec<Range<usize>>,
    /// What is not a readable file: where, and why.
    pub(crate) skipped: Vec<(PathBuf, String)>,
    /// How far the current rung is; drawn only on a terminal.
    pub(crate) bar: ProgressBar,
}

/// One file.
pub(crate) struct Entry {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its length when it was found. No more than this is read, so that every rung sees the same
    /// of a file that grows meanwhile.
    pub(crate) bytes: u64,
}

/// The sources of the crates that cargo has downloaded, or else those of this package.
pub(crate) fn default_path() -> PathBuf {
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| {
        let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE"))?;
        Some(Path::new(&home).join(".cargo"))
    });
    let sources = cargo_home.map(|home| home.join("registry").join("src"));
    sources
        .filter(|path| fs::read_dir(path).is_ok_and(|mut crates| crates.next().is_some()))
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
}

/// Finds all files under `path`; the error is one line for the user.
pub(crate) fn walk(path: &Path) -> Result<Corpus, String> {
    check(path).map_err(|reason| format!("{}: {reason}", report::show(path)))?;
    let mut files = Vec::new();
    let mut skipped = Vec::new();
    for found in WalkDir::new(path).sort_by_file_name() {
        let entry = match found {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(path).to_path_buf();
                let reason = error
                    .io_error()
                    .map_or_else(|| error.to_string(), report::reason);
                skipped.push((path, reason));
                continue;
            }
        };
        match regular_file(&entry) {
            Ok(Some(metadata)) => {
                files.push(Entry {
                    bytes: metadata.len(),
                    path: entry.into_path(),
                });
            }
            Ok(None) => {}
            Err(reason) => skipped.push((entry.into_path(), reason)),
        }
    }
    let batches = batches(&files);
    let bar = progress_bar(files.iter().map(|file| file.bytes).sum());
    Ok(Corpus {
        files,
        batches,
        skipped,
        bar,
    })
}

/// Whether the path given by the user can be walked at all.
fn check(path: &Path) -> Result<(), String> {
    let metadata = fs::metadata(path).map_err(|error| report::reason(&error))?;
    if metadata.is_dir() {
        fs::read_dir(path).map_err(|error| report::reason(&error))?;
    } else if !metadata.is_file() {
        return Err("neither a directory nor a regular file".to_owned());
    }
    Ok(())
}

/// The metadata if it is a file, none if it is a directory, which the walk enters by itself.
///
/// A symbolic link to a file counts as that file. One to a directory is not followed: it could
/// lead round in a circle. Pipes and devices are never opened: that could wait for ever.
fn regular_file(entry: &DirEntry) -> Result<Option<Metadata>, String> {
    if entry.file_type().is_dir() {
        return Ok(None);
    }
    let metadata = fs::metadata(entry.path()).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound if entry.path_is_symlink() => "broken symbolic link".to_owned(),
        _ => report::reason(&error),
    })?;
    if metadata.is_file() {
        Ok(Some(metadata))
    } else if metadata.is_dir() {
        Err("symbolic link to a directory, not followed".to_owned())
    } else {
        Err("not a regular file".to_owned())
    }
}

/// Cuts the list of files into runs of about equal work.
fn batches(files: &[Entry]) -> Vec<Range<usize>> {
    let mut batches = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (number, file) in files.iter().enumerate() {
        bytes += file.bytes;
        if bytes >= BATCH_BYTES || number + 1 - start == BATCH_FILES {
            batches.push(start..number + 1);
            (start, bytes) = (number + 1, 0);
        }
    }
    if start < files.len() {
        batches.push(start..files.len());
    }
    batches
}

/// Reads everything once, so that the first rung does not pay for the disk.
pub(crate) fn warm(corpus: &Corpus) {
    corpus.bar.set_message("reading");
    for entry in &corpus.files {
        if let Ok(file) = File::open(&entry.path) {
            // What cannot be read is found out, and reported, by the rungs.
            let _ = io::copy(&mut file.take(entry.bytes), &mut io::sink());
        }
        corpus.bar.inc(entry.bytes);
    }
    corpus.bar.finish_and_clear();
}

/// A bar on standard error; hidden unless both output streams are terminals.
fn progress_bar(bytes: u64) -> ProgressBar {
    if !io::stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg:32} {wide_bar} {bytes}/{total_bytes}");
    ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
