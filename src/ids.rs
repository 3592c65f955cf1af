//! The names of things: accounts, ops, versions, epochs.

use core::fmt;

use alloc::borrow::ToOwned;
use alloc::string::String;
use serde::{Deserialize, Serialize};

use crate::credits::CREDITS_MAX;
use crate::error::Error;
use crate::words::{digit, text_of};

/// Who owns a balance: 1 to 128 bytes of `[A-Za-z0-9._:@-]`, chosen by the product.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct AccountId(String);

impl AccountId {
    /// The account of that name.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming `account` if it is empty, too long or has another character.
    pub fn new(name: &str) -> Result<Self, Error> {
        if !is_name(name) {
            return Err(Error::invalid("account", "must be 1 to 128 of A-Z a-z 0-9 . _ : @ -"));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// 1 to 128 bytes of the alphabet that accounts and claims share.
fn is_name(text: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'@' | b'-');
    (1..=128).contains(&text.len()) && text.bytes().all(allowed)
}

impl TryFrom<String> for AccountId {
    type Error = Error;

    fn try_from(name: String) -> Result<Self, Error> {
        Self::new(&name)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The client-made id of one spend: a UUID of version 7 (RFC 9562), lower-case on the wire.
///
/// ```
/// # use creditpack::OpId;
/// let op = OpId::v7(1_700_000_000_000, [7; 10]);
/// assert_eq!(op.to_string(), "018bcfe5-6800-7707-8707-070707070707");
/// assert_eq!(op.to_string().parse(), Ok(op));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OpId([u8; 16]);

impl OpId {
    /// An op made at `unix_ms` (its low 48 bits are kept) with 10 random bytes.
    pub fn v7(unix_ms: u64, random: [u8; 10]) -> Self {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&unix_ms.to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&random);
        bytes[6] = 0x70 | (bytes[6] & 0x0f);
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        Self(bytes)
    }

    /// The same, later than `last` if that was made in the same millisecond, as RFC 9562 has it in
    /// 6.2: its first 12 random bits count on from there. There is room for 2,048 at least.
    #[must_use]
    pub fn v7_after(last: Option<Self>, unix_ms: u64, random: [u8; 10]) -> Self {
        let mut op = Self::v7(unix_ms, random);
        op.0[6] &= 0x77;
        if let Some(Self(last)) = last.filter(|last| last.0[..6] == op.0[..6]) {
            let next = u16::from_be_bytes([last[6], last[7]]).saturating_add(1).min(0x7fff);
            op.0[6..8].copy_from_slice(&next.to_be_bytes());
        }
        op
    }

    /// The 16 bytes, in the order of the text.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The op with those 16 bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming `op` if they are not a UUID of version 7.
    pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, Error> {
        if bytes[6] >> 4 != 7 || bytes[8] >> 6 != 0b10 {
            return Err(NOT_AN_OP);
        }
        Ok(Self(bytes))
    }
}

const NOT_AN_OP: Error = Error::invalid("op", "must be a lower-case UUID of version 7");

impl core::str::FromStr for OpId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.as_bytes();
        if text.len() != 36 {
            return Err(NOT_AN_OP);
        }
        let mut bytes = [0; 16];
        let mut digits = 0;
        for (at, &char) in text.iter().enumerate() {
            if matches!(at, 8 | 13 | 18 | 23) {
                if char != b'-' {
                    return Err(NOT_AN_OP);
                }
                continue;
            }
            let digit = match char {
                b'0'..=b'9' => char - b'0',
                b'a'..=b'f' => char - b'a' + 10,
                _ => return Err(NOT_AN_OP),
            };
            bytes[digits / 2] = (bytes[digits / 2] << 4) | digit;
            digits += 1;
        }
        Self::from_bytes(bytes)
    }
}

impl fmt::Display for OpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from(*self))
    }
}

impl fmt::Debug for OpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for OpId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

/// Without [`core::fmt`], which the browser has no other use for.
impl From<OpId> for String {
    fn from(op: OpId) -> Self {
        let mut text = Self::with_capacity(36);
        for (at, byte) in op.0.into_iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                text += "-";
            }
            text.push_str(digit(byte >> 4));
            text.push_str(digit(byte & 0xf));
        }
        text
    }
}

/// The id of one run of the work, chosen by the product's server: 1 to 128 of `[A-Za-z0-9._:@-]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct ClaimId(String);

