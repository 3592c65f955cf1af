//! Client tokens that were verified already: a signature costs more than a whole spend.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};

use super::ClientToken;

/// So many tokens are remembered: about 3 MB.
const SEEN_MAX: usize = 20_000;

/// A bounded memory of good tokens, by their hashes: no token itself is kept.
#[derive(Default)]
pub(super) struct Seen(Mutex<HashMap<[u8; 32], ClientToken>>);

impl Seen {
    /// What the token `text` said, if it was seen.
    pub(super) fn get(&self, text: &str) -> Option<ClientToken> {
        self.tokens().get(&name(text)).cloned()
    }

    /// Remembers a token that was found good. Those past their time make room, or else all do.
    pub(super) fn keep(&self, text: &str, token: &ClientToken, now_ms: u64) {
        if token.expires_at_ms <= now_ms {
            return;
        }
        let mut tokens = self.tokens();
        if tokens.len() >= SEEN_MAX {
            tokens.retain(|_, token| token.expires_at_ms > now_ms);
        }
        if tokens.len() >= SEEN_MAX {
            tokens.clear();
        }
        tokens.insert(name(text), token.clone());
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<[u8; 32], ClientToken>> {
        // Every change under this lock is a single step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use creditpack::AccountId;

    use super::*;

    fn token(expires_at_ms: u64) -> ClientToken {
        ClientToken { account: AccountId::new("u_1").unwrap(), expires_at_ms, kid: "".into() }
    }

    #[test]
    fn what_is_past_its_time_makes_room() {
        let seen = Seen::default();
        seen.keep("late", &token(5), 5);
        assert_eq!(seen.get("late"), None);
        for number in 0..SEEN_MAX {
            seen.keep(&number.to_string(), &token(if number == 0 { 100 } else { 10 }), 5);
        }
        seen.keep("new", &token(100), 50);
        assert_eq!((seen.get("0"), seen.get("1")), (Some(token(100)), None));
        assert_eq!(seen.tokens().len(), 2);
    }
}
