//! What a link tells.

use std::fmt;
use std::time::{Duration, SystemTime};

use tokio_xmpp::jid::{BareJid, FullJid, Jid};

use crate::{
    ArchivePage, AvatarHash, ChatState, Direction, Flow, OfflineReason, PastMessage, RequestError,
    Resume, Security, SignInError,
};

/// Told to the engine, in order.
pub enum Event {
    /// An attempt to connect and sign in begins.
    Connecting {
        /// Counted from 1 since the last time we were online.
        attempt: u32,
    },
    /// Signed in, and so well protected; [`Online`](Self::Online) follows unless the connection
    /// breaks first.
    Secured(Security),
    /// Signed in.
    Online {
        /// Our full JID for this session.
        jid: FullJid,
        /// Whether the earlier session goes on (XEP-0198 §5): presence, and what was on its way,
        /// still hold. If not, everybody has seen us leave.
        resumed: bool,
    },
    /// What the server kept for us has been told. Follows each [`Online`](Self::Online) with
    /// `resumed: true` once, unless the connection breaks first.
    CaughtUp,
    /// Not connected; tried again by itself.
    Offline {
        /// Why.
        reason: OfflineReason,
        /// When the next attempt is made.
        retry_in: Duration,
    },
    /// Not tried again until [`Command::Reconnect`](crate::Command::Reconnect) or
    /// [`Command::SignIn`](crate::Command::SignIn).
    Refused(SignInError),
    /// All contacts, after each fresh sign-in.
    Roster {
        /// Who.
        items: Vec<RosterItem>,
        /// What the server calls this state of the list, if it does: kept together with the items
        /// it spares sending them again, see [`KnownRoster`](crate::KnownRoster).
        version: Option<String>,
    },
    /// One contact is new or changed.
    RosterChanged(RosterItem),
    /// One contact is gone.
    RosterRemoved(BareJid),
    /// Somebody came, went or changed.
    Presence {
        /// Who, at which resource.
        from: FullJid,
        /// How they are.
        availability: Availability,
        /// What their program calls itself, if it says so (XEP-0115 `node`); a claim.
        program: Option<String>,
    },
    /// Somebody asks to see our presence.
    SubscriptionRequested(BareJid),
    /// Somebody wrote.
    MessageReceived {
        /// Who.
        from: Jid,
        /// Their id, to be given back in a receipt.
        id: Option<String>,
        /// What; text, never markup.
        body: String,
        /// Since when it is on its way, if that is long (XEP-0203).
        delayed: Option<Delay>,
        /// Whether they asked for a receipt.
        wants_receipt: bool,
        /// Its id in the archive that our server keeps, if it keeps one (XEP-0359).
        archive_id: Option<String>,
        /// The id of the message that this one corrects (XEP-0308).
        replaces: Option<String>,
    },
    /// Something to be shown came from an address that can't be read (RFC 7622), or such a one is on
    /// the list: so much of what stands there.
    Unaddressable(String),
    /// Somebody does this in the chat with us now (XEP-0085). Told after the text that it came
    /// with, if there was one.
    ChatState {
        /// Who.
        from: Jid,
        /// What.
        state: ChatState,
    },
    /// Another device of ours sent or received this (XEP-0280). It is never also a
    /// [`MessageReceived`](Self::MessageReceived).
    Copied {
        /// Which of both.
        direction: Direction,
        /// What.
        message: PastMessage,
    },
    /// A page of the archive, as asked for.
    ArchivePage(ArchivePage),
    /// A contact has another picture, or none; the picture is fetched only when asked for.
    AvatarChanged {
        /// Who.
        jid: BareJid,
        /// Which; `None` if they have none.
        hash: Option<AvatarHash>,
    },
    /// A contact's picture, as asked for. Its bytes are those of the hash, and not yet looked at.
    Avatar {
        /// Given with the request.
        tag: u64,
        /// Whose.
        jid: BareJid,
        /// Which.
        hash: AvatarHash,
        /// At most 128 KiB.
        bytes: Vec<u8>,
        /// `image/png` or `image/jpeg`, by how the bytes begin.
        media_type: &'static str,
    },
    /// Everybody whom our server keeps away from us, after each fresh sign-in and each change. Not
    /// told by servers that cannot.
    Blocked(Vec<Jid>),
    /// What was asked is done.
    Done {
        /// Given with it.
        tag: u64,
    },
    /// What was asked is not done, or nobody knows.
    Failed {
        /// Given with it.
        tag: u64,
        /// Why.
        error: RequestError,
    },
    /// What a later process needs to go on with this session: told within a second of each change,
    /// and before the server learns how far we are. Newer ones replace older ones; none holds
    /// after [`Online`](Self::Online) with `resumed: false`.
    Resumable(Resume),
    /// A stanza, or what confirms stanzas, went over the stream; never anything of the sign-in.
    /// Told only after [`Command::SetConsole`](crate::Command::SetConsole).
    Traffic {
        /// Which way.
        direction: Flow,
        /// What; cut where it is very long.
        xml: String,
        /// How many before it are not told, because nobody read in time.
        dropped: u64,
    },
    /// A message of ours arrived.
    Receipt {
        /// Who says so.
        from: Jid,
        /// Our id.
        id: String,
    },
    /// A message of ours came back.
    Bounced {
        /// Who says so.
        from: Jid,
        /// Our id.
        id: String,
        /// The name of the defined condition (RFC 6120 §8.3.3), such as `service-unavailable`.
        condition: String,
    },
    /// The server has this message. It is not yet delivered.
    Acked {
        /// Given with the message.
        tag: u64,
    },
    /// These may or may not have left before the connection was lost, or came while there was
    /// none. Told once the session cannot be resumed.
    Unsure {
        /// Given with the messages, oldest first.
        tags: Vec<u64>,
    },
    /// This cannot be written in XML, or is far too long. The stream lives on.
    Unsendable {
        /// Given with the message.
        tag: u64,
    },
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connecting { attempt } => {
                f.debug_struct("Connecting").field("attempt", attempt).finish()
            }
            Self::Secured(security) => f.debug_tuple("Secured").field(security).finish(),
            Self::Online { jid, resumed } => {
                f.debug_struct("Online").field("jid", jid).field("resumed", resumed).finish()
            }
            Self::CaughtUp => f.write_str("CaughtUp"),
            Self::Offline { reason, retry_in } => f
                .debug_struct("Offline")
                .field("reason", reason)
                .field("retry_in", retry_in)
                .finish(),
            Self::Refused(error) => f.debug_tuple("Refused").field(error).finish(),
            Self::Roster { items, version } => {
                f.debug_struct("Roster").field("items", items).field("version", version).finish()
            }
            Self::RosterChanged(item) => f.debug_tuple("RosterChanged").field(item).finish(),
            Self::RosterRemoved(jid) => f.debug_tuple("RosterRemoved").field(jid).finish(),
            Self::Presence { from, availability, program } => f
                .debug_struct("Presence")
                .field("from", from)
                .field("availability", availability)
                .field("program", program)
                .finish(),
            Self::SubscriptionRequested(jid) => {
                f.debug_tuple("SubscriptionRequested").field(jid).finish()
            }
            Self::MessageReceived { from, id, delayed, wants_receipt, .. } => f
                .debug_struct("MessageReceived")
                .field("from", from)
                .field("id", id)
                .field("delayed", delayed)
                .field("wants_receipt", wants_receipt)
                .finish_non_exhaustive(),
            Self::ChatState { from, state } => {
                f.debug_struct("ChatState").field("from", from).field("state", state).finish()
            }
            Self::Copied { direction, message } => f
                .debug_struct("Copied")
                .field("direction", direction)
                .field("message", message)
                .finish(),
            Self::ArchivePage(page) => f.debug_tuple("ArchivePage").field(page).finish(),
            Self::AvatarChanged { jid, hash } => {
                f.debug_struct("AvatarChanged").field("jid", jid).field("hash", hash).finish()
            }
            Self::Avatar { tag, jid, hash, media_type, .. } => f
                .debug_struct("Avatar")
                .field("tag", tag)
                .field("jid", jid)
                .field("hash", hash)
                .field("media_type", media_type)
                .finish_non_exhaustive(),
            Self::Blocked(jids) => f.debug_tuple("Blocked").field(jids).finish(),
            Self::Done { tag } => f.debug_struct("Done").field("tag", tag).finish(),
            Self::Failed { tag, error } => {
                f.debug_struct("Failed").field("tag", tag).field("error", error).finish()
            }
            Self::Resumable(resume) => f.debug_tuple("Resumable").field(resume).finish(),
            Self::Traffic { direction, dropped, .. } => f
                .debug_struct("Traffic")
                .field("direction", direction)
                .field("dropped", dropped)
                .finish_non_exhaustive(),
            Self::Receipt { from, id } => {
                f.debug_struct("Receipt").field("from", from).field("id", id).finish()
            }
            Self::Bounced { from, id, condition } => f
                .debug_struct("Bounced")
                .field("from", from)
                .field("id", id)
                .field("condition", condition)
                .finish(),
            Self::Acked { tag } => f.debug_struct("Acked").field("tag", tag).finish(),
            Self::Unsure { tags } => f.debug_struct("Unsure").field("tags", tags).finish(),
            Self::Unaddressable(_) => f.write_str("Unaddressable(…)"),
            Self::Unsendable { tag } => f.debug_struct("Unsendable").field("tag", tag).finish(),
        }
    }
}

