//! The browser's own ops, from the click until their fate is in the base.

use alloc::string::String;
use serde::{Deserialize, Serialize};

use crate::credits::Credits;
use crate::error::Code;
use crate::ids::{Epoch, OpId, Version};
use crate::words::decimal;

/// Who asks the backend for the hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// This browser.
    Own,
    /// The product's server, under the op that this browser announced to it.
    Announced,
}

/// An own op as it is stored: everything that is needed to send it again after a crash.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoredOp {
    /// Its id.
    pub op: OpId,
    /// Who asks for the hold.
    pub kind: Kind,
    /// What it is for.
    pub operation: String,
    /// How many times.
    pub quantity: u32,
    /// What it costs, all in all.
    pub credits: Credits,
    /// When it was made, on the backend's clock as far as it was known.
    pub created_at_ms: u64,
    /// The base it was made at: its verdict is at this version or later.
    pub made_at: (Epoch, Version),
    /// Whether it was called off: it is to be released, and not to be asked for again.
    pub called_off: bool,
}

/// How long the product's server may take to ask for the hold of an announced op. After that the
/// op is called off, so that a hold which comes later is refused.
pub(super) const ANNOUNCED_MS: u64 = 60_000;

/// The first word of a stored op's text: the format's version.
const FORMAT: &str = "1";

impl StoredOp {
    /// The op as one line of text for a key-value store.
    pub fn to_text(&self) -> String {
        let kind = match self.kind {
            Kind::Own => "own",
            Kind::Announced => "announced",
        };
        let (epoch, version) = self.made_at;
        let fate = if self.called_off { "off" } else { "on" };
        [
            FORMAT,
            &String::from(self.op),
            kind,
            &self.operation,
            &decimal(self.quantity.into()),
            &decimal(self.credits.get()),
            &decimal(self.created_at_ms),
            epoch.as_str(),
            &decimal(version.get()),
            fate,
        ]
        .join(" ")
    }

    /// The op that [`StoredOp::to_text`] wrote, or `None` if the text is anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        if words.next()? != FORMAT {
            return None;
        }
        let stored = Self {
            op: words.next()?.parse().ok()?,
            kind: match words.next()? {
                "own" => Kind::Own,
                "announced" => Kind::Announced,
                _ => return None,
            },
            operation: words.next()?.into(),
            quantity: words.next()?.parse().ok()?,
            credits: Credits::new(words.next()?.parse().ok()?).ok()?,
            created_at_ms: words.next()?.parse().ok()?,
            made_at: (words.next()?.parse().ok()?, Version::new(words.next()?.parse().ok()?).ok()?),
            called_off: match words.next()? {
                "on" => false,
                "off" => true,
                _ => return None,
            },
        };
        words.next().is_none().then_some(stored)
    }
}

/// How far an own op is, as long as there is no evidence on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Progress {
    /// It is being stored.
    Saving,
    /// It is stored, and waits for its turn after the answer on the one before it.
    Queued,
    /// It is stored, and is sent as soon as a request is free for it.
    Ready,
    /// It was sent, or is about to be.
    Sent,
    /// It was sent, and no answer came.
    Unknown,
    /// The product's server will ask for its hold, until then at the latest.
    Announced { until_ms: u64 },
}

impl Progress {
    /// That of an op which an earlier page or another tab made.
    pub(super) const fn of_restored(kind: Kind, now_ms: u64) -> Self {
        match kind {
            Kind::Own => Self::Unknown,
            Kind::Announced => Self::Announced { until_ms: now_ms.saturating_add(ANNOUNCED_MS) },
        }
    }
}

/// Whether an own op is being called off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Release {
    No,
    /// By the buyer, or because its announced hold never came.
    Wanted,
    /// Because an earlier epoch may have applied it and the present one does not know it, or, with
    /// that code, because it is too old to be sent.
    Lost(Option<Code>),
    /// Because the backend refused it without a verdict, for that reason.
    After(Code),
}

/// A request on an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Request {
    No,
    /// It is to be made as soon as one is free.
    Due,
    UnderWay,
}

/// An own op whose fate is not in the base yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one op")]
pub(super) struct Pending {
    pub(super) stored: StoredOp,
    pub(super) progress: Progress,
    /// How often the present request was sent.
    pub(super) attempt: u32,
    /// Whether a hold of it was sent that nobody answered.
    pub(super) doubtful: bool,
    /// Whether a request on it is under way.
    pub(super) in_flight: bool,
    /// Whether it is being called off, and by whom.
    pub(super) release: Release,
    /// How far the request for its release is.
    pub(super) releasing: Request,
    /// Whether the buyer was told how it ended, by its entry.
    pub(super) told: bool,
    /// Whether any epoch has shown it as applied.
    pub(super) was_applied: bool,
    /// Whether an earlier page made it: what that page knew of it is lost.
    pub(super) restored: bool,
    /// Whether it was made offline: then it is sent in its turn, whenever it is stored.
    pub(super) made_offline: bool,
    /// Since when another tab is known to see to it: here it is only shown.
    pub(super) foreign_since_ms: Option<u64>,
}

impl Pending {
    pub(super) fn new(stored: StoredOp, progress: Progress) -> Self {
        Self {
            stored,
            progress,
            attempt: 0,
            doubtful: false,
            in_flight: false,
            release: Release::No,
            releasing: Request::No,
            told: false,
            was_applied: false,
            restored: false,
            made_offline: false,
            foreign_since_ms: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn stored() -> StoredOp {
        StoredOp {
            op: OpId::v7(1_700_000_000_000, [3; 10]),
            kind: Kind::Announced,
            operation: "image".into(),
            quantity: 2,
            credits: Credits::new(6).unwrap(),
            created_at_ms: 1_700_000_000_000,
            made_at: ("01J9ZQ3W4X5Y6Z7A8B9C0D1E2F".parse().unwrap(), Version::new(43).unwrap()),
            called_off: true,
        }
    }

    #[test]
    fn a_stored_op_reads_back() {
        assert_eq!(StoredOp::from_text(&stored().to_text()), Some(stored()));
    }

    #[test]
    fn any_other_text_is_no_op() {
        let text = stored().to_text();
        for end in 0..text.len() {
            assert_eq!(StoredOp::from_text(&text[..end]), None, "{}", &text[..end]);
        }
        assert_eq!(StoredOp::from_text(&format!("{text} more")), None);
        assert_eq!(StoredOp::from_text(&text.replacen('1', "2", 1)), None);
    }
}
