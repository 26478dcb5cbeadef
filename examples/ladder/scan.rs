//! One file: its bytes, lines, words and digest.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use rustc_hash::FxBuildHasher;
use sha2::{Digest, Sha256};

use crate::walk::Entry;

/// Files are read in pieces of this many bytes, so a huge file takes no more memory than a small
/// one.
const BUFFER: usize = 64 << 10;

/// A word: a run of ASCII letters and digits in lower case, filled up with zeros. What is longer
/// is cut off. Every other byte stands between words, so any file has words, text or not.
pub(crate) type Word = [u8; 24];

/// How often each word occurs.
pub(crate) type WordCounts = HashMap<Word, u64, FxBuildHasher>;

/// What the index says of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Its length.
    pub(crate) bytes: u64,
    /// The number of line feeds, as `wc -l` counts.
    pub(crate) lines: u64,
    /// The number of words.
    pub(crate) words: u64,
    /// Its SHA-256, as `sha256sum` prints it.
    pub(crate) digest: [u8; 32],
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Record {
            bytes,
            lines,
            words,
            digest,
        } = self;
        write!(f, "{bytes} bytes, {lines} lines, {words} words, SHA-256 ")?;
        digest.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Reads a file and adds its words to `counts`.
pub(crate) fn scan(file: &Entry, counts: &mut WordCounts) -> io::Result<Record> {
    let source = File::open(&file.path)?.take(file.bytes);
    let mut source = BufReader::with_capacity(BUFFER, source);
    let mut record = Record {
        bytes: 0,
        lines: 0,
        words: 0,
        digest: [0; 32],
    };
    let mut digest = Sha256::new();
    let mut words = Words::new(counts);
    loop {
        let piece = match source.fill_buf() {
            Ok([]) => break,
            Ok(piece) => piece,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        digest.update(piece);
        words.feed(piece);
        record.lines += piece.iter().filter(|&&byte| byte == b'\n').count() as u64;
        record.bytes += piece.len() as u64;
        let read = piece.len();
        source.consume(read);
    }
    record.words = words.finish();
    record.digest = digest.finalize().into();
    Ok(record)
}

/// For each byte its lower-case letter or its digit, and zero for all that is between words.
const LETTER: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() {
            table[byte] = (byte as u8).to_ascii_lowercase();
        }
        byte += 1;
    }
    table
};

/// Counts the words of a text that comes in pieces; a word may begin in one and end in the next.
struct Words<'a> {
    /// Where they are counted.
    counts: &'a mut WordCounts,
    /// The word being read.
    word: Word,
    /// Its length so far, also beyond what `word` holds.
    length: usize,
    /// The number of words so far.
    seen: u64,
}

impl<'a> Words<'a> {
    fn new(counts: &'a mut WordCounts) -> Self {
        Words {
            counts,
            word: Word::default(),
            length: 0,
            seen: 0,
        }
    }

    fn feed(&mut self, piece: &[u8]) {
        for &byte in piece {
            let letter = LETTER[usize::from(byte)];
            if letter == 0 {
                self.end_word();
            } else {
                if let Some(place) = self.word.get_mut(self.length) {
                    *place = letter;
                }
                self.length += 1;
            }
        }
    }

    fn end_word(&mut self) {
        if self.length > 0 {
            *self.counts.entry(self.word).or_insert(0) += 1;
            self.seen += 1;
            (self.word, self.length) = (Word::default(), 0);
        }
    }

    fn finish(mut self) -> u64 {
        self.end_word();
        self.seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(pieces: &[&str]) -> (u64, Vec<(String, u64)>) {
        let mut counts = WordCounts::default();
        let mut words = Words::new(&mut counts);
        for piece in pieces {
            words.feed(piece.as_bytes());
        }
        let seen = words.finish();
        let text = |word: Word| {
            String::from_utf8_lossy(&word)
                .trim_end_matches('\0')
                .to_owned()
        };
        let mut counts: Vec<_> = counts
            .into_iter()
            .map(|(word, n)| (text(word), n))
            .collect();
        counts.sort();
        (seen, counts)
    }

    #[test]
    fn a_word_may_span_pieces() {
        let whole = count(&["The semaphore, the\nqueue"]);
        assert_eq!(
            whole,
            count(&["Th", "e sema", "phore", ", the\n", "", "queue"])
        );
        assert_eq!(whole.0, 4);
        assert_eq!(whole.1[2], ("the".to_owned(), 2));
    }

    #[test]
    fn a_long_word_is_cut_off_and_binary_separates() {
        let (seen, counts) = count(&["abcdefghijklmnopqrstuvwxyz0123\u{e9}x\0\u{7f}x"]);
        assert_eq!(seen, 3);
        assert_eq!(
            counts,
            [
                ("abcdefghijklmnopqrstuvwx".to_owned(), 1),
                ("x".to_owned(), 2)
            ]
        );
    }
}
