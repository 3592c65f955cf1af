//! Times as people write them.

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, Error};
use toml::Value;

/// A point in time: TOML's offset date-time, or the same as a text (RFC 3339). In milliseconds
/// since the Unix epoch, what is finer is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) at_ms: u64,
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            Value::Datetime(time) => time.to_string(),
            other => return Err(D::Error::custom(rule(&other.to_string()))),
        };
        let time: Timestamp = text.parse().map_err(|_| D::Error::custom(rule(&text)))?;
        u64::try_from(time.as_millisecond())
            .map(|at_ms| Self { at_ms })
            .map_err(|_| D::Error::custom(format!("{text} is before 1970")))
    }
}

fn rule(text: &str) -> String {
    format!("{text} is not a date and time with an offset from UTC, before the end of 9999")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<u64, String> {
        let value = toml::de::ValueDeserializer::parse(value).unwrap();
        Moment::deserialize(value).map(|moment| moment.at_ms).map_err(|it| it.message().to_owned())
    }

    #[test]
    fn a_time_has_an_offset() {
        for value in ["2026-12-01T09:00:00+01:00", "2026-12-01 08:00:00Z", "2026-12-01T08:00:00z"] {
            assert_eq!(read(value), Ok(1_796_112_000_000), "{value}");
            assert_eq!(read(&format!("{value:?}")), Ok(1_796_112_000_000), "{value:?}");
        }
        assert_eq!(read("2026-12-01T08:00:00.0129Z"), Ok(1_796_112_000_012));
        for bad in ["2026-12-01T08:00:00", "2026-12-01", "08:00:00", "\"soon\"", "7", "\"\""] {
            assert!(read(bad).unwrap_err().contains("with an offset from UTC"), "{bad}");
        }
        assert!(read("1969-12-31T23:59:59Z").unwrap_err().contains("before 1970"));
    }
}
