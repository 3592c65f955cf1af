//! Forms as Stripe reads them: `a[b][0]=c`, in any order.

use std::collections::BTreeMap;

use url::form_urlencoded;

/// Fields by their whole name, an empty index (`types[]`) counted up.
pub(super) fn read(text: &str) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        let name = match name.strip_suffix("[]") {
            Some(list) => {
                let begin = format!("{list}[");
                let next = fields.keys().filter(|name: &&String| name.starts_with(&begin)).count();
                format!("{begin}{next}]")
            }
            None => name.into_owned(),
        };
        fields.insert(name, value.into_owned());
    }
    fields
}

/// A name with its indexes left out: `line_items[][price_data][currency]`.
pub(super) fn shape(name: &str) -> String {
    let parts = name.split_inclusive('[').map(|part| {
        let (index, rest) = part.split_once(']').unwrap_or(("", part));
        let numbered = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
        if numbered { format!("]{rest}") } else { part.to_owned() }
    });
    parts.collect()
}

/// The fields within `name`, by their keys: of `metadata[a]=b`, `a` and `b`.
pub(super) fn within(fields: &BTreeMap<String, String>, name: &str) -> BTreeMap<String, String> {
    let begin = format!("{name}[");
    let key = |field: &str| Some(field.strip_prefix(&begin)?.strip_suffix(']')?.to_owned());
    fields.iter().filter_map(|(field, value)| Some((key(field)?, value.clone()))).collect()
}
