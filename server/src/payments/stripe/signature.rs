//! The `Stripe-Signature` header: `t=<unix seconds>,v1=<hex>[,v1=<hex>...]`.
//!
//! Each `v1` is the HMAC-SHA256 of `<t>.<raw body>` under the whole secret string, `whsec_`
//! included. While a secret is rolled there are several, and any one that fits is enough. Other
//! schemes (`v0`) are ignored. Source: stripe-node, `Webhooks.js`.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::payments::signature::{SignatureError, judge};
use crate::secret::Secret;

/// Checks that `body`, byte by byte as it arrived, was signed with one of `secrets` within
/// 300 seconds of `now_ms`, either way.
///
/// # Errors
///
/// [`SignatureError`]; the time is judged only once the signature fits, so that nobody without the
/// secret learns anything of this clock.
pub fn verify(
    body: &[u8],
    header: &str,
    secrets: &[Secret],
    now_ms: u64,
) -> Result<(), SignatureError> {
    let (signed_at_s, signatures) = parse(header)?;
    let fits = |secret: &Secret| {
        let mac = keyed(secret, signed_at_s, body);
        // `verify_slice` compares in constant time.
        signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
    };
    judge(secrets, fits, signed_at_s, now_ms)
}

/// The header that [`verify`] accepts for `body`, signed now.
pub fn sign(body: &[u8], secret: &Secret, now_ms: u64) -> String {
    let signed_at_s = now_ms / 1000;
    let signature = keyed(secret, signed_at_s, body).finalize().into_bytes();
    format!("t={signed_at_s},v1={}", hex::encode(signature))
}

fn parse(header: &str) -> Result<(u64, Vec<Vec<u8>>), SignatureError> {
    let mut signed_at_s = None;
    let mut signatures = Vec::new();
    for item in header.split(',') {
        match item.trim().split_once('=') {
            Some(("t", seconds)) => signed_at_s = seconds.parse().ok(),
            // One that is no hex cannot fit; another beside it may.
            Some(("v1", signature)) => signatures.extend(hex::decode(signature)),
            _ => {}
        }
    }
    match signed_at_s {
        Some(signed_at_s) if !signatures.is_empty() => Ok((signed_at_s, signatures)),
        _ => Err(SignatureError::Malformed),
    }
}

fn keyed(secret: &Secret, signed_at_s: u64, body: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).expect("any length");
    mac.update(signed_at_s.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    // Agrees with the vendor's own JavaScript.
    const BODY: &[u8] = br#"{"id":"evt_1","object":"event","type":"checkout.session.completed"}"#;
    const HEADER: &str =
        "t=1700000000,v1=670e223f19f12fb09ef0441261722546140dc296175e11939853a461c6642659";
    const AT_MS: u64 = 1_700_000_000_000;

    fn check(header: &str, secrets: &[&str], now_ms: u64, expect: Result<(), SignatureError>) {
        let secrets: Vec<_> = secrets.iter().map(|&text| Secret::new(text)).collect();
        assert_eq!(verify(BODY, header, &secrets, now_ms), expect, "{header}");
    }

    #[test]
    fn a_signature_is_good_for_five_minutes_either_way() {
        check(HEADER, &["whsec_test"], AT_MS, Ok(()));
        check(HEADER, &["whsec_test"], AT_MS + 300_999, Ok(()));
        check(HEADER, &["whsec_test"], AT_MS + 301_000, Err(SignatureError::Stale));
        check(HEADER, &["whsec_test"], AT_MS - 300_000, Ok(()));
        check(HEADER, &["whsec_test"], AT_MS - 301_000, Err(SignatureError::Future));
    }

    #[test]
    fn any_secret_and_any_v1_will_do() {
        check(HEADER, &["whsec_old", "whsec_test"], AT_MS, Ok(()));
        let good = HEADER.split_once(',').unwrap().1;
        let forged = "v1=".to_owned() + &"00".repeat(32);
        check(&format!("t=1700000000,{forged},{good}"), &["whsec_test"], AT_MS, Ok(()));
        check(&format!("t=1700000000,{good},{forged},v0=1"), &["whsec_test"], AT_MS, Ok(()));
        check(&format!("t=1700000000,v1=zz,{good}"), &["whsec_test"], AT_MS, Ok(()));
    }

    #[test]
    fn everything_else_is_refused() {
        check(HEADER, &["whsec_other"], AT_MS, Err(SignatureError::Forged));
        check(HEADER, &[], AT_MS, Err(SignatureError::Forged));
        let moved = HEADER.replace("1700000000", "1700000001");
        check(&moved, &["whsec_test"], AT_MS, Err(SignatureError::Forged));
        for bad in ["", "t=1700000000", "t=x,v1=00", "v1=00", "t=1700000000,v0=00", "t=,v1="] {
            check(bad, &["whsec_test"], AT_MS, Err(SignatureError::Malformed));
        }
    }

    #[test]
    fn what_is_signed_here_verifies_here() {
        let secret = Secret::new("whsec_test");
        assert_eq!(sign(BODY, &secret, AT_MS), HEADER);
    }
}
