//! Signatures as the Standard Webhooks specification has them (version 1.0.0), for providers that
//! sign so: the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`.
//!
//! A signature is `v1,<base64>`, the HMAC-SHA256 of `<id>.<timestamp>.<raw body>`; several stand
//! side by side, separated by spaces, while a secret is rolled. The key is what the secret's base64
//! says after its prefix `whsec_`. Other schemes (`v1a`) are ignored.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::signature::{SignatureError, judge};
use crate::secret::Secret;

/// The three headers of a message, as they arrived.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    /// `webhook-id`: the same each time the message is sent again.
    pub id: &'a str,
    /// `webhook-timestamp`, in seconds since the Unix epoch.
    pub timestamp: &'a str,
    /// `webhook-signature`.
    pub signature: &'a str,
}

/// Checks that `body`, byte by byte as it arrived, was signed with one of `secrets` within
/// 300 seconds of `now_ms`, either way.
///
/// # Errors
///
/// [`SignatureError`]; the time is judged only once the signature fits. A secret that is no base64
/// fits nothing.
pub fn verify(
    body: &[u8],
    headers: Headers<'_>,
    secrets: &[Secret],
    now_ms: u64,
) -> Result<(), SignatureError> {
    let signed_at_s: u64 = headers.timestamp.parse().map_err(|_| SignatureError::Malformed)?;
    let signatures: Vec<_> = headers
        .signature
        .split(' ')
        .filter_map(|signature| BASE64_STANDARD.decode(signature.strip_prefix("v1,")?).ok())
        .collect();
    if headers.id.is_empty() || signatures.is_empty() {
        return Err(SignatureError::Malformed);
    }
    let fits = |secret: &Secret| {
        let Some(mac) = keyed(secret, headers, body) else { return false };
        // `verify_slice` compares in constant time.
        signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
    };
    judge(secrets, fits, signed_at_s, now_ms)
}

fn keyed(secret: &Secret, headers: Headers<'_>, body: &[u8]) -> Option<Hmac<Sha256>> {
    let text = secret.expose();
    let key = BASE64_STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(headers.id.as_bytes());
    mac.update(b".");
    mac.update(headers.timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of the specification and of the libraries it names.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const AT_MS: u64 = 1_614_265_330_000;
    const GOOD: Headers<'static> = Headers {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: "1614265330",
        signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };

    fn check(headers: Headers<'_>, secret: &str, now_ms: u64, expect: Result<(), SignatureError>) {
        let secrets = [Secret::new("whsec_b2xk"), Secret::new(secret)];
        assert_eq!(verify(BODY, headers, &secrets, now_ms), expect, "{headers:?}");
    }

    #[test]
    fn the_specifications_own_example_fits() {
        check(GOOD, SECRET, AT_MS, Ok(()));
        check(GOOD, SECRET.trim_start_matches("whsec_"), AT_MS, Ok(()));
        let body = br#"{"id":"evt_1","object":"event","type":"checkout.session.completed"}"#;
        let headers = Headers {
            id: "msg_1",
            timestamp: "1700000000",
            signature: "v1,jKlFfWCGPeYO/y78PSRMJHI2VblPwGxEqmJqoRl73VY=",
        };
        let secrets = [Secret::new("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk=")];
        assert_eq!(verify(body, headers, &secrets, 1_700_000_000_000), Ok(()));
    }

    #[test]
    fn it_is_good_for_five_minutes_either_way() {
        check(GOOD, SECRET, AT_MS + 300_999, Ok(()));
        check(GOOD, SECRET, AT_MS + 301_000, Err(SignatureError::Stale));
        check(GOOD, SECRET, AT_MS - 300_000, Ok(()));
        check(GOOD, SECRET, AT_MS - 301_000, Err(SignatureError::Future));
    }

    #[test]
    fn any_of_several_will_do_and_nothing_else() {
        let several = format!("v1a,AAAA v1,AAAA v1,%%% {}", GOOD.signature);
        check(Headers { signature: &several, ..GOOD }, SECRET, AT_MS, Ok(()));
        check(GOOD, "whsec_b3RoZXI=", AT_MS, Err(SignatureError::Forged));
        check(GOOD, "no base64!", AT_MS, Err(SignatureError::Forged));
        check(Headers { id: "msg_2", ..GOOD }, SECRET, AT_MS, Err(SignatureError::Forged));
        let later = Headers { timestamp: "1614265331", ..GOOD };
        check(later, SECRET, AT_MS, Err(SignatureError::Forged));
        for headers in [
            Headers { id: "", ..GOOD },
            Headers { timestamp: "x", ..GOOD },
            Headers { signature: "", ..GOOD },
            Headers { signature: "v2,AAAA", ..GOOD },
        ] {
            check(headers, SECRET, AT_MS, Err(SignatureError::Malformed));
        }
    }
}
