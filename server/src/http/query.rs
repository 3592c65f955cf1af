//! Query strings, read as strictly as bodies.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use creditpack::Version;
use creditpack::credits::CREDITS_MAX;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

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

/// A whole number from `LEAST` to `MOST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole<const LEAST: u64, const MOST: u64>(u64);

impl<const LEAST: u64, const MOST: u64> Whole<LEAST, MOST> {
    /// The number.
    pub(super) const fn get(self) -> u64 {
        self.0
    }
}

impl<'de, const LEAST: u64, const MOST: u64> Deserialize<'de> for Whole<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = String::deserialize(deserializer)?.parse().ok();
        let number = number.filter(|number| (LEAST..=MOST).contains(number));
        let rule = || format!("it must be a whole number from {LEAST} to {MOST}");
        number.map(Self).ok_or_else(|| D::Error::custom(rule()))
    }
}

/// Reads a version, where one is given.
pub(super) fn version<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Version>, D::Error> {
    let number = Whole::<0, CREDITS_MAX>::deserialize(deserializer)?;
    Version::new(number.get()).map(Some).map_err(D::Error::custom)
}
