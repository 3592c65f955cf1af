//! The rules of counted words, such as `{n} pictures`.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;

use super::{Found, fits};
use crate::catalog::Plural;

/// Where the number stands.
const NUMBER: &str = "{n}";

pub(super) fn check(
    place: &str,
    counted: &BTreeMap<String, BTreeMap<Plural, String>>,
    found: &mut Found,
) {
    for (locale, texts) in counted {
        for (plural, text) in texts {
            check_text(&format!("{place}.{locale}.{}", plural.as_str()), *plural, text, found);
        }
        if !texts.contains_key(&Plural::Other) {
            let remedy = "write the text for every other number, such as \"{n} pictures\"";
            found.add(format!("{place}.{locale}.other"), "must be there", remedy);
        }
    }
}

fn check_text(place: &str, plural: Plural, text: &str, found: &mut Found) {
    let remedy = "write a short text with {n} for the number, such as \"{n} pictures\"";
    if !fits(text) {
        found.add(place.into(), "must be 1 to 80 characters", remedy);
    } else if plural == Plural::Other && !text.contains(NUMBER) {
        found.add(place.into(), "must contain {n}", remedy);
    }
    if text.replace(NUMBER, "").contains(['{', '}']) {
        found.add(place.into(), "must have no placeholder but {n}", remedy);
    }
}
