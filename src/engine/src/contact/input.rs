//! What a contact's actor is told and asked.

use std::time::SystemTime;

use chat::{Destination, Permissions, SentByOtherDevice};
use tokio::sync::oneshot;
use xmpp::{ArchivePage, Delay, FullJid, Jid, RequestError};

use crate::message::{ArchivePlace, Availability, BareJid, ChatCommand, MessageId};
use crate::roster::Program;

/// What the account knows of a contact that the actor needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContactPermissions {
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
    pub(crate) access: Access,
    /// Whether we show ourselves as offline to everybody, though we are not.
    pub(crate) invisible: bool,
}

impl ContactPermissions {
    /// The same in the words of the conversation.
    pub(super) fn permissions(self) -> Permissions {
        Permissions::default()
            .with_if(self.accepted, Permissions::ACCEPTED)
            .with_if(self.seen, Permissions::SEE_PRESENCE)
            .with_if(self.sees_us, Permissions::PRESENCE_SEEN)
            .with_if(self.confirms, Permissions::SEND_RECEIPTS)
            .with_if(self.tells_writing, Permissions::SEND_TYPING)
            .with_if(self.invisible, Permissions::INVISIBLE)
            .with_if(self.access == Access::Blocked, Permissions::BLOCKED)
    }
}

/// Whether the server lets a contact and us through to one another (XEP-0191).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Access {
    #[default]
    Open,
    Blocked,
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
    ContactPermissions(ContactPermissions),
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
    Archived {
        tag: u64,
        page: ArchivePage,
    },
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
        then: Option<xmpp::Command>,
    },
    /// Look up again what is known of the contact's keys.
    ReviewKeys,
}

impl Input {
    /// The same in the words of the conversation; nothing, if it is for whoever writes to disk.
    pub(super) fn of_conversation(self, account: &BareJid) -> Option<chat::Input<FullJid>> {
        Some(match self {
            Self::LinkUp { resumed } => chat::Input::LinkUp { resumed },
            Self::CaughtUp => chat::Input::CaughtUp,
            Self::LinkDown => chat::Input::LinkDown,
            Self::ContactPermissions(standing) => chat::Input::Permissions(standing.permissions()),
            Self::Presence { from, availability: Availability::Offline, .. } => {
                chat::Input::Gone(from)
            }
            Self::Presence { from, program, .. } => chat::Input::Shown { device: from, program },
            Self::Received(received) => chat::Input::Received(received.into()),
            Self::SentElsewhere(sent) => chat::Input::SentByOtherDevice(sent.into()),
            Self::Acked(tag) => chat::Input::Acked(tag),
            Self::Unsure(tag) => chat::Input::Unsure(tag),
            Self::Unsendable(tag) => chat::Input::Unsendable(tag),
            Self::Receipt { from, id } => chat::Input::Receipt { from: destination(&from), id },
            Self::Bounced { from, id } => chat::Input::Bounced { from: destination(&from), id },
            Self::Archived { tag, page } => chat::Input::Archived(of_archive(tag, page, account)),
            Self::NotArchived { tag, error } => {
                chat::Input::NotArchived { tag, is_link_lost: is_link_lost(&error) }
            }
            Self::Writing(is_typing) => chat::Input::Typing(is_typing),
            Self::Command(command) => chat::Input::Command(command),
            Self::Leave { .. } => chat::Input::Leave,
            Self::Keep(_) | Self::ReviewKeys => return None,
        })
    }
}

/// Where something goes or came from.
fn destination(jid: &Jid) -> Destination<FullJid> {
    FullJid::try_from(jid.clone()).map_or(Destination::Contact, Destination::Device)
}

/// What a page of the archive says of our own messages.
fn of_archive(tag: u64, page: ArchivePage, account: &BareJid) -> chat::ArchivePage {
    let ours = page.messages.iter().filter(|message| message.from.to_bare() == *account);
    let ours = ours.filter_map(|message| message.id.clone()).map(MessageId::from).collect();
    chat::ArchivePage {
        tag,
        ours,
        oldest: page.messages.iter().find_map(|message| message.at),
        first: page.first().map(|first| first.id.clone()),
        is_complete: page.complete,
    }
}

const fn is_link_lost(error: &RequestError) -> bool {
    match error {
        RequestError::Offline | RequestError::Lost => true,
        RequestError::TimedOut
        | RequestError::Busy
        | RequestError::Unusable
        | RequestError::TooLong
        | RequestError::Unencodable
        | RequestError::Refused { .. } => false,
    }
}

impl From<Received> for chat::Received<FullJid> {
    fn from(received: Received) -> Self {
        let delayed = received.delayed.map(|delay| match delay {
            Delay::Claimed(at) => chat::Delay::Claimed(at),
            Delay::Stored(at) => chat::Delay::Stored(at),
            Delay::HeldForResumption(at) => chat::Delay::Awaited(at),
        });
        let mut told = Self::new(destination(&received.from), received.body);
        (told.id, told.delayed, told.replaces) = (received.id, delayed, received.replaces);
        told.wants_receipt = received.wants_receipt;
        (told.place, told.came) = (received.place, received.came);
        told
    }
}

impl From<SentElsewhere> for SentByOtherDevice {
    fn from(sent: SentElsewhere) -> Self {
        let SentElsewhere { body, at, id, replaces, place } = sent;
        Self { body, at, id, replaces, place }
    }
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
