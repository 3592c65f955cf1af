//! What may happen next, drawn from a seed. A schedule is data: any part of it can be left out,
//! and the rest still means something, because numbers choose among whatever is there.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

/// One thing that happens. Numbers choose among what is there, modulo how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A buyer spends on an operation, so many times.
    Spend(u8, u8),
    /// A page announces a spend that the product's server will make.
    Announce(u8, u8),
    /// A buyer calls a spend off.
    Cancel(u8, u8),
    /// Something that is on its way arrives; 0 is what was sent first.
    Deliver(u8),
    /// Something that is on its way is lost.
    Lose(u8),
    /// A page gives up waiting for an answer; its request arrives later all the same.
    Late(u8),
    /// A request or an answer arrives, and will arrive once more.
    Duplicate(u8),
    /// The backend refuses a request without a verdict; the second number says how.
    Refuse(u8, u8),
    /// The backend does what a request asks, and answers that it does not know whether it did.
    Stumble(u8),
    /// A page reads its stream.
    Read(u8),
    /// An event of a stream is lost.
    Skip(u8),
    /// An event of a stream comes twice.
    Echo(u8),
    /// Two events of a stream change places.
    Swap(u8),
    /// The backend says that it is alive.
    Beat(u8),
    /// A stream breaks.
    Cut(u8),
    /// A stream's reader is too slow.
    Lag(u8),
    /// A page's token runs out.
    ExpireToken(u8),
    /// A page freezes, or thaws.
    Freeze(u8),
    /// A page goes away, as into the back/forward cache, or comes back.
    Hide(u8),
    /// Nobody hears whoever leads, until a page that follows steals the lead.
    Steal(u8),
    /// A buyer signs out on a page.
    SignOut(u8),
    /// A page goes offline, or online.
    Unplug(u8),
    /// A page is told to look again.
    Refresh(u8),
    /// A page hears that time has passed.
    Tick(u8),
    /// A page crashes and stays closed.
    Crash(u8),
    /// A page crashes and is opened again.
    Reload(u8),
    /// A device loses what it stored, or can store nothing any more.
    LoseStorage(u8),
    /// The product's server asks for the hold of an op, announced to it or not.
    TakeUp(u8),
    /// The product's server begins the work of a held op.
    Claim(u8),
    /// The product's server captures all of a hold.
    Capture(u8),
    /// The product's server captures one credit of a hold.
    CapturePart(u8),
    /// The product's server gives a hold back.
    Fail(u8),
    /// The backend's sweep.
    Sweep,
    /// A purchase is being paid for.
    Buy(u8),
    /// A purchase is paid, or credits are given by hand.
    Grant(u8),
    /// Credits are taken by hand.
    Adjust(u8),
    /// A payment is taken back.
    ClawBack(u8),
    /// A clawback is undone.
    Reinstate(u8),
    /// What an op spent is given back.
    Refund(u8),
    /// An operation's price changes.
    Reprice(u8, u8),
    /// The database is copied.
    BackUp,
    /// The database is replaced by its copy.
    Restore,
    /// So much time passes.
    Wait(u8),
}

/// How the world begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one world")]
pub struct Setup {
    /// How many devices.
    pub devices: usize,
    /// How many tabs on each.
    pub tabs: usize,
    /// What the account owns.
    pub credits: u64,
    /// How many receipts a snapshot can list.
    pub receipts_max: usize,
    /// How far each device's clock is off, in minutes: the first one's this much, the second one's
    /// the other way.
    pub skew_min: u8,
    /// Whether the last device stores nothing.
    pub forgetful: bool,
    /// Whether tabs have Web Locks, so that one of them leads.
    pub locks: bool,
    /// How many credits may be promised while offline.
    pub offline_credits: u64,
    /// Whether something on the way holds streams back, so that pages have to poll.
    pub held_back: bool,
    /// Whether storage takes its time to be read.
    pub slow_storage: bool,
}

/// What happens in one run: the beginning, and the steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// How the world begins.
    pub setup: Setup,
    /// What happens, in this order.
    pub steps: Vec<Step>,
}

