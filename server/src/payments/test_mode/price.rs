//! Prices for people.

use creditpack::money::Money;

/// `price` with its currency's sign where everybody knows it, else its code: `$4.00`, `CHF 4.00`.
pub(super) fn written(price: Money) -> String {
    let sign = match price.currency.as_str() {
        "usd" => "$".to_owned(),
        "eur" => "€".to_owned(),
        "gbp" => "£".to_owned(),
        "jpy" => "¥".to_owned(),
        other => format!("{} ", other.to_uppercase()),
    };
    let digits = price.currency.digits();
    let unit = 10_u64.pow(digits);
    let whole = grouped(price.amount_minor / unit);
    if digits == 0 {
        return format!("{sign}{whole}");
    }
    let (part, width) = (price.amount_minor % unit, digits as usize);
    format!("{sign}{whole}.{part:0width$}")
}

/// `number` with a comma before every third digit from the right.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use creditpack::money::Currency;

    use super::*;

    #[test]
    fn prices_read_as_people_write_them() {
        for (amount_minor, currency, expect) in [
            (400, "usd", "$4.00"),
            (5, "eur", "€0.05"),
            (1_234_567, "gbp", "£12,345.67"),
            (1200, "jpy", "¥1,200"),
            (12_345, "kwd", "KWD 12.345"),
            (100_000, "chf", "CHF 1,000.00"),
        ] {
            let currency = Currency::new(currency).unwrap();
            assert_eq!(written(Money { amount_minor, currency }), expect);
        }
    }
}
