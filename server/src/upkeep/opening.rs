//! Files of opening balances, read line by line.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use creditpack::{AccountId, Credits};
use csv::StringRecord;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::filled::Filled;
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
    let filled = Filled::new(BufReader::new(File::open(path)?));
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
        return Ok(rows(filled));
    }
    Ok(Box::new(objects(filled)))
}

fn objects(mut filled: Filled<impl BufRead>) -> impl Iterator<Item = Parsed> {
    std::iter::from_fn(move || {
        let read = filled.next_line().map(|line| line.map(object));
        let number = filled.number();
        let line = read.map_err(|error| error.to_string()).transpose()?.flatten();
        Some(line.map_err(|why| BadLine { number, why }).and_then(|line| opening(number, line)))
    })
}

/// One line of JSON. An array would be read as well, its fields by their order.
fn object(line: &[u8]) -> Result<Line, String> {
    // What spreadsheets and editors of Windows begin a file with.
    let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
    if !line.trim_ascii_start().starts_with(b"{") {
        return Err("it must be one JSON object".to_owned());
    }
    serde_json::from_slice(line).map_err(|error| {
        let message = error.to_string();
        // Where it is is known: the reader was given this line alone.
        message.split(" at line ").next().unwrap_or_default().to_owned()
    })
}

fn rows(filled: Filled<impl BufRead + 'static>) -> Box<dyn Iterator<Item = Parsed>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(filled);
    // Without names, fields would be read by their order.
    if let Err(error) = reader.headers() {
        let line = bad(reader.get_ref().number(), &said(&error, None));
        return Box::new(std::iter::once(Err(line)));
    }
    let mut rows = reader.into_deserialize::<Line>();
    Box::new(std::iter::from_fn(move || {
        let read = rows.next()?;
        let number = rows.reader().get_ref().number();
        let names = rows.reader_mut().headers().ok();
        let line = read.map_err(|error| bad(number, &said(&error, names)));
        Some(line.and_then(|line| opening(number, line)))
    }))
}

/// What is wrong with a row, under the `names` of the first line. Where it stands is not said: the
/// reader of CSV does not count empty lines.
fn said(error: &csv::Error, names: Option<&StringRecord>) -> String {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => {
            let field = err.field().and_then(|at| names?.get(usize::try_from(at).ok()?));
            let field = field.map_or_else(String::new, |field| format!("{field}: "));
            format!("{field}{}", err.kind())
        }
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("it has {len} fields, and the line of names {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".to_owned(),
        _ => error.to_string(),
    }
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
