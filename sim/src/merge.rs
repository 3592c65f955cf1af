//! I10: what pages tell each other may be merged in any order, any number of times.

use creditpack::client::{Client, Digest, Effect, Input, Role};
use creditpack::display::View;
use creditpack::wire::Incoming;

use crate::backend::{Backend, account};
use crate::coverage::Kind;
use crate::world::World;

/// So many of the last digests of a browser are merged with a new one.
const DIGESTS_MAX: usize = 3;

/// Every so many digests that a page is told are merged in every order.
const MERGED_EVERY: usize = 4;

/// What a page makes of what it was told.
#[derive(Debug, PartialEq)]
struct Merged {
    epoch: String,
    version: u64,
    balances: (i64, u64, i64),
    purchases: Vec<Incoming>,
}

impl World {
    /// Keeps what was told, to be merged with what comes.
    pub(crate) fn keep(&mut self, device: usize, digest: &Digest) {
        let device = &mut self.devices[device];
        device.told_count += 1;
        if device.told.len() == DIGESTS_MAX {
            device.told.pop_front();
        }
        device.told.push_back(digest.clone());
    }

    /// A page is told what another one knows.
    pub(crate) fn told(&mut self, slot: usize, digest: Digest) {
        let device = &self.devices[self.device_of(slot)];
        let checked = device.told_count.is_multiple_of(MERGED_EVERY);
        self.coverage.count(Kind::Told);
        let again = checked.then(|| digest.clone());
        self.feed(slot, Input::Told(digest), None);
        if let Some(digest) = again {
            self.order_is_nothing(slot, &digest);
            self.twice_is_once(slot, digest);
        }
    }

    /// Commutative and associative, and idempotent for a page that knows nothing else.
    fn order_is_nothing(&mut self, slot: usize, new: &Digest) {
        let device = &self.devices[self.device_of(slot)];
        let known: Vec<_> = device.told.iter().chain([new]).collect();
        // Lists of purchases have no version: of two that are of one moment the later told counts.
        let of_one_moment = |one: &Digest, other: &Digest| {
            let at = |digest: &Digest| (digest.snapshot.version, digest.snapshot.server_time_ms);
            at(one) == at(other) && one.snapshot.incoming != other.snapshot.incoming
        };
        if known.iter().any(|one| known.iter().any(|other| of_one_moment(one, other))) {
            return;
        }
        let forth = merged(known.iter().copied(), &self.backend);
        let back = merged(known.iter().rev().copied(), &self.backend);
        let twice = merged(known.iter().chain(&known).copied(), &self.backend);
        if forth != back || forth != twice {
            let detail = format!("{forth:?} one way, {back:?} the other, {twice:?} twice");
            self.blame("I10", detail);
        }
    }

    /// What a page has just been told changes nothing when it is told once more.
    fn twice_is_once(&mut self, slot: usize, digest: Digest) {
        let (Some(tab), now_ms) = (&self.tabs[slot], self.clock_ms(slot)) else { return };
        let mut client = tab.client.clone();
        let once = client.view(now_ms);
        client.handle(Input::Told(digest), now_ms);
        let twice = client.view(now_ms);
        if once != twice {
            self.blame("I10", format!("{once:?} is {twice:?} when told once more"));
        }
    }
}

/// What a page makes of these that knows nothing else.
fn merged<'a>(digests: impl Iterator<Item = &'a Digest>, backend: &Backend) -> Merged {
    let mut client = Client::new(account());
    client.handle(Input::Role(Role::Following), 0);
    client.handle(Input::Restored(Vec::new()), 0);
    for digest in digests {
        let mut wanted = client.handle(Input::Told(digest.clone()), 0);
        while let Some(effect) = wanted.pop() {
            let Effect::Verdicts { ops, epoch: Some(epoch), .. } = effect else { continue };
            let Some(life) = backend.life_named(epoch.as_str()) else { continue };
            let receipts = ops.iter().map(|op| backend.lives[life].receipt(*op)).collect();
            wanted.extend(client.handle(Input::Verdicts(Some(epoch), Some(receipts)), 0));
        }
    }
    let View { epoch, version, settled, held, available, purchases, .. } = client.view(0);
    Merged { epoch, version, balances: (settled, held.get(), available), purchases }
}
