//! The catalog as each account is offered it: with the packs and prices of the variants it is in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use creditpack::experiment::Assignment;
use creditpack::{AccountId, Catalog};

use super::store::{StoreError, Transaction};

/// So many different catalogs are kept in memory.
const VARIED_MAX: usize = 256;

/// What one account is offered.
#[derive(Clone, Debug)]
pub struct Offered {
    /// The catalog, as it is for this account.
    pub catalog: Arc<Catalog>,
    /// The variants that the account is in, of every experiment that runs.
    pub assignments: Arc<[Assignment]>,
    /// Whether each of them is kept already, so that nothing can change it.
    pub is_kept: bool,
}

/// An account that was served a catalog while experiments ran.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// Which account.
    pub account: AccountId,
    /// The variants that it was in.
    pub assignments: Arc<[Assignment]>,
    /// When it was served.
    pub served_at_ms: u64,
}

/// One catalog for each set of variants that was asked for.
#[derive(Debug)]
pub(super) struct Offers {
    catalog: Arc<Catalog>,
    varied: Mutex<HashMap<String, Arc<Catalog>>>,
}

impl Offers {
    pub(super) fn new(catalog: Arc<Catalog>) -> Self {
        Self { catalog, varied: Mutex::default() }
    }

    /// Whether any experiment runs: if none does, everybody is offered the same.
    pub(super) fn differ(&self) -> bool {
        self.catalog.experiments.iter().any(|experiment| experiment.active)
    }

    /// What an account is offered whose variants were `kept` so far.
    pub(super) fn to(&self, account: &AccountId, kept: &[Assignment]) -> Offered {
        let assignments = self.catalog.assignments(account, kept);
        Offered {
            catalog: self.varied(&assignments),
            is_kept: assignments.iter().all(|it| kept.contains(it)),
            assignments: assignments.into(),
        }
    }

    /// The same, where what was kept is `read` only if it matters.
    pub(super) fn offered(
        &self,
        account: &AccountId,
        read: impl FnOnce() -> Result<Vec<Assignment>, StoreError>,
    ) -> Result<Offered, StoreError> {
        let kept = if self.differ() { read()? } else { Vec::new() };
        Ok(self.to(account, &kept))
    }

    fn varied(&self, assignments: &[Assignment]) -> Arc<Catalog> {
        if assignments.is_empty() {
            return Arc::clone(&self.catalog);
        }
        // Neither sign is in an id.
        let named = assignments.iter().map(|it| format!("{}/{},", it.experiment, it.variant));
        let named: String = named.collect();
        // Nothing here can panic half-way through a change.
        let mut varied = self.varied.lock().unwrap_or_else(PoisonError::into_inner);
        if varied.len() >= VARIED_MAX && !varied.contains_key(&named) {
            varied.clear();
        }
        let made =
            varied.entry(named).or_insert_with(|| Arc::new(self.catalog.varied(assignments)));
        Arc::clone(made)
    }
}

/// What an account is offered, decided where it is about to matter.
pub(super) fn offered(
    tx: &mut Transaction<'_>,
    account: &AccountId,
) -> Result<Offered, StoreError> {
    let offers = Arc::clone(&tx.rulebook().offers);
    offers.offered(account, || tx.kept_variants(account))
}

/// Keeps the variants of accounts. They are those that are kept already, but for accounts that had
/// none, or one that the config has no more.
pub(super) fn expose(tx: &mut Transaction<'_>, exposures: &[Exposure]) -> Result<(), StoreError> {
    exposures
        .iter()
        .try_for_each(|it| tx.keep_variants(&it.account, &it.assignments, it.served_at_ms))
}

#[cfg(test)]
mod tests {
    use creditpack::catalog::{Experiment, Variant};
    use creditpack::money::Currency;

    use super::*;

    fn experiment(id: &str, active: bool) -> Experiment {
        let variant = |id: &str| Variant {
            id: id.into(),
            weight: 1,
            packs: None,
            prices: std::collections::BTreeMap::new(),
        };
        Experiment { id: id.into(), variants: vec![variant("a"), variant("b")], active }
    }

    fn offers(active: bool) -> Offers {
        let experiments = vec![experiment("one", active), experiment("two", active)];
        let catalog = Catalog::new(Currency::new("usd").unwrap());
        Offers::new(Arc::new(Catalog { experiments, ..catalog }))
    }

    #[test]
    fn accounts_of_the_same_variants_share_a_catalog() {
        let offers = offers(true);
        let offered: Vec<_> = (0..50)
            .map(|number| offers.to(&AccountId::new(&format!("u_{number}")).unwrap(), &[]))
            .collect();
        for it in &offered {
            let same = offered.iter().filter(|other| other.assignments == it.assignments);
            assert!(same.clone().all(|other| Arc::ptr_eq(&other.catalog, &it.catalog)));
            assert!(same.count() > 1, "four sets for fifty accounts");
        }
    }

    #[test]
    fn what_is_kept_is_said_to_be() {
        let account = AccountId::new("u_1").unwrap();
        let kept =
            |experiment: &str| Assignment { experiment: experiment.into(), variant: "b".into() };
        let offers_that_run = offers(true);
        assert!(!offers_that_run.to(&account, &[kept("one")]).is_kept);
        let offered = offers_that_run.to(&account, &[kept("one"), kept("two")]);
        assert!(offered.is_kept && offered.assignments.iter().all(|it| it.variant == "b"));
        let ended = offers(false);
        assert!(!ended.differ() && ended.to(&account, &[kept("one")]).assignments.is_empty());
    }
}
