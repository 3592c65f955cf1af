//! Waiting for what happens by itself.

use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(20);

/// Looks again and again until there is something, for as long as `patience`; `what` is said of it
/// if it never comes.
pub(crate) async fn eventually<T>(
    patience: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let found = tokio::time::timeout(patience, found).await;
    found.unwrap_or_else(|_| panic!("{what} within {patience:?}"))
}
