//! What all signatures of webhooks have in common, however their headers are written: any one that
//! fits under any secret is enough, and it is good for a few minutes.

use crate::secret::Secret;

/// How far the signature's time may be from now, either way, in seconds.
const TOLERANCE_S: u64 = 300;

/// Why a body is not taken for the provider's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The header is not of its form.
    #[error("is not of the form of its provider")]
    Malformed,
    /// No signature fits the body under any secret.
    #[error("does not fit this body")]
    Forged,
    /// It was signed longer ago than is accepted: a replay, or a clock that is wrong.
    #[error("is more than 300 seconds old")]
    Stale,
    /// It was signed further ahead than clocks differ.
    #[error("is more than 300 seconds ahead")]
    Future,
}

/// Whether a signature `fits` under one of `secrets` and was made within [`TOLERANCE_S`] of `now_ms`.
///
/// # Errors
///
/// [`SignatureError`]; the time is judged only once the signature fits, so that nobody without the
/// secret learns anything of this clock.
pub(super) fn judge(
    secrets: &[Secret],
    fits: impl FnMut(&Secret) -> bool,
    signed_at_s: u64,
    now_ms: u64,
) -> Result<(), SignatureError> {
    if !secrets.iter().any(fits) {
        return Err(SignatureError::Forged);
    }
    let at_s = now_ms / 1000;
    if at_s.saturating_sub(signed_at_s) > TOLERANCE_S {
        return Err(SignatureError::Stale);
    }
    if signed_at_s.saturating_sub(at_s) > TOLERANCE_S {
        return Err(SignatureError::Future);
    }
    Ok(())
}
