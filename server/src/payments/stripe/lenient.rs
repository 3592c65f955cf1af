//! Fields that are read where they make sense and left out where they do not.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The value, or none where it is of another type than is expected.
pub(super) fn field<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

/// The id of something that may be there in whole or by its id only.
pub(super) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let id = value.as_str().or_else(|| value.get("id")?.as_str());
    Ok(id.filter(|id| !id.is_empty()).map(str::to_owned))
}
