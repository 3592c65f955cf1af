//! The places in the source that panics would name: a file, a line and a column each.
//!
//! Nobody reads them in a browser, where a panic is a bare trap, but the linker cannot know.

use std::ops::Range;

use walrus::{ConstExpr, DataKind, Module, ir::Value};

/// What the compiler keeps of a place: where its file's name stands and how long that is, then line
/// and column, each in four bytes.
const PLACE_BYTES: usize = 16;

/// Writes zeros, which weigh nothing, over every place and every file's name in the module's data.
pub(crate) fn blank(module: &mut Module) {
    let all: Vec<_> = module.data.iter().map(walrus::Data::id).collect();
    for id in all {
        let data = module.data.get_mut(id);
        let DataKind::Active { offset: ConstExpr::Value(Value::I32(address)), .. } = data.kind
        else {
            continue;
        };
        let places = places(&data.value, address.cast_unsigned() as usize);
        for place in places {
            data.value[place].fill(0);
        }
    }
}

/// The places in `bytes`, which the module has at `address`, and their files' names.
fn places(bytes: &[u8], address: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for at in (address.next_multiple_of(4) - address..bytes.len()).step_by(4) {
        let place = at..at + PLACE_BYTES;
        if let Some(name) = bytes.get(place.clone()).and_then(|place| named(bytes, address, place))
        {
            found.extend([place, name]);
        }
    }
    found
}

/// Where the name of the file stands that `place` is in, if it is a place: only there does a pair
/// of words point at the name of a source file.
fn named(bytes: &[u8], address: usize, place: &[u8]) -> Option<Range<usize>> {
    let word = |at: usize| place[at..].first_chunk().copied().map(u32::from_le_bytes);
    let begins = (word(0)? as usize).checked_sub(address)?;
    let name = begins..begins.checked_add(word(4)? as usize)?;
    // Rust ends such names with a zero that it does not count.
    let ends = bytes.get(name.end)? == &0;
    (ends && bytes.get(name.clone())?.ends_with(b".rs")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Data at address 1000: a text, a file's name, a place in that file, a number.
    fn data(file: &str) -> Vec<u8> {
        let words = [1004_u32, u32::try_from(file.len()).expect("short"), 12, 7, 42];
        let mut bytes = [b"text", file.as_bytes(), &[0]].concat();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        bytes
    }

    fn left(file: &str) -> Vec<u8> {
        let mut module = Module::default();
        let memory = module.memories.add_local(false, false, 1, None, None);
        let offset = ConstExpr::Value(Value::I32(1000));
        let id = module.data.add(DataKind::Active { memory, offset }, data(file));
        blank(&mut module);
        module.data.get(id).value.clone()
    }

    #[test]
    fn a_place_and_its_files_name_go_and_all_else_stays() {
        // The name has 8 letters, a zero, and 3 more up to the next word.
        let expected = [&b"text"[..], &[0; 12 + PLACE_BYTES], &[42, 0, 0, 0]].concat();
        assert_eq!(left("src/a.rs"), expected);
    }

    #[test]
    fn words_that_point_elsewhere_are_no_place() {
        assert_eq!(left("src/a.ts"), data("src/a.ts"));
    }
}
