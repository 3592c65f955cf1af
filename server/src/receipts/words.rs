//! The words of receipts, one file for each language. The same nine that pages speak.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use creditpack::catalog::Plural;
use serde::Deserialize;

/// Everything that a receipt says in one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// The language, whose plural forms and numbers it has.
    pub(super) tag: String,
    pub(super) right_to_left: bool,

    /// Of the mail; `{seller}` is who sells.
    pub(super) subject: String,
    pub(super) title: String,
    pub(super) thanks: String,
    /// That it is paid once, and credits stay.
    pub(super) once: String,
    /// That no real money moved.
    pub(super) test_mode: String,
    /// Leads from the mail to the page.
    pub(super) open: String,

    pub(super) pack: String,
    pub(super) credits: String,
    /// What the credits buy: a list of alternatives follows.
    pub(super) enough_for: String,
    pub(super) promotion: String,
    pub(super) price: String,
    /// `{price}` is the list price.
    pub(super) instead_of: String,
    pub(super) tax: String,
    pub(super) total: String,
    pub(super) tax_inclusive: String,
    pub(super) tax_exclusive: String,
    /// A moment follows.
    pub(super) paid: String,
    /// The purchase's id follows.
    pub(super) purchase: String,

    pub(super) refunded: String,
    pub(super) partially_refunded: String,
    pub(super) disputed: String,
    pub(super) unknown_title: String,
    pub(super) unknown: String,

    /// `{amount}` and `{sign}`, in their order.
    pub(super) money: String,
    /// `{day}`, `{month}`, `{year}` and `{time}`, in their order.
    pub(super) date: String,
    /// The names of the months, as they stand in a date.
    pub(super) months: [String; 12],
    pub(super) either: Either,
    /// What stands for a currency where it is not its code.
    pub(super) signs: BTreeMap<String, String>,
    /// So many credits; `{n}` is the number.
    pub(super) counted_credits: BTreeMap<Plural, String>,
}

/// What stands between alternatives.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Either {
    /// Between any two but the last.
    pub(super) between: String,
    /// Before the last of three or more.
    pub(super) last: String,
    /// Between two that are all.
    pub(super) of_two: String,
}

const FILES: [&str; 9] = [
    include_str!("words/en.toml"),
    include_str!("words/ar.toml"),
    include_str!("words/de.toml"),
    include_str!("words/es.toml"),
    include_str!("words/fr.toml"),
    include_str!("words/he.toml"),
    include_str!("words/ja.toml"),
    include_str!("words/pl.toml"),
    include_str!("words/pt-BR.toml"),
];

/// Every language, English first. A test reads all of them, so none is missing here.
static LANGUAGES: LazyLock<Vec<Words>> =
    LazyLock::new(|| FILES.iter().filter_map(|file| toml::from_str(file).ok()).collect());

/// The words for a language tag, by its language alone: any `pt-…` gets those of Brazil. None where
/// there are none.
pub(super) fn words(tag: &str) -> Option<&'static Words> {
    LANGUAGES.iter().find(|words| language(&words.tag).eq_ignore_ascii_case(language(tag)))
}

/// The English words.
pub(super) fn english() -> &'static Words {
    &LANGUAGES[0]
}

fn language(tag: &str) -> &str {
    tag.split('-').next().unwrap_or_default()
}

#[cfg(test)]
pub(super) mod tests {
    use icu_plurals::{PluralCategory, PluralRules, PluralRulesOptions};

    use super::*;
    use crate::receipts::language::plural;

    /// Every language's tag.
    pub(in crate::receipts) fn tags() -> Vec<&'static str> {
        LANGUAGES.iter().map(|words| words.tag.as_str()).collect()
    }

    #[test]
    fn every_language_is_complete() {
        for file in FILES {
            let words: Words = toml::from_str(file).unwrap_or_else(|error| panic!("{error}"));
            let tag = &words.tag;
            let locale: icu_locale_core::Locale = tag.parse().unwrap();
            let rules = PluralRules::try_new(locale.into(), PluralRulesOptions::default()).unwrap();
            for category in rules.categories() {
                assert!(
                    words.counted_credits.contains_key(&plural(category)),
                    "{tag} {category:?}"
                );
            }
            assert!(words.counted_credits.contains_key(&plural(PluralCategory::Other)));
            for (text, names) in [
                (&words.subject, &["{seller}"][..]),
                (&words.instead_of, &["{price}"]),
                (&words.money, &["{amount}", "{sign}"]),
                (&words.date, &["{day}", "{month}", "{year}", "{time}"]),
            ] {
                assert!(names.iter().all(|name| text.contains(name)), "{tag}: {text}");
            }
        }
        assert_eq!(LANGUAGES.len(), FILES.len());
        assert_eq!(english().tag, "en");
    }

    #[test]
    fn a_tag_finds_its_language() {
        for (asked, found) in [("de-CH", "de"), ("PT-pt", "pt-BR"), ("ar", "ar"), ("en-GB", "en")] {
            assert_eq!(words(asked).unwrap().tag, found);
        }
        assert!(words("sv").is_none() && words("").is_none());
    }
}
