//! The part of a path that names something, refused as bodies are.

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::problem::Refusal;

/// The only name in the path.
pub(super) struct Name(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(name)) => Ok(Self(name)),
            Err(rejection) => Err(refused(rejection)),
        }
    }
}

fn refused(rejection: PathRejection) -> Refusal {
    let PathRejection::FailedToDeserializePathParams(failed) = rejection else {
        return Refusal::internal();
    };
    match failed.into_kind() {
        ErrorKind::InvalidUtf8InPathParam { key } => Refusal::invalid(&key, "must be UTF-8 text"),
        // Our own routes and types do not fit.
        _ => Refusal::internal(),
    }
}
