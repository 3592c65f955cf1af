//! What became of each variant of each experiment.

use std::path::Path;

use creditpack::money::Currency;

use super::failure::OpenError;
use super::files;
use super::sqlite::{outcomes, schema};

/// What the accounts of one variant did while they were in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Which experiment.
    pub experiment: String,
    /// Which variant.
    pub variant: String,
    /// Accounts that were served a catalog or made a checkout.
    pub exposed: u64,
    /// Those of them that have a paid purchase.
    pub buyers: u64,
    /// Paid purchases.
    pub purchases: u64,
    /// What those granted.
    pub credits: u64,
    /// Purchases that were paid and then refunded, in part or whole, or disputed; they count
    /// nowhere else.
    pub given_back: u64,
    /// What was taken in each currency.
    pub takings: Vec<Takings>,
}

/// Money taken from the accounts of one variant in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Takings {
    /// Which currency.
    pub currency: Currency,
    /// Of paid purchases, in minor units.
    pub revenue_minor: u64,
    /// The sum of the squares of what each account paid: how far accounts differ.
    pub squares: u128,
    /// Of purchases that were given back, in minor units.
    pub given_back_minor: u64,
}

/// Everything that the ledger in `data_dir` knows of experiments, by their ids and those of their
/// variants. It may be served meanwhile: this only reads, all of it as of one moment.
///
/// # Errors
///
/// [`OpenError`] if there is no ledger, or it is of another schema than this program's.
pub fn experiment_outcomes(data_dir: &Path) -> Result<Vec<Outcomes>, OpenError> {
    let path = files::database_in(data_dir)?;
    let connection = schema::open_reader(&path)?;
    schema::require_present(&connection, &path)?;
    outcomes::read(&connection)
        .map_err(|error| OpenError::Unreadable { path, error: error.to_string() })
}
