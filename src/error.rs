//! One vocabulary of refusals, shared by Rust, HTTP and TypeScript.

use core::fmt;

use alloc::string::String;
use serde::{Deserialize, Serialize, Serializer};

use crate::credits::Credits;
use crate::ids::Version;
use crate::money::Money;
use crate::pricing::PromotionRefusal;
use crate::words::position;

/// What a refusal means for the op it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finality {
    /// The op is decided: it stays refused under this id.
    Verdict,
    /// Nothing was decided; a corrected request may succeed.
    NoVerdict,
    /// Nobody knows whether it was applied; ask again with the same op.
    Unknown,
}

/// The name, HTTP status and finality of every code, and nothing else about it.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $status:literal, $finality:ident;)*) => {
        /// The stable name of a refusal. The same text stands in `problem+json` and on the
        /// TypeScript error.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the protocol's table.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            const NAMES: &[&str] = &[$($name,)*];

            /// The stable text, for instance `insufficient_credits`.
            pub const fn as_str(self) -> &'static str {
                Self::NAMES[self as usize]
            }

            /// The HTTP status this refusal is answered with.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// What the refusal means for the op it answers.
            pub const fn finality(self) -> Finality {
                match self { $(Self::$variant => Finality::$finality,)* }
            }
        }
    };
}

codes! {
    /// Malformed, of the wrong type or out of range; names the field.
    InvalidRequest = "invalid_request", 400, NoVerdict;
    /// No credential was sent.
    TokenMissing = "token_missing", 401, NoVerdict;
    /// The credential is not one of ours.
    TokenInvalid = "token_invalid", 401, NoVerdict;
    /// The client token is past its time; renew it.
    TokenExpired = "token_expired", 401, NoVerdict;
    /// Not enough credits are available; this op stays refused.
    InsufficientCredits = "insufficient_credits", 402, Verdict;
    /// This credential may not do that, or not to that account.
    Forbidden = "forbidden", 403, NoVerdict;
    /// No op of this account has that id.
    UnknownOp = "unknown_op", 404, NoVerdict;
    /// No checkout of this account has that id.
    UnknownCheckout = "unknown_checkout", 404, NoVerdict;
    /// Nothing is served at this address.
    NotFound = "not_found", 404, NoVerdict;
    /// Something is served here, but not for this method.
    MethodNotAllowed = "method_not_allowed", 405, NoVerdict;
    /// The op was released before its hold was made.
    Cancelled = "cancelled", 409, Verdict;
    /// The op is already used for another operation or quantity.
    OpConflict = "op_conflict", 409, NoVerdict;
    /// The checkout or grant id is already used with another body.
    CheckoutConflict = "checkout_conflict", 409, NoVerdict;
    /// The price differs from the one that was expected.
    PriceChanged = "price_changed", 409, NoVerdict;
    /// The hold was captured.
    AlreadyCaptured = "already_captured", 409, NoVerdict;
    /// The hold was released.
    AlreadyReleased = "already_released", 409, NoVerdict;
    /// The hold expired.
    HoldExpired = "hold_expired", 409, NoVerdict;
    /// The hold belongs to another run of the work, or to none yet.
    HoldClaimed = "hold_claimed", 409, NoVerdict;
    /// More was to be captured than is held, or given back than was spent.
    ExceedsHold = "exceeds_hold", 409, NoVerdict;
    /// The op was made longer ago than verdicts are kept.
    OpTooOld = "op_too_old", 410, NoVerdict;
    /// The body is larger than is read.
    BodyTooLarge = "body_too_large", 413, NoVerdict;
    /// The body is not of a type that is read here.
    UnsupportedMediaType = "unsupported_media_type", 415, NoVerdict;
    /// The catalog has no such operation.
    UnknownOperation = "unknown_operation", 422, NoVerdict;
    /// The catalog has no such pack.
    UnknownPack = "unknown_pack", 422, NoVerdict;
    /// The promotion cannot be used for this purchase.
    PromotionInvalid = "promotion_invalid", 422, NoVerdict;
    /// A return address is not on an allowed origin.
    UrlNotAllowed = "url_not_allowed", 422, NoVerdict;
    /// Too many requests; nothing was done.
    RateLimited = "rate_limited", 429, NoVerdict;
    /// The backend is full; nothing was done.
    Overloaded = "overloaded", 503, NoVerdict;
    /// No payment provider is configured.
    PaymentsNotConfigured = "payments_not_configured", 503, NoVerdict;
    /// The payment provider does not answer, or refuses.
    ProviderUnavailable = "provider_unavailable", 503, NoVerdict;
    /// The store could not tell whether it kept the change.
    StoreUnavailable = "store_unavailable", 503, Unknown;
}

impl Code {
    /// The code with that stable text.
    pub fn parse(text: &str) -> Option<Self> {
        position(Self::NAMES, text).map(|at| Self::ALL[at])
    }
}

