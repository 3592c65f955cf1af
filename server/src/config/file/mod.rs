//! The shape of the config file, read piece by piece so that one mistake does not hide the next.

mod catalog;
mod limits;
mod moment;
mod promotion;
mod receipts;
mod section;

use std::collections::BTreeSet;
use std::ops::Range;

use creditpack::Catalog;
use creditpack::catalog::{Refused, refused, refused_by};
use creditpack::ledger::ClawbackPolicy;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

pub(super) use self::limits::WrittenLimits;
pub(super) use self::receipts::WrittenReceipts;
use self::section::Section;
use super::{Lines, PaymentsMode, Problem};

/// The remedy where there is none of the setting's own.
const SEE_EXAMPLES: &str = "see the comments in the file that `creditpackd init` writes";

/// A setting and the line it stands on.
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) line: usize,
}

/// What a file says. What it does not say, or says wrongly, is none.
#[derive(Default)]
pub(super) struct Written {
    pub(super) allowed_origins: Option<At<Vec<String>>>,
    pub(super) public_url: Option<At<String>>,
    pub(super) dedupe_window_s: Option<At<u64>>,
    pub(super) request_timeout_s: Option<At<u64>>,
    pub(super) heartbeat_ms: Option<At<u64>>,
    pub(super) limits: WrittenLimits,
    pub(super) payments_mode: Option<At<PaymentsMode>>,
    pub(super) clawback: Option<At<ClawbackPolicy>>,
    pub(super) automatic_tax: Option<At<bool>>,
    pub(super) receipts: WrittenReceipts,
    pub(super) catalog: Option<Catalog>,
    /// Where the pieces of the catalog stand, by the names that [`Catalog::problems`] gives them.
    pub(super) lines: Lines,
}

/// Reads a file's `text`; `name` is what mistakes call it.
pub(super) fn read(name: &str, text: &str, problems: &mut Vec<Problem>) -> Written {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { name, text, problems };
    let mut lines = BTreeSet::new();
    for error in &errors {
        // A slip that trips the parser more than once in a line is told once.
        if lines.insert(reader.line(&error.span().unwrap_or_default())) {
            let rule = error.message().lines().collect::<Vec<_>>().join("; ");
            reader.add(error.span(), rule, "write it as toml.io/en/v1.0.0 says");
        }
    }
    if !errors.is_empty() {
        return Written::default();
    }
    reader.document(Section::new("the file", root))
}

struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn document(&mut self, mut root: Section<'_>) -> Written {
        let mut written = Written {
            allowed_origins: self.setting(&mut root, "allowed_origins"),
            public_url: self.setting(&mut root, "public_url"),
            ..Written::default()
        };
        if let Some(mut ledger) = self.section(&mut root, "ledger") {
            written.dedupe_window_s = self.setting(&mut ledger, "dedupe_window_s");
            self.end(ledger);
        }
        if let Some(mut http) = self.section(&mut root, "http") {
            written.request_timeout_s = self.setting(&mut http, "request_timeout_s");
            written.heartbeat_ms = self.setting(&mut http, "heartbeat_ms");
            written.limits = self.limits(&mut http);
            self.end(http);
        }
        if let Some(mut payments) = self.section(&mut root, "payments") {
            written.payments_mode = self.setting(&mut payments, "mode");
            written.clawback = self.setting(&mut payments, "clawback");
            written.automatic_tax = self.setting(&mut payments, "automatic_tax");
            self.end(payments);
        }
        if let Some(receipts) = self.section(&mut root, "receipts") {
            written.receipts = self.receipts(receipts);
        }
        match self.section(&mut root, "catalog") {
            Some(catalog) => written.catalog = self.catalog(catalog, &mut written.lines),
            None => self.missing(&root.span, "[catalog]"),
        }
        self.end(root);
        written
    }

    /// A table within a table, if it is there.
    fn section<'t>(&mut self, parent: &mut Section<'t>, key: &'static str) -> Option<Section<'t>> {
        let value = parent.take(key)?;
        let span = value.span();
        if let DeValue::Table(table) = value.into_inner() {
            return Some(Section { name: key, table, span, known: Vec::new() });
        }
        self.add(Some(span), format!("{key} must be a table"), &format!("begin it with [{key}]"));
        None
    }

    fn required<T: DeserializeOwned>(
        &mut self,
        section: &mut Section<'_>,
        key: &'static str,
    ) -> Option<At<T>> {
        if !section.table.contains_key(key) {
            section.known.push(key);
            self.missing(&section.span.clone(), &format!("{}.{key}", section.name));
            return None;
        }
        self.setting(section, key)
    }

    fn setting<T: DeserializeOwned>(
        &mut self,
        section: &mut Section<'_>,
        key: &'static str,
    ) -> Option<At<T>> {
        let value = section.take(key)?;
        self.value(key, value)
    }

    fn value<T: DeserializeOwned>(
        &mut self,
        key: &'static str,
        value: Spanned<DeValue<'_>>,
    ) -> Option<At<T>> {
        let span = value.span();
        match serde_path_to_error::deserialize(ValueDeserializer::from(value)) {
            Ok(value) => Some(At { value, line: self.line(&span) }),
            Err(error) => {
                let within = error.path().to_string();
                let at = error.inner().span().unwrap_or(span);
                if let Some(Refused { rule, remedy }) = refused_by(key, error.inner().message()) {
                    self.add(Some(at), rule, remedy);
                    return None;
                }
                let field = field(key, &within);
                self.add(Some(at), rule(field, error.inner().message()), remedy(field));
                None
            }
        }
    }

    /// Whatever was not asked for is a mistake: a misspelt setting would do nothing.
    fn end(&mut self, section: Section<'_>) {
        for (key, _) in section.table {
            if let Some(Refused { rule, remedy }) = refused(section.name, key.get_ref()) {
                self.add(Some(key.span()), rule, remedy);
                continue;
            }
            let rule = format!("{:?} is no setting of {}", key.get_ref(), section.name);
            let remedy = format!("remove it, or write one of {}", section.known.join(", "));
            self.add(Some(key.span()), rule, &remedy);
        }
    }

    fn missing(&mut self, span: &Range<usize>, what: &str) {
        let remedy = "add it as in the file that `creditpackd init` writes";
        self.add(Some(span.clone()), format!("{what} is missing"), remedy);
    }

    fn add(&mut self, span: Option<Range<usize>>, rule: String, remedy: &str) {
        let line = self.line(&span.unwrap_or_default());
        self.problems.push(Problem::at(self.name, line, rule, remedy));
    }

    fn line(&self, span: &Range<usize>) -> usize {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        before.split(|&byte| byte == b'\n').count()
    }
}

