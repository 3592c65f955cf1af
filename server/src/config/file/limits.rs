//! The part of the file's `[http]` that says how much is let in.

use super::section::Section;
use super::{At, Reader};

/// What a file says of it.
#[derive(Default)]
pub(in crate::config) struct WrittenLimits {
    pub(in crate::config) trusted_proxies: Option<At<Vec<String>>>,
    pub(in crate::config) account_requests_per_s: Option<At<u64>>,
    pub(in crate::config) address_requests_per_s: Option<At<u64>>,
    pub(in crate::config) wrong_codes_per_h: Option<At<u64>>,
    pub(in crate::config) connections_max: Option<At<u64>>,
    pub(in crate::config) connections_per_address_max: Option<At<u64>>,
    pub(in crate::config) head_timeout_s: Option<At<u64>>,
}

impl Reader<'_> {
    pub(super) fn limits(&mut self, http: &mut Section<'_>) -> WrittenLimits {
        WrittenLimits {
            trusted_proxies: self.setting(http, "trusted_proxies"),
            account_requests_per_s: self.setting(http, "account_requests_per_s"),
            address_requests_per_s: self.setting(http, "address_requests_per_s"),
            wrong_codes_per_h: self.setting(http, "wrong_codes_per_h"),
            connections_max: self.setting(http, "connections_max"),
            connections_per_address_max: self.setting(http, "connections_per_address_max"),
            head_timeout_s: self.setting(http, "head_timeout_s"),
        }
    }
}
