//! Takes one step of a schedule.

use creditpack::OpId;
use creditpack::client::{Input, Kind as SpendKind, Role, StreamEvent};
use creditpack::ids::ClaimId;
use creditpack::ledger::{Claimant, Reason, State, Verdict};

use crate::backend::amount;
use crate::coverage::Kind;
use crate::host::{ANSWER_MS_MAX, SILENCE_MS_MAX};
use crate::life::is_spent_at_once;
use crate::step::Step;
use crate::tab::Tab;
use crate::world::World;

/// So much time may pass at once, in milliseconds: from a blink to over a dedupe window.
const WAITS_MS: [u64; 16] = [
    10,
    10,
    1_000,
    1_000,
    6_000,
    6_000,
    20_000,
    46_000,
    61_000,
    121_000,
    601_000,
    3_600_000,
    61_000,
    46_000,
    121_000,
    8 * 86_400_000,
];

impl World {
    /// Takes one step.
    pub fn take(&mut self, step: Step) {
        self.trace.begin(step);
        match step {
            Step::Deliver(at) => {
                if !self.deliver(at) && !self.read_any(at) {
                    self.page(Step::Tick(at));
                }
            }
            Step::Lose(at) => self.lose(at),
            Step::Late(at) => self.late(at),
            Step::Duplicate(at) => self.duplicate(at),
            Step::Refuse(at, how) => self.refuse(at, how),
            Step::Stumble(at) => self.stumble(at),
            Step::Wait(at) => self.now_ms += WAITS_MS[usize::from(at) % WAITS_MS.len()],
            Step::Spend(..) | Step::Announce(..) | Step::Cancel(..) => self.buyer(step),
            Step::Read(_)
            | Step::Skip(_)
            | Step::Echo(_)
            | Step::Swap(_)
            | Step::Beat(_)
            | Step::Cut(_)
            | Step::Lag(_) => self.stream(step),
            Step::ExpireToken(_)
            | Step::Freeze(_)
            | Step::Hide(_)
            | Step::Steal(_)
            | Step::SignOut(_)
            | Step::Unplug(_)
            | Step::Refresh(_)
            | Step::Tick(_)
            | Step::Crash(_)
            | Step::Reload(_)
            | Step::LoseStorage(_) => self.page(step),
            Step::TakeUp(_)
            | Step::Claim(_)
            | Step::Capture(_)
            | Step::CapturePart(_)
            | Step::Fail(_) => self.product(step),
            Step::Sweep
            | Step::Buy(_)
            | Step::Grant(_)
            | Step::Adjust(_)
            | Step::ClawBack(_)
            | Step::Reinstate(_)
            | Step::Refund(_)
            | Step::Reprice(..)
            | Step::BackUp
            | Step::Restore => self.seller(step),
        }
        if let Some(broken) = &self.backend.life().broken {
            self.violation.get_or_insert_with(|| broken.clone());
        }
    }

    fn slot(&self, at: u8) -> usize {
        usize::from(at) % self.tabs.len()
    }

    /// A page reads its stream: this one, or the next that has something to read.
    fn read_any(&mut self, at: u8) -> bool {
        let first = self.slot(at);
        (0..self.tabs.len()).any(|more| self.read((first + more) % self.tabs.len()))
    }

    /// A page with a stream: this one, or the next that has one.
    fn streaming(&self, at: u8) -> usize {
        let first = self.slot(at);
        let mut all = (0..self.tabs.len()).map(|more| (first + more) % self.tabs.len());
        let streams = |slot: &usize| self.tabs[*slot].as_ref().is_some_and(|t| t.stream.is_some());
        all.find(streams).unwrap_or(first)
    }

    fn awake(&mut self, at: u8) -> Option<&mut Tab> {
        let slot = self.slot(at);
        self.tabs[slot].as_mut().filter(|tab| !tab.frozen)
    }

