//! Mails as files: for trying things out, and for whoever sends them by other means.

use std::fs::{DirBuilder, File, OpenOptions, read_dir, remove_file, rename};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::mailer::{Accepted, Letter, Refusal};
use super::message::message;

/// A directory of mails.
#[derive(Clone, Debug)]
pub struct Files {
    directory: PathBuf,
}

impl Files {
    /// One that writes into `directory`, made for its owner alone if it is not there.
    pub const fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    pub(super) async fn write(&self, letter: &Letter) -> Result<Accepted, Refusal> {
        let name = name(&letter.key)?;
        let bytes = message(letter)?.formatted();
        let (directory, written) = (self.directory.clone(), name.clone());
        let write = move || write(&directory, &written, &bytes);
        match tokio::task::spawn_blocking(write).await {
            Ok(Ok(())) => Ok(Accepted { message: Some(name), pause: None }),
            Ok(Err(error)) => Err(Refusal::later(format!("cannot write {name}: {error}"))),
            Err(_) => Err(Refusal::later("the write was cut off")),
        }
    }
}

/// `receipt/pur_1` is `pur_1.eml`, its second round `pur_1-2.eml`.
fn name(key: &str) -> Result<String, Refusal> {
    let stem = key.trim_start_matches("receipt/").replace('/', "-");
    let plain = |char: char| char.is_ascii_alphanumeric() || "_-".contains(char);
    if stem.is_empty() || !stem.chars().all(plain) {
        return Err(Refusal::Never(format!("{key:?} cannot be the name of a file")));
    }
    Ok(format!("{stem}.eml"))
}

/// Whoever looks sees all of a file or none, also after a crash.
fn write(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)?;
    let draft = directory.join(format!(".{name}.draft"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    rename(&draft, directory.join(name))?;
    File::open(directory)?.sync_all()
}

/// Removes every mail about those purchases, and drafts that a crash left of one. One of them may be
/// written meanwhile: what is renamed under our hands is looked for again.
pub(super) fn remove(directory: &Path, purchases: &[String]) -> io::Result<()> {
    loop {
        match remove_listed(directory, purchases) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(()) => return File::open(directory)?.sync_all(),
        }
        if !directory.exists() {
            return Ok(());
        }
    }
}

fn remove_listed(directory: &Path, purchases: &[String]) -> io::Result<()> {
    for file in read_dir(directory)? {
        let file = file?;
        let is_about = |name: &str| purchases.iter().any(|purchase| is_about(name, purchase));
        if file.file_name().to_str().is_some_and(is_about) {
            remove_file(file.path())?;
        }
    }
    Ok(())
}

/// Whether a file of that name is one that [`name`] names for the purchase, or a draft of one.
fn is_about(name: &str, purchase: &str) -> bool {
    let draft = name.strip_prefix('.').and_then(|name| name.strip_suffix(".draft"));
    let stem = draft.unwrap_or(name).strip_suffix(".eml");
    let Some(round) = stem.and_then(|stem| stem.strip_prefix(purchase)) else { return false };
    let number = round.strip_prefix('-').unwrap_or_default();
    round.is_empty() || (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_name_and_never_a_path() {
        assert_eq!(name("receipt/pur_01k").unwrap(), "pur_01k.eml");
        assert_eq!(name("receipt/pur_01k/2").unwrap(), "pur_01k-2.eml");
        for bad in ["receipt/", "receipt/..", "receipt/a\\b", "receipt/a b"] {
            assert!(name(bad).is_err(), "{bad}");
        }
        assert_eq!(name("receipt/../x").ok(), None);
    }

    #[test]
    fn a_mail_that_is_written_meanwhile_keeps_none_from_being_removed() {
        let dir = tempfile::tempdir().unwrap();
        let outbox = dir.path().join("outbox");
        let removes = |times| {
            (0..times).try_for_each(|_| remove(&outbox, &["pur_1".to_owned()])).unwrap();
        };
        std::thread::scope(|scope| {
            let removing = scope.spawn(|| removes(5_000));
            while !removing.is_finished() {
                // Its draft may be removed before it has its name.
                let _ = write(&outbox, "pur_1.eml", b"to whom it may concern");
            }
        });
        removes(1);
        assert_eq!(read_dir(&outbox).unwrap().count(), 0);
    }

    #[test]
    fn a_mail_is_known_by_its_purchase() {
        for good in ["pur_1.eml", "pur_1-2.eml", ".pur_1.eml.draft", ".pur_1-12.eml.draft"] {
            assert!(is_about(good, "pur_1"), "{good}");
        }
        for other in ["pur_12.eml", "pur_1-.eml", "pur_1-x.eml", "pur_1", "pur_1.txt", "a.eml"] {
            assert!(!is_about(other, "pur_1"), "{other}");
        }
    }
}
