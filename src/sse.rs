//! Incremental parser of `text/event-stream` (WHATWG HTML, section 9.2).
//!
//! Bytes go in as the network cuts them, whole events come out. Only what this protocol uses is
//! kept: the event's name and its data.

use alloc::string::String;
use alloc::vec::Vec;

/// Longest line and longest event that is kept, in bytes. A longer one is dropped whole.
pub const EVENT_BYTES_MAX: usize = 1 << 20;

/// One event of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name; `message` where the stream names none.
    pub name: String,
    /// Its data, lines joined by line feeds.
    pub data: String,
}

/// What has been read of a stream so far.
#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    name: String,
    data: Option<String>,
    after_return: bool,
    overlong: bool,
}

impl Parser {
    /// A parser at the beginning of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// The events that `bytes` complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in bytes {
            let line_feed_of_pair = byte == b'\n' && self.after_return;
            self.after_return = byte == b'\r';
            match byte {
                b'\n' if line_feed_of_pair => {}
                b'\n' | b'\r' => events.extend(self.end_line()),
                _ if self.line.len() >= EVENT_BYTES_MAX => self.overlong = true,
                _ => self.line.push(byte),
            }
        }
        events
    }

    fn end_line(&mut self) -> Option<Event> {
        let line = core::mem::take(&mut self.line);
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
        if line.is_empty() {
            return self.end_event();
        }
        let colon = line.iter().position(|&byte| byte == b':');
        let (field, value) = line.split_at(colon.unwrap_or(line.len()));
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = String::from_utf8_lossy(value.strip_prefix(b" ").unwrap_or(value));
        match field {
            b"event" => self.name = value.into(),
            b"data" => self.add_data(&value),
            // Comments, ids and retry hints: the client keeps its own cursor and its own pace.
            _ => {}
        }
        None
    }

    fn add_data(&mut self, value: &str) {
        match &mut self.data {
            None => self.data = Some(value.into()),
            Some(data) if data.len() + value.len() < EVENT_BYTES_MAX => {
                data.push('\n');
                data.push_str(value);
            }
            Some(_) => self.overlong = true,
        }
    }

    fn end_event(&mut self) -> Option<Event> {
        let name = core::mem::take(&mut self.name);
        let data = self.data.take();
        let overlong = core::mem::take(&mut self.overlong);
        let data = data.filter(|_| !overlong)?;
        Some(Event { name: if name.is_empty() { "message".into() } else { name }, data })
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    fn check(stream: &str, expected: &[(&str, &str)]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|&(name, data)| Event { name: name.into(), data: data.into() })
            .collect();
        assert_eq!(Parser::new().push(stream.as_bytes()), expected, "{stream:?}");
        let mut byte_by_byte = Parser::new();
        let events: Vec<_> = stream.bytes().flat_map(|byte| byte_by_byte.push(&[byte])).collect();
        assert_eq!(events, expected, "{stream:?} byte by byte");
    }

    #[test]
    fn events_are_read_as_the_standard_says() {
        check("event: entry\ndata: {}\n\n", &[("entry", "{}")]);
        check("data: a\r\ndata: b\r\n\r\n", &[("message", "a\nb")]);
        check("data:a\rdata: b\r\r", &[("message", "a\nb")]);
        check(": heartbeat\n\ndata\n\n", &[("message", "")]);
        check("event: lonely\n\ndata: x\n\n", &[("message", "x")]);
        check("id: 7\nretry: 5\ndata:  y\n\n", &[("message", " y")]);
        check("data: cut", &[]);
        check("data: ä€\n\n", &[("message", "ä€")]);
    }

    #[test]
    fn an_overlong_event_is_dropped_and_the_next_one_read() {
        let long = "x".repeat(EVENT_BYTES_MAX + 1);
        let stream = format!("data: {long}\n\ndata: y\n\n");
        let events = Parser::new().push(stream.as_bytes());
        assert_eq!(events, vec![Event { name: "message".into(), data: "y".into() }]);
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_read_the_same(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b':'), any::<u8>()], 0..200),
            cut in 0usize..200,
        ) {
            let cut = cut.min(bytes.len());
            let whole = Parser::new().push(&bytes);
            let mut pieces = Parser::new();
            let mut events = pieces.push(&bytes[..cut]);
            events.extend(pieces.push(&bytes[cut..]));
            prop_assert_eq!(whole, events);
        }
    }
}
