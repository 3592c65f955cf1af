//! Currencies and prices, in minor units only.

use core::fmt;

use alloc::borrow::ToOwned;
use alloc::string::String;
use serde::{Deserialize, Serialize};

use crate::credits::CREDITS_MAX;
use crate::error::Error;

/// Every active currency of ISO 4217 (funds, metals and testing codes left out).
const ISO_4217: &str = "aed afn all amd aoa ars aud awg azn bam bbd bdt bhd bif bmd bnd bob brl \
    bsd btn bwp byn bzd cad cdf chf clp cny cop crc cup cve czk djf dkk dop dzd egp ern etb eur \
    fjd fkp gbp gel ghs gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr iqd irr isk jmd jod jpy \
    kes kgs khr kmf kpw krw kwd kyd kzt lak lbp lkr lrd lsl lyd mad mdl mga mkd mmk mnt mop mru \
    mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd \
    rub rwf sar sbd scr sdg sek sgd shp sle sos srd ssp stn svc syp szl thb tjs tmt tnd top try \
    ttd twd tzs uah ugx usd uyu uzs ves vnd vuv wst xaf xcd xcg xof xpf yer zar zmw zwg";

/// Active currencies without minor units (ISO 4217).
const NO_DIGITS: &str = "bif clp djf gnf isk jpy kmf krw pyg rwf ugx vnd vuv xaf xof xpf";

/// Active currencies with thousandths (ISO 4217).
const THREE_DIGITS: &str = "bhd iqd jod kwd lyd omr tnd";

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
        core::str::from_utf8(&self.0).unwrap_or_default()
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
    fn prices_multiply_within_bounds() {
        let usd = Currency::new("usd").unwrap();
        let price = Money { amount_minor: 400, currency: usd };
        assert_eq!(price.times(3).unwrap().amount_minor, 1200);
        assert!(Money { amount_minor: CREDITS_MAX, currency: usd }.times(2).is_err());
    }
}