    fn buyer(&mut self, step: Step) {
        match step {
            Step::Spend(at, what) if self.awake(at).is_some() => {
                let operation = if what % 4 == 3 { "film" } else { "image" };
                let quantity = if what == 2 { 2 } else { 1 };
                self.spend(self.slot(at), SpendKind::Own, operation, quantity);
            }
            Step::Announce(at, what) if self.awake(at).is_some() => {
                let operation = ["image", "draft", "film", "image"][usize::from(what) % 4];
                self.spend(self.slot(at), SpendKind::Announced, operation, 1);
            }
            Step::Cancel(at, which) if self.awake(at).is_some() => {
                let slot = self.slot(at);
                let spends = self.view(slot).map(|view| view.spends).unwrap_or_default();
                if let Some(spend) = pick(&spends, which) {
                    self.cancel(slot, spend.op);
                }
            }
            _ => {}
        }
    }

    fn stream(&mut self, step: Step) {
        let (Step::Read(at)
        | Step::Skip(at)
        | Step::Echo(at)
        | Step::Swap(at)
        | Step::Beat(at)
        | Step::Cut(at)
        | Step::Lag(at)) = step
        else {
            return;
        };
        let slot = self.streaming(at);
        match step {
            Step::Read(_) => {
                if !self.read_any(at) && !self.deliver(0) {
                    self.page(Step::Tick(at));
                }
                return;
            }
            Step::Cut(_) => return self.cut(slot),
            _ => {}
        }
        let beat = self.backend.heartbeat(self.now_ms);
        let Some(stream) = self.tabs[slot].as_mut().and_then(|tab| tab.stream.as_mut()) else {
            return;
        };
        stream.catch_up(&self.backend);
        match step {
            Step::Skip(_) => drop(stream.queue.pop_front()),
            Step::Echo(_) => {
                let first = stream.queue.front().cloned();
                stream.queue.extend(first.filter(|event| *event != StreamEvent::Reset));
            }
            Step::Swap(_) if stream.queue.len() > 1 => stream.queue.swap(0, 1),
            Step::Beat(_) if stream.is_alive(&self.backend) => stream.queue.push_back(beat),
            Step::Lag(_) => stream.lag(),
            _ => {}
        }
    }

    fn page(&mut self, step: Step) {
        match step {
            Step::Freeze(at) => {
                let slot = self.slot(at);
                if let Some(tab) = &mut self.tabs[slot] {
                    tab.frozen = !tab.frozen;
                    self.coverage.count(Kind::Frozen);
                }
            }
            Step::Crash(at) | Step::Reload(at) => {
                let slot = self.slot(at);
                let was_open = self.tabs[slot].is_some();
                if was_open && !self.devices[self.device_of(slot)].stored.is_empty() {
                    self.coverage.count(Kind::Crash);
                }
                self.crash(slot);
                if matches!(step, Step::Reload(_)) || !was_open {
                    self.open(slot);
                }
            }
            Step::LoseStorage(at) => {
                let device = usize::from(at) % self.devices.len();
                if !self.devices[device].stored.is_empty() {
                    self.coverage.count(Kind::StorageLost);
                }
                self.devices[device].stored.clear();
                self.devices[device].forgetful = at % 2 == 0;
            }
            Step::ExpireToken(at) => {
                if let Some(tab) = self.awake(at) {
                    tab.token_expired = true;
                }
            }
            Step::Hide(at) => self.come_or_go(at),
            Step::Steal(at) if self.follows(at) => {
                self.now_ms += SILENCE_MS_MAX + ANSWER_MS_MAX;
                self.steal(self.slot(at));
            }
            Step::SignOut(at) if self.awake(at).is_some() => self.sign_out(self.slot(at)),
            Step::Unplug(at) => self.hears(at, |tab| {
                tab.offline = !tab.offline;
                Input::Online(!tab.offline)
            }),
            Step::Refresh(at) => self.hears(at, |_| Input::Refresh),
            Step::Tick(at) => {
                self.hears(at, |_| Input::Tick);
                if self.awake(at).is_some() {
                    self.turn(self.slot(at));
                }
            }
            _ => {}
        }
    }

    fn follows(&mut self, at: u8) -> bool {
        self.awake(at).is_some_and(|tab| tab.seat.role == Some(Role::Following))
    }

