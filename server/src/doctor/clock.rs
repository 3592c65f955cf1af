//! What can be told of this machine's clock without asking anybody.

use std::path::Path;

use super::Finding;
use crate::ledger::Inspection;

const CLOCK: &str = "clock";

/// How far the clock may stand behind what is written already: what it is off by is less.
const BEHIND_MS_MAX: u64 = 60_000;

/// Where those that keep a clock in step leave word of it.
const KEPT_BY: [(&str, &str); 3] = [
    ("/run/systemd/timesync/synchronized", "systemd-timesyncd"),
    ("/run/chrony", "chrony"),
    ("/run/ntpd.pid", "ntpd"),
];

pub(super) fn examine(inspection: Option<&Inspection>, now_ms: u64) -> Vec<Finding> {
    let written = inspection.map_or(0, |inspection| inspection.last_seen_at_ms);
    if let Some(behind_ms) = written.checked_sub(now_ms).filter(|ms| *ms > BEHIND_MS_MAX) {
        let words = format!("it stands {} s behind what the ledger has seen", behind_ms / 1000);
        let remedy = "set it right before serving: holds and tokens would live too long";
        return vec![Finding::error(CLOCK, words, remedy)];
    }
    let kept = KEPT_BY.iter().find(|(path, _)| Path::new(path).exists());
    vec![match kept {
        Some((_, by)) => Finding::fine(CLOCK, format!("it is kept in step by {by}")),
        None => Finding::warning(
            CLOCK,
            "it does not stand behind the ledger; whether anybody keeps it in step cannot be seen",
            "run chrony or systemd-timesyncd, here or on the host of this container",
        ),
    }]
}
