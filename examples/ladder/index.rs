//! The result: an index of many files.
//!
//! All rungs rest on two properties: an index can be made of any part of the files, and two such
//! parts can be merged in any order.

use std::collections::BTreeMap;
use std::mem;
use std::ops::Range;

use crate::report;
use crate::scan::{self, Record, Word, WordCounts};
use crate::walk::Corpus;

/// What is known of some of the files of a [`Corpus`].
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// By the file's number: its record, or why it could not be read.
    pub(crate) files: BTreeMap<usize, Result<Record, String>>,
    /// How often each word occurs in all of them.
    pub(crate) words: WordCounts,
}

impl Index {
    /// The index of a run of files.
    pub(crate) fn of(corpus: &Corpus, numbers: Range<usize>) -> Index {
        let mut index = Index::default();
        for number in numbers {
            let file = &corpus.files[number];
            let record = scan::scan(file, &mut index.words);
            index
                .files
                .insert(number, record.map_err(|error| report::reason(&error)));
            corpus.bar.inc(file.bytes);
        }
        index
    }

    /// Takes over all that is in `part`.
    pub(crate) fn merge(&mut self, mut part: Index) {
        if self.words.len() < part.words.len() {
            mem::swap(self, &mut part); // the cost is that of the smaller one
        }
        self.files.extend(part.files);
        for (word, count) in part.words {
            *self.words.entry(word).or_insert(0) += count;
        }
    }

    /// The bytes of all files.
    pub(crate) fn bytes(&self) -> u64 {
        self.records().map(|record| record.bytes).sum()
    }

    /// The records of the files that could be read.
    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        self.files.values().flatten()
    }

    /// The most frequent words, the most frequent first.
    pub(crate) fn top_words(&self, n: usize) -> Vec<(String, u64)> {
        let mut words: Vec<_> = self
            .words
            .iter()
            .map(|(word, &count)| (word, count))
            .collect();
        words.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        words
            .into_iter()
            .take(n)
            .map(|(word, count)| (text(word), count))
            .collect()
    }

    /// The first difference to another index, in words.
    pub(crate) fn difference(&self, other: &Index, corpus: &Corpus) -> Option<String> {
        for (number, file) in corpus.files.iter().enumerate() {
            let (mine, theirs) = (self.files.get(&number), other.files.get(&number));
            if mine != theirs {
                let (mine, theirs) = (describe(mine), describe(theirs));
                let path = report::show(&file.path);
                return Some(format!(
                    "the index differs: {path}: {mine} serially, {theirs} here"
                ));
            }
        }
        let count = |index: &Index, word: &Word| index.words.get(word).copied().unwrap_or(0);
        let differs = |word: &&Word| count(self, word) != count(other, word);
        let word = self
            .words
            .keys()
            .chain(other.words.keys())
            .filter(differs)
            .min()?;
        let (mine, theirs) = (count(self, word), count(other, word));
        Some(format!(
            "the index differs: the word {:?}: {mine} times serially, {theirs} here",
            text(word)
        ))
    }
}

/// What an index says of one file, in words.
fn describe(file: Option<&Result<Record, String>>) -> String {
    match file {
        Some(Ok(record)) => record.to_string(),
        Some(Err(reason)) => reason.clone(),
        None => "missing".to_owned(),
    }
}

/// A word as it is printed.
fn text(word: &Word) -> String {
    word.iter()
        .take_while(|&&byte| byte != 0)
        .map(|&byte| char::from(byte))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The index of this program's own sources, and of what.
    fn own_sources() -> (Corpus, Index) {
        let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/ladder");
        let corpus = crate::walk::walk(sources.as_ref()).expect("sources to read");
        let index = Index::of(&corpus, 0..corpus.files.len());
        (corpus, index)
    }

    #[test]
    fn parts_may_be_merged_in_any_order() {
        let (corpus, whole) = own_sources();
        let mut merged = Index::default();
        for number in (0..corpus.files.len()).rev() {
            merged.merge(Index::of(&corpus, number..number + 1));
        }
        assert_eq!(whole.difference(&merged, &corpus), None);
    }

    #[test]
    fn a_difference_is_named() {
        let (corpus, whole) = own_sources();
        let part = Index::of(&corpus, 1..corpus.files.len());
        let difference = whole.difference(&part, &corpus).expect("a file is missing");
        assert!(difference.contains("args.rs") && difference.ends_with("missing here"));

        let (_, mut other) = own_sources();
        other.words.insert([b'z'; 24], 3);
        let difference = whole.difference(&other, &corpus).expect("a word too many");
        assert!(difference.ends_with(": 0 times serially, 3 here"));
    }
}
