//! Texts for people.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A text for people: one for all, or one for each locale (BCP 47 tags).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Label {
    /// The same text everywhere.
    One(String),
    /// A text for each locale.
    ByLocale(BTreeMap<String, String>),
}

impl Label {
    /// The text where no locale is known: the only one, the English one, or else the first.
    pub fn plain(&self) -> &str {
        match self {
            Self::One(text) => text,
            Self::ByLocale(texts) => {
                texts.get("en").or_else(|| texts.values().next()).map_or("", String::as_str)
            }
        }
    }

    /// The text for a language tag: its own, that of its language alone, or else the plain one.
    pub fn in_language(&self, tag: &str) -> &str {
        let Self::ByLocale(texts) = self else { return self.plain() };
        let language = tag.split('-').next().unwrap_or_default();
        let text = texts.get(tag).or_else(|| texts.get(language));
        text.map_or_else(|| self.plain(), String::as_str)
    }

    pub(super) fn texts(&self) -> Vec<&str> {
        match self {
            Self::One(text) => alloc::vec![text.as_str()],
            Self::ByLocale(texts) => texts.values().map(String::as_str).collect(),
        }
    }
}
