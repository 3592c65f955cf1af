//! Counted words: whether every buyer reads "3 pictures" in their own grammar.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::offered::Offered;
use super::{Advice, AdviceId, labels, phrase, tags};
use crate::catalog::{Operation, Plural};

/// The plurals that whole numbers below a million need in each language besides `other` (CLDR,
/// "Language Plural Rules", cardinals).
const PLURALS: &[(&str, &[Plural])] = {
    use Plural::{Few, Many, One, Two, Zero};
    &[
        ("ar", &[Zero, One, Two, Few, Many]),
        ("de", &[One]),
        ("en", &[One]),
        ("es", &[One]),
        ("fr", &[One]),
        ("he", &[One, Two]),
        ("pl", &[One, Few, Many]),
        ("pt", &[One]),
    ]
};

pub(super) fn advise(offered: &Offered<'_>, found: &mut Vec<Advice>) {
    let counted = offered.operations.iter().flat_map(|operation| operation.counted.keys());
    let mut locales: BTreeSet<_> = counted.map(String::as_str).collect();
    if locales.is_empty() {
        return;
    }
    locales.extend(labels::locales(offered));
    for operation in &offered.operations {
        found.extend(locale_missing(operation, &locales));
        found.extend(tags::unknown(place(operation), operation.counted.keys()));
        for (locale, texts) in &operation.counted {
            found.extend(plural_missing(operation, locale, texts));
        }
    }
}

fn place(operation: &Operation) -> String {
    format!("operations.{}.counted", operation.id)
}

fn locale_missing(operation: &Operation, locales: &BTreeSet<&str>) -> Option<Advice> {
    let missing: Vec<_> =
        locales.iter().filter(|locale| !tags::is_served(locale, &operation.counted)).collect();
    let names = phrase::list(&missing);
    let reason = format!(
        "It has no counted words for {names}, though other texts are in it: there a page cannot \
         say how many {:?} a pack buys.",
        operation.id
    );
    let remedy = format!("Add counted words for {names}, or take the locale from the others.");
    (!missing.is_empty())
        .then(|| Advice::new(AdviceId::CountedLocaleMissing, place(operation), reason, remedy))
}

fn plural_missing(
    operation: &Operation,
    locale: &str,
    texts: &BTreeMap<Plural, String>,
) -> Option<Advice> {
    let language = tags::language(locale);
    let (_, plurals) = PLURALS.iter().find(|(known, _)| *known == language)?;
    let missing = plurals.iter().filter(|plural| !texts.contains_key(plural));
    let names = phrase::list(missing.map(|plural| plural.as_str()));
    let reason = format!(
        "{language} tells numbers apart by {names}, which it lacks: those numbers are written in \
         the words of other."
    );
    let remedy = format!("Add a text for {names}.");
    let place = format!("{}.{locale}", place(operation));
    (!names.is_empty()).then(|| Advice::new(AdviceId::PluralMissing, place, reason, remedy))
}
