//! Query strings, read as strictly as bodies.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::body::broken;
use super::problem::Refusal;

/// The query's values, as that shape.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        let values = serde_urlencoded::Deserializer::new(pairs);
        serde_path_to_error::deserialize(values).map(Self).map_err(|error| {
            let field = error.path().to_string();
            broken(&field, &error.inner().to_string())
        })
    }
}
