//! The events of a link.

use std::time::{Duration, SystemTime};

use tokio_xmpp::jid::{BareJid, FullJid, Jid};

use crate::{
    AvatarHash, CarbonDirection, ChatState, Flow, ForwardedMessage, InboundRequest, OfflineReason,
    Redacted, RequestError, Response, ResumeToken, Security, SignInError,
};

/// An event for the engine. Events come in the order in which things happened.
#[derive(Debug)]
pub enum Event {
    /// An attempt to connect and sign in begins.
    Connecting {
        /// Counted from 1 since the last time we were online.
        attempt: u32,
    },
    /// Authenticated, with this protection. [`Online`](Self::Online) follows unless the connection
    /// breaks first.
    Secured(Security),
    /// Signed in.
    Online {
        /// Our full JID for this session.
        jid: FullJid,
        /// Whether the earlier session was resumed (XEP-0198 §5): all presence and everything not
        /// yet acknowledged stay valid. If not, our contacts have seen us leave.
        resumed: bool,
    },
    /// Everything that the server replayed after a resumption has been reported. Follows each
    /// [`Online`](Self::Online) with `resumed: true` once, unless the connection breaks first.
    ReplayComplete,
    /// Not connected; retried automatically.
    Offline {
        /// Why.
        reason: OfflineReason,
        /// When the next attempt is made.
        retry_in: Duration,
    },
    /// Not retried until [`Command::Reconnect`](crate::Command::Reconnect),
    /// [`Command::SignIn`](crate::Command::SignIn) or [`Command::PinKey`](crate::Command::PinKey).
    Refused(SignInError),
    /// The whole roster, in each new session.
    Roster {
        /// Who.
        items: Vec<RosterItem>,
        /// The version of the roster, if the server uses versioning: stored together with the items
        /// it spares sending them again, see [`KnownRoster`].
        version: Option<String>,
    },
    /// A contact was added or changed (roster push, RFC 6121 §2.1.6).
    RosterChanged(RosterItem),
    /// A contact was removed.
    RosterRemoved(BareJid),
    /// The presence of one resource changed.
    Presence {
        /// Who, at which resource.
        from: FullJid,
        /// Their availability.
        availability: Availability,
        /// The `node` of their entity capabilities (XEP-0115), which names the client;
        /// unauthenticated.
        program: Option<String>,
    },
    /// Somebody requests a subscription to our presence (RFC 6121 §3.1.3).
    SubscriptionRequested(BareJid),
    /// A message with a body.
    MessageReceived {
        /// Who.
        from: Jid,
        /// The id of the message, for a receipt.
        id: Option<String>,
        /// Plain text, never markup.
        body: Redacted<String>,
        /// When it was sent, if it was delayed (XEP-0203).
        delayed: Option<Delay>,
        /// Whether a receipt is requested (XEP-0184).
        wants_receipt: bool,
        /// Its id in our server's archive, if there is one (XEP-0359).
        archive_id: Option<String>,
        /// The id of the message that this one corrects (XEP-0308).
        replaces: Option<String>,
    },
    /// A message, presence or roster item has an address that is no valid JID (RFC 7622). Contains
    /// that address, possibly cut.
    Unaddressable(Redacted<String>),
    /// A chat state (XEP-0085). Reported after the message that it came with, if there was one.
    ChatState {
        /// Who.
        from: Jid,
        /// What.
        state: ChatState,
    },
    /// Another device of ours sent or received this message (XEP-0280). It is never reported as
    /// [`MessageReceived`](Self::MessageReceived) as well.
    Carbon {
        /// Whether that device sent or received it.
        direction: CarbonDirection,
        /// What.
        message: ForwardedMessage,
    },
    /// A contact has another avatar, or none. It is fetched only by
    /// [`Request::FetchAvatar`](crate::Request::FetchAvatar).
    AvatarChanged {
        /// Who.
        jid: BareJid,
        /// The hash of the avatar; `None` if there is none.
        hash: Option<AvatarHash>,
    },
    /// The whole block list (XEP-0191), in each new session and after each change. Never reported
    /// if the server does not support it.
    Blocked(Vec<Jid>),
    /// The response to a [`Command::Request`](crate::Command::Request). Each request gets exactly
    /// one, unless the link is dropped.
    Response(
        /// The tag of the request.
        u64,
        /// The response, or why there is none.
        Result<Response, RequestError>,
    ),
    /// Another entity sent an IQ request in a namespace of
    /// [`Command::SetAnswered`](crate::Command::SetAnswered). Answer it within a minute by
    /// [`Command::Answer`](crate::Command::Answer); otherwise it is refused.
    Requested {
        /// Names the request in its answer.
        number: u64,
        /// Who sent it: another device of ours, or a contact who sees our presence.
        from: Jid,
        /// The request.
        request: InboundRequest,
    },
    /// The resume token changed. Reported within a second of the change, and before the server's
    /// stanzas are acknowledged. Each replaces the one before; [`Online`](Self::Online) with
    /// `resumed: false` makes all earlier ones useless.
    ResumeTokenChanged(ResumeToken),
    /// An element went over the stream after the sign-in. Reported only after
    /// [`Command::SetConsole`](crate::Command::SetConsole).
    Traffic {
        /// Its direction.
        direction: Flow,
        /// The element, cut where it is very long.
        xml: Redacted<String>,
        /// How many before it were left out because the events were not read in time.
        dropped: u64,
    },
    /// A delivery receipt for a message of ours (XEP-0184).
    Receipt {
        /// Who sent it.
        from: Jid,
        /// The id of our message.
        id: String,
    },
    /// An error for a message of ours: it was not delivered.
    DeliveryFailed {
        /// Who sent it.
        from: Jid,
        /// The id of our message.
        id: String,
        /// The name of the defined condition (RFC 6120 §8.3.3), such as `service-unavailable`.
        condition: String,
    },
    /// The server has acknowledged this message (XEP-0198). It is not yet delivered.
    Acked {
        /// The tag of the message.
        tag: u64,
    },
    /// These messages may or may not have reached the server. Reported once their session cannot be
    /// resumed.
    DeliveryUnknown {
        /// Their tags, oldest first.
        tags: Vec<u64>,
    },
    /// This message contains characters that XML does not allow, or is too long for the server; it
    /// was not sent.
    Unencodable {
        /// The tag of the message.
        tag: u64,
    },
}

/// When a delayed message was sent, and who says so (XEP-0203). Any sender can add such a stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// The sender or an entity other than our server says so. The message was not stored by our
    /// server.
    Claimed(SystemTime),
    /// Our server says so: it stored the message before our session began (offline storage).
    Stored(SystemTime),
    /// Our server says so: it held the message until the session was resumed (XEP-0198 §5). It
    /// belongs to the same OTR session as the messages around it.
    HeldForResumption(SystemTime),
}

impl Delay {
    /// The time, which is unchecked and may be any.
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
