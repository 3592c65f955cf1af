//! Numbers and names as advice writes them.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::offered::Priced;
use crate::credits::Credits;
use crate::money::Money;

/// `1 credit`, `5 credits`.
pub(super) fn credits(credits: Credits) -> String {
    let unit = if credits == Credits::ONE { "credit" } else { "credits" };
    format!("{} {unit}", credits.get())
}

/// A price with its digits and code: `4.00 USD`, `500 JPY`.
pub(super) fn money(money: Money) -> String {
    let code = money.currency.as_str().to_ascii_uppercase();
    let digits = money.currency.digits();
    let unit = 10_u64.pow(digits);
    let (whole, minor) = (money.amount_minor / unit, money.amount_minor % unit);
    match digits {
        0 => format!("{whole} {code}"),
        3 => format!("{whole}.{minor:03} {code}"),
        _ => format!("{whole}.{minor:02} {code}"),
    }
}

/// A pack with what it grants and costs: `"starter" (5 credits for 4.00 USD)`.
pub(super) fn offer(priced: Priced<'_>) -> String {
    let Priced { pack, price } = priced;
    format!("{:?} ({} for {})", pack.id, credits(pack.credits), money(price))
}

/// Names in a row: `de, fr`.
pub(super) fn list<T: ToString>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|name| name.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn prices_are_written_with_their_own_digits() {
        for (code, amount_minor, text) in
            [("usd", 405, "4.05 USD"), ("jpy", 500, "500 JPY"), ("kwd", 1_050, "1.050 KWD")]
        {
            let currency = Currency::new(code).unwrap();
            assert_eq!(money(Money { amount_minor, currency }), text);
        }
    }
}
