//! What really happened in runs, so that the generator cannot silently stop covering it.

use std::fmt::{self, Display};

use creditpack::{Entry, EntryKind};

/// Declares what is counted and the list of all of it.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Something that has to happen in runs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {
            $($(#[$doc])* $name,)*
        }

        impl Kind {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

kinds! {
    /// A purchase granted its credits.
    GrantOfPurchase,
    /// Credits were given by hand.
    GrantByHand,
    /// Credits were held.
    Hold,
    /// Credits were spent at once.
    Debit,
    /// All of a hold was captured.
    Capture,
    /// A part of a hold was captured.
    CaptureOfPart,
    /// A hold was released, for its work failed.
    Release,
    /// A hold was called off by its buyer.
    CalledOff,
    /// A hold ran out.
    Expiry,
    /// What was spent was given back.
    Refund,
    /// A payment was taken back.
    Clawback,
    /// A clawback was undone.
    Reinstate,
    /// Credits were taken by hand.
    Adjust,
    /// A hold was refused for good.
    Rejection,
    /// A token was found to have run out.
    TokenExpired,
    /// A page went over to a new life of the database.
    EpochChanged,
    /// A page crashed with ops that were stored.
    Crash,
    /// A device lost what it had stored.
    StorageLost,
    /// An op could not be stored.
    SaveFailed,
    /// A stream broke.
    StreamCut,
    /// A poll brought a snapshot.
    Polled,
    /// A page began to lead.
    Led,
    /// The lead was stolen.
    LeadStolen,
    /// A page that led heard of a later lead, and follows.
    FenceObeyed,
    /// A page heard of a lead that is over.
    OldBeat,
    /// A page was told what another one knows.
    Told,
    /// Something that was said to a page is lost.
    Missed,
    /// A page took over an op of another one.
    TakenOver,
    /// A page was frozen.
    Frozen,
    /// A page was away from the others.
    Away,
    /// An op was made offline.
    MadeOffline,
    /// A spend was refused offline, as too much was promised already.
    OverOfflineCap,
    /// An op that was made offline reached the backend after another one of its page.
    SentFromQueue,
    /// An op that was made offline was refused, and its buyer told so.
    RefusedFromQueue,
    /// A buyer signed out.
    SignedOut,
}

/// How often each happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage([u64; Kind::ALL.len()]);

impl Default for Coverage {
    fn default() -> Self {
        Self([0; Kind::ALL.len()])
    }
}

impl Coverage {
    /// It happened once more.
    pub fn count(&mut self, kind: Kind) {
        self.0[kind as usize] += 1;
    }

    /// What happened in another run, too.
    pub fn add(&mut self, other: &Self) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            *sum += more;
        }
    }

    /// How often it happened.
    pub fn of(&self, kind: Kind) -> u64 {
        self.0[kind as usize]
    }

    /// A line of the ledger.
    pub(crate) fn count_entry(&mut self, entry: &Entry) {
        self.count(match entry.kind {
            EntryKind::Grant if entry.purchase.is_some() => Kind::GrantOfPurchase,
            EntryKind::Grant => Kind::GrantByHand,
            EntryKind::Hold => Kind::Hold,
            EntryKind::Debit => Kind::Debit,
            EntryKind::Capture if entry.returned.is_some_and(|back| back.get() > 0) => {
                Kind::CaptureOfPart
            }
            EntryKind::Capture => Kind::Capture,
            EntryKind::Release => match entry.reason.as_deref() {
                Some("expired") => Kind::Expiry,
                Some("cancelled") => Kind::CalledOff,
                _ => Kind::Release,
            },
            EntryKind::Refund => Kind::Refund,
            EntryKind::Clawback => Kind::Clawback,
            EntryKind::Reinstate => Kind::Reinstate,
            EntryKind::Adjust => Kind::Adjust,
        });
    }
}

impl Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, kind) in Kind::ALL.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{kind:?} {}", self.of(*kind))?;
        }
        Ok(())
    }
}
