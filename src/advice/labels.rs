//! Labels: whether every buyer reads a name that fits.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::offered::Offered;
use super::{Advice, AdviceId, phrase, tags};
use crate::catalog::Label;

/// What fits on a pack's card or a button, in characters.
const LABEL_CHARS_MAX: usize = 30;

/// What fits beside a pack's name, in characters.
const BADGE_CHARS_MAX: usize = 16;

/// A label, where it stands, and how much of it fits.
struct Placed<'a> {
    place: String,
    label: &'a Label,
    chars_max: usize,
}

pub(super) fn advise(offered: &Offered<'_>, found: &mut Vec<Advice>) {
    let all = placed(offered);
    let locales = locales(offered);
    for placed in &all {
        found.extend(too_long(placed));
        match placed.label {
            Label::One(_) => found.extend(untranslated(placed, &locales)),
            Label::ByLocale(texts) => {
                found.extend(locale_missing(placed, texts, &locales));
                found.extend(no_fallback(placed, texts));
                found.extend(locale_unknown(placed, texts));
            }
        }
    }
    repeated("packs", offered.packs.iter().map(|it| (&it.id, &it.label)), found);
    repeated("operations", offered.operations.iter().map(|it| (&it.id, &it.label)), found);
}

fn placed<'a>(offered: &Offered<'a>) -> Vec<Placed<'a>> {
    let mut all = Vec::new();
    for pack in &offered.packs {
        let place = format!("packs.{}.label", pack.id);
        all.push(Placed { place, label: &pack.label, chars_max: LABEL_CHARS_MAX });
        if let Some(label) = &pack.badge {
            let place = format!("packs.{}.badge", pack.id);
            all.push(Placed { place, label, chars_max: BADGE_CHARS_MAX });
        }
    }
    for operation in &offered.operations {
        let place = format!("operations.{}.label", operation.id);
        all.push(Placed { place, label: &operation.label, chars_max: LABEL_CHARS_MAX });
    }
    all
}

/// Every locale that some label has a text for.
pub(super) fn locales<'a>(offered: &Offered<'a>) -> BTreeSet<&'a str> {
    let packs = offered.packs.iter().flat_map(|it| [Some(&it.label), it.badge.as_ref()]);
    let operations = offered.operations.iter().map(|it| Some(&it.label));
    let by_locale = packs.chain(operations).flatten().filter_map(|label| match label {
        Label::One(_) => None,
        Label::ByLocale(texts) => Some(texts),
    });
    by_locale.flat_map(BTreeMap::keys).map(String::as_str).collect()
}

fn too_long(placed: &Placed<'_>) -> Option<Advice> {
    let texts = match placed.label {
        Label::One(text) => alloc::vec![text],
        Label::ByLocale(texts) => texts.values().collect(),
    };
    let most = placed.chars_max;
    let text = texts.into_iter().find(|text| text.chars().count() > most)?;
    let count = text.chars().count();
    let reason = format!("{text:?} has {count} characters; it is cut off or breaks the layout.");
    let remedy = format!("Write {most} characters or fewer.");
    Some(Advice::new(AdviceId::LabelTooLong, placed.place.clone(), reason, remedy))
}

fn untranslated(placed: &Placed<'_>, locales: &BTreeSet<&str>) -> Option<Advice> {
    let text = placed.label.plain();
    let reason = format!("{text:?} is the same everywhere, while other labels are translated.");
    let remedy = "Write a table of texts by locale, unless it is a proper name.";
    (!locales.is_empty())
        .then(|| Advice::new(AdviceId::LabelUntranslated, placed.place.clone(), reason, remedy))
}

fn locale_missing(
    placed: &Placed<'_>,
    texts: &BTreeMap<String, String>,
    locales: &BTreeSet<&str>,
) -> Option<Advice> {
    let missing: Vec<_> = locales.iter().filter(|locale| !tags::is_served(locale, texts)).collect();
    let names = phrase::list(&missing);
    let reason = format!("It has no text for {names}, though other labels do.");
    let remedy = format!("Add a text for {names}.");
    (!missing.is_empty())
        .then(|| Advice::new(AdviceId::LabelLocaleMissing, placed.place.clone(), reason, remedy))
}

fn no_fallback(placed: &Placed<'_>, texts: &BTreeMap<String, String>) -> Option<Advice> {
    let first = texts.keys().next()?;
    let reason = format!(
        "It has no text for en, so whoever reads none of its locales gets the one for {first}."
    );
    let remedy = "Add a text for en, which stands in for every locale that is not listed.";
    (!texts.contains_key("en"))
        .then(|| Advice::new(AdviceId::LabelNoFallback, placed.place.clone(), reason, remedy))
}

fn locale_unknown(placed: &Placed<'_>, texts: &BTreeMap<String, String>) -> Option<Advice> {
    tags::unknown(placed.place.clone(), texts.keys())
}

fn repeated<'a>(
    list: &str,
    labels: impl Iterator<Item = (&'a String, &'a Label)>,
    found: &mut Vec<Advice>,
) {
    let mut first = BTreeMap::new();
    for (id, label) in labels {
        let text = label.plain().trim();
        let Some(other) = first.insert(text, id) else { continue };
        let reason = format!("{id:?} is called {text:?}, as {other:?} is: they look the same.");
        let place = format!("{list}.{id}.label");
        let remedy = "Give each a name of its own.";
        found.push(Advice::new(AdviceId::LabelRepeated, place, reason, remedy));
    }
}
