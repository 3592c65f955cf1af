//! The host of the pages of one browser, as `pkg/src/tabs.ts` is: who leads, and what is said.
//!
//! One page leads: it holds a lock, which goes to another one the moment it is gone. A page that
//! follows and hears nothing of a leader asks, and if nobody answers, steals the lock. Each lead has
//! a number, its fence, higher than those before; who hears of a higher one leads no more.

use creditpack::client::{Input, Role};
use creditpack::display::Phase;

use crate::coverage::Kind;
use crate::parcel::{Cargo, Message};
use crate::tab::{Seat, Tab};
use crate::world::{Design, World};

/// How long whoever leads may be silent, and how long an answer may take after that.
pub(crate) const SILENCE_MS_MAX: u64 = 3_000;
pub(crate) const ANSWER_MS_MAX: u64 = 2_000;

impl World {
    /// A page takes its place among those of its browser.
    pub(crate) fn join(&mut self, slot: usize) {
        let device = self.device_of(slot);
        if !self.devices[device].locks {
            return;
        }
        let Some(tab) = &mut self.tabs[slot] else { return };
        tab.seat.stay += 1;
        tab.seat.missed = false;
        match self.devices[device].holder {
            None => self.lead(slot),
            Some(_) => self.follow(slot),
        }
    }

    /// A page gives up its place: for a while, or because it is gone.
    pub(crate) fn leave(&mut self, slot: usize) {
        let Some(tab) = &mut self.tabs[slot] else { return };
        tab.seat.role = None;
        self.give_up_lock(slot);
    }

    /// The lock goes to the page that has waited longest, or, if nobody waits, to nobody.
    fn give_up_lock(&mut self, slot: usize) {
        let device = self.device_of(slot);
        if self.devices[device].holder.is_none_or(|(holder, _)| holder != slot) {
            return;
        }
        let waiting = self
            .seats(device)
            .filter(|(other, tab)| *other != slot && tab.seat.role == Some(Role::Following));
        let next = waiting.map(|(other, tab)| (tab.page, other)).min();
        self.devices[device].holder = next.map(|(page, other)| (other, page));
        if let Some((_, other)) = next {
            self.send(other, Cargo::Granted);
        }
    }

    /// The lock has come to a page that waited for it, unless it was stolen meanwhile.
    pub(crate) fn granted(&mut self, slot: usize) {
        if self.holds_lock(slot) && self.role(slot) == Some(Role::Following) {
            self.lead(slot);
        }
    }

    /// The lock was taken from a page.
    pub(crate) fn stolen(&mut self, slot: usize) {
        if !self.holds_lock(slot) && self.role(slot).is_some() {
            self.follow(slot);
        }
    }

    /// A page that follows takes the lock from whoever holds it.
    pub(crate) fn steal(&mut self, slot: usize) {
        if self.role(slot) != Some(Role::Following) {
            return;
        }
        let device = self.device_of(slot);
        if let Some((holder, _)) = self.devices[device].holder
            && holder != slot
        {
            self.coverage.count(Kind::LeadStolen);
            self.send(holder, Cargo::Stolen);
        }
        self.lead(slot);
    }

    fn lead(&mut self, slot: usize) {
        let (device, now_ms) = (self.device_of(slot), self.now_ms);
        let is_alone = self.is_alone(slot);
        let Some(tab) = &mut self.tabs[slot] else { return };
        // By the clock: a page that never heard of the leads before takes a higher number too.
        tab.seat.fence = now_ms.max(tab.seat.fence + 1);
        self.devices[device].holder = Some((slot, tab.page));
        self.coverage.count(Kind::Led);
        self.take_role(slot, if is_alone { Role::Alone } else { Role::Leading });
        self.beat(slot);
    }

    fn follow(&mut self, slot: usize) {
        let now_ms = self.now_ms;
        let Some(tab) = &mut self.tabs[slot] else { return };
        tab.seat = Seat { heard_at_ms: now_ms, asked_at_ms: None, ..tab.seat };
        self.take_role(slot, Role::Following);
    }

    fn take_role(&mut self, slot: usize, role: Role) {
        let Some(tab) = &mut self.tabs[slot] else { return };
        if tab.seat.role.replace(role) != Some(role) {
            self.feed(slot, Input::Role(role), None);
        }
    }

    /// A page's timer: whoever leads shows that it lives, whoever follows looks after it.
    pub(crate) fn turn(&mut self, slot: usize) {
        match self.role(slot) {
            Some(Role::Following) => self.watch_leader(slot),
            Some(Role::Leading) => {
                if self.is_alone(slot) {
                    self.take_role(slot, Role::Alone);
                } else {
                    self.beat(slot);
                }
            }
            Some(Role::Alone) | None => {}
        }
    }

    /// A page that slept asks first, and steals only from who stays silent.
    fn watch_leader(&mut self, slot: usize) {
        let now_ms = self.now_ms;
        let Some(Tab { seat, .. }) = &mut self.tabs[slot] else { return };
        match seat.asked_at_ms {
            None if now_ms - seat.heard_at_ms >= SILENCE_MS_MAX => {
                seat.asked_at_ms = Some(now_ms);
                self.say(slot, &Message::Ping);
            }
            Some(asked_at_ms) if now_ms - asked_at_ms >= ANSWER_MS_MAX => self.steal(slot),
            _ => {}
        }
    }

