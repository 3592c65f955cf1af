//! The papers: that they tell of everything that the program knows.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use creditpack::EntryKind;

use crate::sources::sources;

const PROTOCOL: &str = include_str!("../../../docs/protocol.md");
const OPERATIONS: &str = include_str!("../../../docs/operations.md");

#[test]
fn the_protocol_tells_of_every_kind_of_entry() {
    for kind in EntryKind::ALL {
        let row = format!("\n| `{}` | ", kind.as_str());
        assert!(PROTOCOL.contains(&row), "{row}");
    }
}

/// Every variable that the sources name.
fn variables() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, text) in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        for (at, _) in text.match_indices("CREDITPACK_") {
            let is_part = |char: char| char.is_ascii_uppercase() || char == '_';
            let name = text[at..].split(|char| !is_part(char)).next().unwrap();
            // The beginning alone is what they have in common.
            if name != "CREDITPACK_" {
                found.insert(name.to_owned());
            }
        }
    }
    found
}

#[test]
fn every_variable_is_documented_and_known_to_the_doctor() {
    let names = variables();
    assert!(names.len() > 10, "{names:?}");
    let mut doctor = Command::new(env!("CARGO_BIN_EXE_creditpackd"));
    doctor.env_clear().args(["doctor", "--offline", "--data", "/nowhere", "--config"]);
    doctor.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("default.toml"));
    for name in &names {
        assert!(OPERATIONS.contains(&format!("`{name}`")), "{name} is not in docs/operations.md");
        // Empty is as good as not set, and still there.
        doctor.env(name, "");
    }
    doctor.env("CREDITPACK_NONSENSE", "");
    let said = String::from_utf8(doctor.output().unwrap().stdout).unwrap();
    assert!(said.contains("environment: CREDITPACK_NONSENSE is set, and nothing"), "{said}");
    assert_eq!(said.matches("environment: ").count(), 1, "{said}");
}
