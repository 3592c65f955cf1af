//! Holds and what ends them, receipts, refusals.

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::credits::Credits;
use crate::error::Code;
use crate::ids::{AccountId, ClaimId, Epoch, OpId, Version};
use crate::ledger::Reason;
use crate::words::words;

/// `POST /v1/holds`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldBody {
    /// Whose credits; may be left out with a client token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The spend's id.
    pub op: OpId,
    /// What is done.
    pub operation: String,
    /// How many times; once where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u64>,
    /// What the asker thinks it costs; refused with `price_changed` where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_credits: Option<Credits>,
    /// When the op was made, on the backend's clock as far as the asker knows it.
    pub created_at_ms: u64,
    /// The run of the work that owns the hold; secret key only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimId>,
}

/// `POST /v1/holds/{op}/claim`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRequest {
    /// Whose hold.
    pub account: AccountId,
    /// What it must be for.
    pub operation: String,
    /// How many times; once where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u64>,
    /// The run of the work that wants it.
    pub claim: ClaimId,
}

/// `POST /v1/holds/{op}/extend`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtendRequest {
    /// Whose hold.
    pub account: AccountId,
    /// The run of the work that owns it.
    pub claim: ClaimId,
}

/// `POST /v1/holds/{op}/capture`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureRequest {
    /// Whose hold.
    pub account: AccountId,
    /// How much of it is spent; all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits: Option<Credits>,
}

/// `POST /v1/holds/{op}/release`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseRequest {
    /// Whose hold; may be left out with a client token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// Why.
    pub reason: Reason,
}

/// `POST /v1/refunds`: credits that an op spent are given back. Answered as a grant is, with
/// [`super::GrantAnswer`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRequest {
    /// The asker's own id of it: 1 to 128 of `[A-Za-z0-9._:@-]`.
    pub id: String,
    /// Whose op.
    pub account: AccountId,
    /// Which op.
    pub op: OpId,
    /// How many credits; all that is left of what the op spent where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits: Option<Credits>,
    /// Why, for people: 1 to 200 characters.
    pub reason: String,
}

/// `POST /v1/holds/verdicts`, at most 100 ops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictsRequest {
    /// Whose ops; may be left out with a client token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// Which ops.
    pub ops: Vec<OpId>,
}

/// The answer to [`VerdictsRequest`], in the order asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictsAnswer {
    /// One for each op.
    pub receipts: Vec<Receipt>,
}

words! {
    /// What was decided on an op.
    pub enum ReceiptVerdict {
        /// It took effect.
        Applied = "applied",
        /// It never takes effect.
        Rejected = "rejected",
        /// Nothing is known of it.
        Unknown = "unknown",
    }
}

words! {
    /// What has become of an applied op.
    pub enum OpState {
        /// Its credits are promised.
        Held = "held",
        /// Its credits were spent at once.
        Debited = "debited",
        /// Its work finished.
        Captured = "captured",
        /// Its credits returned.
        Released = "released",
        /// It was spent and given back, in whole or in part.
        Refunded = "refunded",
    }
}

/// The one shape in which an op's fate is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Receipt {
    /// Which op.
    pub op: OpId,
    /// In which life of the database it is so. Absent where what carries the receipt says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// What was decided.
    pub verdict: ReceiptVerdict,
    /// Applied: that of its hold or debit entry. Rejected: the account's version then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// Applied: what it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Applied: what was held or spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits: Option<Credits>,
    /// Applied: what has become of it by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<OpState>,
    /// Released: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Captured in part, whatever was given back since: what was spent; all of `credits` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Credits>,
    /// Ended: the version that its end made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_version: Option<Version>,
    /// Rejected: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
}

impl Receipt {
    /// The receipt of an op nothing is known of.
    pub const fn unknown(op: OpId) -> Self {
        Self {
            op,
            epoch: None,
            verdict: ReceiptVerdict::Unknown,
            version: None,
            operation: None,
            credits: None,
            state: None,
            reason: None,
            spent: None,
            ended_version: None,
            code: None,
        }
    }
}

/// The answer to a hold, a claim or an extension: a receipt and what goes with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HoldAnswer {
    /// The op's fate.
    #[serde(flatten)]
    pub receipt: Receipt,
    /// Of a claim: how many times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
    /// Of a live hold: when it may be expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<u64>,
}

/// `application/problem+json` (RFC 9457): the shape of every refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A name for the kind of problem, as a URI.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// The kind of problem in words.
    #[serde(default)]
    pub title: String,
    /// The HTTP status once more.
    #[serde(default)]
    pub status: u16,
    /// This problem in words.
    #[serde(default)]
    pub detail: String,
    /// The stable code, as text: a reader may be older than the code.
    #[serde(default)]
    pub code: String,
    /// Which field breaks its rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// `promotion_invalid`: why, in one word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `insufficient_credits`: what it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<Credits>,
    /// `insufficient_credits`: what was available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<i64>,
    /// A verdict: the account's version then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// A verdict: in which life of the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// A verdict: which op it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<OpId>,
    /// A verdict: that it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<ReceiptVerdict>,
    /// `price_changed`: the credits it costs, or grants, now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits: Option<Credits>,
    /// `price_changed` of a pack: its price now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<crate::money::Money>,
    /// `op_too_old`: the backend's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_time_ms: Option<u64>,
}
