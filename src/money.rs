//! Currencies and prices, in minor units only.

use core::fmt;

use alloc::borrow::ToOwned;
use alloc::string::String;
use serde::{Deserialize, Serialize};

use crate::credits::CREDITS_MAX;
use crate::error::Error;
use crate::words::text_of;

/// Every active currency of ISO 4217 (funds, metals and testing codes left out).
const ISO_4217: &str = "aed afn all amd aoa ars aud awg azn bam bbd bdt bhd bif bmd bnd bob brl \
    bsd btn bwp byn bzd cad cdf chf clp cny cop crc cup cve czk djf dkk dop dzd egp ern etb eur \
    fjd fkp gbp gel ghs gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr iqd irr isk jmd jod jpy \
    kes kgs khr kmf kpw krw kwd kyd kzt lak lbp lkr lrd lsl lyd mad mdl mga mkd mmk mnt mop mru \
    mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd \
    rub rwf sar sbd scr sdg sek sgd shp sle sos srd ssp stn svc syp szl thb tjs tmt tnd top try \
    ttd twd tzs uah ugx usd uyu uzs ved ves vnd vuv wst xaf xcd xcg xof xpf yer zar zmw zwg";

/// Active currencies without minor units (ISO 4217).
const NO_DIGITS: &str = "bif clp djf gnf isk jpy kmf krw pyg rwf ugx vnd vuv xaf xof xpf";

/// Active currencies with thousandths (ISO 4217).
const THREE_DIGITS: &str = "bhd iqd jod kwd lyd omr tnd";

/// Active currencies that the payment provider counts otherwise than ISO 4217 does, with its own
/// digits. Stripe, "Supported currencies", special cases: `mga` has no minor unit there; `isk` and
/// `ugx` have none any longer but are still written with two.
const PROVIDER_DIGITS: &[(&str, u32)] = &[("mga", 0), ("isk", 2), ("ugx", 2)];

/// Currencies whose amounts the payment provider takes in whole major units only, whatever digits
/// it writes them with (same source).
const PROVIDER_WHOLE: &str = "isk ugx";

/// The least that the payment provider charges, in ISO 4217 minor units, where it says so (Stripe,
/// "Minimum and maximum charge amounts").
const MINIMUM_CHARGES: &[(&str, u64)] = &[
    ("aed", 200),
    ("aud", 50),
    ("brl", 50),
    ("cad", 50),
    ("chf", 50),
    ("czk", 1500),
    ("dkk", 250),
    ("eur", 50),
    ("gbp", 30),
    ("hkd", 400),
    ("huf", 17500),
    ("inr", 50),
    ("jpy", 50),
    ("mxn", 1000),
    ("myr", 200),
    ("nok", 300),
    ("nzd", 50),
    ("pln", 200),
    ("ron", 200),
    ("sek", 300),
    ("sgd", 50),
    ("thb", 1000),
    ("usd", 50),
];

/// An ISO 4217 currency, written in lower case as payment providers do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// The currency with that code, in either case.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming `currency` if it is not an active ISO 4217 code.
    pub fn new(code: &str) -> Result<Self, Error> {
        let code = code.to_ascii_lowercase();
        match <[u8; 3]>::try_from(code.as_bytes()) {
            Ok(bytes) if listed(ISO_4217, &code) => Ok(Self(bytes)),
            _ => Err(Error::invalid("currency", "must be an ISO 4217 code, such as usd")),
        }
    }

    /// The three lower-case letters.
    pub fn as_str(&self) -> &str {
        // Made from a listed code only, which is ASCII.
        text_of(&self.0)
    }

    /// How many digits stand after the decimal point in its amounts: 0, 2 or 3.
    pub fn digits(self) -> u32 {
        if listed(NO_DIGITS, self.as_str()) {
            0
        } else if listed(THREE_DIGITS, self.as_str()) {
            3
        } else {
            2
        }
    }

    /// How many digits the payment provider writes its amounts with. Never to be taken from the
    /// digits that are shown: for some currencies that is wrong by a factor of 100.
    pub fn provider_digits(self) -> u32 {
        named(PROVIDER_DIGITS, self).unwrap_or_else(|| self.digits())
    }

    /// The least that the payment provider charges, where it says so.
    pub fn minimum_charge(self) -> Option<Money> {
        let amount_minor = named(MINIMUM_CHARGES, self)?;
        Some(Money { amount_minor, currency: self })
    }

    /// Every active currency, in the order of their codes.
    pub fn all() -> impl Iterator<Item = Self> {
        ISO_4217.split_ascii_whitespace().filter_map(|code| Self::new(code).ok())
    }

    /// Amounts the provider takes are multiples of this, in ISO 4217 minor units.
    fn chargeable_step(self) -> u64 {
        let (shown, written) = (self.digits(), self.provider_digits());
        let finer = 10_u64.pow(written.saturating_sub(shown));
        self.provider_step() * 10_u64.pow(shown.saturating_sub(written)) / finer
    }

    /// Amounts the provider takes are multiples of this, in its own minor units.
    fn provider_step(self) -> u64 {
        if listed(PROVIDER_WHOLE, self.as_str()) {
            100
        } else if self.provider_digits() == 3 {
            // The least significant digit has to be 0.
            10
        } else {
            1
        }
    }
}

fn named<T: Copy>(table: &[(&str, T)], currency: Currency) -> Option<T> {
    table.iter().find(|(code, _)| *code == currency.as_str()).map(|(_, value)| *value)
}

fn listed(codes: &str, code: &str) -> bool {
    codes.split_ascii_whitespace().any(|listed| listed == code)
}

impl TryFrom<String> for Currency {
    type Error = Error;