    fn beat(&mut self, slot: usize) {
        let Some(tab) = &self.tabs[slot] else { return };
        let phase = tab.client.view(self.clock_ms(slot)).phase;
        let fresh = ![Phase::Loading, Phase::Stale, Phase::Offline].contains(&phase);
        let beat = Message::Beat { fence: tab.seat.fence, fresh, at_ms: self.now_ms };
        self.say(slot, &beat);
    }

    /// Says something to the other pages of the browser.
    pub(crate) fn say(&mut self, slot: usize, message: &Message) {
        if self.role(slot).is_none() {
            return;
        }
        let device = self.device_of(slot);
        let others: Vec<_> = self
            .seats(device)
            .filter(|(other, _)| *other != slot)
            .map(|(other, tab)| (other, tab.seat.stay))
            .collect();
        if let (Message::Told(digest), false) = (message, others.is_empty()) {
            self.keep(device, digest);
        }
        for (other, stay) in others {
            self.send(other, Cargo::Said(stay, message.clone()));
        }
    }

    /// A page hears what another one said, if it has not been away since.
    pub(crate) fn hear(&mut self, slot: usize, stay: u32, message: Message) {
        let Some(tab) = &self.tabs[slot] else { return };
        let Some(role) = tab.seat.role.filter(|_| tab.seat.stay == stay) else { return };
        if role == Role::Alone {
            self.take_role(slot, Role::Leading);
        }
        match message {
            Message::Told(digest) => self.told(slot, *digest),
            Message::Hello => {
                self.answer_as_leader(slot);
                self.feed(slot, Input::AskedByTab, None);
            }
            Message::Beat { fence, fresh, at_ms } => self.hear_beat(slot, fence, fresh, at_ms),
            Message::Ping => self.answer_as_leader(slot),
            Message::SignedOut => self.crash(slot),
        }
    }

    fn answer_as_leader(&mut self, slot: usize) {
        if self.role(slot) == Some(Role::Leading) {
            self.beat(slot);
        }
    }

    fn hear_beat(&mut self, slot: usize, fence: u64, fresh: bool, at_ms: u64) {
        let (now_ms, design) = (self.now_ms, self.backend.design);
        let Some(tab) = &mut self.tabs[slot] else { return };
        let obeyed = design != Design::FenceNotObeyed;
        if obeyed && fence < tab.seat.fence {
            return self.coverage.count(Kind::OldBeat);
        }
        if tab.seat.role != Some(Role::Following) {
            if obeyed && fence > tab.seat.fence {
                self.coverage.count(Kind::FenceObeyed);
                self.give_up_lock(slot);
                self.follow(slot);
            }
            return;
        }
        let fence = fence.max(tab.seat.fence);
        tab.seat = Seat { fence, heard_at_ms: now_ms, asked_at_ms: None, ..tab.seat };
        // One that waited while this page slept says nothing of how things are now.
        let is_recent = now_ms - at_ms < SILENCE_MS_MAX || design == Design::OldBeatsBelieved;
        if fresh && is_recent {
            let clock_at_ms = at_ms.saturating_add_signed(self.devices[tab.device].ahead_ms);
            tab.watch.vouched(clock_at_ms);
            self.feed(slot, Input::LeaderHeard, None);
        }
    }

    /// The buyer signs out: what has not begun is called off, what is stored forgotten, and every
    /// page of the browser closed. What the network did not take by then is not waited for.
    pub(crate) fn sign_out(&mut self, slot: usize) {
        let Some(view) = self.view(slot) else { return };
        self.coverage.count(Kind::SignedOut);
        self.say(slot, &Message::SignedOut);
        for spend in view.spends {
            self.cancel(slot, spend.op);
        }
        let device = self.device_of(slot);
        self.devices[device].stored.clear();
        self.crash(slot);
    }

    /// The pages that have a place among those of a browser.
    fn seats(&self, device: usize) -> impl Iterator<Item = (usize, &Tab)> {
        let tabs = self.tabs.iter().enumerate();
        tabs.filter_map(|(slot, tab)| Some((slot, tab.as_ref()?)))
            .filter(move |(_, tab)| tab.device == device && tab.seat.role.is_some())
    }

    fn is_alone(&self, slot: usize) -> bool {
        self.seats(self.device_of(slot)).all(|(other, _)| other == slot)
    }

    fn holds_lock(&self, slot: usize) -> bool {
        let holder = self.devices[self.device_of(slot)].holder;
        let page = self.tabs[slot].as_ref().map(|tab| tab.page);
        holder.is_some_and(|(at, held_by)| at == slot && page == Some(held_by))
    }

    pub(crate) fn role(&self, slot: usize) -> Option<Role> {
        self.tabs[slot].as_ref()?.seat.role
    }
}
