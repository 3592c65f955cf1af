//! Where buyers are sent back to: only to sites that the operator allows.

use creditpack::Code;
use url::Url;

use super::Refusal;
use crate::config::Origin;

/// The longest address that is taken, in bytes.
const URL_BYTES_MAX: usize = 2048;

/// Stands in a success address for the checkout's id.
const PLACEHOLDER: &str = "{CHECKOUT_ID}";

/// Checks that the address in `field` is on one of the `allowed` origins, whatever the checkout's
/// id will be.
///
/// # Errors
///
/// `url_not_allowed` naming `field`, for anything that is no plain web address there: printable
/// ASCII, at most 2048 bytes, without a user, and with the placeholder nowhere in its origin.
pub(super) fn check(field: &'static str, text: &str, allowed: &[Origin]) -> Result<(), Refusal> {
    // A URL parser drops line breaks and the like, but the header that says where to go is raw.
    let plain = text.len() <= URL_BYTES_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && begins_plainly(text);
    let origin = |id| origin(&text.replace(PLACEHOLDER, id));
    // An id in the origin would lead each checkout to a site of its own.
    match (origin("a"), origin("b")) {
        (Some(one), Some(other)) if plain && one == other && allowed.contains(&one) => Ok(()),
        _ => Err(Refusal { error: Code::UrlNotAllowed.into(), field: Some(field) }),
    }
}

/// Whether the host stands where every reader of addresses looks for it, between `://` and the next
/// `/`, `?` or `#`. Browsers also take `\` for `/`, and any number of slashes; the provider, who
/// sends buyers there, need not.
fn begins_plainly(text: &str) -> bool {
    let host = text.split_once("://").filter(|(scheme, _)| {
        scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
    });
    host.is_some_and(|(_, rest)| !rest.starts_with(['/', '?', '#']))
}

/// The origin of an address without a user in it.
fn origin(text: &str) -> Option<Origin> {
    let url = Url::parse(text).ok()?;
    (url.username().is_empty() && url.password().is_none()).then(|| Origin::of(&url))
}

/// `success_url` with the checkout's id in it: in place of `{CHECKOUT_ID}`, else appended as
/// `checkout=<id>`.
pub fn returning(success_url: &str, checkout: &str) -> String {
    if success_url.contains(PLACEHOLDER) {
        return success_url.replace(PLACEHOLDER, checkout);
    }
    let Ok(mut url) = Url::parse(success_url) else { return success_url.to_owned() };
    url.query_pairs_mut().append_pair("checkout", checkout);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkout_finds_its_place() {
        for (success_url, expect) in [
            ("https://a.b/done", "https://a.b/done?checkout=c_1"),
            ("https://a.b/done?x=1#top", "https://a.b/done?x=1&checkout=c_1#top"),
            ("https://a.b/{CHECKOUT_ID}/done", "https://a.b/c_1/done"),
            ("https://a.b/?c={CHECKOUT_ID}#/{CHECKOUT_ID}", "https://a.b/?c=c_1#/c_1"),
        ] {
            assert_eq!(returning(success_url, "c_1"), expect);
        }
    }

    #[test]
    fn only_allowed_origins_are_returned_to() {
        let allowed = ["https://a.b", "https://a.id", "https://c.a", "https://c.b"];
        let allowed = allowed.map(|origin| Origin::parse(origin).unwrap());
        let check = |text: &str| check("success_url", text, &allowed);
        for good in [
            "https://a.b",
            "https://A.B:443/%0A",
            "https://a.b/{CHECKOUT_ID}/x?y={CHECKOUT_ID}#{CHECKOUT_ID}",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "/relative",
            "http://a.b/",
            "https://a.b:8443/",
            "https://a.b.evil.example/",
            "https://a.b@evil.example/",
            "https://u:p@a.b/",
            "https://{CHECKOUT_ID}.a.b/",
            "https://a.{CHECKOUT_ID}",
            "https://c.{CHECKOUT_ID}",
            "https:{CHECKOUT_ID}",
            "https://a.b:{CHECKOUT_ID}",
            "https://a.b:44{CHECKOUT_ID}/",
            "https://a.b{CHECKOUT_ID}",
            "https://{CHECKOUT_ID}@a.b/",
            "{CHECKOUT_ID}://a.b/",
            "https://a.b/\nx",
            "https://a.b/\tx",
            "\u{0}https://a.b/",
            " https://a.b/ ",
            "https://a.b/\u{7f}",
            "https://a.b/ü",
            "https://a.b\\@evil.example/",
            "https:\\\\a.b/",
            "https:a.b/",
            "https:/a.b/",
            "https:///a.b/",
            "https:a.b/?x=https://a.b/",
            "javascript:alert(1)",
            "data:text/html,x",
            &format!("https://a.b/{}", "x".repeat(URL_BYTES_MAX)),
        ] {
            let refusal = check(bad).unwrap_err();
            assert_eq!(refusal.error.code(), Code::UrlNotAllowed, "{bad}");
            assert_eq!(refusal.field, Some("success_url"));
        }
    }
}
