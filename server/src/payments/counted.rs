//! What happened to payments since this process began, for whoever watches it.

use std::sync::atomic::{AtomicU64, Ordering};

/// Declares what is counted, each with its name once.
macro_rules! counts {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Something that is counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Count {
            $($(#[$doc])* $variant,)*
        }

        impl Count {
            /// Everything that is counted.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name, for instance `events_settled`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

counts! {
    /// Events that were about purchases of ours; their effect is durable.
    EventSettled = "events_settled",
    /// Events of types that nothing is done about.
    EventOfOtherType = "events_of_other_types",
    /// Events about payments that are not ours.
    EventNotOurs = "events_not_ours",
    /// Events of the other mode, or of another account of the provider's.
    EventMisdirected = "events_misdirected",
    /// Events whose object could not be read.
    EventUnreadable = "events_unreadable",
    /// Refunds and disputes in another currency than their payment's: a person has to look.
    ReversalInOtherCurrency = "reversals_in_other_currency",
    /// Purchases that were lost and rebuilt from the provider's record.
    PurchaseRebuilt = "purchases_rebuilt",
    /// Rounds of asking about purchases that are not settled.
    Sweep = "sweeps",
    /// Requests to the provider, each try of one.
    ProviderRequest = "provider_requests",
    /// Tries of a request after its first.
    ProviderRetry = "provider_retries",
    /// Requests that came to nothing: the provider could not be reached, was busy or made no sense.
    ProviderUnreachable = "provider_unreachable",
    /// Requests that the provider refused.
    ProviderRefusal = "provider_refusals",
}

/// How often each happened.
#[derive(Debug)]
pub struct Counted([AtomicU64; Count::ALL.len()]);

impl Default for Counted {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; Count::ALL.len()])
    }
}

impl Counted {
    /// Counts one more.
    pub fn add(&self, what: Count) {
        self.0[what as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// How often it happened.
    pub fn of(&self, what: Count) -> u64 {
        self.0[what as usize].load(Ordering::Relaxed)
    }

    /// Every name with how often it happened.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Count::ALL.iter().map(|&what| (what.name(), self.of(what)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_counted_for_itself() {
        let counted = Counted::default();
        for (times, &what) in Count::ALL.iter().enumerate() {
            (0..times).for_each(|_| counted.add(what));
        }
        for (times, (name, counted)) in counted.each().enumerate() {
            assert_eq!(counted, times as u64, "{name}");
        }
    }
}
