//! What buyers can choose from: the packs on sale, as they are shown, and the operations.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::catalog::{Catalog, Operation, Pack};
use crate::money::{Currency, Money};

/// The part of a catalog that buyers meet. Packs and operations of no credits, which the catalog
/// refuses, are left out.
pub(super) struct Offered<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) packs: Vec<&'a Pack>,
    pub(super) operations: Vec<&'a Operation>,
}

/// A pack's credits and what they cost in one currency.
#[derive(Clone, Copy)]
pub(super) struct Priced<'a> {
    pub(super) pack: &'a Pack,
    pub(super) price: Money,
}

impl<'a> Offered<'a> {
    pub(super) fn of(catalog: &'a Catalog) -> Self {
        let packs = catalog.on_sale().into_iter().filter(|pack| !pack.credits.is_zero());
        Self {
            catalog,
            packs: packs.collect(),
            operations: catalog.operations.iter().filter(|it| !it.credits.is_zero()).collect(),
        }
    }

    pub(super) fn smallest_pack(&self) -> Option<&'a Pack> {
        self.packs.iter().copied().min_by_key(|pack| pack.credits)
    }

    pub(super) fn largest_pack(&self) -> Option<&'a Pack> {
        self.packs.iter().copied().max_by_key(|pack| pack.credits)
    }

    pub(super) fn cheapest_operation(&self) -> Option<&'a Operation> {
        self.operations.iter().copied().min_by_key(|operation| operation.credits)
    }

    pub(super) fn dearest_operation(&self) -> Option<&'a Operation> {
        self.operations.iter().copied().max_by_key(|operation| operation.credits)
    }

    /// Every currency that some pack is sold in.
    pub(super) fn currencies(&self) -> BTreeSet<Currency> {
        self.packs.iter().flat_map(|pack| pack.prices.keys().copied()).collect()
    }

    /// The packs that are sold in `currency`.
    pub(super) fn priced(&self, currency: Currency) -> Vec<Priced<'a>> {
        let priced = |pack: &&'a Pack| Some(Priced { pack, price: pack.price(currency).ok()? });
        self.packs.iter().filter_map(priced).collect()
    }
}

impl Priced<'_> {
    /// This price at `other`'s size. Compared both ways it compares the prices of one credit
    /// exactly, and leaves room for a hundredfold.
    pub(super) fn at_size_of(self, other: Self) -> u128 {
        u128::from(self.price.amount_minor) * u128::from(other.pack.credits.get())
    }

    /// Whether one credit costs less here than in `other`.
    pub(super) fn is_cheaper_per_credit(self, other: Self) -> bool {
        self.at_size_of(other) < other.at_size_of(self)
    }
}
