//! The end of every run: the storm is over, everything is delivered and resolved.

use creditpack::client::{Input, Role};
use creditpack::display::{Phase, Stage};
use creditpack::ledger::{Claimant, Reason};

use crate::world::{World, short};

/// After so many deliveries without coming to rest something goes round in circles.
const DELIVERIES_MAX: usize = 20_000;

/// Longer than an announced op waits for its hold, and than one of another page is left to it.
const ANNOUNCED_OVER_MS: u64 = 61_000;

impl World {
    /// Wakes every page, mends the network, delivers everything, ends all work; then asserts I6 and
    /// I11.
    pub fn calm_down(&mut self) {
        self.trace.note("calm: every page is open, awake and online");
        self.wake();
        self.come_to_rest();
        self.nothing_is_unknown();
        self.trace.note("calm: announced spends that never came are called off");
        // Once for those of pages that are gone to be taken over, once more for what is announced.
        for _ in 0..2 {
            self.now_ms += ANNOUNCED_OVER_MS;
            self.tick();
            self.come_to_rest();
        }
        self.one_leads();
        self.trace.note("calm: all work ends");
        self.end_all_work();
        self.come_to_rest();
        self.all_is_resolved();
        self.nothing_is_stored();
    }

    fn wake(&mut self) {
        self.held_back = false;
        for device in &mut self.devices {
            device.forgetful = false;
        }
        for slot in 0..self.tabs.len() {
            let Some(tab) = &mut self.tabs[slot] else {
                self.open(slot);
                continue;
            };
            tab.frozen = false;
            tab.token_expired = false;
            let (offline, hidden, missed) = (tab.offline, tab.hidden, tab.seat.missed);
            tab.offline = false;
            tab.hidden = false;
            if offline {
                self.feed(slot, Input::Online(true), None);
            }
            // Only a page that was away misses what is said.
            if missed && !hidden {
                self.feed(slot, Input::Visible(false), None);
                self.leave(slot);
            }
            if hidden || missed {
                self.feed(slot, Input::Visible(true), None);
                self.join(slot);
            }
        }
    }

    /// One page of each browser leads, and no other one has a stream.
    fn one_leads(&mut self) {
        for device in 0..self.devices.len() {
            if !self.devices[device].locks {
                continue;
            }
            let tabs = self.tabs.iter().flatten().filter(|tab| tab.device == device);
            let (followers, leaders): (Vec<_>, Vec<_>) =
                tabs.partition(|tab| tab.seat.role == Some(Role::Following));
            let streams = followers.iter().filter(|tab| tab.stream.is_some()).count();
            if (leaders.len(), streams) != (1, 0) {
                let leaders = leaders.len();
                let detail = format!("device {device}: {leaders} lead, {streams} others stream");
                self.blame("tabs", detail);
            }
        }
    }

    /// Delivers whatever there is; two heartbeats tell every page what it has missed.
    fn come_to_rest(&mut self) {
        for _ in 0..3 {
            self.drain();
            self.tick();
            self.drain();
            let beat = self.backend.heartbeat(self.now_ms);
            for tab in self.tabs.iter_mut().flatten() {
                if let Some(stream) = tab.stream.as_mut() {
                    stream.catch_up(&self.backend);
                    stream.queue.push_back(beat.clone());
                }
            }
        }
        self.drain();
    }

    fn drain(&mut self) {
        for _ in 0..DELIVERIES_MAX {
            if self.violation.is_some() {
                return;
            }
            let delivered = self.deliver(0);
            let read = (0..self.tabs.len()).fold(false, |any, slot| self.read(slot) | any);
            if !delivered && !read {
                return;
            }
        }
        let left = self.parcels.len();
        self.blame("I11", format!("pages and backend never come to rest: {left} on their way"));
    }

    fn tick(&mut self) {
        for slot in 0..self.tabs.len() {
            self.feed(slot, Input::Tick, None);
            self.turn(slot);
        }
    }

    /// I6, I11: after one contact and one resync no sent op is unknown, and after two heartbeats no
    /// page lacks an entry, though the work goes on.
    fn nothing_is_unknown(&mut self) {
        for slot in 0..self.tabs.len() {
            let Some(view) = self.view(slot) else { continue };
            let (epoch, version) = (self.backend.life().epoch, self.backend.life().account.version);
            if (view.epoch.as_str(), view.version) != (epoch.as_str(), version.get()) {
                let at = (view.epoch.clone(), view.version);
                self.blame("I6", format!("tab {slot} rests at {at:?}, not {epoch} {version}"));
            }
            for spend in &view.spends {
                if matches!(spend.stage, Stage::Unknown | Stage::Queued) {
                    let detail = format!("{} is {:?} after a resync", short(spend.op), spend.stage);
                    self.blame("I11", detail);
                }
            }
        }
    }

    /// The product's server takes up half of what was announced too late, and ends all holds.
    fn end_all_work(&mut self) {
        let now_ms = self.now_ms;
        for stored in self.announced.clone().iter().step_by(2) {
            let operation = self.backend.operation(&stored.operation);
            let rules = (self.backend.design, now_ms);
            let life = self.backend.life_mut();
            life.hold(stored, operation.as_ref(), Claimant::UnnamedServer, rules);
        }
        let life = self.backend.life_mut();
        for (at, op) in life.held().into_iter().enumerate() {
            if at % 2 == 0 {
                life.capture(op, None, now_ms);
            } else {
                life.release(op, Reason::Failed, now_ms);
            }
        }
        if let Some(broken) = &life.broken {
            self.violation.get_or_insert_with(|| broken.clone());
        }
    }

    /// I6: what is shown is what the backend has, and nothing is left over.
    fn all_is_resolved(&mut self) {
        let truth = self.backend.life().account.balance.available();
        let incoming = self.backend.life().incoming.clone();
        for slot in 0..self.tabs.len() {
            let (Some(view), Some(tab)) = (self.view(slot), &self.tabs[slot]) else { continue };
            let displayed = tab.watch.displayed();
            let (phase, spends) = (view.phase, view.spends.len());
            if displayed != truth {
                self.blame("I6", format!("tab {slot} shows {displayed}, the backend has {truth}"));
            }
            if spends > 0 {
                self.blame("I6", format!("tab {slot} still has {:?}", view.spends));
            }
            if displayed >= 0 && phase != Phase::Settled {
                self.blame("I6", format!("tab {slot} is {phase:?} when all is resolved"));
            }
            if view.purchases != incoming {
                let detail = format!("tab {slot} awaits {:?}, not {incoming:?}", view.purchases);
                self.blame("I6", detail);
            }
        }
    }

    /// I6: no op stays in storage. What the last page to know of it has left there, as it was closed
    /// by a sign-out while it stored it, the next one lets go.
    fn nothing_is_stored(&mut self) {
        for device in 0..self.devices.len() {
            if self.devices[device].stored.is_empty() {
                continue;
            }
            let slots = (0..self.tabs.len()).filter(|slot| self.device_of(*slot) == device);
            let slots: Vec<_> = slots.collect();
            for slot in &slots {
                self.crash(*slot);
            }
            for slot in slots {
                self.open(slot);
            }
            self.come_to_rest();
            if !self.devices[device].stored.is_empty() {
                let left = format!("device {device} stores {:?}", self.devices[device].stored);
                self.blame("I6", left);
            }
        }
    }
}