impl ClaimId {
    /// The claim with that text.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming `claim` if it is empty, too long or has another character.
    pub fn new(text: &str) -> Result<Self, Error> {
        if !is_name(text) {
            return Err(Error::invalid("claim", "must be 1 to 128 of A-Z a-z 0-9 . _ : @ -"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The claim of a server that named none: the op's own text.
    pub(crate) fn of_op(op: OpId) -> Self {
        Self(op.into())
    }

    /// The claim as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClaimId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Self::new(&text)
    }
}

/// How many entries an account's ledger has; 0 for an account never seen.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u64")]
pub struct Version(u64);

impl Version {
    /// Before the first entry.
    pub const ZERO: Self = Self(0);

    /// The version after so many entries.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming `version` over 2^53-1.
    pub const fn new(entries: u64) -> Result<Self, Error> {
        if entries > CREDITS_MAX {
            return Err(Error::invalid("version", "must be at most 9007199254740991"));
        }
        Ok(Self(entries))
    }

    /// The count of entries.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The version that the next entry makes.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl TryFrom<u64> for Version {
    type Error = Error;

    fn try_from(entries: u64) -> Result<Self, Error> {
        Self::new(entries)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One life of a database: a ULID (26 characters of Crockford's base 32), ordered as text.
///
/// A restored backup starts a higher one, so that nobody mistakes its versions for the old ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Epoch([u8; 26]);

impl Epoch {
    /// The epoch as its 26 characters.
    pub fn as_str(&self) -> &str {
        // The parser lets only ASCII in.
        text_of(&self.0)
    }
}

impl core::str::FromStr for Epoch {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let crockford = |byte: &u8| {
            matches!(byte, b'0'..=b'9' | b'A'..=b'H' | b'J' | b'K' | b'M' | b'N' | b'P'..=b'T')
                || matches!(byte, b'V'..=b'Z')
        };
        match <[u8; 26]>::try_from(text.as_bytes()) {
            Ok(bytes) if bytes[0] <= b'7' && bytes.iter().all(crockford) => Ok(Self(bytes)),
            _ => Err(Error::invalid("epoch", "must be a ULID of 26 upper-case characters")),
        }
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Epoch {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Epoch> for String {
    fn from(epoch: Epoch) -> Self {
        epoch.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn ops_of_one_millisecond_are_in_the_order_in_which_they_were_made() {
        let mut random = (0..=u8::MAX).rev();
        let mut op = OpId::v7_after(None, 7, [0xff; 10]);
        for _ in 0..2048 {
            let byte = random.next().unwrap_or(0);
            let next = OpId::v7_after(Some(op), 7, [byte; 10]);
            assert!(op < next, "{op} before {next}");
            assert_eq!(OpId::from_bytes(*next.as_bytes()), Ok(next));
            op = next;
        }
        let later = OpId::v7_after(Some(op), 8, [3; 10]);
        assert_eq!(later, OpId::v7_after(None, 8, [3; 10]));
        assert_ne!(OpId::v7_after(Some(op), 7, [1; 10]), OpId::v7_after(Some(op), 7, [2; 10]));
    }

    #[test]
    fn ops_are_lower_case_uuids_of_version_7() {
        let good = "0192f0c1-7d3a-7b4e-9c1d-2f3a4b5c6d7e";
        assert_eq!(good.parse::<OpId>().unwrap().to_string(), good);
        for bad in [
            "",
            "0192F0C1-7d3a-7b4e-9c1d-2f3a4b5c6d7e",
            "0192f0c1-7d3a-4b4e-9c1d-2f3a4b5c6d7e",
            "0192f0c1-7d3a-7b4e-1c1d-2f3a4b5c6d7e",
            "0192f0c17d3a-7b4e-9c1d-2f3a4b5c6d7e-",
            "0192f0c1-7d3a-7b4e-9c1d-2f3a4b5c6d7",
            "0192f0c1-7d3a-7b4e-9c1d-2f3a4b5c6dé",
        ] {
            assert!(bad.parse::<OpId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn accounts_have_a_small_alphabet() {
        assert!(AccountId::new("team:7_a.b@example-1").is_ok());
        assert!(AccountId::new(&"a".repeat(128)).is_ok());
        for bad in ["", "a b", "ä", &"a".repeat(129)] {
            assert!(AccountId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn epochs_are_ordered_as_text() {
        let first: Epoch = "01J9ZQ3W4X5Y6Z7A8B9C0D1E2F".parse().unwrap();
        let second: Epoch = "01J9ZQ3W4X5Y6Z7A8B9C0D1E2G".parse().unwrap();
        assert!(first < second);
        for bad in ["01J9", "81J9ZQ3W4X5Y6Z7A8B9C0D1E2F", "01J9ZQ3W4X5Y6Z7A8B9C0D1E2U"] {
            assert!(bad.parse::<Epoch>().is_err(), "{bad}");
        }
    }
}
