//! A report for people.

use std::fmt::Write as _;

use super::interval::Estimate;
use super::report::{ExperimentReport, Status, VariantReport};

/// A variant with a longer name gets a line of its own.
const NAME_CHARS: usize = 20;

/// Every experiment, or that there is none.
pub(super) fn written(reports: &[ExperimentReport]) -> String {
    if reports.is_empty() {
        return "There are no experiments.\n".to_owned();
    }
    let sections: Vec<_> = reports.iter().map(section).collect();
    sections.join("\n")
}

fn section(report: &ExperimentReport) -> String {
    let status = match report.status {
        Status::Running => "running",
        Status::Ended => "ended",
        Status::Removed => "no longer in the config",
    };
    let mut lines = vec![format!("experiment {} ({status})", report.experiment), String::new()];
    lines.extend(sold(&report.variants));
    if report.variants.iter().any(|variant| !variant.revenue.is_empty()) {
        lines.push(String::new());
        lines.extend(taken(&report.variants));
    }
    lines.push(String::new());
    lines.extend(report.findings.iter().flat_map(|finding| wrapped(finding)));
    lines.iter().fold(String::new(), |mut text, line| {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{}", line.trim_end());
        text
    })
}

fn sold(variants: &[VariantReport]) -> Vec<String> {
    let head = row(
        "variant",
        &format!(
            "{:>6} {:>9} {:>8}  {:<26} {:>9} {:>10}",
            "weight", "exposed", "buyers", "conversion (95% interval)", "purchases", "given back"
        ),
    );
    let each = variants.iter().flat_map(|it| {
        let weight = it.weight.map_or_else(|| "-".to_owned(), |weight| weight.to_string());
        let conversion = it.conversion.map_or_else(|| "-".to_owned(), |share| percent(&share));
        row(
            &it.variant,
            &format!(
                "{weight:>6} {:>9} {:>8}  {conversion:<26} {:>9} {:>10}",
                it.exposed, it.buyers, it.purchases, it.given_back
            ),
        )
    });
    head.into_iter().chain(each).collect()
}

fn taken(variants: &[VariantReport]) -> Vec<String> {
    let head = row(
        "variant",
        &format!(
            "{:>10} {:<8} {:>14} {:>10}  {:<30}",
            "credits", "currency", "revenue", "given back", "per exposed (95% interval)"
        ),
    );
    let each = variants.iter().flat_map(|it| {
        it.revenue.iter().flat_map(|revenue| {
            let per_exposed = revenue.per_exposed_minor;
            let per_exposed = per_exposed.map_or_else(|| "-".to_owned(), |mean| minor(&mean));
            row(
                &it.variant,
                &format!(
                    "{:>10} {:<8} {:>14} {:>10}  {per_exposed}",
                    it.credits,
                    revenue.currency.as_str(),
                    revenue.amount_minor,
                    revenue.given_back_minor
                ),
            )
        })
    });
    let note = "Money is in minor units of its currency; credits are those of all currencies.";
    head.into_iter().chain(each).chain([note.to_owned()]).collect()
}

/// A line, or two where the name is long.
fn row(name: &str, rest: &str) -> Vec<String> {
    if name.len() <= NAME_CHARS {
        return vec![format!("{name:<NAME_CHARS$} {rest}")];
    }
    vec![name.to_owned(), format!("{:<NAME_CHARS$} {rest}", "")]
}

fn percent(share: &Estimate) -> String {
    let Estimate { seen, low, high } = share;
    format!("{:.2}% ({:.2}% to {:.2}%)", seen * 100.0, low * 100.0, high * 100.0)
}

/// Hundredths of a minor unit say nothing any more where there are thousands.
fn minor(mean: &Estimate) -> String {
    let digits = if mean.high < 10_000.0 { 2 } else { 0 };
    let Estimate { seen, low, high } = mean;
    format!("{seen:.digits$} ({low:.digits$} to {high:.digits$})")
}

/// A sentence in lines of at most 100 columns.
fn wrapped(sentence: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in sentence.split(' ') {
        if lines.last().is_some_and(|line| !line.is_empty() && line.len() + word.len() >= 100) {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    lines
}
