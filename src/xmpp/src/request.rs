//! What the server may be asked, and what comes of it.

use std::time::SystemTime;

use tokio_xmpp::jid::{BareJid, Jid};
use zeroize::Zeroizing;

use crate::{AvatarHash, Redacted};

/// Something that somebody waits for: asked by [`Command::Request`](crate::Command::Request) and
/// answered once by [`Event::Response`](crate::Event::Response).
#[derive(Debug)]
pub enum Request {
    /// Have our server keep somebody away from us (XEP-0191): a person, or a whole domain.
    Block(Jid),
    /// Let them through again.
    Unblock(Jid),
    /// Ask for a page of the archive; answered by [`Response::Archive`].
    QueryArchive(ArchiveQuery),
    /// Fetch a contact's picture, which shows their server that we look; answered by
    /// [`Response::Avatar`].
    FetchAvatar {
        /// The contact.
        jid: BareJid,
        /// Which, as told by [`Event::AvatarChanged`](crate::Event::AvatarChanged).
        hash: AvatarHash,
    },
    /// Change the account's password at the server (XEP-0077 §3.3), and use the new one from then
    /// on. Keep both passwords if the failure is `Lost` or `TimedOut`.
    ChangePassword(Redacted<Zeroizing<String>>),
    /// Remove the account from the server (XEP-0077 §3.2), for ever. After it is done
    /// [`Link::run`](crate::Link::run) returns.
    DeleteAccount,
}

/// What the server gave.
#[derive(Clone, Debug)]
pub enum Response {
    /// What was asked is done.
    Done,
    /// A page of the archive.
    Archive(ArchivePage),
    /// A contact's picture. Its bytes are those of the hash, and not yet looked at.
    Avatar {
        /// The contact.
        jid: BareJid,
        /// Which.
        hash: AvatarHash,
        /// At most 128 KiB.
        bytes: Redacted<Vec<u8>>,
        /// `image/png` or `image/jpeg`, by how the bytes begin.
        media_type: &'static str,
    },
}

/// Why something that was asked of the server is not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// There is no connection, and nothing was sent.
    #[error("not connected")]
    Offline,
    /// The session ended before the answer: it may be done, and may not.
    #[error("the connection ended before the answer came")]
    Lost,
    /// No answer came in time: it may be done, and may not.
    #[error("no answer came in time")]
    TimedOut,
    /// Too much is asked at once already; nothing was sent.
    #[error("too much is asked at once")]
    Busy,
    /// The answer is not what was asked for.
    #[error("the answer is not what was asked for")]
    Unusable,
    /// The answer is longer than anybody could read.
    #[error("the answer is too long")]
    TooLong,
    /// XML cannot carry it; nothing was sent.
    #[error("it cannot be written")]
    Unencodable,
    /// The server says no, or does not know how.
    #[error("refused: {condition}")]
    Refused {
        /// The name of the defined condition (RFC 6120 §8.3.3), such as `not-allowed`.
        condition: String,
        /// The server's own words, if it has any.
        text: Option<String>,
    },
}

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

/// A message that did not come to us now and directly: a copy, or an entry of the archive. Nothing
/// of OTR can be read in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardedMessage {
    /// Who wrote.
    pub from: Jid,
    /// To whom.
    pub to: Jid,
    /// The writer's id.
    pub id: Option<String>,
    /// The archive's id.
    pub archive_id: Option<String>,
    /// What; text, never markup.
    pub body: Redacted<String>,
    /// When, if the server says so.
    pub at: Option<SystemTime>,
    /// The id of the message that this one corrects (XEP-0308).
    pub replaces: Option<String>,
}

/// Which way a message went that another device of ours sent or received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarbonDirection {
    /// From that device.
    Sent,
    /// To that device.
    Received,
}
