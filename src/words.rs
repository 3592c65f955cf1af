//! Enums that are one word each on the wire, in the database and in TypeScript.

use alloc::string::String;

/// Declares an enum whose variants are words: its serde form, [`as_str`](Self::as_str) and
/// [`parse`](Self::parse) cannot disagree, because each word is written once.
macro_rules! words {
    (
        $(#[$outer:meta])*
        $vis:vis enum $name:ident { $($(#[$inner:meta])* $variant:ident = $word:literal,)* }
    ) => {
        $(#[$outer])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize,
        )]
        $vis enum $name {
            $($(#[$inner])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// Every variant, in the order of their declaration.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            const WORDS: &[&str] = &[$($word,)*];

            /// The word.
            pub const fn as_str(self) -> &'static str {
                Self::WORDS[self as usize]
            }

            /// The variant with that word.
            pub fn parse(word: &str) -> Option<Self> {
                $crate::words::position(Self::WORDS, word).map(|at| Self::ALL[at])
            }
        }

        /// Not derived, which would keep the words once more.
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;

/// Where `word` stands in the list: one search for all enums of words.
pub(crate) fn position(words: &[&str], word: &str) -> Option<usize> {
    words.iter().position(|each| *each == word)
}

/// The text that `bytes` are, which are ASCII. Streams are read with the same reader; `from_utf8`
/// would be a second one in the browser (0.3 KB).
pub(crate) fn text_of(bytes: &[u8]) -> &str {
    bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}

/// The digit below 16 as it is written, lower-case.
pub(crate) fn digit(value: u8) -> &'static str {
    let at = usize::from(value);
    "0123456789abcdef".get(at..=at).unwrap_or_default()
}

/// A number as it is written, without [`core::fmt`], which the browser has no other use for.
///
/// ```
/// assert_eq!(creditpack::decimal(1_200), "1200");
/// ```
pub fn decimal(number: u64) -> String {
    let (tens, ones) = (number / 10, (number % 10).to_le_bytes()[0]);
    let mut text = if tens == 0 { String::new() } else { decimal(tens) };
    text.push_str(digit(ones));
    text
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;
    use crate::entry::EntryKind;

    #[test]
    fn numbers_are_written_as_core_writes_them() {
        for number in [0, 1, 9, 10, 11, 99, 100, 1_000_000, 9_007_199_254_740_991, u64::MAX] {
            assert_eq!(decimal(number), number.to_string());
        }
    }

    #[test]
    fn a_word_is_the_same_in_serde_and_out_of_it() {
        for &kind in EntryKind::ALL {
            let json = serde_json::to_value(kind).unwrap();
            assert_eq!(json.as_str(), Some(kind.as_str()));
            assert_eq!(EntryKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(EntryKind::parse("Grant"), None);
    }
}
