//! Shapes of texts that a request may carry.

use creditpack::AccountId;

use super::problem::Refusal;

/// The longest that a person may explain themselves, in characters.
const SENTENCE_CHARS_MAX: usize = 200;

/// An id that somebody else chose: 1 to 128 of the alphabet that accounts have.
pub(super) fn id(field: &str, text: &str) -> Result<(), Refusal> {
    match AccountId::new(text) {
        Ok(_) => Ok(()),
        Err(_) => Err(Refusal::invalid(field, "must be 1 to 128 of A-Z a-z 0-9 . _ : @ -")),
    }
}

/// A few words for people: 1 to 200 characters and no control characters.
pub(super) fn sentence(field: &str, text: &str) -> Result<(), Refusal> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > SENTENCE_CHARS_MAX || text.chars().any(char::is_control) {
        let rule = "must be 1 to 200 characters, without line breaks and other control characters";
        return Err(Refusal::invalid(field, rule));
    }
    Ok(())
}

/// What e-mail addresses are listed, named and quoted with.
const AROUND_ADDRESSES: &str = ",;:<>()[]\"\\";

/// One e-mail address, as far as that can be told without writing to it: whoever mails it must not
/// find several in it, or a name.
pub(super) fn email(field: &str, text: &str) -> Result<(), Refusal> {
    let odd =
        |char: char| char.is_whitespace() || char.is_control() || AROUND_ADDRESSES.contains(char);
    let parts = text.split_once('@');
    let plausible = parts
        .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
    if !plausible || text.len() > 254 || text.chars().any(odd) {
        return Err(Refusal::invalid(field, "must be an e-mail address"));
    }
    Ok(())
}

/// A language tag (BCP 47), as far as its form goes.
pub(super) fn locale(field: &str, text: &str) -> Result<(), Refusal> {
    let part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    if !(2..=35).contains(&text.len()) || !text.split('-').all(part) {
        return Err(Refusal::invalid(field, "must be a language tag, such as de-CH"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_their_shapes() {
        assert!(id("id", "chk_1").is_ok() && id("id", "").is_err() && id("id", "a/b").is_err());
        assert!(sentence("reason", "Sorry!").is_ok());
        assert!(sentence("reason", " ").is_err() && sentence("reason", "a\nb").is_err());
        assert!(sentence("reason", &"x".repeat(201)).is_err());
        let why = sentence("reason", "a\tb").unwrap_err();
        assert!(format!("{why:?}").contains("control characters"), "{why:?}");
        assert!(email("email", "a@b.c").is_ok());
        for bad in [
            "", "a", "@b", "a@", "a b@c", "a@b\n", "a@b,c@d", "a@b;c", "a<b@c>", "a@b@c", "\"a\"@b",
        ] {
            assert!(email("email", bad).is_err(), "{bad}");
        }
        assert!(locale("locale", "de").is_ok() && locale("locale", "zh-Hant-TW").is_ok());
        for bad in ["", "x", "de_CH", "de-", "verylonglanguage"] {
            assert!(locale("locale", bad).is_err(), "{bad}");
        }
    }
}