/// The field of a path within the value of `key`: the innermost that is not just a key of a map.
fn field<'a>(key: &'a str, within: &'a str) -> &'a str {
    let names = within.rsplit('.').map(|name| name.split('[').next().unwrap_or_default());
    let mut names = names.filter(|name| !matches!(*name, "" | "?"));
    names.clone().find(|name| remedy(name) != SEE_EXAMPLES).or(names.next()).unwrap_or(key)
}

/// The rule that a value of that field breaks; `message` is serde's.
fn rule(field: &str, message: &str) -> String {
    let message = message
        .replace("expected u64", "expected a whole number")
        .replace("expected u32", "expected a whole number");
    // Our own rules begin with the field, and so do serde's on fields that it does not know.
    if message.starts_with(field) || message.contains(&format!("field `{field}`")) {
        return message;
    }
    let untagged = "data did not match any variant of untagged enum Label";
    format!("{field}: {}", message.replace(untagged, "expected a text, or texts by locale"))
}

/// What to do about a broken rule of that field.
fn remedy(field: &str) -> &'static str {
    match field {
        "id" => "choose a name of its own, such as \"starter\"",
        "code" => "choose a code of its own, such as \"WELCOME\"",
        "label" | "badge" => "write a short text, such as \"Starter\"",
        "credits" | "low_at" | "bonus_credits" => "write a whole number of credits, such as 5",
        "prices" | "amount_off" => "write minor units by currency, such as { usd = 400 }",
        "currency" => "write an ISO 4217 code, such as \"usd\"",
        "tax" => "write \"inclusive\" or \"exclusive\"",
        "settle" => "write \"on_capture\" or \"at_once\"",
        "counted" => {
            "write texts by locale, such as \
             { en = { one = \"{n} picture\", other = \"{n} pictures\" } }"
        }
        "starts_at" | "ends_at" => {
            "write it with its offset from UTC, such as 2026-12-01T00:00:00Z or \
             2026-12-01T09:00:00+01:00"
        }
        "packs" => "write pack ids, such as [\"starter\", \"standard\"]",
        "hold_unclaimed_s" | "hold_claimed_s" => "write whole seconds, such as 600",
        "order"
        | "weight"
        | "percent_off"
        | "redemptions_max"
        | "redemptions_per_account_max"
        | "dedupe_window_s"
        | "request_timeout_s"
        | "heartbeat_ms"
        | "account_requests_per_s"
        | "address_requests_per_s"
        | "wrong_codes_per_h"
        | "connections_max"
        | "connections_per_address_max"
        | "head_timeout_s" => "write a whole number",
        "active" | "automatic_tax" | "first_purchase_only" => "write true or false",
        "mode" => "write \"test\", or remove it",
        "clawback" => "write \"debt\" or \"clamp\"",
        "seller" => "write a short text, such as \"Example Prints\"",
        "from" | "reply_to" => "write it like \"Example Prints <receipts@example.com>\"",
        "trusted_proxies" => "write a list, such as [\"10.0.0.0/8\"]",
        "allowed_origins" => "write a list, such as [\"https://shop.example.com\"]",
        _ => SEE_EXAMPLES,
    }
}
