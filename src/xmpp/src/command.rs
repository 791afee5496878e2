//! The commands of a link.

use tokio_xmpp::jid::{BareJid, Jid};
use zeroize::Zeroizing;

use crate::{Answer, Availability, ChatState, Console, PinnedKey, Redacted, Request};

/// A command of the engine. While offline, a message waits until its session is resumed and is
/// reported as [`Event::DeliveryUnknown`](crate::Event::DeliveryUnknown) if it is not; a request
/// fails with [`RequestError::Offline`](crate::RequestError::Offline); receipts, the newest
/// presence, activity and console setting are kept; everything else about contacts is dropped.
#[derive(Debug)]
pub enum Command {
    /// Send one message.
    SendMessage {
        /// Names this message in [`Event::Acked`](crate::Event::Acked),
        /// [`Event::DeliveryUnknown`](crate::Event::DeliveryUnknown) and
        /// [`Event::Unencodable`](crate::Event::Unencodable).
        tag: u64,
        /// The recipient: a full JID for every OTR message except the query.
        to: Jid,
        /// The stanza's id, also sent as origin-id (XEP-0359).
        id: String,
        /// The body.
        body: Redacted<String>,
        /// Which hints are added.
        kind: MessageKind,
        /// Whether to ask for a receipt (XEP-0184).
        request_receipt: bool,
        /// The id of an earlier message that this one corrects (XEP-0308). It is sent in the clear,
        /// even beside an encrypted body.
        replaces: Option<String>,
    },
    /// Send a delivery receipt (XEP-0184); only after the message was decrypted, only to who sees
    /// our presence.
    SendReceipt {
        /// The sender of the message.
        to: Jid,
        /// The id of the message.
        id: String,
    },
    /// Send a chat state (XEP-0085). It is sent in the clear and reveals that we are online, so
    /// only to who sees our presence. It is not stored.
    SendChatState {
        /// The contact.
        to: Jid,
        /// What.
        state: ChatState,
    },
    /// Set our availability, also for later sessions. The default is `Online`; `Offline` makes us
    /// invisible.
    SetPresence(Availability),
    /// Add a contact, rename it, or change its groups (RFC 6121 §2.3).
    RosterSet {
        /// The contact.
        jid: BareJid,
        /// The name we give them.
        name: Option<String>,
        /// All groups of the contact; those that XML cannot carry are left out. `None` changes
        /// nothing.
        groups: Option<Vec<String>>,
    },
    /// Remove a contact, which cancels both subscriptions (RFC 6121 §2.5).
    RosterRemove(BareJid),
    /// Request a subscription to their presence (RFC 6121 §3.1).
    Subscribe(BareJid),
    /// Approve their subscription to our presence.
    Approve(BareJid),
    /// Deny or cancel their subscription to our presence.
    Decline(BareJid),
    /// Send a request that is answered by one [`Event::Response`](crate::Event::Response).
    Request(
        /// Names the request in its response.
        u64,
        /// What.
        Request,
    ),
    /// Report IQ requests whose payload is in one of these namespaces, also in later sessions,
    /// instead of refusing them. The default is none. Only who may know that we are online is
    /// reported.
    SetAnswered(Vec<String>),
    /// Answer an IQ request of another entity.
    Answer(
        /// The number of the [`Event::Requested`](crate::Event::Requested).
        u64,
        /// The answer.
        Answer,
    ),
    /// Whether the person looks at the window. If not, the server may delay what is not urgent
    /// (XEP-0352).
    SetActive(bool),
    /// Report the stream's elements in [`Event::Traffic`](crate::Event::Traffic), also of later
    /// sessions. The default is not to.
    SetConsole(Console),
    /// Retry now, also after [`Event::Refused`](crate::Event::Refused). While online: find out
    /// within seconds whether the connection still lives.
    Reconnect,
    /// The computer woke up or its network changed: retry now, or find out whether the connection
    /// still lives. Does nothing after [`Event::Refused`](crate::Event::Refused).
    NetworkChanged,
    /// Retry now with another password, also after [`Event::Refused`](crate::Event::Refused). While
    /// online it is kept for the next attempt.
    SignIn {
        /// The new password.
        password: Redacted<Zeroizing<String>>,
    },
    /// Retry now with this key pinned, also after [`Event::Refused`](crate::Event::Refused). While
    /// online it is kept for the next attempt.
    PinKey(PinnedKey),
    /// The engine has stored everything up to the resume token of that count: acknowledge it, if
    /// the server has asked (XEP-0198 §4). Until then the server keeps the stanzas for a later
    /// process. In a session that can be resumed nothing is acknowledged without this.
    Confirm {
        /// The SM-ID of the session; see [`ResumeToken::confirm`](crate::ResumeToken::confirm).
        session: Redacted<String>,
        /// The number of stanzas, modulo 2³².
        handled: u32,
    },
    /// Set our availability in a new session: close this one and sign in at once. Some servers
    /// deliver offline messages only to a new session (Prosody 0.12 delivers none to one that has
    /// queried the archive).
    ShowAnew(Availability),
    /// Leave the session to a later process: acknowledge what the engine has stored, report the
    /// last [`Event::ResumeTokenChanged`](crate::Event::ResumeTokenChanged), and drop the
    /// connection without closing the stream. Then `run` returns. Where the session cannot be
    /// resumed it signs out.
    Suspend,
    /// Close the stream cleanly; then `run` returns.
    SignOut,
}

/// Which hints a message carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// None.
    Plain,
    /// Marks it as OTR (XEP-0380); to a full JID also asks that it be neither copied nor stored
    /// (XEP-0334, XEP-0364).
    Otr,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_body_password_or_session_is_ever_printed() {
        let message = Command::SendMessage {
            tag: 7,
            to: Jid::new("bob@example.org").unwrap(),
            id: "a1".into(),
            body: "the secret words".into(),
            kind: MessageKind::Plain,
            request_receipt: true,
            replaces: None,
        };
        let sign_in = Command::SignIn { password: "the secret words".to_owned().into() };
        let new = "the secret words".to_owned().into();
        let change = Command::Request(8, Request::ChangePassword(new));
        let confirm = Command::Confirm { session: "the secret id".into(), handled: 1 };
        let printed = format!("{message:?}{sign_in:?}{change:?}{confirm:?}");
        assert!(!printed.contains("secret"), "{printed}");
        assert!(printed.contains("bob@example.org"), "{printed}");
    }
}
