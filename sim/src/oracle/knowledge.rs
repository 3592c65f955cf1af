//! What has reached a page: its own ops, refusals of them, signs of life.

use creditpack::client::{Answer, Digest, Effect, Input, Reply, Role, StoredOp, StreamEvent};
use creditpack::wire::{Receipt, ReceiptVerdict};

use super::others::Theirs;
use super::{Hears, Own, Refusal, Watch, signed};
use crate::backend::Backend;

impl Watch {
    /// The page is about to be told this, which was decided in that life.
    pub fn hear(&mut self, input: &Input, decided: Option<usize>, backend: &Backend, now_ms: u64) {
        // Receipts name their life: one of the present life must be believed.
        let known = decided.is_some() && self.newest == decided && self.waiting <= decided;
        let at_base = known && self.base.map(|(life, _)| life) == decided;
        match input {
            Input::Restored(stored) => {
                self.loaded = true;
                self.taken_elsewhere |= !stored.is_empty();
                let theirs = (self.role != Role::Alone).then_some(Theirs::since(now_ms));
                let own = |stored| Own { theirs, ..Own::new(stored, backend, true) };
                self.own.extend(stored.iter().map(own));
            }
            Input::Role(role) => self.role_changes(*role),
            Input::Told(digest) if self.loaded => self.hear_digest(digest, backend, now_ms),
            Input::Saved(op) => {
                if let Some(own) = self.own(*op) {
                    own.stored = true;
                }
            }
            Input::Held(_, _, Answer::Receipt(receipt))
            | Input::Released(_, _, Answer::Receipt(receipt)) => {
                self.told(receipt, decided, at_base);
            }
            Input::Verdicts(_, Some(receipts)) => {
                self.hears = Hears::Verdicts;
                for receipt in receipts {
                    self.told(receipt, decided, at_base);
                }
            }
            Input::Snapshot(Reply::Body(snapshot)) => {
                self.heard_at_ms = Some(now_ms);
                let certain = self.waiting.is_none();
                if certain {
                    self.newest = self.newest.max(decided);
                } else {
                    self.waiting = self.waiting.max(decided);
                }
                for receipt in &snapshot.receipts {
                    self.told(receipt, decided, certain);
                }
            }
            // While the page looks elsewhere it does not hear what a poll tells.
            Input::Polled(Reply::Body(snapshot)) => {
                self.heard_at_ms = Some(now_ms);
                if let Some(life) = decided.filter(|_| self.base.map(|(life, _)| life) < decided) {
                    self.hears = Hears::Base(life, snapshot.version.get());
                }
                for receipt in &snapshot.receipts {
                    self.told(receipt, decided, false);
                }
            }
            Input::Stream(event) => {
                self.heard_at_ms = Some(now_ms);
                match event {
                    StreamEvent::Verdict(receipt) => self.told(receipt, decided, false),
                    StreamEvent::Entry(_, entry) if at_base => {
                        if let Some(own) = entry.op.and_then(|op| self.own(op)) {
                            own.applied_in = decided;
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// What another page tells. What it tells of may have to wait for what it told before.
    fn hear_digest(&mut self, digest: &Digest, backend: &Backend, now_ms: u64) {
        let Digest { snapshot, ops, over, .. } = digest;
        let life = backend.life_named(snapshot.epoch.as_str());
        let known = life.is_some()
            && self.newest == life
            && self.waiting <= life
            && self.base.map(|(life, _)| life) == life;
        if let Some(life) = life {
            self.hears = Hears::Base(life, snapshot.version.get());
        }
        self.hear_of(ops, backend, now_ms);
        for receipt in &snapshot.receipts {
            self.told(receipt, life, known);
        }
        for op in over {
            if let Some(theirs) = self.own(*op).and_then(|own| own.theirs.as_mut()) {
                theirs.over = true;
            }
        }
    }

    /// A newer base that was not taken at once waits for verdicts. It waits no longer once they have
    /// come and no others are asked for.
    pub(super) fn notice_what_waits(&mut self, base: Option<(usize, u64)>, effects: &[Effect]) {
        match std::mem::take(&mut self.hears) {
            Hears::Base(life, version) if base < Some((life, version)) => {
                self.waiting = self.waiting.max(Some(life));
            }
            Hears::Verdicts
                if !effects.iter().any(|effect| matches!(effect, Effect::Verdicts { .. })) =>
            {
                self.waiting = None;
            }
            Hears::Base(..) | Hears::Verdicts | Hears::Nothing => {}
        }
    }

    /// The page that leads said that what it knew then was fresh.
    pub fn vouched(&mut self, at_ms: u64) {
        self.vouched_at_ms = self.vouched_at_ms.max(Some(at_ms));
    }

    fn told(&mut self, receipt: &Receipt, decided: Option<usize>, certain: bool) {
        let Some(life) = decided else { return };
        let Some(own) = self.own(receipt.op) else { return };
        match receipt.verdict {
            ReceiptVerdict::Rejected => own.refusals.push(Refusal { life, certain }),
            ReceiptVerdict::Applied if certain => own.applied_in = own.applied_in.max(Some(life)),
            ReceiptVerdict::Applied | ReceiptVerdict::Unknown => {}
        }
    }
}

impl Own {
    pub(super) fn new(of: &StoredOp, backend: &Backend, stored: bool) -> Self {
        Self {
            op: of.op,
            credits: signed(of.credits),
            created_at_ms: of.created_at_ms,
            made_at: (backend.life_named(of.made_at.0.as_str()), of.made_at.1.get()),
            is_new: false,
            theirs: None,
            stored,
            refusals: Vec::new(),
            applied_in: None,
        }
    }

    /// Whether a refusal in that life has reached the page, and whether it had to believe it.
    pub(super) fn refused_in(&self, life: usize) -> Option<bool> {
        let here = self.refusals.iter().filter(|refusal| refusal.life == life);
        here.map(|refusal| refusal.certain).max()
    }
}
