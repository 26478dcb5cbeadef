//! The dictionaries of the guide are kept honest: what stands in a row of a table is used in the
//! programs under the same heading, and those are tests.
//!
//! * The left side is named in a comment: each word of its code; or all of it, where it has no code.
//! * What the right side links to or writes as code is used in code: the last name of it.
//!
//! A row whose right side begins with "none" says that there is nothing, and what to use.

use crate::common::files_in;
use std::fs;
use std::path::{Path, PathBuf};

/// What stands under one heading.
#[derive(Default)]
struct Section {
    title: String,
    /// The cells of each row.
    rows: Vec<Vec<String>>,
    code: String,
    comments: String,
}

fn pages() -> Vec<PathBuf> {
    let mut found = files_in("src/guide");
    found.retain(|path| path.to_str().unwrap().contains("from_") && !path.ends_with("mod.rs"));
    found
}

fn sections(text: &str) -> Vec<Section> {
    let (mut sections, mut is_code) = (vec![Section::default()], false);
    for line in text.lines().filter_map(|line| line.strip_prefix("//!")) {
        let line = line.trim();
        let section = sections.last_mut().unwrap();
        if line.starts_with("```") {
            is_code = !is_code;
        } else if is_code {
            let (code, comment) = line.split_once("//").unwrap_or((line, ""));
            section.code += &format!("{code} ");
            section.comments += &format!("{} ", comment.trim());
        } else if let Some(title) = line.strip_prefix("# ") {
            let title = title.to_owned();
            sections.push(Section {
                title,
                ..Section::default()
            });
        } else if line.starts_with('|') {
            let cells = line
                .trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned());
            section.rows.push(cells.collect());
        }
    }
    sections
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let names = text.split(move |c| !is_part(c));
    names.filter(|name| name.len() > 2 && !name.starts_with(|c: char| c.is_ascii_digit()))
}

fn has(text: &str, wanted: &str) -> bool {
    names(text).any(|name| name == wanted)
}

/// What stands between backticks.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// What the right side of a row links to, and what it writes as code beside: the last name of each.
fn targets(here: &str) -> Vec<&str> {
    let mut pieces = here.split('[');
    let mut found: Vec<_> = spans(pieces.next().unwrap_or("")).collect();
    for piece in pieces {
        let (_shown, link) = piece.split_once("](").unwrap_or(("", piece));
        let (link, rest) = link.split_once(')').unwrap_or((link, ""));
        found.push(link);
        found.extend(spans(rest));
    }
    let last = |code| names(code).last();
    found.into_iter().filter_map(last).collect()
}

/// What a row names that the programs do not.
fn missing<'a>(row: &'a [String], section: &Section) -> Vec<&'a str> {
    let left = row[0].as_str();
    let words: Vec<_> = spans(left).flat_map(names).collect();
    let has_left = |name: &&str| has(&section.comments, name);
    let mut missing: Vec<_> = match left.contains('`') {
        true => words.into_iter().filter(|name| !has_left(name)).collect(),
        false if section.comments.contains(left) => Vec::new(),
        false => vec![left],
    };
    let used = targets(&row[1]).into_iter();
    missing.extend(used.filter(|name| !has(&section.code, name)));
    missing
}

/// What is wrong with a page, and how many rows it has.
fn examine(page: &Path) -> (Vec<String>, usize) {
    let text = fs::read_to_string(page).unwrap();
    let (mut faults, mut count) = (Vec::new(), 0);
    for section in sections(&text) {
        // Without the head and the line under it.
        let rows = section.rows.iter().skip(2);
        for row in rows.filter(|row| !row[1].starts_with("none")) {
            count += 1;
            let missing = missing(row, &section).join(", ");
            if !missing.is_empty() {
                let (page, title) = (page.display(), &section.title);
                faults.push(format!("{page}, {title}: {}: {missing}", row[0]));
            }
        }
    }
    (faults, count)
}

#[test]
fn each_row_of_a_dictionary_is_in_a_program() {
    let (faults, counts): (Vec<_>, Vec<_>) = pages().iter().map(|page| examine(page)).unzip();
    let (faults, count) = (faults.concat(), counts.iter().sum::<usize>());
    assert!(count > 100, "the tables were not found");
    let found = faults.len();
    assert!(
        faults.is_empty(),
        "{found} of {count} rows:\n{}",
        faults.join("\n")
    );
}
