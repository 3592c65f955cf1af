//! The lines of a file that have something on them, and their numbers.

use std::io::{self, BufRead, Read};

/// Hands over a file without its empty lines, one line for each call, and knows which it was.
pub(super) struct Filled<Source> {
    source: Source,
    /// The line that is being handed over.
    line: Vec<u8>,
    /// How much of it was.
    given: usize,
    number: u64,
    /// What cannot be read once could not be read for ever.
    has_failed: bool,
}

impl<Source: BufRead> Filled<Source> {
    pub(super) fn new(source: Source) -> Self {
        Self { source, line: Vec::new(), given: 0, number: 0, has_failed: false }
    }

    /// Where the line stands that was handed over last, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line, if there is one. After an error there is none.
    pub(super) fn next_line(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            self.line.clear();
            self.given = 0;
            if self.has_failed {
                return Ok(None);
            }
            let read = self.source.read_until(b'\n', &mut self.line);
            self.has_failed = read.is_err();
            if matches!(read, Ok(0)) {
                return Ok(None);
            }
            self.number += 1;
            read?;
            if !self.line.trim_ascii().is_empty() {
                return Ok(Some(&self.line));
            }
        }
    }
}

impl<Source: BufRead> Read for Filled<Source> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given == self.line.len() && self.next_line()?.is_none() {
            return Ok(0);
        }
        let rest = &self.line[self.given..];
        let given = rest.len().min(into.len());
        into[..given].copy_from_slice(&rest[..given]);
        self.given += given;
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_handed_over_one_by_one_with_their_numbers() {
        let mut filled = Filled::new("\n \r\nab\r\n\n\ncd".as_bytes());
        let mut read = || {
            let mut into = [0; 3];
            let given = filled.read(&mut into).unwrap();
            (String::from_utf8(into[..given].to_vec()).unwrap(), filled.number())
        };
        assert_eq!(read(), ("ab\r".to_owned(), 3));
        assert_eq!(read(), ("\n".to_owned(), 3));
        assert_eq!(read(), ("cd".to_owned(), 6));
        assert_eq!(read(), (String::new(), 6));
    }
}