    /// A page that is on its way out leaves the others, and finds a new place when it is back.
    fn come_or_go(&mut self, at: u8) {
        let slot = self.slot(at);
        let Some(tab) = self.awake(at) else { return };
        tab.hidden = !tab.hidden;
        let hidden = tab.hidden;
        self.feed(slot, Input::Visible(!hidden), None);
        if hidden {
            self.coverage.count(Kind::Away);
            self.leave(slot);
        } else {
            self.join(slot);
        }
    }

    fn hears(&mut self, at: u8, what: impl FnOnce(&mut Tab) -> Input) {
        if let Some(input) = self.awake(at).map(what) {
            self.feed(self.slot(at), input, None);
        }
    }

    /// The product's own server.
    fn product(&mut self, step: Step) {
        let now_ms = self.now_ms;
        let held = self.backend.life().held();
        match step {
            Step::TakeUp(at) => {
                // It may know of any op, and asks for its hold as for an announced one.
                let known = if at % 2 == 0 { &self.announced } else { &self.made };
                let latest = &known[known.len().saturating_sub(8)..];
                if let Some(stored) = pick(latest, at).cloned() {
                    self.runs += 1;
                    let claimant = Claimant::Server(claim(self.runs));
                    let operation = self.backend.operation(&stored.operation);
                    let rules = (self.backend.design, now_ms);
                    self.backend.life_mut().hold(&stored, operation.as_ref(), claimant, rules);
                }
            }
            Step::Claim(at) => {
                if let Some(op) = pick(&held, at) {
                    self.runs += 1;
                    self.backend.life_mut().claim(*op, &claim(self.runs), now_ms);
                }
            }
            Step::Capture(at) => {
                if let Some(op) = pick(&held, at) {
                    self.backend.life_mut().capture(*op, None, now_ms);
                }
            }
            Step::CapturePart(at) => {
                if let Some(op) = pick(&held, at) {
                    self.backend.life_mut().capture(*op, Some(amount(1)), now_ms);
                }
            }
            Step::Fail(at) => {
                if let Some(op) = pick(&held, at) {
                    let reason = if at % 2 == 0 { Reason::Failed } else { Reason::InvalidOutput };
                    self.backend.life_mut().release(*op, reason, now_ms);
                }
            }
            _ => {}
        }
    }

    /// Whoever sells, and whoever runs the backend.
    fn seller(&mut self, step: Step) {
        // No two changes are of the same moment.
        self.now_ms += 1;
        let now_ms = self.now_ms;
        let life = self.backend.life_mut();
        match step {
            Step::Sweep => life.sweep(now_ms),
            Step::Buy(at) => life.buy(amount(u64::from(at) + 1)),
            Step::Grant(at) => life.grant(amount(u64::from(at) + 1), now_ms),
            Step::Adjust(at) => life.adjust(amount(u64::from(at) + 1), now_ms),
            Step::ClawBack(at) => life.claw_back(amount(u64::from(at) + 1), now_ms),
            Step::Reinstate(at) => life.reinstate(amount(u64::from(at) + 1), now_ms),
            Step::Refund(at) => {
                let spent = life.ops.values().filter(|record| is_spent(&record.verdict));
                let spent: Vec<OpId> = spent.map(|record| record.op).collect();
                if let Some(op) = pick(&spent, at) {
                    life.refund(*op, now_ms);
                }
            }
            Step::Reprice(at, price) => {
                let all = &mut self.backend.operations;
                let at = usize::from(at) % all.len();
                if !is_spent_at_once(&all[at]) {
                    all[at].credits = amount(u64::from(price) % 3 + 1);
                }
            }
            Step::BackUp => self.backend.back_up(),
            Step::Restore => drop(self.backend.restore()),
            _ => {}
        }
    }
}

fn is_spent(verdict: &Verdict) -> bool {
    let Verdict::Applied { state, .. } = verdict else { return false };
    matches!(state, State::Captured { .. } | State::Debited)
}

/// The id of a run of the work.
pub fn claim(number: u64) -> ClaimId {
    ClaimId::new(&format!("run-{number}")).expect("it is a name")
}

fn pick<T>(from: &[T], at: u8) -> Option<&T> {
    from.get(usize::from(at) % from.len().max(1))
}