    fn try_from(code: String) -> Result<Self, Error> {
        Self::new(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A price in minor units of its currency: 400 `usd` is four dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Minor units, 0 to 2^53-1.
    pub amount_minor: u64,
    /// Which currency's.
    pub currency: Currency,
}

impl Money {
    /// This price, `quantity` times.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming `quantity` if the product is over 2^53-1 minor units.
    pub fn times(self, quantity: u32) -> Result<Self, Error> {
        self.amount_minor
            .checked_mul(u64::from(quantity))
            .filter(|&amount_minor| amount_minor <= CREDITS_MAX)
            .map(|amount_minor| Self { amount_minor, ..self })
            .ok_or(Error::invalid("quantity", "makes a price that cannot be counted"))
    }

    /// The money that `amount` is, as the payment provider writes it: the inverse of
    /// [`Money::provider_amount`], exact for every amount that the provider charges and rounded down
    /// else.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming `amount_minor` if it cannot be counted.
    pub fn of_provider(amount: u64, currency: Currency) -> Result<Self, Error> {
        let (shown, written) = (currency.digits(), currency.provider_digits());
        let scaled = if written >= shown {
            Some(amount / 10_u64.pow(written - shown))
        } else {
            amount.checked_mul(10_u64.pow(shown - written))
        };
        scaled
            .filter(|&amount_minor| amount_minor <= CREDITS_MAX)
            .map(|amount_minor| Self { amount_minor, currency })
            .ok_or(Error::invalid("amount_minor", "cannot be counted"))
    }

    /// This amount, rounded down to the next one that the payment provider can charge.
    #[must_use]
    pub fn chargeable_down(self) -> Self {
        let step = self.currency.chargeable_step();
        Self { amount_minor: self.amount_minor / step * step, ..self }
    }

    /// The amount as the payment provider writes it. Exact: never rounded.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming `amount_minor` if the provider cannot take this very amount: one
    /// with a fraction where it counts whole units, or whose last of three digits is not 0.
    ///
    /// ```
    /// # use creditpack::money::{Currency, Money};
    /// let krona = Money { amount_minor: 500, currency: Currency::new("isk")? };
    /// assert_eq!(krona.provider_amount()?, 50_000);
    /// let dinar = Money { amount_minor: 5_124, currency: Currency::new("kwd")? };
    /// assert!(dinar.provider_amount().is_err());
    /// # Ok::<(), creditpack::Error>(())
    /// ```
    pub fn provider_amount(self) -> Result<u64, Error> {
        let (shown, written) = (self.currency.digits(), self.currency.provider_digits());
        let scaled = if written >= shown {
            self.amount_minor.checked_mul(10_u64.pow(written - shown))
        } else {
            let unit = 10_u64.pow(shown - written);
            self.amount_minor.is_multiple_of(unit).then(|| self.amount_minor / unit)
        };
        scaled
            .filter(|amount| amount.is_multiple_of(self.currency.provider_step()))
            .filter(|&amount| amount <= CREDITS_MAX)
            .ok_or(Error::invalid("amount_minor", "is not one the payment provider can charge"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_iso_4217() {
        for (code, digits) in [("usd", 2), ("JPY", 0), ("kwd", 3), ("huf", 2), ("isk", 0)] {
            assert_eq!(Currency::new(code).unwrap().digits(), digits, "{code}");
        }
        for bad in ["", "us", "usdx", "xxx", "bgn", "€"] {
            assert!(Currency::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_providers_amounts_are_exact() {
        let amount = |code, amount_minor| {
            let currency = Currency::new(code).unwrap();
            Money { amount_minor, currency }.provider_amount().ok()
        };
        for (code, shown, written) in [
            ("usd", 1999, Some(1999)),
            ("jpy", 500, Some(500)),
            ("isk", 500, Some(50_000)),
            ("ugx", 5, Some(500)),
            ("huf", 17_500, Some(17_500)),
            ("twd", 100, Some(100)),
            ("mga", 5_000, Some(50)),
            ("mga", 5_001, None),
            ("kwd", 5_120, Some(5_120)),
            ("kwd", 5_124, None),
        ] {
            assert_eq!(amount(code, shown), written, "{code} {shown}");
        }
    }

    #[test]
    fn every_code_is_listed_once_and_the_tables_name_only_listed_ones() {
        assert_eq!(Currency::all().count(), ISO_4217.split_ascii_whitespace().count());
        for (code, _) in PROVIDER_DIGITS {
            assert!(listed(ISO_4217, code), "{code}");
        }
        for (code, least) in MINIMUM_CHARGES {
            let charge = Currency::new(code).unwrap().minimum_charge().unwrap();
            assert_eq!(charge.amount_minor, *least);
            assert!(charge.provider_amount().is_ok(), "{code}");
        }
    }

    #[test]
    fn what_the_provider_writes_reads_back() {
        for currency in Currency::all() {
            for amount_minor in [1, 40, 500, 1_230, 70_000, CREDITS_MAX / 1000 * 1000] {
                let price = Money { amount_minor, currency };
                if let Ok(amount) = price.provider_amount() {
                    assert_eq!(Money::of_provider(amount, currency), Ok(price));
                }
            }
        }
        let ariary = Currency::new("mga").unwrap();
        assert!(Money::of_provider(CREDITS_MAX, ariary).is_err());
    }

    #[test]
    fn prices_multiply_within_bounds() {
        let usd = Currency::new("usd").unwrap();
        let price = Money { amount_minor: 400, currency: usd };
        assert_eq!(price.times(3).unwrap().amount_minor, 1200);
        assert!(Money { amount_minor: CREDITS_MAX, currency: usd }.times(2).is_err());
    }
}
