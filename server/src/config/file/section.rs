//! A table of the file while it is being read.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A table that is being read; what is left in it at the end is unknown.
pub(super) struct Section<'t> {
    pub(super) name: &'static str,
    pub(super) table: DeTable<'t>,
    pub(super) span: Range<usize>,
    pub(super) known: Vec<&'static str>,
}

impl<'t> Section<'t> {
    pub(super) fn new(name: &'static str, table: Spanned<DeTable<'t>>) -> Self {
        let span = table.span();
        Self { name, table: table.into_inner(), span, known: Vec::new() }
    }

    pub(super) fn take(&mut self, key: &'static str) -> Option<Spanned<DeValue<'t>>> {
        self.known.push(key);
        self.table.remove(key)
    }
}
