//! What a contact's actor is told and asked.

use std::time::SystemTime;

use chat::Permissions;
use tokio::sync::oneshot;
use xmpp::{ArchivePage, Delay, FullJid, Jid, RequestError};

use super::records::Named;
use crate::message::{ArchivePlace, Availability, ChatCommand, MessageId};
use crate::roster::Program;

/// What the account knows of a contact that the actor needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Whether the person has this contact on the list; strangers get no answer.
    pub(crate) accepted: bool,
    /// Whether we see their presence; if not, they may be there.
    pub(crate) seen: bool,
    /// Whether they see ours; only then do they learn anything more.
    pub(crate) sees_us: bool,
    /// Whether they learn that a message arrived.
    pub(crate) confirms: bool,
    /// Whether they learn that the person writes.
    pub(crate) tells_writing: bool,
    /// Whether we show ourselves as offline to everybody, though we are not.
    pub(crate) invisible: bool,
}

impl Standing {
    /// The same in the words of the conversation.
    pub(super) fn permissions(self) -> Permissions {
        Permissions::default()
            .with_if(self.accepted, Permissions::ACCEPTED)
            .with_if(self.seen, Permissions::SEE_PRESENCE)
            .with_if(self.sees_us, Permissions::PRESENCE_SEEN)
            .with_if(self.confirms, Permissions::SEND_RECEIPTS)
            .with_if(self.tells_writing, Permissions::SEND_TYPING)
            .with_if(self.invisible, Permissions::INVISIBLE)
    }
}

/// What a contact's actor is told.
#[derive(Debug)]
pub(crate) enum Input {
    LinkUp {
        resumed: bool,
    },
    /// After a resumption: what the server kept for us has been told.
    CaughtUp,
    LinkDown,
    Standing(Standing),
    Presence {
        from: FullJid,
        availability: Availability,
        program: Program,
    },
    Received(Received),
    SentElsewhere(SentElsewhere),
    Acked(u64),
    Unsure(u64),
    Unsendable(u64),
    /// Somebody who writes from there says that this one of ours arrived.
    Receipt {
        from: Jid,
        id: MessageId,
    },
    /// The archive answers a question of the actor's own.
    Archived(ArchivePage),
    /// It does not.
    NotArchived {
        tag: u64,
        error: RequestError,
    },
    Writing(bool),
    Bounced {
        from: Jid,
        id: MessageId,
    },
    /// Write down what came, and say so: the server is told next that it is in safety.
    Keep(oneshot::Sender<()>),
    /// What the person asks.
    Command(ChatCommand),
    /// End what is private, still wanting it so, and have this done behind the goodbye.
    Leave {
        then: xmpp::Command,
    },
    /// Look up again what is known of the contact's keys.
    ReviewKeys,
}

/// A message that came in.
pub(crate) struct Received {
    pub(crate) from: Jid,
    pub(crate) id: Option<String>,
    pub(crate) body: String,
    /// Since when it is on its way, if somebody says so.
    pub(crate) delayed: Option<Delay>,
    pub(crate) wants_receipt: bool,
    /// Their earlier message that this one corrects.
    pub(crate) replaces: Option<String>,
    /// What its author calls it inside of the encryption, once that is read.
    pub(crate) named: Option<Named>,
    /// Where it belongs, if it is from the archive.
    pub(crate) place: Option<ArchivePlace>,
    /// Which number it has among all that came; 0 until it is passed on.
    pub(crate) came: u64,
}

impl Received {
    /// One of which nothing else is said.
    pub(crate) const fn of(from: Jid, body: String) -> Self {
        Self {
            from,
            body,
            id: None,
            delayed: None,
            wants_receipt: false,
            replaces: None,
            named: None,
            place: None,
            came: 0,
        }
    }

    /// Whether our server says that it kept it before we came: then it should belong to no session
    /// of ours.
    pub(crate) const fn is_stored(&self) -> bool {
        matches!(self.delayed, Some(Delay::Stored(_)))
    }
}

/// Its text, as it came.
impl AsRef<str> for Received {
    fn as_ref(&self) -> &str {
        &self.body
    }
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Received").field("from", &self.from).finish_non_exhaustive()
    }
}

/// What another device of ours sent.
pub(crate) struct SentElsewhere {
    pub(crate) body: String,
    pub(crate) at: SystemTime,
    pub(crate) id: Option<MessageId>,
    pub(crate) replaces: Option<MessageId>,
    /// Where it belongs, if it is from the archive.
    pub(crate) place: Option<ArchivePlace>,
}

impl std::fmt::Debug for SentElsewhere {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SentElsewhere").field("id", &self.id).finish_non_exhaustive()
    }
}
