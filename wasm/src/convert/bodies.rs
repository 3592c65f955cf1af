//! The bodies a browser reads, field by field.

use creditpack::Credits;
use creditpack::client::{Costs, Digest};
use creditpack::entry::Entry;
use creditpack::money::{Currency, Money};
use creditpack::pricing::Offer;
use creditpack::wire::{
    Heartbeat, Incoming, IncomingList, Problem, Receipt, Snapshot, VerdictsAnswer,
};
use wasm_bindgen::JsValue;

use super::reading::{FromJs, field};

/// Reads structs whose fields are named on the wire as they are in Rust, in the order given: what
/// owns memory comes last, so that giving up before it has nothing to free. What the client has no
/// use for stays empty: reading live holds would weigh 0.2 KB.
macro_rules! bodies {
    ($($name:ident { $($field:ident),* $(,)? $(; without $unread:ident)? })*) => {$(
        impl FromJs for $name {
            fn from_js(value: &JsValue) -> Option<Self> {
                Some(Self {
                    $($field: field(value, stringify!($field))?,)*
                    $($unread: Default::default(),)?
                })
            }
        }
    )*};
}

bodies! {
    Snapshot {
        epoch, version, settled, held, available, receipts_complete, server_time_ms, account,
        incoming, receipts; without holds
    }
    Incoming { credits, status, purchase, pack }
    IncomingList { incoming }
    Heartbeat { version, epoch, server_time_ms }
    Entry {
        version, kind, credits, op, returned, applied_version, expires_at_ms, source, owed,
        settled, held, available, at_ms, operation, reason, purchase, actor,
    }
    Receipt {
        op, epoch, verdict, version, credits, state, reason, spent, ended_version, code, operation,
    }
    VerdictsAnswer { receipts }
    Digest { from, snapshot, ops, over }
    Money { amount_minor, currency }
}

/// A refusal: whatever of it reads well, so that a body of somebody else's reads as no code.
impl FromJs for Problem {
    fn from_js(value: &JsValue) -> Option<Self> {
        let text = |name| field::<String>(value, name).unwrap_or_default();
        Some(Self {
            title: text("title"),
            detail: text("detail"),
            code: text("code"),
            field: field(value, "field").flatten(),
            reason: field(value, "reason").flatten(),
            required: field(value, "required").flatten(),
            available: field(value, "available").flatten(),
            version: field(value, "version").flatten(),
            epoch: field(value, "epoch").flatten(),
            ..Self::default()
        })
    }
}

/// The public catalog's numbers. Its labels stay JavaScript's.
pub(crate) struct Catalog {
    pub(crate) costs: Costs,
    pub(crate) offers: Vec<Offer>,
    pub(crate) currency: Currency,
}

impl FromJs for Catalog {
    fn from_js(value: &JsValue) -> Option<Self> {
        let operations: Vec<Cost> = field(value, "operations")?;
        let operations = operations.into_iter().map(|Cost(id, credits)| (id, credits)).collect();
        let packs: Vec<Pack> = field(value, "packs")?;
        Some(Self {
            costs: Costs { operations, low_at: field(value, "low_at")? },
            offers: packs.into_iter().map(|Pack(offer)| offer).collect(),
            currency: field(value, "currency")?,
        })
    }
}

struct Cost(String, Credits);

impl FromJs for Cost {
    fn from_js(value: &JsValue) -> Option<Self> {
        Some(Self(field(value, "id")?, field(value, "credits")?))
    }
}

struct Pack(Offer);

impl FromJs for Pack {
    fn from_js(value: &JsValue) -> Option<Self> {
        let (pack, credits) = (field(value, "id")?, field(value, "credits")?);
        Some(Self(Offer { pack, credits, price: field(value, "price")? }))
    }
}
