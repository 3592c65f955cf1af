//! Where buyers are sent back to: only to sites that the operator allows.

use creditpack::Code;
use url::Url;

use super::Refusal;
use crate::config::Origin;

/// The longest address that is taken, in bytes.
const URL_BYTES_MAX: usize = 2048;

/// Stands in a success address for the checkout's id.
const PLACEHOLDER: &str = "{CHECKOUT_ID}";

/// Checks that the address in `field` is on one of the `allowed` origins.
///
/// # Errors
///
/// `url_not_allowed` naming `field`, for anything that is no plain web address there.
pub(super) fn check(field: &'static str, text: &str, allowed: &[Origin]) -> Result<(), Refusal> {
    let refused = || Refusal { error: Code::UrlNotAllowed.into(), field: Some(field) };
    // Checked with an id in place of the placeholder, as it will be used.
    let url = Url::parse(&text.replace(PLACEHOLDER, "id")).map_err(|_| refused())?;
    let plain =
        text.len() <= URL_BYTES_MAX && url.username().is_empty() && url.password().is_none();
    if !plain || !allowed.contains(&Origin::of(&url)) {
        return Err(refused());
    }
    Ok(())
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
        let allowed = [Origin::parse("https://a.b").unwrap()];
        let check = |text: &str| check("success_url", text, &allowed);
        assert_eq!(check("https://a.b/x?y={CHECKOUT_ID}#z"), Ok(()));
        for bad in [
            "",
            "/relative",
            "http://a.b/",
            "https://a.b:8443/",
            "https://a.b.evil.example/",
            "https://a.b@evil.example/",
            "https://u:p@a.b/",
            "https://{CHECKOUT_ID}.a.b/",
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