/// Since when a message is on its way, and whose word that is. Anybody can put a stamp on what he
/// sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// The sender, or somebody else on the way, says that it was written then. It came straight to
    /// us.
    Claimed(SystemTime),
    /// Our server says so: it stored this before our session began.
    Stored(SystemTime),
    /// Our server says so: this only waited for the session to be resumed (XEP-0198 §5). It belongs
    /// to what was said before and after.
    Awaited(SystemTime),
}

impl Delay {
    /// The time itself, which may be any.
    #[must_use]
    pub const fn at(self) -> SystemTime {
        match self {
            Self::Claimed(at) | Self::Stored(at) | Self::Awaited(at) => at,
        }
    }
}

/// A contact as the server keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterItem {
    /// Who.
    pub jid: BareJid,
    /// The name we gave them.
    pub name: Option<String>,
    /// Who sees whose presence.
    pub subscription: Subscription,
    /// Whether we asked to see theirs and wait.
    pub asked: bool,
    /// In which groups we put them; each once, in the server's order.
    pub groups: Vec<String>,
}

/// All contacts as an earlier [`Event::Roster`] told them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownRoster {
    /// What the server called that state.
    pub version: String,
    /// Who. What changed since then is told as after any sign-in.
    pub items: Vec<RosterItem>,
}

/// Who sees whose presence (RFC 6121 §2.1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Subscription {
    /// Nobody.
    #[default]
    None,
    /// They see ours.
    From,
    /// We see theirs.
    To,
    /// Both.
    Both,
}

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Availability {
    /// Not connected, or not shown.
    #[default]
    Offline,
    /// Connected, not at the keyboard.
    Away,
    /// Asks not to be disturbed.
    Busy,
    /// There.
    Online,
}
