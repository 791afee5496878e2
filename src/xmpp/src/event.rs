//! What a link tells.

use std::time::{Duration, SystemTime};

use tokio_xmpp::jid::{BareJid, FullJid, Jid};

use crate::{
    AvatarHash, CarbonDirection, ChatState, Flow, ForwardedMessage, OfflineReason, Redacted,
    RequestError, Response, ResumeToken, Security, SignInError,
};

/// Told to the engine, in order.
#[derive(Debug)]
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
    ReplayComplete,
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
        body: Redacted<String>,
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
    Unaddressable(Redacted<String>),
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
    Carbon {
        /// Which of both.
        direction: CarbonDirection,
        /// What.
        message: ForwardedMessage,
    },
    /// A contact has another picture, or none; the picture is fetched only when asked for.
    AvatarChanged {
        /// Who.
        jid: BareJid,
        /// Which; `None` if they have none.
        hash: Option<AvatarHash>,
    },
    /// Everybody whom our server keeps away from us, after each fresh sign-in and each change. Not
    /// told by servers that cannot.
    Blocked(Vec<Jid>),
    /// What came of a [`Command::Request`](crate::Command::Request): each gets one, unless the link
    /// is dropped.
    Response(
        /// Given with the request.
        u64,
        /// What the server gave, or why it did not or nobody knows.
        Result<Response, RequestError>,
    ),
    /// What a later process needs to go on with this session: told within a second of each change,
    /// and before the server learns how far we are. Newer ones replace older ones; none holds
    /// after [`Online`](Self::Online) with `resumed: false`.
    ResumeTokenChanged(ResumeToken),
    /// A stanza, or what confirms stanzas, went over the stream; never anything of the sign-in.
    /// Told only after [`Command::SetConsole`](crate::Command::SetConsole).
    Traffic {
        /// Which way.
        direction: Flow,
        /// What; cut where it is very long.
        xml: Redacted<String>,
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
    DeliveryFailed {
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
    DeliveryUnknown {
        /// Given with the messages, oldest first.
        tags: Vec<u64>,
    },
    /// This cannot be written in XML, or is far too long. The stream lives on.
    Unencodable {
        /// Given with the message.
        tag: u64,
    },
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
    HeldForResumption(SystemTime),
}

impl Delay {
    /// The time itself, which may be any.
    #[must_use]
    pub const fn at(self) -> SystemTime {
        match self {
            Self::Claimed(at) | Self::Stored(at) | Self::HeldForResumption(at) => at,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ArchivePage;

    #[test]
    fn nothing_that_people_write_nor_any_secret_is_ever_printed() {
        let jid = || Jid::new("bob@example.org").unwrap();
        let message = ForwardedMessage {
            from: jid(),
            to: jid(),
            id: None,
            archive_id: None,
            body: "the secret words".into(),
            at: None,
            replaces: None,
        };
        let page =
            ArchivePage { messages: vec![message.clone()], entries: Vec::new(), complete: true };
        let picture = Response::Avatar {
            jid: jid().to_bare(),
            hash: "00".repeat(20).parse().unwrap(),
            bytes: b"secret".to_vec().into(),
            media_type: "image/png",
        };
        let resume = "1\nalice@example.org/x\n0\n0\n\nsecret".parse().unwrap();
        for event in [
            Event::MessageReceived {
                from: jid(),
                id: None,
                body: "the secret words".into(),
                delayed: None,
                wants_receipt: true,
                archive_id: None,
                replaces: None,
            },
            Event::Carbon { direction: CarbonDirection::Sent, message },
            Event::Response(1, Ok(Response::Archive(page))),
            Event::Response(2, Ok(picture)),
            Event::Unaddressable("secret".into()),
            Event::Traffic { direction: Flow::In, xml: "<secret/>".into(), dropped: 0 },
            Event::ResumeTokenChanged(resume),
        ] {
            let printed = format!("{event:?}");
            assert!(!printed.contains("secret"), "{printed}");
            assert!(!printed.contains("115, 101, 99"), "{printed}");
        }
    }
}
