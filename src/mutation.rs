//! Designs that must not be chosen, so that the simulator can prove that it notices each.
//!
//! Without the feature `mutations` none of them exists: every question is answered "no" while the
//! code is compiled. With it, and only then, a test switches one of them on.

/// Declares the designs and the list of all of them.
macro_rules! mutations {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// One forbidden design of the optimistic client.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Mutation {
            $($(#[$doc])* $name,)*
        }

        #[cfg(feature = "mutations")]
        impl Mutation {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

mutations! {
    /// The overlay of an op is dropped when its answer comes, not when the base contains it.
    OverlayDroppedOnAnswer,
    /// An answer to an op changes the confirmed numbers.
    BalanceFromAnswer,
    /// A snapshot is adopted, its receipts are not.
    SnapshotWithoutReceipts,
    /// Every entry that arrives changes the base by its credits, whatever its version.
    DeltasWithoutVersions,
    /// An entry becomes the base though entries before it are missing.
    GapJumped,
    /// A snapshot becomes the base though the base is newer.
    OlderSnapshotAdopted,
    /// A hold that nobody answered counts as failed.
    TimeoutIsFailure,
    /// A spend is made though it costs more than is shown.
    SpendBeyondShown,
    /// An op that was refused without a verdict is dropped without a release.
    DroppedWithoutRelease,
    /// An op that was called off before it was sent is dropped without a release.
    UnsentNeverReleased,
    /// An op is sent before it is stored.
    SentBeforeStored,
    /// Answers count though they were asked for in another life of the database.
    EpochsMixed,
    /// What was proven in an earlier life of the database stays proven in the next.
    EvidenceOutlivesEpoch,
    /// A snapshot whose receipts are incomplete is adopted without asking for verdicts.
    IncompleteReceiptsTrusted,
    /// An op of an earlier life is sent again though that life may have applied it.
    LostOpsSentAgain,
    /// A purchase counts as available before it is granted.
    IncomingSpendable,
    /// A heartbeat that tells of missing entries is not acted on.
    HeartbeatIgnored,
    /// A tab tells the others its base without the evidence that belongs to it.
    BaseWithoutEvidence,
    /// An op of another tab is sent before it is taken over.
    ForeignOpsSent,
    /// An op that is taken over is sent though nobody may have stored it.
    TakenOverUnstored,
    /// The answer to a poll counts as one that tells everything, whenever it was asked for: before
    /// the database was restored, from a version later than what is not known.
    AskedSinceIgnored,
    /// A base is asked for before storage was read.
    AskedBeforeLoaded,
    /// Tabs that hear that an op was called off call it off and tell of it, again and again.
    CalledOffAgain,
    /// A tab that comes back does not ask the others what it missed.
    MissedNotAsked,
    /// Spends made offline are sent without waiting for the answer on the one before.
    QueueNotAwaited,
    /// Each spend made offline may cost as much as all of them together.
    OfflineCapIgnored,
    /// What the backend refused goes without a word.
    RefusalUntold,
}

#[cfg(not(feature = "mutations"))]
pub(crate) const fn is_on(_: Mutation) -> bool {
    false
}

#[cfg(feature = "mutations")]
pub(crate) use switch::is_on;
#[cfg(feature = "mutations")]
pub use switch::switch_to;

#[cfg(feature = "mutations")]
mod switch {
    use core::sync::atomic::{AtomicU8, Ordering};

    use super::Mutation;

    const NONE: u8 = u8::MAX;

    static ON: AtomicU8 = AtomicU8::new(NONE);

    /// Switches this mutation on in the whole process, and every other one off.
    pub fn switch_to(mutation: Option<Mutation>) {
        ON.store(mutation.map_or(NONE, |mutation| mutation as u8), Ordering::Relaxed);
    }

    pub(crate) fn is_on(mutation: Mutation) -> bool {
        ON.load(Ordering::Relaxed) == mutation as u8
    }
}