impl Schedule {
    /// The schedule of a seed: the same on every machine, for ever.
    pub fn of_seed(seed: u64, steps: usize) -> Self {
        let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
        let setup = Setup {
            devices: dice.among(&[1, 1, 2, 3]),
            tabs: dice.among(&[1, 2, 2, 3]),
            credits: dice.below(9).into(),
            receipts_max: dice.among(&[1, 3, 1_000, 1_000]),
            skew_min: dice.among(&[0, 0, 5, 61]),
            forgetful: dice.below(4) == 0,
            locks: dice.below(4) > 0,
            offline_credits: dice.among(&[0, 0, 2, 6]),
            held_back: dice.below(4) == 0,
            slow_storage: dice.below(4) == 0,
        };
        // Some networks are calm and some are wild, so that long and short stories both happen.
        let wild = dice.among(&[0, 1, 1, 3]);
        // And each has a plague of its own, so that what is rare happens often somewhere.
        let plague = dice.below(TROUBLES);
        let steps = (0..steps).map(|_| dice.step(wild, plague)).collect();
        Self { setup, steps }
    }
}

/// So many of the troubles are other ones than loss.
const TROUBLES: u32 = 42;

struct Dice(ChaCha8Rng);

impl Dice {
    fn below(&mut self, bound: u32) -> u8 {
        u8::try_from(self.0.next_u32() % bound).unwrap_or(u8::MAX)
    }

    fn among<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.0.next_u32() as usize % choices.len()]
    }

    /// The oldest of what is there, mostly.
    fn first(&mut self) -> u8 {
        let any = self.below(16);
        if self.below(3) == 0 { any } else { 0 }
    }

    fn step(&mut self, wild: u32, plague: u8) -> Step {
        match u32::from(self.below(100)) {
            0..=34 => Step::Deliver(self.first()),
            35..=54 => Step::Read(self.below(8)),
            55..=66 => Step::Spend(self.below(8), self.below(8)),
            67..=80 => self.work(),
            81..=87 => self.account(),
            88.. if wild == 0 => Step::Deliver(0),
            88.. => self.trouble(wild, plague),
        }
    }

    fn work(&mut self) -> Step {
        let at = self.below(8);
        match self.below(16) {
            0..=1 => Step::Announce(at, self.below(8)),
            2..=3 => Step::TakeUp(at),
            4..=5 => Step::Cancel(at, self.below(8)),
            6..=8 => Step::Claim(at),
            9..=11 => Step::Capture(at),
            12 => Step::CapturePart(at),
            13..=14 => Step::Fail(at),
            _ => Step::Tick(at),
        }
    }

    fn account(&mut self) -> Step {
        let at = self.below(4);
        match self.below(24) {
            0..=4 => Step::Grant(at),
            5..=6 => Step::Buy(at),
            7..=9 => Step::Adjust(at),
            10 => Step::ClawBack(at),
            11 => Step::Reinstate(at),
            12..=13 => Step::Refund(at),
            14 => Step::Reprice(at, self.below(4)),
            15..=17 => Step::Wait(self.below(8)),
            18 => Step::Wait(self.below(16)),
            19 => Step::Sweep,
            20 => Step::BackUp,
            21 => Step::Restore,
            22 => Step::Refresh(at),
            _ => Step::Beat(at),
        }
    }

    fn trouble(&mut self, wild: u32, plague: u8) -> Step {
        let at = self.below(8);
        let any = self.below(TROUBLES + 8 * wild);
        match if self.below(2) == 0 { any } else { plague + self.below(4) } {
            0 => Step::Cut(at),
            1..=2 => Step::Skip(at),
            3 => Step::Echo(at),
            4..=5 => Step::Swap(at),
            6 => Step::Lag(at),
            7 => Step::ExpireToken(at),
            8..=10 => Step::Freeze(at),
            11..=14 => Step::Hide(at),
            15..=16 => Step::Unplug(at),
            17 => Step::Crash(at),
            18..=20 => Step::Reload(at),
            21 => Step::LoseStorage(at),
            22..=25 => Step::Refuse(self.first(), self.below(4)),
            26..=28 => Step::Stumble(self.first()),
            29..=32 => Step::Duplicate(self.first()),
            33..=37 => Step::Late(self.first()),
            38..=40 => Step::Steal(at),
            41 => Step::SignOut(at),
            _ => Step::Lose(self.first()),
        }
    }
}
