//! A run as people read it: one line for each thing that happened.

use std::fmt::Write as _;

use creditpack::client::{Digest, Effect, Input};
use creditpack::display::View;
use creditpack::ids::Version;

use crate::backend::Backend;
use crate::step::Step;

/// The lines so far; none are kept where nobody will read them.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    lines: Option<Vec<String>>,
    steps: usize,
    step: String,
    last: Vec<String>,
}

impl Trace {
    /// One that is kept.
    pub fn kept() -> Self {
        Self { lines: Some(Vec::new()), ..Self::default() }
    }

    /// Whether anybody will read it.
    pub fn is_on(&self) -> bool {
        self.lines.is_some()
    }

    /// The lines.
    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }

    /// A step begins.
    pub(crate) fn begin(&mut self, step: Step) {
        self.steps += 1;
        if self.lines.is_some() {
            self.step = format!("{:>3} {step:?}", self.steps);
            let line = self.step.clone();
            self.push(line);
        }
    }

    /// Something outside the schedule.
    pub(crate) fn note(&mut self, what: &str) {
        self.push(format!("--- {what}"));
    }

    /// A page took a step: what it was told, what it shows before and after, what it wants.
    pub(crate) fn page(
        &mut self,
        device: usize,
        slot: usize,
        what: &str,
        effects: &[Effect],
        view: Option<&View>,
    ) {
        if self.lines.is_none() {
            return;
        }
        if self.last.len() <= slot {
            self.last.resize(slot + 1, "nothing".to_owned());
        }
        let now = view.map_or_else(|| "nothing".to_owned(), shown);
        let before = std::mem::replace(&mut self.last[slot], now.clone());
        let dull = what == "Tick" || what.contains("Heartbeat");
        if dull && before == now && effects.is_empty() {
            return;
        }
        let mut line = format!("      device {device} tab {slot}: {}", brief(what));
        let _ = write!(line, " | {before} -> {now}");
        for effect in effects {
            let text = match effect {
                Effect::Tell(known) => format!("to tell {}", digest(known)),
                other => format!("{other:?}"),
            };
            let _ = write!(line, " | wants {}", brief(&text));
        }
        self.push(line);
    }

    /// The backend decided something for a page.
    pub(crate) fn backend(&mut self, slot: usize, answer: &Input, backend: &Backend) {
        if self.lines.is_none() {
            return;
        }
        let now = backend.life();
        let balance = now.account.balance;
        let line = format!(
            "      backend for tab {slot}: {} | life {} v{} available {} ({} - {})",
            brief(&format!("{answer:?}")),
            backend.present() + 1,
            now.account.version,
            balance.available(),
            balance.settled(),
            balance.held(),
        );
        self.push(line);
    }

    fn push(&mut self, line: String) {
        if let Some(lines) = &mut self.lines {
            lines.push(line);
        }
    }
}

/// What a page tells the others, without what says nothing.
fn digest(digest: &Digest) -> String {
    let Digest { from, snapshot, ops, over } = digest;
    let ops: Vec<_> = ops.iter().map(|op| (op.op, op.called_off)).collect();
    let (epoch, version, available) = (snapshot.epoch, snapshot.version, snapshot.available);
    let receipts = snapshot.receipts.iter().map(|receipt| {
        (receipt.op, receipt.verdict, receipt.version.map(Version::get), receipt.state)
    });
    let receipts: Vec<_> = receipts.collect();
    format!(
        "{epoch} v{version} available {available}, from v{from} {receipts:?}, called off {ops:?}, \
         over {over:?}"
    )
}

/// What a page was told, as text.
pub(crate) fn told(input: &Input) -> String {
    match input {
        Input::Told(known) => format!("told {}", digest(known)),
        other => format!("{other:?}"),
    }
}

/// What a page shows, in one phrase.
fn shown(view: &View) -> String {
    let epoch = view.epoch.trim_start_matches("01J9ZQ3W4X5Y6Z7A8B9C0D").trim_start_matches('0');
    format!(
        "{} ({}-{}) e{epoch} v{} {:?}",
        view.shown, view.available, view.pending, view.version, view.phase
    )
}

/// Debug output without what says nothing: absent fields, and the beginnings of ids.
fn brief(text: &str) -> String {
    let mut brief = String::with_capacity(text.len());
    for part in text.split_inclusive(", ") {
        if !part.contains(": None") && !part.contains(": []") {
            brief.push_str(part);
        }
    }
    let brief = brief.replace("01J9ZQ3W4X5Y6Z7A8B9C0D", "e");
    let brief = brief.replace("account: AccountId(\"u_1\"), ", "");
    shorten_ops(&brief)
}

/// Ops end in the number under which the world made them; the rest says nothing.
fn shorten_ops(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("-7000-8000-") {
        let (begin, end) = (at.saturating_sub(13), at + 23);
        let number = rest.get(at + 11..end).and_then(|hex| u64::from_str_radix(hex, 16).ok());
        short.push_str(&rest[..begin]);
        let _ = write!(short, "op{}", number.unwrap_or_default());
        rest = &rest[end.min(rest.len())..];
    }
    short.push_str(rest);
    short
}
