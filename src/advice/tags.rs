//! Locales as they are written: language tags (BCP 47).

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;

use super::{Advice, AdviceId};

/// The language of a tag: `pt` of `pt-BR`.
pub(super) fn language(tag: &str) -> &str {
    tag.split('-').next().unwrap_or_default()
}

/// Whether a reader of `locale` finds a text: its own, or its language's.
pub(super) fn is_served<T>(locale: &str, texts: &BTreeMap<String, T>) -> bool {
    texts.contains_key(locale) || texts.contains_key(language(locale))
}

/// Advice on the first locale that no browser asks for.
pub(super) fn unknown<'a>(
    place: String,
    mut locales: impl Iterator<Item = &'a String>,
) -> Option<Advice> {
    let locale = locales.find(|locale| !is_tag(locale))?;
    let reason = format!("{locale:?} is no locale that a browser asks for: nobody reads its text.");
    let remedy = "Write a language tag (BCP 47), such as pt-BR: with a hyphen, not an underscore.";
    Some(Advice::new(AdviceId::LabelLocaleUnknown, place, reason, remedy))
}

/// Whether it has the shape of a language tag: a language of 2, 3 or 5 to 8 letters, then parts of
/// 1 to 8 letters and digits (RFC 5646, section 2.1).
fn is_tag(locale: &str) -> bool {
    let mut parts = locale.split('-');
    let language = parts.next().unwrap_or_default();
    matches!(language.len(), 2 | 3 | 5..=8)
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_have_their_shape() {
        for good in ["en", "pt-BR", "zh-Hant-TW", "es-419", "fil"] {
            assert!(is_tag(good), "{good}");
        }
        for bad in ["", "e", "en_US", "german-", "engl", "d1", "en-toolongpart"] {
            assert!(!is_tag(bad), "{bad}");
        }
    }
}
