//! What things cost: asked for at the start, and again when a price proves to be an old one.

use alloc::vec::Vec;

use super::{Client, Costs, Effect, Reply};

/// How far the question for the catalog is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Catalog {
    pub(super) costs: Option<Costs>,
    asking: bool,
    attempt: u32,
}

impl Client {
    /// Asks for the catalog, unless it is asked for already.
    pub(super) fn want_catalog(&mut self, effects: &mut Vec<Effect>) {
        if !core::mem::replace(&mut self.catalog.asking, true) {
            self.catalog.attempt = 0;
            effects.push(Effect::Catalog { attempt: 0 });
        }
    }

    pub(super) fn catalog_answered(&mut self, reply: Reply<Costs>, effects: &mut Vec<Effect>) {
        match reply {
            Reply::Body(costs) => {
                self.catalog.costs = Some(costs);
                self.catalog.asking = false;
            }
            Reply::Refused => self.catalog.asking = false,
            Reply::Nothing => {
                self.catalog.attempt += 1;
                effects.push(Effect::Catalog { attempt: self.catalog.attempt });
            }
        }
    }
}
