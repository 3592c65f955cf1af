//! `creditpackd export`: every entry as a line, for spreadsheets, warehouses and auditors.

use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum;
use creditpack::AccountId;

use super::UpkeepError;
use crate::ledger::{ExportError, ExportLine, export};

/// What formulas of spreadsheets begin with.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// How entries are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line of names, then one for each entry; what an entry lacks is empty. Reasons and actors
    /// that a spreadsheet would take for formulas have a `'` before them.
    Csv,
    /// One JSON object for each line; what an entry lacks is null.
    Ndjson,
}

pub(super) fn run(
    data: &Path,
    account: Option<&AccountId>,
    format: Format,
) -> Result<ExitCode, UpkeepError> {
    let mut out = BufWriter::new(io::stdout().lock());
    let exported = match format {
        Format::Ndjson => export(data, account, |line| {
            serde_json::to_writer(&mut out, &line).map_err(io::Error::from)?;
            out.write_all(b"\n")
        }),
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(&mut out);
            let exported =
                export(data, account, |line| csv.serialize(as_text(line)).map_err(to_io));
            csv.flush()?;
            exported
        }
    };
    match exported {
        Ok(()) => {
            out.flush()?;
            Ok(ExitCode::SUCCESS)
        }
        Err(ExportError::Unknown(account)) => Err(UpkeepError::UnknownAccount(account)),
        Err(ExportError::Ledger(error)) => Err(error.into()),
        Err(ExportError::Taker(error)) => Err(error.into()),
    }
}

/// The line with what people wrote marked as text, where spreadsheets would run it
/// (owasp.org/www-community/attacks/CSV_Injection).
fn as_text(line: ExportLine) -> ExportLine {
    let text = |text: String| if text.starts_with(FORMULA) { format!("'{text}") } else { text };
    ExportLine { reason: line.reason.map(text), actor: line.actor.map(text), ..line }
}

fn to_io(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
