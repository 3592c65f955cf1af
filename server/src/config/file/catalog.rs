//! The file's `[catalog]`: read piece by piece, then checked by the rules.

use creditpack::catalog::{Experiment, Operation, Pack, Tax};
use creditpack::money::Currency;
use creditpack::{Catalog, Credits};
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::{Lines, Problem};
use super::promotion::WrittenPromotion;
use super::section::Section;
use super::{At, Reader};

impl Reader<'_> {
    pub(super) fn catalog(
        &mut self,
        mut section: Section<'_>,
        lines: &mut Lines,
    ) -> Option<Catalog> {
        let before = self.problems.len();
        lines.note("", self.line(&section.span));
        for key in section.table.keys() {
            lines.note(key.get_ref(), self.line(&key.span()));
        }
        let currency = self.required::<Currency>(&mut section, "currency");
        let low_at = self.setting::<Credits>(&mut section, "low_at");
        let tax = self.setting::<Tax>(&mut section, "tax");
        let packs = self.list::<Pack>(&mut section, "packs", lines);
        let operations = self.list::<Operation>(&mut section, "operations", lines);
        let promotions = self.list::<WrittenPromotion>(&mut section, "promotions", lines);
        let experiments = self.list::<Experiment>(&mut section, "experiments", lines);
        self.end(section);
        let catalog = Catalog {
            low_at: low_at.map_or(Credits::ONE, |low_at| low_at.value),
            tax: tax.map(|tax| tax.value),
            packs,
            operations,
            promotions: promotions.into_iter().map(Into::into).collect(),
            experiments,
            ..Catalog::new(currency?.value)
        };
        self.check(&catalog, lines);
        (self.problems.len() == before).then_some(catalog)
    }

    /// Tells every rule of a catalog that this one breaks.
    fn check(&mut self, catalog: &Catalog, lines: &Lines) {
        for found in catalog.problems() {
            // The rules know times in milliseconds, the file has them as people write them.
            let is_time =
                [".starts_at_ms", ".ends_at_ms"].iter().any(|it| found.place.ends_with(it));
            let place = found.place.strip_suffix("_ms").filter(|_| is_time);
            let place = place.unwrap_or(&found.place);
            let line = lines.of(place).unwrap_or(1);
            let rule = format!("{place} {}", found.rule);
            self.problems.push(Problem::at(self.name, line, rule, found.remedy));
        }
    }

    /// Everything in a list of tables that can be read.
    fn list<T: DeserializeOwned>(
        &mut self,
        section: &mut Section<'_>,
        key: &'static str,
        lines: &mut Lines,
    ) -> Vec<T> {
        let Some(list) = section.take(key) else { return Vec::new() };
        let span = list.span();
        let DeValue::Array(items) = list.into_inner() else {
            let remedy = format!("write each under a line [[catalog.{key}]]");
            self.add(Some(span), format!("catalog.{key} must be a list of tables"), &remedy);
            return Vec::new();
        };
        let mut read = Vec::new();
        for item in items {
            self.note_item(key, &item, lines);
            read.extend(self.value(key, item).map(|item: At<T>| item.value));
        }
        read
    }

    /// Notes where a piece of a list stands, by its `id` or its `code`.
    fn note_item(&self, list: &str, item: &Spanned<DeValue<'_>>, lines: &mut Lines) {
        let DeValue::Table(table) = item.get_ref() else { return };
        let name = table.get("id").or_else(|| table.get("code")).map(Spanned::get_ref);
        let Some(DeValue::String(name)) = name else { return };
        let place = format!("{list}.{name}");
        lines.note(&place, self.line(&item.span()));
        self.note_table(&place, table, lines);
    }

    fn note_table(&self, place: &str, table: &DeTable<'_>, lines: &mut Lines) {
        for (key, value) in table {
            let place = format!("{place}.{}", key.get_ref());
            lines.note(&place, self.line(&key.span()));
            match value.get_ref() {
                DeValue::Table(table) => self.note_table(&place, table, lines),
                DeValue::Array(items) => {
                    items.iter().for_each(|item| self.note_item(&place, item, lines));
                }
                _ => {}
            }
        }
    }
}
