//! The rules of the house that a reader of the sources can check.

use crate::common::files_in;
use std::fs;
use std::path::{Path, PathBuf};

/// From the bottom up. A file names only its own layer and those before it.
const LAYERS: [&str; 12] = [
    "panic", "sys", "wait", "sync", "queue", "pool", "future", "executor", "task", "net", "actor",
    "guide",
];

/// What only `sys` may name.
const MACHINE: [&str; 5] = [
    "std::sync",
    "std::thread",
    "parking_lot::",
    "crossbeam_deque::",
    "loom::",
];

/// The atomic operations that take an ordering.
const ORDERINGS: [&str; 4] = [
    "Ordering::Acquire",
    "Ordering::Release",
    "Ordering::AcqRel",
    "Ordering::Relaxed",
];

struct Source {
    path: PathBuf,
    layer: String,
    text: String,
}

impl Source {
    /// The lines that are code, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let is_code = |line: &&str| !line.trim_start().starts_with("//");
        let numbered = self.text.lines().enumerate();
        numbered
            .map(|(i, line)| (i + 1, line))
            .filter(move |(_, line)| is_code(line))
    }

    fn fails(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path.display())
    }
}

/// All of `src`, but `lib.rs`, which names everything.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = files_in("src");
    paths.retain(|path| path.extension().is_some_and(|e| e == "rs") && !path.ends_with("lib.rs"));
    let source = |path: PathBuf| {
        let first = path.strip_prefix(&root).unwrap().iter().next().unwrap();
        let layer = first.to_str().unwrap().trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(&path).unwrap();
        Source { path, layer, text }
    };
    paths.into_iter().map(source).collect()
}

fn rank(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|known| *known == layer)
}

#[test]
fn a_file_names_only_layers_below_its_own() {
    let mut failures = Vec::new();
    for source in sources() {
        let own = rank(&source.layer).expect("every file of `src` belongs to a layer");
        for (number, line) in source.code() {
            for named in line.split("crate::").skip(1) {
                let end = named.find(|c: char| !c.is_alphanumeric() && c != '_');
                let named = &named[..end.unwrap_or(named.len())];
                if rank(named).is_some_and(|rank| rank > own) {
                    let what = format!("`{}` names `{named}`, above it", source.layer);
                    failures.push(source.fails(number, &what));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn only_sys_names_the_machine() {
    let mut failures = Vec::new();
    for source in sources().iter().filter(|source| source.layer != "sys") {
        for (number, line) in source.code() {
            if let Some(name) = MACHINE.iter().find(|name| line.contains(**name)) {
                failures.push(source.fails(number, &format!("names `{name}`")));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_ordering_is_argued() {
    let mut failures = Vec::new();
    for source in sources() {
        let mut argued = None;
        for (number, line) in source.text.lines().enumerate() {
            if line.contains("ORDERING") {
                argued = Some(number);
            }
            let is_code = !line.trim_start().starts_with("//");
            if is_code
                && ORDERINGS.iter().any(|name| line.contains(name))
                && argued.is_none_or(|at| number - at > 12)
            {
                failures.push(source.fails(number + 1, "no ORDERING comment"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn nothing_is_sequentially_consistent_but_fences() {
    let mut failures = Vec::new();
    for source in sources() {
        for (number, line) in source.code() {
            if line.contains("SeqCst") && !line.contains("fence(") && !line.contains("use ") {
                failures.push(source.fails(number, "a SeqCst access"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn no_lock_of_ours_is_tried() {
    // loom reports deadlocks that are none where a mutex of its own is tried. The mutex of
    // `sync` is made of a monitor instead.
    let mut failures = Vec::new();
    let tries = |source: &&Source| !["sys", "sync"].contains(&source.layer.as_str());
    for source in sources().iter().filter(tries) {
        for (number, line) in source.code() {
            if line.contains(".try_lock(") {
                failures.push(source.fails(number, "tries a lock"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
