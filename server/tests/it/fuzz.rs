//! Spoils inputs: what was good once, with bytes changed, lost, doubled and mixed.
//!
//! `CREDITPACK_FUZZ_SEED` says which; the seed is printed, so that a failure can be seen again.

use std::fs;
use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Pieces that parsers stumble over.
const PIECES: &[&str] = &[
    "\0",
    "\n",
    "\r\n",
    "\"",
    "'",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    "=",
    ":",
    ".",
    "-",
    "e9",
    "1e999",
    "18446744073709551616",
    "-9223372036854775808",
    "null",
    "true",
    "t=",
    "v1=",
    "\u{feff}",
    "\u{202e}",
    "é",
    "data:",
    "event:",
    "id",
    "[[",
    "]]",
    "usd",
    "0",
    "9007199254740992",
    "\\u0000",
];

/// At most so much is changed at once.
const CHANGES_MAX: usize = 4;

/// Inputs that a folder of the corpus begins with, and what becomes of them.
pub(crate) struct Fuzz {
    corpus: Vec<Vec<u8>>,
    random: StdRng,
}

/// The seed of this run, printed.
pub(crate) fn seed() -> u64 {
    let seed = number("CREDITPACK_FUZZ_SEED").unwrap_or_else(rand::random);
    println!("CREDITPACK_FUZZ_SEED={seed}");
    seed
}

/// The number in an environment variable.
pub(crate) fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

impl Fuzz {
    /// What is in `tests/corpus/{folder}`, and `more`.
    pub(crate) fn new(folder: &str, more: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder);
        let mut files: Vec<_> =
            fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        let mut corpus: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
        corpus.extend(more.iter().map(|text| text.as_bytes().to_vec()));
        assert!(corpus.len() > 2);
        Self { corpus, random: StdRng::seed_from_u64(seed()) }
    }

    /// First the corpus as it is, then so many that are spoiled.
    pub(crate) fn inputs(mut self, count: usize) -> impl Iterator<Item = Vec<u8>> {
        let whole = self.corpus.clone();
        whole.into_iter().chain((0..count).map(move |_| self.spoiled()))
    }

    fn spoiled(&mut self) -> Vec<u8> {
        let mut input = self.one();
        for _ in 0..self.random.random_range(1..=CHANGES_MAX) {
            self.spoil(&mut input);
        }
        input
    }

    fn one(&mut self) -> Vec<u8> {
        self.corpus[self.random.random_range(0..self.corpus.len())].clone()
    }

    fn spoil(&mut self, input: &mut Vec<u8>) {
        let at = self.random.random_range(0..=input.len());
        let end = self.random.random_range(at..=input.len().min(at + 40));
        match self.random.random_range(0..6) {
            0 if at < input.len() => input[at] ^= 1 << self.random.random_range(0..8),
            1 => drop(input.drain(at..end)),
            2 => {
                let twice = input[at..end].to_vec();
                input.splice(at..at, twice);
            }
            3 => {
                let other = self.one();
                let from = self.random.random_range(0..=other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            _ => {
                let piece = PIECES[self.random.random_range(0..PIECES.len())];
                input.splice(at..end.min(at + 3), piece.bytes());
            }
        }
    }
}
