//! How much is read at one sign-in: an archive may be endless, or made up.

use xmpp::ArchivePage;

/// Entries that are read at one sign-in, or when the person asks; a gap stays where they end.
pub(super) const ENTRIES_MAX: usize = 200_000;
/// Pages, of servers that give few entries in each.
pub(super) const PAGES_MAX: usize = 20_000;
/// Bytes of what is said in them.
const BYTES_MAX: usize = 256 * 1024 * 1024;

/// What may still be read.
#[derive(Debug)]
pub(super) struct Budget {
    entries: usize,
    pages: usize,
    bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { entries: ENTRIES_MAX, pages: PAGES_MAX, bytes: BYTES_MAX }
    }
}

impl Budget {
    /// This was read.
    pub(super) fn spend(&mut self, page: &ArchivePage) {
        let bytes: usize = page.messages.iter().map(|message| message.body.len()).sum();
        self.entries = self.entries.saturating_sub(page.entries.len());
        self.pages = self.pages.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    pub(super) const fn is_spent(&self) -> bool {
        self.entries == 0 || self.pages == 0 || self.bytes == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_end_it_as_well() {
        let message = xmpp::ForwardedMessage {
            from: "bob@b.example".parse().unwrap(),
            to: "me@a.example".parse().unwrap(),
            id: None,
            body: "x".repeat(BYTES_MAX / 16).into(),
            at: None,
            replaces: None,
            archive_id: None,
        };
        let page = ArchivePage { messages: vec![message], entries: Vec::new(), complete: false };
        let mut left = Budget::default();
        for _ in 0..16 {
            assert!(!left.is_spent());
            left.spend(&page);
        }
        assert!(left.is_spent());
    }
}
