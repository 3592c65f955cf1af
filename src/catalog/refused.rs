//! What the catalog's format has no room for, on purpose: told with the reason, not as misspelt.

use alloc::format;
use alloc::string::String;

/// Names of settings that would make credits expire, as they begin.
const EXPIRY: &[&str] =
    &["expir", "valid_", "validity", "ttl", "lifetime", "days_valid", "use_by", "rollover"];

/// Names of settings that would tell credits of one kind from those of another.
const KINDS: &[&str] = &[
    "bucket",
    "buckets",
    "credit_kind",
    "credit_kinds",
    "credit_type",
    "credit_types",
    "currency_kind",
    "currency_type",
    "kind",
    "kinds",
    "pool",
    "pools",
    "token_type",
    "type",
    "types",
    "unit",
    "wallet",
    "wallets",
];

/// Names of settings that would sell the same credits again and again, as they begin.
const RENEWAL: &[&str] =
    &["billing_period", "interval", "period", "plan", "recurring", "renew", "subscription"];

const WHY_NO_EXPIRY: &str =
    "credits do not expire: taking back what was paid for is what buyers resent most";
const WHY_ONE_KIND: &str =
    "there is one kind of credits: with several balances nobody knows which is spent, and on what";
const WHY_NO_RENEWAL: &str =
    "packs are bought once: a pack that renews by itself sells credits nobody asked for";

const REMEDY_EXPIRY: &str = "remove it; what was bought stays until it is spent";
const REMEDY_KIND: &str = "remove it; let operations differ in what they cost instead";
const REMEDY_RENEWAL: &str = "remove it; the balance says when it is low, and buying is one click";

const WHY_NO_EXPIRY_HERE: &str =
    "credits do not expire, those that a promotion adds or makes cheaper neither";

const REMEDY_PROMOTION_ENDS: &str = "write ends_at where the promotion itself is to end";

/// Why a setting is refused, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The setting and the reason, as one sentence.
    pub rule: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// Whether `setting` is one that the format leaves out on purpose in that table: `catalog` itself,
/// or one of its lists, `packs`, `operations`, `promotions` or `experiments`.
///
/// ```
/// # use creditpack::catalog::refused;
/// let refused = refused("packs", "expires_after_days").unwrap();
/// assert!(refused.rule.starts_with("\"expires_after_days\" is refused: credits do not expire"));
/// assert_eq!(creditpack::catalog::refused("packs", "labell"), None);
/// ```
pub fn refused(table: &str, setting: &str) -> Option<Refused> {
    let name = setting.to_ascii_lowercase().replace('-', "_");
    match table {
        "catalog" | "packs" | "operations" | "experiments" => in_catalog(setting, &name),
        "promotions" => in_promotion(setting, &name),
        _ => None,
    }
}

/// The same of the setting that serde says it does not know; `message` is serde's.
pub fn refused_by(table: &str, message: &str) -> Option<Refused> {
    refused(table, message.strip_prefix("unknown field `")?.split('`').next()?)
}

fn in_catalog(setting: &str, name: &str) -> Option<Refused> {
    // `credits_expire_days` is about expiry, too.
    let subject = name.strip_prefix("credits_").unwrap_or(name);
    let (why, remedy) = if begins(EXPIRY, subject) {
        (WHY_NO_EXPIRY, REMEDY_EXPIRY)
    } else if KINDS.contains(&subject) {
        (WHY_ONE_KIND, REMEDY_KIND)
    } else if begins(RENEWAL, subject) {
        (WHY_NO_RENEWAL, REMEDY_RENEWAL)
    } else {
        return None;
    };
    Some(Refused { rule: format!("{setting:?} is refused: {why}"), remedy })
}

/// A promotion may end, and be of a kind; only what it would do to credits is refused.
fn in_promotion(setting: &str, name: &str) -> Option<Refused> {
    let subject = name.strip_prefix("bonus_").unwrap_or(name);
    if subject.starts_with("credit") {
        return in_catalog(setting, subject);
    }
    begins(EXPIRY, subject).then(|| Refused {
        rule: format!("{setting:?} is refused: {WHY_NO_EXPIRY_HERE}"),
        remedy: REMEDY_PROMOTION_ENDS,
    })
}

fn begins(stems: &[&str], subject: &str) -> bool {
    stems.iter().any(|stem| subject.starts_with(stem))
}
