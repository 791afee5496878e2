//! What the server may be asked, and what comes of it.

use tokio_xmpp::jid::{BareJid, Jid};
use zeroize::Zeroizing;

use crate::{ArchivePage, ArchiveQuery, AvatarHash, Redacted};

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
