//! Enums that are one word each on the wire, in the database and in TypeScript.

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

#[cfg(test)]
mod tests {
    use crate::entry::EntryKind;

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
