//! The texts that panics would tell.
//!
//! Nobody hears them in a browser, where a panic is a bare trap; but they stand in the middle of the
//! module's data, and no tool can know that nothing else reads them.

use walrus::{Data, Module};

/// What panics of the compiler's own code and of the libraries say. What a page may read, because it
/// is thrown as an error, is not among them.
const STORIES: &[&str] = &[
    "index out of bounds: the len is ",
    " but the index is ",
    "range end index ",
    " out of range for slice of length ",
    "assertion `left ",
    " right` failed",
    "  left: ",
    " right: ",
    "insertion index (is ",
    "removal index (is ",
    ") should be <= len (is ",
    ") should be < len (is ",
    "finish: callbacks should be Some",
    "finish: result should be None",
    "called `Result::unwrap()` on an `Err` value",
    "capacity overflow",
    "a formatting trait implementation returned an error when the underlying stream did not",
    "LazyCell instance has previously been poisoned",
    "attempt to divide by zero",
    "`async fn` resumed after completion",
    "RefCell already mutably borrowed",
    "RefCell already borrowed",
    "attempt to join into collection with len > usize::MAX",
    "internal error: entered unreachable code",
    ": JsValue passed is not an Error type -- this is a bug",
    "fetch returned ",
    ", not `Response` - this is a bug",
    "Tried to shrink to a larger capacity",
];

/// What numbers are formatted with.
const DIGITS: &[&str] = &[
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546\
     474849505152535455565758596061626364656667686970717273747576777879808182838485868788899091929394\
     9596979899",
    "0x0123456789ABCDEF",
];

/// Writes zeros, which weigh nothing, over every story in the module's data, and over the tables of
/// digits unless it formats numbers.
pub(crate) fn blank(module: &mut Module, formats: bool) {
    let digits = if formats { &[] } else { DIGITS };
    let all: Vec<_> = module.data.iter().map(Data::id).collect();
    for id in all {
        let data = module.data.get_mut(id);
        for text in STORIES.iter().chain(digits) {
            erase(&mut data.value, text.as_bytes());
        }
    }
}

fn erase(bytes: &mut [u8], text: &[u8]) {
    for at in 0..bytes.len() {
        if let Some(found) = bytes.get_mut(at..at + text.len())
            && found == text
        {
            found.fill(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use walrus::ir::Value;
    use walrus::{ConstExpr, DataKind};

    use super::*;

    fn left(text: &str, formats: bool) -> Vec<u8> {
        let mut module = Module::default();
        let memory = module.memories.add_local(false, false, 1, None, None);
        let offset = ConstExpr::Value(Value::I32(1000));
        let id = module.data.add(DataKind::Active { memory, offset }, text.into());
        blank(&mut module, formats);
        module.data.get(id).value.clone()
    }

    #[test]
    fn every_story_goes_wherever_it_stands_and_all_else_stays() {
        let text = "spendcapacity overflowheldcapacity overflow";
        let expected = [&b"spend"[..], &[0; 17], b"held", &[0; 17]].concat();
        assert_eq!(left(text, true), expected);
    }

    #[test]
    fn what_a_page_may_read_stays() {
        let text = "FnOnce called more than once; capacity overflo";
        assert_eq!(left(text, false), text.as_bytes());
    }

    #[test]
    fn a_module_that_formats_numbers_keeps_its_digits() {
        for digits in DIGITS {
            assert_eq!(left(digits, true), digits.as_bytes());
            assert_eq!(left(digits, false), vec![0; digits.len()]);
        }
        assert_eq!(DIGITS[0].len(), 200);
    }
}
