//! Which variant of an experiment an account is in, and what it is then offered.
//!
//! Only the backend decides this: browsers get the packs and prices of their own variant, and never
//! learn that there are others.

use alloc::string::String;
use alloc::vec::Vec;

use crate::catalog::{Catalog, Experiment, Variant};
use crate::ids::AccountId;

/// The variant of one experiment that an account is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Which experiment.
    pub experiment: String,
    /// Which of its variants.
    pub variant: String,
}

/// The variant that `account` is in: the one that was `kept` for it, or else by its place.
///
/// The place of an account is a hash of `<experiment>/<account>`, the same on every machine and for
/// ever: 64-bit FNV-1a, then the finalizer of `MurmurHash3` (`fmix64`), so that accounts that differ
/// in one digit spread as well. Scaled to the sum of all weights (the upper half of a 128-bit
/// product), it falls into one variant's share; shares lie in the order of the variants.
///
/// None if no variant has any weight and none was kept.
pub fn variant<'a>(
    experiment: &'a Experiment,
    account: &AccountId,
    kept: Option<&str>,
) -> Option<&'a Variant> {
    let variants = &experiment.variants;
    let known = variants.iter().find(|variant| kept == Some(variant.id.as_str()));
    known.or_else(|| {
        let total: u64 = variants.iter().map(|variant| u64::from(variant.weight)).sum();
        let hash = spread(hash(&experiment.id, account.as_str()));
        let mut place = u64::try_from((u128::from(hash) * u128::from(total)) >> 64).ok()?;
        variants.iter().find(|variant| {
            let weight = u64::from(variant.weight);
            let found = place < weight;
            place = place.saturating_sub(weight);
            found
        })
    })
}

/// FNV-1a, 64 bits, of `<experiment>/<account>`.
fn hash(experiment: &str, account: &str) -> u64 {
    let bytes = experiment.bytes().chain(*b"/").chain(account.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// `fmix64` of `MurmurHash3`: every bit of the hash changes about half of the bits of the result.
const fn spread(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

impl Catalog {
    /// The variants that `account` is in, of every experiment that runs; those `kept` for it stay.
    pub fn assignments(&self, account: &AccountId, kept: &[Assignment]) -> Vec<Assignment> {
        let running = self.experiments.iter().filter(|experiment| experiment.active);
        running
            .filter_map(|experiment| {
                let kept = kept.iter().find(|kept| kept.experiment == experiment.id);
                let found = variant(experiment, account, kept.map(|kept| kept.variant.as_str()))?;
                Some(Assignment { experiment: experiment.id.clone(), variant: found.id.clone() })
            })
            .collect()
    }

    /// This catalog as accounts of these variants are offered it. Promotions apply to its prices.
    /// Experiments that do not run, and variants that are not there, change nothing.
    #[must_use]
    pub fn varied(&self, assignments: &[Assignment]) -> Self {
        let mut varied = self.clone();
        for experiment in self.experiments.iter().filter(|experiment| experiment.active) {
            let is_assigned = |variant: &&Variant| {
                assignments
                    .iter()
                    .any(|it| it.experiment == experiment.id && it.variant == variant.id)
            };
            if let Some(variant) = experiment.variants.iter().find(is_assigned) {
                varied.vary(variant);
            }
        }
        varied
    }

    fn vary(&mut self, variant: &Variant) {
        for pack in &mut self.packs {
            if let Some(prices) = variant.prices.get(&pack.id) {
                pack.prices.extend(prices);
            }
            if let Some(sold) = &variant.packs {
                let place = sold.iter().position(|id| *id == pack.id);
                pack.active = place.is_some();
                pack.order = place.and_then(|place| u32::try_from(place).ok()).unwrap_or_default();
            }
        }
    }
}
