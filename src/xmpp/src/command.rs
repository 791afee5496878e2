//! What a link can be asked to do.

use tokio_xmpp::jid::{BareJid, Jid};
use zeroize::Zeroizing;

use crate::{Availability, ChatState, Console, PinnedKey, Redacted, Request};

/// Asked by the engine. What cannot be done while offline is dropped, except that a message waits
/// as long as its session may be resumed and is then answered by
/// [`Event::DeliveryUnknown`](crate::Event::DeliveryUnknown), a request by
/// [`RequestError::Offline`](crate::RequestError::Offline), and that receipts, the newest presence
/// and the newest activity are remembered.
#[derive(Debug)]
pub enum Command {
    /// Send one message.
    SendMessage {
        /// Names this sending in [`Event::Acked`](crate::Event::Acked) and its kin.
        tag: u64,
        /// To whom: a full JID for everything of OTR but its query.
        to: Jid,
        /// The stanza's id, and its origin-id (XEP-0359).
        id: String,
        /// What to send.
        body: Redacted<String>,
        /// Which hints go along.
        kind: MessageKind,
        /// Whether to ask for a receipt (XEP-0184).
        request_receipt: bool,
        /// The id of an earlier message that this one corrects (XEP-0308). It travels in the
        /// clear, also beside a body of OTR.
        replaces: Option<String>,
    },
    /// Confirm a message (XEP-0184); only after it was decrypted, only to whom sees our presence.
    SendReceipt {
        /// Whose message.
        to: Jid,
        /// Its id.
        id: String,
    },
    /// Tell somebody what the person does in the chat with them (XEP-0085). It travels in the
    /// clear, and shows that we are there: only to whom sees our presence. Nobody keeps it.
    SendChatState {
        /// Whom.
        to: Jid,
        /// What.
        state: ChatState,
    },
    /// Show ourselves so; kept over reconnections. Without it we are `Online`. `Offline` hides us.
    SetPresence(Availability),
    /// Add a contact, rename them, or put them into other groups.
    RosterSet {
        /// Whom.
        jid: BareJid,
        /// The name we give them.
        name: Option<String>,
        /// The groups they are to be in, as far as XML carries their names; `None` leaves them
        /// where they are.
        groups: Option<Vec<String>>,
    },
    /// Remove a contact, and both subscriptions with them.
    RosterRemove(BareJid),
    /// Ask to see their presence.
    Subscribe(BareJid),
    /// Let them see our presence.
    Approve(BareJid),
    /// Do not, or no longer, let them see our presence.
    Decline(BareJid),
    /// Ask the server for something, and be told what comes of it.
    Request(
        /// Names the request in [`Event::Response`](crate::Event::Response).
        u64,
        /// What.
        Request,
    ),
    /// Whether the person looks at us. If not, the server may hold back what can wait (XEP-0352).
    SetActive(bool),
    /// Tell so much of what goes over the stream; kept over reconnections. Without it nothing.
    SetConsole(Console),
    /// Try again now, also after a refusal. While online: make sure within seconds that we are,
    /// as after the computer slept.
    Reconnect,
    /// The computer woke up, or its network is another: do not wait for the next attempt, and make
    /// sure that the connection lives. Does nothing after [`Event::Refused`](crate::Event::Refused).
    NetworkChanged,
    /// Try again now with another password, also after a refusal. While online it is kept for the
    /// next time.
    SignIn {
        /// The new password.
        password: Redacted<Zeroizing<String>>,
    },
    /// Try again now, trusting exactly this key, also after a refusal. While online it is kept for
    /// the next time.
    PinKey(PinnedKey),
    /// Tell the server, if it asked, that so many stanzas have come, as the last
    /// [`Event::ResumeTokenChanged`](crate::Event::ResumeTokenChanged) that was written down counts them: until then
    /// a server keeps them for a later process. Unless this comes, a session that can be resumed
    /// is not confirmed at all.
    Confirm {
        /// The server's name for the session; see [`ResumeToken::confirm`](crate::ResumeToken::confirm).
        session: Redacted<String>,
        /// How many, modulo 2³².
        handled: u32,
    },
    /// Show ourselves so in a session of its own: leave this one and sign in at once. What a server
    /// keeps for who is not there it may give to a new session only (Prosody 0.12 gives nothing to
    /// one that has asked its archive).
    ShowAnew(Availability),
    /// Leave so that a later process can go on with the session: confirm what may be confirmed,
    /// tell the last [`Event::ResumeTokenChanged`](crate::Event::ResumeTokenChanged), and drop the connection
    /// without a word. Then `run` returns. Where sessions cannot be resumed it signs out.
    Suspend,
    /// Close the stream cleanly; then `run` returns.
    SignOut,
}

/// Which hints a message carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// None.
    Plain,
    /// Says that it is OTR (XEP-0380); to a full JID also that nobody shall copy or store it
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
