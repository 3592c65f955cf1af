//! Files of opening balances, read line by line.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::Path;

use creditpack::{AccountId, Credits};
use csv::StringRecord;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::ledger::NewGrant;

/// The longest id of a grant, in bytes.
const ID_MAX: usize = 128;

/// The longest reason, in characters.
const REASON_MAX: usize = 200;

/// What one line says.
#[derive(Deserialize)]
struct Line {
    account: String,
    credits: u64,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    id: Option<String>,
}

/// A line that can be imported.
pub(super) struct Opening {
    /// Where it stands in the file.
    pub(super) number: u64,
    pub(super) grant: NewGrant,
}

/// A line that cannot be imported.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadLine {
    pub(super) number: u64,
    pub(super) why: String,
}

type Parsed = Result<Opening, BadLine>;

/// Every line of the file at `path`, as they are read: CSV with a line of names if the file's name
/// ends with `.csv`, otherwise one JSON object a line.
pub(super) fn lines(path: &Path) -> std::io::Result<Box<dyn Iterator<Item = Parsed>>> {
    let mut has_failed = false;
    // What cannot be read once could not be read for ever. A line that is no text is one line.
    let readable = move |line: &std::io::Result<String>| {
        let is_failure = |error: &std::io::Error| error.kind() != ErrorKind::InvalidData;
        !std::mem::replace(&mut has_failed, line.as_ref().is_err_and(is_failure))
    };
    let numbered = (1..).zip(BufReader::new(File::open(path)?).lines().take_while(readable));
    let mut filled =
        numbered.filter(|(_, line)| !line.as_ref().is_ok_and(|line| line.trim().is_empty()));
    if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
        return Ok(Box::new(filled.map(|(number, line)| {
            let line = text(number, line)?;
            opening(number, object(number, &line)?)
        })));
    }
    // Row by row: a reader of the whole file does not tell where a row stands after empty lines.
    let names = filled.next().map_or_else(
        || Ok(StringRecord::new()),
        |(number, line)| text(number, line).and_then(|line| row(number, &line)),
    );
    let names = match names {
        Ok(names) => names,
        Err(line) => return Ok(Box::new(std::iter::once(Err(line)))),
    };
    Ok(Box::new(filled.map(move |(number, line)| {
        let row = row(number, &text(number, line)?)?;
        opening(number, named(number, &names, &row)?)
    })))
}

/// A line as text, without what spreadsheets and editors of Windows begin a file with.
fn text(number: u64, line: std::io::Result<String>) -> Result<String, BadLine> {
    let line = line.map_err(|error| bad(number, &error))?;
    Ok(line.trim_start_matches('\u{feff}').to_owned())
}

/// One line of JSON. An array would be read as well, its fields by their order.
fn object(number: u64, line: &str) -> Result<Line, BadLine> {
    if !line.trim_start().starts_with('{') {
        return Err(bad(number, &"it must be one JSON object"));
    }
    serde_json::from_str(line).map_err(|error| {
        let message = error.to_string();
        // Where it is is known: the reader was given this line alone.
        bad(number, &message.split(" at line ").next().unwrap_or_default())
    })
}

/// The fields of one line of CSV.
fn row(number: u64, line: &str) -> Result<StringRecord, BadLine> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).trim(csv::Trim::All).buffer_capacity(512);
    let mut row = StringRecord::new();
    let read = reader.from_reader(line.as_bytes()).read_record(&mut row);
    read.map(|_| row).map_err(|error| bad(number, &error))
}

/// What the fields of a row say under the `names` of the first line.
fn named(number: u64, names: &StringRecord, row: &StringRecord) -> Result<Line, BadLine> {
    if row.len() != names.len() {
        let why = format!("it has {} fields, and the line of names {}", row.len(), names.len());
        return Err(bad(number, &why));
    }
    row.deserialize(Some(names)).map_err(|error| match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => {
            let field = err.field().and_then(|at| names.get(usize::try_from(at).ok()?));
            let field = field.map_or_else(String::new, |field| format!("{field}: "));
            bad(number, &format!("{field}{}", err.kind()))
        }
        _ => bad(number, &error),
    })
}

/// Every bad line of the file, one after the other, and how many good ones there are.
pub(super) fn check(
    path: &Path,
    mut tell: impl FnMut(BadLine) -> std::io::Result<()>,
) -> std::io::Result<(u64, u64)> {
    let mut ids: HashMap<String, u64> = HashMap::new();
    let (mut good, mut bad) = (0, 0);
    for line in lines(path)? {
        let known = line.and_then(|Opening { number, grant }| match ids.get(&grant.id) {
            Some(first) => {
                let why = format!("it has the id of line {first}, {}", grant.id);
                Err(BadLine { number, why })
            }
            None => Ok((grant.id, number)),
        });
        match known {
            Ok((id, number)) => {
                ids.insert(id, number);
                good += 1;
            }
            Err(line) => {
                bad += 1;
                tell(line)?;
            }
        }
    }
    Ok((good, bad))
}

fn bad(number: u64, why: &impl ToString) -> BadLine {
    BadLine { number, why: why.to_string() }
}

fn opening(number: u64, line: Line) -> Parsed {
    let Line { account, credits, reason, id } = line;
    let account = AccountId::new(&account).map_err(|error| bad(number, &error))?;
    let credits = Credits::new(credits).map_err(|error| bad(number, &error))?;
    if credits.is_zero() {
        return Err(bad(number, &"credits must be at least 1"));
    }
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let reason = given(reason).unwrap_or_else(|| "opening balance".to_owned());
    if reason.chars().count() > REASON_MAX || reason.chars().any(char::is_control) {
        return Err(bad(number, &"reason must be at most 200 characters, all of them printable"));
    }
    let id = given(id).unwrap_or_else(|| derived_id(&account));
    // Ids have the alphabet and the length of account names.
    if AccountId::new(&id).is_err() {
        return Err(bad(number, &"id must be 1 to 128 of A-Z a-z 0-9 . _ : @ -"));
    }
    let (credits, actor) = (credits.signed(), Some("import".to_owned()));
    Ok(Opening { number, grant: NewGrant { id, account, credits, reason, actor } })
}

/// One opening balance for each account: a file that is imported again finds it there.
fn derived_id(account: &AccountId) -> String {
    let id = format!("opening:{}", account.as_str());
    if id.len() <= ID_MAX {
        return id;
    }
    format!("opening:{}", hex::encode(Sha256::digest(account.as_str())))
}
