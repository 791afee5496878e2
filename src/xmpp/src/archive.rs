//! Pages of the archive that the server keeps of our messages (XEP-0313).

use std::time::SystemTime;

use tokio_xmpp::jid::BareJid;

use crate::ForwardedMessage;

/// Asks for one page of the archive that the server keeps of our messages (XEP-0313).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveQuery {
    /// Only what was written with them; `None` for everybody.
    pub with: Option<BareJid>,
    /// Which page.
    pub range: ArchiveRange,
    /// So many messages at most, up to a hundred.
    pub page: u8,
}

/// Where a page of the archive lies. Pages are told oldest first within themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchiveRange {
    /// The oldest since then.
    Since(SystemTime),
    /// The newest until then.
    Until(SystemTime),
    /// What follows the message with this id in the archive.
    After(String),
    /// What precedes it.
    Before(String),
    /// The newest.
    Newest,
}

/// One page of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivePage {
    /// Oldest first. What has no text, such as receipts, is left out.
    pub messages: Vec<ForwardedMessage>,
    /// Where the page's entries lie, with and without a text, oldest first.
    pub entries: Vec<ArchivePosition>,
    /// Whether nothing lies beyond the page in its direction.
    pub complete: bool,
}

impl ArchivePage {
    /// Where the page begins, to go on [`ArchiveRange::Before`] it.
    #[must_use]
    pub fn first(&self) -> Option<&ArchivePosition> {
        self.entries.first()
    }

    /// Where it ends, to go on [`ArchiveRange::After`] it.
    #[must_use]
    pub fn last(&self) -> Option<&ArchivePosition> {
        self.entries.last()
    }
}

/// Where an entry lies in the archive (XEP-0313 §4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivePosition {
    /// Its id, as the server gave it.
    pub id: String,
    /// When it was archived, by the server's clock, if the server says so.
    pub at: Option<SystemTime>,
}
