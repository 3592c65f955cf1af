//! Exposures and purchases, added up by variant.

use std::collections::BTreeMap;

use creditpack::money::Currency;
use rusqlite::{Connection, params};

use super::super::outcomes::{Outcomes, Takings};
use super::super::store::StoreError;
use super::{purchases, rows};

/// What one account bought in one variant and currency.
const BOUGHT: &str = "select variants.experiment, variants.variant, purchases.account, \
    purchases.currency, sum(purchases.status = 'paid'), \
    sum(case purchases.status when 'paid' then purchases.credits else 0 end), \
    sum(case purchases.status when 'paid' then purchases.amount_minor else 0 end), \
    sum(purchases.status <> 'paid'), \
    sum(case purchases.status when 'paid' then 0 else purchases.amount_minor end) \
    from purchase_variants as variants \
    join purchases on purchases.purchase = variants.purchase \
    join exposures on exposures.account = purchases.account \
        and exposures.experiment = variants.experiment and exposures.variant = variants.variant \
    where purchases.status in ('paid', 'refunded', 'partially_refunded', 'disputed') \
    group by variants.experiment, variants.variant, purchases.account, purchases.currency \
    order by variants.experiment, variants.variant, purchases.account, purchases.currency";

struct Bought {
    experiment: String,
    variant: String,
    account: i64,
    currency: Currency,
    purchases: u64,
    credits: u64,
    revenue_minor: u64,
    given_back: u64,
    given_back_minor: u64,
}

/// Every variant that anybody was in, in the order of the ids.
pub(in super::super) fn read(connection: &Connection) -> Result<Vec<Outcomes>, StoreError> {
    let transaction = connection.unchecked_transaction()?;
    let mut found = BTreeMap::new();
    for outcomes in exposed(&transaction)? {
        found.insert((outcomes.experiment.clone(), outcomes.variant.clone()), outcomes);
    }
    let mut last_buyer = None;
    for bought in bought(&transaction)? {
        let variant = (bought.experiment.clone(), bought.variant.clone());
        let buyer = Some((variant.clone(), bought.account));
        let Some(outcomes) = found.get_mut(&variant) else { continue };
        // Currencies of one account follow each other.
        if bought.purchases > 0 && buyer != last_buyer {
            outcomes.buyers += 1;
            last_buyer = buyer;
        }
        add(outcomes, &bought);
    }
    transaction.finish()?;
    Ok(found.into_values().collect())
}

fn add(outcomes: &mut Outcomes, bought: &Bought) {
    outcomes.purchases += bought.purchases;
    outcomes.credits = outcomes.credits.saturating_add(bought.credits);
    outcomes.given_back += bought.given_back;
    let known = outcomes.takings.iter().position(|it| it.currency == bought.currency);
    let at = known.unwrap_or_else(|| {
        let currency = bought.currency;
        let none = Takings { currency, revenue_minor: 0, squares: 0, given_back_minor: 0 };
        outcomes.takings.push(none);
        outcomes.takings.len() - 1
    });
    let takings = &mut outcomes.takings[at];
    takings.revenue_minor = takings.revenue_minor.saturating_add(bought.revenue_minor);
    takings.given_back_minor = takings.given_back_minor.saturating_add(bought.given_back_minor);
    let square = u128::from(bought.revenue_minor).pow(2);
    takings.squares = takings.squares.saturating_add(square);
}

fn exposed(connection: &Connection) -> Result<Vec<Outcomes>, StoreError> {
    let sql = "select experiment, variant, count(*) from exposures group by experiment, variant";
    rows::every(connection, sql, params![], |columns| {
        Ok(Outcomes {
            experiment: columns.take()?,
            variant: columns.take()?,
            exposed: columns.take()?,
            ..Outcomes::default()
        })
    })
}

fn bought(connection: &Connection) -> Result<Vec<Bought>, StoreError> {
    rows::every(connection, BOUGHT, params![], |columns| {
        Ok(Bought {
            experiment: columns.take()?,
            variant: columns.take()?,
            account: columns.take()?,
            currency: columns.word(purchases::currency)?,
            purchases: columns.take()?,
            credits: columns.take()?,
            revenue_minor: columns.take()?,
            given_back: columns.take()?,
            given_back_minor: columns.take()?,
        })
    })
}