/// Not derived, which would keep the names once more.
impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a rule refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A value breaks the rule of its field.
    #[error("{field} {rule}")]
    Invalid {
        /// The field, as it is named on the wire.
        field: &'static str,
        /// The rule it breaks, to be read after the field's name.
        rule: &'static str,
    },
    /// The cost exceeds what is available.
    #[error("{required} credits are needed and {available} are available")]
    InsufficientCredits {
        /// What the operation costs.
        required: Credits,
        /// What was available when it was decided; negative in debt.
        available: i64,
        /// The account's version when it was decided.
        version: Version,
    },
    /// The op was released before its hold was made.
    #[error("the op was cancelled before its hold was made")]
    Cancelled {
        /// The account's version when it was decided.
        version: Version,
    },
    /// The operation's cost differs from the expected one.
    #[error("the operation now costs another number of credits: {current}")]
    CostChanged {
        /// What it costs now.
        current: Credits,
    },
    /// The pack's price or credits differ from the expected ones.
    #[error("the pack has another price now")]
    PriceChanged {
        /// Its price now.
        price: Money,
        /// Its credits now.
        credits: Credits,
    },
    /// A thing the catalog does not have.
    #[error("the catalog has no {what} {id:?}")]
    NotInCatalog {
        /// What was looked for.
        what: CatalogItem,
        /// Its id, as asked for.
        id: String,
    },
    /// A promotion that is not good for this purchase.
    #[error("{}", explain(Code::PromotionInvalid))]
    Promotion(PromotionRefusal),
    /// Any refusal that needs no more words than its code's own.
    #[error("{}", explain(*.0))]
    Refused(Code),
}

/// What can be looked for in a catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatalogItem {
    /// Something that is sold.
    Pack,
    /// Something that is done for credits.
    Operation,
}

impl fmt::Display for CatalogItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pack => "pack",
            Self::Operation => "operation",
        })
    }
}

impl Error {
    /// A value of `field` that breaks `rule`.
    pub const fn invalid(field: &'static str, rule: &'static str) -> Self {
        Self::Invalid { field, rule }
    }

    /// The stable code of this refusal.
    pub const fn code(&self) -> Code {
        match self {
            Self::Invalid { .. } => Code::InvalidRequest,
            Self::InsufficientCredits { .. } => Code::InsufficientCredits,
            Self::Cancelled { .. } => Code::Cancelled,
            Self::CostChanged { .. } | Self::PriceChanged { .. } => Code::PriceChanged,
            Self::NotInCatalog { what: CatalogItem::Pack, .. } => Code::UnknownPack,
            Self::NotInCatalog { what: CatalogItem::Operation, .. } => Code::UnknownOperation,
            Self::Promotion(_) => Code::PromotionInvalid,
            Self::Refused(code) => *code,
        }
    }
}

impl From<PromotionRefusal> for Error {
    fn from(refusal: PromotionRefusal) -> Self {
        Self::Promotion(refusal)
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::Refused(code)
    }
}

/// One plain sentence on a code, for people.
pub const fn explain(code: Code) -> &'static str {
    match code {
        Code::InvalidRequest => "the request is not valid",
        Code::TokenMissing => "send a secret key or a client token as Authorization: Bearer",
        Code::TokenInvalid => "the credential is not valid here",
        Code::TokenExpired => "the client token has expired; get a new one",
        Code::InsufficientCredits => "there are not enough credits",
        Code::Forbidden => "this credential may not do that",
        Code::UnknownOp => "this account has no such op",
        Code::UnknownCheckout => "this account has no such checkout",
        Code::NotFound => "nothing is served at this address",
        Code::MethodNotAllowed => "this address is not served for this method",
        Code::Cancelled => "the op was cancelled before its hold was made",
        Code::OpConflict => "this op was made for another operation or quantity",
        Code::CheckoutConflict => "this id was used before, with another body",
        Code::PriceChanged => "the price has changed",
        Code::AlreadyCaptured => "the hold was captured already",
        Code::AlreadyReleased => "the hold was released already",
        Code::HoldExpired => "the hold has expired",
        Code::HoldClaimed => "the hold is not this run's: another has claimed it, or none has yet",
        Code::ExceedsHold => "more was to be captured than is held, or given back than was spent",
        Code::OpTooOld => "the op was made too long ago to be decided now",
        Code::BodyTooLarge => "the body is too large",
        Code::UnsupportedMediaType => "send the body as application/json",
        Code::UnknownOperation => "the catalog has no such operation",
        Code::UnknownPack => "the catalog has no such pack",
        Code::PromotionInvalid => "the promotion cannot be used for this purchase",
        Code::UrlNotAllowed => "the address is not on an allowed origin",
        Code::RateLimited => "too many requests; nothing was done",
        Code::Overloaded => "the backend is busy; nothing was done",
        Code::PaymentsNotConfigured => "no payment provider is configured",
        Code::ProviderUnavailable => "the payment provider cannot be reached; ask again",
        Code::StoreUnavailable => "the store cannot answer now; ask again with the same op",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_from_its_text() {
        for &code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(code));
            assert!(!explain(code).is_empty());
        }
        assert_eq!(Code::parse("no_such_code"), None);
    }

    #[test]
    fn only_two_refusals_are_verdicts() {
        let verdicts: alloc::vec::Vec<_> =
            Code::ALL.iter().filter(|code| code.finality() == Finality::Verdict).collect();
        assert_eq!(verdicts, [&Code::InsufficientCredits, &Code::Cancelled]);
    }
}
