//! `[receipts]` of the file.

use super::section::Section;
use super::{At, Reader};

/// What a file says of receipts.
#[derive(Default)]
pub(in crate::config) struct WrittenReceipts {
    pub(in crate::config) seller: Option<At<String>>,
    pub(in crate::config) from: Option<At<String>>,
    pub(in crate::config) reply_to: Option<At<String>>,
}

impl Reader<'_> {
    pub(super) fn receipts(&mut self, mut section: Section<'_>) -> WrittenReceipts {
        let written = WrittenReceipts {
            seller: self.setting(&mut section, "seller"),
            from: self.setting(&mut section, "from"),
            reply_to: self.setting(&mut section, "reply_to"),
        };
        self.end(section);
        written
    }
}
